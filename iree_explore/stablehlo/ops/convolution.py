# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`stablehlo.convolution` (any rank, layout, group) and `dynamic_conv`.

Padding and input dilation become a pad before the convolution; grouped features split one dimension
into (group, feature), so every convolution is a multiply-add over affine maps, and the plain NHWC
one is `linalg.conv_2d_nhwc_hwcf`. Spec: https://openxla.org/stablehlo/spec#convolution
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    BytesAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.dialects.linalg.ops import Conv2DNhwc_HwcfOp
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements as dense
from iree_explore.stablehlo.attrs import ConvDimensionNumbersAttr, int_list
from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    agree,
    create,
    element_type,
    larger,
    parse_operands,
    parse_signature,
    print_signature,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.lowering import Dim, Lowering
from iree_explore.stablehlo.ops import scalars as s
from iree_explore.stablehlo.ops.contraction import contract, wide_dtype
from iree_explore.stablehlo.ops.shaping import reverse_tensor
from iree_explore.stablehlo.ops.slicing import index_of, pad, pad_array, pad_by_reading
from iree_explore.stablehlo.reshaping import reshape

Arrays = list[np.ndarray]

WINDOW = {"stride": "window_strides", "pad": "padding", "lhs_dilate": "lhs_dilation",
          "rhs_dilate": "rhs_dilation", "reverse": "window_reversal"}  # fmt: skip


class AnyConvolutionOp(PrettyOp):
    """What `convolution` and `dynamic_conv` share; lists have one entry per spatial dimension.

    Operands are declared by the ops themselves: inherited ones would come after their own.
    """

    if TYPE_CHECKING:
        lhs: SSAValue
        rhs: SSAValue
    window_strides = opt_prop_def(DenseArrayBase.constr(i64))
    padding = opt_prop_def(DenseIntOrFPElementsAttr)
    lhs_dilation = opt_prop_def(DenseArrayBase.constr(i64))
    rhs_dilation = opt_prop_def(DenseArrayBase.constr(i64))
    window_reversal = opt_prop_def(DenseArrayBase.constr(IntegerType(1)))
    dimension_numbers = prop_def(ConvDimensionNumbersAttr)
    feature_group_count = prop_def(IntegerAttr)
    batch_group_count = prop_def(IntegerAttr)
    precision_config = opt_prop_def(ArrayAttr)
    result = result_def(TensorType)

    def per_dimension(self, name: str, default: int) -> tuple[int, ...]:
        """A window list, or the default in every spatial dimension."""
        values = self.properties.get(name)
        if values is None:
            return (default,) * (len(self.dimension_numbers.lhs) - 2)
        return tuple(values.get_values())  # pyright: ignore[reportAttributeAccessIssue]

    def pads(self) -> list[tuple[int, int]]:
        """(low, high) of each spatial dimension."""
        if self.padding is None:
            return [(0, 0)] * (len(self.dimension_numbers.lhs) - 2)
        return [(int(a), int(z)) for a, z in dense.to_numpy(self.padding)]

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_string(f") dim_numbers = {self.dimension_numbers.text()}, window = {{")
        parts = []
        for keyword, prop in WINDOW.items():
            value = self.properties.get(prop)
            if isinstance(value, DenseIntOrFPElementsAttr):
                parts.append(f"{keyword} = {[list(p) for p in self.pads()]}")
            elif isinstance(value, DenseArrayBase):
                values = value.get_values()
                listed = [bool(v) for v in values] if keyword == "reverse" else list(values)
                parts.append(f"{keyword} = {json.dumps(listed)}")
        printer.print_string(", ".join(parts) + "}")
        names = ("batch_group_count", "feature_group_count", "precision_config")
        rest = {k: self.properties[k] for k in names if k in self.properties}
        printer.print_op_attributes(rest | self.attributes)
        print_signature(printer, self, always_function=True)

    @classmethod
    def parse(cls, parser: Parser) -> AnyConvolutionOp:
        position = parser.pos
        parser.parse_punctuation("(")
        operands, _ = parse_operands(parser)
        parser.parse_punctuation(")")
        content, start = parser.lexer.input.content, parser._current_token.span.start
        head = _HEAD.match(content, start)
        properties = _HEADS.get(head[0]) if head is not None else None
        if properties is None:
            properties = _parse_head(parser)
            if head is not None and len(_HEADS) < 1000:
                _HEADS[head[0]] = properties
        else:
            parser._resume_from(head.end())  # pyright: ignore[reportOptionalMemberAccess]
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, len(operands))
        return create(cls, parser.resolve_operands(operands, inputs, position), outputs,
                      dict(properties), attributes)  # fmt: skip


_HEAD = re.compile(r"dim_numbers = [^{}]*\{[^{}]*\}")
_HEADS: dict[str, dict[str, Attribute]] = {}
"""Dimension numbers and windows by their text: a model has many convolutions and few of these."""


def _parse_head(parser: Parser) -> dict[str, Attribute]:
    """`dim_numbers = ..., window = {...}`."""
    parser.parse_keyword("dim_numbers")
    parser.parse_punctuation("=")
    numbers = ConvDimensionNumbersAttr.new(ConvDimensionNumbersAttr.parse_text(parser))
    properties: dict[str, Attribute] = {"dimension_numbers": numbers}
    parser.parse_punctuation(",")
    parser.parse_keyword("window")
    parser.parse_punctuation("=")

    def item() -> None:
        keyword = parser.parse_identifier()
        parser.parse_punctuation("=")
        if keyword not in WINDOW:
            parser.raise_error(f"a window has no {keyword}")
        properties[WINDOW[keyword]] = _parse_window(parser, keyword)

    parser.parse_comma_separated_list(parser.Delimiter.BRACES, item)
    return properties


def _parse_window(parser: Parser, keyword: str) -> Attribute:
    square = parser.Delimiter.SQUARE
    if keyword == "pad":
        rows = parser.parse_comma_separated_list(square, lambda: int_list(parser))
        return dense.from_numpy(np.array(rows, np.int64).reshape(-1, 2))
    if keyword == "reverse":
        flags = parser.parse_comma_separated_list(square, parser.parse_boolean)
        return DenseArrayBase.from_list(IntegerType(1), [int(f) for f in flags])
    return DenseArrayBase.from_list(i64, int_list(parser))


@irdl_op_definition
class ConvolutionOp(AnyConvolutionOp):
    """Products of a window and a kernel, summed at every position.

    Spec: https://openxla.org/stablehlo/spec#convolution
    """

    name = "stablehlo.convolution"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)


@irdl_op_definition
class DynamicConvOp(AnyConvolutionOp):
    """`convolution` whose padding is a value.

    Spec: https://openxla.org/stablehlo/spec#dynamic_conv
    """

    name = "stablehlo.dynamic_conv"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    d_padding = operand_def(TensorType)


def infer_convolution(op: AnyConvolutionOp) -> Sequence[Shape]:
    numbers, lhs, rhs = op.dimension_numbers, shape_of(op.lhs), shape_of(op.rhs)
    features = op.feature_group_count.value.data
    inner = rhs[numbers.position("rhs", "i")]
    agree(lhs[numbers.position("lhs", "f")], inner if inner == DYNAMIC else inner * features)
    shape = list(shape_of(op.result))
    shape[numbers.position("out", "f")] = rhs[numbers.position("rhs", "o")]
    batch = lhs[numbers.position("lhs", "b")]
    groups = op.batch_group_count.value.data
    shape[numbers.position("out", "b")] = batch if batch == DYNAMIC else batch // groups
    if not isinstance(op, DynamicConvOp):
        shape = convolution_sizes(op, op.pads(), shape)
    return [tuple(shape)]


def convolution_sizes(
    op: AnyConvolutionOp, pads: Sequence[tuple[int, int]], shape: Sequence[int]
) -> list[int]:
    """`shape` of a result with its spatial sizes, for (low, high) padding."""
    numbers, lhs, rhs, shape = op.dimension_numbers, shape_of(op.lhs), shape_of(op.rhs), list(shape)
    lists = (pads, op.per_dimension("window_strides", 1), op.per_dimension("lhs_dilation", 1),
             op.per_dimension("rhs_dilation", 1))  # fmt: skip
    sides = (numbers.spatial(x) for x in ("lhs", "rhs", "out"))
    for x, k, o, (low, high), stride, spread, dilation in zip(*sides, *lists, strict=True):
        if DYNAMIC not in (lhs[x], rhs[k]):
            size = dilated(lhs[x], spread) + low + high
            shape[o] = larger(0, (size - dilated(rhs[k], dilation)) // stride + 1)
    return shape


def dilated(size: int, dilation: int) -> int:
    """`size` elements with `dilation - 1` holes between two."""
    return size if dilation == 1 else larger(0, (size - 1) * dilation + 1)


def evaluate_convolution(op: AnyConvolutionOp, args: Arrays, run: Run) -> Arrays:
    """Windows as strided views, one tensordot per group."""
    numbers, dtype = op.dimension_numbers, result_dtype(op)
    x, w = (a.astype(wide_dtype(dtype), copy=False) for a in args[:2])
    x = x.transpose(
        numbers.position("lhs", "b"), numbers.position("lhs", "f"), *numbers.spatial("lhs")
    )
    w = w.transpose(
        numbers.position("rhs", "o"), numbers.position("rhs", "i"), *numbers.spatial("rhs")
    )
    pads = op.pads() if len(args) == 2 else [(int(a), int(z)) for a, z in args[2]]
    low, high = [0, 0, *(a for a, _ in pads)], [0, 0, *(z for _, z in pads)]
    spread = [0, 0, *(d - 1 for d in op.per_dimension("lhs_dilation", 1))]
    x = pad_array(x, np.zeros((), x.dtype), low, high, spread)
    w = np.flip(w, [i + 2 for i, r in enumerate(op.per_dimension("window_reversal", 0)) if r])  # pyright: ignore[reportArgumentType, reportCallIssue]
    strides = op.per_dimension("window_strides", 1)
    dilation = op.per_dimension("rhs_dilation", 1)
    features, batches = op.feature_group_count.value.data, op.batch_group_count.value.data
    groups = max(features, batches)
    xs = np.split(x, groups, 1 if features > 1 else 0)
    with np.errstate(all="ignore"):
        parts = [_convolve(a, k, strides, dilation)
                 for a, k in zip(xs, np.split(w, groups, 0), strict=True)]  # fmt: skip
    out = np.concatenate(parts, 1)
    order = [numbers.position("out", "b"), numbers.position("out", "f"), *numbers.spatial("out")]
    return [out.transpose(np.argsort(order)).astype(dtype, copy=False)]


def _convolve(
    x: np.ndarray, w: np.ndarray, strides: Sequence[int], dilation: Sequence[int]
) -> np.ndarray:
    """`x` [n, c, *in], `w` [f, c, *k] to [n, f, *out]."""
    window = [max(k - 1, 0) * d + (k > 0) for k, d in zip(w.shape[2:], dilation, strict=True)]
    size = [max(0, (n - k) // t + 1) if n >= k else 0
            for n, k, t in zip(x.shape[2:], window, strides, strict=True)]  # fmt: skip
    rank = len(size)
    if 0 in size or 0 in w.shape or 0 in x.shape:
        return np.zeros((x.shape[0], w.shape[0], *size), x.dtype)
    spatial = x.strides[2:]
    view = dense.as_strided(
        x,
        (*x.shape[:2], *size, *w.shape[2:]),
        (*x.strides[:2], *(a * t for a, t in zip(spatial, strides, strict=True)),
         *(a * d for a, d in zip(spatial, dilation, strict=True))),
    )  # fmt: skip
    kernel = list(range(2 + rank, 2 + 2 * rank))
    out = np.tensordot(view, w, ([1, *kernel], [1, *range(2, 2 + rank)]))
    return np.moveaxis(out, -1, 1)


def lower_convolution(op: AnyConvolutionOp, b: Lowering) -> Sequence[SSAValue]:
    numbers = op.dimension_numbers
    types = b.element_types(op)
    lhs = _padded_input(op, b)
    rhs = op.rhs
    reversed_ = op.per_dimension("window_reversal", 0)
    flipped = [d for d, r in zip(numbers.spatial("rhs"), reversed_, strict=True) if r]
    if flipped:
        rhs = reverse_tensor(b, rhs, flipped)
    strides = op.per_dimension("window_strides", 1)
    dilation = op.per_dimension("rhs_dilation", 1)
    dims = b.typed_dims(op.result.type, _result_dims(op, b, lhs, strides, dilation))
    features, batches = op.feature_group_count.value.data, op.batch_group_count.value.data
    element = element_type(op.result)
    if 0 in dims:  # the window does not fit once
        return [b.zeros(dims, element)]
    if features == batches == 1 and _is_nhwc_hwcf(op, lhs, rhs, element):
        out = b.zeros(dims, element)
        conv = Conv2DNhwc_HwcfOp([lhs, rhs], [out], (out.type,),
                                 strides=_pair(strides), dilations=_pair(dilation))  # pyright: ignore[reportArgumentType] # fmt: skip
        result = b.build(conv)
        b.set_dims(result, dims)
        return [result]
    return [_grouped(op, b, (lhs, rhs), types, dims)]


def _pair(values: Sequence[int]) -> DenseIntOrFPElementsAttr:
    """Window lists of named convolutions; xDSL reads them element by element, so no splat."""
    array = np.array(values, np.int64)
    return DenseIntOrFPElementsAttr(TensorType(i64, [len(values)]), BytesAttr(array.tobytes()))


def _is_nhwc_hwcf(op: AnyConvolutionOp, lhs: SSAValue, rhs: SSAValue, element: Attribute) -> bool:
    nhwc = op.dimension_numbers.text() == "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"
    wide = not s.is_float(element) or s.width_of(element) >= 32
    same = element_type(lhs) == element_type(rhs) == element
    return nhwc and wide and same and not s.is_bool(element)


def _padded_input(op: AnyConvolutionOp, b: Lowering) -> SSAValue:
    """The input with its padding and dilation applied."""
    numbers = op.dimension_numbers
    rank = len(numbers.lhs)
    low: list[Dim] = [0] * rank
    high: list[Dim] = [0] * rank
    interior: list[Dim] = [0] * rank
    spread = op.per_dimension("lhs_dilation", 1)
    if isinstance(op, DynamicConvOp):
        type_ = b.element_types(op)[2]
        rows: list[tuple[Dim, Dim]] = [
            (index_of(b, b.scalar(op.d_padding, i, 0), type_),
             index_of(b, b.scalar(op.d_padding, i, 1), type_))
            for i in range(len(spread))
        ]  # fmt: skip
    else:
        rows = list(op.pads())
    for d, (a, z), k in zip(numbers.spatial("lhs"), rows, spread, strict=True):
        low[d], high[d], interior[d] = a, z, k - 1
    zero = b.number(element_type(op.lhs), 0)
    simple = not any(interior) and all(isinstance(x, int) and x >= 0 for x in (*low, *high))
    if simple:
        return pad(b, op.lhs, zero, low, high)  # pyright: ignore[reportArgumentType]
    return pad_by_reading(b, op.lhs, zero, low, high, interior)


def _result_dims(
    op: AnyConvolutionOp, b: Lowering, lhs: SSAValue, strides: Sequence[int],
    dilation: Sequence[int],
) -> list[Dim]:  # fmt: skip
    numbers = op.dimension_numbers
    sizes, kernel = b.dims(lhs), b.dims(op.rhs)
    dims: list[Dim] = [0] * len(numbers.out)
    images = sizes[numbers.position("lhs", "b")]
    dims[numbers.position("out", "b")] = b.floordiv(images, op.batch_group_count.value.data)
    dims[numbers.position("out", "f")] = kernel[numbers.position("rhs", "o")]
    sides = (numbers.spatial(x) for x in ("lhs", "rhs", "out"))
    for x, k, o, t, d in zip(*sides, strides, dilation, strict=True):
        window = b.maximum(b.add(b.mul(b.sub(kernel[k], 1), d), 1), 0)
        span = b.sub(sizes[x], window)  # negative if the window does not fit
        dims[o] = b.floordiv(b.maximum(b.add(span, t), 0), t)
        if isinstance(span, int) and span < 0:
            dims[o] = 0
    return dims


def _grouped(
    op: AnyConvolutionOp,
    b: Lowering,
    operands: tuple[SSAValue, SSAValue],
    types: Sequence[Attribute],
    dims: list[Dim],
) -> SSAValue:
    """A generic convolution. Loops: the result's dimensions in order (its features as group,
    feature), kernel dimensions, input features. Dimensions of size 1 from grouping are left out.
    Groups divide the kernel's output features, and the input's features or its batch."""
    features, batches = op.feature_group_count.value.data, op.batch_group_count.value.data
    groups = max(features, batches)
    numbers = op.dimension_numbers
    (lhs, rhs), spatial = operands, len(numbers.lhs) - 2
    strides = op.per_dimension("window_strides", 1)
    dilation = op.per_dimension("rhs_dilation", 1)
    inner = b.dims(rhs)[numbers.position("rhs", "i")]
    feature = b.floordiv(dims[numbers.position("out", "f")], groups)
    labels = {"b": ["b"], "i": ["c"], "o": ["g", "f"], "f": ["g", "f"]}
    if groups == 1:
        labels["o"] = labels["f"] = ["f"]
    elif feature == 1:
        labels["o"] = labels["f"] = ["g"]
    if features > 1 and inner == 1:
        labels["i"] = []
    names = {"b": ["b"], "f": ["c"]}
    if features > 1:
        names["f"] = ["g", "c"] if labels["i"] else ["g"]
    elif batches > 1:
        names["b"] = ["g", "b"]
    images = dims[numbers.position("out", "b")]
    size: dict[str, Dim] = {"g": groups, "f": feature, "c": inner, "b": images}

    def split(value_dims: Sequence[Dim], side: str, by: dict[str, list[str]]) -> list[Dim]:
        found: list[Dim] = []
        for label, whole in zip(getattr(numbers, side), value_dims, strict=True):
            parts = by.get(label.data, [label.data])
            found.extend([whole] if len(parts) == 1 else [size[p] for p in parts])
        return found

    lhs = reshape(b, lhs, split(b.dims(lhs), "lhs", names))
    rhs = reshape(b, rhs, split(b.dims(rhs), "rhs", labels))
    out_labels = [p for x in numbers.out for p in labels.get(x.data, [x.data])]
    loops = {label: i for i, label in enumerate(out_labels)}
    for i in range(spatial):
        loops[f"k{i}"] = len(loops)
    if labels["i"]:
        loops["c"] = len(loops)

    def position(label: str) -> AffineExpr:
        if not label.isdigit():
            return AffineDimExpr(loops[label])
        i = int(label)
        return _scaled(loops[label], strides[i]) + _scaled(loops[f"k{i}"], dilation[i])

    left = [position(p) for x in numbers.lhs for p in names.get(x.data, [x.data])]
    right = [AffineDimExpr(loops[f"k{p}" if p.isdigit() else p])
             for x in numbers.rhs for p in labels.get(x.data, [x.data])]  # fmt: skip
    out = [AffineDimExpr(i) for i in range(len(out_labels))]
    maps = [AffineMap(len(loops), 0, tuple(e)) for e in (left, right, out)]
    out_dims = split(dims, "out", labels)
    value = contract(b, [lhs, rhs], types, maps, out_dims, element_type(op.result))
    return reshape(b, value, dims)


def _scaled(loop: int, factor: int) -> AffineExpr:
    expr = AffineDimExpr(loop)
    return expr if factor == 1 else expr * factor


ROWS: tuple[OpRow, ...] = (
    OpRow(ConvolutionOp, infer_convolution, evaluate_convolution, lower_convolution),
    OpRow(DynamicConvOp, infer_convolution, evaluate_convolution, lower_convolution),
)
