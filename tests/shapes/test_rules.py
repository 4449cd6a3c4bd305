# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shape rules with symbols say at every size what they say with that size; 0 and 1 included."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.func import FuncOp

from iree_explore.context import make_context
from iree_explore.frontend.mlir import import_mlir
from iree_explore.shapes.expressions import symbol
from iree_explore.shapes.functions import infer_function
from iree_explore.stablehlo.base import larger
from iree_explore.stablehlo.ops.convolution import dilated
from iree_explore.stablehlo.ops.reductions import window_count
from iree_explore.stablehlo.ops.slicing import padded_size

N = symbol("n")
SIZES = st.integers(0, 40)
FEW = st.integers(0, 4)
SOME = st.integers(1, 4)


def at(expression, n):
    return expression if isinstance(expression, int) else expression.value({"n": n})


@settings(max_examples=200, deadline=None)
@given(SIZES, st.integers(-5, 5), st.integers(-5, 5), FEW)
def test_padding(n, low, high, interior):
    assert at(padded_size(N, low, high, interior), n) == padded_size(n, low, high, interior)


@settings(max_examples=200, deadline=None)
@given(SIZES, SOME, SOME, SOME, FEW, SOME)
def test_windows(n, window, stride, dilation, pad, spread):
    padded = padded_size(N, pad, pad, spread - 1)
    known = padded_size(n, pad, pad, spread - 1)
    found = window_count(padded, window, stride, dilation)
    assert at(found, n) == window_count(known, window, stride, dilation)
    holes = 0 if n == 0 else (n - 1) * spread + 1
    assert at(dilated(N, spread), n) == dilated(n, spread) == holes
    assert at(larger(N - 3, 0), n) == max(n - 3, 0)


def shapes_of(text):
    ctx = make_context()
    module = import_mlir(text, ctx)
    main = next(o for o in module.body.block.ops if isinstance(o, FuncOp))
    shapes = infer_function(main, ctx.provenance)
    assert not shapes.facts.conflicts
    return [shapes.dims(v) for v in main.body.block.last_op.operands], shapes.facts


COMPUTED = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "maximum": max,
    "minimum": min,
    "divide": lambda a, b: a // b,
    "remainder": lambda a, b: a % b,
}


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("number", [1, 2, 7])
def test_sizes_that_tensors_compute(name, number):
    (((size,),), facts) = shapes_of(f"""func.func @main(
        %x: tensor<?xf32> {{iree.abi.dims = ["n"]}}) -> tensor<?xf32> {{
      %0 = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
      %c = stablehlo.constant dense<{number}> : tensor<i32>
      %1 = stablehlo.{name} %0, %c : tensor<i32>
      %2 = stablehlo.reshape %1 : (tensor<i32>) -> tensor<1xi32>
      %f = stablehlo.constant dense<0.0> : tensor<f32>
      %3 = stablehlo.dynamic_broadcast_in_dim %f, %2, dims = []
        : (tensor<f32>, tensor<1xi32>) -> tensor<?xf32>
      return %3 : tensor<?xf32>
    }}""")
    assert not facts.data
    for n in range(20):
        assert size.value({"n": n}) == COMPUTED[name](n, number)


@pytest.mark.parametrize(
    ("direction", "chosen"),
    [("LT", min), ("GT", max), ("LE", min), ("GE", max)],
)
def test_a_comparison_that_chooses(direction, chosen):
    (((size,),), facts) = shapes_of(f"""func.func @main(
        %x: tensor<?xf32> {{iree.abi.dims = ["n"]}}, %y: tensor<?xf32> {{iree.abi.dims = ["m"]}})
        -> tensor<?xf32> {{
      %0 = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
      %1 = stablehlo.get_dimension_size %y, dim = 0 : (tensor<?xf32>) -> tensor<i32>
      %2 = stablehlo.compare {direction}, %0, %1 : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %3 = stablehlo.select %2, %0, %1 : tensor<i1>, tensor<i32>
      %4 = stablehlo.reshape %3 : (tensor<i32>) -> tensor<1xi32>
      %5 = stablehlo.dynamic_iota %4, dim = 0 : (tensor<1xi32>) -> tensor<?xf32>
      return %5 : tensor<?xf32>
    }}""")
    assert not facts.data
    for n, m in ((0, 0), (1, 3), (3, 1), (2, 2)):
        assert size.value({"n": n, "m": m}) == chosen(n, m)
