# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Uniform quantisation: integers with scales and zero points, for a tensor or for each channel.

Integers of one scale become those of another by a multiplier of 31 bits and a shift, rounded once,
as in TensorFlow's kernels: results are the same integers.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.quantized import channels, product, quotient, to_integer


def _multiplier(tf: Any, factor: Any) -> tuple[Any, Any]:
    """A positive float64 as an int64 below 2**31 and how far to shift left, from its bits."""
    bits = tf.bitcast(factor, tf.int64)
    shift = tf.bitwise.right_shift(bits, tf.constant(52, tf.int64)) - 1022
    fraction = tf.bitwise.bitwise_and(bits, tf.constant(2**52 - 1, tf.int64)) + 2**52
    number = tf.bitwise.right_shift(fraction + 2**21, tf.constant(22, tf.int64))
    one = tf.ones([], tf.int64)
    full = number == 2**31
    number, shift = tf.where(full, 2**30 * one, number), tf.where(full, shift + 1, shift)
    none, much = shift < -31, shift > 30
    number = tf.where(none, 0 * one, tf.where(much, (2**31 - 1) * one, number))
    return number, tf.where(none, 0 * one, tf.minimum(shift, 30))


def rescaled(tf: Any, x: Any, factor: Any, zero: Any, limits: tuple[int, int], dtype: Any) -> Any:
    """int32 times a float64 factor, moved by `zero` and clamped to `limits`."""
    number, shift = _multiplier(tf, factor)
    places = 31 - shift
    half = tf.bitwise.left_shift(tf.ones([], tf.int64), places - 1)
    wide = tf.bitwise.right_shift(tf.cast(x, tf.int64) * number + half, places)
    narrow = tf.cast(tf.clip_by_value(wide, tf.int32.min, tf.int32.max), tf.int32) + zero
    return tf.cast(tf.maximum(tf.minimum(narrow, limits[1]), limits[0]), dtype)


def _limits(call: Call, name: str) -> tuple[int, int]:
    return call.integer(f"{name}_min_val"), call.integer(f"{name}_max_val")


def _wide(tf: Any, x: Any) -> Any:
    return tf.cast(x, tf.float64)


@composition("UniformQuantize")
def uniform_quantize(tf: Any, call: Call, x: Any, scales: Any, zeros: Any) -> Any:
    """Integers nearest to floats over scales, halves up."""
    axis = call.integer("quantization_axis", -1)
    scales, zeros = (channels(tf, v, x.shape.rank, axis) for v in (scales, zeros))
    placed = tf.floor(product(tf, x, quotient(tf, tf.ones([], x.dtype), scales)) + 0.5)
    low, high = _limits(call, "quantization")
    moved = to_integer(tf, placed, tf.int32) + zeros
    return tf.cast(tf.maximum(tf.minimum(moved, high), low), call.dtype(tf))


@composition("UniformDequantize")
def uniform_dequantize(tf: Any, call: Call, x: Any, scales: Any, zeros: Any) -> Any:
    """Floats that integers stand for."""
    axis = call.integer("quantization_axis", -1)
    scales, zeros = (channels(tf, v, x.shape.rank, axis) for v in (scales, zeros))
    return (tf.cast(x, tf.float32) - tf.cast(zeros, tf.float32)) * scales


@composition("UniformRequantize")
def uniform_requantize(tf: Any, call: Call, x: Any, *given: Any) -> Any:
    """Integers of other scales and zero points."""
    axes = [call.integer(f"{n}_quantization_axis", -1) for n in ("input", "input", "output")]
    axes.append(axes[2])
    rank = x.shape.rank
    placed = [channels(tf, v, rank, axis) for v, axis in zip(given, axes, strict=True)]
    scales, zeros, new_scales, new_zeros = placed
    factor = quotient(tf, _wide(tf, scales), new_scales)
    limits = _limits(call, "output_quantization")
    return rescaled(tf, tf.cast(x, tf.int32) - zeros, factor, new_zeros, limits, call.dtype(tf))


def _product_scaled(tf: Any, call: Call, sums: Any, channel: int, given: Any) -> Any:
    """Sums of products of integers, with the scales of both sides and of the result."""
    left, right, result, zero = given
    right, result, zero = (
        channels(tf, v, sums.shape.rank, channel if v.shape.rank else -1)
        for v in (right, result, zero)
    )
    factor = quotient(tf, _wide(tf, left) * _wide(tf, right), result)
    limits = _limits(call, "output_quantization")
    return rescaled(tf, sums, factor, zero, limits, call.dtype(tf))


@composition("UniformQuantizedDot")
def uniform_dot(tf: Any, call: Call, left: Any, right: Any, *given: Any) -> Any:
    """A matrix product; the columns of the right one may have scales of their own."""
    scale, zero, right_scales, right_zeros, out_scales, out_zeros = given
    moved = (tf.cast(left, tf.int32) - zero, tf.cast(right, tf.int32) - right_zeros)
    scales = (scale, right_scales, out_scales, out_zeros)
    return _product_scaled(tf, call, tf.matmul(*moved), 1, scales)


@composition("UniformQuantizedAdd")
def uniform_add(tf: Any, call: Call, left: Any, right: Any, *given: Any) -> Any:
    """The sum of two tensors of different scales, broadcast."""
    out_scales, out_zeros = given[4:]
    rank = max(left.shape.rank, right.shape.rank)
    axis = call.integer("output_quantization_axis", -1)
    out_scales, out_zeros = (channels(tf, v, rank, axis) for v in (out_scales, out_zeros))
    total = out_zeros
    full = (tf.int32.min, tf.int32.max)
    sides = (("lhs", left, given[:2]), ("rhs", right, given[2:4]))
    for name, x, (scales, zeros) in sides:
        own = call.integer(f"{name}_quantization_axis", -1)
        own += (rank - x.shape.rank) if own >= 0 else 0
        scales, zeros = (channels(tf, v, rank, own) for v in (scales, zeros))
        factor = quotient(tf, _wide(tf, scales), out_scales)
        total += rescaled(tf, tf.cast(x, tf.int32) - zeros, factor, 0, full, tf.int32)
    low, high = _limits(call, "output_quantization")
    return tf.cast(tf.maximum(tf.minimum(total, high), low), call.dtype(tf))


@composition("UniformQuantizedClipByValue")
def uniform_clip(tf: Any, call: Call, x: Any, low: Any, high: Any, scales: Any, zeros: Any) -> Any:
    """Integers between bounds, of the tensor or of each channel."""
    axis = call.integer("quantization_axis", -1)
    low, high = (channels(tf, v, x.shape.rank, axis) for v in (low, high))
    return tf.maximum(tf.minimum(x, high), low)


class _Window:
    """How a convolution goes over its input: lists of one entry a spatial dimension."""

    def __init__(self, call: Call, spatial: int) -> None:
        self.strides = call.numbers("window_strides") or [1] * spatial
        self.dilations = call.numbers("rhs_dilation") or [1] * spatial
        self.gaps = call.numbers("lhs_dilation") or [1] * spatial
        self.padding = call.text("padding")
        self.explicit = call.numbers("explicit_padding")

    def pads(self, tf: Any, sizes: Any, kernel: Any) -> Any:
        """[before, after] of each spatial dimension, of sizes with gaps."""
        if self.padding == "EXPLICIT":
            return tf.reshape(tf.constant(self.explicit, tf.int32), [-1, 2])
        if self.padding == "VALID":
            return tf.zeros([len(self.strides), 2], tf.int32)
        strides = tf.constant(self.strides, tf.int32)
        reach = (kernel - 1) * tf.constant(self.dilations, tf.int32) + 1
        steps = (sizes + strides - 1) // strides
        total = tf.maximum((steps - 1) * strides + reach - sizes, 0)
        return tf.stack([total // 2, total - total // 2], 1)


def _dimension_orders(call: Call, rank: int) -> tuple[list[int], list[int], list[int]]:
    """Permutations to batch, spatial..., feature of input and result, to spatial..., input feature,
    output feature of the kernel."""
    from tensorflow.core.util.quantization import uniform_quant_ops_attr_pb2

    spatial = list(range(2, rank))
    text = call.text("dimension_numbers")
    if not text:
        return [0, *spatial, 1], [*spatial, 1, 0], [0, *spatial, 1]
    kind = uniform_quant_ops_attr_pb2.UniformQuantizedConvolutionDimensionNumbersAttr  # pyright: ignore
    n = kind.FromString(text.encode("latin-1"))
    return (
        [n.input_batch_dimension, *n.input_spatial_dimensions, n.input_feature_dimension],
        [
            *n.kernel_spatial_dimensions,
            n.kernel_input_feature_dimension,
            n.kernel_output_feature_dimension,
        ],
        [n.output_batch_dimension, *n.output_spatial_dimensions, n.output_feature_dimension],
    )


def _with_gaps(tf: Any, x: Any, axis: int, gap: int) -> Any:
    """`gap - 1` zeros between the elements of a dimension."""
    if gap == 1:
        return x
    wide = tf.pad(tf.expand_dims(x, axis + 1), [[0, 0]] * (axis + 1) + [[0, gap - 1]]
                  + [[0, 0]] * (x.shape.rank - axis - 1))  # fmt: skip
    shape = tf.shape(x)
    merged = tf.concat([shape[:axis], [shape[axis] * gap], shape[axis + 1 :]], 0)
    return tf.reshape(wide, merged)[(slice(None),) * axis + (slice(None, 1 - gap),)]


def _convolved(tf: Any, call: Call, left: Any, right: Any) -> Any:
    """The convolution of int32 tensors whose zeros are 0, in the order of the result, and the
    result's channel dimension; None for more than two spatial dimensions."""
    rank = left.shape.rank
    if rank not in (3, 4):
        return None
    window = _Window(call, rank - 2)
    orders = _dimension_orders(call, rank)
    left, right = tf.transpose(left, orders[0]), tf.transpose(right, orders[1])
    for axis, gap in enumerate(window.gaps, 1):
        left = _with_gaps(tf, left, axis, gap)
    pads = window.pads(tf, tf.shape(left)[1:-1], tf.shape(right)[:-2])
    left = tf.pad(left, tf.concat([[[0, 0]], pads, [[0, 0]]], 0))
    if right.shape[-2] is not None:
        features = right.shape[-2] * call.integer("feature_group_count", 1)
        left = tf.reshape(left, tf.concat([tf.shape(left)[:-1], [features]], 0))
    strides, dilations = window.strides, window.dilations
    if rank == 3:
        left, right = left[:, tf.newaxis], right[tf.newaxis]
        strides, dilations = [1, *strides], [1, *dilations]
    groups = call.integer("batch_group_count", 1)
    parts = zip(tf.split(left, groups, 0), tf.split(right, groups, 3), strict=True)
    made = [tf.nn.conv2d(x, k, strides, "VALID", dilations=dilations) for x, k in parts]
    result = tf.concat(made, 3)
    if rank == 3:
        result = result[:, 0]
    back = [orders[2].index(i) for i in range(rank)]
    return tf.transpose(result, back), orders[2][-1]


@composition("UniformQuantizedConvolution")
def uniform_convolution(tf: Any, call: Call, left: Any, right: Any, *given: Any) -> Any:
    """A convolution; the output channels of the kernel may have scales of their own."""
    scale, zero, right_scales, right_zeros, out_scales, out_zeros = given
    axis = call.integer("rhs_quantization_axis", -1)
    moved = tf.cast(right, tf.int32) - channels(tf, right_zeros, right.shape.rank, axis)
    made = _convolved(tf, call, tf.cast(left, tf.int32) - zero, moved)
    if made is None:
        return None
    sums, channel = made
    scales = (scale, right_scales, out_scales, out_zeros)
    return _product_scaled(tf, call, sums, channel, scales)
