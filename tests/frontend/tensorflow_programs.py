# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ordinary TensorFlow 2 programs, as people write them: functions and state.

`PROGRAMS` maps a name to a `Program`. `tensorflow_models` adds the Keras ones. What is not meant to
be compiled says with which error it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Program:
    """`build` makes the source; `inputs` are a call's arguments; `calls` how often it is called (a
    program with state). `refused` is the code of the error that it is refused with. With `static`
    it has no form with unknown sizes; `jit` compares with TensorFlow's compiled function."""

    build: Callable[[], Any]
    inputs: tuple[np.ndarray, ...]
    refused: str = ""
    static: bool = False
    jit: bool = False
    calls: int = 1
    tolerance: float = 1e-4


PROGRAMS: dict[str, Program] = {}


def function(name: str, body: Callable[..., Any], *inputs: Any, **options: Any) -> None:
    """Registers a plain function; the first dimension of every input is unknown, unless static."""
    arrays = tuple(np.asarray(x) for x in inputs)
    static = options.get("static", False)

    def build() -> Any:
        specs = [
            tf.TensorSpec(a.shape if static or not a.shape else (None, *a.shape[1:]), a.dtype)
            for a in arrays
        ]
        return tf.function(body, input_signature=specs)

    assert name not in PROGRAMS
    PROGRAMS[name] = Program(build, arrays, **options)


def module(name: str, build: Callable[[], Any], *inputs: Any, **options: Any) -> None:
    """Registers what `build` returns: a model or a tf.function that has state."""
    assert name not in PROGRAMS
    PROGRAMS[name] = Program(build, tuple(np.asarray(x) for x in inputs), **options)


def floats(*shape: int, seed: int = 0, dtype: Any = np.float32) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(dtype)


def ints(limit: int, *shape: int, seed: int = 0, dtype: Any = np.int32) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, limit, shape).astype(dtype)


X, Y = floats(3, 8), floats(3, 8, seed=1)
POSITIVE = np.abs(X) + np.float32(0.1)
LABELS, IDS = ints(8, 3), ints(7, 3, 5)
IMAGE = floats(2, 8, 8, 3)
PIXELS = (IMAGE + 1) / 2
SQUARE = floats(2, 4, 4)
DEFINITE = (SQUARE @ SQUARE.transpose(0, 2, 1) + 2 * np.eye(4)).astype(np.float32)
WAVE = floats(2, 64)


# Arrays


function("affine", lambda x: tf.matmul(x, tf.ones((8, 4))) + 1.0, X)
function("gather", lambda i: tf.gather(tf.reshape(tf.range(35.0), (7, 5)), i), IDS)
function("gather batch dims", lambda x, i: tf.gather(x, i, batch_dims=1), X, IDS)
function("gather nd", lambda x: tf.gather_nd(x, [[0, 1], [2, 3]]), X)
function("scatter nd", lambda u: tf.scatter_nd([[1], [4], [1]], u, [6, 8]), X, static=True)
function("scatter add", lambda x: tf.tensor_scatter_nd_add(x, [[0], [2]], tf.ones((2, 8))), X)
function("scatter max", lambda x: tf.tensor_scatter_nd_max(x, [[0, 1]], [9.0]), X)
function("one hot of argmax", lambda x: tf.one_hot(tf.argmax(x, -1), 8), X)
function("top k", lambda x: tf.math.top_k(x, 3), X)
function("sort", lambda x: tf.sort(x, axis=-1, direction="DESCENDING"), X)
function("argsort", lambda x: tf.argsort(x, axis=-1, stable=True), X)
function("stack and unstack", lambda x: tf.stack(tf.unstack(x, axis=1)[::-1], 0), X)
function("split", lambda x: tf.split(x, [2, 5, 1], axis=1), X)
function("concat of shifted", lambda x: tf.concat([x[:, 1:], x[:, :1]], -1), X)
function("pad constant", lambda x: tf.pad(x, [[0, 0], [2, 1]], constant_values=3.0), X)
function("repeat", lambda x: tf.repeat(x, 3, axis=1), X)
function("repeat by counts", lambda x: tf.repeat(x, [1, 0, 2, 1, 1, 3, 0, 1], axis=1), X)
function("reverse", lambda x: tf.reverse(x, [0, 1]), X)
function("reverse sequence", lambda x: tf.reverse_sequence(x, [1, 5, 8], 1), X, static=True)
function("broadcast to", lambda x: tf.broadcast_to(x[:, None], [tf.shape(x)[0], 4, 8]), X)
function("expand and squeeze", lambda x: tf.squeeze(tf.expand_dims(x, 1) * 2.0, 1), X)
function("transpose", lambda x: tf.transpose(x, [0, 2, 3, 1]), IMAGE)
function("meshgrid", lambda x: tf.meshgrid(x, tf.range(3.0)), X[0])
function("sequence mask", lambda n: tf.sequence_mask(n, 9, tf.float32), LABELS)
function("lower triangle", lambda x: tf.linalg.band_part(x, -1, 0), SQUARE)
function("diagonal", lambda x: tf.linalg.diag(x) + tf.linalg.diag(x, k=0), X)
function("set diagonal", lambda x: tf.linalg.set_diag(x, tf.zeros(tf.shape(x)[:2])), SQUARE)
function("searchsorted", lambda x: tf.searchsorted(tf.linspace(-1.0, 1.0, 9), x[0]), X, static=True)
function("bucketize", lambda x: tf.raw_ops.Bucketize(input=x, boundaries=[-0.5, 0.0, 0.5]), X)
function("segment sum", lambda x: tf.math.segment_sum(x, [0, 0, 1]), X, static=True)
function("unsorted mean", lambda x: tf.math.unsorted_segment_mean(x, [2, 0, 2], 4), X, static=True)
function("bincount", lambda i: tf.math.bincount(i, minlength=7, maxlength=7), IDS[0])
function("histogram", lambda x: tf.histogram_fixed_width(x, [-1.0, 1.0], 5), X)
function("cumulative", lambda x: tf.cumsum(x, 1, exclusive=True) * tf.math.cumprod(x, 1), X)
function("cumulative logsumexp", lambda x: tf.math.cumulative_logsumexp(x, 1), X)
function("boolean mask to zero", lambda x: tf.where(x > 0, x, tf.zeros_like(x)), X)
function("space to batch", lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]), IMAGE)
function("confusion matrix", lambda i: tf.math.confusion_matrix(i, i[::-1], 8), LABELS)
function("pairwise distances", lambda x: tf.norm(x[:, None] - x[None] + 1e-3, axis=-1), X)
function("dynamic partition by mask", lambda x: tf.math.reduce_sum(x[x > 0]), X)

# Mathematics

function("softplus and friends", lambda x: tf.nn.softplus(x) + tf.nn.selu(x) * tf.nn.elu(x), X)
function("gelu exact", lambda x: tf.nn.gelu(x, approximate=False), X)
function("special functions", lambda x: tf.math.lgamma(x) + tf.math.digamma(x), POSITIVE)
function("erf and inverse", lambda x: tf.math.erfinv(tf.math.erf(x)) + tf.math.erfc(x), X)
function("bessel", lambda x: tf.math.bessel_i0e(x) + tf.math.bessel_i1e(x), X)
function("betainc", lambda x: tf.math.betainc(x + 1.0, x + 2.0, x / 2.0), POSITIVE)
function("floor mod and div", lambda x: tf.math.floormod(x, 0.3) + tf.math.floordiv(x, 0.3), X)
function("integer division", lambda i: (i - 3) // 2 + (i - 3) % 3, IDS)
function("bits", lambda i: tf.bitwise.bitwise_xor(i, 5) + tf.bitwise.left_shift(i, 2), IDS)
function("int64 products", lambda i: tf.reduce_prod(tf.cast(i, tf.int64) + 1, -1), IDS)
function(
    "complex", lambda x: tf.abs(tf.exp(tf.complex(x, 2.0 * x))) + tf.math.angle(tf.complex(x, x)), X
)
function("clip by norm", lambda x: tf.clip_by_norm(x, 1.5, axes=1), X)
function("l2 normalise", lambda x: tf.math.l2_normalize(x, -1), X)
function("moments", lambda x: tf.nn.moments(x, [1, 2]), IMAGE)
function("reductions", lambda x: (tf.reduce_any(x > 0.9), tf.reduce_logsumexp(x, 1)), X)
function("statistics", lambda x: (tf.math.reduce_std(x, 0), tf.math.reduce_variance(x, 1)), X)
function("euclidean", lambda x: tf.math.reduce_euclidean_norm(x, -1), X)
function("zero fraction", lambda x: tf.math.zero_fraction(tf.nn.relu(x)), X)
function("xlogy", lambda x: tf.math.xlogy(x, x) + tf.math.xdivy(x, x), POSITIVE)
function("polynomial", lambda x: tf.math.polyval([1.0, -2.0, 0.5], x), X)
function("in float64", lambda x: tf.sin(x) / 3.0, floats(3, 8, dtype=np.float64), tolerance=1e-12)
function(
    "in float16", lambda x: tf.nn.softmax(x * 2.0), floats(3, 8, dtype=np.float16), tolerance=2e-3
)
function(
    "in bfloat16",
    lambda x: tf.cast(tf.nn.relu(tf.cast(x, tf.bfloat16)) * 3, tf.float32),
    X,
    tolerance=1e-2,
)
function("in unsigned integers", lambda i: tf.cast(tf.cast(i, tf.uint8) + 250, tf.int32), IDS)

# Contractions and linear algebra

function("einsum attention", lambda x: tf.einsum("bqd,bkd->bqk", x, x), SQUARE)
function("einsum ellipsis", lambda x: tf.einsum("...ij,jk->...ik", x, tf.ones((4, 2))), SQUARE)
function("einsum trace", lambda x: tf.einsum("bii->b", x), SQUARE)
function("einsum outer", lambda x, y: tf.einsum("bi,bj->bij", x, y), X, Y)
function("einsum three", lambda x, y: tf.einsum("bi,ij,bj->b", x, tf.ones((8, 8)), y), X, Y)
function("einsum sum out", lambda x: tf.einsum("bhwc->bc", x), IMAGE)
function("tensordot", lambda x: tf.tensordot(x, tf.ones((8, 3, 2)), [[2, 3], [0, 1]]), IMAGE)
function("matmul transposed", lambda x: tf.matmul(x, x, transpose_b=True), SQUARE)
function("matvec", lambda x, y: tf.linalg.matvec(x, y), SQUARE, floats(2, 4))
function("cholesky", tf.linalg.cholesky, DEFINITE)
function("solve", lambda a: tf.linalg.solve(a, tf.ones_like(a)[..., :2]), DEFINITE)
function("cholesky solve", lambda a: tf.linalg.cholesky_solve(tf.linalg.cholesky(a), a), DEFINITE)
function("triangular solve", lambda a: tf.linalg.triangular_solve(a, a), DEFINITE)
function("inverse", tf.linalg.inv, DEFINITE)
function("determinant", lambda a: (tf.linalg.det(a), tf.linalg.logdet(a)), DEFINITE)
function("qr", lambda a: tf.abs(tf.linalg.qr(a)[1]), DEFINITE)
function("eigenvalues", tf.linalg.eigvalsh, DEFINITE)
function("singular values", lambda a: tf.linalg.svd(a, compute_uv=False), DEFINITE)
function("least squares", lambda a: tf.linalg.lstsq(a, tf.ones_like(a)[..., :1]), DEFINITE)
function("matrix exponential", tf.linalg.expm, SQUARE, static=True)
function("trace and norm", lambda a: tf.linalg.trace(a) + tf.norm(a, axis=(-2, -1)), SQUARE)

# Signals

function("fft", lambda x: tf.signal.fft(tf.cast(x, tf.complex64)), WAVE)
function("real fft", lambda x: tf.signal.irfft(tf.signal.rfft(x) * 2.0), WAVE)
function("fft of images", lambda x: tf.abs(tf.signal.rfft2d(x)), SQUARE)
function("spectrogram", lambda x: tf.abs(tf.signal.stft(x, 16, 8)), WAVE)
function("inverse stft", lambda x: tf.signal.inverse_stft(tf.signal.stft(x, 16, 8), 16, 8), WAVE)
function("dct", lambda x: tf.signal.dct(x, type=2, norm="ortho"), WAVE)
function("frames", lambda x: tf.signal.frame(x, 16, 4), WAVE)
function("overlap and add", lambda x: tf.signal.overlap_and_add(tf.signal.frame(x, 16, 8), 8), WAVE)
function(
    "mel",
    lambda x: tf.matmul(
        tf.abs(tf.signal.stft(x, 16, 8)), tf.signal.linear_to_mel_weight_matrix(4, 9, 8000)
    ),
    WAVE,
)
function("hann window", lambda x: x * tf.signal.hann_window(64), WAVE)

# Images

function("resize bilinear", lambda x: tf.image.resize(x, (12, 5)), PIXELS)
function("resize nearest", lambda x: tf.image.resize(x, (5, 12), "nearest"), PIXELS)
function("resize bicubic", lambda x: tf.image.resize(x, (12, 12), "bicubic"), PIXELS)
function("resize area", lambda x: tf.image.resize(x, (4, 4), "area"), PIXELS)
function("resize antialiased", lambda x: tf.image.resize(x, (4, 4), antialias=True), PIXELS)
function("flip and rotate", lambda x: tf.image.rot90(tf.image.flip_left_right(x)), PIXELS)
function("central crop", lambda x: tf.image.central_crop(x, 0.5), PIXELS)
function(
    "crop and resize",
    lambda x: tf.image.crop_and_resize(x, [[0.1, 0.2, 0.8, 0.9]], [0], (4, 4)),
    PIXELS,
)
function("pad to box", lambda x: tf.image.pad_to_bounding_box(x, 1, 2, 12, 12), PIXELS)
function(
    "brightness and contrast",
    lambda x: tf.image.adjust_contrast(tf.image.adjust_brightness(x, 0.1), 1.5),
    PIXELS,
)
function("saturation", lambda x: tf.image.adjust_saturation(x, 1.4), PIXELS)
function("hue", lambda x: tf.image.adjust_hue(x, 0.2), PIXELS)
function("hsv and back", lambda x: tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(x)), PIXELS)
function("grey", lambda x: tf.image.rgb_to_grayscale(x), PIXELS)
function("standardise images", tf.image.per_image_standardization, PIXELS)
function("sobel edges", tf.image.sobel_edges, PIXELS)
function("image gradients", tf.image.image_gradients, PIXELS)
function("total variation", tf.image.total_variation, PIXELS)
function("psnr", lambda x: tf.image.psnr(x, x * 0.9, 1.0), PIXELS)
function("ssim", lambda x: tf.image.ssim(x, x * 0.9, 1.0, filter_size=5), PIXELS)
function(
    "patches",
    lambda x: tf.image.extract_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME"),
    PIXELS,
)
function(
    "dilation",
    lambda x: tf.nn.dilation2d(x, tf.zeros((3, 3, 3)), [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
    PIXELS,
)
function("max pool with argmax", lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "VALID"), PIXELS)
function(
    "uint8 to float",
    lambda x: tf.image.convert_image_dtype(x, tf.float32),
    ints(256, 2, 4, 4, 3, dtype=np.uint8),
)
function(
    "non max suppression",
    lambda b: tf.image.non_max_suppression(b, tf.linspace(1.0, 0.1, 5), 3),
    np.sort(floats(5, 2, 2), 1).reshape(5, 4),
    static=True,
)
