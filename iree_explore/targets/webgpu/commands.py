# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""HAL command buffers on WebGPU, whose own command buffers run once: they are encoded each time.

An `Instance` is what stays the same from one execution to the next: the steps of every command with
their bind groups, for one table of blocks. Encoding it is a few calls a dispatch. WebGPU orders the
dispatches itself. A dispatch whose buffers it would refuse (a part is read, another written) runs
in the form of its pipeline that may write all; where ranges overlap as well, what is read is
copied away first.
"""

from __future__ import annotations

import itertools
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iree_explore.errors import InternalError
from iree_explore.hal.blocks import Allocation
from iree_explore.hal.command_buffer import Binding, Copy, Dispatch, Fill
from iree_explore.hal.queue_device import QueueCommandBuffer
from iree_explore.hal.runtime import Buffer
from iree_explore.targets.webgpu import builtins
from iree_explore.targets.webgpu.memory import STORAGE, Block

if TYPE_CHECKING:
    from iree_explore.targets.webgpu.device import Pipeline
    from iree_explore.targets.webgpu.driver import WebGPUDevice

IDLE = 8
"""Instances, each for a table of blocks, that a command buffer keeps."""


@dataclass(frozen=True)
class Run:
    """A grid of workgroups."""

    pipeline: Any
    group: Any
    constants: bytes
    workgroups: tuple[int, int, int]


@dataclass(frozen=True)
class Move:
    """A copy of whole words between two buffers."""

    source: Any
    source_offset: int
    target: Any
    target_offset: int
    nbytes: int


@dataclass(frozen=True)
class Clear:
    """Whole words that become 0."""

    target: Any
    offset: int
    nbytes: int


Step = Run | Move | Clear


@dataclass
class Part:
    """What a dispatch binds: bytes of a block, and whether it writes them."""

    block: Block
    offset: int
    size: int
    written: bool
    bound: int = 0
    """Bytes that are the binding's: 0 for an empty one, which is bound to something."""

    def overlaps(self, other: Part) -> bool:
        return (
            self.block is other.block
            and self.offset < other.offset + other.size
            and other.offset < self.offset + self.size
        )


class WebGPUCommandBuffer(QueueCommandBuffer):
    """Commands of a WebGPU device; `take` an instance to encode, `give` it back when it is done."""

    def __init__(self, device: WebGPUDevice, binding_capacity: int) -> None:
        limits = device.logical.limits
        most = limits["max-compute-workgroups-per-dimension"]
        longest = limits["max-storage-buffer-binding-size"]
        super().__init__(device, binding_capacity, (most,) * 3, longest)
        self.device = device
        self._idle: list[Instance] = []
        self._lock = threading.Lock()

    def take(self, blocks: Sequence[Block]) -> Instance:
        """The steps for `blocks`, one a slot."""
        serials = [block.serial for block in blocks]
        with self._lock:
            for index, instance in enumerate(self._idle):
                if instance.serials == serials:
                    return self._idle.pop(index)
        return Instance(self, blocks)

    def give(self, instance: Instance) -> None:
        """An instance that is done."""
        with self._lock:
            self._idle.append(instance)
            if len(self._idle) > IDLE:
                self._idle.pop(0)


class Instance:
    """The steps of a command buffer for one table of blocks, a list for each command."""

    def __init__(self, commands: WebGPUCommandBuffer, blocks: Sequence[Block]) -> None:
        self.serials = [block.serial for block in blocks]
        self._device = commands.device
        self._blocks = blocks
        self._kept: list[Allocation] = []
        self.steps = [list(self._steps(command)) for command in commands.commands]
        self._blocks = ()

    def _steps(self, command: Dispatch | Fill | Copy) -> Iterator[Step]:
        if isinstance(command, Dispatch):
            if 0 not in command.workgroups:
                yield from self._dispatch(command)
        elif isinstance(command, Fill):
            if command.target.length:
                yield self._fill(command)
        elif command.source.length:
            yield from self._copy(command)

    def _block(self, binding: Binding) -> Block:
        if isinstance(binding.buffer, Buffer):
            return self._device.block(binding.buffer)
        return self._blocks[binding.buffer]

    def _scratch(self, nbytes: int) -> Block:
        allocation = self._device.memory.take(nbytes, STORAGE)
        self._kept.append(allocation)
        return allocation.block

    def _dispatch(self, dispatch: Dispatch) -> Iterator[Step]:
        code: Any = dispatch.executable.code
        pipeline: Pipeline = code.pipelines[dispatch.ordinal]
        parts = []
        for number, binding in enumerate(dispatch.bindings):
            written = number not in pipeline.interface.read_only
            size = -(-binding.length // 4) * 4
            if size:
                part = Part(self._block(binding), binding.offset, size, written, size)
            else:  # nothing at all cannot be bound: kernels that get no bytes look at none
                part = Part(self._scratch(16), 0, 16, written)  # a vec4 has to fit
            parts.append(part)
        all_writable = any(
            a.block is b.block and (a.written != b.written or (a.written and a.overlaps(b)))
            for a, b in itertools.combinations(parts, 2)
        )
        if all_writable:
            yield from self._set_apart(dispatch, parts)
        data = struct.pack(f"<{len(dispatch.constants)}I", *dispatch.constants)
        bound = [(part.block.buffer, part.offset, part.size) for part in parts]
        yield self._run(pipeline, all_writable, bound, data, dispatch.workgroups)

    def _set_apart(self, dispatch: Dispatch, parts: list[Part]) -> Iterator[Step]:
        """Has what overlaps with another part read a copy of its own."""
        kept: list[Part] = []
        for part in sorted(parts, key=lambda part: not part.written):
            if any(part.overlaps(other) for other in kept):
                if part.written:
                    raise InternalError(
                        "IX305",
                        f"{dispatch.executable.name}: two bindings write the same bytes "
                        f"{part.offset} to {part.offset + part.size}",
                    )
                away = self._scratch(part.size)
                yield Move(part.block.buffer, part.offset, away.buffer, 0, part.size)
                part.block, part.offset = away, 0
            kept.append(part)

    def _run(
        self, pipeline: Pipeline, all_writable: bool, bound: Sequence[tuple[Any, int, int]],
        constants: bytes, workgroups: tuple[int, int, int],
    ) -> Run:  # fmt: skip
        device = self._device.logical
        form = device.form(pipeline, all_writable)
        with device.lock, device.provider.guarded(f"{device.name}: cannot bind {pipeline.entry}"):
            group = device.handle.create_bind_group(
                layout=form.layout,
                entries=[
                    {"binding": i, "resource": {"buffer": buffer, "offset": offset, "size": size}}
                    for i, (buffer, offset, size) in enumerate(bound)
                ],
            )
        return Run(form.handle, group, constants, workgroups)

    def _fill(self, fill: Fill) -> Step:
        target, block = fill.target, self._block(fill.target)
        if not any(fill.pattern) and not target.offset % 4 and not target.length % 4:
            return Clear(block.buffer, target.offset, target.length)
        base, start = self._based(target.offset)
        words = builtins.Words.of(start, start + target.length)
        constants = builtins.fill_constants(words, start, fill.pattern)
        bound = [(block.buffer, base, 4 * (words.first + words.count))]
        return self._run(
            self._device.builtin("fill"), False, bound, struct.pack("<8I", *constants),
            words.workgroups(),
        )  # fmt: skip

    def _copy(self, copy: Copy) -> Iterator[Step]:
        source, target, length = (
            self._block(copy.source),
            self._block(copy.target),
            copy.source.length,
        )
        first, to = copy.source.offset, copy.target.offset
        aligned = not (first % 4 or to % 4 or length % 4)
        if source is target:  # WebGPU copies between two buffers only
            start, end = first & ~3, -(-(first + length) // 4) * 4
            away = self._scratch(end - start)
            yield Move(source.buffer, start, away.buffer, 0, end - start)
            source, first = away, first - start
        if aligned:
            yield Move(source.buffer, first, target.buffer, to, length)
            return
        base, start = self._based(to)
        source_base, source_start = self._based(first)
        words = builtins.Words.of(start, start + length)
        source_words = (source_start + length - 1) // 4 + 1
        constants = builtins.copy_constants(words, start, source_start, source_words)
        bound = [
            (source.buffer, source_base, 4 * source_words),
            (target.buffer, base, 4 * (words.first + words.count)),
        ]
        yield self._run(
            self._device.builtin("copy"), False, bound, struct.pack("<7I", *constants),
            words.workgroups(),
        )  # fmt: skip

    def _based(self, offset: int) -> tuple[int, int]:
        """Where a binding that has byte `offset` may begin, and the byte's place in it."""
        return offset - offset % self._device.alignment, offset % self._device.alignment


def encode(encoder: Any, steps: Sequence[Step]) -> None:
    """Records steps; dispatches in a row are one pass."""
    opened: Any = None
    pipeline: Any = None
    for step in steps:
        if isinstance(step, Run):
            if opened is None:
                opened, pipeline = encoder.begin_compute_pass(), None
            if pipeline is not step.pipeline:
                pipeline = step.pipeline
                opened.set_pipeline(pipeline)
            run(opened, step)
            continue
        if opened is not None:
            opened.end()
            opened = None
        if isinstance(step, Move):
            encoder.copy_buffer_to_buffer(
                step.source, step.source_offset, step.target, step.target_offset, step.nbytes
            )
        else:
            encoder.clear_buffer(step.target, step.offset, step.nbytes)
    if opened is not None:
        opened.end()


def run(opened: Any, step: Run) -> None:
    """Records a grid in a pass whose pipeline is set."""
    opened.set_bind_group(0, step.group)
    if step.constants:
        opened.set_immediates(0, step.constants, 0, len(step.constants))
    opened.dispatch_workgroups(*step.workgroups)


def encode_timed(encoder: Any, steps: Sequence[Step], queries: Any, first: int) -> None:
    """Records one command between the timestamps `first` and `first + 1`."""
    if len(steps) == 1 and isinstance(step := steps[0], Run):
        times = {"query_set": queries, "beginning_of_pass_write_index": first,
                 "end_of_pass_write_index": first + 1}  # fmt: skip
        opened = encoder.begin_compute_pass(timestamp_writes=times)
        opened.set_pipeline(step.pipeline)
        run(opened, step)
        opened.end()
        return
    for index, between in ((first, steps), (first + 1, ())):
        times = {"query_set": queries, "beginning_of_pass_write_index": index}
        encoder.begin_compute_pass(timestamp_writes=times).end()
        encode(encoder, between)
