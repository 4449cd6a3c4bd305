# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a session has of each phase: the module after it, as IR, text, ops and graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp

from iree_explore.errors import Error
from iree_explore.pipeline import PHASE_NAMES
from iree_explore.recording import graph
from iree_explore.recording.model import OpVersion, Recording
from iree_explore.recording.snapshots import Snapshot
from iree_explore.recording.text import Outline, assemble

if TYPE_CHECKING:
    from iree_explore.session import Session


@dataclass(frozen=True)
class Stage:
    """The module after one phase. `module` is a new clone on every access."""

    name: str
    summary: str
    step: int
    _recording: Recording
    _snapshot: Snapshot | None
    _error: Error | None

    @property
    def module(self) -> ModuleOp:
        """The live xDSL module after the phase; editing it never alters the session.

        Raises what stopped the compilation if that was in this phase; its text is still there.
        """
        if self._snapshot is None:
            raise self._error or KeyError(f"no module of phase {self.name} was kept")
        return self._snapshot.module()

    @property
    def text(self) -> str:
        """The module's text, with op ids as value names."""
        return assemble(self._recording, self.step)

    @property
    def ops(self) -> tuple[OpVersion, ...]:
        """Every op of the module, in textual order."""
        outline = Outline(self._recording, self.step)
        return tuple(self._recording.version(outline.alive[op]) for op in outline.walk())

    @property
    def graph(self) -> graph.Graph:
        """The dispatches of the program if it has some, else the ops of its first function."""
        found = graph.dispatch_graph(self._recording, self.step)
        if any(node.kind == "dispatch" for node in found.nodes):
            return found
        return graph.op_graph(self._recording, self.step)

    def __repr__(self) -> str:
        return f"<stage {self.name!r}: {self.summary}>"


class Stages(Mapping[str, Stage]):
    """The session's stages by phase name, in order. Looking one up waits for it; iterating waits
    for the end of the compilation and has the phases that were reached."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getitem__(self, name: str) -> Stage:
        """Raises what stopped the compilation if that phase was not reached."""
        if name not in PHASE_NAMES:
            raise KeyError(f"{name!r} is no phase; the phases are {', '.join(PHASE_NAMES)}")
        session = self._session
        watch = session._watch  # pyright: ignore[reportPrivateUsage]
        session._wait_for(lambda: name in watch.snapshots or session.done)  # pyright: ignore
        recording = session.recording
        record = recording.phases[PHASE_NAMES.index(name)]
        if record.step < 0:
            if session.error is not None:
                raise session.error
            raise KeyError(f"the compilation ended before phase {name!r}")
        snapshot = watch.snapshots.get(name)
        return Stage(name, record.summary, record.step, recording, snapshot, session.error)

    def __iter__(self) -> Iterator[str]:
        session = self._session
        session._wait_for(lambda: session.done)  # pyright: ignore[reportPrivateUsage]
        return iter([p.name for p in session.recording.phases if p.step >= 0])

    def __len__(self) -> int:
        return len(list(iter(self)))
