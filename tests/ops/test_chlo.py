# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CHLO's functions and ragged products: random arguments, JAX as the oracle, unknown sizes too."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from .targets import assert_close, run_llvm_cpu, run_reference

ELEMENTS = {"f32": np.float32, "f64": np.float64, "bf16": ml_dtypes.bfloat16}


def tensor(x: np.ndarray, element: str, dynamic: bool) -> str:
    sizes = "".join("?x" if dynamic else f"{n}x" for n in x.shape)
    return f"tensor<{sizes}{element}>"


def both(text: str, inputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What the reference and llvm-cpu return."""
    return run_reference(text, inputs)[0], run_llvm_cpu(text, inputs)[0]


FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "bessel_i1e": ((-20, 20),),
    "digamma": ((0.1, 12),),
    "erf_inv": ((-0.99, 0.99),),
    "lgamma": ((-9.5, 12),),
    "next_after": ((-2, 2), (-2, 2)),
    "polygamma": ("order", (0.5, 9)),
    "zeta": ((1.5, 9), (0.5, 9)),
}


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_agree_with_xla(name: str, element: str) -> None:
    jax = pytest.importorskip("jax")
    rng = np.random.default_rng(len(name))
    shape = tuple(rng.integers(1, 6, 2).tolist())
    inputs = [
        (rng.integers(1, 5, shape) if r == "order" else rng.uniform(r[0], r[1], shape)).astype(
            ELEMENTS[element]
        )
        for r in FUNCTIONS[name]
    ]
    with jax.enable_x64(True):
        want = np.asarray(getattr(jax.lax, name.replace("next_", "next"))(*inputs))
    for dynamic in (False, True) if element == "f32" else (False,):
        t = tensor(inputs[0], element, dynamic)
        names = ", ".join(f"%{i}" for i in range(len(inputs)))
        parameters = ", ".join(f"%{i}: {t}" for i in range(len(inputs)))
        types = ", ".join([t] * len(inputs))
        text = (
            f"module {{ func.func @main({parameters}) -> {t} {{\n"
            f"  %r = chlo.{name} {names} : {types} -> {t}\n  return %r : {t}\n}} }}"
        )
        reference, got = both(text, inputs)
        if element in ("f32", "f64"):
            assert_close(reference, want, 1e-5)
        assert_close(got, reference, 1e-5 if element != "bf16" else 1e-2)


def _group_sizes(rng: np.random.Generator, shape: tuple[int, ...], whole: int) -> np.ndarray:
    """Sizes along the last dimension whose sums are at most `whole`."""
    cuts = np.sort(rng.integers(0, whole + 1, shape), -1)
    return np.diff(cuts, axis=-1, prepend=0).astype(np.int32)


@pytest.mark.parametrize("seed", range(6))
def test_ragged_products_agree_with_jax(seed: int) -> None:
    """All three modes, dimensions in any order, sizes for each batch or for all."""
    jax = pytest.importorskip("jax")
    rng = np.random.default_rng(seed)
    mode = ("rows", "terms", "batches")[seed % 3]
    size = dict(zip("bmkng", rng.integers(2, 5, 5).tolist(), strict=True))
    batched = mode == "batches" or bool(rng.integers(2))
    left = list(rng.permutation(list("bmk" if batched else "mk")))
    right = list(rng.permutation(list(("b" if batched else "") + "kn" + "g" * (mode == "rows"))))
    lhs, rhs = (rng.integers(-4, 5, [size[x] for x in s]).astype(np.float32) for s in (left, right))
    ragged = {"rows": "m", "terms": "k", "batches": "b"}[mode]
    outer = (size["b"],) if batched and mode != "batches" else ()
    sizes = _group_sizes(rng, (*outer, size["g"]), size[ragged])
    batch = ([left.index("b")], [right.index("b")]) if batched else ([], [])
    contract = ([left.index("k")], [right.index("k")])
    group = [right.index("g")] if mode == "rows" else []
    numbers = jax.lax.RaggedDotDimensionNumbers(
        dot_dimension_numbers=(contract, batch),
        lhs_ragged_dimensions=[left.index(ragged)],
        rhs_group_dimensions=group,
    )
    want = np.asarray(jax.lax.ragged_dot_general(lhs, rhs, sizes, numbers))
    for dynamic in (False, True):
        types = [tensor(x, "f32", dynamic) for x in (lhs, rhs)] + [tensor(sizes, "i32", dynamic)]
        result = tensor(want, "f32", dynamic)
        text = f"""module {{ func.func @main(%a: {types[0]}, %b: {types[1]}, %g: {types[2]})
            -> {result} {{
          %r = "chlo.ragged_dot"(%a, %b, %g) <{{ragged_dot_dimension_numbers = #chlo.ragged_dot<
            lhs_batching_dimensions = {batch[0]}, rhs_batching_dimensions = {batch[1]},
            lhs_contracting_dimensions = {contract[0]}, rhs_contracting_dimensions = {contract[1]},
            lhs_ragged_dimensions = [{left.index(ragged)}], rhs_group_dimensions = {group}>}}>
            : ({", ".join(types)}) -> {result}
          return %r : {result} }} }}"""
        for found in both(text, [lhs, rhs, sizes]):
            np.testing.assert_array_equal(found, want)


def test_rows_of_other_groups_do_not_spread_nan() -> None:
    """A matrix with NaN only touches the rows of its group."""
    text = """module { func.func @main(%a: tensor<3x2xf32>, %b: tensor<2x2x2xf32>,
        %g: tensor<2xi32>) -> tensor<3x2xf32> {
      %r = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<
        lhs_batching_dimensions = [], rhs_batching_dimensions = [],
        lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1],
        lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}>
        : (tensor<3x2xf32>, tensor<2x2x2xf32>, tensor<2xi32>) -> tensor<3x2xf32>
      return %r : tensor<3x2xf32> } }"""
    rhs = np.array([[[np.nan, np.inf], [1, 1]], [[1, 2], [3, 4]]], np.float32)
    inputs = [np.ones((3, 2), np.float32), rhs, np.array([1, 2], np.int32)]
    for found in both(text, inputs):
        np.testing.assert_array_equal(found[1:], [[4, 6], [4, 6]])
        assert np.isnan(found[0, 0])
