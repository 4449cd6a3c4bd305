# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `browser` driver: the GPU of whoever reads the page.

Python cannot reach that GPU: what it does is write down all that a call would do. `PageDevice` is a
HAL device that runs nothing and keeps the buffers and commands it is given; `trace.py` makes a
`Program` of them, which the front end replays through WebGPU. Reading a number back, which only a
device that runs could give, is an error that says so.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from iree_explore.errors import GapError, ModelError
from iree_explore.hal.command_buffer import Binding, CommandBuffer, Copy, Dispatch, Fill
from iree_explore.hal.runtime import (
    Buffer,
    Device,
    DeviceInfo,
    Driver,
    Executable,
    Export,
    Fence,
    Profile,
)
from iree_explore.targets.spirv.deserialize import deserialize
from iree_explore.targets.spirv.executable import unpack
from iree_explore.targets.wgsl.printer import Shader, print_wgsl

TARGET = "webgpu-spirv"
INFO = DeviceInfo(
    "browser", TARGET, "the GPU of the page's reader, by WebGPU", False,
    "pages run it: 'this browser' in the explorer's run menu",
)  # fmt: skip
PROFILE = "portable"
_NOTHING = np.empty(0, np.uint8)


@functools.lru_cache(1024)
def _shader(code: bytes) -> Shader:
    """The WGSL of a binary: a program is loaded when compiled, and again to be written down."""
    return replace(print_wgsl(deserialize(code)), ops=())


class ReadInPageError(ModelError):
    """A number of a page was asked for."""


class PageBuffer(Buffer):
    """A buffer of the page: its bytes if the host gave them, none otherwise."""

    def __init__(self, nbytes: int, data: np.ndarray | None = None) -> None:
        super().__init__(_NOTHING, nbytes, address=0)
        self.data = data

    @property
    def memory(self) -> np.ndarray:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise ReadInPageError(
            "IX410", "the browser device: Python cannot read what a page computes",
            because="its numbers are in the reader's browser, which runs when the page asks it to",
            hint="show the session in a notebook (or export it with to_html) and run on "
            "'this browser' there",
        )  # fmt: skip

    @memory.setter
    def memory(self, memory: np.ndarray) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """There is none."""


@dataclass
class Recorded:
    """A command with its buffers."""

    command: Dispatch | Fill | Copy
    buffers: list[tuple[PageBuffer, int, int]]


class PageDevice(Device):
    """Keeps what it is asked to execute, in order."""

    info = INFO
    alignment = 256

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self._idle: dict[int, list[PageBuffer]] = {}

    def allocate(self, nbytes: int, lifetime: str) -> Buffer:
        idle = self._idle.get(nbytes) if lifetime == "transient" else None
        return idle.pop() if idle else PageBuffer(nbytes)

    def deallocate(self, buffer: Buffer) -> None:
        assert isinstance(buffer, PageBuffer)
        if buffer.data is None:
            self._idle.setdefault(buffer.nbytes, []).append(buffer)

    def import_array(self, array: np.ndarray) -> Buffer:
        return PageBuffer(array.nbytes, array)

    def load_executable(
        self, name: str, format_: str, data: bytes, exports: Sequence[Export],
        symbols: Sequence[str],
    ) -> Executable:  # fmt: skip
        """The WGSL of each entry's portable variant. Raises `ModelError` IX410 that lists the
        entries without one."""
        entries = {entry.name: entry for entry in unpack(data)}
        wrong = []
        shaders: list[Shader] = []
        for symbol in symbols:
            entry = entries[symbol]
            variant = next((v for v in entry.variants if v.profile == PROFILE), None)
            if variant is None:
                wrong.append(f"{symbol}: {entry.lacking.get(PROFILE, 'there is no such variant')}")
                continue
            try:
                shaders.append(_shader(variant.code))
            except GapError as error:
                wrong.append(f"{symbol}: {error.because}")
        if wrong:
            raise ModelError(
                "IX410", f"browsers cannot run {name}", because="\n".join(wrong),
                hint="use another device of ie.devices(), or other types",
            )  # fmt: skip
        return Executable(name, tuple(exports), tuple(range(len(shaders))), shaders)

    def create_command_buffer(self, binding_capacity: int) -> CommandBuffer:
        return CommandBuffer(binding_capacity)

    def queue_execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        wait: Fence | None = None,
        signal: Fence | None = None,
        profile: Profile | None = None,
    ) -> None:
        command_buffer.check_table(bindings)
        for command in command_buffer.commands:
            ranges = [
                (bound if isinstance(bound := b.buffer, Buffer) else bindings[bound], b)
                for b in ranges_of(command)
            ]
            found = [(buffer, b.offset, b.length) for buffer, b in ranges]
            self.recorded.append(Recorded(command, found))  # pyright: ignore[reportArgumentType]
        if signal is not None:
            signal.signal()


def ranges_of(command: Dispatch | Fill | Copy) -> Sequence[Binding]:
    """The ranges of buffers that a command touches."""
    if isinstance(command, Dispatch):
        return command.bindings
    if isinstance(command, Fill):
        return (command.target,)
    return (command.source, command.target)


class BrowserDriver(Driver):
    """WebGPU in the page that shows a session or a recording."""

    name = "browser"
    target = TARGET
    elsewhere = True

    def query(self) -> list[DeviceInfo]:
        return [INFO]

    def create_device(self, options: Mapping[str, str]) -> PageDevice:
        return PageDevice()


def entry_of(executable: Executable, ordinal: int) -> Shader:
    """The shader of an export."""
    shaders = executable.code
    assert isinstance(shaders, list)
    return shaders[executable.entries[ordinal]]
