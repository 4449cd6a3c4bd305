# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `linalg` and `iree_linalg_ext`: a result has the sizes of its destination."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xdsl.dialects.builtin import ShapedType
from xdsl.dialects.linalg import Linalg

from iree_explore.linalg.dialect import LinalgExt
from iree_explore.linalg.structured import structured
from iree_explore.shapes.inference import Rule, SymbolicShapes


def _structured(shapes: SymbolicShapes, op: Any) -> None:
    _as_destinations(shapes, op, structured(op).outputs)


def _extension(shapes: SymbolicShapes, op: Any) -> None:
    _as_destinations(shapes, op, op.outs)


def _as_destinations(shapes: SymbolicShapes, op: Any, destinations: Any) -> None:
    for result, destination in zip(op.results, destinations, strict=False):
        if isinstance(result.type, ShapedType):
            shapes.set_dims(result, shapes.dims(destination))


RULES: Mapping[str, Rule] = {
    **{
        op.name: _structured
        for op in Linalg.operations
        if op.name not in ("linalg.yield", "linalg.index")
    },
    **{op.name: _extension for op in LinalgExt.operations if op.name != "iree_linalg_ext.yield"},
}
