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


def cbrt(x: np.ndarray) -> np.ndarray:
    size, angle = np.cbrt(np.abs(x)), np.angle(x) / 3
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
    return -1j * np.log((x + 1j * y) / np.sqrt(x * x + y * y))
