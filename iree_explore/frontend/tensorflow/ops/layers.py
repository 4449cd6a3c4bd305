# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers with unknown sizes: norms, gradients of activations, pools with places, dilations."""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.layout import windows


@composition("MaxPoolWithArgmax")
def max_pool_with_argmax(tf: Any, call: Call, x: Any) -> Any:
    """The greatest element of each window, and where the first such is in its image."""
    sizes, places_type = call.numbers("ksize"), call.dtype(tf, 1)
    if sizes[0] != 1 or sizes[3] != 1:
        return None
    shape = tf.shape(x, out_type=places_type)
    within = tf.reshape(tf.range(shape[1] * shape[2] * shape[3]), tf.concat([[1], shape[1:]], 0))
    if call.flag("include_batch_in_index"):
        image = shape[1] * shape[2] * shape[3]
        within += tf.range(shape[0])[:, None, None, None] * image
    values = windows(tf, call, x, sizes[1:3], (1, 1), x.dtype.min)
    places = windows(tf, call, within, sizes[1:3], (1, 1), tf.cast(-1, places_type))
    best, where = values[0], places[0] + tf.zeros_like(values[0], places_type)
    for value, place in zip(values[1:], places[1:], strict=True):
        more = (value > best) | (where < 0)
        best, where = tf.where(more, value, best), tf.where(more, place, where)
    return best, where


@composition("EuclideanNorm")
def euclidean_norm(tf: Any, call: Call, x: Any, axes: Any) -> Any:
    """Roots of sums of squares."""
    squares = x * tf.math.conj(x)
    return tf.sqrt(tf.reduce_sum(squares, axes, keepdims=call.flag("keep_dims")))


@composition("LRN")
def local_response(tf: Any, call: Call, x: Any) -> Any:
    """Elements over powers of the squares of the channels around."""
    radius = call.integer("depth_radius", 5)
    squares = tf.pad(x * x, [[0, 0]] * 3 + [[radius, radius]])
    depth = tf.shape(x)[3]
    around = tf.add_n([squares[..., i : i + depth] for i in range(2 * radius + 1)])
    bias, alpha = call.number("bias", 1.0), call.number("alpha", 1.0)
    return x / tf.pow(bias + alpha * around, call.number("beta", 0.5))


def _channels_last(tf: Any, call: Call, x: Any, back: bool = False) -> Any:
    """`x` with its channels last, or from there `back` to where the op has them."""
    if not call.text("data_format", "NHWC").startswith("NC"):
        return x
    rank = x.shape.rank
    return tf.transpose(x, [0, rank - 1, *range(1, rank - 1)] if back else [0, *range(2, rank), 1])


@composition("FusedBatchNormV3")
def batch_norm(tf: Any, call: Call, x: Any, scale: Any, offset: Any, mean: Any, var: Any) -> Any:
    """Normalised by the statistics of the batch, or by given ones; channels of any number."""
    wide = tf.cast(_channels_last(tf, call, x), scale.dtype)
    new_mean, new_var = mean, var
    if call.flag("is_training", True):
        axes = list(range(wide.shape.rank - 1))
        count = tf.cast(tf.reduce_prod(tf.shape(wide)[:-1]), scale.dtype)
        given_mean, given_var = mean, var
        mean = tf.reduce_mean(wide, axes)
        var = tf.reduce_mean(tf.math.squared_difference(wide, mean), axes)
        new_mean, new_var = mean, var * count / tf.maximum(count - 1, 1)
        factor = call.number("exponential_avg_factor", 1.0)
        if factor != 1:
            new_mean = given_mean * (1 - factor) + new_mean * factor
            new_var = given_var * (1 - factor) + new_var * factor
    y = (wide - mean) * (tf.math.rsqrt(var + call.number("epsilon", 1e-4)) * scale) + offset
    y = _channels_last(tf, call, tf.cast(y, x.dtype), back=True)
    return y, new_mean, new_var, mean, var, tf.zeros([0], scale.dtype)


@composition("FusedBatchNormGradV3")
def batch_norm_grad(
    tf: Any, call: Call, grad: Any, x: Any, scale: Any, mean: Any, var: Any, _: Any
) -> Any:
    """Gradients of the input, the scale and the offset."""
    wide, grads = (tf.cast(_channels_last(tf, call, v), scale.dtype) for v in (x, grad))
    axes = list(range(wide.shape.rank - 1))
    root = tf.math.rsqrt(var + call.number("epsilon", 1e-4))
    normal = (wide - mean) * root
    of_scale, of_offset = tf.reduce_sum(grads * normal, axes), tf.reduce_sum(grads, axes)
    if call.flag("is_training", True):
        count = tf.cast(tf.reduce_prod(tf.shape(wide)[:-1]), scale.dtype)
        grads = grads - (of_offset + normal * of_scale) / count
    result = _channels_last(tf, call, tf.cast(grads * (root * scale), x.dtype), back=True)
    none = tf.zeros([0], scale.dtype)
    return result, of_scale, of_offset, none, none


@composition("TridiagonalMatMul")
def tridiagonal_product(tf: Any, call: Call, above: Any, main: Any, below: Any, x: Any) -> Any:
    """Each row times its diagonal, and its neighbours times theirs."""
    above, main, below = (tf.linalg.matrix_transpose(v) for v in (above, main, below))
    none = tf.zeros_like(x[..., :1, :])
    after = tf.concat([x[..., 1:, :], none], -2)
    before = tf.concat([none, x[..., :-1, :]], -2)
    return main * x + above * after + below * before


@composition("EluGrad")
def elu_grad(tf: Any, call: Call, grad: Any, outputs: Any) -> Any:
    """Gradients where the result was negative times it plus one."""
    return tf.where(outputs < 0, grad * (outputs + 1), grad)


@composition("SeluGrad")
def selu_grad(tf: Any, call: Call, grad: Any, outputs: Any) -> Any:
    """The same, scaled."""
    scale, scaled_alpha = 1.0507009873554805, 1.7580993408473768
    return tf.where(outputs < 0, grad * (outputs + scaled_alpha), grad * scale)


@composition("Relu6Grad")
def relu6_grad(tf: Any, call: Call, grad: Any, features: Any) -> Any:
    """Gradients between 0 and 6."""
    return tf.where((features > 0) & (features < 6), grad, tf.zeros([], grad.dtype))


@composition("Cross")
def cross(tf: Any, call: Call, left: Any, right: Any) -> Any:
    """Cross products of vectors of three."""
    a, b = tf.unstack(left, 3, -1), tf.unstack(right, 3, -1)
    pairs = ((1, 2), (2, 0), (0, 1))
    return tf.stack([a[i] * b[j] - a[j] * b[i] for i, j in pairs], -1)


@composition("TruncateMod")
def truncate_mod(tf: Any, call: Call, x: Any, y: Any) -> Any:
    """Remainders with the sign of the dividend."""
    return x - tf.raw_ops.TruncateDiv(x=x, y=y) * y
