# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `spirv` ops that are no rows of the table: modules, functions, globals, constants, and
control flow, which refer to symbols, blocks and regions.

Structured control flow has MLIR's form: `spirv.mlir.selection` and `spirv.mlir.loop` hold their
blocks, whose last has just `spirv.mlir.merge`; a loop's first block branches to its header (the
second), its last but one is the continue block. Here merges may yield values: what is made inside
a construct and used after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    FlatSymbolRefAttrConstr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    i1,
    i32,
)
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    opt_result_def,
    prop_def,
    region_def,
    result_def,
    successor_def,
    traits_def,
    var_operand_def,
    var_result_def,
    var_successor_def,
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
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from iree_explore.dialect_op import DialectOp
from iree_explore.targets.spirv.types import (
    ENUM_ATTRS,
    CooperativeMatrixType,
    EnumAttr,
    PointerType,
    VceAttr,
    enum_attr,
)

_PROPS = (ParsePropInAttrDict(),)
_SEGMENTS = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())


def symbol_name(op: Operation, name: str) -> str:
    """The symbol that attribute `name` of an op refers to or defines."""
    found = op.properties[name]
    if isinstance(found, StringAttr):
        return found.data
    return found.root_reference.data  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


@irdl_op_definition
class ModuleOp(DialectOp):
    """`spirv.module Logical GLSL450 requires #spirv.vce<...> { ... }`: one SPIR-V binary."""

    name = "spirv.module"
    sym_name = opt_prop_def(SymbolNameConstraint())
    addressing_model = prop_def(ENUM_ATTRS["addressing_model"])
    memory_model = prop_def(ENUM_ATTRS["memory_model"])
    vce_triple = opt_prop_def(VceAttr)
    body = region_def("single_block")
    traits = traits_def(SymbolTable(), NoTerminator(), IsolatedFromAbove())

    def print(self, printer: Printer) -> None:
        assert isinstance(self.addressing_model, EnumAttr)
        assert isinstance(self.memory_model, EnumAttr)
        if self.sym_name is not None:
            printer.print_string(f" @{self.sym_name.data}")
        printer.print_string(f" {self.addressing_model.data} {self.memory_model.data}")
        if self.vce_triple is not None:
            printer.print_string(" requires ")
            printer.print_attribute(self.vce_triple)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False, print_empty_block=False)

    @classmethod
    def parse(cls, parser: Parser) -> ModuleOp:
        name = parser.parse_optional_symbol_name()
        addressing = enum_attr("addressing_model", parser.parse_identifier())
        memory = enum_attr("memory_model", parser.parse_identifier())
        vce = parser.parse_attribute() if parser.parse_optional_keyword("requires") else None
        body = parser.parse_region()
        if not body.blocks:
            body.add_block(Block())
        return cls(
            properties={
                "sym_name": name, "addressing_model": addressing, "memory_model": memory,
                "vce_triple": vce,
            },
            regions=[body],
        )  # fmt: skip

    @property
    def ops(self) -> Sequence[Operation]:
        return list(self.body.block.ops)


@irdl_op_definition
class FuncOp(DialectOp):
    """`spirv.func @f(%a: f32) -> f32 "None" { ... }`."""

    name = "spirv.func"
    sym_name = prop_def(SymbolNameConstraint())
    function_type = prop_def(FunctionType)
    function_control = prop_def(ENUM_ATTRS["function_control"])
    body = region_def()
    traits = traits_def(SymbolOpInterface(), IsolatedFromAbove())

    def print(self, printer: Printer) -> None:
        assert isinstance(self.function_control, EnumAttr)
        printer.print_string(f" @{self.sym_name.data}(")
        args = self.body.blocks[0].args if self.body.blocks else ()
        printer.print_list(args, printer.print_block_argument)
        printer.print_string(")")
        outputs = self.function_type.outputs.data
        if outputs:
            printer.print_string(" -> ")
            printer.print_attribute(outputs[0])
        printer.print_string(f' "{self.function_control.data}"')
        if self.attributes:
            printer.print_string(" attributes ")
            printer.print_attr_dict(self.attributes)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> FuncOp:
        name = parser.parse_symbol_name()
        args = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_argument)
        outputs = [parser.parse_type()] if parser.parse_optional_punctuation("->") else []
        control = enum_attr("function_control", parser.parse_str_literal())
        extra = parser.parse_optional_attr_dict_with_keyword()
        body = parser.parse_region(args)
        type_ = FunctionType.from_lists([argument.type for argument in args], outputs)
        return cls(
            properties={"sym_name": name, "function_type": type_, "function_control": control},
            attributes=dict(extra.data) if extra is not None else {},
            regions=[body],
        )

    def verify_(self) -> None:
        if len(self.function_type.outputs) > 1:
            raise VerifyException("a spirv.func has at most one result")
        if not self.body.blocks:
            raise VerifyException("a spirv.func has a body")
        if tuple(self.body.blocks[0].arg_types) != self.function_type.inputs.data:
            raise VerifyException("the arguments of the body are not those of the type")


@irdl_op_definition
class GlobalVariableOp(DialectOp):
    """A variable of the module: a binding, push constants, a built-in, workgroup memory."""

    name = "spirv.GlobalVariable"
    sym_name = prop_def(SymbolNameConstraint())
    type = prop_def(PointerType)
    binding = opt_prop_def(IntegerAttr)
    descriptor_set = opt_prop_def(IntegerAttr)
    built_in = opt_prop_def(StringAttr)
    irdl_options = _PROPS
    traits = traits_def(SymbolOpInterface())

    def verify_(self) -> None:
        if (self.binding is None) != (self.descriptor_set is None):
            raise VerifyException("binding and descriptor_set are given together")
        names = ENUM_ATTRS["built_in"].enum.values
        if self.built_in is not None and self.built_in.data not in names:
            raise VerifyException(f"no built-in is called {self.built_in.data}")
        kind = self.type.storage_class.data
        if kind == "Function":
            raise VerifyException("variables of a module have any storage class but Function")
        if (kind in ("StorageBuffer", "Uniform")) != (self.binding is not None):
            raise VerifyException(f"a variable in {kind} has binding and descriptor_set or not")


@irdl_op_definition
class EntryPointOp(DialectOp):
    """What the host may call, and the globals that are its interface."""

    name = "spirv.EntryPoint"
    execution_model = prop_def(ENUM_ATTRS["execution_model"])
    fn = prop_def(FlatSymbolRefAttrConstr)
    interface = prop_def(ArrayAttr)
    irdl_options = _PROPS


@irdl_op_definition
class ExecutionModeOp(DialectOp):
    """How an entry point runs: the size of its workgroups, what happens to denormals."""

    name = "spirv.ExecutionMode"
    fn = prop_def(FlatSymbolRefAttrConstr)
    execution_mode = prop_def(ENUM_ATTRS["execution_mode"])
    values = prop_def(ArrayAttr)
    irdl_options = _PROPS

    def verify_(self) -> None:
        assert isinstance(self.execution_mode, EnumAttr)
        wanted = len(self.execution_mode.enum.parameters.get(self.execution_mode.data, ()))
        if len(self.values) != wanted:
            raise VerifyException(f"{self.execution_mode.data} has {wanted} values")


@irdl_op_definition
class ConstantOp(DialectOp):
    """A constant: a number, a dense vector, an array of constants (arrays, structs), or `unit` for
    zeros of any type."""

    name = "spirv.Constant"
    value = prop_def()
    constant = result_def()
    irdl_options = _PROPS
    traits = traits_def(Pure())


@irdl_op_definition
class SpecConstantOp(DialectOp):
    """A constant that the host may set when it makes the pipeline."""

    name = "spirv.SpecConstant"
    sym_name = prop_def(SymbolNameConstraint())
    default_value = prop_def()
    spec_id = opt_prop_def(IntegerAttr)
    irdl_options = _PROPS
    traits = traits_def(SymbolOpInterface())


@irdl_op_definition
class ReferenceOfOp(DialectOp):
    """The value of a `spirv.SpecConstant`."""

    name = "spirv.mlir.referenceof"
    spec_const = prop_def(FlatSymbolRefAttrConstr)
    reference = result_def()
    irdl_options = _PROPS
    traits = traits_def(Pure())


@irdl_op_definition
class AddressOfOp(DialectOp):
    """The pointer to a `spirv.GlobalVariable`."""

    name = "spirv.mlir.addressof"
    variable = prop_def(FlatSymbolRefAttrConstr)
    pointer = result_def(PointerType)
    irdl_options = _PROPS
    traits = traits_def(Pure())


@irdl_op_definition
class FunctionCallOp(DialectOp):
    """A call of a `spirv.func` of the module."""

    name = "spirv.FunctionCall"
    callee = prop_def(FlatSymbolRefAttrConstr)
    arguments = var_operand_def()
    return_value = opt_result_def()
    irdl_options = _PROPS


@irdl_op_definition
class CooperativeMatrixLengthOp(DialectOp):
    """How many components of a cooperative matrix an invocation holds."""

    name = "spirv.KHR.CooperativeMatrixLength"
    cooperative_matrix_type = prop_def(CooperativeMatrixType)
    result = result_def()
    irdl_options = _PROPS
    traits = traits_def(Pure())


@irdl_op_definition
class BranchOp(DialectOp):
    """Goes to a block of the same region."""

    name = "spirv.Branch"
    block_arguments = var_operand_def()
    target = successor_def()
    traits = traits_def(IsTerminator())

    def verify_(self) -> None:
        check_arguments(self.target, self.block_arguments)


@irdl_op_definition
class BranchConditionalOp(DialectOp):
    """Goes to one of two blocks."""

    name = "spirv.BranchConditional"
    condition = operand_def(i1)
    true_operands = var_operand_def()
    false_operands = var_operand_def()
    true_target = successor_def()
    false_target = successor_def()
    irdl_options = _SEGMENTS
    traits = traits_def(IsTerminator())

    def verify_(self) -> None:
        check_arguments(self.true_target, self.true_operands)
        check_arguments(self.false_target, self.false_operands)


@irdl_op_definition
class SwitchOp(DialectOp):
    """Goes to the block of a literal, or to the default one. `case_operand_segments` says how many
    of `case_operands` each case passes on."""

    name = "spirv.Switch"
    selector = operand_def()
    default_operands = var_operand_def()
    case_operands = var_operand_def()
    literals = prop_def(DenseArrayBase)
    case_operand_segments = prop_def(DenseArrayBase)
    default_target = successor_def()
    targets = var_successor_def()
    irdl_options = _SEGMENTS
    traits = traits_def(IsTerminator())

    def verify_(self) -> None:
        if self.selector.type != i32:
            raise VerifyException(f"it selects by an i32, not by {self.selector.type}")
        literals, targets = numbers_of(self.literals), list(self.targets)
        if not len(literals) == len(targets) == len(numbers_of(self.case_operand_segments)):
            raise VerifyException("as many literals, targets and segments of operands")
        if len(set(literals)) < len(literals):
            raise VerifyException("a literal occurs twice")
        for target, operands in switch_edges(self):
            check_arguments(target, operands)


def numbers_of(array: DenseArrayBase) -> list[int]:
    """The integers of `array<i32: ...>`."""
    assert isa(array, DenseArrayBase[IntegerType])
    return list(array.get_values())


def interface_of(op: EntryPointOp) -> list[str]:
    """The variables of an entry point's interface."""
    items = [item for item in op.interface if isinstance(item, SymbolRefAttr)]
    return [item.root_reference.data for item in items]


def switch_edges(op: SwitchOp) -> list[tuple[Block, Sequence[SSAValue]]]:
    """The blocks that a switch goes to, default first, and what it passes on."""
    edges: list[tuple[Block, Sequence[SSAValue]]] = [(op.default_target, op.default_operands)]
    operands, begin = list(op.case_operands), 0
    for target, size in zip(op.targets, numbers_of(op.case_operand_segments), strict=True):
        edges.append((target, operands[begin : begin + size]))
        begin += size
    return edges


def edges_of(op: Operation) -> list[tuple[Block, Sequence[SSAValue]]]:
    """The blocks that a branch goes to and the values it passes to each; none for other ops."""
    if isinstance(op, BranchOp):
        return [(op.target, op.block_arguments)]
    if isinstance(op, BranchConditionalOp):
        return [(op.true_target, op.true_operands), (op.false_target, op.false_operands)]
    return switch_edges(op) if isinstance(op, SwitchOp) else []


def check_arguments(block: Block, values: Sequence[SSAValue]) -> None:
    """Raises `VerifyException` unless the values fit the block's arguments."""
    if tuple(value.type for value in values) != tuple(block.arg_types):
        given = ", ".join(str(value.type) for value in values) or "nothing"
        wanted = ", ".join(map(str, block.arg_types)) or "nothing"
        raise VerifyException(f"it passes {given} to a block that takes {wanted}")


@irdl_op_definition
class MergeOp(DialectOp):
    """The end of a construct: its operands are the results of the `selection` or `loop`."""

    name = "spirv.mlir.merge"
    values = var_operand_def()
    traits = traits_def(IsTerminator())


def _check_construct(region: Region, results: Sequence[SSAValue], least: int) -> None:
    blocks = list(region.blocks)
    if len(blocks) < least:
        raise VerifyException(f"it has at least {least} blocks, the last a spirv.mlir.merge")
    merge = blocks[-1].last_op
    if not isinstance(merge, MergeOp) or blocks[-1].first_op is not merge:
        raise VerifyException("the last block has just a spirv.mlir.merge")
    if any(isinstance(block.last_op, MergeOp) for block in blocks[:-1]):
        raise VerifyException("only the last block has a spirv.mlir.merge")
    if [value.type for value in merge.values] != [value.type for value in results]:
        raise VerifyException("spirv.mlir.merge does not yield what the results are")
    if blocks[0].args:
        raise VerifyException("its first block has no arguments")


@irdl_op_definition
class SelectionOp(DialectOp):
    """`spirv.mlir.selection { header; ...; merge }`: the header ends in a conditional branch or a
    switch."""

    name = "spirv.mlir.selection"
    selection_control = prop_def(ENUM_ATTRS["selection_control"])
    values = var_result_def()
    body = region_def()
    irdl_options = _PROPS

    def verify_(self) -> None:
        _check_construct(self.body, self.values, 2)
        if not isinstance(self.body.blocks[0].last_op, BranchConditionalOp | SwitchOp):
            raise VerifyException("its header ends in a spirv.BranchConditional or spirv.Switch")


@irdl_op_definition
class LoopOp(DialectOp):
    """`spirv.mlir.loop { entry; header; ...; continue; merge }`."""

    name = "spirv.mlir.loop"
    loop_control = prop_def(ENUM_ATTRS["loop_control"])
    control_values = opt_prop_def(ArrayAttr)
    """What the control's bits are followed by in the binary, such as a number of iterations."""
    values = var_result_def()
    body = region_def()
    irdl_options = _PROPS

    def verify_(self) -> None:
        _check_construct(self.body, self.values, 3)
        entry, header = self.body.blocks[0], self.body.blocks[1]
        last = self.body.blocks[len(self.body.blocks) - 2]
        branch = entry.first_op
        if not isinstance(branch, BranchOp) or branch.target is not header:
            raise VerifyException(
                "its first block has just a spirv.Branch to the second, its header"
            )
        if any(isinstance(op, SelectionOp | LoopOp) for op in header.ops):
            raise VerifyException("its header holds no other construct: move it to a block after")
        backwards = [
            block
            for block in self.body.blocks
            if block is not entry and block.last_op and header in block.last_op.successors
        ]
        if backwards != [last]:
            raise VerifyException("the last block but one, and no other, branches to the header")


OPS: list[type[DialectOp]] = [
    ModuleOp, FuncOp, GlobalVariableOp, EntryPointOp, ExecutionModeOp, ConstantOp, SpecConstantOp,
    ReferenceOfOp, AddressOfOp, FunctionCallOp, CooperativeMatrixLengthOp, BranchOp,
    BranchConditionalOp, SwitchOp, MergeOp, SelectionOp, LoopOp,
]  # fmt: skip
