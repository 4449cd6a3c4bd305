# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Decompositions of matrices that the compiler has calls for: Svd and Eig.

TensorFlow's own lowering of Svd is nested loops of hundreds of ops; it has none of Eig.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ComplexType,
    DenseArrayBase,
    IntegerAttr,
    StringAttr,
    TensorType,
    UnregisteredOp,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    attribute,
    element_type,
    shape_of,
)


def _call(
    build: Builder, target: str, operand: SSAValue, types: Sequence[Attribute]
) -> Sequence[SSAValue]:
    op: Operation = build.ctx.get_op("stablehlo.custom_call").create(
        operands=[operand], result_types=types, properties={"call_target_name": StringAttr(target)}
    )
    build.add(op)
    return op.results


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


def _flag(op: UnregisteredOp, name: str, default: bool) -> bool:
    value = attribute(op, name)
    return bool(value.value.data) if isinstance(value, IntegerAttr) else default


class Svd(Leftover):
    """`tf.Svd`: singular values, u and v (not its adjoint), thin or whole."""

    op_name = "tf.Svd"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        shape = shape_of(a)
        if shape is None or min(shape) < 0:
            return None
        *batch, m, n = shape
        element = element_type(a)
        real = element.element_type if isinstance(element, ComplexType) else element
        low, high = min(m, n), max(m, n)
        rows = high if _flag(op, "full_matrices", False) else low
        types = [
            TensorType(element, [*batch, low, low]),
            TensorType(real, [*batch, low]),
            TensorType(element, [*batch, rows, high]),
        ]
        wide = a if m <= n else _adjoint(build, a)
        u, s, vh = _call(build, "Svd", wide, types)
        if not _flag(op, "compute_uv", True):
            return [s, *(build.zeros(element, [0]) for _ in range(2))]
        v = _adjoint(build, vh)
        return [s, u, v] if m <= n else [s, v, u]


class Eig(Leftover):
    """`tf.Eig`: eigenvalues and right eigenvectors of any square matrices, complex."""

    op_name = "tf.Eig"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (a,) = op.operands
        shape = shape_of(a)
        if shape is None or min(shape) < 0:
            return None
        element = element_type(a)
        pair = element if isinstance(element, ComplexType) else ComplexType(element)  # pyright: ignore
        types = [TensorType(pair, shape[:-1]), TensorType(pair, shape)]
        values, vectors = _call(build, "Eig", a, types)
        if not _flag(op, "compute_v", True):
            return [values, build.zeros(pair, [0])]
        return [values, vectors]


PATTERNS = (Svd, Eig)
