# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of coverage programs: seeded, of any element type, special values first.

`make` draws the kinds that samples name: "any" begins with NaN, infinities, zeros and extremes,
"finite" are small multiples of 1/8 whose sums and products are nearly exact, "unit" is within
[-1, 1], "positive" within (0, 4], "above one" within (1, 8], "shift" are numbers of bits.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from iree_explore import elements

KINDS = ("any", "finite", "unit", "positive", "above one", "shift")


def dtype_of(element: str) -> np.dtype:
    """The dtype of an element type's text; of a quantised one that of what is stored.

    Raises `KeyError` for a type without a dtype.
    """
    from xdsl.context import Context
    from xdsl.dialects.builtin import Builtin
    from xdsl.parser import Parser
    from xdsl.utils.exceptions import ParseError

    if element.startswith("!quant"):
        stored = element.partition("<")[2].partition(":")[0].partition("<")[0]
        element = stored.replace("u", "ui", 1) if stored.startswith("u") else stored
    name = _SMALL_FLOATS.get(element)
    if name is not None and hasattr(ml_dtypes, name):
        return np.dtype(getattr(ml_dtypes, name))
    context = Context()
    context.load_dialect(Builtin)
    try:
        return elements.dtype_of(Parser(context, element).parse_type())
    except ParseError:
        raise KeyError(element) from None


_SMALL_FLOATS = {
    "f4E2M1FN": "float4_e2m1fn", "f6E2M3FN": "float6_e2m3fn", "f6E3M2FN": "float6_e3m2fn",
    "f8E3M4": "float8_e3m4", "f8E4M3": "float8_e4m3", "f8E4M3FN": "float8_e4m3fn",
    "f8E4M3FNUZ": "float8_e4m3fnuz", "f8E4M3B11FNUZ": "float8_e4m3b11fnuz",
    "f8E5M2": "float8_e5m2", "f8E5M2FNUZ": "float8_e5m2fnuz", "f8E8M0FNU": "float8_e8m0fnu",
}  # fmt: skip


def make(shape: tuple[int, ...], element: str, values: Any, seed: int) -> np.ndarray:
    """An array of `shape` and the dtype of `element`; `values` is a kind or the values themselves.

    Raises `KeyError` for a type without a dtype.
    """
    dtype = dtype_of(element)
    if not isinstance(values, str):
        return np.asarray(values).astype(dtype).reshape(shape)
    count = int(np.prod(shape))
    generator = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        flat = _draw(count, dtype, values, generator)
    return flat.reshape(shape)


def _draw(count: int, dtype: np.dtype, kind: str, generator: np.random.Generator) -> np.ndarray:
    if dtype == np.bool_:
        return generator.integers(0, 2, count).astype(np.bool_)
    if dtype.kind == "c":
        part = np.dtype(np.float32 if dtype.itemsize == 8 else np.float64)
        parts = [_draw(count, part, kind, generator) for _ in range(2)]
        if kind == "any":
            parts[1] = np.roll(parts[1], 3)  # special values beside ordinary ones
        return (parts[0] + np.array(1j, dtype) * 0).astype(dtype) if not count else _join(*parts)
    if _is_integer(dtype):
        return _integers(count, dtype, kind, generator)
    return _floats(count, dtype, kind, generator)


def _join(real: np.ndarray, imaginary: np.ndarray) -> np.ndarray:
    both = np.stack([real, imaginary], -1)
    return both.view(np.complex64 if real.dtype == np.float32 else np.complex128).reshape(-1)


def _is_integer(dtype: np.dtype) -> bool:
    return dtype.kind in "iu" or dtype.name in ("int2", "int4", "uint2", "uint4")


def _integers(count: int, dtype: np.dtype, kind: str, generator: np.random.Generator) -> np.ndarray:
    info = ml_dtypes.iinfo(dtype)
    low, high = int(info.min), int(info.max)
    if kind == "shift":
        bits = high.bit_length() + (1 if low < 0 else 0)
        return generator.integers(0, min(bits, high) + 1, count).astype(dtype)
    if kind in ("positive", "above one"):
        return generator.integers(1, min(high, 8) + 1, count).astype(dtype)
    if kind != "any":
        return generator.integers(max(low, -8), min(high, 8) + 1, count).astype(dtype)
    wide = generator.integers(low, high, count, np.uint64 if low == 0 else np.int64, endpoint=True)
    small = generator.integers(max(low, -9), min(high, 9) + 1, count)
    drawn = np.where(generator.integers(0, 2, count), small.astype(wide.dtype), wide)
    special = np.array([0, 1, high, low, high - 1, min(2, high), max(low, -1)], object)
    drawn = drawn.astype(object)
    drawn[: special.size] = special[:count]
    return drawn.astype(np.uint64 if low == 0 else np.int64).astype(dtype)


def _floats(count: int, dtype: np.dtype, kind: str, generator: np.random.Generator) -> np.ndarray:
    if kind == "finite":
        return (generator.integers(-16, 17, count) / 8).astype(dtype)
    if kind == "unit":
        return np.clip(generator.uniform(-1.2, 1.2, count), -1, 1).astype(dtype)
    if kind == "positive":
        return (generator.integers(1, 33, count) / 8).astype(dtype)
    if kind == "above one":
        return (1 + generator.integers(1, 57, count) / 8).astype(dtype)
    info = ml_dtypes.finfo(dtype)
    drawn = generator.standard_normal(count) * np.array([0.5, 2.0, 20.0])[np.arange(count) % 3]
    found = drawn.astype(dtype)
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, info.max, info.min,
               info.smallest_normal, 1e-3, 100.0]  # fmt: skip
    found[: len(special)] = np.array(special, np.float64).astype(dtype)[:count]
    return found
