# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A SPIR-V binary as a header and instructions, words in, words out (specification, section 2.3).

`read` takes any bytes: whatever is not a binary is a `ModelError` IX506 with the word's offset, and
nothing is allocated by what the bytes claim, only by how many there are. `operands` decodes one
instruction by its `Format`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.enums import ENUMS
from iree_explore.targets.spirv.row import Format
from iree_explore.targets.spirv.table import BY_EXTENDED, FORMATS

MAGIC = 0x07230203
GENERATOR = 0
HEADER_WORDS = 5


@dataclass
class Instruction:
    """One instruction: the words after the first. `offset` is that of its first word."""

    opcode: int
    words: list[int] = field(default_factory=list)
    offset: int = 0


@dataclass
class Binary:
    """A module: `version` as 13 for 1.3, the bound of its ids, its instructions in order."""

    version: int
    bound: int
    instructions: list[Instruction]

    def to_bytes(self) -> bytes:
        words = [MAGIC, (self.version // 10) << 16 | (self.version % 10) << 8, GENERATOR]
        words += [self.bound, 0]
        for instruction in self.instructions:
            words.append((len(instruction.words) + 1) << 16 | instruction.opcode)
            words += instruction.words
        # Attributes hold literals as signed integers.
        return struct.pack(f"<{len(words)}I", *(word & 0xFFFFFFFF for word in words))


def broken(offset: int, what: str) -> ModelError:
    """IX506: `what` is wrong with the word at `offset`."""
    return ModelError("IX506", f"no SPIR-V module: {what}", because=f"at word {offset}")


def read(data: bytes) -> Binary:
    """The instructions of a module in either byte order; raises `ModelError` IX506."""
    if len(data) % 4 or len(data) < 4 * HEADER_WORDS:
        raise broken(len(data) // 4, f"{len(data)} bytes are no header and whole words")
    order = "<" if struct.unpack_from("<I", data)[0] == MAGIC else ">"
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    if words[0] != MAGIC:
        raise broken(0, f"it begins with {words[0]:#010x}, not with {MAGIC:#010x}")
    major, minor = words[1] >> 16 & 0xFF, words[1] >> 8 & 0xFF
    if major != 1 or minor > 6 or words[1] & 0xFF0000FF:
        raise broken(1, f"{words[1]:#010x} is no version from 1.0 to 1.6")
    if words[4]:
        raise broken(4, "the schema is not 0")
    instructions: list[Instruction] = []
    offset = HEADER_WORDS
    while offset < len(words):
        size, opcode = words[offset] >> 16, words[offset] & 0xFFFF
        if size == 0 or offset + size > len(words):
            raise broken(offset, f"opcode {opcode} has {size} words of {len(words) - offset} left")
        instructions.append(Instruction(opcode, list(words[offset + 1 : offset + size]), offset))
        offset += size
    return Binary(10 * major + minor, words[3], instructions)


def encode_string(text: str) -> list[int]:
    """UTF-8 bytes, a zero byte, and zeros up to a whole word."""
    data = text.encode() + b"\0"
    data += b"\0" * (-len(data) % 4)
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def decode_string(words: Sequence[int], offset: int) -> tuple[str, int]:
    """A string at the begin of some words, and how many of them it takes."""
    data = struct.pack(f"<{len(words)}I", *words)
    end = data.find(b"\0")
    if end < 0:
        raise broken(offset, "a string has no end")
    try:
        return data[:end].decode(), end // 4 + 1
    except UnicodeDecodeError as error:
        raise broken(offset, f"a string is not UTF-8: {error.reason}") from error


@dataclass(frozen=True)
class Word:
    """One decoded operand: its kind (`id`, `literal`, `string`, `number`, `ext`, an enumeration)
    and value; `wide` numbers are two words joined, low first."""

    kind: str
    value: int | str
    wide: bool = False


@dataclass
class Decoded:
    """An instruction by its format: id of its type, id of its result (None if it has none), and
    operands. Parameters of enumerants follow them."""

    format: Format
    offset: int
    type: int | None
    result: int | None
    operands: list[Word]

    @property
    def name(self) -> str:
        return self.format.name

    def ids(self) -> list[int]:
        return [w.value for w in self.operands if w.kind == "id" and isinstance(w.value, int)]

    def number(self, index: int) -> int:
        """The operand at an index, which is no string."""
        value = self.operands[index].value if index < len(self.operands) else None
        if not isinstance(value, int):
            raise broken(self.offset, f"{self.name} has {len(self.operands)} operands")
        return value

    def text(self, index: int) -> str:
        """The operand at an index, which is a string."""
        value = self.operands[index].value if index < len(self.operands) else None
        if not isinstance(value, str):
            raise broken(self.offset, f"{self.name} has no string at operand {index}")
        return value


def decode(instruction: Instruction) -> Decoded:
    """An instruction by its format; raises IX506 for one that is unknown or does not fit it."""
    format_ = FORMATS.get(instruction.opcode)
    if format_ is None:
        raise broken(instruction.offset, f"opcode {instruction.opcode} is not supported")
    reader = _Reader(instruction, format_)
    type_ = reader.word() if format_.has_type else None
    result = reader.word() if format_.has_result else None
    decoded = Decoded(format_, instruction.offset, type_, result, [])
    for kind in format_.kinds:
        decoded.operands.extend(reader.operand(kind))
    if reader.left:
        raise broken(instruction.offset, f"{format_.name} has {reader.left} words too many")
    return decoded


class _Reader:
    def __init__(self, instruction: Instruction, format_: Format) -> None:
        self.words, self.position = instruction.words, 0
        self.offset, self.name = instruction.offset, format_.name

    @property
    def left(self) -> int:
        return len(self.words) - self.position

    def word(self) -> int:
        if not self.left:
            raise broken(self.offset, f"{self.name} has too few words")
        self.position += 1
        return self.words[self.position - 1]

    def operand(self, kind: str) -> Iterator[Word]:
        if kind.endswith("?"):
            if self.left:
                yield from self.operand(kind[:-1])
        elif kind.endswith("*"):
            while self.left:
                yield from self.operand(kind[:-1])
        elif kind == "phi":
            while self.left:
                yield from (Word("id", self.word()), Word("id", self.word()))
        elif kind == "switch":
            while self.left:
                yield from (Word("literal", self.word()), Word("id", self.word()))
        elif kind == "string":
            text, count = decode_string(self.words[self.position :], self.offset)
            self.position += count
            yield Word(kind, text)
        elif kind == "number":
            low = self.word()
            wide = self.left == 1
            yield Word(kind, low | self.word() << 32 if wide else low, wide)
        elif kind in ENUMS:
            yield from self.enumerants(kind)
        else:
            yield Word(kind, self.word())

    def enumerants(self, kind: str) -> Iterator[Word]:
        enum, number = ENUMS[kind], self.word()
        try:
            names = enum.split(number)
        except KeyError:
            raise broken(self.offset, f"{self.name}: no {kind} is {number}") from None
        yield Word(kind, number)
        for name in names:
            for parameter in enum.parameters.get(name, ()):
                yield from self.operand(parameter)


def extended_name(set_name: str, number: int) -> str:
    """`Exp` of `GLSL.std.450`, or its number if the table lacks it."""
    row = BY_EXTENDED.get((set_name, number))
    return row.name.partition(".")[2] if row else str(number)
