# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What shares a dispatch, and what is never computed twice."""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore import pipeline
from iree_explore.flow.dialect import DispatchRegionOp
from tests.linalg.programs import Program, load


def regions(program: Program) -> list[list[str]]:
    """Names of the linalg and tensor ops of each region, empties left out."""
    module = pipeline.run(program.module, program.ctx, "preprocessing", "dispatch-creation")
    return [
        [
            o.name
            for o in region.body.block.ops
            if o.name.startswith(("linalg.", "tensor.")) and o.name != "tensor.empty"
        ]
        for region in module.walk()
        if isinstance(region, DispatchRegionOp)
    ]


def elementwise(ops: str, results: str, shape: str = "4x8") -> Program:
    """A function of %x with `ops`; %e is an empty tensor of the same type."""
    type_ = f"tensor<{shape}xf32>"
    count = len(results.split(","))
    return Program(
        f"""func.func public @main(%x: {type_}) -> ({", ".join([type_] * count)}) {{
          %z = arith.constant 0.0 : f32
          %e = tensor.empty() : {type_}
          {ops.replace("T", type_)}
          func.return {results} : {", ".join([type_] * count)}
        }}""",
        [tuple(int(i) for i in shape.split("x"))],
    )


def unary(result: str, op: str, value: str) -> str:
    return f"%{result} = linalg.{op} ins(%{value} : T) outs(%e : T) -> T\n"


def binary(result: str, op: str, a: str, b: str) -> str:
    return f"%{result} = linalg.{op} ins(%{a}, %{b} : T, T) outs(%e : T) -> T\n"


def test_a_chain_is_one_op():
    program = elementwise(
        unary("a", "exp", "x") + unary("b", "log", "a") + unary("c", "sqrt", "b"), "%c"
    )
    expected = program.run()
    assert regions(program) == [["linalg.generic"]]
    np.testing.assert_allclose(program.run()[0], expected[0])


def test_a_value_read_twice_is_computed_once():
    program = elementwise(
        unary("a", "exp", "x") + unary("b", "log", "a") + unary("c", "sqrt", "a"), "%b, %c"
    )
    module_regions = regions(program)
    assert len(module_regions) == 3
    assert str(program.module).count("math.exp") == 1


def test_a_diamond_is_one_op():
    program = elementwise(
        unary("a", "exp", "x")
        + unary("b", "log", "a")
        + unary("c", "sqrt", "a")
        + binary("d", "add", "b", "c"),
        "%d",
    )
    expected = program.run()
    assert regions(program) == [["linalg.generic"]]
    assert str(program.module).count("math.exp") == 1
    np.testing.assert_allclose(program.run()[0], expected[0])


def test_fills_are_read_by_bodies_and_splats_for_callers():
    program = elementwise(
        "%f = linalg.fill ins(%z : f32) outs(%e : T) -> T\n" + binary("a", "max", "x", "f"),
        "%a, %f",
    )
    assert regions(program) == [["linalg.generic"]]
    assert "flow.tensor.splat" in str(program.module)


def test_softmax_and_layer_norm_are_one_dispatch_each():
    found = regions(load("attention"))
    kinds = [[n for n in names if n != "linalg.fill"] for names in found]
    assert [len(k) for k in kinds][:2] == [1, 4]
    assert len(found) == 4


def test_bias_and_activation_join_the_convolution():
    found = regions(load("cnn"))
    assert ["linalg.fill", "linalg.conv_2d_nhwc_hwcf", "linalg.generic"] in found


def test_concatenation_is_one_dispatch():
    assert ["tensor.insert_slice", "tensor.insert_slice"] in regions(load("slices"))


@pytest.mark.parametrize("batch", ["4", "?"])
def test_a_dense_layer_on_three_dimensions_keeps_its_epilogue(batch: str):
    dynamic = batch == "?"
    flat = "?" if dynamic else "12"
    size = "%n = tensor.dim %x, %c0 : T3" if dynamic else ""
    rows = "%r = arith.muli %n, %c3 : index" if dynamic else ""
    arguments = ("(%r)", "(%n)", "%n") if dynamic else ("()", "()", "4")
    text = f"""
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<8x5xf32>
    util.global private @b = #flow.parameter.named<"model"::"b"> : tensor<5xf32>
    func.func public @main(%x: T3) -> tensor<{batch}x3x5xf32> {{
      %c0 = arith.constant 0 : index
      %c3 = arith.constant 3 : index
      %z = arith.constant 0.0 : f32
      %w = util.global.load @w : tensor<8x5xf32>
      %b = util.global.load @b : tensor<5xf32>
      {size}
      {rows}
      %f = tensor.collapse_shape %x [[0, 1], [2]] : T3 into tensor<{flat}x8xf32>
      %e = tensor.empty{arguments[0]} : tensor<{flat}x5xf32>
      %i = linalg.fill ins(%z : f32) outs(%e : tensor<{flat}x5xf32>) -> tensor<{flat}x5xf32>
      %m = linalg.matmul ins(%f, %w : tensor<{flat}x8xf32>, tensor<8x5xf32>)
                         outs(%i : tensor<{flat}x5xf32>) -> tensor<{flat}x5xf32>
      %y = tensor.expand_shape %m [[0, 1], [2]] output_shape [{arguments[2]}, 3, 5]
          : tensor<{flat}x5xf32> into tensor<{batch}x3x5xf32>
      %o = tensor.empty{arguments[1]} : tensor<{batch}x3x5xf32>
      %bb = linalg.broadcast ins(%b:tensor<5xf32>) outs(%o:tensor<{batch}x3x5xf32>)
          dimensions = [0, 1]
      %s = linalg.add ins(%y, %bb : tensor<{batch}x3x5xf32>, tensor<{batch}x3x5xf32>)
                      outs(%o : tensor<{batch}x3x5xf32>) -> tensor<{batch}x3x5xf32>
      %t = linalg.exp ins(%s : tensor<{batch}x3x5xf32>)
                      outs(%o : tensor<{batch}x3x5xf32>) -> tensor<{batch}x3x5xf32>
      func.return %t : tensor<{batch}x3x5xf32>
    }}""".replace("T3", f"tensor<{batch}x3x8xf32>")
    program = Program(text, [(4, 3, 8)])
    expected = program.run()
    assert regions(program) == [["linalg.fill", "linalg.matmul", "linalg.generic"]]
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-5)


@pytest.mark.parametrize(("window", "dispatches"), [(2, 1), (3, 1), (4, 2)])
def test_a_small_window_pads_what_it_reads(window: int, dispatches: int):
    rest = window - 1
    maps = "[affine_map<(i, j, k, l) -> (i + k, j + l)>, affine_map<(i, j, k, l) -> (k, l)>,"
    program = Program(
        f"""func.func public @main(%x: tensor<30x40xf32>) -> tensor<30x40xf32> {{
          %z = arith.constant 0.0 : f32
          %p = tensor.pad %x low[0, 1] high[{rest}, {rest - 1}] {{
          ^bb0(%i: index, %j: index):
            tensor.yield %z : f32
          }} : tensor<30x40xf32> to tensor<{30 + rest}x{40 + rest}xf32>
          %w = tensor.empty() : tensor<{window}x{window}xf32>
          %e = tensor.empty() : tensor<30x40xf32>
          %f = linalg.fill ins(%z : f32) outs(%e : tensor<30x40xf32>) -> tensor<30x40xf32>
          %r = linalg.generic {{indexing_maps = {maps} affine_map<(i, j, k, l) -> (i, j)>],
            iterator_types = ["parallel", "parallel", "reduction", "reduction"]}}
            ins(%p, %w : tensor<{30 + rest}x{40 + rest}xf32>, tensor<{window}x{window}xf32>)
            outs(%f : tensor<30x40xf32>) {{
          ^bb0(%a: f32, %b: f32, %c: f32):
            %s = arith.addf %c, %a : f32
            linalg.yield %s : f32
          }} -> tensor<30x40xf32>
          func.return %r : tensor<30x40xf32>
        }}""",
        [(30, 40)],
    )
    expected = program.run()
    assert len(regions(program)) == dispatches
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-6)


def test_loops_on_the_host_have_dispatches_inside():
    program = Program(
        """func.func public @main(%x: tensor<4xf32>) -> tensor<4xf32> {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %c3 = arith.constant 3 : index
          %e = tensor.empty() : tensor<4xf32>
          %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> (tensor<4xf32>) {
            %y = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
            %z = linalg.log ins(%y : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
            scf.yield %z : tensor<4xf32>
          }
          func.return %r : tensor<4xf32>
        }""",
        [(4,)],
    )
    expected = program.run()
    assert regions(program) == [["linalg.generic"]]
    pipeline.run(program.module, program.ctx, "flow", "flow")
    np.testing.assert_allclose(program.run()[0], expected[0])


@pytest.mark.parametrize("length", ["7", "?"])
def test_a_bias_joins_a_product_of_one_row_batch_and_unknown_length(length: str):
    size = "%n = tensor.dim %x, %c1 : TX" if length == "?" else ""
    sizes = "(%n)" if length == "?" else "()"
    text = f"""
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<8x5xf32>
    util.global private @b = #flow.parameter.named<"model"::"b"> : tensor<5xf32>
    func.func public @main(%x: TX) -> TY {{
      %c1 = arith.constant 1 : index
      %z = arith.constant 0.0 : f32
      %w = util.global.load @w : tensor<8x5xf32>
      %b = util.global.load @b : tensor<5xf32>
      {size}
      %e = tensor.empty{sizes} : TY
      %f = linalg.fill ins(%z : f32) outs(%e : TY) -> TY
      %m = linalg.generic {{indexing_maps = [
          affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>,
          affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
          iterator_types = ["parallel", "parallel", "parallel", "reduction"]}}
          ins(%x, %w : TX, tensor<8x5xf32>) outs(%f : TY) {{
      ^bb0(%p: f32, %q: f32, %acc: f32):
        %t = arith.mulf %p, %q : f32
        %s = arith.addf %acc, %t : f32
        linalg.yield %s : f32
      }} -> TY
      %bb = linalg.broadcast ins(%b:tensor<5xf32>) outs(%e:TY) dimensions = [0, 1]
      %a = linalg.add ins(%m, %bb : TY, TY) outs(%e : TY) -> TY
      %y = linalg.exp ins(%a : TY) outs(%e : TY) -> TY
      func.return %y : TY
    }}"""
    text = text.replace("TX", f"tensor<1x{length}x8xf32>").replace(
        "TY", f"tensor<1x{length}x5xf32>"
    )
    program = Program(text, [(1, 7, 8)])
    expected = program.run()
    assert [[n for n in r if n != "linalg.fill"] for r in regions(program)] == [
        ["linalg.generic", "linalg.generic"]
    ]
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-6)
