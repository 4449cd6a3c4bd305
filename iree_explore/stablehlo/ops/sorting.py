# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`sort` (along one dimension, by any comparator, always stably) and CHLO's `top_k`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import AnyFloat, IntegerAttr, TensorType, i1, i32, i64
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore.linalg.ext import sort as ext
from iree_explore.linalg.ext.topk import TopkOp
from iree_explore.linalg.ext_interface import has_control_flow
from iree_explore.stablehlo import regions
from iree_explore.stablehlo.attrs import (
    ComparisonDirection,
    ComparisonDirectionAttr,
    ComparisonType,
    ComparisonTypeAttr,
)
from iree_explore.stablehlo.base import (
    Gap,
    OpRow,
    Run,
    Shape,
    create,
    element_type,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.lowering import Dim, Lowering, identity, signless
from iree_explore.stablehlo.ops.control import ReturnOp
from iree_explore.stablehlo.ops.elementwise import CompareOp
from iree_explore.stablehlo.ops.shaping import from_index
from iree_explore.stablehlo.ops.slicing import extract_slice
from iree_explore.stablehlo.run_time_checks import require_fits

Arrays = list[np.ndarray]

MOST_INSERTED = 128
"""k up to which `top_k` inserts; beyond, it sorts everything."""


@irdl_op_definition
class SortOp(IRDLOperation):
    """Sorts along a dimension by a comparator. Spec: https://openxla.org/stablehlo/spec#sort"""

    name = "stablehlo.sort"
    inputs = var_operand_def(TensorType)
    dimension = opt_prop_def(IntegerAttr)
    is_stable = opt_prop_def(IntegerAttr.constr(i1))
    results_ = var_result_def(TensorType)
    comparator = region_def("single_block")


def axis_of(op: SortOp) -> int:
    """The sorted dimension; the last one if the op does not say."""
    axis = op.dimension.value.data if op.dimension is not None else -1
    return axis % len(shape_of(op.operands[0]))


def evaluate_sort(op: SortOp, args: Arrays, run: Run) -> Arrays:
    def before(x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> np.ndarray:
        pairs = [a for pair in zip(x, y, strict=True) for a in pair]
        return run(op.comparator, pairs)[0]

    alone = has_control_flow(op.comparator)
    return ext.sort_arrays(args, axis_of(op), before, one_by_one=alone)


def lower_sort(op: SortOp, b: Lowering) -> list[SSAValue]:
    found = sorted_by(b, list(op.operands), axis_of(op), op.comparator)
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=True)]


def sorted_by(
    b: Lowering, values: Sequence[SSAValue], axis: int, comparator: Region
) -> list[SSAValue]:
    """`iree_linalg_ext.sort` with as many scratch tensors as results; `comparator` is StableHLO."""
    sizes = b.dims(values[0])
    types = [signless(element_type(v)) for v in values]
    outs = [b.empty(sizes, t) for t in (*types, *types)]
    pairs = [t for t in types for _ in range(2)]
    body = (pairs, lambda args: regions.build(b, comparator.block, args))
    found = b.ext(ext.SortOp, values, outs, [body], {"dimension": IntegerAttr(axis, i64)})
    return found[: len(values)]


@irdl_op_definition
class TopKOp(IRDLOperation):
    """The k largest elements along the last dimension and their indices, largest first.

    Floats are in total order (-NaN < -inf < -0 < +0 < inf < NaN), as XLA has them; equal elements
    go by index. `largest = false` is what TensorFlow's custom call asks for: the k smallest.
    Source: https://github.com/openxla/stablehlo/blob/main/stablehlo/dialect/ChloOps.td
    """

    name = "chlo.top_k"
    operand = operand_def(TensorType)
    k = prop_def(IntegerAttr)
    largest = opt_prop_def(IntegerAttr.constr(i1))
    values = result_def(TensorType)
    indices = result_def(TensorType)

    @property
    def smallest(self) -> bool:
        """Whether the smallest are asked for."""
        return self.largest is not None and not self.largest.value.data

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_ssa_value(self.operand)
        printer.print_string(f", k = {self.k.value.data})")
        rest = {k: v for k, v in self.properties.items() if k != "k"}
        printer.print_op_attributes(rest | self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operand.type)
        printer.print_string(" -> (")
        printer.print_list(self.results, lambda r: printer.print_attribute(r.type))
        printer.print_string(")")

    @classmethod
    def parse(cls, parser: Parser) -> TopKOp:
        parser.parse_punctuation("(")
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        parser.parse_keyword("k")
        parser.parse_punctuation("=")
        k = IntegerAttr(parser.parse_integer(), i64)
        parser.parse_punctuation(")")
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        parser.parse_punctuation("->")
        results = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        value = parser.resolve_operand(operand, type_)
        return create(cls, [value], results, {"k": k}, attributes)


def infer_top_k(op: TopKOp) -> Sequence[Shape]:
    shape = (*shape_of(op.operand)[:-1], op.k.value.data)
    return [shape, shape]


def total_order(x: np.ndarray) -> np.ndarray:
    """Integers in the total order of the elements."""
    if x.dtype == np.bool_ or x.dtype.kind in "iu":
        return x
    if x.dtype.itemsize == 1:  # exact; floats of fewer than 8 bits have no sign bit to look at
        x = x.astype(np.float32)
    bits = x.view(np.dtype(f"i{x.dtype.itemsize}"))
    return np.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


def evaluate_top_k(op: TopKOp, args: Arrays, run: Run) -> Arrays:
    keys = total_order(np.asarray(args[0]))
    if keys.dtype.kind not in "iub":  # integers of fewer than 8 bits
        keys = keys.astype(np.int8)
    order = np.argsort(keys if op.smallest else ~keys, axis=-1, kind="stable")
    order = order[..., : op.k.value.data]
    return [np.take_along_axis(args[0], order, -1), order.astype(np.int32)]


def lower_top_k(op: TopKOp, b: Lowering) -> list[SSAValue]:
    value, element = op.operand, b.element_types(op)[0]
    k, axis = op.k.value.data, len(shape_of(op.operand)) - 1
    sizes = b.dims(value)
    kept: list[Dim] = [*sizes[:-1], k]
    require_fits(b, kept, sizes, "the largest {0}", sizes[:-1])
    if k <= MOST_INSERTED:
        inner = signless(element)
        region = comparator(element, smallest=op.smallest)
        outs = [b.empty(kept, inner), b.empty(kept, i32)]
        body = ([inner, inner], lambda args: regions.build(b, region.block, args))
        found = b.ext(TopkOp, [value], outs, [body], {"dimension": IntegerAttr(axis, i64)})
    else:
        places = b.generic(
            [], [identity(len(sizes))], [b.empty(sizes, i32)],
            lambda args: from_index(b, b.build(IndexOp(axis)), i32),
        )  # fmt: skip
        region = comparator(element, i32, smallest=op.smallest)
        ordered = sorted_by(b, [value, *places], axis, region)
        zeros, ones = [0] * len(kept), [1] * len(kept)
        found = [extract_slice(b, v, zeros, kept, ones) for v in ordered]
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=True)]


def comparator(element: Attribute, *others: Attribute, smallest: bool = False) -> Region:
    """A StableHLO comparator by the first tensor's total order: largest first, or smallest."""
    scalars = [TensorType(t, []) for t in (element, element) + others * 2]  # pyright: ignore
    block = Block(arg_types=scalars)
    direction = ComparisonDirection.LT if smallest else ComparisonDirection.GT
    properties: dict[str, Any] = {"comparison_direction": ComparisonDirectionAttr(direction)}
    if isinstance(element, AnyFloat):
        properties["compare_type"] = ComparisonTypeAttr(ComparisonType.TOTALORDER)
    compared = CompareOp.create(
        operands=block.args[:2], result_types=[TensorType(i1, [])], properties=properties
    )
    block.add_ops([compared, ReturnOp(compared.result)])
    return Region(block)


ROWS: tuple[OpRow, ...] = (
    OpRow(SortOp, same_shape, evaluate_sort, lower_sort,
          gaps=(Gap("the comparator has an op without a scalar form",
                    lambda op: regions.unsupported(op) is not None),)),
    OpRow(TopKOp, infer_top_k, evaluate_top_k, lower_top_k),
)  # fmt: skip
