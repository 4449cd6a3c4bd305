# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's convolutions and their gradients over images of any size, channels last.

Kernels are known; batch, height and width need not be. Channels are, as they say how many groups
there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, StringAttr, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    i64_attr,
    i64_list,
    ints_of,
    shape_of,
    tensor_of,
    text_of,
)
from iree_explore.frontend.tensorflow.ops.windows import Span, spans
from iree_explore.stablehlo.attrs import ConvDimensionNumbersAttr, Precision, PrecisionAttr


class _Convolution(Leftover):
    """Shared: strides, dilations and padding of the spatial dimensions, channels last."""

    depthwise: ClassVar[bool] = False

    def settings(self, op: UnregisteredOp, rank: int) -> tuple[list[int], list[int]] | None:
        """Strides and dilations of the spatial dimensions; None if channels are not last."""
        strides = ints_of(op, "strides")
        dilations = ints_of(op, "dilations") or [1] * rank
        layout = text_of(op, "data_format") or "N...C"
        if not layout.endswith("C") or len(strides) != rank:
            return None
        return strides[1:-1], dilations[1:-1]

    def spans(
        self, op: UnregisteredOp, build: Builder, sizes: Sequence[Size], window: Sequence[int]
    ) -> list[Span]:
        strides, dilations = self.settings(op, len(sizes) + 2) or ([], [])
        explicit = ints_of(op, "explicit_paddings")[2:-2]
        padding = text_of(op, "padding")
        return spans(build, sizes, window, strides, dilations, padding, explicit)


def _labels(text: str, spatial: int) -> ArrayAttr[StringAttr]:
    """`b*f` to the labels `b`, `0`, `1`, `f`."""
    names = [n for c in text for n in (map(str, range(spatial)) if c == "*" else (c,))]
    return ArrayAttr(StringAttr(n) for n in names)


def convolve(
    build: Builder,
    value: SSAValue,
    kernel: SSAValue,
    labels: tuple[str, str, str],
    result: Sequence[Size],
    padding: Sequence[tuple[Size, Size]],
    *,
    strides: Sequence[int],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    groups: int = 1,
    batch_groups: int = 1,
) -> SSAValue:
    """`stablehlo.convolution`; padding that is not known is added to the image before."""
    spatial = len(padding)
    image, weights, out = (_labels(text, spatial) for text in labels)
    places = [i for i, n in enumerate(image) if n.data.isdigit()]  # pyright: ignore
    ones = [1] * spatial
    holes = list(lhs_dilation or ones)
    if not all(isinstance(n, int) for row in padding for n in row):
        rank = spatial + 2
        low, high, between = [0] * rank, [0] * rank, [0] * rank
        for place, (before, after), hole in zip(places, padding, holes, strict=True):
            low[place], high[place], between[place] = before, after, hole - 1  # pyright: ignore
        value = build.pad(value, build.zeros(element_type(value), []), low, high, between)
        padding, holes = [(0, 0)] * spatial, ones
    return build.stablehlo(
        "convolution",
        [value, kernel],
        tensor_of(element_type(value), result),
        window_strides=i64_list(strides),
        padding=elements.from_numpy(np.array(padding, np.int64)),
        lhs_dilation=i64_list(holes),
        rhs_dilation=i64_list(rhs_dilation or ones),
        dimension_numbers=ConvDimensionNumbersAttr(image, weights, out),
        feature_group_count=i64_attr(groups),
        batch_group_count=i64_attr(batch_groups),
        precision_config=ArrayAttr([PrecisionAttr(Precision.DEFAULT)] * 2),
    )


class LowerConv2D(_Convolution):
    """`tf.Conv2D` of an image of unknown size."""

    op_name = "tf.Conv2D"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, kernel = op.operands[:2]
        shape, window = shape_of(value), shape_of(kernel)
        if shape is None or window is None or min(window) < 0 or shape[-1] < 0:
            return None
        settings = self.settings(op, len(shape))
        if settings is None:
            return None
        if self.depthwise:
            window = (*window[:-2], 1, window[-2] * window[-1])
            kernel = build.reshape(kernel, window)
        sizes = build.sizes(value)
        found = self.spans(op, build, sizes[1:-1], window[:-2])
        result = [sizes[0], *(s.count for s in found), window[-1]]
        strides, dilations = settings
        made = convolve(
            build,
            value,
            kernel,
            ("b*f", "*io", "b*f"),
            result,
            [(s.low, s.high) for s in found],
            strides=strides,
            rhs_dilation=dilations,
            groups=shape[-1] // window[-2],
        )
        return [made]


class LowerConv3D(LowerConv2D):
    """`tf.Conv3D`."""

    op_name = "tf.Conv3D"


class LowerDepthwise(LowerConv2D):
    """`tf.DepthwiseConv2dNative`: as many groups as channels."""

    op_name = "tf.DepthwiseConv2dNative"
    depthwise = True


class LowerConv2DBackpropInput(_Convolution):
    """`tf.Conv2DBackpropInput` (Keras' Conv2DTranspose): a convolution of the dilated gradient with
    the kernel turned round."""

    op_name = "tf.Conv2DBackpropInput"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        wanted, kernel, grad = op.operands
        shape, window = shape_of(grad), shape_of(kernel)
        if shape is None or window is None or min(window) < 0 or shape[-1] < 0:
            return None
        target, settings = build.entries(wanted, len(shape)), self.settings(op, len(shape))
        if target is None or settings is None:
            return None
        if len(target) == len(shape) - 2:  # TensorFlow allows the spatial sizes alone
            target = [0, *target, 0]
        strides, dilations = settings
        spatial = len(shape) - 2
        order = [*range(spatial), spatial + 1, spatial]
        if not self.depthwise and shape[-1] != window[-1]:
            return None  # groups: their kernels would have to be taken apart
        found = self.spans(op, build, target[1:-1], window[:-2])
        padding = []
        for axis, (span, out) in enumerate(zip(found, target[1:-1], strict=True)):
            reach = (window[axis] - 1) * dilations[axis]
            low = build.subtract(reach, span.low)
            given = build.product([build.subtract(build.dim(grad, axis + 1), 1), strides[axis]])
            rest = build.subtract(build.add_sizes(out, reach - 1), given)
            padding.append((low, build.subtract(rest, low)))
        turned = build.stablehlo(
            "reverse", [kernel], kernel.type, dimensions=i64_list(list(range(spatial)))
        )
        type_ = tensor_of(element_type(kernel), [window[i] for i in order])
        turned = build.stablehlo("transpose", [turned], type_, permutation=i64_list(order))
        result = [build.dim(grad, 0), *target[1:-1], window[-2]]
        made = convolve(
            build,
            grad,
            turned,
            ("b*f", "*io", "b*f"),
            result,
            padding,
            strides=[1] * spatial,
            lhs_dilation=strides,
            rhs_dilation=dilations,
            groups=window[-2] if self.depthwise else 1,
        )
        return [made]


class LowerConv3DBackpropInput(LowerConv2DBackpropInput):
    """`tf.Conv3DBackpropInputV2` (Keras' Conv3DTranspose)."""

    op_name = "tf.Conv3DBackpropInputV2"


class LowerDepthwiseBackpropInput(LowerConv2DBackpropInput):
    """`tf.DepthwiseConv2dNativeBackpropInput`."""

    op_name = "tf.DepthwiseConv2dNativeBackpropInput"
    depthwise = True


class LowerConv2DBackpropFilter(_Convolution):
    """`tf.Conv2DBackpropFilter`: a convolution of the images with the gradients as kernels, summed
    over the batch."""

    op_name = "tf.Conv2DBackpropFilter"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, wanted, grad = op.operands
        shape, window = shape_of(value), build.entries(wanted)
        if shape is None or window is None or shape[-1] < 0:
            return None
        known = [n for n in window if isinstance(n, int)]
        settings = self.settings(op, len(shape))
        if len(known) != len(shape) or settings is None:
            return None
        if not self.depthwise and known[-2] != shape[-1]:
            return None  # groups
        strides, dilations = settings
        found = self.spans(op, build, build.sizes(value)[1:-1], known[:-2])
        padding: list[tuple[Size, Size]] = []
        for axis, span in enumerate(found):
            reach = (known[axis] - 1) * dilations[axis]
            last = build.product([build.subtract(build.dim(grad, axis + 1), 1), strides[axis]])
            total = build.subtract(build.add_sizes(last, reach + 1), build.dim(value, axis + 1))
            padding.append((span.low, build.subtract(total, span.low)))
        channels = known[-2]
        whole = channels * known[-1] if self.depthwise else known[-1]
        result = [*known[:-2], 1 if self.depthwise else channels, whole]
        made = convolve(
            build,
            value,
            grad,
            ("f*b", "i*o", "*bf"),
            result,
            padding,
            strides=dilations,
            rhs_dilation=strides,
            batch_groups=channels if self.depthwise else 1,
        )
        return [build.reshape(made, known)]


class LowerConv3DBackpropFilter(LowerConv2DBackpropFilter):
    """`tf.Conv3DBackpropFilterV2`."""

    op_name = "tf.Conv3DBackpropFilterV2"


class LowerDepthwiseBackpropFilter(LowerConv2DBackpropFilter):
    """`tf.DepthwiseConv2dNativeBackpropFilter`."""

    op_name = "tf.DepthwiseConv2dNativeBackpropFilter"
    depthwise = True


PATTERNS = (
    LowerConv2D,
    LowerConv3D,
    LowerDepthwise,
    LowerConv2DBackpropInput,
    LowerConv3DBackpropInput,
    LowerDepthwiseBackpropInput,
    LowerConv2DBackpropFilter,
    LowerConv3DBackpropFilter,
    LowerDepthwiseBackpropFilter,
)
