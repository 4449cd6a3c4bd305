# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A recorder that goes on from the end of a phase of another one: what came before is shared.

The one idea: op versions, events and strings only grow, so the beginning of a recording is a prefix
of each of its columns. The tracker is given the state that every op had there, so that what the
branch does not change is the same version in both.
"""

from __future__ import annotations

from dataclasses import replace

from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext
from iree_explore.recording.clock import now
from iree_explore.recording.recorder import Recorder
from iree_explore.recording.shape_records import Shapes, VersionSizes
from iree_explore.recording.tracker import Tracker
from iree_explore.walk import walk


def fork(
    recorder: Recorder, base: Recorder, ctx: CompilerContext, module: ModuleOp, step: int
) -> None:
    """Makes `recorder`, which is new, have everything of `base` up to `step` (included), where the
    module was `module`; `ctx` is the context of what comes next."""
    with base.lock:
        recorder._ctx, recorder._root = ctx, module
        for name in ("_strings", "_type_lists", "_sets"):
            into = getattr(recorder, name)
            for value in getattr(base, name).values:
                into(value)
        recorder._set_index = dict(base._set_index)
        adopt(recorder._tracker, base._tracker, module, step)
        recorder._steps = base._steps[: step + 1]
        recorder._events = base._events[: recorder._steps[-1].events[1]]
        recorder._phases = [
            record
            if 0 <= record.step <= step
            else replace(record, state="pending", first=-1, step=-1)
            for record in base._phases
        ]
        recorder._sources = list(base._sources)
        recorder._files = dict(base._files)
        recorder._op_docs = dict(base._op_docs)
        recorder._pass_docs = dict(base._pass_docs)
        recorder._shapes = _shapes_until(base._shapes, recorder._tracker.count)
        recorder._shapes_count = base._shapes_count
        recorder._head = replace(
            base._head, name=recorder._head.name, created=now(), state="compiling"
        )


def _shapes_until(shapes: Shapes | None, versions: int) -> Shapes | None:
    """What is known of sizes, as far as it is of the first `versions` versions."""
    if shapes is None:
        return None
    rows = zip(shapes.versions.version, shapes.versions.list, strict=True)
    kept = [row for row in rows if row[0] < versions]
    columns = VersionSizes([row[0] for row in kept], [row[1] for row in kept])
    return replace(shapes, versions=columns, dispatches=[], allocations=[])


def adopt(tracker: Tracker, base: Tracker, module: ModuleOp, step: int) -> None:
    """The versions up to `step`, and for each op of `module` the one that it has there."""
    count = sum(birth <= step for birth in base.births)
    tracker.rows = base.rows[:count]
    tracker.births = base.births[:count]
    tracker.ends = [-1 if end > step else end for end in base.ends[:count]]
    tracker.deaths = [(index, at) for index, at in base.deaths if at <= step]
    tracker.op_classes = dict(base.op_classes)
    alive = {tracker.rows[i][0]: i for i in range(count) if tracker.ends[i] < 0}
    tracker.know(module, walk(module), alive)
