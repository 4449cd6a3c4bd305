# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`LinalgExtOp`: all that the compiler asks of an op of the `iree_linalg_ext` dialect.

The one idea: an op says which dimensions of its operands are the same parallel loop; everything
else (dispatch, tiles, buffers) follows from that without knowing the op. A tile of it is the same
op on tiles. Only `evaluate` and `emit_loops` say what it computes. Ops are in `linalg/ext/`; how to
add one is in docs/adding_an_op.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import I64, DenseArrayBase, IndexType, IntegerAttr, ShapedType, i32, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator

if TYPE_CHECKING:
    from iree_explore.codegen.loop_builder import LoopBuilder

Labels = tuple[int | None, ...]
"""Per dimension of an operand the parallel loop that it is, None for a dimension that each point
needs whole."""
Run = Callable[..., list[np.ndarray]]
"""Evaluates a region element by element: of it, the arrays of its arguments and, where it has
`iree_linalg_ext.index`, a mapping of loops to arrays of their indices, what it yields."""

ASSUMED = 256
"""Size taken for a dimension that is known only at run time."""


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends a region of an `iree_linalg_ext` op."""

    name = "iree_linalg_ext.yield"
    arguments = var_operand_def()
    traits = traits_def(IsTerminator())
    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])


@irdl_op_definition
class IndexOp(IRDLOperation):
    """In a region, the index of loop `dim` of the op."""

    name = "iree_linalg_ext.index"
    dim = prop_def(IntegerAttr[I64])
    result = result_def(IndexType)
    assembly_format = "$dim attr-dict `:` type($result)"

    def __init__(self, dim: int):
        super().__init__(properties={"dim": IntegerAttr(dim, i64)}, result_types=[IndexType()])


class LinalgExtOp(IRDLOperation):
    """An op in destination-passing style: one result for each of `outs`, on tensors; no results on
    buffers, where `outs` are written.

    Syntax: `name {attrs} ins(%a : type) outs(%b : type) ({ region })* -> types`. Subclasses define
    properties and what is abstract here.
    """

    ins = var_operand_def()
    outs = var_operand_def()
    results_ = var_result_def()
    bodies = var_region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    READS_OUTS: ClassVar[bool] = False
    """Whether what `outs` hold before is part of the computation (as in scatter)."""

    ROW: ClassVar[int] = 1
    """Iterations of the innermost parallel loop that a tile has at least, where that loop becomes
    vectors: those of a few cache lines."""

    def labels(self) -> list[Labels]:
        """The parallel loops: `Labels` for each of `ins`, then of `outs`. Loops are numbered from
        0, outermost first; each must be a dimension of some operand."""
        raise TypeError(f"{self.name} does not say what its loops are")

    def work(self) -> int:
        """About how many element operations one point of the parallel loops costs."""
        return max(1, *(_points(v, m) for v, m in zip(self.operands, self.labels(), strict=True)))

    def stripe(self) -> int:
        """Iterations of the innermost parallel loop that a CPU's tile has at least, so that memory
        is read in pieces of some length."""
        return self.ROW

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        """The definition on NumPy: one array for each of `outs`, which must not be changed."""
        raise TypeError(f"{self.name} does not say what it computes")

    def emit_loops(self, b: LoopBuilder) -> None:
        """Scalar code for the op on buffers, its parallel loops included."""
        raise TypeError(f"{self.name} does not say what it computes")

    def tile(self, extents: Sequence[int | None]) -> list[int] | None:
        """Iterations of each parallel loop that one workgroup has (extents: None if not known);
        None to choose them by `work`."""
        return None

    # What follows from the above

    @classmethod
    def of(
        cls,
        ins: Sequence[SSAValue],
        outs: Sequence[SSAValue],
        regions: Sequence[Region] = (),
        properties: dict[str, Attribute] | None = None,
        attributes: dict[str, Attribute] | None = None,
    ) -> Any:
        """The op on tensors or on buffers; tensor `outs` give the result types."""
        sizes = DenseArrayBase.from_list(i32, [len(ins), len(outs)])
        return cls.create(
            operands=[*ins, *outs],
            result_types=[v.type for v in outs if not _is_buffer(v)],
            properties={**(properties or {}), "operandSegmentSizes": sizes},
            attributes=attributes or {},
            regions=regions,
        )

    def with_operands(
        self, ins: Sequence[SSAValue], outs: Sequence[SSAValue], regions: Sequence[Region]
    ) -> LinalgExtOp:
        """The same op on other operands, with given copies of its regions."""
        return type(self).of(ins, outs, regions, dict(self.properties), dict(self.attributes))

    @property
    def num_loops(self) -> int:
        """Parallel loops."""
        return 1 + max((d for m in self.labels() for d in m if d is not None), default=-1)

    def loop_sources(self) -> list[tuple[int, int]]:
        """Per loop an (operand, dimension) that has its extent, a static one if there is."""
        found: list[tuple[int, int]] = [(-1, -1)] * self.num_loops
        for number, (value, labels) in enumerate(zip(self.operands, self.labels(), strict=True)):
            for dim, loop in enumerate(labels):
                if loop is None:
                    continue
                operand, known = found[loop]
                if operand < 0 or _size(self.operands[operand], known) < 0 <= _size(value, dim):
                    found[loop] = (number, dim)
        return found

    def print(self, printer: Printer) -> None:
        shown = {k: v for k, v in self.properties.items() if k != "operandSegmentSizes"}
        printer.print_op_attributes(shown | self.attributes)
        for keyword, values in (("ins", self.ins), ("outs", self.outs)):
            if values:
                printer.print_string(f" {keyword}(")
                printer.print_list(values, printer.print_ssa_value)
                printer.print_string(" : ")
                printer.print_list(values, lambda v: printer.print_attribute(v.type))
                printer.print_string(")")
        for region in self.regions:
            printer.print_string(" ")
            printer.print_region(region)
        if self.results:
            printer.print_string(" -> ")
            printer.print_list(self.results, lambda v: printer.print_attribute(v.type))

    @classmethod
    def parse(cls, parser: Parser) -> LinalgExtOp:
        attributes = parser.parse_optional_attr_dict()
        known = cls.get_irdl_definition().properties
        groups: dict[str, Sequence[SSAValue]] = {"ins": (), "outs": ()}
        for keyword in groups:
            if parser.parse_optional_keyword(keyword):
                groups[keyword] = _parse_operands(parser)
        regions = []
        while (region := parser.parse_optional_region()) is not None:
            regions.append(region)
        if parser.parse_optional_punctuation("->"):
            parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        return cls.of(
            groups["ins"],
            groups["outs"],
            regions,
            {k: v for k, v in attributes.items() if k in known},
            {k: v for k, v in attributes.items() if k not in known},
        )


def is_linalg_ext(op: Operation) -> bool:
    """Whether the op is one of this dialect (its terminator aside)."""
    return isinstance(op, LinalgExtOp)


def has_control_flow(region: Region) -> bool:
    """Whether a region branches or loops: then it is evaluated point by point, not on arrays."""
    return any(op.regions for block in region.blocks for op in block.ops)


def body_of(op: LinalgExtOp) -> Block:
    """The block of an op's only region."""
    return op.regions[0].block


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Sizes of a tensor or buffer, negative where unknown; () for a scalar."""
    return tuple(value.type.get_shape()) if isinstance(value.type, ShapedType) else ()


def every_dim_but(rank: int, *whole: int) -> Labels:
    """Labels of an operand whose dimensions are all loops, in order, but those in `whole`."""
    loops = iter(range(rank))
    return tuple(None if d in whole else next(loops) for d in range(rank))


def _parse_operands(parser: Parser) -> Sequence[SSAValue]:
    position = parser.pos
    parser.parse_punctuation("(")
    names = parser.parse_comma_separated_list(
        parser.Delimiter.NONE, parser.parse_unresolved_operand
    )
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
    parser.parse_punctuation(")")
    return parser.resolve_operands(names, types, position)


def _is_buffer(value: SSAValue) -> bool:
    return value.type.name == "memref"


def _size(value: SSAValue, dim: int) -> int:
    return shape_of(value)[dim]


def _points(value: SSAValue, labels: Labels) -> int:
    total = 1
    for size, loop in zip(shape_of(value), labels, strict=True):
        if loop is None:
            total *= size if size >= 0 else ASSUMED
    return total
