# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Offsets for slices of one slab, so that those alive at the same time share no byte.

The least that a slab can have is the most that is alive in any wave (`lower_bound`); to find the
best packing is hard, to find one near it is not. A slice goes to the lowest place that is free for
its whole life; all depends on who goes first. `pack_slices` tries a few orders (by size, by size
times life, longest life first, by time) and then moves slices that end highest to the front, as
long as that helps. stream/passes/layout_slices.py asks for it, and the rules for unknown sizes,
which have to find the same; and, with little time, vm/replay.py for the slabs of whole calls.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from iree_explore.stream.index_math import ALIGNMENT, aligned

EFFORT = 400_000
"""Pairs of slices that the search may look at: some tenths of a second."""


class Slice(NamedTuple):
    """Bytes, and the first and last wave in which they are alive."""

    size: int
    first: int
    last: int


_ORDERS: tuple[Callable[[Slice], tuple[int, ...]], ...] = (
    lambda s: (-s.size, s.first),
    lambda s: (-s.size * (s.last - s.first + 1), s.first),
    lambda s: (s.first - s.last, -s.size),
    lambda s: (s.first, -s.size),
)


def pack_slices(
    slices: Mapping[int, tuple[int, tuple[int, int]]],
    alignment: int = ALIGNMENT,
    effort: int = EFFORT,
) -> tuple[dict[int, int], int]:
    """Offsets of slices {key: (bytes, (first, last))}, multiples of `alignment` bytes, and the
    bytes that all need together.

    Slices too many to be compared with each other are placed in turn, as a program would allocate.
    """
    keys = list(slices)
    padded = [
        Slice(max(aligned(size, alignment), alignment), first, last)
        for size, (first, last) in slices.values()
    ]
    if len(padded) ** 2 > 40 * effort:
        end, places = place_in_turn(padded)
        return dict(zip(keys, places, strict=True)), end
    least = _live(padded)
    best: tuple[int, list[int], list[int]] | None = None
    for key in _ORDERS:
        order = sorted(range(len(padded)), key=[key(s) for s in padded].__getitem__)
        end, places = place(padded, order)
        if best is None or end < best[0]:
            best = end, places, order
        effort -= len(padded) ** 2
        if end == least:
            break
    assert best is not None
    end, places, order = best
    tried = {tuple(order)}
    while end > least and effort > 0:
        top = next(i for i in order if places[i] + padded[i].size == end)
        # Before it came what is below it now: it goes in front of some of that.
        before = order[: order.index(top)]
        improved = False
        for at in range(len(before)):
            trial = [*before[:at], top, *before[at:], *order[len(before) + 1 :]]
            if tuple(trial) in tried or effort <= 0:
                continue
            tried.add(tuple(trial))
            effort -= len(padded) ** 2
            trial_end, trial_places = place(padded, trial)
            if trial_end <= end:
                improved = True
                end, places, order = trial_end, trial_places, trial
                break
        if not improved:
            break
    return dict(zip(keys, places, strict=True)), end


def place(slices: Sequence[Slice], order: Sequence[int]) -> tuple[int, list[int]]:
    """Where slices come to lie, one after the other at the lowest place free for its whole life;
    and the end of the highest."""
    places = [0] * len(slices)
    placed: list[tuple[int, int, int, int]] = []
    highest = 0
    for index in order:
        size, first, last = slices[index]
        offset = 0
        for begin, end, other_first, other_last in placed:
            if other_first <= last and first <= other_last:
                if offset + size <= begin:
                    break
                if end > offset:
                    offset = end
        places[index] = offset
        insort(placed, (offset, offset + size, first, last))
        highest = max(highest, offset + size)
    return highest, places


def place_in_turn(slices: Sequence[Slice]) -> tuple[int, list[int]]:
    """As `place` in the order of time, but each in the lowest hole that is large enough now."""
    places = [0] * len(slices)
    ends: dict[int, list[int]] = {}
    holes: list[tuple[int, int]] = []
    highest = 0
    waiting: list[int] = []
    for index in sorted(range(len(slices)), key=lambda i: (slices[i].first, -slices[i].size)):
        size, first, last = slices[index]
        while waiting and waiting[0] < first:
            for other in ends.pop(heappop(waiting)):
                _release(holes, places[other], places[other] + slices[other].size)
        hole = next((h for h in holes if h[1] - h[0] >= size), None)
        if hole is None and holes and holes[-1][1] == highest:
            hole = holes[-1]  # which may grow
        offset = highest
        if hole is not None:
            holes.remove(hole)
            offset = hole[0]
            if offset + size < hole[1]:
                insort(holes, (offset + size, hole[1]))
        places[index] = offset
        highest = max(highest, offset + size)
        if last not in ends:
            heappush(waiting, last)
        ends.setdefault(last, []).append(index)
    return highest, places


def _release(holes: list[tuple[int, int]], begin: int, end: int) -> None:
    """Adds a range to the free ones, joined with its neighbours."""
    at = bisect_left(holes, (begin, end))
    if at < len(holes) and holes[at][0] == end:
        end = holes.pop(at)[1]
    if at and holes[at - 1][1] == begin:
        begin = holes.pop(at - 1)[0]
    insort(holes, (begin, end))


def lower_bound(slices: Mapping[int, tuple[int, tuple[int, int]]]) -> int:
    """The most bytes alive in any wave, each slice padded: no slab can have less."""
    return _live(
        [Slice(max(aligned(n), ALIGNMENT), first, last) for n, (first, last) in slices.values()]
    )


def _live(slices: Sequence[Slice]) -> int:
    changes: dict[int, int] = {}
    for size, first, last in slices:
        changes[first] = changes.get(first, 0) + size
        changes[last + 1] = changes.get(last + 1, 0) - size
    most = now = 0
    for wave in sorted(changes):
        now += changes[wave]
        most = max(most, now)
    return most
