# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer in a real JupyterLab with a real kernel: shown, stepped, run, saved."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import synthetic

ROOT = Path(__file__).parents[2]
MLP = """
func.func public @main(%x: tensor<4x8xf32>) -> tensor<4x3xf32> {
  %w = stablehlo.constant dense<0.5> : tensor<8x16xf32>
  %b = stablehlo.constant dense<0.1> : tensor<16xf32>
  %v = stablehlo.constant dense<0.25> : tensor<16x3xf32>
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
      : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<16xf32>) -> tensor<4x16xf32>
  %2 = stablehlo.add %0, %1 : tensor<4x16xf32>
  %3 = stablehlo.tanh %2 : tensor<4x16xf32>
  %4 = stablehlo.dot_general %3, %v, contracting_dims = [1] x [0]
      : (tensor<4x16xf32>, tensor<16x3xf32>) -> tensor<4x3xf32>
  return %4 : tensor<4x3xf32>
}
"""


def expect(locator: Any, timeout_s: float = 30) -> Any:
    from playwright.sync_api import expect as expect_

    expect_.set_options(timeout=timeout_s * 1000)
    return expect_(locator)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab server on a free port: its address and the folder that it serves."""
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": str(ROOT),
    }
    with open(home / "log.txt", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
             f"--ServerApp.port={port}", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1",
             f"--ServerApp.root_dir={work}", "--ServerApp.disable_check_xsrf=True",
             "--LabApp.expose_app_in_browser=True"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status", server, home / "log.txt")
        yield address, work
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # the server ends its kernels
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {url}: {log.read_text()[-2000:]}")


@pytest.fixture
def notebook(lab: tuple[str, Path], page: Any) -> Callable[..., Any]:
    """`notebook(code, ...)` opens a notebook of these cells in Lab and runs them all;
    `notebook(path=...)` one that is there."""
    address, work = lab

    def run(*cells: str, path: str = "") -> Any:
        name = path or f"{time.monotonic_ns()}.ipynb"
        if not path:
            (work / name).write_text(json.dumps(_notebook(cells)))
        page.set_viewport_size({"width": 1500, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/lab/tree/{name}?reset")
        page.evaluate("""async () => {
          const until = async (test) => {
            for (let i = 0; i < 600; i++) {
              const found = test();
              if (found) return found;
              await new Promise((done) => setTimeout(done, 100));
            }
            throw new Error("not there in a minute");
          };
          const app = await until(() => window.jupyterapp);
          await app.restored;
          const panel = await until(() => {
            const current = app.shell.currentWidget;
            return current?.sessionContext?.session?.kernel ? current : null;
          });
          await panel.sessionContext.ready;
          await panel.sessionContext.session.kernel.info;  // else what is sent is dropped
          void app.commands.execute("notebook:run-all-cells");
        }""")
        return page

    return run


def _notebook(cells: tuple[str, ...]) -> dict[str, Any]:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "source": source,
             "outputs": [], "execution_count": None}
            for i, source in enumerate(cells)
        ],
    }  # fmt: skip


def count_cells(page: Any) -> int:
    return page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")


def test_saved_recording_is_shown_stepped_and_linked(
    notebook: Callable[..., Any], lab: tuple[str, Path]
) -> None:
    (lab[1] / "digits.iexplore").write_bytes(synthetic.packed(synthetic.recording()))
    page = notebook(
        "from iree_explore.widgets import Explorer\n"
        "explorer = Explorer('digits.iexplore')\nexplorer",
    )
    root = page.locator(".iex")
    expect(root, 60).to_be_visible()
    expect(root).to_have_attribute("data-theme", "light")
    page.locator(".iex-slider").focus()
    cells = count_cells(page)
    page.keyboard.press("Home")
    for key in ("b", "a", "ArrowRight"):  # b and a would insert cells
        page.keyboard.press(key)
    expect(page.locator(".iex-position")).to_have_text("pass 2/10")
    assert count_cells(page) == cells
    page.locator(".cm-line", has_text="%4 = stablehlo.dot_general").first.click()
    expect(page.locator(".iex-line-descendant").first).to_contain_text("linalg.matmul")
    page.get_by_role("button", name="Run", exact=True).last.click()
    expect(page.locator(".iex-run")).to_contain_text("saved recording")


def test_page_and_kernel_share_step_selection_and_theme(
    notebook: Callable[..., Any], lab: tuple[str, Path]
) -> None:
    (lab[1] / "digits.iexplore").write_bytes(synthetic.packed(synthetic.recording()))
    page = notebook(
        "from iree_explore.widgets import Explorer\n"
        "explorer = Explorer('digits.iexplore', step=1, selection=[28])\nexplorer",
        "heard = []\n"
        "explorer.observe(lambda change: heard.append(change['new']), 'step')\n"
        "explorer.step = 4",
    )
    expect(page.locator(".iex-position"), 60).to_have_text("pass 5/10")
    expect(page.locator(".iex-inspector h2")).to_have_text("linalg.matmul")
    page.evaluate(
        "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    expect(page.locator(".iex")).to_have_attribute("data-theme", "dark")
    page.evaluate(
        "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})"
    )
    expect(page.locator(".iex")).to_have_attribute("data-theme", "light")
    page.locator(".iex-slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".iex-position")).to_have_text("pass 6/10")


def test_session_is_compiled_and_run_from_the_page(notebook: Callable[..., Any]) -> None:
    page = notebook(
        f"import iree_explore as ie\nsession = ie.explore('''{MLP}''', name='mlp')\nsession",
        "_ = session.wait()",
    )
    expect(page.locator(".iex"), 120).to_be_visible()
    expect(page.locator(".iex-name")).to_have_text("mlp")
    expect(page.locator(".iex-status"), 90).to_have_text("llvm-cpu")
    expect(page.locator(".iex-phase[aria-current]")).to_contain_text("vm")
    panel = page.locator(".iex-run")
    panel.get_by_label("Repetitions").fill("7")
    panel.get_by_role("button", name="Run", exact=True).click()
    rows = panel.locator("tbody tr:not(.iex-gap)")
    expect(rows, 60).to_have_count(2)
    expect(panel.locator(".iex-gap", has_text="host: ")).to_be_visible()
    expect(rows.first).to_contain_text("matmul_4x16x8_f32")
    expect(rows.first).to_contain_text("host clock")
    expect(panel.locator(".iex-facts")).to_contain_text("repetitions7")
    page.locator(".iex-phase", has_text="flow").click()
    line = page.locator(".cm-line", has_text="= flow.dispatch @").first
    expect(line.locator(".iex-badge-time")).to_contain_text(re.compile(r"\d [nµm]?s .*\("))
    rows.first.get_by_role("button").click()
    expect(page.locator(".iex-pane").first.locator(".iex-line-ancestor").first).to_contain_text(
        "stablehlo."
    )
    panel.get_by_label("Target and device").select_option(label="webgpu-spirv · this browser")
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(panel, 90).to_contain_text("clock" + "GPU timestamps")
    expect(panel.locator(".iex-facts")).to_contain_text(re.compile("difference from|results equal"))
    expect(panel.get_by_label("Which run").locator("option")).to_have_count(2)  # from the kernel
    page.evaluate("jupyterapp.commands.execute('notebook:insert-cell-below')")
    expect(page.locator(".iex")).to_be_visible()


def test_two_views_are_linked_in_the_page(
    notebook: Callable[..., Any], lab: tuple[str, Path]
) -> None:
    (lab[1] / "digits.iexplore").write_bytes(synthetic.packed(synthetic.recording()))
    page = notebook(
        "import ipywidgets\nimport iree_explore as ie\n"
        "stepper = ie.widgets.Stepper('digits.iexplore', step=1)\n"
        "irview = ie.widgets.IRView('digits.iexplore')\n"
        "ipywidgets.link((stepper, 'step'), (irview, 'step'))\n"
        "ipywidgets.link((stepper, 'selection'), (irview, 'selection'))\n"
        "ipywidgets.VBox([stepper, irview])"
    )
    views = page.locator(".iex")
    expect(views, 60).to_have_count(2)
    expect(views.nth(1).locator(".iex-position")).to_have_text("pass 2/10")
    views.nth(0).locator(".iex-slider").focus()
    page.keyboard.press("ArrowRight")
    expect(views.nth(1).locator(".iex-position")).to_have_text("pass 3/10")
    views.nth(1).locator(".iex-slider").focus()
    page.keyboard.press("Home")
    expect(views.nth(0).locator(".iex-position")).to_have_text("pass 1/10")
    views.nth(1).locator(".cm-line", has_text="%4 = stablehlo.dot_general").click()
    expect(views.nth(0).locator(".iex-line-self").first).to_contain_text("stablehlo.dot_general")
