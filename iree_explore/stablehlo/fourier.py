# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fourier transforms: steps in local memory, or products with real matrices.

Many signals of one length whose factors are small are transformed step by step in local memory
(`iree_linalg_ext.fft`, on CPUs); few long ones are taken apart into such.

Otherwise: a packed complex signal of length n is a real one of length 2n, and a transform of it a
real matrix of 2n by 2n: short transforms are one `dot_general` without any shuffling of halves.
Longer ones are taken apart by Cooley and Tukey's method into short ones (the factors between the
two steps are multiplied into the second matrix), prime lengths are convolutions by Bluestein's
method, and real signals of even length are complex ones of half the length. All constants are
computed in f64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import IndexType, IntegerAttr, TensorType, i64
from xdsl.ir import SSAValue

from iree_explore.elements import dtype_of
from iree_explore.linalg.ext.fft import FftOp, factors, roots, twiddles
from iree_explore.stablehlo.attrs import DotDimensionNumbersAttr, ints
from iree_explore.stablehlo.base import DYNAMIC, element_type, shape_of
from iree_explore.stablehlo.complex_pairs import Pair, Pairs, packed_type

DIRECT = 64
"""Lengths up to here are one product."""
PRIME = 256
"""Prime lengths up to here, too."""
REAL = 128
"""Real signals up to here, too: their matrix has half the size."""
STAGED = 1 << 15
"""Bytes of a signal that steps in local memory transform."""
SPLIT = 1024
"""Few signals, or one longer than that, are taken apart from this length on."""
FEW = 8
"""Signals that are vectors at least."""
TABLE = 1 << 20
"""Elements that the second matrix of a two-step transform may have."""


def as_real_matrix(matrix: np.ndarray) -> np.ndarray:
    """The real map [..., n, 2, m, 2] of packed vectors that multiplies by `matrix` [..., n, m]."""
    re, im = np.real(matrix), np.imag(matrix)
    from_re = np.stack([re, im], -1)
    from_im = np.stack([-im, re], -1)
    return np.stack([from_re, from_im], -3)


def matrix(n: int, sign: int) -> np.ndarray:
    """The transform of length n, [n, n]; the inverse one is scaled."""
    k = np.arange(n)
    value = roots(n, np.outer(k, k), sign)
    return value / n if sign > 0 else value


def expand_fft(d: Pairs, op: Any) -> Sequence[SSAValue | Pair]:
    """The transform of an op; see `stablehlo.ops.fft`."""
    lengths: tuple[int, ...] = op.lengths
    builder = _Builder(d, packed_type(op.result.type))
    rank, count = len(shape_of(op.operand)), len(lengths)
    x = d.in_memory(op.operand)
    if 0 in (*shape_of(op.operand)[-count:], *shape_of(op.result)[-count:]):
        return [builder.nothing(x, rank - count)]
    if op.kind in ("FFT", "IFFT"):
        return [builder.all(x, lengths, -1 if op.kind == "FFT" else 1)]
    if op.kind == "RFFT":
        x = builder.real(x, lengths[-1])
        if count == 1:
            return [x]
        # the last dimension is done: the others go round to its right
        for n in lengths[:-1]:
            x = builder.front(x, rank - count, n, -1)
        order = [*range(rank - count), *range(rank - count + 1, rank), rank - count, rank]
        return [builder.transpose(x, order)]
    for n in lengths[:-1]:
        x = builder.front(x, rank - count, n, 1)
    return [builder.to_real(x, rank - count, lengths[-1])]


class _Builder:
    """Transforms of packed values; `element` is the real type, the lead is every dimension before
    the one that is transformed."""

    def __init__(self, d: Pairs, type_: Any):
        self.d, self.type = d, type_
        self.element = type_.element_type
        self.dtype = dtype_of(self.element)

    # Pieces

    def constant(self, array: np.ndarray) -> SSAValue:
        return self.d.constant(np.asarray(array, self.dtype, order="C"), self.element)

    def nothing(self, like: SSAValue, lead: int) -> SSAValue:
        """The result where a length is 0; `lead` dimensions are as in `like`."""
        zero, shape = self.constant(np.zeros(())), self.type.get_shape()
        if DYNAMIC not in shape:
            return self.d.make("broadcast_in_dim", zero, type_=self.type, broadcast_dimensions=[])
        return self.d.spread(zero, self.sizes(like, lead, shape[lead:]), [], self.type)

    def dot(
        self, x: SSAValue, y: SSAValue, contract: tuple[Sequence[int], Sequence[int]],
        batch: tuple[Sequence[int], Sequence[int]] = ((), ()),
    ) -> SSAValue:  # fmt: skip
        left, right = shape_of(x), shape_of(y)
        sizes = [left[i] for i in batch[0]]
        sizes += [n for i, n in enumerate(left) if i not in (*contract[0], *batch[0])]
        sizes += [n for i, n in enumerate(right) if i not in (*contract[1], *batch[1])]
        numbers = DotDimensionNumbersAttr(*(ints(*v) for v in (*batch, *contract)))
        return self.d.make("dot_general", x, y, type_=TensorType(self.element, sizes),
                           dot_dimension_numbers=numbers)  # fmt: skip

    def transpose(self, x: SSAValue, order: Sequence[int]) -> SSAValue:
        if list(order) == list(range(len(order))):
            return x
        sizes = shape_of(x)
        type_ = TensorType(element_type(x), [sizes[i] for i in order])
        return self.d.make("transpose", x, type_=type_, permutation=list(order))

    def sizes(self, x: SSAValue, lead: int, tail: Sequence[int]) -> SSAValue:
        """The first `lead` sizes of `x` and then `tail`, as a tensor."""
        known = self.d.sizes_of(x)
        type_ = TensorType(IndexType(), [lead])
        if lead != len(shape_of(x)):
            known = self.d.make("slice", known, type_=type_, start_indices=[0],
                                limit_indices=[lead], strides=[1])  # fmt: skip
        rest = self.d.constant(np.array(tail, np.int64), IndexType())
        whole = TensorType(IndexType(), [lead + len(tail)])
        return self.d.make("concatenate", known, rest, type_=whole, dimension=IntegerAttr(0, i64))

    def reshape(self, x: SSAValue, lead: int, tail: Sequence[int]) -> SSAValue:
        """The first `lead` dimensions as they are, the others as `tail`."""
        result = [*shape_of(x)[:lead], *tail]
        if list(shape_of(x)) == result:
            return x
        type_ = TensorType(element_type(x), result)
        if result.count(DYNAMIC) <= 1:
            return self.d.make("reshape", x, type_=type_)
        return self.d.make("dynamic_reshape", x, self.sizes(x, lead, tail), type_=type_)

    def part(self, x: SSAValue, axis: int, start: int, limit: int) -> SSAValue:
        """A slice of one dimension."""
        rank, sizes = len(shape_of(x)), list(shape_of(x))
        sizes[axis] = limit - start
        type_ = TensorType(element_type(x), sizes)
        if DYNAMIC not in sizes:
            starts = [start if i == axis else 0 for i in range(rank)]
            limits = [limit if i == axis else n for i, n in enumerate(shape_of(x))]
            return self.d.make("slice", x, type_=type_, start_indices=starts,
                               limit_indices=limits, strides=[1] * rank)  # fmt: skip
        starts = self.d.constant(np.array([start if i == axis else 0 for i in range(rank)]), i64)
        ones = self.d.constant(np.ones(rank, np.int64), i64)
        whole = self.d.sizes_of(x)
        limits = self.d.convert(whole, i64)
        if limit != shape_of(x)[axis]:
            edge = np.array([limit if i == axis else np.iinfo(np.int64).max for i in range(rank)])
            limits = self.d.make("minimum", limits, self.d.constant(edge, i64))
        return self.d.create("stablehlo.real_dynamic_slice", [x, starts, limits, ones], [type_])[0]

    def join(self, values: Sequence[SSAValue], axis: int) -> SSAValue:
        sizes = list(shape_of(values[0]))
        sizes[axis] = sum(shape_of(v)[axis] for v in values)
        return self.d.make("concatenate", *values, type_=TensorType(element_type(values[0]), sizes),
                           dimension=IntegerAttr(axis, i64))  # fmt: skip

    def spread(self, array: np.ndarray, like: SSAValue) -> SSAValue:
        """A constant in the shape of `like`, whose last dimensions it has."""
        value = self.constant(array)
        rank = len(shape_of(like))
        return self.d.spread_like(value, like, range(rank - array.ndim, rank))

    def times(self, x: SSAValue, factors: np.ndarray) -> SSAValue:
        """A packed value by complex factors of its last dimensions."""
        d, (re, im) = self.d, self.halves(x)
        a, b = self.spread(np.real(factors), re), self.spread(np.imag(factors), re)
        return d.pack(
            Pair(
                d.make("subtract", d.make("multiply", re, a), d.make("multiply", im, b)),
                d.make("add", d.make("multiply", re, b), d.make("multiply", im, a)),
            )
        )

    def halves(self, x: SSAValue) -> Pair:
        return self.d.unpack(x, TensorType(self.element, shape_of(x)[:-1]))

    # Complex transforms

    def all(self, x: SSAValue, lengths: Sequence[int], sign: int) -> SSAValue:
        """Over the last dimensions. The first of them is done each time and goes to the end."""
        lead = len(shape_of(x)) - 1 - len(lengths)
        for n in lengths:
            x = self.front(x, lead, n, sign)
        return x

    def front(self, x: SSAValue, axis: int, n: int, sign: int) -> SSAValue:
        """Over the dimension `axis`, which becomes the last one."""
        rank = len(shape_of(x)) - 1
        if 1 < n <= DIRECT:
            return self.product(x, axis, n, sign)
        order = [*(i for i in range(rank) if i != axis), axis, rank]
        return self.last(self.transpose(x, order), n, sign)

    def last(self, x: SSAValue, n: int, sign: int) -> SSAValue:
        """Over the last dimension."""
        lead = len(shape_of(x)) - 2
        if n == 1:
            return x
        if n > DIRECT and self.d.steps:
            if self.fits(x, n):
                return self.stages(x, n, sign)
            second = _root(n)
            if second and n >= SPLIT:
                return self.apart(x, n // second, second, sign)
        first = _factor(n)
        if n <= DIRECT or (first == 0 and n <= PRIME):
            return self.product(x, lead, n, sign)
        if first == 0:
            return self.bluestein(x, n, sign)
        second = n // first
        x = self.reshape(x, lead, [first, second, 2])
        between = roots(n, np.outer(np.arange(second), np.arange(first)), sign)
        if second <= DIRECT and 4 * n * second <= TABLE:
            return self.reshape(self._two_products(x, between, sign), lead, [n, 2])
        x = self.product(x, lead, first, sign)  # now [lead, second, first, 2]
        return self._second(self.times(x, between), n, sign)

    def _second(self, x: SSAValue, n: int, sign: int) -> SSAValue:
        """The second step of [lead, second, first, 2]."""
        lead = len(shape_of(x)) - 3
        turned = [*range(lead), lead + 1, lead, lead + 2]
        x = self.last(self.transpose(x, turned), shape_of(x)[lead], sign)
        return self.reshape(self.transpose(x, turned), lead, [n, 2])

    def fits(self, x: SSAValue, n: int) -> bool:
        """Whether there are signals enough for vectors of them, and each has known steps."""
        batch = shape_of(x)[:-2]
        known = batch.count(DYNAMIC) == 1 or (DYNAMIC not in batch and math.prod(batch) >= FEW)
        return known and 2 * n * self.dtype.itemsize <= STAGED and bool(factors(n))

    def stages(self, x: SSAValue, n: int, sign: int) -> SSAValue:
        """Steps in local memory."""
        batch = shape_of(x)[:-2]
        count = DYNAMIC if DYNAMIC in batch else math.prod(batch)
        type_ = TensorType(self.element, [count, 2 * n])
        flat = self.d.make("reshape", x, type_=type_)
        out = self.d.empty(type_, flat)
        table = self.constant(twiddles(n, sign))
        found = self.d.add(FftOp.of([flat, table], [out], (), {"sign": IntegerAttr(sign, i64)}))
        return self.d.make("reshape", found, type_=x.type)

    def apart(self, x: SSAValue, first: int, second: int, sign: int) -> SSAValue:
        """As [first, second]: along both, factors between."""
        lead, n = len(shape_of(x)) - 2, first * second
        x = self.reshape(x, lead, [first, second, 2])
        x = self.transpose(x, [*range(lead), lead + 1, lead, lead + 2])
        x = self.last(x, first, sign)
        between = roots(n, np.outer(np.arange(second), np.arange(first)), sign)
        return self._second(self.times(x, between), n, sign)

    def product(self, x: SSAValue, axis: int, n: int, sign: int) -> SSAValue:
        """Over the dimension `axis`, which becomes the last one, as one product: frequencies and
        halves are one dimension of it, which vectors go along."""
        table = self.constant(as_real_matrix(matrix(n, sign)).reshape(n, 2, 2 * n))
        x = self.dot(x, table, ((axis, len(shape_of(x)) - 1), (0, 1)))
        return self.reshape(x, len(shape_of(x)) - 1, [n, 2])

    def _two_products(self, x: SSAValue, between: np.ndarray, sign: int) -> SSAValue:
        """[lead, first, second, 2] to [lead, second, first, 2], with the factors between.

        The second product multiplies along all frequencies of the first, halves interleaved as in
        the result: for that the first one leaves each of its halves twice side by side.
        """
        lead = len(shape_of(x)) - 3
        first, second = shape_of(x)[lead : lead + 2]
        table = np.repeat(as_real_matrix(matrix(first, sign)).swapaxes(2, 3), 2, axis=3)
        table = self.constant(table.reshape(first, 2, 4 * first))
        x = self.dot(x, table, ((lead, lead + 2), (0, 1)))
        x = self.reshape(x, lead + 1, [2, 2 * first])
        factors = as_real_matrix(between.T[:, :, None] * matrix(second, sign))
        factors = factors.transpose(1, 2, 3, 0, 4).reshape(second, 2, second, 2 * first)
        contract = ((lead, lead + 1), (0, 1))
        x = self.dot(x, self.constant(factors), contract, ((lead + 2,), (3,)))
        return self.transpose(x, [*range(1, lead + 2), 0])

    def bluestein(self, x: SSAValue, n: int, sign: int) -> SSAValue:
        """As a convolution with a chirp, by transforms of a length with small factors."""
        size = _smooth(2 * n - 1)
        k = np.arange(n)
        chirp = roots(2 * n, k * k, sign)
        kernel = np.zeros(size, np.complex128)
        kernel[:n] = chirp.conj()
        kernel[size - n + 1 :] = chirp[:0:-1].conj()
        lead = len(shape_of(x)) - 2
        x = self.times(x, chirp)
        x = self._padded(x, lead, size)
        x = self.last(x, size, -1)
        x = self.times(x, np.fft.fft(kernel))
        x = self.part(self.last(x, size, 1), lead, 0, n)
        return self.times(x, chirp / n if sign > 0 else chirp)

    def _padded(self, x: SSAValue, axis: int, size: int) -> SSAValue:
        """Zeros behind the elements of a dimension."""
        sizes = list(shape_of(x))
        high = [size - n if i == axis else 0 for i, n in enumerate(sizes)]
        sizes[axis] = size
        none = [0] * len(sizes)
        zero = self.constant(np.zeros(()))
        return self.d.make("pad", x, zero, type_=TensorType(self.element, sizes),
                           edge_padding_low=none, edge_padding_high=high,
                           interior_padding=none)  # fmt: skip

    # Real ones

    def real(self, x: SSAValue, n: int) -> SSAValue:
        """The first frequencies of a real signal, packed."""
        lead = len(shape_of(x)) - 1
        count = n // 2 + 1
        if n <= REAL or (n % 2 and _factor(n) == 0 and n <= PRIME):
            table = matrix(n, -1)[:, :count]
            table = np.stack([np.real(table), np.imag(table)], -1).reshape(n, 2 * count)
            x = self.dot(x, self.constant(table), ((lead,), (0,)))
            return self.reshape(x, lead, [count, 2])
        if n % 2:
            zeros = self.d.number(x, 0.0)
            return self.part(self.last(self.d.pack(Pair(x, zeros)), n, -1), lead, 0, count)
        z = self.last(self.reshape(x, lead, [n // 2, 2]), n // 2, -1)
        z = self.join([z, self.part(z, lead, 0, 1)], lead)
        even, odd = self._even_odd(z, lead)
        factors = -0.5j * roots(n, np.arange(count), -1)
        return self._sum(even, odd, 0.5, factors)

    def to_real(self, x: SSAValue, axis: int, n: int) -> SSAValue:
        """The real signal of packed frequencies, which dimension `axis` has; it becomes the last
        one."""
        rank = len(shape_of(x)) - 1
        count = n // 2 + 1
        if n <= REAL or (n % 2 and _factor(n) == 0 and n <= PRIME):
            table = matrix(n, 1)[:count]
            weight = np.full((count, 1), 2.0)
            weight[0] = 1.0
            if n % 2 == 0:
                weight[-1] = 1.0
            table = np.stack([weight * np.real(table), -weight * np.imag(table)], 1)
            return self.dot(x, self.constant(table), ((axis, rank), (0, 1)))
        x = self.transpose(x, [*(i for i in range(rank) if i != axis), axis, rank])
        d, lead = self.d, rank - 1
        real = np.ones(count)  # what is not counted: imaginary parts of the real frequencies
        real[0] = 0.0
        if n % 2 == 0:
            real[-1] = 0.0
        re, im = self.halves(x)
        x = d.pack(Pair(re, d.make("multiply", im, self.spread(real, im))))
        if n % 2:
            re, im = self.halves(self.part(x, lead, 1, count))
            rest = d.pack(Pair(re, d.make("negate", im)))
            whole = self.join([x, self._reversed(rest, lead)], lead)
            return self.halves(self.last(whole, n, 1)).re
        even, odd = self._even_odd(x, lead)
        factors = 0.5j * roots(n, np.arange(count), 1)
        z = self.part(self._sum(even, odd, 0.5, factors), lead, 0, n // 2)
        return self.reshape(self.last(z, n // 2, 1), lead, [n])

    def _reversed(self, x: SSAValue, axis: int) -> SSAValue:
        return self.d.make("reverse", x, dimensions=[axis])

    def _even_odd(self, x: SSAValue, axis: int) -> tuple[Pair, Pair]:
        """x[k] ± conj(x[-1 - k])"""
        d, (re, im) = self.d, self.halves(x)
        other_re, other_im = self.halves(self._reversed(x, axis))
        even = Pair(d.make("add", re, other_re), d.make("subtract", im, other_im))
        odd = Pair(d.make("subtract", re, other_re), d.make("add", im, other_im))
        return even, odd

    def _sum(self, even: Pair, odd: Pair, scale: float, factors: np.ndarray) -> SSAValue:
        """`scale * even + factors * odd`, packed."""
        d = self.d
        half = d.number(even.re, scale)
        a, b = self.spread(np.real(factors), odd.re), self.spread(np.imag(factors), odd.re)
        re = d.make("subtract", d.make("multiply", odd.re, a), d.make("multiply", odd.im, b))
        im = d.make("add", d.make("multiply", odd.re, b), d.make("multiply", odd.im, a))
        return d.pack(
            Pair(
                d.make("add", d.make("multiply", even.re, half), re),
                d.make("add", d.make("multiply", even.im, half), im),
            )
        )


def _factor(n: int) -> int:
    """The first factor of a two-step transform: the one next to √n that is one product, else the
    greatest such; 0 if there is none."""
    divisors = [f for f in range(2, min(n // 2, PRIME) + 1) if n % f == 0]
    fine = [f for f in divisors if f <= DIRECT]
    if fine:
        return min(fine, key=lambda f: (max(f, n // f), f))
    primes = [f for f in divisors if all(f % p for p in range(2, int(f**0.5) + 1))]
    return primes[0] if primes else 0


def _root(n: int) -> int:
    """The greatest divisor up to the root of a number that has steps; 0 if it has none."""
    if not factors(n):
        return 0
    return max(f for f in range(1, math.isqrt(n) + 1) if n % f == 0)


def _smooth(least: int) -> int:
    """The first number from `least` on whose prime factors are 2, 3 and 5."""
    n = least
    while True:
        rest = n
        for p in (2, 3, 5):
            while rest % p == 0:
                rest //= p
        if rest == 1:
            return n
        n += 1
