# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every notebook runs from top to bottom in a real Jupyter kernel, as a user would run it, its
exercises with wrong answers and with right ones; what is saved in it is what such a run showed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest

from iree_explore.lessons import check

from .runner import MOST_BYTES, NOTEBOOKS, SAVED_TYPES, digest, execute, exercises

sys.path.append(str(Path(__file__).parents[2] / "scripts"))
import lesson_pages


def test_the_tour_comes_first_and_numbers_differ():
    assert NOTEBOOKS[0].name == "00_tour.ipynb"
    numbers = [path.name.partition("_")[0] for path in NOTEBOOKS]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.slow
@pytest.mark.xdist_group("notebooks")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path):
    notebook = execute(path)
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
    assert any("iexplore-static" in html for html in copies), "no static fallback"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_outputs_are_of_this_source_and_small(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.get("iree_explore", {}).get("outputs_of") == digest(notebook), (
        f"run: python -m tests.notebooks.runner --save {path.stem}"
    )
    assert path.stat().st_size < MOST_BYTES
    kinds = {
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    }
    assert kinds <= set(SAVED_TYPES)
    assert not any(output.output_type == "error"
                   for cell in notebook.cells for output in cell.get("outputs", []))  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS[1:], ids=lambda path: path.stem)
def test_a_lesson_is_short_says_what_it_is_about_and_has_exercises(path: Path):
    notebook = json.loads(path.read_text())
    assert lesson_pages.minutes(notebook) < 15
    assert lesson_pages.summary(notebook)
    title = lesson_pages.title(notebook)
    assert title.startswith(f"{int(path.name[:2])}. ")
    assert exercises(nbformat.read(path, as_version=4)) or "A recipe" in title


def test_an_exercise_is_open_wrong_or_right_and_raises_nothing(capsys: pytest.CaptureFixture[str]):
    def said(answer: object) -> str:
        check("One", answer, (lambda n: n / 1 > 2, "More than two."), right="Well done.")
        return capsys.readouterr().out

    assert said(...) == "○ One: replace the `...` above, run that cell, then this one.\n"
    assert said(1) == "✗ One: not yet. More than two.\n"
    assert said("a").startswith("✗ One: not yet. More than two. It raised TypeError: unsupported")
    assert said(3) == "✓ One. Well done.\n"


def test_an_answer_may_be_an_array(capsys: pytest.CaptureFixture[str]):
    import numpy as np

    check("One", np.ones(3), (lambda a: a.sum() == 3, "Three ones."))
    assert capsys.readouterr().out == "✓ One.\n"
