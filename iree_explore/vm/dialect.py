# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `vm` dialect: the host program that the runtime executes.

Registers are i32, i64, f32, f64 and references to runtime objects (`!vm.ref<!hal.buffer>`). What
the runtime provides is imported by name (`hal.*`). Scalar instructions come from the table in
`arithmetic.py`. `program.py` turns a `vm.module` into the data that `interpreter.py` runs. Names
follow IREE's VM dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    DenseArrayBase,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    UnitAttr,
    f32,
    f64,
    i32,
    i64,
)
from xdsl.ir import (
    Attribute,
    Block,
    Dialect,
    Operation,
    ParametrizedAttribute,
    Region,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    region_def,
    result_def,
    successor_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    IsolatedFromAbove,
    IsTerminator,
    NoTerminator,
    Pure,
    SymbolOpInterface,
    SymbolTable,
)

from iree_explore.dialect_op import DialectOp, integers, string, symbol
from iree_explore.vm.arithmetic import INSTRUCTIONS, Instruction

_PROPS = (ParsePropInAttrDict(),)
TYPES: dict[str, Attribute] = {"i32": i32, "i64": i64, "f32": f32, "f64": f64}


@irdl_attr_definition
class RefType(ParametrizedAttribute, TypeAttribute):
    """`!vm.ref<!hal.buffer>`: a reference to an object of the runtime."""

    name = "vm.ref"
    object_type: Attribute = param_def()


@irdl_attr_definition
class BufferType(ParametrizedAttribute, TypeAttribute):
    """`!vm.buffer`: bytes of the program itself, such as a name."""

    name = "vm.buffer"


_TEXT = RefType(BufferType())


@irdl_op_definition
class ModuleOp(DialectOp):
    """A host program: globals, imports, functions and exports."""

    name = "vm.module"
    sym_name = prop_def(SymbolNameConstraint())
    body = region_def("single_block")
    irdl_options = _PROPS
    traits = traits_def(NoTerminator(), SymbolOpInterface(), SymbolTable())
    assembly_format = "$sym_name attr-dict-with-keyword $body"


@irdl_op_definition
class ImportOp(DialectOp):
    """A function of the runtime; `ordinal` is its place in the import table."""

    name = "vm.import"
    sym_name = prop_def(SymbolNameConstraint())
    ordinal = opt_prop_def(IntegerAttr)
    irdl_options = _PROPS
    traits = traits_def(SymbolOpInterface())
    assembly_format = "$sym_name attr-dict-with-keyword"

    def __init__(self, name: str):
        super().__init__(properties={"sym_name": string(name)})


@irdl_op_definition
class ExportOp(DialectOp):
    """Makes a function callable by name; `declaration`, argument and result names and types say how
    (what `iree.abi.*` said)."""

    name = "vm.export"
    function_ref = prop_def(SymbolRefAttr)
    irdl_options = _PROPS
    assembly_format = "$function_ref attr-dict-with-keyword"

    def __init__(self, name: str):
        super().__init__(properties={"function_ref": symbol(name)})


@irdl_op_definition
class FuncOp(DialectOp):
    """A function of the program."""

    name = "vm.func"
    sym_name = prop_def(SymbolNameConstraint())
    sym_visibility = opt_prop_def(StringAttr)
    function_type = prop_def(FunctionType)
    ordinal = opt_prop_def(IntegerAttr)
    body = region_def()
    irdl_options = _PROPS
    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())
    assembly_format = "$sym_name $function_type attr-dict-with-keyword $body"

    def __init__(self, name: str, type_: FunctionType, body: Region):
        super().__init__(
            properties={
                "sym_name": string(name),
                "sym_visibility": string("private"),
                "function_type": type_,
            },
            regions=[body],
        )


@irdl_op_definition
class GlobalOp(DialectOp):
    """A register that outlives invocations: `initial_value`, or null, before the first store."""

    name = "vm.global"
    sym_name = prop_def(SymbolNameConstraint())
    type = prop_def(Attribute)
    is_mutable = opt_prop_def(UnitAttr)
    initial_value = opt_prop_def(Attribute)
    ordinal = opt_prop_def(IntegerAttr)
    irdl_options = _PROPS
    traits = traits_def(SymbolOpInterface())
    assembly_format = "$sym_name `:` $type attr-dict-with-keyword"

    def __init__(
        self, name: str, type_: Attribute, mutable: bool, initial: Attribute | None = None
    ):
        super().__init__(
            properties={
                "sym_name": string(name),
                "type": type_,
                "is_mutable": UnitAttr() if mutable else None,
                "initial_value": initial,
            }
        )


@irdl_op_definition
class GlobalLoadOp(DialectOp):
    """The value of a global."""

    name = "vm.global.load"
    global_ = prop_def(SymbolRefAttr, prop_name="global")
    result = result_def()
    irdl_options = _PROPS
    assembly_format = "$global attr-dict `:` type($result)"

    def __init__(self, name: str, type_: Attribute):
        super().__init__(properties={"global": symbol(name)}, result_types=[type_])


@irdl_op_definition
class GlobalStoreOp(DialectOp):
    """Sets a global."""

    name = "vm.global.store"
    value = operand_def()
    global_ = prop_def(SymbolRefAttr, prop_name="global")
    irdl_options = _PROPS
    assembly_format = "$value `,` $global attr-dict `:` type($value)"

    def __init__(self, value: SSAValue, name: str):
        super().__init__(operands=[value], properties={"global": symbol(name)})


@irdl_op_definition
class ConstOp(DialectOp):
    """A number."""

    name = "vm.const"
    value = prop_def(Attribute)
    result = result_def()
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "$value attr-dict `->` type($result)"

    def __init__(self, value: IntegerAttr | FloatAttr):
        super().__init__(properties={"value": value}, result_types=[value.type])


@irdl_op_definition
class RodataInlineOp(DialectOp):
    """A string of the program."""

    name = "vm.rodata.inline"
    value = prop_def(StringAttr)
    result = result_def(RefType)
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "$value attr-dict `:` type($result)"

    def __init__(self, value: str):
        super().__init__(properties={"value": string(value)}, result_types=[_TEXT])


@irdl_op_definition
class ConstRefZeroOp(DialectOp):
    """The null reference."""

    name = "vm.const.ref.zero"
    result = result_def(RefType)
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, type_: Attribute):
        super().__init__(result_types=[type_])


@irdl_op_definition
class CallOp(DialectOp):
    """Calls a function or import. With `segments`, the operands are passed as that many groups: -1
    a single value, n a list of n values (IREE's `vm.call.variadic`)."""

    name = "vm.call"
    arguments = var_operand_def()
    callee = prop_def(SymbolRefAttr)
    segments = opt_prop_def(DenseArrayBase.constr(i64))
    results_ = var_result_def()
    irdl_options = _PROPS
    assembly_format = (
        "$callee `(` $arguments `)` (`segments` $segments^)? attr-dict"
        " `:` functional-type($arguments, $results_)"
    )

    def __init__(
        self,
        callee: str,
        arguments: Sequence[SSAValue],
        results: Sequence[Attribute] = (),
        segments: Sequence[int] | None = None,
    ):
        dense = None if segments is None else integers(tuple(segments), i64)
        super().__init__(
            operands=[arguments],
            properties={"callee": symbol(callee), "segments": dense},
            result_types=[results],
        )


@irdl_op_definition
class ReturnOp(DialectOp):
    """Ends a function."""

    name = "vm.return"
    values = var_operand_def()
    irdl_options = _PROPS
    traits = traits_def(IsTerminator())
    assembly_format = "($values^ `:` type($values))? attr-dict"

    def __init__(self, *values: SSAValue):
        super().__init__(operands=[values])


@irdl_op_definition
class BranchOp(DialectOp):
    """Goes to a block."""

    name = "vm.br"
    arguments = var_operand_def()
    successor = successor_def()
    irdl_options = _PROPS
    traits = traits_def(IsTerminator())
    assembly_format = "$successor (`(` $arguments^ `:` type($arguments) `)`)? attr-dict"

    def __init__(self, target: Block, arguments: Sequence[SSAValue]):
        super().__init__(operands=[arguments], successors=[target])


@irdl_op_definition
class CondBranchOp(DialectOp):
    """Goes to one of two blocks; the condition is an i32."""

    name = "vm.cond_br"
    condition = operand_def(i32)
    then_arguments = var_operand_def()
    else_arguments = var_operand_def()
    then_block = successor_def()
    else_block = successor_def()
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    traits = traits_def(IsTerminator())
    assembly_format = (
        "$condition `,` $then_block (`(` $then_arguments^ `:` type($then_arguments) `)`)?"
        " `,` $else_block (`(` $else_arguments^ `:` type($else_arguments) `)`)? attr-dict"
    )

    def __init__(
        self,
        condition: SSAValue,
        then_block: Block,
        then_arguments: Sequence[SSAValue],
        else_block: Block,
        else_arguments: Sequence[SSAValue],
    ):
        super().__init__(
            operands=[condition, then_arguments, else_arguments],
            successors=[then_block, else_block],
        )


@irdl_op_definition
class _ScalarOp(DialectOp):
    """What instructions share: the types follow from the name. One definition for all of them, of
    which the dialect has none itself: xDSL takes longer over two hundred than a small model."""

    name = "vm.scalar"
    INSTRUCTION: ClassVar[Instruction]
    arguments = var_operand_def()
    result = result_def()
    traits = traits_def(Pure())

    def __init__(self, *operands: SSAValue):
        super().__init__(operands=[operands], result_types=[TYPES[self.INSTRUCTION.result]])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> Operation:
        names = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        types = [TYPES[t] for t in cls.INSTRUCTION.operands]
        operands = parser.resolve_operands(names, types, parser.pos)
        op = cls(*operands)
        attributes = parser.parse_optional_attr_dict()
        op.attributes.update(attributes)
        return op


def _scalar_op(op_name: str, instruction_: Instruction) -> type[_ScalarOp]:
    class ScalarOp(_ScalarOp):
        name = op_name
        INSTRUCTION: ClassVar[Instruction] = instruction_

    ScalarOp.__name__ = ScalarOp.__qualname__ = op_name
    ScalarOp.__doc__ = f"`{op_name}`: {', '.join(instruction_.operands)} -> {instruction_.result}."
    return ScalarOp


SCALAR_OPS: dict[str, type[_ScalarOp]] = {n: _scalar_op(n, i) for n, i in INSTRUCTIONS.items()}

VM = Dialect(
    "vm",
    [
        ModuleOp,
        ImportOp,
        ExportOp,
        FuncOp,
        GlobalOp,
        GlobalLoadOp,
        GlobalStoreOp,
        ConstOp,
        RodataInlineOp,
        ConstRefZeroOp,
        CallOp,
        ReturnOp,
        BranchOp,
        CondBranchOp,
        *SCALAR_OPS.values(),
    ],
    [RefType, BufferType],
)
