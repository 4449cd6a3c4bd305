# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Decoder`: attributes, types and locations of a bytecode file, decoded when first asked for.

What comes out is what the text parser makes of the printed attribute: VHLO's become StableHLO's
and builtin ones. Rare attributes are spelled out and parsed, so that their syntax is known in one
place. Locations become `Place`s. A dialect's own encoding is a table of readers by code: builtin's
in `builtin.py`, VHLO's in `vhlo.py`, StableHLO's and CHLO's in `stablehlo.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerType,
    StringAttr,
    TensorType,
    UnknownLoc,
)
from xdsl.ir import Attribute, TypeAttribute
from xdsl.utils.exceptions import ParseError

from iree_explore import elements
from iree_explore.frontend.bytecode.container import Container, Entry
from iree_explore.frontend.bytecode.cursor import Cursor
from iree_explore.frontend.locations import NOWHERE, Place

NESTING = 64
"""Deepest nesting of attributes and types, and of regions: decoding and all that walks the IR
later recurse. Programs nest loops and tuples a handful deep."""
Readers = dict[int, Callable[["AttributeCursor"], Any]]
T = TypeVar("T")


class AttributeCursor(Cursor):
    """A cursor in the encoding of one attribute or type, which may refer to others."""

    decoder: Decoder

    def attribute(self) -> Attribute:
        return self.decoder.attribute(self.varint(), self)

    def optional_attribute(self) -> Attribute | None:
        index, there = self.flagged()
        return self.decoder.attribute(index, self) if there else None

    def type(self) -> Any:
        return self.decoder.type(self.varint(), self)

    def location(self) -> Place:
        return self.decoder.location(self.varint(), self)

    def attributes(self) -> list[Attribute]:
        return self.list(self.attribute)

    def types(self) -> list[Any]:
        return self.list(self.type)

    def ints(self) -> list[int]:
        return self.list(self.signed)

    def text(self) -> str:
        return self.decoder.container.string(self.varint(), self)

    def float64(self) -> float:
        return float(np.int64(self.integer(64)).view(np.float64))

    def tensor_type(self) -> TensorType:
        type_ = self.type()
        if not isinstance(type_, TensorType):
            raise self.fail(f"constants of type {type_} are not supported")
        return type_

    def dense(self) -> DenseIntOrFPElementsAttr:
        """`dense<...>`: a tensor type, then the bytes of all elements or of one."""
        type_ = self.tensor_type()
        return self.elements_of(type_, self.blob(), packed=True)

    def elements_of(
        self, type_: TensorType, data: bytes, *, packed: bool = False
    ) -> DenseIntOrFPElementsAttr:
        """The constant of `type_` whose elements are the bytes `data`.

        i1 takes one byte each, or one bit each where that is another number of bytes; one element
        for all is allowed if `packed`.
        """
        try:
            dtype = elements.dtype_of(type_.element_type)
        except KeyError:
            raise self.fail(f"constants of type {type_} are not supported") from None
        shape = type_.get_shape()
        if any(n < 0 for n in shape):
            raise self.fail(f"a constant of type {type_}")
        count = 1
        for n in shape:
            count *= n
        if dtype == np.bool_:
            array = self._bits(data, count, packed)
        elif len(data) == dtype.itemsize and packed and count:
            array = np.frombuffer(_low_bits(data, dtype), dtype)[0]
        elif len(data) == count * dtype.itemsize:
            array = np.frombuffer(_low_bits(data, dtype), dtype)
        else:
            array = None
        if array is None:
            raise self.fail(f"{len(data)} bytes for the {count} elements of {type_}")
        return elements.of_type(type_, array if array.ndim == 0 else array.reshape(shape))

    def _bits(self, data: bytes, count: int, packed: bool) -> np.ndarray | None:
        flags = np.frombuffer(data, np.uint8)
        if packed and len(data) == 1 and count > 1 and data[0] in (0, 255):
            return np.array(data[0] == 255)
        if packed and len(data) == (count + 7) // 8:
            return np.unpackbits(flags, bitorder="little")[:count].astype(np.bool_)
        return flags != 0 if len(data) == count else None

    def dictionary(self, key: Callable[[], str]) -> DictionaryAttr:
        return DictionaryAttr(dict(self.list(lambda: (key(), self.attribute()))))


def _low_bits(data: bytes, dtype: np.dtype) -> bytes:
    """Types of fewer than eight bits: what is above them means nothing."""
    bits = elements.bits_of(dtype) if dtype.itemsize == 1 else 8
    if bits == 8:
        return data
    return (np.frombuffer(data, np.uint8) & ((1 << bits) - 1)).tobytes()


class Decoder:
    """Attributes and types of `container` by index; each is decoded once."""

    def __init__(self, container: Container, context: Context) -> None:
        from iree_explore.frontend.bytecode import builtin, stablehlo, vhlo

        self.container = container
        self.context = context
        self._known: dict[Entry, Any] = {}
        self._texts: dict[str, Any] = {}
        self._depth = 0
        self._attributes: dict[str, Readers] = {
            "builtin": builtin.ATTRIBUTES,
            "vhlo": vhlo.ATTRIBUTES,
            "stablehlo": stablehlo.ATTRIBUTES,
            "chlo": stablehlo.CHLO_ATTRIBUTES,
        }
        self._types: dict[str, Readers] = {
            "builtin": builtin.TYPES,
            "vhlo": vhlo.TYPES,
            "stablehlo": stablehlo.TYPES,
            "quant": stablehlo.QUANT_TYPES,
        }

    def attribute(self, index: int, cursor: Cursor) -> Attribute:
        """Attribute number `index`; locations, which nothing reads as attributes, are unknown."""
        found = self._entry(self.container.attributes, index, cursor, self._attributes)
        return UnknownLoc() if isinstance(found, Place) else found

    def location(self, index: int, cursor: Cursor) -> Place:
        """The location number `index` of the attribute table."""
        found = self._entry(self.container.attributes, index, cursor, self._attributes)
        return found if isinstance(found, Place) else NOWHERE

    def type(self, index: int, cursor: Cursor) -> Any:
        found = self._entry(self.container.types, index, cursor, self._types)
        if not isinstance(found, TypeAttribute):
            raise cursor.fail(f"type {index} is none")
        return found

    def _entry(self, table: list[Entry], index: int, at: Cursor, dialects: dict) -> Any:
        if index >= len(table):
            raise at.fail(f"attribute or type {index} of {len(table)}")
        entry = table[index]
        if entry in self._known:
            found = self._known[entry]
            if found is None:
                raise at.fail("an attribute or type that contains itself")
            return found
        if self._depth >= NESTING:
            raise at.fail("attributes or types nested too deeply")
        self._known[entry] = None
        self._depth += 1
        found = self._known[entry] = self._decode(entry, table, dialects)
        self._depth -= 1
        return found

    def _decode(self, entry: Entry, table: list[Entry], dialects: dict[str, Readers]) -> Any:
        cursor = AttributeCursor(self.container.data, entry.start, entry.end)
        cursor.decoder = self
        if not entry.custom:
            return self.parse(cursor.cstring(), cursor, type_=table is self.container.types)
        if entry.dialect not in dialects and table is self.container.attributes:
            # Only ops of that dialect could need it (and they are refused), or nobody does (sdy).
            return StringAttr(f"<an attribute of dialect {entry.dialect}>")
        code = cursor.varint()
        reader = dialects.get(entry.dialect, {}).get(code)
        if reader is None:
            kind = "type" if table is self.container.types else "attribute"
            raise cursor.fail(f"{kind} {code} of dialect {entry.dialect} is unknown")
        found = reader(cursor)
        if cursor.left:
            raise cursor.fail(f"{cursor.left} bytes left over after an attribute or type")
        return found

    def parse(self, text: str, cursor: Cursor, *, type_: bool = False) -> Any:
        """The attribute or type written as `text`."""
        from iree_explore.errors import Error
        from iree_explore.frontend.mlir import parse_snippet

        key = f"!{text}" if type_ else text
        if key not in self._texts:
            try:
                self._texts[key] = parse_snippet(text, self.context, type_=type_)
            except (ParseError, Error) as raised:
                what = getattr(raised, "what", None) or str(getattr(raised, "msg", raised))
                raise cursor.fail(f"{text[:80]}: {what}") from raised
        return self._texts[key]

    def resource(self, index: int, cursor: Cursor) -> bytes:
        """The blob that handle `index` means."""
        keys = self.container.resource_keys
        if index >= len(keys) or keys[index] not in self.container.resources:
            raise cursor.fail(f"resource {index} is not in the file")
        return self.container.resources[keys[index]]


def sized(width: int, *, unsigned: bool = False) -> IntegerType:
    """Integer types as StableHLO uses them: signless means signed."""
    from xdsl.dialects.builtin import Signedness

    return IntegerType(width, Signedness.UNSIGNED if unsigned else Signedness.SIGNLESS)
