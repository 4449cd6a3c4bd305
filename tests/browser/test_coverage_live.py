# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Coverage in a real JupyterLab: executed from the explorer's tab, and as a widget linked to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .test_lab import MLP, expect
from .test_lab import lab as lab
from .test_lab import notebook as notebook

SESSION = (
    f"import iree_explore as ie\ns = ie.explore('''{MLP}''').wait()\nexplorer = s._explorer()\ns"
)
WIDGET = (
    "from ipywidgets import link\nview = ie.widgets.CoverageView(s)\n"
    "link((view, 'selection'), (explorer, 'selection'))\nview"
)


def test_a_model_is_executed_from_the_tab(notebook: Callable[..., Any]) -> None:
    page = notebook(SESSION)
    explorer = page.locator(".iex").first
    expect(explorer, 60).to_be_visible()
    explorer.get_by_role("button", name="Coverage", exact=True).click()
    explorer.get_by_role("button", name="Execute every op").click()
    grid = explorer.get_by_role("treegrid")
    expect(grid, 60).to_be_visible()
    line = grid.locator(".iex-grid-line", has_text="stablehlo.tanh")
    expect(line).to_contain_text("1/1")
    grid.locator(".iex-grid-line", has_text="4x16xf32 -> 4x16xf32").locator(
        ".iex-grid-cell"
    ).first.click()
    expect(explorer.get_by_role("region", name="Details")).to_contain_text("stablehlo.")
    expect(explorer.locator(".iex-inspector h2")).to_contain_text("stablehlo.")


def test_the_widget_selects_in_a_linked_explorer(notebook: Callable[..., Any]) -> None:
    page = notebook(SESSION, WIDGET)
    table = page.locator(".iex-view-coverage")
    expect(table.get_by_role("treegrid"), 90).to_be_visible()
    table.locator(".iex-grid-group", has_text="stablehlo.tanh").locator(
        ".iex-grid-cell"
    ).first.click()
    heading = page.locator(".iex-view-explorer .iex-inspector h2")
    expect(heading, 20).to_have_text("stablehlo.tanh")
