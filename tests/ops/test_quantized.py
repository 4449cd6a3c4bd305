# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantised types and ops: the reference against the definition in NumPy, llvm-cpu against it."""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore.context import make_context
from iree_explore.frontend.parser import SourceParser

from .targets import run_llvm_cpu, run_reference

Q = "!quant.uniform<i8:f32, 0.5:3>"
R = "!quant.uniform<i8<-127:127>:f32, 2.500000e-01:-7>"
AXIS = "!quant.uniform<i8:f32:1, {0.5, 0.25:2, 2.0:-3}>"


@pytest.mark.parametrize("type_", [
    "!quant.uniform<i8:f32, 5.000000e-01:3>",
    "!quant.uniform<i8:f32, 1.000000e-01>",
    "!quant.uniform<i8<-127:127>:f32:1, {1.000000e-01, 2.000000e-01:5}>",
    "!quant.uniform<u8<0:254>:bf16, 3.300000e+00:4>",
    "!quant.uniform<i4:f32:0, {1.000000e+00:-8, 2.000000e+00:7}>",
    "!quant.uniform<i16:f64, 1.234567890123456e-05>",
])  # fmt: skip
def test_types_print_as_they_are_parsed(type_: str) -> None:
    tensor = f"tensor<2x2x{type_}>"
    text = f"func.func @main(%a: {tensor}) -> {tensor} {{ return %a : {tensor} }}"
    module = SourceParser(make_context(), text).parse_module()
    again = SourceParser(make_context(), str(module)).parse_module()
    module.verify()
    assert str(again) == str(module)
    if "e-05" not in type_:
        assert f"tensor<2x2x{type_}>" in str(module)


@pytest.mark.parametrize("type_", [
    "!quant.uniform<i8:f32, -0.5:3>",
    "!quant.uniform<i8:f32, 0.5:300>",
    "!quant.uniform<i8<5:2>:f32, 0.5>",
    "!quant.uniform<i8:i32, 0.5>",
    "!quant.uniform<x8:f32, 0.5>",
])  # fmt: skip
def test_wrong_types_are_refused(type_: str) -> None:
    text = f"func.func @main(%a: tensor<2x{type_}>) -> () {{ return }}"
    with pytest.raises(Exception, match=r"C4|C8|C6|float|storage"):
        SourceParser(make_context(), text).parse_module()


def quantize(x, scale, zero, low=-128, high=127):
    wide = np.float32(x) / np.float32(scale) + np.float32(zero)
    return np.rint(np.clip(wide, low, high)).astype(np.int8)


def dequantize(x, scale, zero):
    return (x.astype(np.float32) - np.float32(zero)) * np.float32(scale)


def main(signature: str, body: str, result: str) -> str:
    return f"func.func @main({signature}) -> {result} {{\n{body}\n  return %r : {result}\n}}"


def check(text: str, inputs: list[np.ndarray], want: np.ndarray) -> None:
    (reference,) = run_reference(text, inputs)
    assert reference.dtype == want.dtype
    np.testing.assert_array_equal(reference, want)
    (compiled,) = run_llvm_cpu(text, inputs)
    assert compiled.dtype == want.dtype
    np.testing.assert_array_equal(compiled, want)


ALL = np.arange(-128, 128).astype(np.int8)
OTHER = np.random.default_rng(0).permutation(ALL)
FLOATS = np.array([0, -0.0, 0.25, 0.75, 1.25, -0.25, 62, 62.2, 1e3, -1e3, np.inf, -np.inf, np.nan],
                  np.float32)  # fmt: skip


def test_quantize_rounds_to_even_and_clamps() -> None:
    with np.errstate(all="ignore"):
        want = np.where(np.isnan(FLOATS), 0, quantize(np.nan_to_num(FLOATS, nan=-1.5), 0.5, 3))
    text = main("%a: tensor<13xf32>", f"  %r = stablehlo.uniform_quantize %a : (tensor<13xf32>) -> "
                f"tensor<13x{Q}>", f"tensor<13x{Q}>")  # fmt: skip
    check(text, [FLOATS], want.astype(np.int8))


def test_quantize_by_axis_of_unknown_size() -> None:
    x = np.random.default_rng(1).normal(0, 40, (5, 3)).astype(np.float32)
    scale, zero = np.float32([0.5, 0.25, 2.0]), np.float32([0, 2, -3])
    text = main("%a: tensor<?x3xf32>", f"  %r = stablehlo.uniform_quantize %a : (tensor<?x3xf32>) "
                f"-> tensor<?x3x{AXIS}>", f"tensor<?x3x{AXIS}>")  # fmt: skip
    stored = quantize(x, scale, zero)
    check(text, [x], stored)
    text = main(f"%a: tensor<?x3x{AXIS}>", f"  %r = stablehlo.uniform_dequantize %a : "
                f"(tensor<?x3x{AXIS}>) -> tensor<?x3xf32>", "tensor<?x3xf32>")  # fmt: skip
    check(text, [stored], dequantize(stored, scale, zero))


def test_requantize() -> None:
    text = main(f"%a: tensor<256x{Q}>", f"  %r = stablehlo.uniform_quantize %a : (tensor<256x{Q}>) "
                f"-> tensor<256x{R}>", f"tensor<256x{R}>")  # fmt: skip
    check(text, [ALL], quantize(dequantize(ALL, 0.5, 3), 0.25, -7, -127, 127))


BINARY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "maximum": np.maximum,
    "minimum": np.minimum,
}  # fmt: skip


def test_elementwise_ops_compute_on_floats() -> None:
    a, b = dequantize(ALL, 0.5, 3), dequantize(OTHER, 0.25, -7)
    t, u = f"tensor<256x{Q}>", f"tensor<256x{R}>"
    lines, want = [], []
    for i, (name, function) in enumerate(BINARY.items()):
        lines.append(f"  %{i} = stablehlo.{name} %a, %b : ({t}, {u}) -> {t}")
        want.append(quantize(function(a, b), 0.5, 3))
    lines.append(f"  %5 = stablehlo.negate %a : ({t}) -> {u}")
    want.append(quantize(-a, 0.25, -7, -127, 127))
    lines.append(f"  %6 = stablehlo.floor %a : {t}")
    want.append(quantize(np.floor(a), 0.5, 3))
    lines.append(f"  %7 = stablehlo.compare LT, %a, %b : ({t}, {u}) -> tensor<256xi1>")
    want.append(a < b)
    lines.append(f"  %8 = stablehlo.clamp %b, %a, %a : ({u}, {t}, {t}) -> {t}")
    want.append(quantize(np.minimum(np.maximum(a, b), a), 0.5, 3))
    lines.append(f"  %9 = stablehlo.select %7, %a, %b : (tensor<256xi1>, {t}, {u}) -> {t}")
    want.append(quantize(np.where(a < b, a, b), 0.5, 3))
    types = ", ".join([t] * 5 + [u, t, "tensor<256xi1>", t, t])
    text = (f"func.func @main(%a: {t}, %b: {u}) -> ({types}) {{\n" + "\n".join(lines)
            + f"\n  return {', '.join(f'%{i}' for i in range(10))} : {types}\n}}")  # fmt: skip
    for run in (run_reference, run_llvm_cpu):
        for i, (got, wanted) in enumerate(zip(run(text, [ALL, OTHER]), want, strict=True)):
            np.testing.assert_array_equal(got, wanted, err_msg=lines[i])


def test_data_moves_in_storage() -> None:
    t = f"tensor<4x3x{AXIS}>"
    moved = AXIS.replace(":1,", ":0,")
    body = f"""  %0 = stablehlo.reverse %a, dims = [0] : {t}
      %1 = stablehlo.concatenate %a, %0, dim = 0 : ({t}, {t}) -> tensor<8x3x{AXIS}>
      %2 = stablehlo.slice %1 [2:7, 0:3] : (tensor<8x3x{AXIS}>) -> tensor<5x3x{AXIS}>
      %r = stablehlo.transpose %2, dims = [1, 0] : (tensor<5x3x{AXIS}>) -> tensor<3x5x{moved}>"""
    a = np.arange(-6, 6).astype(np.int8).reshape(4, 3)
    check(main(f"%a: {t}", body, f"tensor<3x5x{moved}>"), [a],
          np.concatenate([a, a[::-1]])[2:7].T.copy())  # fmt: skip


def test_constants_hold_storage() -> None:
    literal = "value = dense<[1, -2, 127]> : tensor<3xi8>"
    body = f"""  %c = stablehlo.constant() {{{literal}}} : () -> tensor<3x{Q}>
      %r = stablehlo.add %a, %c : tensor<3x{Q}>"""
    a = np.array([3, 4, 5], np.int8)
    c = np.array([1, -2, 127], np.int8)
    check(main(f"%a: tensor<3x{Q}>", body, f"tensor<3x{Q}>"), [a],
          quantize(dequantize(a, 0.5, 3) + dequantize(c, 0.5, 3), 0.5, 3))  # fmt: skip


def test_unsigned_and_narrow_storage() -> None:
    q, r = "!quant.uniform<u8:f32, 0.5:128>", "!quant.uniform<i4:f32, 8.0:1>"
    x = np.arange(256).astype(np.uint8)
    text = main(f"%a: tensor<256x{q}>", f"  %r = stablehlo.uniform_quantize %a : (tensor<256x{q}>) "
                f"-> tensor<256x{r}>", f"tensor<256x{r}>")  # fmt: skip
    want = np.rint(np.clip((x.astype(np.float32) - 128) * 0.5 / 8 + 1, -8, 7))
    (got,) = run_llvm_cpu(text, [x])
    (reference,) = run_reference(text, [x])
    assert got.dtype == reference.dtype == "int4"
    np.testing.assert_array_equal(got.astype(int), want)
    np.testing.assert_array_equal(reference.astype(int), want)


WEIGHTS = "!quant.uniform<i8:f32:1, {0.5, 0.25, 2.0}>"


def test_hybrid_dot() -> None:
    x = np.random.default_rng(2).integers(-8, 8, (2, 4)).astype(np.float32)
    w = np.random.default_rng(3).integers(-128, 127, (4, 3)).astype(np.int8)
    text = main(f"%a: tensor<?x4xf32>, %b: tensor<4x3x{WEIGHTS}>",
                "  %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : "
                f"(tensor<?x4xf32>, tensor<4x3x{WEIGHTS}>) -> tensor<?x3xf32>",
                "tensor<?x3xf32>")  # fmt: skip
    check(text, [x, w], x @ dequantize(w, np.float32([0.5, 0.25, 2.0]), 0))


def test_quantized_dot_and_convolution() -> None:
    rng = np.random.default_rng(4)
    a = rng.integers(-20, 20, (1, 5, 5, 2)).astype(np.int8)
    w = rng.integers(-20, 20, (3, 3, 2, 3)).astype(np.int8)
    t = f"tensor<1x5x5x2x{Q}>"
    k, out = "!quant.uniform<i8:f32, 0.25>", "!quant.uniform<i8:f32, 4.0:3>"
    text = main(f"%a: {t}, %b: tensor<3x3x2x3x{k}>",
                "  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->"
                "[b, 0, 1, f], window = {stride = [1, 1]} {batch_group_count = 1 : i64, "
                f"feature_group_count = 1 : i64}} : ({t}, tensor<3x3x2x3x{k}>) -> "
                f"tensor<1x3x3x3x{out}>", f"tensor<1x3x3x3x{out}>")  # fmt: skip
    x, y = dequantize(a, 0.5, 3), dequantize(w, 0.25, 0)
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (3, 3), (0, 1))
    want = np.einsum("abchw,hwco->abo", windows, y)[None]
    check(text, [a, w], quantize(want, 4.0, 3))


def test_reduce_with_a_quantised_body() -> None:
    x = np.random.default_rng(5).integers(-20, 20, (3, 4)).astype(np.int8)
    text = f"""func.func @main(%a: tensor<3x4x{Q}>, %z: tensor<{Q}>) -> tensor<3x{Q}> {{
      %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1]
        : (tensor<3x4x{Q}>, tensor<{Q}>) -> tensor<3x{Q}>
      return %r : tensor<3x{Q}>
    }}"""
    total = np.full(3, 3, np.int8)
    for column in x.T:
        total = quantize(dequantize(total, 0.5, 3) + dequantize(column, 0.5, 3), 0.5, 3)
    check(text, [x, np.array(3, np.int8)], total)
