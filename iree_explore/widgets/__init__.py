# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer as Jupyter widgets: thin classes over one built front end (sources: `widgets/`).

`Explorer` is everything; `Stepper`, `IRView`, `DiffView`, `GraphView`, `ShapeView`,
`TimelineView`, `RooflineView` and `MemoryView` are single views for lessons. Each takes a session,
a recording or the path of a saved one. `CoverageView` shows which ops work where. Only this package
imports anywidget; classes are imported when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iree_explore.widgets.coverage_view import CoverageView
    from iree_explore.widgets.explorer import Explorer
    from iree_explore.widgets.shape_view import ShapeView
    from iree_explore.widgets.views import (
        DiffView,
        GraphView,
        IRView,
        MemoryView,
        RooflineView,
        Stepper,
        TimelineView,
    )

_VIEWS = "DiffView GraphView IRView MemoryView RooflineView Stepper TimelineView".split()
_PUBLIC = {
    "CoverageView": "coverage_view",
    "Explorer": "explorer",
    "ShapeView": "shape_view",
    **dict.fromkeys(_VIEWS, "views"),
}

__all__ = [
    "CoverageView",
    "DiffView",
    "Explorer",
    "GraphView",
    "IRView",
    "MemoryView",
    "RooflineView",
    "ShapeView",
    "Stepper",
    "TimelineView",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
