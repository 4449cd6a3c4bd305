# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of the `shape` dialect: shapes are lists of sizes, whatever their type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from xdsl.dialects.builtin import TensorType

from iree_explore.shapes.expressions import broadcast, constant
from iree_explore.shapes.inference import Rule, SymbolicShapes


def _shape_of(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_contents(op.result, shapes.dims(op.arg))


def _const_shape(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_contents(op.result, op.sizes())


def _broadcast(shapes: SymbolicShapes, op: Any) -> None:
    """Sizes that agree but for those that are 1, aligned at the last."""
    given = [shapes.sizes(v) for v in op.operands]
    if any(g is None for g in given):
        return
    lists = [g for g in given if g is not None]
    rank = max(map(len, lists), default=0)
    padded = [(constant(1),) * (rank - len(g)) + g for g in lists]
    shapes.set_contents(op.results[0], [broadcast(*row) for row in zip(*padded, strict=True)])


def _equal(shapes: SymbolicShapes, op: Any) -> None:
    """Shapes that have to be equal for the witness to pass."""
    given = [g for g in map(shapes.contents, op.operands) if g is not None]
    for other in given[1:]:
        if len(other) == len(given[0]):
            for a, b in zip(given[0], other, strict=True):
                shapes.equate(a, b, op)


def _same(shapes: SymbolicShapes, op: Any) -> None:
    found = shapes.elements(op.operands[0])
    if found is not None:
        shapes.set_contents(op.results[0], found)


def _concat(shapes: SymbolicShapes, op: Any) -> None:
    left, right = (shapes.elements(v) for v in op.operands)
    if left is not None and right is not None:
        shapes.set_contents(op.results[0], [*left, *right])


def _num_elements(shapes: SymbolicShapes, op: Any) -> None:
    sizes = shapes.sizes(op.operands[0])
    if sizes is not None:
        shapes.set_scalar(op.results[0], math.prod(sizes, start=constant(1)))


def _rank(shapes: SymbolicShapes, op: Any) -> None:
    found = shapes.elements(op.operands[0])
    if found is not None:
        shapes.set_scalar(op.results[0], len(found))


def _index(shapes: SymbolicShapes, value: Any) -> int | None:
    known = shapes.known(shapes.element(value))
    return None if known is None else known.constant


def _get_extent(shapes: SymbolicShapes, op: Any) -> None:
    found, at = shapes.elements(op.operands[0]), _index(shapes, op.operands[1])
    if found is not None and at is not None and -len(found) <= at < len(found):
        shapes.set_scalar(op.results[0], found[at])


def _split_at(shapes: SymbolicShapes, op: Any) -> None:
    found, at = shapes.elements(op.operands[0]), _index(shapes, op.operands[1])
    if found is not None and at is not None:
        shapes.set_contents(op.head, found[:at])
        shapes.set_contents(op.tail, found[at:])


def _from_extents(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_contents(op.results[0], [shapes.element(v) for v in op.operands])


def _assuming(shapes: SymbolicShapes, op: Any) -> None:
    """What its region yields."""
    block = op.body.block
    shapes.infer(block)
    for result, value in zip(op.results, block.last_op.operands, strict=True):
        if isinstance(result.type, TensorType):
            shapes.set_dims(result, shapes.dims(value))
        found = shapes.elements(value)
        if found is not None:
            shapes.set_contents(result, found)


RULES: Mapping[str, Rule] = {
    "shape.shape_of": _shape_of,
    "shape.const_shape": _const_shape,
    "shape.broadcast": _broadcast,
    "shape.cstr_eq": _equal,
    "shape.to_extent_tensor": _same,
    "shape.concat": _concat,
    "shape.num_elements": _num_elements,
    "shape.rank": _rank,
    "shape.get_extent": _get_extent,
    "shape.split_at": _split_at,
    "shape.from_extents": _from_extents,
    "shape.assuming": _assuming,
}
