# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which worker ran what when: a row a worker under the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import synthetic
from .test_explorer import expect

Show = Callable[..., Any]


def with_spans() -> dict[str, Any]:
    """Dispatch 0 on both workers at once, dispatch 1 on worker 1 in two chunks that follow."""
    data = synthetic.recording()
    first, second = data["runs"][-1]["dispatches"][:2]
    first["spans"] = [0, 0, 0, 6000, 1, 2, 1000, 5000]
    second["spans"] = [1, 0, 5000, 7000, 1, 2, 7100, 10000]
    return data


def test_overlapping_dispatches_are_drawn_in_a_row_a_worker(show: Show) -> None:
    page = show(with_spans(), view="timeline")
    chart = page.get_by_role("group", name="Workers")
    expect(chart).to_contain_text("2 workers in the last repetition: 1.50 busy on average, 10.0 µs")
    rows = chart.locator(".iex-worker")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("60 %")
    expect(rows.nth(1)).to_contain_text("90 %")
    bars = rows.nth(1).get_by_role("button")
    expect(bars).to_have_count(2)  # chunks that follow each other are one bar
    expect(bars.nth(1)).to_have_accessible_name(
        "1 matmul_1x64x64_f32: 2 chunks of 4×1×1 workgroups, 5.00 µs from 5.00 µs"
    )
    bars.nth(1).click()
    expect(page.locator(".iex-lane-lit").first).to_be_visible()


def test_a_run_without_spans_has_no_chart(show: Show) -> None:
    page = show(view="timeline")
    expect(page.get_by_role("region", name="Timeline")).to_be_visible()
    expect(page.get_by_role("group", name="Workers")).to_have_count(0)
