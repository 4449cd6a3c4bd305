# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is known of index values that tiling computed: that `select(last, 41, 64)` is 41 or 64, that
`min(64, n - offset)` is at most 64, what `util.assume.int` says."""

from __future__ import annotations

import math

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Operation, SSAValue

from iree_explore.codegen.emitter import Index
from iree_explore.flow.util_dialect import AssumeIntOp

FEW = 31
"""Rows of a product up to which its panels are not packed, which takes another kernel."""

_LINEAR = (
    arith.AddiOp, arith.SubiOp, arith.MinSIOp, arith.MinUIOp, arith.MaxSIOp, arith.MaxUIOp
)  # fmt: skip
"""What divides both operands divides the result."""


def known_values(value: Index) -> tuple[int, ...]:
    """All that `value` may be, if those are few and known; empty otherwise."""
    if isinstance(value, int):
        return (value,)
    op = value.owner
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
        return (op.value.value.data,)
    if isinstance(op, arith.SelectOp):
        parts = [known_values(operand) for operand in op.operands[1:]]
        return tuple(sorted({*parts[0], *parts[1]})) if all(parts) else ()
    return ()


def static_bound(value: Index, depth: int = 16) -> int | None:
    """A constant that non-negative `value` never exceeds, or None."""
    if isinstance(value, int):
        return value
    op = value.owner
    if depth == 0:
        return None
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
        return op.value.value.data
    if isinstance(op, AssumeIntOp):
        bounds = (op.assumption.most, static_bound(op.value, depth - 1))
        return min((b for b in bounds if b is not None), default=None)
    if isinstance(op, arith.SelectOp):
        known = known_values(value)
        return max(known) if known else None
    if isinstance(op, arith.MinSIOp | arith.MinUIOp):
        bounds = [static_bound(v, depth - 1) for v in op.operands]
        known = [b for b in bounds if b is not None]
        return min(known) if known else None
    if isinstance(op, arith.AddiOp | arith.MuliOp | arith.MaxSIOp | arith.MaxUIOp):
        left, right = (static_bound(v, depth - 1) for v in op.operands)
        if left is None or right is None:
            return None
        if isinstance(op, arith.AddiOp):
            return left + right
        return left * right if isinstance(op, arith.MuliOp) else max(left, right)
    if isinstance(op, arith.SubiOp):
        right = op.operands[1].owner
        return static_bound(op.operands[0], depth - 1) if right is not None else None
    return None


def divisor(value: Index, depth: int = 16) -> int:
    """The largest number that is known to divide `value`; 0 for 0, which all numbers do."""
    if isinstance(value, int):
        return abs(value)
    op = value.owner
    if depth == 0:
        return 1
    if not isinstance(op, Operation):
        loop = op.parent_op()
        if not isinstance(loop, scf.ForOp) or value is not op.args[0]:
            return 1
        return math.gcd(*(divisor(v, depth - 1) for v in (loop.lb, loop.step)))
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
        return abs(op.value.value.data)
    if isinstance(op, AssumeIntOp):
        return math.lcm(op.assumption.divisor, divisor(op.value, depth - 1))
    if isinstance(op, arith.MuliOp):
        return math.prod(divisor(v, depth - 1) for v in op.operands)
    if isinstance(op, arith.SelectOp):
        return math.gcd(*(divisor(v, depth - 1) for v in op.operands[1:]))
    if isinstance(op, arith.DivUIOp):
        whole, by = (divisor(v, depth - 1) for v in op.operands)
        return whole // by if by and len(known_values(op.rhs)) == 1 and whole % by == 0 else 1
    if isinstance(op, (*_LINEAR, arith.RemUIOp)):
        return math.gcd(*(divisor(v, depth - 1) for v in op.operands))
    return 1


def few(value: SSAValue, depth: int = 16) -> bool:
    """Whether an index was computed from one that `util.assume.int` says to be at most `FEW`."""
    op = value.owner
    if isinstance(op, AssumeIntOp):
        most = op.assumption.most
        return (most is not None and most <= FEW) or few(op.value, depth - 1)
    operands = op.operands if isinstance(op, Operation) and depth else ()
    return any(few(operand, depth - 1) for operand in operands)
