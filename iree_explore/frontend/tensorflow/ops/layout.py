# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that move elements along dimensions of any size: compositions of gathers and reshapes."""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


@composition("Roll")
def roll(tf: Any, call: Call, x: Any, shifts: Any, axes: Any) -> Any:
    """Each dimension picked at shifted positions, modulo its size."""
    where, count = tf.get_static_value(axes), axes.shape.num_elements()
    if count is None:
        return None
    shifts, axes = tf.reshape(shifts, [-1]), tf.reshape(axes, [-1])
    known = where.reshape(-1).tolist() if where is not None else None
    for number in range(count):
        axis = known[number] if known else axes[number]
        size = tf.maximum(tf.shape(x)[axis], 1)
        shift = tf.cast(shifts[number], tf.int32) % size
        places = (tf.range(tf.shape(x)[axis]) + (size - shift)) % size
        x = tf.gather(x, places, axis=axis)
    return x


def _amounts(tf: Any, padding: Any, count: int) -> list[tuple[int, Any, Any]]:
    """The dimensions that are padded (or cut), and by how much before and after: numbers where
    they are known."""
    known = tf.get_static_value(padding)
    if known is not None:
        return [(a, *row) for a, row in enumerate(known.tolist()) if any(row)]
    padding = tf.cast(padding, tf.int32)
    return [(a, padding[a, 0], padding[a, 1]) for a in range(count)]


def _mirrored(tf: Any, size: Any, low: Any, high: Any, skip: int) -> Any:
    """Positions of a mirror-padded dimension in the original one."""
    places = tf.range(size + low + high) - low
    places = tf.where(places < 0, -places - 1 + skip, places)
    return tf.where(places >= size, 2 * size - 1 - skip - places, places)


@composition("MirrorPad")
def mirror_pad(tf: Any, call: Call, x: Any, padding: Any) -> Any:
    """Each padded dimension picked at mirrored positions."""
    skip = 0 if call.text("mode") == "SYMMETRIC" else 1
    for axis, low, high in _amounts(tf, padding, x.shape.rank):
        x = tf.gather(x, _mirrored(tf, tf.shape(x)[axis], low, high, skip), axis=axis)
    return x


@composition("MirrorPadGrad")
def mirror_pad_grad(tf: Any, call: Call, grad: Any, padding: Any) -> Any:
    """Each padded dimension summed where its positions come from."""
    skip = 0 if call.text("mode") == "SYMMETRIC" else 1
    for axis, low, high in _amounts(tf, padding, grad.shape.rank):
        size = tf.shape(grad)[axis] - low - high
        places = _mirrored(tf, size, low, high, skip)
        order = [axis, *(a for a in range(grad.shape.rank) if a != axis)]
        back = [order.index(a) for a in range(grad.shape.rank)]
        summed = tf.math.unsorted_segment_sum(tf.transpose(grad, order), places, size)
        grad = tf.transpose(summed, back)
    return grad


@composition("SplitV")
def split_v(tf: Any, call: Call, x: Any, sizes: Any, axis: Any) -> Any:
    """Slices one after the other; one size may be -1."""
    where, wanted = tf.get_static_value(axis), tf.get_static_value(sizes)
    if where is None:
        return None
    axis = int(where) % x.shape.rank
    whole = tf.cast(tf.shape(x)[axis], sizes.dtype)
    if wanted is None:
        rest = whole - tf.reduce_sum(tf.maximum(sizes, 0))
        counts = tf.unstack(tf.where(sizes < 0, rest, sizes), len(call.op.results))
    else:
        rest = whole - int(sum(n for n in wanted.tolist() if n >= 0))
        counts = [rest if n < 0 else n for n in wanted.tolist()]
    parts, start = [], 0
    for size in counts:
        places = [slice(None)] * axis + [slice(start, start + size)]
        parts.append(x[tuple(places)])
        start = start + size
    return parts


@composition("InvertPermutation")
def invert_permutation(tf: Any, call: Call, x: Any) -> Any:
    """Positions scattered to where they are named."""
    size = tf.shape(x)
    numbers = tf.cast(tf.range(size[0]), x.dtype)
    return tf.scatter_nd(x[:, tf.newaxis], numbers, tf.cast(size, x.dtype))


@composition("BroadcastArgs")
def broadcast_args(tf: Any, call: Call, left: Any, right: Any) -> Any:
    """The shape that two shapes broadcast to."""
    if None in (left.shape[0], right.shape[0]):
        return None
    rank = max(left.shape[0], right.shape[0])
    ones = [tf.ones([rank - s.shape[0]], s.dtype) for s in (left, right)]
    left, right = (tf.concat([o, s], 0) for o, s in zip(ones, (left, right), strict=True))
    return tf.where(left == 1, right, left)


@composition("ReverseSequence")
def reverse_sequence(tf: Any, call: Call, x: Any, lengths: Any) -> Any:
    """The first elements of each row in the other order."""
    batch, along = call.integer("batch_dim"), call.integer("seq_dim")
    order = [batch, along, *(a for a in range(x.shape.rank) if a not in (batch, along))]
    back = [order.index(a) for a in range(x.shape.rank)]
    rows = tf.transpose(x, order)
    steps = tf.range(tf.shape(rows)[1])[tf.newaxis]
    ends = tf.cast(lengths, tf.int32)[:, tf.newaxis]
    places = tf.where(steps < ends, ends - 1 - steps, steps)
    return tf.transpose(tf.gather(rows, places, axis=1, batch_dims=1), back)


def _pair_up(tf: Any, shape: Any, blocks: list[int], first: int) -> list[Any]:
    parts = [shape[:first]]
    for i, block in enumerate(blocks):
        parts += [tf.stack([shape[first + i] // block, block])]
    return parts


@composition("SpaceToBatchND")
def space_to_batch(tf: Any, call: Call, x: Any, blocks: Any, padding: Any) -> Any:
    """Pads, splits the spatial dimensions into blocks, and moves those to the batch."""
    sizes = tf.get_static_value(blocks)
    if sizes is None:
        return None
    count, rank = len(sizes), x.shape.rank
    around = [tf.zeros([1, 2], padding.dtype), tf.zeros([rank - 1 - count, 2], padding.dtype)]
    x = tf.pad(x, tf.concat([around[0], padding, around[1]], 0))
    shape = tf.shape(x)
    blocks_ = [int(n) for n in sizes]
    split = tf.concat([*_pair_up(tf, shape, blocks_, 1), shape[1 + count :]], 0)
    parted = tf.reshape(x, split)
    order = [2 * i + 2 for i in range(count)] + [0] + [2 * i + 1 for i in range(count)]
    order += list(range(2 * count + 1, rank + count))
    turned = tf.transpose(parted, order)
    spatial = [shape[1 + i] // b for i, b in enumerate(blocks_)]
    joined = [tf.stack([-1, *spatial]), shape[1 + count :]]
    return tf.reshape(turned, tf.concat(joined, 0))


@composition("BatchToSpaceND")
def batch_to_space(tf: Any, call: Call, x: Any, blocks: Any, crops: Any) -> Any:
    """Moves blocks from the batch to the spatial dimensions, then crops."""
    sizes = tf.get_static_value(blocks)
    if sizes is None:
        return None
    count, rank = len(sizes), x.shape.rank
    shape, blocks_ = tf.shape(x), [int(n) for n in sizes]
    total = 1
    for block in blocks_:
        total *= block
    parted = tf.reshape(x, tf.concat([blocks_, [shape[0] // total], shape[1:]], 0))
    order = [count]
    for i in range(count):
        order += [count + 1 + i, i]
    order += list(range(2 * count + 1, rank + count))
    turned = tf.transpose(parted, order)
    spatial = [shape[1 + i] * b for i, b in enumerate(blocks_)]
    head = tf.stack([shape[0] // total, *spatial])
    whole = tf.reshape(turned, tf.concat([head, shape[1 + count :]], 0))
    places = [slice(None)] * (1 + count)
    for i, low, high in _amounts(tf, crops, count):
        places[1 + i] = slice(low, tf.shape(whole)[1 + i] - high)
    return whole[tuple(places)]


@composition("SpaceToDepth", "DepthToSpace")
def space_and_depth(tf: Any, call: Call, x: Any) -> Any:
    """Blocks of pixels become channels, or the other way round."""
    block, layout = call.integer("block_size"), call.text("data_format", "NHWC")
    if layout not in ("NHWC", "NCHW"):
        return None
    if layout == "NCHW":
        x = tf.transpose(x, [0, 2, 3, 1])
    shape = tf.shape(x)
    height, width, depth = shape[1], shape[2], shape[3]
    if call.name == "SpaceToDepth":
        split = [shape[0], height // block, block, width // block, block, depth]
        joined = [shape[0], height // block, width // block, block * block * depth]
    else:
        inner = depth // (block * block)
        split = [shape[0], height, width, block, block, inner]
        joined = [shape[0], height * block, width * block, inner]
    turned = tf.transpose(tf.reshape(x, tf.stack(split)), [0, 1, 3, 2, 4, 5])
    result = tf.reshape(turned, tf.stack(joined))
    return tf.transpose(result, [0, 3, 1, 2]) if layout == "NCHW" else result


@composition("ShapeN")
def shape_n(tf: Any, call: Call, *values: Any) -> Any:
    """The shape of each operand."""
    return [tf.shape(v, out_type=call.dtype(tf, i)) for i, v in enumerate(values)]


@composition("EnsureShape")
def ensure_shape(tf: Any, call: Call, x: Any) -> Any:
    """The operand, with the sizes that its type now has."""
    shape = call.shape()
    if shape is None:
        return x
    sizes = [tf.shape(x)[a] if n is None else n for a, n in enumerate(shape)]
    return tf.reshape(x, tf.stack(sizes)) if sizes else x


def windows(tf: Any, call: Call, x: Any, sizes: Any, rates: Any, fill: Any) -> list[Any]:
    """For every offset in an NHWC window, row first: that element of each window."""
    strides = call.numbers("strides")
    counts, pads = [], []
    for axis in (1, 2):
        size, step = tf.shape(x)[axis], strides[axis]
        reach = (sizes[axis - 1] - 1) * rates[axis - 1] + 1
        if call.text("padding") == "SAME":
            count = (size + step - 1) // step
            missing = tf.maximum((count - 1) * step + reach - size, 0)
            pads.append(tf.stack([missing // 2, missing - missing // 2]))
        else:
            count = (size - reach + step) // step
            pads.append(tf.zeros([2], tf.int32))
        counts.append(count)
    none = tf.zeros([2], tf.int32)
    padded = tf.pad(x, tf.stack([none, *pads, none]), constant_values=fill)
    found = []
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            top, left = i * rates[0], j * rates[1]
            bottom = top + (counts[0] - 1) * strides[1] + 1
            right = left + (counts[1] - 1) * strides[2] + 1
            found.append(padded[:, top : bottom : strides[1], left : right : strides[2]])
    return found


@composition("ExtractImagePatches")
def extract_patches(tf: Any, call: Call, x: Any) -> Any:
    """Windows of pixels as channels."""
    sizes, rates = call.numbers("ksizes")[1:3], call.numbers("rates")[1:3]
    return tf.concat(windows(tf, call, x, sizes, rates, 0), 3)


@composition(
    "TensorScatterUpdate",
    "TensorScatterAdd",
    "TensorScatterSub",
    "TensorScatterMin",
    "TensorScatterMax",
)
def scatter_rows(tf: Any, call: Call, x: Any, indices: Any, updates: Any) -> Any:
    """Indices of as many numbers as only the call knows: as numbers of rows."""
    if indices.shape[-1] is not None:
        return None
    shape, depth = tf.cast(tf.shape(x), indices.dtype), tf.shape(indices)[-1]
    heads = shape[:depth]
    rows, columns = tf.reduce_prod(heads), tf.reduce_prod(shape[depth:])
    steps = tf.math.cumprod(heads, exclusive=True, reverse=True)
    inside = tf.reduce_all((indices >= 0) & (indices < heads), -1)
    places = tf.where(inside, tf.reduce_sum(indices * steps, -1), rows)  # rows: no such row
    combined = getattr(tf.raw_ops, call.name)(
        tensor=tf.reshape(x, tf.stack([rows, columns])),
        indices=tf.reshape(places, [-1, 1]),
        updates=tf.reshape(updates, tf.stack([tf.size(places, out_type=rows.dtype), columns])),
    )
    return tf.reshape(combined, shape)
