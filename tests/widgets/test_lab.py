# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""In a real JupyterLab: the explorer appears at once, fills in while compiling, and answers."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

SETUP = """import sys
sys.path.insert(0, {root!r})
import iree_explore as ie
from iree_explore import session as module
from tests.recording.test_session import SOURCE, Script
script = Script()
module.pipeline.run = script.run
script.gates['flow'].clear()
s = ie.explore(SOURCE)
s"""
BUSY = "import time\nend = time.time() + 8\nwhile time.time() < end and not s.done: time.sleep(.05)"


RUN = """import sys
sys.path.insert(0, {root!r})
import iree_explore as ie
from tests.recording.test_runs import MLP
s = ie.explore(MLP)
s"""


def notebook(folder: Path, name: str, *sources: str) -> None:
    cells = [
        {"cell_type": "code", "id": str(i), "metadata": {}, "execution_count": None,
         "outputs": [], "source": source.replace("{root!r}", repr(str(ROOT)))}
        for i, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (folder / name).write_text(
        json.dumps({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4,
                    "nbformat_minor": 5})
    )  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("lab")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    notebook(folder, "live.ipynb", SETUP, BUSY, "script.open(); s.wait()")
    notebook(folder, "run.ipynb", RUN)
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(8)
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}",
         "--ip=127.0.0.1", "--allow-root", f"--IdentityProvider.token={token}",
         f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
         f"--LabApp.user_settings_dir={folder / 'settings'}",
         f"--LabApp.workspaces_dir={folder / 'workspaces'}"],
        env={**os.environ, "HOME": str(folder)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{base}/api?token={token}", timeout=2).close()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
        yield f"{base}/lab/tree/NOTEBOOK?reset&token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


@pytest.fixture
def page(lab: str) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1500, "height": 1000})
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            yield page
            assert errors == []
        finally:
            browser.close()


def run_all(page: Any, url: str) -> None:
    """Opens a notebook and runs its cells; returns when the explorer is there."""
    page.goto(url)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.evaluate(
        """async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            await panel.sessionContext.ready;
            await panel.sessionContext.session.kernel.info;
            window.jupyterapp.commands.execute("notebook:run-all-cells");
        }"""
    )
    page.locator(".iex").first.wait_for(timeout=60_000)


def test_explorer_is_live_in_jupyterlab(lab: str, page: Any):
    run_all(page, lab.replace("NOTEBOOK", "live.ipynb"))
    # While the second cell runs, the compilation waits in phase flow.
    page.get_by_text("compiling").first.wait_for(timeout=20_000)
    assert page.locator(".iexplore-static").first.is_hidden()
    page.get_by_text("dispatch-creation-mark").first.wait_for(timeout=20_000)
    # The third cell lets it finish; the page fills in by itself.
    page.get_by_text("vm-mark").first.wait_for(timeout=40_000)
    page.wait_for_function(
        "() => !document.querySelector('.iex-host').innerText.includes('compiling')",
        timeout=20_000,
    )


def test_the_run_button_measures_on_this_machine(lab: str, page: Any):
    run_all(page, lab.replace("NOTEBOOK", "run.ipynb"))
    page.wait_for_function(
        "() => !document.querySelector('.iex-host').innerText.includes('compiling')",
        timeout=60_000,
    )
    page.locator(".iex-run .iex-primary:visible").click()
    times = page.locator(".iex-results:visible")
    times.get_by_text("matmul_2x8x3_f32").first.wait_for(timeout=30_000)
