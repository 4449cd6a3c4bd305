# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ordinary TensorFlow 2 programs: control flow, state, gradients, losses, attention, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tests.frontend.tensorflow_programs import (
    IDS,
    IMAGE,
    LABELS,
    X,
    Y,
    floats,
    function,
    module,
)

# Control flow


def _newton(x: tf.Tensor) -> tf.Tensor:
    guess = tf.ones_like(x)
    for _ in tf.range(6):
        guess = 0.5 * (guess + (x * x + 1.0) / guess)
    return guess


def _collatz(n: tf.Tensor) -> tf.Tensor:
    steps = tf.zeros_like(n)
    while tf.reduce_any(n > 1):
        steps += tf.cast(n > 1, tf.int32)
        n = tf.where(n <= 1, n, tf.where(n % 2 == 0, n // 2, 3 * n + 1))
    return steps


def _breaks(x: tf.Tensor) -> tf.Tensor:
    total = tf.zeros_like(x)
    for i in tf.range(10):
        if tf.reduce_sum(total) > 4.0:
            break
        if i % 2 == 0:
            continue
        total += tf.abs(x)
    return total


def _branches(x: tf.Tensor) -> tf.Tensor:
    if tf.reduce_sum(x) > 0.0:
        if x[0, 0] > 0.5:
            return x * 2.0
        return x - 1.0
    return -x


def _collected(x: tf.Tensor) -> tf.Tensor:
    values = tf.TensorArray(tf.float32, size=5, element_shape=[])
    for i in range(5):
        values = values.write(i, tf.reduce_sum(x[:, i]))
    return values.stack()


def _collected_in_loop(x: tf.Tensor) -> tf.Tensor:
    values = tf.TensorArray(tf.float32, size=8)
    for i in tf.range(8):
        values = values.write(i, x[:, i] * tf.cast(i, tf.float32))
    return values.stack()


def _grown(x: tf.Tensor) -> tf.Tensor:
    values = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(tf.shape(x)[0]):
        values = values.write(i, tf.reduce_max(x[i]))
    return values.stack()


def _doubled(x: tf.Tensor) -> tf.Tensor:
    def body(i: tf.Tensor, y: tf.Tensor) -> Any:
        return i + 1, tf.concat([y, y], 0)

    invariants = (tf.TensorShape([]), tf.TensorShape([None, 8]))
    return tf.while_loop(lambda i, _: i < 2, body, (0, x), invariants)[1]


function("newton", _newton, X)
function("while until data says so", _collatz, LABELS + 1)
function("break and continue", _breaks, X)
function("nested branches", _branches, X)
function("array written by a Python loop", _collected, X)
function("array written by a tensor loop", _collected_in_loop, X)
function("array that grows", _grown, X)
function("loop whose tensor grows", _doubled, X)
function(
    "case by index",
    lambda x, i: tf.switch_case(i, [lambda: x, lambda: x * 2.0, lambda: tf.sin(x)]),
    X,
    np.int32(2),
)
function(
    "case by predicates",
    lambda x: tf.case(
        [(x[0, 0] > 5.0, lambda: x), (x[0, 0] > -5.0, lambda: x + 1.0)], default=lambda: -x
    ),
    X,
)
function("map over rows", lambda x: tf.map_fn(lambda r: tf.reduce_max(r) * r, x), X)
function("scan over rows", lambda x: tf.scan(lambda a, r: a * 0.5 + r, x), X)
function("fold over rows", lambda x: tf.foldl(lambda a, r: a + r * r, x), X)
function("vectorised map", lambda x: tf.vectorized_map(lambda r: tf.reduce_sum(r * r), x), X)

# State


def counter() -> Any:
    total = tf.Variable(tf.zeros([8]), name="total")

    @tf.function(input_signature=[tf.TensorSpec([None, 8])])
    def add(x: tf.Tensor) -> tf.Tensor:
        total.assign_add(tf.reduce_sum(x, 0))
        return total + 0.0

    return add


def moving_average() -> Any:
    mean = tf.Variable(tf.zeros([8]), name="mean")
    count = tf.Variable(0, dtype=tf.int64, name="count")

    @tf.function(input_signature=[tf.TensorSpec([None, 8])])
    def update(x: tf.Tensor) -> Any:
        count.assign_add(1)
        mean.assign(mean * 0.9 + 0.1 * tf.reduce_mean(x, 0))
        return {"mean": mean.read_value(), "count": count.read_value()}

    return update


def scattered() -> Any:
    table = tf.Variable(tf.zeros([9, 4]), name="table")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
    def mark(ids: tf.Tensor) -> tf.Tensor:
        table.scatter_nd_add(ids[:, None], tf.ones([tf.shape(ids)[0], 4]))
        table.scatter_update(tf.IndexedSlices(tf.fill([1, 4], 7.0), tf.constant([8])))
        return table.read_value()

    return mark


def slice_assigned() -> Any:
    board = tf.Variable(tf.zeros([4, 8]), name="board")

    @tf.function(input_signature=[tf.TensorSpec([1, 8])])
    def put(x: tf.Tensor) -> tf.Tensor:
        board[1:2].assign(x)
        return board.read_value()

    return put


def loop_state() -> Any:
    state = tf.Variable(1.0, name="state")

    @tf.function(input_signature=[tf.TensorSpec([None, 8])])
    def run(x: tf.Tensor) -> tf.Tensor:
        for i in tf.range(3):
            state.assign(state * 1.5 + tf.cast(i, tf.float32))
        return x * state

    return run


for _build, _input in (
    (counter, X), (moving_average, X), (scattered, LABELS), (loop_state, X),
    (slice_assigned, X[:1]),
):  # fmt: skip
    module(f"state: {_build.__name__.replace('_', ' ')}", _build, _input, calls=3)

# Random numbers by a seed

function("random uniform", lambda x: x + tf.random.stateless_uniform(tf.shape(x), [1, 2]), X)
function("random normal", lambda x: x + tf.random.stateless_normal([8], [3, 4]), X)
function(
    "random integers",
    lambda x: tf.random.stateless_uniform([8], [1, 2], 0, 10, tf.int32) + tf.cast(x[0], tf.int32),
    X,
)
function(
    "random truncated normal",
    lambda x: x * tf.random.stateless_truncated_normal(tf.shape(x), [5, 6]),
    X,
)
function("random dropout", lambda x: tf.nn.experimental.stateless_dropout(x, 0.5, [1, 2]), X)
function("random categorical", lambda x: tf.random.stateless_categorical(x, 4, [1, 2]), X)
function("random seeded", lambda x: tf.nn.dropout(x, 0.5, seed=3), X, calls=3)

# Gradients

WEIGHTS = floats(8, 4, seed=3)


def _gradient(x: tf.Tensor) -> Any:
    w = tf.constant(WEIGHTS)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        loss = tf.reduce_mean(tf.square(tf.nn.relu(x @ w)))
    return tape.gradient(loss, [x, w])


def _second(x: tf.Tensor) -> Any:
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.sin(x) * x**3)
        first = inner.gradient(y, x)
    return outer.gradient(first, x)


def _convolution_gradient(x: tf.Tensor) -> Any:
    kernel = tf.constant(floats(3, 3, 3, 4))
    with tf.GradientTape() as tape:
        tape.watch([x, kernel])
        y = tf.nn.max_pool2d(tf.nn.conv2d(x, kernel, 1, "SAME"), 2, 2, "VALID")
        loss = tf.reduce_sum(tf.tanh(y))
    return tape.gradient(loss, [x, kernel])


def _jacobian(x: tf.Tensor) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.softmax(x)
    return tape.batch_jacobian(y, x)


def _while_gradient(x: tf.Tensor) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in tf.range(3):
            y = tf.sin(y) + x
        loss = tf.reduce_sum(y)
    return tape.gradient(loss, x)


@tf.custom_gradient
def _clipped(x: tf.Tensor) -> Any:
    return x * x, lambda upstream: tf.clip_by_value(upstream * 2.0 * x, -0.5, 0.5)


def _custom(x: tf.Tensor) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(_clipped(x) + tf.stop_gradient(x) * x)
    return tape.gradient(loss, x)


def _gathered(i: tf.Tensor) -> Any:
    table = tf.constant(floats(7, 4))
    with tf.GradientTape() as tape:
        tape.watch(table)
        loss = tf.reduce_sum(tf.square(tf.gather(table, i)))
    return tf.convert_to_tensor(tape.gradient(loss, table))


function("gradient of a layer", _gradient, X)
function("second gradient", _second, X)
function("gradient of a convolution", _convolution_gradient, IMAGE)
function("jacobian", _jacobian, X)
function("gradient of a loop", _while_gradient, X)
function("custom gradient", _custom, X)
function("gradient of a lookup", _gathered, IDS)
function("hessian vector", lambda x: tf.gradients(tf.reduce_sum(x**4), x)[0], X)
function("clip by global norm", lambda x, y: tf.clip_by_global_norm([x, y], 1.0), X, Y)


def trained(optimizer: Any) -> Any:
    def build() -> Any:
        tf.keras.utils.set_random_seed(3)
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Input((8,)),
                tf.keras.layers.Dense(6, activation="tanh"),
                tf.keras.layers.BatchNormalization(),
                tf.keras.layers.Dense(8),
            ]
        )
        rule = optimizer()
        rule.build(model.trainable_variables)
        loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function(input_signature=[tf.TensorSpec([None, 8]), tf.TensorSpec([None], tf.int32)])
        def train(x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = loss_of(labels, model(x, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            rule.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        return train

    return build


for _name, _rule in {
    "SGD": lambda: tf.keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "Adam": lambda: tf.keras.optimizers.Adam(0.01),
    "AdamW": lambda: tf.keras.optimizers.AdamW(0.01, clipnorm=1.0),
    "RMSprop": lambda: tf.keras.optimizers.RMSprop(0.01),
    "Adagrad": lambda: tf.keras.optimizers.Adagrad(0.1),
    "Lion": lambda: tf.keras.optimizers.Lion(0.01),
}.items():
    module(f"training step: {_name}", trained(_rule), X, LABELS, calls=3)

# Losses and metrics

PROBABLE = np.exp(Y) / np.exp(Y).sum(-1, keepdims=True)
SIGNS = (X > 0).astype(np.float32)

for _name, _loss, _truth in (
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, PROBABLE),
    ("BinaryCrossentropy", {"from_logits": True}, SIGNS),
    ("BinaryFocalCrossentropy", {"from_logits": True}, SIGNS),
    ("Huber", {"delta": 0.3}, Y),
    ("KLDivergence", {}, PROBABLE),
    ("CosineSimilarity", {}, Y),
    ("LogCosh", {}, Y),
    ("Hinge", {}, SIGNS * 2 - 1),
    ("MeanAbsolutePercentageError", {}, Y),
    ("Poisson", {}, SIGNS),
    ("Dice", {}, SIGNS),
):
    function(
        f"loss: {_name}",
        lambda truth, x, name=_name, options=_loss: getattr(tf.keras.losses, name)(**options)(
            truth, x
        ),
        _truth,
        X,
    )
function(
    "loss: sparse with weights",
    lambda y, x: tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3)(
        y, x, sample_weight=[1.0, 0.5, 2.0]
    ),
    LABELS,
    X,
    static=True,
)
function(
    "loss: CTC",
    lambda x: tf.nn.ctc_loss(
        [[1, 2], [3, 3]],
        tf.stack([x, x], 1),
        [2, 2],
        [7, 6],
        logits_time_major=True,
        blank_index=0,
    ),
    floats(7, 6),
    static=True,
)


def metric(make: Any, truth: Any, shape: Any) -> Any:
    def build() -> Any:
        kept = make()
        signature = [
            tf.TensorSpec([None, *truth.shape[1:]], truth.dtype),
            tf.TensorSpec([None, *shape]),
        ]

        @tf.function(input_signature=signature)
        def update(y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
            kept.update_state(y, x)
            return kept.result()

        return update

    return build


for _name, _options, _truth, _value in (
    ("SparseCategoricalAccuracy", {}, LABELS, X),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, LABELS, X),
    ("MeanSquaredError", {}, Y, X),
    ("AUC", {"num_thresholds": 20}, SIGNS, np.abs(X)),
    ("Precision", {}, SIGNS, np.abs(X)),
    ("MeanIoU", {"num_classes": 8, "sparse_y_pred": False}, LABELS, X),
):
    module(
        f"metric: {_name}",
        metric(lambda name=_name, options=_options: getattr(tf.keras.metrics, name)(**options),
               _truth, _value.shape[1:]),
        _truth,
        _value,
        calls=2,
    )  # fmt: skip

# Attention by hand

HEADS = floats(2, 3, 6, 4)


def _attention(q: tf.Tensor, bias: Any = 0.0) -> tf.Tensor:
    scores = tf.matmul(q, q, transpose_b=True) / 2.0 + bias
    return tf.matmul(tf.nn.softmax(scores), q)


def _causal(q: tf.Tensor) -> tf.Tensor:
    count = tf.shape(q)[2]
    mask = tf.linalg.band_part(tf.ones([count, count]), -1, 0)
    return _attention(q, (1.0 - mask) * -1e9)


def _rotary(q: tf.Tensor) -> tf.Tensor:
    angle = tf.range(6.0)[:, None] * tf.constant([1.0, 0.1])
    even, odd = q[..., ::2], q[..., 1::2]
    turned = [
        even * tf.cos(angle) - odd * tf.sin(angle),
        even * tf.sin(angle) + odd * tf.cos(angle),
    ]
    return _attention(tf.reshape(tf.stack(turned, -1), tf.shape(q)))


def _alibi(q: tf.Tensor) -> tf.Tensor:
    place = tf.range(6.0)
    slopes = tf.constant([0.5, 0.25, 0.125])[:, None, None]
    return _attention(q, -tf.abs(place[:, None] - place) * slopes)


def _window(q: tf.Tensor) -> tf.Tensor:
    place = tf.range(6)
    return _attention(q, tf.where(tf.abs(place[:, None] - place) < 2, 0.0, -1e9))


def _linear(q: tf.Tensor) -> tf.Tensor:
    k = tf.nn.elu(q) + 1.0
    return tf.einsum("bhqd,bhde->bhqe", k, tf.einsum("bhkd,bhke->bhde", k, q))


function("attention", _attention, HEADS)
function("causal attention", _causal, HEADS)
function("rotary attention", _rotary, HEADS)
function("attention with linear biases", _alibi, HEADS)
function("sliding window attention", _window, HEADS)
function("linear attention", _linear, HEADS)
function(
    "multi-query attention",
    lambda q: tf.einsum(
        "bhqk,bkd->bhqd", tf.nn.softmax(tf.einsum("bhqd,bkd->bhqk", q, q[:, 0])), q[:, 0]
    ),
    HEADS,
)

# Ragged and sparse inside, dense outside

function(
    "ragged sums",
    lambda x: tf.reduce_sum(tf.RaggedTensor.from_row_lengths(x, [1, 0, 2]), 1),
    X,
    static=True,
)
function(
    "sparse product",
    lambda x: tf.sparse.sparse_dense_matmul(
        tf.sparse.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 3]), x
    ),
    X,
    static=True,
)

# What is refused: no tensors, or the Python of somebody else


def _table() -> Any:
    keys = tf.constant([1, 2, 3])
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(keys, keys * 2), default_value=0
    )
    return tf.function(table.lookup, input_signature=[tf.TensorSpec([None], tf.int32)])


def _iterator() -> Any:
    iterator = iter(tf.data.Dataset.range(4))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
    def next_one(x: tf.Tensor) -> tf.Tensor:
        return x + tf.cast(next(iterator), tf.int32)

    return next_one


def _queue() -> Any:
    queue = tf.queue.FIFOQueue(3, [tf.float32], shapes=[[]])

    @tf.function(input_signature=[tf.TensorSpec([])])
    def push(x: tf.Tensor) -> tf.Tensor:
        queue.enqueue(x)
        return x

    return push


module("refused: a hash table", _table, LABELS, refused="IX104")
module("refused: an iterator", _iterator, LABELS, refused="IX104")
module("refused: a queue", _queue, np.float32(1), refused="IX104")
function(
    "refused: strings inside",
    lambda i: tf.strings.length(tf.strings.as_string(i)),
    LABELS,
    refused="IX104",
)
function(
    "refused: py_function",
    lambda x: tf.py_function(lambda v: v + 1, [x], tf.float32),
    X,
    refused="IX104",
)
function(
    "refused: numpy_function",
    lambda x: tf.numpy_function(lambda v: v + 1, [x], tf.float32),
    X,
    refused="IX104",
)
function("refused: a string result", lambda i: tf.strings.as_string(i), LABELS, refused="IX104")
function(
    "refused: a string argument",
    lambda s: tf.strings.length(s),
    np.array([b"a", b"bc"], object),
    refused="IX104",
)
function(
    "refused: hashing",
    lambda i: tf.strings.to_hash_bucket_fast(tf.strings.as_string(i), 9),
    LABELS,
    refused="IX104",
)
function(
    "refused: regex",
    lambda i: tf.strings.regex_full_match(tf.strings.as_string(i), "1.*"),
    LABELS,
    refused="IX104",
)
function(
    "refused: decoding",
    lambda i: tf.io.decode_raw(tf.strings.as_string(i), tf.uint8),
    LABELS,
    refused="IX104",
)
