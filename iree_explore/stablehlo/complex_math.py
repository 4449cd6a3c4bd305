# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic and elementary functions of complex numbers as formulas on real scalars.

`FUNCTIONS` maps the op's name to a formula on `(re, im)` of `Real` values, which record StableHLO
ops. The formulas hold over the whole plane: they scale where squares would overflow, avoid
cancellation next to zeros, and keep the branch cuts and special values of C99 (Annex G), that
NumPy has too.

Errors measured against mpmath over the whole plane, in ULP of the result's absolute value,
complex64 and complex128 alike: below 2 for + - * /, abs, exp, log, sin, cos, sinh, cosh, log1p,
acos, asin, acosh, atan, atanh; 3 for expm1, sqrt, cbrt, sign, asinh; 4 for tan, tanh, rsqrt; 5 for
logistic. power and atan2 of complex64 are computed in f64; of complex128, power loses what log
loses times |b log a|: 17 where that is 20.

Sources: W. Kahan, "Branch cuts for complex elementary functions" (1987); R. L. Smith, "Algorithm
116: complex division" (1962).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from xdsl.dialects.builtin import IntegerType, TensorType, f64
from xdsl.ir import Attribute, SSAValue

from iree_explore.elements import dtype_of
from iree_explore.stablehlo.base import element_type, shape_of
from iree_explore.stablehlo.decomposition import Decomposer


class Real:
    """A real scalar (or a mask) being computed: operators make StableHLO ops on rank 0.

    `numbers` are the constants made so far.
    """

    __slots__ = ("d", "numbers", "value")

    def __init__(self, d: Decomposer, value: SSAValue, numbers: dict[Any, SSAValue]):
        self.d, self.value, self.numbers = d, value, numbers

    def _of(self, value: SSAValue) -> Real:
        return Real(self.d, value, self.numbers)

    def number(self, x: float) -> Real:
        """`x` as a constant of this type."""
        key = (self.value.type, repr(x))
        if key not in self.numbers:
            self.numbers[key] = self.d.number(self.value, x)
        return self._of(self.numbers[key])

    def _operand(self, x: Real | float) -> SSAValue:
        return x.value if isinstance(x, Real) else self.number(x).value

    def _binary(self, name: str, x: Real | float, y: Real | float) -> Real:
        return self._of(self.d.make(name, self._operand(x), self._operand(y)))

    def __add__(self, x: Real | float) -> Real:
        return self._binary("add", self, x)

    def __sub__(self, x: Real | float) -> Real:
        return self._binary("subtract", self, x)

    def __rsub__(self, x: float) -> Real:
        return self._binary("subtract", x, self)

    def __mul__(self, x: Real | float) -> Real:
        return self._binary("multiply", self, x)

    def __truediv__(self, x: Real | float) -> Real:
        return self._binary("divide", self, x)

    def __rtruediv__(self, x: float) -> Real:
        return self._binary("divide", x, self)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Real:
        return self.call("negate")

    def __abs__(self) -> Real:
        return self.call("abs")

    def __and__(self, x: Real) -> Real:
        return self._binary("and", self, x)

    def __or__(self, x: Real) -> Real:
        return self._binary("or", self, x)

    def __invert__(self) -> Real:
        return self.call("not")

    def __lt__(self, x: Real | float) -> Real:
        return self.compare(x, "LT")

    def __gt__(self, x: Real | float) -> Real:
        return self.compare(x, "GT")

    def __le__(self, x: Real | float) -> Real:
        return self.compare(x, "LE")

    def compare(self, x: Real | float, direction: str) -> Real:
        return self._of(self.d.compare(self.value, self._operand(x), direction))

    def equals(self, x: Real | float) -> Real:
        return self.compare(x, "EQ")

    def call(self, name: str) -> Real:
        """A unary StableHLO op."""
        return self._of(self.d.make(name, self.value))

    def where(self, yes: Real | float, no: Real | float) -> Real:
        """`yes` where this mask holds, else `no`; at least one is a tensor."""
        like = yes if isinstance(yes, Real) else no
        assert isinstance(like, Real)
        a, b = like._operand(yes), like._operand(no)
        return self._of(self.d.select(self.value, a, b))

    def largest(self, x: Real) -> Real:
        return self._binary("maximum", self, x)

    def least(self, x: Real) -> Real:
        return self._binary("minimum", self, x)

    def atan2(self, x: Real) -> Real:
        return self._binary("atan2", self, x)

    def sqrt(self) -> Real:
        return self.call("sqrt")

    def converted(self, element: Attribute) -> Real:
        """The number in another float type."""
        return self._of(self.d.convert(self.value, element))

    def is_negative(self) -> Real:
        """Whether the sign bit is set."""
        type_ = IntegerType(dtype_of(element_type(self.value)).itemsize * 8)
        result = TensorType(type_, list(shape_of(self.value)))
        return self._of(self.d.make("bitcast_convert", self.value, type_=result)) < 0

    def signed(self, like: Real) -> Real:
        """This, which is not negative, with the sign bit of `like`."""
        return like.is_negative().where(-self, self)

    def is_infinite(self) -> Real:
        return abs(self).equals(math.inf)

    @property
    def wide(self) -> bool:
        """Whether it is f64."""
        return dtype_of(element_type(self.value)).itemsize == 8

    @property
    def epsilon(self) -> float:
        """The distance from 1 to the next number."""
        return 2.0**-52 if self.wide else 2.0**-23

    @property
    def overflow(self) -> float:
        """A number just below where exp overflows."""
        return 709.0 if self.wide else 88.0


Complex = tuple[Real, Real]
Formula = Callable[..., Any]


def add(a: Complex, b: Complex) -> Complex:
    return a[0] + b[0], a[1] + b[1]


def subtract(a: Complex, b: Complex) -> Complex:
    return a[0] - b[0], a[1] - b[1]


def negate(a: Complex) -> Complex:
    return -a[0], -a[1]


def multiply(a: Complex, b: Complex) -> Complex:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _ordered(a: Complex) -> tuple[Real, Real]:
    """The larger and the smaller of the two absolute values."""
    x, y = abs(a[0]), abs(a[1])
    return x.largest(y), x.least(y)


def absolute(a: Complex) -> Real:
    """sqrt(x² + y²) without overflow; infinite if either is."""
    large, small = _ordered(a)
    ratio = small / large
    value = large * (1.0 + ratio * ratio).sqrt()
    value = large.equals(0.0).where(large, value)
    return (a[0].is_infinite() | a[1].is_infinite()).where(math.inf, value)


def sign(a: Complex) -> Complex:
    """z / |z|, and zero for zero."""
    size = absolute(a)
    zero = size.equals(0.0)
    # |z| overflows at most by sqrt(2), and is inexact where subnormal: then z is scaled first
    large, _ = _ordered(a)
    factor = (large < 1e-30).where(1e30, (large > 1e30).where(1e-30, large.number(1.0)))
    scaled = a[0] * factor, a[1] * factor
    size = absolute(scaled)
    return zero.where(a[0], scaled[0] / size), zero.where(a[1], scaled[1] / size)


def divide(a: Complex, b: Complex) -> Complex:
    """Smith's method. Infinite operands count by their directions alone; what they do to the size
    is multiplied at the end. By zero, each part is divided."""
    infinite, infinite_b = _any_infinite(a), _any_infinite(b)
    zero = (abs(b[0]) + abs(b[1])).equals(0.0)
    x, y = (infinite.where(_direction(v), v) for v in a)
    c, d = (infinite_b.where(_direction(v), v) for v in b)
    swap = abs(c) < abs(d)
    large, small = swap.where(d, c), swap.where(c, d)
    first, second = swap.where(y, x), swap.where(x, y)
    ratio = small / large
    scale = large + small * ratio
    product = first * ratio
    re = infinite.where(x * c + y * d, (first + second * ratio) / scale)
    im = swap.where(product - second, second - product) / scale
    im = infinite.where(y * c - x * d, im)
    factor = infinite.where(math.inf, infinite_b.where(0.0, re.number(1.0)))
    factor = (infinite & infinite_b).where(math.nan, factor)
    return zero.where(a[0] / b[0], re * factor), zero.where(a[1] / b[0], im * factor)


def _any_infinite(a: Complex) -> Real:
    return a[0].is_infinite() | a[1].is_infinite()


def _finite(x: Real) -> Real:
    return abs(x) < math.inf


def _direction(x: Real) -> Real:
    """±1 for an infinity, else a zero of the same sign."""
    return x.is_infinite().where(x.call("sign"), x * 0.0)


def exponential(a: Complex) -> Complex:
    """Where e^x overflows, e^x cos y may not: the product is made in two steps."""
    x, y = a
    big = x > x.overflow
    power = big.where(x * 0.5, x).call("exponential")
    re, im = power * y.call("cosine"), power * y.call("sine")
    re, im = big.where(re * power, re), big.where(im * power, im)
    vanishes = x.equals(-math.inf) & ~_finite(y)
    return vanishes.where(0.0, re), vanishes.where(0.0, y.equals(0.0).where(y, im))


def exponential_minus_one(a: Complex) -> Complex:
    """(e^x - 1) cos y - 2 sin²(y / 2)"""
    x, y = a
    half = (y * 0.5).call("sine")
    re, im = exponential(a)
    small = x.call("exponential_minus_one") * y.call("cosine") - 2.0 * half * half
    return (abs(x) < 1.0).where(small, re - 1.0), im


def _far_log(large: Real, small: Real) -> Real:
    """log |z| where |z|² may overflow."""
    ratio = (small.equals(0.0) | large.equals(math.inf)).where(0.0, small / large)
    return large.call("log") + 0.5 * (ratio * ratio).call("log_plus_one")


def _log_size(x: Real, y: Real, less_one: Real) -> Real:
    """log |x + iy|, where `less_one` is x² + y² - 1 to be used near 1."""
    large, small = _ordered((x, y))
    value = _far_log(large, small)
    near = (large > 0.5) & (large < 3.0)
    return near.where(0.5 * less_one.call("log_plus_one"), value)


def log(a: Complex) -> Complex:
    x, y = a
    large, small = _ordered(a)
    less_one = (large - 1.0) * (large + 1.0) + small * small
    size = _log_size(x, y, less_one)
    infinite = x.is_infinite() | y.is_infinite()
    return infinite.where(math.inf, size), y.atan2(x)


def log_plus_one(a: Complex) -> Complex:
    x, y = a
    plain, angle = log((x + 1.0, y))
    near = (abs(x) < 0.5) & (abs(y) < 1.0)
    return near.where(0.5 * (x * (x + 2.0) + y * y).call("log_plus_one"), plain), angle


def sqrt(a: Complex) -> Complex:
    """By the root of the larger part, so that nothing overflows."""
    x, y = abs(a[0]), abs(a[1])
    large, small = x.largest(y), x.least(y)
    ratio = large.equals(0.0).where(0.0, small / large)
    ratio = large.equals(math.inf).where(0.0, ratio)
    hypot = (1.0 + ratio * ratio).sqrt()
    root = large.sqrt() * (((x < y).where(ratio, 1.0 + 0.0 * ratio) + hypot) * 0.5).sqrt()
    other = root.equals(0.0).where(root, y / (root * 2.0))
    left = a[0].is_negative()
    re = left.where(other, root)
    im = left.where(root, other).signed(a[1])
    infinite = y.equals(math.inf)
    return infinite.where(math.inf, re), infinite.where(a[1], im)


def rsqrt(a: Complex) -> Complex:
    root = sqrt(a)
    return divide((root[0].number(1.0), root[0].number(0.0)), root)


def cbrt(a: Complex) -> Complex:
    # by powers of 8 away from where |z| overflows or is subnormal
    large, _ = _ordered(a)
    small, big = large < 1e-30, large > 1e30
    factor = small.where(2.0**60, big.where(2.0**-60, large.number(1.0)))
    back = small.where(2.0**-20, big.where(2.0**20, large.number(1.0)))
    size = absolute((a[0] * factor, a[1] * factor)).call("cbrt") * back
    angle = a[1].atan2(a[0]) * (1 / 3)
    return size * angle.call("cosine"), size * angle.call("sine")


def _tanh_parts(x: Real, y: Real) -> Complex:
    """tanh(x + iy) from tanh x, 1 - tanh² x and tan y."""
    tangent, th = y.call("tan"), x.call("tanh")
    decay = (-2.0 * abs(x)).call("exponential")
    rest = 4.0 * decay / ((1.0 + decay) * (1.0 + decay))
    square = tangent * tangent
    scale = 1.0 + th * th * square
    re, im = th * (1.0 + square) / scale, tangent * rest / scale
    far = x.is_infinite() & ~_finite(y)
    on_axis = y.equals(0.0)
    return far.where(th, re), on_axis.where(y, far.where(x.number(0.0).signed(y), im))


def tanh(a: Complex) -> Complex:
    return _tanh_parts(*a)


def tan(a: Complex) -> Complex:
    re, im = _tanh_parts(a[1], a[0])
    return im, re


def _hyperbolic(y: Real, even: Real, odd: Real) -> tuple[Real, Real]:
    """`even * cosh y` and `odd * sinh y`, which may be finite where cosh and sinh overflow."""
    size = abs(y)
    big = size > y.overflow
    grown = big.where(size * 0.5, size)
    power = grown.call("exponential")
    less_one = grown.call("exponential_minus_one")
    half = power * 0.5
    cosh = big.where(half, half + 0.5 / power)
    sinh = big.where(half, 0.5 * (less_one + less_one / power)).signed(y)
    first, second = even * cosh, odd * sinh
    first, second = big.where(first * power, first), big.where(second * power, second)
    zero = y.is_negative().where(-odd, odd)
    return even.equals(0.0).where(even, first), odd.equals(0.0).where(zero, second)


def sine(a: Complex) -> Complex:
    x, y = a
    return _hyperbolic(y, x.call("sine"), x.call("cosine"))


def cosine(a: Complex) -> Complex:
    x, y = a
    re, im = _hyperbolic(y, x.call("cosine"), x.call("sine"))
    return re, -im


def logistic(a: Complex) -> Complex:
    """1 / (1 + e^-z), left of zero e^z / (1 + e^z)"""
    left = a[0] < 0.0
    re, im = exponential((-abs(a[0]), left.where(a[1], -a[1])))
    return divide((left.where(re, 1.0), left.where(im, 0.0)), (1.0 + re, im))


def _in_f64(formula: Formula) -> Formula:
    """Computes in f64 what loses places by more than rounding, or where intermediate values
    overflow before the result does."""

    def compute(*args: Complex) -> Complex:
        if args[0][0].wide:
            return formula(*args)
        element = element_type(args[0][0].value)
        re, im = formula(*((a.converted(f64), b.converted(f64)) for a, b in args))
        return re.converted(element), im.converted(element)

    return compute


@_in_f64
def power(a: Complex, b: Complex) -> Complex:
    """e^(b log a); powers of zero are 1, 0 or without a value."""
    log_a = log(a)
    re, im = multiply(b, log_a)
    found = exponential((re, im))
    zero = absolute(a).equals(0.0)
    one = b[0].equals(0.0) & b[1].equals(0.0)
    at_zero = (b[0] > 0.0).where(0.0, found[0].number(math.nan))
    re, im = zero.where(at_zero, found[0]), zero.where(at_zero, found[1])
    return one.where(1.0, re), one.where(0.0, im)


@_in_f64
def atan2(a: Complex, b: Complex) -> Complex:
    """-i log((x + iy) / sqrt(x² + y²)) for y = `a` and x = `b`"""
    large = _ordered(a)[0].largest(_ordered(b)[0])  # scaled to where squares are neither 0 nor inf
    small, big = large < 2.0**-500, large > 2.0**500
    factor = small.where(2.0**1000, big.where(2.0**-520, large.number(1.0)))
    a, b = (a[0] * factor, a[1] * factor), (b[0] * factor, b[1] * factor)
    size = sqrt(add(multiply(a, a), multiply(b, b)))
    re, im = log(divide((b[0] - a[1], b[1] + a[0]), size))
    return im, -re


def sinh(a: Complex) -> Complex:
    x, y = a
    im, re = _hyperbolic(x, y.call("sine"), y.call("cosine"))
    return re, im


def cosh(a: Complex) -> Complex:
    x, y = a
    return _hyperbolic(x, y.call("cosine"), y.call("sine"))


def _inverse_sine(x: Real, y: Real) -> tuple[Real, Real]:
    """For x, y ≥ 0: D and v with asin(x + iy) = atan2(x, D) + iv and acos = atan2(D, x) - iv.

    T. E. Hull, T. F. Fairgrieve, P. T. P. Tang, "Implementing the complex arcsine and arccosine
    functions using exception handling" (1997); large numbers are taken out first.
    """
    large, small = x.largest(y), x.least(y)
    far = large > 4.0 / x.epsilon
    u, v = far.where(1.0, x), far.where(1.0, y)  # any numbers will do
    right, left = u + 1.0, abs(u - 1.0)
    r, s = absolute((right, v)), absolute((left, v))
    sum_right, sum_left = r + right, s + left
    a = 0.5 * (r + s)
    inside = u <= 1.0
    first = v * (v / sum_right)
    second = v.equals(0.0).where(0.0, v * (v / sum_left))
    inner = inside.where(first + sum_left, 1.0 / sum_right + 1.0 / sum_left)
    root = (0.5 * (a + u) * inner).sqrt()
    root = inside.where(root, root * v)
    less_one = 0.5 * (first + inside.where(second, sum_left))
    height = (a < 1.5).where(
        (less_one + (less_one * (a + 1.0)).sqrt()).call("log_plus_one"),
        (a + (a * a - 1.0).sqrt()).call("log"),
    )
    flat = inside & (v <= left * x.epsilon) & (left > 0.0)
    height = flat.where(v / (left * right).sqrt(), height)
    height = (u.equals(1.0) & (v < x.epsilon * x.epsilon)).where(v.sqrt(), height)
    return far.where(y, root), far.where(_far_log(large, small) + math.log(2.0), height)


def inverse_sine_kernel(a: Complex) -> Complex:
    """`chlo._asin_acos_kernel`: what asin, acos and their hyperbolic kin have in common."""
    return _inverse_sine(abs(a[0]), abs(a[1]))


def asin(a: Complex) -> Complex:
    root, height = _inverse_sine(abs(a[0]), abs(a[1]))
    return a[0].atan2(root), height.signed(a[1])


def acos(a: Complex) -> Complex:
    root, height = _inverse_sine(abs(a[0]), abs(a[1]))
    return root.atan2(a[0]), -height.signed(a[1])


def asinh(a: Complex) -> Complex:
    root, height = _inverse_sine(abs(a[1]), abs(a[0]))
    return height.signed(a[0]), a[1].atan2(root)


def acosh(a: Complex) -> Complex:
    root, height = _inverse_sine(abs(a[0]), abs(a[1]))
    return height, root.atan2(a[0]).signed(a[1])


def _inverse_tanh(x: Real, y: Real) -> tuple[Real, Real]:
    """The parts of atanh(x + iy) for x, y ≥ 0."""
    large, small = x.largest(y), x.least(y)
    infinite = x.is_infinite() | y.is_infinite()  # even if the other is NaN
    far = (large > 4.0 / x.epsilon) | infinite
    u, v = far.where(1.0, x), far.where(1.0, y)
    rest = 1.0 - u
    square = v * v
    near = 0.25 * (4.0 * u / (rest * rest + square)).call("log_plus_one")
    near = u.equals(1.0).where(0.25 * (4.0 + square).call("log") - 0.5 * v.call("log"), near)
    ratio = infinite.where(0.0, small / large)
    distant = (x / large) / (large * (1.0 + ratio * ratio))
    distant = infinite.where(0.0, distant)
    angle = 0.5 * (2.0 * v).atan2(rest * (1.0 + u) - square)
    # of an infinite real part and NaN, NaN
    right = (y.equals(y) | ~infinite).where(math.pi / 2, y)
    return far.where(distant, near), far.where(right, angle)


def atanh(a: Complex) -> Complex:
    re, im = _inverse_tanh(abs(a[0]), abs(a[1]))
    return re.signed(a[0]), im.signed(a[1])


def atan(a: Complex) -> Complex:
    re, im = _inverse_tanh(abs(a[1]), abs(a[0]))
    return im.signed(a[0]), re.signed(a[1])


FUNCTIONS: dict[str, Formula] = {
    "add": add, "subtract": subtract, "multiply": multiply, "divide": divide, "negate": negate,
    "abs": absolute, "sign": sign, "exponential": exponential,
    "exponential_minus_one": exponential_minus_one, "log": log, "log_plus_one": log_plus_one,
    "sqrt": sqrt, "rsqrt": rsqrt, "cbrt": cbrt, "tanh": tanh, "tan": tan,
    "sine": sine, "cosine": cosine, "logistic": logistic, "power": power, "atan2": atan2,
}  # fmt: skip
"""By the name of the StableHLO op."""
CLIENT_FUNCTIONS: dict[str, Formula] = {
    "acos": acos, "acosh": acosh, "asin": asin, "asinh": asinh, "atan": atan, "atanh": atanh,
    "cosh": cosh, "sinh": sinh, "tan": tan, "_asin_acos_kernel": inverse_sine_kernel,
}  # fmt: skip
"""By the name of the CHLO op."""
