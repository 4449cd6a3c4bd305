# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow ops that compute or rearrange elements, with unknown (batch) dimensions."""

from __future__ import annotations

from xdsl.dialects.builtin import IntegerType, UnregisteredOp, i64
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    integer,
    plain_name,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.pieces import check, convert, scalar, size_of


class LowerOneHot(Leftover):
    """`tf.OneHot`: compare the indices with an iota along the new axis, then select."""

    op_name = "tf.OneHot"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        indices, depth, on, off = op.operands
        shape = shape_of(indices)
        if shape is None:
            return None
        count = build.scalar(depth)
        axis = integer(op, "axis", -1) % (len(shape) + 1)
        sizes = build.sizes(indices)
        sizes.insert(axis, count)
        others = [a for a in range(len(sizes)) if a != axis]
        wide = build.broadcast(indices, sizes, others)
        positions = build.iota(element_type(indices), sizes, axis)
        equal = build.compare("EQ", wide, positions)
        values = [build.broadcast(v, sizes, []) for v in (on, off)]
        picked = build.stablehlo("select", [equal, *values], values[0].type)
        return [picked]


class LowerTile(Leftover):
    """`tf.Tile`: each dimension broadcast along a new one before it, then both joined."""

    op_name = "tf.Tile"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value = op.operands[0]
        shape = shape_of(value)
        counts = None if shape is None else build.entries(op.operands[1], len(shape))
        if counts is None:
            return None
        sizes = build.sizes(value)
        wide: list[Size] = [n for pair in zip(counts, sizes, strict=True) for n in pair]
        spread = build.broadcast(value, wide, range(1, len(wide), 2))
        joined = [build.product(pair) for pair in zip(counts, sizes, strict=True)]
        return [build.reshape(spread, joined)]


class LowerPad(Leftover):
    """`tf.Pad` by amounts known at run time."""

    op_name = "tf.Pad"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, amounts = op.operands[:2]
        shape = shape_of(value)
        if shape is None or shape_of(amounts) != (len(shape), 2):
            return None
        flat = build.entries(build.reshape(amounts, [2 * len(shape)]))
        if flat is None:
            return None
        fill = op.operands[2] if len(op.operands) > 2 else build.zeros(element_type(value), [])
        return [build.pad(value, fill, flat[::2], flat[1::2])]


class LowerPadV2(LowerPad):
    """`tf.PadV2`: with the value to pad with."""

    op_name = "tf.PadV2"


class LowerRange(Leftover):
    """`tf.Range` of unknown length. TensorFlow's own lowering counts wrongly downwards."""

    op_name = "tf.Range"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        start, limit, delta = op.operands
        type_, scalar_type = element_type(start), start.type
        zero = scalar(build, 0, type_)
        whole = [start, limit, delta] if isinstance(type_, IntegerType) else []
        said = ": start {0}, limit {1}, delta {2}" if whole else ""
        ahead = build.compare("GT", delta, zero)
        step = build.stablehlo("abs", [delta], scalar_type)
        up, down = (
            build.stablehlo("subtract", pair, scalar_type)
            for pair in ([limit, start], [start, limit])
        )
        distance = build.stablehlo("select", [ahead, up, down], scalar_type)
        check(
            build,
            build.stablehlo(
                "and",
                [build.compare("GE", distance, zero), build.compare("NE", delta, zero)],
                ahead.type,
            ),
            f"{plain_name(op)} never reaches its limit{said}",
            whole,
        )
        if whole:
            one = scalar(build, 1, type_)
            more = build.stablehlo("add", [distance, step], scalar_type)
            more = build.stablehlo("subtract", [more, one], scalar_type)
            count = build.stablehlo("divide", [more, step], scalar_type)
        else:
            count = build.stablehlo("divide", [distance, step], scalar_type)
            count = convert(build, build.stablehlo("ceil", [count], scalar_type), i64)
        size = size_of(build, count)
        steps = build.iota(type_, [size], 0)
        scaled = build.stablehlo(
            "multiply", [steps, build.broadcast(delta, [size], [])], steps.type
        )
        return [build.stablehlo("add", [scaled, build.broadcast(start, [size], [])], steps.type)]


PATTERNS = (
    LowerRange,
    LowerOneHot,
    LowerTile,
    LowerPad,
    LowerPadV2,
)
