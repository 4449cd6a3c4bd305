# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samplers of candidate classes: what sampled softmax and noise-contrastive losses draw.

Classes are drawn until there are enough, or enough different ones; a sampler also says how often it
expects to draw a class. Draws that TensorFlow rejects to be exactly uniform (fewer than one in
2^32 / classes) are used here. The first operand is the op's state (`random_state.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.counted import compact, ranked_groups
from iree_explore.frontend.tensorflow.ops.philox import Stream

RESERVED = 2048 // 4
"""Blocks that a sampler uses up for each class that it returns."""

Draw = Callable[[Any], Any]
"""The first n classes of a stream, int64 [n]."""


def _below(tf: Any, words: Any, count: int) -> Any:
    """Words as integers below `count`, by their low bits or the remainder."""
    return tf.cast(tf.math.floormod(words, tf.constant(count, words.dtype)), tf.int64)


def _different(tf: Any, draw: Draw, count: int) -> tuple[Any, Any]:
    """The first `count` different classes, and how many draws that takes."""

    def enough(tries: Any) -> Any:
        is_first, _, _ = ranked_groups(tf, draw(tries))
        return tf.reduce_sum(tf.cast(is_first, tf.int32)) >= count

    tries = tf.while_loop(
        lambda tries: tf.logical_not(enough(tries)),
        lambda tries: [tries * 2],
        [tf.constant(2 * count, tf.int32)],
    )[0]
    drawn = draw(tries)
    is_first, _, _ = ranked_groups(tf, drawn)
    found = tf.cumsum(tf.cast(is_first, tf.int32))
    (classes,) = compact(tf, is_first & (found <= count), drawn)
    needed = tf.reduce_sum(tf.cast(found < count, tf.int32)) + 1
    return tf.reshape(classes, [count]), needed


def _expected(tf: Any, odds: Any, count: int, tries: Any) -> Any:
    """How often a class of these odds is expected among `count` that took so many draws."""
    often = -tf.math.expm1(tf.cast(tries, tf.float32) * tf.math.log1p(-odds))
    return tf.where(tf.equal(tries, count), odds * count, often)


def _sampled(
    tf: Any, call: Call, state: Any, wanted: Any, draw: Draw, odds: Callable[[Any], Any]
) -> Any:
    """Classes, how often the `wanted` ones and those are expected, and the next state."""
    count = call.integer("num_sampled")
    if call.flag("unique"):
        classes, tries = _different(tf, draw, count)
    else:
        classes, tries = draw(tf.constant(count)), tf.constant(count)
    expected = (_expected(tf, odds(v), count, tries) for v in (wanted, classes))
    used = tf.constant(RESERVED * count, tf.uint64)
    return classes, *expected, philox.advanced(tf, state, used)


@composition("UniformCandidateSampler")
def uniform(tf: Any, call: Call, state: Any, wanted: Any) -> Any:
    """Every class is as likely as any other."""
    source, classes = philox.of_state(tf, state), call.integer("range_max")

    def draw(count: Any) -> Any:
        return _below(tf, source.words(count, 64), classes)

    def odds(values: Any) -> Any:
        return tf.fill(tf.shape(values), tf.constant(1 / classes, tf.float32))

    return _sampled(tf, call, state, wanted, draw, odds)


@composition("LogUniformCandidateSampler")
def log_uniform(tf: Any, call: Call, state: Any, wanted: Any) -> Any:
    """Classes by how rare they are, as words are in a language: the logarithm is uniform."""
    source, classes = philox.of_state(tf, state), call.integer("range_max")
    whole = math.log1p(classes)

    def draw(count: Any) -> Any:
        powers = tf.exp(philox.uniform(source, count, tf.float64) * whole)
        return tf.math.floormod(tf.cast(powers, tf.int64) - 1, classes)

    def odds(values: Any) -> Any:
        values = tf.cast(values, tf.float64)
        return tf.cast(tf.math.log((values + 2) / (values + 1)) / whole, tf.float32)

    return _sampled(tf, call, state, wanted, draw, odds)


def _alternatives(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each class the odds that a draw of it stays, and the class that it becomes else.
    Source: Walker, "An efficient method for generating discrete random variables" (1977)."""
    parts = [float(w) * len(weights) / float(np.sum(weights, dtype=np.float64)) for w in weights]
    other = list(range(len(parts)))
    low = [i for i, p in enumerate(parts) if p < 1]
    high = [i for i, p in enumerate(parts) if p >= 1]
    while low and high:
        less, more = low.pop(), high.pop()
        other[less] = more
        parts[more] -= 1 - parts[less]
        (low if parts[more] < 1 else high).append(more)
    for rest in (*low, *high):
        parts[rest], other[rest] = 1.0, rest
    return np.array(parts, np.float32), np.array(other, np.int64)


@composition("FixedUnigramCandidateSampler")
def fixed_unigram(tf: Any, call: Call, state: Any, wanted: Any) -> Any:
    """Classes by given weights to a power. Weights in a file are declined."""
    if call.text("vocab_file"):
        return None
    shards, shard = call.integer("num_shards", 1), call.integer("shard")
    reserved = call.integer("num_reserved_ids")
    power = np.float32(call.number("distortion", 1.0))
    given = [np.float32(w) ** power for w in call.numbers("unigrams")]
    every = [np.float32(0)] * reserved + given
    weights = np.array(every[shard::shards], np.float32)
    stays, other = (tf.constant(v) for v in _alternatives(weights))
    share = tf.constant(weights / np.sum(weights, dtype=np.float32))
    source: Stream = philox.of_state(tf, state)

    def draw(count: Any) -> Any:
        words = tf.reshape(source.words(2 * count, 32), [-1, 2])
        place = _below(tf, words[:, 1], len(weights))
        kept = philox.unit(tf, words[:, 0], tf.float32) < tf.gather(stays, place)
        return tf.where(kept, place, tf.gather(other, place))

    def odds(values: Any) -> Any:
        inside = (values >= 0) & (values < len(weights))
        found = tf.gather(share, tf.where(inside, values, tf.zeros_like(values)))
        return tf.where(inside, found, tf.zeros_like(found))

    return _sampled(tf, call, state, wanted, draw, odds)


@composition("AllCandidateSampler")
def all_classes(tf: Any, call: Call, wanted: Any) -> Any:
    """All classes, each expected once."""
    count = call.integer("num_sampled")
    return (
        tf.range(count, dtype=tf.int64),
        tf.ones(tf.shape(wanted), tf.float32),
        tf.ones([count], tf.float32),
    )


@composition("ComputeAccidentalHits")
def accidental_hits(tf: Any, call: Call, wanted: Any, sampled: Any) -> Any:
    """Rows whose true classes were sampled, where those are, and what hides them from a softmax."""
    columns = tf.shape(wanted)[1]
    flat = tf.reshape(wanted, [-1])
    same = flat[:, tf.newaxis] == sampled
    place = tf.reduce_max(tf.where(same, tf.range(tf.shape(sampled)[0]), -1), 1)
    rows = tf.range(tf.shape(flat)[0]) // columns
    rows, places = compact(tf, place >= 0, rows, tf.cast(place, tf.int64))
    return rows, places, tf.fill(tf.shape(rows), tf.float32.min)
