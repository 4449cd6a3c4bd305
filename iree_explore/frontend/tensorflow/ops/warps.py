# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Images seen through projections, and boxes drawn on them: compositions for images of any size.

Both ask for each new pixel where it comes from, so there is nothing to scatter.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

COLOURS = (
    (1, 1, 0, 1), (0, 0, 1, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0.5, 0, 0.5, 1), (0.5, 0.5, 0, 1),
    (0.5, 0, 0, 1), (0, 0, 0.5, 1), (0, 1, 1, 1), (1, 0, 1, 1),
)  # fmt: skip
"""What TensorFlow draws boxes in, in turn, if it is not told: yellow, blue, red, lime, purple,
olive, maroon, navy, aqua, fuchsia."""


def _folded(tf: Any, mode: str, at: Any, size: Any) -> Any:
    """Coordinates outside 0..size-1 by what the fill mode puts there; as they are for CONSTANT."""
    if mode == "CONSTANT":
        return at
    if mode == "REFLECT":
        turn = 2.0 * size
        below = at + turn * tf.floor(-at / turn)
        below = tf.where(below < -size, below + turn, -below - 1.0)
        above = at - turn * tf.floor(at / turn)
        above = tf.where(above >= size, turn - above - 1.0, above)
    else:
        step = tf.maximum(size - 1.0, 1.0)
        below = at + size * (tf.floor(-at / step) + 1.0)
        above = at - size * tf.floor(at / step)
    if mode != "NEAREST":
        found = tf.where(at < 0, below, tf.where(at > size - 1.0, above, at))
        at = tf.where(size > 1.0, found, tf.zeros_like(at))
    return tf.clip_by_value(at, 0.0, size - 1.0)


@composition("ImageProjectiveTransformV2", "ImageProjectiveTransformV3")
def projective_transform(
    tf: Any, call: Call, images: Any, transforms: Any, size: Any, *fill: Any
) -> Any:
    """Each pixel of the result read, or interpolated, where its projection falls."""
    mode = call.text("fill_mode", "CONSTANT")
    shape = tf.shape(images)
    height, width = (tf.cast(n, tf.float32) for n in (shape[1], shape[2]))
    rows = tf.cast(tf.range(size[0]), tf.float32)[:, tf.newaxis]
    columns = tf.cast(tf.range(size[1]), tf.float32)[tf.newaxis]
    row = tf.zeros(tf.stack([shape[0], 1, 1])) + rows  # of every image, with one transform too
    a = [transforms[:, i, tf.newaxis, tf.newaxis] for i in range(8)]
    depth = a[6] * columns + a[7] * row + 1.0
    seen = depth != 0
    depth = tf.where(seen, depth, 1.0)
    x = _folded(tf, mode, (a[0] * columns + a[1] * row + a[2]) / depth, width)
    y = _folded(tf, mode, (a[3] * columns + a[4] * row + a[5]) / depth, height)
    empty = tf.cast(fill[0] if fill else 0.0, tf.float32)
    flat = tf.reshape(images, tf.stack([shape[0], shape[1] * shape[2], shape[3]]))

    def read(at_y: Any, at_x: Any) -> Any:
        inside = seen & (at_y >= 0) & (at_y < height) & (at_x >= 0) & (at_x < width)
        at_y, at_x = (tf.cast(tf.where(inside, at, 0.0), tf.int32) for at in (at_y, at_x))
        pixels = tf.gather(flat, at_y * shape[2] + at_x, axis=1, batch_dims=1)
        return tf.where(inside[..., tf.newaxis], tf.cast(pixels, tf.float32), empty)

    if call.text("interpolation") == "NEAREST":
        y, x = (tf.sign(at) * tf.floor(tf.abs(at) + 0.5) for at in (y, x))
        return tf.cast(read(y, x), images.dtype)
    low_y, low_x = tf.floor(y), tf.floor(x)
    ends = [[low + 1 - at, at - low] for at, low in ((y, low_y), (x, low_x))]
    (top, bottom), (left, right) = ([w[..., tf.newaxis] for w in pair] for pair in ends)
    upper, lower = (
        left * read(at, low_x) + right * read(at, low_x + 1) for at in (low_y, low_y + 1)
    )
    mixed = top * upper + bottom * lower
    return tf.cast(tf.where(seen[..., tf.newaxis], mixed, empty), images.dtype)


@composition("DrawBoundingBoxes", "DrawBoundingBoxesV2")
def draw_boxes(tf: Any, call: Call, images: Any, boxes: Any, *colours: Any) -> Any:
    """Pixels on the edge of a box get the colour of the last such box."""
    if boxes.shape[1] == 0:
        return images
    channels = tf.shape(images)[3]
    table = tf.constant(COLOURS, images.dtype)[:, :channels]
    table = tf.where(channels == 1, tf.ones_like(table), table)
    if colours and colours[0].shape.num_elements() != 0:
        if colours[0].shape[0] is None:
            return None
        table = tf.cast(colours[0][:, :channels], images.dtype)
    shape = tf.shape(images)
    sizes = [shape[1], shape[2], shape[1], shape[2]]
    edges = [
        tf.cast(boxes[..., i] * tf.cast(n - 1, tf.float32), tf.int32)[..., tf.newaxis, tf.newaxis]
        for i, n in enumerate(sizes)
    ]
    top, left, bottom, right = edges
    rows, columns = tf.range(shape[1])[:, tf.newaxis], tf.range(shape[2])[tf.newaxis]
    within = (rows >= top) & (rows <= bottom) & (columns >= left) & (columns <= right)
    edge = (rows == top) | (rows == bottom) | (columns == left) | (columns == right)
    numbers = tf.range(tf.shape(boxes)[1])[:, tf.newaxis, tf.newaxis]
    last = tf.reduce_max(tf.where(within & edge, numbers, -1), 1)
    drawn = tf.gather(table, tf.maximum(last, 0) % table.shape[0])
    return tf.where((last >= 0)[..., tf.newaxis], drawn, images)
