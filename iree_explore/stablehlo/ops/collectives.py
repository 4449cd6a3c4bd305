# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Collectives: what they do where one process runs the program, as replica 0 and partition 0.

Every group that names this process has just it, so a reduction over a group is its operand, a
gathering joins one part. Groups that name others are refused: nobody else is there.
Spec: https://openxla.org/stablehlo/spec#all_reduce
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerAttr, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
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
from iree_explore.errors import GapError
from iree_explore.stablehlo.base import (
    DYNAMIC,
    Gap,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    declared,
    merge_shapes,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


@irdl_op_definition
class ReplicaIdOp(PrettyOp):
    """Number of this replica. Spec: https://openxla.org/stablehlo/spec#replica_id"""

    name = "stablehlo.replica_id"
    COMPACT: ClassVar = True
    result = result_def(TensorType)


@irdl_op_definition
class PartitionIdOp(PrettyOp):
    """Number of this partition. Spec: https://openxla.org/stablehlo/spec#partition_id"""

    name = "stablehlo.partition_id"
    COMPACT: ClassVar = True
    result = result_def(TensorType)


def evaluate_id(op: Any, args: Arrays, run: Run) -> Arrays:
    return [np.zeros((), result_dtype(op))]


def decompose_id(op: Any, d: Decomposer) -> Results:
    return [d.constant(np.zeros((), result_dtype(op)), op.result.type.element_type)]


class GroupOp(IRDLOperation):
    """Works on groups of processes: rows of `replica_groups`, filled up with -1."""

    operands_ = var_operand_def(TensorType)
    results_ = var_result_def(TensorType)
    channel_handle = opt_prop_def(Attribute)
    use_global_device_ids = opt_prop_def(Attribute)


@irdl_op_definition
class AllReduceOp(GroupOp):
    """Combines the operands of a group. Spec: https://openxla.org/stablehlo/spec#all_reduce"""

    name = "stablehlo.all_reduce"
    replica_groups = prop_def(Attribute)
    computation = region_def("single_block")


@irdl_op_definition
class AllGatherOp(GroupOp):
    """Joins the operands of a group. Spec: https://openxla.org/stablehlo/spec#all_gather"""

    name = "stablehlo.all_gather"
    all_gather_dim = prop_def(IntegerAttr)
    replica_groups = prop_def(Attribute)


@irdl_op_definition
class AllToAllOp(GroupOp):
    """Splits, exchanges, joins. Spec: https://openxla.org/stablehlo/spec#all_to_all"""

    name = "stablehlo.all_to_all"
    split_dimension = prop_def(IntegerAttr)
    concat_dimension = prop_def(IntegerAttr)
    split_count = prop_def(IntegerAttr)
    replica_groups = prop_def(Attribute)


@irdl_op_definition
class ReduceScatterOp(GroupOp):
    """Combines, then splits. Spec: https://openxla.org/stablehlo/spec#reduce_scatter"""

    name = "stablehlo.reduce_scatter"
    scatter_dimension = prop_def(IntegerAttr)
    replica_groups = prop_def(Attribute)
    computation = region_def("single_block")


@irdl_op_definition
class CrossReplicaSumOp(GroupOp):
    """The sum over a group. Successor: `all_reduce` with an addition.

    Spec: https://openxla.org/stablehlo/spec#all_reduce
    """

    name = "stablehlo.cross-replica-sum"
    replica_groups = prop_def(Attribute)


@irdl_op_definition
class CollectiveBroadcastOp(GroupOp):
    """The operand of a group's first process; zeros for processes that are in no group.

    Spec: https://openxla.org/stablehlo/spec#collective_broadcast
    """

    name = "stablehlo.collective_broadcast"
    replica_groups = prop_def(Attribute)


@irdl_op_definition
class CollectivePermuteOp(IRDLOperation):
    """Sends along (source, target) pairs; zeros where nothing arrives.

    Spec: https://openxla.org/stablehlo/spec#collective_permute
    """

    name = "stablehlo.collective_permute"
    operand = operand_def(TensorType)
    source_target_pairs = prop_def(DenseIntOrFPElementsAttr)
    channel_handle = opt_prop_def(Attribute)
    result = result_def(TensorType)


def rows(op: Any) -> list[list[int]] | None:
    """Groups or pairs as lists, without the padding; None where a mesh names them."""
    pairs = isinstance(op, CollectivePermuteOp)
    given = op.properties.get("source_target_pairs" if pairs else "replica_groups")
    if not isinstance(given, DenseIntOrFPElementsAttr):
        return None
    array = dense.to_numpy(given)
    array = array.reshape(-1, array.shape[-1]) if array.size else array.reshape(0, 2)
    return [[int(x) for x in row if x >= 0] for row in array]


def others(op: Any) -> str:
    """The groups name processes other than number 0, the only one that there is."""
    found = rows(op)
    if found is None:
        return f"{op.properties.get('replica_groups')} is a device mesh; one process runs here"
    names = sorted({x for row in found for x in row} - {0})
    return f"groups {found} name processes {names}, but one process runs here, number 0"


def needs_others(op: Any) -> bool:
    found = rows(op)
    return found is None or any(x != 0 for row in found for x in row)


def reaches(op: Any) -> bool:
    """Whether this process receives anything: every group has it, pairs or broadcasts may not."""
    found = rows(op) or []
    if isinstance(op, CollectivePermuteOp):
        return [0, 0] in found
    return not isinstance(op, CollectiveBroadcastOp) or any(0 in row for row in found)


def infer_same(op: Any) -> Sequence[Shape]:
    """One process: operands and results agree."""
    pairs = zip(op.operands, op.results, strict=True)
    return [merge_shapes(shape_of(r), shape_of(v)) for v, r in pairs]


def evaluate_collective(op: Any, args: Arrays, run: Run) -> Arrays:
    if needs_others(op):
        raise GapError("IX203", f"{op.name}: {others(op)}")
    return list(args) if reaches(op) else [np.zeros_like(x) for x in args]


def decompose_collective(op: Any, d: Decomposer) -> Results | None:
    if needs_others(op):
        return None
    if not reaches(op):
        return [d.number(v, 0) for v in op.operands]
    return [
        v if v.type == r.type else _as_declared(d, v, r.type)
        for v, r in zip(op.operands, op.results, strict=True)
    ]


def _as_declared(d: Decomposer, value: SSAValue, type_: Any) -> SSAValue:
    """The value under the type that the op declares, where one of them knows more sizes."""
    if DYNAMIC in type_.get_shape():
        return d.make("dynamic_reshape", value, d.sizes_of(value), type_=type_)
    return d.make("reshape", value, type_=type_)


_ALONE = (Gap(others, needs_others),)

ROWS: tuple[OpRow, ...] = (
    OpRow(ReplicaIdOp, declared, evaluate_id, decompose=decompose_id),
    OpRow(PartitionIdOp, declared, evaluate_id, decompose=decompose_id),
    *(
        OpRow(op, infer_same, evaluate_collective, gaps=_ALONE, decompose=decompose_collective)
        for op in (
            AllReduceOp,
            AllGatherOp,
            AllToAllOp,
            ReduceScatterOp,
            CrossReplicaSumOp,
            CollectiveBroadcastOp,
            CollectivePermuteOp,
        )
    ),
)
