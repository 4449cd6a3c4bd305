# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Philox as TensorFlow's CPU kernels draw from it: streams, words, numbers of every element type.

A `Stream` is a key and a 128-bit counter, of which each value gives a block of 128 random bits. All
results are TensorFlow's bit for bit where it computes with integers and conversions alone; normal
numbers are as exact as sine, cosine and logarithm. The blocks are `tf.UnknownShapePhilox`
(`composed.CARRIERS`), which ends as `stablehlo.custom_call @iree_explore.philox`.
Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011). Users: `random.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from xdsl.dialects.builtin import StringAttr, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import Builder, Leftover, element_type, tensor_of
from iree_explore.frontend.tensorflow.ops.pieces import elements_of
from iree_explore.stablehlo.ops.custom_call import CustomCallOp

SCRAMBLER = 0x02461E293EC8F720
"""The key under which TensorFlow makes keys and counters of seeds."""
SMALLEST = 1e-7
"""What logarithms of uniform numbers begin with."""


@dataclass(frozen=True)
class Stream:
    """Scalars of uint64: the key, and the halves of the counter."""

    tf: Any
    key: Any
    low: Any
    high: Any

    def blocks(self, offsets: Any) -> Any:
        """uint64 [n, 2]: the blocks at `offsets` (uint64 [n]) from the counter."""
        tf = self.tf
        low = self.low + offsets
        high = self.high + tf.cast(low < self.low, tf.uint64)
        return tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=tf.stack([tf.size(offsets), 2]),
            key=tf.reshape(self.key, [1]),
            counter=tf.concat([low, high], 0),
            alg=1,
            dtype=tf.uint64,
        )

    def later(self, blocks: Any) -> Stream:
        """The stream after so many blocks (uint64)."""
        low = self.low + blocks
        return Stream(
            self.tf, self.key, low, self.high + self.tf.cast(low < self.low, self.tf.uint64)
        )

    def words(self, count: Any, bits: int) -> Any:
        """The first `count` words of 32 or 64 bits."""
        tf = self.tf
        each = 128 // bits
        blocks = self.blocks(tf.cast(tf.range((count + (each - 1)) // each), tf.uint64))
        return tf.reshape(split(tf, blocks, bits), [-1])[:count]


def stream(tf: Any, key: Any, counter: Any) -> Stream:
    """Of TensorFlow's key [1] and counter [2 or more]."""
    return Stream(tf, tf.reshape(key, [-1])[0], counter[0], counter[1])


def of_seed(tf: Any, seed: Any) -> Stream:
    """The stream that TensorFlow's stateless functions draw from: two integers, scrambled."""
    parts = tf.cast(tf.cast(seed, tf.int64), tf.uint64)
    scrambler = Stream(tf, tf.constant(SCRAMBLER, tf.uint64), parts[0], parts[1])
    block = scrambler.blocks(tf.zeros([1], tf.uint64))
    return Stream(tf, block[0, 0], tf.constant(0, tf.uint64), block[0, 1])


def of_state(tf: Any, state: Any) -> Stream:
    """Of a state as generators keep it: int64 [3], the counter's halves and the key."""
    parts = tf.bitcast(state, tf.uint64)
    return Stream(tf, parts[2], parts[0], parts[1])


def advanced(tf: Any, state: Any, blocks: Any) -> Any:
    """The state after `blocks` (uint64) blocks: a carry of the counter's low half adds to the
    high one."""
    old = tf.bitcast(state, tf.uint64)
    low = old[0] + blocks
    high = old[1] + tf.cast(low < old[0], tf.uint64)
    new = tf.bitcast(tf.stack([low, high, old[2]]), tf.int64)
    return new if state.shape[0] == 3 else tf.concat([new, state[3:]], 0)


def split(tf: Any, words: Any, bits: int) -> Any:
    """Words of uint64 themselves, or with a new last dimension as two of uint32, low one first."""
    if bits == 64:
        return words
    low = tf.cast(tf.bitwise.bitwise_and(words, tf.constant(0xFFFFFFFF, tf.uint64)), tf.uint32)
    high = tf.cast(tf.bitwise.right_shift(words, tf.constant(32, tf.uint64)), tf.uint32)
    return tf.stack([low, high], -1)


def width(dtype: Any) -> int:
    """Bits of the word that a number is made of: two numbers of 64 bits a block, four others."""
    return 64 if dtype.size == 8 else 32


# Numbers
# --------------------------------------------------------------------------------------------


def unit(tf: Any, words: Any, dtype: Any) -> Any:
    """Words as numbers in [0, 1): their low bits are the mantissa of one in [1, 2)."""
    mantissa, one = {
        "float16": (10, 15), "bfloat16": (7, 127), "float32": (23, 127), "float64": (52, 1023),
    }[dtype.name]  # fmt: skip
    kind = {2: tf.uint16, 4: tf.uint32, 8: tf.uint64}[dtype.size]
    if dtype.size == 8:  # TensorFlow's double has the first word on top
        half = tf.constant(32, words.dtype)
        words = tf.bitwise.bitwise_or(
            tf.bitwise.left_shift(words, half), tf.bitwise.right_shift(words, half)
        )
    low = tf.bitwise.bitwise_and(words, tf.constant((1 << mantissa) - 1, words.dtype))
    bits = tf.bitwise.bitwise_or(tf.cast(low, kind), tf.constant(one << mantissa, kind))
    return tf.bitcast(bits, dtype) - tf.constant(1, dtype)


def integers(tf: Any, words: Any, low: Any, high: Any) -> Any:
    """Words as integers from `low` to below `high` (scalars), by the remainder."""
    kind = words.dtype
    first = tf.bitcast(low, kind)
    rest = tf.math.floormod(words, tf.bitcast(high, kind) - first)
    return tf.bitcast(rest + first, low.dtype)


def normal_pairs(tf: Any, pairs: Any, work: Any) -> Any:
    """Pairs of words [..., 2] as pairs of normal numbers, by Box and Muller."""
    u = tf.maximum(unit(tf, pairs[..., 0], work), tf.constant(SMALLEST, work))
    angle = tf.constant(2 * math.pi, work) * unit(tf, pairs[..., 1], work)
    radius = tf.sqrt(tf.constant(-2, work) * tf.math.log(u))
    return tf.stack([tf.sin(angle) * radius, tf.cos(angle) * radius], -1)


def uniform(source: Stream, count: Any, dtype: Any) -> Any:
    """`count` numbers in [0, 1)."""
    return unit(source.tf, source.words(count, width(dtype)), dtype)


def normal(source: Stream, count: Any, dtype: Any) -> Any:
    """`count` normal numbers; short floats are rounded from f32."""
    tf = source.tf
    work = tf.float64 if dtype.size == 8 else tf.float32
    words = source.words((count + 1) // 2 * 2, width(work))
    found = normal_pairs(tf, tf.reshape(words, [-1, 2]), work)
    return tf.cast(tf.reshape(found, [-1])[:count], dtype)


def truncated_normal(source: Stream, count: Any, dtype: Any) -> Any:
    """`count` normal numbers in (-2, 2). Groups of four (two of f64) have 256 (128) blocks each and
    take the first numbers that fit: every pass of the loop draws a block for each group."""
    tf = source.tf
    work = tf.float64 if dtype.size == 8 else tf.float32
    each = 128 // width(work)
    groups = (count + (each - 1)) // each
    first = tf.cast(tf.range(groups), tf.uint64) * tf.constant(64 * each, tf.uint64)

    def draw(step: Any, found: Any, filled: Any) -> Any:
        words = split(tf, source.blocks(first + step), width(work))
        numbers = tf.reshape(
            normal_pairs(tf, tf.reshape(words, [-1, each // 2, 2]), work), [-1, each]
        )
        fits = tf.abs(numbers) < 2
        counts = tf.cast(fits, tf.int32)
        places = tf.where(fits, filled[:, None] + tf.cumsum(counts, 1, exclusive=True), each)
        here = tf.equal(places[:, :, None], tf.range(each))
        new = tf.reduce_sum(tf.where(here, numbers[:, :, None], tf.zeros([], work)), 1)
        found = tf.where(tf.reduce_any(here, 1), new, found)
        return step + 1, found, filled + tf.reduce_sum(counts, 1)

    _, found, _ = tf.while_loop(
        lambda step, found, filled: tf.reduce_any(filled < each),
        draw,
        (
            tf.constant(0, tf.uint64),
            tf.zeros(tf.stack([groups, each]), work),
            tf.zeros(tf.reshape(groups, [1]), tf.int32),
        ),
    )
    return tf.cast(tf.reshape(found, [-1])[:count], dtype)


class LowerPhilox(Leftover):
    """The blocks of a key [1] at counters [2n], first the low halves, then the high ones."""

    op_name = "tf.UnknownShapePhilox"
    target: ClassVar[str] = "iree_explore.philox"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        shape, key, counters = op.operands[:3]
        count = elements_of(build, shape)[0]
        low, high = (build.slice(counters, [start], [count], [1]) for start in (0, count))
        type_ = tensor_of(element_type(counters), [count])
        call = CustomCallOp.create(
            operands=[build.reshape(key, []), build.cast(low, type_), build.cast(high, type_)],
            result_types=[type_, type_],
            properties={"call_target_name": StringAttr(self.target)},
        )
        build.made.append(call)
        columns = [build.reshape(half, [count, 1]) for half in call.results]
        return [build.concatenate(columns, 1)]


PATTERNS = (LowerPhilox,)
