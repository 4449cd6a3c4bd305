# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops whose result size depends on their input's values: Where, Unique, ListDiff, partitions.

What is kept is written to the front of a buffer of the largest possible size, in order; the count
is a tensor, and a slice of that length is the result. The count is read on the host when the
result's size is needed.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def compact(tf: Any, keep: Any, *values: Any) -> list[Any]:
    """Rows of `values` where the vector `keep` is true, in order."""
    size = tf.shape(keep)[0]
    ends = tf.cumsum(tf.cast(keep, tf.int32))
    count = tf.reduce_max(tf.concat([[0], ends], 0))
    places = tf.where(keep, ends - 1, size)[:, tf.newaxis]
    results = []
    for value in values:
        shape = tf.concat([[size + 1], tf.shape(value)[1:]], 0)
        buffer = tf.scatter_nd(places, value, shape)
        results.append(buffer[:count])
    return results


@composition("Where")
def where(tf: Any, call: Call, condition: Any) -> Any:
    """`tf.Where`: coordinates of what is not zero, in row-major order."""
    if condition.dtype != tf.bool:
        condition = tf.not_equal(condition, tf.zeros([], condition.dtype))
    shape = tf.shape(condition, out_type=tf.int64)
    rank = condition.shape.rank
    flat = tf.reshape(condition, [-1])
    total = tf.cast(tf.shape(flat)[0], tf.int32)
    (places,) = compact(tf, flat, tf.range(total))
    rest = tf.cast(places, tf.int64)
    columns = []
    for axis in reversed(range(rank)):
        size = tf.maximum(shape[axis], 1)
        columns.insert(0, rest % size)
        rest = rest // size
    return tf.stack(columns, 1) if columns else tf.zeros([tf.shape(places)[0], 0], tf.int64)


def ranked_groups(tf: Any, x: Any) -> tuple[Any, Any, Any]:
    """For each element of a vector: whether it is the first of its value, and where the first is.
    The third is the order of the sorted elements."""
    size = tf.shape(x)[0]
    order = tf.argsort(x, stable=True)
    ordered = tf.gather(x, order)
    changes = tf.concat([tf.ones([1], tf.bool), ordered[1:] != ordered[:-1]], 0)[:size]
    starts = tf.where(changes, tf.range(size), 0)
    group = tf.cumsum(tf.cast(changes, tf.int32)) - 1
    # Sorting is stable: the first of a group in the sorted order is the first in `x`.
    firsts = tf.math.unsorted_segment_max(starts, group, size)
    leader = tf.gather(order, tf.gather(firsts, group))
    places = order[:, tf.newaxis]
    leaders = tf.scatter_nd(places, leader, [size])
    is_first = tf.equal(leaders, tf.range(size))
    return is_first, leaders, order


def _unique(tf: Any, x: Any) -> tuple[Any, Any, Any]:
    is_first, leaders, _ = ranked_groups(tf, x)
    numbers = tf.cumsum(tf.cast(is_first, tf.int32)) - 1
    index = tf.gather(numbers, leaders)
    (values,) = compact(tf, is_first, x)
    counts = tf.math.unsorted_segment_sum(tf.ones_like(index), index, tf.shape(values)[0])
    return values, index, counts


@composition("Unique", "UniqueV2", "UniqueWithCounts", "UniqueWithCountsV2")
def unique(tf: Any, call: Call, x: Any, *axis: Any) -> Any:
    """Values in order of first appearance, the number of each element's value, how often."""
    if x.shape.rank != 1:
        return None
    values, index, counts = _unique(tf, x)
    results = [values, tf.cast(index, call.dtype(tf, 1))]
    if len(call.op.results) == 3:
        results.append(tf.cast(counts, call.dtype(tf, 2)))
    return results


@composition("ListDiff")
def list_diff(tf: Any, call: Call, x: Any, y: Any) -> Any:
    """Elements of `x` that are not in `y`, and where they are."""
    found = tf.reduce_any(x[:, tf.newaxis] == y[tf.newaxis], 1)
    values, places = compact(tf, ~found, x, tf.range(tf.shape(x)[0]))
    return values, tf.cast(places, call.dtype(tf, 1))


@composition("DynamicPartition")
def dynamic_partition(tf: Any, call: Call, data: Any, partitions: Any) -> Any:
    """Rows of each partition number, in order."""
    inner = tf.shape(data)[partitions.shape.rank :]
    rows = tf.reshape(data, tf.concat([[tf.size(partitions)], inner], 0))
    flat = tf.reshape(partitions, [-1])
    return [compact(tf, tf.equal(flat, i), rows)[0] for i in range(len(call.op.results))]
