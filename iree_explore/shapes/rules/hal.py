# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `hal` ops: a buffer view's `contents` are its sizes, its `scalar` its bytes (as a
buffer's).

Device code reads its sizes from u32 constants, which `SymbolicShapes.constants` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xdsl.dialects.builtin import ShapedType

from iree_explore.shapes.inference import Rule, SymbolicShapes
from iree_explore.shapes.rules.flow import filled


def _import(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.result.type, ShapedType):
        shapes.set_dims(op.result, filled(shapes, op.result.type, op.dims))


def _export(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.source.type, ShapedType):
        shapes.set_contents(op.result, filled(shapes, op.source.type, op.dims))


def _dim(shapes: SymbolicShapes, op: Any) -> None:
    sizes = shapes.contents(op.view)
    index = op.index.value.data
    if sizes is not None and index < len(sizes):
        shapes.set_scalar(op.result, sizes[index])


def _bytes_of(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_scalar(op.results[0], shapes.element(op.operands[0]))


def _create(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_contents(op.result, filled(shapes, op.encoding, op.dims))
    _bytes_of(shapes, op)


def _alloca(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_scalar(op.result, shapes.scalar(op.size))


def _binding(shapes: SymbolicShapes, op: Any) -> None:
    type_ = op.result.type
    if isinstance(type_, ShapedType):
        shapes.set_dims(op.result, filled(shapes, type_, op.dynamic_dims))
    else:
        shapes.set_contents(op.result, filled(shapes, type_.bound_type, op.dynamic_dims))


def _workgroup(shapes: SymbolicShapes, op: Any) -> None:
    what = op.name.rpartition(".")[2]
    name = f"workgroup_{what}_{'xyz'[op.dimension.value.data]}"
    shapes.set_scalar(op.result, shapes.fresh(name, op))


RULES: Mapping[str, Rule] = {
    "hal.tensor.import": _import,
    "hal.tensor.export": _export,
    "hal.buffer_view.dim": _dim,
    "hal.buffer_view.buffer": _bytes_of,
    "hal.buffer_view.create": _create,
    "hal.device.queue.alloca": _alloca,
    "hal.interface.binding.subspan": _binding,
    "hal.interface.workgroup.id": _workgroup,
    "hal.interface.workgroup.count": _workgroup,
}
