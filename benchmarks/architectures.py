# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Architectures that `keras.applications` lacks, small, with random weights.

Each builder makes a Keras model and inputs for a batch (`models.Case`); `Decoder` is a `tf.Module`
that keeps its keys and values in variables between calls. `ARCHITECTURES` maps names to builders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.models import Case, calibrate, pictures

kl = tf.keras.layers


def bert(
    batch: int = 1, layers: int = 2, width: int = 64, length: int = 32, known: bool = True
) -> Case:
    """An encoder with token types and an attention mask, pooled by its first token. Where the
    length is not `known` it is that of the samples, and any other up to 64."""
    _seed()
    vocabulary = 500
    ids, mask, types = (
        kl.Input((length if known else None,), dtype="int32", name=name)
        for name in ("ids", "mask", "types")
    )
    x = kl.Embedding(vocabulary, width, name="tokens")(ids)
    x = x + kl.Embedding(2, width, name="types_of_tokens")(types)
    count = kl.Lambda(lambda t: tf.range(tf.shape(t)[1]), name="places")
    places = tf.range(length) if known else count(ids)
    x = x + kl.Embedding(length if known else 64, width, name="positions")(places)
    x = kl.LayerNormalization(epsilon=1e-12, name="norm")(x)
    visible = kl.Lambda(lambda m: m[:, None, :] > 0, name="visible")(mask)
    for i in range(layers):
        attention = kl.MultiHeadAttention(4, width // 4, name=f"attention_{i}")
        x = kl.LayerNormalization(epsilon=1e-12)(x + attention(x, x, attention_mask=visible))
        hidden = kl.Dense(4 * width, activation="gelu", name=f"intermediate_{i}")(x)
        x = kl.LayerNormalization(epsilon=1e-12)(x + kl.Dense(width, name=f"output_{i}")(hidden))
    pooled = kl.Dense(width, activation="tanh", name="pooler")(x[:, 0])
    outputs = {"classes": kl.Dense(3, name="classes")(pooled), "states": x}
    model = tf.keras.Model([ids, mask, types], outputs, name="bert")

    def draw(seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        used = np.arange(length) < rng.integers(length // 2, length + 1, (batch, 1))
        types = (np.arange(length) > length // 3) & used
        tokens = rng.integers(1, vocabulary, (batch, length)) * used
        return [a.astype(np.int32) for a in (tokens, used, types)]

    return Case("bert", model, draw(0), draw(1))


def recurrent(
    kind: str, batch: int = 1, length: int = 9, width: int = 12, known: bool = True
) -> Case:
    """Two bidirectional LSTM or GRU layers over padded tokens, which are masked."""
    _seed()
    layer = {"lstm": kl.LSTM, "gru": kl.GRU}[kind]
    vocabulary = 50
    model = tf.keras.Sequential(
        [
            kl.Input((length if known else None,), dtype="int32", name="ids"),
            kl.Embedding(vocabulary, width, mask_zero=True, embeddings_initializer="normal"),
            kl.Bidirectional(layer(width, return_sequences=True)),
            kl.Bidirectional(layer(width)),
            kl.Dense(5, name="logits"),
        ],
        name=f"bidirectional_{kind}",
    )

    def draw(seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        used = np.arange(length) < rng.integers(length // 2, length + 1, (batch, 1))
        return [(rng.integers(1, vocabulary, (batch, length)) * used).astype(np.int32)]

    return Case(model.name, model, draw(0), draw(1))


def unet(batch: int = 1, size: int = 32, width: int = 8, known: bool = True) -> Case:
    """Segmentation: two levels down and up again, with skips, batch norm, transposed
    convolutions."""
    _seed()

    def block(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = kl.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = kl.ReLU()(kl.BatchNormalization()(x))
        return x

    image = _image(size, known)
    first = block(image, width)
    second = block(kl.MaxPooling2D()(first), 2 * width)
    x = block(kl.MaxPooling2D()(second), 4 * width)
    for skip, filters in ((second, 2 * width), (first, width)):
        x = kl.Conv2DTranspose(filters, 2, strides=2)(x)
        x = block(kl.Concatenate()([skip, x]), filters)
    model = tf.keras.Model(image, kl.Conv2D(4, 1, name="classes")(x), name="unet")
    return _images(calibrate(model, size), batch, size)


class Boxes(kl.Layer):
    """Corners of boxes (y, x, y, x in 0..1) from their offsets to three anchors a cell, which are
    the channels of a map of the cells."""

    def call(self, offsets: Any) -> Any:
        shape = tf.shape(offsets)
        centres = [(tf.range(n, dtype=tf.float32) + 0.5) / tf.cast(n, tf.float32)
                   for n in (shape[1], shape[2])]  # fmt: skip
        y, x = tf.meshgrid(*centres, indexing="ij")
        centre = tf.stack([y, x], -1)[None, :, :, None]
        anchors = tf.constant([0.15, 0.3, 0.5])[None, None, None, :, None]
        offsets = tf.reshape(offsets, [shape[0], shape[1], shape[2], 3, 4])
        centre += tf.tanh(offsets[..., :2]) * anchors
        half = anchors * tf.exp(tf.clip_by_value(offsets[..., 2:], -2.0, 2.0)) / 2
        corners = tf.clip_by_value(tf.concat([centre - half, centre + half], -1), 0.0, 1.0)
        return tf.reshape(corners, [shape[0], -1, 4])


class DetectByClass(kl.Layer):
    """The best boxes of each image, at most `limit` of a class and twice as many of all."""

    def __init__(self, limit: int) -> None:
        super().__init__(name="detect")
        self.limit = limit

    def call(self, boxes: Any, scores: Any) -> dict[str, Any]:
        found = tf.image.combined_non_max_suppression(
            boxes[:, :, None], tf.sigmoid(scores), self.limit, 2 * self.limit, 0.5, 0.3
        )
        return {
            "boxes": found.nmsed_boxes,
            "scores": found.nmsed_scores,
            "classes": found.nmsed_classes,
            "count": found.valid_detections,
        }


class DetectAll(kl.Layer):
    """As many boxes as there are, of all images at once: boxes of different images and classes are
    moved apart, so that none suppresses another."""

    def __init__(self, limit: int) -> None:
        super().__init__(name="detect")
        self.limit = limit

    def call(self, boxes: Any, scores: Any) -> dict[str, Any]:
        shape = tf.shape(scores)
        classes = tf.argmax(scores, -1, tf.int32)
        images = tf.broadcast_to(tf.range(shape[0])[:, None], shape[:2])
        group = tf.cast(images * shape[2] + classes, tf.float32)[..., None]
        best = tf.reshape(tf.sigmoid(tf.reduce_max(scores, -1)), [-1])
        apart = tf.reshape(boxes + 2.0 * group, [-1, 4])
        kept = tf.image.non_max_suppression(apart, best, self.limit * shape[0], 0.5, 0.3)
        return {
            "boxes": tf.gather(tf.reshape(boxes, [-1, 4]), kept),
            "scores": tf.gather(best, kept),
            "classes": tf.gather(tf.reshape(classes, [-1]), kept),
            "images": tf.gather(tf.reshape(images, [-1]), kept),
        }


def detector(
    batch: int = 1, size: int = 64, classes: int = 3, by_class: bool = True, known: bool = True
) -> Case:
    """A single-shot detector: a small backbone, a head of three anchors a cell, NMS for each class
    with padded results, or of everything with as many results as there are."""
    _seed()
    image = _image(size, known)
    x = image
    for filters in (8, 16, 24):
        x = kl.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = kl.ReLU(max_value=6)(kl.BatchNormalization()(x))
    offsets = kl.Conv2D(12, 3, padding="same")(x)
    seldom = tf.keras.initializers.Constant(-1.7)
    scores = kl.Reshape((-1, classes))(
        kl.Conv2D(3 * classes, 3, padding="same", bias_initializer=seldom, name="scores")(x)
    )
    detect = DetectByClass(20) if by_class else DetectAll(80)
    name = "detector" if by_class else "detector_of_any_count"
    model = tf.keras.Model(image, detect(Boxes()(offsets), scores), name=name)
    return _images(calibrate(model, size), batch, size)


class Denoise(kl.Layer):
    """Removes a step's share of the predicted noise."""

    def __init__(self, steps: int) -> None:
        super().__init__(name="denoise")
        self.beta = np.linspace(1e-4, 0.02, steps, dtype=np.float32)
        self.kept = np.cumprod(1 - self.beta, dtype=np.float32)

    def call(self, noisy: Any, noise: Any, step: Any) -> Any:
        beta, kept = (
            tf.gather(tf.constant(table), step)[:, None, None, None]
            for table in (self.beta, self.kept)
        )
        return (noisy - noise * beta / tf.sqrt(1 - kept)) / tf.sqrt(1 - beta)


def diffusion(batch: int = 1, size: int = 16, width: int = 16, known: bool = True) -> Case:
    """One denoising step: a U-Net with group norm, time embedding and attention predicts the
    noise, of which the step removes its share."""
    _seed()
    steps = 50
    noisy = _image(size, known, "noisy")
    step = kl.Input((), dtype="int32", name="step")

    def embedded(t: Any) -> Any:
        frequency = tf.exp(tf.range(width, dtype=tf.float32) * (-np.log(1e4) / width))
        angle = tf.cast(t, tf.float32)[:, None] * frequency
        return tf.concat([tf.sin(angle), tf.cos(angle)], -1)

    time = kl.Dense(4 * width, activation="swish")(kl.Lambda(embedded, name="time")(step))

    def residual(x: Any, filters: int) -> Any:
        inner = kl.Conv2D(filters, 3, padding="same")(
            kl.Activation("swish")(kl.GroupNormalization(4)(x))
        )
        inner = inner + kl.Reshape((1, 1, filters))(kl.Dense(filters)(time))
        inner = kl.Conv2D(filters, 3, padding="same")(
            kl.Activation("swish")(kl.GroupNormalization(4)(inner))
        )
        return inner + (x if x.shape[-1] == filters else kl.Conv2D(filters, 1)(x))

    def attended(x: Any) -> Any:
        filters = x.shape[-1]
        flat = kl.Reshape((-1, filters))(kl.GroupNormalization(4)(x))
        found = kl.MultiHeadAttention(2, filters // 2)(flat, flat)
        return x + kl.Lambda(lambda t: tf.reshape(t[0], tf.shape(t[1])), name="image")([found, x])

    first = residual(kl.Conv2D(width, 3, padding="same")(noisy), width)
    down = kl.Conv2D(2 * width, 3, strides=2, padding="same")(first)
    middle = residual(attended(residual(down, 2 * width)), 2 * width)
    up = kl.Conv2D(width, 3, padding="same")(kl.UpSampling2D(2)(middle))
    last = residual(kl.Concatenate()([up, first]), width)
    noise = kl.Conv2D(3, 3, padding="same")(kl.Activation("swish")(kl.GroupNormalization(4)(last)))

    model = tf.keras.Model([noisy, step], Denoise(steps)(noisy, noise, step), name="diffusion")
    inputs, other = (
        [pictures(s, batch, size, 3), (np.arange(batch) * 7 + 11 + s).astype(np.int32) % steps]
        for s in (0, 1)
    )
    return Case("diffusion", model, inputs, other)


class Decoder(tf.Module):
    """A GPT whose keys and values stay in variables: `prefill` reads a prompt of any length,
    `decode` one token a call; both return the logits of the next token."""

    def __init__(
        self,
        batch: int = 1,
        layers: int = 2,
        width: int = 32,
        heads: int = 4,
        room: int = 24,
        vocabulary: int = 100,
    ) -> None:
        super().__init__(name="decoder")
        self.heads, self.room = heads, room
        rng = np.random.default_rng(7)

        def weight(name: str, *shape: int) -> tf.Variable:
            scale = 1 / np.sqrt(shape[0] if len(shape) > 1 else 1)
            return tf.Variable(rng.normal(0, scale, shape).astype(np.float32), name=name)

        self.tokens = weight("tokens", vocabulary, width)
        self.positions = weight("positions", room, width)
        self.blocks = [
            {
                "qkv": weight(f"qkv_{i}", width, 3 * width),
                "out": weight(f"out_{i}", width, width),
                "mlp_in": weight(f"mlp_in_{i}", width, 4 * width),
                "mlp_out": weight(f"mlp_out_{i}", 4 * width, width),
            }
            for i in range(layers)
        ]
        cache = (batch, heads, room, width // heads)
        self.keys = [tf.Variable(tf.zeros(cache), name=f"keys_{i}") for i in range(layers)]
        self.values = [tf.Variable(tf.zeros(cache), name=f"values_{i}") for i in range(layers)]
        self.length = tf.Variable(0, name="length")
        ids = tf.TensorSpec([batch, None], tf.int32, name="ids")
        token = tf.TensorSpec([batch], tf.int32, name="token")
        self.prefill = tf.function(self._prefill, input_signature=[ids])
        self.decode = tf.function(self._decode, input_signature=[token])

    def _prefill(self, ids: tf.Tensor) -> tf.Tensor:
        self.length.assign(0)
        for cache in (*self.keys, *self.values):
            cache.assign(tf.zeros_like(cache))
        return self._forward(ids)

    def _decode(self, token: tf.Tensor) -> tf.Tensor:
        return self._forward(token[:, None])

    def _forward(self, ids: tf.Tensor) -> tf.Tensor:
        start, count = self.length.read_value(), tf.shape(ids)[1]
        places = start + tf.range(count)
        x = tf.gather(self.tokens, ids) + tf.gather(self.positions, places)
        visible = tf.range(self.room)[None, :] <= places[:, None]
        for block, keys, values in zip(self.blocks, self.keys, self.values, strict=True):
            normed = _normalised(x)
            query, key, value = (
                self._heads(part) for part in tf.split(tf.matmul(normed, block["qkv"]), 3, -1)
            )
            keys.assign(self._stored(keys, key, places))
            values.assign(self._stored(values, value, places))
            scores = tf.matmul(query, keys, transpose_b=True) / float(np.sqrt(query.shape[-1]))
            weights = tf.nn.softmax(tf.where(visible, scores, -1e9))
            attended = tf.transpose(tf.matmul(weights, values), [0, 2, 1, 3])
            x += tf.matmul(tf.reshape(attended, tf.shape(x)), block["out"])
            hidden = tf.nn.gelu(tf.matmul(_normalised(x), block["mlp_in"]))
            x += tf.matmul(hidden, block["mlp_out"])
        self.length.assign(start + count)
        return tf.matmul(_normalised(x[:, -1]), self.tokens, transpose_b=True)

    def _heads(self, x: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(x)
        width = x.shape[-1] // self.heads
        return tf.transpose(tf.reshape(x, [shape[0], shape[1], self.heads, width]), [0, 2, 1, 3])

    def _stored(self, cache: tf.Variable, new: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
        """The cache with `new` at `places`."""
        moved = tf.transpose(cache, [2, 0, 1, 3])
        moved = tf.tensor_scatter_nd_update(moved, places[:, None], tf.transpose(new, [2, 0, 1, 3]))
        return tf.transpose(moved, [1, 2, 0, 3])


ARCHITECTURES: dict[str, Callable[..., Case]] = {
    "bert": bert,
    "bidirectional_lstm": lambda batch=1, **sizes: recurrent("lstm", batch, **sizes),
    "bidirectional_gru": lambda batch=1, **sizes: recurrent("gru", batch, **sizes),
    "unet": unet,
    "detector": detector,
    "detector_of_any_count": lambda batch=1, **sizes: detector(batch, by_class=False, **sizes),
    "diffusion": diffusion,
}


FULL_SIZE: dict[str, dict[str, int]] = {
    "bert": {"layers": 4, "width": 256, "length": 128},
    "bidirectional_lstm": {"length": 64, "width": 128},
    "bidirectional_gru": {"length": 64, "width": 128},
    "unet": {"size": 128, "width": 32},
    "detector": {"size": 320},
    "detector_of_any_count": {"size": 320},
    "diffusion": {"size": 32, "width": 64},
    "decoder": {"layers": 4, "width": 256, "heads": 8, "room": 128, "vocabulary": 4000},
}
"""Sizes for measuring, by name (the decoder's too); the builders' own are for tests."""


def _normalised(x: tf.Tensor) -> tf.Tensor:
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + 1e-5)


def _seed() -> None:
    tf.keras.utils.set_random_seed(7)


def _image(size: int, known: bool, name: str = "image") -> Any:
    """A picture as argument, of any height and width where they are not `known`."""
    return kl.Input((size, size, 3) if known else (None, None, 3), name=name)


def _images(model: Any, batch: int, size: int) -> Case:
    first, second = (pictures(seed, batch, size, 3) for seed in (0, 1))
    return Case(model.name, model, [first], [second])
