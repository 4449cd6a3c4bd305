# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's gathers, scatters and segment reductions of tensors with unknown dimensions.

Scatters drop what is outside of the result. Gathers clamp their indices into the operand, as XLA
does; TensorFlow's own CPU kernels raise an error there.
"""

from __future__ import annotations

from collections.abc import Sequence

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import TensorType, UnregisteredOp
from xdsl.ir import Attribute, SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    i64_attr,
    i64_list,
    shape_of,
    tensor_of,
)
from iree_explore.stablehlo.attrs import (
    GatherDimensionNumbersAttr,
    ScatterDimensionNumbersAttr,
    ints,
)


class LowerGatherNd(Leftover):
    """`tf.GatherNd`: slices of the dimensions that the indices don't name."""

    op_name = "tf.GatherNd"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, indices = op.operands
        shape, places = shape_of(value), shape_of(indices)
        if shape is None or not places or places[-1] < 0:
            return None
        depth, batch = places[-1], len(places) - 1
        sizes = build.sizes(value)
        result = [*build.sizes(indices)[:-1], *sizes[depth:]]
        numbers = GatherDimensionNumbersAttr(
            ints(*range(batch, len(result))),
            ints(*range(depth)),
            ints(),
            ints(),
            ints(*range(depth)),
            i64_attr(batch),
        )
        taken: list[Size] = [1] * depth + sizes[depth:]
        type_ = tensor_of(element_type(value), result)
        if all(isinstance(n, int) for n in taken):
            windows = i64_list([n for n in taken if isinstance(n, int)])
            return [
                build.stablehlo(
                    "gather",
                    [value, indices],
                    type_,
                    dimension_numbers=numbers,
                    slice_sizes=windows,
                )
            ]
        operands = [value, indices, build.shape(taken)]
        return [build.stablehlo("dynamic_gather", operands, type_, dimension_numbers=numbers)]


def scatter(
    build: Builder,
    combine: str | None,
    operand: SSAValue,
    indices: SSAValue,
    updates: SSAValue,
    depth: int,
) -> SSAValue:
    """Combines rows of `updates` into `operand` where the last dimension of `indices` (of size
    `depth`) says; `combine` None replaces."""
    element = element_type(operand)
    rank, batch = len(shape_of(operand) or ()), len(shape_of(indices) or ()) - 1
    scalar = TensorType(element, [])

    def body(old: SSAValue, new: SSAValue) -> list[SSAValue]:
        return [new if combine is None else build.stablehlo(combine, [old, new], scalar)]

    numbers = ScatterDimensionNumbersAttr(
        ints(*range(batch, batch + rank - depth)),
        ints(*range(depth)),
        ints(),
        ints(),
        ints(*range(depth)),
        i64_attr(batch),
    )
    op = build.ctx.get_op("stablehlo.scatter").create(
        operands=[operand, indices, updates],
        result_types=[operand.type],
        properties={"scatter_dimension_numbers": numbers},
        regions=[build.region([scalar, scalar], body)],
    )
    return build.add(op)


class LowerScatterNd(Leftover):
    """`tf.ScatterNd`: a sum into zeros."""

    op_name = "tf.ScatterNd"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        indices, updates, wanted = op.operands
        places, sizes = shape_of(indices), build.entries(wanted)
        if not places or places[-1] < 0 or sizes is None:
            return None
        element = element_type(updates)
        zeros = build.zeros(element, sizes)
        combine = "or" if str(element) == "i1" else "add"
        return [scatter(build, combine, zeros, indices, updates, places[-1])]


class _TensorScatter(Leftover):
    """Rows of a tensor combined with updates."""

    combine: str | None

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        operand, indices, updates = op.operands
        places = shape_of(indices)
        if not places or places[-1] < 0 or shape_of(operand) is None:
            return None
        return [scatter(build, self.combine, operand, indices, updates, places[-1])]


class LowerTensorScatterUpdate(_TensorScatter):
    """`tf.TensorScatterUpdate`: the last update of a row stays."""

    op_name = "tf.TensorScatterUpdate"
    combine = None


class LowerTensorScatterAdd(_TensorScatter):
    """`tf.TensorScatterAdd`."""

    op_name = "tf.TensorScatterAdd"
    combine = "add"


class LowerTensorScatterSub(_TensorScatter):
    """`tf.TensorScatterSub`."""

    op_name = "tf.TensorScatterSub"
    combine = "subtract"


class LowerTensorScatterMin(_TensorScatter):
    """`tf.TensorScatterMin`."""

    op_name = "tf.TensorScatterMin"
    combine = "minimum"


class LowerTensorScatterMax(_TensorScatter):
    """`tf.TensorScatterMax`."""

    op_name = "tf.TensorScatterMax"
    combine = "maximum"


class _UnsortedSegment(Leftover):
    """A scatter into as many rows as there are segments; negative ids are dropped."""

    combine: str

    def initial(self, element: Attribute) -> float:
        """What a segment without rows is."""
        raise AssertionError(f"{type(self).__name__} starts with nothing")

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, ids, count = op.operands
        shape, places = shape_of(value), shape_of(ids)
        if shape is None or places is None:
            return None
        element = element_type(value)
        inner = build.sizes(value)[len(places) :]
        start = build.zeros(element, [build.scalar(count), *inner], self.initial(element))
        indices = build.reshape(ids, [*build.sizes(ids), 1])
        return [scatter(build, self.combine, start, indices, value, 1)]


class LowerUnsortedSegmentSum(_UnsortedSegment):
    """`tf.UnsortedSegmentSum`."""

    op_name = "tf.UnsortedSegmentSum"
    combine = "add"

    def initial(self, element: Attribute) -> float:
        return 0


class LowerUnsortedSegmentProd(_UnsortedSegment):
    """`tf.UnsortedSegmentProd`."""

    op_name = "tf.UnsortedSegmentProd"
    combine = "multiply"

    def initial(self, element: Attribute) -> float:
        return 1


class LowerUnsortedSegmentMax(_UnsortedSegment):
    """`tf.UnsortedSegmentMax`: an empty segment is the least finite number."""

    op_name = "tf.UnsortedSegmentMax"
    combine = "maximum"

    def initial(self, element: Attribute) -> float:
        return limits_of(element)[0]


class LowerUnsortedSegmentMin(_UnsortedSegment):
    """`tf.UnsortedSegmentMin`: an empty segment is the greatest finite number."""

    op_name = "tf.UnsortedSegmentMin"
    combine = "minimum"

    def initial(self, element: Attribute) -> float:
        return limits_of(element)[1]


def limits_of(element: Attribute) -> tuple[float, float]:
    """The least and the greatest finite number of an element type (exact ints for integers)."""
    dtype = np.dtype(elements.dtype_of(element))
    if str(element)[0] in "iu":
        integers = ml_dtypes.iinfo(dtype)
        return int(integers.min), int(integers.max)
    floats = ml_dtypes.finfo(dtype)
    return float(floats.min), float(floats.max)


PATTERNS: Sequence[type[Leftover]] = (
    LowerGatherNd,
    LowerScatterNd,
    LowerTensorScatterUpdate,
    LowerTensorScatterAdd,
    LowerTensorScatterSub,
    LowerTensorScatterMin,
    LowerTensorScatterMax,
    LowerUnsortedSegmentSum,
    LowerUnsortedSegmentProd,
    LowerUnsortedSegmentMax,
    LowerUnsortedSegmentMin,
)
