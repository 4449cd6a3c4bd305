# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a page needs to run a call: kernels as WGSL, buffers, commands, weights apart.

`Program` becomes JSON (`recording/page_program.py`; `widgets/src/webgpu/program.ts` has the same
types). The bytes, weights, sample inputs and the results recorded for them, are a blob beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMA = "iexplore-webgpu/1"
ALIGNMENT = 16
"""Bytes that the parts of the blob are aligned to."""


@dataclass(frozen=True)
class Part:
    """A range of the blob: bytes of the array `name`, "" if it has none."""

    name: str
    offset: int
    nbytes: int


@dataclass(frozen=True)
class BufferSpec:
    """A buffer and what it starts with: an index into the parts, -1 for anything."""

    nbytes: int
    part: int = -1


@dataclass(frozen=True)
class Kernel:
    """A shader: for each of its bindings whether it only reads it, and how many words of
    constants it takes."""

    name: str
    entry: str
    code: str
    read_only: tuple[bool, ...]
    constants: int


@dataclass(frozen=True)
class Command:
    """`kind` is "dispatch", "fill" or "copy". `ranges` are flat threes: buffer, offset, bytes; a
    copy's are source and target. `pattern` is a fill's bytes in hexadecimal, `name` and `ops` the
    dispatch and the recorded ops that it is."""

    kind: str
    ranges: tuple[int, ...]
    kernel: int = -1
    workgroups: tuple[int, ...] = ()
    constants: tuple[int, ...] = ()
    pattern: str = ""
    name: str = ""
    executable: str = ""
    ops: tuple[int, ...] = ()
    flops: int = -1
    nbytes: int = -1
    element: str = ""


@dataclass(frozen=True)
class Tensor:
    """An argument or result: where it is, and the part that holds its sample or what was recorded
    for the sample (-1: nothing)."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    buffer: int
    part: int = -1


@dataclass(frozen=True)
class Program:
    """One function for one set of shapes: `setup` runs once, `commands` at every call. `recorded`
    says where the results to compare with come from."""

    name: str
    function: str
    target: str
    kernels: tuple[Kernel, ...]
    buffers: tuple[BufferSpec, ...]
    parts: tuple[Part, ...]
    setup: tuple[Command, ...]
    commands: tuple[Command, ...]
    arguments: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    recorded: str = ""
    weights_name: str = ""
    """The file that the blob is in, beside the page; "" if it is inside."""
    schema: str = SCHEMA


@dataclass
class Blob:
    """The bytes beside a program, as they grow."""

    parts: list[Part] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    nbytes: int = 0

    def add(self, name: str, data: bytes) -> int:
        """Appends bytes; returns the index of their part."""
        pad = -self.nbytes % ALIGNMENT
        self.parts.append(Part(name, self.nbytes + pad, len(data)))
        self.chunks += [bytes(pad), data]
        self.nbytes += pad + len(data)
        return len(self.parts) - 1

    def bytes(self) -> bytes:
        """All of it."""
        return b"".join(self.chunks)
