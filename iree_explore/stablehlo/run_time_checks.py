# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Constraints on sizes that are known only in a call: what would read or write outside of memory is
an error there (IX307), as it is an error at import where the sizes are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.builtin import TensorType, i64
from xdsl.ir import Operation, SSAValue

from iree_explore.flow.util_dialect import AssertOp
from iree_explore.shapes.expressions import Call, Expr, Symbol, symbol
from iree_explore.stablehlo import base, folding
from iree_explore.stablehlo.base import DYNAMIC, Infer, Shape
from iree_explore.stablehlo.lowering import Dim, Lowering


def require_same_count(b: Lowering, source: Sequence[Dim], result: Sequence[Dim]) -> None:
    """The host checks that two shapes have as many elements, unless their factors are the same."""
    totals: list[Dim] = [1, 1]
    for i, shape in enumerate((source, result)):
        for size in shape:
            totals[i] = b.mul(totals[i], size)
    a, c = (b.index(total) for total in totals)
    (left, rest), (right, other) = folding.factors(a), folding.factors(c)
    if left == right and Counter(rest) == Counter(other):
        return
    same = b.emit(arith.CmpiOp(a, c, "eq"))
    if not folding.integer(same):
        message = f"{b.op.name}: {{0}} elements cannot have a shape of {{1}}"
        values = [b.cast(v, i64) for v in (a, c)]
        b.place(AssertOp(same, message, values))


def require_fits(
    b: Lowering,
    sizes: Sequence[Dim],
    limits: Sequence[Dim],
    what: str,
    unless_empty: Sequence[Dim] = (),
) -> None:
    """The host checks that no size exceeds its limit; nothing is read if one of `unless_empty` is
    0. `what` has the size, as in "slices of {0} elements"."""
    if any(n == 0 for n in (*unless_empty, *sizes)):
        return
    for axis, (size, limit) in enumerate(zip(sizes, limits, strict=True)):
        if size is limit or (isinstance(size, int) and isinstance(limit, int)):
            continue
        fits = b.emit(arith.CmpiOp(b.index(size), b.index(limit), "sle"))
        for extent in (d for d in unless_empty if isinstance(d, SSAValue)):
            empty = b.emit(arith.CmpiOp(extent, b.index(0), "eq"))
            fits = b.emit(arith.OrIOp(fits, empty))
        if not folding.integer(fits):
            values = [b.cast(b.index(d), i64) for d in (size, limit)]
            message = f"{b.op.name}: {what} in dimension {axis}, which has {{1}}"
            b.place(AssertOp(fits, message, values))


def require_agreement(b: Lowering, op: Operation, infer: Infer) -> None:
    """The host checks the sizes that the op's shape rule needs to be equal, where they are not the
    same values anyway: a dimension of both operands of an addition, what a product sums over."""
    if not any(isinstance(v.type, TensorType) and DYNAMIC in v.type.get_shape()
               for v in op.operands):  # fmt: skip
        return
    sizes = _HostSizes(b, op)
    token = base.READING.set(sizes)
    try:
        shapes = infer(op)
    finally:
        base.READING.reset(token)
    for result, shape in zip(op.results, shapes, strict=False):
        if shape is not None and isinstance(result.type, TensorType):
            declared = result.type.get_shape()
            for n, found in zip(declared, shape, strict=len(declared) == len(shape)):
                if n != DYNAMIC and isinstance(found, Expr):
                    sizes.equal(found, n)
    for left, right in sizes.pairs:
        a, c = sizes.emitted(left), sizes.emitted(right)
        if a is not None and c is not None:
            require_equal(b, a, c, "sizes {0} and {1} do not agree")


def require_equal(b: Lowering, a: Dim, c: Dim, what: str, unless_one: bool = False) -> None:
    """The host checks that two sizes are equal, or the first is 1; `what` has both."""
    if a is c or a == c or b.is_checked(("equal", a, c, unless_one)):
        return
    same = b.emit(arith.CmpiOp(b.index(a), b.index(c), "eq"))
    if unless_one:
        unit = b.emit(arith.CmpiOp(b.index(a), b.index(1), "eq"))
        same = b.emit(arith.OrIOp(unit, same))
    if not folding.integer(same):
        values = [b.cast(b.index(d), i64) for d in (a, c)]
        b.place(AssertOp(same, f"{b.op.name}: {what}", values))


def require_broadcastable(b: Lowering, size: Dim, target: Dim) -> None:
    """The host checks that a dimension is 1 or what it is broadcast to, unless the latter was
    computed so."""
    if size == 1 or (isinstance(size, SSAValue) and _widened(size, target)):
        return
    unless_one = isinstance(size, SSAValue)
    require_equal(b, size, target, "a dimension of size {0} cannot become {1}", unless_one)


def _widened(size: SSAValue, target: Dim) -> bool:
    """Whether `target` is `select(size == 1, other, size)`, or that of what is so."""
    if not isinstance(target, SSAValue) or not isinstance(target.owner, arith.SelectOp):
        return False
    condition, _, kept = target.owner.operands
    compare = condition.owner
    unit = (
        isinstance(compare, arith.CmpiOp)
        and compare.predicate.value.data == 0
        and compare.lhs is kept
        and folding.integer(compare.rhs) == 1
    )
    return unit and (kept is size or _widened(size, kept))


class _HostSizes:
    """Sizes of operands as expressions: every value of the host is a symbol."""

    def __init__(self, b: Lowering, op: Operation) -> None:
        self.b, self.op = b, op
        self._dims = {v: b.dims(v) for v in op.operands if isinstance(v.type, TensorType)}
        self.pairs: list[tuple[Any, Any]] = []
        self._values: dict[str, SSAValue] = {}

    def of(self, value: SSAValue) -> Shape:
        """What a shape rule reads."""
        assert isinstance(value.type, TensorType), value.type
        shape = value.type.get_shape()
        if DYNAMIC not in shape or value.owner is self.op:
            return shape
        return tuple(map(self._size, self._dims[value]))  # pyright: ignore[reportReturnType]

    def _size(self, dim: Dim) -> Expr | int:
        if isinstance(dim, int):
            return dim
        for name, value in self._values.items():
            if value is dim:
                return symbol(name)
        name = f"d{len(self._values)}"
        self._values[name] = dim
        return symbol(name)

    def equal(self, left: int, right: int) -> None:
        """A shape rule needs two sizes to be equal."""
        self.pairs.append((left, right))

    def emitted(self, size: Expr | int) -> Dim | None:
        """The size as host code; None for what is no polynomial of sizes."""
        if isinstance(size, int):
            return size
        total: Dim = 0
        for monomial, coefficient in size.terms:
            product: Dim = coefficient
            for atom in monomial:
                if isinstance(atom, Call):
                    return None
                assert isinstance(atom, Symbol)
                product = self.b.mul(product, self._values[atom.name])
            total = self.b.add(total, product)
        return total
