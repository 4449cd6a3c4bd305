# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls without host control flow in the way: one command buffer for all that a call submits.

What a host program allocates and submits depends on nothing but the shapes and numbers of the call,
unless it reads what a dispatch wrote. So an invocation can be *traced* while it runs (`Trace`), and
the next call of equal shapes executes everything as one submission (`Replay`): loops whose trip
count the host knows become as many copies of their commands, the interpreter is not entered,
memory is one slab in which buffers that never live together share bytes, and a call waits once.
The slab and the results are the only memory that a replay asks for.

Programs that read back, print or assign variables are interpreted (`interpreter.py`).
"""

from __future__ import annotations

import threading
from bisect import insort
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from iree_explore.hal.command_buffer import Binding, CommandBuffer, Copy, Dispatch, Fill
from iree_explore.hal.runtime import ALIGNMENT, Buffer, BufferView, Device, Profile

COMMANDS = 1 << 14
"""Longer traces are not kept: their commands would take megabytes."""
REPLAYS = 64
"""Replays kept per function, one per combination of shapes and numbers."""


class Trace:
    """What one invocation submits, with its buffers by number: arguments first."""

    def __init__(self, arguments: Sequence[Any]) -> None:
        self.complete = True
        """Whether replaying this does the same as the program."""
        self.sizes: list[int] = []
        """Bytes of each buffer."""
        self.executions: list[tuple[CommandBuffer, list[int | Buffer]]] = []
        self._numbers: dict[int, int] = {}
        self._commands = 0
        for argument in arguments:
            self.allocated(argument.buffer if isinstance(argument, BufferView) else None)
        self.arguments = len(self.sizes)

    def allocated(self, buffer: Buffer | None) -> None:
        """A new buffer; a pooled one may have been another before. None for a number, which takes
        an argument's place."""
        if buffer is not None:
            self._numbers[id(buffer)] = len(self.sizes)
        self.sizes.append(0 if buffer is None else buffer.nbytes)

    def executed(self, commands: CommandBuffer, buffers: Sequence[Buffer]) -> None:
        """A submission; buffers that the invocation did not bring are the instance's constants."""
        self._commands += len(commands.commands)
        if self._commands > COMMANDS:
            self.abandon()
        if self.complete:
            self.executions.append((commands, [self.number(b) for b in buffers]))

    def number(self, buffer: Buffer) -> int | Buffer:
        """The number of a buffer, or itself if it is a constant."""
        return self._numbers.get(id(buffer), buffer)

    def abandon(self) -> None:
        """The program does what a replay would not."""
        self.complete = False
        self.executions.clear()


class Replay:
    """A traced invocation as one command buffer. Its slots are the arguments, the allocations that
    results refer to, and one slab for all others."""

    def __init__(self, device: Device, trace: Trace, results: Sequence[Any]) -> None:
        self._device = device
        numbers = [trace.number(r.buffer) if isinstance(r, BufferView) else None for r in results]
        kept = {n for n in numbers if isinstance(n, int) and n >= trace.arguments}
        slots = {n: n for n in range(trace.arguments)}
        slots |= {n: trace.arguments + i for i, n in enumerate(sorted(kept))}
        self._sizes = [trace.sizes[n] for n in sorted(kept)]
        self._results = [
            (r, slots[n] if isinstance(n, int) else n)
            for r, n in zip(results, numbers, strict=True)
        ]
        places, self._slab = _packed(trace, slots.keys())
        slab = len(slots)
        self._commands = device.create_command_buffer(slab + 1)
        for index, (commands, buffers) in enumerate(trace.executions):
            if index:
                self._commands.barrier()
            _append(
                self._commands,
                commands,
                [
                    (b, 0)
                    if isinstance(b, Buffer)
                    else ((slots[b], 0) if b in slots else (slab, places[b]))
                    for b in buffers
                ],
            )
        self._commands.finalize()
        self._empty = not self._commands.commands

    def run(self, arguments: Sequence[Any], profile: Profile | None) -> list[Any]:
        """What the program returns for `arguments` of the traced shapes and numbers."""
        device = self._device
        buffers = [a.buffer if type(a) is BufferView else _NOTHING for a in arguments]
        for size in self._sizes:
            buffers.append(device.allocate(size, "external"))
        if not self._empty:
            slab = device.allocate(self._slab, "transient") if self._slab else _NOTHING
            buffers.append(slab)
            device.execute(self._commands, buffers, profile)
            if slab is not _NOTHING:
                device.deallocate(slab)
        return [
            result
            if slot is None
            else BufferView(
                slot if isinstance(slot, Buffer) else buffers[slot], result.shape, result.dtype
            )
            for result, slot in self._results
        ]


_NOTHING = Buffer.allocate(0)


class Replays:
    """The replays of one function by shapes and numbers; safe for many threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], Replay | int] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: tuple[Any, ...]) -> Replay | bool:
        """The replay for `key`; else whether this call should be traced: the second one."""
        found = self._kept.get(key)
        if isinstance(found, Replay):
            return found
        with self._lock:
            seen = self._kept.get(key, 0)
            if isinstance(seen, Replay):
                return seen
            self._kept[key] = min(seen + 1, 3)
            if len(self._kept) > REPLAYS:
                self._kept.popitem(last=False)
            return seen == 1

    def keep(self, key: tuple[Any, ...], replay: Replay) -> None:
        """The replay of all further calls with `key`."""
        with self._lock:
            self._kept[key] = replay


def _packed(trace: Trace, elsewhere: Any) -> tuple[dict[int, int], int]:
    """Offsets in the slab of all buffers but those `elsewhere`, first fit in the order of their
    first use, free after their last; and the slab's bytes."""
    last: dict[int, int] = {}
    for index, (_, buffers) in enumerate(trace.executions):
        last |= {b: index for b in buffers if isinstance(b, int) and b not in elsewhere}
    ending: dict[int, list[int]] = {}
    for number, index in last.items():
        ending.setdefault(index, []).append(number)
    places: dict[int, int] = {}
    free: list[tuple[int, int]] = []
    end = 0

    def length(number: int) -> int:
        return -(-max(trace.sizes[number], 1) // ALIGNMENT) * ALIGNMENT

    for index, (_, buffers) in enumerate(trace.executions):
        for number in buffers:
            if not isinstance(number, int) or number in elsewhere or number in places:
                continue
            size = length(number)
            hole = next((h for h in free if h[1] - h[0] >= size), None)
            if hole is None and free and free[-1][1] == end:
                hole = free[-1]
            place = end if hole is None else hole[0]
            if hole is not None:
                free.remove(hole)
                if place + size < hole[1]:
                    insort(free, (place + size, hole[1]))
            places[number] = place
            end = max(end, place + size)
        for number in ending.get(index, ()):
            _release(free, places[number], places[number] + length(number))
    return places, end


def _release(free: list[tuple[int, int]], begin: int, end: int) -> None:
    """Adds a range to the free ones, joined with its neighbours."""
    for hole in [h for h in free if h[1] == begin or h[0] == end]:
        free.remove(hole)
        begin, end = min(begin, hole[0]), max(end, hole[1])
    insort(free, (begin, end))


def _append(
    target: CommandBuffer, source: CommandBuffer, places: Sequence[tuple[Buffer | int, int]]
) -> None:
    """Records the commands of `source`; `places` says where its slots are now."""

    def moved(binding: Binding) -> Binding:
        if isinstance(binding.buffer, Buffer):
            return binding
        buffer, offset = places[binding.buffer]
        return Binding(buffer, binding.offset + offset, binding.length)

    wave = 0
    for command in source.commands:
        if command.wave != wave:
            target.barrier()
            wave = command.wave
        if isinstance(command, Dispatch):
            bindings = [moved(b) for b in command.bindings]
            target.dispatch(command.executable, command.ordinal, command.workgroups,
                            command.constants, bindings)  # fmt: skip
        elif isinstance(command, Fill):
            target.fill(moved(command.target), command.pattern)
        else:
            assert isinstance(command, Copy)
            target.copy(moved(command.source), moved(command.target))
