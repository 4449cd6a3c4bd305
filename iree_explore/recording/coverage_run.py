# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`coverage`: executes op configurations on targets and reports each; `ie.coverage` is this.

Without a model the configurations are the samples of the op table for every element type, static
and dynamic; with one they are what its ops are (coverage_configurations.py). Nothing is taken from
a list: every cell is what executing a program came to (coverage_pool.py).
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.recording import coverage_pool, coverage_worker
from iree_explore.recording.clock import now
from iree_explore.recording.coverage import Cell, Coverage, CoverageRow
from iree_explore.recording.coverage_worker import Job
from iree_explore.stablehlo.custom_calls import REGISTERED
from iree_explore.stablehlo.samples import SAMPLES
from iree_explore.stablehlo.samples.base import Argument
from iree_explore.stablehlo.table import TABLE
from iree_explore.targets import check_target

LIMIT_S = 20.0
"""How long one cell may take."""

Progress = Callable[[int, int, CoverageRow], None]


@dataclass(frozen=True)
class Configuration:
    """A row to be, and how its inputs are made and its results compared."""

    row: CoverageRow
    arguments: tuple[Argument, ...]
    ulps: float
    sums: bool


def coverage(
    model: Any = None,
    targets: Sequence[str] = ("reference", "llvm-cpu"),
    *,
    ops: str | None = None,
    dtypes: Iterable[str] | None = None,
    dynamic: bool | None = None,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    workers: int | None = None,
    limit_s: float = LIMIT_S,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Coverage:
    """Which ops work where: every configuration executed on every target, all failures in one go.

    `model` is anything that `explore` takes (with `inputs`), or a session; None means every op of
    the table with each element type, static and dynamic. `ops` is a regular expression on
    "stablehlo.gather windows", `dtypes` element types ("f32"), `dynamic` one of the two kinds.
    `workers` processes (default: one a core) each run one program at a time, `limit_s` per cell;
    programs that call what `ie.register_custom_call` made known run in this process, which alone
    knows it: code of yours that never ends can only be interrupted.
    `progress(done, total, row)` is called on this thread after every row. Setting `cancel`, or an
    interrupt, ends it; what was executed by then is the result, `complete` is False.

    Raises `ModelError` IX401 for an unknown target, and what importing the model raises.
    """
    for target in targets:
        check_target(target)
    if not targets:
        raise ModelError("IX401", "no targets given", hint='targets=("reference", "llvm-cpu")')
    begin = time.perf_counter_ns()
    name, configurations = _configurations(model, inputs)
    pattern = _pattern(ops)
    kinds = None if dtypes is None else {dtypes} if isinstance(dtypes, str) else set(dtypes)
    chosen = [
        each
        for each in configurations
        if (pattern is None or pattern.search(f"{each.row.op} {each.row.case}".strip()))
        and (kinds is None or each.row.dtype in kinds)
        and (dynamic is None or each.row.dynamic == dynamic)
    ]
    missing = () if model is not None else _missing(pattern)
    cancel = cancel or threading.Event()
    rows = execute(chosen, tuple(targets), workers, limit_s, progress, cancel)
    return Coverage(
        name=name,
        created=now(),
        compiler=_version(),
        targets=tuple(targets),
        rows=tuple(rows),
        elapsed_ns=time.perf_counter_ns() - begin,
        complete=all(len(row.cells) == len(targets) for row in rows),
        missing=missing,
    )


def execute(
    configurations: list[Configuration],
    targets: tuple[str, ...],
    workers: int | None,
    limit_s: float,
    progress: Progress | None,
    cancel: threading.Event,
) -> list[CoverageRow]:
    """The rows of `configurations`, each with the cells that were executed."""
    from iree_explore.targets.llvm_cpu.cpu_info import available_cores

    jobs = [
        Job(each.row.program, [[list(a.shape), a.element, a.values] for a in each.arguments],
            list(targets), each.ulps, each.sums, limit_s)
        for each in configurations
    ]  # fmt: skip
    cells: list[dict[str, Cell]] = [{} for _ in jobs]
    done = 0
    found = _cells(jobs, workers or available_cores(), cancel)
    try:
        for index, cell in found:
            cells[index][cell.target] = cell
            if len(cells[index]) == len(targets):
                done += 1
                if progress is not None:
                    progress(done, len(jobs), _row(configurations[index], cells[index], targets))
    except KeyboardInterrupt:
        cancel.set()
    finally:
        found.close()
    return [_row(each, mine, targets) for each, mine in zip(configurations, cells, strict=True)]


def _cells(
    jobs: list[Job], workers: int, cancel: threading.Event
) -> Generator[tuple[int, Cell], None, None]:
    """(index of the job, cell) as they come: in processes, and here what only this one knows."""
    here = [index for index, job in enumerate(jobs) if _registered(job.program)]
    elsewhere = [index for index in range(len(jobs)) if index not in here]
    found = coverage_pool.run([jobs[index] for index in elsewhere], workers, cancel)
    with contextlib.closing(found):
        for index, cell in found:
            yield elsewhere[index], cell
    for index in here:
        if cancel.is_set():
            return
        for cell in coverage_worker.execute(jobs[index]):
            yield index, cell


def _registered(program: str) -> bool:
    called = re.findall(r"custom_call @(?:\"([^\"]*)\"|([\w.$-]+))", program)
    return any((quoted or name) in REGISTERED for quoted, name in called)


def _row(each: Configuration, cells: dict[str, Cell], targets: tuple[str, ...]) -> CoverageRow:
    return replace(each.row, cells=tuple(cells[t] for t in targets if t in cells))


def _configurations(model: Any, inputs: Any) -> tuple[str, list[Configuration]]:
    if model is None:
        return "", list(of_table())
    from iree_explore.recording.coverage_configurations import of_model

    return of_model(model, inputs)


def of_table() -> Iterator[Configuration]:
    """Every sample program: rows of the table first, in its order, then ops without a row."""
    order = [*(op for op in TABLE if op in SAMPLES), *(op for op in SAMPLES if op not in TABLE)]
    for op in order:
        for sample in SAMPLES[op]:
            for element, dynamic, program in sample.programs():
                label = re.escape(f"{op} {sample.case}".strip())
                command = (
                    f"iree-explore coverage --ops '^{label}$' --dtypes '{element}' "
                    f"--{'dynamic' if dynamic else 'static'}"
                )
                signature = ", ".join(
                    "x".join([*map(str, a.shape), a.element]) for a in program.arguments
                )
                row = CoverageRow(
                    op, sample.case, element, dynamic, signature, program.text, command
                )
                yield Configuration(row, program.arguments, sample.ulps, sample.sums)


def _missing(pattern: re.Pattern[str] | None) -> tuple[str, ...]:
    return tuple(
        op for op in TABLE if op not in SAMPLES and (pattern is None or pattern.search(op))
    )


def _pattern(ops: str | None) -> re.Pattern[str] | None:
    if ops is None:
        return None
    try:
        return re.compile(ops)
    except re.error as raised:
        raise ModelError(
            "IX210", f"{ops!r} is no regular expression", because=str(raised)
        ) from raised


def _version() -> str:
    from iree_explore import __version__

    return f"iree_explore {__version__}"
