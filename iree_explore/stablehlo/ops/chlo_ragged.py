# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`chlo.ragged_dot`: a product of matrices whose rows, terms or batches form groups of given sizes.

The kind of lhs's ragged dimension makes three modes (b batch, m and n free, k contracting, g group,
x the dimensions of the same kind before the ragged one):

    rows     [b, m, k], [g, b, k, n], [b, x, g] -> [b, m, n]   row i times the matrix of its group
    terms    [b, m, k], [b, k, n],    [b, x, g] -> [g, b, m, n]   one product for each group's terms
    batches  [b, m, k], [b, k, n],    [x, g]    -> [b, m, n]   a plain product

Rows of no group are 0. Where x is absent, group sizes may be `[g]` for all batches.
Source: https://github.com/openxla/stablehlo, stablehlo/dialect/ChloOps.td
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, IndexType, IntegerAttr, IntegerType, TensorType, i64
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    result_def,
)

from iree_explore import elements
from iree_explore.stablehlo.attrs import (
    DotDimensionNumbersAttr,
    Precision,
    StructAttr,
    ints,
)
from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    element_type,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer

Arrays = list[np.ndarray]


@irdl_attr_definition
class RaggedDotDimensionNumbersAttr(StructAttr):
    """`#chlo.ragged_dot<lhs_contracting_dimensions = [1], ..., lhs_ragged_dimensions = [0]>`"""

    name = "chlo.ragged_dot"
    SPARSE: ClassVar[bool] = True
    lhs_batching_dimensions: ArrayAttr = param_def()
    rhs_batching_dimensions: ArrayAttr = param_def()
    lhs_contracting_dimensions: ArrayAttr = param_def()
    rhs_contracting_dimensions: ArrayAttr = param_def()
    lhs_ragged_dimensions: ArrayAttr = param_def()
    rhs_group_dimensions: ArrayAttr = param_def()


@irdl_attr_definition
class ChloPrecisionAttr(EnumAttribute[Precision], SpacedOpaqueSyntaxAttribute):
    """`#chlo<precision DEFAULT>`"""

    name = "chlo.precision"


ATTRIBUTES = (ChloPrecisionAttr, RaggedDotDimensionNumbersAttr)


@irdl_op_definition
class RaggedDotOp(PrettyOp):
    """A dot product whose rows, terms or batches form groups."""

    name = "chlo.ragged_dot"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    group_sizes = operand_def(TensorType)
    ragged_dot_dimension_numbers = prop_def(RaggedDotDimensionNumbersAttr)
    precision_config = opt_prop_def(Attribute)
    result = result_def(TensorType)


class Numbers(NamedTuple):
    """The dimensions of one op: `outer` are lhs's dimensions that group sizes have before g."""

    lhs_batch: tuple[int, ...]
    rhs_batch: tuple[int, ...]
    lhs_contract: tuple[int, ...]
    rhs_contract: tuple[int, ...]
    ragged: int
    group: tuple[int, ...]
    mode: str
    outer: tuple[int, ...]

    def free(self, rank: int, rhs: bool = False) -> list[int]:
        """Dimensions of a side that are neither batch nor contracting nor the group's."""
        taken = {*self.rhs_batch, *self.rhs_contract, *self.group}
        if not rhs:
            taken = {*self.lhs_batch, *self.lhs_contract}
        return [d for d in range(rank) if d not in taken]


def numbers_of(op: RaggedDotOp) -> Numbers:
    """The dimension numbers of an op, with its mode."""
    attr = op.ragged_dot_dimension_numbers
    lb, rb, lc, rc, ragged, group = (attr.dims(f) for f in attr.fields())
    (dim,) = ragged
    if dim in lb:
        return Numbers(lb, rb, lc, rc, dim, group, "batches", lb[: lb.index(dim)])
    if dim in lc:
        return Numbers(lb, rb, lc, rc, dim, group, "terms", (*lb, *lc[: lc.index(dim)]))
    before = [d for d in range(dim) if d not in lb and d not in lc]
    return Numbers(lb, rb, lc, rc, dim, group, "rows", (*lb, *before))


def infer(op: RaggedDotOp) -> list[Shape]:
    at, lhs, rhs = numbers_of(op), shape_of(op.lhs), shape_of(op.rhs)
    shape = [lhs[d] for d in (*at.lhs_batch, *at.free(len(lhs)))]
    shape += [rhs[d] for d in at.free(len(rhs), rhs=True)]
    return [(shape_of(op.group_sizes)[-1], *shape) if at.mode == "terms" else tuple(shape)]


def labels_of(at: Numbers, left: int, right: int) -> tuple[list[int], list[int]]:
    """A label for each dimension of both sides, by ranks; equal for those that go together."""
    lhs = list(range(left))
    pairs = dict(zip((*at.rhs_batch, *at.rhs_contract), (*at.lhs_batch, *at.lhs_contract),
                     strict=True))  # fmt: skip
    return lhs, [pairs.get(d, left + d) for d in range(right)]


def evaluate(op: RaggedDotOp, args: Arrays, run: Run) -> Arrays:
    dtype, at = result_dtype(op), numbers_of(op)
    lhs, rhs = (_wide(x, dtype) for x in args[:2])
    left, right = labels_of(at, lhs.ndim, rhs.ndim)
    out = [*at.lhs_batch, *at.free(lhs.ndim), *(right[d] for d in at.free(rhs.ndim, rhs=True))]

    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.einsum(a, left, b, right, out)

    if at.mode == "batches":
        return [elements.cast(product(lhs, rhs), dtype)]
    parts = []
    for g, (mask, labels) in enumerate(_memberships(at, lhs.shape, args[2])):
        if at.mode == "rows":
            part = product(lhs, np.take(rhs, [g], at.group[0]))
            parts.append(np.where(_placed(mask, labels, out), part, 0))
        else:
            sides = (np.where(_placed(mask, labels, at_), x, 0)
                     for x, at_ in ((lhs, left), (rhs, right)))  # fmt: skip
            parts.append(product(*sides))
    total = sum(parts[1:], parts[0]) if at.mode == "rows" else np.stack(parts)
    return [elements.cast(np.asarray(total), dtype)]


def _wide(x: np.ndarray, result: np.dtype) -> np.ndarray:
    """An array to sum products in: f64 for floats, the result's type for integers."""
    x = elements.widened(x)
    return x.astype(np.float64) if x.dtype.kind == "f" else x.astype(elements.widened(
        np.zeros(0, result)).dtype)  # fmt: skip


def _memberships(
    at: Numbers, shape: tuple[int, ...], sizes: np.ndarray
) -> list[tuple[np.ndarray, list[int]]]:
    """For each group, which positions of the ragged dimension are in it; with labels."""
    ends = np.cumsum(sizes.astype(np.int64), -1)
    place = np.arange(shape[at.ragged])
    labels = [*(at.outer if sizes.ndim > 1 else ()), at.ragged]
    return [
        ((place >= ends[..., g, None] - sizes[..., g, None]) & (place < ends[..., g, None]), labels)
        for g in range(sizes.shape[-1])
    ]


def _placed(mask: np.ndarray, have: list[int], want: list[int]) -> np.ndarray:
    """A mask whose dimensions `have` are moved to where `want` has them, 1 elsewhere."""
    moved = mask.transpose([have.index(x) for x in want if x in have])
    sizes = iter(moved.shape)
    return moved.reshape([next(sizes) if x in have else 1 for x in want])


def decompose(op: RaggedDotOp, d: Decomposer) -> list[SSAValue]:
    """Rows: the product with every group's matrix, of which each row keeps its own. Terms: one
    product for each group, a batch dimension, with the other groups' terms 0 on both sides."""
    at = numbers_of(op)
    if at.mode == "batches":
        return [_dot_general(op, d, op.lhs, op.rhs, at, d.type)]
    lhs_rank, rhs_rank = len(shape_of(op.lhs)), len(shape_of(op.rhs))
    ends, starts = _bounds(op, d)
    outer = at.outer if len(shape_of(ends)) > 1 else ()
    left, right = labels_of(at, lhs_rank, rhs_rank)
    group = -1  # the label of g
    if at.mode == "terms":
        sides = []
        for value, labels in ((op.lhs, left), (op.rhs, right)):
            wide = _with_groups(d, value, ends)
            mask = _mask(d, wide, [group, *labels], (*outer, group), at.ragged, starts, ends)
            sides.append(d.select(mask, wide, d.number(wide, 0)))
        up = [[x + 1 for x in dims] for dims in at[:4]]
        grouped = at._replace(lhs_batch=(0, *up[0]), rhs_batch=(0, *up[1]),
                              lhs_contract=tuple(up[2]), rhs_contract=tuple(up[3]))  # fmt: skip
        return [_dot_general(op, d, sides[0], sides[1], grouped, d.type)]
    free = [x for x in range(rhs_rank) if x not in at.rhs_batch and x not in at.rhs_contract]
    labels = [*at.lhs_batch, *at.free(lhs_rank)]
    labels += [group if x in at.group else right[x] for x in free]
    sizes = [shape_of(op.rhs)[x] for x in free]
    shape = [shape_of(op.lhs)[x] for x in labels[: len(labels) - len(free)]] + sizes
    type_ = TensorType(element_type(op.results[0]), shape)
    products = _dot_general(op, d, op.lhs, op.rhs, at, type_)
    mask = _mask(d, products, labels, (*outer, group), at.ragged, starts, ends)
    kept = d.select(mask, products, d.number(products, 0))
    zero = d.constant(np.zeros((), elements.dtype_of(type_.element_type)), type_.element_type)
    return [d.reduce(kept, zero, [labels.index(group)])]


def _dot_general(
    op: RaggedDotOp, d: Decomposer, lhs: SSAValue, rhs: SSAValue, at: Numbers, type_: Attribute
) -> SSAValue:
    numbers = DotDimensionNumbersAttr(
        ints(*at.lhs_batch), ints(*at.rhs_batch), ints(*at.lhs_contract), ints(*at.rhs_contract)
    )
    return d.make("dot_general", lhs, rhs, type_=type_, dot_dimension_numbers=numbers)


def _bounds(op: RaggedDotOp, d: Decomposer) -> tuple[SSAValue, SSAValue]:
    """Where each group ends and starts, as i64: running sums by a product with a triangle."""
    sizes = d.convert(op.group_sizes, i64)
    (*outer, count) = shape_of(sizes)
    square = TensorType(i64, [count, count])
    if count == DYNAMIC:
        index = TensorType(IntegerType(32), [1])
        scalar = TensorType(IntegerType(32), [])
        size = d.make("get_dimension_size", sizes, type_=scalar,
                      dimension=_integer(len(outer)))  # fmt: skip
        one = d.make("reshape", size, type_=index)
        both = d.make("concatenate", one, one, type_=TensorType(IntegerType(32), [2]),
                      dimension=_integer(0))  # fmt: skip
        row, column = (
            d.make("dynamic_iota", both, type_=square, iota_dimension=_integer(x)) for x in (0, 1)
        )
    else:
        row, column = (d.make("iota", type_=square, iota_dimension=_integer(x)) for x in (0, 1))
    triangle = d.convert(d.compare(row, column, "LE"), i64)
    rank = len(outer)
    numbers = DotDimensionNumbersAttr(ints(), ints(), ints(rank), ints(0))
    ends = d.make("dot_general", sizes, triangle, type_=sizes.type, dot_dimension_numbers=numbers)
    return ends, d.make("subtract", ends, sizes)


def _integer(value: int) -> IntegerAttr:
    return IntegerAttr(value, i64)


def _with_groups(d: Decomposer, value: SSAValue, ends: SSAValue) -> SSAValue:
    """`value` repeated along a new first dimension, one for each group."""
    shape, count = list(shape_of(value)), shape_of(ends)[-1]
    type_ = TensorType(element_type(value), [count, *shape])
    dims = list(range(1, len(shape) + 1))
    if DYNAMIC not in (count, *shape):
        return d.make("broadcast_in_dim", value, type_=type_, broadcast_dimensions=dims)
    index = IndexType()
    own = d.sizes_of(value)
    groups = d.make("slice", d.sizes_of(ends), type_=TensorType(index, [1]),
                    start_indices=[len(shape_of(ends)) - 1], limit_indices=[len(shape_of(ends))],
                    strides=[1])  # fmt: skip
    sizes = d.make("concatenate", groups, own, type_=TensorType(index, [len(shape) + 1]),
                   dimension=_integer(0))  # fmt: skip
    return d.spread(value, sizes, dims, type_)


def _mask(
    d: Decomposer, like: SSAValue, labels: list[int], have: tuple[int, ...], ragged: int,
    starts: SSAValue, ends: SSAValue,
) -> SSAValue:  # fmt: skip
    """Where the position along the ragged dimension is inside the group, in the shape of `like`,
    whose dimensions are `labels`; those of the bounds are `have`."""
    type_ = TensorType(i64, list(shape_of(like)))
    along = _integer(labels.index(ragged))
    if DYNAMIC in shape_of(like):
        place = d.make("dynamic_iota", d.sizes_of(like), type_=type_, iota_dimension=along)
    else:
        place = d.make("iota", type_=type_, iota_dimension=along)
    dims = [labels.index(x) for x in have]
    order = sorted(range(len(dims)), key=dims.__getitem__)
    low, high = (d.spread_like(_permuted(d, v, order), like, sorted(dims)) for v in (starts, ends))
    return d.make("and", d.compare(place, low, "GE"), d.compare(place, high, "LT"))


def _permuted(d: Decomposer, value: SSAValue, order: list[int]) -> SSAValue:
    if order == sorted(order):
        return value
    shape = [shape_of(value)[x] for x in order]
    type_ = TensorType(element_type(value), shape)
    return d.make("transpose", value, type_=type_, permutation=order)


ROWS: tuple[OpRow, ...] = (OpRow(RaggedDotOp, infer, evaluate, decompose=decompose),)
