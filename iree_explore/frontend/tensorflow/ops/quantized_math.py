# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic on quantised tensors with ranges: products, sums, pools, changes of range.

Each op takes integers and the ranges [low, high] that they stand for, and returns integers and
their range. The integer of 0 is subtracted before products; sums are made in a common range.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.layout import windows
from iree_explore.frontend.tensorflow.ops.quantized import first, from_first, quotient, round_away


def _wide(tf: Any, x: Any) -> Any:
    return tf.cast(x, tf.float64)


def _unclamped(tf: Any, value: Any, low: Any, high: Any, dtype: Any) -> Any:
    """The int64 that stands for a float32 in a range, computed in float64."""
    steps = 2.0 ** (8 * dtype.size)
    scale = quotient(tf, tf.cast(steps, tf.float64), _wide(tf, high - low) * (steps / (steps - 1)))
    places = [round_away(tf, _wide(tf, v) * scale) for v in (value, low)]
    found = tf.cast(places[0] - places[1], tf.int64) + dtype.min
    return tf.where(low == high, tf.cast(dtype.min, tf.int64), found)


def _quantised(tf: Any, value: Any, low: Any, high: Any, dtype: Any) -> Any:
    """The same, inside the type's range."""
    found = _unclamped(tf, tf.cast(value, tf.float32), low, high, dtype)
    return tf.cast(tf.clip_by_value(found, dtype.min, dtype.max), dtype)


def _float(tf: Any, number: Any, low: Any, high: Any, dtype: Any) -> Any:
    """The float32 that an integer stands for in a range, computed in float64."""
    steps = 2.0 ** (8 * dtype.size)
    scale = quotient(tf, _wide(tf, high - low) * (steps / (steps - 1)), steps)
    narrow = tf.cast(scale, tf.float32)
    start = _wide(tf, round_away(tf, low / narrow) * narrow)
    found = tf.cast(start + (_wide(tf, number) - float(dtype.min)) * scale, tf.float32)
    return tf.where(low == high, low, found)


def _from_zero(tf: Any, x: Any, low: Any, high: Any) -> Any:
    """int32 differences from the integer of 0."""
    zero = _unclamped(tf, tf.zeros([], tf.float32), low, high, x.dtype)
    return tf.cast(x, tf.int32) - tf.cast(zero, tf.int32)


def _product_range(tf: Any, left: Any, right: Any, *ends: Any) -> tuple[Any, Any]:
    """The range of int32 products."""
    levels = [
        quotient(tf, high - low, float(x.dtype.max - x.dtype.min))
        for x, low, high in ((left, *ends[:2]), (right, *ends[2:]))
    ]
    level = levels[0] * levels[1]
    return level * float(tf.int32.min), level * float(tf.int32.max)


@composition("QuantizedMatMul")
def matmul(tf: Any, call: Call, left: Any, right: Any, *ends: Any) -> Any:
    """A matrix product."""
    flags = {f"transpose_{n}": call.flag(f"transpose_{n}") for n in "ab"}
    moved = _from_zero(tf, left, *ends[:2]), _from_zero(tf, right, *ends[2:])
    return tf.matmul(*moved, **flags), *_product_range(tf, left, right, *ends)


@composition("QuantizedConv2D")
def conv2d(tf: Any, call: Call, x: Any, kernel: Any, *ends: Any) -> Any:
    """A convolution; what is around the image is 0."""
    moved = _from_zero(tf, x, *ends[:2]), _from_zero(tf, kernel, *ends[2:])
    strides, dilations = call.numbers("strides"), call.numbers("dilations") or None
    sums = tf.nn.conv2d(*moved, strides, call.text("padding"), dilations=dilations)
    return sums, *_product_range(tf, x, kernel, *ends)


@composition("QuantizedMul")
def multiply(tf: Any, call: Call, left: Any, right: Any, *ends: Any) -> Any:
    """Products of elements."""
    moved = _from_zero(tf, left, *ends[:2]), _from_zero(tf, right, *ends[2:])
    return moved[0] * moved[1], *_product_range(tf, left, right, *ends)


def _sum_range(tf: Any, bits: int, *ends: Any) -> tuple[Any, Any]:
    """A range that sums fit in many times."""
    most = tf.maximum(tf.maximum(ends[1], -ends[0]), tf.maximum(ends[3], -ends[2]))
    return -most * 2.0**bits, most * 2.0**bits


@composition("QuantizedAdd")
def add(tf: Any, call: Call, left: Any, right: Any, *ends: Any) -> Any:
    """Sums of elements: both sides become int32 of one range, linearly."""
    low, high = _sum_range(tf, 14, *ends)
    sides = []
    for x, own in ((left, ends[:2]), (right, ends[2:])):
        codes = (_float(tf, tf.constant(n, tf.int32), own[0], own[1], x.dtype) for n in (0, 1))
        zero, one = (_unclamped(tf, code, low, high, tf.int32) for code in codes)
        placed = zero + tf.cast(x, tf.int64) * (one - zero)
        sides.append(tf.cast(tf.clip_by_value(placed, tf.int32.min, tf.int32.max), tf.int32))
    return sides[0] + sides[1], low, high


@composition("QuantizedBiasAdd")
def bias_add(tf: Any, call: Call, x: Any, bias: Any, *ends: Any) -> Any:
    """A vector added to the last dimension, in the range of a sum."""
    low, high = _sum_range(tf, 17, *ends)
    zero = _quantised(tf, 0.0, low, high, tf.int32)
    sides = (from_first(tf, x, *ends[:2]), from_first(tf, bias, *ends[2:]))
    placed = [first(tf, side, low, high, tf.int32) for side in sides]
    return placed[0] + (placed[1] + zero), low, high


@composition("QuantizedRelu", "QuantizedRelu6", "QuantizedReluX")
def relu(tf: Any, call: Call, x: Any, *ends: Any) -> Any:
    """Nothing below the integer of 0, or above that of a limit."""
    low, high = ends[-2:]
    result = tf.maximum(x, _quantised(tf, 0.0, low, high, x.dtype))
    if call.name != "QuantizedRelu":
        most = 6.0 if call.name == "QuantizedRelu6" else ends[0]
        result = tf.minimum(result, _quantised(tf, most, low, high, x.dtype))
    return result, low, high


@composition("QuantizedMaxPool", "QuantizedAvgPool")
def pool(tf: Any, call: Call, x: Any, low: Any, high: Any) -> Any:
    """The greatest element of each window, or the mean of those inside, cut off."""
    kernel = call.numbers("ksize")
    if kernel[0] != 1 or kernel[3] != 1:
        return None
    most = call.name == "QuantizedMaxPool"
    wide, ones = tf.cast(x, tf.int32), tf.ones(tf.shape(x), tf.int32)
    values = windows(tf, call, wide, kernel[1:3], (1, 1), x.dtype.min if most else 0)
    result = values[0]
    for value in values[1:]:
        result = tf.maximum(result, value) if most else result + value
    if not most:
        count = tf.add_n(windows(tf, call, ones, kernel[1:3], (1, 1), 0))
        result = tf.raw_ops.TruncateDiv(x=result, y=count)
    return tf.cast(result, x.dtype), low, high


@composition("QuantizedReshape")
def reshape(tf: Any, call: Call, x: Any, shape: Any, low: Any, high: Any) -> Any:
    """Another shape, the same range."""
    return tf.reshape(x, shape), low, high


@composition("QuantizedConcat")
def concat(tf: Any, call: Call, axis: Any, *operands: Any) -> Any:
    """Tensors side by side, in a range that has all of theirs in it."""
    count = len(operands) // 3
    values, lows, highs = (operands[i * count : (i + 1) * count] for i in range(3))
    low = tf.minimum(tf.reduce_min(tf.stack(lows)), 0.0)
    high = tf.reduce_max(tf.stack(highs))
    if values[0].dtype.min < 0:
        high = tf.maximum(tf.abs(low), tf.abs(high))
        low = -high
    moved = []
    for x, own_low, own_high in zip(values, lows, highs, strict=True):
        same = (own_low == low) & (own_high == high)
        there = first(tf, from_first(tf, x, own_low, own_high), low, high, x.dtype)
        moved.append(tf.where(same, x, there))
    return tf.concat(moved, axis), low, high


def _requantised(tf: Any, x: Any, ends: tuple[Any, Any], new: tuple[Any, Any], dtype: Any) -> Any:
    """int32 as 8 bits of another range; by fixed point arithmetic for unsigned ones."""
    if dtype != tf.uint8:
        return first(tf, from_first(tf, x, *ends), *new, dtype)
    span, wanted = ends[1] - ends[0], new[1] - new[0]
    none = tf.equal(wanted, 0)
    wide = tf.where(none, tf.ones([], tf.float64), _wide(tf, wanted))
    zero = tf.zeros([], tf.int64)
    scale = tf.cast(tf.constant(255.0 * 2**16, tf.float64) * _wide(tf, span) / wide, tf.int64)
    inverse = tf.cast(tf.constant(255.0, tf.float64) / wide, tf.float32)
    middle = (ends[0] + ends[1]) / 2.0
    offset = tf.cast(middle * tf.where(none, 0.0, inverse) * 2.0**16, tf.int64)
    start = tf.cast(round_away(tf, 2.0**16 * (_wide(tf, new[0]) * 255.0) / wide), tf.int64)
    scale, start = tf.where(none, zero, scale), tf.where(none, zero, start)
    shift = tf.bitwise.right_shift
    moved = shift(tf.cast(x, tf.int64) * scale, tf.constant(32, tf.int64))
    rounded = shift(moved + (offset - start + 2**15), tf.constant(16, tf.int64))
    return tf.cast(tf.clip_by_value(rounded, 0, 255), dtype)


@composition("Requantize")
def requantize(tf: Any, call: Call, x: Any, *ends: Any) -> Any:
    """Integers of another range."""
    return _requantised(tf, x, ends[:2], ends[2:], call.dtype(tf)), *ends[2:]


def _used(tf: Any, x: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """What the least and the greatest element stand for."""
    found = (tf.reduce_min(x), tf.reduce_max(x))
    return tuple(_float(tf, n, low, high, x.dtype) for n in found)  # pyright: ignore


@composition("RequantizationRange")
def requantization_range(tf: Any, call: Call, x: Any, low: Any, high: Any) -> Any:
    """The range that the elements take up, with 0 in it."""
    least, most = _used(tf, x, low, high)
    return tf.minimum(least, 0.0), most


@composition("QuantizeDownAndShrinkRange")
def shrink(tf: Any, call: Call, x: Any, low: Any, high: Any) -> Any:
    """8 bits of the range that the elements take up."""
    least, most = _used(tf, x, low, high)
    new = (tf.minimum(least, 0.0), most)
    return _requantised(tf, x, (low, high), new, call.dtype(tf)), *new
