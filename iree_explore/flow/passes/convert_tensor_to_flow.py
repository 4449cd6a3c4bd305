# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `tensor` dialect's remains on the host become `flow.tensor.*`: metadata and readbacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, TensorType
from xdsl.dialects.linalg.ops import FillOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.errors import InternalError
from iree_explore.flow.dialect import (
    TensorEmptyOp,
    TensorLoadOp,
    TensorReshapeOp,
    TensorSplatOp,
)
from iree_explore.flow.passes.form_dispatch_regions import host_blocks
from iree_explore.linalg import dims
from iree_explore.linalg.canonicalize import scalar_attr


@dataclass(frozen=True)
class ConvertTensorToFlow(ModulePass):
    """Reshapes become metadata, extracted elements readbacks, leftover tensors allocations.

    Before:

    ```mlir
    func.func @f(%a: tensor<2x3xf32>) -> tensor<6xf32> {
      %0 = tensor.collapse_shape %a [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>
      func.return %0 : tensor<6xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<2x3xf32>) -> tensor<6xf32> {
        %0 = flow.tensor.reshape %a : tensor<2x3xf32> -> tensor<6xf32>
        func.return %0 : tensor<6xf32>
      }
    }
    ```
    """

    name = "dispatch-creation-convert-tensor-to-flow"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for block in host_blocks(op):
            for inner in list(block.ops):
                if isinstance(inner, RESHAPES):
                    convert_reshape(context, inner)
                elif isinstance(inner, tensor.ExtractOp):
                    convert_extract(context, inner)
                elif isinstance(inner, tensor.SplatOp | tensor.EmptyOp | FillOp):
                    convert_splat(context, inner)
                elif isinstance(inner, arith.ConstantOp):
                    convert_constant(context, inner)


RESHAPES = (tensor.CollapseShapeOp, tensor.ExpandShapeOp, tensor.ReshapeOp, tensor.CastOp)


def convert_reshape(ctx: CompilerContext, op: Operation) -> None:
    """Any reshape or cast as `flow.tensor.reshape`."""
    with provenance.rewriting(ctx, "ConvertReshape", op) as rewriter:
        source = op.operands[0]
        result = op.results[0]
        sizes = dims.dynamic_sizes(rewriter, source)
        new = TensorReshapeOp(
            source, cast(TensorType, result.type), sizes, _result_sizes(rewriter, op, sizes)
        )
        rewriter.replace(op, new)


def _result_sizes(
    rewriter: PatternRewriter, op: Operation, source_sizes: Sequence[SSAValue]
) -> list[SSAValue]:
    if not isinstance(op, tensor.CastOp):
        return dims.dynamic_sizes(rewriter, op.results[0])
    shape = cast(TensorType, op.dest.type).get_shape()
    return [
        dims.as_value(rewriter, cast(dims.Size, dims.size_of(rewriter, op.source, d)))
        for d, n in enumerate(shape)
        if n < 0
    ]


def convert_extract(ctx: CompilerContext, op: tensor.ExtractOp) -> None:
    """An element that the host needs is read back."""
    with provenance.rewriting(ctx, "ConvertExtract", op) as rewriter:
        sizes = dims.dynamic_sizes(rewriter, op.tensor)
        rewriter.replace(op, TensorLoadOp(op.tensor, list(op.indices), sizes))


def convert_splat(ctx: CompilerContext, op: tensor.SplatOp | tensor.EmptyOp | FillOp) -> None:
    """Splats are fill commands, empties allocations. Regions have copies of their own."""
    if op.results[0].first_use is None:
        return
    with provenance.rewriting(ctx, "ConvertSplat", op) as rewriter:
        type_ = cast(TensorType, op.results[0].type)
        if isinstance(op, tensor.SplatOp):
            rewriter.replace(op, TensorSplatOp(op.input, type_, list(op.dynamicSizes)))
        elif isinstance(op, FillOp):
            sizes = dims.dynamic_sizes(rewriter, op.results[0])
            rewriter.replace(op, TensorSplatOp(op.inputs[0], type_, sizes))
        else:
            rewriter.replace(op, TensorEmptyOp(type_, list(op.dynamic_sizes)))


def convert_constant(ctx: CompilerContext, op: arith.ConstantOp) -> None:
    """A constant tensor of which a region has no copy is a fill command."""
    if not isinstance(op.value, DenseIntOrFPElementsAttr):
        return
    if op.result.first_use is None:
        return
    if op.value.data.data and not elements.is_splat(op.value):  # nothing to store: any value fills
        raise InternalError("IX202", "a constant tensor that is no splat was not hoisted")
    with provenance.rewriting(ctx, "ConvertConstant", op) as rewriter:
        type_ = cast(TensorType, op.result.type)
        value = elements.first(op.value)
        scalar = arith.ConstantOp(scalar_attr(value, type_.element_type))
        rewriter.insert(scalar)
        rewriter.replace(op, TensorSplatOp(scalar.result, type_))
