# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Connectionist temporal classification: the loss of sparse labels with its gradient, and the
greedy decoder.

The loss is TensorFlow's own of dense labels, which are as wide as there are time steps: no label
that can be aligned is longer.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


@composition("CTCLoss")
def ctc_loss(tf: Any, call: Call, logits: Any, indices: Any, labels: Any, lengths: Any) -> Any:
    """Losses of each sequence of [time, batch, class] and the gradient of the logits; the last
    class is the blank."""
    merged = call.flag("ctc_merge_repeated", True)
    if call.flag("preprocess_collapse_repeated") or not merged:
        return None
    shape = tf.shape(logits)
    places = tf.cast(indices, tf.int32)
    dense = tf.scatter_nd(places, labels, tf.stack([shape[1], shape[0]]))
    counts = tf.math.unsorted_segment_sum(tf.ones_like(labels), places[:, 0], shape[1])
    loss = tf.nn.ctc_loss(dense, logits, counts, lengths, blank_index=-1)
    (gradient,) = tf.gradients(loss, logits)
    return loss, gradient


@composition("CTCGreedyDecoder")
def greedy_decoder(tf: Any, call: Call, logits: Any, lengths: Any) -> Any:
    """The likeliest class of each step without blanks, and without repetitions if they merge: where
    it is, what it is, the shape of it all; and the negative sum of the scores."""
    time, batch = tf.shape(logits)[0], tf.shape(logits)[1]
    classes = tf.shape(logits)[2]
    blank = call.integer("blank_index", -1)
    blank = classes + blank if blank < 0 else tf.constant(blank)
    best = tf.transpose(tf.argmax(logits, 2, tf.int32))  # [batch, time]
    scores = tf.transpose(tf.reduce_max(logits, 2))
    steps = tf.range(time)[tf.newaxis]
    used = steps < lengths[:, tf.newaxis]
    kept = used & (best != blank)
    if call.flag("merge_repeated"):
        before = tf.concat([tf.fill(tf.stack([batch, 1]), -1), best[:, :-1]], 1)
        kept &= best != before
    found = tf.where(kept)
    place = tf.cumsum(tf.cast(kept, tf.int64), 1) - 1
    indices = tf.stack([found[:, 0], tf.gather_nd(place, found)], 1)
    longest = tf.reduce_max(tf.reduce_sum(tf.cast(kept, tf.int64), 1))
    total = -tf.reduce_sum(tf.where(used, scores, tf.zeros_like(scores)), 1)[:, tf.newaxis]
    values = tf.cast(tf.gather_nd(best, found), tf.int64)
    return indices, values, tf.stack([tf.cast(batch, tf.int64), longest]), total
