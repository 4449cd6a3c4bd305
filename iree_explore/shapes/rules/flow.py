# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `flow` and `iree_tensor_ext`: these ops name the sizes of what they make.

A dispatch tensor has no sizes of its own in `SymbolicShapes`; they are its `contents`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import ShapedType
from xdsl.ir import Attribute, SSAValue

from iree_explore.flow.dialect import DYNAMIC
from iree_explore.shapes.expressions import Expr
from iree_explore.shapes.inference import Rule, SymbolicShapes


def filled(shapes: SymbolicShapes, type_: Attribute, sizes: Iterable[SSAValue]) -> list[Expr | int]:
    """The sizes of a shaped type whose `?` are `sizes`, of which it takes as many as it has."""
    values = iter(sizes)
    assert isinstance(type_, ShapedType)
    return [shapes.scalar(next(values)) if size < 0 else size for size in type_.get_shape()]


def mixed(
    shapes: SymbolicShapes, static: Iterable[int], dynamic: Iterable[SSAValue]
) -> list[Expr | int]:
    """The entries of a `static_xxx` attribute with its dynamic operands filled in."""
    values = iter(dynamic)
    return [shapes.scalar(next(values)) if size == DYNAMIC else size for size in static]


def slice_sizes(shapes: SymbolicShapes, op: Any) -> list[Expr | int]:
    """The sizes of a slice with `static_sizes` and `sizes`; dimensions that it drops are 1."""
    sizes = mixed(shapes, op.static_sizes.get_values(), op.sizes)
    wanted = op.result.type.get_shape()
    if len(wanted) == len(sizes):
        return sizes
    kept: list[Expr | int] = []
    for size in sizes:
        missing = len(wanted) - len(kept)
        static = wanted[len(kept)] if missing else 0
        fits = static < 0 or static == size or not isinstance(size, int)
        if missing and fits and not (size == 1 and static != 1):
            kept.append(size)
    return kept


def _results(shapes: SymbolicShapes, op: Any) -> None:
    sizes: Sequence[SSAValue] = list(op.result_dims)
    for result in op.results:
        if isinstance(result.type, ShapedType):
            shapes.set_dims(result, filled(shapes, result.type, sizes))
            sizes = sizes[sum(1 for size in result.type.get_shape() if size < 0) :]


def _clone(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_dims(op.result, shapes.dims(op.source))


def _update(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_dims(op.result, shapes.dims(op.target))


def _dispatch_tensor_load(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_dims(op.result, slice_sizes(shapes, op))


RULES: Mapping[str, Rule] = {
    "flow.dispatch.region": _results,
    "flow.dispatch": _results,
    "flow.tensor.reshape": _results,
    "flow.tensor.empty": _results,
    "flow.tensor.splat": _results,
    "flow.tensor.clone": _clone,
    "flow.tensor.update": _update,
    "iree_tensor_ext.dispatch.tensor.load": _dispatch_tensor_load,
}
