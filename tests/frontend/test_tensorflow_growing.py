# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loops whose tensors grow and shrink, branches of different sizes, one in the other: against
TensorFlow, and without waiting for the device unless its data decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

tf = pytest.importorskip("tensorflow")

from tests.frontend.agreement import assert_same, sample_calls  # noqa: E402
from tests.frontend.readbacks import compiled  # noqa: E402

COUNT = tf.TensorSpec((), tf.int32, name="n")
LINE = tf.TensorSpec((None,), name="v")
MATRIX = tf.TensorSpec((None, None), name="m")


def grows_in_two_loops(v, n):
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
        for j in tf.range(i):
            tf.autograph.experimental.set_loop_options(
                shape_invariants=[(v, tf.TensorShape([None]))]
            )
            v = tf.concat([v, v[:1] + tf.cast(j, tf.float32)], 0)
    return v


def fibonacci(v, n):
    a, b = v, v * 2.0
    for _ in tf.range(n):
        tf.autograph.experimental.set_loop_options(
            shape_invariants=[(a, tf.TensorShape([None])), (b, tf.TensorShape([None]))]
        )
        a, b = b, tf.concat([a, b], 0)
    return a, b


def grows_from_nothing(n):
    found = tf.zeros((0,), tf.int32)
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(
            shape_invariants=[(found, tf.TensorShape([None]))]
        )
        found = tf.concat([found, tf.range(i)], 0)
    return found


def keeps_the_large(v):
    while tf.size(v) > 2:
        tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
        v = v[v > tf.reduce_mean(v)]
    return v


def data_dependent_branches(v, n):
    if n > 3:
        r = tf.unique(tf.cast(v * 2.0, tf.int32))[0]
    elif n > 1:
        r = tf.range(n)
    else:
        r = tf.cast(tf.where(v > 0.0)[:, 0], tf.int32)
    return r * 2


def matrix_grows_both_ways(m, n):
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(
            shape_invariants=[(m, tf.TensorShape([None, None]))]
        )
        if i % 2 == 0:
            m = tf.concat([m, m[:, :1]], 1)
        else:
            m = tf.concat([m, tf.reduce_sum(m, 0, keepdims=True)], 0)
    return m


def sizes_decided_by_a_loop(v, n):
    total = 0
    for i in tf.range(n):
        if i % 3 != 1:
            total += i
    return tf.zeros([total]) + tf.reduce_sum(v), tf.range(total)


def bubble(v):
    k = tf.size(v)
    for i in tf.range(k):
        for j in tf.range(k - 1 - i):
            if v[j] > v[j + 1]:
                v = tf.tensor_scatter_nd_update(v, [[j], [j + 1]], [v[j + 1], v[j]])
    return v


def windows_of_a_loop(v, n):
    out = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    for i in tf.range(tf.size(v) - n + 1):
        out = out.write(i, tf.reduce_max(v[i : i + n]))
    return out.stack()


def chosen_size(v, n):
    k = tf.cond(n > 2, lambda: tf.size(v), lambda: n * 2)
    return tf.ones([k, 2])


def shrinking_images(m, n):
    x = m[None, :, :, None]
    for _ in tf.range(n):
        tf.autograph.experimental.set_loop_options(
            shape_invariants=[(x, tf.TensorShape([1, None, None, 1]))]
        )
        if tf.shape(x)[1] > 2 and tf.shape(x)[2] > 2:
            x = tf.nn.avg_pool2d(x, 2, 1, "VALID")
    return x


PROGRAMS: dict[str, tuple[Callable[..., Any], list[Any], int]] = {
    "two loops": (grows_in_two_loops, [LINE, COUNT], 0),
    "two tensors": (fibonacci, [LINE, COUNT], 0),
    "from nothing": (grows_from_nothing, [COUNT], 0),
    "both sides of a matrix": (matrix_grows_both_ways, [MATRIX, COUNT], 0),
    "a size that a loop decides": (sizes_decided_by_a_loop, [LINE, COUNT], 0),
    "a size that a branch decides": (chosen_size, [LINE, COUNT], 0),
    "windows": (windows_of_a_loop, [LINE, COUNT], 0),
    "images": (shrinking_images, [MATRIX, COUNT], 0),
    "what is large, round by round": (keeps_the_large, [LINE], 1),
    "branches of data": (data_dependent_branches, [LINE, COUNT], 2),
    "sorting": (bubble, [LINE], 1),
}
"""The function, its arguments, and in how many places of it the host waits for the device."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_control_flow_of_changing_sizes(name: str) -> None:
    function, signature, expected = PROGRAMS[name]
    source = tf.function(function, input_signature=signature)
    module, waits = compiled(source)
    assert waits == expected
    for arguments in sample_calls(signature, (4, 1, 2, 5)):
        assert_same(module.main(*arguments), source(*arguments))
