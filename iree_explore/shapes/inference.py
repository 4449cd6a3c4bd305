# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sizes of every value of one function, in any phase, as expressions over its inputs.

`SymbolicShapes` asks the rule of the op that made a value (`rules/<dialect>.py`), as late as
somebody wants to know, and remembers what it said: passes keep the meaning of values, so what is
known of a value stays true while it lives. `infer` goes through all ops, which is what finds
equalities and conflicts. What is learnt at an op changes the sizes of earlier ones: with `steps`,
every change is a `PropagationStep`.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects.builtin import DYNAMIC_INDEX, ShapedType
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue

from iree_explore.shapes.expressions import Expr, constant
from iree_explore.shapes.facts import Facts, Place, Range

Rule = Callable[["SymbolicShapes", Any], None]
"""Tells the sizes of an op's results: `shapes.set_dims`, `set_scalar`, `set_contents`, `equate`."""

_DIALECTS = (
    "arith", "tensor", "stablehlo", "shape", "control", "scf", "slices", "linalg", "flow", "stream",
    "hal",
)  # fmt: skip


@functools.cache
def rules() -> Mapping[str, Rule]:
    """The rule of each op, by name: `RULES` of all files in `rules/`."""
    found: dict[str, Rule] = {}
    for name in _DIALECTS:
        found.update(importlib.import_module(f"iree_explore.shapes.rules.{name}").RULES)
    return found


class Unknown:
    """A number that only the data of a call tells. Where it is used as a size it gets a symbol
    (`size`); `high` is what it cannot exceed then, if that is known."""

    __slots__ = ("high", "owner", "size")

    def __init__(self, owner: Operation | Block, high: Expr | None = None) -> None:
        self.owner = owner
        self.high = high
        self.size: Expr | None = None


Element = Expr | Unknown
"""A number of a scalar or of a small tensor."""


@dataclass(frozen=True)
class PropagationStep:
    """One step of inference, in order of work: an op's rule applied ("forward"), or an earlier op
    whose sizes changed by what was learnt later ("backward").

    `sizes` has a tuple for each result that is a tensor, as after the step; `learnt` is what the
    step found out about symbols ("w == h"), "" if nothing.
    """

    op: Operation
    direction: str
    sizes: tuple[tuple[Expr, ...], ...]
    learnt: str = ""


@dataclass(frozen=True)
class _Mark:
    """How much was known at some time; see `SymbolicShapes.mark`."""

    counts: tuple[int, ...]
    facts: Facts


class SymbolicShapes:
    """What is known of the sizes of a function's values.

    `place` says in people's words where an op is ("stablehlo.add in layer dense, model.py:12").
    `steps` collects what happened, if it is wanted; `name_of` names symbols after the op whose data
    tells them.
    """

    def __init__(
        self,
        facts: Facts,
        place: Callable[[Operation], Place],
        steps: list[PropagationStep] | None = None,
        name_of: Callable[[Operation], str] = lambda op: "n",
    ) -> None:
        self.facts = facts
        self.place = place
        self.steps = steps
        self.name_of = name_of
        self._dims: dict[SSAValue, tuple[Expr, ...]] = {}
        self._scalars: dict[SSAValue, Element] = {}
        self._contents: dict[SSAValue, tuple[Element, ...] | None] = {}
        self._visited: dict[Operation, None] = {}
        self._sized: dict[Unknown, None] = {}
        self._users: dict[str, dict[Operation, None]] = {}
        self._learnt: list[str] = []

    # what rules and readers ask

    def dims(self, value: SSAValue) -> tuple[Expr, ...]:
        """The sizes of a ranked tensor or memref; unknown ones that no rule tells are symbols."""
        known = self._dims.get(value)
        if known is None:
            shape = shape_of(value.type)
            if DYNAMIC_INDEX not in shape:
                return tuple(map(constant, shape))
            self._visit_owner(value)
            known = self._dims.get(value)
            if known is None:
                self.set_dims(value, shape)
                known = self._dims[value]
        return tuple(map(self.facts.normal, known)) if self.facts.solved else known

    def declared_dims(self, value: SSAValue) -> tuple[Expr, ...]:
        """`dims` as they were told, whatever was learnt of their symbols since."""
        known = self.dims(value)
        return self._dims.get(value, known)

    def scalar(self, value: SSAValue) -> Expr:
        """The value of an index or integer as a size; a symbol where no rule tells."""
        return self.as_size(self.element(value))

    def element(self, value: SSAValue) -> Element:
        """The value of an index or integer, `Unknown` where no rule tells."""
        known = self._scalars.get(value)
        if known is None:
            self._visit_owner(value)
            known = self._scalars.get(value)
            if known is None:
                known = self._scalars[value] = Unknown(value.owner)
        return self._normal(known)

    def contents(self, value: SSAValue) -> tuple[Expr, ...] | None:
        """The elements of a small integer tensor or shape; None if they are not all known."""
        found = self.elements(value)
        if found is None or any(isinstance(e, Unknown) for e in found):
            return None
        return found  # pyright: ignore[reportReturnType]

    def elements(self, value: SSAValue) -> tuple[Element, ...] | None:
        """The elements of a small integer tensor or shape, in row-major order; None if no rule
        tells even how many there are."""
        if value not in self._contents:
            self._visit_owner(value)
        known = self._contents.get(value)
        return None if known is None else tuple(map(self._normal, known))

    def sizes(self, value: SSAValue) -> tuple[Expr, ...] | None:
        """The elements of a shape, unknown ones as symbols; None if no rule tells how many."""
        found = self.elements(value)
        return None if found is None else tuple(map(self.as_size, found))

    def as_size(self, element: Element) -> Expr:
        """The number as a size: one that only data tells gets a symbol."""
        if isinstance(element, Expr):
            return element
        if element.size is None:
            element.size = self.fresh("", element.owner)
            self._sized[element] = None
            name, high = element.size.symbol, element.high
            if high is not None and name is not None:
                self.facts.limit(name, high)
        return self.facts.normal(element.size)

    def known(self, element: Element) -> Expr | None:
        """The number if it is no unknown one."""
        found = element if isinstance(element, Expr) else element.size
        return None if found is None else self.facts.normal(found)

    def _normal(self, element: Element) -> Element:
        found = element if isinstance(element, Expr) else element.size
        return element if found is None else self.facts.normal(found)

    # what rules tell

    def set_dims(self, value: SSAValue, sizes: Sequence[Expr | int]) -> None:
        """The sizes of a result; those its type states are equated with them, DYNAMIC is any."""
        shape = shape_of(value.type)
        if len(shape) != len(sizes):
            return  # the verifier tells
        found = []
        for static, size in zip(shape, sizes, strict=True):
            if static != DYNAMIC_INDEX:
                if isinstance(size, Expr):
                    self.equate(size, static, value.owner)
                found.append(constant(static))
            elif isinstance(size, Expr):
                found.append(self.facts.normal(size))
            else:
                unknown = size == DYNAMIC_INDEX
                found.append(self.fresh("", value.owner) if unknown else constant(size))
        self._dims[value] = tuple(found)
        if self.steps is not None and isinstance(value.owner, Operation):
            self._note_users(value.owner, found)

    def set_scalar(self, value: SSAValue, size: Element | int) -> None:
        """The value of an integer result."""
        self._scalars[value] = constant(size) if isinstance(size, int) else self._normal(size)

    def set_contents(self, value: SSAValue, sizes: Sequence[Element | int]) -> None:
        """The elements of a small integer tensor or of a shape."""
        self._contents[value] = tuple(
            constant(n) if isinstance(n, int) else self._normal(n) for n in sizes
        )

    def moved(self, old: SSAValue, new: SSAValue) -> None:
        """`new` took the place of `old`: what was known of one holds of the other."""
        tables: list[dict[SSAValue, Any]] = [self._dims, self._scalars, self._contents]
        for table in tables:
            if old in table:
                table[new] = table[old]

    def equate(self, left: Expr | int, right: Expr | int, where: Operation | Block) -> None:
        """Two sizes that are equal in every program without errors."""
        if left is right or left == right:
            return
        op = where if isinstance(where, Operation) else where.parent_op()
        assert op is not None
        if self.facts.equate(left, right, self.place(op)) and self.steps is not None:
            self._learnt.append(f"{left} == {right}")

    def fresh(self, name: str, where: Operation | Block, range_: Range | None = None) -> Expr:
        """A symbol for a size that only the data of a call tells; without a name, the op's."""
        op = where if isinstance(where, Operation) else where.parent_op()
        assert op is not None
        name = name or self.name_of(op)
        return self.facts.declare(name, self.place(op), range_, data=True)

    # walking

    def infer(self, block: Block) -> None:
        """Applies the rules of all ops of a block, in order; rules go into their regions."""
        for op in block.ops:
            self.visit(op)

    def visit(self, op: Operation) -> None:
        """Applies the op's rule, if it was not yet."""
        if op in self._visited:
            return
        self._visited[op] = None
        rule = rules().get(op.name)
        if rule is None:
            return
        if self.steps is None:
            rule(self, op)
            return
        before, self._learnt = self._learnt, []
        solved = set(self.facts.solved)
        rule(self, op)
        learnt = "; ".join(self._learnt)
        self._learnt = before
        self.steps.append(PropagationStep(op, "forward", self._results(op), learnt))
        for name in self.facts.solved.keys() - solved:
            for earlier in reversed(self._users.pop(name, {})):
                if earlier is not op:
                    sizes = self._results(earlier)
                    self.steps.append(PropagationStep(earlier, "backward", sizes))
                    self._note_users(earlier, [n for row in sizes for n in row])

    def _note_users(self, op: Operation, sizes: Sequence[Expr]) -> None:
        for size in sizes:
            for name in size.symbols():
                self._users.setdefault(name, {})[op] = None

    def _results(self, op: Operation) -> tuple[tuple[Expr, ...], ...]:
        return tuple(self.dims(r) for r in op.results if isinstance(r.type, ShapedType))

    def mark(self) -> _Mark:
        """What is known now, for `back_to`."""
        tables = (self._dims, self._scalars, self._contents, self._visited, self._sized)
        counts = [len(t) for t in tables]
        return _Mark((*counts, len(self.steps or ())), self.facts.copy())

    def back_to(self, mark: _Mark) -> None:
        """Forgets what was learnt since: an assumption did not hold."""
        while len(self._sized) > mark.counts[4]:
            self._sized.popitem()[0].size = None
        tables: list[dict[Any, Any]] = [self._dims, self._scalars, self._contents, self._visited]
        for table, count in zip(tables, mark.counts[:4], strict=True):
            while len(table) > count:
                table.popitem()
        if self.steps is not None:
            del self.steps[mark.counts[5] :]
        self.facts.restore(mark.facts)

    def knows(self, value: SSAValue) -> bool:
        """Whether a rule has told something of the value."""
        return value in self._dims or value in self._scalars or value in self._contents

    def revisit(self, op: Operation) -> None:
        """Call when a pass changed an op in place: results that it got since are asked of its rule
        again, what is known stays."""
        self._visited.pop(op, None)

    def prune(self, root: Operation) -> None:
        """Forgets the values that are no longer inside `root`."""
        alive: dict[int, bool] = {id(root): True}
        for table in (self._dims, self._scalars, self._contents):
            gone = [value for value in table if not _inside(value.owner, alive)]
            for value in gone:
                del table[value]
        for op in [op for op in self._visited if not _inside(op, alive)]:
            del self._visited[op]

    def _visit_owner(self, value: SSAValue) -> None:
        if isinstance(value, BlockArgument):
            parent = value.owner.parent_op()
            if parent is not None:
                self.visit(parent)
        elif isinstance(value.owner, Operation):
            self.visit(value.owner)


def shape_of(type_: Attribute) -> tuple[int, ...]:
    """The sizes that a shaped type states."""
    assert isinstance(type_, ShapedType), type_
    return type_.get_shape()


def _inside(where: Operation | Block, alive: dict[int, bool]) -> bool:
    """Whether an op or block is inside what `alive` says is; fills in what is found on the way."""
    path: list[int] = []
    at: Operation | Block | None = where
    while at is not None and id(at) not in alive:
        path.append(id(at))
        parent = at.parent if isinstance(at, Operation) else at.parent_op()
        at = parent
    found = at is not None and alive[id(at)]
    alive.update(dict.fromkeys(path, found))
    return found
