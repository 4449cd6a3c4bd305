# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Losses and decoders of sequences without alignment, as TensorFlow and Keras call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.tensorflow_ops import Case, Fixed, check, i32

tf = pytest.importorskip("tensorflow")

LOGITS = np.random.default_rng(0).normal(size=(2, 7, 5)).astype(np.float32)
LABELS = i32([[1, 2, 3], [2, 2, 0]])
LENGTHS = Fixed(i32([7, 6]))


def sparse(labels: Any, logits: Any, lengths: Any) -> Any:
    """The loss of sparse labels and its gradient."""
    given = tf.sparse.from_dense(labels)
    loss = tf.nn.ctc_loss(given, logits, None, lengths, logits_time_major=False, blank_index=-1)
    return loss, tf.gradients(loss, logits)


def dense(labels: Any, logits: Any, lengths: Any) -> Any:
    """The loss of dense labels and its gradient."""
    loss = tf.nn.ctc_loss(
        labels, logits, i32([3, 2]), lengths, logits_time_major=False, blank_index=-1
    )
    return loss, tf.gradients(loss, logits)


def greedy(**options: Any) -> Callable[..., Any]:
    def body(logits: Any, lengths: Any) -> Any:
        turned = tf.transpose(logits * 3.0, [1, 0, 2])
        (found,), score = tf.nn.ctc_greedy_decoder(turned, lengths, **options)
        return found.indices, found.values, found.dense_shape, score

    return body


CASES: dict[str, Case] = {
    "sparse": (sparse, [Fixed(LABELS), LOGITS, LENGTHS]),
    "dense": (dense, [Fixed(LABELS), LOGITS, LENGTHS]),
    "greedy": (greedy(), [LOGITS, LENGTHS]),
    "all of it": (greedy(merge_repeated=False, blank_index=1), [LOGITS, LENGTHS]),
    "keras": (
        lambda y, x: tf.keras.losses.CTC()(y, x),
        [Fixed(i32([[1, 2, 3], [2, 3, 1]])), Fixed(LOGITS)],
    ),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
def test_sequences_equal_tensorflow(unknown: str) -> None:
    check(CASES, unknown, rtol=1e-5, atol=1e-5)
