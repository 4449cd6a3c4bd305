# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What reads an element of a padded tensor without the tensor: the nearest element of the source,
and the border instead where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    FixedBitwidthType,
    IndexType,
    IntegerAttr,
    TensorType,
)
from xdsl.ir import Block, Operation, SSAValue

_INDEX = IndexType()
_BELOW_UNSIGNED = 6
_LEAST_BITS = 16


def is_readable(pad: tensor.PadOp) -> bool:
    """Whether elements of a padded tensor can be read one by one: sizes are known, none is 0, the
    border is one value, and elements have 16 bits at least."""
    source, result = (cast(TensorType, v.type) for v in (pad.source, pad.result))
    element = source.element_type
    shapes = (*source.get_shape(), *result.get_shape())
    if DYNAMIC_INDEX in shapes or 0 in shapes or pad.low or pad.high:
        return False
    if not isinstance(element, FixedBitwidthType) or element.bitwidth < _LEAST_BITS:
        return False
    border, body = _border(pad), pad.region.block
    if isinstance(border.owner, Operation) and border.owner.parent is body:
        return isinstance(border.owner, arith.ConstantOp)
    return border.owner is not body


def _border(pad: tensor.PadOp) -> SSAValue:
    return cast(Operation, pad.region.block.last_op).operands[0]


def number(body: Block, value: int) -> SSAValue:
    """An index constant at the end of a body."""
    return add(body, arith.ConstantOp(IntegerAttr(value, _INDEX)))


def add(body: Block, op: Operation) -> SSAValue:
    """The result of an op put at the end of a body."""
    body.add_op(op)
    return op.results[0]


def read(body: Block, pad: tensor.PadOp, indices: Sequence[SSAValue]) -> SSAValue:
    """The element of a readable pad's result at `indices`, computed at the end of a body."""
    source, result = (cast(TensorType, v.type) for v in (pad.source, pad.result))
    border = _border(pad)
    if isinstance(border.owner, Operation) and border.owner.parent is pad.region.block:
        border = add(body, border.owner.clone())
    inside: SSAValue | None = None
    places = []
    low = [int(n) for n in pad.static_low.get_values()]
    for place, before, size, padded in zip(
        indices, low, source.get_shape(), result.get_shape(), strict=True
    ):
        if (before, size) != (0, padded):
            if before:
                place = add(body, arith.SubiOp(place, number(body, before)))
            here = add(body, arith.CmpiOp(place, number(body, size), _BELOW_UNSIGNED))
            inside = here if inside is None else add(body, arith.AndIOp(inside, here))
            place = add(body, arith.MaxSIOp(place, number(body, 0)))
            place = add(body, arith.MinSIOp(place, number(body, size - 1)))
        places.append(place)
    value = add(body, tensor.ExtractOp(pad.source, places, result.element_type))
    return value if inside is None else add(body, arith.SelectOp(inside, value, border))
