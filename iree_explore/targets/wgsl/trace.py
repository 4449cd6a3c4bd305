# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a compiled module and sample inputs to the `Program` that a page replays.

The host program is run once on a device that only writes down what it is asked (`driver.py`):
loops whose trip count the host knows are as many copies of their commands. What is submitted while
the module loads is the program's setup, the rest its call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from iree_explore.elements import from_name, packed
from iree_explore.errors import ModelError
from iree_explore.hal.command_buffer import Copy, Dispatch, Fill
from iree_explore.hal.runtime import BufferView
from iree_explore.targets.wgsl.driver import (
    PageBuffer,
    PageDevice,
    ReadInPageError,
    Recorded,
    entry_of,
)
from iree_explore.targets.wgsl.program import (
    Blob,
    BufferSpec,
    Command,
    Kernel,
    Program,
    Tensor,
)
from iree_explore.vm.hal_module import Invocation
from iree_explore.vm.instance import VMInstance

MOST_WORKGROUPS = 65535
"""Workgroups in a dimension that every browser has."""


def program_of(
    instance: VMInstance, function: str, inputs: Sequence[np.ndarray | int | float], name: str = ""
) -> tuple[Program, bytes]:
    """The program of a function for inputs like these, and its blob. The instance is of a
    `PageDevice` and was not called yet. Raises `ModelError` IX410 for what a page cannot do."""
    device = instance.device
    assert isinstance(device, PageDevice)
    setup, device.recorded = device.recorded, []
    arguments = [
        BufferView(device.import_array(packed(x)), x.shape, x.dtype)
        if isinstance(x, np.ndarray)
        else x
        for x in inputs
    ]
    try:
        results = instance.run(function, Invocation(), arguments)
    except ReadInPageError as error:
        raise ModelError(
            "IX410", f"browsers cannot run {function}: it reads a number back while it runs",
            because="a loop's condition or the size of a tensor depends on what kernels computed; "
            "a page submits all commands of a call at once",
            hint="run it on another device of ie.devices(): session.run('webgpu') has the same "
            "kernels",
        ) from error  # fmt: skip
    return _Writer().program(instance, name, function, inputs, arguments, results, setup)


class _Writer:
    """Numbers buffers, kernels and parts in the order in which they are met."""

    def __init__(self) -> None:
        self.blob = Blob()
        self.buffers: list[BufferSpec] = []
        self.numbers: dict[int, int] = {}
        self.kept: list[PageBuffer] = []
        self.kernels: list[Kernel] = []
        self.kernel_numbers: dict[tuple[str, str], int] = {}
        self.problems: list[str] = []

    def program(
        self, instance: VMInstance, name: str, function: str, inputs: Sequence[Any],
        arguments: Sequence[Any], results: Sequence[Any], setup: Sequence[Recorded],
    ) -> tuple[Program, bytes]:  # fmt: skip
        device = instance.device
        assert isinstance(device, PageDevice)
        declared = next(e for e in instance.program["exports"] if e["name"] == function)
        taken: list[Tensor] = []
        for value, data in zip(arguments, declared["arguments"], strict=True):
            if isinstance(value, BufferView):
                taken.append(self.tensor(data, value))
        given: list[Tensor] = []
        for value, data in zip(results, declared["results"], strict=True):
            if not isinstance(value, BufferView):
                self.problems.append(f"its result {data['name']} is a number of the host's")
                continue
            given.append(self.tensor(data, value))
        first = [self.command(r) for r in setup]
        rest = [self.command(r) for r in device.recorded]
        if self.problems:
            raise ModelError(
                "IX410", f"browsers cannot run {function}",
                because="\n".join(dict.fromkeys(self.problems)),
                hint="use another device of ie.devices()",
            )  # fmt: skip
        made = Program(
            name, function, "webgpu-spirv", tuple(self.kernels), tuple(self.buffers),
            tuple(self.blob.parts), tuple(first), tuple(rest), tuple(taken), tuple(given),
        )  # fmt: skip
        return made, self.blob.bytes()

    def tensor(self, declared: dict[str, Any], view: BufferView) -> Tensor:
        """A view as the source declares it; complex numbers are pairs here."""
        number = self.buffer(view.buffer)
        dtype = from_name(declared["dtype"])
        dtype = dtype if dtype.itemsize == view.dtype.itemsize else view.dtype
        part = self.buffers[number].part
        return Tensor(declared["name"], dtype.name, tuple(view.shape), number, part)

    def buffer(self, buffer: Any) -> int:
        assert isinstance(buffer, PageBuffer)
        found = self.numbers.get(id(buffer))
        if found is None:
            part = -1
            if buffer.data is not None:
                part = self.blob.add("", np.ascontiguousarray(buffer.data).tobytes())
            found = self.numbers[id(buffer)] = len(self.buffers)
            self.buffers.append(BufferSpec(buffer.nbytes, part))
            self.kept.append(buffer)  # its id is not another's
        return found

    def command(self, recorded: Recorded) -> Command:
        command = recorded.command
        ranges = tuple(
            number
            for buffer, offset, nbytes in recorded.buffers
            for number in (self.buffer(buffer), offset, nbytes)
        )
        if isinstance(command, Dispatch):
            return self.dispatch(command, ranges)
        if isinstance(command, Fill):
            if command.target.offset % 4 or command.target.length % 4:
                self.problems.append("it fills bytes that are no whole words")
            return Command("fill", ranges, pattern=command.pattern.hex())
        assert isinstance(command, Copy)
        if any(n % 4 for b in (command.source, command.target) for n in (b.offset, b.length)):
            self.problems.append("it copies bytes that are no whole words")
        return Command("copy", ranges)

    def dispatch(self, command: Dispatch, ranges: tuple[int, ...]) -> Command:
        executable = command.executable
        export = executable.exports[command.ordinal]
        key = (executable.name, export.name)
        number = self.kernel_numbers.get(key)
        if number is None:
            shader = entry_of(executable, command.ordinal)
            reads = tuple(shader.bindings.get(i, True) for i in range(export.bindings))
            number = self.kernel_numbers[key] = len(self.kernels)
            self.kernels.append(
                Kernel(export.name, shader.entry, shader.text, reads, export.constants)
            )
        if max(command.workgroups) > MOST_WORKGROUPS:
            self.problems.append(
                f"{export.name} has {max(command.workgroups)} workgroups in a row, a browser "
                f"{MOST_WORKGROUPS}"
            )
        return Command(
            "dispatch", ranges, number, command.workgroups, command.constants,
            name=export.name, executable=executable.name,
        )  # fmt: skip


def with_results(
    program: Program, blob: bytes, results: Sequence[np.ndarray], recorded: str
) -> tuple[Program, bytes]:
    """The program with results to compare with, in order, and where they are from."""
    grown = Blob(list(program.parts), [blob], len(blob))
    tensors = [
        replace(tensor, part=grown.add(tensor.name, packed(np.ascontiguousarray(array)).tobytes()))
        for tensor, array in zip(program.results, results, strict=True)
    ]
    made = replace(program, parts=tuple(grown.parts), results=tuple(tensors), recorded=recorded)
    return made, grown.bytes()
