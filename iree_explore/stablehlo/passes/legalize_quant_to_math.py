# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-legalize-quant-to-math`: quantised tensors become tensors of their storage integers.

Ops that compute get dequantised operands and quantised results; then every quantised type changes
to that of its storage, in place. Which ops compute is in `stablehlo/quantization.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FunctionType, ModuleOp, TensorType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass

from iree_explore import elements
from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.base import shape_of
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.quantization import (
    UniformQuantizedType,
    computes,
    expressed,
    occurs_in,
    on_floats,
    quantized,
    stored,
)
from iree_explore.stablehlo.table import TABLE
from iree_explore.walk import walk


@dataclass(frozen=True)
class LegalizeQuantToMath(ModulePass):
    """Computes on floats where operands or results are quantised.

    Before:

    ```mlir
    func.func @main(%a: tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xf32> {
      %0 = stablehlo.uniform_dequantize %a : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xf32>
      return %0 : tensor<2xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%a: tensor<2xi8>) -> tensor<2xf32> {
        %0 = stablehlo.convert %a : (tensor<2xi8>) -> tensor<2xf32>
        %1 = stablehlo.constant dense<5.000000e-01> : tensor<2xf32>
        %2 = stablehlo.multiply %0, %1 : tensor<2xf32>
        func.return %2 : tensor<2xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "input-legalize-quant-to-math"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        if not occurs_in(op):
            return
        for each in [o for o in walk(op) if _concerned(o)]:
            row = TABLE.get(each.name)
            if row is not None and computes(each, row):
                _compute(ctx, each)
        for each in walk(op):
            if _concerned(each):
                _store(ctx, each)


def _concerned(op: Operation) -> bool:
    """Whether a quantised type is in the op's operands, results, arguments or signature."""
    values = [*op.operands, *op.results]
    values += [a for r in op.regions for b in r.blocks for a in b.args]
    if any(quantized(v.type) for v in values):
        return True
    if isinstance(op, func.FuncOp):
        return any(map(quantized, (*op.function_type.inputs, *op.function_type.outputs)))
    return op.name.endswith(".global") and quantized(op.properties["type"]) is not None


def _compute(ctx: CompilerContext, op: Operation) -> None:
    """dequantise, the op on floats, quantise."""
    with rewriting(ctx, "DequantizeOpQuantize", op) as rewriter:
        d = Decomposer(rewriter, op)
        operands = [_dequantize(d, v) for v in op.operands]
        if op.name in ("stablehlo.uniform_quantize", "stablehlo.uniform_dequantize"):
            values: Sequence[SSAValue] = operands
        else:
            float_op = on_floats(op, operands)
            d.add(float_op)
            values = float_op.results
        results = [_quantize(d, v, r.type) for v, r in zip(values, op.results, strict=True)]
        rewriter.replace(op, [], results)


def _parameter(
    d: Decomposer, like: SSAValue, numbers: np.ndarray, element: UniformQuantizedType
) -> SSAValue:
    """A scale or zero point for each element of `like`."""
    if element.axis.data < 0:
        return d.number(like, float(numbers.reshape(-1)[0]))
    dtype = elements.dtype_of(element.expressed)
    row = d.constant(numbers.reshape(-1).astype(dtype), element.expressed)
    return d.spread_like(row, like, [element.axis.data])


def _dequantize(d: Decomposer, value: SSAValue) -> SSAValue:
    element = quantized(value.type)
    if element is None:
        return value
    scales, zero_points = element.parameters_of(len(shape_of(value)))
    x = d.make("convert", value, type_=expressed(value.type))
    if zero_points.any():
        x = d.make("subtract", x, _parameter(d, x, zero_points, element))
    return d.make("multiply", x, _parameter(d, x, scales, element))


def _quantize(d: Decomposer, value: SSAValue, type_: Attribute) -> SSAValue:
    element = quantized(type_)
    if element is None:
        return value
    assert isinstance(type_, TensorType)
    scales, zero_points = element.parameters_of(len(shape_of(value)))
    x = d.make("divide", value, _parameter(d, value, scales, element), type_=value.type)
    if zero_points.any():
        x = d.make("add", x, _parameter(d, x, zero_points, element))
    dtype = elements.dtype_of(element.expressed)
    low, high = (d.constant(np.array(v).astype(dtype), element.expressed) for v in element.limits)
    x = d.make("clamp", low, x, high, type_=x.type)
    x = d.make("round_nearest_even", x)
    return d.make("convert", x, type_=type_)  # the type becomes that of the storage


def _store(ctx: CompilerContext, op: Operation) -> None:
    """Gives an op, its results and its regions' arguments the types of the storage."""
    values: list[Any] = [*op.results]
    values += [a for r in op.regions for b in r.blocks for a in b.args]
    with rewriting(ctx, "StoreQuantized", op) as rewriter:
        for value in values:
            if quantized(value.type):
                rewriter.replace_value_with_new_type(value, stored(value.type))
        if isinstance(op, func.FuncOp):
            type_ = op.function_type
            op.function_type = FunctionType.from_lists(
                [stored(t) for t in type_.inputs], [stored(t) for t in type_.outputs]
            )
        elif op.name.endswith(".global"):
            op.properties["type"] = stored(op.properties["type"])
        for key in ("value", "initial_value"):
            attr = op.properties.get(key)
            if isinstance(attr, DenseIntOrFPElementsAttr):
                wanted = op.results[0].type if op.results else op.properties["type"]
                op.properties[key] = DenseIntOrFPElementsAttr(wanted, attr.data)  # pyright: ignore
        rewriter.notify_op_modified(op)
