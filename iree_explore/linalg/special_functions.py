# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NumPy definitions of functions that NumPy lacks, in f64: error functions, gamma, zeta, Bessel.

Arguments are arrays of any float dtype, results are float64. Values at poles are XLA's. SciPy is
imported when a function needs it (it takes a tenth of a second).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
"""A NumPy array or scalar."""


def in_f64(function: Callable[..., Array]) -> Callable[..., Array]:
    """`function` with its float arguments widened: who narrows results rounds them once."""

    def apply(*args: Array) -> Array:
        arrays = [np.asarray(a) for a in args]
        return function(*(a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays))

    return apply


def _elementwise(function: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of Python floats on arrays."""

    def apply(x: Array) -> Array:
        x = np.asarray(x)
        flat = [function(v) for v in x.astype(np.float64).reshape(-1).tolist()]
        return np.array(flat, np.float64).reshape(x.shape)

    return apply


erf = _elementwise(math.erf)
erfc = _elementwise(math.erfc)


def lgamma(x: Array) -> Array:
    """log|Gamma(x)|; +inf at the poles."""
    from scipy import special

    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        positive = special.loggamma(np.where(x > 0, x, 1.0))
        value = np.where(x > 0, positive, special.gammaln(x))
        pole = (x <= 0) & ((np.floor(x) == x) | np.isinf(x))
        return np.where(pole | np.isinf(x), np.inf, value)


def erf_inv(x: Array) -> Array:
    """x where erf is; NaN outside [-1, 1]."""
    from scipy import special

    x = np.asarray(x, np.float64)
    return np.copysign(special.erfinv(x), x)


def digamma(x: Array) -> Array:
    """Derivative of lgamma; NaN at the poles."""
    from scipy import special

    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        pole = (x <= 0) & (np.floor(x) == x)
        return np.where(pole, np.nan, special.digamma(np.where(pole, 1.0, x)))


def zeta(s: Array, q: Array) -> Array:
    """Sum of (q + n)^-s. Poles: +inf for s = 1 and for q = 0, -1, ... with an even s, else NaN;
    negative q only with a whole s."""
    from scipy import special

    s, q = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(q, np.float64))
    with np.errstate(all="ignore"):
        whole = np.floor(s) == s
        even = whole & (np.floor(s / 2) * 2 == s)
        inside = (q < 0) & (np.floor(q) != q) & whole
        fraction = np.where(inside, q - np.floor(q), 1.0)
        gap = np.where(inside, np.ceil(q) - q, 1.0)
        order = np.where(s > 1, s, 2.0)
        below = special.zeta(order, gap) - special.zeta(order, np.where(inside, 1 - q, 2.0))
        value = special.zeta(order, np.where(q > 0, q, fraction))
        value = np.where(inside, value + np.where(even, below, -below), value)
        bad = ~(s > 1) | np.isinf(s) | ~(q < np.inf) | ((q < 0) & ~whole)
        value = np.where(bad, np.nan, value)
        pole = (q <= 0) & (np.floor(q) == q) & (s > 1)
        value = np.where(pole, np.where(even & np.isfinite(s), np.inf, np.nan), value)
        return np.where(s == 1, np.inf, value)


def polygamma(n: Array, x: Array) -> Array:
    """Derivative n of digamma for n = 0, 1, ..., else NaN."""
    from scipy import special

    n, x = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        order = np.where((n >= 0) & (np.floor(n) == n) & np.isfinite(n), n, np.nan)
        sign = np.where(np.floor(order / 2) * 2 == order, -1.0, 1.0)
        value = sign * special.factorial(np.nan_to_num(order)) * zeta(order + 1, x)
        value = np.where(order == 0, digamma(x), value)
        return np.where(np.isnan(order), np.nan, value)


def bessel_i1e(x: Array) -> Array:
    """Modified Bessel function of order 1, times e^-|x|."""
    from scipy import special

    x = np.asarray(x, np.float64)
    return np.copysign(np.where(np.isinf(x), 0.0, special.i1e(x)), x)


def logistic(x: Array) -> Array:
    """1 / (1 + e^-x)."""
    x = np.asarray(x)
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    x = x.astype(np.float64)
    with np.errstate(all="ignore"):
        power = np.exp(-np.abs(x))
        return np.where(x < 0, power, 1) / (1 + power)
