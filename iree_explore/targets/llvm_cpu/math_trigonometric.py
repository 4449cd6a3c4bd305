# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f64 sine, cosine and tangent of every finite angle, and of multiples of pi.

The angle becomes a quadrant and a remainder: up to 2^30 by subtracting n * pi/2 in three parts;
beyond that, where n no longer fits, by multiplying with the bits of 2/pi that matter (Payne and
Hanek), in a branch taken only if some lane needs it.
"""

from __future__ import annotations

import itertools

from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Value

INF = float("inf")
LARGE = 2.0**30
PI = (3.141592653589793, 1.2246467991473532e-16)
_PI_2 = (1.5707963267948966, 6.123233995736766e-17, -1.497384905065873e-33)
TWO_OVER_PI = (  # a word of zeros, then the fraction in words of 64 bits
    0x0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561,
    0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484,
    0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F,
    0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B,
    0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
)  # fmt: skip

# (sin(r) - r) / r^3 and (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4, error 1e-20
_SIN = (-0.16666666666666666, 0.008333333333333331, -0.0001984126984126504, 2.755731921932058e-06,
        -2.50521062259944e-08, 1.6058530596645953e-10, -7.586636882825159e-13)  # fmt: skip
_COS = (0.041666666666666664, -0.0013888888888888887, 2.4801587301584632e-05,
        -2.755731922139249e-07, 2.0876755787492604e-09, -1.1470460319209511e-11,
        4.745838412531023e-14)  # fmt: skip


def sin(e: FunctionBuilder, x: Value) -> Value:
    """Sine."""
    quadrant, r, low = reduce_quadrant(e, x)
    s, c = sin_cos(e, r, low)
    y = e.select((quadrant & 1).equals(0), s, c)
    y = e.from_bits(e.bits(y) ^ ((quadrant & 2) << 62))
    return e.select(x.equals(0.0), x, y)


def cos(e: FunctionBuilder, x: Value) -> Value:
    """Cosine."""
    quadrant, r, low = reduce_quadrant(e, x)
    s, c = sin_cos(e, r, low)
    y = e.select((quadrant & 1).equals(0), c, s)
    return e.from_bits(e.bits(y) ^ (((quadrant + 1) & 2) << 62))


def tan(e: FunctionBuilder, x: Value) -> Value:
    """Sine over cosine of the reduced argument."""
    quadrant, r, low = reduce_quadrant(e, x)
    s, c = sin_cos(e, r, low)
    even = (quadrant & 1).equals(0)
    y = e.select(even, s, c) / e.select(even, c, -s)
    return e.select(e.abs(x) < 1e-10, x, y)


def sin_cos(e: FunctionBuilder, r: Value, low: Value) -> tuple[Value, Value]:
    """Sine and cosine of r + low in [-pi/4, pi/4]."""
    z = r * r
    sine = r + e.fma(r * z, e.polynomial(z, _SIN), low * e.fma(z, -0.5, 1.0))
    one_less = e.fma(z, -0.5, 1.0)
    lost = (1.0 - one_less) - z * 0.5
    return sine, one_less + e.fma(z * z, e.polynomial(z, _COS), lost - r * low)


def sin_cos_pi(e: FunctionBuilder, x: Value) -> tuple[Value, Value, Value]:
    """r = x minus the nearest integer, |sin(pi x)| and |cos(pi x)|, of x >= 0."""
    r = x - e.nearest(x)
    size = e.abs(r)
    near = size <= 0.25
    part = e.select(near, size, 0.5 - size)
    angle = part * PI[0]
    low = e.fma(part, PI[0], -angle) + part * PI[1]
    s, c = sin_cos(e, angle, low)
    return r, e.select(near, s, c), e.select(near, c, s)


def reduce_quadrant(e: FunctionBuilder, x: Value) -> tuple[Value, Value, Value]:
    """n mod 4 in the low bits of an integer, and x - n pi/2 as the sum of two doubles."""
    size = e.abs(x)
    large = (size > LARGE) & (size < INF)
    n, quadrant = e.rounded(x, 0.6366197723675814)
    first = e.fma(n, -_PI_2[0], x)
    second, second_low = e.two_product(n, e.constant(_PI_2[1]))
    r, low = e.two_sum(first, -second)
    low = e.fma(n, -_PI_2[2], low - second_low)

    a, b, c = e.if_any(
        large, lambda: e.for_lanes(large, [x], [quadrant, r, low], _payne_hanek), [quadrant, r, low]
    )
    return a, b, c


def _payne_hanek(e: FunctionBuilder, x: Value) -> tuple[Value, Value, Value]:
    """For |x| = m 2^k with a 53-bit integer m: m times the 192 bits of 2/pi from the one of weight
    2^(2 - k) on is x / (2 pi) modulo 1, in units of 2^-192."""
    bits = e.bits(x)
    exponent = bits.shr_u(52) & 0x7FF
    m = (bits & 0xFFFFFFFFFFFFF) | (1 << 52)
    offset = exponent + (64 - 1075 - 2)
    index, shift = (offset >> 6) & 31, offset & 63
    words = [e.table("two_over_pi", TWO_OVER_PI, index + i) for i in range(4)]
    window = [(a << shift) | (b.shr_u(1).shr_u(63 - shift)) for a, b in itertools.pairwise(words)]
    low2, high2 = e.wide_product(m, window[2])
    low1, high1 = e.wide_product(m, window[1])
    p1 = low1 + high2
    carry = e.select(p1.compare("olt", "ult", low1), e.integer(1), e.integer(0))
    p0 = m * window[0] + high1 + carry

    quadrant = p0.shr_u(62)
    high = (p0 << 2) | p1.shr_u(62)
    low = (p1 << 2) | low2.shr_u(62)
    quadrant = quadrant + high.shr_u(63)  # the nearest multiple: the fraction is signed from here
    top = e.to_float(high >> 32) * 2.0**-32
    middle = e.to_float(high & 0xFFFFFFFF) * 2.0**-64
    bottom = e.to_float(low.shr_u(1)) * 2.0**-127
    fraction = top + middle
    rest = (middle - (fraction - top)) + bottom
    total = fraction + rest
    rest = rest - (total - fraction)
    r = total * _PI_2[0]
    r_low = e.fma(total, _PI_2[0], -r) + e.fma(total, _PI_2[1], rest * _PI_2[0])
    negative = bits < 0
    return (
        e.select(negative, 0 - quadrant, quadrant),
        e.select(negative, -r, r),
        e.select(negative, -r_low, r_low),
    )
