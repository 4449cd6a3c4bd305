# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f8, f6, f4 and bf16 (and f16 for CPUs without conversions) to f32 and back, on the bits.

Only integer operations, selects and one exact addition, so scalars and vectors are alike and no
library is needed. Rounding is to nearest, ties to even. What a format has no number for follows
ml_dtypes: infinities and overflow become its infinity, else its NaN, else its greatest number; NaN
of a format without one is -0; f8E8M0FNU has neither zero nor sign, so both are NaN.
`passes/expand_narrow_floats.py` calls these.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    Float16Type,
    FloatNanEncoding,
    FloatNonfiniteBehavior,
    FloatSemantics,
    ReducedPrecisionFloatType,
    f32,
    i8,
    i16,
)
from xdsl.ir import Attribute, SSAValue

from iree_explore.targets.llvm_cpu.conversion import Builder, element_of, with_element
from iree_explore.targets.llvm_cpu.expressions import Emitter, Value

_F16 = FloatSemantics(exponent_bits=5, mantissa_bits=10, exponent_bias=15)
_BF16 = FloatSemantics(exponent_bits=8, mantissa_bits=7, exponent_bias=127)
_INFINITY, _QUIET_NAN, _MAGNITUDE = 0x7F800000, 0x7FC00000, 0x7FFFFFFF


def _semantics(type_: Attribute) -> FloatSemantics:
    element = element_of(type_)
    if isinstance(element, ReducedPrecisionFloatType):
        return element.SEMANTICS
    return _F16 if isinstance(element, Float16Type) else _BF16


def storage_of(type_: Attribute) -> Attribute:
    """The integer (or vector of integers) that holds a value's bits: i8, i16 for f16 and bf16."""
    small = isinstance(element_of(type_), ReducedPrecisionFloatType)
    return with_element(type_, i8 if small else i16)


def decode(value: SSAValue, build: Builder) -> SSAValue:
    """A value of a format as f32: always exact."""
    format_ = _semantics(value.type)
    e = Emitter(build, with_element(value.type, f32))
    stored = e.op(arith.BitcastOp, [e.of(value)], storage_of(value.type))
    bits = e.op(arith.ExtUIOp, [stored], e.ints)
    if format_ is _BF16:
        return e.from_bits(bits << 16).ssa
    if not format_.has_sign:
        return _decode_exponent(e, bits).ssa
    mantissa, below = format_.mantissa_bits, format_.sign_shift
    magnitude = bits & ((1 << below) - 1)
    shifted = magnitude << (23 - mantissa)
    normal = shifted + ((127 - format_.exponent_bias) << 23)
    # A subnormal read as a normal number has a leading one too much.
    one_up = e.from_bits(normal + (1 << 23)) - 2.0 ** (1 - format_.exponent_bias)
    number = e.select(magnitude < (1 << mantissa), one_up, e.from_bits(normal))
    if format_.nonfinite is FloatNonfiniteBehavior.IEEE:
        special = e.from_bits(shifted | _INFINITY)
        number = e.select(magnitude < (format_.max_exponent << mantissa), number, special)
    elif format_.nonfinite is FloatNonfiniteBehavior.NAN_ONLY:
        negative_zero = format_.nan_encoding is FloatNanEncoding.NEGATIVE_ZERO
        nan = bits.equals(1 << below) if negative_zero else magnitude.equals((1 << below) - 1)
        number = e.select(nan, e.from_bits(e.integer(_QUIET_NAN)), number)
    sign = (bits << (31 - below)) & -(1 << 31)
    return e.from_bits(e.bits(number) | sign).ssa


def _decode_exponent(e: Emitter, bits: Value) -> Value:
    """f8E8M0FNU: the exponent of an f32, but 2^-127 is subnormal there."""
    number = e.select(bits.equals(0), 1 << 22, bits << 23)
    return e.from_bits(e.select(bits.equals(255), _QUIET_NAN, number))


def encode(value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
    """An f32 value rounded to a format."""
    format_ = _semantics(type_)
    e = Emitter(build, value.type)
    x = e.of(value)
    bits = e.bits(x)
    magnitude = bits & _MAGNITUDE
    if format_ is _BF16:  # NaN keeps its sign and becomes quiet
        code = e.select(e.is_nan(x), bits.shr_u(16) | 0x40, _rounded(bits, 16))
    elif not format_.has_sign:
        code = _encode_exponent(e, bits, magnitude)
    else:
        code = _encode_magnitude(e, format_, x, magnitude)
        sign = bits.shr_u(31) << format_.sign_shift
        if format_.nan_encoding is FloatNanEncoding.NEGATIVE_ZERO:
            sign = e.select(code.equals(0), 0, sign)
        code = code | sign
    stored = e.op(arith.TruncIOp, [code], storage_of(type_))
    return build(arith.BitcastOp, [stored.ssa], type_)


def _rounded(magnitude: Value, drop: int) -> Value:
    """Bits without their `drop` lowest, to nearest even; a carry goes into the exponent."""
    return (magnitude + ((magnitude.shr_u(drop) & 1) + ((1 << (drop - 1)) - 1))).shr_u(drop)


def _encode_exponent(e: Emitter, bits: Value, magnitude: Value) -> Value:
    """Halfway between two powers is the larger one; subnormals above 2^-127 are 2^-126."""
    bad = (bits < 1) | (magnitude >= _INFINITY)
    half = e.select(magnitude < (1 << 23), (1 << 22) - 1, e.integer(1 << 22))
    return e.select(bad, 255, (magnitude + half).shr_u(23))


def _encode_magnitude(e: Emitter, format_: FloatSemantics, x: Value, magnitude: Value) -> Value:
    mantissa, bias = format_.mantissa_bits, format_.exponent_bias
    normal = _rounded(magnitude, 23 - mantissa) - ((127 - bias) << mantissa)
    # Adding this, the last bit of the sum is that of a subnormal: the addition rounds.
    unit = 2.0 ** (24 - bias - mantissa)
    subnormal = e.bits(e.abs(x) + unit) - e.bits(e.constant(unit))
    least_normal = (127 + 1 - bias) << 23
    code = e.select(magnitude < least_normal, subnormal, normal)
    greatest, overflow, nan = _specials(format_)
    code = e.select(code > greatest, overflow, code)
    return e.select(magnitude > _INFINITY, nan, code)


def _specials(format_: FloatSemantics) -> tuple[int, int, int]:
    """Codes of the greatest number, of what is above it, and of NaN."""
    ones = (1 << format_.sign_shift) - 1
    if format_.nonfinite is FloatNonfiniteBehavior.IEEE:
        infinity = format_.max_exponent << format_.mantissa_bits
        return infinity - 1, infinity, infinity | 1 << (format_.mantissa_bits - 1)
    sign_bit = 1 << format_.sign_shift
    if format_.nonfinite is FloatNonfiniteBehavior.FINITE_ONLY:
        return ones, ones, sign_bit
    if format_.nan_encoding is FloatNanEncoding.ALL_ONES:
        return ones - 1, ones, ones
    return ones, sign_bit, sign_bit
