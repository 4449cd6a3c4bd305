# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The NumPy evaluator against NumPy written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from xdsl.parser import Parser

from iree_explore.context import Parameters, make_context
from iree_explore.errors import GapError, ModelError
from iree_explore.linalg.evaluate import Evaluator, evaluate_function

rng = np.random.default_rng(3)


def run(text: str, *inputs: np.ndarray, parameters: Parameters | None = None) -> list[np.ndarray]:
    module = Parser(make_context(), text).parse_module()
    module.verify()
    return evaluate_function(module, "f", inputs, parameters or Parameters())


def generic(
    maps: Sequence[str], iterators: str, ins: str, outs: str, types: tuple[str, str], body: str
) -> str:
    """A `linalg.generic`; iterators are letters p and r."""
    kinds = ", ".join({"p": '"parallel"', "r": '"reduction"'}[c] for c in iterators)
    inputs = f"ins({ins} : {types[0]}) " if ins else ""
    return (
        f"linalg.generic {{indexing_maps = [{', '.join(f'affine_map<{m}>' for m in maps)}],"
        f" iterator_types = [{kinds}]}} {inputs}outs({outs} : {types[1]}) {{\n{body}\n}}"
        f" -> {types[1]}"
    )


def f32(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def test_matmul_with_broadcast_bias():
    a, b, c = f32(3, 4), f32(4, 5), f32(5)
    add = generic(
        ["(i, j) -> (i, j)", "(i, j) -> (j)", "(i, j) -> (i, j)"], "pp", "%m, %c", "%o",
        ("tensor<3x5xf32>, tensor<5xf32>", "tensor<3x5xf32>"),
        "^bb0(%x: f32, %y: f32, %z: f32):\n%s = arith.addf %x, %y : f32\nlinalg.yield %s : f32",
    )  # fmt: skip
    (y,) = run(
        f"""func.func @f(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<5xf32>,
                         %o: tensor<3x5xf32>) -> tensor<3x5xf32> {{
          %m = linalg.matmul ins(%a, %b : tensor<3x4xf32>, tensor<4x5xf32>)
                             outs(%o : tensor<3x5xf32>) -> tensor<3x5xf32>
          %r = {add}
          func.return %r : tensor<3x5xf32>
        }}""",
        a, b, c, np.ones((3, 5), np.float32),
    )  # fmt: skip
    np.testing.assert_allclose(y, 1 + a @ b + c, rtol=1e-5)


@pytest.mark.parametrize("stride,dilation", [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_convolution_reads_strided_and_dilated_windows(stride: int, dilation: int):
    x, w = f32(2, 9, 9, 3), f32(3, 3, 3, 4)
    out = (9 - 2 * dilation - 1) // stride + 1
    (y,) = run(
        f"""func.func @f(%x: tensor<2x9x9x3xf32>, %w: tensor<3x3x3x4xf32>,
                         %o: tensor<2x{out}x{out}x4xf32>) -> tensor<2x{out}x{out}x4xf32> {{
          %r = linalg.conv_2d_nhwc_hwcf {{
              strides = dense<[{stride}, {stride}]> : tensor<2xi64>,
              dilations = dense<[{dilation}, {dilation}]> : tensor<2xi64>}}
            ins(%x, %w : tensor<2x9x9x3xf32>, tensor<3x3x3x4xf32>)
            outs(%o : tensor<2x{out}x{out}x4xf32>) -> tensor<2x{out}x{out}x4xf32>
          func.return %r : tensor<2x{out}x{out}x4xf32>
        }}""",
        x, w, np.zeros((2, out, out, 4), np.float32),
    )  # fmt: skip
    expected = np.zeros_like(y)
    for i in range(out):
        for j in range(out):
            window = x[:, i * stride :, j * stride :][:, : 3 * dilation : dilation,
                                                      : 3 * dilation : dilation]  # fmt: skip
            expected[:, i, j] = np.einsum("nhwc,hwcf->nf", window, w)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "op,reduce", [("maximumf", np.max), ("minimumf", np.min), ("addf", np.sum), ("mulf", np.prod)]
)
def test_reductions_are_recognised(op: str, reduce):
    x = f32(3, 4, 5)
    body = generic(
        ["(i, j, k) -> (i, j, k)", "(i, j, k) -> (j)"], "rpr", "%x", "%o",
        ("tensor<3x4x5xf32>", "tensor<4xf32>"),
        f"^bb0(%a: f32, %b: f32):\n%s = arith.{op} %b, %a : f32\nlinalg.yield %s : f32",
    )  # fmt: skip
    init = np.full(4, 2, np.float32)
    (y,) = run(
        f"""func.func @f(%x: tensor<3x4x5xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {{
          %r = {body}
          func.return %r : tensor<4xf32>
        }}""",
        x, init,
    )  # fmt: skip
    expected = reduce(np.concatenate([x.transpose(1, 0, 2).reshape(4, -1), init[:, None]], 1), 1)
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_a_reduction_over_nothing_is_its_init():
    body = generic(
        ["(i, j) -> (i, j)", "(i, j) -> (i)"], "pr", "%x", "%o",
        ("tensor<3x0xf32>", "tensor<3xf32>"),
        "^bb0(%a: f32, %b: f32):\n%s = arith.maximumf %b, %a : f32\nlinalg.yield %s : f32",
    )  # fmt: skip
    (y,) = run(
        f"""func.func @f(%x: tensor<3x0xf32>, %o: tensor<3xf32>) -> tensor<3xf32> {{
          %r = {body}
          func.return %r : tensor<3xf32>
        }}""",
        f32(3, 0), np.arange(3, dtype=np.float32),
    )  # fmt: skip
    np.testing.assert_array_equal(y, [0, 1, 2])


def test_any_other_reduction_runs_point_by_point():
    """Argmax has two results that depend on each other."""
    x = f32(4, 7)
    y, i = run(
        """func.func @f(%x: tensor<4x7xf32>, %v: tensor<4xf32>, %i: tensor<4xi32>)
            -> (tensor<4xf32>, tensor<4xi32>) {
          %r, %s = "linalg.generic"(%x, %v, %i) <{operandSegmentSizes = array<i32: 1, 2>,
            indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>,
                             affine_map<(d0, d1) -> (d0)>],
            iterator_types = [#linalg.iterator_type<parallel>,
                              #linalg.iterator_type<reduction>]}> ({
          ^bb0(%a: f32, %best: f32, %at: i32):
            %j = linalg.index 1 : index
            %k = arith.index_cast %j : index to i32
            %c = arith.cmpf ogt, %a, %best : f32
            %m = arith.select %c, %a, %best : f32
            %n = arith.select %c, %k, %at : i32
            linalg.yield %m, %n : f32, i32
          }) : (tensor<4x7xf32>, tensor<4xf32>, tensor<4xi32>) -> (tensor<4xf32>, tensor<4xi32>)
          func.return %r, %s : tensor<4xf32>, tensor<4xi32>
        }""",
        x, np.full(4, -np.inf, np.float32), np.zeros(4, np.int32),
    )  # fmt: skip
    np.testing.assert_array_equal(y, x.max(1))
    np.testing.assert_array_equal(i, x.argmax(1))


def test_maps_outside_an_operand_are_refused():
    body = generic(
        ["(i, j) -> (i + j)", "(i, j) -> (i, j)"], "pp", "%x", "%o",
        ("tensor<?xf32>", "tensor<?x?xf32>"),
        "^bb0(%a: f32, %b: f32):\nlinalg.yield %a : f32",
    )  # fmt: skip
    text = f"""func.func @f(%x: tensor<?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> {{
      %r = {body}
      func.return %r : tensor<?x?xf32>
    }}"""
    (y,) = run(text, f32(4), f32(2, 3))
    assert y.shape == (2, 3)
    with pytest.raises(IndexError, match="reaches outside"):
        run(text, f32(4), f32(3, 3))


@pytest.mark.parametrize(
    "op,a,b,expected",
    [
        ("divsi", -7, 2, -3), ("remsi", -7, 2, -1), ("floordivsi", -7, 2, -4),
        ("ceildivsi", 7, 2, 4), ("divui", -1, 2, 0x7FFFFFFF), ("minui", -1, 2, 2),
        ("maxui", -1, 2, -1), ("shrui", -8, 1, 0x7FFFFFFC), ("shrsi", -8, 1, -4),
        ("shli", 1, 31, -(1 << 31)), ("shli", 1, 32, 0), ("xori", 6, 3, 5), ("subi", 3, 5, -2),
    ],
)  # fmt: skip
def test_integer_ops_are_those_of_arith(op: str, a: int, b: int, expected: int):
    (y,) = run(
        f"""func.func @f(%a: i32, %b: i32) -> i32 {{
          %r = arith.{op} %a, %b : i32
          func.return %r : i32
        }}""",
        np.int32(a), np.int32(b),
    )  # fmt: skip
    assert int(y) == expected


@pytest.mark.parametrize(
    "predicate,expected",
    [("oeq", False), ("une", True), ("ogt", False), ("ugt", True), ("ord", False), ("uno", True)],
)
def test_float_comparisons_know_nan(predicate: str, expected: bool):
    (y,) = run(
        f"""func.func @f(%a: f32, %b: f32) -> i1 {{
          %r = arith.cmpf {predicate}, %a, %b : f32
          func.return %r : i1
        }}""",
        np.float32(np.nan), np.float32(1),
    )  # fmt: skip
    assert bool(y) is expected


def test_booleans_widen_as_signed_and_unsigned():
    y, z = run(
        """func.func @f(%a: i1) -> (i32, i32) {
          %0 = arith.extsi %a : i1 to i32
          %1 = arith.extui %a : i1 to i32
          func.return %0, %1 : i32, i32
        }""",
        np.bool_(True),
    )
    assert (int(y), int(z)) == (-1, 1)


def test_control_flow_and_globals():
    parameters = Parameters()
    parameters.add("model", "w", np.array([1, 2], np.float32))
    text = """
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<2xf32>
    util.global private mutable @calls = 0 : i32
    func.func @g(%x: i32) -> i32 {
      %one = arith.constant 1 : i32
      %y = arith.addi %x, %one : i32
      func.return %y : i32
    }
    func.func @f(%n: index) -> (tensor<2xf32>, i32, i32) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %zero = arith.constant 0 : i32
      %w = util.global.load @w : tensor<2xf32>
      %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (i32) {
        %b = func.call @g(%a) : (i32) -> i32
        scf.yield %b : i32
      }
      %old = util.global.load @calls : i32
      %new = func.call @g(%old) : (i32) -> i32
      util.global.store %new, @calls : i32
      func.return %w, %s, %new : tensor<2xf32>, i32, i32
    }"""
    module = Parser(make_context(), text).parse_module()
    evaluator = Evaluator(module, parameters)
    w, s, first = evaluator.call("f", [np.int64(5)])
    _, _, second = evaluator.call("f", [np.int64(5)])
    np.testing.assert_array_equal(w, [1, 2])
    assert (int(s), int(first), int(second)) == (5, 1, 2)


def test_slices_pads_and_reshapes():
    x = f32(4, 6)
    a, b, c, d = run(
        """func.func @f(%x: tensor<4x6xf32>)
            -> (tensor<3xf32>, tensor<4x6xf32>, tensor<5x9xf32>, tensor<2x2x6xf32>) {
          %v = arith.constant 7.0 : f32
          %a = tensor.extract_slice %x[1, 0] [1, 3] [1, 2] : tensor<4x6xf32> to tensor<3xf32>
          %b = tensor.insert_slice %a into %x[2, 1] [1, 3] [1, 1] : tensor<3xf32> into tensor<4x6xf32>
          %c = tensor.pad %x low[1, -1] high[0, 4] {
          ^bb0(%i: index, %j: index):
            tensor.yield %v : f32
          } : tensor<4x6xf32> to tensor<5x9xf32>
          %d = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 2, 6] : tensor<4x6xf32> into tensor<2x2x6xf32>
          func.return %a, %b, %c, %d : tensor<3xf32>, tensor<4x6xf32>, tensor<5x9xf32>, tensor<2x2x6xf32>
        }""",  # noqa: E501
        x,
    )
    np.testing.assert_array_equal(a, x[1, :6:2])
    expected = x.copy()
    expected[2, 1:4] = a
    np.testing.assert_array_equal(b, expected)
    padded = np.full((5, 9), 7, np.float32)
    padded[1:, :5] = x[:, 1:]
    np.testing.assert_array_equal(c, padded)
    np.testing.assert_array_equal(d, x.reshape(2, 2, 6))


def test_errors_are_typed():
    module = Parser(make_context(), "func.func @f() { func.return }").parse_module()
    with pytest.raises(ModelError, match="IX304 no function 'g'"):
        evaluate_function(module, "g", [], Parameters())
    with pytest.raises(ModelError, match="IX301 f takes 0 inputs, 1 were given"):
        evaluate_function(module, "f", [f32(1)], Parameters())
    module = Parser(
        make_context(),
        """func.func @f(%x: memref<4xf32>) {
          memref.dealloc %x : memref<4xf32>
          func.return
        }""",
    ).parse_module()
    with pytest.raises(GapError, match=r"IX203 memref.dealloc: no evaluation"):
        evaluate_function(module, "f", [f32(4)], Parameters())
