# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Follows an op up to the model's layer and down to machine code, through every phase.

It is read from `Recording.origins` (who descends from whom), the entry symbols that tie dispatches
to their code (`calls.py`) and the events (what removed it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iree_explore.recording.model import Recording, SourceRecord


@dataclass(frozen=True)
class Vanished:
    """How an op ended: the step, its pass, and the pattern that removed it ("" if none did)."""

    op: int
    step: int
    pass_name: str
    pattern: str
    file: str
    line: int


@dataclass(frozen=True)
class StageOps:
    """The relatives of an op that are alive after one phase."""

    phase: str
    step: int
    ancestors: tuple[int, ...]
    descendants: tuple[int, ...]
    itself: bool


@dataclass(frozen=True)
class Trace:
    """Where an op came from and what became of it.

    `ancestors` and `descendants` are all op ids, alive or not: a dispatch counts as an ancestor of
    the code that it runs. `stages` says which of them exist after each phase; `lines` are
    (artifact index, line number) of text made from it.
    """

    op: int
    name: str
    reason: str
    sources: tuple[SourceRecord, ...]
    ancestors: tuple[int, ...]
    descendants: tuple[int, ...]
    stages: tuple[StageOps, ...]
    vanished: Vanished | None
    lines: tuple[tuple[int, int], ...]


def ancestors(recording: Recording, ops: Iterable[int]) -> set[int]:
    """All op ids that `ops` descend from, without `ops` themselves and without dispatches of the
    code that they are in."""
    start = set(ops)
    found: set[int] = set()
    todo = list(start)
    index, origins, sets = recording.origin_index, recording.origins, recording.sets
    while todo:
        at = index.get(todo.pop())
        if at is None:
            continue
        for parent in sets[origins.ancestors[at]]:
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found - start


def descendants(recording: Recording, ops: Iterable[int]) -> set[int]:
    """All op ids that descend from `ops`, without `ops` themselves and without the code of
    dispatches."""
    start = set(ops)
    children = recording.children
    found: set[int] = set()
    todo = list(start)
    while todo:
        for child in children.get(todo.pop(), ()):
            if child not in found:
                found.add(child)
                todo.append(child)
    return found - start


def related(recording: Recording, ops: Iterable[int]) -> tuple[set[int], set[int]]:
    """Ancestors and descendants of `ops`, with the dispatches of the code that `ops` are in as
    ancestors and the code that dispatches among them (or before them) run as descendants."""
    start = set(ops)
    calls = recording.calls
    up = ancestors(recording, start)
    down = descendants(recording, start)
    code = calls.code_of(start | up)  # not what descends from it: a dispatch may
    dispatches = calls.dispatches_of(start)
    up |= dispatches | descendants(recording, dispatches)
    down |= code - up
    return up - start - down, down - start


def layers(recording: Recording, op: int) -> tuple[SourceRecord, ...]:
    """The places in the model that `op` comes from, by layer."""
    at = recording.origin_index.get(op)
    if at is None:
        return ()
    found = [recording.sources[i] for i in recording.sets[recording.origins.sources[at]]]
    return tuple(sorted(found, key=lambda s: (s.layer, s.file, s.line)))


def vanished(recording: Recording, op: int) -> Vanished | None:
    """What removed `op`, or None if it is alive at the end or never was in a step."""
    versions = recording.versions_of(op)
    if not versions or any(v.death < 0 for v in versions):
        return None
    step = versions[-1].death
    record = recording.steps[step]
    for event in reversed(recording.events[record.events[0] : record.events[1]]):
        if op in recording.sets[event.deleted]:
            strings = recording.strings
            return Vanished(op, step, record.pass_name or "", strings[event.pattern],
                            strings[event.file], event.line)  # fmt: skip
    return Vanished(op, step, record.pass_name or "", "", "", 0)


def trace(recording: Recording, op: int) -> Trace:
    """Everything known of op id `op`; raises `KeyError` if the recording has no such op."""
    at = recording.origin_index.get(op)
    if at is None:
        raise KeyError(op)
    up, down = related(recording, [op])
    stages = []
    for phase in recording.phases:
        if phase.step < 0:
            continue
        alive = recording.alive(phase.step)
        stages.append(
            StageOps(phase.name, phase.step, tuple(sorted(up & alive.keys())),
                     tuple(sorted(down & alive.keys())), op in alive)
        )  # fmt: skip
    versions = recording.versions_of(op)
    own = down | {op}
    code = tuple(
        (number, artifact.line_ops[i])
        for number, artifact in enumerate(recording.artifacts)
        for i in range(0, len(artifact.line_ops) - 1, 2)
        if artifact.line_ops[i + 1] in own
    )
    return Trace(
        op,
        versions[-1].name if versions else "",
        recording.strings[recording.origins.reason[at]],
        layers(recording, op),
        tuple(sorted(up)),
        tuple(sorted(down)),
        tuple(stages),
        vanished(recording, op),
        code,
    )


def unexplained(recording: Recording, step: int) -> list[int]:
    """Ops alive at `step` that neither have a source in the model nor descend from an op that has:
    each still has a `reason`, the pass that made it."""
    index, origins, sets = recording.origin_index, recording.origins, recording.sets
    return [
        op
        for op in recording.alive(step)
        if op not in index or not sets[origins.sources[index[op]]]
    ]
