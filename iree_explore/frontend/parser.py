# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`SourceParser`: xDSL's MLIR parser made fast enough for whole models, with positions kept.

Same grammar, three short cuts: one regular expression per token, tensor types parsed once per
spelling, and `dense<...>` literals turned into bytes by NumPy (splats stay one element; i1 hex is
bit-packed, as MLIR prints it). Locations go to `Locations`; `sources[op]` remembers each op's
`Source`, or the op's own line in the text when it has none.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import (
    ComplexType,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerType,
    LocationAttr,
    UnknownLoc,
)
from xdsl.ir import Operation, TypeAttribute
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError
from xdsl.utils.lexer import Span, Token
from xdsl.utils.mlir_lexer import KIND_BY_PUNCTUATION_SPELLING, MLIRLexer, MLIRToken, MLIRTokenKind

from iree_explore import elements
from iree_explore.frontend.locations import Locations
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
_HEX = re.compile(r'<\s*"0x([0-9A-Fa-f]*)"\s*>', re.ASCII)
_SPLAT = re.compile(
    r"<\s*(true|false|0x[0-9a-fA-F]+|-?\d+(?:\.\d*(?:[eE][+-]?\d+)?)?)\s*>", re.ASCII
)
_LIST = re.compile(r"<\s*(\[[\[\]0-9a-fA-F+\-., \ntrulsx]*\])\s*>", re.ASCII)
_BITS = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_BARE_DECIMAL = re.compile(r"(\d)\.(?=[,\]\seE])")


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
        super().__init__(ctx, text, name)
        self._parser_state.lexer = SourceLexer(self.lexer.input)
        self._parser_state.current_token = self.lexer.lex()
        self.locations = Locations(text)
        self.sources: dict[Operation, Source] = {}
        self._types: dict[str, TypeAttribute] = {}
        self._name = name
        self._newlines = [m.start() for m in re.finditer("\n", text)] if own_lines else None
        self._location: Source | None = None
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
        # The op's own location is the last thing of its text; nested ops have theirs before it.
        source, self._location = self._location, None
        if source is None and self._newlines is not None:
            source = Source(file=self._name, line=bisect_right(self._newlines, start) + 1)
        if source is not None:
            self.sources[op] = source
        return op

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

    # Types

    def _parse_optional_builtin_type(self) -> TypeAttribute | None:
        token = self._current_token
        if token.kind is MLIRTokenKind.BARE_IDENT and token.text == "tensor":
            match = _TENSOR.match(self.lexer.input.content, token.span.end)
            if match is not None:
                text = match[0]
                known = self._types.get(text)
                if known is None:
                    known = super()._parse_optional_builtin_type()
                    if known is not None:
                        self._types[text] = known
                    return known
                self._resume_from(match.end())
                return known
        return super()._parse_optional_builtin_type()

    # Dense constants

    def parse_dense_int_or_fp_elements_attr(self, type=None) -> DenseIntOrFPElementsAttr:
        start = self._current_token.span.start
        content = self.lexer.input.content
        if content.startswith("<", start):
            for pattern, read in ((_SPLAT, self._splat), (_HEX, self._hex), (_LIST, self._list)):
                match = pattern.match(content, start)
                if match is None:
                    continue
                state = self._parser_state.current_token, self.lexer.pos
                self._resume_from(match.end())
                given = type
                if given is None:
                    self.parse_punctuation(":", " in dense attribute")
                    given = self._parse_dense_literal_type()
                array = read(match[1], given, start)
                if array is not None:
                    return elements.of_type(given, array)
                self._parser_state.current_token, self.lexer.pos = state
                break
        return elements.compact(super().parse_dense_int_or_fp_elements_attr(type))

    def _splat(self, text: str, type_, start: int) -> np.ndarray | None:
        """One element, or None when only the slow way words the error right."""
        element = type_.get_element_type()
        if isinstance(element, ComplexType) or math.prod(type_.get_shape()) == 0:
            return None
        dtype = _dtype(element)
        if dtype is None:
            return None
        if text.startswith("0x"):
            return _from_bits(int(text, 16), dtype)
        if isinstance(element, IntegerType | IndexType) != _integral(text, dtype):
            return None
        if dtype == np.bool_:
            return np.array(text == "true")
        value = _number(text)
        if elements.is_float(dtype):
            return elements.cast(np.array(value, np.float64), dtype)
        low, high = elements.limits_of(dtype)
        return np.asarray(value).astype(dtype) if low <= value <= high else None

    def _hex(self, text: str, type_, start: int) -> np.ndarray | None:
        dtype = _dtype(type_.get_element_type())
        count = math.prod(type_.get_shape())
        if dtype is None or len(text) % 2:
            return None
        data = np.frombuffer(bytes.fromhex(text), np.uint8)
        if dtype == np.bool_:
            bits = _bits(data, count)
            if bits is None:
                self.raise_error(f"{data.size} bytes of hex cannot hold {count} bits", start)
            return bits if bits.ndim == 0 else bits.reshape(type_.get_shape())
        if elements.bits_of(dtype) < 8:
            data = data & ((1 << elements.bits_of(dtype)) - 1)
        if data.size == dtype.itemsize:
            return data.view(dtype)[0] if count else None
        if data.size != count * dtype.itemsize:
            self.raise_error(
                f"{data.size} bytes of hex cannot hold {count} elements of {dtype.itemsize} bytes",
                start,
            )
        return data.view(dtype).reshape(type_.get_shape())

    def _list(self, text: str, type_, start: int) -> np.ndarray | None:
        dtype = _dtype(type_.get_element_type())
        if dtype is not None and "0x" in text and elements.is_float(dtype):
            # bit patterns, as MLIR prints infinities and NaN; xDSL would take them for numbers
            text = _BITS.sub(lambda m: _json_number(_from_bits(int(m[0], 16), dtype)), text)
        elif dtype is None or len(text) < 64:
            return None
        try:
            array = np.array(json.loads(_BARE_DECIMAL.sub(r"\1.0", text)))
        except ValueError:  # irregular or not plain numbers: the slow way words the error
            return None
        integer = elements.is_integer(dtype)
        wanted = "b" if dtype == np.bool_ else "iu" if integer else "f"
        if array.shape != tuple(type_.get_shape()) or array.dtype.kind not in wanted:
            return None
        if integer:
            low, high = elements.limits_of(dtype)
            return array.astype(dtype) if low <= array.min() and array.max() <= high else None
        return elements.cast(array, dtype)


def _dtype(element) -> np.dtype | None:
    """None for what NumPy has no plain dtype for: those literals take the slow way."""
    try:
        return elements.dtype_of(element)
    except KeyError:
        return None


def _from_bits(value: int, dtype: np.dtype) -> np.ndarray | None:
    """The element whose bit pattern (float) or value (integer) is `value`."""
    if dtype == np.bool_ or value >= 1 << elements.bits_of(dtype):
        return None
    return np.frombuffer(value.to_bytes(dtype.itemsize, "little"), dtype)[0]


def _json_number(value: np.ndarray | None) -> str:
    return "?" if value is None else json.dumps(float(value))


def _integral(text: str, dtype: np.dtype) -> bool:
    """Whether `text` is the kind of literal that an integer (i1: boolean) type takes."""
    if dtype == np.bool_:
        return text in ("true", "false")
    return text.lstrip("-").isdigit()


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _bits(data: np.ndarray, count: int) -> np.ndarray | None:
    """i1 elements: eight to a byte, lowest bit first; one byte of 0x00 or 0xFF is a splat."""
    if data.size == 1 and count and data[0] in (0, 255):
        return np.array(bool(data[0]))
    if data.size == (count + 7) // 8:
        return np.unpackbits(data, bitorder="little")[:count].astype(np.bool_)
    if data.size == count and not data.max(initial=0) > 1:
        return data.astype(np.bool_)
    return None


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

__all__ = ["ParseError", "SourceParser"]
