# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions whose kernels or channels only the call knows: products with patches.

`convolutions.py` has those of known kernels. Here every window is gathered, so window sizes and
how many groups of channels there are may be computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

LETTERS = "xyz"
WINDOW_LETTERS = "ijk"


@dataclass(frozen=True)
class Settings:
    """Strides, dilations and explicit padding of the spatial dimensions."""

    strides: list[int]
    dilations: list[int]
    padding: str
    explicit: list[int]

    @classmethod
    def of(cls, call: Call, rank: int) -> Settings | None:
        """What the op says; None if its channels are not last."""
        if not call.text("data_format", "N...C").endswith("C"):
            return None
        strides = call.numbers("strides")[1:-1]
        dilations = (call.numbers("dilations") or [1] * rank)[1:-1]
        explicit = call.numbers("explicit_paddings")[2:-2] or [0, 0] * (rank - 2)
        return cls(strides, dilations, call.text("padding"), explicit)

    def amounts(self, tf: Any, axis: int, size: Any, window: Any) -> tuple[Any, Any]:
        """Elements of padding before and after a dimension of `size`."""
        if self.padding != "SAME":
            return self.explicit[2 * axis], self.explicit[2 * axis + 1]
        step, reach = self.strides[axis], (window - 1) * self.dilations[axis] + 1
        count = (size + step - 1) // step
        total = tf.maximum((count - 1) * step + reach - size, 0)
        return total // 2, total - total // 2


def patches(
    tf: Any, x: Any, windows: Any, strides: Any, dilations: Any, padding: Any, fill: Any = 0
) -> Any:
    """Every window of `x` [batch, size..., channels], as [batch, (count, window)..., channels]."""
    rank = x.shape.rank
    none = (0, 0)
    x = tf.pad(x, tf.stack([tf.stack(p) for p in (none, *padding, none)]), constant_values=fill)
    for axis in range(rank - 2):
        place = 1 + 2 * axis
        reach = (windows[axis] - 1) * dilations[axis] + 1
        count = tf.maximum((tf.shape(x)[place] - reach) // strides[axis] + 1, 0)
        starts = tf.range(count)[:, tf.newaxis] * strides[axis]
        x = tf.gather(x, starts + tf.range(windows[axis]) * dilations[axis], axis=place)
    return x


def _pairs(spatial: int) -> str:
    return "".join(a + b for a, b in zip(LETTERS, WINDOW_LETTERS, strict=True))[: 2 * spatial]


def _groups(tf: Any, x: Any, groups: Any) -> Any:
    """The last dimension as groups."""
    shape = tf.shape(x)
    return tf.reshape(x, tf.concat([shape[:-1], tf.stack([groups, shape[-1] // groups])], 0))


def _joined(tf: Any, x: Any) -> Any:
    """The last two dimensions as one."""
    shape = tf.shape(x)
    return tf.reshape(x, tf.concat([shape[:-2], [shape[-2] * shape[-1]]], 0))


def _grouped_kernel(tf: Any, kernel: Any, channels: Any, depthwise: bool) -> tuple[Any, Any]:
    """The kernel as [window..., channels of a group, groups, outputs of a group], and how many
    groups there are."""
    shape = tf.shape(kernel)
    if depthwise:
        return tf.expand_dims(kernel, -3), shape[-2]
    groups = channels // shape[-2]
    return _groups(tf, kernel, groups), groups


def _product(
    tf: Any, x: Any, kernel: Any, strides: Any, dilations: Any, padding: Any, groups: Any
) -> Any:
    """The convolution of `x` with a grouped kernel."""
    spatial = x.shape.rank - 2
    windows = [tf.shape(kernel)[a] for a in range(spatial)]
    found = _groups(tf, patches(tf, x, windows, strides, dilations, padding), groups)
    rule = f"b{_pairs(spatial)}gc,{WINDOW_LETTERS[:spatial]}cgo->b{LETTERS[:spatial]}go"
    return _joined(tf, tf.einsum(rule, found, kernel))


@composition("Conv2D", "Conv3D", "DepthwiseConv2dNative")
def convolution(tf: Any, call: Call, x: Any, kernel: Any) -> Any:
    """Windows times the kernel, for each group of channels."""
    rank = x.shape.rank
    settings = Settings.of(call, rank)
    if settings is None:
        return None
    sizes, windows = tf.shape(x), tf.shape(kernel)
    padding = [settings.amounts(tf, a, sizes[a + 1], windows[a]) for a in range(rank - 2)]
    grouped, groups = _grouped_kernel(tf, kernel, sizes[-1], call.name.startswith("Depthwise"))
    return _product(tf, x, grouped, settings.strides, settings.dilations, padding, groups)


@composition("Conv2DBackpropInput", "Conv3DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput")
def input_gradient(tf: Any, call: Call, sizes: Any, kernel: Any, grad: Any) -> Any:
    """Gradients `stride` apart, times the kernel turned round."""
    rank = grad.shape.rank
    settings = Settings.of(call, rank)
    if settings is None:
        return None
    sizes = tf.cast(sizes, tf.int32)
    depthwise = call.name.startswith("Depthwise")
    channels = tf.shape(kernel)[-2] if sizes.shape[0] == rank - 2 else sizes[-1]
    spatial = sizes if sizes.shape[0] == rank - 2 else sizes[1:-1]
    padding = []
    for axis, stride in enumerate(settings.strides):
        window = tf.shape(kernel)[axis]
        low, _ = settings.amounts(tf, axis, spatial[axis], window)
        reach = (window - 1) * settings.dilations[axis]
        grad = _spread(tf, grad, axis + 1, stride)
        rest = spatial[axis] + reach - tf.shape(grad)[axis + 1]
        padding.append((reach - low, rest - (reach - low)))
    grouped, groups = _grouped_kernel(tf, kernel, channels, depthwise)
    turned = tf.reverse(grouped, list(range(rank - 2)))
    order = [*range(rank - 2), rank, rank - 1, rank - 2]  # window, outputs, groups, channels
    ones = [1] * (rank - 2)
    # windows beyond the last input are cut, as are rows that no gradient reaches
    grad, padding = _cut(tf, grad, padding)
    return _product(
        tf, grad, tf.transpose(turned, order), ones, settings.dilations, padding, groups
    )


def _spread(tf: Any, x: Any, axis: int, stride: int) -> Any:
    """`x` with `stride - 1` zeros between its elements along `axis`."""
    if stride == 1:
        return x
    rank, size = x.shape.rank, tf.shape(x)[axis]
    opened = tf.expand_dims(x, axis + 1)
    amounts = [[0, 0]] * (rank + 1)
    amounts[axis + 1] = [0, stride - 1]
    opened = tf.pad(opened, amounts)
    shape = tf.shape(x)
    sizes = [shape[a] * (stride if a == axis else 1) for a in range(rank)]
    whole = tf.reshape(opened, tf.stack(sizes))
    places = [slice(None)] * axis + [slice(0, tf.maximum((size - 1) * stride + 1, 0))]
    return whole[tuple(places)]


def _cut(tf: Any, x: Any, padding: Any) -> tuple[Any, Any]:
    """`x` without what negative padding takes away, and the padding that is left."""
    places: list[Any] = [slice(None)]
    left = []
    for axis, (low, high) in enumerate(padding):
        end = tf.shape(x)[axis + 1] + tf.minimum(high, 0)
        places.append(slice(tf.maximum(-low, 0), end))
        left.append((tf.maximum(low, 0), tf.maximum(high, 0)))
    return x[tuple(places)], left


@composition(
    "Conv2DBackpropFilter", "Conv3DBackpropFilterV2", "DepthwiseConv2dNativeBackpropFilter"
)
def kernel_gradient(tf: Any, call: Call, x: Any, sizes: Any, grad: Any) -> Any:
    """Windows times the gradients, summed over the batch and all places."""
    rank = x.shape.rank
    settings = Settings.of(call, rank)
    if settings is None:
        return None
    sizes, given = tf.cast(sizes, tf.int32), tf.shape(x)
    windows = [sizes[a] for a in range(rank - 2)]
    padding = [settings.amounts(tf, a, given[a + 1], windows[a]) for a in range(rank - 2)]
    depthwise = call.name.startswith("Depthwise")
    groups = given[-1] if depthwise else given[-1] // sizes[-2]
    strides, dilations = settings.strides, settings.dilations
    found = _groups(tf, patches(tf, x, windows, strides, dilations, padding), groups)
    spatial = rank - 2
    rule = f"b{_pairs(spatial)}gc,b{LETTERS[:spatial]}go->{WINDOW_LETTERS[:spatial]}cgo"
    return tf.reshape(tf.einsum(rule, found, _groups(tf, grad, groups)), sizes)


@composition("Dilation2D")
def dilation(tf: Any, call: Call, x: Any, kernel: Any) -> Any:
    """The greatest sum of an element and its weight in each window."""
    strides, rates = call.numbers("strides")[1:3], call.numbers("rates")[1:3]
    settings = Settings(strides, rates, call.text("padding"), [0] * 4)
    sizes, windows = tf.shape(x), tf.shape(kernel)
    padding = [settings.amounts(tf, a, sizes[a + 1], windows[a]) for a in range(2)]
    spans = [windows[0], windows[1]]
    found = patches(tf, x, spans, strides, rates, padding, x.dtype.min)
    return tf.reduce_max(found + kernel[:, tf.newaxis], [2, 4])
