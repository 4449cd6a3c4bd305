# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A `spirv.module` as SPIR-V bytes.

Ops of the table are written by their rows (`_Functions.row`); the rest one by one. Types and
constants are declared once, where first needed (`declare.py`). A construct's blocks follow the
block it is in: its header's merge instruction comes from the op around it, block arguments become
`OpPhi`, whose predecessors are known only when all blocks are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from xdsl.dialects.builtin import IntegerAttr, UnitAttr
from xdsl.ir import Block, Operation, SSAValue

from iree_explore.targets.spirv import binary
from iree_explore.targets.spirv.binary import Binary, Instruction
from iree_explore.targets.spirv.capabilities import deduce
from iree_explore.targets.spirv.declare import Declarations
from iree_explore.targets.spirv.dialect import RowOp
from iree_explore.targets.spirv.enums import BUILT_IN, CAPABILITY, DECORATION, EXECUTION_MODE
from iree_explore.targets.spirv.ops import (
    AddressOfOp,
    BranchConditionalOp,
    ConstantOp,
    CooperativeMatrixLengthOp,
    EntryPointOp,
    ExecutionModeOp,
    FuncOp,
    FunctionCallOp,
    GlobalVariableOp,
    LoopOp,
    MergeOp,
    ModuleOp,
    ReferenceOfOp,
    SelectionOp,
    SpecConstantOp,
    SwitchOp,
    edges_of,
    interface_of,
    numbers_of,
    symbol_name,
)
from iree_explore.targets.spirv.rules import integers
from iree_explore.targets.spirv.types import EnumAttr
from iree_explore.targets.spirv.verify import check_module

LineOf = Callable[[Operation], int]


def serialize(module: ModuleOp, line_of: LineOf | None = None, file: str = "") -> bytes:
    """The bytes of a module. `line_of` gives each op a line of `file`, written as `OpLine`, by
    which tools find it again. Raises `ModelError` IX220 if the module breaks a rule."""
    check_module(module)
    return _Serializer(module, line_of, file).binary().to_bytes()


def decorations_of(op: Operation) -> list[str]:
    """The decorations of an op: its unit attributes, `no_contraction` for NoContraction."""
    names = {"".join(w.title() for w in n.split("_")): v for n, v in op.attributes.items()}
    return [n for n, v in names.items() if n in DECORATION.values and isinstance(v, UnitAttr)]


def _number(attribute: object) -> int:
    assert isinstance(attribute, EnumAttr)
    return attribute.number


class _Serializer:
    def __init__(self, module: ModuleOp, line_of: LineOf | None, file: str) -> None:
        self.module = module
        self.declared = Declarations()
        self.symbols: dict[str, int] = {}
        self.values: dict[SSAValue, int] = {}
        self.code: list[Instruction] = []
        self.names: list[Instruction] = []
        self.sets: dict[str, int] = {}
        self.line_of = line_of
        self.file = self.declared.new_id() if line_of else 0
        self.file_name = file

    def binary(self) -> Binary:
        """The whole module, in the order of the specification's section 2.4."""
        functions = [op for op in self.module.ops if isinstance(op, FuncOp)]
        for op in self.module.ops:
            if isinstance(op, GlobalVariableOp | SpecConstantOp):
                self.symbols[op.sym_name.data] = self.module_level(op)
                self.name(self.symbols[op.sym_name.data], op.sym_name.data)
        for op in functions:
            self.symbols[op.sym_name.data] = self.declared.new_id()
            self.name(self.symbols[op.sym_name.data], op.sym_name.data)
        for op in functions:
            _Function(self, op).write()
        vce = self.module.vce_triple or deduce(self.module)
        head = [Instruction(17, [CAPABILITY.encode(name.data)]) for name in vce.capabilities]
        head += [Instruction(10, binary.encode_string(name.data)) for name in vce.extensions]
        head += [Instruction(11, [i, *binary.encode_string(n)]) for n, i in self.sets.items()]
        models = [_number(self.module.addressing_model), _number(self.module.memory_model)]
        head.append(Instruction(14, models))
        head += self.entry_points()
        if self.line_of:
            head.append(Instruction(7, [self.file, *binary.encode_string(self.file_name)]))
        declared = self.declared
        body = [*head, *self.names, *declared.decorations, *declared.instructions, *self.code]
        return Binary(vce.version.data, declared.bound, body)

    def name(self, id_: int, text: str) -> None:
        self.names.append(Instruction(5, [id_, *binary.encode_string(text)]))

    def decorate(self, id_: int, name: str, *parameters: int) -> None:
        self.declared.decorate(id_, name, *parameters)

    def module_level(self, op: GlobalVariableOp | SpecConstantOp) -> int:
        declared = self.declared
        if isinstance(op, SpecConstantOp):
            id_ = declared.spec_constant(op.default_value)
            if op.spec_id is not None:
                self.decorate(id_, "SpecId", op.spec_id.value.data)
        else:
            id_ = declared.variable(op.type)
            for name, given in (("DescriptorSet", op.descriptor_set), ("Binding", op.binding)):
                if given is not None:
                    self.decorate(id_, name, given.value.data)
            if op.built_in is not None:
                self.decorate(id_, "BuiltIn", BUILT_IN.encode(op.built_in.data))
        for name in decorations_of(op):
            self.decorate(id_, name)
        return id_

    def entry_points(self) -> list[Instruction]:
        found: list[Instruction] = []
        for op in self.module.ops:
            if isinstance(op, EntryPointOp):
                name = symbol_name(op, "fn")
                interface = [self.symbols[name] for name in interface_of(op)]
                words = [_number(op.execution_model), self.symbols[name]]
                found.append(Instruction(15, [*words, *binary.encode_string(name), *interface]))
        for op in self.module.ops:
            if isinstance(op, ExecutionModeOp):
                mode = EXECUTION_MODE.encode(op.execution_mode.data)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
                words = [self.symbols[symbol_name(op, "fn")], mode, *integers(op, "values")]
                found.append(Instruction(16, words))
        return found

    def extended(self, name: str) -> int:
        if name not in self.sets:
            self.sets[name] = self.declared.new_id()
        return self.sets[name]


class _Function:
    """The writer of one function."""

    def __init__(self, parent: _Serializer, func: FuncOp) -> None:
        self.parent, self.func, self.declared = parent, func, parent.declared
        self.values, self.code = parent.values, parent.code
        self.labels: dict[Block, int] = {}
        self.ends: dict[Block, int] = {}
        """Block -> label of the SPIR-V block that its terminator is in."""
        self.incoming: dict[Block, list[tuple[Block, Sequence[SSAValue]]]] = {}
        self.phis: list[tuple[Block, int, Instruction]] = []
        self.current = 0
        self.line = 0

    def write(self) -> None:
        name, declared = self.func.sym_name.data, self.declared
        result = declared.result_type(self.func.function_type)
        control = _number(self.func.function_control)
        type_ = declared.type(self.func.function_type)
        self.emit(54, result, self.parent.symbols[name], control, type_)
        blocks = list(self.func.body.blocks)
        for argument in blocks[0].args:
            self.emit(55, declared.type(argument.type), self.define(argument))
        self.start(blocks[0])
        variables = [op for op in blocks[0].ops if op.name == "spirv.Variable"]
        for op in variables:
            self.op(op)
        self.ops(op for op in blocks[0].ops if op.name != "spirv.Variable")
        self.ends[blocks[0]] = self.current
        for block in blocks[1:]:
            self.block(block)
        for block, index, phi in self.phis:
            for source, values in self.incoming.get(block, ()):
                phi.words += [self.value(values[index]), self.ends[source]]
        self.emit(56)

    def emit(self, opcode: int, *words: int) -> Instruction:
        instruction = Instruction(opcode, list(words))
        self.code.append(instruction)
        return instruction

    def define(self, value: SSAValue) -> int:
        id_ = self.values[value] = self.declared.new_id()
        if value.name_hint:
            self.parent.name(id_, value.name_hint)
        return id_

    def value(self, value: SSAValue) -> int:
        if value not in self.values:  # constants and addresses are declared where first used
            owner = value.owner
            assert isinstance(owner, Operation)
            if isinstance(owner, ConstantOp):
                self.values[value] = self.declared.constant(owner.value, value.type)
            elif isinstance(owner, AddressOfOp):
                self.values[value] = self.parent.symbols[symbol_name(owner, "variable")]
            else:
                assert isinstance(owner, ReferenceOfOp), owner.name
                self.values[value] = self.parent.symbols[symbol_name(owner, "spec_const")]
        return self.values[value]

    def label(self, block: Block) -> int:
        if block not in self.labels:
            self.labels[block] = self.declared.new_id()
        return self.labels[block]

    def start(self, block: Block) -> None:
        self.current = self.label(block)
        self.emit(248, self.current)

    def block(self, block: Block, merge: Instruction | None = None) -> None:
        self.start(block)
        for index, argument in enumerate(block.args):
            phi = self.emit(245, self.declared.type(argument.type), self.define(argument))
            self.phis.append((block, index, phi))
        self.ops(block.ops, merge)
        self.ends[block] = self.current

    def ops(self, ops: Iterable[Operation], merge: Instruction | None = None) -> None:
        for op in ops:
            self.op(op, merge)

    def op(self, op: Operation, merge: Instruction | None = None) -> None:
        """Writes an op; `merge` goes before its block's branch."""
        if isinstance(op, ConstantOp | AddressOfOp | ReferenceOfOp):
            return
        if self.parent.line_of:
            line = self.parent.line_of(op)
            if line != self.line and not isinstance(op, MergeOp):
                self.line = line
                self.emit(8, self.parent.file, line, 0)
        if isinstance(op, RowOp):
            self.row(op)
        elif isinstance(op, SelectionOp):
            self.selection(op)
        elif isinstance(op, LoopOp):
            self.loop(op)
        elif isinstance(op, MergeOp):
            parent = op.parent_op()
            assert parent is not None
            for result, value in zip(parent.results, op.values, strict=True):
                self.values[result] = self.value(value)
        elif isinstance(op, FunctionCallOp):
            type_ = self.declared.optional_type([result.type for result in op.results])
            result = self.define(op.results[0]) if op.results else self.declared.new_id()
            callee = self.parent.symbols[symbol_name(op, "callee")]
            self.emit(57, type_, result, callee, *(self.value(v) for v in op.arguments))
        elif isinstance(op, CooperativeMatrixLengthOp):
            matrix = self.declared.type(op.cooperative_matrix_type)
            type_ = self.declared.type(op.result.type)
            self.emit(4460, type_, self.define(op.result), matrix)
        else:
            self.code.extend([merge] if merge is not None else [])
            self.branch(op)
        for result in op.results:
            for name in decorations_of(op):
                self.parent.decorate(self.values[result], name)

    def branch(self, op: Operation) -> None:
        block = op.parent_block()
        assert block is not None
        targets = [self.label(target) for target, _ in edges_of(op)]
        merged: dict[Block, Sequence[SSAValue]] = {}
        for target, values in edges_of(op):
            merged.setdefault(target, values)
        for target, values in merged.items():
            self.incoming.setdefault(target, []).append((block, values))
        if isinstance(op, BranchConditionalOp):
            self.emit(250, self.value(op.condition), *targets)
        elif isinstance(op, SwitchOp):
            words = [self.value(op.selector), targets[0]]
            for literal, target in zip(numbers_of(op.literals), targets[1:], strict=True):
                words += [literal & 0xFFFFFFFF, target]
            self.emit(251, *words)
        else:
            self.emit(249, *targets)

    def selection(self, op: SelectionOp) -> None:
        header, *inner = op.body.blocks
        control = _number(op.selection_control)
        merge = Instruction(247, [self.label(inner[-1]), control])
        self.ops(header.ops, merge)
        self.ends[header] = self.current
        for block in inner:
            self.block(block)

    def loop(self, op: LoopOp) -> None:
        entry, header, *inner = op.body.blocks
        self.ops(entry.ops)
        self.ends[entry] = self.current
        last = op.body.blocks[len(op.body.blocks) - 2]
        words = [self.label(inner[-1]), self.label(last), _number(op.loop_control)]
        values = op.control_values.data if op.control_values else ()
        words += [v.value.data for v in values if isinstance(v, IntegerAttr)]
        self.block(header, Instruction(246, words))
        for block in inner:
            self.block(block)

    def row(self, op: RowOp) -> None:
        words: list[int] = []
        values = list(op.operands)
        for operand in op.row.parsed:
            if operand.is_value:
                take = 1 if not operand.mode else len(values) - self.fixed_after(op, operand.name)
                words += [self.value(value) for value in values[:take]]
                values = values[take:]
            elif operand.name not in op.properties:
                continue
            elif operand.kind == "literals":
                words += [item & 0xFFFFFFFF for item in integers(op, operand.name)]
            elif operand.kind == "literal":
                words.append(op.properties[operand.name].value.data)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
            else:
                number = _number(op.properties[operand.name])
                words.append(self.declared.integer(number) if operand.constant else number)
                if operand.kind == "memory_access" and "alignment" in op.properties:
                    words.append(op.properties["alignment"].value.data)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        if op.row.extended:
            words = [self.parent.extended(op.row.extended), op.row.opcode, *words]
        if op.results:
            result = op.results[0]
            words = [self.declared.type(result.type), self.define(result), *words]
        self.emit(op.row.format.opcode, *words)

    @staticmethod
    def fixed_after(op: RowOp, name: str) -> int:
        """Values that follow the optional operand `name`."""
        names = [operand.name for operand in op.row.parsed if operand.is_value]
        return len(names) - names.index(name) - 1
