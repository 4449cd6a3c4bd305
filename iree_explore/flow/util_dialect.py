# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `util` dialect: globals, initializers, assertions and assumptions, as IREE names them.

A global without `mutable` never changes after the module's initializers ran. Weights are globals
whose initial value is a `#flow.parameter.named` attribute: a name in `ctx.parameters`, never data.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    IndexType,
    IntAttr,
    NoneAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    UnitAttr,
    i1,
)
from xdsl.ir import (
    Attribute,
    Dialect,
    ParametrizedAttribute,
    Region,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import (
    IsolatedFromAbove,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    Pure,
    SymbolOpInterface,
)

from iree_explore.dialect_op import INDEX, DialectOp, symbol


@irdl_attr_definition
class ParameterNamedAttr(ParametrizedAttribute):
    """`#flow.parameter.named<"scope"::"key"> : tensor<4xf32>`: an array in `ctx.parameters`."""

    name = "flow.parameter.named"
    scope: StringAttr = param_def()
    key: StringAttr = param_def()
    type: TypeAttribute = param_def()

    def get_type(self) -> Attribute:
        return self.type

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string_literal(self.scope.data)
            printer.print_string("::")
            printer.print_string_literal(self.key.data)
        printer.print_string(" : ")
        printer.print_attribute(self.type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            scope = parser.parse_str_literal()
            parser.parse_punctuation(":")
            parser.parse_punctuation(":")
            key = parser.parse_str_literal()
        parser.parse_punctuation(":")
        return [StringAttr(scope), StringAttr(key), parser.parse_type()]


@irdl_op_definition
class GlobalOp(DialectOp):
    """A module-level value: `util.global private mutable @n = dense<0.0> : tensor<4xf32>`.

    `initial_value` is a typed attribute (dense, a number, `#flow.parameter.named`) or absent, in
    which case an initializer stores it.
    """

    name = "util.global"
    sym_visibility = opt_prop_def(StringAttr)
    is_mutable = opt_prop_def(UnitAttr)
    sym_name = prop_def(SymbolNameConstraint())
    initial_value = opt_prop_def(Attribute)
    type = prop_def(TypeAttribute)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(SymbolOpInterface())

    def __init__(
        self,
        sym_name: str,
        type_: Attribute,
        initial_value: Attribute | None = None,
        *,
        mutable: bool = False,
        visibility: str | None = "private",
    ):
        super().__init__(
            properties={
                "sym_name": StringAttr(sym_name),
                "type": type_,
                "initial_value": initial_value,
                "is_mutable": UnitAttr() if mutable else None,
                "sym_visibility": StringAttr(visibility) if visibility else None,
            }
        )

    def print(self, printer: Printer) -> None:
        if self.sym_visibility:
            printer.print_string(f" {self.sym_visibility.data}")
        if self.is_mutable:
            printer.print_string(" mutable")
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        if self.attributes:
            printer.print_op_attributes(self.attributes, print_keyword=True)
        if self.initial_value is not None:
            printer.print_string(" = ")
            printer.print_attribute(self.initial_value)
        else:
            printer.print_string(" : ")
            printer.print_attribute(self.type)

    @classmethod
    def parse(cls, parser: Parser) -> GlobalOp:
        visibility = next(
            (v for v in ("private", "public", "nested") if parser.parse_optional_keyword(v)), None
        )
        mutable = parser.parse_optional_keyword("mutable") is not None
        name = parser.parse_symbol_name()
        attributes = parser.parse_optional_attr_dict_with_keyword()
        initial = None
        if parser.parse_optional_punctuation("="):
            initial = parser.parse_attribute()
            if not hasattr(initial, "get_type"):
                parser.raise_error("the initial value of a global needs a type")
            type_ = initial.get_type()  # pyright: ignore[reportAttributeAccessIssue]
        else:
            parser.parse_punctuation(":")
            type_ = parser.parse_type()
        op = cls(name.data, type_, initial, mutable=mutable, visibility=visibility)
        if attributes:
            op.attributes.update(attributes.data)
        return op


UPDATED = "stream.updated"
"""Attribute of a global whose memory calls update in place: nobody else may hold it."""


@irdl_op_definition
class GlobalLoadOp(DialectOp):
    """The value of a global."""

    name = "util.global.load"
    global_ = prop_def(SymbolRefAttr, prop_name="global")
    result = result_def()
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryReadEffect())
    assembly_format = "$global attr-dict `:` type($result)"

    def __init__(self, name: str, type_: Attribute):
        super().__init__(properties={"global": symbol(name)}, result_types=[type_])


@irdl_op_definition
class GlobalStoreOp(DialectOp):
    """Sets a mutable global."""

    name = "util.global.store"
    value = operand_def()
    global_ = prop_def(SymbolRefAttr, prop_name="global")
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryWriteEffect())
    assembly_format = "$value `,` $global attr-dict `:` type($value)"

    def __init__(self, value: SSAValue, name: str):
        super().__init__(operands=[value], properties={"global": symbol(name)})


@irdl_op_definition
class InitializerOp(DialectOp):
    """Code that runs once when the module is loaded, in module order; ends with `util.return`."""

    name = "util.initializer"
    body = region_def()
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(IsolatedFromAbove())
    assembly_format = "attr-dict-with-keyword $body"

    def __init__(self, body: Region):
        super().__init__(regions=[body])


@irdl_op_definition
class AssertOp(DialectOp):
    """Fails the call with IX307 unless `condition` holds; `{0}` in the message is the first value.

    The condition is a host scalar: `util.assert %ok, "size {0} is odd"(%n) : i64`. Values may be
    views of tensors; the attribute `types` then has their element types in the source.
    """

    name = "util.assert"
    condition = operand_def(i1)
    values = var_operand_def()
    message = prop_def(StringAttr)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryWriteEffect())
    assembly_format = "$condition `,` $message (`(` $values^ `)` `:` type($values))? attr-dict"

    def __init__(self, condition: SSAValue, message: str, values: Sequence[SSAValue] = ()):
        super().__init__(operands=[condition, values], properties={"message": StringAttr(message)})


@irdl_attr_definition
class IntAssumptionAttr(ParametrizedAttribute):
    """`#util.int.assumption<umin = 0, umax = 31, udiv = 4>`: what holds of an integer; what is not
    known is left out."""

    name = "util.int.assumption"
    umin: IntAttr | NoneAttr = param_def()
    umax: IntAttr | NoneAttr = param_def()
    udiv: IntAttr | NoneAttr = param_def()

    @staticmethod
    def of(
        umin: int | None = None, umax: int | None = None, udiv: int | None = None
    ) -> IntAssumptionAttr:
        """The attribute of numbers."""
        facts = (umin, umax, udiv)
        return IntAssumptionAttr(*(NoneAttr() if n is None else IntAttr(n) for n in facts))

    @property
    def most(self) -> int | None:
        """The largest value, if one is known."""
        return self.umax.data if isinstance(self.umax, IntAttr) else None

    @property
    def divisor(self) -> int:
        """The largest number that is known to divide it."""
        return self.udiv.data if isinstance(self.udiv, IntAttr) else 1

    def print_parameters(self, printer: Printer) -> None:
        facts = zip(("umin", "umax", "udiv"), (self.umin, self.umax, self.udiv), strict=True)
        known = [f"{name} = {n.data}" for name, n in facts if isinstance(n, IntAttr)]
        with printer.in_angle_brackets():
            printer.print_string(", ".join(known))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        found: dict[str, Attribute] = dict.fromkeys(("umin", "umax", "udiv"), NoneAttr())

        def fact() -> None:
            name = parser.parse_identifier()
            if name not in found:
                parser.raise_error("one of umin, umax and udiv")
            parser.parse_punctuation("=")
            found[name] = IntAttr(parser.parse_integer(allow_negative=False))

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, fact)
        return list(found.values())


@irdl_op_definition
class AssumeIntOp(DialectOp):
    """An index, of which something is known: `util.assume.int %n <umin = 0, umax = 31> : index`.

    Whoever makes it has seen to it that it holds.
    """

    name = "util.assume.int"
    value = operand_def(IndexType())
    assumption = prop_def(IntAssumptionAttr)
    result = result_def(IndexType())
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure())
    assembly_format = "$value $assumption attr-dict `:` type($result)"

    def __init__(self, value: SSAValue, assumption: IntAssumptionAttr):
        super().__init__(
            operands=[value], properties={"assumption": assumption}, result_types=[INDEX]
        )


@irdl_op_definition
class ReturnOp(DialectOp):
    """Ends an initializer."""

    name = "util.return"
    values = var_operand_def()
    traits = traits_def(IsTerminator())
    assembly_format = "($values^ `:` type($values))? attr-dict"

    def __init__(self, *values: SSAValue):
        super().__init__(operands=[values])


Util = Dialect(
    "util",
    [GlobalOp, GlobalLoadOp, GlobalStoreOp, InitializerOp, AssertOp, AssumeIntOp, ReturnOp],
    [IntAssumptionAttr],
)
