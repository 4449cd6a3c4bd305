# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of control flow: loops to a fixpoint, branches that have to agree.

A loop is first assumed to keep the sizes and numbers that it begins with; what its body returns
otherwise becomes a symbol (a number: unknown), and it is looked at again, until nothing changes.
What only a branch needs is not learnt: calls that do not take it are right without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, Operation, SSAValue

from iree_explore.shapes.expressions import Expr, constant
from iree_explore.shapes.inference import Element, Rule, SymbolicShapes, Unknown, shape_of
from iree_explore.shapes.rules.stablehlo import row

_Sizes = list["Expr | None"]
"""Of one value; None: it changes."""


def _while(shapes: SymbolicShapes, op: Any) -> None:
    dims: list[_Sizes] = [list(_dims(shapes, v)) for v in op.operands]
    held = [shapes.elements(v) for v in op.operands]
    regions = (op.regions[0].block, op.regions[1].block)
    mark = shapes.mark()
    most: dict[tuple[int, int], Expr] = {}
    while True:
        _assume(shapes, regions, dims, held, most)
        for block in regions:
            shapes.infer(block)
        last = regions[1].last_op
        assert last is not None
        if not _changed(shapes, op, last.operands, dims, held, most):
            break
        shapes.back_to(mark)
    for i, result in enumerate(op.results):
        if isinstance(result.type, TensorType):
            argument = regions[0].args[i]  # the loop ends where its condition has looked
            shapes.set_dims(result, shapes.dims(argument))
            elements = shapes.elements(argument)
            if elements is not None:
                shapes.set_contents(result, elements)


def _dims(shapes: SymbolicShapes, value: SSAValue) -> Sequence[Expr]:
    return shapes.dims(value) if isinstance(value.type, TensorType) else ()


def _assume(
    shapes: SymbolicShapes, blocks: Sequence[Block], dims: Sequence[_Sizes], held: Sequence[Any],
    most: Mapping[tuple[int, int], Expr],
) -> None:  # fmt: skip
    """What the arguments of both regions are; a size that changes is one symbol in both, which
    `most` limits where it changes only once."""
    first, *others = blocks
    for i, argument in enumerate(first.args):
        if not isinstance(argument.type, TensorType):
            continue
        static = shape_of(argument.type)
        sizes = [
            n if n is not None else shapes.fresh("", first) if s < 0 else constant(s)
            for n, s in zip(dims[i], static, strict=True)
        ]
        for d, size in enumerate(sizes):
            if (i, d) in most and dims[i][d] is None and size.symbol is not None:
                shapes.facts.limit(size.symbol, most[i, d])
        for block in (first, *others):
            shapes.set_dims(block.args[i], sizes)
            if held[i] is not None:
                shapes.set_contents(block.args[i], held[i])


def _changed(
    shapes: SymbolicShapes, op: Operation, values: Sequence[SSAValue], dims: list[_Sizes],
    held: list[Any], most: dict[tuple[int, int], Expr],
) -> bool:  # fmt: skip
    """Whether the body returns something else than was assumed; what does becomes unknown."""
    changed = False
    for i, value in enumerate(values):
        for d, n in enumerate(_dims(shapes, value)):
            before = dims[i][d]
            if before is not None and shapes.facts.normal(before) != n:
                dims[i][d] = None
                changed = True
                data = not shapes.facts.data.isdisjoint(n.symbols())
                if (
                    before.constant == 0 and not data
                ):  # a list that was empty: all turns give what the first did
                    most[i, d] = n
            elif before is None and (i, d) in most and most[i, d] != n:
                del most[i, d]
                changed = True
        if held[i] is not None:
            elements = shapes.elements(value)
            found = _kept(shapes, op, held[i], elements)
            if found is None or any(a is not b for a, b in zip(found, held[i], strict=True)):
                held[i] = found
                changed = True
    return changed


def _kept(
    shapes: SymbolicShapes, op: Operation, before: Sequence[Element],
    after: Sequence[Element] | None,
) -> list[Element] | None:  # fmt: skip
    """The numbers of `before` that `after` repeats, the others unknown."""
    if after is None or len(after) != len(before):
        return None
    found: list[Element] = []
    for a, b in zip(before, after, strict=True):
        same = a is b or (isinstance(a, Expr) and isinstance(b, Expr) and _same(shapes, a, b))
        found.append(a if same or type(a) is _Changing else _Changing(op))
    return found


class _Changing(Unknown):
    """A number that a loop changes."""

    __slots__ = ()


def _same(shapes: SymbolicShapes, a: Expr, b: Expr) -> bool:
    return shapes.facts.normal(a) == shapes.facts.normal(b)


def _branches(shapes: SymbolicShapes, op: Any) -> None:
    """Equal in all branches, else unknown; equations inside are the branch's own."""
    ends = []
    for region in op.regions:
        facts = shapes.facts.copy()
        shapes.infer(region.block)
        last = region.block.last_op
        assert last is not None
        ends.append([(_dims(shapes, v), shapes.elements(v)) for v in last.operands])
        shapes.facts.forget_equations(facts)
    for i, result in enumerate(op.results):
        if not isinstance(result.type, TensorType):
            continue
        rows = [end[i] for end in ends]
        static = shape_of(result.type)
        sizes: list[Expr | int] = []
        for d, n in enumerate(static):
            found = {dims[d] for dims, _ in rows}
            sizes.append(found.pop() if n < 0 and len(found) == 1 else n)
        shapes.set_dims(result, sizes)
        held = rows[0][1]
        if held is not None:
            kept = list(held)
            for _, other in rows[1:]:
                kept = _kept(shapes, op, kept, other)
                if kept is None:
                    break
            if kept is not None:
                shapes.set_contents(result, [Unknown(op) if type(e) is _Changing else e
                                             for e in kept])  # fmt: skip


def _barrier(shapes: SymbolicShapes, op: Any) -> None:
    for operand, result in zip(op.operands, op.results, strict=True):
        if isinstance(result.type, TensorType):
            shapes.set_dims(result, shapes.dims(operand))
            elements = shapes.elements(operand)
            if elements is not None:
                shapes.set_contents(result, elements)


def _scan(shapes: SymbolicShapes, op: Any) -> None:
    """Slices go into the region, what it returns is stacked by the row's rule."""
    count = len(op.inputs)
    for i, argument in enumerate(op.body.block.args):
        sizes = shapes.dims(op.operands[i])
        if i < count:
            sizes = (*sizes[: op.axis], *sizes[op.axis + 1 :])
        shapes.set_dims(argument, sizes)
    shapes.infer(op.body.block)
    last = op.body.block.last_op
    for initial, value in zip(op.inits, last.operands[len(op.outputs) :], strict=True):
        for a, b in zip(shapes.dims(initial), shapes.dims(value), strict=True):
            shapes.equate(a, b, op)
    row(shapes, op)


RULES: Mapping[str, Rule] = {
    "stablehlo.while": _while,
    "stablehlo.if": _branches,
    "stablehlo.case": _branches,
    "stablehlo.optimization_barrier": _barrier,
    "chlo.scan": _scan,
}
