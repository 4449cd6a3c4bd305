# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Eigenvalues and eigenvectors of any square matrices: what defines them, as JAX asks for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import iree_explore as ie

TARGETS = ("reference", "llvm-cpu")
MATRICES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "real": lambda rng: rng.standard_normal((6, 6)).astype(np.float32),
    "f64": lambda rng: rng.standard_normal((9, 9)),
    "complex": lambda rng: _complex(rng, (5, 5)).astype(np.complex64),
    "c128": lambda rng: _complex(rng, (7, 7)),
    "batches": lambda rng: rng.standard_normal((2, 3, 3)).astype(np.float32),
    "symmetric": lambda rng: _symmetric(rng.standard_normal((4, 4))),
    "triangular": lambda rng: np.triu(rng.standard_normal((4, 4))),
    "rotation": lambda rng: np.array([[0, -1], [1, 0]], np.float32),
    "cycle": lambda rng: np.roll(np.eye(5), 1, axis=0),
    "identity": lambda rng: np.eye(3, dtype=np.float32),
    "all zero": lambda rng: np.zeros((2, 2), np.float32),
    "one by one": lambda rng: np.array([[-3.0]], np.float32),
    "huge": lambda rng: np.float32(1e30) * rng.standard_normal((3, 3)).astype(np.float32),
    "companion": lambda rng: np.array([[6.0, -11, 6], [1, 0, 0], [0, 1, 0]]),
    "no elements": lambda rng: np.zeros((0, 0), np.float32),
}


def _complex(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def _symmetric(x: np.ndarray) -> np.ndarray:
    return x + x.T


def _text(x: np.ndarray, *, left: bool) -> str:
    jax = pytest.importorskip("jax")

    def function(a):
        return jax.lax.linalg.eig(a, compute_left_eigenvectors=left)

    with jax.enable_x64(True):
        return jax.jit(function).lower(x).as_text()


def _distance(found: np.ndarray, want: np.ndarray) -> float:
    """The largest distance of eigenvalues in the best pairing."""
    from scipy.optimize import linear_sum_assignment

    apart = np.abs(found[:, None] - want[None, :])
    return float(apart[linear_sum_assignment(apart)].max(initial=0))


@pytest.mark.parametrize("name", MATRICES)
def test_values_and_vectors_satisfy_their_equations(name: str) -> None:
    x = MATRICES[name](np.random.default_rng(len(name)))
    text = _text(x, left=True)
    epsilon = float(np.finfo(x.dtype).eps) * 100
    size = float(np.abs(x).max(initial=0)) or 1.0
    for target in TARGETS:
        values, left, right = ie.compile(text, target=target).main(x)
        assert values.dtype == left.dtype == right.dtype
        for place in np.ndindex(*x.shape[:-2]):
            a, w = x[place] / size, values[place] / size
            assert _distance(w, np.linalg.eigvals(a)) <= epsilon
            v, u = right[place], left[place]
            np.testing.assert_allclose(a @ v, v * w, atol=epsilon)
            np.testing.assert_allclose(np.conj(u.T) @ a, w[:, None] * np.conj(u.T), atol=epsilon)
            for vectors in (u, v):
                np.testing.assert_allclose(np.linalg.norm(vectors, axis=0), 1, rtol=epsilon)
                sizes = np.abs(vectors)
                largest = sizes >= sizes.max(0, initial=0) - epsilon
                assert np.where(largest, np.abs(vectors.imag) <= epsilon, False).any(0).all()


def test_real_eigenvalues_of_a_real_matrix_are_real() -> None:
    x = MATRICES["companion"](np.random.default_rng(0))
    values, _ = ie.compile(_text(x, left=False), target="llvm-cpu").main(x)
    assert (values.imag == 0).all()
    np.testing.assert_allclose(np.sort(values.real), [1, 2, 3], rtol=1e-10)


def test_defective_matrices_have_vectors_all_the_same() -> None:
    x = np.diag(np.ones(3, np.float32), 1) + 2 * np.eye(4, dtype=np.float32)
    values, right = ie.compile(_text(x, left=False), target="llvm-cpu").main(x)
    np.testing.assert_allclose(values, 2, rtol=1e-5)
    np.testing.assert_allclose(x @ right, right * values, atol=1e-5)
    assert np.isfinite(right).all()


def test_what_is_not_finite_has_no_eigenvalues() -> None:
    x = np.stack([np.eye(3), np.full((3, 3), np.nan)]).astype(np.float32)
    for target in TARGETS:
        for found in ie.compile(_text(x, left=False), target=target).main(x):
            assert np.isfinite(found[0]).all() and np.isnan(found[1].real).all()
