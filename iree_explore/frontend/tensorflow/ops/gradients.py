# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What TensorFlow's gradients are made of where sizes are unknown: losses, undone broadcasts."""

from __future__ import annotations

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore import elements
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    constant_of,
    element_type,
    integer,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.pieces import (
    branch,
    convert,
    elements_of,
    iota,
    reduced,
    vector,
)

_ARGUMENTS = "tf.BroadcastGradientArgs"


class LowerSparseCrossEntropy(Leftover):
    """`tf.SparseSoftmaxCrossEntropyWithLogits`: losses [batch] and their gradient."""

    op_name = "tf.SparseSoftmaxCrossEntropyWithLogits"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        scores, labels = op.operands
        if len(shape_of(scores) or ()) != 2:
            return None
        type_, sizes = element_type(scores), build.sizes(scores)
        wide = scores.type
        lowest = -np.inf

        def across(value: SSAValue) -> SSAValue:
            return build.cast(build.broadcast(value, sizes, [0]), wide)

        highest = reduced(build, "maximum", scores, 1, lowest)
        shifted = build.stablehlo("subtract", [scores, across(highest)], wide)
        powers = build.stablehlo("exponential", [shifted], wide)
        total = reduced(build, "add", powers, 1)
        classes = build.broadcast(iota(build, sizes[1], element_type(labels)), sizes, [1])
        wanted = build.cast(build.broadcast(labels, sizes, [0]), classes.type)
        chosen = convert(build, build.compare("EQ", classes, wanted), type_)
        chosen = build.cast(chosen, wide)
        picked = reduced(build, "add", build.stablehlo("multiply", [chosen, shifted], wide), 1)
        logarithm = build.stablehlo("log", [total], total.type)
        losses = build.stablehlo("subtract", [logarithm, picked], total.type)
        odds = build.stablehlo("divide", [powers, across(total)], wide)
        return [losses, build.stablehlo("subtract", [odds, chosen], wide)]


class LowerUnbroadcast(Leftover):
    """`tf.Sum` over the axes that `tf.BroadcastGradientArgs` names: those that one operand of an
    elementwise op (or the batches of a product: the first dimensions) was broadcast along. Where
    sizes are unknown each call finds out."""

    op_name = "tf.Sum"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, axes = op.operands
        source = axes.owner
        shape = shape_of(value)
        if not isinstance(source, UnregisteredOp) or source.op_name.data != _ARGUMENTS:
            return None
        shapes = source.operands
        number = source.results.index(axes)  # pyright: ignore[reportArgumentType]
        ranks = [(shape_of(s) or (-1,))[0] for s in shapes]
        if shape is None or min(ranks) < 0 or len(shape) < max(ranks):
            return None
        keeps = bool(integer(op, "keep_dims"))
        reshaped = all(_name(use.operation) == "tf.Reshape" for use in op.results[0].uses)
        if not keeps and not reshaped:  # the rank of the result would be known to the call alone
            return None
        if shapes[0] is shapes[1]:
            return [value]
        own, other = (_aligned(build, shapes[i], max(ranks)) for i in (number, 1 - number))
        for axis, (mine, its) in enumerate(zip(own, other, strict=True)):
            value = _summed(build, value, axis, mine, its)
        return [value]


def _aligned(build: Builder, shape: SSAValue, rank: int) -> list[Size | None]:
    """Sizes from the last dimension backwards; None where the operand has no such dimension."""
    sizes = elements_of(build, shape)
    return [*[None] * (rank - len(sizes)), *sizes]


def _summed(
    build: Builder, value: SSAValue, axis: int, own: Size | None, other: Size | None
) -> SSAValue:
    """One dimension summed up if the operand has size 1 there and the result has not."""
    sizes = build.sizes(value)
    after = [1 if a == axis else n for a, n in enumerate(sizes)]

    def together() -> SSAValue:
        return build.reshape(reduced(build, "add", value, axis), after)

    if sizes[axis] == 1 or other == 1 or (isinstance(own, int) and own != 1):
        return value
    if own is None or isinstance(own, int):
        return together()
    known = list(shape_of(value) or ())
    known[axis] = DYNAMIC_INDEX
    type_ = TensorType(element_type(value), known)
    single = build.add(arith.CmpiOp(own, build.index(1), "eq"))
    whole = build.add(arith.CmpiOp(build.index(sizes[axis]), build.index(1), "ne"))
    needed = build.add(arith.AndIOp(single, whole))
    (result,) = branch(
        build,
        needed,
        lambda: [build.cast(together(), type_)],
        lambda: [build.cast(value, type_)],
    )
    return result


def _name(op: object) -> str:
    return op.op_name.data if isinstance(op, UnregisteredOp) else ""


class LowerBroadcastArguments(Leftover):
    """`tf.BroadcastGradientArgs` whose sums are lowered: nothing reads it any more."""

    op_name = _ARGUMENTS

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        if any(r.first_use is not None for r in op.results):
            return None
        type_ = element_type(op.results[0])
        none = build.constant(np.zeros((0,), elements.dtype_of(type_)), type_)
        return [none, none]


class LowerConcatOffset(Leftover):
    """`tf.ConcatOffset`: where each of the joined tensors begins."""

    op_name = "tf.ConcatOffset"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        axis = constant_of(op.operands[0])
        ranks = {shape_of(s) for s in op.operands[1:]}
        if axis is None or len(ranks) != 1:
            return None
        (rank,) = ranks.pop() or (0,)
        before: Size = 0
        offsets = []
        for shape in op.operands[1:]:
            place: list[Size] = [0] * rank
            place[int(axis)] = before
            offsets.append(vector(build, place, element_type(shape)))
            before = build.add_sizes(before, elements_of(build, shape)[int(axis)])
        return offsets


PATTERNS = (
    LowerSparseCrossEntropy,
    LowerUnbroadcast,
    LowerBroadcastArguments,
    LowerConcatOffset,
)
