# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Computes at once what StableHLO computes of weights alone.

Half of the ops of a convolutional network are batch normalisations' arithmetic on weights. Folded
here, it is lowered by nobody. What is left (products of kernels that later passes make, transposes,
concatenations) is hoisted by `global-optimization`, when layouts are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import AnyFloat, DenseIntOrFPElementsAttr, ModuleOp, TensorType
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import elements, entropy
from iree_explore.context import CompilerContext, Parameters
from iree_explore.flow.util_dialect import GlobalLoadOp, GlobalOp, ParameterNamedAttr
from iree_explore.linalg.constants import unique_names
from iree_explore.linalg.passes.hoist_into_globals import SMALL
from iree_explore.linalg.passes.jit_globals import initial_value
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.reference import Reference, Values
from iree_explore.stablehlo.table import TABLE

_MOVES = frozenset({"stablehlo.reshape", "stablehlo.broadcast_in_dim"})


@dataclass(frozen=True)
class FoldConstants(ModulePass):
    """Evaluates elementwise float ops on weights, unless results are larger than their operands;
    what others read of it becomes a splat or a weight of scope "hoisted".

    Before:

    ```mlir
    util.global private @v = dense<4.0> : tensor<4xf32>
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %v = util.global.load @v : tensor<4xf32>
      %0 = stablehlo.rsqrt %v : tensor<4xf32>
      %1 = stablehlo.multiply %x, %0 : tensor<4xf32>
      func.return %1 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @v = dense<4.000000e+00> : tensor<4xf32>
      util.global private @hoisted_0 = dense<5.000000e-01> : tensor<4xf32>
      func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
        %0 = util.global.load @hoisted_0 : tensor<4xf32>
        %1 = stablehlo.multiply %x, %0 : tensor<4xf32>
        func.return %1 : tensor<4xf32>
      }
    }
    ```
    """

    name = "input-fold-constants"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        weights = _weights(op, context.parameters)
        if not weights:
            return
        names = unique_names(op, "hoisted")
        reference = Reference(op, context.parameters)
        for function in list(op.body.block.ops):
            if not isinstance(function, func.FuncOp) or function.is_declaration:
                continue
            found = _Found(function.body.block, set(weights))
            roots = {result: found.closure(result.op) for result in found.roots()}
            values: Values = {}
            for tree in roots.values():
                _evaluate(tree, values, weights, reference)
            for result, tree in roots.items():
                name, type_ = next(names), cast(TensorType, result.type)
                initial = initial_value(context, name, type_, np.asarray(values[result]))
                _replace(context, function, result, tree, GlobalOp(name, type_, initial))
            found.erase_unused(context)


def _weights(module: ModuleOp, parameters: Parameters) -> dict[str, GlobalOp]:
    """Globals whose values are known and never change."""
    found: dict[str, GlobalOp] = {}
    for op in module.body.block.ops:
        if isinstance(op, GlobalOp) and op.is_mutable is None:
            initial = op.initial_value
            known = isinstance(initial, DenseIntOrFPElementsAttr)
            if isinstance(initial, ParameterNamedAttr) and initial.scope.data != entropy.SCOPE:
                known = (initial.scope.data, initial.key.data) in parameters
            if known:
                found[op.sym_name.data] = op
    return found


class _Found:
    """Which ops of a block are computed from weights, splats and other constants alone."""

    def __init__(self, block: Block, weights: set[str]) -> None:
        self.ops: dict[Operation, tuple[bool, bool]] = {}
        """With whether a weight is among what they are computed from, and arithmetic on the way."""
        for op in block.ops:
            if op.name == "stablehlo.constant":
                self.ops[op] = False, False
            elif isinstance(op, GlobalLoadOp):
                if op.global_.root_reference.data in weights:
                    self.ops[op] = True, False
            elif op.operands and _foldable(op):
                owners = [self.ops.get(cast(Operation, v.owner)) for v in op.operands]
                known = [o for o in owners if o is not None]
                if len(known) == len(owners):
                    computes = op.name not in _MOVES
                    self.ops[op] = any(w for w, _ in known), computes or any(c for _, c in known)

    def roots(self) -> list[OpResult]:
        """Results worth a weight of their own that an op reads which stays."""
        return [
            op.results[0]
            for op, known in self.ops.items()
            if known == (True, True)
            and any(use.operation not in self.ops for use in op.results[0].uses)
        ]

    def closure(self, op: Operation) -> list[Operation]:
        """The op, after all that it is computed from."""
        order: dict[Operation, None] = {}
        todo = [op]
        while todo:
            top = todo[-1]
            waiting = [cast(Operation, v.owner) for v in top.operands if v.owner not in order]
            if not waiting:
                order[top] = None
                todo.pop()
            todo += waiting
        return list(order)

    def erase_unused(self, ctx: CompilerContext) -> None:
        """Erases computations that nothing reads any more."""
        for op, (weight, _) in reversed(self.ops.items()):
            if weight and op.parent is not None and not any(r.first_use for r in op.results):
                with rewriting(ctx, "EraseUnused", op) as rewriter:
                    rewriter.erase(op)


def _foldable(op: Operation) -> bool:
    row = TABLE.get(op.name)
    if row is None or (row.scalar is None and op.name not in _MOVES) or len(op.results) != 1:
        return False
    sizes = [_nbytes(v) for v in (*op.operands, *op.results)]
    return None not in sizes and sizes[-1] <= max(SMALL, *sizes[:-1])  # pyright: ignore


def _nbytes(value: SSAValue) -> int | None:
    """Bytes of a tensor of floats and known sizes."""
    type_ = value.type
    if not isinstance(type_, TensorType) or not isinstance(type_.element_type, AnyFloat):
        return None
    if not type_.has_static_shape():
        return None
    return type_.element_count() * elements.dtype_of(type_.element_type).itemsize


def _evaluate(
    tree: list[Operation], values: Values, weights: dict[str, GlobalOp], reference: Reference
) -> None:
    """Adds the results of `tree`, which is in order, to `values`."""
    with np.errstate(all="ignore"):
        for op in tree:
            if op.results[0] in values:
                continue
            if isinstance(op, GlobalLoadOp):
                initial = weights[op.global_.root_reference.data].initial_value
                if isinstance(initial, DenseIntOrFPElementsAttr):
                    array = elements.to_numpy(initial)
                else:
                    initial = cast(ParameterNamedAttr, initial)
                    array = reference.parameters.get(initial.scope.data, initial.key.data)
                dtype = elements.dtype_of(cast(TensorType, op.results[0].type).element_type)
                array = np.asarray(array)
                values[op.results[0]] = array if array.dtype == dtype else array.view(dtype)
            else:
                reference.evaluate_op(op, values)


def _replace(
    ctx: CompilerContext,
    function: Operation,
    result: OpResult,
    tree: list[Operation],
    made: GlobalOp,
) -> None:
    """Reads `made` where `result` was read; the last op of `tree` computed it."""
    with rewriting(ctx, "FoldConstants", *reversed(tree)) as rewriter:
        rewriter.insert(made, InsertPoint.before(function))
        load = GlobalLoadOp(made.sym_name.data, result.type)
        load.result.name_hint = result.name_hint
        rewriter.insert(load, InsertPoint.before(result.op))
        rewriter.replace_all_uses_with(result, load.result)
