# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether a TensorFlow program computes here what it computes there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

import iree_explore as ie


def flat(values: Any) -> list[np.ndarray]:
    """The arrays of nested results, in TensorFlow's order."""
    return [np.asarray(v) for v in tf.nest.flatten(values)]


def assert_same(results: Any, expected: Any, rtol: float = 2e-5, atol: float = 2e-6) -> None:
    """Equal types and shapes, and nearly equal elements."""
    got, wanted = flat(results), flat(expected)
    assert [(g.shape, g.dtype) for g in got] == [(w.shape, w.dtype) for w in wanted]
    for result, value in zip(got, wanted, strict=True):
        np.testing.assert_allclose(result, value, rtol=rtol, atol=atol)


def assert_agrees(
    function: Callable[..., Any],
    signature: Sequence[Any],
    calls: Sequence[Sequence[Any]],
    target: str,
    *,
    known: bool = False,
    **tolerance: float,
) -> None:
    """Each of `calls` gives what TensorFlow gives; `known` compiles for the first one's shapes."""
    source = tf.function(function, input_signature=list(signature))
    inputs = list(calls[0]) if known else None
    module = ie.compile(source, target=target, inputs=inputs)
    for arguments in calls:
        assert_same(module.main(*arguments), source(*arguments), **tolerance)


def sample_calls(signature: Sequence[Any], sizes: Sequence[int]) -> list[list[np.ndarray]]:
    """A call for each size, which is every unknown dimension and every integer; seeded."""
    rng = np.random.default_rng(1)
    made = []
    for size in sizes:
        row = []
        for spec in signature:
            if spec.dtype == tf.int32:
                row.append(np.array(size, np.int32))
            else:
                shape = [size if n is None else n for n in spec.shape]
                row.append(rng.normal(size=shape).astype(np.float32))
        made.append(row)
    return made
