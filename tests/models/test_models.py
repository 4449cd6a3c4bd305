# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole models, compiled, against TensorFlow: the error is relative to the outputs' response."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie

pytest.importorskip("tensorflow")

from benchmarks import models

TOLERANCE = 1e-4


def check(case: models.Case, target: str = "llvm-cpu", specialise: bool = True) -> None:
    module = ie.compile(case.model, target=target, inputs=case.inputs if specialise else None)
    theirs, response = (
        np.asarray(case.model(x[0], training=False)) for x in (case.inputs, case.other)
    )
    result = module.main(*case.inputs)
    assert result.shape == theirs.shape and result.dtype == theirs.dtype
    assert models.relative_error(result, theirs, response) < TOLERANCE
    again = module.main(*case.other)
    assert models.relative_error(again, response, theirs) < TOLERANCE


@pytest.mark.parametrize("specialise", [True, False], ids=["known batch", "unknown batch"])
def test_digits_cnn(specialise: bool) -> None:
    check(models.digits(batch=3), specialise=specialise)


def test_unknown_batch_takes_any_batch() -> None:
    model = models.digits().model
    module = ie.compile(model)
    for batch in (1, 2, 7):
        x = np.random.default_rng(batch).uniform(-1, 1, (batch, 8, 8, 1)).astype(np.float32)
        np.testing.assert_allclose(module.main(x), model(x).numpy(), rtol=1e-3, atol=1e-5)


def test_mlp() -> None:
    check(models.mlp(batch=4))


def test_lenet() -> None:
    check(models.lenet())


def test_small_transformers() -> None:
    check(models.bert_small(layers=1, width=64, length=16))
    check(models.gpt_mini(layers=1, width=64, length=16))


@pytest.mark.slow
@pytest.mark.parametrize("build", [models.bert_small, models.gpt_mini])
def test_transformer(build) -> None:
    check(build())


@pytest.mark.slow
def test_resnet50() -> None:
    check(models.resnet50())


@pytest.mark.parametrize(
    "build",
    [
        lambda: models.resnet50(size=64),
        lambda: models.mobilenet_v2(size=64),
        lambda: models.efficientnet_b0(size=64),
    ],
    ids=["resnet50", "mobilenet_v2", "efficientnet_b0"],
)
def test_reference_agrees_on_cnns(build) -> None:
    check(build(), target="reference")
