# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that make sparse tensors: ordered, reshaped, cut, joined, added, with empty rows filled.

How many values a result has may depend on the places of the operands; it is counted at run time, as
for `tf.where` (`counted.py`).
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.counted import compact
from iree_explore.frontend.tensorflow.ops.sparse import greatest, keys, sizes, total


def _ordered(tf: Any, places: Any, values: Any, shape: Any) -> tuple[Any, Any]:
    """Places and their values in row-major order."""
    order = tf.argsort(keys(tf, places, sizes(tf, shape)), stable=True)
    return tf.gather(places, order), tf.gather(values, order)


def places_of(tf: Any, numbers: Any, counts: list[Any]) -> Any:
    """The places of keys."""
    columns = []
    for count in reversed(counts):
        size = tf.maximum(count, 1)
        columns.insert(0, numbers % size)
        numbers = numbers // size
    return tf.stack(columns, 1)


@composition("SparseReorder")
def reorder(tf: Any, call: Call, places: Any, values: Any, shape: Any) -> Any:
    """Row-major order."""
    return _ordered(tf, places, values, shape)


@composition("SparseReshape")
def reshape(tf: Any, call: Call, places: Any, shape: Any, wanted: Any) -> Any:
    """The same values in another shape, one size of which may be -1."""
    counts = sizes(tf, shape)
    given = sizes(tf, wanted)
    others = tf.maximum(total(tf, [tf.where(n < 0, tf.ones([], tf.int64), n) for n in given]), 1)
    left = total(tf, counts) // others
    given = [tf.where(n < 0, left, n) for n in given]
    return places_of(tf, keys(tf, places, counts), given), tf.stack(given)


def _cut(tf: Any, places: Any, values: Any, start: Any, size: Any) -> tuple[Any, Any]:
    """What lies in a box, with places in it."""
    moved = places - start
    inside = tf.reduce_all((moved >= 0) & (moved < size), 1)
    kept, numbers = compact(tf, inside, values, tf.range(tf.shape(values)[0]))
    return tf.gather(moved, numbers), kept


@composition("SparseSlice")
def slice_(tf: Any, call: Call, places: Any, values: Any, shape: Any, start: Any, size: Any) -> Any:
    """What lies in a box; it ends where the tensor ends."""
    size = tf.maximum(tf.minimum(size, shape - start), tf.zeros([], tf.int64))
    return *_cut(tf, places, values, start, size), size


@composition("SparseSliceGrad")
def slice_grad(tf: Any, call: Call, grad: Any, places: Any, start: Any, kept: Any) -> Any:
    """Gradients of the values that a slice kept, 0 for the others."""
    most = tf.reduce_max(tf.concat([places, kept + start], 0), 0) + 1
    counts = sizes(tf, most)
    return _looked_up(tf, grad, keys(tf, kept + start, counts), keys(tf, places, counts))


def _looked_up(tf: Any, values: Any, there: Any, wanted: Any) -> Any:
    """The value of each wanted key, 0 for those that are not there (in order)."""
    if there.shape[0] == 0:
        return tf.zeros(tf.shape(wanted), values.dtype)
    order = tf.argsort(there, stable=True)
    ordered = tf.gather(there, order)
    found = tf.searchsorted(ordered, wanted, out_type=tf.int32)
    last = tf.maximum(tf.shape(there)[0] - 1, 0)
    at = tf.minimum(found, last)
    padded = tf.concat([ordered, tf.constant([-1], tf.int64)], 0)
    picked = tf.gather(tf.concat([tf.gather(values, order), tf.zeros([1], values.dtype)], 0), at)
    return tf.where(tf.gather(padded, at) == wanted, picked, tf.zeros([], values.dtype))


@composition("SparseConcat")
def concat(tf: Any, call: Call, *operands: Any) -> Any:
    """Sparse tensors side by side along a dimension."""
    count = len(operands) // 3
    places, values, shapes = (operands[i * count : (i + 1) * count] for i in range(3))
    rank = shapes[0].shape[0]
    axis = call.integer("concat_dim") % rank
    along = tf.one_hot(axis, rank, dtype=tf.int64)
    moved, offset = [], tf.zeros([], tf.int64)
    for place, shape in zip(places, shapes, strict=True):
        moved.append(place + offset * along)
        offset += shape[axis]
    shape = tf.where(along == 1, offset, shapes[0])
    return *_ordered(tf, tf.concat(moved, 0), tf.concat(values, 0), shape), shape


@composition("SparseSplit")
def split(tf: Any, call: Call, axis: Any, places: Any, values: Any, shape: Any) -> Any:
    """Pieces along a dimension; the first ones are larger by one if it does not divide."""
    count, rank = call.integer("num_split"), shape.shape[0]
    along = tf.cast(tf.range(rank, dtype=tf.int64) == tf.cast(axis, tf.int64), tf.int64)
    size = tf.reduce_sum(shape * along)
    pieces, start = [], tf.zeros([], tf.int64)
    for number in range(count):
        one = size // count + tf.cast(number < size % count, tf.int64)
        box = tf.where(along == 1, one, shape)
        pieces.append((*_cut(tf, places, values, start * along, box), box))
        start += one
    return [piece[i] for i in range(3) for piece in pieces]


@composition("SparseFillEmptyRows")
def fill_empty_rows(tf: Any, call: Call, places: Any, values: Any, shape: Any, default: Any) -> Any:
    """A default at the start of rows without values; which rows, and where the values went."""
    count = tf.cast(shape[0], tf.int32)
    ones = tf.ones(tf.shape(values)[:1], tf.int32)
    empty = tf.equal(tf.math.unsorted_segment_sum(ones, places[:, 0], count), 0)
    (rows,) = compact(tf, empty, tf.range(count, dtype=tf.int32))
    new = tf.one_hot(0, shape.shape[0], dtype=tf.int64) * tf.cast(rows, tf.int64)[:, tf.newaxis]
    every = tf.concat([places, new], 0)
    filled = tf.concat([values, tf.fill(tf.shape(rows), default)], 0)
    order = tf.argsort(every[:, 0], stable=True)
    went = tf.argsort(order, stable=True)[: tf.shape(values)[0]]
    return tf.gather(every, order), tf.gather(filled, order), empty, tf.cast(went, tf.int64)


@composition("SparseFillEmptyRowsGrad")
def fill_empty_rows_grad(tf: Any, call: Call, went: Any, grad: Any) -> Any:
    """Gradients of the values, and of the default."""
    ones = tf.ones(tf.shape(went), grad.dtype)
    kept = tf.math.unsorted_segment_sum(ones, went, tf.shape(grad)[0])
    rest = tf.where(kept > 0, tf.zeros([], grad.dtype), grad)
    return tf.gather(grad, went), tf.reduce_sum(rest)


def _groups(tf: Any, numbers: Any) -> tuple[Any, Any, Any]:
    """Keys in order, each once; how many there are; and the number of each given key among them."""
    order = tf.argsort(numbers, stable=True)
    ordered = tf.gather(numbers, order)
    size = tf.shape(numbers)[0]
    first = tf.concat([tf.ones([1], tf.bool), ordered[1:] != ordered[:-1]], 0)[:size]
    group = tf.cumsum(tf.cast(first, tf.int32)) - 1
    (once,) = compact(tf, first, ordered)
    ids = tf.scatter_nd(order[:, tf.newaxis], group, [size])
    return once, tf.shape(once)[0], ids


@composition("SparseReduceSumSparse", "SparseReduceMaxSparse")
def reduce_sparse(tf: Any, call: Call, places: Any, values: Any, shape: Any, axes: Any) -> Any:
    """The sum or the greatest of the values along dimensions, where there are any."""
    rank, found = shape.shape[0], tf.get_static_value(axes)
    if rank is None or found is None:
        return None
    gone = {int(a) % rank for a in found.ravel()} or set(range(rank))
    rest = [axis for axis in range(rank) if axis not in gone]
    if not rest and not call.flag("keep_dims"):
        return None
    counts = sizes(tf, shape)
    one = tf.ones([], tf.int64)
    shown = [one if axis in gone else counts[axis] for axis in range(rank)]
    mask = [axis not in gone for axis in range(rank)]
    kept = tf.where(mask, places, tf.zeros([], tf.int64))
    if not call.flag("keep_dims"):
        shown, kept = [counts[axis] for axis in rest], tf.gather(places, rest, axis=1)
    once, count, ids = _groups(tf, keys(tf, kept, shown))
    if call.name.startswith("SparseReduceSum"):
        result = tf.math.unsorted_segment_sum(values, ids, count)
    else:
        result = greatest(tf, values, ids, count)
    return places_of(tf, once, shown), result, tf.stack(shown)


def _union(tf: Any, a: Any, b: Any, shape: Any) -> tuple[Any, Any, Any]:
    """Keys of two lists of places, each once, their count, and the number of each place in them."""
    counts = sizes(tf, shape)
    return _groups(tf, tf.concat([keys(tf, a, counts), keys(tf, b, counts)], 0))


@composition("SparseAdd")
def add(tf: Any, call: Call, *operands: Any) -> Any:
    """The sum of two sparse tensors; sums of two values below the threshold are left out."""
    places, values, shape, others, more, _, least = operands
    once, count, ids = _union(tf, places, others, shape)
    sums = tf.math.unsorted_segment_sum(tf.concat([values, more], 0), ids, count)
    alone = tf.math.unsorted_segment_sum(tf.ones_like(ids), ids, count) < 2
    kept, numbers = compact(tf, alone | (tf.abs(sums) >= least), sums, once)
    return places_of(tf, numbers, sizes(tf, shape)), kept, shape


@composition("SparseAddGrad")
def add_grad(tf: Any, call: Call, grad: Any, a: Any, b: Any, sums: Any) -> Any:
    """Gradients of both operands' values: those of the sums at their places."""
    counts = sizes(tf, tf.reduce_max(tf.concat([a, b, sums], 0), 0) + 1)
    there = keys(tf, sums, counts)
    return [_looked_up(tf, grad, there, keys(tf, part, counts)) for part in (a, b)]


@composition("SparseSparseMaximum", "SparseSparseMinimum")
def extreme(tf: Any, call: Call, *operands: Any) -> Any:
    """The greater or less of two sparse tensors where one has a value; what is missing is 0."""
    places, values, shape, others, more, _ = operands
    once, count, ids = _union(tf, places, others, shape)
    size = tf.shape(values)[0]
    left = tf.math.unsorted_segment_sum(values, ids[:size], count)
    right = tf.math.unsorted_segment_sum(more, ids[size:], count)
    combine = tf.maximum if call.name == "SparseSparseMaximum" else tf.minimum
    return places_of(tf, once, sizes(tf, shape)), combine(left, right)
