# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Linear algebra of batches of matrices of any size: Cholesky factors and triangular solves are
StableHLO's; what needs pivots is a loop of eliminations over all matrices at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects.builtin import BoolAttr, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    integer,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.decompositions import triangle
from iree_explore.frontend.tensorflow.ops.pieces import broadcast_sizes
from iree_explore.stablehlo.attrs import Transpose, TransposeAttr


class LowerCholesky(Leftover):
    """`tf.Cholesky`: the lower factor, zero above the diagonal."""

    op_name = "tf.Cholesky"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        rank = len(shape_of(value) or ())
        if rank < 2:
            return None
        factor = build.stablehlo("cholesky", [value], value.type, lower=BoolAttr.from_bool(True))
        return [triangle(build, factor, "GE")]


class LowerTriangularSolve(Leftover):
    """`tf.MatrixTriangularSolve`; batches are broadcast together."""

    op_name = "tf.MatrixTriangularSolve"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        values = list(op.operands)
        if any(shape_of(v) is None for v in values):
            return None
        sizes = [build.sizes(v) for v in values]
        batch = broadcast_sizes(build, [s[:-2] for s in sizes])
        rank = len(batch) + 2
        matrix, right = (
            v if s[:-2] == batch else
            build.broadcast(v, [*batch, *s[-2:]], range(rank - len(s), rank))
            for v, s in zip(values, sizes, strict=True)
        )  # fmt: skip
        turned = Transpose.ADJOINT if integer(op, "adjoint") else Transpose.NO_TRANSPOSE
        return [
            build.stablehlo(
                "triangular_solve",
                [matrix, right],
                right.type,
                left_side=BoolAttr.from_bool(True),
                lower=BoolAttr.from_bool(bool(integer(op, "lower", 1))),
                unit_diagonal=BoolAttr.from_bool(False),
                transpose_a=TransposeAttr(turned),
            )
        ]


def eliminated(tf: Any, matrix: Any) -> tuple[Any, Any, Any]:
    """Factors of [batch, n, n] matrices in one (units below the diagonal left out), the order of
    their rows, and the sign of that order."""
    size = tf.shape(matrix)[-1]
    steps = tf.range(size)
    real = matrix.dtype.real_dtype
    order = tf.zeros(tf.shape(matrix)[:2], tf.int32) + steps
    sign = tf.ones(tf.shape(matrix)[:1], matrix.dtype)

    def body(k: Any, a: Any, order: Any, sign: Any) -> tuple[Any, ...]:
        column = tf.gather(a, k, axis=2)
        height = tf.where(steps >= k, tf.abs(column), tf.cast(-1, real))
        pivot = tf.argmax(height, 1, tf.int32)[:, tf.newaxis]
        swapped = tf.where(steps == k, pivot, tf.where(steps == pivot, k, steps))
        a = tf.gather(a, swapped, axis=1, batch_dims=1)
        order = tf.gather(order, swapped, axis=1, batch_dims=1)
        sign = tf.where(tf.equal(pivot[:, 0], k), sign, -sign)
        row, column = tf.gather(a, k, axis=1), tf.gather(a, k, axis=2)
        head = tf.gather(row, k, axis=1)[:, tf.newaxis]
        zero = tf.zeros([], a.dtype)
        safe = tf.where(tf.equal(head, zero), tf.ones([], a.dtype), head)
        factor = tf.where(steps > k, column / safe, zero)
        right = tf.where(steps > k, row, zero)
        a = a - factor[:, :, tf.newaxis] * right[:, tf.newaxis]
        stored = (steps > k)[:, tf.newaxis] & (steps == k)[tf.newaxis]
        return k + 1, tf.where(stored, factor[:, :, tf.newaxis], a), order, sign

    start = (tf.constant(0), matrix, order, sign)
    shapes = (tf.TensorShape([]), matrix.shape, order.shape, sign.shape)
    return tf.while_loop(lambda k, *_: k < size, body, start, shape_invariants=shapes)[1:]


def _flat(tf: Any, x: Any) -> Any:
    """One batch dimension, also of matrices without elements."""
    shape = tf.shape(x)
    return tf.reshape(x, tf.concat([[tf.reduce_prod(shape[:-2])], shape[-2:]], 0))


def _solved(tf: Any, matrix: Any, right: Any) -> Any:
    """The solutions of [batch, n, n] systems."""
    factors, order, _ = eliminated(tf, matrix)
    moved = tf.gather(right, order, axis=1, batch_dims=1)
    lower = tf.linalg.set_diag(factors, tf.ones(tf.shape(factors)[:2], factors.dtype))
    half = tf.linalg.triangular_solve(lower, moved)
    return tf.linalg.triangular_solve(factors, half, lower=False)


@composition("ConjugateTranspose")
def conjugate_transpose(tf: Any, call: Call, x: Any, order: Any) -> Any:
    """Both, one after the other."""
    return tf.math.conj(tf.transpose(x, order))


@composition("MatrixSolve")
def matrix_solve(tf: Any, call: Call, matrix: Any, right: Any) -> Any:
    """Systems by their factors."""
    given = tf.linalg.adjoint(matrix) if call.flag("adjoint") else matrix
    return tf.reshape(_solved(tf, _flat(tf, given), _flat(tf, right)), tf.shape(right))


@composition("MatrixInverse")
def matrix_inverse(tf: Any, call: Call, matrix: Any) -> Any:
    """The solutions for every unit vector."""
    given = tf.linalg.adjoint(matrix) if call.flag("adjoint") else matrix
    flat = _flat(tf, given)
    units = tf.cast(tf.range(tf.shape(flat)[1])[:, None] == tf.range(tf.shape(flat)[1]), flat.dtype)
    return tf.reshape(_solved(tf, flat, tf.zeros_like(flat) + units), tf.shape(matrix))


@composition("MatrixDeterminant")
def determinant(tf: Any, call: Call, matrix: Any) -> Any:
    """The product of the pivots."""
    factors, _, sign = eliminated(tf, _flat(tf, matrix))
    found = sign * tf.reduce_prod(tf.linalg.diag_part(factors), 1)
    return tf.reshape(found, tf.shape(matrix)[:-2])


@composition("LogMatrixDeterminant")
def log_determinant(tf: Any, call: Call, matrix: Any) -> Any:
    """The sign of the determinant and the logarithm of its size."""
    factors, _, sign = eliminated(tf, _flat(tf, matrix))
    pivots = tf.linalg.diag_part(factors)
    shape = tf.shape(matrix)[:-2]
    logs = tf.reduce_sum(tf.math.log(tf.abs(pivots)), 1)
    signs = sign * tf.reduce_prod(tf.sign(pivots), 1)
    return tf.reshape(signs, shape), tf.reshape(tf.cast(logs, matrix.dtype), shape)


@composition("Lu")
def lu(tf: Any, call: Call, matrix: Any) -> Any:
    """Both factors in one matrix, and the order of the rows."""
    factors, order, _ = eliminated(tf, _flat(tf, matrix))
    rows = tf.reshape(order, tf.shape(matrix)[:-1])
    return tf.reshape(factors, tf.shape(matrix)), tf.cast(rows, call.dtype(tf, 1))


@composition("MatrixSolveLs")
def least_squares(tf: Any, call: Call, matrix: Any, right: Any, weight: Any) -> Any:
    """By the normal equations if `fast`, else the shortest solution: by singular values."""
    if call.flag("fast", True):
        return tf.linalg.lstsq(matrix, right, tf.get_static_value(weight), fast=True)
    return tf.linalg.matmul(tf.linalg.pinv(matrix), right)


NODES = 8
"""Of the quadrature for logarithms: all digits of f64 for matrices this near the unit matrix."""
NEAR = 0.25


@composition("MatrixLogarithm")
def logarithm(tf: Any, call: Call, matrix: Any) -> Any:
    """Square roots until the matrix is near the unit matrix, whose logarithm is an integral:
    log(1 + x) = ∫ x / (1 + t x) dt from 0 to 1. Source: Higham, "Functions of Matrices", 11.5."""
    flat = _flat(tf, matrix)
    steps = tf.range(tf.shape(flat)[1])
    unit = tf.cast(tf.equal(steps[:, None], steps), flat.dtype)

    def far(a: Any) -> Any:
        size = tf.reduce_max(tf.reduce_sum(tf.abs(a - unit), 2), 1)
        return size > NEAR

    def body(k: Any, a: Any, factor: Any) -> tuple[Any, ...]:
        more = far(a)
        return (
            k + 1,
            tf.where(more[:, None, None], tf.linalg.sqrtm(a), a),
            tf.where(more, 2 * factor, factor),
        )

    factor = tf.ones(tf.shape(flat)[:1], flat.dtype)
    start = (tf.constant(0), flat, factor)
    shapes = (tf.TensorShape([]), flat.shape, factor.shape)
    _, near, factor = tf.while_loop(
        lambda k, a, _: (k < 100) & tf.reduce_any(far(a)), body, start, shape_invariants=shapes
    )
    x = near - unit
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    points, weights = (
        tf.constant(v.reshape(-1, 1, 1, 1), flat.dtype) for v in ((nodes + 1) / 2, weights / 2)
    )
    right = x[None] + tf.zeros_like(points)
    parts = tf.linalg.solve(unit + points * x, right) * weights
    found = tf.reduce_sum(parts, 0) * factor[:, None, None]
    return tf.reshape(found, tf.shape(matrix))


PATTERNS = (LowerCholesky, LowerTriangularSolve)
