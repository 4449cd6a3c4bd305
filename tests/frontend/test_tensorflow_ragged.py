# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ragged tensors inside a program: made, indexed, joined, padded; known and unknown sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import ModelError
from tests.frontend.agreement import assert_agrees

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
LENGTHS = np.array([2, 0, 3, 1], np.int32)
VALUES = RNG.normal(size=6).astype(np.float32)
PAIRS = RNG.normal(size=(6, 2)).astype(np.float32)
IDS = np.array([1, 2, 0, 3, 3, 1], np.int32)


def rows(lengths: Any, values: Any) -> Any:
    return tf.RaggedTensor.from_row_lengths(values, lengths)


def parts(value: Any) -> list[Any]:
    """Dense tensors that say all about a composite one."""
    return tf.nest.flatten(value, expand_composites=True)


PROGRAMS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "padded": (lambda n, v: rows(n, v).to_tensor(7.0), [LENGTHS, VALUES]),
    "cut and padded": (lambda n, v: rows(n, v).to_tensor(shape=[None, 2]), [LENGTHS, VALUES]),
    "to sparse": (lambda n, v: parts(rows(n, v).to_sparse()), [LENGTHS, VALUES]),
    "two levels": (
        lambda n, m, v: [
            r := tf.RaggedTensor.from_nested_row_lengths(v, [n, m]).to_tensor(),
            tf.shape(r),
        ],
        [LENGTHS[:3], np.array([1, 0, 3, 1, 1], np.int32), PAIRS],
    ),
    "two levels to sparse": (
        lambda n, m, v: parts(tf.RaggedTensor.from_nested_row_lengths(v, [n, m]).to_sparse()),
        [LENGTHS[:3], np.array([1, 0, 3, 1, 1], np.int32), PAIRS],
    ),
    "row ids": (
        lambda k, v: tf.RaggedTensor.from_value_rowids(v, k, nrows=5).to_tensor(),
        [np.array([0, 0, 2, 3, 3, 3], np.int32), VALUES],
    ),
    "ranges": (
        lambda a, b: parts([tf.ragged.range(a, b), tf.ragged.range(b), tf.ragged.range(b, a, -2)]),
        [np.array([0, 5, 3], np.int32), np.array([3, 5, 9], np.int32)],
    ),
    "ranges of floats": (
        lambda a, b: parts(tf.ragged.range(a, b - 0.5, 0.5)),
        [np.array([0, 5, 3], np.float32), np.array([3, 5, 9], np.float32)],
    ),
    "gathered": (
        lambda n, v, k: tf.gather(rows(n, v), k).to_tensor(),
        [LENGTHS, VALUES, np.array([3, 0, 0, 2], np.int32)],
    ),
    "gathered in pairs": (
        lambda n, v, k: parts(tf.gather(rows(n, v), k)),
        [LENGTHS, VALUES, np.array([[3, 0], [0, 2]], np.int32)],
    ),
    "joined": (lambda n, v: tf.concat([rows(n, v)] * 2, 1).to_tensor(), [LENGTHS, VALUES]),
    "stacked": (
        lambda n, v: tf.ragged.stack([rows(n, v), rows(n, v * 2)]).to_tensor(),
        [LENGTHS, VALUES],
    ),
    "sliced": (lambda n, v: rows(n, v)[1:, :2].to_tensor(), [LENGTHS, VALUES]),
    "reversed": (lambda n, v: rows(n, v)[:, ::-1].to_tensor(), [LENGTHS, VALUES]),
    "masked": (lambda v: tf.ragged.boolean_mask(v, v > 0).to_tensor(), [PAIRS]),
    "reductions": (
        lambda n, v: [tf.reduce_sum(rows(n, v), 1), tf.reduce_max(rows(n, v), 1)],
        [LENGTHS, VALUES],
    ),
    "embedding": (
        lambda n, k, t: tf.reduce_sum(tf.nn.embedding_lookup(t, rows(n, k)), 1),
        [LENGTHS, IDS, PAIRS],
    ),
    "counts": (
        lambda n, k: tf.math.bincount(rows(n, k), minlength=4, maxlength=4, axis=-1),
        [LENGTHS.astype(np.int64), IDS.astype(np.int64)],
    ),
    "matrix product": (
        lambda n, v: tf.matmul(rows(n, v), tf.ones([tf.shape(n)[0], 2, 3])).to_tensor(),
        [LENGTHS, PAIRS],
    ),
}


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_ragged_tensors_agree(name: str, known: bool) -> None:
    function, arguments = PROGRAMS[name]
    signature = [tf.TensorSpec([None] * a.ndim, a.dtype) for a in arguments]
    target = "llvm-cpu" if known else "reference"
    assert_agrees(function, signature, [arguments], target, known=known)


def test_results_without_a_rank_are_refused() -> None:
    signature = [tf.TensorSpec([None], tf.float32), tf.TensorSpec([None], tf.int32)]
    source = tf.function(tf.reshape, input_signature=signature)
    with pytest.raises(ModelError) as caught:
        ie.compile(source)
    assert caught.value.code == "IX104"
    assert "result 0 has no rank before the call" in str(caught.value)
