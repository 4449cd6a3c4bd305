# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Regions on scalars (rank-0 tensors): reducers, comparators, updates; evaluated on arrays here.

A region of elementwise ops runs once on whole arrays; any other runs once an element. Their code
inside linalg bodies is made by `region_code.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, Region

from iree_explore import elements as dense
from iree_explore.stablehlo.base import Gap, Run
from iree_explore.stablehlo.region_code import build, find_row, unsupported

__all__ = ["GAP", "apply", "arguments", "build", "find_row", "has_unsupported", "only_op",
           "reduce_arrays", "reducer", "scalar_types", "unsupported"]  # fmt: skip

_UFUNCS: dict[str, Any] = {
    "stablehlo.add": np.add, "stablehlo.multiply": np.multiply, "stablehlo.maximum": np.maximum,
    "stablehlo.minimum": np.minimum, "stablehlo.and": np.bitwise_and,
    "stablehlo.or": np.bitwise_or, "stablehlo.xor": np.bitwise_xor,
}  # fmt: skip


def only_op(region: Region) -> str | None:
    """The name of a reducer's op if it is one binary op of its two arguments."""
    block = region.block
    ops = list(block.ops)
    if len(ops) != 2 or len(block.args) != 2 or set(ops[0].operands) != set(block.args):
        return None
    if any(t.name == "quant.uniform" for t in scalar_types(region)):
        return None  # its op computes on floats
    return ops[0].name if tuple(ops[1].operands) == tuple(ops[0].results) else None


def scalar_types(region: Region) -> list[Attribute]:
    """Element types of a region's arguments."""
    return [a.type.element_type for a in region.block.args if isinstance(a.type, TensorType)]


def has_unsupported(op: Any) -> bool:
    """Whether something in an op's regions has no scalar code."""
    return unsupported(op) is not None


GAP = Gap(lambda op: f"the region has no scalar code: {unsupported(op)}", has_unsupported)
"""Of every op whose regions become scalar code."""


# Evaluation


def apply(region: Region, run: Run, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The region on corresponding elements of arrays (broadcast together): one array a result."""
    if _elementwise(region):
        return run(region, arrays)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    columns = [np.broadcast_to(a, shape) for a in arrays]
    last = region.block.last_op
    assert last is not None
    results = [np.zeros(shape, dense.dtype_of(v.type.element_type)) for v in last.operands]  # pyright: ignore[reportAttributeAccessIssue]
    sizes = [a.type.get_shape() for a in region.block.args]  # pyright: ignore[reportAttributeAccessIssue]
    for place in np.ndindex(*shape):
        args = [np.asarray(c[place]).reshape(n) for c, n in zip(columns, sizes, strict=True)]
        for result, value in zip(results, run(region, args), strict=True):
            result[place] = np.asarray(value).reshape(())
    return results


_NEUTRAL = {"stablehlo.add": 0, "stablehlo.multiply": 1, "stablehlo.xor": 0}
_IDEMPOTENT = frozenset(f"stablehlo.{name}" for name in ("maximum", "minimum", "and", "or"))


def is_neutral(region: Region, inits: Sequence[np.ndarray | None]) -> bool:
    """Whether reducing an initial value once more, or once less, changes nothing.

    Known of single ops; other regions are tried on numbers. None is a value that is not known.
    """
    name = only_op(region)
    if name in _IDEMPOTENT:
        return True
    known = [x for x in inits if x is not None]
    if len(known) < len(inits):
        return False
    if name in _NEUTRAL:
        return bool(dense.widened(known[0]).reshape(-1)[0] == _NEUTRAL[name])
    from iree_explore.context import Parameters
    from iree_explore.stablehlo.reference import Reference

    evaluator = Reference(ModuleOp([]), Parameters())
    types = scalar_types(region)[: len(inits)]
    starts = [
        np.asarray(x).reshape(-1)[:1].view(dense.dtype_of(t))
        for x, t in zip(known, types, strict=True)
    ]
    samples = [
        np.array([0, 1, 2, 3, 5, 7, 11], np.float32).astype(dense.dtype_of(t)) for t in types
    ]
    try:
        for args in ([*starts, *samples], [*samples, *starts]):
            found = apply(region, lambda r, a: evaluator.run(r, a, {}), args)
            if not all(map(np.array_equal, found, samples)):
                return False
    except KeyError:  # the region reads values from outside
        return False
    return True


def _elementwise(region: Region) -> bool:
    """Whether the region's ops work on arrays as on scalars."""
    for op in region.block.ops:
        if op.name in ("stablehlo.return", "stablehlo.constant"):
            continue
        row = find_row(op.name)
        if row is None or row.scalar is None:
            return False
        if any(v.type.get_shape() for v in (*op.operands, *op.results)):  # pyright: ignore[reportAttributeAccessIssue]
            return False
    return True


def arguments(region: Region, arrays: Sequence[np.ndarray], first: int = 0) -> list[np.ndarray]:
    """Arrays in the dtypes of the region's arguments from `first` on, which may be wider."""
    types = scalar_types(region)[first : first + len(arrays)]
    return [a.astype(dense.dtype_of(t), copy=False) for a, t in zip(arrays, types, strict=True)]


def reduce_arrays(
    region: Region,
    run: Run,
    inputs: Sequence[np.ndarray],
    inits: Sequence[np.ndarray],
    axes: Sequence[int],
) -> list[np.ndarray]:
    """Reduces `inputs` over `axes` with the region, starting from `inits`."""
    name = only_op(region)
    axes = tuple(axes)
    inputs, inits = arguments(region, inputs, len(inputs)), arguments(region, inits)
    if len(inputs) == 1 and name in _UFUNCS:
        return [_reduce_one(_UFUNCS[name], inputs[0], inits[0], axes)]
    rank = inputs[0].ndim
    order = [*axes, *(d for d in range(rank) if d not in axes)]
    rest = tuple(n for d, n in enumerate(inputs[0].shape) if d not in axes)
    count = int(np.prod([inputs[0].shape[d] for d in axes]))
    columns = [x.transpose(order).reshape(count, *rest) for x in inputs]
    totals = [np.broadcast_to(i, rest) for i in inits]
    for k in range(count):
        totals = apply(region, run, [*totals, *(c[k] for c in columns)])
        totals = [np.broadcast_to(t, rest) for t in totals]
    return [np.asarray(t) for t in totals]


def _reduce_one(ufunc: Any, x: np.ndarray, init: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    dtype = x.dtype
    if dtype == np.bool_ and ufunc in (np.add, np.multiply):
        ufunc = np.logical_or if ufunc is np.add else np.logical_and
    if dtype == np.bool_ and ufunc in (np.maximum, np.minimum):
        ufunc = np.logical_or if ufunc is np.maximum else np.logical_and
    x, init = dense.widened(x), dense.widened(init)
    with np.errstate(all="ignore"):
        if any(x.shape[d] == 0 for d in axes):
            kept = [n for d, n in enumerate(x.shape) if d not in axes]
            return np.broadcast_to(init, kept).astype(dtype)
        value = ufunc.reduce(x, axis=axes, **({"dtype": x.dtype} if x.dtype.kind in "iu" else {}))
        return np.asarray(ufunc(value, init)).astype(dtype, copy=False)


# Building


def reducer(
    types: Sequence[Attribute], make: Callable[[Block], Operation], end: type[Any]
) -> Region:
    """A region over scalars of `types`, twice, that returns the results of one op."""
    scalars = [TensorType(t, []) for t in types]
    block = Block(arg_types=[*scalars, *scalars])
    op = make(block)
    block.add_ops([op, end(*op.results)])
    return Region(block)
