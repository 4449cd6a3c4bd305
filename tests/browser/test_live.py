# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer appears at once in JupyterLab and fills in while the compiler works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .test_lab import expect
from .test_lab import lab as lab
from .test_lab import notebook as notebook

HELD_IN_FLOW = """import iree_explore as ie
from iree_explore import session as module
from tests.recording.test_session import SOURCE, Script
script = Script()
module.pipeline.run = script.run
script.gates['flow'].clear()
s = ie.explore(SOURCE)
s"""
BUSY = "import time\nend = time.time() + 8\nwhile time.time() < end and not s.done: time.sleep(.05)"


def test_explorer_fills_in_while_compiling(notebook: Callable[..., Any]) -> None:
    page = notebook(HELD_IN_FLOW, BUSY, "script.open(); s.wait()")
    expect(page.locator(".iex").first, 60).to_be_visible()
    # While the second cell runs, the compilation waits in phase flow.
    explorer = page.locator(".iex").first
    expect(explorer, 20).to_contain_text("compiling")
    assert page.locator(".iexplore-static").first.is_hidden()
    expect(explorer, 20).to_contain_text("dispatch-creation-mark")
    # The third cell lets it finish; the page fills in by itself.
    expect(explorer, 40).to_contain_text("vm-mark")
    expect(explorer.locator(".iex-status"), 20).not_to_contain_text("compiling")
