# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.triangular_solve`: systems of equations with triangular matrices.

By substitution, a whole row of unknowns at a time when the matrix is on the left; on the right the
unknowns of a row one after the other, each taken off those that follow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def

from iree_explore.linalg.ext.cholesky import batch_labels
from iree_explore.linalg.ext_interface import ASSUMED, Labels, LinalgExtOp, Run, shape_of
from iree_explore.linalg.ext_numbers import Number, Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder


@irdl_op_definition
class TriangularSolveOp(LinalgExtOp):
    """Solves op(a) x = b, or x op(a) = b with `right`, for x.

    `ins` are a and b, each one tensor or real and imaginary parts; `outs` is x likewise. a is
    `lower` or upper triangular (its other triangle is not read), with ones for a diagonal if
    `unit_diagonal`; op is nothing, `transpose` or the conjugate transpose (`adjoint`).
    """

    name = "iree_linalg_ext.triangular_solve"
    right = opt_prop_def(UnitAttr)
    lower = opt_prop_def(UnitAttr)
    unit_diagonal = opt_prop_def(UnitAttr)
    transpose = opt_prop_def(UnitAttr)
    adjoint = opt_prop_def(UnitAttr)

    def labels(self) -> list[Labels]:
        """Matrices are loops, and so are the columns of b (its rows, if a is on the right)."""
        found = batch_labels(list(self.operands), [2] * len(self.operands))
        batch = len(found[0]) - 2
        free = (batch, None) if self.right is not None else (None, batch)
        for number in range(len(self.ins) // 2, len(found)):
            found[number] = (*found[number][:-2], *free)
        return found

    def work(self) -> int:
        n = shape_of(self.ins[0])[-1]
        return (n if n >= 0 else ASSUMED) ** 2 + 1

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        parts = len(ins) // 2
        a, b = joined(ins[:parts]), joined(ins[parts:])
        a = np.tril(a) if self.lower is not None else np.triu(a)
        if self.transpose is not None or self.adjoint is not None:
            a = np.swapaxes(a, -1, -2)
            a = np.conj(a) if self.adjoint is not None else a
        found = solve(
            a,
            b,
            lower=(self.lower is not None) != (self.turned),
            unit=self.unit_diagonal is not None,
            left=self.right is None,
        )
        return parted(found, outs)

    @property
    def turned(self) -> bool:
        """Whether a is used transposed."""
        return self.transpose is not None or self.adjoint is not None

    def emit_loops(self, b: LoopBuilder) -> None:
        _Emission(self, b).emit()


class _Emission:
    """The loops of one solve."""

    def __init__(self, op: TriangularSolveOp, b: LoopBuilder):
        self.op, self.b, self.em = op, b, b.em
        parts = len(b.outs)
        self.a, self.rhs, self.x = b.ins[:parts], b.ins[parts:], b.outs
        self.n = b.sizes(self.a[0])[-1]
        type_ = self.x[0].type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        self.numbers = Numbers(b, len(self.a), type_)
        self.free = b.extents()[-1]
        self.lower = (op.lower is not None) != op.turned
        self.batch: list[SSAValue] = []

    def emit(self) -> None:
        with self.b.nest(self.b.extents()[:-1]) as self.batch:
            if self.op.right is None:
                self.on_the_left()
            else:
                self.on_the_right()

    def coefficient(self, i: Index, j: Index) -> Number:
        """Element of op(a)."""
        at = [*self.batch, j, i] if self.op.turned else [*self.batch, i, j]
        found = self.numbers.load(self.a, at)
        return self.numbers.conjugate(found) if self.op.adjoint is not None else found

    def numbered(self, step: Index, *, forward: bool) -> Index:
        """The unknown that is found in a step."""
        return step if forward else self.em.subi(self.em.subi(self.n, 1), step)

    def on_the_left(self) -> None:
        b, x = self.b, self.numbers
        with b.loop(0, self.n) as step:
            i = self.numbered(step, forward=self.lower)
            with b.loop(0, self.free) as c:
                x.store(x.load(self.rhs, [*self.batch, i, c]), self.x, [*self.batch, i, c])
            with b.loop(0, step) as known:
                k = self.numbered(known, forward=self.lower)
                factor = self.coefficient(i, k)
                with b.loop(0, self.free) as c:
                    at = [*self.batch, i, c]
                    other = x.load(self.x, [*self.batch, k, c])
                    x.store(x.subtract_product(x.load(self.x, at), factor, other), self.x, at)
            if self.op.unit_diagonal is None:
                pivot = self.coefficient(i, i)
                with b.loop(0, self.free) as c:
                    at = [*self.batch, i, c]
                    x.store(x.divide(x.load(self.x, at), pivot), self.x, at)

    def on_the_right(self) -> None:
        b, x = self.b, self.numbers
        forward = not self.lower
        with b.loop(0, self.free) as r:
            with b.loop(0, self.n) as j:
                x.store(x.load(self.rhs, [*self.batch, r, j]), self.x, [*self.batch, r, j])
            with b.loop(0, self.n) as step:
                k = self.numbered(step, forward=forward)
                at = [*self.batch, r, k]
                value = x.load(self.x, at)
                if self.op.unit_diagonal is None:
                    value = x.divide(value, self.coefficient(k, k))
                    x.store(value, self.x, at)
                first, last = (self.em.addi(step, 1), self.n) if forward else (0, k)
                with b.loop(first, last) as j:
                    place = [*self.batch, r, j]
                    rest = x.load(self.x, place)
                    rest = x.subtract_product(rest, value, self.coefficient(k, j))
                    x.store(rest, self.x, place)


def solve(a: np.ndarray, b: np.ndarray, *, lower: bool, unit: bool, left: bool) -> np.ndarray:
    """x of a x = b (x a = b if not `left`), a triangular with nothing in its other triangle."""
    if not left:
        flipped = (np.swapaxes(v, -1, -2) for v in (a, b))
        return np.swapaxes(solve(*flipped, lower=not lower, unit=unit, left=True), -1, -2)
    n = a.shape[-1]
    x = np.array(np.broadcast_to(b, (*a.shape[:-2], *b.shape[-2:])))
    for i in range(n) if lower else reversed(range(n)):
        known = slice(0, i) if lower else slice(i + 1, n)
        x[..., i, :] -= np.einsum("...k,...kc->...c", a[..., i, known], x[..., known, :])
        if not unit:
            x[..., i, :] /= a[..., i, i, None]
    return x


OPS = (TriangularSolveOp,)
