# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of bytes and of bf16 by dot product instructions: exact, whatever sizes and signs."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.targets.llvm_cpu.cpu_info import describe, host
from iree_explore.targets.llvm_cpu.dot_instructions import kinds
from iree_explore.targets.llvm_cpu.llvm_extras import CallIntrinsicOp

DTYPES = {"i8": np.int8, "ui8": np.uint8, "bf16": ml_dtypes.bfloat16}
AVX2 = CompileOptions(cpu="haswell", cpu_features="+avx,+avx2,+fma,+f16c", cache=False)
AVX512 = CompileOptions(
    cpu="skylake-avx512", cpu_features="+avx512f,+avx512bw,+avx512vl", cache=False
)
x86 = pytest.mark.skipif(host().arch != "x86_64", reason="runs x86-64 code")


def gemm(m: object, k: object, n: object, type_: str = "i8", transposed: bool = False) -> str:
    """`a @ b` summed in i32, or in f32; with `transposed` the second argument is."""
    wide = {"i8": "i32", "ui8": "ui32", "bf16": "f32"}[type_]
    a, b = f"{m}x{k}x{type_}", f"{n}x{k}x{type_}" if transposed else f"{k}x{n}x{type_}"
    return f"""func.func @main(%a: tensor<{a}>, %b: tensor<{b}>) -> tensor<{m}x{n}x{wide}> {{
  %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [{int(transposed)}]
    : (tensor<{a}>, tensor<{b}>) -> tensor<{m}x{n}x{wide}>
  return %r : tensor<{m}x{n}x{wide}>
}}"""


def values(rng: np.random.Generator, type_: str, *shape: int) -> np.ndarray:
    """Bytes of all sizes, extreme ones often; bf16 numbers around 1."""
    dtype = DTYPES[type_]
    if type_ == "bf16":
        return rng.standard_normal(shape).astype(dtype)
    info = np.iinfo(dtype)
    drawn = rng.integers(info.min, info.max + 1, shape)
    extreme = rng.choice([info.min, info.max], shape)
    return np.where(rng.random(shape) < 0.3, extreme, drawn).astype(dtype)


def check(function, type_: str, sizes: tuple[int, int, int], transposed: bool = False) -> None:
    """Compares a compiled `gemm` with the exact result."""
    m, k, n = sizes
    rng = np.random.default_rng(m + k + n)
    a, b = values(rng, type_, m, k), values(rng, type_, *((n, k) if transposed else (k, n)))
    got, second = function(a, b), b.T if transposed else b
    if type_ == "bf16":
        wanted = a.astype(np.float64) @ second.astype(np.float64)
        bound = np.abs(a).astype(np.float64) @ np.abs(second).astype(np.float64)
        assert np.all(np.abs(got - wanted) <= bound * k * 2.0**-24)
    else:
        np.testing.assert_array_equal(got, a.astype(np.int64) @ second.astype(np.int64))


def compiled(source: str, options: CompileOptions | None = None):
    return ie.compile(source, target="llvm-cpu", device="local-sync", options=options).main


sizes = st.integers(1, 70)


@given(sizes, sizes, sizes, st.sampled_from(sorted(DTYPES)), st.booleans())
@example(37, 67, 50, "i8", False)
@example(37, 68, 50, "i8", True)
@example(9, 65, 33, "bf16", False)
@example(5, 64, 1, "ui8", True)
@settings(max_examples=12, deadline=None)
def test_products_of_all_sizes(m, k, n, type_, transposed):
    check(compiled(gemm(m, k, n, type_, transposed)), type_, (m, k, n), transposed)


@pytest.mark.parametrize("type_", ["i8", "bf16"])
def test_unknown_sizes(type_):
    rows = compiled(gemm("?", 66, "?", type_))
    for m, n in ((1, 1), (3, 40), (70, 17), (0, 4)):
        check(rows, type_, (m, 66, n))
    depth = compiled(gemm("?", "?", 24, type_))
    for m, k in ((1, 1), (9, 31), (20, 64)):
        check(depth, type_, (m, k, 24))


@x86
@pytest.mark.parametrize("options", [AVX2, AVX512] if "s16s16" in kinds(host()) else [AVX2])
def test_cpus_without_byte_instructions_use_16_bits(options):
    for type_, transposed in (("i8", False), ("ui8", True)):
        source = gemm(33, 27, 40, type_, transposed)
        (name,) = intrinsics(source, options)
        assert "pmadd" in name
        check(compiled(source, options), type_, (33, 27, 40), transposed)


def intrinsics(source: str, options: CompileOptions) -> set[str]:
    """The intrinsics that kernels call by name."""
    ctx = make_context(options)
    module = pipeline.run(import_source(source, ctx), ctx, stop="executable-targets")
    return {op.intrin.data for op in module.walk() if isinstance(op, CallIntrinsicOp)}


@x86
def test_instructions_are_those_of_the_cpu():
    def named(cpu: str, type_: str) -> set[str]:
        return intrinsics(gemm(32, 64, 64, type_), CompileOptions(cpu=cpu, cache=False))

    assert named("cascadelake", "i8") == {"llvm.x86.avx512.vpdpbusd.512"}
    assert named("cascadelake", "bf16") == set()
    assert named("znver4", "bf16") == {"llvm.x86.avx512bf16.dpbf16ps.512"}
    assert named("haswell", "i8") == {"llvm.x86.avx2.pmadd.wd"}
    assert kinds(describe("neoverse-n1", "", "aarch64-unknown-linux-gnu")) == ("s8s8",)


def test_batches_convolutions_and_followers():
    rng = np.random.default_rng(3)
    batches = compiled("""
func.func @main(%a: tensor<3x20x18xi8>, %b: tensor<3x18x33xi8>, %c: tensor<33xi32>)
    -> tensor<3x20x33xi32> {
  %r = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1]
    : (tensor<3x20x18xi8>, tensor<3x18x33xi8>) -> tensor<3x20x33xi32>
  %d = stablehlo.broadcast_in_dim %c, dims = [2] : (tensor<33xi32>) -> tensor<3x20x33xi32>
  %s = stablehlo.add %r, %d : tensor<3x20x33xi32>
  %t = stablehlo.maximum %s, %d : tensor<3x20x33xi32>
  return %t : tensor<3x20x33xi32>
}""")
    a, b = values(rng, "i8", 3, 20, 18), values(rng, "i8", 3, 18, 33)
    c = rng.integers(-999, 999, 33, dtype=np.int32)
    np.testing.assert_array_equal(batches(a, b, c), np.maximum(a.astype(np.int32) @ b + c, c))
    convolution = compiled("""
func.func @main(%x: tensor<2x9x9x12xi8>, %w: tensor<3x3x12x20xi8>) -> tensor<2x4x4x20xi32> {
  %r = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {stride = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<2x9x9x12xi8>, tensor<3x3x12x20xi8>) -> tensor<2x4x4x20xi32>
  return %r : tensor<2x4x4x20xi32>
}""")
    x, w = values(rng, "i8", 2, 9, 9, 12), values(rng, "i8", 3, 3, 12, 20)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.int32), (3, 3), (1, 2))
    wanted = np.einsum("nhwcij,ijcf->nhwf", windows[:, ::2, ::2], w.astype(np.int32))
    np.testing.assert_array_equal(convolution(x, w), wanted)


def test_constant_columns_lie_as_panels():
    weights = ", ".join(str((7 * i) % 255 - 127) for i in range(68 * 40))
    source = f"""func.func @main(%a: tensor<50x68xi8>) -> tensor<50x40xi32> {{
  %w = stablehlo.constant dense<[{weights}]> : tensor<2720xi8>
  %b = stablehlo.reshape %w : (tensor<2720xi8>) -> tensor<68x40xi8>
  %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
    : (tensor<50x68xi8>, tensor<68x40xi8>) -> tensor<50x40xi32>
  return %r : tensor<50x40xi32>
}}"""
    a = values(np.random.default_rng(0), "i8", 50, 68)
    b = np.array([(7 * i) % 255 - 127 for i in range(68 * 40)], np.int32).reshape(68, 40)
    np.testing.assert_array_equal(compiled(source)(a), a.astype(np.int32) @ b)


def test_a_configuration_may_do_without():
    source = gemm(40, 64, 48)
    entry = "main_dispatch_0"
    for tiles in ([[0, 0, 0], [8, 32, 0]], [[0, 16, 0], [4, 16, 4]]):
        function = ie.compile(
            source, target="llvm-cpu", device="local-sync", lowering_config={entry: tiles}
        ).main
        check(function, "i8", (40, 64, 48))
    with pytest.raises(ie.Error, match="level 1 takes 3 iterations of loop 2"):
        ie.compile(source, target="llvm-cpu", lowering_config={entry: [[0, 0, 0], [8, 16, 3]]})
