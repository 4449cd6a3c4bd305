# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A session compiles behind the caller: accessors block, errors are shown and raised."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.passes import ModulePass

from iree_explore import pipeline
from iree_explore import session as session_module
from iree_explore.context import Cancelled, CompilerContext
from iree_explore.errors import Error, GapError, ModelError
from iree_explore.phase import PassLine
from iree_explore.pipeline import PHASES
from iree_explore.recording import load
from iree_explore.recording.text import assemble
from iree_explore.session import Session

SOURCE = """
func.func public @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  %c = arith.constant dense<1.0> : tensor<4xf32>
  %0 = arith.addf %a, %c : tensor<4xf32>
  func.return %0 : tensor<4xf32>
}
"""


class Script:
    """What the pipeline does in these tests: one pass a phase, which waits for `gate`, then marks
    the function; `fail_at` is a phase whose pass raises."""

    def __init__(self) -> None:
        self.gates = {phase.name: threading.Event() for phase in PHASES}
        self.fail_at = ""
        self.open()

    def open(self) -> None:
        for gate in self.gates.values():
            gate.set()

    def run(
        self, module: ModuleOp, ctx: CompilerContext, start: str = "import", stop: str = "vm"
    ) -> None:
        script = self
        ctx.provenance.settle(module, "import")
        ctx.observer.compile_started(ctx, module)
        for phase in PHASES:
            ctx.observer.phase_started(phase, module)

            @dataclass(frozen=True)
            class Mark(ModulePass):
                name = f"{phase.name}-mark"

                def apply(self, ctx: CompilerContext, op: ModuleOp, phase=phase) -> None:
                    while not script.gates[phase.name].wait(0.005):
                        ctx.check_cancelled()
                    op.body.block.first_op.attributes["phase"] = StringAttr(phase.name)
                    if phase.name == script.fail_at:
                        raise GapError("IX203", "no lowering, on purpose")

            @dataclass(frozen=True)
            class Line(PassLine):
                def load(self, mark=Mark):
                    return mark

            pipeline.run_pass(Mark(), ctx, phase, Line("x:Mark", "a test"), "", module)
            ctx.observer.phase_ended(phase, module)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    made = Script()
    monkeypatch.setattr(session_module.pipeline, "run", made.run)
    return made


def test_stages_are_an_ordered_mapping_of_phases(script: Script):
    session = Session(SOURCE).wait(30)
    assert list(session.stages) == [phase.name for phase in PHASES]
    stage = session.stages["flow"]
    assert 'phase = "flow"' in stage.text
    assert [op.name for op in stage.ops] == [
        "builtin.module", "func.func", "arith.constant", "arith.addf", "func.return",
    ]  # fmt: skip
    assert [n.label for n in stage.graph.nodes][-1] == "func.return"
    assert "flow" in repr(stage) and "done" in repr(session)
    with pytest.raises(KeyError, match="phases are import"):
        session.stages["nonsense"]


def test_a_stage_module_is_a_clone(script: Script):
    session = Session(SOURCE).wait(30)
    module = session.stages["flow"].module
    module.verify()
    module.body.block.first_op.attributes["phase"] = StringAttr("edited")
    assert "edited" not in str(session.stages["flow"].module)
    assert 'phase = "stream"' in str(session.stages["stream"].module)


def test_accessors_block_until_their_stage_is_there(script: Script):
    script.gates["stream"].clear()
    session = Session(SOURCE)
    assert session.stages["flow"].text
    assert not session.done and session.recording.state == "compiling"
    with pytest.raises(TimeoutError):
        session.wait(0.05)
    threading.Timer(0.1, script.open).start()
    begin = time.monotonic()
    assert session.stages["stream"].text
    assert time.monotonic() - begin > 0.05
    assert session.wait(30) is session


def test_a_failed_pass_leaves_earlier_stages(script: Script, tmp_path: Path):
    script.fail_at = "stream"
    session = Session(SOURCE)
    with pytest.raises(GapError, match="on purpose"):
        session.wait(30)
    assert isinstance(session.error, GapError)
    assert session.stages["flow"].module
    assert 'phase = "stream"' in session.stages["stream"].text  # as the pass left it
    with pytest.raises(GapError):
        _ = session.stages["stream"].module
    with pytest.raises(GapError):
        session.stages["hal"]
    with pytest.raises(GapError):
        session.run()
    assert list(session.stages)[-1] == "stream"
    recording = load(session.save(tmp_path / "failed.iexplore"))
    assert recording.errors[0].code == "IX203" and recording.state == "failed"


def test_text_without_line_breaks_is_text_not_a_path():
    text = "func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> { return %a : tensor<2xf32> }"
    session = Session(text)
    session.wait()
    assert session.recording.name == "module"
    assert (session.recording.source.kind, session.recording.source.text) == ("mlir", text)


def test_a_bad_source_is_shown_not_raised():
    session = Session("func.func @broken(")
    with pytest.raises(Error):
        session.wait(30)
    with pytest.raises(Error):
        session.stages["import"]
    assert list(session.stages) == []
    assert session.recording.errors[0].step == -1
    assert "failed" in repr(session)


def test_cancel_stops_between_rewrites(script: Script):
    script.gates["flow"].clear()
    session = Session(SOURCE)
    assert session.stages["dispatch-creation"].text
    session.cancel()
    with pytest.raises(Cancelled):
        session.wait(30)
    assert session.recording.state == "cancelled"
    assert session.stages["abi"].module


def test_trace_takes_ids_records_and_live_ops(script: Script):
    session = Session(SOURCE).wait(30)
    (record,) = [op for op in session.stages["flow"].ops if op.name == "arith.addf"]
    live = next(op for op in session.stages["flow"].module.walk() if op.name == "arith.addf")
    assert session.trace(record) == session.trace(record.op) == session.trace(live)
    assert session.trace(record).stages[-1].itself


def test_listeners_hear_of_every_phase(script: Script):
    script.gates["import"].clear()
    session = Session(SOURCE)
    heard: list[int] = []
    stop = session.listen(lambda: heard.append(session.recorder.steps))
    script.open()
    session.wait(30)
    assert len(heard) >= len(PHASES) and heard == sorted(heard)
    stop()
    count = len(heard)
    session._advanced()
    assert len(heard) == count


def test_many_threads_may_read_while_it_compiles(script: Script):
    script.gates["vm"].clear()
    session = Session(SOURCE)
    texts: list[str] = []

    def read() -> None:
        for phase in ("import", "flow", "vm"):
            texts.append(session.stages[phase].text)
            assert assemble(session.recording)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    script.open()
    for thread in threads:
        thread.join(30)
    assert len(texts) == 12


def test_bad_repetitions_are_refused(script: Script):
    with pytest.raises(ModelError) as caught:
        Session(SOURCE).run(repetitions=0)
    assert caught.value.code == "IX301"


def test_only_widgets_import_the_widget_libraries():
    code = (
        "import sys, iree_explore.session, iree_explore.recording.recorder, iree_explore.api\n"
        "names = ('anywidget', 'ipywidgets', 'IPython', 'tensorflow')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
