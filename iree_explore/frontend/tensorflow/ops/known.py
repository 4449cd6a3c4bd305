# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What can be told of a shape operand: `known_elements` evaluates the part that is constant.

TensorFlow computes the shapes of einsums and flattened blocks from `shape_of`, slices and products;
most elements are constants all the same, and a reshape that knows them is a better one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, IntegerAttr, TensorType
from xdsl.ir import Operation, SSAValue

from iree_explore import elements

LIMIT = 64
"""Only small integer tensors are evaluated: shapes, not data."""


def known_elements(value: SSAValue, depth: int = 0) -> np.ndarray | None:
    """Elements of a small integer tensor or index scalar, None where unknown; None for the rest."""
    op = value.owner
    if not isinstance(op, Operation) or depth > LIMIT:
        return None
    type_ = value.type
    if isinstance(type_, TensorType):
        shape = type_.get_shape()
        if any(n == DYNAMIC_INDEX for n in shape) or int(np.prod(shape)) > LIMIT:
            return None
    rule = _RULES.get(op.name)
    if rule is None:
        return None
    return rule(op, lambda v: known_elements(v, depth + 1))


Known = Callable[[SSAValue], np.ndarray | None]


def _objects(values: Any, shape: Any = None) -> np.ndarray:
    array = np.array(values, dtype=object)
    return array if shape is None else array.reshape(shape)


def _constant(op: Operation, known: Known) -> np.ndarray | None:
    value = op.properties["value"]
    if isinstance(value, IntegerAttr):
        return _objects(value.value.data)
    array = elements.to_numpy(value)  # pyright: ignore[reportArgumentType]
    return array.astype(object) if array.dtype.kind in "iu" else None


def _shape_of(op: Operation, known: Known) -> np.ndarray | None:
    type_ = op.operands[0].type
    if not isinstance(type_, TensorType):
        return None
    return _objects([None if n == DYNAMIC_INDEX else n for n in type_.get_shape()])


def _same(op: Operation, known: Known) -> np.ndarray | None:
    return known(op.operands[0])


def _reshape(op: Operation, known: Known) -> np.ndarray | None:
    source = known(op.operands[0])
    type_ = op.results[0].type
    if source is None or not isinstance(type_, TensorType):
        return None
    return source.reshape(type_.get_shape())


def _concatenate(op: Operation, known: Known) -> np.ndarray | None:
    parts = []
    for operand in op.operands:
        part = known(operand)
        if part is None:
            type_ = operand.type
            if not isinstance(type_, TensorType) or DYNAMIC_INDEX in type_.get_shape():
                return None
            part = np.full(type_.get_shape(), None, dtype=object)
        parts.append(part)
    axis = op.properties["dimension"]
    return np.concatenate(parts, axis.value.data)  # pyright: ignore[reportAttributeAccessIssue]


def _slice(op: Operation, known: Known) -> np.ndarray | None:
    source = known(op.operands[0])
    if source is None:
        return None
    names = ("start_indices", "limit_indices", "strides")
    lists = [op.properties[n] for n in names]
    assert all(isinstance(v, DenseArrayBase) for v in lists)
    parts = zip(*(v.get_values() for v in lists), strict=True)  # pyright: ignore
    return source[tuple(slice(*map(int, p)) for p in parts)]


def _from_elements(op: Operation, known: Known) -> np.ndarray | None:
    values = []
    for operand in op.operands:
        value = known(operand)
        values.append(None if value is None else value.item())
    type_ = op.results[0].type
    return _objects(values, type_.get_shape())  # pyright: ignore[reportAttributeAccessIssue]


def _dim(op: Operation, known: Known) -> np.ndarray | None:
    type_, axis = op.operands[0].type, known(op.operands[1])
    if not isinstance(type_, TensorType) or axis is None or axis.item() is None:
        return None
    size = type_.get_shape()[axis.item()]
    return _objects(None if size == DYNAMIC_INDEX else size)


def _binary(combine: Callable[[int, int], int]) -> Callable[[Operation, Known], np.ndarray | None]:
    def rule(op: Operation, known: Known) -> np.ndarray | None:
        left, right = known(op.operands[0]), known(op.operands[1])
        if left is None or right is None or left.shape != right.shape:
            return None
        pairs = zip(left.ravel(), right.ravel(), strict=True)
        values = [None if a is None or b is None else combine(a, b) for a, b in pairs]
        return _objects(values, left.shape)

    return rule


def _product(op: Operation, known: Known) -> np.ndarray | None:
    """A reduce over everything, of a known vector by multiplication."""
    source, start = known(op.operands[0]), known(op.operands[1])
    body = op.regions[0].block.first_op
    if source is None or start is None or len(op.operands) != 2 or source.ndim != 1:
        return None
    if body is None or body.name != "stablehlo.multiply":
        return None
    factors = [start.item(), *source.tolist()]
    return _objects(None if None in factors else int(np.prod(factors)))


def _select(op: Operation, known: Known) -> np.ndarray | None:
    """`torch_index_select` of a vector by constant positions."""
    source, positions = known(op.operands[0]), known(op.operands[1])
    if source is None or positions is None or source.ndim != 1:
        return None
    if None in positions.ravel().tolist():
        return None
    return _objects(source[positions.astype(np.int64)], positions.shape)


_RULES: dict[str, Callable[[Operation, Known], np.ndarray | None]] = {
    "stablehlo.constant": _constant,
    "arith.constant": _constant,
    "shape.shape_of": _shape_of,
    "shape.const_shape": lambda op, known: _const_shape(op),
    "arith.index_cast": _same,
    "stablehlo.convert": _same,
    "stablehlo.reshape": _reshape,
    "stablehlo.concatenate": _concatenate,
    "stablehlo.slice": _slice,
    "stablehlo.multiply": _binary(lambda a, b: a * b),
    "stablehlo.add": _binary(lambda a, b: a + b),
    "stablehlo.subtract": _binary(lambda a, b: a - b),
    "stablehlo.reduce": _product,
    "stablehlo.torch_index_select": _select,
    "tensor.from_elements": _from_elements,
    "tensor.dim": _dim,
}


def _const_shape(op: Operation) -> np.ndarray | None:
    value = op.properties.get("shape")
    if value is None:
        return None
    return elements.to_numpy(value).astype(object)  # pyright: ignore[reportArgumentType]
