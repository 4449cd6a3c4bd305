# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Joins dispatches to the code that they run, by entry symbol.

A dispatch and its executable are made from the same region, beside each other: neither descends
from the other. What ties them is the name `@executable::@entry`. The front end's `calls.ts` has
the same rule; docs/recording.md states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from iree_explore.recording.model import Recording

DISPATCHES = frozenset(
    {
        "flow.dispatch",
        "stream.async.dispatch",
        "stream.cmd.dispatch",
        "hal.command_buffer.dispatch",
    }
)

Entry = tuple[str, str]
"""Symbols of an executable and of one of its entry points; ("x", "") is all of executable x."""

_ENTRY = re.compile(r"@([\w$.\-]+)((?:::@[\w$.\-]+)+)")


@dataclass
class Calls:
    """Which dispatch names which entries, and which ops are inside which entries."""

    entries: dict[int, set[Entry]] = field(default_factory=dict)
    dispatches: dict[Entry, set[int]] = field(default_factory=dict)
    inside: dict[int, frozenset[Entry]] = field(default_factory=dict)
    code: dict[Entry, set[int]] = field(default_factory=dict)

    def code_of(self, ops: Iterable[int]) -> set[int]:
        """Everything inside the entries that the dispatches among `ops` name."""
        found: set[int] = set()
        for op in ops:
            for entry in self.entries.get(op, ()):
                found |= self.code.get(entry, set()) | self.code.get((entry[0], ""), set())
        return found

    def dispatches_of(self, ops: Iterable[int]) -> set[int]:
        """The dispatches of the entries that `ops` are inside of."""
        found: set[int] = set()
        for op in ops:
            for entry in self.inside.get(op, ()):
                found |= self.dispatches.get(entry, set())
        return found


def calls_of(recording: Recording) -> Calls:
    """The joins of a recording, over all steps."""
    found = Calls()
    v, strings = recording.versions, recording.strings
    rows: dict[int, list[int]] = {}
    compiler = _compilers(recording)
    for index, op in enumerate(v.op):
        rows.setdefault(op, []).append(index)
        if strings[v.name[index]] in DISPATCHES:
            match = _ENTRY.search(strings[v.text[index]])
            if match:
                executable = compiler[v.birth[index]] + match[1]
                entry = match[2].rpartition("@")[2]
                for key in ((executable, entry), (executable, "")):
                    found.dispatches.setdefault(key, set()).add(op)
                found.entries.setdefault(op, set()).add((executable, entry))
    for op in rows:
        for entry in _inside(recording, compiler, rows, found.inside, op):
            found.code.setdefault(entry, set()).add(op)
    return found


def _compilers(recording: Recording) -> list[str]:
    """By step, what goes before symbols: nothing for ours, other compilers' are apart."""
    targets = [phase.target and f"{phase.target} " for phase in recording.phases]
    return [targets[step.phase] for step in recording.steps]


def _inside(
    recording: Recording,
    compiler: list[str],
    rows: dict[int, list[int]],
    known: dict[int, frozenset[Entry]],
    op: int,
) -> frozenset[Entry]:
    """The entries that `op` ever was inside of, itself included; fills `known`."""
    if op in known:
        return known[op]
    known[op] = frozenset()  # where an op was inside what is now inside it
    v, strings = recording.versions, recording.strings
    found: set[Entry] = set()
    for index in rows.get(op, ()):
        name, symbol = strings[v.name[index]], strings[v.symbol[index]]
        parent = v.parent[index]
        outer = _inside(recording, compiler, rows, known, parent) if parent else ()
        if name.endswith(".executable") or (name.endswith(".executable.binary") and not outer):
            found.add((compiler[v.birth[index]] + symbol, ""))
            continue
        whole = [executable for executable, entry in outer if not entry]
        entries = {entry for entry in outer if entry[1]}
        if entries:
            found |= entries
        elif symbol and not name.endswith((".variant", ".binary", ".module")):
            found |= {(executable, symbol) for executable in whole}
        else:
            found |= {(executable, "") for executable in whole}
    known[op] = frozenset(found)
    return known[op]
