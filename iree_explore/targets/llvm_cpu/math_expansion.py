# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which function expands which `math` op: kernels call no math library, and vectors stay vectors.

f32 takes a function of math_f32.py if there is one, else it goes through math_f64.py. f16 and bf16
became f32 before (expand_narrow_floats.py). Ops that LLVM has instructions for (sqrt, floor, fma,
...) are not here: convert_to_llvm.py converts them.
"""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import arith, math, scf
from xdsl.dialects.builtin import IndexType, IntegerType
from xdsl.ir import Block, Operation, Region, SSAValue

from iree_explore.targets.llvm_cpu import math_f32, math_f64
from iree_explore.targets.llvm_cpu.conversion import Builder, Rule, element_of
from iree_explore.targets.llvm_cpu.expressions import Emitter, Value, is_f32, narrowed, widened

Function = Callable[..., Value]

_F32: dict[type[Operation], Function] = {
    math.ExpOp: math_f32.exp,
    math.Exp2Op: math_f32.exp2,
    math.ExpM1Op: math_f32.expm1,
    math.LogOp: math_f32.log,
    math.Log1pOp: math_f32.log1p,
    math.TanhOp: math_f32.tanh,
    math.ErfOp: math_f32.erf,
    math.RsqrtOp: math_f32.rsqrt,
}
_F64: dict[type[Operation], Function] = {
    math.ExpOp: math_f64.exp,
    math.Exp2Op: math_f64.exp2,
    math.ExpM1Op: math_f64.expm1,
    math.LogOp: math_f64.log,
    math.Log2Op: math_f64.log2,
    math.Log10Op: math_f64.log10,
    math.Log1pOp: math_f64.log1p,
    math.SinOp: math_f64.sin,
    math.CosOp: math_f64.cos,
    math.TanOp: math_f64.tan,
    math.SinhOp: math_f64.sinh,
    math.CoshOp: math_f64.cosh,
    math.TanhOp: math_f64.tanh,
    math.AsinOp: math_f64.asin,
    math.AcosOp: math_f64.acos,
    math.AtanOp: math_f64.atan,
    math.Atan2Op: math_f64.atan2,
    math.AsinhOp: math_f64.asinh,
    math.AcoshOp: math_f64.acosh,
    math.AtanhOp: math_f64.atanh,
    math.CbrtOp: math_f64.cbrt,
    math.ErfOp: math_f64.erf,
    math.RsqrtOp: math_f64.rsqrt,
    math.PowFOp: math_f64.pow,
}


def _function(cls: type[Operation]) -> Rule:
    def rule(op: Operation, build: Builder) -> list[SSAValue]:
        emit = Emitter(build, op.results[0].type)
        if not is_f32(emit.type):
            values = [emit.of(v) for v in op.operands]
            return [_F64[cls](emit, *values).ssa]
        if cls in _F32:
            return [_F32[cls](emit, *(emit.of(v) for v in op.operands)).ssa]
        pairs = [widened(emit, v) for v in op.operands]
        wide = pairs[0][0]
        return [narrowed(emit, _F64[cls](wide, *(wide.of(v.ssa) for _, v in pairs))).ssa]

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
    emit = Emitter(build, op.results[0].type)
    wide, x = widened(emit, base) if is_f32(emit.type) else (emit, emit.of(base))
    n = wide.op(arith.SIToFPOp, [wide.of(exponent)], wide.type)
    y = math_f64.pow(wide, wide.of(x.ssa), n)
    return [(narrowed(emit, y) if wide is not emit else y).ssa]


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
    **{cls: _function(cls) for cls in _F64},
    math.RoundOp: _round,
    math.FPowIOp: _fpowi,
    math.IPowIOp: _ipowi,
}
"""Expansion of each math op that has no LLVM instruction."""
