# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise fusion on tensors; the mechanics are in linalg/fusion.py, what pays is decided here.

A value is never computed twice for the sake of fusion, except values that cost nothing: broadcasts,
fills, casts and other pure data movement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, ShapedType
from xdsl.dialects.linalg.ops import GenericOp
from xdsl.ir import OpResult
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg.canonicalize import CLEANUP
from iree_explore.linalg.fusion import can_fuse, fuse, is_data_movement
from iree_explore.linalg.narrow_positions import NarrowPositions
from iree_explore.linalg.structured import (
    Structured,
    contraction_body,
    dims_of_map,
    is_linalg,
    shape_of,
    structured,
)


class FuseProducerIntoGeneric(RewritePattern):
    """Replaces a generic that reads an elementwise op's result by one that computes it."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        view = structured(op)
        if not op.results:
            return
        for i, value in enumerate(view.inputs):
            if not isinstance(value, OpResult) or not is_linalg(value.op):
                continue
            producer = structured(value.op)
            if (
                producer.op.parent is op.parent
                and can_fuse(producer, view, i)
                and pays(producer, view, i)
            ):
                rewriter.replace(op, fuse(producer, view, i))
                if not any(r.first_use for r in producer.op.results):
                    rewriter.erase(producer.op)
                return


def pays(producer: Structured, consumer: Structured, operand: int) -> bool:
    """Whether computing the producer inside the consumer does no work twice."""
    several = len(consumer.inputs) > 1 and len(consumer.outputs) == 1
    contraction = not consumer.all_parallel and (several or contraction_body(consumer.body))
    map_ = consumer.maps[operand]
    dims = dims_of_map(map_)
    if is_data_movement(producer):
        inputs = [v for v in producer.inputs if isinstance(v.type, ShapedType)]
        if contraction or dims is None:
            return not inputs
        return True
    if contraction or dims is None or _repeats(consumer, set(dims)) > 2:
        return False
    users = {use.operation for use in producer.op.results[0].uses}
    return users == {consumer.op}


def _repeats(consumer: Structured, dims: set[int]) -> int:
    """How often the consumer reads each element of an operand with loops `dims`."""
    count = 1
    for loop in set(range(consumer.num_loops)) - dims:
        for value, map_ in zip(consumer.operands, consumer.maps, strict=True):
            positions = dims_of_map(map_)
            if positions is not None and loop in positions:
                size = shape_of(value)[positions.index(loop)]
                count *= size if size >= 0 else 3
                break
    return count


@dataclass(frozen=True)
class ElementwiseOpFusion(ModulePass):
    """Fuses elementwise producers into the ops that read them.

    Before:

    ```mlir
    func.func @f(%a: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
      %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%x: f32, %o: f32):
        %2 = arith.addf %x, %x : f32
        linalg.yield %2 : f32
      } -> tensor<4xf32>
      func.return %1 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
        %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {
        ^bb0(%1: f32, %2: f32):
          %3 = math.exp %1 : f32
          %4 = arith.addf %3, %3 : f32
          linalg.yield %4 : f32
        } -> tensor<4xf32>
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "dispatch-creation-elementwise-op-fusion"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        provenance.apply_patterns(
            context, op, FuseProducerIntoGeneric(), NarrowPositions(), *CLEANUP()
        )
