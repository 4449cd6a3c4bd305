# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real architectures against TensorFlow, batch 1 and 4 of modules compiled for any batch.

`benchmarks/tensorflow_import.py` does the same at full size and measures it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import iree_explore as ie

pytest.importorskip("tensorflow")

import tensorflow as tf

from benchmarks import architectures, models

TOLERANCE = 1e-4
APPLICATIONS = ("MobileNetV3Small", "InceptionV3", "DenseNet121", "ConvNeXtTiny")
BY_HAND = ("MobileNetV2", "MobileNetV3Large", "ResNet50", "EfficientNetB0", "NASNetMobile")
"""`test_any_size` has three of these with any batch, too; the others are layers that those above
have, a hundred times."""


def assert_near(results: Any, wanted: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> None:
    """The same shapes and dtypes, and numbers to `TOLERANCE` of the largest one. `other` are the
    results of another call, which have to differ."""
    found = [np.asarray(r) for r in tf.nest.flatten(results)]
    for result, expected, changed in zip(found, wanted, other, strict=True):
        assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
        if expected.dtype.kind == "i":
            np.testing.assert_array_equal(result, expected)
        else:
            assert models.relative_error(result, expected, changed) < TOLERANCE


def check(case: models.Case, module: ie.CompiledModule, batch: int) -> None:
    """Both inputs of the case, the first `batch` of them."""
    inputs, other = ([a[:batch] for a in x] for x in (case.inputs, case.other))
    theirs, response = (models.call(case.model, x) for x in (inputs, other))
    assert_near(module.main(*inputs), theirs, response)
    assert_near(module.main(*other), response, theirs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*APPLICATIONS, *(pytest.param(name, marks=pytest.mark.sweep) for name in BY_HAND)]
)
def test_application_takes_any_batch(name: str) -> None:
    case = models.application(name, batch=4, size=96)
    module = ie.compile(case.model)
    for batch in (1, 4):
        check(case, module, batch)


@pytest.mark.parametrize("name", architectures.ARCHITECTURES)
def test_architecture_takes_any_batch(name: str) -> None:
    case = architectures.ARCHITECTURES[name](batch=4)
    module = ie.compile(case.model)
    for batch in (1, 4):
        check(case, module, batch)


@pytest.mark.parametrize("name", ["bidirectional_lstm", "bidirectional_gru"])
def test_recurrent_layers_of_a_known_batch(name: str) -> None:
    case = architectures.ARCHITECTURES[name](batch=4)
    check(case, ie.compile(case.model, inputs=case.inputs), 4)


def prompt(batch: int, length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 100, (batch, length)).astype(np.int32)


@pytest.mark.parametrize("batch", [1, 4])
def test_decoder_generates_token_by_token(batch: int) -> None:
    model = architectures.Decoder(batch)
    module = ie.compile(model)
    for length in (5, 3):  # the second prompt starts over, in the same variables
        ids = prompt(batch, length, seed=length)
        ours, theirs = module.prefill(ids), model.prefill(ids).numpy()
        for _ in range(8):
            assert np.abs(ours - theirs).max() < TOLERANCE * np.abs(theirs).max()
            token = theirs.argmax(-1).astype(np.int32)
            ours, theirs = module.decode(token), model.decode(token).numpy()
        assert module.variables["length"] == model.length.numpy() == length + 8
    for i, keys in enumerate(model.keys):
        np.testing.assert_allclose(module.variables[f"keys_{i}"], keys.numpy(), atol=1e-4)


def test_decoding_equals_reading_it_all_at_once() -> None:
    model = architectures.Decoder(1)
    module = ie.compile(model)
    ids = prompt(1, 9, seed=1)
    module.prefill(ids[:, :4])
    stepwise = [module.decode(ids[:, i]) for i in range(4, 9)][-1]
    np.testing.assert_allclose(stepwise, module.prefill(ids), atol=1e-4)


def test_two_decoders_of_one_model_do_not_share_their_caches() -> None:
    model: Any = architectures.Decoder(1)
    first, second = ie.compile(model), ie.compile(model)
    first.prefill(prompt(1, 6, seed=0))
    assert first.variables["length"] == 6 and second.variables["length"] == 0
    assert not second.variables["keys_0"].any()
