# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Watch`: the recorder of a session, which also keeps what branches begin with.

After every phase it keeps the module (`snapshots`) and everything else that a compilation has there
(`kept`), and wakes who waits for it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import ModuleOp

from iree_explore.branches import Kept
from iree_explore.context import CompilerContext
from iree_explore.phase import PassLine, Phase
from iree_explore.pipeline import PHASE_NAMES
from iree_explore.recording.recorder import Mark, Recorder
from iree_explore.recording.roofline import Works, work_of
from iree_explore.recording.snapshots import Snapshot, Snapshots
from iree_explore.user_passes import UserLine

if TYPE_CHECKING:
    from iree_explore.session import Session


class Watch(Recorder):
    """A recorder that also keeps snapshots of the module and wakes who waits."""

    def __init__(self, session: Session, *args: Any) -> None:
        super().__init__(*args)
        self.snapshots: dict[str, Snapshot] = {}
        self.kept: dict[int, Kept] = {}
        """By number of the phase that ended, -1: the imported module."""
        self.around: dict[str, tuple[ModuleOp, ModuleOp | None, int]] = {}
        """Of each pass of the user's on the whole module: before and after it, and its step."""
        self.works: Works = {}
        self._session = session
        self._keeper = Snapshots()
        self._mark = Mark()
        self._told_at = time.monotonic()

    def compile_started(self, ctx: CompilerContext, module: ModuleOp) -> None:
        super().compile_started(ctx, module)
        begin = time.thread_time_ns()
        self._take(-1, module)
        self.overhead_ns += time.thread_time_ns() - begin

    def begin(self, base: Watch, after: int) -> None:
        """A branch: what `base` kept until the end of phase number `after` is kept here, too."""
        self.kept = {number: kept for number, kept in base.kept.items() if number <= after}
        before = PHASE_NAMES[: after + 1]
        self.snapshots = {p: s for p, s in base.snapshots.items() if p in before}
        if "flow" in before:
            self.works = base.works

    def keep(self, phase: int, module: ModuleOp) -> None:
        """The module at the end of a phase is another one now: it was edited."""
        self.snapshots[PHASE_NAMES[phase]] = self._take(phase, module)
        if PHASE_NAMES[phase] == "flow":
            self.works = work_of(module)

    def _take(self, phase: int, module: ModuleOp) -> Snapshot:
        assert self._ctx is not None
        snapshot = self._keeper.take(module, self.changed_roots(self._mark))
        self._mark = self.mark()
        self.kept[phase] = Kept.of(snapshot, self._ctx, self.steps - 1)
        return snapshot

    def pass_started(self, phase: Phase, line: PassLine, scope: str, module: ModuleOp) -> None:
        super().pass_started(phase, line, scope, module)
        if isinstance(line, UserLine) and not scope:
            self.around[line.name] = (module.clone(), None, -1)

    def pass_ended(
        self, phase: Phase, line: PassLine, scope: str, module: ModuleOp, *rest: Any
    ) -> None:
        super().pass_ended(phase, line, scope, module, *rest)
        if isinstance(line, UserLine) and not scope:
            after = module.clone() if rest[-1] is None else None
            self.around[line.name] = (self.around[line.name][0], after, self.steps - 1)
        if time.monotonic() - self._told_at > 1:  # long phases fill in as they go
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        self._session._advanced()  # pyright: ignore[reportPrivateUsage]

    def phase_ended(self, phase: Phase, module: ModuleOp) -> None:
        begin = time.thread_time_ns()
        snapshot = self._take(PHASE_NAMES.index(phase.name), module)
        if phase.name == "flow":
            self.works = work_of(module)
        self.overhead_ns += time.thread_time_ns() - begin
        super().phase_ended(phase, module)
        self.snapshots[phase.name] = snapshot
        self._tell()
