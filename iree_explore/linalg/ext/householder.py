# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.qr` and `.householder_product`: QR decomposition by Householder reflections.

As LAPACK's geqrf and orgqr: H_k = I - tau_k v_k v_k^H with v_k = (0, ..., 0, 1, x) turns column k
into (.., beta, 0, ..., 0); x is kept below the diagonal, where the zeros would be. A vector of
scratch memory lets both loops of a reflection run along rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition

from iree_explore.linalg.ext.cholesky import batch_labels, cubic_work
from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run
from iree_explore.linalg.ext_numbers import Number, Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder


@irdl_op_definition
class QrOp(LinalgExtOp):
    """The reflections of a = q r, and r.

    `ins` is a (m x n) or its parts. `outs`: r in the upper triangle and the vectors below it
    (m x n), the taus (min(m, n)) and scratch (n), each as many parts as a.
    """

    name = "iree_linalg_ext.qr"

    def labels(self) -> list[Labels]:
        parts = len(self.ins)
        return batch_labels(list(self.operands), [2] * 2 * parts + [1] * 2 * parts)

    def work(self) -> int:
        return cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        parts = len(ins)
        packed, taus = reflections(joined(ins))
        return [
            *parted(packed, outs[:parts]),
            *parted(taus, outs[parts : 2 * parts]),
            *outs[2 * parts :],
        ]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Reflections(self, b).decompose()


@irdl_op_definition
class HouseholderProductOp(LinalgExtOp):
    """The first columns of the product of reflections.

    `ins` are the vectors (m x n, below the diagonal) and the taus (k), parts next to each other;
    `outs` the product (m x n) and scratch (n).
    """

    name = "iree_linalg_ext.householder_product"

    def labels(self) -> list[Labels]:
        parts = len(self.ins) // 2
        ranks = [2] * parts + [1] * parts
        return batch_labels(list(self.operands), ranks * 2)

    def work(self) -> int:
        return cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        parts = len(ins) // 2
        found = product(joined(ins[:parts]), joined(ins[parts:]))
        return [*parted(found, outs[:parts]), *outs[parts:]]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Reflections(self, b).multiply()


class _Reflections:
    """The loops of both ops."""

    def __init__(self, op: LinalgExtOp, b: LoopBuilder):
        self.op, self.b, self.em = op, b, b.em
        self.parts = len(b.ins) if isinstance(op, QrOp) else len(b.ins) // 2
        self.matrix, self.scratch = b.outs[: self.parts], b.outs[-self.parts :]
        type_ = self.matrix[0].type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        self.x = Numbers(b, self.parts, type_)
        self.rows, self.columns = b.sizes(self.matrix[0])[-2:]
        self.point: list[SSAValue] = []

    def at(self, *indices: Index) -> list[Index]:
        return [*self.point, *indices]

    def decompose(self) -> None:
        b, x, out = self.b, self.x, self.matrix
        taus = b.outs[self.parts : 2 * self.parts]
        with b.points() as self.point:
            with b.loop(0, self.rows) as i, b.loop(0, self.columns) as j:
                x.store(x.load(b.ins, self.at(i, j)), out, self.at(i, j))
            with b.loop(0, b.sizes(taus[0])[-1]) as k:
                tau, beta, scale = self.reflection(k)
                after = self.em.addi(k, 1)
                with b.loop(after, self.rows) as i:
                    below = x.load(out, self.at(i, k))
                    x.store(x.multiply(below, scale), out, self.at(i, k))
                x.store(x.from_real(beta), out, self.at(k, k))
                x.store(tau, taus, self.at(k))
                self.reflect(k, after, x.conjugate(tau), out)

    def reflection(self, k: Index) -> tuple[Number, SSAValue, Number]:
        """tau and beta of column k, and what turns it into the vector; sums are of parts relative
        to the largest one, so that they neither overflow nor vanish."""
        b, x = self.b, self.x
        alpha = x.load(self.matrix, self.at(k, k))
        largest = [x.real(0.0)]
        with b.loop(self.em.addi(k, 1), self.rows, largest) as i:
            for part in x.load(self.matrix, self.at(i, k)):
                largest[:] = [x.larger(largest[0], x.magnitude(part))]
        below = x.compare("une", largest[0], x.real(0.0))
        if self.parts == 2:
            below = b.either(below, x.compare("une", alpha[1], x.real(0.0)))
        size = largest[0]
        for part in alpha:
            size = x.larger(size, x.magnitude(part))
        size = b.select(below, size, x.real(1.0))
        total = [x.square(tuple(x.over(part, size) for part in alpha))]
        with b.loop(self.em.addi(k, 1), self.rows, total) as i:
            element = x.load(self.matrix, self.at(i, k))
            part = tuple(x.over(v, size) for v in element)
            total[:] = [x.plus(total[0], x.square(part))]
        norm = x.times(x.sqrt(total[0]), size)
        negative = x.compare("olt", alpha[0], x.real(0.0))
        beta = b.select(negative, norm, x.minus(x.real(0.0), norm))
        beta = b.select(below, beta, alpha[0])
        divisor = b.select(below, beta, x.real(1.0))
        difference = x.subtract(x.from_real(beta), alpha)
        tau = tuple(x.over(part, divisor) for part in difference)
        inverse = x.divide(x.number(-1.0), x.select(below, difference, x.number(1.0)))
        return x.select(below, tau, x.number(0.0)), beta, inverse

    def reflect(self, k: Index, first: Index, tau: Number, vectors: Sequence[SSAValue]) -> None:
        """Rows from k on, columns from `first` on, of the matrix become (I - tau v v^H) times what
        they are; v is below (k, k) in `vectors`."""
        b, x, out = self.b, self.x, self.matrix
        after = self.em.addi(k, 1)
        with b.loop(first, self.columns) as j:
            x.store(x.load(out, self.at(k, j)), self.scratch, self.at(j))
        with b.loop(after, self.rows) as i:
            factor = x.conjugate(x.load(vectors, self.at(i, k)))
            with b.loop(first, self.columns) as j:
                product = x.multiply(factor, x.load(out, self.at(i, j)))
                x.store(x.add(x.load(self.scratch, self.at(j)), product), self.scratch, self.at(j))
        with b.loop(first, self.columns) as j:
            element = x.load(out, self.at(k, j))
            element = x.subtract_product(element, tau, x.load(self.scratch, self.at(j)))
            x.store(element, out, self.at(k, j))
        with b.loop(after, self.rows) as i:
            factor = x.multiply(tau, x.load(vectors, self.at(i, k)))
            with b.loop(first, self.columns) as j:
                element = x.load(out, self.at(i, j))
                element = x.subtract_product(element, factor, x.load(self.scratch, self.at(j)))
                x.store(element, out, self.at(i, j))

    def multiply(self) -> None:
        b, x, em = self.b, self.x, self.em
        vectors, taus = b.ins[: self.parts], b.ins[self.parts :]
        count = b.sizes(taus[0])[-1]
        with b.points() as self.point:
            with b.loop(0, self.rows) as i, b.loop(0, self.columns) as j:
                same = b.compare("eq", i, j)
                one = x.select(same, x.number(1.0), x.number(0.0))
                x.store(one, self.matrix, self.at(i, j))
            with b.loop(0, count) as step:
                k = em.subi(em.subi(count, 1), step)
                self.reflect(k, k, x.load(taus, self.at(k)), vectors)


def reflections(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(r with the vectors below it, taus) of the matrices in the last two dimensions."""
    m, n = a.shape[-2:]
    packed = np.array(a)
    taus = np.zeros((*a.shape[:-2], min(m, n)), a.dtype)
    for place in np.ndindex(*a.shape[:-2]):
        matrix, tau = packed[place], taus[place]
        for k in range(min(m, n)):
            alpha, below = matrix[k, k], matrix[k + 1 :, k]
            if not np.any(below) and alpha.imag == 0:
                continue
            norm = np.linalg.norm(matrix[k:, k])
            beta = norm if alpha.real < 0 else -norm
            tau[k] = (beta - alpha) / beta
            below /= alpha - beta
            matrix[k, k] = beta
            v = np.concatenate([[1], below])
            rest = matrix[k:, k + 1 :]
            rest -= np.conj(tau[k]) * np.outer(v, np.conj(v) @ rest)
    return packed, taus


def product(packed: np.ndarray, taus: np.ndarray) -> np.ndarray:
    """The first columns of H_0 H_1 ... for the vectors below the diagonal and the taus."""
    m, n = packed.shape[-2:]
    found = np.broadcast_to(np.eye(m, n, dtype=packed.dtype), packed.shape).copy()
    for place in np.ndindex(*packed.shape[:-2]):
        for k in reversed(range(taus.shape[-1])):
            v = np.concatenate([[1], packed[place][k + 1 :, k]])
            rest = found[place][k:, k:]
            rest -= taus[place][k] * np.outer(v, np.conj(v) @ rest)
    return found


OPS = (QrOp, HouseholderProductOp)
