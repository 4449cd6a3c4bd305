# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints one op for the recording: stable SSA names, placeholders for regions, elided constants.

The one idea: names come from op ids (`%123`, `%123#1`, `%b45_0`), so an op prints the same as long
as it is the same, whatever happens around it. `OpPrinter.render` also remembers the form of ops
that differ in their names only, which is most of lowered code; `recorder` is its only user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from xdsl.dialects.builtin import (
    ArrayAttr,
    BytesAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    StringAttr,
    UnregisteredOp,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.printer import Printer

from iree_explore.elements import dtype_of
from iree_explore.provenance import op_id

REGION_START, BLOCK_START, REGION_END = "\x01", "\x03", "\x02"
"""Placeholder of a region in a template: START index flags (BLOCK header)* END."""

_NAME = "\x04"
_LARGE = 64  # elements of a constant that are still worth reading
_LONG = 1024  # bytes of a string, and elements of an array attribute
_HEX = re.compile(r"(0x[0-9A-Fa-f]{64})[0-9A-Fa-f]{64,}")


def value_name(value: SSAValue) -> str:
    """The stable name of an SSA value, without %."""
    if isinstance(value, OpResult):
        number = op_id(value.op)
        return str(number) if len(value.op.results) == 1 else f"{number}#{value.index}"
    if isinstance(value, BlockArgument):
        owner = value.block.parent_op()
        if owner is None:
            return f"detached_{value.index}"
        return f"b{op_id(owner)}_{argument_offset(owner, value.block) + value.index}"
    return "erased"


def argument_offset(owner: Operation, block: Block) -> int:
    """How many block arguments the blocks of `owner` before `block` have; none in a
    `stablehlo.while`, whose body names its arguments as the condition does."""
    if owner.regions[0].first_block is block or owner.name == "stablehlo.while":
        return 0
    count = 0
    for region in owner.regions:
        for other in region.blocks:
            if other is block:
                return count
            count += len(other.args)
    return count


class OpPrinter(Printer):
    """xDSL's printer with its four decisions replaced: names, regions, blocks, large attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._slots: dict[int, int] | None = None
        self._attributes: dict[int, tuple[Attribute, int]] = {}
        self._canonical: dict[Attribute, int] = {}
        self._attribute_text: dict[int, str] = {}
        self._forms: dict[tuple[object, ...], tuple[str, tuple[int, ...]]] = {}

    # -- the public part

    def render(self, op: Operation, operands: Sequence[str]) -> str:
        """The template of `op`; `operands` are the names of its operands."""
        if op.regions:
            return self._print(op)
        key = self._key(op, operands)
        if key is None:
            return self._print(op)
        form = self._forms.get(key)
        if form is None:
            values = (*op._operands, *op.results)  # pyright: ignore[reportPrivateUsage]
            form = self._forms[key] = self._form(op, values)
        template, slots = form
        if not slots:
            return template
        if op.results:
            number = str(op_id(op))
            if len(op.results) == 1:
                names = (*operands, number)
            else:
                names = (*operands, *(f"{number}#{i}" for i in range(len(op.results))), number)
        else:
            names = operands
        return template % tuple([names[slot] for slot in slots])

    # -- forms: an op printed once, with slots where names go

    def _key(self, op: Operation, operands: Sequence[str]) -> tuple[object, ...] | None:
        key: list[object] = [type(op)]
        try:
            for value in op._operands:  # pyright: ignore[reportPrivateUsage]
                key.append(self._number(value.type))
            key.append("r")
            for result in op.results:
                key.append(self._number(result.type))
            for name, attribute in op.properties.items():
                key.append(name)
                key.append(self._number(attribute))
            key.append("a")
            for name, attribute in op.attributes.items():
                key.append(name)
                key.append(self._number(attribute))
        except (TypeError, _NotKept):
            return None
        for successor in op._successors:  # pyright: ignore[reportPrivateUsage]
            key.append(self._get_block_name(successor))
        if len(set(operands)) != len(operands):  # which operands are the same value
            key.append(tuple([operands.index(name) for name in operands]))
        return tuple(key)

    def _number(self, attribute: Attribute) -> int:
        """Equal attributes have one number; identical ones are found without hashing."""
        known = self._attributes.get(id(attribute))
        if known is not None:
            return known[1]
        if _is_large(attribute):
            raise _NotKept
        number = self._canonical.get(attribute)
        if number is None:
            number = self._canonical[attribute] = len(self._canonical)
        # Kept alive here, so that its id() stays its own.
        self._attributes[id(attribute)] = (attribute, number)
        return number

    def _form(self, op: Operation, values: Sequence[SSAValue]) -> tuple[str, tuple[int, ...]]:
        self._slots = {id(value): i for i, value in enumerate(values)}
        if len(op.results) > 1:
            self._slots[id(op)] = len(values)
        try:
            text = self._print(op)
        finally:
            self._slots = None
        pieces = text.split(_NAME)
        slots = tuple(int(piece) for piece in pieces[1::2])
        for i in range(0, len(pieces), 2):
            pieces[i] = pieces[i].replace("%", "%%")
        pieces[1::2] = ["%%%s"] * len(slots)
        return "".join(pieces), slots

    def _print(self, op: Operation) -> str:
        self.parts = []
        try:
            self.print_op(op)
        except Exception as raised:  # noqa: BLE001 - broken IR after a failed pass must still be shown
            self.parts = [f'"{op.name}"() // cannot be printed: {type(raised).__name__}: {raised}']
        text = "".join(self.parts)
        if len(text) > 256:
            text = _HEX.sub("\\1…", text)
        return text

    # -- what replaces xDSL's decisions

    def print_string(self, text: str, *, indent: int | None = None) -> None:
        self.parts.append(text)

    def _print_new_line(self, indent: int | None = None, print_message: bool = True) -> None:
        self.parts.append("\n" + "  " * (self._indent if indent is None else indent))

    @contextmanager
    def delimited(self, start: str, end: str) -> Iterator[None]:
        self.parts.append(start)
        yield
        self.parts.append(end)

    def print_ssa_value(self, value: SSAValue) -> str:
        if self._slots is not None and (slot := self._slots.get(id(value))) is not None:
            self.parts.append(f"{_NAME}{slot}{_NAME}")
            return ""
        name = value_name(value)
        self.parts.append("%" + name)
        return name

    def _print_results(self, op: Operation) -> None:
        results = op.results
        if not results:
            return
        if len(results) == 1:
            self.print_ssa_value(results[0])
            self.parts.append(" = ")
            return
        slot = None if self._slots is None else self._slots.get(id(op))
        self.parts.append(f"%{op_id(op)}" if slot is None else f"{_NAME}{slot}{_NAME}")
        self.parts.append(f":{len(results)} = ")

    def _get_block_name(self, block: Block) -> str:
        region = block.parent
        if region is None:
            return "bb_detached"
        for index, other in enumerate(region.blocks):
            if other is block:
                return f"bb{index}"
        return "bb_detached"

    def print_region(
        self,
        region: Region,
        print_entry_block_args: bool = True,
        print_empty_block: bool = True,
        print_block_terminators: bool = True,
    ) -> None:
        owner = region.parent
        if owner is None:
            self.parts.append("{ }")
            return
        index = next(i for i, other in enumerate(owner.regions) if other is region)
        self.parts.append(f"{REGION_START}{index}{'' if print_block_terminators else 't'}")
        for number, block in enumerate(region.blocks):
            shown = bool(number) or (
                (bool(block.args) and print_entry_block_args)
                or (block.first_op is None and print_empty_block)
            )
            self.parts.append(BLOCK_START)
            if shown:
                self.parts.append(f"^bb{number}")
                if block.args:
                    with self.in_parens():
                        self.print_list(block.args, self.print_block_argument)
                self.parts.append(":")
        self.parts.append(REGION_END)

    def print_attribute(self, attribute: Attribute) -> None:
        try:
            number = self._number(attribute)
        except (TypeError, _NotKept):
            self.parts.append(self._attribute(attribute))
            return
        text = self._attribute_text.get(number)
        if text is None:
            text = self._attribute_text[number] = self._attribute(attribute)
        self.parts.append(text)

    def _attribute(self, attribute: Attribute) -> str:
        if _is_large(attribute):
            return self._elided(attribute)
        outer, self.parts = self.parts, []
        try:
            super().print_attribute(attribute)
            return "".join(self.parts)
        finally:
            self.parts = outer

    def _elided(self, attribute: Attribute) -> str:
        if isinstance(attribute, DenseIntOrFPElementsAttr):
            type_ = self._attribute(attribute.get_type())
            element = self._attribute(attribute.get_element_type())
            return f"dense<elided {_count(attribute)} x {element}> : {type_}"
        if isinstance(attribute, DenseArrayBase):
            first = ", ".join(str(x) for x in attribute.get_values()[:8])
            return f"array<{self._attribute(attribute.elt_type)}: {first}, …>"
        if isinstance(attribute, ArrayAttr):
            first = ", ".join(self._attribute(x) for x in attribute.data[:8])
            return f"[{first}, …]"
        data = attribute.data  # pyright: ignore[reportAttributeAccessIssue]
        shown = data[:64].hex() if isinstance(data, bytes) else data[:_LONG]
        return '"' + shown.replace('"', "'") + '…"'


class _NotKept(Exception):
    """The attribute is too large to keep in the table of forms."""


def _count(attribute: DenseIntOrFPElementsAttr) -> int:
    return len(attribute.data.data) // max(1, dtype_of(attribute.get_element_type()).itemsize)


def _is_large(attribute: Attribute) -> bool:
    if isinstance(attribute, DenseIntOrFPElementsAttr):
        return len(attribute.data.data) > 8 * _LARGE
    if isinstance(attribute, DenseArrayBase):
        return len(attribute.data.data) > 8 * _LARGE
    if isinstance(attribute, ArrayAttr):
        return len(attribute.data) > _LONG
    if isinstance(attribute, StringAttr | BytesAttr):
        return len(attribute.data) > _LONG
    return False


def op_name(op: Operation) -> str:
    """The op's MLIR name, of unregistered ops too."""
    return op.op_name.data if isinstance(op, UnregisteredOp) else op.name
