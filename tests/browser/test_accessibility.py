# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""axe-core finds nothing serious, in both themes and at notebook widths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import synthetic

AXE = Path(__file__).parents[2] / "widgets" / "node_modules" / "axe-core" / "axe.min.js"


def source() -> str:
    """axe-core: of the front end's packages, else of the Python package that carries it."""
    if AXE.is_file():
        return AXE.read_text(encoding="utf-8")
    carrier = pytest.importorskip("axe_playwright_python")
    return next(Path(carrier.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What axe-core looks at colours for: all that another theme can change."""


def findings(page: Any, colours_only: bool = False) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(source())
    options = {"resultTypes": ["violations"], **({"runOnly": COLOURS} if colours_only else {})}
    result = page.evaluate("(o) => axe.run(document.querySelector('.iex'), o)", options)
    return [
        f"{found['impact']} {found['id']}: {node['html'][:140]} {node['failureSummary'][:240]}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"][:3]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("contrast", ["normal", "more"])
def test_nothing_serious(show: Callable[..., Any], theme: str, contrast: str) -> None:
    page = show(theme=theme)
    if contrast == "more":
        page.emulate_media(contrast="more")
    page.locator(".iex-pass-row", has_text="outline-dispatch").click()
    page.locator(".iex-pane").nth(1).get_by_role("button", name="Diff", exact=True).click()
    page.locator(".cm-line", has_text="%4 = stablehlo").click()
    page.wait_for_timeout(100)
    assert page.locator(".iex").get_attribute("data-contrast") == contrast
    colours_only = (theme, contrast) != ("light", "normal")
    assert findings(page, colours_only) == []
    page.locator(".iex-pane").nth(0).get_by_role("button", name="Graph", exact=True).click()
    page.get_by_role("button", name="Outline", exact=True).click()
    page.get_by_role("button", name="Compile time").click()
    page.wait_for_timeout(100)
    assert findings(page, colours_only) == []


@pytest.mark.parametrize("width", [640, 900])
def test_nothing_is_cut_off_in_a_narrow_notebook(show: Callable[..., Any], width: int) -> None:
    page = show()
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(100)
    wide = page.evaluate(
        "[...document.querySelectorAll("
        "'.iex-header, .iex-scrubber, .iex-pane-header, .iex-run-form')]"
        ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []


def test_everything_can_be_reached_with_tab(show: Callable[..., Any]) -> None:
    page = show()
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.className || document.activeElement.tagName"
            )
        )
    for name in ("Pass", "Stage", "Inspector", "IR text of pane 1", "Times", "Next pass (Right)"):
        assert name in reached, sorted(reached)


def test_sheets_and_the_graph_in_layers(show: Callable[..., Any]) -> None:
    page = show(synthetic.recording(layers=120), theme="dark", phase="flow")
    page.get_by_role("button", name="Keys, signs and words").click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Search (/)").click()
    page.keyboard.type("matmul dense_7")
    page.locator(".iex-hit").first.wait_for()
    assert findings(page) == []
    page.keyboard.press("Escape")
    for number in (0, 1):
        page.locator(".iex-pane").nth(number).get_by_role(
            "button", name="Graph", exact=True
        ).click()
    page.locator(".iex-pane").nth(1).get_by_role("button", name="Table", exact=True).click()
    page.locator(".iex-graph-table .iex-link").nth(4).click()
    page.wait_for_timeout(100)
    assert findings(page) == []
