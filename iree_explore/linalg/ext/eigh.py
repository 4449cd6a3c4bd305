# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.eigh`: eigenvalues and eigenvectors of Hermitian matrices, by Jacobi rotations.

A sweep makes every off-diagonal element zero in turn; sweeps go on until what the others became
meanwhile is nothing beside the matrix. Eigenvectors are rows while they are turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import Float64Type, UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def

from iree_explore.linalg.ext.cholesky import batch_labels, cubic_work
from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run
from iree_explore.linalg.ext_numbers import Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

MOST_SWEEPS = 30
"""Sweeps after which what has been found is returned; ten are many."""


@irdl_op_definition
class EighOp(LinalgExtOp):
    """Eigenvectors (columns) and eigenvalues of the matrices in the last two dimensions.

    `ins` is a, or its parts; `outs` are the eigenvectors (n x n, parts), the eigenvalues (n,
    ascending if `sort`) and two scratch matrices (parts each). With `lower` the lower triangle is
    read, else the upper one; imaginary parts of the diagonal are not.
    """

    name = "iree_linalg_ext.eigh"
    lower = opt_prop_def(UnitAttr)
    sort = opt_prop_def(UnitAttr)

    def labels(self) -> list[Labels]:
        parts = len(self.ins)
        return batch_labels(list(self.operands), [2] * 2 * parts + [1] + [2] * 2 * parts)

    def work(self) -> int:
        return 8 * cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        parts = len(ins)
        v, w = eigen(joined(ins), lower=self.lower is not None)
        return [*parted(v, outs[:parts]), w.astype(outs[parts].dtype), *outs[parts + 1 :]]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Emission(self, b).emit()


class _Emission:
    """The loops of one op."""

    def __init__(self, op: EighOp, b: LoopBuilder):
        self.op, self.b, self.em = op, b, b.em
        parts = len(b.ins)
        self.vectors, self.values = b.outs[:parts], b.outs[parts]
        self.matrix, self.rows = b.outs[parts + 1 : 2 * parts + 1], b.outs[2 * parts + 1 :]
        self.n = b.sizes(self.values)[-1]
        type_ = self.values.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        self.x = Numbers(b, parts, type_)
        self.epsilon = 2.0**-52 if isinstance(type_, Float64Type) else 2.0**-23
        self.point: list[SSAValue] = []

    def at(self, *indices: Index) -> list[Index]:
        return [*self.point, *indices]

    def emit(self) -> None:
        b, em, x, n = self.b, self.em, self.x, self.n
        with b.points() as self.point:
            size = self.begin()
            finite = x.compare("oeq", x.minus(size, size), x.real(0.0))
            one = b.select(finite, x.real(1.0), x.real(float("nan")))
            divisor = b.select(x.compare("ogt", size, x.real(0.0)), size, x.real(1.0))
            total = self.scale(divisor)
            enough = x.times(total, x.real(self.epsilon**2))
            state = [em.const(0), self.off_diagonal()]

            def goes_on(values: list[SSAValue]) -> SSAValue:
                few = b.compare("slt", values[0], MOST_SWEEPS)
                return b.both(few, x.compare("ogt", values[1], enough))

            with b.while_loop(state, goes_on):
                sweep = state[0]
                with b.loop(0, n) as p, b.loop(em.addi(p, 1), n) as q:
                    self.rotate(p, q)
                state[:] = [em.const(em.addi(sweep, 1)), self.off_diagonal()]
            with b.loop(0, n) as i:
                value = x.times(x.load(self.matrix, self.at(i, i))[0], x.times(divisor, one))
                b.store(value, self.values, self.at(i))
            if self.op.sort is not None:
                x.sort_rows("olt", self.values, n, [(self.rows, n)], self.at)
            with b.loop(0, n) as i, b.loop(0, n) as j:
                element = x.scale(x.load(self.rows, self.at(j, i)), one)
                x.store(element, self.vectors, self.at(i, j))

    def begin(self) -> SSAValue:
        """Copies the matrix, makes the rows those of the identity; the size of the largest part."""
        b, x, n = self.b, self.x, self.n
        largest = [x.real(0.0)]
        with b.loop(0, n, largest) as i, b.loop(0, n, largest) as j:
            low, high = self.em.mini(i, j), self.em.maxi(i, j)
            place = self.at(high, low) if self.op.lower is not None else self.at(low, high)
            element = x.load(b.ins, place)
            mirrored = b.compare("slt" if self.op.lower is not None else "sgt", i, j)
            element = x.select(mirrored, x.conjugate(element), element)
            same = b.compare("eq", i, j)
            element = x.select(same, x.from_real(element[0]), element)
            x.store(element, self.matrix, self.at(i, j))
            one = x.select(same, x.number(1.0), x.number(0.0))
            x.store(one, self.rows, self.at(i, j))
            for part in element:
                largest[:] = [x.larger(largest[0], x.magnitude(part))]
        return largest[0]

    def scale(self, divisor: SSAValue) -> SSAValue:
        """Divides the matrix, so that squares neither overflow nor vanish; the sum of them all."""
        b, x, n = self.b, self.x, self.n
        total = [x.real(0.0)]
        with b.loop(0, n, total) as i, b.loop(0, n, total) as j:
            element = x.load(self.matrix, self.at(i, j))
            element = tuple(x.over(part, divisor) for part in element)
            x.store(element, self.matrix, self.at(i, j))
            total[:] = [x.plus(total[0], x.square(element))]
        return total[0]

    def off_diagonal(self) -> SSAValue:
        """The sum of the squares above the diagonal."""
        b, x, n = self.b, self.x, self.n
        total = [x.real(0.0)]
        with b.loop(0, n, total) as i, b.loop(self.em.addi(i, 1), n, total) as j:
            element = x.load(self.matrix, self.at(i, j))
            total[:] = [x.plus(total[0], x.square(element))]
        return total[0]

    def rotate(self, p: Index, q: Index) -> None:
        """Makes element (p, q) zero."""
        b, x = self.b, self.x
        element = x.load(self.matrix, self.at(p, q))
        size, phase = x.polar(element)
        with b.when(x.compare("ogt", size, x.real(0.0))):
            a, d = (x.load(self.matrix, self.at(k, k))[0] for k in (p, q))
            theta = x.over(x.minus(d, a), x.plus(size, size))
            root = x.sqrt(x.plus(x.times(theta, theta), x.real(1.0)))
            t = x.over(x.real(1.0), x.plus(x.magnitude(theta), root))
            negative = x.compare("olt", theta, x.real(0.0))
            t = b.select(negative, x.minus(x.real(0.0), t), t)
            c = x.over(x.real(1.0), x.sqrt(x.plus(x.times(t, t), x.real(1.0))))
            s = x.times(t, c)
            with b.loop(0, self.n) as k:
                x.turn(self.matrix, self.at(k, p), self.at(k, q), phase, c, s)
            with b.loop(0, self.n) as k:
                conjugate = x.conjugate(phase)
                x.turn(self.matrix, self.at(p, k), self.at(q, k), conjugate, c, s)
            with b.loop(0, self.n) as k:
                x.turn(self.rows, self.at(p, k), self.at(q, k), phase, c, s)
            change = x.times(t, size)
            x.store(x.from_real(x.minus(a, change)), self.matrix, self.at(p, p))
            x.store(x.from_real(x.plus(d, change)), self.matrix, self.at(q, q))
            for place in (self.at(p, q), self.at(q, p)):
                x.store(x.number(0.0), self.matrix, place)


def eigen(a: np.ndarray, *, lower: bool) -> tuple[np.ndarray, np.ndarray]:
    """(eigenvectors, eigenvalues) of the last two dimensions, ascending; NaN for matrices that are
    not finite."""
    v, w = np.zeros(a.shape, a.dtype), np.zeros(a.shape[:-1], np.real(a).dtype)
    for place in np.ndindex(*a.shape[:-2]):
        triangle = np.tril(a[place]) if lower else np.triu(a[place])
        if np.all(np.isfinite(triangle)):
            w[place], v[place] = np.linalg.eigh(triangle, "L" if lower else "U")
        else:
            w[place], v[place] = np.nan, np.nan
    return v, w


OPS = (EighOp,)
