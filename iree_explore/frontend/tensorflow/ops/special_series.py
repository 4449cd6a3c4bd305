# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Special functions of one number as Chebyshev series: Bessel, Dawson, Fresnel, Ei, Spence.

Each is put together of pieces that are smooth; a piece's coefficients come from SciPy's definition
of the function, interpolated once for f32 and once for f64. Measured by
`tests/frontend/test_tensorflow_special.py`. Source of the pieces: NIST Digital Library of
Mathematical Functions, 10.8, 10.17, 10.31, 6.12, 7.7, 25.12; values at and below zero are
TensorFlow's. Next: `special.py`, which maps them over tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

Array = Any
DEGREE = 48


def _on_squares(low: float, high: float, function: Callable[[Array], Array]) -> Any:
    """`function` of x, as one of t in [-1, 1] for x² from `low` to `high`."""
    return lambda t: function(np.sqrt(low + (high - low) * (t + 1) / 2))


def _between(low: float, high: float, function: Callable[[Array], Array]) -> Any:
    return lambda t: function(low + (high - low) * (t + 1) / 2)


def _beyond(low: float, power: float, function: Callable[[Array], Array]) -> Any:
    """`function` of x from `low` on, as one of t = 2 (low / x)^power - 1."""
    return lambda t: function(low * (2 / (1 + t)) ** (1 / power))


def _hankel(order: int, x: Array) -> Array:
    """P + iQ of J + iY = sqrt(2 / πx) (P + iQ) exp(i (x - π/4 - order π/2))."""
    from scipy import special

    turned = np.exp(0.25j * np.pi * (1 + 2 * order))
    return special.hankel1e(order, x) * turned * np.sqrt(np.pi * x / 2)


def _scaled_ei(x: Array) -> Array:
    """x e^-x Ei(x), by its asymptotic series where that has all digits."""
    from scipy import special

    large = np.maximum(x, 50.0)
    terms = np.cumprod([np.ones_like(large), *(k / large for k in range(1, 31))], axis=0)
    small = np.minimum(x, 50.0)
    return np.where(x < 50, small * np.exp(-small) * special.expi(small), terms.sum(0))


def _fresnel_tail(x: Array) -> Array:
    """t of C + iS = (1 + i) / 2 - exp(iπx²/2) t, by Faddeeva's function."""
    from scipy import special

    return (0.5 + 0.5j) * special.wofz(1j * np.sqrt(np.pi) / 2 * (1 - 1j) * x)


def _pieces() -> dict[str, Callable[[Array], Array]]:
    from scipy import special as s

    return {
        "k0": _on_squares(0, 4, lambda x: s.k0(x) + np.log(x / 2) * s.i0(x)),
        "k1": _on_squares(0, 4, lambda x: (s.k1(x) - np.log(x / 2) * s.i1(x)) * x),
        "k0 tail": _beyond(2, 1, lambda x: s.k0e(x) * np.sqrt(x)),
        "k1 tail": _beyond(2, 1, lambda x: s.k1e(x) * np.sqrt(x)),
        "j0": _on_squares(0, 64, s.j0),
        "j1": _on_squares(0, 64, lambda x: s.j1(x) / x),
        "y0": _on_squares(0, 64, lambda x: s.y0(x) - 2 / np.pi * np.log(x) * s.j0(x)),
        "y1": _on_squares(
            0, 64, lambda x: (s.y1(x) - 2 / np.pi * (np.log(x) * s.j1(x) - 1 / x)) / x
        ),
        "p0": _beyond(8, 2, lambda x: np.real(_hankel(0, x))),
        "q0": _beyond(8, 2, lambda x: np.imag(_hankel(0, x)) * x),
        "p1": _beyond(8, 2, lambda x: np.real(_hankel(1, x))),
        "q1": _beyond(8, 2, lambda x: np.imag(_hankel(1, x)) * x),
        "dawson": _on_squares(0, 4, lambda x: s.dawsn(x) / x),
        "dawson middle": _between(2, 4, s.dawsn),
        "dawson tail": _beyond(4, 2, lambda x: s.dawsn(x) * x),
        "ei": _between(0, 2, lambda x: (s.expi(x) - np.log(x) - np.euler_gamma) / x),
        "ei middle": _between(2, 8, _scaled_ei),
        "ei large": _between(8, 24, _scaled_ei),
        "ei tail": _beyond(24, 1, _scaled_ei),
        "c": lambda t: (lambda x: s.fresnel(x)[1] / x)((3.2768 * (t + 1)) ** 0.25),
        "s": lambda t: (lambda x: s.fresnel(x)[0] / x**3)((3.2768 * (t + 1)) ** 0.25),
        "c tail": _beyond(1.6, 4, lambda x: np.real(_fresnel_tail(x)) * x**3),
        "s tail": _beyond(1.6, 4, lambda x: np.imag(_fresnel_tail(x)) * x),
        "spence": _between(0.5, 1.5, lambda x: s.spence(x) / (x - 1)),
    }


@cache
def coefficients(piece: str, wide: bool) -> tuple[float, ...]:
    """Chebyshev coefficients of a piece as far as f64 (`wide`) or f32 sees them."""
    found = np.polynomial.chebyshev.chebinterpolate(_pieces()[piece], DEGREE - 1)
    small = np.abs(found) <= (4e-15 if wide else 1e-9) * np.abs(found).max()
    (ends,) = np.nonzero(small[:-1] & small[1:])  # what follows is rounding
    return tuple(found[: ends[0] if ends.size else DEGREE].tolist())


class Series:
    """The functions on TensorFlow tensors of float32 or float64."""

    def __init__(self, tf: Any, wide: bool) -> None:
        self.tf, self.wide = tf, wide

    def piece(self, name: str, t: Any) -> Any:
        """The value of a piece at t in [-1, 1], by Clenshaw's recurrence."""
        first, *rest = coefficients(name, self.wide)
        one = two = self.tf.zeros_like(t)
        for value in reversed(rest):
            one, two = 2 * t * one - two + value, one
        return t * one - two + first

    # Bessel functions

    def i0(self, x: Any) -> Any:
        half = self.tf.exp(abs(x) / 2)
        return self.tf.raw_ops.BesselI0e(x=x) * half * half

    def i1(self, x: Any) -> Any:
        half = self.tf.exp(abs(x) / 2)
        return self.tf.raw_ops.BesselI1e(x=x) * half * half

    def k(self, order: int, x: Any, scaled: bool) -> Any:
        """K, or e^x K if `scaled`."""
        tf = self.tf
        near, t = tf.minimum(x, 2), x * x / 2 - 1
        log = tf.math.log(near / 2)
        if order == 0:
            small = self.piece("k0", t) - log * self.i0(near)
        else:
            small = log * self.i1(near) + self.piece("k1", t) / x
        large = self.piece(f"k{order} tail", 4 / x - 1) / tf.sqrt(x)
        factor = tf.exp(x) if scaled else tf.exp(-x)
        small, large = (small * factor, large) if scaled else (small, large * factor)
        return tf.where(x <= 0, tf.constant(np.inf, x.dtype), tf.where(x <= 2, small, large))

    def waves(self, order: int, x: Any) -> tuple[Any, Any]:
        """J and Y for x from 8 on."""
        tf = self.tf
        t = 2 * (8 / x) * (8 / x) - 1
        p, q = self.piece(f"p{order}", t), self.piece(f"q{order}", t) / x
        cosine, sine = tf.cos(x), tf.sin(x)
        if order == 0:  # of x - π/4, times √2
            cosine, sine = cosine + sine, sine - cosine
        else:  # of x - 3π/4
            cosine, sine = sine - cosine, -sine - cosine
        size = tf.math.rsqrt(np.pi * x)
        return (p * cosine - q * sine) * size, (p * sine + q * cosine) * size

    def j(self, order: int, x: Any) -> Any:
        size = abs(x)
        small = self.piece(f"j{order}", size * size / 32 - 1)
        small = small * size if order else small
        found = self.tf.where(size <= 8, small, self.waves(order, size)[0])
        return self.tf.where(x < 0, -found, found) if order else found

    def y(self, order: int, x: Any) -> Any:
        tf = self.tf
        t, log = x * x / 32 - 1, tf.math.log(x)
        small = self.piece(f"y{order}", t)
        if order == 0:
            small += 2 / np.pi * log * self.piece("j0", t)
        else:
            small = x * small + 2 / np.pi * (log * self.piece("j1", t) * x - 1 / x)
        found = tf.where(x <= 8, small, self.waves(order, x)[1])
        return tf.where(x <= 0, tf.constant(-np.inf, x.dtype), found)

    # Integrals

    def dawson(self, x: Any) -> Any:
        tf = self.tf
        size = abs(x)
        small = self.piece("dawson", size * size / 2 - 1) * size
        middle = self.piece("dawson middle", size - 3)
        large = self.piece("dawson tail", 2 * (4 / size) * (4 / size) - 1) / size
        found = tf.where(size <= 2, small, tf.where(size <= 4, middle, large))
        return tf.where(x < 0, -found, found)

    def ei(self, x: Any) -> Any:
        """NaN below zero, as TensorFlow has it."""
        tf = self.tf
        small = tf.math.log(x) + np.euler_gamma + x * self.piece("ei", x - 1)
        middle = self.piece("ei middle", (x - 5) / 3)
        large = self.piece("ei large", (x - 16) / 8)
        tail = self.piece("ei tail", 48 / x - 1)
        scaled = tf.where(x <= 8, middle, tf.where(x <= 24, large, tail))
        half = tf.exp(x / 2)
        return tf.where(x <= 2, small, scaled / x * half * half)

    def fresnel(self, x: Any, sine: bool) -> Any:
        """S if `sine`, else C."""
        tf = self.tf
        size = abs(x)
        square = size * size
        t = square * square / 3.2768 - 1
        small = self.piece("s", t) * square * size if sine else self.piece("c", t) * size
        u = 2 * (2.56 / square) * (2.56 / square) - 1
        real, imag = self.piece("c tail", u) / (square * size), self.piece("s tail", u) / size
        angle = (square - 4 * tf.floor(square / 4)) * (np.pi / 2)
        cos, sin = tf.cos(angle), tf.sin(angle)
        large = 0.5 - (cos * imag + sin * real if sine else cos * real - sin * imag)
        huge = size > (1e8 if self.wide else 1e4)  # where the angle means nothing
        found = tf.where(size <= 1.6, small, tf.where(huge, tf.constant(0.5, x.dtype), large))
        return tf.where(x < 0, -found, found)

    def spence(self, x: Any) -> Any:
        """The dilogarithm of 1 - x; NaN below zero."""
        tf = self.tf
        log = tf.math.log(x)
        turned = x > 1.5
        near = tf.where(turned, 1 / x, x)
        low = near < 0.5
        inner = tf.where(low, 1 - near, near)
        found = self.piece("spence", 2 * inner - 2) * (inner - 1)
        logs = tf.where(tf.equal(near, 0), tf.zeros_like(x), tf.math.log(near))
        found = tf.where(low, np.pi**2 / 6 - logs * tf.math.log1p(-near) - found, found)
        found = tf.where(turned, -0.5 * log * log - found, found)
        return tf.where(x < 0, tf.constant(np.nan, x.dtype), found)


FUNCTIONS: dict[str, Callable[[Series, Any], Any]] = {
    "BesselI0": Series.i0,
    "BesselI1": Series.i1,
    "BesselK0": lambda s, x: s.k(0, x, False),
    "BesselK0e": lambda s, x: s.k(0, x, True),
    "BesselK1": lambda s, x: s.k(1, x, False),
    "BesselK1e": lambda s, x: s.k(1, x, True),
    "BesselJ0": lambda s, x: s.j(0, x),
    "BesselJ1": lambda s, x: s.j(1, x),
    "BesselY0": lambda s, x: s.y(0, x),
    "BesselY1": lambda s, x: s.y(1, x),
    "Dawsn": Series.dawson,
    "Expint": Series.ei,
    "FresnelCos": lambda s, x: s.fresnel(x, False),
    "FresnelSin": lambda s, x: s.fresnel(x, True),
    "Spence": Series.spence,
}
"""By TensorFlow's name of the op."""
