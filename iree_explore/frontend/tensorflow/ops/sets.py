# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sets in rows of numbers, counts of them as sparse tensors, distances between sequences.

What is in a row is a list of entries, (row, value) and more; equal ones are brought together by
sorting. Results are sparse tensors, of as many values as the operands' values make.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.counted import compact
from iree_explore.frontend.tensorflow.ops.sparse import keys, sizes, total
from iree_explore.frontend.tensorflow.ops.sparse_sets import places_of


class _Distinct:
    """The different entries of a list in order: `rows`, `values` and the number of each one's
    `entries` (int32); what is not `kept` is left out."""

    def __init__(self, tf: Any, rows: Any, values: Any, kept: Any = None) -> None:
        numbers = tf.range(tf.shape(rows)[0])
        if kept is not None:
            rows, values, numbers = compact(tf, kept, rows, values, numbers)
        by_value = tf.argsort(values, stable=True)
        order = tf.gather(by_value, tf.argsort(tf.gather(rows, by_value), stable=True))
        rows, values = tf.gather(rows, order), tf.gather(values, order)
        count = tf.shape(rows)[0]
        changes = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
        first = tf.concat([tf.ones([1], tf.bool), changes], 0)[:count]
        self.tf = tf
        self.given = tf.gather(numbers, order)  # entries of the operands, in order
        self.entries = tf.cumsum(tf.cast(first, tf.int32)) - 1
        self.rows, self.values = compact(tf, first, rows, values)
        self.count = tf.shape(self.rows)[0]

    def sums(self, weights: Any) -> Any:
        """Sums of what each entry of the operands has."""
        given = self.tf.gather(weights, self.given)
        return self.tf.math.unsorted_segment_sum(given, self.entries, self.count)


def _within(tf: Any, rows: Any, count: Any) -> tuple[Any, Any]:
    """The place of each entry in its row (rows are in order), and how many each row has."""
    ones = tf.ones(tf.shape(rows), tf.int64)
    lengths = tf.math.unsorted_segment_sum(ones, rows, count)
    starts = tf.cumsum(lengths, exclusive=True)
    return tf.range(tf.shape(rows, tf.int64)[0]) - tf.gather(starts, rows), lengths


def _dense_entries(tf: Any, x: Any) -> tuple[list[Any], Any, Any]:
    """Sizes of the leading dimensions, rows and values of a tensor."""
    shape = tf.shape(x, tf.int64)
    leading = [shape[i] for i in range(x.shape.rank - 1)]
    rows = tf.range(total(tf, leading))[:, tf.newaxis] + tf.zeros([1, shape[-1]], tf.int64)
    return leading, tf.reshape(rows, [-1]), tf.reshape(x, [-1])


def _sparse_entries(tf: Any, places: Any, values: Any, shape: Any) -> tuple[list[Any], Any, Any]:
    leading = sizes(tf, shape)[:-1]
    return leading, keys(tf, places[:, :-1], leading), values


@composition("DenseToDenseSetOperation", "DenseToSparseSetOperation", "SparseToSparseSetOperation")
def set_operation(tf: Any, call: Call, *operands: Any) -> Any:
    """Differences, intersections and unions of the last dimensions, in order."""
    dense = call.name.split("Set")[0]
    first = 3 if dense.startswith("Sparse") else 1
    parts = operands[:first], operands[first:]
    if any(len(p) == 3 and p[2].shape[0] is None for p in parts):
        return None
    leading, rows, values = zip(
        *(_sparse_entries(tf, *p) if len(p) == 3 else _dense_entries(tf, *p) for p in parts),
        strict=True,
    )
    found = _Distinct(tf, tf.concat(rows, 0), tf.concat(values, 0))
    sides = [tf.fill(tf.shape(v), i == side) for side in (0, 1) for i, v in enumerate(values)]
    left, right = (
        found.sums(tf.cast(tf.concat(part, 0), tf.int32)) > 0 for part in (sides[:2], sides[2:])
    )
    kept = {
        "a-b": left & ~right, "b-a": right & ~left, "intersection": left & right,
        "union": left | right,
    }[call.text("set_operation").lower()]  # fmt: skip
    rows, values = compact(tf, kept, found.rows, found.values)
    sizes_ = leading[0]
    place, lengths = _within(tf, rows, total(tf, sizes_))
    most = tf.maximum(tf.reduce_max(lengths), 0)
    indices = tf.concat([places_of(tf, rows, sizes_), place[:, tf.newaxis]], 1)
    return indices, values, tf.stack([*sizes_, most])


@composition("SetSize")
def set_size(tf: Any, call: Call, places: Any, values: Any, shape: Any) -> Any:
    """How many different values each row has."""
    if shape.shape[0] is None:
        return None
    leading, rows, values = _sparse_entries(tf, places, values, shape)
    found = _Distinct(tf, rows, values)
    ones = tf.ones(tf.shape(found.rows), tf.int32)
    counts = tf.math.unsorted_segment_sum(ones, found.rows, total(tf, leading))
    return tf.reshape(counts, tf.stack(leading))


def _counts(tf: Any, call: Call, rows: Any, count: Any, values: Any, weights: Any) -> Any:
    """Counts, or sums of weights, of each value of each row; `count` rows, or a vector."""
    least, most = call.integer("minlength", -1), call.integer("maxlength", -1)
    kept = values >= 0
    kept = kept & (values < most) if most > 0 else kept
    found = _Distinct(tf, rows, tf.cast(values, tf.int64), kept)
    dtype = call.dtype(tf, 1)
    if call.flag("binary_output"):
        sums = tf.ones(tf.shape(found.rows), dtype)
    else:  # no weights are weights of 1
        size, flat = tf.shape(values)[0], tf.reshape(weights, [-1])
        missing = tf.maximum(size - tf.shape(flat)[0], 0)
        sums = found.sums(tf.concat([flat, tf.ones(tf.reshape(missing, [1]), dtype)], 0))
    length = tf.constant(most, tf.int64)
    if most <= 0:
        greatest = tf.reduce_max(tf.concat([found.values, tf.zeros([1], tf.int64)], 0))
        length = tf.maximum(greatest + 1, least)
    columns = [found.values] if count is None else [found.rows, found.values]
    shape = [length] if count is None else [count, length]
    return tf.stack(columns, 1), sums, tf.stack(shape)


@composition("DenseCountSparseOutput")
def dense_counts(tf: Any, call: Call, values: Any, weights: Any) -> Any:
    """Counts of the values of a vector, or of each row of a matrix."""
    if values.shape.rank == 1:
        return _counts(tf, call, tf.zeros(tf.shape(values), tf.int64), None, values, weights)
    (count,), rows, flat = _dense_entries(tf, values)
    return _counts(tf, call, rows, count, flat, weights)


@composition("SparseCountSparseOutput")
def sparse_counts(tf: Any, call: Call, places: Any, values: Any, shape: Any, weights: Any) -> Any:
    """Counts of the values of a sparse vector, or of each row of a sparse matrix."""
    if shape.shape[0] is None:
        return None
    if shape.shape[0] == 1:
        return _counts(tf, call, tf.zeros(tf.shape(values), tf.int64), None, values, weights)
    return _counts(tf, call, places[:, 0], shape[0], values, weights)


@composition("RaggedCountSparseOutput")
def ragged_counts(tf: Any, call: Call, splits: Any, values: Any, weights: Any) -> Any:
    """Counts of the values of each row of a ragged matrix."""
    numbers = tf.range(tf.shape(values, tf.int64)[0])
    rows = tf.searchsorted(splits, numbers, side="right", out_type=tf.int64) - 1
    return _counts(tf, call, rows, tf.shape(splits, tf.int64)[0] - 1, values, weights)


def _sequences(tf: Any, places: Any, values: Any, leading: list[Any]) -> tuple[Any, Any]:
    """A sparse tensor's values as rows, [rows, longest], and how many each row has."""
    rows, count = keys(tf, places[:, :-1], leading), total(tf, leading)
    place, lengths = _within(tf, rows, count)
    longest = tf.reduce_max(tf.concat([lengths, tf.zeros([1], tf.int64)], 0))
    at = tf.stack([rows, place], 1)
    return tf.scatter_nd(at, values, tf.stack([count, longest])), tf.cast(lengths, tf.int32)


@composition("EditDistance")
def edit_distance(tf: Any, call: Call, *operands: Any) -> Any:
    """How many changes make each sequence the true one, by that one's length if normalised. The
    table of distances is filled diagonal by diagonal."""
    rank = operands[2].shape[0]
    if rank is None:
        return None
    given, wanted = sizes(tf, operands[2]), sizes(tf, operands[5])
    leading = [tf.maximum(a, b) for a, b in zip(given[:-1], wanted[:-1], strict=True)]
    first, lengths = _sequences(tf, operands[0], operands[1], leading)
    second, others = _sequences(tf, operands[3], operands[4], leading)
    height, width = tf.shape(first)[1], tf.shape(second)[1]
    column = tf.range(width + 1)
    ones = tf.ones_like(lengths)[:, tf.newaxis]
    padded = tf.concat([tf.zeros_like(ones, second.dtype), second], 1)
    rows = tf.concat([first, tf.zeros_like(ones, first.dtype)], 1)

    def shifted(values: Any) -> Any:
        return tf.concat([values[:, :1], values[:, :-1]], 1)

    def step(k: Any, last: Any, now: Any, found: Any) -> tuple[Any, ...]:
        place = k - column
        here = tf.gather(rows, tf.clip_by_value(place - 1, 0, height), axis=1)
        change = shifted(last) + tf.cast(here != padded, tf.int32)
        least = tf.minimum(tf.minimum(now, shifted(now)) + 1, change)
        edge = (column == 0) | (place <= 0)
        new = tf.where(edge, tf.maximum(place, column), least)
        done = tf.equal(lengths + others, k)
        end = tf.reshape(tf.gather(new, others, axis=1, batch_dims=1), tf.shape(found))
        return k + 1, now, new, tf.where(done, end, found)

    start = ones * tf.maximum(-column, column)
    begin = (tf.constant(1), start, start + tf.cast(column == 0, tf.int32), tf.zeros_like(lengths))
    shapes = tuple(v.shape for v in begin)
    found = tf.while_loop(lambda k, *_: k <= height + width, step, begin, shape_invariants=shapes)[
        3
    ]
    result = tf.cast(found, tf.float32)
    if call.flag("normalize", True):
        neither = tf.equal(lengths + others, 0)
        result = tf.where(neither, tf.zeros_like(result), result / tf.cast(others, tf.float32))
    return tf.reshape(result, tf.stack(leading))
