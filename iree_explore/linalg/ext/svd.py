# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.svd`: singular value decompositions, by one-sided Jacobi rotations.

Pairs of rows are turned until all are orthogonal: a = q^H (s vh), where q are the rotations. What
has no direction of its own (rows of zeros, and rows beyond the matrix's) is completed to an
orthonormal basis. Source: Demmel and Veselić, "Jacobi's method is more accurate than QR", 1992.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import Float64Type
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition

from iree_explore.linalg.ext.cholesky import batch_labels, cubic_work
from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run
from iree_explore.linalg.ext_numbers import Number, Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

MOST_SWEEPS = 30
"""Sweeps after which what has been found is returned; ten are many."""


@irdl_op_definition
class SvdOp(LinalgExtOp):
    """u, s and vh of a = u diag(s) vh for the matrices in the last two dimensions, s descending.

    `ins` is a (m x n with m <= n), or its parts; `outs` are u (m x m, parts), s (m) and vh (m x n,
    or n x n for a whole basis; parts) and a scratch matrix (m x m, parts).
    """

    name = "iree_linalg_ext.svd"

    def labels(self) -> list[Labels]:
        parts = len(self.ins)
        return batch_labels(list(self.operands), [2] * 2 * parts + [1] + [2] * 2 * parts)

    def work(self) -> int:
        return 8 * cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        parts = len(ins)
        u, s, vh = singular(joined(ins), rows=outs[parts + 1].shape[-2])
        found = [*parted(u, outs[:parts]), s.astype(outs[parts].dtype)]
        return [*found, *parted(vh, outs[parts + 1 : 2 * parts + 1]), *outs[2 * parts + 1 :]]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Emission(self, b).emit()


class _Emission:
    """The loops of one op."""

    def __init__(self, op: SvdOp, b: LoopBuilder):
        self.op, self.b, self.em = op, b, b.em
        parts = len(b.ins)
        self.u, self.values = b.outs[:parts], b.outs[parts]
        self.rows = b.outs[parts + 1 : 2 * parts + 1]
        self.turns = b.outs[2 * parts + 1 :]
        self.m, self.n = b.sizes(b.ins[0])[-2:]
        self.all = b.sizes(self.rows[0])[-2]
        type_ = self.values.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        self.x = Numbers(b, parts, type_)
        self.epsilon = 2.0**-52 if isinstance(type_, Float64Type) else 2.0**-23
        self.point: list[SSAValue] = []

    def at(self, *indices: Index) -> list[Index]:
        return [*self.point, *indices]

    def emit(self) -> None:
        b, em, x = self.b, self.em, self.x
        with b.points() as self.point:
            size = self.begin()
            finite = x.compare("oeq", x.minus(size, size), x.real(0.0))
            scale = b.select(x.compare("ogt", size, x.real(0.0)), size, x.real(1.0))
            self.scale(x.over(x.real(1.0), scale))
            state = [em.const(0), finite]

            def goes_on(values: list[SSAValue]) -> SSAValue:
                return b.both(b.compare("slt", values[0], MOST_SWEEPS), values[1])

            with b.while_loop(state, goes_on):
                sweep, turned = state[0], [b.false()]
                with b.loop(0, self.m, turned) as p, b.loop(em.addi(p, 1), self.m, turned) as q:
                    turned[:] = [b.either(turned[0], self.rotate(p, q))]
                state[:] = [em.const(em.addi(sweep, 1)), turned[0]]
            self.norms()
            x.sort_rows(
                "ogt", self.values, self.m, [(self.rows, self.n), (self.turns, self.m)], self.at
            )
            self.finish(scale, b.select(finite, x.real(1.0), x.real(float("nan"))))

    def begin(self) -> SSAValue:
        """Copies the matrix, zero below it, no rotations yet; the size of the largest part."""
        b, x = self.b, self.x
        largest = [x.real(0.0)]
        with b.loop(0, self.m, largest) as i, b.loop(0, self.n, largest) as j:
            element = x.load(b.ins, self.at(i, j))
            x.store(element, self.rows, self.at(i, j))
            for part in element:
                largest[:] = [x.larger(largest[0], x.magnitude(part))]
        with b.loop(self.m, self.all) as i, b.loop(0, self.n) as j:
            x.store(x.number(0.0), self.rows, self.at(i, j))
        with b.loop(0, self.m) as i, b.loop(0, self.m) as j:
            same = b.compare("eq", i, j)
            x.store(x.select(same, x.number(1.0), x.number(0.0)), self.turns, self.at(i, j))
        return largest[0]

    def scale(self, by: SSAValue) -> None:
        """So that squares neither overflow nor vanish."""
        with self.b.loop(0, self.m) as i, self.b.loop(0, self.n) as j:
            element = self.x.load(self.rows, self.at(i, j))
            self.x.store(self.x.scale(element, by), self.rows, self.at(i, j))

    def product(self, p: Index, q: Index) -> Number:
        """Row p times row q, conjugated."""
        b, x = self.b, self.x
        total = list(x.number(0.0))
        with b.loop(0, self.n, total) as k:
            one, other = (x.load(self.rows, self.at(row, k)) for row in (p, q))
            total[:] = x.add(tuple(total), x.multiply(one, x.conjugate(other)))
        return tuple(total)

    def rotate(self, p: Index, q: Index) -> SSAValue:
        """Makes two rows orthogonal; whether they were not."""
        b, x = self.b, self.x
        a, d = self.product(p, p)[0], self.product(q, q)[0]
        size, phase = x.polar(x.conjugate(self.product(p, q)))
        bound = x.times(x.real(4 * self.epsilon), x.times(x.sqrt(a), x.sqrt(d)))
        needed = x.compare("ogt", size, bound)
        with b.when(needed):
            theta = x.over(x.minus(d, a), x.plus(size, size))
            root = x.sqrt(x.plus(x.times(theta, theta), x.real(1.0)))
            t = x.over(x.real(1.0), x.plus(x.magnitude(theta), root))
            negative = x.compare("olt", theta, x.real(0.0))
            t = b.select(negative, x.minus(x.real(0.0), t), t)
            c = x.over(x.real(1.0), x.sqrt(x.plus(x.times(t, t), x.real(1.0))))
            s = x.times(t, c)
            for buffers, length in ((self.rows, self.n), (self.turns, self.m)):
                with b.loop(0, length) as k:
                    x.turn(buffers, self.at(p, k), self.at(q, k), phase, c, s)
        return needed

    def norms(self) -> None:
        """Singular values are the lengths of the rows, whose directions remain."""
        b, x = self.b, self.x
        with b.loop(0, self.m) as i:
            length = x.sqrt(self.product(i, i)[0])
            b.store(length, self.values, self.at(i))
            with b.when(x.compare("ogt", length, x.real(0.0))):
                self.divide(i, length)

    def divide(self, i: Index, length: SSAValue) -> None:
        with self.b.loop(0, self.n) as k:
            element = self.x.load(self.rows, self.at(i, k))
            element = tuple(self.x.over(part, length) for part in element)
            self.x.store(element, self.rows, self.at(i, k))

    def finish(self, scale: SSAValue, one: SSAValue) -> None:
        """Completes the basis and gives the values their scale; `one` is NaN if the input was."""
        b, x = self.b, self.x
        with b.loop(0, self.all) as i:
            length, shared = self.product(i, i)[0], [x.real(0.0)]
            with b.loop(0, i, shared) as before:
                shared[:] = [x.larger(shared[0], x.square(self.product(i, before)))]
            # What rounding leaves of a row without a direction of its own never gets orthogonal.
            noise = x.compare("ogt", shared[0], x.real((16 * self.epsilon) ** 2))
            with b.when(b.either(noise, x.compare("oeq", length, x.real(0.0)))):
                with b.loop(0, self.n) as k:
                    x.store(x.number(0.0), self.rows, self.at(i, k))
                self.complete(i)
        with b.loop(0, self.m) as i:
            value = x.times(b.load(self.values, self.at(i)), x.times(scale, one))
            b.store(value, self.values, self.at(i))
        with b.loop(0, self.all) as i, b.loop(0, self.n) as k:
            element = x.scale(x.load(self.rows, self.at(i, k)), one)
            x.store(element, self.rows, self.at(i, k))
        with b.loop(0, self.m) as i, b.loop(0, self.m) as j:
            element = x.scale(x.conjugate(x.load(self.turns, self.at(j, i))), one)
            x.store(element, self.u, self.at(i, j))

    def complete(self, i: Index) -> None:
        """Row i becomes the unit vector least covered by the other rows, without what they cover
        of it. Rows of zeros cover nothing, and all that others cover is orthogonal."""
        b, x, em = self.b, self.x, self.em
        best = [em.const(0), x.real(float("inf"))]
        with b.loop(0, self.n, best) as k:
            covered = [x.real(0.0)]
            with b.loop(0, self.all, covered) as row:
                element = x.load(self.rows, self.at(row, k))
                covered[:] = [x.plus(covered[0], x.square(element))]
            less = x.compare("olt", covered[0], best[1])
            best[:] = [b.select(less, k, best[0]), b.select(less, covered[0], best[1])]
        x.store(x.number(1.0), self.rows, self.at(i, best[0]))
        with b.loop(0, 2), b.loop(0, self.all) as row, b.when(b.compare("ne", row, i)):
            part = self.product(i, row)
            with b.loop(0, self.n) as k:
                element = x.load(self.rows, self.at(i, k))
                element = x.subtract_product(element, part, x.load(self.rows, self.at(row, k)))
                x.store(element, self.rows, self.at(i, k))
        self.divide(i, x.sqrt(self.product(i, i)[0]))


def singular(a: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(u, s, vh) of the last two dimensions, m x n with m <= n; vh has `rows` rows. NaN for
    matrices that are not finite."""
    *batch, m, n = a.shape
    u, s = np.zeros((*batch, m, m), a.dtype), np.zeros((*batch, m), np.real(a).dtype)
    vh = np.zeros((*batch, rows, n), a.dtype)
    for place in np.ndindex(*batch):
        if np.all(np.isfinite(a[place])):
            u[place], s[place], vh[place] = np.linalg.svd(a[place], full_matrices=rows > m)
        else:
            u[place], s[place], vh[place] = np.nan, np.nan, np.nan
    return u, s, vh


OPS = (SvdOp,)
