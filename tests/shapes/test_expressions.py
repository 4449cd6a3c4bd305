# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Symbolic sizes: one normal form, its value, its text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iree_explore.errors import ModelError
from iree_explore.shapes.expressions import (
    broadcast,
    ceildiv,
    constant,
    evaluate,
    floordiv,
    maximum,
    minimum,
    mod,
    never_negative,
    parse,
    symbol,
)

B, H, W = symbol("b"), symbol("h"), symbol("w")
SIZES = st.integers(1, 40)


def _pairs(children):
    """Expressions beside what Python computes for the same tree, as a function of sizes."""
    two = st.tuples(children, children)
    divisor = st.integers(1, 9)
    return st.one_of(
        two.map(lambda p: (p[0][0] + p[1][0], lambda s: p[0][1](s) + p[1][1](s))),
        two.map(lambda p: (p[0][0] - p[1][0], lambda s: p[0][1](s) - p[1][1](s))),
        two.map(lambda p: (p[0][0] * p[1][0], lambda s: p[0][1](s) * p[1][1](s))),
        two.map(lambda p: (maximum(p[0][0], p[1][0]), lambda s: max(p[0][1](s), p[1][1](s)))),
        two.map(lambda p: (minimum(p[0][0], p[1][0]), lambda s: min(p[0][1](s), p[1][1](s)))),
        st.tuples(children, divisor).map(lambda p: (p[0][0] // p[1], lambda s: p[0][1](s) // p[1])),
        st.tuples(children, divisor).map(lambda p: (p[0][0] % p[1], lambda s: p[0][1](s) % p[1])),
        st.tuples(children, divisor).map(
            lambda p: (ceildiv(p[0][0], p[1]), lambda s: -(-p[0][1](s) // p[1]))
        ),
        st.tuples(children, st.sampled_from("bhw")).map(
            lambda p: (floordiv(p[0][0], symbol(p[1])), lambda s: p[0][1](s) // s[p[1]])
        ),
    )


LEAVES = st.one_of(
    st.sampled_from("bhw").map(lambda n: (symbol(n), lambda s: s[n])),
    st.integers(-9, 9).map(lambda n: (constant(n), lambda s: n)),
)
TREES = st.recursive(LEAVES, _pairs, max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(TREES, SIZES, SIZES, SIZES)
def test_expressions_are_what_python_computes(tree, b, h, w):
    expression, compute = tree
    sizes = {"b": b, "h": h, "w": w}
    assert expression.value(sizes) == compute(sizes), expression
    assert parse(str(expression)) == expression, expression
    assert evaluate(str(expression), sizes) == compute(sizes), expression
    assert expression.substitute({"h": W + 1}).value(sizes) == compute(sizes | {"h": w + 1})
    if never_negative(expression):
        assert expression.value(sizes) >= 0


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (2 * H + 1, "2*h + 1"),
        (ceildiv(W, 2), "ceildiv(w, 2)"),
        ((H + 1) * (W + 1), "h*w + h + w + 1"),
        (floordiv(4 * W + 3, 8), "floordiv(w, 2)"),
        (floordiv(B * H * W, W), "b*h"),
        (ceildiv(2 * W, 2), "w"),
        (mod(6 * H + 7, 3), "1"),
        (maximum(0, H + 3), "h + 3"),
        (maximum(0, H - 3), "max(0, h - 3)"),
        (minimum(H, H + W), "h"),
        (broadcast(H, 1), "h"),
        (broadcast(1, 1), "1"),
        (broadcast(H, 7), "7"),
        (broadcast(W, H, W), "broadcast(h, w)"),
        (3 - H, "-h + 3"),
        (H - H, "0"),
        (ceildiv(H, 2) + maximum(2 * ceildiv(H, 4) - ceildiv(H, 2) + 1, 0), "2*ceildiv(h, 4) + 1"),
        (maximum(2 * ceildiv(H, 4) - ceildiv(H, 2) - 1, 0), "0"),
        (minimum(H, 8 * floordiv(H, 8)), "8*floordiv(h, 8)"),
    ],
)
def test_one_normal_form(expression, text):
    assert str(expression) == text
    assert parse(text) == expression


@pytest.mark.parametrize(
    "text", ["", "h +", "2h", "h / 2", "floordiv(h)", "sin(h)", "(h", "h)", "max()", "(" * 300]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ModelError, match="IX101"):
        parse(text)


def test_a_size_is_missing():
    with pytest.raises(KeyError, match="w"):
        (H + W).value({"h": 2})
    with pytest.raises(ModelError, match="needs the size of 'w'"):
        evaluate("h + w", {"h": 2})


def test_what_takes_for_ever_is_not_known():
    """Replacing each of n calls by either argument would be 2**n questions."""
    total = parse("64*h")
    for i in range(2, 66):
        total -= parse(f"max(mod(h, {i}), w)")
    assert not never_negative(total)
    assert total.weight == 1 + 64 * 4
