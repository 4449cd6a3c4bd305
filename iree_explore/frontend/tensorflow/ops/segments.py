# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Segments of sorted ids, bins, histograms and searches: compositions of unsorted segments.

A sorted segment op has as many rows as its last id says, so its result's size is read at run time.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def _sum(tf: Any, data: Any, ids: Any, count: Any) -> Any:
    return tf.math.unsorted_segment_sum(data, ids, count)


def _counts(tf: Any, data: Any, ids: Any, count: Any) -> Any:
    """Rows of each segment, at least one, in the shape of a row of the result."""
    rows = _sum(tf, tf.ones(tf.shape(ids), data.dtype), ids, count)
    rows = tf.maximum(rows, tf.ones([], data.dtype))
    ones = tf.ones([data.shape.rank - ids.shape.rank], tf.int32)
    return tf.reshape(rows, tf.concat([tf.shape(rows), ones], 0))


def _filled(tf: Any, reduced: Any, ids: Any, count: Any) -> Any:
    """`reduced` with 0 in segments without rows."""
    rows = _sum(tf, tf.ones(tf.shape(ids), tf.int32), ids, count)
    ones = tf.ones([reduced.shape.rank - 1], tf.int32)
    rows = tf.reshape(rows, tf.concat([tf.shape(rows), ones], 0))
    return tf.where(rows > 0, reduced, tf.zeros([], reduced.dtype))


def _reduced(tf: Any, kind: str, data: Any, ids: Any, count: Any) -> Any:
    """One reduction by segments; segments without rows are 0 (1 for products)."""
    if kind == "Sum":
        return _sum(tf, data, ids, count)
    if kind == "Prod":
        return tf.math.unsorted_segment_prod(data, ids, count)
    if kind == "Mean":
        return _sum(tf, data, ids, count) / _counts(tf, data, ids, count)
    if kind == "SqrtN":
        return _sum(tf, data, ids, count) / tf.sqrt(_counts(tf, data, ids, count))
    extreme = tf.math.unsorted_segment_max if kind == "Max" else tf.math.unsorted_segment_min
    return _filled(tf, extreme(data, ids, count), ids, count)


def _last_plus_one(tf: Any, ids: Any) -> Any:
    """Segments of sorted ids: none if there are no ids."""
    return tf.reduce_max(tf.concat([tf.zeros([1], ids.dtype), ids + 1], 0))


@composition("SegmentSum", "SegmentMean", "SegmentMax", "SegmentMin", "SegmentProd",
             "SegmentSumV2", "SegmentMaxV2", "SegmentMinV2", "SegmentProdV2")  # fmt: skip
def segment(tf: Any, call: Call, data: Any, ids: Any, *count: Any) -> Any:
    """Reductions of consecutive rows with one id."""
    kind = call.name.removeprefix("Segment").removesuffix("V2")
    if not count:
        return _reduced(tf, kind, data, ids, _last_plus_one(tf, ids))
    if kind in ("Sum", "Prod"):
        return _reduced(tf, kind, data, ids, count[0])
    extreme = tf.math.unsorted_segment_max if kind == "Max" else tf.math.unsorted_segment_min
    return extreme(data, ids, count[0])


@composition("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN",
             "SparseSegmentSumWithNumSegments", "SparseSegmentMeanWithNumSegments",
             "SparseSegmentSqrtNWithNumSegments")  # fmt: skip
def sparse_segment(tf: Any, call: Call, data: Any, index: Any, ids: Any, *count: Any) -> Any:
    """Reductions of rows picked by `index`."""
    kind = call.name.removeprefix("SparseSegment").removesuffix("WithNumSegments")
    segments = count[0] if count else _last_plus_one(tf, ids)
    return _reduced(tf, kind, tf.gather(data, index), ids, segments)


@composition("SparseSegmentSumGrad", "SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad")
def sparse_segment_grad(tf: Any, call: Call, grad: Any, index: Any, ids: Any, rows: Any) -> Any:
    """Each picked row gets its segment's gradient, divided as the reduction did."""
    kind = call.name.removeprefix("SparseSegment").removesuffix("Grad")
    if kind != "Sum":
        counts = _counts(tf, grad, ids, tf.shape(grad)[0])
        grad = grad / (counts if kind == "Mean" else tf.sqrt(counts))
    return _sum(tf, tf.gather(grad, ids), index, rows)


@composition("Bincount")
def bincount(tf: Any, call: Call, values: Any, size: Any, weights: Any) -> Any:
    """How often each value below `size` occurs, or the sum of its weights."""
    flat = tf.reshape(values, [-1])
    weights = _weights(tf, call, flat, weights)
    return None if weights is None else _sum(tf, weights, _inside(tf, flat, size), size)


def _weights(tf: Any, call: Call, values: Any, weights: Any) -> Any:
    """Weights in the shape of `values`; ones if there are none, None if that is not known."""
    if weights.shape.num_elements() == 0:
        return tf.ones(tf.shape(values), call.dtype(tf))
    if weights.shape.rank is None or (None in weights.shape.as_list() and values.shape.rank == 0):
        return None
    return tf.reshape(weights, tf.shape(values))


def _inside(tf: Any, ids: Any, size: Any) -> Any:
    """Ids that are not below `size` as -1, which is dropped."""
    return tf.where(ids < tf.cast(size, ids.dtype), ids, tf.cast(-1, ids.dtype))


@composition("DenseBincount")
def dense_bincount(tf: Any, call: Call, values: Any, size: Any, weights: Any) -> Any:
    """`tf.Bincount` of a vector, or of each row of a matrix."""
    dtype = call.dtype(tf)
    ids = _inside(tf, values, size)
    binary = call.flag("binary_output")
    given = tf.ones(tf.shape(values), dtype) if binary else _weights(tf, call, values, weights)
    if given is None:
        return None
    if values.shape.rank == 1:
        sums = _sum(tf, given, ids, size)
    else:
        rows = tf.shape(values)[0]
        wide = tf.cast(size, tf.int32)
        start = tf.range(rows)[:, tf.newaxis] * wide
        places = tf.where(ids < 0, -1, tf.cast(ids, tf.int32) + start)
        sums = tf.reshape(_sum(tf, given, places, rows * wide), tf.stack([rows, wide]))
    return tf.minimum(sums, tf.ones([], dtype)) if binary else sums


@composition("HistogramFixedWidth")
def histogram(tf: Any, call: Call, values: Any, bounds: Any, bins: Any) -> Any:
    """Values in equal bins; what is outside counts in the first or last one."""
    low, high = bounds[0], bounds[1]
    count = tf.cast(bins, values.dtype)
    share = (tf.reshape(values, [-1]) - low) / (high - low) * count
    clipped = tf.clip_by_value(tf.floor(share), tf.zeros([], values.dtype), count - 1)
    ids = tf.cast(clipped, tf.int32)
    return _sum(tf, tf.ones_like(ids, call.dtype(tf)), ids, bins)


@composition("LowerBound", "UpperBound")
def bound(tf: Any, call: Call, ordered: Any, values: Any) -> Any:
    """How many elements of the sorted row are below each value (or not above it)."""
    rows, wanted = ordered[:, tf.newaxis, :], values[:, :, tf.newaxis]
    below = rows < wanted if call.name == "LowerBound" else rows <= wanted
    return tf.reduce_sum(tf.cast(below, call.dtype(tf)), 2)


@composition("Bucketize")
def bucketize(tf: Any, call: Call, x: Any) -> Any:
    """How many boundaries are not above each element."""
    kind = tf.float64 if x.dtype in (tf.float64, tf.int64) else tf.float32
    bounds = tf.constant(call.numbers("boundaries"), kind)
    reached = tf.cast(x, kind)[..., tf.newaxis] >= bounds
    return tf.reduce_sum(tf.cast(reached, tf.int32), -1)


@composition("InTopK", "InTopKV2")
def in_top_k(tf: Any, call: Call, scores: Any, targets: Any, *k: Any) -> Any:
    """Whether fewer than `k` scores are above the target's; false if that one is not finite or no
    class."""
    count = tf.cast(k[0], tf.int32) if k else tf.constant(call.integer("k"))
    classes = tf.cast(tf.shape(scores)[1], targets.dtype)
    inside = (targets >= 0) & (targets < classes)
    picked = tf.gather(scores, tf.where(inside, targets, 0), axis=1, batch_dims=1)
    above = tf.reduce_sum(tf.cast(scores > picked[:, tf.newaxis], tf.int32), 1)
    finite = tf.reduce_all(tf.math.is_finite(scores), 1)
    return inside & finite & tf.math.is_finite(picked) & (above < count)


@composition("NthElement")
def nth_element(tf: Any, call: Call, x: Any, n: Any) -> Any:
    """The element that sorting would put at position `n` of the last dimension."""
    direction = "DESCENDING" if call.flag("reverse") else "ASCENDING"
    return tf.gather(tf.sort(x, direction=direction), n, axis=-1)


@composition("DynamicStitch", "ParallelDynamicStitch")
def dynamic_stitch(tf: Any, call: Call, *operands: Any) -> Any:
    """Rows at the places that the index tensors say; the last one stays."""
    half = len(operands) // 2
    indices, data = operands[:half], operands[half:]
    inner = tf.shape(data[0])[indices[0].shape.rank :]
    places = tf.concat([tf.reshape(i, [-1]) for i in indices], 0)
    rows = tf.concat(
        [
            tf.reshape(d, tf.concat([[tf.size(i)], inner], 0))
            for i, d in zip(indices, data, strict=True)
        ],
        0,
    )
    count = _last_plus_one(tf, places)
    shape = tf.concat([tf.reshape(count, [1]), inner], 0)
    empty = tf.zeros(shape, rows.dtype)
    return tf.tensor_scatter_nd_update(empty, places[:, tf.newaxis], rows)
