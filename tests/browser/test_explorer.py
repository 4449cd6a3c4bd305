# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The exported page in a real Chromium: stepping, panes, selection, diff, graph, times, keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from . import synthetic

Show = Callable[..., Any]


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as expect_

    return expect_(locator)


def pane(page: Any, number: int) -> Any:
    return page.locator(".iex-pane").nth(number - 1)


def step_to(page: Any, name: str) -> None:
    page.locator(".iex-pass-row", has_text=name).click()
    expect(page.locator(".iex-pass-title strong")).to_have_text(re.compile(re.escape(name)))


def test_page_opens_at_the_last_pass_with_two_panes(show: Show) -> None:
    page = show()
    expect(page.locator(".iex-pane")).to_have_count(2)
    expect(page.locator(".iex-position")).to_have_text("pass 10/10")
    expect(pane(page, 1)).to_contain_text("stablehlo.dot_general")
    expect(pane(page, 2)).to_contain_text("llvm.intr.fmuladd")


def test_keys_step_passes_and_phases(show: Show) -> None:
    page = show()
    position = page.locator(".iex-position")
    page.locator(".iex-slider").focus()
    page.keyboard.press("Home")
    expect(position).to_have_text("pass 1/10")
    page.keyboard.press("ArrowRight")
    expect(position).to_have_text("pass 2/10")
    expect(pane(page, 2)).to_contain_text("linalg.matmul")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".iex-phase[aria-current]")).to_contain_text("input")
    expect(position).to_have_text("pass 3/10")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".iex-phase[aria-current]")).to_contain_text("abi")
    page.keyboard.press("ArrowLeft")
    expect(position).to_have_text("pass 3/10")
    page.keyboard.press("End")
    expect(position).to_have_text("pass 10/10")
    slider = page.get_by_role("slider", name="Pass")
    assert slider.get_attribute("aria-valuetext") == "hal-memoize-command-buffers, pass 10 of 10"


def test_passes_that_changed_nothing_say_so(show: Show) -> None:
    page = show()
    row = page.locator(".iex-pass-row", has_text="hoist")
    expect(row).to_contain_text("no change")
    row.click()
    expect(page.locator(".iex-pass-title")).to_contain_text("changed nothing")
    expect(page.locator(".iex-pass-title")).to_contain_text("moves constants out")
    expect(page.locator(".iex-pass-title")).to_contain_text("1.10 ms")


def test_failed_pass_is_shown_with_everything_before_it(show: Show) -> None:
    page = show(synthetic.recording(fail=True))
    expect(page.locator(".iex-status")).to_contain_text("failed")
    expect(page.locator(".iex-pass-title")).to_contain_text("failed")
    expect(pane(page, 2)).to_contain_text("IX203 linalg.generic: no dispatch for an op")
    expect(page.locator(".iex-phase", has_text="hal")).to_be_disabled()
    step_to(page, "lower-to-linalg")
    expect(pane(page, 2)).to_contain_text("linalg.matmul")


def test_selected_line_is_followed_through_the_panes(show: Show) -> None:
    page = show()
    step_to(page, "form-dispatch-regions")
    pane(page, 1).locator(".cm-line", has_text="%8 = stablehlo.dot_general").click()
    expect(pane(page, 1).locator(".iex-line-self")).to_have_count(1)
    lines = pane(page, 2).locator(".iex-line-descendant")
    expect(lines.filter(has_text="linalg.matmul")).to_have_count(1)
    expect(lines.first).to_contain_text("flow.dispatch.region")
    expect(pane(page, 2).locator(".iex-count")).to_have_text("1 → 1")
    expect(page.locator(".iex-inspector h2")).to_have_text("stablehlo.dot_general")
    expect(page.locator(".iex-inspector")).to_contain_text("digits/dense_1")
    expect(page.locator(".iex-inspector")).to_contain_text("model.py:11")
    expect(page.locator(".iex-inspector")).to_contain_text("LowerDotGeneral")


def test_fused_ops_count_as_many_to_one(show: Show) -> None:
    page = show()
    step_to(page, "form-dispatch-regions")
    pane(page, 2).locator(".cm-line", has_text="flow.dispatch.region").first.click()
    expect(pane(page, 1).locator(".iex-count")).to_have_text("2 → 1")
    expect(pane(page, 1).locator(".iex-line-ancestor")).to_have_count(2)


def test_op_that_no_longer_exists_is_a_ghost(show: Show) -> None:
    page = show()
    step_to(page, "outline-dispatch-regions")
    pane(page, 1).locator(".cm-line", has_text="%5 = stablehlo.constant").click()
    chip = pane(page, 2).locator(".iex-ghost")
    expect(chip).to_contain_text("removed by flow-outline-dispatch-regions")
    expect(chip).to_contain_text("OutlineDispatchRegion")
    expect(chip).to_contain_text("example.py:41")


def test_diff_counts_and_marks_by_op(show: Show) -> None:
    page = show()
    step_to(page, "lower-to-linalg")
    pane(page, 2).get_by_role("button", name="Diff", exact=True).click()
    notes = pane(page, 2).locator(".iex-pane-notes")
    expect(notes).to_contain_text("+ 30 new")
    expect(notes).to_contain_text("− 12 gone")
    expect(notes).to_contain_text("~ 7 changed")
    expect(pane(page, 2).locator(".iex-line-deleted").first).to_contain_text(
        "stablehlo.dot_general"
    )
    expect(pane(page, 2).locator(".iex-sign-created").first).to_have_text("+")
    expect(pane(page, 2).locator(".iex-sign-deleted").first).to_have_attribute("title", "gone")
    pane(page, 2).get_by_label("Compared with").select_option("phase:import")
    step_to(page, "form-dispatch-regions")
    expect(notes).to_contain_text("+ 42 new")


def test_graph_has_dispatches_with_times_and_a_table_twin(show: Show) -> None:
    page = show()
    step_to(page, "deduplicate-executables")
    pane(page, 2).get_by_role("button", name="Graph", exact=True).click()
    pane(page, 2).get_by_role("button", name="Table", exact=True).click()
    table = pane(page, 2).get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(9)  # heads, arguments, 6 dispatches, return
    row = table.get_by_role("row", name=re.compile("^3 matmul"))
    expect(row).to_contain_text("2 matmul_1x64x64_f32")  # what it reads
    expect(row).to_contain_text("µs")
    row.get_by_role("button").click()
    expect(page.locator(".iex-inspector h2")).to_have_text("flow.dispatch")
    pane(page, 2).get_by_role("button", name="Table", exact=True).click()
    expect(pane(page, 2).locator(".iex-ring")).to_have_count(1)


def test_graph_follows_the_keyboard(show: Show) -> None:
    page = show(view="graph", phase="flow")
    page.locator(".iex-stage").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".iex-ring")).to_have_count(1)
    edge = "document.querySelector('.iex-ring')?.getBoundingClientRect().y"
    first = page.wait_for_function(edge).json_value()  # it is made anew when the graph is drawn
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"(first) => {edge} > first", arg=first)


def test_search_finds_text_that_is_not_on_screen(show: Show) -> None:
    page = show(synthetic.recording(layers=120))
    pane(page, 1).locator(".cm-content").focus()
    page.keyboard.press("Control+f")
    page.keyboard.type("dense_113")
    page.keyboard.press("Enter")
    expect(pane(page, 1).locator(".cm-searchMatch-selected")).to_be_visible()


def test_rewrites_of_a_pass_are_stepped_one_by_one(show: Show) -> None:
    page = show()
    step_to(page, "lower-to-linalg")
    rewrites = page.get_by_role("group", name="Rewrites")
    expect(rewrites).to_contain_text("12 rewrites")
    page.locator(".iex-slider").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(rewrites).to_contain_text("rewrite 2/12")
    expect(rewrites).to_contain_text("LowerMaximum")
    expect(pane(page, 1).locator(".iex-line-self")).to_contain_text(["%6 = stablehlo.maximum"])
    expect(pane(page, 2).locator(".iex-line-self").first).to_contain_text("linalg.generic")
    page.keyboard.press("Shift+Enter")
    expect(rewrites).to_contain_text("rewrite 1/12")
    rewrites.get_by_role("button", name="Next rewrite").click()
    expect(rewrites).to_contain_text("rewrite 2/12")
    page.keyboard.press("ArrowRight")
    expect(rewrites).to_be_hidden()


def test_folding_hides_what_an_op_contains(show: Show) -> None:
    page = show()
    before = pane(page, 2).locator(".cm-line").count()
    pane(page, 2).get_by_role("button", name="Fold executables").click()
    expect(pane(page, 2).locator(".cm-foldPlaceholder")).to_have_count(6)
    assert pane(page, 2).locator(".cm-line").count() < before


def test_declarations_come_folded_and_a_click_opens_them(show: Show) -> None:
    """A model's weights would fill the first screen."""
    page = show(synthetic.weights(9))
    left = pane(page, 1)
    folded = left.get_by_role("button", name="folded: × 9")
    expect(folded).to_have_count(1)
    expect(left.locator(".cm-line").nth(1)).to_have_text("  ml_program.global× 9")
    expect(left).not_to_contain_text("@w_3")
    folded.click()
    expect(left).to_contain_text("@w_3")


def test_outline_selects_layers_dispatches_and_functions(show: Show) -> None:
    page = show()
    step_to(page, "deduplicate-executables")
    page.get_by_role("button", name="Outline", exact=True).click()
    symbols = page.get_by_role("tree", name="Symbols and dispatches")
    expect(symbols.get_by_role("treeitem", name="@main_dispatch_2")).to_contain_text("µs")
    layers = page.get_by_role("tree", name="Model layers")
    layers.get_by_role("treeitem").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(layers.get_by_role("treeitem")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    layers.get_by_role("treeitem", name="dense_4").click()
    expect(pane(page, 1).locator(".iex-line-self")).to_have_count(4)
    expect(pane(page, 2).locator(".iex-line-descendant").first).to_be_visible()


def test_machine_code_lines_know_their_ops(show: Show) -> None:
    page = show()
    pane(page, 2).get_by_label("Stage").select_option(label="Assembly · main_dispatch_0")
    line = pane(page, 2).locator(".cm-line", has_text="vmovups")
    line.click()
    expect(line).to_have_class(re.compile("iex-line-self"))
    expect(pane(page, 1).locator(".iex-line-ancestor").first).to_contain_text("%4 = stablehlo")
    expect(page.locator(".iex-inspector")).to_contain_text("digits/dense_0")


def test_run_panel_shows_times_spread_share_and_gap(show: Show) -> None:
    page = show(synthetic.recording(runs=2))
    panel = page.locator(".iex-run")
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    expect(panel).to_contain_text("no kernel")
    expect(panel.locator("tbody tr")).to_have_count(7)
    expect(panel.locator(".iex-gap")).to_contain_text("host")
    expect(panel).to_contain_text("end to end")
    expect(panel.locator("tbody tr").first).to_contain_text("host clock")
    panel.get_by_label("Which run").select_option("0")
    expect(panel.get_by_label("Which run")).to_have_value("0")
    device = panel.get_by_label("Target and device").locator("option").nth(1)
    assert "libvulkan" in device.text_content()


def test_a_long_table_of_times_keeps_in_the_page_only_what_is_near(show: Show) -> None:
    page = show(synthetic.recording(layers=120, runs=1))
    table = page.locator(".iex-run table")
    expect(table).to_have_attribute("aria-rowcount", "122")  # the head, 120 dispatches, the host
    rows = table.locator("tbody tr")
    assert rows.count() < 60
    box = page.locator(".iex-results")
    before = box.evaluate("e => e.scrollHeight")
    box.evaluate("e => e.scrollTo(0, e.scrollHeight)")
    expect(table.locator(".iex-gap")).to_contain_text("host")
    last = table.locator("[aria-rowindex='121']")
    assert rows.count() < 60
    assert abs(box.evaluate("e => e.scrollHeight") - before) <= 4  # the host's row is lower
    last.get_by_role("button").click()
    expect(last).to_have_class("iex-lit")
    box.evaluate("e => e.scrollTo(0, 0)")
    expect(last).to_have_count(0)
    pane(page, 1).locator(".cm-line", has_text="dot_general").last.click()  # far below
    expect(table.locator("tr.iex-lit")).to_be_in_viewport()
    assert box.evaluate("e => e.scrollTop") > 1000


def test_compile_time_is_a_bar_a_pass(show: Show) -> None:
    page = show()
    page.get_by_role("button", name="Compile time").click()
    rows = page.locator(".iex-timeline-row")
    expect(rows).to_have_count(10)
    rows.nth(1).click()
    expect(page.locator(".iex-position")).to_have_text("pass 2/10")


def test_panes_can_be_added_up_to_six_and_closed(show: Show) -> None:
    page = show()
    for number in range(3, 7):
        page.get_by_role("button", name="+ Pane").click()
        expect(page.locator(".iex-pane")).to_have_count(number)
    expect(page.get_by_role("button", name="+ Pane")).to_be_disabled()
    stages = [box.input_value() for box in page.get_by_label("Stage").all()]
    assert len(set(stages)) == 6, stages
    pane(page, 6).get_by_role("button", name="Close this pane").click()
    expect(page.locator(".iex-pane")).to_have_count(5)


def test_machine_code_follows_the_selection(show: Show) -> None:
    page = show()
    pane(page, 2).get_by_label("Stage").select_option(label="Assembly of the selection")
    for number in (4, 2):
        pane(page, 1).locator(".cm-line", has_text=f"@dense_{number}.w").first.click()
        line = pane(page, 1).locator(".cm-line", has_text="stablehlo.dot_general").nth(number)
        line.click()
        label = f"Pane 2: assembly of @main_dispatch_{number}"
        expect(pane(page, 2)).to_have_attribute("aria-label", re.compile(label, re.IGNORECASE))
        expect(pane(page, 2).locator(".iex-line-descendant")).not_to_have_count(0)


def test_search_reaches_ops_layers_and_passes_by_keyboard(show: Show) -> None:
    page = show()
    step_to(page, "lower-to-linalg")
    page.locator(".iex-slider").focus()
    page.keyboard.press("/")
    sheet = page.get_by_role("dialog", name="Search")
    page.keyboard.type("linalg.matmul 1x64xf32 dense_3")
    expect(sheet).to_contain_text("1 op at this stage")
    expect(sheet.get_by_role("option").first).to_contain_text("linalg.matmul")
    page.keyboard.press("Enter")
    expect(sheet).to_have_count(0)
    expect(page.locator(".iex-inspector h2")).to_have_text("linalg.matmul")
    expect(page.locator(".iex-inspector")).to_contain_text("digits/dense_3")
    page.keyboard.press("/")
    page.keyboard.type("hoist constants")
    expect(sheet.get_by_role("option").first).to_contain_text("global-optimization-hoist")
    page.keyboard.press("Enter")
    expect(page.locator(".iex-pass-title")).to_contain_text("global-optimization-hoist")
    page.keyboard.press("/")
    page.keyboard.type("nothing-has-this-name")
    expect(sheet).to_contain_text("Nothing at any stage")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_the_help_sheet_and_the_documentation_of_a_pass(show: Show) -> None:
    page = show()
    page.locator(".iex-slider").focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys, signs and words")
    expect(sheet).to_contain_text("previous, next phase")
    page.keyboard.press("Escape")
    expect(page.locator(".iex-slider")).to_be_focused()
    step_to(page, "outline-dispatch")
    pane(page, 1).locator(".cm-line", has_text="%5 = stablehlo.constant").click()
    pane(page, 2).get_by_role("button", name="What flow-outline").click()
    about = page.get_by_role("dialog", name="flow-outline-dispatch-regions")
    expect(about).to_contain_text("each region becomes an executable")


def test_url_keeps_the_view(show: Show) -> None:
    page = show()
    step_to(page, "lower-to-linalg")
    pane(page, 1).locator(".cm-line", has_text="%4 = stablehlo").click()
    pane(page, 2).get_by_role("button", name="Diff", exact=True).click()
    page.wait_for_function("location.hash.includes('diff') && location.hash.includes('sel=')")
    fragment = page.evaluate("location.hash")
    page = show(hash_="")
    page.goto("about:blank")
    page = show(hash_=fragment)
    expect(page.locator(".iex-position")).to_have_text("pass 2/10")
    expect(page.locator(".iex-inspector h2")).to_have_text("stablehlo.dot_general")
    expect(pane(page, 2).get_by_role("button", name="Diff", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize("view", "explorer stepper ir diff graph timeline memory".split())
def test_views_mount_singly(show: Show, view: str) -> None:
    page = show(view=view)
    assert page.locator(".iex").get_attribute("data-view") == view
    expect(page.locator(".iex-inspector:visible")).to_have_count(1 if view == "explorer" else 0)
    others = {"timeline": ".iex-run-timeline", "memory": ".iex-memory-view", "graph": ".iex-canvas"}
    shown = others.get(view, ".cm-content")
    expect(page.locator(shown).first).to_be_visible()


def test_themes_follow_the_system_and_jupyterlab(show: Show, page: Any) -> None:
    page.emulate_media(color_scheme="dark")
    show()
    root = page.locator(".iex")
    expect(root).to_have_attribute("data-theme", "dark")
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Dark theme").click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.evaluate("document.body.dataset.jpThemeName = 'JupyterLab Dark High Contrast'")
    expect(root).to_have_attribute("data-contrast", "more")


def test_keys_typed_in_the_explorer_do_not_leave_it(show: Show) -> None:
    page = show()
    page.evaluate("window.left = []; document.addEventListener('keydown', (e) => left.push(e.key))")
    pane(page, 1).locator(".cm-content").focus()
    for key in ("b", "a", "ArrowDown", "ArrowRight", "Enter", "d"):
        page.keyboard.press(key)
    assert page.evaluate("window.left") == []


def test_failed_import_has_no_steps_but_says_why(show: Show) -> None:
    data = synthetic.recording()
    for table in ("versions", "origins"):
        data[table] = {name: [] for name in data[table]}
    data |= {"steps": [], "events": [], "runs": [], "artifacts": [], "state": "failed"}
    for phase in data["phases"]:
        phase |= {"first": -1, "step": -1, "state": "pending"}
    data["errors"] = [{"code": "IX101", "text": "IX101 expected an operation", "step": -1}]
    page = show(data)
    expect(page.locator(".iex-status")).to_contain_text("IX101 expected an operation")
    for key in ("ArrowRight", "ArrowLeft", "Home", "End", "Enter", "Shift+ArrowRight"):
        page.locator(".iex-slider").press(key)
    for mode in ("Diff", "Graph", "Text"):
        pane(page, 2).get_by_role("button", name=mode, exact=True).click()
    page.get_by_role("button", name="Outline", exact=True).click()
    page.get_by_role("button", name="Compile time", exact=True).click()


def test_damaged_recording_says_so(show: Show, page: Any) -> None:
    show()
    page.evaluate(
        "IreeExplore.mount(document.getElementById('iree-explore'), {recording: new Uint8Array(9)})"
    )
    expect(page.get_by_role("alert")).to_be_visible()
