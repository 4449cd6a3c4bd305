# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CHLO: client ops. Some lower as they are, the others have a formula in StableHLO (`decompose`).

`BROADCASTING` are the StableHLO ops that chlo.broadcast_* stand for; `FORMULAS` are unary functions
by their StableHLO formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import math as mlir_math
from xdsl.dialects.builtin import DenseArrayBase, IndexType, TensorType, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def

from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    result_dtype,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.ops import elementwise as e
from iree_explore.stablehlo.ops import scalars as s
from iree_explore.stablehlo.shape_dialect import BroadcastOp

Arrays = list[np.ndarray]

UNARY: tuple[tuple[str, Callable[..., Any], Any], ...] = (
    ("erf", e.erf, s.function(mlir_math.ErfOp)),
    ("erfc", lambda x: 1 - e.erf(x), None),
    ("acos", np.arccos, s.function(mlir_math.AcosOp)),
    ("acosh", np.arccosh, s.function(mlir_math.AcoshOp)),
    ("asin", np.arcsin, s.function(mlir_math.AsinOp)),
    ("asinh", np.arcsinh, s.function(mlir_math.AsinhOp)),
    ("atan", np.arctan, s.function(mlir_math.AtanOp)),
    ("atanh", np.arctanh, s.function(mlir_math.AtanhOp)),
    ("cosh", np.cosh, s.function(mlir_math.CoshOp)),
    ("sinh", np.sinh, s.function(mlir_math.SinhOp)),
    ("tan", np.tan, s.function(mlir_math.TanOp)),
    ("square", np.square, None),
    ("is_inf", np.isinf, None),
    ("is_pos_inf", np.isposinf, None),
    ("is_neg_inf", np.isneginf, None),
)
"""Name, NumPy definition, scalar lowering (None: decomposed)."""

BROADCASTING = (
    "add", "and", "atan2", "complex", "divide", "maximum", "minimum", "multiply", "or", "power",
    "remainder", "shift_left", "shift_right_arithmetic", "shift_right_logical", "subtract", "xor",
)  # fmt: skip


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


@irdl_op_definition
class ConstantLikeOp(PrettyOp):
    """A number in the shape of the operand."""

    name = "chlo.constant_like"
    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    value = prop_def(Attribute)
    result = result_def(TensorType)


def broadcast_shapes(*shapes: Shape) -> Shape:
    """NumPy's rule, with unknown sizes."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(x)) + x for x in shapes]
    result = []
    for sizes in zip(*padded, strict=True):
        known = [n for n in sizes if n not in (1, DYNAMIC)]
        result.append(known[0] if known else DYNAMIC if DYNAMIC in sizes else 1)
    return tuple(result)


def infer_broadcast(op: Any) -> list[Shape]:
    return [broadcast_shapes(*(shape_of(v) for v in op.operands))]


def alignment(op: Any, value_rank: int, rank: int) -> list[int]:
    """Result dimensions of an operand: `broadcast_dimensions` or right-aligned."""
    given = op.properties.get("broadcast_dimensions")
    if given is not None and value_rank < rank:
        return list(given.get_values())
    return list(range(rank - value_rank, rank))


def evaluate_broadcasting(function: Callable[..., Any]) -> Any:
    def evaluate(op: Any, args: Arrays, run: Run) -> Arrays:
        rank = max(a.ndim for a in args)
        aligned = []
        for a in args:
            shape = [1] * rank
            for n, d in zip(a.shape, alignment(op, a.ndim, rank), strict=True):
                shape[d] = n
            aligned.append(a.reshape(shape))
        return e.on_numbers(function)(op, aligned, run)

    return evaluate


def evaluate_compare(op: Any, args: Arrays, run: Run) -> Arrays:
    return evaluate_broadcasting(e.COMPARE[op.comparison_direction.data.value])(op, args, run)


def evaluate_constant_like(op: ConstantLikeOp, args: Arrays, run: Run) -> Arrays:
    number = op.value.value.data  # pyright: ignore[reportAttributeAccessIssue]
    return [np.full(args[0].shape, number, result_dtype(op))]


def _erfc(d: Decomposer, x: SSAValue) -> SSAValue:
    return d.make("subtract", d.number(x, 1), d.make("chlo.erf", x))


def _is_infinity(value: float) -> Callable[[Decomposer, SSAValue], SSAValue]:
    return lambda d, x: d.compare(x, d.number(x, value))


FORMULAS: dict[str, Callable[[Decomposer, SSAValue], SSAValue]] = {
    "erfc": _erfc,
    "square": lambda d, x: d.make("multiply", x, x),
    "is_inf": lambda d, x: d.compare(d.make("abs", x), d.number(x, float("inf"))),
    "is_pos_inf": _is_infinity(float("inf")),
    "is_neg_inf": _is_infinity(float("-inf")),
}


def decompose_constant_like(op: Any, d: Decomposer) -> list[SSAValue]:
    return [d.number(op.operands[0], op.value.value.data)]


def decompose_broadcasting(op: Any, d: Decomposer) -> list[SSAValue]:
    """The StableHLO op on operands that are broadcast to the result's shape."""
    name = op.name.partition(".")[2].removeprefix("broadcast_")
    properties = {k: v for k, v in op.properties.items() if k != "broadcast_dimensions"}
    return [d.make(name, *_broadcast_operands(op, d), type_=d.type, **properties)]


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


_FUNCTIONS = {name: function for name, function, _ in e.BINARY}


def _unary_row(name: str, function: Any, scalar: Any) -> OpRow:
    row = e.elementwise_row("chlo", name, e.UnaryOp, function, scalar or s.negate)
    if scalar:
        return row
    formula = FORMULAS[name]

    def decompose(op: Any, d: Decomposer) -> list[SSAValue]:
        return [formula(d, op.operands[0])]

    return OpRow(row.op, row.infer, row.evaluate, decompose=decompose)


def _broadcast_row(name: str) -> OpRow:
    row = e.elementwise_row("chlo", f"broadcast_{name}", BroadcastBinaryOp, None, s.negate)
    evaluate = evaluate_broadcasting(_FUNCTIONS[name])
    return OpRow(row.op, infer_broadcast, evaluate, decompose=decompose_broadcasting)


ROWS: tuple[OpRow, ...] = (
    *(_unary_row(*row) for row in UNARY),
    *(_broadcast_row(name) for name in BROADCASTING),
    OpRow(BroadcastCompareOp, infer_broadcast, evaluate_compare, decompose=decompose_broadcasting),
    OpRow(
        BroadcastSelectOp,
        infer_broadcast,
        evaluate_broadcasting(np.where),
        decompose=decompose_broadcasting,
    ),
    OpRow(ConstantLikeOp, same_shape, evaluate_constant_like, decompose=decompose_constant_like),
)
