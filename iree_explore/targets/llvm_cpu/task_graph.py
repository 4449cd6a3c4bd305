# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which commands of a command buffer have to wait for which: by the bytes they read and write.

A command waits for an earlier one beyond a barrier if their ranges overlap and one of them writes.
So a barrier orders only what depends on each other across it: independent branches of a model run
at their own pace, and memory that the slab gives to a second value is waited for like any other.
Next: `driver.py` puts the graph into the records that `worker_loop.py` runs.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """Bytes [`begin`, `end`) of `memory` (a slot, or everything that has an address)."""

    memory: Hashable
    begin: int
    end: int
    writes: bool


def predecessors(accesses: Sequence[Sequence[Access]], waves: Sequence[int]) -> list[list[int]]:
    """For each command the earlier ones that it waits for, ascending.

    `waves` counts the barriers before each command; commands of one wave never wait for each other.
    """
    written = {a.memory for mine in accesses for a in mine if a.writes}
    found: list[list[int]] = []
    live: dict[Hashable, list[tuple[int, int, bool, int]]] = {}
    for command, (mine, wave) in enumerate(zip(accesses, waves, strict=True)):
        needed: set[int] = set()
        for access in mine:
            begin, end, writes = access.begin, access.end, access.writes
            if begin >= end or access.memory not in written:
                continue
            others = live.setdefault(access.memory, [])
            kept = []
            for other in others:
                start, stop, wrote, index = other
                earlier = waves[index] < wave
                if earlier and start < end and begin < stop and (writes or wrote):
                    needed.add(index)
                    if writes and begin <= start and stop <= end:
                        continue  # whoever would wait for it waits for this command
                kept.append(other)
            kept.append((begin, end, writes, command))
            live[access.memory] = kept
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
