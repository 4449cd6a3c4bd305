# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of ops that StableHLO no longer has and older files still contain."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import Sample

SAMPLES = (
    Sample(
        "stablehlo.compute_reshape_shape", ("i32", "i64"),
        "%a: tensor<2x$T>, %b: tensor<6?x2?xf32> -> tensor<2x$T>\n"
        "%s = shape.shape_of %b : tensor<6?x2?xf32> -> tensor<2xindex>\n"
        "%n = shape.num_elements %s : tensor<2xindex> -> index\n"
        "%r = stablehlo.compute_reshape_shape %n, %a : (index, tensor<2x$T>) -> tensor<2x$T>",
        values={"a": [-1, 4]},
    ),
    Sample(
        "stablehlo.cstr_reshapable", ("i32", "i64"),
        "%a: tensor<2x$T>, %b: tensor<12?xf32> -> tensor<12?xf32>\n"
        "%s = shape.shape_of %b : tensor<12?xf32> -> tensor<1xindex>\n"
        "%n = shape.num_elements %s : tensor<1xindex> -> index\n"
        "%w = stablehlo.cstr_reshapable %n, %a : (index, tensor<2x$T>) -> !shape.witness\n"
        "%r = stablehlo.add %b, %b : tensor<12?xf32>",
        values={"a": [3, 4]},
    ),
    Sample(
        "stablehlo.trace", ("f32", "i32"),
        "%a: tensor<4?x$T> -> tensor<4?x$T>\n"
        '"stablehlo.trace"(%a) <{tag = "x"}> : (tensor<4?x$T>) -> ()\n'
        "%r = stablehlo.add %a, %a : tensor<4?x$T>",
    ),
)  # fmt: skip
