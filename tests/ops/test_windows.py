# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`reduce` and `reduce_window` with every attribute, against XLA: random draws, and JAX's uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from .oracle import program, run_xla
from .targets import unknown_sizes, verify

DTYPES = {
    "f32": np.float32, "f64": np.float64, "f16": np.float16, "bf16": ml_dtypes.bfloat16,
    "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64, "ui8": np.uint8,
    "ui32": np.uint32, "i1": np.bool_,
}  # fmt: skip

Sizes = Sequence[int] | np.ndarray


def draw(rng: np.random.Generator, shape: Sizes, element: str) -> np.ndarray:
    """Small numbers, exact in every type."""
    dtype = np.dtype(DTYPES[element])
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind == "u":
        return rng.integers(0, 8, shape).astype(dtype)
    values = rng.integers(-8, 9, shape)
    return (values if dtype.kind == "i" else values / 4).astype(dtype)


def tensor(shape: Sizes, element: str) -> str:
    return "tensor<" + "".join(f"{n}x" for n in shape) + element + ">"


REGIONS = {
    1: (
        ("%z0 = stablehlo.add %x0, %y0 : T", ["zero"]),
        ("%z0 = stablehlo.maximum %x0, %y0 : T", ["least"]),
        ("%z0 = stablehlo.minimum %x0, %y0 : T", ["greatest"]),
        ("%z0 = stablehlo.multiply %x0, %y0 : T", ["one"]),
        (
            "%t = stablehlo.compare LE, %x0, %y0 : (T, T) -> tensor<i1>\n"
            "%z0 = stablehlo.select %t, %x0, %y0 : tensor<i1>, T",
            ["greatest"],
        ),
    ),
    2: (
        (
            "%g = stablehlo.compare GT, %x0, %y0 : (T, T) -> tensor<i1>\n"
            "%e = stablehlo.compare EQ, %x0, %y0 : (T, T) -> tensor<i1>\n"
            "%l = stablehlo.compare LE, %x1, %y1 : (T, T) -> tensor<i1>\n"
            "%f = stablehlo.and %e, %l : tensor<i1>\n"
            "%t = stablehlo.or %g, %f : tensor<i1>\n"
            "%z0 = stablehlo.select %t, %x0, %y0 : tensor<i1>, T\n"
            "%z1 = stablehlo.select %t, %x1, %y1 : tensor<i1>, T",
            ["least", "greatest"],
        ),
        (
            "%z0 = stablehlo.add %x0, %y0 : T\n%z1 = stablehlo.maximum %x1, %y1 : T",
            ["zero", "least"],
        ),
    ),
}  # fmt: skip
"""Bodies and what leaves the other argument as it is: how often the initial value takes part is not
specified."""


def neutral(kind: str, element: str) -> np.ndarray:
    dtype = np.dtype(DTYPES[element])
    if kind in ("zero", "one"):
        return np.array(kind == "one").astype(dtype)
    if dtype == np.bool_:
        return np.array(kind == "greatest")
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.array(limits.min if kind == "least" else limits.max, dtype)
    return np.array(-np.inf if kind == "least" else np.inf).astype(dtype)


def region(rng: np.random.Generator, element: str, count: int) -> tuple[str, list[np.ndarray]]:
    """A region on `count` pairs, and its initial values."""
    scalar = tensor((), element)
    args = ", ".join(f"%{v}{i}: {scalar}" for v in "xy" for i in range(count))
    body, kinds = REGIONS[count][int(rng.integers(len(REGIONS[count])))]
    body = re.sub(r"\bT\b", scalar, body)
    results = ", ".join(f"%z{i}" for i in range(count))
    text = (f"({{ ^bb0({args}):\n{body}\nstablehlo.return {results} : "
            f"{', '.join([scalar] * count)} }})")  # fmt: skip
    return text, [neutral(kind, element) for kind in kinds]


def function(op: str, operands: Sequence[str], results: Sequence[str], region_: str) -> str:
    """A program of one op with several operands and results."""
    names = [f"%a{i}" for i in range(len(operands))]
    args = ", ".join(f"{n}: {t}" for n, t in zip(names, operands, strict=True))
    out = ", ".join(results)
    values = ", ".join(f"%r#{i}" for i in range(len(results))) if len(results) > 1 else "%r"
    count = f":{len(results)}" if len(results) > 1 else ""
    call = op.replace("OPERANDS", ", ".join(names))
    return f"""func.func @main({args}) -> ({out}) {{
%r{count} = {call} {region_} : ({", ".join(operands)}) -> ({out})
return {values} : {out}
}}"""


def array(values: Sizes) -> str:
    return "array<i64" + (": " + ", ".join(map(str, values)) if len(values) else "") + ">"


def reduce_window(rng: np.random.Generator, element: str) -> tuple[str, list[np.ndarray]]:
    rank, count = int(rng.integers(1, 4)), int(rng.choice([1, 1, 2]))
    shape = rng.integers(0 if rng.integers(4) == 0 else 1, 6, rank)
    window, stride = rng.integers(1, 4, rank), rng.integers(1, 4, rank)
    window[0] += 1  # XLA drops the initial value of windows of one element
    base, dilation = rng.choice([1, 1, 1, 2, 3], rank), rng.choice([1, 1, 2], rank)
    pads = rng.integers(-1, 4, (rank, 2))
    whole = np.where(shape > 0, (shape - 1) * base + 1, 0)
    pads[:, 0] = np.where(whole + pads.sum(1) < 0, 0, pads[:, 0])
    pads[:, 1] = np.where(whole + pads.sum(1) < 0, 0, pads[:, 1])
    span = (window - 1) * dilation + 1
    padded = whole + pads.sum(1)
    out = np.where(padded >= span, (padded - span) // stride + 1, 0)
    op = f""""stablehlo.reduce_window"(OPERANDS) <{{window_dimensions = {array(window)},
 window_strides = {array(stride)}, base_dilations = {array(base)},
 window_dilations = {array(dilation)},
 padding = dense<{pads.tolist()}> : tensor<{rank}x2xi64>}}>"""
    inputs = [draw(rng, shape, element) for _ in range(count)]
    body, inits = region(rng, element, count)
    operands = [tensor(shape, element)] * count + [tensor((), element)] * count
    text = function(op, operands, [tensor(out, element)] * count, body)
    return text, [*inputs, *inits]


def reduce(rng: np.random.Generator, element: str) -> tuple[str, list[np.ndarray]]:
    rank, count = int(rng.integers(1, 5)), int(rng.choice([1, 1, 2]))
    shape = rng.integers(0 if rng.integers(4) == 0 else 1, 6, rank)
    dims = sorted(rng.choice(rank, int(rng.integers(1, rank + 1)), replace=False))
    out = [n for d, n in enumerate(shape) if d not in dims]
    op = f'"stablehlo.reduce"(OPERANDS) <{{dimensions = {array(dims)}}}>'
    inputs = [draw(rng, shape, element) for _ in range(count)]
    body, inits = region(rng, element, count)
    operands = [tensor(shape, element)] * count + [tensor((), element)] * count
    text = function(op, operands, [tensor(out, element)] * count, body)
    return text, [*inputs, *inits]


def verify_draws(
    make: Callable[..., Any], element: str, oracle: Callable[..., Any], seed: int, count: int
) -> None:
    """Some draws of a program; the first is compiled, and the second with unknown sizes."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        text, inputs = make(rng, element)
        want = oracle(text, inputs)
        verify(text, inputs, want, ("reference", "input"))
        if number < 2:
            verify(unknown_sizes(text) if number else text, inputs, want, ("llvm-cpu",))


@pytest.mark.parametrize("element", DTYPES)
@pytest.mark.parametrize("make", [reduce, reduce_window], ids=lambda f: f.__name__)
def test_random_programs_agree_with_xla(make: Callable[..., Any], element: str) -> None:
    verify_draws(make, element, run_xla, seed=7, count=3)


def jax_programs() -> dict[str, tuple[Callable[..., Any], list[np.ndarray]]]:
    """Functions of JAX that are windows or reductions underneath, with inputs."""
    lax = pytest.importorskip("jax.lax")
    jnp = pytest.importorskip("jax.numpy")
    from jax._src.lax import windowed_reductions

    rng = np.random.default_rng(3)
    x = draw(rng, (5, 7), "f32")
    odd = x.copy()
    odd[1, 2], odd[2, 0], odd[3, 3] = np.nan, np.inf, -np.inf
    image = draw(rng, (2, 6, 7, 3), "f32")

    def cumulative(name: str) -> Callable[..., Any]:
        """As on accelerators: one window as long as the dimension."""
        op, start = {"add": (lax.add, 0), "mul": (lax.mul, 1), "max": (lax.max, -np.inf)}[name]
        return lambda a: lax.reduce_window(
            a, np.array(start, a.dtype), op, (1, a.shape[1]), (1, 1), ((0, 0), (a.shape[1] - 1, 0))
        )

    def select_and_gather(a: Any, b: Any) -> Any:
        return windowed_reductions._select_and_gather_add(
            a, b, lax.ge_p, (1, 2, 2, 1), (1, 2, 2, 1), ((0, 0), (0, 0), (0, 1), (0, 0)),
            (1, 1, 1, 1), (1, 1, 1, 1),
        )  # fmt: skip

    def logsumexp(a: Any) -> Any:
        return lax.reduce_window(
            a, np.float32(-np.inf), jnp.logaddexp, (1, 3), (1, 2), ((0, 0), (1, 1)), (1, 2), (1, 1)
        )

    return {
        "cumsum": (cumulative("add"), [x]),
        "cumprod": (cumulative("mul"), [x]),
        "cummax": (cumulative("max"), [odd]),
        "cumsum of integers": (cumulative("add"), [draw(rng, (3, 40), "i32")]),
        "lax.cumsum": (lambda a: lax.cumsum(a, 0, reverse=True), [x]),
        "lax.cumlogsumexp": (lambda a: lax.cumlogsumexp(a, 1), [x]),
        "argmax": (lambda a: lax.argmax(a, 1, np.int32), [odd]),
        "argmin": (lambda a: lax.argmin(a, 0, np.int64), [odd]),
        "argmax of booleans": (lambda a: lax.argmax(a, 1, np.int32), [x > 0]),
        "select_and_gather_add": (select_and_gather, [image, image + 1]),
        "logaddexp": (logsumexp, [x]),
        "max with NaN": (lambda a: a.max(1), [odd]),
        "any": (lambda a: (a > 1).any(0), [odd]),
        "all": (lambda a: (a > 1).all(), [odd]),
        "average": (lambda a: lax.reduce_window(a, 0.0, lax.add, (1, 2, 3, 1), (1, 2, 1, 1),
                                                "SAME"), [image]),
        "statistics": (lambda a: (a.mean(), a.var(0), jnp.ptp(a, 1)), [x]),
    }  # fmt: skip


NAMES = (
    "cumsum", "cumprod", "cummax", "cumsum of integers", "lax.cumsum", "lax.cumlogsumexp",
    "argmax", "argmin", "argmax of booleans", "select_and_gather_add", "logaddexp",
    "max with NaN", "any", "all", "average", "statistics",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_programs_of_jax_agree_with_xla(name: str) -> None:
    made, inputs = jax_programs()[name]
    text = program(made, *inputs)
    verify(text, inputs, run_xla(text, inputs))
