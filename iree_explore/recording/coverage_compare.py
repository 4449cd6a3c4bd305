# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How far results are from the reference's, in absolute, relative and last-place units.

Integers and booleans have to be equal. NaN equals NaN (a complex number is NaN if a part is, and
nothing says what its other part is) and zero equals minus zero. Floats may differ
by units in the last place of their own type: of types with less than a dozen bits by two at most,
for those are computed in wider ones. Sums that were added up in another order may differ by what
that loses: a few roundings of the largest result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import ml_dtypes
import numpy as np

_NARROW_EPS, _NARROW_ULPS = 1e-4, 2.0


@dataclass(frozen=True)
class Difference:
    """The largest errors over all results, and why they are too large ("" if they are not)."""

    max_abs: float
    max_rel: float
    max_ulps: float
    problem: str = ""


def compare(
    wanted: Sequence[np.ndarray], found: Sequence[np.ndarray], ulps: float, sums: bool
) -> Difference:
    """Differences of results; `ulps` and `sums` as in `stablehlo.samples.Sample`."""
    if len(wanted) != len(found):
        return _different(f"{len(found)} results, the reference has {len(wanted)}")
    worst = Difference(0.0, 0.0, 0.0)
    for number, (a, b) in enumerate(zip(wanted, found, strict=True)):
        one = _compare_one(np.asarray(a), np.asarray(b), ulps, sums)
        problem = f"result {number}: {one.problem}" if one.problem else ""
        worst = Difference(
            max(worst.max_abs, one.max_abs),
            max(worst.max_rel, one.max_rel),
            max(worst.max_ulps, one.max_ulps),
            worst.problem or problem,
        )
    return worst


def _compare_one(wanted: np.ndarray, found: np.ndarray, ulps: float, sums: bool) -> Difference:
    if wanted.shape != found.shape:
        return _different(f"shape {list(found.shape)}, the reference has {list(wanted.shape)}")
    if wanted.dtype != found.dtype:
        return _different(f"dtype {found.dtype}, the reference has {wanted.dtype}")
    if not wanted.size:
        return Difference(0.0, 0.0, 0.0)
    if wanted.dtype.kind in "biu" or "int" in wanted.dtype.name:
        return _compare_integers(wanted, found)
    with np.errstate(all="ignore"):
        return _compare_floats(wanted, found, ulps, sums)


def _compare_integers(wanted: np.ndarray, found: np.ndarray) -> Difference:
    same = wanted == found
    if same.all():
        return Difference(0.0, 0.0, 0.0)
    a, b = wanted[~same].astype(object), found[~same].astype(object)
    gaps = [abs(int(x) - int(y)) for x, y in zip(a, b, strict=True)]
    relative = max(g / max(abs(int(x)), 1) for g, x in zip(gaps, a, strict=True))
    return Difference(
        float(max(gaps)), float(relative), float(max(gaps)), _where(wanted, found, ~same)
    )


def _compare_floats(wanted: np.ndarray, found: np.ndarray, ulps: float, sums: bool) -> Difference:
    part = wanted.dtype
    if part.kind == "c":
        part = np.dtype(np.float32 if part.itemsize == 8 else np.float64)
    a, b = _parts(wanted), _parts(found)
    same = np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))
    if wanted.dtype.kind == "c":
        same |= np.asarray(np.isnan(a).any(-1) & np.isnan(b).any(-1))[..., None]
    if same.all():
        return Difference(0.0, 0.0, 0.0)
    size = np.abs(a)
    if wanted.dtype.kind == "c":  # a part's error counts against the whole number
        whole = np.maximum(size[..., :1], size[..., 1:])
        size = np.where(np.isfinite(whole), whole, size)
    gap = np.where(same, 0.0, np.abs(a - b))
    gap = np.where(np.isfinite(gap), gap, np.inf)
    eps, unit = _unit(size, part)
    places = np.where(same, 0.0, gap / unit)
    relative = np.where(same, 0.0, gap / np.maximum(size, unit))
    allowed = ulps if eps < _NARROW_EPS else min(ulps, _NARROW_ULPS)
    fine = same | (places <= allowed)
    if sums:
        finite = size[np.isfinite(size)]
        scale = max(float(finite.max(initial=0.0)), 1e-30)
        fine |= gap <= (8 if eps < _NARROW_EPS else 2) * eps * scale
    bad = np.asarray(~fine.all(axis=-1) if wanted.dtype.kind == "c" else ~fine)
    problem = _where(wanted, found, bad) if bad.any() else ""
    return Difference(_largest(gap), _largest(relative), _largest(places), problem)


def _largest(errors: np.ndarray) -> float:
    found = float(np.max(errors))
    return math.inf if math.isnan(found) else found


def _parts(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "c":
        part = np.float32 if array.dtype.itemsize == 8 else np.float64
        pairs = np.ascontiguousarray(array).reshape(-1).view(part)
        return pairs.reshape(*array.shape, 2).astype(np.float64)
    return array.astype(np.float64)


def _unit(size: np.ndarray, dtype: np.dtype) -> tuple[float, np.ndarray]:
    """The type's precision, and the distance between its numbers at `size`."""
    info = ml_dtypes.finfo(dtype)
    least = float(info.smallest_subnormal)
    _, exponent = np.frexp(np.where(np.isfinite(size) & (size > 0), size, 1.0))
    spacing = np.ldexp(float(info.eps), exponent - 1)
    spacing = np.where(size > 0, spacing, least)
    return float(info.eps), np.maximum(spacing, least)


def _where(wanted: np.ndarray, found: np.ndarray, bad: np.ndarray) -> str:
    """How many elements, and the first of them."""
    at = tuple(int(i) for i in np.argwhere(bad)[0])
    place = f" at {list(at)}" if at else ""
    count = int(bad.sum())
    return (f"{count} of {wanted.size} elements differ; {found[at]!s}{place}, the reference has "
            f"{wanted[at]!s}")  # fmt: skip


def _different(problem: str) -> Difference:
    return Difference(math.inf, math.inf, math.inf, problem)
