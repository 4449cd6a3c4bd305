# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gradients of slices, resizes, crops and windows: compositions.

Most of them differentiate the composition of the op itself (`pulled`), which is made of ops whose
gradients lower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iree_explore.frontend.tensorflow.ops import images
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.patches import Settings, patches

_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def pulled(tf: Any, function: Callable[[Any], Any], x: Any, grad: Any) -> Any:
    """The gradient of `function` at `x`, of what `grad` is the gradient of its result."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = function(x)
    return tf.convert_to_tensor(tape.gradient(result, x, output_gradients=grad))


@composition("StridedSliceGrad")
def strided_slice(
    tf: Any, call: Call, shape: Any, begin: Any, end: Any, strides: Any, grad: Any
) -> Any:
    """The slice's elements at their places among zeros."""
    count = tf.reduce_prod(shape)
    masks = {name: call.integer(name) for name in _MASKS}
    places = tf.raw_ops.StridedSlice(
        input=tf.reshape(tf.range(count), shape), begin=begin, end=end, strides=strides, **masks
    )
    rows = tf.reshape(places, [-1, 1])
    return tf.reshape(tf.scatter_nd(rows, tf.reshape(grad, [-1]), count[tf.newaxis]), shape)


@composition("ResizeBilinearGrad", "ResizeBicubicGrad")
def resized(tf: Any, call: Call, grad: Any, x: Any) -> Any:
    """The gradient of an image that was resized."""
    cubic = call.name == "ResizeBicubicGrad"
    forward = images.resize_bicubic if cubic else images.resize_bilinear
    size = tf.shape(grad)[1:3]
    found = pulled(
        tf,
        lambda image: forward(tf, call, image, size),
        tf.cast(tf.zeros_like(x), grad.dtype),
        grad,
    )
    return tf.cast(found, x.dtype)


@composition("ScaleAndTranslateGrad")
def scaled_and_translated(
    tf: Any, call: Call, grad: Any, x: Any, scale: Any, translation: Any
) -> Any:
    """The gradient of an image that was resampled."""
    size = tf.shape(grad)[1:3]
    return pulled(
        tf,
        lambda image: images.scale_and_translate(tf, call, image, size, scale, translation),
        tf.zeros_like(x),
        grad,
    )


@composition("ResizeNearestNeighborGrad")
def resized_nearest(tf: Any, call: Call, grad: Any, size: Any) -> Any:
    """The gradient of an image of `size` that was resized."""
    shape = tf.shape(grad)
    image = tf.zeros(tf.concat([shape[:1], size, shape[3:]], 0), grad.dtype)
    return pulled(tf, lambda x: images.resize_nearest(tf, call, x, shape[1:3]), image, grad)


@composition("CropAndResizeGradImage")
def cropped_image(tf: Any, call: Call, grad: Any, boxes: Any, owners: Any, shape: Any) -> Any:
    """The gradient of an image of `shape` that boxes were cut out of."""
    size = tf.shape(grad)[1:3]

    def forward(image: Any) -> Any:
        return images.crop_and_resize(tf, call, image, boxes, owners, size)

    found = pulled(tf, forward, tf.zeros(shape, tf.float32), grad)
    return tf.cast(found, call.dtype(tf))


@composition("CropAndResizeGradBoxes")
def cropped_boxes(tf: Any, call: Call, grad: Any, image: Any, boxes: Any, owners: Any) -> Any:
    """The gradient of the boxes that were cut out of an image."""
    size = tf.shape(grad)[1:3]

    def forward(corners: Any) -> Any:
        return images.crop_and_resize(tf, call, image, corners, owners, size)

    return pulled(tf, forward, boxes, grad)


# Windows
# --------------------------------------------------------------------------------------------


def _chosen(tf: Any, sums: Any, grad: Any) -> Any:
    """[b, y, window, x, window, c]: the gradient at the first greatest element of each window."""
    shape = tf.shape(sums)
    flat = tf.transpose(sums, [0, 1, 3, 2, 4, 5])
    moved = tf.shape(flat)
    count = shape[2] * shape[4]
    flat = tf.reshape(flat, tf.concat([moved[:3], [count], moved[5:]], 0))
    first = tf.argmax(flat, 3, output_type=tf.int32)[:, :, :, tf.newaxis]
    here = tf.equal(first, tf.range(count)[:, tf.newaxis])
    found = tf.where(here, grad[:, :, :, tf.newaxis], tf.zeros([], grad.dtype))
    return tf.transpose(tf.reshape(found, moved), [0, 1, 3, 2, 4, 5])


def _dilation(tf: Any, call: Call, x: Any, kernel: Any) -> Callable[[Any], Any]:
    """Cuts an image like `x` into the windows of `tf.Dilation2D`."""
    strides, rates = call.numbers("strides")[1:3], call.numbers("rates")[1:3]
    settings = Settings(strides, rates, call.text("padding"), [0] * 4)
    sizes, windows = tf.shape(x), tf.shape(kernel)
    padding = [settings.amounts(tf, a, sizes[a + 1], windows[a]) for a in range(2)]
    spans = [windows[0], windows[1]]
    return lambda image: patches(tf, image, spans, strides, rates, padding, x.dtype.min)


@composition("Dilation2DBackpropInput")
def dilation_input(tf: Any, call: Call, x: Any, kernel: Any, grad: Any) -> Any:
    """The gradient of the image: what each window took goes back to where it was."""
    cut = _dilation(tf, call, x, kernel)
    return pulled(tf, cut, x, _chosen(tf, cut(x) + kernel[:, tf.newaxis], grad))


@composition("Dilation2DBackpropFilter")
def dilation_filter(tf: Any, call: Call, x: Any, kernel: Any, grad: Any) -> Any:
    """The gradient of the weights."""
    sums = _dilation(tf, call, x, kernel)(x) + kernel[:, tf.newaxis]
    return tf.reduce_sum(_chosen(tf, sums, grad), [0, 1, 3])


@composition("MaxPoolGradGrad")
def max_pool(tf: Any, call: Call, x: Any, y: Any, grad: Any) -> Any:
    """The gradient's elements where each window's first greatest element is."""
    sizes = call.numbers("ksize")
    if call.text("data_format", "NHWC") != "NHWC" or sizes[0] != 1 or sizes[3] != 1:
        return None
    strides = call.numbers("strides")[1:3]
    settings = Settings(strides, [1, 1], call.text("padding"), [0] * 4)
    padding = [settings.amounts(tf, a, tf.shape(x)[a + 1], sizes[a + 1]) for a in range(2)]

    def cut(values: Any, fill: float) -> Any:
        return patches(tf, values, sizes[1:3], strides, (1, 1), padding, fill)

    places = _chosen(tf, cut(x, x.dtype.min), tf.ones_like(y))
    return tf.reduce_sum(places * cut(grad, 0), [2, 4])
