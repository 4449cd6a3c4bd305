# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attributes of the StableHLO dialect: enumerations and the dimension-number structures.

Printed as MLIR prints them: `#stablehlo<precision DEFAULT>`, `#stablehlo.gather<offset_dims =
[1]>`.
Ops use them in `ops/`; next read `base.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, StringAttr, i64
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import (
    Attribute,
    ParametrizedAttribute,
    SpacedOpaqueSyntaxAttribute,
    TypeAttribute,
)
from xdsl.irdl import irdl_attr_definition, param_def
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum


class Precision(StrEnum):
    """How exact a contraction must be; all of them are exact here."""

    DEFAULT = "DEFAULT"
    HIGH = "HIGH"
    HIGHEST = "HIGHEST"


@irdl_attr_definition
class PrecisionAttr(EnumAttribute[Precision], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<precision DEFAULT>`"""

    name = "stablehlo.precision"


class ComparisonDirection(StrEnum):
    """What a comparison asks."""

    EQ = "EQ"
    NE = "NE"
    GE = "GE"
    GT = "GT"
    LE = "LE"
    LT = "LT"


@irdl_attr_definition
class ComparisonDirectionAttr(EnumAttribute[ComparisonDirection], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<comparison_direction GT>`"""

    name = "stablehlo.comparison_direction"


class ComparisonType(StrEnum):
    """How operands are compared; NOTYPE means by their element type."""

    NOTYPE = "NOTYPE"
    FLOAT = "FLOAT"
    TOTALORDER = "TOTALORDER"
    SIGNED = "SIGNED"
    UNSIGNED = "UNSIGNED"


@irdl_attr_definition
class ComparisonTypeAttr(EnumAttribute[ComparisonType], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<comparison_type FLOAT>`"""

    name = "stablehlo.comparison_type"


class Transpose(StrEnum):
    """How `stablehlo.triangular_solve` uses its matrix."""

    TRANSPOSE_INVALID = "TRANSPOSE_INVALID"
    NO_TRANSPOSE = "NO_TRANSPOSE"
    TRANSPOSE = "TRANSPOSE"
    ADJOINT = "ADJOINT"


@irdl_attr_definition
class TransposeAttr(EnumAttribute[Transpose], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<transpose NO_TRANSPOSE>`"""

    name = "stablehlo.transpose"


class RngDistribution(StrEnum):
    """Distributions of `stablehlo.rng`."""

    UNIFORM = "UNIFORM"
    NORMAL = "NORMAL"


@irdl_attr_definition
class RngDistributionAttr(EnumAttribute[RngDistribution], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<rng_distribution UNIFORM>`"""

    name = "stablehlo.rng_distribution"


class RngAlgorithm(StrEnum):
    """Algorithms of `stablehlo.rng_bit_generator`."""

    DEFAULT = "DEFAULT"
    THREE_FRY = "THREE_FRY"
    PHILOX = "PHILOX"


@irdl_attr_definition
class RngAlgorithmAttr(EnumAttribute[RngAlgorithm], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<rng_algorithm THREE_FRY>`"""

    name = "stablehlo.rng_algorithm"


class FftType(StrEnum):
    """What `stablehlo.fft` transforms."""

    FFT = "FFT"
    IFFT = "IFFT"
    RFFT = "RFFT"
    IRFFT = "IRFFT"


@irdl_attr_definition
class FftTypeAttr(EnumAttribute[FftType], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<fft_type FFT>`"""

    name = "stablehlo.fft_type"


def int_list(parser: AttrParser) -> list[int]:
    """`[0, 1]`"""
    return parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False)
    )


def print_int_list(printer: Printer, values: Sequence[int]) -> None:
    """`[0, 1]`"""
    printer.print_string("[" + ", ".join(map(str, values)) + "]")


def ints(*values: int) -> ArrayAttr[IntegerAttr]:
    """An array of i64 attributes, the stored form of a dimension list."""
    return ArrayAttr(IntegerAttr(v, i64) for v in values)


def values_of(array: ArrayAttr) -> tuple[int, ...]:
    """The integers of what `ints` made."""
    return tuple(x.value.data for x in array)  # pyright: ignore[reportAttributeAccessIssue]


class StructAttr(ParametrizedAttribute):
    """Structures of dimension lists (`ints`) and numbers, printed `<field = [0], other = 1>`.

    `SPARSE` ones print no empty lists and zeros, and take them for what is not written; the others
    have every field.
    """

    SPARSE: ClassVar[bool] = False
    NUMBERS: ClassVar[tuple[str, ...]] = ()
    """Fields that are no lists."""

    @classmethod
    def fields(cls) -> list[str]:
        return [name for name, _ in cls.get_irdl_definition().parameters]  # pyright: ignore

    def dims(self, field: str) -> tuple[int, ...]:
        """The dimensions of a list."""
        return values_of(getattr(self, field))

    def print_parameters(self, printer: Printer) -> None:
        rows = []
        for field, value in zip(self.fields(), self.parameters, strict=True):
            shown = list(values_of(value)) if isinstance(value, ArrayAttr) else value.value.data  # pyright: ignore
            if shown or not self.SPARSE:
                rows.append(f"{field} = {shown}")
        printer.print_string("<" + ", ".join(rows) + ">")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        fields = cls.fields()
        found: dict[str, Attribute] = {}
        if cls.SPARSE:
            found = {f: IntegerAttr(0, i64) if f in cls.NUMBERS else ints() for f in fields}

        def field() -> None:
            name = parser.parse_identifier()
            if name not in fields:
                parser.raise_error(f"unknown field {name} of #{cls.name}")
            parser.parse_punctuation("=")
            if name in cls.NUMBERS:
                found[name] = IntegerAttr(parser.parse_integer(allow_boolean=False), i64)
            else:
                found[name] = ints(*int_list(parser))

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, field)
        if len(found) < len(fields):
            parser.raise_error(f"#{cls.name} has the fields {', '.join(fields)}")
        return [found[name] for name in fields]


@irdl_attr_definition
class GatherDimensionNumbersAttr(StructAttr):
    """`#stablehlo.gather<...>`: how indices select slices (spec: gather)."""

    name = "stablehlo.gather"
    SPARSE: ClassVar[bool] = True
    NUMBERS: ClassVar[tuple[str, ...]] = ("index_vector_dim",)
    offset_dims: ArrayAttr = param_def()
    collapsed_slice_dims: ArrayAttr = param_def()
    operand_batching_dims: ArrayAttr = param_def()
    start_indices_batching_dims: ArrayAttr = param_def()
    start_index_map: ArrayAttr = param_def()
    index_vector_dim: IntegerAttr = param_def()


@irdl_attr_definition
class ScatterDimensionNumbersAttr(StructAttr):
    """`#stablehlo.scatter<...>`: how updates find their place (spec: scatter)."""

    name = "stablehlo.scatter"
    SPARSE: ClassVar[bool] = True
    NUMBERS: ClassVar[tuple[str, ...]] = ("index_vector_dim",)
    update_window_dims: ArrayAttr = param_def()
    inserted_window_dims: ArrayAttr = param_def()
    input_batching_dims: ArrayAttr = param_def()
    scatter_indices_batching_dims: ArrayAttr = param_def()
    scatter_dims_to_operand_dims: ArrayAttr = param_def()
    index_vector_dim: IntegerAttr = param_def()


@irdl_attr_definition
class DotDimensionNumbersAttr(StructAttr):
    """`#stablehlo.dot<lhs_batching_dimensions = [0], ...>` of `dot_general`."""

    name = "stablehlo.dot"
    SPARSE: ClassVar[bool] = True
    lhs_batching_dimensions: ArrayAttr = param_def()
    rhs_batching_dimensions: ArrayAttr = param_def()
    lhs_contracting_dimensions: ArrayAttr = param_def()
    rhs_contracting_dimensions: ArrayAttr = param_def()


@irdl_attr_definition
class ConvDimensionNumbersAttr(ParametrizedAttribute):
    """`#stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>`.

    Stored as three lists of "b", "f", "i", "o" or a spatial number, one entry a dimension.
    """

    name = "stablehlo.conv"
    lhs: ArrayAttr[StringAttr] = param_def()
    rhs: ArrayAttr[StringAttr] = param_def()
    out: ArrayAttr[StringAttr] = param_def()

    def position(self, side: str, label: str) -> int:
        """Dimension of `side` ("lhs", "rhs", "out") that has `label`."""
        return [x.data for x in getattr(self, side)].index(label)

    def spatial(self, side: str) -> list[int]:
        """Dimensions of `side` that are spatial 0, 1, ..."""
        labels = [x.data for x in getattr(self, side)]
        return [labels.index(str(i)) for i in range(len(labels) - 2)]

    def text(self) -> str:
        """The form inside the angle brackets."""
        lhs, rhs, out = (
            "[" + ", ".join(x.data for x in side) + "]" for side in (self.lhs, self.rhs, self.out)
        )
        return f"{lhs}x{rhs}->{out}"

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.text()}>")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return cls.parse_text(parser)

    @classmethod
    def parse_text(cls, parser: AttrParser) -> Sequence[Attribute]:
        """`[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]`"""

        def label() -> StringAttr:
            number = parser.parse_optional_integer(allow_boolean=False, allow_negative=False)
            return StringAttr(parser.parse_identifier() if number is None else str(number))

        square = parser.Delimiter.SQUARE
        lhs = parser.parse_comma_separated_list(square, label)
        parser.parse_characters("x")
        rhs = parser.parse_comma_separated_list(square, label)
        parser.parse_punctuation("->")
        out = parser.parse_comma_separated_list(square, label)
        labels = [str(i) for i in range(len(lhs) - 2)]
        for side, names in ((lhs, ["b", "f"]), (rhs, ["i", "o"]), (out, ["b", "f"])):
            if sorted(x.data for x in side) != sorted(labels + names):
                parser.raise_error("dimension numbers must name every dimension once")
        return [ArrayAttr(lhs), ArrayAttr(rhs), ArrayAttr(out)]


@irdl_attr_definition
class ChannelHandleAttr(StructAttr):
    """`#stablehlo.channel_handle<handle = 1, type = 0>`: which channel a transfer uses."""

    name = "stablehlo.channel_handle"
    NUMBERS: ClassVar[tuple[str, ...]] = ("handle", "type")
    handle: IntegerAttr = param_def()
    type: IntegerAttr = param_def()


@irdl_attr_definition
class OutputOperandAliasAttr(StructAttr):
    """`#stablehlo.output_operand_alias<...>`: a result of a custom call that may reuse the memory
    of an operand."""

    name = "stablehlo.output_operand_alias"
    NUMBERS: ClassVar[tuple[str, ...]] = ("operand_index",)
    output_tuple_indices: ArrayAttr = param_def()
    operand_index: IntegerAttr = param_def()
    operand_tuple_indices: ArrayAttr = param_def()


@irdl_attr_definition
class TokenType(ParametrizedAttribute, TypeAttribute):
    """`!stablehlo.token`: orders what has side effects, holds nothing."""

    name = "stablehlo.token"


@irdl_attr_definition
class FutureType(ParametrizedAttribute, TypeAttribute):
    """`!stablehlo.future<tensor<4xf32>>`: results of `async_start` until `async_done`."""

    name = "stablehlo.future"
    types: ArrayAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_list(self.types.data, printer.print_attribute)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        types = parser.parse_comma_separated_list(parser.Delimiter.ANGLE, parser.parse_type)
        return [ArrayAttr(types)]


@irdl_attr_definition
class DotAlgorithmAttr(ParametrizedAttribute):
    """`#stablehlo.dot_algorithm<lhs_precision_type = tf32, ...>`: how exact products must be."""

    name = "stablehlo.dot_algorithm"
    lhs_precision_type: Attribute = param_def()
    rhs_precision_type: Attribute = param_def()
    accumulation_type: Attribute = param_def()
    lhs_component_count: IntegerAttr = param_def()
    rhs_component_count: IntegerAttr = param_def()
    num_primitive_operations: IntegerAttr = param_def()
    allow_imprecise_accumulation: IntegerAttr = param_def()

    FIELDS: ClassVar[tuple[str, ...]] = (
        "lhs_precision_type", "rhs_precision_type", "accumulation_type", "lhs_component_count",
        "rhs_component_count", "num_primitive_operations", "allow_imprecise_accumulation",
    )  # fmt: skip

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            for i, field in enumerate(self.FIELDS):
                printer.print_string((", " if i else "") + f"{field} = ")
                value = getattr(self, field)
                if isinstance(value, IntegerAttr):
                    flag = field == "allow_imprecise_accumulation"
                    number = value.value.data
                    printer.print_string(str(bool(number)).lower() if flag else str(number))
                else:
                    printer.print_attribute(value)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        found: dict[str, Attribute] = {}

        def field() -> None:
            name = parser.parse_identifier()
            parser.parse_punctuation("=")
            if name == "allow_imprecise_accumulation":
                found[name] = IntegerAttr.from_bool(parser.parse_boolean())
            elif name.endswith("_type"):
                found[name] = parser.parse_type()
            else:
                found[name] = IntegerAttr(parser.parse_integer(), i64)

        parser.parse_comma_separated_list(parser.Delimiter.ANGLE, field)
        if sorted(found) != sorted(cls.FIELDS):
            parser.raise_error(f"#{cls.name} has the fields {', '.join(cls.FIELDS)}")
        return [found[name] for name in cls.FIELDS]


ATTRIBUTES = [
    TokenType,
    FutureType,
    FftTypeAttr,
    RngAlgorithmAttr,
    ChannelHandleAttr,
    OutputOperandAliasAttr,
    PrecisionAttr,
    ComparisonDirectionAttr,
    ComparisonTypeAttr,
    RngDistributionAttr,
    TransposeAttr,
    GatherDimensionNumbersAttr,
    ScatterDimensionNumbersAttr,
    DotDimensionNumbersAttr,
    DotAlgorithmAttr,
    ConvDimensionNumbersAttr,
]
