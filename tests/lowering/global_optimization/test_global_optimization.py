# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What global-optimization promises, pass by pass."""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore import pipeline
from tests.linalg.programs import Program, load


def optimize(program: Program) -> str:
    return str(pipeline.run(program.module, program.ctx, "preprocessing", "global-optimization"))


def test_batch_norm_disappears_into_the_weights():
    program = load("residual")
    expected = program.run()
    text = optimize(program)
    for gone in ("sqrt", "divf", "mulf %", "@gamma", "@var", "@mean"):
        assert gone not in text.replace("arith.mulf %b", "") or gone == "mulf %", gone
    assert '"hoisted"::"hoisted_1"> : tensor<1x1x4x8xf32>' in text
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-5, atol=1e-5)


def chain(ops: str, result: str) -> Program:
    """A matmul followed by `ops` on %m, with constants %s and %t per channel."""
    return Program(
        f"""
        util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<8x4xf32>
        util.global private @s = #flow.parameter.named<"model"::"s"> : tensor<4xf32>
        util.global private @t = #flow.parameter.named<"model"::"t"> : tensor<4xf32>
        func.func public @main(%x: tensor<3x8xf32>) -> tensor<3x4xf32> {{
          %z = arith.constant 0.0 : f32
          %w = util.global.load @w : tensor<8x4xf32>
          %s0 = util.global.load @s : tensor<4xf32>
          %t0 = util.global.load @t : tensor<4xf32>
          %e = tensor.empty() : tensor<3x4xf32>
          %s = linalg.broadcast ins(%s0:tensor<4xf32>) outs(%e:tensor<3x4xf32>) dimensions = [0]
          %t = linalg.broadcast ins(%t0:tensor<4xf32>) outs(%e:tensor<3x4xf32>) dimensions = [0]
          %f = linalg.fill ins(%z : f32) outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>
          %m = linalg.matmul ins(%x, %w : tensor<3x8xf32>, tensor<8x4xf32>)
                             outs(%f : tensor<3x4xf32>) -> tensor<3x4xf32>
          {ops}
          func.return {result} : tensor<3x4xf32>
        }}""",
        [(3, 8)],
    )


def step(name: str, op: str, a: str, b: str) -> str:
    return (
        f"%{name} = linalg.{op} ins(%{a}, %{b} : tensor<3x4xf32>, tensor<3x4xf32>)"
        " outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>\n"
    )


@pytest.mark.parametrize(
    "steps",
    [
        [("a", "mul", "m", "s")],
        [("a", "mul", "s", "m"), ("b", "add", "a", "t")],
        [("a", "sub", "m", "t"), ("b", "mul", "a", "s")],
        [("a", "sub", "t", "m")],
        [("a", "add", "m", "t"), ("b", "mul", "a", "s"), ("c", "sub", "s", "b")],
    ],
    ids=["scale", "scale shift", "shift scale", "negated", "three"],
)
def test_affine_chains_leave_one_addition(steps: list[tuple[str, str, str, str]]):
    program = chain("".join(step(*s) for s in steps), f"%{steps[-1][0]}")
    expected = program.run()
    text = optimize(program)
    assert "arith.mulf" not in text.replace("linalg.matmul", "")
    assert text.count("arith.addf") <= 1
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-5, atol=1e-5)


def test_a_scale_stays_if_the_unscaled_value_is_read_too():
    program = chain(step("a", "mul", "m", "s") + step("b", "add", "a", "m"), "%b")
    expected = program.run()
    assert "arith.mulf" in optimize(program)
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-6)


def test_constant_expressions_that_grow_stay_where_they_are():
    program = Program(
        """
        util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<64xf32>
        func.func public @main(%x: tensor<4096x64xf32>) -> tensor<4096x64xf32> {
          %w = util.global.load @w : tensor<64xf32>
          %e1 = tensor.empty() : tensor<64xf32>
          %e = tensor.empty() : tensor<4096x64xf32>
          %0 = linalg.exp ins(%w : tensor<64xf32>) outs(%e1 : tensor<64xf32>) -> tensor<64xf32>
          %1 = linalg.broadcast ins(%0:tensor<64xf32>) outs(%e:tensor<4096x64xf32>) dimensions = [0]
          %2 = linalg.add ins(%x, %1 : tensor<4096x64xf32>, tensor<4096x64xf32>)
                          outs(%e : tensor<4096x64xf32>) -> tensor<4096x64xf32>
          func.return %2 : tensor<4096x64xf32>
        }""",
        [(4096, 64)],
    )
    text = optimize(program)
    assert "math.exp" not in text
    assert '"hoisted"::"hoisted_0"> : tensor<64xf32>' in text
    assert program.ctx.parameters.get("hoisted", "hoisted_0").shape == (64,)


def test_constants_that_only_an_unhoisted_constant_reads_are_hoisted():
    """A result of unknown size is no global, however constant: its operands have to be."""
    program = Program(
        """
        func.func public @main(%x: tensor<f32>) -> tensor<f32> {
          %c = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
          %n = arith.constant dense<5> : tensor<1xi32>
          %0 = arith.constant 0 : index
          %size = tensor.extract %n[%0] : tensor<1xi32>
          %k = arith.index_cast %size : i32 to index
          %row = tensor.collapse_shape %c [[0, 1]] : tensor<1x3xf32> into tensor<3xf32>
          %e = tensor.empty(%k) : tensor<?x3xf32>
          %rows = linalg.broadcast ins(%row : tensor<3xf32>)
                                   outs(%e : tensor<?x3xf32>) dimensions = [0]
          %s = tensor.empty() : tensor<f32>
          %sum = linalg.generic {
              indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>],
              iterator_types = ["reduction", "reduction"]}
              ins(%rows : tensor<?x3xf32>) outs(%x : tensor<f32>) {
          ^bb0(%a: f32, %acc: f32):
            %r = arith.addf %acc, %a : f32
            linalg.yield %r : f32
          } -> tensor<f32>
          func.return %sum : tensor<f32>
        }
        """,
        shapes=[()],
    )
    text = optimize(program)
    assert "dense<[" not in text.replace("\n", "")


def test_transposed_operands_become_indexing_maps():
    assert "linalg.transpose" not in optimize(load("attention"))


def test_convolutions_have_channels_last():
    text = optimize(load("nchw"))
    assert text.count("linalg.conv_2d_nhwc_hwcf") == 2
    assert "nchw" not in text


def test_a_product_that_is_only_transposed_is_written_transposed():
    program = Program(
        """func.func public @main(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>)
            -> tensor<3x2x5xf32> {
          %z = arith.constant 0.0 : f32
          %e = tensor.empty() : tensor<2x3x5xf32>
          %f = linalg.fill ins(%z : f32) outs(%e : tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
          %m = linalg.generic {indexing_maps = [
              affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>,
              affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>,
              affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
              iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
              ins(%a, %b : tensor<2x3x4xf32>, tensor<2x4x5xf32>) outs(%f : tensor<2x3x5xf32>) {
          ^bb0(%p: f32, %q: f32, %acc: f32):
            %u = arith.mulf %p, %q : f32
            %s = arith.addf %acc, %u : f32
            linalg.yield %s : f32
          } -> tensor<2x3x5xf32>
          %o = tensor.empty() : tensor<3x2x5xf32>
          %t = linalg.transpose ins(%m:tensor<2x3x5xf32>) outs(%o:tensor<3x2x5xf32>)
              permutation = [1, 0, 2]
          func.return %t : tensor<3x2x5xf32>
        }""",
        [(2, 3, 4), (2, 4, 5)],
    )
    expected = program.run()
    text = optimize(program)
    assert "(d0, d1, d2, d3) -> (d1, d0, d2)" in text
    assert text.count("linalg.generic") == 1
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-6)
