# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Branches of a session: an edited module, or another list of passes, resumed from there.

The one idea: everything a compilation needs at the end of a phase (module, ids, weights, kernels in
the making) is kept, so a branch is a session of its own that begins there instead of at the source.
Passes are deterministic: inside a phase a branch runs them again, and gets the same ids. Where
next: `recording/edits.py` reads edits, `recording/fork.py` shares recordings, `comparison.py`
compares two branches.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.context import CompilerContext, Parameters, PendingObject, make_context
from iree_explore.errors import Error, ModelError
from iree_explore.pipeline import PHASE_NAMES, phases_of
from iree_explore.provenance import Origin
from iree_explore.recording import runs
from iree_explore.recording.edits import Edited, editable, read_edit, refusal
from iree_explore.recording.fork import fork
from iree_explore.recording.snapshots import Snapshot
from iree_explore.resume import Edit, resume
from iree_explore.trial import LIMIT_S, try_once

if TYPE_CHECKING:
    from iree_explore.comparison import Comparison
    from iree_explore.module import CompiledModule
    from iree_explore.pass_report import PassReport
    from iree_explore.session import Session, Watch
    from iree_explore.user_passes import UserPass

MAIN = "main"
"""The name of the branch that a session begins with."""


@dataclass(frozen=True)
class Kept:
    """What a compilation had at the end of a phase."""

    snapshot: Snapshot
    next_id: int
    parameters: Parameters
    pending: dict[str, PendingObject]
    step: int

    @classmethod
    def of(cls, snapshot: Snapshot, ctx: CompilerContext, step: int) -> Kept:
        """Of the context as it is now."""
        parameters, pending = ctx.parameters.copy(), dict(ctx.pending)
        return cls(snapshot, ctx.provenance.next_id, parameters, pending, step)


@dataclass(frozen=True)
class Place:
    """A place of the pipeline: after the first `passes` passes of phase number `phase`, or at its
    end if that is 0. `after` is the phase where a branch begins that changes something there."""

    name: str
    phase: int
    passes: int

    @property
    def after(self) -> int:
        return self.phase - 1 if self.passes else self.phase


@dataclass(frozen=True)
class Start:
    """Where and with what a branch begins."""

    base: Session
    after: int
    place: Place | None = None
    module: ModuleOp | None = field(default=None, repr=False)
    next_id: int = 0
    origins: dict[int, Origin] = field(default_factory=dict, repr=False)
    sources: list[Any] = field(default_factory=list, repr=False)

    def go(self, name: str, ctx: CompilerContext, watch: Watch, stop: str) -> ModuleOp:
        """Compiles the rest; raises as `pipeline.run` does."""
        base = self.base._watch  # pyright: ignore[reportPrivateUsage]
        kept = base.kept[self.after]
        module = kept.snapshot.module()
        prepare(ctx, self.base, kept)
        fork(watch, base, ctx, module, kept.step)
        watch.begin(base, self.after)
        edit = None
        if self.place is not None and self.module is not None:
            place, edited = self.place, self.module

            def swap(_: ModuleOp) -> ModuleOp:
                new = edited.clone()
                provenance = ctx.provenance
                provenance.origins.update(self.origins)
                provenance.next_id = max(provenance.next_id, self.next_id)
                watch.edited(phases_of(ctx)[place.phase], new, name)
                if not place.passes:
                    watch.keep(place.phase, new)
                return new

            edit = Edit(place.phase, place.passes, swap)
        return resume(module, ctx, self.after, stop, edit)


def prepare(ctx: CompilerContext, base: Session, kept: Kept) -> None:
    """Gives a new context what the one of `base` had when `kept` was."""
    old = base._ctx  # pyright: ignore[reportPrivateUsage]
    ctx.parameters, ctx.pending = kept.parameters.copy(), dict(kept.pending)
    ctx.objects, ctx.unranked, ctx.notes = dict(old.objects), old.unranked, list(old.notes)
    ctx.user_files = list(old.user_files)
    theirs, own = old.provenance, ctx.provenance
    last = kept.next_id
    for number, origin in list(theirs.origins.items()):
        if number < last:
            if any(a >= last for a in origin.ancestors):  # it merged with something later
                left = frozenset(a for a in origin.ancestors if a < last)
                origin = Origin(left, origin.sources, origin.reason)
            own.origins[number] = origin
    own.sources, own.whole = list(theirs.sources), set(theirs.whole)
    own._source_ids = dict(theirs._source_ids)
    own.next_id = last


class Branches(Mapping[str, "Session"]):
    """The branches of a session by name, the first one is "main"; prints as a tree."""

    def __init__(self, root: Session) -> None:
        self._sessions: dict[str, Session] = {MAIN: root}

    def __getitem__(self, name: str) -> Session:
        """Raises `ModelError` IX216 for a name that no branch has."""
        found = self._sessions.get(name)
        if found is None:
            raise ModelError("IX216", f"no branch {name!r}", hint=f"there is {', '.join(self)}")
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._sessions

    def find(self, name: str) -> Session | None:
        """The branch of that name, None if there is none."""
        return self._sessions.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._sessions))

    def __len__(self) -> int:
        return len(self._sessions)

    def add(self, name: str, session: Session) -> None:
        """A new branch, or one that replaces another of its name."""
        self._sessions[name] = session

    def remove(self, name: str) -> None:
        """Takes a branch out of the tree, and those that begin in it."""
        if name == MAIN:
            raise ModelError("IX216", "the branch main is the session itself")
        gone = self[name]
        for other, session in list(self._sessions.items()):
            if session.parent is gone:
                self.remove(other)
        gone.cancel()
        del self._sessions[name]

    def children(self, name: str) -> list[str]:
        """The branches that begin in the branch `name`."""
        parent = self[name]
        return [n for n, session in self._sessions.items() if session.parent is parent]

    def __repr__(self) -> str:
        rows: list[str] = []

        def show(name: str, depth: int) -> None:
            session = self[name]
            what = f" ({session.begins})" if session.begins else ""
            rows.append(f"{'  ' * depth}{name}{what}: {session.recording.state}")
            for child in self.children(name):
                show(child, depth + 1)

        show(MAIN, 0)
        return "\n".join(rows)


class Branching:
    """The part of a `Session` that changes something and goes on from there."""

    branches: Branches
    parent: Session | None = None
    branch_name: str = MAIN
    begins: str = ""
    """What a branch changes and where, in words."""
    signature_changes: tuple[str, ...] = ()
    """How the exported functions of an edited branch differ from its parent's."""
    _start: Start | None = None
    _edit: tuple[str, str | ModuleOp] | None = None
    edited_at: str = ""
    """The phase or pass whose result this branch edits, "" if it edits nothing."""
    run_limit_s: float = LIMIT_S
    """How long the first call of an edited program may take, in a process of its own."""

    @cached_property
    def _stop_trial(self) -> threading.Event:
        return threading.Event()

    @property
    def edited(self) -> bool:
        """Whether a person edited the IR of this branch, or of one that it begins in."""
        return bool(self.edited_at) or (self.parent is not None and self.parent.edited)

    def _tried(self, module: CompiledModule) -> CompiledModule:
        """The module; what a person edited is called in another process before it may run here."""
        this: Session = self  # pyright: ignore[reportAssignmentType]
        if module.target != "reference" and self.edited:
            called = runs.choose(module, None, this._inputs)
            try_once(module, *called, self.run_limit_s, self._stop_trial)
        return module

    # -- places

    def _place(self, at: str) -> Place:
        this: Session = self  # pyright: ignore[reportAssignmentType]
        phases = phases_of(this._ctx)
        for index, phase in enumerate(phases):
            if phase.name == at:
                return Place(at, index, 0)
            for number, line in enumerate(phase.passes):
                if line.name == at:
                    last = number + 1 == len(phase.passes)
                    return Place(at, index, 0 if last else number + 1)
        from iree_explore.user_passes import near

        known = [line.name for phase in phases for line in phase.passes] + list(PHASE_NAMES)
        raise ModelError("IX204", f"no phase or pass {at!r}{near(at, known)}")

    def _at(self, place: Place) -> tuple[ModuleOp, CompilerContext]:
        """The module at a place, and a context as it was there; waits for the compilation."""
        this: Session = self  # pyright: ignore[reportAssignmentType]
        this._wait_for(lambda: this.done)
        kept = this._watch.kept.get(place.after)
        if kept is None:
            raise this.error or ModelError("IX204", f"the compilation began after {place.name}")
        ctx = make_context(this._ctx.options)
        prepare(ctx, this, kept)
        module = kept.snapshot.module()
        start = this._start
        if place.passes:
            own = start.place if start is not None else None
            if start is not None and own is not None and own.phase == place.phase and (
                0 < own.passes <= place.passes
            ):  # fmt: skip
                assert start.module is not None
                module = start.module.clone()
                ctx.provenance.origins.update(start.origins)
                ctx.provenance.next_id = max(ctx.provenance.next_id, start.next_id)
                first = own.passes
            else:
                first = 0
            phase = phases_of(ctx)[place.phase]
            pipeline.run_lines(phase, phase.passes[first : place.passes], module, ctx)
            ctx.provenance.settle(module, place.name)
        return module, ctx

    def module_at(self, at: str) -> ModuleOp:
        """A new module as it is after a phase or a pass, op ids in the locations. Raises what
        stopped the compilation before, IX204 for a place that does not exist."""
        return self._at(self._place(at))[0]

    def text_at(self, at: str) -> str:
        """The IR after a phase or a pass as text that `branch` takes: `%123` is the result of op
        123, and keeps its history as long as the name stays."""
        return editable(self.module_at(at))

    # -- editing

    def check_edit(self, at: str, edited: str | ModuleOp) -> Edited:
        """What `branch` would say of an edited text or module: its `problems`, and how the
        signature changes. Nothing is compiled."""
        return self._read(self._place(at), edited, "edit")[0]

    def _read(
        self, place: Place, edited: str | ModuleOp, reason: str
    ) -> tuple[Edited, CompilerContext]:
        base, ctx = self._at(place)
        phases = phases_of(ctx)
        before = phases[place.phase - 1] if place.passes and place.phase else None
        return read_edit(edited, base, ctx, phases[place.phase], before, reason), ctx

    def branch(
        self,
        name: str,
        *,
        at: str | None = None,
        text: str | None = None,
        module: ModuleOp | None = None,
        lowering_config: Mapping[str | int, Any] | None = None,
        rebase: str = "both",
    ) -> Session:
        """A branch `name` that goes on from an edited `text` or `module` after the phase or pass
        `at`, or from before the configurations are chosen with others (`lowering_config`, as for
        `ie.explore`).

        It is a session of its own and shares the recording of what came before. Ops whose names
        (`%123`) or, in a module, locations stay keep their ids. A branch of that name is replaced;
        `rebase` says what then becomes of those that begin in it: "keep" their edits (made again on
        the new one), take the "new" IR (they go), or "both" (an edit that fits is kept beside the
        new one).

        Raises `ModelError` IX215 with everything that is wrong with the edit: what does not parse,
        breaks a rule of its op, or does not belong to that stage, with line and column; IX204 for a
        place that does not exist, IX216 for a name that cannot be used.
        """
        this: Session = self  # pyright: ignore[reportAssignmentType]
        _check_name(this, name, rebase)
        if (text is None) == (module is None) and (
            text is not None or module is not None or lowering_config is None
        ):
            raise ModelError("IX215", f"{name}: give text= or module=, or a lowering_config")
        if lowering_config is not None:
            if at is not None or text is not None or module is not None:
                raise ModelError("IX215", f"{name}: an edit and a lowering_config in one branch",
                                 hint="branch twice: branch(...).branch(...)")  # fmt: skip
            this._wait_for(lambda: this.done)
            options = replace(this._ctx.options, lowering_config=lowering_config)
            after = PHASE_NAMES.index("executable-sources")
            return self._added(name, Start(this, after), options, "lowering_config", rebase)
        if at is None:
            raise ModelError("IX215", f"{name}: at= names the phase or pass that was edited")
        place = self._place(at)
        given = text if text is not None else module
        assert given is not None
        edited, ctx = self._read(place, given, f"edit {name}")
        if edited.problems:
            raise refusal(edited, name, at)
        own = ctx.provenance
        start = Start(this, place.after, place, edited.module, own.next_id,
                      {n: o for n, o in own.origins.items()
                       if o.reason == f"edit {name}"})  # fmt: skip
        made = self._added(name, start, this._ctx.options, f"edit after {at}", rebase,
                           signature=edited.signature, edit=(at, given))  # fmt: skip
        return made

    def insert(
        self, *passes: UserPass, name: str | None = None, rebase: str = "both"
    ) -> PassReport:
        """A branch with more `passes`, named like the last of them, and what that one did there:
        matches, near misses, the diff, its time, its effect on numerics and run time.

        A pass of a name that is already there is replaced, and so is the branch: run the cell again
        after a change. Raises `ModelError` IX204 for places that do not exist, IX216 as `branch`.
        """
        from iree_explore.pass_report import PassReport

        this: Session = self  # pyright: ignore[reportAssignmentType]
        if not passes:
            raise ModelError("IX204", "insert() needs a pass", hint="make one with @ie.rewrite")
        ctx = make_context(replace(this._ctx.options, passes=passes))
        phases_of(ctx)
        names = {one.name for one in passes}
        old = tuple(one for one in this._ctx.options.passes if one.name not in names)
        options = replace(this._ctx.options, passes=(*old, *passes))
        ctx = make_context(options)
        first = min(
            index
            for index, phase in enumerate(phases_of(ctx))
            for line in phase.passes
            if line.name in names
        )
        label = name or passes[-1].name
        _check_name(this, label, rebase)
        this._wait_for(lambda: this.done)
        where = passes[-1].before or passes[-1].after or "preprocessing"
        begins = f"pass {'before' if passes[-1].before else 'after'} {where}"
        made = self._added(label, Start(this, first - 1), options, begins, rebase)
        return PassReport(made, passes[-1].name)

    def _added(
        self,
        name: str,
        start: Start,
        options: Any,
        begins: str,
        rebase: str,
        signature: Sequence[str] = (),
        edit: tuple[str, str | ModuleOp] | None = None,
    ) -> Session:
        from iree_explore.session import Session

        this: Session = self  # pyright: ignore[reportAssignmentType]
        if start.after not in this._watch.kept:
            raise this.error or ModelError("IX204", f"{name}: the compilation began later")
        made = Session(
            this._source, this._inputs, targets=this.targets, dynamic=this._dynamic,
            name=f"{this._root.recording.name} [{name}]", stop=this._phases[1], options=options,
            start=this._phases[0], resume=(start, name),
        )  # fmt: skip
        made.begins, made.signature_changes, made._edit = begins, tuple(signature), edit
        made.edited_at = edit[0] if edit else ""
        replaced = this.branches.find(name)
        children = [] if replaced is None else this.branches.children(name)
        this.branches.add(name, made)
        for child in children:
            _rebased(this.branches, child, made, rebase)
        this._root._advanced()
        return made

    @property
    def _root(self) -> Session:
        return self.branches[MAIN]

    def rebase(self, onto: str | Session, how: str = "keep") -> Session:
        """This branch once more, on another one: "keep" its edit there, take the "new" IR (the
        branch goes), or have "both" (the edit under the name `<name> on <onto>`, beside this one).
        Returns the branch that has the result. Raises as `branch` does."""
        this: Session = self  # pyright: ignore[reportAssignmentType]
        _check_how(how)
        base = self.branches[onto] if isinstance(onto, str) else onto
        if how == "new":
            self.branches.remove(this.branch_name)
            return base
        name = this.branch_name
        if how == "both":
            name = f"{name} on {base.branch_name}"
        return _again(this, base, name)

    # -- comparing

    def compare(
        self, other: str | Session | None = None, *, stage: str | None = None,
        repetitions: int = 20,
    ) -> Comparison:  # fmt: skip
        """This branch beside another (default: its parent): ops that differ after phase `stage`
        (default: the first that differs), results for the same inputs, and run times of calls made
        in turns."""
        from iree_explore.comparison import compare

        this: Session = self  # pyright: ignore[reportAssignmentType]
        if other is None:
            other = this.parent or this
        base = self.branches[other] if isinstance(other, str) else other
        return compare(base, this, stage, repetitions)


def _again(branch: Session, base: Session, name: str) -> Session:
    """What `branch` changes, made on `base`."""
    if branch._edit is not None:
        at, given = branch._edit
        if isinstance(given, str):
            return base.branch(name, at=at, text=given)
        return base.branch(name, at=at, module=given)
    own = branch._ctx.options
    if own.lowering_config != base._ctx.options.lowering_config:
        return base.branch(name, lowering_config=own.lowering_config)
    parent = branch.parent
    known = () if parent is None else parent._ctx.options.passes
    passes = [one for one in own.passes if one not in known]
    return base.insert(*passes, name=name).branch


def _rebased(branches: Branches, child: str, onto: Session, how: str) -> None:
    """What becomes of a branch whose parent was replaced by `onto`."""
    session = branches[child]
    below = branches.children(child)
    if how == "new":
        branches.remove(child)
        return
    try:
        made = _again(session, onto, child)
    except Error as error:
        if how == "keep":
            raise
        onto._ctx.notes.append(f"{child} does not fit any more: {error.what}")
        return
    for other in below:
        if other in branches and branches[other].parent is session:
            _rebased(branches, other, made, how)


def _check_how(how: str) -> None:
    if how not in ("keep", "new", "both"):
        raise ModelError("IX216", f"rebase={how!r}", hint='one of "keep", "new", "both"')


def _check_name(session: Session, name: str, rebase: str) -> None:
    _check_how(rebase)
    if not isinstance(name, str) or not name.strip() or name == MAIN:
        raise ModelError("IX216", f"a branch cannot be called {name!r}")
    at: Session | None = session
    while at is not None:
        if at.branch_name == name:
            raise ModelError(
                "IX216", f"the branch {name!r} would begin in itself",
                hint=f"session.branches[{at.parent.branch_name!r}] is its parent"
                if at.parent else None,
            )  # fmt: skip
        at = at.parent
