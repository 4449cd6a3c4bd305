# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Moves `tensor.expand_shape` below elementwise ops, to let them join the op above the reshape.

A dense layer on three dimensions is reshape, matmul, reshape, bias, activation: sunk below the
activation, the second reshape no longer keeps the epilogue from the matmul.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import tensor
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, ShapedType, TensorType, i64
from xdsl.dialects.linalg.ops import GenericOp, IndexOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import append, clone
from iree_explore.flow.passes.elementwise_op_fusion import FuseProducerIntoGeneric
from iree_explore.linalg import dims
from iree_explore.linalg.canonicalize import CLEANUP, FoldReshape
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    generic,
    is_elementwise,
    is_linalg,
    project,
    shape_of,
    structured,
)
from iree_explore.linalg.unit_dims import DropUnitLoops, DropUnitOperandDims
from iree_explore.walk import walk

Groups = list[list[int]]


@dataclass(frozen=True)
class SinkReshapes(ModulePass):
    """Computes elementwise ops in the shape that their producer has.

    Before:

    ```mlir
    func.func @f(%a: tensor<6x4xf32>, %w: tensor<4x5xf32>, %o: tensor<6x5xf32>) -> tensor<2x3x5xf32> {
      %0 = linalg.matmul ins(%a, %w : tensor<6x4xf32>, tensor<4x5xf32>) outs(%o : tensor<6x5xf32>) -> tensor<6x5xf32>
      %1 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 3, 5] : tensor<6x5xf32> into tensor<2x3x5xf32>
      %e = tensor.empty() : tensor<2x3x5xf32>
      %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1 : tensor<2x3x5xf32>) outs(%e : tensor<2x3x5xf32>) {
      ^bb0(%x: f32, %y: f32):
        %3 = math.tanh %x : f32
        linalg.yield %3 : f32
      } -> tensor<2x3x5xf32>
      func.return %2 : tensor<2x3x5xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<6x4xf32>, %w: tensor<4x5xf32>, %o: tensor<6x5xf32>) -> tensor<2x3x5xf32> {
        %0 = linalg.matmul ins(%a, %w : tensor<6x4xf32>, tensor<4x5xf32>) outs(%o : tensor<6x5xf32>) -> tensor<6x5xf32>
        %1 = tensor.empty() : tensor<6x5xf32>
        %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<6x5xf32>) outs(%1 : tensor<6x5xf32>) {
        ^bb0(%3: f32, %4: f32):
          %5 = math.tanh %3 : f32
          linalg.yield %5 : f32
        } -> tensor<6x5xf32>
        %6 = tensor.expand_shape %2 [[0 : i64, 1 : i64], [2 : i64]] output_shape [2, 3, 5] : tensor<6x5xf32> into tensor<2x3x5xf32>
        func.return %6 : tensor<2x3x5xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "dispatch-creation-sink-reshapes"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        if any(isinstance(o, tensor.ExpandShapeOp) for o in walk(op)):
            provenance.apply_patterns(
                context,
                op,
                FuseProducerIntoGeneric(),
                SinkExpandShape(),
                SinkSlice(),
                DropUnitOperandDims(),
                DropUnitLoops(),
                FoldReshape(),
                *CLEANUP(),
            )


class SinkExpandShape(RewritePattern):
    """An elementwise op of an expanded tensor is computed before the expansion."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        view = structured(op)
        if not is_elementwise(view) or len(op.results) != 1:
            return
        if view.output_maps[0] != AffineMap.identity(view.num_loops) or any(
            isinstance(o, IndexOp) for o in view.body.ops
        ):
            return
        for i, value in enumerate(view.inputs):
            expand = value.owner
            if (
                isinstance(expand, tensor.ExpandShapeOp)
                and view.maps[i] == view.output_maps[0]
                and is_device_producer(expand.src)
                and {use.operation for use in value.uses} == {op}
            ):
                groups = groups_of(expand)
                if all(compatible(m, groups) for m in view.input_maps):
                    sink(rewriter, view, expand, groups)
                    return


class SinkSlice(RewritePattern):
    """A slice that is expanded becomes a slice of the expanded tensor: heads of queries, keys and
    values that one product made, for what reads them to take the slice itself."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: tensor.ExpandShapeOp, rewriter: PatternRewriter) -> None:
        cut = op.src.owner
        if not isinstance(cut, tensor.ExtractSliceOp) or not is_device_producer(cut.source):
            return
        shape, whole = shape_of(op.result), shape_of(cut.source)
        if len(whole) != len(shape_of(cut.result)):
            return
        given = (cut.static_offsets, cut.offsets), (cut.static_sizes, cut.sizes)
        offsets, sizes = (dims.mixed(static, dynamic) for static, dynamic in given)
        starts: list[dims.Size] = []
        lengths: list[dims.Size] = []
        full: list[int] = []
        for dim, group in enumerate(groups_of(op)):
            if len(group) == 1:
                starts.append(offsets[dim])
                lengths.append(sizes[dim])
                full.append(whole[dim])
                continue
            inner, start = _product([shape[d] for d in group[1:]]), offsets[dim]
            if inner <= 0 or whole[dim] < 0 or shape[group[0]] < 0 or not isinstance(start, int):
                return
            if whole[dim] % inner or start % inner or cut.static_strides.get_values()[dim] != 1:
                return
            starts += [start // inner, *(0 for _ in group[1:])]
            lengths += [shape[d] for d in group]
            full += [whole[dim] // inner, *(shape[d] for d in group[1:])]
        steps = [1] * len(full)
        for dim, group in enumerate(groups_of(op)):
            steps[group[0]] = cut.static_strides.get_values()[dim]
        element = cast(TensorType, op.result.type).element_type
        expanded = tensor.ExpandShapeOp(
            cut.source,
            dims.dynamic_sizes(rewriter, cut.source),
            op.reassociation,
            [n if n >= 0 else dims.DYNAMIC for n in full],
            TensorType(element, full),
        )
        rewriter.insert(expanded)
        type_ = cast(TensorType, op.result.type)
        again = tensor.ExtractSliceOp(expanded.result, starts, lengths, steps, type_)
        rewriter.replace(op, again)
        if not cut.result.first_use:
            rewriter.erase(cut)


def is_device_producer(value: SSAValue) -> bool:
    """Whether a linalg op makes the value, so that an epilogue may join it."""
    return isinstance(value.owner, Operation) and is_linalg(value.owner)


def groups_of(op: tensor.ExpandShapeOp | tensor.CollapseShapeOp) -> Groups:
    """The reassociation as lists."""
    return [[i.value.data for i in group.data] for group in op.reassociation.data]


def compatible(map_: AffineMap, groups: Groups) -> bool:
    """Whether an operand has all loops of a group next to each other, or none of them."""
    found = dims_of_map(map_)
    if found is None:
        return False
    position = 0
    while position < len(found):
        group = next(g for g in groups if found[position] in g)
        if list(found[position : position + len(group)]) != group:
            return False
        position += len(group)
    return True


def sink(
    rewriter: PatternRewriter, view: Structured, expand: tensor.ExpandShapeOp, groups: Groups
) -> None:
    """Replaces `elementwise(expand(x), y)` by `expand(elementwise(x, collapse(y)))`."""
    inputs, maps = [], []
    for value, map_ in zip(view.inputs, view.input_maps, strict=True):
        collapsed, over = _collapsed(rewriter, value, map_, groups)
        inputs.append(collapsed)
        maps.append(over)
    result = view.op.results[0]
    element = cast(TensorType, result.type).element_type
    type_ = TensorType(element, list(shape_of(expand.src)))
    empty = tensor.EmptyOp(dims.dynamic_sizes(rewriter, expand.src), type_)
    rewriter.insert(empty)
    body = Block(arg_types=[a.type for a in view.body.args])
    values: dict[SSAValue, SSAValue] = dict(zip(view.body.args, body.args, strict=True))
    for inner in view.body.ops:
        append(body, clone(inner, values))
    made = generic(
        inputs,
        [empty.tensor],
        [*maps, AffineMap.identity(len(groups))],
        [True] * len(groups),
        body,
    )
    rewriter.insert(made)
    again = tensor.ExpandShapeOp(
        made.results[0],
        list(expand.dynamic_output_shape),
        expand.reassociation,
        expand.static_output_shape,
        cast(TensorType, result.type),
    )
    rewriter.replace(view.op, again)
    if not expand.result.first_use:
        rewriter.erase(expand)


def _collapsed(
    rewriter: PatternRewriter, value: SSAValue, map_: AffineMap, groups: Groups
) -> tuple[SSAValue, AffineMap]:
    """The operand with whole groups collapsed, and its map over the groups."""
    found = dims_of_map(map_)
    assert found is not None
    used: list[int] = []
    own: Groups = []
    position = 0
    while position < len(found):
        index = next(g for g, group in enumerate(groups) if found[position] in group)
        used.append(index)
        own.append(list(range(position, position + len(groups[index]))))
        position += len(groups[index])
    over = project(len(groups), used)
    if not isinstance(value.type, ShapedType) or all(len(g) == 1 for g in own):
        return value, over
    source = value.owner
    if isinstance(source, tensor.ExpandShapeOp) and groups_of(source) == own:
        return source.src, over
    return collapse(rewriter, value, own), over


def collapse(rewriter: PatternRewriter, value: SSAValue, groups: Groups) -> SSAValue:
    """`tensor.collapse_shape`"""
    shape = shape_of(value)
    merged = [_product([shape[d] for d in group]) for group in groups]
    op = tensor.CollapseShapeOp.build(
        operands=[value],
        properties={
            "reassociation": ArrayAttr(
                [ArrayAttr([IntegerAttr(d, i64) for d in group]) for group in groups]
            )
        },
        result_types=[TensorType(cast(TensorType, value.type).element_type, merged)],
    )
    rewriter.insert(op)
    return op.result


def _product(sizes: Sequence[int]) -> int:
    total = 1
    for size in sizes:
        if size < 0:
            return size
        total *= size
    return total
