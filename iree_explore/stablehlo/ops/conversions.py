# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that change element types or their precision: convert, bitcast_convert, reduce_precision.

What they compute is in numbers.py and scalars.py. A bitcast between widths splits or joins the bits
of integers along the last dimension.
Spec: https://openxla.org/stablehlo/spec#ops
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import ComplexType, IntegerAttr, IntegerType, TensorType
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements
from iree_explore.stablehlo.base import (
    Gap,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    create,
    element_type,
    parse_operands,
    parse_signature,
    print_signature,
    result_dtype,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.lowering import Dim, Lowering, dims_map, identity, signless
from iree_explore.stablehlo.ops import numbers as n
from iree_explore.stablehlo.ops import scalars as s
from iree_explore.stablehlo.ops.elementwise import lower_elementwise

Arrays = list[np.ndarray]


@irdl_op_definition
class ConvertOp(PrettyOp):
    """Converts elements; float to integer saturates and NaN becomes 0.

    Spec: https://openxla.org/stablehlo/spec#convert
    """

    name = "stablehlo.convert"
    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    result = result_def(TensorType)


def evaluate_convert(op: ConvertOp, args: Arrays, run: Run) -> Arrays:
    with np.errstate(all="ignore"):
        return [n.convert(args[0], result_dtype(op))]


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
    return elements.bits_of(elements.dtype_of(type_))


def infer_bitcast(op: BitcastConvertOp) -> Sequence[Shape]:
    before, after = _bits(element_type(op.operand)), _bits(element_type(op.result))
    shape = shape_of(op.operand)
    if before == after:
        return [shape]
    return [(*shape, before // after) if before > after else shape[:-1]]


def evaluate_bitcast(op: BitcastConvertOp, args: Arrays, run: Run) -> Arrays:
    return [n.bitcast(args[0], result_dtype(op))]


def lower_bitcast(op: BitcastConvertOp, b: Lowering) -> Sequence[SSAValue]:
    source, target = b.element_types(op)[0], element_type(op.result)
    before, after = _bits(source), _bits(target)
    if before == after:
        return lower_elementwise(s.bitcast)(op, b)
    dims = b.dims(op.operand)
    if before > after:
        dims = b.typed_dims(op.result.type, [*dims, before // after])
        return _split(op.operand, dims, source, target, b)
    return _join(op.operand, b.typed_dims(op.result.type, dims[:-1]), source, target, b)


def _split(
    x: SSAValue, dims: Sequence[Dim], source: Attribute, target: Attribute, b: Lowering
) -> Sequence[SSAValue]:
    """Each element becomes a row of its parts, the lowest bits first."""
    rank, width = len(dims), _bits(target)
    whole, part = IntegerType(_bits(source)), IntegerType(width)

    def body(args: Sequence[SSAValue]) -> SSAValue:
        bits = s.bitcast(b, None, [args[0]], [source], whole)
        index = b.cast(b.build(IndexOp(rank - 1)), whole)
        amount = b.emit(arith.MuliOp(index, b.number(whole, width)))
        value = b.emit(arith.TruncIOp(b.emit(arith.ShRUIOp(bits, amount)), part))
        return s.bitcast(b, None, [value], [part], target)

    maps = [dims_map(rank, range(rank - 1)), identity(rank)]
    return b.generic([x], maps, [b.empty(dims, target)], body)


def _join(
    x: SSAValue, dims: Sequence[Dim], source: Attribute, target: Attribute, b: Lowering
) -> Sequence[SSAValue]:
    """Rows become elements: their parts, shifted into place, or-ed together."""
    rank, width = len(dims), _bits(source)
    part, whole = IntegerType(width), IntegerType(_bits(target))

    def body(args: Sequence[SSAValue]) -> SSAValue:
        bits = b.emit(arith.ExtUIOp(s.bitcast(b, None, [args[0]], [source], part), whole))
        index = b.cast(b.build(IndexOp(rank)), whole)
        amount = b.emit(arith.MuliOp(index, b.number(whole, width)))
        return b.emit(arith.OrIOp(args[1], b.emit(arith.ShLIOp(bits, amount))))

    maps = [identity(rank + 1), dims_map(rank + 1, range(rank))]
    joined = b.generic([x], maps, [b.zeros(dims, whole)], body, reductions=[rank])
    if signless(target) == whole:
        return joined

    def as_target(args: Sequence[SSAValue]) -> SSAValue:
        return s.bitcast(b, None, [args[0]], [whole], target)

    return b.generic(joined, [identity(rank)] * 2, [b.empty(dims, target)], as_target)


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
    exponent, mantissa = op.exponent_bits.value.data, op.mantissa_bits.value.data
    return [n.reduce_precision(args[0], exponent, mantissa)]


def _splits_six_bits(op: BitcastConvertOp) -> bool:
    types = (element_type(op.operand), element_type(op.result))
    widths = {_bits(t) for t in types if not isinstance(t, ComplexType)}
    return len(widths) > 1 and 6 in widths


ROWS: tuple[OpRow, ...] = (
    OpRow(ConvertOp, same_shape, evaluate_convert, lower_elementwise(s.convert), s.convert),
    OpRow(
        BitcastConvertOp, infer_bitcast, evaluate_bitcast, lower_bitcast, s.bitcast,
        (Gap("there are no integers of 6 bits to split or join", _splits_six_bits),),
    ),
    OpRow(ReducePrecisionOp, same_shape, evaluate_reduce_precision,
          lower_elementwise(s.reduce_precision), s.reduce_precision),
)  # fmt: skip
