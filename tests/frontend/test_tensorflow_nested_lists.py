# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists of lists, of ragged tensors and of optionals: `map_fn` over rows, gradients of loops in
loops and of branches; known and unknown sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.agreement import assert_agrees

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
LENGTHS = np.array([2, 0, 3, 1], np.int32)
INNER = np.array([1, 0, 3, 1, 0, 1], np.int32)
VALUES = RNG.normal(size=6).astype(np.float32)
PAIRS = RNG.normal(size=(6, 2)).astype(np.float32)
FLOATS = tf.RaggedTensorSpec([None], tf.float32)
INTEGERS = tf.RaggedTensorSpec([None], tf.int32)


def rows(lengths: Any, values: Any) -> Any:
    return tf.RaggedTensor.from_row_lengths(values, lengths)


def parts(value: Any) -> list[Any]:
    """Dense tensors that say all about a composite one."""
    return tf.nest.flatten(value, expand_composites=True)


def mapped(function: Callable[..., Any], given: Any, signature: Any = tf.float32) -> Any:
    return tf.map_fn(function, given, fn_output_signature=signature)


def gradient(function: Callable[..., Any], given: Any, *others: Any) -> Any:
    """That of the sum of squares of what a function gives."""
    with tf.GradientTape() as tape:
        tape.watch(given)
        result = function(given, *others)
        total = tf.reduce_sum(result * result)
    return tape.gradient(total, given)


def nested_rows_to_ragged(n, m, v):
    spec = tf.RaggedTensorSpec([None, None], tf.float32, row_splits_dtype=tf.int32)
    given = tf.RaggedTensor.from_nested_row_lengths(v, [n, m])
    return parts(mapped(lambda r: r * 2.0, given, spec))


def sums_of_nested_rows(n, m, v):
    given = tf.RaggedTensor.from_nested_row_lengths(v, [n, m])
    padded = mapped(lambda r: tf.reduce_sum(r, 1), given, FLOATS).to_tensor()
    return padded, mapped(lambda r: tf.reduce_sum(r.to_tensor()), given)


def nested_rows_from_sizes(n):
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    return parts(mapped(lambda k: tf.ragged.range(tf.range(k) + 1), n, spec))


def mapped_twice(n):
    made = mapped(tf.range, n, INTEGERS)
    return mapped(tf.reduce_sum, made, tf.int32), made.to_tensor(-1)


def two_at_once(n, v):
    def row(given):
        values, count = given
        return tf.reduce_sum(values) + count, values + count

    total, made = mapped(row, (rows(n, v), tf.cast(n, tf.float32)), (tf.float32, FLOATS))
    return total, made.to_tensor()


def largest_pairs(n, v):
    def row(given):
        return tf.reduce_max(tf.concat([given, tf.zeros([1, 2])], 0), 0)

    return mapped(row, rows(n, v), tf.TensorSpec([2]))


def rows_in_a_loop(n, v):
    given = rows(n, v)
    array = tf.TensorArray(tf.float32, given.nrows())
    for i in tf.range(given.nrows()):
        array = array.write(tf.cast(i, tf.int32), tf.reduce_sum(given[i]))
    return array.stack()


def gradient_of_row_sums(n, v):
    return gradient(lambda v: mapped(lambda r: tf.reduce_sum(r * r), rows(n, v)), v)


def gradient_of_rows(n, v):
    return gradient(lambda v: mapped(lambda r: r * tf.reduce_sum(r), rows(n, v), FLOATS).values, v)


ROWS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "sums": (lambda n, v: mapped(tf.reduce_sum, rows(n, v)), [LENGTHS, VALUES]),
    "rows": (lambda n, v: tf.map_fn(lambda r: r * 2, rows(n, v)).to_tensor(), [LENGTHS, VALUES]),
    "sorted": (lambda n, v: parts(mapped(tf.sort, rows(n, v), FLOATS)), [LENGTHS, VALUES]),
    "no rows": (lambda n, v: mapped(tf.sort, rows(n, v), FLOATS), [LENGTHS[:0], VALUES[:0]]),
    "two at once": (two_at_once, [LENGTHS, VALUES]),
    "pairs": (largest_pairs, [LENGTHS, PAIRS]),
    "mapped twice": (mapped_twice, [LENGTHS]),
    "nested rows": (nested_rows_to_ragged, [LENGTHS, INNER, VALUES]),
    "sums of nested rows": (sums_of_nested_rows, [LENGTHS, INNER, VALUES]),
    "nested rows from sizes": (nested_rows_from_sizes, [LENGTHS]),
    "rows in a loop": (rows_in_a_loop, [LENGTHS, VALUES]),
    "gradient of row sums": (gradient_of_row_sums, [LENGTHS, VALUES]),
    "gradient of rows": (gradient_of_rows, [LENGTHS, VALUES]),
}


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("name", ROWS)
def test_rows_in_lists_agree(name: str, known: bool) -> None:
    function, arguments = ROWS[name]
    signature = [tf.TensorSpec([None] * a.ndim, a.dtype) for a in arguments]
    target = "llvm-cpu" if not known and name in ("rows", "nested rows") else "reference"
    flat = lambda *given: parts(function(*given))  # noqa: E731
    assert_agrees(flat, signature, [arguments], target, known=known)


def loop_in_a_loop(x, n):
    y = x
    for i in tf.range(n):
        for _ in tf.range(i + 1):
            y = tf.sin(y) * x
    return y


def three_loops(x, n):
    y = x
    for i in tf.range(n):
        for j in tf.range(i):
            for _ in tf.range(j + 1):
                y = tf.sin(y) * x
    return y


def loop_in_a_branch(x, n):
    y = x
    for i in tf.range(n):
        if i % 2 == 0:
            for _ in tf.range(i + 1):
                y = tf.sin(y) * x
        else:
            y = y * tf.exp(x)
    return y


def array_in_a_loop(x, n):
    y = x
    for i in tf.range(n):
        array = tf.TensorArray(tf.float32, i + 1)
        for j in tf.range(i + 1):
            array = array.write(j, y * tf.cast(j + 1, tf.float32) * x)
        y = tf.tanh(tf.reduce_mean(array.stack(), 0))
    return y


def iterates_until_small(x, n):
    y = x
    for _ in tf.range(n):
        z = y
        while tf.reduce_max(tf.abs(z * z - y)) > 1e-3:
            z = 0.5 * (z + y / z)
        y = z + x
    return y


def scan_in_a_loop(x, n):
    y = tf.stack([x, x * x])
    for _ in tf.range(n):
        y = tf.scan(lambda a, r: tf.sin(a * 0.5 + r), y)
    return y


def break_and_continue(x, n):
    y = x
    for i in tf.range(10):
        y = tf.sin(y) * x + y
        if i >= n:
            break
        if i == 1:
            continue
        y = y * x
    return y


def branch_in_a_loop(x, n):
    y = x
    for _ in tf.range(n):
        y = tf.sin(y) * y if tf.reduce_sum(y) > 1 else tf.exp(y) * x
    return y


def one_of_two(x, n):
    return tf.cond(n > 2, lambda: tf.sin(x) * tf.exp(x), lambda: tf.cos(x) * tf.tanh(x))


def one_of_three(x, n):
    return tf.switch_case(n - 2, [lambda: tf.sin(x) * x, lambda: tf.exp(x) * x, lambda: x * x * x])


def gradient_in_a_loop(x, n):
    y = x
    for _ in tf.range(n):
        y = y - 0.1 * gradient(loop_in_a_loop, y, n)
    return y


GRADIENTS = (
    loop_in_a_loop, three_loops, loop_in_a_branch, array_in_a_loop, iterates_until_small,
    scan_in_a_loop, break_and_continue, branch_in_a_loop, one_of_two, one_of_three,
)  # fmt: skip
SIGNATURE = [tf.TensorSpec([None]), tf.TensorSpec([], tf.int32)]
CALLS = [
    [np.array([0.3, 0.5, 0.9], np.float32), np.int32(3)],
    [np.array([0.7, 0.4], np.float32), np.int32(2)],
]


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("function", GRADIENTS, ids=lambda f: f.__name__)
def test_gradients_of_nested_control_flow_agree(function: Any, known: bool) -> None:
    calls = CALLS[:1] if known else CALLS
    wanted = tf.autograph.experimental.do_not_convert(gradient)
    traced = tf.function(function, autograph=True)
    source = lambda x, n: wanted(traced, x, n)  # noqa: E731
    on_cpu = not known and function in (loop_in_a_loop, one_of_two)
    target = "llvm-cpu" if on_cpu else "reference"
    assert_agrees(source, SIGNATURE, calls, target, known=known)


def test_a_gradient_of_loops_in_a_loop_agrees() -> None:
    assert_agrees(gradient_in_a_loop, SIGNATURE, CALLS[:1], "reference")
