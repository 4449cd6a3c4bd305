# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the numerics of a session's stages, and writes what it found into the recording.

Accumulated, a stage computes everything from the inputs; isolated, each of its ops (dispatches from
`stream` on) gets what the model says that its operands are, so that no error hides another or
spreads. `watched.py` compares the values in between, `bisect.py` looks for the rewrite.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext
from iree_explore.errors import ModelError
from iree_explore.linalg.evaluate import evaluate_with
from iree_explore.recording import check, watched
from iree_explore.recording.check import Check, StageCheck, ValueCheck
from iree_explore.recording.clock import now
from iree_explore.recording.model import Recording
from iree_explore.recording.numerics_records import (
    INFINITE,
    VALUE_COLUMNS,
    FoundRecord,
    NumericsRecord,
    StageNumerics,
    ValueNumerics,
)
from iree_explore.recording.on_device import OnDevice

if TYPE_CHECKING:
    from iree_explore.recording.bisect import Place, Unknown
    from iree_explore.vm.instance import VMInstance

MODES = ("accumulated", "isolated")

Progress = Callable[[str, int, int], None]
"""Told what is looked at now, how many stages are done and how many there are."""


@dataclass(frozen=True)
class Program:
    """What is checked: `module_of` gives a fresh module of a phase, `phases` are those to look at,
    `run` what the compiled function returns and `instance` where its dispatches run, if it was
    compiled; `device` names them."""

    ctx: CompilerContext
    function: str
    inputs: Sequence[np.ndarray]
    wanted: tuple[np.ndarray, ...]
    phases: Sequence[str]
    module_of: Callable[[str], ModuleOp]
    device: str = ""
    run: Callable[[], Sequence[Any]] | None = None
    instance: Callable[[], VMInstance] | None = None


def run_check(
    program: Program,
    mode: str = "accumulated",
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Check:
    """Every stage of `program` against the model. Raises `ModelError` IX301 for an unknown mode,
    `Cancelled` once `cancel` is set."""
    if mode not in MODES:
        raise ModelError("IX301", f"mode {mode!r}", hint="one of: " + ", ".join(MODES))
    tell = progress or (lambda *_: None)
    wanted = tuple(np.asarray(x) for x in program.wanted)
    total = len(program.phases) + 1 + (program.instance is not None)
    tell("import", 0, total)
    ctx = program.ctx
    model, reading = watched.imported(program.module_of("import"), ctx.parameters, cancel)
    evaluate_with(reading, program.function, program.inputs)
    counterparts = watched.Counterparts(model, ctx.provenance)
    stages: list[StageCheck] = []
    values: list[ValueCheck] = []
    skipped: dict[str, int] = {}

    def look(stage: str, phase: str, kind: Callable[..., watched.Watched], **more: Any) -> None:
        tell(stage, len(stages) + 1, total)
        evaluators: list[watched.Watched] = []

        def results() -> Sequence[Any]:
            module = program.module_of(phase)
            evaluators.append(
                kind(stage, module, ctx.parameters, model, counterparts, mode == "isolated",
                     cancel, **more)
            )  # fmt: skip
            return evaluate_with(evaluators[0], program.function, program.inputs)

        found = check.compare(stage, wanted, results)
        compared = list(evaluators[0].values.values()) if evaluators else []
        if evaluators:
            skipped[stage] = evaluators[0].skipped
        if mode == "isolated":
            found = _worst(found, compared)
        stages.append(found)
        values.extend(compared)

    for phase in program.phases:
        look(phase, phase, watched.Watched)
    if program.instance is not None:
        name = f"{program.device}, run"
        look(name, "executable-configurations", OnDevice, instance=program.instance)
        if mode == "accumulated" and program.run is not None and not stages[-1].wrong:
            stages[-1] = check.compare(name, wanted, program.run)
    return Check(program.function, tuple(stages), wanted, mode, tuple(values), skipped)


def _worst(found: StageCheck, values: Iterable[ValueCheck]) -> StageCheck:
    """A stage is as wrong as its worst value."""
    if found.problem:
        return found
    rows = [(v.difference.max_rel, v.difference.tolerance) for v in values]
    error, tolerance = check.worst([(found.error, found.tolerance), *rows])
    return replace(found, error=error, tolerance=tolerance)


# -- as records


def record_of(
    found: Check, recording: Recording, inputs: Sequence[Any], begun: int
) -> NumericsRecord:
    """A check as the recording keeps it; `begun` is when it did, by `time.perf_counter_ns`."""
    stages = []
    for s in found.stages:
        own = sum(v.stage == s.stage for v in found.values)
        state = "right" if s.ok else "failed" if s.failed else "wrong" if s.wrong else "unknown"
        step = _step_of(recording, s.stage)
        stages.append(
            StageNumerics(s.stage, step, number(s.error), s.tolerance, state, s.problem, own,
                          found.skipped.get(s.stage, 0))
        )  # fmt: skip
    index = {s.stage: i for i, s in enumerate(found.stages)}
    columns: dict[str, list[Any]] = {name: [] for name in VALUE_COLUMNS}
    for v in found.values:
        d = v.difference
        row = (index[v.stage], v.op, v.result, v.reference, number(d.max_abs), number(d.max_rel),
               number(d.ulp), d.nans, d.infs, d.differ, d.size, int(d.wrong))  # fmt: skip
        for name, value in zip(VALUE_COLUMNS, row, strict=True):
            columns[name].append(value)
    shapes = tuple(f"{'x'.join(map(str, (*np.shape(x), np.asarray(x).dtype)))}" for x in inputs)
    return NumericsRecord(
        found.function, found.mode, now(), time.perf_counter_ns() - begun, shapes, tuple(stages),
        ValueNumerics(**columns),
    )  # fmt: skip


def number(error: float) -> float:
    """An error as JSON has it, to four digits."""
    return float(f"{error:.4g}") if np.isfinite(error) else INFINITE


def _step_of(recording: Recording, stage: str) -> int:
    """The step whose text is a stage's; dispatches that ran are those before `hal`."""
    names = {phase.name: phase.step for phase in recording.phases}
    return names.get(stage, names.get("executable-targets", -1))


def found_record(found: Place | Unknown | None, function: str, recording: Recording) -> FoundRecord:
    """The answer of a search as the recording keeps it."""
    from iree_explore.recording.bisect import Place

    if found is None:
        return FoundRecord(function, now(), "", "", -1, -1, 0, 0, 0, "", "", 0, 0.0, 0.0, 0.0, "",
                           (), (), "")  # fmt: skip
    if not isinstance(found, Place):
        problem = f"all is right after {found.right}, what runs is not" if found.right else ""
        step = _last_step(recording, found.right)
        return FoundRecord(
            found.function, now(), "executable-targets", found.right, step, -1, 0, 0, 0, "", "", 0,
            0.0, number(found.after.error), found.after.tolerance, problem, (), (), "",
        )  # fmt: skip
    step, event = _event_of(recording, found)
    rewrite = found.rewrite
    return FoundRecord(
        found.function, now(), found.phase, found.pass_name, step, event, found.first, found.last,
        found.count, rewrite.pattern, rewrite.file, rewrite.line, number(found.before.error),
        number(found.after.error), found.after.tolerance, found.after.problem,
        tuple(str(source) for source in found.sources),
        tuple(dict.fromkeys((*rewrite.matched, *rewrite.created, *rewrite.modified))), found.cell,
    )  # fmt: skip


def _last_step(recording: Recording, pass_name: str) -> int:
    steps = [i for i, step in enumerate(recording.steps) if step.pass_name == pass_name]
    return steps[-1] if steps else -1


def _event_of(recording: Recording, found: Place) -> tuple[int, int]:
    """The step of a pass and the event that is its rewrite number `last`; -1 where the recording
    has other rewrites than running it again."""
    steps = [
        i for i, step in enumerate(recording.steps)
        if step.pass_name == found.pass_name
        and recording.phases[step.phase].name == found.phase
    ]  # fmt: skip
    if not steps:
        return -1, -1
    events = [e for i in steps for e in range(*recording.steps[i].events)]
    if len(events) != found.count:
        return steps[-1], -1
    event = events[found.last - 1]
    record = recording.events[event]
    same = recording.strings[record.pattern] == found.rewrite.pattern
    return record.step, event if same else -1
