# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `webgpu` driver: the HAL on the queue of a WebGPU device.

It runs the portable variants of SPIR-V executables, those made for Vulkan, too. Kernels that the
portable profile cannot have (f64, above all) run on the CPU, with transfers, as the compiler says
(`options={"place_dispatches": False}` makes that an error). Buffers are the device's: what the host
reads are copies. Next: `commands.py` (recording), `submission.py`.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from iree_explore.errors import Error, InternalError, ModelError
from iree_explore.hal.blocks import DeviceBuffer, StagedBuffer
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
from iree_explore.targets.spirv.executable import FORMATS, Entry, unpack
from iree_explore.targets.spirv.verify import PORTABLE
from iree_explore.targets.webgpu import builtins
from iree_explore.targets.webgpu import device as logical
from iree_explore.targets.webgpu.commands import WebGPUCommandBuffer
from iree_explore.targets.webgpu.memory import READ, STORAGE, Block, MemoryPool
from iree_explore.targets.webgpu.provider import (
    DEFAULT,
    NO_ADAPTER,
    PROVIDERS,
    Adapter,
    check_package,
    provider,
)
from iree_explore.targets.webgpu.submission import Submission

TARGET = "webgpu-spirv"
_abandoned: list[object] = []
"""Devices of the process that this one was forked from: giving something back would call them."""


@dataclass(frozen=True)
class WebGPUOptions:
    """What follows `?` in `device="webgpu?device=NVIDIA&robustness=0"`.

    `device`: a part of the name of the adapter to use, or its number in `ie.devices()` among those
    of WebGPU, from 0 (without it the first one, GPUs before CPUs). `provider`: the package that
    implements WebGPU, wgpudawn (Dawn) or wgpu (wgpu-native). `robustness`: 0 has Dawn leave out its
    checks of every access to memory, which browsers cannot.
    """

    device: str = ""
    provider: str = DEFAULT
    robustness: bool = True


class Pipelines:
    """The pipelines of an executable by ordinal."""

    def __init__(self) -> None:
        self.pipelines: list[logical.Pipeline] = []


class WebGPUDevice(QueueDevice):
    """One WebGPU device with its queue. Any thread may call it."""

    def __init__(self, adapter: Adapter, options: WebGPUOptions) -> None:
        self.options = options
        self.logical = logical.Device(provider(options.provider), adapter, options.robustness)
        asked = self.logical.limits["min-storage-buffer-offset-alignment"]
        self.alignment = max(ALIGNMENT, asked)
        self.memory = MemoryPool(self.logical)
        self._transients = BufferPool(allocate=lambda n: self.buffer(n, pooled=True))
        self._builtins: dict[str, logical.Pipeline] = {}
        self._nothing = self.memory.take(4, STORAGE)
        super().__init__(_describe(adapter))

    def _forget(self) -> None:
        _abandoned.append(self.__dict__.copy())
        self.memory.abandon()
        self._closed = True

    def close(self) -> None:
        """Waits for all work and gives everything back. Whatever is asked of the device afterwards
        is an `InternalError` IX305; arrays that calls returned stay."""
        atexit.unregister(self.close)
        if self._closed:
            return
        self._closed = True
        if self._lost is None:
            with suppress(ModelError):  # lost meanwhile: what was in flight has failed
                self.wait_for(self.logical.submitted, None)
                self.retire()
        self._transients.trim()
        del self._nothing
        self.memory.close(self.logical.close)

    # Memory

    def buffer(self, nbytes: int, pooled: bool = False) -> StagedBuffer:
        """A buffer of storage."""
        self.check_usable()
        allocation = self.memory.take(nbytes, STORAGE)
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
        return self.buffer(nbytes)

    def deallocate(self, buffer: Buffer) -> None:
        if buffer.pooled:
            self._transients.give(buffer)

    def import_array(self, array: np.ndarray) -> Buffer:
        """A copy of `array` in device memory."""
        buffer = self.buffer(array.nbytes)
        self._checked(lambda: self.logical.write(self.block(buffer).buffer, array))
        return buffer

    def download(self, block: Block, offset: int, nbytes: int) -> np.ndarray:
        """A copy of bytes of a block, once everything submitted so far is done."""
        self.check_usable()
        through = self.memory.take(nbytes + 8, READ)
        return self._checked(
            lambda: self.logical.read(block.buffer, offset, nbytes, through.block.buffer)
        )

    def _checked(self, act: Callable[[], Any]) -> Any:
        """What `act` returns; a loss of the device fails everything in flight."""
        try:
            return act()
        except Error as error:
            raise self.failed(error) from error

    # Work

    def load_executable(
        self,
        name: str,
        format_: str,
        data: bytes,
        exports: Sequence[Export],
        symbols: Sequence[str],
    ) -> Executable:
        """Pipelines of the entries `symbols` of `data` (`targets/spirv/executable.py`). Raises
        `ModelError` IX410 for one that has no portable variant or that WebGPU refuses, IX506 for
        damaged bytes."""
        self.check_usable()
        if format_ not in FORMATS:
            raise ModelError(
                "IX410", f"{self.info.name}: cannot run {name}",
                because=f"it is of the format {format_!r}, the driver runs {', '.join(FORMATS)}",
                hint=f"compile for the target backend {TARGET}",
            )  # fmt: skip
        found, code = {entry.name: entry for entry in unpack(data)}, Pipelines()
        for export, symbol in zip(exports, symbols, strict=True):
            if symbol not in found:
                raise ModelError("IX506", f"{name}: there is no entry {symbol!r}")
            code.pipelines.append(self._pipeline(found[symbol], export))
        return Executable(name, tuple(exports), tuple(range(len(exports))), code)

    def _pipeline(self, entry: Entry, export: Export) -> logical.Pipeline:
        taken = export.bindings, 4 * export.constants
        shared = self.logical.limits["max-compute-workgroup-storage-size"]
        reasons = [f"{profile}: {why}" for profile, why in entry.lacking.items()]
        if export.local_memory > shared:
            reasons.append(f"workgroup memory: {export.local_memory} bytes, at most {shared}")
        else:
            for variant in entry.variants:
                if variant.profile == PORTABLE.name:
                    if not (reason := self.logical.refuses(variant.code, *taken)):
                        return self._checked(
                            lambda code=variant.code: self.logical.load(code, entry.name, *taken)
                        )
                    reasons.append(f"{variant.profile}: {reason}")
        raise ModelError(
            "IX410", f"{self.info.name}: cannot run {entry.name}",
            because="\n".join(reasons) or "it has no portable variant",
            hint=f"compile for {TARGET}, which says all that the model needs and WebGPU lacks, or "
            "use another device of ie.devices()",
        )  # fmt: skip

    def builtin(self, name: str) -> logical.Pipeline:
        """The pipeline of one of our own kernels (`builtins.py`)."""
        found = self._builtins.get(name)
        if found is None:
            code, bindings, constants = {
                "fill": (builtins.fill, 1, 8), "copy": (builtins.copy, 2, 7)
            }[name]  # fmt: skip
            found = self.logical.load(code(), name, bindings, 4 * constants)
            self._builtins[name] = found
        return found

    def create_command_buffer(self, binding_capacity: int) -> WebGPUCommandBuffer:
        return WebGPUCommandBuffer(self, binding_capacity)

    def _started(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence | None,
        profile: Profile | None,
    ) -> Submission:
        self.check_usable()
        command_buffer.check_table(bindings)
        if not isinstance(command_buffer, WebGPUCommandBuffer) or command_buffer.device is not self:
            raise InternalError("IX305", "the command buffer belongs to another device")
        submission: Submission = self._checked(
            lambda: Submission(self, command_buffer, bindings, signal, profile)
        )
        self.submit(submission)
        return submission

    def _submit(self, work: Queued) -> None:
        assert isinstance(work, Submission)
        with self.logical.lock:
            work.value = work.start()
            self._inflight.append(work)

    def _reached(self) -> int:
        return self.logical.reached()

    def _wait(self, value: int, timeout_s: float | None) -> bool:
        return self.logical.wait(value, timeout_s)


def _describe(adapter: Adapter) -> DeviceInfo:
    return DeviceInfo("webgpu", TARGET, f"{adapter.name} ({adapter.kind})")


class WebGPUDriver(Driver):
    """GPUs through Dawn, and CPUs by SwiftShader."""

    name = "webgpu"
    target = TARGET

    def query(self) -> list[DeviceInfo]:
        what = f"GPUs through {PROVIDERS[DEFAULT]}"
        try:
            found = provider().adapters
        except ModelError as error:
            reason = f"{error.what} ({error.hint})"
            return [DeviceInfo(self.name, self.target, what, False, reason)]
        reason = f"{PROVIDERS[DEFAULT]} finds no adapter ({NO_ADAPTER})"
        return [_describe(adapter) for adapter in found] or [
            DeviceInfo(self.name, self.target, what, False, reason)
        ]

    def check_options(self, options: Mapping[str, str]) -> None:
        _parse(options)

    def create_device(self, options: Mapping[str, str]) -> WebGPUDevice:
        parsed = _parse(options)
        return WebGPUDevice(provider(parsed.provider).select(parsed.device), parsed)


def _parse(options: Mapping[str, str]) -> WebGPUOptions:
    """The options; raises `ModelError` IX402 for others, and for values that are none."""
    found: dict[str, Any] = {}
    for key, text in options.items():
        if key not in ("device", "provider", "robustness"):
            raise ModelError(
                "IX402", f"device 'webgpu' has no option {key!r}",
                hint="it has device, provider, robustness",
            )  # fmt: skip
        if key == "robustness" and text not in ("0", "1"):
            raise ModelError("IX402", f"device option {key}={text}", because="it is 0 or 1")
        if key == "provider":
            check_package(text)
        found[key] = text == "1" if key == "robustness" else text
    if not found.get("robustness", True) and found.get("provider", DEFAULT) != DEFAULT:
        raise ModelError(
            "IX402", "device option robustness=0", because=f"only {DEFAULT} can leave them out"
        )
    return WebGPUOptions(**found)
