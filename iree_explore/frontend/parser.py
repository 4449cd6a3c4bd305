# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`SourceParser`: xDSL's MLIR parser made fast enough for whole models, with positions kept.

Same grammar, three short cuts: one regular expression per token, tensor types parsed once per
spelling, and `dense<...>` literals turned into bytes by NumPy (`literals.py`). Older spellings of
ops become today's (`legacy.py`). Locations go to `Locations`; `sources[op]` remembers each op's
`Source`, or the op's own line in the text when it has none.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BoolAttr,
    DenseIntOrFPElementsAttr,
    FunctionType,
    LocationAttr,
    ShapedType,
    TensorType,
    UnknownLoc,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, TypeAttribute
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError
from xdsl.utils.lexer import Input, Span, Token
from xdsl.utils.mlir_lexer import KIND_BY_PUNCTUATION_SPELLING, MLIRLexer, MLIRToken, MLIRTokenKind

from iree_explore import elements
from iree_explore.dialect_op import integer, string, tensor_type
from iree_explore.frontend import literals
from iree_explore.frontend.legacy import modernise, too_large
from iree_explore.frontend.locations import Locations
from iree_explore.frontend.repeated import Repeated
from iree_explore.provenance import Source

_TOKEN = re.compile(
    r"(?:\s++|//[^\n]*+\n?+)*+"
    r"(?:(?P<bare>[A-Za-z_][A-Za-z0-9_$.]*)"
    r"|(?P<prefixed>[%#!^](?:[0-9]+|[A-Za-z$._-][A-Za-z0-9$._-]*))"
    r"|(?P<arrow>->)"
    r"|(?P<mark>[:,()}\[\]<>=+/*?|]|\{(?!-\#))"
    r"|(?P<number>(?!0x[0-9a-fA-F])[0-9]++(?!\.))"
    r"|(?P<at>@[A-Za-z_][A-Za-z0-9_$.]*)"
    r")",
    re.ASCII,
)
_PREFIX = {
    "%": MLIRTokenKind.PERCENT_IDENT,
    "#": MLIRTokenKind.HASH_IDENT,
    "!": MLIRTokenKind.EXCLAMATION_IDENT,
    "^": MLIRTokenKind.CARET_IDENT,
}
_TENSOR = re.compile(r"<((?:(?:\d+|\?)x)*)((?:f|bf|i|si|ui)\d+|index|f[468]E\dM\d\w*)>", re.ASCII)
_FUNCTION_TYPE = re.compile(r"\((?:tensor<[^<>]*+>(?:, )?)*+\) -> tensor<[^<>]*+>")
_FLAT_DICTIONARY = re.compile(r'\{[^{}"]*\}')
_ENTRY = re.compile(
    r'([A-Za-z_][\w$.]*) = (?:(-?\d{1,9}) : (i32|i64)|(true|false)|"([^"\\\n\v\f]*)")(?=[,}])',
    re.ASCII,
)
_INTEGERS = {"i32": i32, "i64": i64}


class SourceLexer(MLIRLexer):
    """One match per token for what programs are made of; anything else goes xDSL's way."""

    # Possessive: xDSL's own pattern takes exponential time on a string that is never closed.
    _unescaped_characters_regex = re.compile(r'"(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))*+"')

    def lex(self) -> MLIRToken:
        match = _TOKEN.match(self.input.content, self.pos)
        if match is None:
            return super().lex()
        group = match.lastgroup
        start, end = match.span(group)  # pyright: ignore[reportArgumentType]
        self.pos = end
        if group == "bare":
            kind = MLIRTokenKind.BARE_IDENT
        elif group == "prefixed":
            kind = _PREFIX[self.input.content[start]]
        elif group == "number":
            kind = MLIRTokenKind.INTEGER_LIT
        elif group == "at":
            kind = MLIRTokenKind.AT_IDENT
        else:
            kind = KIND_BY_PUNCTUATION_SPELLING[self.input.content[start:end]]
        return Token(kind, Span(start, end, self.input))


class SourceParser(Parser):
    """Parses `text`; afterwards `sources` maps each op to its `Source` (ops without are absent).

    `own_lines` gives ops without a location the file `name` and their line in it.
    """

    def __init__(
        self, ctx: Context, text: str, name: str = "<text>", *, own_lines: bool = False
    ) -> None:
        text, self._resources = literals.resources(text)
        super().__init__(ctx, "", name)  # xDSL's own lexer never sees the text: see `SourceLexer`
        self.locations = Locations(text)
        self._parser_state.lexer = SourceLexer(Input(without_last_aliases(text), name))
        self._parser_state.current_token = self.lexer.lex()
        self.sources: dict[Operation, Source] = {}
        self._types: dict[str, TensorType] = {}
        self._elements: dict[str, Attribute] = {}
        self._function_types: dict[str, FunctionType] = {}
        self._dictionaries: dict[str, dict[str, Attribute]] = {}
        self._name = name
        self._newlines = [m.start() for m in re.finditer("\n", text)] if own_lines else None
        self._location: Source | None = None
        self._repeated = Repeated(self)
        self.operation_start = 0
        """Offset of the op that was last begun: where errors without a position are shown."""

    # Locations

    def parse_optional_location(self) -> LocationAttr | None:
        self._location = None
        token = self._current_token
        if token.kind is not MLIRTokenKind.BARE_IDENT or token.text != "loc":
            return None
        content = self.lexer.input.content
        start = content.find("(", token.span.end)
        end = _closing(content, start)
        if start < 0 or end < 0 or content[token.span.end : start].strip():
            self.raise_error("expected a location in parentheses")
        self._location = self.locations.source(content[start + 1 : end])
        self._resume_from(end + 1)
        return UnknownLoc()

    def parse_operation(self) -> Operation:
        start = self.operation_start = self._current_token.span.start
        self._location = None
        op = super().parse_operation()
        if (op.properties or op.attributes) and op.name.startswith(("stablehlo.", "chlo.")):
            modernise(op)
        # The op's own location is the last thing of its text; nested ops have theirs before it.
        source, self._location = self._location, None
        self.locate(op, source, start)
        return op

    def locate(self, op: Operation, source: Source | None, start: int) -> None:
        """Notes where `op`, whose text begins at `start`, comes from."""
        if source is None and self._newlines is not None:
            source = Source(file=self._name, line=bisect_right(self._newlines, start) + 1)
        if source is not None:
            self.sources[op] = source

    def is_fresh(self, name: str) -> bool:
        """Whether no value of that name was defined or used so far."""
        return name not in self.ssa_values and name not in self.forward_ssa_references

    def _parse_block_body(self, block: Block) -> None:
        self._repeated.parse(block)

    def parse_optional_argument(self, expect_type: bool = True):
        argument = super().parse_optional_argument(expect_type)
        if argument is not None and expect_type:
            self.parse_optional_location()  # MLIR prints one where custom formats list arguments
            self._location = None
        return argument

    def _parse_alias_def(self) -> None:
        content = self.lexer.input.content
        token = self._current_token
        if token.kind is MLIRTokenKind.HASH_IDENT:
            line_end = content.find("\n", token.span.end)
            line_end = len(content) if line_end < 0 else line_end
            if content[token.span.end : line_end].startswith(" = loc("):
                self._resume_from(line_end)
                return
        super()._parse_alias_def()

    def _parse_attribute_entry(self) -> tuple[str, Attribute]:
        """Most are a name and a number, a truth value or a plain string."""
        match = _ENTRY.match(self.lexer.input.content, self._current_token.span.start)
        if match is None:
            return super()._parse_attribute_entry()
        key, number, type_, truth, text = match.groups()
        self._resume_from(match.end())
        if number is not None:
            return key, integer(int(number), _INTEGERS[type_])
        return key, string(text) if truth is None else BoolAttr.from_bool(truth == "true")

    def parse_optional_dictionary_attr_dict(self) -> dict[str, Attribute]:
        """Ops repeat each other's dictionaries: each text is parsed once."""
        token = self._current_token
        if token.kind is not MLIRTokenKind.L_BRACE:
            return {}
        match = _FLAT_DICTIONARY.match(self.lexer.input.content, token.span.start)
        if match is None:
            return super().parse_optional_dictionary_attr_dict()
        known = self._dictionaries.get(match[0])
        if known is None:
            known = super().parse_optional_dictionary_attr_dict()
            self._dictionaries[match[0]] = known
        else:
            self._resume_from(match.end())
        return dict(known)

    # Types

    def parse_optional_function_type(self) -> FunctionType | None:
        """Signatures repeat, too."""
        token = self._current_token
        match = _FUNCTION_TYPE.match(self.lexer.input.content, token.span.start)
        if match is None:
            return super().parse_optional_function_type()
        known = self._function_types.get(match[0])
        if known is not None:
            self._resume_from(match.end())
            return known
        found = super().parse_optional_function_type()
        if found is not None:
            self._function_types[match[0]] = found
        return found

    def _parse_optional_builtin_type(self) -> TypeAttribute | None:
        token = self._current_token
        if token.kind is not MLIRTokenKind.BARE_IDENT or token.text != "tensor":
            return super()._parse_optional_builtin_type()
        match = _TENSOR.match(self.lexer.input.content, token.span.end)
        known = self.tensor_type(match[0]) if match is not None else None
        if match is not None and known is not None:
            self._resume_from(match.end())
            return known
        found = super()._parse_optional_builtin_type()
        if isinstance(found, TensorType):
            if too_large(found.get_shape()):
                self.raise_error(f"{found} has more elements than 64 bits count", token.span.start)
            if match is not None:
                self._types[match[0]] = found
                self._elements[match[2]] = found.element_type
        return found

    def tensor_type(self, text: str) -> TensorType | None:
        """The type `tensor` + `text`, if another one of these elements was parsed before."""
        known = self._types.get(text)
        if known is None:
            match = _TENSOR.fullmatch(text)
            element = self._elements.get(match[2]) if match is not None else None
            if match is None or element is None:
                return None
            shape = [DYNAMIC_INDEX if n == "?" else int(n) for n in match[1].split("x")[:-1]]
            if too_large(shape):
                return None
            known = self._types[text] = tensor_type(element, shape)
        return known

    # Dense constants

    def parse_dense_int_or_fp_elements_attr(self, type=None) -> DenseIntOrFPElementsAttr:
        start = self._current_token.span.start
        content = self.lexer.input.content
        found = literals.read(content, start) if content.startswith("<", start) else None
        given = type
        if found is not None:
            match, kind = found
            state = self._parser_state.current_token, self.lexer.pos
            self._resume_from(match.end())
            if given is None:
                self.parse_punctuation(":", " in dense attribute")
                given = self._parse_dense_literal_type()
            self._check_constant(given, start)
            try:
                array = literals.array_of(match[1], kind, given)
            except ValueError as raised:
                self.raise_error(str(raised), start)
            if array is not None:
                return elements.of_type(given, array)
            if kind == "splat" and math.prod(given.get_shape()) > 1:  # xDSL would write it out
                self.raise_error(f"{match[1][:40]} is no element of {given}", start)
            self._parser_state.current_token, self.lexer.pos = state
        elif given is not None:
            self._check_constant(given, start)
        attr = super().parse_dense_int_or_fp_elements_attr(type)
        self._check_constant(attr.type, start)
        return elements.compact(attr)

    def _parse_dense_literal_type(self) -> Any:
        start = self._current_token.span.start
        type_ = self.parse_type()
        if not isinstance(type_, ShapedType):
            self.raise_error(f"{type_} is no type of a constant", start)
        if any(size < 0 for size in type_.get_shape()):
            self.raise_error(f"a constant of type {type_}: its sizes have to be known", start)
        return type_

    def _check_constant(self, type_, start: int) -> None:
        """Only element types that NumPy or ml_dtypes know."""
        try:
            elements.dtype_of(type_.get_element_type())
        except KeyError:
            self.raise_error(f"constants of {type_.get_element_type()} are not supported", start)

    def _parse_builtin_dense_resource_attr(self):
        """`dense_resource<key> : type`: a constant, its bytes are at the end of the text."""
        start = self._current_token.span.start
        with self.in_angle_brackets():
            key = self.parse_identifier_or_str_literal(" of a resource")
        self.parse_punctuation(":", " in dense_resource attribute")
        type_ = self._parse_dense_literal_type()
        if key not in self._resources:
            self.raise_error(f"the text has no resource {key}", start)
        self._check_constant(type_, start)
        try:
            return elements.of_type(type_, literals.from_bytes(self._resources[key], type_))
        except ValueError as raised:
            self.raise_error(str(raised), start)


def without_last_aliases(text: str) -> str:
    """The text up to the location aliases at its end, thousands, which `Locations` has read."""
    end = text.find("\n", text.rfind("\n}") + 1)
    return text[:end] if end >= 0 and _LAST_ALIASES.match(text, end) else text


_LAST_ALIASES = re.compile(r"(?:\n(?:#[\w.$-]++ = loc\([^\n]*\))?)*+\Z", re.ASCII)


def _closing(content: str, start: int) -> int:
    """Offset of the parenthesis that closes the one at `start`, or -1."""
    if start < 0:
        return -1
    depth = 0
    for match in _BRACKETS.finditer(content, start):
        text = match[0]
        if text == "(":
            depth += 1
        elif text == ")":
            depth -= 1
            if not depth:
                return match.start()
        elif text == "\n":
            return -1
    return -1


_BRACKETS = re.compile(r'[()\n]|"(?:[^"\\\n]|\\.)*"')

__all__ = ["ParseError", "SourceParser", "without_last_aliases"]
