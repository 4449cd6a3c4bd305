# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Numerics as the recording keeps them: one record a check, one a search; docs/recording.md.

Errors are numbers that JSON has: -1 stands for infinite (one of two is not a number).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

INFINITE = -1.0
"""An error that no number says."""


@dataclass(frozen=True)
class StageNumerics:
    """One stage of a check: `step` is the one whose text it is, `error` and `tolerance` are
    relative, `state` is "right", "wrong", "failed" or "unknown", `problem` says why of the last
    two; `values` were compared, `skipped` had no counterpart in the model."""

    stage: str
    step: int
    error: float
    tolerance: float
    state: str = field(metadata={"words": ("right", "wrong", "failed", "unknown")})
    problem: str
    values: int
    skipped: int


@dataclass(frozen=True)
class ValueNumerics:
    """Columns, one value of one stage each: result `result` of op `op` against the result of the
    imported op `reference`. `wrong` is 1 where the error is above the stage's tolerance of its
    type, `size` the number of elements, `differ` those that are not equal."""

    stage: Sequence[int] = ()
    op: Sequence[int] = ()
    result: Sequence[int] = ()
    reference: Sequence[int] = ()
    max_abs: Sequence[float] = ()
    max_rel: Sequence[float] = ()
    ulp: Sequence[float] = ()
    nans: Sequence[int] = ()
    infs: Sequence[int] = ()
    differ: Sequence[int] = ()
    size: Sequence[int] = ()
    wrong: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.op)


VALUE_COLUMNS = tuple(ValueNumerics.__dataclass_fields__)
REAL_COLUMNS = ("max_abs", "max_rel", "ulp")


@dataclass(frozen=True)
class NumericsRecord:
    """One check of one function; `mode` is "accumulated" or "isolated"."""

    function: str
    mode: str = field(metadata={"words": ("accumulated", "isolated")})
    started: str
    elapsed_ns: int
    inputs: tuple[str, ...]
    stages: tuple[StageNumerics, ...]
    values: ValueNumerics = field(default_factory=ValueNumerics)


@dataclass(frozen=True)
class FoundRecord:
    """What a search for the first wrong rewrite found: the rewrites `first` to `last` of `count` of
    a pass, the event at index `event` (-1: the recording has none). With `pass_name` "" nothing is
    wrong; with `pattern` "" what is wrong comes after that pass and `problem` says more."""

    function: str
    started: str
    phase: str
    pass_name: str
    step: int
    event: int
    first: int
    last: int
    count: int
    pattern: str
    file: str
    line: int
    before: float
    after: float
    tolerance: float
    problem: str
    sources: tuple[str, ...]
    op_ids: tuple[int, ...]
    cell: str
