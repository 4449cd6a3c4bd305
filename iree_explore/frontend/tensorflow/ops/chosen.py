# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Points chosen by distance, indices by a permutation."""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

ROUND_CONSTANT = 0xFFFFFFFC
ROUND_BITS = 0x7369F885192C0EF5
"""What the cipher Simon mixes into its keys, the bits one a round."""


@composition("NearestNeighbors")
def nearest(tf: Any, call: Call, points: Any, centers: Any, count: Any) -> Any:
    """The nearest centers of each point, and their squared distances."""
    squares = tf.reduce_sum(tf.square(points), 1, keepdims=True)
    others = tf.reduce_sum(tf.square(centers), 1)
    distances = squares + others - 2 * tf.matmul(points, centers, transpose_b=True)
    count = tf.minimum(tf.cast(count, tf.int32), tf.shape(centers)[0])
    order = tf.argsort(distances, 1, stable=True)[:, :count]
    return tf.cast(order, tf.int64), tf.gather(distances, order, axis=1, batch_dims=1)


# A permutation of indices
# --------------------------------------------------------------------------------------------


class _Cipher:
    """Simon on words of `width` bits (uint64 [n], one an index), with three words of key."""

    def __init__(self, tf: Any, key: Any, width: Any, rounds: int) -> None:
        self.tf = tf
        self.width = width
        self.mask = tf.bitwise.left_shift(tf.ones_like(width), width) - 1
        keys = [self.cut(key[:, i]) for i in range(3)]
        bits = self.cut(tf.zeros_like(width) + ROUND_BITS)
        for number in range(3, rounds):
            bit = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, number - 3), 1)
            parts = [keys[-3], self.turned(keys[-1], -3), self.turned(keys[-1], -4), bit]
            keys.append(self.mixed(self.cut(tf.zeros_like(width) + ROUND_CONSTANT), *parts))
        self.keys = keys[:rounds]

    def cut(self, words: Any) -> Any:
        return self.tf.bitwise.bitwise_and(words, self.mask)

    def mixed(self, first: Any, *others: Any) -> Any:
        for other in others:
            first = self.tf.bitwise.bitwise_xor(first, other)
        return first

    def turned(self, words: Any, by: int) -> Any:
        """Words whose bits are rotated to the left."""
        bitwise = self.tf.bitwise
        left = self.tf.zeros_like(self.width) + by if by > 0 else self.width + by
        high = bitwise.left_shift(words, left)
        return self.cut(bitwise.bitwise_or(high, bitwise.right_shift(words, self.width - left)))

    def encrypted(self, blocks: Any) -> Any:
        """Blocks of two words."""
        bitwise = self.tf.bitwise
        left, right = self.cut(bitwise.right_shift(blocks, self.width)), self.cut(blocks)
        for key in self.keys:
            both = bitwise.bitwise_and(self.turned(right, 1), self.turned(right, 8))
            left, right = right, self.mixed(left, both, self.turned(right, 2), key)
        return bitwise.bitwise_or(bitwise.left_shift(left, self.width), right)


@composition("RandomIndexShuffle")
def shuffled_index(tf: Any, call: Call, index: Any, seed: Any, last: Any) -> Any:
    """Where indices up to `last` go: encrypted until they are among them again.
    Source: Black and Rogaway, "Ciphers with arbitrary finite domains" (2002)."""
    wide = [tf.cast(v, tf.uint64) for v in (index, last)]
    ranks = (index.shape.rank, last.shape.rank, seed.shape.rank)
    if None in ranks:
        return None
    count = tf.ones([], tf.int32)
    for value, rank in zip((index, last, seed), (1, 1, 2), strict=True):
        count = tf.shape(value)[0] if value.shape.rank == rank else count
    indices, greatest = (tf.broadcast_to(v, tf.reshape(count, [1])) for v in wide)
    keys = tf.cast(tf.bitwise.bitwise_and(tf.cast(seed, tf.uint64), 0xFFFFFFFF), tf.uint64)
    keys = tf.broadcast_to(tf.reshape(keys, [-1, 3]), tf.stack([count, 3]))
    powers = tf.bitwise.left_shift(tf.ones([64], tf.uint64), tf.range(64, dtype=tf.uint64))
    above = greatest[:, tf.newaxis] > powers
    bits = tf.reduce_sum(tf.cast(above, tf.int32), 1)
    width = tf.cast(tf.maximum((bits + 1) // 2, 8), tf.uint64)
    cipher = _Cipher(tf, keys, width, call.integer("rounds", 4))

    def step(found: Any) -> list[Any]:
        return [tf.where(found > greatest, cipher.encrypted(found), found)]

    found = tf.while_loop(
        lambda found: tf.reduce_any(found > greatest), step, [cipher.encrypted(indices)]
    )[0]
    found = tf.cast(tf.where(tf.equal(greatest, 0), greatest, found), call.dtype(tf))
    return found if max(ranks[0], ranks[1], ranks[2] - 1) else tf.reshape(found, [])
