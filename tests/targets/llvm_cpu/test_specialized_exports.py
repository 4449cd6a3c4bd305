# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of unknown sizes against the same program compiled for each size: what the host chooses,
and that every choice computes the same."""

from __future__ import annotations

import re

import numpy as np
import pytest

import iree_explore as ie

DENSE = """
func.func @main(%x: tensor<?x24xf32>, %w: tensor<24x80xf32>, %b: tensor<80xf32>)
    -> tensor<?x80xf32> {
  %0 = stablehlo.dot %x, %w : (tensor<?x24xf32>, tensor<24x80xf32>) -> tensor<?x80xf32>
  %1 = shape.shape_of %0 : tensor<?x80xf32> -> tensor<2xindex>
  %2 = stablehlo.dynamic_broadcast_in_dim %b, %1, dims = [1]
    : (tensor<80xf32>, tensor<2xindex>) -> tensor<?x80xf32>
  %3 = stablehlo.add %0, %2 : tensor<?x80xf32>
  %4 = stablehlo.tanh %3 : tensor<?x80xf32>
  return %4 : tensor<?x80xf32>
}
"""

CONVOLUTION = """
func.func @main(%i: tensor<1x?x?x8xf32>, %k: tensor<3x3x8x32xf32>) -> tensor<1x?x?x32xf32> {
  %0 = stablehlo.convolution(%i, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x?x?x8xf32>, tensor<3x3x8x32xf32>) -> tensor<1x?x?x32xf32>
  return %0 : tensor<1x?x?x32xf32>
}
"""

ATTENTION = """
func.func @main(%q: tensor<2x?x16xf32>, %k: tensor<2x?x16xf32>) -> tensor<2x?x?xf32> {
  %0 = stablehlo.dot_general %q, %k, batching_dims = [0] x [0], contracting_dims = [2] x [2]
    : (tensor<2x?x16xf32>, tensor<2x?x16xf32>) -> tensor<2x?x?xf32>
  return %0 : tensor<2x?x?xf32>
}
"""

rng = np.random.default_rng(3)


def f32(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def known(text: str, *shapes: tuple[int, ...]) -> str:
    """The program with its `?` replaced by the sizes of tensors of the same rank."""
    for shape in shapes:
        sizes = "x".join(map(str, shape))
        pattern = "x".join(rf"(?:\?|{n})" for n in shape)
        text = re.sub(f"tensor<{pattern}xf32>", f"tensor<{sizes}xf32>", text)
    return text


def compare(dynamic: ie.CompiledModule, static: str, *inputs: np.ndarray) -> None:
    assert "?" not in static
    ours, theirs = (module.main(*inputs) for module in (dynamic, ie.compile(static)))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def entry(module: ie.CompiledModule, *inputs: np.ndarray) -> str:
    """The entry point of the only dispatch of a call."""
    (dispatch,) = module.profile("main", inputs, 1).dispatches
    return dispatch.name


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_a_product_of_every_number_of_rows(device: str) -> None:
    module = ie.compile(DENSE, device=device)
    weights = (f32(24, 80), f32(80))
    names = set()
    for rows in (0, 1, 2, 3, 4, 5, 7, 8, 30, 31, 32, 33, 63, 64, 65, 77, 127, 128, 129, 300):
        x = f32(rows, 24)
        compare(module, known(DENSE, (rows, 24), (rows, 80)), x, *weights)
        chosen = entry(module, x, *weights)
        assert chosen.endswith("_0") == (rows <= 31)
        names.add(chosen)
    assert len(names) == 2


@pytest.mark.parametrize(
    ("height", "width"),
    [(0, 4), (4, 0), (1, 1), (3, 2), (8, 8), (2, 31), (31, 3), (9, 32), (33, 65), (70, 100)],
)
def test_a_convolution_of_every_size(height: int, width: int) -> None:
    module = ie.compile(CONVOLUTION)
    static = known(CONVOLUTION, (1, height, width, 8), (1, height, width, 32))
    compare(module, static, f32(1, height, width, 8), f32(3, 3, 8, 32))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 40), (31, 15), (32, 16), (65, 77)])
def test_a_batched_product_of_unknown_rows_and_columns(rows: int, columns: int) -> None:
    module = ie.compile(ATTENTION)
    q, k = f32(2, rows, 16), f32(2, columns, 16)
    np.testing.assert_allclose(
        module.main(q, k), np.einsum("bik,bjk->bij", q, k), rtol=1e-4, atol=1e-4
    )


def test_runs_of_a_session_name_the_dispatch_whichever_export_served_it() -> None:
    session = ie.explore(DENSE)
    weights = (f32(24, 80), f32(80))
    for rows, special in ((4, True), (100, False)):
        run = session.run(inputs=[f32(rows, 24), *weights], repetitions=1)
        (dispatch,) = run.dispatches
        assert dispatch.name.endswith("_0") == special
        assert len(dispatch.op_ids) == 1


def test_what_is_known_when_compiling_is_not_specialised() -> None:
    module = ie.compile(known(DENSE, (4, 24), (4, 80)))
    assert not entry(module, f32(4, 24), f32(24, 80), f32(80)).endswith("_0")
