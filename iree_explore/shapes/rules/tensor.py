# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `tensor` ops."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from iree_explore.shapes import contents
from iree_explore.shapes.inference import Rule, SymbolicShapes, Unknown, shape_of


def _dim(shapes: SymbolicShapes, op: Any) -> None:
    axis = shapes.element(op.operands[1])
    known = None if isinstance(axis, Unknown) else axis.constant
    if known is not None and 0 <= known < len(shape_of(op.operands[0].type)):
        shapes.set_scalar(op.results[0], shapes.dims(op.operands[0])[known])


def _from_elements(shapes: SymbolicShapes, op: Any) -> None:
    if contents.count_of(op.results[0]) is not None:
        shapes.set_contents(op.results[0], [shapes.element(v) for v in op.operands])


def _extract(shapes: SymbolicShapes, op: Any) -> None:
    """A number of a small tensor at a known place."""
    elements = shapes.elements(op.operands[0])
    shape = shape_of(op.operands[0].type)
    if elements is None or len(elements) != math.prod(shape):
        return
    at = 0
    for value, size in zip(op.operands[1:], shape, strict=True):
        index = shapes.element(value)
        known = None if isinstance(index, Unknown) else index.constant
        if known is None or not 0 <= known < size:
            return
        at = at * size + known
    shapes.set_scalar(op.results[0], elements[at])


def _cast(shapes: SymbolicShapes, op: Any) -> None:
    """The same tensor; what one type states the other has too."""
    shapes.set_dims(op.results[0], shapes.dims(op.operands[0]))
    elements = shapes.elements(op.operands[0])
    if elements is not None:
        shapes.set_contents(op.results[0], elements)


def _empty(shapes: SymbolicShapes, op: Any) -> None:
    given = iter(op.operands)
    sizes = [shapes.scalar(next(given)) if n < 0 else n for n in shape_of(op.results[0].type)]
    shapes.set_dims(op.results[0], sizes)


RULES: Mapping[str, Rule] = {
    "tensor.dim": _dim,
    "tensor.from_elements": _from_elements,
    "tensor.extract": _extract,
    "tensor.cast": _cast,
    "tensor.empty": _empty,
}
