# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention as models write it is one dispatch, for any number of keys, and as accurate."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from jax import export

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.linalg.evaluate import evaluate_function
from iree_explore.module import CompiledModule


def causal(q, k, v):
    """Heads last but one, scores masked by place, as transformers have it."""
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5
    mask = jnp.tril(jnp.ones(scores.shape[2:], bool), 2)
    weights = jax.nn.softmax(jnp.where(mask, scores, -1e9), -1)
    return jnp.einsum("bhqk,bkhd->bqhd", weights, v)


def divided_late(q, k, v, mask):
    """A mask that is added and broadcast; the sums divide the result, not the weights."""
    scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / 8 + (1 - mask) * -1e4
    weights = jnp.exp(scores - scores.max(-1, keepdims=True))
    return jnp.einsum("bhqk,bhkd->bhqd", weights, v) / weights.sum(-1, keepdims=True)


def infinite(q, k, v, mask):
    """Scores of -inf, for all keys of some rows; one key head for all query heads."""
    scores = jnp.where(mask > 0, jnp.einsum("bqhd,bkd->bhqk", q, k), -jnp.inf)
    return jnp.einsum("bhqk,bkd->bhqd", jax.nn.softmax(scores, -1), v)


HEADS_LAST = ["2, 20, 3, 32", "2, 24, 3, 32", "2, 24, 3, 32"]
LONG = ["1, 140, 2, 48", "1, 300, 2, 48", "1, 300, 2, 48"]
ANY = ["b, t, 3, 32", "b, k, 3, 32", "b, k, 3, 32"]
SIZES = {"b": 2, "t": 70, "k": 333}
CASES: list[tuple[Any, list[str], Any, int]] = [
    (causal, HEADS_LAST, np.float32, 1),
    (causal, LONG, np.float32, 1),
    (causal, ANY, np.float32, 1),
    (causal, HEADS_LAST, ml_dtypes.bfloat16, 1),
    (causal, LONG, np.float16, 1),
    (causal, ["2, 4, 3, 32", *HEADS_LAST[1:]], np.float32, 3),
    (divided_late, ["b, 3, t, 32", "b, 3, t, 32", "b, 3, t, 32", "b, 1, 1, t"], np.float32, 1),
    (infinite, ["2, 40, 3, 32", "2, 200, 32", "2, 200, 32", "2, 1, 40, 200"], np.float32, 1),
]


def sizes_of(shape: str) -> list[int]:
    return [SIZES.get(size, 0) or int(size) for size in shape.split(", ")]


@pytest.mark.parametrize(("model", "shapes", "dtype", "dispatches"), CASES)
def test_attention_is_one_dispatch(model, shapes, dtype, dispatches):
    random = np.random.default_rng(0)
    args = [random.normal(size=sizes_of(shape)).astype(dtype) for shape in shapes]
    if len(args) > 3:
        args[3] = (random.random(args[3].shape) < 0.7).astype(dtype)
        args[3][0, :, :1] = model is divided_late
    specs = export.symbolic_args_specs(tuple(map(jnp.asarray, args)), tuple(shapes))
    exported = export.export(jax.jit(model))(*specs)
    module = ie.compile(exported.mlir_module(), target="llvm-cpu", device="local-sync")
    got = np.asarray(module.main(*args)).astype(np.float64)
    exact = [jnp.asarray(x.astype(np.float32)) for x in args]
    wanted = np.asarray(model(*exact)).astype(np.float64)
    error = 1e-5 if dtype is np.float32 else 4 * float(ml_dtypes.finfo(dtype).eps)
    np.testing.assert_allclose(got, wanted, rtol=error, atol=error)
    assert np.isnan(got).any() == (model is infinite)
    found = [d.name for d in module.profile("main", args, 1).dispatches]
    attention = [n for n in found if "elementwise" not in n]
    assert len(attention) == dispatches, found
    assert ("online_attention" in attention[0]) == (dispatches == 1)


TEXT = """
func.func public @main(%q: tensor<2x?x3x24xf32>, %k: tensor<2x?x3x24xf32>, %v: tensor<2x?x40xf32>, %m: tensor<?x2xi1>) -> tensor<2x3x?x40xf32> {
  %c = arith.constant 1 : index
  %n = tensor.dim %q, %c : tensor<2x?x3x24xf32>
  %0 = tensor.empty(%n) : tensor<2x3x?x40xf32>
  %1 = iree_linalg_ext.online_attention {indexing_maps = [affine_map<(b, h, m, d, k, n) -> (b, m, h, d)>, affine_map<(b, h, m, d, k, n) -> (b, k, h, d)>, affine_map<(b, h, m, d, k, n) -> (b, k, n)>, affine_map<(b, h, m, d, k, n) -> (k, b)>, affine_map<(b, h, m, d, k, n) -> (b, h, m, n)>]} ins(%q, %k, %v, %m : tensor<2x?x3x24xf32>, tensor<2x?x3x24xf32>, tensor<2x?x40xf32>, tensor<?x2xi1>) outs(%0 : tensor<2x3x?x40xf32>) {
  ^bb0(%s: f32, %x: i1):
    %h = iree_linalg_ext.index 1 : index
    %i = iree_linalg_ext.index 2 : index
    %j = iree_linalg_ext.index 4 : index
    %sum = arith.addi %h, %i : index
    %near = arith.cmpi sge, %sum, %j : index
    %both = arith.andi %near, %x : i1
    %least = arith.constant 0xff800000 : f32
    %r = arith.select %both, %s, %least : f32
    iree_linalg_ext.yield %r : f32
  } -> tensor<2x3x?x40xf32>
  func.return %1 : tensor<2x3x?x40xf32>
}"""  # noqa: E501


@pytest.mark.parametrize("rows, keys", [(150, 290), (1, 128), (64, 20)])
def test_the_kernel_computes_what_the_definition_says(rows, keys):
    """Rows and keys that are no multiple of a block, or fewer; indices of tiles."""
    random = np.random.default_rng(rows)
    sizes = ((2, rows, 3, 24), (2, keys, 3, 24), (2, keys, 40))
    args = [random.normal(size=size).astype(np.float32) for size in sizes]
    args.append(random.random((keys, 2)) < 0.8)
    args[3][0] = True
    if "module" not in KERNEL:
        ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
        lowered = pipeline.run(import_source(TEXT, ctx), ctx, start="abi")
        KERNEL["module"] = CompiledModule.from_compilation(lowered, ctx, "llvm-cpu", "local-task")
    ctx = make_context(CompileOptions())
    (wanted,) = evaluate_function(import_source(TEXT, ctx), "main", args, ctx.parameters)
    np.testing.assert_allclose(KERNEL["module"].main(*args), wanted, rtol=1e-5, atol=1e-5)


KERNEL: dict[str, Any] = {}


def joint(x, w):
    """Queries, keys and values are parts of one product."""
    q, k, v = (y.reshape(x.shape[0], 2, 16) for y in jnp.split(x @ w, 3, -1))
    weights = jax.nn.softmax(jnp.einsum("qhd,khd->hqk", q, k), -1)
    return jnp.einsum("hqk,khd->qhd", weights, v)


def test_attention_reads_its_parts_of_one_product():
    random = np.random.default_rng(0)
    args = [random.normal(size=s).astype(np.float32) / 4 for s in ((150, 24), (24, 96))]
    specs = export.symbolic_args_specs(tuple(map(jnp.asarray, args)), ("t, 24", None))
    exported = export.export(jax.jit(joint))(*specs)
    module = ie.compile(exported.mlir_module(), target="llvm-cpu", device="local-sync")
    np.testing.assert_allclose(module.main(*args), joint(*args), rtol=1e-5, atol=1e-5)
    assert len(module.profile("main", args, 1).dispatches) == 2
