#!/usr/bin/env python3
# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Largest and mean error of every elementary function, in units in the last place (ULP).

On llvm-cpu, the reference and XLA (JAX), in one run, on the same arguments: all of f16 and bf16
(pairs at random for functions of two arguments), samples of f32 and f64 over the ranges of
`iree_explore/stablehlo/accuracy.py`. Exact values are mpmath's, or x87's extended precision where
glibc has the function. Writes results/elementary_functions.json, from which
scripts/generate_docs.py makes docs/accuracy.md.

    python -m benchmarks.elementary_functions [--samples 20000] [name ...]
"""

from __future__ import annotations

import argparse
import functools
import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from iree_explore.stablehlo.accuracy import ELEMENTS, FUNCTIONS, Function

RESULTS = Path(__file__).parent / "results" / "elementary_functions.json"
DTYPES: dict[str, np.dtype] = {
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
}
LONG = np.longdouble
Exact = Callable[..., np.ndarray]

# Exact values, as extended precision


def _logistic(x: np.ndarray) -> np.ndarray:
    power = np.exp(-np.abs(x))
    return np.where(x < 0, power, 1) / (1 + power)


def _by_mpmath(name: str, *args: np.ndarray) -> np.ndarray:
    import mpmath

    function, shape = getattr(_Mpmath, name), args[0].shape
    rows: list[list[float]] = np.stack([a.astype(np.float64).ravel() for a in args], -1).tolist()
    with mpmath.workprec(120):
        flat = [_to_long(function(*map(mpmath.mpf, row))) for row in rows]
    return np.array(flat, LONG).reshape(shape)


def _to_long(value: Any) -> np.longdouble:
    import mpmath

    value = mpmath.re(value)
    high = float(value)
    return LONG(high) + LONG(float(value - mpmath.mpf(high))) if np.isfinite(high) else LONG(high)


class _Mpmath:
    """Functions of mpmath numbers."""

    @staticmethod
    def erf(x: Any) -> Any:
        import mpmath

        return mpmath.erf(x)

    @staticmethod
    def erfc(x: Any) -> Any:
        import mpmath

        return mpmath.erfc(x)

    @staticmethod
    def lgamma(x: Any) -> Any:
        import mpmath

        pole = x <= 0 and (mpmath.isinf(x) or x == mpmath.floor(x))
        return mpmath.inf if pole or mpmath.isinf(x) else mpmath.loggamma(x)

    @staticmethod
    def digamma(x: Any) -> Any:
        import mpmath

        pole = x <= 0 and (mpmath.isinf(x) or x == mpmath.floor(x))
        return mpmath.nan if pole else x if mpmath.isinf(x) else mpmath.digamma(x)

    @staticmethod
    def bessel_i1e(x: Any) -> Any:
        import mpmath

        size = abs(x)
        if not mpmath.isfinite(x):
            return mpmath.nan if mpmath.isnan(x) else mpmath.mpf(0)
        if size < 1000:
            return mpmath.besseli(1, x) * mpmath.exp(-size)
        total, term = mpmath.mpf(1), mpmath.mpf(1)
        for k in range(1, 12):
            term *= -(4 - (2 * k - 1) ** 2) / (8 * size * k)
            total += term
        return mpmath.sign(x) * total / mpmath.sqrt(2 * mpmath.pi * size)

    @staticmethod
    def erf_inv(y: Any) -> Any:
        import mpmath

        if y == 0 or not abs(y) < 1:
            return y if y == 0 else mpmath.inf * y if abs(y) == 1 else mpmath.nan
        size, rest = abs(y), 1 - abs(y)
        x = mpmath.sqrt(-mpmath.log(rest)) if rest < 0.5 else size * mpmath.sqrt(mpmath.pi) / 2
        for _ in range(100):
            wrong = mpmath.erf(x) - size if rest > 0.5 else rest - mpmath.erfc(x)
            step = wrong * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(x * x)
            x -= step
            if abs(step) < abs(x) * mpmath.mpf(2) ** -90:
                break
        return x * mpmath.sign(y)

    @staticmethod
    def zeta(s: Any, q: Any) -> Any:
        import mpmath

        size = abs(s) * mpmath.log(abs(q) + 1, 2)  # mpmath's error is absolute
        with mpmath.workprec(160 + int(size)):
            return mpmath.zeta(s, q)

    @staticmethod
    def polygamma(n: Any, x: Any) -> Any:
        import mpmath

        size = (n + 1) * mpmath.log(abs(x) + 1, 2)
        with mpmath.workprec(160 + int(size)):
            return mpmath.polygamma(int(n), x)


_EXTENDED: dict[str, Exact] = {
    "atan2": np.arctan2, "cbrt": np.cbrt, "cosine": np.cos, "exponential": np.exp,
    "exponential_minus_one": np.expm1, "log": np.log, "log_plus_one": np.log1p,
    "logistic": _logistic, "power": np.power, "remainder": np.fmod,
    "rsqrt": lambda x: 1 / np.sqrt(x), "sine": np.sin, "sqrt": np.sqrt, "tan": np.tan,
    "tanh": np.tanh, "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin,
    "asinh": np.arcsinh, "atan": np.arctan, "atanh": np.arctanh, "cosh": np.cosh, "sinh": np.sinh,
}  # fmt: skip


def exact(function: Function, *args: np.ndarray) -> np.ndarray:
    """The function's values in extended precision (64 bits of mantissa or more)."""
    name = function.op.partition(".")[2]
    with np.errstate(all="ignore"):
        if name in _EXTENDED:
            return _EXTENDED[name](*(a.astype(np.float64).astype(LONG) for a in args))
    return _by_mpmath(name, *args)


def is_slow(function: Function) -> bool:
    """Whether exact values take about a tenth of a millisecond each."""
    return function.op.partition(".")[2] not in _EXTENDED


# Arguments


@functools.cache
def every(element: str) -> np.ndarray:
    """All numbers of a 16-bit type, NaNs left out."""
    x = np.arange(1 << 16, dtype=np.uint16).view(DTYPES[element])
    return x[~np.isnan(x.astype(np.float32))]


def arguments(function: Function, element: str, count: int, seed: int = 0) -> list[np.ndarray]:
    """About `count` arguments: all of a 16-bit type if `count` is as many, else samples."""
    r = np.random.default_rng(seed)
    dtype = DTYPES[element]
    operands = len(function.samples[0])
    if dtype.itemsize == 2 and operands == 1:
        x = every(element)
        if function.note:
            x = x[np.signbit(x) == (function.note == "x < 0")]
        return [x if count >= x.size else r.choice(x, count)]
    each = max(1, count // len(function.samples))
    columns = [[sampler(r, each) for sampler in samplers] for samplers in function.samples]
    with np.errstate(all="ignore"):
        found = [np.concatenate(c).astype(dtype) for c in zip(*columns, strict=True)]
    usable = np.all([np.isfinite(x.astype(np.float64)) for x in found], axis=0)
    return [x[usable] for x in found]


# Errors


def spacing(x: np.ndarray, element: str) -> np.ndarray:
    """The unit in the last place of each number of extended precision."""
    mantissa, least = {"f16": (10, -24), "bf16": (7, -133), "f32": (23, -149), "f64": (52, -1074)}[
        element
    ]
    _, exponent = np.frexp(np.abs(x))
    return np.ldexp(LONG(1), np.maximum(exponent - 1 - mantissa, least))


def errors(got: np.ndarray, want: np.ndarray, element: str, absolute: bool = False) -> np.ndarray:
    """Errors in ULP; infinite where one is NaN and the other is not, 0 where both overflow."""
    with np.errstate(all="ignore"):
        unit = spacing(np.where(np.isfinite(want), want, 1), element)
        if absolute:
            unit = np.maximum(unit, spacing(np.ones(1, LONG), element))
        wide = got.astype(np.float64).astype(LONG)
        error = np.abs(wide - want) / unit
        rounded = want.astype(np.float64)
        same = (np.isnan(wide) & np.isnan(want)) | (wide == want)
        limit = LONG(float(ml_dtypes.finfo(DTYPES[element]).max))
        over = np.isinf(wide) & (np.abs(want) > limit) & (np.sign(wide) == np.sign(rounded))
    return np.where(same | over, 0, np.nan_to_num(error, nan=np.inf)).astype(np.float64)


def summary(error: np.ndarray, args: list[np.ndarray]) -> dict[str, Any]:
    """Largest and mean error, and where the largest is."""
    worst = int(np.argmax(error))
    finite = error[np.isfinite(error)]
    return {
        "max": float(f"{error[worst]:.3g}"),
        "mean": float(f"{finite.mean() if finite.size else 0:.2g}"),
        "at": [float(a[worst]) for a in args],
    }


# Targets


def program(function: Function, element: str, count: int) -> str:
    """MLIR text of the function on `count` elements."""
    operands = len(function.samples[0])
    type_ = f"tensor<{count}x{element}>"
    names = [f"%{i}" for i in range(operands)]
    parameters = ", ".join(f"%arg{i}: {type_}" for i in range(operands))
    values = ", ".join(f"%arg{i}" for i in range(operands))
    types = type_
    if function.op.startswith("chlo."):
        types = ", ".join([type_] * len(names)) + f" -> {type_}"
    return (
        f"module {{ func.func @main({parameters}) -> {type_} {{\n"
        f"  %r = {function.op} {values} : {types}\n  return %r : {type_}\n}} }}"
    )


def run_llvm_cpu(function: Function, element: str, args: list[np.ndarray]) -> np.ndarray:
    """Results on llvm-cpu."""
    import iree_explore as ie

    text = program(function, element, args[0].size)
    module = ie.compile(text, target="llvm-cpu", device="local-sync")
    return np.asarray(module.main(*args))


def run_reference(function: Function, element: str, args: list[np.ndarray]) -> np.ndarray:
    """Results of the reference."""
    from iree_explore.context import make_context
    from iree_explore.frontend.parser import SourceParser
    from iree_explore.stablehlo.reference import evaluate

    text = program(function, element, args[0].size)
    return evaluate(SourceParser(make_context(), text).parse_module(), "main", args)[0]


_JAX_NAMES = {
    "cosine": "cos", "exponential": "exp", "exponential_minus_one": "expm1",
    "log_plus_one": "log1p", "power": "pow", "remainder": "rem", "sine": "sin",
}  # fmt: skip


def run_xla(function: Function, element: str, args: list[np.ndarray]) -> np.ndarray:
    """Results of XLA on the CPU, by JAX."""
    import jax

    name = function.op.partition(".")[2]
    with jax.enable_x64(True):
        return np.asarray(jax.jit(getattr(jax.lax, _JAX_NAMES.get(name, name)))(*args))


def measure(function: Function, element: str, count: int, slow: int) -> dict[str, Any]:
    """Errors of one function and type on all targets."""
    two, narrow = len(function.samples[0]) == 2, DTYPES[element].itemsize == 2
    if is_slow(function) and (two or not narrow):
        count = min(count, slow // 10 if two else slow)
    args = arguments(function, element, count)
    want = exact(function, *args)
    found: dict[str, Any] = {"samples": args[0].size}
    for target, run in (("llvm-cpu", run_llvm_cpu), ("reference", run_reference)):
        error = errors(run(function, element, args), want, element, function.absolute)
        found[target] = summary(error, args)
    least = float(ml_dtypes.finfo(DTYPES[element]).smallest_normal)
    with np.errstate(all="ignore"):  # XLA reads and writes subnormal numbers as 0
        normal = np.all([np.abs(v.astype(LONG)) >= least for v in (*args, want)], axis=0)
    kept = [a[normal] for a in args]
    error = errors(run_xla(function, element, kept), want[normal], element, function.absolute)
    found["xla"] = summary(error, kept)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="functions, all by default")
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--slow-samples", type=int, default=6_000)
    options = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() and options.names else {}
    import jax

    results["about"] = {
        "machine": platform.machine(), "python": platform.python_version(), "jax": jax.__version__,
        "samples": options.samples, "samples of special functions": options.slow_samples,
    }  # fmt: skip
    functions = results.setdefault("functions", {})
    for function in FUNCTIONS:
        if options.names and not any(n in function.name for n in options.names):
            continue
        for element in ELEMENTS:
            found = measure(function, element, options.samples, options.slow_samples)
            functions.setdefault(function.name, {})[element] = found
            line = "  ".join(f"{t} {found[t]['max']:g}" for t in ("llvm-cpu", "reference", "xla"))
            over = " OVER" if found["llvm-cpu"]["max"] > function.bound(element) else ""
            print(f"{function.name:28s} {element:5s} {line}{over}", file=sys.stderr, flush=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
