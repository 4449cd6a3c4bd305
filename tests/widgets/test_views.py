# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single views: shared traits, and what each leaves behind where no script runs."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import ipywidgets
import pytest

import iree_explore as ie
from iree_explore.errors import ModelError
from iree_explore.widgets import static_views
from tests.recording.measured import recording, session
from tests.recording.sample import sample

WORDS = {
    "Stepper": "changed,",
    "IRView": "builtin.module",
    "DiffView": "as they were",
    "GraphView": "<graph of @main",
    "ShapeView": "every size is static",
    "TimelineView": "main on local-task",
    "RooflineView": "main on local-task",
    "MemoryView": "slab of 256 bytes",
}
PICTURES = {"GraphView", "TimelineView", "RooflineView", "MemoryView"}


@pytest.mark.parametrize("name", WORDS)
def test_each_view_has_words_html_and_a_picture(name):
    view = getattr(ie.widgets, name)(recording(), stage="flow")
    bundle = view._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert WORDS[name] in data["text/plain"]
    assert "iexplore-static" in data["text/html"] and "<script" not in data["text/html"]
    assert ("image/svg+xml" in data) == (name in PICTURES)
    if name in PICTURES:
        ElementTree.fromstring(data["image/svg+xml"])
        assert "<svg" in data["text/html"]


@pytest.mark.parametrize("view", "stepper ir diff graph shapes timeline roofline memory".split())
def test_a_recording_that_has_nothing_to_show_says_so(view):
    unfinished = sample()
    assert static_views.text(view, unfinished)
    assert static_views.part(view, unfinished)


def test_stage_and_step_follow_each_other(tmp_path):
    session().save(tmp_path / "mlp.iexplore")
    view = ie.widgets.IRView(str(tmp_path / "mlp.iexplore"))
    assert view.stage == "vm"
    view.stage = "flow"
    assert view.step == recording().step_of("flow")
    view.step = 0
    assert view.stage == "import"
    with pytest.raises(ModelError, match="no stage 'flo'"):
        view.stage = "flo"


def test_views_are_linked_by_step_selection_and_stage():
    stepper, text = ie.widgets.Stepper(session()), ie.widgets.IRView(session())
    heard = []
    stepper.observe(lambda change: heard.append(change["new"]), "step")
    ipywidgets.link((stepper, "step"), (text, "step"))
    ipywidgets.link((stepper, "selection"), (text, "selection"))
    text.step = 3
    stepper.selection = [1]
    assert (stepper.step, heard, text.selection) == (3, [3], [1])
    text.stage = "stream"
    assert stepper.stage == "stream"
    ipywidgets.VBox([stepper, text])  # they are widgets like any other
