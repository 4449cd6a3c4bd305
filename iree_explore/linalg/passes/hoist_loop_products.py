# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of one slice in each turn of a loop become one product of all slices before the loop.

A recurrent layer multiplies its input of time t with the same weights in every turn: as one product
of all times it is a matrix instead of a vector, whose weights are read once. Only where the loop
counts to as many turns as there are slices: nothing is computed that no turn would need.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, FloatAttr, IntegerAttr, ModuleOp, TensorType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg import dims, unit_dims
from iree_explore.linalg.canonicalize import CLEANUP, constant_of
from iree_explore.linalg.constants import is_zero_fill
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    generic,
    is_contraction,
    is_elementwise,
    is_linalg,
    shape_of,
    structured,
)
from iree_explore.walk import walk

_LEAST_TURNS = 4
"""Turns from which one product is worth the memory for all results."""

_MOST = 1 << 24
"""Elements that all results have at most."""

_ROWS = 4
"""Rows of one turn's product up to which reading the weights is what takes the time: more share
them well in the loop, where the result stays in cache."""


@dataclass(frozen=True)
class HoistLoopProducts(ModulePass):
    """Moves products of slices that a loop takes in turn to before the loop.

    Before:

    ```mlir
    func.func @f(%x: tensor<32x1x8xf32>, %w: tensor<8x4xf32>, %h: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %zero = arith.constant 0.0 : f32
      %first = arith.constant 0 : index
      %one = arith.constant 1 : index
      %last = arith.constant 32 : index
      %i, %s = scf.while (%j = %first, %t = %h) : (index, tensor<1x4xf32>) -> (index, tensor<1x4xf32>) {
        %more = arith.cmpi slt, %j, %last : index
        scf.condition(%more) %j, %t : index, tensor<1x4xf32>
      } do {
      ^bb0(%j: index, %t: tensor<1x4xf32>):
        %0 = tensor.extract_slice %x[%j, 0, 0] [1, 1, 8] [1, 1, 1] : tensor<32x1x8xf32> to tensor<1x8xf32>
        %e = tensor.empty() : tensor<1x4xf32>
        %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
        %1 = linalg.matmul ins(%0, %w : tensor<1x8xf32>, tensor<8x4xf32>) outs(%z : tensor<1x4xf32>) -> tensor<1x4xf32>
        %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %t : tensor<1x4xf32>, tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) {
        ^bb0(%a: f32, %b: f32, %c: f32):
          %3 = arith.addf %a, %b : f32
          linalg.yield %3 : f32
        } -> tensor<1x4xf32>
        %k = arith.addi %j, %one : index
        scf.yield %k, %2 : index, tensor<1x4xf32>
      }
      func.return %s : tensor<1x4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: tensor<32x1x8xf32>, %w: tensor<8x4xf32>, %h: tensor<1x4xf32>) -> tensor<1x4xf32> {
        %first = arith.constant 0 : index
        %one = arith.constant 1 : index
        %last = arith.constant 32 : index
        %0 = tensor.empty() : tensor<32x1x4xf32>
        %1 = arith.constant 0.000000e+00 : f32
        %2 = linalg.fill ins(%1 : f32) outs(%0 : tensor<32x1x4xf32>) -> tensor<32x1x4xf32>
        %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<32x1x8xf32>, tensor<8x4xf32>) outs(%2 : tensor<32x1x4xf32>) {
        ^bb0(%4: f32, %5: f32, %6: f32):
          %7 = arith.mulf %4, %5 : f32
          %8 = arith.addf %7, %6 : f32
          linalg.yield %8 : f32
        } -> tensor<32x1x4xf32>
        %i, %s = scf.while (%j = %first, %t = %h) : (index, tensor<1x4xf32>) -> (index, tensor<1x4xf32>) {
          %more = arith.cmpi slt, %j, %last : index
          scf.condition(%more) %j, %t : index, tensor<1x4xf32>
        } do {
        ^bb0(%j_1: index, %t_1: tensor<1x4xf32>):
          %e = tensor.empty() : tensor<1x4xf32>
          %9 = tensor.extract_slice %3[%j_1, 0, 0] [1, 1, 4] [1, 1, 1] : tensor<32x1x4xf32> to tensor<1x1x4xf32>
          %10 = tensor.collapse_shape %9 [[0 : i64, 1 : i64], [2 : i64]] : tensor<1x1x4xf32> into tensor<1x4xf32>
          %11 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%10, %t_1 : tensor<1x4xf32>, tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) {
          ^bb0(%a: f32, %b: f32, %c: f32):
            %12 = arith.addf %a, %b : f32
            linalg.yield %12 : f32
          } -> tensor<1x4xf32>
          %k = arith.addi %j_1, %one : index
          scf.yield %k, %11 : index, tensor<1x4xf32>
        }
        func.return %s : tensor<1x4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "global-optimization-hoist-loop-products"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        found = False
        for loop in [o for o in walk(op) if isinstance(o, scf.WhileOp)]:
            for inner in list(loop.after_region.block.ops):
                if is_linalg(inner):
                    found |= _hoist(context, loop, inner)
        if found:
            provenance.apply_patterns(context, op, *CLEANUP())


@dataclass(frozen=True)
class Slices:
    """All elements of `source` at one index of dimension `dim`; `index` is a value of the loop, or
    one of the body of `gather`."""

    source: SSAValue
    dim: int
    index: SSAValue
    gather: Operation | None = None


def _hoist(ctx: CompilerContext, loop: scf.WhileOp, op: Operation) -> bool:
    """Hoists one product, if it is one of slices with something from outside."""
    view = structured(op)
    if not is_contraction(view) or not is_zero_fill(view.outputs[0]):
        return False
    if any(dims_of_map(m) is None for m in view.maps):
        return False
    for index in (0, 1):
        slices = _slices(view.inputs[index], loop)
        other = _before(view.inputs[1 - index], loop)
        rows = _rows(view, 1 - index)
        if slices is None or other is None or rows > _ROWS or not _pays(view, slices, loop):
            continue
        _rewrite(ctx, view, index, other, slices, loop)
        return True
    return False


def _rows(view: Structured, weights: int) -> int:
    """Known elements of the result that use the same weights."""
    used = view.maps[weights].used_dims()
    written = view.output_maps[0].results
    sizes = zip(shape_of(view.op.results[0]), written, strict=True)
    return math.prod(n for n, e in sizes if n > 0 and cast(AffineDimExpr, e).position not in used)


def _inside(value: SSAValue, loop: scf.WhileOp) -> bool:
    at = value.owner if isinstance(value.owner, Operation) else value.owner.parent_op()
    while at is not None and at is not loop:
        at = at.parent_op()
    return at is loop and value not in loop.results


def _before(value: SSAValue, loop: scf.WhileOp) -> SSAValue | None:
    """What the value is before the loop, if it is the same in all turns."""
    if not _inside(value, loop):
        return value
    if value not in loop.after_region.block.args:
        return None
    end = cast(Operation, loop.before_region.block.last_op)
    carried = tuple(end.operands)[1:][
        loop.after_region.block.args.index(cast(BlockArgument, value))
    ]
    if carried not in loop.before_region.block.args:
        return None
    place = cast(BlockArgument, carried).index
    again = cast(Operation, loop.after_region.block.last_op).operands[place]
    return loop.operands[place] if again is value else None


def _slices(value: SSAValue, loop: scf.WhileOp) -> Slices | None:
    """Where a tensor in the loop is a slice of one from before it, without other changes."""
    source = value
    while isinstance(source.owner, tensor.CollapseShapeOp | tensor.ExpandShapeOp):
        source = source.owner.src
    op = source.owner
    found = None
    if isinstance(op, tensor.ExtractSliceOp):
        found = _of_slice(op)
    elif isinstance(op, linalg.GenericOp) and source is value:
        found = _of_gather(op)
    source = _before(found.source, loop) if found is not None else None
    if found is None or source is None or not _inside(found.index, loop):
        return None
    found = replace(found, source=source)
    shape = shape_of(found.source)
    rest = shape[: found.dim] + shape[found.dim + 1 :]
    return found if rest == shape_of(value) else None


def _of_slice(op: tensor.ExtractSliceOp) -> Slices | None:
    offsets = dims.mixed(op.static_offsets, op.offsets)
    sizes = op.static_sizes.get_values()
    cut = [d for d, offset in enumerate(offsets) if offset != 0]
    shape = shape_of(op.source)
    if len(cut) != 1 or isinstance(offsets[cut[0]], int) or sizes[cut[0]] != 1:
        return None
    if any(step != 1 for step in op.static_strides.get_values()):
        return None
    if any(n != size or n < 0 for d, (n, size) in enumerate(zip(shape, sizes, strict=True))
           if d != cut[0]):  # fmt: skip
        return None
    return Slices(op.source, cut[0], cast(SSAValue, offsets[cut[0]]))


def _of_gather(op: linalg.GenericOp) -> Slices | None:
    """A generic that reads one element for each of its loops, all of them but one index."""
    view = structured(op)
    if not is_elementwise(view) or view.inputs or len(op.results) != 1:
        return None
    read = view.body.last_op.operands[0].owner  # pyright: ignore
    if not isinstance(read, tensor.ExtractOp) or dims_of_map(view.output_maps[0]) is None:
        return None
    order = list(cast(tuple[int, ...], dims_of_map(view.output_maps[0])))
    cut = [d for d, v in enumerate(read.indices) if not isinstance(v.owner, linalg.IndexOp)]
    loops = [cast(linalg.IndexOp, v.owner).dim.value.data for d, v in enumerate(read.indices)
             if d not in cut]  # fmt: skip
    if len(cut) != 1 or loops != order:
        return None
    index = read.indices[cut[0]]
    if any(isinstance(o, linalg.IndexOp) for o in _computing(index, view.body)):
        return None
    return Slices(read.tensor, cut[0], index, op)


def _computing(value: SSAValue, body: Block) -> list[Operation]:
    """The ops of a body that a value is computed by, in order."""
    wanted = {value}
    found: list[Operation] = []
    for op in reversed(list(body.ops)):
        if any(r in wanted for r in op.results):
            wanted.update(op.operands)
            found.append(op)
    return found[::-1]


def _pays(view: Structured, slices: Slices, loop: scf.WhileOp) -> bool:
    """Whether the loop counts to the number of slices, those are many, and results not too many."""
    turns = shape_of(slices.source)[slices.dim]
    size = math.prod(max(n, 1) for n in (turns, *shape_of(view.op.results[0])))
    if 0 <= turns < _LEAST_TURNS or size > _MOST:
        return False
    for op in loop.before_region.block.ops:
        if isinstance(op, arith.CmpiOp) and op.predicate.value.data in (2, 6):  # slt, ult
            bound = constant_of(op.rhs)
            counts = op.lhs in loop.before_region.block.args
            if counts and (bound == turns if bound is not None else turns < 0):
                return True
    return False


def _rewrite(
    ctx: CompilerContext,
    view: Structured,
    index: int,
    other: SSAValue,
    slices: Slices,
    loop: scf.WhileOp,
) -> None:
    """The product of all slices, and in the loop its slice instead of the product."""
    op = view.op
    with provenance.rewriting(ctx, "HoistLoopProduct", op, at=InsertPoint.before(loop)) as rewriter:
        everything = _product(rewriter, view, index, other, slices)
        rewriter.insertion_point = InsertPoint.before(op)
        place = slices.index
        if slices.gather is not None:
            values: dict[SSAValue, SSAValue] = {}
            for inner in _computing(place, structured(slices.gather).body):
                rewriter.insert(copy := inner.clone(values))
                values.update(zip(inner.results, copy.results, strict=True))
            place = values.get(place, place)
        shape = shape_of(op.results[0])
        sizes: list[dims.Size] = [1]
        known = iter(dims.dynamic_sizes(rewriter, op.results[0]))
        sizes += [n if n >= 0 else next(known) for n in shape]
        element = cast(TensorType, op.results[0].type).element_type
        part = tensor.ExtractSliceOp(
            everything,
            [place, *(0 for _ in shape)],
            sizes,
            [1] * len(sizes),
            TensorType(element, [1, *shape]),
        )
        rewriter.insert(part)
        rest = unit_dims.collapse(rewriter, part.result, range(1, len(sizes)))
        rewriter.replace(op, [], [rest])


def _product(
    rewriter: PatternRewriter, view: Structured, index: int, other: SSAValue, slices: Slices
) -> SSAValue:
    """The product with one loop more, outermost: over all slices."""
    inputs = [other, other]
    inputs[index] = slices.source
    shifted = [AffineDimExpr(d + 1) for d in range(view.num_loops)]
    maps = []
    for operand, map_ in enumerate(view.maps):
        loops = [shifted[cast(AffineDimExpr, e).position] for e in map_.results]
        if operand == index:
            loops.insert(slices.dim, AffineDimExpr(0))
        elif operand == len(view.inputs):
            loops.insert(0, AffineDimExpr(0))
        maps.append(AffineMap(view.num_loops + 1, 0, tuple(loops)))
    sizes: list[dims.Size] = []
    for expr in maps[-1].results:
        operand, dim = next(
            (i, m.results.index(expr)) for i, m in enumerate(maps[:-1]) if expr in m.results
        )
        static = shape_of(inputs[operand])[dim]
        if static >= 0:
            sizes.append(static)
            continue
        known = dims.size_of(rewriter, inputs[operand], dim)
        if known is None:
            read = tensor.DimOp(inputs[operand], dims.index_constant(rewriter, dim))
            rewriter.insert(read)
            known = read.result
        sizes.append(known)
    element = cast(TensorType, view.op.results[0].type).element_type
    empty = tensor.EmptyOp(
        [s for s in sizes if not isinstance(s, int)],
        TensorType(element, [s if isinstance(s, int) else DYNAMIC_INDEX for s in sizes]),
    )
    attribute = cast(linalg.FillOp, view.outputs[0].owner).inputs[0].owner
    zero = cast(arith.ConstantOp, attribute).value
    assert isinstance(zero, FloatAttr | IntegerAttr)
    constant = arith.ConstantOp(zero)
    fill = linalg.FillOp([constant.result], [empty.tensor], [empty.tensor.type])
    body = Region()
    view.op.regions[0].clone_into(body)
    block = body.block
    body.detach_block(block)
    parallel = (True, *view.parallel)
    product = generic(inputs, [fill.results[0]], maps, parallel, block)
    rewriter.insert([empty, constant, fill, product])
    return product.results[0]
