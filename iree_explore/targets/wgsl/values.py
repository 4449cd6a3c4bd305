# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Types, constants and names of WGSL.

SPIR-V's integers have no sign, WGSL's have: an `Expression` knows which kind of number its text is,
and `cast` writes a conversion only where another kind is needed. WGSL computes with constants when
a shader is compiled and refuses what overflows or is no number: such ones are made of bits at run
time (`float_of`).
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    Signedness,
    UnitAttr,
    VectorType,
)
from xdsl.ir import Attribute

from iree_explore.errors import GapError
from iree_explore.targets.spirv.types import ArrayType, element_of, is_bool, like, size_of

SCALARS = {"i": "i32", "u": "u32", "f": "f32", "h": "f16", "b": "bool"}
"""WGSL's scalar types by kind."""


@dataclass(frozen=True)
class Expression:
    """Text of a value and its kind (a key of `SCALARS`, "" for what is no number); an `atomic` one
    needs no parentheses. A `constant` adapts to the kind that is wanted."""

    text: str
    kind: str
    atomic: bool = True
    constant: Attribute | None = None

    def __str__(self) -> str:
        return self.text if self.atomic else f"({self.text})"


def gap(because: str) -> GapError:
    """The error for what WGSL cannot say."""
    return GapError(
        "IX203", "no lowering to wgsl", because=because,
        hint="run it on another device: vulkan, or compile for target llvm-cpu",
    )  # fmt: skip


def kind_of(type_: Attribute) -> str:
    """The kind of a type's numbers; "" for other types. Raises `GapError` for 64 bits and such."""
    element = element_of(type_)
    if isinstance(element, IntegerType):
        if is_bool(element):
            return "b"
        if element.width.data == 32:
            return "u" if element.signedness.data == Signedness.UNSIGNED else "i"
        raise gap(f"WGSL has no {element}")
    if isinstance(element, Float32Type):
        return "f"
    if isinstance(element, Float16Type):
        return "h"
    if isinstance(element, ArrayType) or not _is_number(element):
        return ""
    raise gap(f"WGSL has no {element}")


def _is_number(type_: Attribute) -> bool:
    return type(type_).__name__.endswith("FloatType") or "Float" in type(type_).__name__


def type_text(type_: Attribute, kind: str = "") -> str:
    """A type in WGSL; `kind` makes its numbers of that kind."""
    if isinstance(type_, VectorType):
        return f"vec{type_.get_shape()[0]}<{type_text(type_.element_type, kind)}>"
    if isinstance(type_, ArrayType):
        natural = size_of(type_.element)
        if type_.stride.data not in (0, natural):
            raise gap(f"an array's elements of {natural} bytes lie {type_.stride.data} bytes apart")
        return f"array<{type_text(type_.element, kind)}, {type_.count.data}>"
    found = kind or kind_of(type_)
    if not found:
        raise gap(f"WGSL has no {type_}")
    return SCALARS[found]


def constant(attribute: Attribute, type_: Attribute) -> Expression:
    """A constant of a type."""
    if isinstance(attribute, UnitAttr):
        if isinstance(type_, VectorType | ArrayType):
            return Expression(f"{type_text(type_)}()", kind_of(type_))
        zero = FloatAttr(0.0, type_) if kind_of(type_) in "fh" else IntegerAttr(0, type_)  # pyright: ignore
        return constant(zero, type_)
    if isinstance(attribute, ArrayAttr):
        assert isinstance(type_, ArrayType | VectorType)
        inner = type_.element if isinstance(type_, ArrayType) else type_.element_type
        parts = [constant(part, inner).text for part in attribute]  # pyright: ignore
        return Expression(f"{type_text(type_)}({', '.join(parts)})", kind_of(type_))
    if isinstance(attribute, DenseIntOrFPElementsAttr):
        inner = element_of(type_)
        make = FloatAttr if kind_of(type_) in "fh" else IntegerAttr
        parts = [constant(make(v, inner), inner).text for v in attribute.get_values()]  # pyright: ignore
        return Expression(f"{type_text(type_)}({', '.join(parts)})", kind_of(type_))
    kind = kind_of(type_)
    return _number(attribute, kind)


def _number(attribute: Attribute, kind: str) -> Expression:
    if isinstance(attribute, FloatAttr):
        text, made = _float(attribute.value.data, kind)
        return Expression(text, kind, not text.startswith("-"), attribute if not made else None)
    assert isinstance(attribute, IntegerAttr), attribute
    value = attribute.value.data
    if kind == "b":
        return Expression("true" if value else "false", "b", True, attribute)
    value = value % (1 << 32)
    if kind == "u":
        return Expression(f"{value}u", "u", True, attribute)
    signed = value - (1 << 32) if value >> 31 else value
    return Expression(str(signed), "i", signed >= 0, attribute)


def _float(value: float, kind: str) -> tuple[str, bool]:
    """A float's text, and whether it is computed from bits."""
    if kind == "h":
        if not math.isfinite(value):
            raise gap(f"WGSL has no f16 {value}")
        return f"{np.float16(value)!s}h", False
    single = float(np.float32(value))
    tiny = single != 0 and abs(single) < 2.0**-126
    if not math.isfinite(single) or tiny or (single == 0 and math.copysign(1, single) < 0):
        bits = struct.unpack("<I", struct.pack("<f", single))[0]
        return f"float_of(0x{bits:08x}u)", True
    text = str(np.float32(value))
    return (text if re.search(r"[.e]", text) else f"{text}.0"), False


def cast(value: Expression, type_: Attribute, kind: str) -> Expression:
    """The value, as numbers of another kind: integers keep their bits."""
    if value.kind == kind or not kind:
        return value
    if isinstance(value.constant, IntegerAttr) and kind in "iu":
        return _number(value.constant, kind)
    return Expression(f"{type_text(like(type_, IntegerType(32)), kind)}({value.text})", kind)


_RESERVED = frozenset(
    """alias break case const const_assert continue continuing default diagnostic discard else
    enable false fn for if let loop override requires return struct switch true var while array
    bool f16 f32 i32 u32 vec2 vec3 vec4 select min max abs sign filter common final shared sample
    signed unsigned target texture this virtual void new static super template union using where
    with handle layout match module move namespace resource precise smooth volatile""".split()
)
"""Keywords, reserved words, and functions and types of WGSL that the printer uses."""


class Names:
    """Names of a shader, each given once."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """A name like `wanted`: itself, else with a number after it."""
        clean = re.sub(r"\W+", "_", wanted).strip("_") or "value"
        if clean[0].isdigit() or clean in _RESERVED:
            clean = f"k_{clean}" if clean[0].isdigit() else f"{clean}_"
        name = clean
        while name in self._taken:
            self._taken[clean] += 1
            name = f"{clean}_{self._taken[clean]}"
        self._taken.setdefault(name, 0)
        return name
