# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tour as a new user does it: JupyterLab, run all cells, then step, select and run by hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .test_lab import ROOT, expect
from .test_lab import lab as lab
from .test_lab import notebook as notebook


def test_the_tour_from_training_to_assembly(
    notebook: Callable[..., Any], lab: tuple[str, Path], tmp_path: Path
) -> None:
    shutil.copy(ROOT / "notebooks/00_tour.ipynb", lab[1])
    page = notebook(path="00_tour.ipynb")
    explorer = page.locator(".iex").first
    expect(explorer, 180).to_be_visible()
    explorer.scroll_into_view_if_needed()
    expect(explorer.locator(".iex-status"), 120).to_have_text("llvm-cpu")
    expect(
        page.locator(".jp-OutputArea-output", has_text="digits.iexm").last, 120
    ).to_be_visible()  # the last cell has run
    assert page.locator(".jp-OutputArea-output[data-mime-type*='error']").count() == 0

    # Step through every phase with the keyboard.
    slider = explorer.locator(".iex-slider")
    slider.press("Home")
    for phase in ("import", "input", "abi", "preprocessing"):
        slider.press("Shift+ArrowRight")
        expect(explorer.locator(".iex-phase[aria-current]")).to_contain_text(phase)

    # A dispatch knows its Keras layer; its time stands beside it.
    explorer.locator(".iex-phase", has_text="flow").click()
    panel = explorer.locator(".iex-run")
    panel.locator("button.iex-link", has_text="conv_2d_nhwc_hwcf_16x8x8x16").click()
    line = explorer.locator(".cm-line", has_text="= flow.dispatch @main_dispatch_1").first
    expect(line.locator(".iex-badge-time")).to_contain_text(re.compile(r"\d [nµm]?s .*\("))
    expect(explorer.locator(".iex-inspector")).to_contain_text("conv_1")
    # The first pane is the notebook's own source: the line that made the layer.
    expect(explorer.locator(".iex-line-ancestor").first).to_contain_text('name="conv_1"')

    # Run it from the page: every dispatch has a median and a spread, and the clock is named.
    panel.get_by_label("Repetitions").fill("9")
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(panel.locator(".iex-facts"), 60).to_contain_text("repetitions9")
    expect(panel.locator("tbody tr").first).to_contain_text("host clock")
    page.screenshot(path=str(tmp_path / "tour.png"))
