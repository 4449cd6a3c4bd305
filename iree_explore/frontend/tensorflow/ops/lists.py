# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorList ops on the tensors that stand for a list (`frontend/tensorflow/lists.py` says which).

`list_values.ListValue` is the components of an operand; what an op leaves is one again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from xdsl.dialects.builtin import TensorType, UnregisteredOp, i32
from xdsl.ir import SSAValue

from iree_explore import elements
from iree_explore.dialect_op import tensor_type
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    constant_of,
    element_type,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.list_values import (
    ListValue,
    check_position,
    check_positions,
    front,
    grown,
    item,
    put,
    resized,
    scattered,
    used,
    widened,
    with_capacity,
)
from iree_explore.frontend.tensorflow.ops.pieces import (
    check,
    clamped,
    convert,
    iota,
    reduced,
    running_sum,
    scalar,
    size_of,
    spread,
    take,
    tensor_of_size,
    update,
    vector,
)


class _ListOp(Leftover):
    """Shared by all: the components of the list operands, by the attributes of the op."""

    def lists(self, op: UnregisteredOp) -> tuple[list[ListValue], list[SSAValue]]:
        """The first `list_operands` operands as lists, and the rest."""
        rest = list(op.operands)
        found = []
        fixed = bool(op.results) and (shape_of(op.results[0]) or (-1,))[0] >= 0
        for _ in range(self.list_operands(op)):
            data = rest.pop(0)
            length = rest.pop(0) if integer(op, "grows") else None
            shapes = rest.pop(0) if integer(op, "ragged") else None
            found.append(ListValue(data, length, shapes, fixed))
        return found, rest

    def list_operands(self, op: UnregisteredOp) -> int:
        return 1

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        given, rest = self.lists(op)
        results = self.on_lists(op, build, given, rest)
        if results is None:
            return None
        return [widened(build, new, old.type) for new, old in zip(results, op.results, strict=True)]

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        raise AssertionError(f"{type(self).__name__} defines no lowering")


# Making lists


class _Created(_ListOp):
    def list_operands(self, op: UnregisteredOp) -> int:
        return 0

    def created(self, op: UnregisteredOp, build: Builder, made: ListValue) -> list[SSAValue]:
        """The components that the result has: `made` knows its data, and shapes if they differ."""
        if integer(op, "grows") and made.length is None:
            made = replace(made, length=tensor_of_size(build, build.dim(made.data, 0)))
        if integer(op, "ragged") and made.shapes is None:
            sizes = build.sizes(made.data)
            row = vector(build, sizes[1:], i32)
            made = replace(made, shapes=build.broadcast(row, [sizes[0], made.rank], [1]))
        return made.values()


class LowerReserve(_Created):
    """`tf.TensorListReserve`: zeros; sizes that the element shape does not say are 0."""

    op_name = "tf.UnknownShapeTensorListReserve"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        count = size_of(build, rest[1])
        return self.created(op, build, ListValue(empty(op, build, rest[0], count), None, None))


class LowerEmpty(_Created):
    """`tf.EmptyTensorList`: no elements, in the constant capacity that the list may have."""

    op_name = "tf.UnknownShapeEmptyTensorList"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        capacity = max((shape_of(op.results[0]) or (0,))[0], 0)
        zero = scalar(build, 0)
        data = empty(op, build, rest[0], capacity)
        return self.created(op, build, ListValue(data, zero, None))


def empty(op: UnregisteredOp, build: Builder, shape: SSAValue, count: Size) -> SSAValue:
    """Zeros for `count` elements of the result's type; `shape` is the element shape operand."""
    type_ = op.results[0].type
    assert isinstance(type_, TensorType)
    first, *inner = type_.get_shape()
    sizes: list[Size] = [count if first < 0 else first]
    for axis, size in enumerate(inner):
        if size >= 0:
            sizes.append(size)
        elif shape_of(shape) == () or constant_of(shape) is not None:
            sizes.append(0)
        else:
            sizes.append(build.maximum(build.element(shape, axis), 0))
    return build.zeros(type_.element_type, sizes)


class LowerFromTensor(_Created):
    """`tf.TensorListFromTensor`: the tensor itself."""

    op_name = "tf.UnknownShapeTensorListFromTensor"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        return self.created(op, build, ListValue(rest[0], None, None))


class LowerScatter(_Created):
    """`tf.TensorListScatterV2`: a new list with some elements set."""

    op_name = "tf.UnknownShapeTensorListScatterV2"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        tensor, indices, _, count = rest
        known = constant_of(count)
        size = size_of(build, count) if known is None or int(known) >= 0 else 0
        sizes = [size, *build.sizes(tensor)[1:]]
        made = ListValue(build.zeros(element_type(tensor), sizes), None, None)
        if known is None or int(known) < 0:
            made = replace(made, length=scalar(build, 0))
            made = scattered(build, made, tensor, indices, declared(op))
            if not integer(op, "grows"):
                assert made.length is not None
                rows = size_of(build, made.length)
                return [front(build, made.data, rows)]
            return self.created(op, build, made)
        return self.created(op, build, scattered(build, made, tensor, indices, declared(op)))


class LowerSplit(_Created):
    """`tf.TensorListSplit`: consecutive rows of a tensor, as many as `lengths` says for each."""

    op_name = "tf.UnknownShapeTensorListSplit"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        tensor, _, lengths = rest
        sizes = build.sizes(tensor)
        count = build.dim(lengths, 0)
        if not integer(op, "ragged"):
            rows = build.divide(sizes[0], count)
            data = build.reshape(tensor, [count, rows, *sizes[1:]])
            return self.created(op, build, ListValue(data, None, None))
        lengths = convert(build, lengths, i32)
        rows = size_of(build, reduced(build, "maximum", lengths, 0))
        starts = build.stablehlo("subtract", [running_sum(build, lengths), lengths], lengths.type)
        wide = [count, rows]
        within = iota(build, rows)
        positions = build.stablehlo(
            "add",
            [build.broadcast(starts, wide, [0]), build.broadcast(within, wide, [1])],
            tensor_of(i32, wide),
        )
        last = build.subtract(sizes[0], 1)
        positions = clamped(build, positions, last)
        data = take(build, tensor, positions)
        columns = [lengths, *(spread(build, size, count) for size in sizes[1:])]
        shapes = [build.reshape(c, [count, 1]) for c in columns]
        joined = build.concatenate(shapes, 1) if len(shapes) > 1 else shapes[0]
        return self.created(op, build, ListValue(data, None, joined))


def declared(op: UnregisteredOp) -> tuple[int, ...]:
    """Sizes of the elements that the type of the resulting list knows, -1 for others."""
    return (shape_of(op.results[0]) or ())[1:]


# Elements


class LowerGetItem(_ListOp):
    """`tf.TensorListGetItem`: one element."""

    op_name = "tf.UnknownShapeTensorListGetItem"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        check_position(build, lists[0], rest[0])
        return [item(build, lists[0], rest[0])]


class LowerSetItem(_ListOp):
    """`tf.TensorListSetItem`: one element replaced; the list grows if it may."""

    op_name = "tf.UnknownShapeTensorListSetItem"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        position, value = rest
        old = lists[0]
        if old.length is not None and integer(op, "resize_if_index_out_of_bounds"):
            one = scalar(build, 1)
            after = build.stablehlo("add", [position, one], position.type)
            longer = build.stablehlo("maximum", [old.length, after], after.type)
            old = resized(build, old, longer, clear=bool(integer(op, "shrinks")))
        else:
            check_position(build, old, position)
        return put(build, old, position, value, declared(op)).values()


class LowerPushBack(_ListOp):
    """`tf.TensorListPushBack`: one more element."""

    op_name = "tf.UnknownShapeTensorListPushBack"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        old = lists[0]
        assert old.length is not None
        one = scalar(build, 1)
        more = build.stablehlo("add", [old.length, one], old.length.type)
        room = with_capacity(build, old, more)
        return replace(put(build, room, old.length, rest[0], declared(op)), length=more).values()


class LowerPopBack(_ListOp):
    """`tf.TensorListPopBack`: the last element, and the list without it."""

    op_name = "tf.UnknownShapeTensorListPopBack"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        old = lists[0]
        assert old.length is not None
        one = scalar(build, 1)
        some = build.compare("GE", old.length, one)
        check(build, some, "the last element of a list of {0} elements", [old.length])
        fewer = build.stablehlo("subtract", [old.length, one], old.length.type)
        last = item(build, old, fewer)
        return [*replace(old, length=fewer).values(), last]


class LowerResize(_ListOp):
    """`tf.TensorListResize`: another length; what comes new is zero."""

    op_name = "tf.UnknownShapeTensorListResize"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        return resized(build, lists[0], rest[0], clear=True).values()


class LowerScatterInto(_ListOp):
    """`tf.TensorListScatterIntoExistingList`: several elements replaced; the list grows."""

    op_name = "tf.UnknownShapeTensorListScatterIntoExistingList"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        clear = bool(integer(op, "shrinks"))
        return scattered(build, lists[0], rest[0], rest[1], declared(op), clear=clear).values()


# Whole lists


class LowerLength(_ListOp):
    """`tf.TensorListLength`."""

    op_name = "tf.UnknownShapeTensorListLength"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        given = lists[0]
        return [given.length or tensor_of_size(build, build.dim(given.data, 0))]


class LowerElementShape(_ListOp):
    """`tf.TensorListElementShape` of a list whose elements have one shape."""

    op_name = "tf.UnknownShapeTensorListElementShape"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        kind = element_type(op.results[0])
        if integer(op, "ragged"):
            unknown = np.full(lists[0].rank, -1, elements.dtype_of(kind))
            return [build.constant(unknown, kind)]
        return [vector(build, build.sizes(lists[0].data)[1:], kind)]


class LowerStack(_ListOp):
    """`tf.TensorListStack`: all elements as one tensor."""

    op_name = "tf.UnknownShapeTensorListStack"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        given = used(build, lists[0])
        have, wanted = build.dim(given.data, 0), (shape_of(op.results[0]) or (-1,))[0]
        if wanted >= 0 and not isinstance(have, int):
            count = tensor_of_size(build, have)
            same = build.compare("EQ", count, scalar(build, wanted))
            check(build, same, f"{wanted} elements wanted of a list of {{0}}", [count])
        return [given.data]


class LowerGather(_ListOp):
    """`tf.TensorListGather`: some elements as one tensor."""

    op_name = "tf.UnknownShapeTensorListGather"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        check_positions(build, lists[0], rest[0])
        return [take(build, lists[0].data, rest[0])]


class LowerConcat(_ListOp):
    """`tf.TensorListConcatV2`: the elements one after the other, and how many rows each has."""

    op_name = "tf.UnknownShapeTensorListConcatV2"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        given = used(build, lists[0])
        count, rows, *inner = build.sizes(given.data)
        together = build.reshape(given.data, [build.product([count, rows]), *inner])
        kind = element_type(op.results[1])
        if given.shapes is None:
            return [together, convert(build, spread(build, rows, count), kind)]
        column = build.slice(given.shapes, [0, 0], [count, 1], [1, 1])
        lengths = build.reshape(column, [count])
        ends = running_sum(build, lengths)
        total = size_of(build, reduced(build, "add", lengths, 0))
        # Row r is in the element before which r rows or fewer end.
        wide = [total, count]
        passed = build.compare(
            "LE", build.broadcast(ends, wide, [1]), build.broadcast(iota(build, total), wide, [0])
        )
        which = reduced(build, "add", convert(build, passed, i32), 1)
        starts = build.stablehlo("subtract", [ends, lengths], lengths.type)
        offset = build.stablehlo(
            "subtract", [iota(build, total), take(build, starts, which)], which.type
        )
        height = build.broadcast(tensor_of_size(build, rows), [total], [])
        base = build.stablehlo("multiply", [which, height], which.type)
        position = build.stablehlo("add", [base, offset], which.type)
        return [take(build, together, position), convert(build, lengths, kind)]


class LowerConcatLists(_ListOp):
    """`tf.TensorListConcatLists`: the elements of two lists in one."""

    op_name = "tf.UnknownShapeTensorListConcatLists"

    def list_operands(self, op: UnregisteredOp) -> int:
        return 2

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        first, second = lists
        if first.shapes is not None or first.length is None or second.length is None:
            return None
        total = build.stablehlo("add", [first.length, second.length], first.length.type)
        wanted = [size_of(build, total), *build.sizes(second.data)[1:]]
        room, _ = grown(build, first.data, None, wanted)
        other = used(build, second).data
        return [update(build, room, other, first.length), total]


class LowerZerosLike(_ListOp):
    """`tf.ZerosLike` of a list."""

    op_name = "tf.UnknownShapeZerosLike"

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        given = lists[0]
        fresh = build.zeros(element_type(given.data), build.sizes(given.data))
        return replace(given, data=fresh).values()


class LowerAddN(_ListOp):
    """`tf.AddN` of lists: element by element; one without any element set has sizes of 0.

    Elements that are sizes (`maximum`) are not added."""

    op_name = "tf.UnknownShapeAddN"

    def list_operands(self, op: UnregisteredOp) -> int:
        return len(op.operands) // (1 + bool(integer(op, "grows")) + bool(integer(op, "ragged")))

    def on_lists(
        self, op: UnregisteredOp, build: Builder, lists: list[ListValue], rest: list[SSAValue]
    ) -> list[SSAValue] | None:
        total, *others = lists
        combine = "maximum" if integer(op, "maximum") else "add"
        for other in others:
            left, shapes = grown(build, total.data, total.shapes, build.sizes(other.data))
            right, other_shapes = grown(build, other.data, other.shapes, build.sizes(left))
            type_ = _joined(left, right)
            data = build.stablehlo(
                combine, [build.cast(left, type_), build.cast(right, type_)], type_
            )
            if shapes is not None and other_shapes is not None:
                both = _joined(shapes, other_shapes)
                pair = [build.cast(shapes, both), build.cast(other_shapes, both)]
                shapes = build.stablehlo("maximum", pair, both)
            total = replace(total, data=data, shapes=shapes)
        return total.values()


def _joined(left: SSAValue, right: SSAValue) -> TensorType:
    """The type that knows what either does."""
    sizes = [max(a, b) for a, b in zip(shape_of(left) or (), shape_of(right) or (), strict=True)]
    return tensor_type(element_type(left), sizes)


PATTERNS = (
    LowerReserve,
    LowerEmpty,
    LowerFromTensor,
    LowerScatter,
    LowerSplit,
    LowerGetItem,
    LowerSetItem,
    LowerPushBack,
    LowerPopBack,
    LowerResize,
    LowerScatterInto,
    LowerLength,
    LowerElementShape,
    LowerStack,
    LowerGather,
    LowerConcat,
    LowerConcatLists,
    LowerZerosLike,
    LowerAddN,
)
