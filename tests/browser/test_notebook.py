# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer in Notebook 7, served beside JupyterLab: shown, stepped, linked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from . import synthetic
from .test_lab import _notebook, expect
from .test_lab import lab as lab

CODE = "from iree_explore.widgets import Explorer\nExplorer('digits.iexplore')"


def test_saved_recording_in_notebook_7(page: Any, lab: tuple[str, Path]) -> None:
    pytest.importorskip("notebook")
    address, work = lab
    (work / "digits.iexplore").write_bytes(synthetic.packed(synthetic.recording()))
    (work / "seven.ipynb").write_text(json.dumps(_notebook((CODE,))))
    page.set_viewport_size({"width": 1500, "height": 1000})
    page.goto(f"{address}/notebooks/seven.ipynb")
    cell = page.locator(".jp-Notebook .jp-CodeCell .cm-content").first
    expect(cell, 60).to_be_visible()
    for _ in range(30):  # what runs before the kernel is there is dropped
        cell.click()
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(1000)
        if page.locator(".jp-Notebook .jp-InputPrompt").first.inner_text() != "[ ]:":
            break
    expect(page.locator(".iex"), 60).to_be_visible()
    expect(page.locator(".jp-Notebook .jp-InputPrompt").first).not_to_have_text("[*]:")
    page.wait_for_timeout(500)  # it puts the focus on the cell when that has run
    page.locator(".iex-slider").focus()
    for key in ("Home", "b", "a", "ArrowRight"):  # b and a would insert cells
        page.keyboard.press(key)
    expect(page.locator(".iex-position")).to_have_text("pass 2/10")
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1
    page.locator(".cm-line", has_text="%4 = stablehlo.dot_general").first.click()
    expect(page.locator(".iex-line-descendant").first).to_contain_text("linalg.matmul")
