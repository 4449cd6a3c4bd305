# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The real IREE, end to end: recorded beside ours, run, crashed, cancelled and missing."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.recording.text import assemble
from iree_explore.targets.iree import tools

TARGET = "iree:llvm-cpu"


def two_layers():
    import tensorflow as tf

    layers = tf.keras.layers
    return tf.keras.Sequential(
        [layers.Input((8,)), layers.Dense(16, "relu", name="first"), layers.Dense(4, name="second")]
    )


@pytest.fixture(scope="module")
def session() -> ie.Session:
    inputs = [np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32)]
    return ie.explore(two_layers(), inputs=inputs, targets=["llvm-cpu", TARGET]).wait()


def test_both_compilers_are_in_one_recording(session: ie.Session, tmp_path: Path) -> None:
    recording = ie.load_recording(session.save(tmp_path / "both.iexplore"))
    theirs = [p for p in recording.phases if p.target == TARGET]
    assert [p.name.partition("/")[2] for p in theirs][:3] == ["input", "abi", "preprocessing"]
    assert {p.state for p in theirs} == {"done"} and len(theirs) == 12
    text = assemble(recording, recording.step_of(f"{TARGET}/flow"))
    assert text.startswith("module ") and text.count("flow.dispatch @") == 2
    assert "flow.dispatch" in assemble(recording, recording.step_of("flow"))
    code = [s for s in recording.steps if s.pass_name == "iree-codegen-generic-vectorization"]
    assert {s.scope for s in code} == {"main_dispatch_0", "main_dispatch_1"}
    assert all(recording.phases[s.phase].name.endswith("executable-targets") for s in code)
    kinds = {a.kind for a in recording.artifacts if a.executable.startswith(TARGET)}
    assert {"llvm-ir", "assembly"} <= kinds
    assert any("IREE 3." in note for note in recording.notes)


def test_a_layer_lights_both_sides(session: ie.Session) -> None:
    recording = session.recording
    product = next(
        op for op in session.stages["import"].ops
        if op.name.startswith("stablehlo.dot") and op.types == ("tensor<3x4xf32>",)
    )  # fmt: skip
    found = session.trace(product.op)
    flows = [recording.step_of(name) for name in ("flow", f"{TARGET}/flow")]
    for step in flows:
        alive = recording.alive(step)
        lit = {recording.version(alive[op]).name for op in found.descendants if op in alive}
        assert "linalg.matmul" in lit or "linalg.generic" in lit, step
    last = recording.alive(recording.step_of(f"{TARGET}/executable-configurations") + 40)
    known = recording.origin_index
    ours = [op for op in last if recording.sets[recording.origins.sources[known[op]]]]
    reasons = {recording.strings[recording.origins.reason[known[op]]] for op in last}
    assert len(ours) > 20 and "" not in reasons, "every op says what made it"


def test_it_runs_in_another_process_and_agrees(session: ie.Session) -> None:
    ours, theirs = session.run(repetitions=3), session.run(target=TARGET, repetitions=3)
    assert theirs.device == "iree:local-task" and len(theirs.total_ns) == 3
    assert len(theirs.dispatches) == len(ours.dispatches) == 2
    for dispatch in theirs.dispatches:
        assert dispatch.clock.startswith("IREE profiler") and len(dispatch.samples_ns) == 3
        assert dispatch.op_ids, "joined to the op that dispatches it in IREE's own IR"
        names = {session.recording.version(i).name for i in session.recording.alive(
            session.recording.step_of(f"{TARGET}/flow")).values()
            if session.recording.version(i).op in dispatch.op_ids}  # fmt: skip
        assert names == {"flow.dispatch"}
    table = session.recording.side_by_side()
    assert table.targets == ("llvm-cpu", TARGET)
    layers = {row.layer.split("/")[-1]: row.covers for row in table.rows}
    assert {name.rpartition("_1")[0] or name for name in layers} == {"first", "second"}
    for covers in layers.values():
        assert all(covers[target] for target in table.targets)
    assert "first" in table.markdown() and "end to end" in str(table)
    x = np.random.default_rng(1).standard_normal((3, 8)).astype(np.float32)
    module = session._module_on(TARGET, None)  # pyright: ignore[reportPrivateUsage]
    np.testing.assert_allclose(module.main(x), session.compiled.main(x), rtol=1e-5, atol=1e-6)
    with pytest.raises(ie.Error, match="IX302"):
        module.main(x[:, :3])
    with pytest.raises(ie.Error, match="IX203"):
        module.save("x")


def test_compile_without_a_recording() -> None:
    text = """
    func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = stablehlo.tanh %x : tensor<2x3xf32>
      func.return %0 : tensor<2x3xf32>
    }"""
    module = ie.compile(text, target=TARGET, device="iree:local-sync")
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_allclose(module.main(x), np.tanh(x), rtol=1e-5)
    module._backend.runtime._child.kill()  # pyright: ignore # as a crash of the runtime would
    with pytest.raises(ie.Error, match="IX421"):
        module.main(x)


def test_vulkan_is_recorded_with_its_spirv() -> None:
    text = """
    func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = stablehlo.tanh %x : tensor<2x3xf32>
      func.return %0 : tensor<2x3xf32>
    }"""
    recording = ie.explore(text, targets=["iree:vulkan-spirv"]).wait().recording
    assert {p.state for p in recording.phases if p.target} == {"done"}
    (code,) = [a for a in recording.artifacts if a.executable.startswith("iree:vulkan-spirv")]
    assert code.kind == "spirv" and "spirv.func @" in code.text


def test_a_crash_is_shown_where_it_was(tmp_path: Path) -> None:
    import tensorflow as tf

    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Input((5, 3)), layers.LSTM(4, name="memory")])
    session = ie.explore(model, inputs=[np.zeros((1, 5, 3), np.float32)], targets=[TARGET])
    session.wait()  # IREE's error is no error of the session
    recording = session.recording
    states = {p.name.partition("/")[2]: p.state for p in recording.phases if p.target}
    assert states["flow"] == "done" and states["stream"] == "failed" and states["vm"] == "pending"
    (error,) = recording.errors
    assert error.code == "IX420" and "crashed" in error.text and "memory" in error.text
    assert f"phase stream of {TARGET}" in error.text and "ConvertToStream" in error.text
    assert recording.steps[-1].error is not None and recording.steps[-1].error.code == "IX420"
    with pytest.raises(ie.Error, match="IX420"):
        session.run()
    session.to_html(tmp_path / "crash.html")


def test_cancelling_ends_the_child() -> None:
    session = ie.explore(two_layers(), targets=[TARGET])
    deadline = time.monotonic() + 120
    while not any(p.target for p in session.recording.phases) and time.monotonic() < deadline:
        time.sleep(0.01)
    session.cancel()
    with pytest.raises(ie.Error, match="IX207"):
        session.wait(60)
    assert session.recording.state == "cancelled"


def test_iree_that_is_missing_or_another(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"compiler": None, "runtime": "3.13.0"}
    monkeypatch.setattr(tools, "version", lambda part: found[part])
    text = "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { func.return %x : tensor<2xf32> }"
    with pytest.raises(ie.Error, match=r"IX403[\s\S]*iree-base-compiler is not installed[\s\S]*"
                       r"iree-base-runtime 3.13.0 is there[\s\S]*\[iree\]"):  # fmt: skip
        ie.compile(text, target=TARGET)
    with pytest.raises(ie.Error, match="IX403"):
        ie.explore(text, targets=[TARGET])
    rows = [d for d in ie.devices() if d.driver == "iree:local-task"]
    assert len(rows) == 1 and not rows[0].available and "not installed" in rows[0].reason
    found["compiler"] = "4.0.0"
    assert tools.notes() == [
        "iree-base-compiler is 4.0.0; this was made for 3.13: what that version prints otherwise "
        "may be missing here."
    ]
