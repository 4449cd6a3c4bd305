# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""HAL objects as Python sees them: drivers, devices, buffers, executables, semaphores, fences.

The names and roles are those of IREE's HAL. A target's driver subclasses `Driver` and `Device` (a
few hundred lines, see `targets/llvm_cpu/driver.py`) and passes `tests/hal`. A missing driver is
data: its `DeviceInfo` says why. Command buffers are in `command_buffer.py`.
"""

from __future__ import annotations

import ctypes
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from iree_explore.errors import Error, ModelError

if TYPE_CHECKING:
    from iree_explore.hal.command_buffer import CommandBuffer

ALIGNMENT = 64
"""Bytes that buffers which we allocate, and offsets into buffers, are multiples of."""
HOST_ALIGNMENT = 16
"""Bytes that a caller's array has to be aligned to: NumPy's are. Copying one costs more than
vectors that cross cache lines."""


@dataclass(frozen=True)
class DeviceInfo:
    """One line of `ie.devices()`: a driver, the target backend whose executables it runs, what the
    device is, and if it cannot be used, why."""

    driver: str
    target: str
    name: str
    available: bool = True
    reason: str = ""

    def __str__(self) -> str:
        state = "available" if self.available else f"not available: {self.reason}"
        return f"{self.driver:<12} {self.target:<14} {self.name}  ({state})"


class Buffer:
    """Device memory that the host can reach: `memory` is its bytes, `address` where they start.

    `pooled` buffers go back to their device's pool when deallocated; others live as long as someone
    refers to them (results handed to the caller).
    """

    __slots__ = ("__weakref__", "address", "memory", "nbytes", "owner", "pooled")

    def __init__(
        self,
        memory: np.ndarray,
        nbytes: int,
        owner: object = None,
        pooled: bool = False,
        address: int | None = None,
    ) -> None:
        self.memory = memory
        self.nbytes = nbytes
        self.owner = owner
        self.pooled = pooled
        self.address = _address(memory) if address is None else address

    @staticmethod
    def allocate(nbytes: int, pooled: bool = False) -> Buffer:
        """New aligned memory, contents unspecified; at least one cache line, so that it has an
        address."""
        size = nbytes or 1
        raw = np.empty(size + ALIGNMENT - 1, np.uint8)
        address = _address(raw)
        start = -address % ALIGNMENT
        return Buffer(raw[start : start + size], nbytes, None, pooled, address + start)

    @staticmethod
    def of_array(array: np.ndarray) -> Buffer:
        """`array`'s memory, without a copy if it is contiguous and aligned to `HOST_ALIGNMENT`."""
        if array.flags.c_contiguous and array.size:
            address = _address(array)
            if address % HOST_ALIGNMENT == 0:
                memory = array.reshape(-1).view(np.uint8)
                return Buffer(memory, array.nbytes, array, False, address)
            buffer = Buffer.allocate(array.nbytes)
            ctypes.memmove(buffer.address, address, array.nbytes)
            return buffer
        buffer = Buffer.allocate(array.nbytes)
        if array.size:
            target = buffer.memory[: array.nbytes].view(array.dtype).reshape(array.shape)
            target[...] = array
        return buffer

    def view(self, dtype: np.dtype, shape: Sequence[int], offset: int = 0) -> np.ndarray:
        """The bytes from `offset` as an array; it keeps the memory alive."""
        count = 1
        for size in shape:
            count *= size
        return self.memory[offset : offset + count * dtype.itemsize].view(dtype).reshape(shape)


_first_byte: Callable[[Any], ctypes.c_char] = ctypes.c_char.from_buffer


def _address(array: np.ndarray) -> int:
    """Where the elements of an array begin: four times as fast where it may be written."""
    try:
        return ctypes.addressof(_first_byte(array))
    except (TypeError, ValueError, BufferError):  # read-only, empty, a foreign dtype, ...
        return array.__array_interface__["data"][0]


@dataclass(slots=True)
class BufferView:
    """A buffer with shape and dtype: what exported functions take and return."""

    buffer: Buffer
    shape: tuple[int, ...]
    dtype: np.dtype

    def to_numpy(self) -> np.ndarray:
        """The contents without a copy."""
        return self.buffer.view(self.dtype, self.shape)


@dataclass(frozen=True)
class Export:
    """An entry point of an executable: its symbol, how many u32 constants and bindings it takes,
    the bytes of workgroup-local memory it needs, and a bit for each binding that it only reads."""

    name: str
    constants: int
    bindings: int
    local_memory: int = 0
    read_only: int = 0


@dataclass
class Executable:
    """Loaded device code: `entries` are a driver's handles by ordinal, `code` keeps it loaded."""

    name: str
    exports: tuple[Export, ...]
    entries: tuple[int, ...]
    code: object = None


class Work(Protocol):
    """Something submitted to a queue that a waiting thread may help along."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """True when it is done, False if the time is up; raises what went wrong."""
        ...


class Semaphore:
    """A timeline: a number that only grows; reaching a value may be what submitted work does."""

    def __init__(self, value: int = 0) -> None:
        self._value = value
        self._error: Error | None = None
        self._condition = threading.Condition()
        self._pending: list[tuple[int, Work]] = []
        self._callbacks: list[tuple[int, Callable[[], None]]] = []

    def query(self) -> int:
        """The value now; raises the error of work that failed to reach the next one."""
        if self._error is not None:
            raise self._error
        return self._value

    def expect(self, value: int, work: Work) -> None:
        """Says that `work` will signal `value`, so that whoever waits can help."""
        with self._condition:
            self._pending.append((value, work))

    def signal(self, value: int) -> None:
        """Advances to `value` and runs what waited for it."""
        with self._condition:
            self._value = max(self._value, value)
            self._pending = [p for p in self._pending if p[0] > self._value]
            ready = [c for v, c in self._callbacks if v <= self._value]
            self._callbacks = [p for p in self._callbacks if p[0] > self._value]
            self._condition.notify_all()
        for callback in ready:
            callback()

    def work(self, value: int) -> Work | None:
        """What was said to signal `value` and has not yet; None if nothing was."""
        with self._condition:
            return next((w for v, w in self._pending if v >= value), None)

    def fail(self, error: Error) -> None:
        """Ends the timeline: everyone who waits gets `error`."""
        with self._condition:
            self._error = error
            self._pending.clear()
            ready = [c for _, c in self._callbacks]
            self._callbacks.clear()
            self._condition.notify_all()
        for callback in ready:
            callback()

    def when(self, value: int, callback: Callable[[], None]) -> None:
        """Calls `callback` once `value` is reached or the timeline has failed."""
        with self._condition:
            if self._value < value and self._error is None:
                self._callbacks.append((value, callback))
                return
        callback()

    def wait(self, value: int, timeout_s: float | None = None) -> bool:
        """Waits until `value`; False if the time is up. Looks for signals every 50 ms."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while self.query() < value:
            left = 0.05 if end is None else min(0.05, end - time.monotonic())
            if left <= 0:
                return False
            with self._condition:
                work = next((w for v, w in self._pending if v <= value), None)
                if work is None and self._value < value and self._error is None:
                    self._condition.wait(left)
            if work is not None and not work.wait(timeout_s):
                return False
        return True


@dataclass
class Fence:
    """Points on timelines; signalled when all are reached."""

    points: list[tuple[Semaphore, int]] = field(default_factory=list)

    @staticmethod
    def create() -> Fence:
        """A fence on a timeline of its own."""
        return Fence([(Semaphore(), 1)])

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits for every point; False if the time is up."""
        return all(semaphore.wait(value, timeout_s) for semaphore, value in self.points)

    def signal(self) -> None:
        for semaphore, value in self.points:
            semaphore.signal(value)

    def fail(self, error: Error) -> None:
        for semaphore, _ in self.points:
            semaphore.fail(error)

    def expect(self, work: Work) -> None:
        for semaphore, value in self.points:
            semaphore.expect(value, work)

    def when(self, callback: Callable[[], None]) -> None:
        """Calls `callback` when the fence is signalled or has failed; the fence has one point."""
        semaphore, value = self.points[0]
        semaphore.when(value, callback)


@dataclass(frozen=True)
class WorkgroupSpan:
    """Workgroups from number `first` on that one worker ran in a row, on the dispatch's clock."""

    worker: int
    first: int
    start_ns: int
    end_ns: int


@dataclass
class DispatchTiming:
    """One dispatch of one profiled submission; times in nanoseconds of the clock named. `spans`
    says which worker ran what, where the driver knows."""

    executable: str
    entry: str
    workgroups: tuple[int, int, int]
    start_ns: int
    end_ns: int
    clock: str = "host clock"
    spans: tuple[WorkgroupSpan, ...] = ()
    device: str = ""
    """The driver that ran it, where that is not the module's own."""


def busy_ns(spans: Iterable[tuple[int, int]]) -> int:
    """How long at least one of these (begin, end) lasted."""
    total, reached = 0, 0
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


class Profile:
    """Collects the dispatches of the submissions it is given to. What a driver noted becomes
    timings when somebody asks: making them takes longer than a small call does."""

    def __init__(self) -> None:
        self._noted: list[Callable[[], Iterable[DispatchTiming]]] = []
        self._timings: list[DispatchTiming] = []

    def note(self, timings: Callable[[], Iterable[DispatchTiming]]) -> None:
        """Adds what `timings` makes, after everything noted before."""
        self._noted.append(timings)

    @property
    def timings(self) -> list[DispatchTiming]:
        """Every dispatch in recorded order."""
        noted, self._noted = self._noted, []
        for make in noted:
            self._timings.extend(make())
        return self._timings


class BufferPool:
    """Idle transient buffers by size, at most `limit` bytes in all; safe for many threads."""

    def __init__(
        self,
        limit: int = 1 << 28,
        allocate: Callable[[int], Buffer] = lambda nbytes: Buffer.allocate(nbytes, pooled=True),
    ) -> None:
        self._allocate = allocate
        self._idle: dict[int, list[Buffer]] = {}
        self._idle_bytes = 0
        self._limit = limit
        self._lock = threading.Lock()

    def take(self, nbytes: int) -> Buffer:
        """A buffer of exactly `nbytes`."""
        with self._lock:
            same = self._idle.get(nbytes)
            if same:
                self._idle_bytes -= nbytes
                return same.pop()
        return self._allocate(nbytes)

    def give(self, buffer: Buffer) -> None:
        """Takes a pooled buffer back; the caller must not use it any more."""
        with self._lock:
            if self._idle_bytes + buffer.nbytes <= self._limit:
                self._idle.setdefault(buffer.nbytes, []).append(buffer)
                self._idle_bytes += buffer.nbytes

    def trim(self) -> None:
        """Frees what is idle."""
        with self._lock:
            self._idle.clear()
            self._idle_bytes = 0


class Device(ABC):
    """Runs command buffers. Methods may be called from any thread."""

    info: DeviceInfo
    alignment: int = ALIGNMENT
    """Bytes that offsets of bindings are multiples of."""
    usable: bool = True
    """False once it is lost or closed for good: whoever opens it again gets a new one."""

    @abstractmethod
    def allocate(self, nbytes: int, lifetime: str) -> Buffer:
        """Memory; "transient" comes from a pool and goes back by `deallocate`."""

    @abstractmethod
    def deallocate(self, buffer: Buffer) -> None:
        """Gives a transient buffer back."""

    @abstractmethod
    def import_array(self, array: np.ndarray) -> Buffer:
        """A caller's array as device memory, without a copy where that is possible."""

    @abstractmethod
    def load_executable(self, name: str, format_: str, data: bytes, exports: Sequence[Export],
                        symbols: Sequence[str]) -> Executable:  # fmt: skip
        """Device code; `symbols` are the names of the exports inside `data`."""

    @abstractmethod
    def create_command_buffer(self, binding_capacity: int) -> CommandBuffer:
        """An empty command buffer."""

    @abstractmethod
    def queue_execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        wait: Fence | None = None,
        signal: Fence | None = None,
        profile: Profile | None = None,
    ) -> None:
        """Executes a finalized command buffer with `bindings` in its slots."""

    def execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        profile: Profile | None = None,
    ) -> None:
        """Executes a finalized command buffer and waits for it; raises what went wrong."""
        fence = Fence.create()
        self.queue_execute(command_buffer, bindings, None, fence, profile)
        fence.wait()

    def submitter(
        self, command_buffer: CommandBuffer, fresh: Collection[int]
    ) -> Callable[[Sequence[int]], None] | None:
        """`execute` as a function of the addresses of the binding table's buffers, which the caller
        has seen to be large enough, aligned to `HOST_ALIGNMENT`, and those of the slots `fresh` to
        be memory that no other slot has. None if the device wants to see buffers each time."""
        return None


class Driver(ABC):
    """Finds devices. `name` is IREE's name of the HAL driver."""

    name: str
    target: str
    elsewhere: bool = False
    """Whether it is for what runs where Python is not: never available here, yet compiled for."""

    @abstractmethod
    def query(self) -> list[DeviceInfo]:
        """What is there; a device that cannot be used says why."""

    @abstractmethod
    def create_device(self, options: Mapping[str, str]) -> Device:
        """The first available device; raises IX402 for wrong options, IX403 if there is none."""

    def check_options(self, options: Mapping[str, str]) -> None:
        """Raises `ModelError` IX402 unless the driver knows all of `options` and their values."""
        if options:
            raise ModelError("IX402", f"device {self.name!r} has no option {next(iter(options))!r}")
