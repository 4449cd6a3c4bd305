# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops along axes that only the call knows; known and unknown sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.agreement import assert_agrees

tf = pytest.importorskip("tensorflow")

X = np.random.default_rng(0).normal(size=(4, 3, 5)).astype(np.float32)
AXIS = np.int32(1)
LAST = np.int32(-1)
AXES = np.array([-1, 0], np.int32)
ORDER = np.array([1, 2, 0], np.int32)


def reductions(x: Any, axes: Any, keepdims: bool) -> list[Any]:
    numbers = (
        tf.reduce_sum, tf.reduce_mean, tf.reduce_prod, tf.reduce_max, tf.reduce_min,
        tf.math.reduce_euclidean_norm,
    )  # fmt: skip
    made = [f(x, axes, keepdims=keepdims) for f in numbers]
    made.append(tf.reduce_mean(tf.cast(x * 9.0, tf.int32), axes, keepdims=keepdims))
    return made + [f(x > 0.5, axes, keepdims=keepdims) for f in (tf.reduce_any, tf.reduce_all)]


def broadcast_gradient(v, n):
    with tf.GradientTape() as tape:
        tape.watch(v)
        made = tf.broadcast_to(v, tf.stack([n, tf.size(v)]))
        total = tf.reduce_sum(tf.fill(tf.stack([n, 1]), 2.0) * made * made)
    return tape.gradient(total, v)


def batch_jacobian(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x) * tf.reduce_sum(x, 1, keepdims=True)
    return tape.batch_jacobian(y, x)


PROGRAMS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "one axis": (lambda x, a: reductions(x, a, False), [X, AXIS]),
    "one axis kept": (lambda x, a: reductions(x, a, True), [X, LAST]),
    "axes kept": (lambda x, a: reductions(x, a, True), [X, AXES]),
    "two axes": (lambda x, a: reductions(x, tf.ensure_shape(a, [2]), False), [X, AXES]),
    "no axes kept": (lambda x, a: reductions(x, a, True), [X, AXES[:0]]),
    "logarithm of sum, deviation": (
        lambda x, a: (tf.reduce_logsumexp(x, a, True), tf.math.reduce_std(x, a, True)),
        [X, AXES],
    ),
    "extremes": (lambda x, a: (tf.argmax(x, a), tf.argmin(x, a, tf.int32)), [X, LAST]),
    "scans": (
        lambda x, a: (
            tf.cumsum(x, a, reverse=True),
            tf.math.cumprod(x, a, exclusive=True),
            tf.math.cumulative_logsumexp(x, a),
        ),
        [X, AXIS],
    ),
    "join and gather": (
        lambda x, a: (tf.concat([x, x + 1], a), tf.gather(x, [2, 0], axis=a), tf.roll(x, 2, a)),
        [X, LAST],
    ),
    "reverse": (tf.reverse, [X, AXES]),
    "transpose": (tf.transpose, [X, ORDER]),
    "transpose of bools": (lambda x, a: tf.transpose(x > 0, a), [X, ORDER]),
    "spectral norm": (lambda x: tf.norm(x, ord=2, axis=[-2, -1]), [X]),
    "spectral norms in map_fn": (
        lambda x: tf.map_fn(lambda m: tf.norm(m, ord=2, axis=[0, 1]), x),
        [X],
    ),
    "batch Jacobian": (batch_jacobian, [X[0]]),
    "gradient of broadcasts": (broadcast_gradient, [X[0, 0], np.int32(3)]),
}


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_axes_of_the_call_agree(name: str, known: bool) -> None:
    function, arguments = PROGRAMS[name]
    signature = [tf.TensorSpec([None] * np.ndim(a), a.dtype) for a in arguments]
    target = "llvm-cpu" if not known and name in ("two axes", "transpose") else "reference"
    assert_agrees(function, signature, [arguments], target, known=known)


def test_an_axis_that_is_not_there_is_an_error() -> None:
    signature = [tf.TensorSpec([None, None]), tf.TensorSpec([], tf.int32)]
    source = tf.function(tf.reduce_sum, input_signature=signature)
    module = ie.compile(source, target="reference")
    assert module.main(X[0], np.int32(-2)).shape == (5,)
    with pytest.raises(ie.Error, match="an axis of Sum is outside of a tensor of rank 2") as raised:
        module.main(X[0], np.int32(2))
    assert raised.value.code == "IX307"
