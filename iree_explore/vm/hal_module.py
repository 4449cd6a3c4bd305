# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What host programs import: `util.assert` and `hal.*` on the objects of `hal/runtime.py`.

`HALModule` is the state of one loaded module on one device; `Invocation` that of one call.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from iree_explore import elements
from iree_explore.assertions import check_assertion, write_trace
from iree_explore.hal.command_buffer import Binding, CommandBuffer
from iree_explore.hal.element_types import DTYPES
from iree_explore.hal.runtime import (
    Buffer,
    BufferView,
    Device,
    DispatchTiming,
    Executable,
    Fence,
    Profile,
)
from iree_explore.vm.replay import Trace, key_of, load

MEMOIZED = 512
"""Command buffers kept per recording function: one per combination of dynamic sizes and scalars,
a loop's counter among them. Loops with more rounds record anew in each (an LSTM of 128 steps took
six times as long with 32); one is some 10 kB."""


class Invocation:
    """One call of an exported function; `profile` collects its dispatches and `trace` what it
    allocates and submits, if given; `device` is the module's own."""

    __slots__ = ("device", "profile", "trace")

    def __init__(
        self,
        profile: Profile | None = None,
        trace: Trace | None = None,
        device: Device | None = None,
    ) -> None:
        self.profile = profile
        self.trace = trace
        self.device = device

    def elsewhere(self, device: Device) -> bool:
        """Whether a device is another than the module's own."""
        return self.device is not None and device is not self.device


class HALModule:
    """The imports of one module on one device."""

    def __init__(
        self,
        device: Device,
        executables: dict[str, Callable[[], Executable]],
        parameters: Callable[[str, str], np.ndarray],
    ) -> None:
        self.device = device
        self.executables = executables
        self.others: dict[str, Device] = {}
        """Devices of dispatches that `device` cannot run, by target backend."""
        self.parameters = parameters
        self.record: Callable[[str, Invocation, list[Any]], CommandBuffer]
        self._memoized: dict[str, OrderedDict[tuple[Any, ...], CommandBuffer]] = {}
        self._lock = threading.RLock()

    def imports(self) -> dict[str, Callable[..., Any]]:
        """The functions by name."""
        return {
            "util.assert": _assert,
            "hal.buffer_view.trace": _trace,
            "hal.devices.get": lambda _: self.device,
            "hal.devices.get_placed": lambda _, target: self.others[target],
            "hal.device.transfer": _transfer,
            "hal.executable.create": self.executable_create,
            "hal.parameter.load": self.parameter_load,
            "hal.parameter.load_own": self.parameter_load_own,
            "hal.parameter.load_view": self.parameter_load_view,
            "hal.device.memoize": self.memoize,
            "hal.device.queue.alloca": _alloca,
            "hal.device.queue.dealloca": _dealloca,
            "hal.device.queue.execute.indirect": _execute,
            "hal.fence.create": lambda _, device: Fence.create(),
            "hal.fence.await": lambda _, fence: fence.wait(),
            "hal.buffer_view.dim": lambda _, view, index: view.shape[index],
            "hal.buffer_view.buffer": lambda _, view: view.buffer,
            "hal.buffer_view.create": _buffer_view_create,
            "hal.buffer.load": _buffer_load,
            "hal.command_buffer.create": lambda _, device, n: device.create_command_buffer(n),
            "hal.command_buffer.finalize": lambda _, commands: commands.finalize(),
            "hal.command_buffer.execution_barrier": lambda _, commands: commands.barrier(),
            "hal.command_buffer.fill_buffer": _fill_buffer,
            "hal.command_buffer.copy_buffer": _copy_buffer,
            "hal.command_buffer.dispatch": _dispatch,
        }

    def executable_create(self, _: Invocation, name: str) -> Executable:
        """Loads an executable of the module."""
        return self.executables[name]()

    def parameter_load(self, _: Invocation, device: Device, scope: str, key: str) -> Buffer:
        """A parameter in device memory."""
        return device.import_array(self.parameters(scope, key))

    def parameter_load_own(self, _: Invocation, device: Device, scope: str, key: str) -> Buffer:
        """A copy of a parameter in device memory: calls update it."""
        return device.import_array(self.parameters(scope, key).copy())

    def parameter_load_view(
        self, _: Invocation, device: Device, scope: str, key: str
    ) -> BufferView:
        """A parameter in device memory with the shape that it has now."""
        array = self.parameters(scope, key)
        return BufferView(device.import_array(array), array.shape, array.dtype)

    def memoize(
        self, invocation: Invocation, device: Device, function: str, keys: list[Any]
    ) -> CommandBuffer:
        """The recording of `function` for `keys`; the oldest one makes room for a new one."""
        cache = self._memoized.get(function)
        key = key_of(keys)
        if cache is not None:
            found = cache.get(key)
            if found is not None:
                return found
        with self._lock:
            cache = self._memoized.setdefault(function, OrderedDict())
            found = cache.get(key)
            if found is None:
                found = self.record(function, invocation, [device, *keys])
                if len(cache) >= MEMOIZED:
                    cache.popitem(last=False)
                cache[key] = found
            return found


def _assert(
    _: Invocation, condition: int, message: str, values: Sequence[Any], options: str = "{}"
) -> None:
    if not condition:
        said = json.loads(options)
        shown, summarize = _shown(values, said), said.get("summarize", 3)
        check_assertion(False, message, shown, summarize, said.get("model"))


def _trace(invocation: Invocation, key: str, options: str, views: Sequence[BufferView]) -> None:
    if invocation.trace is not None:
        invocation.trace.kept = False
    said = json.loads(options)
    write_trace(key, _shown(views, said), said["summarize"], said["stream"])


def _shown(values: Sequence[Any], said: dict[str, Any]) -> list[Any]:
    """Arrays of the dtypes that the source gave them; numbers as they are."""
    dtypes = map(elements.from_name, said.get("types", ()))
    arrays = [to_host(v, d) for v, d in zip(values, dtypes, strict=False)]
    return arrays or list(values)


def to_host(value: Any, dtype: np.dtype) -> Any:
    """A result of the program as an array or number of the source's `dtype`."""
    if not isinstance(value, BufferView):
        return dtype.type(value)
    array = value.to_numpy()
    return array if array.dtype == dtype else converted(array, dtype)


def converted(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """An array of the program as the source's `dtype`."""
    array = elements.unpacked(array, dtype)
    return array if array.dtype == dtype else array.view(dtype)


def _alloca(invocation: Invocation, device: Device, lifetime: str, size: int) -> Buffer:
    if invocation.trace is not None:
        return invocation.trace.allocate(lifetime, size)
    return device.allocate(size, lifetime)


def _dealloca(invocation: Invocation, device: Device, fence: Fence, buffer: Buffer) -> None:
    if invocation.trace is not None:
        invocation.trace.freed(buffer)
    fence.when(lambda: device.deallocate(buffer))


def _transfer(invocation: Invocation, device: Device, source: Buffer) -> Buffer:
    begin = time.perf_counter_ns()
    made = device.import_array(np.array(source.memory[: source.nbytes]))
    end = time.perf_counter_ns()
    if invocation.profile is not None:
        timing = DispatchTiming("builtin", "transfer", (1, 1, 1), begin, end)
        invocation.profile.note(lambda: (replace(timing, device=device.info.driver),))
    return made


def _execute(
    invocation: Invocation,
    device: Device,
    wait: Fence | None,
    signal: Fence,
    commands: CommandBuffer,
    buffers: Sequence[Buffer],
) -> None:
    trace = invocation.trace
    if trace is not None:
        if trace.repeating:
            signal.signal()
            return
        trace.executed(commands, buffers)
    profile = invocation.profile
    if profile is not None and invocation.elsewhere(device):
        own = Profile()
        name = device.info.driver
        profile.note(lambda: [replace(timing, device=name) for timing in own.timings])
        profile = own
    device.queue_execute(commands, buffers, wait, signal, profile)


def _buffer_view_create(
    _: Invocation, buffer: Buffer, element_type: int, shape: Sequence[int]
) -> BufferView:
    return BufferView(buffer, tuple(shape), DTYPES[element_type])


def _buffer_load(
    invocation: Invocation, buffer: Buffer, offset: int, element_type: int
) -> int | float:
    if invocation.trace is not None:
        return invocation.trace.load(buffer, offset, DTYPES[element_type])
    return load(buffer, offset, DTYPES[element_type])


def _binding(buffer: Buffer | int, offset: int, length: int) -> Binding:
    return Binding(buffer, offset, length)


def _fill_buffer(
    _: Invocation,
    commands: CommandBuffer,
    target: Buffer | int,
    offset: int,
    length: int,
    pattern: int,
    pattern_length: int,
) -> None:
    data = (pattern & (1 << 64) - 1).to_bytes(8, "little")[:pattern_length]
    commands.fill(_binding(target, offset, length), data)


def _copy_buffer(
    _: Invocation,
    commands: CommandBuffer,
    source: Buffer | int,
    source_offset: int,
    target: Buffer | int,
    target_offset: int,
    length: int,
) -> None:
    commands.copy(_binding(source, source_offset, length), _binding(target, target_offset, length))


def _dispatch(
    _: Invocation,
    commands: CommandBuffer,
    executable: Executable,
    ordinal: int,
    workgroups: Sequence[int],
    constants: Sequence[int],
    bindings: Sequence[Buffer | int],
    offsets: Sequence[int],
    lengths: Sequence[int],
) -> None:
    commands.dispatch(
        executable,
        ordinal,
        workgroups,
        [c & 0xFFFFFFFF for c in constants],
        [Binding(b, o, n) for b, o, n in zip(bindings, offsets, lengths, strict=True)],
    )
