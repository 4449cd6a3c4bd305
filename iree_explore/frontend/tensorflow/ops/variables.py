# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Updates of parts of a tensor, which `frontend/tensorflow/variables.py` makes of a variable's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    DenseArrayBase,
    StringAttr,
    TensorType,
    UnregisteredOp,
    i1,
    i32,
    i64,
)
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    attribute,
    element_type,
    integer,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.frontend.tensorflow.ops.pieces import (
    check,
    convert,
    elements_of,
    scalar,
    scatter,
    tensor_of_size,
)


class LowerScatter(Leftover):
    """Rows (or with `nd` slices of any rank) combined with those that a variable has."""

    op_name = "tf.UnknownShapeScatter"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, indices, updates = op.operands
        shape, index_shape = shape_of(value), shape_of(indices)
        how = attribute(op, "combine")
        if shape is None or index_shape is None or not isinstance(how, StringAttr):
            return None
        sizes = build.sizes(indices)
        depth = index_shape[-1] if integer(op, "nd") else 1
        if depth < 0:
            return None
        rows = sizes[:-1] if integer(op, "nd") else sizes
        count = build.product(rows)
        inner: list[Size] = list(shape[depth:])
        if shape_of(updates) == ():
            updates = build.broadcast(updates, [count, *inner], [])
        else:
            updates = build.reshape(updates, [count, *inner])
        table = build.reshape(indices, [count, depth])
        return [scatter(build, value, table, updates, how.data)]


@dataclass(frozen=True)
class _Pick:
    """What a strided slice says of one dimension of the variable, or (`axis` None) of a new one of
    size 1; `entry` is its place in the bounds, None where the dimension is taken whole."""

    axis: int | None
    entry: int | None = None
    from_start: bool = False
    to_end: bool = False
    single: bool = False


def _picks(op: UnregisteredOp, rank: int, count: int) -> list[_Pick]:
    """The picks of a slice with `count` entries in its bounds."""
    names = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    begin, end, ellipsis, new, single = (integer(op, f"{m}_mask") for m in names)
    picks: list[_Pick] = []
    axis = 0
    for i in range(count):
        if ellipsis >> i & 1:
            later = sum(not new >> j & 1 for j in range(i + 1, count))
            picks += [_Pick(a) for a in range(axis, rank - later)]
            axis = rank - later
        elif new >> i & 1:
            picks.append(_Pick(None))
        else:
            flags = (bool(mask >> i & 1) for mask in (begin, end, single))
            picks.append(_Pick(axis, i, *flags))
            axis += 1
    return [*picks, *(_Pick(a) for a in range(axis, rank))]


class LowerStridedSliceUpdate(Leftover):
    """Part of a variable replaced: in place for steps of one, wherever that is; else every element
    is placed by a padding between the elements, and selected where there is one."""

    op_name = "tf.UnknownShapeStridedSliceUpdate"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        made = strided_update(op, build, op.operands[0], op.operands[1:4], op.operands[4])
        return None if made is None else [made]


class LowerStridedSliceGrad(Leftover):
    """`tf.StridedSliceGrad`: the gradient of a slice put into zeros."""

    op_name = "tf.StridedSliceGrad"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        shape, gradient = op.operands[0], op.operands[4]
        whole = build.zeros(element_type(gradient), elements_of(build, shape))
        made = strided_update(op, build, whole, op.operands[1:4], gradient)
        return None if made is None else [made]


def strided_update(
    op: UnregisteredOp, build: Builder, value: SSAValue, bounds: Sequence[SSAValue], part: SSAValue
) -> SSAValue | None:
    """`value` with `part` in the place that bounds and masks name; None if that has no lowering."""
    begin, end, strides = bounds
    shape, entries = shape_of(value), shape_of(begin)
    steps = known_elements(strides)
    if shape is None or not entries or entries[0] < 0 or steps is None:
        return None
    picks = _picks(op, len(shape), entries[0])
    given = build.sizes(part)
    counts: list[Size] = []
    for pick in picks:
        if pick.axis is not None:
            counts.append(1 if pick.single else given[0])
        given = given if pick.single else given[1:]
    part = build.reshape(part, counts)
    picks = [p for p in picks if p.axis is not None]
    if all(p.entry is None or p.single or steps[p.entry] == 1 for p in picks):
        sizes = build.sizes(value)
        starts = [_start(build, begin, p, n) for p, n in zip(picks, sizes, strict=True)]
        return build.stablehlo("dynamic_update_slice", [value, part, *starts], value.type)
    known = known_elements(begin), known_elements(end)
    if any(b is None or None in b.tolist() for b in (*known, steps)):
        return None
    if any(n < 0 and p.entry is not None for p, n in zip(picks, shape, strict=True)):
        return None
    places = [_places(p, n, *known, steps) for p, n in zip(picks, shape, strict=True)]
    return _placed(build, value, part, places)


def _start(build: Builder, begin: SSAValue, pick: _Pick, size: Size) -> SSAValue:
    """Where a dimension's new elements begin, as a tensor<i32> counted from the front."""
    if pick.entry is None or (pick.from_start and not pick.single):
        return scalar(build, 0)
    known = known_elements(begin)
    if known is not None and known[pick.entry] is not None:
        position = int(known[pick.entry])
        return tensor_of_size(build, position if position >= 0 else build.add_sizes(size, position))
    position = build.reshape(build.slice(begin, [pick.entry], [1], [1]), [])
    position = convert(build, position, i32)
    from_end = [position, tensor_of_size(build, size)]
    wrapped = build.stablehlo("add", from_end, position.type)
    negative = build.compare("LT", position, scalar(build, 0))
    return build.stablehlo("select", [negative, wrapped, position], position.type)


def _places(pick: _Pick, size: int, begin: Any, end: Any, steps: Any) -> range | None:
    """The positions that a dimension's new elements get, by constant bounds; None for all."""
    if pick.entry is None:
        return None
    i = pick.entry
    if pick.single:
        return range(size)[begin[i] :][:1]
    first, last = None if pick.from_start else begin[i], None if pick.to_end else end[i]
    return range(size)[first : last : steps[i]]


def _placed(
    build: Builder, value: SSAValue, part: SSAValue, places: Sequence[range | None]
) -> SSAValue:
    """`value` with the elements of `part` at `places`."""
    if any(p is not None and not len(p) for p in places):
        return value
    backwards = [axis for axis, p in enumerate(places) if p is not None and p.step < 0]
    if backwards:
        dimensions = DenseArrayBase.from_list(i64, backwards)
        part = build.stablehlo("reverse", [part], part.type, dimensions=dimensions)
    shape = shape_of(value) or ()
    rows = [(0, 0, 0) if p is None else _padding(p, n) for p, n in zip(places, shape, strict=True)]
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    properties = {
        name: DenseArrayBase.from_list(i64, list(column))
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    nothing = scalar(build, 0, element_type(value))
    spread = build.stablehlo("pad", [part, nothing], value.type, **properties)
    true, false = (build.constant(np.array(b)) for b in (True, False))
    here = build.broadcast(true, build.sizes(part), [])
    mask = build.stablehlo("pad", [here, false], TensorType(i1, list(shape)), **properties)
    return build.stablehlo("select", [mask, spread, value], value.type)


def _padding(places: range, size: int) -> tuple[int, int, int]:
    """What is before, behind and between the elements."""
    first, last = min(places[0], places[-1]), max(places[0], places[-1])
    return first, size - 1 - last, abs(places.step) - 1 if len(places) > 1 else 0


class LowerFits(Leftover):
    """A value on its way into a variable, of which the host asks that it has the same sizes."""

    op_name = "tf.UnknownShapeFits"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (value,), type_ = op.operands, op.results[0].type
        assert isinstance(type_, TensorType)
        wanted = type_.get_shape()
        sizes = build.sizes(value)
        pairs = [(n, s) for n, s in zip(wanted, sizes, strict=True) if n >= 0]
        tests = [
            build.compare("EQ", tensor_of_size(build, n), tensor_of_size(build, s))
            for n, s in pairs
        ]
        holds = tests[0]
        for other in tests[1:]:
            holds = build.stablehlo("and", [holds, other], holds.type)
        shown = ", ".join(f"{{{i}}}" for i in range(len(sizes)))
        known = ", ".join("?" if n < 0 else str(n) for n in wanted)
        message = f"a value of shape [{shown}] assigned to a variable of shape [{known}]"
        check(build, holds, message, sizes)
        exact = [s if n < 0 else n for n, s in zip(wanted, sizes, strict=True)]
        return [build.reshape(value, exact)]


class LowerCountUpTo(Leftover):
    """One more than a variable had; beyond the limit the host raises."""

    op_name = "tf.UnknownShapeCountUpTo"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (value,) = op.operands
        type_, limit = element_type(value), integer(op, "limit")
        below = build.compare("LT", value, scalar(build, limit, type_))
        check(build, below, f"reached limit of {limit}: counted to {{0}}", [value])
        return [build.stablehlo("add", [value, scalar(build, 1, type_)], value.type)]


PATTERNS = (LowerFits, LowerCountUpTo, LowerScatter, LowerStridedSliceUpdate, LowerStridedSliceGrad)
