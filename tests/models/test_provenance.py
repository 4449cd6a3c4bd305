# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""On real models ops know where in the model they come from, at every phase; the rest say why."""

from __future__ import annotations

import pytest

import iree_explore as ie
from iree_explore.recording import trace
from iree_explore.recording.model import Recording

pytest.importorskip("tensorflow")

from benchmarks import models, provenance_share

LEAST = 0.98


@pytest.fixture(scope="module")
def digits() -> Recording:
    case = models.digits()
    return ie.explore(case.model, inputs=case.inputs).wait().recording


def check(recording: Recording) -> None:
    shares = provenance_share.shares(recording)
    assert [name for name, _, _ in shares] == [p.name for p in recording.phases]
    assert not [row for row in shares if row[1] < LEAST]
    reasons = recording.origins.reason
    assert all(recording.strings[reason] for reason in reasons)


def test_digits_cnn(digits: Recording) -> None:
    check(digits)


def test_mobilenet_v2() -> None:
    case = models.mobilenet_v2(size=64)
    check(ie.explore(case.model, inputs=case.inputs).wait().recording)


def test_a_dispatch_names_its_own_layers_and_no_others(digits: Recording) -> None:
    step = digits.step_of("hal")
    names, strings = digits.versions.name, digits.strings
    layers = [
        {source.layer.split("/")[1] for source in trace.layers(digits, op)}
        for op, index in digits.alive(step).items()
        if strings[names[index]] == "hal.command_buffer.dispatch"
    ]
    found = sorted(layer.removesuffix("_1") for each in layers for layer in each)
    assert found == ["conv", "dense", "logits", "pool"]


def test_weights_name_their_variable(digits: Recording) -> None:
    names, strings = digits.versions.name, digits.strings
    variables = {
        source.layer
        for op, index in digits.alive(0).items()
        if strings[names[index]] == "ml_program.global"
        for source in trace.layers(digits, op)
    }
    assert "digits/conv/kernel" in variables and len(variables) == 6


def test_every_dispatch_reaches_machine_code_in_every_form(digits: Recording) -> None:
    names, strings = digits.versions.name, digits.strings
    for phase, name in (
        ("flow", "flow.dispatch"),
        ("stream", "stream.cmd.dispatch"),
        ("hal", "hal.command_buffer.dispatch"),
    ):
        dispatches = [
            op
            for op, index in digits.alive(digits.step_of(phase)).items()
            if strings[names[index]] == name
        ]
        assert len(dispatches) == 4
        for op in dispatches:
            lines = trace.trace(digits, op).lines
            artifacts = {digits.artifacts[number].executable for number, _ in lines}
            kinds = {digits.artifacts[number].kind for number, _ in lines}
            assert len(artifacts) == 1 and kinds == {"llvm-ir", "assembly"}
