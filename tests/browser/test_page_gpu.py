# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exported pages that run the model on their reader's GPU: Chromium's WebGPU on SwiftShader."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.widgets import bundle
from tests.targets.wgsl.page import FLAGS, served

expect = pytest.importorskip("playwright.sync_api").expect

LAYER = """func.func @main(%x: tensor<3x16xf32>) -> tensor<3x8xf32> {
  %w = stablehlo.constant dense_resource<weights> : tensor<16x8xf32>
  %0 = stablehlo.dot %x, %w : (tensor<3x16xf32>, tensor<16x8xf32>) -> tensor<3x8xf32>
  %1 = stablehlo.tanh %0 : tensor<3x8xf32>
  return %1 : tensor<3x8xf32>
}

{-# dialect_resources: { builtin: { weights: "0x04000000WEIGHTS" } } #-}
"""


@pytest.fixture(scope="module")
def session() -> ie.Session:
    weights = np.random.default_rng(7).standard_normal((16, 8)).astype(np.float32)
    text = LAYER.replace("WEIGHTS", weights.tobytes().hex().upper())
    x = np.random.default_rng(8).standard_normal((3, 16)).astype(np.float32)
    return ie.explore(text, inputs=[x], targets=("webgpu-spirv",), name="layer").wait()


@pytest.fixture(scope="module")
def pages(session: ie.Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the session's page, with its weights inside and beside it."""
    if not (bundle.STATIC / bundle.IIFE).is_file():
        pytest.skip("the front end is not built: pip install -e .")
    folder = tmp_path_factory.mktemp("pages")
    session.to_html(folder / "layer.html")
    session.to_html(folder / "large.html", weights=False)
    assert (folder / "large.weights").stat().st_size >= 16 * 8 * 4
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(playwright: Any) -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    found = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield found
    found.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    page = chromium.new_page(viewport={"width": 1400, "height": 860})
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not errors, errors


def opened(page: Any, address: str) -> Any:
    """The run panel of a page."""
    page.goto(address)
    page.wait_for_selector(".iex")
    return page.locator(".iex-run")


def run(panel: Any) -> None:
    panel.get_by_role("button", name="Run", exact=True).click()


def test_an_exported_page_runs_the_model(page: Any, pages: str) -> None:
    panel = opened(page, pages + "/layer.html")
    expect(panel.get_by_label("Target and device")).to_contain_text("this browser")
    panel.get_by_label("Repetitions").fill("3")
    run(panel)
    expect(panel).to_contain_text(re.compile("largest difference from reference|results equal"))
    expect(panel).to_contain_text("GPU timestamps")
    rows = panel.locator("tbody tr")
    expect(rows.first).to_contain_text("matmul")
    rows.first.get_by_role("button").click()  # a dispatch leads to its ops
    expect(page.locator(".iex-inspector")).to_contain_text("dispatch")
    run(panel)  # the device is kept
    expect(panel.get_by_label("Which run").locator("option")).to_have_count(2)


def test_weights_beside_the_page_come_on_request(page: Any, pages: str, tmp_path: Path) -> None:
    panel = opened(page, pages + "/large.html")
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    expect(panel).to_contain_text("load the weights first")
    wrong = tmp_path / "wrong.weights"
    wrong.write_bytes(b"no weights")
    panel.get_by_label("Weights file").set_input_files(wrong)
    expect(panel.get_by_role("status")).to_contain_text("this file has 10")
    panel.get_by_role("button", name="Load large.weights").click()
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    panel.get_by_label("Repetitions").fill("2")
    run(panel)
    expect(panel).to_contain_text(re.compile("largest difference|equal"))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("delete Navigator.prototype.gpu", "This browser has no WebGPU"),
        ("GPU.prototype.requestAdapter = async () => null", "WebGPU finds no GPU"),
        (
            "const make = GPUDevice.prototype.createShaderModule;"
            "GPUDevice.prototype.createShaderModule = function (d) {"
            "  return make.call(this, { ...d, code: d.code.replace('fn ', 'fun ') }); }",
            "rejects 1 of 1 kernels",
        ),
        (
            "GPUQueue.prototype.submit = function () { window.lose(); };"
            "const open = GPUAdapter.prototype.requestDevice;"
            "GPUAdapter.prototype.requestDevice = async function (d) {"
            "  const made = await open.call(this, d); window.lose = () => made.destroy();"
            "  return made; }",
            "The GPU was lost",
        ),
        (
            "GPUAdapter.prototype.requestDevice = async () => { throw new Error('too many'); }",
            "The GPU cannot be opened",
        ),
    ],
    ids=["no WebGPU", "no adapter", "shader", "lost", "refused"],
)
def test_what_goes_wrong_is_said_and_the_page_survives(
    page: Any, pages: str, script: str, words: str
) -> None:
    page.add_init_script(script)
    panel = opened(page, pages + "/layer.html")
    run(panel)
    expect(panel.get_by_role("status")).to_contain_text(words)
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    expect(page.locator(".cm-line").first).to_be_visible()


def test_kernels_are_panes_joined_to_the_model(page: Any, pages: str) -> None:
    opened(page, pages + "/layer.html")
    first, second = page.locator(".iex-pane").nth(0), page.locator(".iex-pane").nth(1)
    for kind, text in (("SPIR-V", "Op[A-Z]"), ("WGSL", "@compute|let |var ")):
        label = second.get_by_label("Stage").locator("option", has_text=f"{kind} · ").first
        second.get_by_label("Stage").select_option(value=label.get_attribute("value"))
        first.locator(".cm-line", has_text="stablehlo.tanh").click()
        line = second.locator(".iex-line-descendant").first  # it is scrolled to
        expect(line).to_contain_text(re.compile(text))
        line.click()
        expect(second.locator(".iex-line-self").first).to_be_visible()
        expect(first.locator(".iex-line-ancestor").first).to_contain_text("stablehlo.")
