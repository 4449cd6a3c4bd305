# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic, vectors and branches become `llvm` ops; `index` becomes i64.

One walk, one rule for each op type. What has no single LLVM instruction was expanded before
(expand_math.py); what is left here is one op for one op, or a short fixed sequence. Afterwards an
executable holds only `builtin` and `llvm`, and translate.py prints it as LLVM IR.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import arith, cf, math, vector
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    UnrealizedConversionCastOp,
    VectorType,
    i32,
    i64,
)
from xdsl.dialects.llvm import BrOp, CondBrOp, ConstantOp, FastMathAttr, FuncOp
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass

from iree_explore import elements
from iree_explore.codegen.dialect import DotOp
from iree_explore.codegen.target import cpu_of
from iree_explore.context import CompilerContext
from iree_explore.targets.llvm_cpu.conversion import (
    FLOATS,
    Becomes,
    Builder,
    Rule,
    constant_as_i64,
    constant_of,
    convert,
    element_of,
    gap,
    index_to_i64,
    lanes,
    with_element,
)
from iree_explore.targets.llvm_cpu.dot_instructions import instruction_rule
from iree_explore.targets.llvm_cpu.llvm_extras import OURS, bool_like

_INDEX = IndexType()


class ConvertToLLVM(ModulePass):
    """Converts arith, math, vector and cf ops to llvm ops.

    Before:
    ```mlir
    llvm.func @f(%a: i32, %b: i32) -> i32 {
      %0 = arith.addi %a, %b : i32
      llvm.return %0 : i32
    }
    ```

    After:
    ```mlir
    builtin.module {
      llvm.func @f(%a: i32, %b: i32) -> i32 {
        %0 = llvm.add %a, %b : i32
        llvm.return %0 : i32
      }
    }
    ```
    """

    name = "executable-targets-convert-to-llvm"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        rules = {**RULES, DotOp: instruction_rule(cpu_of(module))}
        for function in module.body.block.ops:
            if isinstance(function, FuncOp) and function.body.first_block is not None:
                _index_to_i64(function)
                convert(ctx, function, rules, "ConvertOp", function.body.first_block)


def _index_to_i64(function: FuncOp) -> None:
    """Changes the type of every index value in place: `index` is 64 bits wide on these targets."""
    for block in function.body.blocks:
        for value in block.args:
            index_to_i64(value)
        for op in block.ops:
            if type(op) not in RULES and not op.name.startswith(("llvm.", "func.")):
                raise gap(op, "no rule converts it")
            for value in op.results:
                index_to_i64(value)


# Rules for ops that are one LLVM op

_INT_BINARY: dict[type[Operation], str] = {
    arith.AddiOp: "add",
    arith.SubiOp: "sub",
    arith.MuliOp: "mul",
    arith.AndIOp: "and",
    arith.OrIOp: "or",
    arith.XOrIOp: "xor",
    arith.ShLIOp: "shl",
    arith.ShRUIOp: "lshr",
    arith.ShRSIOp: "ashr",
}
_FLOAT_BINARY: dict[type[Operation], str] = {
    arith.AddfOp: "fadd",
    arith.SubfOp: "fsub",
    arith.MulfOp: "fmul",
    arith.DivfOp: "fdiv",
}
_INTRINSICS: dict[type[Operation], str] = {
    arith.MaxSIOp: "smax",
    arith.MinSIOp: "smin",
    arith.MaxUIOp: "umax",
    arith.MinUIOp: "umin",
    arith.MaximumfOp: "maximum",
    arith.MinimumfOp: "minimum",
    arith.MaxnumfOp: "maxnum",
    arith.MinnumfOp: "minnum",
    math.AbsFOp: "fabs",
    math.AbsIOp: "abs",
    math.CeilOp: "ceil",
    math.FloorOp: "floor",
    math.TruncOp: "trunc",
    math.RoundEvenOp: "roundeven",
    math.SqrtOp: "sqrt",
    math.CopySignOp: "copysign",
    math.FmaOp: "fma",
    vector.FMAOp: "fmuladd",
    math.CtPopOp: "ctpop",
    math.CountLeadingZerosOp: "ctlz",
    math.CountTrailingZerosOp: "cttz",
}
_CASTS: dict[type[Operation], str] = {
    arith.ExtUIOp: "zext",
    arith.ExtSIOp: "sext",
    arith.TruncIOp: "trunc",
    arith.ExtFOp: "fpext",
    arith.TruncFOp: "fptrunc",
    arith.SIToFPOp: "sitofp",
    arith.UIToFPOp: "uitofp",
    arith.FPToSIOp: "fptosi",
    arith.FPToUIOp: "fptoui",
    arith.BitcastOp: "bitcast",
    vector.BitcastOp: "bitcast",
}
_CONTRACT: dict[str, Attribute] = {"fastmathFlags": FastMathAttr([FastMathFlag.ALLOW_CONTRACT])}


def _fast_math(op: Operation) -> dict[str, Attribute]:
    """`contract` always, and what the op itself allows: a * b + c may become one fma."""
    own = op.properties.get("fastmath")
    if isinstance(own, arith.FastMathFlagsAttr) and own.data:
        return {"fastmathFlags": FastMathAttr({*own.data, FastMathFlag.ALLOW_CONTRACT})}
    return dict(_CONTRACT)


def _predicate(op: Operation) -> dict[str, Attribute]:
    return {"predicate": op.properties["predicate"]}


def _segments(op: Operation) -> dict[str, Attribute]:
    return {"operandSegmentSizes": op.properties["operandSegmentSizes"]}


def _cast(op: Operation, build: Builder) -> list[SSAValue]:
    (source,), target = op.operands, op.results[0].type
    if source.type == target:
        return [source]
    return [build(OURS[f"llvm.{_CASTS[type(op)]}"], [source], target)]


def _index_cast(op: Operation, build: Builder) -> list[SSAValue]:
    (source,), target = op.operands, op.results[0].type
    have, want = element_of(source.type), element_of(target)
    assert isinstance(have, IntegerType) and isinstance(want, IntegerType)
    if have.width.data == want.width.data:
        return [source]
    name = "sext" if have.width.data < want.width.data else "trunc"
    return [build(OURS[f"llvm.{name}"], [source], target)]


def _value(op: Operation) -> dict[str, Attribute]:
    type_ = op.results[0].type
    value = constant_as_i64(op.properties["value"], type_)
    if isinstance(value, DenseIntOrFPElementsAttr) and not isinstance(type_, VectorType):
        raise gap(op, f"constants of type {type_}")
    return {"value": value}


# Integer division: no input may trap. x / 0 is -1, x rem 0 is x, the least integer / -1 is itself.


def _division(name: str, signed: bool, remainder: bool) -> Rule:
    def rule(op: Operation, build: Builder) -> list[SSAValue]:
        lhs, rhs = op.operands
        type_ = op.results[0].type
        divisor = _known(rhs)
        if divisor is not None and divisor not in (0, -1):
            return [build(OURS[f"llvm.{name}"], op.operands, type_)]
        bad = is_zero = _icmp(build, "eq", rhs, build.constant(0, type_))
        one = build.constant(1, type_)
        if signed:
            element = element_of(type_)
            assert isinstance(element, IntegerType)
            least = build.constant(-(1 << (element.width.data - 1)), type_)
            minus_one = build.constant(-1, type_)
            overflow = build(
                OURS["llvm.and"],
                [_icmp(build, "eq", lhs, least), _icmp(build, "eq", rhs, minus_one)],
                bool_like(type_),
            )
            bad = build(OURS["llvm.or"], [is_zero, overflow], bool_like(type_))
        safe = build(OURS["llvm.select"], [bad, one, rhs], type_)
        value = build(OURS[f"llvm.{name}"], [lhs, safe], type_)
        instead = lhs if remainder else build.constant(-1, type_)
        return [build(OURS["llvm.select"], [is_zero, instead, value], type_)]

    return rule


def _known(value: SSAValue) -> int | None:
    """The integer that all elements of a constant are."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp | ConstantOp):
        attr = owner.properties["value"]
        if isinstance(attr, DenseIntOrFPElementsAttr) and elements.is_splat(attr):
            return int(elements.to_numpy(attr).flat[0])
    return constant_of(value)


def _rounded_division(up: bool, signed: bool) -> Rule:
    """floordivsi, ceildivsi, ceildivui: the truncated quotient, corrected where inexact."""

    def rule(op: Operation, build: Builder) -> list[SSAValue]:
        lhs, rhs = op.operands
        type_ = op.results[0].type
        bools = bool_like(type_)
        prefix = "s" if signed else "u"
        quotient = _build_division(op, f"{prefix}div", signed, False, build)
        rest = _build_division(op, f"{prefix}rem", signed, True, build)
        zero = build.constant(0, type_)
        inexact = _icmp(build, "ne", rest, zero)
        if signed:
            differ = build(OURS["llvm.xor"], [lhs, rhs], type_)
            signs = _icmp(build, "sge" if up else "slt", differ, zero)
            inexact = build(OURS["llvm.and"], [inexact, signs], bools)
        step = build.constant(1 if up else -1, type_)
        moved = build(OURS["llvm.add"], [quotient, step], type_)
        return [build(OURS["llvm.select"], [inexact, moved, quotient], type_)]

    return rule


def _build_division(
    op: Operation, name: str, signed: bool, remainder: bool, build: Builder
) -> SSAValue:
    results = _division(name, signed, remainder)(op, build)
    assert results is not None
    return results[0]


def _icmp(build: Builder, predicate: str, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
    code = _ICMP[predicate]
    return build(OURS["llvm.icmp"], [lhs, rhs], bool_like(lhs.type), {"predicate": code})


_ICMP = {
    name: IntegerAttr(i, i64)
    for i, name in enumerate(("eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"))
}


def _extended(sign: str, name: str) -> Rule:
    """addui_extended, mulsi_extended, mului_extended, in twice the width."""

    def rule(op: Operation, build: Builder) -> list[SSAValue]:
        type_ = op.results[0].type
        element = element_of(type_)
        assert isinstance(element, IntegerType)
        width = element.width.data
        if width == 64 and name == "mul":
            return _wide_product(op, sign == "s", build)
        wide = with_element(type_, IntegerType(2 * width))
        a, b = (build(OURS[f"llvm.{sign}ext"], [v], wide) for v in op.operands)
        value = build(OURS[f"llvm.{name}"], [a, b], wide)
        low = build(OURS["llvm.trunc"], [value], type_)
        shift = build.constant(width, wide)
        high = build(OURS["llvm.lshr"], [value, shift], wide)
        return [low, build(OURS["llvm.trunc"], [high], op.results[1].type)]

    return rule


def _wide_product(op: Operation, signed: bool, build: Builder) -> list[SSAValue]:
    """Low and high word of a 64-bit product, from products of halves: vectors of i128 would fall
    apart into scalars."""
    type_ = op.results[0].type

    def do(name: str, *operands: SSAValue) -> SSAValue:
        return build(OURS[f"llvm.{name}"], operands, type_)

    a, b = op.operands
    shift, mask = build.constant(32, type_), build.constant(0xFFFFFFFF, type_)
    a_low, b_low = do("and", a, mask), do("and", b, mask)
    a_high, b_high = do("lshr", a, shift), do("lshr", b, shift)
    cross = do("mul", a_low, b_high)
    middle = do("add", do("lshr", do("mul", a_low, b_low), shift), do("and", cross, mask))
    middle = do("add", middle, do("mul", a_high, b_low))
    high = do("add", do("mul", a_high, b_high), do("lshr", cross, shift))
    high = do("add", high, do("lshr", middle, shift))
    if signed:
        sign = build.constant(63, type_)
        for x, y in ((a, b), (b, a)):
            high = do("sub", high, do("and", do("ashr", x, sign), y))
    return [do("mul", a, b), high]


# Vectors


def splat(value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
    """A vector with `value` in every lane."""
    poison = build.poison(type_)
    first = build(OURS["llvm.insertelement"], [poison, value, build.constant(0, i32)], type_)
    return _shuffle(first, poison, [0] * lanes(type_), type_, build)


def _shuffle(
    v1: SSAValue, v2: SSAValue, mask: Sequence[int], type_: Attribute, build: Builder
) -> SSAValue:
    mask_attr = {"mask": DenseArrayBase.from_list(i32, mask)}
    return build(OURS["llvm.shufflevector"], [v1, v2], type_, mask_attr)


def _broadcast(op: vector.BroadcastOp, build: Builder) -> list[SSAValue]:
    type_ = op.vector.type
    _check_rank(op, type_)
    source = op.source
    if not isinstance(source.type, VectorType):
        return [splat(source, type_, build)]
    if source.type == type_:
        return [source]
    if source.type.get_shape() != (1,):
        raise gap(op, f"broadcast of {source.type}")
    return [_shuffle(source, source, [0] * lanes(type_), type_, build)]


def _check_rank(op: Operation, type_: Attribute) -> None:
    if isinstance(type_, VectorType) and len(type_.get_shape()) != 1:
        raise gap(op, f"{type_} is not 1-D: vectors are unrolled before")


def _position(op: vector.ExtractOp | vector.InsertOp, build: Builder) -> SSAValue:
    (position,) = op.static_position.get_values()
    if position == DYNAMIC_INDEX:
        return op.dynamic_position[0]
    return build.constant(position, i64)


def _extract(op: vector.ExtractOp, build: Builder) -> list[SSAValue]:
    _check_rank(op, op.vector.type)
    position = _position(op, build)
    return [build(OURS["llvm.extractelement"], [op.vector, position], op.result.type)]


def _insert(op: vector.InsertOp, build: Builder) -> list[SSAValue]:
    _check_rank(op, op.dest.type)
    operands = [op.dest, op.source, _position(op, build)]
    return [build(OURS["llvm.insertelement"], operands, op.result.type)]


def _vector_shuffle(op: vector.ShuffleOp, build: Builder) -> list[SSAValue]:
    _check_rank(op, op.result.type)
    return [_shuffle(op.v1, op.v2, op.mask.get_values(), op.result.type, build)]


def _create_mask(op: vector.CreateMaskOp, build: Builder) -> list[SSAValue]:
    """Lanes below a count: iota < count, in i32."""
    type_ = op.mask_vector.type
    _check_rank(op, type_)
    count = lanes(type_)
    (size,) = op.mask_dim_sizes
    capped = build(OURS["llvm.intr.smin"], [size, build.constant(count, i64)], i64)
    narrow = build(OURS["llvm.trunc"], [capped], i32)
    wide = with_element(type_, i32)
    assert isinstance(wide, VectorType)
    numbers = elements.of_type(wide, _IOTA[:count])
    iota = build(ConstantOp, (), wide, {"value": numbers})
    return [_icmp(build, "slt", iota, splat(narrow, wide, build))]


_IOTA = elements.np.arange(4096, dtype="int32")

_FLOAT_REDUCTIONS = {
    "maximumf": ("fmaximum", "maximum"),
    "minimumf": ("fminimum", "minimum"),
    "maxnumf": ("fmax", "maxnum"),
    "minnumf": ("fmin", "minnum"),
}
_INT_REDUCTIONS = {
    "add": ("add", "add"),
    "mul": ("mul", "mul"),
    "and": ("and", "and"),
    "or": ("or", "or"),
    "xor": ("xor", "xor"),
    "maxsi": ("smax", "intr.smax"),
    "minsi": ("smin", "intr.smin"),
    "maxui": ("umax", "intr.umax"),
    "minui": ("umin", "intr.umin"),
}


def _reduction(op: vector.ReductionOp, build: Builder) -> list[SSAValue]:
    """Float sums and products halve the vector until one lane is left: a fixed order of additions
    that needs no `reassoc`, in log2(lanes) steps."""
    kind = str(op.kind.data)
    source, type_ = op.vector, op.dest.type
    if kind in ("add", "mul") and isinstance(type_, FLOATS):
        name = f"llvm.f{kind}"
        value = _halve(source, name, build)
        if op.acc is not None:
            value = build(OURS[name], [op.acc, value], type_, _CONTRACT)
        return [value]
    table, prefix = (
        (_FLOAT_REDUCTIONS, "intr.") if isinstance(type_, FLOATS) else (_INT_REDUCTIONS, "")
    )
    reduce, combine = table[kind]
    value = build(OURS[f"llvm.intr.vector.reduce.{reduce}"], [source], type_)
    if op.acc is not None:
        value = build(OURS[f"llvm.{prefix}{combine}"], [op.acc, value], type_)
    return [value]


def _halve(value: SSAValue, name: str, build: Builder) -> SSAValue:
    element = element_of(value.type)
    while (count := lanes(value.type)) > 1:
        half = count // 2
        rest = None
        if count % 2:
            rest = build(
                OURS["llvm.extractelement"], [value, build.constant(count - 1, i64)], element
            )
        narrow = VectorType(element, [half])
        low = _shuffle(value, value, range(half), narrow, build)
        high = _shuffle(value, value, range(half, 2 * half), narrow, build)
        value = build(OURS[name], [low, high], narrow, _CONTRACT)
        if rest is not None:
            first = build.constant(0, i64)
            head = build(OURS["llvm.extractelement"], [value, first], element)
            head = build(OURS[name], [head, rest], element, _CONTRACT)
            value = build(OURS["llvm.insertelement"], [value, head, first], narrow)
    return build(OURS["llvm.extractelement"], [value, build.constant(0, i64)], element)


# Branches


def _conversion_cast(op: UnrealizedConversionCastOp, build: Builder) -> list[SSAValue]:
    if any(a.type != r.type for a, r in zip(op.operands, op.results, strict=True)):
        raise gap(op, "a cast between types of different targets")
    return list(op.operands)


RULES: dict[type[Operation], Any] = {
    **{cls: Becomes(OURS[f"llvm.{name}"]) for cls, name in _INT_BINARY.items()},
    **{cls: Becomes(OURS[f"llvm.{name}"], _fast_math) for cls, name in _FLOAT_BINARY.items()},
    **{cls: Becomes(OURS[f"llvm.intr.{name}"]) for cls, name in _INTRINSICS.items()},
    **dict.fromkeys(_CASTS, _cast),
    arith.IndexCastOp: _index_cast,
    arith.CmpiOp: Becomes(OURS["llvm.icmp"], _predicate),
    arith.CmpfOp: Becomes(OURS["llvm.fcmp"], _predicate),
    arith.SelectOp: Becomes(OURS["llvm.select"]),
    arith.NegfOp: Becomes(OURS["llvm.fneg"]),
    arith.ConstantOp: Becomes(ConstantOp, _value),
    arith.DivSIOp: _division("sdiv", signed=True, remainder=False),
    arith.DivUIOp: _division("udiv", signed=False, remainder=False),
    arith.RemSIOp: _division("srem", signed=True, remainder=True),
    arith.RemUIOp: _division("urem", signed=False, remainder=True),
    arith.FloorDivSIOp: _rounded_division(up=False, signed=True),
    arith.CeilDivSIOp: _rounded_division(up=True, signed=True),
    arith.CeilDivUIOp: _rounded_division(up=True, signed=False),
    arith.AddUIExtendedOp: _extended("z", "add"),
    arith.MulSIExtendedOp: _extended("s", "mul"),
    arith.MulUIExtendedOp: _extended("z", "mul"),
    vector.BroadcastOp: _broadcast,
    vector.ExtractOp: _extract,
    vector.InsertOp: _insert,
    vector.ShuffleOp: _vector_shuffle,
    vector.CreateMaskOp: _create_mask,
    vector.ReductionOp: _reduction,
    cf.BranchOp: Becomes(BrOp),
    cf.ConditionalBranchOp: Becomes(CondBrOp, _segments),
    UnrealizedConversionCastOp: _conversion_cast,
    DotOp: None,  # by the CPU
}
