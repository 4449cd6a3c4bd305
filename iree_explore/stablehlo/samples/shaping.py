# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of constants, iota, broadcasts, reshapes, transposes and sizes."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import (
    ANY,
    BOOL,
    COMMON,
    COMPLEX,
    FLOATS,
    INTEGERS,
    QUANTIZED,
    Sample,
)

_MOVED = (*ANY, *QUANTIZED)

SAMPLES = (
    Sample(
        "stablehlo.constant", ANY,
        "%a: tensor<2x2x$T> -> tensor<2x2x$T>\n"
        "%r = stablehlo.constant dense<[[$0, $1], [$1, $1]]> : tensor<2x2x$T>",
        values={"a": "finite"},
    ),
    Sample(
        "stablehlo.constant", COMMON,
        "%a: tensor<$T> -> tensor<3x4x$T>\n"
        "%r = stablehlo.constant dense<$1> : tensor<3x4x$T>",
        case="splat",
    ),
    Sample(
        "stablehlo.iota", (*INTEGERS, *FLOATS[1:], *COMPLEX),
        "%a: tensor<$T> -> tensor<3x2x$T>\n"
        "%r = stablehlo.iota dim = 1 : tensor<3x2x$T>",
    ),
    Sample(
        "stablehlo.dynamic_iota", (*INTEGERS, *FLOATS[1:], *COMPLEX),
        "%s: tensor<2xi64> -> tensor<3?x2?x$T>\n"
        "%r = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xi64>) -> tensor<3?x2?x$T>",
        values={"s": [3, 2]},
    ),
    Sample(
        "stablehlo.broadcast", _MOVED,
        "%a: tensor<3?x$T> -> tensor<2x4x3?x$T>\n"
        "%r = stablehlo.broadcast %a, sizes = [2, 4] : (tensor<3?x$T>) -> tensor<2x4x3?x$T>",
    ),
    Sample(
        "stablehlo.broadcast_in_dim", _MOVED,
        "%a: tensor<3?x1x$T> -> tensor<2x3x4x$T>\n"
        "%r = stablehlo.broadcast_in_dim %a, dims = [1, 2] : "
        "(tensor<3?x1x$T>) -> tensor<2x3x4x$T>",
    ),
    Sample(
        "stablehlo.broadcast_in_dim", COMMON,
        "%a: tensor<$T> -> tensor<3x4x$T>\n"
        "%r = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<$T>) -> tensor<3x4x$T>",
        case="scalar",
    ),
    Sample(
        "stablehlo.broadcast_in_dim", COMMON,
        "%a: tensor<4?x3?x$T> -> tensor<3x2x4x$T>\n"
        "%r = stablehlo.broadcast_in_dim %a, dims = [2, 0] : "
        "(tensor<4?x3?x$T>) -> tensor<3x2x4x$T>",
        case="permuted",
    ),
    Sample(
        "stablehlo.dynamic_broadcast_in_dim", _MOVED,
        "%a: tensor<3?x1x$T>, %s: tensor<3xi32> -> tensor<2?x3?x4?x$T>\n"
        "%r = stablehlo.dynamic_broadcast_in_dim %a, %s, dims = [1, 2] : "
        "(tensor<3?x1x$T>, tensor<3xi32>) -> tensor<2?x3?x4?x$T>",
        values={"s": [2, 3, 4]},
    ),
    Sample(
        "stablehlo.reshape", _MOVED,
        "%a: tensor<4?x6?x$T> -> tensor<2x3x4x$T>\n"
        "%r = stablehlo.reshape %a : (tensor<4?x6?x$T>) -> tensor<2x3x4x$T>",
    ),
    Sample(
        "stablehlo.dynamic_reshape", _MOVED,
        "%a: tensor<4?x6?x$T>, %s: tensor<3xi32> -> tensor<2?x3?x4?x$T>\n"
        "%r = stablehlo.dynamic_reshape %a, %s : "
        "(tensor<4?x6?x$T>, tensor<3xi32>) -> tensor<2?x3?x4?x$T>",
        values={"s": [2, 3, 4]},
    ),
    Sample(
        "stablehlo.transpose", _MOVED,
        "%a: tensor<2?x3?x4?x$T> -> tensor<4?x2?x3?x$T>\n"
        "%r = stablehlo.transpose %a, dims = [2, 0, 1] : "
        "(tensor<2?x3?x4?x$T>) -> tensor<4?x2?x3?x$T>",
    ),
    Sample(
        "stablehlo.reverse", _MOVED,
        "%a: tensor<2?x3?x4?x$T> -> tensor<2?x3?x4?x$T>\n"
        "%r = stablehlo.reverse %a, dims = [0, 2] : tensor<2?x3?x4?x$T>",
    ),
    Sample(
        "stablehlo.get_dimension_size", _MOVED,
        "%a: tensor<2?x3?x$T> -> tensor<i32>\n"
        "%r = stablehlo.get_dimension_size %a, dim = 1 : (tensor<2?x3?x$T>) -> tensor<i32>",
    ),
    Sample(
        "stablehlo.set_dimension_size", (*BOOL, *INTEGERS, *FLOATS, *COMPLEX),
        "%a: tensor<4?x3?x$T>, %n: tensor<i32> -> tensor<?x3?x$T>\n"
        "%r = stablehlo.set_dimension_size %a, %n, dim = 0 : "
        "(tensor<4?x3?x$T>, tensor<i32>) -> tensor<?x3?x$T>",
        values={"n": 2},
    ),
)  # fmt: skip
