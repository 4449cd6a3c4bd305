# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each dispatch reached of the roofline: in the run's table, beside the code, as a chart."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import synthetic
from .test_explorer import expect, pane

Show = Callable[..., Any]


def test_the_table_has_rates_and_shares(show: Show) -> None:
    page = show()
    table = page.get_by_role("region", name="Times")
    for name in ("GFLOP/s", "GB/s", "FLOP/byte", "Roofline"):
        expect(table.get_by_role("columnheader", name=name)).to_be_visible()
    first = table.get_by_role("row").nth(1)  # 60,000 operations, 4,000 bytes in 2.19 us
    expect(first).to_contain_text("27.5")
    expect(first).to_contain_text("14 % arithmetic")
    expect(first.get_by_title("bound by arithmetic: at best 200 GFLOP/s in f32")).to_have_count(1)
    expect(table.get_by_role("row").nth(2)).to_contain_text("memory")


def test_the_share_stands_beside_the_code_and_in_the_inspector(show: Show) -> None:
    page = show()
    page.get_by_role("region", name="Times").get_by_role("button").first.click()
    expect(page.get_by_label("Inspector")).to_contain_text("14 % of the roofline")
    page.locator(".iex-phase", has_text="flow").click()
    expect(pane(page, 2)).to_contain_text(re.compile(r"· 14 % of roofline"))


def test_the_chart_has_a_point_for_each_dispatch_that_computes(show: Show) -> None:
    page = show()
    page.get_by_role("button", name="Roofline", exact=True).click()
    chart = page.get_by_role("group", name="Roofline chart")
    points = chart.get_by_role("button")
    drawn = sum(d["flops"] > 0 for d in synthetic.recording()["runs"][0]["dispatches"])
    expect(points).to_have_count(drawn)
    expect(page.get_by_role("region", name="Roofline")).to_contain_text("1 without arithmetic")
    points.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".iex-dot-lit")).to_have_count(1)
    expect(page.get_by_label("Inspector")).to_contain_text("flow.dispatch")


def test_a_run_without_a_peak_says_so(show: Show) -> None:
    data = synthetic.recording()
    del data["runs"][0]["roofline"]
    for dispatch in data["runs"][0]["dispatches"]:
        for key in ("flops", "nbytes", "element"):
            del dispatch[key]  # as older recordings are
    page = show(data, view="roofline")
    expect(page.get_by_role("region", name="Roofline")).to_contain_text("No peak was measured")
