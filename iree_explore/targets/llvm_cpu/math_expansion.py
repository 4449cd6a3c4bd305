# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each `math` op becomes: a call of our math library, or a few instructions.

Ops that LLVM has instructions for (sqrt, floor, fma, ...) are not here: convert_to_llvm.py converts
them. f16 and bf16 became f32 before (expand_narrow_floats.py).
"""

from __future__ import annotations

from xdsl.dialects import arith, math, scf
from xdsl.dialects.builtin import IndexType, IntegerType, SymbolRefAttr, f64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from iree_explore.linalg import math_ext
from iree_explore.targets.llvm_cpu.conversion import (
    Builder,
    Rule,
    element_of,
    lanes,
    with_element,
)
from iree_explore.targets.llvm_cpu.expressions import Emitter, is_f32
from iree_explore.targets.llvm_cpu.llvm_extras import CallOp
from iree_explore.targets.llvm_cpu.math_builder import Type
from iree_explore.targets.llvm_cpu.math_library import symbol

NAMES: dict[type[Operation], str] = {
    math.ExpOp: "exp",
    math.Exp2Op: "exp2",
    math.ExpM1Op: "expm1",
    math.LogOp: "log",
    math.Log2Op: "log2",
    math.Log10Op: "log10",
    math.Log1pOp: "log1p",
    math.SinOp: "sin",
    math.CosOp: "cos",
    math.TanOp: "tan",
    math.SinhOp: "sinh",
    math.CoshOp: "cosh",
    math.TanhOp: "tanh",
    math.AsinOp: "asin",
    math.AcosOp: "acos",
    math.AtanOp: "atan",
    math.Atan2Op: "atan2",
    math.AsinhOp: "asinh",
    math.AcoshOp: "acosh",
    math.AtanhOp: "atanh",
    math.CbrtOp: "cbrt",
    math.ErfOp: "erf",
    math.RsqrtOp: "rsqrt",
    math.PowFOp: "pow",
    **{cls: name for name, cls in math_ext.OPS.items()},
}
"""The library function of each op."""


def _call(build: Builder, name: str, *operands: SSAValue) -> SSAValue:
    type_ = operands[0].type
    element = "float" if is_f32(type_) else "double"
    callee = SymbolRefAttr(symbol(name, Type(element, lanes(type_))))
    return build(CallOp, operands, type_, {"callee": callee})


def _function(name: str) -> Rule:
    def rule(op: Operation, build: Builder) -> list[SSAValue]:
        return [_call(build, name, *op.operands)]

    return rule


def _round(op: Operation, build: Builder) -> list[SSAValue]:
    """Halves away from zero: truncation after adding the largest number below a half."""
    emit = Emitter(build, op.results[0].type)
    x = emit.of(op.operands[0])
    below_half = 0.49999997019767761230 if is_f32(emit.type) else 0.49999999999999994
    return [emit.trunc(x + emit.copysign(below_half, x)).ssa]


def _fpowi(op: Operation, build: Builder) -> list[SSAValue]:
    """A float to an integer power: the integer is exact in f64."""
    base, exponent = op.operands
    type_ = op.results[0].type
    wide: Attribute = with_element(type_, f64)
    n = build(arith.SIToFPOp, [exponent], wide)
    if not is_f32(type_):
        return [_call(build, "pow", base, n)]
    y = _call(build, "pow", build(arith.ExtFOp, [base], wide), n)
    return [build(arith.TruncFOp, [y], type_)]


def _ipowi(op: Operation, build: Builder) -> list[SSAValue]:
    """Squares and products for each bit of the exponent; a negative exponent leaves 1 and -1, and
    0 of any other base."""
    base, exponent = op.operands
    type_ = op.results[0].type
    element = element_of(type_)
    assert isinstance(element, IntegerType)
    emit = Emitter(build, type_)
    one, zero = emit.constant(1, type_), emit.constant(0, type_)
    bounds = [emit.constant(n, IndexType()) for n in (0, element.width.data, 1)]

    block = Block(arg_types=[IndexType(), type_, type_, type_])
    inner = Emitter(Builder(), type_)
    result, square, rest = (inner.of(v) for v in block.args[1:])
    odd = (rest & 1).equals(1)
    result = inner.select(odd, result * square, result)
    inner_values = [result, square * square, rest.shr_u(1)]
    inner.build.ops.append(scf.YieldOp(*[v.ssa for v in inner_values]))
    block.add_ops(inner.build.ops)
    loop = scf.ForOp.create(
        operands=[b.ssa for b in bounds] + [one.ssa, base, exponent],
        result_types=[type_] * 3,
        regions=[Region(block)],
    )
    build.ops.append(loop)

    x, n = emit.of(base), emit.of(exponent)
    sign = emit.select((n & 1).equals(1), x, one)
    inverse = emit.select(x.equals(1), one, emit.select(x.equals(-1), sign, zero))
    return [emit.select(n < 0, inverse, emit.of(loop.results[0])).ssa]


RULES: dict[type[Operation], Rule] = {
    **{cls: _function(name) for cls, name in NAMES.items()},
    math.RoundOp: _round,
    math.FPowIOp: _fpowi,
    math.IPowIOp: _ipowi,
}
"""Expansion of each math op that has no LLVM instruction."""
