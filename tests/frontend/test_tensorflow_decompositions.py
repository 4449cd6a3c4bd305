# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's decompositions of matrices, by what defines them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import iree_explore as ie

tf = pytest.importorskip("tensorflow")


class Decompositions(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((2, 4, 6))])
    def wide(self, x):
        return tf.linalg.svd(x)

    @tf.function(input_signature=[tf.TensorSpec((6, 4), tf.complex64)])
    def high(self, x):
        return tf.linalg.svd(x, full_matrices=True)

    @tf.function(input_signature=[tf.TensorSpec((6, 4), tf.float64)])
    def values(self, x):
        return tf.linalg.svd(x, compute_uv=False)

    @tf.function(input_signature=[tf.TensorSpec((6, 4))])
    def inverse(self, x):
        return tf.linalg.pinv(x)

    @tf.function(input_signature=[tf.TensorSpec((5, 5))])
    def eig(self, x):
        return tf.linalg.eig(x)

    @tf.function(input_signature=[tf.TensorSpec((3, 3), tf.complex128)])
    def eigenvalues(self, x):
        return tf.linalg.eigvals(x)


@pytest.fixture(scope="module", params=["reference", "llvm-cpu"])
def module(request):
    return ie.compile(Decompositions(), target=request.param)


def numbers(shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
    rng = np.random.default_rng(len(shape))
    found = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        found = found + 1j * rng.standard_normal(shape)
    return found.astype(dtype)


def test_singular_values_and_vectors(module) -> None:
    for function, x in (("wide", numbers((2, 4, 6))), ("high", numbers((6, 4), np.complex64))):
        s, u, v = module[function](x)
        np.testing.assert_allclose(s, np.linalg.svd(x, compute_uv=False), rtol=1e-5)
        count = s.shape[-1]
        adjoint = np.conj(np.swapaxes(v[..., :count], -1, -2))
        np.testing.assert_allclose(
            (u[..., :count] * s[..., None, :]) @ adjoint, x, rtol=1e-4, atol=1e-5
        )
    assert u.shape == (6, 6) and v.shape == (4, 4)
    x = numbers((6, 4), np.float64)
    np.testing.assert_allclose(module.values(x), np.linalg.svd(x, compute_uv=False), rtol=1e-12)
    x = numbers((6, 4))
    np.testing.assert_allclose(module.inverse(x), np.linalg.pinv(x), rtol=1e-3, atol=1e-5)


def test_eigenvalues_and_vectors(module) -> None:
    x = numbers((5, 5))
    values, vectors = module.eig(x)
    np.testing.assert_allclose(x @ vectors, vectors * values, atol=1e-5)
    x = numbers((3, 3), np.complex128)
    found, want = module.eigenvalues(x), np.linalg.eigvals(x)
    np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(want), rtol=1e-10)
