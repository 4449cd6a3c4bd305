# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`scatter` and `select_and_scatter`, by the ops of the same names of `iree_linalg_ext`.

Updates are applied in the order of the scatter indices, whole windows at a time; what is outside of
the operand is skipped element by element. Spec: https://openxla.org/stablehlo/spec#scatter
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
    UnitAttr,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    var_operand_def,
    var_result_def,
)

from iree_explore import elements as dense
from iree_explore.linalg.ext import scatter as ext
from iree_explore.linalg.ext import select_and_scatter as ext_select
from iree_explore.stablehlo import regions
from iree_explore.stablehlo.attrs import ScatterDimensionNumbersAttr
from iree_explore.stablehlo.base import (
    Gap,
    OpRow,
    Run,
    Shape,
    agree,
    element_type,
    merge_shapes,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering, identity, signless
from iree_explore.stablehlo.ops.reductions import spread
from iree_explore.stablehlo.region_code import converted
from iree_explore.stablehlo.run_time_checks import require_fits

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


@irdl_op_definition
class ScatterOp(IRDLOperation):
    """Combines updates into an operand at scattered indices; updates outside are dropped.

    Spec: https://openxla.org/stablehlo/spec#scatter
    """

    name = "stablehlo.scatter"
    inputs = var_operand_def(TensorType)
    scatter_indices = operand_def(TensorType)
    updates = var_operand_def(TensorType)
    scatter_dimension_numbers = prop_def(ScatterDimensionNumbersAttr)
    indices_are_sorted = opt_prop_def(IntegerAttr.constr(i1))
    unique_indices = opt_prop_def(IntegerAttr.constr(i1))
    results_ = var_result_def(TensorType)
    update_computation = region_def("single_block")
    irdl_options = (SameVariadicOperandSize(),)


def infer_scatter(op: Any) -> Sequence[Shape]:
    half = len(op.results)
    indices, numbers = list(shape_of(op.operands[half])), numbers_of(op)
    if numbers.vector < len(indices):
        del indices[numbers.vector]
    for value in op.operands[half + 1 :]:
        update = shape_of(value)
        batch = [n for d, n in enumerate(update) if d not in numbers.window_dims]
        for a, b in zip(batch, indices, strict=True):
            agree(a, b)
    return [merge_shapes(*(shape_of(v) for v in op.operands[:half]))] * half


def numbers_of(op: ScatterOp) -> ext.ScatterNumbers:
    """The dimension numbers as the ext op has them."""
    numbers = op.scatter_dimension_numbers
    return ext.ScatterNumbers(
        tuple(numbers.dims("scatter_dims_to_operand_dims")),
        numbers.index_vector_dim.value.data,
        tuple(numbers.dims("update_window_dims")),
        tuple(numbers.dims("inserted_window_dims")),
        tuple(numbers.dims("input_batching_dims")),
        tuple(numbers.dims("scatter_indices_batching_dims")),
    )


def evaluate_scatter(op: ScatterOp, args: Arrays, run: Run) -> Arrays:
    count, region = len(op.results), op.update_computation
    inputs = regions.arguments(region, args[:count])
    updates = regions.arguments(region, args[count + 1 :], count)
    return ext.scatter_arrays(
        inputs, args[count], updates, numbers_of(op),
        lambda old, new: regions.apply(region, run, [*old, *new]),
    )  # fmt: skip


def lower_scatter(op: ScatterOp, b: Lowering) -> Results:
    count = len(op.results)
    types = b.element_types(op)
    inputs, updates = op.operands[:count], op.operands[count + 1 :]
    wanted = regions.scalar_types(op.update_computation)
    outs = [widened(b, v, t, w) for v, t, w in zip(inputs, types, wanted, strict=False)]
    numbers = numbers_of(op)
    whole, part = b.dims(inputs[0]), b.dims(updates[0])
    windows = list(zip(numbers.window_dims, numbers.kept(len(whole)), strict=True))
    extents = list(whole)
    for d, k in windows:
        extents[k] = part[d]
    require_fits(b, extents, whole, "windows of {0} elements", part)
    parallel = [k for d, k in windows if k not in numbers.index_dims and part[d] == whole[k]]
    properties = numbers.properties()
    properties["parallel_dims"] = DenseArrayBase.from_list(i64, parallel)
    index_type = types[count]
    assert isinstance(index_type, IntegerType)
    if index_type.signedness.data == Signedness.UNSIGNED:
        properties["unsigned_indices"] = UnitAttr()

    def body(args: Sequence[SSAValue]) -> Sequence[SSAValue]:
        new = [converted(b, *row) for row in
               zip(args[count:], types[count + 1 :], wanted[count:], strict=True)]  # fmt: skip
        return regions.build(b, op.update_computation.block, [*args[:count], *new])

    arguments = [signless(t) for t in (*wanted[:count], *types[count + 1 :])]
    found = b.ext(
        ext.ScatterOp, [op.scatter_indices, *updates], outs, [(arguments, body)], properties
    )
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=True)]


_LOADS = ("util.global.load", "ml_program.global_load")
_LARGE = 1 << 16
"""Bytes of a variable from which on a copy of it costs more than asking the device for a place."""


def decompose_scatter(op: ScatterOp, d: Decomposer) -> Results | None:
    """One place of a large variable, set: an update of a slice, which can be done in place. What is
    outside stays as it is, so there the old elements are written."""
    operand, (block,) = op.operands[0], op.update_computation.blocks
    loaded = isinstance(operand.owner, Operation) and operand.owner.name in _LOADS
    if not loaded or len(op.results) != 1 or block.last_op is None:
        return None
    whole, places, part = (shape_of(v) for v in op.operands)
    numbers = numbers_of(op)
    count = [n for i, n in enumerate(places) if i != numbers.vector]
    if block.last_op.operands[0] is not block.args[1] or numbers.batching_dims:
        return None
    if min((*whole, *places, *part), default=0) < 0 or any(n != 1 for n in count):
        return None
    if np.prod(whole) * dense.dtype_of(element_type(operand)).itemsize < _LARGE:
        return None
    sizes = [1] * len(whole)
    for axis, window in zip(numbers.kept(len(whole)), numbers.window_dims, strict=True):
        sizes[axis] = part[window]
    if any(sizes[axis] != 1 for axis in numbers.index_dims):
        return None
    vector = d.convert(d.reshape(op.scatter_indices, [len(numbers.index_dims)]), i64)
    zero = d.constant(np.array(0, np.int64))
    starts, inside = [zero] * len(whole), d.constant(np.array(True))
    for number, axis in enumerate(numbers.index_dims):
        bounds = {"start_indices": [number], "limit_indices": [number + 1], "strides": [1]}
        start = d.make("slice", vector, type_=TensorType(i64, [1]), **bounds)
        start = starts[axis] = d.reshape(start, [])
        last = d.constant(np.array(whole[axis] - 1, np.int64))
        inside = d.make("and", inside, d.compare(start, zero, "GE"))
        inside = d.make("and", inside, d.compare(start, last, "LE"))
    type_ = TensorType(element_type(operand), sizes)
    old = d.make("dynamic_slice", operand, *starts, type_=type_, slice_sizes=sizes)
    new = d.select(inside, d.reshape(op.operands[2], sizes), old)
    return [d.make("dynamic_update_slice", operand, new, *starts, type_=operand.type)]


def widened(b: Lowering, value: SSAValue, source: Attribute, target: Attribute) -> SSAValue:
    """A tensor in another element type; itself if it has it."""
    if source == target:
        return value
    dims = b.dims(value)
    maps = [identity(len(dims))] * 2
    out = b.empty(dims, target)
    return b.generic([value], maps, [out], lambda args: converted(b, args[0], source, target))[0]


@irdl_op_definition
class SelectAndScatterOp(IRDLOperation):
    """Sends each source element to the place its window selects.

    Spec: https://openxla.org/stablehlo/spec#select_and_scatter
    """

    name = "stablehlo.select_and_scatter"
    operand = operand_def(TensorType)
    source = operand_def(TensorType)
    init_value = operand_def(TensorType)
    window_dimensions = opt_prop_def(DenseArrayBase.constr(i64))
    window_strides = opt_prop_def(DenseArrayBase.constr(i64))
    padding = opt_prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)
    select = region_def("single_block")
    scatter = region_def("single_block")

    def lists(self) -> list[tuple[int, int, int, int]]:
        """(window, stride, low padding, high padding) of each dimension."""
        rank = len(shape_of(self.operand))
        ones = (1,) * rank
        sizes = self.window_dimensions.get_values() if self.window_dimensions else ones
        strides = self.window_strides.get_values() if self.window_strides else ones
        pads = dense.to_numpy(self.padding) if self.padding else np.zeros((rank, 2), np.int64)
        rows = zip(sizes, strides, pads, strict=True)
        return [(int(n), int(s), int(low), int(high)) for n, s, (low, high) in rows]


def infer_select_and_scatter(op: SelectAndScatterOp) -> Sequence[Shape]:
    return [merge_shapes(shape_of(op.operand), shape_of(op.result))]


def evaluate_select_and_scatter(op: SelectAndScatterOp, args: Arrays, run: Run) -> Arrays:
    operand, source, init = args
    source, init = (regions.arguments(op.scatter, [x])[0] for x in (source, init))
    return [
        ext_select.select_and_scatter_arrays(
            operand, source, np.full(operand.shape, init, init.dtype),
            [row[:3] for row in op.lists()],
            lambda x, y: regions.apply(op.select, run, [x, y])[0],
            lambda x, y: regions.apply(op.scatter, run, [x, y])[0],
        )
    ]  # fmt: skip


def lower_select_and_scatter(op: SelectAndScatterOp, b: Lowering) -> Results:
    operand_type, source_type, init_type = b.element_types(op)
    wanted = regions.scalar_types(op.scatter)[0]
    dims = b.dims(op.operand)
    out = spread(b, op.init_value, init_type, dims, wanted)
    names = ("window", "strides", "low", "high")
    properties: dict[str, Attribute] = {
        name: DenseArrayBase.from_list(i64, values)
        for name, values in zip(names, zip(*op.lists(), strict=True), strict=True)
    } or {name: DenseArrayBase.from_list(i64, []) for name in names}

    def keep(args: Sequence[SSAValue]) -> Sequence[SSAValue]:
        return regions.build(b, op.select.block, args)

    def combine(args: Sequence[SSAValue]) -> Sequence[SSAValue]:
        return regions.build(b, op.scatter.block,
                             [args[0], converted(b, args[1], source_type, wanted)])  # fmt: skip

    bodies = [
        ([signless(operand_type)] * 2, keep),
        ([signless(wanted), signless(source_type)], combine),
    ]
    (found,) = b.ext(
        ext_select.SelectAndScatterOp, [op.operand, op.source], [out], bodies, properties
    )
    return [b.cast_to(found, op.result.type)]


_OF_COMPLEX = Gap(
    "windows select among numbers of one tensor, and complex ones become two: select by a real one",
    lambda op: isinstance(element_type(op.operand), ComplexType),
)

ROWS: tuple[OpRow, ...] = (
    OpRow(
        ScatterOp, infer_scatter, evaluate_scatter, lower_scatter, gaps=(regions.GAP,),
        decompose=decompose_scatter,
    ),
    OpRow(
        SelectAndScatterOp, infer_select_and_scatter, evaluate_select_and_scatter,
        lower_select_and_scatter, gaps=(regions.GAP, _OF_COMPLEX),
    ),
)  # fmt: skip
