# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ShapeView`: the symbols of a dynamic model, with sliders, and all that they decide.

    ie.widgets.ShapeView(session)              # or a recording, or the path of a saved one
    view.sizes = {"batch": 32}                 # as the sliders do; `observe` and `link` it
    view.symbol = "batch"                      # lights it everywhere

The page computes everything from the recording (docs/recording.md, key `shapes`).
"""

from __future__ import annotations

import traitlets

from iree_explore.widgets.views import SingleView


class ShapeView(SingleView):
    """The import beside its sizes: symbols, work, memory, values, and the inference step by step.

    Trait `sizes` has the sizes that were chosen, by symbol; `symbol` the one that is lit;
    `propagation` the step of the shape inference that is shown (-1: its end).
    """

    view = traitlets.Unicode("shapes").tag(sync=True)
