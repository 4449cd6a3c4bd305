# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Unification, ranges and divisors of symbolic sizes."""

import pytest

from iree_explore.shapes.expressions import broadcast, ceildiv, maximum, minimum, mod, symbol
from iree_explore.shapes.facts import Facts, Place, Range


@pytest.fixture
def facts():
    found = Facts()
    for name in ("batch", "h", "w", "n"):
        found.declare(name, Place(f"a dimension of argument {name}"))
    return found


B, H, W, N = map(symbol, ("batch", "h", "w", "n"))


def _at(op):
    return Place(f"op {op}", op)


def test_the_earlier_symbol_survives(facts):
    assert facts.equate(N, B, _at(1))
    assert str(facts.normal(N + 1)) == "batch + 1"
    assert not facts.equate(B, N, _at(2)), "nothing new"
    assert not facts.conflicts


def test_solves_for_linear_symbols(facts):
    facts.equate(2 * H + 1, N, _at(1))
    facts.equate(H, W + 3, _at(2))
    assert facts.normal(N) == facts.normal(2 * H + 1)
    assert facts.normal(W) == H - 3
    facts.equate(W, 4, _at(3))
    assert [str(facts.normal(s)) for s in (H, W, N)] == ["7", "4", "15"]


def test_a_conflict_names_both_places(facts):
    facts.equate(H, 3, _at(1))
    facts.equate(H, W, _at(2))
    assert facts.equate(W, 4, _at(3))
    (conflict,) = facts.conflicts
    assert conflict.equation.place == _at(3)
    assert {place.op for place in conflict.because} >= {1, 2}
    assert "op 3: w == 4 cannot hold" in str(conflict)
    assert not facts.equate(W, 4, _at(3)), "told once"
    assert str(facts.normal(W)) == "3", "what was known before stays"


@pytest.mark.parametrize(
    ("left", "right"), [(2 * H, 5), (H + 3, 2), (4 * H + 2, 6 * W + 1), (maximum(H, 8), 7)]
)
def test_impossible_equations(facts, left, right):
    facts.equate(left, right, _at(1))
    assert len(facts.conflicts) == 1


def test_what_cannot_be_solved_is_kept(facts):
    facts.equate(B * H, B * W, _at(1))
    assert [str(e) for e in facts.unsolved] == ["batch*h == batch*w"]
    assert not facts.equate(B * W, B * H, _at(2))
    facts.equate(H, W, _at(3))
    assert not facts.unsolved, "now it is known"


def test_solving_may_reveal_a_conflict(facts):
    facts.equate(2 * H, 3 * W, _at(1))
    facts.equate(H, 4, _at(2))
    assert len(facts.conflicts) == 1
    assert {p.op for p in facts.conflicts[0].because} >= {2}


def test_bounds_and_divisors():
    facts = Facts()
    b = facts.declare("b", Place("x"), Range(1, 64, 8))
    h = facts.declare("h", Place("y"))
    assert facts.bounds(2 * b + 1) == (3, 129)
    assert facts.bounds(b - h) == (None, 64)
    assert facts.bounds(minimum(h, 16)) == (0, 16)
    assert facts.bounds(mod(h, 4)) == (0, 3)
    assert facts.bounds(ceildiv(b, 8)) == (1, 8)
    assert facts.bounds(broadcast(b, h)) == (0, None)
    assert facts.divisor(6 * b + 16 * h) == 16
    assert facts.divisor(b * h) == 8
    assert facts.divisor(h) == 1


def test_names_are_unique():
    facts = Facts()
    assert [str(facts.declare("n", Place(""))) for _ in range(3)] == ["n", "n_1", "n_2"]


def test_ranges_join():
    facts = Facts()
    a = facts.declare("a", Place("x"), Range(1, 64, 4))
    b = facts.declare("b", Place("y"), Range(2, None, 6))
    facts.equate(a, b, _at(1))
    assert facts.ranges["a"] == Range(2, 64, 12)
