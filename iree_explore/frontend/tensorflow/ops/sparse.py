# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse tensors to dense ones and back to places: products, sums, reductions, softmax.

A sparse tensor is three: the places of its values [n, rank], the values [n], its shape [rank]. The
number of a place in row-major order is its *key*. `sparse_sets.py` has what makes sparse tensors.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def sizes(tf: Any, shape: Any) -> list[Any]:
    """The sizes of a sparse tensor's shape, one by one."""
    return tf.unstack(tf.cast(shape, tf.int64), shape.shape[0])


def keys(tf: Any, places: Any, counts: list[Any]) -> Any:
    """Numbers of places in row-major order, of the given columns' sizes."""
    found = tf.zeros(tf.shape(places)[:1], tf.int64)
    for axis, count in enumerate(counts):
        found = found * count + places[:, axis]
    return found


def total(tf: Any, counts: list[Any]) -> Any:
    """The product of sizes."""
    found = tf.ones([], tf.int64)
    for count in counts:
        found *= count
    return found


def _rank(shape: Any) -> int | None:
    return None if shape.shape.rank is None else shape.shape[0]


@composition("SparseToDense")
def to_dense(tf: Any, call: Call, places: Any, shape: Any, values: Any, default: Any) -> Any:
    """Values at their places, the default elsewhere."""
    if _rank(shape) is None:
        return None
    if places.shape.rank < 2:
        places = tf.reshape(places, [-1, 1] if places.shape.rank == 1 else [1, shape.shape[0]])
    whole = tf.fill(shape, default)
    updates = tf.broadcast_to(values, tf.shape(places)[:1])
    return tf.tensor_scatter_nd_update(whole, places, updates)


@composition("SparseTensorDenseMatMul")
def dense_product(tf: Any, call: Call, places: Any, values: Any, shape: Any, dense: Any) -> Any:
    """The product of a sparse matrix and a dense one: rows picked by column, summed by row."""
    rows, columns, count = places[:, 0], places[:, 1], shape[0]
    if call.flag("adjoint_a"):
        rows, columns, count = columns, rows, shape[1]
        values = tf.math.conj(values)
    if call.flag("adjoint_b"):
        dense = tf.linalg.adjoint(dense)
    return tf.math.unsorted_segment_sum(
        values[:, tf.newaxis] * tf.gather(dense, columns), rows, tf.cast(count, tf.int32)
    )


@composition("SparseMatMul")
def flagged_product(tf: Any, call: Call, left: Any, right: Any) -> Any:
    """The product of dense matrices that are said to be mostly 0."""
    flags = {f"transpose_{n}": call.flag(f"transpose_{n}") for n in "ab"}
    return tf.matmul(tf.cast(left, tf.float32), tf.cast(right, tf.float32), **flags)


@composition("SparseTensorDenseAdd")
def dense_sum(tf: Any, call: Call, places: Any, values: Any, shape: Any, dense: Any) -> Any:
    """Values added to a dense tensor at their places."""
    return tf.tensor_scatter_nd_add(dense, places, values)


@composition("SparseDenseCwiseAdd", "SparseDenseCwiseDiv", "SparseDenseCwiseMul")
def dense_elements(tf: Any, call: Call, places: Any, values: Any, shape: Any, dense: Any) -> Any:
    """Values combined with the elements of a dense tensor, broadcast, at their places."""
    rank = _rank(shape)
    if rank is None or dense.shape.rank is None:
        return None
    picked = dense
    if dense.shape.rank > 0:
        there = places[:, rank - dense.shape.rank :]
        repeated = tf.shape(dense, out_type=tf.int64) == 1
        picked = tf.gather_nd(dense, tf.where(repeated, tf.zeros([], tf.int64), there))
    combine = {"Add": tf.add, "Div": tf.divide, "Mul": tf.multiply}
    return combine[call.name.removeprefix("SparseDenseCwise")](values, picked)


@composition("SparseReduceSum", "SparseReduceMax")
def reduce(tf: Any, call: Call, places: Any, values: Any, shape: Any, axes: Any) -> Any:
    """The sum or the greatest of the values along dimensions, 0 where there is none; dense."""
    rank, found = _rank(shape), tf.get_static_value(axes)
    if rank is None or found is None:
        return None
    gone = {int(a) % rank for a in found.ravel()} or set(range(rank))
    rest = [axis for axis in range(rank) if axis not in gone]
    counts = sizes(tf, shape)
    kept = [counts[axis] for axis in rest]
    ids = keys(tf, tf.gather(places, rest, axis=1), kept) if rest else keys(tf, places, [])
    count = tf.cast(total(tf, kept), tf.int32)
    if call.name == "SparseReduceSum":
        result = tf.math.unsorted_segment_sum(values, ids, count)
    else:
        result = greatest(tf, values, ids, count)
    one = tf.ones([], tf.int64)
    shown = [one if axis in gone else counts[axis] for axis in range(rank)]
    shown = shown if call.flag("keep_dims") else kept
    return tf.reshape(result, tf.stack(shown) if shown else [])


def greatest(tf: Any, values: Any, ids: Any, count: Any) -> Any:
    """The greatest value of each segment, 0 where there is none."""
    rows = tf.math.unsorted_segment_sum(tf.ones(tf.shape(ids), tf.int32), ids, count)
    found = tf.math.unsorted_segment_max(values, ids, count)
    return tf.where(rows > 0, found, tf.zeros([], values.dtype))


@composition("SparseSoftmax")
def softmax(tf: Any, call: Call, places: Any, values: Any, shape: Any) -> Any:
    """Softmax of the values of each row; what is not there counts as minus infinity."""
    if _rank(shape) is None:
        return None
    counts = sizes(tf, shape)[:-1]
    ids, count = keys(tf, places, counts), tf.cast(total(tf, counts), tf.int32)
    most = tf.gather(tf.math.unsorted_segment_max(values, ids, count), ids)
    powers = tf.exp(values - most)
    return powers / tf.gather(tf.math.unsorted_segment_sum(powers, ids, count), ids)
