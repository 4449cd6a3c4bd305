# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The user's own source is the first pane, its lines linked to the ops like those of every pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import synthetic

LINES = [f"# line {n}" for n in range(1, 10)]
LINES += [f"x = dense_{i}(x)  # line {10 + i}" for i in range(4)]


def with_source() -> dict[str, Any]:
    data = synthetic.recording()
    data["files"] = [{"path": "/home/user/model.py", "text": "\n".join(LINES)}]
    return data


def lines(page: Any, pane: int, kind: str) -> list[str]:
    found = page.locator(f".iex-pane >> nth={pane} >> css=.iex-line-{kind}")
    return [text.strip() for text in found.all_inner_texts()]


def test_first_pane_is_the_source(show: Callable[..., Any]) -> None:
    page = show(with_source())
    assert page.get_by_label("Pane 1: model.py").count() == 1
    text = page.locator(".iex-pane >> nth=0 >> css=.cm-content").inner_text()
    assert "x = dense_0(x)  # line 10" in text
    stages = page.locator(".iex-pane >> nth=0 >> css=select >> nth=0")
    assert stages.input_value() == "file:0"
    disabled = page.locator(".iex-pane >> nth=0 >> css=button.iex-mode[disabled]")
    assert disabled.all_inner_texts() == ["Diff", "Graph", "Shapes"]


def test_a_line_and_its_ops_light_each_other(show: Callable[..., Any]) -> None:
    page = show(with_source(), "", step=0)
    page.locator(".iex-pane >> nth=0").get_by_text("x = dense_1(x)").click()
    page.wait_for_selector(".iex-pane >> nth=1 >> css=.iex-line-self")
    assert lines(page, 0, "self")[0].startswith("x = dense_1(x)")
    imported = lines(page, 1, "self")
    assert any("dot_general" in line for line in imported)
    assert any("maximum" in line for line in imported)
    assert len(lines(page, 0, "self")) == 1

    page.locator(".iex-pane >> nth=1").get_by_text("stablehlo.dot_general").first.click()
    page.wait_for_function(
        "() => document.querySelectorAll('.iex-pane')[0]"
        ".querySelector('.iex-line-self')?.innerText.includes('dense_0')"
    )


def test_later_stages_point_back_to_their_line(show: Callable[..., Any]) -> None:
    page = show(with_source(), phase="input")
    page.locator(".iex-pane >> nth=1").get_by_text("linalg.matmul").first.click()
    page.wait_for_selector(".iex-pane >> nth=0 >> css=.iex-line-ancestor")
    marked = lines(page, 0, "ancestor")
    assert len(marked) == 1 and "dense_0" in marked[0]


def test_recordings_without_files_start_at_the_import(show: Callable[..., Any]) -> None:
    page = show()
    stages = page.locator(".iex-pane >> nth=0 >> css=select >> nth=0")
    assert stages.input_value() == "phase:import"


def test_notes_on_the_import_stand_by_the_source(show: Callable[..., Any]) -> None:
    data = with_source()
    data["notes"] = ["left out: function predict cannot be traced", "tf.X: by XLA's own lowering"]
    page = show(data, "", step=0)
    box = page.locator("details.iex-import-notes")
    assert box.count() == 1
    assert page.get_by_label("Pane 1: model.py").locator("details.iex-import-notes").count() == 1
    assert box.locator("summary").inner_text() == "2 notes on the import"
    assert box.get_by_role("listitem").all_inner_texts() == data["notes"]
    box.locator("summary").click()
    page.locator(".iex-pane >> nth=1").get_by_text("stablehlo.dot_general").first.click()
    page.wait_for_selector(".iex-pane >> nth=0 >> css=.iex-line-self")
    assert box.get_attribute("open") is None, "closed by the user, it stays closed"


def test_without_source_the_notes_stand_by_the_imported_ops(show: Callable[..., Any]) -> None:
    data = synthetic.recording()
    assert show(data).locator(".iex-import-notes").count() == 0
    data["notes"] = ["left out: function predict cannot be traced"]
    page = show(data)
    box = page.locator(".iex-pane >> nth=0 >> css=details.iex-import-notes")
    assert box.locator("summary").inner_text() == "1 note on the import"
