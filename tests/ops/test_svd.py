# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Singular value decompositions: what defines them, and what JAX makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie

TARGETS = ("reference", "llvm-cpu")
MATRICES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "wide": lambda rng: rng.standard_normal((4, 6)).astype(np.float32),
    "high": lambda rng: rng.standard_normal((6, 4)),
    "square, complex": lambda rng: _complex(rng, (5, 5)).astype(np.complex64),
    "high, complex": lambda rng: _complex(rng, (4, 2)),
    "batches": lambda rng: rng.standard_normal((2, 3, 7)).astype(np.float32),
    "rank 2": lambda rng: rng.standard_normal((6, 2)) @ rng.standard_normal((2, 5)),
    "equal and empty rows": lambda rng: np.array(
        [[1, 2, 3], [1, 2, 3], [0, 0, 0], [3, 1, 2]], np.float32
    ),
    "all zero": lambda rng: np.zeros((2, 3), np.float32),
    "huge": lambda rng: np.float32(1e30) * rng.standard_normal((3, 3)).astype(np.float32),
    "tiny": lambda rng: np.float32(1e-30) * rng.standard_normal((3, 3)).astype(np.float32),
    "graded": lambda rng: rng.standard_normal((4, 4)) * np.array([1, 1e-6, 1e-9, 1e-12]),
    "no rows": lambda rng: np.zeros((0, 3), np.float32),
}


def _complex(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def _text(function: Callable[..., Any], x: np.ndarray) -> str:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        return jax.jit(function).lower(x).as_text()


@pytest.mark.parametrize(
    ("name", "full"), [*((n, True) for n in MATRICES), ("wide", False), ("high, complex", False)]
)
def test_products_give_the_matrix_and_bases_are_orthonormal(name: str, full: bool) -> None:
    jnp = pytest.importorskip("jax.numpy")
    x = MATRICES[name](np.random.default_rng(len(name)))
    text = _text(lambda a: tuple(jnp.linalg.svd(a, full_matrices=full)), x)
    want = np.linalg.svd(x, compute_uv=False)
    epsilon = float(np.finfo(x.dtype).eps) * 30
    for target in TARGETS:
        u, s, vh = ie.compile(text, target=target).main(x)
        size = float(want.max(initial=0)) or 1.0
        np.testing.assert_allclose(s / size, want / size, atol=epsilon)
        count = s.shape[-1]
        found = (u[..., :count] * (s / size)[..., None, :]) @ vh[..., :count, :]
        np.testing.assert_allclose(found, x / size, atol=epsilon)
        for basis in (np.conj(np.swapaxes(u, -1, -2)), vh):
            product = basis @ np.conj(np.swapaxes(basis, -1, -2))
            whole = np.broadcast_to(np.eye(basis.shape[-2]), product.shape)
            np.testing.assert_allclose(product, whole, atol=epsilon)


def test_small_singular_values_keep_their_digits() -> None:
    """One-sided rotations find them relative to their columns, not to the largest."""
    jnp = pytest.importorskip("jax.numpy")
    x = MATRICES["graded"](np.random.default_rng(0)).T
    text = _text(lambda a: jnp.linalg.svd(a, compute_uv=False), x)
    found = ie.compile(text, target="llvm-cpu").main(x)
    np.testing.assert_allclose(found, np.linalg.svd(x, compute_uv=False), rtol=1e-3)


def test_what_is_not_finite_has_no_decomposition() -> None:
    jnp = pytest.importorskip("jax.numpy")
    x = np.stack([np.eye(3), np.full((3, 3), np.inf)]).astype(np.float32)
    text = _text(lambda a: tuple(jnp.linalg.svd(a)), x)
    for target in TARGETS:
        for value in ie.compile(text, target=target).main(x):
            assert np.isfinite(value[0]).all() and np.isnan(value[1]).all()


@pytest.mark.parametrize("name", ["pinv", "lstsq", "matrix_rank", "norm", "cond"])
def test_what_jax_builds_on_it(name: str) -> None:
    jax = pytest.importorskip("jax")
    linalg = jax.numpy.linalg
    function: Callable[[Any], Any] = {
        "pinv": linalg.pinv,
        "lstsq": lambda a: linalg.lstsq(a, a[:, 0])[0],
        "matrix_rank": linalg.matrix_rank,
        "norm": lambda a: linalg.norm(a, 2),
        "cond": linalg.cond,
    }[name]
    x = np.random.default_rng(7).standard_normal((5, 3)).astype(np.float32)
    for target in TARGETS:
        found = ie.compile(_text(function, x), target=target).main(x)
        np.testing.assert_allclose(found, np.asarray(function(x)), rtol=1e-3, atol=1e-4)
