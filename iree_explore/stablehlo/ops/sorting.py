# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`sort`: along one dimension, by any comparator, always stably."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, TensorType, i1, i64
from xdsl.ir import SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)

from iree_explore.linalg.ext import sort as ext
from iree_explore.linalg.ext_interface import has_control_flow
from iree_explore.stablehlo import regions
from iree_explore.stablehlo.base import Gap, OpRow, Run, element_type, same_shape, shape_of
from iree_explore.stablehlo.lowering import Lowering, signless

Arrays = list[np.ndarray]


@irdl_op_definition
class SortOp(IRDLOperation):
    """Sorts along a dimension by a comparator. Spec: https://openxla.org/stablehlo/spec#sort"""

    name = "stablehlo.sort"
    inputs = var_operand_def(TensorType)
    dimension = opt_prop_def(IntegerAttr)
    is_stable = opt_prop_def(IntegerAttr.constr(i1))
    results_ = var_result_def(TensorType)
    comparator = region_def("single_block")


def axis_of(op: SortOp) -> int:
    """The sorted dimension; the last one if the op does not say."""
    axis = op.dimension.value.data if op.dimension is not None else -1
    return axis % len(shape_of(op.operands[0]))


def evaluate_sort(op: SortOp, args: Arrays, run: Run) -> Arrays:
    def before(x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> np.ndarray:
        pairs = [a for pair in zip(x, y, strict=True) for a in pair]
        return run(op.comparator, pairs)[0]

    alone = has_control_flow(op.comparator)
    return ext.sort_arrays(args, axis_of(op), before, one_by_one=alone)


def lower_sort(op: SortOp, b: Lowering) -> list[SSAValue]:
    """`iree_linalg_ext.sort` with as many scratch tensors as results."""
    sizes = b.dims(op.operands[0])
    types = [signless(element_type(v)) for v in op.operands]
    outs = [b.empty(sizes, t) for t in (*types, *types)]
    pairs = [t for t in types for _ in range(2)]
    block = op.comparator.block
    found = b.ext(
        ext.SortOp,
        list(op.operands),
        outs,
        [(pairs, lambda args: regions.build(b, block, args))],
        {"dimension": IntegerAttr(axis_of(op), i64)},
    )
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=False)]


ROWS: tuple[OpRow, ...] = (
    OpRow(SortOp, same_shape, evaluate_sort, lower_sort,
          gaps=(Gap("the comparator has an op without a scalar form",
                    lambda op: regions.unsupported(op) is not None),)),
)  # fmt: skip
