# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transposes, broadcasts and unit dimensions move into the indexing maps of the ops that read them.

A value that is only moved is never stored: its reader's map says where the elements come from.
Constant operands are left alone, they are rearranged at compile time instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.linalg.ops import FillOp, GenericOp
from xdsl.ir import Operation, OpResult
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg.canonicalize import CLEANUP
from iree_explore.linalg.constants import Constants, nbytes
from iree_explore.linalg.fusion import can_fuse, fuse, is_data_movement
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_contraction,
    is_elementwise,
    is_linalg,
    rank_of,
    structured,
)
from iree_explore.linalg.unit_dims import DropUnitLoops, DropUnitOperandDims


@dataclass(frozen=True)
class PropagateLinalgTranspose(ModulePass):
    """Composes pure data movement into the indexing maps of its readers.

    Before:

    ```mlir
    func.func @f(%a: tensor<4x8xf32>, %b: tensor<16x8xf32>, %c: tensor<4x16xf32>) -> tensor<4x16xf32> {
      %e = tensor.empty() : tensor<8x16xf32>
      %0 = linalg.transpose ins(%b:tensor<16x8xf32>) outs(%e:tensor<8x16xf32>) permutation = [1, 0]
      %1 = linalg.matmul ins(%a, %0 : tensor<4x8xf32>, tensor<8x16xf32>) outs(%c : tensor<4x16xf32>) -> tensor<4x16xf32>
      func.return %1 : tensor<4x16xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<4x8xf32>, %b: tensor<16x8xf32>, %c: tensor<4x16xf32>) -> tensor<4x16xf32> {
        %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<4x8xf32>, tensor<16x8xf32>) outs(%c : tensor<4x16xf32>) {
        ^bb0(%1: f32, %2: f32, %3: f32):
          %4 = arith.mulf %1, %2 : f32
          %5 = arith.addf %4, %3 : f32
          linalg.yield %5 : f32
        } -> tensor<4x16xf32>
        func.return %0 : tensor<4x16xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "global-optimization-propagate-linalg-transpose"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        constants = Constants(op)
        provenance.apply_patterns(
            cast(CompilerContext, ctx),
            op,
            FoldTransposeIntoContraction(constants),
            FoldDataMovementIntoGeneric(constants),
            DropUnitLoops(),
            DropUnitOperandDims(constants),
            *CLEANUP(),
        )


@dataclass
class FoldTransposeIntoContraction(RewritePattern):
    """A contraction reads the source of a transpose or broadcast through the composed map."""

    constants: Constants

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not is_linalg(op) or isinstance(op, FillOp):
            return
        view = structured(op)
        if not is_contraction(view) or any(dims_of_map(m) is None for m in view.maps):
            return  # convolutions keep the layout that they were given
        for i, value in enumerate(view.inputs):
            producer = moved(value.owner if isinstance(value, OpResult) else None)
            if producer is None or not can_fuse(producer, view, i):
                continue
            if folds_at_compile_time(producer, self.constants):
                continue
            rewriter.replace(op, fuse(producer, view, i))
            return


def moved(op: Operation | None) -> Structured | None:
    """The view of an op that only moves one tensor's elements, without casts."""
    if op is None or not is_linalg(op) or isinstance(op, FillOp):
        return None
    view = structured(op)
    if len(view.inputs) != 1 or not is_elementwise(view) or len(op.results) != 1:
        return None
    first = view.body.first_op
    if first is None or first.name != "linalg.yield" or first.operands[0] is not view.body.args[0]:
        return None
    return view if rank_of(view.inputs[0]) else None


def folds_at_compile_time(producer: Structured, constants: Constants) -> bool:
    """Whether the moved tensor is constant and does not grow."""
    return constants.is_constant(producer.op.results[0]) and nbytes(producer.op.results) <= nbytes(
        producer.inputs
    )


@dataclass
class FoldDataMovementIntoGeneric(RewritePattern):
    """A generic (no contraction) reads through broadcasts, transposes and casts."""

    constants: Constants

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        view = structured(op)
        if is_contraction(view) or not op.results:
            return
        for i, value in enumerate(view.inputs):
            if not isinstance(value, OpResult) or not is_linalg(value.op):
                continue
            producer = structured(value.op)
            if (
                not is_data_movement(producer)
                or dims_of_map(view.maps[i]) is None
                or not can_fuse(producer, view, i)
                or producer.op.parent is not op.parent
                or folds_at_compile_time(producer, self.constants)
            ):
                continue
            rewriter.replace(op, fuse(producer, view, i))
            return
