# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""More of `tensorflow_api.py`: choices by random numbers and by distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow

from tests.frontend.tensorflow_api import floats
from tests.frontend.tensorflow_ops import Case, Fixed, i32, i64

tf: Any = tensorflow

SEED = Fixed(i32([1, 2]))
raw = tf.raw_ops

RANDOM: dict[str, Case] = {
    **{
        f"index_shuffle {last} {rounds}": (
            lambda n, s, last=last, rounds=rounds: raw.RandomIndexShuffle(
                index=n, seed=s, max_index=tf.constant(last, n.dtype), rounds=rounds
            ),
            [indices, Fixed(i32([5, -8, 1234567]))],
        )
        for last, rounds, indices in (
            (60000, 4, i32([0, 3, 59999])), (1 << 20, 8, i64([0, 1 << 19, 77])),
            (65537, 4, i32([3])), ((1 << 40) + 3, 6, i64([1 << 40, 5])), (0, 4, i32([0])),
        )
    },
    "index_shuffle": (
        lambda n, s: tf.random.experimental.index_shuffle(n, s, 40000), [np.int32(3), SEED]
    ),
    "index_shuffle by seeds": (
        lambda n, s: raw.RandomIndexShuffle(index=n, seed=s, max_index=[50000, 60000]),
        [np.int32(3), Fixed(i32([[5, 6, 7], [1, 2, 3]]))],
    ),
    "nearest neighbors": (
        lambda p, c, k: raw.NearestNeighbors(points=p, centers=c, k=k),
        [floats(5, 3), floats(4, 3), np.int64(3)],
    ),
    "all neighbors": (
        lambda p, c: raw.NearestNeighbors(points=p, centers=c, k=9), [floats(5, 3), floats(4, 3)]
    ),
}  # fmt: skip

CASES: dict[str, dict[str, Case]] = {"random": RANDOM}
