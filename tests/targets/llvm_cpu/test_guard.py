# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Guard pages find what kernels touch outside of their memory, and ours touch nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import InternalError
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import Export, Fence
from iree_explore.targets import open_device
from tests.hal.kernels import object_code

# Touches one byte of binding 0 or of the local memory, at an offset that the first two constants
# give, low word first.
TOUCH = r"""
define internal i64 @offset(ptr %d) {
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %v = load i64, ptr %k
  ret i64 %v
}
define internal ptr @binding(ptr %d) {
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %b = load ptr, ptr %bs
  ret ptr %b
}
define i32 @write(ptr %e, ptr %d, ptr %w) {
  %o = call i64 @offset(ptr %d)
  %b = call ptr @binding(ptr %d)
  %p = getelementptr i8, ptr %b, i64 %o
  store i8 1, ptr %p
  ret i32 0
}
define i32 @read(ptr %e, ptr %d, ptr %w) {
  %o = call i64 @offset(ptr %d)
  %b = call ptr @binding(ptr %d)
  %p = getelementptr i8, ptr %b, i64 %o
  %v = load volatile i8, ptr %p
  ret i32 0
}
define i32 @write_local(ptr %e, ptr %d, ptr %w) {
  %o = call i64 @offset(ptr %d)
  %lp = getelementptr i8, ptr %w, i64 16
  %b = load ptr, ptr %lp
  %p = getelementptr i8, ptr %b, i64 %o
  store i8 1, ptr %p
  ret i32 0
}
"""
EXPORTS = (Export("write", 2, 1), Export("read", 2, 1, 0, 1), Export("write_local", 2, 1, 40))


def touch(name: str, offset: int, nbytes: int = 40) -> None:
    """Runs kernel `name` with a guarded binding of `nbytes` in the middle of a larger buffer."""
    device = open_device("local-sync?guard=1")
    names = [e.name for e in EXPORTS]
    kernels = device.load_executable("touch", "", object_code(TOUCH), EXPORTS, names)
    commands = device.create_command_buffer(1)
    constants = [offset & 0xFFFFFFFF, offset >> 32 & 0xFFFFFFFF]
    binding = Binding(0, 64, nbytes)
    commands.dispatch(kernels, names.index(name), (1, 1, 1), constants, [binding])
    commands.finalize()
    buffer = device.import_array(np.zeros(1 << 16, np.uint8))
    fence = Fence.create()
    device.queue_execute(commands, [buffer], None, fence)
    fence.wait()
    assert buffer.memory[: 1 << 16].nonzero()[0].tolist() == (
        [64 + offset] if name == "write" else []
    )


@pytest.mark.parametrize("name", ["write", "read", "write_local"])
@pytest.mark.parametrize("offset", [0, 39])
def test_what_is_inside_is_allowed(name, offset):
    touch(name, offset)


@pytest.mark.parametrize(
    ("name", "offset", "says"),
    [
        ("write", 40, "binding 0: 1 bytes after its 40 bytes, from byte 40 to 40"),
        ("write", 63, "byte 63"),
        ("write", -1, "before its 40 bytes, from byte -1"),
        ("write_local", 40, "local memory: 1 bytes after its 40 bytes"),
    ],
)
def test_a_write_beside_a_range_is_an_error_that_names_it(name, offset, says):
    with pytest.raises(InternalError, match=says) as caught:
        touch(name, offset)
    assert caught.value.code == "IX308"
    assert f"touch::{name}" in str(caught.value)


@pytest.mark.parametrize(("name", "offset"), [("write", 64), ("read", 64), ("write_local", 64)])
def test_a_fault_shows_the_dispatch(name, offset):
    code = f"from tests.targets.llvm_cpu.test_guard import touch; touch({name!r}, {offset})"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=os.getcwd(),
    )
    assert done.returncode < 0
    assert f"in touch::{name}" in done.stderr


PROGRAMS = """
func.func @dense(%a: tensor<7x33xf32>, %b: tensor<33x19xf32>) -> tensor<7x19xf32> {
  %0 = stablehlo.dot %a, %b : (tensor<7x33xf32>, tensor<33x19xf32>) -> tensor<7x19xf32>
  %1 = stablehlo.tanh %0 : tensor<7x19xf32>
  return %1 : tensor<7x19xf32>
}
func.func @packed(%a: tensor<97x70xf32>, %b: tensor<51x70xf32>) -> tensor<97x51xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1]
    : (tensor<97x70xf32>, tensor<51x70xf32>) -> tensor<97x51xf32>
  return %0 : tensor<97x51xf32>
}
func.func @convolve(%a: tensor<1x11x9x5xf32>, %b: tensor<3x3x5x7xf32>) -> tensor<1x11x9x7xf32> {
  %0 = stablehlo.convolution(%a, %b)
    dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {pad = [[1, 1], [1, 1]]}
    {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x11x9x5xf32>, tensor<3x3x5x7xf32>) -> tensor<1x11x9x7xf32>
  return %0 : tensor<1x11x9x7xf32>
}
func.func @turn(%a: tensor<13x17x3xi8>) -> tensor<3x13x17xi8> {
  %0 = stablehlo.transpose %a, dims = [2, 0, 1] : (tensor<13x17x3xi8>) -> tensor<3x13x17xi8>
  return %0 : tensor<3x13x17xi8>
}
func.func @rows(%a: tensor<5x?xf32>) -> tensor<5xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.exponential %a : tensor<5x?xf32>
  %1 = stablehlo.reduce(%0 init: %zero) applies stablehlo.add across dimensions = [1]
    : (tensor<5x?xf32>, tensor<f32>) -> tensor<5xf32>
  return %1 : tensor<5xf32>
}
func.func @order(%a: tensor<3x37xf64>) -> tensor<3x37xf64> {
  %0 = "stablehlo.sort"(%a) ({
  ^bb0(%x: tensor<f64>, %y: tensor<f64>):
    %1 = stablehlo.compare LT, %x, %y : (tensor<f64>, tensor<f64>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) {dimension = 1 : i64, is_stable = true} : (tensor<3x37xf64>) -> tensor<3x37xf64>
  return %0 : tensor<3x37xf64>
}
func.func @spectrum(%a: tensor<3x21xf32>) -> tensor<3x11xcomplex<f32>> {
  %0 = stablehlo.fft %a, type = RFFT, length = [21]
    : (tensor<3x21xf32>) -> tensor<3x11xcomplex<f32>>
  return %0 : tensor<3x11xcomplex<f32>>
}
"""


def test_a_sample_of_kernels_stays_inside_and_computes_the_same():
    guarded = ie.compile(PROGRAMS, device="local-sync?guard=1")
    plain = ie.compile(PROGRAMS, device="local-sync")
    generator = np.random.default_rng(0)
    for name, function in plain.functions.items():
        inputs = []
        for argument in function.arguments:
            shape = tuple(29 if n is None else n for n in argument.shape)
            inputs.append((4 * generator.standard_normal(shape)).astype(argument.dtype))
        np.testing.assert_array_equal(guarded[name](*inputs), plain[name](*inputs), err_msg=name)
