# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's special functions of numbers, with known and unknown sizes, against its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.agreement import assert_agrees
from tests.frontend.tensorflow_ops import Case, check

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(5)
X = RNG.uniform(0.05, 0.95, (2, 3)).astype(np.float32)
SHAPES = RNG.uniform(0.2, 6.0, (2, 3)).astype(np.float32)

SERIES = (
    "BesselI0", "BesselI1", "BesselK0", "BesselK0e", "BesselK1", "BesselK1e", "BesselJ0",
    "BesselJ1", "BesselY0", "BesselY1", "Dawsn", "Expint", "FresnelCos", "FresnelSin", "Spence",
)  # fmt: skip
UNARY = (*SERIES, "Erfinv", "Ndtri", "BesselI0e", "BesselI1e")


def unary(name: str) -> Callable[[Any], Any]:
    return lambda x: getattr(tf.raw_ops, name)(x=x)


def gamma(name: str) -> Callable[[Any, Any], Any]:
    return lambda a, x: getattr(tf.raw_ops, name)(a=a, x=x)


ONE: dict[str, Case] = {name: (unary(name), [X]) for name in UNARY}
MORE: dict[str, Case] = {
    **{name: (gamma(name), [SHAPES, X * 6]) for name in ("Igamma", "Igammac", "IgammaGradA")},
    "broadcast": (gamma("Igamma"), [SHAPES[:, :1], X[:1]]),
    "another rank": (gamma("Igammac"), [SHAPES[:, :1], X[0]]),
    "double": (gamma("Igamma"), [SHAPES.astype(np.float64), (X * 6).astype(np.float64)]),
    "beta": (tf.math.betainc, [SHAPES, SHAPES[::-1] + 1, X]),
    "beta of one": (lambda x: tf.math.betainc(tf.constant(2.0), tf.constant(3.0), x), [X]),
    "zeta": (tf.math.zeta, [SHAPES + 1.5, X]),
    "polygamma": (tf.math.polygamma, [np.floor(SHAPES), X]),
    "gamma samples": (
        lambda a, x: tf.raw_ops.RandomGammaGrad(alpha=a, sample=x),
        [SHAPES, X * 6],
    ),
    "normal": (lambda x: tf.math.erfcinv(x) + tf.math.ndtri(x), [X]),
}


@pytest.mark.parametrize("unknown", ["none", "batch", "all"])
@pytest.mark.parametrize("family", ["ONE", "MORE"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown, rtol=3e-5, atol=3e-6)


def test_gradients_match_tensorflow() -> None:
    def gradient(function: Callable[..., Any], count: int) -> Callable[..., Any]:
        def results(*x: Any) -> Any:
            return tf.gradients(function(*x), x[-count:])

        return results

    names = ("BesselI0e", "BesselI1e", "BesselK0", "BesselJ1", "BesselY0", "Dawsn", "Erfinv")
    cases: dict[str, Case] = {name: (gradient(unary(name), 1), [X]) for name in names}
    cases["Igamma"] = gradient(gamma("Igamma"), 2), [SHAPES, X * 6]
    cases["beta"] = gradient(tf.math.betainc, 1), [SHAPES, SHAPES + 1, X]
    check(cases, "all", rtol=1e-4, atol=1e-5)


WIDE = np.concatenate([np.geomspace(1e-6, 90, 240), np.linspace(0.01, 30, 160)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_series_are_exact_wherever_the_argument_is(dtype: type) -> None:
    """Some last places of SciPy's definition, or of the waves' size where they have zeros."""
    from scipy import special

    definitions = {
        "BesselI0": special.i0, "BesselI1": special.i1, "BesselK0": special.k0,
        "BesselK0e": special.k0e, "BesselK1": special.k1, "BesselK1e": special.k1e,
        "BesselJ0": special.j0, "BesselJ1": special.j1, "BesselY0": special.y0,
        "BesselY1": special.y1, "Dawsn": special.dawsn, "Expint": special.expi,
        "FresnelCos": lambda x: special.fresnel(x)[1],
        "FresnelSin": lambda x: special.fresnel(x)[0], "Spence": special.spence,
    }  # fmt: skip
    spec = tf.TensorSpec([None], dtype)
    source = tf.function(lambda x: [unary(name)(x) for name in SERIES], input_signature=[spec])
    module = ie.compile(source, target="llvm-cpu")
    x = np.concatenate([WIDE, -WIDE]).astype(dtype)
    exact = x.astype(np.float64)
    last = float(np.finfo(dtype).eps)
    for name, found in zip(SERIES, module.main(x), strict=True):
        wanted = definitions[name](exact)
        both = x > 0
        if name in ("BesselI0", "BesselI1", "BesselJ0", "BesselJ1", "Dawsn") or "Fresnel" in name:
            both |= x < 0
        assert np.asarray(found).dtype == dtype
        # An argument of x last places moves exponentials by x, and waves' phases as well.
        slack = np.abs(exact) if name[:7] in ("BesselI", "BesselK", "Expint") else 1.0
        waves = name[:7] in ("BesselJ", "BesselY", "Fresnel") or name in ("Expint", "Spence")
        angles = exact**2 * 2 if "Fresnel" in name else np.abs(exact)
        floor = np.minimum(np.abs(wanted), 1) if not waves else 0.4 * (1 + angles / 8)
        bound = last * (100 + slack) * np.maximum(np.abs(wanted), floor)
        bound = np.maximum(bound, np.finfo(dtype).tiny)
        error = np.abs(np.asarray(found, np.float64) - wanted)[both]
        assert np.all(error <= bound[both]), (name, np.max(error / bound[both]))


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_values_at_the_edges_are_tensorflows(target: str) -> None:
    edges = np.array([0.0, -1.0, -30.0, np.nan], np.float32)
    names = [n for n in UNARY if n != "BesselY1"]  # TensorFlow's is NaN at its pole
    assert_agrees(
        lambda x: [unary(name)(x) for name in names],
        [tf.TensorSpec([None])],
        [[edges], [edges[:1]], [edges[:0]]],
        target,
        rtol=1e-4,
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_floats_are_rounded_once(dtype: str) -> None:
    x = tf.cast(tf.constant(X), dtype)
    names = ("BesselJ0", "BesselK1e", "Dawsn", "Spence", "Expint")
    spec = tf.TensorSpec([None, 3], dtype)
    source = tf.function(lambda x: [unary(name)(x) for name in names], input_signature=[spec])
    module = ie.compile(source, target="llvm-cpu")
    for name, found in zip(names, module.main(x.numpy()), strict=True):
        assert np.asarray(found).dtype == x.numpy().dtype
        wanted = tf.cast(unary(name)(tf.cast(x, tf.float32)), dtype)  # it has no narrow kernels
        np.testing.assert_array_equal(np.asarray(found, np.float32), tf.cast(wanted, tf.float32))
