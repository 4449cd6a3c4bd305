# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Complex numbers in every kind of op: random programs against XLA.

What the accuracy of the functions is by mpmath is said in `iree_explore/stablehlo/complex_math.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie

from .oracle import program, run_xla
from .targets import assert_close, run_llvm_cpu, run_reference, verify

TARGETS = ("reference", "llvm-cpu")


def draw(name: str, *shapes: tuple[int, ...], dtype: Any = np.complex64) -> list[np.ndarray]:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    found = []
    for shape in shapes:
        value = rng.integers(-16, 17, (*shape, 2)) / 8
        found.append((value[..., 0] + 1j * value[..., 1]).astype(dtype))
    return found


def _lax() -> Any:
    return pytest.importorskip("jax").lax


def _numpy() -> Any:
    return pytest.importorskip("jax.numpy")


def _cumulative(a: Any) -> Any:
    lax = _lax()
    return lax.associative_scan(lambda x, y: x * y + 0.5, a)


def _reduce(a: Any) -> Any:
    lax, jnp = _lax(), _numpy()
    zero = jnp.zeros((), a.dtype)
    return lax.reduce(a, zero, lambda x, y: x + y * lax.conj(y), (1,))


def _window(a: Any) -> Any:
    lax, jnp = _lax(), _numpy()
    return lax.reduce_window(a, jnp.zeros((), a.dtype), lax.add, (2, 2), (1, 2), "SAME")


def _window_product(a: Any) -> Any:
    lax, jnp = _lax(), _numpy()
    return lax.reduce_window(a, jnp.ones((), a.dtype), lax.mul, (2, 2), (1, 1), "VALID")


def _convolution(a: Any, b: Any) -> Any:
    return _lax().conv_general_dilated(a, b, (1, 2), "SAME", (1, 1), (1, 2))


def _while(a: Any) -> Any:
    lax = _lax()
    return lax.while_loop(lambda s: s[0] < 5, lambda s: (s[0] + 1, s[1] * a + 1), (0, a))[1]


def _case(i: Any, a: Any) -> Any:
    lax = _lax()
    return lax.switch(i, [lambda x: x * 2, lambda x: x.conj(), lambda x: x + 1j], a)


def _scatter(a: Any, b: Any) -> Any:
    return a.at[_numpy().array([3, 0, 3])].add(b)


def _scatter_product(a: Any, b: Any) -> Any:
    return a.at[_numpy().array([1, 1, 2])].multiply(b)


def _gather(a: Any) -> Any:
    return a[_numpy().array([2, 0, 5, -1]), 1:]


def _pad(a: Any) -> Any:
    lax = _lax()
    return lax.pad(a, a.dtype.type(1 - 2j), ((1, 0, 2), (-1, 2, 0)))


def _update(a: Any, b: Any) -> Any:
    lax = _lax()
    return lax.dynamic_update_slice(a, b, (2, 1)) + lax.dynamic_slice(a, (4, 4), (1, 1))


def _nested(a: Any) -> Any:
    jax = pytest.importorskip("jax")
    inner = jax.jit(lambda x: (x * x, x.real))
    square, re = inner(a)
    return square + re


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "arithmetic": (lambda a, b: (a + b) * (a - b) / (b * b + 3j) - -a, ((3, 4), (3, 4))),
    "parts": (lambda a: a.real * 2 + a.imag, ((3, 4),)),
    "made of reals": (lambda a: _lax().complex(a.imag, a.real), ((5,),)),
    "conjugate": (lambda a: a.conj() * 1j, ((3,),)),
    "compare": (lambda a, b: (a == b) | (a != b), ((6,), (6,))),
    "select": (lambda a, b: _numpy().where(a.real > b.real, a, b), ((6,), (6,))),
    "convert": (lambda a: a.astype(np.complex128) + a.real, ((4,),)),
    "from integers": (lambda a: _numpy().arange(4).astype(a.dtype) * a, ((4,),)),
    "scalars": (lambda a, b: a * b, ((), ())),
    "no elements": (lambda a: a * 2, ((0, 3),)),
    "reshape": (lambda a: a.reshape(2, 6).T, ((3, 4),)),
    "broadcast": (lambda a: _numpy().broadcast_to(a, (2, 3, 4)) * 1j, ((3, 1),)),
    "slices": (lambda a: a[1:3, ::2] + a[::-1][:2, :2], ((4, 4),)),
    "update": (_update, ((4, 4), (1, 2))),
    "pad": (_pad, ((3, 3),)),
    "concatenate": (lambda a, b: _numpy().concatenate([a, b, a], 1), ((2, 3), (2, 1))),
    "gather": (_gather, ((6, 3),)),
    "scatter": (_scatter, ((5,), (3,))),
    "scatter product": (_scatter_product, ((5,), (3,))),
    "sum": (lambda a: a.sum(1), ((3, 5),)),
    "product": (lambda a: _numpy().prod(a, 0), ((4, 3),)),
    "reduction of both halves": (_reduce, ((3, 4),)),
    "sum of nothing": (lambda a: a.sum(0), ((0, 3),)),
    "window": (_window, ((4, 5),)),
    "window product": (_window_product, ((3, 4),)),
    "scan": (_cumulative, ((6,),)),
    "cumulative sum": (lambda a: _numpy().cumsum(a, 1), ((2, 5),)),
    "sort": (lambda a: _lax().sort(a), ((9,),)),
    "matmul": (lambda a, b: a @ b, ((3, 4), (4, 2))),
    "matmul with real": (lambda a, b: _lax().dot(a, b.real.astype(a.dtype)), ((3, 4), (4, 2))),
    "batched matmul": (lambda a, b: _numpy().einsum("bij,bkj->bik", a, b), ((2, 3, 4), (2, 2, 4))),
    "convolution": (_convolution, ((1, 2, 4, 5), (3, 2, 2, 2))),
    "while": (_while, ((3,),)),
    "calls": (_nested, ((3,),)),
    "outer product": (lambda a, b: _numpy().outer(a, b.conj()), ((3,), (2,))),
    "absolute": (lambda a: abs(a) + _numpy().angle(a), ((3, 4),)),
    "power": (lambda a, b: a**b, ((7,), (7,))),
    "integer power": (lambda a: a**3, ((7,),)),
}  # fmt: skip


DOUBLE = ("arithmetic", "parts", "matmul", "sum", "scatter", "pad", "while", "integer power")


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_agrees_with_xla(name: str) -> None:
    function, shapes = PROGRAMS[name]
    dtype = np.complex128 if name in DOUBLE else np.complex64
    inputs = draw(name, *shapes, dtype=dtype)
    text = program(function, *inputs)
    verify(text, inputs, run_xla(text, inputs), TARGETS)


def test_case_takes_complex_values() -> None:
    (a,) = draw("case", (3,))
    for i in (0, 1, 2, 7):
        inputs = [np.array(i, np.int32), a]
        text = program(_case, *inputs)
        verify(text, inputs, run_xla(text, inputs), TARGETS)


UNARY = (
    "abs", "sign", "negate", "exponential", "exponential_minus_one", "log", "log_plus_one", "sqrt",
    "rsqrt", "tanh", "tan", "sine", "cosine", "logistic",
)  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_function_agrees_with_xla(name: str) -> None:
    """XLA's own errors are up to some tens of ULP."""
    dtype = np.complex64 if len(name) % 2 else np.complex128
    (a,) = draw(name, (40,), dtype=dtype)
    element = "complex<f32>" if dtype is np.complex64 else "complex<f64>"
    result = element[8:-1] if name == "abs" else element
    text = (
        f"func.func @main(%a: tensor<40x{element}>) -> tensor<40x{result}> {{\n"
        f'  %0 = "stablehlo.{name}"(%a) : (tensor<40x{element}>) -> tensor<40x{result}>\n'
        f"  return %0 : tensor<40x{result}>\n}}"
    )
    (want,) = run_xla(text, [a])
    for run in (run_reference, run_llvm_cpu):
        (got,) = run(text, [a])
        assert got.dtype == want.dtype
        assert_close(got, want, 2e-6 if dtype is np.complex64 else 1e-13)


DYNAMIC = {
    "add": "%0 = stablehlo.add %a, %a : $",
    "divide": "%0 = stablehlo.divide %a, %a : $",
    "sqrt": "%0 = stablehlo.sqrt %a : $",
    "transpose": "%1 = stablehlo.transpose %a, dims = [1, 0] : ($) -> tensor<3x4xcomplex<f32>>\n"
    "%0 = stablehlo.transpose %1, dims = [1, 0] : (tensor<3x4xcomplex<f32>>) -> $",
    "dot": "%0 = stablehlo.dot_general %a, %a, batching_dims = [0, 1] x [0, 1], "
    "contracting_dims = [] x [] : ($, $) -> $",
    "fft": "%0 = stablehlo.fft %a, type = FFT, length = [3] : ($) -> $",
    "inverse fft": "%0 = stablehlo.fft %a, type = IFFT, length = [3] : ($) -> $",
}


@pytest.mark.parametrize("name", DYNAMIC)
def test_unknown_sizes(name: str) -> None:
    t = "tensor<4x3xcomplex<f32>>"
    body = DYNAMIC[name].replace("$", t)
    text = f"func.func @main(%a: {t}) -> {t} {{\n{body}\n  return %0 : {t}\n}}"
    (a,) = draw(name, (4, 3))
    a[a == 0] = 1
    (want,) = run_reference(text, [a])
    dynamic = text.replace("tensor<4x", "tensor<?x").replace("3x4x", "3x?x")
    for run in (run_reference, run_llvm_cpu):
        (got,) = run(dynamic, [a])
        assert got.shape == want.shape
        assert_close(got, want, 1e-6)


def test_weights_and_variables_may_be_complex() -> None:
    text = """
    ml_program.global private mutable @v(dense<(1.0, 2.0)> : tensor<2xcomplex<f32>>)
        : tensor<2xcomplex<f32>>
    ml_program.global private @w(dense<[(0.0, 1.0), (3.0, 0.0)]> : tensor<2xcomplex<f32>>)
        : tensor<2xcomplex<f32>>
    func.func @main(%a: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>> {
      %w = ml_program.global_load_const @w : tensor<2xcomplex<f32>>
      %v = ml_program.global_load @v : tensor<2xcomplex<f32>>
      %0 = stablehlo.multiply %a, %w : tensor<2xcomplex<f32>>
      %1 = stablehlo.add %0, %v : tensor<2xcomplex<f32>>
      ml_program.global_store @v = %1 : tensor<2xcomplex<f32>>
      return %1 : tensor<2xcomplex<f32>>
    }
    """
    a = np.array([1 + 1j, 2 - 1j], np.complex64)
    w = np.array([1j, 3], np.complex64)
    for target in TARGETS:
        module = ie.compile(text, target=target)
        value = np.full(2, 1 + 2j, np.complex64)
        for _ in range(2):
            value = a * w + value
            np.testing.assert_allclose(module.main(a), value)
        np.testing.assert_allclose(module.variables["v"], value)
        module.variables["v"] = w
        np.testing.assert_allclose(module.main(a), a * w + w)
