# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`i64` in the portable profile, which has no 64-bit numbers: pairs of words.

In registers an `i64` is a `vector<2xi32>`, its low word first; in bindings it is two words, as it
is in memory. `RULES` are the ops that take or make one; the others with an `i64` the profile lacks.
Where only the low word matters (`low_half_suffices`), it is all that there is, in every profile.
Word arithmetic wraps around; see "Hacker's Delight" for carries, products and long division.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType, VectorType, f32, i32
from xdsl.ir import Operation, SSAValue

from iree_explore.targets.spirv.build import Index, Kernel
from iree_explore.targets.spirv.lower_memory import PAIR, i64
from iree_explore.targets.spirv.lower_scalars import (
    Rule,
    multiply_extended,
    resized,
    rounded_word,
    signed,
    unsigned,
    width,
)

_LOW_HALF = frozenset(
    "arith.addi arith.subi arith.muli arith.andi arith.ori arith.xori arith.select".split()
)
"""Ops whose low half depends on the low halves of their operands only."""


def low_half_suffices(value: SSAValue) -> bool:
    """Whether an i64 only becomes `index` or a shorter integer."""
    if not isinstance(value.type, IntegerType) or value.type.width.data != 64:
        return False
    return all(_takes_low_half(use.operation, use.index) for use in value.uses)


def _takes_low_half(op: Operation, operand: int) -> bool:
    if op.name == "arith.trunci":
        return True
    if op.name in ("arith.index_cast", "arith.index_castui"):
        return isinstance(op.results[0].type, IndexType)
    if op.name == "arith.shli":
        known = constant_integer(op.operands[1]) is not None
        return operand == 1 or (known and low_half_suffices(op.results[0]))
    if op.name == "arith.select" and operand == 0:
        return True
    return op.name in _LOW_HALF and low_half_suffices(op.results[0])


def constant_integer(value: SSAValue) -> int | None:
    """The integer that a constant is."""
    op = value.owner
    if isinstance(op, Operation) and op.name in ("arith.constant", "llvm.mlir.constant"):
        found = op.properties["value"]
        if isinstance(found, IntegerAttr):
            return found.value.data
    return None


def takes_pairs(op: Operation) -> bool:
    """Whether an op has to do with whole numbers of 64 bits."""
    values = (*op.operands, *op.results)
    return any(
        v.type.element_type == i64
        if isinstance(v.type, VectorType)
        else v.type == i64 and not low_half_suffices(v)
        for v in values
    )


def pair(k: Kernel, low: Index, high: Index) -> SSAValue:
    """A pair of words."""
    return k.op("CompositeConstruct", k.index(low), k.index(high), result=PAIR)


def halves(k: Kernel, value: SSAValue) -> tuple[SSAValue, SSAValue]:
    """Low and high word of a pair."""
    low, high = (k.op("CompositeExtract", value, indices=[i], result=i32) for i in (0, 1))
    return low, high


def constant(k: Kernel, number: int) -> SSAValue:
    """A pair that is known."""
    low, high = number & 0xFFFFFFFF, number >> 32 & 0xFFFFFFFF
    return pair(k, *(part - ((part & 0x80000000) << 1) for part in (low, high)))


def _one_if(k: Kernel, condition: SSAValue) -> SSAValue:
    return k.op("Select", condition, k.index(1), k.index(0))


def add(k: Kernel, a: SSAValue, b: SSAValue) -> SSAValue:
    """Their sum."""
    (al, ah), (bl, bh) = halves(k, a), halves(k, b)
    low = k.op("IAdd", al, bl)
    carry = _one_if(k, k.op("ULessThan", low, al))
    return pair(k, low, k.op("IAdd", k.op("IAdd", ah, bh), carry))


def subtract(k: Kernel, a: SSAValue, b: SSAValue) -> SSAValue:
    """Their difference."""
    (al, ah), (bl, bh) = halves(k, a), halves(k, b)
    borrow = _one_if(k, k.op("ULessThan", al, bl))
    return pair(k, k.op("ISub", al, bl), k.op("ISub", k.op("ISub", ah, bh), borrow))


def multiply(k: Kernel, a: SSAValue, b: SSAValue) -> SSAValue:
    """The low 64 bits of their product."""
    (al, ah), (bl, bh) = halves(k, a), halves(k, b)
    low, carry = multiply_extended(k, al, bl, False)
    crossed = k.op("IAdd", k.op("IMul", al, bh), k.op("IMul", ah, bl))
    return pair(k, low, k.op("IAdd", carry, crossed))


def less(k: Kernel, a: SSAValue, b: SSAValue, sign: bool, or_equal: bool = False) -> SSAValue:
    """Whether a < b (or equal)."""
    (al, ah), (bl, bh) = halves(k, a), halves(k, b)
    high = k.op("SLessThan" if sign else "ULessThan", ah, bh)
    low = k.op("ULessThanEqual" if or_equal else "ULessThan", al, bl)
    return k.op("LogicalOr", high, k.op("LogicalAnd", k.op("IEqual", ah, bh), low))


def equal(k: Kernel, a: SSAValue, b: SSAValue) -> SSAValue:
    """Whether both words are equal."""
    (al, ah), (bl, bh) = halves(k, a), halves(k, b)
    return k.op("LogicalAnd", k.op("IEqual", al, bl), k.op("IEqual", ah, bh))


def choose(k: Kernel, condition: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
    """One of two pairs."""
    parts = zip(halves(k, a), halves(k, b), strict=True)
    return pair(k, *(k.op("Select", condition, x, y) for x, y in parts))


def is_negative(k: Kernel, a: SSAValue) -> SSAValue:
    """Whether the sign bit is set."""
    return k.op("SLessThan", halves(k, a)[1], 0)


def negated(k: Kernel, a: SSAValue) -> SSAValue:
    """-a."""
    return subtract(k, constant(k, 0), a)


def magnitude(k: Kernel, a: SSAValue) -> SSAValue:
    """|a|; of the least number itself, unsigned its magnitude."""
    return choose(k, is_negative(k, a), negated(k, a), a)


def shift(k: Kernel, a: SSAValue, by: SSAValue, left: bool, sign: bool = False) -> SSAValue:
    """Shifted by a word `by`, 0 to 63: by its low 5 bits, then by a whole word."""
    low, high = halves(k, a)
    to_right = "ShiftRightArithmetic" if sign else "ShiftRightLogical"
    n = k.op("BitwiseAnd", by, 31)
    rest = k.op("ISub", 31, n)  # in two steps: words shift by 31 at most
    by_words = k.op("INotEqual", k.op("BitwiseAnd", by, 32), 0)
    if left:
        moved = k.op("ShiftRightLogical", k.op("ShiftRightLogical", low, 1), rest)
        outer = k.op("ShiftLeftLogical", low, n)
        inner = k.op("BitwiseOr", k.op("ShiftLeftLogical", high, n), moved)
        return pair(k, k.op("Select", by_words, k.index(0), outer),
                    k.op("Select", by_words, outer, inner))  # fmt: skip
    moved = k.op("ShiftLeftLogical", k.op("ShiftLeftLogical", high, 1), rest)
    outer = k.op(to_right, high, n)
    inner = k.op("BitwiseOr", k.op("ShiftRightLogical", low, n), moved)
    filled = k.op("ShiftRightArithmetic", high, 31) if sign else k.index(0)
    return pair(k, k.op("Select", by_words, outer, inner), k.op("Select", by_words, filled, outer))


def divide(k: Kernel, a: SSAValue, b: SSAValue) -> tuple[SSAValue, SSAValue]:
    """Quotient and remainder, unsigned, bit by bit from the top. A divisor of zero makes a quotient
    of ones and the dividend as remainder."""
    zero = constant(k, 0)
    with k.loop(0, 64, 1, [zero, a]) as (_, state):
        # The dividend's bits leave on the left, the quotient's come in on the right.
        rest, shifted = state
        one, top = k.index(1), k.op("ShiftRightLogical", halves(k, shifted)[1], 31)
        overflow = is_negative(k, rest)
        low, high = halves(k, shift(k, rest, one, left=True))
        rest = pair(k, k.op("BitwiseOr", low, top), high)
        fits = k.op("LogicalOr", overflow, k.op("LogicalNot", less(k, rest, b, False)))
        low, high = halves(k, shift(k, shifted, one, left=True))
        state[:] = [
            choose(k, fits, subtract(k, rest, b), rest),
            pair(k, k.op("BitwiseOr", low, _one_if(k, fits)), high),
        ]
    return state[1], state[0]


def to_float(k: Kernel, a: SSAValue) -> SSAValue:
    """The nearest f32 of an unsigned number: its highest 32 bits, with one for all that is below
    them, are rounded once by the conversion of a word; its exponent is added afterwards."""
    _, high = halves(k, a)
    in_high = k.op("INotEqual", high, 0)
    top = k.op("GL.FindUMsb", high)
    by = k.op("Select", in_high, k.op("IAdd", top, 1), k.index(0))
    low, _ = halves(k, shift(k, a, by, left=False))
    dropped = halves(k, shift(k, a, k.op("ISub", 64, by), left=True))
    lost = k.op("INotEqual", k.op("BitwiseOr", *dropped), 0)
    sticky = k.op("LogicalAnd", in_high, lost)
    word = k.op("BitwiseOr", low, _one_if(k, sticky))
    rounded = rounded_word(k, word)
    power = k.op("ShiftLeftLogical", k.op("IAdd", by, 127), 23)
    return k.op("FMul", rounded, k.op("Bitcast", power, result=f32))


def from_float(k: Kernel, x: SSAValue) -> SSAValue:
    """The magnitude of a float, its fraction cut off; 0 for NaN."""
    bits = k.op("BitwiseAnd", k.op("Bitcast", x, result=i32), 0x7FFFFFFF)
    exponent = k.op("ISub", k.op("ShiftRightLogical", bits, 23), 127)
    mantissa = k.op("BitwiseOr", k.op("BitwiseAnd", bits, 0x7FFFFF), 0x800000)
    up = k.op("ISub", exponent, 23)
    kept = k.op("GL.UMin", k.op("GL.SMax", up, 0), 63)
    down = k.op("GL.UMin", k.op("GL.SMax", k.op("ISub", 0, up), 0), 31)
    grown = shift(k, pair(k, mantissa, 0), kept, left=True)
    cut = k.op("ShiftRightLogical", mantissa, down)
    found = choose(k, k.op("SLessThan", up, 0), pair(k, cut, 0), grown)
    return choose(k, k.op("UGreaterThan", bits, 0x7F800000), constant(k, 0), found)


def _two(function: Callable[[Kernel, SSAValue, SSAValue], SSAValue]) -> Rule:
    return lambda k, op, operands: function(k, *operands)


def _by_word(name: str) -> Rule:
    return lambda k, op, operands: k.op(name, *operands)


def _shifted(left: bool, sign: bool = False) -> Rule:
    return lambda k, op, operands: shift(k, operands[0], halves(k, operands[1])[0], left, sign)


def _compared(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    predicate: Any = op.properties["predicate"]
    number, (a, b) = predicate.value.data, operands
    if number < 2:
        same = equal(k, a, b)
        return same if number == 0 else k.op("LogicalNot", same)
    number -= 2  # slt sle sgt sge ult ule ugt uge
    sign, swapped, or_equal = number < 4, number & 2 != 0, number & 1 == 1
    return less(k, *((b, a) if swapped else (a, b)), sign=sign, or_equal=or_equal)


def _extreme(most: bool, sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        a, b = operands
        first = less(k, *((b, a) if most else (a, b)), sign=sign)
        return choose(k, first, a, b)

    return rule


def _divided(sign: bool, remainder: bool) -> Rule:
    """Truncating; a divisor of zero is taken as 1, and has no remainder, as in `lower_scalars`."""

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        a, b = operands
        nothing = equal(k, b, constant(k, 0))
        divisor = choose(k, nothing, constant(k, 1), b)
        if not sign:
            return divide(k, a, divisor)[remainder]
        found = divide(k, magnitude(k, a), magnitude(k, divisor))[remainder]
        negative = is_negative(k, a)
        if not remainder:
            negative = k.op("LogicalNotEqual", negative, is_negative(k, divisor))
        return choose(k, negative, negated(k, found), found)

    return rule


def _floor_divided(up: bool) -> Rule:
    """Signed division rounded down (or up)."""

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        a, b = operands
        quotient = _divided(True, False)(k, op, operands)
        assert isinstance(quotient, SSAValue)
        exact = equal(k, multiply(k, quotient, b), a)
        unlike = k.op("LogicalNotEqual", is_negative(k, a), is_negative(k, b))
        wanted = k.op("LogicalNot", unlike) if up else unlike
        moved = k.op("LogicalAnd", k.op("LogicalNot", exact), wanted)
        return choose(k, moved, add(k, quotient, constant(k, 1 if up else -1)), quotient)

    return rule


def _extended(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        source = op.operands[0].type
        low = (signed if sign else unsigned)(k, operands[0], source)
        return pair(k, low, k.op("ShiftRightArithmetic", low, 31) if sign else 0)

    return rule


def _truncated(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return resized(k, halves(k, operands[0])[0], width(op.results[0].type), True)


def _index_cast(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        if isinstance(op.results[0].type, IndexType):
            return halves(k, operands[0])[0]
        low = operands[0]
        return pair(k, low, k.op("ShiftRightArithmetic", low, 31) if sign else 0)

    return rule


def _to_float(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        [a] = operands
        if not sign:
            return to_float(k, a)
        found = to_float(k, magnitude(k, a))
        return k.op("Select", is_negative(k, a), k.op("FNegate", found), found)

    return rule


def _from_float(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        found = from_float(k, operands[0])
        if not sign:
            return found
        negative = k.op("FOrdLessThan", operands[0], k.constant(0.0, f32))
        return choose(k, negative, negated(k, found), found)

    return rule


def _select(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return choose(k, *operands)


def _absolute(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return magnitude(k, operands[0])


RULES: dict[str, Rule] = {
    "arith.addi": _two(add),
    "arith.subi": _two(subtract),
    "arith.muli": _two(multiply),
    "arith.andi": _by_word("BitwiseAnd"),
    "arith.ori": _by_word("BitwiseOr"),
    "arith.xori": _by_word("BitwiseXor"),
    "arith.shli": _shifted(True),
    "arith.shrui": _shifted(False),
    "arith.shrsi": _shifted(False, True),
    "arith.divsi": _divided(True, False),
    "arith.divui": _divided(False, False),
    "arith.remsi": _divided(True, True),
    "arith.remui": _divided(False, True),
    "arith.floordivsi": _floor_divided(False),
    "arith.ceildivsi": _floor_divided(True),
    "arith.maxsi": _extreme(True, True),
    "arith.minsi": _extreme(False, True),
    "arith.maxui": _extreme(True, False),
    "arith.minui": _extreme(False, False),
    "arith.cmpi": _compared,
    "arith.select": _select,
    "arith.extsi": _extended(True),
    "arith.extui": _extended(False),
    "arith.trunci": _truncated,
    "arith.index_cast": _index_cast(True),
    "arith.index_castui": _index_cast(False),
    "arith.sitofp": _to_float(True),
    "arith.uitofp": _to_float(False),
    "arith.fptosi": _from_float(True),
    "arith.fptoui": _from_float(False),
    "math.absi": _absolute,
}
