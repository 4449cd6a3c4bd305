# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Glimpses: windows of images around given places, with noise where they leave the image.

The noise is as TensorFlow's in distribution, not in value: its kernels seed it from the clock. With
noise the first operand is the op's state (`random_state.py`).
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.philox import Stream


def _starts(tf: Any, call: Call, offset: Any, size: Any, window: Any) -> Any:
    """Where windows begin along a dimension of `size`."""
    size, window = (tf.cast(n, tf.float32) for n in (size, window))
    normalized, centered = call.flag("normalized", True), call.flag("centered", True)
    first = call.name == "ExtractGlimpse"
    offset = offset * size if normalized else offset
    if centered:  # the second version halves no offsets in pixels, and puts the corner there
        offset = offset / 2.0 if normalized or first else offset
        offset = offset + size / 2.0
    if first or (normalized and centered):
        offset = offset - window / 2.0
    return tf.cast(offset, tf.int32)


def _noise(tf: Any, kind: str, source: Stream, x: Any, shape: Any) -> Any:
    """Numbers between the least and the greatest of an image, or normal ones with the mean and
    deviation of a channel of it."""
    count = tf.reduce_prod(shape)
    if kind == "uniform":
        least, greatest = (f(x, [1, 2, 3], keepdims=True) for f in (tf.reduce_min, tf.reduce_max))
        drawn = tf.reshape(philox.uniform(source, count, x.dtype), shape)
        return least + drawn * (greatest - least)
    least, greatest = (f(x, [1, 2], keepdims=True) for f in (tf.reduce_min, tf.reduce_max))
    mean = tf.reduce_mean(x, [1, 2], keepdims=True)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(x - mean), [1, 2], keepdims=True))
    drawn = tf.reshape(philox.normal(source, count, x.dtype), shape)
    return tf.maximum(tf.minimum(mean + drawn * deviation, greatest), least)


@composition("ExtractGlimpse", "ExtractGlimpseV2")
def glimpse(tf: Any, call: Call, *operands: Any) -> Any:
    """Windows of the given size, and the next state if there is noise."""
    *state, x, size, offsets = operands
    shape = tf.shape(x)
    inside, places = [], []
    for axis in (0, 1):
        start = _starts(tf, call, offsets[:, axis], shape[axis + 1], size[axis])
        place = start[:, tf.newaxis] + tf.range(size[axis])
        inside.append((place >= 0) & (place < shape[axis + 1]))
        places.append(tf.clip_by_value(place, 0, shape[axis + 1] - 1))
    rows = tf.gather(x, places[0], axis=1, batch_dims=1)
    found = tf.gather(tf.transpose(rows, [0, 2, 1, 3]), places[1], axis=1, batch_dims=1)
    found = tf.transpose(found, [0, 2, 1, 3])
    shown = inside[0][:, :, tf.newaxis, tf.newaxis] & inside[1][:, tf.newaxis, :, tf.newaxis]
    if not state:
        return tf.where(shown, found, tf.zeros([], x.dtype))
    uniform = call.flag("uniform_noise", True)
    kind = call.text("noise", "uniform" if uniform else "gaussian")
    noise = _noise(tf, kind, philox.of_state(tf, state[0]), x, tf.shape(found))
    used = tf.cast(tf.size(found), tf.uint64)
    return tf.where(shown, found, noise), philox.advanced(tf, state[0], used)
