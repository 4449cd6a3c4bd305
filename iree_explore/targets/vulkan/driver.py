# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `vulkan` driver: the HAL on one queue of a Vulkan device.

Submissions run in the order in which they were made, each after all of the earlier ones, and make
the device's timeline reach a value: waiting for an execution is waiting for that. What an execution
uses is kept until then. Next: `commands.py` (recording), `memory.py` (buffers), `submission.py`.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from iree_explore.errors import InternalError, ModelError
from iree_explore.hal.blocks import IDLE_LIMIT, DeviceBuffer, StagedBuffer
from iree_explore.hal.command_buffer import CommandBuffer
from iree_explore.hal.queue_device import Queued, QueueDevice
from iree_explore.hal.runtime import (
    ALIGNMENT,
    Buffer,
    BufferPool,
    DeviceInfo,
    Driver,
    Executable,
    Export,
    Fence,
    Profile,
)
from iree_explore.targets.spirv.executable import FORMAT, Entry, unpack
from iree_explore.targets.vulkan import device as logical
from iree_explore.targets.vulkan.commands import VulkanCommandBuffer
from iree_explore.targets.vulkan.loader import Instance, PhysicalDevice
from iree_explore.targets.vulkan.memory import (
    DIRECT,
    HOST,
    LOCAL,
    Block,
    MemoryPool,
    VulkanBuffer,
    idle_limit,
    is_unified,
)
from iree_explore.targets.vulkan.submission import Submission, Transfer

TARGET = "vulkan-spirv"
CHUNK_BYTES = 64 << 20
"""Bytes that are staged at a time."""
CHUNKS = 4
"""Chunks of an upload that are in the queue at once."""
DIRECT_BYTES = 64 << 10
"""What the host writes to the device's memory, and the device to the host's, without a copy."""


@dataclass(frozen=True)
class VulkanOptions:
    """What follows `?` in `device="vulkan?device=NVIDIA&validation=1"`.

    `device`: a part of the name of the device to use, or its number in `ie.devices()` among those
    of Vulkan, from 0 (without it the first usable one, GPUs before CPUs).
    `validation`: 1 has Vulkan's validation layers look at every call; they report to stderr or
    where their own settings say. `staging`: 1 copies to and from device memory even where the host
    sees it, as on a GPU with memory of its own.
    """

    device: str = ""
    validation: bool = False
    staging: bool = False


class Pipelines:
    """The pipelines of an executable by ordinal; destroyed when nobody refers to it."""

    def __init__(self, device: logical.Device) -> None:
        self.pipelines: list[logical.Pipeline] = []
        weakref.finalize(self, _unload, device, self.pipelines).atexit = False


def _unload(device: logical.Device, pipelines: list[logical.Pipeline]) -> None:
    for pipeline in pipelines:
        device.unload(pipeline)


class VulkanDevice(QueueDevice):
    """One Vulkan device with one queue. Any thread may call it."""

    def __init__(self, instance: Instance, physical: PhysicalDevice, options: VulkanOptions):
        self.options = options
        self.instance = instance
        self.logical = logical.Device(instance, physical)
        limits = physical.limits
        self.alignment = max(ALIGNMENT, limits.minStorageBufferOffsetAlignment)
        unified = is_unified(self.logical) and not options.staging
        self.memory = MemoryPool(self.logical, unified, options.staging)
        limit = IDLE_LIMIT if unified else idle_limit(self.logical)
        self._transients = BufferPool(limit, lambda n: self.buffer(n, LOCAL, pooled=True))
        self._transfers: list[Transfer] = []
        self._nothing = self.memory.take(4, LOCAL)
        super().__init__(_describe(physical))

    def _forget(self) -> None:
        """In a forked child the driver's threads do not exist: nothing of the device is called."""
        self.memory.abandon()
        self.logical.abandon()
        self._closed = True

    def close(self) -> None:
        """Waits for all work, saves the pipeline cache, frees memory: at once what nobody refers
        to, the rest (arrays that calls returned) when they are gone. Whatever is asked of the
        device afterwards is an `InternalError` IX305."""
        atexit.unregister(self.close)
        if self._closed:
            return
        self._closed = True
        self.logical.wait_idle()
        if self._lost is None:
            self.retire()
            self.logical.save_cache()
        self._transfers.clear()
        self._transients.trim()
        del self._nothing
        self.memory.close(self.logical.close)

    # Memory

    def buffer(self, nbytes: int, kind: str, pooled: bool = False) -> DeviceBuffer:
        """A buffer in memory that the host sees ("host") or in the device's own ("local")."""
        self.check_usable()
        allocation = self.memory.take(nbytes, kind)
        if allocation.block.address:
            return VulkanBuffer(allocation, nbytes, pooled, self)
        return StagedBuffer(allocation, nbytes, pooled, self, self.download)

    def block(self, buffer: Buffer) -> Block:
        """Where a buffer of this device is; raises `InternalError` IX305 for another device's."""
        if isinstance(buffer, DeviceBuffer) and buffer.device is self:
            return buffer.allocation.block
        if not buffer.nbytes:
            return self._nothing.block
        raise InternalError(
            "IX305", f"a buffer of {buffer.nbytes} bytes is not one of {self.info.name}"
        )

    def allocate(self, nbytes: int, lifetime: str) -> Buffer:
        if lifetime == "transient":
            try:
                return self._transients.take(nbytes)
            except ModelError:
                self._transients.trim()
                return self._transients.take(nbytes)
        # Kernels write few bytes to the host's memory sooner than a copy of them is submitted.
        small = lifetime == "external" and nbytes <= DIRECT_BYTES and self.memory.direct
        return self.buffer(nbytes, HOST if small else LOCAL)

    def deallocate(self, buffer: Buffer) -> None:
        if buffer.pooled:
            self._transients.give(buffer)

    def import_array(self, array: np.ndarray) -> Buffer:
        """A copy of `array` in device memory: a caller's memory is not the device's."""
        source = np.ascontiguousarray(array)
        if 0 < array.nbytes <= DIRECT_BYTES and self.memory.direct:
            self.check_usable()
            allocation = self.memory.take(array.nbytes, DIRECT)
            start = source.__array_interface__["data"][0]
            ctypes.memmove(allocation.block.address, start, array.nbytes)
            return StagedBuffer(allocation, array.nbytes, False, self, self.download)
        buffer = self.buffer(array.nbytes, LOCAL)
        if not array.nbytes:
            return buffer
        start = source.__array_interface__["data"][0]
        if buffer.address:
            ctypes.memmove(buffer.address, start, array.nbytes)
            return buffer
        block = buffer.allocation.block
        moves = deque[Transfer]()
        for done in range(0, array.nbytes, CHUNK_BYTES):
            if len(moves) == CHUNKS:
                moves.popleft().wait()
            step = min(CHUNK_BYTES, array.nbytes - done)
            staging = self.memory.take(step, HOST)
            ctypes.memmove(staging.block.address, start + done, step)
            moves.append(self._transfer((staging.block, 0), (block, done), step, (staging, buffer)))
        return buffer

    def download(self, block: Block, offset: int, nbytes: int) -> np.ndarray:
        """A copy of bytes of a block, once everything submitted so far is done."""
        found = np.empty(nbytes, np.uint8)
        for done in range(0, nbytes, CHUNK_BYTES):
            step = min(CHUNK_BYTES, nbytes - done)
            staging = self.memory.take(step, HOST)
            move = self._transfer((block, offset + done), (staging.block, 0), step, (staging,))
            move.wait()
            ctypes.memmove(found.ctypes.data + done, staging.block.address, step)
        return found

    def _transfer(
        self, source: tuple[Block, int], target: tuple[Block, int], nbytes: int, kept: object
    ) -> Transfer:
        """Submits a copy; `kept` lives until it is done."""
        with self._lock:
            idle = self._transfers.pop() if self._transfers else None
        transfer = idle or Transfer(self)
        transfer.record(source, target, nbytes, kept)
        self.submit(transfer)
        return transfer

    def transferred(self, transfer: Transfer) -> None:
        """A transfer that is done: the next one may use it."""
        with self._lock:
            self._transfers.append(transfer)

    # Work

    def load_executable(
        self,
        name: str,
        format_: str,
        data: bytes,
        exports: Sequence[Export],
        symbols: Sequence[str],
    ) -> Executable:
        """Pipelines of the entries `symbols` of `data` (`targets/spirv/executable.py`): of each one
        the richest variant that the device can run. Raises `ModelError` IX410 if there is none,
        IX506 for damaged bytes."""
        self.check_usable()
        if format_ != FORMAT:
            raise ModelError(
                "IX410", f"{self.info.name}: cannot run {name}",
                because=f"it is of the format {format_!r}, the driver runs {FORMAT!r}",
                hint=f"compile for the target backend {TARGET}",
            )  # fmt: skip
        found, code = {entry.name: entry for entry in unpack(data)}, Pipelines(self.logical)
        for export, symbol in zip(exports, symbols, strict=True):
            if symbol not in found:
                raise ModelError("IX506", f"{name}: there is no entry {symbol!r}")
            code.pipelines.append(self._pipeline(found[symbol], export))
        entries = tuple(pipeline.handle for pipeline in code.pipelines)
        return Executable(name, tuple(exports), entries, code)

    def _pipeline(self, entry: Entry, export: Export) -> logical.Pipeline:
        """The pipeline of the last variant that nothing speaks against."""
        taken, reasons = (export.bindings, 4 * export.constants), []
        shared = self.logical.physical.limits.maxComputeSharedMemorySize
        if export.local_memory > shared:
            reasons.append(f"workgroup memory: {export.local_memory} bytes, at most {shared}")
        else:
            for variant in reversed(entry.variants):
                reason = self.logical.refuses(variant.code, *taken)
                if not reason:
                    return self.logical.load(variant.code, entry.name, *taken)
                reasons.append(f"{variant.profile}: {reason}")
            reasons += [f"{profile}: {why}" for profile, why in entry.lacking.items()]
        raise ModelError(
            "IX410", f"{self.info.name}: cannot run {entry.name}", because="\n".join(reasons),
            hint="use another device of ie.devices(), or other types",
        )  # fmt: skip

    def create_command_buffer(self, binding_capacity: int) -> VulkanCommandBuffer:
        return VulkanCommandBuffer(self, binding_capacity)

    def _started(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence | None,
        profile: Profile | None,
    ) -> Submission:
        self.check_usable()
        command_buffer.check_table(bindings)
        if not isinstance(command_buffer, VulkanCommandBuffer) or command_buffer.device is not self:
            raise InternalError("IX305", "the command buffer belongs to another device")
        if profile is not None and not self.logical.physical.timestamp_bits:
            raise ModelError(
                "IX410", f"{self.info.name}: cannot be profiled",
                because="its queue has no timestamps",
            )  # fmt: skip
        submission = Submission(self, command_buffer, bindings, signal, profile)
        self.submit(submission)
        return submission

    def _submit(self, work: Queued) -> None:
        assert isinstance(work, Submission | Transfer)

        def keep(value: int) -> None:
            work.value = value
            self._inflight.append(work)

        self.logical.submit_handle(work.handle, keep)

    def _reached(self) -> int:
        return self.logical.reached()

    def _wait(self, value: int, timeout_s: float | None) -> bool:
        return self.logical.wait(value, timeout_s)

    def _settle(self) -> None:
        self.logical.wait_idle()


def _describe(physical: PhysicalDevice) -> DeviceInfo:
    name = f"{physical.name} ({physical.kind}, Vulkan {physical.version[0]}.{physical.version[1]})"
    return DeviceInfo("vulkan", TARGET, name, not physical.reason, physical.reason)


@functools.lru_cache(8)
def _instance(validation: bool, drivers: tuple[str | None, ...]) -> Instance:
    return Instance(validation)


def instance(validation: bool = False) -> Instance:
    """Vulkan as it is here, found once for what the environment says of drivers; raises IX403."""
    names = ("VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES", "VK_ICD_FILENAMES")
    return _instance(validation, tuple(map(os.environ.get, names)))


class VulkanDriver(Driver):
    """GPUs, and CPUs by lavapipe or SwiftShader."""

    name = "vulkan"
    target = TARGET

    def query(self) -> list[DeviceInfo]:
        try:
            found = instance().devices
        except (ModelError, InternalError) as error:
            reason = ": ".join(filter(None, (error.what, error.because)))
            if error.hint:
                reason += f" ({error.hint})"
            return [DeviceInfo(self.name, self.target, "Vulkan GPUs", False, reason)]
        return [_describe(device) for device in found] or [
            DeviceInfo(self.name, self.target, "Vulkan GPUs", False, "the drivers list no device")
        ]

    def check_options(self, options: Mapping[str, str]) -> None:
        _parse(options)

    def create_device(self, options: Mapping[str, str]) -> VulkanDevice:
        parsed = _parse(options)
        vulkan = instance(parsed.validation)
        return VulkanDevice(vulkan, vulkan.select(parsed.device), parsed)


def _parse(options: Mapping[str, str]) -> VulkanOptions:
    """The options; raises `ModelError` IX402 for others, and for values that are none."""
    found: dict[str, Any] = {}
    for key, text in options.items():
        if key == "device":
            found[key] = text
        elif key not in ("validation", "staging"):
            raise ModelError(
                "IX402", f"device 'vulkan' has no option {key!r}",
                hint="it has device, validation, staging",
            )  # fmt: skip
        elif text not in ("0", "1"):
            raise ModelError("IX402", f"device option {key}={text}", because="it is 0 or 1")
        else:
            found[key] = text == "1"
    return VulkanOptions(**found)
