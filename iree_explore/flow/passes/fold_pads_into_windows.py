# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions over small windows (poolings, depthwise convolutions) read what a pad would hold.

A padded tensor costs a GPU a dispatch that writes all of it, more than the reduction itself takes.
Products stay as they are: their tiles in workgroup memory are gathered by maps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.ir import Block, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
)
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.gpu.contraction import ContractionLoops
from iree_explore.codegen.structured import structured as codegen_view
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import append, clone
from iree_explore.linalg import padding
from iree_explore.linalg.structured import (
    Structured,
    generic,
    is_linalg,
    static_loop_sizes,
    structured,
)
from iree_explore.provenance import rewriting
from iree_explore.walk import walk

_MOST_STEPS = 128
"""Of a window whose steps each compare indices with the borders."""

_ARITHMETIC = {AffineBinaryOpKind.Add: arith.AddiOp, AffineBinaryOpKind.Mul: arith.MuliOp}


@dataclass(frozen=True)
class FoldPadsIntoWindows(ModulePass):
    """Reads the source of a `tensor.pad`, or the border, in the reduction over windows that alone
    reads the result.

    Before:

    ```mlir
    func.func @f(%x: tensor<4xf32>, %z: f32) -> tensor<4xf32> {
      %0 = tensor.pad %x low[1] high[1] {
      ^bb0(%i: index):
        tensor.yield %z : f32
      } : tensor<4xf32> to tensor<6xf32>
      %w = tensor.empty() : tensor<3xf32>
      %e = tensor.empty() : tensor<4xf32>
      %1 = linalg.fill ins(%z : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0 + d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%0, %w : tensor<6xf32>, tensor<3xf32>) outs(%1 : tensor<4xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %3 = arith.maximumf %a, %c : f32
        linalg.yield %3 : f32
      } -> tensor<4xf32>
      func.return %2 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: tensor<4xf32>, %z: f32) -> tensor<4xf32> {
        %w = tensor.empty() : tensor<3xf32>
        %e = tensor.empty() : tensor<4xf32>
        %0 = linalg.fill ins(%z : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
        %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%w : tensor<3xf32>) outs(%0 : tensor<4xf32>) {
        ^bb0(%2: f32, %3: f32):
          %4 = linalg.index 0 : index
          %5 = linalg.index 1 : index
          %6 = arith.addi %4, %5 : index
          %7 = arith.constant 1 : index
          %8 = arith.subi %6, %7 : index
          %9 = arith.constant 4 : index
          %10 = arith.cmpi ult, %8, %9 : index
          %11 = arith.constant 0 : index
          %12 = arith.maxsi %8, %11 : index
          %13 = arith.constant 3 : index
          %14 = arith.minsi %12, %13 : index
          %15 = tensor.extract %x[%14] : tensor<4xf32>
          %16 = arith.select %10, %15, %z : f32
          %17 = arith.maximumf %16, %3 : f32
          linalg.yield %17 : f32
        } -> tensor<4xf32>
        func.return %1 : tensor<4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "dispatch-creation-fold-pads-into-windows"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for pad in [o for o in walk(op) if isinstance(o, tensor.PadOp)]:
            reader = _reader(pad)
            if reader is not None:
                at = InsertPoint.before(reader.op)
                with rewriting(
                    cast(CompilerContext, ctx), "FoldPadIntoWindow", pad, reader.op, at=at
                ) as rewriter:
                    _fold(rewriter, pad, reader)


def _reader(pad: tensor.PadOp) -> Structured | None:
    """The reduction over small windows that alone reads a pad, once; None if it is not that."""
    uses = list(pad.result.uses)
    if len(uses) != 1 or not padding.is_readable(pad):
        return None
    op = uses[0].operation
    if op.parent is not pad.parent or not is_linalg(op) or len(op.results) != 1:
        return None
    view, twin = structured(op), codegen_view(op)
    if twin is None or view.all_parallel or pad.result not in view.inputs:
        return None
    if ContractionLoops.of(twin) is not None:
        return None
    map_ = view.maps[view.inputs.index(pad.result)]
    sizes = static_loop_sizes(view)
    steps = [n for n, parallel in zip(sizes, view.parallel, strict=True) if not parallel]
    small = min(sizes) > 0 and math.prod(steps) <= _MOST_STEPS
    others = [m for v, m in zip(view.operands, view.maps, strict=True) if v is not pad.result]
    kept = {e.position for m in others for e in m.results if isinstance(e, AffineDimExpr)}
    known = kept == set(range(view.num_loops))
    return view if small and known and all(map(_is_plain, map_.results)) else None


def _is_plain(expr: AffineExpr) -> bool:
    """Whether an index is sums and products of loops and constants."""
    if isinstance(expr, AffineBinaryOpExpr):
        return expr.kind in _ARITHMETIC and _is_plain(expr.lhs) and _is_plain(expr.rhs)
    return isinstance(expr, AffineDimExpr | AffineConstantExpr)


def _index(body: Block, expr: AffineExpr) -> SSAValue:
    if isinstance(expr, AffineDimExpr):
        return padding.add(body, IndexOp(expr.position))
    if isinstance(expr, AffineConstantExpr):
        return padding.number(body, expr.value)
    assert isinstance(expr, AffineBinaryOpExpr)
    operands = _index(body, expr.lhs), _index(body, expr.rhs)
    return padding.add(body, _ARITHMETIC[expr.kind](*operands))


def _fold(rewriter: PatternRewriter, pad: tensor.PadOp, view: Structured) -> None:
    place = view.inputs.index(pad.result)
    inputs = [v for v in view.inputs if v is not pad.result]
    maps = [m for number, m in enumerate(view.maps) if number != place]
    arguments = [a for number, a in enumerate(view.body.args) if number != place]
    body = Block(arg_types=[a.type for a in arguments])
    values: dict[SSAValue, SSAValue] = dict(zip(arguments, body.args, strict=True))
    element = view.body.args[place]
    if element.first_use is not None:
        indices = [_index(body, expr) for expr in view.maps[place].results]
        values[element] = padding.read(body, pad, indices)
    for inner in view.body.ops:
        append(body, clone(inner, values))
    made = generic(inputs, view.outputs, maps, view.parallel, body)
    rewriter.replace(view.op, made)
    rewriter.erase(pad)
