# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The memory of intermediate results, read off a recording's stream phase: how much, what when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iree_explore.recording.model import OpVersion, Recording
from iree_explore.recording.text import Outline
from iree_explore.shapes.expressions import evaluate

_CONSTANT = re.compile(r"arith\.constant (\d+) : index")


def transient_text(recording: Recording) -> str:
    """One clause: the bytes of the largest slab of transients; "" before phase stream is done."""
    phase = next((p for p in recording.phases if p.name == "stream"), None)
    if phase is None or phase.step < 0 or phase.state != "done":
        return ""
    versions, strings, step = recording.versions, recording.strings, phase.step
    sizes: list[str] = []
    constants: dict[str, int] = {}
    for index, birth in enumerate(versions.birth):
        death = versions.death[index]
        if birth > step or 0 <= death <= step:
            continue
        name = strings[versions.name[index]]
        if name == "arith.constant":
            value = _CONSTANT.search(strings[versions.text[index]])
            if value is not None:
                constants[str(versions.op[index])] = int(value[1])
        elif name == "stream.resource.alloca":
            types = [strings[t] for t in recording.type_lists[versions.types[index]]]
            if types == ["!stream.resource<transient>"]:
                sizes.append(versions.operands[index])
    if not sizes:
        return "no transients"
    known = [constants[size] for size in sizes if size in constants]
    if len(known) < len(sizes):
        return "bytes of transients depend on the call"
    return f"{max(known):,} bytes of transients"


@dataclass(frozen=True)
class Lifetime:
    """A range of a slab from the command that fills it to the last one that reads it.

    `first` and `last` are positions in the slab's commands; `ops` the ids of those that use it, the
    one that fills it first; `name` says what that one is.
    """

    name: str
    offset: int
    nbytes: int
    first: int
    last: int
    ops: tuple[int, ...]


@dataclass(frozen=True)
class Slab:
    """The transient memory of one execution region. `op` allocates it, `commands` are (op id,
    name) of what runs there, in order, `lifetimes` what the slab holds when."""

    op: int
    nbytes: int
    commands: tuple[tuple[int, str], ...]
    lifetimes: tuple[Lifetime, ...]

    @property
    def live_nbytes(self) -> tuple[int, ...]:
        """Bytes in use while each command runs."""
        return tuple(
            sum(x.nbytes for x in self.lifetimes if x.first <= i <= x.last)
            for i in range(len(self.commands))
        )


_ACCESSES = re.compile(r'bindings "(\w*)"')
_COMMANDS = ("stream.cmd.dispatch", "stream.cmd.fill", "stream.cmd.copy")


def slabs(recording: Recording) -> tuple[Slab, ...]:
    """What the transient memory of the program holds when, one slab an execution region, largest
    first; of unknown sizes that of the sample inputs, else of size 1. Empty before phase stream.

    `widgets/src/memory/data.ts` computes the same in the page.
    """
    phase = next((p for p in recording.phases if p.name == "stream"), None)
    if phase is None or phase.step < 0 or phase.state != "done":
        return ()
    reader = _Reader(recording, Outline(recording, phase.step))
    found = [slab for op in reader.outline.named("stream.cmd.execute") for slab in reader.of(op)]
    return tuple(sorted(found, key=lambda slab: -slab.nbytes))


class _Reader:
    """Reads commands and the numbers that they refer to off one step."""

    def __init__(self, recording: Recording, outline: Outline) -> None:
        self.recording, self.outline = recording, outline
        self.shapes = recording.shapes
        versions = self.shapes.versions if self.shapes else None
        self.lists = (
            dict(zip(versions.version, versions.list, strict=True)) if versions is not None else {}
        )
        self.known: dict[int, dict[str, int]] = {}

    def version(self, op: int) -> OpVersion:
        return self.recording.version(self.outline.alive[op])

    def of(self, region: int) -> list[Slab]:
        """The slabs that the commands of one region use."""
        commands = [op for op in self.outline.walk(region) if self.version(op).name in _COMMANDS]
        uses: dict[str, list[tuple[int, str, int, int]]] = {}
        for position, op in enumerate(commands):
            for value, access, offset, length in self._ranges(self.version(op)):
                if self._transient(value):
                    uses.setdefault(value, []).append((position, access, offset, length))
        names = tuple((op, self._name(op)) for op in commands)
        return [self._slab(value, names, found) for value, found in uses.items()]

    def _slab(
        self, value: str, commands: tuple[tuple[int, str], ...],
        uses: list[tuple[int, str, int, int]],
    ) -> Slab:  # fmt: skip
        op = int(value.partition("#")[0])
        open_: dict[tuple[int, int], tuple[int, list[int]]] = {}
        done: list[Lifetime] = []

        def close(place: tuple[int, int]) -> None:
            first, positions = open_.pop(place)
            ids = dict.fromkeys(commands[p][0] for p in positions)
            name = commands[first][1]
            done.append(Lifetime(name, *place, first, positions[-1], tuple(ids)))

        for position, access, offset, length in uses:
            place = (offset, length)
            if access == "w":
                for other in [o for o in open_ if o[0] < offset + length and offset < sum(o)]:
                    if not (open_[other][0] == position and other != place):
                        close(other)
                open_[place] = (position, [position])
            else:
                inside = [o for o in open_ if o[0] < offset + length and offset < sum(o)]
                for other in inside:
                    open_[other][1].append(position)
                if not inside:
                    open_[place] = (position, [position])
        for place in list(open_):
            close(place)
        done.sort(key=lambda x: (x.first, x.offset))
        (size,) = self.version(op).operands[:1] or ("",)
        return Slab(op, self._number(size), commands, tuple(done))

    def _ranges(self, version: OpVersion) -> list[tuple[str, str, int, int]]:
        """(resource, access, offset, length) of what a command touches."""
        operands = version.operands
        if version.name == "stream.cmd.dispatch":
            match = _ACCESSES.search(version.text)
            accesses = match[1] if match else ""
            n = len(accesses)
            bound, offsets, lengths = (
                operands[-3 * n : -2 * n],
                operands[-2 * n : -n],
                operands[-n:],
            )
            return [
                (value, access, self._number(offset), self._number(length))
                for value, access, offset, length in zip(
                    bound, accesses, offsets, lengths, strict=True
                )
            ] if n else []  # fmt: skip
        if version.name == "stream.cmd.fill":
            _, target, offset, length = operands
            return [(target, "w", self._number(offset), self._number(length))]
        source, source_offset, target, target_offset, length = operands
        size = self._number(length)
        return [(source, "r", self._number(source_offset), size),
                (target, "w", self._number(target_offset), size)]  # fmt: skip

    def _transient(self, value: str) -> bool:
        number = value.partition("#")[0]
        if not number.isdigit() or int(number) not in self.outline.alive:
            return False
        return self.version(int(number)).types == ("!stream.resource<transient>",)

    def _number(self, value: str) -> int:
        """The number that an index value has; 0 if nothing tells."""
        number = value.partition("#")[0]
        if not number.isdigit() or int(number) not in self.outline.alive:
            return 0
        index = self.outline.alive[int(number)]
        constant = _CONSTANT.search(self.recording.version(index).text)
        if constant is not None:
            return int(constant[1])
        sizes = self.shapes.lists[self.lists[index]] if self.shapes and index in self.lists else ()
        return self._size(sizes[0]) if sizes and sizes[0] >= 0 else 0

    def _size(self, index: int) -> int:
        assert self.shapes is not None
        function = self.shapes.sizes.function[index]
        if function not in self.known:
            self.known[function] = {
                s.name: s.sample if s.sample >= 0 else max(s.low, 1)
                for s in self.shapes.symbols if s.function == function
            }  # fmt: skip
            for s in self.shapes.symbols:
                if s.function == function and s.solved >= 0:
                    text = self.shapes.sizes.text[s.solved]
                    self.known[function][s.name] = evaluate(text, self.known[function])
        return evaluate(self.shapes.sizes.text[index], self.known[function])

    def _name(self, op: int) -> str:
        version = self.version(op)
        entry = re.search(r"@[\w$.-]+(?:::@[\w$.-]+)*", version.text)
        return entry[0].rpartition("@")[2] if entry else version.name.rpartition(".")[2]
