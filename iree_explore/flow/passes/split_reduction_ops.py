# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Long reductions with few results become two: parts of them in parallel, then the parts.

A GPU has thousands of invocations; a sum of a whole tensor keeps one workgroup busy, a product of
few rows and columns a few. The outermost reduction loops, and a divisor of the next one, become
parallel loops of a first reduction, whose results a second one combines. Both are dispatches of
their own. For GPUs only: a CPU's threads share a reduction less well than they read memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    ArrayAttr,
    FloatAttr,
    IntegerAttr,
    ModuleOp,
    TensorType,
    i64,
)
from xdsl.dialects.linalg.ops import FillOp, IndexOp, YieldOp
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore import provenance
from iree_explore.codegen.gpu.contraction import ContractionLoops
from iree_explore.codegen.horizontal import neutral_number
from iree_explore.codegen.structured import combiners
from iree_explore.codegen.structured import structured as codegen_view
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import append, clone
from iree_explore.linalg import dims
from iree_explore.linalg.selections import Selection, selection
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    generic,
    is_linalg,
    project,
    shape_of,
    static_loop_sizes,
    structured,
)
from iree_explore.walk import walk

_ROW_GROUPS = 1056
"""Workgroups that together read memory as fast as a large GPU can."""

_ROW_PART, _ROW_LEAST = 1 << 12, 1 << 16
"""Elements of a part of a contiguous reduction at least, and of one worth two dispatches."""

_COLUMN_POINTS, _COLUMN_PARTS = 1 << 18, 512
"""Results of the first step of reductions over rows, whose neighbours are neighbours in memory, and
parts of one result at most."""

_COLUMN_PART, _COLUMN_LEAST = 32, 1 << 20
"""Rows of a part at least, and elements of the whole that are worth two dispatches."""

_TILE, _TILES = 32, 264
"""Rows and columns of a small tile of a product, and how many of those keep a large GPU busy."""

_DEPTH = 128
"""Steps of a part of a product at least."""


@dataclass(frozen=True)
class SplitReductionOps(ModulePass):
    """Reduces parts of long reductions in parallel, then the parts.

    Before:

    ```mlir
    func.func @f(%x: tensor<128x4096xf32>) -> tensor<f32> {
      %z = arith.constant 0.0 : f32
      %e = tensor.empty() : tensor<f32>
      %0 = linalg.fill ins(%z : f32) outs(%e : tensor<f32>) -> tensor<f32>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<128x4096xf32>) outs(%0 : tensor<f32>) {
      ^bb0(%a: f32, %b: f32):
        %2 = arith.addf %a, %b : f32
        linalg.yield %2 : f32
      } -> tensor<f32>
      func.return %1 : tensor<f32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: tensor<128x4096xf32>) -> tensor<f32> {
        %z = arith.constant 0.000000e+00 : f32
        %e = tensor.empty() : tensor<f32>
        %0 = linalg.fill ins(%z : f32) outs(%e : tensor<f32>) -> tensor<f32>
        %1 = tensor.empty() : tensor<128xf32>
        %2 = arith.constant 0.000000e+00 : f32
        %3 = linalg.fill ins(%2 : f32) outs(%1 : tensor<128xf32>) -> tensor<128xf32>
        %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<128x4096xf32>) outs(%3 : tensor<128xf32>) {
        ^bb0(%5: f32, %6: f32):
          %7 = arith.addf %5, %6 : f32
          linalg.yield %7 : f32
        } -> tensor<128xf32>
        %8 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%4 : tensor<128xf32>) outs(%0 : tensor<f32>) {
        ^bb0(%9: f32, %10: f32):
          %11 = arith.addf %9, %10 : f32
          linalg.yield %11 : f32
        } -> tensor<f32>
        func.return %8 : tensor<f32>
      }
    }
    ```
    """  # noqa: E501

    name = "dispatch-creation-split-reduction-ops"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in [o for o in walk(op) if is_linalg(o)]:
            found = _parts(inner)
            if found is not None:
                with provenance.rewriting(
                    cast(CompilerContext, ctx), "SplitReductionOp", inner
                ) as rewriter:
                    _Split(rewriter, *found).rewrite()


@dataclass(frozen=True)
class _Parts:
    """Reduction loops that become `parallel`, outermost first, and then one that is cut into
    `count` parts (None, 1: none)."""

    parallel: tuple[int, ...]
    cut: int | None = None
    count: int = 1


def _parts(op: Operation) -> tuple[Structured, _Parts, Selection | None] | None:
    """How to split an op; None if it is not worth it, or not known to give the same."""
    view = structured(op)
    reductions = [d for d, parallel in enumerate(view.parallel) if not parallel]
    if not reductions or not op.results or any(inner.regions for inner in view.body.ops):
        return None
    loops = {d for d, parallel in enumerate(view.parallel) if parallel}
    if any(set(dims_of_map(m) or ()) != loops for m in view.output_maps):
        return None
    chosen = None
    twin = codegen_view(op)
    assert twin is not None
    if combiners(twin) is None:
        chosen = selection(view.body, len(view.inputs), view.parallel)
        filled = all(isinstance(v.owner, FillOp) for v in view.outputs)
        if chosen is None or not filled:
            return None
    parts = _product_parts(view) if chosen is None else None
    if parts is None:
        parts = _reduction_parts(view, reductions)
    if parts is None or (parts.cut is not None and not _cuttable(view, parts.cut)):
        return None
    return view, parts, chosen


def _cuttable(view: Structured, loop: int) -> bool:
    """Whether one dimension of every operand that has the loop is the loop, and can be reshaped
    where the operand is."""
    for value, map_ in zip(view.inputs, view.input_maps, strict=True):
        if loop in map_.used_dims():
            if AffineDimExpr(loop) not in map_.results:
                return False
            if any(loop in e.used_dims() for e in map_.results if not isinstance(e, AffineDimExpr)):
                return False
            if sum(e == AffineDimExpr(loop) for e in map_.results) > 1:
                return False
            if isinstance(value.owner, tensor.ExtractSliceOp | tensor.FromElementsOp):
                return False
    return True


def _product_parts(view: Structured) -> _Parts | None:
    """Of a product that is done in tiles of which there are few."""
    twin = codegen_view(view.op)
    loops = None if twin is None else ContractionLoops.of(twin)
    if loops is None:
        return None
    sizes = static_loop_sizes(view)
    kinds = (loops.batch, loops.rows, loops.columns, loops.reduction)
    batch, rows, columns, depth = (math.prod(sizes[d] for d in kind) for kind in kinds)
    if min(sizes) < 1 or min(rows, columns) < 8:
        return None
    tiles = batch * -(-rows // _TILE) * -(-columns // _TILE)
    most = min(-(-_TILES // tiles), depth // _DEPTH)
    if tiles >= _TILES // 2 or most < 2:
        return _Parts(())
    loop = max(loops.reduction, key=lambda d: sizes[d])
    count = _divisor(sizes[loop], most, 16)
    return _Parts((), loop, count) if count > 1 else _Parts(())


def _reduction_parts(view: Structured, reductions: Sequence[int]) -> _Parts | None:
    """Of any other reduction."""
    sizes = static_loop_sizes(view)
    points = math.prod(n for n, p in zip(sizes, view.parallel, strict=True) if p)
    if any(sizes[d] < 0 for d, p in enumerate(view.parallel) if p) or 0 in sizes:
        return None
    steps = math.prod(max(sizes[d], 1 << 8) if sizes[d] < 0 else sizes[d] for d in reductions)
    if _contiguous(view, reductions):
        if steps < _ROW_LEAST or 2 * points > _ROW_GROUPS:
            return None
        wanted = min(-(-_ROW_GROUPS // points), steps // _ROW_PART)
    else:
        if steps * points < _COLUMN_LEAST or 2 * points > _COLUMN_POINTS:
            return None
        wanted = min(_COLUMN_POINTS // points, steps // _COLUMN_PART, _COLUMN_PARTS)
    parallel: list[int] = []
    for loop in reductions:
        if wanted < 2:
            break
        last = loop == reductions[-1]
        if not last and sizes[loop] <= wanted:  # also of a size that only the call knows
            parallel.append(loop)
            wanted = 1 if sizes[loop] < 0 else wanted // sizes[loop]
            continue
        count = _divisor(sizes[loop], wanted, 4) if sizes[loop] > 0 else 1
        if count > 1 and _cuttable(view, loop):
            return _Parts(tuple(parallel), loop, count)
        break
    return _Parts(tuple(parallel)) if parallel else None


def _contiguous(view: Structured, reductions: Sequence[int]) -> bool:
    """Whether the innermost dimension of what is read most is reduced."""
    sizes = static_loop_sizes(view)
    largest = max(
        view.input_maps,
        key=lambda m: math.prod(sizes[d] if sizes[d] > 0 else 1 << 8 for d in m.used_dims()),
        default=None,
    )
    if largest is None or not largest.results:
        return False
    return bool(largest.results[-1].used_dims() & set(reductions))


def _divisor(size: int, most: int, unit: int) -> int:
    """The largest divisor up to `most` that leaves multiples of `unit`, if the size is one; then
    the largest one, if it is not much smaller."""
    found = [n for n in range(1, min(most, size) + 1) if size % n == 0]
    even = [n for n in found if size // n % unit == 0]
    best = max(even, default=1)
    return best if size % unit == 0 else max(found)


def _constant(number: float, type_: Attribute) -> arith.ConstantOp:
    if isinstance(type_, AnyFloat):
        return arith.ConstantOp(FloatAttr(float(number), type_))
    return arith.ConstantOp(IntegerAttr(int(number), cast(Any, type_)))


class _Split:
    """Writes the two reductions of one."""

    def __init__(
        self, rewriter: PatternRewriter, view: Structured, parts: _Parts, chosen: Selection | None
    ) -> None:
        self.rewriter, self.view, self.parts, self.chosen = rewriter, view, parts, chosen
        twin = codegen_view(view.op)
        assert twin is not None
        self.combiners = None if chosen is not None else combiners(twin)
        self.added = [*parts.parallel, *([view.num_loops] if parts.cut is not None else [])]
        reductions = [d for d, p in enumerate(view.parallel) if not p]
        self.outside = ContractionLoops.of(twin) is not None or not _contiguous(view, reductions)

    def rewrite(self) -> None:
        """Replaces the op. Parts of results that are neighbours in memory are `outside`, for those
        to stay neighbours. The new loop of a cut is the last one of the first reduction."""
        if not self.added:
            return
        view, rewriter = self.view, self.rewriter
        loops = view.num_loops + (self.parts.cut is not None)
        inputs, maps = [], []
        for value, map_ in zip(view.inputs, view.input_maps, strict=True):
            value, map_ = self._input(value, map_, loops)
            inputs.append(value)
            maps.append(map_)
        outputs, output_maps = [], []
        for number, map_ in enumerate(view.output_maps):
            kept = [cast(AffineDimExpr, e).position for e in map_.results]
            order = [*self.added, *kept] if self.outside else [*kept, *self.added]
            outputs.append(self._first_output(number, order))
            output_maps.append(project(loops, order))
        parallel = [p or d in self.parts.parallel for d, p in enumerate(view.parallel)]
        parallel += [True] * (loops - view.num_loops)
        first = generic(inputs, outputs, [*maps, *output_maps], parallel, self._first_body())
        rewriter.insert(first)
        rewriter.replace(view.op, self._second(first))

    # The first

    def _input(self, value: SSAValue, map_: AffineMap, loops: int) -> tuple[SSAValue, AffineMap]:
        """An operand, its dimension that is cut as two."""
        cut = self.parts.cut
        if cut is None or cut not in map_.used_dims():
            return value, AffineMap(loops, 0, map_.results)
        place = map_.results.index(AffineDimExpr(cut))
        type_ = cast(TensorType, value.type)
        shape = list(shape_of(value))
        shape[place : place + 1] = [self.parts.count, shape[place] // self.parts.count]
        groups = [[d + (d > place)] for d in range(len(shape) - 1)]
        groups[place] = [place, place + 1]
        op = tensor.ExpandShapeOp(
            value,
            dims.dynamic_sizes(self.rewriter, value),
            ArrayAttr([ArrayAttr([IntegerAttr(d, i64) for d in group]) for group in groups]),
            [n if n >= 0 else dims.DYNAMIC for n in shape],
            TensorType(type_.element_type, shape),
        )
        self.rewriter.insert(op)
        results = list(map_.results)
        results[place : place + 1] = [AffineDimExpr(loops - 1), AffineDimExpr(cut)]
        return op.result, AffineMap(loops, 0, tuple(results))

    def _first_output(self, number: int, order: Sequence[int]) -> SSAValue:
        """What the parts begin with: what changes nothing, of a choice what the whole begins
        with."""
        view, rewriter = self.view, self.rewriter
        sizes: list[dims.Size] = [self._size(loop) for loop in order]
        element = cast(TensorType, view.outputs[number].type).element_type
        unknown = [n for n in sizes if not isinstance(n, int)]
        type_ = TensorType(element, [n if isinstance(n, int) else DYNAMIC_INDEX for n in sizes])
        empty = tensor.EmptyOp(unknown, type_)
        rewriter.insert(empty)
        if self.combiners is None:
            start = cast(FillOp, view.outputs[number].owner).inputs[0]
        else:
            constant = _constant(neutral_number(self.combiners[number].name, element), element)
            rewriter.insert(constant)
            start = constant.results[0]
        fill = FillOp((start,), (empty.tensor,))
        rewriter.insert(fill)
        return fill.results[0]

    def _size(self, loop: int) -> dims.Size:
        if loop == self.view.num_loops:
            return self.parts.count
        for value, map_ in zip(self.view.operands, self.view.maps, strict=True):
            for dim, expr in enumerate(map_.results):
                if expr == AffineDimExpr(loop):
                    size = shape_of(value)[dim]
                    if size >= 0:
                        return size
                    before = sum(n < 0 for n in shape_of(value)[:dim])
                    return dims.dynamic_sizes(self.rewriter, value)[before]
        raise ValueError(f"no operand of {self.view.op.name} has the extent of loop {loop}")

    def _first_body(self) -> Block:
        """The body, with positions in the whole where it asks for them."""
        view, cut = self.view, self.parts.cut
        body = Block(arg_types=[a.type for a in view.body.args])
        values: dict[SSAValue, SSAValue] = dict(zip(view.body.args, body.args, strict=True))
        for inner in view.body.ops:
            if not isinstance(inner, IndexOp) or inner.dim.value.data != cut:
                append(body, clone(inner, values))
                continue
            assert cut is not None
            size = static_loop_sizes(view)[cut] // self.parts.count
            part, within = IndexOp(view.num_loops), IndexOp(cut)
            length = _constant(size, inner.result.type)
            first = arith.MuliOp(part.result, length.results[0])
            whole = arith.AddiOp(first.result, within.result)
            for made in (part, within, length, first, whole):
                made.location = inner.location
                body.add_op(made)
            values[inner.result] = whole.result
        return body

    # The second

    def _second(self, first: Operation) -> Operation:
        """Combines the parts, beginning with what the whole begins with."""
        view = self.view
        kept = [cast(AffineDimExpr, e).position for e in view.output_maps[0].results]
        number_of = {loop: place for place, loop in enumerate([*kept, *self.added])}
        count = len(number_of)
        inputs, outputs = [], []
        for map_ in view.output_maps:
            order = [cast(AffineDimExpr, e).position for e in map_.results]
            outputs.append(project(count, [number_of[d] for d in order]))
            order = [*self.added, *order] if self.outside else [*order, *self.added]
            inputs.append(project(count, [number_of[d] for d in order]))
        parallel = [True] * len(kept) + [False] * len(self.added)
        return generic(first.results, view.outputs, [*inputs, *outputs], parallel, self._join())

    def _join(self) -> Block:
        """The body that combines two parts."""
        view, count = self.view, len(self.view.outputs)
        accumulators = list(view.body.args[len(view.inputs) :])
        types = [a.type for a in accumulators]
        body = Block(arg_types=[*types, *types])
        values: dict[SSAValue, SSAValue] = dict(zip(accumulators, body.args[count:], strict=True))
        if self.chosen is not None:
            first, second = list(body.args[count:]), list(body.args[:count])
            position = self.chosen.position
            if position is not None:  # the part that comes first, whatever the order
                less = arith.CmpiOp(second[position], first[position], "slt")
                swaps = [
                    (arith.SelectOp(less, b, a), arith.SelectOp(less, a, b))
                    for a, b in zip(first, second, strict=True)
                ]
                for op in (less, *(op for pair in swaps for op in pair)):
                    append(body, op)
                first, second = ([pair[n].result for pair in swaps] for n in (0, 1))
            values.update(zip(accumulators, first, strict=True))
            values.update(zip(self.chosen.elements, second, strict=True))
            for op in self.chosen.ops:
                append(body, clone(op, values))
            end = view.body.last_op
            assert end is not None
            body.add_op(YieldOp(*(values[v] for v in end.operands)))
            return body
        assert self.combiners is not None
        found = []
        for number, op in enumerate(self.combiners):
            (other,) = (v for v in op.operands if v is not accumulators[number])
            made = clone(op, {**values, other: body.args[number]})
            append(body, made)
            found.append(made.results[0])
        body.add_op(YieldOp(*found))
        return body
