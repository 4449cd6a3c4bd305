# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text of kernels for people, joined to ops: SPIR-V without its debug lines, which say for each
instruction the id of the op that it is from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from iree_explore.targets.spirv.disassemble import disassemble

_LINE = re.compile(r"\s*OpLine %\S+ (\d+) \d+")
_END = re.compile(r"\s*(OpNoLine|OpFunctionEnd|OpLabel|%\S+ = OpLabel)\b")


def listing(code: bytes) -> tuple[str, list[int]]:
    """The disassembly of a module whose `OpLine`s are op ids, and the id of each of its lines (0:
    of no op)."""
    lines: list[str] = []
    ids: list[int] = []
    op = 0
    for line in disassemble(code).splitlines():
        if found := _LINE.match(line):
            op = int(found[1])
            continue
        if _END.match(line):
            op = 0
        if line.strip() == "OpNoLine":
            continue
        lines.append(line)
        ids.append(op)
    return "\n".join(lines) + "\n", ids


class Listing:
    """The text of several kernels, one after the other."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._ids: list[int] = []

    def add(self, title: str, text: str, ids: Sequence[int]) -> None:
        """Appends a kernel's text under a title; `ids` are the ops of its lines."""
        if self._lines:
            self._lines.append("")
            self._ids.append(0)
        lines = text.splitlines()
        self._lines += [title, *lines]
        self._ids += [0, *ids, *[0] * (len(lines) - len(ids))]

    @property
    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    @property
    def line_ops(self) -> tuple[tuple[int, int], ...]:
        """Pairs of a line, from 1, and the op that it is from."""
        return tuple((line, op) for line, op in enumerate(self._ids, 1) if op)
