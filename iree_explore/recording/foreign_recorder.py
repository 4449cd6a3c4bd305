# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Another compiler's phases and passes as phases and steps of one recording, after ours.

The one idea: its module replaces ours in the same list of steps, so every view works on it as it
is; its ops descend from our imported ones, so a selection lights both sides. Executables are
compiled side by side: what is printed of them is held, as versions, until the module's pass around
them is over, and then put in order of the passes. Ops without a symbol that have siblings of their
kind (initializers) share a file, so passes on them are no steps: the module's next dump has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from iree_explore.recording.foreign import Change, ForeignTracker
from iree_explore.recording.model import ArtifactRecord, Failure, PhaseRecord, Step, Stop
from iree_explore.targets.iree.dumps import Dump
from iree_explore.targets.iree.failure import Failure as CompilerFailure
from iree_explore.targets.iree.failure import blamed
from iree_explore.targets.iree.parse import Parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from iree_explore.recording.recorder import Recorder

_UNCHANGED = Change()


class ForeignRecorder:
    """Told of one compilation for `target` ("iree:llvm-cpu"); `Recorder` has the steps."""

    def __init__(
        self,
        recorder: Recorder,
        target: str,
        phases: Mapping[str, str],
        advanced: Callable[[], None],
    ) -> None:
        self._recorder = recorder
        self._target = target
        self._advanced = advanced
        self._parser = Parser()
        self._held: list[tuple[Dump, Change]] = []
        self._texts: dict[tuple[str, ...], int] = {}
        self._group = -1
        self._began = False
        with recorder.lock:
            self._first_phase = len(recorder.foreign_phases)
            self._names = list(phases)
            self._phase = 0
            recorder.foreign_phases += [
                PhaseRecord(f"{target}/{name}", summary, "pending", -1, -1, (), target)
                for name, summary in phases.items()
            ]
            self._tracker = ForeignTracker(
                recorder.foreign_op, recorder.foreign_string, recorder.foreign_types
            )
        self._state("running")

    # -- what the compiler tells

    def dumped(self, dump: Dump) -> None:
        """One pass left one op like this."""
        if dump.group != self._group:
            self._flush()
            self._group = dump.group
        if self._tracker.ambiguous(dump.scope):
            return  # compiled side by side into one file: which is in it, or how often, is chance
        text = hash(dump.text)
        if self._texts.get(dump.scope) == text:
            self._held.append((dump, _UNCHANGED))
            return
        self._texts[dump.scope] = text
        if len(dump.scope) == 1:
            self._texts = {dump.scope: text}
        printed = self._parser.parse(dump.text)
        self._held.append((dump, self._tracker.update(dump.scope, printed, dump.name)))

    def phase_ended(self, phase: str) -> None:
        """All passes of a phase are told."""
        self._flush()
        if phase in self._names:
            self._phase = self._names.index(phase)
            self._state("done")
            if self._phase + 1 < len(self._names):
                self._phase += 1
                self._state("running")
        self._advanced()

    def artifact(self, name: str, kind: str, text: str) -> None:
        """Code of an executable."""
        with self._recorder.lock:
            self._recorder.foreign_artifact(
                ArtifactRecord(f"{self._target} {name}", kind, text, ())
            )

    def finished(self) -> None:
        """The compiler ended well."""
        self._flush()
        self._state("done")
        self._advanced()

    def failed(self, code: str, failure: CompilerFailure, text: str) -> None:
        """The compiler ended with an error, which is shown at the phase where it did."""
        self._flush()
        name = failure.pass_name or "the next pass"
        with self._recorder.lock:
            self._step(name, "", "where it ended", _UNCHANGED, Failure(code, text))
            self._recorder.foreign_stop(Stop(code, text, self._recorder.steps - 1))
        self._state("failed")
        self._advanced()

    def blamed(self, failure: CompilerFailure) -> tuple[int, ...]:
        """Ids of our ops that a failure is about, by the IR as it was last printed."""
        return blamed(failure, self._tracker.root)

    # -- steps

    def _flush(self) -> None:
        held, self._held = self._held, []
        if not held:
            return
        held.sort(key=lambda pair: (pair[0].number, pair[0].scope))
        with self._recorder.lock:
            for dump, change in held:
                self._step(dump.name, _symbol(dump), dump.title, change, None)

    def _step(self, name: str, scope: str, why: str, change: Change, error: Failure | None) -> None:
        recorder = self._recorder
        index = recorder.steps
        if not self._began:
            self._began = True
            recorder.foreign_begin(index)
        recorder.foreign_change(change, index)
        recorder.foreign_step(
            Step(
                len(recorder.own_phases) + self._first_phase + self._phase,
                name, scope, why, 0, bool(change), error, (0, 0),
            )
        )  # fmt: skip
        place = self._first_phase + self._phase
        record = recorder.foreign_phases[place]
        first = index if record.first < 0 else record.first
        recorder.foreign_phases[place] = replace(record, first=first, step=index)

    def _state(self, state: str) -> None:
        recorder = self._recorder
        with recorder.lock:
            place = self._first_phase + self._phase
            record = recorder.foreign_phases[place]
            step = record.step
            if state == "done" and step < 0:  # without passes: as the phase before
                step = recorder.steps - 1
            recorder.foreign_phases[place] = replace(record, state=state, step=step)


def _symbol(dump: Dump) -> str:
    """What a step's scope says: the executable, or the function of the host program."""
    for folder in dump.scope[1:]:
        for kind in ("hal_executable_", "stream_executable_", "flow_executable_", "util_func_",
                     "vm_func_", "func_func_"):  # fmt: skip
            if folder.startswith(kind) and not folder.startswith(f"{kind}variant"):
                return folder[len(kind) :]
    return "" if len(dump.scope) == 1 else dump.scope[-1]
