# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Long reductions with few results, which GPUs do in two steps: the same as in one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

import iree_explore as ie

rng = np.random.default_rng(3)


def f32(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def with_nans(x: np.ndarray) -> np.ndarray:
    x[0, [9, -4]] = np.nan
    x[1] = -np.inf
    return np.round(2 * x)


CASES: dict[str, tuple[Any, list[np.ndarray], int]] = {
    "sum": (lambda x: jnp.sum(x * x), [f32(700, 512)], 2),
    "column sums": (lambda x: jnp.sum(x, 0), [f32(4096, 300)], 2),
    "argmax": (lambda x: jnp.argmax(x, 1), [with_nans(f32(3, 1 << 16))], 2),
    "all": (lambda x: jnp.all(x > -9.0), [f32(1 << 17)], 2),
    "product": (
        lambda x, w, b: jnp.maximum(jnp.dot(x, w, precision="highest") + b, 0),
        [f32(32, 1024), f32(1024, 96), f32(96)], 2,
    ),
    "row times matrix": (
        lambda x, w: jnp.dot(x, w, precision="highest"), [f32(1, 2048), f32(2048, 1000)], 2
    ),
    "short": (lambda x: jnp.sum(x, 1), [f32(40, 300)], 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_parts_and_then_their_combination(name: str) -> None:
    function, inputs, count = CASES[name]
    specs = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in inputs]
    text = jax.jit(function).lower(*specs).as_text()
    module = ie.compile(text, target="vulkan-spirv", device="vulkan")
    want = np.asarray(function(*inputs))
    found = np.asarray(module["main"](*inputs))
    assert np.abs(found - want.astype(np.float64)).max() <= 1e-5 * max(1, np.abs(want).max())
    assert len(module.profile("main", inputs, 1, 0).dispatches) == count


def test_sizes_that_only_the_call_knows() -> None:
    """The outer loop is the parts."""
    spec = jax.ShapeDtypeStruct(export.symbolic_shape("n, m"), np.float32)
    text = export.export(jax.jit(jnp.sum))(spec).mlir_module()
    module = ie.compile(text, target="vulkan-spirv", device="vulkan")
    for shape in ((700, 511), (1, 9), (33, 1)):
        x = f32(*shape)
        assert abs(float(np.asarray(module["main"](x))) - x.sum(dtype=np.float64)) < 1e-2
