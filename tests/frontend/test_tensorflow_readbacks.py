# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How often the host waits for the device to know a size: never for arithmetic on sizes and on
arguments, once for results whose size the data decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.frontend.agreement import assert_same  # noqa: E402
from tests.frontend.readbacks import compiled  # noqa: E402

N = None
MATRIX, IMAGES = tf.TensorSpec((N, N)), tf.TensorSpec((N, N, N, 3))
ROW, INTS = tf.TensorSpec((N,)), tf.TensorSpec((N,), tf.int32)
COUNT = tf.TensorSpec((), tf.int32)
BOXES = tf.TensorSpec((N, 4))


@dataclass(frozen=True)
class Case:
    function: Callable[..., Any]
    signature: tuple[Any, ...]
    extra: tuple[np.ndarray, ...] = ()
    """Values of the last arguments, where random ones would not do."""


def of(function: Callable[..., Any], *signature: Any, extra: Any = ()) -> Case:
    return Case(function, signature, tuple(np.asarray(a, np.int32) for a in extra))


def padded(x: Any) -> Any:
    height, width = tf.shape(x)[1], tf.shape(x)[2]
    top, left = -height % 16, -width % 16
    edges = [[0, 0], [top // 2, top - top // 2], [left // 2, left - left // 2], [0, 0]]
    return tf.pad(x, edges)


def padded_by_vectors(x: Any) -> Any:
    excess = (-tf.shape(x)[1:3]) % 16
    low = excess // 2
    return tf.pad(x, tf.concat([[[0, 0]], tf.stack([low, excess - low], 1), [[0, 0]]], 0))


def centre(x: Any) -> Any:
    shape = tf.shape(x)
    side = tf.minimum(shape[1], shape[2])
    top, left = (shape[1] - side) // 2, (shape[2] - side) // 2
    return x[:, top : top + side, left : left + side] * 2.0


def patches(x: Any) -> Any:
    s = tf.shape(x)
    tiles = tf.reshape(x, [s[0], s[1] // 4, 4, s[2] // 4, 4, 3])
    return tf.reshape(tf.transpose(tiles, [0, 1, 3, 2, 4, 5]), [s[0], -1, 48])


def causal(x: Any) -> Any:
    places = tf.range(tf.shape(x)[1])
    return tf.where(places[:, None] >= places[None], x[0, 0], -1e9)


def grown(n: Any) -> Any:
    return tf.while_loop(
        lambda i, a: i < n,
        lambda i, a: (i + 1, tf.concat([a, [tf.cast(i, tf.float32)]], 0)),
        (0, tf.zeros((1,))),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    )


def counted(x: Any) -> Any:
    return tf.while_loop(
        lambda i, a: i < tf.shape(x)[0],
        lambda i, a: (i + 1, a * 2.0),
        (0, x[:1]),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, None])),
    )


def root(n: Any) -> Any:
    low, high = tf.constant(0.0), tf.cast(n, tf.float32)
    while high - low > 1e-3:
        middle = (low + high) / 2
        if middle * middle > tf.cast(n, tf.float32):
            high = middle
        else:
            low = middle
    return low


def next_power(x: Any) -> Any:
    bits = tf.math.ceil(tf.math.log(tf.cast(tf.shape(x)[0], tf.float32)) / tf.math.log(2.0))
    return tf.zeros([tf.cast(2.0**bits, tf.int32)])


def doubled(x: Any) -> Any:
    return tf.while_loop(lambda a: tf.reduce_sum(a) < 100.0, lambda a: (a * 2.0,), (x,))


NONE: dict[str, Case] = {
    "shape": of(tf.shape, MATRIX),
    "flatten": of(lambda x: tf.reshape(x, [tf.shape(x)[0], -1]) * 2.0, IMAGES),
    "products of sizes": of(
        lambda x: tf.reshape(x, [tf.shape(x)[0] * tf.shape(x)[1], tf.shape(x)[2], 3]) * 2.0, IMAGES
    ),
    "vectors of sizes": of(
        lambda x: tf.reshape(
            x, tf.concat([[tf.reduce_prod(tf.shape(x)[:2])], tf.shape(x)[2:]], 0)
        ) * 2.0,
        IMAGES,
    ),
    "slices of shapes": of(lambda x: tf.zeros(tf.concat([tf.shape(x)[1:3] // 2, [4]], 0)), IMAGES),
    "gathered sizes": of(lambda x: tf.zeros(tf.gather(tf.shape(x), [2, 0])), IMAGES),
    "floats of sizes": of(
        lambda x: tf.zeros(
            [tf.cast(tf.math.ceil(tf.cast(tf.shape(x)[0], tf.float32) / tf.sqrt(2.0)), tf.int32)]
        ),
        MATRIX,
    ),
    "next power of two": of(next_power, MATRIX),
    "broadcast to": of(
        lambda x, b: tf.broadcast_to(b, tf.shape(x) * [1, 2]) + 1.0,
        MATRIX, tf.TensorSpec((N, 1)),
    ),
    "broadcast shapes": of(
        lambda x, y: tf.zeros(tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y))), MATRIX, MATRIX
    ),
    "range of a size": of(lambda x: tf.range(3, tf.shape(x)[1] + 5, 2), MATRIX),
    "range of floats": of(
        lambda x: tf.range(0.0, tf.cast(tf.shape(x)[0], tf.float32) * 0.5, 0.25), MATRIX
    ),
    "range of an argument": of(tf.range, COUNT, extra=(5,)),
    "resize by a factor": of(
        lambda x: tf.image.resize(x, tf.cast(0.5 * tf.cast(tf.shape(x)[1:3], "float32"), "int32")),
        IMAGES,
    ),
    "resize to nearest": of(
        lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2, method="nearest"), IMAGES
    ),
    "pad to a multiple": of(padded, IMAGES),
    "pad by vectors": of(padded_by_vectors, IMAGES),
    "crop to a square": of(centre, IMAGES),
    "slice from the middle": of(
        lambda x: tf.slice(x, [0, tf.shape(x)[1] // 2], [-1, tf.shape(x)[1] // 2]) + 1.0, MATRIX
    ),
    "tile by a size": of(lambda x, y: tf.tile(x, [tf.shape(y)[0], 1]) + 1.0, MATRIX, MATRIX),
    "one hot of a size": of(lambda i, x: tf.one_hot(i, tf.shape(x)[0]), INTS, MATRIX),
    "identity": of(lambda x: tf.eye(tf.shape(x)[0]), MATRIX),
    "triangle": of(
        lambda x: tf.linalg.band_part(tf.ones([tf.shape(x)[1]] * 2), -1, 0), MATRIX
    ),
    "causal mask": of(causal, MATRIX),
    "sequence mask": of(lambda n, x: tf.sequence_mask(n, tf.shape(x)[1]), INTS, MATRIX),
    "patches": of(patches, IMAGES),
    "transposed convolution": of(
        lambda x, w: tf.nn.conv2d_transpose(
            x, w, tf.stack([tf.shape(x)[0], tf.shape(x)[1] * 2, tf.shape(x)[2] * 2, 4]), 2
        ),
        IMAGES, tf.TensorSpec((3, 3, 4, 3)),
    ),
    "mean": of(lambda x: tf.reduce_sum(x, 1) / tf.cast(tf.shape(x)[1], tf.float32), MATRIX),
    "grid": of(
        lambda x: tf.meshgrid(tf.range(tf.shape(x)[0]), tf.range(tf.shape(x)[1])), MATRIX
    ),
    "branch on a size": of(
        lambda x: tf.cond(tf.shape(x)[0] > 3, lambda: x[:3], lambda: x * 2.0), MATRIX
    ),
    "loop that grows": of(grown, COUNT, extra=(4,)),
    "loop over a size": of(counted, MATRIX),
    "loop of floats": of(root, COUNT, extra=(7,)),
    "loop over rows": of(lambda x: tf.map_fn(lambda r: tf.reduce_sum(r) * 2.0, x), MATRIX),
    "shape from the caller": of(
        lambda x, s: tf.reshape(x, s) * 2.0, MATRIX, tf.TensorSpec((3,), tf.int32),
        extra=([2, -1, 2],),
    ),
}  # fmt: skip
"""Programs in which the host knows all sizes."""

ONE: dict[str, Case] = {
    "where": of(lambda x: tf.where(x > 1.0), MATRIX),
    "values where": of(lambda x: tf.gather_nd(x, tf.where(x > 1.0)) * 2.0, MATRIX),
    "masked rows": of(lambda x: tf.boolean_mask(x, x[:, 0] > 1.0) * 2.0, MATRIX),
    "two masks": of(lambda x, y: (tf.where(x > 1.0), tf.where(y > 1.0)), MATRIX, MATRIX),
    "unique": of(lambda x: tf.unique(x), INTS),
    "unique with counts": of(lambda x: tf.unique_with_counts(x), INTS),
    "suppression": of(lambda b, s: tf.image.non_max_suppression(b, s, 10), BOXES, ROW),
    "range of a maximum": of(lambda x: tf.range(tf.cast(tf.reduce_max(x) * 4, tf.int32)), MATRIX),
    "mask as long as the longest": of(lambda n: tf.sequence_mask(n), INTS),
    "difference of sets": of(
        lambda x, y: tf.raw_ops.ListDiff(x=x, y=y, out_idx=tf.int32), INTS, INTS
    ),
    "partition": of(lambda x, p: tf.dynamic_partition(x, p, 3), MATRIX, INTS),
    "histogram": of(lambda x: tf.math.bincount(x), INTS),
    "loop until large": of(doubled, MATRIX),
}
"""Programs whose data decide a size, or whether a loop goes on."""


def arguments(case: Case, *sizes: int) -> list[np.ndarray]:
    rng = np.random.default_rng(sum(sizes))
    specs = case.signature[: len(case.signature) - len(case.extra)]
    made = []
    for spec in specs:
        shape = [n if k is None else k for k, n in zip(spec.shape, sizes, strict=False)]
        whole = spec.dtype == tf.int32
        drawn = rng.integers(0, 3, shape) if whole else rng.uniform(0.5, 1.5, shape)
        made.append(drawn.astype(spec.dtype.as_numpy_dtype))
    return [*made, *case.extra]


@pytest.mark.parametrize("name", [*NONE, *ONE])
def test_readbacks(name: str) -> None:
    case = NONE.get(name) or ONE[name]
    source = tf.function(case.function, input_signature=list(case.signature))
    module, waits = compiled(source)
    assert waits == (name in ONE)
    for sizes in ((4, 8, 12, 3), (2, 4, 4, 3)):
        inputs = arguments(case, *sizes)
        assert_same(module.main(*inputs), source(*inputs), rtol=1e-5, atol=1e-5)
