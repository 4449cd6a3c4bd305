# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The graph of many ops: layers that open, a table twin of the same, nothing that jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import synthetic


def expect(locator: Any) -> Any:
    return pytest.importorskip("playwright.sync_api").expect(locator)


def test_layers_open_by_keyboard_and_nothing_jumps(show: Callable[..., Any]) -> None:
    page = show(synthetic.recording(layers=120), view="graph", phase="flow")
    stage = page.locator(".iex-stage")
    expect(page.get_by_role("button", name="Layers")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".iex-minimap")).to_be_visible()
    stage.focus()
    page.keyboard.press("t")
    table = page.get_by_role("table")
    assert table.get_by_role("row").count() < 80  # of 120 dispatches
    group = table.locator(".iex-link[aria-expanded=false]").first
    before = table.get_by_role("row").count()
    group.focus()
    page.keyboard.press("ArrowRight")
    expect(table.locator(".iex-link:focus")).to_have_attribute("aria-expanded", "true")
    assert table.get_by_role("row").count() > before
    page.keyboard.press("ArrowLeft")
    expect(table.get_by_role("row")).to_have_count(before)
    row = table.get_by_role("button", name="3 matmul_1x64x64_f32", exact=True)
    row.click()
    row.focus()
    page.keyboard.press("ArrowRight")  # what is inside the dispatch
    expect(table.get_by_role("row", name="linalg.matmul").first).to_be_visible()
    page.get_by_role("button", name="Table", exact=True).click()
    ring = page.locator(".iex-ring").first
    expect(ring).to_be_visible()
    page.wait_for_timeout(150)  # the canvas is drawn anew when the table goes
    at = ring.bounding_box()
    page.locator(".iex-slider").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(150)
    assert at is not None and ring.bounding_box() == at


def test_no_request_leaves_the_page(show: Callable[..., Any], page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(synthetic.recording(layers=3))
    for name in ("Graph", "Shapes", "Diff"):
        page.locator(".iex-pane").nth(1).get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Search (/)").click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
