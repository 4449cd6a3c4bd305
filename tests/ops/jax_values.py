# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arguments of the JAX programs: random numbers of any dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

Program = tuple[Callable[..., Any], tuple[Any, ...]]
_RNG = np.random.default_rng(0)
FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def values(shape: tuple[int, ...], dtype: str = "float32", low: float = -4, high: float = 4) -> Any:
    """Random numbers of a dtype; integers in [low, high), booleans, complex numbers too."""
    kind = np.dtype(getattr(ml_dtypes, dtype, None) or dtype)
    if kind == np.bool_:
        return _RNG.integers(0, 2, shape).astype(bool)
    if kind.kind == "c":
        parts = _RNG.uniform(low, high, (2, *shape))
        return (parts[0] + 1j * parts[1]).astype(kind)
    if kind.kind in "iu":
        return _RNG.integers(0 if kind.kind == "u" else int(low * 4), int(high * 4), shape).astype(
            kind
        )
    return _RNG.uniform(low, high, shape).astype(kind)
