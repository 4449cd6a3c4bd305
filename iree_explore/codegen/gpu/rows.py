# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`WorkgroupNest`: one nest of a workgroup's tile, shared among its invocations.

Where there are enough points an invocation has some of them, as in `flat.py`. A reduction with few
points is cut: invocations accumulate every n-th element, the partial results meet in workgroup
memory, and two rounds of at most 16 combine them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import SSAValue

from iree_explore.codegen.body import BodyEvaluator
from iree_explore.codegen.bounds import divisor, static_bound
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.gpu import grid
from iree_explore.codegen.gpu.flat import LANES, FlatNest, flat_plan, point_loops, vector_loop
from iree_explore.codegen.horizontal import Horizontal, neutral
from iree_explore.codegen.nest import Nest, Stage
from iree_explore.codegen.plan import Plan, vectorizable
from iree_explore.codegen.structured import Structured, combiners, linear
from iree_explore.linalg.selections import selection

_ROUND = 16
"""Partial results that one invocation combines."""

_AHEAD = 4
"""Steps of a slice in one turn of its loop, which are read together."""


def row_vector(view: Structured, extents: Sequence[Index | None]) -> int | None:
    """The reduction loop along which every input lies in memory element by element, if vectors
    divide it."""
    if not vectorizable(view) or not reads_rows(view):
        return None
    loop = view.reductions[-1]
    extent = extents[loop]
    return None if extent is None or divisor(extent) % LANES else loop


def reads_rows(view: Structured) -> bool:
    """Whether the innermost reduction loop is that of neighbours in memory in every input."""
    touched = False
    for map_ in view.maps[: len(view.inputs)] if view.reductions else ():
        for place, expr in enumerate(map_.results):
            form = linear(expr)
            if form is None:
                return False
            if form.of(view.reductions[-1]):
                if form.of(view.reductions[-1]) != 1 or place != len(map_.results) - 1:
                    return False
                touched = True
    return touched


def reducible(view: Structured, initial: Sequence[SSAValue | None]) -> bool:
    """Whether a reduction can be cut into slices: by combiners, or a choice that begins with what
    may take part in every slice. `initial` is what outputs were filled with."""
    if not view.reductions or combiners(view) is not None:
        return bool(view.reductions)
    chosen = selection(view.body, len(view.inputs), view.parallel)
    if chosen is None or chosen.position is None:
        return chosen is not None
    fill = initial[chosen.position]
    start = None if fill is None else fill.owner
    number = start.value if isinstance(start, arith.ConstantOp) else None
    return isinstance(number, IntegerAttr) and number.value.data <= 0


def slices(points: int | None, size: int) -> int:
    """Into how many parts invocations cut a reduction of so many points."""
    if points is None or points >= size:
        return 1
    return size // (1 << max(0, (points - 1)).bit_length())


class WorkgroupNest(Nest):
    """Emits a nest whose points the `size` invocations of a workgroup share; `first` is the
    number of its first point and `most` how many it has, if it has not all of them."""

    def __init__(
        self, em: Emitter, stages: list[Stage], extents: list[Index], size: int,
        most: int | None = None,
    ) -> None:  # fmt: skip
        root = stages[0].op
        points = most
        if points is None:
            bounds = [static_bound(extents[d]) for d, p in enumerate(root.parallel) if p]
            points = None if None in bounds else math.prod(cast(list[int], bounds))
        self.combiners = combiners(root) if root.reductions else None
        self.slices = slices(points, size) if reducible(root, stages[0].initial) else 1
        self.size, self.most = size, most
        if self.slices > 1:
            loop = row_vector(root, extents)
            plan = Plan(loop, 1 if loop is None else LANES, {}, point_loops(root), root.reductions)
        else:
            plan = flat_plan(root, vector_loop([s.op for s in stages], extents))
        super().__init__(em, stages, extents, plan)
        self.scalars = BodyEvaluator(em, root.body, 1)

    def emit(self) -> None:
        """All points of the nest; with `most` those of this workgroup in the grid."""
        em = self.em
        if self.slices == 1 and self.most is None:
            nest = FlatNest(em, self.stages, self.extents, self.plan.vector)
            counts = nest.units()
            total = grid.product(em, counts)
            with em.loop(grid.thread(em), total, self.size, []) as (number, _):
                nest.at(number, counts)
            return
        counts = [self.extents[d] for d in self.plan.parallel]
        total = grid.product(em, counts)
        width = self.size // self.slices
        column = em.remi(grid.thread(em), width)
        if self.most is not None:
            first = em.muli(grid.workgroup(em), self.most)
            grid.guard(em, first, total)
            self._reduce_at(em.addi(first, column), counts, total)
        elif isinstance(total, int) and total <= width:
            self._reduce_at(column, counts, total)
        else:
            with em.loop(0, total, width, []) as (begin, _):
                self._reduce_at(em.addi(begin, column), counts, total)
                grid.barrier(em)

    def _reduce_at(self, number: Index, counts: Sequence[Index], total: Index) -> None:
        """Reduces point `number` in slices, with the other invocations that have it."""
        em = self.em
        width = self.size // self.slices
        whole = isinstance(total, int) and total % width == 0
        inside = number if whole else em.mini(number, em.subi(total, 1))
        for loop, index in zip(self.plan.parallel, grid.positions(em, inside, counts), strict=True):
            self.position[loop] = index
        totals = self._combined(self._parts(self._accumulated(width)), width)
        conditions = [grid.below(em, grid.thread(em), width)]
        if not whole:
            conditions.append(grid.below(em, number, total))
        condition = grid.both(em, conditions)
        assert condition is not None
        finish = _Finish(em, self)
        em.branch(condition, lambda: finish.store(totals), lambda: None)

    def _accumulated(self, width: int) -> list[SSAValue]:
        """What this invocation's slice adds up to."""
        em, plan = self.em, self.plan
        extents = [em.divi(self.extents[d], plan.block(d)) for d in plan.reduction]
        slice_ = em.divi(grid.thread(em), width)
        carried = [self._empty(o) for o in range(len(self.root.op.outputs))]
        total = grid.product(em, extents)
        whole = isinstance(total, int) and total % (self.slices * _AHEAD) == 0
        ahead = _AHEAD if whole else 1
        with em.loop(slice_, total, self.slices * ahead, carried) as (first, _):
            for number in range(ahead):
                step = em.addi(first, number * self.slices)
                at = grid.positions(em, step, extents)
                for loop, index in zip(plan.reduction, at, strict=True):
                    self.position[loop] = em.muli(index, plan.block(loop))
                self._accumulate(carried)
        return carried

    def _empty(self, output: int) -> SSAValue:
        """What a slice begins with: what adds nothing, or of a choice what was there."""
        if self.combiners is None:
            value = self._old({})(output)
        else:
            op = self.combiners[output]
            value = neutral(self.em, op.name, op.results[0].type)
        return value if self.plan.vector is None else self.em.broadcast(value, self.plan.lanes)

    def _parts(self, values: list[SSAValue]) -> list[SSAValue]:
        """Vectors of partial results as one each."""
        if self.plan.vector is None:
            return values
        lanes = Horizontal(self.em, self.root.op, self.bodies[0])
        found = self.combiners

        def empty(output: int) -> SSAValue:
            assert found is not None
            return neutral(self.em, found[output].name, found[output].results[0].type)

        return lanes.totals([[value] for value in values], empty)

    def _together(self, a: Sequence[SSAValue], b: Sequence[SSAValue]) -> list[SSAValue]:
        """Two partial results, of all outputs, as one."""
        em = self.em
        if self.combiners is not None:
            return [
                em.pure(type(op), (x, y), op.results[0].type, op.properties)
                for op, x, y in zip(self.combiners, a, b, strict=True)
            ]
        chosen = selection(self.root.op.body, len(self.root.op.inputs), self.root.op.parallel)
        assert chosen is not None
        if chosen.position is not None:
            swap = grid.below(em, b[chosen.position], a[chosen.position])
            a, b = (
                [em.select(swap, y, x) for x, y in zip(a, b, strict=True)],
                [em.select(swap, x, y) for x, y in zip(a, b, strict=True)],
            )
        return [em.extract(v, 0) for v in self.scalars.choose(chosen, a, b)]

    def _combined(self, values: list[SSAValue], width: int) -> list[SSAValue]:
        """The partial results of all slices of a point as one, in every invocation."""
        em, thread = self.em, grid.thread(self.em)
        memory = [grid.scratch(em, [self.size], value.type) for value in values]
        for value, place in zip(values, memory, strict=True):
            em.store(value, place, [thread])
        grid.barrier(em)
        left = self.slices
        while left > _ROUND:
            groups = max(_ROUND, left // _ROUND)
            following = [grid.scratch(em, [groups * width], value.type) for value in values]

            def round_(source: list[SSAValue] = memory, to: list[SSAValue] = following,
                       n: int = left, groups: int = groups) -> None:  # fmt: skip
                found = self._all(source, thread, groups * width, n // groups)
                for value, place in zip(found, to, strict=True):
                    em.store(value, place, [thread])

            inside = grid.below(em, thread, groups * width)
            em.branch(inside, round_, lambda: None)
            grid.barrier(em)
            memory, left = following, groups
        return self._all(memory, em.remi(thread, width), width, left)

    def _all(
        self, memory: Sequence[SSAValue], first: Index, stride: int, count: int
    ) -> list[SSAValue]:
        """`count` partial results that lie `stride` apart, as one."""
        em = self.em
        total: list[SSAValue] | None = None
        for number in range(count):
            place = [em.const(em.addi(first, number * stride))]
            values = [em.load(source, place) for source in memory]
            total = values if total is None else self._together(total, values)
        assert total is not None
        return total


class _Finish(Nest):
    """What follows a reduction at the point where the nest stands."""

    def __init__(self, em: Emitter, nest: WorkgroupNest) -> None:
        plan = Plan(None, 1, {}, nest.plan.parallel, nest.plan.reduction)
        super().__init__(em, nest.stages, nest.extents, plan)
        self.position = nest.position
        self.together = None if nest.combiners is None else nest._together

    def store(self, totals: Sequence[SSAValue]) -> None:
        """Joins what was in the results before, applies the followers, stores."""
        if self.together is not None:
            totals = self.together([self._old({})(o) for o in range(len(totals))], totals)
        self._finish({}, list(totals))
