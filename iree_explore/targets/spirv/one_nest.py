# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether a dispatch is one nest of loops: a root and ops that use its results in registers."""

from __future__ import annotations

from xdsl.dialects.builtin import TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.structured import Structured, structured
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorStoreOp

_PLAIN = ("tensor.empty", "tensor.dim", "linalg.fill")


def single_nest(func: FuncOp, root: Structured) -> bool:
    """Whether everything beside `root` is a fill that it starts from, or reads element by element
    what it (or another such op) made."""
    loops_of: dict[SSAValue, list[int]] = {}
    seen = False
    for op in func.body.block.ops:
        if op is root.op:
            seen = True
            if not _begins_filled(root):
                return False
            for result, map_ in zip(op.results, root.output_maps, strict=True):
                if not all(isinstance(e, AffineDimExpr) for e in map_.results):
                    return False
                loops_of[result] = [e.position for e in map_.results]  # pyright: ignore
            continue
        tensors = any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results))
        if isinstance(op, DispatchTensorLoadOp | DispatchTensorStoreOp) or not tensors:
            continue
        if op.name in _PLAIN:
            if op.name == "linalg.fill" and not _starts(op, root.op):
                return False
            continue
        view = structured(op)
        if view is None or not seen or not _follows(view, root, loops_of):
            return False
    return seen and all(len(loops) == sum(root.parallel) for loops in loops_of.values())


def _starts(fill: Operation, root: Operation) -> bool:
    """Whether a fill is by a scalar that `root` begins with."""
    scalar = not isinstance(fill.operands[0].type, TensorType)
    return scalar and all(use.operation is root for use in fill.results[0].uses)


def _begins_filled(root: Structured) -> bool:
    """Whether what outputs hold before is a fill, where it matters: else it is copied, by a nest of
    its own."""
    return all(
        isinstance(v.owner, Operation) and v.owner.name == "linalg.fill"
        for n, v in enumerate(root.outputs)
        if root.reads_output(n)
    )


def _follows(view: Structured, root: Structured, loops_of: dict[SSAValue, list[int]]) -> bool:
    """Whether an op's loops are the root's parallel loops one by one; its results' are noted."""
    if not view.is_elementwise() or any(inner.regions for inner in view.body.ops):
        return False
    found: list[int | None] | None = None
    for value, map_ in zip(view.operands, view.maps, strict=True):
        if value not in loops_of:
            continue
        loops: list[int | None] = [None] * view.num_loops
        for expr, loop in zip(map_.results, loops_of[value], strict=True):
            if not isinstance(expr, AffineDimExpr) or loops[expr.position] is not None:
                return False
            loops[expr.position] = loop
        if None in loops or (found is not None and found != loops):
            return False
        found = loops
    base = len(view.inputs)
    if any(view.operands[base + n] not in loops_of and view.reads_output(n)
           for n in range(len(view.outputs))):  # fmt: skip
        return False
    if found is None or len(set(found)) != len(found) or len(found) != sum(root.parallel):
        return False
    for inner in view.body.ops:
        if inner.name == "tensor.extract" and inner.operands[0] in loops_of:
            return False
    for result, map_ in zip(view.op.results, view.output_maps, strict=True):
        if not all(isinstance(e, AffineDimExpr) for e in map_.results):
            return False
        loops_of[result] = [found[e.position] for e in map_.results]  # pyright: ignore
    return True
