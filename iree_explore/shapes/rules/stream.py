# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `stream` ops: the `scalar` of a resource is its bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xdsl.ir import SSAValue

from iree_explore.shapes.expressions import Expr, ceildiv, constant, maximum
from iree_explore.shapes.inference import Rule, SymbolicShapes
from iree_explore.shapes.rules.flow import filled
from iree_explore.stream.packing import pack_slices
from iree_explore.stream.passes.layout_slices import alignment_of, rows_of


def _sized(size: Callable[[Any], SSAValue]) -> Rule:
    """The result's bytes are an operand."""

    def rule(shapes: SymbolicShapes, op: Any) -> None:
        shapes.set_scalar(op.results[0], shapes.scalar(size(op)))

    return rule


def _dispatch(shapes: SymbolicShapes, op: Any) -> None:
    for result, size in zip(op.results, op.result_sizes, strict=True):
        shapes.set_scalar(result, shapes.scalar(size))


def _transfer(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_scalar(op.result, shapes.element(op.source))


def _region(shapes: SymbolicShapes, op: Any) -> None:
    terminator = op.block.last_op
    if terminator is None:
        return
    for result, value in zip(op.results, terminator.operands, strict=False):
        shapes.set_scalar(result, shapes.element(value))


def _export(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_scalar(op.result, shapes.scalar(op.size))
    shapes.set_contents(op.result, filled(shapes, op.encoding, op.dims))


def _binding(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_contents(op.result, filled(shapes, op.result.type.bound_type, op.dynamic_dims))


def _pack(shapes: SymbolicShapes, op: Any) -> None:
    """What `stream-layout-slices` will make of it."""
    alignment = alignment_of(op)
    flat = list(op.lifetimes.iter_values())
    lives = list(zip(flat[::2], flat[1::2], strict=True))
    sizes = [shapes.scalar(value) for value in op.sizes]
    known = {i: n for i, size in enumerate(sizes) if (n := size.constant) is not None}
    places, end = pack_slices({i: (n, lives[i]) for i, n in known.items()}, alignment)
    offsets: dict[int, Expr] = {i: constant(place) for i, place in places.items()}
    total = constant(end)
    for row in rows_of([i for i in range(len(lives)) if i not in known], lives):
        for i in row:
            offsets[i] = total
        total = total + maximum(*(ceildiv(sizes[i], alignment) * alignment for i in row))
    shapes.set_scalar(op.total, total)
    for i, offset in enumerate(op.offsets):
        shapes.set_scalar(offset, offsets[i])


RULES: Mapping[str, Rule] = {
    "stream.tensor.import": _sized(lambda op: op.size),
    "stream.tensor.export": _export,
    "stream.async.alloca": _sized(lambda op: op.size),
    "stream.async.splat": _sized(lambda op: op.size),
    "stream.async.clone": _sized(lambda op: op.size),
    "stream.async.copy": _sized(lambda op: op.size),
    "stream.async.dispatch": _dispatch,
    "stream.async.transfer": _transfer,
    "stream.async.execute": _region,
    "stream.async.concurrent": _region,
    "stream.resource.alloca": _sized(lambda op: op.size),
    "stream.resource.pack": _pack,
    "stream.binding.subspan": _binding,
}
