# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Sample`: an example program of one code path of an op, for every element type it admits.

The text is the signature on the first line, then the body, which defines `%r`:

    %a: tensor<3?x4?x$T>, %b: tensor<3?x4?x$T> -> tensor<3?x4?x$T>
    %r = stablehlo.add %a, %b : tensor<3?x4?x$T>

A size followed by `?` is that size in the static program and unknown in the dynamic one; the inputs
have it in both. `$T` is the element type; `$R` the parts of a complex one, `$C` the complex of a
real one, `$I` the unsigned integer of its width, `$W` its bytes, `$0` and `$1` its literals of zero
and one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

BOOL = ("i1",)
SIGNED = ("i2", "i4", "i8", "i16", "i32", "i64")
UNSIGNED = ("ui2", "ui4", "ui8", "ui16", "ui32", "ui64")
INTEGERS = (*SIGNED, *UNSIGNED)
SMALL_FLOATS = (
    "f4E2M1FN", "f6E2M3FN", "f6E3M2FN", "f8E3M4", "f8E4M3", "f8E4M3FN", "f8E4M3FNUZ",
    "f8E4M3B11FNUZ", "f8E5M2", "f8E5M2FNUZ", "f8E8M0FNU",
)  # fmt: skip
FLOATS = (*SMALL_FLOATS, "bf16", "f16", "f32", "f64")
COMPLEX = ("complex<f32>", "complex<f64>")
QUANTIZED = ("!quant.uniform<i8:f32, 0.5:2>",)
NUMBERS = (*INTEGERS, *FLOATS, *COMPLEX)
ANY = (*BOOL, *NUMBERS)

COMMON = ("i1", "i8", "i32", "i64", "ui8", "f8E4M3FN", "bf16", "f16", "f32", "f64", "complex<f32>")
"""For code paths beyond an op's first: enough to see whether types matter there."""

POWER_ULPS = 4096
"""Complex a^b = e^(b log a) loses |b log a| places, which is up to 710 where a result is finite."""

Values = str | list[Any] | int | float | bool
"""What an argument gets: a kind of `recording/coverage_inputs.py`, or the literal values."""


@dataclass(frozen=True)
class Argument:
    """An argument of a program: `shape` is that of the input, `element` its element type."""

    name: str
    shape: tuple[int, ...]
    element: str
    values: Values


@dataclass(frozen=True)
class Program:
    """One program made from a sample: MLIR text with @main, and what its inputs are like."""

    text: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Sample:
    """One code path of `op`, named `case` ("" for the first).

    `types` are the element types by the specification's constraints. `values` says what arguments
    get that cannot be any value, by name ("" for all others). Results may differ from the
    reference by `ulps` units in the last place, and where `sums` by what reordered sums of values
    of the result's size may lose.
    """

    op: str
    types: tuple[str, ...]
    text: str
    case: str = ""
    values: Mapping[str, Values] = field(default_factory=dict)
    ulps: float = 16
    sums: bool = False
    functions: str = ""
    """Private functions that the body refers to."""

    @property
    def variants(self) -> tuple[bool, ...]:
        """(False,) or (False, True): whether there is a dynamic program too."""
        return (False, True) if _UNKNOWN.search(self.text) else (False,)

    def programs(self) -> Iterator[tuple[str, bool, Program]]:
        """Every program of this sample, with its element type and whether it is dynamic."""
        for element in self.types:
            for dynamic in self.variants:
                yield element, dynamic, self.program(element, dynamic)

    def program(self, element: str, dynamic: bool = False) -> Program:
        """The program for one element type."""
        text = _PLACEHOLDER.sub(lambda m: replacement(m[0], element), self.text.strip())
        known = _UNKNOWN.sub(r"\1", text)
        arguments = tuple(
            Argument(name, shape, kind, self.values.get(name, self.values.get("", "any")))
            for name, shape, kind in _arguments(known)
        )
        functions = _PLACEHOLDER.sub(lambda m: replacement(m[0], element), self.functions)
        both = _assemble(text) + (functions + "\n" if functions else "")
        return Program(_UNKNOWN.sub("?" if dynamic else r"\1", both), arguments)


_UNKNOWN = re.compile(r"(?<=[<x])(\d+)\?")
_PLACEHOLDER = re.compile(r"\$[TRCIW01]")
_TENSOR = re.compile(r"%(\w+): tensor<((?:\d+x)*)((?:[^<>]|<[^<>]*>)+)>")


def replacement(placeholder: str, element: str) -> str:
    """What a placeholder is for an element type."""
    inner = re.fullmatch(r"complex<(\w+)>", element)
    if placeholder == "$T":
        return element
    if placeholder == "$R":
        return inner[1] if inner else element
    if placeholder == "$C":
        return f"complex<{element}>"
    if placeholder == "$I":
        return f"ui{width(element)}"
    if placeholder == "$W":
        return str(width(element) // 8)
    digit = placeholder[1]
    if element == "i1":
        return "true" if digit == "1" else "false"
    if inner:
        return f"({digit}.0, 0.0)"
    return f"{digit}.0" if re.match(r"b?f\d", element) else digit


def width(element: str) -> int:
    """Bits of a real element type."""
    found = re.search(r"\d+", element)
    assert found is not None, element
    return int(found[0])


def _arguments(text: str) -> Iterator[tuple[str, tuple[int, ...], str]]:
    signature = text.partition("\n")[0].rpartition("->")[0]
    for name, dims, element in _TENSOR.findall(signature):
        yield name, tuple(int(d) for d in dims.split("x") if d), element


def _assemble(text: str) -> str:
    signature, _, body = text.partition("\n")
    arguments, _, results = signature.rpartition("->")
    types = split_types(results)
    values = ["%r"] if len(types) == 1 else [f"%r#{i}" for i in range(len(types))]
    lines = [f"func.func @main({arguments.strip()}) -> ({', '.join(types)}) {{"]
    lines += [f"  {line}" for line in body.splitlines()]
    lines.append(f"  return {', '.join(values)} : {', '.join(types)}")
    return "\n".join([*lines, "}", ""])


def split_types(text: str) -> list[str]:
    """Types separated by commas outside of brackets."""
    found, depth = [""], 0
    for char in text.strip():
        depth += (char in "<([") - (char in ">)]")
        if char == "," and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return [each.strip() for each in found]


# Samples that are alike
# --------------------------------------------------------------------------------------------


def unary(op: str, types: tuple[str, ...], **options: Any) -> Sample:
    """An elementwise op with one operand of the result's type."""
    return Sample(op, types, f"%a: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
                             f"%r = {op} %a : tensor<5?x7?x$T>", **options)  # fmt: skip


def binary(op: str, types: tuple[str, ...], **options: Any) -> Sample:
    """An elementwise op with two operands of the result's type."""
    return Sample(op, types, f"%a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
                             f"%r = {op} %a, %b : tensor<5?x7?x$T>", **options)  # fmt: skip
