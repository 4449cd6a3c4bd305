# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Executions of command buffers in a WebGPU device's queue, and how long their commands took.

Times are of the device's clock where it has timestamp queries. Elsewhere each command of a profiled
execution is submitted by itself and waited for: times of the host's clock, and said so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.hal.queue_device import Execution, name_of
from iree_explore.hal.runtime import Buffer, DispatchTiming, Fence, Profile
from iree_explore.targets.webgpu.commands import encode, encode_timed
from iree_explore.targets.webgpu.device import MOST_QUERIES
from iree_explore.targets.webgpu.memory import READ

if TYPE_CHECKING:
    from iree_explore.targets.webgpu.commands import WebGPUCommandBuffer
    from iree_explore.targets.webgpu.driver import WebGPUDevice

DEVICE_CLOCK, HOST_CLOCK = "device timestamp", "host clock"


class Submission(Execution):
    """One execution in flight."""

    def __init__(
        self,
        device: WebGPUDevice,
        command_buffer: WebGPUCommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence | None,
        profile: Profile | None,
    ) -> None:
        super().__init__(device, bindings, signal, profile)
        self._owner = device
        self._command_buffer = command_buffer
        self._instance = command_buffer.take([device.block(buffer) for buffer in bindings])
        self._queries: list[tuple[Any, int]] = []
        self._spans: list[tuple[int, int]] = []

    def start(self) -> int:
        """Records and submits; the caller holds the device's lock."""
        logical = self._owner.logical
        if self._profile is not None and not logical.timestamps:
            return self._started_one_by_one()
        encoder = logical.handle.create_command_encoder()
        if self._profile is None:
            encode(encoder, [step for steps in self._instance.steps for step in steps])
        else:
            self._encode_timed(encoder)
        return logical.submit(encoder)

    def _encode_timed(self, encoder: Any) -> None:
        """Every command between timestamps, which end in buffers that `_timings` reads."""
        logical, steps = self._owner.logical, self._instance.steps
        usage = logical.provider.api.BufferUsage
        for begin in range(0, len(steps), MOST_QUERIES // 2):
            part = steps[begin : begin + MOST_QUERIES // 2]
            count = 2 * len(part)
            with logical.provider.guarded(f"{logical.name}: cannot be profiled"):
                queries = logical.handle.create_query_set(type="timestamp", count=count)
                found = logical.handle.create_buffer(
                    size=8 * count, usage=usage.QUERY_RESOLVE | usage.COPY_SRC
                )
            for number, of_one in enumerate(part):
                encode_timed(encoder, of_one, queries, 2 * number)
            encoder.resolve_query_set(queries, 0, count, found, 0)
            self._queries.append((found, 8 * count))

    def _started_one_by_one(self) -> int:
        logical = self._owner.logical
        value = logical.submitted
        for steps in self._instance.steps:
            encoder = logical.handle.create_command_encoder()
            encode(encoder, steps)
            begin = time.perf_counter_ns()
            value = logical.submit(encoder)
            logical.wait(value)
            self._spans.append((begin, time.perf_counter_ns()))
        return value

    def _give_back(self) -> None:
        self._command_buffer.give(self._instance)

    def _timings(self) -> list[DispatchTiming]:
        logical = self._owner.logical
        clock, spans = HOST_CLOCK, list(self._spans)
        for found, nbytes in self._queries:
            clock = DEVICE_CLOCK
            through = self._owner.memory.take(nbytes + 8, READ)
            data = logical.read(found, 0, nbytes, through.block.buffer)
            begins, ends = data.view(np.uint64).astype(np.int64).reshape(-1, 2).T
            spans += zip(begins.tolist(), ends.tolist(), strict=True)
            found.destroy()
        self._queries.clear()
        return [
            DispatchTiming(*name_of(command), begin, end, clock)
            for command, (begin, end) in zip(self._command_buffer.commands, spans, strict=True)
        ]
