# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Crosses of integer features: each combination of what the columns have in a row, as one hash."""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

MULTIPLIER = 0xC6A4A7935BD1E995
LARGEST = 0x7FFFFFFFFFFFFFFF


def _shifted(tf: Any, x: Any) -> Any:
    return tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, tf.constant(47, tf.uint64)))


def combined(tf: Any, first: Any, second: Any) -> Any:
    """The fingerprint (uint64) of two fingerprints in order."""
    factor = tf.constant(MULTIPLIER, tf.uint64)
    mixed = _shifted(tf, second * factor) * factor
    found = tf.bitwise.bitwise_xor(tf.bitwise.bitwise_xor(first, factor), mixed) * factor
    return _shifted(tf, _shifted(tf, found) * factor)


class _Column:
    """Features of rows one after the other: `values` (int64), where each row's `start` and how many
    it has."""

    def __init__(self, tf: Any, values: Any, counts: Any) -> None:
        self.values = tf.concat([tf.cast(values, tf.int64), tf.zeros([1], tf.int64)], 0)
        self.counts = counts
        self.starts = tf.cumsum(counts, exclusive=True)


def _columns(tf: Any, call: Call, operands: tuple[Any, ...]) -> tuple[list[_Column], Any]:
    """The sparse columns and then the dense ones, and how many rows there are."""
    number = call.integer("N")
    places, values, shapes = (operands[i * number : (i + 1) * number] for i in range(3))
    dense = operands[3 * number :]
    rows = shapes[0][0] if number else tf.shape(dense[0], tf.int64)[0]
    columns = []
    for place, value in zip(places, values, strict=True):
        ones = tf.ones(tf.shape(value), tf.int64)
        columns.append(_Column(tf, value, tf.math.unsorted_segment_sum(ones, place[:, 0], rows)))
    for value in dense:
        count = tf.zeros(tf.reshape(rows, [1]), tf.int64) + tf.shape(value, tf.int64)[1]
        columns.append(_Column(tf, tf.reshape(value, [-1]), count))
    return columns, rows


@composition("SparseCross")
def sparse_cross(tf: Any, call: Call, *operands: Any) -> Any:
    """Places, hashes and shape of the crosses; within a row the last column changes first."""
    if not call.flag("hashed_output"):
        return None
    columns, rows = _columns(tf, call, operands)
    counts = tf.ones(tf.reshape(rows, [1]), tf.int64)
    for column in columns:
        counts *= column.counts
    ends = tf.cumsum(counts)
    place = tf.range(tf.reduce_sum(counts))
    row = tf.searchsorted(ends, place, side="right", out_type=tf.int64)
    within = place - tf.gather(ends - counts, row)
    picked, rest = [], within
    for column in reversed(columns):
        size = tf.maximum(tf.gather(column.counts, row), 1)
        picked.insert(0, tf.gather(column.values, tf.gather(column.starts, row) + rest % size))
        rest = rest // size
    key = tf.constant(call.integer("hash_key") % (1 << 64), tf.uint64)
    found = tf.zeros(tf.shape(place), tf.uint64) + key
    for values in picked:
        found = combined(tf, found, tf.cast(values, tf.uint64))
    buckets = call.integer("num_buckets") or LARGEST
    hashes = tf.cast(tf.math.floormod(found, tf.constant(buckets, tf.uint64)), tf.int64)
    longest = tf.reduce_max(tf.concat([counts, tf.zeros([1], tf.int64)], 0))
    return tf.stack([row, within], 1), hashes, tf.stack([rows, longest])
