# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f64 special functions: error functions, gamma and its logarithmic derivatives, zeta, Bessel.

docs/accuracy.md has the measured errors; f32 goes through these and is correctly rounded in nearly
all cases. Values at poles are XLA's. The polynomials are in math_coefficients.py.
"""

from __future__ import annotations

import math

from iree_explore.targets.llvm_cpu import math_coefficients as c
from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Value
from iree_explore.targets.llvm_cpu.math_f64 import INF, NAN, exp_parts, log_of, log_two, split
from iree_explore.targets.llvm_cpu.math_trigonometric import PI, sin_cos_pi

_LOG_PI = 1.1447298858494002
_LOG_2PI_HALF_LESS_HALF = 0.41893853320467274  # log(2 pi) / 2 - 1/2
_DIGAMMA_ZERO = (0.46163214496836225, 9.549995429965697e-17)  # less 1
_ZETA_TERMS = 10
# B_2j / (2 j)!
_ZETA = (
    0.08333333333333333, -0.001388888888888889, 3.306878306878307e-05, -8.267195767195768e-07,
    2.08767569878681e-08, -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
    8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812522e-19,
)  # fmt: skip
_FACTORIALS = tuple(float(math.factorial(n)) for n in range(171))


# Error functions


def _erf_small(e: FunctionBuilder, x: Value) -> Value:
    """x + x P(x^2), |x| < 1."""
    return e.fma(x, e.polynomial(x * x, c.ERF), x)


def _erfc_large(e: FunctionBuilder, size: Value) -> Value:
    """erfc of numbers from 1/2 on: e^(-x^2) Q(t) / (1 + 2 x), x^2 in two doubles."""
    x = e.clamp(size, 0.5, 28.0)
    t = (x - 2.0) / (x + 2.0)
    q = e.polynomial(t, c.ERFC)
    square, low = e.two_product(x, x)
    n, (r, p) = exp_parts(e, -square, -low)
    d, d_low = e.two_sum(x + x, e.constant(1.0))
    y = e.fma(q, r + p, q)
    inverse = 1.0 / d
    quotient = y * inverse
    lost = e.fma(-quotient, d, y) - quotient * d_low
    return e.scale(e.fma(lost, inverse, quotient), n)


def erf(e: FunctionBuilder, x: Value) -> Value:
    """x + x P(x^2) below 1, 1 - erfc above."""
    size = e.abs(x)
    large = 1.0 - _erfc_large(e, size)
    return e.select(size < 1.0, _erf_small(e, x), e.copysign(large, x))


def erfc(e: FunctionBuilder, x: Value) -> Value:
    """1 - erf(x)."""
    size = e.abs(x)
    tail = _erfc_large(e, size)
    large = e.select(x < 0.0, 2.0 - tail, tail)
    return e.select((x < 0.5) & (x > -1.0), 1.0 - _erf_small(e, x), large)


def erf_inv(e: FunctionBuilder, y: Value) -> Value:
    """y P(w), w = -log(1 - y^2), as M. Giles does, with other polynomials."""
    size = e.abs(y)
    k, f = split(e, (1.0 - size) * (1.0 + size))
    w = -log_of(e, k, f)
    root = e.sqrt(e.select(w > 0.0, w, 0.0))
    small = e.polynomial(w - 3.125, c.ERF_INV_SMALL)
    middle = e.polynomial(root - 3.25, c.ERF_INV_MIDDLE)
    large = e.polynomial(root - 5.0, c.ERF_INV_LARGE)
    p = e.select(w < 6.25, small, e.select(w < 16.0, middle, large))
    inside = e.select(size < 1.0, y * p, NAN)
    return e.select(size.equals(1.0), e.copysign(INF, y), inside)


# Gamma


def lgamma(e: FunctionBuilder, x: Value) -> Value:
    """log|Gamma(x)|: y P(y) around 2 with the logarithm of what leads there, Stirling's series from
    8 on, and the reflection of negative numbers. +inf at the poles."""
    size = e.abs(x)
    positive = _lgamma_positive(e, size)

    def reflected() -> list[Value]:
        r, sine, _ = sin_cos_pi(e, size)
        k, f = split(e, size * sine)
        y = (_LOG_PI - log_of(e, k, f)) - positive
        y = e.select(r.equals(0.0), INF, y)
        return [e.select((x < 0.0) & (size > 1e-17), y, positive)]

    (y,) = e.if_any(x < 0.0, reflected, [positive])
    y = e.select(size.equals(0.0) | size.equals(INF), INF, y)
    return e.select(e.is_nan(x), x, y)


def _lgamma_positive(e: FunctionBuilder, size: Value) -> Value:
    large = size >= 8.0
    product, t = e.constant(1.0), size
    for _ in range(5):
        more = t >= 3.0
        t = e.select(more, t - 1.0, t)
        product = e.select(more, product * t, product)
    tiny, below = size < 0.5, size < 1.5
    shifted, lost = e.two_product(size, size + 1.0)
    product = e.select(tiny, shifted, e.select(below, size, product))
    y = e.select(tiny, size, e.select(below, size - 1.0, t - 2.0))
    near = y * e.polynomial(y, c.LGAMMA)
    high, low = log_two(e, e.select(large, size, product))
    low = low + e.select(tiny & (size > 1e-100), lost / shifted, 0.0)
    sign = e.select(below, -1.0, 1.0)
    total, rest = e.two_sum(sign * high, near)
    small = total + e.fma(sign, low, rest)

    inverse = 1.0 / size
    less = size - 0.5
    high, rest = e.quick_sum(high, e.constant(-1.0))
    main, main_low = e.two_product(less, high)
    more = e.fma(inverse, e.polynomial(inverse * inverse, c.STIRLING), _LOG_2PI_HALF_LESS_HALF)
    far = main + (e.fma(less, rest + low, main_low) + more)
    far = e.select(main.equals(INF), INF, far)
    return e.select(large, far, small)


def digamma(e: FunctionBuilder, x: Value) -> Value:
    """Derivative of lgamma: (x - zero) P(x) on [1, 2] and the recurrence to get there, the
    asymptotic series from 8 on, the reflection of negative numbers. NaN at the poles."""
    size = e.abs(x)
    large, below = size >= 8.0, size < 1.0
    t, total = size, e.constant(0.0)
    for _ in range(6):
        more = t >= 2.0
        t = e.select(more, t - 1.0, t)
        total = total + e.select(more, 1.0 / t, 0.0)
    inverse = 1.0 / size
    base = e.select(below, size, t - 1.0)
    from_zero = (base - _DIGAMMA_ZERO[0]) - _DIGAMMA_ZERO[1]
    near = from_zero * e.polynomial(base - 0.5, c.DIGAMMA)
    total = e.select(below & (x > 0.0), -inverse, total)
    k, f = split(e, size)
    v = inverse * inverse
    series = e.fma(v, -e.polynomial(v, c.DIGAMMA_LARGE), inverse * -0.5)
    far = log_of(e, k, f) + series
    positive = e.select(large, far, near + total)
    positive = e.select(size.equals(INF), size, positive)

    def reflected() -> list[Value]:
        r, sine, cosine = sin_cos_pi(e, size)
        cotangent = e.copysign(cosine / sine * PI[0], r)
        y = positive + (cotangent + e.select(below, 0.0, inverse))
        y = e.select(r.equals(0.0), NAN, y)
        return [e.select(x < 0.0, y, positive)]

    (y,) = e.if_any(x < 0.0, reflected, [positive])
    bad = x.equals(0.0) | x.equals(-INF)
    return e.select(bad | e.is_nan(x), NAN, y)


# Zeta


def zeta_positive(e: FunctionBuilder, s: Value, q: Value) -> Value:
    """Sum of (q + n)^-s for q > 0 and s > 1, by Euler and Maclaurin."""
    total = e.constant(0.0)
    exponent = -s

    def power(n: int) -> tuple[Value, Value]:
        """q + n, and its power -s, corrected by what the sum lost."""
        a, low = e.two_sum(q, e.constant(float(n)))
        p = e.call("pow", a, exponent)
        return a, e.fma(p, exponent * (low / a), p)

    for n in range(_ZETA_TERMS):
        total = total + (power(n)[1] if n else e.call("pow", q, exponent))
    a, last = power(_ZETA_TERMS)
    inverse = 1.0 / a
    square = inverse * inverse
    factor, series = s * inverse, e.constant(0.0)
    terms = []
    for n, b in enumerate(_ZETA):
        terms.append(factor * b)
        if n + 1 < len(_ZETA):
            step = (s + float(2 * n + 1)) * (s + float(2 * n + 2))
            factor = factor * step * square
    for term in reversed(terms):
        series = series + term
    tail = last * (a / (s - 1.0) + (0.5 + series))
    return total + e.select(last > 0.0, tail, 0.0)


def zeta(e: FunctionBuilder, s: Value, q: Value) -> Value:
    """Hurwitz zeta. For q < 0 and whole s, the terms below 0 are those of a positive q with the
    sign of (-1)^s. Poles of even s are +inf, of odd s NaN."""
    size = e.select(q > 0.0, q, 1.0)
    positive = e.call("zeta_positive", s, size)
    whole_s = e.floor(s).equals(s)
    even = whole_s & e.floor(s * 0.5).equals(s * 0.5)
    whole_q = e.floor(q).equals(q)

    def negative() -> list[Value]:
        inside = (q < 0.0) & ~whole_q
        low = e.floor(q)
        fraction = e.select(inside, q - low, 1.0)
        gap = e.select(inside, (low + 1.0) - q, 1.0)
        above = e.call("zeta_positive", s, fraction)
        from_gap = e.call("zeta_positive", s, gap)
        beyond = e.call("zeta_positive", s, e.select(inside, 1.0 - q, 2.0))
        below = from_gap - beyond
        y = above + e.select(even, below, -below)
        return [e.select(inside, e.select(whole_s, y, NAN), positive)]

    (y,) = e.if_any(q < 0.0, negative, [positive])
    y = e.select((q <= 0.0) & whole_q, e.select(even & (s < INF), INF, NAN), y)
    y = e.select((s > 1.0) & (s < INF) & (q < INF), y, NAN)
    return e.select(s.equals(1.0), INF, y)


def polygamma(e: FunctionBuilder, n: Value, x: Value) -> Value:
    """(-1)^(n + 1) n! zeta(n + 1, x) for whole n >= 1, digamma for n = 0, else NaN."""
    whole = e.floor(n).equals(n) & (n >= 0.0) & (n < INF)
    order = e.select(whole, n, 1.0)
    bounded = e.select(order > 170.0, 170.0, order)
    index = e.cast("fptosi", bounded, e.ints)
    factorial = e.select(order > 170.0, INF, e.from_bits(e.table("factorials", _FACTORIALS, index)))
    half = order * 0.5
    sign = e.select(e.floor(half).equals(half), -1.0, 1.0)
    y = sign * factorial * e.call("zeta", order + 1.0, x)
    zero = n.equals(0.0)
    (y,) = e.if_any(zero, lambda: [e.select(zero, e.call("digamma", x), y)], [y])
    return e.select(whole, y, NAN)


# Bessel


def bessel_i1e(e: FunctionBuilder, x: Value) -> Value:
    """e^-|x| I1(x)."""
    size = e.abs(x)
    small = x * e.polynomial(e.fma(size, 0.25, -1.0), c.I1E_SMALL)
    far = e.select(size > 8.0, size, 8.0)
    large = e.polynomial(16.0 / far - 1.0, c.I1E_LARGE) / e.sqrt(far)
    y = e.select(size <= 8.0, small, e.copysign(large, x))
    return e.select(e.is_nan(x), x, y)
