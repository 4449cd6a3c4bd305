# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`gather`, `dynamic_gather` and `torch_index_select`.

A gather is a `linalg.generic` over its result that reads the operand with `tensor.extract`; start
indices are clamped so that every slice is inside. Spec: https://openxla.org/stablehlo/spec#gather
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
    i1,
    i64,
)
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)

from iree_explore.linalg.ext.scatter import as_int64
from iree_explore.stablehlo.attrs import GatherDimensionNumbersAttr
from iree_explore.stablehlo.base import (
    OpRow,
    Run,
    Shape,
    agree,
    element_type,
    shape_of,
)
from iree_explore.stablehlo.lowering import INDEX, Dim, Lowering, dims_map, identity, signless
from iree_explore.stablehlo.reshaping import reshape
from iree_explore.stablehlo.run_time_checks import require_fits

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


class AnyGatherOp(IRDLOperation):
    """What `gather` and `dynamic_gather` share (operands are declared by the ops: order
    matters)."""

    if TYPE_CHECKING:
        operand: SSAValue
        start_indices: SSAValue
    dimension_numbers = prop_def(GatherDimensionNumbersAttr)
    indices_are_sorted = opt_prop_def(IntegerAttr.constr(i1))
    result = result_def(TensorType)

    def index_vector(self) -> int:
        return self.dimension_numbers.index_vector_dim.value.data


@irdl_op_definition
class GatherOp(AnyGatherOp):
    """Slices of an operand at start indices. Spec: https://openxla.org/stablehlo/spec#gather"""

    name = "stablehlo.gather"
    operand = operand_def(TensorType)
    start_indices = operand_def(TensorType)
    slice_sizes = prop_def(DenseArrayBase.constr(i64))


@irdl_op_definition
class DynamicGatherOp(AnyGatherOp):
    """`gather` whose slice sizes are a value.

    Spec: https://openxla.org/stablehlo/spec#dynamic_gather
    """

    name = "stablehlo.dynamic_gather"
    operand = operand_def(TensorType)
    start_indices = operand_def(TensorType)
    slice_sizes = operand_def(TensorType)


def _result_positions(op: AnyGatherOp, rank: int) -> tuple[list[int], list[int]]:
    """Result dimensions that come from the indices and from the slices."""
    offsets = list(op.dimension_numbers.dims("offset_dims"))
    return [d for d in range(rank) if d not in offsets], offsets


def _slice_dims(op: AnyGatherOp, rank: int) -> list[int]:
    """Operand dimensions that a slice keeps, in order."""
    numbers = op.dimension_numbers
    gone = {*numbers.dims("collapsed_slice_dims"), *numbers.dims("operand_batching_dims")}
    return [d for d in range(rank) if d not in gone]


def slice_positions(op: AnyGatherOp, rank: int) -> list[tuple[int, int]]:
    """(result dimension, operand dimension) of what slices keep, for an operand of `rank`."""
    offsets = _result_positions(op, len(shape_of(op.results[0])))[1]
    return list(zip(offsets, _slice_dims(op, rank), strict=True))


def infer_gather(op: AnyGatherOp) -> Sequence[Shape]:
    rank = len(shape_of(op.result))
    batch, _ = _result_positions(op, rank)
    indices = list(shape_of(op.start_indices))
    operand, numbers = shape_of(op.operand), op.dimension_numbers
    pairs = zip(numbers.dims("operand_batching_dims"), numbers.dims("start_indices_batching_dims"),
                strict=True)  # fmt: skip
    for mine, other in pairs:
        indices[other] = agree(indices[other], operand[mine])
    if op.index_vector() < len(indices):
        del indices[op.index_vector()]
    shape = list(shape_of(op.result))
    for d, size in zip(batch, indices, strict=True):
        shape[d] = size
    if isinstance(op, GatherOp):
        sizes = op.slice_sizes.get_values()
        for d, source in slice_positions(op, len(sizes)):
            shape[d] = sizes[source]
    return [tuple(shape)]


def evaluate_gather(op: AnyGatherOp, args: Arrays, run: Run) -> Arrays:
    operand, indices = args[:2]
    numbers = op.dimension_numbers
    sizes = [int(x) for x in (args[2] if len(args) > 2 else op.slice_sizes.get_values())]  # pyright: ignore
    vector = op.index_vector()
    if vector == indices.ndim:
        indices = indices[..., None]
    batch_shape = tuple(n for d, n in enumerate(indices.shape) if d != vector)
    kept = _slice_dims(op, operand.ndim)
    rank = len(batch_shape) + len(kept)
    batch, offsets = _result_positions(op, rank)
    shape = [0] * rank
    for d, n in zip(batch, batch_shape, strict=True):
        shape[d] = n
    for d, source in zip(offsets, kept, strict=True):
        shape[d] = sizes[source]
    axes = [np.arange(n).reshape([-1 if i == d else 1 for i in range(rank)])
            for d, n in enumerate(shape)]  # fmt: skip
    where: list[Any] = [np.zeros([1] * rank, np.int64)] * operand.ndim
    for d, source in zip(offsets, kept, strict=True):
        where[source] = where[source] + axes[d]
    spread = [-1 if d in batch else 1 for d in range(rank)]
    for k, source in enumerate(numbers.dims("start_index_map")):
        starts = np.take(indices, k, vector)
        starts = np.clip(as_int64(starts), 0, operand.shape[source] - sizes[source])
        aligned = [shape[d] if s == -1 else 1 for d, s in enumerate(spread)]
        where[source] = where[source] + starts.reshape(aligned)
    pairs = zip(numbers.dims("operand_batching_dims"), numbers.dims("start_indices_batching_dims"),
                strict=True)  # fmt: skip
    for source, d in pairs:
        where[source] = where[source] + axes[batch[d - (d > vector)]]
    if 0 in shape:
        return [np.zeros(shape, operand.dtype)]
    return [np.broadcast_to(operand[tuple(where)], shape)]


def clamp_index(b: Lowering, value: SSAValue, type_: Attribute, last: SSAValue) -> SSAValue:
    """An index from memory, clamped to 0..last."""
    if isinstance(type_, IntegerType) and type_.signedness.data == Signedness.UNSIGNED:
        if type_.width.data < 64:
            value = b.emit(arith.ExtUIOp(value, i64))
        else:  # halving keeps what is too large too large
            half = b.emit(arith.ShRUIOp(value, b.number(value.type, 1)))
            negative = b.emit(arith.CmpiOp(value, b.number(value.type, 0), "slt"))
            value = b.emit(arith.SelectOp(negative, half, value))
    index = b.cast(value, INDEX)
    return b.emit(arith.MinSIOp(b.emit(arith.MaxSIOp(index, b.index(0))), last))


def lower_gather(op: AnyGatherOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_gather)
    if small is not None:
        return [small]
    numbers, operand, indices = op.dimension_numbers, op.operand, op.start_indices
    sizes: list[Dim] = (
        list(op.slice_sizes.get_values()) if isinstance(op, GatherOp)
        else b.sizes_from(op.operands[2])
    )  # fmt: skip
    source, vector = b.dims(operand), op.index_vector()
    batch_dims = list(b.dims(indices))
    if vector < len(batch_dims):
        del batch_dims[vector]
    kept = _slice_dims(op, len(source))
    rank = len(shape_of(op.result))
    batch, offsets = _result_positions(op, rank)
    dims: list[Dim] = [0] * rank
    for d, n in zip(batch, batch_dims, strict=True):
        dims[d] = n
    for d, k in zip(offsets, kept, strict=True):
        dims[d] = sizes[k]
    dims = b.typed_dims(op.result.type, dims)
    element = signless(element_type(op.result))
    if any(n == 0 for n in (*source, *dims)):
        return [b.zeros(dims, element)]
    require_fits(b, sizes, source, "slices of {0} elements", dims)
    index_type = b.element_types(op)[1]
    index_map = numbers.dims("start_index_map")
    lasts = {k: b.index(b.sub(source[k], sizes[k])) for k in index_map}
    if len(index_map) == 1:  # the index is an input of its own
        inputs = [reshape(b, indices, batch_dims)]
        maps = [dims_map(rank, batch)]
    else:
        inputs, maps = [], []

    def body(args: Sequence[SSAValue]) -> SSAValue:
        loops = [b.build(IndexOp(d)) for d in range(rank)]
        where: list[SSAValue | None] = [None] * len(source)
        for d, k in zip(offsets, kept, strict=True):
            where[k] = loops[d]
        for i, k in enumerate(index_map):
            if inputs:
                value = args[0]
            else:
                place = [loops[d] for d in batch]
                place.insert(vector, b.index(i))
                value = b.build(tensor.ExtractOp(indices, place, signless(index_type)))  # pyright: ignore
            start = clamp_index(b, value, index_type, lasts[k])
            inside = where[k]
            alone = inside is None or sizes[k] == 1
            where[k] = start if alone else b.emit(arith.AddiOp(start, inside))  # pyright: ignore
        pairs = zip(numbers.dims("operand_batching_dims"),
                    numbers.dims("start_indices_batching_dims"), strict=True)  # fmt: skip
        for k, d in pairs:
            where[k] = loops[batch[d - (d > vector)]]
        filled = [b.index(0) if w is None else w for w in where]
        return b.build(tensor.ExtractOp(operand, filled, element))  # pyright: ignore

    return b.generic(inputs, [*maps, identity(rank)], [b.empty(dims, element)], body)


@irdl_op_definition
class TorchIndexSelectOp(IRDLOperation):
    """Rows of an operand along `dim`, one for each index (clamped), after shared batch
    dimensions."""

    name = "stablehlo.torch_index_select"
    operand = operand_def(TensorType)
    index = operand_def(TensorType)
    dim = prop_def(IntegerAttr)
    batch_dims = prop_def(IntegerAttr)
    result = result_def(TensorType)

    def numbers(self) -> tuple[int, int]:
        """(dim, batch_dims)"""
        return self.dim.value.data, self.batch_dims.value.data


def infer_index_select(op: TorchIndexSelectOp) -> Sequence[Shape]:
    dim, batch = op.numbers()
    operand, index = shape_of(op.operand), shape_of(op.index)
    return [(*operand[:dim], *index[batch:], *operand[dim + 1 :])]


def evaluate_index_select(op: TorchIndexSelectOp, args: Arrays, run: Run) -> Arrays:
    dim, batch = op.numbers()
    operand, index = args
    index = np.clip(as_int64(index), 0, max(operand.shape[dim] - 1, 0))
    if not batch:
        return [np.take(operand, index, dim)]
    shape = operand.shape[:batch]
    rows = [np.take(operand[i], index[i], dim - batch) for i in np.ndindex(*shape)]
    result = (*operand.shape[:dim], *index.shape[batch:], *operand.shape[dim + 1 :])
    return [np.array(rows, operand.dtype).reshape(result)]


def lower_index_select(op: TorchIndexSelectOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_index_select)
    if small is not None:
        return [small]
    dim, batch = op.numbers()
    operand = op.operand
    source, index = b.dims(operand), b.dims(op.index)
    dims = b.typed_dims(op.result.type, [*source[:dim], *index[batch:], *source[dim + 1 :]])
    rank, inner = len(dims), len(index) - batch
    element = signless(element_type(op.result))
    if any(n == 0 for n in (*source, *dims)):
        return [b.zeros(dims, element)]
    last = b.index(b.sub(source[dim], 1))
    index_type = b.element_types(op)[1]

    def body(args: Sequence[SSAValue]) -> SSAValue:
        where = [b.build(IndexOp(d)) for d in range(dim)]
        where.append(clamp_index(b, args[0], index_type, last))
        where.extend(b.build(IndexOp(d)) for d in range(dim + inner, rank))
        return b.build(tensor.ExtractOp(operand, where, element))  # pyright: ignore

    positions = [*range(batch), *range(dim, dim + inner)]
    maps = [dims_map(rank, positions), identity(rank)]
    return b.generic([op.index], maps, [b.empty(dims, element)], body)


ROWS: tuple[OpRow, ...] = (
    OpRow(GatherOp, infer_gather, evaluate_gather, lower_gather),
    OpRow(DynamicGatherOp, infer_gather, evaluate_gather, lower_gather),
    OpRow(TorchIndexSelectOp, infer_index_select, evaluate_index_select, lower_index_select),
)
