# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.online_attention`: softmax(Q K^T) V without ever holding a row of scores.

The one idea: while blocks of keys go by, each row keeps the largest score and the sum of
exponentials so far; when a larger score comes, sum and result are scaled down to it (Milakov and
Gimelshein, "Online normalizer calculation for softmax", 2018). What a tile of rows needs then has a
size that does not depend on how many keys there are. `flow/passes/
convert_attention_to_online_attention.py` makes the op of what models write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    Float64Type,
    FloatAttr,
    MemRefType,
    f32,
    f64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.irdl import irdl_op_definition, prop_def

from iree_explore.linalg.ext_interface import IndexOp, Labels, LinalgExtOp, Run, body_of, shape_of

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

Part = tuple[SSAValue, tuple[int, ...]]
"""A buffer and the loops that its dimensions are."""

ROWS = 64
"""Rows that share a block of keys: so many that packing it costs little."""

KEYS = 128
"""Keys of a block at most: its scores, keys and values stay in the nearest caches."""


@irdl_op_definition
class OnlineAttentionOp(LinalgExtOp):
    """`ins` are query, key, value and what the region reads beside them; `outs` is the result.

    `indexing_maps` has a map for each of `ins`, then of `outs`, from the loops (batch..., m, k1,
    k2, n): rows, depth, keys and features. The region gets the product of a row and a key and an
    element of each further input and yields the score, both in f32 (f64 if the operands are);
    `iree_linalg_ext.index` are the loops' indices. The result is the sum of the values, weighted
    with the softmax of their scores: NaN for rows whose scores are all -inf, as softmax has it.
    """

    name = "iree_linalg_ext.online_attention"
    indexing_maps = prop_def(ArrayAttr[AffineMapAttr])

    ROW: ClassVar[int] = ROWS

    @property
    def maps(self) -> list[AffineMap]:
        """By operand."""
        return [m.data for m in cast(Any, self.properties["indexing_maps"])]

    def labels(self) -> list[Labels]:
        return [tuple(d if d < m.num_dims - 3 else None for d in _dims(m)) for m in self.maps]

    def work(self) -> int:
        return max(1, 4 * super().work())

    def tile(self, extents: Sequence[int | None]) -> list[int]:
        """One row block of one batch a workgroup."""
        *batch, rows = extents
        if rows is None:
            return [*(1 for _ in batch), ROWS]
        tile = 2 * ROWS if rows >= 8 * ROWS else ROWS
        return [*(1 for _ in batch), -(-rows // max(1, round(rows / tile)))]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        query, key, value, *others = ins
        q, k, v, *rest, out = (_dims(m) for m in self.maps)
        total = self.maps[0].num_dims
        depth, keys = total - 3, total - 2
        loops = [d for d in range(total) if d not in (depth, total - 1)]
        number = np.float64 if cast(Any, self.accumulator) == f64 else np.float32
        query, key, value = (x.astype(number) for x in (query, key, value))
        product = np.einsum(query, q, key, k, loops, optimize=True)  # pyright: ignore
        axes = dict(zip(loops, np.ogrid[tuple(map(slice, product.shape))], strict=True))
        aligned = []
        for array, dims in zip(others, rest, strict=True):
            order = sorted(range(len(dims)), key=lambda i: dims[i])
            sizes = [array.shape[dims.index(d)] if d in dims else 1 for d in loops]
            aligned.append(array.transpose(order).reshape(sizes))
        (scores,) = run(self.regions[0], [product, *aligned], axes)
        scores = np.broadcast_to(scores, product.shape)
        with np.errstate(invalid="ignore"):
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights = weights / weights.sum(-1, keepdims=True)
        assert loops[-1] == keys
        found = np.einsum(weights, loops, value, v, out, optimize=True)  # pyright: ignore
        return [found.astype(outs[0].dtype)]

    @property
    def accumulator(self) -> Attribute:
        """Type of scores and sums."""
        types = (cast(Any, v.type).element_type for v in self.ins[:3])
        return f64 if any(isinstance(t, Float64Type) for t in types) else f32

    def emit_loops(self, b: LoopBuilder) -> None:
        loops = _Loops(self, b)
        *batch, rows = b.extents()
        with b.nest(batch) as point:
            if loops.most >= (b.bound(rows) or loops.most + 1):
                loops.emit(point, 0, rows)
                return
            with b.loop(0, rows, step=loops.most) as first:
                loops.emit(point, first, b.em.mini(b.em.subi(rows, first), loops.most))


class _Loops:
    """What one workgroup does, as `linalg` ops on blocks in its own memory."""

    def __init__(self, op: OnlineAttentionOp, b: LoopBuilder):
        self.op, self.b, self.maps = op, b, op.maps
        total = self.maps[0].num_dims
        self.m, self.k1, self.k2, self.n = range(total - 4, total)
        self.type = cast(Any, op.accumulator)
        bound = b.bound(b.extents()[-1])
        self.most = bound if bound is not None and bound <= 2 * ROWS else ROWS
        self.keys = b.sizes(b.ins[1])[_dims(self.maps[1]).index(self.k2)]
        self.block = _block(self.keys)
        depth = shape_of(op.ins[1])[_dims(self.maps[1]).index(self.k1)]
        features = shape_of(op.ins[2])[_dims(self.maps[2]).index(self.n)]
        self.extents: dict[int, Index] = {self.k1: depth, self.n: features}

        def local(*shape: int) -> SSAValue:
            return b.local(shape, self.type)

        self.query, self.panel = local(self.most, depth), local(depth, self.block)
        self.values, self.scores = local(self.block, features), local(self.most, self.block)
        self.result = local(self.most, features)
        self.largest, self.before, self.shift = (local(self.most) for _ in range(3))
        self.factor, self.sum = local(self.most), local(self.most)

    def emit(self, point: Sequence[Index], first: Index, rows: Index) -> None:
        """Rows `first` up to `first + rows` of one batch."""
        self.point, self.first = point, first
        self.extents[self.m] = rows
        if isinstance(self.keys, int) and self.keys <= self.block:
            self._all_keys()
            return
        b, em, m = self.b, self.b.em, self.m
        query = self._copy(b.ins[0], self.maps[0], self.query, (m, self.k1), {})
        for number, buffer, dims in (
            (float("-inf"), self.largest, (m,)),
            (0.0, self.sum, (m,)),
            (0.0, self.result, (m, self.n)),
        ):
            self._fill(number, self._local(buffer, dims)[0])
        full = em.muli(em.divi(self.keys, self.block), self.block)
        with b.loop(0, full, step=self.block) as start:
            self._block_of_keys(query, start, self.block)
        rest = em.subi(self.keys, full)
        if isinstance(rest, SSAValue):
            with b.when(b.compare("sgt", rest, 0)):
                self._block_of_keys(query, full, rest)
        elif rest:
            self._block_of_keys(query, full, rest)
        self._divide()

    def _all_keys(self) -> None:
        """One block: nothing is scaled, and operands are read where they are, if they lie well."""
        b, m, n, k2 = self.b, self.m, self.n, self.k2
        self.extents[k2] = self.keys
        query = self._part(b.ins[0], self.maps[0], {k2: 0})
        if query[0].type.element_type != self.type:  # pyright: ignore
            query = self._copy(b.ins[0], self.maps[0], self.query, (m, self.k1), {})
        scores = self._products(query, 0)
        largest, total = (self._local(x, (m,)) for x in (self.largest, self.sum))
        self._fill(float("-inf"), largest[0])
        self._generic([scores], largest, _maximum)
        self._generic([scores, largest], scores, _exp)
        self._fill(0.0, total[0])
        self._generic([scores], total, _add)
        values = self._part(b.ins[2], self.maps[2], {k2: 0})
        if values[0].type.element_type != self.type or values[1] != (k2, n):  # pyright: ignore
            values = self._copy(b.ins[2], self.maps[2], self.values, (k2, n), {k2: 0})
        result = self._local(self.result, (m, n))
        self._fill(0.0, result[0])
        self._generic([scores, values], result, _multiply_add)
        self._divide()

    def _block_of_keys(self, query: Part, start: Index, count: Index) -> None:
        """One block of many: what was summed before is scaled to the largest score so far."""
        b, m, n, k2 = self.b, self.m, self.n, self.k2
        self.extents[k2] = count
        scores = self._products(query, start)
        largest, before, shift, factor, total = (
            self._local(x, (m,))
            for x in (self.largest, self.before, self.shift, self.factor, self.sum)
        )
        self._generic([largest], before, lambda block, x, old: x)
        self._generic([scores], largest, _maximum)
        values = self._copy(b.ins[2], self.maps[2], self.values, (k2, n), {k2: start})
        self._generic([largest], shift, _finite)
        self._generic([before, shift], factor, _exp)
        self._generic([scores, shift], scores, _exp)
        self._generic([factor], total, _times)
        self._generic([scores], total, _add)
        result = self._local(self.result, (m, n))
        self._generic([factor], result, _times)
        self._generic([scores, values], result, _multiply_add)

    def _products(self, query: Part, start: Index) -> Part:
        """The scores of a block of keys."""
        b, k1, k2 = self.b, self.k1, self.k2
        panel = self._copy(b.ins[1], self.maps[1], self.panel, (k1, k2), {k2: start})
        scores = self._local(self.scores, (self.m, k2))
        self._fill(0.0, scores[0])
        self._generic([query, panel], scores, _multiply_add)
        self._score(scores, {k2: start})
        return scores

    def _divide(self) -> None:
        """The result: what was summed by the sum of weights."""
        result, total = self._local(self.result, (self.m, self.n)), self._local(self.sum, (self.m,))

        def divided(block: Block, x: SSAValue, total: SSAValue, old: SSAValue) -> SSAValue:
            return _cast(block, _do(block, arith.DivfOp, x, total), old.type)

        self._generic([result, total], self._part(self.b.outs[0], self.maps[-1], {}), divided)

    def _score(self, scores: Part, offsets: dict[int, Index]) -> None:
        """The region on all scores of the block."""
        block = body_of(self.op)
        if block.last_op is block.first_op:
            return
        b = self.b
        others = zip(b.ins[3:], self.maps[3:-1], strict=True)
        parts = [self._part(value, map_, offsets) for value, map_ in others]
        where: dict[int, Index] = dict(enumerate(self.point))
        starts = {**where, self.m: self.first, self.k2: offsets[self.k2]}

        def body(made: Block, *args: SSAValue) -> SSAValue:
            values: dict[SSAValue, SSAValue] = {}
            for argument, value in zip(block.args, args[:-1], strict=True):
                values[argument] = _narrowed(made, value, argument.type)
            for inner in block.ops:
                if inner is block.last_op:
                    return values.get(inner.operands[0], inner.operands[0])
                if isinstance(inner, IndexOp):
                    values[inner.result] = self._index(made, inner, starts)
                    continue
                made.add_op(copy := inner.clone(values))
                values.update(zip(inner.results, copy.results, strict=True))
            raise ValueError("a region without iree_linalg_ext.yield")

        self._generic([scores, *parts], scores, body)

    def _index(self, made: Block, op: IndexOp, starts: dict[int, Index]) -> SSAValue:
        """A loop's index: of the row or the key in this block, and where the block is."""
        loop, em = op.dim.value.data, self.b.em
        start = starts[loop]
        if loop not in (self.m, self.k2):
            return em.const(start)
        made.add_op(local := linalg.IndexOp([self.m, self.k2].index(loop)))
        if isinstance(start, int) and start == 0:
            return local.result
        return _do(made, arith.AddiOp, local.result, em.const(start))

    # Blocks and ops on them

    def _local(self, buffer: SSAValue, dims: tuple[int, ...]) -> Part:
        """The part of a local buffer that is used, whose dimensions are loops `dims`."""
        sizes = [self.extents[d] for d in dims]
        return self.b.part(buffer, [0] * len(sizes), sizes, len(sizes)), dims

    def _part(self, value: SSAValue, map_: AffineMap, offsets: dict[int, Index]) -> Part:
        """What of an operand the block needs, and the loops of its dimensions."""
        starts: dict[int, Index] = {self.m: self.first, self.k1: 0, self.n: 0, **offsets}
        at, sizes, kept = [], [], []
        for loop in _dims(map_):
            inside = loop >= self.m
            at.append(starts[loop] if inside else self.point[loop])
            sizes.append(self.extents[loop] if inside else 1)
            kept += [loop] if inside else []
        return self.b.part(value, at, sizes, len(kept)), tuple(kept)

    def _copy(
        self,
        value: SSAValue,
        map_: AffineMap,
        target: SSAValue,
        dims: tuple[int, ...],
        offsets: dict[int, Index],
    ) -> Part:
        """A part of an operand in local memory, in the accumulator's type."""
        copy = self._local(target, dims)
        part = self._part(value, map_, offsets)
        self._generic([part], copy, lambda block, x, old: _cast(block, x, old.type))
        return copy

    def _fill(self, value: float, target: SSAValue) -> None:
        number = self.b.em.scalar(value, self.type)
        self.b.em.add(linalg.FillOp([number], [target], ()))

    def _generic(
        self,
        ins: Sequence[Part],
        out: Part,
        body: Callable[..., SSAValue],
    ) -> None:
        """A `linalg.generic`: each operand with the loops of its dimensions; `body` gets the block
        and its arguments."""
        target, written = out
        used = {d for _, dims in (*ins, out) for d in dims}
        order = [d for d in (self.m, self.k2, self.n) if d in used and d in written]
        order += sorted(used - set(order))
        operands = [*(v for v, _ in ins), target]
        block = Block(arg_types=[cast(MemRefType, v.type).element_type for v in operands])
        block.add_op(linalg.YieldOp(body(block, *block.args)))
        maps = [
            AffineMap(len(order), 0, tuple(AffineDimExpr(order.index(d)) for d in dims))
            for _, dims in (*ins, out)
        ]
        parallel = [d in written for d in order]
        self.b.generic(operands[:-1], [target], maps, parallel, Region(block))


def _dims(map_: AffineMap) -> list[int]:
    return [cast(AffineDimExpr, e).position for e in map_.results]


def _block(keys: Index) -> int:
    """Keys of a block: all, if they are few, else a divisor of them, if there is one."""
    if not isinstance(keys, int):
        return KEYS
    if keys <= KEYS:
        return keys
    fitting = [n for n in range(KEYS // 2, KEYS + 1, 16) if keys % n == 0]
    return max(fitting, default=KEYS)


def _do(block: Block, cls: type[Operation], *operands: SSAValue) -> SSAValue:
    block.add_op(op := cls(*operands))
    return op.results[0]


def _multiply_add(block: Block, x: SSAValue, y: SSAValue, total: SSAValue) -> SSAValue:
    return _do(block, arith.AddfOp, _do(block, arith.MulfOp, x, y), total)


def _maximum(block: Block, x: SSAValue, old: SSAValue) -> SSAValue:
    return _do(block, arith.MaximumfOp, x, old)


def _add(block: Block, x: SSAValue, old: SSAValue) -> SSAValue:
    return _do(block, arith.AddfOp, x, old)


def _times(block: Block, x: SSAValue, old: SSAValue) -> SSAValue:
    return _do(block, arith.MulfOp, x, old)


def _exp(block: Block, x: SSAValue, y: SSAValue, old: SSAValue) -> SSAValue:
    return _do(block, math.ExpOp, _do(block, arith.SubfOp, x, y))


def _finite(block: Block, x: SSAValue, old: SSAValue) -> SSAValue:
    """0 instead of -inf: a row all of whose scores so far are -inf has sum 0, not NaN."""
    numbers = [arith.ConstantOp(FloatAttr(v, cast(Any, x.type))) for v in (float("-inf"), 0.0)]
    block.add_ops(numbers)
    block.add_op(none := arith.CmpfOp(x, numbers[0].result, "oeq"))
    return _do(block, arith.SelectOp, none.result, numbers[1].result, x)


def _cast(block: Block, value: SSAValue, type_: Attribute) -> SSAValue:
    """A float as another float type."""
    if value.type == type_:
        return value
    wider = cast(Any, type_).bitwidth > cast(Any, value.type).bitwidth
    cls = arith.ExtFOp if wider else arith.TruncFOp
    block.add_op(op := cls(value, cast(Any, type_)))
    return op.result


def _narrowed(block: Block, value: SSAValue, type_: Attribute) -> SSAValue:
    """An i1 that is a byte in memory."""
    if value.type == type_:
        return value
    block.add_op(op := arith.TruncIOp(value, cast(Any, type_)))
    return op.result


OPS = (OnlineAttentionOp,)
