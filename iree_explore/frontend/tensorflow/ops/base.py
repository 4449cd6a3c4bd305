# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the lowerings of left-over TensorFlow ops share: matching by name and a small builder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    TensorType,
    UnregisteredOp,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import elements

INDEX = IndexType()
FLEXIBLE = frozenset(
    {
        UnregisteredOp.name, "shape.shape_of", "tensor.dim", "stablehlo.dot",
        "stablehlo.dot_general", "stablehlo.convolution", "stablehlo.dynamic_reshape",
        "stablehlo.dynamic_broadcast_in_dim", "stablehlo.torch_index_select",
    }
)  # fmt: skip
"""Ops whose operands may know more dimensions than before without their results changing."""

Size = int | SSAValue
"""A dimension: known, or an `index` value."""


class Builder:
    """Inserts ops before the matched one; sizes stay Python integers while they are known."""

    def __init__(self, ctx: Context, op: Operation, rewriter: PatternRewriter) -> None:
        self.ctx = ctx
        self.op = op
        self.rewriter = rewriter

    def add(self, op: Operation) -> SSAValue:
        self.rewriter.insert(op)
        return op.results[0]

    def stablehlo(
        self, name: str, operands: Sequence[SSAValue], result: Attribute, **properties: Attribute
    ) -> SSAValue:
        """`stablehlo.name` of the given operands, result type and properties."""
        kind = self.ctx.get_op(f"stablehlo.{name}")
        return self.add(
            kind.create(operands=operands, result_types=[result], properties=properties)
        )

    def constant(self, array: np.ndarray, element_type: Attribute | None = None) -> SSAValue:
        value = elements.from_numpy(array, element_type)
        return self.stablehlo("constant", (), value.type, value=value)

    def index(self, size: Size) -> SSAValue:
        if isinstance(size, SSAValue):
            return size
        return self.add(arith.ConstantOp(IntegerAttr(size, INDEX)))

    def dim(self, value: SSAValue, axis: int) -> Size:
        """Size of one dimension."""
        assert isinstance(value.type, TensorType)
        size = value.type.get_shape()[axis]
        if size != DYNAMIC_INDEX:
            return size
        operands = [value, self.index(axis)]
        return self.add(tensor.DimOp.create(operands=operands, result_types=[INDEX]))

    def _is_dim(self, value: SSAValue, axis: int, size: Size) -> bool:
        """Whether `size` is known to be the size of that dimension."""
        if isinstance(size, int):
            return size == (shape_of(value) or ())[axis]
        op = size.owner
        return (
            isinstance(op, tensor.DimOp) and op.source is value and index_constant(op.index) == axis
        )

    def product(self, sizes: Sequence[Size]) -> Size:
        known = 1
        result: SSAValue | None = None
        for size in sizes:
            if isinstance(size, int):
                known *= size
            else:
                result = size if result is None else self.add(arith.MuliOp(result, size))
        if result is None:
            return known
        return result if known == 1 else self.add(arith.MuliOp(result, self.index(known)))

    def divide(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return left // max(right, 1)
        if right == 1:
            return left
        return self.add(arith.DivUIOp(self.index(left), self.index(right)))

    def shape(self, sizes: Sequence[Size]) -> SSAValue:
        """A tensor<Nxindex> of sizes."""
        type_ = TensorType(INDEX, [len(sizes)])
        values = [self.index(s) for s in sizes]
        return self.add(tensor.FromElementsOp.create(operands=values, result_types=[type_]))

    def add_sizes(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        if right == 0:
            return left
        return self.add(arith.AddiOp(self.index(left), self.index(right)))

    def subtract(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return left - right
        if right == 0:
            return left
        return self.add(arith.SubiOp(self.index(left), self.index(right)))

    def minimum(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return min(left, right)
        return self.add(arith.MinSIOp(self.index(left), self.index(right)))

    def maximum(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return max(left, right)
        return self.add(arith.MaxSIOp(self.index(left), self.index(right)))

    def sizes(self, value: SSAValue) -> list[Size]:
        return [self.dim(value, axis) for axis in range(len(shape_of(value) or ()))]

    def broadcast(self, value: SSAValue, sizes: Sequence[Size], dims: Sequence[int]) -> SSAValue:
        """`value` with its dimensions placed at `dims` of a tensor of `sizes`."""
        result = tensor_of(element_type(value), sizes)
        axes = DenseArrayBase.from_list(i64, list(dims))
        if all(isinstance(s, int) for s in sizes):
            return self.stablehlo("broadcast_in_dim", [value], result, broadcast_dimensions=axes)
        operands = [value, self.shape(sizes)]
        return self.stablehlo(
            "dynamic_broadcast_in_dim", operands, result, broadcast_dimensions=axes
        )

    def reshape(self, value: SSAValue, sizes: Sequence[Size]) -> SSAValue:
        result = tensor_of(element_type(value), sizes)
        if value.type == result:
            return value
        if all(isinstance(s, int) for s in sizes):
            return self.stablehlo("reshape", [value], result)
        return self.stablehlo("dynamic_reshape", [value, self.shape(sizes)], result)

    def slice(
        self, value: SSAValue, starts: Sequence[Size], counts: Sequence[Size], steps: Sequence[int]
    ) -> SSAValue:
        """`counts` elements from `starts` in (positive) `steps`."""
        shape = shape_of(value) or ()
        result = tensor_of(element_type(value), counts)
        whole = (self._is_dim(value, axis, count) for axis, count in enumerate(counts))
        if all(whole) and all(s == 0 for s in starts) and all(s == 1 for s in steps):
            return value
        limits = [
            self.add_sizes(s, self.product([c, t]))
            for s, c, t in zip(starts, counts, steps, strict=True)
        ]
        if min(shape, default=0) >= 0 and all(isinstance(v, int) for v in (*starts, *limits)):
            limits = [min(int(v), n) for v, n in zip(limits, shape, strict=True)]  # pyright: ignore[reportArgumentType]
            names = ("start_indices", "limit_indices", "strides")
            lists = (starts, limits, steps)
            properties = {
                name: DenseArrayBase.from_list(i64, [int(v) for v in values])  # pyright: ignore[reportArgumentType]
                for name, values in zip(names, lists, strict=True)
            }
            return self.stablehlo("slice", [value], result, **properties)
        limits = [self.minimum(v, self.dim(value, i)) for i, v in enumerate(limits)]
        operands = [value, self.shape(starts), self.shape(limits), self.shape(steps)]
        return self.stablehlo("real_dynamic_slice", operands, result)

    def concatenate(self, values: Sequence[SSAValue], axis: int) -> SSAValue:
        shapes = [shape_of(v) or () for v in values]
        sizes = list(shapes[0])
        sizes[axis] = sum(s[axis] for s in shapes) if all(s[axis] >= 0 for s in shapes) else -1
        result = TensorType(element_type(values[0]), sizes)
        return self.stablehlo("concatenate", values, result, dimension=i64_attr(axis))

    def cast(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """`value` as `type_`, which differs only in which dimensions are known."""
        return value if value.type == type_ else self.add(tensor.CastOp(value, type_))  # pyright: ignore[reportArgumentType]

    def hand_over(self, old: SSAValue, new: SSAValue) -> SSAValue:
        """Gives `new`, whose type knows more dimensions, to the users of `old` that may have it;
        returns what the others get."""
        for use in tuple(old.uses):
            if use.operation.name in FLEXIBLE:
                use.operation.operands[use.index] = new
                self.rewriter.notify_op_modified(use.operation)
        return self.cast(new, old.type) if old.uses else new

    def element(self, value: SSAValue, position: int) -> SSAValue:
        """Element `position` of a rank-1 integer or index tensor, as an index value."""
        assert isinstance(value.type, TensorType)
        element_type = value.type.element_type
        operands = [value, self.index(position)]
        scalar = self.add(tensor.ExtractOp.create(operands=operands, result_types=[element_type]))
        if element_type == INDEX:
            return scalar
        return self.add(arith.IndexCastOp(scalar, INDEX))


class Leftover(RewritePattern):
    """Lowers one TensorFlow op; subclasses set `op_name` and define `lower`."""

    op_name: ClassVar[str]

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: UnregisteredOp, rewriter: PatternRewriter) -> None:
        if op.op_name.data != self.op_name:
            return
        build = Builder(self.ctx, op, rewriter)
        results = self.lower(op, build)
        if results is None:
            return
        settled = []
        for old, new in zip(op.results, results, strict=True):
            settled.append(build.hand_over(old, new) if old.type != new.type else new)
        rewriter.replace(op, [], settled)

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        """The values that replace the op's results, or None if this form has no lowering."""
        raise AssertionError(f"{type(self).__name__} defines no lowering")


def shape_of(value: SSAValue) -> tuple[int, ...] | None:
    """Shape with -1 for unknown sizes; None if the rank is unknown."""
    if isinstance(value.type, TensorType):
        return tuple(value.type.get_shape())
    return None


def element_type(value: SSAValue) -> Attribute:
    assert isinstance(value.type, TensorType)
    return value.type.element_type


def tensor_of(element: Attribute, sizes: Sequence[Size]) -> TensorType:
    """The tensor type of sizes, unknown where they are values."""
    return TensorType(element, [s if isinstance(s, int) else DYNAMIC_INDEX for s in sizes])


def constant_of(value: SSAValue) -> np.ndarray | None:
    """The array of a constant operand, else None."""
    op = value.owner
    if isinstance(op, Operation) and op.name in ("stablehlo.constant", "arith.constant"):
        return elements.to_numpy(op.properties["value"])  # pyright: ignore[reportArgumentType]
    return None


def index_constant(value: SSAValue) -> int | None:
    """The value of an `arith.constant` of index type, else None."""
    op = value.owner
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
        return op.value.value.data
    return None


def attribute(op: UnregisteredOp, name: str) -> Attribute | None:
    """A property or attribute by name (an integer attribute of value 0 is false: no `or`)."""
    value = op.properties.get(name)
    return op.attributes.get(name) if value is None else value


def integer(op: UnregisteredOp, name: str, default: int = 0) -> int:
    """An integer attribute or property of a TensorFlow op."""
    value = attribute(op, name)
    return value.value.data if isinstance(value, IntegerAttr) else default


def i64_attr(value: int) -> IntegerAttr:
    return IntegerAttr(value, i64)
