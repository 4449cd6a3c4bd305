# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models of Keras on Dawn: each kind of layer that the large ones are made of.

The large ones, on Vulkan too, take minutes: `pytest -m sweep tests/targets/webgpu`.
"""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie
from benchmarks import models
from iree_explore.errors import GapError, ModelError

TARGETS = {"vulkan": "vulkan-spirv", "webgpu": "webgpu-spirv"}


def convolutions(tf):
    """Products with constant weights in blocks, depthwise, Winograd's, pooling from -inf."""
    kl = tf.keras.layers
    return [
        kl.Input((24, 24, 16)), kl.Conv2D(96, 1), kl.ReLU(6.0),
        kl.DepthwiseConv2D(3, strides=2, padding="same"), kl.Conv2D(32, 3, padding="same"),
        kl.MaxPooling2D(), kl.Flatten(), kl.Dense(10),
    ]  # fmt: skip


def recurrent(tf):
    kl = tf.keras.layers
    return [kl.Input((5, 16)), kl.LSTM(16, return_sequences=True), kl.LSTM(16), kl.Dense(4)]


def attention(tf):
    """A block of a transformer."""
    kl = tf.keras.layers
    x = kl.Input((32, 32))
    h = kl.LayerNormalization()(x + kl.MultiHeadAttention(2, 16)(x, x))
    y = h + kl.Dense(32)(kl.Dense(64, activation="gelu")(h))
    return tf.keras.Model(x, kl.LayerNormalization()(y))


@pytest.mark.parametrize("make", [convolutions, recurrent, attention])
def test_small_models_equal_tensorflow(make):
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    made = make(tf)
    model = tf.keras.Sequential(made) if isinstance(made, list) else made
    x = np.random.default_rng(0).standard_normal((1, *model.input_shape[1:]), np.float32)
    want = model(x).numpy()
    got = np.asarray(ie.compile(model, target="webgpu-spirv", device="webgpu").main(x))
    np.testing.assert_allclose(got, want, rtol=0, atol=2e-5 * np.abs(want).max())


DEVICES = ("vulkan?device=llvmpipe", "vulkan?device=SwiftShader", "webgpu")


@pytest.mark.sweep
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50", "bert_small", "two_lstms"])
def test_real_models_equal_tensorflow(name, device):
    """SwiftShader: VK_ADD_DRIVER_FILES names its manifest, beside Chromium."""
    case = models.MODELS[name]()
    made = ie.compile(case.model, target=TARGETS[device.partition("?")[0]], device=device)
    got = made.main(*case.inputs)
    theirs = models.call(case.model, case.inputs)
    for ours, want in zip(got if isinstance(got, list | tuple) else [got], theirs, strict=True):
        assert np.abs(np.asarray(ours) - want).max() < 1e-3 * np.abs(want).max()


def test_what_the_device_cannot_run_runs_on_the_cpu(capsys: pytest.CaptureFixture[str]):
    """Between two kernels of the device, in a loop, in place, with a weight and a readback."""
    text = """func.func @main(%x: tensor<8x16xf32>, %y: tensor<16x4xf64>)
        -> (tensor<8x4xf32>, tensor<8x16xf32>, tensor<4xf64>) {
      %w = stablehlo.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0],
        [1.5, 2.5, 3.5, 4.5], [0.0, 1.0, 0.0, 1.0]]> : tensor<4x4xf64>
      %a = stablehlo.add %x, %x : tensor<8x16xf32>
      %b = stablehlo.convert %a : (tensor<8x16xf32>) -> tensor<8x16xf64>
      %c = stablehlo.dot %b, %y : (tensor<8x16xf64>, tensor<16x4xf64>) -> tensor<8x4xf64>
      %d = stablehlo.dot %c, %w : (tensor<8x4xf64>, tensor<4x4xf64>) -> tensor<8x4xf64>
      %e = stablehlo.convert %d : (tensor<8x4xf64>) -> tensor<8x4xf32>
      %f = stablehlo.dot_general %e, %e, contracting_dims = [0] x [0] :
        (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<4x4xf32>
      %g = stablehlo.dot %e, %f : (tensor<8x4xf32>, tensor<4x4xf32>) -> tensor<8x4xf32>
      %zero = stablehlo.constant dense<0.0> : tensor<4xf64>
      %one = stablehlo.constant dense<1.5> : tensor<4xf64>
      %r = stablehlo.while(%t = %zero) : tensor<4xf64>
        cond {
          %s = stablehlo.slice %t [0:1] : (tensor<4xf64>) -> tensor<1xf64>
          %n = stablehlo.reshape %s : (tensor<1xf64>) -> tensor<f64>
          %m = stablehlo.constant dense<5.0> : tensor<f64>
          %p = stablehlo.compare LT, %n, %m : (tensor<f64>, tensor<f64>) -> tensor<i1>
          stablehlo.return %p : tensor<i1>
        } do {
          %u = stablehlo.add %t, %one : tensor<4xf64>
          stablehlo.return %u : tensor<4xf64>
        }
      return %g, %a, %r : tensor<8x4xf32>, tensor<8x16xf32>, tensor<4xf64>
    }"""
    made = ie.compile(text, target="webgpu-spirv", device="webgpu")
    said = capsys.readouterr().out
    assert "webgpu-spirv cannot run" in said and "llvm-cpu" in said and "no f64" in said
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 16)).astype(np.float32), random.normal(size=(16, 4))
    wanted = ie.compile(text, target="reference").main(x, y)
    for _ in range(3):
        for got, want in zip(made.main(x, y), wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * np.abs(want).max())
    timed = made.profile("main", [x, y], 1).dispatches
    where = {d.name: d.device for d in timed}
    assert where["transfer"] and {"", "local-task"} <= set(where.values())
    assert all(d.device == "local-task" for d in timed if d.name.endswith("f64"))
    with pytest.raises(ModelError, match="a page has not"):
        ie.compile(text, target="webgpu-spirv", device="browser")


def test_a_session_shows_where_dispatches_run():
    text = """func.func @main(%x: tensor<4xf64>) -> tensor<4xf32> {
      %0 = stablehlo.tanh %x : tensor<4xf64>
      %1 = stablehlo.convert %0 : (tensor<4xf64>) -> tensor<4xf32>
      return %1 : tensor<4xf32>
    }"""
    x = np.linspace(-1, 1, 4)
    session = ie.explore(text, inputs=[x], targets=["webgpu-spirv"]).wait()
    assert 'stream.affinity = #hal.device.affinity<"llvm-cpu">' in session.stages["stream"].text
    assert any("webgpu-spirv cannot run" in note for note in session.recording.notes)
    run = session.run("webgpu", repetitions=1)
    assert any(d.device == "local-task" for d in run.dispatches)
    assert session.check().first_wrong is None


def test_what_the_portable_profile_lacks_is_listed_when_compiling():
    text = """func.func @main(%x: tensor<8xf64>, %y: tensor<4x4xf64>)
        -> (tensor<8xf64>, tensor<4x4xf64>) {
      %0 = stablehlo.tanh %x : tensor<8xf64>
      %1 = stablehlo.dot %y, %y : (tensor<4x4xf64>, tensor<4x4xf64>) -> tensor<4x4xf64>
      return %0, %1 : tensor<8xf64>, tensor<4x4xf64>
    }"""
    with pytest.raises(GapError) as caught:
        ie.compile(
            text, target="webgpu-spirv", device="webgpu", options={"place_dispatches": False}
        )
    message = str(caught.value)
    assert caught.value.code == "IX203" and "vulkan-spirv" in message
    assert "math.tanh: the profile portable has no f64" in message
    assert "the profile portable has no f64 (" in message  # of the kernel that comes later
