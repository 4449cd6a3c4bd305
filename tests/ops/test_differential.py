# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random programs: the reference against XLA, the input phase's output against the reference.

Each generator draws one StableHLO function with inputs. Against XLA the draws are seeded; against
the lowering hypothesis chooses, and every static dimension may be hidden behind `?`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .oracle import run_xla
from .targets import run_reference, verify

DTYPES = {
    "f32": np.float32, "f64": np.float64, "f16": np.float16, "bf16": ml_dtypes.bfloat16,
    "i8": np.int8, "i32": np.int32, "i64": np.int64, "ui8": np.uint8, "i1": np.bool_,
}  # fmt: skip
FLOATS = ("f32", "f64", "f16", "bf16")
NUMBERS = (*FLOATS, "i8", "i32", "i64", "ui8")


@dataclass
class Program:
    """`body` uses %a, %b, ... and defines %r."""

    body: str
    inputs: list[np.ndarray]
    types: list[str]
    result: str

    def text(self) -> str:
        args = ", ".join(f"%{n}: {t}" for n, t in zip("abcdef", self.types, strict=False))
        return (
            f"module {{ func.func @main({args}) -> ({self.result}) {{\n{self.body}\n"
            f"  return %r : {self.result}\n}} }}"
        )


def tensor(shape, element: str) -> str:
    return "tensor<" + "".join(f"{n}x" for n in shape) + element + ">"


def draw(rng: np.random.Generator, shape, element: str) -> np.ndarray:
    dtype = np.dtype(DTYPES[element])
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        low = 0 if dtype.kind == "u" else -20
        return rng.integers(low, 20, shape).astype(dtype)
    return (rng.integers(-32, 33, shape) / 8).astype(dtype)


def shape_of(rng: np.random.Generator, rank: int, low: int = 0, high: int = 5) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(low, high, rank))


def elementwise(rng: np.random.Generator) -> Program:
    name = str(rng.choice(["add", "subtract", "multiply", "maximum", "minimum", "divide"]))
    element = str(rng.choice(NUMBERS))
    shape = shape_of(rng, int(rng.integers(0, 4)))
    t = tensor(shape, element)
    inputs = [draw(rng, shape, element), draw(rng, shape, element)]
    if name == "divide":
        inputs[1] = np.where(inputs[1] == 0, np.ones_like(inputs[1]), inputs[1])
    return Program(f"  %r = stablehlo.{name} %a, %b : {t}", inputs, [t, t], t)


def broadcast(rng: np.random.Generator) -> Program:
    element = str(rng.choice(list(DTYPES)))
    rank = int(rng.integers(1, 4))
    out = shape_of(rng, rank, 1)
    dims = sorted(rng.choice(rank, int(rng.integers(0, rank + 1)), replace=False).tolist())
    shape = tuple(1 if rng.integers(2) else out[d] for d in dims)
    source, result = tensor(shape, element), tensor(out, element)
    body = f"  %r = stablehlo.broadcast_in_dim %a, dims = {dims} : ({source}) -> {result}"
    return Program(body, [draw(rng, shape, element)], [source], result)


def reshape(rng: np.random.Generator) -> Program:
    element = str(rng.choice(list(DTYPES)))
    factors = [int(n) for n in rng.choice([1, 2, 3, 4], int(rng.integers(1, 5)))]

    def regroup() -> tuple[int, ...]:
        sizes = [1]
        for n in rng.permutation(factors):
            if rng.integers(2):
                sizes.append(int(n))
            else:
                sizes[-1] *= int(n)
        return tuple(sizes)

    before, after = regroup(), regroup()
    source, result = tensor(before, element), tensor(after, element)
    body = f"  %r = stablehlo.reshape %a : ({source}) -> {result}"
    return Program(body, [draw(rng, before, element)], [source], result)


def transpose(rng: np.random.Generator) -> Program:
    element = str(rng.choice(list(DTYPES)))
    shape = shape_of(rng, int(rng.integers(0, 5)))
    order = rng.permutation(len(shape)).tolist()
    source, result = tensor(shape, element), tensor([shape[d] for d in order], element)
    body = f"  %r = stablehlo.transpose %a, dims = {order} : ({source}) -> {result}"
    return Program(body, [draw(rng, shape, element)], [source], result)


def reduce(rng: np.random.Generator) -> Program:
    element = str(rng.choice(["f32", "f64", "i32", "f16"]))
    shape = shape_of(rng, int(rng.integers(1, 4)))
    dims = sorted(rng.choice(len(shape), int(rng.integers(1, len(shape) + 1)), replace=False))
    dims = [int(d) for d in dims]
    name, start = (("add", 0), ("multiply", 1), ("maximum", -100))[int(rng.integers(3))]
    source, scalar = tensor(shape, element), tensor((), element)
    result = tensor([n for d, n in enumerate(shape) if d not in dims], element)
    body = (f"  %r = stablehlo.reduce(%a init: %b) applies stablehlo.{name} across "
            f"dimensions = {dims} : ({source}, {scalar}) -> {result}")  # fmt: skip
    values = draw(rng, shape, element)
    if name == "multiply":
        values = np.sign(values.astype(np.float64)).astype(values.dtype)
    return Program(body, [values, np.array(start, DTYPES[element])], [source, scalar], result)


def dot(rng: np.random.Generator) -> Program:
    element = str(rng.choice(["f32", "f64", "i32", "f16"]))
    sizes = {x: int(rng.integers(0 if x == "k" else 1, 4)) for x in "bmnk"}
    batch = bool(rng.integers(2))
    left = [x for x in rng.permutation(list("bmk" if batch else "mk"))]
    right = [x for x in rng.permutation(list("bnk" if batch else "nk"))]
    lb, rb = ([left.index("b")], [right.index("b")]) if batch else ([], [])
    lhs = tensor([sizes[x] for x in left], element)
    rhs = tensor([sizes[x] for x in right], element)
    result = tensor([sizes[x] for x in ("bmn" if batch else "mn")], element)
    batching = f"batching_dims = {lb} x {rb}, " if batch else ""
    body = (f"  %r = stablehlo.dot_general %a, %b, {batching}contracting_dims = "
            f"[{left.index('k')}] x [{right.index('k')}] : ({lhs}, {rhs}) -> {result}")  # fmt: skip
    inputs = [draw(rng, [sizes[x] for x in side], element) for side in (left, right)]
    return Program(body, inputs, [lhs, rhs], result)


def convolution(rng: np.random.Generator) -> Program:
    element = str(rng.choice(["f32", "f16"]))
    groups = int(rng.choice([1, 1, 2, 3]))
    channels, features = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    size, kernel = rng.integers(3, 7, 2).tolist(), rng.integers(1, 4, 2).tolist()
    stride, dilation = rng.integers(1, 3, 2).tolist(), rng.integers(1, 3, 2).tolist()
    spread = [int(n) for n in rng.choice([1, 1, 2], 2)]
    pads = rng.integers(-1, 3, (2, 2)).tolist()
    out = []
    for n, k, s, d, b, (low, high) in zip(size, kernel, stride, dilation, spread, pads,
                                          strict=True):  # fmt: skip
        whole = (n - 1) * b + 1 + low + high
        span = (k - 1) * d + 1
        out.append((whole - span) // s + 1 if whole >= span else 0)
    x, w = (2, *size, channels), (*kernel, channels // groups, features)
    lhs, rhs = tensor(x, element), tensor(w, element)
    result = tensor((2, *out, features), element)
    body = (
        "  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->"
        f"[b, 0, 1, f], window = {{stride = {stride}, pad = {pads}, lhs_dilate = {spread}, "
        f"rhs_dilate = {dilation}}} {{batch_group_count = 1 : i64, feature_group_count = "
        f"{groups} : i64}} : ({lhs}, {rhs}) -> {result}"
    )
    return Program(body, [draw(rng, x, element), draw(rng, w, element)], [lhs, rhs], result)


def window(rng: np.random.Generator) -> Program:
    element = "f32"
    rank = int(rng.integers(1, 4))
    shape = shape_of(rng, rank, 2, 6)
    sizes, strides = rng.integers(1, 4, rank).tolist(), rng.integers(1, 3, rank).tolist()
    pads = rng.integers(0, 2, (rank, 2)).tolist()
    out = [max(0, (n + a + z - k) // s + 1) if n + a + z >= k else 0
           for n, k, s, (a, z) in zip(shape, sizes, strides, pads, strict=True)]  # fmt: skip
    name, start = (("add", 0.0), ("maximum", -100.0))[int(rng.integers(2))]
    source, result = tensor(shape, element), tensor(out, element)
    body = f"""  %r = "stablehlo.reduce_window"(%a, %b) <{{
    window_dimensions = array<i64: {", ".join(map(str, sizes))}>,
    window_strides = array<i64: {", ".join(map(str, strides))}>,
    padding = dense<{pads}> : tensor<{rank}x2xi64>}}> ({{
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %s = stablehlo.{name} %x, %y : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }}) : ({source}, tensor<f32>) -> {result}"""
    inputs = [draw(rng, shape, element), np.array(start, np.float32)]
    return Program(body, inputs, [source, "tensor<f32>"], result)


def pad(rng: np.random.Generator) -> Program:
    element = str(rng.choice(["f32", "i32"]))
    shape = shape_of(rng, int(rng.integers(1, 4)), 1)
    rank = len(shape)
    low, high = rng.integers(-2, 3, rank).tolist(), rng.integers(-1, 3, rank).tolist()
    interior = rng.integers(0, 2, rank).tolist()
    out = [n + (n - 1) * k + a + z for n, a, z, k in zip(shape, low, high, interior, strict=True)]
    low = [a - min(0, n) for a, n in zip(low, out, strict=True)]
    out = [max(0, n) for n in out]
    source, scalar, result = tensor(shape, element), tensor((), element), tensor(out, element)
    body = (f"  %r = stablehlo.pad %a, %b, low = {low}, high = {high}, interior = {interior} : "
            f"({source}, {scalar}) -> {result}")  # fmt: skip
    return Program(body, [draw(rng, shape, element), draw(rng, (), element)], [source, scalar],
                   result)  # fmt: skip


def gather(rng: np.random.Generator) -> Program:
    shape = shape_of(rng, 3, 2)
    axis = int(rng.integers(0, 3))
    count = int(rng.integers(0, 4))
    sizes = [1 if d == axis else int(rng.integers(1, n + 1)) for d, n in enumerate(shape)]
    kept = [sizes[d] for d in range(3) if d != axis]
    source, result = tensor(shape, "f32"), tensor((count, *kept), "f32")
    body = f"""  %r = "stablehlo.gather"(%a, %b) <{{dimension_numbers = #stablehlo.gather<
    offset_dims = [1, 2], collapsed_slice_dims = [{axis}], start_index_map = [{axis}],
    index_vector_dim = 1>, slice_sizes = array<i64: {", ".join(map(str, sizes))}>}}>
    : ({source}, tensor<{count}xi32>) -> {result}"""
    indices = rng.integers(-2, 7, count).astype(np.int32)
    return Program(body, [draw(rng, shape, "f32"), indices], [source, f"tensor<{count}xi32>"],
                   result)  # fmt: skip


def convert(rng: np.random.Generator) -> Program:
    before, after = (str(x) for x in rng.choice(list(DTYPES), 2))
    shape = shape_of(rng, int(rng.integers(0, 3)))
    source, result = tensor(shape, before), tensor(shape, after)
    body = f"  %r = stablehlo.convert %a : ({source}) -> {result}"
    values = draw(rng, shape, before)
    if after == "ui8" and values.dtype != np.bool_:  # XLA wraps negative floats, we saturate
        values = np.abs(values)
    return Program(body, [values], [source], result)


GENERATORS: tuple[Callable[[np.random.Generator], Program], ...] = (
    elementwise, broadcast, reshape, transpose, reduce, dot, convolution, window, pad, gather,
    convert,
)  # fmt: skip


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda g: g.__name__)
def test_reference_agrees_with_xla(generator) -> None:
    for seed in range(6):
        program = generator(np.random.default_rng(seed))
        text = program.text()
        verify(text, program.inputs, run_xla(text, program.inputs), ("reference",))


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda g: g.__name__)
@settings(max_examples=25, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(seed=st.integers(0, 2**32 - 1))
def test_lowering_agrees_with_reference(generator, seed: int) -> None:
    program = generator(np.random.default_rng(seed))
    text = program.text()
    verify(text, program.inputs, run_reference(text, program.inputs), ("input",))


DYNAMIC = (elementwise, transpose, reduce, dot)


@pytest.mark.parametrize("generator", DYNAMIC, ids=lambda g: g.__name__)
@settings(max_examples=25, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(seed=st.integers(0, 2**32 - 1))
def test_dynamic_lowering_agrees_with_reference(generator, seed: int) -> None:
    """Every size of the program unknown."""
    program = generator(np.random.default_rng(seed))
    text = program.text()
    want = run_reference(text, program.inputs)
    for type_ in {*program.types, program.result}:
        hidden = "tensor<" + "".join("?x" for _ in range(type_.count("x"))) + type_[
            type_.rfind("x") + 1 if "x" in type_ else 7 :
        ]  # fmt: skip
        text = text.replace(type_, hidden)
    verify(text, program.inputs, want, ("input",))
