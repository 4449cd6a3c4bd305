# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A dispatch that pads a tensor as one nest over the result, which reads the source or the border.

Filling a tile and copying a part of the source over it is what a workgroup of many elements wants.
Invocations have an element or four each: they read the nearest element of the source and choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import tensor
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.dialects.linalg.ops import IndexOp, YieldOp
from xdsl.ir import Block
from xdsl.ir.affine import AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore.context import CompilerContext
from iree_explore.linalg import padding
from iree_explore.linalg.structured import generic
from iree_explore.provenance import rewriting
from iree_explore.walk import walk


@dataclass(frozen=True)
class GatherPadded(ModulePass):
    """Writes a `tensor.pad` that is alone in its dispatch as a gather.

    Before:

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<6xf32> {
      %z = arith.constant 0.0 : f32
      %0 = tensor.pad %x low[1] high[1] {
      ^bb0(%i: index):
        tensor.yield %z : f32
      } : tensor<4xf32> to tensor<6xf32>
      func.return %0 : tensor<6xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: tensor<4xf32>) -> tensor<6xf32> {
        %z = arith.constant 0.000000e+00 : f32
        %0 = tensor.empty() : tensor<6xf32>
        %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%0 : tensor<6xf32>) {
        ^bb0(%2: f32):
          %3 = linalg.index 0 : index
          %4 = arith.constant 1 : index
          %5 = arith.subi %3, %4 : index
          %6 = arith.constant 4 : index
          %7 = arith.cmpi ult, %5, %6 : index
          %8 = arith.constant 0 : index
          %9 = arith.maxsi %5, %8 : index
          %10 = arith.constant 3 : index
          %11 = arith.minsi %9, %10 : index
          %12 = tensor.extract %x[%11] : tensor<4xf32>
          %13 = arith.select %7, %12, %z : f32
          linalg.yield %13 : f32
        } -> tensor<6xf32>
        func.return %1 : tensor<6xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "executable-configurations-gather-padded"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for pad in [o for o in walk(op) if isinstance(o, tensor.PadOp)]:
            if padding.is_readable(pad) and _is_alone(pad):
                with rewriting(cast(CompilerContext, ctx), "GatherPadded", pad) as rewriter:
                    _gather(rewriter, pad)


def _is_alone(pad: tensor.PadOp) -> bool:
    """Whether nothing else in its dispatch computes."""
    return pad.parent is not None and not any(o.regions for o in pad.parent.ops if o is not pad)


def _gather(rewriter: PatternRewriter, pad: tensor.PadOp) -> None:
    result = cast(TensorType, pad.result.type)
    rank = len(result.get_shape())
    empty = tensor.EmptyOp([], result)
    rewriter.insert(empty)
    body = Block(arg_types=[result.element_type])
    value = padding.read(body, pad, [padding.add(body, IndexOp(d)) for d in range(rank)])
    body.add_op(YieldOp(value))
    made = generic([], [empty.tensor], [AffineMap.identity(rank)], [True] * rank, body)
    rewriter.replace(pad, made)
