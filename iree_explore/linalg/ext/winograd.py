# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.winograd.*`: convolutions with 3x3 windows by fewer multiplications.

Winograd's F(m x m, 3 x 3): m x m results need t x t inputs, t = m + 2. With inputs and filter
transformed, each of the t x t places is one multiplication instead of nine for each result: a batch
of t * t matrix products over the channels. `convert_conv2d_to_winograd` makes these three ops
around that product. Matrices: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
(2016), for interpolation at 0, 1, -1, (2, -2,) infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, MemRefType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Region, SSAValue
from xdsl.irdl import irdl_op_definition, prop_def

from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run, shape_of

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

Matrix = tuple[tuple[float, ...], ...]

INPUT: dict[int, Matrix] = {
    2: ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    4: (
        (4, 0, -5, 0, 1, 0),
        (0, -4, -4, 1, 1, 0),
        (0, 4, -4, -1, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 2, -1, -2, 1, 0),
        (0, 4, 0, -5, 0, 1),
    ),
}
"""By m, what t inputs in a row are multiplied with."""

FILTER: dict[int, Matrix] = {
    2: ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    4: (
        (1 / 4, 0, 0),
        (-1 / 6, -1 / 6, -1 / 6),
        (-1 / 6, 1 / 6, -1 / 6),
        (1 / 24, 1 / 12, 1 / 6),
        (1 / 24, -1 / 12, 1 / 6),
        (0, 0, 1),
    ),
}
"""By m, what three weights in a row are multiplied with."""

OUTPUT: dict[int, Matrix] = {
    2: ((1, 1, 1, 0), (0, 1, -1, -1)),
    4: ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1)),
}
"""By m, what t products in a row are multiplied with."""


class _WinogradOp(LinalgExtOp):
    """`output_tile_size` is m."""

    ROW: ClassVar[int] = 32

    @property
    def m(self) -> int:
        """Results of one tile along a dimension."""
        return self.properties["output_tile_size"].value.data  # pyright: ignore

    @property
    def t(self) -> int:
        """Inputs, and products, of one tile along a dimension."""
        return self.m + 2


@irdl_op_definition
class InputTransformOp(_WinogradOp):
    """`ins` [n, h, w, c] in overlapping t x t tiles, row by row, transformed: `outs` [t*t, n,
    tiles, c]. h and w are m times a number of tiles, and 2."""

    name = "iree_linalg_ext.winograd.input_transform"
    output_tile_size = prop_def(IntegerAttr)

    def labels(self) -> list[Labels]:
        return [(0, None, None, 1), (None, 0, None, 1)]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        (x,), m, t = ins, self.m, self.t
        windows = np.lib.stride_tricks.sliding_window_view(x, (t, t), (1, 2))[:, ::m, ::m]
        matrix = np.array(INPUT[m], x.dtype)
        found = np.einsum("ai,bj,nhwcij->abnhwc", matrix, matrix, windows, optimize=True)
        return [found.reshape(outs[0].shape).astype(x.dtype)]

    def emit_loops(self, b: LoopBuilder) -> None:
        (x,), (out,), m, t, em = b.ins, b.outs, self.m, self.t, b.em
        images, _, _, channels = b.sizes(x)
        _, high, wide, _ = shape_of(self.ins[0])
        high, wide = (high - 2) // m, (wide - 2) // m
        with b.nest([images, high, wide]) as (n, i, j):
            place = em.addi(em.muli(i, wide), j)
            top, left = em.muli(i, m), em.muli(j, m)
            tile = [
                b.row(x, [n, em.addi(top, p), em.addi(left, q), 0], 3, channels).result
                for p in range(t)
                for q in range(t)
            ]
            places = [b.row(out, [p, n, place, 0], 3, channels).result for p in range(t * t)]
            _transform(b, tile, places, INPUT[m], t)


@irdl_op_definition
class FilterTransformOp(_WinogradOp):
    """`ins` [3, 3, c, f] transformed: `outs` [t*t, c, f]."""

    name = "iree_linalg_ext.winograd.filter_transform"
    output_tile_size = prop_def(IntegerAttr)

    def labels(self) -> list[Labels]:
        return [(None, None, 0, 1), (None, 0, 1)]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        matrix = np.array(FILTER[self.m])
        found = np.einsum("ai,bj,ijcf->abcf", matrix, matrix, ins[0], optimize=True)
        return [found.reshape(outs[0].shape).astype(ins[0].dtype)]

    def emit_loops(self, b: LoopBuilder) -> None:
        (w,), (out,) = b.ins, b.outs
        _, _, channels, filters = b.sizes(w)
        with b.loop(0, channels) as c:
            window = [b.row(w, [p, q, c, 0], 3, filters).result for p in range(3) for q in range(3)]
            places = [b.row(out, [p, c, 0], 2, filters).result for p in range(self.t**2)]
            _transform(b, window, places, FILTER[self.m], 3)


@irdl_op_definition
class OutputTransformOp(_WinogradOp):
    """`ins` [t*t, n, tiles, f], the products, transformed to results: `outs` [n, h, w, f]. What the
    last tiles have beyond h and w is dropped."""

    name = "iree_linalg_ext.winograd.output_transform"
    output_tile_size = prop_def(IntegerAttr)

    def labels(self) -> list[Labels]:
        return [(None, 0, None, 1), (0, None, None, 1)]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        m, t = self.m, self.t
        images, filters = ins[0].shape[1], ins[0].shape[3]
        high, wide = (-(-size // m) for size in outs[0].shape[1:3])
        products = ins[0].reshape(t, t, images, high, wide, filters)
        matrix = np.array(OUTPUT[m], ins[0].dtype)
        found = np.einsum("ia,jb,abnhwf->nhiwjf", matrix, matrix, products, optimize=True)
        found = found.reshape(images, high * m, wide * m, filters).astype(ins[0].dtype)
        return [found[:, : outs[0].shape[1], : outs[0].shape[2]]]

    def emit_loops(self, b: LoopBuilder) -> None:
        (products,), (out,), m, t, em = b.ins, b.outs, self.m, self.t, b.em
        images, _, _, filters = b.sizes(out)
        _, high, wide, _ = shape_of(self.outs[0])
        for rows, tiles_high in _parts(high, m):
            for columns, tiles_wide in _parts(wide, m):
                with b.nest([images]) as (n,), b.loop(*tiles_high) as i, b.loop(*tiles_wide) as j:
                    top, left = em.muli(i, m), em.muli(j, m)
                    number = em.addi(em.muli(i, -(-wide // m)), j)
                    tile = [
                        b.row(products, [p, n, number, 0], 3, filters).result for p in range(t * t)
                    ]
                    places = [
                        b.row(out, [n, em.addi(top, p), em.addi(left, q), 0], 3, filters).result
                        if p < rows and q < columns
                        else None
                        for p in range(m)
                        for q in range(m)
                    ]
                    _transform(b, tile, places, OUTPUT[m], t)


def _parts(size: int, m: int) -> list[tuple[int, tuple[Index, Index]]]:
    """(results of a tile that are wanted, (first, last) of such tiles) along a dimension."""
    full, rest = divmod(size, m)
    whole: list[tuple[int, tuple[Index, Index]]] = [(m, (0, full))] if full else []
    return [*whole, (rest, (full, full + 1))] if rest else whole


def _transform(
    b: LoopBuilder,
    tile: Sequence[SSAValue],
    places: Sequence[SSAValue | None],
    matrix: Matrix,
    size: int,
) -> None:
    """Stores `matrix @ tile @ matrix.T` of a `size` x `size` tile of rows in `places` (row-major;
    None: not wanted), as one `linalg.generic` on the rows' elements."""
    outs = [place for place in places if place is not None]
    rows = [*tile, *outs]
    block = Block(arg_types=[cast(MemRefType, row.type).element_type for row in rows])
    count = len(matrix)
    columns = [
        _combine(block, matrix, [block.args[p * size + q] for p in range(size)])
        for q in range(size)
    ]
    results: list[SSAValue] = []
    for p in range(count):
        if any(place is not None for place in places[p * count : (p + 1) * count]):
            line = _combine(block, matrix, [columns[q][p] for q in range(size)])
            results += [v for q, v in enumerate(line) if places[p * count + q] is not None]
    block.add_op(linalg.YieldOp(*results))
    b.rows_generic(tile, outs, Region(block))


def _combine(block: Block, matrix: Matrix, values: list[SSAValue]) -> list[SSAValue]:
    """`matrix @ values`. Two rows that differ in the sign of some terms only share both sums, and
    so do two columns."""
    matrix, values = _share_columns(block, matrix, values)
    found: list[SSAValue | None] = [None] * len(matrix)
    for r, row in enumerate(matrix):
        if found[r] is not None:
            continue
        other = row if r + 1 == len(matrix) else matrix[r + 1]
        same = tuple(a if a == b else 0 for a, b in zip(row, other, strict=True))
        turned = tuple(a if a == -b else 0 for a, b in zip(row, other, strict=True))
        shared = all(s or o or not a for s, o, a in zip(same, turned, row, strict=True))
        if other is not row and shared and any(same) and any(turned):
            even, odd = _sum(block, same, values), _sum(block, turned, values)
            found[r] = _do(block, arith.AddfOp, even, odd)
            found[r + 1] = _do(block, arith.SubfOp, even, odd)
        else:
            found[r] = _sum(block, row, values)
    return [v for v in found if v is not None]


def _share_columns(
    block: Block, matrix: Matrix, values: list[SSAValue]
) -> tuple[Matrix, list[SSAValue]]:
    """The same product of fewer terms: where neighbours in all rows have equal or opposite factors,
    and both occur more than once, their sum and their difference are values instead of them."""
    columns, values = [list(c) for c in zip(*matrix, strict=True)], list(values)
    for left in range(1, len(columns) - 1):
        pair = list(zip(columns[left], columns[left + 1], strict=True))
        same = [a if a == b else 0 for a, b in pair]
        turned = [a if a == -b else 0 for a, b in pair]
        if all(abs(a) == abs(b) for a, b in pair) and min(map(_count, (same, turned))) > 1:
            x, y = values[left], values[left + 1]
            values[left] = _do(block, arith.AddfOp, x, y)
            values[left + 1] = _do(block, arith.SubfOp, x, y)
            columns[left], columns[left + 1] = same, turned
    return tuple(zip(*columns, strict=True)), values


def _count(factors: Sequence[float]) -> int:
    return sum(factor != 0 for factor in factors)


def _sum(block: Block, factors: Sequence[float], values: list[SSAValue]) -> SSAValue:
    """The sum of products, without multiplications by 1 and -1."""
    total: SSAValue | None = None
    terms = [(f, v) for f, v in zip(factors, values, strict=True) if f]
    for factor, value in sorted(terms, key=lambda term: term[0] < 0):
        size = abs(factor)
        if size != 1:
            number = arith.ConstantOp(FloatAttr(size, value.type))  # pyright: ignore
            block.add_op(number)
            value = _do(block, arith.MulfOp, value, number.result)
        if total is None:
            total = value if factor > 0 else _do(block, arith.NegfOp, value)
        else:
            total = _do(block, arith.AddfOp if factor > 0 else arith.SubfOp, total, value)
    assert total is not None
    return total


def _do(block: Block, cls: type, *operands: SSAValue) -> SSAValue:
    op = cls(*operands)
    block.add_op(op)
    return op.results[0]


OPS = (InputTransformOp, FilterTransformOp, OutputTransformOp)
