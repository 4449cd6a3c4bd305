# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Updates of parts of a tensor, which `frontend/tensorflow/variables.py` makes of a variable's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, StringAttr, UnregisteredOp, i1, i32, i64
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    attribute,
    element_type,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.frontend.tensorflow.ops.pieces import compare, convert, scalar, scatter


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
        value, begin, end, strides, part = op.operands
        shape, entries = shape_of(value), shape_of(begin)
        steps = known_elements(strides)
        if shape is None or min(shape, default=0) < 0 or not entries or steps is None:
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
            starts = [_start(build, begin, p, n) for p, n in zip(picks, shape, strict=True)]
            return [build.stablehlo("dynamic_update_slice", [value, part, *starts], value.type)]
        bounds = known_elements(begin), known_elements(end)
        if any(b is None or None in b.tolist() for b in (*bounds, steps)):
            return None
        places = [
            _places(pick, size, *bounds, steps) for pick, size in zip(picks, shape, strict=True)
        ]
        return [_placed(build, value, part, places)]


def _start(build: Builder, begin: SSAValue, pick: _Pick, size: int) -> SSAValue:
    """Where a dimension's new elements begin, as a tensor<i32> counted from the front."""
    if pick.entry is None or (pick.from_start and not pick.single):
        return scalar(build, 0)
    known = known_elements(begin)
    if known is not None and known[pick.entry] is not None:
        position = int(known[pick.entry])
        return scalar(build, position + size if position < 0 else position)
    position = build.reshape(build.slice(begin, [pick.entry], [1], [1]), [])
    position = convert(build, position, i32)
    wrapped = build.stablehlo("add", [position, scalar(build, size)], position.type)
    negative = compare(build, position, scalar(build, 0), "LT")
    return build.stablehlo("select", [negative, wrapped, position], position.type)


def _places(pick: _Pick, size: int, begin: Any, end: Any, steps: Any) -> range:
    """The positions that a dimension's new elements get, by constant bounds."""
    if pick.entry is None:
        return range(size)
    i = pick.entry
    if pick.single:
        return range(size)[begin[i] :][:1]
    first, last = None if pick.from_start else begin[i], None if pick.to_end else end[i]
    return range(size)[first : last : steps[i]]


def _placed(build: Builder, value: SSAValue, part: SSAValue, places: list[range]) -> SSAValue:
    """`value` with the elements of `part` at `places`."""
    counts = [len(p) for p in places]
    if 0 in counts:
        return value
    backwards = [axis for axis, p in enumerate(places) if p.step < 0]
    if backwards:
        dimensions = DenseArrayBase.from_list(i64, backwards)
        part = build.stablehlo("reverse", [part], part.type, dimensions=dimensions)
    shape = shape_of(value) or ()
    numbers = {
        "edge_padding_low": [min(p[0], p[-1]) for p in places],
        "edge_padding_high": [n - 1 - max(p[0], p[-1]) for n, p in zip(shape, places, strict=True)],
        "interior_padding": [abs(p.step) - 1 if len(p) > 1 else 0 for p in places],
    }
    properties = {k: DenseArrayBase.from_list(i64, v) for k, v in numbers.items()}
    nothing = scalar(build, 0, element_type(value))
    spread = build.stablehlo("pad", [part, nothing], value.type, **properties)
    true, false = (build.constant(np.array(b)) for b in (True, False))
    here = build.broadcast(true, counts, [])
    mask = build.stablehlo("pad", [here, false], tensor_of(i1, list(shape)), **properties)
    return build.stablehlo("select", [mask, spread, value], value.type)


PATTERNS = (LowerScatter, LowerStridedSliceUpdate)
