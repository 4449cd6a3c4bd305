# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real architectures of any batch, height, width and length: one compilation, several shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import iree_explore as ie

pytest.importorskip("tensorflow")

import tensorflow as tf

from benchmarks import architectures, models
from tests.models.test_architectures import assert_near

SIZES = ((1, 96, 96), (2, 128, 75), (3, 75, 80))


def images(model: Any, seed: int, batch: int, height: int, width: int) -> np.ndarray:
    side = models.pictures(seed, batch, max(height, width), 3)
    return models._pixels(model, side[:, :height, :width])


def check(
    module: ie.CompiledModule, model: Any, inputs: Sequence[Any], other: Sequence[Any]
) -> None:
    """What TensorFlow computes of `inputs`; `other` shows how much inputs change it."""
    wanted, response = (models.call(model, list(x)) for x in (inputs, other))
    assert_near(module.main(*inputs), wanted, response)


BY_HAND = ("MobileNetV3Small", "InceptionV3", "DenseNet121", "ConvNeXtTiny")
"""`test_architectures` has these of any batch; of any size they take two minutes more."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["MobileNetV2", "ResNet50", "EfficientNetB0",
     *(pytest.param(name, marks=pytest.mark.sweep) for name in BY_HAND)],
)  # fmt: skip
def test_application_takes_any_image(name: str) -> None:
    tf.keras.utils.set_random_seed(7)
    model = getattr(tf.keras.applications, name)(
        weights=None, input_shape=(None, None, 3), include_top=False, pooling="avg"
    )
    models.calibrate(model, 96)
    module = ie.compile(model)
    for size in SIZES:
        check(module, model, [images(model, 0, *size)], [images(model, 1, *size)])


@pytest.mark.parametrize("name", ["unet", "detector", "detector_of_any_count"])
def test_architecture_takes_any_image(name: str) -> None:
    model = architectures.ARCHITECTURES[name](known=False).model
    module = ie.compile(model)
    for size in ((1, 32, 32), (2, 64, 40), (3, 8, 16)):
        check(module, model, [images(model, 0, *size)], [images(model, 1, *size)])


def test_denoising_takes_any_image() -> None:
    model = architectures.diffusion(known=False).model
    module = ie.compile(model)
    for size in ((1, 16, 16), (2, 8, 24), (3, 2, 2)):
        steps = (np.arange(size[0]) * 7 + 11).astype(np.int32)
        first, second = (images(model, seed, *size) for seed in (0, 1))
        check(module, model, [first, steps], [second, steps + 20])


@pytest.mark.parametrize("name", ["bert", "bidirectional_lstm", "bidirectional_gru"])
def test_architecture_takes_any_sentence(name: str) -> None:
    build = architectures.ARCHITECTURES[name]
    model = build(known=False).model
    module = ie.compile(model)
    for batch, length in ((1, 9), (4, 32), (2, 2), (3, 1)):
        case = build(batch=batch, length=length)
        check(module, model, case.inputs, case.other)


def test_encoder_takes_any_sentence() -> None:
    case = models.bert_small(layers=1, width=64, length=None)
    module = ie.compile(case.model)
    rng = np.random.default_rng(0)
    for batch, length in ((1, 16), (3, 5), (2, 1)):
        first, second = (rng.integers(0, 8000, (batch, length)).astype(np.int32) for _ in range(2))
        check(module, case.model, [first], [second])


def test_empty_batches_give_empty_results() -> None:
    """TensorFlow has no results for some of them: the shapes are what follows from the layers."""
    unet = ie.compile(architectures.unet(known=False).model)
    assert unet.main(np.zeros((0, 32, 40, 3), np.float32)).shape == (0, 32, 40, 4)
    encoder = ie.compile(models.bert_small(layers=1, width=64, length=None).model)
    assert encoder.main(np.zeros((0, 7), np.int32)).shape == (0, 2)
