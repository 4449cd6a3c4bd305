# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's decompositions of matrices: what they are made to be, in every form of sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tests.frontend.agreement import assert_agrees
from tests.frontend.tensorflow_ops import Case, check

tf = pytest.importorskip("tensorflow")


def numbers(shape: Sequence[int], dtype: Any = np.float32) -> np.ndarray:
    rng = np.random.default_rng(sum(shape))
    found = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        found = found + 1j * rng.standard_normal(shape)
    return found.astype(dtype)


def hermitian(shape: Sequence[int], dtype: Any = np.float32) -> np.ndarray:
    x = numbers(shape, dtype)
    return x + np.conj(np.swapaxes(x, -1, -2))


def product(*factors: Any) -> Any:
    result = factors[0]
    for factor in factors[1:]:
        result = tf.matmul(result, factor)
    return result


# What does not depend on the signs of vectors: values, products, and whether bases are unitary.


def svd(full: bool = False) -> Callable[[Any], Any]:
    def results(a: Any) -> Any:
        s, u, v = tf.linalg.svd(a, full_matrices=full)
        count = tf.shape(s)[-1]
        middle = tf.linalg.diag(tf.cast(s, a.dtype))
        again = product(u[..., :count], middle, tf.linalg.adjoint(v[..., :count]))
        bases = [tf.matmul(x, x, adjoint_a=True) for x in (u, v)]
        return s, again, *bases, tf.linalg.svd(a, compute_uv=False)

    return results


def qr(full: bool = False) -> Callable[[Any], Any]:
    def results(a: Any) -> Any:
        q, r = tf.linalg.qr(a, full_matrices=full)
        return product(q, r), tf.matmul(q, q, adjoint_a=True), tf.abs(r)

    return results


def eigh(a: Any) -> Any:
    values, vectors = tf.linalg.eigh(a)
    again = product(vectors, tf.linalg.diag(values), tf.linalg.adjoint(vectors))
    return values, again, tf.matmul(vectors, vectors, adjoint_a=True), tf.linalg.eigvalsh(a)


def eig(a: Any) -> Any:
    values, vectors = tf.linalg.eig(a)
    rest = tf.matmul(tf.cast(a, values.dtype), vectors) - vectors * values[..., None, :]
    lengths = tf.reduce_sum(tf.abs(vectors) ** 2, -2)
    return rest, lengths, tf.reduce_sum(values**2, -1), tf.reduce_sum(tf.linalg.eigvals(a), -1)


TYPES = {"f32": np.float32, "f64": np.float64, "c64": np.complex64}

SVD: dict[str, Case] = {
    **{f"high {n}": (svd(), [numbers((2, 5, 3), t)]) for n, t in TYPES.items()},
    "wide": (svd(), [numbers((2, 3, 5))]),
    "whole": (svd(True), [numbers((5, 3))]),
    "whole wide": (svd(True), [numbers((2, 1, 3, 4), np.complex64)]),
    "inverse": (tf.linalg.pinv, [numbers((2, 5, 3))]),
    "rank": (tf.linalg.matrix_rank, [numbers((2, 5, 3))]),
}
QR: dict[str, Case] = {
    **{f"high {n}": (qr(), [numbers((2, 5, 3), t)]) for n, t in TYPES.items()},
    "wide": (qr(), [numbers((2, 3, 5))]),
    "whole": (qr(True), [numbers((5, 3))]),
    "whole wide": (qr(True), [numbers((2, 1, 3, 4), np.complex64)]),
}
EIGEN: dict[str, Case] = {
    **{f"any {n}": (eig, [numbers((2, 4, 4), t)]) for n, t in TYPES.items()},
    **{f"hermitian {n}": (eigh, [hermitian((2, 4, 4), t)]) for n, t in TYPES.items()},
}

UNIT = np.eye(4)
ROOTS: dict[str, Case] = {
    **{f"root {n}": (tf.linalg.sqrtm, [(numbers((2, 4, 4), t) / 2 + UNIT).astype(t)])
       for n, t in TYPES.items()},
    "root that is not real": (tf.linalg.sqrtm, [np.diag([1.0, -2.0, 3.0]).astype(np.float32)]),
    "logarithm": (tf.linalg.logm, [(numbers((2, 4, 4)) + UNIT).astype(np.complex64)]),
    "solve broadcast": (
        lambda a, b: tf.linalg.triangular_solve(a, b),
        [numbers((1, 4, 4)) + 4 * UNIT.astype(np.float32), numbers((2, 4, 3))],
    ),
    "least squares": (
        lambda a, b: tf.linalg.lstsq(a, b, fast=False),
        [numbers((2, 5, 3)), numbers((2, 5, 2))],
    ),
    "shortest": (
        lambda a, b: tf.linalg.lstsq(a, b, fast=False),
        [numbers((2, 3, 5)), numbers((2, 3, 2))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("unknown", ["none", "batch", "all"])
@pytest.mark.parametrize("family", ["SVD", "QR", "EIGEN", "ROOTS"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("unknown", ["none", "all"])
def test_doubles_are_as_good_as_tensorflow_s(unknown: str) -> None:
    families = {**SVD, **QR, **EIGEN, **ROOTS}
    doubles = {name: case for name, case in families.items() if name.endswith(" f64")}
    check(doubles, unknown, rtol=1e-10, atol=1e-11)


CALLS = {
    "svd": (svd(), [(2, 1, 1), (1, 6, 2), (3, 2, 6), (0, 3, 3), (2, 0, 3), (2, 3, 0)]),
    "whole svd": (svd(True), [(2, 1, 1), (1, 6, 2), (3, 2, 6), (0, 3, 3)]),
    "qr": (qr(), [(2, 1, 1), (1, 6, 2), (3, 2, 6), (0, 3, 3), (2, 0, 3), (2, 3, 0)]),
    "whole qr": (qr(True), [(2, 1, 1), (1, 6, 2), (3, 2, 6), (0, 3, 3)]),
    "root": (lambda a: tf.linalg.sqrtm(a @ a), [(2, 1, 1), (0, 3, 3), (2, 0, 0)]),
    "eigh": (eigh, [(2, 1, 1), (1, 6, 6), (0, 3, 3), (2, 0, 0)]),
    "eig": (eig, [(2, 1, 1), (1, 6, 6), (0, 3, 3), (2, 0, 0)]),
}


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("name", CALLS)
def test_one_program_takes_every_size(name: str, target: str) -> None:
    function, shapes = CALLS[name]
    make = hermitian if name == "eigh" else numbers
    signature = [tf.TensorSpec([None, None, None])]
    calls = [[make(shape)] for shape in shapes]
    assert_agrees(function, signature, calls, target, rtol=1e-4, atol=2e-5)


def test_gradients_match_tensorflow() -> None:
    """Of what TensorFlow's gradients are compositions of."""

    def gradient(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda a: tf.gradients([tf.math.real(x) for x in tf.nest.flatten(function(a))], a)

    square = numbers((2, 3, 3))
    definite = (square @ square.transpose(0, 2, 1) + np.eye(3)).astype(np.float32)
    cases: dict[str, Case] = {
        "singular values": (gradient(lambda a: tf.linalg.svd(a, compute_uv=False)), [square]),
        "qr": (gradient(lambda a: tf.abs(tf.linalg.qr(a)[1])), [numbers((2, 4, 3))]),
        "cholesky": (gradient(tf.linalg.cholesky), [definite]),
        "eigenvalues": (gradient(lambda a: tf.linalg.eigh(a)[0] ** 2), [definite]),
        "inverse": (gradient(tf.linalg.inv), [definite]),
        "determinant": (gradient(tf.linalg.det), [square]),
        "logarithm of it": (gradient(tf.linalg.logdet), [definite]),
    }
    check(cases, "none", rtol=1e-3, atol=1e-4)
    del cases["qr"]  # TensorFlow's own needs known sizes
    check(cases, "all", rtol=1e-3, atol=1e-4)
