# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `shape` dialect ops that TensorFlow's bridge emits: sizes as extent tensors and
`!shape.shape`.

`input-lower-shape` turns all of them into `tensor` and `arith`. A witness (`cstr_*`) is always
passing here: what a broadcast of unequal sizes would read is kept inside its operand when it is
lowered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerType,
    TensorType,
)
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure

from iree_explore import elements as dense
from iree_explore.stablehlo.attrs import int_list, print_int_list

INDEX = IndexType()


@irdl_attr_definition
class ShapeType(ParametrizedAttribute, TypeAttribute):
    """`!shape.shape`: the sizes of a tensor of any rank."""

    name = "shape.shape"


@irdl_attr_definition
class SizeType(ParametrizedAttribute, TypeAttribute):
    """`!shape.size`: one size."""

    name = "shape.size"


@irdl_attr_definition
class WitnessType(ParametrizedAttribute, TypeAttribute):
    """`!shape.witness`: says that a constraint holds."""

    name = "shape.witness"


class ArrowOp(IRDLOperation):
    """Syntax `name %a, %b : type, type -> type`; `DEFAULT` ops write no result type."""

    DEFAULT: ClassVar[TypeAttribute | None] = None

    def print(self, printer: Printer) -> None:
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list([v.type for v in self.operands], printer.print_attribute)
        if self.DEFAULT is None:
            printer.print_string(" -> ")
            printer.print_list([v.type for v in self.results], printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> ArrowOp:
        position = parser.pos
        none = parser.Delimiter.NONE
        operands = parser.parse_comma_separated_list(none, parser.parse_unresolved_operand)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(none, parser.parse_type)
        results: Sequence[Attribute] = [cls.DEFAULT] if cls.DEFAULT else []
        if cls.DEFAULT is None:
            parser.parse_punctuation("->")
            results = parser.parse_comma_separated_list(none, parser.parse_type)
        values = parser.resolve_operands(operands, types, position)
        return cls.create(operands=values, result_types=results, attributes=attributes)


@irdl_op_definition
class ShapeOfOp(ArrowOp):
    """The sizes of a tensor."""

    name = "shape.shape_of"
    arg = operand_def(TensorType)
    result = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class ConstShapeOp(IRDLOperation):
    """Sizes as literals: `shape.const_shape [1, 2] : tensor<2xindex>`."""

    name = "shape.const_shape"
    shape = prop_def(DenseIntOrFPElementsAttr)
    result = result_def()
    traits = traits_def(Pure())

    def sizes(self) -> list[int]:
        return [int(x) for x in dense.to_numpy(self.shape)]

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        print_int_list(printer, self.sizes())
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> ConstShapeOp:
        attributes = parser.parse_optional_attr_dict()
        sizes = int_list(parser)
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        value = dense.from_numpy(np.array(sizes, np.int64), INDEX)
        return cls.create(properties={"shape": value}, result_types=[type_], attributes=attributes)


@irdl_op_definition
class BroadcastOp(ArrowOp):
    """The sizes that shapes broadcast to."""

    name = "shape.broadcast"
    shapes = var_operand_def()
    error = opt_prop_def(Attribute)
    result = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class CstrBroadcastableOp(ArrowOp):
    """A witness that shapes broadcast."""

    name = "shape.cstr_broadcastable"
    DEFAULT: ClassVar[TypeAttribute | None] = WitnessType()
    shapes = var_operand_def()
    result = result_def(WitnessType)


@irdl_op_definition
class CstrEqOp(ArrowOp):
    """A witness that shapes are equal."""

    name = "shape.cstr_eq"
    DEFAULT: ClassVar[TypeAttribute | None] = WitnessType()
    shapes = var_operand_def()
    result = result_def(WitnessType)


@irdl_op_definition
class CstrRequireOp(IRDLOperation):
    """A witness that a flag is true."""

    name = "shape.cstr_require"
    pred = operand_def(IntegerType(1))
    msg = prop_def(Attribute)
    result = result_def(WitnessType)
    assembly_format = "$pred `,` $msg attr-dict"


@irdl_op_definition
class ConstWitnessOp(IRDLOperation):
    """A witness known in advance."""

    name = "shape.const_witness"
    passing = prop_def(Attribute)
    result = result_def(WitnessType)


@irdl_op_definition
class AssumingAllOp(IRDLOperation):
    """The witness of all its operands."""

    name = "shape.assuming_all"
    inputs = var_operand_def(WitnessType)
    result = result_def(WitnessType)
    assembly_format = "$inputs attr-dict"


@irdl_op_definition
class AssumingOp(IRDLOperation):
    """A region that may rely on a witness."""

    name = "shape.assuming"
    witness = operand_def(WitnessType)
    results_ = var_result_def()
    body = region_def("single_block")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.witness)
        if self.results:
            printer.print_string(" -> (")
            printer.print_list([v.type for v in self.results], printer.print_attribute)
            printer.print_string(")")
        printer.print_string(" ")
        printer.print_region(self.body)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> AssumingOp:
        witness = parser.resolve_operand(parser.parse_unresolved_operand(), WitnessType())
        types: Sequence[Attribute] = []
        if parser.parse_optional_punctuation("->"):
            types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        region = parser.parse_region()
        return cls.create(
            operands=[witness], result_types=types, regions=[region],
            attributes=parser.parse_optional_attr_dict(),
        )  # fmt: skip


@irdl_op_definition
class AssumingYieldOp(IRDLOperation):
    """Ends `shape.assuming`."""

    name = "shape.assuming_yield"
    values = var_operand_def()
    traits = traits_def(IsTerminator())
    assembly_format = "($values^ `:` type($values))? attr-dict"


@irdl_op_definition
class ToExtentTensorOp(ArrowOp):
    """A shape as a tensor of sizes."""

    name = "shape.to_extent_tensor"
    input = operand_def()
    result = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class ConcatOp(ArrowOp):
    """Two shapes one after the other."""

    name = "shape.concat"
    lhs = operand_def()
    rhs = operand_def()
    result = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class SplitAtOp(IRDLOperation):
    """A shape cut before dimension `index` (from the end if negative)."""

    name = "shape.split_at"
    operand = operand_def()
    index = operand_def()
    head = result_def()
    tail = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class NumElementsOp(ArrowOp):
    """The product of all sizes."""

    name = "shape.num_elements"
    shape = operand_def()
    result = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class GetExtentOp(ArrowOp):
    """One size of a shape."""

    name = "shape.get_extent"
    shape = operand_def()
    dim = operand_def()
    result = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class RankOp(ArrowOp):
    """How many dimensions a shape has."""

    name = "shape.rank"
    shape = operand_def()
    rank = result_def()
    traits = traits_def(Pure())


@irdl_op_definition
class FromExtentsOp(IRDLOperation):
    """A shape of given sizes."""

    name = "shape.from_extents"
    extents = var_operand_def()
    shape = result_def(ShapeType)
    traits = traits_def(Pure())
    assembly_format = "$extents attr-dict `:` type($extents)"


@irdl_op_definition
class TensorIndexCastOp(IRDLOperation):
    """`arith.index_cast` of tensors, which xDSL's own op does not take.

    On scalars its parser and `create` make xDSL's op.
    """

    name = "arith.index_cast"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    traits = traits_def(Pure())

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)
        printer.print_string(" to ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> IRDLOperation:  # pyright: ignore
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        value = parser.resolve_operand(operand, parser.parse_type())
        parser.parse_keyword("to")
        target = parser.parse_type()
        return cls.create(operands=[value], result_types=[target], attributes=attributes)

    @classmethod
    def create(cls, **fields: Any) -> IRDLOperation:  # pyright: ignore
        if isinstance(fields["result_types"][0], TensorType):  # a clone gets its operands later
            return super().create(**fields)
        return arith.IndexCastOp.create(**fields)


OPS = [
    ShapeOfOp, ConstShapeOp, BroadcastOp, CstrBroadcastableOp, CstrEqOp, CstrRequireOp,
    ConstWitnessOp, AssumingAllOp, AssumingOp, AssumingYieldOp, ToExtentTensorOp, ConcatOp,
    SplitAtOp, NumElementsOp, GetExtentOp, RankOp, FromExtentsOp,
]  # fmt: skip

Shape = Dialect("shape", OPS, [ShapeType, SizeType, WitnessType])

Arith = Dialect(
    "arith",
    [TensorIndexCastOp if op is arith.IndexCastOp else op for op in arith.Arith.operations],
    list(arith.Arith.attributes),
    [arith.ArithConstantMaterializationInterface()],
)
"""xDSL's arith with `index_cast` on tensors."""
