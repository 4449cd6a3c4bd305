# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every view of one page: light, dark, high contrast and forced colours; targets side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from . import synthetic
from .test_accessibility import findings
from .test_explorer import expect, pane
from .test_numerics import checked

Show = Callable[..., Any]
TABS = (
    "Timeline", "Roofline", "Memory", "Compile time", "Numerics", "Edit", "Coverage", "Outline",
    "Run",
)  # fmt: skip


def two_targets(data: dict[str, Any] | None = None) -> dict[str, Any]:
    """Two runs: the CPU's, and one that says that it is of a GPU."""
    runs = synthetic.recording(runs=2)["runs"]
    runs[1] = {**runs[1], "target": "vulkan-spirv", "device": "vulkan", "roofline": None}
    for dispatch in runs[1]["dispatches"]:
        dispatch["samplesNs"] = [3 * each for each in dispatch["samplesNs"]]
    return {**(data or synthetic.recording()), "runs": runs}


@pytest.mark.parametrize(
    "media",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"contrast": "more"},
     {"forced_colors": "active"}],
    ids=["light", "dark", "more", "forced"],
)  # fmt: skip
def test_axe_finds_nothing_serious_in_any_view(show: Show, media: dict[str, str]) -> None:
    page = show(two_targets(checked()), theme="auto")
    page.emulate_media(**media)
    strong = "forced_colors" in media or "contrast" in media
    expect(page.locator(".iex")).to_have_attribute("data-contrast", "more" if strong else "normal")
    colours_only = media != {"color_scheme": "light"}
    found: dict[str, list[str]] = {}
    for tab in TABS:
        button = page.locator(".iex-header").get_by_role("button", name=tab, exact=True)
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        found[tab] = findings(page, colours_only)
    for mode in ("Diff", "Graph", "Shapes"):
        pane(page, 2).get_by_role("button", name=mode, exact=True).click()
        found[mode] = findings(page, colours_only)
    assert {view: each for view, each in found.items() if each} == {}


def test_forced_colours_show_what_is_pressed_and_focused(show: Show) -> None:
    page = show()
    page.emulate_media(forced_colors="active")
    style = "(e) => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]"
    header = page.locator(".iex-header")
    pressed = header.get_by_role("button", name="Run", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")
    assert pressed.evaluate(style) == ["solid", "2px"]
    other = header.get_by_role("button", name="Roofline", exact=True)
    assert other.evaluate(style)[0] == "none"
    header.get_by_role("button", name="Timeline", exact=True).focus()
    page.keyboard.press("Tab")
    assert other.evaluate(style) == ["solid", "3px"]


def test_targets_are_side_by_side(show: Show) -> None:
    page = show(two_targets())
    table = page.get_by_role("region", name="Times")
    expect(table.locator("thead")).to_contain_text("vs run 1 · llvm-cpu, local-task")
    cell = table.get_by_role("row").nth(1).locator("td").nth(1)
    expect(cell).to_have_text(re.compile(r"^[\d.]+ [µm]s\s*▲ [\d.]+×$"))
    page.get_by_role("button", name="Timeline", exact=True).click()
    expect(page.locator(".iex-lane-track")).to_have_count(2)


def test_every_tab_works_by_keyboard(show: Show) -> None:
    page = show(two_targets(checked()))
    page.locator(".iex-header").get_by_role("button", name="Passes", exact=True).focus()
    reached = []
    for _ in range(len(TABS)):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") is not None
        reached.append(name)
    assert set(TABS) <= {*reached, "Run"}, reached


def test_a_page_without_a_kernel_says_what_is_missing(show: Show) -> None:
    page = show()
    for tab in ("Edit", "Coverage"):
        page.locator(".iex-header").get_by_role("button", name=tab, exact=True).click()
        expect(page.locator(".iex-bottom")).to_contain_text("no kernel")
        assert page.locator(".iex-bottom").bounding_box()["height"] < 120
