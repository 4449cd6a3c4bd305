# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Command buffers of the CPU drivers: dispatch records for the native loop, copies that run.

A finished command buffer is flattened to an array of records (`worker_loop.RECORD`) and a graph of
what waits for what (`task_graph.py`). Each execution takes an idle copy and fills in the addresses
of its bindings. Next: `driver.py`, which hands it to the native code.
"""

from __future__ import annotations

import functools
import itertools
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from iree_explore.errors import InternalError
from iree_explore.hal.command_buffer import Binding, CommandBuffer, Copy, Dispatch, Fill
from iree_explore.hal.runtime import Buffer, DispatchTiming, WorkgroupSpan
from iree_explore.targets.llvm_cpu import guard, task_graph
from iree_explore.targets.llvm_cpu.worker_loop import RECORD, SPAN, SUBMISSION, native_loop

_BUILTIN_BYTES = 65536
_CHUNKS = 64
"""A grid is cut into at most this many chunks of workgroups."""


class CPUCommandBuffer(CommandBuffer):
    """A command buffer flattened for the native loop; its `graph` lends runnable copies."""

    def __init__(self, binding_capacity: int, schedule: str) -> None:
        super().__init__(binding_capacity)
        self._schedule = schedule
        self._graphs: dict[tuple[int, ...], Graph] = {}

    def translate(self) -> None:
        """Builds the immutable parts: records, constants, binding relocations."""
        count = len(self.commands)
        lowered = self._lowered = [_as_dispatch(c) for c in self.commands]
        self.local_memory = max((d.local_memory for d in lowered), default=0)
        constants = [value for d in lowered for value in d.constants]
        ranges = [b for d in lowered for b in d.bindings]
        self._constants = np.array([*constants, 0], np.uint32)
        self._lengths = np.array([*(b.length for b in ranges), 0], np.uint64)
        self._direct = [b.buffer for b in ranges if isinstance(b.buffer, Buffer)]
        addresses = [0] * self.binding_capacity
        sources = []
        for binding in ranges:
            if isinstance(binding.buffer, Buffer):
                sources.append(len(addresses))
                addresses.append(binding.buffer.address)
            else:
                sources.append(binding.buffer)
        self.addresses = np.array([*addresses, 0], np.uint64)
        self.sources = np.array([*sources, 0], np.uint32)
        self.offsets = np.array([*(b.offset for b in ranges), 0], np.uint64)
        self.written_slots = frozenset(
            b.buffer
            for d in lowered
            for place, b in enumerate(d.bindings)
            if not d.read_only >> place & 1 and isinstance(b.buffer, int)
        )
        records = np.zeros(count, RECORD)
        totals = [d.workgroups[0] * d.workgroups[1] * d.workgroups[2] for d in lowered]
        chunk = [max(1, -(-total // _CHUNKS)) for total in totals]
        chunks = [max(1, -(-t // c)) for t, c in zip(totals, chunk, strict=True)]
        constant_counts = [len(d.constants) for d in lowered]
        binding_counts = [len(d.bindings) for d in lowered]
        constants_at, bindings_at, spans_at = (
            np.array([0, *itertools.accumulate(counts)], np.uint64)
            for counts in (constant_counts, binding_counts, chunks)
        )
        records["entry"] = [d.entry for d in lowered]
        records["chunk"] = chunk
        records["chunks"] = chunks
        records["total"] = totals
        records["workgroup_count"] = np.array([d.workgroups for d in lowered]).reshape(count, 3)
        records["constant_count"] = constant_counts
        records["binding_count"] = binding_counts
        records["constants"] = constants_at[:-1] * np.uint64(4) + _address(self._constants)
        records["binding_ptrs"] = bindings_at[:-1] * np.uint64(8)  # absolute in each instance
        records["binding_lengths"] = bindings_at[:-1] * np.uint64(8) + _address(self._lengths)
        records["first_span"] = spans_at[:-1]
        self.records = records
        self.binding_count = int(bindings_at[-1])
        self.span_count = int(spans_at[-1])

    def graph(self, aliases: tuple[int, ...] = ()) -> Graph:
        """What waits for what, where slot i of the binding table is the memory of `aliases[i]`."""
        found = self._graphs.get(aliases)
        if found is None:
            # Two threads may both make one: either serves.
            found = self._graphs[aliases] = Graph(self, self._predecessors(aliases))
        return found

    def aliases(self, bindings: Sequence[Buffer]) -> tuple[int, ...]:
        """Each slot's first slot with the same memory, if memory that is written has several."""
        if len(self.records) < 2 or not self.written_slots:
            return ()
        first: dict[int, int] = {}
        aliases = tuple(first.setdefault(b.address, i) for i, b in enumerate(bindings))
        if len(first) == len(bindings):
            return ()
        shared = {a for i, a in enumerate(aliases) if a != i}
        if all(aliases[slot] not in shared for slot in self.written_slots):
            return ()
        return aliases

    def _predecessors(self, aliases: tuple[int, ...]) -> list[list[int]]:
        waves = [c.wave for c in self.commands]
        if self._schedule == "serial":
            return task_graph.serial(len(waves))
        accesses = []
        for d in self._lowered:
            mine = []
            for place, b in enumerate(d.bindings):
                if isinstance(b.buffer, Buffer):
                    memory, base = -1, b.buffer.address
                else:
                    memory, base = (aliases[b.buffer] if aliases else b.buffer), 0
                writes = not d.read_only >> place & 1
                begin = base + b.offset
                mine.append(task_graph.Access(memory, begin, begin + b.length, writes))
            accesses.append(mine)
        return task_graph.predecessors(accesses, waves)

    def calls(self, table: Sequence[Buffer]) -> Iterator[guard.Call]:
        """The commands with the memory that `table` gives them."""
        for index, lowered in enumerate(self._lowered):
            ranges = []
            for place, b in enumerate(lowered.bindings):
                buffer = b.buffer if isinstance(b.buffer, Buffer) else table[b.buffer]
                read_only = bool(lowered.read_only >> place & 1)
                ranges.append(guard.Range(buffer.address + b.offset, b.length, read_only))
            executable, entry, workgroups = self.name_of(index)
            yield guard.Call(
                f"{executable}::{entry}",
                lowered.entry,
                workgroups,
                lowered.constants,
                ranges,
                lowered.local_memory,
            )

    def name_of(self, index: int) -> tuple[str, str, tuple[int, int, int]]:
        """Executable, entry and workgroup count of a record."""
        command = self.commands[index]
        if isinstance(command, Dispatch):
            export = command.executable.exports[command.ordinal]
            return command.executable.name, export.name, command.workgroups
        kind = "fill" if isinstance(command, Fill) else "copy"
        return "builtin", kind, self._lowered[index].workgroups


def _address(array: np.ndarray) -> np.uint64:
    return np.uint64(array.ctypes.data)


class _Lowered:
    """A command as a call of an entry point."""

    __slots__ = ("bindings", "constants", "entry", "local_memory", "read_only", "workgroups")

    def __init__(
        self,
        entry: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        bindings: Sequence[Binding],
        read_only: int,
        local_memory: int = 0,
    ) -> None:
        self.entry = entry
        self.read_only = read_only
        self.workgroups = workgroups
        self.constants = constants
        self.bindings = bindings
        self.local_memory = local_memory


def _as_dispatch(command: Dispatch | Fill | Copy) -> _Lowered:
    if isinstance(command, Dispatch):
        executable = command.executable
        return _Lowered(
            executable.entries[command.ordinal],
            command.workgroups,
            command.constants,
            command.bindings,
            executable.exports[command.ordinal].read_only,
            executable.exports[command.ordinal].local_memory,
        )
    loop = native_loop()
    groups = (-(-command.target.length // _BUILTIN_BYTES), 1, 1)
    if isinstance(command, Copy):
        return _Lowered(loop.copy_kernel, groups, (), (command.source, command.target), 1)
    words = np.frombuffer(command.pattern.ljust(16, b"\0"), np.uint32).tolist()
    return _Lowered(loop.fill_kernel, groups, (*words, len(command.pattern)), (command.target,), 0)


class Graph:
    """The edges between the commands, as the records name them; lends `Instance`s to run them."""

    def __init__(
        self, command_buffer: CPUCommandBuffer, predecessors: Sequence[Sequence[int]]
    ) -> None:
        self.command_buffer = command_buffer
        self.narrow = bool((command_buffer.records["total"] <= 1).all()) and all(
            index - 1 in before for index, before in enumerate(predecessors) if index
        )
        """Whether there is never more to run than one workgroup."""
        self.pack = struct.Struct(f"={command_buffer.binding_capacity}Q").pack_into
        after = task_graph.successors(predecessors)
        self.predecessor_counts = np.array([len(p) for p in predecessors], np.uint32)
        self.successor_counts = np.array([len(a) for a in after], np.uint32)
        ends = np.cumsum(self.successor_counts, dtype=np.uint32)
        self.successors_begin = ends - self.successor_counts
        self.successors = np.array([*(i for a in after for i in a), 0], np.uint32)
        self.idle: deque[Instance] = deque()
        """Copies that nobody runs."""

    def take(self) -> Instance:
        """A copy for the caller alone, who gives it back by appending it to `idle`."""
        try:
            return self.idle.pop()
        except IndexError:
            return Instance(self)


class Instance:
    """One runnable copy of a command buffer: submission header, records, addresses, queue."""

    def __init__(self, graph: Graph) -> None:
        command_buffer = graph.command_buffer
        count = len(command_buffer.records)
        records_at = SUBMISSION.itemsize
        table_at = records_at + count * RECORD.itemsize
        pointers_at = table_at + 8 * len(command_buffer.addresses)
        ready_at = pointers_at + 8 * command_buffer.binding_count
        self.graph = graph
        self.block = Buffer.allocate(ready_at + 4 * count)
        memory = self.block.memory
        self.address = self.block.address
        self.state = memory[:records_at].view(np.uint64)
        self.table = memory[table_at:pointers_at].data
        memory[table_at:pointers_at].view(np.uint64)[:] = command_buffer.addresses
        records = memory[records_at:table_at].view(RECORD)
        records[:] = command_buffer.records
        records["binding_ptrs"] += np.uint64(self.address + pointers_at)
        records["predecessors"] = graph.predecessor_counts
        records["successors_begin"] = graph.successors_begin
        records["successor_count"] = graph.successor_counts
        self.header = memory[:records_at].view(SUBMISSION)[0:1]
        self.header[:] = 0
        self.header["count"] = count
        self.header["records"] = self.address + records_at
        self.header["table"] = self.address + table_at
        self.header["sources"] = command_buffer.sources.ctypes.data
        self.header["offsets"] = command_buffer.offsets.ctypes.data
        self.header["pointers"] = self.address + pointers_at
        self.header["pointer_count"] = command_buffer.binding_count
        self.header["ready"] = self.address + ready_at
        self.header["successors"] = graph.successors.ctypes.data
        self.header["local_memory_size"] = -(-command_buffer.local_memory // 64) * 64
        self.spans = np.zeros(0, SPAN)

    def note_times(self) -> None:
        """Has the next run note when and where its workgroups run, for `timings`."""
        self.spans = np.zeros(self.graph.command_buffer.span_count, SPAN)
        self.header["spans"] = self.spans.ctypes.data
        self.header["profile"] = 1

    def failure(self) -> InternalError | None:
        """What went wrong in the last run."""
        error = int(self.state[19])
        if error:
            index, status = (error >> 32) - 1, error & 0xFFFFFFFF
            executable, entry, _ = self.graph.command_buffer.name_of(index)
            what = (
                "no memory for its workgroup-local memory" if status == 12 else f"status {status}"
            )
            return InternalError(
                "IX305", f"dispatch {index} ({executable}::{entry}) failed: {what}"
            )
        if int(self.state[20]) & 0xFFFFFFFF:
            return InternalError("IX207", "the execution was interrupted")
        return None

    def timings(self) -> Callable[[], Iterator[DispatchTiming]]:
        """Of the last run, after `note_times`: what makes every command in recorded order."""
        self.header["profile"] = 0
        return functools.partial(_timings, self.graph.command_buffer, self.spans)


def _timings(command_buffer: CPUCommandBuffer, noted: np.ndarray) -> Iterator[DispatchTiming]:
    starts = command_buffer.records["first_span"].tolist()
    for index, (first, last) in enumerate(itertools.pairwise([*starts, len(noted)])):
        rows = noted[first:last].tolist()
        chunk = int(command_buffer.records["chunk"][index])
        spans = tuple(
            WorkgroupSpan(worker, number * chunk, begin, end)
            for number, (begin, end, worker, _) in enumerate(rows)
            if end
        )
        start = min((s.start_ns for s in spans), default=0)
        end = max((s.end_ns for s in spans), default=0)
        yield DispatchTiming(*command_buffer.name_of(index), start, end, spans=spans)
