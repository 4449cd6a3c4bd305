# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""f32 functions in f32 arithmetic: the ones that models spend time in.

docs/accuracy.md has the measured errors. Polynomials are Chebyshev fits made in 40-digit
arithmetic. The other functions go through math_f64.py.
"""

from __future__ import annotations

from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Value
from iree_explore.targets.llvm_cpu.math_f64 import logistic_of

INF = float("inf")
NAN = float("nan")
LN2 = 0.6931471805599453
LN2_HI = 0.693145751953125  # 15 bits: products with exponents are exact
LN2_LO = 1.428606765330187e-06
LOG2E = 1.4426950408889634
SQRT_HALF_BITS = 0x3F3504F3

# (exp(r) - 1 - r) / r^2 on |r| <= ln(2)/2, error 1.4e-9
_EXP = (0.5000000013487226, 0.16666666681647016, 0.04166646471137908, 0.00833331090172597,
        0.0013933673732931852, 0.0001989101718430203)  # fmt: skip
# (log(1 + f) - f + f^2/2) / f^3 on [sqrt(1/2) - 1, sqrt(2) - 1], error 2.9e-8
_LOG = (0.3333333117427613, -0.24999996925400272, 0.20000717213085337, -0.16667807132962642,
        0.14249007240593695, -0.12425523359933803, 0.11685784721037067, -0.11481212058518442,
        0.06972518633879546)  # fmt: skip
# (tanh(x) / x - 1) / x^2 in x^2 on [0, 0.56], error of tanh(x) / x 1.2e-9
_TANH = (-0.333333152689987, 0.1333249880901201, -0.05384227239707225, 0.021027197815974268,
         -0.006207403610904273)  # fmt: skip
# erf(x) / x - 1 in x^2 on [0, 1], error 1.2e-9
_ERF = (0.1283791658483509, -0.37612626666720334, 0.11283594715160218, -0.026854212010626412,
        0.005189087423433974, -0.000801686428716587, 7.875875062685488e-05)  # fmt: skip
# log(erfc(x)) on [1, 4], error of erfc 1.1e-9
_ERFC = (-0.00035375427093300136, -1.1270398912901989, -0.638225924474155, -0.10303714729255999,
         0.021805208861306616, -0.0029395790689901616, 0.00018557104881049275)  # fmt: skip
# (x + 9/4) e^(x^2) erfc(x) in (x - 9/4) / (x + 9/4), x on [0, 10.1], error 1.1e-8
_ERFCX = (1.0398926599754927, -0.7519591538494685, 0.3715179122630163, -0.10120672079695349,
          -0.003616668213242025, 0.011629940806229762, -0.0007759594932131091,
          -0.0015431128097402689, 6.465384217583992e-05, 0.00016167009969257406)  # fmt: skip


def _parts(e: FunctionBuilder, x: Value) -> tuple[Value, Value, Value]:
    """n, r and p of e^x = 2^n (1 + r + p)."""
    n, n_bits = e.rounded(x, LOG2E)
    first = e.fma(n, -LN2_HI, x)
    r = e.fma(n, -LN2_LO, first)
    rest = e.fma(n, -LN2_LO, first - r)
    return n_bits, r, e.fma(r * r, e.polynomial(r, _EXP), rest)


def exp(e: FunctionBuilder, x: Value) -> Value:
    """e^x = 2^n e^r with |r| <= ln(2)/2."""
    n, r, p = _parts(e, e.clamp(x, -104.0, 89.0))
    return e.scale(1.0 + (r + p), n)


def exp2(e: FunctionBuilder, x: Value) -> Value:
    """2^x = 2^n e^(r ln 2)."""
    x = e.clamp(x, -151.0, 129.0)
    n, n_bits = e.rounded(x, 1.0)
    f = x - n
    r = f * LN2
    rest = e.fma(f, LN2, -r)
    p = e.fma(r * r, e.polynomial(r, _EXP), rest)
    return e.scale(1.0 + (r + p), n_bits)


def expm1(e: FunctionBuilder, x: Value) -> Value:
    """e^x - 1 = (2^n - 1) + 2^n (e^r - 1), computed at half size so that 2^n cannot overflow."""
    n, r, p = _parts(e, e.clamp(x, -25.0, 89.0))
    half = e.power_of_two(n - 1)
    high, low = e.two_sum(half - 0.5, half * r)
    y = high + e.fma(half, p, low)
    return e.select(e.abs(x) < 1e-8, x, y + y)


def log(e: FunctionBuilder, x: Value) -> Value:
    """Natural logarithm: x = 2^k m with m in [sqrt(1/2), sqrt(2))."""
    k, f = _split(e, x)
    return _log_special(e, x, _log_of(e, k, f, None))


def log1p(e: FunctionBuilder, x: Value) -> Value:
    """log(1 + x): the logarithm of the rounded sum, plus what rounding lost."""
    u = x + 1.0
    k, f = _split(e, u)
    larger = e.select(x > 1.0, x, 1.0)
    smaller = e.select(x > 1.0, 1.0, x)
    lost = (smaller - (u - larger)) / u
    lost = e.select((u > 0.0) & (u < INF), lost, 0.0)
    y = _log_special(e, u, _log_of(e, k, f, lost))
    return e.select(e.abs(x) < 1e-8, x, y)


def tanh(e: FunctionBuilder, x: Value) -> Value:
    """x + x^3 P(x^2) where that is below a half, 1 - 2 / (e^(2|x|) + 1) above."""
    size = e.abs(x)
    size = e.select(size > 9.5, 9.5, size)
    square = size * size
    small = e.fma(size * square, e.polynomial(square, _TANH), size)
    double = size + size
    n, n_bits = e.rounded(double, LOG2E)
    r = e.fma(n, -LN2_LO, e.fma(n, -LN2_HI, double))
    p = e.fma(r * r, e.polynomial(r, _EXP), r)
    power = e.power_of_two(n_bits)
    large = 1.0 - 2.0 / e.fma(p, power, power + 1.0)
    return e.copysign(e.select(size < 0.55, small, large), x)


def logistic(e: FunctionBuilder, x: Value) -> Value:
    """1 / (1 + e^-x), as e^x / (1 + e^x) below 0."""
    return logistic_of(e, exp(e, -e.abs(x)), x)


def erf(e: FunctionBuilder, x: Value) -> Value:
    """x P(x^2) below 1, 1 - e^Q(x) above, where e^Q is below 1/6: its last bits do not count and
    it never is subnormal."""
    size = e.abs(x)
    size = e.select(size > 4.0, 4.0, size)
    small = e.fma(x, e.polynomial(x * x, _ERF), x)
    q = e.polynomial(size, _ERFC)
    n, n_bits = e.rounded(q, LOG2E)
    r = e.fma(n, -LN2, q)
    rest = e.fma(r, e.fma(r, e.polynomial(r, _EXP), 1.0), 1.0)
    large = e.fma(-rest, e.power_of_two(n_bits), 1.0)
    return e.select(size < 1.0, small, e.copysign(large, x))


def erfc(e: FunctionBuilder, x: Value) -> Value:
    """e^(-x^2) Q((x - c) / (x + c)) / (x + c), c = 9/4, for x above 0; 2 minus that of -x below."""
    size = e.abs(x)
    size = e.select(size > 10.1, 10.1, size)
    square = size * size
    lost = e.fma(size, size, -square)
    n, n_bits = e.rounded(square, -LOG2E)
    r = e.fma(n, -LN2_HI, -square) + e.fma(n, -LN2_LO, -lost)
    power = e.fma(r * r, e.polynomial(r, _EXP), r)
    d = 1.0 / (size + 2.25)
    q = d * e.polynomial(e.fma(d, -4.5, 1.0), _ERFCX)
    y = e.fma(q, power, q) * e.power_of_two(n_bits + 64) * 2.0**-64
    return e.select(x < 0.0, 2.0 - y, y)


def rsqrt(e: FunctionBuilder, x: Value) -> Value:
    """1 / sqrt(x), both correctly rounded."""
    return 1.0 / e.sqrt(x)


def _split(e: FunctionBuilder, x: Value) -> tuple[Value, Value]:
    """k and m - 1 of x = 2^k m, m in [sqrt(1/2), sqrt(2)); subnormals are scaled up first."""
    tiny = x < 1.1754943508222875e-38
    bits = e.bits(e.select(tiny, x * 8388608.0, x)) + (0x3F800000 - SQRT_HALF_BITS)
    k = (bits >> 23) - e.select(tiny, e.integer(127 + 23), e.integer(127))
    m = e.from_bits((bits & 0x7FFFFF) + SQRT_HALF_BITS)
    return e.to_float(k), m - 1.0


def _log_of(e: FunctionBuilder, k: Value, f: Value, more: Value | None) -> Value:
    square = f * f
    low = k * LN2_LO if more is None else e.fma(k, LN2_LO, more)
    tail = e.fma(square * f, e.polynomial(f, _LOG), low)
    whole = e.fma(square, -0.5, tail)
    return e.fma(k, LN2_HI, whole + f)


def _log_special(e: FunctionBuilder, x: Value, y: Value) -> Value:
    """-inf at 0, NaN below, inf and NaN as they are."""
    y = e.select(x < INF, y, x)
    y = e.select(x.equals(0.0), -INF, y)
    return e.select(x < 0.0, NAN, y)
