# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions of complex numbers that NumPy lacks or rounds badly: what elementwise ops mean.

`either` joins one with NumPy's function of real numbers. Everything is computed in complex128.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[..., Any]


def either(real: Function, of_complex: Function) -> Function:
    """`of_complex` where an argument is complex, else `real`."""

    def apply(*args: np.ndarray) -> Any:
        if all(np.asarray(a).dtype.kind != "c" for a in args):
            return real(*args)
        return of_complex(*(np.asarray(a).astype(np.complex128) for a in args))

    return apply


def of_parts(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """re + i im; NaN and infinities stay in their part."""
    shape = np.broadcast_shapes(np.shape(re), np.shape(im))
    found = np.empty(shape, np.result_type(re, im, np.complex64))
    found.real, found.imag = re, im  # pyright: ignore[reportAttributeAccessIssue]
    return found


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Each part of the product."""
    return of_parts(
        np.real(a) * np.real(b) - np.imag(a) * np.imag(b),
        np.real(a) * np.imag(b) + np.imag(a) * np.real(b),
    )


def _is_infinite(x: np.ndarray) -> np.ndarray:
    return np.isinf(np.real(x)) | np.isinf(np.imag(x))


def _direction(x: np.ndarray) -> np.ndarray:
    """Of infinite numbers: ±1 for an infinite part, zero (NaN) for another."""
    re, im = (np.where(np.isinf(p), np.sign(p), p * 0.0) for p in (np.real(x), np.imag(x)))
    return np.where(_is_infinite(x), of_parts(re, im), x)


def _scaled(exponent: np.ndarray, x: np.ndarray) -> np.ndarray:
    """`x` by a power of two, each part for itself."""
    return of_parts(np.ldexp(np.real(x), exponent), np.ldexp(np.imag(x), exponent))


def _exponent(*numbers: np.ndarray) -> np.ndarray:
    """The exponent of the largest part of the numbers, 0 if that is infinite or NaN."""
    sizes = [np.abs(part) for x in numbers for part in (np.real(x), np.imag(x))]
    return np.frexp(np.max(np.broadcast_arrays(*sizes), axis=0))[1]


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """As C99's Annex G: infinite by finite is infinite, finite by infinite zero; by zero, each
    part is divided."""
    above, below = _is_infinite(a), _is_infinite(b)
    by_zero = of_parts(np.real(a) / np.real(b), np.imag(a) / np.real(b))
    zero, a, b = b == 0, _direction(a), _direction(b)
    i, j = _exponent(a), _exponent(b)
    value = _scaled(i - j, _scaled(-i, a) / _scaled(-j, b))
    value = np.where(above, multiply(a, np.conj(b)), value)
    size = np.where(above & below, np.nan, np.where(above, np.inf, np.where(below, 0.0, 1.0)))
    value = of_parts(np.real(value) * size, np.imag(value) * size)
    return np.where(zero, by_zero, value)


def rsqrt(x: np.ndarray) -> np.ndarray:
    return divide(np.ones_like(x), np.sqrt(x))


def sign(x: np.ndarray) -> np.ndarray:
    """x / |x|, and zero for zero."""
    scaled = _scaled(-_exponent(x), x)
    size = np.abs(scaled)
    return np.where(x == 0, x, of_parts(np.real(scaled) / size, np.imag(scaled) / size))


def exponential_minus_one(x: np.ndarray) -> np.ndarray:
    """(e^x - 1) cos y - 2 sin²(y / 2) near zero."""
    re, im = np.real(x), np.imag(x)
    small = np.expm1(re) * np.cos(im) - 2 * np.sin(im / 2) ** 2
    power = np.exp(x)
    return of_parts(np.where(np.abs(re) < 1, small, np.real(power) - 1), np.imag(power))


def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """e^(b log a); a power of zero is 1, 0 or NaN."""
    value = np.exp(multiply(b, np.log(a)))
    at_zero = np.where(b == 0, 1.0, np.where(np.real(b) > 0, 0.0, np.nan))
    return np.where(b == 0, 1.0, np.where(a == 0, at_zero, value))


def asin_acos_kernel(z: np.ndarray) -> np.ndarray:
    """w with asin(z) = atan2(z.real, w.real) + i sign(z.imag) w.imag, by W. Kahan's formulas."""
    x, y = np.abs(np.real(z)), np.abs(np.imag(z))
    left, right = np.sqrt(of_parts(1 - x, -y)), np.sqrt(of_parts(1 + x, y))
    real = np.real(left) * np.real(right) - np.imag(left) * np.imag(right)
    real = np.where(np.isinf(x) | np.isinf(y), y, real)
    real = np.where(np.isnan(x), x, real)
    return of_parts(real, np.abs(np.imag(np.arcsin(z))))


def cbrt(x: np.ndarray) -> np.ndarray:
    third = _exponent(x) // 3
    size = np.ldexp(np.cbrt(np.abs(_scaled(-3 * third, x))), third)
    angle = np.angle(x) / 3
    return of_parts(size * np.cos(angle), size * np.sin(angle))


def log_plus_one(x: np.ndarray) -> np.ndarray:
    """log(1 + x) without adding 1 to what is small."""
    plain = np.log(of_parts(1 + np.real(x), np.imag(x)))
    near = 0.5 * np.log1p(np.real(x) * (2 + np.real(x)) + np.imag(x) * np.imag(x))
    return of_parts(np.where(np.abs(x) < 0.5, near, np.real(plain)), np.imag(plain))


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x), left of zero e^x / (1 + e^x)."""
    left = np.real(x) < 0
    power = np.exp(np.where(left, x, -x))
    return np.where(left, power, 1) / (1 + power)


def atan2(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """-i log((x + iy) / sqrt(x² + y²)), scaled to where squares are finite."""
    exponent = -_exponent(x, y)
    x, y = _scaled(exponent, x), _scaled(exponent, y)
    above = of_parts(np.real(x) - np.imag(y), np.imag(x) + np.real(y))
    value = np.log(divide(above, np.sqrt(multiply(x, x) + multiply(y, y))))
    return of_parts(np.imag(value), -np.real(value))
