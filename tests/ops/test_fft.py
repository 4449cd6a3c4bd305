# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fourier transforms of all kinds and lengths against NumPy and XLA."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import iree_explore as ie

from .oracle import run_xla
from .targets import run_llvm_cpu, run_reference, verify


def _fft(kind: str, lead: str, shape: list[int], count: int, dtype: str) -> tuple[str, str]:
    """Text of one transform over the last `count` sizes of `shape`, and the kind of its input."""
    half = [*shape[:-1], shape[-1] // 2 + 1]
    real, element = dtype, f"complex<{dtype}>"
    sizes = {"RFFT": (shape, half), "IRFFT": (half, shape)}.get(kind, (shape, shape))
    elements = {"RFFT": (real, element), "IRFFT": (element, real)}.get(kind, (element, element))
    types = []
    for size, e in zip(sizes, elements, strict=True):
        shown = [lead if lead and i < len(size) - count else n for i, n in enumerate(size)]
        types.append("tensor<" + "".join(f"{n}x" for n in shown) + f"{e}>")
    text = (
        f"func.func @main(%a: {types[0]}) -> {types[1]} {{\n  %0 = stablehlo.fft %a, type = {kind},"
        f" length = {shape[-count:]} : ({types[0]}) -> {types[1]}\n  return %0 : {types[1]}\n}}"
    )
    return text, "real" if kind == "RFFT" else "complex"


KINDS = ("FFT", "IFFT", "RFFT", "IRFFT")
LENGTHS = (
    *((kind, [3, 7], 1) for kind in KINDS), *((kind, [2, 100], 1) for kind in KINDS),
    ("FFT", [2], 1), ("IFFT", [2, 64], 1), ("RFFT", [131], 1), ("IRFFT", [130], 1),
    ("RFFT", [2, 2, 130], 1), ("FFT", [263], 1), ("IRFFT", [263], 1), ("RFFT", [3, 526], 1),
    ("IFFT", [1000], 1), ("FFT", [2, 3, 5], 2), ("RFFT", [66, 4], 2), ("IRFFT", [4, 68], 2),
    ("IFFT", [21, 210], 1), ("FFT", [17, 143], 1), ("FFT", [2304], 1), ("RFFT", [3, 9, 256], 1),
    ("IFFT", [2, 3, 4], 3), ("RFFT", [2, 3, 4], 3), ("IRFFT", [2, 2, 3, 67], 3),
)  # fmt: skip
"""Kind, shape, and over how many of its last sizes; of rank one more, the batch is unknown."""


@pytest.mark.parametrize(("kind", "shape", "count"), LENGTHS, ids=str)
def test_fft_agrees_with_numpy(kind: str, shape: list[int], count: int) -> None:
    """Errors below 16 ULP of the largest result (NumPy's own are about 2)."""
    rng = np.random.default_rng(sum(shape))
    text, source = _fft(kind, "?" if len(shape) == count + 1 else "", shape, count, "f64")
    size = [*shape[:-1], shape[-1] // 2 + 1] if kind == "IRFFT" else shape
    x = rng.standard_normal(size)
    if source == "complex":
        x = x + 1j * rng.standard_normal(size)
    function = getattr(np.fft, f"{kind.lower()}n")
    want = function(x, shape[-count:], range(len(shape) - count, len(shape)))
    (reference,) = run_reference(text, [x])
    np.testing.assert_array_equal(reference, want)
    (got,) = run_llvm_cpu(text, [x])
    assert got.dtype == want.dtype and got.shape == want.shape
    assert np.abs(got - want).max() <= 16 * np.finfo(np.float64).eps * np.abs(want).max()


def test_any_number_of_signals() -> None:
    """Fewer than a block of vectors, a block, and blocks that overlap."""
    text, _ = _fft("FFT", "?", [1, 96], 1, "f32")
    main = ie.compile(text, target="llvm-cpu", device="local-sync").main
    rng = np.random.default_rng(9)
    for count in (0, 1, 3, 16, 35):
        x = (rng.random((count, 96)) - 1j * rng.random((count, 96))).astype(np.complex64)
        np.testing.assert_allclose(main(x), np.fft.fft(x), atol=2e-5)


@pytest.mark.parametrize("kind", ["FFT", "RFFT", "IRFFT"])
def test_fft_agrees_with_xla(kind: str) -> None:
    for shape, count in (([3, 12], 1), ([5, 6], 2)):
        text, source = _fft(kind, "", shape, count, "f32")
        size = [*shape[:-1], shape[-1] // 2 + 1] if kind == "IRFFT" else shape
        rng = np.random.default_rng(zlib.crc32(kind.encode()))
        x = (rng.standard_normal(size) + 1j * rng.standard_normal(size)).astype(np.complex64)
        x = np.ascontiguousarray(np.real(x)) if source == "real" else x
        verify(text, [x], run_xla(text, [x]), ("reference", "llvm-cpu"))


def test_a_transform_that_is_too_long_is_refused() -> None:
    text = """func.func @main(%a: tensor<8388608xcomplex<f32>>) -> tensor<8388608xcomplex<f32>> {
      %0 = stablehlo.fft %a, type = FFT, length = [8388608] : (tensor<8388608xcomplex<f32>>) -> tensor<8388608xcomplex<f32>>
      return %0 : tensor<8388608xcomplex<f32>>
    }"""  # noqa: E501
    with pytest.raises(ie.Error, match=r"IX203 stablehlo\.fft: transforms longer than 4194304"):
        ie.compile(text, target="llvm-cpu")
