# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is installed of IREE, and which version it is.

The packages are `iree-base-compiler` and `iree-base-runtime` (extra `iree`). Nothing of them is
imported into this process: `iree-compile` and the runtime's Python run as children.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import sys
from pathlib import Path

from iree_explore.errors import ModelError

TESTED = "3.13"
"""The version that the tests run; others are tried, and it is said that they are others."""
PACKAGES = {"compiler": "iree-base-compiler", "runtime": "iree-base-runtime"}
_TOOLS = {
    "iree-compile": ("compiler", "compiler/_mlir_libs/iree-compile"),
    "iree-run-module": ("runtime", "_runtime_libs/iree-run-module"),
    "iree-benchmark-module": ("runtime", "_runtime_libs/iree-benchmark-module"),
    "iree-profile": ("runtime", "_runtime_libs/iree-profile"),
}


def version(part: str) -> str | None:
    """The installed version of the "compiler" or the "runtime", None if it is not installed."""
    try:
        return importlib.metadata.version(PACKAGES[part])
    except importlib.metadata.PackageNotFoundError:
        return None


def missing(*parts: str) -> str:
    """Why those parts cannot be used here; "" if they can."""
    lacking = [PACKAGES[part] for part in parts if version(part) is None]
    if lacking:
        found = [f"{PACKAGES[p]} {v} is there" for p in PACKAGES if (v := version(p))]
        return "; ".join([f"{' and '.join(lacking)} is not installed", *found])
    return ""


def require(target: str, *parts: str) -> None:
    """Raises `ModelError` IX403 if a part of IREE is not installed: it names the extra."""
    reason = missing(*parts)
    if reason:
        raise ModelError(
            "IX403",
            f"target {target} needs the real IREE",
            because=reason,
            hint=f'pip install "iree_explore[iree]" (made for IREE {TESTED})',
        )


def notes() -> list[str]:
    """A sentence for each part that is of a version which the tests do not run."""
    found = {PACKAGES[part]: version(part) for part in PACKAGES}
    return [
        f"{name} is {number}; this was made for {TESTED}: what that version prints otherwise "
        "may be missing here."
        for name, number in found.items()
        if number and not number.startswith(f"{TESTED}.")
    ]


def tool(name: str) -> str:
    """The path of one of IREE's programs; raises `ModelError` IX403 if it is not installed."""
    part, inside = _TOOLS[name]
    require("iree:*", part)
    spec = importlib.util.find_spec("iree")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (path := Path(folder) / inside).is_file():
            return str(path)
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if path is None:
        raise ModelError(
            "IX403",
            f"IREE's program {name} is not there",
            because=f"{PACKAGES[part]} {version(part)} has it neither as {inside} nor on the PATH",
            hint=f'pip install "iree_explore[iree]" (made for IREE {TESTED})',
        )
    return path
