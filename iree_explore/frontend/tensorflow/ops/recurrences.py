# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Systems solved row after row: banded and tridiagonal ones, regressions that never increase."""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def _put(tf: Any, rows: Any, number: Any, row: Any) -> Any:
    return tf.tensor_scatter_nd_update(rows, tf.reshape(number, [1, 1]), row[tf.newaxis])


def _front(tf: Any, x: Any, axis: int) -> Any:
    """The dimension `axis` (from the end) first."""
    rank = x.shape.rank
    rest = [i for i in range(rank) if i != rank + axis]
    return tf.transpose(x, [rank + axis, *rest])


@composition("TridiagonalSolve")
def tridiagonal_solve(tf: Any, call: Call, diagonals: Any, rhs: Any) -> Any:
    """Elimination row by row, exchanging a row with the next one if that has the greater pivot, and
    substitution from the last row back. `diagonals` are those above, on and below the main one."""
    rank = diagonals.shape.rank
    if rank is None or rhs.shape.rank is None or call.flag("perturb_singular"):
        return None
    above, main, below = (_front(tf, diagonals[..., i, :], -1)[..., tf.newaxis] for i in range(3))
    rhs = _front(tf, rhs, -2)
    count = tf.shape(rhs)[0]
    pivoting = call.flag("partial_pivoting", True)
    zero = tf.zeros_like(main[0])

    def down(t: Any, pivot: Any, right: Any, value: Any, *stored: Any) -> tuple[Any, ...]:
        """`pivot` and `right` are what is left of row t on and above the main diagonal."""
        last = tf.minimum(t + 1, count - 1)
        low, middle, high = below[last], main[last], above[last]
        high = tf.where(t + 2 < count, high, zero)
        factor = low / pivot
        next_ = [middle - factor * right, high, rhs[last] - factor * value]
        kept = [pivot, right, zero, value]
        if pivoting:
            exchanged = tf.abs(pivot) < tf.abs(low)
            factor = pivot / tf.where(exchanged, low, tf.ones_like(low))
            others = [right - factor * middle, -factor * high, value - factor * rhs[last]]
            next_ = [tf.where(exchanged, a, b) for a, b in zip(others, next_, strict=True)]
            others = [low, middle, high, rhs[last]]
            kept = [tf.where(exchanged, a, b) for a, b in zip(others, kept, strict=True)]
        ends = tf.equal(t, count - 1)
        kept = [tf.where(ends, a, b) for a, b in zip([pivot, zero, zero, value], kept, strict=True)]
        stored = tuple(_put(tf, s, t, k) for s, k in zip(stored, kept, strict=True))
        return (t + 1, *next_, *stored)

    zeros = (tf.zeros_like(main), tf.zeros_like(main), tf.zeros_like(main), tf.zeros_like(rhs))
    first = tf.where(count > 1, above[0], zero)
    begin = (tf.constant(0), main[0], first, rhs[0], *zeros)
    shapes = tuple(v.shape for v in begin)
    rows = tf.while_loop(lambda t, *_: t < count, down, begin, shape_invariants=shapes)[4:]

    def up(t: Any, after: Any, second: Any, found: Any) -> tuple[Any, ...]:
        pivot, right, far, value = (r[t] for r in rows)
        new = (value - right * after - far * second) / pivot
        return t - 1, new, after, _put(tf, found, t, new)

    none = tf.zeros_like(rhs[0])
    begin = (count - 1, none, none, tf.zeros_like(rhs))
    shapes = tuple(v.shape for v in begin)
    found = tf.while_loop(lambda t, *_: t >= 0, up, begin, shape_invariants=shapes)[3]
    axes = list(range(1, rank))
    return tf.transpose(found, [*axes[:-1], 0, axes[-1]])


@composition("BandedTriangularSolve")
def banded_solve(tf: Any, call: Call, bands: Any, rhs: Any) -> Any:
    """Substitution along a triangle of K bands [..., K, M], the main diagonal first in a lower one
    and last in an upper one; a row's elements are at the row's number."""
    if bands.shape.rank is None or rhs.shape.rank is None:
        return None
    lower = call.flag("lower", True)
    factors = _front(tf, _front(tf, bands, -2), -1)[..., tf.newaxis]  # M, K, ..., 1
    factors = factors if lower else tf.reverse(factors, [1])
    rhs = _front(tf, rhs, -2)
    count, kinds = tf.shape(rhs)[0], tf.shape(factors)[1]
    distance = tf.range(kinds)
    if call.flag("adjoint"):  # of the other triangle: what band k has k rows further
        row = tf.range(count)[:, tf.newaxis] + (distance if lower else -distance)
        at = tf.stack([tf.clip_by_value(row, 0, count - 1), tf.zeros_like(row) + distance], 2)
        factors, lower = tf.math.conj(tf.gather_nd(factors, at)), not lower
    zeros = tf.zeros_like(factors[:, 0] * rhs)
    inner = [1] * (zeros.shape.rank - 1)

    def step(t: Any, found: Any) -> tuple[Any, ...]:
        number = t if lower else count - 1 - t
        before = number - distance[1:] if lower else number + distance[1:]
        known = tf.gather(found, tf.clip_by_value(before, 0, count - 1))
        used = tf.reshape(distance[1:] <= t, tf.concat([[kinds - 1], inner], 0))
        parts = factors[number]
        others = tf.where(used, parts[1:] * known, tf.zeros([], rhs.dtype))
        row = (rhs[number] - tf.reduce_sum(others, 0)) / parts[0]
        return t + 1, _put(tf, found, number, row)

    begin = (tf.constant(0), zeros)
    shapes = tuple(v.shape for v in begin)
    found = tf.while_loop(lambda t, _: t < count, step, begin, shape_invariants=shapes)[1]
    axes = list(range(1, found.shape.rank))
    return tf.transpose(found, [*axes[:-1], 0, axes[-1]])


@composition("IsotonicRegression")
def isotonic(tf: Any, call: Call, x: Any) -> Any:
    """The nearest rows that never increase, and the number of the constant piece of each element.
    Pieces are joined with the one before while they are above it, in all rows at once.
    Source: Best and Chakravarti, "Active set algorithms for isotonic regression" (1990)."""
    dtype = call.dtype(tf)
    shape = tf.shape(x)
    count = shape[-1]
    flat = tf.cast(tf.reshape(x, tf.stack([-1, count])), dtype)
    batch = tf.shape(flat)[0]
    row = tf.range(batch)
    padded = tf.pad(flat, [[0, 0], [0, 1]])

    def at(values: Any, place: Any) -> Any:
        return tf.gather_nd(values, tf.stack([row, tf.maximum(place, 0)], 1))

    def mean(sums: Any, points: Any) -> Any:
        return sums / tf.cast(points, dtype)

    def rising(sums: Any, points: Any, pieces: Any) -> Any:
        """Whether a row's last piece is above the one before."""
        last, before = (mean(at(sums, pieces - i), at(points, pieces - i)) for i in (1, 2))
        return (pieces > 1) & (last > before)

    def step(sums: Any, points: Any, pieces: Any, used: Any) -> tuple[Any, ...]:
        joins = rising(sums, points, pieces)
        adds = ~joins & (used < count)
        place = tf.where(joins, pieces - 2, tf.minimum(pieces, count - 1))
        whole = at(sums, pieces - 2) + at(sums, pieces - 1)
        old = at(sums, place), at(points, place)
        value = tf.where(joins, whole, tf.where(adds, at(padded, used), old[0]))
        together = at(points, pieces - 2) + at(points, pieces - 1)
        size = tf.where(joins, together, tf.where(adds, tf.ones_like(place), old[1]))
        where = tf.stack([row, place], 1)
        one = tf.cast(adds, tf.int32)
        return (
            tf.tensor_scatter_nd_update(sums, where, value),
            tf.tensor_scatter_nd_update(points, where, size),
            pieces + one - tf.cast(joins, tf.int32),
            used + one,
        )

    none = tf.zeros_like(row)
    begin = (tf.zeros_like(flat), tf.ones_like(flat, tf.int32), none, none)
    shapes = tuple(v.shape for v in begin)
    sums, points, pieces, _ = tf.while_loop(
        lambda s, p, n, used: tf.reduce_any((used < count) | rising(s, p, n)),
        step,
        begin,
        shape_invariants=shapes,
    )
    place = tf.range(count)
    ends = tf.cumsum(tf.where(place < pieces[:, tf.newaxis], points, count), 1)
    every = tf.zeros_like(points) + place
    segments = tf.searchsorted(ends, every, side="right", out_type=tf.int32)
    found = tf.gather(mean(sums, points), segments, axis=1, batch_dims=1)
    return tf.reshape(found, shape), tf.reshape(segments, shape)
