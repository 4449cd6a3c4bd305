# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The part of the `ml_program` dialect that imported modules use: globals, loads and stores.

A global's initial value is `#ml_program.extern : type` when it lives in `ctx.parameters` (scope
"model", key = symbol name); small ones may have it inline. xDSL's own dialect of this name has
neither loads, stores nor `extern`. The `input` phase turns all of it into `util.global`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.dialects.builtin import (
    ModuleOp,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from iree_explore.dialect_op import DialectOp


@irdl_attr_definition
class ExternAttr(ParametrizedAttribute):
    """`#ml_program.extern : tensor<4xf32>`: the value is kept outside of the module."""

    name = "ml_program.extern"
    type: TypeAttribute = param_def()

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(" : ")
        printer.print_attribute(self.type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        parser.parse_punctuation(":")
        return [parser.parse_type()]


@irdl_op_definition
class GlobalOp(DialectOp):
    """A module-level variable or constant: `ml_program.global private mutable @g(value) : type`."""

    name = "ml_program.global"
    sym_name = prop_def(SymbolNameConstraint())
    type = prop_def(TypeAttribute)
    is_mutable = opt_prop_def(UnitAttr)
    value = opt_prop_def()
    sym_visibility = opt_prop_def(StringAttr)
    traits = traits_def(SymbolOpInterface())

    def __init__(
        self,
        sym_name: str,
        type: Attribute,
        value: Attribute | None = None,
        *,
        mutable: bool = False,
        visibility: str = "private",
    ) -> None:
        super().__init__(
            properties={
                "sym_name": StringAttr(sym_name),
                "type": type,
                "is_mutable": UnitAttr() if mutable else None,
                "value": value,
                "sym_visibility": StringAttr(visibility),
            }
        )

    def verify_(self) -> None:
        if self.value is None and self.is_mutable is None:
            raise VerifyException(f"immutable global @{self.sym_name.data} needs a value")
        if isinstance(self.value, ExternAttr) and self.value.type != self.type:
            raise VerifyException(
                f"global @{self.sym_name.data} : {self.type} has a value of type {self.value.type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        if self.sym_visibility is not None:
            printer.print_string(self.sym_visibility.data + " ")
        if self.is_mutable is not None:
            printer.print_string("mutable ")
        printer.print_symbol_name(self.sym_name.data)
        if self.value is not None:
            printer.print_string("(")
            printer.print_attribute(self.value)
            printer.print_string(")")
        printer.print_string(" : ")
        printer.print_attribute(self.type)
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        visibility = parser.parse_optional_visibility_keyword()
        mutable = parser.parse_optional_keyword("mutable") is not None
        name = parser.parse_symbol_name().data
        value = None
        if parser.parse_optional_punctuation("("):
            value = parser.parse_attribute()
            parser.parse_punctuation(")")
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        attributes = parser.parse_optional_attr_dict()
        op = cls(name, type_, value, mutable=mutable)
        if visibility is None:
            del op.properties["sym_visibility"]
        else:
            op.properties["sym_visibility"] = visibility
        op.attributes |= attributes
        return op


def _check(op: IRDLOperation, name: SymbolRefAttr, type_: Attribute, *, writes: bool) -> None:
    text = name.root_reference.data
    symbol = _global(op, text)
    if symbol is None:
        raise VerifyException(f"@{text} is not an ml_program.global")
    if symbol.type != type_ and not _refines(type_, symbol.type):
        raise VerifyException(f"@{text} is a {symbol.type}, not a {type_}")
    if writes and symbol.is_mutable is None:
        raise VerifyException(f"@{text} is stored to but not mutable")


def _global(op: Operation, name: str) -> GlobalOp | None:
    """The global in the nearest module; a plain loop, many times faster than a symbol lookup."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, ModuleOp):
        parent = parent.parent_op()
    if parent is None:
        return None
    other = parent.body.block.first_op
    while other is not None:
        if type(other) is GlobalOp and other.properties["sym_name"].data == name:  # pyright: ignore
            return other
        other = other._next_op  # pyright: ignore[reportPrivateUsage]
    return None


def _refines(type_: Attribute, declared: Attribute) -> bool:
    if not isinstance(type_, TensorType) or not isinstance(declared, TensorType):
        return False
    left, right = type_.get_shape(), declared.get_shape()
    return (
        type_.element_type == declared.element_type
        and len(left) == len(right)
        and all(a == b or -1 in (a, b) for a, b in zip(left, right, strict=True))
    )


@irdl_op_definition
class GlobalLoadOp(IRDLOperation):
    """Reads a global: `%0 = ml_program.global_load @g : tensor<4xf32>`."""

    name = "ml_program.global_load"
    global_name = prop_def(SymbolRefAttr, prop_name="global")
    result = result_def()
    assembly_format = "$global attr-dict `:` type($result)"

    def __init__(self, name: str, type: Attribute) -> None:
        super().__init__(properties={"global": SymbolRefAttr(name)}, result_types=[type])

    def verify_(self) -> None:
        _check(self, self.global_name, self.result.type, writes=False)


@irdl_op_definition
class GlobalLoadConstOp(IRDLOperation):
    """Reads an immutable global: `%0 = ml_program.global_load_const @g : tensor<4xf32>`."""

    name = "ml_program.global_load_const"
    global_name = prop_def(SymbolRefAttr, prop_name="global")
    result = result_def()
    assembly_format = "$global attr-dict `:` type($result)"

    def verify_(self) -> None:
        _check(self, self.global_name, self.result.type, writes=False)


@irdl_op_definition
class GlobalStoreOp(IRDLOperation):
    """Writes a mutable global: `ml_program.global_store @g = %0 : tensor<4xf32>`."""

    name = "ml_program.global_store"
    global_name = prop_def(SymbolRefAttr, prop_name="global")
    value = operand_def()
    assembly_format = "$global `=` $value attr-dict `:` type($value)"

    def __init__(self, name: str, value: SSAValue) -> None:
        super().__init__(properties={"global": SymbolRefAttr(name)}, operands=[value])

    def verify_(self) -> None:
        _check(self, self.global_name, self.value.type, writes=True)


MLProgram = Dialect(
    "ml_program", [GlobalOp, GlobalLoadOp, GlobalLoadConstOp, GlobalStoreOp], [ExternAttr]
)
