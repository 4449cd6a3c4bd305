# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow ops that only move shapes about, with unknown dimensions."""

from __future__ import annotations

import math

from xdsl.dialects import arith
from xdsl.dialects.builtin import UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore.dialect_op import tensor_type
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    Size,
    element_type,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements


class LowerReshape(Leftover):
    """`tf.Reshape` to `stablehlo.dynamic_reshape` with -1 resolved.

    With one unknown result dimension its size follows from the element count alone; with several
    the shape operand is read and a -1 in it replaced.
    """

    op_name = "tf.Reshape"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        value, wanted = op.operands
        result = op.results[0]
        source, target = shape_of(value), shape_of(result)
        if source is None or target is None:
            return None
        target = self._refined(wanted, target)
        unknown = [axis for axis, size in enumerate(target) if size < 0]
        type_ = tensor_type(element_type(value), target)
        if not unknown:
            return [build.stablehlo("reshape", [value], type_)]
        sizes: list[Size] = list(target)
        if len(unknown) == 1 and 0 not in target:  # else any size fits
            sizes[unknown[0]] = self._remaining(build, value, target)
        else:
            sizes = self._resolved(build, value, wanted, target)
        return [build.stablehlo("dynamic_reshape", [value, build.shape(sizes)], type_)]

    def _refined(self, wanted: SSAValue, target: tuple[int, ...]) -> tuple[int, ...]:
        """The result's sizes, with what is constant in the shape operand."""
        known = known_elements(wanted)
        if known is None or len(known) != len(target):
            return target
        return tuple(
            size if size >= 0 or entry is None or entry < 0 else int(entry)
            for size, entry in zip(target, known.tolist(), strict=True)
        )

    def _remaining(self, build: Builder, value: SSAValue, target: tuple[int, ...]) -> Size:
        """Elements of `value` over the known sizes of `target`, known factors cancelled first."""
        source = shape_of(value) or ()
        over = math.prod(s for s in target if s >= 0)
        known = math.prod(s for s in source if s >= 0)
        common = math.gcd(over, known) or 1
        unknown = [build.dim(value, axis) for axis, size in enumerate(source) if size < 0]
        return build.divide(build.product([*unknown, known // common]), over // common)

    def _resolved(
        self, build: Builder, value: SSAValue, wanted: SSAValue, target: tuple[int, ...]
    ) -> list[Size]:
        total = build.product([build.dim(value, a) for a in range(len(shape_of(value) or ()))])
        sizes: list[Size] = [
            size if size >= 0 else build.element(wanted, axis) for axis, size in enumerate(target)
        ]
        # At most one entry is -1: without its sign the product is that of all other entries.
        product = build.index(build.product(sizes))
        zero, minus_one = build.index(0), build.index(-1)
        others = build.add(arith.SubiOp(zero, product))
        one = build.index(1)
        nonzero = build.add(arith.MaxUIOp(others, one))
        rest = build.add(arith.DivUIOp(build.index(total), nonzero))
        resolved: list[Size] = []
        for size in sizes:
            if isinstance(size, int):
                resolved.append(size)
                continue
            inferred = build.add(arith.CmpiOp(size, minus_one, "eq"))
            resolved.append(build.add(arith.SelectOp(inferred, rest, size)))
        return resolved


class LowerCast(Leftover):
    """A change of what is known of a type, at the edge of a loop or branch (`control_flow.py`)."""

    op_name = "tf.UnknownShapeCast"

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        return [build.cast(op.operands[0], op.results[0].type)]


PATTERNS = (LowerReshape, LowerCast)
