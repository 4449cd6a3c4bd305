# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""More of `tensorflow_api.py`: the functions of `keras.ops`, with the TensorFlow backend."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow

from tests.frontend.tensorflow_api import (
    IMAGES,
    KERNEL,
    LABELS,
    LOGITS,
    MATRIX,
    NHWC,
    PIXELS,
    POSITIVE,
    SYMMETRIC,
    WELL,
    B,
    C,
    I,
    J,
    Kept,
    L,
    N,
    P,
    Q,
    V,
    X,
    Y,
    Z,
    each,
    floats,
    on,
    parts,
)
from tests.frontend.tensorflow_ops import Case, Fixed, f32, i32

tf: Any = tensorflow
K: Any = keras.ops
H = np.where(V > 0, V, np.nan).astype(np.float32)
"""Numbers some of which are none."""
HOLES = np.stack([H, -V])

ELEMENTS: dict[str, Case] = {
    **each(K, (X,), """
        abs absolute arcsinh arctan cbrt ceil celu cos cosh elu erf exp exp2 expm1 fabs floor gelu
        hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh isfinite isinf isnan isneginf
        isposinf isreal leaky_relu log_sigmoid log_softmax negative rad2deg deg2rad
        reciprocal relu relu6 round selu sigmoid sign signbit silu sin sinc sinh soft_shrink softmax
        softplus softsign sparse_plus sparse_sigmoid sparsemax square squareplus swish tan tanh
        tanh_shrink trunc nan_to_num stop_gradient copy"""
        ),
    **each(K, (P,), "arccos arcsin arctanh erfc erfinv i0 log log10 log1p log2 rsqrt sqrt"),
    **each(K, (L,), "arccosh"),
    **each(K, (X, Y), """
        add arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater greater_equal
        heaviside hypot isclose less less_equal logaddexp logaddexp2 maximum minimum mod multiply
        nextafter not_equal subtract true_divide allclose"""),
    **each(K, (P, Q), "power"),
    **each(K, (B,), "logical_not all any"),
    **each(K, (B, C), "logical_and logical_or logical_xor"),
    **each(K, (I,), "bitwise_invert bitwise_not"),
    **each(K, (I, J), "bitwise_and bitwise_or bitwise_xor"),
    **each(K, (np.abs(I), np.abs(J)), """
        bitwise_left_shift bitwise_right_shift left_shift right_shift"""),
    **each(K, (Z,), "angle conj conjugate imag real view_as_real"),
    "clip": on(K.clip, X, x_min=-0.5, x_max=0.7),
    "glu": on(K.glu, Kept(X, 0)),
    "gcd": on(K.gcd, Fixed(I), Fixed(J)),
    "lcm": on(K.lcm, Fixed(I), Fixed(J)),
    "ldexp": on(K.ldexp, X[:2, :3], J),
    "polar": on(K.polar, P, X),
    "threshold": on(K.threshold, X, threshold=0.2, default_value=9.0),
    "view_as_complex": on(K.view_as_complex, Kept(floats(3, 2), 0)),
    "saturate_cast": (lambda x: K.saturate_cast(x * 300.0, "int8"), [X]),
    "cast": (lambda x: K.cast(x, "int32"), [X]),
    "select": (lambda b, c, x, y: K.select([b, c], [x, y], 3.0), [B, C, X, Y]),
    "where": on(K.where, B, X, Y),
}  # fmt: skip

REDUCED: dict[str, Case] = {
    **each(K, (X,), """
        amax amin argmax argmin argsort average count_nonzero cumprod cumsum logsumexp max mean
        median min norm prod ptp ravel sort std sum var nanmax nanmin nansum moments"""
        ),
    **each(K, (HOLES,), "nanmean nanvar nanstd nanprod nancumsum nancumprod nanmedian"),
    "nanargmax": on(K.nanargmax, HOLES, axis=1),
    "nanargmin": on(K.nanargmin, HOLES, axis=1),
    "argpartition": on(lambda x: K.sort(K.argpartition(x, 2)[..., :2], -1), X),
    "bincount": on(K.bincount, N, minlength=6),
    "diff": on(K.diff, X),
    "digitize": on(K.digitize, X, bins=f32([-0.5, 0.1, 0.8])),
    "histogram": (lambda x: K.histogram(x, 5, (-1.0, 2.0)), [V]),
    "in_top_k": (lambda n, x: K.in_top_k(n, x, 2), [N[:3], X]),
    "moments": on(K.moments, X, axes=[0]),
    "normalize": on(K.normalize, X, axis=1),
    "percentile": on(K.percentile, Kept(X, 0), q=30.0, axis=1),
    "quantile": on(K.quantile, Kept(X, 0), q=0.3, axis=1),
    "searchsorted": (lambda x, y: K.searchsorted(x, y), [np.sort(V), floats(4)]),
    "segment_sum": (lambda x, i: K.segment_sum(x, i, 4), [floats(4, 2), i32([0, 0, 1, 3])]),
    "segment_max": (lambda x, i: K.segment_max(x, i, 2), [floats(4, 2), i32([0, 0, 1, 1])]),
    "segment_min": (lambda x, i: K.segment_min(x, i, 2), [floats(4, 2), i32([0, 0, 1, 1])]),
    "segment_prod": (lambda x, i: K.segment_prod(x, i, 2), [floats(4, 2), i32([0, 0, 1, 1])]),
    "top_k": on(K.top_k, X, k=2),
    "trapezoid": on(K.trapezoid, X),
    "unique": on(K.unique, N),
    "nonzero": on(K.nonzero, N),
}  # fmt: skip

ARRANGED: dict[str, Case] = {
    **each(K, (X,), """
        diag diagflat diagonal flip fliplr flipud ndim ones_like rot90 shape
        size trace transpose tril triu zeros_like empty_like"""),
    **each(K, (X, Y), "append vdot outer"),
    "expand_dims": on(K.expand_dims, X, axis=1),
    "squeeze": on(K.squeeze, Kept(floats(3, 1, 2), 0), axis=1),
    "array_split": (lambda x: K.array_split(x, 2, axis=1), [Kept(X, 0)]),
    "broadcast_to": (lambda x: K.broadcast_to(x, [5, 3, 4]), [Fixed(X)]),
    "concatenate": (lambda x, y: K.concatenate([x, y], 1), [X, Y]),
    "cross": on(K.cross, Kept(X[:, :3], 0), Kept(Y[:, :3], 0)),
    "dstack": (lambda x, y: K.dstack([x, y]), [X, Y]),
    "hstack": (lambda x, y: K.hstack([x, y]), [X, Y]),
    "vstack": (lambda x, y: K.vstack([x, y]), [X, Y]),
    "stack": (lambda x, y: K.stack([x, y], 1), [X, Y]),
    "unstack": (lambda x: K.unstack(x, 3), [Kept(X, 1)]),
    "split": (lambda x: K.split(x, 2, 1), [Kept(X, 0)]),
    "hsplit": (lambda x: K.hsplit(x, 2), [Kept(X, 0)]),
    "vsplit": (lambda x: K.vsplit(x, 3), [Kept(X, 1)]),
    "dsplit": (lambda x: K.dsplit(x, 2), [Kept(floats(2, 3, 4), 0)]),
    "dot": on(K.dot, MATRIX, WELL),
    "inner": on(K.inner, V, V),
    "einsum": (lambda a, b: K.einsum("ij,kj->ik", a, b), [X, Y]),
    "matmul": on(K.matmul, MATRIX, WELL),
    "tensordot": on(K.tensordot, MATRIX, WELL, axes=1),
    "get_item": (lambda x: K.get_item(x, (slice(1, None), 2)), [X]),
    "meshgrid": on(K.meshgrid, V, f32([1, 2])),
    "moveaxis": (lambda x: K.moveaxis(x, 0, 2), [floats(2, 3, 4)]),
    "swapaxes": (lambda x: K.swapaxes(x, 0, 2), [floats(2, 3, 4)]),
    "multi_hot": (lambda n: K.multi_hot(n, 5), [i32([[1, 3], [0, 2]])]),
    "one_hot": (lambda n: K.one_hot(n, 5), [N]),
    "pad": (lambda x: K.pad(x, [[1, 2], [0, 1]], "reflect"), [X]),
    "repeat": on(K.repeat, X, repeats=2, axis=1),
    "reshape": (lambda x: K.reshape(x, [-1, 2]), [X]),
    "roll": on(K.roll, X, shift=2, axis=1),
    "scatter": (
        lambda i, v: K.scatter(i, v, [5, 2]), [Kept(i32([[3], [0]]), 0), Kept(floats(2, 2), 0)]
    ),
    "scatter_update": (
        lambda x, i, v: K.scatter_update(x, i, v), [X, Kept(i32([[2, 1], [0, 0]]), 0), floats(2)]
    ),
    "slice": (lambda x: K.slice(x, [1, 0], [2, 3]), [X]),
    "slice_update": (lambda x, y: K.slice_update(x, [1, 1], y), [X, Fixed(floats(2, 2))]),
    "take": (lambda x, n: K.take(x, n, 0), [X, i32([2, 0])]),
    "take_along_axis": (
        lambda x, n: K.take_along_axis(x, n, 1), [X, Kept(i32([[2], [0], [1]]), 0)]
    ),
    "tile": (lambda x: K.tile(x, [2, 3]), [X]),
    "unravel_index": (lambda n: K.unravel_index(n, (3, 4)), [N]),
    "vander": on(K.vander, Kept(V[:3]), N=4),
    **{
        name: (lambda n, name=name: getattr(K, name)(n), [np.int32(7)])
        for name in ("arange", "eye")
    },
    "windows": (
        lambda x: [K.blackman(6), K.hamming(6), K.hanning(6), x],
        [V],
    ),
    "ranges": (
        lambda x: [K.linspace(0.0, x[0], 5), K.logspace(0.0, 2.0, 5), K.geomspace(1.0, 9.0, 4)],
        [Fixed(V)],
    ),
    "correlate": (lambda x, y: K.correlate(x, y, "same"), [Fixed(V), Fixed(floats(3))]),
    "cdist": on(K.cdist, X, Y),
}  # fmt: skip

LAYERS: dict[str, Case] = {
    "average_pool": (lambda x: K.average_pool(x, 2, 2, "same"), [NHWC]),
    "max_pool": (lambda x: K.max_pool(x, 2, 2, "same"), [NHWC]),
    "adaptive_average_pool": (
        lambda x: K.adaptive_average_pool(x, (2, 3)), [Fixed(parts(2, 8, 9, 3))]
    ),
    "adaptive_max_pool": (lambda x: K.adaptive_max_pool(x, (2, 3)), [Fixed(parts(2, 8, 9, 3))]),
    "conv": (lambda x, k: K.conv(x, k, 2, "same"), [NHWC, KERNEL]),
    "conv_transpose": (
        lambda x, k: K.conv_transpose(x, k, 2, "same"),
        [Kept(floats(2, 8, 9, 5), 0), KERNEL],
    ),
    "depthwise_conv": (
        lambda x, k: K.depthwise_conv(x, k, 1, "same"), [NHWC, Fixed(floats(3, 3, 3, 2))]
    ),
    "separable_conv": (
        lambda x, k, p: K.separable_conv(x, k, p, 1, "same"),
        [NHWC, Fixed(floats(3, 3, 3, 2)), Fixed(floats(1, 1, 6, 4))],
    ),
    "batch_normalization": (
        lambda x, m, v: K.batch_normalization(x, m, v, -1),
        [NHWC, Fixed(floats(3)), Fixed(parts(3))],
    ),
    "layer_normalization": on(K.layer_normalization, Kept(X, 0)),
    "rms_normalization": on(K.rms_normalization, Kept(X, 0)),
    "binary_crossentropy": on(K.binary_crossentropy, P, Q),
    "categorical_crossentropy": on(K.categorical_crossentropy, Kept(P, 0), Kept(Q, 0)),
    "sparse_categorical_crossentropy": (
        lambda n, q: K.sparse_categorical_crossentropy(n, q),
        [Kept(i32([3, 0, 2]), 0), Kept(Q, 0)],
    ),
    "ctc_loss": (
        lambda y, x, a, b: K.ctc_loss(y, x, a, b),
        [LABELS, np.swapaxes(LOGITS, 0, 1).copy(), i32([3, 1]), i32([5, 4])],
    ),
    "dot_product_attention": (
        lambda q, k: K.dot_product_attention(q, k, k), [floats(2, 5, 2, 4), floats(2, 6, 2, 4)]
    ),
    "depth_to_space": (lambda x: K.depth_to_space(x, 2), [Kept(floats(2, 3, 4, 8), 0)]),
    "space_to_depth": (lambda x: K.space_to_depth(x, 2), [Kept(floats(2, 4, 6, 2), 0)]),
    "psnr": (lambda x, y: K.psnr(x, y, 1.0), [P, Q]),
    **each(K, (WELL,), "det inv slogdet norm pinv matrix_rank lu_factor"),
    "cholesky": on(K.cholesky, POSITIVE),
    "eigh": (lambda a: K.eigh(a)[0], [SYMMETRIC]),
    "svd": (lambda a: K.svd(a)[1], [WELL]),
    "qr": (lambda a: [K.abs(v) for v in K.qr(a)], [Fixed(WELL)]),
    "solve": on(K.solve, WELL, floats(4, 2)),
    "solve_triangular": (lambda a, b: K.solve_triangular(a, b, lower=True), [WELL, floats(4, 2)]),
    "fft": (lambda x, y: K.fft((x, y)), [X, Y]),
    "fft2": (lambda x, y: K.fft2((x, y)), [X, Y]),
    "ifft2": (lambda x, y: K.ifft2((x, y)), [X, Y]),
    "rfft": on(K.rfft, X),
    "irfft": (lambda x, y: K.irfft((x, y)), [X, Y]),
    "stft": (lambda x: K.stft(x, 16, 8, 16), [Kept(floats(2, 64), 0)]),
    "extract_sequences": (lambda x: K.extract_sequences(x, 8, 4), [Kept(floats(2, 64), 0)]),
    "resize": (lambda x: K.image.resize(x, (5, 13), "bicubic"), [PIXELS]),
    "affine_transform": (
        lambda x, t: K.image.affine_transform(x, t),
        [PIXELS, Fixed(f32([[1, 0.1, 1, 0.2, 0.9, -1, 0, 0]] * 2))],
    ),
    "extract_patches": (lambda x: K.image.extract_patches(x, (3, 2), (2, 2)), [PIXELS]),
    "pad_images": (lambda x: K.image.pad_images(x, 1, 2, 3, 1), [PIXELS]),
    "crop_images": (
        lambda x: K.image.crop_images(x, 1, 2, target_height=4, target_width=5), [Kept(IMAGES, 0)]
    ),
    "gaussian_blur": (lambda x: K.image.gaussian_blur(x, (3, 3), (1.0, 1.0)), [Kept(IMAGES, 0)]),
    "map_coordinates": (
        lambda x, c: K.image.map_coordinates(x, c, 1), [Fixed(X), Fixed(parts(2, 5) * 2)]
    ),
    "cond": (lambda x, y: K.cond(x[0, 0] > 0, lambda: x, lambda: y), [X, Y]),
    "fori_loop": (lambda x: K.fori_loop(0, 4, lambda i, v: v * 1.5 + x, x), [X]),
    "while_loop": (
        lambda x: K.while_loop(lambda v: K.sum(K.abs(v)) < 99.0, lambda v: [v * 2.0], [x]), [X]
    ),
    "map": (lambda x: K.map(lambda row: row * 2.0, x), [Kept(X, 0)]),
    "vectorized_map": (lambda x: K.vectorized_map(lambda row: K.sum(row), x), [Kept(X, 0)]),
    "scan": (
        lambda x: K.scan(lambda c, v: (c + v, c * v), tf.zeros([4]), x), [Kept(X, 0)]
    ),
    "associative_scan": (lambda x: K.associative_scan(lambda a, b: a + b, x), [Fixed(X)]),
}  # fmt: skip

CASES: dict[str, dict[str, Case]] = {
    "keras elements": ELEMENTS,
    "keras reductions": REDUCED,
    "keras arrays": ARRANGED,
    "keras layers": LAYERS,
}
