# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Cursor`: the primitives of MLIR bytecode (bytes, varints, lists), every read checked.

A count never exceeds the bytes that are left, since each thing counted takes at least one: so a
file that lies about its sizes costs no memory. What cannot be read raises `Malformed`.
Format: https://mlir.llvm.org/docs/BytecodeFormat. Next read `container.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Malformed(Exception):
    """The bytes at `offset` (in the file) are not what the format asks for."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Cursor:
    """Reads `data[start:end]` from the front; offsets are those of the whole file."""

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = start
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        return self.end - self.at

    def fail(self, message: str) -> Malformed:
        """To be raised: an error that points here."""
        return Malformed(self.at, message)

    def byte(self) -> int:
        if self.at >= self.end:
            raise self.fail("the file ends in the middle of something")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        """Unsigned, 1 to 9 bytes; trailing zeros of the first byte say how many follow."""
        first = self.byte()
        if first & 1:
            return first >> 1
        more = (first & -first).bit_length() - 1 if first else 8
        if self.left < more:
            raise self.fail("the file ends in the middle of a number")
        rest = int.from_bytes(self.data[self.at : self.at + more], "little")
        self.at += more
        return rest << (7 - more) | first >> (more + 1) if first else rest

    def signed(self) -> int:
        """Zigzag varint."""
        value = self.varint()
        return -(value >> 1) - 1 if value & 1 else value >> 1

    def flagged(self) -> tuple[int, bool]:
        """A varint whose lowest bit is a flag."""
        value = self.varint()
        return value >> 1, bool(value & 1)

    def count(self, what: str = "elements") -> int:
        """A number of things that follow, each of at least one byte."""
        start = self.at
        number = self.varint()
        if number > self.left:
            raise Malformed(start, f"{number} {what} announced, {self.left} bytes left")
        return number

    def list(self, read: Callable[[], T]) -> list[T]:
        """A count, then that many of what `read` reads."""
        return [read() for _ in range(self.count())]

    def bytes(self, size: int) -> bytes:
        if size > self.left:
            raise self.fail(f"{size} bytes announced, {self.left} left")
        self.at += size
        return self.data[self.at - size : self.at]

    def blob(self) -> bytes:
        """A size, then that many bytes."""
        return self.bytes(self.varint())

    def cstring(self) -> str:
        """Text up to a zero byte."""
        end = self.data.find(0, self.at, self.end)
        if end < 0:
            raise self.fail("a text without its final zero")
        start, self.at = self.at, end + 1
        return decoded(self.data[start:end], start)

    def align(self, alignment: int) -> None:
        """Skips padding; alignments are powers of two, counted from the start of the file."""
        if alignment & (alignment - 1) or not 0 < alignment <= 1 << 20:
            raise self.fail(f"{alignment} is no alignment")
        self.bytes(-self.at % alignment)

    def integer(self, width: int) -> int:
        """An integer of known width as it is stored: its value, taken as signed."""
        if width <= 8:
            value = self.byte()
        elif width <= 64:
            value = self.signed()
        else:
            words = [self.signed() for _ in range(self.count())]
            value = sum((word & (1 << 64) - 1) << 64 * i for i, word in enumerate(words))
        value &= (1 << width) - 1
        return value - (1 << width) if width > 1 and value >> (width - 1) else value


def decoded(data: bytes, offset: int) -> str:
    """UTF-8; `Malformed` if it is not."""
    try:
        return data.decode()
    except UnicodeDecodeError as raised:
        raise Malformed(offset + raised.start, "text that is not UTF-8") from raised
