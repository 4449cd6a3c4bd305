# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Edited IR: text in which ops keep their ids, and everything that is wrong with it at once.

The one idea: values are named by the ids of their ops (`%123`), so an edited text says itself which
op is which; ops without results are found again by their place among the others. Where next:
`branches.py` (of the package) resumes the pipeline with what comes out of here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from io import StringIO
from typing import Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.printer import Printer

from iree_explore.context import DIALECTS, CompilerContext
from iree_explore.errors import ModelError
from iree_explore.frontend.mlir import (
    OP_IN_TEXT,
    expand_window_attributes,
    parse_text,
    position,
)
from iree_explore.frontend.parser import SourceParser
from iree_explore.legality import EXECUTABLE_BODIES, is_allowed
from iree_explore.phase import Phase
from iree_explore.provenance import Provenance, op_id, with_id
from iree_explore.recording.printing import value_name
from iree_explore.structure import structure_problems
from iree_explore.walk import walk

NAME = "<edit>"
"""What errors call an edited text."""

_LONGEST = 20_000_000
_HEAD = re.compile(r"%(\d+)(?::\d+)?\s*=")
_PLACE = re.compile(re.escape(NAME) + r":(\d+):(\d+): (.*)", re.DOTALL)
_ROW = re.compile(r"(\S+) .*" + re.escape(NAME) + r":(\d+)")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an edited module. `kind` is "parse", "verify" or "legality";
    line and column (from 1) are those of the text, 0 for a module that was no text."""

    kind: str
    line: int
    column: int
    end: int
    op: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line else ""
        row = f"{place}{self.message}"
        return f"{row}\n  {self.hint}" if self.hint else row


@dataclass(frozen=True)
class Edited:
    """An edited module, ids as far as its ops are known; `problems` is empty if it can be resumed
    from, and `signature` says how exported functions changed."""

    module: ModuleOp | None
    problems: tuple[Problem, ...]
    signature: tuple[str, ...] = ()


# -- text with ids


class _IdPrinter(Printer):
    """xDSL's printer with the names of recordings."""

    def print_ssa_value(self, value: SSAValue) -> str:
        name = value_name(value)
        self.print_string(f"%{name}")
        return name

    def _print_results(self, op: Operation) -> None:
        if len(op.results) == 1:
            self.print_ssa_value(op.results[0])
            self.print_string(" = ")
        elif op.results:
            self.print_string(f"%{op_id(op)}:{len(op.results)} = ")


def editable(module: ModuleOp) -> str:
    """The module as text that can be edited: every constant in full, values named by op id."""
    stream = StringIO()
    _IdPrinter(stream).print_op(module)
    return stream.getvalue() + "\n"


class _EditParser(SourceParser):
    """Remembers where each op begins."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.starts: dict[Operation, int] = {}

    def locate(self, op: Operation, source: Any, start: int) -> None:
        self.starts[op] = start


# -- from text or module to what can be resumed from


def read_edit(
    edited: str | ModuleOp,
    base: ModuleOp,
    ctx: CompilerContext,
    phase: Phase,
    before: Phase | None,
    reason: str,
) -> Edited:
    """An edited text or module of the place where `base` is: after `phase`, or inside it if
    `before`, the phase before it, is given. Ids go to `ctx.provenance`. Raises nothing for a bad
    edit: that is what `problems` is for."""
    starts: dict[Operation, int] = {}
    text = ""
    if isinstance(edited, str):
        text = edited
        try:
            if len(text) > _LONGEST:
                raise ModelError("IX101", f"{NAME}:1:1: longer than {_LONGEST} characters")
            module, parser = parse_text(text, ctx, NAME, parser_class=_EditParser)
        except ModelError as error:
            found = [*_unread(error, text), *_illegal_in_text(text, phase, before)]
            return Edited(None, tuple(sorted(found, key=lambda p: (p.line, p.column))))
        assert isinstance(parser, _EditParser)
        starts = parser.starts
        expand_window_attributes(module)
    else:
        module = edited.clone()
    found = [
        _problem("verify", p.op, p.message, "", starts, text)
        for p in structure_problems(module, ctx.verifier)
    ]
    found += _illegal(module, phase, before, starts, text)
    found += _without_functions(module, base)
    if found:
        return Edited(module, tuple(sorted(found, key=lambda p: (p.line, p.column))))
    _give_ids(module, base, starts, text, ctx.provenance, reason)
    return Edited(module, (), tuple(signature_changes(base, module)))


def refusal(edited: Edited, name: str, place: str) -> ModelError:
    """The error that lists all problems of an edit."""
    count = len(edited.problems)
    rows = [str(p) for p in edited.problems[:20]]
    if count > 20:
        rows.append(f"... and {count - 20} more")
    error = ModelError(
        "IX215", f"{name}: {count} problem{'s' * (count > 1)} in the edit of {place}",
        because="\n".join(rows), hint="mend the lines named; nothing was changed",
    )  # fmt: skip
    error.problems = edited.problems  # pyright: ignore[reportAttributeAccessIssue]
    return error


def _unread(error: ModelError, text: str) -> Iterator[Problem]:
    found = _PLACE.match(error.what)
    if found is not None:
        line, column = int(found[1]), int(found[2])
        yield Problem("parse", line, column, _end(text, line, column), "", found[3].strip())
        return
    rows = (error.because or "").splitlines()
    for row in rows:
        at = _ROW.match(row)
        if at is not None:
            line = int(at[2])
            content = text.splitlines()[line - 1] if line <= text.count("\n") + 1 else ""
            column = content.find(at[1]) + 1 or 1
            message = f"unknown op {at[1]}"
            yield Problem("parse", line, column, column + len(at[1]), at[1], message)
    if not any(map(_ROW.match, rows)):
        yield Problem("parse", 1, 1, 2, "", error.what)


def _end(text: str, line: int, column: int) -> int:
    rows = text.splitlines()
    content = rows[line - 1] if line <= len(rows) else ""
    word = re.match(r"[\w.$#%@!-]+", content[column - 1 :])
    return column + (len(word[0]) if word else 1)


def _problem(
    kind: str, op: Operation, message: str, hint: str, starts: dict[Operation, int], text: str
) -> Problem:
    if op not in starts:
        return Problem(kind, 0, 0, 0, op.name, message, hint)
    start = starts[op]
    line, column, content = position(text, start)
    at = content.find(op.name, column - 1)
    if at < 0 and isinstance(op, ModuleOp):
        return Problem(kind, line, column, column + len("module"), op.name, message, hint)
    first = at + 1 if at >= 0 else column
    last = first + len(op.name) if at >= 0 else len(content) + 1
    return Problem(kind, line, first, last, op.name, message, hint)


def _illegal(
    module: ModuleOp,
    phase: Phase,
    before: Phase | None,
    starts: dict[Operation, int],
    text: str,
) -> Iterator[Problem]:
    """Ops that do not belong to the stage."""
    allowed, inside = phase.allowed, phase.allowed_inside
    if before is not None:
        allowed, inside = allowed | before.allowed, inside | before.allowed_inside
    stack: list[tuple[Operation, frozenset[str]]] = [(module, allowed)]
    while stack:
        parent, own = stack.pop()
        body = inside if parent.name in EXECUTABLE_BODIES else own
        for region in parent.regions:
            for block in region.blocks:
                for op in block.ops:
                    if is_allowed(op.name, body):
                        stack.append((op, body))
                        continue
                    where = "an executable" if body is inside and inside else "the program"
                    yield _problem(
                        "legality", op, f"{op.name} does not belong to phase {phase.name}",
                        f"{where} may have {', '.join(sorted(body))} there", starts, text,
                    )  # fmt: skip


def _illegal_in_text(text: str, phase: Phase, before: Phase | None) -> Iterator[Problem]:
    """Ops that belong nowhere in the stage, as far as a text that does not parse tells."""
    allowed = phase.allowed | phase.allowed_inside
    if before is not None:
        allowed |= before.allowed | before.allowed_inside
    for match in OP_IN_TEXT.finditer(text):
        kind = "generic" if match["generic"] else "custom"
        name, start = match[kind], match.start(kind)
        if name.partition(".")[0] in DIALECTS and not is_allowed(name, allowed):
            line, column, _ = position(text, start)
            yield Problem("legality", line, column, column + len(name), name,
                          f"{name} does not belong to phase {phase.name}",
                          f"it may have {', '.join(sorted(allowed))}")  # fmt: skip


def _without_functions(module: ModuleOp, base: ModuleOp) -> Iterator[Problem]:
    if _exported(base) and not _exported(module):
        names = ", ".join(f"@{name}" for name in _exported(base))
        yield Problem("legality", 1, 1, 2, "builtin.module", "no exported function is left",
                      f"there was {names}")  # fmt: skip


def _exported(module: ModuleOp) -> dict[str, str]:
    """What callers see of each exported function."""
    found: dict[str, str] = {}
    for op in module.body.ops:
        if isinstance(op, FuncOp):
            visibility = "public" if op.sym_visibility is None else op.sym_visibility.data
            if visibility == "public":
                declared = op.attributes.get("iree.abi.declaration")
                views = [
                    str(o.results[0].type) for o in op.walk() if o.name == "hal.tensor.import"
                ] + [str(o.operands[0].type) for o in op.walk() if o.name == "hal.tensor.export"]
                parts = [str(op.function_type), str(declared or ""), *views]
                found[op.sym_name.data] = " ".join(part for part in parts if part)
    return found


def signature_changes(base: ModuleOp, module: ModuleOp) -> Iterator[str]:
    """How the exported functions of an edited module differ from those before, a sentence each."""
    old, new = _exported(base), _exported(module)
    for name in old.keys() - new.keys():
        yield f"@{name} is gone: callers of it get IX304"
    for name in new.keys() - old.keys():
        yield f"@{name} is new: {new[name]}"
    for name in old.keys() & new.keys():
        if old[name] != new[name]:
            yield f"@{name} was {old[name]} and is {new[name]}"


# -- ids


def _give_ids(
    module: ModuleOp,
    base: ModuleOp,
    starts: dict[Operation, int],
    text: str,
    provenance: Provenance,
    reason: str,
) -> None:
    """Every op of `module` that is one of `base` gets its id, all others new ones."""
    known = {op_id(op): op for op in walk(base)}
    same: dict[Operation, int] = {}
    others: dict[Operation, int] = {}  # what an op with a known name, but of another kind, was
    used: set[int] = set()
    for op in walk(module):
        number = op_id(op) if not starts else _named(op, starts, text)
        old = known.get(number)
        if old is None or number in used:
            continue
        if old.name == op.name:
            same[op] = number
            used.add(number)
        else:
            others[op] = number
    same[module] = op_id(base)
    used.add(op_id(base))
    _align(module, base, same, used, known)
    for op in walk(module):
        number = same.get(op)
        if number:
            op.location = with_id(number)
        else:
            was = others.get(op)
            provenance.assign(op, () if was is None else (was,), reason=reason)


def _named(op: Operation, starts: dict[Operation, int], text: str) -> int:
    if not op.results or op not in starts:
        return 0
    found = _HEAD.match(text, starts[op])
    return int(found[1]) if found else 0


def _align(
    op: Operation,
    old: Operation,
    same: dict[Operation, int],
    used: set[int],
    known: dict[int, Operation],
) -> None:
    """Finds the ops without a name inside `op` again inside `old`, by their place."""
    for region, before in zip(op.regions, old.regions, strict=False):
        for block, was in zip(region.blocks, before.blocks, strict=False):
            _align_block(block, was, same, used)
    for region in op.regions:
        for block in region.blocks:
            for inner in block.ops:
                if inner.regions and inner in same:
                    _align(inner, known[same[inner]], same, used, known)


def _align_block(block: Block, was: Block, same: dict[Operation, int], used: set[int]) -> None:
    new, old = list(block.ops), list(was.ops)
    keys = [_key(op, same.get(op, 0)) for op in new]
    wanted = [_key(op, op_id(op) if op_id(op) in used else 0) for op in old]
    first, most = 0, min(len(keys), len(wanted))
    while first < most and keys[first] == wanted[first]:
        first += 1
    last = 0
    while last < most - first and keys[-1 - last] == wanted[-1 - last]:
        last += 1
    for i in range(first):
        _pair(new[i : i + 1], old[i : i + 1], same, used)
    for i in range(1, last + 1):
        _pair(new[-i:][:1], old[-i:][:1], same, used)
    new, old = new[first : len(new) - last], old[first : len(old) - last]
    keys, wanted = keys[first : len(keys) - last], wanted[first : len(wanted) - last]
    matcher = SequenceMatcher(None, keys, wanted, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "insert" or tag == "delete":
            continue
        _pair(new[i1:i2], old[j1:j2], same, used)


def _pair(
    new: Sequence[Operation], old: Iterable[Operation], same: dict[Operation, int], used: set[int]
) -> None:
    left = [op for op in old if op_id(op) not in used]
    for op in new:
        if op in same:
            continue
        for other in left:
            if other.name == op.name and _symbol(other) == _symbol(op):
                same[op] = op_id(other)
                used.add(op_id(other))
                left.remove(other)
                break


def _key(op: Operation, number: int) -> str:
    return f"#{number}" if number else f"{op.name} {_symbol(op)}"


def _symbol(op: Operation) -> str:
    symbol = op.properties.get("sym_name") or op.attributes.get("sym_name")
    return str(getattr(symbol, "data", ""))
