# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""HAL command buffers as `VkCommandBuffer`s that are recorded once and submitted many times.

An `Instance` is a command buffer of Vulkan with its descriptor sets; each execution in flight has
one of its own, and idle ones wait for the next. One that was last bound to the same blocks is
submitted as it is. Otherwise the descriptors of the slots that changed are written, and only where
the device cannot do that after recording (`UPDATE_AFTER_BIND`), or a fill or copy names a slot that
changed, it is recorded again. There is a barrier where the stream phase put one and nowhere else,
but profiled instances have one between all commands, so that each one's time is its own.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from iree_explore.hal.blocks import DeviceBuffer
from iree_explore.hal.command_buffer import Binding, Copy, Dispatch, Fill
from iree_explore.hal.queue_device import QueueCommandBuffer
from iree_explore.hal.runtime import Buffer
from iree_explore.targets.vulkan.loader import call, library
from iree_explore.targets.vulkan.memory import HOST, Block
from iree_explore.targets.vulkan.structs import STRUCTS, array, struct

if TYPE_CHECKING:
    from iree_explore.targets.vulkan.device import Pipeline
    from iree_explore.targets.vulkan.driver import VulkanDevice

_COMPUTE_STAGE, _COMPUTE_POINT = 0x20, 1
_STAGES = 0x800 | 0x1000
_STAGE_HOST, _STAGE_END = 0x4000, 0x2000
_ACCESS = 0x20 | 0x40 | 0x800 | 0x1000
_HOST_READ = 0x2000
_BETWEEN = struct("MemoryBarrier", srcAccessMask=_ACCESS, dstAccessMask=_ACCESS)
_SHADERS = struct("MemoryBarrier", srcAccessMask=0x40, dstAccessMask=0x20 | 0x40)
_TO_HOST = struct("MemoryBarrier", srcAccessMask=_ACCESS, dstAccessMask=_HOST_READ)
_STORAGE_DESCRIPTOR, _TIMESTAMP_QUERY, _RESET_COMMAND_BUFFERS = 7, 2, 2
_PATTERN_BYTES = 1 << 16
"""Bytes of a pattern that is copied over and over where the device has no fill for it."""
IDLE = 8
"""Idle instances kept by a command buffer."""


class VulkanCommandBuffer(QueueCommandBuffer):
    """Commands of a Vulkan device; `take` an instance to submit, `give` it back when it is done."""

    def __init__(self, device: VulkanDevice, binding_capacity: int) -> None:
        limits = device.logical.physical.limits
        most, longest = limits.maxComputeWorkGroupCount, limits.maxStorageBufferRange
        super().__init__(device, binding_capacity, tuple(most), longest)
        self.device = device
        self.patterns: dict[int, DeviceBuffer] = {}
        self._idle: dict[bool, list[Instance]] = {False: [], True: []}
        self._lock = threading.Lock()

    def translate(self) -> None:
        """Sorts the bindings by slot, and uploads the patterns that no fill of Vulkan has."""
        self.dispatches = [
            c for c in self.commands if isinstance(c, Dispatch) and 0 not in c.workgroups
        ]
        found: list[tuple[int, int, int, Binding]] = []  # slot (-1: weights), dispatch, number
        for index, dispatch in enumerate(self.dispatches):
            for number, binding in enumerate(dispatch.bindings):
                slot = binding.buffer if isinstance(binding.buffer, int) else -1
                found.append((slot, index, number, binding))
        self.bound = sorted(found, key=lambda item: item[:3])
        self.ranges: dict[int, tuple[int, int]] = {}
        for place, (slot, *_) in enumerate(self.bound):
            first, count = self.ranges.get(slot, (place, 0))
            self.ranges[slot] = (first, count + 1)
        ends = [c.target for c in self.commands if not isinstance(c, Dispatch)]
        ends += [c.source for c in self.commands if isinstance(c, Copy)]
        late = self.device.logical.updates_after_bind
        self.recorded_slots = {b.buffer for b in ends if isinstance(b.buffer, int)}
        if not late:
            self.recorded_slots |= {slot for slot in self.ranges if slot >= 0}
        for index, command in enumerate(self.commands):
            if isinstance(command, Fill) and command.target.length and _word(command) is None:
                self.patterns[index] = self._pattern(command)

    def _pattern(self, fill: Fill) -> DeviceBuffer:
        """The pattern, repeated, in memory that the device copies from."""
        nbytes = min(fill.target.length, max(_PATTERN_BYTES, fill.target.length >> 10))
        nbytes = -(-nbytes // 16) * 16
        buffer = self.device.buffer(nbytes, HOST)
        ctypes.memmove(buffer.address, fill.pattern * (nbytes // len(fill.pattern)), nbytes)
        return buffer

    def take(self, blocks: Sequence[Block], profiled: bool) -> Instance:
        """An instance bound to `blocks`, one a slot, that nobody else uses."""
        serials = [block.serial for block in blocks]
        with self._lock:
            idle = self._idle[profiled]
            for index, instance in enumerate(idle):
                if instance.serials == serials:
                    return idle.pop(index)
            # Recording costs more than binding: each of a few tables in turn gets an instance.
            enough = len(idle) >= (IDLE if self.recorded_slots else 1)
            instance = idle.pop(0) if enough else None
        if instance is None:
            instance = Instance(self, profiled)
        instance.bind(blocks)
        return instance

    def give(self, instance: Instance) -> None:
        """An instance that is done."""
        with self._lock:
            idle = self._idle[instance.profiled]
            idle.append(instance)
            if len(idle) > IDLE:
                idle.pop(0)


class Instance:
    """One `VkCommandBuffer` with its descriptor sets and timestamps."""

    def __init__(self, commands: VulkanCommandBuffer, profiled: bool) -> None:
        self.profiled = profiled
        self.serials: list[int] = []
        self._device = commands.device.logical
        self._patterns = commands.patterns
        self._source = weakref.ref(commands)
        owned: list[tuple[str, int]] = []
        weakref.finalize(self, self._device.release, self._device.own(owned)).atexit = False
        create = self._device.create
        info = struct(
            "CommandPoolCreateInfo", flags=_RESET_COMMAND_BUFFERS,
            queueFamilyIndex=self._device.physical.queue_family,
        )  # fmt: skip
        pool = create("vkCreateCommandPool", info, None)
        owned.append(("CommandPool", pool))
        info = struct("CommandBufferAllocateInfo", commandPool=pool, commandBufferCount=1)
        self.handle = create("vkAllocateCommandBuffers", info)
        self._sets = self._allocate_sets(commands, owned)
        self._describe(commands)
        self._blocks: list[Block] = []
        self.queries = 0
        if profiled and commands.commands:
            info = struct("QueryPoolCreateInfo", queryType=_TIMESTAMP_QUERY,
                          queryCount=2 * len(commands.commands))  # fmt: skip
            self.queries = create("vkCreateQueryPool", info, None)
            owned.append(("QueryPool", self.queries))

    def _allocate_sets(
        self, commands: VulkanCommandBuffer, owned: list[tuple[str, int]]
    ) -> list[int]:
        """A descriptor set for each dispatch; 0 for those without bindings."""
        with_bindings = [d for d in commands.dispatches if d.bindings]
        if not with_bindings:
            return [0] * len(commands.dispatches)
        late = 2 if self._device.updates_after_bind else 0
        size = struct(
            "DescriptorPoolSize", type=_STORAGE_DESCRIPTOR, descriptorCount=len(commands.bound)
        )
        info = struct("DescriptorPoolCreateInfo", flags=late, maxSets=len(with_bindings),
                      poolSizeCount=1, pPoolSizes=size)  # fmt: skip
        pool = self._device.create("vkCreateDescriptorPool", info, None)
        owned.append(("DescriptorPool", pool))
        layouts = array("u64", [_pipeline(d).set_layout for d in with_bindings])
        info = struct("DescriptorSetAllocateInfo", descriptorPool=pool,
                      descriptorSetCount=len(layouts), pSetLayouts=layouts)  # fmt: skip
        handles = (ctypes.c_uint64 * len(layouts))()
        self._device.call("vkAllocateDescriptorSets", info, handles)
        made = iter(handles)
        return [next(made) if d.bindings else 0 for d in commands.dispatches]

    def _describe(self, commands: VulkanCommandBuffer) -> None:
        """The descriptors of all bindings, sorted by slot; those of weights are written here."""
        count = max(len(commands.bound), 1)
        self._infos = (STRUCTS["DescriptorBufferInfo"] * count)()
        self._writes = (STRUCTS["WriteDescriptorSet"] * count)()
        nbytes = ctypes.sizeof(STRUCTS["DescriptorBufferInfo"])
        start = ctypes.addressof(self._infos)
        for place, (slot, index, number, binding) in enumerate(commands.bound):
            info, write = self._infos[place], self._writes[place]
            # Nothing at all cannot be bound: kernels that get no bytes look at none.
            info.offset = binding.offset if binding.length else 0
            info.range = -(-binding.length // 4) * 4 or 4
            if slot < 0:
                info.buffer = commands.device.block(binding.buffer).handle  # pyright: ignore
            write.sType = 35
            write.dstSet, write.dstBinding = self._sets[index], number
            write.descriptorCount, write.descriptorType = 1, _STORAGE_DESCRIPTOR
            write.pBufferInfo = start + place * nbytes
        self._write(*commands.ranges.get(-1, (0, 0)))

    def _write(self, first: int, count: int) -> None:
        if count:
            nbytes = ctypes.sizeof(STRUCTS["WriteDescriptorSet"])
            start = ctypes.addressof(self._writes) + first * nbytes
            library()["vkUpdateDescriptorSets"](self._device.handle, count, start, 0, None)

    def bind(self, blocks: Sequence[Block]) -> None:
        """Makes the slots refer to `blocks`, and records where that needs to be."""
        commands = self._source()
        assert commands is not None
        serials = [block.serial for block in blocks]
        fresh = not self._blocks and not self.serials
        changed = [
            slot for slot, serial in enumerate(serials) if fresh or serial != self.serials[slot]
        ]
        self.serials = []  # bound to nothing, should what follows fail
        for slot in changed:
            first, count = commands.ranges.get(slot, (0, 0))
            for place in range(first, first + count):
                self._infos[place].buffer = blocks[slot].handle
            self._write(first, count)
        self._blocks = list(blocks)
        if fresh or not commands.recorded_slots.isdisjoint(changed):
            self._record(commands)
        self.serials = serials

    def _record(self, commands: VulkanCommandBuffer) -> None:
        to, name = self.handle, self._device.name
        call("vkBeginCommandBuffer", to, struct("CommandBufferBeginInfo"), device=name)
        if self.queries:
            call("vkCmdResetQueryPool", to, self.queries, 0, 2 * len(commands.commands))
        wave = number = pipeline = 0
        # Cheaper than a barrier that also waits for transfers.
        kernels = all(isinstance(command, Dispatch) for command in commands.commands)
        stages, between = (0x800, _SHADERS) if kernels else (_STAGES, _BETWEEN)
        for index, command in enumerate(commands.commands):
            if command.wave != wave or (self.profiled and index):
                self._barrier(stages, stages, between)
                wave = command.wave
            if self.queries:
                call("vkCmdWriteTimestamp", to, _STAGE_END, self.queries, 2 * index)
            if isinstance(command, Fill):
                self._fill(command, commands.patterns.get(index))
            elif isinstance(command, Copy):
                self._copy(command)
            elif 0 not in command.workgroups:
                self._dispatch(command, self._sets[number], pipeline)
                pipeline = _pipeline(command).handle
                number += 1
            if self.queries:
                call("vkCmdWriteTimestamp", to, _STAGE_END, self.queries, 2 * index + 1)
        self._barrier(_STAGES, _STAGE_HOST, _TO_HOST)
        call("vkEndCommandBuffer", to, device=name)

    def _barrier(self, before: int, after: int, barrier: Any) -> None:
        library()["vkCmdPipelineBarrier"](
            self.handle, before, after, 0, 1, ctypes.addressof(barrier), 0, None, 0, None
        )

    def _dispatch(self, dispatch: Dispatch, set_: int, bound: int) -> None:
        to, functions, pipeline = self.handle, library(), _pipeline(dispatch)
        if pipeline.handle != bound:  # binding it again costs an H200 1 µs
            functions["vkCmdBindPipeline"](to, _COMPUTE_POINT, pipeline.handle)
        if set_:
            sets = ctypes.c_uint64(set_)
            functions["vkCmdBindDescriptorSets"](
                to, _COMPUTE_POINT, pipeline.layout, 0, 1, ctypes.addressof(sets), 0, None
            )
        if dispatch.constants:
            data = (ctypes.c_uint32 * len(dispatch.constants))(*dispatch.constants)
            functions["vkCmdPushConstants"](
                to, pipeline.layout, _COMPUTE_STAGE, 0, ctypes.sizeof(data), ctypes.addressof(data)
            )
        functions["vkCmdDispatch"](to, *dispatch.workgroups)

    def _buffer(self, binding: Binding) -> int:
        if isinstance(binding.buffer, Buffer):
            commands = self._source()
            assert commands is not None
            return commands.device.block(binding.buffer).handle
        return self._blocks[binding.buffer].handle

    def _fill(self, fill: Fill, pattern: DeviceBuffer | None) -> None:
        to, target, length = self._buffer(fill.target), fill.target.offset, fill.target.length
        if not length:
            return
        if pattern is None:
            call("vkCmdFillBuffer", self.handle, to, target, length, _word(fill))
            return
        step = pattern.nbytes
        regions = [
            struct("BufferCopy", dstOffset=target + done, size=min(step, length - done))
            for done in range(0, length, step)
        ]
        call("vkCmdCopyBuffer", self.handle, pattern.allocation.block.handle, to, len(regions),
             array("BufferCopy", regions))  # fmt: skip

    def _copy(self, copy: Copy) -> None:
        if copy.source.length:
            region = struct("BufferCopy", srcOffset=copy.source.offset,
                            dstOffset=copy.target.offset, size=copy.source.length)  # fmt: skip
            source, target = self._buffer(copy.source), self._buffer(copy.target)
            call("vkCmdCopyBuffer", self.handle, source, target, 1, region)

    def ticks(self, count: int) -> list[tuple[int, int]]:
        """The device's clock before and after each of `count` commands, once done."""
        found = (ctypes.c_uint64 * (2 * count))()
        self._device.call("vkGetQueryPoolResults", self.queries, 0, 2 * count,
                          ctypes.sizeof(found), found, 8, 1 | 2)  # fmt: skip
        return list(zip(found[::2], found[1::2], strict=True))


def _pipeline(dispatch: Dispatch) -> Pipeline:
    code: Any = dispatch.executable.code
    return code.pipelines[dispatch.ordinal]


def _word(fill: Fill) -> int | None:
    """The pattern as one word that `vkCmdFillBuffer` repeats; None if it has none for it."""
    pattern = fill.pattern * (4 // len(fill.pattern) or 1)
    if fill.target.length % 4 or pattern != pattern[:4] * (len(pattern) // 4):
        return None
    return int.from_bytes(pattern[:4], "little")
