# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.lu`: LU decomposition with partial pivoting, a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects import arith
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition

from iree_explore.linalg.ext.cholesky import batch_labels, cubic_work
from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run
from iree_explore.linalg.ext_numbers import Number, Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder


@irdl_op_definition
class LuOp(LinalgExtOp):
    """Factors p a = l u of the last two dimensions.

    `ins` is a (m x n) or its parts; `outs`: u with l below the diagonal, whose ones are not kept
    (parts), the row that each step exchanged with its own (min(m, n), integers from 0), and the
    row of a that each row of the factors is of (m).
    """

    name = "iree_linalg_ext.lu"

    def labels(self) -> list[Labels]:
        parts = len(self.ins)
        return batch_labels(list(self.operands), [2] * 2 * parts + [1, 1])

    def work(self) -> int:
        return cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        found, pivots, rows = factors(joined(ins))
        return [
            *parted(found, outs[:-2]),
            pivots.astype(outs[-2].dtype),
            rows.astype(outs[-1].dtype),
        ]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Emission(b).emit()


class _Emission:
    """The loops of one op."""

    def __init__(self, b: LoopBuilder):
        self.b, self.em = b, b.em
        self.matrix, self.pivots, self.rows = b.outs[:-2], b.outs[-2], b.outs[-1]
        self.m, self.n = b.sizes(self.matrix[0])[-2:]
        type_ = self.matrix[0].type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        self.x = Numbers(b, len(self.matrix), type_)
        self.point: list[SSAValue] = []

    def at(self, *indices: Index) -> list[Index]:
        return [*self.point, *indices]

    def size(self, value: Number) -> SSAValue:
        """What pivots are chosen by: the sum of the magnitudes of the parts, as in LAPACK."""
        total = self.x.magnitude(value[0])
        for part in value[1:]:
            total = self.x.plus(total, self.x.magnitude(part))
        return total

    def emit(self) -> None:
        b, x, em = self.b, self.x, self.em
        with b.points() as self.point:
            with b.loop(0, self.m) as i:
                self.store_index(i, self.rows, i)
                with b.loop(0, self.n) as j:
                    x.store(x.load(b.ins, self.at(i, j)), self.matrix, self.at(i, j))
            with b.loop(0, b.sizes(self.pivots)[-1]) as k:
                after = em.addi(k, 1)
                best = [em.const(k), self.size(x.load(self.matrix, self.at(k, k)))]
                with b.loop(after, self.m, best) as i:
                    size = self.size(x.load(self.matrix, self.at(i, k)))
                    larger = x.compare("ogt", size, best[1])
                    best[:] = [b.select(larger, i, best[0]), b.select(larger, size, best[1])]
                self.store_index(best[0], self.pivots, k)
                with b.when(b.compare("ne", best[0], k)):
                    self.exchange(k, best[0])
                with b.when(x.compare("une", best[1], x.real(0.0))):
                    self.eliminate(k, after)

    def store_index(self, value: SSAValue, buffer: SSAValue, at: Index) -> None:
        type_ = buffer.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        cast = self.em.pure(arith.IndexCastOp, [value], type_, key=type_)
        self.b.store(cast, buffer, self.at(at))

    def exchange(self, k: Index, other: Index) -> None:
        """Two rows of the matrix, and of what is known of rows."""
        b = self.b
        with b.loop(0, self.n) as j:
            for buffer in self.matrix:
                self.swap(buffer, self.at(k, j), self.at(other, j))
        self.swap(self.rows, self.at(k), self.at(other))

    def swap(self, buffer: SSAValue, one: list[Index], other: list[Index]) -> None:
        first, second = self.b.load(buffer, one), self.b.load(buffer, other)
        self.b.store(second, buffer, one)
        self.b.store(first, buffer, other)

    def eliminate(self, k: Index, after: Index) -> None:
        """Takes multiples of row k off those below it."""
        b, x, out = self.b, self.x, self.matrix
        pivot = x.load(out, self.at(k, k))
        with b.loop(after, self.m) as i:
            factor = x.divide(x.load(out, self.at(i, k)), pivot)
            x.store(factor, out, self.at(i, k))
            with b.loop(after, self.n) as j:
                rest = x.load(out, self.at(i, j))
                rest = x.subtract_product(rest, factor, x.load(out, self.at(k, j)))
                x.store(rest, out, self.at(i, j))


def factors(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(u with l below it, exchanged rows, rows of a) of the last two dimensions."""
    m, n = a.shape[-2:]
    found = np.array(a)
    pivots = np.zeros((*a.shape[:-2], min(m, n)), np.int32)
    rows = np.broadcast_to(np.arange(m, dtype=np.int32), a.shape[:-1]).copy()
    for place in np.ndindex(*a.shape[:-2]):
        matrix = found[place]
        for k in range(min(m, n)):
            column = matrix[k:, k]
            sizes = np.abs(np.real(column)) + np.abs(np.imag(column))
            other = k + int(np.argmax(np.where(np.isnan(sizes), -1, sizes)))
            pivots[place][k] = other
            matrix[[k, other]] = matrix[[other, k]]
            rows[place][[k, other]] = rows[place][[other, k]]
            if matrix[k, k] != 0:
                matrix[k + 1 :, k] /= matrix[k, k]
                matrix[k + 1 :, k + 1 :] -= np.outer(matrix[k + 1 :, k], matrix[k, k + 1 :])
    return found, pivots, rows


OPS = (LuOp,)
