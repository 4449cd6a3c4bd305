# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values of execution regions get memory: transients share one slab, what leaves has its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.traits import IsTerminator

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.hal.types import BufferViewType
from iree_explore.stream import dialect as stream
from iree_explore.stream.affinity import affinity_of, place
from iree_explore.stream.dialect import ResourceType
from iree_explore.stream.host import host_blocks, host_functions
from iree_explore.stream.index_math import ALIGNMENT, IndexMath
from iree_explore.stream.passes.schedule_execution import HOST_CALLS
from iree_explore.targets import TARGETS


@dataclass(frozen=True)
class ScheduleAllocation(ModulePass):
    """Turns `stream.async.*` regions into commands on byte ranges, with a request to pack the slab.

    Before:

    ```mlir
    func.func @f(%x: !stream.resource<external>, %n: index) {
      %0 = stream.async.execute -> !stream.resource<external> {
        %1 = stream.async.clone %x : !stream.resource<external> -> !stream.resource<transient>{%n}
        %2 = stream.async.clone %1 : !stream.resource<transient> -> !stream.resource<external>{%n}
        stream.yield %2 : !stream.resource<external>
      }
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: !stream.resource<external>, %n: index) {
        %0 = arith.constant 0 : index
        %1, %2 = stream.resource.pack slices(%n) live [0, 1] -> index
        %slab = stream.resource.alloca uninitialized : !stream.resource<transient>{%1}
        %3 = stream.resource.alloca uninitialized : !stream.resource<external>{%n}
        %4 = stream.cmd.execute {
          stream.cmd.copy %x[%0], %slab[%2], %n : !stream.resource<external> -> !stream.resource<transient>
          stream.cmd.copy %slab[%2], %3[%0], %n : !stream.resource<transient> -> !stream.resource<external>
        }
        stream.resource.dealloca await(%4) => %slab : !stream.resource<transient>{%1}
        stream.timepoint.await %4
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "stream-schedule-allocation"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for function in host_functions(op):
            math = IndexMath(function.body.blocks[0])
            for block in list(host_blocks(function)):
                _allocate_block(context, block, math)


def _allocate_block(ctx: CompilerContext, block: Block, math: IndexMath) -> None:
    """Converts the regions of a block and inserts the waits that its host ops need."""
    pending: SSAValue | None = None
    for op in list(block.ops):
        if isinstance(op, stream.AsyncExecuteOp):
            with provenance.rewriting(ctx, "AllocateRegion", op) as rewriter:
                pending = _Allocator(ctx, op, math).convert(rewriter, pending) or pending
            continue
        readback = isinstance(op, stream.AsyncLoadOp)
        moves = isinstance(op, stream.AsyncTransferOp) and op.moves
        reads = isinstance(op, HOST_CALLS) and any(
            isinstance(v.type, BufferViewType) for v in op.operands
        )
        if pending is not None and (
            readback
            or moves
            or reads
            or op.regions
            or isinstance(op, func.CallOp)
            or op.has_trait(IsTerminator)
        ):
            with provenance.rewriting(ctx, "AwaitTimepoint", op) as rewriter:
                rewriter.insert(stream.TimepointAwaitOp(pending))
            pending = None
        if readback:
            with provenance.rewriting(ctx, "ConvertLoad", op) as rewriter:
                new = stream.ResourceLoadOp.build(
                    operands=list(op.operands), result_types=[op.results[0].type]
                )
                rewriter.replace(op, new)


def slab_alignment(targets: Sequence[str]) -> int | None:
    """What offsets in a slab are multiples of, if a target asks for more than `ALIGNMENT`."""
    most = max((TARGETS[name].min_buffer_offset_alignment for name in targets), default=ALIGNMENT)
    return most if most > ALIGNMENT else None


@dataclass
class _Value:
    """Where a value made in the region lives: its size, first and last wave, and memory."""

    size: SSAValue
    first: int
    last: int
    lifetime: str | None = None
    """Of a value that leaves the region."""
    resource: SSAValue | None = None
    offset: SSAValue | None = None


@dataclass
class _Allocator:
    """Converts one execution region."""

    ctx: CompilerContext
    execute: stream.AsyncExecuteOp
    math: IndexMath
    values: dict[SSAValue, _Value] = field(default_factory=dict)
    roots: dict[SSAValue, SSAValue] = field(default_factory=dict)

    def convert(self, rewriter: PatternRewriter, wait: SSAValue | None) -> SSAValue | None:
        """Replaces the region; returns the timepoint of the commands, None if there are none."""
        waves = self.waves()
        self.find_lifetimes(waves)
        slab = self.allocate(rewriter)
        timepoint = self.emit(rewriter, waves, wait)
        if slab is not None and timepoint is not None:
            free = stream.ResourceDeallocaOp(timepoint, *slab)
            place(free, affinity_of(self.execute))
            rewriter.insert(free)
        terminator = cast(stream.YieldOp, self.execute.block.last_op)
        replaced = [self.memory(rewriter, v)[0] for v in terminator.values]
        rewriter.replace(self.execute, [], replaced)
        return timepoint

    def waves(self) -> list[list[Operation]]:
        """The region's ops by wave; what a concurrent group yields is what its ops made."""
        found = []
        for op in self.execute.block.ops:
            if isinstance(op, stream.AsyncConcurrentOp):
                *inner, terminator = op.block.ops
                for result, value in zip(op.results, terminator.operands, strict=True):
                    self.roots[result] = value
                found.append(inner)
            elif not isinstance(op, stream.YieldOp):
                found.append([op])
        return found

    def root(self, value: SSAValue) -> SSAValue:
        """The value whose memory `value` is: itself unless yielded or updated in place."""
        while value in self.roots:
            value = self.roots[value]
        return value

    def find_lifetimes(self, waves: Sequence[Sequence[Operation]]) -> None:
        """Fills `values`: every root made here with its first and last wave."""
        for wave, ops in enumerate(waves):
            for op in ops:
                for operand in op.operands:
                    known = self.values.get(self.root(operand))
                    if known is not None:
                        known.last = wave
                if isinstance(op, stream.AsyncDispatchOp):
                    for i, (result, tie) in enumerate(zip(op.results, op.tied(), strict=True)):
                        if tie >= 0:
                            self.roots[result] = op.resources[tie]
                        else:
                            self.values[result] = _Value(op.result_sizes[i], wave, wave)
                elif isinstance(op, stream.AsyncCopyOp):
                    self.roots[op.result] = op.target
                else:
                    size = op.operands[-1]
                    self.values[op.results[0]] = _Value(size, wave, wave)
        terminator = cast(stream.YieldOp, self.execute.block.last_op)
        for value, result in zip(terminator.values, self.execute.results, strict=True):
            known = self.values.get(self.root(value))
            if known is not None:
                known.lifetime = cast(ResourceType, result.type).lifetime.data

    def allocate(self, rewriter: PatternRewriter) -> tuple[SSAValue, SSAValue] | None:
        """Gives every value memory; the slab and its size, if there are transients."""
        transient = [v for v in self.values.values() if v.lifetime is None]
        slab = None
        if transient:
            pack = stream.ResourcePackOp(
                [v.size for v in transient],
                [(v.first, v.last) for v in transient],
                slab_alignment(self.ctx.options.targets),
            )
            memory = stream.ResourceAllocaOp(pack.total, "transient")
            place(memory, affinity_of(self.execute))
            rewriter.insert((pack, memory))
            memory.result.name_hint = "slab"
            slab = (memory.result, pack.total)
            for value, offset in zip(transient, pack.offsets, strict=True):
                value.resource, value.offset = memory.result, offset
        for value in self.values.values():
            if value.lifetime is not None:
                own = stream.ResourceAllocaOp(value.size, value.lifetime)
                place(own, affinity_of(self.execute))
                rewriter.insert(own)
                value.resource, value.offset = own.result, self.math.constant(rewriter, 0)
        return slab

    def memory(self, rewriter: PatternRewriter, value: SSAValue) -> tuple[SSAValue, SSAValue]:
        """Resource and offset that hold `value`."""
        root = self.root(value)
        known = self.values.get(root)
        if known is None:
            return root, self.math.constant(rewriter, 0)
        assert known.resource is not None and known.offset is not None
        return known.resource, known.offset

    def emit(
        self,
        rewriter: PatternRewriter,
        waves: Sequence[Sequence[Operation]],
        wait: SSAValue | None,
    ) -> SSAValue | None:
        """The `stream.cmd.execute` with a command per op; None if there is nothing to do."""
        waves = [[op for op in w if not isinstance(op, stream.AsyncAllocaOp)] for w in waves]
        waves = [wave for wave in waves if wave]
        if not waves:
            return None
        execute = stream.CmdExecuteOp.build(
            operands=[[wait] if wait is not None else []],
            result_types=[stream.TimepointType()],
            regions=[stream.region_of([])],
        )
        place(execute, affinity_of(self.execute))
        rewriter.insert(execute)
        for wave in waves:
            block = execute.block
            if len(wave) > 1:
                concurrent = stream.CmdConcurrentOp.build(regions=[stream.region_of([])])
                group = wave[0].parent_op() or self.execute
                with provenance.rewriting(self.ctx, "AllocateWave", group, at=block) as at_end:
                    at_end.insert(concurrent)
                block = concurrent.block
            for op in wave:
                name = type(op).__name__.replace("Async", "Allocate").removesuffix("Op")
                command = self.command(rewriter, op)
                with provenance.rewriting(self.ctx, name, op, at=block) as at_end:
                    at_end.insert(command)
        return execute.timepoint

    def command(self, rewriter: PatternRewriter, op: Operation) -> Operation:
        """The command for an async op."""
        if isinstance(op, stream.AsyncDispatchOp):
            return self.dispatch(rewriter, op)
        if isinstance(op, stream.AsyncCloneOp):
            source, target = self.memory(rewriter, op.source), self.memory(rewriter, op.result)
            return stream.CmdCopyOp.build(operands=[*source, *target, op.size])
        if isinstance(op, stream.AsyncCopyOp):
            source, source_start = self.memory(rewriter, op.source)
            target, start = self.memory(rewriter, op.target)
            source_start = self.math.add(rewriter, source_start, op.source_offset)
            start = self.math.add(rewriter, start, op.target_offset)
            return stream.CmdCopyOp.build(operands=[source, source_start, target, start, op.length])
        assert isinstance(op, stream.AsyncSplatOp)
        target = self.memory(rewriter, op.result)
        return stream.CmdFillOp.build(operands=[op.value, *target, op.size])

    def dispatch(self, rewriter: PatternRewriter, op: stream.AsyncDispatchOp) -> Operation:
        """Bindings are the resources in parameter order, results last."""
        untied = iter(
            (r, s) for r, s, t in zip(op.results, op.result_sizes, op.tied(), strict=True) if t < 0
        )
        resources = iter(zip(op.resources, op.resource_sizes, strict=True))
        bindings, offsets, lengths, accesses = [], [], [], []
        for kind in op.operand_kinds.data:
            if kind == "s":
                continue
            value, size = next(untied if kind == "o" else resources)
            resource, offset = self.memory(rewriter, value)
            bindings.append(resource)
            offsets.append(offset)
            lengths.append(size)
            accesses.append({"r": "r", "t": "m", "o": "w"}[kind])
        kinds = "".join("s" if k == "s" else "b" for k in op.operand_kinds.data)
        return stream.CmdDispatchOp.build(
            operands=[list(op.workload), list(op.scalars), bindings, offsets, lengths],
            properties={
                "entry_point": op.entry_point,
                "accesses": StringAttr("".join(accesses)),
                "operand_kinds": StringAttr(kinds),
            },
        )
