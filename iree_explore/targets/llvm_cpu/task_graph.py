# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which commands of a command buffer have to wait for which: by the bytes they read and write.

A command waits for an earlier one beyond a barrier if their ranges overlap and one of them writes.
So a barrier orders only what depends on each other across it: independent branches of a model run
at their own pace, and memory that the slab gives to a second value is waited for like any other.
Next: `driver.py` puts the graph into the records that `worker_loop.py` runs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """Bytes [`begin`, `end`) of `memory` (a slot, or everything that has an address)."""

    memory: Hashable
    begin: int
    end: int
    writes: bool


class _Run:
    """Bytes side by side that the same commands have touched: those that wrote them last (all in
    one wave, `wave`), those that have read them since, and what was there before that wave."""

    __slots__ = ("overwritten", "read_before", "readers", "wave", "writers")

    def __init__(self, wave: int, writers: list[int], readers: list[int]) -> None:
        self.wave = wave
        self.writers = writers
        self.readers = readers
        self.overwritten: list[int] = []
        """Writers before `wave`."""
        self.read_before: list[int] = []
        """Readers before `wave`, since the writers before it."""

    def copy(self) -> _Run:
        run = _Run(self.wave, self.writers.copy(), self.readers.copy())
        run.overwritten, run.read_before = self.overwritten, self.read_before
        return run


class _Memory:
    """One memory as runs of bytes, each up to where the next one starts."""

    def __init__(self) -> None:
        self.starts: list[float] = [float("-inf")]
        self.runs = [_Run(-1, [], [])]

    def cut(self, at: int) -> int:
        """The number of the run that starts at a byte; one that contains it becomes two."""
        place = bisect_left(self.starts, at)
        if place == len(self.starts) or self.starts[place] != at:
            self.starts.insert(place, at)
            self.runs.insert(place, self.runs[place - 1].copy())
        return place

    def read(self, begin: int, end: int, command: int, wave: int, needed: set[int]) -> None:
        first = self.cut(begin)
        for run in self.runs[first : self.cut(end)]:
            needed.update(run.writers if run.wave < wave else run.overwritten)
            run.readers.append(command)

    def write(
        self, begin: int, end: int, command: int, waves: Sequence[int], needed: set[int]
    ) -> None:
        """Bytes that had one writer a run before have one in all: they are a run from here on."""
        wave, first = waves[command], self.cut(begin)
        last = self.cut(end)
        new = _Run(wave, [command], [])
        for run in self.runs[first:last]:
            if run.wave == wave:  # others of this wave write here, too
                new.writers += run.writers
                new.overwritten += run.overwritten
                new.read_before += run.read_before
                new.readers += run.readers
                continue
            new.overwritten += run.writers
            for reader in run.readers:
                (new.read_before if waves[reader] < wave else new.readers).append(reader)
        for found in (new.writers, new.readers, new.overwritten, new.read_before):
            found[:] = dict.fromkeys(found)
        needed.update(new.overwritten, new.read_before)
        self.starts[first + 1 : last] = []
        self.runs[first:last] = [new]


def predecessors(accesses: Sequence[Sequence[Access]], waves: Sequence[int]) -> list[list[int]]:
    """For each command earlier ones that it waits for, ascending.

    `waves` counts the barriers before each command; commands of one wave never wait for each other.
    Whoever waits for a command that wrote bytes has waited for all that touched them before. Time
    grows with the number of accesses and of runs of bytes that they share.
    """
    written = {a.memory for mine in accesses for a in mine if a.writes}
    memories: dict[Hashable, _Memory] = defaultdict(_Memory)
    found: list[list[int]] = []
    for command, (mine, wave) in enumerate(zip(accesses, waves, strict=True)):
        needed: set[int] = set()
        for access in mine:
            if access.begin >= access.end or access.memory not in written:
                continue
            memory = memories[access.memory]
            if access.writes:
                memory.write(access.begin, access.end, command, waves, needed)
            else:
                memory.read(access.begin, access.end, command, wave, needed)
        found.append(sorted(needed))
    return found


def serial(count: int) -> list[list[int]]:
    """Each command waits for the one before."""
    return [[i - 1] if i else [] for i in range(count)]


def successors(before: Sequence[Sequence[int]]) -> list[list[int]]:
    """The same edges from the other end."""
    after: list[list[int]] = [[] for _ in before]
    for command, needed in enumerate(before):
        for other in needed:
            after[other].append(command)
    return after
