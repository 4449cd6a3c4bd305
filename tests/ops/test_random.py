# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random numbers: generator bits against XLA's, distributions against their moments."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie

from .oracle import run_xla
from .targets import run

TARGETS = ("reference", "llvm-cpu")
HUGE = 2**64 - 2


def bits_module(algorithm: str, count: int, shape: tuple[int, ...], element: str) -> str:
    state, out = f"tensor<{count}xui64>", "x".join(map(str, (*shape, element)))
    return f"""
    func.func @main(%s: {state}) -> ({state}, tensor<{out}>) {{
      %0, %1 = stablehlo.rng_bit_generator %s, algorithm = {algorithm}
        : ({state}) -> ({state}, tensor<{out}>)
      return %0, %1 : {state}, tensor<{out}>
    }}"""


CASES = [
    ("THREE_FRY", (7, HUGE), (5,), "ui32"),
    ("THREE_FRY", (1 << 40, 2), (3, 4), "i8"),
    ("THREE_FRY", (3, 2), (), "ui16"),
    ("THREE_FRY", (3, 2), (5, 3, 7), "i32"),
    ("THREE_FRY", (3, 2), (3, 5), "ui64"),
    ("THREE_FRY", (3, 2), (4, 3), "f32"),
    ("THREE_FRY", (3, 2), (2, 0), "ui32"),
    ("PHILOX", (7, HUGE), (9,), "ui32"),
    ("PHILOX", (7, HUGE, HUGE + 1), (9,), "i64"),
    ("PHILOX", (7, 5, 6), (3, 3), "ui8"),
    ("PHILOX", (7, 5, 6), (), "f64"),
    ("DEFAULT", (1, 2), (6,), "i16"),
    ("DEFAULT", (1, 2, 3), (6,), "f16"),
]


@pytest.mark.parametrize(("algorithm", "state", "shape", "element"), CASES)
def test_bits_are_xlas(
    algorithm: str, state: tuple[int, ...], shape: tuple[int, ...], element: str
) -> None:
    text = bits_module(algorithm, len(state), shape, element)
    given = np.array(state, np.uint64)
    width = int(element.lstrip("uif"))
    words = bits_module(algorithm, len(state), shape, f"ui{width}")
    want_state, want = run_xla(words, [given])
    for target in TARGETS:
        got_state, got = run(text, given, target=target)
        np.testing.assert_array_equal(got_state, want_state, target)
        assert got.tobytes() == want.tobytes(), target


@pytest.mark.parametrize("algorithm", ["THREE_FRY", "PHILOX"])
def test_state_of_another_size_is_refused(algorithm: str) -> None:
    with pytest.raises(ie.ModelError, match="the state of"):
        ie.compile(bits_module(algorithm, 4, (3,), "ui32"), target="llvm-cpu")


def draws(distribution: str, element: str, low: object, high: object, shape: str = "20000") -> str:
    scalar, out = f"tensor<{element}>", f"tensor<{shape}x{element}>"
    rank = shape.count("x") + 1
    sizes = "[" + shape.replace("x", ", ") + "]"
    return f"""
    func.func @main() -> {out} {{
      %a = stablehlo.constant dense<{low}> : {scalar}
      %b = stablehlo.constant dense<{high}> : {scalar}
      %s = stablehlo.constant dense<{sizes}> : tensor<{rank}xi64>
      %0 = stablehlo.rng %a, %b, %s, distribution = {distribution}
        : ({scalar}, {scalar}, tensor<{rank}xi64>) -> {out}
      return %0 : {out}
    }}"""


@pytest.mark.parametrize("element", ["f16", "f32", "f64"])
def test_uniform_floats(element: str) -> None:
    module = ie.compile(draws("UNIFORM", element, "-1.0", "3.0"), target="llvm-cpu")
    x = np.asarray(module.main()).astype(np.float64)
    assert x.min() >= -1 and x.max() < 3
    assert abs(x.mean() - 1) < 0.05 and abs(x.var() - 16 / 12) < 0.05
    counts, _ = np.histogram(x, 8, (-1, 3))
    assert np.abs(counts - 2500).max() < 250


@pytest.mark.parametrize("element", ["bf16", "f32", "f64"])
def test_normal(element: str) -> None:
    module = ie.compile(draws("NORMAL", element, "2.0", "3.0"), target="llvm-cpu")
    x = np.asarray(module.main()).astype(np.float64)
    assert np.isfinite(x).all()
    assert abs(x.mean() - 2) < 0.1 and abs(x.std() - 3) < 0.1
    z = (x - 2) / 3
    assert abs((np.abs(z) < 1).mean() - 0.6827) < 0.02
    assert abs((np.abs(z) < 2).mean() - 0.9545) < 0.01
    assert abs((z**3).mean()) < 0.1 and abs((z**4).mean() - 3) < 0.25


@pytest.mark.parametrize("element", ["i8", "ui16", "i32", "ui64"])
def test_uniform_integers(element: str) -> None:
    low = 0 if element.startswith("u") else -4
    module = ie.compile(draws("UNIFORM", element, low, low + 10), target="llvm-cpu")
    x = np.asarray(module.main()).astype(np.int64)
    values, counts = np.unique(x, return_counts=True)
    np.testing.assert_array_equal(values, np.arange(low, low + 10))
    assert np.abs(counts - 2000).max() < 250


def test_uniform_booleans() -> None:
    x = np.asarray(ie.compile(draws("UNIFORM", "i1", "false", "true"), target="llvm-cpu").main())
    assert 0.47 < x.mean() < 0.53


@pytest.mark.parametrize(
    ("distribution", "element"),
    [("UNIFORM", "i32"), ("UNIFORM", "f64"), ("NORMAL", "bf16"), ("NORMAL", "f64")],
)
def test_calls_differ_and_runs_repeat(distribution: str, element: str) -> None:
    text = draws(distribution, element, *(("0", "1000") if element == "i32" else ("0.", "1.")),
                 "4x5")  # fmt: skip
    runs = []
    for target in (*TARGETS, "llvm-cpu"):
        module = ie.compile(text, target=target)
        runs.append([np.asarray(module.main()) for _ in range(3)])
    for other in runs[1:]:
        for x, y in zip(runs[0], other, strict=True):
            wide = (a.astype(np.float64) for a in (x, y))
            np.testing.assert_allclose(*wide, rtol=1e-2 if element == "bf16" else 1e-5, atol=1e-6)
    assert len({x.tobytes() for x in runs[0]}) == 3


DYNAMIC = """
func.func @main(%n: tensor<2xi64>) -> (tensor<?x?xELEMENT>, tensor<?x?xELEMENT>) {
  %a = stablehlo.constant dense<0.0> : tensor<ELEMENT>
  %b = stablehlo.constant dense<1.0> : tensor<ELEMENT>
  %0 = stablehlo.rng %a, %b, %n, distribution = UNIFORM
    : (tensor<ELEMENT>, tensor<ELEMENT>, tensor<2xi64>) -> tensor<?x?xELEMENT>
  %1 = stablehlo.rng %a, %b, %n, distribution = NORMAL
    : (tensor<ELEMENT>, tensor<ELEMENT>, tensor<2xi64>) -> tensor<?x?xELEMENT>
  return %0, %1 : tensor<?x?xELEMENT>, tensor<?x?xELEMENT>
}
"""


@pytest.mark.parametrize("element", ["f64"])
def test_shapes_known_at_run_time(element: str) -> None:
    text = DYNAMIC.replace("ELEMENT", element)
    compiled, defined = (ie.compile(text, target=t) for t in ("llvm-cpu", "reference"))
    for sizes in ([3, 5], [0, 2], [7, 1]):
        n = np.array(sizes)
        for got, want in zip(compiled.main(n), defined.main(n), strict=True):
            np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=2e-5, atol=1e-6)


def test_normal_integers_are_refused() -> None:
    with pytest.raises(ie.ModelError, match="NORMAL needs a float type"):
        ie.compile(draws("NORMAL", "i32", 0, 1), target="llvm-cpu")


@pytest.mark.parametrize("element", ["f8E4M3FN", "f4E2M1FN", "i4", "ui2"])
def test_bits_of_narrow_types(element: str) -> None:
    """The low bits of the words, whatever they mean."""
    given = np.array([7, 5], np.uint64)
    width = int(element.lstrip("uif")[0])
    words = np.asarray(ie.compile(bits_module("PHILOX", 2, (9,), "ui32"), target="reference")
                       .main(given)[1])  # fmt: skip
    for target in TARGETS:
        module = ie.compile(bits_module("PHILOX", 2, (9,), element), target=target)
        got = np.asarray(module.main(given)[1]).view(np.uint8) & ((1 << width) - 1)
        np.testing.assert_array_equal(got, words & ((1 << width) - 1))
