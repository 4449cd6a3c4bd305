# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of slices, updates, concatenation and padding."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import ANY, COMMON, QUANTIZED, Sample

_MOVED = (*ANY, *QUANTIZED)

SAMPLES = (
    Sample(
        "stablehlo.slice", _MOVED,
        "%a: tensor<6?x8?x$T> -> tensor<4x3x$T>\n"
        "%r = stablehlo.slice %a [1:5, 0:8:3] : (tensor<6?x8?x$T>) -> tensor<4x3x$T>",
    ),
    Sample(
        "stablehlo.dynamic_slice", _MOVED,
        "%a: tensor<6?x8?x$T>, %i: tensor<i32>, %j: tensor<i32> -> tensor<2x3x$T>\n"
        "%r = stablehlo.dynamic_slice %a, %i, %j, sizes = [2, 3] : "
        "(tensor<6?x8?x$T>, tensor<i32>, tensor<i32>) -> tensor<2x3x$T>",
        values={"i": 1, "j": 4},
    ),
    Sample(
        "stablehlo.dynamic_slice", COMMON,
        "%a: tensor<6?x8?x$T>, %i: tensor<i64>, %j: tensor<i64> -> tensor<2x3x$T>\n"
        "%r = stablehlo.dynamic_slice %a, %i, %j, sizes = [2, 3] : "
        "(tensor<6?x8?x$T>, tensor<i64>, tensor<i64>) -> tensor<2x3x$T>",
        case="out of range", values={"i": -3, "j": 100},
    ),
    Sample(
        "stablehlo.dynamic_update_slice", _MOVED,
        "%a: tensor<6?x8?x$T>, %u: tensor<2?x3?x$T>, %i: tensor<i32>, %j: tensor<i32> -> "
        "tensor<6?x8?x$T>\n"
        "%r = stablehlo.dynamic_update_slice %a, %u, %i, %j : "
        "(tensor<6?x8?x$T>, tensor<2?x3?x$T>, tensor<i32>, tensor<i32>) -> tensor<6?x8?x$T>",
        values={"i": 3, "j": 100},
    ),
    Sample(
        "stablehlo.real_dynamic_slice", _MOVED,
        "%a: tensor<6?x8?x$T>, %i: tensor<2xi32>, %j: tensor<2xi32>, %k: tensor<2xi32> -> "
        "tensor<3?x4?x$T>\n"
        "%r = stablehlo.real_dynamic_slice %a, %i, %j, %k : "
        "(tensor<6?x8?x$T>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<3?x4?x$T>",
        values={"i": [1, 0], "j": [4, 8], "k": [1, 2]},
    ),
    Sample(
        "stablehlo.concatenate", _MOVED,
        "%a: tensor<2?x3x$T>, %b: tensor<1x3x$T>, %c: tensor<4?x3x$T> -> tensor<7?x3x$T>\n"
        "%r = stablehlo.concatenate %a, %b, %c, dim = 0 : "
        "(tensor<2?x3x$T>, tensor<1x3x$T>, tensor<4?x3x$T>) -> tensor<7?x3x$T>",
    ),
    Sample(
        "stablehlo.concatenate", COMMON,
        "%a: tensor<3?x2x$T>, %b: tensor<3?x5x$T> -> tensor<3?x7x$T>\n"
        "%r = stablehlo.concatenate %a, %b, dim = 1 : "
        "(tensor<3?x2x$T>, tensor<3?x5x$T>) -> tensor<3?x7x$T>",
        case="inner",
    ),
    Sample(
        "stablehlo.pad", _MOVED,
        "%a: tensor<3?x4?x$T>, %v: tensor<$T> -> tensor<6?x6?x$T>\n"
        "%r = stablehlo.pad %a, %v, low = [1, 0], high = [2, 2], interior = [0, 0] : "
        "(tensor<3?x4?x$T>, tensor<$T>) -> tensor<6?x6?x$T>",
    ),
    Sample(
        "stablehlo.pad", COMMON,
        "%a: tensor<3?x4?x$T>, %v: tensor<$T> -> tensor<6?x9?x$T>\n"
        "%r = stablehlo.pad %a, %v, low = [1, -1], high = [0, 3], interior = [1, 1] : "
        "(tensor<3?x4?x$T>, tensor<$T>) -> tensor<6?x9?x$T>",
        case="interior and negative",
    ),
    Sample(
        "stablehlo.dynamic_pad", _MOVED,
        "%a: tensor<3?x4?x$T>, %v: tensor<$T>, %l: tensor<2xi32>, %h: tensor<2xi32>, "
        "%i: tensor<2xi32> -> tensor<6?x9?x$T>\n"
        "%r = stablehlo.dynamic_pad %a, %v, %l, %h, %i : (tensor<3?x4?x$T>, tensor<$T>, "
        "tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<6?x9?x$T>",
        values={"l": [1, -1], "h": [0, 3], "i": [1, 1]},
    ),
)  # fmt: skip
