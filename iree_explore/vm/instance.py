# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`VMInstance`: a host program loaded on a device, ready to be called from any thread.

Loading runs the program's `__init` (executables, weights). Calls run concurrently, except those of
functions that touch mutable globals, which are ordered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from iree_explore.elements import from_name, packed
from iree_explore.errors import ModelError
from iree_explore.hal.runtime import (
    Buffer,
    BufferView,
    Device,
    Executable,
    Export,
    Profile,
)
from iree_explore.targets import TARGETS, default_device, open_device, runs_elsewhere
from iree_explore.vm.direct import chooser, direct
from iree_explore.vm.hal_module import HALModule, Invocation, converted, to_host
from iree_explore.vm.interpreter import Function, Interpreter
from iree_explore.vm.program import Program
from iree_explore.vm.replay import Replays, key_of

Parameters = Callable[[str, str], np.ndarray]


class VMInstance:
    """Calls exported functions of `program`, whose object code is in `objects` by digest."""

    def __init__(
        self,
        program: Program,
        objects: dict[str, bytes],
        parameters: Parameters,
        device: Device,
    ) -> None:
        self.program = program
        self.parameters = parameters
        self.device = device
        others = _others(program, device)
        self._device_of = {
            e["name"]: others.get(_placed(e["format"], device), device)
            for e in program["executables"]
        }
        executables = {
            e["name"]: _loader(self._device_of[e["name"]], e, objects)
            for e in program["executables"]
        }
        self._hal = HALModule(device, executables, parameters)
        self._hal.others = others
        self._interpreter = Interpreter(program, self._hal.imports())
        functions = self._interpreter.functions
        self._hal.record = lambda name, invocation, arguments: self._interpreter.by_name[name].run(
            invocation, arguments
        )[0]
        self._functions = {e["name"]: functions[e["function"]] for e in program["exports"]}
        self._replays = {name: Replays(device) for name in self._functions}
        self._results = {
            e["name"]: [from_name(r["dtype"]) for r in e["results"]] for e in program["exports"]
        }
        self._choosers = {
            e["name"]: chooser(
                [from_name(a["dtype"]) for a in e["arguments"]], self._replays[e["name"]].kept
            )
            for e in program["exports"]
            if not self._functions[e["name"]].stateful
            and not others
            and all(a.get("shape") is not None for a in e["arguments"])
        }
        self._variables = {
            data.get("path", data["name"]): (index, data)
            for index, data in enumerate(program["globals"])
            if data["mutable"] and "tensor" in data
        }
        self._lock = threading.RLock()
        if "__init" in self._functions:
            self._functions["__init"].run(Invocation(), [])

    def call(
        self, name: str, inputs: Sequence[np.ndarray | int | float], profile: Profile | None = None
    ) -> list[Any]:
        """Results of an exported function on inputs that fit its declaration."""
        device = self.device
        arguments = [
            BufferView(device.import_array(x), x.shape, x.dtype) if isinstance(x, np.ndarray) else x
            for x in inputs
        ]
        function = self._functions[name]
        if function.stateful:
            with self._lock:
                results = function.run(Invocation(profile, device=device), arguments)
        elif self._hal.others:  # a replay is one device's
            results = function.run(Invocation(profile, device=device), arguments)
        else:
            results = self._replayed(name, function, arguments, profile)
        return [to_host(r, d) for r, d in zip(results, self._results[name], strict=True)]

    def executables(self) -> list[Executable]:
        """The program's device code, loaded for those who dispatch it one by one."""
        return [load() for load in self._hal.executables.values()]

    def device_of(self, executable: Executable) -> Device:
        """The device that runs an executable of the program."""
        return self._device_of[executable.name]

    def run(self, name: str, invocation: Invocation, arguments: Sequence[Any]) -> Sequence[Any]:
        """Results of an exported function as the program makes them: views of device buffers.
        `arguments` are such views and numbers."""
        return self._functions[name].run(invocation, list(arguments))

    def _replayed(
        self, name: str, function: Function, arguments: list[Any], profile: Profile | None
    ) -> Sequence[Any]:
        """Results by the replay for these shapes and numbers, after the first call with them."""
        key = key_of([a.shape if type(a) is BufferView else a for a in arguments])
        replay = self._replays[name].find(key)
        if replay is None:
            return function.run(Invocation(profile), arguments)
        results = replay.call(
            lambda trace: function.run(Invocation(profile, trace), arguments), arguments, profile
        )
        if replay.whole is not None and name in self._choosers:
            segment, replay.whole = replay.whole, None
            replay.direct = direct(self.device, segment, arguments, self._results[name], converted)
        return results

    def direct(self, name: str) -> Callable[[Sequence[Any]], list[Any] | None]:
        """`call` for those calls, of an exported function on any values, that are like earlier
        ones: None for all others."""
        return self._choosers.get(name, _never)

    def profile(
        self, name: str, inputs: Sequence[np.ndarray | int | float]
    ) -> tuple[list[Any], Profile]:
        """Results, and what has the time of every dispatch."""
        profile = Profile()
        return self.call(name, inputs, profile), profile

    # Mutable globals

    def declared(self) -> dict[str, tuple[np.dtype, tuple[int | None, ...]]]:
        """dtype and shape (None: any size) of the mutable globals that hold tensors, by the
        source's names."""
        return {
            name: (from_name(data["tensor"]["dtype"]), tuple(data["tensor"]["shape"]))
            for name, (_, data) in self._variables.items()
        }

    def variable(self, name: str) -> np.ndarray:
        """A copy of the value of a mutable global that holds a tensor."""
        index, data = self._variables[name]
        with self._lock:
            value = self._interpreter.globals[index]
            dtype = from_name(data["tensor"]["dtype"])
            if isinstance(value, BufferView):
                return np.array(to_host(value, dtype))
            assert isinstance(value, Buffer)
            return value.view(dtype, data["tensor"]["shape"]).copy()

    def set_variable(self, name: str, value: np.ndarray) -> None:
        """Gives a mutable global a new value of its own shape and dtype."""
        index, data = self._variables[name]
        buffer = self.device.import_array(packed(value.copy()))  # calls may update it in place
        with self._lock:
            changes = None in data["tensor"]["shape"]
            view = BufferView(buffer, value.shape, value.dtype) if changes else buffer
            self._interpreter.globals[index] = view


_CPU, _GPUS = "llvm-cpu", ("vulkan-spirv", "webgpu-spirv")


def _placed(format_: str, device: Device) -> str:
    """The target backend whose device runs an executable of the format, "" for the module's own:
    GPUs have none of the CPU's."""
    on_cpu = format_ in TARGETS[_CPU].formats
    return _CPU if on_cpu and device.info.target in _GPUS else ""


def _others(program: Program, device: Device) -> dict[str, Device]:
    """The devices of dispatches that `device` cannot run, by target backend. Raises `ModelError`
    IX410 for a device that is not where Python is."""
    names = [e["name"] for e in program["executables"] if _placed(e["format"], device)]
    if not names:
        return {}
    if runs_elsewhere(device.info.driver):
        raise ModelError(
            "IX410", f"{device.info.name} cannot run {len(names)} of the program's kernels",
            because=f"they are for {_CPU}, which a page has not: {', '.join(names)}",
            hint="run it on another device of ie.devices(): webgpu has the same kernels",
        )  # fmt: skip
    return {_CPU: open_device(default_device(_CPU))}


def _never(_: Sequence[Any]) -> None:
    return None


def _loader(device: Device, data: dict[str, Any], objects: dict[str, bytes]):
    """Loads one executable when the program asks for it."""

    def load() -> Executable:
        memory = data["local_memory"] or [0] * len(data["entries"])
        read_only = data.get("read_only") or [0] * len(data["entries"])
        exports = [
            Export(name, constants, bindings, local, reads)
            for name, (constants, bindings), local, reads in zip(
                data["entries"], data["interface"], memory, read_only, strict=True
            )
        ]
        return device.load_executable(
            data["name"], data["format"], objects[data["object"]], exports, data["symbols"]
        )

    return load
