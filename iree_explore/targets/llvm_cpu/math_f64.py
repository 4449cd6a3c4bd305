# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f64 elementary functions, and what the rarer f32 functions are computed with: f32 results are
then correctly rounded in nearly all cases.

docs/accuracy.md has the measured errors. Polynomials are Chebyshev fits made in 40-digit
arithmetic. NaN and infinities come out of the arithmetic itself where they can; the rest is
selected at the end. Sines are in math_trigonometric.py, erf and the like in math_special.py.
"""

from __future__ import annotations

from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Type, Value
from iree_explore.targets.llvm_cpu.math_coefficients import ASIN, ASINH, SINH

Pair = tuple[Value, Value]

INF = float("inf")
NAN = float("nan")
LN2_HI = 0.6931471806019545  # 32 bits: products with exponents are exact
LN2_LO = -4.2009150726810846e-11
LN2 = (0.6931471805599453, 2.3190468138462996e-17)
LOG2E = (1.4426950408889634, 2.0355273740931033e-17)
LOG10E = (0.4342944819032518, 1.098319650216765e-17)
LOG10_2 = (0.30102999566406652, -8.532344317057107e-14)  # high part of 32 bits
PI_2 = (1.5707963267948966, 6.123233995736766e-17)
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD

# (exp(r) - 1 - r) / r^2 on |r| <= ln(2)/2, error 2e-20
_EXP = (0.5, 0.16666666666666666, 0.04166666666666668, 0.008333333333333333, 0.0013888888888879054,
        0.00019841269841263285, 2.480158733649766e-05, 2.755731924725567e-06,
        2.7557263219790347e-07, 2.505207105477011e-08, 2.09181596693241e-09,
        1.6086642574672407e-10)  # fmt: skip
# (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2, |s| <= 0.1716, error 2e-18
_LOG = (0.6666666666666666, 0.4000000000000088, 0.2857142857080323, 0.2222222239180047,
        0.18181795630884753, 0.15386240205813478, 0.13268759668560612,
        0.13086767009948175)  # fmt: skip
_TWO_THIRDS_LOW = 3.700743415417188e-17
# (atan(t) - t) / t^3 in t^2, |t| <= tan(pi/8), error 1e-18
_ATAN = (-0.3333333333333333, 0.199999999999998, -0.14285714285659326, 0.11111111105106705,
         -0.09090908751076636, 0.0769229630497447, -0.06666423628069258, 0.058789145444006215,
         -0.052303478730160745, 0.04551108126325172, -0.034558092551413795,
         0.01627194475162406)  # fmt: skip


# Exponentials


def exp_parts(e: FunctionBuilder, x: Value, low: Value | None = None) -> tuple[Value, Pair]:
    """n, r and p of e^(x + low) = 2^n (1 + r + p), for x in the range of finite results."""
    n, n_bits = e.rounded(x, LOG2E[0])
    first = e.fma(n, -LN2_HI, x)
    r = e.fma(n, -LN2_LO, first)
    rest = e.fma(n, -LN2_LO, first - r)
    if low is not None:
        r, rest = e.quick_sum(r, rest + low)
    return n_bits, (r, e.fma(r * r, e.polynomial(r, _EXP), rest))


def exp(e: FunctionBuilder, x: Value) -> Value:
    """e^x = 2^n e^r, |r| <= ln(2)/2."""
    n, (r, p) = exp_parts(e, e.clamp(x, -746.0, 710.0))
    return e.scale(1.0 + (r + p), n)


def exp2(e: FunctionBuilder, x: Value) -> Value:
    """2^x = 2^n e^(r ln 2)."""
    n, n_bits = e.rounded(e.clamp(x, -1076.0, 1025.0), 1.0)
    f = e.clamp(x, -1076.0, 1025.0) - n
    r = f * LN2[0]
    rest = e.fma(f, LN2[0], -r) + f * LN2[1]
    p = e.fma(r * r, e.polynomial(r, _EXP), rest)
    return e.scale(1.0 + (r + p), n_bits)


def expm1(e: FunctionBuilder, x: Value) -> Value:
    """e^x - 1 = (2^n - 1) + 2^n (e^r - 1), at half size so that 2^n cannot overflow."""
    n, (r, p) = exp_parts(e, e.clamp(x, -56.0, 710.0))
    half = e.power_of_two(n - 1)
    high, low = e.two_sum(half - 0.5, half * r)
    y = high + e.fma(half, p, low)
    return e.select(e.abs(x) < 1e-17, x, y + y)


def half_exp(e: FunctionBuilder, x: Value) -> Value:
    """e^x / 2, finite wherever cosh is."""
    n, (r, p) = exp_parts(e, e.clamp(x, -746.0, 711.0))
    return e.scale(1.0 + (r + p), n - 1)


def sinh(e: FunctionBuilder, x: Value) -> Value:
    """x P(x^2) below 1, (e^|x| - e^-|x|) / 2 above."""
    size = e.abs(x)
    z = x * x
    small = e.fma(x * z, e.polynomial(z, SINH), x)
    half = half_exp(e, size)
    return e.select(size < 1.0, small, e.copysign(half - 0.25 / half, x))


def cosh(e: FunctionBuilder, x: Value) -> Value:
    """(e^|x| + e^-|x|) / 2."""
    half = half_exp(e, e.abs(x))
    return half + 0.25 / half


def tanh(e: FunctionBuilder, x: Value) -> Value:
    """t / (t + 2) with t = e^(2|x|) - 1; where that is above a half, 1 - 2 / (t + 2)."""
    size = e.clamp(e.abs(x), 0.0, 22.0)
    y = tanh_of(e, expm1(e, size + size), size)
    return e.select(e.abs(x) < 1e-9, x, e.copysign(y, x))


def tanh_of(e: FunctionBuilder, t: Value, size: Value) -> Value:
    """tanh of a size from t = e^(2 size) - 1; the quotient of small ones is corrected by what it
    and t + 2 lost, times about 1 / (t + 2)."""
    d, d_low = e.quick_sum(e.constant(2.0), t)
    small = size < 0.5
    top = e.select(small, t, 2.0)
    q = top / d
    lost = e.fma(-q, d, top) - q * d_low
    return e.select(small, e.fma(lost, e.fma(t, -0.14, 0.485), q), 1.0 - q)


def logistic(e: FunctionBuilder, x: Value) -> Value:
    """1 / (1 + e^-x), as e^x / (1 + e^x) below 0."""
    return logistic_of(e, exp(e, -e.abs(x)), x)


def logistic_of(e: FunctionBuilder, t: Value, x: Value) -> Value:
    """logistic of x from t = e^-|x|; the quotient is corrected by what it and 1 + t lost, times
    about 1 / (1 + t)."""
    d, d_low = e.quick_sum(e.constant(1.0), t)
    top = e.select(x < 0.0, t, 1.0)
    q = top / d
    lost = e.fma(-q, d, top) - q * d_low
    y = e.fma(lost, e.fma(t, -0.5, 0.97), q)
    return e.select(e.is_nan(x), x, y)


# Logarithms


def split(e: FunctionBuilder, x: Value) -> tuple[Value, Value]:
    """k and m - 1 of x = 2^k m, m in [sqrt(1/2), sqrt(2)); subnormals are scaled up first."""
    small = x < 2.2250738585072014e-308
    bits = e.bits(e.select(small, x * 2.0**54, x)) + (0x3FF0000000000000 - SQRT_HALF_BITS)
    k = (bits >> 52) - e.select(small, e.integer(1023 + 54), e.integer(1023))
    m = e.from_bits((bits & 0xFFFFFFFFFFFFF) + SQRT_HALF_BITS)
    return e.to_float(k), m - 1.0


def log_of(e: FunctionBuilder, k: Value, f: Value, more: Value | None = None) -> Value:
    """k log 2 + log(1 + f), plus a small number."""
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    low = k * LN2_LO if more is None else e.fma(k, LN2_LO, more)
    rest = e.fma(s, e.fma(z, e.polynomial(z, _LOG), half_square), low)
    return e.fma(k, LN2_HI, f - (half_square - rest))


def log_special(e: FunctionBuilder, x: Value, y: Value) -> Value:
    """-inf at 0, NaN below, inf and NaN as they are."""
    y = e.select(x < INF, y, x)
    y = e.select(x.equals(0.0), -INF, y)
    return e.select(x < 0.0, NAN, y)


def log_two(e: FunctionBuilder, x: Value) -> Pair:
    """log(x) of positive finite x as an unevaluated sum of two doubles, to about 66 bits."""
    k, f = split(e, x)
    d = f + 2.0
    d_low = f - (d - 2.0)
    s = f / d
    s_low = (e.fma(-s, d, f) - s * d_low) / d  # what the division and the sum lost
    z, z_low = e.two_product(s, s)
    z_low = e.fma(s + s, s_low, z_low)
    cube, cube_low = e.two_product(s, z)
    cube_low = cube_low + e.fma(s, z_low, s_low * z)
    lead, lead_low = e.two_product(cube, e.constant(_LOG[0]))
    lead_low = lead_low + e.fma(cube, _TWO_THIRDS_LOW, cube_low * _LOG[0])
    tail = e.fma(cube * z, e.polynomial(z, _LOG[1:]), lead_low)
    high, low = e.two_sum(k * LN2_HI, s + s)  # the product is exact
    high, more = e.two_sum(high, lead)
    low = low + more + (e.fma(k, LN2_LO, s_low + s_low) + tail)
    return e.quick_sum(high, low)


def log(e: FunctionBuilder, x: Value) -> Value:
    """Natural logarithm, by s = f / (2 + f), f = m - 1."""
    k, f = split(e, x)
    return log_special(e, x, log_of(e, k, f))


def log2(e: FunctionBuilder, x: Value) -> Value:
    """log(x) in two doubles over log 2: exact for powers of two."""
    k, f = split(e, x)
    high, low = log_two(e, 1.0 + f)
    product, error = e.two_product(high, e.constant(LOG2E[0]))
    error = error + e.fma(high, LOG2E[1], low * LOG2E[0])
    total, rest = e.two_sum(k, product)
    return log_special(e, x, total + (rest + error))


def log10(e: FunctionBuilder, x: Value) -> Value:
    """log(x) in two doubles over log 10."""
    high, low = log_two(e, e.select(x < INF, x, 1.0))
    product, error = e.two_product(high, e.constant(LOG10E[0]))
    error = error + e.fma(high, LOG10E[1], low * LOG10E[0])
    return log_special(e, x, product + error)


def log1p_two(e: FunctionBuilder, x: Value, low: Value | None = None) -> Value:
    """log(1 + x + low): the logarithm of the rounded sum, plus what rounding lost."""
    u = x + 1.0
    k, f = split(e, u)
    larger = e.select(x > 1.0, x, 1.0)
    smaller = e.select(x > 1.0, 1.0, x)
    lost = smaller - (u - larger)
    if low is not None:
        lost = lost + low
    finite = (u > 0.0) & (u < INF)
    y = log_of(e, k, f, e.select(finite, lost / u, 0.0))
    return log_special(e, u, y)


def log1p(e: FunctionBuilder, x: Value) -> Value:
    """log(1 + x)."""
    return e.select(e.abs(x) < 1e-17, x, log1p_two(e, x))


def asinh(e: FunctionBuilder, x: Value) -> Value:
    """x P(x^2) below 1/2, then the logarithm of |x| + sqrt(x^2 + 1) and what its rounding lost."""
    size = e.abs(x)
    z = x * x
    small = e.fma(x * z, e.polynomial(z, ASINH), x)
    big = size > 268435456.0
    square, square_low = e.two_product(size, size)
    total, total_low = e.two_sum(square, e.constant(1.0))
    root = e.sqrt(total)
    root_low = (e.fma(-root, root, total) + (total_low + square_low)) / (root + root)
    v, v_low = e.quick_sum(root, size)
    v = e.select(big, size, v)
    k, f = split(e, v)
    y = log_of(e, e.select(big, k + 1.0, k), f, e.select(big, 0.0, (v_low + root_low) / v))
    y = e.select(size < INF, y, size)
    return e.copysign(e.select(size < 0.5, small, y), x)


def acosh(e: FunctionBuilder, x: Value) -> Value:
    """log(x + sqrt(x^2 - 1)) as log1p of t + sqrt(2 t + t^2), t = x - 1."""
    big = x > 268435456.0
    t = x - 1.0
    square, square_low = e.two_product(t, t)
    total, total_low = e.two_sum(t + t, square)
    root = e.sqrt(total)
    root_low = (e.fma(-root, root, total) + (total_low + square_low)) / (root + root)
    v, v_low = e.two_sum(t, root)
    small = log1p_two(e, v, e.select(total > 0.0, v_low + root_low, 0.0))
    k, f = split(e, e.select(big, x, 1.0))
    large = e.select(x < INF, log_of(e, k + 1.0, f), x)
    return e.select(x < 1.0, NAN, e.select(big, large, small))


def atanh(e: FunctionBuilder, x: Value) -> Value:
    """log1p(2 |x| / (1 - |x|)) / 2."""
    size = e.abs(x)
    d = 1.0 - size
    d_low = (1.0 - d) - size
    q = (size + size) / d
    q_low = (e.fma(-q, d, size + size) - q * d_low) / d
    y = log1p_two(e, q, e.select(q < INF, q_low, 0.0)) * 0.5
    return e.select(size < 1e-9, x, e.copysign(y, x))


def pow(e: FunctionBuilder, x: Value, y: Value) -> Value:
    """|x|^y = e^(y log|x|) with the logarithm in two doubles, so that large exponents keep their
    digits; C's rules for zeros, infinities and negative bases."""
    size = e.abs(x)
    high, low = log_two(e, size)
    product, error = e.two_product(y, high)
    error = error + y * low
    finite = e.abs(product) < 746.0
    bounded = e.clamp(product, -746.0, 710.0)
    n, (r, p) = exp_parts(e, bounded, e.select(finite, error, 0.0))
    power = e.scale(1.0 + (r + p), n)

    # bases without a finite logarithm: 0, infinity, and 1 to an infinite power
    grows = (y > 0.0) ^ (size < 1.0)
    limit = e.select(grows, INF, 0.0)
    edge = size.equals(0.0) | size.equals(INF) | e.abs(y).equals(INF)
    power = e.select(edge, e.select(size.equals(1.0), 1.0, limit), power)

    whole = e.floor(y).equals(y)
    half = y * 0.5
    odd = whole & e.floor(half).differs(half) & (e.abs(y) < INF)
    negative = e.bits(x) < 0
    power = e.select(negative & odd, -power, power)
    invalid = (x < 0.0) & e.floor(y).differs(y) & (size < INF)
    power = e.select(invalid, NAN, power)
    power = e.select(e.is_nan(x), x, e.select(e.is_nan(y), y, power))
    return e.select(y.equals(0.0) | x.equals(1.0), 1.0, power)


# Inverse trigonometric functions


def atan_positive(e: FunctionBuilder, x: Value) -> Value:
    """atan of x >= 0, by atan(a) = base + atan(t), |t| <= tan(pi/8)."""
    steep = x > 2.414213562373095
    middle = x > 0.41421356237309503
    less, less_low = e.two_sum(x, e.constant(-1.0))
    more, more_low = e.two_sum(x, e.constant(1.0))
    top = e.select(steep, -1.0, e.select(middle, less, x))
    bottom = e.select(steep, x, e.select(middle, more, 1.0))
    base = e.select(steep, PI_2[0], e.select(middle, PI_2[0] / 2, 0.0))
    base_low = e.select(steep, PI_2[1], e.select(middle, PI_2[1] / 2, 0.0))
    t = top / bottom
    lost = e.fma(-t, bottom, top)  # by the quotient, then by the sums in it
    lost = lost + e.select(steep, 0.0, less_low - t * more_low)
    inverse = e.select(steep, -t, (1.0 - t) * 0.5)  # of the denominator
    low = e.select(middle & (x < 1e17), lost * inverse, 0.0)
    z = t * t
    return base + (t + e.fma(t * z, e.polynomial(z, _ATAN), base_low + low))


def atan(e: FunctionBuilder, x: Value) -> Value:
    """Arc tangent."""
    return e.copysign(atan_positive(e, e.abs(x)), x)


def atan2(e: FunctionBuilder, y: Value, x: Value) -> Value:
    """Angle of the point (x, y), with C's rules for zeros and infinities."""
    width, height = e.abs(x), e.abs(y)
    steep = height > width
    larger, smaller = e.select(steep, height, width), e.select(steep, width, height)
    same = smaller.equals(larger)  # infinities and zeros: no 0/0
    ratio = e.select(same, e.select(larger.equals(0.0), 0.0, 1.0), smaller / larger)
    ratio = e.select(e.is_nan(x), x, e.select(e.is_nan(y), y, ratio))
    angle = atan_positive(e, ratio)
    angle = e.select(steep, (PI_2[0] - angle) + PI_2[1], angle)
    negative = e.bits(x) < 0
    angle = e.select(negative, (2 * PI_2[0] - angle) + 2 * PI_2[1], angle)
    return e.copysign(angle, y)


def _asin_parts(e: FunctionBuilder, x: Value) -> tuple[Value, Value, Value, Value]:
    """Whether |x| < 1/2; then s and p with asin(s) = s + p of s = |x|, else of
    s = sqrt((1 - |x|) / 2), for which asin|x| = pi/2 - 2 asin(s), and what s lost."""
    size = e.abs(x)
    small = size < 0.5
    z = e.select(small, x * x, (1.0 - size) * 0.5)
    root = e.sqrt(z)
    s = e.select(small, size, root)
    low = e.fma(-root, root, z) / (root + root)
    low = e.select(small | root.equals(0.0), 0.0, low)
    return small, s, s * z * e.polynomial(z, ASIN), low


def asin(e: FunctionBuilder, x: Value) -> Value:
    """Arc sine."""
    small, s, p, low = _asin_parts(e, x)
    twice = s + s
    high = PI_2[0] - twice
    lost = (PI_2[0] - high) - twice
    large = high + (lost + (PI_2[1] - 2.0 * (p + low)))
    return e.copysign(e.select(small, s + p, large), x)


def acos(e: FunctionBuilder, x: Value) -> Value:
    """Arc cosine."""
    small, s, p, low = _asin_parts(e, x)
    signed = e.copysign(s, x)
    rest = e.copysign(p, x)
    middle = PI_2[0] - signed
    lost = (PI_2[0] - middle) - signed
    middle = middle + (lost + (PI_2[1] - rest))
    twice = 2.0 * (s + (p + low))
    left = (2.0 * PI_2[0] - 2.0 * s) + (2.0 * PI_2[1] - 2.0 * (p + low))
    large = e.select(x < 0.0, left, twice)
    return e.select(small, middle, large)


# Roots and remainders


def cbrt(e: FunctionBuilder, x: Value) -> Value:
    """Cube root: a third of the exponent, then steps of Halley, the last with an exact cube."""
    size = e.abs(x)
    tiny, huge = size < 2.2250738585072014e-308, size > 1e300
    scaled = e.select(tiny, size * 2.0**54, e.select(huge, size * 2.0**-54, size))
    half = Type("i32", e.lanes)
    word = e.cast("trunc", e.bits(scaled).shr_u(32), half)
    guess = e.emit(f"udiv {half.text} {word.text}, {e.constant(3, half).text}", half) + 715094163
    y = e.from_bits(e.cast("zext", guess, e.ints) << 32)
    for _ in range(2):
        cube = y * y * y
        y = y * ((cube + scaled + scaled) / (cube + cube + scaled))
    square, low = e.two_product(y, y)
    rest = e.fma(-square, y, scaled) - low * y
    y = y + rest / (3.0 * square)
    y = e.select(tiny, y * 2.0**-18, e.select(huge, y * 2.0**18, y))
    y = e.select(size < INF, e.select(size.equals(0.0), size, y), size)
    return e.copysign(y, x)


def rsqrt(e: FunctionBuilder, x: Value) -> Value:
    """1 / sqrt(x), both correctly rounded."""
    return 1.0 / e.sqrt(x)


def fmod(e: FunctionBuilder, x: Value, y: Value) -> Value:
    """The exact remainder of x / y with the sign of x, as C's fmod; f32 and f64.

    Each step takes away a multiple of the divisor given by the rounded quotient: what is left is
    exact (the remainder of a correctly rounded division always is). Quotients that would overflow
    are made with a multiple of the divisor.
    """
    divisor = e.abs(y)
    size = e.abs(x)
    bad = e.is_nan(x) | e.is_nan(y) | size.equals(INF) | divisor.equals(0.0)
    divisor = e.select(bad, 1.0, divisor)
    limit = 2.0 ** (e.mantissa - 1)
    enlarge = 2.0**550 if e.width == 64 else 2.0**75

    def step(rest: Value, flipped: Value) -> list[Value]:
        by, quotient = divisor, rest / divisor
        for _ in range(2):
            by = e.select(quotient.equals(INF), by * enlarge, by)
            quotient = rest / by
        quotient = e.select(quotient < limit, e.trunc(quotient), e.nearest(quotient))
        left = e.fma(-quotient, by, rest)
        below = left < 0.0
        last = below & (quotient < limit)
        left = e.select(last, left + by, e.abs(left))
        active = rest >= divisor
        return [
            e.select(active, left, rest),
            flipped ^ (active & below & ~last),
        ]

    start = e.select(bad, 0.0, size)
    rest, flipped = e.while_any(
        [start, e.constant(False, e.bools)], lambda rest, _: rest >= divisor, step
    )
    rest = e.select(flipped & (rest > 0.0), divisor - rest, rest)
    return e.select(bad, NAN, e.copysign(rest, x))
