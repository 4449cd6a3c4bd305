# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random choices: categories by their logits, and permutations of rows."""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.philox import Stream
from iree_explore.frontend.tensorflow.ops.random import RESERVED, is_philox


def _categories(tf: Any, source: Stream, logits: Any, samples: Any, dtype: Any) -> Any:
    """[batch, samples]: the first class whose cumulated odds exceed a uniform part of all. The
    stream goes through the rows in order, as TensorFlow's does on one thread."""
    batch = tf.shape(logits)[0]
    finite = tf.math.is_finite(logits)
    lowest = tf.constant(logits.dtype.min, logits.dtype)
    highest = tf.reduce_max(tf.where(finite, logits, lowest), 1, keepdims=True)
    odds = tf.exp(tf.cast(logits, tf.float64) - tf.cast(highest, tf.float64))
    sums = tf.cumsum(tf.where(finite, odds, tf.zeros([], tf.float64)), 1)
    parts = philox.uniform(source, batch * samples, tf.float64)
    wanted = tf.reshape(parts, tf.stack([batch, samples])) * sums[:, -1:]
    passed = sums[:, tf.newaxis, :] <= wanted[:, :, tf.newaxis]
    return tf.cast(tf.reduce_sum(tf.cast(passed, tf.int32), 2), dtype)


@composition("Multinomial")
def multinomial(tf: Any, call: Call, state: Any, logits: Any, samples: Any) -> Any:
    """`tf.random.categorical`, and the next state."""
    source = philox.of_state(tf, state)
    found = _categories(tf, source, logits, samples, call.dtype(tf))
    used = tf.shape(logits)[0] * ((samples + 3) // 4 * 8)
    return found, philox.advanced(tf, state, tf.cast(used, tf.uint64) * RESERVED)


@composition("StatelessMultinomial", passed=(2,))
def stateless_multinomial(tf: Any, call: Call, logits: Any, samples: Any, seed: Any) -> Any:
    """`tf.random.stateless_categorical`."""
    return _categories(tf, philox.of_seed(tf, seed), logits, samples, call.dtype(tf))


def permutation(tf: Any, words: Any, count: Any) -> Any:
    """Where each row comes from, if row i is exchanged with row i + words[i] % (count - i) in turn.

    What row i gets lay at j = i + ..., where an earlier exchange k with the same j put what lay at
    k then; and what lay at k is what the last exchange m < k with j = k put there, and so on. The
    chains are followed for all rows at once, twice as far each time.
    """
    place = tf.range(count)
    rest = tf.cast(tf.maximum(count - place, 1), tf.uint32)
    other = place + tf.cast(tf.math.floormod(words, rest), tf.int32)
    moved = tf.where(tf.equal(other, place), tf.constant(-1, tf.int32), place)
    root = tf.maximum(tf.math.unsorted_segment_max(moved, other, count), -1)
    root = tf.where(root < 0, place, root)
    root = tf.while_loop(
        lambda old, new: tf.reduce_any(tf.not_equal(old, new)),
        lambda old, new: (new, tf.gather(new, new)),
        (tf.fill(tf.shape(root), -1), root),
    )[1]
    order = tf.argsort(other, stable=True)
    ordered = tf.gather(other, order)
    same = tf.equal(ordered[1:], ordered[:-1])
    before = tf.concat([tf.fill([1], -1), tf.where(same, order[:-1], -1)], 0)[:count]
    earlier = tf.scatter_nd(order[:, tf.newaxis], before, tf.reshape(count, [1]))
    return tf.where(earlier < 0, other, tf.gather(root, tf.maximum(earlier, 0)))


@composition("RandomShuffle")
def random_shuffle(tf: Any, call: Call, state: Any, value: Any) -> Any:
    """Rows in another order, and the next state."""
    if not value.shape.rank:
        return value, state
    count = tf.shape(value)[0]
    words = philox.of_state(tf, state).words(count, 32)
    found = tf.gather(value, permutation(tf, words, count))
    moves = (count > 1) & (tf.size(value) > 1)
    used = tf.where(moves, (count - 1 + 3) // 4, tf.zeros([], tf.int32))
    return found, philox.advanced(tf, state, tf.cast(used, tf.uint64))


@composition("StatelessShuffle", passed=(1, 2))
def stateless_shuffle(
    tf: Any, call: Call, value: Any, key: Any, counter: Any, algorithm: Any
) -> Any:
    """Rows in another order."""
    if not is_philox(tf, algorithm):
        return None
    count = tf.shape(value)[0]
    words = philox.stream(tf, key, counter).words(count, 32)
    return tf.gather(value, permutation(tf, words, count))
