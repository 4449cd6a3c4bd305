# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `local-sync` and `local-task` drivers: command buffers on the CPU through the native loop.

`records.py` makes of a command buffer what the native code runs: `local-sync` on the caller's
thread, `local-task` also puts it in a slot of the worker pool. A waiting caller always helps.
Executions in flight do not share anything but code and weights. `options.py` says what follows `?`
in a device's name; with `guard=1` everything runs through `guard.py` instead.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
import os
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from iree_explore.errors import InternalError
from iree_explore.hal.command_buffer import CommandBuffer
from iree_explore.hal.runtime import (
    Buffer,
    BufferPool,
    Device,
    DeviceInfo,
    DispatchTiming,
    Driver,
    Executable,
    Export,
    Fence,
    Profile,
)
from iree_explore.targets.llvm_cpu import guard
from iree_explore.targets.llvm_cpu.cpu_info import available_cores, host
from iree_explore.targets.llvm_cpu.options import TaskOptions, parse
from iree_explore.targets.llvm_cpu.records import CPUCommandBuffer, Graph
from iree_explore.targets.llvm_cpu.worker_loop import (
    POOL,
    SLICE_NS,
    SUBMISSION,
    WORKER,
    native_loop,
)


class Submission:
    """One execution in flight; keeps everything it needs alive until it is done."""

    def __init__(
        self,
        device: CPUDevice,
        command_buffer: CPUCommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence,
        profile: Profile | None,
    ) -> None:
        self.device = device
        self.command_buffer = command_buffer
        self.bindings = bindings
        self.signal = signal
        self.profile = profile
        graph = command_buffer.graph(command_buffer.aliases(bindings))
        self.instance = graph.take()
        graph.pack(self.instance.table, 0, *[buffer.address for buffer in bindings])
        if profile is not None:
            self.instance.note_times()
        self.error: InternalError | None = None
        self.pool: WorkerPool | None = None
        self.slot = -1
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._finished = False
        self._helpers = 0

    def is_done(self) -> bool:
        """Whether every workgroup has run, without waiting."""
        return self._finished or not self.instance.state[8]

    def start(self, pool: int) -> int:
        """Makes it ready to run; the slot of the pool that it got, or -1."""
        return native_loop().start(self.instance.address, pool)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Helps until all workgroups are done; on KeyboardInterrupt cancels the rest and raises.

        Raises `InternalError` IX207 in a forked child: the threads that had begun are not there.
        """
        if self._process != os.getpid() and not self._finished:
            raise InternalError(
                "IX207", "this execution began before the process forked; call again in the child"
            )
        participate = native_loop().participate
        worker = self.device.caller_worker()
        slices = None if timeout_s is None else max(1, int(timeout_s / (SLICE_NS * 1e-9)))
        with self._lock:
            self._helpers += 1
            instance = self.instance  # held here: native code of this thread looks at its memory
        try:
            while not self._finished:
                if participate(instance.address, worker.address, SLICE_NS):
                    break
                if slices is not None:
                    slices -= 1
                    if not slices:
                        return False
        except KeyboardInterrupt:
            instance.header["cancel"] = 1
            while not participate(instance.address, worker.address, SLICE_NS):
                pass
            self.finish()
            raise
        finally:
            with self._lock:
                self._helpers -= 1
            self.device.return_worker(worker)
        self.finish()
        return True

    def finish(self) -> None:
        """Once, after the last workgroup: reads times and errors, signals, frees the slot."""
        with self._lock:
            if self._finished:
                return
            if self.pool is not None:
                self.pool.retire(self)
            if self.profile is not None:
                self.profile.note(self.instance.timings())
            self.error = self.instance.failure()
            instance, self.instance = self.instance, _DONE
            self._finished = True
            alone = not self._helpers
        if alone:
            instance.graph.idle.append(instance)
        self.bindings = ()
        if self.error is not None:
            self.signal.fail(self.error)
        else:
            self.signal.signal()


class _Done:
    """Stands for the instance of a finished submission: waiting for it returns at once."""

    def __init__(self) -> None:
        self.block = Buffer.allocate(SUBMISSION.itemsize)
        self.block.memory[:] = 0
        self.address = self.block.address
        self.state = self.block.memory.view(np.uint64)
        self.header = self.block.memory.view(SUBMISSION)


_DONE: Any = _Done()


class Worker:
    """What a thread needs to run workgroups: its number and its local memory."""

    __slots__ = ("_block", "address")

    def __init__(self, processor_id: int, jitter: int) -> None:
        self._block = Buffer.allocate(WORKER.itemsize)
        self._block.memory[:] = 0
        self.address = self._block.address
        worker = self._block.memory.view(WORKER)
        worker["processor_id"] = processor_id
        if jitter:
            seed = jitter * 2654435761 + processor_id * 40503 + 1
            worker["jitter"] = seed & 0x7FFFFFFFFFFFFFFF


class WorkerPool:
    """Threads inside the native loop, joined at exit."""

    def __init__(self, count: int, options: TaskOptions) -> None:
        self._block = Buffer.allocate(POOL.itemsize)
        self._block.memory[:] = 0
        self.address = self._block.address
        self._header = header = self._block.memory.view(POOL)
        header["spin_ns"] = 1000 * options.task_worker_spin_us
        self._workers = [Worker(i, options.jitter) for i in range(count)]
        self.inflight: dict[int, Submission] = {}
        cores = options.task_topology_cpu_ids
        self._threads = [
            threading.Thread(
                target=_run_worker,
                args=(self.address, w, cores[i % len(cores)] if cores else None),
                name=f"iree-local-task-{i}",
                daemon=True,
            )
            for i, w in enumerate(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def asleep(self) -> int:
        """How many threads sleep, or are about to: they have looked for work for long enough."""
        return int(self._header["sleepers"][0])

    def submit(self, submission: Submission) -> None:
        """Offers the work to the threads; if all slots are taken, only waiting callers run it."""
        for other in [s for s in list(self.inflight.values()) if s.is_done()]:
            other.finish()
        slot = submission.start(self.address)
        if slot >= 0:
            submission.slot, submission.pool = slot, self
            self.inflight[slot] = submission

    def retire(self, submission: Submission) -> None:
        """Takes finished work out of its slot."""
        slot, submission.slot, submission.pool = submission.slot, -1, None
        self.inflight.pop(slot, None)
        native_loop().retire(self.address, slot)

    def close(self) -> None:
        """Stops the threads and joins them."""
        native_loop().stop(self.address)
        for thread in self._threads:
            thread.join()


def _run_worker(pool: int, worker: Worker, core: int | None) -> None:
    """A worker thread: native code until the pool stops."""
    if core is not None:
        os.sched_setaffinity(0, {core})  # of this thread
    native_loop().worker_main(pool, worker.address)


class CPUDevice(Device):
    """The CPU; with `threads` workers (`local-task`) or none (`local-sync`)."""

    def __init__(self, info: DeviceInfo, options: TaskOptions, threads: int) -> None:
        self.info = info
        self.options = options
        self.threads = threads
        self._pool: WorkerPool | None = None
        self._lock = threading.Lock()
        self._buffers = BufferPool()
        self._callers: deque[Worker] = deque()
        self._caller_count = 0
        self._abandoned: list[object] = []
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def _forget(self) -> None:
        """In a forked child the parent's threads do not exist: a new pool is made when needed."""
        self._pool = None
        self._lock = threading.Lock()
        self._buffers = BufferPool()
        self._callers = deque()

    def close(self) -> None:
        """Joins the workers; the next execution starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            for submission in list(pool.inflight.values()):
                submission.wait()
            pool.close()

    def allocate(self, nbytes: int, lifetime: str) -> Buffer:
        if lifetime == "transient":
            return self._buffers.take(nbytes)
        return Buffer.allocate(nbytes)

    def deallocate(self, buffer: Buffer) -> None:
        if buffer.pooled:
            self._buffers.give(buffer)

    def import_array(self, array: np.ndarray) -> Buffer:
        return Buffer.of_array(array)

    def load_executable(
        self,
        name: str,
        format_: str,
        data: bytes,
        exports: Sequence[Export],
        symbols: Sequence[str],
    ) -> Executable:
        from iree_explore.targets.llvm_cpu import loader

        code = loader.load(data)
        entries = tuple(code.address(symbol) for symbol in symbols)
        return Executable(name, tuple(exports), entries, code)

    def create_command_buffer(self, binding_capacity: int) -> CPUCommandBuffer:
        return CPUCommandBuffer(binding_capacity, self.options.schedule)

    def queue_execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        wait: Fence | None = None,
        signal: Fence | None = None,
        profile: Profile | None = None,
    ) -> None:
        """`local-sync` has done it all when this returns."""
        command_buffer.check_table(bindings)
        if not isinstance(command_buffer, CPUCommandBuffer):
            raise InternalError("IX305", "the command buffer belongs to another device")
        if wait is not None:
            wait.wait()
        if signal is None:
            signal = Fence.create()
        if self.threads and not self.options.guard:
            submission = Submission(self, command_buffer, bindings, signal, profile)
            pool = self._started_pool()
            with self._lock:
                pool.submit(submission)
            signal.expect(submission)
            return
        try:
            self._run(command_buffer, bindings, profile)
        except InternalError as error:
            signal.fail(error)
        except BaseException:
            signal.fail(InternalError("IX207", "the execution was interrupted"))
            raise
        else:
            signal.signal()

    def execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        profile: Profile | None = None,
    ) -> None:
        """Without a fence: only this thread waits."""
        command_buffer.check_table(bindings)
        if not isinstance(command_buffer, CPUCommandBuffer):
            raise InternalError("IX305", "the command buffer belongs to another device")
        self._run(command_buffer, bindings, profile)

    def submitter(
        self, command_buffer: CommandBuffer, fresh: Collection[int]
    ) -> Callable[[Sequence[int]], None] | None:
        assert isinstance(command_buffer, CPUCommandBuffer)
        if self.options.guard or not command_buffer.written_slots <= set(fresh):
            return None
        return functools.partial(self._execute, command_buffer.graph())

    def _run(
        self,
        command_buffer: CPUCommandBuffer,
        bindings: Sequence[Buffer],
        profile: Profile | None,
    ) -> None:
        if self.options.guard:
            self._run_guarded(command_buffer, bindings, profile)
            return
        graph = command_buffer.graph(command_buffer.aliases(bindings))
        self._execute(graph, [buffer.address for buffer in bindings], profile)

    def _execute(
        self, graph: Graph, addresses: Sequence[int], profile: Profile | None = None
    ) -> None:
        """Runs all commands with the binding table's buffers at `addresses`, which fit.

        Raises what went wrong. On KeyboardInterrupt what has not begun is cancelled.
        """
        loop = native_loop()
        instance, worker = graph.take(), self.caller_worker()
        alone = not self.threads or graph.narrow
        pool = None if alone else self._pool or self._started_pool()  # held here while it is used
        arguments = instance.address, worker.address, pool and pool.address, SLICE_NS
        if profile is not None:
            instance.note_times()
        graph.pack(instance.table, 0, *addresses)
        error, over = None, False
        try:
            done = loop.invoke(*arguments)
            while not done:
                done = loop.resume(*arguments)
            if done != 1:
                error = instance.failure()
            if profile is not None:
                profile.note(instance.timings())
            over = True
        except BaseException:
            instance.header["cancel"] = 1
            _finish(arguments)
            over = True
            raise
        finally:
            if over:
                self._callers.append(worker)
                graph.idle.append(instance)
            else:  # interrupted again before it could wait: threads may run in this memory
                self._abandoned.append((instance, worker, pool))
        if error is not None:
            raise error

    def _started_pool(self) -> WorkerPool:
        with self._lock:
            if self._pool is None:
                self._pool = WorkerPool(self.threads, self.options)
            return self._pool

    def _run_guarded(
        self,
        command_buffer: CPUCommandBuffer,
        bindings: Sequence[Buffer],
        profile: Profile | None,
    ) -> None:
        """Everything at once on the calling thread; raises what was found."""
        names = iter([command_buffer.name_of(i) for i in range(len(command_buffer.commands))])

        def stamp(begin: int, end: int) -> None:
            if profile is not None:
                timing = DispatchTiming(*next(names), begin, end)
                profile.note(lambda: (timing,))

        guard.run(command_buffer.calls(bindings), stamp)

    def caller_worker(self) -> Worker:
        """Scratch of a thread that helps; processor ids follow those of the pool."""
        try:
            return self._callers.pop()
        except IndexError:
            with self._lock:
                self._caller_count += 1
                return Worker(self.threads + self._caller_count - 1, self.options.jitter)

    def return_worker(self, worker: Worker) -> None:
        self._callers.append(worker)


def _finish(arguments: tuple[int, int, int | None, int]) -> None:
    """Waits for what has begun of a cancelled execution: threads look at its memory until then.
    The interrupt is raised after that, further ones change nothing."""
    while True:
        try:
            while not native_loop().resume(*arguments):
                pass
            return
        except KeyboardInterrupt:
            continue


_TASK_OPTIONS = tuple(f.name for f in dataclasses.fields(TaskOptions))


class LocalSyncDriver(Driver):
    """Everything on the caller's thread."""

    name = "local-sync"
    target = "llvm-cpu"

    def query(self) -> list[DeviceInfo]:
        return [DeviceInfo(self.name, self.target, f"{host().name}, the calling thread")]

    def check_options(self, options: Mapping[str, str]) -> None:
        parse(self.name, options, ("guard",))

    def create_device(self, options: Mapping[str, str]) -> CPUDevice:
        return CPUDevice(self.query()[0], parse(self.name, options, ("guard",)), 0)


class LocalTaskDriver(Driver):
    """Workgroups spread over all cores; the calling thread is one of the workers."""

    name = "local-task"
    target = "llvm-cpu"

    def query(self) -> list[DeviceInfo]:
        return [DeviceInfo(self.name, self.target, f"{host().name}, {available_cores()} cores")]

    def check_options(self, options: Mapping[str, str]) -> None:
        parse(self.name, options, _TASK_OPTIONS)

    def create_device(self, options: Mapping[str, str]) -> CPUDevice:
        parsed = parse(self.name, options, _TASK_OPTIONS)
        return CPUDevice(self.query()[0], parsed, parsed.threads - 1)
