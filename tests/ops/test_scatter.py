# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`gather`, `scatter`, `select_and_scatter`: random dimension numbers, and JAX's uses of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .oracle import program, run_interpreter, run_xla
from .targets import verify
from .test_windows import array, draw, function, tensor, verify_draws

COMBINE = {
    "add": "%z = stablehlo.add %x, %y : T",
    "set": "%z = stablehlo.maximum %y, %y : T",
    "maximum": "%z = stablehlo.maximum %x, %y : T",
    "subtract": "%z = stablehlo.subtract %x, %y : T",
    "twice": "%t = stablehlo.add %x, %x : T\n%z = stablehlo.add %t, %y : T",
}
"""Update regions, some of which tell in which order updates come."""
INDICES = {"i8": np.int8, "ui8": np.uint8, "i32": np.int32, "ui32": np.uint32, "i64": np.int64,
           "ui64": np.uint64}  # fmt: skip


def region(name: str, element: str) -> str:
    scalar = tensor((), element)
    body = COMBINE[name].replace("T", scalar)
    return f"({{ ^bb0(%x: {scalar}, %y: {scalar}):\n{body}\nstablehlo.return %z : {scalar} }})"


def numbers(rng: np.random.Generator, leading: int) -> dict[str, Any]:
    """Random dimension numbers of a slice: sizes of the operand, of slices, which dimensions
    are indexed, left out or batched, and where the dimensions of windows are among the others."""
    rank = int(rng.integers(1, 4))
    sizes = rng.integers(1, 5, rank).tolist()
    roles = rng.permutation(rank).tolist()
    batching = sorted(roles[: int(rng.integers(0, 2))] if rank > 1 else [])
    rest = [d for d in range(rank) if d not in batching]
    indexed = sorted(rng.choice(rest, int(rng.integers(0, len(rest) + 1)), replace=False).tolist())
    collapsed = sorted(d for d in rest if rng.integers(2))
    slices = [1 if d in collapsed or d in batching else int(rng.integers(1, n + 1))
              for d, n in enumerate(sizes)]  # fmt: skip
    kept = [d for d in rest if d not in collapsed]
    counts = [*(sizes[d] for d in batching), *rng.integers(0, 4, leading).tolist()]
    total = len(counts) + len(kept)
    places = sorted(rng.choice(total, len(kept), replace=False).tolist())
    whole = [0] * total
    for place, d in zip(places, kept, strict=True):
        whole[place] = slices[d]
    for place, n in zip([p for p in range(total) if p not in places], counts, strict=True):
        whole[place] = n
    rng.shuffle(indexed)
    vector = int(rng.integers(len(batching), len(counts) + 1))
    if len(indexed) == 1 and vector == len(counts) and rng.integers(2):
        vectors = list(counts)
    else:
        vectors = [*counts[:vector], len(indexed), *counts[vector:]]
    return {"sizes": sizes, "slices": slices, "batching": batching, "indexed": indexed,
            "collapsed": collapsed, "windows": places, "vector": vector, "vectors": vectors,
            "result": whole}  # fmt: skip


def indices(rng: np.random.Generator, shape: list[int], element: str, low: int) -> np.ndarray:
    dtype = np.dtype(INDICES[element])
    found = rng.integers(low if dtype.kind == "i" else 0, 5, shape).astype(dtype)
    if found.size and rng.integers(3) == 0:
        found.reshape(-1)[0] = np.iinfo(dtype).max
    return found


def gather(rng: np.random.Generator, element: str) -> tuple[str, list[np.ndarray]]:
    n = numbers(rng, int(rng.integers(0, 3)))
    kind = str(rng.choice(list(INDICES)))
    batching = list(range(len(n["batching"])))
    op = f""""stablehlo.gather"(OPERANDS) <{{dimension_numbers = #stablehlo.gather<
 offset_dims = {n["windows"]}, collapsed_slice_dims = {n["collapsed"]},
 operand_batching_dims = {n["batching"]}, start_indices_batching_dims = {batching},
 start_index_map = {n["indexed"]}, index_vector_dim = {n["vector"]}>,
 slice_sizes = {array(n["slices"])}, indices_are_sorted = false}}>"""
    operands = [tensor(n["sizes"], element), tensor(n["vectors"], kind)]
    text = function(op, operands, [tensor(n["result"], element)], "")
    return text, [draw(rng, n["sizes"], element), indices(rng, n["vectors"], kind, -3)]


def scatter(rng: np.random.Generator, element: str) -> tuple[str, list[np.ndarray]]:
    n = numbers(rng, int(rng.integers(0, 3)))
    kind = str(rng.choice(list(INDICES)))
    batching = list(range(len(n["batching"])))
    op = f""""stablehlo.scatter"(OPERANDS) <{{scatter_dimension_numbers = #stablehlo.scatter<
 update_window_dims = {n["windows"]}, inserted_window_dims = {n["collapsed"]},
 input_batching_dims = {n["batching"]}, scatter_indices_batching_dims = {batching},
 scatter_dims_to_operand_dims = {n["indexed"]}, index_vector_dim = {n["vector"]}>,
 indices_are_sorted = false, unique_indices = false}}>"""
    operands = [tensor(n["sizes"], element), tensor(n["vectors"], kind),
                tensor(n["result"], element)]  # fmt: skip
    name = str(rng.choice(list(COMBINE)))
    text = function(op, operands, [tensor(n["sizes"], element)], region(name, element))
    inputs = [draw(rng, n["sizes"], element), indices(rng, n["vectors"], kind, -3),
              draw(rng, n["result"], element)]  # fmt: skip
    return text, inputs


def select_and_scatter(rng: np.random.Generator, element: str) -> tuple[str, list[np.ndarray]]:
    rank = int(rng.integers(1, 4))
    sizes, window = rng.integers(1, 7, rank), rng.integers(1, 4, rank)
    strides, pads = rng.integers(1, 4, rank), rng.integers(0, 2, (rank, 2))
    pads = np.minimum(pads, window[:, None] - 1)
    padded = sizes + pads.sum(1)
    out = np.where(padded >= window, (padded - window) // strides + 1, 0)
    scalar = tensor((), element)
    op = f""""stablehlo.select_and_scatter"(OPERANDS) <{{window_dimensions = {array(window)},
 window_strides = {array(strides)}, padding = dense<{pads.tolist()}> : tensor<{rank}x2xi64>}}>"""
    compare = str(rng.choice(["GE", "LE", "GT"]))
    keep = (f"({{ ^bb0(%x: {scalar}, %y: {scalar}):\n%z = stablehlo.compare {compare}, %x, "
            f"%y : ({scalar}, {scalar}) -> tensor<i1>\n"
            "stablehlo.return %z : tensor<i1> }, ")  # fmt: skip
    operands = [tensor(sizes, element), tensor(out, element), scalar]
    text = function(op, operands, [tensor(sizes, element)], keep + region("add", element)[1:])
    # how often the initial value takes part is not specified
    start = np.zeros((), draw(rng, (), element).dtype)
    return text, [draw(rng, sizes, element), draw(rng, out, element), start]


MAKERS = {"gather": gather, "scatter": scatter, "select_and_scatter": select_and_scatter}
ELEMENTS = ("f32", "bf16", "i8", "ui32", "i1", "f64")


@pytest.mark.parametrize(
    ("name", "element"),
    [(n, e) for n in MAKERS for e in ELEMENTS if n == "gather" or e != "i1"],
)
def test_random_programs_agree_with_the_interpreter(name: str, element: str) -> None:
    verify_draws(MAKERS[name], element, run_interpreter, seed=5, count=4)


def jax_programs() -> dict[str, tuple[Callable[..., Any], list[np.ndarray]]]:
    """Functions of JAX that gather or scatter underneath, with inputs."""
    jax = pytest.importorskip("jax")
    jnp, lax = pytest.importorskip("jax.numpy"), pytest.importorskip("jax.lax")
    rng = np.random.default_rng(3)
    x, rows = draw(rng, (6, 5), "f32"), draw(rng, (4, 5), "f32")
    at, outside = np.array([1, 3, 3, 0]), np.array([1, 30, -9, 0])
    image = draw(rng, (2, 7, 8, 3), "f32")
    odd = image.copy()
    odd[0, 2, 3, 1] = np.nan

    def pooling(window: Any, strides: Any, padding: Any) -> Callable[..., Any]:
        def loss(a: Any) -> Any:
            return (lax.reduce_window(a, -jnp.inf, lax.max, window, strides, padding) ** 2).sum()

        return jax.grad(loss)

    return {
        "set": (lambda a, i, u: a.at[i].set(u), [x, np.array([1, 3, 5, 0]), rows]),
        "add": (lambda a, i, u: a.at[i].add(u), [x, at, rows]),
        "drop": (lambda a, i, u: a.at[i].add(u, mode="drop"), [x, outside, rows]),
        "clip": (lambda a, i, u: a.at[i].multiply(u, mode="clip"), [x, outside, rows]),
        "column": (lambda a, i, u: a.at[:, i].max(u), [x, np.array([1, 3, 3]), rows[:1, :3]]),
        "element": (lambda a, i, j, u: a.at[i, j].min(u), [x, at, at, rows[:, 0]]),
        "window": (lambda a, u: a.at[1:5, 2:4].set(u), [x, rows[:, :2]]),
        "apply": (lambda a, i: a.at[i].apply(lambda v: v * v + 1), [x, np.array([1, 4])]),
        "batch": (jax.vmap(lambda a, i, u: a.at[i].add(u), in_axes=(1, 0, 0)),
                  [draw(rng, (4, 3, 5), "f32"), np.array([[1, 2], [0, 0], [3, 1]]),
                   draw(rng, (3, 2, 5), "f32")]),
        "segment_sum": (lambda a, i: jax.ops.segment_sum(a, i, num_segments=3), [rows, at % 3]),
        "take": (lambda a, i: jnp.take(a, i, axis=1, mode="fill"), [x, outside]),
        "take_along_axis": (lambda a, i: jnp.take_along_axis(a, i, 1),
                            [x, rng.integers(0, 5, (6, 3))]),
        "gather gradient": (jax.grad(lambda a, i: (a[i] ** 2).sum()), [x, at]),
        "max pooling": (pooling((1, 2, 2, 1), (1, 2, 2, 1), "VALID"), [image]),
        "overlapping pooling": (pooling((1, 3, 3, 1), (1, 2, 2, 1), "SAME"), [image]),
        "pooling with NaN": (pooling((1, 3, 3, 1), (1, 2, 2, 1), "SAME"), [odd]),
    }  # fmt: skip


NAMES = (
    "set", "add", "drop", "clip", "column", "element", "window", "apply", "batch", "segment_sum",
    "take", "take_along_axis", "gather gradient", "max pooling", "overlapping pooling",
    "pooling with NaN",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_programs_of_jax_agree_with_xla(name: str) -> None:
    made, inputs = jax_programs()[name]
    text = program(made, *inputs)
    verify(text, inputs, run_xla(text, inputs))


def test_an_order_that_matters_is_the_order_of_the_indices() -> None:
    text = function(
        """"stablehlo.scatter"(OPERANDS) <{scatter_dimension_numbers = #stablehlo.scatter<
 update_window_dims = [0], inserted_window_dims = [], scatter_dims_to_operand_dims = [0],
 index_vector_dim = 1>}>""",
        ["tensor<6xf32>", "tensor<2x1xi32>", "tensor<3x2xf32>"], ["tensor<6xf32>"],
        region("set", "f32"),
    )  # fmt: skip
    updates = np.array([[1, 10], [2, 20], [3, 30]], np.float32)
    inputs = [np.zeros(6, np.float32), np.array([[1], [2]], np.int32), updates]
    verify(text, inputs, [np.array([0, 1, 10, 20, 30, 0], np.float32)])
    inputs[1] = np.array([[2], [-1]], np.int32)  # half of a window is outside
    verify(text, inputs, [np.array([20, 30, 1, 2, 3, 0], np.float32)])
