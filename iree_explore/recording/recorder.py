# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Recorder`: the observer that makes a `Recording` while a compilation runs.

The compile thread writes; any thread reads through `recording()` (a frozen copy) or `delta()`
(what an open page has not seen). After every pass `Tracker` writes versions of what changed.
"""

from __future__ import annotations

import gc
import inspect
import linecache
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

import iree_explore
from iree_explore.context import Cancelled, CompilerContext
from iree_explore.errors import Error
from iree_explore.observer import Artifact, Observer, Rewrite
from iree_explore.phase import PassLine, Phase
from iree_explore.pipeline import PHASES, phase_index
from iree_explore.provenance import Origin
from iree_explore.recording.clock import now
from iree_explore.recording.foreign_steps import ForeignSteps
from iree_explore.recording.grids import grids
from iree_explore.recording.kernel_records import GridRecord, TransactionRecord
from iree_explore.recording.model import (
    ORIGIN_COLUMNS,
    ArtifactRecord,
    DeviceInfo,
    Event,
    Failure,
    ModelSource,
    Origins,
    PassDoc,
    PassInfo,
    PhaseRecord,
    Recording,
    RewriteVersions,
    Run,
    SourceFile,
    SourceRecord,
    Step,
    Stop,
)
from iree_explore.recording.numerics_records import FoundRecord, NumericsRecord
from iree_explore.recording.shape_records import Shapes
from iree_explore.recording.shapes import ShapeRecorder
from iree_explore.recording.tracker import OP, PARENT, Interner, Tracker
from iree_explore.recording.transactions import transactions
from iree_explore.shapes.inference import PropagationStep, SymbolicShapes

_LAST_OF_GPUS = "executable-targets-convert-to-spirv"
"""The pass whose kernels still have addresses that can be computed."""


@dataclass(frozen=True)
class Mark:
    """How much of a recording a reader has: counts of what only grows, and the state."""

    strings: int = 0
    type_lists: int = 0
    sets: int = 0
    steps: int = 0
    versions: int = 0
    deaths: int = 0
    origins: int = 0
    sources: int = 0
    files: int = 0
    events: int = 0
    artifacts: int = 0
    runs: int = 0
    errors: int = 0
    rewrites: int = 0
    numerics: int = 0
    found: int = 0
    grids: int = 0
    transactions: int = 0
    shapes: int = 0
    state: str = ""


class Recorder(ForeignSteps, Observer):
    """Give it to `make_context`; `overhead_ns` is the processor time that it took."""

    def __init__(
        self, name: str = "module", source: ModelSource | None = None, targets: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.overhead_ns = 0
        self._ctx: CompilerContext | None = None
        self._root: ModuleOp | None = None
        self._strings = Interner()
        self._strings("")
        self._type_lists = Interner()
        self._sets = Interner()
        self._sets(())
        self._set_index: dict[frozenset[int] | tuple[int, ...], int] = {}
        self._tracker = Tracker(self._strings, self._type_lists, self._assign)
        self._sizes = ShapeRecorder()
        self._sizes_new = False
        self._shapes: Shapes | None = None
        self._shapes_count = 0
        self._head = Recording(
            name=name,
            created=now(),
            compiler=f"iree_explore {iree_explore.__version__}",
            state="compiling",
            source=source or ModelSource(""),
            targets=targets,
        )
        self._phases = [_phase_record(phase) for phase in PHASES]
        self._steps: list[Step] = []
        self._origins: dict[str, list[int]] = {name: [] for name in ORIGIN_COLUMNS}
        self._has_origin: set[int] = set()
        self._checked = 0
        self._sources: list[SourceRecord] = []
        self._files: dict[str, SourceFile | None] = {}
        self._events: list[Event] = []
        self._pending: list[Rewrite] = []
        self._artifacts: list[ArtifactRecord] = []
        self._runs: list[Run] = []
        self._errors: list[Stop] = []
        self._rewrites: list[RewriteVersions] = []
        self.next_ids: list[int] = []
        """The id that was free when each step began."""
        self._free = 1
        self._numerics: list[NumericsRecord] = []
        self._found: list[FoundRecord] = []
        self._grids: list[GridRecord] = []
        self._transactions: list[TransactionRecord] = []
        self._op_docs: dict[str, str] = {}
        self._pass_docs: dict[str, PassDoc] = {}
        self._pass = "import"

    # -- what the compiler tells

    def compile_started(self, ctx: CompilerContext, module: ModuleOp) -> None:
        self._ctx, self._root = ctx, module
        self._step(0, None, "", "the imported module", module, 0, None)
        with self.lock:
            self._phases[0] = replace(self._phases[0], state="running", first=0)

    def phase_started(self, phase: Phase, module: ModuleOp) -> None:
        with self.lock:
            index = phase_index(phase.name)
            if index > 0 and self._phases[0].state == "running":  # it starts at a later phase
                self._phases[0] = replace(self._phases[0], state="done", step=0)
            passes = _phase_record(phase).passes
            self._phases[index] = replace(self._phases[index], state="running", passes=passes)

    def phase_ended(self, phase: Phase, module: ModuleOp) -> None:
        with self.lock:
            index = phase_index(phase.name)
            self._phases[index] = replace(
                self._phases[index], state="done", step=len(self._steps) - 1
            )
            begin = time.thread_time_ns()
            if self._sizes.active:
                self._sizes.phase_ended(phase.name, module)
                if self._sizes_new:
                    self._build_shapes()
            if phase.name == "executable-configurations":
                self._grids = grids(module)
            self.overhead_ns += time.thread_time_ns() - begin

    def shapes_inferred(
        self, function: str, shapes: SymbolicShapes, steps: Sequence[PropagationStep]
    ) -> None:
        begin = time.thread_time_ns()
        found = next(op for op in _functions(self._root) if op.sym_name.data == function)
        with self.lock:
            self._sizes.inferred(found, shapes, steps)
            self._sizes_new = True
            self._sizes.begin_step()
            self._tracker.sized = self._sizes.sized
            for op, version in self._tracker.live():
                self._sizes.sized(op, version)
        self.overhead_ns += time.thread_time_ns() - begin

    def pass_started(self, phase: Phase, line: PassLine, scope: str, module: ModuleOp) -> None:
        self._pass = line.name
        if line.name == _LAST_OF_GPUS:
            begin = time.thread_time_ns()
            with self.lock:
                self._transactions += transactions(scope, module)
            self.overhead_ns += time.thread_time_ns() - begin
        if self._ctx is not None:
            self._free = self._ctx.provenance.next_id
        if line.name not in self._pass_docs:
            self._pass_docs[line.name] = pass_doc(line.load())

    def edited(self, phase: Phase, module: ModuleOp, name: str) -> None:
        """The module was replaced by an edited one, which is a step of `phase`."""
        index = phase_index(phase.name)
        self._root = module
        self._step(index, "edit", "", f"edited by hand: {name}", module, 0, None)
        with self.lock:
            record = self._phases[index]
            first = len(self._steps) - 1 if record.first < 0 else record.first
            self._phases[index] = replace(record, first=first, step=len(self._steps) - 1)

    def rewritten(self, event: Rewrite) -> None:
        self._pending.append(event)

    def pass_ended(
        self,
        phase: Phase,
        line: PassLine,
        scope: str,
        module: ModuleOp,
        elapsed_ns: int,
        error: Error | None,
    ) -> None:
        failure = None if error is None else Failure(error.code, str(error))
        index = phase_index(phase.name)
        self._step(index, line.name, scope, line.why, module, elapsed_ns, failure)
        with self.lock:
            record = self._phases[index]
            state = record.state if error is None else "failed"
            first = len(self._steps) - 1 if record.first < 0 else record.first
            step = record.step if error is None else len(self._steps) - 1
            self._phases[index] = replace(record, first=first, state=state, step=step)

    def artifact(self, artifact: Artifact) -> None:
        flat = tuple(x for pair in artifact.line_ops for x in pair)
        with self.lock:
            self._artifacts.append(
                ArtifactRecord(artifact.executable, artifact.kind, artifact.text, flat)
            )

    # -- what the session tells

    def stopped(self, error: Error) -> None:
        """The compilation ended with `error`: nothing recorded so far is lost."""
        with self.lock:
            self._errors.append(Stop(error.code, str(error), len(self._steps) - 1))
            cancelled = isinstance(error, Cancelled)
            self._head = replace(self._head, state="cancelled" if cancelled else "failed")
            if self._sizes.active:
                self._build_shapes()
            for i, record in enumerate(self._phases):
                if record.state == "running":
                    self._phases[i] = replace(record, state="failed", step=len(self._steps) - 1)

    def finished(self) -> None:
        """The compilation ended well."""
        with self.lock:
            self._head = replace(self._head, state="done")
            if self._sizes.active:
                self._build_shapes()

    def ran(self, run: Run) -> None:
        """A measured run to append; the first says what sizes are usual."""
        with self.lock:
            self._runs.append(run)
        if run.error is None:
            self.sampled(run.function, [_shape_of(text) for text in run.inputs])

    def detailed(self, record: RewriteVersions) -> None:
        """The text between the rewrites of a step to append."""
        with self.lock:
            self._rewrites.append(record)

    @property
    def interners(self) -> tuple[Interner, Interner]:
        """The strings and lists of types of the recording, for versions to append."""
        return self._strings, self._type_lists

    def checked(self, record: NumericsRecord) -> None:
        """A check of the numerics to append."""
        with self.lock:
            self._numerics.append(record)

    def found(self, record: FoundRecord) -> None:
        """The answer of a search for the first wrong rewrite to append."""
        with self.lock:
            self._found.append(record)

    @property
    def has_sizes(self) -> bool:
        """Whether the program has unknown sizes."""
        return self._sizes.active

    def sampled(self, function: str, inputs: Sequence[Sequence[int]]) -> None:
        """The shapes of one call's inputs, for symbols that have no sample size yet."""
        with self.lock:
            if self._sizes.sample(function, inputs):
                self._build_shapes()

    def describe(
        self,
        name: str | None = None,
        source: ModelSource | None = None,
        devices: tuple[DeviceInfo, ...] | None = None,
        notes: tuple[str, ...] | None = None,
        options: dict[str, bool] | None = None,
    ) -> None:
        """Sets what becomes known only while compiling."""
        with self.lock:
            self._head = replace(
                self._head,
                name=self._head.name if name is None else name,
                source=source or self._head.source,
                devices=self._head.devices if devices is None else devices,
                notes=self._head.notes if notes is None else notes,
                options=self._head.options if options is None else options,
            )

    # -- what readers get

    def recording(self) -> Recording:
        """A frozen copy of everything so far; any thread may call this."""
        with self.lock:
            self._document()
            return replace(
                self._head,
                strings=tuple(self._strings.values),
                type_lists=tuple(self._type_lists.values),
                sets=tuple(self._sets.values),
                phases=(*self._phases, *self.foreign_phases),
                steps=tuple(self._steps),
                versions=self._tracker.columns(),
                origins=Origins(**{k: list(v) for k, v in self._origins.items()}),
                sources=tuple(self._sources),
                files=tuple(self._texts()),
                events=tuple(self._events),
                artifacts=tuple(self._artifacts),
                runs=tuple(self._runs),
                errors=tuple(self._errors),
                rewrites=tuple(self._rewrites),
                numerics=tuple(self._numerics),
                found=tuple(self._found),
                grids=tuple(self._grids),
                transactions=tuple(self._transactions),
                op_docs=dict(self._op_docs),
                pass_docs=dict(self._pass_docs),
                shapes=self._shapes,
            )

    def mark(self) -> Mark:
        """Where a reader stands who has everything so far."""
        with self.lock:
            return Mark(
                len(self._strings.values), len(self._type_lists.values), len(self._sets.values),
                len(self._steps), self._tracker.count, len(self._tracker.deaths),
                len(self._origins["op"]), len(self._sources), len(self._texts()), len(self._events),
                len(self._artifacts), len(self._runs), len(self._errors),
                len(self._rewrites), len(self._numerics), len(self._found),
                len(self._grids), len(self._transactions), self._shapes_count,
                self._head.state,
            )  # fmt: skip

    def delta(self, since: Mark) -> tuple[Recording, list[int], Mark]:
        """What a reader at `since` lacks: a recording of only the new parts, the new deaths as
        flat pairs (version, step), and where the reader stands with them."""
        with self.lock:
            self._document()
            origins = self._origins
            part = replace(
                self._head,
                strings=tuple(self._strings.values[since.strings :]),
                type_lists=tuple(self._type_lists.values[since.type_lists :]),
                sets=tuple(self._sets.values[since.sets :]),
                phases=(*self._phases, *self.foreign_phases),
                steps=tuple(self._steps[since.steps :]),
                versions=self._tracker.columns(since.versions),
                origins=Origins(**{k: origins[k][since.origins :] for k in ORIGIN_COLUMNS}),
                sources=tuple(self._sources[since.sources :]),
                files=tuple(self._texts()[since.files :]),
                events=tuple(self._events[since.events :]),
                artifacts=tuple(self._artifacts[since.artifacts :]),
                runs=tuple(self._runs[since.runs :]),
                errors=tuple(self._errors[since.errors :]),
                rewrites=tuple(self._rewrites[since.rewrites :]),
                numerics=tuple(self._numerics[since.numerics :]),
                found=tuple(self._found[since.found :]),
                grids=tuple(self._grids[since.grids :]),
                transactions=tuple(self._transactions[since.transactions :]),
                op_docs=dict(self._op_docs),
                pass_docs=dict(self._pass_docs),
                shapes=None if since.shapes == self._shapes_count else self._shapes,
            )
            deaths = [x for pair in self._tracker.deaths[since.deaths :] for x in pair]
            return part, deaths, self.mark()

    def changed_roots(self, since: Mark) -> set[int]:
        """Ids of the ops directly inside the root module that changed since the mark, in whatever
        is inside them too."""
        with self.lock:
            rows = self._tracker.rows
            top = {op: op for op in self._tracker.top_level()}
            touched = [*range(since.versions, self._tracker.count)]
            touched += [index for index, _ in self._tracker.deaths[since.deaths :]]
            found: set[int] = set()
            for index in touched:
                path = [rows[index][OP]]
                parent = rows[index][PARENT]
                while path[-1] not in top and parent:
                    path.append(parent)
                    parent = self._tracker.parent_of(parent)
                root = top.get(path[-1])
                if root is not None:
                    found.add(root)
                    top.update((op, root) for op in path)
            return found

    @property
    def steps(self) -> int:
        """How many steps are recorded."""
        return len(self._steps)

    # -- inside

    def _step(
        self,
        phase: int,
        pass_name: str | None,
        scope: str,
        why: str,
        module: ModuleOp,
        elapsed_ns: int,
        failure: Failure | None,
    ) -> None:
        begin = time.thread_time_ns()
        assert self._ctx is not None and self._root is not None
        if failure is not None:
            self._ctx.provenance.settle(module, self._pass)
        collecting = gc.isenabled()
        gc.disable()  # much is made here and hardly anything dropped
        try:
            self._record(phase, pass_name, scope, why, module, elapsed_ns, failure)
        finally:
            if collecting:
                gc.enable()
        self.overhead_ns += time.thread_time_ns() - begin

    def _record(
        self,
        phase: int,
        pass_name: str | None,
        scope: str,
        why: str,
        module: ModuleOp,
        elapsed_ns: int,
        failure: Failure | None,
    ) -> None:
        assert self._root is not None
        with self.lock:
            step = len(self._steps)
            self._sizes.begin_step()
            changed = self._tracker.update(self._root, module, step)
            if self._sizes.active and PHASES[phase].name == "flow":
                self._sizes.dispatches(self._root)
            first = len(self._events)
            self.next_ids.append(self._free)
            self._take_events(step)
            self._take_origins()
            self._steps.append(
                Step(phase, pass_name, scope, why, elapsed_ns, changed, failure,
                     (first, len(self._events)))
            )  # fmt: skip

    def _build_shapes(self) -> None:
        self._sizes_new = False
        self._shapes = self._sizes.build()
        self._shapes_count += 1

    def _take_events(self, step: int) -> None:
        events, self._pending = self._pending, []
        strings = self._strings
        for e in events:
            self._events.append(
                Event(step, strings(e.pattern), strings(_short(e.file)), e.line,
                      self._set(e.matched), self._set(e.created), self._set(e.modified),
                      self._set(e.deleted))
            )  # fmt: skip

    def _take_origins(self) -> None:
        """Origins of all ids that have a version, and of everything they descend from."""
        assert self._ctx is not None
        provenance = self._ctx.provenance
        for source in provenance.sources[len(self._sources) :]:
            self._sources.append(SourceRecord(source.layer, source.file, source.line, source.op))
            if source.file and source.file not in self._files:
                self._files[source.file] = python_file(source.file)
        rows = self._tracker.rows
        wanted = [row[OP] for row in rows[self._checked :] if row[OP] not in self._has_origin]
        changed, provenance.changed = provenance.changed, []
        self._has_origin.difference_update(changed)  # a row more: the last one counts
        wanted += changed
        self._checked = len(rows)
        columns = self._origins
        nothing = Origin(frozenset(), frozenset(), "")
        while wanted:
            op = wanted.pop()
            if op in self._has_origin:
                continue
            self._has_origin.add(op)
            origin = provenance.origins.get(op, nothing)
            columns["op"].append(op)
            columns["ancestors"].append(self._set(origin.ancestors))
            columns["sources"].append(self._set(origin.sources))
            columns["reason"].append(self._strings(origin.reason))
            wanted.extend(a for a in origin.ancestors if a not in self._has_origin)

    def _texts(self) -> list[SourceFile]:
        """The user's files in the order in which ops were found in them."""
        return [file for file in self._files.values() if file is not None]

    def _set(self, ids: frozenset[int] | tuple[int, ...]) -> int:
        if not ids:
            return 0
        index = self._set_index.get(ids)
        if index is None:
            index = self._set_index[ids] = self._sets(tuple(sorted(ids)))
        return index

    def _assign(self, op: Operation, ancestors: tuple[int, ...]) -> int:
        assert self._ctx is not None
        return self._ctx.provenance.assign(op, ancestors, reason=self._pass)

    def _document(self) -> None:
        for name, cls in self._tracker.op_classes.items():
            if name not in self._op_docs:
                sentence = first_sentence(cls.__dict__.get("__doc__") or "")
                if sentence:
                    self._op_docs[name] = sentence


def _functions(module: ModuleOp | None) -> list[func.FuncOp]:
    return [] if module is None else [o for o in module.body.ops if isinstance(o, func.FuncOp)]


def _phase_record(phase: Phase) -> PhaseRecord:
    passes = tuple(PassInfo(line.name, line.why, line.scope) for line in phase.passes)
    return PhaseRecord(phase.name, phase.summary, "pending", -1, -1, passes)


LONGEST_FILE = 400_000
"""Characters of a file that is kept with the recording; longer ones are left out."""


def python_file(path: str) -> SourceFile | None:
    """The user's Python at `path`: a file, or a notebook cell that IPython gave a name; None for
    what is neither, or too long."""
    linecache.checkcache(path)
    lines = linecache.getlines(path)
    text = "".join(lines)
    python = path.endswith(".py") or path.startswith("<ipython-input")
    return SourceFile(path, text) if python and 0 < len(text) <= LONGEST_FILE else None


def _shape_of(text: str) -> list[int]:
    """The shape in "4x8xf32"."""
    return [int(size) for size in re.findall(r"(\d+)x", text)]


def _short(path: str) -> str:
    """A source path from the package on, so that recordings do not name the user's folders."""
    at = path.replace("\\", "/").rfind("/iree_explore/")
    return path[at + 1 :].replace("\\", "/") if at >= 0 else path


def first_sentence(doc: str) -> str:
    """The first sentence of a docstring, on one line."""
    paragraph = inspect.cleandoc(doc).split("\n\n")[0].replace("\n", " ").strip()
    found = re.match(r"(.+?\.)(\s|$)", paragraph)
    return found.group(1) if found else paragraph


_FENCED = re.compile(r"```(?:mlir)?\n(.*?)```", re.DOTALL)


def pass_doc(cls: type[Any]) -> PassDoc:
    """What the explorer shows of a pass: its sentence, the IR before and after, its place."""
    doc = inspect.cleandoc(cls.__doc__ or "")
    if doc.startswith(f"{cls.__name__}("):  # what dataclasses write where there is none
        doc = ""
    blocks = [block.rstrip() for block in _FENCED.findall(doc)]
    before, after = (blocks[0], blocks[1]) if len(blocks) > 1 else ("", "")
    text = re.split(r"\n\s*Before:", doc)[0].strip()
    if "code" in cls.__dict__:  # a pass made of a function of the user's
        return PassDoc(text, before, after, *cls.__dict__["code"])
    try:
        file, line = inspect.getsourcefile(cls) or "", inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):  # a pass typed into an interpreter has no file
        file, line = "", 0
    return PassDoc(text, before, after, _short(file), line)
