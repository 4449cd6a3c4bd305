# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions, scans, gathers, joins, reversals, transpositions along axes that the call computes.

The rank is known: one axis is a choice of as many branches, each with a constant axis; several are
a branch a dimension. A transposition gathers. TensorFlow lowers constant axes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.counted import compact


def _inside(tf: Any, call: Call, axis: Any, rank: int) -> Any:
    """Axes counted from the first dimension; the host raises IX307 if there is no such."""
    axis = tf.cast(axis, tf.int32)
    message = f"an axis of {call.name} is outside of a tensor of rank {rank}"
    holds = tf.reduce_all((axis >= -rank) & (axis < rank))
    with tf.control_dependencies([tf.debugging.Assert(holds, [message, axis])]):
        return tf.where(axis < 0, axis + rank, axis)


def _by_axis(tf: Any, call: Call, axis: Any, rank: int, make: Callable[[int], Any]) -> Any:
    """What `make` gives for the constant axis that `axis` turns out to be."""
    place = _inside(tf, call, tf.reshape(axis, []), rank)
    return tf.switch_case(place, [lambda a=a: make(a) for a in range(rank)])


def _axes(tf: Any, call: Call, axes: Any, rank: int) -> Any:
    """Whether each dimension is one of the axes."""
    places = _inside(tf, call, tf.reshape(axes, [-1]), rank)
    return tf.reduce_any(tf.equal(tf.range(rank)[:, tf.newaxis], places[tf.newaxis]), 1)


def _where(tf: Any, wanted: Any, x: Any, make: Callable[[Any, int], Any]) -> Any:
    """`make` applied along each dimension that is `wanted`, one after the other."""
    for axis in range(x.shape.rank):
        x = tf.cond(
            wanted[axis],
            lambda value=x, axis=axis: make(value, axis),
            lambda value=x: tf.identity(value),
        )
    return x


@composition("Sum", "Mean", "Prod", "Max", "Min", "Any", "All", last=True)
def reduction(tf: Any, call: Call, x: Any, axes: Any) -> Any:
    """A reduction; without `keep_dims` if it is known how many axes there are."""
    rank, keeps = x.shape.rank, call.flag("keep_dims")
    count = 1 if axes.shape.rank == 0 else axes.shape[0]
    if not rank or (count is None and not keeps):
        return None
    reduce = getattr(tf.raw_ops, call.name)
    if count == 1:
        return _by_axis(tf, call, axes, rank, lambda a: reduce(input=x, axis=a, keep_dims=keeps))
    wanted = _axes(tf, call, axes, rank)
    step = tf.raw_ops.Sum if call.name == "Mean" else reduce
    result = _where(tf, wanted, x, lambda v, a: step(input=v, axis=a, keep_dims=True))
    sizes = tf.shape(x)
    if call.name == "Mean":
        number = tf.cast(tf.reduce_prod(tf.where(wanted, sizes, tf.ones_like(sizes))), x.dtype)
        result = tf.truncatediv(result, number) if x.dtype.is_integer else result / number
    if keeps:
        return result
    kept = tf.sort(tf.where(wanted, rank, tf.range(rank)))[: rank - (count or 0)]
    return tf.reshape(result, tf.gather(sizes, kept))


@composition("BroadcastGradientArgs", last=True)
def broadcast_axes(tf: Any, call: Call, left: Any, right: Any) -> Any:
    """The axes along which each of two shapes is broadcast to the other."""
    counts = [left.shape[0], right.shape[0]]
    if None in counts:
        return None
    rank = max(counts)
    padded = [
        tf.concat([tf.ones([rank - n], v.dtype), v], 0)
        for n, v in zip(counts, (left, right), strict=True)
    ]
    axes = tf.range(rank, dtype=left.dtype)
    results = []
    for own, other, count in zip(padded, padded[::-1], counts, strict=True):
        along = tf.equal(own, 1) & (tf.not_equal(other, 1) | (axes < rank - count))
        results += compact(tf, along, axes)
    return results


@composition("ReverseV2", last=True)
def reverse(tf: Any, call: Call, x: Any, axes: Any) -> Any:
    """Dimensions in the other direction."""
    if not x.shape.rank:
        return None
    wanted = _axes(tf, call, axes, x.shape.rank)
    return _where(tf, wanted, x, lambda value, axis: tf.reverse(value, [axis]))


@composition("ArgMax", "ArgMin", last=True)
def extreme(tf: Any, call: Call, x: Any, axis: Any) -> Any:
    """Where the largest or smallest element along an axis is."""
    if not x.shape.rank:
        return None
    raw = getattr(tf.raw_ops, call.name)
    return _by_axis(
        tf, call, axis, x.shape.rank,
        lambda a: raw(input=x, dimension=a, output_type=call.dtype(tf)),
    )  # fmt: skip


@composition("Cumsum", "Cumprod", "CumulativeLogsumexp", last=True)
def scan(tf: Any, call: Call, x: Any, axis: Any) -> Any:
    """Running sums, products or logarithms of sums along an axis."""
    if not x.shape.rank:
        return None
    raw, flags = getattr(tf.raw_ops, call.name), ("exclusive", "reverse")
    options = {name: call.flag(name) for name in flags}
    return _by_axis(tf, call, axis, x.shape.rank, lambda a: raw(x=x, axis=a, **options))


@composition("ConcatV2", last=True)
def join(tf: Any, call: Call, *operands: Any) -> Any:
    """Tensors one after the other along an axis."""
    *values, axis = operands
    rank = values[0].shape.rank
    return _by_axis(tf, call, axis, rank, lambda a: tf.concat(values, a)) if rank else None


@composition("GatherV2", last=True)
def gather(tf: Any, call: Call, x: Any, places: Any, axis: Any) -> Any:
    """Slices along an axis."""
    batched = call.integer("batch_dims")
    if not x.shape.rank:
        return None

    def taken(a: int) -> Any:
        a = max(a, batched)  # TensorFlow refuses an axis inside of the batch
        return tf.gather(x, places, axis=a, batch_dims=batched)

    return _by_axis(tf, call, axis, x.shape.rank, taken)


@composition("Transpose", last=True)
def transpose(tf: Any, call: Call, x: Any, order: Any) -> Any:
    """Dimensions in another order: each element of the result is looked up."""
    rank = x.shape.rank
    if not rank:
        return None
    order = _inside(tf, call, tf.reshape(order, [rank]), rank)
    sizes = tf.shape(x)
    steps = tf.math.cumprod(sizes, exclusive=True, reverse=True)
    wanted, strides = tf.gather(sizes, order), tf.gather(steps, order)
    places = tf.zeros([1] * rank, tf.int32)
    for axis in range(rank):
        row = tf.range(wanted[axis]) * strides[axis]
        places += tf.reshape(row, [-1 if a == axis else 1 for a in range(rank)])
    return tf.gather(tf.reshape(x, [-1]), places)
