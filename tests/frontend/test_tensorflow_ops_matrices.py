# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Linear algebra and losses of TensorFlow with unknown sizes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontend.agreement import assert_agrees
from tests.frontend.tensorflow_ops import Case, check, f32, i32

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(3)
S = RNG.normal(size=(2, 4, 4)).astype(np.float32)
POSITIVE = (S @ S.transpose(0, 2, 1) + 4 * np.eye(4)).astype(np.float32)
RIGHT = RNG.normal(size=(2, 4, 3)).astype(np.float32)
SINGULAR = f32([[[0, 1], [0, 2]], [[0, 1], [1, 0]]])
X = RNG.normal(size=(4, 6)).astype(np.float32)
raw = tf.raw_ops

MATRICES: dict[str, Case] = {
    "determinant": (lambda a: tf.linalg.det(a), [S]),
    "of singular": (lambda a: tf.linalg.det(a), [SINGULAR]),
    "of one": (lambda a: tf.linalg.det(a), [S[0]]),
    "logarithm": (lambda a: (tf.linalg.slogdet(a), tf.linalg.logdet(a @ a)), [POSITIVE]),
    "inverse": (lambda a: (tf.linalg.inv(a), tf.linalg.inv(a, adjoint=True)), [POSITIVE]),
    "solve": (lambda a, b: tf.linalg.solve(a, b), [POSITIVE, RIGHT]),
    "solve adjoint": (lambda a, b: tf.linalg.solve(a, b, adjoint=True), [S, RIGHT]),
    "factors": (lambda a: tf.linalg.lu(a), [S]),
    "cholesky": (lambda a: tf.linalg.cholesky(a), [POSITIVE]),
    "cholesky solve": (
        lambda a, b: tf.linalg.cholesky_solve(tf.linalg.cholesky(a), b),
        [POSITIVE, RIGHT],
    ),
    "triangular": (
        lambda a, b: tf.linalg.triangular_solve(a, b, lower=False, adjoint=True),
        [POSITIVE, RIGHT],
    ),
    "double": (lambda a: tf.linalg.inv(a), [POSITIVE.astype(np.float64)]),
}

LAYERS: dict[str, Case] = {
    "norm": (lambda x: tf.math.reduce_euclidean_norm(x, 1, keepdims=True), [X]),
    "cross entropy": (
        lambda k, x: tf.nn.sparse_softmax_cross_entropy_with_logits(k, x),
        [i32([0, 5, 3, 1]), X],
    ),
    "cross": (lambda x: tf.linalg.cross(x[:, :3], x[:, 3:]), [X]),
    "remainder": (
        lambda x, y: raw.TruncateMod(x=x, y=y),
        [i32([-7, 7, -8, 5]), i32([3, -3, 4, 9])],
    ),
    "elu": (lambda g, x: raw.EluGrad(gradients=g, outputs=x), [X, X[::-1]]),
    "selu": (lambda g, x: raw.SeluGrad(gradients=g, outputs=x), [X, X[::-1]]),
    "relu6": (lambda g, x: raw.Relu6Grad(gradients=g, features=x), [X, X[::-1] * 5]),
    "fake quantisation": (
        lambda g, x: raw.FakeQuantWithMinMaxVarsGradient(
            gradients=g, inputs=x, min=-0.7, max=0.9, narrow_range=True
        ),
        [X, X[::-1]],
    ),
    "fake quantisation of constants": (
        lambda g, x: raw.FakeQuantWithMinMaxArgsGradient(gradients=g, inputs=x, min=-1, max=1),
        [X, X[::-1]],
    ),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
@pytest.mark.parametrize("family", ["MATRICES", "LAYERS"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown, rtol=1e-4, atol=1e-5)


def test_determinants_of_matrices_without_elements_are_one() -> None:
    matrices = tf.TensorSpec((None, None, None))
    empty = np.zeros((2, 0, 0), np.float32)
    assert_agrees(lambda x: tf.linalg.det(x), [matrices], [[empty]], "llvm-cpu")
