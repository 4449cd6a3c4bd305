# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of slices, resizes, crops and windows, of known and unknown sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.frontend.tensorflow_ops import Case, Fixed, check, f32  # noqa: E402

RNG = np.random.default_rng(2)
X = RNG.normal(size=(4, 8)).astype(np.float32)
IMAGE = RNG.normal(size=(2, 8, 6, 3)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 2, 3)).astype(np.float32)
BOXES = f32([[0.1, 0.2, 0.8, 0.9], [0, 0.1, 1, 0.7]])


class Sized(Fixed):
    """An argument of which every size is unknown, or all but the channels."""

    def __init__(self, value: Any, channels: int | None = None) -> None:
        super().__init__(value)
        self.channels = channels

    def shape(self, unknown: str) -> list[int | None]:
        if unknown == "none":
            return super().shape(unknown)
        return [*[None] * (self.value.ndim - 1), self.channels]


def gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """The gradients of a sum of the function's values, each with a weight of its own."""

    def result(*values: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(values)
            y = function(*values)
            total = tf.reduce_sum(y * tf.cos(y))
        found = tape.gradient(total, values)
        return [tf.convert_to_tensor(g) for g in found]

    return result


def twice(function: Callable[..., Any]) -> Callable[..., Any]:
    return gradient(lambda x: tf.gradients(function(x) ** 2, x)[0])


def resized(method: str, **options: bool) -> Callable[..., Any]:
    op = getattr(tf.raw_ops, method)
    return gradient(lambda x: op(images=x, size=[12, 4], **options))


def dilated(padding: str) -> Callable[..., Any]:
    return gradient(
        lambda x, k: tf.nn.dilation2d(x, k, [1, 2, 1, 1], padding, "NHWC", [1, 1, 2, 1])
    )


CASES: dict[str, Case] = {
    "steps": (gradient(lambda x: x[::2, 1::3]), [Sized(X)]),
    "backwards": (gradient(lambda x: x[::-1, ::-2]), [Sized(X)]),
    "computed": (gradient(lambda x: x[:, tf.shape(x)[0] - 2 : tf.shape(x)[1] - 1 : 2]), [Sized(X)]),
    "new and shrunk": (gradient(lambda x: x[..., None, 2]), [Sized(X)]),
    "bilinear": (resized("ResizeBilinear", half_pixel_centers=True), [Sized(IMAGE, 3)]),
    "bilinear corners": (resized("ResizeBilinear", align_corners=True), [Sized(IMAGE, 3)]),
    "nearest": (resized("ResizeNearestNeighbor", half_pixel_centers=True), [Sized(IMAGE, 3)]),
    "nearest corners": (resized("ResizeNearestNeighbor", align_corners=True), [Sized(IMAGE, 3)]),
    "bicubic": (resized("ResizeBicubic", half_pixel_centers=True), [Sized(IMAGE, 3)]),
    "bicubic old": (resized("ResizeBicubic"), [Sized(IMAGE, 3)]),
    "crops": (
        gradient(lambda x, b: tf.image.crop_and_resize(x, b, [0, 1], (4, 4))),
        [Sized(IMAGE, 3), Sized(BOXES, 4)],
    ),
    "dilation same": (dilated("SAME"), [Sized(IMAGE, 3), Fixed(KERNEL)]),
    "dilation valid": (dilated("VALID"), [Sized(IMAGE, 3), Fixed(KERNEL)]),
    "max pool twice": (twice(lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME")), [Sized(IMAGE, 3)]),
}


COMPILED = ("computed", "bilinear", "dilation same")
"""Cases that run on llvm-cpu too."""


@pytest.mark.parametrize("unknown", ["none", "batch"])
def test_gradients_agree_with_tensorflow(unknown: str) -> None:
    check(CASES, unknown, rtol=1e-4, atol=2e-5)


def test_compiled_gradients_agree_with_tensorflow() -> None:
    check({k: CASES[k] for k in COMPILED}, "batch", compiled=True, rtol=1e-4, atol=2e-5)
