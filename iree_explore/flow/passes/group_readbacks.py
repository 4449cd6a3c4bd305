# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Readbacks that do not depend on each other stand together, so that one wait serves them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, OpResult
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow import dialect as flow
from iree_explore.linalg.canonicalize import is_pure
from iree_explore.linalg.equality import functions

ON_DEVICE = (
    flow.DispatchOp, flow.TensorSplatOp, flow.TensorCloneOp, flow.TensorUpdateOp,
    flow.TensorEmptyOp,
)  # fmt: skip


@dataclass(frozen=True)
class GroupReadbacks(ModulePass):
    """Moves dispatches in front of readbacks that they do not need, and reads arguments first.

    Before:

    ```mlir
    func.func @f(%a: tensor<i32>, %b: tensor<i32>) -> (i32, i32) {
      %0 = flow.dispatch @e::@e(%a) : (tensor<i32>) -> (tensor<i32>)
      %1 = flow.tensor.load %0 : tensor<i32> -> i32
      %2 = flow.dispatch @e::@e(%b) : (tensor<i32>) -> (tensor<i32>)
      %3 = flow.tensor.load %2 : tensor<i32> -> i32
      func.return %1, %3 : i32, i32
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<i32>, %b: tensor<i32>) -> (i32, i32) {
        %0 = flow.dispatch @e::@e(%a) : (tensor<i32>) -> (tensor<i32>)
        %1 = flow.dispatch @e::@e(%b) : (tensor<i32>) -> (tensor<i32>)
        %2 = flow.tensor.load %0 : tensor<i32> -> i32
        %3 = flow.tensor.load %1 : tensor<i32> -> i32
        func.return %2, %3 : i32, i32
      }
    }
    ```
    """

    name = "flow-group-readbacks"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for block in functions(op):
            _regroup(cast(CompilerContext, ctx), block)


def _regroup(ctx: CompilerContext, block: Block) -> None:
    """The ops between two of control flow at a time, those inside control flow too."""
    run: list[Operation] = []
    for op in list(block.ops):
        if op.regions or op.next_op is None:
            _reorder(ctx, block, run, op)
            run = []
            for region in op.regions:
                for inner in region.blocks:
                    _regroup(ctx, inner)
        else:
            run.append(op)


def _reorder(ctx: CompilerContext, block: Block, run: list[Operation], end: Operation) -> None:
    loads = [op for op in run if isinstance(op, flow.TensorLoadOp)]
    if not loads or not any(isinstance(op, ON_DEVICE) for op in run):
        return
    order = ordered(run)
    if order == run:
        return
    with provenance.rewriting(ctx, "GroupReadbacks", *loads) as rewriter:
        for op in order:
            op.detach()
            rewriter.insert(op, InsertPoint.before(end))


def ordered(run: Sequence[Operation]) -> list[Operation]:
    """The ops of a block in an order with as few changes between device and host as there can be:
    what the host knows already, what the device can do, what the host reads of that, and so on.

    Ops with effects keep their order among themselves.
    """
    first = _known_to_host(run)
    order = [op for op in run if op in first]
    left = [op for op in run if op not in first]
    while left:
        blocked: set[Operation] = set()
        loads: list[Operation] = []
        later: list[Operation] = []
        waiting = False
        for op in left:
            effect = _has_effect(op)
            if (effect and waiting) or any(_made_by(v, blocked) for v in op.operands):
                waiting |= effect
                later.append(op)
            elif isinstance(op, flow.TensorLoadOp):
                loads.append(op)
            else:
                order.append(op)
                continue
            blocked.add(op)
        order += loads
        left = later
    return order


def _known_to_host(run: Sequence[Operation]) -> set[Operation]:
    """Reads of tensors that no op of the run makes on the device, and what they need."""
    away: set[Operation] = set()
    known: list[Operation] = []
    for op in run:
        made_away = any(_made_by(v, away) for v in op.operands)
        if made_away or isinstance(op, ON_DEVICE) or _has_effect(op):
            away.add(op)
        else:
            known.append(op)
    found: set[Operation] = set()
    for op in reversed(known):
        if isinstance(op, flow.TensorLoadOp) or any(
            use.operation in found for r in op.results for use in r.uses
        ):
            found.add(op)
    return found


def _has_effect(op: Operation) -> bool:
    """Whether others see the op, or it sees what others did."""
    return not is_pure(op) or op.name == "util.global.load"


def _made_by(value: object, ops: set[Operation]) -> bool:
    return isinstance(value, OpResult) and value.op in ops
