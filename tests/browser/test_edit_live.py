# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Editing in JupyterLab: problems as typed, a branch, two branches compared, a pass's matches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .test_lab import MLP, expect
from .test_lab import lab as lab
from .test_lab import notebook as notebook

CELL = f'''import iree_explore as ie
SOURCE = """{MLP}"""
session = ie.explore(SOURCE, name="mlp").wait()
@ie.rewrite("stablehlo.*", before="input")
def look(op):
    ie.require(op.name == "stablehlo.tanh", "it is no tanh")
    ie.require(False, "tanh stays")
report = session.insert(look)
session'''


def test_edit_resume_compare(notebook: Callable[..., Any]) -> None:
    page = notebook(CELL)
    explorer = page.locator(".iex").first
    expect(explorer, 90).to_be_visible()
    explorer.get_by_role("button", name="Edit", exact=True).click()
    panel = explorer.locator(".iex-edit")
    expect(panel.get_by_role("group", name="Branches"), 30).to_contain_text("look")
    panel.get_by_label("Stage to edit").select_option("import")
    panel.get_by_role("button", name="Edit this stage").click()
    editor = panel.get_by_label("IR to edit")
    expect(editor, 30).to_contain_text("stablehlo.tanh")

    def replace(old: str, new: str) -> None:
        editor.click()
        page.keyboard.press("ControlOrMeta+f")
        find = panel.get_by_placeholder("Find")
        find.fill(old)
        panel.get_by_placeholder("Replace").fill(new)
        panel.get_by_role("button", name="replace all").click()
        page.keyboard.press("Escape")

    replace("stablehlo.tanh", "stablehlo.tanx")
    problems = panel.get_by_role("list", name="Problems")
    expect(problems, 30).to_contain_text("unknown op stablehlo.tanx")
    expect(panel.locator(".iex-squiggle"), 10).to_have_text("stablehlo.tanx")
    expect(panel.get_by_role("button", name="Resume from here")).to_be_disabled()
    problems.get_by_role("button").first.press("Enter")
    replace("stablehlo.tanx", "stablehlo.negate")
    expect(panel.get_by_role("status"), 30).to_have_text("no problems")
    panel.get_by_label("Name of the branch").fill("negated")
    panel.get_by_role("button", name="Resume from here").click()
    branch = panel.get_by_role("button", name="negated")
    expect(branch, 60).to_have_attribute("aria-pressed", "true")
    expect(explorer.locator(".iex-name"), 30).to_contain_text("[negated]")
    panel.get_by_label("Branch to compare with").select_option("main")
    panel.get_by_role("button", name="Compare").click()
    side = panel.get_by_role("region", name="Comparison and passes")
    expect(side, 60).to_contain_text("DIFFERENT")
    expect(side).to_contain_text("stablehlo.negate")
    expect(side).to_contain_text("× as fast")
    panel.get_by_role("button", name="look (pass before input").click()
    expect(side, 30).to_contain_text("it is no tanh")
    expect(side).to_contain_text("1 condition held, then: tanh stays")
    side.get_by_role("button", name="tanh").first.click()
    expect(explorer.locator(".iex-line-self").first, 20).to_be_visible()
