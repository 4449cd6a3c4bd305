# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reducers: small regions on scalars (rank-0 tensors), evaluated on arrays or built as scalar
code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from iree_explore import elements as dense
from iree_explore.stablehlo.base import Run, element_type
from iree_explore.stablehlo.lowering import Lowering, attribute_of, signless

if TYPE_CHECKING:
    from iree_explore.stablehlo.base import OpRow

_UFUNCS: dict[str, Any] = {
    "stablehlo.add": np.add, "stablehlo.multiply": np.multiply, "stablehlo.maximum": np.maximum,
    "stablehlo.minimum": np.minimum, "stablehlo.and": np.bitwise_and,
    "stablehlo.or": np.bitwise_or, "stablehlo.xor": np.bitwise_xor,
}  # fmt: skip
_FORWARD = frozenset({"stablehlo.reshape", "stablehlo.broadcast_in_dim", "stablehlo.copy"})
"""On scalars these change nothing."""


def find_row(name: str) -> OpRow | None:
    """The row of an op (the table imports the families, so it is looked up late)."""
    from iree_explore.stablehlo.table import TABLE

    return TABLE.get(name)


def only_op(region: Region) -> str | None:
    """The name of a reducer's op if it is one binary op of its two arguments."""
    block = region.block
    ops = list(block.ops)
    if len(ops) != 2 or len(block.args) != 2 or set(ops[0].operands) != set(block.args):
        return None
    return ops[0].name if tuple(ops[1].operands) == tuple(ops[0].results) else None


def unsupported(op: Any) -> str | None:
    """Name of the first op in a reducer that has no scalar form."""
    for inner in op.regions[0].block.ops:
        row = find_row(inner.name)
        known = inner.name in ("stablehlo.return", "stablehlo.constant") or inner.name in _FORWARD
        if not known and (row is None or row.scalar is None):
            return inner.name
    return None


def has_unsupported(op: Any) -> bool:
    return unsupported(op) is not None


def build(b: Lowering, block: Block, args: Sequence[SSAValue]) -> list[SSAValue]:
    """The region's code on scalars in the open body; returns what it returns."""
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, args, strict=True))

    def get(value: SSAValue) -> SSAValue:
        return values[value] if value in values else b.scalar(value)

    for op in block.ops:
        if op.name == "stablehlo.return":
            return [get(v) for v in op.operands]
        if op.name == "stablehlo.constant":
            attr = dense.compact(op.value)  # pyright: ignore[reportAttributeAccessIssue]
            number = dense.to_numpy(attr).reshape(-1)[0]
            values[op.results[0]] = b.constant(
                attribute_of(number, signless(attr.get_element_type()))
            )
        elif op.name in _FORWARD:
            values[op.results[0]] = get(op.operands[0])
        else:
            row = find_row(op.name)
            assert row is not None and row.scalar is not None, op.name
            types = b.element_types(op)
            target: Attribute = element_type(op.results[0])
            operands = [get(v) for v in op.operands]
            values[op.results[0]] = row.scalar(b, op, operands, types, target)
    raise ValueError("a region without stablehlo.return")


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
    if len(inputs) == 1 and name in _UFUNCS:
        return [_reduce_one(_UFUNCS[name], inputs[0], inits[0], axes)]
    rank = inputs[0].ndim
    order = [*axes, *(d for d in range(rank) if d not in axes)]
    rest = tuple(n for d, n in enumerate(inputs[0].shape) if d not in axes)
    count = int(np.prod([inputs[0].shape[d] for d in axes]))
    columns = [x.transpose(order).reshape(count, *rest) for x in inputs]
    totals = [np.broadcast_to(i, rest) for i in inits]
    for k in range(count):
        totals = run(region, [*totals, *(c[k] for c in columns)])
        totals = [np.broadcast_to(t, rest) for t in totals]
    return [np.asarray(t) for t in totals]


def _reduce_one(ufunc: Any, x: np.ndarray, init: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    dtype = x.dtype
    if dtype == np.bool_ and ufunc in (np.add, np.multiply):
        ufunc = np.logical_or if ufunc is np.add else np.logical_and
    if dtype == np.bool_ and ufunc in (np.maximum, np.minimum):
        ufunc = np.logical_or if ufunc is np.maximum else np.logical_and
    if dtype.kind in "fV" and dtype.itemsize < 4:
        x, init = x.astype(np.float32), init.astype(np.float32)
    with np.errstate(all="ignore"):
        if any(x.shape[d] == 0 for d in axes):
            kept = [n for d, n in enumerate(x.shape) if d not in axes]
            return np.broadcast_to(init, kept).astype(dtype)
        value = ufunc.reduce(x, axis=axes, **({"dtype": x.dtype} if x.dtype.kind in "iu" else {}))
        return np.asarray(ufunc(value, init)).astype(dtype, copy=False)


def scalar_types(region: Region) -> list[Attribute]:
    """Element types of a region's arguments."""
    return [a.type.element_type for a in region.block.args if isinstance(a.type, TensorType)]


def reducer(
    types: Sequence[Attribute], make: Callable[[Block], Operation], end: type[Any]
) -> Region:
    """A region over scalars of `types`, twice, that returns the results of one op."""
    scalars = [TensorType(t, []) for t in types]
    block = Block(arg_types=[*scalars, *scalars])
    op = make(block)
    block.add_ops([op, end(*op.results)])
    return Region(block)
