# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`TransposedNest`: an elementwise nest that reads rows and writes columns, by square tiles.

What is contiguous along one loop and leaves along another comes into workgroup memory four
neighbours at a time, and is taken out of it column by column: both sides of a transposition touch
whole lines of memory. Rows in workgroup memory are one element longer than the tile, so that
columns lie in different banks.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import FixedBitwidthType
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.bounds import divisor
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.gpu import grid
from iree_explore.codegen.gpu.flat import LANES
from iree_explore.codegen.nest import Access, Nest, Stage
from iree_explore.codegen.plan import Plan, vectorizable
from iree_explore.codegen.structured import Structured
from iree_explore.codegen.transposes import other_loop

MOST = 4
"""Inputs that are transposed: their tiles fit into the workgroup memory that every device has."""

_LEAST = 32
"""Extent of both loops from which whole lines of memory are touched."""


def transposed_loops(
    views: Sequence[Structured], extents: Sequence[Index | None]
) -> tuple[int, int] | None:
    """The loop along which the result of a nest is written, and the one along which some inputs
    are contiguous that are strided along the first; None where there is no such pair."""
    root = views[0]
    if root.reductions or len(root.outputs) != 1 or not all(map(vectorizable, views)):
        return None
    types = {a.type for view in views for a in view.body.args}
    if any(not isinstance(t, FixedBitwidthType) or t.bitwidth != 32 for t in types):
        return None
    results = root.output_maps[0].results
    if not results or not all(isinstance(e, AffineDimExpr) for e in results):
        return None
    last = results[-1]
    assert isinstance(last, AffineDimExpr)
    found = [
        other_loop(map_.results, last.position)
        for map_, argument in zip(root.maps, root.body.args, strict=True)
        if argument.first_use is not None
    ]
    others = {loop for loop in found if loop is not None}
    if len(others) != 1 or sum(loop is not None for loop in found) > MOST:
        return None
    pair = last.position, others.pop()
    for loop in pair:
        extent = extents[loop]
        if extent is None or divisor(extent) % LANES:
            return None
        if isinstance(extent, int) and extent < _LEAST:
            return None
    return pair


def tile_of(root: Structured, written: int) -> int:
    """Rows and columns of a workgroup's tile: the more inputs are transposed, the fewer."""
    count = sum(other_loop(m.results, written) is not None for m in root.maps[: len(root.inputs)])
    return 64 if count == 1 else 32


class TransposedNest(Nest):
    """Emits a nest whose result is `written` along one loop while inputs are `read` along another,
    in tiles of `tile` x `tile`."""

    def __init__(
        self, em: Emitter, stages: list[Stage], extents: list[Index], pair: tuple[int, int],
        tile: int,
    ) -> None:  # fmt: skip
        self.written, self.read = pair
        self.tile = tile
        parallel = [d for d in range(stages[0].op.num_loops) if d not in pair]
        self.others = parallel
        plan = Plan(self.written, LANES, {}, [*parallel, self.read, self.written], [])
        super().__init__(em, stages, extents, plan)
        self.moved: dict[int, SSAValue] = {}
        self.place: tuple[Index, Index] = (0, 0)

    def emit(self, size: int) -> None:
        """The tile of this workgroup of `size` invocations."""
        em, tile = self.em, self.tile
        counts = [
            *(self.extents[d] for d in self.others),
            *(em.ceildiv(self.extents[d], tile) for d in (self.read, self.written)),
        ]
        number = grid.workgroup(em)
        grid.guard(em, number, grid.product(em, counts))
        *outer, row, column = grid.positions(em, number, counts)
        for loop, index in zip(self.others, outer, strict=True):
            self.position[loop] = index
        first = em.muli(column, tile), em.muli(row, tile)
        self._gather(first, size)
        grid.barrier(em)
        for share in range(self._shares(size)):
            along, across = self._unit(share, size)
            self.place = along, across
            self._write(em.addi(first[0], along), em.addi(first[1], across))

    def _shares(self, size: int) -> int:
        return self.tile * self.tile // LANES // size

    def _unit(self, share: int, size: int) -> tuple[Index, Index]:
        """Four neighbours of a tile that are this invocation's: where they begin along a row, and
        which row."""
        em, per_row = self.em, self.tile // LANES
        number = em.addi(grid.thread(em), share * size)
        return em.muli(em.remi(number, per_row), LANES), em.divi(number, per_row)

    def _gather(self, first: tuple[Index, Index], size: int) -> None:
        """Puts this invocation's shares of all transposed inputs into workgroup memory."""
        em = self.em
        stage = self.root
        accesses = [
            access
            for access, argument in zip(stage.accesses, stage.op.body.args, strict=True)
            if access.view is not None
            and argument.first_use is not None
            and access.view.contiguous()
            and other_loop(access.exprs, self.written) == self.read
        ]
        values: list[tuple[SSAValue, SSAValue, Index, Index]] = []
        for access in accesses:
            assert access.view is not None
            element = access.view.base.type.element_type  # pyright: ignore
            memory = grid.scratch(em, [self.tile, self.tile + 1], element)
            self.moved[id(access)] = memory
            for share in range(self._shares(size)):
                along, across = self._unit(share, size)
                self.position[self.read] = self._inside(self.read, first[1], along, LANES)
                self.position[self.written] = self._inside(self.written, first[0], across, 1)
                place = self._place(access, {})
                value = em.vector_load(access.view.base, place, LANES, None)
                values.append((value, memory, across, along))
        for value, memory, across, along in values:
            for lane in range(LANES):
                at = [em.const(across), em.const(em.addi(along, lane))]
                em.store(em.extract(value, lane), memory, at)

    def _inside(self, loop: int, first: Index, offset: Index, width: int) -> Index:
        """A position of the tile, or the last one that there is."""
        em, extent = self.em, self.extents[loop]
        at = em.addi(first, offset)
        return at if divisor(extent) % self.tile == 0 else em.mini(at, em.subi(extent, width))

    def _write(self, written: Index, read: Index) -> None:
        """Computes and stores four neighbours, if they exist."""
        em = self.em
        pairs = ((written, self.written), (read, self.read))
        conditions = [
            grid.below(em, index, self.extents[loop])
            for index, loop in pairs
            if divisor(self.extents[loop]) % self.tile
        ]
        self.position[self.written], self.position[self.read] = written, read
        condition = grid.both(em, conditions)
        if condition is None:
            self._kernel()
        else:
            em.branch(condition, self._kernel, lambda: None)

    def _load(self, access: Access, point: dict[int, int]) -> SSAValue:
        memory = self.moved.get(id(access))
        if memory is None:
            return super()._load(access, point)
        em, (along, across) = self.em, self.place
        places = ([em.const(em.addi(along, lane)), em.const(across)] for lane in range(LANES))
        return em.from_lanes([em.load(memory, place) for place in places])
