# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Decomposer`: what the rows' `decompose` functions build StableHLO with.

A decomposition is StableHLO in, StableHLO out: it never asks how anything is lowered. Static and
dynamic shapes are written alike: `number` and `spread` take their sizes from a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IndexType, IntegerType, TensorType, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements as dense
from iree_explore.stablehlo import shape_dialect as shape
from iree_explore.stablehlo.attrs import ComparisonDirection, ComparisonDirectionAttr
from iree_explore.stablehlo.base import DYNAMIC, element_type, shape_of


class Decomposer:
    """Builds ops before `op` (or in an open region); `made` are those built so far."""

    def __init__(self, rewriter: PatternRewriter, op: Operation):
        self.rewriter, self.op = rewriter, op
        self.made: list[Operation] = []
        self._block: Block | None = None

    @property
    def type(self) -> Any:
        """Type of the op's first result."""
        return self.op.results[0].type

    def add(self, op: Operation) -> SSAValue:
        """Inserts an op at the current place; returns its first result."""
        if self._block is not None:
            self._block.add_op(op)
        else:
            self.rewriter.insert(op, InsertPoint.before(self.op))
            self.made.append(op)
        return op.results[0] if op.results else None  # pyright: ignore[reportReturnType]

    def create(
        self,
        name: str,
        operands: Sequence[SSAValue],
        types: Sequence[Attribute],
        regions: Sequence[Region] = (),
        **properties: Any,
    ) -> Sequence[SSAValue]:
        """Any op of the table by its full name; lists of ints become `array<i64>`. All results."""
        from iree_explore.stablehlo.table import TABLE

        attributes = {k: _attribute(v) for k, v in properties.items() if v is not None}
        made = TABLE[name].op.create(
            operands=operands, result_types=types, properties=attributes, regions=regions
        )
        self.add(made)
        return made.results

    def make(self, name: str, *operands: SSAValue, type_: Any = None, **properties: Any) -> Any:
        """`stablehlo.name` with one result, by default of the last operand's type."""
        type_ = type_ or (operands[-1].type if operands else self.type)
        name = name if "." in name else f"stablehlo.{name}"
        return self.create(name, operands, [type_], **properties)[0]

    # Values

    def constant(self, array: np.ndarray, element: Attribute | None = None) -> SSAValue:
        """A constant tensor; `element` defaults to the dtype's type."""
        return self.literal(dense.from_numpy(array, element))

    def literal(self, value: Attribute) -> SSAValue:
        from iree_explore.stablehlo.ops.shaping import ConstantOp

        return self.add(ConstantOp(value))  # pyright: ignore[reportArgumentType]

    def number(self, like: SSAValue, value: float | complex) -> SSAValue:
        """A constant in the shape and element type of `like`."""
        assert isinstance(like.type, TensorType)
        element = like.type.element_type
        array = np.array(value).astype(dense.dtype_of(element))
        if DYNAMIC not in like.type.get_shape():
            return self.literal(dense.of_type(like.type, array))
        scalar = self.constant(array, element)
        return self.spread(scalar, self.sizes_of(like), [], like.type)

    def sizes_of(self, value: SSAValue) -> SSAValue:
        """The sizes of a tensor as `tensor<rank x index>`."""
        type_ = TensorType(IndexType(), [len(shape_of(value))])
        return self.add(shape.ShapeOfOp.create(operands=[value], result_types=[type_]))

    def spread(self, value: SSAValue, sizes: SSAValue, dims: list[int], type_: Any) -> SSAValue:
        """`dynamic_broadcast_in_dim` to `sizes`."""
        return self.make("dynamic_broadcast_in_dim", value, sizes, type_=type_,
                         broadcast_dimensions=dims)  # fmt: skip

    def spread_like(self, value: SSAValue, like: SSAValue, dims: Sequence[int]) -> SSAValue:
        """`value` broadcast to the shape of `like`, its own dimensions at `dims`."""
        type_ = TensorType(element_type(value), list(shape_of(like)))
        if DYNAMIC in shape_of(like):
            return self.spread(value, self.sizes_of(like), list(dims), type_)
        if value.type == type_:
            return value
        return self.make("broadcast_in_dim", value, type_=type_, broadcast_dimensions=list(dims))

    # Ops that need an attribute or another result type

    def convert(self, value: SSAValue, element: Attribute) -> SSAValue:
        """`value` in another element type; itself if it has it."""
        if element_type(value) == element:
            return value
        return self.make("convert", value, type_=TensorType(element, list(shape_of(value))))

    def compare(self, x: SSAValue, y: SSAValue, direction: str = "EQ") -> SSAValue:
        """`stablehlo.compare`; direction EQ, NE, GE, GT, LE or LT."""
        return self.make(
            "compare", x, y, type_=TensorType(IntegerType(1), list(shape_of(x))),
            comparison_direction=ComparisonDirectionAttr(ComparisonDirection(direction)),
        )  # fmt: skip

    def select(self, condition: SSAValue, yes: SSAValue, no: SSAValue) -> SSAValue:
        return self.make("select", condition, yes, no)

    def reshape(self, value: SSAValue, sizes: Sequence[int]) -> SSAValue:
        """Static reshape; itself if it has this shape."""
        if shape_of(value) == tuple(sizes):
            return value
        return self.make("reshape", value, type_=TensorType(element_type(value), list(sizes)))

    def region(
        self, types: Sequence[Attribute], body: Callable[..., SSAValue | Sequence[SSAValue]]
    ) -> Region:
        """A region with arguments of `types` whose ops `body(*arguments)` builds and returns."""
        block, outer = Block(arg_types=types), self._block
        self._block = block
        values = body(*block.args)
        self.create("stablehlo.return", [values] if isinstance(values, SSAValue) else values, [])
        self._block = outer
        return Region(block)

    def reduce(
        self, value: SSAValue, init: SSAValue, dims: Sequence[int], name: str = "add"
    ) -> SSAValue:
        """`stablehlo.reduce` of one operand by one binary op."""
        scalar = TensorType(element_type(value), [])
        kept = [n for d, n in enumerate(shape_of(value)) if d not in dims]
        body = self.region([scalar, scalar], lambda x, y: self.make(name, x, y))
        return self.create("stablehlo.reduce", [value, init],
                           [TensorType(element_type(value), kept)], [body],
                           dimensions=list(dims))[0]  # fmt: skip


def _attribute(value: Any) -> Attribute:
    if isinstance(value, Attribute):
        return value
    return DenseArrayBase.from_list(i64, [int(v) for v in value])
