# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pools over regions of two sizes, drawn at random, so that the ratio of sizes may be a fraction.

The regions of rows and of columns are drawn one after the other and returned as their bounds; the
gradients take the bounds. The first operand is the op's state (`random_state.py`); seeded, it stays
as it is and every execution draws the same regions.
Source: Graham, "Fractional max-pooling" (2014).
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.choices import permutation
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.philox import Stream


def _size(tf: Any, x: Any, axis: int) -> Any:
    known = x.shape[axis]
    return tf.shape(x)[axis] if known is None else tf.constant(known)


def _bounds(tf: Any, call: Call, source: Stream, size: Any, ratio: float) -> tuple[Any, Any]:
    """Where regions begin and the last one ends, [regions + 1]; and the blocks that were drawn."""
    count = tf.cast(tf.floor(tf.cast(size, tf.float32) / ratio), tf.int32)
    least = size // count
    if not call.flag("pseudo_random"):
        words = source.words(count, 32)
        lengths = least + tf.cast(tf.range(count) < size % count, tf.int32)
        ends = tf.cumsum(tf.gather(lengths, permutation(tf, words, count)))
        return tf.concat([[0], ends], 0), tf.cast((count + 3) // 4, tf.uint64)
    whole, regions, short = (tf.cast(n, tf.float64) for n in (size, count, least))
    mean = whole / regions
    most = tf.minimum((short + 2) / mean - 1, (whole + 1 - short) / mean - (regions - 1))
    block = philox.unit(tf, source.blocks(tf.zeros([1], tf.uint64)), tf.float64)
    inner = tf.math.ceil(mean * (tf.cast(tf.range(1, count), tf.float64) + block[0, 0] * most))
    ends = [[0], tf.cast(inner, tf.int32) - 1, tf.reshape(size, [1])]
    return tf.concat(ends, 0), tf.constant(1, tf.uint64)


class _Regions:
    """The regions of one dimension: `starts` and `ends`, a region's last element being the next
    one's first if they overlap."""

    def __init__(self, tf: Any, call: Call, bounds: Any, size: Any) -> None:
        self.tf, self.size = tf, size
        bounds = tf.cast(bounds, tf.int32)
        self.starts = bounds[:-1]
        self.ends = tf.minimum(bounds[1:] + int(call.flag("overlapping")), size)

    def windows(self, x: Any, axis: int, fill: Any) -> Any:
        """A dimension more after `axis`: the elements of each region, then `fill`."""
        tf = self.tf
        places = self.starts[:, tf.newaxis] + tf.range(tf.reduce_max(self.ends - self.starts))
        found = tf.gather(x, tf.minimum(places, self.size - 1), axis=axis)
        inside = places < self.ends[:, tf.newaxis]
        shape = tf.concat([tf.shape(places), [1] * (x.shape.rank - axis - 1)], 0)
        return tf.where(tf.reshape(inside, shape), found, fill)

    def shares(self) -> Any:
        """[size, regions]: the part that each element is of each region, in f64."""
        tf = self.tf
        place = tf.range(self.size)[:, tf.newaxis]
        inside = (place >= self.starts) & (place < self.ends)
        count = tf.cast(self.ends - self.starts, tf.float64)
        return tf.where(inside, 1 / count, tf.zeros([], tf.float64))


def _lowest(tf: Any, dtype: Any) -> Any:
    return tf.constant(float("-inf") if dtype.is_floating else dtype.min, dtype)


@composition("FractionalMaxPool", "FractionalAvgPool")
def pool(tf: Any, call: Call, state: Any, x: Any) -> Any:
    """The greatest or mean element of each region, bounds of rows and columns, the next state."""
    source = philox.of_state(tf, state)
    sizes, ratios = [_size(tf, x, 1), _size(tf, x, 2)], call.numbers("pooling_ratio")
    rows, used = _bounds(tf, call, source, sizes[0], ratios[1])
    columns, more = _bounds(tf, call, source.later(used), sizes[1], ratios[2])
    down, across = (_Regions(tf, call, *b) for b in zip((rows, columns), sizes, strict=True))
    if "Max" in call.name:
        fill = _lowest(tf, x.dtype)
        found = tf.reduce_max(across.windows(x, 2, fill), 3)
        found = tf.reduce_max(down.windows(found, 1, fill), 2)
    else:
        zero = tf.zeros([], x.dtype)
        found = tf.reduce_sum(across.windows(x, 2, zero), 3)
        found = tf.reduce_sum(down.windows(found, 1, zero), 2)
        height, width = (tf.cast(r.ends - r.starts, x.dtype) for r in (down, across))
        count = height[:, tf.newaxis, tf.newaxis] * width[:, tf.newaxis]
        found = found / count if x.dtype.is_floating else tf.truncatediv(found, count)
    if not (call.integer("seed") or call.integer("seed2")):
        state = philox.advanced(tf, state, used + more)
    return found, tf.cast(rows, tf.int64), tf.cast(columns, tf.int64), state


@composition("FractionalMaxPoolGrad")
def max_gradient(tf: Any, call: Call, x: Any, y: Any, grad: Any, rows: Any, columns: Any) -> Any:
    """Gradients added up where the greatest elements are, the first of equal ones."""
    shape = tf.shape(x)
    down, across = (_Regions(tf, call, b, shape[i + 1]) for i, b in enumerate((rows, columns)))
    fill = _lowest(tf, x.dtype)
    windows = across.windows(down.windows(x, 1, fill), 3, fill)  # batch, row, y, column, x, channel
    wide = tf.shape(windows)[4]
    windows = tf.transpose(windows, [0, 1, 3, 2, 4, 5])
    found = tf.shape(windows)
    together = tf.concat([found[:3], [found[3] * found[4]], found[5:]], 0)
    best = tf.argmax(tf.reshape(windows, together), 3, tf.int32)
    row = down.starts[:, tf.newaxis, tf.newaxis] + best // wide
    column = across.starts[:, tf.newaxis] + best % wide
    image = tf.range(shape[0])[:, tf.newaxis, tf.newaxis, tf.newaxis]
    place = ((image * shape[1] + row) * shape[2] + column) * shape[3] + tf.range(shape[3])
    whole = tf.reduce_prod(shape)[tf.newaxis]
    flat = tf.scatter_nd(tf.reshape(place, [-1, 1]), tf.reshape(grad, [-1]), whole)
    return tf.reshape(flat, shape)


@composition("FractionalAvgPoolGrad")
def mean_gradient(tf: Any, call: Call, shape: Any, grad: Any, rows: Any, columns: Any) -> Any:
    """Each element's parts of the gradients of its regions."""
    sizes = tf.cast(shape, tf.int32)
    down, across = (_Regions(tf, call, b, sizes[i + 1]) for i, b in enumerate((rows, columns)))
    wide = tf.cast(grad, tf.float64)
    found = tf.einsum("hi,bijc,wj->bhwc", down.shares(), wide, across.shares())
    return tf.cast(found, grad.dtype)
