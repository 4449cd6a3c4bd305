# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of CHLO's elementwise ops and of those with implicit broadcasting."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import (
    BOOL,
    COMMON,
    COMPLEX,
    FLOATS,
    INTEGERS,
    NUMBERS,
    POWER_ULPS,
    Sample,
)

_ANALYTIC = (*FLOATS, *COMPLEX)


def _unary(name: str, types: tuple[str, ...], result: str = "$T", **options: object) -> Sample:
    return Sample(
        f"chlo.{name}", types,
        f"%a: tensor<5?x7?x$T> -> tensor<5?x7?x{result}>\n"
        f"%r = chlo.{name} %a : tensor<5?x7?x$T> -> tensor<5?x7?x{result}>",
        **options,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


_UNARY = (
    *(_unary(name, _ANALYTIC) for name in (
        "acos", "acosh", "asin", "asinh", "atan", "atanh", "cosh", "sinh", "square", "tan",
    )),
    *(_unary(name, FLOATS) for name in ("bessel_i1e", "erf", "erfc", "erf_inv")),
    *(_unary(name, FLOATS, sums=True) for name in ("digamma", "lgamma")),
    _unary("_asin_acos_kernel", COMPLEX),
    _unary("conj", _ANALYTIC),
    *(_unary(name, FLOATS, "i1") for name in ("is_inf", "is_neg_inf", "is_pos_inf")),
    Sample(
        "chlo.constant", COMMON,
        "%a: tensor<$T> -> tensor<3x4x$T>\n"
        "%r = chlo.constant dense<$1> : tensor<3x4x$T>",
    ),
    Sample(
        "chlo.constant_like", ("f16", "bf16", "f32", "f64"),
        "%a: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
        '%r = "chlo.constant_like"(%a) <{value = 2.500000e+00 : $T}> : '
        "(tensor<5?x7?x$T>) -> tensor<5?x7?x$T>",
    ),
)  # fmt: skip


def _pair(name: str, types: tuple[str, ...], **options: object) -> Sample:
    return Sample(
        f"chlo.{name}", types,
        "%a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
        f"%r = chlo.{name} %a, %b : tensor<5?x7?x$T>, tensor<5?x7?x$T> -> tensor<5?x7?x$T>",
        **options,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


_ORDER = [[0, 1, 2, 3, 1, 2, 0]] * 5
_BINARY = (
    _pair("next_after", FLOATS),
    _pair("polygamma", FLOATS, values={"a": _ORDER, "b": "positive"}, sums=True),
    _pair("zeta", FLOATS, values={"a": "above one", "b": "positive"}, sums=True),
    _pair("mulhi", INTEGERS),
)


def _broadcast(name: str, types: tuple[str, ...], **options: object) -> tuple[Sample, Sample]:
    return (
        Sample(
            f"chlo.broadcast_{name}", types,
            "%a: tensor<5?x7?x$T>, %b: tensor<7?x$T> -> tensor<5?x7?x$T>\n"
            f"%r = chlo.broadcast_{name} %a, %b : "
            "(tensor<5?x7?x$T>, tensor<7?x$T>) -> tensor<5?x7?x$T>",
            **options,  # pyright: ignore[reportArgumentType]
        ),
        Sample(
            f"chlo.broadcast_{name}", ("i32", "f32"),
            "%a: tensor<5x1x$T>, %b: tensor<1x7?x$T> -> tensor<5x7?x$T>\n"
            f"%r = chlo.broadcast_{name} %a, %b : "
            "(tensor<5x1x$T>, tensor<1x7?x$T>) -> tensor<5x7?x$T>",
            case="both", **options,  # pyright: ignore[reportArgumentType]
        ),
    )  # fmt: skip


_SHIFT = {"b": "shift"}
_BROADCASTS = (
    *(
        sample
        for name in ("add", "maximum", "minimum", "multiply")
        for sample in _broadcast(name, (*BOOL, *NUMBERS))
    ),
    *(
        sample
        for name in ("divide", "remainder", "subtract")
        for sample in _broadcast(name, NUMBERS)
    ),
    *_broadcast("power", (*INTEGERS, *FLOATS)),
    _broadcast("power", COMPLEX, ulps=POWER_ULPS)[0],
    *(
        _broadcast(name, (*BOOL, *INTEGERS))[0]
        for name in ("and", "or", "xor")
    ),
    *(
        _broadcast(name, INTEGERS, values=_SHIFT)[0]
        for name in ("shift_left", "shift_right_arithmetic", "shift_right_logical")
    ),
    _broadcast("atan2", _ANALYTIC)[0],
    _broadcast("next_after", FLOATS)[0],
    _broadcast("polygamma", FLOATS, values={"a": _ORDER, "b": "positive"}, sums=True)[0],
    _broadcast("zeta", FLOATS, values={"a": "above one", "b": "positive"}, sums=True)[0],
    *(
        Sample(
            "chlo.broadcast_compare", types,
            "%a: tensor<5?x7?x$T>, %b: tensor<7?x$T> -> tensor<5?x7?xi1>\n"
            f"%r = chlo.broadcast_compare %a, %b {{comparison_direction = "
            f"#chlo<comparison_direction {direction}>}} : "
            "(tensor<5?x7?x$T>, tensor<7?x$T>) -> tensor<5?x7?xi1>",
            case=direction,
        )
        for direction, types in (("LT", (*BOOL, *INTEGERS, *FLOATS)), ("EQ", COMMON))
    ),
    Sample(
        "chlo.broadcast_complex", ("f32", "f64"),
        "%a: tensor<5?x7?x$T>, %b: tensor<7?x$T> -> tensor<5?x7?x$C>\n"
        "%r = chlo.broadcast_complex %a, %b : "
        "(tensor<5?x7?x$T>, tensor<7?x$T>) -> tensor<5?x7?x$C>",
    ),
    Sample(
        "chlo.broadcast_select", (*BOOL, *NUMBERS),
        "%p: tensor<7?xi1>, %a: tensor<5?x7?x$T>, %b: tensor<7?x$T> -> tensor<5?x7?x$T>\n"
        "%r = chlo.broadcast_select %p, %a, %b : "
        "(tensor<7?xi1>, tensor<5?x7?x$T>, tensor<7?x$T>) -> tensor<5?x7?x$T>",
    ),
)  # fmt: skip

SAMPLES = (*_UNARY, *_BINARY, *_BROADCASTS)
