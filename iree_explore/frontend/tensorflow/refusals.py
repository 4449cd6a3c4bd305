# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What cannot be compiled, collected over all functions of a source and raised as one error.

`forbidden_ops` finds ops of a graph that only TensorFlow's own runtime can execute (strings,
tables, Python callbacks, datasets), `ops_of_diagnostics` the ops that a failing pass complained of.
Each becomes a `Refusal` with the op's layer and the user's line; `refuse` raises them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iree_explore.errors import ModelError
from iree_explore.frontend.locations import NOWHERE, Locations, Place, called, frame


@dataclass(frozen=True)
class Refusal:
    """One thing that cannot be compiled: `op` ("tf.LRN") or "" for an argument, variable or the
    like, `place` its layer and line as text, `reason` what is wrong with it, `hint` what to do if
    that is not what its code says."""

    function: str
    op: str
    place: str
    reason: str
    code: str = "IX104"
    hint: str = ""

    def __str__(self) -> str:
        where = f" in {self.place}" if self.place else ""
        return f"{self.op}{where}: {self.reason}" if self.op else self.reason


class Refused(Exception):
    """Carries the refusals of one function."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(f"{len(refusals)} refusals")
        self.refusals = list(refusals)


def refuse(refusals: Sequence[Refusal]) -> None:
    """Raises `ModelError` (IX104 if ops are among them, else IX105 or IX107) naming all of them,
    function by function; returns if there are none."""
    if not refusals:
        return
    functions = list(dict.fromkeys(r.function for r in refusals))
    rows: list[str] = []
    for name in functions:
        mine = list(dict.fromkeys(str(r) for r in refusals if r.function == name))
        if functions == ["main"]:
            rows += mine
        else:
            rows += [f"function {name}:", *("  " + row.replace("\n", "\n  ") for row in mine)]
    ops = [r for r in refusals if r.op]
    one = len(ops) == 1
    codes = {r.code for r in refusals}
    code = next(c for c in ("IX104", "IX105", "IX107") if c in codes)
    named = f"function {functions[0]}" if len(functions) == 1 else f"{len(functions)} functions"
    what = {
        "IX104": f"{len(ops)} TensorFlow {'op' if one else 'ops'} of {named} "
        f"{'has' if one else 'have'} no lowering: " + ", ".join(sorted({r.op for r in ops})),
        "IX105": f"{named} cannot be compiled",
        "IX107": f"TensorFlow cannot convert {named}",
    }[code]
    hints = dict.fromkeys(r.hint for r in refusals if r.code == code)
    raise ModelError(code, what, because="\n".join(rows), hint="\n".join(filter(None, hints)))


# Ops that only TensorFlow can execute
# --------------------------------------------------------------------------------------------

_FORBIDDEN = (
    (r"(Eager)?PyFunc(Stateless)?", "calls back into Python (py_function, numpy_function)"),
    (r"\w*(HashTable|LookupTable)\w*", "hash tables stay in TensorFlow"),
    (r"\w*(Dataset|Iterator)\w*", "datasets and iterators stay in TensorFlow"),
    (r"\w*(Queue|Barrier)\w*|Stack(Push|Pop|Close)?(V2)?", "queues stay in TensorFlow"),
    (r"(Read|Write|Matching)File\w*|\w*(Save|Restore)(V2|Slices)?", "files stay in TensorFlow"),
    (r"(Decode|Encode)(Jpeg|Png|Gif|Bmp|Image|Wav|Csv|Raw|Base64|Proto)\w*", "decodes bytes"),
    (r"Parse\w*Example\w*|DecodeJSONExample", "parses strings"),
)
_KINDS = tuple((re.compile(pattern + r"\Z"), why) for pattern, why in _FORBIDDEN)
_STRING = "!tf_type.string"
_MAY_HAVE_STRINGS = frozenset(
    "Const StringFormat PrintV2 Print Assert Identity IdentityN If StatelessIf While "
    "StatelessWhile Case PartitionedCall StatefulPartitionedCall NoOp".split()
)
"""Ops that print and assert with string constants, and those that only hand them on."""

_OP = re.compile(r'"tf\.(\w+)"\(')
_TYPES = re.compile(r" : (\(.*\) -> .*?)(?: loc\((.*)\))?$")


@dataclass(frozen=True)
class TextOp:
    """One op of a text: its name without "tf.", types, and where it comes from."""

    name: str
    types: str
    place: Place


def text_ops(text: str, wanted: Callable[[str, str], object]) -> list[TextOp]:
    """The TensorFlow ops of a module's text that are `wanted` (by name and types)."""
    table: Locations | None = None
    found = []
    for line in text.split("\n"):
        op = _OP.search(line)
        types = _TYPES.search(line) if op else None
        if op and types and wanted(op[1], types[1]):
            table = table or Locations(text)
            source = table.source(types[2]) if types[2] else None
            place = Place(source.layer, source.op, source.file, source.line) if source else NOWHERE
            found.append(TextOp(op[1], types[1], place))
    return found


def forbidden_ops(function: str, text: str) -> list[Refusal]:
    """The ops that no compiler could lower, with the reason."""
    names = set(_OP.findall(text))
    if _STRING not in text and not any(_why_forbidden(name, "") for name in names):
        return []  # nearly always
    found = text_ops(text, _why_forbidden)
    return [
        Refusal(function, f"tf.{op.name}", where(op.place), _why_forbidden(op.name, op.types) or "")
        for op in found
    ]


def _why_forbidden(name: str, types: str) -> str | None:
    why = next((why for pattern, why in _KINDS if pattern.match(name)), None)
    if why is None and _STRING in types and name not in _MAY_HAVE_STRINGS:
        return "strings stay in TensorFlow"
    return why


def where(place: Place) -> str:
    """Layer and line as `provenance.Source` spells them."""
    line = f"({place.file}:{place.line})" if place.file else ""
    return " ".join(x for x in (place.layer or place.op, line) if x)


# Failing passes
# --------------------------------------------------------------------------------------------

_ERROR = re.compile(
    r'^(?:loc\()?"?(?P<file>[^\s:"]*)"?:(?P<line>\d+)(?::\d+)?\)?: error: (?P<rest>.*)$'
)
_NAMED = re.compile(r"^(?:.*: )?error: (?P<rest>.*)$")
_FROM = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):\d+: note: called from")
_SUBJECT = re.compile(r"^'(?P<op>[\w.]+)' op (?P<reason>.*)$")


def ops_of_diagnostics(function: str, lines: Sequence[str], text: str) -> list[Refusal]:
    """What a pass said, an error at a time: the op, its layer (looked up in the `text` that the
    pass was given) and line, and TensorFlow's reason. Empty if it named no op."""
    found: list[Refusal] = []
    for start, line in enumerate(lines):
        error = _ERROR.match(line) or _NAMED.match(line)
        subject = _SUBJECT.match(error["rest"]) if error else None
        if error is None or subject is None or not subject["op"].startswith("tf."):
            continue
        stack = [(error["file"], int(error["line"]))] if error.re is _ERROR else []
        for other in lines[start + 1 :]:
            if _NAMED.match(other):
                break
            note = _FROM.match(other)
            if note:
                stack.append((note["file"], int(note["line"])))
        place = NOWHERE
        for file, number in stack:
            place = called(place, frame(file, number))
        name = subject["op"].removeprefix("tf.")
        same = text_ops(text, lambda op, _, name=name: op == name)
        exact = [op for op in same if (op.place.file, op.place.line) == (place.file, place.line)]
        places = [op.place for op in exact or (same if not place.file else ())] or [place]
        found += [Refusal(function, f"tf.{name}", where(p), subject["reason"]) for p in places]
    return list(dict.fromkeys(found))
