# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sort keys for the ops of a block, such that inserting an op changes no other op's key.

The one idea: keys are short decimal numbers. A new op gets a key between its neighbours' (4 and 5
give 4.5); only an op that moved gets another. `recorder` stores the keys as `Versions.order`.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence

_FINEST = 1e-9


def assign(old: Sequence[float | None]) -> list[float]:
    """Ascending keys for a block's ops; `old` are their keys so far, None for a new op.

    As many old keys as can stay (a longest ascending run) do. If two neighbours leave no room all
    keys are made anew.
    """
    keep = longest_ascending(old)
    keys: list[float] = [0.0] * len(old)
    previous: float | None = None
    start = 0
    for stop in (*keep, len(old)):
        following = old[stop] if stop < len(old) else None
        if stop > start:
            between = _between(previous, following, stop - start)
            if between is None:
                return [float(i + 1) for i in range(len(old))]
            keys[start:stop] = between
        if following is not None:
            keys[stop] = previous = following
        start = stop + 1
    return keys


def _between(low: float | None, high: float | None, count: int) -> list[float] | None:
    if low is None and high is None:
        return [float(i + 1) for i in range(count)]
    if low is None:
        assert high is not None
        first = math.ceil(high) - count
        return [float(first + i) - (1.0 if first + count > high else 0.0) for i in range(count)]
    if high is None:
        first = math.floor(low) + 1
        return [float(first + i) for i in range(count)]
    room = (high - low) / (count + 1)
    if room < _FINEST:
        return None
    power = 10.0 ** math.floor(math.log10(room))
    step = next(power * m for m in (5, 2, 1) if power * m <= room * (1 + 1e-12))
    digits = max(0, -math.floor(math.log10(step)) + 1)
    keys = [round(low + step * (i + 1), digits + 2) for i in range(count)]
    inside = keys[0] > low and keys[-1] < high
    return keys if inside and all(a < b for a, b in itertools.pairwise(keys)) else None


def longest_ascending(old: Sequence[float | None]) -> list[int]:
    """Indices of a longest strictly ascending subsequence of the keys that are not None."""
    known = [i for i, key in enumerate(old) if key is not None]
    keys = [old[i] for i in known]
    if all(a < b for a, b in itertools.pairwise(keys)):  # pyright: ignore
        return known
    tails: list[float] = []
    tail_at: list[int] = []
    before: list[int] = [-1] * len(known)
    for i, key in enumerate(keys):
        assert key is not None
        place = bisect_left(tails, key)
        before[i] = tail_at[place - 1] if place else -1
        tails[place : place + 1] = [key]
        tail_at[place : place + 1] = [i]
    found: list[int] = []
    at = tail_at[-1]
    while at >= 0:
        found.append(known[at])
        at = before[at]
    return found[::-1]
