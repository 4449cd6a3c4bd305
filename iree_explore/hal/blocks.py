# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device memory in blocks that are reused: for drivers whose buffers cost more than memory.

A block has a `size` (one of a few, so that another buffer may have it next), a `kind` of memory and
a `serial` that no other has. Whoever refers to a block's bytes (a buffer, an array of NumPy) keeps
its `Allocation`; the last one gone, it is idle. `StagedBuffer` is memory that the host does not
see. Next: `targets/vulkan/memory.py`, `targets/webgpu/memory.py`.
"""

from __future__ import annotations

import itertools
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.hal.runtime import Buffer

IDLE_LIMIT = 1 << 28
"""Bytes of idle blocks that are kept for whoever asks next, unless a device has memory to spare."""


class Allocation:
    """Whoever refers to this uses the block; afterwards it is idle."""

    __slots__ = ("__weakref__", "_pool", "block")

    def __init__(self, block: Any, pool: BlockPool) -> None:
        self.block = block
        self._pool = pool

    def __del__(self) -> None:
        self._pool.give(self.block)


class DeviceBuffer(Buffer):
    """A HAL buffer in a block of a device."""

    __slots__ = ("allocation", "device")

    allocation: Allocation
    device: object


class StagedBuffer(DeviceBuffer):
    """A HAL buffer in memory that the host does not see: what it reads are copies, made when it
    asks. `address` is 0."""

    __slots__ = ("_read",)

    def __init__(
        self,
        allocation: Allocation,
        nbytes: int,
        pooled: bool,
        device: object,
        read: Callable[[Any, int, int], np.ndarray],
    ) -> None:
        self.allocation = allocation
        self.device = device
        self.nbytes = nbytes
        self.owner = None
        self.pooled = pooled
        self.address = 0
        self._read = read

    @property
    def memory(self) -> np.ndarray:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._read(self.allocation.block, 0, self.nbytes)

    def view(self, dtype: np.dtype, shape: Sequence[int], offset: int = 0) -> np.ndarray:
        count = dtype.itemsize
        for size in shape:
            count *= size
        return self._read(self.allocation.block, offset, count).view(dtype).reshape(shape)


def size_class(nbytes: int) -> int:
    """Bytes of the block for `nbytes`: of every power of two four sizes, at least 256."""
    if nbytes <= 256:
        return 256
    step = 1 << max((nbytes - 1).bit_length() - 3, 6)
    return -(-nbytes // step) * step


class BlockPool(ABC):
    """All blocks of a device; safe for many threads. Drivers say how blocks are made and freed."""

    def __init__(self, idle_limit: int = IDLE_LIMIT) -> None:
        self._idle_limit = idle_limit
        self._idle: dict[tuple[str, int], list[Any]] = {}
        self._idle_bytes = 0
        self._given: deque[Any] = deque()
        self._lock = threading.RLock()  # a collection inside may end in `give` of the same thread
        self.serials = itertools.count()
        """Numbers for blocks, none twice."""
        self._alive = 0
        self._in_use = 0
        self._closed: Callable[[], None] | None = None

    def take(self, nbytes: int, kind: str) -> Allocation:
        """A block of at least `nbytes`, contents unspecified; raises `ModelError` IX410 if memory
        runs out."""
        size = size_class(nbytes)
        with self._lock:
            self._drain()
            same = self._idle.get((kind, size))
            if same:
                self._idle_bytes -= size
                return Allocation(same.pop(), self)
            try:
                block = self._make(size, kind)
            except ModelError as error:
                if "OUT_OF" not in (error.because or ""):
                    raise
                self.trim()
                block = self._retried(size, kind, nbytes)
            self._alive += 1
            self._in_use += size
            return Allocation(block, self)

    @abstractmethod
    def _make(self, size: int, kind: str) -> Any:
        """A new block; raises `ModelError` whose cause has "OUT_OF" if memory runs out."""

    @abstractmethod
    def _release(self, block: Any) -> None:
        """Gives a block's memory back; nothing uses it."""

    @abstractmethod
    def _describe(self) -> tuple[str, str]:
        """The device's name, and what memory it has."""

    def _retried(self, size: int, kind: str, nbytes: int) -> Any:
        try:
            return self._make(size, kind)
        except ModelError as error:
            name, room = self._describe()
            raise ModelError(
                "IX410",
                f"{name}: no memory for {nbytes} bytes",
                because=f"{error.because}; buffers have {self._in_use} bytes, {room}",
                hint="use a smaller batch, or a device with more memory",
            ) from error

    def give(self, block: Any) -> None:
        """A block that nobody uses any more. Called by the garbage collector, from any thread."""
        self._given.append(block)
        closed = self._closed is not None and not sys.is_finalizing()
        if closed and self._lock.acquire(blocking=False):
            try:
                self._drain()
            finally:
                self._lock.release()

    def trim(self) -> None:
        """Frees what is idle."""
        with self._lock:
            self._collect()
            for blocks in self._idle.values():
                for block in blocks:
                    self._free(block)
            self._idle.clear()
            self._idle_bytes = 0

    def close(self, then: Callable[[], None]) -> None:
        """Frees what is idle, the rest as soon as nobody refers to it, and calls `then` after the
        last one."""
        with self._lock:
            self._closed = then
            self.trim()
            self._finish()

    def abandon(self) -> None:
        """In a forked child the device does not exist: nothing is freed."""
        self._lock = threading.RLock()
        self._closed = None
        self._given.clear()
        self._idle.clear()

    def _collect(self) -> None:
        while self._given:
            block = self._given.popleft()
            self._idle.setdefault((block.kind, block.size), []).append(block)
            self._idle_bytes += block.size

    def _drain(self) -> None:
        self._collect()
        if self._closed is not None or self._idle_bytes > self._idle_limit:
            self.trim()
            self._finish()

    def _finish(self) -> None:
        if self._closed is not None and not self._alive:
            then, self._closed = self._closed, None
            then()

    def _free(self, block: Any) -> None:
        self._release(block)
        self._alive -= 1
        self._in_use -= block.size
