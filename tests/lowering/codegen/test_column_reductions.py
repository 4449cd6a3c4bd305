# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions of columns: rows are read in one go, what reads the results waits for all rows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

import iree_explore as ie
from iree_explore.codegen.plan import VectorTarget, make_plan
from iree_explore.codegen.structured import Structured, structured

from .programs import generic, tensor


def _columns(rows: int, columns: int) -> Structured:
    from xdsl.parser import Parser

    from iree_explore.context import make_context

    a, r = tensor(rows, columns), tensor(columns)
    body = "^bb0(%x: f32, %o: f32):\n%s = arith.addf %o, %x : f32\nlinalg.yield %s : f32"
    op = generic(["(i, j) -> (i, j)", "(i, j) -> (j)"], "rp", [("%a", a)], [("%e", r)], body)
    text = f"func.func @f(%a: {a}, %e: {r}) -> {r} {{\n%r = {op}\nfunc.return %r : {r}\n}}"
    module = Parser(make_context(), text).parse_module()
    found = next(o for o in module.walk() if o.name == "linalg.generic")
    view = structured(found)
    assert view is not None
    return view


def test_only_long_rows_are_streamed():
    """What fits in registers, or is reduced in a few steps, stays there."""
    target = VectorTarget(64, 32)
    streamed = {
        (rows, columns): bool(make_plan(_columns(rows, columns), [rows, columns], target).streamed)
        for rows in (8, 500) for columns in (64, 65)
    }  # fmt: skip
    assert streamed == {(8, 64): False, (8, 65): False, (500, 64): False, (500, 65): True}


def _reductions(x):
    largest, total = jnp.max(x, -2), jnp.sum(x, -2)
    return largest + total, largest * 2, jnp.argmax(x, -2), jnp.var(x, -2)


def test_columns_of_known_and_unknown_sizes():
    rng = np.random.default_rng(3)
    m, n = export.symbolic_shape("m, n")
    types = {"known": (3, 41, 130), "unknown": (2, m, n)}
    sizes = {"known": [(41, 130)], "unknown": [(1, 1), (7, 300), (40, 65), (65, 3), (70, 129)]}
    for name, shape in types.items():
        exported = export.export(jax.jit(_reductions))(jax.ShapeDtypeStruct(shape, np.float32))
        program = ie.compile(exported.mlir_module(), target="llvm-cpu", device="local-sync")
        for rows in sizes[name]:
            x = rng.integers(-9, 9, (shape[0], *rows)).astype(np.float32)
            both, twice, index, variance = program.main(x)
            np.testing.assert_array_equal(both, x.max(1) + x.sum(1))
            np.testing.assert_array_equal(twice, x.max(1) * 2)
            np.testing.assert_array_equal(index, x.argmax(1))
            np.testing.assert_allclose(variance, x.var(1), rtol=1e-5, atol=1e-5)
