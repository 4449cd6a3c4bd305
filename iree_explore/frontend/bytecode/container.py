# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Container`: an MLIR bytecode file taken apart into its sections, nothing in them decoded yet.

Strings, dialects and op names, where each attribute, type and property lies, resources, and the
bytes of the IR. Versions 0 to 6 of the format are read; what changed between them is marked.
`attributes.py` decodes attributes and types, `ir.py` the operations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from iree_explore.frontend.bytecode.cursor import Cursor, Malformed, decoded

MAGIC = b"ML\xefR"
NEWEST_VERSION = 6
DIALECT_VERSIONS, LAZY_REGIONS, USE_LISTS, SHORT_ARGUMENTS, PROPERTIES, SEGMENTS = 1, 2, 3, 4, 5, 6
"""The version of the format that brought each feature."""


class Section(IntEnum):
    """Section numbers."""

    STRINGS = 0
    DIALECTS = 1
    ATTRIBUTES = 2
    ATTRIBUTE_OFFSETS = 3
    IR = 4
    RESOURCES = 5
    RESOURCE_OFFSETS = 6
    DIALECT_VERSION = 7
    PROPERTIES = 8


@dataclass(frozen=True)
class Entry:
    """Where an attribute or type lies; `custom` if its dialect encoded it, else it is text."""

    dialect: str
    start: int
    end: int
    custom: bool


@dataclass
class Container:
    """The sections of one file; indices in the IR refer to these lists."""

    data: bytes
    version: int = 0
    producer: str = ""
    strings: list[tuple[int, int]] = field(default_factory=list)
    dialects: list[str] = field(default_factory=list)
    op_names: list[str] = field(default_factory=list)
    attributes: list[Entry] = field(default_factory=list)
    types: list[Entry] = field(default_factory=list)
    properties: list[tuple[int, int]] = field(default_factory=list)
    resources: dict[str, bytes] = field(default_factory=dict)
    resource_keys: list[str] = field(default_factory=list)
    ir: tuple[int, int] = (0, 0)

    def string(self, index: int, cursor: Cursor) -> str:
        """The text number `index`; `cursor` is where it is asked for."""
        if index >= len(self.strings):
            raise cursor.fail(f"string {index} of {len(self.strings)}")
        start, end = self.strings[index]
        return decoded(self.data[start:end], start)


def read_container(data: bytes) -> Container:
    """Takes `data` apart; raises `Malformed`."""
    cursor = Cursor(data)
    if cursor.bytes(min(4, len(data))) != MAGIC:
        raise Malformed(0, "no MLIR bytecode")
    found = Container(data, version=cursor.varint())
    if found.version > NEWEST_VERSION:
        raise Malformed(4, f"bytecode version {found.version}; up to {NEWEST_VERSION} is known")
    found.producer = cursor.cstring()
    sections: dict[int, Cursor] = {}
    while cursor.left:
        start = cursor.at
        number, inner = section(cursor)
        if number in sections or number not in list(Section):
            raise Malformed(start, f"section {number} is unknown or there twice")
        sections[number] = inner
    for needed in (Section.STRINGS, Section.DIALECTS, Section.ATTRIBUTES,
                   Section.ATTRIBUTE_OFFSETS, Section.IR):  # fmt: skip
        if needed not in sections:
            raise Malformed(len(data), f"section {needed} is missing")
    _read_strings(found, sections[Section.STRINGS])
    _read_dialects(found, sections[Section.DIALECTS])
    _read_offsets(found, sections[Section.ATTRIBUTE_OFFSETS], sections[Section.ATTRIBUTES])
    if Section.RESOURCE_OFFSETS in sections:
        _read_resources(found, sections[Section.RESOURCE_OFFSETS], sections.get(Section.RESOURCES))
    if Section.PROPERTIES in sections:
        _read_properties(found, sections[Section.PROPERTIES])
    found.ir = sections[Section.IR].at, sections[Section.IR].end
    return found


def section(cursor: Cursor) -> tuple[int, Cursor]:
    """The number and content of the section at `cursor`, which moves behind it."""
    head = cursor.byte()
    length = cursor.varint()
    if head & 0x80:
        cursor.align(cursor.varint())
    start = cursor.at
    cursor.bytes(length)
    return head & 0x7F, Cursor(cursor.data, start, cursor.at)


def _read_strings(found: Container, cursor: Cursor) -> None:
    lengths = [cursor.varint() for _ in range(cursor.count("strings"))]
    end = cursor.end  # lengths are in reverse order and include the final zero
    for length in lengths:
        start = end - length
        if not length or start < cursor.at:
            raise cursor.fail("strings longer than their section")
        found.strings.append((start, end - 1))
        end = start
    found.strings.reverse()


def _read_dialects(found: Container, cursor: Cursor) -> None:
    for _ in range(cursor.count("dialects")):
        if found.version < DIALECT_VERSIONS:
            found.dialects.append(found.string(cursor.varint(), cursor))
            continue
        name, versioned = cursor.flagged()
        found.dialects.append(found.string(name, cursor))
        if versioned:
            section(cursor)
    if found.version >= SHORT_ARGUMENTS and cursor.left:
        cursor.varint()  # the number of op names, said so that a reader can reserve space
    while cursor.left:
        dialect = _dialect(found, cursor)
        for _ in range(cursor.count("op names")):
            name = cursor.varint() >> (found.version >= PROPERTIES)
            found.op_names.append(f"{dialect}.{found.string(name, cursor)}")


def _dialect(found: Container, cursor: Cursor) -> str:
    index = cursor.varint()
    if index >= len(found.dialects):
        raise cursor.fail(f"dialect {index} of {len(found.dialects)}")
    return found.dialects[index]


def _read_offsets(found: Container, offsets: Cursor, data: Cursor) -> None:
    numbers = [offsets.varint(), offsets.varint()]
    start = data.at
    for number, entries in zip(numbers, (found.attributes, found.types), strict=True):
        while len(entries) < number:
            dialect = _dialect(found, offsets)
            for _ in range(offsets.count("attributes")):
                size, custom = offsets.flagged()
                if start + size > data.end:
                    raise offsets.fail("an attribute or type beyond the end of its section")
                entries.append(Entry(dialect, start, start + size, custom))
                start += size
        if len(entries) != number:
            raise offsets.fail(f"{len(entries)} attributes or types, {number} announced")


def _read_resources(found: Container, offsets: Cursor, data: Cursor | None) -> None:
    """Dialect resources: blobs by key. Those of tools outside the dialects mean nothing here."""
    external = offsets.varint()
    group = 0
    while offsets.left:
        owner = offsets.varint()
        if group >= external and owner >= len(found.dialects):
            raise offsets.fail(f"dialect {owner} of {len(found.dialects)}")
        for _ in range(offsets.count("resources")):
            key = found.string(offsets.varint(), offsets)
            size = offsets.varint()
            kind = offsets.byte()
            if group >= external:
                found.resource_keys.append(key)
            if not size:
                continue
            if data is None:
                raise offsets.fail("resources without their section")
            start = data.at
            data.bytes(size)
            if group >= external and kind == 0:
                blob = Cursor(data.data, start, start + size)
                alignment = blob.varint()
                length = blob.varint()
                blob.align(alignment)
                found.resources[key] = blob.bytes(length)
        group += 1


def _read_properties(found: Container, cursor: Cursor) -> None:
    for _ in range(cursor.count("properties")):
        size = cursor.varint()
        start = cursor.at
        cursor.bytes(size)
        found.properties.append((start, cursor.at))
