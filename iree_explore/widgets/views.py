# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single views of the explorer as widgets, for lessons and slides: each a view of the same bundle.

    stepper, text = ie.widgets.Stepper(session), ie.widgets.IRView(session)
    ipywidgets.link((stepper, "step"), (text, "step"))
    ipywidgets.link((stepper, "selection"), (text, "selection"))
    ipywidgets.VBox([stepper, text])

Each takes a session, a recording or the path of a saved one, shows itself at `step` (or `stage`)
and leaves behind in a saved notebook what it showed, as text, HTML and SVG (`static_views.py`).
"""

from __future__ import annotations

from typing import Any

import traitlets

from iree_explore.widgets import static_views
from iree_explore.widgets.explorer import Explorer


class SingleView(Explorer):
    """What the single views have in common: their own copy for pages without scripts."""

    def __repr__(self) -> str:
        return static_views.text(self.view, self.records, self.step, self.compare)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundled = super()._repr_mimebundle_(**options)
        data = dict(bundled[0] if isinstance(bundled, tuple) else bundled)
        records = self.records
        picture = static_views.picture(self.view, records, self.step)
        data["text/plain"] = repr(self)
        data["text/html"] = static_views.part(self.view, records, self.step, self.compare)
        if picture:
            data["image/svg+xml"] = picture
        return (data, bundled[1]) if isinstance(bundled, tuple) else data


class Stepper(SingleView):
    """Steps through phases, passes and rewrites, showing what each changed, op by op."""

    view = traitlets.Unicode("stepper").tag(sync=True)


class IRView(SingleView):
    """The text of one step."""

    view = traitlets.Unicode("ir").tag(sync=True)


class DiffView(SingleView):
    """What changed between `compare` (-1: the step before) and `step`, op by op."""

    view = traitlets.Unicode("diff").tag(sync=True)


class GraphView(SingleView):
    """The graph of one step: dispatches, or the ops of a function."""

    view = traitlets.Unicode("graph").tag(sync=True)


class TimelineView(SingleView):
    """The dispatches of a run over time, with what the host did between them."""

    view = traitlets.Unicode("timeline").tag(sync=True)


class RooflineView(SingleView):
    """The machine's roofline, and each dispatch of the last run below it."""

    view = traitlets.Unicode("roofline").tag(sync=True)


class MemoryView(SingleView):
    """The slab of intermediate results: which bytes hold what, from which dispatch to which."""

    view = traitlets.Unicode("memory").tag(sync=True)
