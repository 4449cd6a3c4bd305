# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of ops with a region that combines elements: reductions, windows, map, sort, scan."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import (
    ANY,
    BOOL,
    COMMON,
    FLOATS,
    INTEGERS,
    NUMBERS,
    Sample,
)

_REAL = (*BOOL, *INTEGERS, *FLOATS)
_FINITE = {"": "finite"}


def _region(op: str) -> str:
    return (
        "({\n^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        f"%s = stablehlo.{op} %x, %y : tensor<$T>\nstablehlo.return %s : tensor<$T>\n}})"
    )


def _reduce(op: str, dims: str, result: str, types: tuple[str, ...], case: str) -> Sample:
    return Sample(
        "stablehlo.reduce", types,
        f"%a: tensor<3?x5?x7?x$T>, %i: tensor<$T> -> tensor<{result}$T>\n"
        f"%r = stablehlo.reduce(%a init: %i) applies stablehlo.{op} across dimensions = {dims} : "
        f"(tensor<3?x5?x7?x$T>, tensor<$T>) -> tensor<{result}$T>",
        case=case, values=_FINITE, sums=True,
    )  # fmt: skip


_REDUCE = (
    _reduce("add", "[1]", "3?x7?x", ANY, ""),
    _reduce("add", "[0, 1, 2]", "", COMMON, "all"),
    _reduce("multiply", "[2]", "3?x5?x", COMMON, "product"),
    _reduce("maximum", "[0, 2]", "5?x", _REAL, "maximum"),
    _reduce("minimum", "[0]", "5?x7?x", COMMON[:-1], "minimum"),
    _reduce("and", "[1]", "3?x7?x", (*BOOL, *INTEGERS), "and"),
    _reduce("or", "[1]", "3?x7?x", (*BOOL, "i8", "ui32"), "or"),
    Sample(
        "stablehlo.reduce", COMMON,
        "%a: tensor<3?x5?x$T>, %i: tensor<$T> -> tensor<3?x$T>\n"
        "%r = stablehlo.reduce(%a init: %i) across dimensions = [1] : "
        "(tensor<3?x5?x$T>, tensor<$T>) -> tensor<3?x$T>\n"
        "reducer(%x: tensor<$T>, %y: tensor<$T>) {\n"
        "%s = stablehlo.multiply %x, %y : tensor<$T>\n%t = stablehlo.add %s, %y : tensor<$T>\n"
        "stablehlo.return %t : tensor<$T>\n}",
        case="any region", values={"": "unit"}, sums=True,
    ),
    Sample(
        "stablehlo.reduce", COMMON[:-1],
        "%a: tensor<3?x5?x$T>, %b: tensor<3?x5?xi32>, %i: tensor<$T>, %j: tensor<i32> -> "
        "tensor<3?x$T>, tensor<3?xi32>\n"
        "%r:2 = stablehlo.reduce(%a init: %i), (%b init: %j) across dimensions = [1] : "
        "(tensor<3?x5?x$T>, tensor<3?x5?xi32>, tensor<$T>, tensor<i32>) -> "
        "(tensor<3?x$T>, tensor<3?xi32>)\n"
        "reducer(%x: tensor<$T>, %y: tensor<$T>) (%p: tensor<i32>, %q: tensor<i32>) {\n"
        "%g = stablehlo.compare GE, %x, %y : (tensor<$T>, tensor<$T>) -> tensor<i1>\n"
        "%s = stablehlo.select %g, %x, %y : tensor<i1>, tensor<$T>\n"
        "%t = stablehlo.select %g, %p, %q : tensor<i1>, tensor<i32>\n"
        "stablehlo.return %s, %t : tensor<$T>, tensor<i32>\n}",
        case="arg max", values=_FINITE,
    ),
)  # fmt: skip


def _window(case: str, op: str, operand: str, result: str, window: str,
            types: tuple[str, ...] = COMMON) -> Sample:  # fmt: skip
    return Sample(
        "stablehlo.reduce_window", types,
        f"%a: tensor<{operand}x$T>, %i: tensor<$T> -> tensor<{result}x$T>\n"
        f'%r = "stablehlo.reduce_window"(%a, %i) <{{{window}}}> {_region(op)} : '
        f"(tensor<{operand}x$T>, tensor<$T>) -> tensor<{result}x$T>",
        case=case, values=_FINITE, sums=True,
    )  # fmt: skip


_WINDOWS = (
    _window("", "add", "2?x6?x6?x3?", "2?x3?x3?x3?",
            "window_dimensions = array<i64: 1, 2, 2, 1>, "
            "window_strides = array<i64: 1, 2, 2, 1>", ANY),
    _window("maximum", "maximum", "2?x6?x6?x3?", "2?x5?x5?x3?",
            "window_dimensions = array<i64: 1, 2, 2, 1>", COMMON[:-1]),
    _window("padding", "add", "6?x6?", "7?x5?",
            "window_dimensions = array<i64: 2, 3>, "
            "padding = dense<[[1, 1], [0, 1]]> : tensor<2x2xi64>"),
    _window("dilations", "add", "6?x6?", "2?x8?",
            "window_dimensions = array<i64: 3, 4>, window_dilations = array<i64: 2, 1>, "
            "base_dilations = array<i64: 1, 2>"),
    Sample(
        "stablehlo.reduce_window", COMMON[:-1],
        "%a: tensor<6?x$T>, %b: tensor<6?xi32>, %i: tensor<$T>, %j: tensor<i32> -> "
        "tensor<5?x$T>, tensor<5?xi32>\n"
        '%r:2 = "stablehlo.reduce_window"(%a, %b, %i, %j) <{window_dimensions = array<i64: 2>}> '
        "({\n^bb0(%x: tensor<$T>, %p: tensor<i32>, %y: tensor<$T>, %q: tensor<i32>):\n"
        "%s = stablehlo.maximum %x, %y : tensor<$T>\n%t = stablehlo.add %p, %q : tensor<i32>\n"
        "stablehlo.return %s, %t : tensor<$T>, tensor<i32>\n"
        "}) : (tensor<6?x$T>, tensor<6?xi32>, tensor<$T>, tensor<i32>) -> "
        "(tensor<5?x$T>, tensor<5?xi32>)",
        case="variadic", values=_FINITE,
    ),
)  # fmt: skip

_SELECT_AND_SCATTER = (
    Sample(
        "stablehlo.select_and_scatter", (*NUMBERS[:-2],),
        "%a: tensor<6?x6?x$T>, %u: tensor<3?x3?x$T>, %i: tensor<$T> -> tensor<6?x6?x$T>\n"
        '%r = "stablehlo.select_and_scatter"(%a, %u, %i) <{window_dimensions = array<i64: 2, 2>, '
        "window_strides = array<i64: 2, 2>}> ({\n"
        "^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        "%g = stablehlo.compare GE, %x, %y : (tensor<$T>, tensor<$T>) -> tensor<i1>\n"
        "stablehlo.return %g : tensor<i1>\n}, {\n"
        "^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        "%s = stablehlo.add %x, %y : tensor<$T>\nstablehlo.return %s : tensor<$T>\n"
        "}) : (tensor<6?x6?x$T>, tensor<3?x3?x$T>, tensor<$T>) -> tensor<6?x6?x$T>",
        values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.select_and_scatter", ("i32", "bf16", "f32", "f64"),
        "%a: tensor<5?x5?x$T>, %u: tensor<5?x5?x$T>, %i: tensor<$T> -> tensor<5?x5?x$T>\n"
        '%r = "stablehlo.select_and_scatter"(%a, %u, %i) <{window_dimensions = array<i64: 3, 3>, '
        "padding = dense<1> : tensor<2x2xi64>}> ({\n"
        "^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        "%g = stablehlo.compare GE, %x, %y : (tensor<$T>, tensor<$T>) -> tensor<i1>\n"
        "stablehlo.return %g : tensor<i1>\n}, {\n"
        "^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        "%s = stablehlo.add %x, %y : tensor<$T>\nstablehlo.return %s : tensor<$T>\n"
        "}) : (tensor<5?x5?x$T>, tensor<5?x5?x$T>, tensor<$T>) -> tensor<5?x5?x$T>",
        case="overlapping", values=_FINITE, sums=True,
    ),
)  # fmt: skip


def _sort(case: str, direction: str, order: str, types: tuple[str, ...], shape: str,
          dimension: int) -> Sample:  # fmt: skip
    return Sample(
        "stablehlo.sort", types,
        f"%a: tensor<{shape}x$T> -> tensor<{shape}x$T>\n"
        f'%r = "stablehlo.sort"(%a) <{{dimension = {dimension} : i64, is_stable = true}}> ({{\n'
        "^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
        f"%g = stablehlo.compare {direction}, %x, %y{order} : "
        "(tensor<$T>, tensor<$T>) -> tensor<i1>\n"
        f"stablehlo.return %g : tensor<i1>\n}}) : (tensor<{shape}x$T>) -> tensor<{shape}x$T>",
        case=case, values={} if order else _FINITE,
    )  # fmt: skip


_SORTS = (
    _sort("", "LT", "", _REAL, "3?x9?", 1),
    _sort("descending", "GT", "", COMMON[:-1], "9?x3?", 0),
    _sort("total order", "LT", ", TOTALORDER", FLOATS, "3?x9?", 1),
    Sample(
        "stablehlo.sort", COMMON[:-1],
        "%a: tensor<3?x9?x$T>, %b: tensor<3?x9?xi32> -> tensor<3?x9?x$T>, tensor<3?x9?xi32>\n"
        '%r:2 = "stablehlo.sort"(%a, %b) <{dimension = 1 : i64, is_stable = true}> ({\n'
        "^bb0(%x: tensor<$T>, %y: tensor<$T>, %p: tensor<i32>, %q: tensor<i32>):\n"
        "%g = stablehlo.compare LT, %x, %y : (tensor<$T>, tensor<$T>) -> tensor<i1>\n"
        "stablehlo.return %g : tensor<i1>\n"
        "}) : (tensor<3?x9?x$T>, tensor<3?x9?xi32>) -> (tensor<3?x9?x$T>, tensor<3?x9?xi32>)",
        case="with values", values=_FINITE,
    ),
)  # fmt: skip


def _scan(case: str, attributes: str, types: tuple[str, ...]) -> Sample:
    return Sample(
        "chlo.scan", types,
        "%a: tensor<6?x3?x$T>, %i: tensor<3?x$T> -> tensor<6?x3?x$T>, tensor<3?x$T>\n"
        f'%r:2 = "chlo.scan"(%a, %i) <{{dimension = 0 : i64, {attributes}'
        "operandSegmentSizes = array<i32: 1, 1>, resultSegmentSizes = array<i32: 1, 1>}> ({\n"
        "^bb0(%x: tensor<3?x$T>, %c: tensor<3?x$T>):\n"
        "%s = stablehlo.add %x, %c : tensor<3?x$T>\n"
        "stablehlo.return %s, %s : tensor<3?x$T>, tensor<3?x$T>\n"
        "}) : (tensor<6?x3?x$T>, tensor<3?x$T>) -> (tensor<6?x3?x$T>, tensor<3?x$T>)",
        case=case, values=_FINITE, sums=True,
    )  # fmt: skip


_OTHERS = (
    _scan("", "", NUMBERS),
    _scan("reverse", "is_reverse = true, ", COMMON[1:]),
    Sample(
        "stablehlo.map", ANY,
        "%a: tensor<4?x5?x$T>, %b: tensor<4?x5?x$T> -> tensor<4?x5?x$T>\n"
        f'%r = "stablehlo.map"(%a, %b) <{{dimensions = array<i64: 0, 1>}}> {_region("multiply")}'
        " : (tensor<4?x5?x$T>, tensor<4?x5?x$T>) -> tensor<4?x5?x$T>",
        values=_FINITE,
    ),
    Sample(
        "chlo.top_k", (*INTEGERS, *FLOATS),
        "%a: tensor<3?x9x$T> -> tensor<3?x4x$T>, tensor<3?x4xi32>\n"
        "%r:2 = chlo.top_k(%a, k = 4) : tensor<3?x9x$T> -> "
        "(tensor<3?x4x$T>, tensor<3?x4xi32>)",
        values=_FINITE,
    ),
)  # fmt: skip

SAMPLES = (*_REDUCE, *_WINDOWS, *_SELECT_AND_SCATTER, *_SORTS, *_OTHERS)
