# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Batch normalisation: inference, training, gradient, by the specification's formulas.

Everything but dimension `feature_index` is averaged over. 16-bit and smaller floats are computed in
f32 and rounded once, at the end. Spec: https://openxla.org/stablehlo/spec#batch_norm_inference
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, TensorType, f32, f64, i32
from xdsl.dialects.builtin import i64 as si64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    Run,
    Shape,
    element_type,
    merge_shapes,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]
_SCALAR = TensorType(i32, [])


class BatchNormOp(IRDLOperation):
    """What the three ops share."""

    def verify_(self) -> None:
        rank = len(shape_of(self.operands[0]))
        if not 0 <= self.axis < rank:  # C1
            raise VerifyException(f"{self.name}: feature_index {self.axis} of rank {rank}")

    @property
    def axis(self) -> int:
        return self.properties["feature_index"].value.data  # pyright: ignore

    @property
    def small(self) -> float:
        return self.properties["epsilon"].value.data  # pyright: ignore


@irdl_op_definition
class BatchNormInferenceOp(BatchNormOp):
    """Normalises by given statistics.

    Spec: https://openxla.org/stablehlo/spec#batch_norm_inference
    """

    name = "stablehlo.batch_norm_inference"
    operand = operand_def(TensorType)
    scale = operand_def(TensorType)
    offset = operand_def(TensorType)
    mean = operand_def(TensorType)
    variance = operand_def(TensorType)
    epsilon = prop_def(FloatAttr)
    feature_index = prop_def(IntegerAttr)
    result = result_def(TensorType)


@irdl_op_definition
class BatchNormTrainingOp(BatchNormOp):
    """Normalises by the operand's own statistics and returns them.

    Spec: https://openxla.org/stablehlo/spec#batch_norm_training
    """

    name = "stablehlo.batch_norm_training"
    operand = operand_def(TensorType)
    scale = operand_def(TensorType)
    offset = operand_def(TensorType)
    epsilon = prop_def(FloatAttr)
    feature_index = prop_def(IntegerAttr)
    output = result_def(TensorType)
    batch_mean = result_def(TensorType)
    batch_var = result_def(TensorType)


@irdl_op_definition
class BatchNormGradOp(BatchNormOp):
    """Gradients of training. Spec: https://openxla.org/stablehlo/spec#batch_norm_grad"""

    name = "stablehlo.batch_norm_grad"
    operand = operand_def(TensorType)
    scale = operand_def(TensorType)
    mean = operand_def(TensorType)
    variance = operand_def(TensorType)
    grad_output = operand_def(TensorType)
    epsilon = prop_def(FloatAttr)
    feature_index = prop_def(IntegerAttr)
    grad_operand = result_def(TensorType)
    grad_scale = result_def(TensorType)
    grad_offset = result_def(TensorType)


def infer(op: BatchNormOp) -> Sequence[Shape]:
    whole = shape_of(op.operands[0])
    rows = [shape_of(v) for v in op.operands[1:] if len(shape_of(v)) == 1]
    if len(whole) > 1 and isinstance(op, BatchNormGradOp):
        whole = merge_shapes(whole, shape_of(op.grad_output))
    row = merge_shapes((whole[op.axis],), *rows)
    return [whole, row, row][: len(op.results)]


# NumPy
# --------------------------------------------------------------------------------------------


class _Arrays:
    """Helpers on arrays in the type that is computed in."""

    def __init__(self, op: BatchNormOp, x: np.ndarray):
        self.dtype = np.float64 if x.dtype == np.float64 else np.float32
        self.axes = tuple(d for d in range(x.ndim) if d != op.axis)
        self.shape = [n if d == op.axis else 1 for d, n in enumerate(x.shape)]
        self.count = self.dtype(np.prod([x.shape[d] for d in self.axes]))
        self.small = self.dtype(op.small)

    def wide(self, x: np.ndarray) -> np.ndarray:
        return x.astype(self.dtype)

    def row(self, x: np.ndarray) -> np.ndarray:
        return x.astype(self.dtype).reshape(self.shape)

    def sum(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(np.sum(x, self.axes, dtype=self.dtype))


def _normalise(a: _Arrays, x: np.ndarray, scale: np.ndarray, offset: np.ndarray,
               mean: np.ndarray, variance: np.ndarray) -> np.ndarray:  # fmt: skip
    deviation = np.sqrt(a.row(variance) + a.small)
    return (a.wide(x) - a.row(mean)) / deviation * a.row(scale) + a.row(offset)


def evaluate_inference(op: BatchNormInferenceOp, args: Arrays, run: Run) -> Arrays:
    x, scale, offset, mean, variance = args
    a = _Arrays(op, x)
    return [_normalise(a, x, scale, offset, mean, variance).astype(x.dtype)]


def evaluate_training(op: BatchNormTrainingOp, args: Arrays, run: Run) -> Arrays:
    x, scale, offset = args
    a = _Arrays(op, x)
    mean = a.sum(a.wide(x)) / a.count
    variance = a.sum((a.wide(x) - a.row(mean)) ** 2) / a.count
    result = _normalise(a, x, scale, offset, mean, variance)
    return [y.astype(x.dtype) for y in (result, mean, variance)]


def evaluate_grad(op: BatchNormGradOp, args: Arrays, run: Run) -> Arrays:
    x, scale, mean, variance, grad = args
    a = _Arrays(op, x)
    grad = a.wide(grad)
    centered = a.wide(x) - a.row(mean)
    spread = a.row(variance) + a.small
    deviation = np.sqrt(spread)
    total, weighted = a.sum(grad), a.sum(grad * centered)
    rest = grad * a.count - a.row(total) - a.row(weighted) * centered / spread
    found = (a.row(scale) / deviation / a.count * rest, weighted / deviation.reshape(-1), total)
    return [y.astype(x.dtype) for y in found]


# Decomposition
# --------------------------------------------------------------------------------------------


class _Builder:
    """The same helpers on values."""

    def __init__(self, op: BatchNormOp, d: Decomposer):
        self.op, self.d = op, d
        x = op.operands[0]
        self.narrow = element_type(x)
        self.work: Attribute = f64 if self.narrow == f64 else f32
        self.x = self.wide(x)
        self.axes = [d for d in range(len(shape_of(x))) if d != op.axis]

    def wide(self, x: SSAValue) -> SSAValue:
        return self.d.convert(x, self.work)

    def back(self, x: SSAValue) -> SSAValue:
        return self.d.convert(x, self.narrow)

    def row(self, x: SSAValue) -> SSAValue:
        """One number a feature in the shape of the operand."""
        return self.d.spread_like(x, self.x, [self.op.axis])

    def scalar(self, value: float) -> SSAValue:
        dtype = np.float64 if self.work == f64 else np.float32
        return self.d.constant(np.array(value, dtype), self.work)

    def sum(self, x: SSAValue) -> SSAValue:
        return self.d.reduce(x, self.scalar(0), self.axes)

    def count(self, like: SSAValue) -> SSAValue:
        """How many numbers each feature has, in the shape of `like`."""
        sizes = [shape_of(self.x)[d] for d in self.axes]
        if DYNAMIC not in sizes:
            return self.d.number(like, int(np.prod(sizes, dtype=np.int64)))
        known = int(np.prod([n for n in sizes if n != DYNAMIC], dtype=np.int64))
        total = self.scalar(known)
        for axis in (d for d, n in zip(self.axes, sizes, strict=True) if n == DYNAMIC):
            number = IntegerAttr(axis, si64)
            size = self.d.make("get_dimension_size", self.x, type_=_SCALAR, dimension=number)
            total = self.d.make("multiply", total, self.d.convert(size, self.work))
        return self.d.spread_like(total, like, [])

    def spread(self, variance: SSAValue) -> SSAValue:
        """Variance + epsilon."""
        return self.d.make("add", variance, self.d.number(variance, self.op.small))

    def centered(self, mean: SSAValue) -> SSAValue:
        return self.d.make("subtract", self.x, self.row(mean))

    def normalised(self, centered: SSAValue, variance: SSAValue, scale: SSAValue, offset: SSAValue
                   ) -> SSAValue:  # fmt: skip
        d = self.d
        deviation = d.make("sqrt", self.spread(variance))
        value = d.make("divide", centered, self.row(deviation))
        value = d.make("multiply", value, self.row(self.wide(scale)))
        return d.make("add", value, self.row(self.wide(offset)))


def decompose_inference(op: BatchNormInferenceOp, d: Decomposer) -> Results:
    b = _Builder(op, d)
    centered = b.centered(b.wide(op.mean))
    return [b.back(b.normalised(centered, b.wide(op.variance), op.scale, op.offset))]


def decompose_training(op: BatchNormTrainingOp, d: Decomposer) -> Results:
    b = _Builder(op, d)
    total = b.sum(b.x)
    count = b.count(total)
    mean = d.make("divide", total, count)
    centered = b.centered(mean)
    variance = d.make("divide", b.sum(d.make("multiply", centered, centered)), count)
    result = b.normalised(centered, variance, op.scale, op.offset)
    return [b.back(x) for x in (result, mean, variance)]


def decompose_grad(op: BatchNormGradOp, d: Decomposer) -> Results:
    b = _Builder(op, d)
    grad, scale = b.wide(op.grad_output), b.wide(op.scale)
    centered = b.centered(b.wide(op.mean))
    spread = b.spread(b.wide(op.variance))
    deviation = d.make("sqrt", spread)
    total, weighted = b.sum(grad), b.sum(d.make("multiply", grad, centered))
    count = b.count(total)
    rest = d.make("multiply", grad, b.row(count))
    rest = d.make("subtract", rest, b.row(total))
    slope = d.make("divide", d.make("multiply", b.row(weighted), centered), b.row(spread))
    rest = d.make("subtract", rest, slope)
    factor = d.make("divide", d.make("divide", scale, deviation), count)
    found = (
        d.make("multiply", b.row(factor), rest),
        d.make("divide", weighted, deviation),
        total,
    )
    return [b.back(x) for x in found]


ROWS: tuple[OpRow, ...] = (
    OpRow(BatchNormInferenceOp, infer, evaluate_inference, decompose=decompose_inference),
    OpRow(BatchNormTrainingOp, infer, evaluate_training, decompose=decompose_training),
    OpRow(BatchNormGradOp, infer, evaluate_grad, decompose=decompose_grad),
)
