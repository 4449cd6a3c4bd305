# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM in worker processes: `shared().submit(ir, options)` gives a `Future[CompiledObject]`.

llvmlite holds one lock around every LLVM call, and LLVM ends the process on some inputs: so it
runs in processes that import nothing else (worker.py), one for each core, started as scripts with
pipes: no fork, no `multiprocessing`, nothing of the caller's `__main__`. Each has a thread here.
Results are kept on disk by content (cache.py). A worker that dies is replaced; a request that ends
two workers fails with IX206 and the reproducer's path.
"""

from __future__ import annotations

import atexit
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from iree_explore.errors import InternalError
from iree_explore.targets.llvm_cpu import cache
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo, available_cores
from iree_explore.targets.llvm_cpu.worker import read_frame, write_frame

_HANDOVER_S = 0.002


@dataclass(frozen=True)
class ObjectOptions:
    """What to make of LLVM IR: for which CPU, whether with assembly, whether kept on disk."""

    cpu: CPUInfo
    assembly: bool = False
    use_cache: bool = True


@dataclass(frozen=True)
class CompiledObject:
    """Object file bytes, the assembly if asked for ("" else), nanoseconds that LLVM took in the
    worker, and whether it came from the disk."""

    code: bytes
    assembly: str = ""
    elapsed_ns: int = 0
    cached: bool = False


class CompilePool:
    """Worker processes, at most `workers`, started when all others have something to do.
    Thread-safe."""

    def __init__(self, workers: int | None = None) -> None:
        self.size = workers or available_cores()
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._workers: set[_Worker] = set()
        self._unfinished = 0
        self._lock = threading.Lock()
        self._closed = False

    def start(self, count: int) -> None:
        """Starts workers until there are `count`: each takes about 0.1 s until it can compile."""
        with self._lock:
            if self._closed:
                raise InternalError("IX206", "the compile pool is closed")
            while len(self._threads) < min(count, self.size):
                thread = threading.Thread(
                    target=self._serve, name=f"compile-{len(self._threads)}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def submit(self, ir: str, options: ObjectOptions) -> Future[CompiledObject]:
        """Compiles LLVM IR text; the future's `cancel()` works until a worker took it.

        The future raises `InternalError` IX206 if LLVM rejects the text, if the object needs
        symbols that it does not define, or if the worker died.
        """
        future: Future[CompiledObject] = Future()
        key = cache.key_of(ir, options.cpu) if options.use_cache else ""
        if key:
            found = cache.read(key, assembly=options.assembly)
            if found is not None:
                future.set_result(CompiledObject(*found, cached=True))
                return future
        with self._lock:
            self._unfinished += 1
            wanted = self._unfinished
        future.add_done_callback(self._finished)
        self.start(wanted)
        request = _Request(ir, options, key, future)
        self._requests.put(request)
        if wanted <= self.size:
            # A worker is free, but its thread would wait for Python's lock for up to 5 ms, while
            # the caller goes on. LLVM should start now.
            request.sent.wait(_HANDOVER_S)
        return future

    def _finished(self, _: Future[CompiledObject]) -> None:
        with self._lock:
            self._unfinished -= 1

    def kill(self) -> None:
        """Kills what the workers are doing: waiting and running requests fail as cancelled.

        The pool stays usable: workers are replaced with the next request.
        """
        with self._lock:
            workers = list(self._workers)
        while True:
            try:
                request = self._requests.get_nowait()
            except queue.Empty:
                break
            if request is not None:
                request.future.cancel()
        for worker in workers:
            worker.killed = True
            worker.process.kill()

    def close(self) -> None:
        """Ends the workers; requests not yet taken are cancelled."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        self.kill()
        for _ in threads:
            self._requests.put(None)
        for thread in threads:
            thread.join(timeout=5)

    def _serve(self) -> None:
        """A worker's thread: starts the process, passes requests, replaces it when it dies."""
        worker: _Worker | None = None
        with suppress(OSError):  # the first request tells what is wrong
            worker = self._start_worker()
        while (request := self._requests.get()) is not None:
            if worker is not None and worker.killed:
                self._retire(worker)
                worker = None
            if self._closed:
                request.future.cancel()
                continue
            if not request.tried and not request.future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or self._start_worker()
                request.answer(worker.compile(request))
            except OSError as error:
                request.died(f"it could not be started: {error}", False)
            except _Died as died:
                assert worker is not None
                if request.tried or worker.killed:
                    request.died(str(died), worker.killed)
                else:  # the process may have been ended from outside: once more
                    request.tried = True
                    self._requests.put(request)
                self._retire(worker)
                worker = None
        if worker is not None:
            self._retire(worker)

    def _start_worker(self) -> _Worker:
        worker = _Worker()
        with self._lock:
            self._workers.add(worker)
        return worker

    def _retire(self, worker: _Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
        worker.close()


@dataclass
class _Request:
    ir: str
    options: ObjectOptions
    key: str
    future: Future[CompiledObject]
    tried: bool = False
    sent: threading.Event = field(default_factory=threading.Event)
    """Whether a worker process has it."""

    def answer(self, answer: dict) -> None:
        if "error" in answer:
            self._fail(f"LLVM rejected the kernel: {answer['error']}")
            return
        if answer["undefined"]:
            names = ", ".join(answer["undefined"])
            self._fail(f"the object calls what it does not define: {names}")
            return
        made = CompiledObject(answer["object"], answer["assembly"], answer["elapsed_ns"])
        if self.key:
            cache.write(self.key, made.code, made.assembly)
        self._settle(made)

    def died(self, because: str, killed: bool) -> None:
        if killed:
            self._settle(_cancelled())
        else:
            self._fail(f"the compile worker ended ({because})")

    def _fail(self, because: str) -> None:
        path = write_reproducer(self.ir)
        cpu = self.options.cpu
        self._settle(
            InternalError(
                "IX206",
                "LLVM could not compile a kernel",
                because=because,
                reproduce=f"opt -O3 {path} | llc -mtriple={cpu.triple} -mcpu={cpu.name}",
            )
        )

    def _settle(self, outcome: CompiledObject | BaseException) -> None:
        try:
            if isinstance(outcome, BaseException):
                self.future.set_exception(outcome)
            else:
                self.future.set_result(outcome)
        except InvalidStateError:  # cancelled meanwhile: nobody waits for it
            return


def _cancelled() -> BaseException:
    from iree_explore.context import Cancelled

    return Cancelled("IX207", "the compile workers were stopped")


class _Died(Exception):
    """The worker's pipe broke; the text says how the process ended and what LLVM said last."""


class _Worker:
    """One process."""

    def __init__(self) -> None:
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close())
        script = Path(__file__).with_name("worker.py")
        spec = find_spec("llvmlite")
        assert spec is not None and spec.origin is not None
        library = Path(spec.origin).parent.parent
        boot = (
            f"import sys; sys.path.insert(0, {str(library)!r}); import runpy;"
            f" runpy.run_path({str(script)!r}, run_name='__main__')"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-S", "-c", boot],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            start_new_session=True,
        )
        self._ready = False
        self.killed = False

    def compile(self, request: _Request) -> dict:
        """Sends one request and waits for the answer; raises `_Died`."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        cpu = request.options.cpu
        try:
            if not self._ready:
                if read_frame(stdout) is None:
                    raise _Died(self._last_words())
                self._ready = True
            write_frame(
                stdin,
                {
                    "ir": request.ir,
                    "cpu": cpu.name,
                    "features": cpu.features,
                    "triple": cpu.triple,
                    "assembly": request.options.assembly,
                },
            )
            request.sent.set()
            answer = read_frame(stdout)
        except (OSError, ValueError) as error:
            raise _Died(self._last_words()) from error
        if answer is None:
            raise _Died(self._last_words())
        return answer

    def _last_words(self) -> str:
        code = self.process.wait()
        self._messages.seek(0)
        text = self._messages.read().decode(errors="replace").strip()
        ended = f"signal {-code}" if code < 0 else f"status {code}"
        return f"{ended}\n{text[-2000:]}" if text else ended

    def close(self) -> None:
        """Closes the pipes, which ends the process if it still runs, and reaps it."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # a pipe whose reader died: closed all the same
                    continue
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._messages.close()


def write_reproducer(ir: str) -> Path:
    """Keeps LLVM IR that failed beside the cache (or in the temporary folder); its path."""
    name = f"iree-explore-{os.getpid()}-{time.time_ns()}.ll"
    for folder in (cache.folder() / "reproducers", Path(tempfile.gettempdir())):
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(ir)
        except OSError:  # not writable: the next place
            continue
        return path
    return Path(os.devnull)


_shared: CompilePool | None = None
_shared_lock = threading.Lock()


def shared() -> CompilePool:
    """The process's pool; a forked child gets its own."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = CompilePool()
            atexit.register(_close, weakref.ref(_shared))
        return _shared


def _close(pool: weakref.ref[CompilePool]) -> None:
    found = pool()
    if found is not None:
        found.close()


def _forget() -> None:
    global _shared, _shared_lock
    _shared = None
    _shared_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
