# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`PROGRAMS` that move data of unknown sizes, sort it or solve with it; see `dynamic_programs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dynamic_programs import ZERO, Draw, M, Program, S, T, V, main

I = "tensor<?xi32>"  # noqa: E741
PAIR = "tensor<2xi32>"


def _concatenated(d: Draw) -> list[Any]:
    n = d.size()
    return [d.floats(d.size(), n) for _ in range(3)]


def _sliced(d: Draw) -> list[Any]:
    shape = d.sizes(2)
    limits = [d.size(0, n) for n in shape]
    starts = [d.size(0, n) for n in limits]
    return [d.floats(*shape), *(np.array(x, np.int32) for x in (starts, limits, d.sizes(2, 1, 4)))]


def _updated(d: Draw) -> list[Any]:
    shape = d.sizes(2)
    part = [d.size(0, n) for n in shape]
    starts = [np.int32(d.size() - 5) for _ in shape]
    return [d.floats(*shape), 50 + d.floats(*part), *starts]


def _update(x: np.ndarray, u: np.ndarray, *starts: np.int32) -> np.ndarray:
    at = [min(max(int(s), 0), n - k) for s, n, k in zip(starts, x.shape, u.shape, strict=True)]
    y = x.copy()
    y[tuple(slice(a, a + k) for a, k in zip(at, u.shape, strict=True))] = u
    return y


def _padded(d: Draw) -> list[Any]:
    shape = d.sizes(2, 0, 20)
    pads = [np.array(d.sizes(2, 0, 5), np.int32) for _ in range(3)]
    return [d.floats(*shape), np.float32(7), *pads]


def _pad(x: np.ndarray, v: np.float32, low: Any, high: Any, inside: Any) -> np.ndarray:
    spread = [max(n + (n - 1) * int(i), 0) for n, i in zip(x.shape, inside, strict=True)]
    y = np.full([a + n + b for a, n, b in zip(low, spread, high, strict=True)], v, np.float32)
    inner = y[tuple(slice(a, a + n) for a, n in zip(low, spread, strict=True))]
    inner[tuple(slice(None, None, i + 1) for i in inside)] = x
    return y


def _rows(d: Draw) -> list[Any]:
    m, n = d.size(1), d.size()
    return [d.floats(m, n), d.integers(-3, m + 3, d.size())]


def _scattered(d: Draw) -> list[Any]:
    m, n, k = d.sizes(3)
    return [d.floats(m, n), d.integers(-3, m + 3, k), d.floats(k, n)]


def _scatter(x: np.ndarray, at: np.ndarray, u: np.ndarray) -> np.ndarray:
    y = x.copy()
    inside = (at >= 0) & (at < len(x))
    np.add.at(y, at[inside], u[inside])
    return y


def _sorted(d: Draw) -> list[Any]:
    m, n = d.size(0, 9), d.size()
    return [d.integers(-20, 20, m, n), d.integers(0, 99, m, n)]


def _sort(k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(k, 1, kind="stable")
    return np.take_along_axis(k, order, 1), np.take_along_axis(v, order, 1)


def _split(d: Draw) -> list[Any]:
    a, b, c = d.sizes(3, 0, 12)
    return [d.floats(a, b * c), np.array([a * b, c], np.int32)]


def _matrices(d: Draw) -> tuple[np.ndarray, np.ndarray]:
    b, n, k = d.size(0, 3), d.size(0, 9), d.size(0, 9)
    x = d.floats(b, n, n)
    return x @ x.swapaxes(1, 2) + 30 * np.eye(n, dtype=np.float32), d.floats(b, n, k)


MOVES = {
    "pad": Program(
        main(
            f"%a: {M}, %v: {S}",
            "%r = stablehlo.pad %a, %v, low = [1, -2], high = [0, 3], interior = [2, 0] : "
            f"({M}, {S}) -> {M}", M,
        ),
        lambda d: [d.floats(d.size(), d.size(2)), np.float32(3)],
    ),
    "pad by operands": Program(
        main(
            f"%a: {M}, %v: {S}, %l: {PAIR}, %h: {PAIR}, %i: {PAIR}",
            f"%r = stablehlo.dynamic_pad %a, %v, %l, %h, %i : "
            f"({M}, {S}, {PAIR}, {PAIR}, {PAIR}) -> {M}", M,
        ),
        _padded, _pad,
    ),
    "concatenate": Program(
        main(
            f"%a: {M}, %b: {M}, %c: {M}",
            f"%0 = stablehlo.concatenate %a, %b, %c, dim = 0 : ({M}, {M}, {M}) -> {M}\n"
            f"%r = stablehlo.tanh %0 : {M}", M,
        ),
        _concatenated, lambda *parts: np.tanh(np.concatenate(parts)),
    ),
    "concatenate columns": Program(
        main(
            f"%a: {M}, %b: {M}",
            f"%0 = stablehlo.abs %a : {M}\n"
            f"%r = stablehlo.concatenate %0, %b, %a, dim = 1 : ({M}, {M}, {M}) -> {M}", M,
        ),
        lambda d: d.make(lambda n: [d.floats(n, d.size()), d.floats(n, d.size())], [d.size()]),
        lambda a, b: np.concatenate([np.abs(a), b, a], 1),
    ),
    "slice": Program(
        main(f"%a: {M}", f"%r = stablehlo.slice %a [1:5:2, 0:3] : ({M}) -> tensor<2x3xf32>",
             "tensor<2x3xf32>"),
        lambda d: [d.floats(d.size(5), d.size(3))], lambda a: a[1:5:2, :3],
    ),
    "slice by operands": Program(
        main(
            f"%a: {M}, %i: {PAIR}, %j: {PAIR}, %k: {PAIR}",
            f"%r = stablehlo.real_dynamic_slice %a, %i, %j, %k : "
            f"({M}, {PAIR}, {PAIR}, {PAIR}) -> {M}", M,
        ),
        _sliced,
        lambda a, i, j, k: a[i[0]:j[0]:k[0], i[1]:j[1]:k[1]],
    ),
    "dynamic slice": Program(
        main(
            f"%a: {M}, %i: tensor<i32>, %j: tensor<i32>",
            "%r = stablehlo.dynamic_slice %a, %i, %j, sizes = [2, 1] : "
            f"({M}, tensor<i32>, tensor<i32>) -> tensor<2x1xf32>", "tensor<2x1xf32>",
        ),
        lambda d: [d.floats(d.size(2), d.size(1)), np.int32(d.size() - 5), np.int32(d.size() - 5)],
    ),
    "dynamic update slice": Program(
        main(
            f"%a: {M}, %u: {M}, %i: tensor<i32>, %j: tensor<i32>",
            "%r = stablehlo.dynamic_update_slice %a, %u, %i, %j : "
            f"({M}, {M}, tensor<i32>, tensor<i32>) -> {M}", M,
        ),
        _updated, _update,
    ),
    "gather rows": Program(
        main(
            f"%a: {M}, %i: {I}",
            f"%s = shape.shape_of %a : {M} -> tensor<2xindex>\n"
            "%1 = arith.constant 1 : index\n"
            f"%n = tensor.dim %a, %1 : {M}\n"
            "%z = tensor.from_elements %1, %n : tensor<2xindex>\n"
            '%r = "stablehlo.dynamic_gather"(%a, %i, %z) <{dimension_numbers = #stablehlo.gather<'
            "offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], "
            f"index_vector_dim = 1>, indices_are_sorted = false}}> : ({M}, {I}, tensor<2xindex>) "
            f"-> {M}", M,
        ),
        _rows, lambda a, i: a[np.clip(i, 0, len(a) - 1)],
    ),
    "scatter rows": Program(
        main(
            f"%a: {M}, %i: {I}, %u: {M}",
            '%r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = '
            "#stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], "
            "scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, "
            "indices_are_sorted = false, unique_indices = false}> ({\n"
            f"^bb0(%x: {S}, %y: {S}):\n%s = stablehlo.add %x, %y : {S}\n"
            f"stablehlo.return %s : {S}\n}}) : ({M}, {I}, {M}) -> {M}", M,
        ),
        _scattered, _scatter,
    ),
    "sort": Program(
        main(
            "%a: tensor<?x?xi32>, %b: tensor<?x?xi32>",
            '%r:2 = "stablehlo.sort"(%a, %b) <{dimension = 1 : i64, is_stable = true}> ({\n'
            "^bb0(%x: tensor<i32>, %y: tensor<i32>, %p: tensor<i32>, %q: tensor<i32>):\n"
            "%g = stablehlo.compare LT, %x, %y : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
            "stablehlo.return %g : tensor<i1>\n}) : (tensor<?x?xi32>, tensor<?x?xi32>) -> "
            "(tensor<?x?xi32>, tensor<?x?xi32>)", "tensor<?x?xi32> and tensor<?x?xi32>",
        ),
        _sorted, _sort,
    ),
    "top k": Program(
        main(
            f"%a: {M}",
            f"%r:2 = chlo.top_k(%a, k = 3) : {M} -> (tensor<?x3xf32>, tensor<?x3xi32>)",
            "tensor<?x3xf32> and tensor<?x3xi32>",
        ),
        lambda d: [d.floats(d.size(0, 9), d.size(3))],
        lambda a: (-np.sort(-a, 1)[:, :3], np.argsort(-a, 1, kind="stable")[:, :3].astype("i4")),
    ),
    "reshape": Program(
        main(
            f"%a: {M}, %s: {PAIR}",
            f"%0 = stablehlo.dynamic_reshape %a, %s : ({M}, {PAIR}) -> {M}\n"
            f"%r = stablehlo.tanh %0 : {M}", M,
        ),
        _split, lambda a, s: np.tanh(a).reshape(s),
    ),
    "transposes": Program(
        main(
            f"%a: {T}",
            f"%0 = stablehlo.transpose %a, dims = [2, 0, 1] : ({T}) -> {T}\n"
            f"%1 = stablehlo.abs %0 : {T}\n"
            f"%r = stablehlo.transpose %1, dims = [0, 2, 1] : ({T}) -> {T}", T,
        ),
        lambda d: [d.floats(*d.sizes(3))], lambda a: np.abs(a).transpose(2, 1, 0),
    ),
    "reverse": Program(
        main(f"%a: {T}", f"%r = stablehlo.reverse %a, dims = [0, 2] : {T}", T),
        lambda d: [d.floats(*d.sizes(3))], lambda a: a[::-1, :, ::-1],
    ),
    "cholesky": Program(
        main(f"%a: {T}, %b: {T}", f"%r = stablehlo.cholesky %a, lower = true : {T}", T),
        lambda d: [*_matrices(d)], lambda a, b: np.linalg.cholesky(a),
    ),
    "triangular solve": Program(
        main(
            f"%a: {T}, %b: {T}",
            '%r = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, '
            "unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : "
            f"({T}, {T}) -> {T}", T,
        ),
        lambda d: [*_matrices(d)], lambda a, b: np.linalg.solve(np.tril(a), b),
    ),
    "transform": Program(
        main(
            "%a: tensor<?x12xf32>",
            "%0 = stablehlo.fft %a, type = RFFT, length = [12] : "
            "(tensor<?x12xf32>) -> tensor<?x7xcomplex<f32>>\n"
            "%r = stablehlo.fft %0, type = IRFFT, length = [12] : "
            "(tensor<?x7xcomplex<f32>>) -> tensor<?x12xf32>", "tensor<?x12xf32>",
        ),
        lambda d: [d.floats(d.size(), 12)], lambda a: a,
    ),
    "complex product": Program(
        main(
            f"%a: {M}, %b: {M}",
            "%0 = stablehlo.complex %a, %b : tensor<?x?xcomplex<f32>>\n"
            "%1 = stablehlo.multiply %0, %0 : tensor<?x?xcomplex<f32>>\n"
            f"%r = stablehlo.abs %1 : (tensor<?x?xcomplex<f32>>) -> {M}", M,
        ),
        lambda d: d.make(lambda m, n: [d.floats(m, n), d.floats(m, n)], d.sizes(2)),
        lambda a, b: a * a + b * b,
    ),
    "outer product and its sum": Program(
        main(
            f"%a: {V}, %b: {V}",
            f"%0 = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : ({V}, {V}) -> {M}\n"
            + ZERO
            + "%r = stablehlo.reduce(%0 init: %z) applies stablehlo.add across dimensions = [0] : "
            f"({M}, {S}) -> {V}", V,
        ),
        lambda d: [d.floats(d.size()), d.floats(d.size())], lambda a, b: a.sum() * b,
    ),
}  # fmt: skip


def _branches(d: Draw) -> list[Any]:
    return [np.bool_(d.size(0, 1)), d.floats(d.size()), d.floats(d.size())]


CONTROL = {
    "branches of different sizes": Program(
        main(
            f"%p: tensor<i1>, %a: {V}, %b: {V}",
            '%0 = "stablehlo.if"(%p) ({\n'
            f"%1 = stablehlo.concatenate %a, %b, dim = 0 : ({V}, {V}) -> {V}\n"
            f"stablehlo.return %1 : {V}\n}}, {{\n%2 = stablehlo.abs %b : {V}\n"
            f"stablehlo.return %2 : {V}\n}}) : (tensor<i1>) -> {V}\n"
            f"%r = stablehlo.tanh %0 : {V}", V,
        ),
        _branches, lambda p, a, b: np.tanh(np.concatenate([a, b]) if p else np.abs(b)),
    ),
    "a loop whose tensor doubles": Program(
        main(
            f"%n: tensor<i32>, %a: {V}",
            "%z = stablehlo.constant dense<0> : tensor<i32>\n"
            f"%r:2 = stablehlo.while(%i = %z, %v = %a) : tensor<i32>, {V}\ncond {{\n"
            "%p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
            "stablehlo.return %p : tensor<i1>\n} do {\n"
            "%o = stablehlo.constant dense<1> : tensor<i32>\n"
            "%j = stablehlo.add %i, %o : tensor<i32>\n"
            f"%m = stablehlo.negate %v : {V}\n"
            f"%x = stablehlo.concatenate %v, %m, dim = 0 : ({V}, {V}) -> {V}\n"
            f"stablehlo.return %j, %x : tensor<i32>, {V}\n}}", f"tensor<i32> and {V}",
        ),
        lambda d: [np.int32(d.size(0, 5)), d.floats(d.size())],
        lambda n, a: (n, _doubled(n, a)),
    ),
}  # fmt: skip


def _doubled(n: np.int32, a: np.ndarray) -> np.ndarray:
    for _ in range(n):
        a = np.concatenate([a, -a])
    return a


PROGRAMS = {**MOVES, **CONTROL}
