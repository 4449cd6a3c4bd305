# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The widgets are thin: traits, requests with answers, pushes, a copy for pages without scripts."""

from __future__ import annotations

import base64
import re
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.interactiveshell import InteractiveShell

import hatch_build
from iree_explore import widgets
from iree_explore.errors import ModelError
from iree_explore.recording import from_bytes, save
from iree_explore.recording.text import assemble
from iree_explore.widgets import Explorer, bundle, magics, static_html
from iree_explore.widgets.html import to_html
from iree_explore.widgets.magics import parse
from tests.recording import measured
from tests.recording.sample import compile_sample, sample


class FakeSession:
    """A live session as the widgets see one."""

    def __init__(self) -> None:
        self.recorder, _, _ = compile_sample()
        self.done = False
        self.listeners: list = []
        self.cancelled = False
        self.ran: list[dict] = []

    @property
    def recording(self):
        return self.recorder.recording()

    def listen(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def cancel(self) -> None:
        self.cancelled = True

    def run(self, **options):
        self.ran.append(options)
        if options["device"] == "broken":
            raise ModelError("IX402", "unknown device 'broken'")
        run = sample().runs[0]
        self.recorder.ran(run)
        for listener in self.listeners:
            listener()
        return run


class Page:
    """Collects what a widget sends."""

    def __init__(self, widget: Explorer) -> None:
        self.widget = widget
        self.sent: list[tuple[dict, list]] = []
        widget.send = lambda content, buffers=None: self.sent.append((content, buffers or []))

    def ask(self, method: object, **params: object) -> tuple[dict, list]:
        self.widget._handle_custom_msg({"id": "1", "method": method, "params": params}, [])
        end = time.monotonic() + 10
        while time.monotonic() < end:
            for content, buffers in self.sent:
                if content.get("id") == "1":
                    self.sent.remove((content, buffers))
                    return content, buffers
            time.sleep(0.005)
        raise AssertionError("no answer")


def test_a_recording_travels_in_the_trait():
    recording = sample()
    widget = Explorer(recording)
    assert assemble(from_bytes(widget.recording)) == assemble(recording)
    assert widget._esm == bundle.read(bundle.ESM) and "iexplore-static" in widget._css


def test_a_saved_file_can_be_shown(tmp_path: Path):
    path = save(sample(), tmp_path / "a.iexplore")
    assert Explorer(path).records.name == "mlp"
    assert Explorer(str(path), theme="dark", step=2, selection=[1]).step == 2
    with pytest.raises(ModelError):
        Explorer(tmp_path / "none.iexplore")


@pytest.mark.parametrize(
    ("name", "view"),
    [("Stepper", "stepper"), ("IRView", "ir"), ("DiffView", "diff"), ("GraphView", "graph"),
     ("TimelineView", "timeline"), ("RooflineView", "roofline"), ("ShapeView", "shapes")],
)  # fmt: skip
def test_single_views_select_their_view(name: str, view: str):
    widget = getattr(widgets, name)(sample(), step=1)
    assert widget.view == view and widget.get_state("view") == {"view": view}


def test_step_and_selection_are_traits():
    a, b = Explorer(sample()), Explorer(sample())
    a.observe(lambda change: setattr(b, "step", change.new), "step")
    a.step = 3
    assert b.step == 3
    a.selection = [4, 5]
    assert a.get_state("selection") == {"selection": [4, 5]}


def test_large_recordings_are_sent_on_request(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("iree_explore.widgets.explorer.TRAIT_NBYTES", 100)
    page = Page(Explorer(sample()))
    assert page.widget.recording == b""
    answer, buffers = page.ask("recording")
    assert answer["result"] == {"bytes": 0}
    assert assemble(from_bytes(buffers[0])) == assemble(sample())


def test_errors_are_answers():
    page = Page(Explorer(sample()))
    assert page.ask("nonsense")[0]["error"]["code"] == "IX501"
    assert page.ask(["x"])[0]["error"]["code"] == "IX501"
    assert page.ask("run")[0]["error"]["code"] == "IX402"
    assert page.ask("reveal", op="x")[0]["error"]["code"] == "IX501"
    assert page.ask("reveal", op=10**9)[0]["error"]["code"] == "KeyError"
    page.widget._handle_custom_msg("no object", [])


def test_reveal_gives_relatives():
    page = Page(Explorer(sample()))
    result = page.ask("reveal", op=22)[0]["result"]
    assert set(result["ancestors"]) and isinstance(page.ask("devices")[0]["result"], list)


def test_a_live_session_pushes_what_is_new():
    session = FakeSession()
    page = Page(Explorer(session))
    session.recorder.ran(sample().runs[0])
    session.listeners[0]()
    (push, _) = page.sent[-1]
    assert push["push"] == "append" and push["from"] == session.recorder.steps
    assert len(push["delta"]["runs"]) == 1 and push["delta"]["steps"] == ()
    assert push["delta"]["deaths"] == []


def test_the_trait_is_set_when_the_compilation_is_over():
    session = FakeSession()
    page = Page(Explorer(session))
    session.done = True
    session.recorder.ran(sample().runs[0])
    session.listeners[0]()
    assert len(from_bytes(page.widget.recording).runs) == 1


def test_run_answers_with_times_and_errors():
    session = FakeSession()
    page = Page(Explorer(session))
    answer, _ = page.ask("run", repetitions=5)
    assert answer["result"]["dispatches"][0]["samplesNs"]
    assert session.ran[0]["repetitions"] == 5
    assert any(content.get("push") for content, _ in page.sent)
    assert page.ask("run", device="broken")[0]["error"]["code"] == "IX402"
    assert page.ask("run", repetitions=-1)[0]["error"]["code"] == "IX301"
    assert page.ask("cancel")[0]["result"] == {} and session.cancelled


def test_a_closed_widget_is_forgotten():
    session = FakeSession()
    widget = Explorer(session)
    widget.close()
    del widget
    import gc

    gc.collect()
    for listener in session.listeners:
        listener()


def test_mimebundle_has_a_copy_that_stands_alone():
    bundled = Explorer(sample())._repr_mimebundle_()
    data = bundled[0] if isinstance(bundled, tuple) else bundled
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("iree_explore: mlp, done, 13 of 13 phases")
    page = data["text/html"]
    assert "<script" not in page and "\n" not in page
    assert "<details>" in page and "&#10;" in page and "<svg" in page
    assert "flow.dispatch" in page and "1 µs" in page


def test_the_copy_escapes_everything():
    from dataclasses import replace

    evil = "<script>alert(1)</script>"
    recording = sample()
    strings = [s.replace("linalg.matmul", evil) for s in recording.strings]
    page = static_html.page_part(replace(recording, name=evil, strings=strings))
    assert "<script" not in page
    whole = to_html(replace(recording, name=evil, strings=strings), phase="</script>" + evil)
    assert evil not in whole


def test_exported_page_needs_nothing_else():
    page = to_html(sample(), view="stepper", step=2)
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    data = re.search(r'id="iexplore-recording">([^<]*)<', page)
    assert data is not None
    assert assemble(from_bytes(base64.b64decode(data[1]))) == assemble(sample())
    assert '"view": "stepper"' in page and "<noscript>" in page


def test_the_bundle_is_made_from_these_sources():
    assert not hatch_build.is_stale()
    assert bundle.read(bundle.HASH).strip() == hatch_build.source_hash()


def test_a_missing_bundle_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(bundle, "STATIC", tmp_path)
    bundle.read.cache_clear()
    with pytest.raises(Exception, match="IX505"):
        Explorer(sample())
    bundle.read.cache_clear()


def test_magics_parse_their_options():
    options = parse("--target llvm-cpu --name s model.layers[0]")
    assert (options.target, options.name) == (["llvm-cpu"], "s")
    assert options.expression == ["model.layers[0]"]
    assert parse("f(x, 'a b')").expression
    for wrong in ("--name", "--targt llvm-cpu model", "--from flw model"):
        with pytest.raises(ModelError, match="IX102"):
            parse(wrong)


def test_magics_complete_their_options():
    event = SimpleNamespace(line="%explore --from fl", symbol="fl")
    assert "flow" in magics._complete(None, event)
    event = SimpleNamespace(line="%%mlir --target ", symbol="")
    assert "llvm-cpu" in magics._complete(None, event)
    event = SimpleNamespace(line="%%mlir --", symbol="--")
    assert magics._complete(None, event) == ["--target", "--from", "--to", "--name"]


def test_mlir_is_explored_from_any_phase():
    shell = InteractiveShell()
    magics.register(shell)
    text = sample_text("flow")
    session = shell.run_cell_magic("mlir", "--from flow --name s", text)
    assert shell.user_ns["s"] is session
    reached = list(session.wait().stages)
    assert "flow" in reached and "input" not in reached
    with pytest.raises(ModelError, match="does not know x"):
        shell.run_cell_magic("mlir", "x", text)


def sample_text(phase: str) -> str:
    """What %%mlir may start with: a module after `phase`, as text."""
    from iree_explore.pipeline import print_module

    return print_module(measured.session().stages[phase].module)


def test_requests_may_come_from_many_threads():
    page = Page(Explorer(FakeSession()))
    threads = [
        threading.Thread(
            target=page.widget._handle_custom_msg,
            args=({"id": str(i), "method": "recording", "params": {}}, []),
        )
        for i in range(2, 10)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 10
    while time.monotonic() < end and len({c.get("id") for c, _ in page.sent}) < 8:
        time.sleep(0.01)
    assert {c["id"] for c, _ in page.sent} == {str(i) for i in range(2, 10)}
