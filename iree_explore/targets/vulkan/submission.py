# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is in a Vulkan device's queue: executions of command buffers, and copies of staged memory.

Both have a `value` of the device's timeline, are finished once, by whoever sees first that it was
reached, and keep what they use until then.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iree_explore.errors import Error
from iree_explore.hal.queue_device import Execution, Queued, name_of
from iree_explore.hal.runtime import Buffer, DispatchTiming, Fence, Profile
from iree_explore.targets.vulkan.loader import call
from iree_explore.targets.vulkan.memory import Block
from iree_explore.targets.vulkan.structs import struct

if TYPE_CHECKING:
    from iree_explore.targets.vulkan.commands import VulkanCommandBuffer
    from iree_explore.targets.vulkan.driver import VulkanDevice

CLOCK = "device timestamp"


class Submission(Execution):
    """One execution in flight."""

    def __init__(
        self,
        device: VulkanDevice,
        command_buffer: VulkanCommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence | None,
        profile: Profile | None,
    ) -> None:
        super().__init__(device, bindings, signal, profile)
        self._command_buffer = command_buffer
        blocks = [device.block(buffer) for buffer in bindings]
        self._instance = command_buffer.take(blocks, profile is not None)
        self.handle = self._instance.handle
        self._physical = device.logical.physical

    def _give_back(self) -> None:
        self._command_buffer.give(self._instance)

    def _timings(self) -> list[DispatchTiming]:
        """Times of the device's clock, of every command on its own."""
        commands = self._command_buffer.commands
        if not commands:
            return []
        mask = (1 << self._physical.timestamp_bits) - 1
        period = self._physical.limits.timestampPeriod
        found = []
        for command, ticks in zip(commands, self._instance.ticks(len(commands)), strict=True):
            start = int((ticks[0] & mask) * period)
            elapsed = int(((ticks[1] - ticks[0]) & mask) * period)
            found.append(DispatchTiming(*name_of(command), start, start + elapsed, CLOCK))
        return found


class Transfer(Queued):
    """A copy between blocks; recorded anew each time, by one thread at a time."""

    def __init__(self, device: VulkanDevice) -> None:
        self.value = 0
        self._device = weakref.ref(device)
        self._kept: object = None
        self._lock = threading.Lock()
        logical = device.logical
        self._name = logical.name
        owned: list[tuple[str, int]] = []
        weakref.finalize(self, logical.release, logical.own(owned)).atexit = False
        info = struct(
            "CommandPoolCreateInfo", flags=2, queueFamilyIndex=logical.physical.queue_family
        )
        pool = logical.create("vkCreateCommandPool", info, None)
        owned.append(("CommandPool", pool))
        info = struct("CommandBufferAllocateInfo", commandPool=pool, commandBufferCount=1)
        self.handle = logical.create("vkAllocateCommandBuffers", info)

    def record(
        self, source: tuple[Block, int], target: tuple[Block, int], nbytes: int, kept: object
    ) -> None:
        """Copies `nbytes` between bytes of blocks; `kept` lives until the copy is done."""
        self._kept = kept
        to, name = self.handle, self._name
        call("vkBeginCommandBuffer", to, struct("CommandBufferBeginInfo"), device=name)
        region = struct("BufferCopy", srcOffset=source[1], dstOffset=target[1], size=nbytes)
        call("vkCmdCopyBuffer", to, source[0].handle, target[0].handle, 1, region)
        barrier = struct("MemoryBarrier", srcAccessMask=0x1000, dstAccessMask=0x2000)
        call("vkCmdPipelineBarrier", to, 0x1000, 0x4000, 0, 1, barrier, 0, None, 0, None)
        call("vkEndCommandBuffer", to, device=name)

    def wait(self, timeout_s: float | None = None) -> bool:
        """True when the copy is done, False if the time is up."""
        device = self._device()
        assert device is not None
        done = device.wait_for(self.value, timeout_s)
        if done:
            device.retire()
        return done

    def finish(self, error: Error | None = None) -> None:
        """Lets the device use it for another copy."""
        with self._lock:
            if self._kept is None:
                return
            self._kept = None
        device = self._device()
        if device is not None and error is None:
            device.transferred(self)
