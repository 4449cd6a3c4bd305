# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ragged tensors: row splits and flat values to what TensorFlow makes of them.

Rows that only the call knows are found by a search in the splits, so nothing depends on how long
they are. How many values there are is read on the host, once an op.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def splits_of(tf: Any, lengths: Any) -> Any:
    """Where rows of `lengths` [n] begin, and where the last ends: [n + 1]."""
    return tf.concat([tf.zeros([1], lengths.dtype), tf.cumsum(lengths)], 0)


def rows_of(tf: Any, splits: Any) -> tuple[Any, Any]:
    """For each value of rows with these splits: its row, and its place in the row."""
    places = tf.range(splits[-1])
    rows = tf.cast(tf.searchsorted(splits[1:], places, side="right"), splits.dtype)
    return rows, places - tf.gather(splits, rows)


def ranges(tf: Any, starts: Any, lengths: Any) -> tuple[Any, Any]:
    """`start, start + 1, ...` for each row, and the splits of these rows."""
    splits = splits_of(tf, lengths)
    rows, places = rows_of(tf, splits)
    return tf.gather(starts, rows) + places, splits


@composition("RowLengths")
def row_lengths(tf: Any, call: Call, splits: Any) -> Any:
    """Of rows with these splits."""
    return tf.cast(splits[1:] - splits[:-1], call.dtype(tf))


@composition("RowSplits")
def row_splits(tf: Any, call: Call, lengths: Any) -> Any:
    """Of rows with these lengths."""
    return splits_of(tf, tf.cast(lengths, call.dtype(tf)))


@composition("RaggedRange")
def ragged_range(tf: Any, call: Call, starts: Any, limits: Any, deltas: Any) -> Any:
    """A range for each row."""
    vectors = [v for v in (starts, limits, deltas) if v.shape.rank == 1]
    count = tf.shape(vectors[0])[0] if vectors else 1
    starts, limits, deltas = (tf.broadcast_to(v, [count]) for v in (starts, limits, deltas))
    if starts.dtype.is_floating:
        sizes = tf.math.ceil(tf.abs((limits - starts) / deltas))
        sizes = tf.where((limits > starts) == (deltas > 0), sizes, tf.zeros_like(sizes))
    else:
        sizes = (limits - starts + deltas - tf.sign(deltas)) // deltas
    splits = splits_of(tf, tf.cast(tf.maximum(sizes, 0), call.dtype(tf)))
    rows, places = rows_of(tf, splits)
    values = tf.gather(starts, rows) + tf.cast(places, starts.dtype) * tf.gather(deltas, rows)
    return splits, values


def _coordinates(tf: Any, nested: list[Any]) -> list[Any]:
    """For each value below these splits, outermost first: its place in every dimension."""
    row, place = rows_of(tf, nested[-1])
    found = [place]
    for splits in reversed(nested[:-1]):  # rows so far are the values of this level
        rows, places = rows_of(tf, splits)
        found.insert(0, tf.gather(places, row))
        row = tf.gather(rows, row)
    return [row, *found]


def _partition(tf: Any, kinds: list[str], tensors: list[Any]) -> list[Any]:
    """Splits of every ragged dimension, from whatever partitions the op has."""
    if kinds[0] != "FIRST_DIM_SIZE":
        return tensors
    nested, count = [], tensors[0]
    for ids in tensors[1:]:  # VALUE_ROWIDS
        counts = tf.math.unsorted_segment_sum(tf.ones_like(ids), ids, count)
        nested.append(splits_of(tf, counts))
        count = tf.cast(tf.shape(ids)[0], count.dtype)
    return nested


@composition("RaggedTensorToTensor")
def to_dense(tf: Any, call: Call, shape: Any, values: Any, default: Any, *partition: Any) -> Any:
    """Values scattered to their places in a tensor of the default value; what does not fit the
    wanted shape is left out."""
    kinds = call.texts("row_partition_types")
    nested = _partition(tf, kinds, list(partition))
    kind = nested[0].dtype
    sizes = [tf.shape(nested[0], out_type=kind)[0] - 1]
    for splits in nested:
        lengths = splits[1:] - splits[:-1]
        sizes.append(tf.reduce_max(tf.concat([tf.zeros([1], kind), lengths], 0)))
    if shape.shape.rank == 1:
        wanted = tf.cast(shape, kind)
        sizes = [tf.where(wanted[i] < 0, n, wanted[i]) for i, n in enumerate(sizes)]
    inner = tf.shape(values, out_type=kind)[1:]
    filled = tf.broadcast_to(default, tf.concat([tf.stack(sizes), inner], 0))
    places = tf.stack(_coordinates(tf, nested), 1)
    return tf.tensor_scatter_nd_update(filled, places, values)


@composition("RaggedTensorToSparse")
def to_sparse(tf: Any, call: Call, *operands: Any) -> Any:
    """Coordinates, values and shape."""
    *nested, values = operands
    nested = [tf.cast(splits, tf.int64) for splits in nested]
    sizes = [tf.shape(nested[0], out_type=tf.int64)[0] - 1]
    for splits in nested:
        lengths = splits[1:] - splits[:-1]
        sizes.append(tf.reduce_max(tf.concat([tf.zeros([1], tf.int64), lengths], 0)))
    columns = _coordinates(tf, nested)
    inner = tf.shape(values, out_type=tf.int64)[1:]
    if values.shape.rank == 1:
        return tf.stack(columns, 1), values, tf.stack(sizes)
    block = tf.reduce_prod(inner)
    total = tf.size(values, out_type=tf.int64)
    numbers = tf.range(total)
    columns = [tf.gather(c, numbers // block) for c in columns]
    rest = numbers % block
    for axis in range(values.shape.rank - 1):
        below = tf.reduce_prod(inner[axis + 1 :])
        columns.append(rest // below)
        rest = rest % below
    shape = tf.concat([tf.stack(sizes), inner], 0)
    return tf.stack(columns, 1), tf.reshape(values, [-1]), shape


@composition("RaggedGather")
def gather(tf: Any, call: Call, *operands: Any) -> Any:
    """The rows of the outermost dimension that `indices` name."""
    *nested, values, indices = operands
    kind = nested[0].dtype
    results = []
    shape = tf.shape(indices, out_type=kind)
    for axis in range(1, indices.shape.rank):
        count = tf.reduce_prod(shape[:axis])
        results.append(tf.range(count + 1) * shape[axis])
    places = tf.cast(tf.reshape(indices, [-1]), kind)
    for splits in nested:
        starts = tf.gather(splits, places)
        lengths = tf.gather(splits, places + 1) - starts
        places, made = ranges(tf, starts, lengths)
        results.append(made)
    return *results, tf.gather(values, places)


@composition("RaggedBincount")
def bincount(tf: Any, call: Call, splits: Any, values: Any, size: Any, weights: Any) -> Any:
    """How often each number is in each row, or the sum of its weights."""
    rows, _ = rows_of(tf, splits)
    kind = call.dtype(tf)
    shape = tf.stack([tf.shape(splits)[0] - 1, tf.cast(size, tf.int32)])
    places = tf.stack([tf.cast(rows, tf.int32), tf.cast(values, tf.int32)], 1)
    ones = tf.ones([tf.shape(values)[0]], kind)
    weighted = tf.shape(weights)[0] > 0
    amounts = ones
    if weights.shape[0] != 0:
        spread = tf.concat([weights, ones], 0)[: tf.shape(values)[0]]
        amounts = tf.where(weighted, spread, ones)
    counts = tf.scatter_nd(places, amounts, shape)
    return tf.cast(counts > 0, kind) if call.flag("binary_output") else counts
