# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ordinary Keras models: each layer family, and the ways people put layers together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tests.frontend.tensorflow_programs import IDS, IMAGE, LABELS, PIXELS, X, Y, floats, module

kl = tf.keras.layers
SEQUENCE = floats(2, 6, 5)
VOLUME = floats(2, 6, 6, 6, 2)
FILM = floats(2, 3, 6, 6, 2)
PADDED = np.where(np.arange(6)[None, :, None] < np.array([4, 6])[:, None, None], SEQUENCE, 0)


def layers(name: str, x: np.ndarray, make: Callable[[], list[Any]], **options: Any) -> None:
    """A sequential model; random weights everywhere, batch norm's statistics too."""

    def build() -> Any:
        _fresh()
        return _shaken(tf.keras.Sequential([kl.Input(x.shape[1:], dtype=str(x.dtype)), *make()]))

    module(name, build, x, **options)


def graph(name: str, build: Callable[[], Any], *inputs: np.ndarray, **options: Any) -> None:
    """A model built any other way."""

    def fresh() -> Any:
        _fresh()
        return _shaken(build())

    module(name, fresh, *inputs, **options)


def _fresh() -> None:
    tf.keras.utils.set_random_seed(5)


def _shaken(model: Any) -> Any:
    """Zeros and ones are too easy: every weight gets something random."""
    rng = np.random.default_rng(11)
    for weight in model.weights:
        value = weight.numpy()
        if value.dtype.kind == "f" and value.size and np.ptp(value) == 0:
            weight.assign(np.abs(value + rng.uniform(0.05, 0.3, value.shape)).astype(value.dtype))
    return model


layers("keras: dense", X, lambda: [kl.Dense(6, "relu"), kl.Dense(4, "softmax")])
layers(
    "keras: activations",
    X,
    lambda: [
        kl.Activation(a)
        for a in (
            "elu",
            "silu",
            "mish",
            "softsign",
            "hard_sigmoid",
            "gelu",
            "relu6",
            "leaky_relu",
            "celu",
        )
    ],
)
layers("keras: learned activations", X, lambda: [kl.PReLU(), kl.LeakyReLU(0.2), kl.ELU()])
layers(
    "keras: convolution 1d",
    SEQUENCE,
    lambda: [kl.Conv1D(4, 3, padding="causal", dilation_rate=2), kl.MaxPooling1D(2)],
)
layers(
    "keras: convolution 2d",
    IMAGE,
    lambda: [
        kl.Conv2D(6, 3, strides=2, padding="same", groups=3),
        kl.Conv2D(4, 2, dilation_rate=2),
    ],
)
layers("keras: convolution 3d", VOLUME, lambda: [kl.Conv3D(3, 3), kl.AveragePooling3D(2)])
layers(
    "keras: separable convolution", IMAGE, lambda: [kl.SeparableConv2D(5, 3, depth_multiplier=2)]
)
layers("keras: depthwise convolution", IMAGE, lambda: [kl.DepthwiseConv2D(3, depth_multiplier=2)])
layers(
    "keras: transposed convolution",
    IMAGE,
    lambda: [kl.Conv2DTranspose(4, 3, strides=2, padding="same"), kl.Conv2DTranspose(2, 2)],
)
layers("keras: transposed convolution 1d", SEQUENCE, lambda: [kl.Conv1DTranspose(4, 3, strides=2)])
layers(
    "keras: pooling",
    IMAGE,
    lambda: [kl.AveragePooling2D(3, 1, "same"), kl.MaxPooling2D(2), kl.GlobalAveragePooling2D()],
)
layers("keras: global max pooling", SEQUENCE, lambda: [kl.GlobalMaxPooling1D()])
layers("keras: batch normalisation", IMAGE, lambda: [kl.BatchNormalization()])
layers("keras: layer normalisation", SEQUENCE, lambda: [kl.LayerNormalization()])
layers("keras: group normalisation", floats(2, 4, 4, 8), lambda: [kl.GroupNormalization(4)])
layers(
    "keras: other normalisations",
    SEQUENCE,
    lambda: [kl.UnitNormalization(), kl.RMSNormalization(), kl.SpectralNormalization(kl.Dense(3))],
)
layers("keras: embedding", IDS, lambda: [kl.Embedding(7, 4), kl.Flatten(), kl.Dense(3)])
layers(
    "keras: reshaping",
    IMAGE,
    lambda: [kl.Permute((3, 1, 2)), kl.Reshape((3, -1)), kl.Flatten(), kl.RepeatVector(2)],
)
layers(
    "keras: cropping and padding",
    IMAGE,
    lambda: [kl.ZeroPadding2D(((1, 2), (0, 1))), kl.Cropping2D(1), kl.UpSampling2D(2)],
)
layers("keras: up sampling 1d", SEQUENCE, lambda: [kl.UpSampling1D(2), kl.Cropping1D(1)])
layers("keras: bilinear up sampling", IMAGE, lambda: [kl.UpSampling2D(2, interpolation="bilinear")])
layers(
    "keras: image preprocessing",
    PIXELS,
    lambda: [kl.Rescaling(2.0, -1.0), kl.Resizing(6, 6), kl.CenterCrop(4, 4)],
)
layers(
    "keras: noise is off", X, lambda: [kl.Dropout(0.5), kl.GaussianNoise(1.0), kl.AlphaDropout(0.3)]
)
layers(
    "keras: einsum dense",
    SEQUENCE,
    lambda: [kl.EinsumDense("abc,cd->abd", (None, 7), bias_axes="d")],
)
layers("keras: lstm", SEQUENCE, lambda: [kl.LSTM(4)])
layers("keras: gru", SEQUENCE, lambda: [kl.GRU(4, return_sequences=True)])
layers("keras: simple rnn", SEQUENCE, lambda: [kl.SimpleRNN(4, go_backwards=True)])
layers("keras: masked lstm", PADDED, lambda: [kl.Masking(), kl.LSTM(4, return_sequences=True)])
layers("keras: bidirectional", SEQUENCE, lambda: [kl.Bidirectional(kl.GRU(3), merge_mode="ave")])
layers("keras: stacked cells", SEQUENCE, lambda: [kl.RNN([kl.LSTMCell(3), kl.GRUCell(4)])])
layers("keras: convolutional lstm", FILM, lambda: [kl.ConvLSTM2D(3, 3, padding="same")])
layers("keras: unrolled lstm", SEQUENCE, lambda: [kl.LSTM(4, unroll=True)])
layers("keras: time distributed", FILM, lambda: [kl.TimeDistributed(kl.Conv2D(2, 3))])
layers("keras: discretization", X, lambda: [kl.Discretization([-0.5, 0.0, 0.5])])
layers("keras: one hot encoding", LABELS[:, None], lambda: [kl.CategoryEncoding(8, "multi_hot")])
layers("keras: normalization", X, lambda: [kl.Normalization(mean=0.3, variance=2.0), kl.Dense(2)])
layers(
    "keras: mel spectrogram",
    floats(2, 256),
    lambda: [
        kl.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=8, sampling_rate=8000)
    ],
    tolerance=1e-3,
)
layers(
    "keras: stft spectrogram",
    floats(2, 128, 1),
    lambda: [kl.STFTSpectrogram(frame_length=32, frame_step=16, fft_length=32)],
    tolerance=1e-3,
)


def _self_attention(causal: bool) -> Any:
    x = kl.Input((6, 5))
    return tf.keras.Model(x, kl.MultiHeadAttention(2, 4)(x, x, use_causal_mask=causal))


graph("keras: multi-head attention", lambda: _self_attention(False), SEQUENCE)
graph("keras: causal attention", lambda: _self_attention(True), SEQUENCE)


def _grouped() -> Any:
    x = kl.Input((6, 8))
    return tf.keras.Model(x, kl.GroupQueryAttention(4, 4, 2)(x, x))


def _dot_attention(kind: Any) -> Any:
    q, v = kl.Input((6, 5)), kl.Input((6, 5))
    return tf.keras.Model([q, v], kind()([q, v]))


graph("keras: group query attention", _grouped, floats(2, 6, 8))
graph("keras: dot attention", lambda: _dot_attention(kl.Attention), SEQUENCE, SEQUENCE * 2)
graph("keras: additive attention", lambda: _dot_attention(kl.AdditiveAttention), SEQUENCE, SEQUENCE)

# Ways to put layers together


def shared() -> Any:
    a, b = kl.Input((8,), name="a"), kl.Input((8,), name="b")
    encode = kl.Dense(5, "tanh")
    return tf.keras.Model([a, b], kl.Dot(1)([encode(a), encode(b)]))


def nested() -> Any:
    inner = tf.keras.Sequential([kl.Input((8,)), kl.Dense(6, "relu"), kl.Dense(8)])
    x = kl.Input((8,))
    return tf.keras.Model(x, kl.Add()([inner(inner(x)), x]))


def several_outputs() -> Any:
    x = kl.Input((8,), name="x")
    h = kl.Dense(5, "relu")(x)
    return tf.keras.Model(x, {"value": kl.Dense(1)(h), "policy": kl.Dense(3, "softmax")(h)})


def named_inputs() -> Any:
    parts = {"wide": kl.Input((8,), name="wide"), "deep": kl.Input((8,), name="deep")}
    deep = kl.Dense(4, "relu")(parts["deep"])
    return tf.keras.Model(parts, kl.Dense(1)(kl.Concatenate()([parts["wide"], deep])))


def merged() -> Any:
    a, b = kl.Input((8,)), kl.Input((8,))
    kinds = (kl.Add, kl.Subtract, kl.Multiply, kl.Average, kl.Maximum, kl.Minimum)
    return tf.keras.Model([a, b], kl.Concatenate()([kind()([a, b]) for kind in kinds]))


def with_lambda() -> Any:
    x = kl.Input((8,))
    return tf.keras.Model(x, kl.Lambda(lambda t: tf.cumsum(t, 1) / 8.0)(kl.Dense(8)(x)))


def with_operators() -> Any:
    x = kl.Input((8,))
    h = kl.Dense(8)(x)
    return tf.keras.Model(x, tf.keras.ops.concatenate([h[:, :4] * 2.0 + x[:, 4:], -h], axis=-1))


class Scale(kl.Layer):
    """A user's own layer."""

    def build(self, shape: Any) -> None:
        self.gain = self.add_weight(shape=(shape[-1],), initializer="uniform", name="gain")

    def call(self, x: Any) -> Any:
        return x * self.gain + tf.reduce_mean(x, -1, keepdims=True)


class Residual(tf.keras.Model):
    """A user's own model, with a Python loop and a branch on a tensor's shape."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [kl.Dense(8, "relu") for _ in range(3)]
        self.scale = Scale()

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = x + block(x)
        return self.scale(x) if len(x.shape) == 2 else x


def subclassed() -> Any:
    model = Residual()
    model(X)
    return model


def autoencoder() -> Any:
    x = kl.Input((8,))
    mean, spread = kl.Dense(2)(x), kl.Dense(2)(x)
    z = kl.Lambda(lambda p: p[0] + tf.exp(p[1] * 0.5) * 0.1, output_shape=(2,))([mean, spread])
    return tf.keras.Model(x, [kl.Dense(8, "sigmoid")(z), mean, spread])


def sequence_to_sequence() -> Any:
    source, target = kl.Input((6, 5)), kl.Input((6, 5))
    _, *state = kl.LSTM(4, return_state=True)(source)
    decoded = kl.LSTM(4, return_sequences=True)(target, initial_state=state)
    return tf.keras.Model([source, target], kl.Dense(3)(decoded))


def squeeze_excite() -> Any:
    x = kl.Input((8, 8, 3))
    h = kl.Conv2D(8, 3, padding="same", activation="swish")(x)
    gate = kl.Dense(8, "sigmoid")(kl.Dense(2, "relu")(kl.GlobalAveragePooling2D()(h)))
    return tf.keras.Model(x, kl.Multiply()([h, kl.Reshape((1, 1, 8))(gate)]))


def inception() -> Any:
    x = kl.Input((8, 8, 3))
    branches = [kl.Conv2D(2, k, padding="same", activation="relu")(x) for k in (1, 3, 5)]
    return tf.keras.Model(x, kl.Concatenate()([*branches, kl.MaxPooling2D(3, 1, "same")(x)]))


def mixer() -> Any:
    x = kl.Input((8, 8, 3))
    h = kl.Reshape((4, 8))(kl.Conv2D(8, 4, strides=4)(x))
    mixed = kl.Permute((2, 1))(kl.Dense(4, "gelu")(kl.Permute((2, 1))(kl.LayerNormalization()(h))))
    return tf.keras.Model(x, kl.GlobalAveragePooling1D()(kl.Dense(8)(mixed + h)))


for _build, _inputs in (
    (shared, (X, Y)), (nested, (X,)), (several_outputs, (X,)), (merged, (X, Y)),
    (with_lambda, (X,)), (with_operators, (X,)), (subclassed, (X,)), (autoencoder, (X,)),
    (sequence_to_sequence, (SEQUENCE, floats(2, 6, 5, seed=2))), (squeeze_excite, (IMAGE,)),
    (inception, (IMAGE,)), (mixer, (IMAGE,)), (named_inputs, (Y, X)),
):  # fmt: skip
    graph(
        f"model: {_build.__name__.replace('_', ' ')}",
        _build,
        *_inputs,
        static=_build is subclassed,  # its shapes are those it is called with
    )


def policy(name: str) -> Callable[[], Any]:
    def build() -> Any:
        x = kl.Input((8, 8, 3), dtype="float64" if name == "float64" else "float32")
        h = kl.Conv2D(4, 3, activation="relu", dtype=name)(x)
        h = kl.BatchNormalization(dtype=name)(h)
        h = kl.Dense(5, dtype=name)(kl.Flatten(dtype=name)(h))
        last = "float32" if name.startswith("mixed") else name
        return tf.keras.Model(x, kl.Activation("softmax", dtype=last)(h))

    return build


graph("policy: mixed_bfloat16", policy("mixed_bfloat16"), IMAGE, tolerance=2e-2)
graph("policy: mixed_float16", policy("mixed_float16"), IMAGE, tolerance=5e-3)
graph("policy: float16", policy("float16"), IMAGE, tolerance=5e-3)
graph("policy: bfloat16", policy("bfloat16"), IMAGE, tolerance=3e-2)
graph("policy: float64", policy("float64"), IMAGE.astype(np.float64), tolerance=1e-10)

# Refused


def _lookup() -> Any:
    x = kl.Input((1,), dtype="int32")
    return tf.keras.Model(x, kl.IntegerLookup(vocabulary=[1, 2, 3])(x))


module("refused: integer lookup", _lookup, LABELS[:, None], refused="IX104")
module(
    "refused: text vectorization",
    lambda: tf.keras.Sequential(
        [kl.Input((), dtype="string"), kl.TextVectorization(vocabulary=["a", "b"])]
    ),
    np.array(["a b", "b"], object),
    refused="IX104",
)
