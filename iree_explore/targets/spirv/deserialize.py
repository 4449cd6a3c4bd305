# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SPIR-V bytes as a `spirv.module`.

Here are the declarations: types, constants, variables, entry points, decorations. Functions are
read by `structure.py`. Any bytes may come: what is no module of ours is a `ModelError`, IX506 where
an instruction is wrong, IX220 where the module as a whole is. Types and constants that are nested
deeply or share parts many times (their text would be exponentially long) are refused by size.
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects.builtin import (
    ArrayAttr,
    BFloat16Type,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
    VectorType,
    i1,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region

from iree_explore.targets.spirv.binary import Decoded, broken, decode, read
from iree_explore.targets.spirv.enums import (
    BUILT_IN,
    CAPABILITY,
    DECORATION,
    ENUMS,
    MATRIX_USE,
    SCOPE,
    STORAGE_CLASS,
)
from iree_explore.targets.spirv.ops import (
    EntryPointOp,
    ExecutionModeOp,
    GlobalVariableOp,
    ModuleOp,
    SpecConstantOp,
)
from iree_explore.targets.spirv.structure import FunctionReader
from iree_explore.targets.spirv.types import (
    ArrayType,
    CooperativeMatrixType,
    PointerType,
    RuntimeArrayType,
    StructType,
    VceAttr,
    bits_of,
    enum_attr,
    is_bool,
    is_scalar,
)
from iree_explore.targets.spirv.verify import check_module

MAX_PARTS, MAX_DEPTH = 4096, 48
"""Of a type or constant, shared parts counted each time."""

_SKIPPED = ("OpSource", "OpSourceContinued", "OpSourceExtension", "OpString", "OpMemberName",
            "OpModuleProcessed", "OpNop", "OpLine", "OpNoLine")  # fmt: skip
_FLOATS = {16: Float16Type(), 32: Float32Type(), 64: Float64Type()}


def deserialize(data: bytes) -> ModuleOp:
    """The module that some bytes are; raises `ModelError` IX506 or IX220."""
    return Deserializer(data).module()


@dataclass(frozen=True)
class Constant:
    """A constant by the attribute of `spirv.Constant`, and its size (`MAX_PARTS`)."""

    value: Attribute
    type: Attribute
    parts: int = 1
    depth: int = 1


@dataclass
class Decorations:
    """What `OpDecorate` and `OpMemberDecorate` say of one id."""

    whole: dict[str, list[int]] = field(default_factory=dict)
    members: dict[int, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(dict))


class Deserializer:
    """Everything that is known of a module by id; functions ask it."""

    def __init__(self, data: bytes) -> None:
        self.binary = read(data)
        self.types: dict[int, Attribute | None] = {}
        self.type_size: dict[int, tuple[int, int]] = {}
        self.constants: dict[int, Constant] = {}
        self.symbols: dict[int, str] = {}
        self.variables: dict[int, GlobalVariableOp] = {}
        self.spec_constants: dict[int, SpecConstantOp] = {}
        self.functions: dict[int, FunctionType] = {}
        self.sets: dict[int, str] = {}
        self.names: dict[int, str] = {}
        self.decorations: dict[int, Decorations] = defaultdict(Decorations)
        self.defined: set[int] = set()
        self.taken: set[str] = set()
        self.capabilities: list[str] = []
        self.extensions: list[str] = []
        self.models: tuple[str, str] | None = None
        self.entries: list[Decoded] = []
        self.modes: list[Decoded] = []

    def module(self) -> ModuleOp:
        decoded = [decode(instruction) for instruction in self.binary.instructions]
        for instruction in decoded:
            self.define(instruction)
        first = next((i for i, d in enumerate(decoded) if d.name == "OpFunction"), len(decoded))
        for instruction in decoded[:first]:
            self.declare(instruction)
        functions = self.split(decoded[first:])
        for instructions in functions:
            self.signature(instructions[0])
        ops: list[Operation] = [*self.spec_constants.values(), *self.variables.values()]
        ops += [FunctionReader(self, instructions).read() for instructions in functions]
        ops += [self.entry_point(entry) for entry in self.entries]
        ops += [self.execution_mode(mode) for mode in self.modes]
        if self.models is None:
            raise broken(5, "it has no OpMemoryModel")
        addressing, memory = self.models
        module = ModuleOp.build(
            properties={
                "addressing_model": enum_attr("addressing_model", addressing),
                "memory_model": enum_attr("memory_model", memory),
                "vce_triple": VceAttr(self.binary.version, self.capabilities, self.extensions),
            },
            regions=[Region(Block(ops))],
        )
        check_module(module)
        return module

    def define(self, instruction: Decoded) -> None:
        id_ = instruction.result
        if id_ is None:
            return
        if not 0 < id_ < self.binary.bound:
            raise broken(instruction.offset, f"%{id_} is not below the bound {self.binary.bound}")
        if id_ in self.defined:
            raise broken(instruction.offset, f"%{id_} is defined twice")
        self.defined.add(id_)

    def declare(self, at: Decoded) -> None:
        """Takes in one instruction before the functions."""
        name = at.name
        if name in _SKIPPED:
            return
        if name.startswith("OpType"):
            self.types[at.result or 0] = self.type_of(at)
        elif name.startswith(("OpConstant", "OpSpecConstant")):
            self.constant(at)
        elif name == "OpVariable":
            self.variable(at)
        elif name == "OpCapability":
            self.capabilities.append(CAPABILITY.decode(at.number(0)))
        elif name == "OpExtension":
            self.extensions.append(at.text(0))
        elif name == "OpExtInstImport":
            self.sets[at.result or 0] = at.text(0)
        elif name == "OpMemoryModel":
            models = (ENUMS["addressing_model"], ENUMS["memory_model"])
            self.models = (models[0].decode(at.number(0)), models[1].decode(at.number(1)))
        elif name == "OpEntryPoint":
            self.entries.append(at)
        elif name == "OpExecutionMode":
            self.modes.append(at)
        elif name == "OpName":
            self.names[at.number(0)] = at.text(1)
        elif name == "OpDecorate":
            self.decorate(self.decorations[at.number(0)].whole, at, 1)
        elif name == "OpMemberDecorate":
            self.decorate(self.decorations[at.number(0)].members[at.number(1)], at, 2)
        else:
            raise broken(at.offset, f"{name} stands outside of a function")

    @staticmethod
    def decorate(into: dict[str, list[int]], at: Decoded, first: int) -> None:
        name = DECORATION.decode(at.number(first))
        into[name] = [at.number(i) for i in range(first + 1, len(at.operands))]

    # Types

    def type(self, id_: int, at: Decoded) -> Attribute:
        """A type that is not void; `at` is who asks."""
        found = self.types.get(id_)
        if found is None:
            raise broken(at.offset, f"{at.name}: %{id_} is no type that values have")
        return found

    def integer(self, id_: int, at: Decoded) -> int:
        """The value of an integer constant."""
        constant = self.constants.get(id_)
        if constant is None or not isinstance(constant.value, IntegerAttr):
            raise broken(at.offset, f"{at.name}: %{id_} is no integer constant")
        return constant.value.value.data

    def type_of(self, at: Decoded) -> Attribute | None:
        """The type that an instruction declares; None is void."""
        name = at.name.removeprefix("OpType")
        if name == "Void":
            return None
        if name == "Bool":
            return self.sized(at, (), i1)
        if name == "Int":
            width, signed = at.number(0), at.number(1)
            if width not in (8, 16, 32, 64) or signed > 1:
                raise broken(at.offset, f"no integer type has {width} bits, signedness {signed}")
            return self.sized(at, (), _integer_type(width, signed))
        if name == "Float":
            width = at.number(0)
            if len(at.operands) > 1 and width == 16:
                return self.sized(at, (), BFloat16Type())
            if width not in _FLOATS or len(at.operands) > 1:
                raise broken(at.offset, f"no float type has {width} bits")
            return self.sized(at, (), _FLOATS[width])
        if name == "Pointer":
            pointee = self.type(at.number(1), at)
            storage = STORAGE_CLASS.decode(at.number(0))
            return self.sized(at, (at.number(1),), PointerType(pointee, storage))
        if name == "Function":
            returned = at.number(0)
            if returned not in self.types:
                raise broken(at.offset, f"%{returned} is no type")
            inputs = [self.type(id_, at) for id_ in at.ids()[1:]]
            result = self.types[returned]
            outputs = [] if result is None else [result]
            return self.sized(at, at.ids(), FunctionType.from_lists(inputs, outputs))
        parts = at.ids() if name == "Struct" else at.ids()[:1]
        return self.sized(at, parts, self.composite_type(at, name))

    def composite_type(self, at: Decoded, name: str) -> Attribute:
        decorations = self.decorations[at.result or 0]
        if name == "Struct":
            return self.struct(at, decorations)
        element = self.type(at.number(0), at)
        stride = decorations.whole.get("ArrayStride", [0])[0]
        if name == "Vector":
            if not is_scalar(element) or not 2 <= at.number(1) <= 4:
                raise broken(at.offset, f"no vector has {at.number(1)} of {element}")
            return VectorType(element, [at.number(1)])
        if name == "Array":
            count = self.integer(at.number(1), at)
            if count < 1:
                raise broken(at.offset, f"no array has {count} elements")
            return ArrayType(element, count, stride)
        if name == "RuntimeArray":
            return RuntimeArrayType(element, stride)
        scope, rows, columns, use = (self.integer(at.number(i), at) for i in range(1, 5))
        if not is_scalar(element) or scope not in SCOPE.names or use not in MATRIX_USE.names:
            raise broken(at.offset, "no cooperative matrix has such an element, scope and use")
        return CooperativeMatrixType(
            element, rows, columns, SCOPE.names[scope], MATRIX_USE.names[use]
        )

    def struct(self, at: Decoded, decorations: Decorations) -> StructType:
        members = [self.type(id_, at) for id_ in at.ids()]
        offsets: list[int] = []
        plain: list[list[str]] = []
        for index in range(len(members)):
            given = decorations.members.get(index, {})
            offsets += given.get("Offset", [])
            names = [name for name in given if name != "Offset"]
            if any(given[name] for name in names):
                raise broken(at.offset, f"member {index} has {', '.join(names)}: not supported")
            plain.append(names)
        if len(offsets) not in (0, len(members)):
            raise broken(at.offset, "some members of a struct have offsets, some have none")
        if any(decorations.whole.values()):
            raise broken(at.offset, f"a struct has {', '.join(decorations.whole)}")
        return StructType(members, offsets, plain, list(decorations.whole))

    def sized(self, at: Decoded, parts: Sequence[int], type_: Attribute) -> Attribute:
        """The type, if it is neither too deep nor too big."""
        sizes = [self.type_size.get(part, (1, 1)) for part in parts]
        total = 1 + sum(size for size, _ in sizes)
        depth = 1 + max((depth for _, depth in sizes), default=0)
        if total > MAX_PARTS or depth > MAX_DEPTH:
            raise broken(at.offset, f"a type has {total} parts, {depth} deep")
        self.type_size[at.result or 0] = (total, depth)
        return type_

    # Constants and variables

    def constant(self, at: Decoded) -> None:
        type_, id_, name = self.type(at.type or 0, at), at.result or 0, at.name
        value: Attribute
        parts = depth = 1
        if name.endswith(("True", "False")):
            if not is_bool(type_):
                raise broken(at.offset, f"{name} is no {type_}")
            value = IntegerAttr(int(name.endswith("True")), i1)
        elif name.endswith("Null"):
            value = UnitAttr()
        elif name.endswith("Composite"):
            items = [self.constants.get(part) for part in at.ids()]
            found = [item for item in items if item is not None]
            if len(found) < len(items):
                raise broken(at.offset, "a part is no constant")
            parts = 1 + sum(item.parts for item in found)
            depth = 1 + max((item.depth for item in found), default=0)
            if parts > MAX_PARTS or depth > MAX_DEPTH:
                raise broken(at.offset, f"a constant has {parts} parts, {depth} deep")
            value = self.composite(at, type_, found)
        else:
            value = self.scalar(at, type_)
        if not name.startswith("OpSpec"):
            self.constants[id_] = Constant(value, type_, parts, depth)
            return
        symbol = self.symbol(id_)
        spec = self.decorations[id_].whole.pop("SpecId", None)
        op = SpecConstantOp.build(
            properties={
                "sym_name": StringAttr(symbol),
                "default_value": value,
                "spec_id": IntegerAttr(spec[0], i32) if spec else None,
            },
            attributes=self.units(id_, at),
        )
        self.spec_constants[id_] = op

    @staticmethod
    def composite(at: Decoded, type_: Attribute, items: list[Constant]) -> Attribute:
        if not isinstance(type_, VectorType):
            return ArrayAttr([item.value for item in items])
        scalars = [item.value for item in items if item.type == type_.element_type]
        numbers = [v.value.data for v in scalars if isinstance(v, IntegerAttr | FloatAttr)]
        if len(numbers) != type_.get_shape()[0] or len(items) != len(numbers):
            raise broken(at.offset, f"{len(items)} constants do not make {type_}")
        return DenseIntOrFPElementsAttr.from_list(type_, numbers)  # pyright: ignore[reportArgumentType]

    @staticmethod
    def scalar(at: Decoded, type_: Attribute) -> Attribute:
        number, wide = at.number(0), at.operands[0].wide
        if not is_scalar(type_) or is_bool(type_) or wide != (bits_of(type_) == 64):
            raise broken(at.offset, f"{at.name} does not fit {type_}")
        bits = bits_of(type_)
        pattern = number & ((1 << bits) - 1)
        if isinstance(type_, IntegerType):
            signed = type_.signedness.data != Signedness.UNSIGNED
            value = pattern - (1 << bits) if signed and pattern >> (bits - 1) else pattern
            return IntegerAttr(value, type_)
        if isinstance(type_, BFloat16Type):
            return FloatAttr(struct.unpack("<f", struct.pack("<I", pattern << 16))[0], type_)
        form = {16: ("<H", "<e"), 32: ("<I", "<f"), 64: ("<Q", "<d")}[bits]
        return FloatAttr(struct.unpack(form[1], struct.pack(form[0], pattern))[0], type_)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def variable(self, at: Decoded) -> None:
        type_, id_ = self.type(at.type or 0, at), at.result or 0
        storage = STORAGE_CLASS.decode(at.number(0))
        if not isinstance(type_, PointerType) or type_.storage_class.data != storage:
            raise broken(at.offset, f"a variable in {storage} is no {type_}")
        if len(at.operands) > 1:
            raise broken(at.offset, "a variable of the module has an initialiser")
        given = self.decorations[id_].whole
        numbers = {
            key: IntegerAttr(given.pop(name)[0], i32)
            for key, name in (("binding", "Binding"), ("descriptor_set", "DescriptorSet"))
            if name in given
        }
        built_in = given.pop("BuiltIn", None)
        self.variables[id_] = GlobalVariableOp.build(
            properties={
                "sym_name": StringAttr(self.symbol(id_)),
                "type": type_,
                "binding": numbers.get("binding"),
                "descriptor_set": numbers.get("descriptor_set"),
                "built_in": StringAttr(BUILT_IN.decode(built_in[0])) if built_in else None,
            },
            attributes=self.units(id_, at),
        )

    def units(self, id_: int, at: Decoded) -> dict[str, Attribute]:
        """The decorations of a value as unit attributes: NoContraction as `no_contraction`."""
        if id_ not in self.decorations:
            return {}
        given = self.decorations[id_].whole
        if any(given.values()):
            raise broken(at.offset, f"%{id_} has {', '.join(given)}: not supported")
        return {re.sub("(?<!^)([A-Z])", r"_\1", name).lower(): UnitAttr() for name in given}

    def symbol(self, id_: int) -> str:
        """A name for an id that no other has."""
        wanted = re.sub(r"[^A-Za-z0-9_$.]", "_", self.names.get(id_, "")) or f"id_{id_}"
        wanted = wanted if not wanted[0].isdigit() else f"_{wanted}"
        name = wanted
        while name in self.taken:
            name = f"{wanted}_{len(self.taken)}"
        self.taken.add(name)
        self.symbols[id_] = name
        return name

    # Functions

    def split(self, decoded: list[Decoded]) -> list[list[Decoded]]:
        """The instructions of each function, without its `OpFunctionEnd`."""
        functions: list[list[Decoded]] = []
        inside = False
        for at in decoded:
            if at.name == "OpFunction":
                if inside:
                    raise broken(at.offset, "a function begins in another")
                functions.append([at])
            elif at.name == "OpFunctionEnd":
                if not inside:
                    raise broken(at.offset, "no function ends here")
            elif at.name not in _SKIPPED:
                if not inside:
                    raise broken(at.offset, f"{at.name} stands outside of a function")
                functions[-1].append(at)
            inside = at.name != "OpFunctionEnd" and (inside or at.name == "OpFunction")
        if inside:
            raise broken(functions[-1][-1].offset, "the last function does not end")
        return functions

    def signature(self, at: Decoded) -> None:
        type_ = self.type(at.number(1), at)
        if not isinstance(type_, FunctionType):
            raise broken(at.offset, f"{type_} is no type of functions")
        self.functions[at.result or 0] = type_
        self.symbol(at.result or 0)

    def named(self, id_: int, at: Decoded) -> SymbolRefAttr:
        if id_ not in self.symbols:
            raise broken(at.offset, f"{at.name}: %{id_} is no function or variable")
        return SymbolRefAttr(self.symbols[id_])

    def entry_point(self, at: Decoded) -> EntryPointOp:
        name = at.text(2)
        if self.symbols.get(at.number(1)) != name:
            raise broken(at.offset, f"the function of entry point {name!r} has another name")
        model = enum_attr("execution_model", ENUMS["execution_model"].decode(at.number(0)))
        interface = [self.named(at.number(i), at) for i in range(3, len(at.operands))]
        return EntryPointOp.build(
            properties={
                "execution_model": model,
                "fn": self.named(at.number(1), at),
                "interface": ArrayAttr(interface),
            }
        )

    def execution_mode(self, at: Decoded) -> ExecutionModeOp:
        mode = ENUMS["execution_mode"].decode(at.number(1))
        values = [IntegerAttr(at.number(i), IntegerType(32)) for i in range(2, len(at.operands))]
        return ExecutionModeOp.build(
            properties={
                "fn": self.named(at.number(0), at),
                "execution_mode": enum_attr("execution_mode", mode),
                "values": ArrayAttr(values),
            }
        )


def _integer_type(width: int, signed: int) -> IntegerType:
    return IntegerType(width, Signedness.SIGNED) if signed else IntegerType(width)
