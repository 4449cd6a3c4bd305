# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `spirv` dialect: an op class for each row of the table, and the ops of `ops.py`.

`ROW_OPS["FAdd"]` is the class of `spirv.FAdd`, printed `spirv.FAdd %a, %b : f32`; `make` builds an
op of a row, its result's type inferred where the row says so. Ops with attributes or optional
operands print in MLIR's generic form. Names follow MLIR's SPIR-V dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    FunctionType,
    IntegerAttr,
    i1,
    i32,
)
from xdsl.ir import Attribute, Dialect, Operation, SSAValue
from xdsl.irdl import (
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from iree_explore.dialect_op import DialectOp
from iree_explore.targets.spirv.enums import MEMORY_ACCESS
from iree_explore.targets.spirv.ops import OPS
from iree_explore.targets.spirv.row import Operand, Row
from iree_explore.targets.spirv.rules import CLASSES, RULES, Problems
from iree_explore.targets.spirv.table import TABLE
from iree_explore.targets.spirv.types import (
    ATTRIBUTES,
    ENUM_ATTRS,
    PointerType,
    element_of,
    enum_attr,
    like,
    signless,
)


class RowOp(DialectOp):
    """An op of a row of the table: the row is its definition and its verifier."""

    ROW: ClassVar[Row]

    @property
    def row(self) -> Row:
        return self.ROW

    def verify_(self) -> None:
        found = list(problems(self))
        if found:
            raise VerifyException("; ".join(found))


def problems(op: RowOp) -> Problems:
    """What is wrong with an op of a row; nothing, if it follows the specification."""
    kinds = [operand for operand in op.row.parsed if operand.is_value]
    wrong = False
    for index, value in enumerate(op.operands):
        operand = kinds[min(index, len(kinds) - 1)]
        words, fits = CLASSES[operand.kind]
        if not fits(value.type):
            wrong = True
            yield f"{operand.name} is {words}, not {value.type}"
    if op.row.result and not wrong:
        wanted, given = inferred(op.row, op.operands), op.results[0].type
        words, fits = CLASSES.get(op.row.result, CLASSES["any"])
        if not fits(given):
            wrong = True
            yield f"the result is {words}, not {given}"
        elif wanted is not None and signless(wanted) != signless(given):
            yield f"the result is {wanted}, not {given}"
    if not wrong:  # rules rely on the classes
        for name in op.row.rules:
            yield from RULES[name](op)


def inferred(row: Row, operands: Sequence[SSAValue]) -> Attribute | None:
    """The result's type that a row and its operands make; None where it has to be given."""
    rule, _, name = row.result.partition("=")
    if not name:
        return i1 if row.result == "bscalar" else None
    values = [operand.name for operand in row.parsed if operand.is_value]
    type_ = operands[values.index(name)].type
    if rule == "bool":
        return like(type_, i1)
    if rule == "element":
        return element_of(type_)
    if rule == "pointee":
        return type_.pointee if isinstance(type_, PointerType) else None
    return type_


def _attribute(operand: Operand, given: Any) -> Attribute:
    if isinstance(given, Attribute):
        return given
    if operand.kind == "literal":
        return IntegerAttr(given, i32)
    if operand.kind == "literals":
        return ArrayAttr([IntegerAttr(item, i32) for item in given])
    return enum_attr(operand.kind, given)


def make(
    name: str, *operands: SSAValue | Operation, result: Attribute | None = None, **attributes: Any
) -> RowOp:
    """`spirv.name` of these operands (in order, without those that are missing). `result` is the
    type of its result where the row does not say; attributes are given as attributes, names of an
    enumeration, or integers."""
    cls = ROW_OPS[name]
    values = [SSAValue.get(operand) for operand in operands]
    kinds = [operand for operand in cls.ROW.parsed if operand.is_value]
    if kinds and kinds[-1].mode:
        fixed = len(kinds) - 1
        arguments: list[Any] = [*values[:fixed], values[fixed:]]
    else:
        arguments = list(values)
    known = {operand.name: operand for operand in cls.ROW.parsed}
    properties: dict[str, Attribute] = {}
    for key, given in attributes.items():
        if key == "alignment":
            properties[key] = IntegerAttr(given, i32) if isinstance(given, int) else given
        else:
            properties[key] = _attribute(known[key], given)
    type_ = result or inferred(cls.ROW, values)
    return cls.build(
        operands=arguments, result_types=[type_] if cls.ROW.result else [], properties=properties
    )


def print_row(op: RowOp, printer: Printer) -> None:
    """`spirv.FAdd %a, %b : f32`; where types differ, `: (f32, i32) -> f32`."""
    types = [value.type for value in (*op.operands, *op.results)]
    if op.operands:
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_ssa_value)
    if op.attributes:
        printer.print_string(" ")
        printer.print_attr_dict(op.attributes)
    if types and len(set(types)) == 1:
        printer.print_string(" : ")
        printer.print_attribute(types[0])
    elif types:
        inputs = [value.type for value in op.operands]
        printer.print_string(" : ")
        printer.print_attribute(FunctionType.from_lists(inputs, list(op.result_types)))


def parse_row(cls: type[RowOp], parser: Parser) -> RowOp:
    """What `print_row` prints."""
    count = len(cls.ROW.parsed)
    names: list[UnresolvedOperand] = []
    for index in range(count):
        if index:
            parser.parse_punctuation(",")
        names.append(parser.parse_unresolved_operand())
    position = parser.pos
    attributes = parser.parse_optional_attr_dict()
    inputs: list[Attribute] = []
    outputs: list[Attribute] = []
    if parser.parse_optional_punctuation(":"):
        type_ = parser.parse_type()
        if isinstance(type_, FunctionType):
            inputs, outputs = list(type_.inputs), list(type_.outputs)
        else:
            inputs, outputs = [type_] * count, [type_] if cls.ROW.result else []
    operands = parser.resolve_operands(names, inputs, position)
    return cls.build(operands=operands, result_types=outputs, attributes=attributes)


def _define(row: Row) -> type[RowOp]:
    fields: dict[str, Any] = {
        "__doc__": f"`spirv.{row.name}`: {row.format.name} ({row.opcode}).",
        "__module__": __name__,
        "name": f"spirv.{row.name}",
        "irdl_options": (ParsePropInAttrDict(),),
    }
    for operand in row.parsed:
        optional = operand.mode == "?"
        if operand.is_value:
            definition = {"": operand_def, "?": opt_operand_def, "*": var_operand_def}
            fields[_python(operand.name)] = definition[operand.mode]()
        else:
            cls = {"literal": IntegerAttr, "literals": ArrayAttr}.get(operand.kind)
            attr = cls or ENUM_ATTRS[operand.kind]
            name = _python(operand.name)
            fields[name] = (opt_prop_def if optional else prop_def)(attr, prop_name=operand.name)
            if operand.kind == MEMORY_ACCESS.name:
                fields["alignment"] = opt_prop_def(IntegerAttr)
    if row.result:
        fields["result"] = result_def()
    if all(operand.is_value and not operand.mode for operand in row.parsed):
        fields["print"] = print_row
        fields["parse"] = classmethod(parse_row)
    traits = [IsTerminator()] if row.terminator else [Pure()] if row.pure else []
    fields["traits"] = traits_def(*traits)
    cls = irdl_op_definition(type(row.name.replace(".", "") + "Op", (RowOp,), fields))
    cls.ROW = row
    return cls


def _python(name: str) -> str:
    return f"{name}_" if name in ("ptr", "id") else name


ROW_OPS: dict[str, type[RowOp]] = {name: _define(row) for name, row in TABLE.items()}
"""The op class of each row."""

Spirv = Dialect("spirv", [*OPS, *ROW_OPS.values()], ATTRIBUTES)
