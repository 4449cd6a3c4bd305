# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `scf`.

On the host, loops and branches carry, after everything else, one index for each unknown size of the
tensors they carry, in order (docs/architecture.md). A number that a round hands on unchanged is
what the loop began with; any other is unknown, and a symbol if it is an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import IndexType, IntegerType, ShapedType
from xdsl.ir import Operation, SSAValue

from iree_explore.shapes.expressions import Expr
from iree_explore.shapes.inference import Element, Rule, SymbolicShapes, Unknown


def _while(shapes: SymbolicShapes, op: Any) -> None:
    before, after = op.before_region.block, op.after_region.block
    condition, end = before.last_op, after.last_op
    forwarded = tuple(condition.operands[1:])
    for i, argument in enumerate(before.args):
        if _is_number(argument) and not shapes.knows(argument):
            handed = end.operands[i]
            handed = forwarded[handed.index] if handed.owner is after else handed
            changed = handed is not argument
            shapes.set_scalar(
                argument,
                _changed(shapes, op, argument) if changed else shapes.element(op.operands[i]),
            )
    _set_carried_dims(shapes, before.args)
    for value, argument, result in zip(forwarded, after.args, op.results, strict=True):
        for other in (argument, result):
            _same(shapes, other, value)


def _if(shapes: SymbolicShapes, op: Any) -> None:
    ends = [region.block.last_op.operands for region in op.regions if region.blocks]
    for i, result in enumerate(op.results):
        if _is_number(result) and not shapes.knows(result):
            first, *others = (shapes.element(end[i]) for end in ends)
            same = len(ends) == 2 and all(_equal(first, other) for other in others)
            shapes.set_scalar(result, first if same else _changed(shapes, op, result))
    _set_carried_dims(shapes, op.results)


def _for(shapes: SymbolicShapes, op: Any) -> None:
    """Tensors keep their sizes: tiles are put into what the loop began with."""
    for argument, result, value in zip(
        op.body.block.args[1:], op.results, op.iter_args, strict=True
    ):
        if isinstance(value.type, ShapedType):
            _same(shapes, argument, value)
            _same(shapes, result, value)


def _set_carried_dims(shapes: SymbolicShapes, values: Sequence[SSAValue]) -> None:
    """The sizes of tensors that are carried, from the numbers that come after everything else."""
    shaped = [v for v in values if isinstance(v.type, ShapedType)]
    unknown = sum(n < 0 for v in shaped for n in v.type.get_shape())  # pyright: ignore[reportAttributeAccessIssue]
    numbers = list(values[len(values) - unknown :])
    if not all(isinstance(v.type, IndexType) for v in numbers):
        return  # code of device functions, or not yet in that form
    left = iter(numbers)
    for value in shaped:
        sizes = value.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        shapes.set_dims(value, [shapes.scalar(next(left)) if n < 0 else n for n in sizes])


def _same(shapes: SymbolicShapes, value: SSAValue, source: SSAValue) -> None:
    if isinstance(value.type, ShapedType):
        shapes.set_dims(value, shapes.dims(source))
    elif _is_number(value):
        shapes.set_scalar(value, shapes.element(source))


def _changed(shapes: SymbolicShapes, op: Operation, value: SSAValue) -> Element:
    return shapes.fresh("", op) if isinstance(value.type, IndexType) else Unknown(op)


def _is_number(value: SSAValue) -> bool:
    return isinstance(value.type, IndexType | IntegerType)


def _equal(a: Element, b: Element) -> bool:
    return a is b or (isinstance(a, Expr) and isinstance(b, Expr) and a == b)


RULES: Mapping[str, Rule] = {"scf.while": _while, "scf.if": _if, "scf.for": _for}
