# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""iree_explore: an interactive compiler explorer for Jupyter with a real compiler inside.

    import iree_explore as ie
    session = ie.explore(model, inputs=[x])
    module = ie.compile(model, target="llvm-cpu")

Names are imported when first used, so that `import iree_explore` is quick and needs no extra.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_PUBLIC: dict[str, str] = {
    "explore": "iree_explore.api",
    "compile": "iree_explore.api",
    "load_module": "iree_explore.api",
    "load_recording": "iree_explore.api",
    "devices": "iree_explore.api",
    "rewrite": "iree_explore.user_passes",
    "pass_": "iree_explore.user_passes",
    "require": "iree_explore.user_passes",
    "rewriting": "iree_explore.provenance",
    "tune": "iree_explore.tuning.tune",
    "coverage": "iree_explore.recording.coverage_run",
    "register_custom_call": "iree_explore.stablehlo.custom_calls",
    "Session": "iree_explore.session",
    "CompiledModule": "iree_explore.module",
    "Error": "iree_explore.errors",
    "ModelError": "iree_explore.errors",
    "GapError": "iree_explore.errors",
    "InternalError": "iree_explore.errors",
    "widgets": "",
}

__all__ = [*_PUBLIC, "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'iree_explore' has no attribute {name!r}")
    path = _PUBLIC[name]
    if not path:
        return importlib.import_module(f"iree_explore.{name}")
    return getattr(importlib.import_module(path), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext iree_explore`: gives `%%mlir` and `%explore`."""
    from iree_explore.widgets import magics

    magics.register(ipython)
