# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every notebook runs from top to bottom in a real Jupyter kernel, as a user would run it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_the_tour_comes_first():
    assert NOTEBOOKS[0].name == "00_tour.ipynb"


@pytest.mark.slow
@pytest.mark.xdist_group("notebooks")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute(cwd=str(path.parent))
    shown = [
        output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type in ("display_data", "execute_result")
    ]
    explorers = [d for d in shown if "application/vnd.jupyter.widget-view+json" in d]
    assert explorers, "no widget was displayed"
    assert all(d.get("text/plain") for d in explorers)
    # While it compiles the explorer has nothing to keep; its static copy follows it when it ends.
    copies = [d["text/html"] for d in shown if "text/html" in d]
    assert any("<details" in html for html in copies), "no static fallback"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_without_outputs(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
