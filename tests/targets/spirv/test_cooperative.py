# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of 16-bit floats have one more kernel, of cooperative matrices: valid, chosen only by
devices that have them, for the same grid as the others."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects.builtin import BFloat16Type, Float16Type, f32

from iree_explore.targets.spirv.cooperative import (
    CooperativeProduct,
    CooperativeTiles,
    cooperative_kernel,
)
from iree_explore.targets.spirv.serialize import serialize
from tests.targets.spirv import oracle
from tests.targets.spirv.dispatches import compile_text, opened, run


def product(element: str, result: str, rows: int = 2048) -> str:
    return f"""func.func @main(%x: tensor<{rows}x32x{element}>, %w: tensor<32x2048x{element}>)
    -> tensor<{rows}x2048x{result}> {{
  %0 = stablehlo.dot %x, %w : (tensor<{rows}x32x{element}>, tensor<32x2048x{element}>)
    -> tensor<{rows}x2048x{result}>
  return %0 : tensor<{rows}x2048x{result}>
}}"""


@pytest.mark.parametrize(("element", "result"), [("f16", "f32"), ("bf16", "bf16")])
def test_a_large_product_has_a_kernel_of_matrices(element: str, result: str) -> None:
    _, [entry], _ = compile_text(product(element, result))
    assert [v.profile for v in entry.variants] == ["portable", "native", "cooperative matrices"]
    assert any("CooperativeMatrix" in name for name in entry.variants[-1].capabilities)


@pytest.mark.parametrize("text", [product("f32", "f32"), product("f16", "f32", 2050)])
def test_others_have_none(text: str) -> None:
    _, [entry], _ = compile_text(text)
    assert [v.profile for v in entry.variants] == ["portable", "native"]


def test_a_device_without_matrices_runs_the_portable_kernel() -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(s, np.float32) for s in ((2048, 32), (32, 2048)))
    x, w = x.astype(ml_dtypes.bfloat16), w.astype(ml_dtypes.bfloat16)
    with opened("llvmpipe") as device:
        found = run(device, product("bf16", "f32"), [x, w], np.empty((2048, 2048), np.float32))
    want = x.astype(np.float32) @ w.astype(np.float32)
    assert np.abs(found - want).max() < 1e-4


@pytest.mark.parametrize("buffers", [1, 2])
def test_kernels_of_all_types_are_valid(buffers: int) -> None:
    tiles = CooperativeTiles(128, 128, 32, 2, 2, buffers)
    for element in (Float16Type(), BFloat16Type()):
        for result in (f32, element):
            whole = CooperativeProduct(256, 128, 64, element, result)
            assert whole.fits(tiles)
            code = serialize(cooperative_kernel("main", whole, tiles))
            assert oracle.validate(code, oracle.VULKAN_1_3) == ""
