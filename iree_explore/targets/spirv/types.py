# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Types and attributes of the `spirv` dialect, and what every part asks about types.

Scalars and vectors are MLIR's own (`i1` is SPIR-V's bool; signless and unsigned integers are the
same to SPIR-V). Enumerations are attributes `#spirv.<name><A|B>`, one class for each of `enums.py`
(`enum_attr`). Sizes, strides and offsets are bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    IntAttr,
    IntegerType,
    Signedness,
    StringAttr,
    VectorType,
)
from xdsl.ir import Attribute, Data, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition, param_def
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from iree_explore.targets.spirv.enums import ENUMS, MATRIX_USE, SCOPE, STORAGE_CLASS, Enum

FLOATS = (Float16Type, BFloat16Type, Float32Type, Float64Type)
Scalar = IntegerType | Float16Type | BFloat16Type | Float32Type | Float64Type


class EnumAttr(Data[str]):
    """`#spirv.scope<Workgroup>`: a value of the class's enumeration, by its names."""

    enum: ClassVar[Enum]

    def __init__(self, text: str) -> None:
        self.enum.encode(text)
        super().__init__(text)

    @property
    def number(self) -> int:
        return self.enum.encode(self.data)

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> str:
        with parser.in_angle_brackets():
            position = parser.pos
            names = [parser.parse_identifier()]
            while cls.enum.bits and parser.parse_optional_punctuation("|"):
                names.append(parser.parse_identifier())
            for name in names:
                if name not in cls.enum.values:
                    known = ", ".join(cls.enum.values)
                    parser.raise_error(f"{name} is none of: {known}", at_position=position)
            return "|".join(names)

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.data)


def _define(enum: Enum) -> type[EnumAttr]:
    title = "".join(word.title() for word in enum.name.split("_"))
    fields = {
        "__doc__": f"`#spirv.{enum.name}<...>`.",
        "__module__": __name__,
        "name": f"spirv.{enum.name}",
        "enum": enum,
    }
    return irdl_attr_definition(type(f"{title}Attr", (EnumAttr,), fields))


ENUM_ATTRS: dict[str, type[EnumAttr]] = {name: _define(enum) for name, enum in ENUMS.items()}


def enum_attr(name: str, text: str) -> EnumAttr:
    """`#spirv.name<text>`; raises `KeyError` for what the enumeration lacks."""
    return ENUM_ATTRS[name](text)


def _stride(parser: AttrParser) -> int:
    if not parser.parse_optional_punctuation(","):
        return 0
    parser.parse_keyword("stride")
    parser.parse_punctuation("=")
    return parser.parse_integer(allow_boolean=False, allow_negative=False)


def _choice(parser: AttrParser, enum: Enum) -> StringAttr:
    position = parser.pos
    name = parser.parse_identifier()
    if name not in enum.values:
        parser.raise_error(f"{name} is none of: {', '.join(enum.values)}", at_position=position)
    return StringAttr(name)


@irdl_attr_definition
class ArrayType(ParametrizedAttribute, TypeAttribute):
    """`!spirv.array<4 x f32, stride=4>`; a stride of 0 is none."""

    name = "spirv.array"
    element: Attribute = param_def()
    count: IntAttr = param_def()
    stride: IntAttr = param_def()

    def __init__(self, element: Attribute, count: int, stride: int = 0) -> None:
        super().__init__(element, IntAttr(count), IntAttr(stride))

    def print_parameters(self, printer: Printer) -> None:
        stride = f", stride={self.stride.data}" if self.stride.data else ""
        with printer.in_angle_brackets():
            printer.print_string(f"{self.count.data} x ")
            printer.print_attribute(self.element)
            printer.print_string(stride)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            count = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_keyword("x")
            element = parser.parse_attribute()
            return [element, IntAttr(count), IntAttr(_stride(parser))]


@irdl_attr_definition
class RuntimeArrayType(ParametrizedAttribute, TypeAttribute):
    """`!spirv.rtarray<f32, stride=4>`: as long as its buffer."""

    name = "spirv.rtarray"
    element: Attribute = param_def()
    stride: IntAttr = param_def()

    def __init__(self, element: Attribute, stride: int = 0) -> None:
        super().__init__(element, IntAttr(stride))

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.element)
            if self.stride.data:
                printer.print_string(f", stride={self.stride.data}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            element = parser.parse_attribute()
            return [element, IntAttr(_stride(parser))]


@irdl_attr_definition
class StructType(ParametrizedAttribute, TypeAttribute):
    """`!spirv.struct<(f32 [0], i32 [4, NonWritable]), Block>`: members, each with its offset (all
    or none) and decorations; decorations of the whole."""

    name = "spirv.struct"
    members: ArrayAttr[Attribute] = param_def()
    offsets: ArrayAttr[IntAttr] = param_def()
    member_decorations: ArrayAttr[ArrayAttr[StringAttr]] = param_def()
    decorations: ArrayAttr[StringAttr] = param_def()

    def __init__(
        self,
        members: Sequence[Attribute],
        offsets: Sequence[int] = (),
        member_decorations: Sequence[Sequence[str]] = (),
        decorations: Sequence[str] = (),
    ) -> None:
        assert len(offsets) in (0, len(members))
        given = member_decorations or [()] * len(members)
        super().__init__(
            ArrayAttr(members),
            ArrayAttr([IntAttr(offset) for offset in offsets]),
            ArrayAttr([ArrayAttr([StringAttr(name) for name in names]) for names in given]),
            ArrayAttr([StringAttr(name) for name in decorations]),
        )

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string("(")
            for index, member in enumerate(self.members):
                printer.print_string(", " if index else "")
                printer.print_attribute(member)
                facts = [str(self.offsets.data[index].data)] if self.offsets.data else []
                facts += [name.data for name in self.member_decorations.data[index]]
                printer.print_string(f" [{', '.join(facts)}]" if facts else "")
            printer.print_string(")")
            for decoration in self.decorations:
                printer.print_string(f", {decoration.data}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        offsets: list[IntAttr] = []
        decorations: list[ArrayAttr[StringAttr]] = []

        def member() -> Attribute:
            type_ = parser.parse_attribute()
            names: list[StringAttr] = []
            if parser.parse_optional_punctuation("["):
                offset = parser.parse_optional_integer(allow_boolean=False)
                if offset is not None:
                    offsets.append(IntAttr(offset))
                else:
                    names.append(StringAttr(parser.parse_identifier()))
                while parser.parse_optional_punctuation(","):
                    names.append(StringAttr(parser.parse_identifier()))
                parser.parse_punctuation("]")
            decorations.append(ArrayAttr(names))
            return type_

        with parser.in_angle_brackets():
            members = parser.parse_comma_separated_list(parser.Delimiter.PAREN, member)
            if len(offsets) not in (0, len(members)):
                parser.raise_error("all members of a struct have an offset, or none")
            whole: list[StringAttr] = []
            while parser.parse_optional_punctuation(","):
                whole.append(StringAttr(parser.parse_identifier()))
        return [ArrayAttr(members), ArrayAttr(offsets), ArrayAttr(decorations), ArrayAttr(whole)]


@irdl_attr_definition
class PointerType(ParametrizedAttribute, TypeAttribute):
    """`!spirv.ptr<f32, StorageBuffer>`."""

    name = "spirv.ptr"
    pointee: Attribute = param_def()
    storage_class: StringAttr = param_def()

    def __init__(self, pointee: Attribute, storage_class: str) -> None:
        super().__init__(pointee, StringAttr(storage_class))

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.pointee)
            printer.print_string(f", {self.storage_class.data}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            pointee = parser.parse_attribute()
            parser.parse_punctuation(",")
            return [pointee, _choice(parser, STORAGE_CLASS)]


@irdl_attr_definition
class CooperativeMatrixType(ParametrizedAttribute, TypeAttribute):
    """`!spirv.coopmatrix<16x16xf16, Subgroup, MatrixA>`: a matrix that a scope's invocations hold
    together; `use` says where in a product it stands."""

    name = "spirv.coopmatrix"
    element: Attribute = param_def()
    rows: IntAttr = param_def()
    columns: IntAttr = param_def()
    scope: StringAttr = param_def()
    use: StringAttr = param_def()

    def __init__(
        self, element: Attribute, rows: int, columns: int, scope: str = "Subgroup", use: str = ""
    ) -> None:
        super().__init__(
            element, IntAttr(rows), IntAttr(columns), StringAttr(scope), StringAttr(use)
        )

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f"{self.rows.data}x{self.columns.data}x")
            printer.print_attribute(self.element)
            printer.print_string(f", {self.scope.data}, {self.use.data}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            sizes: list[int] = []
            for _ in range(2):
                sizes.append(parser.parse_shape_dimension())
                parser.parse_shape_delimiter()
            element = parser.parse_attribute()
            parser.parse_punctuation(",")
            scope = _choice(parser, SCOPE)
            parser.parse_punctuation(",")
            use = _choice(parser, MATRIX_USE)
            return [element, IntAttr(sizes[0]), IntAttr(sizes[1]), scope, use]


@irdl_attr_definition
class VceAttr(ParametrizedAttribute):
    """`#spirv.vce<v1.3, [Shader], [SPV_...]>`: version, capabilities and extensions of a module."""

    name = "spirv.vce"
    version: IntAttr = param_def()
    capabilities: ArrayAttr[StringAttr] = param_def()
    extensions: ArrayAttr[StringAttr] = param_def()

    def __init__(
        self, version: int, capabilities: Sequence[str], extensions: Sequence[str]
    ) -> None:
        super().__init__(
            IntAttr(version),
            ArrayAttr([StringAttr(name) for name in capabilities]),
            ArrayAttr([StringAttr(name) for name in extensions]),
        )

    def print_parameters(self, printer: Printer) -> None:
        capabilities = ", ".join(name.data for name in self.capabilities)
        extensions = ", ".join(name.data for name in self.extensions)
        version = f"v{self.version.data // 10}.{self.version.data % 10}"
        with printer.in_angle_brackets():
            printer.print_string(f"{version}, [{capabilities}], [{extensions}]")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        def names() -> ArrayAttr[StringAttr]:
            parser.parse_punctuation(",")
            square = parser.Delimiter.SQUARE
            found = parser.parse_comma_separated_list(square, parser.parse_identifier)
            return ArrayAttr([StringAttr(name) for name in found])

        with parser.in_angle_brackets():
            text = parser.parse_identifier()  # "v1.3": an identifier may have dots
            digits = text.removeprefix("v").replace(".", "")
            if not (text.startswith("v1.") and digits.isdigit() and len(digits) == 2):
                parser.raise_error(f"{text} is no version such as v1.3")
            return [IntAttr(int(digits)), names(), names()]


TYPES = [ArrayType, RuntimeArrayType, StructType, PointerType, CooperativeMatrixType]
ATTRIBUTES = [*TYPES, VceAttr, *ENUM_ATTRS.values()]


def is_bool(type_: Attribute) -> bool:
    """Whether it is `i1`, SPIR-V's bool."""
    return isinstance(type_, IntegerType) and type_.width.data == 1


def is_scalar(type_: Attribute) -> bool:
    """A bool, integer or float."""
    return isinstance(type_, (IntegerType, *FLOATS))


def element_of(type_: Attribute) -> Attribute:
    """The component type of a vector or cooperative matrix; any other type itself."""
    if isinstance(type_, VectorType):
        return type_.element_type
    return type_.element if isinstance(type_, CooperativeMatrixType) else type_


def count_of(type_: Attribute) -> int | tuple[int, int, str, str]:
    """Components of a vector, 1 for a scalar; rows, columns, scope and use of a matrix."""
    if isinstance(type_, VectorType):
        return type_.get_shape()[0]
    if isinstance(type_, CooperativeMatrixType):
        return (type_.rows.data, type_.columns.data, type_.scope.data, type_.use.data)
    return 1


def bits_of(type_: Attribute) -> int:
    """Width of a scalar in bits."""
    if isinstance(type_, IntegerType):
        return type_.width.data
    assert isinstance(type_, FLOATS), type_
    return type_.bitwidth


def signless(type_: Attribute) -> Attribute:
    """The type with signless integers: operands of integer ops may differ in signedness only."""
    if isinstance(type_, IntegerType) and type_.signedness.data != Signedness.SIGNLESS:
        return IntegerType(type_.width.data)
    if isinstance(type_, VectorType):
        return VectorType(signless(type_.element_type), type_.get_shape())
    if isinstance(type_, CooperativeMatrixType):
        return CooperativeMatrixType(
            signless(type_.element), type_.rows.data, type_.columns.data, type_.scope.data,
            type_.use.data,
        )  # fmt: skip
    return type_


def like(type_: Attribute, element: Attribute) -> Attribute:
    """The type with other components: `vector<4xf32>`, `i1` -> `vector<4xi1>`."""
    if isinstance(type_, VectorType):
        return VectorType(element, type_.get_shape())
    return element


def size_of(type_: Attribute) -> int:
    """Bytes in memory, without what follows the last member of a struct; runtime arrays have 0."""
    if isinstance(type_, VectorType):
        return type_.get_shape()[0] * size_of(type_.element_type)
    if isinstance(type_, ArrayType):
        return type_.count.data * (type_.stride.data or size_of(type_.element))
    if isinstance(type_, StructType):
        if not type_.offsets.data:
            return sum(size_of(member) for member in type_.members)
        ends = [o.data + size_of(m) for o, m in zip(type_.offsets, type_.members, strict=True)]
        return max(ends, default=0)
    if isinstance(type_, RuntimeArrayType):
        return 0
    if isinstance(type_, PointerType):
        return 8
    return (bits_of(type_) + 7) // 8


def block(*members: Attribute, offsets: Sequence[int] = ()) -> StructType:
    """`!spirv.struct<(...), Block>`: what a buffer or push constants hold. Offsets default to one
    after the other, each aligned to its size (a vector's: to a power of two)."""
    if not offsets:
        ends, offsets = 0, []
        for member in members:
            size = size_of(member) if is_scalar(element_of(member)) else 16
            alignment = 1 << max(size - 1, 0).bit_length()
            offsets.append(-(-ends // alignment) * alignment)
            ends = offsets[-1] + size_of(member)
    return StructType(members, offsets, (), ("Block",))


def buffer_of(element: Attribute) -> StructType:
    """`!spirv.struct<(!spirv.rtarray<element> [0]), Block>`: a storage buffer of elements."""
    return StructType([RuntimeArrayType(element, size_of(element))], [0], (), ("Block",))
