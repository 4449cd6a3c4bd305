# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights are stored as the panels that workgroups read, and results stay what they were."""

from __future__ import annotations

import numpy as np

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.codegen.passes.pack_constant_operands import pack_array, unpack_array
from iree_explore.context import CompileOptions, make_context
from iree_explore.flow.util_dialect import GlobalOp
from iree_explore.frontend import import_source
from iree_explore.module import CompiledModule

PROGRAM = """
ml_program.global private @conv(#ml_program.extern : tensor<5x5x16x100xf32>) : tensor<5x5x16x100xf32>
ml_program.global private @shared(#ml_program.extern : tensor<100x70xf32>) : tensor<100x70xf32>
ml_program.global private @rows(#ml_program.extern : tensor<90x70xf32>) : tensor<90x70xf32>
func.func @main(%x: tensor<1x14x14x16xf32>, %y: tensor<100x70xf32>) -> (tensor<1x14x14x90xf32>, tensor<1x70xf32>, tensor<100x70xf32>) {
  %w = ml_program.global_load @conv : tensor<5x5x16x100xf32>
  %s = ml_program.global_load @shared : tensor<100x70xf32>
  %t = ml_program.global_load @rows : tensor<90x70xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[2, 2], [2, 2]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x14x14x16xf32>, tensor<5x5x16x100xf32>) -> tensor<1x14x14x100xf32>
  %1 = stablehlo.dot_general %0, %s, contracting_dims = [3] x [0] : (tensor<1x14x14x100xf32>, tensor<100x70xf32>) -> tensor<1x14x14x70xf32>
  %2 = stablehlo.dot_general %1, %t, contracting_dims = [3] x [1] : (tensor<1x14x14x70xf32>, tensor<90x70xf32>) -> tensor<1x14x14x90xf32>
  %3 = stablehlo.reduce(%1 init: %zero) applies stablehlo.add across dimensions = [1, 2] : (tensor<1x14x14x70xf32>, tensor<f32>) -> tensor<1x70xf32>
  %4 = stablehlo.add %s, %y : tensor<100x70xf32>
  return %2, %3, %4 : tensor<1x14x14x90xf32>, tensor<1x70xf32>, tensor<100x70xf32>
}
"""  # noqa: E501


def test_results_stay_and_only_constants_that_nothing_else_reads_are_packed():
    rng = np.random.default_rng(0)
    shapes = {"conv": (5, 5, 16, 100), "shared": (100, 70), "rows": (90, 70)}
    weights = {k: rng.standard_normal(s).astype(np.float32) for k, s in shapes.items()}
    x = rng.standard_normal((1, 14, 14, 16)).astype(np.float32)
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
    module = import_source(PROGRAM, ctx)
    for name, array in weights.items():
        ctx.parameters.add("model", name, array)
    pipeline.run(module, ctx, stop="executable-configurations")
    text = {g.sym_name.data: str(g.attributes["stream.encoding"])
            for g in module.body.block.ops if isinstance(g, GlobalOp)}  # fmt: skip
    assert "panels<dim = 3" in text["conv"]  # 100 columns: the last panel is filled up
    assert "panels" in text["rows"]  # transposed
    assert "panels" not in text["shared"]  # a sum reads it too
    pipeline.run(module, ctx, start="executable-targets")
    made = CompiledModule.from_compilation(module, ctx, "llvm-cpu", "local-task")
    got = [np.asarray(r) for r in made.main(x, weights["shared"])]

    padded = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), (1, 2))
    conv = np.einsum("nhwcij,ijcf->nhwf", windows, weights["conv"], optimize=True)
    middle = conv @ weights["shared"]
    for ours, wanted in zip(
        got, [middle @ weights["rows"].T, middle.sum((1, 2)), 2 * weights["shared"]], strict=True
    ):
        assert np.abs(ours - wanted).max() <= 1e-5 * np.abs(wanted).max()


def test_unpacking_is_the_inverse_of_packing():
    for shape, dim, width in (((3, 5, 33), 2, 16), ((33, 7), 0, 8), ((4, 32, 2), 1, 32)):
        array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        packed = pack_array(array, dim, width)
        assert packed.shape[0] == -(-shape[dim] // width) and packed.shape[-1] == width
        np.testing.assert_array_equal(unpack_array(packed, dim, shape[dim]), array)


def test_weights_that_are_one_number_everywhere():
    """They are filled in memory: the window's size is that of loops, nothing else has it."""
    program = """
func.func @main(%x: tensor<1x6x6x8xf32>) -> tensor<1x6x6x24xf32> {
  %w = stablehlo.constant dense<0.5> : tensor<3x3x8x24xf32>
  %r = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x6x6x8xf32>, tensor<3x3x8x24xf32>) -> tensor<1x6x6x24xf32>
  return %r : tensor<1x6x6x24xf32>
}
"""
    x = np.random.default_rng(3).random((1, 6, 6, 8), np.float32)
    found = ie.compile(program, device="local-sync").main(x)
    wanted = ie.compile(program, target="reference").main(x)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
