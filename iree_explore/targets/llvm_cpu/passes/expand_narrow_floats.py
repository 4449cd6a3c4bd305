# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic on f16 and bf16 is done in f32, and conversions to them need no library.

Each op's result is rounded to its type again, so results are those of the narrow type (an f32 holds
twice the digits: one rounding more changes nothing for + - * / and sqrt). expand_math.py follows.
"""

from __future__ import annotations

from typing import Any

from xdsl.dialects import arith, math, vector
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float64Type,
    ModuleOp,
    f32,
    i16,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.targets.llvm_cpu.conversion import Builder, convert, element_of, with_element
from iree_explore.targets.llvm_cpu.expressions import Emitter


class ExpandNarrowFloats(ModulePass):
    """Does f16 and bf16 arithmetic in f32.

    Before:
    ```mlir
    func.func @f(%x: f16, %y: f16) -> f16 {
      %z = arith.addf %x, %y : f16
      func.return %z : f16
    }
    ```

    After:
    ```mlir
    builtin.module {
      func.func @f(%x: f16, %y: f16) -> f16 {
        %0 = arith.extf %x : f16 to f32
        %1 = arith.extf %y : f16 to f32
        %2 = arith.addf %0, %1 : f32
        %z = arith.truncf %2 : f32 to f16
        func.return %z : f16
      }
    }
    ```
    """

    name = "executable-targets-expand-narrow-floats"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        convert(ctx, module, RULES, "ExpandNarrowFloat")


def _is_narrow(type_: Attribute) -> bool:
    return isinstance(element_of(type_), Float16Type | BFloat16Type)


def _widen(value: SSAValue, build: Builder) -> SSAValue:
    if not _is_narrow(value.type):
        return value
    wide = with_element(value.type, f32)
    if isinstance(element_of(value.type), Float16Type):
        return build(arith.ExtFOp, [value], wide)
    # The upper half of an f32. By shifting: from an fpext LLVM would make bf16 arithmetic again.
    e = Emitter(build, wide)
    half = e.op(arith.BitcastOp, [e.of(value)], with_element(wide, i16))
    bits = e.op(arith.ExtUIOp, [half], e.ints) << 16
    return e.from_bits(bits).ssa


def _in_f32(op: Operation, build: Builder) -> list[SSAValue] | None:
    """The same op on f32, its float results rounded back."""
    if not any(_is_narrow(v.type) for v in (*op.operands, *op.results)):
        return None
    operands = [_widen(v, build) for v in op.operands]
    types = [with_element(r.type, f32) if _is_narrow(r.type) else r.type for r in op.results]
    wide = type(op).create(operands=operands, result_types=types, properties=dict(op.properties))
    build.ops.append(wide)
    return [
        narrow(new, old.type, build) if new.type != old.type else new
        for old, new in zip(op.results, wide.results, strict=True)
    ]


def _truncate(op: Operation, build: Builder) -> list[SSAValue] | None:
    (source,), target = op.operands, op.results[0].type
    if not _is_narrow(target):
        return None
    if isinstance(element_of(target), Float16Type) and element_of(source.type) == f32:
        return None
    return [narrow(source, target, build)]


def _extend(op: Operation, build: Builder) -> list[SSAValue] | None:
    """f16 to f64 by way of f32, bf16 by shifting."""
    (source,), target = op.operands, op.results[0].type
    to_f64 = isinstance(element_of(target), Float64Type)
    if not _is_narrow(source.type) or (
        isinstance(element_of(source.type), Float16Type) and not to_f64
    ):
        return None
    wide = _widen(source, build)
    return [build(arith.ExtFOp, [wide], target) if to_f64 else wide]


def narrow(value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
    """An f32 or f64 value rounded to f16 or bf16."""
    if isinstance(element_of(value.type), Float64Type):
        value = _round_to_odd(value, build)
    if isinstance(element_of(type_), Float16Type):
        return build(arith.TruncFOp, [value], type_)
    return _to_bf16(value, type_, build)


def _to_bf16(value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
    """Nearest, ties to even, on the bits; NaN keeps its sign and becomes quiet."""
    e = Emitter(build, value.type)
    x = e.of(value)
    bits = e.bits(x)
    rounded = (bits + ((bits.shr_u(16) & 1) + 0x7FFF)).shr_u(16)
    quiet = bits.shr_u(16) | 0x40
    chosen = e.select(e.is_nan(x), quiet, rounded)
    half = e.op(arith.TruncIOp, [chosen], with_element(type_, i16))
    return build(arith.BitcastOp, [half.ssa], type_)


def _round_to_odd(value: SSAValue, build: Builder) -> SSAValue:
    """f64 to f32, inexact results to the neighbour with an odd last bit: rounding that to a
    narrower type gives what rounding the f64 would have given."""
    type_ = with_element(value.type, f32)
    e = Emitter(build, type_)
    wide = Emitter(build, value.type)
    x = wide.of(value)
    near = e.op(arith.TruncFOp, [x], type_)
    back = wide.op(arith.ExtFOp, [near], value.type)
    bits = e.bits(near)
    one, zero = e.integer(1), e.integer(0)
    too_big = wide.abs(back) > wide.abs(x)
    down = bits - e.select(too_big, one, zero)
    inexact = back.differs(x) & wide.compare("eq", x, x)
    return e.from_bits(e.select(inexact, down | 1, bits)).ssa


def _from_integer(op: Operation, build: Builder) -> list[SSAValue] | None:
    target = op.results[0].type
    if not _is_narrow(target):
        return None
    wide = build(type(op), op.operands, with_element(target, f32))
    return [narrow(wide, target, build)]


_ARITHMETIC: tuple[type[Operation], ...] = (
    arith.AddfOp,
    arith.SubfOp,
    arith.MulfOp,
    arith.DivfOp,
    arith.MaximumfOp,
    arith.MinimumfOp,
    arith.MaxnumfOp,
    arith.MinnumfOp,
    arith.CmpfOp,
    arith.FPToSIOp,
    arith.FPToUIOp,
    vector.FMAOp,
    vector.ReductionOp,
    *(
        cls
        for cls in math.Math.operations
        if cls not in (math.AbsFOp, math.CopySignOp, math.AbsIOp, math.IPowIOp)
    ),
)


RULES: dict[type[Operation], Any] = {
    **dict.fromkeys(_ARITHMETIC, _in_f32),
    arith.TruncFOp: _truncate,
    arith.ExtFOp: _extend,
    arith.SIToFPOp: _from_integer,
    arith.UIToFPOp: _from_integer,
}
