# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's image resizing and transposed convolution with an unknown batch.

Sizes of the image itself are known; only the batch is not. Resizing is separable: bilinear weights
are a small matrix per axis, nearest neighbours a list of positions.
"""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    UnregisteredOp,
    f32,
    i64,
)
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    element_type,
    i64_attr,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.stablehlo.attrs import (
    DotDimensionNumbersAttr,
    Precision,
    PrecisionAttr,
    ints,
)


class _Resize(Leftover):
    """Shared by both: NHWC, known height and width, constant size."""

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, size = op.operands
        shape, wanted = shape_of(value), known_elements(size)
        if shape is None or wanted is None or None in wanted.tolist() or min(shape[1:]) < 0:
            return None
        corners = bool(integer(op, "align_corners"))
        centres = bool(integer(op, "half_pixel_centers"))
        for axis, new in zip((1, 2), wanted.tolist(), strict=True):
            positions = self.positions(shape[axis], new, corners, centres)
            value = self.along(build, value, axis, shape[axis], positions)
        return [value]

    def positions(self, size: int, new: int, corners: bool, centres: bool) -> np.ndarray:
        """Where each new pixel lies in the old image, in f32 as TensorFlow computes it."""
        raise AssertionError(f"{type(self).__name__} has no positions")

    def along(
        self, build: Builder, value: SSAValue, axis: int, size: int, positions: np.ndarray
    ) -> SSAValue:
        """Samples one axis at `positions`."""
        raise AssertionError(f"{type(self).__name__} does not sample")


class LowerResizeBilinear(_Resize):
    """`tf.ResizeBilinear`: a product with a matrix of weights along each axis, in f32."""

    op_name = "tf.ResizeBilinear"

    def positions(self, size: int, new: int, corners: bool, centres: bool) -> np.ndarray:
        steps, half = np.arange(new, dtype=np.float32), np.float32(0.5)
        scale = _scale(size, new, corners)
        return (steps + half) * scale - half if centres else steps * scale

    def along(
        self, build: Builder, value: SSAValue, axis: int, size: int, positions: np.ndarray
    ) -> SSAValue:
        if element_type(value) != f32:
            wide = tensor_of(f32, build.sizes(value))
            value = build.stablehlo("convert", [value], wide)
        low = np.floor(positions)
        share = (positions - low).astype(np.float32)
        matrix = np.zeros((len(positions), size), np.float32)
        rows = np.arange(len(positions))
        np.add.at(matrix, (rows, np.clip(low, 0, size - 1).astype(int)), 1 - share)
        np.add.at(matrix, (rows, np.clip(low + 1, 0, size - 1).astype(int)), share)
        weights = build.constant(matrix)
        sizes = build.sizes(value)
        others = [i for i in range(len(sizes)) if i != axis]
        product = build.stablehlo(
            "dot_general",
            [value, weights],
            tensor_of(f32, [*(sizes[i] for i in others), len(positions)]),
            dot_dimension_numbers=DotDimensionNumbersAttr(ints(), ints(), ints(axis), ints(1)),
            precision_config=ArrayAttr([PrecisionAttr(Precision.HIGHEST)] * 2),
        )
        order = [i if i < axis else i - 1 for i in range(len(sizes))]
        order[axis] = len(sizes) - 1
        sizes[axis] = len(positions)
        permutation = DenseArrayBase.from_list(i64, order)
        turned = tensor_of(f32, sizes)
        return build.stablehlo("transpose", [product], turned, permutation=permutation)


class LowerResizeNearest(_Resize):
    """`tf.ResizeNearestNeighbor`: rows and columns picked by constant positions."""

    op_name = "tf.ResizeNearestNeighbor"

    def positions(self, size: int, new: int, corners: bool, centres: bool) -> np.ndarray:
        steps = np.arange(new, dtype=np.float32) + np.float32(0.5 if centres else 0)
        found = steps * _scale(size, new, corners)
        return np.floor(found + np.float32(0.5)) if corners else np.floor(found)

    def along(
        self, build: Builder, value: SSAValue, axis: int, size: int, positions: np.ndarray
    ) -> SSAValue:
        index = build.constant(np.clip(positions, 0, size - 1).astype(np.int32))
        sizes = build.sizes(value)
        sizes[axis] = len(positions)
        return build.stablehlo(
            "torch_index_select",
            [value, index],
            tensor_of(element_type(value), sizes),
            dim=i64_attr(axis),
            batch_dims=i64_attr(0),
        )


def _scale(size: int, new: int, corners: bool) -> np.float32:
    if corners and new > 1:
        return np.float32(size - 1) / np.float32(new - 1)
    return np.float32(size) / np.float32(max(new, 1))


PATTERNS = (LowerResizeBilinear, LowerResizeNearest)
