# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow ops whose result sizes depend on values: Where, Unique, segments, bins."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontend.tensorflow_ops import Case, check, f32, i32, i64

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(1)
X = RNG.normal(size=(5, 6)).astype(np.float32)
MASK = np.array([1, 0, 1, 1, 0], bool)
IDS = i32([3, 1, 3, 3, 0, 1, 7])
SORTED = i32([0, 0, 2, 2, 4])
raw = tf.raw_ops

COUNTED: dict[str, Case] = {
    "where": (lambda x: tf.where(x > 0), [X]),
    "where of numbers": (lambda x: tf.where(x), [i32([[0, 2], [0, 0], [-1, 3]])]),
    "where nothing": (lambda x: tf.where(x > 99), [X]),
    "where of NaN": (lambda x: tf.where(x), [f32([0, -0.0, np.nan, np.inf])]),
    "boolean mask": (lambda x, m: tf.boolean_mask(x, m), [X, MASK]),
    "boolean mask of all": (lambda x: tf.boolean_mask(x, x > 0), [X]),
    "mask then reduce": (lambda x, m: tf.reduce_sum(tf.boolean_mask(x, m), 0), [X, MASK]),
    "unique": (lambda x: tf.unique(x), [IDS]),
    "unique of floats": (lambda x: tf.unique_with_counts(x), [f32([2, 1, 2, 2, 0.5])]),
    "unique of one": (lambda x: tf.unique_with_counts(x, tf.int64), [i64([5])]),
    "list difference": (lambda x, y: raw.ListDiff(x=x, y=y), [IDS, i32([3, 9])]),
    "partition": (lambda x, k: tf.dynamic_partition(x, k, 3), [X, i32([0, 2, 2, 0, 0])]),
    "partition and stitch": (
        lambda x, k: tf.dynamic_stitch(
            tf.dynamic_partition(tf.range(tf.shape(x)[0]), k, 3), tf.dynamic_partition(x * 2, k, 3)
        ),
        [X, i32([0, 2, 2, 0, 1])],
    ),
}

SEGMENTS: dict[str, Case] = {
    **{
        kind: (lambda x, k, kind=kind: getattr(tf.math, f"segment_{kind}")(x, k), [X, SORTED])
        for kind in ("sum", "mean", "max", "min", "prod")
    },
    **{
        f"unsorted {kind}": (
            lambda x, k, kind=kind: getattr(tf.math, f"unsorted_segment_{kind}")(x, k, 6),
            [X, i32([5, 0, -1, 5, 2])],
        )
        for kind in ("sum", "mean", "max", "min", "prod", "sqrt_n")
    },
    "unsorted integers": (
        lambda x, k: tf.math.unsorted_segment_max(x, k, 9),
        [i64([1, -5, 2**40, 3, 2, 1, 0]), IDS],
    ),
    "ids of two dimensions": (
        lambda x, k: tf.math.unsorted_segment_sum(x, k, 5),
        [RNG.normal(size=(2, 3, 4)).astype(np.float32), i32([[0, 4, 0], [1, 1, -3]])],
    ),
    **{
        f"sparse {kind}": (
            lambda x, i, k, kind=kind: getattr(tf.sparse, f"segment_{kind}")(x, i, k),
            [X, i32([0, 4, 4, 2]), i32([0, 0, 2, 2])],
        )
        for kind in ("sum", "mean", "sqrt_n")
    },
    "sparse of known count": (
        lambda x, i, k: tf.sparse.segment_mean(x, i, k, num_segments=5),
        [X, i32([0, 4, 4, 2]), i32([0, 0, 2, 2])],
    ),
}

BINS: dict[str, Case] = {
    "bincount": (lambda x: tf.math.bincount(x), [IDS]),
    "bincount of bounds": (lambda x: tf.math.bincount(x, minlength=2, maxlength=5), [IDS]),
    "weighted": (
        lambda x, w: tf.math.bincount(x, w, minlength=10),
        [IDS, RNG.normal(size=7).astype(np.float32)],
    ),
    "by row": (lambda x: tf.math.bincount(x, axis=-1, minlength=4), [IDS[:6].reshape(2, 3)]),
    "binary": (
        lambda x: tf.math.bincount(x, axis=-1, binary_output=True),
        [IDS[:6].reshape(3, 2)],
    ),
    "histogram": (
        lambda x: tf.histogram_fixed_width(x, [-1.0, 1.0], 4),
        [f32([-5, -1, -0.5, 0, 0.499, 0.5, 1, 9])],
    ),
    "confusion": (lambda x: tf.math.confusion_matrix(x, x[::-1], 8), [IDS]),
    "search left": (
        lambda x, v: tf.searchsorted(x, v),
        [f32([[1, 2, 2, 5]] * 2), f32([[2, 0, 9], [5, 2.5, 1]])],
    ),
    "search right": (
        lambda x, v: tf.searchsorted(x, v, "right", tf.int64),
        [i32([[1, 2, 2, 5]] * 2), i32([[2, 0, 9], [5, 3, 1]])],
    ),
    "bucketize": (
        lambda x: raw.Bucketize(input=x, boundaries=[-1.0, 0.0, 0.5]),
        [f32([[-2, -1], [0.25, 0.5], [0, 7]])],
    ),
    "in top k": (
        lambda t, x: tf.math.in_top_k(t, x, 2),
        [
            i32([0, 1, 9, 2]),
            f32([[1, 1, 1], [3, 1, 2], [1, 2, 3], [4, 1, 2]]),
        ],
    ),
    "cumulative": (lambda x: tf.sequence_mask(tf.math.bincount(x)), [IDS]),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
@pytest.mark.parametrize("family", ["COUNTED", "SEGMENTS", "BINS"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown)


def test_nothing_in_nothing_out() -> None:
    cases: dict[str, Case] = {
        "where": (lambda x: tf.where(x > 0), [np.zeros((0, 3), np.float32)]),
        "unique": (lambda x: tf.unique(x), [np.zeros(0, np.int32)]),
        "segments": (
            lambda x, k: tf.math.segment_sum(x, k),
            [np.zeros((0, 3), np.float32), np.zeros(0, np.int32)],
        ),
    }
    check(cases, "all")
