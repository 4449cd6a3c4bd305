# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls of TensorFlow's public functions on tensors, by namespace: one case or more a function.

`CASES[namespace][function]` is a function of tensors and its arguments; `test_tensorflow_api.py`
compares them with TensorFlow, `keras.ops` is in `tensorflow_keras_ops.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow

from tests.frontend.tensorflow_ops import Case, Fixed, f32, i32, i64

tf: Any = tensorflow

RNG = np.random.default_rng(11)


def floats(*shape: int) -> np.ndarray:
    """Normal numbers."""
    return RNG.normal(size=shape).astype(np.float32)


def parts(*shape: int) -> np.ndarray:
    """Numbers inside (0, 1)."""
    return RNG.uniform(0.05, 0.95, size=shape).astype(np.float32)


class Kept(Fixed):
    """An argument of which only the sizes at `axes` may be unknown."""

    def __init__(self, value: Any, *axes: int) -> None:
        super().__init__(value)
        self.axes = axes

    def shape(self, unknown: str) -> list[int | None]:
        """Sizes when those of other arguments are unknown."""
        free = self.axes if unknown == "all" else ()
        return [None if i in free else n for i, n in enumerate(self.value.shape)]


X, Y, P, Q = floats(3, 4), floats(3, 4), parts(3, 4), parts(3, 4)
L = P + 1
I, J = i32([[7, -3, 12], [5, 0, -9]]), i32([[2, 5, -3], [-4, 7, 2]])  # noqa: E741
N = i32([3, 0, 2, 3, 1])
B, C = X > 0, Y > 0
Z = (floats(3, 4) + 1j * floats(3, 4)).astype(np.complex64)
V = floats(6)
IDS = i32([0, 0, 1, 3])
ROWS = floats(4, 3)
IMAGES = parts(2, 8, 9, 3)
PIXELS = Kept(IMAGES, 0, 1, 2)
PICTURE = Kept(IMAGES[0], 0, 1)
BYTES = (IMAGES * 255).astype(np.uint8)
SPACE = Kept(floats(1, 4, 5, 6, 2), 0)
MATRIX = floats(4, 4)
SYMMETRIC = MATRIX + MATRIX.T
POSITIVE = MATRIX @ MATRIX.T + 4 * np.eye(4, dtype=np.float32)
WELL = MATRIX + 4 * np.eye(4, dtype=np.float32)
SQUARES = np.stack([WELL, WELL.T + 1])


def on(function: Callable[..., Any], *values: Any, **options: Any) -> Case:
    """A case of a plain call."""
    return lambda *args: function(*args, **options), values


def each(module: Any, values: tuple[Any, ...], names: str) -> dict[str, Case]:
    """The named functions of a module, all of the same arguments."""
    return {name: on(getattr(module, name), *values) for name in names.split()}


MATH: dict[str, Case] = {
    **each(tf.math, (X,), """
        abs asinh atan ceil cos cosh erf exp expm1 floor is_finite is_inf is_nan l2_normalize
        log_sigmoid log_softmax negative reciprocal reciprocal_no_nan reduce_euclidean_norm
        reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum
        reduce_variance rint round sigmoid sign sin sinh softmax softplus softsign square tan tanh
        zero_fraction count_nonzero cumsum cumprod cumulative_logsumexp"""),
    **each(tf.math, (P,), "acos asin atanh erfc erfcinv erfinv log log1p ndtri rsqrt sqrt"),
    **each(tf.math, (L,), "acosh digamma lgamma lbeta bessel_i0 bessel_i0e bessel_i1 bessel_i1e"),
    **each(tf.math.special, (L,), """
        bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e bessel_y0 bessel_y1 dawsn
        expint fresnel_cos fresnel_sin spence"""),
    **each(tf.math, (X, Y), """
        add atan2 divide divide_no_nan equal floordiv floormod greater greater_equal less
        less_equal maximum minimum mod multiply multiply_no_nan nextafter not_equal
        squared_difference subtract truediv"""),
    **each(tf.math, (P, Q), "pow xdivy xlog1py xlogy igamma igammac"),
    **each(tf.math, (B,), "logical_not reduce_all reduce_any"),
    **each(tf.math, (B, C), "logical_and logical_or logical_xor"),
    **each(tf.math, (Z,), "angle conj imag real"),
    "accumulate_n": (lambda x, y: tf.math.accumulate_n([x, y]), [X, Y]),
    "add_n": (lambda x, y: tf.math.add_n([x, y, x]), [X, Y]),
    "approx_max_k": (lambda x: tf.math.approx_max_k(x, 2), [Fixed(V)]),
    "argmax": on(tf.math.argmax, X, axis=1),
    "argmin": on(tf.math.argmin, X, axis=0, output_type=tf.int32),
    "betainc": on(tf.math.betainc, L, L, P),
    "bincount": on(tf.math.bincount, N),
    "bincount of weights": (lambda n, w: tf.math.bincount(n, w, minlength=6), [N, V[:5]]),
    "bincount of rows": on(tf.math.bincount, i32([[1, 2, 2], [0, 4, 1]]), axis=-1),
    "bincount, binary": (
        lambda n: tf.math.bincount(n, axis=-1, binary_output=True), [i32([[1, 2, 2], [0, 4, 1]])]
    ),
    "confusion_matrix": on(tf.math.confusion_matrix, N, N[::-1].copy()),
    "floordiv of integers": on(tf.math.floordiv, I, J),
    "in_top_k": (lambda n, x: tf.math.in_top_k(n, x, 2), [N[:3], X]),
    "invert_permutation": on(tf.math.invert_permutation, i32([2, 0, 3, 1])),
    "is_non_decreasing": on(tf.math.is_non_decreasing, V),
    "is_strictly_increasing": on(tf.math.is_strictly_increasing, np.sort(V)),
    "polygamma": on(tf.math.polygamma, f32([1, 2, 3]), f32([1.5, 2.5, 3.5])),
    "polyval": (lambda x, y: tf.math.polyval([x, y, 2.0], y), [X, Y]),
    "scalar_mul": (lambda x: tf.math.scalar_mul(2.5, x), [X]),
    "sobol_sample": (lambda: tf.math.sobol_sample(4, 9, 3), []),
    "top_k": on(tf.math.top_k, X, k=2),
    "zeta": on(tf.math.zeta, L + 1, L),
    **{
        f"segment_{n}": on(getattr(tf.math, f"segment_{n}"), ROWS, IDS)
        for n in ("max", "mean", "min", "prod", "sum")
    },
    **{
        f"unsorted_segment_{n}": on(
            getattr(tf.math, f"unsorted_segment_{n}"), ROWS, i32([3, 0, 3, -1]), num_segments=5
        )
        for n in ("max", "mean", "min", "prod", "sqrt_n", "sum")
    },
}  # fmt: skip

KERNEL = Fixed(floats(3, 3, 3, 5))
NHWC = Kept(IMAGES, 0, 1, 2)
SEQUENCE = Kept(floats(2, 9, 3), 0, 1)
EMBEDDINGS = Fixed(floats(20, 4))
LOGITS, LABELS = floats(5, 2, 6), i32([[1, 2, 2], [3, 0, 0]])


def sparse(rank: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, values and shape of a sparse tensor."""
    if rank == 1:
        return i64([[0], [2], [5]]), f32([1, -2, 3]), i64([7])
    return i64([[0, 1], [0, 3], [2, 0]]), f32([1.5, -2, 3]), i64([4, 5])


PLACES, VALUES, SHAPE = sparse()
S = (Kept(PLACES, 0), VALUES, Fixed(SHAPE))
T = (Kept(i64([[0, 1], [1, 2], [2, 4], [3, 3]]), 0), f32([1, 2, -3, 4]), Fixed(SHAPE))
WHOLE = (S[0], i32([3, 7, 1]), S[2])


def with_sparse(function: Callable[..., Any], *values: Any, **options: Any) -> Case:
    """A call whose first argument is a sparse tensor of three; what is sparse in its result is
    taken apart."""

    def body(i: Any, v: Any, s: Any, *rest: Any) -> Any:
        return _dense(function(tf.SparseTensor(i, v, s), *rest, **options))

    return body, values


def two_sparse(function: Callable[..., Any], *values: Any, **options: Any) -> Case:
    """A call of two sparse tensors."""

    def body(*v: Any) -> Any:
        return _dense(function(tf.SparseTensor(*v[:3]), tf.SparseTensor(*v[3:]), **options))

    return body, values


def _dense(found: Any) -> Any:
    flat = tf.nest.flatten(found, expand_composites=True)
    return flat if len(flat) > 1 else flat[0]


NN: dict[str, Case] = {
    **each(tf.nn, (X,), """
        crelu elu gelu leaky_relu log_softmax relu relu6 selu sigmoid silu softmax softplus
        softsign swish tanh l2_loss l2_normalize zero_fraction"""),
    "approx_max_k": (lambda x: tf.nn.approx_max_k(x, 3), [Fixed(V)]),
    "all_candidate_sampler": (
        lambda n: tf.nn.all_candidate_sampler(n, 2, 5, True), [Kept(i64([[0, 3], [1, 2]]), 0)]
    ),
    "atrous_conv2d": (lambda x, k: tf.nn.atrous_conv2d(x, k, 2, "VALID"), [NHWC, KERNEL]),
    "atrous_conv2d_transpose": (
        lambda x, k: tf.nn.atrous_conv2d_transpose(x, k, [2, 8, 9, 3], 2, "SAME"),
        [Kept(floats(2, 8, 9, 5), 0), KERNEL],
    ),
    "avg_pool": (lambda x: tf.nn.avg_pool(x, 2, 2, "SAME"), [NHWC]),
    "avg_pool1d": (lambda x: tf.nn.avg_pool1d(x, 2, 2, "VALID"), [SEQUENCE]),
    "avg_pool2d": (lambda x: tf.nn.avg_pool2d(x, 3, 2, "VALID"), [NHWC]),
    "avg_pool3d": (lambda x: tf.nn.avg_pool3d(x, 2, 2, "SAME"), [SPACE]),
    "batch_norm_with_global_normalization": (
        lambda x, m, v: tf.nn.batch_norm_with_global_normalization(x, m, v, m, v, 1e-3, True),
        [NHWC, Fixed(floats(3)), Fixed(parts(3))],
    ),
    "batch_normalization": (
        lambda x, m, v: tf.nn.batch_normalization(x, m, v, m, v, 1e-3),
        [NHWC, Fixed(floats(3)), Fixed(parts(3))],
    ),
    "bias_add": on(tf.nn.bias_add, X, floats(4)),
    "compute_accidental_hits": (
        lambda t, s: tf.nn.compute_accidental_hits(t, s, 2),
        [Kept(i64([[0, 3], [1, 2], [3, 3]]), 0), i64([3, 5, 1])],
    ),
    "compute_average_loss": (lambda x: tf.nn.compute_average_loss(x, global_batch_size=7), [V]),
    "conv1d": (lambda x, k: tf.nn.conv1d(x, k, 2, "SAME"), [SEQUENCE, Fixed(floats(3, 3, 4))]),
    "conv1d_transpose": (
        lambda x, k: tf.nn.conv1d_transpose(x, k, [2, 18, 4], 2),
        [Kept(floats(2, 9, 3), 0), Fixed(floats(3, 4, 3))],
    ),
    "conv2d": (lambda x, k: tf.nn.conv2d(x, k, 2, "SAME"), [NHWC, KERNEL]),
    "conv2d_transpose": (
        lambda x, k: tf.nn.conv2d_transpose(x, k, tf.stack([tf.shape(x)[0], 16, 18, 3]), 2),
        [Kept(floats(2, 8, 9, 5), 0), KERNEL],
    ),
    "conv3d": (
        lambda x, k: tf.nn.conv3d(x, k, [1] * 5, "SAME"), [SPACE, Fixed(floats(2, 2, 2, 2, 3))]
    ),
    "conv3d_transpose": (
        lambda x, k: tf.nn.conv3d_transpose(x, k, [1, 8, 10, 12, 3], [1, 2, 2, 2, 1]),
        [Fixed(SPACE.value), Fixed(floats(2, 2, 2, 3, 2))],
    ),
    "conv_transpose": (
        lambda x, k: tf.nn.conv_transpose(x, k, [2, 16, 18, 3], 2),
        [Fixed(floats(2, 8, 9, 5)), KERNEL],
    ),
    "convolution": (lambda x, k: tf.nn.convolution(x, k, padding="SAME"), [NHWC, KERNEL]),
    "ctc_greedy_decoder": (
        lambda x, n: _dense(tf.nn.ctc_greedy_decoder(x, n)), [LOGITS, i32([5, 4])]
    ),
    "ctc_loss": (
        lambda y, x, a, b: tf.nn.ctc_loss(y, x, a, b, blank_index=-1),
        [LABELS, LOGITS, i32([3, 1]), i32([5, 4])],
    ),
    "ctc_unique_labels": on(tf.nn.ctc_unique_labels, LABELS),
    "depth_to_space": (lambda x: tf.nn.depth_to_space(x, 2), [floats(2, 3, 4, 8)]),
    "depthwise_conv2d": (
        lambda x, k: tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], "SAME"),
        [NHWC, Fixed(floats(3, 3, 3, 2))],
    ),
    "depthwise_conv2d_backprop_filter": (
        lambda x, g: tf.nn.depthwise_conv2d_backprop_filter(
            x, [3, 3, 3, 2], g, [1, 1, 1, 1], "SAME"
        ),
        [NHWC, Kept(floats(2, 8, 9, 6), 0, 1, 2)],
    ),
    "depthwise_conv2d_backprop_input": (
        lambda k, g: tf.nn.depthwise_conv2d_backprop_input(
            [2, 8, 9, 3], k, g, [1, 1, 1, 1], "SAME"
        ),
        [Fixed(floats(3, 3, 3, 2)), Fixed(floats(2, 8, 9, 6))],
    ),
    "dilation2d": (
        lambda x, k: tf.nn.dilation2d(x, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 2, 2, 1]),
        [NHWC, Fixed(floats(3, 3, 3))],
    ),
    "erosion2d": (
        lambda x, k: tf.nn.erosion2d(x, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 2, 2, 1]),
        [NHWC, Fixed(floats(3, 3, 3))],
    ),
    "dropout": (lambda x: tf.nn.dropout(x, 0.4, seed=3), [X]),
    "general_dropout": (
        lambda x: tf.nn.experimental.general_dropout(
            x, 0.4, lambda shape, dtype: tf.random.stateless_uniform(shape, [1, 2], dtype=dtype)
        ),
        [X],
    ),
    "stateless_dropout": (
        lambda x: tf.nn.experimental.stateless_dropout(x, 0.4, seed=[1, 2]), [X]
    ),
    "embedding_lookup": on(tf.nn.embedding_lookup, EMBEDDINGS, N),
    "embedding_lookup_sparse": (
        lambda e, i, v, s: tf.nn.embedding_lookup_sparse(e, tf.SparseTensor(i, v, s), None),
        [EMBEDDINGS, *WHOLE],
    ),
    "safe_embedding_lookup_sparse": (
        lambda e, i, v, s: tf.nn.safe_embedding_lookup_sparse(e, tf.SparseTensor(i, v, s)),
        [EMBEDDINGS, *WHOLE],
    ),
    "fixed_unigram_candidate_sampler": (
        lambda n: tf.random.fixed_unigram_candidate_sampler(
            n, 2, 4, False, 5, unigrams=[3.0, 1, 2, 5, 1], distortion=0.75, seed=4
        ),
        [Kept(i64([[0, 3], [1, 2]]), 0)],
    ),
    "fractional_avg_pool": (
        lambda x: tf.nn.fractional_avg_pool(x, [1.0, 1.5, 1.5, 1.0], seed=4)[0], [NHWC]
    ),
    "fractional_max_pool": (lambda x: tf.nn.fractional_max_pool(x, 1.5, seed=4)[0], [NHWC]),
    "in_top_k": (lambda n, x: tf.nn.in_top_k(n, x, 2), [N[:3], X]),
    "isotonic_regression": (lambda x: tf.nn.isotonic_regression(x), [X]),
    "isotonic_regression, increasing": (
        lambda x: tf.nn.isotonic_regression(x, False), [floats(2, 9)]
    ),
    "local_response_normalization": on(tf.nn.local_response_normalization, PIXELS, depth_radius=1),
    "log_poisson_loss": on(tf.nn.log_poisson_loss, P, X, compute_full_loss=True),
    "max_pool": (lambda x: tf.nn.max_pool(x, 2, 2, "SAME"), [NHWC]),
    "max_pool1d": (lambda x: tf.nn.max_pool1d(x, 2, 2, "VALID"), [SEQUENCE]),
    "max_pool2d": (lambda x: tf.nn.max_pool2d(x, 3, 2, "VALID"), [NHWC]),
    "max_pool3d": (lambda x: tf.nn.max_pool3d(x, 2, 2, "SAME"), [SPACE]),
    "max_pool_with_argmax": (lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME"), [NHWC]),
    "moments": on(tf.nn.moments, X, axes=[0]),
    "nce_loss": (
        lambda w, b, y, x: tf.nn.nce_loss(
            w, b, y, x, 3, 20,
            sampled_values=tf.random.log_uniform_candidate_sampler(y, 1, 3, True, 20, seed=5),
        ),
        [EMBEDDINGS, Fixed(floats(20)), Kept(i64([[3], [7]]), 0), Kept(floats(2, 4), 0)],
    ),
    "sampled_softmax_loss": (
        lambda w, b, y, x: tf.nn.sampled_softmax_loss(w, b, y, x, 6, 20, seed=5),
        [EMBEDDINGS, Fixed(floats(20)), Kept(i64([[3], [7]]), 0), Kept(floats(2, 4), 0)],
    ),
    "normalize_moments": (
        lambda x: tf.nn.normalize_moments(tf.constant(4.0), x, x * x + 1.0, None), [V]
    ),
    "pool": (lambda x: tf.nn.pool(x, [2, 2], "AVG", [2, 2], "SAME"), [NHWC]),
    "scale_regularization_loss": on(tf.nn.scale_regularization_loss, V),
    "separable_conv2d": (
        lambda x, k, p: tf.nn.separable_conv2d(x, k, p, [1, 1, 1, 1], "SAME"),
        [NHWC, Fixed(floats(3, 3, 3, 2)), Fixed(floats(1, 1, 6, 4))],
    ),
    **each(tf.nn, (P, X), "sigmoid_cross_entropy_with_logits softmax_cross_entropy_with_logits"),
    "sparse_softmax_cross_entropy_with_logits": on(
        tf.nn.sparse_softmax_cross_entropy_with_logits, N[:3], X
    ),
    "space_to_batch": (lambda x: tf.nn.space_to_batch(x, [2, 3], [[0, 0], [0, 0]]), [PIXELS]),
    "space_to_depth": (lambda x: tf.nn.space_to_depth(x, 2), [PIXELS.value[:, :, :8]]),
    "sufficient_statistics": (lambda x: tf.nn.sufficient_statistics(x, [0])[:3], [X]),
    "top_k": on(tf.nn.top_k, X, k=3),
    "weighted_cross_entropy_with_logits": (
        lambda y, x: tf.nn.weighted_cross_entropy_with_logits(y, x, 2.0), [P, X]
    ),
    "weighted_moments": (lambda x, w: tf.nn.weighted_moments(x, [0], w), [X, P]),
    "with_space_to_batch": (
        lambda x: tf.nn.with_space_to_batch(
            x, [2, 2], "VALID", lambda y, n, p: tf.nn.max_pool2d(y, 2, 1, "VALID"), [2, 2]
        ),
        [Kept(IMAGES, 0)],
    ),
}  # fmt: skip

CASES: dict[str, dict[str, Case]] = {"math": MATH, "nn": NN}
