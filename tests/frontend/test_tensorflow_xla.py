# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops without a row are lowered by TensorFlow's XLA kernels where all shapes are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.agreement import assert_same

tf = pytest.importorskip("tensorflow")

WINDOW = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
POSITIVE = np.random.default_rng(0).uniform(0.2, 0.9, (4, 6)).astype(np.float32)


def windows(x: Any) -> Any:
    """Windows whose sizes are operands, and their gradient."""
    image = tf.reshape(x, (1, 4, 6, 1))
    largest = tf.raw_ops.MaxPoolV2(input=image, **WINDOW)
    weights = tf.reshape(tf.range(6.0), (1, 2, 3, 1))
    gradient = tf.raw_ops.MaxPoolGradV2(
        orig_input=image, orig_output=largest, grad=weights, **WINDOW
    )
    return largest, gradient


def functions(x: Any) -> Any:
    """Inside a branch."""
    return tf.cond(
        tf.reduce_sum(x) > 0,
        lambda: tf.raw_ops.MaxPoolV2(input=x[tf.newaxis, :, :, tf.newaxis], **WINDOW),
        lambda: tf.zeros((1, 2, 3, 1)),
    )


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("body", [windows, functions])
def test_ops_without_a_row_take_the_xla_kernel(body: Any, target: str, capsys: Any) -> None:
    source = tf.function(body, input_signature=[tf.TensorSpec(POSITIVE.shape)])
    module = ie.compile(source, target=target)
    assert_same(module.main(POSITIVE), source(POSITIVE))
    said = capsys.readouterr().out
    assert "is lowered by TensorFlow's XLA kernel, for these shapes only" in said


def test_the_record_says_which_ops_and_where() -> None:
    source = tf.function(windows, input_signature=[tf.TensorSpec(POSITIVE.shape)])
    notes = ie.explore(source).wait().recording.notes
    assert [note.split()[0] for note in notes] == ["tf.MaxPoolV2", "tf.MaxPoolGradV2"]
    assert "test_tensorflow_xla.py:" in notes[0]
    assert notes[0].endswith("for these shapes only: 1x4x6x1, 4, 4")


def test_shapes_that_are_not_known_are_refused() -> None:
    source = tf.function(functions, input_signature=[tf.TensorSpec((None, 6))])
    with pytest.raises(ie.ModelError) as refused:
        ie.compile(source, target="reference")
    assert refused.value.code == "IX104" and "tf.MaxPoolV2" in refused.value.what
    module = ie.compile(source, target="reference", inputs=[POSITIVE])
    assert_same(module.main(POSITIVE), source(POSITIVE))
