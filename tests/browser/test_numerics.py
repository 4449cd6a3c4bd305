# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Errors in the table, text, graph and inspector; what was found; a check while a cell runs."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

from iree_explore.recording.files import to_bytes
from iree_explore.session import Session

from . import synthetic
from .test_accessibility import findings
from .test_explorer import expect, pane, step_to
from .test_lab import MLP
from .test_lab import expect as expect_for
from .test_lab import lab as lab
from .test_lab import notebook as notebook

Show = Callable[..., Any]


def checked() -> dict[str, Any]:
    """A recording whose third product is wrong from `input` on, and where that was found."""
    data = synthetic.recording()
    names = [data["strings"][i] for i in data["versions"]["name"]]
    ops = data["versions"]["op"]
    dots = [op for op, name in zip(ops, names, strict=True) if name == "stablehlo.dot_general"]
    products = [op for op, name in zip(ops, names, strict=True) if name == "linalg.matmul"][:6]
    step = next(p["step"] for p in data["phases"] if p["name"] == "input")
    event = next(e for e in data["events"] if products[2] in data["sets"][e["created"]])
    count = len(products)
    data["numerics"] = [
        {
            "function": "main", "mode": "isolated", "started": "2026-01-01T00:00:00+00:00",
            "elapsedNs": 1_000_000, "inputs": ["1x64xfloat32"],
            "stages": [
                {"stage": "input", "step": step, "error": 0.25, "tolerance": 1e-4,
                 "state": "wrong", "problem": "", "values": count, "skipped": 3},
                {"stage": "hal", "step": len(data["steps"]) - 1, "error": 0, "tolerance": 0,
                 "state": "unknown", "problem": "not evaluated: too long", "values": 0,
                 "skipped": 0},
            ],
            "values": {
                "stage": [0] * count, "op": products, "result": [0] * count,
                "reference": dots[:count], "maxAbs": [0, 1e-6, 0.5, 1e-6, 1e-6, 0],
                "maxRel": [0, 2e-7, 0.25, 1e-7, 1e-7, 0], "ulp": [0, 2, 1e6, 1, 1, 0],
                "nans": [0] * count, "infs": [0] * count, "differ": [0, 4, 64, 2, 2, 0],
                "size": [64] * count, "wrong": [0, 0, 1, 0, 0, 0],
            },
        }
    ]  # fmt: skip
    data["found"] = [
        {
            "function": "main", "started": "2026-01-01T00:00:00+00:00", "phase": "input",
            "pass": data["steps"][event["step"]]["pass"], "step": event["step"],
            "event": data["events"].index(event), "first": 3, "last": 3, "count": 6,
            "pattern": data["strings"][event["pattern"]],
            "file": "iree_explore/passes/example.py", "line": 41, "before": 0, "after": 0.25,
            "tolerance": 1e-4, "problem": "", "sources": ["digits/dense_2"], "ops": [products[2]],
            "cell": "compare_pass('...')",
        }
    ]  # fmt: skip
    return data


def test_errors_are_everywhere_and_a_click_selects(show: Show) -> None:
    page = show(checked())
    page.get_by_role("button", name="Numerics", exact=True).click()
    values = page.get_by_role("region", name="Values")
    expect(values.get_by_role("row")).to_have_count(7)
    first = values.get_by_role("row").nth(1)
    expect(first).to_contain_text("✗ 2.5e-1")
    expect(first).to_contain_text("digits/dense_2")
    expect(page.get_by_role("region", name="Stages")).to_contain_text("✗ first wrong: input")
    expect(page.get_by_role("region", name="Stages")).to_contain_text("? not evaluated")
    first.get_by_role("button").first.click()
    expect(page.locator(".iex-phase[aria-current]")).to_contain_text("input")
    expect(page.get_by_label("Inspector").get_by_role("table")).to_contain_text("✗ 2.5e-1")
    expect(pane(page, 2).locator(".iex-badge-error-wrong")).to_have_text("✗ 2.5e-1")
    expect(pane(page, 2).locator(".iex-badge-error-same").first).to_have_text("=")
    pane(page, 2).get_by_role("button", name="Graph", exact=True).click()
    pane(page, 2).get_by_role("button", name="Table", exact=True).click()
    node = pane(page, 2).get_by_role("row").filter(has_text="✗ 2.5e-1")
    expect(node).to_have_count(1)
    expect(page.get_by_role("button", name="Check numerics")).to_be_disabled()
    for theme in ("light", "dark"):
        assert findings(page) == [], theme
        page.get_by_role("button", name=re.compile("(Dark|Light) theme")).click()


def test_what_was_found_is_shown_and_gone_to(show: Show) -> None:
    page = show(checked())
    page.get_by_role("button", name="Numerics", exact=True).click()
    found = page.get_by_role("region", name="The first wrong rewrite")
    expect(found).to_contain_text("rewrite 3 of 6")
    expect(found).to_contain_text("compare_pass('...')")
    expect(found.get_by_role("button", name="Copy the cell")).to_be_visible()
    found.get_by_role("button", name="Go there").click()
    expect(page.locator(".iex-pass-title strong")).to_have_text("input-lower-to-linalg")
    expect(page.locator(".iex-rewrites")).to_contain_text("rewrite ")
    expect(page.locator(".iex-inspector h2")).to_have_text("stablehlo.dot_general")


def test_a_check_runs_while_a_cell_does(notebook: Callable[..., Any]) -> None:
    broken = (
        "import iree_explore as ie\nfrom tests.recording.planted import planted\n"
        f"spoilt = planted('LowerTanh')\nspoilt.__enter__()\ns = ie.explore('''{MLP}''').wait()\ns"
    )
    busy = "import time\nend = time.time() + 25\nwhile time.time() < end: time.sleep(.05)"
    busy += "\nprint('ov' + 'er')"
    page = notebook(broken, busy)
    explorer = page.locator(".iex").first
    expect_for(explorer, 60).to_be_visible()
    explorer.get_by_role("button", name="Numerics", exact=True).click()
    explorer.get_by_role("button", name="Check numerics").click()
    stages = explorer.get_by_role("region", name="Stages")
    expect_for(stages, 20).to_contain_text("first wrong: input")
    explorer.get_by_role("button", name="Find it").click()
    found = explorer.get_by_role("region", name="The first wrong rewrite")
    expect_for(found, 20).to_contain_text("LowerTanh")
    assert page.get_by_text("over", exact=True).count() == 0, "the cell was over first"
    expect_for(explorer.locator(".iex-pass-title strong"), 5).to_have_text("input-lower-to-linalg")
    expect_for(explorer.locator(".iex-rewrites"), 10).to_contain_text("text after this rewrite")
    found.get_by_role("button", name="Insert below").click()
    expect_for(page.locator(".jp-Cell").nth(1), 10).to_contain_text("compare_pass")


def test_the_text_between_rewrites_is_stepped(show: Show) -> None:
    session = Session(MLP, stop="flow").wait()
    recording = session.recording
    step = next(i for i, s in enumerate(recording.steps) if s.pass_name == "input-lower-to-linalg")
    session.rewrites(step)
    page = show(json.loads(gzip.decompress(to_bytes(session.recording))))
    step_to(page, "lower-to-linalg")
    text = pane(page, 2)
    expect(text).not_to_contain_text("stablehlo.tanh")
    text.get_by_role("button", name="Diff", exact=True).click()
    page.locator(".iex-slider").focus()
    first, last = recording.steps[step].events
    seen = []
    for k in range(1, last - first + 1):
        page.keyboard.press("Enter")
        expect(page.locator(".iex-rewrite")).to_have_text(f"rewrite {k}/{last - first}")
        expect(page.locator(".iex-rewrites")).to_contain_text("text after this rewrite")
        seen.append("stablehlo.tanh" in text.locator(".cm-content").inner_text())
    assert seen[0] and not seen[-1], "it is there first, then shown as removed, then gone"
    page.wait_for_function(f"location.hash.startsWith('#step={step - 1}.')")  # once it rests
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".iex-rewrite")).to_have_text(f"rewrite {last - first - 1}/{last - first}")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".iex-rewrites")).not_to_contain_text("text after this rewrite")
