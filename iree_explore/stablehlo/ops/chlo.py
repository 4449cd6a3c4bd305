# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CHLO's broadcasting ops: a StableHLO op (or a function of chlo_math.py) on operands that are
broadcast to each other first.

`BROADCASTING` are the ops that chlo.broadcast_* stand for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IndexType, TensorType, i64
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)

from iree_explore.shapes.expressions import broadcast
from iree_explore.stablehlo.attrs import (
    ComparisonDirection,
    ComparisonDirectionAttr,
    ComparisonType,
    ComparisonTypeAttr,
)
from iree_explore.stablehlo.base import DYNAMIC, Evaluate, OpRow, PrettyOp, Run, Shape, shape_of
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.ops import chlo_math
from iree_explore.stablehlo.ops import elementwise as e
from iree_explore.stablehlo.ops import scalars as s
from iree_explore.stablehlo.ops.numbers import on_numbers
from iree_explore.stablehlo.shape_dialect import BroadcastOp

Arrays = list[np.ndarray]

BROADCASTING = (
    "add", "and", "atan2", "complex", "divide", "maximum", "minimum", "multiply", "next_after",
    "or", "polygamma", "power", "remainder", "shift_left", "shift_right_arithmetic",
    "shift_right_logical", "subtract", "xor", "zeta",
)  # fmt: skip


@irdl_attr_definition
class ChloComparisonDirectionAttr(EnumAttribute[ComparisonDirection], SpacedOpaqueSyntaxAttribute):
    """`#chlo<comparison_direction GT>`"""

    name = "chlo.comparison_direction"


@irdl_attr_definition
class ChloComparisonTypeAttr(EnumAttribute[ComparisonType], SpacedOpaqueSyntaxAttribute):
    """`#chlo<comparison_type FLOAT>`"""

    name = "chlo.comparison_type"


ATTRIBUTES = (ChloComparisonDirectionAttr, ChloComparisonTypeAttr)


class BroadcastBinaryOp(PrettyOp):
    """Two operands that are broadcast to each other first."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    broadcast_dimensions = opt_prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


@irdl_op_definition
class BroadcastCompareOp(BroadcastBinaryOp):
    """`stablehlo.compare` of broadcast operands."""

    name = "chlo.broadcast_compare"
    comparison_direction = prop_def(Attribute)
    compare_type = opt_prop_def(Attribute)


@irdl_op_definition
class BroadcastSelectOp(PrettyOp):
    """`stablehlo.select` of broadcast operands."""

    name = "chlo.broadcast_select"
    pred = operand_def(TensorType)
    on_true = operand_def(TensorType)
    on_false = operand_def(TensorType)
    result = result_def(TensorType)


def broadcast_shapes(*shapes: Shape) -> Shape:
    """NumPy's rule, with unknown sizes."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(x)) + x for x in shapes]
    result = []
    for sizes in zip(*padded, strict=True):
        if not all(isinstance(n, int) for n in sizes):
            result.append(broadcast(*(n for n in sizes if n != DYNAMIC)))
            continue
        known = [n for n in sizes if n not in (1, DYNAMIC)]
        result.append(known[0] if known else DYNAMIC if DYNAMIC in sizes else 1)
    return tuple(result)


def infer_broadcast(op: Any) -> list[Shape]:
    shapes = [shape_of(v) for v in op.operands]
    rank = max(map(len, shapes))
    aligned = []
    for sizes in shapes:
        row = [1] * rank
        for n, d in zip(sizes, alignment(op, len(sizes), rank), strict=True):
            row[d] = n
        aligned.append(tuple(row))
    return [broadcast_shapes(*aligned)]


def alignment(op: Any, value_rank: int, rank: int) -> list[int]:
    """Result dimensions of an operand: `broadcast_dimensions` or right-aligned."""
    given = op.properties.get("broadcast_dimensions")
    if given is not None and value_rank < rank:
        return list(given.get_values())
    return list(range(rank - value_rank, rank))


def evaluate_aligned(evaluate: Evaluate) -> Evaluate:
    """`evaluate` on operands whose dimensions are in the places of the result's."""

    def aligned(op: Any, args: Arrays, run: Run) -> Arrays:
        rank = max(a.ndim for a in args)
        found = []
        for a in args:
            shape = [1] * rank
            for n, d in zip(a.shape, alignment(op, a.ndim, rank), strict=True):
                shape[d] = n
            found.append(a.reshape(shape))
        return evaluate(op, found, run)

    return aligned


def evaluate_broadcasting(function: e.Function) -> Evaluate:
    """`evaluate_aligned` of a NumPy function."""
    return evaluate_aligned(on_numbers(function))


evaluate_compare = evaluate_aligned(e.evaluate_compare)


def decompose_broadcasting(op: Any, d: Decomposer) -> list[SSAValue]:
    """The StableHLO op on operands that are broadcast to the result's shape."""
    name = op.name.partition(".")[2].removeprefix("broadcast_")
    if name in ("next_after", "polygamma", "zeta"):
        name = f"chlo.{name}"
    properties = {k: _stablehlo(v) for k, v in op.properties.items() if k != "broadcast_dimensions"}
    return [d.make(name, *_broadcast_operands(op, d), type_=d.type, **properties)]


def _stablehlo(value: Attribute) -> Attribute:
    """CHLO's own enumerations as StableHLO's."""
    if isinstance(value, ChloComparisonDirectionAttr):
        return ComparisonDirectionAttr(value.data)
    return ComparisonTypeAttr(value.data) if isinstance(value, ChloComparisonTypeAttr) else value


def _broadcast_operands(op: Any, d: Decomposer) -> list[SSAValue]:
    result = d.type.get_shape()
    rank = len(result)
    shapes = [shape_of(v) for v in op.operands]
    sizes: SSAValue | None = None
    if any(DYNAMIC in known for known in shapes):
        extents = [d.sizes_of(v) for v in op.operands]
        type_ = TensorType(IndexType(), [rank])
        sizes = d.add(BroadcastOp.create(operands=extents, result_types=[type_]))
    found = []
    for value, known in zip(op.operands, shapes, strict=True):
        assert isinstance(value.type, TensorType)
        dims = alignment(op, len(known), rank)
        type_ = TensorType(value.type.element_type, list(result))
        if sizes is not None:
            found.append(d.spread(value, sizes, dims, type_))
        elif known == result:
            found.append(value)
        else:
            found.append(d.make("broadcast_in_dim", value, type_=type_, broadcast_dimensions=dims))
    return found


_FUNCTIONS = {name: function for name, function, _ in (*e.BINARY, *chlo_math.BINARY)}


def _broadcast_row(name: str) -> OpRow:
    row = e.elementwise_row("chlo", f"broadcast_{name}", BroadcastBinaryOp, None, s.negate)
    if name == "next_after":
        evaluate = evaluate_aligned(chlo_math.evaluate_next_after)
    else:
        evaluate = evaluate_broadcasting(_FUNCTIONS[name])
    gaps = e.GAPS.get(name, ())
    return OpRow(row.op, infer_broadcast, evaluate, None, None, gaps, decompose_broadcasting)


ROWS: tuple[OpRow, ...] = (
    *(_broadcast_row(name) for name in BROADCASTING),
    OpRow(BroadcastCompareOp, infer_broadcast, evaluate_compare, decompose=decompose_broadcasting),
    OpRow(
        BroadcastSelectOp,
        infer_broadcast,
        evaluate_broadcasting(np.where),
        decompose=decompose_broadcasting,
    ),
)
