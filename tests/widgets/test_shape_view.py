# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ShapeView` in Python: traits to link, and what is left where no script runs."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
import traitlets

from iree_explore.recording import save
from iree_explore.recording.model import Recording
from iree_explore.widgets import ShapeView, static_html
from tests.recording import sample as static
from tests.recording import shapes_sample


@functools.cache
def recording(conflict: bool = False) -> Recording:
    return shapes_sample.sample(conflict)


def test_sizes_are_shared_with_the_page_and_with_other_views():
    a, b = ShapeView(recording(), sizes={"batch": 3}), ShapeView(recording())
    traitlets.link((a, "sizes"), (b, "sizes"))
    assert b.sizes == {"batch": 3}
    b.set_state({"sizes": {"batch": 3, "length": 9}, "symbol": "length", "propagation": 2})
    assert a.sizes == {"batch": 3, "length": 9} and b.symbol == "length" and b.propagation == 2
    assert a.get_state("sizes") == {"sizes": {"batch": 3, "length": 9}}
    with pytest.raises(traitlets.TraitError):
        a.sizes = {"batch": -1}
    with pytest.raises(traitlets.TraitError):
        a.sizes = {"batch": 1.5}


def test_terminals_get_formulas():
    text = repr(ShapeView(recording()))
    assert re.search(r"^  batch +dimension 0 of argument x +at least 0", text, re.M), text
    assert re.search(r"^  b_d1 +dimension 1 of argument b += length$", text, re.M)
    assert re.search(r"main_dispatch_0_matmul\S+ .* workgroups .* bytes$", text, re.M)
    assert re.search(r"^  transient +.*batch", text, re.M)
    assert repr(ShapeView(static.sample())).endswith("every size is static")
    assert "cannot hold" in repr(ShapeView(recording(conflict=True)))


def test_pages_without_scripts_get_the_same_as_a_table():
    part = static_html.page_part(recording())
    assert "<summary>sizes</summary>" in part and "<td>batch</td>" in part
    assert "<summary>sizes</summary>" not in static_html.page_part(static.sample())


def test_a_saved_recording_exports_what_was_chosen(tmp_path: Path):
    path = save(recording(), tmp_path / "a.iexplore")
    view = ShapeView(path, sizes={"batch": 4}, symbol="batch", propagation=1)
    view.to_html(tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert '"sizes": {"batch": 4}' in page and '"symbol": "batch"' in page
    assert '"propagation": 1' in page and '"view": "shapes"' in page
