# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device memory as HAL buffers: blocks that are reused, mapped ones and ones that are staged.

A block is a `VkBuffer` with memory of its own, its size rounded up to one of a few, so that another
buffer may have it next. Whoever refers to a block's bytes (a buffer, an array of NumPy) keeps it;
the last one gone, it is idle. Where the host sees the device's memory buffers are mapped
(`unified`); elsewhere reading one copies what is asked for through memory that the host caches:
reading a GPU's mapped memory is a thousand times slower. Writing it is not: what is small is
written there `direct`ly, sooner than a copy is submitted.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from iree_explore.errors import InternalError, ModelError
from iree_explore.hal.blocks import IDLE_LIMIT, Allocation, BlockPool, DeviceBuffer
from iree_explore.targets.vulkan.structs import STRUCTS, struct

if TYPE_CHECKING:
    from iree_explore.targets.vulkan.device import Device

_USAGE = 0x20 | 0x3
_DEVICE_LOCAL, _VISIBLE, _COHERENT, _CACHED = 1, 2, 4, 8
_WHOLE = (1 << 64) - 1
HOST, LOCAL, DIRECT = "host", "local", "direct"
"""Memory that the host caches, the device's own, and of that what the host may write."""


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


class VulkanBuffer(DeviceBuffer):
    """A HAL buffer in mapped memory of the device."""

    __slots__ = ()

    def __init__(self, allocation: Allocation, nbytes: int, pooled: bool, device: object) -> None:
        self.allocation = allocation
        self.device = device
        block = allocation.block
        super().__init__(_mapped(allocation, nbytes), nbytes, None, pooled, block.address)


def _mapped(allocation: Allocation, nbytes: int) -> np.ndarray:
    """The block's first bytes; arrays made of it keep the allocation."""
    block = allocation.block
    raw = (ctypes.c_uint8 * nbytes).from_address(block.address)
    raw.owner = allocation  # pyright: ignore[reportAttributeAccessIssue]
    return np.ctypeslib.as_array(raw)


class MemoryPool(BlockPool):
    """All blocks of a device; safe for many threads. `unified`: the host sees all of it; `direct`:
    it may write memory of the device's own."""

    def __init__(self, device: Device, unified: bool, staging: bool) -> None:
        super().__init__(IDLE_LIMIT if unified else idle_limit(device))
        self._device = device
        self.unified = unified
        wanted = _DEVICE_LOCAL | _VISIBLE | _COHERENT
        memory = device.physical.memory
        kinds = [memory.memoryTypes[i].propertyFlags for i in range(memory.memoryTypeCount)]
        self.direct = not unified and not staging and any(k & wanted == wanted for k in kinds)

    def take(self, nbytes: int, kind: str) -> Allocation:
        return super().take(nbytes, HOST if self.unified else kind)

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
            if kind != LOCAL:
                address = device.create("vkMapMemory", memory, 0, _WHOLE, 0)
        except (ModelError, InternalError):
            device.destroy_buffer(handle, memory)
            raise
        return Block(handle, memory, size, kind, address, next(self.serials))

    def _release(self, block: Block) -> None:
        self._device.destroy_buffer(block.handle, block.memory)

    def _describe(self) -> tuple[str, str]:
        memory = self._device.physical.memory
        heaps = [memory.memoryHeaps[i].size for i in range(memory.memoryHeapCount)]
        return self._device.name, f"the device's heaps {' and '.join(map(str, heaps))}"

    def _memory_type(self, allowed: int, kind: str) -> int:
        """The best kind of memory: for the host what it caches, else what is the device's own."""
        found = []
        memory = self._device.physical.memory
        for number in range(memory.memoryTypeCount):
            flags = memory.memoryTypes[number].propertyFlags
            seen = flags & (_VISIBLE | _COHERENT) == _VISIBLE | _COHERENT
            local, cached = bool(flags & _DEVICE_LOCAL), bool(flags & _CACHED)
            if not allowed >> number & 1 or (kind != LOCAL and not seen):
                continue
            if kind == DIRECT and not local:
                continue
            rank = (cached, local) if kind == HOST else (local, not flags & _VISIBLE)
            found.append((rank, -number))
        if not found:
            raise ModelError(
                "IX410", f"{self._device.name}: the host sees no memory of this device"
            )
        return -max(found)[1]


def idle_limit(device: Device) -> int:
    """Bytes that stay allocated for later calls: an eighth of the device's own memory. Allocating
    a model's transients anew takes a GPU longer than many models run."""
    memory = device.physical.memory
    heaps = [memory.memoryHeaps[i] for i in range(memory.memoryHeapCount)]
    local = max((heap.size for heap in heaps if heap.flags & _DEVICE_LOCAL), default=0)
    return max(IDLE_LIMIT, local >> 3)


def is_unified(device: Device) -> bool:
    """Whether all memory is the host's own: a CPU's or an integrated GPU's, where memory that is
    the device's is also cached by the host."""
    wanted = _DEVICE_LOCAL | _VISIBLE | _COHERENT | _CACHED
    memory = device.physical.memory
    kinds = [memory.memoryTypes[i].propertyFlags for i in range(memory.memoryTypeCount)]
    shared = any(flags & wanted == wanted for flags in kinds)
    return device.physical.kind in ("CPU", "integrated GPU") and shared
