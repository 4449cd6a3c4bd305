# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of products of matrices: dot_general and what is defined by it."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import BOOL, COMMON, FLOATS, NUMBERS, QUANTIZED, Sample

_TYPES = (*BOOL, *NUMBERS)
_FINITE = {"": "finite"}

SAMPLES = (
    Sample(
        "stablehlo.dot_general", (*_TYPES, *QUANTIZED),
        "%a: tensor<2?x5?x7?x$T>, %b: tensor<2?x7?x3?x$T> -> tensor<2?x5?x3?x$T>\n"
        "%r = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], "
        "contracting_dims = [2] x [1] : "
        "(tensor<2?x5?x7?x$T>, tensor<2?x7?x3?x$T>) -> tensor<2?x5?x3?x$T>",
        values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.dot_general", COMMON,
        "%a: tensor<7?x2?x5?x$T>, %b: tensor<3?x5?x7?x$T> -> tensor<2?x3?x$T>\n"
        "%r = stablehlo.dot_general %a, %b, contracting_dims = [0, 2] x [2, 1] : "
        "(tensor<7?x2?x5?x$T>, tensor<3?x5?x7?x$T>) -> tensor<2?x3?x$T>",
        case="transposed", values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.dot_general", ("i4", "i8", "ui8", "i16"),
        "%a: tensor<5?x7?x$T>, %b: tensor<7?x3?x$T> -> tensor<5?x3?xi32>\n"
        "%r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : "
        "(tensor<5?x7?x$T>, tensor<7?x3?x$T>) -> tensor<5?x3?xi32>",
        case="to i32", values=_FINITE,
    ),
    Sample(
        "stablehlo.dot_general", ("f8E4M3FN", "f8E5M2", "bf16", "f16"),
        "%a: tensor<5?x7?x$T>, %b: tensor<7?x3?x$T> -> tensor<5?x3?xf32>\n"
        "%r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], "
        "precision = [HIGHEST, HIGHEST] : "
        "(tensor<5?x7?x$T>, tensor<7?x3?x$T>) -> tensor<5?x3?xf32>",
        case="to f32", values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.dot_general", COMMON,
        "%a: tensor<5?x$T>, %b: tensor<3?x$T> -> tensor<5?x3?x$T>\n"
        "%r = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : "
        "(tensor<5?x$T>, tensor<3?x$T>) -> tensor<5?x3?x$T>",
        case="outer", values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.dot", (*_TYPES, *QUANTIZED),
        "%a: tensor<5?x7?x$T>, %b: tensor<7?x3?x$T> -> tensor<5?x3?x$T>\n"
        "%r = stablehlo.dot %a, %b : (tensor<5?x7?x$T>, tensor<7?x3?x$T>) -> tensor<5?x3?x$T>",
        values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.dot", COMMON,
        "%a: tensor<7?x$T>, %b: tensor<7?x$T> -> tensor<$T>\n"
        "%r = stablehlo.dot %a, %b : (tensor<7?x$T>, tensor<7?x$T>) -> tensor<$T>",
        case="vectors", values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.einsum", _TYPES,
        "%a: tensor<2?x5?x7?x$T>, %b: tensor<2?x7?x3?x$T> -> tensor<2?x5?x3?x$T>\n"
        '%r = stablehlo.einsum %a, %b, config = "bij,bjk->bik" : '
        "(tensor<2?x5?x7?x$T>, tensor<2?x7?x3?x$T>) -> tensor<2?x5?x3?x$T>",
        values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.einsum", COMMON,
        "%a: tensor<5?x5?x$T>, %b: tensor<5?x3?x$T> -> tensor<5?x3?x$T>\n"
        '%r = stablehlo.einsum %a, %b, config = "ii,ij->ij" : '
        "(tensor<5?x5?x$T>, tensor<5?x3?x$T>) -> tensor<5?x3?x$T>",
        case="diagonal", values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.unary_einsum", _TYPES,
        "%a: tensor<5?x7?x$T> -> tensor<7?x$T>\n"
        '%r = "stablehlo.unary_einsum"(%a) <{einsum_config = "ij->j"}> : '
        "(tensor<5?x7?x$T>) -> tensor<7?x$T>",
        values=_FINITE, sums=True,
    ),
    Sample(
        "chlo.ragged_dot", (*FLOATS, "i8", "i32"),
        "%a: tensor<5?x7?x$T>, %b: tensor<2?x7?x3?x$T>, %g: tensor<2?xi64> -> tensor<5?x3?x$T>\n"
        '%r = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<'
        "lhs_batching_dimensions = [], rhs_batching_dimensions = [], "
        "lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], "
        "lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}> : "
        "(tensor<5?x7?x$T>, tensor<2?x7?x3?x$T>, tensor<2?xi64>) -> tensor<5?x3?x$T>",
        values={"": "finite", "g": [2, 3]}, sums=True,
    ),
    Sample(
        "chlo.ragged_dot", ("bf16", "f32", "i32"),
        "%a: tensor<5?x7?x$T>, %b: tensor<7?x3?x$T>, %g: tensor<2?xi64> -> tensor<2?x5?x3?x$T>\n"
        '%r = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<'
        "lhs_batching_dimensions = [], rhs_batching_dimensions = [], "
        "lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], "
        "lhs_ragged_dimensions = [1], rhs_group_dimensions = []>}> : "
        "(tensor<5?x7?x$T>, tensor<7?x3?x$T>, tensor<2?xi64>) -> tensor<2?x5?x3?x$T>",
        case="ragged contraction", values={"": "finite", "g": [4, 3]}, sums=True,
    ),
)  # fmt: skip
