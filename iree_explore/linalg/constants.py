# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which values are known at compile time, and globals that hold what was computed from them.

A value is constant if it comes only from `arith.constant`s and globals that never change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import count

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import ModuleOp, ShapedType, TensorType
from xdsl.dialects.linalg.ops import FillOp
from xdsl.ir import Block, Operation, SSAValue

from iree_explore import elements
from iree_explore.flow.util_dialect import GlobalLoadOp, GlobalOp
from iree_explore.linalg.structured import is_linalg

_COMPUTING = frozenset({"tensor", "arith", "math", "math_ext", "iree_linalg_ext"})


class Constants:
    """Answers whether values of one module are constant; remembers what it found."""

    def __init__(self, module: ModuleOp):
        self.immutable = {
            op.sym_name.data
            for op in module.body.block.ops
            if isinstance(op, GlobalOp) and op.is_mutable is None and op.initial_value is not None
        }
        self._known: dict[Operation, bool] = {}

    def is_constant(self, value: SSAValue) -> bool:
        op = value.owner
        return isinstance(op, Operation) and self.is_constant_op(op)

    def is_constant_op(self, op: Operation) -> bool:
        """Whether all results of `op` are known at compile time."""
        known = self._known.get(op)
        if known is None:
            known = self._known[op] = self._compute(op)
        return known

    def _compute(self, op: Operation) -> bool:
        if isinstance(op, arith.ConstantOp):
            return True
        if isinstance(op, GlobalLoadOp):
            return op.global_.root_reference.data in self.immutable
        if not op.results or not (is_linalg(op) or op.name.partition(".")[0] in _COMPUTING):
            return False
        return all(self.is_constant(v) for v in reads(op))


def reads(op: Operation) -> list[SSAValue]:
    """Operands of the op and what its regions capture from above."""
    found = dict.fromkeys(op.operands)
    for region in op.regions:
        for block in region.blocks:
            for inner in block.ops:
                for value in inner.operands:
                    owner = value.owner
                    if owner is not block and owner.parent is not block and not _inside(owner, op):
                        found.setdefault(value)
    return list(found)


def _inside(owner: Block | Operation, op: Operation) -> bool:
    parent = owner.parent_op()
    while parent is not None:
        if parent is op:
            return True
        parent = parent.parent_op()
    return False


def is_cheap(op: Operation) -> bool:
    """Constants that are not worth a global of their own: scalars, splats, fills, empties."""
    if isinstance(op, tensor.EmptyOp | FillOp | GlobalLoadOp):
        return True
    if isinstance(op, arith.ConstantOp):
        return not isinstance(op.result.type, TensorType) or elements.is_splat(op.value)  # pyright: ignore
    return not any(isinstance(r.type, TensorType) for r in op.results)


def nbytes(values: Iterable[SSAValue]) -> int:
    """Bytes of static tensors; dynamic ones count as very large."""
    total = 0
    for value in values:
        type_ = value.type
        if isinstance(type_, ShapedType):
            shape = type_.get_shape()
            if any(d < 0 for d in shape):
                return 1 << 62
            item = elements.dtype_of(type_.get_element_type()).itemsize  # pyright: ignore
            total += math.prod(shape) * item
    return total


def is_zero_fill(value: SSAValue) -> bool:
    """Whether a tensor is all zeros by a `linalg.fill`."""
    op = value.owner
    if not isinstance(op, FillOp):
        return False
    scalar = op.inputs[0].owner
    return isinstance(scalar, arith.ConstantOp) and scalar.value.value.data == 0  # pyright: ignore


def unique_names(module: ModuleOp, prefix: str) -> Iterator[str]:
    """Symbols `prefix_0`, `prefix_1`, ... that the module does not have."""
    taken = {
        op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
        for op in module.body.block.ops
        if "sym_name" in op.properties
    }
    return (name for i in count() if (name := f"{prefix}_{i}") not in taken)
