# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `local-sync` and `local-task` drivers: command buffers on the CPU through the native loop.

A finished command buffer is flattened to an array of dispatch records (`worker_loop.RECORD`). Each
execution takes an idle copy of it, fills in the binding addresses and hands it to the native code:
`local-sync` runs it on the caller's thread, `local-task` also puts it in a slot of the worker pool.
A waiting caller always helps. Executions in flight do not share anything but code and weights.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from iree_explore.errors import InternalError
from iree_explore.hal.command_buffer import Binding, CommandBuffer, Copy, Dispatch, Fill
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
from iree_explore.targets.llvm_cpu.cpu_info import available_cores, host
from iree_explore.targets.llvm_cpu.worker_loop import (
    POOL,
    RECORD,
    SLICE_NS,
    SUBMISSION,
    WORKER,
    native_loop,
)

_BUILTIN_BYTES = 65536
_CHUNKS = 64
"""A grid is cut into at most this many chunks of workgroups."""


class CPUCommandBuffer(CommandBuffer):
    """A command buffer flattened for the native loop; `take` and `give` lend runnable copies."""

    def __init__(self, binding_capacity: int) -> None:
        super().__init__(binding_capacity)
        self._idle: deque[_Instance] = deque()

    def translate(self) -> None:
        """Builds the immutable parts: records, constants, binding relocations."""
        count = len(self.commands)
        lowered = [_as_dispatch(c) for c in self.commands]
        self.local_memory = max((d.local_memory for d in lowered), default=0)
        constants = [value for d in lowered for value in d.constants]
        ranges = [b for d in lowered for b in d.bindings]
        self._constants = np.array([*constants, 0], np.uint32)
        self._lengths = np.array([*(b.length for b in ranges), 0], np.uint64)
        self._direct = [b.buffer for b in ranges if isinstance(b.buffer, Buffer)]
        addresses = [0] * self.binding_capacity
        sources = []
        for binding in ranges:
            if isinstance(binding.buffer, Buffer):
                sources.append(len(addresses))
                addresses.append(binding.buffer.address)
            else:
                sources.append(binding.buffer)
        self._addresses = np.array(addresses, np.uint64)
        self._sources = np.array(sources, np.intp)
        self._offsets = np.array([b.offset for b in ranges], np.uint64)
        records = np.zeros(count, RECORD)
        ticket = constant = binding = 0
        for record, d in zip(records, lowered, strict=True):
            total = d.workgroups[0] * d.workgroups[1] * d.workgroups[2]
            chunk = max(1, -(-total // _CHUNKS))
            record["entry"] = d.entry
            record["ticket_begin"] = ticket
            ticket += -(-total // chunk)
            record["ticket_end"] = ticket
            record["chunk"] = chunk
            record["total"] = total
            record["workgroup_count"] = d.workgroups
            record["constant_count"] = len(d.constants)
            record["binding_count"] = len(d.bindings)
            record["constants"] = self._constants.ctypes.data + 4 * constant
            record["binding_ptrs"] = 8 * binding  # made absolute in each instance
            record["binding_lengths"] = self._lengths.ctypes.data + 8 * binding
            constant += len(d.constants)
            binding += len(d.bindings)
        _set_waves(records, [c.wave for c in self.commands])
        self.tickets = ticket
        self.records = records
        self.binding_count = binding

    def take(self) -> _Instance:
        """A copy that nobody runs."""
        try:
            return self._idle.pop()
        except IndexError:
            return _Instance(self)

    def give(self, instance: _Instance) -> None:
        self._idle.append(instance)

    def name_of(self, index: int) -> tuple[str, str, tuple[int, int, int]]:
        """Executable, entry and workgroup count of a record."""
        command = self.commands[index]
        if isinstance(command, Dispatch):
            export = command.executable.exports[command.ordinal]
            return command.executable.name, export.name, command.workgroups
        kind = "fill" if isinstance(command, Fill) else "copy"
        return "builtin", kind, _as_dispatch(command).workgroups


class _Lowered:
    """A command as a call of an entry point."""

    __slots__ = ("bindings", "constants", "entry", "local_memory", "workgroups")

    def __init__(
        self,
        entry: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        bindings: Sequence[Binding],
        local_memory: int = 0,
    ) -> None:
        self.entry = entry
        self.workgroups = workgroups
        self.constants = constants
        self.bindings = bindings
        self.local_memory = local_memory


def _as_dispatch(command: Dispatch | Fill | Copy) -> _Lowered:
    if isinstance(command, Dispatch):
        executable = command.executable
        return _Lowered(
            executable.entries[command.ordinal],
            command.workgroups,
            command.constants,
            command.bindings,
            executable.exports[command.ordinal].local_memory,
        )
    loop = native_loop()
    groups = (-(-command.target.length // _BUILTIN_BYTES), 1, 1)
    if isinstance(command, Copy):
        return _Lowered(loop.copy_kernel, groups, (), (command.source, command.target))
    words = np.frombuffer(command.pattern.ljust(16, b"\0"), np.uint32).tolist()
    return _Lowered(loop.fill_kernel, groups, (*words, len(command.pattern)), (command.target,))


def _set_waves(records: np.ndarray, waves: Sequence[int]) -> None:
    """Fills in, per record, where its wave begins and ends in tickets."""
    start = 0
    while start < len(waves):
        stop = start
        while stop < len(waves) and waves[stop] == waves[start]:
            stop += 1
        records["wave_begin"][start:stop] = records["ticket_begin"][start]
        records["wave_end"][start:stop] = records["ticket_end"][stop - 1]
        start = stop


class _Instance:
    """One runnable copy of a command buffer: submission header, records, binding addresses."""

    def __init__(self, command_buffer: CPUCommandBuffer) -> None:
        count = len(command_buffer.records)
        records_at = SUBMISSION.itemsize
        pointers_at = records_at + count * RECORD.itemsize
        self.block = Buffer.allocate(pointers_at + 8 * max(1, command_buffer.binding_count))
        memory = self.block.memory
        self.address = self.block.address
        self.header = memory[:records_at].view(SUBMISSION)[0:1]
        self.state = memory[:records_at].view(np.uint64)
        self.records = memory[records_at:pointers_at].view(RECORD)
        self.records[:] = command_buffer.records
        self.records["binding_ptrs"] += np.uint64(self.address + pointers_at)
        self.pointers = memory[pointers_at : pointers_at + 8 * command_buffer.binding_count].view(
            np.uint64
        )
        self.header[:] = 0
        self.header["tickets"] = command_buffer.tickets
        self.header["records"] = self.address + records_at
        self.header["local_memory_size"] = -(-command_buffer.local_memory // 64) * 64
        self.table = command_buffer._addresses.copy()

    def prepare(self, command_buffer: CPUCommandBuffer, bindings: Sequence[Buffer], profile: bool):
        """Resets the counters and resolves the bindings."""
        state = self.state
        state[0] = 0  # next
        state[8] = 0  # done
        state[19] = 0  # error
        state[20] = profile << 32  # cancel, profile
        state[21] = 0  # epoch, sleepers
        if profile:
            self.records["chunks_done"] = 0
            self.records["start_ns"] = 0
            self.records["end_ns"] = 0
        for slot, buffer in enumerate(bindings):
            self.table[slot] = buffer.address
        np.take(self.table, command_buffer._sources, out=self.pointers, mode="clip")
        np.add(self.pointers, command_buffer._offsets, out=self.pointers)


class Submission:
    """One execution in flight; keeps everything it needs alive until it is done."""

    def __init__(
        self,
        device: CPUDevice,
        command_buffer: CPUCommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence | None,
        profile: Profile | None,
    ) -> None:
        self.device = device
        self.command_buffer = command_buffer
        self.bindings = bindings
        self.signal = signal
        self.profile = profile
        self.instance = command_buffer.take()
        self.instance.prepare(command_buffer, bindings, profile is not None)
        self.slot = -1
        self._lock = threading.Lock()
        self._finished = False
        self._helpers = 0

    def is_done(self) -> bool:
        """Whether every workgroup has run, without waiting."""
        return self._finished or bool(self.instance.state[8] >= self.command_buffer.tickets)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Helps until all workgroups are done; on KeyboardInterrupt cancels the rest and raises."""
        participate = native_loop().participate
        worker = self.device.caller_worker()
        slices = None if timeout_s is None else max(1, int(timeout_s / (SLICE_NS * 1e-9)))
        with self._lock:
            self._helpers += 1
            instance = self.instance  # held here: native code of this thread looks at its memory
        try:
            while not self._finished:
                if participate(instance.address, worker.ctypes.data, SLICE_NS):
                    break
                if slices is not None:
                    slices -= 1
                    if not slices:
                        return False
        except KeyboardInterrupt:
            instance.header["cancel"] = 1
            while not participate(instance.address, worker.ctypes.data, SLICE_NS):
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
            if self.slot >= 0:
                self.device.retire(self)
            if self.profile is not None:
                self._collect()
            error = int(self.instance.state[19])
            cancelled = int(self.instance.state[20]) & 0xFFFFFFFF
            instance, self.instance = self.instance, _DONE
            self._finished = True
            alone = not self._helpers
        if alone:
            self.command_buffer.give(instance)
        self.bindings = ()
        if self.signal is None:
            return
        if error:
            self.signal.fail(_kernel_error(self.command_buffer, error))
        elif cancelled:
            self.signal.fail(InternalError("IX207", "the execution was interrupted"))
        else:
            self.signal.signal()

    def _collect(self) -> None:
        for index, (start, end) in enumerate(
            zip(
                self.instance.records["start_ns"].tolist(),
                self.instance.records["end_ns"].tolist(),
                strict=True,
            )
        ):
            executable, entry, workgroups = self.command_buffer.name_of(index)
            self.profile.timings.append(  # pyright: ignore[reportOptionalMemberAccess]
                DispatchTiming(executable, entry, workgroups, start, max(start, end))
            )


class _Done:
    """Stands for the instance of a finished submission: waiting for it returns at once."""

    def __init__(self) -> None:
        self.block = Buffer.allocate(SUBMISSION.itemsize)
        self.block.memory[:] = 0
        self.address = self.block.address
        self.state = self.block.memory.view(np.uint64)
        self.header = self.block.memory.view(SUBMISSION)


_DONE: Any = _Done()


def _kernel_error(command_buffer: CPUCommandBuffer, error: int) -> InternalError:
    index, status = (error >> 32) - 1, error & 0xFFFFFFFF
    executable, entry, _ = command_buffer.name_of(index)
    meaning = "no memory for its workgroup-local memory" if status == 12 else f"status {status}"
    return InternalError("IX305", f"dispatch {index} ({executable}::{entry}) failed: {meaning}")


class WorkerPool:
    """Threads inside the native loop, joined at exit."""

    def __init__(self, count: int) -> None:
        self._block = Buffer.allocate(POOL.itemsize)
        self._block.memory[:] = 0
        self.address = self._block.address
        self._header = self._block.memory.view(POOL)
        self._workers = [_worker(i) for i in range(count)]
        self.inflight: dict[int, Submission] = {}
        loop = native_loop()
        self._threads = [
            threading.Thread(
                target=loop.worker_main,
                args=(self.address, w.ctypes.data),
                name=f"iree-local-task-{i}",
                daemon=True,
            )
            for i, w in enumerate(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, submission: Submission) -> None:
        """Offers the work to the threads; if all slots are taken, only waiting callers run it."""
        for other in [s for s in list(self.inflight.values()) if s.is_done()]:
            other.finish()
        submission.slot = native_loop().submit(self.address, submission.instance.address)
        if submission.slot >= 0:
            self.inflight[submission.slot] = submission

    def retire(self, submission: Submission) -> None:
        """Takes finished work out of its slot."""
        slot, submission.slot = submission.slot, -1
        self.inflight.pop(slot, None)
        native_loop().retire(self.address, slot)

    def close(self) -> None:
        """Stops the threads and joins them."""
        self._header["exit"] = 1
        # Submitting nothing still wakes: an empty record list is done before it starts.
        wake = Buffer.allocate(SUBMISSION.itemsize)
        wake.memory[:] = 0
        slot = native_loop().submit(self.address, wake.address)
        for thread in self._threads:
            thread.join()
        if slot >= 0:
            native_loop().retire(self.address, slot)


def _worker(processor_id: int) -> np.ndarray:
    block = Buffer.allocate(WORKER.itemsize)
    block.memory[:] = 0
    worker = block.memory.view(WORKER)
    worker["processor_id"] = processor_id
    return worker


class CPUDevice(Device):
    """The CPU; with `threads` workers (`local-task`) or none (`local-sync`)."""

    def __init__(self, info: DeviceInfo, threads: int) -> None:
        self.info = info
        self.threads = threads
        self._pool: WorkerPool | None = None
        self._lock = threading.Lock()
        self._buffers = BufferPool()
        self._callers: deque[np.ndarray] = deque()
        self._caller_count = 0
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
        return CPUCommandBuffer(binding_capacity)

    def queue_execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        wait: Fence | None = None,
        signal: Fence | None = None,
        profile: Profile | None = None,
    ) -> None:
        command_buffer.check_table(bindings)
        if not isinstance(command_buffer, CPUCommandBuffer):
            raise InternalError("IX305", "the command buffer belongs to another device")
        if wait is not None:
            wait.wait()
        if signal is None:
            signal = Fence.create()
        submission = Submission(self, command_buffer, bindings, signal, profile)
        signal.expect(submission)
        if self.threads:
            with self._lock:
                if self._pool is None:
                    self._pool = WorkerPool(self.threads)
                self._pool.submit(submission)

    def retire(self, submission: Submission) -> None:
        pool = self._pool
        if pool is not None:
            pool.retire(submission)

    def caller_worker(self) -> np.ndarray:
        """Scratch of a thread that helps; processor ids follow those of the pool."""
        try:
            return self._callers.pop()
        except IndexError:
            with self._lock:
                self._caller_count += 1
                return _worker(self.threads + self._caller_count - 1)

    def return_worker(self, worker: np.ndarray) -> None:
        self._callers.append(worker)


class LocalSyncDriver(Driver):
    """Everything on the caller's thread."""

    name = "local-sync"
    target = "llvm-cpu"

    def query(self) -> list[DeviceInfo]:
        return [DeviceInfo(self.name, self.target, f"{host().name}, the calling thread")]

    def create_device(self) -> CPUDevice:
        return CPUDevice(self.query()[0], 0)


class LocalTaskDriver(Driver):
    """Workgroups spread over all cores; the calling thread is one of the workers."""

    name = "local-task"
    target = "llvm-cpu"

    def query(self) -> list[DeviceInfo]:
        return [DeviceInfo(self.name, self.target, f"{host().name}, {available_cores()} cores")]

    def create_device(self) -> CPUDevice:
        return CPUDevice(self.query()[0], max(1, available_cores() - 1))
