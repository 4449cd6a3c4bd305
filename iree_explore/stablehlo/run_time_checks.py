# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Constraints on sizes that are known only in a call: what would read or write outside of memory is
an error there (IX307), as it is an error at import where the sizes are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import i64
from xdsl.ir import SSAValue

from iree_explore.flow.util_dialect import AssertOp
from iree_explore.stablehlo import folding
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
        b.rewriter.insert(AssertOp(same, message, [b.cast(v, i64) for v in (a, c)]))


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
            b.rewriter.insert(AssertOp(fits, message, values))
