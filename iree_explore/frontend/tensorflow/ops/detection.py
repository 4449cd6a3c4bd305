# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Non-maximum suppression: a loop that takes the best box left and lowers the scores of the rest.

All groups (images and classes) go through the loop side by side. A box scores minus infinity once
it is taken or suppressed; of equal scores the first box goes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def _overlap(tf: Any, boxes: Any, best: Any) -> Any:
    """Intersection over union of [groups, n, 4] boxes with one [groups, 4] box of each group."""
    best = best[:, tf.newaxis]
    low = [tf.minimum(b[..., :2], b[..., 2:]) for b in (boxes, best)]
    high = [tf.maximum(b[..., :2], b[..., 2:]) for b in (boxes, best)]
    areas = [tf.reduce_prod(h - m, -1) for m, h in zip(low, high, strict=True)]
    sides = tf.maximum(tf.minimum(*high) - tf.maximum(*low), 0.0)
    shared = tf.reduce_prod(sides, -1)
    real = (areas[0] > 0) & (areas[1] > 0)
    return tf.where(real, shared / tf.where(real, areas[0] + areas[1] - shared, 1.0), 0.0)


def suppress(
    tf: Any,
    scores: Any,
    overlap: Callable[[Any], Any],
    count: Any,
    threshold: Any,
    least: Any,
    sigma: Any = None,
) -> tuple[Any, Any]:
    """Up to `count` boxes of each group: their indices and scores ([groups, count]); what is minus
    infinity was not taken. `overlap` compares all boxes with one of each group."""
    groups, size = tf.shape(scores)[0], tf.shape(scores)[1]
    none = tf.constant(float("-inf"), tf.float32)
    steps = tf.range(size)[tf.newaxis]
    columns = tf.range(count)[tf.newaxis]
    index = tf.zeros(tf.stack([groups, count]), tf.int32)
    taken = tf.fill(tf.stack([groups, count]), none)

    def body(i: Any, left: Any, index: Any, taken: Any) -> tuple[Any, ...]:
        best = tf.argmax(left, 1, tf.int32)
        score = tf.reduce_max(left, 1)
        score = tf.where(score > least, score, none)
        same = overlap(best)
        if sigma is None:
            left = tf.where(same > threshold, none, left)
        else:
            soft = sigma > 0
            scale = tf.where(soft, -0.5 / tf.where(soft, sigma, 1.0), 0.0)
            weaker = tf.where(soft, left * tf.exp(scale * same * same), left)
            left = tf.where(same > threshold, none, weaker)
        left = tf.where(steps == best[:, tf.newaxis], none, left)
        here = columns == i
        index = tf.where(here, best[:, tf.newaxis], index)
        return i + 1, left, index, tf.where(here, score[:, tf.newaxis], taken)

    start = (tf.constant(0), tf.where(scores > least, scores, none), index, taken)
    shapes = (tf.TensorShape([]), scores.shape, index.shape, taken.shape)
    done = tf.while_loop(lambda i, *_: i < count, body, start, shape_invariants=shapes)
    return done[2], done[3]


@composition("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3",
             "NonMaxSuppressionV4", "NonMaxSuppressionV5")  # fmt: skip
def non_max_suppression(
    tf: Any, call: Call, boxes: Any, scores: Any, count: Any, *rest: Any
) -> Any:
    """Indices of the boxes that stay, the best first, and how many if they are padded."""
    low = tf.constant(float("-inf"))
    threshold = rest[0] if rest else tf.constant(call.number("iou_threshold", 0.5))
    least = rest[1] if len(rest) > 1 else low
    sigma = rest[2] if len(rest) > 2 else None
    threshold, least = tf.cast(threshold, tf.float32), tf.cast(least, tf.float32)
    group = tf.cast(boxes, tf.float32)[tf.newaxis]
    count = tf.minimum(count, tf.shape(scores)[0]) if not _padded(call) else count
    index, taken = suppress(
        tf,
        tf.cast(scores, tf.float32)[tf.newaxis],
        lambda best: _overlap(tf, group, tf.gather(group, best, axis=1, batch_dims=1)),
        count,
        threshold,
        least,
        None if sigma is None else tf.cast(sigma, tf.float32),
    )
    index, taken = index[0], taken[0]
    valid = tf.reduce_sum(tf.cast(taken > low, tf.int32))
    if _padded(call):
        kept = taken > low
        index, taken = tf.where(kept, index, 0), tf.where(kept, taken, 0.0)
    else:
        index, taken = index[:valid], taken[:valid]
    results = {1: [index], 2: [index, valid]}
    return results.get(len(call.op.results), [index, tf.cast(taken, scores.dtype), valid])


def _padded(call: Call) -> bool:
    return call.flag("pad_to_max_output_size")


@composition("NonMaxSuppressionWithOverlaps")
def suppression_with_overlaps(
    tf: Any, call: Call, overlaps: Any, scores: Any, count: Any, threshold: Any, least: Any
) -> Any:
    """The same with overlaps that are given."""
    count = tf.minimum(count, tf.shape(scores)[0])
    index, taken = suppress(
        tf,
        scores[tf.newaxis],
        lambda best: tf.gather(tf.transpose(overlaps), best),
        count,
        threshold,
        least,
    )
    valid = tf.reduce_sum(tf.cast(taken[0] > float("-inf"), tf.int32))
    return index[0][:valid]


@composition("CombinedNonMaxSuppression")
def combined_suppression(
    tf: Any, call: Call, boxes: Any, scores: Any, each: Any, total: Any, threshold: Any, least: Any
) -> Any:
    """Suppression for each image and class, then the best of all classes."""
    known = [tf.get_static_value(n) for n in (each, total)]
    classes = scores.shape[2]
    if None in known or classes is None or boxes.shape[2] is None:
        return None
    per_class, most = int(known[0]), int(known[1])
    images, size = tf.shape(boxes)[0], tf.shape(boxes)[1]
    shared = boxes.shape[2] == 1
    places = tf.zeros([classes], tf.int32) if shared else tf.range(classes)
    grouped = tf.gather(tf.transpose(boxes, [0, 2, 1, 3]), places, axis=1)
    grouped = tf.reshape(grouped, tf.stack([images * classes, size, 4]))
    ranked = tf.reshape(tf.transpose(scores, [0, 2, 1]), tf.stack([images * classes, size]))
    index, taken = suppress(
        tf,
        ranked,
        lambda best: _overlap(tf, grouped, tf.gather(grouped, best, axis=1, batch_dims=1)),
        tf.constant(per_class),
        threshold,
        least,
    )
    found = tf.gather(grouped, index, axis=1, batch_dims=1)
    wide = classes * per_class
    keep = min(most, wide)
    best, order = tf.math.top_k(tf.reshape(taken, tf.stack([images, wide])), keep)
    picked = tf.gather(tf.reshape(found, tf.stack([images, wide, 4])), order, axis=1, batch_dims=1)
    if call.flag("clip_boxes", True):
        picked = tf.clip_by_value(picked, 0.0, 1.0)
    kept = best > float("-inf")
    numbers = tf.cast(order // per_class, tf.float32)
    results = [
        tf.where(kept[..., tf.newaxis], picked, 0.0),
        tf.where(kept, best, 0.0),
        tf.where(kept, numbers, 0.0),
    ]
    room = 0 if call.flag("pad_per_class") else most - keep
    padded = [tf.pad(r, [[0, 0], [0, room]] + [[0, 0]] * (r.shape.rank - 2)) for r in results]
    return [*padded, tf.reduce_sum(tf.cast(kept, tf.int32), 1)]
