# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The frozen records of one compilation; `docs/recording.md` is their schema and its reasons.

`Recording` is what everything else in this package reads: `text`, `diff`, `trace`, `graph` and
`timing` are functions of it, `files` writes and reads it. Only `recorder` makes one from live IR.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from iree_explore.recording.kernel_records import GridRecord, TransactionRecord
from iree_explore.recording.numerics_records import FoundRecord, NumericsRecord
from iree_explore.recording.shape_records import Shapes

if TYPE_CHECKING:
    from iree_explore.recording.calls import Calls
    from iree_explore.recording.side_by_side import SideBySide

SCHEMA = "iexplore/1"


@dataclass(frozen=True)
class Failure:
    """An error as data: `code` is "IX205", `text` the rendered report."""

    code: str
    text: str


@dataclass(frozen=True)
class PassInfo:
    """One line of the pass table as the recording keeps it."""

    name: str
    why: str
    scope: str = field(metadata={"words": ("module", "executable")})


@dataclass(frozen=True)
class PhaseRecord:
    """One phase: `first` is its first step, `step` the step after which the module is its result
    (both -1 if there is none yet); `state` is pending, running, done or failed."""

    name: str
    summary: str
    state: str = field(metadata={"words": ("pending", "running", "done", "failed")})
    first: int
    step: int
    passes: tuple[PassInfo, ...] = ()
    target: str = ""
    """"iree:llvm-cpu" for a phase of that compiler, "" for ours."""


@dataclass(frozen=True)
class Step:
    """One pass on one scope; see docs/recording.md. `events` is [first, last) in the events."""

    phase: int
    pass_name: str | None
    scope: str
    why: str
    elapsed_ns: int
    changed: bool
    error: Failure | None
    events: tuple[int, int]


@dataclass(frozen=True)
class OpVersion:
    """One version of one op, with its strings resolved; `operands` are SSA names without %."""

    index: int
    op: int
    birth: int
    death: int
    name: str
    text: str
    parent: int
    region: int
    block: int
    order: float
    operands: tuple[str, ...]
    types: tuple[str, ...]
    symbol: str


@dataclass(frozen=True)
class Versions:
    """The columns of all op versions; index i of each column is one version."""

    op: Sequence[int] = ()
    birth: Sequence[int] = ()
    death: Sequence[int] = ()
    name: Sequence[int] = ()
    text: Sequence[int] = ()
    parent: Sequence[int] = ()
    region: Sequence[int] = ()
    block: Sequence[int] = ()
    order: Sequence[float] = ()
    operands: Sequence[str] = ()
    types: Sequence[int] = ()
    symbol: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.op)


VERSION_COLUMNS = tuple(Versions.__dataclass_fields__)


@dataclass(frozen=True)
class Origins:
    """Columns: where each op id came from; `ancestors` and `sources` index `Recording.sets`."""

    op: Sequence[int] = ()
    ancestors: Sequence[int] = ()
    sources: Sequence[int] = ()
    reason: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.op)


ORIGIN_COLUMNS = tuple(Origins.__dataclass_fields__)


@dataclass(frozen=True)
class SourceRecord:
    """A place in the user's model; unknown parts are "" and 0."""

    layer: str
    file: str
    line: int
    op: str

    def __str__(self) -> str:
        place = f"({self.file}:{self.line})" if self.file else ""
        return " ".join(x for x in (self.layer or self.op, place) if x)


@dataclass(frozen=True)
class Event:
    """One rewrite. `pattern` and `file` index the strings; the four id sets index the sets."""

    step: int
    pattern: int
    file: int
    line: int
    matched: int
    created: int
    modified: int
    deleted: int


@dataclass(frozen=True)
class RewriteVersions:
    """The op versions between the rewrites of `step`, which did `count` of them: `birth` and
    `death` say after how many rewrites (death -1: the end of the pass). `gone` are pairs: the
    version of an op that was there before the pass is not after so many. Only every `stride`-th
    rewrite was looked at."""

    step: int
    count: int
    stride: int
    versions: Versions
    gone: tuple[int, ...]


@dataclass(frozen=True)
class ArtifactRecord:
    """Text emitted for an executable; `line_ops` is flat: line (1-based), op id, line, op id..."""

    executable: str
    kind: str
    text: str
    line_ops: Sequence[int] = ()


@dataclass(frozen=True)
class DeviceInfo:
    """A device as it was found when the recording was made."""

    target: str
    driver: str
    device: str
    name: str
    available: bool
    reason: str


@dataclass(frozen=True)
class Roofline:
    """What the machine can do at best with `threads`: operations a second in f32 and f64, copies
    as pairs of working set in bytes and bytes a second; `measured` is the day."""

    threads: int
    flops32: int
    flops64: int
    copies: tuple[int, ...]
    measured: str


@dataclass(frozen=True)
class RunDispatch:
    """One dispatch of a run with every sample in nanoseconds; `clock` says where they came from.

    `flops` and `nbytes` are its arithmetic operations and the bytes that it reads and writes, -1
    where that is not known; `element` is the type that it computes in."""

    name: str
    executable: str
    op_ids: tuple[int, ...]
    workgroups: tuple[int, int, int]
    samples_ns: tuple[int, ...]
    clock: str
    flops: int = -1
    nbytes: int = -1
    element: str = ""
    spans: tuple[int, ...] = ()
    """Flat fours of the last repetition, where the driver knows: worker, first workgroup, begin and
    end in nanoseconds from the first workgroup of all."""
    begin_ns: int = -1
    """When it began in the last repetition: from the call's begin where the device has the host's
    clock, else from the first dispatch, which then has 0; -1: not known."""
    device: str = ""
    """The driver that ran it, where it was placed on another device than the run's."""

    @property
    def median_ns(self) -> int:
        """The median sample; 0 without samples."""
        return int(statistics.median(self.samples_ns)) if self.samples_ns else 0


@dataclass(frozen=True, repr=False)
class Run:
    """One measured run. `first_ns` is the first call, which is in none of the samples; `total_ns`
    are calls as users make them. Those that noted times, one beside each, have `dispatches`,
    `profiled_ns` (end to end; empty in older recordings, whose `total_ns` they are), `busy_ns` (at
    least one dispatch ran), `between_ns` (none did, between the first and the last) and
    `worker_ns` (of all workers together); empty where not known. `roofline` is that of the device,
    None where it is not measured (GPUs)."""

    target: str
    device: str
    function: str
    started: str
    warmup: int
    repetitions: int
    first_ns: int
    total_ns: tuple[int, ...]
    clock: str
    inputs: tuple[str, ...]
    dispatches: tuple[RunDispatch, ...]
    error: Failure | None = None
    roofline: Roofline | None = None
    profiled_ns: tuple[int, ...] = ()
    busy_ns: tuple[int, ...] = ()
    between_ns: tuple[int, ...] = ()
    worker_ns: tuple[int, ...] = ()

    @property
    def last_profiled_ns(self) -> int:
        """End to end, of the repetition that the timeline shows; 0 without samples."""
        return (self.profiled_ns or self.total_ns or (0,))[-1]

    def __repr__(self) -> str:
        from iree_explore.recording import timing

        return timing.describe(self)


@dataclass(frozen=True)
class Stop:
    """What stopped the compilation; `step` is -1 if the import failed."""

    code: str
    text: str
    step: int


@dataclass(frozen=True)
class PassDoc:
    """A pass's docstring: one sentence, IR before and after, and where its code is."""

    doc: str
    before: str
    after: str
    file: str
    line: int


@dataclass(frozen=True)
class ModelSource:
    """What was compiled: `kind` is "keras", "mlir", ...; `text` what the user wrote, if text."""

    kind: str
    text: str | None = None


@dataclass(frozen=True)
class SourceFile:
    """A file (or notebook cell) of the user's that ops come from, as it was when compiling."""

    path: str
    text: str


@dataclass(frozen=True)
class Recording:
    """Everything the explorer knows of one compilation. Fields as in docs/recording.md."""

    name: str = ""
    created: str = ""
    compiler: str = ""
    state: str = field(
        default="done", metadata={"words": ("compiling", "done", "failed", "cancelled")}
    )
    source: ModelSource = ModelSource("")
    targets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    options: dict[str, bool] = field(default_factory=dict)
    """Compile options that are not as they are by default."""
    devices: tuple[DeviceInfo, ...] = ()
    strings: Sequence[str] = ()
    type_lists: Sequence[tuple[int, ...]] = ()
    sets: Sequence[tuple[int, ...]] = ()
    phases: tuple[PhaseRecord, ...] = ()
    steps: Sequence[Step] = ()
    versions: Versions = field(default_factory=Versions)
    origins: Origins = field(default_factory=Origins)
    sources: Sequence[SourceRecord] = ()
    files: Sequence[SourceFile] = ()
    events: Sequence[Event] = ()
    artifacts: Sequence[ArtifactRecord] = ()
    runs: Sequence[Run] = ()
    errors: Sequence[Stop] = ()
    rewrites: Sequence[RewriteVersions] = ()
    """What is between single rewrites, of the steps that somebody asked about."""
    numerics: Sequence[NumericsRecord] = ()
    """Checks of the numerics, in the order in which they were made."""
    found: Sequence[FoundRecord] = ()
    """Answers of searches for the first wrong rewrite."""
    grids: Sequence[GridRecord] = ()
    """What the workgroups of each entry point compute of its result."""
    transactions: Sequence[TransactionRecord] = ()
    """What the invocations of each kernel of a GPU ask of memory, estimated."""
    op_docs: dict[str, str] = field(default_factory=dict)
    pass_docs: dict[str, PassDoc] = field(default_factory=dict)
    shapes: Shapes | None = None
    """What is known of unknown sizes; None if the program has none (or is an older recording)."""
    schema: str = SCHEMA

    def side_by_side(self) -> SideBySide:
        """The newest run of each target, by layer of the model: shows as a table."""
        from iree_explore.recording.side_by_side import side_by_side

        return side_by_side(self)

    @property
    def last_step(self) -> int:
        """Index of the newest step; -1 if nothing was recorded."""
        return len(self.steps) - 1

    def to_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Writes compile passes and runs as a trace that Perfetto and chrome://tracing open."""
        from iree_explore.recording.chrome_trace import to_chrome_trace

        to_chrome_trace(self, path)

    def step_of(self, phase: str) -> int:
        """The step whose module is the result of `phase`; raises `KeyError` if there is none."""
        for record in self.phases:
            if record.name == phase and record.step >= 0:
                return record.step
        raise KeyError(phase)

    def version(self, index: int) -> OpVersion:
        """Version `index` with its strings resolved."""
        v, strings = self.versions, self.strings
        return OpVersion(
            index,
            v.op[index],
            v.birth[index],
            v.death[index],
            strings[v.name[index]],
            strings[v.text[index]],
            v.parent[index],
            v.region[index],
            v.block[index],
            v.order[index],
            tuple(v.operands[index].split()),
            tuple(strings[t] for t in self.type_lists[v.types[index]]),
            strings[v.symbol[index]],
        )

    def alive(self, step: int) -> dict[int, int]:
        """Op id -> version index of what is alive at `step`; negative steps count from the end."""
        step = self._step(step)
        birth, death, op = self.versions.birth, self.versions.death, self.versions.op
        return {
            op[i]: i
            for i in range(len(op))
            if birth[i] <= step and (death[i] < 0 or death[i] > step)
        }

    def versions_of(self, op: int) -> list[OpVersion]:
        """All versions of an op, oldest first."""
        return [self.version(i) for i in self._by_op.get(op, ())]

    def _step(self, step: int) -> int:
        last = self.last_step
        found = last + 1 + step if step < 0 else step
        if not 0 <= found <= last:
            raise IndexError(f"step {step} of a recording with {last + 1} steps")
        return found

    @cached_property
    def _by_op(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for index, op in enumerate(self.versions.op):
            found.setdefault(op, []).append(index)
        return found

    @cached_property
    def origin_index(self) -> dict[int, int]:
        """Op id -> index into the columns of `origins`."""
        return {op: i for i, op in enumerate(self.origins.op)}

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """Op id -> ids of what directly descends from it."""
        found: dict[int, list[int]] = {}
        for op, index in self.origin_index.items():
            for ancestor in self.sets[self.origins.ancestors[index]]:
                found.setdefault(ancestor, []).append(op)
        return found

    @cached_property
    def calls(self) -> Calls:
        """Which dispatch runs which code."""
        from iree_explore.recording.calls import calls_of

        return calls_of(self)
