# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A function's instructions as a `spirv.func`: blocks joined by merge instructions become regions.

A header's construct is made of the blocks that are reached from it before its merge block. They are
read in the order in which they are found, so what dominates a block is read before it; terminators
are written when all blocks are there, as they pass on the values of `OpPhi`. Last, what a construct
defines and others use after it is yielded by its merge (`_yield_escaping`). A branch that leaves a
construct for another block than its merge (a `break` inside a condition) has no such form: IX506.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, IntegerAttr, StringAttr, i32
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from iree_explore.targets.spirv.binary import Decoded, broken
from iree_explore.targets.spirv.dialect import ROW_OPS
from iree_explore.targets.spirv.enums import (
    ENUMS,
    FUNCTION_CONTROL,
    LOOP_CONTROL,
    SELECTION_CONTROL,
)
from iree_explore.targets.spirv.ops import (
    AddressOfOp,
    BranchConditionalOp,
    BranchOp,
    ConstantOp,
    CooperativeMatrixLengthOp,
    FuncOp,
    FunctionCallOp,
    LoopOp,
    MergeOp,
    ReferenceOfOp,
    SelectionOp,
    SwitchOp,
)
from iree_explore.targets.spirv.row import Row
from iree_explore.targets.spirv.table import BY_EXTENDED, BY_OPCODE
from iree_explore.targets.spirv.types import CooperativeMatrixType, enum_attr

if TYPE_CHECKING:
    from iree_explore.targets.spirv.deserialize import Deserializer

MAX_NESTING = 60
_TERMINATORS = ("OpBranch", "OpBranchConditional", "OpSwitch", "OpReturn", "OpReturnValue",
                "OpKill", "OpUnreachable")  # fmt: skip


@dataclass
class _Flat:
    """A block as it is in the binary."""

    label: int
    offset: int
    phis: list[Decoded] = field(default_factory=list)
    body: list[Decoded] = field(default_factory=list)
    merge: Decoded | None = None
    end: Decoded | None = None

    def targets(self) -> list[int]:
        end = self.end
        if end is None:
            return []
        ids = end.ids()
        return (
            ids
            if end.name == "OpBranch"
            else ids[1:]
            if end.name[2:8] in ("Branch", "Switch")
            else []
        )


@dataclass
class _Scope:
    """A region being read: its blocks by label, those that are still to be read, where it ends."""

    blocks: dict[int, Block]
    region: list[Block]
    work: list[tuple[Block, int]]
    outer: _Scope | None
    depth: int


class FunctionReader:
    """Reads one function; `module` knows everything outside of it."""

    def __init__(self, module: Deserializer, instructions: list[Decoded]) -> None:
        self.module, self.head = module, instructions[0]
        self.instructions = instructions[1:]
        self.values: dict[int, SSAValue] = {}
        self.flat: dict[int, _Flat] = {}
        self.before: Counter[int] = Counter()
        """Edges into each label."""
        self.ends: list[tuple[Block, _Flat, _Scope]] = []
        self.constructs: list[SelectionOp | LoopOp] = []
        self.globals: list[Operation] = []
        self.used: set[int] = set()

    def read(self) -> FuncOp:
        module, id_ = self.module, self.head.result or 0
        type_ = module.functions[id_]
        entry = Block()
        rest = self.parameters(entry)
        first = self.split(rest)
        scope = _Scope({first: entry}, [entry], [(entry, first)], None, 0)
        self.scope(scope)
        for block, flat, inside in self.ends:
            self.end(block, flat, inside)
        for op in self.globals[::-1]:
            entry.insert_ops_before([op], entry.first_op) if entry.first_op else entry.add_op(op)
        control = FUNCTION_CONTROL.decode(self.head.number(0))
        func = FuncOp.build(
            properties={
                "sym_name": StringAttr(module.symbols[id_]),
                "function_type": type_,
                "function_control": enum_attr("function_control", control),
            },
            regions=[Region(scope.region)],
        )
        for construct in self.constructs:
            _yield_escaping(construct)
        return func

    def parameters(self, entry: Block) -> list[Decoded]:
        rest = list(self.instructions)
        while rest and rest[0].name == "OpFunctionParameter":
            at = rest.pop(0)
            type_ = self.module.type(at.type or 0, at)
            self.bind(at, entry.insert_arg(type_, len(entry.args)))
        return rest

    def split(self, instructions: list[Decoded]) -> int:
        """Makes the flat blocks; the label of the first."""
        flat: _Flat | None = None
        for at in instructions:
            if at.name == "OpLabel":
                if flat is not None:
                    raise broken(at.offset, "the block before has no terminator")
                flat = _Flat(at.result or 0, at.offset)
                self.flat[flat.label] = flat
            elif flat is None:
                raise broken(at.offset, f"{at.name} stands in no block")
            elif at.name in _TERMINATORS:
                flat.end = at
                self.before.update(set(flat.targets()))
                flat = None
            elif flat.merge is not None:
                raise broken(at.offset, "a merge is followed by a branch")
            elif at.name in ("OpSelectionMerge", "OpLoopMerge"):
                flat.merge = at
            elif at.name == "OpPhi":
                if flat.body:
                    raise broken(at.offset, "an OpPhi comes after other instructions")
                flat.phis.append(at)
            else:
                flat.body.append(at)
        if flat is not None or not self.flat:
            raise broken(self.head.offset, "a function has no blocks, or the last does not end")
        return next(iter(self.flat))

    # Blocks and constructs

    def scope(self, scope: _Scope) -> None:
        """Reads all blocks of a region."""
        while scope.work:
            block, label = scope.work.pop(0)
            self.fill(block, self.flat[label], scope)

    def take(self, label: int, at: _Flat) -> _Flat:
        """A block by its label, which no construct may have taken."""
        if label not in self.flat:
            raise broken(at.offset, f"%{label} is no block of the function")
        if label in self.used:
            raise broken(at.offset, f"%{label} is in two constructs, or branched back to")
        self.used.add(label)
        return self.flat[label]

    def fill(self, block: Block, flat: _Flat, scope: _Scope) -> None:
        """Reads a block, and those that follow it in the same block of the dialect."""
        self.take(flat.label, flat)
        if flat.merge is not None and flat.merge.name == "OpLoopMerge":
            flat = self.loop(block, flat, scope, list(block.args))
        self.body(block, flat)
        while True:
            following = self.follow(flat, scope)
            if flat.merge is not None and flat.merge.name == "OpSelectionMerge":
                flat = self.selection(block, flat, scope)
            elif (
                following is not None and following.merge and following.merge.name == "OpLoopMerge"
            ):
                initial = [self.passed(phi, flat.label) for phi in following.phis]
                flat = self.loop(block, self.take(following.label, flat), scope, initial)
            elif following is not None:
                flat = self.take(following.label, flat)
                for phi in flat.phis:
                    self.bind(phi, self.passed(phi, self.last))
            else:
                break
            self.last = flat.label
            self.body(block, flat)
        self.ends.append((block, flat, scope))
        for label in flat.targets():
            self.target(label, flat, scope)

    def follow(self, flat: _Flat, scope: _Scope) -> _Flat | None:
        """The block that comes next in the same block: the only one that a branch goes to, and that
        nothing else goes to (but the end of its own loop)."""
        self.last = flat.label
        if flat.end is None or flat.end.name != "OpBranch" or flat.merge is not None:
            return None
        label = flat.targets()[0]
        target = self.flat.get(label)
        current: _Scope | None = scope
        while current is not None:
            if label in current.blocks:
                return None
            current = current.outer
        if target is None:
            return None
        is_loop = target.merge is not None and target.merge.name == "OpLoopMerge"
        return target if self.before[label] == 1 + is_loop else None

    def target(self, label: int, flat: _Flat, scope: _Scope) -> Block:
        """The block of a region that a branch goes to; it is read later, if it is new."""
        outer = scope.outer
        while outer is not None:
            if label in outer.blocks and label not in scope.blocks:
                raise broken(
                    flat.offset, f"the branch to %{label} leaves its construct in the middle"
                )
            outer = outer.outer
        if label not in scope.blocks:
            if label not in self.flat:
                raise broken(flat.offset, f"%{label} is no block of the function")
            block = Block()
            self.arguments(block, self.flat[label])
            scope.blocks[label] = block
            scope.region.append(block)
            scope.work.append((block, label))
        return scope.blocks[label]

    def arguments(self, block: Block, flat: _Flat) -> None:
        loop = flat.merge is not None and flat.merge.name == "OpLoopMerge"
        for phi in flat.phis:
            argument = block.insert_arg(self.module.type(phi.type or 0, phi), len(block.args))
            if not loop:
                self.bind(phi, argument)

    def inner(self, header: Block, flat: _Flat, scope: _Scope) -> tuple[_Scope, Block, int]:
        """The region of a construct, its merge block and that block's label."""
        assert flat.merge is not None
        if scope.depth > MAX_NESTING:
            raise broken(flat.offset, f"constructs are nested more than {MAX_NESTING} deep")
        label = flat.merge.number(0)
        known = [label in s.blocks for s in _outward(scope)]
        if label not in self.flat or any(known):
            raise broken(flat.merge.offset, f"%{label} is no merge block of its own")
        merge = Block()
        inside = _Scope({label: merge}, [header], [], scope, scope.depth + 1)
        return inside, merge, label

    def selection(self, block: Block, flat: _Flat, scope: _Scope) -> _Flat:
        """Reads a selection whose header is the end of `block`; the flat block that follows it."""
        assert flat.merge is not None
        header = Block()
        inside, merge, label = self.inner(header, flat, scope)
        plain = _Flat(flat.label, flat.offset, end=flat.end)
        self.ends.append((header, plain, inside))
        for target in flat.targets():
            self.target(target, flat, inside)
        self.scope(inside)
        control = SELECTION_CONTROL.decode(flat.merge.number(1))
        op = SelectionOp.build(
            properties={"selection_control": enum_attr("selection_control", control)},
            result_types=[[]],
            regions=[Region([*inside.region, merge])],
        )
        return self.close(block, op, merge, self.take(label, flat))

    def loop(self, block: Block, flat: _Flat, scope: _Scope, initial: list[SSAValue]) -> _Flat:
        """Reads a loop with header `flat`; the flat block that follows it."""
        assert flat.merge is not None
        at = flat.merge
        entry, header = Block(), Block()
        inside, merge, label = self.inner(entry, flat, scope)
        for phi in flat.phis:
            argument = header.insert_arg(self.module.type(phi.type or 0, phi), len(header.args))
            self.bind(phi, argument)
        inside.blocks[flat.label] = header
        inside.region.append(header)
        entry.add_op(BranchOp.build(operands=[initial], successors=[header]))
        self.body(header, flat)
        self.ends.append((header, _Flat(flat.label, flat.offset, end=flat.end), inside))
        last = at.number(1)
        if last != flat.label:
            self.target(last, flat, inside)
            inside.work.clear()
        for target in flat.targets():
            self.target(target, flat, inside)
        self.continued(inside, last, flat)
        blocks = inside.region
        if last != flat.label:
            blocks.remove(inside.blocks[last])
            blocks.append(inside.blocks[last])
        control = LOOP_CONTROL.decode(at.number(2))
        values = [IntegerAttr(at.number(i), i32) for i in range(3, len(at.operands))]
        op = LoopOp.build(
            properties={
                "loop_control": enum_attr("loop_control", control),
                "control_values": ArrayAttr(values) if values else None,
            },
            result_types=[[]],
            regions=[Region([*blocks, merge])],
        )
        return self.close(block, op, merge, self.take(label, flat))

    def continued(self, inside: _Scope, last: int, flat: _Flat) -> None:
        """Reads a loop's blocks, its continue block after all that come before it."""
        inside.work = [item for item in inside.work if item[1] != last]
        self.scope(inside)
        if last != flat.label:
            inside.work.append((inside.blocks[last], last))
            self.scope(inside)

    def close(self, block: Block, op: SelectionOp | LoopOp, merge: Block, flat: _Flat) -> _Flat:
        for phi in flat.phis:
            argument = merge.insert_arg(self.module.type(phi.type or 0, phi), len(merge.args))
            self.bind(phi, argument)
        merge.add_op(MergeOp.build(operands=[[]]))
        block.add_op(op)
        self.constructs.append(op)
        if flat.merge is not None and flat.merge.name == "OpLoopMerge":
            raise broken(flat.offset, "a merge block is the header of a loop")
        return flat

    def passed(self, phi: Decoded, label: int) -> SSAValue:
        """What an `OpPhi` takes where control comes from a block."""
        ids = phi.ids()
        found = [v for v, source in zip(ids[::2], ids[1::2], strict=True) if source == label]
        if len(found) != 1:
            raise broken(phi.offset, f"OpPhi %{phi.result} has {len(found)} values for %{label}")
        return self.value(found[0], phi)

    def end(self, block: Block, flat: _Flat, scope: _Scope) -> None:
        """Writes the terminator of a block."""
        at = flat.end
        assert at is not None
        if not flat.targets():
            self.row(block, at, BY_OPCODE[at.format.opcode])
            return
        edges: list[tuple[Block, list[SSAValue]]] = []
        for label in flat.targets():
            values = [self.passed(phi, flat.label) for phi in self.flat[label].phis]
            edges.append((scope.blocks[label], values))
        if at.name == "OpBranch":
            block.add_op(BranchOp.build(operands=[edges[0][1]], successors=[edges[0][0]]))
            return
        selector = self.value(at.number(0), at)
        if at.name == "OpBranchConditional":
            (then, values), (other, others) = edges
            op = BranchConditionalOp.build(
                operands=[selector, values, others], successors=[then, other]
            )
        else:
            cases = edges[1:]
            literals = [at.number(i) for i in range(2, len(at.operands), 2)]
            literals = [v - (1 << 32) if v >> 31 else v for v in literals]
            sizes = [len(values) for _, values in cases]
            op = SwitchOp.build(
                operands=[selector, edges[0][1], [v for _, values in cases for v in values]],
                properties={
                    "literals": DenseArrayBase.from_list(i32, literals),
                    "case_operand_segments": DenseArrayBase.from_list(i32, sizes),
                },
                successors=[edges[0][0], [target for target, _ in cases]],
            )
        block.add_op(op)

    # Instructions within a block

    def bind(self, at: Decoded, value: SSAValue) -> None:
        id_ = at.result or 0
        self.values[id_] = value
        name = self.module.names.get(id_, "")
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and not re.fullmatch(r".*_\d+", name):
            value.name_hint = name

    def value(self, id_: int, at: Decoded) -> SSAValue:
        """A value that is defined before, or a constant or address of the module."""
        if id_ in self.values:
            return self.values[id_]
        module = self.module
        if id_ in module.constants:
            constant = module.constants[id_]
            op: Operation = ConstantOp.build(
                properties={"value": constant.value}, result_types=[constant.type]
            )
        elif id_ in module.variables:
            op = AddressOfOp.build(
                properties={"variable": module.named(id_, at)},
                result_types=[module.variables[id_].type],
            )
        elif id_ in module.spec_constants:
            type_ = module.spec_constants[id_].default_value.type  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
            op = ReferenceOfOp.build(
                properties={"spec_const": module.named(id_, at)}, result_types=[type_]
            )
        else:
            raise broken(at.offset, f"{at.name} uses %{id_}, which no block before it defines")
        self.globals.append(op)
        self.values[id_] = op.results[0]
        return op.results[0]

    def body(self, block: Block, flat: _Flat) -> None:
        for at in flat.body:
            self.instruction(block, at)

    def instruction(self, block: Block, at: Decoded) -> None:
        module = self.module
        if at.name == "OpExtInst":
            found = BY_EXTENDED.get((module.sets.get(at.number(0), ""), at.number(1)))
            if found is None:
                raise broken(at.offset, f"instruction {at.number(1)} of its set is not supported")
            self.row(block, at, found)
        elif at.name == "OpFunctionCall":
            result = module.types.get(at.type or 0)
            arguments = [self.value(id_, at) for id_ in at.ids()[1:]]
            op = FunctionCallOp.build(
                operands=[arguments],
                properties={"callee": module.named(at.number(0), at)},
                result_types=[result],
            )
            self.add(block, at, op)
        elif at.name == "OpCooperativeMatrixLengthKHR":
            matrix = module.type(at.number(0), at)
            if not isinstance(matrix, CooperativeMatrixType):
                raise broken(at.offset, f"{matrix} is no cooperative matrix")
            op = CooperativeMatrixLengthOp.build(
                properties={"cooperative_matrix_type": matrix},
                result_types=[module.type(at.type or 0, at)],
            )
            self.add(block, at, op)
        elif at.format.opcode in BY_OPCODE:
            self.row(block, at, BY_OPCODE[at.format.opcode])
        else:
            raise broken(at.offset, f"{at.name} stands in a function")

    def add(self, block: Block, at: Decoded, op: Operation) -> None:
        block.add_op(op)
        if op.results:
            op.attributes.update(self.module.units(at.result or 0, at))
            self.bind(at, op.results[0])

    def row(self, block: Block, at: Decoded, row: Row) -> None:
        """Makes an op of a row from its operands, in the row's order."""
        words = list(at.operands[2:] if row.extended else at.operands)
        arguments: list[SSAValue | list[SSAValue] | None] = []
        properties: dict[str, Attribute] = {}
        left = sum(1 for operand in row.parsed if not operand.mode and operand.kind != "literals")
        for operand in row.parsed:
            left -= not operand.mode and operand.kind != "literals"
            if operand.is_value and operand.mode:
                count = len(words) - left if operand.mode == "*" else int(bool(words))
                taken = [words.pop(0) for _ in range(count)]
                arguments.append([self.value(_id(word.value), at) for word in taken])
            elif operand.kind == "literals":
                numbers = [_id(word.value) for word in words]
                words.clear()
                properties[operand.name] = ArrayAttr([_i32(number) for number in numbers])
            elif not words:
                if not operand.mode:
                    raise broken(at.offset, f"{row.name} has no {operand.name}")
            elif operand.is_value:
                arguments.append(self.value(_id(words.pop(0).value), at))
            else:
                number = _id(words.pop(0).value)
                if operand.constant:
                    number = self.module.integer(number, at)
                if operand.kind == "literal":
                    properties[operand.name] = _i32(number)
                    continue
                properties[operand.name] = self.enumerant(operand.kind, number, at)
                if operand.kind == "memory_access" and words and words[0].kind == "literal":
                    properties["alignment"] = _i32(_id(words.pop(0).value))
        if words:
            raise broken(at.offset, f"{row.name} has {len(words)} operands too many")
        types = [self.module.type(at.type or 0, at)] if row.result else []
        op = ROW_OPS[row.name].build(operands=arguments, result_types=types, properties=properties)
        self.add(block, at, op)

    @staticmethod
    def enumerant(kind: str, number: int, at: Decoded) -> Attribute:
        try:
            return enum_attr(kind, ENUMS[kind].decode(number))
        except KeyError:
            raise broken(at.offset, f"{at.name}: no {kind} is {number}") from None


def _id(value: int | str) -> int:
    assert isinstance(value, int)
    return value


def _i32(number: int) -> IntegerAttr:
    return IntegerAttr(number - (1 << 32) if number >> 31 else number, i32)


def _outward(scope: _Scope | None) -> list[_Scope]:
    found: list[_Scope] = []
    while scope is not None:
        found.append(scope)
        scope = scope.outer
    return found


def _yield_escaping(op: SelectionOp | LoopOp) -> None:
    """Makes results of what is defined inside a construct and used outside of it. Inner constructs
    come first, so their results are taken on by those around them."""
    merge = op.body.blocks[len(op.body.blocks) - 1].last_op
    assert isinstance(merge, MergeOp)
    escaping: list[SSAValue] = []
    for block in op.body.blocks:
        for value in (*block.args, *(r for inner in block.ops for r in inner.results)):
            if any(not op.is_ancestor(use.operation) for use in value.uses):
                escaping.append(value)
    if not escaping:
        return
    parent = op.parent_block()
    assert parent is not None
    region = op.detach_region(op.body)
    merge.detach()
    final = region.blocks[len(region.blocks) - 1]
    final.add_op(MergeOp.build(operands=[escaping]))
    merge.erase()
    made = type(op).build(
        properties=dict(op.properties), result_types=[[v.type for v in escaping]], regions=[region]
    )
    parent.insert_ops_before([made], op)
    op.detach()
    op.erase()
    for value, result in zip(escaping, made.results, strict=True):
        outside = [use for use in value.uses if not made.is_ancestor(use.operation)]
        for use in outside:
            use.operation.operands[use.index] = result
