# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`arith` on scalars as ops of the `spirv` dialect.

Integers below 32 bits are computed in `i32` and their sign extended again; what SPIR-V leaves
undefined (division by zero, the remainder of negative numbers, NaN and signed zeros in minima) is
written out. Each function of `RULES` takes the kernel, the op and its operands in registers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerType,
    f32,
    i32,
)
from xdsl.ir import Attribute, Operation, OpResult, SSAValue

from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.lower_memory import i64, register_type
from iree_explore.targets.spirv.rules import constant_integer
from iree_explore.targets.spirv.types import StructType
from iree_explore.targets.spirv.verify import PORTABLE

Rule = Callable[[Kernel, Operation, Sequence[SSAValue]], "SSAValue | list[SSAValue]"]


def width(type_: Attribute) -> int:
    """Bits of an integer; of `index` those of a register."""
    if isinstance(type_, IndexType):
        return 32
    assert isinstance(type_, IntegerType), type_
    return type_.width.data


def fitted(k: Kernel, value: SSAValue, bits: int) -> SSAValue:
    """A result of 32-bit arithmetic as an integer of fewer bits: its sign extended."""
    return k.op("BitFieldSExtract", value, 0, bits) if 1 < bits < 32 else value


def unsigned(k: Kernel, value: SSAValue, type_: Attribute) -> SSAValue:
    """The bits of a value, zero-extended to the register; a bool as 0 or 1."""
    bits = width(type_)
    if bits == 1:
        return k.op("Select", value, k.index(1), k.index(0))
    return k.op("BitFieldUExtract", value, 0, bits) if bits < 32 else value


def signed(k: Kernel, value: SSAValue, type_: Attribute) -> SSAValue:
    """The value as a register holds it; a bool as 0 or -1."""
    if width(type_) == 1:
        return k.op("Select", value, k.constant(-1, i32), k.index(0))
    return value


def resized(k: Kernel, value: SSAValue, bits: int, sign: bool) -> SSAValue:
    """A register of 32 or 64 bits as an integer of `bits`."""
    have = width(value.type)
    if bits == 64 and have == 32:
        return k.op("SConvert" if sign else "UConvert", value, result=i64)
    if bits <= 32 and have == 64:
        value = k.op("UConvert", value, result=i32)
    if bits == 1:
        return k.op("INotEqual", k.op("BitwiseAnd", value, 1), 0)
    return fitted(k, value, bits)


def _integer(name: str, of_bools: str | None = None, unsigned_operands: bool = False) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        type_ = op.results[0].type
        bits = width(type_)
        if bits == 1 and of_bools is not None:
            return k.op(of_bools, *operands)
        if bits == 1:
            wide = [unsigned(k, v, type_) for v in operands]
            return k.op("INotEqual", k.op("BitwiseAnd", k.op(name, *wide), 1), 0)
        if unsigned_operands:
            operands = [unsigned(k, v, type_) for v in operands]
        return fitted(k, k.op(name, *operands), bits)

    return rule


def _divided(sign: bool, remainder: bool) -> Rule:
    """Truncating division. A divisor of zero is taken as 1, and so is -1 below the least number:
    devices may do anything then."""

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        type_ = op.results[0].type
        extend = signed if sign else unsigned
        a, b = (extend(k, v, type_) for v in operands)
        quotient = _quotient(k, a, b, sign)
        if remainder:
            quotient = k.op("ISub", a, k.op("IMul", quotient, b))
            if not constant_integer(b):
                quotient = k.op("Select", k.op("IEqual", b, zero(k, b)), zero(k, b), quotient)
        return resized(k, quotient, width(type_), sign)

    return rule


def zero(k: Kernel, like: SSAValue) -> SSAValue:
    """0 of an integer type."""
    return k.constant(0, like.type)


def _quotient(k: Kernel, a: SSAValue, b: SSAValue, sign: bool) -> SSAValue:
    name = "SDiv" if sign else "UDiv"
    if constant_integer(b) not in (None, 0, -1):
        return k.op(name, a, b)
    one = k.constant(1, a.type)
    bad = k.op("IEqual", b, zero(k, b))
    if sign:
        least = k.constant(-(1 << (width(a.type) - 1)), a.type)
        overflow = k.op("LogicalAnd", k.op("IEqual", a, least),
                        k.op("IEqual", b, k.constant(-1, a.type)))  # fmt: skip
        # -1 below the least number gives that number again, as a division by 1 does
        bad = k.op("LogicalOr", bad, overflow)
    return k.op(name, a, k.op("Select", bad, one, b))


def _rounded_division(up: bool) -> Rule:
    """Signed division rounded down (or up)."""

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        type_ = op.results[0].type
        a, b = operands
        quotient = _quotient(k, a, b, True)
        rest = k.op("ISub", a, k.op("IMul", quotient, b))
        inexact = k.op("INotEqual", rest, zero(k, a))
        negative = k.op("SLessThan", k.op("BitwiseXor", a, b), zero(k, a))
        wanted = k.op("LogicalNot", negative) if up else negative
        step = k.constant(1 if up else -1, a.type)
        moved = k.op("LogicalAnd", inexact, wanted)
        change = k.op("Select", moved, step, zero(k, a))
        return resized(k, k.op("IAdd", quotient, change), width(type_), True)

    return rule


def _ceildivui(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    type_ = op.results[0].type
    a, b = (unsigned(k, v, type_) for v in operands)
    quotient = _quotient(k, a, b, False)
    rest = k.op("ISub", a, k.op("IMul", quotient, b))
    one = k.constant(1, a.type)
    change = k.op("Select", k.op("INotEqual", rest, zero(k, a)), one, zero(k, a))
    return resized(k, k.op("IAdd", quotient, change), width(type_), False)


_COMPARED = ("IEqual", "INotEqual", "SLessThan", "SLessThanEqual", "SGreaterThan",
             "SGreaterThanEqual", "ULessThan", "ULessThanEqual", "UGreaterThan",
             "UGreaterThanEqual")  # fmt: skip
"""Comparisons in the order of `arith.cmpi`'s predicates."""

_COMPARED_FLOATS = {
    1: "FOrdEqual", 2: "FOrdGreaterThan", 3: "FOrdGreaterThanEqual", 4: "FOrdLessThan",
    5: "FOrdLessThanEqual", 6: "FOrdNotEqual", 8: "FUnordEqual", 9: "FUnordGreaterThan",
    10: "FUnordGreaterThanEqual", 11: "FUnordLessThan", 12: "FUnordLessThanEqual",
    13: "FUnordNotEqual",
}  # fmt: skip
"""Comparisons by number of `arith.cmpf`'s predicates."""


def _predicate(op: Operation) -> int:
    found: Any = op.properties["predicate"]
    return found.value.data


def _cmpi(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    name, type_ = _COMPARED[_predicate(op)], op.operands[0].type
    a, b = operands
    if not isinstance(type_, IndexType) and width(type_) == 1:
        extend = unsigned if name[0] == "U" else signed
        a, b = extend(k, a, type_), extend(k, b, type_)
    return k.op(name, a, b)


def _cmpf(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    number = _predicate(op)
    if number in (0, 15):
        return k.constant(int(number == 15), IntegerType(1))
    if number in (7, 14):  # ord, uno
        nan = k.op("LogicalOr", *(is_nan(k, v) for v in operands))
        return nan if number == 14 else k.op("LogicalNot", nan)
    return k.op(_COMPARED_FLOATS[number], *operands)


def is_nan(k: Kernel, x: SSAValue) -> SSAValue:
    """By bits: compilers that assume that there are no NaNs leave that alone."""
    if isinstance(x.type, Float64Type):
        return k.op("IsNan", x)
    magnitude = k.op("BitwiseAnd", k.op("Bitcast", x, result=i32), 0x7FFFFFFF)
    return k.op("UGreaterThan", magnitude, 0x7F800000)


def _extreme(most: bool, ignore_nan: bool) -> Rule:
    """Minimum and maximum of floats: NaN if an operand is (or the other one), -0 below +0."""

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        a, b = operands
        bits = i64 if isinstance(a.type, Float64Type) else i32
        first = k.op("FOrdGreaterThan" if most else "FOrdLessThan", a, b)
        chosen = k.op("Select", first, a, b)
        pair = [k.op("Bitcast", v, result=bits) for v in (a, b)]
        merged = k.op("BitwiseAnd" if most else "BitwiseOr", *pair)
        tie = k.op("Bitcast", merged, result=a.type)
        chosen = k.op("Select", k.op("FOrdEqual", a, b), tie, chosen)
        a_nan, b_nan = is_nan(k, a), is_nan(k, b)
        if ignore_nan:
            return k.op("Select", b_nan, a, k.op("Select", a_nan, b, chosen))
        return k.op("Select", a_nan, a, k.op("Select", b_nan, b, chosen))

    return rule


def _extend(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        source = op.operands[0].type
        value = (signed if sign else unsigned)(k, operands[0], source)
        return resized(k, value, width(op.results[0].type), sign)

    return rule


def _trunci(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return resized(k, operands[0], width(op.results[0].type), True)


def _index_cast(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        source, target = op.operands[0].type, op.results[0].type
        value = (signed if sign else unsigned)(k, operands[0], source)
        return resized(k, value, width(target), sign)

    return rule


def _to_float(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        value = (signed if sign else unsigned)(k, operands[0], op.operands[0].type)
        if not sign and op.results[0].type == f32 and op.operands[0].type == i32:
            return rounded_word(k, value)
        name = "ConvertSToF" if sign else "ConvertUToF"
        return k.op(name, value, result=op.results[0].type)

    return rule


def _to_integer(sign: bool) -> Rule:
    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        target = op.results[0].type
        bits = width(target)
        wide = i64 if bits == 64 else i32
        name = "ConvertFToU" if not sign and bits >= 32 else "ConvertFToS"
        return resized(k, k.op(name, operands[0], result=wide), bits, sign)

    return rule


def _bitcast(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    target = register_type(op.results[0].type)
    return operands[0] if operands[0].type == target else k.op(
        "Bitcast", operands[0], result=target
    )  # fmt: skip


def _portable_bitcast(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    """The same bits; a float of constant bits may be an infinity or NaN, which Tint refuses where
    it can compute it (`Kernel.constant`)."""
    value = operands[0]
    if k.profile is PORTABLE and op.results[0].type == f32 and _is_constant(value):
        nothing = k.op("BitwiseAnd", k.built_in("LocalInvocationIndex"), 0)
        return _bitcast(k, op, [k.op("BitwiseOr", nothing, value)])
    return _bitcast(k, op, operands)


def _is_constant(value: SSAValue) -> bool:
    """Whether it is computed from constants alone."""
    owner = value.owner
    if not isinstance(owner, Operation) or owner.regions:
        return False
    if not owner.operands:
        return owner.name == "spirv.Constant"
    return all(_is_constant(v) for v in owner.operands)


def _resized_float(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return k.op("FConvert", operands[0], result=op.results[0].type)


def _extended_product(sign: bool) -> Rule:
    """Low and high half of a product."""

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> list[SSAValue]:
        type_ = op.results[0].type
        bits = width(type_)
        a, b = ((signed if sign else unsigned)(k, v, type_) for v in operands)
        if bits < 32:
            product = k.op("IMul", a, b)
            high = k.op("ShiftRightArithmetic" if sign else "ShiftRightLogical", product, bits)
            return [fitted(k, product, bits), fitted(k, high, bits)]
        return multiply_extended(k, a, b, sign)

    return rule


def multiply_extended(k: Kernel, a: SSAValue, b: SSAValue, sign: bool) -> list[SSAValue]:
    """Low and high word of a product of words. Tint, Dawn's compiler, has no op for it: the
    portable profile multiplies parts of 16 bits."""
    if k.profile is PORTABLE:
        return _parts_multiplied(k, a, b, sign)
    pair = StructType([a.type, a.type])
    both = k.op("SMulExtended" if sign else "UMulExtended", a, b, result=pair)
    return [k.op("CompositeExtract", both, indices=[i], result=a.type) for i in (0, 1)]


def _parts_multiplied(k: Kernel, a: SSAValue, b: SSAValue, sign: bool) -> list[SSAValue]:
    (al, ah), (bl, bh) = (
        (k.op("BitwiseAnd", v, 0xFFFF), k.op("ShiftRightLogical", v, 16)) for v in (a, b)
    )
    first = k.op("IMul", al, bl)
    second = k.op("IAdd", k.op("IMul", ah, bl), k.op("ShiftRightLogical", first, 16))
    third = k.op("IAdd", k.op("IMul", al, bh), k.op("BitwiseAnd", second, 0xFFFF))
    high = k.op("IAdd", k.op("IMul", ah, bh), k.op("ShiftRightLogical", second, 16))
    high = k.op("IAdd", high, k.op("ShiftRightLogical", third, 16))
    if sign:  # a negative number was taken as one that is 2^32 more
        for x, y in ((a, b), (b, a)):
            excess = k.op("BitwiseAnd", k.op("ShiftRightArithmetic", x, 31), y)
            high = k.op("ISub", high, excess)
    return [k.op("IMul", a, b), high]


def rounded_word(k: Kernel, value: SSAValue) -> SSAValue:
    """The nearest f32 of an unsigned word, rounded once by an addition: devices may round what they
    convert towards zero."""
    high = k.op("ConvertUToF", k.op("ShiftRightLogical", value, 16), result=f32)
    low = k.op("ConvertUToF", k.op("BitwiseAnd", value, 0xFFFF), result=f32)
    return k.op("FAdd", k.op("FMul", high, k.constant(65536.0, f32)), low)


def _select(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return k.op("Select", *operands)


def added(k: Kernel, x: SSAValue, y: SSAValue) -> SSAValue:
    """The sum. Drivers take x for x + 0, which is wrong for -0 alone: that one becomes 0 by its
    bits (SignedZeroInfNanPreserve, which would forbid it, WebGPU has not)."""
    for a, b in ((x, y), (y, x)):
        if isinstance(a.type, Float32Type) and _positive_zero(b):
            negative = k.op("IEqual", k.op("Bitcast", a, result=i32), k.constant(-(2**31), i32))
            return k.op("Select", negative, b, a)
    return k.op("FAdd", x, y)


def _positive_zero(value: SSAValue) -> bool:
    attribute = value.owner.properties.get("value") if isinstance(value, OpResult) else None
    return isinstance(attribute, FloatAttr) and str(attribute.value.data) == "0.0"


def _plain(name: str) -> Rule:
    return lambda k, op, operands: k.op(name, *operands)


def _remainder(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    return k.op("FRem", *operands)


RULES: dict[str, Rule] = {
    "arith.addi": _integer("IAdd", "LogicalNotEqual"),
    "arith.subi": _integer("ISub", "LogicalNotEqual"),
    "arith.muli": _integer("IMul", "LogicalAnd"),
    "arith.andi": _integer("BitwiseAnd", "LogicalAnd"),
    "arith.ori": _integer("BitwiseOr", "LogicalOr"),
    "arith.xori": _integer("BitwiseXor", "LogicalNotEqual"),
    "arith.shli": _integer("ShiftLeftLogical"),
    "arith.shrsi": _integer("ShiftRightArithmetic"),
    "arith.shrui": _integer("ShiftRightLogical", unsigned_operands=True),
    "arith.divsi": _divided(True, False),
    "arith.divui": _divided(False, False),
    "arith.remsi": _divided(True, True),
    "arith.remui": _divided(False, True),
    "arith.floordivsi": _rounded_division(False),
    "arith.ceildivsi": _rounded_division(True),
    "arith.ceildivui": _ceildivui,
    "arith.maxsi": _integer("GL.SMax", "LogicalAnd"),
    "arith.minsi": _integer("GL.SMin", "LogicalOr"),
    "arith.maxui": _integer("GL.UMax", "LogicalOr"),
    "arith.minui": _integer("GL.UMin", "LogicalAnd"),
    "arith.cmpi": _cmpi,
    "arith.cmpf": _cmpf,
    "arith.select": _select,
    "arith.addf": lambda k, op, operands: added(k, *operands),
    "arith.subf": _plain("FSub"),
    "arith.mulf": _plain("FMul"),
    "arith.divf": _plain("FDiv"),
    "arith.remf": _remainder,
    "arith.negf": _plain("FNegate"),
    "arith.maximumf": _extreme(True, False),
    "arith.minimumf": _extreme(False, False),
    "arith.maxnumf": _extreme(True, True),
    "arith.minnumf": _extreme(False, True),
    "arith.extsi": _extend(True),
    "arith.extui": _extend(False),
    "arith.trunci": _trunci,
    "arith.index_cast": _index_cast(True),
    "arith.index_castui": _index_cast(False),
    "arith.sitofp": _to_float(True),
    "arith.uitofp": _to_float(False),
    "arith.fptosi": _to_integer(True),
    "arith.fptoui": _to_integer(False),
    "arith.extf": _resized_float,
    "arith.truncf": _resized_float,
    "arith.bitcast": _portable_bitcast,
    "arith.mului_extended": _extended_product(False),
    "arith.mulsi_extended": _extended_product(True),
}
