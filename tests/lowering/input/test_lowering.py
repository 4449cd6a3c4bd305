# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the input phase's output looks like where later phases rely on it."""

from __future__ import annotations

from collections import Counter

from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.context import make_context
from iree_explore.frontend.parser import SourceParser
from iree_explore.linalg.structured import contraction_body, is_linalg, structured


def lower(text: str) -> ModuleOp:
    ctx = make_context()
    module = SourceParser(ctx, text).parse_module()
    return pipeline.run(module, ctx, "input", "input")


def ops(module: ModuleOp) -> Counter[str]:
    return Counter(op.name for op in module.walk())


DENSE = """
func.func @main(%x: tensor<?x8xf32>, %w: tensor<8x4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.dot %x, %w : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32>
  %1 = shape.shape_of %0 : tensor<?x4xf32> -> tensor<2xindex>
  %2 = stablehlo.dynamic_broadcast_in_dim %b, %1, dims = [1]
    : (tensor<4xf32>, tensor<2xindex>) -> tensor<?x4xf32>
  %3 = stablehlo.add %0, %2 : tensor<?x4xf32>
  %4 = shape.shape_of %3 : tensor<?x4xf32> -> tensor<2xindex>
  %5 = stablehlo.dynamic_broadcast_in_dim %zero, %4, dims = []
    : (tensor<f32>, tensor<2xindex>) -> tensor<?x4xf32>
  %6 = stablehlo.maximum %3, %5 : tensor<?x4xf32>
  return %6 : tensor<?x4xf32>
}
"""


def test_one_size_value_stands_for_a_dynamic_batch() -> None:
    module = lower(DENSE)
    found = ops(module)
    assert found["tensor.dim"] == 1
    assert found["linalg.matmul"] == 1 and found["linalg.fill"] == 1
    assert not any(name.startswith("shape.") or name == "tensor.extract" for name in found)


def test_splat_operands_become_constants_in_the_body() -> None:
    module = lower(DENSE)
    maximum = next(o for o in module.walk() if o.name == "arith.maximumf")
    assert maximum.operands[1].owner.name == "arith.constant"  # pyright: ignore
    assert maximum.operands[1].owner.parent is maximum.parent  # pyright: ignore


def test_flatten_of_a_dynamic_batch_is_one_collapse() -> None:
    module = lower("""
func.func @main(%x: tensor<?x4x8xf32>) -> tensor<?x32xf32> {
  %0 = shape.shape_of %x : tensor<?x4x8xf32> -> tensor<3xindex>
  %1 = arith.index_cast %0 : tensor<3xindex> to tensor<3xi32>
  %2 = stablehlo.slice %1 [0:1] : (tensor<3xi32>) -> tensor<1xi32>
  %3 = stablehlo.constant dense<32> : tensor<1xi32>
  %4 = stablehlo.concatenate %2, %3, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %5 = stablehlo.dynamic_reshape %x, %4 : (tensor<?x4x8xf32>, tensor<2xi32>) -> tensor<?x32xf32>
  return %5 : tensor<?x32xf32>
}
""")
    assert ops(module) == Counter(
        {"builtin.module": 1, "func.func": 1, "tensor.collapse_shape": 1, "func.return": 1}
    )


def test_a_size_plus_and_minus_a_number_is_the_size() -> None:
    module = lower("""
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %0 = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %1 = stablehlo.add %0, %three : tensor<i32>
  %2 = stablehlo.subtract %1, %one : tensor<i32>
  %3 = stablehlo.subtract %2, %one : tensor<i32>
  %4 = stablehlo.subtract %3, %one : tensor<i32>
  %5 = stablehlo.reshape %4 : (tensor<i32>) -> tensor<1xi32>
  %6 = stablehlo.constant dense<4> : tensor<1xi32>
  %7 = stablehlo.concatenate %5, %6, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %8 = stablehlo.dynamic_reshape %x, %7 : (tensor<?x4xf32>, tensor<2xi32>) -> tensor<?x4xf32>
  return %8 : tensor<?x4xf32>
}
""")
    assert not any(name.startswith(("arith.", "tensor.")) for name in ops(module))


def test_contractions_multiply_and_add_in_the_usual_form() -> None:
    module = lower("""
func.func @main(%x: tensor<2x3x4xf32>, %y: tensor<2x4x5xf32>, %i: tensor<1x5x5x4xf32>,
                %k: tensor<3x3x1x4xf32>) -> (tensor<2x3x5xf32>, tensor<1x3x3x4xf32>) {
  %0 = stablehlo.dot_general %x, %y, batching_dims = [0] x [0], contracting_dims = [2] x [1]
    : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %1 = stablehlo.convolution(%i, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {} {batch_group_count = 1 : i64, feature_group_count = 4 : i64}
    : (tensor<1x5x5x4xf32>, tensor<3x3x1x4xf32>) -> tensor<1x3x3x4xf32>
  return %0, %1 : tensor<2x3x5xf32>, tensor<1x3x3x4xf32>
}
""")
    bodies = [structured(o).body for o in module.walk() if o.name == "linalg.generic"]
    assert len(bodies) == 2 and all(map(contraction_body, bodies))


def test_plain_convolution_is_named_and_padded_before() -> None:
    module = lower("""
func.func @main(%i: tensor<1x5x5x4xf32>, %k: tensor<3x3x4x8xf32>) -> tensor<1x3x3x8xf32> {
  %0 = stablehlo.convolution(%i, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {stride = [2, 2], pad = [[1, 1], [1, 1]]}
    {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x5x5x4xf32>, tensor<3x3x4x8xf32>) -> tensor<1x3x3x8xf32>
  return %0 : tensor<1x3x3x8xf32>
}
""")
    found = ops(module)
    assert found["linalg.conv_2d_nhwc_hwcf"] == 1 and found["tensor.pad"] == 1


def test_loop_counters_stay_scalars() -> None:
    module = lower("""
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %n = stablehlo.constant dense<10> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<4xf32>
  cond {
    %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %w = stablehlo.add %v, %v : tensor<4xf32>
    stablehlo.return %j, %w : tensor<i32>, tensor<4xf32>
  }
  return %0#1 : tensor<4xf32>
}
""")
    found = ops(module)
    assert found["linalg.generic"] == 1 and found["tensor.extract"] == 0
    loop = next(o for o in module.walk() if o.name == "scf.while")
    assert str(loop.operands[0].type) == "i32"


def test_a_reshape_back_leaves_nothing() -> None:
    module = lower("""
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<6xf32>
  %1 = stablehlo.reshape %0 : (tensor<6xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}
""")
    assert not any(is_linalg(o) or o.name.startswith("tensor.") for o in module.walk())


def test_every_new_op_descends_from_a_model_op() -> None:
    ctx = make_context()
    module = SourceParser(ctx, DENSE).parse_module()
    pipeline.run(module, ctx, "input", "input")
    linalg = [o for o in module.walk() if is_linalg(o)]
    from iree_explore.provenance import op_id

    assert linalg
    for op in linalg:
        origin = ctx.provenance.origins[op_id(op)]
        assert origin.ancestors and origin.reason.startswith("Lower"), op.name
