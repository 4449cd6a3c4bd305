# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts the groups of flow/grouping.py into `flow.dispatch.region`s, fills and empties cloned in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import append, clone
from iree_explore.flow.dialect import DispatchRegionOp, ReturnOp
from iree_explore.flow.grouping import Group, form_groups, is_cloned, is_copied, outermost
from iree_explore.flow.updates import convert_row_updates
from iree_explore.linalg import dims
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.walk import walk


@dataclass(frozen=True)
class FormDispatchRegions(ModulePass):
    """Puts every tensor computation into a `flow.dispatch.region`.

    Before:

    ```mlir
    func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
        %e = tensor.empty() : tensor<4xf32>
        %0 = flow.dispatch.region -> (tensor<4xf32>) {
          %e_1 = tensor.empty() : tensor<4xf32>
          %1 = linalg.exp ins(%a : tensor<4xf32>) outs(%e_1 : tensor<4xf32>) -> tensor<4xf32>
          flow.return %1 : tensor<4xf32>
        }
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """

    name = "dispatch-creation-form-dispatch-regions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        convert_row_updates(context, op)
        for block in list(host_blocks(op)):
            for group in form_groups(block):
                wrap(context, group)


def host_blocks(module: ModuleOp) -> Sequence[Block]:
    """Blocks of host functions and of their control flow, not of linalg bodies or executables."""
    found: list[Block] = []
    for op in module.body.block.ops:
        if op.name in ("func.func", "util.initializer"):
            _host_blocks(op, found)
    return found


def _host_blocks(op: Operation, found: list[Block]) -> None:
    for region in op.regions:
        for block in region.blocks:
            found.append(block)
            for inner in block.ops:
                if inner.regions and (inner.name.startswith("scf.")):
                    _host_blocks(inner, found)


def wrap(ctx: CompilerContext, group: Group) -> None:
    """Moves the group into a region at the place of its last op; results are those read outside."""
    inside = set(group.ops)
    results = [
        r
        for op in group.ops
        for r in op.results
        if any(outermost(use.operation, op) not in inside for use in r.uses)
    ]
    if not results:
        return
    if isinstance(group.tail, LinalgExtOp):  # scratch tensors need memory though nobody reads them
        results = list(group.tail.results)
    with provenance.rewriting(ctx, "FormDispatchRegion", *group.ops) as rewriter:
        rewriter.insertion_point = type(rewriter.insertion_point).before(group.tail)
        sizes = [d for r in results for d in dims.dynamic_sizes(rewriter, r)]
        body = Block()
        region = DispatchRegionOp.build(
            operands=[sizes],
            result_types=[[r.type for r in results]],
            regions=[Region(body)],
        )
        values: dict[SSAValue, SSAValue] = {}
        for op in group.ops:
            for value in captured(op):
                if is_copied(op, value):
                    clone_into(body, value, values)
            append(body, clone(op, values))
        body.add_op(ReturnOp(*[values[r] for r in results]))
        rewriter.insert(region)
        for old, new in zip(results, region.results, strict=True):
            new.name_hint = old.name_hint
            rewriter.replace_all_uses_with(old, new)
        for op in reversed(group.ops):
            rewriter.erase(op)


def captured(op: Operation) -> list[SSAValue]:
    """Values from above that the op or its regions read, in order."""
    ops = walk(op)
    inside = set(ops)
    found = dict.fromkeys(value for inner in ops for value in inner.operands)
    return [v for v in found if _definer(v) not in inside]


def _definer(value: SSAValue) -> Operation | None:
    """The op whose result or block argument a value is."""
    return value.op if isinstance(value, OpResult) else value.owner.parent_op()


def clone_into(body: Block, value: SSAValue, values: dict[SSAValue, SSAValue]) -> None:
    """Copies constants, fills and empties that `value` comes from to the end of `body`."""
    op = value.owner
    if value in values or not isinstance(op, Operation) or not is_cloned(op):
        return
    for operand in op.operands:
        clone_into(body, operand, values)
    append(body, clone(op, values))
