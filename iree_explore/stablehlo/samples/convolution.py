# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of convolutions: layouts, strides, dilations, groups, padding, reversal."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import BOOL, COMMON, NUMBERS, QUANTIZED, Sample

_NHWC = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"
_NCHW = "[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]"


def _convolution(
    case: str, image: str, kernel: str, result: str, *, types: tuple[str, ...] = COMMON,
    dims: str = _NHWC, window: str = "", groups: int = 1, batch_groups: int = 1,
) -> Sample:  # fmt: skip
    return Sample(
        "stablehlo.convolution", types,
        f"%a: tensor<{image}x$T>, %k: tensor<{kernel}x$T> -> tensor<{result}x$T>\n"
        f"%r = stablehlo.convolution(%a, %k) dim_numbers = {dims}, window = {{{window}}} "
        f"{{batch_group_count = {batch_groups} : i64, feature_group_count = {groups} : i64}} : "
        f"(tensor<{image}x$T>, tensor<{kernel}x$T>) -> tensor<{result}x$T>",
        case=case, values={"": "finite"}, sums=True,
    )  # fmt: skip


SAMPLES = (
    _convolution("", "2?x6?x6?x3", "3x3x3x4", "2?x4?x4?x4", types=(*BOOL, *NUMBERS, *QUANTIZED)),
    _convolution("NCHW", "2?x3x6x6", "4x3x3x3", "2?x4x4x4", dims=_NCHW),
    _convolution(
        "strides and padding", "2?x6x6x3", "3x3x3x4", "2?x3x3x4",
        window="stride = [2, 2], pad = [[0, 1], [1, 0]]",
    ),
    _convolution("kernel dilation", "2?x7x7x3", "2x2x3x4", "2?x4x4x4",
                 window="rhs_dilate = [3, 3]"),
    _convolution(
        "input dilation", "2?x3x3x3", "2x2x3x4", "2?x6x6x4",
        window="pad = [[1, 1], [1, 1]], lhs_dilate = [2, 2]",
    ),
    _convolution("reversal", "2?x6x6x3", "3x3x3x4", "2?x4x4x4", window="reverse = [true, false]"),
    _convolution("negative padding", "2?x6x6x3", "2x2x3x4", "2?x3x4x4",
                 window="pad = [[-1, -1], [0, -1]]"),
    _convolution("feature groups", "2?x6x6x4", "3x3x2x6", "2?x4x4x6", groups=2),
    _convolution("depthwise", "2?x6x6x4", "3x3x1x4", "2?x4x4x4", groups=4),
    _convolution("batch groups", "4?x6x6x3", "3x3x3x6", "2?x4x4x6", batch_groups=2),
    _convolution("1-D", "2?x8x3", "3x3x4", "2?x6x4", dims="[b, 0, f]x[0, i, o]->[b, 0, f]"),
    _convolution("3-D", "1?x4x4x4x2", "2x2x2x2x3", "1?x3x3x3x3",
                 dims="[b, 0, 1, 2, f]x[0, 1, 2, i, o]->[b, 0, 1, 2, f]"),
    _convolution("no window", "2?x3", "3x4", "2?x4", dims="[b, f]x[i, o]->[b, f]"),
    Sample(
        "stablehlo.dynamic_conv", (*BOOL, *NUMBERS, *QUANTIZED),
        "%a: tensor<2?x6?x6?x3x$T>, %k: tensor<3x3x3x4x$T>, %p: tensor<2x2xi32> -> "
        "tensor<2?x5?x6?x4x$T>\n"
        '%r = "stablehlo.dynamic_conv"(%a, %k, %p) <{dimension_numbers = '
        f"#stablehlo.conv<{_NHWC}>, batch_group_count = 1 : i64, "
        "feature_group_count = 1 : i64}> : "
        "(tensor<2?x6?x6?x3x$T>, tensor<3x3x3x4x$T>, tensor<2x2xi32>) -> tensor<2?x5?x6?x4x$T>",
        values={"": "finite", "p": [[0, 1], [1, 1]]}, sums=True,
    ),
)  # fmt: skip
