# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Short lines sorted side by side: every element where XLA has it, both zeros and NaN included."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jax import export, lax

import iree_explore as ie
from iree_explore.linalg.sort_network import _eight, _halves


def test_the_first_layers_sort_and_halves_merge():
    """By the zero-one principle: a network that sorts all zeros and ones sorts everything."""
    for bits in itertools.product((0, 1), repeat=8):
        values = list(bits)
        for low, high in itertools.chain.from_iterable(_eight()):
            values[low], values[high] = sorted((values[low], values[high]))
        assert values == sorted(bits)
    for start, ones in itertools.product(range(8), range(9)):  # what mirrored layers leave
        values = [int((i - start) % 8 < ones) for i in range(8)]
        for low, high in itertools.chain.from_iterable(_halves(8, 4)):
            values[low], values[high] = sorted((values[low], values[high]))
        assert values == sorted(values)


def _sorts(rows, columns, floats):
    def stable(x, axis):
        return lax.sort(x, dimension=axis, is_stable=True)

    return (
        stable(rows, 1), stable(columns, 0), stable(floats, 1),
        jnp.sort(rows, axis=1, descending=True), stable(rows.astype(jnp.uint8), 1),
    )  # fmt: skip


def test_lines_are_sorted_as_xla_sorts_them():
    rng = np.random.default_rng(7)
    rows = rng.integers(-(2**31), 2**31, (21, 100), np.int32)
    columns = rng.integers(-9, 9, (64, 40)).astype(np.int16)
    floats = rng.standard_normal((35, 33)).astype(np.float32)
    floats[20, ::3], floats[20, 1::3] = -0.0, 0.0  # one line that keys say too little of
    floats[33, 4:9] = -np.nan, np.nan, np.inf, -np.inf, np.float32(1e-45)
    text = jax.jit(_sorts).lower(rows, columns, floats).as_text()
    program = ie.compile(text, target="llvm-cpu", device="local-sync")
    for got, want in zip(
        program.main(rows, columns, floats), _sorts(rows, columns, floats), strict=True
    ):
        np.testing.assert_array_equal(
            np.asarray(got).view(np.uint8), np.asarray(want).view(np.uint8)
        )


def test_any_number_of_lines():
    (n,) = export.symbolic_shape("n")
    function = jax.jit(lambda x: lax.sort(x, dimension=1, is_stable=True))
    exported = export.export(function)(jax.ShapeDtypeStruct((n, 50), np.float32))
    main = ie.compile(exported.mlir_module(), target="llvm-cpu", device="local-sync").main
    for count in (1, 16, 37):
        x = np.random.default_rng(count).standard_normal((count, 50)).astype(np.float32)
        np.testing.assert_array_equal(main(x), np.sort(x, 1))
