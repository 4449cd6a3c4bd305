# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Kernel` makes a compute kernel of the `spirv` dialect op by op: what it is bound to, its
arithmetic, its loops and conditions.

    kernel = Kernel("double", (64, 1, 1))
    x = kernel.buffer("x", f32, binding=0)
    i = kernel.invocation()
    kernel.store(x, i, kernel.op("FAdd", kernel.load(x, i), kernel.load(x, i)))
    module = kernel.finish()          # spirv.module; serialize(module) makes the bytes
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
    VectorType,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from iree_explore.targets.spirv.capabilities import update_vce
from iree_explore.targets.spirv.dialect import make
from iree_explore.targets.spirv.ops import (
    AddressOfOp,
    BranchConditionalOp,
    BranchOp,
    ConstantOp,
    EntryPointOp,
    ExecutionModeOp,
    FuncOp,
    GlobalVariableOp,
    LoopOp,
    MergeOp,
    ModuleOp,
    SelectionOp,
    SwitchOp,
)
from iree_explore.targets.spirv.rules import constant_integer, walk_type
from iree_explore.targets.spirv.types import (
    PointerType,
    StructType,
    block,
    buffer_of,
    enum_attr,
    is_scalar,
)
from iree_explore.targets.spirv.verify import PORTABLE, Profile, check_module, used_variables

Index = SSAValue | int


class Kernel:
    """One entry point being made, with workgroups of `local_size` invocations, for a `profile`."""

    def __init__(
        self, name: str, local_size: tuple[int, int, int], profile: Profile = PORTABLE
    ) -> None:
        self.name, self.local_size, self.profile = name, local_size, profile
        self.globals: list[GlobalVariableOp] = []
        self.entry = Block()
        self.region = Region(self.entry)
        self.block = self.entry
        self._constants: dict[tuple[Attribute, Attribute], SSAValue] = {}
        self._addresses: dict[str, SSAValue] = {}
        self._head: Operation | None = None
        self.source: Operation | None = None
        """What is being lowered; ops made meanwhile descend from it."""
        self.sources: list[tuple[Operation, Operation]] = []
        """Ops and what they descend from."""

    # What the kernel is bound to

    def variable(self, name: str, type_: PointerType, **properties: Attribute) -> SSAValue:
        """A variable of the module, and its address."""
        given: dict[str, Attribute] = {"sym_name": StringAttr(name), "type": type_, **properties}
        self.globals.append(GlobalVariableOp.build(properties=given))
        address = AddressOfOp.build(
            properties={"variable": SymbolRefAttr(name)}, result_types=[type_]
        )
        self._first(address)
        self._addresses[name] = address.pointer
        return address.pointer

    def buffer(
        self, name: str, element: Attribute, binding: int, descriptor_set: int = 0,
        read_only: bool = False,
    ) -> SSAValue:  # fmt: skip
        """A storage buffer of elements."""
        struct = buffer_of(element)
        if read_only:
            struct = StructType(struct.members.data, [0], [["NonWritable"]], ["Block"])
        return self.variable(
            name, PointerType(struct, "StorageBuffer"), binding=IntegerAttr(binding, i32),
            descriptor_set=IntegerAttr(descriptor_set, i32),
        )  # fmt: skip

    def push_constants(self, *types: Attribute) -> list[SSAValue]:
        """Constants of a dispatch, one after the other, loaded."""
        struct = block(*types)
        base = self.variable("push_constants", PointerType(struct, "PushConstant"))
        return [self.load(base, index, skip=False) for index in range(len(types))]

    def shared(self, name: str, type_: Attribute) -> SSAValue:
        """Memory of a workgroup."""
        return self.variable(name, PointerType(type_, "Workgroup"))

    def built_in(self, name: str) -> SSAValue:
        """A built-in's value: a vector of 3 integers, or an integer for those of subgroups and
        `LocalInvocationIndex`."""
        vector = name in ("NumWorkgroups", "WorkgroupId", "LocalInvocationId", "GlobalInvocationId")
        type_ = VectorType(i32, [3]) if vector else i32
        address = self._addresses.get(name)
        if address is None:
            address = self.variable(name, PointerType(type_, "Input"), built_in=StringAttr(name))
        return self.op("Load", address)

    def invocation(self, dimension: int = 0) -> SSAValue:
        """This invocation's index in the whole grid."""
        ids = self.built_in("GlobalInvocationId")
        return self.op("CompositeExtract", ids, indices=[dimension], result=i32)

    # Values

    def add(self, op: Operation) -> Operation:
        """Puts an op at the end of the current block."""
        self.block.add_op(op)
        if self.source is not None:
            self.sources.append((op, self.source))
        return op

    def op(
        self, name: str, *operands: Index, result: Attribute | None = None, **attributes: Any
    ) -> Any:
        """`spirv.name` of these operands (integers are `i32` constants); its result, if any."""
        values = [self.index(operand) for operand in operands]
        op = self.add(make(name, *values, result=result, **attributes))
        return op.results[0] if op.results else None

    def index(self, value: Index) -> SSAValue:
        """The value itself, or an `i32` constant."""
        return self.constant(value, i32) if isinstance(value, int) else value

    def constant(self, value: float | Attribute, type_: Attribute) -> SSAValue:
        """A constant; a number is one of a scalar type, 0 one of any type."""
        if isinstance(value, float) and not math.isfinite(value) and self.profile is PORTABLE:
            return self._not_finite(value, type_)
        if isinstance(value, Attribute):
            attribute = value
        elif isinstance(type_, IntegerType):
            attribute = IntegerAttr(int(value), type_)
        elif value == 0 and not is_scalar(type_):
            attribute = UnitAttr()
        else:
            attribute = FloatAttr(value, type_)  # pyright: ignore[reportArgumentType, reportCallIssue]
        key = (attribute, type_)
        if key not in self._constants:
            op = ConstantOp.build(properties={"value": attribute}, result_types=[type_])
            self._first(op)
            self._constants[key] = op.constant
        return self._constants[key]

    def _not_finite(self, value: float, type_: Attribute) -> SSAValue:
        """An infinity or NaN in the portable profile. WGSL has none as constants, nor as what can
        be computed before the shader runs, and Tint, Dawn's compiler, ends the process over one: it
        is made of its bits, of which the compiler does not know that they are constant."""
        bits = struct.unpack("<i", struct.pack("<f", value))[0]
        unknown = self.op("BitwiseAnd", self.built_in("LocalInvocationIndex"), 0)
        return self.op("Bitcast", self.op("BitwiseOr", unknown, bits), result=type_)

    def _first(self, op: Operation) -> None:
        """Puts an op before everything but those of its kind, where all blocks see it."""
        if self._head is not None:
            self.entry.insert_ops_after([op], self._head)
        elif self.entry.first_op is not None:
            self.entry.insert_ops_before([op], self.entry.first_op)
        else:
            self.entry.add_op(op)
        self._head = op

    def element(self, base: SSAValue, *indices: Index, skip: bool = True) -> SSAValue:
        """The address of an element; the 0 of a buffer's only member goes without saying."""
        assert isinstance(base.type, PointerType)
        inside = isinstance(base.type.pointee, StructType) and skip
        path = [self.index(index) for index in ((0, *indices) if inside else indices)]
        found = walk_type(base.type.pointee, [constant_integer(value) for value in path])
        assert isinstance(found, Attribute), found
        result = PointerType(found, base.type.storage_class.data)
        return self.op("AccessChain", base, *path, result=result)

    def load(self, base: SSAValue, *indices: Index, skip: bool = True) -> SSAValue:
        """An element of a buffer or array."""
        return self.op("Load", self.element(base, *indices, skip=skip) if indices else base)

    def store(self, base: SSAValue, *rest: Index) -> None:
        """`store(base, i, value)`: sets an element of a buffer or array."""
        *indices, value = rest
        self.op("Store", self.element(base, *indices) if indices else base, value)

    def barrier(self, buffers: bool = False) -> None:
        """All invocations of the workgroup arrive here, and see its memory as it is then; with
        `buffers` what they wrote to storage buffers, too."""
        if buffers:
            self.op(
                "ControlBarrier", execution_scope="Workgroup", memory_scope="Workgroup",
                memory_semantics="AcquireRelease|UniformMemory",
            )  # fmt: skip
        self.op(
            "ControlBarrier", execution_scope="Workgroup", memory_scope="Workgroup",
            memory_semantics="AcquireRelease|WorkgroupMemory",
        )  # fmt: skip

    def local(self, type_: Attribute) -> SSAValue:
        """A variable of the invocation."""
        op = make("Variable", result=PointerType(type_, "Function"), storage_class="Function")
        self._first(op)
        return op.results[0]

    # Control flow

    @contextmanager
    def when(self, condition: SSAValue) -> Iterator[None]:
        """What follows runs if the condition holds."""
        with self.select(condition, lambda: []):
            yield

    @contextmanager
    def select(
        self, condition: SSAValue, otherwise: Callable[[], Sequence[SSAValue]]
    ) -> Iterator[list[SSAValue]]:
        """A condition whose branches yield values: the body appends its own to the list it gets;
        `otherwise` makes those of the other branch. Afterwards the list holds the results."""
        outer, values = self.block, list[SSAValue]()
        header, then, other, merge = Block(), Block(), Block(), Block()
        self.block = then
        yield values
        then_end, self.block = self.block, other
        others = list(otherwise())
        other_end = self.block
        types = [value.type for value in values]
        for type_ in types:
            merge.insert_arg(type_, len(merge.args))
        for end, passed in ((then_end, values), (other_end, others)):
            end.add_op(BranchOp.build(operands=[list(passed)], successors=[merge]))
        branch = BranchConditionalOp.build(operands=[condition, [], []], successors=[then, other])
        header.add_op(branch)
        merge.add_op(MergeOp.build(operands=[list(merge.args)]))
        op = SelectionOp.build(
            properties={"selection_control": enum_attr("selection_control", "None")},
            result_types=[types],
            regions=[Region([header, then, other, merge])],
        )
        self.block = outer
        self.add(op)
        values[:] = op.values

    @contextmanager
    def loop(
        self, lower: Index, upper: Index, step: Index = 1, carried: Sequence[SSAValue] = ()
    ) -> Iterator[tuple[SSAValue, list[SSAValue]]]:
        """A counted loop, unsigned: its body gets the counter and a list of what it carries, and
        puts the next values there. Afterwards the list holds the last ones."""
        outer = self.block
        bounds = [self.index(value) for value in (lower, upper, step)]
        types = [value.type for value in (bounds[0], *carried)]
        entry, header, body, merge = Block(), Block(arg_types=types), Block(), Block()
        last = Block()
        first = BranchOp.build(operands=[[bounds[0], *carried]], successors=[header])
        entry.add_op(first)
        counter, *values = header.args
        test = make("ULessThan", counter, bounds[1])
        header.add_op(test)
        header.add_op(
            BranchConditionalOp.build(operands=[test.results[0], [], []], successors=[body, merge])
        )
        self.block = body
        state = list[SSAValue](values)
        yield counter, state
        self.add(BranchOp.build(operands=[[]], successors=[last]))
        following = make("IAdd", counter, bounds[2])
        last.add_op(following)
        last.add_op(BranchOp.build(operands=[[following.results[0], *state]], successors=[header]))
        merge.add_op(MergeOp.build(operands=[list(values)]))
        op = LoopOp.build(
            properties={"loop_control": enum_attr("loop_control", "None")},
            result_types=[types[1:]],
            regions=[Region([entry, header, body, last, merge])],
        )
        self.block = outer
        self.add(op)
        state[:] = op.values

    def repeat(
        self,
        initial: Sequence[SSAValue],
        test: Callable[[Sequence[SSAValue]], SSAValue],
        body: Callable[[Sequence[SSAValue]], Sequence[SSAValue]],
        control: str = "None",
    ) -> list[SSAValue]:
        """What `initial` has become when `test` of it is false; `body` makes the next values.
        `test` is straight-line code; `control` says whether the loop is to be unrolled."""
        outer, types = self.block, [value.type for value in initial]
        entry, header, inside, merge = Block(), Block(arg_types=types), Block(), Block()
        last = Block()
        entry.add_op(BranchOp.build(operands=[list(initial)], successors=[header]))
        self.block = header
        flag = test(header.args)
        self.add(BranchConditionalOp.build(operands=[flag, [], []], successors=[inside, merge]))
        self.block = inside
        following = list(body(header.args))
        self.add(BranchOp.build(operands=[[]], successors=[last]))
        last.add_op(BranchOp.build(operands=[following], successors=[header]))
        merge.add_op(MergeOp.build(operands=[list(header.args)]))
        op = LoopOp.build(
            properties={"loop_control": enum_attr("loop_control", control)},
            result_types=[types],
            regions=[Region([entry, header, inside, last, merge])],
        )
        self.block = outer
        self.add(op)
        return list(op.values)

    def switch(self, selector: SSAValue, cases: dict[int, Callable[[], SSAValue]],
               default: Callable[[], SSAValue]) -> SSAValue:  # fmt: skip
        """The value of the case that the selector names."""
        outer, merge = self.block, Block()
        targets, ends = [], []
        for make_value in (default, *cases.values()):
            self.block = Block()
            targets.append(self.block)
            ends.append((make_value(), self.block))
        merge.insert_arg(ends[0][0].type, 0)
        for value, end in ends:
            end.add_op(BranchOp.build(operands=[[value]], successors=[merge]))
        header = Block(
            [
                SwitchOp.build(
                    operands=[selector, [], []],
                    properties={
                        "literals": DenseArrayBase.from_list(i32, list(cases)),
                        "case_operand_segments": DenseArrayBase.from_list(i32, [0] * len(cases)),
                    },
                    successors=[targets[0], targets[1:]],
                )
            ]
        )
        merge.add_op(MergeOp.build(operands=[[merge.args[0]]]))
        blocks = [header]
        for target, (_, end) in zip(targets, ends, strict=True):
            blocks += [target] if target is end else [target, end]
        op = SelectionOp.build(
            properties={"selection_control": enum_attr("selection_control", "None")},
            result_types=[[merge.args[0].type]],
            regions=[Region([*blocks, merge])],
        )
        self.block = outer
        self.add(op)
        return op.values[0]

    def finish(self, memory_model: str = "GLSL450") -> ModuleOp:
        """The module, checked; raises `ModelError` IX220 for what breaks a rule or the profile."""
        self.op("Return")
        func = FuncOp.build(
            properties={
                "sym_name": StringAttr(self.name),
                "function_type": FunctionType.from_lists([], []),
                "function_control": enum_attr("function_control", "None"),
            },
            regions=[self.region],
        )
        ops: list[Operation] = [*self.globals, func]
        symbols: dict[str, Operation] = {op.sym_name.data: op for op in self.globals}
        names = used_variables(symbols, func)
        every = self.profile.version >= 14
        interface = [
            SymbolRefAttr(op.sym_name.data)
            for op in self.globals
            if op.sym_name.data in names and (every or op.type.storage_class.data == "Input")
        ]
        size = [IntegerAttr(value, i32) for value in self.local_size]
        fn = SymbolRefAttr(self.name)
        model, mode = enum_attr("execution_model", "GLCompute"), "LocalSize"
        given = {"execution_model": model, "fn": fn, "interface": ArrayAttr(interface)}
        ops.append(EntryPointOp.build(properties=given))
        given = {"fn": fn, "execution_mode": enum_attr("execution_mode", mode)}
        ops.append(ExecutionModeOp.build(properties={**given, "values": ArrayAttr(size)}))
        module = ModuleOp.build(
            properties={
                "addressing_model": enum_attr("addressing_model", "Logical"),
                "memory_model": enum_attr("memory_model", memory_model),
            },
            regions=[Region(Block(ops))],
        )
        update_vce(module, self.profile.version)
        check_module(module, self.profile)
        return module
