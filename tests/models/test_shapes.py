# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What recordings know of real models' unknown sizes, phase by phase."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

from iree_explore.recording.model import Recording
from iree_explore.recording.shape_records import COORDINATES
from iree_explore.session import Session
from iree_explore.shapes.expressions import parse

pytest.importorskip("tensorflow")

import tensorflow as tf

from benchmarks import models

ENOUGH = 0.98
"""Of the unknown sizes of each phase are expressions of the inputs' sizes."""


def mobilenet() -> tuple[Any, dict[str, dict[int, str]], list[np.ndarray]]:
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.applications.MobileNetV2((64, 64, 3), alpha=0.35, weights=None, classes=10)
    random = np.random.default_rng(0)
    return model, {model.inputs[0].name: {0: "batch"}}, [
        random.standard_normal((3, 64, 64, 3)).astype(np.float32)
    ]  # fmt: skip


def bert() -> tuple[Any, dict[str, dict[int, str]], list[np.ndarray]]:
    model = models.bert_small(layers=2, width=64, length=None).model
    ids = np.random.default_rng(0).integers(0, 100, (2, 19), dtype=np.int32)
    return model, {"ids": {0: "batch", 1: "length"}}, [ids]


@pytest.mark.parametrize("build", [mobilenet, bert])
def test_sizes_of_every_stage_are_expressions_of_the_inputs(build):
    model, dynamic, inputs = build()
    session = Session(model, dynamic=dynamic).wait(300)
    unknown, known = count(session.recording)
    assert {"import", "input", "flow", "stream", "executable-targets", "hal"} <= unknown.keys()
    shares = {phase: known[phase] / n for phase, n in unknown.items()}
    assert min(shares.values()) >= ENOUGH, shares

    given = {name: n for x, names in zip(inputs, dynamic.values(), strict=True)
             for name, n in ((name, x.shape[d]) for d, name in names.items())}  # fmt: skip
    told = session.shapes.evaluate(given)
    run = session.run("local-sync", 1, inputs)
    assert [d.workgroups for d in told.dispatches] == [d.workgroups for d in run.dispatches]
    assert told.results == (session.compiled.main(*inputs).shape,)
    assert told.flops and told.nbytes and told.peak_transient_nbytes


def count(recording: Recording) -> tuple[Counter[str], Counter[str]]:
    """By phase: sizes of tensors, memrefs, resources and buffers that are no numbers, and how many
    of them are expressions of the inputs (and of which workgroup it is)."""
    shapes = recording.shapes
    assert shapes is not None
    names = [
        COORDINATES | {s.name for s in shapes.symbols if s.function == f and s.kind == "input"}
        for f in range(len(shapes.functions))
    ]
    sizes = zip(shapes.sizes.function, shapes.sizes.text, strict=True)
    good = [parse(text).symbols() <= names[function] for function, text in sizes]
    lists = dict(zip(shapes.versions.version, shapes.versions.list, strict=True))
    unknown: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for version, birth in enumerate(recording.versions.birth):
        phase = recording.phases[recording.steps[birth].phase].name
        found = shapes.lists[lists[version]] if version in lists else ()
        wanted = len(found) or sum(map(question_marks, recording.version(version).types))
        unknown[phase] += wanted
        known[phase] += sum(index >= 0 and good[index] for index in found)
    return +unknown, known


def question_marks(type_: str) -> int:
    found = re.search(r"(?:tensor|memref)<((?:[?\d]+x)+)", type_)
    return found[1].count("?") if found else 0
