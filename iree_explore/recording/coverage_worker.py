# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The coverage worker: a process that takes programs up the ladder, one cell after the other.

Started by coverage_run.py: jobs come in on standard input as lines of JSON, cells go out on what
was standard output. A cell that takes too long is stopped here if it can be (the compiler looks at
its cancel flag, LLVM's processes are killed), else the process is killed from outside.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.context import CompileOptions, CompilerContext, make_context
from iree_explore.errors import Error, GapError, InternalError, ModelError
from iree_explore.frontend.mlir import import_mlir
from iree_explore.module import CompiledModule
from iree_explore.recording import coverage_inputs
from iree_explore.recording.coverage import Cell, encode_cell, ladder
from iree_explore.recording.coverage_compare import compare
from iree_explore.stablehlo.table import TABLE
from iree_explore.targets import check_target, default_device, devices
from iree_explore.targets.limits import limits_of


@dataclass(frozen=True)
class Job:
    """A program to run on `targets`; `arguments` are (shape, element type, values) each.

    `compared` is whether results are compared with the reference's, by `ulps` and `sums`.
    """

    program: str
    arguments: list[Any]
    targets: list[str]
    ulps: float
    sums: bool
    limit_s: float
    compared: bool = True


def execute(job: Job) -> Iterator[Cell]:
    """The cells of a job, in the order of its targets."""
    outcome = None
    if job.compared:
        outcome = _Attempt("reference", job).run()
    for target in job.targets:
        if target == "reference":
            attempt = outcome or _Attempt("reference", job).run()
        else:
            attempt = _Attempt(target, job)
            attempt.wanted = outcome.results if outcome is not None else None
            attempt.run()
        yield attempt.cell()


@dataclass
class _Attempt:
    """One program on one target, as far up the ladder as it gets."""

    target: str
    job: Job
    wanted: list[np.ndarray] | None = None
    results: list[np.ndarray] | None = None
    state: str = "ok"
    elapsed_ns: list[int] = field(default_factory=list)
    errors: dict[str, float] = field(default_factory=dict)
    problem: Error | None = None
    _module: ModuleOp | None = None

    def run(self) -> _Attempt:
        ctx = make_context(CompileOptions(targets=(self.target,), place_dispatches=False))
        with _time_limit(ctx, self.job.limit_s):
            for step in ladder(self.target):
                begin = time.perf_counter_ns()
                try:
                    getattr(self, f"_step_{step}")(ctx)
                except Error as error:
                    self._fail(error, ctx)
                except Exception as raised:  # noqa: BLE001 - any failure is this cell's
                    error = InternalError("IX205", f"{type(raised).__name__}: {raised}")
                    self._fail(error, ctx)
                self.elapsed_ns.append(time.perf_counter_ns() - begin)
                if self.state != "ok":
                    break
        return self

    def cell(self) -> Cell:
        step = ladder(self.target)[len(self.elapsed_ns) - 1]
        problem = self.problem
        return Cell(
            self.target,
            self.state,
            step,
            tuple(self.elapsed_ns),
            self.errors.get("abs"),
            self.errors.get("rel"),
            self.errors.get("ulps"),
            problem.code if problem else "",
            _text(problem) if problem else "",
            (problem.at or "") if problem else "",
        )

    def _fail(self, error: Error, ctx: CompilerContext) -> None:
        if ctx.cancel.is_set():
            error = time_error(self.job.limit_s)
        self.problem = error
        self.state = "gap" if self._declared(error) else "failed"

    def _declared(self, error: Error) -> bool:
        """Whether the error is a gap that an op's row or the target's limits declare."""
        if not isinstance(error, GapError):
            return False
        text = f"{error.what}\n{error.because or ''}"
        modules = [self._module] if self._module is not None else []
        with suppress(Error):  # as far as it can be imported
            modules.append(import_mlir(self.job.program, make_context(), "program.mlir"))
        return any(
            reason in text
            for module in modules
            for reason in (*gaps_of(module), *limits_of(self.target, module))
        )

    def _step_imported(self, ctx: CompilerContext) -> None:
        self._module = import_mlir(self.job.program, ctx, "program.mlir")
        pipeline.run(self._module, ctx, "import", "import")
        if self.target == "reference":
            self._load(ctx)

    def _step_lowered(self, ctx: CompilerContext) -> None:
        assert self._module is not None
        pipeline.run(self._module, ctx, "input", "input")

    def _step_compiled(self, ctx: CompilerContext) -> None:
        assert self._module is not None
        pipeline.run(self._module, ctx, "abi", check_target(self.target).stop)
        self._load(ctx)

    def _load(self, ctx: CompilerContext) -> None:
        assert self._module is not None
        self._loaded = CompiledModule.from_compilation(
            self._module, ctx, self.target, device_of(self.target)
        )

    def _step_ran(self, ctx: CompilerContext) -> None:
        found = self._loaded["main"](*inputs_of(self.job))
        results = found if isinstance(found, tuple) else [] if found is None else [found]
        self.results = [np.asarray(x) for x in results]

    def _step_correct(self, ctx: CompilerContext) -> None:
        if self.wanted is None:
            self.state = "unchecked"
            self.problem = ModelError("IX304", "the reference has no results to compare with")
            return
        assert self.results is not None
        found = compare(self.wanted, self.results, self.job.ulps, self.job.sums)
        self.errors = {"abs": found.max_abs, "rel": found.max_rel, "ulps": found.max_ulps}
        if found.problem:
            self.state = "wrong"
            self.problem = InternalError("IX209", found.problem)


def inputs_of(job: Job) -> list[np.ndarray]:
    """The same arrays for the same program, on every target and in every process."""
    seed = zlib.crc32(job.program.encode())
    return [
        coverage_inputs.make(tuple(shape), element, values, seed + number)
        for number, (shape, element, values) in enumerate(job.arguments)
    ]


def device_of(target: str) -> str:
    """The simplest device that runs here: a program of one op gains nothing from threads."""
    available = {info.driver for info in devices() if info.available}
    for driver in reversed(check_target(target).drivers):
        if driver in available:
            return driver
    return default_device(target)


def gaps_of(module: ModuleOp) -> Iterator[str]:
    """The reasons of all declared gaps that apply to an op of `module`."""
    for op in module.walk():
        row = TABLE.get(op.name)
        for gap in row.gaps if row is not None else ():
            if gap.applies(op):
                yield gap.because(op)


def time_error(limit_s: float) -> Error:
    """What a cell fails with that took too long."""
    return InternalError("IX208", f"took longer than {limit_s:g} s")


def _text(error: Error) -> str:
    return "\n".join(x for x in (error.what, error.because) if x)[:2000]


@contextmanager
def _time_limit(ctx: CompilerContext, limit_s: float) -> Iterator[None]:
    def stop() -> None:
        from iree_explore.targets.llvm_cpu import compile_pool

        ctx.cancel.set()
        compile_pool.shared().kill()

    timer = threading.Timer(limit_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def main() -> None:
    """Serves jobs until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for who started us
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        for cell in execute(Job(**json.loads(line))):
            print(json.dumps(encode_cell(cell)), file=answers, flush=True)


if __name__ == "__main__":
    main()
