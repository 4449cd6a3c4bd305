# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The text between single rewrites: passes are run again, and looked at after each rewrite.

A recording has a version of each op per pass. When somebody asks for more, the phase's passes up to
that one run again on what the phase began with, with the ids that were free then, so that ops get
the ids that they have in the recording; a tracker writes what every rewrite changed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from iree_explore import pipeline
from iree_explore.context import Cancelled, CompilerContext, make_context
from iree_explore.errors import GapError, InternalError, ModelError
from iree_explore.observer import Observer, Rewrite
from iree_explore.phase import PassLine, Phase
from iree_explore.provenance import op_id
from iree_explore.recording.model import Recording, RewriteVersions, Versions
from iree_explore.recording.recorder import Recorder
from iree_explore.recording.tracker import OP, Tracker
from iree_explore.walk import walk

if TYPE_CHECKING:
    from iree_explore.branches import Kept

MOST_LOOKS = 4_000_000
"""Ops looked at before only every so many rewrites are."""

_TEMPORARY = 1 << 40
"""Ids from here on are of ops that have none of their own yet."""


class _Looking(Observer):
    """Has a tracker look after every `stride`-th rewrite; the ids of all are kept."""

    def __init__(self, cancel: threading.Event | None) -> None:
        self.tracker: Tracker | None = None
        self.scope: Operation | None = None
        self.stride = 1
        self.count = 0
        self._cancel = cancel

    def rewritten(self, event: Rewrite) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("IX207", "recording single rewrites was cancelled")
        self.count += 1
        if self.tracker is not None and self.scope is not None and self.count % self.stride == 0:
            self.tracker.update(self.scope, self.scope, self.count)


def record(
    recorder: Recorder,
    kept: Mapping[int, Kept],
    ctx: CompilerContext,
    step: int,
    cancel: threading.Event | None = None,
) -> None:
    """Adds the versions between the rewrites of `step` to the recording, unless it has them; `kept`
    is what there was after each phase. Raises `ModelError` IX204 for a step that has no pass,
    `GapError` IX203 where running the pass again gives other rewrites than it did, and what passes
    raise."""
    recording = recorder.recording()
    if not 0 < step < len(recording.steps):
        raise ModelError("IX204", f"step {step} is none of 1 to {len(recording.steps) - 1}")
    if any(each.step == step for each in recording.rewrites):
        return
    start = kept.get(recording.steps[step].phase - 1)
    if start is None:
        raise GapError("IX203", f"what the phase of step {step} began with was not kept")
    recorder.detailed(_replayed(recorder, recording, ctx, start, step, cancel))


def _replayed(
    recorder: Recorder,
    recording: Recording,
    ctx: CompilerContext,
    start: Kept,
    step: int,
    cancel: threading.Event | None,
) -> RewriteVersions:
    wanted = recording.steps[step]
    looking = _Looking(cancel)
    own = make_context(ctx.options, looking)
    own.provenance = replace(
        ctx.provenance, origins=dict(ctx.provenance.origins), sources=list(ctx.provenance.sources),
        observe=looking.rewritten, changed=[],
    )  # fmt: skip
    own.parameters, own.unranked = start.parameters.copy(), ctx.unranked
    own.pending = dict(start.pending)
    module = start.snapshot.module()
    phase = pipeline.phases_of(own)[wanted.phase]
    seen: dict[tuple[str | None, str], int] = {}
    for index in range(step + 1):
        at = recording.steps[index]
        if at.phase != wanted.phase or at.pass_name is None:
            continue
        if wanted.scope and at.scope not in ("", wanted.scope):
            continue
        turn = seen[at.pass_name, at.scope] = seen.get((at.pass_name, at.scope), -1) + 1
        line, target = _target(phase, at.pass_name, at.scope, turn, module, own)
        own.provenance.next_id = recorder.next_ids[index]
        if index == step:
            tracker = _begin(recorder, recording, looking, target, step)
        try:
            pipeline.run_pass(line.load()(), own, phase, line, at.scope, target)
        except InternalError as error:  # what other processes made for it is used up
            raise GapError(
                "IX203", f"{line.name} cannot be run again", because=error.what
            ) from error
    first, last = wanted.events
    if looking.count != last - first:
        raise GapError(
            "IX203",
            f"{wanted.pass_name} did {looking.count} rewrites when run again, not {last - first}",
            because="what it does depends on more than its input",
        )
    return _versions(tracker, step, last - first, looking.stride, op_id(target))


def _target(
    phase: Phase, name: str, scope: str, turn: int, module: ModuleOp, ctx: CompilerContext
) -> tuple[PassLine, ModuleOp]:
    """The line of a pass and what it ran on: the `turn`-th module of that scope."""
    for line in phase.passes:
        if line.name == name:
            targets = [target for s, target in pipeline.scopes(line, module, ctx) if s == scope]
            if turn < len(targets):
                return line, targets[turn]
    raise GapError("IX203", f"{name} cannot be run again on {scope or 'the module'}")


def _begin(
    recorder: Recorder, recording: Recording, looking: _Looking, target: ModuleOp, step: int
) -> Tracker:
    """A tracker that has seen the module before the step, with the recording's sort keys."""
    fresh = iter(range(_TEMPORARY, 1 << 52))
    strings, type_lists = recorder.interners
    tracker = Tracker(strings, type_lists, lambda _op, _ancestors: next(fresh))
    tracker.update(target, target, 0)
    order, alive = recording.versions.order, recording.alive(step - 1)
    tracker.adopt_keys({op: order[version] for op, version in alive.items()})
    rewrites = recording.steps[step].events[1] - recording.steps[step].events[0]
    looking.stride = 1 + len(walk(target)) * rewrites // MOST_LOOKS
    looking.tracker, looking.scope, looking.count = tracker, target, 0
    return tracker


def _versions(tracker: Tracker, step: int, count: int, stride: int, root: int) -> RewriteVersions:
    """What the tracker wrote after its first look, and which of the earlier versions ended."""
    columns = tracker.columns()
    kept = [
        i for i, birth in enumerate(columns.birth)
        if birth > 0 and columns.op[i] != root and columns.death[i] != birth
    ]  # fmt: skip
    picked: dict[str, Sequence[Any]] = {
        name: [getattr(columns, name)[i] for i in kept] for name in Versions.__dataclass_fields__
    }
    given = tracker.given_since()
    for name in ("op", "parent"):
        picked[name] = [given.get(number, number) for number in picked[name]]
    gone = [
        number
        for i, birth in enumerate(columns.birth)
        if birth == 0 and columns.death[i] > 0 and columns.op[i] != root
        for number in (tracker.rows[i][OP], columns.death[i])
    ]
    return RewriteVersions(step, count, stride, Versions(**picked), tuple(gone))
