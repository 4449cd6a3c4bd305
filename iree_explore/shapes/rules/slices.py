# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of ops that take tensors and buffers apart and put them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xdsl.dialects.builtin import ShapedType

from iree_explore.shapes.expressions import Expr, constant
from iree_explore.shapes.inference import Rule, SymbolicShapes
from iree_explore.shapes.rules.flow import filled, mixed, slice_sizes


def _slice(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_dims(op.result, slice_sizes(shapes, op))


def _into(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_dims(op.result, shapes.dims(op.dest))


def _pad(shapes: SymbolicShapes, op: Any) -> None:
    low = mixed(shapes, op.static_low.get_values(), op.low)
    high = mixed(shapes, op.static_high.get_values(), op.high)
    sizes = [size + a + b for size, a, b in zip(shapes.dims(op.source), low, high, strict=True)]
    shapes.set_dims(op.result, sizes)


def _expand(shapes: SymbolicShapes, op: Any) -> None:
    dynamic = getattr(op, "dynamic_output_shape", None)
    sizes = mixed(shapes, op.static_output_shape.get_values(),
                  op.output_shape if dynamic is None else dynamic)  # fmt: skip
    shapes.set_dims(op.result, sizes)


def _collapse(shapes: SymbolicShapes, op: Any) -> None:
    source = shapes.dims(op.src)
    sizes: list[Expr] = []
    for group in op.reassociation.data:
        total = constant(1)
        for index in group.data:
            total = total * source[index.value.data]
        sizes.append(total)
    shapes.set_dims(op.result, sizes)


def _concat(shapes: SymbolicShapes, op: Any) -> None:
    first, *others = (shapes.dims(value) for value in op.inputs)
    axis = op.dim.value.data
    total = sum((sizes[axis] for sizes in others), first[axis])
    shapes.set_dims(op.result, [*first[:axis], total, *first[axis + 1 :]])


def _filled(shapes: SymbolicShapes, op: Any) -> None:
    """Ops whose last operands are the unknown sizes of their result."""
    (result,) = op.results
    if isinstance(result.type, ShapedType):
        unknown = sum(1 for size in result.type.get_shape() if size < 0)
        sizes = op.operands[len(op.operands) - unknown :]
        shapes.set_dims(result, filled(shapes, result.type, sizes))


RULES: Mapping[str, Rule] = {
    "tensor.extract_slice": _slice,
    "tensor.insert_slice": _into,
    "tensor.insert": _into,
    "tensor.pad": _pad,
    "tensor.expand_shape": _expand,
    "tensor.collapse_shape": _collapse,
    "tensor.concat": _concat,
    "tensor.splat": _filled,
    "memref.subview": _slice,
    "memref.alloc": _filled,
}
