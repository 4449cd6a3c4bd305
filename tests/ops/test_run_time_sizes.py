# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that shape and slice by values known only at run time: the reference against compiled code.

Sizes come as i32, i64 or index tensors, start indices as any integer; both targets run the same
calls, out-of-range and zero-size ones included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import iree_explore as ie

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def compare(text: str, calls: list[tuple[Any, ...]], rtol: float = 0.0) -> None:
    """Both targets agree on every call."""
    defined, compiled = (ie.compile(text, target=t) for t in ("reference", "llvm-cpu"))
    for inputs in calls:
        pairs = [m.main(*inputs) for m in (defined, compiled)]
        want, got = (p if isinstance(p, tuple) else (p,) for p in pairs)
        for x, y in zip(got, want, strict=True):
            x, y = np.asarray(x), np.asarray(y)
            assert x.shape == y.shape and x.dtype == y.dtype
            wide = (a.astype(np.float64) for a in (x, y))
            np.testing.assert_allclose(*wide, rtol=rtol, atol=rtol)


SHAPED = {
    "broadcast": (
        """
        func.func @main(%x: tensor<?x?xf32>, %s: tensor<3xINT>) -> tensor<?x?x?xf32> {
          %0 = stablehlo.dynamic_broadcast_in_dim %x, %s, dims = [0, 2]
              : (tensor<?x?xf32>, tensor<3xINT>) -> tensor<?x?x?xf32>
          return %0 : tensor<?x?x?xf32>
        }""",
        [(X, [2, 4, 3]), (X[:1], [5, 2, 3]), (X[:, :1], [2, 1, 3]), (X[:0], [0, 1, 3])],
    ),
    "broadcast_hinted": (
        """
        func.func @main(%x: tensor<?x?xf32>, %s: tensor<3xINT>) -> tensor<?x?x?xf32> {
          %0 = "stablehlo.dynamic_broadcast_in_dim"(%x, %s) <{
              broadcast_dimensions = array<i64: 0, 2>,
              known_expanding_dimensions = array<i64: 0>,
              known_nonexpanding_dimensions = array<i64: 1>}>
              : (tensor<?x?xf32>, tensor<3xINT>) -> tensor<?x?x?xf32>
          return %0 : tensor<?x?x?xf32>
        }""",
        [(X[:1], [5, 2, 3])],
    ),
    "iota": (
        """
        func.func @main(%s: tensor<2xINT>) -> (tensor<?x?xi32>, tensor<?x?xf32>, tensor<?x4xui8>) {
          %0 = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xINT>) -> tensor<?x?xi32>
          %1 = stablehlo.dynamic_iota %s, dim = 0 : (tensor<2xINT>) -> tensor<?x?xf32>
          %2 = stablehlo.dynamic_iota %s, dim = 0 : (tensor<2xINT>) -> tensor<?x4xui8>
          return %0, %1, %2 : tensor<?x?xi32>, tensor<?x?xf32>, tensor<?x4xui8>
        }""",
        [([3, 4],), ([0, 4],)],
    ),
    "reshape": (
        """
        func.func @main(%x: tensor<?x?xf32>, %s: tensor<3xINT>)
            -> (tensor<?x?x?xf32>, tensor<1x?x3xf32>) {
          %0 = stablehlo.dynamic_reshape %x, %s
              : (tensor<?x?xf32>, tensor<3xINT>) -> tensor<?x?x?xf32>
          %1 = stablehlo.dynamic_reshape %x, %s
              : (tensor<?x?xf32>, tensor<3xINT>) -> tensor<1x?x3xf32>
          return %0, %1 : tensor<?x?x?xf32>, tensor<1x?x3xf32>
        }""",
        [(X, [1, 2, 3]), (X[:0], [1, 0, 3])],
    ),
    "pad": (
        """
        func.func @main(%x: tensor<?x?xf32>, %l: tensor<2xINT>, %h: tensor<2xINT>,
            %i: tensor<2xINT>) -> tensor<?x?xf32> {
          %v = stablehlo.constant dense<9.0> : tensor<f32>
          %0 = stablehlo.dynamic_pad %x, %v, %l, %h, %i : (tensor<?x?xf32>, tensor<f32>,
              tensor<2xINT>, tensor<2xINT>, tensor<2xINT>) -> tensor<?x?xf32>
          return %0 : tensor<?x?xf32>
        }""",
        [
            (X, [1, 2], [0, 1], [0, 0]),
            (X, [-1, 2], [0, -1], [0, 1]),
            (X, [0, 0], [0, 0], [2, 1]),
            (X[:0], [1, 0], [1, 0], [2, 1]),
        ],
    ),
    "slice": (
        """
        func.func @main(%x: tensor<?x?xf32>, %l: tensor<2xINT>, %h: tensor<2xINT>,
            %i: tensor<2xINT>) -> tensor<?x?xf32> {
          %0 = stablehlo.real_dynamic_slice %x, %l, %h, %i : (tensor<?x?xf32>,
              tensor<2xINT>, tensor<2xINT>, tensor<2xINT>) -> tensor<?x?xf32>
          return %0 : tensor<?x?xf32>
        }""",
        [
            (X, [0, 1], [2, 3], [1, 1]),
            (X, [0, 0], [2, 3], [2, 2]),
            (X, [1, 1], [1, 3], [1, 1]),
        ],
    ),
}
SIZES = {"i32": np.int32, "i64": np.int64, "index": np.int64}


@pytest.mark.parametrize("element", SIZES)
@pytest.mark.parametrize("name", SHAPED)
def test_sizes_are_operands(name: str, element: str) -> None:
    text, calls = SHAPED[name]
    made = [tuple(np.array(a, SIZES[element]) if isinstance(a, list) else a for a in call)
            for call in calls]  # fmt: skip
    compare(text.replace("INT", element), made)


STARTS = """
func.func @main(%x: tensor<?x?xf32>, %u: tensor<?x?xf32>, %a: tensor<INT>, %b: tensor<INT>)
    -> (tensor<1x2xf32>, tensor<?x?xf32>) {
  %0 = stablehlo.dynamic_slice %x, %a, %b, sizes = [1, 2]
      : (tensor<?x?xf32>, tensor<INT>, tensor<INT>) -> tensor<1x2xf32>
  %1 = stablehlo.dynamic_update_slice %x, %u, %a, %b
      : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<INT>, tensor<INT>) -> tensor<?x?xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<?x?xf32>
}
"""


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_start_indices_are_clamped(dtype: type[np.integer]) -> None:
    element = np.dtype(dtype).name.replace("int", "i")
    info = np.iinfo(dtype)
    starts = [(1, 0), (100, 2), (info.max, info.min), (info.min, info.max)]
    updates = [X[:1, :2] + 10, X[:0] + 10, X + 10]
    calls = [(X, u, np.array(a, dtype), np.array(b, dtype)) for a, b in starts for u in updates]
    compare(STARTS.replace("INT", element), calls)


BOUNDED = """
func.func @main(%x: tensor<4x3xf32>, %n: tensor<i32>)
    -> (tensor<?x3xf32>, tensor<i32>, tensor<3xf32>) {
  %0 = stablehlo.set_dimension_size %x, %n, dim = 0
      : (tensor<4x3xf32>, tensor<i32>) -> tensor<?x3xf32, #stablehlo.bounds<4, ?>>
  %1 = stablehlo.get_dimension_size %0, dim = 0
      : (tensor<?x3xf32, #stablehlo.bounds<4, ?>>) -> tensor<i32>
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %2 = stablehlo.reduce(%0 init: %z) applies stablehlo.add across dimensions = [0]
      : (tensor<?x3xf32, #stablehlo.bounds<4, ?>>, tensor<f32>) -> tensor<3xf32>
  %3 = tensor.cast %0 : tensor<?x3xf32, #stablehlo.bounds<4, ?>> to tensor<?x3xf32>
  return %3, %1, %2 : tensor<?x3xf32>, tensor<i32>, tensor<3xf32>
}
"""


def test_elements_past_the_dimension_size_are_not_there() -> None:
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    compare(BOUNDED, [(x, np.array(n, np.int32)) for n in (2, 0, 4)])


NORMALISED = """
func.func @main(%x: tensor<?x?x3xf32>, %s: tensor<?xf32>, %o: tensor<?xf32>, %v: tensor<?xf32>,
    %g: tensor<?x?x3xf32>)
    -> (tensor<?x?x3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x3xf32>, tensor<?xf32>) {
  %0:3 = "stablehlo.batch_norm_training"(%x, %s, %o) <{epsilon = 1.0e-3 : f32,
      feature_index = 1 : i64}> : (tensor<?x?x3xf32>, tensor<?xf32>, tensor<?xf32>)
      -> (tensor<?x?x3xf32>, tensor<?xf32>, tensor<?xf32>)
  %1:3 = "stablehlo.batch_norm_grad"(%x, %s, %o, %v, %g) <{epsilon = 1.0e-3 : f32,
      feature_index = 1 : i64}> : (tensor<?x?x3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>,
      tensor<?x?x3xf32>) -> (tensor<?x?x3xf32>, tensor<?xf32>, tensor<?xf32>)
  return %0#0, %0#1, %0#2, %1#0, %1#1
      : tensor<?x?x3xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x3xf32>, tensor<?xf32>
}
"""


def test_statistics_over_unknown_sizes() -> None:
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal((2, 4, 3)).astype(np.float32) for _ in range(2))
    rows = [rng.random(4).astype(np.float32) + 0.5 for _ in range(3)]
    compare(NORMALISED, [(x, *rows, g)], rtol=1e-4)


DEPRECATED = """
func.func @main(%x: tensor<?x?x?xf32>, %y: tensor<?x?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>, tensor<2x?x?xf32>) {
  %0 = stablehlo.einsum %x, %y, config = "bij,jk->kb"
      : (tensor<?x?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = stablehlo.unary_einsum %y, config = "jj->j" : (tensor<?x?xf32>) -> tensor<?xf32>
  %2 = stablehlo.broadcast %y, sizes = [2] : (tensor<?x?xf32>) -> tensor<2x?x?xf32>
  return %0, %1, %2 : tensor<?x?xf32>, tensor<?xf32>, tensor<2x?x?xf32>
}
"""


def test_deprecated_forms_of_unknown_sizes() -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(n).astype(np.float32) for n in ((2, 3, 4), (4, 4)))
    compare(DEPRECATED, [(x, y), (x[:0], y)], rtol=1e-4)
