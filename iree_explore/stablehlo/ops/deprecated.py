# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Forms that StableHLO has given up for others and still reads: each is rewritten on the way in.

`einsum` and `unary_einsum` become `dot_general`, reductions and transposes; `broadcast` becomes
`broadcast_in_dim`; `trace` and `cstr_reshapable` vanish. `dot`, `create_token` and
`cross-replica-sum` are beside their successors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    StringAttr,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from iree_explore import elements as dense
from iree_explore.stablehlo.attrs import DotDimensionNumbersAttr, ints
from iree_explore.stablehlo.base import (
    DYNAMIC,
    INTS,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    agree,
    declared,
    element_type,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering
from iree_explore.stablehlo.ops.contraction import wide_dtype
from iree_explore.stablehlo.shape_dialect import WitnessType

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


@irdl_op_definition
class BroadcastOp(PrettyOp):
    """New dimensions before the operand's own. Successor: `broadcast_in_dim`.

    Spec: https://openxla.org/stablehlo/spec#broadcast_in_dim
    """

    name = "stablehlo.broadcast"
    FIELDS: ClassVar = (("sizes", "broadcast_sizes", INTS),)
    operand = operand_def(TensorType)
    broadcast_sizes = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


def infer_broadcast(op: BroadcastOp) -> Sequence[Shape]:
    return [(*op.broadcast_sizes.get_values(), *shape_of(op.operand))]


def evaluate_broadcast(op: BroadcastOp, args: Arrays, run: Run) -> Arrays:
    return [np.broadcast_to(args[0], (*op.broadcast_sizes.get_values(), *args[0].shape))]


def decompose_broadcast(op: BroadcastOp, d: Decomposer) -> Results:
    new = op.broadcast_sizes.get_values()
    rank = len(shape_of(op.operand))
    dims = range(len(new), len(new) + rank)
    if DYNAMIC not in shape_of(op.operand):
        return [d.make("broadcast_in_dim", op.operand, type_=d.type, broadcast_dimensions=dims)]
    sizes = d.constant(np.array(new, np.int64).reshape(-1))
    whole = TensorType(i64, [len(new) + rank])
    known = d.convert(d.sizes_of(op.operand), i64)
    sizes = d.make("concatenate", sizes, known, type_=whole, dimension=IntegerAttr(0, i64))
    return [d.spread(op.operand, sizes, list(dims), d.type)]


# Sums of products in index notation
# --------------------------------------------------------------------------------------------


class IndexNotationOp(PrettyOp):
    """`config` is "ij,jk->ik"; `...` stands for dimensions that are in the result too."""

    FIELDS: ClassVar = (("config", "einsum_config", "attribute"),)

    def labels(self) -> list[list[str]]:
        """One label a dimension: of each operand, then of the result. Raises VerifyException."""
        config = self.properties["einsum_config"].data.replace(" ", "")  # pyright: ignore
        inputs, arrow, out = config.partition("->")
        parts = inputs.split(",")
        if not arrow or len(parts) != len(self.operands):
            raise VerifyException(
                f'{self.name}: "{config}" is not for {len(self.operands)} operands'
            )
        ranks = [len(shape_of(v)) for v in self.operands]
        spare = [n - len(p.replace("...", "")) for n, p in zip(ranks, parts, strict=True)]
        extra = max((n for n, p in zip(spare, parts, strict=True) if "..." in p), default=0)
        found = []
        for part, n in zip([*parts, out], [*spare, extra], strict=True):
            before, dots, after = part.partition("...")
            middle = [f"...{i}" for i in range(extra - n, extra)] if dots else []
            found.append([*before, *middle, *after])
        rows = zip(found, (*self.operands, *self.results), strict=True)
        if any(len(x) != len(shape_of(v)) for x, v in rows):
            raise VerifyException(f'{self.name}: "{config}" does not fit the ranks')
        known = {x for part in found[:-1] for x in part}
        if not set(found[-1]) <= known or len(set(found[-1])) != len(found[-1]):
            raise VerifyException(
                f'{self.name}: "{config}" has an unknown or repeated result label'
            )
        return found

    def verify_(self) -> None:
        self.labels()


@irdl_op_definition
class EinsumOp(IndexNotationOp):
    """A sum of products in index notation, "bij,bjk->bik". Successor: `dot_general`.

    Spec: https://openxla.org/stablehlo/spec#dot_general
    """

    name = "stablehlo.einsum"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    einsum_config = prop_def(StringAttr)
    result = result_def(TensorType)


@irdl_op_definition
class UnaryEinsumOp(IndexNotationOp):
    """Sums, diagonals and transposes of one operand. Successor: `einsum` with a one.

    Spec: https://openxla.org/stablehlo/spec#dot_general
    """

    name = "stablehlo.unary_einsum"
    operand = operand_def(TensorType)
    einsum_config = prop_def(StringAttr)
    result = result_def(TensorType)


def infer_einsum(op: IndexNotationOp) -> Sequence[Shape]:
    *parts, out = op.labels()
    sizes: dict[str, int] = {}
    for part, value in zip(parts, op.operands, strict=True):
        for label, n in zip(part, shape_of(value), strict=True):
            sizes[label] = agree(sizes.get(label, DYNAMIC), n)
    return [tuple(sizes[x] for x in out)]


def evaluate_einsum(op: Any, args: Arrays, run: Run) -> Arrays:
    dtype = result_dtype(op)
    wide = [a.astype(wide_dtype(dtype), copy=False) for a in args]
    with np.errstate(all="ignore"):
        return [np.asarray(np.einsum(op.einsum_config.data, *wide)).astype(dtype, copy=False)]


def _diagonals(d: Decomposer, value: SSAValue, labels: list[str]) -> tuple[SSAValue, list[str]]:
    """The diagonal over dimensions of one label: everything else is zero and summed away."""
    labels = list(labels)
    for label in [x for i, x in enumerate(labels) if x in labels[:i]]:
        i, j = [k for k, x in enumerate(labels) if x == label][:2]
        type_ = TensorType(i32, list(shape_of(value)))
        if DYNAMIC in type_.get_shape():
            sizes = d.sizes_of(value)
            at = [d.make("dynamic_iota", sizes, type_=type_, iota_dimension=IntegerAttr(k, i64))
                  for k in (i, j)]  # fmt: skip
        else:
            at = [d.make("iota", type_=type_, iota_dimension=IntegerAttr(k, i64)) for k in (i, j)]
        value = d.select(d.compare(*at), value, d.number(value, 0))
        value = _sum(d, value, [j])
        del labels[j]
    return value, labels


def _sum(d: Decomposer, value: SSAValue, dims: list[int]) -> SSAValue:
    if not dims:
        return value
    element = element_type(value)
    return d.reduce(value, d.constant(np.zeros((), dense.dtype_of(element)), element), dims)


def _ordered(d: Decomposer, value: SSAValue, labels: list[str], wanted: list[str]) -> SSAValue:
    order = [labels.index(x) for x in wanted]
    if order == sorted(order):
        return value
    sizes = [shape_of(value)[i] for i in order]
    type_ = TensorType(element_type(value), sizes)
    return d.make("transpose", value, type_=type_, permutation=order)


def _reduced(
    d: Decomposer, value: SSAValue, labels: list[str], kept: list[str]
) -> tuple[SSAValue, list[str]]:
    """Diagonals taken, and labels that nobody else has summed over."""
    value, labels = _diagonals(d, value, labels)
    value = _sum(d, value, [i for i, x in enumerate(labels) if x not in kept])
    return value, [x for x in labels if x in kept]


def decompose_unary_einsum(op: UnaryEinsumOp, d: Decomposer) -> Results:
    labels, out = op.labels()
    value, labels = _reduced(d, op.operand, labels, out)
    return [_ordered(d, value, labels, out)]


def decompose_einsum(op: EinsumOp, d: Decomposer) -> Results:
    left, right, out = op.labels()
    lhs, left = _reduced(d, op.lhs, left, out + right)
    rhs, right = _reduced(d, op.rhs, right, out + left)
    batch = [x for x in left if x in right and x in out]
    summed = [x for x in left if x in right and x not in out]
    numbers = DotDimensionNumbersAttr(
        *(ints(*(side.index(x) for x in group))
          for group, side in ((batch, left), (batch, right), (summed, left), (summed, right)))
    )  # fmt: skip
    shared = {*batch, *summed}
    labels = [*batch, *(x for x in (*left, *right) if x not in shared)]
    sizes = dict(zip(right, shape_of(rhs), strict=True)) | dict(
        zip(left, shape_of(lhs), strict=True)
    )
    type_ = TensorType(element_type(op.result), [sizes[x] for x in labels])
    value = d.make("dot_general", lhs, rhs, type_=type_, dot_dimension_numbers=numbers)
    return [_ordered(d, value, labels, out)]


# What shape computations used to be checked with
# --------------------------------------------------------------------------------------------


@irdl_op_definition
class ComputeReshapeShapeOp(PrettyOp):
    """A shape with -1 replaced by what is left of `num_elements`. Successor: arithmetic."""

    name = "stablehlo.compute_reshape_shape"
    num_elements = operand_def(IndexType)
    dynamic_shape = operand_def(TensorType)
    result = result_def(TensorType)


def infer_reshape_shape(op: ComputeReshapeShapeOp) -> Sequence[Shape]:
    return [shape_of(op.dynamic_shape)]


def evaluate_reshape_shape(op: ComputeReshapeShapeOp, args: Arrays, run: Run) -> Arrays:
    total, sizes = int(args[0]), [int(n) for n in args[1]]
    known = int(np.prod([n for n in sizes if n != -1], dtype=np.int64))
    rest = total // known if known else 0
    return [np.array([rest if n == -1 else n for n in sizes], result_dtype(op))]


def lower_reshape_shape(op: ComputeReshapeShapeOp, b: Lowering) -> Results:
    sizes = [b.scalar(op.dynamic_shape, i) for i in range(shape_of(op.dynamic_shape)[0])]
    element: Attribute = element_type(op.result)
    unknown = [b.emit(arith.CmpiOp(n, b.number(n.type, -1), "eq")) for n in sizes]
    known: SSAValue = b.number(element, 1)
    for size, flag in zip(sizes, unknown, strict=True):
        factor = b.emit(arith.SelectOp(flag, b.number(size.type, 1), size))
        known = b.emit(arith.MuliOp(known, factor))
    rest = b.emit(arith.DivSIOp(b.cast(op.num_elements, element), known))
    found = [b.emit(arith.SelectOp(flag, rest, size))
             for size, flag in zip(sizes, unknown, strict=True)]  # fmt: skip
    return [b.from_elements(found, op.result.type)]


@irdl_op_definition
class CstrReshapableOp(PrettyOp):
    """Witnesses that a reshape is possible; here it always passes, as all witnesses do."""

    name = "stablehlo.cstr_reshapable"
    num_elements = operand_def(IndexType)
    dynamic_shape = operand_def(TensorType)
    result = result_def(WitnessType)


def decompose_reshapable(op: CstrReshapableOp, d: Decomposer) -> Results:
    from iree_explore.stablehlo.shape_dialect import ConstWitnessOp

    passing = IntegerAttr(1, IntegerType(1))
    return [d.add(ConstWitnessOp.create(properties={"passing": passing},
                                        result_types=[WitnessType()]))]  # fmt: skip


@irdl_op_definition
class TraceOp(PrettyOp):
    """Marked a value for a tracing runtime; nothing looks at it."""

    name = "stablehlo.trace"
    operand = operand_def(TensorType)
    tag = prop_def(StringAttr)


def evaluate_nothing(op: Any, args: Arrays, run: Run) -> Arrays:
    return []


def decompose_nothing(op: Any, d: Decomposer) -> Results:
    return []


ROWS: tuple[OpRow, ...] = (
    OpRow(BroadcastOp, infer_broadcast, evaluate_broadcast, decompose=decompose_broadcast),
    OpRow(EinsumOp, infer_einsum, evaluate_einsum, decompose=decompose_einsum),
    OpRow(UnaryEinsumOp, infer_einsum, evaluate_einsum, decompose=decompose_unary_einsum),
    OpRow(
        ComputeReshapeShapeOp, infer_reshape_shape, evaluate_reshape_shape, lower_reshape_shape
    ),
    OpRow(
        CstrReshapableOp, declared, lambda op, args, run: [np.array(True)],
        decompose=decompose_reshapable,
    ),
    OpRow(TraceOp, declared, evaluate_nothing, decompose=decompose_nothing),
)  # fmt: skip
