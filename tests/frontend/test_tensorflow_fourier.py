# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's Fourier transforms, with lengths that are known and that only the call knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontend.agreement import assert_agrees
from tests.frontend.tensorflow_ops import Case, check

tf = pytest.importorskip("tensorflow")

signal = tf.signal


def numbers(shape: tuple[int, ...], dtype: Any = np.complex64) -> np.ndarray:
    rng = np.random.default_rng(sum(shape))
    found = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        found = found + 1j * rng.standard_normal(shape)
    return found.astype(dtype)


REAL, COMPLEX = numbers((2, 3, 4, 6), np.float32), numbers((2, 3, 4, 6))
NAMES = [kind + rank for kind in ("fft", "ifft", "rfft", "irfft") for rank in ("", "2d", "3d")]
TRANSFORMS: dict[str, Case] = {
    **{n: (getattr(signal, n), [REAL if n[0] == "r" else COMPLEX]) for n in NAMES},
    "cropped": (lambda x: signal.rfft2d(x, [3, 4]), [REAL]),
    "padded": (lambda x: signal.rfft(x, [9]), [REAL]),
    "odd": (lambda x: signal.irfft2d(x, [3, 9]), [COMPLEX]),
    "double": (signal.fft2d, [numbers((2, 5, 3), np.complex128)]),
    "real double": (signal.rfft, [numbers((2, 9), np.float64)]),
    "centred": (lambda x: signal.fftshift(signal.fft(x), axes=[-1]), [COMPLEX]),
}


@pytest.mark.parametrize("unknown", ["none", "batch"])
def test_transforms_match_tensorflow(unknown: str) -> None:
    check(TRANSFORMS, unknown, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("name", "target"),
    [(n, "reference") for n in ("rfft2d", "irfft2d", "ifft3d")] + [("rfft2d", "llvm-cpu")],
)
def test_all_lengths_may_be_unknown(name: str, target: str) -> None:
    """Machine code of one unknown length is tested below; of three it takes most of a minute."""
    given = REAL if name[0] == "r" else COMPLEX
    signature = [tf.TensorSpec([None] * 4, given.dtype)]
    assert_agrees(TRANSFORMS[name][0], signature, [[given]], target, rtol=1e-4, atol=2e-5)


LENGTHS = (1, 2, 6, 7, 32, 37, 96, 111, 1000, 1024, 1031, 3 * 1031, 0)
"""Small, with factors up to 32, with a prime beyond it, with one that needs a convolution."""


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_one_program_takes_every_length(target: str) -> None:
    calls = [[numbers((2, n))] for n in LENGTHS]
    calls.append([numbers((0, 5))])
    signature = [tf.TensorSpec([None, None], tf.complex64)]
    assert_agrees(signal.fft, signature, calls, target, rtol=1e-4, atol=2e-4)


def test_real_signals_of_every_length_come_back() -> None:
    def both(x: Any, n: Any) -> Any:
        found = signal.rfft(x, [n])
        return found, signal.irfft(found, [n])

    calls = [[numbers((2, n), np.float32), np.int32(m)]
             for n, m in ((1, 1), (8, 8), (9, 9), (9, 4), (4, 9), (45, 45))]  # fmt: skip
    signature = [tf.TensorSpec([None, None]), tf.TensorSpec([], tf.int32)]
    assert_agrees(both, signature, calls, "reference", rtol=1e-4, atol=2e-5)


def test_gradients_match_tensorflow() -> None:
    def gradient(x: Any) -> Any:
        power = tf.abs(signal.rfft(x)) ** 2 + tf.math.real(signal.rfft2d(x)[..., :1, :])
        return tf.gradients(tf.reduce_sum(power), x)

    check({"power": (gradient, [REAL])}, "batch", rtol=1e-4, atol=1e-4)
