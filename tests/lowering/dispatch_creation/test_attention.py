# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention as models write it is one dispatch where that is not slower."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

import iree_explore as ie


def attention(q, k, v):
    """Heads last but one, a mask added, as transformers have it."""
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5
    mask = jnp.tril(jnp.ones(scores.shape[2:], bool), 2)
    weights = jax.nn.softmax(jnp.where(mask, scores, -1e9), -1)
    return jnp.einsum("bhqk,bkhd->bqhd", weights, v)


@pytest.mark.parametrize(
    ("batch", "queries", "keys", "dispatches"),
    [("2", 20, 24, 1), ("b", 70, 33, 1), ("2", 20, 160, 3), ("2", 4, 24, 3)],
)
def test_attention_over_few_keys_is_one_dispatch(batch, queries, keys, dispatches):
    shapes = [f"{batch}, {n}, 3, 32" for n in (queries, keys, keys)]
    zeros = tuple(jnp.zeros((2, n, 3, 32)) for n in (queries, keys, keys))
    specs = export.symbolic_args_specs(zeros, tuple(shapes))
    exported = export.export(jax.jit(attention))(*specs)
    module = ie.compile(exported.mlir_module(), target="llvm-cpu", device="local-sync")
    random = np.random.default_rng(0)
    args = [random.normal(size=z.shape).astype(np.float32) for z in zeros]
    np.testing.assert_allclose(module.main(*args), attention(*args), rtol=1e-5, atol=1e-6)
    run = module.profile("main", args, 1)
    found = [d.name for d in run.dispatches]
    assert sum("mask" not in n and "elementwise" not in n for n in found) == dispatches, found
