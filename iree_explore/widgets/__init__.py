# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer as Jupyter widgets: thin classes over one built front end (sources: `widgets/`).

`Explorer` is everything; `Stepper`, `IRView`, `DiffView`, `GraphView`, `ShapeView`,
`TimelineView` and `RooflineView` are single views for lessons. Each takes a session, a recording
or the path of a saved one. `CoverageView` shows which ops work where. Only this package imports
anywidget.
"""

from iree_explore.widgets.coverage_view import CoverageView
from iree_explore.widgets.explorer import (
    DiffView,
    Explorer,
    GraphView,
    IRView,
    RooflineView,
    Stepper,
    TimelineView,
)
from iree_explore.widgets.shape_view import ShapeView

__all__ = [
    "CoverageView",
    "DiffView",
    "Explorer",
    "GraphView",
    "IRView",
    "RooflineView",
    "ShapeView",
    "Stepper",
    "TimelineView",
]
