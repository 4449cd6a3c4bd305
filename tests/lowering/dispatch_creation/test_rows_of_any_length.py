# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Row-wise functions whose rows have any length: as few dispatches as with known lengths."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

import iree_explore as ie


def softmax(x):
    return jax.nn.softmax(x, -1)


def narrow_softmax(x):
    """The exponentials have no place among results of half their size."""
    return jax.nn.softmax(x, -1).astype(jnp.float16)


def layer_norm(x):
    centred = x - x.mean(-1, keepdims=True)
    return centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)


def columns(x):
    return jax.nn.softmax(x, 0)


def two_results(x):
    """Both are read outside of the reduction's group."""
    powers = jnp.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True) + jnp.sin(x), powers


DISPATCHES = {softmax: 1, narrow_softmax: 2, layer_norm: 1, columns: 1, two_results: 2}


def test_rows_of_any_length_are_computed_in_place():
    for function, dispatches in DISPATCHES.items():
        (shape,) = export.symbolic_args_specs((jnp.zeros((2, 2)),), "b, n")
        exported = export.export(jax.jit(function))(shape)
        module = ie.compile(exported.mlir_module(), target="llvm-cpu", device="local-sync")
        for size in ((5, 7), (3, 1000), (1, 1), (40, 16)):
            x = np.random.default_rng(0).normal(size=size).astype(np.float32)
            got = module.main(x)
            for value, wanted in zip(
                got if isinstance(got, tuple | list) else (got,),
                jax.tree.leaves(function(x)),
                strict=True,
            ):
                tolerance = 1e-3 if wanted.dtype == np.float16 else 1e-5
                np.testing.assert_allclose(value, wanted, rtol=tolerance, atol=tolerance)
        run = module.profile("main", [x], 1)
        assert len(run.dispatches) == dispatches, function.__name__
