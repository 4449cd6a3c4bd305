# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""StableHLO's elementwise ops on scalars: what goes into linalg bodies, reducers and host
arithmetic.

Each function is an `OpRow.scalar`: `(b, op, operands, operand types, result type) -> value`. Types
are StableHLO's (unsigned integers are visible); operands are signless. Integer semantics follow the
spec and XLA where the spec leaves it open: `x / 0` is all ones, `x % 0` is x, too large shifts
shift everything out, float to integer saturates and NaN becomes 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    AnyFloat,
    Float8E8M0FNUType,
    IndexType,
    IntegerType,
    ReducedPrecisionFloatType,
    f16,
    f32,
)
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.elements import dtype_of, limits_of
from iree_explore.linalg import math_ext
from iree_explore.stablehlo import folding
from iree_explore.stablehlo.base import Scalar
from iree_explore.stablehlo.lowering import Lowering, is_unsigned, signless

Values = Sequence[SSAValue]
Types = Sequence[Attribute]


def is_float(type_: Attribute) -> bool:
    return isinstance(type_, AnyFloat)


def is_bool(type_: Attribute) -> bool:
    return isinstance(type_, IntegerType) and type_.width.data == 1


def width_of(type_: Attribute) -> int:
    """Bits of a number; index counts as 64."""
    if isinstance(type_, IndexType):
        return 64
    return type_.width.data if isinstance(type_, IntegerType) else type_.bitwidth  # pyright: ignore


def computable(b: Lowering, x: SSAValue) -> SSAValue:
    """f32 for floats of 8 bits and fewer, which may lack infinities, zero or a sign."""
    if isinstance(x.type, ReducedPrecisionFloatType):
        return b.emit(arith.ExtFOp(x, f32))
    return x


def in_f32(b: Lowering, make: Any, args: Values) -> SSAValue:
    """`make(*args)`, computed in f32 for narrower floats."""
    type_ = args[0].type
    if width_of(type_) >= 32:
        return b.emit(make(*args))
    wide = b.emit(make(*(b.emit(arith.ExtFOp(a, f32)) for a in args)))
    return b.emit(arith.TruncFOp(wide, type_))


def function(op: type[Operation]) -> Scalar:
    """A `math` function of floats."""

    def scalar(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
        return in_f32(b, op, args)

    return scalar


logistic = function(math_ext.OPS["logistic"])


def choose(
    float_: type[Operation] | None,
    signed: type[Operation] | None,
    unsigned: type[Operation] | None = None,
    boolean: type[Operation] | None = None,
) -> Scalar:
    """One `arith` op per kind of type; `unsigned` and `boolean` default to `signed`."""

    def scalar(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
        kind = types[0]
        if is_float(kind):
            made = float_
        elif is_bool(kind):
            made = boolean or unsigned or signed
        else:
            made = unsigned if is_unsigned(kind) and unsigned else signed
        assert made is not None, kind
        return b.emit(made(*args))  # pyright: ignore

    return scalar


def compare(b: Lowering, predicate: str, x: SSAValue, y: SSAValue) -> SSAValue:
    """`arith.cmpf` or `arith.cmpi`."""
    if is_float(x.type):
        return b.emit(arith.CmpfOp(x, y, predicate))
    return b.emit(arith.CmpiOp(x, y, predicate))


def select(b: Lowering, condition: SSAValue, yes: SSAValue, no: SSAValue) -> SSAValue:
    return b.emit(arith.SelectOp(condition, yes, no))


def absolute(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    (x,) = args
    if is_float(types[0]):
        return b.emit(math.AbsFOp(x))
    if is_unsigned(types[0]):
        return x
    zero = b.number(x.type, 0)
    return select(b, compare(b, "slt", x, zero), b.emit(arith.SubiOp(zero, x)), x)


def negate(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    (x,) = args
    if is_float(types[0]):
        return b.emit(arith.NegfOp(x))
    return b.emit(arith.SubiOp(b.number(x.type, 0), x))


def invert(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    return b.emit(arith.XOrIOp(args[0], b.number(args[0].type, -1)))


def sign(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    x = computable(b, args[0])
    zero, one = b.number(x.type, 0), b.number(x.type, 1)
    if is_float(types[0]):
        less, more = compare(b, "olt", x, zero), compare(b, "ogt", x, zero)
        negative = select(b, less, b.number(x.type, -1), x)
        value = select(b, more, one, negative)
        return value if x is args[0] else b.emit(arith.TruncFOp(value, args[0].type))  # pyright: ignore
    if is_unsigned(types[0]):
        return select(b, compare(b, "ne", x, zero), one, zero)
    negative = select(b, compare(b, "slt", x, zero), b.number(x.type, -1), zero)
    return select(b, compare(b, "sgt", x, zero), one, negative)


def is_finite(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    x = computable(b, args[0])
    return compare(b, "olt", b.emit(math.AbsFOp(x)), b.number(x.type, float("inf")))


def divide(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    return _quotient(b, args, types[0], (arith.DivfOp, arith.DivSIOp, arith.DivUIOp), "all ones")


def remainder(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    if is_float(types[0]):
        return in_f32(b, math_ext.OPS["fmod"], args)
    return _quotient(b, args, types[0], (None, arith.RemSIOp, arith.RemUIOp), "dividend")


def _quotient(b: Lowering, args: Values, type_: Attribute, ops: Any, by_zero: str) -> SSAValue:
    """Division without undefined behaviour: the divisor 0 (and -1 of the least number) becomes
    1."""
    x, y = args
    if is_float(type_):
        return b.emit(ops[0](x, y))
    if is_bool(type_):  # x / 0 is true, x / 1 is x; the remainder of both is false or x
        if by_zero == "dividend":
            return b.emit(arith.AndIOp(x, invert(b, None, [y], [type_], type_)))
        return b.emit(arith.OrIOp(x, invert(b, None, [y], [type_], type_)))
    made = ops[2] if is_unsigned(type_) else ops[1]
    if folding.integer(y) not in (None, 0, -1):
        return b.emit(made(x, y))
    one, minus_one = b.number(y.type, 1), b.number(y.type, -1)
    zero = compare(b, "eq", y, b.number(y.type, 0))
    unsafe = zero
    if not is_unsigned(type_):
        least = compare(b, "eq", x, b.number(x.type, -(1 << (width_of(x.type) - 1))))
        overflow = b.emit(arith.AndIOp(least, compare(b, "eq", y, minus_one)))
        unsafe = b.emit(arith.OrIOp(zero, overflow))
    value = b.emit(made(x, select(b, unsafe, one, y)))
    return select(b, zero, x if by_zero == "dividend" else minus_one, value)


def power(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    x, y = args
    if is_float(types[0]):
        return in_f32(b, math.PowFOp, args)
    if is_bool(types[0]):
        return b.emit(arith.OrIOp(x, invert(b, None, [y], types, result)))
    zero, one = b.number(x.type, 0), b.number(x.type, 1)
    value, square = one, x
    bits = width_of(x.type)
    for i in range(bits):  # by squaring, all bits of the exponent
        bit = b.emit(arith.AndIOp(y, b.number(y.type, 1 << i)))
        used = compare(b, "ne", bit, zero)
        value = select(b, used, b.emit(arith.MuliOp(value, square)), value)
        if i + 1 < bits:
            square = b.emit(arith.MuliOp(square, square))
    if is_unsigned(types[0]):
        return value
    # a negative exponent: 1 and -1 stay what the power says, anything else is 0 (1 / x^n truncated)
    unit = b.emit(arith.OrIOp(compare(b, "eq", x, one), compare(b, "eq", x, b.number(x.type, -1))))
    negative = compare(b, "slt", y, zero)
    return select(b, b.emit(arith.AndIOp(negative, invert_bool(b, unit))), zero, value)


def invert_bool(b: Lowering, x: SSAValue) -> SSAValue:
    return b.emit(arith.XOrIOp(x, b.number(x.type, 1)))


def shift(op: type[Operation]) -> Scalar:
    """Shifts by the width or more give 0, or the sign for arithmetic shifts right."""

    def scalar(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
        x, y = args
        limit = width_of(x.type)
        amount = folding.integer(y)
        if amount is not None and 0 <= amount < limit:
            return b.emit(op(x, y))  # pyright: ignore
        too_far = compare(b, "uge", y, b.number(y.type, limit))
        if op is arith.ShRSIOp:
            return b.emit(op(x, select(b, too_far, b.number(y.type, limit - 1), y)))  # pyright: ignore
        safe = select(b, too_far, b.number(y.type, 0), y)
        return select(b, too_far, b.number(x.type, 0), b.emit(op(x, safe)))  # pyright: ignore

    return scalar


_FLOAT = {"EQ": "oeq", "NE": "une", "GE": "oge", "GT": "ogt", "LE": "ole", "LT": "olt"}
_SIGNED = {"EQ": "eq", "NE": "ne", "GE": "sge", "GT": "sgt", "LE": "sle", "LT": "slt"}
_UNSIGNED = {"EQ": "eq", "NE": "ne", "GE": "uge", "GT": "ugt", "LE": "ule", "LT": "ult"}


def comparison(b: Lowering, op: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    x, y = args
    direction = op.comparison_direction.data.value
    if is_float(types[0]):
        kind = op.compare_type.data.value if op.compare_type else "FLOAT"
        if kind != "TOTALORDER":
            return compare(b, _FLOAT[direction], x, y)
        x, y = (_ordered_bits(b, v) for v in (x, y))
        without_sign = isinstance(types[0], Float8E8M0FNUType)
        predicates = _UNSIGNED if without_sign else _SIGNED
        return compare(b, predicates[direction], x, y)
    return compare(b, (_UNSIGNED if is_unsigned(types[0]) else _SIGNED)[direction], x, y)


def _ordered_bits(b: Lowering, x: SSAValue) -> SSAValue:
    """An integer that orders as the float does in IEEE-754's total order."""
    if width_of(x.type) == 6:  # no integer has that width, and none of them is NaN
        x = computable(b, x)
    width = width_of(x.type)
    bits = b.emit(arith.BitcastOp(x, IntegerType(width)))
    if isinstance(x.type, Float8E8M0FNUType):
        return bits
    flipped = b.emit(arith.XOrIOp(bits, b.number(bits.type, (1 << (width - 1)) - 1)))
    return select(b, compare(b, "slt", bits, b.number(bits.type, 0)), flipped, bits)


def selection(b: Lowering, op: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    return select(b, *args)


def clamp(b: Lowering, op: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    low, x, high = args
    lower = MAXIMUM(b, op, [x, low], [types[1]] * 2, result)
    return MINIMUM(b, op, [lower, high], [types[1]] * 2, result)


def convert(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    (x,) = args
    source, target = types[0], signless(result)
    if x.type == target and (source == result or not is_bool(result)):
        return x
    if is_float(source):
        return _float_to_float(b, x, target) if is_float(result) else _to_integer(b, x, result)
    if is_float(result):
        if isinstance(source, IndexType):
            x = b.cast(x, IntegerType(64))
        made = arith.UIToFPOp if is_unsigned(source) else arith.SIToFPOp
        return b.emit(made(x, target))  # pyright: ignore[reportArgumentType]
    if is_bool(result):
        return compare(b, "ne", x, b.number(x.type, 0))
    if isinstance(source, IndexType) or isinstance(result, IndexType):
        return b.cast(x, target)
    before, after = width_of(source), width_of(result)
    if before == after:
        return x
    if after < before:
        return b.emit(arith.TruncIOp(x, target))  # pyright: ignore
    made = arith.ExtUIOp if is_unsigned(source) else arith.ExtSIOp
    return b.emit(made(x, target))  # pyright: ignore


def _float_to_float(b: Lowering, x: SSAValue, target: Attribute) -> SSAValue:
    before, after = width_of(x.type), width_of(target)
    if after > before:
        return b.emit(arith.ExtFOp(x, target))  # pyright: ignore
    if after < before:
        return b.emit(arith.TruncFOp(x, target))  # pyright: ignore
    wide = b.emit(arith.ExtFOp(x, f32))  # f16 and bf16
    return b.emit(arith.TruncFOp(wide, target))  # pyright: ignore


def _to_integer(b: Lowering, x: SSAValue, result: Attribute) -> SSAValue:
    """Truncates, saturating; NaN becomes 0; any non-zero number is true."""
    target = signless(result)
    if width_of(x.type) < 32:
        x = b.emit(arith.ExtFOp(x, f32))
    if is_bool(result):
        return compare(b, "une", x, b.number(x.type, 0))
    least, greatest = limits_of(dtype_of(result))
    made = arith.FPToUIOp if is_unsigned(result) else arith.FPToSIOp
    value = b.emit(made(x, target))  # pyright: ignore
    # 2^n is exact in every float type, the greatest integer is not
    high = compare(b, "oge", x, b.number(x.type, float(greatest + 1)))
    value = select(b, high, b.number(target, greatest), value)
    low = compare(b, "ult" if least else "ule", x, b.number(x.type, float(least)))
    value = select(b, low, b.number(target, least), value)
    if least == 0:
        return value
    return select(b, compare(b, "uno", x, x), b.number(target, 0), value)


def bitcast(b: Lowering, _: Any, args: Values, types: Types, result: Attribute) -> SSAValue:
    target = signless(result)
    return args[0] if args[0].type == target else b.emit(arith.BitcastOp(args[0], target))  # pyright: ignore


def reduce_precision(
    b: Lowering, op: Any, args: Values, types: Types, result: Attribute
) -> SSAValue:
    """Rounds to nearest even at the wanted mantissa bit, then overflows and underflows."""
    (x,) = args
    if isinstance(x.type, ReducedPrecisionFloatType):
        wide = f32 if isinstance(x.type, Float8E8M0FNUType) else f16
        value = reduce_precision(b, op, [b.emit(arith.ExtFOp(x, wide))], [wide], wide)
        return b.emit(arith.TruncFOp(value, x.type))  # pyright: ignore
    width = width_of(x.type)
    mantissa = {16: 10, 32: 23, 64: 52}[width]
    exponent = width - 1 - mantissa
    if x.type.name == "bf16":
        mantissa, exponent = 7, 8
    type_ = IntegerType(width)
    to_mantissa, to_exponent = op.mantissa_bits.value.data, op.exponent_bits.value.data
    bits = b.emit(arith.BitcastOp(x, type_))
    one = b.number(type_, 1)
    if to_mantissa < mantissa:
        drop = mantissa - to_mantissa
        last = b.emit(arith.ShRUIOp(bits, b.number(type_, drop)))
        last = b.emit(arith.AndIOp(last, one))
        half = b.emit(arith.AddiOp(last, b.number(type_, (1 << (drop - 1)) - 1)))
        rounded = b.emit(arith.AddiOp(bits, half))
        bits_r = b.emit(arith.AndIOp(rounded, b.number(type_, -(1 << drop))))
    else:
        bits_r = bits
    if to_exponent < exponent:
        bits_r = _clip_exponent(b, bits_r, width, mantissa, exponent, to_mantissa, to_exponent)
    value = b.emit(arith.BitcastOp(bits_r, x.type))  # pyright: ignore
    return select(b, compare(b, "uno", x, x), x, value)


def _clip_exponent(
    b: Lowering, bits: SSAValue, width: int, mantissa: int, exponent: int, to_m: int, to_e: int
) -> SSAValue:
    type_ = bits.type
    field = ((1 << exponent) - 1) << mantissa
    bias, to_bias = (1 << (exponent - 1)) - 1, (1 << (to_e - 1)) - 1
    own = b.emit(arith.AndIOp(bits, b.number(type_, field)))
    sign_bit = b.emit(arith.AndIOp(bits, b.number(type_, 1 << (width - 1))))
    infinite = b.emit(arith.OrIOp(sign_bit, b.number(type_, field)))
    high = compare(b, "ugt", own, b.number(type_, (bias + to_bias) << mantissa))
    low = compare(b, "ule", own, b.number(type_, (bias - to_bias) << mantissa))
    return select(b, high, infinite, select(b, low, sign_bit, bits))


COUNT_LEADING_ZEROS = choose(None, math.CountLeadingZerosOp)
MAXIMUM = choose(arith.MaximumfOp, arith.MaxSIOp, arith.MaxUIOp, arith.OrIOp)
MINIMUM = choose(arith.MinimumfOp, arith.MinSIOp, arith.MinUIOp, arith.AndIOp)
