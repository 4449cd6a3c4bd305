# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transposes in registers: what is contiguous along one loop becomes vectors along another.

A square block of as many rows as lanes is loaded row by row and leaves as its columns, by a network
of shuffles: inside of each 128 bits of the registers first (pairs of rows are interleaved, which
every CPU has an instruction for), then whole pieces of 128 bits change places.

`plan.make_plan` chooses the second loop, `nest.Nest` unrolls it by the lanes and loads here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import vector
from xdsl.dialects.builtin import DenseArrayBase, FixedBitwidthType, VectorType, i64
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr

from iree_explore.codegen.emitter import Emitter
from iree_explore.codegen.structured import Structured

_PIECE = 128
"""Bits that shuffles of one instruction stay inside of."""

MOST_LANES = 16
"""More rows would not stay in registers, and be much code."""


def other_loop(exprs: Sequence[AffineExpr], loop: int) -> int | None:
    """The loop that an operand is contiguous along, where it is strided along `loop`: both index
    one dimension each, by themselves."""
    last = exprs[-1] if exprs else None
    if not isinstance(last, AffineDimExpr) or last.position == loop:
        return None
    alone = [e for e in exprs if isinstance(e, AffineDimExpr) and e.position == loop]
    uses = [e for e in exprs for d in e.dfs() if d == AffineDimExpr(loop)]
    others = [e for e in exprs[:-1] for d in e.dfs() if d == last]
    return last.position if len(alone) == len(uses) == 1 and not others else None


def transposed_loop(
    op: Structured, vector_loop: int, extents: Sequence[int | None], least: int
) -> int | None:
    """The loop to unroll beside the vector loop so that strided inputs become transposes; None
    where there is none of at least `least` iterations."""
    if op.reductions:
        return None
    for index in range(len(op.inputs)):
        found = other_loop(op.maps[index].results, vector_loop)
        if found is not None and op.body.args[index].uses:
            extent = extents[found]
            if extent is None or extent >= least:
                return found
    return None


def reading_order(op: Structured, vector_loop: int, transposed: int) -> list[int]:
    """The loops in the order of the transposed input's dimensions, others first: reading goes on
    along as many streams as a block has rows, which a CPU fetches ahead of time."""
    source = next(
        map_.results
        for map_ in op.maps[: len(op.inputs)]
        if other_loop(map_.results, vector_loop) == transposed
    )
    ordered = [e.position for e in source if isinstance(e, AffineDimExpr)]
    ordered = list(dict.fromkeys(ordered))
    return [d for d in range(op.num_loops) if d not in ordered] + ordered


def lanes_of(lanes: int, registers: int) -> int:
    """Rows and columns of a block on a CPU with so many vector registers."""
    return min(lanes, MOST_LANES, registers // 2)


def column(
    em: Emitter, base: SSAValue, rows: Sequence[Sequence[SSAValue]], number: int
) -> SSAValue:
    """A column of the block of `base` whose rows begin at the indices `rows`; the columns of a
    block are made together and shared."""
    key = ("transposed", base, *(index for row in rows for index in row))
    known = em.shared((key, number))
    if known is not None:
        return known
    columns = transpose(em, [em.vector_load(base, row, len(rows), None) for row in rows])
    for i, value in enumerate(columns):
        em.remember((key, i), value)
    return columns[number]


def transpose(em: Emitter, rows: Sequence[SSAValue]) -> list[SSAValue]:
    """The columns of a square block of vectors; as many as lanes, a power of two."""
    type_ = rows[0].type
    assert isinstance(type_, VectorType)
    element = type_.element_type
    lanes = len(rows)
    bits = element.bitwidth if isinstance(element, FixedBitwidthType) else 64
    width = min(lanes, _PIECE // max(8, bits))
    half = width // 2
    low = [n for p in range(0, lanes, width) for e in range(p, p + half) for n in (e, lanes + e)]
    high = [n + half for n in low]
    pieces = [range(p, p + width) for p in range(0, 2 * lanes, width)]
    even = [n for piece in pieces[::2] for n in piece]
    odd = [n for piece in pieces[1::2] for n in piece]

    def shuffle(a: SSAValue, b: SSAValue, mask: list[int]) -> SSAValue:
        properties = {"mask": DenseArrayBase.from_list(i64, mask)}
        return em.pure(vector.ShuffleOp, (a, b), type_, properties, key=tuple(mask))

    def interleaved(rows: list[SSAValue]) -> list[SSAValue]:
        pairs = zip(rows[: len(rows) // 2], rows[len(rows) // 2 :], strict=True)
        return [shuffle(a, b, mask) for a, b in pairs for mask in (low, high)]

    def parted(rows: list[SSAValue]) -> list[SSAValue]:
        pairs = list(zip(rows[::2], rows[1::2], strict=True))
        return [shuffle(a, b, mask) for mask in (even, odd) for a, b in pairs]

    groups = [_repeat(interleaved, rows[b : b + width]) for b in range(0, lanes, width)]
    columns = [_repeat(parted, [group[e] for group in groups]) for e in range(width)]
    return [columns[e][p] for p in range(lanes // width) for e in range(width)]


def _repeat(
    stage: Callable[[list[SSAValue]], list[SSAValue]], rows: Sequence[SSAValue]
) -> list[SSAValue]:
    """A stage as often as its number of rows is twice one."""
    values = list(rows)
    for _ in range(len(rows).bit_length() - 1):
        values = stage(values)
    return values
