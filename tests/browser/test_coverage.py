# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The coverage table in a real Chromium: filters, keys, details, thousands of rows, axe."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iree_explore.recording.coverage import Cell, Coverage, CoverageRow
from iree_explore.recording.files import from_bytes
from iree_explore.widgets import bundle, coverage_view
from iree_explore.widgets.html import to_html

from . import synthetic
from .test_accessibility import findings

Open = Callable[..., Any]
TYPES = ("i1", "i8", "i32", "f16", "f32", "f64", "complex<f32>", "!quant.uniform<i8:f32, 0.5:2>")
STEPS = ("imported", "lowered", "compiled", "ran", "correct")


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as expect_

    return expect_(locator)


def outcome(number: int) -> Cell:
    times = (1_000_000, 2_000_000, 30_000_000, 400_000, 50_000)
    if number % 7 == 3:
        return Cell("llvm-cpu", "failed", "compiled", times[:3], code="IX205",
                    text="vectorize failed: no such lane\nbecause",
                    at="executable-targets-x")  # fmt: skip
    if number % 11 == 5:
        return Cell("llvm-cpu", "wrong", "correct", times, 0.5, 0.25, 3e6, "IX209", "2 differ")
    if number % 13 == 8:
        return Cell("llvm-cpu", "gap", "lowered", times[:2], code="IX203", text="a declared reason")
    return Cell("llvm-cpu", "ok", "correct", times, 0.0, 0.0, number % 4)


def coverage(ops: int = 4, name: str = "", op_ids: tuple[int, ...] = ()) -> Coverage:
    rows = []
    for op in range(ops):
        for kind, dtype in enumerate(TYPES):
            for dynamic in (False, True):
                number = len(rows)
                text = f"func.func @main(%a: tensor<{kind}x{dtype}>) {{}}\n"
                rows.append(
                    CoverageRow(
                        f"stablehlo.op_{op:03}", "" if kind % 2 else "windows", dtype, dynamic,
                        f"3x4x{dtype}", text, f"iree-explore coverage --ops {op}", 1,
                        op_ids if number == 0 else (),
                        (Cell("reference", "ok", "ran", (1_000_000, 2_000)), outcome(number)),
                    )
                )  # fmt: skip
    return Coverage(name, "2026-11-23T01:00:00Z", "iree_explore 0.1.0", ("reference", "llvm-cpu"),
                    tuple(rows), 10**9)  # fmt: skip


@pytest.fixture
def table(page: Any, tmp_path: Path) -> Open:
    """`table(coverage, theme="dark")` writes the page, opens it and returns the page."""
    if not (bundle.STATIC / bundle.IIFE).is_file():
        pytest.skip("the front end is not built: pip install -e .")

    def open_page(found: Coverage | None = None, theme: str = "light") -> Any:
        path = tmp_path / "coverage.html"
        path.write_text(coverage_view.page(found or coverage(), theme), encoding="utf-8")
        page.goto(f"file://{path}")
        page.wait_for_selector(".iex-grid-line")
        return page

    return open_page


def line(page: Any, number: int) -> Any:
    return page.locator(f'.iex-grid-line[data-line="{number}"]')


def cell(page: Any, number: int, column: int) -> Any:
    return line(page, number).locator(f'.iex-grid-cell[data-column="{column}"]')


def test_ops_are_grouped_with_counts(table: Open) -> None:
    page = table(coverage(ops=20))
    grid = page.get_by_role("treegrid", name="Coverage of all ops")
    expect(grid).to_have_attribute("aria-rowcount", "22")
    expect(line(page, 0)).to_contain_text("stablehlo.op_000")
    expect(line(page, 0)).to_contain_text("16 configurations")
    expect(cell(page, 0, 1)).to_have_text("✓ 16/16")
    expect(cell(page, 0, 6)).to_have_text("◐ 13/16")
    expect(cell(page, 0, 6)).to_have_attribute("aria-label", "part, 13/16")
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [h for h in heads if h in STEPS] == ["imported", "ran", *STEPS]


def test_a_state_is_a_sign_and_a_word(table: Open) -> None:
    page = table()
    expect(cell(page, 4, 6)).to_have_text("✗ failed")
    expect(cell(page, 4, 7)).to_have_text("")
    expect(cell(page, 1, 8)).to_have_text("✓ ok")
    expect(page.locator(".iex-state-wrong", has_text="wrong").first).to_contain_text("≠")
    expect(page.locator(".iex-grid-cell.iex-state-gap").first).to_have_text("– gap")


def test_rows_are_filtered(table: Open) -> None:
    page = table(coverage(ops=20))
    status = page.locator(".iex-coverage-bar [role=status]")
    expect(status).to_have_text("320 configurations")
    page.get_by_label("Filter by text").fill("op_003 f16 windows")
    expect(status).to_have_text("0 of 320 configurations")
    page.get_by_label("Filter by text").fill("op_003 f16")
    expect(status).to_have_text("2 of 320 configurations")
    page.get_by_label("Filter by text").fill("")
    page.get_by_label("Filter by element type").select_option(label="q8")
    expect(status).to_have_text("40 of 320 configurations")
    page.get_by_label("Filter by sizes").select_option("dynamic")
    expect(status).to_have_text("20 of 320 configurations")
    page.get_by_label("Filter by element type").select_option("")
    page.get_by_label("Filter by sizes").select_option("")
    chip = page.get_by_role("group", name="llvm-cpu").get_by_role("button", name=re.compile("gap"))
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    gaps = sum(outcome(i).state == "gap" for i in range(320))
    expect(status).to_have_text(f"{gaps} of 320 configurations")
    chip.click()
    expect(status).to_have_text("320 configurations")


def test_rows_are_sorted_without_groups(table: Open) -> None:
    page = table()
    page.get_by_label("by op").uncheck()
    page.get_by_label("Order").select_option("error")
    expect(cell(page, 0, 9)).to_have_text("3.0e+6")
    page.get_by_label("Order").select_option("status")
    expect(cell(page, 0, 6)).to_have_text("✗ failed")
    expect(cell(page, 0, 0)).to_contain_text("stablehlo.op_000")


def test_a_cell_shows_error_pass_and_reproducer(table: Open) -> None:
    page = table()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell(page, 4, 6).click()
    details = page.get_by_role("region", name="Details")
    expect(details).to_contain_text("stablehlo.op_000, i8, dynamic")
    expect(details).to_contain_text("failed at compiled")
    expect(details).to_contain_text("IX205 vectorize failed")
    expect(details).to_contain_text("executable-targets-x")
    expect(details.get_by_role("region", name="Program")).to_contain_text("tensor<1xi8>")
    details.get_by_role("button", name="Copy reproduce").click()
    expect(details).to_contain_text(re.compile("copied|selected"))
    expect(line(page, 4)).to_have_class(re.compile("iex-lit"))
    page.keyboard.press("Escape")
    expect(details).to_be_hidden()
    expect(cell(page, 4, 6)).to_be_focused()


def test_the_keyboard_reaches_every_cell(table: Open) -> None:
    page = table(coverage(ops=200))
    cell(page, 0, 0).focus()
    page.keyboard.press("ArrowRight")
    expect(line(page, 0)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, 1)).to_be_focused()
    page.keyboard.press("End")
    expect(cell(page, 1, 10)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Details")).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 0, 0)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(line(page, 0)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Control+End")
    expect(cell(page, 199, 10)).to_be_focused()
    page.keyboard.press("PageUp")
    page.keyboard.press("Control+Home")
    expect(cell(page, 0, 0)).to_be_focused()
    assert page.locator('.iex-grid [tabindex="0"]').count() == 1


def busy_ms(devtools: Any) -> float:
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return 1e3 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def scrolling_ms(page: Any) -> float:
    """CPU time of the page's thread (other work on the machine is not in it) for a frame in which
    every line is a new one."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy_ms(devtools)
    page.evaluate(
        """async () => {
          const grid = document.querySelector('.iex-grid');
          for (let i = 1; i <= 60; i++) {
            grid.scrollTop = (i * 900) % (grid.scrollHeight - grid.clientHeight);
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          }
        }"""
    )
    return (busy_ms(devtools) - before) / 60


def test_thousands_of_rows_scroll_as_hundreds_do(table: Open) -> None:
    page = table(coverage(ops=20))
    page.get_by_role("button", name="Expand all").click()
    few = scrolling_ms(page)
    page = table(coverage(ops=220))  # 3,520 rows
    begin = time.monotonic()
    page.get_by_role("button", name="Expand all").click()
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", "3742")
    assert time.monotonic() - begin < 2
    assert page.locator(".iex-grid-line").count() < 80
    assert scrolling_ms(page) < 2 * few
    expect(page.locator(".iex-grid-line").nth(20)).to_be_visible()
    filtering = page.evaluate(
        """() => {
          const search = document.querySelector('.iex-coverage-search');
          const times = ['op_1', 'op_2', 'f32', ''].map((text) => {
            const begin = performance.now();
            search.value = text;
            search.dispatchEvent(new Event('input'));
            return performance.now() - begin;
          });
          return Math.min(...times);
        }"""
    )
    assert filtering < 100, filtering


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("contrast", ["normal", "more"])
def test_nothing_serious(table: Open, theme: str, contrast: str) -> None:
    page = table(theme=theme)
    if contrast == "more":
        page.emulate_media(contrast="more")
    cell(page, 4, 6).click()
    page.wait_for_timeout(100)
    assert page.locator(".iex").get_attribute("data-contrast") == contrast
    assert page.locator(".iex").get_attribute("data-theme") == theme
    assert findings(page) == []


def test_the_theme_can_be_changed(table: Open) -> None:
    page = table(theme="light")
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator(".iex")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light theme").click()
    expect(page.locator(".iex")).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("width", [480, 700])
def test_a_narrow_notebook_scrolls_the_grid_alone(table: Open, width: int) -> None:
    page = table()
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cell(page, 1, 0).focus()
    page.keyboard.press("End")
    box = cell(page, 1, 10).bounding_box()
    assert box is not None and box["x"] + box["width"] <= width + 1
    cell(page, 1, 10).click()  # nothing is above it
    expect(page.get_by_role("region", name="Details")).to_contain_text("llvm-cpu")


def test_the_explorer_shows_the_coverage_that_was_executed(page: Any, tmp_path: Path) -> None:
    data = synthetic.packed(synthetic.recording())
    ops = (8,)  # %8 is a dot_general of the recording
    path = tmp_path / "explorer.html"
    packed = coverage_view.packed(coverage(name="digits", op_ids=ops))
    path.write_text(to_html(from_bytes(data), packed), encoding="utf-8")
    page.goto(f"file://{path}")
    page.get_by_role("button", name="Coverage", exact=True).click()
    expect(page.get_by_role("treegrid", name="Coverage of digits")).to_be_visible()
    expect(page.get_by_role("button", name="Execute every op")).to_be_disabled()
    cell(page, 1, 2).click()
    expect(page.locator(".iex-inspector h2")).to_have_text("stablehlo.dot_general")
    page.wait_for_url(re.compile("bottom=coverage"))  # written after the frame
    assert findings(page) == []


def test_an_explorer_without_kernel_says_why_it_executes_nothing(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "explorer.html"
    recording = from_bytes(synthetic.packed(synthetic.recording()))
    path.write_text(to_html(recording), encoding="utf-8")
    page.goto(f"file://{path}")
    page.get_by_role("button", name="Coverage", exact=True).click()
    expect(page.locator(".iex-coverage-tab")).to_contain_text("this page has no kernel")
