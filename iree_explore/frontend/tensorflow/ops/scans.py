# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Running sums, products and log-sum-exps along a dimension of any size: `chlo.scan`."""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    TensorType,
    UnregisteredOp,
    i1,
    i32,
)
from xdsl.ir import SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    element_type,
    i64_attr,
    i64_list,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements


class _Cumulative(Leftover):
    """What is carried is combined with each slice; an exclusive scan returns it before."""

    fixed: SSAValue | None = None
    """The slices' sizes, from outside of the body, if they are not all known."""

    def initial(self, dtype: np.dtype) -> float:
        """What is carried into the first slice."""
        raise AssertionError(f"{type(self).__name__} starts with nothing")

    def combine(self, build: Builder, carried: SSAValue, value: SSAValue) -> SSAValue:
        """One step on slices."""
        raise AssertionError(f"{type(self).__name__} combines nothing")

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, axis_operand = op.operands
        shape, axis_array = shape_of(value), known_elements(axis_operand)
        if shape is None or axis_array is None:
            return None
        axis = int(axis_array.item()) % len(shape)
        element = element_type(value)
        sizes = build.sizes(value)
        slice_sizes = [*sizes[:axis], *sizes[axis + 1 :]]
        slice_type = tensor_of(element, slice_sizes)
        self.fixed = None if slice_type.has_static_shape() else build.shape(slice_sizes)
        start = build.zeros(element, slice_sizes, self.initial(elements.dtype_of(element)))

        def body(part: SSAValue, carried: SSAValue) -> list[SSAValue]:
            made = self.combine(build, carried, part)
            return [carried if integer(op, "exclusive") else made, made]

        region = build.region([slice_type, slice_type], body)
        scan = build.ctx.get_op("chlo.scan").create(
            operands=[value, start],
            result_types=[value.type, slice_type],
            properties={
                "dimension": i64_attr(axis),
                "is_reverse": IntegerAttr(integer(op, "reverse"), i1),
                "operandSegmentSizes": DenseArrayBase.from_list(i32, [1, 1]),
                "resultSegmentSizes": DenseArrayBase.from_list(i32, [1, 1]),
            },
            regions=[region],
        )
        return [build.add(scan)]


class LowerCumsum(_Cumulative):
    """`tf.Cumsum` along a dimension of any size."""

    op_name = "tf.Cumsum"

    def initial(self, dtype: np.dtype) -> float:
        return 0

    def combine(self, build: Builder, carried: SSAValue, value: SSAValue) -> SSAValue:
        return build.stablehlo("add", [carried, value], value.type)


class LowerCumprod(_Cumulative):
    """`tf.Cumprod` along a dimension of any size."""

    op_name = "tf.Cumprod"

    def initial(self, dtype: np.dtype) -> float:
        return 1

    def combine(self, build: Builder, carried: SSAValue, value: SSAValue) -> SSAValue:
        return build.stablehlo("multiply", [carried, value], value.type)


class LowerCumulativeLogsumexp(_Cumulative):
    """`tf.CumulativeLogsumexp`: max + log1p(exp(min - max)), from minus infinity."""

    op_name = "tf.CumulativeLogsumexp"

    def initial(self, dtype: np.dtype) -> float:
        return -np.inf

    def combine(self, build: Builder, carried: SSAValue, value: SSAValue) -> SSAValue:
        type_ = value.type
        assert isinstance(type_, TensorType)
        high = build.stablehlo("maximum", [carried, value], type_)
        low = build.stablehlo("minimum", [carried, value], type_)
        share = build.stablehlo("subtract", [low, high], type_)
        same = build.compare("EQ", low, high)  # minus infinity twice: the difference is not 0
        zero = self.zeros(build, type_)
        share = build.stablehlo("select", [same, zero, share], type_)
        share = build.stablehlo("exponential", [share], type_)
        rest = build.stablehlo("log_plus_one", [share], type_)
        return build.stablehlo("add", [high, rest], type_)

    def zeros(self, build: Builder, type_: TensorType) -> SSAValue:
        """A slice of zeros; in the body of a scan, sizes have to come from outside."""
        element = type_.element_type
        zero = build.constant(np.zeros((), elements.dtype_of(element)), element)
        operands = [zero] if self.fixed is None else [zero, self.fixed]
        name = "broadcast_in_dim" if self.fixed is None else "dynamic_broadcast_in_dim"
        return build.stablehlo(name, operands, type_, broadcast_dimensions=i64_list([]))


PATTERNS = (LowerCumsum, LowerCumprod, LowerCumulativeLogsumexp)
