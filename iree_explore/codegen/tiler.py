# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rewrites an entry function to compute one tile, on demand from its stores.

`Tiler.slice(value, offsets, sizes)` gives the tile of any tensor: of a load it is a smaller load,
of a linalg op the same op on tiles of its operands. Asking for the tiles that are stored therefore
pulls every producer into the tile, each only as far as it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.arith import IntegerOverflowAttr
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    TensorType,
    i32,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr, AffineMap
from xdsl.rewriter import Rewriter

from iree_explore import elements
from iree_explore.codegen.emitter import INDEX, Emitter, Index
from iree_explore.codegen.slicing import element, insert_slice, slice_op, static
from iree_explore.codegen.structured import (
    Linear,
    Structured,
    iterator_types,
    linear,
    map_attributes,
    structured,
)
from iree_explore.codegen.views import kept_dims, mixed
from iree_explore.errors import GapError
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorStoreOp
from iree_explore.linalg import ext_interface
from iree_explore.linalg.ext_interface import LinalgExtOp

_NO_OVERFLOW = {"overflowFlags": IntegerOverflowAttr("none")}


class Tiler:
    """Emits tiles into `em`; `sources` says which op of the function each new op is a tile of."""

    def __init__(self) -> None:
        self.em = Emitter()
        self.made: dict[object, SSAValue] = {}
        self.sources: dict[Operation, Operation] = {}
        self._current: list[Operation] = []

    def add(self, op: Operation) -> Operation:
        """Appends an op that is part of the tile of the op being sliced."""
        self.em.add(op)
        if self._current:
            self.sources[op] = self._current[-1]
        return op

    # Shapes

    def sizes(self, value: SSAValue) -> list[Index]:
        """Sizes of an (untiled) tensor value."""
        shape = cast(TensorType, value.type).get_shape()
        if DYNAMIC_INDEX not in shape:
            return list(shape)
        op = cast(Operation, value.owner)
        view = structured(op)
        if view is not None:
            index = next(i for i, r in enumerate(op.results) if r is value)
            return self.sizes(view.outputs[index])
        if isinstance(op, LinalgExtOp):
            return self.sizes(op.outs[list(op.results).index(cast(Any, value))])
        if isinstance(op, tensor.EmptyOp):
            return mixed(shape, list(op.dynamic_sizes))
        if isinstance(op, DispatchTensorLoadOp | tensor.ExtractSliceOp):
            sizes = mixed(op.static_sizes.get_values(), list(op.sizes))
            return [sizes[d] for d in kept_dims(sizes, shape)]
        if isinstance(op, tensor.InsertSliceOp | tensor.InsertOp):
            return self.sizes(op.dest)
        if isinstance(op, tensor.CastOp):
            known = self.sizes(op.source)
            return [s if s != DYNAMIC_INDEX else k for s, k in zip(shape, known, strict=True)]
        if isinstance(op, tensor.ConcatOp):
            parts = [self.sizes(source) for source in op.inputs]
            sizes = list(parts[0])
            sizes[op.dim.value.data] = self.em.sum([(1, p[op.dim.value.data]) for p in parts])
            return [s if s != DYNAMIC_INDEX else k for s, k in zip(shape, sizes, strict=True)]
        if isinstance(op, tensor.PadOp):
            low, high = self._padding(op)
            source = self.sizes(op.source)
            return [
                s if s != DYNAMIC_INDEX else self.em.sum([(1, lo), (1, n), (1, hi)])
                for s, lo, n, hi in zip(shape, low, source, high, strict=True)
            ]
        raise GapError("IX203", f"{op.name}: dynamic sizes of {value.type} are not known here")

    @staticmethod
    def _padding(op: tensor.PadOp) -> tuple[list[Index], list[Index]]:
        return (
            mixed(op.static_low.get_values(), list(op.low)),
            mixed(op.static_high.get_values(), list(op.high)),
        )

    def extents(self, view: Structured) -> list[Index]:
        """Trip counts of a linalg op's loops."""
        result: list[Index] = []
        for loop in range(view.num_loops):
            static = view.static_extent(loop)
            if static is not None:
                result.append(static)
            else:
                operand, dim = view.loop_source(loop)
                result.append(self.sizes(view.operands[operand])[dim])
        return result

    def ext_extents(self, op: LinalgExtOp) -> list[Index]:
        """Trip counts of the parallel loops of an op of iree_linalg_ext."""
        operands = list(op.operands)
        return [self.sizes(operands[number])[dim] for number, dim in op.loop_sources()]

    # Slices

    def whole(self, value: SSAValue) -> SSAValue:
        """All of a tensor."""
        sizes = self.sizes(value)
        return self.slice(value, [0] * len(sizes), sizes)

    def slice(self, value: SSAValue, offsets: Sequence[Index], sizes: Sequence[Index]) -> SSAValue:
        """The tile of `value` at `offsets` with `sizes`; equal requests share one tile."""
        key = (value, tuple(offsets), tuple(sizes))
        if key in self.made:
            return self.made[key]
        op = value.owner
        assert isinstance(op, Operation)
        self._current.append(op)
        result = self._slice(op, value, list(offsets), list(sizes))
        self._current.pop()
        self.made[key] = result
        return result

    def _slice(
        self, op: Operation, value: SSAValue, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        view = structured(op)
        if view is not None:
            return self._structured(view, value, offsets, sizes)
        if isinstance(op, LinalgExtOp):
            return self._ext(op, value, offsets, sizes)
        if isinstance(op, DispatchTensorLoadOp):
            return self._load(op, offsets, sizes)
        if isinstance(op, tensor.EmptyOp):
            return self._empty(element(value), sizes)
        if isinstance(op, arith.ConstantOp):
            return self._constant(op, offsets, sizes)
        if isinstance(op, tensor.PadOp):
            return self._pad(op, offsets, sizes)
        if isinstance(op, tensor.InsertSliceOp):
            return self._insert_slice(op, offsets, sizes)
        if isinstance(op, tensor.ExtractSliceOp):
            return self._extract_slice(op, offsets, sizes)
        if isinstance(op, tensor.CastOp):
            return self.slice(op.source, offsets, sizes)
        if isinstance(op, tensor.SplatOp):
            return self._fill(op.input, element(value), sizes)
        if isinstance(op, tensor.ConcatOp):
            return self._concat(op, offsets, sizes)
        return self._untiled(op, value, offsets, sizes)

    def _untiled(
        self, op: Operation, value: SSAValue, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        """Any other op is computed whole, and the tile taken from it."""
        key = ("whole", value)
        if key not in self.made:
            mapping: dict[SSAValue, SSAValue] = {}
            for operand in op.operands:
                if isinstance(operand.type, TensorType):
                    mapping[operand] = self.whole(operand)
            copy = self.add(op.clone(mapping))
            for old, new in zip(op.results, copy.results, strict=True):
                self.made["whole", old] = new
        return self._part(self.made[key], offsets, sizes, self.sizes(value))

    def _part(
        self, value: SSAValue, offsets: list[Index], sizes: list[Index], whole: list[Index]
    ) -> SSAValue:
        if not any(offsets) and sizes == whole:
            return value
        type_ = TensorType(element(value), static(sizes))
        ones = [1] * len(sizes)
        op = tensor.ExtractSliceOp(value, offsets, sizes, ones, type_)
        return self.add(op).results[0]

    def _load(self, op: DispatchTensorLoadOp, offsets: list[Index], sizes: list[Index]) -> SSAValue:
        """Offsets add up; dimensions that the load dropped stay as they are."""
        starts = mixed(op.static_offsets.get_values(), list(op.offsets))
        full = mixed(op.static_sizes.get_values(), list(op.sizes))
        steps = mixed(op.static_strides.get_values(), list(op.strides))
        kept = kept_dims(full, cast(TensorType, op.result.type).get_shape())
        for dim, offset, size in zip(kept, offsets, sizes, strict=True):
            starts[dim] = self.em.addi(starts[dim], self.em.muli(offset, steps[dim]))
            full[dim] = size
        type_ = TensorType(element(op.result), static(sizes))
        return self.add(
            slice_op(DispatchTensorLoadOp, [op.source], list(op.dims), starts, full, steps, [type_])
        ).results[0]

    def store(
        self, op: DispatchTensorStoreOp, offsets: Sequence[Index], sizes: Sequence[Index]
    ) -> None:
        """A store of the tile of its value."""
        value = self.slice(op.value, offsets, sizes)
        starts = mixed(op.static_offsets.get_values(), list(op.offsets))
        full = mixed(op.static_sizes.get_values(), list(op.sizes))
        steps = mixed(op.static_strides.get_values(), list(op.strides))
        kept = kept_dims(full, cast(TensorType, op.value.type).get_shape())
        self._current.append(op)
        for dim, offset, size in zip(kept, offsets, sizes, strict=True):
            starts[dim] = self.em.addi(starts[dim], self.em.muli(offset, steps[dim]))
            full[dim] = size
        operands = [value, op.target]
        self.add(slice_op(DispatchTensorStoreOp, operands, list(op.dims), starts, full, steps, []))
        self._current.pop()

    def _empty(self, type_: Attribute, sizes: Sequence[Index]) -> SSAValue:
        dynamic = [s for s in sizes if isinstance(s, SSAValue)]
        op = tensor.EmptyOp(dynamic, TensorType(type_, static(sizes)))
        return self.add(op).results[0]

    def _fill(self, scalar: SSAValue, type_: Attribute, sizes: Sequence[Index]) -> SSAValue:
        empty = self._empty(type_, sizes)
        fill = linalg.FillOp([scalar], [empty], [empty.type])
        return self.add(fill).results[0]

    def _constant(self, op: arith.ConstantOp, offsets: list[Index], sizes: list[Index]) -> SSAValue:
        attr = cast(DenseIntOrFPElementsAttr, op.value)
        if not elements.is_splat(attr):
            return self._untiled(op, op.result, offsets, sizes)
        type_ = element(op.result)
        if all(isinstance(size, int) for size in sizes):
            tile = TensorType(type_, static(sizes))
            small = arith.ConstantOp(DenseIntOrFPElementsAttr(cast(Any, tile), attr.data))
            return self.add(small).results[0]
        return self._fill(self.em.scalar(elements.first(attr).item(), type_), type_, sizes)

    def _pad(self, op: tensor.PadOp, offsets: list[Index], sizes: list[Index]) -> SSAValue:
        """A filled tile with the part of the source that falls into it."""
        low, _ = self._padding(op)
        value = op.region.block.last_op.operands[0]  # pyright: ignore[reportOptionalMemberAccess]
        owner = value.owner
        if isinstance(owner, Operation) and owner.parent is op.region.block:
            if not isinstance(owner, arith.ConstantOp):
                raise GapError("IX203", "tensor.pad: the padding depends on the index")
            value = self.add(owner.clone()).results[0]
        filled = self._fill(value, element(op.result), sizes)
        return self._overlay(op.source, low, filled, offsets, sizes)

    def _concat(self, op: tensor.ConcatOp, offsets: list[Index], sizes: list[Index]) -> SSAValue:
        """Every input laid over the tile, each behind the one before."""
        tile = self._empty(element(op.result), sizes)
        dim = op.dim.value.data
        low: list[Index] = [0] * len(sizes)
        for source in op.inputs:
            tile = self._overlay(source, low, tile, offsets, sizes)
            low[dim] = self.em.addi(low[dim], self.sizes(source)[dim])
        return tile

    def _overlay(
        self,
        source: SSAValue,
        low: Sequence[Index],
        dest: SSAValue,
        offsets: list[Index],
        sizes: list[Index],
    ) -> SSAValue:
        """`dest`, a tile at `offsets`, overwritten by `source` placed at `low` in the whole."""
        em = self.em
        starts, lengths, places = [], [], []
        for lo, offset, size, full in zip(low, offsets, sizes, self.sizes(source), strict=True):
            if offset == 0 and lo == 0 and size == full:
                start, end, place = 0, full, 0
            else:
                # source index of the tile's first element, clipped to the source on both sides
                start = em.mini(em.maxi(em.subi(offset, lo), 0), full)
                end = em.mini(em.maxi(em.subi(em.addi(offset, size), lo), 0), full)
                place = em.mini(em.maxi(em.subi(lo, offset), 0), size)
            length = em.subi(end, start)
            starts.append(start)
            lengths.append(length if isinstance(length, int) else em.mini(length, size))
            places.append(place)
        part = self.slice(source, starts, lengths)
        return self.add(insert_slice(part, dest, places, lengths)).results[0]

    def _insert_slice(
        self, op: tensor.InsertSliceOp, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        low = mixed(op.static_offsets.get_values(), list(op.offsets))
        full = mixed(op.static_sizes.get_values(), list(op.sizes))
        steps = mixed(op.static_strides.get_values(), list(op.strides))
        same_rank = len(full) == len(cast(TensorType, op.source.type).get_shape())
        if any(step != 1 for step in steps) or not same_rank:
            return self._untiled(op, op.result, offsets, sizes)
        dest = self.slice(op.dest, offsets, sizes)
        return self._overlay(op.source, low, dest, offsets, sizes)

    def _extract_slice(
        self, op: tensor.ExtractSliceOp, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        """A slice of a slice: of the source directly, if its step is 1."""
        starts = mixed(op.static_offsets.get_values(), list(op.offsets))
        full = mixed(op.static_sizes.get_values(), list(op.sizes))
        steps = mixed(op.static_strides.get_values(), list(op.strides))
        shape = cast(TensorType, op.result.type).get_shape()
        kept = kept_dims(full, shape)
        em = self.em
        spans: list[Index] = list(full)
        for dim, offset, size in zip(kept, offsets, sizes, strict=True):
            starts[dim] = em.addi(starts[dim], em.muli(offset, steps[dim]))
            full[dim] = size
            spans[dim] = size
        for dim, step in enumerate(steps):
            if step != 1:
                spans[dim] = em.addi(em.muli(em.subi(full[dim], 1), step), 1)
        source = self.slice(op.source, starts, spans)
        if len(kept) == len(full) and all(step == 1 for step in steps):
            return source
        type_ = TensorType(element(op.result), static(sizes))
        part = tensor.ExtractSliceOp(source, [0] * len(full), full, steps, type_)
        return self.add(part).results[0]

    # Linalg ops

    def _structured(
        self, view: Structured, value: SSAValue, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        result = next(i for i, r in enumerate(view.op.results) if r is value)
        extents = self.extents(view)
        starts: list[Index] = [0] * view.num_loops
        counts = list(extents)
        for expr, offset, size in zip(
            view.output_maps[result].results, offsets, sizes, strict=True
        ):
            if not isinstance(expr, AffineDimExpr):
                return self._from_whole_op(view, result, offsets, sizes)
            starts[expr.position], counts[expr.position] = offset, size
        tiled = {d for d in range(view.num_loops) if starts[d] != 0 or counts[d] is not extents[d]}
        tiled = {d for d in tiled if starts[d] != 0 or counts[d] != extents[d]}
        if tiled and not all(_sliceable(map_, tiled) for map_ in view.maps):
            return self._from_whole_op(view, result, offsets, sizes)
        key = ("tile", view.op, tuple(starts), tuple(counts))
        if key not in self.made:
            copy = self._tile_op(view, starts, counts, tiled)
            for index, new in enumerate(copy.results):
                self.made["tile", view.op, tuple(starts), tuple(counts), index] = new
            self.made[key] = copy.results[0]
        return self.made["tile", view.op, tuple(starts), tuple(counts), result]

    def _from_whole_op(
        self, view: Structured, result: int, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        """The op on everything, and the tile taken from its result."""
        key = ("whole", view.op)
        if key not in self.made:
            extents = self.extents(view)
            copy = self._tile_op(view, [0] * view.num_loops, extents, set())
            for index, new in enumerate(copy.results):
                self.made["whole", view.op, index] = new
            self.made[key] = copy.results[0]
        whole = self.sizes(view.op.results[result])
        return self._part(self.made["whole", view.op, result], offsets, sizes, whole)

    def _tile_op(
        self,
        view: Structured,
        starts: list[Index],
        counts: list[Index],
        tiled: set[int],
    ) -> Operation:
        """The op on the iterations `starts`, `counts`."""
        operands: list[SSAValue] = []
        maps: list[AffineMap] = []
        for value, map_ in zip(view.operands, view.maps, strict=True):
            if not isinstance(value.type, TensorType):
                operands.append(value)
                maps.append(map_)
                continue
            scalar = self._as_scalar(value) if len(operands) < len(view.inputs) else None
            if scalar is not None and isinstance(view.op, linalg.GenericOp):
                # the extents must still be readable from some operand
                pairs = zip(view.operands, view.maps, strict=True)
                others = [m for v, m in pairs if v is not value]
                if _covers(others, view.num_loops):
                    operands.append(scalar)
                    maps.append(AffineMap(view.num_loops, 0, ()))
                    continue
            tile, new_map = self._operand(value, map_, starts, counts, tiled)
            operands.append(tile)
            maps.append(new_map)
        results = [o.type for o in operands[len(view.inputs) :]]
        op = view.op
        if maps == view.maps and not isinstance(op, linalg.GenericOp):
            return self.add(
                type(op).create(
                    operands=operands,
                    result_types=results,
                    properties=op.properties,
                    attributes=op.attributes,
                    regions=[op.regions[0].clone()],
                )
            )
        return self.add(self._generic(view, operands, maps, results, starts, tiled))

    def _generic(
        self,
        view: Structured,
        operands: list[SSAValue],
        maps: list[AffineMap],
        results: list[Attribute],
        starts: list[Index],
        tiled: set[int],
    ) -> Operation:
        region = self._region(view.op.regions[0], view.op)
        self._shift(region, linalg.IndexOp, dict(enumerate(starts)))
        segments = [len(view.inputs), len(view.outputs)]
        return linalg.GenericOp.create(
            operands=operands,
            result_types=results,
            properties={
                "indexing_maps": map_attributes(maps),
                "iterator_types": iterator_types(view.parallel),
                "operandSegmentSizes": DenseArrayBase.from_list(i32, segments),
            },
            attributes=view.op.attributes,
            regions=[region],
        )

    def _shift(
        self,
        region: Region,
        cls: type[linalg.IndexOp | ext_interface.IndexOp],
        starts: dict[int, Index],
    ) -> None:
        """Indices of loops in a region count from where the tile begins."""
        for inner in list(region.block.walk()):
            if isinstance(inner, cls) and starts.get(inner.dim.value.data, 0) != 0:
                local = cls(inner.dim.value.data)
                start = self.em.const(starts[inner.dim.value.data])
                total = arith.AddiOp.create(
                    operands=[local.result, start], result_types=[INDEX], properties=_NO_OVERFLOW
                )
                Rewriter.replace_op(inner, [local, total], [total.results[0]])

    def _region(self, source: Region, op: Operation) -> Region:
        """A copy of the op's region; tensors that it reads from above are whole."""
        region = Region()
        source.clone_into(region)
        for inner in list(region.block.walk()):
            if isinstance(inner, tensor.ExtractOp | tensor.DimOp):
                owner = inner.operands[0].owner
                if isinstance(owner, Operation) and owner.parent is not op.parent:
                    continue
                if isinstance(inner, tensor.DimOp):
                    self._dim(inner)
                else:
                    inner.operands[0] = self.whole(inner.operands[0])
        return region

    def _ext(
        self, op: LinalgExtOp, value: SSAValue, offsets: list[Index], sizes: list[Index]
    ) -> SSAValue:
        """The op on what the points of a tile of its parallel loops need."""
        result = list(op.results).index(cast(Any, value))
        labels = op.labels()
        full = self.sizes(value)
        tile: dict[int, tuple[Index, Index]] = {}
        parts: list[tuple[Index, Index]] = []
        for loop, offset, size in zip(labels[len(op.ins) + result], offsets, sizes, strict=True):
            if loop is None:
                parts.append((offset, size))
            else:
                tile[loop] = (offset, size)
                parts.append((0, size))
        key = ("tile", op, tuple(sorted(tile.items(), key=lambda item: item[0])))
        if (*key, 0) not in self.made:
            operands: list[SSAValue] = []
            for operand, loops in zip(op.operands, labels, strict=True):
                if not isinstance(operand.type, TensorType):
                    operands.append(operand)
                    continue
                bounds = [
                    (0, n) if loop is None else tile.get(loop, (0, n))
                    for loop, n in zip(loops, self.sizes(operand), strict=True)
                ]
                operands.append(self.slice(operand, [b[0] for b in bounds], [b[1] for b in bounds]))
            regions = [self._region(region, op) for region in op.regions]
            starts = {loop: start for loop, (start, _) in tile.items()}
            for region in regions:
                self._shift(region, ext_interface.IndexOp, starts)
            count = len(op.ins)
            copy = self.add(op.with_operands(operands[:count], operands[count:], regions))
            for index, new in enumerate(copy.results):
                self.made[(*key, index)] = new
        whole = [n if loop is None else parts[dim][1]
                 for dim, (loop, n) in enumerate(zip(labels[len(op.ins) + result], full,
                                                     strict=True))]  # fmt: skip
        return self._part(self.made[(*key, result)], [p[0] for p in parts],
                          [p[1] for p in parts], whole)  # fmt: skip

    def _dim(self, op: tensor.DimOp) -> None:
        index = op.index.owner
        assert isinstance(index, arith.ConstantOp)
        number = cast(IntegerAttr, index.value).value.data
        size = self.em.const(self.sizes(op.source)[number])
        Rewriter.replace_op(op, [], [size])

    def _as_scalar(self, value: SSAValue) -> SSAValue | None:
        """The scalar of a tensor that is the same everywhere (a fill or a splat)."""
        op = value.owner
        if isinstance(op, linalg.FillOp) and not isinstance(op.inputs[0].type, TensorType):
            return op.inputs[0]
        if isinstance(op, tensor.SplatOp):
            return op.input
        if isinstance(op, arith.ConstantOp) and elements.is_splat(op.value):  # pyright: ignore
            item = elements.first(op.value).item()  # pyright: ignore
            return self.em.scalar(item, element(value))
        return None

    def _operand(
        self,
        value: SSAValue,
        map_: AffineMap,
        starts: list[Index],
        counts: list[Index],
        tiled: set[int],
    ) -> tuple[SSAValue, AffineMap]:
        """What of an operand the iterations touch, and the map into that."""
        em = self.em
        whole = self.sizes(value)
        offsets: list[Index] = []
        sizes: list[Index] = []
        exprs: list[AffineExpr] = []
        for dim, expr in enumerate(map_.results):
            form = linear(expr)
            if form is None or not any(d in tiled for d, _ in form.coefficients):
                offsets.append(0)
                sizes.append(whole[dim])
                exprs.append(expr)
                continue
            start = em.sum([(c, starts[d]) for d, c in form.coefficients], form.constant)
            if isinstance(expr, AffineDimExpr):
                size = counts[expr.position]
            else:
                last = [(c, em.subi(counts[d], 1)) for d, c in form.coefficients]
                size = em.sum(last, 1)
            offsets.append(start)
            sizes.append(size)
            exprs.append(_without_constant(expr, form))
        tile = self.slice(value, offsets, sizes)
        return tile, AffineMap(map_.num_dims, 0, tuple(exprs))


def _sliceable(map_: AffineMap, tiled: set[int]) -> bool:
    """Whether tiles of the loops touch rectangles: linear, and not backwards."""
    for expr in map_.results:
        form = linear(expr)
        used = {e.position for e in expr.dfs() if isinstance(e, AffineDimExpr)}
        if used & tiled and (form is None or any(c < 0 for _, c in form.coefficients)):
            return False
    return True


def _covers(maps: list[AffineMap], loops: int) -> bool:
    """Whether every loop is a plain result of some map."""
    plain = {e.position for m in maps for e in m.results if isinstance(e, AffineDimExpr)}
    return len(plain) == loops


def _without_constant(expr: AffineExpr, form: Linear) -> AffineExpr:
    if form.constant == 0:
        return expr
    result: AffineExpr = AffineConstantExpr(0)
    for dim, coefficient in form.coefficients:
        result = result + AffineDimExpr(dim) * coefficient
    return result
