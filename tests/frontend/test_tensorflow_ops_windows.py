# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Windows that are drawn or given as data: fractional pools, glimpses, sound. Any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.tensorflow_ops import Case, Fixed, check, f32

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(5)
raw = tf.raw_ops
IMAGE = RNG.normal(size=(2, 11, 13, 3)).astype(np.float32)
COARSE = np.round(IMAGE)
"""An image with equal elements in every region."""


def pool(kind: str, ratio: tuple[float, float], **options: Any) -> Callable[..., Any]:
    """A seeded pool with its bounds, and the gradient of its squares."""

    def body(x: Any) -> Any:
        found = getattr(raw, f"Fractional{kind}Pool")(
            value=x,
            pooling_ratio=[1.0, *ratio, 1.0],
            deterministic=True,
            seed=7,
            seed2=-3,
            **options,
        )
        if x.dtype != tf.float32:
            return list(found)
        if kind == "Max":
            return [*found, *tf.gradients(tf.square(found[0]), x)]
        grad = raw.FractionalAvgPoolGrad(  # TensorFlow's gradient function needs known sizes
            orig_input_tensor_shape=tf.shape(x, out_type=tf.int64),
            out_backprop=2 * found[0],
            row_pooling_sequence=found[1],
            col_pooling_sequence=found[2],
            overlapping=options["overlapping"],
        )
        return [*found, grad]

    return body


POOLS: dict[str, Case] = {
    f"{kind} {name}": (pool(kind, (1.4, 2.3), pseudo_random=pseudo, overlapping=overlap), [x])
    for kind in ("Max", "Avg")
    for name, pseudo, overlap, x in (
        ("random", False, False, IMAGE),
        ("random, overlapping", False, True, IMAGE),
        ("pseudo", True, False, IMAGE),
        ("pseudo, overlapping", True, True, COARSE),
        ("integers", True, True, (COARSE * 9).astype(np.int32)),
    )
}
POOLS |= {
    "long": (pool("Max", (1.3, 1.0)), [RNG.integers(-9, 9, (1, 300, 3, 1)).astype(np.int64)]),
    "divides": (pool("Avg", (5.5, 13.0), pseudo_random=False, overlapping=False), [IMAGE]),
    "doubles": (pool("Max", (1.4, 1.7), overlapping=True), [IMAGE.astype(np.float64)]),
    "by name": (lambda x: list(tf.nn.fractional_max_pool(x, 1.5, True, True, seed=4)), [IMAGE]),
}

PLACES = f32([[0.3, -0.2], [-1.4, 0.9]])
CORNERS = f32([[-2.0, 3.0], [7.5, -20.0]])
GLIMPSES: dict[str, Case] = {
    f"{name} {centered} {normalized}": (
        lambda x, p, c=centered, n=normalized, name=name: raw.ExtractGlimpseV2(
            input=x, size=[4, 5], offsets=p * (1.0 if n else 5.0), centered=c, normalized=n,
            noise="zero", uniform_noise=False,
        ),
        [IMAGE, place],
    )
    for name, place in (("places", PLACES), ("corners", CORNERS))
    for centered in (False, True)
    for normalized in (False, True)
}  # fmt: skip
GLIMPSES |= {
    "larger": (
        lambda x, p: tf.image.extract_glimpse(x, [20, 30], p, noise="zero"),
        [IMAGE, PLACES],
    ),
    **{
        f"first version {centered} {normalized}": (
            lambda x, p, c=centered, n=normalized: raw.ExtractGlimpse(
                input=x,
                size=[4, 5],
                offsets=p * (1.0 if n else 5.0),
                centered=c,
                normalized=n,
                noise="zero",
                uniform_noise=False,
            ),
            [IMAGE, PLACES],
        )
        for centered in (False, True)
        for normalized in (False, True)
    },
}

SOUND = RNG.normal(size=(400, 2)).astype(np.float32)


def heard(window: int, step: int, squared: bool) -> Callable[..., Any]:
    return lambda x: raw.AudioSpectrogram(
        input=x, window_size=window, stride=step, magnitude_squared=squared
    )


def coefficients(**options: Any) -> Callable[..., Any]:
    return lambda x, r: raw.Mfcc(spectrogram=heard(100, 40, True)(x), sample_rate=r, **options)


SOUNDS: dict[str, Case] = {
    "squares": (heard(100, 40, True), [SOUND]),
    "magnitudes": (heard(64, 64, False), [SOUND]),
    "too short": (heard(100, 40, False), [SOUND[:99]]),
    "coefficients": (coefficients(), [SOUND, np.int32(16000)]),
    "few channels": (
        coefficients(
            upper_frequency_limit=2500.0,
            lower_frequency_limit=100.0,
            filterbank_channel_count=7,
            dct_coefficient_count=5,
        ),
        [SOUND, np.int32(8000)],
    ),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
@pytest.mark.parametrize("family", ["pools", "glimpses", "sounds"])
def test_ops_equal_tensorflow(family: str, unknown: str) -> None:
    cases = {"pools": POOLS, "glimpses": GLIMPSES, "sounds": SOUNDS}[family]
    check(cases, unknown, rtol=2e-5, atol=2e-5)


def test_unseeded_pools_draw_anew_in_every_call() -> None:
    """Regions are others each time, and the pool is that of its regions."""

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, None))])
    def work(x):
        return tf.nn.fractional_max_pool(x, 1.4, pseudo_random=False)

    module = ie.compile(work, target="reference")
    image = RNG.normal(size=(1, 40, 40, 1)).astype(np.float32)
    drawn = [[np.asarray(r) for r in module.main(image)] for _ in range(3)]
    for found, rows, columns in drawn:
        parts = np.maximum.reduceat(np.maximum.reduceat(image, rows[:-1], 1), columns[:-1], 2)
        np.testing.assert_array_equal(found, parts)
        assert set(np.diff(rows)) == {1, 2} and rows[-1] == 40
    assert len({rows.tobytes() for _, rows, _ in drawn}) == 3
    assert all(rows.tobytes() != columns.tobytes() for _, rows, columns in drawn)


@pytest.mark.parametrize("noise", ["uniform", "gaussian"])
def test_glimpses_have_noise_outside_of_the_image(noise: str) -> None:
    def work(x, p):
        return tf.image.extract_glimpse(x, [30, 40], p, noise=noise)

    specs = [tf.TensorSpec((None, None, None, 3)), tf.TensorSpec((None, 2))]
    module = ie.compile(tf.function(work, input_signature=specs), target="reference")
    place = np.zeros((2, 2), np.float32)
    first, second = (np.asarray(module.main(IMAGE, place)) for _ in range(2))
    zeros = tf.image.extract_glimpse(IMAGE, [30, 40], place, noise="zero").numpy()
    inside = zeros != 0
    np.testing.assert_array_equal(first[inside], zeros[inside])
    assert not np.array_equal(first, second)
    for found, image in zip(first, IMAGE, strict=True):
        outside = found[~inside[0].all(-1)]
        assert image.min() <= outside.min() and outside.max() <= image.max()
        spread = (image.max() - image.min()) / 12**0.5 if noise == "uniform" else image.std()
        assert abs(outside.std() / spread - 1) < 0.15


def test_sizes_of_glimpses_may_be_unknown() -> None:
    def work(x, size, p):
        return tf.image.extract_glimpse(x, size, p, noise="zero")

    check({"sized": (work, [IMAGE, Fixed(np.array([3, 4], np.int32)), PLACES])}, "all")
