# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise ops: one line each in `UNARY` and `BINARY`, plus those with attributes.

NumPy definitions are here, scalar lowerings in `scalars.py`; `lower_elementwise` makes a
`linalg.generic` of any of them, or scalar code when the operands are small integer tensors.
Spec: https://openxla.org/stablehlo/spec#ops
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects import math as mlir_math
from xdsl.dialects.builtin import ComplexType, IntegerAttr, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore.elements import dtype_of
from iree_explore.stablehlo.attrs import (
    ComparisonDirection,
    ComparisonDirectionAttr,
    ComparisonType,
    ComparisonTypeAttr,
)
from iree_explore.stablehlo.base import (
    DYNAMIC,
    Evaluate,
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
    result_dtype,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import MAX_ELEMENTS, Dim, Lowering, identity
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


def on_numbers(function: Callable[..., Any]) -> Evaluate:
    """`function` on arrays; floats narrower than 32 bits are computed in float32."""

    def evaluate(op: Any, args: Arrays, run: Run) -> Arrays:
        dtype = result_dtype(op)
        wide = [a.astype(np.float32) if a.dtype.kind in "fV" and a.dtype.itemsize < 4 else a
                for a in args]  # fmt: skip
        with np.errstate(all="ignore"):
            return [np.asarray(function(*wide)).astype(dtype, copy=False)]

    return evaluate


# NumPy definitions


def erf(x: np.ndarray) -> np.ndarray:
    flat = [math.erf(v) for v in np.asarray(x, np.float64).reshape(-1)]
    return np.array(flat, np.float64).reshape(np.shape(x))


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Truncates; x / 0 has all bits set, the least number / -1 is itself."""
    if a.dtype.kind not in "iub":
        return a / b
    if a.dtype == np.bool_:
        return a | ~b
    safe = np.where(b == 0, np.ones_like(b), b)
    quotient = a // safe
    if a.dtype.kind == "i":
        quotient += ((a % safe) != 0) & ((a < 0) != (safe < 0))
        quotient = np.where((a == np.iinfo(a.dtype).min) & (b == -1), a, quotient)
    return np.where(b == 0, ~np.zeros_like(a), quotient)


def _remainder(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sign of the dividend; x % 0 is x."""
    if a.dtype.kind not in "iub":
        return np.fmod(a, b)
    if a.dtype == np.bool_:
        return a & ~b
    safe = np.where((b == 0) | ((b == -1) if a.dtype.kind == "i" else False), np.ones_like(b), b)
    return np.where(b == 0, a, np.fmod(a, safe))


def _power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind not in "iub":
        return np.power(a, b)
    if a.dtype == np.bool_:
        return a | ~b
    unsigned = np.dtype(f"u{a.dtype.itemsize}")
    value, square, rest = np.ones(a.shape, unsigned), a.astype(unsigned), b.astype(unsigned)
    for _ in range(a.dtype.itemsize * 8):
        value = np.where(rest & np.array(1, unsigned), value * square, value)
        square, rest = square * square, rest >> np.array(1, unsigned)
    value = value.astype(a.dtype)
    if a.dtype.kind == "u":
        return value
    return np.where((b < 0) & (a != 1) & (a != -1), np.zeros_like(a), value)


def _shift(left: bool, logical: bool) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    def shift(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        bits = a.dtype.itemsize * 8
        unsigned, signed = np.dtype(f"u{a.dtype.itemsize}"), np.dtype(f"i{a.dtype.itemsize}")
        amount = b.astype(unsigned)
        x = a.astype(unsigned if logical else signed)
        safe = np.minimum(amount, np.array(bits - 1, unsigned)).astype(x.dtype)
        value = x << safe if left else x >> safe
        return np.where((amount >= bits) & logical, np.zeros_like(value), value).astype(a.dtype)

    return shift


def _bit_count(function: Callable[[int, int], int]) -> Callable[[np.ndarray], np.ndarray]:
    def count(a: np.ndarray) -> np.ndarray:
        bits = a.dtype.itemsize * 8
        flat = [function(int(v), bits) for v in a.astype(f"u{a.dtype.itemsize}").reshape(-1)]
        return np.array(flat, np.int64).reshape(a.shape)

    return count


def _logical(bool_: Any, bits: Any) -> Callable[..., np.ndarray]:
    return lambda *a: bool_(*a) if a[0].dtype == np.bool_ else bits(*a)


def _sign(x: np.ndarray) -> np.ndarray:
    if x.dtype.kind == "c":
        return np.where(x == 0, x, x / np.abs(x))
    return np.where(x == 0, x, np.sign(x)) if x.dtype.kind == "f" else np.sign(x)


def _round_away(x: np.ndarray) -> np.ndarray:
    whole = np.trunc(x)
    away = np.abs(x - whole) >= 0.5
    return np.copysign(np.where(away, whole + np.sign(x), whole), x)


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _clz(v: int, bits: int) -> int:
    return bits - v.bit_length()


_add = _logical(np.logical_or, np.add)
_multiply = _logical(np.logical_and, np.multiply)

UNARY: tuple[tuple[str, Callable[..., Any], Scalar | None], ...] = (
    ("abs", np.abs, s.absolute),
    ("cbrt", np.cbrt, s.function(mlir_math.CbrtOp)),
    ("ceil", np.ceil, s.function(mlir_math.CeilOp)),
    ("cosine", np.cos, s.function(mlir_math.CosOp)),
    ("count_leading_zeros", _bit_count(_clz), s.choose(None, mlir_math.CountLeadingZerosOp)),
    ("exponential", np.exp, s.function(mlir_math.ExpOp)),
    ("exponential_minus_one", np.expm1, s.function(mlir_math.ExpM1Op)),
    ("floor", np.floor, s.function(mlir_math.FloorOp)),
    ("imag", np.imag, None),
    ("is_finite", np.isfinite, s.is_finite),
    ("log", np.log, s.function(mlir_math.LogOp)),
    ("log_plus_one", np.log1p, s.function(mlir_math.Log1pOp)),
    ("logistic", _logistic, s.logistic),
    ("negate", np.negative, s.negate),
    ("not", np.invert, s.invert),
    ("popcnt", _bit_count(lambda v, _: v.bit_count()), s.choose(None, mlir_math.CtPopOp)),
    ("real", np.real, None),
    ("round_nearest_afz", _round_away, s.function(mlir_math.RoundOp)),
    ("round_nearest_even", np.rint, s.function(mlir_math.RoundEvenOp)),
    ("rsqrt", lambda x: 1 / np.sqrt(x), s.function(mlir_math.RsqrtOp)),
    ("sign", _sign, s.sign),
    ("sine", np.sin, s.function(mlir_math.SinOp)),
    ("sqrt", np.sqrt, s.function(mlir_math.SqrtOp)),
    ("tan", np.tan, s.function(mlir_math.TanOp)),
    ("tanh", np.tanh, s.function(mlir_math.TanhOp)),
)
"""Name, NumPy definition, scalar lowering (None: `input-expand-complex` has it)."""

BINARY: tuple[tuple[str, Callable[..., Any], Scalar | None], ...] = (
    ("add", _add, s.choose(arith.AddfOp, arith.AddiOp, boolean=arith.OrIOp)),
    ("and", np.bitwise_and, s.choose(None, arith.AndIOp)),
    ("atan2", np.arctan2, s.function(mlir_math.Atan2Op)),
    ("complex", lambda a, b: a + 1j * b, None),
    ("divide", _divide, s.divide),
    ("maximum", np.maximum, s.MAXIMUM),
    ("minimum", np.minimum, s.MINIMUM),
    ("multiply", _multiply, s.choose(arith.MulfOp, arith.MuliOp, boolean=arith.AndIOp)),
    ("or", np.bitwise_or, s.choose(None, arith.OrIOp)),
    ("power", _power, s.power),
    ("remainder", _remainder, s.remainder),
    ("shift_left", _shift(left=True, logical=True), s.shift(arith.ShLIOp)),
    ("shift_right_arithmetic", _shift(left=False, logical=False), s.shift(arith.ShRSIOp)),
    ("shift_right_logical", _shift(left=False, logical=True), s.shift(arith.ShRUIOp)),
    ("subtract", np.subtract, s.choose(arith.SubfOp, arith.SubiOp, boolean=arith.XOrIOp)),
    ("xor", np.bitwise_xor, s.choose(None, arith.XOrIOp)),
)
"""Name, NumPy definition, scalar lowering (None: `input-expand-complex` has it)."""


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
        return OpRow(made, same_shape, on_numbers(function), decompose=decompose)
    return OpRow(made, same_shape, on_numbers(function), lower_elementwise(scalar), scalar)


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
        a, b = _total_order(a), _total_order(b)
    return [np.asarray(COMPARE[op.comparison_direction.data.value](a, b))]


def _total_order(x: np.ndarray) -> np.ndarray:
    bits = x.view(f"i{x.dtype.itemsize}")
    return np.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


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
    return [merge_shapes(shape_of(op.operand), shape_of(op.result))]


def evaluate_clamp(op: ClampOp, args: Arrays, run: Run) -> Arrays:
    low, x, high = args
    return [np.minimum(np.maximum(x, low), high).astype(x.dtype, copy=False)]


@irdl_op_definition
class ConvertOp(PrettyOp):
    """Converts elements; float to integer saturates and NaN becomes 0.

    Spec: https://openxla.org/stablehlo/spec#convert
    """

    name = "stablehlo.convert"
    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    result = result_def(TensorType)


def convert_array(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """`x` in another dtype, by the rules of `stablehlo.convert`."""
    if dtype == np.bool_:
        return x != 0
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real  # pyright: ignore[reportAttributeAccessIssue]
    if x.dtype.kind not in "iub" and dtype.kind in "iu":
        wide = x.astype(np.float64)
        limits = np.iinfo(dtype)
        inside = (wide >= float(limits.min)) & (wide < float(int(limits.max) + 1))
        whole = np.where(inside, wide, 0).astype(dtype)
        whole = np.where(wide >= float(int(limits.max) + 1), np.array(limits.max, dtype), whole)
        return np.where(wide < float(limits.min), np.array(limits.min, dtype), whole)
    return x.astype(dtype)


def evaluate_convert(op: ConvertOp, args: Arrays, run: Run) -> Arrays:
    with np.errstate(all="ignore"):
        return [convert_array(args[0], result_dtype(op))]


@irdl_op_definition
class BitcastConvertOp(PrettyOp):
    """The same bits as another type; a size ratio becomes or consumes the last dimension.

    Spec: https://openxla.org/stablehlo/spec#bitcast_convert
    """

    name = "stablehlo.bitcast_convert"
    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    result = result_def(TensorType)


def _bits(type_: Attribute) -> int:
    return dtype_of(type_).itemsize * 8


def infer_bitcast(op: BitcastConvertOp) -> Sequence[Shape]:
    before, after = _bits(element_type(op.operand)), _bits(element_type(op.result))
    shape = shape_of(op.operand)
    if before == after:
        return [shape]
    return [(*shape, before // after) if before > after else shape[:-1]]


def evaluate_bitcast(op: BitcastConvertOp, args: Arrays, run: Run) -> Arrays:
    (x,) = args
    dtype = result_dtype(op)
    if x.dtype.itemsize > dtype.itemsize:
        x = x[..., None]
    value = np.ascontiguousarray(x).view(dtype)
    return [value[..., 0] if x.dtype.itemsize < dtype.itemsize else value.reshape(
        (*x.shape[:-1], x.dtype.itemsize // dtype.itemsize)
        if x.dtype.itemsize > dtype.itemsize else x.shape)]  # fmt: skip


@irdl_op_definition
class ReducePrecisionOp(PrettyOp):
    """Rounds as a float type with fewer exponent and mantissa bits would.

    Spec: https://openxla.org/stablehlo/spec#reduce_precision
    """

    name = "stablehlo.reduce_precision"
    operand = operand_def(TensorType)
    exponent_bits = prop_def(IntegerAttr)
    mantissa_bits = prop_def(IntegerAttr)
    result = result_def(TensorType)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        e, m = self.exponent_bits.value.data, self.mantissa_bits.value.data
        printer.print_string(f", format = e{e}m{m}")
        printer.print_op_attributes(self.attributes)
        print_signature(printer, self, always_function=False)

    @classmethod
    def parse(cls, parser: Parser) -> ReducePrecisionOp:
        position = parser.pos
        operands, _ = parse_operands(parser)
        parser.parse_keyword("format")
        parser.parse_punctuation("=")
        text = parser.parse_identifier()
        exponent, _, mantissa = text[1:].partition("m")
        if not (text.startswith("e") and exponent.isdigit() and mantissa.isdigit()):
            parser.raise_error("expected a format like e5m10")
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, 1)
        properties: dict[str, Attribute] = {
            "exponent_bits": IntegerAttr(int(exponent), 32),
            "mantissa_bits": IntegerAttr(int(mantissa), 32),
        }
        return create(cls, parser.resolve_operands(operands, inputs, position), outputs,
                      properties, attributes)  # fmt: skip


def evaluate_reduce_precision(op: ReducePrecisionOp, args: Arrays, run: Run) -> Arrays:
    (x,) = args
    to_e, to_m = op.exponent_bits.value.data, op.mantissa_bits.value.data
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        fraction, exponent = np.frexp(wide)
        rounded = np.ldexp(np.rint(np.ldexp(fraction, to_m + 1)), exponent - to_m - 1)
        bias = (1 << (to_e - 1)) - 1
        least = 2.0 ** (1 - bias)
        rounded = np.where(np.abs(rounded) < least, np.copysign(0, wide), rounded)
        rounded = np.where(np.abs(rounded) >= 2.0 ** (bias + 1), np.copysign(np.inf, wide), rounded)
        return [np.where(np.isfinite(wide), rounded, wide).astype(x.dtype)]


def _row(op: type[PrettyOp], infer: Any, evaluate: Any, scalar: Scalar, *gaps: Gap) -> OpRow:
    return OpRow(op, infer, evaluate, lower_elementwise(scalar), scalar, gaps)


ROWS: tuple[OpRow, ...] = (
    *(elementwise_row("stablehlo", name, UnaryOp, f, scalar) for name, f, scalar in UNARY),
    *(elementwise_row("stablehlo", name, BinaryOp, f, scalar) for name, f, scalar in BINARY),
    _row(CompareOp, same_shape, evaluate_compare, s.comparison),
    _row(SelectOp, infer_select, evaluate_select, s.selection),
    _row(ClampOp, infer_clamp, evaluate_clamp, s.clamp),
    _row(ConvertOp, same_shape, evaluate_convert, s.convert),
    _row(
        BitcastConvertOp, infer_bitcast, evaluate_bitcast, s.bitcast,
        Gap("a bitcast that changes the number of elements needs reshaped memory",
            lambda op: _bits(element_type(op.operand)) != _bits(element_type(op.result))),
    ),
    _row(ReducePrecisionOp, same_shape, evaluate_reduce_precision, s.reduce_precision),
)  # fmt: skip
