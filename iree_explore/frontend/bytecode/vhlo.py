# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""VHLO attributes and types (the versioned copies that portable artifacts hold), as StableHLO's.

One reader by code. Enumerations are spelled out as StableHLO attributes; the numbers are VHLO's.
Ops are in `vhlo_ops.py`.
"""

from __future__ import annotations

from typing import Any

from xdsl.dialects import builtin
from xdsl.dialects.builtin import (
    ArrayAttr,
    ComplexType,
    FloatAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    StringAttr,
    TupleType,
    UnrankedTensorType,
)
from xdsl.ir import Attribute

from iree_explore.frontend.bytecode.attributes import AttributeCursor, Readers, sized
from iree_explore.frontend.bytecode.builtin import float_of, integer_of, string, tensor

ENUMS: dict[str, tuple[str | None, ...]] = {
    "comparison_direction": ("EQ", "NE", "GE", "GT", "LE", "LT"),
    "comparison_type": ("NOTYPE", "FLOAT", "TOTALORDER", "SIGNED", "UNSIGNED"),
    "fft_type": ("FFT", "IFFT", "RFFT", "IRFFT"),
    "precision": ("DEFAULT", "HIGH", "HIGHEST"),
    "rng_algorithm": ("DEFAULT", "THREE_FRY", "PHILOX"),
    "rng_distribution": (None, "UNIFORM", "NORMAL"),
    "transpose": ("TRANSPOSE_INVALID", "NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"),
    "result_accuracy_mode": ("DEFAULT", "HIGHEST", "TOLERANCE"),
}
"""Names by number; the same in VHLO and StableHLO."""


def enum(name: str) -> Any:
    """A reader of `#stablehlo<name VALUE>`."""

    def read(cursor: AttributeCursor) -> Attribute:
        number = cursor.varint()
        names = ENUMS[name]
        value = names[number] if number < len(names) else None
        if value is None:
            raise cursor.fail(f"{name} {number} is unknown")
        return cursor.decoder.parse(f"#stablehlo<{name} {value}>", cursor)

    return read


def _boolean(cursor: AttributeCursor) -> IntegerAttr:
    value = cursor.varint()
    if value > 1:
        raise cursor.fail(f"{value} is no boolean")
    return IntegerAttr.from_bool(bool(value))


def _float(cursor: AttributeCursor) -> FloatAttr:
    return float_of(cursor, cursor.type())


def output_operand_alias(cursor: AttributeCursor) -> Attribute:
    """`#stablehlo.output_operand_alias<...>`"""
    results, operand, tuples = cursor.ints(), cursor.signed(), cursor.ints()
    return cursor.decoder.parse(
        f"#stablehlo.output_operand_alias<output_tuple_indices = {results}, "
        f"operand_index = {operand}, operand_tuple_indices = {tuples}>",
        cursor,
    )


def bounds(cursor: AttributeCursor) -> Attribute:
    """`#stablehlo.bounds<4, ?>`, a tensor encoding: upper bounds of unknown sizes."""
    sizes = ", ".join("?" if n < 0 else str(n) for n in cursor.ints())
    return cursor.decoder.parse(f"#stablehlo.bounds<{sizes}>", cursor)


def result_accuracy(cursor: AttributeCursor) -> StringAttr:
    """How exact a function must be: read, and dropped with `OPTIONAL` attributes later."""
    atol, rtol, ulps = cursor.float64(), cursor.float64(), cursor.signed()
    cursor.attribute()
    return StringAttr(f"atol {atol}, rtol {rtol}, {ulps} ulps")


def _api_version(cursor: AttributeCursor) -> IntegerAttr:
    return IntegerAttr(cursor.varint(), 32)


def _quantized(cursor: AttributeCursor) -> Attribute:
    flags, storage, expressed = cursor.varint(), cursor.type(), cursor.type()
    scale, zero_point = cursor.float64(), cursor.signed()
    low, high = cursor.signed(), cursor.signed()
    head = quantized_head(flags, storage, expressed, low, high)
    return cursor.decoder.parse(f"{head}, {scale_text(scale, zero_point)}>", cursor, type_=True)


def _quantized_per_axis(cursor: AttributeCursor) -> Attribute:
    flags, storage, expressed = cursor.varint(), cursor.type(), cursor.type()
    axis, low, high = cursor.varint(), cursor.signed(), cursor.signed()
    scales, zeros = cursor.list(cursor.float64), cursor.list(cursor.signed)
    if len(scales) != len(zeros):
        raise cursor.fail(f"{len(scales)} scales and {len(zeros)} zero points")
    head = quantized_head(flags, storage, expressed, low, high, axis)
    rows = ", ".join(map(scale_text, scales, zeros))
    return cursor.decoder.parse(f"{head}, {{{rows}}}>", cursor, type_=True)


def quantized_head(
    flags: int, storage: Any, expressed: Any, low: int, high: int, axis: int | None = None
) -> str:
    """`!quant.uniform<i8<-127:127>:f32:1`, as MLIR spells it."""
    width = storage.width.data if isinstance(storage, builtin.IntegerType) else 0
    signed = bool(flags & 1)
    usual = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    name = f"{'i' if signed else 'u'}{width}"
    span = "" if (low, high) == usual else f"<{low}:{high}>"
    return f"!quant.uniform<{name}{span}:{expressed}" + ("" if axis is None else f":{axis}")


def scale_text(scale: float, zero_point: int) -> str:
    """`0.5:3`, the zero point left out if it is 0."""
    return f"{scale!r}" + (f":{zero_point}" if zero_point else "")


def _refused(what: str) -> Any:
    def read(cursor: AttributeCursor) -> Any:
        raise cursor.fail(f"{what} are not supported")

    return read


def _complex(cursor: AttributeCursor) -> ComplexType:
    type_ = cursor.type()
    if not isinstance(type_, builtin.AnyFloat):
        raise cursor.fail(f"complex numbers of {type_}")
    return ComplexType(type_)


ATTRIBUTES: Readers = {
    1: lambda c: ArrayAttr(c.attributes()),
    2: _boolean,
    3: enum("comparison_direction"),
    4: enum("comparison_type"),
    5: _api_version,
    6: lambda c: c.dictionary(lambda: string(c)),
    7: enum("fft_type"),
    8: _float,
    9: lambda c: integer_of(c, c.type()),
    10: output_operand_alias,
    11: enum("precision"),
    12: enum("rng_algorithm"),
    13: enum("rng_distribution"),
    14: lambda c: StringAttr(c.text()),
    15: lambda c: c.dense(),
    16: enum("transpose"),
    17: lambda c: c.type(),
    18: bounds,
    19: enum("result_accuracy_mode"),
    20: result_accuracy,
}
TYPES: Readers = {
    0: lambda c: sized(1),
    1: _complex,
    2: lambda c: builtin.BFloat16Type(),
    3: lambda c: builtin.Float16Type(),
    4: lambda c: builtin.Float32Type(),
    5: lambda c: builtin.Float64Type(),
    6: lambda c: builtin.Float8E4M3FNType(),
    7: lambda c: builtin.Float8E5M2Type(),
    8: lambda c: FunctionType.from_lists(c.types(), c.types()),
    9: lambda c: IndexType(),
    10: lambda c: sized(4),
    11: lambda c: sized(8),
    12: lambda c: sized(16),
    13: lambda c: sized(32),
    14: lambda c: sized(64),
    15: lambda c: sized(4, unsigned=True),
    16: lambda c: sized(8, unsigned=True),
    17: lambda c: sized(16, unsigned=True),
    18: lambda c: sized(32, unsigned=True),
    19: lambda c: sized(64, unsigned=True),
    20: tensor,
    21: lambda c: tensor(c, c.attribute()),
    22: lambda c: c.decoder.parse("!stablehlo.token", c, type_=True),
    23: lambda c: TupleType(tuple(c.types())),
    24: _quantized,
    25: lambda c: UnrankedTensorType(c.type()),
    26: lambda c: c.decoder.parse("!shape.witness", c, type_=True),
    27: lambda c: builtin.Float8E4M3FNUZType(),
    28: lambda c: builtin.Float8E5M2FNUZType(),
    29: lambda c: builtin.Float8E4M3B11FNUZType(),
    30: _quantized_per_axis,
    31: lambda c: sized(2),
    32: lambda c: sized(2, unsigned=True),
    33: lambda c: builtin.NoneType(),
    34: lambda c: builtin.FloatTF32Type(),
    35: lambda c: builtin.Float8E4M3Type(),
    36: lambda c: builtin.Float8E3M4Type(),
    37: lambda c: builtin.Float4E2M1FNType(),
    38: lambda c: builtin.Float6E2M3FNType(),
    39: lambda c: builtin.Float6E3M2FNType(),
    40: lambda c: builtin.Float8E8M0FNUType(),
    41: _refused("buffers"),
}
