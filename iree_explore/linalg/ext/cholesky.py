# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.cholesky`: factors of Hermitian positive definite matrices.

Rows of the upper factor are made one after the other and taken off the rows below, so that the
inner loop runs along rows; a lower factor is what comes out, conjugated and transposed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def

from iree_explore.linalg.ext_interface import ASSUMED, Labels, LinalgExtOp, Run, shape_of
from iree_explore.linalg.ext_numbers import Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder


def batch_labels(values: list[SSAValue], inner: list[int]) -> list[Labels]:
    """Labels of operands whose last `inner` dimensions are vectors or matrices."""
    found: list[Labels] = []
    for value, count in zip(values, inner, strict=True):
        batch = len(shape_of(value)) - count
        found.append((*range(batch), *[None] * count))
    return found


def cubic_work(value: SSAValue) -> int:
    """Work on one matrix of `value`: that of a matrix product."""
    rows, columns = (n if n >= 0 else ASSUMED for n in shape_of(value)[-2:])
    return max(1, rows * columns * min(rows, columns))


@irdl_op_definition
class CholeskyOp(LinalgExtOp):
    """Factors a of a = u^H u, or with `lower` a = l l^H, of the last two dimensions.

    `ins` is a matrix, or the real and the imaginary parts of one; `outs` the factor likewise, zero
    in the other triangle, NaN everywhere if the matrix is not positive definite. Only the triangle
    that is asked for is read.
    """

    name = "iree_linalg_ext.cholesky"
    lower = opt_prop_def(UnitAttr)

    def labels(self) -> list[Labels]:
        return batch_labels(list(self.operands), [2] * len(self.operands))

    def work(self) -> int:
        return cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        return parted(factors(joined(ins), lower=self.lower is not None), outs)

    def emit_loops(self, b: LoopBuilder) -> None:
        em, n = b.em, b.sizes(b.outs[0])[-1]
        x = Numbers(b, len(b.ins), b.outs[0].type.element_type)  # pyright: ignore[reportAttributeAccessIssue]
        out = b.outs
        with b.points() as point:

            def at(i: Index, j: Index) -> list[Index]:
                return [*point, i, j]

            with b.loop(0, n) as i, b.loop(i, n) as j:
                a = x.load(b.ins, at(j, i) if self.lower is not None else at(i, j))
                x.store(x.conjugate(a) if self.lower is not None else a, out, at(i, j))
            good = [b.true()]
            with b.loop(0, n, good) as k:
                pivot = x.load(out, at(k, k))[0]
                good[:] = [b.both(good[0], x.compare("ogt", pivot, x.real(0.0)))]
                root = x.sqrt(pivot)
                inverse = x.over(x.real(1.0), root)
                x.store(x.from_real(root), out, at(k, k))
                after = em.addi(k, 1)
                with b.loop(after, n) as j:
                    x.store(x.scale(x.load(out, at(k, j)), inverse), out, at(k, j))
                with b.loop(after, n) as i:
                    factor = x.conjugate(x.load(out, at(k, i)))
                    with b.loop(i, n) as j:
                        rest = x.load(out, at(i, j))
                        rest = x.subtract_product(rest, factor, x.load(out, at(k, j)))
                        x.store(rest, out, at(i, j))
            with b.loop(0, n) as i, b.loop(0, i) as j:
                if self.lower is not None:
                    x.store(x.conjugate(x.load(out, at(j, i))), out, at(i, j))
                    x.store(x.number(0.0), out, at(j, i))
                else:
                    x.store(x.number(0.0), out, at(i, j))
            with b.when(b.negated(good[0])), b.loop(0, n) as i, b.loop(0, n) as j:
                nan = x.real(float("nan"))
                x.store((nan,) * x.parts, out, at(i, j))


def factors(a: np.ndarray, *, lower: bool) -> np.ndarray:
    """Cholesky factors of the last two dimensions; NaN where a matrix is not positive definite."""
    result = np.zeros(a.shape, a.dtype)
    for place in np.ndindex(*a.shape[:-2]):
        matrix = np.tril(a[place]) if lower else np.conj(np.triu(a[place])).T
        try:
            factor = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            factor = np.full(matrix.shape, np.nan, a.dtype)
        if not np.all(np.real(np.diagonal(factor)) > 0):
            factor = np.full(matrix.shape, np.nan, a.dtype)
        result[place] = factor if lower else np.conj(factor).T
    return result


OPS = (CholeskyOp,)
