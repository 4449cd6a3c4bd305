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
from iree_explore.errors import GapError

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


def test_what_the_portable_profile_lacks_is_listed_when_compiling():
    text = """func.func @main(%x: tensor<8xf64>, %y: tensor<4x4xf64>)
        -> (tensor<8xf64>, tensor<4x4xf64>) {
      %0 = stablehlo.tanh %x : tensor<8xf64>
      %1 = stablehlo.dot %y, %y : (tensor<4x4xf64>, tensor<4x4xf64>) -> tensor<4x4xf64>
      return %0, %1 : tensor<8xf64>, tensor<4x4xf64>
    }"""
    with pytest.raises(GapError) as caught:
        ie.compile(text, target="webgpu-spirv", device="webgpu")
    message = str(caught.value)
    assert caught.value.code == "IX203" and "vulkan-spirv" in message
    assert "math.tanh: the profile portable has no f64" in message
    assert "the profile portable has no f64 (" in message  # of the kernel that comes later
