# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Records `stream.cmd.execute` regions as functions that return a command buffer.

The function's parameters are the values that the recording depends on (dynamic sizes, scalars):
what can be computed from them or is constant is computed inside. So two calls with equal parameters
can share one command buffer. Buffers come from slots of the binding table, weights are bound
directly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import (
    INDEX,
    function_op,
    function_type,
    index_constant,
    return_op,
    scalar_constant,
)
from iree_explore.errors import GapError, InternalError
from iree_explore.flow.util_dialect import GlobalLoadOp
from iree_explore.hal import host_ops as hal
from iree_explore.hal.dialect import ExecutableExportOp, ReturnOp
from iree_explore.hal.types import BufferType, CommandBufferType, DeviceType
from iree_explore.stream import dialect as stream

_DEVICE = DeviceType()

FOLDS: dict[type[Operation], Callable[[int, int], int]] = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
    arith.DivUIOp: lambda a, b: a // b,
    arith.DivSIOp: lambda a, b: a // b,
    arith.FloorDivSIOp: lambda a, b: a // b,
    arith.CeilDivUIOp: lambda a, b: -(-a // b),
    arith.CeilDivSIOp: lambda a, b: -(-a // b),
    arith.RemUIOp: lambda a, b: a % b,
    arith.MinUIOp: min,
    arith.MaxUIOp: max,
    arith.MinSIOp: min,
    arith.MaxSIOp: max,
}
"""Index arithmetic on operands that are known and not negative."""


class Recorder:
    """Builds one recording function; `keys` are the outer values of its parameters after the
    device, `slots` the outer resources of the binding table."""

    def __init__(
        self,
        ctx: CompilerContext,
        name: str,
        exports: dict[tuple[str, str], list[tuple[SymbolRefAttr, ExecutableExportOp]]],
    ) -> None:
        self.ctx = ctx
        self.name = name
        self.exports = exports
        self.block = Block(arg_types=[_DEVICE])
        self.block.args[0].name_hint = "device"
        self.function = function_op(
            name, (_DEVICE,), (CommandBufferType(),), Region(self.block), "private"
        )
        self.keys: list[SSAValue] = []
        self.slots: list[SSAValue] = []
        self.inner: dict[SSAValue, SSAValue] = {}
        self.constants: dict[tuple[int, Attribute], SSAValue] = {}
        self.known: dict[SSAValue, int] = {}
        self.globals: dict[str, SSAValue] = {}
        self.halves: dict[SSAValue, tuple[SSAValue, SSAValue]] = {}
        self.commands: SSAValue

    def record(self, rewriter: PatternRewriter, execute: stream.CmdExecuteOp) -> func.FuncOp:
        """Fills the function from the region; `rewriter` (of the execute op) inserts its frame."""
        self._insert_frame(rewriter)
        first = True
        for op in list(execute.block.ops):
            if not first:
                with provenance.rewriting(self.ctx, "RecordBarrier", op, at=self.block) as r:
                    r.insert(hal.CommandBufferExecutionBarrierOp(self.commands))
            first = False
            if isinstance(op, stream.CmdConcurrentOp):
                for inner in list(op.block.ops):
                    self._command(inner)
            else:
                self._command(op)
        rewriter.insert(
            (hal.CommandBufferFinalizeOp(self.commands), return_op(self.commands)),
            InsertPoint.at_end(self.block),
        )
        self._set_capacity(rewriter)
        self.function.properties["function_type"] = function_type(
            [argument.type for argument in self.block.args], (CommandBufferType(),)
        )
        return self.function

    def _insert_frame(self, rewriter: PatternRewriter) -> None:
        capacity = index_constant(0)
        create = hal.CommandBufferCreateOp(self.block.args[0], capacity.result)
        create.result.name_hint = "commands"
        rewriter.insert((capacity, create), InsertPoint.at_end(self.block))
        self.create = create
        self.first = capacity
        self.commands = create.result

    def _set_capacity(self, rewriter: PatternRewriter) -> None:
        """The number of slots is known only at the end."""
        capacity = index_constant(len(self.slots))
        rewriter.replace(self.first, capacity)

    def _command(self, op: Operation) -> None:
        name = "Record" + type(op).__name__.removeprefix("Cmd").removesuffix("Op")
        with provenance.rewriting(self.ctx, name, op, at=self.block) as rewriter:
            if isinstance(op, stream.CmdDispatchOp):
                self._dispatch(rewriter, op)
            elif isinstance(op, stream.CmdCopyOp):
                rewriter.insert(
                    hal.CommandBufferCopyBufferOp(
                        self.commands,
                        self.buffer(rewriter, op.source),
                        self.value(rewriter, op.source_offset),
                        self.buffer(rewriter, op.target),
                        self.value(rewriter, op.target_offset),
                        self.value(rewriter, op.length),
                    )
                )
            elif isinstance(op, stream.CmdFillOp):
                pattern, length = self._pattern(rewriter, op.value)
                rewriter.insert(
                    hal.CommandBufferFillBufferOp(
                        self.commands,
                        self.buffer(rewriter, op.target),
                        self.value(rewriter, op.offset),
                        self.value(rewriter, op.length),
                        pattern,
                        length,
                    )
                )
            else:
                raise InternalError("IX202", f"{op.name} inside stream.cmd.execute")

    def _dispatch(self, rewriter: PatternRewriter, op: stream.CmdDispatchOp) -> None:
        reference = op.entry_point
        key = (reference.root_reference.data, reference.nested_references.data[-1].data)
        workload = [self.value(rewriter, w) for w in op.workload]
        constants = [w for s in op.scalars for w in self._words(rewriter, s)]
        bindings = [self.buffer(rewriter, b) for b in op.bindings]
        ranges = [[self.value(rewriter, v) for v in part] for part in (op.offsets, op.lengths)]

        def dispatch(entry: SymbolRefAttr, export: ExecutableExportOp) -> Operation:
            count = export.workgroup_count
            workgroups = self._inlined(rewriter, export, count, workload)
            return hal.CommandBufferDispatchOp(
                self.commands, entry, workgroups, constants, bindings, *ranges
            )

        *special, last = self.exports[key]
        made = dispatch(*last)
        for entry, export in reversed(special):
            (fits,) = self._inlined(rewriter, export, export.condition, workload)
            yes, no = [dispatch(entry, export), scf.YieldOp()], [made, scf.YieldOp()]
            made = scf.IfOp(fits, [], yes, no)
        rewriter.insert(made)

    def _inlined(
        self,
        rewriter: PatternRewriter,
        export: ExecutableExportOp,
        region: Region | None,
        workload: list[SSAValue],
    ) -> list[SSAValue]:
        """What a region of the export, its workgroup count or condition, says of a workload."""
        if region is None or len(region.block.args) > len(workload):
            raise InternalError(
                "IX205", f"{export.sym_name.data}: no workgroup count for a workload of {workload}"
            )
        inner: dict[SSAValue, SSAValue] = dict(zip(region.block.args, workload, strict=False))
        for op in region.block.ops:
            if isinstance(op, ReturnOp):
                return [inner[v] for v in op.values]
            operands = [inner[o] for o in op.operands]
            for old, new in zip(op.results, self._compute(rewriter, op, operands), strict=True):
                inner[old] = new
        raise InternalError("IX205", f"{export.sym_name.data}: its workgroup count does not return")

    # Values

    def constant(self, rewriter: PatternRewriter, value: int, type_: Attribute) -> SSAValue:
        """A constant at the start of the function, made once."""
        found = self.constants.get((value, type_))
        if found is None:
            op = scalar_constant(value, type_)  # pyright: ignore
            rewriter.insert(op, InsertPoint.before(self.create))
            found = self.constants[value, type_] = op.result
            self.known[found] = value
        return found

    def index(self, rewriter: PatternRewriter, value: int) -> SSAValue:
        """An index constant."""
        return self.constant(rewriter, value, INDEX)

    def value(self, rewriter: PatternRewriter, outer: SSAValue) -> SSAValue:
        """An outer index or scalar inside the function: recomputed or a parameter."""
        if outer in self.inner:
            return self.inner[outer]
        owner = outer.owner
        if isinstance(owner, arith.ConstantOp):
            attribute = owner.value
            if isinstance(attribute, IntegerAttr):
                inner = self.constant(rewriter, attribute.value.data, outer.type)
            else:
                inner = self._compute(rewriter, owner, [])[0]
        elif isinstance(owner, Operation) and owner.name.startswith("arith."):
            operands = [self.value(rewriter, o) for o in owner.operands]
            results = self._compute(rewriter, owner, operands)
            inner = results[list(owner.results).index(outer)]  # pyright: ignore
        else:
            inner = rewriter.insert_block_argument(self.block, len(self.block.args), outer.type)
            inner.name_hint = outer.name_hint
            self.keys.append(outer)
        self.inner[outer] = inner
        return inner

    def _compute(
        self, rewriter: PatternRewriter, op: Operation, operands: Sequence[SSAValue]
    ) -> Sequence[SSAValue]:
        """`op` on `operands`, folded if they are known."""
        if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
            return [self.constant(rewriter, op.value.value.data, op.result.type)]
        known = [self.known.get(o) for o in operands]
        fold = FOLDS.get(type(op))
        if fold and isinstance(op.results[0].type, IndexType) and len(known) == 2:
            a, b = known
            divides = "div" in op.name or "rem" in op.name
            if a is not None and b is not None and a >= 0 and (b > 0 or (b == 0 and not divides)):
                return [self.index(rewriter, fold(a, b))]
        clone = op.clone_without_regions()
        clone.operands = list(operands)
        rewriter.insert(clone)
        return clone.results

    def buffer(self, rewriter: PatternRewriter, outer: SSAValue) -> SSAValue:
        """A resource inside the function: a global's buffer itself, or its slot's number."""
        owner = outer.owner
        if isinstance(owner, GlobalLoadOp) and outer.type == stream.ResourceType("constant"):
            name = owner.global_.string_value()
            if name not in self.globals:
                load = GlobalLoadOp(name, BufferType())
                rewriter.insert(load, InsertPoint.before(self.create))
                self.globals[name] = load.result
            return self.globals[name]
        if outer not in self.slots:
            self.slots.append(outer)
        return self.index(rewriter, self.slots.index(outer))

    # Bits

    def _words(self, rewriter: PatternRewriter, outer: SSAValue) -> list[SSAValue]:
        """A scalar as u32 constants, low word first (docs/architecture.md)."""
        value = self.value(rewriter, outer)
        bits = self._bits(rewriter, value)
        if bits.type == i32:
            return [bits]
        if bits not in self.halves:
            known = self.known.get(bits)
            if known is not None:
                low = self.constant(rewriter, _signed32(known), i32)
                high = self.constant(rewriter, _signed32(known >> 32), i32)
            else:
                low_op = arith.TruncIOp(bits, i32)
                shift = self.constant(rewriter, 32, i64)
                shifted = arith.ShRUIOp(bits, shift)
                high_op = arith.TruncIOp(shifted.result, i32)
                rewriter.insert((low_op, shifted, high_op))
                low, high = low_op.result, high_op.result
            self.halves[bits] = (low, high)
        return list(self.halves[bits])

    def _bits(self, rewriter: PatternRewriter, value: SSAValue) -> SSAValue:
        """The bits of a scalar as i64 (64-bit types) or i32."""
        type_ = value.type
        known = self.known.get(value)
        op: Any
        if isinstance(type_, IndexType):
            if known is not None:
                return self.constant(rewriter, known, i64)
            op = arith.IndexCastOp(value, i64)
        elif isinstance(type_, IntegerType):
            if type_.width.data == 64 or type_ == i32:
                return value
            if known is not None:
                return self.constant(rewriter, known & ((1 << type_.width.data) - 1), i32)
            op = arith.ExtUIOp(value, i32)
        elif elements.is_narrow_float(type_):
            narrow = arith.BitcastOp(value, IntegerType(type_.bitwidth))  # pyright: ignore
            rewriter.insert(narrow)
            op = arith.ExtUIOp(narrow.result, i32)
        elif str(type_) in ("f32", "f64"):
            op = arith.BitcastOp(value, i64 if isinstance(type_, Float64Type) else i32)
        else:
            raise GapError("IX203", f"no scalar of type {type_} can be passed to a dispatch")
        rewriter.insert(op)
        return op.result

    def _pattern(self, rewriter: PatternRewriter, outer: SSAValue) -> tuple[SSAValue, SSAValue]:
        """A scalar as the i64 pattern of a fill, and how many of its bytes count."""
        nbytes = elements.dtype_of(outer.type).itemsize
        length = self.constant(rewriter, nbytes, i32)
        owner = outer.owner
        if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, FloatAttr | IntegerAttr):
            data = owner.value.value.data
            array = np.array([data]).astype(elements.dtype_of(outer.type))
            bits = int.from_bytes(array.tobytes().ljust(8, b"\0"), "little", signed=True)
            return self.constant(rewriter, bits, i64), length
        bits = self._bits(rewriter, self.value(rewriter, outer))
        if bits.type == i32:
            wide = arith.ExtUIOp(bits, i64)
            rewriter.insert(wide)
            bits = wide.result
        return bits, length


def _signed32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value
