# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The key `shapes` of a recording: what is known of sizes that only a call knows, in every stage.

Frozen records of integers and texts, as docs/recording.md lists them. The one idea: every size is
an expression over the symbols of one function, written once in `Shapes.sizes` and named by its
index. `shapes.py` makes them from live IR, `sizes.py` evaluates them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST_SIZE = 50_000
"""Characters of one expression; a longer one is not known to the recording."""

COORDINATES = frozenset(f"workgroup_{what}_{axis}" for what in ("id", "count") for axis in "xyz")
"""Symbols of device code that mean the same in every dispatch."""


@dataclass(frozen=True)
class ShapeSymbol:
    """A size that only a call knows. `kind` "input": dimension `dimension` of `argument` has it
    (the first one that does); "data": only data tells. `high` -1: no end; `sample` its size in the
    sample inputs or the first run, -1: none; `op` and `place` where it comes from; `solved` the
    size (an index) that it was found to equal, -1: none."""

    function: int
    name: str
    kind: str = field(metadata={"words": ("input", "data")})
    argument: str
    dimension: int
    low: int
    high: int
    divisor: int
    sample: int
    op: int
    place: str
    solved: int


@dataclass(frozen=True)
class SizeTexts:
    """Columns: all sizes, each once per function, in the syntax of `shapes/expressions.py`."""

    function: Sequence[int] = ()
    text: Sequence[str] = ()


@dataclass(frozen=True)
class VersionSizes:
    """Columns: the op versions with symbolic results, and their index into `Shapes.lists`."""

    version: Sequence[int] = ()
    list: Sequence[int] = ()


@dataclass(frozen=True)
class ShapeArgument:
    """An argument of an exported function; `list` has what stands for each `?` of `type`."""

    function: int
    name: str
    type: str
    list: int


@dataclass(frozen=True)
class DispatchSizes:
    """One dispatch on the host, id `op` after phase flow: three workgroup counts (empty until the
    executable is configured), floating-point operations and bytes of its bindings; -1: unknown.
    `workload` is what it passes, for the expressions of its grid."""

    op: int
    function: int
    name: str
    workgroups: Sequence[int]
    flops: int
    bytes: int
    workload: Sequence[int] = ()


@dataclass(frozen=True)
class Allocation:
    """Memory that a call needs; `kind` is transient, result, argument or constant."""

    op: int
    function: int
    kind: str = field(metadata={"words": ("transient", "result", "argument", "constant")})
    bytes: int


@dataclass(frozen=True)
class PropagationRecord:
    """One step of shape inference: `lists` has for each tensor result all its sizes after it."""

    function: int
    op: int
    direction: str = field(metadata={"words": ("forward", "backward")})
    lists: Sequence[int]
    learnt: str


@dataclass(frozen=True)
class EquationRecord:
    """Two sizes that each call must have equal; `place` says why, `op` where."""

    function: int
    left: int
    right: int
    place: str
    op: int


@dataclass(frozen=True)
class ConflictRecord:
    """Sizes that can never be equal, and the ops that say so."""

    function: int
    text: str
    ops: Sequence[int]


@dataclass(frozen=True)
class Shapes:
    """Everything; `functions` are the symbols of functions that have symbols of sizes. Exported
    ones come first; an executable's entry point is one if its dispatches pass different sizes."""

    functions: Sequence[str] = ()
    symbols: Sequence[ShapeSymbol] = ()
    sizes: SizeTexts = field(default_factory=SizeTexts)
    lists: Sequence[Sequence[int]] = ()
    versions: VersionSizes = field(default_factory=VersionSizes)
    arguments: Sequence[ShapeArgument] = ()
    dispatches: Sequence[DispatchSizes] = ()
    allocations: Sequence[Allocation] = ()
    propagation: Sequence[PropagationRecord] = ()
    equations: Sequence[EquationRecord] = ()
    conflicts: Sequence[ConflictRecord] = ()
