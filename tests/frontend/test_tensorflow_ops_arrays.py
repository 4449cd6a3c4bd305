# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Slices, scans, gathers, scatters and layout of TensorFlow, static and with unknown sizes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontend.tensorflow_ops import Case, Fixed, check, f32, i32, i64

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 6)).astype(np.float32)
CUBE = RNG.normal(size=(4, 6, 3)).astype(np.float32)
SQUARES = RNG.normal(size=(3, 4, 4)).astype(np.float32)
WIDE = RNG.normal(size=(2, 4, 5)).astype(np.float32)
IMAGE = RNG.normal(size=(4, 4, 6, 8)).astype(np.float32)
TWO = np.array(2, np.int32)
NAN = np.array([[1, np.nan, -np.inf, 2], [-np.inf, -np.inf, 0, np.inf]], np.float32)
raw = tf.raw_ops

SLICES: dict[str, Case] = {
    "every second backwards": (lambda x: x[::-2, ::-1], [X]),
    "backwards between": (lambda x: x[4:1:-1, -2::-3], [X]),
    "beyond the ends": (lambda x: x[-100:100, 5:2], [X]),
    "backwards beyond": (lambda x: x[100:-100:-3], [X]),
    "start at run time": (lambda x, k: x[k : k + 2, -k:], [X, TWO]),
    "negative at run time": (lambda x, k: x[-k::-1, :-k], [X, TWO]),
    "one row at run time": (lambda x, k: (x[k], x[:, -k]), [X, TWO]),
    "size of another": (lambda x, y: x[: tf.shape(y)[0], tf.shape(y)[1] :], [X, X[:4, :2]]),
    "new axis and ellipsis": (lambda x: x[..., None, 1:], [CUBE]),
    "slice at run time": (lambda x, b: tf.slice(x, b, [2, -1]), [X, Fixed(i32([1, 2]))]),
    "slice sizes at run time": (
        lambda x, b, s: tf.slice(x, b, s),
        [X, Fixed(i32([1, 2])), Fixed(i32([-1, 3]))],
    ),
    "one hot of run-time depth": (
        lambda i, d: tf.one_hot(i, d),
        [i32([0, 3, -1, 9]), TWO * 2],
    ),
    "frames": (lambda x: tf.signal.frame(x, 3, 2), [X]),
    "tile": (lambda x, k: tf.tile(x, [k, 3]), [X, TWO]),
    "repeat": (lambda x, k: tf.repeat(x, k, axis=0), [X[:3], Fixed(i32([2, 0, 3]))]),
    "pad at run time": (lambda x, p: tf.pad(x, p), [X, Fixed(i32([[1, 2], [0, 3]]))]),
    "split": (lambda x: tf.split(x, [2, -1, 1], 1), [X]),
}

SCANS: dict[str, Case] = {
    "sums": (lambda x: (tf.cumsum(x, 0), tf.cumsum(x, 1, exclusive=True, reverse=True)), [X]),
    "products": (lambda x: (tf.math.cumprod(x, 0, reverse=True), tf.math.cumprod(x, -1)), [X]),
    "log sum exp": (lambda x: tf.math.cumulative_logsumexp(x, 1), [X]),
    "log sum exp of infinities": (lambda x: tf.math.cumulative_logsumexp(x[:, 2:3], 0), [NAN]),
    "log sum exp exclusive": (
        lambda x: tf.math.cumulative_logsumexp(x, 0, exclusive=True, reverse=True),
        [X],
    ),
    "integers": (lambda x: tf.cumsum(x), [i64([3, -1, 2**40, 5])]),
    "top k": (lambda x: tf.math.top_k(x, 2), [X]),
    "top k of ties": (lambda x, k: tf.math.top_k(x, k), [f32([[1, 3, 3, 1, 3]]), TWO]),
    "sort": (lambda x: (tf.sort(x, 1), tf.argsort(x, 1, "DESCENDING", stable=True)), [X]),
    "nth element": (lambda x, n: raw.NthElement(input=x, n=n, reverse=True), [X, TWO]),
}

UPDATES = i32([[1], [4], [1]])
SCATTERS: dict[str, Case] = {
    "gather nd": (lambda x, k: tf.gather_nd(x, k), [CUBE, Fixed(i32([[0, 5], [3, 1]]))]),
    "gather rows": (lambda x, k: tf.gather_nd(x, k), [X, Fixed(UPDATES)]),
    "scatter nd": (
        lambda k, v, n: tf.scatter_nd(k, v, tf.stack([n * 4, 6])),
        [Fixed(UPDATES), X[:3], TWO],
    ),
    "scatter booleans": (
        lambda k, v: tf.scatter_nd(k, v > 0, [8, 6]),
        [Fixed(i32([[7], [4], [0]])), X[:3]],
    ),
    **{
        f"scatter {kind}": (
            lambda x, k, v, kind=kind: getattr(tf, f"tensor_scatter_nd_{kind}")(x, k, v),
            [X, Fixed(UPDATES), X[4:]],
        )
        for kind in ("add", "sub", "min", "max")
    },
    "scatter update": (
        lambda x, k, v: tf.tensor_scatter_nd_update(x, k, v),
        [X, Fixed(i32([[5], [4], [1]])), X[4:]],
    ),
    "stitch": (
        lambda k, m, a, b: tf.dynamic_stitch([k, m], [a, b]),
        [i32([0, 2]), i32([4, 1]), X[:2], X[2:4]],
    ),
    "invert permutation": (lambda p: tf.math.invert_permutation(p), [i32([2, 0, 1, 3])]),
}

LAYOUT: dict[str, Case] = {
    "roll": (lambda x, s: (tf.roll(x, [1, -2], [0, 1]), tf.roll(x, s + 11, 0)), [X, TWO]),
    "reflect": (lambda x: tf.pad(x, [[1, 2], [0, 3]], "REFLECT"), [X]),
    "symmetric": (lambda x: tf.pad(x, [[7, 2], [0, 6]], "SYMMETRIC"), [X]),
    "reverse rows": (lambda x, n: tf.reverse_sequence(x, n, 1), [CUBE, i32([0, 6, 3, 1])]),
    "reverse columns": (
        lambda x, n: tf.reverse_sequence(x, n, 0, 2),
        [CUBE, i32([0, 4, 3])],
    ),
    "space to batch": (lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [1, 1]]), [IMAGE]),
    "batch to space": (lambda x: tf.batch_to_space(x, [2, 2], [[1, 0], [0, 1]]), [IMAGE]),
    "space to depth": (lambda x: tf.nn.space_to_depth(x, 2), [IMAGE]),
    "depth to space": (lambda x: tf.nn.depth_to_space(x, 2), [IMAGE]),
    "patches": (
        lambda x: tf.image.extract_patches(x, [1, 3, 2, 1], [1, 2, 1, 1], [1, 1, 1, 1], "SAME"),
        [IMAGE],
    ),
    "patches apart": (
        lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 1, 3, 1], [1, 2, 2, 1], "VALID"),
        [IMAGE],
    ),
    "shapes": (lambda x, y: tf.shape_n([x, y]), [X, CUBE]),
    "ensure shape": (lambda x: tf.ensure_shape(x, [None, 6]), [X]),
    "broadcast shape": (
        lambda x, y: tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y)),
        [CUBE[0, :, :1], CUBE],
    ),
}

DIAGONALS: dict[str, Case] = {
    "matrix": (lambda x: tf.linalg.diag(x, padding_value=9.0), [X]),
    "band": (lambda x: tf.linalg.diag(x, k=(-1, 1), align="LEFT_RIGHT"), [Fixed(SQUARES[:, :3])]),
    "part": (lambda x: (tf.linalg.diag_part(x), tf.linalg.diag_part(x, k=2)), [WIDE]),
    **{
        f"parts {align}": (
            lambda x, align=align: tf.linalg.diag_part(
                x, k=(-2, 1), align=align, padding_value=7.0
            ),
            [WIDE],
        )
        for align in ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT")
    },
    "set": (lambda x, d: tf.linalg.set_diag(x, d), [WIDE, X[:2, :4]]),
    "identity": (lambda x: tf.eye(tf.shape(x)[0]), [X]),
    "identity of two sizes": (lambda x: tf.eye(tf.shape(x)[0], tf.shape(x)[1]), [X]),
    "trace": (lambda x: tf.linalg.trace(x), [SQUARES]),
    "tensor": (lambda x: tf.linalg.tensor_diag(x[:2, :3]), [X]),
    "tensor part": (lambda x: tf.linalg.tensor_diag_part(x), [SQUARES[0]]),
}


@pytest.mark.parametrize("unknown", ["none", "batch", "all"])
@pytest.mark.parametrize("family", ["SLICES", "SCANS", "SCATTERS", "LAYOUT", "DIAGONALS"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown)
