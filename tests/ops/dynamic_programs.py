# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`PROGRAMS`: small programs whose sizes are unknown, and how inputs of any shape are drawn.

A program is compiled once and called with many shapes (`test_dynamic_shapes.py`). `draw` takes a
`Draw`, whose sizes are often 0 and 1; `wanted` is the NumPy definition, or None where the reference
target's is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

Arrays = list[np.ndarray]


class Draw:
    """Sizes that hypothesis chooses, and arrays of them."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def size(self, low: int = 0, high: int = 37) -> int:
        special = [n for n in (0, 1, 2, 8, 16) if low <= n <= high]
        return self.data.draw(st.one_of(st.sampled_from(special), st.integers(low, high)))

    def sizes(self, count: int, low: int = 0, high: int = 37) -> list[int]:
        return [self.size(low, high) for _ in range(count)]

    def make(self, build: Callable[..., list[Any]], sizes: list[int]) -> list[Any]:
        return build(*sizes)

    def maybe_one(self, n: int) -> int:
        return self.data.draw(st.sampled_from([1, n]))

    def floats(self, *shape: int) -> np.ndarray:
        """Multiples of 1/8 that repeat: fast to make, exact to add."""
        count = int(np.prod(shape))
        return (((np.arange(count) * 37) % 61 - 30) / 8).astype(np.float32).reshape(shape)

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        seed = self.data.draw(st.integers(0, 3))
        drawn = np.random.default_rng(seed).integers(low, high, count)
        return drawn.astype(np.int32).reshape(shape)


@dataclass(frozen=True)
class Program:
    text: str
    draw: Callable[[Draw], list[Any]]
    wanted: Callable[..., Any] | None = None


def main(signature: str, body: str, result: str) -> str:
    """A module whose @main returns %r (%r#0, ... for several results)."""
    types = result.split(" and ")
    values = ["%r"] if len(types) == 1 else [f"%r#{i}" for i in range(len(types))]
    return (
        f"func.func @main({signature}) -> ({', '.join(types)}) {{\n{body}\n"
        f"return {', '.join(values)} : {', '.join(types)}\n}}"
    )


V, M, T, Q = (f"tensor<{'?x' * rank}f32>" for rank in (1, 2, 3, 4))
S = "tensor<f32>"
ZERO = f"%z = stablehlo.constant dense<0.0> : {S}\n"


def _reduced(name: str, op: str, of: str, dims: str, source: str, result: str) -> str:
    start = "0xFF800000" if op == "maximum" else "0.0"
    return (
        f"%{name}i = stablehlo.constant dense<{start}> : {S}\n"
        f"%{name} = stablehlo.reduce(%{of} init: %{name}i) applies stablehlo.{op} across "
        f"dimensions = [{dims}] : ({source}, {S}) -> {result}\n"
    )


def _broadcasts(d: Draw) -> list[Any]:
    a, b, c = d.sizes(3)
    one = d.maybe_one
    return [d.floats(one(a), one(b), one(c)), d.floats(one(b), one(c))]


def _selected(d: Draw) -> list[Any]:
    a, b = d.sizes(2)
    one = d.maybe_one
    return [d.floats(one(b)) > 0, d.floats(one(a), one(b)), d.floats(one(a), one(b))]


ELEMENTWISE = {
    "broadcasting add": Program(
        main(f"%a: {T}, %b: {M}", f"%r = chlo.broadcast_add %a, %b : ({T}, {M}) -> {T}", T),
        _broadcasts, np.add,
    ),
    "broadcasting select": Program(
        main(
            f"%p: tensor<?xi1>, %a: {M}, %b: {M}",
            f"%r = chlo.broadcast_select %p, %a, %b : (tensor<?xi1>, {M}, {M}) -> {M}", M,
        ),
        _selected, np.where,
    ),
    "bias, activation, residual": Program(
        main(
            f"%a: {M}, %b: {V}",
            f"%0 = chlo.broadcast_add %a, %b : ({M}, {V}) -> {M}\n"
            f"%1 = stablehlo.tanh %0 : {M}\n%r = stablehlo.add %1, %a : {M}", M,
        ),
        lambda d: d.make(lambda m, n: [d.floats(m, n), d.floats(n)], d.sizes(2)),
        lambda a, b: np.tanh(a + b) + a,
    ),
    "iota of computed sizes": Program(
        main(
            f"%a: {M}",
            f"%s = shape.shape_of %a : {M} -> tensor<2xindex>\n"
            f"%0 = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xindex>) -> {M}\n"
            f"%r = stablehlo.add %a, %0 : {M}", M,
        ),
        lambda d: [d.floats(*d.sizes(2))],
        lambda a: a + np.arange(a.shape[1], dtype=np.float32),
    ),
}  # fmt: skip


def _softmax(a: np.ndarray) -> np.ndarray:
    e = np.exp(a - a.max(-1, keepdims=True, initial=-np.inf))
    return e / e.sum(-1, keepdims=True)


def _normalised(a: np.ndarray) -> np.ndarray:
    centred = a - a.sum(-1, keepdims=True) / np.float32(max(a.shape[-1], 1))
    variance = (centred**2).sum(-1, keepdims=True)
    return centred / np.sqrt(variance / np.float32(max(a.shape[-1], 1)) + np.float32(1))


def _like(row: str, of: str) -> str:
    """%row, of one size less, as large as %of."""
    return (
        f"%{row}s = shape.shape_of %{of} : {T} -> tensor<3xindex>\n"
        f"%{row}b = stablehlo.dynamic_broadcast_in_dim %{row}, %{row}s, dims = [0, 1] : "
        f"({M}, tensor<3xindex>) -> {T}\n"
    )


def _mean(name: str, of: str) -> str:
    return (
        _reduced(f"{name}t", "add", of, "2", T, M)
        + f"%{name}n = stablehlo.get_dimension_size %a, dim = 2 : ({T}) -> tensor<i32>\n"
        + f"%{name}f = stablehlo.convert %{name}n : (tensor<i32>) -> {S}\n"
        + f"%{name}o = stablehlo.constant dense<1.0> : {S}\n"
        + f"%{name}m = stablehlo.maximum %{name}f, %{name}o : {S}\n"
        + f"%{name} = chlo.broadcast_divide %{name}t, %{name}m : ({M}, {S}) -> {M}\n"
    )


REDUCTIONS = {
    "sum of rows": Program(
        main(f"%a: {T}", _reduced("r", "add", "a", "2", T, M), M),
        lambda d: [d.floats(*d.sizes(3))], lambda a: a.sum(2),
    ),
    "sum of columns": Program(
        main(f"%a: {T}", _reduced("r", "add", "a", "0, 1", T, V), V),
        lambda d: [d.floats(*d.sizes(3))], lambda a: a.sum((0, 1)),
    ),
    "maximum of all": Program(
        main(f"%a: {T}", _reduced("r", "maximum", "a", "0, 1, 2", T, S), S),
        lambda d: [d.floats(*d.sizes(3))], lambda a: a.max(initial=-np.inf),
    ),
    "arg max": Program(
        main(
            f"%a: {M}, %b: tensor<?x?xi32>, %i: {S}, %j: tensor<i32>",
            "%r:2 = stablehlo.reduce(%a init: %i), (%b init: %j) across dimensions = [1] : "
            f"({M}, tensor<?x?xi32>, {S}, tensor<i32>) -> ({V}, tensor<?xi32>)\n"
            f"reducer(%x: {S}, %y: {S}) (%p: tensor<i32>, %q: tensor<i32>) {{\n"
            f"%g = stablehlo.compare GE, %x, %y : ({S}, {S}) -> tensor<i1>\n"
            f"%s = stablehlo.select %g, %x, %y : tensor<i1>, {S}\n"
            "%t = stablehlo.select %g, %p, %q : tensor<i1>, tensor<i32>\n"
            f"stablehlo.return %s, %t : {S}, tensor<i32>\n}}",
            f"{V} and tensor<?xi32>",
        ),
        lambda d: d.make(lambda m, n: [d.floats(m, n), d.integers(0, 99, m, n), np.float32(-99.0),
                                 np.int32(-1)], d.sizes(2)),
    ),
    "softmax": Program(
        main(
            f"%a: {T}",
            _reduced("m", "maximum", "a", "2", T, M) + _like("m", "a")
            + f"%c = stablehlo.subtract %a, %mb : {T}\n%e = stablehlo.exponential %c : {T}\n"
            + _reduced("s", "add", "e", "2", T, M) + _like("s", "e")
            + f"%r = stablehlo.divide %e, %sb : {T}", T,
        ),
        lambda d: [d.floats(*d.sizes(3))], _softmax,
    ),
    "layer norm": Program(
        main(
            f"%a: {T}",
            _mean("u", "a") + _like("u", "a") + f"%c = stablehlo.subtract %a, %ub : {T}\n"
            f"%q = stablehlo.multiply %c, %c : {T}\n" + _mean("v", "q") + _like("v", "a")
            + f"%o = stablehlo.constant dense<1.0> : {S}\n"
            + f"%w = chlo.broadcast_add %vb, %o : ({T}, {S}) -> {T}\n"
            + f"%k = stablehlo.rsqrt %w : {T}\n%r = stablehlo.multiply %c, %k : {T}", T,
        ),
        lambda d: [d.floats(*d.sizes(3))], _normalised,
    ),
    "cumulative sum": Program(
        main(
            f"%a: {M}, %i: {V}",
            '%r:2 = "chlo.scan"(%a, %i) <{dimension = 0 : i64, operandSegmentSizes = '
            "array<i32: 1, 1>, resultSegmentSizes = array<i32: 1, 1>}> ({\n"
            f"^bb0(%x: {V}, %c: {V}):\n%s = stablehlo.add %x, %c : {V}\n"
            f"stablehlo.return %s, %s : {V}, {V}\n}}) : ({M}, {V}) -> ({M}, {V})",
            f"{M} and {V}",
        ),
        lambda d: d.make(lambda m, n: [d.floats(m, n), d.floats(n)], d.sizes(2)),
        lambda a, i: (np.cumsum(a, 0) + i, a.sum(0) + i),
    ),
    "statistics": Program(
        main(
            f"%a: {T}, %s: {V}, %o: {V}",
            '%r:3 = "stablehlo.batch_norm_training"(%a, %s, %o) <{epsilon = 1.0e-2 : f32, '
            f"feature_index = 1 : i64}}> : ({T}, {V}, {V}) -> ({T}, {V}, {V})",
            f"{T} and {V} and {V}",
        ),
        lambda d: d.make(
            lambda a, b, c: [d.floats(a, b, c), d.floats(b), d.floats(b)],
            [d.size(1), d.size(), d.size(1)],
        ),
    ),
}  # fmt: skip


def _product(d: Draw) -> list[Any]:
    b, m, k, n = d.size(0, 4), *d.sizes(3, 0, 70)
    return [d.floats(b, m, k), d.floats(b, k, n), d.floats(n)]


def _transposed(d: Draw) -> list[Any]:
    m, k, depth, n = d.sizes(4, 0, 20)
    return [d.floats(k, m, depth), d.floats(n, depth, k)]


PRODUCTS = {
    "product, bias, relu": Program(
        main(
            f"%a: {T}, %b: {T}, %c: {V}",
            f"%0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], "
            f"contracting_dims = [2] x [1] : ({T}, {T}) -> {T}\n"
            f"%1 = chlo.broadcast_add %0, %c : ({T}, {V}) -> {T}\n{ZERO}"
            f"%r = chlo.broadcast_maximum %1, %z : ({T}, {S}) -> {T}", T,
        ),
        _product, lambda a, b, c: np.maximum(a @ b + c, 0),
    ),
    "product of transposed": Program(
        main(
            f"%a: {T}, %b: {T}",
            "%r = stablehlo.dot_general %a, %b, contracting_dims = [0, 2] x [2, 1] : "
            f"({T}, {T}) -> {M}", M,
        ),
        _transposed, lambda a, b: np.einsum("kml,nlk->mn", a, b),
    ),
    "matrix and vector": Program(
        main(f"%a: {M}, %b: {V}", f"%r = stablehlo.dot %a, %b : ({M}, {V}) -> {V}", V),
        lambda d: d.make(lambda m, k: [d.floats(m, k), d.floats(k)], d.sizes(2, 0, 70)), np.matmul,
    ),
    "of integers": Program(
        main(
            "%a: tensor<?x?xi8>, %b: tensor<?x?xi8>",
            "%r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : "
            "(tensor<?x?xi8>, tensor<?x?xi8>) -> tensor<?x?xi32>", "tensor<?x?xi32>",
        ),
        lambda d: d.make(lambda m, k, n: [d.integers(-9, 9, m, k).astype(np.int8),
                                    d.integers(-9, 9, k, n).astype(np.int8)], d.sizes(3, 0, 50)),
        lambda a, b: a.astype(np.int32) @ b.astype(np.int32),
    ),
}  # fmt: skip


def _convolution(window: str, image: str, kernel: str, dims: str, groups: int = 1) -> str:
    return main(
        f"%a: {image}, %k: {kernel}",
        f"%r = stablehlo.convolution(%a, %k) dim_numbers = {dims}, window = {{{window}}} "
        f"{{batch_group_count = 1 : i64, feature_group_count = {groups} : i64}} : "
        f"({image}, {kernel}) -> {Q}", Q,
    )  # fmt: skip


NHWC = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"
NCHW = "[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]"
IMAGE = "tensor<?x?x?x3xf32>"


def _image(*kernel: int, channels: int = 3, low: int = 0) -> Callable[[Draw], list[Any]]:
    return lambda d: [
        d.floats(d.size(0, 3), *d.sizes(2, low, 19), channels), d.floats(*kernel)
    ]  # fmt: skip


def _channels_first(d: Draw) -> list[Any]:
    c = d.size(0, 5)
    return [d.floats(d.size(0, 3), c, *d.sizes(2, 0, 12)), d.floats(d.size(0, 9), c, 3, 3)]


WINDOWS = {
    "strided convolution": Program(
        _convolution("stride = [2, 2], pad = [[0, 1], [1, 1]]", IMAGE,
                     "tensor<3x3x3x8xf32>", NHWC),
        _image(3, 3, 3, 8),
    ),
    "dilated convolution": Program(
        _convolution("pad = [[1, 0], [2, 2]], rhs_dilate = [2, 3]", IMAGE,
                     "tensor<3x2x3x5xf32>", NHWC),
        _image(3, 2, 3, 5),
    ),
    "transposed convolution": Program(
        _convolution("pad = [[1, 2], [1, 1]], lhs_dilate = [2, 3]", IMAGE,
                     "tensor<3x3x3x4xf32>", NHWC),
        _image(3, 3, 3, 4),
    ),
    "depthwise convolution": Program(
        _convolution("pad = [[1, 1], [1, 1]]", IMAGE, "tensor<3x3x1x6xf32>", NHWC, 3),
        _image(3, 3, 1, 6),
    ),
    "convolution of any channels": Program(
        _convolution("pad = [[1, 1], [0, 0]]", Q, Q, NCHW), _channels_first,
    ),
    "convolution padded at run time": Program(
        main(
            f"%a: {IMAGE}, %k: tensor<3x3x3x4xf32>, %p: tensor<2x2xi32>",
            '%r = "stablehlo.dynamic_conv"(%a, %k, %p) <{dimension_numbers = #stablehlo.conv<'
            f"{NHWC}>, batch_group_count = 1 : i64, feature_group_count = 1 : i64}}> : "
            f"({IMAGE}, tensor<3x3x3x4xf32>, tensor<2x2xi32>) -> {Q}", Q,
        ),
        lambda d: [*_image(3, 3, 3, 4)(d), d.integers(0, 3, 2, 2)],
    ),
    "max pool": Program(
        main(
            f"%a: {Q}",
            f"%i = stablehlo.constant dense<0xFF800000> : {S}\n"
            '%r = "stablehlo.reduce_window"(%a, %i) <{window_dimensions = array<i64: 1, 3, 3, 1>, '
            "window_strides = array<i64: 1, 2, 2, 1>, "
            "padding = dense<[[0, 0], [0, 1], [1, 1], [0, 0]]> : tensor<4x2xi64>}> ({\n"
            f"^bb0(%x: {S}, %y: {S}):\n%s = stablehlo.maximum %x, %y : {S}\n"
            f"stablehlo.return %s : {S}\n}}) : ({Q}, {S}) -> {Q}", Q,
        ),
        lambda d: [d.floats(d.size(0, 3), *d.sizes(2, 0, 19), d.size(0, 20))],
    ),
    "average pool": Program(
        main(
            f"%a: {Q}",
            ZERO + '%0 = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = '
            "array<i64: 1, 2, 2, 1>}> ({\n"
            f"^bb0(%x: {S}, %y: {S}):\n%s = stablehlo.add %x, %y : {S}\n"
            f"stablehlo.return %s : {S}\n}}) : ({Q}, {S}) -> {Q}\n"
            f"%q = stablehlo.constant dense<0.25> : {S}\n"
            f"%r = chlo.broadcast_multiply %0, %q : ({Q}, {S}) -> {Q}", Q,
        ),
        lambda d: [d.floats(d.size(0, 3), *d.sizes(2, 0, 19), d.size(0, 20))],
    ),
}  # fmt: skip


PROGRAMS = {**ELEMENTWISE, **REDUCTIONS, **PRODUCTS, **WINDOWS}
