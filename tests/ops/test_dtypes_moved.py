# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that move, gather, reduce, sort and multiply data, on the element types that memory widens or
code generation converts: llvm-cpu against the reference, the reference against XLA.
"""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore import elements

from .oracle import run_xla
from .targets import run_llvm_cpu, run_reference
from .test_dtypes import (
    DTYPES,
    differences,
    every_value,
    expect_none,
)

NAMES = "i1 i4 ui8 f4E2M1FN f8E5M2FNUZ f8E8M0FNU bf16".split()
IN_XLA = frozenset("i1 ui8 f8E4M3FN f8E5M2FNUZ bf16".split())
"""XLA's CPU compiler has not all of these ops for integers of a few bits."""
MOVES = """  %0 = stablehlo.slice %a [0:4:2, 1:6] : (tensor<4x6x$T>) -> tensor<2x5x$T>
  %1 = stablehlo.pad %a, %z, low = [1, -1], high = [0, 2], interior = [1, 0]
    : (tensor<4x6x$T>, tensor<$T>) -> tensor<8x7x$T>
  %2 = stablehlo.concatenate %a, %b, dim = 1 : (tensor<4x6x$T>, tensor<4x6x$T>) -> tensor<4x12x$T>
  %3 = stablehlo.reverse %a, dims = [0, 1] : tensor<4x6x$T>
  %4 = stablehlo.transpose %a, dims = [1, 0] : (tensor<4x6x$T>) -> tensor<6x4x$T>
  %5 = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],
    collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 6>, indices_are_sorted = false}>
    : (tensor<4x6x$T>, tensor<3xi32>) -> tensor<3x6x$T>
  %6 = stablehlo.dynamic_slice %a, %s, %s, sizes = [2, 3]
    : (tensor<4x6x$T>, tensor<i32>, tensor<i32>) -> tensor<2x3x$T>
  %7 = stablehlo.dynamic_update_slice %a, %6, %s, %s
    : (tensor<4x6x$T>, tensor<2x3x$T>, tensor<i32>, tensor<i32>) -> tensor<4x6x$T>
  %8 = stablehlo.broadcast_in_dim %z, dims = [] : (tensor<$T>) -> tensor<3x2x$T>
  %9 = stablehlo.compare LT, %a, %b : (tensor<4x6x$T>, tensor<4x6x$T>) -> tensor<4x6xi1>
  %10 = stablehlo.select %9, %a, %b : tensor<4x6xi1>, tensor<4x6x$T>
  %11 = stablehlo.clamp %z, %a, %b : (tensor<$T>, tensor<4x6x$T>, tensor<4x6x$T>) -> tensor<4x6x$T>
  %12 = stablehlo.reduce(%a init: %z) applies stablehlo.maximum across dimensions = [1]
    : (tensor<4x6x$T>, tensor<$T>) -> tensor<4x$T>
  %13 = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
    ^bb0(%x: tensor<$T>, %y: tensor<$T>):
      %l = stablehlo.compare LT, %x, %y : (tensor<$T>, tensor<$T>) -> tensor<i1>
      stablehlo.return %l : tensor<i1>
    }) : (tensor<4x6x$T>) -> tensor<4x6x$T>
  %14 = stablehlo.reshape %a : (tensor<4x6x$T>) -> tensor<3x8x$T>"""
RESULTS = ["2x5", "8x7", "4x12", "4x6", "6x4", "3x6", "2x3", "4x6", "3x2", None, "4x6", "4x6", "4",
           "4x6", "3x8"]  # fmt: skip


def program(name: str) -> tuple[str, list[np.ndarray]]:
    kept = [i for i, shape in enumerate(RESULTS) if shape]
    types = ", ".join(f"tensor<{RESULTS[i]}x{name}>" for i in kept)
    t = f"tensor<4x6x{name}>"
    text = (f"func.func @main(%a: {t}, %b: {t}, %z: tensor<{name}>, %i: tensor<3xi32>, "
            f"%s: tensor<i32>) -> ({types}) {{\n{MOVES.replace('$T', name)}\n"
            f"  return {', '.join(f'%{i}' for i in kept)} : {types}\n}}")  # fmt: skip
    dtype = DTYPES[name]
    rng = np.random.default_rng(7)
    if dtype.itemsize == 1:
        values = every_value(dtype)
        if elements.is_float(dtype):
            values = values[~np.isnan(elements.widened(values))]
    else:
        values = np.array([0, -0.0, 1, -2.5, 1e4, np.inf, -np.inf, 3e-5, 7]).astype(dtype)
    drawn = [rng.choice(values, (4, 6)) for _ in range(2)]
    return text, [*drawn, values[3 % len(values)], np.array([2, 9, -1], np.int32), np.int32(1)]


@pytest.mark.parametrize("name", NAMES)
def test_moved_values(name: str) -> None:
    text, inputs = program(name)
    reference = run_reference(text, inputs)
    sides = {"llvm-cpu": run_llvm_cpu(text, inputs)}
    if name in IN_XLA:
        sides["XLA"] = run_xla(text, inputs)
    expect_none([
        f"{side}: result {i} of {name}: {x.reshape(-1)[:6]} for {y.reshape(-1)[:6]}"
        for side, found in sides.items()
        for i, (x, y) in enumerate(zip(found, reference, strict=True))
        if differences(x, y).any()
    ])  # fmt: skip


@pytest.mark.parametrize("name", ["i4", "ui8", "f8E4M3FN", "bf16", "i1"])
def test_contractions(name: str) -> None:
    wide = "i1" if name == "i1" else "i32" if name in ("i4", "ui8") else "f32"
    text = f"""func.func @main(%a: tensor<5x7x{name}>, %b: tensor<7x9x{name}>, %x: tensor<1x6x6x2x{name}>,
        %k: tensor<3x3x2x4x{name}>) -> (tensor<5x9x{wide}>, tensor<5x9x{name}>, tensor<1x4x4x4x{wide}>) {{
      %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
        : (tensor<5x7x{name}>, tensor<7x9x{name}>) -> tensor<5x9x{wide}>
      %1 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
        : (tensor<5x7x{name}>, tensor<7x9x{name}>) -> tensor<5x9x{name}>
      %2 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
        window = {{stride = [1, 1]}} {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}}
        : (tensor<1x6x6x2x{name}>, tensor<3x3x2x4x{name}>) -> tensor<1x4x4x4x{wide}>
      return %0, %1, %2 : tensor<5x9x{wide}>, tensor<5x9x{name}>, tensor<1x4x4x4x{wide}>
    }}"""  # noqa: E501
    rng = np.random.default_rng(8)
    low, high = (0, 2) if name == "i1" else (0, 4) if name == "ui8" else (-3, 4)
    shapes = ((5, 7), (7, 9), (1, 6, 6, 2), (3, 3, 2, 4))
    inputs = [rng.integers(low, high, s).astype(DTYPES[name]) for s in shapes]
    reference = run_reference(text, inputs)
    sides = {"llvm-cpu": run_llvm_cpu(text, inputs)}
    if name in IN_XLA:
        sides["XLA"] = run_xla(text, inputs)
    for side, found in sides.items():
        for i, (x, y) in enumerate(zip(found, reference, strict=True)):
            assert not differences(x, y).any(), (side, i, x, y)
