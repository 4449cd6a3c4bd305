# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sizes of every value of one function, in any phase, as expressions over its inputs.

`SymbolicShapes` asks the rule of the op that made a value (`rules/<dialect>.py`), as late as
somebody wants to know, and remembers what it said: passes keep the meaning of values, so what is
known of a value stays true while it lives. `infer` goes through all ops, which is what finds
equalities and conflicts.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import DYNAMIC_INDEX, ShapedType
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue

from iree_explore.shapes.expressions import Expr, constant
from iree_explore.shapes.facts import Facts, Place, Range

Rule = Callable[["SymbolicShapes", Any], None]
"""Tells the sizes of an op's results: `shapes.set_dims`, `set_scalar`, `set_contents`, `equate`."""

_DIALECTS = ("arith", "tensor", "stablehlo", "shape", "control", "linalg", "flow", "stream", "hal")


@functools.cache
def rules() -> Mapping[str, Rule]:
    """The rule of each op, by name: `RULES` of all files in `rules/`."""
    found: dict[str, Rule] = {}
    for name in _DIALECTS:
        found.update(importlib.import_module(f"iree_explore.shapes.rules.{name}").RULES)
    return found


class SymbolicShapes:
    """What is known of the sizes of a function's values.

    `place` says in people's words where an op is ("stablehlo.add in layer dense, model.py:12").
    """

    def __init__(self, facts: Facts, place: Callable[[Operation], Place]) -> None:
        self.facts = facts
        self.place = place
        self._dims: dict[SSAValue, tuple[Expr, ...]] = {}
        self._scalars: dict[SSAValue, Expr] = {}
        self._contents: dict[SSAValue, tuple[Expr, ...]] = {}
        self._visited: set[Operation] = set()

    # what rules and readers ask

    def dims(self, value: SSAValue) -> tuple[Expr, ...]:
        """The sizes of a ranked tensor or memref; unknown ones that no rule tells are symbols."""
        known = self._dims.get(value)
        if known is None:
            if DYNAMIC_INDEX not in _shape(value.type):
                known = tuple(map(constant, _shape(value.type)))
                self._dims[value] = known
            else:
                self._visit_owner(value)
                known = self._dims.get(value)
                if known is None:
                    known = self._fresh_dims(value)
        return tuple(map(self.facts.normal, known))

    def scalar(self, value: SSAValue) -> Expr:
        """The value of an index or integer; a symbol where no rule tells."""
        known = self._scalars.get(value)
        if known is None:
            self._visit_owner(value)
            known = self._scalars.get(value)
            if known is None:
                known = self.fresh("n", value.owner)
                self._scalars[value] = known
        return self.facts.normal(known)

    def contents(self, value: SSAValue) -> tuple[Expr, ...] | None:
        """The elements of a small list of sizes (a shape); None if they are not known."""
        if value not in self._contents:
            self._visit_owner(value)
        known = self._contents.get(value)
        return None if known is None else tuple(map(self.facts.normal, known))

    # what rules tell

    def set_dims(self, value: SSAValue, sizes: Sequence[Expr | int]) -> None:
        """The sizes of a result; those its type states are equated with them."""
        shape = _shape(value.type)
        if len(shape) != len(sizes):
            return  # the verifier tells
        found = []
        for static, size in zip(shape, sizes, strict=True):
            size = self.facts.normal(size)
            if static != DYNAMIC_INDEX:
                self.equate(size, static, value.owner)
                size = constant(static)
            found.append(size)
        self._dims[value] = tuple(found)

    def set_scalar(self, value: SSAValue, size: Expr | int) -> None:
        """The value of an integer result."""
        self._scalars[value] = self.facts.normal(size)

    def set_contents(self, value: SSAValue, sizes: Sequence[Expr | int]) -> None:
        """The elements of a list of sizes."""
        self._contents[value] = tuple(map(self.facts.normal, sizes))

    def equate(self, left: Expr | int, right: Expr | int, where: Operation | Block) -> None:
        """Two sizes that are equal in every program without errors."""
        if left is right or left == right:
            return
        op = where if isinstance(where, Operation) else where.parent_op()
        assert op is not None
        self.facts.equate(left, right, self.place(op))

    def fresh(self, name: str, where: Operation | Block, range_: Range | None = None) -> Expr:
        """A symbol for a size that only the data of a call tells."""
        op = where if isinstance(where, Operation) else where.parent_op()
        assert op is not None
        return self.facts.declare(name, self.place(op), range_)

    def infer(self, block: Block) -> None:
        """Applies the rules of all ops of a block, in order; rules go into their regions."""
        for op in block.ops:
            self.visit(op)

    def visit(self, op: Operation) -> None:
        """Applies the op's rule, if it was not yet."""
        if op in self._visited:
            return
        self._visited.add(op)
        rule = rules().get(op.name)
        if rule is not None:
            rule(self, op)

    def _visit_owner(self, value: SSAValue) -> None:
        if isinstance(value, BlockArgument):
            parent = value.owner.parent_op()
            if parent is not None:
                self.visit(parent)
        elif isinstance(value.owner, Operation):
            self.visit(value.owner)

    def _fresh_dims(self, value: SSAValue) -> tuple[Expr, ...]:
        found = tuple(
            self.fresh("n", value.owner) if size == DYNAMIC_INDEX else constant(size)
            for size in _shape(value.type)
        )
        self._dims[value] = found
        return found


def _shape(type_: Attribute) -> tuple[int, ...]:
    assert isinstance(type_, ShapedType), type_
    return type_.get_shape()
