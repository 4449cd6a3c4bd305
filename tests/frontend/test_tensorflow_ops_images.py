# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Images of any size in TensorFlow: resizes, crops, colours, windows, convolutions, detection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.tensorflow_ops import Case, Fixed, check, f32, i32

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(2)
IMAGE = RNG.uniform(size=(2, 6, 7, 3)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 3, 3, 4)).astype(np.float32)
SIZE = Fixed(i32([9, 5]))
raw = tf.raw_ops


class Pixels(Fixed):
    """An image: batch and sizes may be unknown, the channels are known."""

    def shape(self, unknown: str) -> list[int | None]:
        batch, *inner, channels = self.value.shape
        sizes = [None] * len(inner) if unknown == "all" else inner
        return [batch if unknown == "none" else None, *sizes, channels]


X = Pixels(IMAGE)


def resize(method: str, **options: Any) -> Callable[..., Any]:
    return lambda x, n: tf.image.resize(x, n, method, **options)


def old(kind: str, **options: Any) -> Callable[..., Any]:
    return lambda x, n: getattr(raw, kind)(images=x, size=n, **options)


METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "gaussian", "mitchellcubic")
RESIZES: dict[str, Case] = {
    **{method: (resize(method), [X, SIZE]) for method in METHODS},
    "antialiased": (resize("bilinear", antialias=True), [X, Fixed(i32([3, 4]))]),
    "cubic antialiased": (resize("bicubic", antialias=True), [X, Fixed(i32([3, 4]))]),
    **{
        f"{kind} {name}": (old(f"Resize{kind}", **{name: True}), [X, SIZE])
        for kind in ("Bilinear", "Bicubic", "NearestNeighbor")
        for name in ("align_corners", "half_pixel_centers")
    },
    "plain cubic": (old("ResizeBicubic"), [X, SIZE]),
    "integers": (resize("nearest"), [Pixels((IMAGE * 255).astype(np.uint8)), SIZE]),
    "to one": (old("ResizeBilinear", align_corners=True), [X, Fixed(i32([1, 1]))]),
    "twice": (lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2), [X]),
}

BOXES = f32([[0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9], [-0.2, -0.2, 1.3, 1.1], [0.8, 0.8, 0.2, 0.1]])
OWNERS = i32([0, 1, 0, 1])
CROPS: dict[str, Case] = {
    "crops": (lambda x, b, k, n: tf.image.crop_and_resize(x, b, k, n), [X, BOXES, OWNERS, SIZE]),
    "nearest": (
        lambda x, b, k, n: tf.image.crop_and_resize(x, b, k, n, "nearest", 2.0),
        [X, BOXES, OWNERS, SIZE],
    ),
    "of one pixel": (
        lambda x, b, k: tf.image.crop_and_resize(x, b, k, [1, 1]),
        [X, BOXES, OWNERS],
    ),
    "hsv": (lambda x: (tf.image.rgb_to_hsv(x), tf.image.hsv_to_rgb(x)), [X]),
    "hue": (lambda x: (tf.image.adjust_hue(x, 0.3), tf.image.adjust_saturation(x, 1.7)), [X]),
    "contrast": (lambda x: tf.image.adjust_contrast(x, 1.7), [X]),
    "grey": (lambda x: tf.image.rgb_to_hsv(x), [f32([[0.5] * 3, [0] * 3, [1] * 3, [1, 0, 1]])]),
}

WINDOWS: dict[str, Case] = {}
for _pad in ("SAME", "VALID"):
    WINDOWS |= {
        f"max {_pad}": (lambda x, p=_pad: tf.nn.max_pool2d(x, 3, 2, p), [X]),
        f"mean {_pad}": (lambda x, p=_pad: tf.nn.avg_pool2d(x, (2, 3), (2, 1), p), [X]),
        f"places {_pad}": (lambda x, p=_pad: tf.nn.max_pool_with_argmax(x, 3, 2, p), [X]),
        f"dilation {_pad}": (
            lambda x, k, p=_pad: tf.nn.dilation2d(x, k, [1, 2, 1, 1], p, "NHWC", [1, 1, 2, 1]),
            [X, Fixed(KERNEL[..., 0])],
        ),
        f"convolution {_pad}": (
            lambda x, k, p=_pad: tf.nn.conv2d(x, k, (2, 1), p, dilations=(1, 2)),
            [X, Fixed(KERNEL)],
        ),
        f"depthwise {_pad}": (
            lambda x, k, p=_pad: tf.nn.depthwise_conv2d(x, k, [1, 2, 2, 1], p),
            [X, Fixed(KERNEL)],
        ),
    }
WINDOWS |= {
    "erosion": (
        lambda x, k: tf.nn.erosion2d(x, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
        [X, Fixed(KERNEL[..., 1])],
    ),
    "explicit": (
        lambda x, k: tf.nn.conv2d(x, k, 1, [[0, 0], [1, 2], [0, 1], [0, 0]]),
        [X, Fixed(KERNEL)],
    ),
    "transposed": (
        lambda x, k: tf.nn.conv2d_transpose(x, k, tf.shape(x) * [1, 2, 2, 1] + [0, 0, 0, 1], 2),
        [X, Fixed(KERNEL.transpose(0, 1, 3, 2)[..., :3])],
    ),
    "three dimensions": (
        lambda x, k: (
            tf.nn.conv3d(x, k, [1, 2, 2, 2, 1], "SAME"),
            tf.nn.avg_pool3d(x, 2, 2, "SAME"),
        ),
        [
            Pixels(f32(RNG.normal(size=(2, 5, 4, 3, 2)))),
            Fixed(f32(RNG.normal(size=(2,) * 4 + (3,)))),
        ],
    ),
    "response": (lambda x: tf.nn.local_response_normalization(x, 1, alpha=0.5), [X]),
}


def gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*operands: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(operands)
            result = tf.reduce_sum(function(*operands) ** 2)
        return tape.gradient(result, operands)

    return call


GRADIENTS: dict[str, Case] = {
    name: (gradient(WINDOWS[name][0]), WINDOWS[name][1])
    for name in WINDOWS
    if name.split()[0] in ("max", "mean", "depthwise")
} | {
    "top_k": (gradient(lambda x: tf.math.top_k(x, 2)[0] ** 2), [RNG.normal(size=(4, 5))]),
    "sort": (gradient(lambda x: tf.sort(x, axis=-1) * [3.0, 2, 1]), [RNG.normal(size=(4, 3))]),
    "broadcast": (
        gradient(lambda x, y: (x + y) * y),
        [RNG.normal(size=(4, 3)), RNG.normal(size=(1, 3))],
    ),
    "broadcast both": (
        gradient(lambda x, y: x * y),
        [RNG.normal(size=(4, 1)), RNG.normal(size=(2, 1, 3))],
    ),
}

DILATED: dict[str, Case] = {
    name: (gradient(WINDOWS[name][0]), WINDOWS[name][1])
    for name in WINDOWS
    if name.split()[0] == "convolution"
}

CORNERS = RNG.uniform(size=(12, 2)).astype(np.float32)
FOUND = np.concatenate([CORNERS, CORNERS + RNG.uniform(0.1, 0.5, (12, 2))], 1).astype(np.float32)
FOUND[3] = FOUND[3, [2, 3, 0, 1]]  # corners the other way round
FOUND[5, 2:] = FOUND[5, :2]  # an empty box
SCORES = RNG.uniform(size=12).astype(np.float32)
SCORES[7] = SCORES[2]  # a tie
DETECTION: dict[str, Case] = {
    "three": (lambda b, s: tf.image.non_max_suppression(b, s, 20, 0.3, 0.1), [FOUND, SCORES]),
    "padded": (
        lambda b, s: raw.NonMaxSuppressionV4(
            boxes=b,
            scores=s,
            max_output_size=15,
            iou_threshold=0.3,
            score_threshold=0.2,
            pad_to_max_output_size=True,
        ),
        [FOUND, SCORES],
    ),
    "soft": (
        lambda b, s, n: tf.image.non_max_suppression_with_scores(b, s, n, 0.6, 0.1, 0.5),
        [FOUND, SCORES, np.int32(6)],
    ),
    "none": (lambda b, s: tf.image.non_max_suppression(b, s, 5, 0.3, 9.0), [FOUND, SCORES]),
    "overlaps": (
        lambda o, s: tf.image.non_max_suppression_overlaps(o, s, 5, 0.5),
        [RNG.uniform(size=(12, 12)).astype(np.float32), SCORES],
    ),
    "combined": (
        lambda b, s: tf.image.combined_non_max_suppression(b, s, 4, 6, 0.3, 0.2),
        [
            Fixed(FOUND.reshape(2, 6, 1, 4)),
            Fixed(RNG.uniform(size=(2, 6, 3)).astype(np.float32)),
        ],
    ),
    "combined by class": (
        lambda b, s: tf.image.combined_non_max_suppression(b, s, 2, 9, 0.3, 0.2, True, False),
        [Fixed(FOUND.reshape(2, 2, 3, 4)), Fixed(SCORES.reshape(2, 2, 3))],
    ),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
@pytest.mark.parametrize("family", ["RESIZES", "CROPS", "WINDOWS", "GRADIENTS", "DETECTION"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("unknown", ["none", "batch", "all"])
def test_gradients_of_dilated_convolutions_match_xla(unknown: str) -> None:
    check(DILATED, unknown, jit=True, rtol=1e-4, atol=1e-5)
