# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks of many small TensorFlow functions at once: one import and one compilation for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.context import make_context
from iree_explore.frontend import import_source
from iree_explore.stablehlo.reference import evaluate

tf = pytest.importorskip("tensorflow")

Case = tuple[Callable[..., Any], Sequence[Any]]
"""A function and its arguments; a `Fixed` argument keeps its shape."""


def f32(values: Any) -> np.ndarray:
    """An array of float32."""
    return np.array(values, np.float32)


def i32(values: Any) -> np.ndarray:
    """An array of int32."""
    return np.array(values, np.int32)


def i64(values: Any) -> np.ndarray:
    """An array of int64."""
    return np.array(values, np.int64)


class Fixed:
    """An argument whose shape is known in every version of a program."""

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value)

    def shape(self, unknown: str) -> list[int | None]:
        """Sizes when those of other arguments are unknown."""
        return list(self.value.shape)


def check(
    cases: Mapping[str, Case],
    unknown: str,
    *,
    compiled: bool = False,
    jit: bool = False,
    rtol: float = 1e-5,
    atol: float = 1e-6,
) -> None:
    """Compares every case with TensorFlow. `unknown` is "none", "batch" (the first dimension) or
    "all"; that one runs on `llvm-cpu` too, the others on the reference unless `compiled`. `jit`
    has TensorFlow compute by XLA, for what its own kernels have not."""
    arguments = [[_array(a) for a in given] for _, given in cases.values()]
    specs = [
        [_spec(a, unknown, f"x{n}_{m}") for m, a in enumerate(given)]
        for n, (_, given) in enumerate(cases.values())
    ]
    flat_specs = [s for row in specs for s in row]
    flat = [x for row in arguments for x in row]

    def together(*values: Any) -> dict[str, Any]:
        given = iter(values)
        found = {}
        for (name, (function, _)), row in zip(cases.items(), specs, strict=True):
            results = tf.nest.flatten(function(*(next(given) for _ in row)))
            found |= {f"{name}/{i}": r for i, r in enumerate(results)}
        return found

    program = tf.function(together, input_signature=flat_specs, autograph=False)
    oracle = tf.function(together, autograph=False, jit_compile=True) if jit else program
    wanted = {k: np.asarray(v) for k, v in oracle(*map(tf.constant, flat)).items()}
    names = sorted(wanted)
    ctx = make_context()
    module = import_source(program, ctx)
    pipeline.run(module, ctx, stop="import")
    runs = [dict(zip(names, evaluate(module, "main", flat, ctx.parameters), strict=True))]
    if compiled or unknown == "all":
        made = ie.compile(program, target="llvm-cpu").main(*flat)
        runs.append({name: np.asarray(made[name]) for name in names})
    wrong = []
    for run, found in zip(("reference", "llvm-cpu"), runs, strict=False):
        for name in names:
            said = _difference(found[name], wanted[name], rtol, atol)
            if said:
                wrong.append(f"{run} {name}: {said}")
    assert not wrong, "\n".join(wrong)


def _difference(found: np.ndarray, wanted: np.ndarray, rtol: float, atol: float) -> str:
    if (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
        return f"{found.dtype}{found.shape} instead of {wanted.dtype}{wanted.shape}"
    try:
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)
    except AssertionError as raised:
        return str(raised)
    return ""


def _array(value: Any) -> np.ndarray:
    return value.value if isinstance(value, Fixed) else np.asarray(value)


def _spec(value: Any, unknown: str, name: str) -> Any:
    array = _array(value)
    shape: list[int | None] = list(array.shape)
    if isinstance(value, Fixed):
        shape = value.shape(unknown)
    elif unknown == "all":
        shape = [None] * len(shape)
    elif unknown == "batch" and shape:
        shape[0] = None
    return tf.TensorSpec(shape, array.dtype, name)
