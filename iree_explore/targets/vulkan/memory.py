# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device memory as HAL buffers: blocks that are reused, mapped ones and ones that are staged.

A block is a `VkBuffer` with memory of its own, its size rounded up to one of a few, so that another
buffer may have it next. Whoever refers to a block's bytes (a buffer, an array of NumPy) keeps it;
the last one gone, it is idle. Where the host sees the device's memory buffers are mapped
(`unified`); elsewhere reading one copies what is asked for through memory that the host caches:
reading a GPU's mapped memory is a thousand times slower.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from iree_explore.errors import InternalError, ModelError
from iree_explore.hal.runtime import Buffer
from iree_explore.targets.vulkan.structs import STRUCTS, struct

if TYPE_CHECKING:
    from iree_explore.targets.vulkan.device import Device

_USAGE = 0x20 | 0x3
_DEVICE_LOCAL, _VISIBLE, _COHERENT, _CACHED = 1, 2, 4, 8
_WHOLE = (1 << 64) - 1
IDLE_LIMIT = 1 << 28
"""Bytes of idle blocks that are kept for whoever asks next."""
HOST, LOCAL = "host", "local"


@dataclass(frozen=True)
class Block:
    """A `VkBuffer` and its memory; `address` is where the host sees it, or 0. No two blocks have a
    `serial`, other than handles, which drivers use again."""

    handle: int
    memory: int
    size: int
    kind: str
    address: int
    serial: int


class Allocation:
    """Whoever refers to this uses the block; afterwards it is idle."""

    __slots__ = ("__weakref__", "_pool", "block")

    def __init__(self, block: Block, pool: MemoryPool) -> None:
        self.block = block
        self._pool = pool

    def __del__(self) -> None:
        self._pool.give(self.block)


class VulkanBuffer(Buffer):
    """A HAL buffer in mapped memory of the device."""

    __slots__ = ("allocation", "device")

    def __init__(self, allocation: Allocation, nbytes: int, pooled: bool, device: object) -> None:
        self.allocation = allocation
        self.device = device
        block = allocation.block
        super().__init__(_mapped(allocation, nbytes), nbytes, None, pooled, block.address)


class StagedBuffer(VulkanBuffer):
    """A HAL buffer in memory that the host does not see: what it reads are copies, made when it
    asks. `address` is 0."""

    __slots__ = ("_read",)

    def __init__(
        self,
        allocation: Allocation,
        nbytes: int,
        pooled: bool,
        device: object,
        read: Callable[[Block, int, int], np.ndarray],
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


def _mapped(allocation: Allocation, nbytes: int) -> np.ndarray:
    """The block's first bytes; arrays made of it keep the allocation."""
    block = allocation.block
    raw = (ctypes.c_uint8 * nbytes).from_address(block.address)
    raw.owner = allocation  # pyright: ignore[reportAttributeAccessIssue]
    return np.ctypeslib.as_array(raw)


def size_class(nbytes: int) -> int:
    """Bytes of the block for `nbytes`: of every power of two four sizes, at least 256."""
    if nbytes <= 256:
        return 256
    step = 1 << max((nbytes - 1).bit_length() - 3, 6)
    return -(-nbytes // step) * step


class MemoryPool:
    """All blocks of a device; safe for many threads. `unified`: the host sees all of it."""

    def __init__(self, device: Device, unified: bool) -> None:
        self._device = device
        self.unified = unified
        self._idle: dict[tuple[str, int], list[Block]] = {}
        self._idle_bytes = 0
        self._given: deque[Block] = deque()
        self._lock = threading.RLock()  # a collection inside may end in `give` of the same thread
        self._serials = itertools.count()
        self._alive = 0
        self._in_use = 0
        self._closed: Callable[[], None] | None = None

    def take(self, nbytes: int, kind: str) -> Allocation:
        """A block of at least `nbytes`, contents unspecified; raises `ModelError` IX410 if memory
        runs out."""
        if self.unified:
            kind = HOST
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

    def _retried(self, size: int, kind: str, nbytes: int) -> Block:
        try:
            return self._make(size, kind)
        except ModelError as error:
            memory = self._device.physical.memory
            heaps = [memory.memoryHeaps[i].size for i in range(memory.memoryHeapCount)]
            raise ModelError(
                "IX410",
                f"{self._device.name}: no memory for {nbytes} bytes",
                because=f"{error.because}; buffers have {self._in_use} bytes, the device's heaps "
                + " and ".join(map(str, heaps)),
                hint="use a smaller batch, or a device with more memory",
            ) from error

    def give(self, block: Block) -> None:
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
        if self._closed is not None or self._idle_bytes > IDLE_LIMIT:
            self.trim()
            self._finish()

    def _finish(self) -> None:
        if self._closed is not None and not self._alive:
            then, self._closed = self._closed, None
            then()

    def _make(self, size: int, kind: str) -> Block:
        device = self._device
        info = struct("BufferCreateInfo", size=size, usage=_USAGE)
        handle = device.create("vkCreateBuffer", info, None)
        memory = 0
        try:
            needs = STRUCTS["MemoryRequirements"]()
            device.call("vkGetBufferMemoryRequirements", handle, needs)
            number = self._memory_type(needs.memoryTypeBits, kind)
            heap = device.physical.memory.memoryTypes[number].heapIndex
            if needs.size > device.physical.memory.memoryHeaps[heap].size:
                raise ModelError(
                    "IX410", f"{device.name}: no memory", because="VK_ERROR_OUT_OF_DEVICE_MEMORY"
                )
            request = struct(
                "MemoryAllocateInfo", allocationSize=needs.size, memoryTypeIndex=number
            )
            memory = device.create("vkAllocateMemory", request, None)
            device.call("vkBindBufferMemory", handle, memory, 0)
            address = 0
            if kind == HOST:
                address = device.create("vkMapMemory", memory, 0, _WHOLE, 0)
        except (ModelError, InternalError):
            device.destroy_buffer(handle, memory)
            raise
        return Block(handle, memory, size, kind, address, next(self._serials))

    def _free(self, block: Block) -> None:
        self._device.destroy_buffer(block.handle, block.memory)
        self._alive -= 1
        self._in_use -= block.size

    def _memory_type(self, allowed: int, kind: str) -> int:
        """The best kind of memory: for the host what it caches, else what is the device's own."""
        found = []
        memory = self._device.physical.memory
        for number in range(memory.memoryTypeCount):
            flags = memory.memoryTypes[number].propertyFlags
            seen = flags & (_VISIBLE | _COHERENT) == _VISIBLE | _COHERENT
            if not allowed >> number & 1 or (kind == HOST and not seen):
                continue
            local, cached = bool(flags & _DEVICE_LOCAL), bool(flags & _CACHED)
            rank = (cached, local) if kind == HOST else (local, not flags & _VISIBLE)
            found.append((rank, -number))
        if not found:
            raise ModelError(
                "IX410", f"{self._device.name}: the host sees no memory of this device"
            )
        return -max(found)[1]


def is_unified(device: Device) -> bool:
    """Whether all memory is the host's own: a CPU's or an integrated GPU's, where memory that is
    the device's is also cached by the host."""
    wanted = _DEVICE_LOCAL | _VISIBLE | _COHERENT | _CACHED
    memory = device.physical.memory
    kinds = [memory.memoryTypes[i].propertyFlags for i in range(memory.memoryTypeCount)]
    shared = any(flags & wanted == wanted for flags in kinds)
    return device.physical.kind in ("CPU", "integrated GPU") and shared
