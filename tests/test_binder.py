# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Binder's files build an environment in which the tour's imports work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_binder_names_the_python_that_the_project_needs():
    assert (ROOT / "binder/runtime.txt").read_text().strip() == "python-3.11"
    assert "graphviz" in (ROOT / "binder/apt.txt").read_text().split()


@pytest.mark.slow
@pytest.mark.xdist_group("binder")
def test_post_build_installs_everything_into_a_fresh_environment(tmp_path: Path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    environment = {**os.environ, "PATH": f"{tmp_path / 'env/bin'}:{os.environ['PATH']}"}
    subprocess.run(["bash", "binder/postBuild"], cwd=ROOT, env=environment, check=True, timeout=900)
    script = (
        "import jupyterlab, sklearn, tensorflow, iree_explore as ie;"
        "from iree_explore.widgets import explorer; ie.explore; ie.devices()"
    )
    subprocess.run(
        [tmp_path / "env/bin/python", "-c", script], cwd=tmp_path, env=environment, check=True
    )
