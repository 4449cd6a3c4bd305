# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Nest`: the loops of one linalg op and of the elementwise ops that follow it, in registers.

Parallel loops go outside, reduction loops inside with the accumulators of a register block as
`iter_args`; elementwise followers (bias, relu, a residual) are applied to the accumulators before
anything is stored. Where a loop is not a multiple of its block, the last block begins earlier and
computes some of the elements again: one body is all there is to compile. What reads what it writes,
or has fewer elements than a vector, gets a second body instead, masked.
`plan.py` chooses the loops, `body.py` evaluates the scalar bodies.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import VectorType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.ir.affine import AffineExpr

from iree_explore.codegen.body import BodyEvaluator, Lane, Point, Value
from iree_explore.codegen.bounds import divisor, few, known_values
from iree_explore.codegen.emitter import Emitter, Index, Unroll
from iree_explore.codegen.horizontal import Horizontal
from iree_explore.codegen.plan import Plan
from iree_explore.codegen.structured import Linear, Structured, linear
from iree_explore.codegen.transposes import column, other_loop
from iree_explore.codegen.views import View, buffer_key, resolve

_SHORT, _WINDOW = 8, 9
"""Steps of a reduction loop that LLVM may unroll whole, and of a window that it must."""


@dataclass
class Access:
    """An operand of a stage: a `view` indexed by `exprs` over the nest's loops, or a scalar."""

    view: View | None
    scalar: SSAValue | None = None
    exprs: tuple[AffineExpr, ...] = ()
    forms: list[Linear | None] = field(default_factory=list)

    @staticmethod
    def of(view: View, exprs: tuple[AffineExpr, ...]) -> Access:
        return Access(view, None, exprs, [linear(e) for e in exprs])


@dataclass
class Stage:
    """One linalg op of a nest. `loops[d]` is the nest's loop of its loop d; `links[i]` says that
    operand i is a result, kept in registers, of an earlier stage: (stage, output)."""

    op: Structured
    accesses: list[Access]
    loops: list[int]
    links: dict[int, tuple[int, int]] = field(default_factory=dict)
    stored: list[bool] = field(default_factory=list)
    initial: list[SSAValue | None] = field(default_factory=list)
    """Per output a scalar that it was filled with, or None: read it from memory."""


class Nest:
    """Emits `stages` (the root first) over loops with `extents`."""

    def __init__(self, em: Emitter, stages: list[Stage], extents: list[Index], plan: Plan):
        self.em = em
        self.stages = stages
        self.root = stages[0]
        self.extents = extents
        self.plan = plan
        self.position: list[Index] = [0] * len(extents)
        self.count = [1] * len(extents)
        self.starts: dict[int, list[tuple[Index, int]]] = {}
        self.origin: dict[int, Index] = {}
        self.filling = False
        self.tail: tuple[SSAValue, Index] | None = None
        self.bodies = [BodyEvaluator(em, s.op.body, plan.lanes) for s in stages]
        self.vector_reduction = plan.vector is not None and plan.vector in plan.reduction
        self.window = self._window()
        self.repeatable = self._repeatable()
        self.indexed = [any(isinstance(o, linalg.IndexOp) for o in s.op.body.walk())
                        for s in stages]  # fmt: skip

    def emit(self) -> None:
        """The whole nest."""
        self._parallel(0)

    # Loops

    def _parallel(self, depth: int) -> None:
        if depth == len(self.plan.parallel):
            self._kernel()
            return
        loop = self.plan.parallel[depth]
        if self.plan.streamed and loop == self.plan.vector:
            self._stream(lambda: self._over(loop, [], lambda: self._parallel(depth + 1)))
        else:
            self._over(loop, [], lambda: self._parallel(depth + 1))

    def _stream(self, body: Callable[[], None]) -> None:
        """The reduction outside of the vector loop, which `body` runs: a few steps of it at once,
        accumulators in the output's memory."""
        em, (loop,), step = self.em, self.plan.reduction, self.plan.streamed
        extent = self.extents[loop]
        self.repeatable = False
        self.filling = True
        body()
        self.filling = False
        initial = self.root.initial
        self.root.initial = [None for _ in initial]

        def steps(first: Index, count: int) -> None:
            self.origin[loop], self.extents[loop] = first, count
            self.window = count
            body()
            self.extents[loop] = extent

        known = isinstance(extent, int)
        full = extent // step * step if known else em.subi(extent, em.remi(extent, step))
        with em.loop(0, full, step, [], unroll="disable") as (position, _):
            steps(position, step)
        if not known:
            with em.loop(full, extent, 1, [], unroll="disable") as (position, _):
                steps(position, 1)
        elif isinstance(full, int) and full < extent:
            steps(full, extent - full)
        self.origin.clear()
        self.root.initial = initial

    def _reduce(self, depth: int, carried: list[SSAValue]) -> None:
        if depth == len(self.plan.reduction):
            self._accumulate(carried)
            return
        self._over(self.plan.reduction[depth], carried, lambda: self._reduce(depth + 1, carried))

    def _over(self, loop: int, carried: list[SSAValue], body: Callable[[], None]) -> None:
        """Runs `body` over all blocks of `loop`."""
        extent, block = self.extents[loop], self.plan.block(loop)
        lanes = self.plan.lanes if loop == self.plan.vector else 1
        unroll = self.plan.unroll.get(loop, 1)
        sizes = known_values(extent)
        if block == 1 or divisor(extent) % block == 0:
            self._blocks(loop, 0, extent, block, unroll, carried, body)
        elif loop == self.plan.transposed and self.repeatable and min(sizes, default=0) < block:
            self._overlapping_if_long(loop, unroll, lanes, body)
        elif sizes and min(sizes) >= lanes and loop in self.plan.parallel and self.repeatable:
            self._overlapping(loop, sizes, lanes, body)
        elif not sizes and loop in self.plan.parallel and self.repeatable:
            self._overlapping_if_long(loop, unroll, lanes, body)
        else:
            self._peeled(loop, lanes, carried, body)

    def _overlapping_if_long(
        self, loop: int, unroll: int, lanes: int, body: Callable[[], None]
    ) -> None:
        """Blocks of which the last ends with the loop, or if there is not even one block, single
        iterations (masked vectors): as much code as full blocks and a rest, and less of it runs.
        Where there are never many iterations, blocks of half the size come before single ones."""
        em, extent, block = self.em, self.extents[loop], unroll * lanes
        by_llvm = self._unroll(loop, 0, extent, block)

        def long() -> None:
            self.count[loop] = unroll
            last = em.subi(extent, block)
            with em.loop(0, extent, block, [], unroll=by_llvm) as (position, _):
                self.position[loop] = em.mini(position, last)
                body()

        def short() -> None:
            square = loop == self.plan.transposed
            if unroll >= 4 and isinstance(extent, SSAValue) and few(extent) and not square:
                self._overlapping_if_long(loop, unroll // 2, lanes, body)
            else:
                self._single(loop, 0, lanes, [], body)

        em.branch(em.at_least(extent, block), long, short)

    def _overlapping(
        self, loop: int, sizes: tuple[int, ...], lanes: int, body: Callable[[], None]
    ) -> None:
        """Blocks of which the last ends with the loop, whose extent is one of `sizes`."""
        em, extent, block = self.em, self.extents[loop], self.plan.block(loop)
        units = self.count[loop] = self.plan.unroll.get(loop, 1)
        if isinstance(extent, int) and extent <= block:
            units = self.count[loop] = -(-extent // lanes)
            self.starts[loop] = [(0, min(u * lanes, extent - lanes)) for u in range(units)]
            body()
        elif max(sizes) <= block:
            last = em.subi(extent, lanes)
            firsts = [em.mini(u * lanes, last) for u in range(1, units)]
            self.starts[loop] = [(first, 0) for first in (0, *firsts)]
            body()
        else:
            by_llvm = self._unroll(loop, 0, extent, block)
            with em.loop(0, extent, block, [], unroll=by_llvm) as (position, _):
                if min(sizes) >= block:
                    self.position[loop] = em.mini(position, em.subi(extent, block))
                else:  # a block may be larger than all there is
                    last = em.subi(extent, lanes)
                    firsts = [em.mini(em.addi(position, u * lanes), last) for u in range(units)]
                    self.starts[loop] = [(first, 0) for first in firsts]
                body()
        self.starts.pop(loop, None)

    def _peeled(
        self, loop: int, lanes: int, carried: list[SSAValue], body: Callable[[], None]
    ) -> None:
        """Full blocks, then what is left."""
        em, extent, block = self.em, self.extents[loop], self.plan.block(loop)
        full: Index
        if isinstance(extent, int):
            full = extent // block * block
        else:
            full = em.subi(extent, em.remi(extent, block))
        self._blocks(loop, 0, full, block, self.plan.unroll.get(loop, 1), carried, body)
        rest = extent - full if isinstance(extent, int) and isinstance(full, int) else None
        if rest is not None and (lanes == 1 or rest <= lanes):
            if rest:
                self.position[loop], self.count[loop] = full, -(-rest // lanes)
                partial = rest % lanes
                self._with_tail(partial if partial else None, body)
        else:
            self._single(loop, full, lanes, carried, body)

    def _single(
        self,
        loop: int,
        lower: Index,
        lanes: int,
        carried: list[SSAValue],
        body: Callable[[], None],
    ) -> None:
        """What is left of a loop from `lower` on, one iteration or vector at a time, masked unless
        vectors divide it."""
        em, extent = self.em, self.extents[loop]
        if lanes == 1:
            self._blocks(loop, lower, extent, 1, 1, carried, body)
            return
        with em.loop(lower, extent, lanes, carried, unroll="disable") as (position, _):
            self.position[loop], self.count[loop] = position, 1
            whole = divisor(extent) % lanes == 0
            left = None if whole else em.mini(em.subi(extent, position), lanes)
            self._with_tail(left, body)

    def _blocks(
        self,
        loop: int,
        lower: Index,
        upper: Index,
        step: int,
        unroll: int,
        carried: list[SSAValue],
        body: Callable[[], None],
    ) -> None:
        self.count[loop] = unroll
        if isinstance(lower, int) and isinstance(upper, int) and upper - lower <= step:
            if upper > lower:
                self.position[loop] = lower
                body()
            return
        by_llvm = self._unroll(loop, lower, upper, step)
        with self.em.loop(lower, upper, step, carried, unroll=by_llvm) as (position, _):
            self.position[loop] = position
            body()

    def _unroll(self, loop: int, lower: Index, upper: Index, step: int) -> Unroll | None:
        """What LLVM does with a loop: none whose body is a block of vectors, all of the window of a
        pooling or a depthwise convolution."""
        known = isinstance(lower, int) and isinstance(upper, int)
        if known and loop not in self.plan.parallel:
            if self.window <= _WINDOW:
                return "full"
            if upper - lower <= _SHORT * step:  # pyright: ignore[reportOperatorIssue]
                return "free"
        return None if self.plan.vector is None else "disable"

    def _window(self) -> int:
        """Steps of all reduction loops together; many if one of them is not known."""
        steps = 1
        for loop in self.plan.reduction:
            extent = self.extents[loop]
            steps *= -(-extent // self.plan.block(loop)) if isinstance(extent, int) else 1 << 30
        return steps

    def _with_tail(self, count: Index | None, body: Callable[[], None]) -> None:
        if count is not None:
            self.tail = (self.em.mask(count, self.plan.lanes), count)
        body()
        self.tail = None

    def _repeatable(self) -> bool:
        """Whether elements may be computed twice: nothing is read where something is stored."""
        read: set[object] = set()
        stored: set[object] = set()
        for number, stage in enumerate(self.stages):
            for index, access in enumerate(stage.accesses):
                output = index - len(stage.op.inputs)
                if access.view is None or (index in stage.links and output < 0):
                    continue
                key = buffer_key(access.view.base)
                if output >= 0 and stage.stored[output]:
                    stored.add(key)
                if output < 0 or self._reads_memory(number, output):
                    read.add(key)
            for inner in stage.op.body.walk():
                if isinstance(inner, memref.LoadOp):
                    read.add(buffer_key(resolve(inner.memref, self.em).base))
        return not read & stored

    def _reads_memory(self, number: int, output: int) -> bool:
        """Whether a stage begins with what is in an output's buffer."""
        stage = self.stages[number]
        linked = len(stage.op.inputs) + output in stage.links
        filled = stage.initial[output] is not None
        return not linked and not filled and stage.op.reads_output(output)

    # One register block

    def _points(self) -> list[dict[int, int]]:
        """The unrolled points of the parallel loops, vector loop innermost."""
        loops = [d for d in self.plan.parallel if self.count[d] > 1]
        loops.sort(key=lambda d: d == self.plan.vector)
        ranges = [range(self.count[d]) for d in loops]
        return [dict(zip(loops, units, strict=True)) for units in itertools.product(*ranges)]

    def _kernel(self) -> None:
        points = self._points()
        if not self.root.op.reductions:
            for point in points:
                inputs = self._inputs(0, point, {})
                outputs = [self._initial(o, point) for o in range(len(self.root.op.outputs))]
                self._finish(point, self._evaluate(0, [*inputs, *outputs], point))
            return
        outputs = range(len(self.root.op.outputs))
        if self.filling:
            for point in points:
                self._finish(point, [self._start(o, point) for o in outputs])
            return
        if self.vector_reduction:
            copies = self._copies()
            lanes = Horizontal(self.em, self.root.op, self.bodies[0])
            firsts = [[lanes.first(o, self._old(point)) for o in outputs] for point in points]
            carried = [first for values in firsts for first in values for _ in range(copies)]
        else:
            copies, lanes = 1, None
            carried = [self._start(o, point) for point in points for o in outputs]
        counts = list(self.count)
        self._reduce(0, carried)
        self.count = counts
        accumulators = iter(carried)
        for point in points:
            parts = [list(itertools.islice(accumulators, copies)) for _ in outputs]
            if lanes is None:
                self._finish(point, [first for first, *_ in parts])
            else:
                self._finish(point, [*lanes.totals(parts, self._old(point))])

    def _copies(self) -> int:
        """Partial accumulators of one point: a vectorised reduction has several."""
        loop = self.plan.vector
        return self.plan.unroll.get(loop, 1) if self.vector_reduction and loop is not None else 1

    def _accumulate(self, carried: list[SSAValue]) -> None:
        """One step of the innermost reduction loop on all accumulators of the block."""
        outputs = range(len(self.root.op.outputs))
        copies = self._copies()
        vector_loop = self.plan.vector if self.vector_reduction else None
        units = self.count[vector_loop] if vector_loop is not None else 1
        slot = 0
        for point in self._points():
            for unit in range(copies):
                if unit < units:
                    where = point if vector_loop is None else {**point, vector_loop: unit}
                    slots = [slot + o * copies + unit for o in outputs]
                    self._step(carried, slots, where)
            slot += copies * len(outputs)

    def _step(self, carried: list[SSAValue], slots: list[int], point: dict[int, int]) -> None:
        old = [carried[s] for s in slots]
        new = self._evaluate(0, [*self._inputs(0, point, {}), *old], point)
        mask = self._mask(point) if self.vector_reduction else None
        for s, before, after in zip(slots, old, new, strict=True):
            value = self._as(after, before.type)
            carried[s] = value if mask is None else self.em.select(mask, value, before)

    def _as(self, value: Value, type_: Attribute) -> SSAValue:
        if isinstance(type_, VectorType):
            return self.bodies[0].vector(value)
        assert isinstance(value, SSAValue)
        return value

    def _finish(self, point: dict[int, int], values: list[Value]) -> None:
        """Followers of the root at one point, then the stores."""
        results: dict[tuple[int, int], Value] = {(0, o): v for o, v in enumerate(values)}
        for number, stage in enumerate(self.stages[1:], 1):
            inputs = self._inputs(number, point, results)
            base = len(stage.op.inputs)
            outputs = [
                results[stage.links[base + o]]
                if base + o in stage.links
                else self._initial(o, point, number)
                for o in range(len(stage.op.outputs))
            ]
            for o, value in enumerate(self._evaluate(number, [*inputs, *outputs], point)):
                results[number, o] = value
        for number, stage in enumerate(self.stages):
            for o, stored in enumerate(stage.stored):
                if stored:
                    access = stage.accesses[len(stage.op.inputs) + o]
                    self._store(results[number, o], access, point)

    def _evaluate(self, number: int, arguments: list[Value], point: dict[int, int]) -> list[Value]:
        indices = self._point_indices(self.stages[number], point) if self.indexed[number] else ()
        return self.bodies[number].evaluate(arguments, Point(indices, self._mask(point)))

    # Values

    def _inputs(
        self, number: int, point: dict[int, int], results: dict[tuple[int, int], Value]
    ) -> list[Value]:
        stage = self.stages[number]
        values: list[Value] = []
        for i in range(len(stage.op.inputs)):
            if i in stage.links:
                values.append(results[stage.links[i]])
            elif not stage.op.body.args[i].uses:
                values.append(stage.op.body.args[i])
            else:
                values.append(self._load(stage.accesses[i], point))
        return values

    def _initial(self, output: int, point: dict[int, int], number: int = 0) -> Value:
        """What the body sees as an output's old value."""
        stage = self.stages[number]
        argument = stage.op.body.args[len(stage.op.inputs) + output]
        filled = stage.initial[output]
        if filled is not None or not stage.op.reads_output(output):
            return filled if filled is not None else argument
        return self._load(stage.accesses[len(stage.op.inputs) + output], point)

    def _old(self, point: dict[int, int]) -> Callable[[int], SSAValue]:
        """`_initial` of the root, as scalars."""

        def old(output: int) -> SSAValue:
            value = self._initial(output, point)
            assert isinstance(value, SSAValue)
            return value

        return old

    def _start(self, output: int, point: dict[int, int]) -> SSAValue:
        """An accumulator's first value: a vector where the vector loop is parallel."""
        value = self._old(point)(output)
        return value if self.plan.vector is None else self.em.broadcast(value, self.plan.lanes)

    # Accesses

    def _mask(self, point: dict[int, int]) -> SSAValue | None:
        tail, loop = self.tail, self.plan.vector
        if tail is None or loop is None or point.get(loop, 0) != self.count[loop] - 1:
            return None
        return tail[0]

    def _masked_count(self, point: dict[int, int]) -> Index | None:
        return self.tail[1] if self.tail and self._mask(point) is not None else None

    def _first(self, loop: int, point: dict[int, int]) -> tuple[Index, int]:
        """Where a point begins in a loop: an index and a constant to add."""
        unit = point.get(loop, 0)
        if loop in self.starts:
            return self.starts[loop][unit]
        first = self.position[loop]
        if loop in self.origin:
            first = self.em.addi(first, self.origin[loop])
        return first, unit * (self.plan.lanes if loop == self.plan.vector else 1)

    def _index(self, loop: int, point: dict[int, int]) -> Index:
        return self.em.addi(*self._first(loop, point))

    def _point_indices(self, stage: Stage, point: dict[int, int]) -> list[Index | Lane]:
        indices: list[Index | Lane] = []
        for loop in stage.loops:
            index = self._index(loop, point)
            is_vector = loop == self.plan.vector
            indices.append(Lane(index, self._masked_count(point)) if is_vector else index)
        return indices

    def _place(
        self, access: Access, point: dict[int, int], lane: Index | None = None
    ) -> list[SSAValue]:
        """Indices into the base buffer; `lane` is added to the vector loop."""
        em, view = self.em, access.view
        assert view is not None
        terms: list[list[tuple[int, Index]]] = [[(1, offset)] for offset in view.offsets]
        constants = [0] * len(view.offsets)
        for dim, stride, expr, form in zip(
            view.dims, view.strides, access.exprs, access.forms, strict=True
        ):
            if form is None:
                dims = [self._index(d, point) for d in range(len(self.extents))]
                if lane is not None and self.plan.vector is not None:
                    dims[self.plan.vector] = em.addi(dims[self.plan.vector], lane)
                terms[dim].append((stride, em.affine(expr, dims)))
                continue
            constants[dim] += form.constant * stride
            for loop, coefficient in form.coefficients:
                first, constant = self._first(loop, point)
                terms[dim].append((coefficient * stride, first))
                constants[dim] += coefficient * stride * constant
                if lane is not None and loop == self.plan.vector:
                    terms[dim].append((coefficient * stride, lane))
        return [em.const(em.sum(t, c)) for t, c in zip(terms, constants, strict=True)]

    def _kind(self, access: Access) -> str:
        """How an access moves along the vector loop: "scalar", "contiguous" or "strided"."""
        loop = self.plan.vector
        if loop is None:
            return "scalar"
        kind = "scalar"
        assert access.view is not None
        last = len(access.exprs) - 1
        for position, (expr, form) in enumerate(zip(access.exprs, access.forms, strict=True)):
            if form is None:
                if any(getattr(e, "position", None) == loop for e in expr.dfs()):
                    return "strided"
                continue
            coefficient = form.of(loop)
            if coefficient == 0:
                continue
            if coefficient != 1 or position != last or not access.view.contiguous():
                return "strided"
            kind = "contiguous"
        return kind

    def _load(self, access: Access, point: dict[int, int]) -> SSAValue:
        em, view = self.em, access.view
        if view is None:
            assert access.scalar is not None
            return access.scalar
        kind = self._kind(access)
        if kind == "scalar":
            value = em.load(view.base, self._place(access, point))
        elif kind == "contiguous":
            place = self._place(access, point)
            value = em.vector_load(view.base, place, self.plan.lanes, self._mask(point))
        else:
            loop = self._transposes(access)
            if loop is not None:
                rows = self._strided(access, {**point, loop: 0})
                return column(em, view.base, rows, point.get(loop, 0))
            value = em.from_lanes([em.load(view.base, p) for p in self._strided(access, point)])
        return value

    def _strided(self, access: Access, point: dict[int, int]) -> list[list[SSAValue]]:
        """Where the lanes of a vector are; those that are masked off are at the last one's."""
        count = self._masked_count(point)
        last = self.plan.lanes if count is None else self.em.subi(count, 1)
        lanes = [self.em.mini(lane, last) for lane in range(self.plan.lanes)]
        return [self._place(access, point, lane) for lane in lanes]

    def _transposes(self, access: Access) -> int | None:
        """The loop along which rows of a strided access are loaded as vectors: a square block."""
        loop = self.plan.transposed
        if loop is None or self.count[loop] != self.plan.lanes or loop in self.starts:
            return None
        assert access.view is not None and self.plan.vector is not None
        other = other_loop(access.exprs, self.plan.vector)
        return loop if other == loop and access.view.contiguous() else None

    def _store(self, value: Value, access: Access, point: dict[int, int]) -> None:
        em, view = self.em, access.view
        assert view is not None
        kind = self._kind(access)
        if kind == "scalar":
            if isinstance(value, Lane):
                value = em.const(value.base)
            em.store(value, view.base, self._place(access, point))
            return
        stored = self.bodies[0].vector(value)
        if kind == "contiguous":
            em.vector_store(stored, view.base, self._place(access, point), self._mask(point))
            return
        count = self._masked_count(point)
        for lane in range(self.plan.lanes):
            if isinstance(count, int) and lane >= count:
                break
            place = self._place(access, point, lane)
            if count is None or isinstance(count, int) or lane == 0:
                em.store(em.extract(stored, lane), view.base, place)
                continue
            inside = em.extract(self._mask(point) or stored, lane)
            block = Block()
            with em.scope(block):
                em.store(em.extract(stored, lane), view.base, place)
                em.add(scf.YieldOp.create())
            em.add(scf.IfOp.create(operands=[inside], regions=[Region(block), Region()]))
