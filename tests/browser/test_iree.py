# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A page that shows the real IREE beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import iree_explore as ie

from .test_explorer import expect, pane

TEXT = """
func.func @main(%x: tensor<4x8xf32>, %y: tensor<8x5xf32>) -> tensor<4x5xf32> {
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0]
    : (tensor<4x8xf32>, tensor<8x5xf32>) -> tensor<4x5xf32>
  func.return %0 : tensor<4x5xf32>
}
"""


def test_phases_of_iree_follow_ours_and_light_with_them(page: Any, tmp_path: Path) -> None:
    session = ie.explore(TEXT, targets=["iree:llvm-cpu"]).wait()
    page.goto(session.to_html(tmp_path / "both.html").as_uri())
    expect(pane(page, 2)).to_contain_text("flow.dispatch @")  # opened where dispatches are
    expect(pane(page, 2)).not_to_contain_text("vm.module")
    page.locator(".iex-phase", has_text="IREE").filter(has_text="vm").click()
    expect(pane(page, 2)).to_contain_text("vm.module")
    flow = page.locator(".iex-phase", has_text="IREE").filter(has_text="flow")
    expect(flow).to_have_count(1)
    flow.click()
    expect(pane(page, 2)).to_contain_text("linalg.matmul")
    pane(page, 1).get_by_text("stablehlo.dot_general").first.click()
    lit = pane(page, 2).locator(".iex-line-descendant")
    expect(lit.filter(has_text="linalg.matmul")).to_have_count(1)
