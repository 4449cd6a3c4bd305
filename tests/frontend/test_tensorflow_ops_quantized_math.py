# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Uniform quantisation and arithmetic on quantised tensors: the same integers as TensorFlow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontend.tensorflow_ops import Case, Fixed, check, f32, i32

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(6)
X = (RNG.normal(size=(20, 3)) * 3).astype(np.float32)
raw = tf.raw_ops
EIGHT = {"quantization_min_val": -128, "quantization_max_val": 127}
WIDE = {"quantization_min_val": -(2**31), "quantization_max_val": 2**31 - 1}
ONE, CHANNELS = (f32(0.03), i32(5)), (f32([0.03, 0.2, 0.011]), i32([5, 0, 9]))
OTHER = (f32(0.07), i32(-2)), (f32([0.013, 0.3, 1.7]), i32([-5, 0, 3]))


def bytes_(*shape: int) -> np.ndarray:
    """Any int8."""
    return RNG.integers(-128, 128, size=shape).astype(np.int8)


def words(*shape: int) -> np.ndarray:
    """int32 of some size."""
    return RNG.integers(-(2**28), 2**28, size=shape).astype(np.int32)


def limits(**ranges: dict[str, int]) -> dict[str, int]:
    """`lhs=EIGHT` as the attributes of an op."""
    return {f"{name}_{key}": value for name, r in ranges.items() for key, value in r.items()}


def product(right: int, out: int, left: Any, kernel: Any, **options: Any) -> Case:
    """A dot product or, with options, a convolution, whose right side may have channels."""
    axis = kernel.ndim - 1
    axes = {"rhs_quantization_axis": axis if right else -1}
    axes |= {"output_quantization_axis": axis if out else -1}
    op = raw.UniformQuantizedConvolution if options else raw.UniformQuantizedDot
    ranges = limits(lhs=EIGHT, rhs=EIGHT, output=WIDE)

    def function(x: Any, k: Any, *given: Any) -> Any:
        names = [
            f"{side}_{n}" for side in ("lhs", "rhs", "output") for n in ("scales", "zero_points")
        ]
        named = dict(zip(names, given, strict=True))
        named["output_scales"] *= 1e-4
        sides = {"lhs": tf.bitcast(x, tf.qint8), "rhs": tf.bitcast(k, tf.qint8)}
        return op(**sides, **named, Tout=tf.qint32, **axes, **ranges, **options)

    scales = (*ONE, *(CHANNELS if right else ONE), *OTHER[out])
    return function, [left, Fixed(kernel), *scales]


def convolution(right: int = 0, out: int = 0, **options: Any) -> Case:
    """A convolution of NHWC by HWIO."""
    from tensorflow.core.util.quantization import uniform_quant_ops_attr_pb2

    numbers = uniform_quant_ops_attr_pb2.UniformQuantizedConvolutionDimensionNumbersAttr(
        input_batch_dimension=0, input_feature_dimension=3, input_spatial_dimensions=[1, 2],
        kernel_output_feature_dimension=3, kernel_input_feature_dimension=2,
        kernel_spatial_dimensions=[0, 1], output_batch_dimension=0, output_feature_dimension=3,
        output_spatial_dimensions=[1, 2],
    )  # fmt: skip
    groups = options.get("feature_group_count", 1), options.get("batch_group_count", 1)
    left = bytes_(2 * groups[1], 5, 6, 2 * groups[0])
    options |= {"dimension_numbers": numbers.SerializeToString()}
    return product(right, out, left, bytes_(2, 3, 2, 3), **options)


def uniform(axis: int) -> dict[str, Case]:
    """Ops of one tensor, with scales for all of it or for channels."""
    scales = ONE if axis < 0 else CHANNELS
    bounds = (i32(-50), i32(90)) if axis < 0 else (i32([-50, -3, 0]), i32([4, 30, 2]))
    given = {"quantization_axis": axis}
    return {
        f"quantise {axis}": (
            lambda x, s, z: raw.UniformQuantize(
                input=x, scales=s, zero_points=z, Tout=tf.qint8, **given, **EIGHT
            ),
            [X, *scales],
        ),
        f"dequantise {axis}": (
            lambda x, s, z: raw.UniformDequantize(
                input=tf.bitcast(x, tf.qint32), scales=s, zero_points=z, Tout=tf.float32,
                **given, **WIDE,
            ),
            [words(5, 3), *scales],
        ),
        f"clip {axis}": (
            lambda x, low, high, s, z: raw.UniformQuantizedClipByValue(
                operand=tf.bitcast(x, tf.qint32), min=tf.bitcast(low, tf.qint32),
                max=tf.bitcast(high, tf.qint32), scales=s, zero_points=z, **given, **WIDE,
            ),
            [words(5, 3) >> 20, *bounds, *scales],
        ),
        f"requantise {axis}": (
            lambda x, s, z, t, w: raw.UniformRequantize(
                input=tf.bitcast(x, tf.qint8), input_scales=s, input_zero_points=z,
                output_scales=t, output_zero_points=w, Tout=tf.qint8,
                input_quantization_axis=axis, **limits(input=EIGHT, output=EIGHT),
            ),
            [bytes_(20, 3), *scales, *OTHER[0]],
        ),
        f"add {axis}": (
            lambda x, y, s, z, t, w, u, v: raw.UniformQuantizedAdd(
                lhs=tf.bitcast(x, tf.qint32), rhs=tf.bitcast(y, tf.qint32), lhs_scales=s,
                lhs_zero_points=z, rhs_scales=t, rhs_zero_points=w, output_scales=u,
                output_zero_points=v, lhs_quantization_axis=axis, rhs_quantization_axis=axis,
                output_quantization_axis=axis, **limits(lhs=WIDE, rhs=WIDE, output=WIDE),
            ),
            [words(6, 3) >> 8, words(1, 3) >> 8, *scales, *scales, *OTHER[axis > 0]],
        ),
    }  # fmt: skip


UNIFORM: dict[str, Case] = {
    **uniform(-1),
    **uniform(1),
    "dot": product(0, 0, bytes_(6, 7), bytes_(7, 3)),
    "dot by channel": product(1, 0, bytes_(6, 7), bytes_(7, 3)),
    "dot to channels": product(1, 1, bytes_(6, 7), bytes_(7, 3)),
    "convolution": convolution(padding="VALID"),
    "strides": convolution(1, 1, padding="SAME", window_strides=[2, 2]),
    "gaps": convolution(
        padding="EXPLICIT", explicit_padding=[1, 0, 2, 1], rhs_dilation=[1, 2], lhs_dilation=[2, 3]
    ),
    "groups": convolution(1, 0, padding="SAME", feature_group_count=3),
    "groups of the batch": convolution(padding="SAME", batch_group_count=3),
}


def ranged(op: str, *operands: tuple[str, Any, Any], **options: Any) -> Case:
    """An op on operands (name, integers, type), each with a range."""
    ends = ((-1.5, 3.0), (-0.7, 2.2))

    def function(*given: Any) -> Any:
        named = {}
        for (name, _, dtype), x, (low, high) in zip(operands, given, ends, strict=False):
            tail = f"_{name}"
            named |= {name: tf.bitcast(x, dtype), f"min{tail}": low, f"max{tail}": high}
        return tuple(getattr(raw, op)(**named, **options))

    return function, [x for _, x, _ in operands]


def octets(*shape: int) -> np.ndarray:
    """Any uint8."""
    return RNG.integers(0, 256, size=shape).astype(np.uint8)


Q, W = tf.quint8, tf.qint32
A, IMAGES = octets(5, 7), octets(2, 5, 6, 3)
POOL = {"ksize": [1, 2, 3, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}


def narrowed(op: str, **options: Any) -> Case:
    """An op that makes 8 bits of 32."""
    return (
        lambda x: tuple(
            getattr(raw, op)(input=tf.bitcast(x, W), input_min=-300.0, input_max=300.0, **options)
        ),
        [words(20, 7)],
    )


def joined(dtype: Any, left: Any, right: Any) -> Case:
    """Two tensors of different ranges side by side."""
    return (
        lambda x, y: tuple(
            raw.QuantizedConcat(
                concat_dim=1,
                values=[tf.bitcast(x, dtype), tf.bitcast(y, dtype)],
                input_mins=[-1.5, -0.7],
                input_maxes=[3.0, 2.2],
            )
        ),
        [left, right],
    )


RANGED: dict[str, Case] = {
    "matmul": ranged("QuantizedMatMul", ("a", A, Q), ("b", octets(7, 3), Q)),
    "transposed": ranged("QuantizedMatMul", ("a", A, Q), ("b", A, Q), transpose_b=True),
    "convolution": ranged(
        "QuantizedConv2D",
        ("input", Fixed(IMAGES), Q),
        ("filter", Fixed(octets(3, 2, 3, 4)), Q),
        strides=[1, 2, 2, 1],
        padding="SAME",
    ),
    "mul": ranged("QuantizedMul", ("x", A, Q), ("y", octets(7), Q)),
    "add": ranged("QuantizedAdd", ("x", A, Q), ("y", octets(7), Q)),
    "bias": ranged("QuantizedBiasAdd", ("input", A, Q), ("bias", octets(7), Q), out_type=tf.qint32),
    "relu": ranged("QuantizedRelu", ("features", A, Q), out_type=Q),
    "relu of words": ranged("QuantizedRelu6", ("features", words(5, 7), W), out_type=W),
    "greatest": ranged("QuantizedMaxPool", ("input", IMAGES, Q), **POOL),
    "mean": ranged("QuantizedAvgPool", ("input", IMAGES, Q), **POOL),
    "mean of signed": ranged("QuantizedAvgPool", ("input", bytes_(2, 5, 6, 3), tf.qint8), **POOL),
    "concat": joined(Q, A, octets(5, 3)),
    "concat of words": joined(W, words(5, 7), words(5, 3)),
    "reshape": (
        lambda x: tuple(
            raw.QuantizedReshape(tensor=tf.bitcast(x, Q), shape=[-1], input_min=-1.5, input_max=3.0)
        ),
        [A],
    ),
    "requantise": narrowed(
        "Requantize", requested_output_min=-20.0, requested_output_max=31.0, out_type=Q
    ),
    "range": narrowed("RequantizationRange"),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
@pytest.mark.parametrize("family", ["UNIFORM", "RANGED"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown, rtol=0, atol=0)


@pytest.mark.parametrize("unknown", ["none", "all"])
def test_shrunk_ranges_match_tensorflow(unknown: str) -> None:
    check({"shrink": narrowed("QuantizeDownAndShrinkRange", out_type=Q)}, unknown, rtol=1e-6)
