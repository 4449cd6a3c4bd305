# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One Chromium for all browser tests, and exported pages to open in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iree_explore.recording.files import from_bytes
from iree_explore.widgets import bundle
from iree_explore.widgets.html import to_html

from . import synthetic

FLAGS = (
    "--headless --no-sandbox --disable-gpu --enable-unsafe-webgpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser(playwright: Any) -> Iterator[Any]:
    """The system's Chromium, or the one that playwright installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    program = program or shutil.which("google-chrome")
    if program is None and not Path(playwright.chromium.executable_path).exists():
        pytest.skip("no Chromium on this machine")
    chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A blank page; any error on its console fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 860}, bypass_csp=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.set_default_timeout(15_000)
    yield page
    context.close()
    # JupyterLab's own: it removes a theme's style sheet twice if themes change quickly.
    theirs = ("/static/lab/jlab_core", "/static/notebook/notebook_core")
    ours = [error for error in errors if not any(name in error for name in theirs)]
    assert not ours, ours


@pytest.fixture
def show(page: Any, tmp_path: Path) -> Callable[..., Any]:
    """`show(data, view="diff")` exports a recording as a page, opens it and returns the page."""
    if not (bundle.STATIC / bundle.IIFE).is_file():
        pytest.skip("the front end is not built: pip install -e .")

    def open_page(data: dict[str, Any] | None = None, hash_: str = "", **state: Any) -> Any:
        recording = from_bytes(synthetic.packed(data or synthetic.recording()))
        path = tmp_path / "explorer.html"
        path.write_text(to_html(recording, **state), encoding="utf-8")
        page.goto(f"file://{path}{hash_}")
        page.wait_for_selector(".iex")
        return page

    return open_page
