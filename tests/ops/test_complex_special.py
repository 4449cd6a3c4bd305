# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Complex functions on the whole grid of special values: compiled code against the reference, and
the reference against C99 (Annex G)."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import GapError
from iree_explore.recording.coverage_compare import compare
from iree_explore.stablehlo.complex_math import CLIENT_FUNCTIONS, FUNCTIONS

BINARY = frozenset({"add", "subtract", "multiply", "divide", "power", "atan2"})
NAN, INF = np.nan, np.inf


def special(part: type) -> list[float]:
    info = np.finfo(part)
    return [NAN, INF, -INF, 0.0, -0.0, 1, -1, 0.5, -3, info.max, -info.max, info.smallest_normal,
            -info.smallest_subnormal, 1e-3, 100.0, 1e10]  # fmt: skip


def grid(dtype: type, values: list[float]) -> np.ndarray:
    n = len(values)
    found = np.empty((n, n), dtype)
    found.real, found.imag = np.array(values)[:, None], np.array(values)[None, :]  # pyright: ignore
    return found.reshape(-1)


def run(name: str, target: str, *args: np.ndarray) -> np.ndarray:
    element = "complex<f32>" if args[0].dtype == np.complex64 else "complex<f64>"
    type_ = f"tensor<{args[0].size}x{element}>"
    result = type_.replace(element, element[8:-1]) if name == "stablehlo.abs" else type_
    names = [f"%a{i}" for i in range(len(args))]
    text = f"""
    func.func @main({", ".join(f"{n}: {type_}" for n in names)}) -> {result} {{
      %0 = "{name}"({", ".join(names)}) : ({", ".join([type_] * len(args))}) -> {result}
      return %0 : {result}
    }}"""
    return np.asarray(ie.compile(text, target).main(*args))


def agree(name: str, *args: np.ndarray, ulps: float = 64) -> None:
    wanted, found = (run(name, target, *args) for target in ("reference", "llvm-cpu"))
    problem = compare(wanted, found, ulps, False).problem
    assert not problem, problem


UNARY = [*(f"stablehlo.{name}" for name in FUNCTIONS if name not in BINARY),
         *(f"chlo.{name}" for name in CLIENT_FUNCTIONS)]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("name", UNARY)
def test_special_values(name: str, dtype: type) -> None:
    part = np.float32 if dtype == np.complex64 else np.float64
    agree(name, grid(dtype, special(part)))


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize(
    "name", ["stablehlo.add", "stablehlo.divide", "stablehlo.maximum", "stablehlo.minimum"]
)
def test_special_pairs(name: str, dtype: type) -> None:
    z = grid(dtype, [NAN, INF, -INF, 0.0, -0.0, 1, -3, 0.5, 1e10])
    w = z[::2]
    agree(name, np.repeat(z, w.size), np.tile(w, z.size))


@pytest.mark.parametrize(("dtype", "ulps"), [(np.complex64, 4), (np.complex128, 1024)])
def test_powers(dtype: type, ulps: float) -> None:
    z = grid(dtype, [0.0, 1, -1, 0.5, -3, 12.5])
    agree("stablehlo.power", np.repeat(z, z.size), np.tile(z, z.size), ulps=ulps)


@pytest.mark.parametrize("name", ["stablehlo.power", "stablehlo.atan2"])
def test_intermediate_values_do_not_overflow(name: str) -> None:
    z = np.array([3e38 + 3e38j, 1e-40 + 2e-40j, 3e38 + 1j, -2e30 + 1e25j], np.complex64)
    w = np.array([0.5 - 0.25j, 3e-40 + 1e-40j, 1e38 - 2e38j, 0.25 + 0.5j], np.complex64)
    agree(name, z, w, ulps=4)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_annex_g(target: str) -> None:
    one = np.complex64(1)
    a = np.array([complex(INF, 0), one, complex(INF, 1), complex(2, -INF)], np.complex64)
    b = np.array([complex(1, 1), complex(INF, INF), complex(INF, 1), complex(1, 0)], np.complex64)
    found = run("stablehlo.divide", target, a, b)
    assert found[0] == complex(INF, -INF)
    assert found[1] == 0
    assert np.isnan(found[2])
    assert found[3].imag == -INF
    root = run("stablehlo.rsqrt", target, np.array([complex(-0.0, INF), complex(NAN, INF)]))
    assert (root == 0).all()
    angle = run("chlo.atan", target, np.array([complex(INF, NAN), complex(-INF, NAN)]))
    np.testing.assert_allclose(angle, [np.pi / 2, -np.pi / 2])


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("name", ["stablehlo.remainder", "chlo.broadcast_remainder"])
def test_the_remainder_is_a_declared_gap(name: str, target: str) -> None:
    z = np.ones(2, np.complex64)
    with pytest.raises(GapError, match="remainder: nothing defines it for complex numbers"):
        run(name, target, z, z)


def test_selecting_among_complex_numbers_is_a_declared_gap() -> None:
    text = """
    func.func @main(%a: tensor<4xcomplex<f32>>, %b: tensor<2xcomplex<f32>>,
                    %z: tensor<complex<f32>>) -> tensor<4xcomplex<f32>> {
      %0 = "stablehlo.select_and_scatter"(%a, %b, %z) <{
        window_dimensions = array<i64: 2>, window_strides = array<i64: 2>}> ({
      ^bb0(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>):
        %p = stablehlo.compare GE, %x, %y : (tensor<complex<f32>>, tensor<complex<f32>>)
          -> tensor<i1>
        stablehlo.return %p : tensor<i1>
      }, {
      ^bb0(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>):
        %s = stablehlo.add %x, %y : tensor<complex<f32>>
        stablehlo.return %s : tensor<complex<f32>>
      }) : (tensor<4xcomplex<f32>>, tensor<2xcomplex<f32>>, tensor<complex<f32>>)
        -> tensor<4xcomplex<f32>>
      return %0 : tensor<4xcomplex<f32>>
    }"""
    with pytest.raises(GapError, match="select_and_scatter: windows select among numbers of one"):
        ie.compile(text, "llvm-cpu")
