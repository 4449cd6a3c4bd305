# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""WebGPU's buffers as blocks: storage that kernels use, and buffers that the host reads through.

The host sees no storage: uploads are queued, what is read is copied to a mapped buffer (`READ`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iree_explore.hal.blocks import BlockPool

if TYPE_CHECKING:
    from iree_explore.targets.webgpu.device import Device

STORAGE, READ = "storage", "read"


@dataclass(frozen=True)
class Block:
    """A `GPUBuffer`; no two have a `serial`."""

    buffer: Any
    size: int
    kind: str
    serial: int


class MemoryPool(BlockPool):
    """All blocks of a device; safe for many threads."""

    def __init__(self, device: Device) -> None:
        super().__init__()
        self._device = device
        self._alive_buffers: dict[int, Any] = {}
        """By serial: the collector would release a buffer that only a cycle refers to, whose block
        comes back to the pool from the same cycle."""

    def _make(self, size: int, kind: str) -> Block:
        buffer = self._device.create_buffer(size, kind == READ)
        block = Block(buffer, size, kind, next(self.serials))
        self._alive_buffers[block.serial] = buffer
        return block

    def _release(self, block: Block) -> None:
        del self._alive_buffers[block.serial]
        block.buffer.destroy()

    def _describe(self) -> tuple[str, str]:
        most = self._device.limits["max-buffer-size"]
        return self._device.name, f"one buffer has at most {most}"
