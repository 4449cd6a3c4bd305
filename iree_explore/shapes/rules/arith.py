# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes that `arith` computes on the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xdsl.dialects.builtin import IntegerAttr

from iree_explore.shapes.expressions import Expr, ceildiv, maximum, minimum, mod
from iree_explore.shapes.inference import Rule, SymbolicShapes


def _constant(shapes: SymbolicShapes, op: Any) -> None:
    if isinstance(op.value, IntegerAttr):
        shapes.set_scalar(op.result, op.value.value.data)


def _same(shapes: SymbolicShapes, op: Any) -> None:
    shapes.set_scalar(op.results[0], shapes.scalar(op.operands[0]))


def _binary(compute: Callable[[Expr, Expr], Expr]) -> Rule:
    def rule(shapes: SymbolicShapes, op: Any) -> None:
        left, right = (shapes.scalar(v) for v in op.operands)
        shapes.set_scalar(op.results[0], compute(left, right))

    return rule


RULES: Mapping[str, Rule] = {
    "arith.constant": _constant,
    "arith.index_cast": _same,
    "arith.index_castui": _same,
    "arith.addi": _binary(lambda a, b: a + b),
    "arith.subi": _binary(lambda a, b: a - b),
    "arith.muli": _binary(lambda a, b: a * b),
    "arith.floordivsi": _binary(lambda a, b: a // b),
    "arith.ceildivsi": _binary(ceildiv),
    "arith.ceildivui": _binary(ceildiv),
    "arith.remui": _binary(mod),
    "arith.minsi": _binary(minimum),
    "arith.minui": _binary(minimum),
    "arith.maxsi": _binary(maximum),
    "arith.maxui": _binary(maximum),
}
