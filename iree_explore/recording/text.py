# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text of any step, assembled from the op versions alive at it.

`Outline` is the tree of what is alive at one step; `lines` prints it, each line with the op that
owns it, so that text can be linked to ops. The front end does the same in TypeScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from iree_explore.errors import ModelError
from iree_explore.recording.model import Recording

_REGION = re.compile("\x01(\\d+)(t?)((?:\x03[^\x02\x03]*)*)\x02")
_DEPTH = 200


@dataclass(frozen=True)
class Line:
    """One line of text; `op` is the op that it belongs to."""

    text: str
    op: int


@dataclass
class Outline:
    """The ops alive at one step: `alive` maps op id to version index, `roots` have no parent,
    `children` maps (op, region, block) to version indices in order."""

    recording: Recording
    step: int
    alive: dict[int, int] = field(default_factory=dict)
    roots: list[int] = field(default_factory=list)
    children: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)

    def inside(self, op: int) -> Iterator[int]:
        """Op ids directly inside `op`, in order."""
        regions = self._regions.get(op, ())
        ops = self.recording.versions.op
        for key in regions:
            for index in self.children[key]:
                yield ops[index]

    def walk(self, op: int | None = None) -> Iterator[int]:
        """Op ids from `op` (default: the roots) downward, in textual order."""
        ops = self.recording.versions.op
        stack = [ops[i] for i in reversed(self.roots)] if op is None else [op]
        while stack:
            at = stack.pop()
            yield at
            stack.extend(reversed(list(self.inside(at))))

    def symbol(self, name: str) -> int | None:
        """The id of the first op that defines symbol `name`."""
        v, strings = self.recording.versions, self.recording.strings
        for op, index in self.alive.items():
            if strings[v.symbol[index]] == name:
                return op
        return None

    def named(self, name: str) -> list[int]:
        """Ids of the alive ops called `name` ("flow.dispatch"), in textual order."""
        v, strings = self.recording.versions, self.recording.strings
        return [op for op in self.walk() if strings[v.name[self.alive[op]]] == name]

    def __post_init__(self) -> None:
        v = self.recording.versions
        self.alive = self.recording.alive(self.step)
        groups: dict[tuple[int, int, int], list[int]] = {}
        for op, index in self.alive.items():
            parent = v.parent[index]
            if parent == 0:
                self.roots.append(index)
            elif parent in self.alive and parent != op:
                groups.setdefault((parent, v.region[index], v.block[index]), []).append(index)
        for key in sorted(groups):
            self.children[key] = sorted(groups[key], key=lambda i: v.order[i])
        self._regions: dict[int, list[tuple[int, int, int]]] = {}
        for key in self.children:
            self._regions.setdefault(key[0], []).append(key)


def lines(outline: Outline, op: int | None = None) -> list[Line]:
    """The text of `op` (default: the whole module) at the outline's step, line by line."""
    roots = outline.roots if op is None else [outline.alive[op]]
    found: list[Line] = []
    for index in roots:
        _print(outline, index, 0, found)
    return found


def assemble(recording: Recording, step: int = -1, op: int | None = None) -> str:
    """The text of a step (default: the last), or of one op in it."""
    outline = Outline(recording, step)
    return "\n".join(line.text for line in lines(outline, op)) + "\n"


def _print(outline: Outline, index: int, depth: int, out: list[Line]) -> None:
    if depth > _DEPTH:
        raise ModelError("IX501", f"ops nested more than {_DEPTH} deep in a recording")
    recording = outline.recording
    op = recording.versions.op[index]
    indent = "  " * depth
    template = recording.strings[recording.versions.text[index]]
    current = indent
    at = 0
    printed: set[int] = set()
    for match in _REGION.finditer(template):
        current = _text(out, op, current, template[at : match.start()], indent)
        at = match.end()
        region = int(match[1])
        if region in printed:
            current += "{…}"
            continue
        printed.add(region)
        out.append(Line(current + "{", op))
        for block, header in enumerate(match[3].split("\x03")[1:]):
            if header:
                out.append(Line(indent + header, op))
            members = outline.children.get((op, region, block), [])
            for member in members[:-1] if match[2] else members:
                _print(outline, member, depth + 1, out)
        current = indent + "}"
    out.append(Line(_text(out, op, current, template[at:], indent), op))


def _text(out: list[Line], op: int, current: str, text: str, indent: str) -> str:
    """Appends `text` to the line being written; whole lines go to `out`."""
    first, *rest = text.split("\n")
    current += first
    for line in rest:
        out.append(Line(current, op))
        current = indent + line
    return current
