# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A recording as a trace that Perfetto and chrome://tracing open.

One process is the compilation (a track of phases, one of passes), each run is another: a track of
the whole call and its dispatches, and one for each worker where the driver says who ran what. The
format is Chrome's "Trace Event Format", complete events (`ph` "X") in microseconds.
`widgets/src/run/chrome_trace.ts` writes the same in the page.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iree_explore.recording.files import write_atomically
from iree_explore.recording.model import Recording, Run, RunDispatch
from iree_explore.recording.timing import spread

COMPILATION = 1
"""The process id of the compilation; run i is process 2 + i."""


def events(recording: Recording) -> list[dict[str, Any]]:
    """All trace events, metadata first."""
    found = list(_compilation(recording))
    for number, run in enumerate(recording.runs):
        found += _run(number, run)
    return sorted(found, key=lambda e: (e["ph"] != "M", e["pid"], e["tid"], e.get("ts", 0)))


def to_chrome_trace(recording: Recording, path: str | os.PathLike[str] | None = None) -> str:
    """The trace as JSON text, written to `path` if there is one."""
    text = json.dumps(
        {
            "traceEvents": events(recording),
            "displayTimeUnit": "ns",
            "otherData": {"model": recording.name, "compiler": recording.compiler},
        }
    )
    if path is not None:
        write_atomically(Path(path), text.encode())
    return text


def _compilation(recording: Recording) -> Iterator[dict[str, Any]]:
    pid = COMPILATION
    yield from _named(pid, f"compile {recording.name}", {1: "phases", 2: "passes"})
    begin = 0
    for phase, steps in itertools.groupby(recording.steps, key=lambda step: step.phase):
        first = begin
        for step in steps:
            yield _complete(
                pid, 2, step.pass_name or "import", "pass", begin, step.elapsed_ns,
                scope=step.scope, changed=step.changed, why=step.why,
            )  # fmt: skip
            begin += step.elapsed_ns
        record = recording.phases[phase]
        yield _complete(pid, 1, record.name, "phase", first, begin - first, summary=record.summary)


def _run(number: int, run: Run) -> Iterator[dict[str, Any]]:
    pid = COMPILATION + 1 + number
    total = run.last_profiled_ns
    starts = placed(run)
    workers = sorted({d.spans[i] for d in run.dispatches for i in range(0, len(d.spans), 4)})
    tracks = {1: "call", 2: "dispatches", **{3 + w: f"worker {w}" for w in workers}}
    yield from _named(pid, f"run {number + 1}: {run.function} on {run.device}", tracks)
    error = None if run.error is None else run.error.text
    yield _complete(pid, 1, run.function, "call", 0, total, target=run.target, clock=run.clock,
                    inputs=list(run.inputs), error=error)  # fmt: skip
    shift = min((s for s, d in zip(starts, run.dispatches, strict=True) if d.spans), default=0)
    for start, dispatch in zip(starts, run.dispatches, strict=True):
        middle = spread(dispatch.samples_ns)
        yield _complete(
            pid, 2, dispatch.name, "dispatch", start, _last(dispatch),
            workgroups="x".join(map(str, dispatch.workgroups)), ops=list(dispatch.op_ids),
            median_ns=middle.median_ns, flops=dispatch.flops, bytes=dispatch.nbytes,
        )  # fmt: skip
        spans = dispatch.spans
        for i in range(0, len(spans), 4):
            worker, first, begin, end = spans[i : i + 4]
            yield _complete(pid, 3 + worker, dispatch.name, "workgroups", shift + begin,
                            end - begin, first_workgroup=first)  # fmt: skip


def placed(run: Run) -> list[int]:
    """When each dispatch began in the last repetition, in nanoseconds from the call's begin; in
    recordings that do not know, one follows the other."""
    if all(d.begin_ns >= 0 for d in run.dispatches):
        return [d.begin_ns for d in run.dispatches]
    ends = itertools.accumulate((_last(d) for d in run.dispatches), initial=0)
    return list(ends)[:-1]


def _last(dispatch: RunDispatch) -> int:
    return dispatch.samples_ns[-1] if dispatch.samples_ns else 0


def _named(pid: int, process: str, tracks: dict[int, str]) -> Iterator[dict[str, Any]]:
    yield {"name": "process_name", "ph": "M", "pid": pid, "tid": 0, "args": {"name": process}}
    for tid, name in tracks.items():
        yield {"name": "thread_name", "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}


def _complete(
    pid: int, tid: int, name: str, category: str, begin_ns: int, ns: int, **arguments: Any
) -> dict[str, Any]:
    kept = {key: value for key, value in arguments.items() if value not in (None, "", -1, [])}
    return {
        "name": name, "cat": category, "ph": "X", "ts": begin_ns / 1e3, "dur": ns / 1e3,
        "pid": pid, "tid": tid, "args": kept,
    }  # fmt: skip
