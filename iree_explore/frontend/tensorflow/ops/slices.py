# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's slices, rolls and stacks of tensors with unknown dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, UnregisteredOp, i64
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    attribute,
    constant_of,
    integer,
    shape_of,
)


@dataclass(frozen=True)
class _Range:
    """One dimension of a slice: `count` elements from `start` in steps of `step`."""

    start: Size
    count: Size
    step: int = 1
    reverse: bool = False
    keep: bool = True


class LowerStridedSlice(Leftover):
    """`tf.StridedSlice` with constant bounds: a slice, then a reshape for dropped and new axes."""

    op_name = "tf.StridedSlice"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shape = shape_of(value)
        bounds = [constant_of(operand) for operand in op.operands[1:]]
        if shape is None or any(b is None for b in bounds):
            return None
        begin, end, strides = (np.atleast_1d(b) for b in bounds)  # pyright: ignore[reportArgumentType, reportCallIssue]
        masks = {m: integer(op, f"{m}_mask") for m in _MASKS}
        ranges: list[_Range | None] = []
        axis = 0
        for i in range(len(begin)):
            bit = 1 << i
            if masks["ellipsis"] & bit:
                later = [j for j in range(i + 1, len(begin)) if not masks["new_axis"] & 1 << j]
                while axis < len(shape) - len(later):
                    ranges.append(_Range(0, build.dim(value, axis)))
                    axis += 1
            elif masks["new_axis"] & bit:
                ranges.append(None)
            else:
                size = build.dim(value, axis)
                one = self._range(
                    build,
                    size,
                    None if masks["begin"] & bit else int(begin[i]),
                    None if masks["end"] & bit else int(end[i]),
                    int(strides[i]),
                    bool(masks["shrink_axis"] & bit),
                )
                if one is None:
                    return None
                ranges.append(one)
                axis += 1
        ranges += [_Range(0, build.dim(value, a)) for a in range(axis, len(shape))]
        return [_take(build, value, ranges)]

    def _range(
        self, build: Builder, size: Size, begin: int | None, end: int | None, step: int, drop: bool
    ) -> _Range | None:
        if drop:
            return _Range(_from_end(build, begin or 0, size), 1, keep=False)
        if isinstance(size, int):
            picked = range(size)[slice(begin, end, step)]
            if step > 0:
                return _Range(picked.start if len(picked) else 0, len(picked), step)
            start = picked[-1] if len(picked) else 0
            return _Range(start, len(picked), -step, reverse=True)
        if step < 0:
            whole = begin is None and end is None and step == -1
            return _Range(0, size, reverse=True) if whole else None
        start = _clamped(build, begin or 0, size)
        stop = size if end is None else _clamped(build, end, size)
        length = stop if start == 0 else build.maximum(build.subtract(stop, start), 0)
        count = length if step == 1 else build.divide(build.add_sizes(length, step - 1), step)
        return _Range(start, count, step)


_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


class LowerSlice(Leftover):
    """`tf.Slice` with constant begin and sizes; -1 means all that follows."""

    op_name = "tf.Slice"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        begin, sizes = constant_of(op.operands[1]), constant_of(op.operands[2])
        if begin is None or sizes is None:
            return None
        ranges: list[_Range | None] = []
        for axis, (start, count) in enumerate(zip(begin.tolist(), sizes.tolist(), strict=True)):
            if count < 0:
                count = build.subtract(build.dim(value, axis), start)
            ranges.append(_Range(start, count))
        return [_take(build, value, ranges)]


class LowerUnpack(Leftover):
    """`tf.Unpack` along a known dimension: a slice and a reshape for each result.

    TensorFlow's own lowering aborts the process here; `convert` renames the op before it sees it.
    """

    op_name = "tf.UnknownShapeUnpack"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        rank = len(shape_of(value) or ())
        axis = integer(op, "axis") % max(rank, 1)
        sizes = build.sizes(value)
        results = []
        for i in range(len(op.results)):
            ranges: list[_Range | None] = [_Range(0, s) for s in sizes]
            ranges[axis] = _Range(i, 1, keep=False)
            results.append(_take(build, value, ranges))
        return results


class LowerRoll(Leftover):
    """`tf.Roll` of known dimensions by constants: two slices joined the other way round."""

    op_name = "tf.Roll"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shifts, axes = constant_of(op.operands[1]), constant_of(op.operands[2])
        shape = shape_of(value)
        if shape is None or shifts is None or axes is None:
            return None
        for shift, axis in zip(np.ravel(shifts).tolist(), np.ravel(axes).tolist(), strict=True):
            axis %= len(shape)
            size = shape[axis]
            if size < 0:
                return None
            cut = -shift % size if size else 0
            if cut:
                parts = []
                for start, count in ((cut, size - cut), (0, cut)):
                    ranges: list[_Range | None] = [_Range(0, s) for s in build.sizes(value)]
                    ranges[axis] = _Range(start, count)
                    parts.append(_take(build, value, ranges))
                value = build.concatenate(parts, axis)
        return [value]


class LowerMirrorPad(Leftover):
    """`tf.MirrorPad` of known dimensions: reversed slices joined to both sides."""

    op_name = "tf.MirrorPad"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shape, pads = shape_of(value), constant_of(op.operands[1])
        if shape is None or pads is None:
            return None
        mode = attribute(op, "mode")
        skip = 0 if mode is not None and "SYMMETRIC" in str(mode) else 1
        for axis, (low, high) in enumerate(pads.tolist()):
            if not low and not high:
                continue
            size = shape[axis]
            if size < 0:
                return None
            parts = [value]
            if low:
                parts.insert(0, _mirrored(build, value, axis, skip, low))
            if high:
                parts.append(_mirrored(build, value, axis, size - high - skip, high))
            value = build.concatenate(parts, axis)
        return [value]


def _mirrored(build: Builder, value: SSAValue, axis: int, start: int, count: int) -> SSAValue:
    ranges: list[_Range | None] = [_Range(0, s) for s in build.sizes(value)]
    ranges[axis] = _Range(start, count, reverse=True)
    return _take(build, value, ranges)


def _take(build: Builder, value: SSAValue, ranges: list[_Range | None]) -> SSAValue:
    """Slices, reverses, then drops and adds (None) dimensions."""
    kept = [r for r in ranges if r is not None]
    value = build.slice(
        value, [r.start for r in kept], [r.count for r in kept], [r.step for r in kept]
    )
    backwards = [axis for axis, r in enumerate(kept) if r.reverse]
    if backwards:
        dimensions = DenseArrayBase.from_list(i64, backwards)
        value = build.stablehlo("reverse", [value], value.type, dimensions=dimensions)
    sizes = [1 if r is None else r.count for r in ranges if r is None or r.keep]
    return build.reshape(value, sizes)


def _from_end(build: Builder, position: int, size: Size) -> Size:
    return position if position >= 0 else build.add_sizes(size, position)


def _clamped(build: Builder, position: int, size: Size) -> Size:
    """A slice bound as Python means it: from the end if negative, inside the dimension."""
    if position == 0:
        return 0
    inside = build.minimum(_from_end(build, position, size), size)
    return inside if position > 0 else build.maximum(inside, 0)


PATTERNS = (LowerStridedSlice, LowerSlice, LowerUnpack, LowerRoll, LowerMirrorPad)
