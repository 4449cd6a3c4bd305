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
from xdsl.dialects import tensor
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.dialects.linalg.ops import FillOp, GenericOp
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg import dims
from iree_explore.linalg.canonicalize import CLEANUP
from iree_explore.linalg.constants import Constants, nbytes
from iree_explore.linalg.fusion import can_fuse, fuse, is_data_movement
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    generic,
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
            WriteContractionTransposed(),
            FoldDataMovementIntoGeneric(constants),
            DropUnitLoops(),
            DropUnitOperandDims(constants),
            *CLEANUP(),
        )


@dataclass
class FoldTransposeIntoContraction(provenance.Selective):
    """A contraction reads the source of a transpose or broadcast through the composed map."""

    constants: Constants

    def looks_at(self, op: Operation) -> bool:
        return is_linalg(op) and not isinstance(op, FillOp)

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
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


class WriteContractionTransposed(RewritePattern):
    """A contraction whose result is only transposed writes the transposed tensor: heads of an
    attention beside each other, as the next layer reads them."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        mover = moved(op)
        if mover is None or not isinstance(value := mover.inputs[0], OpResult):
            return
        order = transposition(mover)
        if order is None or not value.has_one_use() or value.op.parent is not op.parent:
            return
        if not is_linalg(value.op) or not is_contraction(view := structured(value.op)):
            return
        init = view.outputs[0].owner
        plain = all(dims_of_map(m) is not None for m in view.maps)
        types = [cast(TensorType, v.type).element_type for v in (value, op.results[0])]
        if not plain or not isinstance(init, FillOp) or types[0] != types[1]:
            return
        empty = tensor.EmptyOp(dims.dynamic_sizes(rewriter, op.results[0]), op.results[0].type)
        fill = FillOp([init.inputs[0]], [empty.tensor], [empty.tensor.type])
        written = view.output_maps[0]
        results = tuple(written.results[d] for d in order)
        maps = [*view.input_maps, AffineMap(written.num_dims, 0, results)]
        body = Block(arg_types=[a.type for a in view.body.args])
        values: dict[SSAValue, SSAValue] = dict(zip(view.body.args, body.args, strict=True))
        for inner in view.body.ops:
            body.add_op(inner.clone(values))
        made = generic(view.inputs, [fill.results[0]], maps, view.parallel, body)
        rewriter.replace(op, [empty, fill, made])
        rewriter.erase(value.op)


def transposition(mover: Structured) -> list[int] | None:
    """Per dimension of the result the one of the source, if those are all."""
    source, result = (dims_of_map(m) for m in mover.maps)
    if source is None or result is None or sorted(source) != sorted(result):
        return None
    order = [source.index(loop) for loop in result]
    return order if order != sorted(order) else None


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
