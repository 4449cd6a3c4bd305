# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`infer_function`: the symbolic sizes of one imported function, from what its signature says.

What is learnt of the arguments' sizes at some op holds from the start, so inference begins again
with it, until a round learns nothing new of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DictionaryAttr,
    ShapedType,
    StringAttr,
    TensorType,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation

from iree_explore.errors import ModelError
from iree_explore.hal.passes.wrap_entry_points import CONSTRAINTS, DIMS, NAME, TYPE
from iree_explore.hal.types import BufferViewType
from iree_explore.provenance import Provenance, op_id
from iree_explore.shapes.expressions import Expr, identifier, symbol
from iree_explore.shapes.facts import Equation, Facts, Place, Range
from iree_explore.shapes.inference import PropagationStep, SymbolicShapes
from iree_explore.shapes.signature import (
    Constraint,
    learn,
    parse_constraint,
    parse_dimension,
)

_MOST_ROUNDS = 8


def has_unknown_sizes(function: FuncOp) -> bool:
    """Whether a value of the function's own block has a `?`."""
    seen: dict[int, Attribute] = {}
    for value in function.body.block.args:
        seen[id(value.type)] = value.type
    op = function.body.block.first_op
    while op is not None:
        for result in op.results:
            seen[id(result.type)] = result.type
        op = op.next_op
    return any(isinstance(t, ShapedType) and DYNAMIC_INDEX in t.get_shape() for t in seen.values())


def infer_function(
    function: FuncOp, provenance: Provenance, steps: list[PropagationStep] | None = None
) -> SymbolicShapes:
    """The sizes of all values of a function with one block, inferred to a fixpoint.

    Conflicts are in `facts.conflicts` of what is returned; nothing raises but signatures that do
    not parse (`ModelError` IX101).
    """
    learnt: list[Equation] = []
    rounds = 0
    while True:
        shapes = _round(function, provenance, steps, learnt)
        facts = shapes.facts
        known = [
            Equation(symbol(name), value, facts.reason(name).place)
            for name, value in facts.solved.items()
            if name not in facts.data and facts.data.isdisjoint(value.symbols())
        ]
        rounds += 1
        same = {(e.left, e.right) for e in known} == {(e.left, e.right) for e in learnt}
        if same or facts.conflicts or rounds == _MOST_ROUNDS:
            return shapes
        learnt = known


def _round(
    function: FuncOp,
    provenance: Provenance,
    steps: list[PropagationStep] | None,
    learnt: Sequence[Equation],
) -> SymbolicShapes:
    def place(op: Operation) -> Place:
        return place_of(op, provenance)

    def name_of(op: Operation) -> str:
        return _data_name(op, provenance)

    facts = Facts()
    shapes = SymbolicShapes(facts, place, steps, name_of)
    declare_arguments(function, shapes)
    for equation in learnt:
        facts.equate(equation.left, equation.right, equation.place)
    shapes.infer(function.body.block)
    return shapes


def place_of(op: Operation, provenance: Provenance) -> Place:
    """The op's name, and its layer and line in the user's source."""
    sources = "; ".join(map(str, provenance.sources_of(op)))
    return Place(f"{op.name} in {sources}" if sources else op.name, op_id(op))


def _data_name(op: Operation, provenance: Provenance) -> str:
    """A name for a size that an op's data tells: the source op's ("where", "unique")."""
    for source in provenance.sources_of(op):
        name = source.op or source.layer.rpartition("/")[2]
        if name:
            return identifier(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return "n"


def argument_names(function: FuncOp) -> list[str]:
    """What users call the arguments."""
    found = []
    for i in range(len(function.body.block.args)):
        name = attributes_of(function.arg_attrs, i).get(NAME)
        found.append(name.data if isinstance(name, StringAttr) else f"arg{i}")
    return found


def attributes_of(rows: ArrayAttr | None, index: int) -> dict[str, Attribute]:
    """The attributes of one argument or result."""
    row = rows.data[index] if rows is not None and index < len(rows) else None
    return dict(row.data) if isinstance(row, DictionaryAttr) else {}


def texts(attribute: Attribute | None) -> list[str]:
    """The strings of an array attribute."""
    if not isinstance(attribute, ArrayAttr):
        return []
    return [a.data if isinstance(a, StringAttr) else "" for a in attribute]


_BOUNDS = re.compile(r"bounds\s*(?:=\s*\[|<)([^\]>]*)[\]>]")


def bounds_of(type_: TensorType) -> list[int | None]:
    """The upper bounds that an encoding (`#stablehlo.bounds<?, 8>`) gives sizes; None: none."""
    found = _BOUNDS.search(str(type_.encoding))
    sizes = [s.strip() for s in found[1].split(",")] if found else []
    if len(sizes) != type_.get_num_dims():
        sizes = [""] * type_.get_num_dims()
    return [int(s) if s.isdigit() else None for s in sizes]


def declare_arguments(function: FuncOp, shapes: SymbolicShapes) -> None:
    """Symbols of the sizes that the signature leaves open, and what it says of them; a buffer
    view's are those of its tensor. Raises `ModelError` IX101 for limits of no dimension."""
    facts, names = shapes.facts, argument_names(function)
    limits: list[tuple[Constraint, Place]] = []
    for i, argument in enumerate(function.body.block.args):
        attributes = attributes_of(function.arg_attrs, i)
        type_ = argument.type
        if isinstance(type_, BufferViewType):
            type_ = attributes.get(TYPE)
        if not isinstance(type_, TensorType):
            continue
        said = texts(attributes.get(DIMS))
        highs = bounds_of(type_)
        sizes: list[Expr | int] = []
        for axis, size in enumerate(type_.get_shape()):
            text = said[axis] if axis < len(said) else ""
            place = Place(f"dimension {axis} of argument {names[i]}")
            if size != DYNAMIC_INDEX:
                sizes.append(size)
                continue
            if text:
                found, conditions = parse_dimension(text)
                limits += [(c, place) for c in conditions]
            else:
                found, conditions = facts.declare(identifier(f"{names[i]}_d{axis}"), place), []
            for name in sorted(found.symbols()):
                if name not in facts.places:
                    facts.declare(name, place)
            if highs[axis] is not None and found.symbol is not None:
                facts.narrow(found.symbol, Range(high=highs[axis]))
            sizes.append(found)
        if argument.type is type_:
            shapes.set_dims(argument, sizes)
        else:
            shapes.set_contents(argument, sizes)
    place = Place("the signature")
    limits += [(parse_constraint(t), place) for t in texts(function.attributes.get(CONSTRAINTS))]
    for constraint, place in limits:
        unknown = sorted(constraint.symbols() - facts.places.keys())
        if unknown and constraint.relation != "==":
            raise ModelError(
                "IX101",
                f"{place} says {constraint}, but no argument has a dimension {unknown[0]}",
                hint=f"name a dimension {unknown[0]}, or put a number in its place",
            )
        if not learn(facts, constraint) and constraint.relation == "==":
            facts.equate(constraint.left, constraint.right, place)
