# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""More of `tensorflow_api.py`: images, linear algebra, signals, sparse and ragged tensors, random
numbers, sets, quantisation, bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow

from tests.frontend.tensorflow_api import (
    BYTES,
    IMAGES,
    MATRIX,
    PICTURE,
    PIXELS,
    POSITIVE,
    SHAPE,
    SQUARES,
    SYMMETRIC,
    WELL,
    Kept,
    N,
    S,
    T,
    V,
    X,
    Y,
    Z,
    each,
    floats,
    on,
    parts,
    two_sparse,
    with_sparse,
)
from tests.frontend.tensorflow_ops import Case, Fixed, f32, i32, i64

tf: Any = tensorflow

BOXES = Fixed(np.sort(parts(2, 5, 2, 2), 2).reshape(2, 5, 4))
SCORES = Fixed(parts(5))
SEED = Fixed(i32([1, 2]))


def taken_apart(found: Any) -> list[Any]:
    """The tensors of sparse and ragged ones."""
    return tf.nest.flatten(found, expand_composites=True)


def picked(name: str, *rest: Any, **options: Any) -> Case:
    """A seeded choice about a picture."""
    function = getattr(tf.image, name)
    return lambda x, s: function(x, *rest, seed=s, **options), [PICTURE, SEED]


IMAGE: dict[str, Case] = {
    **each(tf.image, (PIXELS,), """
        flip_left_right flip_up_down rgb_to_grayscale rgb_to_hsv rgb_to_yiq rgb_to_yuv hsv_to_rgb
        yiq_to_rgb yuv_to_rgb rot90 sobel_edges total_variation transpose image_gradients
        per_image_standardization"""),
    "adjust_brightness": on(tf.image.adjust_brightness, PIXELS, delta=0.2),
    "adjust_contrast": on(tf.image.adjust_contrast, PIXELS, contrast_factor=1.7),
    "adjust_gamma": on(tf.image.adjust_gamma, PIXELS, gamma=0.7, gain=1.2),
    "adjust_hue": on(tf.image.adjust_hue, PIXELS, delta=0.2),
    "adjust_saturation": on(tf.image.adjust_saturation, PIXELS, saturation_factor=1.5),
    "central_crop": on(tf.image.central_crop, PIXELS, central_fraction=0.6),
    "combined_non_max_suppression": (
        lambda b, s: tf.image.combined_non_max_suppression(b[:, :, tf.newaxis], s, 3, 4, 0.4),
        [BOXES, Fixed(parts(2, 5, 3))],
    ),
    "convert_image_dtype": on(tf.image.convert_image_dtype, BYTES, dtype=tf.float32),
    "convert_image_dtype, back": on(
        tf.image.convert_image_dtype, PIXELS, dtype=tf.uint8, saturate=True
    ),
    "crop_and_resize": (
        lambda x, b: tf.image.crop_and_resize(x, b, [0, 1, 1, 0, 1], [4, 5]),
        [PIXELS, Fixed(BOXES.value[0])],
    ),
    "crop_to_bounding_box": (lambda x: tf.image.crop_to_bounding_box(x, 1, 2, 4, 5), [PIXELS]),
    "draw_bounding_boxes": (
        lambda x, b: tf.image.draw_bounding_boxes(x, b, [[1.0, 0, 0], [0, 1, 0]]), [PIXELS, BOXES]
    ),
    "extract_glimpse": (
        lambda x, p: tf.image.extract_glimpse(x, [4, 5], p, noise="zero"),
        [PIXELS, Fixed(f32([[0.3, -0.2], [-1.4, 0.9]]))],
    ),
    "extract_patches": (
        lambda x: tf.image.extract_patches(x, [1, 3, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME"),
        [PIXELS],
    ),
    "grayscale_to_rgb": on(tf.image.grayscale_to_rgb, Kept(IMAGES[..., :1], 0, 1, 2)),
    "non_max_suppression": (
        lambda b, s: tf.image.non_max_suppression(b, s, 3, 0.4), [Fixed(BOXES.value[0]), SCORES]
    ),
    "non_max_suppression_overlaps": (
        lambda o, s: tf.image.non_max_suppression_overlaps(o, s, 3, 0.4),
        [Fixed(parts(5, 5)), SCORES],
    ),
    "non_max_suppression_padded": (
        lambda b, s: tf.image.non_max_suppression_padded(b, s, 4, 0.4, pad_to_max_output_size=True),
        [Fixed(BOXES.value[0]), SCORES],
    ),
    "non_max_suppression_with_scores": (
        lambda b, s: tf.image.non_max_suppression_with_scores(b, s, 4, 0.4, 0.1, 0.3),
        [Fixed(BOXES.value[0]), SCORES],
    ),
    "pad_to_bounding_box": (lambda x: tf.image.pad_to_bounding_box(x, 1, 2, 14, 15), [PIXELS]),
    "psnr": (lambda x: tf.image.psnr(x, x * 0.9, 1.0), [PIXELS]),
    "random_brightness": (lambda x: tf.image.random_brightness(x, 0.3, seed=4), [PIXELS]),
    "random_contrast": (lambda x: tf.image.random_contrast(x, 0.3, 1.4, seed=4), [PIXELS]),
    "random_crop": (lambda x: tf.image.random_crop(x, [4, 5, 3], seed=4), [PICTURE]),
    "random_flip_left_right": (lambda x: tf.image.random_flip_left_right(x, seed=4), [PIXELS]),
    "random_flip_up_down": (lambda x: tf.image.random_flip_up_down(x, seed=4), [PIXELS]),
    "random_hue": (lambda x: tf.image.random_hue(x, 0.3, seed=4), [PIXELS]),
    "random_saturation": (lambda x: tf.image.random_saturation(x, 0.3, 1.4, seed=4), [PIXELS]),
    **{
        f"resize {method}": (
            lambda x, m=method, a=smooth: tf.image.resize(x, [5, 13], m, antialias=a), [PIXELS]
        )
        for method, smooth in (
            ("bilinear", False), ("nearest", False), ("bicubic", False), ("area", False),
            ("lanczos3", False), ("gaussian", False), ("mitchellcubic", False), ("bicubic", True),
        )
    },
    "resize's gradient": (
        lambda x: tf.gradients(tf.sin(tf.image.resize(x, [5, 13], "lanczos3", antialias=True)), x),
        [PIXELS],
    ),
    "resize_with_crop_or_pad": (lambda x: tf.image.resize_with_crop_or_pad(x, 5, 12), [PIXELS]),
    "resize_with_pad": (lambda x: tf.image.resize_with_pad(x, 12, 12), [PIXELS]),
    "sample_distorted_bounding_box": (
        lambda n, b: tf.image.sample_distorted_bounding_box(n, b, seed=4, min_object_covered=0.3),
        [Fixed(i32([80, 90, 3])), Fixed(BOXES.value[:1])],
    ),
    "stateless_sample_distorted_bounding_box": (
        lambda n, b, s: tf.image.stateless_sample_distorted_bounding_box(
            n, b, s, min_object_covered=0.3
        ),
        [Fixed(i32([80, 90, 3])), Fixed(BOXES.value[:1]), SEED],
    ),
    "ssim": (lambda x: tf.image.ssim(x, x * 0.9, 1.0, 5), [PIXELS]),
    "ssim_multiscale": (
        lambda x: tf.image.ssim_multiscale(x, x * 0.9, 1.0, [0.5, 0.5], 3),
        [Kept(parts(1, 24, 24, 1), 0)],
    ),
    "stateless_random_brightness": picked("stateless_random_brightness", 0.3),
    "stateless_random_contrast": picked("stateless_random_contrast", 0.3, 1.4),
    "stateless_random_crop": picked("stateless_random_crop", [4, 5, 3]),
    "stateless_random_flip_left_right": picked("stateless_random_flip_left_right"),
    "stateless_random_flip_up_down": picked("stateless_random_flip_up_down"),
    "stateless_random_hue": picked("stateless_random_hue", 0.3),
    "stateless_random_saturation": picked("stateless_random_saturation", 0.3, 1.4),
}  # fmt: skip

RIGHT = floats(4, 2)
BANDS = Fixed(f32([[2, 3, 4, 5], [0, 1, -1, 2]]))
DIAGONALS = floats(2, 3, 5)

LINALG: dict[str, Case] = {
    **each(tf.linalg, (SQUARES,), """
        adjoint det diag_part inv lu matrix_rank norm pinv slogdet trace matrix_transpose
        expm"""),
    **each(tf.linalg, (SYMMETRIC,), "eigvalsh"),
    **each(tf.linalg, (V,), "diag l2_normalize tensor_diag"),
    "band_part": on(tf.linalg.band_part, MATRIX, num_lower=1, num_upper=0),
    "banded_triangular_solve": on(tf.linalg.banded_triangular_solve, BANDS, RIGHT),
    "banded_triangular_solve, upper": on(
        tf.linalg.banded_triangular_solve, Fixed(f32([[1, -1, 2, 0], [2, 3, 4, 5]])), RIGHT,
        lower=False,
    ),
    **{
        f"banded_triangular_solve, adjoint, {lower}": on(
            tf.linalg.banded_triangular_solve,
            (floats(2, 3, 5) + 3 + 1j * floats(2, 3, 5)).astype(np.complex64),
            (floats(2, 5, 2) + 1j).astype(np.complex64),
            lower=lower,
            adjoint=True,
        )
        for lower in (False, True)
    },
    "cholesky": on(tf.linalg.cholesky, POSITIVE),
    "cholesky_solve": (
        lambda a, b: tf.linalg.cholesky_solve(tf.linalg.cholesky(a), b), [POSITIVE, RIGHT]
    ),
    "cross": on(tf.linalg.cross, Kept(X[:, :3], 0), Kept(Y[:, :3], 0)),
    "eig": (lambda a: tf.sort(tf.math.real(tf.linalg.eig(a)[0])), [POSITIVE]),
    "eigvals": (lambda a: tf.sort(tf.math.real(tf.linalg.eigvals(a))), [POSITIVE]),
    "eigh": (lambda a: [tf.linalg.eigh(a)[0], tf.abs(tf.linalg.eigh(a)[1])], [SYMMETRIC]),
    "eigh_tridiagonal": (
        lambda a, b: tf.linalg.eigh_tridiagonal(a, b), [Fixed(floats(5)), Fixed(floats(4))]
    ),
    "einsum": (lambda a, b: tf.linalg.einsum("ij,jk->ik", a, b), [MATRIX, RIGHT]),
    "eye": (lambda n: tf.linalg.eye(n, 4), [np.int32(3)]),
    "global_norm": (lambda a, b: tf.linalg.global_norm([a, b]), [MATRIX, RIGHT]),
    "logdet": on(tf.linalg.logdet, POSITIVE),
    "logm": (lambda a: tf.linalg.logm(tf.cast(a, tf.complex64)), [POSITIVE]),
    "lstsq": on(tf.linalg.lstsq, floats(5, 3), floats(5, 2), fast=True),
    "lu_matrix_inverse": (lambda a: tf.linalg.lu_matrix_inverse(*tf.linalg.lu(a)), [WELL]),
    "lu_reconstruct": (lambda a: tf.linalg.lu_reconstruct(*tf.linalg.lu(a)), [WELL]),
    "lu_solve": (lambda a, b: tf.linalg.lu_solve(*tf.linalg.lu(a), b), [WELL, RIGHT]),
    "matmul": on(tf.linalg.matmul, MATRIX, RIGHT),
    "matvec": on(tf.linalg.matvec, MATRIX, V[:4]),
    "normalize": on(tf.linalg.normalize, MATRIX, axis=1),
    "qr": (lambda a: [tf.abs(v) for v in tf.linalg.qr(a)], [Fixed(SQUARES)]),
    "set_diag": on(tf.linalg.set_diag, MATRIX, V[:4]),
    "solve": on(tf.linalg.solve, WELL, RIGHT),
    "sqrtm": on(tf.linalg.sqrtm, Fixed(POSITIVE)),
    "svd": (lambda a: [tf.abs(v) for v in tf.linalg.svd(a)], [SQUARES]),
    "tensor_diag_part": on(tf.linalg.tensor_diag_part, floats(2, 3, 2, 3)),
    "tensordot": on(tf.linalg.tensordot, MATRIX, RIGHT, axes=1),
    "triangular_solve": on(tf.linalg.triangular_solve, WELL, RIGHT),
    "tridiagonal_matmul": on(
        tf.linalg.tridiagonal_matmul, Fixed(DIAGONALS), Fixed(floats(2, 5, 3)),
        diagonals_format="compact",
    ),
    **{
        f"tridiagonal_solve{', pivoting' if pivots else ''}": on(
            tf.linalg.tridiagonal_solve, DIAGONALS, floats(2, 5, 3), partial_pivoting=pivots
        )
        for pivots in (False, True)
    },
    "tridiagonal_solve of matrices": on(
        tf.linalg.tridiagonal_solve, Fixed(WELL), floats(4), diagonals_format="matrix"
    ),
    "tridiagonal_solve's gradient": (
        lambda d, r: tf.gradients(tf.sin(tf.linalg.tridiagonal_solve(d, r)), [d, r]),
        [DIAGONALS, floats(2, 5, 3)],
    ),
    "tridiagonal_solve of one": on(tf.linalg.tridiagonal_solve, floats(3, 1), floats(1, 2)),
    "tridiagonal_solve, complex": on(
        tf.linalg.tridiagonal_solve, (DIAGONALS + 1j * floats(2, 3, 5)).astype(np.complex64),
        (floats(2, 5, 3) + 1j * floats(2, 5, 3)).astype(np.complex64),
    ),
}  # fmt: skip

WAVE = floats(2, 64)
SHORT = Kept(floats(2, 16), 0)
SPECTRUM = (floats(3, 9) + 1j * floats(3, 9)).astype(np.complex64)
CUBE = (floats(2, 4, 4, 4) + 1j * floats(2, 4, 4, 4)).astype(np.complex64)

SIGNAL: dict[str, Case] = {
    **each(tf.signal, (Z,), "fft ifft fft2d ifft2d fftshift ifftshift irfft irfft2d"),
    **each(tf.signal, (CUBE,), "fft3d ifft3d irfft3d"),
    **each(tf.signal, (WAVE,), "rfft rfft2d"),
    **each(tf.signal, (np.real(CUBE).copy(),), "rfft3d"),
    **{
        name: (lambda n, name=name: getattr(tf.signal, name)(n), [np.int32(8)])
        for name in (
            "hamming_window", "hann_window", "kaiser_bessel_derived_window", "kaiser_window",
            "vorbis_window",
        )
    },
    "dct": on(tf.signal.dct, SHORT),
    "idct": on(tf.signal.idct, SHORT),
    "frame": on(tf.signal.frame, WAVE, frame_length=10, frame_step=4, pad_end=True),
    "mdct": on(tf.signal.mdct, Kept(WAVE, 0), frame_length=16),
    "inverse_mdct": on(tf.signal.inverse_mdct, Kept(floats(2, 5, 8), 0)),
    "stft": on(tf.signal.stft, WAVE, frame_length=16, frame_step=8),
    "inverse_stft": on(
        tf.signal.inverse_stft, Kept(SPECTRUM, 0), frame_length=16, frame_step=8, fft_length=16
    ),
    "inverse_stft_window_fn": (
        lambda: tf.signal.inverse_stft_window_fn(8)(16, tf.float32), []
    ),
    "linear_to_mel_weight_matrix": (lambda: tf.signal.linear_to_mel_weight_matrix(10, 33), []),
    "mfccs_from_log_mel_spectrograms": on(
        tf.signal.mfccs_from_log_mel_spectrograms, Kept(floats(2, 5, 8), 0, 1)
    ),
    "overlap_and_add": on(tf.signal.overlap_and_add, floats(2, 5, 8), frame_step=3),
}  # fmt: skip

FLAT = Fixed(i64([0, 2, 2, 5]))

SPARSE: dict[str, Case] = {
    "add": two_sparse(tf.sparse.add, *S, *T),
    "bincount": with_sparse(tf.sparse.bincount, S[0], i32([3, 7, 3]), S[2]),
    "bincount of a tensor": on(
        lambda n: tf.sparse.bincount(n).values, Kept(i32([[3, 3, 5], [0, 3, 0]]), 0)
    ),
    "bincount of weights": on(
        lambda n, w: tf.sparse.bincount(n, w, minlength=9).values, N, floats(5)
    ),
    "concat": two_sparse(lambda a, b: tf.sparse.concat(1, [a, b]), *S, *T),
    **{
        f"cross_hashed {buckets}": (
            lambda *v, buckets=buckets: taken_apart(
                tf.sparse.cross_hashed(
                    [v[6], tf.SparseTensor(*v[:3]), tf.SparseTensor(*v[3:6])], buckets
                )
            ),
            [
                S[0], i64([3, 7, 1]), S[2], T[0], i64([5, 1, 2, 8]), T[2],
                Kept(i64([[1, 2], [3, 4], [5, 6], [7, -8]]), 0),
            ],
        )
        for buckets in (0, 100)
    },
    "expand_dims": with_sparse(tf.sparse.expand_dims, *S, axis=1),
    "eye": (lambda: tf.sparse.to_dense(tf.sparse.eye(3, 4)), []),
    "fill_empty_rows": with_sparse(tf.sparse.fill_empty_rows, *S, default_value=9.0),
    "from_dense": on(
        lambda x: tf.nest.flatten(tf.sparse.from_dense(x), expand_composites=True), X * (X > 0)
    ),
    "map_values": with_sparse(lambda s: tf.sparse.map_values(tf.exp, s), *S),
    "mask": (
        lambda v: tf.sparse.mask(tf.IndexedSlices(v, tf.constant([1, 3, 5])), [3]).values,
        [Kept(floats(3, 2), 1)],
    ),
    "maximum": two_sparse(tf.sparse.maximum, *S, *T),
    "minimum": two_sparse(tf.sparse.minimum, *S, *T),
    "reduce_max": with_sparse(tf.sparse.reduce_max, *S, axis=1),
    "reduce_sum": with_sparse(tf.sparse.reduce_sum, *S, axis=0),
    "reorder": with_sparse(tf.sparse.reorder, Kept(i64([[2, 0], [0, 3], [0, 1]]), 0), *S[1:]),
    "reset_shape": with_sparse(tf.sparse.reset_shape, *S),
    "reshape": with_sparse(lambda s: tf.sparse.reshape(s, [2, 10]), *S),
    "retain": with_sparse(lambda s: tf.sparse.retain(s, s.values > 0), *S),
    **{
        f"segment_{n}": (
            lambda x, i, s, n=n: getattr(tf.sparse, f"segment_{n}")(x, i, s),
            [floats(5, 2), i32([4, 0, 2]), i32([0, 0, 2])],
        )
        for n in ("mean", "sqrt_n", "sum")
    },
    "slice": with_sparse(lambda s: tf.sparse.slice(s, [0, 1], [2, 3]), *S),
    "softmax": with_sparse(tf.sparse.softmax, *S),
    "sparse_dense_matmul": with_sparse(tf.sparse.sparse_dense_matmul, *S, Fixed(floats(5, 2))),
    "split": with_sparse(lambda s: tf.sparse.split(s, 2, axis=0), *S),
    "to_dense": with_sparse(tf.sparse.to_dense, *S),
    "to_indicator": with_sparse(
        lambda s: tf.sparse.to_indicator(s, 9), S[0], i64([3, 7, 1]), S[2]
    ),
    "transpose": with_sparse(tf.sparse.transpose, *S),
}  # fmt: skip

LEFT, OTHER = i32([[3, 1, 3, 9], [2, 2, 5, 1]]), i32([[1, 4, 9], [2, 7, 7]])
FIRST = (Kept(i64([[0, 0], [0, 1], [2, 0], [2, 1], [2, 3]]), 0), i64([3, 1, 5, 5, 2]), Fixed(SHAPE))
SECOND = (Kept(i64([[0, 0], [1, 1], [2, 0], [3, 1]]), 0), i64([1, 4, 2, 6]), Fixed(SHAPE))

SETS: dict[str, Case] = {
    **{
        name: (lambda a, b, name=name: taken_apart(getattr(tf.sets, name)(a, b)), [LEFT, OTHER])
        for name in ("difference", "intersection", "union")
    },
    "difference, back": (
        lambda a, b: taken_apart(tf.sets.difference(a, b, aminusb=False)), [LEFT, OTHER]
    ),
    **{
        f"{name} of sparse sets": two_sparse(getattr(tf.sets, name), *FIRST, *SECOND)
        for name in ("difference", "intersection", "union")
    },
    "union of both kinds": (
        lambda a, *b: taken_apart(tf.sets.union(a, tf.SparseTensor(*b))),
        [Fixed(np.arange(8).reshape(4, 2)), *SECOND],
    ),
    "deep": (
        lambda a, b: taken_apart(tf.sets.union(a, b)),
        [LEFT.reshape(2, 1, 4).astype(np.int8), OTHER.reshape(2, 1, 3).astype(np.int8)],
    ),
    "size": with_sparse(tf.sets.size, *FIRST),
    "sparse.cross_hashed of shared rows": two_sparse(
        lambda a, b: tf.sparse.cross_hashed([a, b], 1000), *FIRST, *SECOND
    ),
    "edit_distance": two_sparse(tf.edit_distance, *FIRST, *SECOND),
    "edit_distance, absolute": two_sparse(tf.edit_distance, *FIRST, *SECOND, normalize=False),
}  # fmt: skip


CASES: dict[str, dict[str, Case]] = {
    "image": IMAGE,
    "linalg": LINALG,
    "signal": SIGNAL,
    "sparse": SPARSE,
    "sets": SETS,
}
