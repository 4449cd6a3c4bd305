# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether a module that a person made by hand is one, and how an op of it is shown to them.

`structure_problems` finds everything at once: values that nobody makes, uses before definitions,
ops that break their own rules. Compiler passes are trusted and cheaper to check
(`verification.py`); what users edit or rewrite comes here.
"""

from __future__ import annotations

import contextlib
import linecache
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, ErasedSSAValue, Operation, OpResult, SSAValue
from xdsl.printer import Printer

from iree_explore.provenance import op_id
from iree_explore.verification import Verifier
from iree_explore.walk import walk

_LINES = 4
"""Lines of an op that are worth showing in an error."""


@dataclass(frozen=True)
class StructureProblem:
    """One broken rule, the op that breaks it, and its text."""

    op: Operation
    message: str
    text: str


def structure_problems(module: ModuleOp, verifier: Verifier) -> list[StructureProblem]:
    """All that is wrong with a module, in the order of its ops; empty if nothing is."""
    found: dict[int, StructureProblem] = {}
    numbers = {id(op): i for i, op in enumerate(walk(module))}
    undefined = {id(op): text for op in walk(module) for text in _first_bad(op, numbers)}
    for op in walk(module):
        message = undefined.get(id(op)) or _broken_rule(op)
        if message and not (undefined and "IsolatedFromAbove" in message):
            found[id(op)] = StructureProblem(op, message, op_text(op))
    if not found:
        try:  # what only a whole module tells, symbols for example
            verifier.verify(module)
        except Exception as raised:  # noqa: BLE001 - xDSL's verifiers raise many kinds
            found[0] = StructureProblem(module, _first(raised), module.name)
        finally:
            verifier.forget()
    return list(found.values())


def _broken_rule(op: Operation) -> str:
    try:
        op.verify(verify_nested_ops=False)
    except Exception as raised:  # noqa: BLE001 - xDSL's verifiers raise many kinds
        return f"{op.name}: {_first(raised)}"
    return ""


def _first_bad(op: Operation, numbers: dict[int, int]) -> list[str]:
    return list(islice(_bad_operands(op, numbers), 1))


def _bad_operands(op: Operation, numbers: dict[int, int]) -> Iterator[str]:
    for index, value in enumerate(op.operands):
        if isinstance(value, ErasedSSAValue):
            yield f"{op.name} reads a value whose op was deleted (operand {index})"
        elif isinstance(value, OpResult):
            if id(value.op) not in numbers:
                yield f"{op.name} reads a result of {value.op.name}, which is not in the module"
            elif not _reaches(value.op.parent, numbers[id(value.op)], op, numbers):
                yield f"{op.name} reads %{value_name(value)} before {value.op.name} makes it"
        elif isinstance(value, BlockArgument):
            owner = value.block.parent_op()
            if owner is None or id(owner) not in numbers:
                yield f"{op.name} reads an argument of a block that is not in the module"
            elif not _inside(op, value.block):
                yield f"{op.name} reads an argument of a block that it is not in"


def _reaches(block: Block | None, made: int, user: Operation, numbers: dict[int, int]) -> bool:
    """Whether the op numbered `made` of `block` comes before `user`; blocks beside each other are
    not compared."""
    at: Operation | None = user
    region = None if block is None else block.parent
    while at is not None:
        if at.parent is block:
            return made < numbers[id(at)]
        if at.parent is not None and at.parent.parent is region:
            return True
        at = at.parent_op()
    return False


def _inside(op: Operation, block: Block) -> bool:
    at: Operation | None = op
    while at is not None:
        parent = at.parent
        if parent is block or (parent is not None and parent.parent is block.parent):
            return True
        at = at.parent_op()
    return False


def _first(raised: BaseException) -> str:
    lines = [line.strip() for line in str(raised).strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(raised).__name__


# -- how ops are shown


def value_name(value: SSAValue) -> str:
    """The name that recordings give a value, without %."""
    if isinstance(value, OpResult):
        number = op_id(value.op)
        return str(number) if len(value.op.results) == 1 else f"{number}#{value.index}"
    if isinstance(value, BlockArgument):
        owner = value.block.parent_op()
        return f"arg{value.index}" if owner is None else f"b{op_id(owner)}_{value.index}"
    return "deleted"


class _FirstLines(StringIO):
    """Takes so many lines and no more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, text: str, /) -> int:
        self._left -= text.count("\n")
        if self._left < 0:
            raise _Enough
        return super().write(text)


class _Names(Printer):
    """xDSL's printer with the value names that the panes show."""

    def print_ssa_value(self, value: SSAValue) -> str:
        name = value_name(value)
        self.print_string(f"%{name}")
        return name


class _Enough(Exception):
    pass


def op_text(op: Operation, most: int = _LINES) -> str:
    """The first lines of an op, with the names that the panes show. Broken IR is shown as far as it
    goes, with what printing it raised."""
    stream = _FirstLines(most)
    broken: list[str] = []
    with contextlib.suppress(_Enough):
        try:
            _Names(stream).print_op(op)
        except (
            ArithmeticError,
            AssertionError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            broken = [f"  ... not printable: {type(error).__name__}: {error}"]
    lines = stream.getvalue().strip().splitlines() + broken
    if not lines:
        return f"%{op_id(op)} = {op.name}"
    return "\n".join(lines[:most] + (["  ..."] if len(lines) > most else []))


# -- where the user's code is


def place_in_cell(file: str, line: int) -> str:
    """A line of the user's code, with its text: "<ipython-input-3-...>:7: x = 1 / 0"."""
    text = linecache.getline(file, line).strip()
    return f"{file}:{line}" + (f": {text}" if text else "")


def raised_in(raised: BaseException, function: Callable[..., Any]) -> tuple[str, Operation | None]:
    """The line of the user's file that raised, and the op that it had at hand there."""
    file = function.__code__.co_filename
    where, op = "", None
    for frame, line in traceback.walk_tb(raised.__traceback__):
        if frame.f_code.co_filename != file:
            continue
        where = f"{place_in_cell(file, line)} (in {frame.f_code.co_name})"
        op = _op_of(frame.f_locals) or op
    return where, op


def _op_of(names: dict[str, Any]) -> Operation | None:
    """The op that a function works on: what it calls `op`, else the last one it has."""
    found = names.get("op")
    if isinstance(found, Operation) and not isinstance(found, ModuleOp):
        return found
    ops = [v for v in names.values() if isinstance(v, Operation) and not isinstance(v, ModuleOp)]
    return ops[-1] if ops else None
