# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR locations in a text, read straight into `provenance.Source`, aliases anywhere in the file.

MLIR prints most `#loc12 = loc(...)` aliases after their uses, and a TensorFlow op's location is a
call stack of fifty frames. `Locations` finds the alias table before parsing and reduces each alias
to one `Source` (layer name, TensorFlow op, the innermost frame in the user's own files), once: no
location attribute is ever built.
"""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from iree_explore.provenance import Source

_ALIAS = re.compile(
    r"\n(#[\w.$-]+) = loc\((?:callsite\((#[\w.$-]+) at (#[\w.$-]+)\)|([^\n]*))\)(?=\n|\Z)", re.ASCII
)
"""An alias, and callee and caller if its definition is nearly all that there is, else the text."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<alias>\#[A-Za-z0-9_$.-]+)"""
    r"""|(?P<number>\d+)|(?P<word>[A-Za-z_][\w.]*)|(?P<mark>[()\[\],:<>]))"""
)

_SHORT = re.compile(
    r"""callsite\((?P<callee>#[\w.$-]+) at (?P<caller>#[\w.$-]+)\)"""
    r"""|"(?P<file>[^"\\]*)":(?P<line>\d+):\d+(?: to :\d+)?"""
    r"""|"(?P<name>[^"\\]*)"\((?P<inner>#[\w.$-]+)\)"""
    r"""|fused\[(?P<first>#[\w.$-]+), (?P<second>#[\w.$-]+)\]"""
)
"""The four forms that nearly all locations have, in one match."""


class Place(NamedTuple):
    """A partly known source; `fresh` is set once a frame of the frontend itself was seen: frames
    outside it belong to whoever called the import, not to the model."""

    layer: str = ""
    op: str = ""
    file: str = ""
    line: int = 0
    fresh: bool = False

    def source(self) -> Source | None:
        """None if nothing is known."""
        if self.layer or self.op or self.file:
            return Source(self.layer, self.file, self.line, self.op)
        return None


NOWHERE = Place()
_FRONTEND = Place(fresh=True)


class Locations:
    """The location aliases of one text; `source(text)` is the `Source` of what `loc(...)` holds."""

    def __init__(self, text: str) -> None:
        rows = _ALIAS.findall(f"\n{text}")
        self._definitions = {row[0]: row for row in rows}
        self._sources: dict[str, Source | None] = {}
        places = self._places = dict[str, Place]()
        known = places.get
        for name, callee, caller, _ in rows:  # mostly after what they use
            outer, inner = known(callee), known(caller)
            if outer is None or inner is None:
                self._alias(name, 0)
            else:
                places[name] = called(outer, inner)
        self._definitions = {}  # all are places by now

    def __contains__(self, alias: str) -> bool:
        return alias in self._places

    def source(self, body: str) -> Source | None:
        """`body` is the text between the parentheses of `loc(...)`; None if it says nothing."""
        if body in self._sources:
            return self._sources[body]
        place = self._places[body] if body in self._places else self._read(body, 0)
        found = self._sources[body] = place.source()
        return found

    def _alias(self, name: str, depth: int) -> Place:
        place = self._places.get(name)
        if place is None:
            definition = self._definitions.get(name)
            if definition is None or depth > 200:
                return NOWHERE
            self._places[name] = NOWHERE  # a cycle ends here
            _, callee, caller, body = definition
            if callee:
                place = called(self._alias(callee, depth + 1), self._alias(caller, depth + 1))
            else:
                place = self._read(body, depth + 1)
            self._places[name] = place
        return place

    def _read(self, body: str, depth: int) -> Place:
        short = _SHORT.fullmatch(body)
        if short is not None:
            callee, caller, file, line, name, inner, first, second = short.groups()
            if callee is not None:
                return called(self._alias(callee, depth + 1), self._alias(caller, depth + 1))
            if file is not None:
                return frame(file, int(line))
            if name is not None:
                return named(name, self._alias(inner, depth + 1))
            return fused(self._alias(part, depth + 1) for part in (first, second))
        tokens = [(m.lastgroup or "", m[m.lastgroup or 0]) for m in _TOKEN.finditer(body)]
        return _Reader(self, tokens, depth).place(0)[0]


class _Reader:
    """Recursive descent over the tokens of one location; malformed text reads as unknown."""

    def __init__(self, table: Locations, tokens: list[tuple[str, str]], depth: int) -> None:
        self.table = table
        self.tokens = tokens
        self.depth = depth

    def peek(self, at: int) -> tuple[str, str]:
        return self.tokens[at] if at < len(self.tokens) else ("", "")

    def place(self, at: int) -> tuple[Place, int]:
        kind, text = self.peek(at)
        self.depth += 1
        if self.depth > 400:
            return NOWHERE, len(self.tokens)
        if kind == "alias":
            return self.table._alias(text, self.depth), at + 1
        if kind == "string":
            return self._string(at, text[1:-1])
        if kind == "word" and text == "callsite":
            callee, at = self.place(at + 2)
            caller, at = self.place(at + 1)
            return called(callee, caller), at + 1
        if kind == "word" and text == "fused":
            return self._fused(at + 1)
        return NOWHERE, at + 1

    def _string(self, at: int, text: str) -> tuple[Place, int]:
        if self.peek(at + 1)[1] == ":" and self.peek(at + 2)[0] == "number":
            line = int(self.peek(at + 2)[1])
            at += 3
            if self.peek(at)[1] == ":" and self.peek(at + 1)[0] == "number":
                at += 2
            if self.peek(at) == ("word", "to"):  # a range: its end adds nothing
                while self.peek(at)[1] in ("to", ":") or self.peek(at)[0] == "number":
                    at += 1
            return frame(text, line), at
        if self.peek(at + 1)[1] == "(":
            inner, at = self.place(at + 2)
            return named(text, inner), at + 1
        return named(text), at + 1

    def _fused(self, at: int) -> tuple[Place, int]:
        if self.peek(at)[1] == "<":
            while at < len(self.tokens) and self.peek(at)[1] != "[":
                at += 1
        parts = []
        while self.peek(at)[1] in ("[", ","):
            part, at = self.place(at + 1)
            parts.append(part)
        return fused(parts), at + 1


def named(text: str, inner: Place = NOWHERE) -> Place:
    """A location with a name: TensorFlow ends op names with a colon, other names are layers."""
    place = Place(op=text[:-1]) if text.endswith(":") else Place(layer=text)
    if inner == NOWHERE:
        return place
    _, op, file, line, fresh = called(inner, place)
    return Place(place.layer or inner.layer, op, file, line, fresh)


def fused(parts: Iterable[Place]) -> Place:
    """Several locations of one op: what the first that knows a fact says."""
    place = NOWHERE
    for part in parts:
        if place is NOWHERE or part is NOWHERE:
            place = part if place is NOWHERE else place
            continue
        place = Place(
            place.layer or part.layer,
            place.op or part.op,
            *((place.file, place.line) if place.file else (part.file, part.line)),
            place.fresh or part.fresh,
        )
    return place


def called(outer: Place, inner: Place) -> Place:
    """Joins a stack. TensorFlow writes its frames outermost first, so the later user frame wins; no
    frame but the first has a name, which is the op's. All of JAX's have their function's and come
    innermost first, as MLIR has it.
    """
    if outer is NOWHERE or inner is NOWHERE:
        return inner if outer is NOWHERE else outer
    as_jax = outer.layer and inner.layer and (outer.file or outer.fresh)
    first = outer if as_jax else inner
    if not (first.file or first.fresh):
        first = outer
    return Place(
        outer.layer or inner.layer,
        outer.op or inner.op,
        first.file,
        first.line,
        outer.fresh or inner.fresh,
    )


@cache
def _kind_of_file(file: str) -> str:
    """ "user", "library" (frames that say nothing about the model) or "frontend" (our own)."""
    if file.startswith(_OWN):
        return "frontend"
    if not file or file in ("-", "op") or file.startswith("<frozen") or "-packages/" in file:
        return "library"
    if file.startswith(_STDLIB) or os.sep + "__autograph_generated_file" in file:
        return "library"
    return "user"


_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STDLIB = (sysconfig.get_paths()["stdlib"] + os.sep, sysconfig.get_paths()["platstdlib"] + os.sep)


def frame(file: str, line: int) -> Place:
    """A place in a file; those of libraries say nothing about the model."""
    kind = _kind_of_file(file)
    if kind == "user":
        return Place(file=file, line=line)
    return _FRONTEND if kind == "frontend" else NOWHERE
