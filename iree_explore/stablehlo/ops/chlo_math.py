# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CHLO's elementwise functions: special functions, predicates, neighbours of a number.

Functions are one `math` or `math_ext` op each, in f32 for narrower floats; `FORMULAS` have the
others in StableHLO. Complex arguments are `input-expand-complex`'s.
Source: https://github.com/openxla/stablehlo, stablehlo/dialect/ChloOps.td
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import ml_dtypes
import numpy as np
from xdsl.dialects import arith
from xdsl.dialects import math as mlir_math
from xdsl.dialects.builtin import ComplexType, IntegerType, TensorType, f32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore.elements import dtype_of
from iree_explore.linalg import math_ext, special_functions
from iree_explore.stablehlo.base import (
    OpRow,
    PrettyOp,
    Run,
    Scalar,
    create,
    element_type,
    parse_operands,
    parse_signature,
    result_dtype,
    same_shape,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering, is_unsigned
from iree_explore.stablehlo.ops import complex_numbers as z
from iree_explore.stablehlo.ops import elementwise as e
from iree_explore.stablehlo.ops import numbers as n
from iree_explore.stablehlo.ops import scalars as s

Arrays = list[np.ndarray]

_f64 = special_functions.in_f64


def _ext(name: str) -> Scalar:
    return s.function(math_ext.OPS[name])


class ChloOp(PrettyOp):
    """Syntax `chlo.name %a, %b : type, type -> type`; one type stands for all, too."""

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes({**self.properties, **self.attributes})
        printer.print_string(" : ")
        printer.print_list([v.type for v in self.operands], printer.print_attribute)
        printer.print_string(" -> ")
        printer.print_attribute(self.results[0].type)

    @classmethod
    def parse(cls, parser: Parser) -> PrettyOp:
        position = parser.pos
        operands, _ = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, len(operands))
        if parser.parse_optional_punctuation(","):
            inputs = [inputs[0], parser.parse_type()]
        if parser.parse_optional_punctuation("->"):
            outputs = [parser.parse_type()]
        return create(cls, parser.resolve_operands(operands, inputs, position), outputs, {},
                      attributes)  # fmt: skip


class ChloUnaryOp(ChloOp):
    """One operand, one result of the same shape."""

    operand = operand_def(TensorType)
    result = result_def(TensorType)


class ChloBinaryOp(ChloOp):
    """Two operands and a result of the same shape."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)


# Scalars


def next_after(b: Lowering, _: Any, args: s.Values, types: s.Types, result: Attribute) -> SSAValue:
    """One step on the bits: towards zero if y is on that side, else away from it."""
    x, y = args
    if s.width_of(x.type) != 6:
        return _next_after(b, x, y, 1)
    # There are no integers of 6 bits: steps are made in f32, evenly among what is subnormal in f6.
    # No f32 is subnormal on the way: devices may flush those.
    info = ml_dtypes.finfo(dtype_of(x.type))
    wide, towards = (b.emit(arith.ExtFOp(v, f32)) for v in args)  # pyright: ignore[reportArgumentType]
    normal, nmant = 2.0 ** int(info.minexp), int(info.nmant)
    found = _next_after(b, wide, towards, 1 << (23 - nmant), (normal, normal / 2**nmant))
    return b.emit(arith.TruncFOp(found, x.type))  # pyright: ignore


def _next_after(
    b: Lowering, x: SSAValue, y: SSAValue, step: int, even: tuple[float, float] | None = None
) -> SSAValue:
    """A step of `step` on the bits; below the first number of `even` one of the second, in f32."""
    bits = s.width_of(x.type)
    type_ = IntegerType(bits)

    def number(value: int) -> SSAValue:
        return b.number(type_, value)

    def both(op: Any, p: SSAValue, q: SSAValue) -> SSAValue:
        return b.emit(op(p, q))

    i, j = (b.emit(arith.BitcastOp(v, type_)) for v in (x, y))
    size_x, size_y = (both(arith.AndIOp, v, number((1 << (bits - 1)) - 1)) for v in (i, j))
    across = s.compare(b, "slt", both(arith.XOrIOp, i, j), number(0))
    inwards = both(arith.OrIOp, across, s.compare(b, "sgt", size_x, size_y))
    moved = both(arith.AddiOp, i, s.select(b, inwards, number(-step), number(step)))
    first = number(step)
    if even is not None:
        normal, tiny = (b.number(f32, v) for v in even)
        edge, first = (b.emit(arith.BitcastOp(v, type_)) for v in (normal, tiny))
        below = s.compare(b, "slt", size_x, edge)
        below = both(arith.OrIOp, below, both(
            arith.AndIOp, inwards, s.compare(b, "eq", size_x, edge)))  # fmt: skip
        magnitude = b.emit(arith.BitcastOp(size_x, f32))
        less, more = both(arith.SubfOp, magnitude, tiny), both(arith.AddfOp, magnitude, tiny)
        near = b.emit(arith.BitcastOp(s.select(b, inwards, less, more), type_))
        near = both(arith.OrIOp, both(arith.AndIOp, i, number(1 << (bits - 1))), near)
        moved = s.select(b, below, near, moved)
    sign = both(arith.AndIOp, j, number(1 << (bits - 1)))
    least = both(arith.OrIOp, sign, first)
    moved = s.select(b, s.compare(b, "eq", size_x, number(0)), least, moved)
    value = b.emit(arith.BitcastOp(moved, x.type))  # pyright: ignore[reportArgumentType]
    # by bits: devices may take subnormal numbers for zero
    zeros = s.compare(b, "eq", both(arith.OrIOp, size_x, size_y), number(0))
    equal = both(arith.OrIOp, s.compare(b, "eq", i, j), zeros)
    value = s.select(b, equal, y, value)
    value = s.select(b, s.compare(b, "uno", y, y), y, value)
    return s.select(b, s.compare(b, "uno", x, x), x, value)


def mulhi(b: Lowering, _: Any, args: s.Values, types: s.Types, result: Attribute) -> SSAValue:
    """The upper half of the product: by the type of twice the width, from halves for 64 bits."""
    unsigned, bits = is_unsigned(types[0]), s.width_of(args[0].type)
    if bits == 64:
        return _mulhi_64(b, args, unsigned)
    wide = IntegerType(2 * bits if bits >= 8 else 16)
    extend = arith.ExtUIOp if unsigned else arith.ExtSIOp
    x, y = (b.emit(extend(v, wide)) for v in args)  # pyright: ignore[reportArgumentType]
    product = b.emit(arith.MuliOp(x, y))
    high = b.emit(arith.ShRUIOp(product, b.number(wide, bits)))
    return b.emit(arith.TruncIOp(high, args[0].type))  # pyright: ignore[reportArgumentType]


def _mulhi_64(b: Lowering, args: s.Values, unsigned: bool) -> SSAValue:
    type_ = args[0].type
    shift, mask = b.number(type_, 32), b.number(type_, 0xFFFFFFFF)

    def do(op: Any, p: SSAValue, q: SSAValue) -> SSAValue:
        return b.emit(op(p, q))

    x, y = args
    x_low, y_low = do(arith.AndIOp, x, mask), do(arith.AndIOp, y, mask)
    x_high, y_high = do(arith.ShRUIOp, x, shift), do(arith.ShRUIOp, y, shift)
    cross = do(arith.MuliOp, x_low, y_high)
    middle = do(arith.ShRUIOp, do(arith.MuliOp, x_low, y_low), shift)
    middle = do(arith.AddiOp, middle, do(arith.AndIOp, cross, mask))
    middle = do(arith.AddiOp, middle, do(arith.MuliOp, x_high, y_low))
    high = do(arith.AddiOp, do(arith.MuliOp, x_high, y_high), do(arith.ShRUIOp, cross, shift))
    high = do(arith.AddiOp, high, do(arith.ShRUIOp, middle, shift))
    if not unsigned:
        sign = b.number(type_, 63)
        for p, q in ((x, y), (y, x)):
            high = do(arith.SubiOp, high, do(arith.AndIOp, do(arith.ShRSIOp, p, sign), q))
    return high


# NumPy definitions


def _mulhi(bits: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return ((a.astype(object) * b.astype(object)) >> bits).astype(a.dtype)


def evaluate_next_after(op: Any, args: Arrays, run: Run) -> Arrays:
    x, y = args
    with np.errstate(all="ignore"):
        value = np.where(x == y, y, np.nextafter(x, y))
    return [value.astype(result_dtype(op), copy=False)]


UNARY: tuple[tuple[str, Callable[..., Any], Scalar], ...] = (
    ("acos", _f64(np.arccos), s.function(mlir_math.AcosOp)),
    ("acosh", _f64(np.arccosh), s.function(mlir_math.AcoshOp)),
    ("asin", _f64(np.arcsin), s.function(mlir_math.AsinOp)),
    ("asinh", _f64(np.arcsinh), s.function(mlir_math.AsinhOp)),
    ("atan", _f64(np.arctan), s.function(mlir_math.AtanOp)),
    ("atanh", _f64(np.arctanh), s.function(mlir_math.AtanhOp)),
    ("bessel_i1e", special_functions.bessel_i1e, _ext("bessel_i1e")),
    ("cosh", _f64(np.cosh), s.function(mlir_math.CoshOp)),
    ("digamma", special_functions.digamma, _ext("digamma")),
    ("erf", special_functions.erf, s.function(mlir_math.ErfOp)),
    ("erf_inv", special_functions.erf_inv, _ext("erf_inv")),
    ("erfc", special_functions.erfc, _ext("erfc")),
    ("lgamma", special_functions.lgamma, _ext("lgamma")),
    ("sinh", _f64(np.sinh), s.function(mlir_math.SinhOp)),
    ("tan", _f64(np.tan), s.function(mlir_math.TanOp)),
)
"""Name, NumPy definition, scalar lowering."""

BINARY: tuple[tuple[str, Any, Scalar], ...] = (
    ("mulhi", n.OfBits(_mulhi), mulhi),
    ("polygamma", special_functions.polygamma, _ext("polygamma")),
    ("zeta", special_functions.zeta, _ext("zeta")),
)
"""Name, NumPy definition, scalar lowering."""

Formula = Callable[[Decomposer, SSAValue], SSAValue]


def _is_infinity(value: float) -> Formula:
    def formula(d: Decomposer, x: SSAValue) -> SSAValue:
        if np.isinf(np.float64(value).astype(dtype_of(element_type(x)))):
            return d.compare(x, d.number(x, value))
        return d.compare(d.make("abs", x), d.number(x, 0.0), "LT")  # the type has no infinities

    return formula


def _is_inf(d: Decomposer, x: SSAValue) -> SSAValue:
    return _is_infinity(float("inf"))(d, d.make("abs", x))


def _conj(d: Decomposer, x: SSAValue) -> SSAValue:
    element = element_type(x)
    if not isinstance(element, ComplexType):
        return x
    assert isinstance(x.type, TensorType)
    half = TensorType(element.element_type, list(x.type.get_shape()))
    real, imag = d.make("real", x, type_=half), d.make("imag", x, type_=half)
    return d.make("complex", real, d.make("negate", imag), type_=x.type)


FORMULAS: tuple[tuple[str, Callable[..., Any], Formula], ...] = (
    ("conj", np.conj, _conj),
    ("is_inf", np.isinf, _is_inf),
    ("is_neg_inf", np.isneginf, _is_infinity(float("-inf"))),
    ("is_pos_inf", np.isposinf, _is_infinity(float("inf"))),
    ("square", np.square, lambda d, x: d.make("multiply", x, x)),
)
"""Name, NumPy definition, formula in StableHLO."""


@irdl_op_definition
class NextAfterOp(ChloBinaryOp):
    """The neighbour of a number in the direction of another one, as C's nextafter."""

    name = "chlo.next_after"


@irdl_op_definition
class ConstantOp(PrettyOp):
    """A literal tensor."""

    name = "chlo.constant"
    value = prop_def(Attribute)
    output = result_def(TensorType)

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> ConstantOp:
        from iree_explore.stablehlo.ops import shaping

        literal = shaping.ConstantOp.parse(parser)
        return cls.create(
            result_types=[literal.output.type],
            properties={"value": literal.value},
            attributes=literal.attributes,
        )


@irdl_op_definition
class ConstantLikeOp(PrettyOp):
    """A number in the shape of the operand."""

    name = "chlo.constant_like"
    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    value = prop_def(Attribute)
    result = result_def(TensorType)


def evaluate_constant(op: Any, args: Arrays, run: Run) -> Arrays:
    from iree_explore.elements import to_numpy

    return [to_numpy(op.value)]


def evaluate_constant_like(op: Any, args: Arrays, run: Run) -> Arrays:
    return [np.full(args[0].shape, op.value.value.data, result_dtype(op))]


def decompose_constant_like(op: Any, d: Decomposer) -> list[SSAValue]:
    return [d.number(op.operands[0], op.value.value.data)]


def _formula_row(name: str, function: Callable[..., Any], formula: Formula) -> OpRow:
    row = e.elementwise_row("chlo", name, ChloUnaryOp, function, s.negate)

    def decompose(op: Any, d: Decomposer) -> list[SSAValue]:
        return [formula(d, op.operands[0])]

    return OpRow(row.op, row.infer, row.evaluate, decompose=decompose)


_KERNEL = z.either(z.asin_acos_kernel, z.asin_acos_kernel)

ROWS: tuple[OpRow, ...] = (
    *(e.elementwise_row("chlo", name, ChloUnaryOp, f, scalar) for name, f, scalar in UNARY),
    *(e.elementwise_row("chlo", name, ChloBinaryOp, f, scalar) for name, f, scalar in BINARY),
    *(_formula_row(*row) for row in FORMULAS),
    OpRow(
        NextAfterOp, same_shape, evaluate_next_after, e.lower_elementwise(next_after), next_after
    ),
    e.elementwise_row("chlo", "_asin_acos_kernel", ChloUnaryOp, _KERNEL, None),
    OpRow(
        ConstantOp,
        lambda op: [op.output.type.get_shape()],
        evaluate_constant,
        decompose=lambda op, d: [d.literal(op.value)],
    ),
    OpRow(ConstantLikeOp, same_shape, evaluate_constant_like, decompose=decompose_constant_like),
)
