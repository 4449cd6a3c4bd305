# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The scalar body of a linalg (or iree_linalg_ext) op on whole arrays, branches and loops included.

Every value is an array over the iteration space (size 1 where it does not vary). `scf.if` runs both
sides where some element wants them, `scf.while` runs until no element goes on; `mask` says which
elements are on. evaluate_linalg.py calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import scf
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, SSAValue

from iree_explore.linalg import evaluate_scalar, ext_interface

Lookup = Callable[[SSAValue], Any]
Axes = Sequence[np.ndarray] | Mapping[int, np.ndarray]
_TERMINATORS = frozenset({"linalg.yield", "iree_linalg_ext.yield", "scf.yield", "scf.condition"})


def run_body(
    block: Block,
    values: dict[SSAValue, Any],
    axes: Axes,
    lookup: Lookup,
    mask: Any = None,
) -> list[np.ndarray]:
    """The values that a body (or a block in it) ends with; `axes[d]` is loop d's index, elements
    where `mask` is false are not wanted."""

    def get(value: SSAValue) -> Any:
        found = values.get(value)
        return found if found is not None else lookup(value)

    for op in block.ops:
        if op.name in _TERMINATORS:
            return [np.asarray(get(v)) for v in op.operands]
        if isinstance(op, linalg.IndexOp | ext_interface.IndexOp):
            values[op.result] = axes[op.dim.value.data]
        elif op.name == "tensor.extract":
            values[op.results[0]] = _extract(op, get, mask)
        elif op.name == "affine.apply":
            map_ = op.properties["map"].data  # pyright: ignore[reportAttributeAccessIssue]
            operands = [get(v) for v in op.operands]
            values[op.results[0]] = map_.results[0].eval(
                operands[: map_.num_dims], operands[map_.num_dims :]
            )
        elif isinstance(op, scf.IfOp | scf.WhileOp):
            nested = _if if isinstance(op, scf.IfOp) else _while
            found = nested(op, values, axes, lookup, mask)  # pyright: ignore[reportArgumentType]
            values.update(zip(op.results, found, strict=True))
        else:
            operands = [get(v) for v in op.operands]
            values[op.results[0]] = evaluate_scalar.evaluate(op, operands)
    raise ValueError("a linalg body without a terminator")


def _extract(op: Operation, get: Lookup, mask: Any) -> np.ndarray:
    source = np.asarray(get(op.operands[0]))
    indices = [np.asarray(get(v)) for v in op.operands[1:]]
    if mask is not None:  # an element that is off may point anywhere
        indices = [np.where(mask, i, 0) for i in indices]
    return source[tuple(indices)]


def _both(mask: Any, more: Any) -> Any:
    return more if mask is None else mask & more


def _if(
    op: scf.IfOp, values: dict[SSAValue, Any], axes: Axes, lookup: Lookup, mask: Any
) -> list[np.ndarray]:
    found = values.get(op.cond)
    test = np.asarray(found if found is not None else lookup(op.cond)).astype(bool)
    yes = run_body(op.true_region.block, values, axes, lookup, _both(mask, test))
    no = run_body(op.false_region.block, values, axes, lookup, _both(mask, ~test))
    return [np.where(test, a, b) for a, b in zip(yes, no, strict=True)]


def _while(
    op: scf.WhileOp,
    values: dict[SSAValue, Any],
    axes: Axes,
    lookup: Lookup,
    mask: Any,
) -> list[np.ndarray]:
    carried = []
    for value in op.arguments:
        found = values.get(value)
        carried.append(np.asarray(found if found is not None else lookup(value)))
    active = np.asarray(True if mask is None else mask)
    results: list[Any] = [None] * len(op.results)
    while True:
        values.update(zip(op.before_region.block.args, carried, strict=True))
        test, *passed = run_body(op.before_region.block, values, axes, lookup, active)
        results = [
            new if old is None else np.where(active, new, old)
            for new, old in zip(passed, results, strict=True)
        ]
        active = active & test.astype(bool)
        if not active.any():
            return results
        values.update(zip(op.after_region.block.args, passed, strict=True))
        carried = run_body(op.after_region.block, values, axes, lookup, active)
