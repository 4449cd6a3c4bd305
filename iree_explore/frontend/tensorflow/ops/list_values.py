# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A list as the tensors that stand for it, and what can be done to it: read, put, resize, grow.

Element sizes that nobody knows before the first element is set begin as 0, and the elements are
made larger then: by the one rule `grown`, which also adds capacity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseArrayBase, TensorType, i32, i64
from xdsl.ir import Attribute, SSAValue

from iree_explore.dialect_op import tensor_type
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Size,
    constant_of,
    element_type,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.pieces import (
    branch,
    check,
    iota,
    reduced,
    scalar,
    scatter,
    size_of,
    take,
    tensor_of_size,
    update,
    vector,
)

CAPACITY = 8
"""Elements that a growing list first makes room for; later it doubles."""


@dataclass(frozen=True)
class ListValue:
    """`data` is [capacity, element...]; `length` a tensor<i32> where the list grows; `shapes` a
    tensor [capacity, rank] where elements differ in shape. `fixed`: the capacity always suffices.
    """

    data: SSAValue
    length: SSAValue | None
    shapes: SSAValue | None
    fixed: bool = False

    def values(self) -> list[SSAValue]:
        return [v for v in (self.data, self.length, self.shapes) if v is not None]

    @property
    def rank(self) -> int:
        """Rank of the elements."""
        return len(shape_of(self.data) or (0,)) - 1


def widened(build: Builder, value: SSAValue, type_: Attribute) -> SSAValue:
    """`value` as `type_` where that knows a size which `value` does not; else as it is."""
    assert isinstance(type_, TensorType)
    known = shape_of(value) or ()
    wanted = type_.get_shape()
    if all(k >= 0 or w < 0 for k, w in zip(known, wanted, strict=True)):
        return value
    sizes = [w if k < 0 else k for k, w in zip(known, wanted, strict=True)]
    return build.cast(value, tensor_type(element_type(value), sizes))


def item(build: Builder, given: ListValue, position: SSAValue) -> SSAValue:
    """Element `position` (a tensor<i32>, clamped into the list)."""
    inside = build.stablehlo("maximum", [position, scalar(build, 0)], position.type)
    sizes = build.sizes(given.data)
    if all(isinstance(s, int) for s in sizes[1:]):
        starts = [inside, *(scalar(build, 0) for _ in range(given.rank))]
        known = [1, *(int(s) for s in sizes[1:])]  # pyright: ignore[reportArgumentType]
        part = build.stablehlo(
            "dynamic_slice",
            [given.data, *starts],
            tensor_type(element_type(given.data), known),
            slice_sizes=DenseArrayBase.from_list(i64, known),
        )
        return build.reshape(part, sizes[1:])
    row = take(build, given.data, inside)
    if given.shapes is None:
        return row
    own = take(build, given.shapes, inside)
    wanted: list[Size] = [
        size if isinstance(size, int) else build.element(own, axis)
        for axis, size in enumerate(sizes[1:])
    ]
    return build.slice(row, [0] * given.rank, wanted, [1] * given.rank)


def check_position(build: Builder, given: ListValue, position: SSAValue) -> None:
    """Has the host raise IX307 unless the list has an element `position` (a tensor<i32>)."""
    count = build.dim(given.data, 0)
    known = constant_of(position)
    if (
        known is not None
        and given.length is None
        and isinstance(count, int)
        and 0 <= int(known) < count
    ):
        return
    length = given.length or tensor_of_size(build, count)
    low = build.compare("GE", position, scalar(build, 0))
    holds = build.stablehlo("and", [low, build.compare("LT", position, length)], low.type)
    check(build, holds, "element {0} of a list of {1} elements", [position, length])


def check_positions(build: Builder, given: ListValue, positions: SSAValue) -> None:
    """Has the host raise IX307 unless the list has an element at each of `positions` [n]."""
    count = build.dim(given.data, 0)
    known = constant_of(positions)
    inside = (
        known is not None
        and isinstance(count, int)
        and bool(((known >= 0) & (known < count)).all())
    )
    if inside and given.length is None:
        return
    length = given.length or tensor_of_size(build, count)
    lowest, highest = (
        reduced(build, combine, positions, 0, start)
        for combine, start in (("minimum", 0), ("maximum", -1))
    )
    low = build.compare("GE", lowest, scalar(build, 0))
    holds = build.stablehlo("and", [low, build.compare("LT", highest, length)], low.type)
    check(build, holds, "elements {0} to {1} of a list of {2} elements", [lowest, highest, length])


def fitted(
    build: Builder, given: ListValue, sizes: Sequence[Size], declared: Sequence[int]
) -> list[Size] | None:
    """`sizes` of an element for the list, as the list knows them; None if they never fit.

    The host raises IX307 unless they are those of the list's elements, or no element is set yet. Of
    a list of unequal elements only sizes that its type (`declared`) knows have to agree.
    """
    have = build.sizes(given.data)[1:]
    holds: list[SSAValue] = []
    result: list[Size] = []
    possible = True
    for own, size, known in zip(have, sizes, declared, strict=True):
        result.append(known if known >= 0 else size)
        if own is size or own == size or (given.shapes is not None and known < 0):
            continue
        possible &= known < 0 or not isinstance(size, int)
        wanted = tensor_of_size(build, own if known < 0 else known)
        same = build.compare("EQ", wanted, tensor_of_size(build, size))
        if known < 0:
            unset = build.compare("EQ", wanted, scalar(build, 0))
            same = build.stablehlo("or", [same, unset], same.type)
        holds.append(same)
    if holds:
        both = holds[0]
        for other in holds[1:]:
            both = build.stablehlo("and", [both, other], both.type)
        rank = len(sizes)
        shown = [", ".join(f"{{{first + i}}}" for i in range(rank)) for first in (0, rank)]
        message = "an element of shape [{}] set in a list of elements of shape [{}]".format(*shown)
        check(build, both, message, [*sizes, *have])
    return result if possible else None


def put(
    build: Builder,
    given: ListValue,
    position: SSAValue,
    value: SSAValue,
    declared: Sequence[int],
) -> ListValue:
    """The list with one element replaced, elements made larger if they have to be. `declared` are
    the sizes that the list's type knows of them."""
    sizes = fitted(build, given, build.sizes(value), declared)
    if sizes is None:
        return given
    data, shapes = grown(build, given.data, given.shapes, [0, *sizes])
    data = update(build, data, build.reshape(value, [1, *sizes]), position)
    if shapes is not None:
        row = build.reshape(vector(build, sizes, i32), [1, given.rank])
        shapes = update(build, shapes, row, position)
    return ListValue(data, given.length, shapes)


def scattered(
    build: Builder,
    given: ListValue,
    tensor: SSAValue,
    indices: SSAValue,
    declared: Sequence[int],
    *,
    clear: bool = False,
) -> ListValue:
    """Rows of `tensor` put at `indices`; a later row wins."""
    rows = fitted(build, given, build.sizes(tensor)[1:], declared)
    if rows is None:
        return given
    count = build.dim(indices, 0)
    tensor = build.reshape(tensor, [count, *rows])
    if given.length is not None:
        one = scalar(build, 1)
        highest = reduced(build, "maximum", indices, 0, -1)
        after = build.stablehlo("add", [highest, one], one.type)
        longer = build.stablehlo("maximum", [given.length, after], after.type)
        given = resized(build, given, longer, clear=clear)
    data, _ = grown(build, given.data, None, [0, *rows])
    column = build.reshape(indices, [count, 1])
    return replace(given, data=scatter(build, data, column, tensor))


def resized(build: Builder, given: ListValue, length: SSAValue, *, clear: bool) -> ListValue:
    """The list with another length (a tensor<i32>). What lies beyond the old one is zero, but
    where the list was longer once: `clear` makes it so."""
    assert given.length is not None
    room = with_capacity(build, given, length)
    if not clear:
        return replace(room, length=length)
    parts = [room.data] if room.shapes is None else [room.data, room.shapes]
    cleared = []
    for part in parts:
        sizes = build.sizes(part)
        rows = iota(build, sizes[0])
        bound = build.broadcast(given.length, [sizes[0]], [])
        kept = build.broadcast(build.compare("LT", rows, bound), sizes, [0])
        nothing = build.zeros(element_type(part), sizes)
        cleared.append(build.stablehlo("select", [kept, part, nothing], part.type))
    return ListValue(cleared[0], length, cleared[1] if len(cleared) > 1 else None)


def with_capacity(build: Builder, given: ListValue, length: SSAValue) -> ListValue:
    """The list with room for `length` elements."""
    if given.fixed:
        return given
    wanted: list[Size] = [size_of(build, length), *([0] * given.rank)]
    data, shapes = grown(build, given.data, given.shapes, wanted)
    return replace(given, data=data, shapes=shapes)


def used(build: Builder, given: ListValue) -> ListValue:
    """The list without its spare capacity."""
    if given.length is None:
        return given
    count = size_of(build, given.length)
    shapes = None if given.shapes is None else front(build, given.shapes, count)
    return ListValue(front(build, given.data, count), None, shapes)


def front(build: Builder, value: SSAValue, count: Size) -> SSAValue:
    """The first `count` rows."""
    sizes = build.sizes(value)
    return build.slice(value, [0] * len(sizes), [count, *sizes[1:]], [1] * len(sizes))


def grown(
    build: Builder, data: SSAValue, shapes: SSAValue | None, wanted: Sequence[Size]
) -> tuple[SSAValue, SSAValue | None]:
    """`data` (and `shapes`) with every size at least as wanted, zeros where it was smaller.

    Decided in each call, where sizes are unknown: only a list that has to grow is copied.
    """
    have = build.sizes(data)
    lacking = [
        (axis, size, want)
        for axis, (size, want) in enumerate(zip(have, wanted, strict=True))
        if not (want == 0 or size is want)
        and not (isinstance(size, int) and isinstance(want, int) and want <= size)
    ]
    if not lacking:
        return data, shapes
    target = list(have)
    for axis, size, want in lacking:
        if axis == 0:
            target[0] = build.maximum(_doubled(build, size, want), want)
        else:
            target[axis] = build.maximum(size, want)
    values = [data] if shapes is None else [data, shapes]
    targets = [target] if shapes is None else [target, [target[0], len(have) - 1]]
    types = [tensor_of(element_type(v), t) for v, t in zip(values, targets, strict=True)]

    def larger() -> list[SSAValue]:
        made = []
        for value, sizes, type_ in zip(values, targets, types, strict=True):
            if _sizes_equal(build.sizes(value), sizes):
                made.append(value)
                continue
            fresh = build.zeros(element_type(value), sizes)
            if 0 not in (shape_of(value) or ()):
                fresh = update(build, fresh, value, scalar(build, 0))
            made.append(build.cast(fresh, type_))
        return made

    def same() -> list[SSAValue]:
        return [build.cast(v, t) for v, t in zip(values, types, strict=True)]

    if any(isinstance(size, int) and isinstance(want, int) for _, size, want in lacking):
        results = larger()
    else:
        less = [
            build.add(arith.CmpiOp(build.index(size), build.index(want), "slt"))
            for _, size, want in lacking
        ]
        need = less[0]
        for other in less[1:]:
            need = build.add(arith.OrIOp(need, other))
        results = branch(build, need, larger, same)
    return results[0], results[1] if len(results) > 1 else None


def _sizes_equal(left: Sequence[Size], right: Sequence[Size]) -> bool:
    return all(isinstance(a, int) and a == b for a, b in zip(left, right, strict=True))


def _doubled(build: Builder, size: Size, want: Size) -> Size:
    """Twice the capacity if it does not suffice."""
    twice = build.maximum(build.product([size, 2]), CAPACITY)
    if isinstance(size, int) and isinstance(want, int):
        return twice if size < want else size
    more = build.add(arith.CmpiOp(build.index(size), build.index(want), "slt"))
    return build.add(arith.SelectOp(more, build.index(twice), build.index(size)))
