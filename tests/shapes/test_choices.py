# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A number that a comparison chooses of two that are known is an expression of what is compared."""

import operator

import pytest
from xdsl.dialects.test import TestOp

from iree_explore.shapes.contents import comparison, selected
from iree_explore.shapes.expressions import Expr, constant
from iree_explore.shapes.facts import Facts, Place
from iree_explore.shapes.inference import SymbolicShapes

COMPARE = {"EQ": operator.eq, "NE": operator.ne, "LT": operator.lt, "LE": operator.le,
           "GT": operator.gt, "GE": operator.ge}  # fmt: skip


@pytest.mark.parametrize("direction", COMPARE)
def test_choices_of_numbers_are_expressions(direction):
    facts = Facts()
    shapes = SymbolicShapes(facts, lambda op: Place(op.name))
    x, y = facts.declare("x", Place("")), facts.declare("y", Place(""))
    for other in (y, constant(2)):
        flag = comparison(shapes, TestOp(), direction, x, other)
        found = selected(shapes, TestOp(), flag, constant(48), constant(144))
        assert isinstance(found, Expr)
        for sizes in ({"x": a, "y": b} for a in range(5) for b in range(5)):
            right = COMPARE[direction](sizes["x"], other.value(sizes))
            assert found.value(sizes) == (48 if right else 144), (found, sizes)
