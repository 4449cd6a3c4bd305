# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Decompositions of matrices that the compiler has calls for: Svd, Eig, Qr, square roots.

Batches and matrices may have any size, known or not. TensorFlow's own lowering of Svd is nested
loops of hundreds of ops, it has none of Eig, and none of the others where a size is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ComplexType,
    DenseArrayBase,
    StringAttr,
    TensorType,
    UnregisteredOp,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.pieces import branch, convert


def _call(
    build: Builder,
    target: str,
    operands: Sequence[SSAValue],
    types: Sequence[Attribute],
    config: str = "",
) -> list[SSAValue]:
    properties = {"call_target_name": StringAttr(target), "backend_config": StringAttr(config)}
    op: Operation = build.ctx.get_op("stablehlo.custom_call").create(
        operands=operands, result_types=types, properties=properties
    )
    build.add(op)
    return list(op.results)


def _adjoint(build: Builder, value: SSAValue) -> SSAValue:
    *batch, m, n = shape_of(value) or (0, 0)
    order = [*range(len(batch)), len(batch) + 1, len(batch)]
    element = element_type(value)
    permutation = DenseArrayBase.from_list(i64, order)
    type_ = TensorType(element, [*batch, n, m])
    turned = build.stablehlo("transpose", [value], type_, permutation=permutation)
    if not isinstance(element, ComplexType):
        return turned
    kind = build.ctx.get_op("chlo.conj")
    return build.add(kind.create(operands=[turned], result_types=[turned.type]))


def triangle(build: Builder, value: SSAValue, direction: str) -> SSAValue:
    """The lower ("GE": row >= column) or upper ("LE") triangle of matrices, zero beside it."""
    sizes = build.sizes(value)
    rank = len(sizes)
    row, column = (build.iota(i32, sizes, rank - k) for k in (2, 1))
    kept = build.compare(direction, row, column)
    zeros = build.cast(build.zeros(element_type(value), sizes), value.type)
    return build.stablehlo("select", [kept, value, zeros], value.type)


class Svd(Leftover):
    """`tf.Svd`: singular values, u and v (not its adjoint), thin or whole."""

    op_name = "tf.Svd"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        rank = len(shape_of(a) or ())
        if rank < 2:
            return None
        m, n = (build.dim(a, rank - k) for k in (2, 1))
        if isinstance(m, int) and isinstance(n, int):
            s, u, v = _values_and_bases(build, op, m <= n)
        else:
            wide = build.add(arith.CmpiOp(build.index(m), build.index(n), "sle"))

            unknown = [*(shape_of(a) or ())[:-2], DYNAMIC_INDEX, DYNAMIC_INDEX]

            def side(wide: bool) -> list[SSAValue]:
                found = _values_and_bases(build, op, wide)
                ranks = (rank - 1, rank, rank)
                types = [
                    TensorType(element_type(v), unknown[:k])
                    for v, k in zip(found, ranks, strict=True)
                ]
                return [build.cast(v, t) for v, t in zip(found, types, strict=True)]

            s, u, v = branch(build, wide, lambda: side(True), lambda: side(False))
        if not integer(op, "compute_uv", 1):
            return [s, *(build.zeros(element_type(a), [0]) for _ in range(2))]
        return [s, u, v]


def _values_and_bases(build: Builder, op: UnregisteredOp, wide: bool) -> list[SSAValue]:
    """s, u and v of the operand, which is at least as wide as high, or else higher."""
    (a,) = op.operands
    full = bool(integer(op, "full_matrices"))
    element = element_type(a)
    real = element.element_type if isinstance(element, ComplexType) else element
    given = a if wide else _adjoint(build, a)
    *batch, low, high = shape_of(given) or (0, 0)
    types = [
        TensorType(element, [*batch, low, low]),
        TensorType(real, [*batch, low]),
        TensorType(element, [*batch, high if full else low, high]),
    ]
    u, s, vh = _call(build, "Svd", [given], types, "full" if full else "")
    v = _adjoint(build, vh)
    return [s, u, v] if wide else [s, v, u]


class Eig(Leftover):
    """`tf.Eig`: eigenvalues and right eigenvectors of any square matrices, complex."""

    op_name = "tf.Eig"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        shape = shape_of(a)
        if shape is None:
            return None
        element = element_type(a)
        pair = element if isinstance(element, ComplexType) else ComplexType(element)  # pyright: ignore
        types = [TensorType(pair, shape[:-1]), TensorType(pair, shape)]
        values, vectors = _call(build, "Eig", [a], types)
        if not integer(op, "compute_v", 1):
            return [values, build.zeros(pair, [0])]
        return [values, vectors]


class SelfAdjointEig(Leftover):
    """`tf.SelfAdjointEigV2`: eigenvalues, ascending and of the matrices' type, and vectors."""

    op_name = "tf.SelfAdjointEigV2"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        shape = shape_of(a)
        if shape is None:
            return None
        element = element_type(a)
        real = element.element_type if isinstance(element, ComplexType) else element
        types = [TensorType(element, shape), TensorType(real, shape[:-1])]
        vectors, values = _call(build, "Eigh", [a], types, "1,1")
        values = convert(build, values, element)
        if not integer(op, "compute_v", 1):
            return [values, build.zeros(element, [0])]
        return [values, vectors]


class Qr(Leftover):
    """`tf.Qr`: the product of Householder reflections and the upper triangle that they leave."""

    op_name = "tf.Qr"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        rank = len(shape_of(a) or ())
        if rank < 2:
            return None
        element = element_type(a)
        *batch, m, n = build.sizes(a)
        low = build.minimum(m, n)
        types = [tensor_of(element, sizes) for sizes in ([*batch, m, n], [*batch, low])]
        packed, taus = _call(build, "Qr", [a], types)
        upper = triangle(build, packed, "LE")
        full = bool(integer(op, "full_matrices"))
        vectors = _leading(build, packed, rank - 1, low)
        if full:
            none, rest = [0] * rank, build.subtract(m, low)
            vectors = build.pad(vectors, build.zeros(element, []), none, [*none[:-1], rest])
        target = "ProductOfElementaryHouseholderReflectors"
        (q,) = _call(build, target, [vectors, taus], [vectors.type])
        return [q, upper if full else _leading(build, upper, rank - 2, low)]


class SquareRoot(Leftover):
    """`tf.MatrixSquareRoot`: of a real matrix, NaN where the root is not real."""

    op_name = "tf.MatrixSquareRoot"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        shape = shape_of(a)
        if shape is None:
            return None
        element = element_type(a)
        pair = element if isinstance(element, ComplexType) else ComplexType(element)  # pyright: ignore
        (root,) = _call(build, "MatrixSquareRoot", [a], [TensorType(pair, shape)])
        if element == pair:
            return [root]
        return [build.stablehlo("real", [root], TensorType(element, shape))]


def _leading(build: Builder, value: SSAValue, axis: int, count: Size) -> SSAValue:
    """The first `count` slices of one dimension."""
    sizes = build.sizes(value)
    if sizes[axis] == count:
        return value
    wanted = [count if i == axis else n for i, n in enumerate(sizes)]
    return build.slice(value, [0] * len(sizes), wanted, [1] * len(sizes))


PATTERNS = (Svd, Eig, SelfAdjointEig, Qr, SquareRoot)
