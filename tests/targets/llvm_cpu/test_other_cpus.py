# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same code generation for CPUs without AVX-512: AVX2 is run here, AArch64 read as text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from xdsl.dialects.builtin import DictionaryAttr, ModuleOp, StringAttr

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.hal.dialect import ExecutableTargetAttr, ExecutableVariantOp
from iree_explore.pipeline import PHASES
from iree_explore.targets.llvm_cpu.cpu_info import describe, host
from iree_explore.targets.llvm_cpu.translate import translate

from .kernels import compile_ir

PROGRAM = """
func.func public @gemm(%a: tensor<50x70xf32>, %b: tensor<70x90xf32>) -> tensor<50x90xf32> {
  %r = stablehlo.dot %a, %b : (tensor<50x70xf32>, tensor<70x90xf32>) -> tensor<50x90xf32>
  return %r : tensor<50x90xf32>
}
func.func public @conv(%x: tensor<1x14x14x8xf32>, %w: tensor<3x3x8x24xf32>)
    -> tensor<1x14x14x24xf32> {
  %r = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x14x14x8xf32>, tensor<3x3x8x24xf32>) -> tensor<1x14x14x24xf32>
  return %r : tensor<1x14x14x24xf32>
}
func.func public @softmax(%x: tensor<20x50xf32>) -> tensor<20x50xf32> {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %m = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [1]
    : (tensor<20x50xf32>, tensor<f32>) -> tensor<20xf32>
  %n = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<20xf32>) -> tensor<20x50xf32>
  %d = stablehlo.subtract %x, %n : tensor<20x50xf32>
  %e = stablehlo.exponential %d : tensor<20x50xf32>
  %s = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [1]
    : (tensor<20x50xf32>, tensor<f32>) -> tensor<20xf32>
  %t = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<20xf32>) -> tensor<20x50xf32>
  %r = stablehlo.divide %e, %t : tensor<20x50xf32>
  return %r : tensor<20x50xf32>
}
func.func public @tanh(%x: tensor<1000xf32>) -> tensor<1000xf32> {
  %r = stablehlo.tanh %x : tensor<1000xf32>
  return %r : tensor<1000xf32>
}
func.func public @transpose(%x: tensor<40x50xf32>) -> tensor<50x40xf32> {
  %r = stablehlo.transpose %x, dims = [1, 0] : (tensor<40x50xf32>) -> tensor<50x40xf32>
  return %r : tensor<50x40xf32>
}
func.func public @dot_i8(%a: tensor<30x40xi8>, %b: tensor<40x50xi8>) -> tensor<30x50xi32> {
  %r = stablehlo.dot %a, %b : (tensor<30x40xi8>, tensor<40x50xi8>) -> tensor<30x50xi32>
  return %r : tensor<30x50xi32>
}
"""
FEATURES = "+avx,+avx2,+fma,+f16c"
ARM = describe("neoverse-n1", "", "aarch64-unknown-linux-gnu")


@pytest.mark.skipif(host().arch != "x86_64", reason="runs x86-64 code")
def test_avx2_alone_computes_the_same():
    options = CompileOptions(cpu="haswell", cpu_features=FEATURES, keep_assembly=True, cache=False)
    module = ie.compile(PROGRAM, target="llvm-cpu", device="local-sync", options=options)
    rng = np.random.default_rng(7)

    def f32(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    a, b = f32(50, 70), f32(70, 90)
    np.testing.assert_allclose(module.gemm(a, b), a @ b, rtol=1e-4, atol=1e-4)
    x, w = f32(1, 14, 14, 8), f32(3, 3, 8, 24)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    wanted = np.einsum("nhwcij,ijcf->nhwf", windows, w)
    np.testing.assert_allclose(module.conv(x, w), wanted, rtol=1e-4, atol=1e-4)
    x = f32(20, 50)
    e = np.exp(x.astype(np.float64))
    wanted = e / e.sum(1, keepdims=True)
    np.testing.assert_allclose(module.softmax(x), wanted, rtol=1e-5)
    x = f32(1000)
    np.testing.assert_allclose(module.tanh(x), np.tanh(x), rtol=1e-6)
    x = f32(40, 50)
    np.testing.assert_array_equal(module.transpose(x), x.T)
    a, b = (rng.integers(-128, 128, s, dtype=np.int8) for s in ((30, 40), (40, 50)))
    np.testing.assert_array_equal(module.dot_i8(a, b), a.astype(np.int32) @ b.astype(np.int32))


def test_aarch64_gets_neon_of_the_same_passes():
    texts = [translate(inner, ARM).text for inner in kernels_for(ARM.name, "embedded-elf-aarch64")]
    assert len(texts) >= 6
    assembly = ""
    for text in texts:
        assert "llvm.x86" not in text and "x 16 x float" not in text
        assembly += compile_ir(text, ARM, assembly=True).assembly  # verifies the IR first
    assert re.search(r"fmla\tv\d+\.4s", assembly)  # products and the elementary functions
    assert re.search(r"(trn|zip|uzp)[12]\tv\d+\.[248]", assembly)  # the transpose's shuffles
    assert re.search(r"sdot\tv\d+\.4s", assembly)  # the integer product
    assert "zmm" not in assembly and "ymm" not in assembly


def test_avx2_has_no_wider_registers():
    avx2 = describe("haswell", FEATURES, "x86_64-unknown-linux-gnu")
    assembly = "".join(
        compile_ir(translate(inner, avx2).text, avx2, assembly=True).assembly
        for inner in kernels_for(avx2.name, "embedded-elf-x86_64")
    )
    assert re.search(r"vfmadd\d+ps.*%ymm", assembly)
    assert "zmm" not in assembly and "{%k" not in assembly


def kernels_for(cpu: str, format_: str) -> list[ModuleOp]:
    """The inner modules of `PROGRAM` in the `llvm` dialect, before LLVM sees them."""
    ctx = make_context(CompileOptions(cache=False))
    module = pipeline.run(import_source(PROGRAM, ctx), ctx, stop="executable-sources")
    features = FEATURES if format_.endswith("x86_64") else ""
    configuration = {"cpu": StringAttr(cpu), "cpu_features": StringAttr(features)}
    target = ExecutableTargetAttr(
        StringAttr("llvm-cpu"), StringAttr(format_), DictionaryAttr(configuration)
    )
    variants = [op for op in module.walk() if isinstance(op, ExecutableVariantOp)]
    inner = []
    for variant in variants:
        variant.properties["target"] = target
        (kernel,) = (op for op in variant.body.block.ops if isinstance(op, ModuleOp))
        inner.append(kernel)
    for phase in PHASES:
        for line in phase.passes:
            name = line.path.partition(":")[2]
            if line.scope != "executable" or name == "TranslateToLLVMIR":
                continue
            for kernel in inner:
                pass_ = line.load()()
                pass_.apply(ctx, kernel)
                ctx.provenance.settle(kernel, pass_.name)
    return inner


ROUNDINGS = "floor ceil round_nearest_even round_nearest_afz"
FUNCTIONS = "exponential log sine tanh rsqrt logistic"


@pytest.mark.skipif(host().arch != "x86_64", reason="runs x86-64 code")
@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_cpus_without_fused_multiply_adds_and_roundings_compute_the_same(type_):
    """Bit by bit: what stands in for the instructions rounds as they do."""
    tensor = f"tensor<1003x{type_}>"
    ops = [f"stablehlo.{name} %x" for name in f"{ROUNDINGS} {FUNCTIONS}".split()]
    ops += ["stablehlo.remainder %x, %4", "chlo.erf %x"]
    lines = [
        f"%{i} = {op} : {tensor}{f' -> {tensor}' * ('chlo' in op)}" for i, op in enumerate(ops)
    ]
    names, types = ", ".join(f"%{i}" for i in range(len(ops))), ", ".join([tensor] * len(ops))
    body = "\n".join(lines)
    program = f"func.func @main(%x: {tensor}) -> ({types}) {{\n{body}\nreturn {names} : {types}\n}}"
    rng = np.random.default_rng(5)
    special = [0.0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.5, np.inf, -np.inf, np.nan, 2.0**23 - 0.5, 1e30]
    special += [-0.2, 0.2, 0.49999999999999994, 2.0**52 - 0.5, 1e-310, 5e-324, -666.0]
    scales = 10.0 ** rng.uniform(-30, 30, 500)
    x = np.concatenate([special, rng.standard_normal(500) * scales, rng.uniform(-20, 20, 484)])
    with np.errstate(over="ignore"):
        x = x.astype(type_.replace("f", "float"))
    here, old, level2 = (
        ie.compile(program, device="local-sync", options=options).main(x)
        for options in (
            CompileOptions(cache=False),
            CompileOptions(cpu="x86-64", cache=False),
            CompileOptions(cpu="x86-64-v2", cache=False),
        )
    )
    for ours in (old, level2):
        for op, a, b in zip(ops, ours, here, strict=True):
            np.testing.assert_array_equal(a, b, op)
            np.testing.assert_array_equal(np.signbit(a), np.signbit(b), op, strict=True)
