# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise ops: one line each in `UNARY` and `BINARY`, plus those with attributes.

NumPy definitions are in `numbers.py`, scalar lowerings in `scalars.py`; `lower_elementwise` makes
a `linalg.generic` of any of them, or scalar code when the operands are small integer tensors. Ops
that change the element type are in `conversions.py`.
Spec: https://openxla.org/stablehlo/spec#ops
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects import math as mlir_math
from xdsl.dialects.builtin import ComplexType, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements
from iree_explore.linalg.evaluate_scalar import maximum, minimum
from iree_explore.linalg.special_functions import in_f64, logistic
from iree_explore.stablehlo.attrs import (
    ComparisonDirection,
    ComparisonDirectionAttr,
    ComparisonType,
    ComparisonTypeAttr,
)
from iree_explore.stablehlo.base import (
    DYNAMIC,
    Gap,
    Lower,
    OpRow,
    PrettyOp,
    Run,
    Scalar,
    Shape,
    create,
    element_type,
    merge_shapes,
    parse_operands,
    parse_signature,
    print_signature,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import MAX_ELEMENTS, Dim, Lowering, identity
from iree_explore.stablehlo.ops import complex_numbers as z
from iree_explore.stablehlo.ops import numbers as n
from iree_explore.stablehlo.ops import scalars as s

Arrays = list[np.ndarray]


class UnaryOp(PrettyOp):
    """One operand, one result of the same shape."""

    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    result = result_def(TensorType)


class BinaryOp(PrettyOp):
    """Two operands and a result of the same shape."""

    COMPACT: ClassVar = True
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)


def lower_elementwise(scalar: Scalar) -> Lower:
    """A `linalg.generic` with `scalar` as its body; splat operands become constants inside."""

    def lower(op: Any, b: Lowering) -> Sequence[SSAValue]:
        types = b.element_types(op)
        target = element_type(op.results[0])
        small = lower_small(op, b, scalar, types, target)
        if small is not None:
            return [small]
        rank = len(shape_of(op.results[0]))
        inputs: list[SSAValue] = []
        maps: list[AffineMap] = []
        slots: list[int | Attribute] = []
        for value in op.operands:
            splat = b.splat_of(value)
            slots.append(len(inputs) if splat is None else splat)
            if splat is None:
                inputs.append(value)
                same = len(shape_of(value)) == rank
                maps.append(identity(rank) if same else AffineMap(rank, 0, ()))

        def body(args: Sequence[SSAValue]) -> SSAValue:
            operands = [args[x] if isinstance(x, int) else b.constant(x) for x in slots]
            return scalar(b, op, operands, types, target)

        out = b.empty(result_dims(op, b), target)
        return b.generic(inputs, [*maps, identity(rank)], [out], body)

    lower.__wrapped__ = scalar  # pyright: ignore[reportFunctionMemberAccess]
    return lower


def result_dims(op: Any, b: Lowering) -> list[Dim]:
    """Sizes of an elementwise result: static where anything says so."""
    shape = shape_of(op.results[0])
    found: list[Dim] = list(shape)
    for value in op.operands:
        if len(shape_of(value)) == len(shape):
            for i, d in enumerate(b.dims(value)):
                if found[i] == DYNAMIC or (isinstance(d, int) and not isinstance(found[i], int)):
                    found[i] = d
    return found


def lower_small(
    op: Any, b: Lowering, scalar: Scalar, types: Sequence[Attribute], target: Attribute
) -> SSAValue | None:
    """Scalar code for a small integer tensor whose operands are known element by element."""
    shape = shape_of(op.results[0])
    if s.is_float(target) or isinstance(target, ComplexType) or DYNAMIC in shape:
        return None
    count = math.prod(shape)
    known = [b.elements(v) for v in op.operands]
    if count > MAX_ELEMENTS or any(k is None for k in known):
        return None
    columns = [k if len(k) == count else list(k) * count for k in known]  # pyright: ignore
    scalars = [scalar(b, op, row, types, target) for row in zip(*columns, strict=True)]
    return b.from_elements(scalars, op.results[0].type)


Function = Callable[..., Any] | n.OfBits

UNARY: tuple[tuple[str, Function, Scalar | None], ...] = (
    ("abs", np.abs, s.absolute),
    ("cbrt", z.either(in_f64(np.cbrt), z.cbrt), s.function(mlir_math.CbrtOp)),
    ("ceil", np.ceil, s.function(mlir_math.CeilOp)),
    ("cosine", in_f64(np.cos), s.function(mlir_math.CosOp)),
    (
        "count_leading_zeros",
        n.OfBits(n.count_leading_zeros),
        s.choose(None, mlir_math.CountLeadingZerosOp),
    ),
    ("exponential", in_f64(np.exp), s.function(mlir_math.ExpOp)),
    (
        "exponential_minus_one",
        z.either(in_f64(np.expm1), z.exponential_minus_one),
        s.function(mlir_math.ExpM1Op),
    ),
    ("floor", np.floor, s.function(mlir_math.FloorOp)),
    ("imag", np.imag, None),
    ("is_finite", np.isfinite, s.is_finite),
    ("log", in_f64(np.log), s.function(mlir_math.LogOp)),
    ("log_plus_one", z.either(in_f64(np.log1p), z.log_plus_one), s.function(mlir_math.Log1pOp)),
    ("logistic", z.either(logistic, z.logistic), s.logistic),
    ("negate", np.negative, s.negate),
    ("not", np.invert, s.invert),
    ("popcnt", n.OfBits(n.population_count), s.choose(None, mlir_math.CtPopOp)),
    ("real", np.real, None),
    ("round_nearest_afz", n.round_away, s.function(mlir_math.RoundOp)),
    ("round_nearest_even", np.rint, s.function(mlir_math.RoundEvenOp)),
    (
        "rsqrt",
        z.either(in_f64(lambda x: 1 / np.sqrt(x)), z.rsqrt),
        s.function(mlir_math.RsqrtOp),
    ),
    ("sign", z.either(n.sign, z.sign), s.sign),
    ("sine", in_f64(np.sin), s.function(mlir_math.SinOp)),
    ("sqrt", np.sqrt, s.function(mlir_math.SqrtOp)),
    ("tan", in_f64(np.tan), s.function(mlir_math.TanOp)),
    ("tanh", in_f64(np.tanh), s.function(mlir_math.TanhOp)),
)
"""Name, NumPy definition, scalar lowering (None: `input-expand-complex` has it)."""

BINARY: tuple[tuple[str, Function, Scalar | None], ...] = (
    ("add", n.add, s.choose(arith.AddfOp, arith.AddiOp, boolean=arith.OrIOp)),
    ("and", np.bitwise_and, s.choose(None, arith.AndIOp)),
    ("atan2", z.either(in_f64(np.arctan2), z.atan2), s.function(mlir_math.Atan2Op)),
    ("complex", z.of_parts, None),
    ("divide", z.either(n.divide, z.divide), s.divide),
    ("maximum", maximum, s.MAXIMUM),
    ("minimum", minimum, s.MINIMUM),
    ("multiply", n.multiply, s.choose(arith.MulfOp, arith.MuliOp, boolean=arith.AndIOp)),
    ("or", np.bitwise_or, s.choose(None, arith.OrIOp)),
    ("power", z.either(in_f64(n.power), z.power), s.power),
    ("remainder", n.remainder, s.remainder),
    ("shift_left", n.shift(left=True, logical=True), s.shift(arith.ShLIOp)),
    ("shift_right_arithmetic", n.shift(left=False, logical=False), s.shift(arith.ShRSIOp)),
    ("shift_right_logical", n.shift(left=False, logical=True), s.shift(arith.ShRUIOp)),
    ("subtract", n.subtract, s.choose(arith.SubfOp, arith.SubiOp, boolean=arith.XOrIOp)),
    ("xor", np.bitwise_xor, s.choose(None, arith.XOrIOp)),
)
"""Name, NumPy definition, scalar lowering (None: `input-expand-complex` has it)."""


GAPS = {
    "remainder": (
        Gap(
            n.NO_COMPLEX_REMAINDER,
            lambda op: isinstance(element_type(op.operands[0]), ComplexType),
        ),
    ),
}
"""By the op's name."""


def camel(name: str) -> str:
    """`round_nearest_even` as `RoundNearestEvenOp`."""
    return "".join(part.capitalize() for part in name.split("_")) + "Op"


def elementwise_row(
    dialect: str, name: str, base: type[PrettyOp], function: Any, scalar: Scalar | None
) -> OpRow:
    """The row of a plain elementwise op; its class is made here."""
    fields = {"name": f"{dialect}.{name}", "__module__": __name__,
              "__doc__": f"Elementwise {name.replace('_', ' ')}."}  # fmt: skip
    made = irdl_op_definition(type(camel(name), (base,), fields))
    if scalar is None:
        decompose = _DECOMPOSED.get(name, left_to_expansion)
        return OpRow(made, same_shape, n.on_numbers(function), decompose=decompose)
    evaluate, gaps = n.on_numbers(function), GAPS.get(name, ())
    return OpRow(made, same_shape, evaluate, lower_elementwise(scalar), scalar, gaps)


def left_to_expansion(op: Any, d: Decomposer) -> None:
    """`input-expand-complex` replaces the op."""


def _decompose_real(op: Any, d: Decomposer) -> Sequence[SSAValue] | None:
    (value,) = op.operands
    return [value] if value.type == op.results[0].type else None


def _decompose_imag(op: Any, d: Decomposer) -> Sequence[SSAValue] | None:
    (value,) = op.operands
    return [d.number(value, 0.0)] if value.type == op.results[0].type else None


_DECOMPOSED = {"real": _decompose_real, "imag": _decompose_imag}
"""Of real numbers."""


@irdl_op_definition
class CompareOp(PrettyOp):
    """Compares elementwise; floats by default with NaN unordered.

    Spec: https://openxla.org/stablehlo/spec#compare
    """

    name = "stablehlo.compare"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    comparison_direction = prop_def(ComparisonDirectionAttr)
    compare_type = opt_prop_def(ComparisonTypeAttr)
    result = result_def(TensorType)

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.comparison_direction.data.value}, ")
        printer.print_list(self.operands, printer.print_ssa_value)
        if self.compare_type:
            printer.print_string(f", {self.compare_type.data.value}")
        printer.print_op_attributes(self.attributes)
        print_signature(printer, self, always_function=True)

    @classmethod
    def parse(cls, parser: Parser) -> CompareOp:
        direction = ComparisonDirectionAttr(parser.parse_str_enum(ComparisonDirection))
        parser.parse_punctuation(",")
        position = parser.pos
        operands, comma = parse_operands(parser)
        properties: dict[str, Attribute] = {"comparison_direction": direction}
        if comma:
            properties["compare_type"] = ComparisonTypeAttr(parser.parse_str_enum(ComparisonType))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, 2)
        return create(cls, parser.resolve_operands(operands, inputs, position), outputs,
                      properties, attributes)  # fmt: skip


COMPARE = {
    "EQ": np.equal, "NE": np.not_equal, "GE": np.greater_equal, "GT": np.greater,
    "LE": np.less_equal, "LT": np.less,
}  # fmt: skip


def evaluate_compare(op: CompareOp, args: Arrays, run: Run) -> Arrays:
    a, b = args
    if op.compare_type and op.compare_type.data is ComparisonType.TOTALORDER:
        a, b = n.total_order(a), n.total_order(b)
    a, b = elements.widened(a), elements.widened(b)
    return [np.asarray(COMPARE[op.comparison_direction.data.value](a, b))]


@irdl_op_definition
class SelectOp(PrettyOp):
    """Picks from two tensors; the predicate may be one scalar.

    Spec: https://openxla.org/stablehlo/spec#select
    """

    name = "stablehlo.select"
    pred = operand_def(TensorType)
    on_true = operand_def(TensorType)
    on_false = operand_def(TensorType)
    result = result_def(TensorType)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        if self.on_true.type == self.on_false.type == self.result.type:
            printer.print_string(" : ")
            printer.print_list((self.pred.type, self.result.type), printer.print_attribute)
        else:
            print_signature(printer, self, always_function=True)

    @classmethod
    def parse(cls, parser: Parser) -> SelectOp:
        position = parser.pos
        operands, _ = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, 1)
        if parser.parse_optional_punctuation(","):
            outputs = [parser.parse_type()]
            inputs = [inputs[0], outputs[0], outputs[0]]
        return create(
            cls, parser.resolve_operands(operands, inputs, position), outputs, {}, attributes
        )


def infer_select(op: SelectOp) -> Sequence[Shape]:
    return [merge_shapes(shape_of(op.on_true), shape_of(op.on_false), shape_of(op.result),
                         *([shape_of(op.pred)] if shape_of(op.pred) else []))]  # fmt: skip


def evaluate_select(op: SelectOp, args: Arrays, run: Run) -> Arrays:
    return [np.where(*args)]


@irdl_op_definition
class ClampOp(PrettyOp):
    """`min(max(x, low), high)`; the limits may be scalars.

    Spec: https://openxla.org/stablehlo/spec#clamp
    """

    name = "stablehlo.clamp"
    COMPACT: ClassVar = True
    min = operand_def(TensorType)
    operand = operand_def(TensorType)
    max = operand_def(TensorType)
    result = result_def(TensorType)


def infer_clamp(op: ClampOp) -> Sequence[Shape]:
    limits = [s for s in (shape_of(op.min), shape_of(op.max)) if s]
    return [merge_shapes(shape_of(op.operand), shape_of(op.result), *limits)]


def evaluate_clamp(op: ClampOp, args: Arrays, run: Run) -> Arrays:
    low, x, high = map(elements.widened, args)
    return [elements.cast(minimum(maximum(x, low), high), args[1].dtype)]


def _row(op: type[PrettyOp], infer: Any, evaluate: Any, scalar: Scalar) -> OpRow:
    return OpRow(op, infer, evaluate, lower_elementwise(scalar), scalar)


ROWS: tuple[OpRow, ...] = (
    *(elementwise_row("stablehlo", name, UnaryOp, f, scalar) for name, f, scalar in UNARY),
    *(elementwise_row("stablehlo", name, BinaryOp, f, scalar) for name, f, scalar in BINARY),
    _row(CompareOp, same_shape, evaluate_compare, s.comparison),
    _row(SelectOp, infer_select, evaluate_select, s.selection),
    _row(ClampOp, infer_clamp, evaluate_clamp, s.clamp),
)
