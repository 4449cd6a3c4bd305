# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Winograd's convolutions: what they compute, and where they replace direct ones."""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.linalg.passes.convert_conv2d_to_winograd import best_tile
from iree_explore.module import CompiledModule

CONVOLUTION = """
ml_program.global private @w(#ml_program.extern : tensor<3x3x{c}x{f}xf32>) : tensor<3x3x{c}x{f}xf32>
func.func @main(%x: tensor<{n}x{h}x{w}x{c}xf32>) -> tensor<{n}x{h}x{w}x{f}xf32> {{
  %w = ml_program.global_load @w : tensor<3x3x{c}x{f}xf32>
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {{stride = [1, 1], pad = [[1, 1], [1, 1]]}} {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}} : (tensor<{n}x{h}x{w}x{c}xf32>, tensor<3x3x{c}x{f}xf32>) -> tensor<{n}x{h}x{w}x{f}xf32>
  return %0 : tensor<{n}x{h}x{w}x{f}xf32>
}}"""  # noqa: E501


def test_tiles_are_chosen_by_what_they_save():
    assert best_tile(1, 56, 56, 64, 64) == 4
    assert best_tile(1, 14, 14, 256, 256) == 2  # four times the weights would be too many
    assert best_tile(1, 7, 7, 512, 512) is None  # more weights to read than products saved
    assert best_tile(1, 224, 224, 64, 3) is None  # nothing to make vectors of


@pytest.mark.parametrize(
    "sizes, m, known", [((2, 28, 31, 33, 40), 4, False), ((1, 9, 9, 128, 128), 2, True)]
)
def test_results_are_those_of_the_direct_convolution(sizes, m, known):
    """Sizes that are no multiple of the tile, several images (how many may be unknown), broken
    vectors."""
    n, h, w, c, f = sizes
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, h, w, c)).astype(np.float32)
    filter_ = rng.standard_normal((3, 3, c, f)).astype(np.float32)
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
    module = import_source(CONVOLUTION.format(n=n if known else "?", h=h, w=w, c=c, f=f), ctx)
    ctx.parameters.add("model", "w", filter_)
    pipeline.run(module, ctx, stop="global-optimization")
    text = str(module)
    assert f"winograd.input_transform {{output_tile_size = {m}" in text.replace('"', "")
    assert "filter_transform" not in text, "the filter is transformed at compile time"
    pipeline.run(module, ctx, start="dispatch-creation")
    made = CompiledModule.from_compilation(module, ctx, "llvm-cpu", "local-task")
    got = np.asarray(made.main(x))

    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    wanted = np.einsum("nhwcij,ijcf->nhwf", windows, filter_, optimize=True)
    assert np.abs(got - wanted).max() <= 2e-5 * np.abs(wanted).max()


@pytest.mark.parametrize("m", [2, 4])
def test_kernels_compute_what_the_definitions_say(m):
    """The filter's transform too, which programs have done at compile time."""
    t = (m + 2) ** 2
    text = f"""
func.func public @main(%x: tensor<1x{2 * m + 2}x{m + 2}x20xf32>, %w: tensor<3x3x5x20xf32>, %p: tensor<{t}x1x6x20xf32>)
    -> (tensor<{t}x1x2x20xf32>, tensor<{t}x5x20xf32>, tensor<1x{2 * m - 1}x{3 * m - 1}x20xf32>) {{
  %0 = tensor.empty() : tensor<{t}x1x2x20xf32>
  %1 = tensor.empty() : tensor<{t}x5x20xf32>
  %2 = tensor.empty() : tensor<1x{2 * m - 1}x{3 * m - 1}x20xf32>
  %3 = iree_linalg_ext.winograd.input_transform {{output_tile_size = {m} : i64}} ins(%x : tensor<1x{2 * m + 2}x{m + 2}x20xf32>) outs(%0 : tensor<{t}x1x2x20xf32>) -> tensor<{t}x1x2x20xf32>
  %4 = iree_linalg_ext.winograd.filter_transform {{output_tile_size = {m} : i64}} ins(%w : tensor<3x3x5x20xf32>) outs(%1 : tensor<{t}x5x20xf32>) -> tensor<{t}x5x20xf32>
  %5 = iree_linalg_ext.winograd.output_transform {{output_tile_size = {m} : i64}} ins(%p : tensor<{t}x1x6x20xf32>) outs(%2 : tensor<1x{2 * m - 1}x{3 * m - 1}x20xf32>) -> tensor<1x{2 * m - 1}x{3 * m - 1}x20xf32>
  func.return %3, %4, %5 : tensor<{t}x1x2x20xf32>, tensor<{t}x5x20xf32>, tensor<1x{2 * m - 1}x{3 * m - 1}x20xf32>
}}"""  # noqa: E501
    rng = np.random.default_rng(m)
    shapes = [(1, 2 * m + 2, m + 2, 20), (3, 3, 5, 20), (t, 1, 6, 20)]
    arrays = [rng.standard_normal(s).astype(np.float32) for s in shapes]
    results = []
    for target in ("llvm-cpu", "reference"):
        ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
        module = import_source(text, ctx)
        if target == "reference":
            from iree_explore.linalg.evaluate import evaluate_function

            results.append(evaluate_function(module, "main", arrays, ctx.parameters))
        else:
            pipeline.run(module, ctx, start="abi")
            made = CompiledModule.from_compilation(module, ctx, target, "local-sync")
            results.append([np.asarray(r) for r in made.main(*arrays)])
    for ours, wanted in zip(*results, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-5, atol=1e-4)


def test_gpus_convolve_directly() -> None:
    text = """func.func @main(%x: tensor<1x14x14x64xf32>) -> tensor<1x14x14x64xf32> {
      %w = stablehlo.constant dense<0.5> : tensor<3x3x64x64xf32>
      %r = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
        window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1
        : i64} : (tensor<1x14x14x64xf32>, tensor<3x3x64x64xf32>) -> tensor<1x14x14x64xf32>
      return %r : tensor<1x14x14x64xf32>
    }"""
    found = {}
    for target in ("vulkan-spirv", "llvm-cpu"):
        ctx = make_context(CompileOptions(targets=(target,)))
        module = import_source(text, ctx)
        pipeline.run(module, ctx, stop="global-optimization")
        found[target] = "winograd" in str(module)
    assert found == {"vulkan-spirv": False, "llvm-cpu": True}
