# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How exact elementary functions are on the CPU: the bound of each function and element type, and
where they are measured.

A bound is the largest error in units in the last place of the exact result (0.5: correctly
rounded; 0: exact). `tests/ops/test_accuracy.py` holds llvm-cpu to them on samples;
`benchmarks/elementary_functions.py` measures all of f16 and bf16 and more of f32 and f64, beside
XLA, and docs/accuracy.md shows both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Sampler = Callable[[np.random.Generator, int], np.ndarray]


def uniform(low: float, high: float) -> Sampler:
    """Evenly spread numbers."""
    return lambda r, n: r.uniform(low, high, n)


def logarithmic(low: float, high: float, signed: bool = False) -> Sampler:
    """Numbers whose exponents are evenly spread; of both signs if `signed`."""

    def sample(r: np.random.Generator, n: int) -> np.ndarray:
        x = np.exp(r.uniform(np.log(low), np.log(high), n))
        return x * r.choice([-1.0, 1.0], n) if signed else x

    return sample


def near(center: float, widest: float = 1.0, narrowest: float = 1e-16) -> Sampler:
    """Numbers around one, ever closer."""
    step = logarithmic(narrowest, widest, signed=True)
    return lambda r, n: center + step(r, n)


def whole(low: int, high: int) -> Sampler:
    """Integers of [low, high)."""
    return lambda r, n: r.integers(low, high, n).astype(np.float64)


def multiples(unit: float, count: int) -> Sampler:
    """Multiples of a number as near as f64 comes to them."""
    return lambda r, n: r.integers(-count, count, n) * unit


@dataclass(frozen=True)
class Function:
    """An op, the greatest errors by element type, and where it is sampled.

    `samples` has a tuple of samplers (one an operand) for each region. `absolute`: errors are
    counted in units of the last place of max(|result|, 1), because the function has zeros that no
    f64 is near enough to.
    """

    op: str
    f16: float
    bf16: float
    f32: float
    f64: float
    samples: tuple[tuple[Sampler, ...], ...]
    note: str = ""
    absolute: bool = False

    @property
    def name(self) -> str:
        """The op without its dialect, and what is special of this line."""
        short = self.op.partition(".")[2]
        return f"{short}, {self.note}" if self.note else short

    def bound(self, element: str) -> float:
        """The bound for "f16", "bf16", "f32" or "f64"."""
        return getattr(self, element)


_SMALL = logarithmic(1e-300, 1, signed=True)
_ANY = logarithmic(1e-320, 1.7e308, signed=True)
_ANY_F32 = logarithmic(1e-45, 3.4e38, signed=True)
_POSITIVE = logarithmic(1e-320, 1.7e308)
_POSITIVE_F32 = logarithmic(1e-45, 3.4e38)
_ANGLES = (
    (uniform(-4, 4),), (uniform(-1000, 1000),), (_ANY_F32,), (_ANY,),
    (multiples(np.pi / 2, 1_000_000),),
)  # fmt: skip
_LOGS = ((_POSITIVE_F32,), (_POSITIVE,), (uniform(0.5, 2),), (near(1),))


def _function(
    op: str,
    f32: float,
    f64: float,
    *samples: tuple[Sampler, ...],
    note: str = "",
    absolute: bool = False,
    narrow: float = 0.502,
) -> Function:
    return Function(op, narrow, narrow, f32, f64, samples, note, absolute)


FUNCTIONS: tuple[Function, ...] = (
    _function("stablehlo.atan2", 0.501, 1.8, (uniform(-3, 3), uniform(-3, 3)),
              (_ANY_F32, _ANY_F32), (logarithmic(1e-150, 1e150, True), _ANY)),
    _function("stablehlo.cbrt", 0.501, 0.9, (uniform(-8, 8),), (_ANY_F32,), (_ANY,)),
    _function("stablehlo.cosine", 0.501, 0.9, *_ANGLES),
    _function("stablehlo.exponential", 1.0, 1.0, (uniform(-104, 89),), (uniform(-745, 710),),
              (uniform(-1, 1),), (_SMALL,)),
    _function("stablehlo.exponential_minus_one", 1.1, 1.2, (uniform(-20, 89),),
              (uniform(-40, 710),), (uniform(-2, 2),), (_SMALL,)),
    _function("stablehlo.log", 1.0, 1.0, *_LOGS),
    _function("stablehlo.log_plus_one", 1.0, 1.0, (_POSITIVE_F32,), (_POSITIVE,),
              (uniform(-1, 3),), (_SMALL,), (near(-1),)),
    _function("stablehlo.logistic", 1.5, 1.5, (uniform(-104, 20),), (uniform(-745, 38),),
              (uniform(-3, 3),)),
    _function("stablehlo.power", 0.501, 1.0, (uniform(0, 10), uniform(-300, 300)),
              (_POSITIVE_F32, uniform(-3, 3)), (_POSITIVE, uniform(-2, 2)),
              (near(1, 1e-3, 1e-8), uniform(-1e6, 1e6)), (uniform(-9, 9), whole(-30, 30))),
    _function("stablehlo.remainder", 0, 0, (uniform(-300, 300), uniform(-9, 9)),
              (_ANY_F32, _ANY_F32), (_ANY, _ANY), narrow=0),
    _function("stablehlo.rsqrt", 1.6, 1.6, (uniform(0, 4),), (_POSITIVE_F32,), (_POSITIVE,)),
    _function("stablehlo.sine", 0.501, 0.9, *_ANGLES),
    _function("stablehlo.sqrt", 0.5, 0.5, (uniform(0, 4),), (_POSITIVE_F32,), (_POSITIVE,),
              narrow=0.5),
    _function("stablehlo.tan", 0.501, 2.0, *_ANGLES),
    _function("stablehlo.tanh", 1.5, 1.9, (uniform(-1, 1),), (uniform(-10, 10),),
              (uniform(-22, 22),), (_SMALL,)),
    _function("chlo.acos", 0.501, 1.1, (uniform(-1, 1),), (_SMALL,), (near(0.99, 1e-2),),
              (near(-0.99, 1e-2),)),
    _function("chlo.acosh", 0.501, 0.9, (uniform(1, 3),), (logarithmic(1, 1e300),),
              (logarithmic(1, 3e38),), (lambda r, n: 1 + logarithmic(1e-16, 1)(r, n),)),
    _function("chlo.asin", 0.501, 0.8, (uniform(-1, 1),), (_SMALL,), (near(0.5, 0.1),)),
    _function("chlo.asinh", 0.501, 0.9, (uniform(-3, 3),), (near(0.5, 0.2),), (_ANY,), (_ANY_F32,)),
    _function("chlo.atan", 0.501, 0.9, (uniform(-3, 3),), (_ANY,), (_ANY_F32,)),
    _function("chlo.atanh", 0.501, 0.9, (uniform(-1, 1),), (_SMALL,),
              (lambda r, n: 1 - logarithmic(1e-16, 1)(r, n),)),
    _function("chlo.bessel_i1e", 0.501, 5.0, (uniform(-10, 10),), (_ANY,), (uniform(7, 50),)),
    _function("chlo.cosh", 0.501, 1.4, (uniform(-1.5, 1.5),), (uniform(-89, 89),),
              (uniform(-710, 710),)),
    _function("chlo.digamma", 0.501, 2.8, (uniform(0, 9),), (_POSITIVE,), (near(1.4616, 0.1),),
              (uniform(7, 30),), note="x > 0"),
    _function("chlo.digamma", 0.501, 10.0, (uniform(-5, 0),), (uniform(-100, 0),), note="x < 0",
              absolute=True),
    _function("chlo.erf", 1.1, 1.0, (uniform(-1.2, 1.2),), (uniform(-6, 6),), (_SMALL,)),
    _function("chlo.erf_inv", 0.501, 2.6, (uniform(-1, 1),), (_SMALL,),
              (lambda r, n: 1 - logarithmic(1e-16, 1)(r, n),)),
    _function("chlo.erfc", 6.5, 2.6, (uniform(-1.2, 1.2),), (uniform(-6, 10),),
              (uniform(0, 27.2),)),
    _function("chlo.lgamma", 0.501, 2.6, (uniform(0, 9),), (_POSITIVE,), (near(1, 0.1),),
              (near(2, 0.1),), (uniform(7, 30),), note="x > 0"),
    _function("chlo.lgamma", 0.501, 4.0, (uniform(-2.2, 0),), (uniform(-30, 0),), note="x < 0",
              absolute=True),
    _function("chlo.polygamma", 0.501, 5.0, (whole(0, 12), uniform(0.01, 12)),
              (whole(0, 30), logarithmic(1e-2, 1e3))),
    _function("chlo.sinh", 0.501, 1.8, (uniform(-1.5, 1.5),), (uniform(-89, 89),),
              (uniform(-710, 710),), (_SMALL,)),
    _function("chlo.zeta", 0.501, 4.0, (uniform(1.01, 12), uniform(0.01, 12)),
              (logarithmic(1.001, 60), logarithmic(1e-3, 1e3))),
)  # fmt: skip
"""Every elementary function of StableHLO and CHLO; atan and the like of narrow floats go through
f32 and are rounded once more."""

ELEMENTS = ("f16", "bf16", "f32", "f64")
