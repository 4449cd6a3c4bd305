# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What JAX writes of the `sdy` (Shardy) dialect: meshes, and wishes where values are placed.

One device holds every value whole, so `import-clean-attributes` drops meshes and lets values
through. Meshes and shardings are not looked into.
"""

from __future__ import annotations

import re

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Dialect
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

_BRACKETS = re.compile(r'"(?:[^"\\\n]|\\.)*"|->|[<>]')


def _raw(parser: Parser) -> str:
    """The text from `<` to the `>` that closes it."""
    content = parser.lexer.input.content
    start = parser.pos
    depth = 0
    for match in _BRACKETS.finditer(content, start):
        depth += {"<": 1, ">": -1}.get(match[0], 0)
        if not depth:
            parser._resume_from(match.end())  # pyright: ignore[reportPrivateUsage]
            return content[start : match.end()]
    parser.raise_error("expected < ... >")


@irdl_op_definition
class MeshOp(IRDLOperation):
    """`sdy.mesh @mesh = <["data"=2]>`: devices by axis."""

    name = "sdy.mesh"
    sym_name = prop_def(StringAttr)
    mesh = prop_def()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        mesh = self.mesh
        text = mesh.data if isinstance(mesh, StringAttr) else str(mesh)
        printer.print_string(f" = {text}")

    @classmethod
    def parse(cls, parser: Parser) -> MeshOp:
        name = parser.parse_symbol_name()
        parser.parse_punctuation("=")
        return cls.create(properties={"sym_name": name, "mesh": StringAttr(_raw(parser))})


class PlacedOp(IRDLOperation):
    """`%0 = sdy.name %x <@mesh, [{"data"}]> : tensor<4xf32>`: `%x`, placed so."""

    input = operand_def()
    sharding = opt_prop_def()
    result = result_def()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        sharding = self.sharding
        text = sharding.data if isinstance(sharding, StringAttr) else str(sharding)
        printer.print_string(f" {text} : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> PlacedOp:
        operand = parser.parse_unresolved_operand()
        sharding = StringAttr(_raw(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        return cls.create(
            operands=[parser.resolve_operand(operand, type_)],
            result_types=[type_],
            properties={"sharding": sharding},
            attributes=attributes,
        )


@irdl_op_definition
class ShardingConstraintOp(PlacedOp):
    """Where a value should be."""

    name = "sdy.sharding_constraint"


@irdl_op_definition
class ReshardOp(PlacedOp):
    """Moves a value."""

    name = "sdy.reshard"


Sdy = Dialect("sdy", [MeshOp, ShardingConstraintOp, ReshardOp], [])
