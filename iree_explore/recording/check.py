# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Numerics of every stage against the reference: which phase first computes something else.

The import is evaluated by the NumPy reference of each StableHLO op, what follows on NumPy, too, as
long as kernels are not machine code, and the end by running the compiled module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np

from iree_explore import elements
from iree_explore.context import Cancelled
from iree_explore.errors import Error

EVALUATED = (
    "input", "abi", "preprocessing", "global-optimization", "dispatch-creation", "flow", "stream",
    "executable-sources", "executable-configurations",
)  # fmt: skip
"""Phases whose modules can be evaluated."""

_EXACT = 0.0
_TOLERANCES = {2: 2e-2, 4: 1e-4, 8: 1e-10}


@dataclass(frozen=True)
class StageCheck:
    """One stage: `error` is the largest difference relative to the largest reference value of any
    result; `tolerance` what is fine for the dtype. `problem` says why there is no number."""

    stage: str
    error: float
    tolerance: float
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the stage was evaluated and is as right as its dtype allows."""
        return not self.problem and self.error <= self.tolerance

    @property
    def wrong(self) -> bool:
        """Whether it computes something else, or fails to compute."""
        return self.error > self.tolerance

    @property
    def failed(self) -> bool:
        """Whether NumPy refused what it computes."""
        return self.wrong and bool(self.problem)

    @property
    def known(self) -> bool:
        """Whether it was evaluated."""
        return not self.problem


@dataclass(frozen=True)
class Difference:
    """How far a value is from what it should be. `max_abs` and `max_rel` are infinite where one of
    two is not a number, or they are different infinities; `max_rel` is by the largest finite value
    that is wanted; `ulp` counts units in the last place of wanted elements that are at least a
    thousandth of that (0 for integers); `differ` of `size` elements are not equal."""

    max_abs: float
    max_rel: float
    ulp: float
    nans: int
    infs: int
    differ: int
    size: int
    tolerance: float

    @property
    def wrong(self) -> bool:
        """Whether it is more than the type explains."""
        return self.max_rel > self.tolerance


@dataclass(frozen=True)
class ValueCheck:
    """Result `result` of the op with id `op` in a stage, compared with a result of the imported op
    `reference`; `name` is what the op is or runs."""

    stage: str
    op: int
    result: int
    name: str
    reference: int
    difference: Difference


@dataclass(frozen=True, repr=False)
class Check:
    """Every stage in order; `reference` are the results that all are compared with, `values` those
    in between that have a counterpart in the model, and `skipped` says how many of a stage have
    none."""

    function: str
    stages: tuple[StageCheck, ...]
    reference: tuple[np.ndarray, ...]
    mode: str = "accumulated"
    values: tuple[ValueCheck, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def first_wrong(self) -> str | None:
        """The first stage that computes something else, or fails to."""
        for stage in self.stages:
            if stage.wrong:
                return stage.stage
        return None

    def __repr__(self) -> str:
        rows = []
        for s in self.stages:
            state = "ok" if s.ok else s.problem.partition("\n")[0] or "WRONG"
            number = "" if s.problem else f"{s.error:.1e}"
            rows.append(f"  {s.stage:<22} {number:>8}  {state}")
        wrong = self.first_wrong
        head = f"{self.function}, {self.mode}: "
        head += f"wrong after {wrong}" if wrong else "no wrong stage"
        worst = sorted(self.values, key=lambda v: -v.difference.max_rel)[:1]
        tail = [
            f"  {len(self.values)} values compared; furthest {v.difference.max_rel:.1e}: "
            f"{v.name} in {v.stage}"
            for v in worst
        ]
        return "\n".join([head, *rows, *tail])


Results = Callable[[], Sequence[Any]]
"""How to get the results of a stage."""


def compare(name: str, wanted: Sequence[np.ndarray], results: Results) -> StageCheck:
    """One stage against what it should compute."""
    try:
        return _compare(name, wanted, [np.asarray(x) for x in results()])
    except Cancelled:
        raise
    except Error as error:  # not evaluated is an answer, not a failure
        return StageCheck(name, 0.0, 0.0, f"not evaluated: {error.what}")
    except (ValueError, IndexError, KeyError, TypeError, ArithmeticError) as raised:
        # NumPy refuses what a wrong stage computes, shapes that do not fit for example.
        problem = f"failed: {type(raised).__name__}: {raised}"
        return StageCheck(name, float("inf"), 0.0, problem)


def _compare(name: str, wanted: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> StageCheck:
    if [a.shape for a in wanted] != [b.shape for b in found]:
        return StageCheck(name, float("inf"), _EXACT)
    rows = [(relative_error(a, b), _tolerance(a.dtype)) for a, b in zip(wanted, found, strict=True)]
    return StageCheck(name, *worst(rows))


def worst(rows: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The pair of error and tolerance that is too large, if one is, else the largest error."""
    return max(rows, key=lambda row: (row[0] > row[1], row[0], row[1]), default=(0.0, _EXACT))


def _tolerance(dtype: np.dtype) -> float:
    if dtype.kind in "biu" or elements.is_integer(dtype):
        return _EXACT
    return _TOLERANCES.get(dtype.itemsize // (2 if dtype.kind == "c" else 1), 0.25)


def relative_error(wanted: np.ndarray, found: np.ndarray) -> float:
    """Largest difference by the largest finite value of `wanted`; infinite where one of the two is
    not a number, or they are different infinities."""
    wide = np.complex128 if wanted.dtype.kind == "c" else np.float64
    a, b = wanted.astype(wide).reshape(-1), found.astype(wide).reshape(-1)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    a, b = a[~same], b[~same]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    finite = np.abs(wanted.astype(wide))
    finite = finite[np.isfinite(finite)]
    scale = float(finite.max()) if finite.size else 0.0
    return float(np.abs(a - b).max()) / (scale or 1.0)


def difference(wanted: np.ndarray, found: np.ndarray) -> Difference:
    """How far `found` is from `wanted`, element by element; their shapes are equal."""
    tolerance, size = _tolerance(wanted.dtype), int(wanted.size)
    exact = tolerance == _EXACT
    wide = np.complex128 if wanted.dtype.kind == "c" else np.float64
    a, b = wanted.reshape(-1).astype(wide), found.reshape(-1).astype(wide)
    nans, infs = int(np.isnan(b).sum()), int(np.isinf(b).sum())
    off = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    differ = int(off.sum())
    if not differ:
        return Difference(0.0, 0.0, 0.0, nans, infs, 0, size, tolerance)
    x, y = a[off], b[off]
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        bad = float("inf")
        return Difference(bad, bad, bad, nans, infs, differ, size, tolerance)
    gap = np.abs(x - y)
    finite = np.abs(a[np.isfinite(a)])
    scale = float(finite.max())
    worst = float(gap.max())
    ulp = 0.0
    if not exact and scale:
        counted = np.abs(x) >= scale / 1000
        if counted.any():
            ulp = float((gap[counted] / _spacing(np.abs(x[counted]), wanted.dtype)).max())
    return Difference(worst, worst / (scale or 1.0), ulp, nans, infs, differ, size, tolerance)


def _spacing(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The unit in the last place of `dtype` at positive values."""
    if dtype.kind == "c":
        dtype = np.dtype(f"f{dtype.itemsize // 2}")
    info = ml_dtypes.finfo(dtype)
    exponent = np.maximum(np.frexp(values)[1] - 1, int(info.minexp))
    return np.ldexp(1.0, exponent - int(info.nmant))
