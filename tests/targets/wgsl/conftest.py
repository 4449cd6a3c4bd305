# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One Chromium with WebGPU for the tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from iree_explore.widgets import bundle
from tests.targets.wgsl.page import GpuPage, gpu_page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "gpu" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def gpu(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GpuPage]:
    """A page that runs programs through WebGPU."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    if not (bundle.STATIC / bundle.IIFE).is_file():
        pytest.skip("the front end is not built: pip install -e .")
    with gpu_page(playwright, program, tmp_path_factory.mktemp("page")) as page:
        yield page
