# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asynchronous ops are partitioned into regions that are submitted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint
from xdsl.traits import IsTerminator

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import AssertOp, GlobalLoadOp, GlobalStoreOp
from iree_explore.hal.dialect import BufferViewTraceOp
from iree_explore.stream import dialect as stream
from iree_explore.stream.affinity import affinity_of, place
from iree_explore.stream.host import host_blocks, host_functions

SCHEDULED = (
    stream.AsyncDispatchOp,
    stream.AsyncCloneOp,
    stream.AsyncCopyOp,
    stream.AsyncSplatOp,
    stream.AsyncAllocaOp,
)

HOST_CALLS = (AssertOp, BufferViewTraceOp)


@dataclass(frozen=True)
class ScheduleExecution(ModulePass):
    """Groups async ops into `stream.async.execute`; only readbacks and control flow end a group.

    Before:

    ```mlir
    func.func public @f(%x: !stream.resource<external>, %n: index) -> !hal.buffer_view {
      %y = stream.async.clone %x : !stream.resource<external> -> !stream.resource<transient>{%n}
      %z = stream.async.clone %y : !stream.resource<transient> -> !stream.resource<external>{%n}
      %r = stream.tensor.export %z : !stream.resource<external>{%n} -> tensor<4xf32>
      func.return %r : !hal.buffer_view
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func public @f(%x: !stream.resource<external>, %n: index) -> !hal.buffer_view {
        %z = stream.async.execute -> !stream.resource<external> {
          %y = stream.async.clone %x : !stream.resource<external> -> !stream.resource<transient>{%n}
          %z_1 = stream.async.clone %y : !stream.resource<transient> -> !stream.resource<external>{%n}
          stream.yield %z_1 : !stream.resource<external>
        }
        %r = stream.tensor.export %z : !stream.resource<external>{%n} -> tensor<4xf32>
        func.return %r : !hal.buffer_view
      }
    }
    ```
    """  # noqa: E501

    name = "stream-schedule-execution"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in host_functions(op):
            for block in list(host_blocks(function)):
                _Partitioner(cast(CompilerContext, ctx), block).run()


class _Partitioner:
    """Walks a block once; host ops that need results of the open group are moved behind it."""

    def __init__(self, ctx: CompilerContext, block: Block) -> None:
        self.ctx = ctx
        self.block = block
        self.group: list[Operation] = []
        self.deferred: list[Operation] = []
        self.late: set[SSAValue] = set()
        """Results of the open group and of what is deferred behind it."""

    def run(self) -> None:
        for op in list(self.block.ops):
            if isinstance(op, SCHEDULED):
                elsewhere = self.group and affinity_of(op) != affinity_of(self.group[0])
                if elsewhere or any(
                    o in self.late and o.owner in self.deferred for o in op.operands
                ):
                    self.close(op)
                self.group.append(op)
                self.late.update(op.results)
            elif self._ends_group(op):
                self.close(op)
            elif isinstance(op, GlobalStoreOp | stream.TensorExportOp | stream.AsyncTransferOp):
                if self.group and any(o in self.late for o in op.operands):
                    self.deferred.append(op)
                    self.late.update(op.results)
                elif isinstance(op, GlobalStoreOp) and self.deferred:
                    self.deferred.append(op)  # stores stay in order
            elif isinstance(op, HOST_CALLS) and (
                self.deferred or any(o in self.late for o in op.operands)
            ):
                self.deferred.append(op)  # what others see of the program stays in order

    def _ends_group(self, op: Operation) -> bool:
        if isinstance(op, stream.AsyncLoadOp | func.CallOp) or op.regions:
            return True
        if isinstance(op, stream.AsyncTransferOp) and op.moves:
            return True
        if op.has_trait(IsTerminator):
            return True
        if isinstance(op, GlobalLoadOp):
            name = op.global_
            return any(isinstance(d, GlobalStoreOp) and d.global_ == name for d in self.deferred)
        return False

    def close(self, before: Operation) -> None:
        """Forms the region in front of `before`, with the deferred ops behind it."""
        group, deferred = self.group, self.deferred
        self.group, self.deferred, self.late = [], [], set()
        if not group:
            return
        inside = set(group)
        results = [r for op in group for r in op.results]
        used = [r for r in results if any(u.operation not in inside for u in r.uses)]
        with provenance.rewriting(
            self.ctx, "FormExecutionRegion", *group, at=InsertPoint.before(before)
        ) as rewriter:
            for op in group:
                op.detach()
            execute = stream.AsyncExecuteOp.build(
                result_types=[[r.type for r in used]],
                regions=[stream.region_of([*group, stream.YieldOp(*used)])],
            )
            place(execute, affinity_of(group[0]))
            rewriter.insert(execute)
            replace_outside(used, execute.results, execute)
            for op in deferred:
                op.detach()
                rewriter.insert(op)


def replace_outside(
    values: Sequence[SSAValue], replacements: Sequence[SSAValue], region: Operation
) -> None:
    """Uses of `values` outside `region` become uses of `replacements`."""
    for value, replacement in zip(values, replacements, strict=True):
        replacement.name_hint = value.name_hint
        for use in list(value.uses):
            if not region.is_ancestor(use.operation):
                use.operation.operands[use.index] = replacement
