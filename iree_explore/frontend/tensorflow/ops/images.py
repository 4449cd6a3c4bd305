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
    StringAttr,
    UnregisteredOp,
    f32,
    i64,
)
from xdsl.ir import SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    attribute,
    element_type,
    i64_attr,
    integer,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.stablehlo.attrs import (
    ConvDimensionNumbersAttr,
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


class LowerConv2DBackpropInput(Leftover):
    """`tf.Conv2DBackpropInput` (Keras' Conv2DTranspose), NHWC: a convolution of the dilated input
    with the kernel turned round."""

    op_name = "tf.Conv2DBackpropInput"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        wanted, kernel, value = op.operands
        shape, window = shape_of(value), shape_of(kernel)
        target = known_elements(wanted)
        strides, dilations = _ints(op, "strides"), _ints(op, "dilations")
        padding = str(attribute(op, "padding")).strip('"')
        if shape is None or window is None or target is None or padding not in ("SAME", "VALID"):
            return None
        if "NHWC" not in str(attribute(op, "data_format")) or min(window) < 0:
            return None
        sizes = [build.dim(value, 0), *target.tolist()[1:3], window[2]]
        if None in sizes or min(shape[1:]) < 0 or shape[3] != window[3]:
            return None
        pads = []
        for axis in (1, 2):
            reach = (window[axis - 1] - 1) * dilations[axis]
            span = (shape[axis] - 1) * strides[axis] + 1
            out = int(target[axis])
            before = max(span + reach - out, 0) // 2 if padding == "SAME" else 0
            low = reach - before
            pads.append((low, out - span - low + reach))
        turned = build.stablehlo(
            "reverse", [kernel], kernel.type, dimensions=DenseArrayBase.from_list(i64, [0, 1])
        )
        ones = DenseArrayBase.from_list(i64, [1, 1])
        result = build.stablehlo(
            "convolution",
            [value, turned],
            tensor_of(element_type(value), sizes),
            window_strides=ones,
            padding=elements.from_numpy(np.array(pads, np.int64)),
            lhs_dilation=DenseArrayBase.from_list(i64, strides[1:3]),
            rhs_dilation=DenseArrayBase.from_list(i64, dilations[1:3]),
            dimension_numbers=_transposed_numbers(),
            feature_group_count=i64_attr(1),
            batch_group_count=i64_attr(1),
            precision_config=ArrayAttr([PrecisionAttr(Precision.DEFAULT)] * 2),
        )
        return [result]


def _transposed_numbers() -> ConvDimensionNumbersAttr:
    """[b, 0, 1, f] x [0, 1, o, i] -> [b, 0, 1, f]."""
    image, kernel = (ArrayAttr(StringAttr(x) for x in labels) for labels in ("b01f", "01oi"))
    return ConvDimensionNumbersAttr(image, kernel, image)


def _ints(op: UnregisteredOp, name: str) -> list[int]:
    array = attribute(op, name)
    return [v.value.data for v in array] if isinstance(array, ArrayAttr) else []  # pyright: ignore


PATTERNS = (LowerResizeBilinear, LowerResizeNearest, LowerConv2DBackpropInput)
