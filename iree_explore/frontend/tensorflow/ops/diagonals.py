# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Diagonals of batches of matrices of any size: gathers at computed positions.

Diagonal `d` holds the elements with `column - row == d`. Several diagonals are rows of a matrix,
the upmost first, each aligned left or right as the op says.
Source: https://www.tensorflow.org/api_docs/python/tf/linalg/diag
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def _bounds(tf: Any, k: Any) -> tuple[int, int] | None:
    """The lowest and the highest diagonal, if they are constant."""
    known = tf.get_static_value(k)
    if known is None:
        return None
    numbers = known.reshape(-1).tolist()
    return numbers[0], numbers[-1]


def _offset(tf: Any, align: str, diagonal: Any, rows: Any, columns: Any, width: Any) -> Any:
    """Where the diagonals (a tensor) start in their rows of `width` elements."""
    above, below = (align or "RIGHT_LEFT").split("_")
    length = tf.minimum(rows + tf.minimum(diagonal, 0), columns - tf.maximum(diagonal, 0))
    left = tf.zeros_like(diagonal, tf.bool)
    if above == "LEFT":
        left |= diagonal >= 0
    if below == "LEFT":
        left |= diagonal <= 0
    return tf.where(left, 0, width - length)


def _placed(tf: Any, call: Call, diagonals: Any, k: Any, rows: Any, columns: Any) -> Any:
    """Diagonals at their places of a matrix, and where those are; None if `k` is not constant."""
    bounds = _bounds(tf, k)
    if bounds is None:
        return None
    low, high = bounds
    if low == high:
        diagonals = diagonals[..., tf.newaxis, :]
    width = tf.shape(diagonals)[-1]
    row, column = tf.range(rows)[:, tf.newaxis], tf.range(columns)[tf.newaxis]
    diagonal = column - row
    inside = (diagonal >= low) & (diagonal <= high)
    start = _offset(tf, call.text("align"), diagonal, rows, columns, width)
    if low == high:
        start = tf.zeros_like(start)
    place = (high - diagonal) * width + tf.minimum(row, column) + start
    shape = tf.concat([tf.shape(diagonals)[:-2], [-1]], 0)
    flat = tf.reshape(diagonals, shape)
    return tf.gather(flat, tf.where(inside, place, 0), axis=-1), inside


@composition("MatrixDiag", "MatrixDiagV2", "MatrixDiagV3")
def matrix_diag(tf: Any, call: Call, diagonal: Any, *rest: Any) -> Any:
    """A matrix with these diagonals, `padding` elsewhere."""
    k, rows, columns, padding = rest or (tf.constant(0), tf.constant(-1), tf.constant(-1), None)
    bounds = _bounds(tf, k)
    known = [tf.get_static_value(n) for n in (rows, columns)]
    if bounds is None or None in known:
        return None
    low, high = bounds
    width = tf.shape(diagonal)[-1]
    if low == high == 0 and int(known[0]) == int(known[1]) == -1:
        steps = tf.range(width)
        zero = tf.zeros([], diagonal.dtype) if padding is None else padding
        return tf.where(steps[:, tf.newaxis] == steps, diagonal[..., tf.newaxis], zero)
    least = [width - min(high, 0), width + max(low, 0)]
    sizes = [least[i] if int(known[i]) == -1 else tf.constant(int(known[i])) for i in (0, 1)]
    if int(known[0]) == -1 and int(known[1]) == -1:
        sizes = [tf.maximum(*least)] * 2
    zero = tf.zeros([], diagonal.dtype) if padding is None else padding
    placed, inside = _placed(tf, call, diagonal, k, *sizes)
    return tf.where(inside, placed, zero)


@composition("MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3")
def matrix_set_diag(tf: Any, call: Call, x: Any, diagonal: Any, *k: Any) -> Any:
    """A matrix with these diagonals replaced."""
    shape = tf.shape(x)
    made = _placed(tf, call, diagonal, k[0] if k else tf.constant(0), shape[-2], shape[-1])
    if made is None:
        return None
    return tf.where(made[1], made[0], x)


@composition("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3")
def matrix_diag_part(tf: Any, call: Call, x: Any, *rest: Any) -> Any:
    """Diagonals of a matrix, `padding` where one is shorter than the longest."""
    k, padding = rest or (tf.constant(0), tf.zeros([], x.dtype))
    bounds = _bounds(tf, k)
    if bounds is None:
        return None
    low, high = bounds
    rows, columns = tf.shape(x)[-2], tf.shape(x)[-1]
    width = tf.minimum(rows + min(high, 0), columns - max(low, 0))
    if low <= 0 <= high:
        width = tf.minimum(rows, columns)
    diagonal = tf.range(high, low - 1, -1)[:, tf.newaxis]
    start = _offset(tf, call.text("align"), diagonal, rows, columns, width)
    step = tf.range(width)[tf.newaxis] - start
    row, column = step + tf.maximum(-diagonal, 0), step + tf.maximum(diagonal, 0)
    inside = (step >= 0) & (row < rows) & (column < columns)
    flat = tf.reshape(x, tf.concat([tf.shape(x)[:-2], [-1]], 0))
    taken = tf.gather(flat, tf.where(inside, row * columns + column, 0), axis=-1)
    result = tf.where(inside, taken, tf.cast(padding, x.dtype))
    return result[..., 0, :] if low == high else result


@composition("Diag")
def diag(tf: Any, call: Call, x: Any) -> Any:
    """A tensor of twice the rank with `x` on its diagonal."""
    flat = tf.reshape(x, [-1])
    shape = tf.shape(x)
    return tf.reshape(tf.linalg.diag(flat), tf.concat([shape, shape], 0))


@composition("DiagPart")
def diag_part(tf: Any, call: Call, x: Any) -> Any:
    """The diagonal of a tensor of twice its rank."""
    shape = tf.shape(x)[: x.shape.rank // 2]
    size = tf.reduce_prod(shape)
    matrix = tf.reshape(x, tf.stack([size, size]))
    return tf.reshape(tf.linalg.diag_part(matrix), shape)
