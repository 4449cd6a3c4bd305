# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes that `arith` computes on the host: scalars, and small tensors by `arith.index_cast`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, TensorType

from iree_explore.shapes import contents
from iree_explore.shapes.expressions import Expr, ceildiv
from iree_explore.shapes.inference import Rule, SymbolicShapes


def _constant(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.value, IntegerAttr):
        shapes.set_scalar(op.result, op.value.value.data)
    elif contents.count_of(op.result) is not None:
        found = contents.constants(op.value)
        if found is not None:
            shapes.set_contents(op.result, found)


def _same(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.results[0].type, TensorType):
        shapes.set_dims(op.results[0], shapes.dims(op.operands[0]))
        contents.tell(shapes, op)
    else:
        shapes.set_scalar(op.results[0], shapes.element(op.operands[0]))


def _computed(compute: contents.Compute) -> Rule:
    def rule(shapes: SymbolicShapes, op: Any) -> None:
        if isinstance(op.results[0].type, TensorType):
            return
        values = [shapes.element(v) for v in op.operands]
        shapes.set_scalar(op.results[0], contents.computed(shapes, op, compute, values))

    return rule


def _floor(shapes: SymbolicShapes, a: Expr, b: Expr) -> Expr:
    return a // b


def _ceil(shapes: SymbolicShapes, a: Expr, b: Expr) -> Expr:
    return ceildiv(a, b)


_DIRECTIONS = ("EQ", "NE", "LT", "LE", "GT", "GE", "LT", "LE", "GT", "GE")
"""Of `arith.cmpi`, by predicate; sizes are never negative, so unsigned is signed."""


def _compare(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.results[0].type, TensorType):
        return
    a, b = (shapes.element(v) for v in op.operands)
    direction = _DIRECTIONS[op.predicate.value.data]
    shapes.set_scalar(op.results[0], contents.comparison(shapes, op, direction, a, b))


def _select(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.results[0].type, TensorType):
        shapes.set_dims(op.results[0], shapes.dims(op.operands[1]))
        return
    values = [shapes.element(v) for v in op.operands]
    shapes.set_scalar(op.results[0], contents.selected(shapes, op, *values))


def _and(shapes: SymbolicShapes, op: Any) -> None:
    """A mask of high bits rounds down to a multiple, as alignments do."""
    mask = shapes.element(op.operands[1])
    step = -mask.constant if isinstance(mask, Expr) and mask.constant is not None else 0
    value = shapes.element(op.operands[0])
    if step > 0 and step & (step - 1) == 0 and isinstance(value, Expr):
        shapes.set_scalar(op.results[0], value // step * step)
    else:
        _computed(contents.COMPUTED["and"])(shapes, op)


def _shift_right(shapes: SymbolicShapes, op: Any) -> None:
    by = shapes.element(op.operands[1])
    value = shapes.element(op.operands[0])
    if isinstance(by, Expr) and by.constant is not None and isinstance(value, Expr):
        shapes.set_scalar(op.results[0], value // (1 << by.constant))


_BINARY = {
    "addi": "add", "subi": "subtract", "muli": "multiply", "divsi": "divide", "divui": "divide",
    "remsi": "remainder", "remui": "remainder", "minsi": "minimum", "minui": "minimum",
    "maxsi": "maximum", "maxui": "maximum", "ori": "or",
}  # fmt: skip

RULES: Mapping[str, Rule] = {
    "arith.constant": _constant,
    "arith.index_cast": _same,
    "util.assume.int": _same,
    "arith.index_castui": _same,
    "arith.extsi": _same,
    "arith.extui": _same,
    "arith.trunci": _same,
    **{f"arith.{k}": _computed(contents.COMPUTED[v]) for k, v in _BINARY.items()},
    "arith.floordivsi": _computed(_floor),
    "arith.ceildivsi": _computed(_ceil),
    "arith.ceildivui": _computed(_ceil),
    "arith.andi": _and,
    "arith.shrui": _shift_right,
    "arith.cmpi": _compare,
    "arith.select": _select,
}
