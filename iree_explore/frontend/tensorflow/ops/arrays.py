# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow ops that compute or rearrange elements, with unknown (batch) dimensions."""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, TensorType, UnregisteredOp, i64
from xdsl.ir import Block, Region, SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    attribute,
    constant_of,
    element_type,
    i64_attr,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.stablehlo.attrs import ComparisonDirection, ComparisonDirectionAttr


class LowerOneHot(Leftover):
    """`tf.OneHot`: compare the indices with an iota along the new axis, then select."""

    op_name = "tf.OneHot"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        indices, depth, on, off = op.operands
        shape, count = shape_of(indices), constant_of(depth)
        if shape is None or count is None:
            return None
        axis = integer(op, "axis", -1) % (len(shape) + 1)
        sizes = build.sizes(indices)
        sizes.insert(axis, int(count))
        others = [a for a in range(len(sizes)) if a != axis]
        wide = build.broadcast(indices, sizes, others)
        iota_type = TensorType(element_type(indices), [int(count)])
        iota = build.stablehlo("iota", (), iota_type, iota_dimension=i64_attr(0))
        positions = build.broadcast(iota, sizes, [axis])
        equal = build.stablehlo(
            "compare",
            [wide, positions],
            tensor_of(elements.element_type_of(np.dtype(bool)), sizes),
            comparison_direction=ComparisonDirectionAttr(ComparisonDirection.EQ),
        )
        values = [build.broadcast(v, sizes, []) for v in (on, off)]
        picked = build.stablehlo("select", [equal, *values], values[0].type)
        return [picked]


class _Cumulative(Leftover):
    """A running sum or product along a known dimension, as a window over everything before."""

    combine: str
    initial: int

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, axis_operand = op.operands
        shape, axis_array = shape_of(value), constant_of(axis_operand)
        if shape is None or axis_array is None:
            return None
        axis = int(axis_array) % len(shape)
        size = shape[axis]
        if size < 0:
            return None
        exclusive, backwards = _flag(op, "exclusive"), _flag(op, "reverse")
        window = [1] * len(shape)
        window[axis] = max(size, 1)
        padding = np.zeros((len(shape), 2), np.int64)
        before, after = size - 1 + exclusive, -int(exclusive)
        if not size:
            return [value]
        padding[axis] = (after, before) if backwards else (before, after)
        start = build.constant(
            np.array(self.initial, elements.dtype_of(element_type(value))), element_type(value)
        )
        result = reduce_window(build, self.combine, value, start, window, None, padding, shape)
        return [result]


class LowerCumsum(_Cumulative):
    """`tf.Cumsum` along a known dimension."""

    op_name = "tf.Cumsum"
    combine = "add"
    initial = 0


class LowerCumprod(_Cumulative):
    """`tf.Cumprod` along a known dimension."""

    op_name = "tf.Cumprod"
    combine = "multiply"
    initial = 1


class LowerAveragePool(Leftover):
    """`tf.AvgPool` of an unknown batch: a windowed sum over how many elements each window has
    inside. TensorFlow's own lowering fails with SAME; `convert` renames the op before it."""

    op_name = "tf.UnknownShapeAvgPool"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shape, result = shape_of(value), shape_of(op.results[0])
        window, strides = _ints(op, "ksize"), _ints(op, "strides")
        if shape is None or result is None or not window or not strides:
            return None
        moving = [axis for axis in range(len(shape)) if window[axis] != 1 or strides[axis] != 1]
        if any(shape[axis] < 0 or result[axis] < 0 for axis in moving):
            return None
        padding = np.zeros((len(shape), 2), np.int64)
        counts = np.ones([1] * len(shape), np.float64)
        for axis in moving:
            size, span, step = shape[axis], window[axis], strides[axis]
            steps = result[axis]
            total = max((steps - 1) * step + span - size, 0)  # 0 with VALID
            padding[axis] = (total // 2, total - total // 2)
            starts = np.arange(steps) * step - total // 2
            inside = np.minimum(starts + span, size) - np.maximum(starts, 0)
            counts = counts * inside.reshape([-1 if a == axis else 1 for a in range(len(shape))])
        type_ = element_type(value)
        dtype = elements.dtype_of(type_)
        zero = build.constant(np.array(0, dtype), type_)
        summed = reduce_window(build, "add", value, zero, window, strides, padding, result)
        divisor = build.constant(counts.astype(dtype), type_)
        ones = [a for a, n in enumerate(counts.shape) if n > 1]
        divisor = build.reshape(divisor, [counts.shape[a] for a in ones])
        wide = build.broadcast(divisor, build.sizes(summed), ones)
        wide = build.cast(wide, summed.type)
        mean = build.stablehlo("divide", [summed, wide], summed.type)
        return [mean]


class _Blocks(Leftover):
    """Shared by the moves between space and depth: split, transpose, join (NHWC)."""

    def move(self, op: UnregisteredOp, build: Builder, to_depth: bool) -> list[SSAValue] | None:
        value = op.operands[0]
        shape = shape_of(value)
        layout = attribute(op, "data_format")
        if shape is None or min(shape[1:]) < 0 or "NHWC" not in str(layout):
            return None
        block = integer(op, "block_size")
        batch = build.dim(value, 0)
        _, height, width, depth = shape
        if to_depth:
            split = [batch, height // block, block, width // block, block, depth]
            joined = [batch, height // block, width // block, block * block * depth]
        else:
            inner = depth // (block * block)
            split = [batch, height, width, block, block, inner]
            joined = [batch, height * block, width * block, inner]
        order = [0, 1, 3, 2, 4, 5]
        parted = build.reshape(value, split)
        turned = build.stablehlo(
            "transpose",
            [parted],
            tensor_of(element_type(value), [split[i] for i in order]),
            permutation=DenseArrayBase.from_list(i64, order),
        )
        return [build.reshape(turned, joined)]


class LowerSpaceToDepth(_Blocks):
    """`tf.SpaceToDepth`: blocks of pixels become channels."""

    op_name = "tf.SpaceToDepth"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        return self.move(op, build, to_depth=True)


class LowerDepthToSpace(_Blocks):
    """`tf.DepthToSpace`: channels become blocks of pixels."""

    op_name = "tf.DepthToSpace"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        return self.move(op, build, to_depth=False)


def reduce_window(
    build: Builder,
    combine: str,
    value: SSAValue,
    start: SSAValue,
    window: list[int],
    strides: list[int] | None,
    padding: np.ndarray,
    result: tuple[int, ...] | list[int],
) -> SSAValue:
    """`stablehlo.reduce_window` with one binary op as its body."""
    scalar = TensorType(element_type(value), [])
    block = Block(arg_types=[scalar, scalar])
    inner = build.ctx.get_op(f"stablehlo.{combine}").create(
        operands=list(block.args), result_types=[scalar]
    )
    stop = build.ctx.get_op("stablehlo.return").create(operands=list(inner.results))
    block.add_ops([inner, stop])
    properties = {
        "window_dimensions": DenseArrayBase.from_list(i64, window),
        "padding": elements.from_numpy(padding),
    }
    if strides is not None:
        properties["window_strides"] = DenseArrayBase.from_list(i64, strides)
    op = build.ctx.get_op("stablehlo.reduce_window").create(
        operands=[value, start],
        result_types=[TensorType(element_type(value), list(result))],
        properties=properties,
        regions=[Region(block)],
    )
    return build.add(op)


def _flag(op: UnregisteredOp, name: str) -> bool:
    return bool(integer(op, name))


def _ints(op: UnregisteredOp, name: str) -> list[int]:
    array = attribute(op, name)
    return [v.value.data for v in array] if array is not None else []  # pyright: ignore


PATTERNS = (
    LowerOneHot,
    LowerCumsum,
    LowerCumprod,
    LowerAveragePool,
    LowerSpaceToDepth,
    LowerDepthToSpace,
)
