# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the lowerings of left-over TensorFlow ops share: matching by name and a small builder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    StringAttr,
    TensorType,
    UnregisteredOp,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, op_type_rewrite_pattern

from iree_explore import elements
from iree_explore.dialect_op import integer as integer_attribute
from iree_explore.dialect_op import integers, make, tensor_type
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.provenance import Selective
from iree_explore.stablehlo.attrs import ComparisonDirection, ComparisonDirectionAttr

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
    """Makes the ops that replace the matched one; sizes stay Python integers while they are known.

    Nothing is inserted until the lowering is complete, so that one that gives up leaves no trace.
    """

    def __init__(self, ctx: Context, op: Operation, rewriter: PatternRewriter) -> None:
        self.ctx = ctx
        self.op = op
        self.rewriter = rewriter
        self.made: list[Operation] = []
        self._indices: dict[int, SSAValue] = {}

    def add(self, op: Operation) -> SSAValue:
        self.made.append(op)
        return op.results[0]

    def stablehlo(
        self, name: str, operands: Sequence[SSAValue], result: Attribute, **properties: Attribute
    ) -> SSAValue:
        """`stablehlo.name` of the given operands, result type and properties."""
        kind = self.ctx.get_op(f"stablehlo.{name}")
        return self.add(make(kind, operands, [result], properties))

    def region(self, types: Sequence[Attribute], body: Callable[..., Sequence[SSAValue]]) -> Region:
        """One block with arguments of `types` that returns what `body` makes of them."""
        outside, self.made = self.made, []
        indices, self._indices = self._indices, {}
        block = Block(arg_types=types)
        results = body(*block.args)
        block.add_ops(self.made)
        block.add_op(self.ctx.get_op("stablehlo.return").create(operands=list(results)))
        self.made, self._indices = outside, indices
        return Region(block)

    def compare(self, direction: str, left: SSAValue, right: SSAValue) -> SSAValue:
        """`stablehlo.compare` of two tensors of one type."""
        assert isinstance(left.type, TensorType)
        return self.stablehlo(
            "compare",
            [left, right],
            tensor_type(i1, left.type.get_shape()),
            comparison_direction=ComparisonDirectionAttr(ComparisonDirection(direction)),
        )

    def zeros(self, element: Attribute, sizes: Sequence[Size], value: float = 0) -> SSAValue:
        """A tensor of `sizes` that is `value` everywhere."""
        scalar = self.constant(np.array(value, elements.dtype_of(element)), element)
        return self.broadcast(scalar, sizes, [])

    def constant(self, array: np.ndarray, element_type: Attribute | None = None) -> SSAValue:
        value = elements.from_numpy(array, element_type)
        return self.stablehlo("constant", (), value.type, value=value)

    def index(self, size: Size) -> SSAValue:
        if isinstance(size, SSAValue):
            return size
        known = self._indices.get(size)
        if known is None:
            value = {"value": integer_attribute(size, INDEX)}
            known = self._indices[size] = self.add(make(arith.ConstantOp, (), [INDEX], value))
        return known

    def _arith(self, kind: type[Operation], left: Size, right: Size) -> SSAValue:
        return self.add(make(kind, [self.index(left), self.index(right)], [INDEX]))

    def dim(self, value: SSAValue, axis: int) -> Size:
        """Size of one dimension."""
        assert isinstance(value.type, TensorType)
        size = value.type.get_shape()[axis]
        if size != DYNAMIC_INDEX:
            return size
        operands = [value, self.index(axis)]
        return self.add(make(tensor.DimOp, operands, [INDEX]))

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
                result = size if result is None else self._arith(arith.MuliOp, result, size)
        if result is None:
            return known
        return result if known == 1 else self._arith(arith.MuliOp, result, known)

    def divide(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return left // max(right, 1)
        if right == 1:
            return left
        return self._arith(arith.DivUIOp, left, right)

    def shape(self, sizes: Sequence[Size]) -> SSAValue:
        """A tensor<Nxindex> of sizes."""
        type_ = tensor_type(INDEX, [len(sizes)])
        values = [self.index(s) for s in sizes]
        return self.add(make(tensor.FromElementsOp, values, [type_]))

    def add_sizes(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        if right == 0:
            return left
        return self._arith(arith.AddiOp, left, right)

    def subtract(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return left - right
        if right == 0:
            return left
        return self._arith(arith.SubiOp, left, right)

    def minimum(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return min(left, right)
        return self._arith(arith.MinSIOp, left, right)

    def maximum(self, left: Size, right: Size) -> Size:
        if isinstance(left, int) and isinstance(right, int):
            return max(left, right)
        return self._arith(arith.MaxSIOp, left, right)

    def if_negative(self, size: Size, then: Size, otherwise: Size) -> Size:
        """`then` if `size` is below zero."""
        if isinstance(size, int):
            return then if size < 0 else otherwise
        below = self.add(arith.CmpiOp(size, self.index(0), "slt"))
        return self.add(arith.SelectOp(below, self.index(then), self.index(otherwise)))

    def sizes(self, value: SSAValue) -> list[Size]:
        return [self.dim(value, axis) for axis in range(len(shape_of(value) or ()))]

    def broadcast(self, value: SSAValue, sizes: Sequence[Size], dims: Iterable[int]) -> SSAValue:
        """`value` with its dimensions placed at `dims` of a tensor of `sizes`."""
        result = tensor_of(element_type(value), sizes)
        axes = i64_list(dims)
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
                name: i64_list([int(v) for v in values])  # pyright: ignore[reportArgumentType]
                for name, values in zip(names, lists, strict=True)
            }
            return self.stablehlo("slice", [value], result, **properties)
        limits = [self.minimum(v, self.dim(value, i)) for i, v in enumerate(limits)]
        operands = [value, self.shape(starts), self.shape(limits), self.shape(steps)]
        return self.stablehlo("real_dynamic_slice", operands, result)

    def pad(
        self,
        value: SSAValue,
        fill: SSAValue,
        low: Sequence[Size],
        high: Sequence[Size],
        interior: Sequence[int] | None = None,
    ) -> SSAValue:
        """`fill` around `value`, and `interior` of it between elements."""
        between = list(interior or [0] * len(low))
        sizes = []
        for axis, (before, after, gap) in enumerate(zip(low, high, between, strict=True)):
            size = self.dim(value, axis)
            if gap:
                holes = self.product([self.maximum(self.subtract(size, 1), 0), gap])
                size = self.add_sizes(size, holes)
            sizes.append(self.add_sizes(self.add_sizes(size, before), after))
        result = tensor_of(element_type(value), sizes)
        names = ("edge_padding_low", "edge_padding_high", "interior_padding")
        lists = (low, high, between)
        if all(isinstance(n, int) for n in (*low, *high)):
            rows = ([n for n in row if isinstance(n, int)] for row in lists)
            properties = {k: i64_list(row) for k, row in zip(names, rows, strict=True)}
            return self.stablehlo("pad", [value, fill], result, **properties)
        operands = [value, fill, *(self.shape(row) for row in lists)]
        return self.stablehlo("dynamic_pad", operands, result)

    def concatenate(self, values: Sequence[SSAValue], axis: int) -> SSAValue:
        shapes = [shape_of(v) or () for v in values]
        sizes = list(shapes[0])
        sizes[axis] = sum(s[axis] for s in shapes) if all(s[axis] >= 0 for s in shapes) else -1
        result = tensor_type(element_type(values[0]), sizes)
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

    def iota(self, element: Attribute, sizes: Sequence[Size], axis: int) -> SSAValue:
        """Positions along `axis` of a tensor of `sizes`."""
        type_ = tensor_of(element, sizes)
        if all(isinstance(s, int) for s in sizes):
            return self.stablehlo("iota", (), type_, iota_dimension=i64_attr(axis))
        return self.stablehlo(
            "dynamic_iota", [self.shape(sizes)], type_, iota_dimension=i64_attr(axis)
        )

    def scalar(self, value: SSAValue) -> Size:
        """An integer scalar tensor as a size: an int if it is constant."""
        known = known_elements(value)
        if known is not None and known.item() is not None:
            return int(known.item())
        element = element_type(value)
        scalar = self.add(make(tensor.ExtractOp, [value], [element]))
        return scalar if element == INDEX else self.add(make(arith.IndexCastOp, [scalar], [INDEX]))

    def entries(self, value: SSAValue, count: int = -1) -> list[Size] | None:
        """Elements of an integer vector as sizes: ints where they are known. `count` is how many
        there are if the type does not say."""
        shape = shape_of(value)
        if shape is None or len(shape) != 1 or max(shape[0], count) < 0:
            return None
        known = known_elements(value)
        found = [None] * max(shape[0], count) if known is None else known.tolist()
        return [
            self.element(value, i) if entry is None else int(entry) for i, entry in enumerate(found)
        ]

    def element(self, value: SSAValue, position: int) -> SSAValue:
        """Element `position` of a rank-1 integer or index tensor, as an index value."""
        assert isinstance(value.type, TensorType)
        element_type = value.type.element_type
        operands = [value, self.index(position)]
        scalar = self.add(make(tensor.ExtractOp, operands, [element_type]))
        if element_type == INDEX:
            return scalar
        return self.add(make(arith.IndexCastOp, [scalar], [INDEX]))


class Leftover(Selective):
    """Lowers one TensorFlow op; subclasses set `op_name` and define `lower`."""

    op_name: ClassVar[str]

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: UnregisteredOp, rewriter: PatternRewriter) -> None:
        build = Builder(self.ctx, op, rewriter)
        results = self.lower(op, build)
        if results is None:
            for made in reversed(build.made):  # else they go on using the op's operands
                made.erase()
            return
        settled = []
        for old, new in zip(op.results, results, strict=True):
            settled.append(build.hand_over(old, new) if old.type != new.type else new)
        rewriter.replace(op, build.made, settled)

    def looks_at(self, op: UnregisteredOp) -> bool:
        """Whether this is an op that `lower` is for, by its name."""
        wanted = self.op_name.removeprefix("tf.").removeprefix("UnknownShape")
        return plain_name(op) == wanted

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        """The values that replace the op's results, or None if this form has no lowering."""
        raise AssertionError(f"{type(self).__name__} defines no lowering")


def plain_name(op: UnregisteredOp) -> str:
    """TensorFlow's name of the op, without dialect and without what `convert` adds."""
    return op.op_name.data.removeprefix("tf.").removeprefix("UnknownShape")


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
    return tensor_type(element, [s if isinstance(s, int) else DYNAMIC_INDEX for s in sizes])


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


def ints_of(op: UnregisteredOp, name: str) -> list[int]:
    """An array attribute of integers, empty if there is none."""
    array = attribute(op, name)
    return [v.value.data for v in array] if isinstance(array, ArrayAttr) else []  # pyright: ignore


def text_of(op: UnregisteredOp, name: str) -> str:
    """A string attribute, empty if there is none."""
    value = attribute(op, name)
    return value.data if isinstance(value, StringAttr) else ""


def i64_list(values: Iterable[int]) -> DenseArrayBase:
    return integers(tuple(values), i64)


def i64_attr(value: int) -> IntegerAttr:
    return integer_attribute(value, i64)
