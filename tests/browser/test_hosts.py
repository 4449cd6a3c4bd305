# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer in a marimo app: shown, stepped, linked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import synthetic
from .test_lab import ROOT, _wait_for, expect

APP = """import marimo
app = marimo.App()

@app.cell
def _():
    from iree_explore.widgets import Explorer
    Explorer("digits.iexplore")
    return

if __name__ == "__main__":
    app.run()
"""


def test_marimo_app(browser: Any, tmp_path: Path) -> None:
    pytest.importorskip("marimo")
    (tmp_path / "digits.iexplore").write_bytes(synthetic.packed(synthetic.recording()))
    (tmp_path / "app.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(tmp_path / "log.txt", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token",
             "--host", "127.0.0.1", "--port", str(port)],
            cwd=tmp_path, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path)},
        )  # fmt: skip
    page = browser.new_page(viewport={"width": 1400, "height": 1200})
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", server, tmp_path / "log.txt")
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator(".iex"), 40).to_be_visible()
        page.locator(".iex-slider").focus()
        for key in ("Home", "ArrowRight"):
            page.keyboard.press(key)
        expect(page.locator(".iex-position")).to_have_text("pass 2/10")
        page.locator(".cm-line", has_text="%4 = stablehlo.dot_general").first.click()
        expect(page.locator(".iex-line-descendant").first).to_contain_text("linalg.matmul")
        page.screenshot(path=str(tmp_path / "marimo.png"))
    finally:
        page.context.close()
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
