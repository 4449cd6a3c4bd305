# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models that benchmarks and model tests use: real architectures, calibrated random weights.

Fresh random weights make deep CNNs ignore their input (batch normalisation with its initial
statistics), and an error of 0 then means nothing: `calibrate` sets the statistics from data.
Outputs are logits. `MODELS` maps names to builders; `build(name)` gives model and inputs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@dataclass(frozen=True)
class Case:
    """A Keras model with sample inputs, in call order, and other inputs of equal shapes."""

    name: str
    model: Any
    inputs: list[np.ndarray]
    other: list[np.ndarray]


def mlp(batch: int = 64) -> Case:
    """784-512-512-10 with ReLU."""
    tf, layers = _keras()
    model = tf.keras.Sequential(
        [
            layers.Input((784,), name="pixels"),
            layers.Dense(512, activation="relu", name="hidden_1"),
            layers.Dense(512, activation="relu", name="hidden_2"),
            layers.Dense(10, name="logits"),
        ],
        name="mlp",
    )
    return _case("mlp", model, [_uniform(0, batch, 784)], [_uniform(1, batch, 784)])


def lenet(batch: int = 1) -> Case:
    """LeNet-5 on 28x28 images, max pooling and ReLU."""
    tf, layers = _keras()
    model = tf.keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(6, 5, padding="same", activation="relu", name="conv_1"),
            layers.MaxPooling2D(name="pool_1"),
            layers.Conv2D(16, 5, activation="relu", name="conv_2"),
            layers.MaxPooling2D(name="pool_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(120, activation="relu", name="dense_1"),
            layers.Dense(84, activation="relu", name="dense_2"),
            layers.Dense(10, name="logits"),
        ],
        name="lenet",
    )
    return _images("lenet", model, batch, 28, 1)


def digits(batch: int = 1) -> Case:
    """The tour's CNN for 8x8 digits."""
    tf, layers = _keras()
    model = tf.keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(32, activation="relu", name="dense"),
            layers.Dense(10, name="logits"),
        ],
        name="digits",
    )
    return _images("digits", model, batch, 8, 1)


def application(
    architecture: str, batch: int = 1, size: int = 224, name: str | None = None
) -> Case:
    """A model of `keras.applications`, calibrated; inputs are in the range that it expects."""
    tf, _ = _keras()
    model = getattr(tf.keras.applications, architecture)(
        weights=None, input_shape=(size, size, 3), classifier_activation=None
    )
    calibrate(model, size)
    first, second = (_pixels(model, pictures(seed, batch, size, 3)) for seed in (0, 1))
    return _case(name or architecture, model, [first], [second])


def mobilenet_v2(batch: int = 1, size: int = 224) -> Case:
    return application("MobileNetV2", batch, size, "mobilenet_v2")


def resnet50(batch: int = 1, size: int = 224) -> Case:
    return application("ResNet50", batch, size, "resnet50")


def efficientnet_b0(batch: int = 1, size: int = 224) -> Case:
    return application("EfficientNetB0", batch, size, "efficientnet_b0")


def bert_small(
    batch: int = 1, layers: int = 4, width: int = 256, heads: int = 4, length: int | None = 128
) -> Case:
    """An encoder: token and position embeddings, post-norm blocks, a two-class head. A length of
    None takes sentences of up to 512 tokens; the samples have 128."""
    tf, kl = _keras()
    vocabulary = 8000
    ids = kl.Input((length,), dtype="int32", name="ids")
    x = kl.Embedding(vocabulary, width, name="tokens")(ids)
    count = kl.Lambda(lambda t: tf.range(tf.shape(t)[1]), name="places")
    places = tf.range(length) if length else count(ids)
    x = x + kl.Embedding(length or 512, width, name="positions")(places)
    x = kl.LayerNormalization(name="norm")(x)
    for i in range(layers):
        attended = kl.MultiHeadAttention(heads, width // heads, name=f"attention_{i}")(x, x)
        x = kl.LayerNormalization(name=f"attention_norm_{i}")(x + attended)
        hidden = kl.Dense(4 * width, activation="gelu", name=f"mlp_in_{i}")(x)
        hidden = kl.Dense(width, name=f"mlp_out_{i}")(hidden)
        x = kl.LayerNormalization(name=f"mlp_norm_{i}")(x + hidden)
    model = tf.keras.Model(ids, kl.Dense(2, name="classes")(x[:, 0]), name="bert_small")
    return _tokens("bert_small", model, batch, length or 128, vocabulary)


def gpt_mini(
    batch: int = 1, layers: int = 4, width: int = 128, heads: int = 4, length: int = 64
) -> Case:
    """A decoder: pre-norm blocks with a causal mask, logits over the vocabulary."""
    tf, kl = _keras()
    vocabulary = 4000
    ids = kl.Input((length,), dtype="int32", name="ids")
    x = kl.Embedding(vocabulary, width, name="tokens")(ids)
    x = x + kl.Embedding(length, width, name="positions")(tf.range(length))
    for i in range(layers):
        normed = kl.LayerNormalization(name=f"attention_norm_{i}")(x)
        attention = kl.MultiHeadAttention(heads, width // heads, name=f"attention_{i}")
        x = x + attention(normed, normed, use_causal_mask=True)
        normed = kl.LayerNormalization(name=f"mlp_norm_{i}")(x)
        hidden = kl.Dense(4 * width, activation="gelu", name=f"mlp_in_{i}")(normed)
        x = x + kl.Dense(width, name=f"mlp_out_{i}")(hidden)
    x = kl.LayerNormalization(name="norm")(x)
    model = tf.keras.Model(ids, kl.Dense(vocabulary, name="logits")(x), name="gpt_mini")
    return _tokens("gpt_mini", model, batch, length, vocabulary)


def two_lstms(batch: int = 1, steps: int = 32, width: int = 128) -> Case:
    """Two LSTMs on a sequence of vectors, a head on the last step."""
    tf, layers = _keras()
    model = tf.keras.Sequential(
        [
            layers.Input((steps, width), name="sequence"),
            layers.LSTM(width, return_sequences=True, name="lstm_1"),
            layers.LSTM(width, name="lstm_2"),
            layers.Dense(10, name="logits"),
        ],
        name="two_lstms",
    )
    first, second = (_uniform(seed, batch, steps, width) for seed in (0, 1))
    return _case("two_lstms", model, [first], [second])


MODELS: dict[str, Callable[[], Case]] = {
    "mlp": mlp,
    "lenet": lenet,
    "two_lstms": two_lstms,
    "mobilenet_v2": mobilenet_v2,
    "efficientnet_b0": efficientnet_b0,
    "resnet50": resnet50,
    "bert_small": bert_small,
    "gpt_mini": gpt_mini,
}
"""The models of the benchmark table."""


def calibrate(model: Any, size: int, batch: int = 4) -> Any:
    """Sets every batch normalisation's statistics from one training-mode call on random images, and
    layer scales (ConvNeXt's, nearly 0 at first) to 0.3."""
    tf, layers = _keras()
    for layer in model.layers:
        if type(layer).__name__ == "LayerScale":
            layer.gamma.assign(tf.fill(layer.gamma.shape, 0.3))
    norms = [n for n in model.layers if isinstance(n, layers.BatchNormalization)]
    momenta = [n.momentum for n in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(tf.constant(_pixels(model, pictures(2, batch, size, 3))), training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return model


def call(model: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """TensorFlow's flat results for inputs in call order."""
    import tensorflow as tf

    results = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(r) for r in tf.nest.flatten(results)]


def relative_error(ours: np.ndarray, theirs: np.ndarray, response: np.ndarray) -> float:
    """Largest difference, relative to the largest output.

    `response` is the output for other inputs: where it hardly differs, the outputs ignore their
    input, any error means nothing, and `ValueError` is raised.
    """
    scale = float(np.abs(theirs).max())
    alike = theirs.shape == response.shape
    if alike and float(np.abs(theirs - response).max()) < 0.05 * scale:
        raise ValueError("the model's outputs hardly depend on its input: calibrate it")
    return float(np.abs(ours - theirs).max()) / scale


def _keras() -> tuple[Any, Any]:
    import tensorflow as tf

    tf.keras.utils.set_random_seed(7)
    return tf, tf.keras.layers


def _uniform(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def pictures(seed: int, batch: int, size: int, channels: int) -> np.ndarray:
    """Smooth random fields with a little noise, in -1..1: two of them differ as photographs do
    (two samples of white noise look the same to a CNN)."""
    rng = np.random.default_rng(seed)
    grid = np.arange(size, dtype=np.float32) / size
    waves = rng.uniform(-4, 4, (batch, channels, 6, 3)).astype(np.float32)
    weights = rng.normal(size=(batch, channels, 6)).astype(np.float32)
    phase = waves[..., 0, None, None] * grid[:, None] + waves[..., 1, None, None] * grid[None, :]
    field = np.sin(2 * np.pi * phase + waves[..., 2, None, None])
    field = np.einsum("bckhw,bck->bhwc", field, weights) / 4
    noise = rng.uniform(-0.1, 0.1, field.shape)
    return np.clip(field + noise, -1, 1).astype(np.float32)


def _pixels(model: Any, images: np.ndarray) -> np.ndarray:
    """Images in 0..255 for a model that scales them itself: in -1..1 they would look all alike."""
    scales = any(type(n).__name__ in ("Rescaling", "Normalization") for n in model.layers)
    return (images + 1) * 127.5 if scales else images


def _images(name: str, model: Any, batch: int, size: int, channels: int) -> Case:
    first, second = (pictures(seed, batch, size, channels) for seed in (0, 1))
    return _case(name, model, [first], [second])


def _tokens(name: str, model: Any, batch: int, length: int, vocabulary: int) -> Case:
    draw = [
        np.random.default_rng(s).integers(0, vocabulary, (batch, length)).astype(np.int32)
        for s in (0, 1)
    ]
    return _case(name, model, [draw[0]], [draw[1]])


def _case(name: str, model: Any, inputs: list[np.ndarray], other: list[np.ndarray]) -> Case:
    return Case(name, model, inputs, other)
