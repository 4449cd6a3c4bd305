# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every math function is as exact as its docstring says, special values included."""

from __future__ import annotations

import math

import numpy as np
import pytest

from .kernels import build, elementwise

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0]
COUNT = 4096

_erf = np.frompyfunc(math.erf, 1, 1)


def erf(x: np.ndarray) -> np.ndarray:
    return _erf(x.astype(np.float64)).astype(np.longdouble)


def rsqrt(x: np.ndarray) -> np.ndarray:
    return 1 / np.sqrt(x)


# name: (reference on long doubles, ranges sampled)
UNARY = {
    "exp": (np.exp, [(-100, 89), (-1, 1), (-745, 710)]),
    "exp2": (np.exp2, [(-149, 128), (-1, 1), (-1074, 1024)]),
    "expm1": (np.expm1, [(-20, 88), (-1, 1), (-1e-4, 1e-4)]),
    "log": (np.log, [(0, 10), (0.9, 1.1), (1e-45, 1e-37), (1, 1e38)]),
    "log2": (np.log2, [(0, 10), (0.9, 1.1), (1, 1e38)]),
    "log10": (np.log10, [(0, 10), (0.9, 1.1), (1, 1e38)]),
    "log1p": (np.log1p, [(-1, 1), (-1e-3, 1e-3), (0, 1e30)]),
    "tanh": (np.tanh, [(-1, 1), (-10, 10), (-1e-3, 1e-3)]),
    "erf": (erf, [(-1.2, 1.2), (-5, 5), (-1e-3, 1e-3)]),
    "rsqrt": (rsqrt, [(0, 4), (0, 1e30)]),
    "sin": (np.sin, [(-4, 4), (-1000, 1000), (-1e9, 1e9), (-1e15, 1e15), (-1e38, 1e38)]),
    "cos": (np.cos, [(-4, 4), (-1000, 1000), (-1e9, 1e9), (-1e15, 1e15), (-1e38, 1e38)]),
    "tan": (np.tan, [(-4, 4), (-1000, 1000)]),
    "sinh": (np.sinh, [(-1, 1), (-88, 88), (-709, 709)]),
    "cosh": (np.cosh, [(-1, 1), (-88, 88), (-709, 709)]),
    "asin": (np.arcsin, [(-1, 1), (-0.01, 0.01)]),
    "acos": (np.arccos, [(-1, 1), (0.999, 1)]),
    "atan": (np.arctan, [(-1, 1), (-100, 100)]),
    "asinh": (np.arcsinh, [(-1, 1), (-1e3, 1e3), (-1e-3, 1e-3), (-1e37, 1e37)]),
    "acosh": (np.arccosh, [(1, 2), (1, 1e30)]),
    "atanh": (np.arctanh, [(-1, 1), (-1e-3, 1e-3)]),
    "cbrt": (np.cbrt, [(-10, 10), (-1e30, 1e30), (0, 1e-44)]),
}
ULPS = {np.float32: 4, np.float64: 8}
"""1e-15 is 4.5 to 9 units in the last place."""


def samples(ranges: list[tuple[float, float]], dtype: type, seed: int = 0) -> np.ndarray:
    """`COUNT` numbers: the special values, then the ranges in equal parts."""
    random = np.random.default_rng(seed)
    limit = float(np.finfo(dtype).max)
    usable = [(lo, hi) for lo, hi in ranges if max(abs(lo), abs(hi)) < limit]
    parts = [random.uniform(lo, hi, COUNT // len(usable)) for lo, hi in usable]
    with np.errstate(over="ignore"):
        x = np.concatenate([SPECIAL, *parts]).astype(dtype)
    return np.resize(x[:COUNT], COUNT)


def errors(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Units in the last place; infinite where one is NaN or infinite and the other is not."""
    with np.errstate(all="ignore"):
        nearest = exact.astype(got.dtype)
        unit = np.maximum(np.spacing(np.abs(nearest)), np.finfo(got.dtype).smallest_subnormal)
        error = np.abs(got.astype(np.longdouble) - exact) / unit
        same = (got == nearest) | (np.isnan(got) & np.isnan(nearest))
    return np.where(same, np.minimum(np.nan_to_num(error), 0.5),
                    np.nan_to_num(error, nan=np.inf))  # fmt: skip


def reference(function, *values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return function(*(v.astype(np.longdouble) for v in values))


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_are_exact(name: str, dtype: type) -> None:
    function, ranges = UNARY[name]
    kind, lanes = ("f32", 16) if dtype is np.float32 else ("f64", 8)
    x = samples(ranges, dtype)
    kernel = build(elementwise(f"%r = math.{name} %a : TR", [kind], kind, lanes, COUNT))
    _, got = kernel(x, np.zeros(COUNT, dtype))
    error = errors(got, reference(function, x))
    worst = int(np.argmax(error))
    assert error[worst] <= ULPS[dtype], f"{name}({x[worst]!r}) = {got[worst]!r}: {error[worst]}"
    zeros = (x == 0) & (reference(function, x) == 0)
    assert (np.signbit(got[zeros]) == np.signbit(reference(function, x[zeros]))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
def test_pow_is_exact(dtype: type) -> None:
    kind, lanes = ("f32", 16) if dtype is np.float32 else ("f64", 8)
    random = np.random.default_rng(1)
    special = [*SPECIAL, 3.0, -3.0, 0.5, 1e300, 2.5]
    with np.errstate(over="ignore"):
        grid = np.array([(a, b) for a in special for b in special]).astype(dtype)
    x = np.concatenate([grid[:, 0], random.uniform(0, 10, COUNT)]).astype(dtype)[:COUNT]
    y = np.concatenate([grid[:, 1], random.uniform(-300, 300, COUNT)]).astype(dtype)[:COUNT]
    kernel = build(elementwise("%r = math.powf %a, %b : TR", [kind, kind], kind, lanes, COUNT))
    _, _, got = kernel(x, y, np.zeros(COUNT, dtype))
    error = errors(got, reference(np.power, x, y))
    worst = int(np.argmax(error))
    assert error[worst] <= ULPS[dtype], f"{x[worst]!r}**{y[worst]!r} = {got[worst]!r}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
def test_atan2_is_exact(dtype: type) -> None:
    kind, lanes = ("f32", 16) if dtype is np.float32 else ("f64", 8)
    random = np.random.default_rng(2)
    grid = np.array([(a, b) for a in SPECIAL for b in SPECIAL]).astype(dtype)
    y = np.concatenate([grid[:, 0], random.normal(size=COUNT)]).astype(dtype)[:COUNT]
    x = np.concatenate([grid[:, 1], random.normal(size=COUNT)]).astype(dtype)[:COUNT]
    kernel = build(elementwise("%r = math.atan2 %a, %b : TR", [kind, kind], kind, lanes, COUNT))
    _, _, got = kernel(y, x, np.zeros(COUNT, dtype))
    exact = reference(np.arctan2, y, x)
    error = errors(got, exact)
    worst = int(np.argmax(error))
    assert error[worst] <= ULPS[dtype], f"atan2({y[worst]!r}, {x[worst]!r}) = {got[worst]!r}"
    assert (np.signbit(got) == np.signbit(exact))[~np.isnan(exact)].all()


def test_round_takes_halves_away_from_zero() -> None:
    x = np.resize([0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 8388609.0, -0.0, np.nan, np.inf], 64)
    x = x.astype(np.float32)
    kernel = build(elementwise("%r = math.round %a : TR", ["f32"], "f32", 16))
    _, got = kernel(x, np.zeros(64, np.float32))
    expected = np.copysign(np.floor(np.abs(x).astype(np.float64) + 0.5), x)
    np.testing.assert_array_equal(got, expected.astype(np.float32))


def test_integer_power() -> None:
    base = np.resize([2, -2, 3, 1, -1, 0, -1, 7, 5, -3], 64).astype(np.int32)
    exponent = np.resize([10, 3, 0, -5, -3, -1, -4, 2, -2, 19], 64).astype(np.int32)
    kernel = build(elementwise("%r = math.ipowi %a, %b : TR", ["i32", "i32"], "i32", 16))
    _, _, got = kernel(base, exponent, np.zeros(64, np.int32))
    expected = [
        b**e if e >= 0 else {1: 1, -1: 1 if e % 2 == 0 else -1}.get(b, 0)
        for b, e in zip(base.tolist(), exponent.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(got, np.array(expected).astype(np.int64).astype(np.int32))


@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_narrow_floats_round_like_their_type(kind: str) -> None:
    import ml_dtypes

    dtype = np.dtype(np.float16 if kind == "f16" else ml_dtypes.bfloat16)
    random = np.random.default_rng(3)
    a = random.normal(size=256).astype(dtype)
    b = random.normal(size=256).astype(dtype)
    body = "%p = arith.mulf %a, %b : TR\n%q = arith.addf %p, %a : TR\n%r = math.exp %q : TR"
    for lanes in (0, 16):
        kernel = build(elementwise(body, [kind, kind], kind, lanes, 256))
        *_, got = kernel(a, b, np.zeros(256, dtype))
        p = (a.astype(np.float32) * b.astype(np.float32)).astype(dtype)
        q = (p.astype(np.float32) + a.astype(np.float32)).astype(dtype)
        expected = np.exp(q.astype(np.float64)).astype(np.float32).astype(dtype)
        difference = np.abs(got.view(np.int16).astype(int) - expected.view(np.int16).astype(int))
        assert difference.max() <= 1
        assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("source", ["f32", "f64"])
@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_conversion_to_narrow_floats_rounds_once(source: str, kind: str) -> None:
    import ml_dtypes

    wide = np.float32 if source == "f32" else np.float64
    dtype = np.dtype(np.float16 if kind == "f16" else ml_dtypes.bfloat16)
    random = np.random.default_rng(4)
    exact = random.normal(size=1000).astype(dtype).astype(np.float64)
    step = np.abs(exact) * (2.0**-11 if kind == "f16" else 2.0**-8)
    x = np.concatenate([exact + step, exact + step * (1 + 1e-9), SPECIAL, [1e-7, 3e38, 70000.0]])
    x = np.resize(x, 2048).astype(wide)
    kernel = build(elementwise("%r = arith.truncf %a : T0 to TR", [source], kind, 0, 2048))
    _, got = kernel(x, np.zeros(2048, dtype))
    with np.errstate(all="ignore"):
        if kind == "f16":
            expected = x.astype(np.float16)
        else:  # ml_dtypes goes through f32: round to odd first
            near = x.astype(np.float32)
            inexact = (near.astype(np.float64) != x) & np.isfinite(x) & np.isfinite(near)
            big = np.abs(near.astype(np.float64)) > np.abs(x)
            bits = near.view(np.int32) - (inexact & big)
            near = np.where(inexact, bits | 1, near.view(np.int32)).astype(np.int32)
            expected = near.view(np.float32).astype(dtype)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    assert same.all(), x[~same][:5]
