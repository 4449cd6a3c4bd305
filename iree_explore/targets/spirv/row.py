# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a row of the table of SPIR-V instructions says; `table.py` puts the rows together.

A `Row` is an op of the dialect. `operands` lists them in the order of the binary, `name:kind`:

* a class of values (`rules.CLASSES`: `float`, `int`, `ptr`, ...): an SSA operand;
* `literal`, `literals`: one or any number of integers, in the attribute `name`;
* a key of `enums.ENUMS`: that attribute, as a literal; `@` before it: as the id of a constant;
* `^`: a block. A `?` at the end: may be missing. A `*`: any number.

`result` is what the result's type is: `=x` that of operand x; `bool=x` booleans, as many as x has
components; `pointee=x`; a class of values (the type is then given); empty: no result. `rules` names
further rules of `rules.RULES`. A row with an `extended` set is `OpExtInst` of that set, and its
opcode the number there.

A `Format` is an instruction as bytes. Those of rows follow from them; `rows_structure.py` has the
rest (types, constants, decorations), which are no ops.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from iree_explore.targets.spirv.enums import ENUMS

GLSL = "GLSL.std.450"


@dataclass(frozen=True)
class Operand:
    """One operand of a row; `mode` is "", "?" or "*", `constant` that its id names a constant."""

    name: str
    kind: str
    mode: str = ""
    constant: bool = False

    @property
    def is_value(self) -> bool:
        return not (self.is_successor or self.is_enum or self.kind in ("literal", "literals"))

    @property
    def is_enum(self) -> bool:
        return self.kind in ENUMS

    @property
    def is_successor(self) -> bool:
        return self.kind == "^"

    @property
    def words(self) -> str:
        """Its operand kind in a `Format`."""
        if self.constant or self.is_value or self.is_successor:
            return "id" + self.mode
        if self.kind == "literals":
            return "literal*"
        return self.kind + self.mode


@dataclass(frozen=True)
class Format:
    """An instruction as bytes: whether a result type and a result come first, then operand kinds:
    `id`, `literal`, `string`, `number` (as wide as the result's type), `ext` (an instruction of an
    extended set), `phi` and `switch` (pairs up to the end), or an enumeration; `?`, `*` as above.
    """

    name: str
    opcode: int
    kinds: tuple[str, ...] = ()
    has_type: bool = False
    has_result: bool = False


EXT_INST = Format("OpExtInst", 12, ("id", "ext", "id*"), True, True)


@dataclass(frozen=True)
class Row:
    """One op of the dialect; the module's docstring says what the fields mean."""

    name: str
    opcode: int
    operands: str = ""
    result: str = ""
    capability: str = ""
    rules: tuple[str, ...] = ()
    terminator: bool = False
    pure: bool = True
    extended: str = ""

    @cached_property
    def parsed(self) -> tuple[Operand, ...]:
        return tuple(_operand(text) for text in self.operands.split())

    @cached_property
    def format(self) -> Format:
        if self.extended:
            return EXT_INST
        kinds = tuple(operand.words for operand in self.parsed)
        vendor, _, name = self.name.rpartition(".")
        return Format(f"Op{name}{vendor}", self.opcode, kinds, bool(self.result), bool(self.result))


def _operand(text: str) -> Operand:
    name, _, kind = text.partition(":")
    mode = kind[-1] if kind[-1] in "?*" else ""
    kind = kind.removesuffix(mode) if mode else kind
    return Operand(name, kind.removeprefix("@"), mode, kind.startswith("@"))


def rows(names: dict[str, int], *args: object, **fields: object) -> list[Row]:
    """Rows that differ in name and opcode only."""
    return [Row(name, opcode, *args, **fields) for name, opcode in names.items()]  # pyright: ignore[reportArgumentType]
