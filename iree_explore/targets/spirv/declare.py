# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ids of types and constants, declared once and in order, for the serializer.

Two types that are the same to SPIR-V have one id (`i32` and `ui32`), as the specification demands
of all types but arrays and structs. Constants are `OpConstant...` by the attribute of
`spirv.Constant`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    BFloat16Type,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    Signedness,
    UnitAttr,
    VectorType,
    i32,
)
from xdsl.ir import Attribute

from iree_explore.targets.spirv.binary import Instruction
from iree_explore.targets.spirv.enums import (
    DECORATION,
    FP_ENCODING,
    MATRIX_USE,
    SCOPE,
    STORAGE_CLASS,
)
from iree_explore.targets.spirv.rules import member_type
from iree_explore.targets.spirv.types import (
    ArrayType,
    CooperativeMatrixType,
    PointerType,
    RuntimeArrayType,
    StructType,
    bits_of,
    is_bool,
)


def float_bits(value: float, type_: Attribute) -> int:
    """The bit pattern of a float of `type_`; overflow is infinity."""
    if isinstance(type_, BFloat16Type):
        return struct.unpack("<I", struct.pack("<f", value))[0] >> 16
    bits = bits_of(type_)
    form, number = {16: ("<e", "<H"), 32: ("<f", "<I"), 64: ("<d", "<Q")}[bits]
    return struct.unpack(number, struct.pack(form, value))[0]


class Declarations:
    """Types, constants and variables of a module: `instructions` and their `decorations`."""

    def __init__(self) -> None:
        self.bound = 1
        self.instructions: list[Instruction] = []
        self.decorations: list[Instruction] = []
        self._types: dict[Attribute | None, int] = {}
        self._interned: dict[tuple[int, ...], int] = {}

    def new_id(self) -> int:
        self.bound += 1
        return self.bound - 1

    def decorate(self, id_: int, name: str, *parameters: int) -> None:
        self.decorations.append(Instruction(71, [id_, DECORATION.encode(name), *parameters]))

    def _declare(self, opcode: int, *words: int) -> int:
        """The id of a type, made once."""
        key = (opcode, *words)
        if key not in self._interned:
            self._interned[key] = self.new_id()
            self.instructions.append(Instruction(opcode, [self._interned[key], *words]))
        return self._interned[key]

    def _constant(self, opcode: int, type_: int, *words: int) -> int:
        key = (opcode, type_, *words)
        if key not in self._interned:
            self._interned[key] = self.new_id()
            self.instructions.append(Instruction(opcode, [type_, self._interned[key], *words]))
        return self._interned[key]

    def type(self, type_: Attribute) -> int:
        """The id of a type."""
        if type_ not in self._types:
            self._types[type_] = self._type(type_)
        return self._types[type_]

    def optional_type(self, types: Sequence[Attribute]) -> int:
        """The id of the type of a function's results: void if there is none."""
        return self.type(types[0]) if types else self._declare(19)

    def result_type(self, type_: FunctionType) -> int:
        return self.optional_type(type_.outputs.data)

    def _type(self, type_: Attribute) -> int:
        if isinstance(type_, IntegerType):
            if is_bool(type_):
                return self._declare(20)
            signed = type_.signedness.data == Signedness.SIGNED
            return self._declare(21, type_.width.data, int(signed))
        if isinstance(type_, VectorType):
            return self._declare(23, self.type(type_.element_type), type_.get_shape()[0])
        if isinstance(type_, PointerType):
            storage = STORAGE_CLASS.encode(type_.storage_class.data)
            return self._declare(32, storage, self.type(type_.pointee))
        if isinstance(type_, FunctionType):
            inputs = [self.type(part) for part in type_.inputs]
            return self._declare(33, self.result_type(type_), *inputs)
        if isinstance(type_, CooperativeMatrixType):
            sizes = [self.integer(SCOPE.encode(type_.scope.data)), self.integer(type_.rows.data)]
            sizes += [
                self.integer(type_.columns.data),
                self.integer(MATRIX_USE.encode(type_.use.data)),
            ]
            return self._declare(4456, self.type(type_.element), *sizes)
        if isinstance(type_, ArrayType | RuntimeArrayType | StructType):
            return self._aggregate(type_)
        if isinstance(type_, BFloat16Type):
            return self._declare(22, 16, FP_ENCODING.values["BFloat16KHR"])
        return self._declare(22, bits_of(type_))

    def _aggregate(self, type_: ArrayType | RuntimeArrayType | StructType) -> int:
        if isinstance(type_, StructType):
            words = [self.type(member) for member in type_.members]
        else:
            words = [self.type(type_.element)]
            words += [self.integer(type_.count.data)] if isinstance(type_, ArrayType) else []
        opcode = 30 if isinstance(type_, StructType) else 28 if len(words) == 2 else 29
        id_ = self.new_id()
        self.instructions.append(Instruction(opcode, [id_, *words]))
        if not isinstance(type_, StructType):
            if type_.stride.data:
                self.decorate(id_, "ArrayStride", type_.stride.data)
            return id_
        for index, offset in enumerate(type_.offsets):
            self._decorate_member(id_, index, "Offset", offset.data)
        for index, names in enumerate(type_.member_decorations):
            for name in names:
                self._decorate_member(id_, index, name.data)
        for name in type_.decorations:
            self.decorate(id_, name.data)
        return id_

    def _decorate_member(self, id_: int, index: int, name: str, *parameters: int) -> None:
        words = [id_, index, DECORATION.encode(name), *parameters]
        self.decorations.append(Instruction(72, words))

    def integer(self, value: int) -> int:
        """The id of an `i32` constant."""
        return self._constant(43, self.type(i32), value & 0xFFFFFFFF)

    def constant(self, value: Attribute, type_: Attribute) -> int:
        """The id of a constant; `value` as in `spirv.Constant`."""
        id_ = self.type(type_)
        if isinstance(value, UnitAttr):
            return self._constant(46, id_)
        if isinstance(value, ArrayAttr):
            parts = [
                self.constant(item, member_type(type_, index) or type_)
                for index, item in enumerate(value)
            ]
            return self._constant(44, id_, *parts)
        if isinstance(value, DenseIntOrFPElementsAttr):
            element = value.get_element_type()
            parts = [self._scalar(item, element) for item in value.get_values()]  # pyright: ignore[reportArgumentType]
            return self._constant(44, id_, *parts)
        return self._scalar(_plain(value), type_)

    def _scalar(self, value: int | float, type_: Attribute) -> int:
        id_ = self.type(type_)
        if is_bool(type_):
            return self._constant(41 if value else 42, id_)
        return self._constant(43, id_, *_words(value, type_))

    def spec_constant(self, value: Attribute) -> int:
        """The id of a new specialisation constant."""
        type_ = value.type  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        plain, type_id, id_ = _plain(value), self.type(type_), self.new_id()  # pyright: ignore[reportUnknownArgumentType]
        opcode, words = 50, _words(plain, type_)  # pyright: ignore[reportUnknownArgumentType]
        if is_bool(type_):  # pyright: ignore[reportUnknownArgumentType]
            opcode, words = (48 if plain else 49), []
        self.instructions.append(Instruction(opcode, [type_id, id_, *words]))
        return id_

    def variable(self, type_: PointerType) -> int:
        """The id of a new variable of the module."""
        type_id, id_ = self.type(type_), self.new_id()
        storage = STORAGE_CLASS.encode(type_.storage_class.data)
        self.instructions.append(Instruction(59, [type_id, id_, storage]))
        return id_


def _plain(value: Attribute) -> int | float:
    assert isinstance(value, IntegerAttr | FloatAttr), value
    return value.value.data


def _words(value: int | float, type_: Attribute) -> list[int]:
    """A number as the words of `OpConstant`: small integers are sign-extended if signed."""
    if isinstance(type_, IntegerType):
        bits = type_.width.data
        pattern = int(value) & ((1 << bits) - 1)
        if bits < 32 and type_.signedness.data == Signedness.SIGNED and pattern >> (bits - 1):
            pattern |= 0xFFFFFFFF & ~((1 << bits) - 1)
    else:
        bits, pattern = bits_of(type_), float_bits(float(value), type_)
    return [pattern & 0xFFFFFFFF, pattern >> 32] if bits == 64 else [pattern]
