# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A WebGPU device: buffers, compute pipelines of SPIR-V, one queue, timestamps.

The SPIR-V is what Vulkan gets, push constants included (WebGPU's immediates). WebGPU does not let
a dispatch read one part of a buffer as read-only storage and write another part: for such
dispatches a pipeline has a second form, whose bindings may all be written (`writable`).
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.binary import Binary, decode_string, read
from iree_explore.targets.spirv.enums import CAPABILITY
from iree_explore.targets.webgpu.provider import Adapter, Provider

_MEMBER_DECORATE, _DECORATE, _VARIABLE, _POINTER = 72, 71, 59, 32
_NON_WRITABLE, _BINDING = 24, 33
_CAPABILITY, _EXECUTION_MODE, _LOCAL_SIZE = 17, 16, 17
_FLOAT_TYPE, _CONSTANT, _ENTRY_POINT = 22, 43, 15
_HAS = frozenset({"Shader", "Matrix"})
"""Capabilities of every WebGPU device; Tint, Dawn's compiler, reads no others of ours."""
_NEWEST = 13
_USED = ("timestamp-query", "implicit-device-synchronization", "immediates", "push-constants")
MOST_QUERIES = 4096
CHUNK_BYTES = 64 << 20
"""Bytes that are uploaded at a time."""


@dataclass
class Interface:
    """What there is to know of a module before it is compiled: bindings that it only reads,
    capabilities, invocations of a workgroup."""

    version: int
    read_only: frozenset[int]
    capabilities: tuple[str, ...]
    local_size: tuple[int, ...]
    entries: tuple[str, ...]
    infinite: bool
    """Whether a constant is an infinity or NaN: Tint ends the process over one."""

    @staticmethod
    def of(module: Binary) -> Interface:
        """Raises nothing: `module` is read."""
        protected: set[int] = set()
        numbers: dict[int, int] = {}
        pointees: dict[int, int] = {}
        types: dict[int, int] = {}
        capabilities: list[str] = []
        size: tuple[int, ...] = (1, 1, 1)
        floats: set[int] = set()
        infinite, entries = False, []
        for i in module.instructions:
            w = i.words
            if i.opcode == _CAPABILITY:
                capabilities.append(CAPABILITY.names.get(w[0], str(w[0])))
            elif i.opcode == _EXECUTION_MODE and w[1:2] == [_LOCAL_SIZE]:
                size = tuple(w[2:5])
            elif i.opcode == _ENTRY_POINT:
                entries.append(decode_string(w[2:], i.offset)[0])
            elif _protects(i.opcode, w):
                protected.add(w[0])
            elif i.opcode == _DECORATE and w[1:2] == [_BINDING]:
                numbers[w[0]] = w[2]
            elif i.opcode == _FLOAT_TYPE:
                floats.add(w[0])
            elif i.opcode == _CONSTANT and w[0] in floats:
                infinite |= w[2] & 0x7F800000 == 0x7F800000
            elif i.opcode == _POINTER:
                pointees[w[0]] = w[2]
            elif i.opcode == _VARIABLE:
                types[w[1]] = pointees.get(w[0], 0)
        written = {
            number
            for variable, number in numbers.items()
            if variable not in protected and types.get(variable) not in protected
        }
        only_read = frozenset(numbers.values()) - written
        return Interface(
            module.version, only_read, tuple(capabilities), size, tuple(entries), infinite
        )


def _protects(opcode: int, words: list[int]) -> bool:
    """Whether an instruction says that memory is only read."""
    if opcode == _DECORATE:
        return words[1:2] == [_NON_WRITABLE]
    return opcode == _MEMBER_DECORATE and words[2:3] == [_NON_WRITABLE]


def writable(module: Binary) -> bytes:
    """The module with all of its bindings writable."""
    kept = [i for i in module.instructions if not _protects(i.opcode, i.words)]
    return Binary(module.version, module.bound, kept).to_bytes()


@dataclass
class Form:
    """A compiled pipeline and the layout of its bind groups."""

    handle: Any
    layout: Any


@dataclass
class Pipeline:
    """An entry point, ready to run; it takes `bindings` buffers and `constants_nbytes`."""

    entry: str
    code: bytes
    bindings: int
    constants_nbytes: int
    interface: Interface
    forms: dict[bool, Form] = field(default_factory=dict)


class Device:
    """A device with one queue; `adapter` says what it can do. Any thread may call it."""

    def __init__(self, provider: Provider, adapter: Adapter, robust: bool = True) -> None:
        self.provider, self.adapter, self.name = provider, adapter, adapter.name
        self.features = adapter.features & frozenset(_USED)
        with provider.guarded(f"{self.name}: the device cannot be opened"):
            try:
                self.handle = self._opened(robust)
            except (RuntimeError, KeyError) as error:  # what wgpu-py raises where a request fails
                raise ModelError(
                    "IX410", f"{self.name}: the device cannot be opened", because=str(error)
                ) from error
        self.limits: dict[str, int] = dict(self.handle.limits)
        self.timestamps = "timestamp-query" in self.features
        self.queue = self.handle.queue
        self.lock = threading.RLock()
        """Held while commands are recorded and submitted."""
        self.submitted = 0
        self._done = 0
        self._watched: tuple[int, Any] | None = None
        self._loss = self.handle._get_lost_async()

    def _opened(self, robust: bool) -> Any:
        adapter = self.provider.handle(self.adapter)
        features: Any = sorted(self.features)
        if self.provider.package == "wgpudawn":
            from wgpudawn.backends.dawn import extras  # pyright: ignore

            return extras.request_device_sync(
                adapter, required_features=features,
                enable_toggles=() if robust else ("disable_robustness",),
                disable_toggles=("timestamp_quantization",),
            )  # fmt: skip
        return adapter.request_device_sync(
            required_features=features, required_limits=self.adapter.limits
        )

    # Memory

    def create_buffer(self, size: int, mapped: bool = False) -> Any:
        """A `GPUBuffer` of storage, or one that the host reads; raises IX410 if memory runs out."""
        usage = self.provider.api.BufferUsage
        if size > self.limits["max-buffer-size"]:
            raise ModelError(
                "IX410", f"{self.name}: no memory for {size} bytes",
                because=f"OUT_OF_MEMORY: one buffer has at most {self.limits['max-buffer-size']}",
            )  # fmt: skip
        kinds = usage.COPY_DST | (usage.MAP_READ if mapped else usage.STORAGE | usage.COPY_SRC)
        with self.provider.guarded(f"{self.name}: no memory for {size} bytes"):
            return self.handle.create_buffer(size=size, usage=kinds)

    def write(self, buffer: Any, data: np.ndarray) -> None:
        """Puts the bytes of an array into a buffer, after all that was submitted so far."""
        found = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
        whole = found.nbytes & ~3
        with self.lock, self.provider.guarded(f"{self.name}: the upload failed"):
            for done in range(0, whole, CHUNK_BYTES):
                part = found[done : min(done + CHUNK_BYTES, whole)]
                self.queue.write_buffer(buffer, done, part)
            if whole != found.nbytes:
                rest = np.zeros(4, np.uint8)
                rest[: found.nbytes - whole] = found[whole:]
                self.queue.write_buffer(buffer, whole, rest)

    def read(self, source: Any, offset: int, nbytes: int, through: Any) -> np.ndarray:
        """A copy of bytes of a buffer, once everything submitted so far is done; `through` is a
        buffer that the host reads, for as many bytes and 8 more."""
        if not nbytes:
            return np.empty(0, np.uint8)
        first = offset & ~3
        size = -(-(offset + nbytes - first) // 4) * 4
        what = f"{self.name}: reading {nbytes} bytes failed"
        with self.provider.guarded(what):
            with self.lock:
                encoder = self.handle.create_command_encoder()
                encoder.copy_buffer_to_buffer(source, first, through, 0, size)
                self.submit(encoder)
                promise = through.map_async(self.provider.api.MapMode.READ, 0, size)
            self.kept(promise, None, what)
            found = np.frombuffer(through.read_mapped(0, size), np.uint8)
            through.unmap()
        return found[offset - first : offset - first + nbytes]

    # Kernels

    def refuses(self, code: bytes, bindings: int, constants_nbytes: int = 0) -> str:
        """Why the device cannot run a SPIR-V module; nothing if it can."""
        return self._refuses(Interface.of(read(code)), bindings, constants_nbytes)

    def _refuses(self, found: Interface, bindings: int, constants_nbytes: int) -> str:
        limits, size = self.limits, found.local_size
        total = limits["max-compute-invocations-per-workgroup"]
        most = tuple(limits[f"max-compute-workgroup-size-{d}"] for d in "xyz")
        if math.prod(size) > total or any(map(int.__gt__, size, most)):
            return (
                f"its workgroups have {size} invocations, the device's at most {most} and "
                f"{total} in all"
            )
        if found.version > _NEWEST:
            return f"it is SPIR-V {found.version / 10}, WebGPU takes {_NEWEST / 10}"
        if found.infinite:
            return "one of its constants is an infinity or NaN, which WebGPU has not"
        if lacking := [name for name in found.capabilities if name not in _HAS]:
            return f"WebGPU lacks {', '.join(lacking)}"
        for what, asked, limit in (
            ("bindings", bindings, "max-storage-buffers-per-shader-stage"),
            ("bytes of constants", constants_nbytes, "max-immediate-size"),
        ):
            if asked > limits.get(limit, 0):
                return f"{what}: {asked}, at most {limits.get(limit, 0)}"
        return ""

    def load(self, code: bytes, entry: str, bindings: int, constants_nbytes: int = 0) -> Pipeline:
        """The pipeline of an entry point of a SPIR-V module with storage buffers 0 to `bindings` of
        set 0. Raises IX410 if the device lacks what the module requires, or refuses it."""
        interface = Interface.of(read(code))
        because = self._refuses(interface, bindings, constants_nbytes)
        if interface.entries != (entry,):
            because = f"the module's entry points are {', '.join(interface.entries) or 'none'}"
        if because:
            raise ModelError("IX410", f"{self.name}: cannot run {entry}", because=because)
        pipeline = Pipeline(entry, code, bindings, constants_nbytes, interface)
        self.form(pipeline, False)
        return pipeline

    def form(self, pipeline: Pipeline, all_writable: bool) -> Form:
        """The pipeline as it is written, or with all bindings writable; compiled once."""
        found = pipeline.forms.get(all_writable)
        if found is None:
            with self.lock, self.provider.guarded(f"{self.name}: cannot run {pipeline.entry}"):
                found = pipeline.forms[all_writable] = self._compiled(pipeline, all_writable)
        return found

    def _compiled(self, pipeline: Pipeline, all_writable: bool) -> Form:
        code = writable(read(pipeline.code)) if all_writable else pipeline.code
        only_read = frozenset() if all_writable else pipeline.interface.read_only
        stage = self.provider.api.ShaderStage.COMPUTE
        types = ("storage", "read-only-storage")
        module = self.handle.create_shader_module(code=code, label=pipeline.entry)
        layout = self.handle.create_bind_group_layout(
            entries=[
                {"binding": i, "visibility": stage, "buffer": {"type": types[i in only_read]}}
                for i in range(pipeline.bindings)
            ]
        )
        whole = self.handle.create_pipeline_layout(
            bind_group_layouts=[layout], immediate_size=pipeline.constants_nbytes
        )
        handle = self.handle.create_compute_pipeline(
            label=pipeline.entry, layout=whole, compute={"module": module}
        )  # the module's one entry point: Tint renames those whose names WGSL does not have
        return Form(handle, layout)

    # Work

    def submit(self, encoder: Any) -> int:
        """Submits what was recorded; the value that the queue reaches with it. The caller holds
        `lock`. Raises IX410 for what WebGPU refuses, and if the device is lost."""
        with self.provider.guarded(f"{self.name}: the commands are refused"):
            self.queue.submit([encoder.finish()])
        self.check_lost()
        self.submitted += 1
        return self.submitted

    def kept(self, promise: Any, timeout_s: float | None, what: str) -> bool:
        """Waits for a promise; False if the time is up. Raises IX410 if it is broken or the device
        is lost."""
        try:
            done = self.provider.wait(self.handle, promise, timeout_s)
        except RuntimeError as error:
            self.check_lost()
            raise ModelError("IX410", what, because=str(error)) from error
        self.check_lost()
        return done

    def reached(self) -> int:
        """The value that the queue has reached, as far as it is known without waiting."""
        self.wait(self.submitted, 0.0)
        return self._done

    def wait(self, value: int, timeout_s: float | None = None) -> bool:
        """Waits until the queue has reached a value; False if the time is up."""
        while self._done < value:
            with self.lock:
                watched = self._watched
                if watched is None:
                    promise = self.queue.on_submitted_work_done_async()
                    watched = self._watched = (self.submitted, promise)
            what = f"{self.name}: waiting failed"
            if not self.kept(watched[1], timeout_s, what):
                return False
            with self.lock:
                self._done = max(self._done, watched[0])
                if self._watched is watched:
                    self._watched = None
        return True

    def check_lost(self) -> None:
        """Raises `ModelError` IX410 with the cause DEVICE_LOST if the device is."""
        if self._loss._state == "pending":
            self.handle._poll()
        if self._loss._state != "pending":
            info = self._loss.sync_wait()
            raise ModelError(
                "IX410", f"{self.name}: the device is lost",
                because=f"DEVICE_LOST ({info.reason}): {info.message}",
            )  # fmt: skip

    def close(self) -> None:
        """Gives everything back; nothing is in the queue."""
        self.handle.destroy()
