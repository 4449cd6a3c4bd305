# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SPIR-V bytes as text in the style of `spirv-dis`: one instruction a line, names from the table.

Ids are `%12`, or `%name` where `OpName` gives one and `friendly` is asked for. Unknown instructions
are an error (IX506), as everywhere.
"""

from __future__ import annotations

import math
import re
import struct

from iree_explore.targets.spirv.binary import Decoded, Word, decode, extended_name, read
from iree_explore.targets.spirv.enums import ENUMS

_INDENT = 15

_SPELLED = {
    "khr_matrix_operands": {
        "None": "NoneKHR",
        "ASigned": "MatrixASignedComponentsKHR",
        "BSigned": "MatrixBSignedComponentsKHR",
        "CSigned": "MatrixCSignedComponentsKHR",
        "ResultSigned": "MatrixResultSignedComponentsKHR",
        "AccSat": "SaturatingAccumulationKHR",
    }
}
"""Where the specification's names are not MLIR's."""


def disassemble(data: bytes, friendly: bool = True, indent: bool = True) -> str:
    """The text of a module; raises `ModelError` IX506 for what is none."""
    binary = read(data)
    decoded = [decode(instruction) for instruction in binary.instructions]
    printer = _Printer(decoded, friendly)
    lines = [
        "; SPIR-V",
        f"; Version: 1.{binary.version % 10}",
        "; Generator: Khronos; 0",
        f"; Bound: {binary.bound}",
        "; Schema: 0",
    ]
    for at in decoded:
        head = f"{printer.id(at.result)} = " if at.result is not None else ""
        lines.append((head.rjust(_INDENT) if indent else head) + printer.rest(at))
    return "\n".join(lines) + "\n"


class _Printer:
    def __init__(self, decoded: list[Decoded], friendly: bool) -> None:
        self.sets = {at.result: at.text(0) for at in decoded if at.name == "OpExtInstImport"}
        self.numbers: dict[int, tuple[str, int, int]] = {}
        """Type id -> (kind, bits, signedness or encoding), of numbers."""
        self.names: dict[int, str] = {}
        self.taken: dict[str, int] = {}
        """Name -> how often it was asked for."""
        for at in decoded:
            if at.name in ("OpTypeInt", "OpTypeFloat") and at.result is not None:
                extra = at.number(1) if len(at.operands) > 1 else -1
                self.numbers[at.result] = (at.name[6:], at.number(0), extra)
            elif at.name == "OpName" and friendly:
                self.give_name(at.number(0), at.text(1))

    def give_name(self, id_: int, text: str) -> None:
        wanted = name = re.sub(r"\W", "_", text) or str(id_)
        while name in self.taken or name.isdigit():
            self.taken[wanted] = self.taken.get(wanted, 0) + 1
            name = f"{wanted}_{self.taken[wanted]}"
        self.taken[name] = self.taken.get(name, 0)
        self.names[id_] = name

    def id(self, id_: int | None) -> str:
        return f"%{self.names.get(id_ or 0, id_)}"

    def rest(self, at: Decoded) -> str:
        """An instruction without its result."""
        parts = [at.name]
        parts += [self.id(at.type)] if at.type is not None else []
        for index, word in enumerate(at.operands):
            if word.kind == "ext":
                number = word.value if isinstance(word.value, int) else 0
                parts.append(extended_name(self.sets.get(at.number(0), ""), number))
            elif word.kind == "number":
                parts.append(self.number(at, word))
            elif at.name == "OpSwitch" and word.kind == "literal" and index > 1:
                value = at.number(index)
                parts.append(str(value))
            else:
                parts.append(self.operand(word))
        return " ".join(parts)

    def operand(self, word: Word) -> str:
        if isinstance(word.value, str):
            escaped = word.value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        if word.kind == "id":
            return self.id(word.value)
        if word.kind in ENUMS:
            text = ENUMS[word.kind].decode(word.value)
            spelled = _SPELLED.get(word.kind, {})
            return "|".join(spelled.get(name, name) for name in text.split("|"))
        return str(word.value)

    def number(self, at: Decoded, word: Word) -> str:
        """A literal of the instruction's type."""
        assert isinstance(word.value, int)
        kind, bits, extra = self.numbers.get(at.type or 0, ("Int", 32, 0))
        if bits not in (8, 16, 32, 64) or (kind, bits) == ("Float", 8):
            return str(word.value)  # no such type: the bits are not worth a huge number
        pattern = word.value & ((1 << bits) - 1)
        if kind == "Int":
            return str(pattern - (1 << bits) if extra == 1 and pattern >> (bits - 1) else pattern)
        return float_text(pattern, bits, extra)


def float_text(pattern: int, bits: int, encoding: int = -1) -> str:
    """A float by its bits, so that it reads back the same: decimal if finite f32 or f64, else in
    hexadecimal (`0x1.8p+0`; infinity is the exponent above the largest)."""
    if bits in (32, 64):
        form = ("<I", "<f", ".9g") if bits == 32 else ("<Q", "<d", ".17g")
        value = struct.unpack(form[1], struct.pack(form[0], pattern))[0]
        if math.isfinite(value) and (value == 0 or _is_normal(pattern, bits)):
            return format(value, form[2])
    mantissa_bits = {16: 7 if encoding == 0 else 10, 32: 23, 64: 52}[bits]
    exponent_bits = bits - 1 - mantissa_bits
    bias = (1 << (exponent_bits - 1)) - 1
    sign = "-" if pattern >> (bits - 1) else ""
    mantissa = pattern & ((1 << mantissa_bits) - 1)
    exponent = (pattern >> mantissa_bits) & ((1 << exponent_bits) - 1)
    if not exponent and not mantissa:
        return f"{sign}0x0p+0"
    power = exponent - bias
    if not exponent:  # denormal: shift the leading bit out
        shift = mantissa_bits - mantissa.bit_length() + 1
        mantissa, power = (mantissa << shift) & ((1 << mantissa_bits) - 1), 1 - bias - shift
    digits = -(-mantissa_bits // 4)
    hexadecimal = f"{mantissa << (4 * digits - mantissa_bits):0{digits}x}".rstrip("0")
    return f"{sign}0x1{'.' if hexadecimal else ''}{hexadecimal}p{power:+d}"


def _is_normal(pattern: int, bits: int) -> bool:
    mantissa_bits = 23 if bits == 32 else 52
    return bool(pattern >> mantissa_bits & ((1 << (bits - 1 - mantissa_bits)) - 1))
