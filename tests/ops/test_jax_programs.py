# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What JAX lowers to, run here and by JAX: a thousand programs of `jax_programs.py`.

A dozen programs are compiled as one module; a wrong result says which of them it belongs to.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from iree_explore import elements

jax = pytest.importorskip("jax")

from . import jax_programs  # noqa: E402  imports jax
from .oracle import XLA_OPTIMIZATION  # noqa: E402
from .targets import run  # noqa: E402

TOGETHER = 12


def chunks() -> list[Any]:
    found = []
    with jax.enable_x64(True):
        for family in jax_programs.FAMILIES:
            programs = list(family())
            for i in range(0, len(programs), TOGETHER):
                chunk = programs[i : i + TOGETHER]
                found.append(pytest.param(chunk, id=f"{family.__name__}-{chunk[0][0]}"))
    return found


def combined(chunk: Sequence[tuple[str, jax_programs.Program]]) -> tuple[Callable[..., Any], list]:
    """One function of all programs' arguments that returns a tuple for each program."""
    counts = [len(arguments) for _, (_, arguments) in chunk]
    starts = list(itertools.accumulate(counts, initial=0))

    def run(*arguments: Any) -> tuple[Any, ...]:
        return tuple(
            tuple(jax.tree.leaves(function(*arguments[start : start + count])))
            for (_, (function, _)), start, count in zip(chunk, starts, counts, strict=False)
        )

    return run, [a for _, (_, arguments) in chunk for a in arguments]


@pytest.mark.parametrize("chunk", chunks())
def test_programs_do_what_they_do_in_jax(chunk: list[Any]) -> None:
    with jax.enable_x64(True):
        function, arguments = combined(chunk)
        lowered = jax.jit(function, keep_unused=True).lower(*arguments)
        made = lowered.compile({"xla_backend_optimization_level": XLA_OPTIMIZATION})
        wanted = made(*arguments)
    for target in ("reference", "llvm-cpu"):
        flat = iter(run(lowered.as_text(), *arguments, target=target))
        for (name, _), leaves in zip(chunk, wanted, strict=True):
            for want in leaves:
                compare(f"{name} on {target}", next(flat), np.asarray(want))


def compare(name: str, got: np.ndarray, want: np.ndarray) -> None:
    assert (got.dtype, got.shape) == (want.dtype, want.shape), name
    tolerance = _tolerance(want.dtype)
    x, y = (
        (got, want) if want.dtype.kind == "c" else (elements.widened(got), elements.widened(want))
    )
    finite = np.abs(y[np.isfinite(y)]) if y.dtype.kind in "fc" else np.zeros(0)
    atol = tolerance / 4 * max(1.0, float(finite.max(initial=0)))  # of what sums cancel
    np.testing.assert_allclose(x, y, rtol=tolerance, atol=atol, err_msg=name)


def _tolerance(dtype: np.dtype) -> float:
    """Relative; what sums and functions may lose in this precision."""
    if dtype.kind in "iub":
        return 0.0
    if dtype.kind == "c":
        return 2e-5 if dtype.itemsize == 8 else 1e-10
    return {1: 0.15, 2: 2e-2, 4: 2e-5}.get(dtype.itemsize, 1e-10)
