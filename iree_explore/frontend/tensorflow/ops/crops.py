# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Crops of images drawn at random so that they show enough of one of the given boxes.

A number below n takes one word of 32 bits; words that TensorFlow rejects to be exactly uniform
(fewer than one in 2^32 / n) are used here.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.philox import Stream


class _Words:
    """Words of a stream one after the other; `used` is how many were taken."""

    def __init__(self, tf: Any, source: Stream, used: Any) -> None:
        self.tf, self.source, self.used = tf, source, used

    def take(self, wanted: Any) -> Any:
        """The next word (uint32), which only counts if it is `wanted`."""
        tf = self.tf
        block = self.source.blocks(tf.cast(tf.reshape(self.used // 4, [1]), tf.uint64))
        word = tf.reshape(philox.split(tf, block, 32), [4])[self.used % 4]
        self.used += tf.cast(wanted, tf.int32)
        return word

    def below(self, count: Any, wanted: Any) -> Any:
        """A number below `count` (int32) if it is `wanted`, else 0."""
        tf = self.tf
        found = self.take(wanted) % tf.cast(tf.maximum(count, 1), tf.uint32)
        return tf.where(wanted, tf.cast(found, tf.int32), 0)


def _rounded(tf: Any, x: Any) -> Any:
    return tf.cast(tf.round(x), tf.int32)


def _attempt(tf: Any, call: Call, words: _Words, height: Any, width: Any) -> tuple[Any, Any]:
    """A crop (top, left, bottom, right) of the wanted area and ratio, and whether it is one."""
    ratios, areas = call.numbers("aspect_ratio_range"), call.numbers("area_range")
    low, high = (tf.constant(r, tf.float32) for r in ratios)
    ratio = philox.unit(tf, words.take(tf.constant(True)), tf.float32) * (high - low) + low
    whole = [tf.cast(n, tf.float32) for n in (width, height)]
    least, most = (tf.constant(a, tf.float32) * whole[0] * whole[1] for a in areas)
    tall = _rounded(tf, tf.sqrt(least / ratio))
    tallest = _rounded(tf, tf.sqrt(most / ratio))

    def wide(rows: Any) -> Any:
        return _rounded(tf, tf.cast(rows, tf.float32) * ratio)

    exact = (tf.cast(width, tf.float64) + 0.5 - 1e-7) / tf.cast(ratio, tf.float64)
    fits = tf.cast(exact, tf.int32)
    fits -= tf.cast(wide(fits) > width, tf.int32)
    tallest = tf.minimum(tf.where(wide(tallest) > width, fits, tallest), height)
    tall = tf.minimum(tall, tallest)
    tall += words.below(tallest - tall + 1, tall < tallest)
    for step, wrong in ((1, lambda a: a < least), (-1, lambda a: a > most)):
        area = tf.cast(tall * wide(tall), tf.float32)
        tall += tf.where(wrong(area), step, 0)
    across = wide(tall)
    area = tf.cast(tall * across, tf.float32)
    valid = (area >= least) & (area <= most) & (across <= width) & (tall <= height)
    valid &= (across > 0) & (tall > 0)
    top = words.below(height - tall, valid & (tall < height))
    left = words.below(width - across, valid & (across < width))
    return tf.stack([top, left, top + tall, left + across]), valid


def _covers(tf: Any, crop: Any, boxes: Any, least: Any) -> Any:
    """Whether a crop shows at least this part of any box that has a pixel."""

    def area(corners: Any) -> Any:
        sides = corners[..., 2:] - corners[..., :2]
        return tf.cast(sides[..., 0] * sides[..., 1], tf.float32)

    starts, ends = tf.maximum(crop[:2], boxes[:, :2]), tf.minimum(crop[2:], boxes[:, 2:])
    corners = tf.concat([starts, ends], 1)
    apart = tf.reduce_any(corners[:, :2] > corners[:, 2:], 1)
    whole = area(boxes)
    shown = tf.where(apart, tf.zeros_like(whole), area(corners)) / tf.maximum(whole, 1.0)
    return (area(crop) >= 1) & tf.reduce_any((whole >= 1) & (shown >= least))


def _crop(tf: Any, call: Call, source: Stream, size: Any, boxes: Any, least: Any) -> list[Any]:
    """Where a slice of the image begins, its size, and the crop as a box [1, 1, 4]."""
    dtype = call.dtype(tf)
    height, width = tf.cast(size[0], tf.int32), tf.cast(size[1], tf.int32)
    whole = tf.stack([0, 0, height, width])
    sides = tf.cast(tf.stack([height, width, height, width]), tf.float32)
    pixels = tf.cast(tf.reshape(boxes, [-1, 4]) * sides, tf.int32)
    missing = tf.cast(tf.equal(tf.shape(pixels)[0], 0), tf.int32)
    pixels = tf.concat([pixels, tf.tile(whole[tf.newaxis], tf.stack([missing, 1]))], 0)
    limit = call.integer("max_attempts", 100)

    def step(number: Any, used: Any, done: Any, crop: Any) -> tuple[Any, ...]:
        words = _Words(tf, source, used)
        found, valid = _attempt(tf, call, words, height, width)
        done = valid & _covers(tf, found, pixels, least)
        return number + 1, words.used, done, tf.where(done, found, crop)

    begin = (tf.constant(0), tf.constant(0), tf.constant(False), whole)
    crop = tf.while_loop(lambda number, used, done, crop: (number < limit) & ~done, step, begin)[3]
    extent = tf.concat([crop[2:] - crop[:2], [-1]], 0)
    place = tf.concat([crop[:2], [0]], 0)
    box = tf.cast(crop, tf.float32) / sides
    return [tf.cast(place, dtype), tf.cast(extent, dtype), tf.reshape(box, [1, 1, 4])]


@composition("SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2")
def distorted_box(tf: Any, call: Call, state: Any, size: Any, boxes: Any, *least: Any) -> Any:
    """A crop, and the next state."""
    wanted = least[0] if least else tf.constant(call.number("min_object_covered", 0.1))
    found = _crop(tf, call, philox.of_state(tf, state), size, boxes, wanted)
    used = tf.constant(call.integer("max_attempts", 100), tf.uint64)  # a block for each
    return *found, philox.advanced(tf, state, used)


@composition("StatelessSampleDistortedBoundingBox", passed=(3,))
def stateless_distorted_box(
    tf: Any, call: Call, size: Any, boxes: Any, least: Any, seed: Any
) -> Any:
    """A crop of a seed."""
    return _crop(tf, call, philox.of_seed(tf, seed), size, boxes, least)
