# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints and asserts (`host_ops.py` says how they got here): custom calls that the host answers."""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import BoolAttr, BytesAttr, StringAttr, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import Builder, Leftover, attribute, integer
from iree_explore.stablehlo.ops import host_calls
from iree_explore.stablehlo.ops.custom_call import CustomCallOp


class LowerPrint(Leftover):
    """tf.PrintV2 and tf.Print -> stablehlo.custom_call @iree_explore.print"""

    op_name = "tf.UnknownShapePrint"
    target: ClassVar[str] = host_calls.PRINT

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue]:
        key = _text(op, "key")
        assert key is not None
        said = host_calls.attributes(key, integer(op, "summarize", 3), _text(op, "stream"))
        properties = {
            "call_target_name": StringAttr(self.target),
            "has_side_effect": BoolAttr.from_bool(True),
        }
        call = CustomCallOp.create(
            operands=list(op.operands), properties=properties, attributes=said
        )
        build.made.append(call)
        return []


def _text(op: UnregisteredOp, name: str) -> str | None:
    """A string attribute; xDSL reads those with bytes that are no ASCII as bytes."""
    value = attribute(op, name)
    if isinstance(value, BytesAttr):
        return value.data.decode(errors="replace")
    return value.data if isinstance(value, StringAttr) else None


class LowerAssert(LowerPrint):
    """tf.Assert -> stablehlo.custom_call @iree_explore.assert"""

    op_name = "tf.UnknownShapeAssert"
    target = host_calls.ASSERT


PATTERNS = (LowerPrint, LowerAssert)
