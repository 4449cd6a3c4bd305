# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's pooling and its gradients over images of any size.

SAME padding depends on the image's size. Where that is unknown the image is padded by computed
amounts first, and the window op itself has no padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects.builtin import TensorType, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    i64_list,
    ints_of,
    shape_of,
    tensor_of,
    text_of,
)
from iree_explore.frontend.tensorflow.ops.indexing import limits_of


@dataclass(frozen=True)
class Span:
    """How windows go over one dimension: `low` and `high` elements of padding, `count` windows."""

    low: Size
    high: Size
    count: Size


def spans(
    build: Builder,
    sizes: Sequence[Size],
    windows: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: str,
    explicit: Sequence[int] = (),
) -> list[Span]:
    """The windows over each dimension, for padding SAME, VALID or EXPLICIT."""
    found = []
    for axis, size in enumerate(sizes):
        step, reach = strides[axis], (windows[axis] - 1) * dilations[axis] + 1
        if padding == "SAME" and (reach > 1 or step > 1):
            count = build.divide(build.add_sizes(size, step - 1), step)
            last = build.product([build.subtract(count, 1), step])
            total = build.maximum(build.subtract(build.add_sizes(last, reach), size), 0)
            low = build.divide(total, 2)
            found.append(Span(low, build.subtract(total, low), count))
            continue
        low, high = tuple(explicit[2 * axis : 2 * axis + 2]) or (0, 0)
        if reach == 1 and step == 1 and low == 0 and high == 0:
            found.append(Span(0, 0, size))
            continue
        room = build.subtract(build.add_sizes(size, low + high), reach)
        count = build.divide(build.maximum(build.add_sizes(room, step), 0), step)
        found.append(Span(low, high, count))
    return found


def known_padding(found: Sequence[Span]) -> np.ndarray | None:
    """Padding of every dimension as an array, if it is all known."""
    rows = [(s.low, s.high) for s in found]
    if not all(isinstance(n, int) for row in rows for n in row):
        return None
    return np.array(rows, np.int64)


def reduce_window(
    build: Builder,
    combine: str,
    value: SSAValue,
    start: SSAValue,
    window: Sequence[int],
    strides: Sequence[int],
    found: Sequence[Span],
) -> SSAValue:
    """`stablehlo.reduce_window` with one binary op as its body; pads with `start`."""
    element = element_type(value)
    scalar = TensorType(element, [])
    padding = known_padding(found)
    if padding is None:
        value = build.pad(value, start, [s.low for s in found], [s.high for s in found])
        padding = np.zeros((len(found), 2), np.int64)

    def body(left: SSAValue, right: SSAValue) -> list[SSAValue]:
        return [build.stablehlo(combine, [left, right], scalar)]

    op = build.ctx.get_op("stablehlo.reduce_window").create(
        operands=[value, start],
        result_types=[tensor_of(element, [s.count for s in found])],
        properties={
            "window_dimensions": i64_list(window),
            "window_strides": i64_list(strides),
            "padding": elements.from_numpy(padding),
        },
        regions=[build.region([scalar, scalar], body)],
    )
    return build.add(op)


def _least(build: Builder, value: SSAValue) -> SSAValue:
    """What a maximum starts from."""
    element = element_type(value)
    low = limits_of(element)[0] if str(element)[0] in "iu" else -np.inf
    return build.zeros(element, [], low)


class _Pool(Leftover):
    """Shared by the pools: where the windows are."""

    def windows(
        self, op: UnregisteredOp, build: Builder, sizes: Sequence[Size]
    ) -> tuple[list[int], list[int], list[Span]] | None:
        window, strides = ints_of(op, "ksize"), ints_of(op, "strides")
        if not window or len(window) != len(sizes) or len(strides) != len(sizes):
            return None
        explicit = ints_of(op, "explicit_paddings")
        ones = [1] * len(sizes)
        found = spans(build, sizes, window, strides, ones, text_of(op, "padding"), explicit)
        return window, strides, found


class LowerMaxPool(_Pool):
    """`tf.MaxPool` of an image of unknown size."""

    op_name = "tf.MaxPool"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        if shape_of(value) is None:
            return None
        found = self.windows(op, build, build.sizes(value))
        if found is None:
            return None
        start = _least(build, value)
        return [reduce_window(build, "maximum", value, start, *found)]


class LowerMaxPool3D(LowerMaxPool):
    """`tf.MaxPool3D`."""

    op_name = "tf.MaxPool3D"


class LowerAvgPool(_Pool):
    """`tf.AvgPool`: a windowed sum over how many elements each window has inside."""

    op_name = "tf.AvgPool"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        if shape_of(value) is None:
            return None
        found = self.windows(op, build, build.sizes(value))
        if found is None:
            return None
        zero = build.zeros(element_type(value), [])
        summed = reduce_window(build, "add", value, zero, *found)
        divisor = counts(build, value, *found)
        return [build.stablehlo("divide", [summed, divisor], summed.type)]


def counts(
    build: Builder,
    value: SSAValue,
    window: Sequence[int],
    strides: Sequence[int],
    found: Sequence[Span],
) -> SSAValue:
    """How many elements each window has inside, in the shape of the pool's result."""
    element = element_type(value)
    wide = [s.count for s in found]
    padded = any(s.low != 0 or s.high != 0 for s in found)
    if not padded:
        return build.zeros(element, wide, int(np.prod(window)))
    moving = [a for a, s in enumerate(found) if s.low != 0 or s.high != 0]
    sizes = build.sizes(value)
    ones = build.zeros(element, [sizes[a] for a in moving], 1)
    zero = build.zeros(element, [])
    parts = ([window[a] for a in moving], [strides[a] for a in moving], [found[a] for a in moving])
    inside = reduce_window(build, "add", ones, zero, *parts)
    rest = int(np.prod([w for a, w in enumerate(window) if a not in moving]))
    spread = build.broadcast(inside, wide, moving)
    if rest == 1:
        return spread
    return build.stablehlo("multiply", [spread, build.zeros(element, wide, rest)], spread.type)


class LowerAvgPool3D(LowerAvgPool):
    """`tf.AvgPool3D`."""

    op_name = "tf.AvgPool3D"


class LowerAvgPoolGrad(_Pool):
    """`tf.AvgPoolGrad`: the gradient over the counts, summed over the windows of each element."""

    op_name = "tf.AvgPoolGrad"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        wanted, grad = op.operands
        shape = shape_of(grad)
        sizes = None if shape is None else build.entries(wanted, len(shape))
        found = None if sizes is None else self.windows(op, build, sizes)
        if shape is None or sizes is None or found is None:
            return None
        window, strides, parts = found
        element = element_type(grad)
        ones = build.zeros(element, sizes, 1)
        divisor = counts(build, ones, window, strides, parts)
        given = build.cast(grad, divisor.type)
        share = build.stablehlo("divide", [given, divisor], divisor.type)
        low = [build.subtract(w - 1, s.low) for w, s in zip(window, parts, strict=True)]
        high: list[Size] = []
        for axis, part in enumerate(parts):
            span = build.product([build.subtract(part.count, 1), strides[axis]])
            rest = build.add_sizes(build.subtract(sizes[axis], span), window[axis] - 2)
            high.append(build.subtract(rest, low[axis]))
        zero = build.zeros(element, [])
        spread = build.pad(share, zero, low, high, [s - 1 for s in strides])
        whole = [Span(0, 0, size) for size in sizes]
        return [reduce_window(build, "add", spread, zero, window, [1] * len(window), whole)]


class LowerAvgPool3DGrad(LowerAvgPoolGrad):
    """`tf.AvgPool3DGrad`."""

    op_name = "tf.AvgPool3DGrad"


class LowerMaxPoolGrad(_Pool):
    """`tf.MaxPoolGrad`: each window's gradient goes to its first greatest element."""

    op_name = "tf.MaxPoolGrad"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, _, grad = op.operands
        if shape_of(value) is None:
            return None
        sizes = build.sizes(value)
        found = self.windows(op, build, sizes)
        if found is None:
            return None
        window, strides, parts = found
        element = element_type(value)
        scalar = TensorType(element, [])
        low, high = [s.low for s in parts], [s.high for s in parts]
        wide = build.pad(value, _least(build, value), low, high)
        grad = build.cast(grad, tensor_of(element, [s.count for s in parts]))

        def select(left: SSAValue, right: SSAValue) -> list[SSAValue]:
            return [build.compare("GE", left, right)]

        def sum_(left: SSAValue, right: SSAValue) -> list[SSAValue]:
            return [build.stablehlo("add", [left, right], scalar)]

        made = build.ctx.get_op("stablehlo.select_and_scatter").create(
            operands=[wide, grad, build.zeros(element, [])],
            result_types=[wide.type],
            properties={
                "window_dimensions": i64_list(window),
                "window_strides": i64_list(strides),
                "padding": elements.from_numpy(np.zeros((len(sizes), 2), np.int64)),
            },
            regions=[build.region([scalar, scalar], body) for body in (select, sum_)],
        )
        return [build.slice(build.add(made), low, sizes, [1] * len(sizes))]


class LowerMaxPool3DGrad(LowerMaxPoolGrad):
    """`tf.MaxPool3DGrad`."""

    op_name = "tf.MaxPool3DGrad"


PATTERNS = (
    LowerMaxPool,
    LowerMaxPool3D,
    LowerAvgPool,
    LowerAvgPool3D,
    LowerAvgPoolGrad,
    LowerAvgPool3DGrad,
    LowerMaxPoolGrad,
    LowerMaxPool3DGrad,
)
