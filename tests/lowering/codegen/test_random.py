# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random contractions, broadcasts and windows: any map, any size, dynamic dimensions too."""

from __future__ import annotations

import numpy as np
import pytest

from .harness import check
from .programs import fill, generic, tensor

SIZES = (1, 2, 3, 7, 8, 16, 17, 33, 48, 65)


def values(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(-3, 4, shape).astype(np.float32)


@pytest.mark.parametrize("seed", range(24))
def test_random_contraction(seed):
    """Batch, row, column and reduction loops in any order in any operand, one of them dynamic."""
    rng = np.random.default_rng(seed)
    kinds = ["batch"] * rng.integers(0, 2) + ["row"] * rng.integers(0, 3)
    kinds += ["column"] * rng.integers(0, 2) + ["reduce"] * rng.integers(1, 3)
    count = len(kinds)
    sizes = [int(rng.choice(SIZES)) for _ in kinds]
    names = [f"d{i}" for i in range(count)]
    uses = {
        "a": [i for i, k in enumerate(kinds) if k in ("batch", "row", "reduce")],
        "b": [i for i, k in enumerate(kinds) if k in ("batch", "column", "reduce")],
        "o": [i for i, k in enumerate(kinds) if k != "reduce"],
    }
    for dims in uses.values():
        rng.shuffle(dims)
    dynamic = int(rng.integers(0, count)) if seed % 2 else -1
    types = {v: tensor(*("?" if d == dynamic else sizes[d] for d in ds)) for v, ds in uses.items()}
    loops = ", ".join(names)
    maps = [f"({loops}) -> ({', '.join(names[d] for d in ds)})" for ds in uses.values()]
    iterators = "".join("r" if k == "reduce" else "p" for k in kinds)
    body = ("^bb0(%x: f32, %y: f32, %z: f32):\n%p = arith.mulf %x, %y : f32\n"
            "%q = arith.addf %z, %p : f32\nlinalg.yield %q : f32")  # fmt: skip
    ins = [("%a", types["a"]), ("%b", types["b"])]
    product = generic(maps, iterators, ins, [("%f", types["o"])], body)
    text = f"""func.func @entry(%a: {types["a"]}, %b: {types["b"]}, %n: index) -> {types["o"]} {{
      %zero = arith.constant 0.0 : f32
      {fill("f", "%zero", types["o"], "%n" if dynamic in uses["o"] else "")}
      %m = {product}
      func.return %m : {types["o"]}
    }}"""
    inputs = [values(rng, *(sizes[d] for d in uses[v])) for v in "ab"]
    check(text, *inputs, workload=[sizes[dynamic] if dynamic >= 0 else 1])


@pytest.mark.parametrize("seed", range(16))
def test_random_broadcast_and_permutation(seed):
    """Elementwise ops whose inputs have any subset of the dimensions in any order, in a chain."""
    rng = np.random.default_rng(100 + seed)
    rank = int(rng.integers(1, 5))
    sizes = [int(rng.choice(SIZES[:8])) for _ in range(rank)]
    names = [f"d{i}" for i in range(rank)]
    loops = ", ".join(names)
    subsets = []
    for _ in range(2):
        dims = [d for d in range(rank) if rng.random() < 0.7]
        rng.shuffle(dims)
        subsets.append(dims)
    order = list(rng.permutation(rank))
    x, y = (tensor(*(sizes[d] for d in dims)) for dims in subsets)
    o = tensor(*(sizes[d] for d in order))
    maps = [f"({loops}) -> ({', '.join(names[d] for d in dims)})" for dims in (*subsets, order)]
    body = "^bb0(%p: f32, %q: f32, %r: f32):\n%s = arith.subf %p, %q : f32\nlinalg.yield %s : f32"
    follow = "^bb0(%p: f32, %q: f32, %r: f32):\n%s = arith.mulf %p, %q : f32\nlinalg.yield %s : f32"
    first = generic(maps, "p" * rank, [("%x", x), ("%y", y)], [("%e", o)], body)
    second = generic([maps[2], maps[0], maps[2]], "p" * rank, [("%m", o), ("%x", x)],
                     [("%e", o)], follow)  # fmt: skip
    text = f"""func.func @entry(%x: {x}, %y: {y}) -> {o} {{
      %e = tensor.empty() : {o}
      %m = {first}
      %n = {second}
      func.return %n : {o}
    }}"""
    check(text, *(values(rng, *(sizes[d] for d in dims)) for dims in subsets))


@pytest.mark.parametrize("seed", range(16))
def test_random_convolution(seed):
    """Strides, dilations and layouts: channels last or first, filters in any order."""
    rng = np.random.default_rng(200 + seed)
    stride, dilation = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    n, h, w, k, c, f = (int(rng.integers(1, m)) for m in (3, 12, 20, 4, 9, 40))
    ih, iw = ((s - 1) * stride + (k - 1) * dilation + 1 for s in (h, w))
    loops = "(n, h, w, f, i, j, c)"
    rows = f"h * {stride} + i * {dilation}"
    columns = f"w * {stride} + j * {dilation}"
    first = bool(rng.integers(0, 2))
    source = f"(n, c, {rows}, {columns})" if first else f"(n, {rows}, {columns}, c)"
    target = "(n, f, h, w)" if first else "(n, h, w, f)"
    filter_dims = [("i", k), ("j", k), ("c", c), ("f", f)]
    rng.shuffle(filter_dims)
    weights = f"({', '.join(d for d, _ in filter_dims)})"
    filter_shape = [int(s) for _, s in filter_dims]
    x_shape = (n, c, ih, iw) if first else (n, ih, iw, c)
    x, y = tensor(*x_shape), tensor(*filter_shape)
    o = tensor(n, f, h, w) if first else tensor(n, h, w, f)
    maps = [f"{loops} -> {m}" for m in (source, weights, target)]
    body = ("^bb0(%p: f32, %q: f32, %z: f32):\n%r = arith.mulf %p, %q : f32\n"
            "%s = arith.addf %z, %r : f32\nlinalg.yield %s : f32")  # fmt: skip
    product = generic(maps, "pppprrr", [("%x", x), ("%y", y)], [("%g", o)], body)
    text = f"""func.func @entry(%x: {x}, %y: {y}) -> {o} {{
      %zero = arith.constant 0.0 : f32
      {fill("g", "%zero", o)}
      %m = {product}
      func.return %m : {o}
    }}"""
    check(text, values(rng, *x_shape), values(rng, *filter_shape))
