# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's top-k of tensors with unknown dimensions: a stable sort, then a slice."""

from __future__ import annotations

from xdsl.dialects.builtin import IntegerAttr, TensorType, UnregisteredOp, i1
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    element_type,
    i64_attr,
    shape_of,
    tensor_of,
)
from iree_explore.stablehlo.attrs import (
    ComparisonDirection,
    ComparisonDirectionAttr,
    ComparisonType,
    ComparisonTypeAttr,
)


class LowerTopK(Leftover):
    """`tf.TopKV2` of an unknown last dimension or with `k` known at run time only.

    Equal elements stay in their order, as TensorFlow promises.
    """

    op_name = "tf.TopKV2"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, k = op.operands
        shape = shape_of(value)
        if not shape:
            return None
        axis, element = len(shape) - 1, element_type(value)
        index_element = element_type(op.results[1])
        sizes = build.sizes(value)
        count = build.scalar(k)
        places = build.iota(index_element, sizes, axis)
        sorted_ = sort(build, [value, places], axis, descending=True)
        keep = [*sizes[:axis], count]
        zeros, ones = [0] * len(shape), [1] * len(shape)
        assert tensor_of(element, sizes) == value.type
        return [build.slice(v, zeros, keep, ones) for v in sorted_]


def sort(
    build: Builder, values: list[SSAValue], axis: int, *, descending: bool = False
) -> list[SSAValue]:
    """Sorts by the first value, stably."""
    types = [TensorType(element_type(v), []) for v in values for _ in range(2)]
    floats = str(element_type(values[0]))[0] in "fb"
    kind = {"compare_type": ComparisonTypeAttr(ComparisonType.TOTALORDER)} if floats else {}
    direction = ComparisonDirection.GT if descending else ComparisonDirection.LT

    def body(*args: SSAValue) -> list[SSAValue]:
        return [
            build.stablehlo(
                "compare",
                args[:2],
                TensorType(i1, []),
                comparison_direction=ComparisonDirectionAttr(direction),
                **kind,
            )
        ]

    op = build.ctx.get_op("stablehlo.sort").create(
        operands=values,
        result_types=[v.type for v in values],
        properties={"dimension": i64_attr(axis), "is_stable": IntegerAttr(1, i1)},
        regions=[build.region(types, body)],
    )
    build.add(op)
    return list(op.results)


PATTERNS = (LowerTopK,)
