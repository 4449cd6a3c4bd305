# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic on floats below 32 bits is done in f32, and conversions to them need no library.

Each op's result is rounded to its type again, so results are those of the narrow type (an f32 holds
twice the digits: one rounding more changes nothing for + - * / and sqrt). Afterwards bf16 and
floats of 8 bits and fewer are gone: their bits are i16 and i8. Conversions are in float_formats.py;
expand_math.py follows.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
from xdsl.dialects import arith, func, math, vector
from xdsl.dialects.builtin import (
    BFloat16Type,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float64Type,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    ReducedPrecisionFloatType,
    VectorType,
    f32,
    i8,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass

from iree_explore import elements
from iree_explore.codegen.target import cpu_of, is_gpu
from iree_explore.context import CompilerContext
from iree_explore.targets.llvm_cpu import float_formats
from iree_explore.targets.llvm_cpu.conversion import Builder, convert, element_of, with_element
from iree_explore.targets.llvm_cpu.expressions import Emitter
from iree_explore.walk import walk


class ExpandNarrowFloats(ModulePass):
    """Does arithmetic on f16, bf16, f8, f6 and f4 in f32.

    On x86 without F16C f16 is carried and converted like the smaller floats.

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
        expansion = _expansion(not is_gpu(module) and cpu_of(module).converts_half)
        convert(ctx, module, expansion.rules, "ExpandNarrowFloat")
        expansion.store_as_integers(module)


@cache
def _expansion(half: bool) -> _Expansion:
    return _Expansion(half)


def _is_narrow(type_: Attribute) -> bool:
    return _is_narrow_class(type(element_of(type_)))


@cache
def _is_narrow_class(cls: type[Attribute]) -> bool:
    return issubclass(cls, Float16Type | BFloat16Type | ReducedPrecisionFloatType)


def _is_half(type_: Attribute) -> bool:
    return type(element_of(type_)) is Float16Type


class _Expansion:
    """The rules for a CPU; `half` says whether it converts f16 by itself."""

    def __init__(self, half: bool) -> None:
        self.half = half
        self.rules: dict[type[Operation], Any] = {
            **dict.fromkeys(_ARITHMETIC, self.in_f32),
            **dict.fromkeys(_ON_BITS, self.on_bits),
            arith.TruncFOp: self.truncate,
            arith.ExtFOp: self.extend,
            arith.SIToFPOp: self.from_integer,
            arith.UIToFPOp: self.from_integer,
            arith.BitcastOp: self.bitcast,
        }

    def is_stored(self, type_: Attribute) -> bool:
        """Whether values are carried as integers: LLVM has no such type, or calls a library for it
        (for bf16 wherever it finds a conversion, also in shifts)."""
        if self.half and _is_half(type_):
            return False
        return _is_narrow(type_)

    # Rules

    def in_f32(self, op: Operation, build: Builder) -> list[SSAValue] | None:
        """The same op on f32, its float results rounded back."""
        if not any(_is_narrow(v.type) for v in (*op.operands, *op.results)):
            return None
        operands = [self.widen(v, build) for v in op.operands]
        types = [with_element(r.type, f32) if _is_narrow(r.type) else r.type for r in op.results]
        properties = dict(op.properties)
        wide = type(op).create(operands=operands, result_types=types, properties=properties)
        build.ops.append(wide)
        return [
            self.narrow(new, old.type, build) if new.type != old.type else new
            for old, new in zip(op.results, wide.results, strict=True)
        ]

    def on_bits(self, op: Operation, build: Builder) -> list[SSAValue] | None:
        """What LLVM does on the sign bit of its own types."""
        return self.in_f32(op, build) if self.is_stored(op.results[0].type) else None

    def truncate(self, op: Operation, build: Builder) -> list[SSAValue] | None:
        (source,), target = op.operands, op.results[0].type
        if not _is_narrow(target):
            return None
        if self.half and _is_half(target) and element_of(source.type) == f32:
            return None
        return [self.narrow(source, target, build)]

    def extend(self, op: Operation, build: Builder) -> list[SSAValue] | None:
        """f16 to f64 by way of f32, bf16 by shifting; small floats also to f16 and bf16."""
        (source,), target = op.operands, op.results[0].type
        if not _is_narrow(source.type):
            return None
        if self.half and _is_half(source.type) and element_of(target) == f32:
            return None
        wide = self.widen(source, build)
        if _is_narrow(target):
            return [self.narrow(wide, target, build)]
        to_f64 = isinstance(element_of(target), Float64Type)
        return [build(arith.ExtFOp, [wide], target) if to_f64 else wide]

    def from_integer(self, op: Operation, build: Builder) -> list[SSAValue] | None:
        target = op.results[0].type
        if not _is_narrow(target):
            return None
        wide = build(type(op), op.operands, with_element(target, f32))
        return [self.narrow(wide, target, build)]

    def bitcast(self, op: Operation, build: Builder) -> list[SSAValue] | None:
        """Floats below 8 bits are a byte here, integers of their width are not."""
        (source,), target = op.operands, op.results[0].type
        have, want = element_of(source.type), element_of(target)
        byte = with_element(target, i8)
        if isinstance(have, ReducedPrecisionFloatType) and have.bitwidth < 8:
            value = build(arith.BitcastOp, [source], byte)
            return [build(arith.TruncIOp, [value], target) if isinstance(want, IntegerType)
                    else build(arith.BitcastOp, [value], target)]  # fmt: skip
        if isinstance(want, ReducedPrecisionFloatType) and want.bitwidth < 8:
            value = build(arith.ExtUIOp, [source], byte)
            return [build(arith.BitcastOp, [value], target)]
        return None

    # Conversions

    def widen(self, value: SSAValue, build: Builder) -> SSAValue:
        """A narrow value as f32; any other value itself."""
        if not _is_narrow(value.type):
            return value
        if self.is_stored(value.type):
            return float_formats.decode(value, build)
        return build(arith.ExtFOp, [value], with_element(value.type, f32))

    def narrow(self, value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
        """An f16, bf16, f32 or f64 value rounded once to a narrow type."""
        value = self.widen(value, build)
        if isinstance(element_of(value.type), Float64Type):
            value = _round_to_odd(value, build)
        if self.is_stored(type_):
            return float_formats.encode(value, type_, build)
        return build(arith.TruncFOp, [value], type_)

    # Types

    def store_as_integers(self, module: ModuleOp) -> None:
        """Gives every value of a type that LLVM has not the integer type that holds its bits."""
        for op in walk(module):
            for region in op.regions:
                for block in region.blocks:
                    for argument in block.args:
                        self._retype(argument)
            for result in op.results:
                self._retype(result)
            if isinstance(op, arith.ConstantOp) and self.is_stored(_type_of(op.value)):
                op.properties["value"] = _bits_of(op.value, op.result.type)
            elif isinstance(op, func.FuncOp):
                type_ = op.function_type
                op.function_type = FunctionType.from_lists(
                    [self._carried(t) for t in type_.inputs],
                    [self._carried(t) for t in type_.outputs],
                )

    def _retype(self, value: SSAValue) -> None:
        type_ = self._carried(value.type)
        if type_ is not value.type:
            value._type = type_  # pyright: ignore[reportPrivateUsage]

    def _carried(self, type_: Attribute) -> Attribute:
        if type(type_) is MemRefType:
            if not self.is_stored(type_.element_type):
                return type_
            storage = float_formats.storage_of(type_.element_type)
            return MemRefType(storage, type_.shape, type_.layout, type_.memory_space)
        return float_formats.storage_of(type_) if self.is_stored(type_) else type_


def _type_of(value: Attribute) -> Attribute:
    return cast(Any, value).get_type()


def _bits_of(value: Attribute, type_: Attribute) -> Attribute:
    """A constant's bits as a constant of the integer type (or vector of it)."""
    if isinstance(value, FloatAttr):
        array = np.array(value.value.data).astype(elements.dtype_of(value.type))
        return IntegerAttr(int(array.view(f"i{array.itemsize}")), cast(IntegerType, type_))
    assert isinstance(value, DenseIntOrFPElementsAttr) and isinstance(type_, VectorType)
    return DenseIntOrFPElementsAttr(type_, value.data)


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

_ON_BITS: tuple[type[Operation], ...] = (arith.NegfOp, math.AbsFOp, math.CopySignOp)
