# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's slices, rolls and stacks of tensors with unknown dimensions."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseArrayBase, UnregisteredOp, i64
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    integer,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.frontend.tensorflow.ops.pieces import scalar, take, tensor_of_size


@dataclass(frozen=True)
class _Range:
    """One dimension of a slice: `count` elements from `start` in steps of `step`."""

    start: Size
    count: Size
    step: int = 1
    reverse: bool = False
    keep: bool = True


class LowerStridedSlice(Leftover):
    """`tf.StridedSlice`: a slice, then a reshape for dropped and new axes.

    Bounds may be computed: single positions are looked up, the bounds of ranges read by the host.
    """

    op_name = "tf.StridedSlice"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shape = shape_of(value)
        begin, end, strides = (_Bounds(build, operand) for operand in op.operands[1:])
        steps = [strides.known(i) for i in range(strides.count)]
        if shape is None or begin.count < 0 or strides.count < 0 or None in steps:
            return None
        masks = {m: integer(op, f"{m}_mask") for m in _MASKS}
        ranges: list[_Range | None] = []
        axis = 0
        for i in range(begin.count):
            bit = 1 << i
            if masks["ellipsis"] & bit:
                later = [j for j in range(i + 1, begin.count) if not masks["new_axis"] & 1 << j]
                while axis < len(shape) - len(later):
                    ranges.append(_Range(0, build.dim(value, axis)))
                    axis += 1
            elif masks["new_axis"] & bit:
                ranges.append(None)
            else:
                size = build.dim(value, axis)
                if masks["shrink_axis"] & bit:
                    value, one = self._single(build, value, axis, begin, i)
                else:
                    first = None if masks["begin"] & bit else begin.size(i)
                    last = None if masks["end"] & bit else end.size(i)
                    one = _range(build, size, first, last, int(steps[i] or 1))
                ranges.append(one)
                axis += 1
        ranges += [_Range(0, build.dim(value, a)) for a in range(axis, len(shape))]
        return [_take(build, value, ranges)]

    def _single(
        self, build: Builder, value: SSAValue, axis: int, begin: _Bounds, i: int
    ) -> tuple[SSAValue, _Range]:
        """One position of `axis`; a computed one is looked up where the tensor is."""
        known = begin.known(i)
        size = build.dim(value, axis)
        if known is not None:
            return value, _Range(_from_end(build, known, size), 1, keep=False)
        position = begin.tensor(i)
        type_ = element_type(position)
        wide = build.broadcast(tensor_of_size(build, size, type_), [1], [])
        zero = build.broadcast(scalar(build, 0, type_), [1], [])
        negative = build.compare("LT", position, zero)
        wrapped = build.stablehlo("add", [position, wide], position.type)
        picked = build.stablehlo("select", [negative, wrapped, position], position.type)
        return take(build, value, picked, axis), _Range(0, 1, keep=False)


class _Bounds:
    """One of the three lists of a strided slice: elements known here, or values of the program."""

    def __init__(self, build: Builder, value: SSAValue) -> None:
        self.build = build
        self.value = value
        shape = shape_of(value)
        self.count = shape[0] if shape else -1
        self.elements = known_elements(value)

    def known(self, i: int) -> int | None:
        return None if self.elements is None else self.elements.tolist()[i]

    def size(self, i: int) -> Size:
        known = self.known(i)
        return self.build.element(self.value, i) if known is None else known

    def tensor(self, i: int) -> SSAValue:
        """The element as a tensor of one."""
        return self.build.slice(self.value, [i], [1], [1])


def _range(build: Builder, size: Size, begin: Size | None, end: Size | None, step: int) -> _Range:
    """The elements that Python's `[begin:end:step]` picks."""
    if isinstance(size, int) and not isinstance(begin, SSAValue) and not isinstance(end, SSAValue):
        picked = range(size)[slice(begin, end, step)]
        if step > 0:
            return _Range(picked.start if len(picked) else 0, len(picked), step)
        return _Range(picked[-1] if len(picked) else 0, len(picked), -step, reverse=True)
    if step < 0:
        if begin is None and end is None and step == -1:
            return _Range(0, size, reverse=True)
        last = build.subtract(size, 1)
        start = last if begin is None else _clamped(build, begin, size, -1, last)
        stop = -1 if end is None else _clamped(build, end, size, -1, last)
        count = _steps(build, build.subtract(start, stop), -step)
        before = build.product([build.maximum(build.subtract(count, 1), 0), -step])
        lowest = build.maximum(build.subtract(start, before), 0)
        return _Range(lowest, count, -step, reverse=True)
    start = 0 if begin is None else _clamped(build, begin, size, 0, size)
    stop = size if end is None else _clamped(build, end, size, 0, size)
    return _Range(start, _steps(build, build.subtract(stop, start), step), step)


def _steps(build: Builder, length: Size, step: int) -> Size:
    """How many steps fit into a length, which may be negative."""
    length = build.maximum(length, 0)
    return length if step == 1 else build.divide(build.add_sizes(length, step - 1), step)


_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


class LowerSlice(Leftover):
    """`tf.Slice`; a size of -1 means all that follows. Both may be computed."""

    op_name = "tf.Slice"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shape, result = shape_of(value), shape_of(op.results[0])
        if shape is None or result is None:
            return None
        begin, counts = (build.entries(v, len(shape)) for v in op.operands[1:3])
        if begin is None or counts is None:
            return None
        ranges: list[_Range | None] = []
        for axis, (start, count) in enumerate(zip(begin, counts, strict=True)):
            if result[axis] >= 0:
                ranges.append(_Range(start, result[axis]))
                continue
            rest = 0 if isinstance(count, int) and count >= 0 else build.dim(value, axis)
            rest = build.subtract(rest, start) if rest != 0 else 0
            ranges.append(_Range(start, build.if_negative(count, rest, count)))
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


def _clamped(build: Builder, position: Size, size: Size, low: int, high: Size) -> Size:
    """A slice bound as Python means it: from the end if negative, then between `low` and `high`."""
    if isinstance(position, int):
        if position == 0 and low == 0:
            return 0
        inside = build.minimum(_from_end(build, position, size), high)
        return inside if position > 0 else build.maximum(inside, low)
    negative = build.add(arith.CmpiOp(position, build.index(0), "slt"))
    wrapped = build.index(build.add_sizes(position, size))
    position = build.add(arith.SelectOp(negative, wrapped, position))
    return build.maximum(build.minimum(position, high), low)


PATTERNS = (
    LowerStridedSlice,
    LowerSlice,
    LowerUnpack,
)
