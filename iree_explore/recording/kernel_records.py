# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The keys `grids` and `transactions` of a recording: what a kernel's workgroups compute, and what
its invocations ask of memory. Frozen records, as docs/recording.md lists them; `grids.py` and
`transactions.py` make them from live IR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GridAxis:
    """Loops of the root numbered as one and cut into tiles of `tile`. `dims` is for each loop the
    dimension of the result that it is (-1: none), `extents` their sizes; with `absorbs` the last
    tile has the rest too."""

    dims: Sequence[int]
    extents: Sequence[str]
    tile: int
    absorbs: bool


@dataclass(frozen=True)
class GridRecord:
    """The workgroups of an entry point over its result. Sizes are texts of expressions over
    `workload`, the symbols of what a dispatch passes, in order.

    `numbering` "xyz": the ids are tile numbers of the axes (innermost x, next y, all others share
    z); "linear": tiles are numbered through the grid, innermost axis first, and a workgroup has
    `tiles` of them. `invocations` of a workgroup are 0 on a CPU; `each` says what one computes.
    """

    executable: str
    entry: str
    op: int
    root: str
    pipeline: str
    numbering: str = field(metadata={"words": ("xyz", "linear")})
    invocations: int
    tiles: int
    each: str
    shape: Sequence[str]
    element: str
    axes: Sequence[GridAxis]
    workgroups: Sequence[str]
    workload: Sequence[str]
    note: str = ""


@dataclass(frozen=True)
class AccessRecord:
    """What all loads, or all stores, of one binding of a kernel ask of memory in one dispatch, as
    estimated. `kind` is "read" or "write"; `pattern` "coalesced", "strided", "broadcast",
    "gathered" or "mixed"; `requests` are those of subgroups, `nbytes` what invocations ask for,
    `sectors` how many of 32 bytes they touch; -1: not known before a call."""

    binding: int
    kind: str = field(metadata={"words": ("read", "write")})
    pattern: str = field(
        metadata={"words": ("coalesced", "strided", "broadcast", "gathered", "mixed")}
    )
    stride: int
    requests: int
    nbytes: int
    sectors: int
    per_request: float


@dataclass(frozen=True)
class TransactionRecord:
    """The memory accesses of one entry point, `exact` if every workgroup was counted, with what
    was assumed."""

    executable: str
    entry: str
    subgroup: int
    exact: bool
    assumptions: str
    accesses: Sequence[AccessRecord]
