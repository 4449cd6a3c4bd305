# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`CommandBuffer`: dispatches, fills, copies and barriers, recorded once and executed many times.

A binding is a byte range of a `Buffer` (weights) or of a slot of the binding table that each
execution brings. Ranges are checked when recorded, the table when executed. Devices subclass it to
translate the finished list of commands; what lies between two barriers may run at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iree_explore.errors import InternalError
from iree_explore.hal.runtime import ALIGNMENT, Buffer, Executable


@dataclass(frozen=True)
class Binding:
    """`length` bytes at `offset` of a buffer, or of slot `buffer` of the binding table."""

    buffer: Buffer | int
    offset: int
    length: int


@dataclass(frozen=True)
class Dispatch:
    """One grid of workgroups; `wave` counts the barriers recorded before it."""

    executable: Executable
    ordinal: int
    workgroups: tuple[int, int, int]
    constants: tuple[int, ...]
    bindings: tuple[Binding, ...]
    wave: int


@dataclass(frozen=True)
class Fill:
    """Repeats `pattern` (1, 2, 4, 8 or 16 bytes) over a range."""

    target: Binding
    pattern: bytes
    wave: int


@dataclass(frozen=True)
class Copy:
    """Copies a range to another of the same length."""

    source: Binding
    target: Binding
    wave: int


class CommandBuffer:
    """Recorded by one thread, then `finalize`d, then executed by any number of threads."""

    def __init__(self, binding_capacity: int) -> None:
        self.binding_capacity = binding_capacity
        self.commands: list[Dispatch | Fill | Copy] = []
        self.slot_extents = [0] * binding_capacity
        """Bytes that each slot's buffer must have."""
        self.finalized = False
        self._wave = 0

    def dispatch(
        self,
        executable: Executable,
        ordinal: int,
        workgroups: Sequence[int],
        constants: Sequence[int],
        bindings: Sequence[Binding],
    ) -> None:
        """Records a grid; an empty grid is recorded too and runs nothing."""
        self._recording()
        export = executable.exports[ordinal]
        if len(constants) != export.constants or len(bindings) != export.bindings:
            raise InternalError(
                "IX305",
                f"{executable.name}::{export.name} takes {export.constants} constants and "
                f"{export.bindings} bindings, got {len(constants)} and {len(bindings)}",
            )
        x, y, z = workgroups
        if min(x, y, z) < 0 or x * y * z >= 1 << 32:
            raise InternalError(
                "IX305", f"{executable.name}::{export.name}: no such workgroup count {(x, y, z)}"
            )
        for binding in bindings:
            self._check(binding)
        self.commands.append(
            Dispatch(executable, ordinal, (x, y, z), tuple(constants), tuple(bindings), self._wave)
        )

    def fill(self, target: Binding, pattern: bytes) -> None:
        """Records a fill; the range is a whole number of patterns."""
        self._recording()
        self._check(target)
        if len(pattern) not in (1, 2, 4, 8, 16) or target.length % len(pattern):
            raise InternalError(
                "IX305", f"cannot fill {target.length} bytes with a pattern of {len(pattern)} bytes"
            )
        self.commands.append(Fill(target, pattern, self._wave))

    def copy(self, source: Binding, target: Binding) -> None:
        """Records a copy between ranges that do not overlap; they may begin at any byte."""
        self._recording()
        self._check(source, 1)
        self._check(target, 1)
        if source.length != target.length:
            raise InternalError(
                "IX305", f"a copy of {source.length} bytes into {target.length} bytes"
            )
        self.commands.append(Copy(source, target, self._wave))

    def barrier(self) -> None:
        """What follows waits for everything recorded so far."""
        self._recording()
        self._wave += 1

    def finalize(self) -> None:
        """Ends recording."""
        self._recording()
        self.finalized = True
        self.translate()

    def translate(self) -> None:
        """Called once after recording: devices make of `commands` what they run."""

    def check_table(self, bindings: Sequence[Buffer]) -> None:
        """Raises `InternalError` unless `bindings` fits what was recorded."""
        if not self.finalized:
            raise InternalError("IX305", "the command buffer is still being recorded")
        if len(bindings) != self.binding_capacity:
            raise InternalError(
                "IX305",
                f"the command buffer has {self.binding_capacity} slots, not {len(bindings)}",
            )
        for slot, (buffer, extent) in enumerate(zip(bindings, self.slot_extents, strict=True)):
            if buffer.nbytes < extent:
                raise InternalError(
                    "IX305",
                    f"slot {slot} needs {extent} bytes, the buffer has {buffer.nbytes}",
                )

    def _recording(self) -> None:
        if self.finalized:
            raise InternalError("IX305", "the command buffer is finalized")

    def _check(self, binding: Binding, alignment: int = ALIGNMENT) -> None:
        if binding.offset < 0 or binding.length < 0 or binding.offset % alignment:
            raise InternalError(
                "IX305",
                f"a binding at byte {binding.offset} for {binding.length}: offsets are "
                f"multiples of {alignment}",
            )
        end = binding.offset + binding.length
        if isinstance(binding.buffer, Buffer):
            if end > binding.buffer.nbytes:
                raise InternalError(
                    "IX305", f"a binding ends at {end} of {binding.buffer.nbytes} bytes"
                )
        elif 0 <= binding.buffer < self.binding_capacity:
            self.slot_extents[binding.buffer] = max(self.slot_extents[binding.buffer], end)
        else:
            raise InternalError("IX305", f"no slot {binding.buffer} in the binding table")
