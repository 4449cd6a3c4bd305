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
from functools import cache
from typing import NamedTuple

from iree_explore.provenance import Source

_ALIAS = re.compile(r"^(#[A-Za-z0-9_$.-]+) = loc\((.*)\)$", re.MULTILINE)
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<alias>\#[A-Za-z0-9_$.-]+)"""
    r"""|(?P<number>\d+)|(?P<word>[A-Za-z_][\w.]*)|(?P<mark>[()\[\],:<>]))"""
)


class _Place(NamedTuple):
    """A partly known source; `fresh` is set once a frame of the frontend itself was seen: frames
    outside it belong to whoever called the import, not to the model."""

    layer: str = ""
    op: str = ""
    file: str = ""
    line: int = 0
    fresh: bool = False


_NOWHERE = _Place()
_FRONTEND = _Place(fresh=True)


class Locations:
    """The location aliases of one text; `source(text)` is the `Source` of what `loc(...)` holds."""

    def __init__(self, text: str) -> None:
        self._definitions = {m[1]: m[2] for m in _ALIAS.finditer(text)}
        self._places: dict[str, _Place] = {}
        self._sources: dict[str, Source | None] = {}
        for name in self._definitions:  # definitions mostly follow what they use: shallow recursion
            self._alias(name, 0)

    def source(self, body: str) -> Source | None:
        """`body` is the text between the parentheses of `loc(...)`; None if it says nothing."""
        if body in self._sources:
            return self._sources[body]
        place = self._alias(body, 0) if body in self._definitions else self._read(body, 0)
        found = None
        if place.layer or place.op or place.file:
            found = Source(place.layer, place.file, place.line, place.op)
        self._sources[body] = found
        return found

    def _alias(self, name: str, depth: int) -> _Place:
        place = self._places.get(name)
        if place is None:
            definition = self._definitions.get(name)
            if definition is None or depth > 200:
                return _NOWHERE
            self._places[name] = _NOWHERE  # a cycle ends here
            place = self._places[name] = self._read(definition, depth + 1)
        return place

    def _read(self, body: str, depth: int) -> _Place:
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

    def place(self, at: int) -> tuple[_Place, int]:
        kind, text = self.peek(at)
        self.depth += 1
        if self.depth > 400:
            return _NOWHERE, len(self.tokens)
        if kind == "alias":
            return self.table._alias(text, self.depth), at + 1
        if kind == "string":
            return self._string(at, text[1:-1])
        if kind == "word" and text == "callsite":
            callee, at = self.place(at + 2)
            caller, at = self.place(at + 1)
            return _called(callee, caller), at + 1
        if kind == "word" and text == "fused":
            return self._fused(at + 1)
        return _NOWHERE, at + 1

    def _string(self, at: int, text: str) -> tuple[_Place, int]:
        if self.peek(at + 1)[1] == ":" and self.peek(at + 2)[0] == "number":
            line = int(self.peek(at + 2)[1])
            at += 3
            if self.peek(at)[1] == ":" and self.peek(at + 1)[0] == "number":
                at += 2
            if self.peek(at) == ("word", "to"):  # a range: its end adds nothing
                while self.peek(at)[1] in ("to", ":") or self.peek(at)[0] == "number":
                    at += 1
            return _frame(text, line), at
        named = _Place(op=text[:-1]) if text.endswith(":") else _Place(layer=text)
        if self.peek(at + 1)[1] == "(":
            inner, at = self.place(at + 2)
            return _called(inner, named)._replace(layer=named.layer or inner.layer), at + 1
        return named, at + 1

    def _fused(self, at: int) -> tuple[_Place, int]:
        if self.peek(at)[1] == "<":
            while at < len(self.tokens) and self.peek(at)[1] != "[":
                at += 1
        place = _NOWHERE
        while self.peek(at)[1] in ("[", ","):
            part, at = self.place(at + 1)
            place = _Place(
                place.layer or part.layer,
                place.op or part.op,
                *((place.file, place.line) if place.file else (part.file, part.line)),
                place.fresh or part.fresh,
            )
        return place, at + 1


def _called(outer: _Place, inner: _Place) -> _Place:
    """Joins a stack: TensorFlow writes its frames outermost first, so the later user frame wins."""
    if inner.file or inner.fresh:
        file, line = inner.file, inner.line
    else:
        file, line = outer.file, outer.line
    return _Place(
        outer.layer or inner.layer, outer.op or inner.op, file, line, outer.fresh or inner.fresh
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


def _frame(file: str, line: int) -> _Place:
    kind = _kind_of_file(file)
    if kind == "user":
        return _Place(file=file, line=line)
    return _FRONTEND if kind == "frontend" else _NOWHERE
