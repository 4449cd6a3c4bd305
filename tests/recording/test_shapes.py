# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The recording says what stands for every unknown size, and keeps it on disk."""

from __future__ import annotations

import copy
import functools
import gzip
import json
from collections.abc import Sequence
from typing import Any

import pytest

from iree_explore.errors import ModelError
from iree_explore.recording import from_bytes, to_bytes
from iree_explore.recording.model import Recording
from iree_explore.recording.schema import encode
from iree_explore.recording.shape_records import Shapes
from iree_explore.shapes.expressions import evaluate
from tests.recording import sample as static
from tests.recording.shapes_sample import sample


@functools.cache
def recorded(conflict: bool = False) -> Recording:
    return sample(conflict)


def shapes_of(recording: Recording) -> Shapes:
    assert recording.shapes is not None
    return recording.shapes


def texts(shapes: Shapes, indices: Sequence[int]) -> list[str]:
    return ["?" if i < 0 else shapes.sizes.text[i] for i in indices]


def test_programs_without_unknown_sizes_have_no_shapes():
    recording = static.sample()
    assert recording.shapes is None
    assert "shapes" not in encode(recording)


def test_round_trip():
    data = to_bytes(recorded())
    again = from_bytes(data)
    assert to_bytes(again) == data
    assert json.dumps(encode(again)["shapes"]) == json.dumps(encode(recorded())["shapes"])


def test_every_stage_has_the_sizes_of_its_results():
    recording = recorded()
    shapes = shapes_of(recording)
    lists = dict(zip(shapes.versions.version, shapes.versions.list, strict=True))
    names: dict[str, set[str]] = {}
    for version, index in lists.items():
        name = recording.strings[recording.versions.name[version]]
        names.setdefault(name, set()).update(texts(shapes, shapes.lists[index]))
    assert {"batch", "length"} <= names["linalg.generic"]
    assert names["hal.buffer_view.dim"] == {"batch", "length"}
    assert "batch" in names["flow.dispatch"]
    assert "32*batch*length" in names["stream.tensor.import"]
    assert "8*batch*length" in names["hal.buffer_view.buffer"]


def test_inputs_that_were_found_equal_say_so():
    shapes = shapes_of(recorded())
    inputs = {s.name: s for s in shapes.symbols if s.kind == "input" and s.function == 0}
    assert list(inputs) == ["batch", "length", "batch_1", "length_1"]
    assert (inputs["length"].argument, inputs["length"].dimension) == ("x", 1)
    assert shapes.sizes.text[inputs["length_1"].solved] == "length"
    assert inputs["batch"].solved == -1


def test_dispatches_have_work_and_bytes():
    shapes = shapes_of(recorded())
    sizes = {"batch": 3, "length": 5, "batch_1": 3, "length_1": 5}
    dense, total, divide = shapes.dispatches
    assert "matmul" in dense.name
    assert evaluate(shapes.sizes.text[total.flops], sizes) == 3 * 5 * 2
    assert evaluate(shapes.sizes.text[divide.bytes], sizes) == 4 * (2 * 3 * 5 * 2 + 3 * 2)


def test_a_conflict_keeps_what_was_inferred():
    recording = recorded(conflict=True)
    assert recording.state == "failed"
    shapes = shapes_of(recording)
    (conflict,) = shapes.conflicts
    assert "cannot hold" in conflict.text and conflict.ops
    assert shapes.propagation and shapes.versions.version
    assert to_bytes(from_bytes(to_bytes(recording))) == to_bytes(recording)


def _set(path: str, value: Any) -> Any:
    def change(data: Any) -> None:
        *keys, last = path.split(".")
        for key in keys:
            data = data[int(key)] if isinstance(data, list) else data[key]
        data[int(last) if isinstance(data, list) else last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("functions", None),
        ("functions", [1]),
        ("symbols.0.function", 99),
        ("symbols.0.solved", 10**6),
        ("symbols.0.low", "none"),
        ("symbols", {}),
        ("sizes.function.0", 99),
        ("sizes.text.0", "batch +"),
        ("sizes.text.0", "stranger"),
        ("sizes.text.0", "eval(1)"),
        ("sizes.text.0", 7),
        ("sizes.text.0", "(" * 100_000),
        ("sizes.text.0", "9" * 10_000),
        ("sizes.text", []),
        ("lists.0", [10**6]),
        ("lists.0", [-2]),
        ("versions.version.0", 10**6),
        ("versions.list.0", -1),
        ("arguments.0.list", -1),
        ("dispatches.0.workgroups", [0]),
        ("dispatches.0.flops", 10**6),
        ("allocations.0.bytes", 1.5),
        ("allocations.0.function", -1),
        ("propagation.0.lists", [10**6]),
        ("equations", None),
    ],
)
def test_hostile_shapes_are_refused(path: str, value: Any):
    data = copy.deepcopy(json.loads(gzip.decompress(to_bytes(recorded()))))
    _set(path, value)(data["shapes"])
    with pytest.raises(ModelError) as caught:
        from_bytes(gzip.compress(json.dumps(data).encode()))
    assert caught.value.code == "IX501"


def test_older_recordings_have_no_shapes():
    data = json.loads(gzip.decompress(to_bytes(recorded())))
    del data["shapes"]
    assert from_bytes(gzip.compress(json.dumps(data).encode())).shapes is None
