# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that stand for several: padded convolutions, gradients, changed copies."""

from __future__ import annotations

import math
from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.patches import patches


@composition("FusedPadConv2D", "FusedResizeAndPadConv2D")
def padded_convolution(tf: Any, call: Call, x: Any, *rest: Any) -> Any:
    """A convolution of what is resized, if there is a size, and padded by mirroring."""
    *size, padding, kernel = rest
    if size:
        corners = call.flag("resize_align_corners")
        x = tf.raw_ops.ResizeBilinear(images=x, size=size[0], align_corners=corners)
    x = tf.pad(x, padding, call.text("mode"))
    strides = call.numbers("strides")
    return tf.raw_ops.Conv2D(input=x, filter=kernel, strides=strides, padding=call.text("padding"))


def _windows(tf: Any, call: Call, x: Any, sizes: list[int], steps: list[int], fill: Any) -> Any:
    """Windows of [batch, size..., channels], one after the other: [batch, count..., n, channels].
    The sizes and steps are those between batch and channels."""
    rank = len(sizes)
    pads: list[Any] = [(0, 0)] * rank
    if call.text("padding") == "SAME":
        for axis, (window, step) in enumerate(zip(sizes, steps, strict=True)):
            size = tf.shape(x)[axis + 1]
            missing = tf.maximum((size + step - 1) // step * step - step + window - size, 0)
            pads[axis] = (missing // 2, missing - missing // 2)
    counts, inner = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
    order = [0, *counts, *inner, 2 * rank + 1]
    found = tf.transpose(patches(tf, x, sizes, steps, [1] * rank, pads, fill), order)
    shape = tf.shape(found)
    whole = [shape[: rank + 1], [math.prod(sizes)], shape[-1:]]
    return tf.reshape(found, tf.concat(whole, 0))


@composition("ExtractVolumePatches")
def volume_patches(tf: Any, call: Call, x: Any) -> Any:
    """Windows of voxels as channels."""
    sizes, steps = call.numbers("ksizes")[1:4], call.numbers("strides")[1:4]
    found = _windows(tf, call, x, sizes, steps, 0)
    shape = tf.shape(found)
    return tf.reshape(found, tf.concat([shape[:4], [shape[4] * shape[5]]], 0))


@composition("MaxPoolGradGrad", "MaxPoolGradGradV2", "MaxPool3DGradGrad")
def picked_gradient(tf: Any, call: Call, x: Any, y: Any, grad: Any, *windows: Any) -> Any:
    """Of each window the gradient of its greatest element, the first of those. (XLA's kernel tells
    elements apart by 16 bits.)"""
    known = [tf.get_static_value(w) for w in windows]
    if any(w is None for w in known) or not call.text("data_format", "N...C").endswith("C"):
        return None
    sizes, steps = known or (call.numbers("ksize"), call.numbers("strides"))
    sizes, steps = ([int(n) for n in row] for row in (sizes, steps))
    if sizes[0] != 1 or sizes[-1] != 1:
        return None
    values, grads = (
        _windows(tf, call, v, sizes[1:-1], steps[1:-1], fill)
        for v, fill in ((x, x.dtype.min), (grad, tf.zeros([], grad.dtype)))
    )
    first = tf.argmax(values, -2, tf.int32)[..., tf.newaxis, :]
    places = tf.range(math.prod(sizes))[:, tf.newaxis]
    return tf.reduce_sum(tf.where(places == first, grads, tf.zeros([], grad.dtype)), -2)


def _numbered(tf: Any, call: Call, x: Any, places: Any) -> tuple[Any, Any]:
    """Places of elements in the whole batch `x`, and its shape."""
    shape = tf.shape(x, out_type=places.dtype)
    if not call.flag("include_batch_in_index"):
        image = shape[1] * shape[2] * shape[3]
        places += tf.range(shape[0])[:, tf.newaxis, tf.newaxis, tf.newaxis] * image
    return places, shape


@composition("MaxPoolGradWithArgmax")
def scattered_gradient(tf: Any, call: Call, x: Any, grad: Any, places: Any) -> Any:
    """Gradients added up where the greatest elements were."""
    places, shape = _numbered(tf, call, x, places)
    whole = tf.reduce_prod(shape)[tf.newaxis]
    flat = tf.scatter_nd(tf.reshape(places, [-1, 1]), tf.reshape(grad, [-1]), whole)
    return tf.reshape(flat, shape)


@composition("MaxPoolGradGradWithArgmax")
def gathered_gradient(tf: Any, call: Call, x: Any, grad: Any, places: Any) -> Any:
    """Gradients of where the greatest elements were."""
    places, _ = _numbered(tf, call, x, places)
    return tf.gather(tf.reshape(grad, [-1]), places)


@composition("SoftplusGrad")
def softplus_grad(tf: Any, call: Call, grad: Any, features: Any) -> Any:
    """Gradients by the share of the exponential."""
    return grad * tf.sigmoid(features)


@composition("InvGrad", "ReciprocalGrad")
def reciprocal_grad(tf: Any, call: Call, y: Any, grad: Any) -> Any:
    """Gradients of 1 / x by its values."""
    y = tf.math.conj(y)
    return -grad * y * y


@composition("LRNGrad")
def local_response_grad(tf: Any, call: Call, grad: Any, x: Any, y: Any) -> Any:
    """Gradients of elements over powers of the squares of the channels around."""
    radius = call.integer("depth_radius", 5)
    bias, alpha = call.number("bias", 1.0), call.number("alpha", 1.0)
    beta, depth = call.number("beta", 0.5), tf.shape(x)[3]

    def around(values: Any) -> Any:
        padded = tf.pad(values, [[0, 0]] * 3 + [[radius, radius]])
        return tf.add_n([padded[..., i : i + depth] for i in range(2 * radius + 1)])

    norm = bias + alpha * around(x * x)
    return grad * tf.pow(norm, -beta) - 2 * alpha * beta * x * around(grad * y / norm)


@composition("BatchMatMul", "BatchMatMulV3")
def batched_product(tf: Any, call: Call, left: Any, right: Any) -> Any:
    """Products of matrices; the third version says the type of the result."""
    left, right = (tf.cast(v, call.dtype(tf)) for v in (left, right))
    turned = call.flag("adj_x"), call.flag("adj_y")
    return tf.raw_ops.BatchMatMulV2(x=left, y=right, adj_x=turned[0], adj_y=turned[1])


@composition("InplaceAdd", "InplaceSub", "InplaceUpdate")
def changed_rows(tf: Any, call: Call, x: Any, rows: Any, values: Any) -> Any:
    """A copy with some rows changed."""
    kind = call.name.removeprefix("Inplace").lower()
    return getattr(tf, f"tensor_scatter_nd_{kind}")(x, rows[:, tf.newaxis], values)


@composition("ScatterNdNonAliasingAdd")
def added_to_copy(tf: Any, call: Call, x: Any, indices: Any, updates: Any) -> Any:
    """A copy with updates added."""
    return tf.tensor_scatter_nd_add(x, indices, updates)


@composition("ParallelConcat")
def stacked(tf: Any, call: Call, *rows: Any) -> Any:
    """Rows below each other."""
    return tf.concat(rows, 0)


@composition("Snapshot", "DeepCopy")
def copied(tf: Any, call: Call, x: Any) -> Any:
    """The same tensor: values never change here."""
    return x


@composition("CheckNumericsV2")
def checked(tf: Any, call: Call, x: Any) -> Any:
    """The tensor, if all of it is finite."""
    return tf.debugging.check_numerics(x, call.text("message"))
