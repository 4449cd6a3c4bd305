# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels as WGSL: accepted by Chromium, run there on SwiftShader, compared with NumPy."""

from __future__ import annotations

import re
import struct
from dataclasses import replace

import numpy as np
import pytest
from xdsl.dialects.builtin import VectorType, f32, i32

import iree_explore as ie
from iree_explore.errors import GapError, ModelError
from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.types import ArrayType
from iree_explore.targets.wgsl.printer import print_wgsl
from tests.targets.spirv import kernels
from tests.targets.spirv.test_dispatches import CASES, COMPARE, MATMUL, elementwise, near
from tests.targets.spirv.test_dispatches import f32 as floats
from tests.targets.wgsl.page import GpuPage
from tests.targets.wgsl.programs import program_of_kernel, program_of_text


def compute(gpu: GpuPage, text: str, inputs: list[np.ndarray]) -> np.ndarray:
    [got] = gpu.run(*program_of_text(text, inputs), inputs)
    return got


def run(gpu: GpuPage, module, arrays, workgroups: int, constants: bytes = b"") -> list[np.ndarray]:
    words = struct.unpack(f"<{len(constants) // 4}I", constants)
    return gpu.run(*program_of_kernel(module, arrays, words, workgroups), arrays)


@pytest.mark.parametrize("name", CASES)
def test_kernels_compute_what_numpy_does(gpu: GpuPage, name: str) -> None:
    text, inputs, function = CASES[name]
    want = np.asarray(function(*inputs)).astype(inputs[-1].dtype)
    near(compute(gpu, text, inputs).view(want.dtype), want)


def test_sizes_come_as_constants(gpu: GpuPage) -> None:
    x, w = floats(13, 24), floats(24, 70)
    program, blob = program_of_text(MATMUL, [x, w])
    assert "var<immediate> constants: Constants;" in program.kernels[0].code
    assert len(program.commands[0].constants) == program.kernels[0].constants > 0
    near(gpu.run(program, blob, [x, w])[0], x @ w)


def test_large_products_are_blocks_in_registers(gpu: GpuPage) -> None:
    x, w = floats(256, 20), floats(20, 128)
    text = """func.func @main(%x: tensor<256x20xf32>, %w: tensor<20x128xf32>)
        -> tensor<256x128xf32> {
      %0 = stablehlo.dot %x, %w : (tensor<256x20xf32>, tensor<20x128xf32>) -> tensor<256x128xf32>
      return %0 : tensor<256x128xf32>
    }"""
    near(compute(gpu, text, [x, w]), x @ w)


@pytest.mark.parametrize("type_", [np.int8, np.uint8, np.int16, np.int32])
def test_integers_wrap_around_in_their_width(gpu: GpuPage, type_: type) -> None:
    limits = np.iinfo(type_)
    generator = np.random.default_rng(3)
    x, y = generator.integers(limits.min, limits.max, (2, 37), type_, endpoint=True)
    name = f"tensor<37x{'ui' if limits.min == 0 else 'i'}{limits.bits}>"
    for op, function in (("multiply", np.multiply), ("maximum", np.maximum)):
        got = compute(gpu, elementwise(op, name, 2), [x, y])
        np.testing.assert_array_equal(got, function(x, y))


def test_truth_values_are_bytes_that_neighbours_may_store(gpu: GpuPage) -> None:
    x, y = np.random.default_rng(4).integers(-5, 5, (2, 37), np.int16)
    np.testing.assert_array_equal(compute(gpu, COMPARE, [x, y]), x < y)


def test_loops_conditions_and_workgroup_memory_are_right(gpu: GpuPage) -> None:
    x = np.arange(256, dtype=np.float32)
    arrays = [x, np.zeros(2, np.float32)]
    _, got = run(gpu, kernels.workgroup_sum(), arrays, 2, struct.pack("<I", 256))
    assert got.tolist() == [x[4:].sum(), x[64:].sum()]


def test_constants_of_mixed_types_and_switches_are_right(gpu: GpuPage) -> None:
    x, y = np.arange(1000, dtype=np.float32), np.ones(1000, np.float32)
    _, got = run(gpu, kernels.saxpy(), [x, y], 16, struct.pack("<If", 1000, 2.5))
    np.testing.assert_array_equal(got, np.float32(2.5) * x + y)
    x = np.linspace(-4, 4, 16, dtype=np.float32)
    _, got = run(gpu, kernels.switched(), [x, np.zeros(16, np.float32)], 2)
    wanted = np.maximum(x, np.float32(1.5))
    wanted[0::4], wanted[2::4] = -x[0::4], np.sqrt(np.abs(x[2::4]))
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_vectors_and_atomics_are_right(gpu: GpuPage) -> None:
    x = np.random.default_rng(5).integers(0, 8, (16, 4)).astype(np.float32)
    _, got = run(gpu, kernels.histogram(), [x, np.zeros(17, np.int32)], 1)
    bins = (2 * x[:, 3]).astype(int) & 15
    assert got[:16].tolist() == (4 * np.bincount(bins, minlength=16)).tolist()  # 4 rows of y
    swizzled = np.stack([x[:, 3], x[:, 2], x[:, 1], x[:, 0]], 1)
    assert got[16] == (x * swizzled).sum(1).astype(np.float32).view(np.int32).max()


def test_local_variables_and_nested_loops_are_right(gpu: GpuPage) -> None:
    [got] = run(gpu, kernels.locals_and_calls(), [np.zeros(8, np.int32)], 1)
    wanted = []
    for i in range(8):
        total, mixed = 0, i
        for j in range(4):
            for m in range(j, 4):
                total += m
                mixed ^= total
        wanted.append((mixed % 4) * i + total)
    assert got.tolist() == wanted


def test_a_binding_of_several_types_is_words(gpu: GpuPage) -> None:
    """f32, vec4 and i32 views of one binding; a carried pair that changes places."""
    k = Kernel("views", (8, 1, 1))
    vectors = k.buffer("binding_0_vec", VectorType(f32, [4]), 0)
    numbers, words = k.buffer("binding_0_f32", f32, 0), k.buffer("binding_1_i32", i32, 1)
    whole = k.buffer("binding_1_f32", f32, 1)
    i = k.built_in("LocalInvocationIndex")
    vector = k.load(vectors, i)
    k.store(words, i, k.op("Bitcast", k.load(numbers, i), result=i32))
    k.store(whole, k.op("IAdd", i, 8), k.op("Dot", vector, vector))
    one = k.constant(1.0, f32)
    with k.loop(0, 3, 1, [one, k.constant(float("inf"), f32)]) as (_, carried):
        carried[:] = [carried[1], carried[0]]
    k.store(whole, k.op("IAdd", i, 16), carried[0])
    x = np.arange(32, dtype=np.float32)
    _, got = run(gpu, k.finish(), [x, np.zeros(24, np.float32)], 1)
    np.testing.assert_array_equal(got[:8], x[:8])
    np.testing.assert_array_equal(got[8:16], (x.reshape(8, 4) ** 2).sum(1))
    assert np.all(np.isinf(got[16:]))


def test_shared_vectors_and_barriers_are_right(gpu: GpuPage) -> None:
    """A tile of vec4 in workgroup memory, read by other invocations after a barrier."""
    k = Kernel("turned", (16, 1, 1))
    vec = VectorType(f32, [4])
    x, y = k.buffer("x", vec, 0, read_only=True), k.buffer("y", vec, 1)
    tile = k.shared("tile", ArrayType(vec, 16))
    i = k.built_in("LocalInvocationIndex")
    k.op("Store", k.element(tile, i), k.load(x, i))
    k.barrier()
    other = k.load(tile, k.op("ISub", 15, i))
    parts = [k.op("CompositeExtract", other, indices=[c], result=f32) for c in (3, 2, 1, 0)]
    k.store(y, i, k.op("CompositeConstruct", *parts, result=vec))
    data = np.arange(64, dtype=np.float32)
    _, got = run(gpu, k.finish(), [data, np.zeros(64, np.float32)], 1)
    np.testing.assert_array_equal(got, data[::-1])


def test_one_buffer_is_read_and_written(gpu: GpuPage) -> None:
    """y = a x + y where x and y are parts of one buffer, then the same part."""
    data = np.arange(256, dtype=np.float32)
    words = struct.unpack("<2I", struct.pack("<If", 64, 2.0))
    program, blob = program_of_kernel(kernels.saxpy(), [data, data], words, 1)
    tensor = replace(program.arguments[0], shape=(256,))
    for ranges, want in (
        ((0, 0, 256, 0, 512, 256), 2 * data[:64] + data[128:192]),
        ((0, 512, 256, 0, 512, 256), 3 * data[128:192]),
    ):
        [command] = program.commands
        one = replace(
            program, buffers=program.buffers[:1], commands=(replace(command, ranges=ranges),),
            arguments=(tensor,), results=(tensor,),
        )  # fmt: skip
        [got] = gpu.run(one, blob, [data])
        np.testing.assert_array_equal(got[128:192], want)
        np.testing.assert_array_equal(got[:128], data[:128])


def test_what_is_written_reads_well() -> None:
    shader = print_wgsl(kernels.saxpy())
    body = shader.text[shader.text.index("@compute") :].strip()
    assert (
        body
        == """\
@compute @workgroup_size(64, 1, 1)
fn saxpy(@builtin(global_invocation_id) global_invocation_id: vec3<u32>) {
  if global_invocation_id.x < u32(constants.constant_0) {
    let loaded = x[global_invocation_id.x];
    let loaded_1 = y[global_invocation_id.x];
    y[global_invocation_id.x] = (constants.constant_1 * loaded) + loaded_1;
  }
}"""
    )
    assert len(shader.ops) == len(shader.text.splitlines())
    assert all(op is not None for op in shader.ops[-6:])


def test_what_wgsl_lacks_is_named() -> None:
    with pytest.raises(GapError, match=r"WGSL has no [fi](64|8)") as caught:
        print_wgsl(kernels.native_types())
    assert caught.value.code == "IX203"


def test_a_rejected_shader_is_an_error_of_the_page(gpu: GpuPage) -> None:
    arrays = [np.zeros(8, np.int32)]
    program, blob = program_of_kernel(kernels.locals_and_calls(), arrays, (), 1)
    [kernel] = program.kernels
    broken = replace(kernel, code=kernel.code.replace("loop {", "loop ("))
    answer = gpu.try_run(replace(program, kernels=(broken,)), blob, arrays)
    assert answer["problem"] == "shader"
    assert re.search(r"rejects 1 of 1 kernels\.\nlocals: line \d+", answer["message"])
    assert run(gpu, kernels.locals_and_calls(), arrays, 1)  # the page survives


def test_python_compiles_for_a_browser_and_cannot_run_there() -> None:
    text = elementwise("tanh", "tensor<8xf32>", 1)
    module = ie.compile(text, target="webgpu-spirv", device="browser")
    with pytest.raises(ModelError, match="Python cannot read what a page computes") as caught:
        module.main(np.ones(8, np.float32))
    assert caught.value.code == "IX410"
    [info] = [i for i in ie.devices() if i.driver == "browser"]
    assert not info.available
    assert "this browser" in info.reason


def test_a_program_that_reads_numbers_back_is_refused() -> None:
    text = """func.func @main(%x: tensor<f32>) -> tensor<f32> {
      %n = stablehlo.constant dense<9.0> : tensor<f32>
      %0 = stablehlo.while(%a = %x) : tensor<f32>
        cond {
          %c = stablehlo.compare LT, %a, %n : (tensor<f32>, tensor<f32>) -> tensor<i1>
          stablehlo.return %c : tensor<i1>
        } do {
          %b = stablehlo.add %a, %a : tensor<f32>
          stablehlo.return %b : tensor<f32>
        }
      return %0 : tensor<f32>
    }"""
    with pytest.raises(ModelError, match="reads a number back while it runs") as caught:
        program_of_text(text, [np.ones((), np.float32)])
    assert caught.value.code == "IX410"
