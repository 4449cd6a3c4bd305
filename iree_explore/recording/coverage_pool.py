# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Worker processes for coverage: spawned as scripts, one thread each here, replaced when they die.

`run` gives the cells of jobs as they come. A worker that crashes or does not answer in time costs
the cell it was at; the job's other targets are tried again in a new process.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from iree_explore.errors import Error, InternalError
from iree_explore.recording.coverage import Cell, decode_cell
from iree_explore.recording.coverage_worker import Job, time_error

GRACE_S = 3.0
"""How much longer than its limit a cell may take before its process is killed."""

START_S = 60.0
"""How long a worker may take to import the compiler."""

_SLICE_S = 0.1


def run(
    jobs: Sequence[Job], workers: int, cancel: threading.Event
) -> Generator[tuple[int, Cell], None, None]:
    """Executes `jobs`; yields (index of the job, cell) in the order of completion.

    Ends early when `cancel` is set. Closing the iterator stops the workers.
    """
    waiting: deque[tuple[int, Job]] = deque(enumerate(jobs))
    results: queue.SimpleQueue[tuple[int, Cell] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    lanes = [
        threading.Thread(target=_Lane(waiting, results, stop).serve, name=f"coverage-{i}",
                         daemon=True)
        for i in range(max(1, min(workers, len(jobs))))
    ]  # fmt: skip
    left = sum(len(job.targets) for job in jobs)
    for lane in lanes:
        lane.start()
    try:
        while left and not cancel.is_set():
            try:
                found = results.get(timeout=_SLICE_S)
            except queue.Empty:
                continue
            if isinstance(found, BaseException):
                raise found
            left -= 1
            yield found
    finally:
        stop.set()
        for lane in lanes:
            lane.join(timeout=5)


class _Lane:
    """One thread with one worker process at a time."""

    def __init__(
        self,
        waiting: deque[tuple[int, Job]],
        results: queue.SimpleQueue[Any],
        stop: threading.Event,
    ) -> None:
        self._waiting = waiting
        self._results = results
        self._stop = stop
        self._worker: _Worker | None = None

    def serve(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    index, job = self._waiting.popleft()
                except IndexError:
                    return
                self._execute(index, job)
        except BaseException as raised:  # noqa: BLE001 - goes to who asked for the cells
            self._results.put(raised)
        finally:
            self._retire()

    def _execute(self, index: int, job: Job) -> None:
        """All cells of a job; after a death the remaining targets in a new process."""
        while job.targets and not self._stop.is_set():
            worker = self._worker = self._worker or _Worker(self._stop)
            done = 0
            problem: Error | None = None
            begin = time.perf_counter_ns()
            if worker.send(job):
                for _ in job.targets:
                    # the first answer comes after the reference and the target itself
                    factor = 2 if done == 0 and job.compared else 1
                    answer = worker.answer(job.limit_s * factor + GRACE_S)
                    if not isinstance(answer, dict):
                        problem = answer
                        break
                    self._results.put((index, decode_cell(answer)))
                    begin = time.perf_counter_ns()
                    done += 1
            else:
                problem = worker.ended()
            if problem is None or self._stop.is_set():
                return
            self._retire()
            if problem.code == "IX208":
                problem = time_error(job.limit_s)
            elapsed = time.perf_counter_ns() - begin
            text = "\n".join(x for x in (problem.what, problem.because) if x)
            self._results.put((index, Cell(job.targets[done], "failed", "imported", (elapsed,),
                                           code=problem.code, text=text)))  # fmt: skip
            # What killed the reference would kill it again: the others run without it.
            compared = job.compared and job.targets[done] != "reference"
            job = replace(job, targets=job.targets[done + 1 :], compared=compared)

    def _retire(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None


class _Worker:
    """One process; its answers are read by a thread, so that waiting for them has an end."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close())
        root = str(Path(__file__).resolve().parents[2])
        boot = (
            f"import sys; sys.path.insert(0, {root!r});"
            " from iree_explore.recording.coverage_worker import main; main()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", boot],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="coverage-read", daemon=True).start()
        self._ready = False

    def _read(self) -> None:
        assert self.process.stdout is not None
        with suppress(OSError, ValueError):  # closed meanwhile: the end, too
            for line in self.process.stdout:
                self._lines.put(line)
        self._lines.put(b"")

    def send(self, job: Job) -> bool:
        """Whether the process took the job."""
        if not self._ready:
            self._ready = isinstance(self.answer(START_S), dict)
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError):  # it is gone: `ended` tells how
            return False
        return self._ready

    def answer(self, limit_s: float) -> dict[str, Any] | Error:
        """The next answer, or why there is none."""
        end = time.monotonic() + limit_s
        while not self._stop.is_set():
            try:
                line = self._lines.get(timeout=_SLICE_S)
            except queue.Empty:
                if time.monotonic() > end:
                    return time_error(limit_s)
                continue
            return json.loads(line) if line.endswith(b"\n") else self.ended()
        return time_error(limit_s)

    def ended(self) -> Error:
        """How the process ended and what it said last."""
        self.process.kill() if self.process.poll() is None and not self._ready else None
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return InternalError("IX208", "the worker closed its output and did not end")
        self._messages.seek(0)
        said = self._messages.read().decode(errors="replace").strip()[-1000:]
        how = f"signal {-code}" if code < 0 else f"status {code}"
        return InternalError("IX206", f"the process ended with {how}", because=said or None)

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):  # a pipe whose reader died: closed all the same
                    stream.close()
        self._messages.close()
