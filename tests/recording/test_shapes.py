# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The recording says what stands for every unknown size, and keeps it on disk."""

from __future__ import annotations

import copy
import functools
import gzip
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from xdsl.dialects.builtin import ModuleOp

from iree_explore.errors import ModelError
from iree_explore.phase import Phase
from iree_explore.recording import from_bytes, to_bytes
from iree_explore.recording.model import Recording
from iree_explore.recording.recorder import Mark, Recorder
from iree_explore.recording.schema import encode
from iree_explore.recording.shape_records import COORDINATES, Shapes
from iree_explore.recording.sizes import SymbolicSizes
from iree_explore.session import Session
from iree_explore.shapes.expressions import evaluate
from tests.recording import sample as static
from tests.recording.shapes_sample import compile_sample, sample


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


def test_recording_a_program_without_unknown_sizes_asks_for_none():
    recorder, _, _ = static.compile_sample()
    assert not recorder.has_sizes
    assert recorder._tracker.sized is None
    dynamic, _ = compile_sample()
    assert dynamic.has_sizes
    assert dynamic._tracker.sized is not None


def test_open_pages_get_shapes_when_they_change():
    recorder, _ = compile_sample()
    part, _, mark = recorder.delta(Mark())
    assert part.shapes is not None and "shapes" in encode(part)
    part, _, mark = recorder.delta(mark)
    assert part.shapes is None and "shapes" not in encode(part)
    recorder.sampled("main", [(4, 7, 16), (16, 8), (4, 7, 8)])
    part, _, mark = recorder.delta(mark)
    assert part.shapes is not None and part.shapes.symbols[0].sample == 4
    recorder.sampled("main", [(5, 6, 16), (16, 8), (5, 6, 8)])
    assert recorder.delta(mark)[0].shapes is None


def test_shapes_are_told_after_the_import():
    told: list[tuple[str, bool]] = []

    class Watch(Recorder):
        def phase_ended(self, phase: Phase, module: ModuleOp) -> None:
            super().phase_ended(phase, module)
            told.append((phase.name, self.recording().shapes is not None))

    recorder = Watch("dynamic")
    compile_sample(recorder=recorder)
    assert told[0] == ("import", True)


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
    every = "stablehlo.exponential linalg.generic flow.dispatch.region flow.dispatch"
    device = "iree_tensor_ext.dispatch.tensor.load hal.interface.binding.subspan"
    for name in (every + " " + device).split():
        assert {"batch", "length"} <= names[name], name
    assert names["hal.buffer_view.dim"] == {"batch", "length"}
    assert "64*batch*length" in names["stream.tensor.import"]
    assert "32*batch*length" in names["stream.async.dispatch"]
    assert "32*batch*length" in names["hal.buffer_view.buffer"]
    slab = "64*ceildiv(batch*length, 2)"
    assert names["stream.resource.alloca"] == {slab, "32*batch*length"}
    assert names["hal.device.queue.alloca"] == {slab, "32*batch*length"}


def test_every_unknown_size_of_a_tensor_has_an_expression():
    recording = recorded()
    shapes = shapes_of(recording)
    lists = dict(zip(shapes.versions.version, shapes.versions.list, strict=True))
    ours = {s.name for s in shapes.symbols}
    assert ours == {"batch", "length", "b_d0", "b_d1", "workgroup_id_x", "workgroup_id_y"}
    for version in range(len(recording.versions)):
        types = recording.version(version).types
        unknown = sum(t.split("x")[:-1].count("?") for t in map(_shape_text, types))
        if unknown:
            found = shapes.lists[lists[version]]
            assert len(found) >= unknown and -1 not in found, recording.version(version)


def _shape_text(type_: str) -> str:
    found = re.search(r"(?:tensor|memref)<((?:[?\d]+x)+)", type_)
    return found[1] if found else ""


def test_inputs_that_were_found_equal_say_so():
    shapes = shapes_of(recorded())
    inputs = {s.name: s for s in shapes.symbols if s.kind == "input" and s.function == 0}
    assert list(inputs) == ["batch", "length", "b_d0", "b_d1"]
    assert (inputs["length"].argument, inputs["length"].dimension) == ("x", 1)
    assert shapes.sizes.text[inputs["b_d1"].solved] == "length"
    assert inputs["batch"].solved == -1
    assert [s.sample for s in inputs.values()] == [4, 7, 4, 7]
    equations = [texts(shapes, (e.left, e.right)) for e in shapes.equations]
    assert equations == [["b_d0", "batch"], ["b_d1", "length"]]
    assert all("model.py:12" in e.place for e in shapes.equations)


def test_dispatches_have_work_bytes_and_workgroups():
    shapes = shapes_of(recorded())
    sizes = {"batch": 3, "length": 5}
    dense, softmax = shapes.dispatches
    assert "matmul" in dense.name
    # an element: 2 * 16 of the product, the bias, the exponential
    assert evaluate(shapes.sizes.text[dense.flops], sizes) == 3 * 5 * 8 * (2 * 16 + 2)
    # the sum and the quotient; it reads exponentials and writes quotients
    assert evaluate(shapes.sizes.text[softmax.flops], sizes) == 2 * 3 * 5 * 8
    assert evaluate(shapes.sizes.text[softmax.bytes], sizes) == 4 * 2 * 3 * 5 * 8
    assert all(len(d.workgroups) == 3 for d in shapes.dispatches)


def test_propagation_is_told_step_by_step():
    recording = recorded()
    shapes = shapes_of(recording)
    learnt = next(s for s in shapes.propagation if s.learnt)
    assert learnt.learnt == "batch == b_d0; length == b_d1"
    assert recording.versions_of(learnt.op)[0].name == "stablehlo.add"
    assert texts(shapes, shapes.lists[learnt.lists[0]]) == ["batch", "length", "8"]


def test_a_conflict_keeps_what_was_inferred():
    recording = recorded(conflict=True)
    assert recording.state == "failed"
    shapes = shapes_of(recording)
    (conflict,) = shapes.conflicts
    assert "length + 1 == length cannot hold" in conflict.text
    op = conflict.ops[0]
    assert recording.versions_of(op)[0].name == "stablehlo.add"
    assert SymbolicSizes(recording).of(op)[0].sizes == ("batch", "length")
    assert shapes.propagation and shapes.versions.version
    assert to_bytes(from_bytes(to_bytes(recording))) == to_bytes(recording)


SEVERAL = """
func.func public @main(%x: tensor<?x8xf32> {iree.abi.dims = ["n", ""]}, %y: tensor<?x8xf32> {iree.abi.dims = ["m", ""]}) -> (tensor<?xf32>, tensor<?xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<?x8xf32>, tensor<f32>) -> tensor<?xf32>
  %1 = stablehlo.reduce(%y init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<?x8xf32>, tensor<f32>) -> tensor<?xf32>
  return %0, %1 : tensor<?xf32>, tensor<?xf32>
}
"""  # noqa: E501


def test_code_that_is_dispatched_with_several_sizes_keeps_its_own():
    session = Session(SEVERAL).wait(120)
    shapes = shapes_of(session.recording)
    first, second = shapes.dispatches
    assert first.name == second.name
    assert texts(shapes, (first.flops, second.flops)) == ["8*n", "8*m"]
    host, code = shapes.functions
    assert (host, code) == ("main", first.name)
    (own,) = (s for s in shapes.symbols if s.function == 1 and s.kind == "input")
    assert (own.argument, own.dimension) == ("workload", 0)
    loads = [v for v in session.stages["flow"].ops if v.name.endswith("dispatch.tensor.load")]
    assert [r.sizes for v in loads for r in session.shapes.of(v)] == [(own.name,)]


LOOP = """
func.func public @main(%x: tensor<?x4xf32> {iree.abi.dims = ["n", ""]}, %times: tensor<i32>) -> tensor<?x4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0, %1 = stablehlo.while(%i = %zero, %y = %x) : tensor<i32>, tensor<?x4xf32>
  cond {
    %c = stablehlo.compare LT, %i, %times : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %j = stablehlo.add %i, %one : tensor<i32>
    %z = stablehlo.tanh %y : tensor<?x4xf32>
    stablehlo.return %j, %z : tensor<i32>, tensor<?x4xf32>
  }
  return %1 : tensor<?x4xf32>
}
"""  # noqa: E501


def test_loops_keep_the_sizes_that_no_round_changes():
    recording = Session(LOOP).wait(120).recording
    shapes = shapes_of(recording)
    assert [s.name for s in shapes.symbols if s.name not in COORDINATES] == ["n"]
    lists = dict(zip(shapes.versions.version, shapes.versions.list, strict=True))
    loops = [v for v in lists if recording.version(v).name == "scf.while"]
    assert loops
    for version in loops:
        assert "n" in texts(shapes, shapes.lists[lists[version]])


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
        ("symbols.0.name", "n" * 50),
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
