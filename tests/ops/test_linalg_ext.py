# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sorts, scans and linear algebra: random programs against XLA, and JAX's uses of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import iree_explore as ie

from .oracle import program, run_xla
from .targets import run_llvm_cpu, unknown_sizes, verify

DTYPES = {
    "f32": np.float32, "f64": np.float64, "f16": np.float16, "bf16": ml_dtypes.bfloat16,
    "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64, "ui8": np.uint8,
    "ui32": np.uint32, "i1": np.bool_, "complex<f32>": np.complex64,
    "complex<f64>": np.complex128,
}  # fmt: skip
REAL = ("f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "ui8", "ui32", "i1")
TOLERANCE = {"f32": 1e-3, "f64": 1e-8, "complex<f32>": 1e-3, "complex<f64>": 1e-8}
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1, -1, 2, 3])


def tensor(shape: Any, element: str) -> str:
    return "tensor<" + "".join(f"{n}x" for n in shape) + element + ">"


def draw(rng: np.random.Generator, shape: Any, element: str) -> np.ndarray:
    """Few different values, so that some are equal; floats of all kinds."""
    dtype = np.dtype(DTYPES[element])
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return rng.choice(np.array([limits.min, limits.max, 0, 1, 2, 3], dtype), shape)
    return rng.choice(SPECIAL, shape).astype(dtype)


def numbers(rng: np.random.Generator, shape: Any, element: str) -> np.ndarray:
    """Normal numbers, complex if the type is."""
    x = rng.standard_normal(shape)
    if element.startswith("complex"):
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(DTYPES[element])


def sort_text(elements: list[str], shape: tuple[int, ...], axis: int, direction: str) -> str:
    types = [tensor(shape, e) for e in elements]
    args = ", ".join(f"%a{i}: {t}" for i, t in enumerate(types))
    scalars = [f"%{n}{i}: tensor<{e}>" for i, e in enumerate(elements) for n in "xy"]
    names = ", ".join(f"%a{i}" for i in range(len(types)))
    count, key = len(types), f"tensor<{elements[0]}>"
    kind = ", TOTALORDER" if "f" in elements[0] else ""
    found = ", ".join(f"%0#{i}" for i in range(count)) if count > 1 else "%0"
    results = ", ".join(types)
    return (
        f"module {{ func.func @main({args}) -> ({results}) {{\n"
        f'  %0{f":{count}" if count > 1 else ""} = "stablehlo.sort"({names}) '
        f"<{{dimension = {axis} : i64, is_stable = true}}> ({{\n"
        f"  ^bb0({', '.join(scalars)}):\n"
        f"    %1 = stablehlo.compare {direction}, %x0, %y0{kind} : ({key}, {key}) -> tensor<i1>\n"
        "    stablehlo.return %1 : tensor<i1>\n"
        f"  }}) : ({results}) -> ({results})\n  return {found} : {results}\n}} }}"
    )


@pytest.mark.parametrize("seed", range(8))
def test_sort_is_xlas_stable_sort(seed):
    rng = np.random.default_rng(seed)
    count, rank = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    axis = int(rng.integers(rank))
    shape = rng.integers(0 if seed % 5 == 0 else 1, 4, rank)
    shape[axis] = rng.integers(0, 40)
    elements = [str(e) for e in rng.choice(REAL, count)]
    text = sort_text(elements, tuple(shape.tolist()), axis, str(rng.choice(["LT", "GT"])))
    inputs = [draw(rng, shape, e) for e in elements]
    want = run_xla(text, inputs)
    unknown = sort_text(elements, ("?",) * rank, axis, "LT" if " LT," in text else "GT")  # pyright: ignore
    verify(text, inputs, want, ("reference", "input"))
    for each in (text, unknown):
        for mine, other in zip(run_llvm_cpu(each, inputs), want, strict=True):
            assert mine.view(other.dtype).tobytes() == other.tobytes(), each  # signs of NaN too


@pytest.mark.parametrize("size", [1000, 4096, 100_003])
def test_long_sorts_end_sorted(size):
    rng = np.random.default_rng(size)
    text = sort_text(["i32", "i32"], ("?",), 0, "LT")  # pyright: ignore
    keys, places = rng.integers(0, 1000, size).astype(np.int32), np.arange(size, dtype=np.int32)
    order = np.argsort(keys, kind="stable")
    found = run_llvm_cpu(text, [keys, places])
    np.testing.assert_array_equal(found[0], keys[order])
    np.testing.assert_array_equal(found[1], order)


@pytest.mark.parametrize("seed", range(6))
def test_top_k_is_xlas(seed):
    rng = np.random.default_rng(seed)
    element, rank = str(rng.choice(REAL)), int(rng.integers(1, 4))
    shape = [*rng.integers(1, 4, rank - 1).tolist(), int(rng.choice([1, 7, 40, 300]))]
    k = int(rng.integers(0, shape[-1] + 1))

    def text(sizes: Any) -> str:
        source, (values, places) = (
            tensor(sizes, element),
            [tensor([*sizes[:-1], k], e) for e in (element, "i32")],
        )
        return (
            f"module {{ func.func @main(%a: {source}) -> ({values}, {places}) {{\n"
            f"  %v, %i = chlo.top_k(%a, k = {k}) : {source} -> ({values}, {places})\n"
            f"  return %v, %i : {values}, {places}\n}} }}"
        )

    inputs = [draw(rng, shape, element)]
    want = run_xla(text(shape), inputs)
    verify(text(shape), inputs, want, ("reference", "input"))
    for sizes in (shape, ["?"] * rank):
        found = run_llvm_cpu(text(sizes), inputs)
        assert found[0].view(want[0].dtype).tobytes() == want[0].tobytes()


BODIES = {
    "sum": "%s = stablehlo.add %x, %c : T",
    "maximum": "%s = stablehlo.maximum %x, %c : T",
    "recurrence": "%t = stablehlo.multiply %c, %c : T\n%s = stablehlo.subtract %x, %t : T",
    "constant": "%t = stablehlo.constant dense<1> : T\n%s = stablehlo.add %c, %t : T",
}


@pytest.mark.parametrize("seed", range(6))
def test_scan_is_xlas(seed):
    rng = np.random.default_rng(seed)
    rank, element = int(rng.integers(1, 4)), str(rng.choice(["i8", "i32", "ui32", "i64"]))
    axis, reverse = int(rng.integers(rank)), str(bool(rng.integers(2))).lower()
    shape = rng.integers(1, 6, rank).tolist()
    body = BODIES[str(rng.choice(list(BODIES)))]

    def text(sizes: list[Any]) -> str:
        whole, line = tensor(sizes, element), tensor(sizes[:axis] + sizes[axis + 1 :], element)
        inner = body.replace("T", line)
        return (
            f"module {{ func.func @main(%a: {whole}, %i: {line}) -> ({whole}, {line}) {{\n"
            f"  %0:2 = chlo.scan(%a) inits (%i) dimension={axis} "
            f"attributes {{is_reverse = {reverse}}} {{\n^bb0(%x: {line}, %c: {line}):\n{inner}\n"
            f"    stablehlo.return %c, %s : {line}, {line}\n"
            f"  }} : ({whole}, {line}) -> ({whole}, {line})\n"
            f"  return %0#0, %0#1 : {whole}, {line}\n}} }}"
        )

    inputs = [rng.integers(0, 9, s).astype(DTYPES[element])
              for s in (shape, shape[:axis] + shape[axis + 1 :])]  # fmt: skip
    want = run_xla(text(shape), inputs)
    verify(text(shape), inputs, want)
    if "constant" not in body:
        verify(text(["?"] * rank), inputs, want, ("llvm-cpu",))


def targets(element: str) -> tuple[str, ...]:
    """Complex arguments are pairs after the input phase, which a test would have to know."""
    return ("reference", "llvm-cpu") if "complex" in element else ("reference", "input", "llvm-cpu")


def matrices(rng: np.random.Generator, element: str) -> np.ndarray:
    """Positive definite ones."""
    batch, n = rng.integers(0, 3, int(rng.integers(0, 2))).tolist(), int(rng.integers(1, 9))
    wide = "complex<f64>" if "complex" in element else "f64"
    x = numbers(rng, (*batch, n, n), wide)
    return (x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(n)).astype(DTYPES[element])


@pytest.mark.parametrize("element", list(TOLERANCE))
def test_cholesky_is_xlas(element):
    rng = np.random.default_rng(len(element))
    a = matrices(rng, element)
    type_, lower = tensor(a.shape, element), str(bool(rng.integers(2))).lower()
    text = (
        f"module {{ func.func @main(%a: {type_}) -> {type_} {{\n"
        f"  %0 = stablehlo.cholesky %a, lower = {lower} : {type_}\n  return %0 : {type_}\n}} }}"
    )
    want = run_xla(text, [a]) if a.size else [a]
    verify(text, [a], want, targets(element), TOLERANCE[element])
    if "complex" not in element:
        verify(unknown_sizes(text), [a], want, ("llvm-cpu",), TOLERANCE[element])


@pytest.mark.parametrize("element", list(TOLERANCE))
@pytest.mark.parametrize("seed", range(2))
def test_triangular_solve_is_xlas(element, seed):
    rng = np.random.default_rng(seed)
    a = matrices(rng, element)
    left, lower, unit = (bool(x) for x in rng.integers(0, 2, 3))
    a = (a / 40 if unit else a).astype(a.dtype)
    n, m = a.shape[-1], int(rng.integers(1, 5))
    b = numbers(rng, (*a.shape[:-2], *((n, m) if left else (m, n))), element)
    transpose = str(rng.choice(["NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"]))
    one, other = tensor(a.shape, element), tensor(b.shape, element)
    text = (
        f"module {{ func.func @main(%a: {one}, %b: {other}) -> {other} {{\n"
        '  %0 = "stablehlo.triangular_solve"(%a, %b) <{'
        f"left_side = {str(left).lower()}, lower = {str(lower).lower()}, "
        f"unit_diagonal = {str(unit).lower()}, transpose_a = #stablehlo<transpose {transpose}>}}>"
        f" : ({one}, {other}) -> {other}\n  return %0 : {other}\n}} }}"
    )
    want = run_xla(text, [a, b]) if a.size else [b]
    verify(text, [a, b], want, targets(element), TOLERANCE[element])


def call(target: str, types: list[str], results: list[str], config: str = "") -> str:
    args = ", ".join(f"%a{i}: {t}" for i, t in enumerate(types))
    names = ", ".join(f"%a{i}" for i in range(len(types)))
    found = ", ".join(f"%0#{i}" for i in range(len(results))) if len(results) > 1 else "%0"
    count = f":{len(results)}" if len(results) > 1 else ""
    outs = ", ".join(results)
    return (
        f"module {{ func.func @main({args}) -> ({outs}) {{\n"
        f"  %0{count} = stablehlo.custom_call @{target}({names}) {config}: "
        f"({', '.join(types)}) -> ({outs})\n  return {found} : {outs}\n}} }}"
    )


@pytest.mark.parametrize(
    ("element", "shape"),
    [("f32", (4, 4)), ("f64", (2, 3, 5)), ("complex<f32>", (5, 3)), ("complex<f64>", (3, 3))],
)
def test_qr_is_xlas_and_its_factors_give_the_matrix(element, shape):
    rng = np.random.default_rng(sum(shape))
    *batch, m, n = shape
    whole, taus = tensor(shape, element), tensor([*batch, min(m, n)], element)
    a = numbers(rng, shape, element)
    text = call("Qr", [whole], [whole, taus])
    packed, tau = want = run_xla(text, [a])
    verify(text, [a], want, targets(element), TOLERANCE[element])
    if m >= n:
        text = call("ProductOfElementaryHouseholderReflectors", [whole, taus], [whole])
        same = run_xla(text, [packed, tau])
        verify(text, [packed, tau], same, targets(element), TOLERANCE[element])
        (q,) = run_llvm_cpu(text, [packed, tau])
        r = np.triu(packed)[..., :n, :]
        np.testing.assert_allclose(q @ r, a, atol=TOLERANCE[element])


@pytest.mark.parametrize(
    ("element", "shape"),
    [("f32", (24, 24)), ("f64", (2, 5, 5)), ("complex<f32>", (7, 7)), ("complex<f64>", (2, 2, 2))],
)
def test_eigenvectors_give_the_matrix(element, shape):
    rng = np.random.default_rng(sum(shape))
    lower = int(rng.integers(2))
    x = numbers(rng, shape, element)
    hermitian = ((x + np.conj(np.swapaxes(x, -1, -2))) / 2).astype(x.dtype)
    kept = np.tril(np.ones(shape[-2:])) if lower else np.triu(np.ones(shape[-2:]))
    given = np.where(kept > 0, hermitian, 7).astype(x.dtype)  # only one triangle is read
    real = element.removeprefix("complex<").removesuffix(">")
    whole, values = tensor(shape, element), tensor(shape[:-1], real)
    config = f'{{backend_config = "{lower},1,100,0.000001"}} '
    v, w = run_llvm_cpu(call("Eigh", [whole], [whole, values], config), [given])
    tolerance = 10 * TOLERANCE[element]
    np.testing.assert_allclose(w, np.linalg.eigvalsh(hermitian), atol=tolerance)
    adjoint = np.conj(np.swapaxes(v, -1, -2))
    np.testing.assert_allclose((v * w[..., None, :]) @ adjoint, hermitian, atol=tolerance)
    np.testing.assert_allclose(
        adjoint @ v, np.broadcast_to(np.eye(shape[-1]), shape), atol=tolerance
    )


@pytest.mark.parametrize("size", [1e30, 1e-30, 0.0, np.nan])
def test_eigenvalues_of_any_size(size):
    text = call("Eigh", ["tensor<2x2xf32>"], ["tensor<2x2xf32>", "tensor<2xf32>"])
    a = np.array([[2, 1], [1, 2]], np.float32) * np.float32(size)
    _, w = run_llvm_cpu(text, [a])
    np.testing.assert_allclose(w, np.array([1, 3]) * size, rtol=1e-5)


@pytest.mark.parametrize("grade", [0, 6])
def test_vectors_of_complex_matrices_are_unitary_however_small_elements_get(grade):
    """Off-diagonal elements whose squares are not normal numbers are turned by unit numbers too."""
    rng = np.random.default_rng(0)
    sizes = 10.0 ** -(grade * np.arange(5.0))
    x = sizes[:, None] * numbers(rng, (50, 5, 5), "complex<f64>") * sizes
    x = (x + np.conj(np.swapaxes(x, 1, 2))).astype(np.complex64)
    whole, real = tensor(x.shape, "complex<f32>"), tensor(x.shape[:2], "f32")
    v, _ = run_llvm_cpu(call("Eigh", [whole], [whole, real]), [x])
    u, _, _ = run_llvm_cpu(call("Svd", [whole], [whole, real, whole]), [x])
    unit = np.broadcast_to(np.eye(5), x.shape)
    for vectors in (v, u):
        np.testing.assert_allclose(np.conj(np.swapaxes(vectors, 1, 2)) @ vectors, unit, atol=2e-5)


def _jax(name: str) -> Callable[..., Any]:
    def function(*args: Any) -> Any:
        import jax
        from jax import numpy as jnp

        return {
            "sort": lambda x: jnp.sort(x, axis=0),
            "argsort": lambda x: jnp.argsort(x, axis=-1, descending=True),
            "unique": lambda x: jnp.unique(x, size=6, return_counts=True),
            "median": lambda x: jnp.median(x, axis=1),
            "lexsort": lambda x: jnp.lexsort((x[0], x[1])),
            "top_k": lambda x: jax.lax.top_k(x, 3),
            "searchsorted": lambda x: jnp.searchsorted(jnp.sort(x[0]), x[1]),
        }[name](*args)

    return function


@pytest.mark.parametrize(
    "name", ["sort", "argsort", "unique", "median", "lexsort", "top_k", "searchsorted"]
)
def test_what_jax_makes_of_sorting(name):
    x = np.random.default_rng(1).integers(-4, 5, (4, 7)).astype(np.float32)
    text = program(_jax(name), x)
    verify(text, [x], run_xla(text, [x]))


LINEAR_ALGEBRA: dict[str, Callable[..., Any]] = {
    "cholesky": lambda jnp, x: jnp.linalg.cholesky(x @ jnp.conj(jnp.swapaxes(x, -1, -2))),
    "solve": lambda jnp, x: jnp.linalg.solve(x, x[..., :2]),
    "det": lambda jnp, x: jnp.linalg.det(x[0]),
    "inv": lambda jnp, x: jnp.linalg.inv(x),
    "qr": lambda jnp, x: tuple(jnp.linalg.qr(x[..., :2], mode="complete")),
    "eigvalsh": lambda jnp, x: jnp.linalg.eigvalsh(x + jnp.conj(jnp.swapaxes(x, -1, -2))),
    "not positive definite": lambda jnp, x: jnp.linalg.cholesky(-x @ jnp.swapaxes(x, -1, -2)),
}


@pytest.mark.parametrize("name", list(LINEAR_ALGEBRA))
def test_what_jax_makes_of_linear_algebra_on_cpus(name):
    jax = pytest.importorskip("jax")
    element = "complex<f32>" if name in ("solve", "qr") else "f32"
    x = numbers(np.random.default_rng(len(name)), (2, 4, 4), element) + 3 * np.eye(4)
    x = x.astype(DTYPES[element])
    text = program(lambda a: LINEAR_ALGEBRA[name](jax.numpy, a), x)
    want = jax.tree.leaves(LINEAR_ALGEBRA[name](jax.numpy, x))
    for target in ("reference", "llvm-cpu"):
        found = ie.compile(text, target=target).main(x)
        for mine, other in zip(jax.tree.leaves(found), want, strict=True):
            np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=1e-3, atol=1e-3)
