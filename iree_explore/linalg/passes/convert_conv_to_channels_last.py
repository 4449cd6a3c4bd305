# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Two-dimensional convolutions get one layout: images NHWC, filters HWCF.

Code generation then has channels innermost, where vectors are. The transposes around the new op are
folded into neighbours, or into constant filters, by global-optimization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseArrayBase,
    DenseIntElementsAttr,
    DenseIntOrFPElementsAttr,
    ModuleOp,
    TensorType,
    i64,
)
from xdsl.dialects.linalg.ops import Conv2DNhwc_HwcfOp, FillOp, TransposeOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg import dims
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_contraction,
    is_linalg,
    linear,
    shape_of,
    structured,
)


@dataclass(frozen=True)
class ConvertConvToChannelsLast(ModulePass):
    """Makes every plain 2-D convolution `linalg.conv_2d_nhwc_hwcf`.

    Before:

    ```mlir
    func.func @f(%x: tensor<1x4x6x6xf32>, %w: tensor<8x4x3x3xf32>, %o: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
      %0 = linalg.conv_2d_nchw_fchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%x, %w : tensor<1x4x6x6xf32>, tensor<8x4x3x3xf32>) outs(%o : tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
      func.return %0 : tensor<1x8x4x4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: tensor<1x4x6x6xf32>, %w: tensor<8x4x3x3xf32>, %o: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
        %0 = tensor.empty() : tensor<1x6x6x4xf32>
        %1 = linalg.transpose ins(%x:tensor<1x4x6x6xf32>) outs(%0:tensor<1x6x6x4xf32>) permutation = [0, 2, 3, 1]
        %2 = tensor.empty() : tensor<3x3x4x8xf32>
        %3 = linalg.transpose ins(%w:tensor<8x4x3x3xf32>) outs(%2:tensor<3x3x4x8xf32>) permutation = [2, 3, 1, 0]
        %4 = tensor.empty() : tensor<1x4x4x8xf32>
        %5 = linalg.transpose ins(%o:tensor<1x8x4x4xf32>) outs(%4:tensor<1x4x4x8xf32>) permutation = [0, 2, 3, 1]
        %6 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%1, %3 : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%5 : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
        %7 = tensor.empty() : tensor<1x8x4x4xf32>
        %8 = linalg.transpose ins(%6:tensor<1x4x4x8xf32>) outs(%7:tensor<1x8x4x4xf32>) permutation = [0, 3, 1, 2]
        func.return %8 : tensor<1x8x4x4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "preprocessing-convert-conv-to-channels-last"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        provenance.apply_patterns(cast(CompilerContext, ctx), op, ConvertConv())


@dataclass(frozen=True)
class Convolution:
    """What the dimensions of a 2-D convolution's operands are, as permutations to NHWC and HWCF."""

    image: list[int]
    filter: list[int]
    result: list[int]
    strides: list[int]
    dilations: list[int]


class ConvertConv(RewritePattern):
    """A 2-D convolution of any layout, with transposes around the NHWC one."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not is_linalg(op) or isinstance(op, Conv2DNhwc_HwcfOp) or len(op.operands) != 3:
            return
        view = structured(op)
        conv = describe(view)
        if conv is None:
            return
        image = transposed_image(rewriter, view.inputs[0], conv.image)
        weights = transposed(rewriter, view.inputs[1], conv.filter)
        init = view.outputs[0]
        out = transposed_init(rewriter, init, conv.result)
        new = Conv2DNhwc_HwcfOp(
            [image, weights],
            [out],
            (out.type,),
            strides=_pair(conv.strides),
            dilations=_pair(conv.dilations),
        )
        rewriter.insert(new)
        back = [conv.result.index(d) for d in range(4)]
        rewriter.replace(op, [], [transposed(rewriter, new.res[0], back)])


def describe(view: Structured) -> Convolution | None:
    """The layout of a 2-D convolution, None for any other op or grouped convolutions."""
    if not is_contraction(view) or view.num_loops != 7:
        return None
    if len({cast(TensorType, v.type).element_type for v in view.operands}) != 1:
        return None
    out = dims_of_map(view.output_maps[0])
    weights = dims_of_map(view.input_maps[1])
    if out is None or weights is None or len(out) != 4 or len(weights) != 4:
        return None
    windows: list[tuple[int, int, int, int, int]] = []  # image dim, out loop, window loop, s, d
    plain: dict[int, int] = {}
    for position, expr in enumerate(view.input_maps[0].results):
        form = linear(expr, view.num_loops)
        if form is None or form[1]:
            return None
        used = [(d, c) for d, c in enumerate(form[0]) if c]
        if len(used) == 1 and used[0][1] == 1:
            plain[used[0][0]] = position
        elif len(used) == 2:
            (a, s), (b, d) = sorted(used, key=lambda x: not view.parallel[x[0]])
            if not view.parallel[a] or view.parallel[b] or min(s, d) < 1:
                return None
            windows.append((position, a, b, s, d))
        else:
            return None
    if len(windows) != 2 or len(plain) != 2:
        return None
    windows.sort(key=lambda w: out.index(w[1]))
    batch = [d for d in plain if view.parallel[d] and d not in weights]
    channel = [d for d in plain if not view.parallel[d] and d in weights]
    feature = [d for d in out if d in weights]
    if len(batch) != 1 or len(channel) != 1 or len(feature) != 1:
        return None
    if {w[2] for w in windows} | {channel[0], feature[0]} != set(weights):
        return None
    return Convolution(
        [plain[batch[0]], windows[0][0], windows[1][0], plain[channel[0]]],
        [weights.index(d) for d in (windows[0][2], windows[1][2], channel[0], feature[0])],
        [out.index(d) for d in (batch[0], windows[0][1], windows[1][1], feature[0])],
        [w[3] for w in windows],
        [w[4] for w in windows],
    )


def transposed(rewriter: PatternRewriter, value: SSAValue, order: Sequence[int]) -> SSAValue:
    """The tensor with its dimensions in `order`; itself if they are."""
    if list(order) == sorted(order):
        return value
    empty = _empty(rewriter, value, order)
    op = TransposeOp(value, empty, DenseArrayBase.from_list(i64, list(order)))
    rewriter.insert(op)
    return op.results[0]


def transposed_image(rewriter: PatternRewriter, value: SSAValue, order: Sequence[int]) -> SSAValue:
    """Like `transposed`, but below padding, so that two transposes can meet."""
    pad = value.owner
    if list(order) == sorted(order) or not isinstance(pad, tensor.PadOp):
        return transposed(rewriter, value, order)
    source = transposed(rewriter, pad.source, order)
    low = [dims.mixed(pad.static_low, pad.low)[d] for d in order]
    high = [dims.mixed(pad.static_high, pad.high)[d] for d in order]
    yielded = pad.region.block.last_op
    assert yielded is not None
    inner = yielded.operands[0]
    if inner.owner is pad.region.block or (
        isinstance(inner.owner, Operation) and inner.owner.parent is pad.region.block
    ):
        return transposed(rewriter, value, order)
    body = Block(arg_types=[a.type for a in pad.region.block.args])
    body.add_op(tensor.YieldOp(inner))
    shape = shape_of(value)
    type_ = TensorType(cast(TensorType, value.type).element_type, [shape[d] for d in order])
    made = tensor.PadOp(
        source,
        [x for x in low if isinstance(x, SSAValue)],
        [x for x in high if isinstance(x, SSAValue)],
        Region(body),
        [x if isinstance(x, int) else dims.DYNAMIC for x in low],
        [x if isinstance(x, int) else dims.DYNAMIC for x in high],
        type_,
    )
    rewriter.insert(made)
    return made.result


def transposed_init(rewriter: PatternRewriter, init: SSAValue, order: Sequence[int]) -> SSAValue:
    """The accumulator in the new layout: a fill is made anew."""
    if isinstance(init.owner, FillOp) and list(order) != sorted(order):
        fill = FillOp((init.owner.inputs[0],), (_empty(rewriter, init, order),))
        rewriter.insert(fill)
        return fill.results[0]
    return transposed(rewriter, init, order)


def _empty(rewriter: PatternRewriter, value: SSAValue, order: Sequence[int]) -> SSAValue:
    shape = shape_of(value)
    sizes = iter(dims.dynamic_sizes(rewriter, value))
    known = {d: next(sizes) for d, n in enumerate(shape) if n < 0}
    type_ = TensorType(cast(TensorType, value.type).element_type, [shape[d] for d in order])
    empty = tensor.EmptyOp([known[d] for d in order if d in known], type_)
    rewriter.insert(empty)
    return empty.tensor


def _pair(values: Sequence[int]) -> DenseIntElementsAttr:
    array = np.array(values, np.int64)
    attr = DenseIntOrFPElementsAttr(TensorType(i64, [2]), BytesAttr(array.tobytes()))
    return cast(DenseIntElementsAttr, attr)
