# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`read_module`: the operations of a bytecode file as xDSL operations, VHLO as StableHLO.

Values are numbered in the order of their definition within a region that sees nothing outside
(a function); other regions go on counting behind the values around them. Unknown ops are made too:
the caller lists all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DictionaryAttr,
    ModuleOp,
    UnregisteredOp,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import IRDLOperation

from iree_explore.frontend.bytecode import stablehlo, vhlo_ops
from iree_explore.frontend.bytecode.attributes import NESTING, AttributeCursor, Decoder
from iree_explore.frontend.bytecode.container import (
    LAZY_REGIONS,
    SEGMENTS,
    SHORT_ARGUMENTS,
    USE_LISTS,
    Container,
    Section,
    section,
)
from iree_explore.frontend.bytecode.cursor import Cursor, Malformed
from iree_explore.frontend.legacy import OPTIONAL
from iree_explore.provenance import Source

ATTRIBUTES, RESULTS, OPERANDS, SUCCESSORS, REGIONS, USES, PROPERTIES = (
    1 << bit for bit in range(7)
)
"""What an op's mask says is there."""


@dataclass
class _Scope:
    """The values that ops of one isolated region can see; `None` where not defined yet."""

    values: list[SSAValue | None] = field(default_factory=list)
    next: list[int] = field(default_factory=list)

    def define(self, value: SSAValue, cursor: Cursor) -> None:
        index = self.next[-1]
        if index >= len(self.values):
            raise cursor.fail("more values than announced")
        self.values[index] = value
        self.next[-1] = index + 1


class IRReader:
    """Reads the IR section; `sources` afterwards maps each op with a location to its `Source`."""

    def __init__(self, container: Container, context: Context) -> None:
        self.container = container
        self.context = context
        self.decoder = Decoder(container, context)
        self.sources: dict[Operation, Source] = {}
        self._scopes: list[_Scope] = [_Scope([], [0])]
        self._depth = 0

    def read(self) -> ModuleOp:
        """The module; raises `Malformed`."""
        cursor = Cursor(self.container.data, *self.container.ir)
        count, arguments = cursor.flagged()
        if count != 1 or arguments:
            raise cursor.fail(f"{count} operations at the top, one module is expected")
        op = self._operation(cursor, "")
        if not isinstance(op, ModuleOp):
            raise cursor.fail(f"{op.name} at the top, a module is expected")
        return op

    # Operations

    def _operation(self, cursor: Cursor, parent: str) -> Operation:
        index = cursor.varint()
        if index >= len(self.container.op_names):
            raise cursor.fail(f"op name {index} of {len(self.container.op_names)}")
        start, name = cursor.at, self.container.op_names[index]
        mask = cursor.byte()
        place = self.decoder.location(cursor.varint(), cursor)
        attributes: dict[str, Attribute] = {}
        if mask & ATTRIBUTES:
            found = self.decoder.attribute(cursor.varint(), cursor)
            if not isinstance(found, DictionaryAttr):
                raise cursor.fail(f"{name} has attributes that are no dictionary")
            attributes |= found.data
        if mask & PROPERTIES:
            attributes |= self._properties(cursor.varint(), name, cursor)
        results = self._types(cursor) if mask & RESULTS else []
        operands = []
        if mask & OPERANDS:
            operands = [self._value(cursor) for _ in range(cursor.count("operands"))]
        if mask & SUCCESSORS:
            raise Malformed(start, f"{name} branches to other blocks, which is not supported")
        if mask & USES:
            _skip_uses(cursor, len(results))
        target = self._target(name, parent, start)
        regions = self._regions(cursor, target) if mask & REGIONS else []
        op = self._create(name, target, operands, results, attributes, regions, start)
        for result in op.results:
            self._scopes[-1].define(result, cursor)
        source = place.source()
        if source is not None:
            self.sources[op] = source
        return op

    def _target(self, name: str, parent: str, start: int) -> str:
        """The op's own name, or that of the StableHLO op that a VHLO op means."""
        if not name.startswith("vhlo."):
            return name
        target = vhlo_ops.stablehlo_name(name, parent)
        if target is None:
            raise Malformed(start, f"{name} is newer than this reader, or no VHLO op")
        return target

    def _create(
        self,
        name: str,
        target: str,
        operands: list[SSAValue],
        results: list[Attribute],
        attributes: dict[str, Attribute],
        regions: list[Region],
        start: int,
    ) -> Operation:
        if name != target:
            attributes = self._from_vhlo(target, attributes, start)
        for key in OPTIONAL & attributes.keys():
            del attributes[key]
        cls = self.context.get_optional_op(target)
        if cls is None:
            raise Malformed(start, f"{target} is unknown")
        properties: dict[str, Attribute] = {}
        if issubclass(cls, IRDLOperation) and not issubclass(cls, UnregisteredOp):
            for key in cls.get_irdl_definition().properties:
                if key in attributes:
                    properties[key] = attributes.pop(key)
            if "operandSegmentSizes" in attributes:
                properties["operandSegmentSizes"] = attributes.pop("operandSegmentSizes")
        try:
            return cls.create(
                operands=operands,
                result_types=results,
                properties=properties,
                attributes=attributes,
                regions=regions,
            )
        except ValueError as raised:
            raise Malformed(start, f"{target}: {raised}") from raised

    def _from_vhlo(
        self, target: str, attributes: dict[str, Attribute], start: int
    ) -> dict[str, Attribute]:
        cursor = Cursor(self.container.data, start)

        def parse(text: str) -> Any:
            return self.decoder.parse(text, cursor)

        try:
            return vhlo_ops.stablehlo_attributes(target, attributes, parse)
        except KeyError as raised:
            raise Malformed(start, f"{target} has no attribute {raised}") from raised
        except ValueError as raised:
            raise Malformed(start, f"{target}: {raised}") from raised

    def _properties(self, index: int, name: str, at: Cursor) -> dict[str, Attribute]:
        table = self.container.properties
        if index >= len(table):
            raise at.fail(f"properties {index} of {len(table)}")
        cursor = AttributeCursor(self.container.data, *table[index])
        cursor.decoder = self.decoder
        names = vhlo_ops.PROPERTIES.get(name, stablehlo.PROPERTIES.get(name))
        if names is None:  # an op without a table: a dictionary, if it is one that MLIR made up
            found = cursor.attribute()
            if cursor.left or not isinstance(found, DictionaryAttr):
                raise at.fail(f"the properties of {name} are unknown")
            return dict(found.data)
        properties: dict[str, Attribute] = {}
        segments = ["operandSegmentSizes", "resultSegmentSizes"]
        for key in names:
            if key.startswith("+"):
                for size in key[1:].split("+"):
                    properties[segments.pop(0)] = self._segments(cursor, int(size))
            elif key.endswith("?"):
                value = cursor.optional_attribute()
                if value is not None:
                    properties[key[:-1]] = value
            else:
                properties[key] = cursor.attribute()
        if cursor.left:
            raise cursor.fail(f"{cursor.left} bytes left over in the properties of {name}")
        return properties

    def _segments(self, cursor: AttributeCursor, size: int) -> Attribute:
        if self.container.version < SEGMENTS:
            return cursor.attribute()
        count, sparse = cursor.flagged()
        sizes = [0] * size
        bits = cursor.varint() if sparse and count else 0
        if count > size or bits > 8:
            raise cursor.fail(f"{count} segments of {size}")
        for i in range(count):
            value = cursor.varint()
            position = value & ((1 << bits) - 1) if sparse else i
            if position >= size or value >> 31:
                raise cursor.fail(f"segment {position} of {size}")
            sizes[position] = value >> bits
        return DenseArrayBase.from_list(i32, sizes)

    # Values, blocks and regions

    def _types(self, cursor: Cursor) -> list[Any]:
        return [self.decoder.type(cursor.varint(), cursor) for _ in range(cursor.count("results"))]

    def _value(self, cursor: Cursor) -> SSAValue:
        start = cursor.at
        index = cursor.varint()
        values = self._scopes[-1].values
        value = values[index] if index < len(values) else None
        if value is None:
            raise Malformed(start, f"value {index} is used before it is defined")
        return value

    def _regions(self, cursor: Cursor, parent: str) -> list[Region]:
        count, isolated = cursor.flagged()
        if count > cursor.left:
            raise cursor.fail(f"{count} regions announced, {cursor.left} bytes left")
        if self._depth >= NESTING:
            raise cursor.fail("regions nested too deeply")
        self._depth += 1
        if isolated and self.container.version >= LAZY_REGIONS:
            number, cursor = section(cursor)
            if number != Section.IR:
                raise cursor.fail(f"section {number} instead of regions")
        regions = []
        for _ in range(count):
            if isolated:
                self._scopes.append(_Scope())
            regions.append(self._region(cursor, parent))
            if isolated:
                self._scopes.pop()
        self._depth -= 1
        return regions

    def _region(self, cursor: Cursor, parent: str) -> Region:
        blocks = cursor.count("blocks")
        if not blocks:
            return Region()
        start = cursor.at
        number = cursor.count("values")
        if blocks > 1:
            raise Malformed(start, f"{parent} has {blocks} blocks, which is not supported")
        scope = self._scopes[-1]
        base = len(scope.values)
        scope.values.extend([None] * number)
        scope.next.append(base)
        block = self._block(cursor, parent)
        scope.next.pop()
        del scope.values[base:]
        return Region(block)

    def _block(self, cursor: Cursor, parent: str) -> Block:
        count, has_arguments = cursor.flagged()
        if count > cursor.left:
            raise cursor.fail(f"{count} operations announced, {cursor.left} bytes left")
        types = []
        if has_arguments:
            for _ in range(cursor.count("arguments")):
                if self.container.version >= SHORT_ARGUMENTS:
                    index, located = cursor.flagged()
                else:
                    index, located = cursor.varint(), True
                types.append(self.decoder.type(index, cursor))
                if located:
                    self.decoder.location(cursor.varint(), cursor)
            if self.container.version >= USE_LISTS and cursor.byte():
                _skip_uses(cursor, len(types))
        block = Block(arg_types=types)
        for argument in block.args:
            self._scopes[-1].define(argument, cursor)
        for _ in range(count):
            block.add_op(self._operation(cursor, parent))
        return block


def _skip_uses(cursor: Cursor, values: int) -> None:
    """The order in which a value's uses are listed, which means nothing here."""
    for _ in range(cursor.count() if values > 1 else 1):
        if values > 1:
            cursor.varint()
        count, _pairs = cursor.flagged()
        if count > cursor.left:
            raise cursor.fail(f"{count} uses announced, {cursor.left} bytes left")
        for _ in range(count):
            cursor.varint()
