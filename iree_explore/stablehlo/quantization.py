# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantised element types, `!quant.uniform<i8:f32, 0.5:3>`, and what ops on them mean.

A quantised tensor is its storage integers. Ops that only move data work on these; every other op
dequantises its operands, computes on floats and quantises its results (hybrid ops have float
operands and results as well). The reference does so here, `passes/legalize_quant_to_math.py` in IR.
Spec: https://openxla.org/stablehlo/spec#quantized-types
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    AnyFloat,
    ArrayAttr,
    FloatAttr,
    IntAttr,
    IntegerType,
    Signedness,
    TensorType,
    f64,
)
from xdsl.ir import (
    Attribute,
    Block,
    Dialect,
    Operation,
    ParametrizedAttribute,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import irdl_attr_definition, param_def
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from iree_explore import elements
from iree_explore.stablehlo.base import OpRow, Run
from iree_explore.walk import walk


@irdl_attr_definition
class UniformQuantizedType(ParametrizedAttribute, TypeAttribute):
    """`!quant.uniform<i8<-127:127>:f32:1, {0.1, 0.2:5}>`: one scale and zero point, or one for each
    slice of dimension `axis` (-1: one for all)."""

    name = "quant.uniform"
    storage: IntegerType = param_def()
    expressed: Attribute = param_def()
    storage_min: IntAttr = param_def()
    storage_max: IntAttr = param_def()
    axis: IntAttr = param_def()
    scales: ArrayAttr[FloatAttr] = param_def()
    zero_points: ArrayAttr[IntAttr] = param_def()

    @property
    def limits(self) -> tuple[int, int]:
        """Least and greatest value in storage."""
        return self.storage_min.data, self.storage_max.data

    def parameters_of(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Scales (float64) and zero points (int64) that broadcast to a tensor of `rank`."""
        shape = [1] * rank
        if self.axis.data >= 0:
            shape[self.axis.data] = len(self.scales.data)
        scales = np.array([s.value.data for s in self.scales], np.float64)
        zero_points = np.array([z.data for z in self.zero_points], np.int64)
        return scales.reshape(shape), zero_points.reshape(shape)

    def verify(self) -> None:
        low, high = _limits(self.storage)
        if not isinstance(self.expressed, AnyFloat):
            raise VerifyException(f"{self.expressed} is no float that can be expressed")
        least, greatest = self.limits
        if not low <= least < greatest <= high:
            raise VerifyException(f"C4: {least}:{greatest} is no range of {self.storage}")
        if len(self.scales) != len(self.zero_points) or not self.scales.data:
            raise VerifyException("C10: a scale goes with each zero point")
        for scale in self.scales:
            if not (scale.value.data > 0 and math.isfinite(scale.value.data)):
                raise VerifyException(f"C6, C7: the scale {scale.value.data} is not positive")
        for zero in self.zero_points:
            if not least <= zero.data <= greatest:
                raise VerifyException(f"C8: the zero point {zero.data} is not in storage")
        if self.axis.data < 0 and len(self.scales) != 1:
            raise VerifyException("C11: several scales need a dimension")

    def print_parameters(self, printer: Printer) -> None:
        unsigned = self.storage.signedness.data is Signedness.UNSIGNED
        printer.print_string(f"<{'u' if unsigned else 'i'}{self.storage.width.data}")
        if self.limits != _limits(self.storage):
            printer.print_string("<{}:{}>".format(*self.limits))
        printer.print_string(":")
        printer.print_attribute(self.expressed)
        pairs = list(zip(self.scales, self.zero_points, strict=True))
        if self.axis.data >= 0:
            printer.print_string(f":{self.axis.data}, {{")
            printer.print_list(pairs, lambda pair: _print_pair(printer, *pair), ", ")
            printer.print_string("}>")
        else:
            printer.print_string(", ")
            _print_pair(printer, *pairs[0])
            printer.print_string(">")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            name = parser.parse_identifier("a storage type like i8 or u8")
            if name[:1] not in ("i", "u") or not name[1:].isdigit():
                parser.raise_error("expected a storage type like i8 or u8")
            sign = Signedness.UNSIGNED if name[0] == "u" else Signedness.SIGNLESS
            storage = IntegerType(int(name[1:]), sign)
            limits = _limits(storage)
            if parser.parse_optional_punctuation("<") is not None:
                low = parser.parse_integer(allow_boolean=False)
                parser.parse_punctuation(":")
                limits = low, parser.parse_integer(allow_boolean=False)
                parser.parse_punctuation(">")
            parser.parse_punctuation(":")
            expressed = parser.parse_type()
            axis = -1
            if parser.parse_optional_punctuation(":") is not None:
                axis = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_punctuation(",")
            if axis < 0:
                pairs = [_parse_pair(parser)]
            else:
                braces = parser.Delimiter.BRACES
                pairs = parser.parse_comma_separated_list(braces, lambda: _parse_pair(parser))
        return [
            storage,
            expressed,
            IntAttr(limits[0]),
            IntAttr(limits[1]),
            IntAttr(axis),
            ArrayAttr([FloatAttr(scale, f64) for scale, _ in pairs]),
            ArrayAttr([IntAttr(zero) for _, zero in pairs]),
        ]


Quant = Dialect("quant", [], [UniformQuantizedType])


def _limits(storage: IntegerType) -> tuple[int, int]:
    width = storage.width.data
    if storage.signedness.data is Signedness.UNSIGNED:
        return 0, (1 << width) - 1
    return -(1 << (width - 1)), (1 << (width - 1)) - 1


def _parse_pair(parser: AttrParser) -> tuple[float, int]:
    scale, zero = float(parser.parse_number(allow_boolean=False)), 0
    if parser.parse_optional_punctuation(":") is not None:
        zero = parser.parse_integer(allow_boolean=False)
    return scale, zero


def _print_pair(printer: Printer, scale: FloatAttr, zero: IntAttr) -> None:
    printer.print_float(scale.value.data, f64)
    if zero.data:
        printer.print_string(f":{zero.data}")


def quantized(type_: Attribute) -> UniformQuantizedType | None:
    """The quantised element type of a tensor type; None if it is another."""
    if isinstance(type_, TensorType) and isinstance(type_.element_type, UniformQuantizedType):
        return type_.element_type
    return None


def occurs_in(root: Operation) -> bool:
    """Whether a result or block argument below an op is quantised."""
    for op in walk(root):
        for result in op.results:
            if quantized(result.type):
                return True
        for region in op.regions:
            for block in region.blocks:
                for argument in block.args:
                    if quantized(argument.type):
                        return True
    return False


def stored(type_: Attribute) -> Attribute:
    """A quantised tensor type as that of its storage integers; any other type itself."""
    element = quantized(type_)
    if element is None:
        return type_
    assert isinstance(type_, TensorType)
    return TensorType(element.storage, type_.shape, type_.encoding)


def expressed(type_: Attribute) -> Attribute:
    """A quantised tensor type as that of the floats it stands for; any other type itself."""
    element = quantized(type_)
    if element is None:
        return type_
    assert isinstance(type_, TensorType)
    return TensorType(element.expressed, type_.shape, type_.encoding)


_COMPUTES = frozenset(
    f"stablehlo.{name}"
    for name in "dot dot_general convolution dynamic_conv uniform_quantize uniform_dequantize iota"
    " dynamic_iota batch_norm_inference batch_norm_training batch_norm_grad cholesky"
    " triangular_solve".split()
)


def computes(op: Operation, row: OpRow) -> bool:
    """Whether a quantised op computes on floats; the others move storage integers."""
    types = [v.type for v in (*op.operands, *op.results)]
    if not any(quantized(t) for t in types) or op.regions:
        return False
    if op.name == "stablehlo.bitcast_convert":
        return False
    if op.name == "stablehlo.select":
        return len(set(map(_element, types[1:]))) > 1
    return row.scalar is not None or op.name in _COMPUTES


def _element(type_: Attribute) -> Attribute:
    assert isinstance(type_, TensorType)
    return type_.element_type


def on_floats(op: Operation, operands: Sequence[SSAValue]) -> Operation:
    """The same op on the floats that its operands and results stand for."""
    properties = {k: v for k, v in op.properties.items() if k != "compare_type"}
    return type(op).create(
        operands=operands,
        result_types=[expressed(r.type) for r in op.results],
        properties=properties,
        attributes=op.attributes,
    )


def dequantize(array: np.ndarray, type_: Attribute) -> np.ndarray:
    """Floats of storage integers: `(x - zero point) * scale` in the expressed type; an array of
    any other type itself."""
    element = quantized(type_)
    if element is None:
        return array
    dtype = elements.dtype_of(element.expressed)
    scales, zero_points = element.parameters_of(array.ndim)
    wide = elements.widened(np.empty(0, dtype)).dtype
    x = elements.cast(elements.widened(array).astype(wide), dtype)
    if zero_points.any():
        x = elements.cast(elements.widened(x) - zero_points.astype(wide), dtype)
    return elements.cast(elements.widened(x) * elements.widened(scales.astype(dtype)), dtype)


def quantize(array: np.ndarray, type_: Attribute) -> np.ndarray:
    """Storage integers of floats: `x / scale + zero point`, clamped, to the nearest, ties to even;
    NaN becomes 0. An array of any other type itself."""
    element = quantized(type_)
    if element is None:
        return array
    dtype = array.dtype
    scales, zero_points = element.parameters_of(array.ndim)
    wide = elements.widened(array)
    with np.errstate(all="ignore"):
        x = elements.cast(wide / elements.widened(scales.astype(dtype)), dtype)
        if zero_points.any():
            x = elements.cast(elements.widened(x) + zero_points.astype(wide.dtype), dtype)
        low, high = (elements.widened(np.array(v).astype(dtype)) for v in element.limits)
        rounded = np.rint(np.clip(elements.widened(x), low, high))
    whole = np.where(np.isnan(rounded), 0, rounded).astype(np.float64)
    least, greatest = _limits(element.storage)
    return (
        np.clip(whole, least, greatest).astype(np.int64).astype(elements.dtype_of(element.storage))
    )


def evaluate(op: Operation, row: OpRow, args: Sequence[Any], run: Run) -> list[Any]:
    """A quantised op by its definition on floats."""
    floats = [dequantize(a, v.type) for a, v in zip(args, op.operands, strict=True)]
    if op.name in ("stablehlo.uniform_quantize", "stablehlo.uniform_dequantize"):
        found = floats
    else:
        block = Block(arg_types=[expressed(v.type) for v in op.operands])
        found = row.evaluate(on_floats(op, block.args), floats, run)
    return [quantize(np.asarray(x), r.type) for x, r in zip(found, op.results, strict=True)]
