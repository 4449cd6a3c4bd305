# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Drivers beside libraries that have symbols of the same names.

TensorFlow puts its LLVM where every library finds it first; Mesa's CPU driver, which calls an LLVM
of its own, then crashes in it. `keep_apart` loads drivers before the loader does, so that they find
their own libraries first. See "Loader and Driver Interface" of the Vulkan loader for manifests.
"""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_VARIABLES = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
_FOLDERS = ("/usr/local/etc", "/etc", "/usr/local/share", "/usr/share")
_loaded: dict[str, ctypes.CDLL] = {}


def keep_apart() -> None:
    """Loads each driver that a manifest names. One that cannot be loaded is left to Vulkan's
    loader, which skips it and says why."""
    mode = os.RTLD_NOW | os.RTLD_LOCAL | getattr(os, "RTLD_DEEPBIND", 0)
    for path in _libraries():
        if path not in _loaded:
            with suppress(OSError):
                _loaded[path] = ctypes.CDLL(path, mode=mode)


def _libraries() -> Iterator[str]:
    for manifest in _manifests():
        try:
            path = json.loads(manifest.read_text())["ICD"]["library_path"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no manifest: Vulkan's loader says so
        yield str(manifest.parent / path) if "/" in path else path


def _manifests() -> list[Path]:
    for variable in _VARIABLES:
        if variable in os.environ:
            return [Path(p) for p in os.environ[variable].split(os.pathsep) if p]
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    folders = [Path(f, "vulkan/icd.d") for f in (*_FOLDERS, home)]
    return sorted(path for folder in folders for path in folder.glob("*.json"))
