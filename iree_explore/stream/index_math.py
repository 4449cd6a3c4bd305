# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`IndexMath`: byte sizes and offsets as SSA values, folded where they are known.

Constants are made once per function, at its start: a static model's host program stays short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr, TensorType
from xdsl.ir import Block, SSAValue
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore.dialect_op import index_constant
from iree_explore.elements import dtype_of

ALIGNMENT = 64
"""Bytes: offsets of bindings are multiples of it, unless a target asks for more."""


def constant_of(value: SSAValue) -> int | None:
    """The integer that `value` is known to be."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


class IndexMath:
    """Arithmetic on index values; ops go where `rewriter` inserts, constants to `entry`'s start."""

    def __init__(self, entry: Block) -> None:
        self.entry = entry
        self.constants: dict[int, SSAValue] = {}
        for op in entry.ops:  # those that stand at the start already
            known = constant_of(op.results[0]) if op.results else None
            if known is None:
                break
            if op.results[0].type == IndexType():
                self.constants.setdefault(known, op.results[0])

    def constant(self, rewriter: PatternRewriter, value: int) -> SSAValue:
        """`value` as index."""
        if value not in self.constants:
            op = index_constant(value)
            rewriter.insert(op, InsertPoint.at_start(self.entry))
            self.constants[value] = op.result
        return self.constants[value]

    def add(self, rewriter: PatternRewriter, left: SSAValue, right: SSAValue) -> SSAValue:
        """`left + right`."""
        a, b = constant_of(left), constant_of(right)
        if a is not None and b is not None:
            return self.constant(rewriter, a + b)
        if a == 0 or b == 0:
            return right if a == 0 else left
        op = arith.AddiOp(left, right)
        rewriter.insert(op)
        return op.result

    def multiply(self, rewriter: PatternRewriter, left: SSAValue, right: SSAValue) -> SSAValue:
        """`left * right`."""
        a, b = constant_of(left), constant_of(right)
        if a is not None and b is not None:
            return self.constant(rewriter, a * b)
        if a == 1 or b == 1:
            return right if a == 1 else left
        op = arith.MuliOp(left, right)
        rewriter.insert(op)
        return op.result

    def maximum(self, rewriter: PatternRewriter, left: SSAValue, right: SSAValue) -> SSAValue:
        """The larger of two unsigned values."""
        a, b = constant_of(left), constant_of(right)
        if left is right:
            return left
        if a is not None and b is not None:
            return self.constant(rewriter, max(a, b))
        op = arith.MaxUIOp(left, right)
        rewriter.insert(op)
        return op.result

    def align(
        self, rewriter: PatternRewriter, value: SSAValue, alignment: int = ALIGNMENT
    ) -> SSAValue:
        """`value` rounded up to `alignment`, a power of two."""
        known = constant_of(value)
        if known is not None:
            return self.constant(rewriter, aligned(known, alignment))
        up = arith.AddiOp(value, self.constant(rewriter, alignment - 1))
        down = arith.AndIOp(up.result, self.constant(rewriter, -alignment))
        rewriter.insert((up, down))
        return down.result

    def product(
        self, rewriter: PatternRewriter, known: int, values: Iterable[SSAValue]
    ) -> SSAValue:
        """`known` times all `values`."""
        dynamic = None
        for value in values:
            constant = constant_of(value)
            if constant is not None:
                known *= constant
            else:
                dynamic = value if dynamic is None else self.multiply(rewriter, dynamic, value)
        result = self.constant(rewriter, known)
        return result if dynamic is None else self.multiply(rewriter, dynamic, result)

    def nbytes(
        self, rewriter: PatternRewriter, type_: TensorType, dims: Sequence[SSAValue]
    ) -> SSAValue:
        """Bytes of a tensor whose `?` sizes are `dims`."""
        known = dtype_of(type_.element_type).itemsize
        for size in type_.get_shape():
            if size >= 0:
                known *= size
        return self.product(rewriter, known, dims)


def aligned(value: int, alignment: int = ALIGNMENT) -> int:
    """`value` rounded up to `alignment`."""
    return -(-value // alignment) * alignment
