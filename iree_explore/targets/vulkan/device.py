# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A Vulkan device: buffers, compute pipelines, command buffers, timeline semaphores, timestamps.

Buffers are mapped as long as they live (memory that the host caches, if there is some). A pipeline
is one entry point of SPIR-V with its storage buffers as set 0 and its push constants. A command
buffer is recorded once and submitted any number of times; a submission makes the device's timeline
reach a value, for which `wait` waits.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import struct as bytes_struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.binary import read
from iree_explore.targets.spirv.enums import CAPABILITY
from iree_explore.targets.vulkan.loader import (
    ALSO,
    FEATURES,
    UPDATE_AFTER_BIND,
    Instance,
    PhysicalDevice,
    call,
    create,
    feature_chain,
    library,
)
from iree_explore.targets.vulkan.pipeline_cache import PipelineCache
from iree_explore.targets.vulkan.structs import NUMBERS, STRUCTS, array, struct

_STORAGE, _TRANSFER = 0x20, 0x3
_VISIBLE, _COHERENT, _CACHED, _DEVICE_LOCAL = 2, 4, 8, 1
_COMPUTE_STAGE, _COMPUTE_POINT = 0x20, 1
_STAGE_COMPUTE, _STAGE_TRANSFER, _STAGE_HOST, _STAGE_TOP, _STAGE_BOTTOM = (
    0x800,
    0x1000,
    0x4000,
    1,
    0x2000,
)
_ACCESS = 0x20 | 0x40 | 0x800 | 0x1000
"""Shader and transfer, reading and writing."""
_HOST_ACCESS = 0x2000 | 0x4000
_TIMELINE = 1
_STORAGE_DESCRIPTOR = 7
_TIMESTAMP_QUERY = 2
_FOREVER = (1 << 64) - 1
_CAPABILITY, _EXECUTION_MODE, _LOCAL_SIZE = 17, 16, 17
_UPDATE_AFTER_BIND, _UPDATE_AFTER_BIND_POOL = 1, 2


@dataclass
class Buffer:
    """Memory of a device: `array` is its bytes as the host sees them."""

    handle: int
    memory: int
    nbytes: int
    array: np.ndarray


@dataclass
class Pipeline:
    """An entry point, ready to run; it takes `bindings` buffers and `constants_nbytes`."""

    entry: str
    handle: int
    layout: int
    set_layout: int
    module: int
    bindings: int
    constants_nbytes: int


@dataclass
class Commands:
    """A recorded command buffer, and what it keeps alive."""

    handle: int
    pool: int
    descriptors: int
    queries: int
    timestamps: int
    used: list[Any] = field(default_factory=list)


class Device:
    """A logical device with one queue; `physical` says what it can do. Any thread may call it."""

    def __init__(self, instance: Instance, physical: PhysicalDevice) -> None:
        self.instance, self.physical, self.name = instance, physical, physical.name
        self._lock = threading.Lock()
        self._buffers: dict[int, Buffer] = {}
        self._pipelines: dict[int, Pipeline] = {}
        self._recorded: list[Commands] = []
        self._owned: dict[int, list[tuple[str, int]]] = {}
        self._numbers = itertools.count()
        priorities = array("f32", [1.0])
        queue = struct(
            "DeviceQueueCreateInfo",
            queueFamilyIndex=physical.queue_family,
            queueCount=1,
            pQueuePriorities=priorities,
        )
        first, parts = feature_chain(physical.version, physical.extensions)
        for part in parts:
            for name in {*FEATURES.values(), *ALSO} & physical.features:
                if any(name == item[0] for item in part._fields_):
                    setattr(part, name, 1)
        names = [ctypes.c_char_p(name.encode()) for name in physical.extensions]
        info = struct(
            "DeviceCreateInfo", pNext=first, queueCreateInfoCount=1, pQueueCreateInfos=queue,
            enabledExtensionCount=len(names),
            ppEnabledExtensionNames=(ctypes.c_char_p * max(len(names), 1))(*names),
        )  # fmt: skip
        self.handle = create("vkCreateDevice", physical.handle, info, None, device=self.name)
        self._queue = self.create("vkGetDeviceQueue", physical.queue_family, 0)
        kind = struct("SemaphoreTypeCreateInfo", semaphoreType=_TIMELINE)
        self._timeline = self.create(
            "vkCreateSemaphore", struct("SemaphoreCreateInfo", pNext=kind), None
        )
        self._submitted = 0
        self._prepare_submissions()
        self.updates_after_bind = UPDATE_AFTER_BIND in physical.features
        self.cache = PipelineCache(self.create, self.physical)

    def call(self, name: str, *arguments: Any, accept: tuple[int, ...] = ()) -> int:
        return call(name, self.handle, *arguments, device=self.name, accept=accept)

    def create(self, name: str, *arguments: Any) -> int:
        return create(name, self.handle, *arguments, device=self.name)

    def destroy(self, name: str, handle: int) -> None:
        if handle:
            library()[f"vkDestroy{name}"](self.handle, handle, None)

    # What others make with the device

    def own(self, objects: list[tuple[str, int]]) -> int:
        """Has the device destroy `objects` (kind, handle), last one first, by `release` of the
        number returned or when it closes."""
        number = next(self._numbers)
        self._owned[number] = objects
        return number

    def release(self, number: int) -> None:
        """Destroys objects, once; nothing that runs may use them."""
        for kind, handle in reversed(self._owned.pop(number, ())):
            self.destroy(kind, handle)

    # Memory

    def allocate(self, nbytes: int) -> Buffer:
        """A storage buffer that the host sees; raises IX410 if memory runs out or it is bigger than
        the device allows."""
        limit = self.physical.limits.maxStorageBufferRange
        if nbytes > limit:
            raise ModelError(
                "IX410",
                f"{self.name}: no buffer has {nbytes} bytes",
                because=f"the device's buffers have at most {limit} bytes",
            )
        info = struct("BufferCreateInfo", size=max(nbytes, 4), usage=_STORAGE | _TRANSFER)
        handle = self.create("vkCreateBuffer", info, None)
        needs = STRUCTS["MemoryRequirements"]()
        self.call("vkGetBufferMemoryRequirements", handle, needs)
        memory = 0
        try:
            kind = self._memory_type(needs.memoryTypeBits)
            request = struct("MemoryAllocateInfo", allocationSize=needs.size, memoryTypeIndex=kind)
            memory = self.create("vkAllocateMemory", request, None)
            self.call("vkBindBufferMemory", handle, memory, 0)
            address = self.create("vkMapMemory", memory, 0, _FOREVER, 0)
        except Exception:
            self.destroy_buffer(handle, memory)
            raise
        raw = (ctypes.c_uint8 * nbytes).from_address(address)
        buffer = Buffer(handle, memory, nbytes, np.ctypeslib.as_array(raw))
        self._buffers[handle] = buffer
        return buffer

    def free(self, buffer: Buffer) -> None:
        """Gives a buffer's memory back; nothing that runs may use it."""
        del self._buffers[buffer.handle]
        self.destroy_buffer(buffer.handle, buffer.memory)

    def destroy_buffer(self, handle: int, memory: int) -> None:
        """Destroys a buffer and, if it has some, its memory; nothing that runs may use it."""
        self.destroy("Buffer", handle)
        if memory:
            library()["vkFreeMemory"](self.handle, memory, None)

    def _memory_type(self, allowed: int) -> int:
        """The best kind of memory that the host sees: cached by the host, then on the device."""
        memory = self.physical.memory
        needed = _VISIBLE | _COHERENT
        fits = [
            (bool(flags & _CACHED), bool(flags & _DEVICE_LOCAL), -index)
            for index in range(memory.memoryTypeCount)
            if allowed >> index & 1
            and (flags := memory.memoryTypes[index].propertyFlags) & needed == needed
        ]
        if not fits:
            raise ModelError("IX410", f"{self.name}: the host sees no memory of this device")
        return -max(fits)[2]

    # Kernels

    def refuses(self, code: bytes, bindings: int, constants_nbytes: int = 0) -> str:
        """Why the device cannot run a SPIR-V module; nothing if it can. Vulkan asks whoever calls
        it to look at these: a driver may crash on them."""
        module, limits = read(code), self.physical.limits
        capabilities: list[str] = []
        for i in module.instructions:
            if i.opcode == _CAPABILITY and i.words:
                capabilities.append(CAPABILITY.names.get(i.words[0], str(i.words[0])))
            elif i.opcode == _EXECUTION_MODE and i.words[1:2] == [_LOCAL_SIZE]:
                size, most = tuple(i.words[2:5]), tuple(limits.maxComputeWorkGroupSize)
                total = limits.maxComputeWorkGroupInvocations
                if math.prod(size) > total or any(map(int.__gt__, size, most)):
                    return (
                        f"its workgroups have {size} invocations, the device's at most {most} and "
                        f"{total} in all"
                    )
        newest = 16 if self.physical.version >= (1, 3) else 15
        if module.version > newest:
            return f"it is SPIR-V {module.version / 10}, the device knows {newest / 10}"
        if lacking := self.physical.lacking(capabilities):
            return f"it lacks {', '.join(lacking)}"
        if any("CooperativeMatrix" in name for name in capabilities):
            element = "bf16" if "BFloat16CooperativeMatrixKHR" in capabilities else "f16"
            if element not in self.physical.matrices:
                return f"it lacks matrices of 16 x 16 {element} in subgroups of 32 invocations"
        if bindings > limits.maxPerStageDescriptorStorageBuffers:
            return f"bindings: {bindings}, at most {limits.maxPerStageDescriptorStorageBuffers}"
        if constants_nbytes > limits.maxPushConstantsSize:
            return f"constants: {constants_nbytes} bytes, at most {limits.maxPushConstantsSize}"
        return ""

    def load(self, code: bytes, entry: str, bindings: int, constants_nbytes: int = 0) -> Pipeline:
        """The pipeline of an entry point of a SPIR-V module with storage buffers 0 to `bindings` of
        set 0. Raises IX410 if the device lacks what the module requires, or refuses it."""
        because = self.refuses(code, bindings, constants_nbytes)
        if because:
            raise ModelError("IX410", f"{self.name}: cannot run {entry}", because=because)
        words = bytes_struct.unpack(f"<{len(code) // 4}I", code)
        info = struct("ShaderModuleCreateInfo", codeSize=len(code), pCode=array("u32", list(words)))
        pipeline = Pipeline(entry, 0, 0, 0, 0, bindings, constants_nbytes)
        self._pipelines[id(pipeline)] = pipeline  # what is made so far is destroyed with the device
        pipeline.module = self.create("vkCreateShaderModule", info, None)
        slots = [
            struct("DescriptorSetLayoutBinding", binding=i, descriptorType=_STORAGE_DESCRIPTOR,
                   descriptorCount=1, stageFlags=_COMPUTE_STAGE)
            for i in range(bindings)
        ]  # fmt: skip
        flags = array("u32", [_UPDATE_AFTER_BIND] * bindings)
        late = struct("DescriptorSetLayoutBindingFlagsCreateInfo", bindingCount=bindings,
                      pBindingFlags=flags)  # fmt: skip
        info = struct(
            "DescriptorSetLayoutCreateInfo",
            pNext=late if self.updates_after_bind else None,
            flags=_UPDATE_AFTER_BIND_POOL if self.updates_after_bind else 0,
            bindingCount=bindings,
            pBindings=array("DescriptorSetLayoutBinding", slots),
        )
        pipeline.set_layout = self.create("vkCreateDescriptorSetLayout", info, None)
        ranges = struct("PushConstantRange", stageFlags=_COMPUTE_STAGE, size=constants_nbytes)
        info = struct(
            "PipelineLayoutCreateInfo",
            setLayoutCount=1,
            pSetLayouts=array("u64", [pipeline.set_layout]),
            pushConstantRangeCount=int(constants_nbytes > 0),
            pPushConstantRanges=ranges,
        )
        pipeline.layout = self.create("vkCreatePipelineLayout", info, None)
        stage = struct(
            "PipelineShaderStageCreateInfo",
            stage=_COMPUTE_STAGE,
            module=pipeline.module,
            pName=entry.encode(),
        )
        info = struct("ComputePipelineCreateInfo", stage=stage, layout=pipeline.layout)
        pipeline.handle = self.create("vkCreateComputePipelines", self.cache.handle, 1, info, None)
        return pipeline

    def unload(self, pipeline: Pipeline) -> None:
        """Destroys a pipeline; nothing that runs may use it."""
        if self._pipelines.pop(id(pipeline), None) is None:
            return
        self.destroy("Pipeline", pipeline.handle)
        self.destroy("PipelineLayout", pipeline.layout)
        self.destroy("DescriptorSetLayout", pipeline.set_layout)
        self.destroy("ShaderModule", pipeline.module)

    # Work

    def record(self, dispatches: Sequence[Dispatch], timestamps: bool = False) -> Commands:
        """A command buffer with dispatches one after the other, each seeing what those before
        wrote; with timestamps, `elapsed_ns` tells how long each took."""
        timestamps = timestamps and self.physical.timestamp_bits > 0
        commands = Commands(0, 0, 0, 0, 2 * len(dispatches) if timestamps else 0)
        self._recorded.append(commands)
        info = struct("CommandPoolCreateInfo", queueFamilyIndex=self.physical.queue_family)
        commands.pool = self.create("vkCreateCommandPool", info, None)
        info = struct("CommandBufferAllocateInfo", commandPool=commands.pool, commandBufferCount=1)
        commands.handle = self.create("vkAllocateCommandBuffers", info)
        slots = sum(len(dispatch.buffers) for dispatch in dispatches)
        size = struct("DescriptorPoolSize", type=_STORAGE_DESCRIPTOR, descriptorCount=max(slots, 1))
        info = struct(
            "DescriptorPoolCreateInfo", maxSets=max(len(dispatches), 1), poolSizeCount=1,
            pPoolSizes=size, flags=_UPDATE_AFTER_BIND if self.updates_after_bind else 0,
        )  # fmt: skip
        commands.descriptors = self.create("vkCreateDescriptorPool", info, None)
        if commands.timestamps:
            info = struct("QueryPoolCreateInfo", queryType=_TIMESTAMP_QUERY,
                          queryCount=commands.timestamps)  # fmt: skip
            commands.queries = self.create("vkCreateQueryPool", info, None)
        to = commands.handle
        call("vkBeginCommandBuffer", to, struct("CommandBufferBeginInfo"), device=self.name)
        if commands.timestamps:
            call("vkCmdResetQueryPool", to, commands.queries, 0, commands.timestamps)
        self._barrier(to, _STAGE_HOST, _STAGE_COMPUTE, _HOST_ACCESS, _ACCESS)
        for number, dispatch in enumerate(dispatches):
            if number:
                self._barrier(to, _STAGE_COMPUTE, _STAGE_COMPUTE, _ACCESS, _ACCESS)
            if commands.timestamps:
                call("vkCmdWriteTimestamp", to, _STAGE_TOP, commands.queries, 2 * number)
            self._dispatch(commands, dispatch)
            if commands.timestamps:
                call("vkCmdWriteTimestamp", to, _STAGE_BOTTOM, commands.queries, 2 * number + 1)
        self._barrier(to, _STAGE_COMPUTE, _STAGE_HOST, _ACCESS, _HOST_ACCESS)
        call("vkEndCommandBuffer", to, device=self.name)
        return commands

    @staticmethod
    def _barrier(to: int, before: int, after: int, source: int, target: int) -> None:
        barrier = struct("MemoryBarrier", srcAccessMask=source, dstAccessMask=target)
        call("vkCmdPipelineBarrier", to, before, after, 0, 1, barrier, 0, None, 0, None)

    def _dispatch(self, commands: Commands, dispatch: Dispatch) -> None:
        pipeline, buffers = dispatch.pipeline, dispatch.buffers
        if (
            len(buffers) != pipeline.bindings
            or len(dispatch.constants) != pipeline.constants_nbytes
        ):
            raise ModelError(
                "IX410",
                f"{self.name}: {pipeline.entry} gets {len(buffers)} buffers and"
                f" {len(dispatch.constants)} bytes of constants",
                because=f"it takes {pipeline.bindings} and {pipeline.constants_nbytes}",
            )
        info = struct(
            "DescriptorSetAllocateInfo", descriptorPool=commands.descriptors, descriptorSetCount=1,
            pSetLayouts=array("u64", [pipeline.set_layout]),
        )  # fmt: skip
        set_ = self.create("vkAllocateDescriptorSets", info)
        ranges = [struct("DescriptorBufferInfo", buffer=b.handle, range=_FOREVER) for b in buffers]
        writes = [
            struct("WriteDescriptorSet", dstSet=set_, dstBinding=number, descriptorCount=1,
                   descriptorType=_STORAGE_DESCRIPTOR, pBufferInfo=given)
            for number, given in enumerate(ranges)
        ]  # fmt: skip
        self.call(
            "vkUpdateDescriptorSets", len(writes), array("WriteDescriptorSet", writes), 0, None
        )
        to = commands.handle
        call("vkCmdBindPipeline", to, _COMPUTE_POINT, pipeline.handle)
        sets = array("u64", [set_])
        call("vkCmdBindDescriptorSets", to, _COMPUTE_POINT, pipeline.layout, 0, 1, sets, 0, None)
        if dispatch.constants:
            data = ctypes.create_string_buffer(dispatch.constants, len(dispatch.constants))
            call("vkCmdPushConstants", to, pipeline.layout, _COMPUTE_STAGE, 0,
                 len(dispatch.constants), data)  # fmt: skip
        call("vkCmdDispatch", to, *dispatch.workgroups)
        commands.used.append(dispatch)

    def submit(self, commands: Commands) -> int:
        """Submits a command buffer; the value of the timeline that it reaches when it is done."""
        return self.submit_handle(commands.handle, lambda _: None)

    def submit_handle(self, handle: int, before: Callable[[int], None]) -> int:
        """Submits a command buffer after all earlier ones; the value that the timeline reaches
        then. `before` is told the value first, in the order of submissions."""
        with self._lock:
            value = self._submitted + 1
            self._handles[0], self._after[0], self._reaches[0] = handle, value - 1, value
            before(value)
            call("vkQueueSubmit", self._queue, 1, self._submit_info, 0, device=self.name)
            self._submitted = value
            return value

    def _prepare_submissions(self) -> None:
        """What all submissions share: they differ in a handle and two values."""
        self._handles, self._after, self._reaches = (array("u64", [0]) for _ in range(3))
        self._timelines = array("u64", [self._timeline])
        values = struct(
            "TimelineSemaphoreSubmitInfo", waitSemaphoreValueCount=1,
            pWaitSemaphoreValues=self._after, signalSemaphoreValueCount=1,
            pSignalSemaphoreValues=self._reaches,
        )  # fmt: skip
        self._submit_info = struct(
            "SubmitInfo", pNext=values, waitSemaphoreCount=1, pWaitSemaphores=self._timelines,
            pWaitDstStageMask=array("u32", [_STAGE_COMPUTE | _STAGE_TRANSFER]),
            commandBufferCount=1, pCommandBuffers=self._handles, signalSemaphoreCount=1,
            pSignalSemaphores=self._timelines,
        )  # fmt: skip

    def reached(self) -> int:
        """The value that the timeline has now."""
        found = (ctypes.c_uint64 * 1)()
        self.call("vkGetSemaphoreCounterValue", self._timeline, found)
        return found[0]

    def wait_idle(self) -> None:
        """Waits for everything submitted, also where the device is lost."""
        with self._lock:  # nobody may submit meanwhile
            library()["vkDeviceWaitIdle"](self.handle)

    def wait(self, value: int, timeout_s: float | None = None) -> bool:
        """Waits until the timeline reaches a value; False if the time is up. Waits in slices, so
        that a KeyboardInterrupt is seen. Raises IX410 if the device is lost."""
        values = ctypes.c_uint64(value)
        info = STRUCTS["SemaphoreWaitInfo"](
            NUMBERS["SemaphoreWaitInfo"], None, 0, 1, ctypes.addressof(self._timelines),
            ctypes.addressof(values),
        )  # fmt: skip
        left_ns = None if timeout_s is None else int(timeout_s * 1e9)
        slice_ns = 50_000_000
        while True:
            step = slice_ns if left_ns is None else min(slice_ns, left_ns)
            if self.call("vkWaitSemaphores", info, step, accept=(2,)) == 0:
                return True
            if left_ns is not None:
                left_ns -= step
                if left_ns <= 0:
                    return False

    def elapsed_ns(self, commands: Commands) -> list[float]:
        """Time of each dispatch by the device's clock, once done; empty if it has none."""
        if not commands.timestamps:
            return []
        ticks = (ctypes.c_uint64 * commands.timestamps)()
        self.call("vkGetQueryPoolResults", commands.queries, 0, commands.timestamps,
                   ctypes.sizeof(ticks), ticks, 8, 1 | 2)  # fmt: skip
        mask = (1 << self.physical.timestamp_bits) - 1
        period = self.physical.limits.timestampPeriod
        pairs = zip(ticks[::2], ticks[1::2], strict=True)
        return [((end - begin) & mask) * period for begin, end in pairs]

    def save_cache(self) -> None:
        """Writes what the driver made of SPIR-V to disk (`pipeline_cache.py`)."""
        self.cache.save(self.handle)

    def abandon(self) -> None:
        """In a forked child: forgets everything without a call of the driver."""
        self._owned.clear()
        self._pipelines.clear()
        self._recorded.clear()
        self._buffers.clear()
        self.handle = 0

    def close(self) -> None:
        """Waits for all work and destroys everything that the device made."""
        if not self.handle:
            return
        self.wait_idle()
        for number in list(self._owned):
            self.release(number)
        for commands in self._recorded:
            self.destroy("QueryPool", commands.queries)
            self.destroy("DescriptorPool", commands.descriptors)
            self.destroy("CommandPool", commands.pool)
        for pipeline in list(self._pipelines.values()):
            self.unload(pipeline)
        self.save_cache()
        self.destroy("PipelineCache", self.cache.handle)
        for buffer in list(self._buffers.values()):
            self.free(buffer)
        self.destroy("Semaphore", self._timeline)
        library()["vkDestroyDevice"](self.handle, None)
        self.handle = 0


@dataclass(frozen=True)
class Dispatch:
    """One run of a pipeline on buffers, with constants as bytes, over a grid of workgroups."""

    pipeline: Pipeline
    buffers: tuple[Buffer, ...]
    constants: bytes
    workgroups: tuple[int, int, int]
