# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls without the host program in the way: few command buffers for all that a call submits.

What a host program allocates and submits depends on nothing but the shapes and numbers of the call
and on what it reads back. So an invocation is *traced* while it runs (`Trace`): everything up to a
readback is a `Segment`, one command buffer, and the number that is read chooses the next one. The
next call of equal shapes walks the segments (`Replay`): loops whose trip count the host knows are
as many copies of their commands, the interpreter is not entered, buffers that never live together
share the bytes of one slab, and there is one wait a segment.

Where a number is read that leads to no segment yet, the program itself goes on: it runs again from
its beginning without submitting anything until it is where the segments ended (nothing that it does
is visible outside), and from there for real, traced.

Programs that print or assign variables are interpreted (`interpreter.py`).
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from iree_explore import elements
from iree_explore.errors import InternalError
from iree_explore.hal.command_buffer import Binding, CommandBuffer, Copy, Dispatch, Fill
from iree_explore.hal.runtime import Buffer, BufferView, Device, Profile
from iree_explore.stream.packing import pack_slices
from iree_explore.vm.direct import Direct

COMMANDS = 1 << 13
"""Commands kept for one combination of shapes and numbers, a kilobyte each; a function keeps four
times as many."""
SEGMENTS = 512
"""Segments kept for one combination of shapes and numbers."""
EFFORT = 1000
"""Of packing a slab, which a call waits for: milliseconds."""
REPLAYS = 64
"""Replays kept per function, one per combination of shapes and numbers."""

_NOTHING = Buffer.allocate(0)


def key_of(values: Sequence[Any]) -> tuple[Any, ...]:
    """Numbers as a key of what was made for them: 0.0 and -0.0 are two."""
    return tuple([repr(v) if type(v) is float else v for v in values])


def load(buffer: Buffer, offset: int, dtype: np.dtype) -> int | float:
    """The number of `dtype` at a byte of a buffer; raises `InternalError` IX305 outside of it."""
    return _number(_bits(buffer, offset, dtype.itemsize), dtype)


def _bits(buffer: Buffer, offset: int, nbytes: int) -> bytes:
    if offset < 0 or offset + nbytes > buffer.nbytes:
        raise InternalError("IX305", f"a readback at byte {offset} of {buffer.nbytes}")
    return buffer.memory[offset : offset + nbytes].tobytes()


def _number(bits: bytes, dtype: np.dtype) -> int | float:
    value = np.ndarray((), dtype, bits)[()]
    return float(value) if elements.is_float(dtype) else int(value)


@dataclass(frozen=True)
class _View:
    """A result: the number of its buffer, or a constant."""

    buffer: int | Buffer
    shape: tuple[int, ...]
    dtype: np.dtype


@dataclass
class Segment:
    """What a call does up to a readback, or its end. Buffers have the numbers of the trace."""

    kept: list[tuple[int, int]]
    """Buffers allocated here that something later may need, with their bytes."""
    commands: CommandBuffer | None
    slots: list[int]
    """The buffers of the binding table; after them comes the slab."""
    slab: int
    read: tuple[int | Buffer, int, np.dtype] | None = None
    results: list[int | float | _View] | None = None
    following: dict[bytes, Segment] = field(default_factory=dict)
    """Segments by the bits of the number read."""
    submit: Callable[[Sequence[int]], None] | None = None
    """What executes the commands by the addresses of the binding table, if the device has that."""


class Trace:
    """What one invocation submits, with its buffers by number: arguments first.

    `past` are the numbers that segments have read already, `buffers` what those left: the
    invocation makes its way through them without submitting. What follows becomes segments, as
    long as there is `room` for more commands; `attach` gets the first one.
    """

    def __init__(
        self,
        device: Device,
        arguments: Sequence[Any],
        attach: Callable[[Segment], None],
        room: Callable[[Segment | None], int],
        past: Sequence[int | float] = (),
        buffers: dict[int, Buffer] | None = None,
    ) -> None:
        self._device = device
        self._attach = attach
        self._room_after = room
        self._room = room(None)
        self.kept = self._room > 0
        """Whether segments are still made."""
        self._past = list(reversed(past))
        self._buffers = buffers or {}
        self._numbers: dict[int, int] = {}
        self._alive: dict[int, Callable[[], Buffer | None]] = {}
        self._count = 0
        for argument in arguments:
            if isinstance(argument, BufferView):
                self._numbers[id(argument.buffer)] = self._count
            self._count += 1
        self._begin()

    def _begin(self) -> None:
        self.sizes: dict[int, int] = {}
        """Bytes of the buffers that the segment allocated."""
        self.executions: list[tuple[CommandBuffer, list[int | Buffer]]] = []
        self._commands = 0

    @property
    def repeating(self) -> bool:
        """Whether the invocation is still in the past."""
        return bool(self._past)

    def allocate(self, lifetime: str, size: int) -> Buffer:
        """The buffer that an allocation makes; in the past one of then, or none at all."""
        number = self._count
        self._count += 1
        if self._past:
            buffer = self._buffers.get(number) or Buffer(_NOTHING.memory, size)
        else:
            buffer = self._device.allocate(size, lifetime)
            if self.kept:
                self.sizes[number] = size
                self._alive[number] = weakref.ref(buffer)
        self._numbers[id(buffer)] = number  # a pooled one may have been another before
        return buffer

    def freed(self, buffer: Buffer) -> None:
        """A buffer that nothing needs any more."""
        self._alive.pop(self._numbers.get(id(buffer), -1), None)

    def executed(self, commands: CommandBuffer, buffers: Sequence[Buffer]) -> None:
        """A submission; buffers that the invocation did not bring are the instance's constants."""
        self._commands += len(commands.commands)
        self.kept &= self._commands <= self._room
        if self.kept:
            self.executions.append((commands, [self.number(b) for b in buffers]))

    def number(self, buffer: Buffer) -> int | Buffer:
        """The number of a buffer, or itself if it is a constant."""
        return self._numbers.get(id(buffer), buffer)

    def load(self, buffer: Buffer, offset: int, dtype: np.dtype) -> int | float:
        """The number that the program reads; it ends a segment."""
        if self._past:
            return self._past.pop()
        bits = _bits(buffer, offset, dtype.itemsize)
        value = _number(bits, dtype)
        if self.kept:
            alive = {n for n in self.sizes if n in self._alive and self._alive[n]() is not None}
            segment = self._segment(alive)
            segment.read = (self.number(buffer), offset, dtype)
            self._attach(segment)
            self._attach = _following(segment, bits)
            self._room = self._room_after(segment)
            self.kept = self._room > 0
            self._begin()
        return value

    def returned(self, results: Sequence[Any]) -> None:
        """The end of the invocation."""
        if not self.kept:
            return
        views = [
            _View(self.number(r.buffer), r.shape, r.dtype) if isinstance(r, BufferView) else r
            for r in results
        ]
        segment = self._segment(
            {v.buffer for v in views if isinstance(v, _View) and isinstance(v.buffer, int)}
        )
        segment.results = views
        self._attach(segment)
        self._room_after(segment)

    def _segment(self, alive: Collection[int]) -> Segment:
        kept = [(n, size) for n, size in self.sizes.items() if n in alive]
        used = {b for _, buffers in self.executions for b in buffers if isinstance(b, int)}
        slots = sorted(n for n in used if n not in self.sizes or n in alive)
        if not self.executions:
            return Segment(kept, None, slots, 0)
        places, end = _packed(self.executions, self.sizes, alive, self._device.alignment)
        commands = self._device.create_command_buffer(len(slots) + 1)
        where = {n: (slot, 0) for slot, n in enumerate(slots)}
        where |= {n: (len(slots), place) for n, place in places.items()}
        for index, (source, buffers) in enumerate(self.executions):
            if index:
                commands.barrier()
            _append(commands, source, [(b, 0) if isinstance(b, Buffer) else where[b]
                                       for b in buffers])  # fmt: skip
        commands.finalize()
        return Segment(kept, commands, slots, end)


def _following(segment: Segment, bits: bytes) -> Callable[[Segment], None]:
    """Puts a segment after `segment` where that reads a number of these bits."""
    return lambda following: segment.following.__setitem__(bits, following)


Run = Callable[[Trace], Sequence[Any]]


class Replay:
    """The segments of one combination of shapes and numbers; safe for many threads."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._first: Segment | None = None
        self._count = 0
        self.commands = 0
        """Commands of all segments."""
        self.direct: Direct | None = None
        """The same as one function of the arguments' arrays, where there is one (`direct.py`)."""
        self.whole: Segment | None = None
        """The segment that is the whole call, once that was replayed."""

    def call(self, run: Run, arguments: Sequence[Any], profile: Profile | None) -> Sequence[Any]:
        """What the program returns for `arguments`; `run` interprets it with a trace."""
        device = self._device
        buffers: dict[int, Buffer] = {
            n: a.buffer for n, a in enumerate(arguments) if type(a) is BufferView
        }
        past: list[tuple[bytes, np.dtype]] = []
        segment = self._first
        if segment is None:
            return self._traced(run, Trace(device, arguments, self._begin, self._room))
        while True:
            for number, size in segment.kept:
                buffers[number] = device.allocate(size, "external")
            if segment.commands is not None:
                slab = device.allocate(segment.slab, "transient") if segment.slab else _NOTHING
                table = [buffers[n] for n in segment.slots]
                table.append(slab)
                if segment.submit is not None and profile is None:
                    segment.submit([buffer.address for buffer in table])
                else:
                    device.execute(segment.commands, table, profile)
                    # Buffers fit, now and whenever; only arguments may be the same memory.
                    if segment.submit is None:  # else this call notes times
                        own = [i for i, n in enumerate([*segment.slots, -1])
                               if n < 0 or n >= len(arguments)]  # fmt: skip
                        segment.submit = device.submitter(segment.commands, own)
                if slab is not _NOTHING:
                    device.deallocate(slab)
            if segment.results is not None:
                self.whole = None if past or self.direct is not None else segment
                return [_result(r, buffers) for r in segment.results]
            assert segment.read is not None
            place, offset, dtype = segment.read
            buffer = place if isinstance(place, Buffer) else buffers[place]
            bits = _bits(buffer, offset, dtype.itemsize)
            past.append((bits, dtype))
            following = segment.following.get(bits)
            if following is None:
                attach = _following(segment, bits)
                numbers = [_number(*read) for read in past]
                trace = Trace(device, arguments, attach, self._room, numbers, buffers)
                return self._traced(run, trace)
            segment = following

    def _traced(self, run: Run, trace: Trace) -> Sequence[Any]:
        results = run(trace)
        trace.returned(results)
        return results

    def _begin(self, segment: Segment) -> None:
        self._first = segment

    def _room(self, made: Segment | None) -> int:
        """Commands that there is room for, after one more segment."""
        if made is not None:
            self._count += 1
            self.commands += len(made.commands.commands) if made.commands is not None else 0
        return COMMANDS - self.commands if self._count < SEGMENTS else 0


def _result(result: int | float | _View, buffers: dict[int, Buffer]) -> Any:
    if not isinstance(result, _View):
        return result
    buffer = result.buffer if isinstance(result.buffer, Buffer) else buffers[result.buffer]
    return BufferView(buffer, result.shape, result.dtype)


class Replays:
    """The replays of one function by shapes and numbers; safe for many threads."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.kept: OrderedDict[tuple[Any, ...], Replay | None] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: tuple[Any, ...]) -> Replay | None:
        """The replay for `key`; none in the first call, which may be the only one."""
        found = self.kept.get(key)
        if found is None:
            with self._lock:
                if key in self.kept:
                    found = self.kept[key] = self.kept[key] or Replay(self._device)
                else:
                    self.kept[key] = None
                    while len(self.kept) > REPLAYS or self._commands() > 4 * COMMANDS:
                        self.kept.popitem(last=False)
        return found

    def _commands(self) -> int:
        return sum(replay.commands for replay in self.kept.values() if replay is not None)


def _packed(
    executions: Sequence[tuple[CommandBuffer, list[int | Buffer]]],
    sizes: dict[int, int],
    elsewhere: Collection[int],
    alignment: int,
) -> tuple[dict[int, int], int]:
    """Offsets in the slab of the buffers of `sizes` but those `elsewhere`, which live from their
    first execution to their last; and the slab's bytes."""
    lives: dict[int, tuple[int, int]] = {}
    for index, (_, buffers) in enumerate(executions):
        for b in buffers:
            if isinstance(b, int) and b in sizes and b not in elsewhere:
                lives[b] = lives.get(b, (index,))[0], index
    slices = {n: (sizes[n], life) for n, life in lives.items() if sizes[n]}
    places, end = pack_slices(slices, alignment, EFFORT)
    return dict.fromkeys(lives, 0) | places, end


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
