# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of StableHLO and CHLO: the rows' shape rules, reading symbolic sizes.

A row says the shape of its results once (`OpRow.infer`, over `base.shape_of`); here that rule reads
`Expr`s. Ops that take a shape as a value are `DYNAMIC_FORMS`; what small integer tensors hold is in
`contents.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue

from iree_explore.shapes import contents
from iree_explore.shapes.expressions import Expr, constant, floordiv, maximum, minimum
from iree_explore.shapes.inference import Rule, SymbolicShapes
from iree_explore.stablehlo import base
from iree_explore.stablehlo.base import DYNAMIC, Shape
from iree_explore.stablehlo.ops import convolution, slicing
from iree_explore.stablehlo.table import TABLE


class _Sizes:
    """What a row's shape rule reads: sizes of operands as known, of results as their types say."""

    def __init__(self, shapes: SymbolicShapes, op: Operation) -> None:
        self.shapes, self.op = shapes, op

    def of(self, value: SSAValue) -> Shape:
        assert isinstance(value.type, TensorType), value.type
        shape = value.type.get_shape()
        if DYNAMIC not in shape or value.owner is self.op:
            return shape
        return tuple(map(_plain, self.shapes.dims(value)))  # pyright: ignore[reportReturnType]

    def equal(self, left: int, right: int) -> None:
        self.shapes.equate(left, right, self.op)


def _plain(size: Expr) -> Expr | int:
    """A number as an integer, so that rules compute with it as they do without symbols."""
    known = size.constant
    return size if known is None else known


def inferred(shapes: SymbolicShapes, op: Any) -> Sequence[Shape | None]:
    """The shapes that the op's row gives its results, with symbolic sizes."""
    token = base.READING.set(_Sizes(shapes, op))
    try:
        return TABLE[op.name].infer(op)
    finally:
        base.READING.reset(token)


def row(shapes: SymbolicShapes, op: Any) -> None:
    """The rule of most ops: their row's, and what small results hold."""
    for result, shape in zip(op.results, inferred(shapes, op), strict=False):
        if shape is not None and isinstance(result.type, TensorType):
            shapes.set_dims(result, shape)
    contents.tell(shapes, op)


# Ops that take a shape as a value
# --------------------------------------------------------------------------------------------

Form = Callable[[SymbolicShapes, Any], "Sequence[Expr | int] | None"]


def _count(sizes: Sequence[Expr | int]) -> Expr:
    total = constant(1)
    for size in sizes:
        total = total * size
    return total


def _known(shapes: SymbolicShapes, value: SSAValue) -> list[Expr | None] | None:
    """The elements of a shape operand, None for those that only data tells."""
    found = shapes.elements(value)
    return None if found is None else [shapes.known(e) for e in found]


def _reshape(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int]:
    """Sizes from the shape operand, and a single unknown one from the number of elements."""
    total = _count(shapes.dims(op.operand))
    sizes: list[Expr | int | None] = [None if n == DYNAMIC else n for n in _shape(op.result)]
    given = _known(shapes, op.operands[1]) if len(op.operands) > 1 else None
    if given is not None and len(given) == len(sizes):
        sizes = [g if n is None else n for g, n in zip(given, sizes, strict=True)]
    missing = [i for i, n in enumerate(sizes) if n is None]
    if len(missing) == 1:
        rest = _count([n for n in sizes if n is not None])
        low, _ = shapes.facts.bounds(rest)
        if rest.constant or (low is not None and low > 0) or rest.constant is None:
            sizes[missing[0]] = floordiv(total, rest)
        missing = []
    elif missing and len(op.operands) > 1 and (found := shapes.sizes(op.operands[1])) is not None:
        sizes = [f if n is None else n for f, n in zip(found, sizes, strict=True)]
        missing = []
    if not missing and all(n is not None for n in sizes):
        shapes.equate(_count(sizes), total, op)  # pyright: ignore[reportArgumentType]
    return [DYNAMIC if n is None else n for n in sizes]


def _from_operand(index: int) -> Form:
    def form(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
        return shapes.sizes(op.operands[index])

    return form


def _broadcast_in_dim(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
    """The shape operand's sizes; where those are unknown, an operand's that cannot be 1."""
    given = _known(shapes, op.output_dimensions)
    found: list[Expr | int] = list(_shape(op.result))
    source = shapes.dims(op.operand)
    same = op.properties.get("known_nonexpanding_dimensions")
    kept = set(same.get_values()) if same is not None else set()
    for i, d in enumerate(op.broadcast_dimensions.get_values()):
        size = source[i]
        if i in kept or size.constant not in (None, 1):
            found[d] = size
            if given is not None and given[d] is not None:
                shapes.equate(size, given[d], op)  # pyright: ignore[reportArgumentType]
    sizes = shapes.sizes(op.output_dimensions)
    if sizes is None:
        return found
    for d, size in enumerate(sizes):
        if found[d] == DYNAMIC:
            found[d] = size
    return found


def _pad(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
    amounts = [_known(shapes, v) for v in op.operands[2:]]
    if any(a is None for a in amounts):
        return None
    found: list[Expr | int] = []
    rows = zip(*amounts, strict=True)  # pyright: ignore[reportArgumentType]
    for size, row in zip(shapes.dims(op.operand), rows, strict=True):
        if any(n is None for n in row):
            found.append(DYNAMIC)
        else:
            found.append(slicing.padded_size(size, *row))  # pyright: ignore[reportArgumentType]
    return found


def _real_dynamic_slice(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
    """As the lowering clamps; sizes that only data tells are at most the operand's."""
    lists = [shapes.elements(v) for v in op.operands[1:]]
    if any(x is None for x in lists):
        return None
    found: list[Expr | int] = []
    rows = zip(shapes.dims(op.operand), *lists, strict=True)  # pyright: ignore[reportArgumentType]
    for size, *row in rows:
        start, limit, stride = (shapes.known(e) for e in row)
        if start is None or limit is None or stride is None:
            whole = start == constant(0) and stride == constant(1)
            symbol = shapes.as_size(row[1]) if whole else None
            if symbol is None:
                symbol = shapes.fresh("", op)
            if symbol.symbol is not None:
                shapes.facts.limit(symbol.symbol, size)
            found.append(symbol)
            continue
        start, limit = minimum(maximum(start, 0), size), minimum(limit, size)
        span = maximum(limit - start, 0)
        found.append(floordiv(span + (stride - 1), stride))
    return found


def _dynamic_gather(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
    """Index sizes from the row's rule, the slice's from the operand that says them."""
    from iree_explore.stablehlo.ops import indexing

    (shape,) = inferred(shapes, op)
    given = shapes.sizes(op.operands[2])
    if shape is None or given is None:
        return shape
    found: list[Expr | int] = list(shape)
    for d, source in indexing.slice_positions(op, len(given)):
        found[d] = given[source]
    return found


def _dynamic_conv(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
    (shape,) = inferred(shapes, op)
    given = _known(shapes, op.operands[2])
    if shape is None or given is None:
        return shape
    pads = list(zip(given[::2], given[1::2], strict=True))
    token = base.READING.set(_Sizes(shapes, op))
    try:
        return convolution.convolution_sizes(op, pads, shape)  # pyright: ignore[reportArgumentType]
    finally:
        base.READING.reset(token)


def _set_dimension_size(shapes: SymbolicShapes, op: Any) -> Sequence[Expr | int] | None:
    sizes: list[Expr | int] = list(shapes.dims(op.operand))
    axis = op.dimension.value.data
    (given,) = shapes.elements(op.size) or (None,)
    known = None if given is None else shapes.known(given)
    if known is not None:
        sizes[axis] = minimum(maximum(known, 0), sizes[axis])
    else:
        symbol = shapes.fresh("", op)
        name = symbol.symbol
        assert name is not None
        shapes.facts.limit(name, shapes.dims(op.operand)[axis])
        sizes[axis] = symbol
    return sizes


def _shape(value: SSAValue) -> Shape:
    assert isinstance(value.type, TensorType), value.type
    return value.type.get_shape()


DYNAMIC_FORMS: Mapping[str, Form] = {
    "stablehlo.reshape": _reshape,
    "stablehlo.dynamic_reshape": _reshape,
    "stablehlo.dynamic_broadcast_in_dim": _broadcast_in_dim,
    "stablehlo.dynamic_iota": _from_operand(0),
    "stablehlo.dynamic_pad": _pad,
    "stablehlo.real_dynamic_slice": _real_dynamic_slice,
    "stablehlo.dynamic_gather": _dynamic_gather,
    "stablehlo.dynamic_conv": _dynamic_conv,
    "stablehlo.set_dimension_size": _set_dimension_size,
}
"""Ops whose sizes are (also) values."""


def _dynamic(form: Form) -> Rule:
    def rule(shapes: SymbolicShapes, op: Any) -> None:
        sizes = form(shapes, op)
        if sizes is not None:
            shapes.set_dims(op.results[0], sizes)
        contents.tell(shapes, op)

    return rule


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(TABLE, row),
    **{name: _dynamic(form) for name, form in DYNAMIC_FORMS.items()},
}
