# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Moves computations of constants into initializers, where they run once (or at compile time)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Block, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import (
    GlobalLoadOp,
    GlobalOp,
    GlobalStoreOp,
    InitializerOp,
    ReturnOp,
)
from iree_explore.linalg.constants import Constants, is_cheap, nbytes, reads, unique_names
from iree_explore.linalg.equality import functions

SMALL = 4096
"""Bytes up to which a result may be larger than what it was computed from."""


@dataclass(frozen=True)
class HoistIntoGlobals(ModulePass):
    """Hoists constant expressions that do not grow into globals with initializers.

    Before:

    ```mlir
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<4xf32>
    func.func @f() -> tensor<4xf32> {
      %w = util.global.load @w : tensor<4xf32>
      %e = tensor.empty() : tensor<4xf32>
      %0 = linalg.exp ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<4xf32>
      util.global private @hoisted_0 : tensor<4xf32>
      util.initializer {
        %w = util.global.load @w : tensor<4xf32>
        %e = tensor.empty() : tensor<4xf32>
        %0 = linalg.exp ins(%w : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
        util.global.store %0, @hoisted_0 : tensor<4xf32>
        util.return
      }
      func.func @f() -> tensor<4xf32> {
        %w = util.global.load @w : tensor<4xf32>
        %e = tensor.empty() : tensor<4xf32>
        %0 = util.global.load @hoisted_0 : tensor<4xf32>
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """

    name = "global-optimization-hoist-into-globals"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        constants = Constants(op)
        names = unique_names(op, "hoisted")
        for block in functions(op):
            function = block.parent_op()
            if isinstance(function, InitializerOp):
                continue
            for inner in [block, *_nested(block)]:
                for value in list(hoistable(inner, constants)):
                    hoist(context, next(names), cast(Operation, function), value)


def _nested(block: Block) -> list[Block]:
    """Blocks of the host's loops and branches in a block, at any depth."""
    found = []
    for op in block.ops:
        for region in op.regions if op.name.startswith("scf.") else ():
            for inner in region.blocks:
                found += [inner, *_nested(inner)]
    return found


def hoistable(block: Block, constants: Constants) -> list[OpResult]:
    """Results of constant ops, and tensor constants, that an op reads which stays: one that is not
    constant, or whose results are not worth a global (a scalar, a tensor of unknown size)."""
    found: list[OpResult] = []
    stays: set[Operation] = set()
    ops = list(block.ops)
    # Asked in program order each answer is one step from the last, not a deep recursion.
    constant = [constants.is_constant_op(op) for op in ops]
    for op, known in zip(reversed(ops), reversed(constant), strict=True):
        if not known:
            stays.add(op)
            continue
        for result in op.results:
            if not any(_top(use.operation, block) in stays for use in result.uses):
                continue
            if (
                isinstance(result.type, TensorType)
                and not is_cheap(op)
                and (isinstance(op, arith.ConstantOp) or pays(op, result))
            ):
                found.append(result)
            else:
                stays.add(op)
    return found[::-1]


def _top(op: Operation, block: Block) -> Operation:
    while op.parent is not block:
        parent = op.parent_op()
        assert parent is not None
        op = parent
    return op


def pays(op: Operation, result: OpResult) -> bool:
    """Whether keeping the result costs no more than keeping what it is computed from."""
    leaves = [
        v
        for o in closure(op)
        if isinstance(o, GlobalLoadOp) or (isinstance(o, arith.ConstantOp) and not is_cheap(o))
        for v in o.results
    ]
    return nbytes([result]) <= max(SMALL, nbytes(leaves))


def closure(op: Operation) -> list[Operation]:
    """The op and all it is computed from, in program order."""
    order: dict[Operation, None] = {}
    todo = [(op, iter(reads(op)))]
    while todo:
        top, values = todo[-1]
        waiting = next((v.owner for v in values if v.owner not in order), None)
        if waiting is None:
            order[top] = None
            todo.pop()
        elif isinstance(waiting, Operation):
            todo.append((waiting, iter(reads(waiting))))
    return list(order)


def hoist(ctx: CompilerContext, name: str, function: Operation, value: OpResult) -> None:
    """Makes `value` the global `name`, computed by an initializer placed before `function`."""
    op = value.op
    with provenance.rewriting(ctx, "HoistIntoGlobal", op) as rewriter:
        place = InsertPoint.before(function)
        if isinstance(op, arith.ConstantOp):
            rewriter.insert(GlobalOp(name, value.type, op.value), place)
        else:
            body = Block()
            values: dict[SSAValue, SSAValue] = {}
            for inner in closure(op):
                copy = inner.clone(values)
                body.add_op(copy)
                values.update(zip(inner.results, copy.results, strict=True))
            body.add_ops([GlobalStoreOp(values[value], name), ReturnOp()])
            rewriter.insert(GlobalOp(name, value.type), place)
            rewriter.insert(InitializerOp(Region(body)), place)
        load = GlobalLoadOp(name, value.type)
        load.result.name_hint = value.name_hint
        rewriter.insert(load, InsertPoint.before(op))
        rewriter.replace_all_uses_with(value, load.result)
        if not any(r.first_use for r in op.results):
            rewriter.erase(op)
