# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an op row is, and the syntax most StableHLO ops share.

A row (`OpRow`) holds everything known of one op: class, shape rule, NumPy reference, lowering,
gaps.
Rows live in `ops/<family>.py`; `table.py` collects them; passes and the reference read only rows.
`PrettyOp` parses and prints `stablehlo.name %a, %b, field = value {attrs} : types` from data.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    ComplexType,
    DenseArrayBase,
    FunctionType,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer

from iree_explore.elements import dtype_of
from iree_explore.shapes import expressions
from iree_explore.stablehlo.attrs import Precision, PrecisionAttr, int_list, print_int_list

if TYPE_CHECKING:
    from iree_explore.stablehlo.decomposition import Decomposer
    from iree_explore.stablehlo.lowering import Lowering

DYNAMIC = DYNAMIC_INDEX
"""Stands for `?` in shapes."""
Shape = tuple[int, ...]
Run = Callable[[Region, Sequence[np.ndarray]], list[np.ndarray]]
"""Evaluates a region's only block on arrays: what it returns."""

Infer = Callable[[Any], "Sequence[Shape | None]"]
Evaluate = Callable[[Any, list[np.ndarray], Run], "list[np.ndarray]"]
Lower = Callable[[Any, "Lowering"], "Sequence[SSAValue]"]
Decompose = Callable[[Any, "Decomposer"], "Sequence[SSAValue] | None"]
Scalar = Callable[
    ["Lowering", Any, "Sequence[SSAValue]", "Sequence[Attribute]", Attribute], SSAValue
]


@dataclass(frozen=True)
class Gap:
    """A declared configuration without a lowering; `applies` says whether an op is one.

    `reason` is a clause, or makes one of the op.
    """

    reason: str | Callable[[Any], str]
    applies: Callable[[Any], bool]

    @property
    def summary(self) -> str:
        """The reason in general: a function says it in its docstring."""
        if isinstance(self.reason, str):
            return self.reason
        return (self.reason.__doc__ or "").partition("\n")[0].rstrip(".")

    def because(self, op: Any) -> str:
        """The reason for this op."""
        return self.reason if isinstance(self.reason, str) else self.reason(op)


@dataclass(frozen=True)
class OpRow:
    """All that is known of one op.

    `infer` gives one shape per result (DYNAMIC for unknown sizes, None for unknown rank).
    `evaluate` is the definition: NumPy arrays in and out. `lower` builds linalg on tensors and
    returns the new results.
    `scalar` builds the op on scalars (elementwise ops: used in linalg bodies and reducers).
    `decompose` builds the op of other StableHLO ops and returns the new results, or None where this
    configuration is lowered as it is; `input-decompose-ops` applies it first.
    """

    op: type[Operation]
    infer: Infer
    evaluate: Evaluate
    lower: Lower | None = None
    scalar: Scalar | None = None
    gaps: tuple[Gap, ...] = ()
    decompose: Decompose | None = None

    @property
    def name(self) -> str:
        return self.op.name

    def code(self) -> tuple[str, int]:
        """Source file and line of the lowering."""
        function = inspect.unwrap(self.lower or self.decompose or self.evaluate)
        code = function.__code__  # pyright: ignore[reportFunctionMemberAccess]
        return code.co_filename, code.co_firstlineno


class Sizes(Protocol):
    """Where shape rules read sizes while `READING` is set: `Expr`s, which compute as integers do
    (but do not compare: `larger`, `smaller`)."""

    def of(self, value: SSAValue) -> Shape: ...

    def equal(self, left: int, right: int) -> None: ...


READING: ContextVar[Sizes | None] = ContextVar("READING", default=None)
"""What shape rules read sizes from; None: types. Set while symbolic sizes are inferred."""


def shape_of(value: SSAValue) -> Shape:
    """The sizes of a tensor value, DYNAMIC where unknown."""
    sizes = READING.get()
    if sizes is not None:
        return sizes.of(value)
    assert isinstance(value.type, TensorType), value.type
    return value.type.get_shape()


def agree(*values: int) -> int:
    """The most static of sizes that the operation needs to be equal; DYNAMIC if none is known."""
    sizes = READING.get()
    found = DYNAMIC
    for value in values:
        if found == DYNAMIC:
            found = value
        elif value != DYNAMIC:
            if sizes is not None and value != found:
                sizes.equal(found, value)
            if not isinstance(found, int):
                found = value
    return found


def larger(a: int, b: int) -> int:
    """The larger of two sizes."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    return expressions.maximum(a, b)


def smaller(a: int, b: int) -> int:
    """The smaller of two sizes."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return expressions.minimum(a, b)


def element_type(value: SSAValue) -> Attribute:
    """The element type of a tensor value."""
    assert isinstance(value.type, TensorType), value.type
    return value.type.element_type


def merge_shapes(*shapes: Shape) -> Shape:
    """The most static shape that all agree with; the first wins where they do not (verify
    tells)."""
    merged = list(shapes[0])
    for shape in shapes[1:]:
        for i, size in enumerate(shape[: len(merged)]):
            if size is not merged[i]:
                merged[i] = agree(merged[i], size)
    return tuple(merged)


def same_shape(op: Operation) -> Sequence[Shape]:
    """Shape rule of elementwise ops: all operands and the result agree."""
    return [merge_shapes(*(shape_of(x) for x in op.operands))] * len(op.results)


def declared(op: Operation) -> Sequence[Shape | None]:
    """Shape rule of ops whose result type says all there is."""
    return [x.type.get_shape() if isinstance(x.type, TensorType) else None for x in op.results]


def result_dtype(op: Operation, index: int = 0) -> np.dtype:
    """NumPy dtype of a result."""
    return dtype_of(element_type(op.results[index]))


# Syntax
# --------------------------------------------------------------------------------------------

INTS, INT, PRECISION = "ints", "int", "precision"


def parse_field(parser: Parser, kind: str | type) -> Attribute:
    """The value of `field = value`."""
    if kind == INTS:
        return DenseArrayBase.from_list(i64, int_list(parser))
    if kind == INT:
        return IntegerAttr(parser.parse_integer(), i64)
    if kind == PRECISION:
        return ArrayAttr(
            parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: PrecisionAttr(parser.parse_str_enum(Precision))
            )
        )
    if isinstance(kind, type):
        return kind(parser.parse_str_enum(kind.enum_type))  # pyright: ignore
    return parser.parse_attribute()


def print_field(printer: Printer, kind: str | type, value: Any) -> None:
    """The value of `field = value`."""
    if kind == INTS:
        print_int_list(printer, value.get_values())
    elif kind == INT:
        printer.print_string(str(value.value.data))
    elif kind == PRECISION:
        printer.print_string("[" + ", ".join(x.data.value for x in value) + "]")
    elif isinstance(kind, type):
        printer.print_string(value.data.value)
    else:
        printer.print_attribute(value)


def parse_operands(parser: Parser) -> tuple[list[UnresolvedOperand], bool]:
    """`%a, %b,`: operands, and whether a comma followed the last one."""
    found: list[UnresolvedOperand] = []
    operand = parser.parse_optional_unresolved_operand()
    while operand is not None:
        found.append(operand)
        if parser.parse_optional_punctuation(",") is None:
            return found, False
        operand = parser.parse_optional_unresolved_operand()
    return found, bool(found)


def parse_signature(
    parser: Parser, count: int, *, lists: bool = False
) -> tuple[Sequence[Attribute], Sequence[Attribute]]:
    """`tensor<...>` for all operands and the result, `operand type -> result type` (with `lists`
    a type for each operand), or `(operand types) -> result types`."""
    type_ = parser.parse_type() if not _at_function_type(parser) else parser.parse_function_type()
    if isinstance(type_, FunctionType):
        return type_.inputs.data, type_.outputs.data
    types = [type_]
    while lists and parser.parse_optional_punctuation(","):
        types.append(parser.parse_type())
    if parser.parse_optional_punctuation("->"):
        return types if len(types) > 1 else types * count, [parser.parse_type()]
    return [type_] * count, [type_]


def _at_function_type(parser: Parser) -> bool:
    return parser._current_token.text == "("


def print_signature(printer: Printer, op: Operation, *, always_function: bool) -> None:
    """The types after the colon; see `parse_signature`."""
    types = [x.type for x in (*op.operands, *op.results)]
    printer.print_string(" : ")
    if always_function or len(op.results) != 1 or any(t != types[0] for t in types):
        printer.print_operation_type(op)
    else:
        printer.print_attribute(types[0])


class PrettyOp(IRDLOperation):
    """Syntax `name %a, %b, field = value {attrs} : types`.

    `FIELDS` are (keyword, property, kind); `COMPACT` ops print one type when all types are equal.
    """

    FIELDS: ClassVar[tuple[tuple[str, str, str | type], ...]] = ()
    COMPACT: ClassVar[bool] = False

    def print(self, printer: Printer) -> None:
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_ssa_value)
        written = set()
        separator = ", " if self.operands else " "
        for keyword, prop, kind in self.FIELDS:
            written.add(prop)
            if prop in self.properties:
                printer.print_string(f"{separator}{keyword} = ")
                print_field(printer, kind, self.properties[prop])
                separator = ", "
        rest = {k: v for k, v in self.properties.items()
                if k not in written and k != "operandSegmentSizes"}  # fmt: skip
        printer.print_op_attributes(rest | self.attributes)
        if self.name.startswith("chlo.") and len(self.operands) == 1 and self.COMPACT:
            printer.print_string(" : ")
            printer.print_attribute(self.operands[0].type)
            printer.print_string(" -> ")
            printer.print_attribute(self.results[0].type)
            return
        print_signature(printer, self, always_function=not self.COMPACT)

    @classmethod
    def parse(cls, parser: Parser) -> PrettyOp:
        position = parser.pos
        operands, comma = parse_operands(parser)
        properties: dict[str, Attribute] = {}
        fields = {keyword: (prop, kind) for keyword, prop, kind in cls.FIELDS}
        if comma or (not operands and fields):
            while True:
                keyword = parser.parse_identifier()
                if keyword not in fields:
                    parser.raise_error(f"{cls.name} has no field {keyword}")
                parser.parse_punctuation("=")
                prop, kind = fields[keyword]
                properties[prop] = parse_field(parser, kind)
                if parser.parse_optional_punctuation(",") is None:
                    break
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, len(operands), lists=True)
        if cls.name == "stablehlo.complex" and outputs == inputs[:1]:
            inputs = [_parts(outputs[0])] * 2  # its one type is the result's
        return create(cls, parser.resolve_operands(operands, inputs, position), outputs,
                      properties, attributes)  # fmt: skip


def _parts(type_: Attribute) -> Attribute:
    """The tensor type of the real parts of a complex one."""
    if isinstance(type_, TensorType) and isinstance(type_.element_type, ComplexType):
        return TensorType(type_.element_type.element_type, type_.get_shape(), type_.encoding)
    return type_


def create(
    cls: type[Any],
    operands: Sequence[SSAValue],
    results: Sequence[Attribute],
    properties: dict[str, Attribute],
    attributes: dict[str, Attribute],
    regions: Sequence[Region] = (),
) -> Any:
    """An op of `cls`; attributes that the class declares as properties become properties."""
    known = cls.get_irdl_definition().properties
    moved = {k: v for k, v in attributes.items() if k in known}
    return cls.create(
        operands=operands,
        result_types=results,
        properties=moved | properties,
        attributes={k: v for k, v in attributes.items() if k not in known},
        regions=regions,
    )
