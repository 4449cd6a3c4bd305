# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`SymbolicSizes`: asks a recording about unknown sizes, and evaluates them: `session.shapes`.

    session.shapes.symbols                     # batch: dimension 0 of image, ...
    session.shapes.of(op)                      # what stands for the ? of its results
    session.shapes.evaluate({"batch": 8})      # shapes, work and memory of one call, as numbers

The one idea: everything is a function of the recording's texts, so a saved recording answers as a
session does, and as the explorer computes in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from iree_explore.errors import ModelError
from iree_explore.recording.model import OpVersion, Recording
from iree_explore.recording.shape_records import COORDINATES, Shapes, ShapeSymbol
from iree_explore.recording.text import Outline
from iree_explore.shapes.expressions import evaluate

_SHAPED = re.compile(r"(?:tensor|memref)<((?:[\d?]+x)+)")
_NAME = re.compile(r"(\d+)(?:#(\d+))?|b(\d+)_(\d+)")

Shape = tuple[int | None, ...]
"""Sizes as numbers; None where only the data of a call tells."""


@dataclass(frozen=True)
class ResultSizes:
    """One result of an op: its type, and what stands for each `?` in it (None: not known). A
    resource or buffer has one size more, its bytes; a host integer one, its value."""

    type: str
    sizes: tuple[str | None, ...]

    def __str__(self) -> str:
        left = [size or "?" for size in self.sizes]
        match = _SHAPED.search(self.type)
        if match is None:
            return f"{self.type} [{', '.join(left)}]" if left else self.type
        stated = [left.pop(0) if n == "?" and left else n for n in match[1][:-1].split("x")]
        shown = "x".join(f"({n})" if re.search(r"\W", n) and n != "?" else n for n in stated)
        return f"{self.type[: match.start(1)]}{shown}x{self.type[match.end(1) :]}"


@dataclass(frozen=True)
class DispatchNumbers:
    """One dispatch at one size: None is what is not known."""

    op: int
    name: str
    workgroups: tuple[int, int, int] | None
    flops: int | None
    nbytes: int | None


@dataclass(frozen=True, repr=False)
class Evaluation:
    """One call in numbers. `flops` and `nbytes` are sums over the dispatches (each counted once,
    those in loops too); `memory` the bytes of arguments, constants and results, by kind;
    `peak_transient_nbytes` the largest slab. None is what only the data of a call tells."""

    function: str
    sizes: dict[str, int]
    arguments: dict[str, Shape]
    results: tuple[Shape, ...]
    dispatches: tuple[DispatchNumbers, ...]
    flops: int | None
    nbytes: int | None
    memory: dict[str, int | None]
    peak_transient_nbytes: int | None
    _of: Callable[[int], tuple[Shape, ...]] = field(repr=False)

    def of(self, op: int | OpVersion) -> tuple[Shape, ...]:
        """The sizes of each result of an op that is a tensor or memref."""
        return self._of(op.op if isinstance(op, OpVersion) else op)

    def __repr__(self) -> str:
        def row(shapes: Iterable[Shape]) -> str:
            return ", ".join("x".join("?" if n is None else str(n) for n in s) for s in shapes)

        sizes = ", ".join(f"{name} = {n}" for name, n in self.sizes.items())
        return (
            f"{self.function} with {sizes}: ({row(self.arguments.values())}) -> "
            f"({row(self.results)}), {len(self.dispatches)} dispatches, "
            f"{_number(self.flops)} FLOPs, {_number(self.nbytes)} bytes bound, "
            f"peak of transient memory {_number(self.peak_transient_nbytes)} bytes"
        )


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


class SymbolicSizes:
    """What a recording knows of unknown sizes; `symbols` is empty if the program has none."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.shapes = recording.shapes or Shapes()

    @property
    def symbols(self) -> tuple[ShapeSymbol, ...]:
        """Every symbol of the exported functions: where it comes from, its bounds, its sample."""
        hosts = {a.function for a in self.shapes.arguments}
        return tuple(s for s in self.shapes.symbols
                     if s.function in hosts and s.name not in COORDINATES)  # fmt: skip

    @property
    def functions(self) -> tuple[str, ...]:
        """The exported functions with unknown sizes."""
        hosts = {a.function for a in self.shapes.arguments}
        return tuple(self.shapes.functions[i] for i in sorted(hosts))

    def of(self, op: int | OpVersion, step: int | None = None) -> tuple[ResultSizes, ...]:
        """What stands for the `?` of each result of an op: as it was at `step`, else at last.

        Raises `KeyError` for an op that the recording does not have (at that step).
        """
        version = self._version(op, step)
        left = list(self._indices(version.index))
        return tuple(
            ResultSizes(t, tuple(self._text(left.pop(0)) if left else None for _ in range(n)))
            for t, n in zip(version.types, map(_places, version.types), strict=True)
        )

    def evaluate(
        self, sizes: Mapping[str, int] | None = None, function: str | None = None
    ) -> Evaluation:
        """One call of an exported function (default: the first with unknown sizes) in numbers.

        `sizes` has the sizes of its symbols; those left out are as in the sample inputs or the
        first run. Raises `ModelError` IX302 for sizes that are missing, unknown or that the
        function does not take.
        """
        number = self._function(function)
        known = self._values(number, sizes or {})
        numbers = _Numbers(self.shapes, number, known)
        shapes = self.shapes
        arguments = {
            a.name: _shape(a.type, map(numbers.at, shapes.lists[a.list]))
            for a in shapes.arguments
            if a.function == number
        }
        dispatches = tuple(
            DispatchNumbers(d.op, d.name, _workgroups(map(numbers.at, d.workgroups)),
                            numbers.at(d.flops), numbers.at(d.bytes))
            for d in shapes.dispatches
            if d.function == number
        )  # fmt: skip
        memory: dict[str, list[int | None]] = {"argument": [], "constant": [], "result": []}
        slabs: list[int | None] = []
        for allocation in shapes.allocations:
            if allocation.function == number:
                place = memory.get(allocation.kind, slabs)
                place.append(numbers.at(allocation.bytes))
        return Evaluation(
            shapes.functions[number],
            known,
            arguments,
            tuple(self._results(shapes.functions[number], numbers, arguments)),
            dispatches,
            _total(d.flops for d in dispatches),
            _total(d.nbytes for d in dispatches),
            {kind: _total(parts) for kind, parts in memory.items()},
            None if None in slabs else max((n for n in slabs if n is not None), default=0),
            lambda op: self._shapes_of(self._version(op, None), numbers),
        )

    # -- inside

    @cached_property
    def _lists(self) -> dict[int, int]:
        versions = self.shapes.versions
        return dict(zip(versions.version, versions.list, strict=True))

    def _indices(self, version: int) -> Sequence[int]:
        index = self._lists.get(version)
        return () if index is None else self.shapes.lists[index]

    def _text(self, index: int) -> str | None:
        return None if index < 0 else self.shapes.sizes.text[index]

    def _version(self, op: int | OpVersion, step: int | None) -> OpVersion:
        if isinstance(op, OpVersion) and step is None:
            return op
        number = op.op if isinstance(op, OpVersion) else op
        versions = self.recording.versions_of(number)
        if step is not None:
            alive = self.recording.alive(step)
            return self.recording.version(alive[number])
        if not versions:
            raise KeyError(f"the recording has no op {number}")
        return versions[-1]

    def _function(self, name: str | None) -> int:
        names = self.functions
        if not names or (name is not None and name not in names):
            raise ModelError(
                "IX304", f"no exported function {name or ''} with unknown sizes",
                because=f"those that have some are {', '.join(names)}" if names else None,
            )  # fmt: skip
        return list(self.shapes.functions).index(name or names[0])

    def _values(self, function: int, given: Mapping[str, int]) -> dict[str, int]:
        """Sizes of all symbols of a function that are known, in order."""
        symbols = [s for s in self.shapes.symbols if s.function == function]
        names = [s.name for s in symbols]
        problems = [f"no symbol {name!r}: there are {', '.join(names)}" for name in given
                    if name not in names]  # fmt: skip
        known: dict[str, int] = {}
        for s in symbols:
            if s.solved < 0:
                value = given.get(s.name, s.sample)
                if value >= 0 or s.name in given:
                    known[s.name] = value
                elif s.kind == "input":
                    problems.append(f"{s.name} has no size: {s.place}")
        if not problems:
            problems += self._solve(symbols, given, known)
            problems += [p for s in symbols if s.name in known for p in _outside(s, known[s.name])]
            problems += self._unequal(function, known)
        if problems:
            raise ModelError(
                "IX302", problems[0], because="; ".join(problems[1:]) or None,
                hint="evaluate({" + ", ".join(f'"{s.name}": 4' for s in symbols
                                              if s.kind == "input" and s.solved < 0) + "})",
            )  # fmt: skip
        return {name: known[name] for name in names if name in known}

    def _solve(
        self, symbols: Sequence[ShapeSymbol], given: Mapping[str, int], known: dict[str, int]
    ) -> list[str]:
        """Fills in the symbols that equal expressions of others; what is given otherwise."""
        problems = []
        numbers = _Numbers(self.shapes, symbols[0].function if symbols else 0, dict(known))
        for s in symbols:
            if s.solved >= 0 and (value := numbers.at(s.solved)) is not None:
                known[s.name] = value
                if given.get(s.name, value) != value:
                    text = self.shapes.sizes.text[s.solved]
                    problems.append(f"{s.name} is {text}, {value} here, not {given[s.name]}")
        return problems

    def _unequal(self, function: int, known: dict[str, int]) -> list[str]:
        numbers = _Numbers(self.shapes, function, known)
        text, found = self.shapes.sizes.text, []
        for e in self.shapes.equations:
            left, right = numbers.at(e.left), numbers.at(e.right)
            if e.function == function and None not in (left, right) and left != right:
                found.append(f"{text[e.left]} is {left}, {text[e.right]} is {right}: {e.place}")
        return found

    def _shapes_of(self, version: OpVersion, numbers: _Numbers) -> tuple[Shape, ...]:
        left = list(self._indices(version.index))
        found = []
        for type_ in version.types:
            sizes = [numbers.at(left.pop(0)) if left else None for _ in range(_places(type_))]
            if _SHAPED.search(type_) or "tensor<" in type_ or "memref<" in type_:
                found.append(_shape(type_, sizes))
        return tuple(found)

    def _results(
        self, function: str, numbers: _Numbers, arguments: Mapping[str, Shape]
    ) -> Iterable[Shape]:
        """The shapes of what the function returns, as in the stage that was imported."""
        recording = self.recording
        if not recording.steps or not recording.phases:
            return
        outline = Outline(recording, max(recording.phases[0].step, 0))
        owner = outline.symbol(function)
        children = [] if owner is None else outline.children.get((owner, 0, 0), [])
        if not children:
            return
        for name in recording.version(children[-1]).operands:
            match = _NAME.fullmatch(name)
            if match is None:
                return
            if match[1] is None:
                yield list(arguments.values())[int(match[4])]
            else:
                version = recording.version(outline.alive[int(match[1])])
                yield self._shapes_of(version, numbers)[int(match[2] or 0)]


class _Numbers:
    """Sizes of one function as numbers, each evaluated once."""

    def __init__(self, shapes: Shapes, function: int, known: Mapping[str, int]) -> None:
        self.shapes, self.function, self.known = shapes, function, known
        self.names = {s.name for s in shapes.symbols if s.function == function}
        self.found: dict[int, int | None] = {-1: None}

    def at(self, index: int) -> int | None:
        """Size `index`; None if it is another function's, or depends on what is not known."""
        if index not in self.found:
            text = self.shapes.sizes.text[index]
            mine = self.shapes.sizes.function[index] == self.function
            needed = self.names.intersection(re.findall(r"[A-Za-z_][\w.$]*", text))
            able = mine and needed <= self.known.keys()
            self.found[index] = evaluate(text, self.known) if able else None
        return self.found[index]


def _places(type_: str) -> int:
    """How many sizes a version's list has for a result of this type."""
    if type_.startswith(("!stream.resource", "!hal.buffer")) and "view" not in type_:
        return 1
    if type_ == "index" or (re.fullmatch(r"i\d+", type_) and type_ != "i1"):
        return 1
    match = _SHAPED.search(type_)  # what is unknown of a memref's layout is not listed
    return match[1].count("?") if match else 0


def _shape(type_: str, sizes: Iterable[int | None]) -> Shape:
    match = _SHAPED.search(type_)
    left = iter(sizes)
    stated = match[1][:-1].split("x") if match else []
    return tuple(next(left, None) if n == "?" else int(n) for n in stated)


def _workgroups(counts: Iterable[int | None]) -> tuple[int, int, int] | None:
    found = list(counts)
    if len(found) != 3 or None in found:
        return None
    return (found[0], found[1], found[2])  # pyright: ignore[reportReturnType]


def _total(parts: Iterable[int | None]) -> int | None:
    found = list(parts)
    return None if None in found else sum(n for n in found if n is not None)


def _outside(symbol: ShapeSymbol, value: int) -> Iterable[str]:
    """What is wrong with a symbol's size."""
    if value < symbol.low or 0 <= symbol.high < value:
        end = "" if symbol.high < 0 else f" and at most {symbol.high}"
        yield f"{symbol.name} is {value}; it is at least {symbol.low}{end}"
    elif value % symbol.divisor:
        yield f"{symbol.name} is {value}, not a multiple of {symbol.divisor}"
