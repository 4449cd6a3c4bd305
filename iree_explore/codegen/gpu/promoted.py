# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`PromotedContraction`: a product by tiles in workgroup memory and blocks in registers.

The rows, the columns and the reduction of a product (of a convolution several loops each, numbered
as one) are cut into tiles. A workgroup has one tile of the result. For each step of the reduction
it copies what it needs of both operands into workgroup memory, four neighbours at a time, while it
multiplies what it copied before: there are two buffers, and one barrier a step. An invocation has a
block of the result in registers, in groups of four rows by four columns. Operands are gathered by
their indexing maps, so a convolution is a product too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.body import BodyEvaluator, Point
from iree_explore.codegen.bounds import divisor
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.gpu import grid
from iree_explore.codegen.gpu.contraction import ContractionLoops, Tiles
from iree_explore.codegen.gpu.flat import LANES
from iree_explore.codegen.nest import Access, Nest, Stage
from iree_explore.codegen.plan import Plan, vectorizable
from iree_explore.codegen.structured import combiners

_SUBGROUP_COLUMNS, _SUBGROUP = 8, 32
"""Blocks of a subgroup side by side, and in all: its reads of both operands are short then."""


@dataclass
class _Panel:
    """A tile of one operand: its access, the loops that are not reduced, how many of them the tile
    has, what is copied at once ("outer": neighbours of those loops, "depth": of the reduction, ""
    if single elements are), and its memory."""

    access: Access
    loops: tuple[int, ...]
    width: int
    along: str
    memory: SSAValue
    first: Index = 0


class PromotedContraction(Nest):
    """Emits a product and what follows it."""

    def __init__(
        self, em: Emitter, stages: list[Stage], extents: list[Index], tiles: Tiles
    ) -> None:
        loops = ContractionLoops.of(stages[0].op)
        assert loops is not None
        self.tiles, self.loops = tiles, loops
        last = loops.columns[-1]
        output = stages[0].op.output_maps[0].results[-1]
        innermost = isinstance(output, AffineDimExpr) and output.position == last
        wide = innermost and divisor(extents[last]) % LANES == 0
        wide = wide and all(vectorizable(s.op) for s in stages)
        vector_ = last if wide else None
        order = [*loops.batch, *loops.rows, *loops.columns]
        plan = Plan(vector_, LANES if wide else 1, {}, order, list(loops.reduction))
        super().__init__(em, stages, extents, plan)
        self.step_body = BodyEvaluator(em, self.root.op.body, LANES)

    # The tile

    def emit(self) -> None:
        """The tile of this workgroup."""
        em, tiles, loops = self.em, self.tiles, self.loops
        rows, columns, depth = (
            self._total(kind) for kind in (loops.rows, loops.columns, loops.reduction)
        )
        across, down = em.ceildiv(columns, tiles.columns), em.ceildiv(rows, tiles.rows)
        batches = self._total(loops.batch)
        number = grid.workgroup(em)
        grid.guard(em, number, grid.product(em, [batches, down, across]))
        batch, row, column = grid.positions(em, number, [batches, down, across])
        self._stand(loops.batch, batch)
        left = self._panel(loops.left, loops.rows, tiles.rows)
        right = self._panel(loops.right, loops.columns, tiles.columns)
        left.first, right.first = em.muli(row, tiles.rows), em.muli(column, tiles.columns)
        assert isinstance(depth, int)
        down_, across_ = self._block()
        self._keep((left, right), self._copied((left, right), 0, depth), 0)
        grid.barrier(em)
        carried = self._empty()
        with em.loop(0, depth, tiles.depth, carried) as (step, _):
            following = em.addi(step, tiles.depth)
            more = grid.below(em, following, depth)
            at = em.select(more, em.const(following), em.const(0))
            ahead = self._copied((left, right), at, depth)
            buffer = em.remi(em.divi(step, tiles.depth), 2)
            with em.loop(0, tiles.depth, 1, carried, unroll="full") as (inner, _):
                self._multiply(carried, (left, right), buffer, inner, (down_, across_))
            self._keep((left, right), ahead, em.subi(1, buffer))
            grid.barrier(em)
        self._results(carried, (left.first, right.first), (down_, across_), (rows, columns))

    def _total(self, loops: Sequence[int]) -> Index:
        return grid.product(self.em, [self.extents[d] for d in loops])

    def _stand(self, loops: Sequence[int], number: Index) -> None:
        """Point `number` of some loops."""
        extents = [self.extents[d] for d in loops]
        for loop, index in zip(loops, grid.positions(self.em, number, extents), strict=True):
            self.position[loop] = index

    def _block(self) -> tuple[Index, Index]:
        """Row and column of this invocation's block among those of the workgroup."""
        em, tiles = self.em, self.tiles
        across = tiles.columns // tiles.column_block
        thread = grid.thread(em)
        narrow = min(across, _SUBGROUP_COLUMNS)
        tall = _SUBGROUP // narrow
        subgroup, lane = em.divi(thread, _SUBGROUP), em.remi(thread, _SUBGROUP)
        side = across // narrow
        row = em.addi(em.muli(em.divi(subgroup, side), tall), em.divi(lane, narrow))
        column = em.addi(em.muli(em.remi(subgroup, side), narrow), em.remi(lane, narrow))
        return row, column

    # Copies

    def _panel(self, operand: int, loops: tuple[int, ...], width: int) -> _Panel:
        access = self.root.accesses[operand]
        assert access.view is not None
        element = self.root.op.body.args[operand].type
        along = self._along(access, loops, self.tiles.depth)
        memory = grid.scratch(self.em, [2, self.tiles.depth, width], element)
        return _Panel(access, loops, width, along, memory)

    def _along(self, access: Access, loops: tuple[int, ...], depth: int) -> str:
        view = access.view
        assert view is not None
        if not view.contiguous() or not access.forms:
            return ""
        for name, loop in (("outer", loops[-1]), ("depth", self.loops.reduction[-1])):
            places = [i for i, f in enumerate(access.forms) if f is not None and f.of(loop)]
            form = access.forms[-1]
            last = places == [len(access.forms) - 1] and form is not None and form.of(loop) == 1
            if last and divisor(self.extents[loop]) % LANES == 0 and depth % LANES == 0:
                return name
        return ""

    def _copied(
        self, panels: tuple[_Panel, _Panel], step: Index, depth: int
    ) -> list[list[SSAValue]]:
        """This invocation's share of both tiles from `step` on, in registers."""
        return [
            [self._read(panel, n, step, depth) for n in range(self._shares(panel))]
            for panel in panels
        ]

    def _shares(self, panel: _Panel) -> int:
        """Copies an invocation makes of a tile."""
        count = panel.width * self.tiles.depth // (LANES if panel.along else 1)
        return -(-count // self.tiles.invocations)

    def _where(self, panel: _Panel, share: int) -> tuple[Index, Index]:
        """Place of a copy in its tile: along the loops that stay, and along the reduction."""
        em, depth = self.em, self.tiles.depth
        number = em.addi(grid.thread(em), share * self.tiles.invocations)
        if panel.along == "depth":
            per_row = depth // LANES
            return em.divi(number, per_row), em.muli(em.remi(number, per_row), LANES)
        if panel.along == "outer":
            per_row = panel.width // LANES
            return em.muli(em.remi(number, per_row), LANES), em.divi(number, per_row)
        return em.remi(number, panel.width), em.divi(number, panel.width)

    def _read(self, panel: _Panel, share: int, step: Index, depth: int) -> SSAValue:
        em, view = self.em, panel.access.view
        assert view is not None
        outer, inner = self._where(panel, share)
        total = self._total(panel.loops)
        number = em.addi(panel.first, outer)
        if divisor(total) % panel.width or total == 0:
            last = em.subi(total, LANES if panel.along == "outer" else 1)
            number = em.mini(number, last)
        deep = em.addi(step, inner)
        ragged = depth % self.tiles.depth != 0
        at = deep
        if ragged:
            at = em.mini(deep, depth - (LANES if panel.along == "depth" else 1))
        kept = list(self.position)
        self._stand(panel.loops, number)
        self._stand(self.loops.reduction, at)
        self.starts.clear()
        place = self._place(panel.access, {})
        self.position = kept
        if panel.along:
            value = em.vector_load(view.base, place, LANES, None)
        else:
            value = em.load(view.base, place)
        if ragged:
            element = panel.memory.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
            zero = em.scalar(0, element)
            inside = grid.below(em, deep, depth)
            value = em.select(inside, value, em.broadcast(zero, LANES) if panel.along else zero)
        return value

    def _keep(
        self, panels: tuple[_Panel, _Panel], values: list[list[SSAValue]], buffer: Index
    ) -> None:
        """Puts what `_copied` read into workgroup memory."""
        em = self.em
        for panel, found in zip(panels, values, strict=True):
            count = panel.width * self.tiles.depth // (LANES if panel.along else 1)
            for share, value in enumerate(found):
                number = em.addi(grid.thread(em), share * self.tiles.invocations)
                if (share + 1) * self.tiles.invocations > count:
                    inside = grid.below(em, number, count)

                    def write(p: _Panel = panel, s: int = share, v: SSAValue = value) -> None:
                        self._write(p, s, v, buffer)

                    em.branch(inside, write, lambda: None)
                else:
                    self._write(panel, share, value, buffer)

    def _write(self, panel: _Panel, share: int, value: SSAValue, buffer: Index) -> None:
        em = self.em
        outer, inner = self._where(panel, share)
        if panel.along == "outer":
            em.vector_store(value, panel.memory, self._places(buffer, inner, outer), None)
        elif panel.along == "depth":
            for lane in range(LANES):
                place = self._places(buffer, em.addi(inner, lane), outer)
                em.store(em.extract(value, lane), panel.memory, place)
        else:
            em.store(value, panel.memory, self._places(buffer, inner, outer))

    def _places(self, *indices: Index) -> list[SSAValue]:
        return [self.em.const(index) for index in indices]

    # Arithmetic

    def _groups(self, extent: int, block: int) -> list[int]:
        """Where the groups of four of a block begin, for the first block."""
        count = block // LANES
        return [g * (extent // count) for g in range(count)]

    def _empty(self) -> list[SSAValue]:
        em, tiles = self.em, self.tiles
        filled = self.root.initial[0]
        type_ = self.root.op.body.args[-1].type
        value = filled if filled is not None else em.scalar(0, type_)
        count = tiles.row_block * tiles.column_block // LANES
        return [em.broadcast(value, LANES)] * count

    def _multiply(
        self, carried: list[SSAValue], panels: tuple[_Panel, _Panel], buffer: Index,
        inner: Index, block: tuple[Index, Index],
    ) -> None:  # fmt: skip
        """Adds one step's product to the block."""
        em, tiles = self.em, self.tiles
        fragments: list[list[SSAValue]] = []
        for panel, size, at in zip(
            panels, (tiles.row_block, tiles.column_block), block, strict=True
        ):
            found = []
            for group in self._groups(panel.width, size):
                place = self._places(buffer, inner, em.addi(em.muli(at, LANES), group))
                found.append(em.vector_load(panel.memory, place, LANES, None))
            fragments.append(found)
        slot = 0
        for rows in fragments[0]:
            for row in range(LANES):
                a = em.extract(rows, row)
                for b in fragments[1]:
                    pair = (a, b) if self.loops.left == 0 else (b, a)
                    values = self.step_body.evaluate([*pair, carried[slot]], Point((), None))
                    carried[slot] = self.step_body.vector(values[0])
                    slot += 1

    # Results

    def _results(
        self, carried: list[SSAValue], first: tuple[Index, Index],
        block: tuple[Index, Index], totals: tuple[Index, Index],
    ) -> None:  # fmt: skip
        em, tiles = self.em, self.tiles
        slot = 0
        for down in self._groups(tiles.rows, tiles.row_block):
            for unit in range(LANES):
                row = em.addi(em.addi(first[0], em.muli(block[0], LANES)), down + unit)
                for across in self._groups(tiles.columns, tiles.column_block):
                    column = em.addi(em.addi(first[1], em.muli(block[1], LANES)), across)
                    self._result(carried[slot], (row, column), totals)
                    slot += 1

    def _result(
        self, value: SSAValue, at: tuple[Index, Index], totals: tuple[Index, Index]
    ) -> None:
        """Followers and stores of four neighbouring results, as far as they exist."""
        em, tiles = self.em, self.tiles
        wide = self.plan.vector is not None
        whole = [
            divisor(totals[0]) % tiles.rows == 0 and totals[0] != 0,
            divisor(totals[1]) % tiles.columns == 0 and totals[1] != 0,
        ]
        for lane in range(1 if wide else LANES):
            place = at[0], em.addi(at[1], lane)
            conditions = [
                grid.below(em, index, total)
                for index, total, fits in zip(place, totals, whole, strict=True)
                if not fits
            ]
            part = value if wide else em.extract(value, lane)

            def store(part: SSAValue = part, place: tuple[Index, Index] = place) -> None:
                self._stand(self.loops.rows, place[0])
                self._stand(self.loops.columns, place[1])
                self._finish({}, [self._joined(part)])

            condition = grid.both(em, conditions)
            if condition is None:
                store()
            else:
                em.branch(condition, store, lambda: None)

    def _joined(self, value: SSAValue) -> SSAValue:
        """With what the result held before, where it was not filled."""
        if self.root.initial[0] is not None:
            return value
        found = combiners(self.root.op)
        assert found is not None
        old = self._initial(0, {})
        assert isinstance(old, SSAValue)
        return self.em.pure(type(found[0]), (old, value), value.type, found[0].properties)
