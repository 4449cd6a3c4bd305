# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The shapes view in a real JupyterLab: its sliders and Python's traits follow each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .test_lab import expect
from .test_lab import lab as lab
from .test_lab import notebook as notebook

DYNAMIC = '''import ipywidgets
import iree_explore as ie
MODEL = """
func.func public @main(%x: tensor<?x8xf32>) -> tensor<?x3xf32> {
  %v = stablehlo.constant dense<0.25> : tensor<8x3xf32>
  %0 = stablehlo.tanh %x : tensor<?x8xf32>
  %1 = stablehlo.dot_general %0, %v, contracting_dims = [1] x [0]
      : (tensor<?x8xf32>, tensor<8x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}
"""
view = ie.widgets.ShapeView(ie.explore(MODEL).wait())
view'''
LINKED = """box = ipywidgets.IntText(description="rows")
said = ipywidgets.Label("nothing chosen")
box.observe(lambda change: setattr(view, "sizes", {"arg0_d0": change.new}), "value")
view.observe(lambda change: setattr(said, "value", f"python has {change.new}"), "sizes")
ipywidgets.VBox([box, said])"""


def test_sliders_and_traits_follow_each_other(notebook: Callable[..., Any]) -> None:
    page = notebook(DYNAMIC, LINKED)
    explorer = page.locator(".iex").first
    expect(explorer, 90).to_be_visible()
    size = explorer.get_by_role("spinbutton", name="arg0_d0, as a number")
    expect(size, 30).to_have_value("8")
    box = page.locator(".widget-text input")
    expect(box, 30).to_be_visible()
    box.fill("100")
    box.press("Enter")
    expect(size, 20).to_have_value("100")
    expect(explorer.locator("[data-total=flops]"), 20).to_contain_text("5,600 FLOPs")
    slider = explorer.get_by_role("slider", name="size of arg0_d0")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".widget-label", has_text="python has"), 20).to_contain_text(
        "python has {'arg0_d0': 101}"
    )
    # Keys typed in the view are not the notebook's: no cell was added.
    page.keyboard.press("b")
    expect(page.locator(".jp-CodeCell"), 10).to_have_count(2)
