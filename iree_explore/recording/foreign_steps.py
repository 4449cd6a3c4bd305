# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a recorder does for another compiler: ids, versions and steps behind our own.

A base of `Recorder`, which has the tables; `ForeignRecorder` calls it, holding `lock`.
"""

from __future__ import annotations

import threading
from abc import abstractmethod

from iree_explore.context import CompilerContext
from iree_explore.provenance import Origin
from iree_explore.recording.foreign import Change
from iree_explore.recording.model import ArtifactRecord, PhaseRecord, Step, Stop
from iree_explore.recording.tracker import Interner, Tracker


class ForeignSteps:
    """Steps of compilers whose IR is only seen printed."""

    lock: threading.RLock
    _ctx: CompilerContext | None
    _phases: list[PhaseRecord]
    _steps: list[Step]
    _strings: Interner
    _type_lists: Interner
    _tracker: Tracker
    _artifacts: list[ArtifactRecord]
    _errors: list[Stop]

    def __init__(self) -> None:
        self.foreign_phases: list[PhaseRecord] = []
        """Those of other compilers, after ours."""

    @property
    def own_phases(self) -> list[PhaseRecord]:
        """Our own phases."""
        return self._phases

    def foreign_op(self, ancestors: frozenset[int], reason: str) -> int:
        """A new op id that descends from `ancestors`."""
        assert self._ctx is not None
        provenance = self._ctx.provenance
        known = [provenance.origins[a] for a in ancestors if a in provenance.origins]
        sources = frozenset[int]().union(*(origin.sources for origin in known))
        number = provenance.next_id
        provenance.next_id = number + 1
        there = frozenset(a for a in ancestors if a in provenance.origins)
        parts = sources - provenance.whole or sources
        provenance.origins[number] = Origin(there, parts, reason)
        return number

    def foreign_string(self, text: str) -> int:
        """Its index among the strings."""
        return self._strings(text)

    def foreign_types(self, types: tuple[str, ...]) -> int:
        """The index of a list of result types."""
        return self._type_lists(tuple(self._strings(text) for text in types))

    def foreign_begin(self, step: int) -> None:
        """From this step on another compiler's module is the module: all that lived ends."""
        tracker = self._tracker
        for index, end in enumerate(tracker.ends):
            if end < 0:
                tracker.ends[index] = step
                tracker.deaths.append((index, step))

    def foreign_change(self, change: Change, step: int) -> None:
        """Versions that a step began and ended."""
        tracker = self._tracker
        for version in change.deaths:
            if version.row >= 0:
                tracker.ends[version.row] = step
                tracker.deaths.append((version.row, step))
        for version in change.births:
            version.row = len(tracker.rows)
            tracker.rows.append(version.record)
            tracker.births.append(step)
            tracker.ends.append(-1)

    def foreign_step(self, step: Step) -> None:
        """A step; origins of what it made are taken with it."""
        self._take_origins()
        self._steps.append(step)

    def foreign_artifact(self, artifact: ArtifactRecord) -> None:
        """Code that another compiler made."""
        self._artifacts.append(artifact)

    def foreign_stop(self, stop: Stop) -> None:
        """Another compiler's error: ours goes on."""
        self._errors.append(stop)

    @abstractmethod
    def _take_origins(self) -> None:
        """Origins of all ids that have a version."""
