# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantising, dequantising and both at once, in every mode, rounding as TensorFlow's kernels do.

Quantised tensors are integers here (`frontend/tensorflow/quantized.py`); what they stand for is in
the ranges beside them. Scales are computed in the precision in which the kernels compute them, so
that the integers are the same to the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def product(tf: Any, x: Any, y: Any) -> Any:
    """A product that is rounded before what follows adds to it: nothing finite is above the
    greatest number, but it keeps the two from becoming one fused operation."""
    return tf.minimum(x * y, x.dtype.max)


def quotient(tf: Any, x: Any, y: Any) -> Any:
    """A quotient of what is not 0, in their precision: TensorFlow multiplies by inverses of
    constants when it lowers a plain division."""
    return tf.math.divide_no_nan(x, tf.cast(y, x.dtype))


def round_away(tf: Any, x: Any) -> Any:
    """Halves away from zero: the greatest number below a half is added, what follows cut off."""
    half = tf.constant(np.nextafter(x.dtype.as_numpy_dtype(0.5), 0), x.dtype)
    moved = x + tf.where(x < 0, -half, half)
    return tf.where(x < 0, tf.math.ceil(moved), tf.floor(moved))


def to_integer(tf: Any, x: Any, dtype: Any) -> Any:
    """Whole numbers as integers. What is above int32 becomes the least one, as on x86."""
    if dtype != tf.int32:
        return tf.cast(x, dtype)
    high = tf.cast(2.0**31, x.dtype)
    return tf.where((x < high) & (x >= -high), tf.cast(x, dtype), dtype.min)


def ratio(tf: Any, left: Any, right: Any) -> Any:
    """A float32 quotient computed in float64."""
    return tf.cast(quotient(tf, tf.cast(left, tf.float64), right), tf.float32)


def channels(tf: Any, vector: Any, rank: int, axis: int) -> Any:
    """A vector along `axis` of a tensor of `rank`; scalars and axis -1 stay."""
    if axis < 0 or vector.shape.rank == 0:
        return tf.reshape(vector, []) if axis < 0 else vector
    shape = [1] * rank
    shape[axis] = -1
    return tf.reshape(vector, shape)


def widened(tf: Any, low: Any, high: Any, least: float) -> tuple[Any, Any]:
    """A range that has 0 in it and is not too narrow."""
    size = tf.maximum(tf.maximum(tf.abs(low), tf.abs(high)), 1.0)
    below = tf.minimum(low, 0.0)
    return below, tf.maximum(tf.maximum(high, below + product(tf, size, least)), 0.0)


def first(tf: Any, x: Any, low: Any, high: Any, dtype: Any) -> Any:
    """Mode MIN_FIRST: 0 is an integer, the least value the least one."""
    steps = float(dtype.max) - dtype.min
    least = tf.cast(float(dtype.min), tf.float32)
    scale = tf.where(high == low, 0.0, ratio(tf, steps, high - low))
    start = round_away(tf, product(tf, low, scale))
    limits = (max(float(dtype.min), -(2.0**31)), min(float(dtype.max), 2147483520.0))
    placed = round_away(tf, product(tf, x, scale)) - (start - least)
    return tf.cast(tf.minimum(tf.maximum(placed, limits[0]), limits[1]), dtype)


def scaled(
    tf: Any, x: Any, low: Any, high: Any, dtype: Any, narrow: bool, even: bool
) -> tuple[Any, Any, Any]:
    """Mode SCALED: integers and the range that is really covered."""
    ends = [tf.cast(float(n), tf.float32) for n in (dtype.min + narrow, dtype.max)]
    most = tf.constant(tf.float32.max, tf.float32)
    sides = [tf.where(n * r > 0, n / r, most) for n, r in zip(ends, (low, high), strict=True)]
    scale = tf.minimum(*sides)
    low, high = ends[0] / scale, ends[1] / scale
    wide = product(tf, tf.maximum(tf.minimum(x, high), low), scale)
    rounded = tf.round(wide) if even else round_away(tf, wide)
    return to_integer(tf, rounded, dtype), low, high


@composition("QuantizeV2")
def quantize(tf: Any, call: Call, x: Any, low: Any, high: Any) -> Any:
    """Integers for floats of a range, and the range as it was widened."""
    dtype, axis, mode = call.dtype(tf), call.integer("axis", -1), call.text("mode", "MIN_COMBINED")
    shape = tf.shape(low)
    low, high = (channels(tf, n, x.shape.rank, axis) for n in (low, high))
    low, high = widened(tf, low, high, call.number("ensure_minimum_range", 0.01))
    if mode == "MIN_FIRST":
        result = first(tf, x, low, high, dtype)
    elif mode == "SCALED":
        even = call.text("round_mode") == "HALF_TO_EVEN"
        narrow = call.flag("narrow_range")
        result, low, high = scaled(tf, x, low, high, dtype, narrow, even)
    else:
        scale = ratio(tf, float(dtype.max) - dtype.min, high - low)
        placed = product(tf, tf.maximum(tf.minimum(x, high), low) - low, scale)
        if dtype.min < 0:
            result = to_integer(tf, round_away(tf, placed - 2.0 ** (dtype.size * 8 - 1)), dtype)
        else:
            result = tf.cast(placed + 0.5, dtype)
    return result, tf.reshape(low, shape), tf.reshape(high, shape)


@composition("Dequantize")
def dequantize(tf: Any, call: Call, x: Any, low: Any, high: Any) -> Any:
    """Floats that the integers stand for in a range."""
    dtype, axis, mode = x.dtype, call.integer("axis", -1), call.text("mode", "MIN_COMBINED")
    low, high = (channels(tf, n, x.shape.rank, axis) for n in (low, high))
    wide = tf.cast(x, tf.float32)
    if mode == "MIN_FIRST":
        result = from_first(tf, x, low, high)
    elif mode == "SCALED":
        scale = quotient(tf, high, float(dtype.max))
        if dtype.min < 0:
            least = float(dtype.min + call.flag("narrow_range"))
            scale = tf.maximum(quotient(tf, low, least), scale)
        result = wide * scale
    else:
        half = 2.0 ** (dtype.size * 8 - 1) if dtype.min < 0 else 0.0
        most = np.float32(dtype.max) - np.float32(dtype.min)
        result = product(tf, wide + half, quotient(tf, high - low, most)) + low
    return tf.cast(result, call.dtype(tf))


def from_first(tf: Any, x: Any, low: Any, high: Any) -> Any:
    """Floats that integers quantised by MIN_FIRST stand for."""
    dtype = x.dtype
    scale = ratio(tf, high - low, float(dtype.max) - dtype.min)
    start = tf.where(high == low, low, product(tf, round_away(tf, low / scale), scale))
    least = product(tf, scale, float(dtype.min))
    return (start - least) + product(tf, tf.cast(x, tf.float32), scale)


def _integers(tf: Any, call: Call, bits: Any, dtype: Any) -> tuple[Any, Any]:
    """The least and greatest integer of that many bits, as floats."""
    signed, narrow = call.flag("signed_input", True), call.flag("narrow_range")
    power = tf.bitwise.left_shift(tf.constant(1, tf.int64), tf.cast(bits, tf.int64) - int(signed))
    least = narrow - power if signed else tf.zeros([], tf.int64)
    return tf.cast(least, dtype), tf.cast(power - 1, dtype)


def _there_and_back(
    tf: Any, call: Call, x: Any, limits: Sequence[Any], bits: Any, axis: int
) -> Any:
    """Rounded to integers of `bits`, and floats again; without `limits` those of `x` are taken."""
    rest = [i for i in range(x.shape.rank) if i != axis]
    if limits:
        low, high = (channels(tf, n, x.shape.rank, axis) for n in limits)
    else:
        axes, keep = (rest, True) if axis >= 0 else (None, False)
        low, high = tf.reduce_min(x, axes, keep), tf.reduce_max(x, axes, keep)
    least, most = _integers(tf, call, bits, x.dtype)
    greatest = tf.constant(x.dtype.max, x.dtype)
    from_low = tf.where(least * low > 0, least / low, greatest)
    from_high = tf.where(most * high > 0, most / high, greatest)
    below = from_low < from_high
    scale = tf.where(below, from_low, from_high)
    inverse = tf.where(below, quotient(tf, low, least), quotient(tf, high, most))
    low, high = tf.where(below, low, least * inverse), tf.where(below, most * inverse, high)
    if limits:
        x = tf.maximum(tf.minimum(x, high), low)
    if call.text("round_mode") == "HALF_UP":
        return tf.floor(product(tf, x, scale) + tf.cast(0.5, x.dtype)) * inverse
    return tf.round(x * scale) * inverse


@composition("QuantizeAndDequantize", "QuantizeAndDequantizeV2", "QuantizeAndDequantizeV4")
def quantize_and_dequantize(tf: Any, call: Call, x: Any, *limits: Any) -> Any:
    """Floats rounded as quantising would round them."""
    if not call.flag("range_given"):
        limits = ()
    elif not limits:
        limits = tuple(tf.cast(call.number(n), x.dtype) for n in ("input_min", "input_max"))
    bits, axis = call.integer("num_bits", 8), call.integer("axis", -1)
    return _there_and_back(tf, call, x, limits, bits, axis)


@composition("QuantizeAndDequantizeV3")
def quantize_and_dequantize_bits(
    tf: Any, call: Call, x: Any, low: Any, high: Any, bits: Any
) -> Any:
    """The same with the number of bits as an operand."""
    limits = (low, high) if call.flag("range_given", True) else ()
    return _there_and_back(tf, call, x, limits, bits, call.integer("axis", -1))


@composition("QuantizeAndDequantizeV4Grad")
def quantize_and_dequantize_grad(
    tf: Any, call: Call, grad: Any, x: Any, low: Any, high: Any
) -> Any:
    """Gradients of what is inside the range; the range gets none."""
    ends = [channels(tf, n, x.shape.rank, call.integer("axis", -1)) for n in (low, high)]
    inside = (x >= ends[0]) & (x <= ends[1])
    ones = tf.where(inside, tf.ones([], x.dtype), tf.zeros([], x.dtype))
    return grad * ones, tf.zeros_like(low), tf.zeros_like(high)


def _nudged(tf: Any, call: Call, low: Any, high: Any) -> tuple[Any, ...]:
    """A range moved so that 0 is one of its integers, what is between two, and its inverse."""
    least = float(call.flag("narrow_range"))
    most = float(2 ** call.integer("num_bits", 8) - 1)
    scale, inverse = quotient(tf, high - low, most - least), (most - least) / (high - low)
    zero = least - low / scale
    zero = tf.where(zero < least, least, tf.where(zero > most, most, round_away(tf, zero)))
    ends = [product(tf, scale, n - zero) for n in (least, most)]
    return *ends, scale, inverse


def _limits(tf: Any, call: Call, given: Sequence[Any]) -> list[Any]:
    """The range's ends: operands, or attributes."""
    found = given or (call.number("min", -6.0), call.number("max", 6.0))
    return [tf.cast(n, tf.float32) for n in found]


@composition("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars",
             "FakeQuantWithMinMaxVarsPerChannel")  # fmt: skip
def fake_quant(tf: Any, call: Call, x: Any, *limits: Any) -> Any:
    """Floats rounded to the integers of a range, of the whole tensor or of each channel."""
    low, high = _limits(tf, call, limits)
    nothing = (low == 0) & (high == 0)
    low, high, scale, inverse = _nudged(tf, call, low, tf.where(nothing, 1.0, high))
    zero = tf.floor(product(tf, -low, inverse) + 0.5)
    shifted = tf.maximum(tf.minimum(x, high), low) - low
    exact = call.name == "FakeQuantWithMinMaxVars"
    divided = shifted / scale if exact else product(tf, shifted, inverse)
    return tf.where(nothing, 0.0, tf.floor(divided - zero + 0.5) * scale)


@composition("FakeQuantWithMinMaxArgsGradient", "FakeQuantWithMinMaxVarsGradient",
             "FakeQuantWithMinMaxVarsPerChannelGradient")  # fmt: skip
def fake_quant_grad(tf: Any, call: Call, grad: Any, x: Any, *limits: Any) -> Any:
    """Gradients of what is inside the range, and what the range's ends get of the rest."""
    low, high = _limits(tf, call, limits)
    nothing = (low == 0) & (high == 0)
    low, high, _, _ = _nudged(tf, call, low, tf.where(nothing, 1.0, high))
    result = tf.where(nothing | ((x >= low) & (x <= high)), grad, 0.0)
    if not limits:
        return result
    axes = list(range(x.shape.rank - 1)) if call.name.endswith("PerChannelGradient") else None
    outside = (x < low, x > high)
    rests = [tf.reduce_sum(tf.where(w & ~nothing, grad, 0.0), axes) for w in outside]
    return [result, *rests]
