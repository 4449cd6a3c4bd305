# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The shapes view: symbols lit everywhere, sliders, the inference step by step, contradictions."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import pytest

from iree_explore.recording.schema import encode, plain
from tests.recording import shapes_sample

from . import dynamic
from .test_accessibility import findings
from .test_explorer import expect, pane

Show = Callable[..., Any]


@functools.cache
def compiled(conflict: bool = False) -> dict[str, Any]:
    """A real compilation with unknown sizes."""
    return plain(encode(shapes_sample.sample(conflict)))


def shapes_of(page: Any, number: int = 2) -> Any:
    pane(page, number).get_by_role("button", name="Shapes", exact=True).click()
    return pane(page, number)


def slider(page: Any, name: str) -> Any:
    return page.get_by_role("slider", name=f"size of {name}")


def drag(page: Any, name: str, share: float) -> None:
    """Presses the slider at a share of its length and moves a little."""
    box = slider(page, name).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * share - 3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, y)
    page.mouse.up()


def number(page: Any, name: str) -> Any:
    return page.get_by_role("spinbutton", name=f"{name}, as a number")


def test_a_slider_changes_every_number_at_once(show: Show) -> None:
    page = show(dynamic.recording())
    view = shapes_of(page)
    row = view.get_by_role("table", name="Dispatches").get_by_role("row").nth(1)
    expect(row).to_contain_text("4×8×1")
    expect(row).to_contain_text("4.19 M")
    expect(view.locator("[data-memory=transient]")).to_have_text("128 KiB")
    expect(view.locator("[data-total=flops]")).to_have_text("≥ 4.19 M FLOPs")
    drag(page, "batch", 0.999)
    expect(number(page, "batch")).to_have_value("64")
    expect(row).to_contain_text("4×64×1")
    expect(row).to_contain_text("33.6 M")
    expect(view.locator("[data-memory=transient]")).to_have_text("1.00 MiB")
    page.wait_for_url(re.compile("size=batch%7E64"))
    number(page, "seq").fill("4")
    expect(row).to_contain_text("1×64×1")
    view.get_by_role("button", name="reset batch to 8").click()
    expect(row).to_contain_text("1×8×1")
    expect(number(page, "batch")).to_have_value("8")


def test_a_real_compilation_is_evaluated_as_python_does(show: Show) -> None:
    from iree_explore.shapes.expressions import evaluate

    page = show(compiled())
    view = shapes_of(page)
    number(page, "batch").fill("3")
    number(page, "length").fill("5")
    shapes = compiled()["shapes"]
    scroll = view.locator(".iex-shapes-scroll")
    scroll.evaluate("e => { e.scrollTop = e.querySelector('.iex-rows').offsetTop - 60 }")
    sizes = {symbol["name"]: 8 for symbol in shapes["symbols"]} | {"batch": 3, "length": 5}
    first = shapes["dispatches"][0]
    row = view.get_by_role("table", name="Dispatches").get_by_role("row").nth(1)
    groups = [evaluate(shapes["sizes"]["text"][i], sizes) for i in first["workgroups"]]
    expect(row).to_contain_text("×".join(map(str, groups)) if groups else "–")
    transient = max(
        evaluate(shapes["sizes"]["text"][each["bytes"]], sizes)
        for each in shapes["allocations"]
        if each["kind"] == "transient"
    )
    expect(view.locator("[data-memory=transient]")).to_have_text(f"{transient} B")


def test_a_symbol_is_lit_in_every_pane_and_the_inspector(show: Show) -> None:
    page = show(compiled())
    shapes_of(page)
    page.locator(".iex-phase").get_by_text("flow", exact=True).click()
    page.locator(".iex-pane").nth(0).locator(".cm-line", has_text="= stablehlo.add").click()
    chip = pane(page, 1).locator(".iex-dim[data-symbol=length]").first
    assert chip.evaluate("e => getComputedStyle(e, '::after').content") == '"length"'
    assert chip.inner_text() == "?"
    chip.click()
    expect(pane(page, 1).locator(".iex-dim-lit").first).to_be_visible()
    note = pane(page, 1).locator(".iex-lit-note")
    expect(note).to_have_text(re.compile(r"^◆ length in \d+ ops$"))
    count = re.sub(r"\D", "", note.inner_text())
    expect(page.locator(".iex-phase", has_text="import")).to_contain_text(f"◆{count}")
    pressed = page.locator(".iex-symbol[data-symbol=length][aria-pressed=true]")
    expect(pane(page, 2).locator(pressed).first).to_be_visible()
    expect(page.locator(".iex-inspector").locator(pressed).first).to_be_visible()
    expect(pane(page, 2).locator(".iex-row-lit").first).to_be_visible()
    pane(page, 2).get_by_role("button", name="Graph", exact=True).click()
    pane(page, 2).get_by_role("button", name="Table", exact=True).click()
    expect(pane(page, 2).locator("td .iex-symbol[aria-pressed=true]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".iex-dim-lit")).to_have_count(0)
    expect(page.locator(".iex-phase-lit")).to_have_count(0)


def test_every_unknown_size_of_every_phase_has_its_symbol(show: Show) -> None:
    page = show(compiled())
    for phase in ("import", "input", "dispatch-creation", "flow", "stream", "hal"):
        page.locator(".iex-phase").get_by_text(phase, exact=True).click()
        expect(page.locator(".iex-phase[aria-current]")).to_contain_text(phase)
        missing = pane(page, 2).evaluate(
            """pane => [...pane.querySelectorAll('.cm-line')].filter((line) =>
                 (line.textContent.match(/\\?(?=x)/g) ?? []).length
                   > line.querySelectorAll('.iex-dim').length).map((line) => line.textContent)"""
        )
        assert missing == [], phase


def test_what_is_copied_is_the_ir(show: Show) -> None:
    page = show(compiled())
    page.evaluate(
        """() => document.addEventListener('copy', (event) => {
             window.copied = event.clipboardData.getData('text/plain') })"""
    )
    line = pane(page, 1).locator(".cm-line", has_text="stablehlo.add").first
    line.click(click_count=3, position={"x": 120, "y": 6})
    page.keyboard.press("Control+c")
    copied = page.evaluate("window.copied || getSelection().toString()")
    assert copied.strip() == "%4 = stablehlo.add %3, %b2_2 : tensor<?x?x8xf32>"


def test_symbols_can_be_switched_off(show: Show) -> None:
    page = show(compiled())
    toggle = pane(page, 1).get_by_role("button", name="Symbols in place of ?")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert pane(page, 1).locator(".iex-dim").count() > 5
    toggle.click()
    expect(page.locator(".iex-dim")).to_have_count(0)
    page.wait_for_function("location.hash.includes('symbols=0')")
    page.reload()
    page.wait_for_selector(".iex")
    expect(page.locator(".iex-dim")).to_have_count(0)


def test_where_a_size_became_dynamic_is_pinned(show: Show) -> None:
    page = show(dynamic.recording())
    page.set_viewport_size({"width": 2200, "height": 900})
    expect(pane(page, 1).locator(".cm-line", has_text="func.func")).to_contain_text(
        "◉ batch, seq (start here)"
    )
    expect(pane(page, 1).locator(".cm-line", has_text="custom_call")).to_contain_text("◉ n (starts")
    shapes_of(page)
    page.get_by_role("button", name="◉ known only from data").click()
    expect(page.locator(".iex-inspector")).to_contain_text("stablehlo.custom_call")
    expect(page.locator(".iex-inspector")).to_contain_text("Shape facts")


def test_calls_that_would_be_refused_say_why(show: Show) -> None:
    page = show(dynamic.recording())
    verdict = shapes_of(page).locator(".iex-verdict")
    expect(verdict).to_contain_text("accepted")
    number(page, "batch").fill("12")
    expect(verdict).to_contain_text("✕ a call with these sizes is refused")
    expect(verdict).to_contain_text("batch is 12: it is a multiple of 8")
    expect(number(page, "batch")).to_have_attribute("aria-invalid", "true")
    number(page, "batch").fill("16")
    number(page, "seq").fill("130")
    expect(verdict).to_contain_text("mod(seq, 4) == 0 is needed, but 2 is not 0")
    verdict.get_by_role("button", name="show").click()
    expect(page.locator(".iex-inspector")).to_contain_text("each call must have")


def test_the_inference_goes_forward_and_back(show: Show) -> None:
    page = show(dynamic.recording(), view="shapes")
    page.get_by_role("button", name="Step through the inference").click()
    position = page.locator(".iex-propagation .iex-position")
    expect(position).to_have_text("step 1/8")
    visited = page.locator(".iex-line-visited")
    expect(visited).to_contain_text("tensor.dim")
    multiply = page.locator(".cm-line", has_text="stablehlo.dot_general")
    assert multiply.locator(".iex-dim").count() < 4  # its own result is not known yet
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(position).to_have_text("step 4/8")
    expect(visited).to_contain_text("stablehlo.multiply")
    expect(page.locator(".iex-propagation-words")).to_contain_text(
        "learnt rows == batch, cols == seq"
    )
    values = page.get_by_role("table", name="Values")
    page.locator(".iex-shapes-scroll").evaluate("e => { e.scrollTop = 1e6 }")
    expect(values.get_by_role("row", name="broadcast_in_dim")).to_contain_text("rows × cols × 64")
    expect(values.get_by_role("row", name="dot_general")).to_contain_text("? × ? × 32")
    page.get_by_role("button", name="Next step (Right)").click()
    expect(visited).to_contain_text("broadcast_in_dim")
    expect(page.locator(".iex-propagation-words")).to_contain_text("backward")
    expect(values.get_by_role("row", name="broadcast_in_dim")).to_contain_text("batch × seq × 64")
    page.get_by_role("button", name="Previous step (Left)").click()
    expect(position).to_have_text("step 4/8")
    page.get_by_role("slider", name="Step of the shape inference").focus()
    page.keyboard.press("End")
    expect(position).to_have_text("step 8/8")
    expect(multiply.locator(".iex-dim")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(visited).to_have_count(0)


def test_stepping_shows_the_import_where_no_pane_did(show: Show) -> None:
    page = show(compiled())
    pane(page, 1).get_by_role("combobox", name="Stage").select_option("phase:stream")
    shapes_of(page).get_by_role("button", name="Step through the inference").click()
    expect(pane(page, 1).locator(".iex-line-visited")).to_be_visible()
    expect(pane(page, 1).get_by_role("combobox", name="Stage")).to_have_value("phase:import")


@pytest.mark.parametrize("data", ["by hand", "compiled"])
def test_a_contradiction_is_marked_and_the_rest_is_drawn(show: Show, data: str) -> None:
    page = show(dynamic.recording(conflict=True) if data == "by hand" else compiled(True))
    banner = page.get_by_role("region", name="Contradictions")
    expect(banner).to_contain_text("1 contradiction")
    expect(banner).to_contain_text("cannot hold")
    page.keyboard.press("End")
    banner.get_by_role("button", name="go to").first.click()
    expect(page.locator(".iex-line-conflict.iex-line-self").first).to_contain_text(
        "✕ contradiction"
    )
    expect(page.locator(".iex-inspector")).to_contain_text("✕ contradiction:")
    assert pane(page, 1).locator(".iex-dim").count() > 3
    pane(page, 2).get_by_role("button", name="Graph", exact=True).click()
    pane(page, 2).get_by_role("button", name="Table", exact=True).click()
    expect(pane(page, 2)).to_contain_text("✕ contradiction")


def test_the_state_is_in_the_address(show: Show) -> None:
    page = show(dynamic.recording())
    shapes_of(page)
    number(page, "seq").fill("64")
    page.get_by_role("button", name="seq", exact=True).first.click()
    page.wait_for_url(re.compile("size=seq%7E64.*symbol=seq"))
    page.reload()
    page.wait_for_selector(".iex")
    expect(number(page, "seq")).to_have_value("64")
    expect(page.locator(".iex-symbol-lit")).to_contain_text("seq")


def test_sizes_are_chosen_with_keys(show: Show) -> None:
    page = show(dynamic.recording(), view="shapes", sizes={"seq": 256}, symbol="batch")
    expect(number(page, "seq")).to_have_value("256")
    expect(page.locator(".iex-symbol-lit")).to_contain_text("batch")
    slider(page, "batch").focus()
    page.keyboard.press("ArrowRight")
    expect(number(page, "batch")).to_have_value("16")
    page.keyboard.press("End")
    expect(number(page, "batch")).to_have_value("64")
    page.keyboard.press("PageDown")
    expect(number(page, "batch")).to_have_value("32")


def test_a_static_model_says_that_it_is(show: Show) -> None:
    page = show()
    expect(shapes_of(page)).to_contain_text("Every size of this model is static")
    expect(page.get_by_role("button", name="Symbols in place of ?")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("contrast", ["normal", "more"])
def test_nothing_serious(show: Show, theme: str, contrast: str) -> None:
    page = show(dynamic.recording(), theme=theme)
    if contrast == "more":
        page.emulate_media(contrast="more")
    shapes_of(page)
    page.locator(".cm-line", has_text="multiply").first.click()
    number(page, "batch").fill("12")
    page.get_by_role("button", name="seq", exact=True).first.click()
    page.wait_for_timeout(100)
    assert findings(page) == []
    page.get_by_role("button", name="Step through the inference").click()
    page.wait_for_timeout(100)
    assert findings(page) == []
    page = show(dynamic.recording(conflict=True), theme=theme)
    page.wait_for_timeout(100)
    assert findings(page) == []


@pytest.mark.parametrize("width", [640, 900])
def test_nothing_is_cut_off_in_a_narrow_notebook(show: Show, width: int) -> None:
    page = show(dynamic.recording(), view="shapes")
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("button", name="Step through the inference").click()
    page.wait_for_timeout(100)
    wide = page.evaluate(
        "[...document.querySelectorAll("
        "'.iex-pane-header, .iex-shapes-scroll, .iex-symbol-row, .iex-propagation-line')]"
        ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
