# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f64 functions, and what the rarer f32 functions are computed with: f32 results are then correctly
rounded in nearly all cases.

Relative errors are within 1e-15 (tests/targets/llvm_cpu/test_math_accuracy.py measures them).
Polynomials are Chebyshev fits made in 40-digit arithmetic. NaN and infinities come out of the
arithmetic itself where they can; the rest is selected at the end.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import i32

from iree_explore.targets.llvm_cpu.conversion import with_element
from iree_explore.targets.llvm_cpu.expressions import Emitter, Value

INF = float("inf")
NAN = float("nan")
LN2_HI = 0.6931471806019545  # 32 bits: products with exponents are exact
LN2_LO = -4.2009150726810846e-11
LOG2E = 1.4426950408889634
PI_2 = (1.5707963267948966, 6.123233995736766e-17, -1.497384905065873e-33)
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
# (sin(r) - r) / r^3 and (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4, error 1e-20
_SIN = (-0.16666666666666666, 0.008333333333333331, -0.0001984126984126504, 2.755731921932058e-06,
        -2.50521062259944e-08, 1.6058530596645953e-10, -7.586636882825159e-13)  # fmt: skip
_COS = (0.041666666666666664, -0.0013888888888888887, 2.4801587301584632e-05,
        -2.755731922139249e-07, 2.0876755787492604e-09, -1.1470460319209511e-11,
        4.745838412531023e-14)  # fmt: skip
# (atan(t) - t) / t^3 in t^2, |t| <= tan(pi/8), error 1e-18
_ATAN = (-0.3333333333333333, 0.199999999999998, -0.14285714285659326, 0.11111111105106705,
         -0.09090908751076636, 0.0769229630497447, -0.06666423628069258, 0.058789145444006215,
         -0.052303478730160745, 0.04551108126325172, -0.034558092551413795,
         0.01627194475162406)  # fmt: skip
# erf(x) / x in x^2 on [0, 1], error 1.3e-19
_ERF = (1.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792,
        0.0052239776248180145, -0.000854832698083379, 0.0001205533111164271,
        -1.4925595266831182e-05, 1.6461000484121368e-06, -1.6350312701054695e-07,
        1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11)  # fmt: skip
# erfc(x) e^(x^2) in (x - 2.5) / (x + 2.5) on [1, 6], error 5e-19
_ERFC = (0.2108063640611436, -0.3717367339489734, 0.2517131932174494, -0.1250330523788247,
         0.039922539075574935, -0.003993701166223159, -0.002642365963784453,
         0.0008759154630794508, 0.00022838036598153182, -0.00012887741536369735,
         -3.4182063549802165e-05, 1.8617072081910595e-05, 7.5513017799442535e-06,
         -2.3140931150942177e-06, -1.79706306540687e-06, 1.2966926825389417e-07,
         3.3657006736237105e-07)  # fmt: skip


def exp(e: Emitter, x: Value) -> Value:
    """e^x = 2^n e^r."""
    x = e.clamp(x, -746.0, 710.0)
    n, n_bits = e.rounded(x, LOG2E)
    return e.scale(_exp_of_reduced(e, _reduced(e, x, n)), n_bits)


def exp2(e: Emitter, x: Value) -> Value:
    """2^x = 2^n e^(r ln 2)."""
    x = e.clamp(x, -1076.0, 1025.0)
    n, n_bits = e.rounded(x, 1.0)
    return e.scale(_exp_of_reduced(e, (x - n) * 0.6931471805599453), n_bits)


def expm1(e: Emitter, x: Value) -> Value:
    """e^x - 1 = 2^n (e^r - 1) + (2^n - 1), at half size."""
    clamped = e.clamp(x, -56.0, 710.0)
    n, n_bits = e.rounded(clamped, LOG2E)
    r = _reduced(e, clamped, n)
    p = e.fma(r * r, e.polynomial(r, _EXP), r)
    half = e.power_of_two(n_bits - 1)
    y = e.fma(half, p, half - 0.5)
    return e.select(x.equals(0.0), x, y + y)


def log(e: Emitter, x: Value) -> Value:
    """Natural logarithm, by s = f / (2 + f), f = m - 1."""
    k, f = _split(e, x)
    return _log_special(e, x, _log_of(e, k, f))


def log2(e: Emitter, x: Value) -> Value:
    """k + log(m) / ln 2: exact for powers of two."""
    k, f = _split(e, x)
    tail = _log_tail(e, f)
    return _log_special(e, x, e.fma(tail, 2.0355273740931033e-17, e.fma(tail, LOG2E, k)))


def log10(e: Emitter, x: Value) -> Value:
    """k log10(2) + log(m) / ln 10."""
    k, f = _split(e, x)
    tail = _log_tail(e, f)
    low = e.fma(k, -1.9043128467164274e-12, tail * 0.4342944819032518)
    return _log_special(e, x, e.fma(k, 0.3010299956658855, low))


def log1p(e: Emitter, x: Value) -> Value:
    """log(1 + x): the logarithm of the rounded sum, plus what rounding lost."""
    u = x + 1.0
    k, f = _split(e, u)
    lost = (x - (u - 1.0)) / u
    y = _log_special(e, u, _log_of(e, k, f))
    y = e.select(u.equals(INF), y, y + e.select(u.equals(0.0), 0.0, lost))
    return e.select(x.equals(0.0), x, y)


def tanh(e: Emitter, x: Value) -> Value:
    """t / (t + 2) with t = e^(2|x|) - 1."""
    size = e.clamp(e.abs(x), 0.0, 22.0)
    t = expm1(e, size + size)
    return e.copysign(t / (t + 2.0), x)


def sinh(e: Emitter, x: Value) -> Value:
    """(t + t / (t + 1)) / 2 with t = e^|x| - 1; for large x the square of e^(|x|/2), halved."""
    size = e.abs(x)
    t = expm1(e, size)
    root = exp(e, size * 0.5)
    y = e.select(size > 22.0, (root * 0.5) * root, (t + t / (t + 1.0)) * 0.5)
    return e.copysign(y, x)


def cosh(e: Emitter, x: Value) -> Value:
    """(e^|x| + e^-|x|) / 2, without overflow where the result has none."""
    size = e.abs(x)
    root = exp(e, size * 0.5)
    t = root * root
    return e.select(size > 22.0, (root * 0.5) * root, (t + 1.0 / t) * 0.5)


def sin(e: Emitter, x: Value) -> Value:
    """Sine."""
    quadrant, s, c = _sin_cos(e, x)
    y = e.select((quadrant & 1).equals(0), s, c)
    y = e.from_bits(e.bits(y) ^ ((quadrant & 2) << 62))
    return e.select(x.equals(0.0), x, y)


def cos(e: Emitter, x: Value) -> Value:
    """Cosine."""
    quadrant, s, c = _sin_cos(e, x)
    y = e.select((quadrant & 1).equals(0), c, s)
    return e.from_bits(e.bits(y) ^ (((quadrant + 1) & 2) << 62))


def tan(e: Emitter, x: Value) -> Value:
    """Sine over cosine of the reduced argument."""
    quadrant, s, c = _sin_cos(e, x)
    even = (quadrant & 1).equals(0)
    y = e.select(even, s, c) / e.select(even, c, -s)
    return e.select(x.equals(0.0), x, y)


def atan(e: Emitter, x: Value) -> Value:
    """Arc tangent."""
    return e.copysign(_atan_positive(e, e.abs(x)), x)


def atan2(e: Emitter, y: Value, x: Value) -> Value:
    """Angle of the point (x, y), with C's rules for zeros and infinities."""
    width, height = e.abs(x), e.abs(y)
    steep = height > width
    larger, smaller = e.select(steep, height, width), e.select(steep, width, height)
    same = smaller.equals(larger)  # infinities and zeros: no 0/0
    ratio = e.select(same, e.select(larger.equals(0.0), 0.0, 1.0), smaller / larger)
    ratio = e.select(e.is_nan(x), x, e.select(e.is_nan(y), y, ratio))
    angle = _atan_positive(e, ratio)
    angle = e.select(steep, (PI_2[0] - angle) + PI_2[1], angle)
    negative = e.bits(x) < 0
    angle = e.select(negative, (2 * PI_2[0] - angle) + 2 * PI_2[1], angle)
    return e.copysign(angle, y)


def asin(e: Emitter, x: Value) -> Value:
    """Arc sine: the angle of (sqrt(1 - x^2), x)."""
    return e.select(x.equals(0.0), x, atan2(e, x, e.sqrt((1.0 - x) * (1.0 + x))))


def acos(e: Emitter, x: Value) -> Value:
    """Arc cosine: the angle of (x, sqrt(1 - x^2))."""
    return atan2(e, e.sqrt((1.0 - x) * (1.0 + x)), x)


def asinh(e: Emitter, x: Value) -> Value:
    """log(|x| + sqrt(x^2 + 1)) as log1p, so that small x keep their digits."""
    size = e.abs(x)
    big = size > 268435456.0
    square = size * size
    small = log1p(e, size + square / (e.sqrt(square + 1.0) + 1.0))
    y = e.select(big, log(e, size) + 0.6931471805599453, small)
    return e.copysign(y, x)


def acosh(e: Emitter, x: Value) -> Value:
    """log(x + sqrt(x^2 - 1)) as log1p of t = x - 1."""
    t = x - 1.0
    small = log1p(e, t + e.sqrt(e.fma(t, t, t + t)))
    y = e.select(x > 268435456.0, log(e, x) + 0.6931471805599453, small)
    return e.select(x < 1.0, NAN, y)


def atanh(e: Emitter, x: Value) -> Value:
    """log1p(2 |x| / (1 - |x|)) / 2."""
    size = e.abs(x)
    return e.copysign(log1p(e, (size + size) / (1.0 - size)) * 0.5, x)


def cbrt(e: Emitter, x: Value) -> Value:
    """Cube root: a third of the exponent, then three steps of Halley."""
    size = e.abs(x)
    tiny = size < 2.2250738585072014e-308
    scaled = e.select(tiny, size * 2.0**54, size)
    high = with_element(e.ints, i32)
    word = e.op(arith.TruncIOp, [e.bits(scaled).shr_u(32)], high)
    guess = e.op(arith.DivUIOp, [word, e.constant(3, high)], high) + 715094163
    y = e.from_bits(e.op(arith.ExtUIOp, [guess], e.ints) << 32)
    for _ in range(3):
        cube = y * y * y
        y = y * ((cube + scaled + scaled) / (cube + cube + scaled))
    y = y - (y * y * y - scaled) / (3.0 * y * y)
    y = e.select(tiny, y * 2.0**-18, y)
    y = e.select(size < INF, e.select(size.equals(0.0), size, y), size)
    return e.copysign(y, x)


def erf(e: Emitter, x: Value) -> Value:
    """x P(x^2) below 1, 1 - e^(-x^2) g(x) above."""
    size = e.clamp(e.abs(x), 0.0, 6.0)
    small = x * e.polynomial(x * x, _ERF)
    tail = e.polynomial((size - 2.5) / (size + 2.5), _ERFC)
    large = 1.0 - exp(e, -(size * size)) * tail
    return e.select(size < 1.0, small, e.copysign(large, x))


def rsqrt(e: Emitter, x: Value) -> Value:
    """1 / sqrt(x)."""
    return 1.0 / e.sqrt(x)


def pow(e: Emitter, x: Value, y: Value) -> Value:
    """|x|^y = e^(y log|x|) with the logarithm in two doubles, so that large exponents keep their
    digits; C's rules for zeros, infinities and negative bases."""
    size = e.abs(x)
    high, low = _log_two(e, size)
    product = y * high
    error = e.fma(y, high, -product) + y * low
    bounded = e.clamp(product, -746.0, 710.0)
    n, n_bits = e.rounded(bounded, LOG2E)
    r = _reduced(e, bounded, n)
    finite = e.abs(product) < 746.0
    r = r + e.select(finite, error, 0.0)
    power = e.scale(_exp_of_reduced(e, r), n_bits)

    # bases without a finite logarithm: 0, infinity, and 1 to an infinite power
    grows = (y > 0.0) ^ (size < 1.0)
    limit = e.select(grows, INF, 0.0)
    edge = size.equals(0.0) | size.equals(INF) | e.abs(y).equals(INF)
    power = e.select(edge, e.select(size.equals(1.0), 1.0, limit), power)

    whole = e.floor(y).equals(y)
    half = y * 0.5
    odd = whole & e.floor(half).differs(half)
    negative = e.bits(x) < 0
    power = e.select(negative & odd, -power, power)
    invalid = (x < 0.0) & e.floor(y).differs(y) & (size < INF)
    power = e.select(invalid, NAN, power)
    power = e.select(e.is_nan(x), x, e.select(e.is_nan(y), y, power))
    return e.select(y.equals(0.0) | x.equals(1.0), 1.0, power)


def _reduced(e: Emitter, x: Value, n: Value) -> Value:
    return e.fma(n, -LN2_LO, e.fma(n, -LN2_HI, x))


def _exp_of_reduced(e: Emitter, r: Value) -> Value:
    return e.fma(r * r, e.polynomial(r, _EXP), r) + 1.0


def _split(e: Emitter, x: Value) -> tuple[Value, Value]:
    """k and m - 1 of x = 2^k m, m in [sqrt(1/2), sqrt(2)); subnormals are scaled up first."""
    tiny = x < 2.2250738585072014e-308
    bits = e.bits(e.select(tiny, x * 2.0**54, x)) + (0x3FF0000000000000 - SQRT_HALF_BITS)
    k = (bits >> 52) - e.select(tiny, e.integer(1023 + 54), e.integer(1023))
    m = e.from_bits((bits & 0xFFFFFFFFFFFFF) + SQRT_HALF_BITS)
    return e.to_float(k), m - 1.0


def _log_of(e: Emitter, k: Value, f: Value) -> Value:
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    rest = e.fma(s, e.fma(z, e.polynomial(z, _LOG), half_square), k * LN2_LO)
    return e.fma(k, LN2_HI, f - (half_square - rest))


def _log_tail(e: Emitter, f: Value) -> Value:
    """log(1 + f)."""
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    return f - (half_square - s * e.fma(z, e.polynomial(z, _LOG), half_square))


def _log_special(e: Emitter, x: Value, y: Value) -> Value:
    """-inf at 0, NaN below, inf and NaN as they are."""
    y = e.select(x < INF, y, x)
    y = e.select(x.equals(0.0), -INF, y)
    return e.select(x < 0.0, NAN, y)


def _log_two(e: Emitter, x: Value) -> tuple[Value, Value]:
    """log(x) of positive finite x as an unevaluated sum of two doubles."""
    k, f = _split(e, x)
    d = f + 2.0
    d_low = f - (d - 2.0)
    s = f / d
    s_low = (e.fma(-s, d, f) - s * d_low) / d  # what the division and the sum lost
    z = s * s
    tail = s * z * e.polynomial(z, _LOG)
    high, low = _two_sum(k * 0.6931471806019545, s + s)  # the first product is exact
    low = low + (e.fma(k, LN2_LO, s_low + s_low) + tail)
    return _two_sum(high, low)


def _two_sum(a: Value, b: Value) -> tuple[Value, Value]:
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


def _sin_cos(e: Emitter, x: Value) -> tuple[Value, Value, Value]:
    """The quadrant of x, and sine and cosine of what is left in [-pi/4, pi/4] (kept as r + low)."""
    from iree_explore.targets.llvm_cpu.trigonometric_reduction import reduce_quadrant

    quadrant, r, low = reduce_quadrant(e, x)
    z = r * r
    sine = r + e.fma(r * z, e.polynomial(z, _SIN), low * e.fma(z, -0.5, 1.0))
    one_less = e.fma(z, -0.5, 1.0)
    lost = (1.0 - one_less) - z * 0.5
    cosine = one_less + e.fma(z * z, e.polynomial(z, _COS), lost - r * low)
    return quadrant, sine, cosine


def _atan_positive(e: Emitter, x: Value) -> Value:
    """atan of x >= 0, by atan(a) = base + atan(t), |t| <= tan(pi/8)."""
    steep = x > 2.414213562373095
    middle = x > 0.41421356237309503
    top = e.select(steep, -1.0, e.select(middle, x - 1.0, x))
    bottom = e.select(steep, x, e.select(middle, x + 1.0, 1.0))
    base = e.select(steep, PI_2[0], e.select(middle, PI_2[0] / 2, 0.0))
    base_low = e.select(steep, PI_2[1], e.select(middle, PI_2[1] / 2, 0.0))
    t = top / bottom
    z = t * t
    return base + (t + e.fma(t * z, e.polynomial(z, _ATAN), base_low))
