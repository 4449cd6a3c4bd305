# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of a recurrent layer's inputs are one product before its loop, where that pays."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.module import CompiledModule


def recurrent(x, w, u):
    """One row a time: tanh(x[t] @ w + h @ u)."""

    def step(h, row):
        h = jnp.tanh(row @ w + h @ u)
        return h, h

    return jax.lax.scan(step, jnp.zeros((x.shape[1], 24)), x)[1]


def until_large(x, w, u):
    """Stops when it likes: what the slices of later turns give is not wanted."""

    def step(carried):
        i, h = carried
        row = jax.lax.dynamic_index_in_dim(x, i, keepdims=False)
        return i + 1, 1.5 * h + jnp.tanh(row @ w + h @ u) + 0.5

    first = (jnp.int32(0), jnp.zeros((x.shape[1], 24)))
    return jax.lax.while_loop(lambda carried: jnp.abs(carried[1][0, 0]) < 50, step, first)[1]


@pytest.mark.parametrize(
    "model, shape, inside",
    [
        (recurrent, "12, 1, 16", 1),
        (recurrent, "t, 2, 16", 1),
        (recurrent, "12, 64, 16", 2),  # rows that share the weights well in each turn
        (until_large, "12, 1, 16", 2),
    ],
)
def test_products_of_slices_leave_the_loop(model, shape, inside):
    random = np.random.default_rng(0)
    sizes = [{"t": 9}.get(n, 0) or int(n) for n in shape.split(", ")]
    args = [random.normal(size=s).astype(np.float32) / 4 for s in (sizes, (16, 24), (24, 24))]
    specs = export.symbolic_args_specs(tuple(map(jnp.asarray, args)), (shape, None, None))
    text = export.export(jax.jit(model))(*specs).mlir_module()
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
    module = import_source(text, ctx)
    pipeline.run(module, ctx, stop="global-optimization")
    loops = [op for op in module.walk() if op.name == "scf.while"]
    products = [
        inner
        for inner in loops[0].walk()
        if inner.name == "linalg.matmul" or "reduction" in str(inner.properties)
    ]
    assert len(loops) == 1 and len(products) == inside
    pipeline.run(module, ctx, start="dispatch-creation")
    made = CompiledModule.from_compilation(module, ctx, "llvm-cpu", "local-sync")
    np.testing.assert_allclose(made.main(*args), model(*args), rtol=1e-5, atol=1e-5)
