# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs in the page: pinned and compared, over time, in memory, as a trace, and in the address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iree_explore.recording import chrome_trace, memory
from iree_explore.widgets.html import to_html
from tests.recording.measured import recording

from .test_explorer import expect


@pytest.fixture
def measured(page: Any, tmp_path: Path) -> Callable[..., Any]:
    """Opens the page of the measured program, saved as a file."""
    path = tmp_path / "mlp.html"

    def open_page(hash_: str = "", **state: Any) -> Any:
        path.write_text(to_html(recording(), **state), encoding="utf-8")
        page.goto("about:blank")
        page.goto(f"file://{path}{hash_}")
        page.wait_for_selector(".iex")
        return page

    return open_page


def test_a_pinned_run_is_compared_everywhere(measured: Callable[..., Any]) -> None:
    page = measured(phase="flow")
    panel = page.locator(".iex-run")
    panel.get_by_label("Which run").select_option("0")
    panel.get_by_role("button", name="Pin", exact=True).click()
    expect(panel.get_by_role("button", name="Pinned")).to_have_attribute("aria-pressed", "true")
    panel.get_by_label("Which run").select_option("1")
    expect(panel.locator("thead")).to_contain_text("vs run 1 · local-sync")
    delta = re.compile(r"[▼▲≈] [\d.]+( %|×)")
    expect(panel.locator("tbody tr").first.locator(".iex-delta")).to_have_text(delta)
    line = page.locator(".cm-line", has_text="= flow.dispatch @").first
    expect(line.locator(".iex-badge-time")).to_have_text(delta)
    page.get_by_role("button", name="Outline", exact=True).click()
    expect(page.locator(".iex-tree-note", has_text=delta).first).to_be_visible()
    page.get_by_role("button", name="Timeline", exact=True).click()
    lanes = page.locator(".iex-lane-track")
    expect(lanes).to_have_count(2)  # the shown run, and the pinned one
    lanes.first.get_by_role("button").first.press("Enter")
    expect(page.locator(".iex-lane-detail")).to_contain_text("2 ops, measured together")
    expect(page.locator(".iex-lane-detail")).to_contain_text("stablehlo.tanh")


def test_the_memory_map_is_that_of_python_and_selects_ops(measured: Callable[..., Any]) -> None:
    page = measured()
    page.get_by_role("button", name="Memory", exact=True).click()
    (slab,) = memory.slabs(recording())
    boxes = page.get_by_role("group", name="Memory map").get_by_role("button")
    expect(boxes).to_have_count(len(slab.lifetimes))
    expect(boxes.first).to_have_accessible_name(re.compile("matmul_4x16x8_f32 fills 256 B at 0"))
    boxes.first.press("Enter")
    expect(page.locator(".iex-inspector h2")).to_have_text("stream.cmd.dispatch")
    page.wait_for_url(re.compile(rf"sel={slab.lifetimes[0].ops[0]}\b"))


def test_the_saved_trace_is_that_of_python(measured: Callable[..., Any], tmp_path: Path) -> None:
    page = measured()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save trace").click()
    download.value.save_as(tmp_path / "trace.json")
    theirs = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    ours = chrome_trace.events(recording())

    def places(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return sorted((e["pid"], e["tid"], e.get("ts", -1), e.get("dur", -1), e["name"])
                      for e in events)  # fmt: skip

    assert places(theirs) == places(ours)


def test_the_address_brings_back_everything(measured: Callable[..., Any]) -> None:
    page = measured()
    page.get_by_label("Which run").select_option("0")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_label("Which run").select_option("1")
    page.locator(".iex-phase", has_text="flow").click()
    page.locator(".iex-pane").nth(1).get_by_role("button", name="Graph", exact=True).click()
    page.get_by_role("button", name="Outline", exact=True).click()
    page.get_by_role("button", name="Timeline", exact=True).click()
    page.locator(".iex-lane-track").first.get_by_role("button").first.press("Enter")
    position = page.locator(".iex-position").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".iex-copy-link")).to_have_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url and link.startswith("file://")
    detail = page.locator(".iex-lane-detail").inner_text()
    page = measured("#" + link.partition("#")[2])
    expect(page.locator(".iex-position")).to_have_text(position)
    expect(page.locator(".iex-lane-track")).to_have_count(2)
    expect(page.locator(".iex-lane-detail")).to_have_text(detail)
    expect(page.locator(".iex-pane").nth(1).locator(".iex-canvas")).to_be_visible()
    expect(page.locator(".iex-outline")).to_be_visible()


def test_compile_time_is_sorted_and_goes_to_the_pass(measured: Callable[..., Any]) -> None:
    page = measured()
    page.get_by_role("button", name="Compile time", exact=True).click()
    rows = page.locator(".iex-timeline-row")
    page.get_by_role("button", name="Slowest first").click()
    name = rows.first.locator(".iex-timeline-name").inner_text().split(" ", 1)[1]
    rows.first.click()
    expect(page.locator(".iex-pass-title strong")).to_have_text(name)
    expect(rows.first).to_have_attribute("aria-current", "step")
    page.get_by_role("button", name="By phase").click()
    expect(page.locator(".iex-timeline-group").first).to_contain_text("passes")
