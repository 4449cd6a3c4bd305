# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inside an execution region, ops that do not need each other form waves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.stream import dialect as stream
from iree_explore.stream.host import host_blocks, host_functions
from iree_explore.stream.passes.schedule_execution import replace_outside


@dataclass(frozen=True)
class ScheduleConcurrency(ModulePass):
    """Orders the ops of each region in waves and groups those of one wave.

    Before:

    ```mlir
    func.func @f(%x: !stream.resource<external>, %n: index) {
      %0, %1 = stream.async.execute -> !stream.resource<external>, !stream.resource<external> {
        %2 = stream.async.clone %x : !stream.resource<external> -> !stream.resource<external>{%n}
        %3 = stream.async.clone %x : !stream.resource<external> -> !stream.resource<external>{%n}
        stream.yield %2, %3 : !stream.resource<external>, !stream.resource<external>
      }
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: !stream.resource<external>, %n: index) {
        %0, %1 = stream.async.execute -> !stream.resource<external>, !stream.resource<external> {
          %2, %3 = stream.async.concurrent -> !stream.resource<external>, !stream.resource<external> {
            %4 = stream.async.clone %x : !stream.resource<external> -> !stream.resource<external>{%n}
            %5 = stream.async.clone %x : !stream.resource<external> -> !stream.resource<external>{%n}
            stream.yield %4, %5 : !stream.resource<external>, !stream.resource<external>
          }
          stream.yield %2, %3 : !stream.resource<external>, !stream.resource<external>
        }
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "stream-schedule-concurrency"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in host_functions(op):
            for block in list(host_blocks(function)):
                for inner in list(block.ops):
                    if isinstance(inner, stream.AsyncExecuteOp):
                        schedule(cast(CompilerContext, ctx), inner)


def schedule(ctx: CompilerContext, execute: stream.AsyncExecuteOp) -> None:
    """Moves the ops of a region into waves."""
    terminator = execute.block.last_op
    assert terminator is not None
    ops = [o for o in execute.block.ops if o is not terminator]
    waves = waves_of(ops)
    flat = [op for wave in waves for op in wave]
    if flat == ops and len(waves) == len(ops):
        return
    with provenance.rewriting(ctx, "FormWave", execute, at=InsertPoint.before(terminator)) as r:
        for wave in waves:
            for op in wave:
                op.detach()
            if len(wave) == 1:
                r.insert(wave[0])
                continue
            results = [x for op in wave for x in op.results]
            concurrent = stream.AsyncConcurrentOp.build(
                result_types=[[x.type for x in results]],
                regions=[stream.region_of([*wave, stream.YieldOp(*results)])],
            )
            r.insert(concurrent)
            replace_outside(results, concurrent.results, concurrent)


def waves_of(ops: list[Operation]) -> list[list[Operation]]:
    """Ops by the earliest wave in which everything they need is done.

    An op that updates a resource in place also waits for all earlier readers of it.
    """
    level: dict[Operation, int] = {}
    readers: dict[SSAValue, list[Operation]] = defaultdict(list)
    waves: dict[int, list[Operation]] = defaultdict(list)
    for op in ops:
        needed = [level[o.owner] for o in op.operands if o.owner in level]  # type: ignore[index]
        if isinstance(op, stream.AsyncDispatchOp):
            for tie in op.tied():
                if tie >= 0:
                    needed += [level[o] for o in readers[op.resources[tie]]]
        elif isinstance(op, stream.AsyncCopyOp):
            needed += [level[o] for o in readers[op.target]]
        for operand in op.operands:
            readers[operand].append(op)
        level[op] = max(needed, default=-1) + 1
        waves[level[op]].append(op)
    return [waves[i] for i in sorted(waves)]
