# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions with constant 3x3 filters become Winograd's, where that saves enough.

The filter is transformed at compile time (`linalg/ext/winograd.py`), the image and the products in
every call. F(4 x 4, 3 x 3) multiplies a quarter as often, F(2 x 2, 3 x 3) four ninths; what limits
both are the filters, which grow, and channels so few that the transforms cost more than they save.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseIntElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    ModuleOp,
    TensorType,
    f32,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg import dims
from iree_explore.linalg.constants import Constants, is_zero_fill, unique_names
from iree_explore.linalg.equality import functions
from iree_explore.linalg.ext.winograd import FilterTransformOp, InputTransformOp, OutputTransformOp
from iree_explore.linalg.passes.hoist_into_globals import hoist
from iree_explore.linalg.structured import shape_of

_GROWTH = 1 << 22
"""Bytes of a transformed filter up to which F(4 x 4, 3 x 3) is an option: it has four times the
weights."""

_TRANSFORM = 12
"""Multiply-adds × 2 that transforming an element costs as much time as."""

_BYTE = 8
"""The same for reading a byte of weights from memory."""

_CHANNELS = 16
"""Channels and filters that there are at least: the transforms' vectors lie along them."""

_WORTH = 0.8
"""Share of the direct convolution's time that is worth the memory."""


@dataclass(frozen=True)
class ConvertConv2DToWinograd(ModulePass):
    """Makes convolutions with constant 3x3 filters products of transformed tiles.

    An infinite input makes NaN of all results of its tile, because the transforms subtract inputs
    from each other; `CompileOptions(convert_conv2d_to_winograd=False)` leaves the pass out.

    Before:

    ```mlir
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<3x3x64x64xf32>
    func.func @f(%x: tensor<1x58x58x64xf32>) -> tensor<1x56x56x64xf32> {
      %0 = arith.constant 0.0 : f32
      %w = util.global.load @w : tensor<3x3x64x64xf32>
      %e = tensor.empty() : tensor<1x56x56x64xf32>
      %1 = linalg.fill ins(%0 : f32) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
      %2 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%1 : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
      func.return %2 : tensor<1x56x56x64xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<3x3x64x64xf32>
      util.global private @winograd_0 : tensor<36x64x64xf32>
      util.initializer {
        %w = util.global.load @w : tensor<3x3x64x64xf32>
        %0 = tensor.empty() : tensor<36x64x64xf32>
        %1 = iree_linalg_ext.winograd.filter_transform {output_tile_size = 4 : i64} ins(%w : tensor<3x3x64x64xf32>) outs(%0 : tensor<36x64x64xf32>) -> tensor<36x64x64xf32>
        util.global.store %1, @winograd_0 : tensor<36x64x64xf32>
        util.return
      }
      func.func @f(%x: tensor<1x58x58x64xf32>) -> tensor<1x56x56x64xf32> {
        %0 = arith.constant 0.000000e+00 : f32
        %w = util.global.load @w : tensor<3x3x64x64xf32>
        %e = tensor.empty() : tensor<1x56x56x64xf32>
        %1 = linalg.fill ins(%0 : f32) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
        %2 = tensor.empty() : tensor<36x64x64xf32>
        %3 = tensor.empty() : tensor<36x1x196x64xf32>
        %4 = util.global.load @winograd_0 : tensor<36x64x64xf32>
        %5 = iree_linalg_ext.winograd.input_transform {output_tile_size = 4 : i64} ins(%x : tensor<1x58x58x64xf32>) outs(%3 : tensor<36x1x196x64xf32>) -> tensor<36x1x196x64xf32>
        %6 = arith.constant 0.000000e+00 : f32
        %7 = tensor.empty() : tensor<36x1x196x64xf32>
        %8 = linalg.fill ins(%6 : f32) outs(%7 : tensor<36x1x196x64xf32>) -> tensor<36x1x196x64xf32>
        %9 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d4, d3)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%5, %4 : tensor<36x1x196x64xf32>, tensor<36x64x64xf32>) outs(%8 : tensor<36x1x196x64xf32>) {
        ^bb0(%10: f32, %11: f32, %12: f32):
          %13 = arith.mulf %10, %11 : f32
          %14 = arith.addf %13, %12 : f32
          linalg.yield %14 : f32
        } -> tensor<36x1x196x64xf32>
        %15 = tensor.empty() : tensor<1x56x56x64xf32>
        %16 = iree_linalg_ext.winograd.output_transform {output_tile_size = 4 : i64} ins(%9 : tensor<36x1x196x64xf32>) outs(%15 : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
        func.return %16 : tensor<1x56x56x64xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "global-optimization-convert-conv2d-to-winograd"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        targets = cast(CompilerContext, ctx).options.targets
        if targets and not any("cpu" in target for target in targets):
            return  # transforms of GPUs run a row an invocation: a direct convolution is faster
        if not cast(CompilerContext, ctx).options.convert_conv2d_to_winograd:
            return
        constants = Constants(op)
        names = unique_names(op, "winograd")
        for block in functions(op):
            function = cast(Operation, block.parent_op())
            for inner in list(block.ops):
                if isinstance(inner, linalg.Conv2DNhwc_HwcfOp):
                    m = _wanted_tile(inner, constants)
                    if m is not None:
                        convert(cast(CompilerContext, ctx), inner, m, names, function)


def _wanted_tile(op: linalg.Conv2DNhwc_HwcfOp, constants: Constants) -> int | None:
    """m, or None where the direct convolution stays."""
    image, weights = op.inputs
    shapes = [shape_of(v) for v in (image, weights, op.res[0])]
    if any(size <= 0 for shape in shapes for size in shape[1:]) or shapes[1][:2] != (3, 3):
        return None
    if any(cast(TensorType, v.type).element_type != f32 for v in op.operands):
        return None
    numbers = (op.strides, op.dilations)
    if any(set(cast(DenseIntElementsAttr, a).get_values()) != {1} for a in numbers):
        return None
    if not is_zero_fill(op.outputs[0]) or not constants.is_constant(weights):
        return None
    images, high, wide, filters = shapes[2]
    return best_tile(abs(images), high, wide, filters, shapes[1][2])


def best_tile(images: int, high: int, wide: int, filters: int, channels: int) -> int | None:
    """The m for which a convolution with `high` x `wide` results takes the least time, None if none
    is much faster than the direct one."""
    if min(channels, filters) < _CHANNELS:
        return None
    matrix = channels * filters
    best, least = None, _WORTH * 2 * 9 * matrix * images * high * wide
    for m in (2, 4):
        places, tiles = (m + 2) ** 2, -(-high // m) * -(-wide // m) * images
        if m == 4 and 4 * places * matrix > _GROWTH:
            continue
        cost = 2 * places * matrix * tiles
        cost += _TRANSFORM * places * tiles * (channels + filters)
        cost += _BYTE * 4 * (places - 9) * matrix
        if cost < least:
            best, least = m, cost
    return best


def convert(
    ctx: CompilerContext,
    op: linalg.Conv2DNhwc_HwcfOp,
    m: int,
    names: Iterator[str],
    function: Operation,
) -> None:
    """The three transforms and the product between them; the filter's becomes a constant."""
    image, weights = op.inputs
    images, high, wide, filters = shape_of(op.res[0])
    channels, places = shape_of(image)[3], (m + 2) ** 2
    rows, columns = -(-high // m), -(-wide // m)
    properties: dict[str, Attribute] = {"output_tile_size": IntegerAttr(m, i64)}
    with provenance.rewriting(ctx, "ConvertConv2DToWinograd", op) as rewriter:
        count = dims.dynamic_sizes(rewriter, image)  # of the images, if it is not known
        image = _enlarged(rewriter, image, rows * m + 2, columns * m + 2)
        filter_ = FilterTransformOp.of(
            [weights], [_empty(rewriter, [places, channels, filters])], (), properties
        )
        tiles = InputTransformOp.of(
            [image],
            [_empty(rewriter, [places, images, rows * columns, channels], count)],
            (),
            properties,
        )
        rewriter.insert([filter_, tiles])
        zero = arith.ConstantOp(FloatAttr(0.0, f32))
        rewriter.insert(zero)
        shape = [places, images, rows * columns, filters]
        fill = linalg.FillOp([zero.result], [_empty(rewriter, shape, count)])
        product = _batched_product(tiles.results[0], filter_.results[0], fill.results[0])
        rewriter.insert([fill, product])
        out = _empty(rewriter, [images, high, wide, filters], count)
        new = OutputTransformOp.of([product.results[0]], [out], (), properties)
        rewriter.replace(op, new)
    hoist(ctx, next(names), function, filter_.results[0])


def _batched_product(tiles: SSAValue, filter_: SSAValue, init: SSAValue) -> linalg.GenericOp:
    """init[p, n, t, f] + sum over c of tiles[p, n, t, c] * filter[p, c, f]."""
    p, n, t, f, c = (AffineDimExpr(d) for d in range(5))
    maps = [AffineMap(5, 0, r) for r in ((p, n, t, c), (p, c, f), (p, n, t, f))]
    block = Block(arg_types=[f32] * 3)
    term = arith.MulfOp(block.args[0], block.args[1])
    total = arith.AddfOp(term.result, block.args[2])
    block.add_ops([term, total, linalg.YieldOp(total.result)])
    kinds = [IteratorTypeAttr.parallel()] * 4 + [IteratorTypeAttr.reduction()]
    return linalg.GenericOp(
        [tiles, filter_], [init], Region(block),
        ArrayAttr(AffineMapAttr(m) for m in maps), ArrayAttr(kinds), [init.type],
    )  # fmt: skip


def _enlarged(rewriter: PatternRewriter, image: SSAValue, high: int, wide: int) -> SSAValue:
    """The image with zeros below and to the right; its own padding grows, if it is of zeros."""
    shape = list(shape_of(image))
    more = [0, high - shape[1], wide - shape[2], 0]
    if not any(more):
        return image
    low, pad = [0] * 4, image.owner
    if isinstance(pad, tensor.PadOp) and not pad.low and not pad.high and _pads_zero(pad):
        image, low = pad.source, list(pad.static_low.get_values())
        more = [a + b for a, b in zip(more, pad.static_high.get_values(), strict=True)]
    zero = arith.ConstantOp(FloatAttr(0.0, f32))
    block = Block(arg_types=[IndexType()] * 4)
    block.add_op(tensor.YieldOp(zero.result))
    type_ = TensorType(f32, [shape[0], high, wide, shape[3]])
    made = tensor.PadOp(image, [], [], Region(block), low, more, type_)
    rewriter.insert([zero, made])
    return made.result


def _pads_zero(pad: tensor.PadOp) -> bool:
    last = pad.region.block.last_op
    value = last.operands[0].owner if last is not None else None
    return isinstance(value, arith.ConstantOp) and value.value == FloatAttr(0.0, f32)


def _empty(
    rewriter: PatternRewriter, shape: list[int], dynamic: Sequence[SSAValue] = ()
) -> SSAValue:
    op = tensor.EmptyOp(list(dynamic), TensorType(f32, shape))
    rewriter.insert(op)
    return op.tensor
