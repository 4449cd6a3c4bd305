# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that repeat a line of the text, made without parsing it again: `Repeated.parse`.

The one idea: an op on one line of its own is its text with the names of its values taken out, and
in a model most such texts occur many times. The first is parsed as always (`parser.py`); what it
became is kept by that text. The next is an op of the same class, properties and types, on the
values of its own names. Of the frameworks' dialects the sizes of tensors and the symbol may differ,
too (`_Form`). Whatever is unusual about a line (successors, comments, values used before they are
defined, types that differ) goes the long way, which also words all errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
)
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.utils.lexer import Span

from iree_explore import elements
from iree_explore.dialect_op import append, assemble
from iree_explore.dialect_op import symbol as symbol_ref
from iree_explore.frontend import literals
from iree_explore.stablehlo.shape_dialect import WitnessType
from iree_explore.walk import walk

if TYPE_CHECKING:
    from iree_explore.frontend.parser import SourceParser

_NEXT = r'(?=\s*+(?:%[\w$.-]+(?::\d+)? = |\}|"[\w$.]+"\(|[a-z_]\w*\.))'
"""What shows that an op has ended with its line: another one's begin, or the end of a block."""
_LINE = re.compile(
    r'\s*+(?:%([\w$.-]+)(:\d+)? = )?((?:"[\w$.]+"\(|[a-z_]\w*\.)[^\n]*+)\n' + _NEXT, re.ASCII
)
_VALUE = re.compile(r"%([\w$.-]+(?:#\d+)?)", re.ASCII)
_HOLE = re.compile(r"tensor(<(?:(?:\d+|\?)x)*[a-z]\w*>)|@([\w$.-]+)(?=[ )])", re.ASCII)
_SIZES = re.compile(r"(?:\d+|\?)(?=x)")
_CONSTANT = re.compile(r"None\nstablehlo\.constant dense(<.*>) : tensor(<[^<>]*>)")
_TENSOR = re.compile(r"tensor(<[^<>]*>)")
_ASSUMING = re.compile(
    r"(?:None|:\d+)\nshape\.assuming \n -> \((tensor<[^<>]*>(?:, tensor<[^<>]*>)*)\) \{"
)
_FRAMEWORKS = ("stablehlo.", "chlo.", "shape.", "ml_program.", "arith.", '"stablehlo.', '"tf.')
"""The dialects whose properties only say what their text says, whatever the sizes are."""


_PLAIN = (DenseArrayBase, EnumAttribute, IntegerAttr, UnitAttr)
"""Attributes that name neither a tensor type nor a symbol."""


class _Known(NamedTuple):
    """What the ops of one text have in common."""

    cls: type[Operation]
    operand_types: tuple[Attribute, ...]
    result_types: tuple[Attribute, ...]
    properties: dict[str, Attribute]
    attributes: dict[str, Attribute]
    regions: tuple[Region, ...]


class _Form(NamedTuple):
    """A `_Known` but for the sizes of its tensors, whose types have the numbers in which they first
    occur in the text, and for the property that is its symbol ("" if it has none)."""

    known: _Known
    operand_types: tuple[int | None, ...]
    result_types: tuple[int | None, ...]
    symbol: str


class _Line(NamedTuple):
    """A line that was not known: its text without names, the names, and where the next begins."""

    text: str
    names: list[str]
    end: int


class Repeated:
    """The texts of one parser that became ops, by the dialects that surround them."""

    def __init__(self, parser: SourceParser) -> None:
        self._parser = parser
        self._known: dict[tuple[str, ...], dict[str, _Known]] = {}
        self._forms: dict[str, _Form] = {}

    def parse(self, block: Block) -> None:
        """Appends the ops of a block, from the current token on."""
        parser = self._parser
        known = self._known.setdefault(tuple(parser._parser_state.dialect_stack), {})
        while True:
            line = self._repeat(block, known)
            op = parser.parse_optional_operation()
            if op is None:
                return
            if line is not None and not op.successors:
                self._learn(op, line, known)
            block.add_op(op)

    def _repeat(self, block: Block, known: dict[str, _Known]) -> _Line | None:
        """Appends ops as long as their lines are known; the line that is not, if it can become."""
        parser = self._parser
        content = parser.lexer.input.content
        first = position = parser._current_token.span.start
        unknown = None
        while (match := _LINE.match(content, position)) is not None:
            name, count, text = match.groups()
            source = None
            if text.endswith(")"):
                before, mark, location = text.rpartition(" loc(")
                if mark and location[:-1] in parser.locations:
                    text, source = before, parser.locations.source(location[:-1])
            if "//" in text or (name is not None and not parser.is_fresh(name)):
                break
            parts = _VALUE.split(text)
            names = parts[1::2]
            text = "\n".join(parts[::2])
            if name is not None:
                text = f"{count}\n{text}"
            found = known.get(text) or self._formed(text, known) or self._constant(text)
            if found is None:
                op = self._assuming(match, text, names)
                if op is None:
                    unknown = _Line(text, names, match.end())
                    break
                source = parser._location
                first = position = parser._current_token.span.start
            else:
                operands = self._operands(names, found.operand_types)
                if operands is None:
                    break
                op = assemble(
                    found.cls, operands, found.result_types, found.properties, found.attributes
                )
                for region in found.regions:
                    op.add_region(region.clone())
                position = match.end()
            if name is not None:
                if name[0].isdigit():
                    parser.ssa_values[name] = op.results
                else:
                    span = Span(match.start(1), match.end(1), parser.lexer.input)
                    parser._register_ssa_definition(name, op.results, span)
            parser.locate(op, source, match.start(3))
            append(block, op)
        if position != first:
            parser._resume_from(position)
        return unknown

    def _constant(self, text: str) -> _Known | None:
        """What a line becomes that is nothing but a constant."""
        match = _CONSTANT.fullmatch(text)
        type_ = self._parser.tensor_type(match[2]) if match is not None else None
        if match is None or type_ is None or DYNAMIC_INDEX in type_.get_shape():
            return None
        found = literals.read(match[1], 0)
        if found is None or found[0].end() != len(match[1]):
            return None
        try:
            array = literals.array_of(found[0][1], found[1], type_)
        except ValueError:  # parsing words it
            return None
        if array is None:
            return None
        value: dict[str, Attribute] = {"value": elements.of_type(type_, array)}
        return _Known(self._parser.ctx.get_op("stablehlo.constant"), (), (type_,), value, {}, ())

    def _assuming(self, match: re.Match[str], text: str, names: list[str]) -> Operation | None:
        """A `shape.assuming`, which any unknown size brings many of: only its region is parsed."""
        form = _ASSUMING.fullmatch(text)
        if form is None:
            return None
        parser = self._parser
        cls = parser.ctx.get_op("shape.assuming")
        types = [parser.tensor_type(t) for t in _TENSOR.findall(form[1])]
        operands = self._operands(names, (WitnessType(),))
        if operands is None or None in types:
            return None
        parser.operation_start = match.start(3)
        parser._resume_from(match.end(3) - 1)
        parser._parser_state.dialect_stack.append(cls.dialect_name())
        region = parser.parse_region()
        attributes = parser.parse_optional_attr_dict()
        parser._parser_state.dialect_stack.pop()
        op = assemble(cls, operands, [t for t in types if t is not None], {}, attributes)
        op.add_region(region)
        parser.parse_optional_location()
        return op

    def _operands(self, names: list[str], types: tuple[Attribute, ...]) -> list[SSAValue] | None:
        """The values of these names, if they are defined and of these types."""
        values = self._parser.ssa_values
        found = []
        for name, type_ in zip(names, types, strict=True):
            if "#" in name:
                name, _, number = name.partition("#")
                index = int(number)
            else:
                index = 0
            group = values.get(name)
            if group is None or index >= len(group):
                return None
            value = group[index]
            if value.type is not type_ and value.type != type_:
                return None
            found.append(value)
        return found

    def _learn(self, op: Operation, line: _Line, known: dict[str, _Known]) -> None:
        """Keeps what became of a line, if it is the whole text of `op` and all of its names are,
        in order, the names of the operands."""
        parser = self._parser
        start = parser._current_token.span.start
        if start < line.end or parser.lexer.input.content[line.end : start].strip():
            return
        operands = op._operands
        names = line.names
        if len(names) != len(operands) or len(set(names)) != len(names):
            return
        types = tuple([value.type for value in operands])
        if self._operands(names, types) != list(operands) or not self._is_closed(op):
            return
        results = tuple([result.type for result in op.results])
        made = known[line.text] = _Known(
            type(op), types, results, dict(op.properties), dict(op.attributes), op.regions
        )
        if line.text.partition("\n")[2].startswith(_FRAMEWORKS):
            self._generalise(line.text, made)

    def _is_closed(self, op: Operation) -> bool:
        """Whether the op's regions, if any, use no value from outside and are no lines of text."""
        if not op.regions:
            return True
        inside = set(walk(op)[1:])
        return not any(inner in self._parser.sources for inner in inside) and all(
            (value.owner if isinstance(value.owner, Operation) else value.owner.parent_op())
            in {op, *inside}
            for inner in inside
            for value in inner.operands
        )

    # Texts that differ in sizes and symbols only

    def _formed(self, text: str, known: dict[str, _Known]) -> _Known | None:
        """What a text becomes of which only the form is known."""
        if not self._forms:
            return None
        form, types, symbols = _form_of(text)
        found = self._forms.get(form)
        if found is None:
            return None
        made = [self._parser.tensor_type(t) for t in types]
        if None in made:
            return None
        like = found.known
        properties = like.properties
        if found.symbol:
            properties = properties | {found.symbol: symbol_ref(symbols[0])}
        result = known[text] = like._replace(
            operand_types=_filled(found.operand_types, like.operand_types, made),
            result_types=_filled(found.result_types, like.result_types, made),
            properties=properties,
        )
        return result

    def _generalise(self, text: str, made: _Known) -> None:
        """Keeps the form of a text, if all sizes of what it became are those of its types."""
        if any(isinstance(v, DenseIntOrFPElementsAttr) for v in made.properties.values()):
            return
        form, types, symbols = _form_of(text)
        if form in self._forms or len(symbols) > 1 or not (types or symbols):
            return
        known = [self._parser.tensor_type(t) for t in types]
        if None in known:
            return
        operands, results = (
            [_number(known, type_) for type_ in group]
            for group in (made.operand_types, made.result_types)
        )
        if -1 in operands or -1 in results or any(map(_has_sizes, made.regions)):
            return
        symbol = ""
        for key, value in (made.properties | made.attributes).items():
            if isinstance(value, _PLAIN):
                continue
            if symbols and value == SymbolRefAttr(symbols[0]) and key in made.properties:
                symbol = symbol or key
            elif "tensor<" in (said := str(value)) or (symbols and symbols[0] in said):
                return
        if bool(symbols) == bool(symbol):
            self._forms[form] = _Form(made, tuple(operands), tuple(results), symbol)


def _form_of(text: str) -> tuple[str, list[str], list[str]]:
    """A text with numbers for its tensor types (and their ranks and elements) and without symbols;
    the types, each once; the symbols."""
    pieces = _HOLE.split(text)
    types: dict[str, int] = {}
    symbols = []
    form = pieces[:1]
    for type_, symbol, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if type_ is None:
            symbols.append(symbol)
            form += "@", after
        else:
            number = types.setdefault(type_, len(types))
            form += f"{number}{_SIZES.sub('', type_)}", after
    return "\0".join(form), list(types), symbols


def _number(types: list[TensorType | None], wanted: Attribute) -> int | None:
    """Which of the types it is; None for what has no sizes, -1 for one that is none of them."""
    if isinstance(wanted, TensorType):
        return types.index(wanted) if wanted in types else -1
    return -1 if not isinstance(wanted, IntegerType | IndexType) and "<" in str(wanted) else None


def _filled(
    numbers: Sequence[int | None], fixed: Sequence[Attribute], types: list[TensorType | None]
) -> tuple[Attribute, ...]:
    chosen = (f if n is None else types[n] for n, f in zip(numbers, fixed, strict=True))
    return tuple([type_ for type_ in chosen if type_ is not None])


def _has_sizes(region: Region) -> bool:
    values = [a for block in region.blocks for a in block.args]
    values += [r for op in region.walk() for r in op.results]
    return any(not isinstance(v.type, TensorType) or v.type.get_shape() for v in values)
