# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops none of whose sizes are known before the call, kernels and channels included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.agreement import assert_agrees

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)


def draw(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def ints(*values: Any) -> np.ndarray:
    return np.array(values, np.int32)


def with_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    """The results, and the gradients of their squares' sum by every operand."""

    def both(*operands: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(operands)
            result = function(*operands)
            total = tf.reduce_sum(result * result)
        return result, tape.gradient(total, operands)

    return both


def batch_norm(x: Any, scale: Any, offset: Any) -> Any:
    return tf.compat.v1.nn.fused_batch_norm(x, scale, offset, is_training=True)[0]


def crops(image: Any, boxes: Any, places: Any) -> Any:
    return with_gradients(lambda x, b: tf.image.crop_and_resize(x, b, places, [3, 4]))(image, boxes)


CONVOLUTIONS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {}
for _padding in ("SAME", "VALID"):
    CONVOLUTIONS |= {
        f"images {_padding}": (
            lambda x, w, p=_padding: tf.nn.conv2d(x, w, [1, 2, 3, 1], p),
            [draw(2, 9, 8, 3), draw(3, 2, 3, 4)],
        ),
        f"each channel {_padding}": (
            lambda x, w, p=_padding: tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], p),
            [draw(2, 9, 8, 3), draw(3, 2, 3, 2)],
        ),
        f"volumes {_padding}": (
            lambda x, w, p=_padding: tf.nn.conv3d(x, w, [1, 2, 1, 1, 1], p),
            [draw(1, 5, 4, 5, 3), draw(3, 2, 2, 3, 4)],
        ),
    }

PROGRAMS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    **{name: (with_gradients(f), args) for name, (f, args) in CONVOLUTIONS.items()},
    "groups of channels": (
        lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [draw(2, 7, 8, 6), draw(3, 2, 3, 4)],
    ),
    "transposed": (
        lambda x, w: tf.nn.conv2d_transpose(
            x, w, tf.stack([tf.shape(x)[0], tf.shape(x)[1] * 2, tf.shape(x)[2] * 2, 3]), 2, "SAME"
        ),
        [draw(2, 5, 6, 4), draw(3, 3, 3, 4)],
    ),
    "dilation": (
        lambda x, w: tf.nn.dilation2d(x, w, [1, 2, 1, 1], "SAME", "NHWC", [1, 2, 1, 1]),
        [draw(2, 9, 8, 3), draw(3, 2, 3)],
    ),
    "batch norm": (with_gradients(batch_norm), [draw(4, 5, 5, 3), draw(3), draw(3)]),
    "batch norm of given statistics": (
        lambda x, s, o, m, v: tf.compat.v1.nn.fused_batch_norm(
            x, s, o, m, v * v, is_training=False
        )[0],
        [draw(4, 5, 5, 3), draw(3), draw(3), draw(3), draw(3)],
    ),
    "mirrors": (
        lambda x, p: (tf.pad(x, p, "REFLECT"), tf.pad(x, p, "SYMMETRIC")),
        [draw(4, 5), ints([1, 2], [3, 0])],
    ),
    "split": (
        lambda x, s: tf.split(x, tf.ensure_shape(s, [3]), axis=1),
        [draw(4, 9), ints(2, -1, 4)],
    ),
    "dilated pools": (
        lambda x: (
            tf.nn.pool(x, [2, 2], "MAX", dilations=[2, 2]),
            tf.nn.pool(x, [2, 2], "AVG", dilations=[2, 3]),
        ),
        [draw(2, 9, 9, 2)],
    ),
    **{
        f"scatter {kind}": (
            lambda x, k, u, kind=kind: getattr(tf, f"tensor_scatter_nd_{kind}")(x, k, u),
            [draw(6, 4, 2), ints([1, 3], [4, 0], [2, 1]), draw(3, 2)],
        )
        for kind in ("update", "add", "sub", "min", "max")
    },
    "crops": (
        crops,
        [draw(2, 6, 7, 3), RNG.uniform(0, 1, (3, 4)).astype(np.float32), ints(0, 1, 1)],
    ),
    "sums of zeros": (
        lambda x: [tf.reduce_sum(tf.zeros(tf.shape(x)), 0), tf.reduce_max(tf.ones_like(x))],
        [draw(4, 3)],
    ),
    "three diagonals": (
        lambda d, x: tf.linalg.tridiagonal_matmul(d, x, diagonals_format="compact"),
        [draw(2, 3, 5), draw(2, 5, 4)],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_known(name: str) -> None:
    function, arguments = PROGRAMS[name]
    signature = [tf.TensorSpec([None] * a.ndim, a.dtype) for a in arguments]
    assert_agrees(function, signature, [arguments], "llvm-cpu", rtol=1e-4, atol=1e-4)
