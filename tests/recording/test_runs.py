# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A real compilation, run and measured: every dispatch joined to its ops, everything linked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from iree_explore.errors import ModelError
from iree_explore.recording import check, load, timing, trace
from iree_explore.recording.text import assemble
from iree_explore.session import Session

MLP = """
func.func public @main(%x: tensor<2x3xf32>, %y: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %w = stablehlo.constant dense<0.5> : tensor<3x8xf32>
  %v = stablehlo.constant dense<0.25> : tensor<8x8xf32>
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
     : (tensor<2x3xf32>, tensor<3x8xf32>) -> tensor<2x8xf32>
  %1 = stablehlo.add %0, %y : tensor<2x8xf32>
  %2 = stablehlo.dot_general %1, %v, contracting_dims = [1] x [0]
     : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  func.return %2 : tensor<2x8xf32>
}
"""
X = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
Y = np.arange(16, dtype=np.float32).reshape(2, 8)


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(MLP, inputs=[X, Y]).wait(120)


def test_a_run_measures_every_dispatch(session: Session):
    run = session.run(repetitions=5)
    assert (run.target, run.function, run.repetitions) == ("llvm-cpu", "main", 5)
    assert run.inputs == ("2x3xf32", "2x8xf32")
    assert len(run.total_ns) == 5 and run.first_ns > 0
    assert run.dispatches
    for dispatch in run.dispatches:
        assert len(dispatch.samples_ns) == 5
        (op,) = dispatch.op_ids
        (record,) = [o for o in session.stages["flow"].ops if o.op == op]
        assert record.name == "flow.dispatch" and dispatch.name in record.text
    assert run in session.recording.runs
    assert "host clock" in timing.describe(run)


def test_results_are_right(session: Session):
    expected = (X @ np.full((3, 8), 0.5, np.float32) + Y) @ np.full((8, 8), 0.25, np.float32)
    np.testing.assert_allclose(session.compiled.main(X, Y), expected, rtol=1e-5)


def test_inputs_by_name_are_checked(session: Session):
    names = [argument.name for argument in session.compiled["main"].arguments]
    assert session.run(inputs=dict(zip(names, [X, Y], strict=True)), repetitions=1)
    for inputs in ({"nobody": X}, {names[0]: X}, [X]):
        with pytest.raises(ModelError) as caught:
            session.run(inputs=inputs, repetitions=1)
        assert caught.value.code == "IX301"


def test_devices_and_targets_are_checked(session: Session):
    assert session.run(device="local-sync", repetitions=1).device == "local-sync"
    reference = session.run(device="reference", repetitions=1)
    assert reference.target == "reference" and not reference.dispatches
    for options, code in (
        ({"device": "nowhere"}, "IX402"),
        ({"device": "cuda"}, "IX403"),
        ({"target": "nothing"}, "IX401"),
        ({"function": "nothing"}, "IX304"),
    ):
        with pytest.raises(ModelError) as caught:
            session.run(repetitions=1, **options)
        assert caught.value.code == code


def test_check_finds_no_wrong_stage_in_a_right_compilation(session: Session):
    found = session.check()
    assert found.first_wrong is None
    assert all(stage.ok for stage in found.stages), found
    assert [stage.stage for stage in found.stages][-2:] == [
        "executable-configurations",
        "llvm-cpu, run",
    ]
    assert "no wrong stage" in repr(found)


def test_check_names_the_first_wrong_stage(session: Session):
    right = np.array([1.0, -2.0, np.nan, np.inf], np.float32)
    wrong = right + np.float32(0.01)

    def refuse():
        raise ModelError("IX203", "cannot")

    def stage(name, results):
        return check.compare(name, [right], results)

    stages = (stage("a", lambda: [right]), stage("b", refuse), stage("c", lambda: [wrong]))
    found = check.Check("f", stages, (right,))
    assert found.first_wrong == "c" and "wrong after c" in repr(found)
    assert not found.stages[1].ok and "cannot" in found.stages[1].problem
    assert check.relative_error(np.array([0, 5]), np.array([0, 5])) == 0
    assert check.relative_error(np.array([1.0]), np.array([np.nan])) == np.inf


def test_without_inputs_there_are_seeded_ones():
    run = Session(MLP).run(repetitions=1)
    assert run.inputs == ("2x3xf32", "2x8xf32")


def test_every_op_is_explained(session: Session):
    recording = session.recording
    for phase in recording.phases[: [p.name for p in recording.phases].index("hal")]:
        alive = recording.alive(phase.step)
        unknown = trace.unexplained(recording, phase.step)
        for op in unknown:
            assert recording.strings[recording.origins.reason[recording.origin_index[op]]]
        assert len(unknown) <= max(6, 0.02 * len(alive)), phase.name


def test_model_ops_reach_machine_code(session: Session):
    recording = session.recording
    kinds = {artifact.kind for artifact in recording.artifacts}
    assert {"llvm-ir", "assembly"} <= kinds
    dots = [o for o in session.stages["import"].ops if o.name == "stablehlo.dot_general"]
    for dot in dots:
        reached = {recording.artifacts[index].kind for index, _ in session.trace(dot).lines}
        assert kinds <= reached


def test_the_whole_recording_survives_a_file(session: Session, tmp_path: Path):
    again = load(session.save(tmp_path / "mlp.iexplore"))
    recording = session.recording
    for step in range(0, len(recording.steps), 7):
        assert assemble(again, step) == assemble(recording, step)
    assert again.runs == recording.runs


def test_leaving_while_it_compiles_is_quiet():
    code = (
        "from iree_explore.session import Session\n"
        "from tests.recording.test_runs import MLP\n"
        "s = Session(MLP)\n"
        "s.stages['flow']\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_keeps_which_worker_ran_what(session: Session, tmp_path: Path):
    run = session.run(device="local-task?task_topology_group_count=2", repetitions=2)
    assert any(dispatch.spans for dispatch in run.dispatches)
    for dispatch in run.dispatches:
        fours = list(zip(*(dispatch.spans[i::4] for i in range(4)), strict=True))
        assert all(worker in (0, 1) and 0 <= begin <= end for worker, _, begin, end in fours)
        assert len({first for _, first, _, _ in fours}) == len(fours)
    session.save(tmp_path / "spans.iexplore")
    assert load(tmp_path / "spans.iexplore").runs[-1].dispatches == run.dispatches


def test_every_target_of_a_session_runs_on_its_devices():
    """The program at the end is the first target's; the others' kernels are there all the same."""
    for targets in (["llvm-cpu", "vulkan-spirv"], ["vulkan-spirv", "llvm-cpu"]):
        session = Session(MLP, inputs=[X, Y], targets=targets)
        runs = [session.run(device=d, repetitions=1) for d in ("local-sync", "vulkan")]
        assert [run.target for run in runs] == ["llvm-cpu", "vulkan-spirv"]
        assert [len(run.dispatches) for run in runs] == [len(runs[0].dispatches)] * 2
        assert session.run(repetitions=1).target == targets[0]
        results = [
            session._module_on(None, d)["main"](X, Y) for d in ("reference", "local-sync", "vulkan")
        ]
        for result in results[1:]:
            np.testing.assert_allclose(result, results[0], 1e-5)
        kinds = {artifact.kind for artifact in session.recording.artifacts}
        assert {"llvm-ir", "spirv"} <= kinds
