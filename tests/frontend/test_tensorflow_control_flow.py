# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loops and branches of TensorFlow, tensors that change shape on the way, and computed slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import iree_explore as ie  # noqa: E402
from tests.frontend.agreement import assert_agrees, sample_calls  # noqa: E402

COUNT = tf.TensorSpec((), tf.int32, name="n")
LINE = tf.TensorSpec((None,), name="v")
FIVE = tf.TensorSpec((5,), name="v")
ROWS = tf.TensorSpec((None, 4), name="x")


def doubles_a_tensor(v, n):
    for _ in tf.range(n):
        tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
        v = tf.concat([v, v * 0.5], 0)
    return v


def begins_with_a_known_shape(n):
    return tf.while_loop(
        lambda i, a: i < n,
        lambda i, a: (i + 1, tf.concat([a, [tf.cast(i, tf.float32)]], 0)),
        (0, tf.zeros((1,))),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    )


def drops_rows(x):
    while tf.shape(x)[0] > 1:
        tf.autograph.experimental.set_loop_options(
            shape_invariants=[(x, tf.TensorShape([None, 4]))]
        )
        x = x[::2] + 1.0
    return x


def break_and_continue(v, n):
    total = 0.0
    for i in tf.range(100):
        if i % 2 == 0:
            continue
        if i > n:
            break
        total += v[0] * tf.cast(i, tf.float32)
    return total


def nested_loops(v, n):
    for i in tf.range(n):
        for j in tf.range(i):
            v = v + tf.cast(i * j, tf.float32)
            if j > 2:
                v = v * 0.5
    return v


def returns_early(v, n):
    if n > 4:
        return v * 2
    if n > 3:
        return v * 3
    return v


def collatz(n):
    count = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            count += 1
        else:
            n = 3 * n + 1
        count += 1
    return count


def bisection(n):
    low, high = tf.constant(0.0), tf.cast(n, tf.float32)
    while high - low > 1e-5:
        middle = (low + high) / 2
        if middle * middle > tf.cast(n, tf.float32):
            high = middle
        else:
            low = middle
    return low


def branch_in_a_loop_changes_shape(v, n):
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
        if i % 2 == 0:
            last = v[-1:]
            v = tf.concat([v, last], 0)
        else:
            v = v[1:] * 2.0
    return v


def suppression_in_tiles(x, n):
    """Its loops carry tensors of which TensorFlow's lowering knows more than its types say."""
    scores = tf.cast(x[:, 0], tf.float32)
    tiles = {"pad_to_max_output_size": True, "tile_size": 8, "iou_threshold": 0.2}
    kept, count = tf.image.non_max_suppression_padded(x, scores, 4, **tiles)
    many, counts = tf.image.non_max_suppression_padded(x[None], scores[None], 4, **tiles)
    return kept, count, many, counts


def gradient_of_a_loop(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in tf.range(3):
            y = tf.sin(y) * x
        total = tf.reduce_sum(y * y)
    return tape.gradient(total, x)


PROGRAMS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "doubles a tensor": (doubles_a_tensor, [LINE, COUNT]),
    "begins with a known shape": (begins_with_a_known_shape, [COUNT]),
    "drops rows": (drops_rows, [ROWS]),
    "break and continue": (break_and_continue, [LINE, COUNT]),
    "nested loops": (nested_loops, [LINE, COUNT]),
    "returns early": (returns_early, [LINE, COUNT]),
    "collatz": (collatz, [COUNT]),
    "bisection": (bisection, [COUNT]),
    "branch in a loop changes shape": (branch_in_a_loop_changes_shape, [LINE, COUNT]),
    "maximum iterations": (
        lambda v, n: tf.while_loop(
            lambda i, a: i < n, lambda i, a: (i + 1, a * 1.5), (0, v), maximum_iterations=4
        ),
        [LINE, COUNT],
    ),
    "branches of two sizes": (
        lambda v, n: tf.cond(n > 4, lambda: v[:2], lambda: tf.concat([v, v], 0)),
        [FIVE, COUNT],
    ),
    "branches of unknown sizes": (
        lambda v, n: tf.cond(n > 4, lambda: v[:2], lambda: v),
        [LINE, COUNT],
    ),
    "switch_case": (
        lambda v, n: tf.switch_case(n - 3, [lambda: v + 1, lambda: v * 2, lambda: -v]),
        [LINE, COUNT],
    ),
    "switch_case of several sizes": (
        lambda v, n: tf.switch_case(
            n - 4, {0: lambda: v[:1], 1: lambda: v[1:3]}, default=lambda: v
        ),
        [FIVE, COUNT],
    ),
    "case": (
        lambda x: tf.case(
            [(x[0, 0] > 1, lambda: x + 1), (x[0, 0] > 0, lambda: x + 2)], default=lambda: x + 3
        ),
        [ROWS],
    ),
    "element": (lambda v, n: (v[n - 1], v[-n], v[n - 3]), [LINE, COUNT]),
    "ranges": (
        lambda v, n: (v[n - 2 : n], v[n:], v[:n], v[:-n], v[-n:], v[n : n - 1], v[n + 9 :]),
        [LINE, COUNT],
    ),
    "range": (
        lambda n: (tf.range(n, 0, -1), tf.range(1 - n, 7, n), tf.range(0.0, 1.0, 1 / n)),
        [COUNT],
    ),
    "suppression in tiles": (suppression_in_tiles, [ROWS, COUNT]),
    "steps": (lambda v, n: (v[n - 3 : n + 9 : 2], v[1::3]), [LINE, COUNT]),
    "backwards": (
        lambda v, n: (v[n - 1 :: -1], v[: n - 2 : -2], v[-1:1:-1], v[::-2]),
        [LINE, COUNT],
    ),
    "several axes": (
        lambda x, n: (x[:, n - 3], x[..., n - 2 :], x[tf.newaxis, n - 1, : n - 2], x[n - 1, 2]),
        [ROWS, COUNT],
    ),
}  # fmt: skip


SIZES = (5, 3, 4)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_control_flow_of_unknown_sizes(name: str, target: str) -> None:
    function, signature = PROGRAMS[name]
    assert_agrees(function, signature, sample_calls(signature, SIZES), target)


@pytest.mark.parametrize("name", PROGRAMS)
def test_control_flow_of_known_sizes(name: str) -> None:
    function, signature = PROGRAMS[name]
    assert_agrees(function, signature, sample_calls(signature, SIZES)[:1], "reference", known=True)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("rows", [3, None])
def test_gradient_of_a_loop(rows: int | None, target: str) -> None:
    signature = [tf.TensorSpec((rows, 4), name="x")]
    rng = np.random.default_rng(1)
    inputs = [[rng.normal(size=(n, 4)).astype(np.float32)] for n in ((3,) if rows else (3, 1))]
    assert_agrees(gradient_of_a_loop, signature, inputs, target)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("bounds", [(5, 0, 1), (0, 5, -1), (0, 5, 0)])
def test_a_range_that_never_ends_is_an_error(bounds: tuple[int, ...], target: str) -> None:
    source = tf.function(tf.range, input_signature=[COUNT] * 3)
    with pytest.raises(ie.Error, match="start {}, limit {}, delta {}".format(*bounds)) as raised:
        ie.compile(source, target=target).main(*(np.int32(b) for b in bounds))
    assert raised.value.code == "IX307"
