# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Resizing, crops and colours of images of any size, channels last: compositions.

Resizing is separable. Each new row is a few old ones by their weights, or, where it depends on many
(area, antialiased kernels), a product with a matrix of weights.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

TABLE = 1024
"""TensorFlow rounds bicubic offsets to this many steps."""


def _ratio(tf: Any, above: Any, below: Any) -> Any:
    """A quotient in f32, rounded once: TensorFlow's passes make of one by a constant in f32 a
    product with its reciprocal, and positions that should be whole numbers then are not."""
    return tf.cast(tf.cast(above, tf.float64) / tf.cast(below, tf.float64), tf.float32)


def _positions(tf: Any, call: Call, size: Any, new: Any, half: float = 0.5) -> Any:
    """Where each new pixel lies in the old image, in f32."""
    corners, centres = call.flag("align_corners"), call.flag("half_pixel_centers")
    old, wanted = tf.cast(size, tf.float32), tf.cast(new, tf.float32)
    scale = _ratio(tf, old, tf.maximum(wanted, 1.0))
    if corners:
        scale = tf.where(wanted > 1, _ratio(tf, old - 1, tf.maximum(wanted - 1, 1.0)), scale)
    steps = tf.cast(tf.range(new), tf.float32)
    return (steps + 0.5) * scale - half if centres else steps * scale


def _aligned(tf: Any, weights: Any, axis: int) -> Any:
    """A vector along one dimension of an NHWC image."""
    return tf.reshape(weights, [-1 if a == axis else 1 for a in range(4)])


@composition("ResizeBilinear")
def resize_bilinear(tf: Any, call: Call, x: Any, size: Any) -> Any:
    """Two neighbours by their distance, along each axis."""
    x = tf.cast(x, tf.float32)
    for axis in (2, 1):
        last = tf.shape(x)[axis] - 1
        positions = _positions(tf, call, tf.shape(x)[axis], size[axis - 1])
        low = tf.floor(positions)
        share = _aligned(tf, positions - low, axis)
        lower = tf.maximum(tf.cast(low, tf.int32), 0)
        upper = tf.minimum(tf.cast(low, tf.int32) + 1, last)
        first = tf.gather(x, tf.minimum(lower, last), axis=axis)
        x = first + (tf.gather(x, upper, axis=axis) - first) * share
    return x


@composition("ResizeNearestNeighbor")
def resize_nearest(tf: Any, call: Call, x: Any, size: Any) -> Any:
    """Rows and columns at rounded positions."""
    for axis in (1, 2):
        positions = _positions(tf, call, tf.shape(x)[axis], size[axis - 1], half=0.0)
        if call.flag("align_corners"):
            positions = tf.floor(positions + 0.5)
        places = tf.cast(tf.floor(positions), tf.int32)
        x = tf.gather(x, tf.clip_by_value(places, 0, tf.shape(x)[axis] - 1), axis=axis)
    return x


def _cubic_table(slope: float) -> np.ndarray:
    near = np.arange(TABLE + 1, dtype=np.float64) / TABLE
    far = near + 1
    inner = ((slope + 2) * near - (slope + 3)) * near * near + 1
    outer = ((slope * far - 5 * slope) * far + 8 * slope) * far - 4 * slope
    return np.stack([inner, outer]).astype(np.float32)


@composition("ResizeBicubic")
def resize_bicubic(tf: Any, call: Call, x: Any, size: Any) -> Any:
    """Four neighbours by Keys' cubic; with half-pixel centres those outside don't count."""
    centres = call.flag("half_pixel_centers")
    table = tf.constant(_cubic_table(-0.5 if centres else -0.75))
    x = tf.cast(x, tf.float32)
    for axis in (2, 1):
        last = tf.shape(x)[axis] - 1
        positions = _positions(tf, call, tf.shape(x)[axis], size[axis - 1])
        low = tf.floor(positions)
        offset = tf.cast(tf.round((positions - low) * TABLE), tf.int32)
        rest = TABLE - offset
        places = [tf.cast(low, tf.int32) + i for i in (-1, 0, 1, 2)]
        inside = [tf.clip_by_value(p, 0, last) for p in places]
        weights = [
            tf.gather(table[1], offset),
            tf.gather(table[0], offset),
            tf.gather(table[0], rest),
            tf.gather(table[1], rest),
        ]
        if centres:
            weights = [
                tf.where(tf.equal(p, q), w, 0.0)
                for p, q, w in zip(places, inside, weights, strict=True)
            ]
            total = tf.add_n(weights)
            weights = [w / total for w in weights]
        parts = [
            tf.gather(x, p, axis=axis) * _aligned(tf, w, axis)
            for p, w in zip(inside, weights, strict=True)
        ]
        x = tf.add_n(parts)
    return x


def _product(tf: Any, x: Any, matrix: Any, axis: int) -> Any:
    """One axis of an image by a [new, old] matrix."""
    return tf.einsum("bhwc,oh->bowc" if axis == 1 else "bhwc,ow->bhoc", x, matrix)


@composition("ResizeArea")
def resize_area(tf: Any, call: Call, x: Any, size: Any) -> Any:
    """Means over the old pixels that each new one covers."""
    if call.flag("align_corners"):
        return None
    x = tf.cast(x, tf.float32)
    for axis in (1, 2):
        old, new = tf.shape(x)[axis], size[axis - 1]
        scale = tf.cast(old, tf.float32) / tf.cast(new, tf.float32)
        start = tf.cast(tf.range(new), tf.float32)[:, tf.newaxis] * scale
        pixel = tf.cast(tf.range(old), tf.float32)[tf.newaxis]
        covered = tf.minimum(pixel + 1, start + scale) - tf.maximum(pixel, start)
        x = _product(tf, x, tf.maximum(covered, 0.0) / scale, axis)
    return x


def _lanczos(tf: Any, radius: float, x: Any) -> Any:
    safe = tf.where(x > 1e-3, x, 1.0)
    waves = tf.sin(math.pi * safe) * tf.sin(math.pi * safe / radius)
    value = radius * waves / (math.pi * math.pi * safe * safe)
    return tf.where(x <= 1e-3, 1.0, tf.where(x > radius, 0.0, value))


def _kernel(tf: Any, kind: str, x: Any) -> tuple[float, Any]:
    """The radius of a resampling kernel and its values at distances `x`."""
    if kind.startswith("lanczos"):
        radius = float(kind.removeprefix("lanczos"))
        return radius, _lanczos(tf, radius, x)
    if kind == "gaussian":
        return 1.5, tf.where(x >= 1.5, 0.0, tf.exp(-x * x / (2 * 0.5 * 0.5)))
    if kind == "box":
        return 1.0, tf.where(x < 0.5, 1.0, tf.where(tf.equal(x, 0.5), 0.5, 0.0))
    if kind == "triangle":
        return 1.0, tf.maximum(1 - x, 0.0)
    if kind == "keyscubic":
        near, far = ((1.5 * x - 2.5) * x) * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    else:
        near = (((7 / 6) * x - 2) * x) * x + 8 / 9
        far = (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9
    return 2.0, tf.where(x >= 2, 0.0, tf.where(x >= 1, far, near))


@composition("ScaleAndTranslate")
def scale_and_translate(
    tf: Any, call: Call, x: Any, size: Any, scale: Any, translation: Any
) -> Any:
    """Resampling by a kernel, wider where the image shrinks if `antialias`."""
    x = tf.cast(x, tf.float32)
    for axis in (1, 2):
        old, new = tf.shape(x)[axis], size[axis - 1]
        inverse = 1.0 / scale[axis - 1]
        wide = tf.maximum(inverse, 1.0) if call.flag("antialias", True) else tf.ones([])
        steps = tf.cast(tf.range(new), tf.float32)[:, tf.newaxis] + 0.5
        centre = steps * inverse - inverse * translation[axis - 1]
        pixel = tf.cast(tf.range(old), tf.float32)[tf.newaxis] + 0.5
        kind = call.text("kernel_type", "lanczos3")
        _, weights = _kernel(tf, kind, tf.abs(pixel - centre) / wide)
        total = tf.reduce_sum(weights, 1, keepdims=True)
        inside = (centre >= 0) & (centre <= tf.cast(old, tf.float32)) & (tf.abs(total) > 1e-35)
        matrix = tf.where(inside, weights / tf.where(inside, total, 1.0), 0.0)
        x = _product(tf, x, matrix, axis)
    return x


@composition("CropAndResize")
def crop_and_resize(tf: Any, call: Call, image: Any, boxes: Any, owners: Any, size: Any) -> Any:
    """Boxes of images, sampled; what lies outside is `extrapolation_value`."""
    nearest = call.text("method", "bilinear") == "nearest"
    x = tf.cast(image, tf.float32)
    found = []
    for axis in (0, 1):
        last = tf.cast(tf.shape(x)[axis + 1] - 1, tf.float32)
        low, high = boxes[:, axis, tf.newaxis], boxes[:, axis + 2, tf.newaxis]
        count = size[axis]
        steps = tf.cast(tf.range(count), tf.float32)[tf.newaxis]
        step = _ratio(tf, (high - low) * last, tf.maximum(count - 1, 1))
        position = tf.where(count > 1, low * last + steps * step, 0.5 * (low + high) * last)
        inside = (position >= 0) & (position <= last)
        found.append((tf.where(inside, position, 0.0), inside))
    (y, inside_y), (z, inside_z) = found

    def at(row: Any, column: Any) -> Any:
        rows, columns = tf.cast(row, tf.int32)[:, :, None], tf.cast(column, tf.int32)[:, None]
        zero = tf.zeros_like(rows + columns)
        owner = tf.cast(owners, tf.int32)[:, None, None] + zero
        return tf.gather_nd(x, tf.stack([owner, rows + zero, columns + zero], -1))

    if nearest:
        value = at(tf.floor(y + 0.5), tf.floor(z + 0.5))
    else:
        top, left = tf.floor(y), tf.floor(z)
        share_y, share_z = (y - top)[:, :, None, None], (z - left)[:, None, :, None]
        upper, lower = (
            (lambda first, second: first + (second - first) * share_z)(
                at(row, left), at(row, tf.math.ceil(z))
            )
            for row in (top, tf.math.ceil(y))
        )
        value = upper + (lower - upper) * share_y
    inside = (inside_y[:, :, None] & inside_z[:, None])[..., None]
    return tf.where(inside, value, call.number("extrapolation_value"))


@composition("RGBToHSV")
def rgb_to_hsv(tf: Any, call: Call, x: Any) -> Any:
    """Hue, saturation and value of colours in 0..1."""
    r, g, b = (x[..., i] for i in range(3))
    value = tf.reduce_max(x, -1)
    span = value - tf.reduce_min(x, -1)
    safe = tf.where(span > 0, span, 1.0)
    saturation = tf.where(value > 0, span / tf.where(value > 0, value, 1.0), 0.0)
    red, green = tf.equal(r, value), tf.equal(g, value)
    hue = tf.where(
        red,
        (g - b) / safe / 6,
        tf.where(green, (b - r) / safe / 6 + 2 / 6, (r - g) / safe / 6 + 4 / 6),
    )
    hue = tf.where(span > 0, hue, 0.0)
    return tf.stack([tf.where(hue < 0, hue + 1, hue), saturation, value], -1)


@composition("HSVToRGB")
def hsv_to_rgb(tf: Any, call: Call, x: Any) -> Any:
    """Colours of hue, saturation and value."""
    hue, saturation, value = (x[..., i] for i in range(3))
    sixth = hue * 6
    shares = [tf.abs(sixth - 3) - 1, 2 - tf.abs(sixth - 2), 2 - tf.abs(sixth - 4)]
    one = 1 - saturation
    parts = [(one + saturation * tf.clip_by_value(s, 0.0, 1.0)) * value for s in shares]
    return tf.stack(parts, -1)


@composition("AdjustHue")
def adjust_hue(tf: Any, call: Call, x: Any, delta: Any) -> Any:
    """Colours with the hue moved round."""
    hsv = tf.image.rgb_to_hsv(x)
    hue = tf.math.floormod(hsv[..., :1] + delta, 1.0)
    return tf.image.hsv_to_rgb(tf.concat([hue, hsv[..., 1:]], -1))


@composition("AdjustSaturation")
def adjust_saturation(tf: Any, call: Call, x: Any, factor: Any) -> Any:
    """Colours with the saturation multiplied, at most 1."""
    hsv = tf.image.rgb_to_hsv(x)
    saturation = tf.clip_by_value(hsv[..., 1:2] * factor, 0.0, 1.0)
    return tf.image.hsv_to_rgb(tf.concat([hsv[..., :1], saturation, hsv[..., 2:]], -1))


@composition("AdjustContrastv2")
def adjust_contrast(tf: Any, call: Call, x: Any, factor: Any) -> Any:
    """Distances from each channel's mean over the image, multiplied."""
    mean = tf.reduce_mean(x, [-3, -2], keepdims=True)
    return (x - mean) * factor + mean
