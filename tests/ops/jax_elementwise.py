# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise programs as JAX writes them, by primitive and dtype."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax.scipy.special as jsp
import ml_dtypes
import numpy as np
from jax import lax

from .jax_values import FLOATS, INTEGERS, Program, values

COMPLEX = """
    cos sin exp log tanh sqrt rsqrt log1p expm1 tan asin acos atan asinh acosh atanh sinh cosh
    logistic neg abs sign square
""".split()


def unary() -> Iterator[tuple[str, Program]]:
    functions: dict[str, tuple[Callable[..., Any], float, float]] = {
        "abs": (lax.abs, -4, 4),
        "acos": (lax.acos, -1, 1),
        "acosh": (lax.acosh, 1, 9),
        "asin": (lax.asin, -1, 1),
        "asinh": (lax.asinh, -9, 9),
        "atan": (lax.atan, -9, 9),
        "atanh": (lax.atanh, -1, 1),
        "bessel_i0e": (lax.bessel_i0e, -9, 9),
        "bessel_i1e": (lax.bessel_i1e, -9, 9),
        "cbrt": (lax.cbrt, -9, 9),
        "ceil": (lax.ceil, -4, 4),
        "cos": (lax.cos, -9, 9),
        "cosh": (lax.cosh, -4, 4),
        "digamma": (lax.digamma, 0.1, 9),
        "erf": (lax.erf, -3, 3),
        "erf_inv": (lax.erf_inv, -1, 1),
        "erfc": (lax.erfc, -3, 3),
        "exp": (lax.exp, -9, 9),
        "exp2": (lax.exp2, -9, 9),
        "expm1": (lax.expm1, -4, 4),
        "floor": (lax.floor, -4, 4),
        "is_finite": (lax.is_finite, -4, 4),
        "lgamma": (lax.lgamma, -9, 9),
        "log": (lax.log, 0, 9),
        "log1p": (lax.log1p, -1, 9),
        "logistic": (lax.logistic, -9, 9),
        "neg": (lax.neg, -4, 4),
        "round": (lax.round, -4, 4),
        "rsqrt": (lax.rsqrt, 0, 9),
        "sign": (lax.sign, -4, 4),
        "sin": (lax.sin, -9, 9),
        "sinh": (lax.sinh, -4, 4),
        "sqrt": (lax.sqrt, 0, 9),
        "square": (lax.square, -4, 4),
        "tan": (lax.tan, -9, 9),
        "tanh": (lax.tanh, -4, 4),
    }
    for name, (function, low, high) in functions.items():
        for dtype in FLOATS:
            yield f"{name}_{dtype}", (function, (values((3, 7), dtype, low, high),))
    for name in COMPLEX:
        yield f"{name}_complex64", (getattr(lax, name), (values((3, 7), "complex64"),))
    for dtype in INTEGERS:
        for name in ("population_count", "clz", "bitwise_not", "sign", "neg"):
            yield f"{name}_{dtype}", (getattr(lax, name), (values((9,), dtype),))
    yield "conj", (lax.conj, (values((5,), "complex64"),))
    yield "real", (lax.real, (values((5,), "complex128"),))
    yield "imag", (lax.imag, (values((5,), "complex64"),))


def special() -> Iterator[tuple[str, Program]]:
    yield "polygamma", (jsp.polygamma, (np.arange(1, 6), values((5,), low=0.5)))
    yield "zeta", (jsp.zeta, (values((5,), low=1.5), values((5,), low=0.5)))
    yield "igamma", (lax.igamma, (values((9,), low=0.1), values((9,), low=0.1)))
    yield "igammac", (lax.igammac, (values((9,), low=0.1), values((9,), low=0.1)))
    yield (
        "betainc",
        (
            lax.betainc,
            (values((5,), low=0.1), values((5,), low=0.1), values((5,), low=0.1, high=0.9)),
        ),
    )
    yield "nextafter", (lax.nextafter, (values((5,)), values((5,))))
    yield "ndtri", (jsp.ndtri, (values((5,), low=0.01, high=0.99),))


def binary() -> Iterator[tuple[str, Program]]:
    for dtype in (*FLOATS, *INTEGERS, "complex64"):
        for name in ("add", "sub", "mul", "div", "max", "min", "pow", "rem", "atan2"):
            if name in ("max", "min", "rem") and dtype == "complex64":
                continue
            if name in ("atan2", "pow") and np.dtype(getattr(ml_dtypes, dtype, dtype)).kind in "iu":
                continue
            low = 0.1 if name == "pow" else -4
            x, y = values((4, 5), dtype, low), values((4, 5), dtype)
            if name == "atan2" and dtype == "complex64":
                continue
            yield f"{name}_{dtype}", (getattr(lax, name), (x, y))
    for dtype in INTEGERS:
        for name in (
            "bitwise_and",
            "bitwise_or",
            "bitwise_xor",
            "shift_left",
            "shift_right_arithmetic",
            "shift_right_logical",
        ):
            yield (
                f"{name}_{dtype}",
                (getattr(lax, name), (values((9,), dtype), values((9,), dtype))),
            )
        yield f"integer_pow_{dtype}", (lambda x: lax.integer_pow(x, 3), (values((9,), dtype),))
    for dtype in ("float32", "int32", "uint8", "bool", "complex64", "bfloat16"):
        for name in ("eq", "ne", "lt", "ge"):
            if dtype != "complex64" or name in ("eq", "ne"):
                x, y = values((9,), dtype), values((9,), dtype)
                yield f"{name}_{dtype}", (getattr(lax, name), (x, y))
    yield "clamp", (lax.clamp, (np.float32(-1), values((3, 4)), np.float32(1)))
    yield (
        "select",
        (
            lambda p, x, y: lax.select(p, x, y),
            (values((3, 4), "bool"), values((3, 4)), values((3, 4))),
        ),
    )
    yield (
        "select_n",
        (lax.select_n, (values((5,), "int32", 0, 0.75), *(values((5,)) for _ in range(3)))),
    )
    yield "reduce_precision", (lambda x: lax.reduce_precision(x, 5, 7), (values((9,)),))


def conversion() -> Iterator[tuple[str, Program]]:
    """From and to four kinds of types; `test_conversions.py` has all pairs of real ones."""
    dtypes = (*FLOATS, *INTEGERS, "bool", "complex64", "float8_e4m3fn", "float8_e5m2", "int4")
    for source in dtypes:
        for target in dtypes:
            if source == "complex64" and target != "complex64":
                continue
            if not {source, target} & {"float32", "int32", "bool", "complex64"}:
                continue
            to = getattr(ml_dtypes, target, None) or target
            yield (
                f"convert_{source}_{target}",
                (
                    functools.partial(lax.convert_element_type, new_dtype=to),
                    (values((7,), source, 0 if target[0] == "u" else -1.9, 1.9),),
                ),
            )
    for source, target in (
        ("float32", "int32"),
        ("uint16", "bfloat16"),
        ("float64", "uint32"),
        ("int8", "int32"),
    ):
        shape = (3, 4) if source == "int8" else (3,)
        yield (
            f"bitcast_{source}_{target}",
            (
                functools.partial(
                    lax.bitcast_convert_type, new_dtype=getattr(ml_dtypes, target, target)
                ),
                (values(shape, source),),
            ),
        )
