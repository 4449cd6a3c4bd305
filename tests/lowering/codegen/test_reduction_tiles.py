# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products whose reduction is cut: few rows and a large matrix that lies as the caller has it."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.codegen.dialect import LOWERING_CONFIG, LoweringConfigAttr
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source

FEW_ROWS = """
func.func @main(%x: tensor<{m}x{k}xf32>, %w: tensor<{k}x{n}xf32>, %b: tensor<{m}x{n}xf32>)
    -> tensor<{m}x{n}xf32> {{
  %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
    : (tensor<{m}x{k}xf32>, tensor<{k}x{n}xf32>) -> tensor<{m}x{n}xf32>
  %z = stablehlo.add %y, %b : tensor<{m}x{n}xf32>
  %r = stablehlo.tanh %z : tensor<{m}x{n}xf32>
  return %r : tensor<{m}x{n}xf32>
}}"""


def level_1(source: str) -> list[int]:
    ctx = make_context(CompileOptions())
    module = pipeline.run(import_source(source, ctx), ctx, stop="executable-configurations")
    (config,) = [
        config
        for op in module.walk()
        if isinstance(config := op.attributes.get(LOWERING_CONFIG), LoweringConfigAttr)
    ]
    return config.level(1)


def test_few_rows_go_over_all_columns_before_the_next_iterations():
    assert level_1(FEW_ROWS.format(m=1, k=1000, n=1000))[-1] == 8
    assert level_1(FEW_ROWS.format(m=8, k=1000, n=1000))[-1] == 16
    assert level_1(FEW_ROWS.format(m=64, k=1000, n=1000))[-1] == 0  # panels are packed
    assert level_1(FEW_ROWS.format(m=8, k=100, n=100))[-1] == 0  # all of it stays in cache


@pytest.mark.parametrize(
    "sizes", [(1, 517, 613), (8, 259, 401), ("?", 300, 500), (3, "?", 450)], ids=str
)
def test_sums_are_right_with_rests_and_followers(sizes):
    m, k, n = sizes
    function = ie.compile(
        FEW_ROWS.format(m=m, k=k, n=n), target="llvm-cpu", device="local-sync"
    ).main
    rng = np.random.default_rng(5)
    rows, depth = (3 if m == "?" else m), (515 if k == "?" else k)
    x, w, b = (
        (rng.standard_normal(s) / 16).astype(np.float32)
        for s in ((rows, depth), (depth, n), (rows, n))
    )
    wanted = np.tanh(x.astype(np.float64) @ w + b)
    np.testing.assert_allclose(function(x, w, b), wanted, rtol=1e-4, atol=1e-5)


def test_a_producer_of_what_the_loop_reads_stays_before_it():
    """The sum reads what the exponential wrote, as the loop between them does."""
    source = """
func.func @main(%x: tensor<8x256xf32>, %w: tensor<256x256xf32>) -> tensor<8x256xf32> {
  %e = stablehlo.exponential %x : tensor<8x256xf32>
  %y = stablehlo.dot_general %e, %w, contracting_dims = [1] x [0]
    : (tensor<8x256xf32>, tensor<256x256xf32>) -> tensor<8x256xf32>
  %r = stablehlo.add %y, %e : tensor<8x256xf32>
  return %r : tensor<8x256xf32>
}"""
    rng = np.random.default_rng(6)
    x, w = (rng.standard_normal(s).astype(np.float32) for s in ((8, 256), (256, 256)))
    function = ie.compile(source, target="llvm-cpu", device="local-sync").main
    e = np.exp(x.astype(np.float64))
    np.testing.assert_allclose(function(x, w), e @ w + e, rtol=1e-4, atol=1e-3)
