# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of elementwise ops, conversions included."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import (
    ANY,
    BOOL,
    COMMON,
    COMPLEX,
    FLOATS,
    INTEGERS,
    NUMBERS,
    POWER_ULPS,
    QUANTIZED,
    SIGNED,
    Sample,
    binary,
    unary,
)

_ANALYTIC = (*FLOATS, *COMPLEX, *QUANTIZED)
_ARITHMETIC = (*NUMBERS, *QUANTIZED)
_REAL = (*INTEGERS, *FLOATS)

_UNARY = (
    *(unary(f"stablehlo.{name}", _ANALYTIC) for name in (
        "cbrt", "cosine", "exponential", "exponential_minus_one", "log", "log_plus_one",
        "logistic", "rsqrt", "sine", "sqrt", "tan", "tanh",
    )),
    *(unary(f"stablehlo.{name}", (*FLOATS, *QUANTIZED)) for name in (
        "ceil", "floor", "round_nearest_afz", "round_nearest_even",
    )),
    unary("stablehlo.abs", (*SIGNED, *FLOATS, *QUANTIZED)),
    unary("stablehlo.sign", (*SIGNED, *FLOATS, *COMPLEX, *QUANTIZED)),
    unary("stablehlo.negate", _ARITHMETIC),
    unary("stablehlo.not", (*BOOL, *INTEGERS)),
    unary("stablehlo.popcnt", INTEGERS),
    unary("stablehlo.count_leading_zeros", INTEGERS),
)  # fmt: skip

_BINARY = (
    *(binary(f"stablehlo.{name}", (*BOOL, *_ARITHMETIC)) for name in (
        "add", "maximum", "minimum", "multiply",
    )),
    *(binary(f"stablehlo.{name}", (*BOOL, *INTEGERS)) for name in ("and", "or", "xor")),
    *(binary(f"stablehlo.{name}", INTEGERS, values={"b": "shift"}) for name in (
        "shift_left", "shift_right_arithmetic", "shift_right_logical",
    )),
    *(binary(f"stablehlo.{name}", _ARITHMETIC) for name in (
        "divide", "remainder", "subtract",
    )),
    binary("stablehlo.power", (*INTEGERS, *FLOATS, *QUANTIZED)),
    binary("stablehlo.power", COMPLEX, ulps=POWER_ULPS),
    binary("stablehlo.atan2", _ANALYTIC),
)  # fmt: skip

_COMPLEX_PARTS = (
    Sample(
        "stablehlo.abs", COMPLEX,
        "%a: tensor<5?x7?x$T> -> tensor<5?x7?x$R>\n"
        "%r = stablehlo.abs %a : (tensor<5?x7?x$T>) -> tensor<5?x7?x$R>",
        case="complex",
    ),
    *(
        Sample(
            f"stablehlo.{name}", (*FLOATS, *COMPLEX),
            "%a: tensor<5?x7?x$T> -> tensor<5?x7?x$R>\n"
            f"%r = stablehlo.{name} %a : (tensor<5?x7?x$T>) -> tensor<5?x7?x$R>",
        )
        for name in ("real", "imag")
    ),
    Sample(
        "stablehlo.complex", ("f32", "f64"),
        "%a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?x$C>\n"
        "%r = stablehlo.complex %a, %b : tensor<5?x7?x$C>",
    ),
)  # fmt: skip

_PREDICATES = (
    Sample(
        "stablehlo.is_finite", (*FLOATS, *QUANTIZED),
        "%a: tensor<5?x7?x$T> -> tensor<5?x7?xi1>\n"
        "%r = stablehlo.is_finite %a : (tensor<5?x7?x$T>) -> tensor<5?x7?xi1>",
    ),
    *(
        Sample(
            "stablehlo.compare", (*BOOL, *_REAL, *QUANTIZED, *(COMPLEX if equality else ())),
            "%a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?xi1>\n"
            f"%r = stablehlo.compare {direction}, %a, %b : "
            "(tensor<5?x7?x$T>, tensor<5?x7?x$T>) -> tensor<5?x7?xi1>",
            case=direction,
        )
        for direction, equality in (
            ("EQ", True), ("NE", True), ("LT", False), ("LE", False), ("GT", False), ("GE", False),
        )
    ),
    Sample(
        "stablehlo.compare", FLOATS,
        "%a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?xi1>\n"
        "%r = stablehlo.compare LT, %a, %b, TOTALORDER : "
        "(tensor<5?x7?x$T>, tensor<5?x7?x$T>) -> tensor<5?x7?xi1>",
        case="total order",
    ),
)  # fmt: skip

_SELECTIONS = (
    Sample(
        "stablehlo.select", (*ANY, *QUANTIZED),
        "%p: tensor<5?x7?xi1>, %a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
        "%r = stablehlo.select %p, %a, %b : tensor<5?x7?xi1>, tensor<5?x7?x$T>",
    ),
    Sample(
        "stablehlo.select", COMMON,
        "%p: tensor<i1>, %a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
        "%r = stablehlo.select %p, %a, %b : tensor<i1>, tensor<5?x7?x$T>",
        case="scalar predicate",
    ),
    Sample(
        "stablehlo.clamp", (*BOOL, *_REAL, *QUANTIZED),
        "%a: tensor<5?x7?x$T>, %b: tensor<5?x7?x$T>, %c: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
        "%r = stablehlo.clamp %a, %b, %c : tensor<5?x7?x$T>",
    ),
    Sample(
        "stablehlo.clamp", COMMON[:-1],
        "%a: tensor<$T>, %b: tensor<5?x7?x$T>, %c: tensor<$T> -> tensor<5?x7?x$T>\n"
        "%r = stablehlo.clamp %a, %b, %c : "
        "(tensor<$T>, tensor<5?x7?x$T>, tensor<$T>) -> tensor<5?x7?x$T>",
        case="scalar bounds",
    ),
)  # fmt: skip


def _convert(case: str, types: tuple[str, ...], source: str, result: str, values: str) -> Sample:
    return Sample(
        "stablehlo.convert", types,
        f"%a: tensor<5?x7?x{source}> -> tensor<5?x7?x{result}>\n"
        f"%r = stablehlo.convert %a : (tensor<5?x7?x{source}>) -> tensor<5?x7?x{result}>",
        case=case, values={"a": values},
    )  # fmt: skip


_CONVERSIONS = (
    *(
        _convert(f"to {to}", (*BOOL, *_REAL), "$T", to, "any" if to[0] in "bf" else "finite")
        for to in ("f32", "f64", "f16", "bf16", "f8E4M3FN", "f8E5M2")
    ),
    *(
        _convert(f"to {to}", (*BOOL, *_REAL), "$T", to, "finite")
        for to in ("i1", "i4", "i8", "i32", "i64", "ui8", "ui32", "complex<f32>")
    ),
    *(_convert(f"from {of}", ANY, of, "$T", "finite") for of in ("f32", "i32", "i1")),
    _convert("from complex", COMPLEX, "$T", "complex<f32>", "any"),
    _convert("from complex to real", COMPLEX, "$T", "$R", "any"),
)

_BITS = (
    Sample(
        "stablehlo.bitcast_convert", (*INTEGERS[2:], *FLOATS[3:]),
        "%a: tensor<5?x8?x$T> -> tensor<5?x8?x$I>\n"
        "%r = stablehlo.bitcast_convert %a : (tensor<5?x8?x$T>) -> tensor<5?x8?x$I>",
    ),
    Sample(
        "stablehlo.bitcast_convert", ("i16", "i32", "i64", "ui32", "bf16", "f16", "f32", "f64"),
        "%a: tensor<5?x$T> -> tensor<5?x$Wxui8>\n"
        "%r = stablehlo.bitcast_convert %a : (tensor<5?x$T>) -> tensor<5?x$Wxui8>",
        case="to smaller",
    ),
    Sample(
        "stablehlo.bitcast_convert", ("i16", "i32", "i64", "ui32", "bf16", "f16", "f32", "f64"),
        "%a: tensor<5?x$Wxui8> -> tensor<5?x$T>\n"
        "%r = stablehlo.bitcast_convert %a : (tensor<5?x$Wxui8>) -> tensor<5?x$T>",
        case="to larger",
    ),
    *(
        Sample(
            "stablehlo.reduce_precision", FLOATS,
            "%a: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
            f"%r = stablehlo.reduce_precision %a, format = {form} : tensor<5?x7?x$T>",
            case=form,
        )
        for form in ("e5m10", "e8m7", "e4m3", "e3m0")
    ),
)  # fmt: skip

SAMPLES = (
    *_UNARY, *_BINARY, *_COMPLEX_PARTS, *_PREDICATES, *_SELECTIONS, *_CONVERSIONS, *_BITS,
)  # fmt: skip
