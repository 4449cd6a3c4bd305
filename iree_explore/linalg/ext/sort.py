# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.sort`: tensors sorted together along one dimension, by any comparator.

A stable merge sort. Runs of `RUN` elements are sorted by insertion on their way from the inputs to
the results; then neighbouring runs are merged in place, the left one from a copy in the scratch
tensors. Where the comparator compares an integer made of each element, long lines are sorted by its
digits instead (`linalg/radix_sort.py`), many short ones side by side (`linalg/sort_network.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, prop_def

from iree_explore.linalg.ext_interface import (
    ASSUMED,
    Labels,
    LinalgExtOp,
    Run,
    every_dim_but,
    has_control_flow,
    shape_of,
)
from iree_explore.linalg.radix_sort import RadixSort, sort_key
from iree_explore.linalg.sort_network import FEWEST, LANES, SortNetwork, network_keys

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

RUN = 8
"""Elements that are sorted by insertion."""

SMALL = 256
"""Elements up to which NumPy sorts as the loops do, pair by pair."""


@irdl_op_definition
class SortOp(LinalgExtOp):
    """Sorts n tensors along `dimension`: `ins` the tensors, `outs` the results, then n scratch
    tensors of the same types, whose results mean nothing.

    The region gets (x of the first tensor, y of the first tensor, x of the second, ...) and yields
    whether x goes before y. Elements that neither goes before the other keep their order.
    """

    name = "iree_linalg_ext.sort"
    dimension = prop_def(IntegerAttr)

    @property
    def axis(self) -> int:
        """The dimension that is sorted."""
        return self.dimension.value.data

    def labels(self) -> list[Labels]:
        return [every_dim_but(len(shape_of(v)), self.axis) for v in self.operands]

    def work(self) -> int:
        size = shape_of(self.ins[0])[self.axis]
        size = ASSUMED if size < 0 else max(2, size)
        return 4 * len(self.ins) * size * size.bit_length()

    def stripe(self) -> int:
        """Lines that are sorted side by side."""
        return LANES if network_keys(self) is not None else self.ROW

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        def before(x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> np.ndarray:
            pairs = [a for pair in zip(x, y, strict=True) for a in pair]
            return run(self.regions[0], pairs)[0]

        alone = has_control_flow(self.regions[0])
        return [*sort_arrays(ins, self.axis, before, one_by_one=alone), *outs[len(ins) :]]

    def emit_loops(self, b: LoopBuilder) -> None:
        SortLoops(self, b).emit()


class SortLoops:
    """The loops of one sort."""

    def __init__(self, op: SortOp, b: LoopBuilder):
        self.op, self.b, self.em, self.axis = op, b, b.em, op.axis
        count = len(b.ins)
        self.inputs, self.results, self.scratch = b.ins, b.outs[:count], b.outs[count:]
        self.size = b.sizes(b.outs[0])[op.axis]
        self.point: list[SSAValue] = []
        key = sort_key(op.regions[0].block)
        long = not isinstance(self.size, int) or (key is not None and self.size >= key.least)
        self.key = key if long else None

    def emit(self) -> None:
        keys = network_keys(self.op)
        line = self.line()
        if keys is None:
            self.one_by_one(line)
            return
        lines = self.b.extents()[-1]
        network = SortNetwork(self, keys, line)
        if not isinstance(lines, int):
            enough = self.em.at_least(lines, LANES)
            self.em.branch(enough, network.emit, lambda: self.one_by_one(line))
        elif lines >= FEWEST:
            network.emit()
        else:
            self.one_by_one(line)

    def one_by_one(self, line: Callable[[], None]) -> None:
        """Every line by itself."""
        with self.b.points() as self.point:
            line()

    def line(self) -> Callable[[], None]:
        """What sorts the line at `point`."""
        n, key = self.size, self.key
        if key is None:
            return self.merge_sort
        radix = RadixSort(self, key)
        if isinstance(n, int):
            return radix.emit
        return lambda: self.em.branch(self.em.at_least(n, key.least), radix.emit, self.merge_sort)

    def merge_sort(self) -> None:
        """Runs, then merges of twice their length and so on."""
        b, em, n = self.b, self.em, self.size
        self.sort_runs()
        if isinstance(n, int) and n <= RUN:
            return
        width = [em.const(RUN)]
        with b.while_loop(width, lambda w: b.compare("slt", w[0], n), unroll="disable"):
            self.merge_pass(width[0])
            width[:] = [em.const(em.muli(width[0], 2))]

    def at(self, index: Index) -> list[Index]:
        """Indices of an element of the line at hand."""
        found: list[Index] = list(self.point)
        found.insert(self.axis, index)
        return found

    def read(self, buffers: Sequence[SSAValue], index: Index) -> list[SSAValue]:
        return [self.b.load(v, self.at(index)) for v in buffers]

    def write(self, values: Sequence[SSAValue], buffers: Sequence[SSAValue], index: Index) -> None:
        for value, buffer in zip(values, buffers, strict=True):
            self.b.store(value, buffer, self.at(index))

    def before(self, x: Sequence[SSAValue], y: Sequence[SSAValue]) -> SSAValue:
        """Whether the elements `x` go before `y`."""
        return self.b.inline([v for pair in zip(x, y, strict=True) for v in pair])[0]

    def sort_runs(self) -> None:
        """Insertion sort of every run, from the inputs into the results."""
        b, em, n = self.b, self.em, self.size
        with (
            b.loop(0, n, step=RUN) as low,
            b.loop(low, em.mini(em.addi(low, RUN), n)) as i,
        ):
            new = self.read(self.inputs, i)
            place = [i]

            def goes_on(values: list[SSAValue]) -> SSAValue:
                return b.choose(
                    b.compare("sgt", values[0], low),
                    lambda: [self.before(new, self.read(self.results, em.subi(values[0], 1)))],
                    lambda: [b.false()],
                )[0]

            with b.while_loop(place, goes_on, unroll="disable"):
                previous = em.subi(place[0], 1)
                self.write(self.read(self.results, previous), self.results, place[0])
                place[:] = [em.const(previous)]
            self.write(new, self.results, place[0])

    def merge_pass(self, width: Index) -> None:
        """Merges neighbouring runs of `width` elements in place; the last may have no neighbour."""
        b, em, n = self.b, self.em, self.size
        place = [em.const(0)]

        def has_neighbour(v: list[SSAValue]) -> SSAValue:
            return b.compare("slt", em.addi(v[0], width), n)

        with b.while_loop(place, has_neighbour, unroll="disable"):
            low = place[0]
            middle, high = em.addi(low, width), em.mini(em.addi(low, em.muli(width, 2)), n)
            with b.loop(low, middle, unroll="disable") as i:
                self.write(self.read(self.results, i), self.scratch, i)
            left, right = self.merge(low, middle, high)
            moved = em.subi(right, middle)
            with b.loop(left, middle, unroll="disable") as i:
                self.write(self.read(self.scratch, i), self.results, em.addi(i, moved))
            place[:] = [em.const(em.addi(low, em.muli(width, 2)))]

    def merge(self, low: Index, middle: Index, high: Index) -> list[SSAValue]:
        """Merges [low, middle) of the scratch with [middle, high) of the results into the results,
        until one of the two is used up; how far it came in each. No branch depends on the elements.
        """
        b, em = self.b, self.em
        places = [em.const(low), em.const(middle)]

        def both_left(v: list[SSAValue]) -> SSAValue:
            return b.both(b.compare("slt", v[0], middle), b.compare("slt", v[1], high))

        with b.while_loop(places, both_left, unroll="disable"):
            i, j = places
            left, right = self.read(self.scratch, i), self.read(self.results, j)
            take_right = self.before(right, left)
            taken = [b.select(take_right, y, x) for x, y in zip(left, right, strict=True)]
            self.write(taken, self.results, em.addi(i, em.subi(j, middle)))
            zero, one = em.const(0), em.const(1)
            places[:] = [
                em.const(em.addi(i, b.select(take_right, zero, one))),
                em.const(em.addi(j, b.select(take_right, one, zero))),
            ]
        return places


Before = Callable[[Sequence[np.ndarray], Sequence[np.ndarray]], np.ndarray]
"""Whether elements x go before elements y, on arrays of any equal shape."""


def sort_arrays(
    arrays: Sequence[np.ndarray], axis: int, before: Before, *, one_by_one: bool = False
) -> list[np.ndarray]:
    """`arrays` sorted together along `axis`, stably.

    All lines at once: runs of doubling length are merged by binary search of each element's place
    in the neighbouring run. `one_by_one` calls `before` with scalars only. That is also done for
    small arrays, and where the comparator is seen to be no order (of NaN): then the result depends
    on which pairs are compared, and they are those that the loops compare.
    """
    lines = [np.moveaxis(a, axis, -1) for a in arrays]
    shape = lines[0].shape
    if 0 in shape:
        return [np.array(a) for a in arrays]
    flat = [x.reshape(-1, shape[-1]) for x in lines]
    alone = one_by_one or flat[0].size <= SMALL
    order = None if alone else _order(flat, before)
    if order is None:
        order = np.array([_merge_sort([x[i] for x in flat], before) for i in range(len(flat[0]))])
    moved = [np.take_along_axis(x, order, 1).reshape(shape) for x in flat]
    return [np.moveaxis(x, -1, axis) for x in moved]


def _order(flat: Sequence[np.ndarray], before: Before) -> np.ndarray | None:
    """For each line the sorted order of its elements, None if the comparator is no order."""
    rows, n = flat[0].shape
    order = np.broadcast_to(np.arange(n), (rows, n)).copy()
    row = np.arange(rows)[:, None]
    place = np.arange(n)
    width = 1
    while width < n:
        values = [x[row, order] for x in flat]
        low = place // (2 * width) * (2 * width)
        middle, high = np.minimum(low + width, n), np.minimum(low + 2 * width, n)
        is_left = place < middle
        begin, end = np.where(is_left, middle, low), np.where(is_left, high, middle)
        first = np.broadcast_to(begin, (rows, n)).copy()
        last = np.broadcast_to(end, (rows, n)).copy()
        while np.any(first < last):
            probe = np.minimum((first + last) // 2, n - 1)
            other = [v[row, probe] for v in values]
            # a left element goes after what is strictly before it, a right one after equals too
            after = np.where(is_left, before(other, values), ~_bool(before(values, other)))
            active = first < last
            first = np.where(active & after, probe + 1, first)
            last = np.where(active & ~after, probe, last)
        target = low + np.where(is_left, place - low, place - middle) + first - begin
        if not np.array_equal(np.sort(target, axis=1), np.broadcast_to(place, (rows, n))):
            return None
        merged = np.empty_like(order)
        merged[row, target] = order
        order, width = merged, 2 * width
    return order


def _bool(x: np.ndarray) -> np.ndarray:
    return np.asarray(x, bool)


def _merge_sort(columns: Sequence[np.ndarray], before: Before) -> list[int]:
    """The sorted order of one line, by the comparisons that the loops make."""

    def precedes(i: int, j: int) -> bool:
        return bool(before([c[i] for c in columns], [c[j] for c in columns]))

    order = list(range(len(columns[0])))
    for low in range(0, len(order), RUN):
        for i in range(low, min(low + RUN, len(order))):
            place = i
            while place > low and precedes(i, order[place - 1]):
                order[place] = order[place - 1]
                place -= 1
            order[place] = i
    width = RUN
    while width < len(order):
        merged: list[int] = []
        for low in range(0, len(order), 2 * width):
            left, right = order[low : low + width], order[low + width : low + 2 * width]
            i = j = 0
            while i < len(left) or j < len(right):
                right_first = j < len(right) and (i == len(left) or precedes(right[j], left[i]))
                merged.append(right[j] if right_first else left[i])
                i, j = (i, j + 1) if right_first else (i + 1, j)
        order, width = merged, 2 * width
    return order


OPS = (SortOp,)
