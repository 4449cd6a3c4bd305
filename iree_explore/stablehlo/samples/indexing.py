# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of gathers and scatters."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import ANY, COMMON, QUANTIZED, Sample

_ROWS = (
    "dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], "
    "start_index_map = [0], index_vector_dim = 1>"
)
_BATCHED = (
    "dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [1], "
    "operand_batching_dims = [0], start_indices_batching_dims = [0], start_index_map = [1], "
    "index_vector_dim = 2>"
)

_GATHERS = (
    Sample(
        "stablehlo.gather", (*ANY, *QUANTIZED),
        "%a: tensor<5?x3x$T>, %i: tensor<4?xi32> -> tensor<4?x3x$T>\n"
        f'%r = "stablehlo.gather"(%a, %i) <{{{_ROWS}, indices_are_sorted = false, '
        "slice_sizes = array<i64: 1, 3>}> : "
        "(tensor<5?x3x$T>, tensor<4?xi32>) -> tensor<4?x3x$T>",
        values={"i": [4, -1, 9, 2]},
    ),
    Sample(
        "stablehlo.gather", COMMON,
        "%a: tensor<5?x6?x$T>, %i: tensor<4?x2xi64> -> tensor<4?x2x3x$T>\n"
        '%r = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<'
        "offset_dims = [1, 2], start_index_map = [0, 1], index_vector_dim = 1>, "
        "slice_sizes = array<i64: 2, 3>}> : "
        "(tensor<5?x6?x$T>, tensor<4?x2xi64>) -> tensor<4?x2x3x$T>",
        case="windows", values={"i": [[0, 0], [2, 3], [-5, 8], [4, 1]]},
    ),
    Sample(
        "stablehlo.gather", COMMON,
        "%a: tensor<2?x5x3x$T>, %i: tensor<2?x4x1xi32> -> tensor<2?x4x3x$T>\n"
        f'%r = "stablehlo.gather"(%a, %i) <{{{_BATCHED}, indices_are_sorted = false, '
        "slice_sizes = array<i64: 1, 1, 3>}> : "
        "(tensor<2?x5x3x$T>, tensor<2?x4x1xi32>) -> tensor<2?x4x3x$T>",
        case="batching", values={"i": [[[0], [4], [9], [1]], [[3], [-2], [2], [0]]]},
    ),
    Sample(
        "stablehlo.dynamic_gather", (*ANY, *QUANTIZED),
        "%a: tensor<5?x3x$T>, %i: tensor<4?xi32>, %s: tensor<2xi32> -> tensor<4?x3?x$T>\n"
        f'%r = "stablehlo.dynamic_gather"(%a, %i, %s) <{{{_ROWS}, indices_are_sorted = false}}> : '
        "(tensor<5?x3x$T>, tensor<4?xi32>, tensor<2xi32>) -> tensor<4?x3?x$T>",
        values={"i": [4, -1, 9, 2], "s": [1, 3]},
    ),
    Sample(
        "stablehlo.torch_index_select", ANY,
        "%a: tensor<5?x3?x$T>, %i: tensor<2?x2xi32> -> tensor<2?x2x3?x$T>\n"
        '%r = "stablehlo.torch_index_select"(%a, %i) <{batch_dims = 0 : i64, dim = 0 : i64}> : '
        "(tensor<5?x3?x$T>, tensor<2?x2xi32>) -> tensor<2?x2x3?x$T>",
        values={"i": [[4, 0], [2, 2]]},
    ),
    Sample(
        "stablehlo.torch_index_select", COMMON,
        "%a: tensor<2?x5?x3?x$T>, %i: tensor<2?x4?xi64> -> tensor<2?x4?x3x$T>\n"
        '%r = "stablehlo.torch_index_select"(%a, %i) <{batch_dims = 1 : i64, dim = 1 : i64}> : '
        "(tensor<2?x5?x3?x$T>, tensor<2?x4?xi64>) -> tensor<2?x4?x3x$T>",
        case="batched", values={"i": [[4, 0, 1, 1], [2, 2, 3, 0]]},
    ),
)  # fmt: skip


def _scatter(case: str, body: str, types: tuple[str, ...], indices: list[int]) -> Sample:
    return Sample(
        "stablehlo.scatter", types,
        "%a: tensor<5?x3x$T>, %i: tensor<4?xi32>, %u: tensor<4?x3x$T> -> tensor<5?x3x$T>\n"
        '%r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<'
        "update_window_dims = [1], inserted_window_dims = [0], "
        "scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, "
        "indices_are_sorted = false, unique_indices = false}> ({\n"
        "^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        f"{body}\n"
        "}) : (tensor<5?x3x$T>, tensor<4?xi32>, tensor<4?x3x$T>) -> tensor<5?x3x$T>",
        case=case, values={"": "finite", "i": indices}, sums=True,
    )  # fmt: skip


_ADD = "%s = stablehlo.add %x, %y : tensor<$T>\nstablehlo.return %s : tensor<$T>"

_SCATTERS = (
    _scatter("", _ADD, ANY, [4, 1, 9, 1]),
    _scatter("replace", "stablehlo.return %y : tensor<$T>", (*ANY, *QUANTIZED), [4, 1, -1, 0]),
    _scatter(
        "maximum", "%s = stablehlo.maximum %x, %y : tensor<$T>\nstablehlo.return %s : tensor<$T>",
        COMMON, [4, 1, 4, 1],
    ),
    Sample(
        "stablehlo.scatter", COMMON,
        "%a: tensor<2?x5?x$T>, %i: tensor<2?x3?x1xi64>, %u: tensor<2?x3?x$T> -> tensor<2?x5?x$T>\n"
        '%r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<'
        "inserted_window_dims = [1], input_batching_dims = [0], "
        "scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], "
        "index_vector_dim = 2>, indices_are_sorted = false, unique_indices = false}> ({\n"
        f"^bb0(%x: tensor<$T>, %y: tensor<$T>):\n{_ADD}\n"
        "}) : (tensor<2?x5?x$T>, tensor<2?x3?x1xi64>, tensor<2?x3?x$T>) -> tensor<2?x5?x$T>",
        case="batching", sums=True,
        values={"": "finite", "i": [[[0], [4], [9]], [[3], [3], [-1]]]},
    ),
    Sample(
        "stablehlo.scatter", COMMON,
        "%a: tensor<5?x$T>, %b: tensor<5?xi32>, %i: tensor<3?x1xi32>, %u: tensor<3?x$T>, "
        "%v: tensor<3?xi32> -> tensor<5?x$T>, tensor<5?xi32>\n"
        '%r:2 = "stablehlo.scatter"(%a, %b, %i, %u, %v) <{scatter_dimension_numbers = '
        "#stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], "
        "index_vector_dim = 1>, indices_are_sorted = false, unique_indices = false}> ({\n"
        "^bb0(%x: tensor<$T>, %z: tensor<i32>, %y: tensor<$T>, %w: tensor<i32>):\n"
        "%s = stablehlo.add %x, %y : tensor<$T>\n%t = stablehlo.maximum %z, %w : tensor<i32>\n"
        "stablehlo.return %s, %t : tensor<$T>, tensor<i32>\n"
        "}) : (tensor<5?x$T>, tensor<5?xi32>, tensor<3?x1xi32>, tensor<3?x$T>, tensor<3?xi32>) -> "
        "(tensor<5?x$T>, tensor<5?xi32>)",
        case="variadic", values={"": "finite", "i": [[1], [3], [1]]}, sums=True,
    ),
)  # fmt: skip

SAMPLES = (*_GATHERS, *_SCATTERS)
