# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Variables are state of the compiled module: it advances call by call as TensorFlow's does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import iree_explore as ie  # noqa: E402
from tests.frontend.agreement import assert_same  # noqa: E402

Spec = tf.TensorSpec
RNG = np.random.default_rng(3)
INT = Spec((), tf.int32)


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def assert_advances(source: Any, calls: list[tuple[Any, ...]], target: str, **near: float) -> Any:
    """Compiled, `source` gives what it gives itself, call after call."""
    module = ie.compile(source, target=target)
    for name, *arguments in calls:
        results = module[name](*arguments)
        assert_same(results, getattr(source, name)(*arguments), **near)
    return module


class Counter(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.count = tf.Variable(0)
        self.line = tf.Variable(tf.zeros((3,)))

    @tf.function(input_signature=[INT])
    def add(self, k):
        self.count.assign_add(k)
        self.line.assign_sub(tf.cast(k, tf.float32) * [1.0, 2.0, 3.0])
        return self.count.read_value()

    @tf.function(input_signature=[])
    def both(self):
        return self.count * 2, self.line + 1

    @tf.function(input_signature=[Spec((3,))])
    def put(self, x):
        before = self.line.read_value()
        self.line.assign(x)
        return before, self.line.read_value()


class InLoops(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.count = tf.Variable(0)
        self.line = tf.Variable(tf.ones((3,)))

    @tf.function(input_signature=[INT])
    def branches(self, k):
        for i in tf.range(k):
            self.count.assign_add(i)
            if self.count > 3:
                self.line.assign(self.line * 2)
            else:
                self.line.assign_add([1.0, 2.0, 3.0])
        return self.count.read_value(), self.line.read_value()

    @tf.function(input_signature=[INT])
    def until(self, k):
        while self.count < k:
            self.count.assign_add(2)
            self.line.assign(self.line + tf.cast(self.count, tf.float32))
        return self.line.read_value()

    @tf.function(input_signature=[INT])
    def one_of(self, k):
        given = [lambda: self.count.assign(k), lambda: self.count.assign_add(k)]
        return tf.switch_case(k, given, default=lambda: self.count.assign_sub(k))


class Parts(tf.Module):
    """Updates of parts of a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.table = tf.Variable(tf.reshape(tf.range(12.0), (4, 3)))

    @tf.function(input_signature=[Spec((None,), tf.int32), Spec((None, 3))])
    def rows(self, i, x):
        found = []
        for kind in ("update", "add", "sub", "max", "min", "mul", "div"):
            getattr(self.table, f"scatter_{kind}")(tf.IndexedSlices(x, i))
            found.append(self.table.read_value())
        return found

    @tf.function(input_signature=[Spec((None, 2), tf.int32), Spec((None,))])
    def elements(self, i, x):
        found = []
        for kind in ("update", "add", "sub"):
            getattr(self.table, f"scatter_nd_{kind}")(i, x)
            found.append(self.table.read_value())
        return found

    @tf.function(input_signature=[Spec((3,)), Spec((2, 3)), Spec((4, 2)), Spec((4, 3))])
    def slices(self, row, rows, columns, whole):
        found = []
        self.table[1].assign(row)
        found.append(self.table.read_value())
        self.table[1:3].assign(rows)
        found.append(self.table.read_value())
        self.table[:, ::2].assign(columns)
        found.append(self.table.read_value())
        self.table[-1, 1].assign(row[0])
        found.append(self.table.read_value())
        self.table[::-1].assign(whole)
        found.append(self.table.read_value())
        self.table[tf.newaxis, ..., 1:].assign(columns[tf.newaxis])
        found.append(self.table.read_value())
        self.table[3:0:-2, ::2].assign(columns[:2])
        found.append(self.table.read_value())
        return found

    @tf.function(input_signature=[INT, Spec((3,)), Spec((1, 3))])
    def at(self, i, row, rows):
        self.table[i].assign(row)
        self.table[i + 1 : i + 2].assign(rows)
        self.table[-i, 0].assign(7.0)
        return self.table.read_value()

    @tf.function(input_signature=[Spec((None,), tf.int32)])
    def looked_up(self, i):
        return self.table.sparse_read(i), self.table.gather_nd(i[:, None])


class Cache(tf.Module):
    """Keys of an attention layer, one more in each call."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = tf.Variable(tf.zeros((2, 5, 4)))
        self.length = tf.Variable(0)

    @tf.function(input_signature=[Spec((2, 1, 4))])
    def step(self, key):
        self.keys[:, self.length : self.length + 1].assign(key)
        self.length.assign_add(1)
        mask = tf.sequence_mask(self.length, 5, tf.float32)
        return tf.einsum("btd,t->bd", self.keys, mask)


class Kinds(tf.Module):
    """Variables of many element types."""

    def __init__(self) -> None:
        super().__init__()
        self.bools = tf.Variable([True, False])
        self.longs = tf.Variable(np.array([1, 2], np.int64))
        self.halves = tf.Variable(np.array([1, 2], np.float16))
        self.doubles = tf.Variable(np.array([1.0, 2.0]))
        self.complexes = tf.Variable(np.array([1 + 2j], np.complex64))
        self.bytes = tf.Variable(np.array([255], np.uint8))
        self.empty = tf.Variable(tf.zeros((0, 3)))

    @tf.function(input_signature=[])
    def step(self):
        self.bools.assign(tf.logical_not(self.bools))
        self.longs.assign_add([1, 1])
        self.halves.assign_sub([1.0, 0.5])
        self.doubles.assign(self.doubles * 3)
        self.complexes.assign(self.complexes * 1j)
        self.bytes.assign_add([3])
        return [v.read_value() for v in self.variables]


I = np.array([2, 0], np.int32)  # noqa: E741
MODULES: dict[str, tuple[Callable[[], Any], list[tuple[Any, ...]]]] = {
    "counter": (
        Counter,
        [("add", 3), ("both",), ("put", floats(3)), ("add", -1), ("both",)],
    ),
    "loops and branches": (
        InLoops,
        [("branches", 3), ("until", 9), ("one_of", 1), ("one_of", 5), ("branches", 4)],
    ),
    "scatters": (
        Parts,
        [
            ("rows", I, floats(2, 3)),
            ("elements", np.array([[1, 2], [3, 0]], np.int32), floats(2)),
            ("looked_up", np.array([3, 1, 1], np.int32)),
            ("rows", I[:1], floats(1, 3)),
        ],
    ),
    "slices": (
        Parts,
        [
            ("slices", floats(3), floats(2, 3), floats(4, 2), floats(4, 3)),
            ("at", 1, floats(3), floats(1, 3)),
            ("at", 2, floats(3), floats(1, 3)),
        ],
    ),
    "cache": (Cache, [("step", floats(2, 1, 4)) for _ in range(4)]),
    "element types": (Kinds, [("step",), ("step",)]),
}


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("name", MODULES)
def test_state_advances(name: str, target: str) -> None:
    make, calls = MODULES[name]
    calls = [(f, *(np.int32(x) if isinstance(x, int) else x for x in a)) for f, *a in calls]
    assert_advances(make(), calls, target)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_instances_share_no_state(target: str) -> None:
    source = Counter()
    first, second = (ie.compile(source, target=target) for _ in range(2))
    source.count.assign(5)
    assert first["add"](np.int32(3)) == 3
    assert second["add"](np.int32(1)) == 1
    assert first["both"]()[0] == 6
    assert source.count.numpy() == 5


# Training


class Training(tf.Module):
    """A model, its optimizer and one step of training."""

    def __init__(self, build: Callable[[], Any], optimizer: Any, x: Any, labels: Any) -> None:
        super().__init__()
        tf.keras.utils.set_random_seed(1)
        self.model = build()
        self.optimizer = optimizer
        self.optimizer.build(self.model.trainable_variables)
        signature = [Spec(x, tf.int32 if len(x) < 2 else tf.float32), Spec(labels, tf.int32)]
        self.step = tf.function(self._step, input_signature=signature)

    def _step(self, x, labels):
        with tf.GradientTape() as tape:
            scores = self.model(x, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
            loss = tf.reduce_mean(losses)
        weights = self.model.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss


layers = tf.keras.layers
optimizers = tf.keras.optimizers
OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "SGD": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "Adam": lambda: optimizers.Adam(0.01),
    "AdamW": lambda: optimizers.AdamW(0.01),
    "RMSprop": lambda: optimizers.RMSprop(0.01),
    "Adagrad": lambda: optimizers.Adagrad(0.1),
    "Adadelta": lambda: optimizers.Adadelta(0.1),
    "Nadam": lambda: optimizers.Nadam(0.01),
    "Ftrl": lambda: optimizers.Ftrl(0.01),
    "Lion": lambda: optimizers.Lion(0.01),
    "clipped": lambda: optimizers.Adam(0.01, global_clipnorm=0.1),
    "schedule": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
}
LABELS = np.array([0, 2, 1, 2], np.int32)


def sequential(*parts: Any) -> Any:
    return tf.keras.Sequential([tf.keras.Input(parts[0]), *parts[1:], layers.Dense(3)])


MODELS: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "dense": (lambda: sequential((5,), layers.Dense(8, "relu")), (5,)),
    "batch normalisation": (
        lambda: sequential((5,), layers.Dense(8), layers.BatchNormalization(), layers.ReLU()),
        (5,),
    ),
    "convolutions": (
        lambda: sequential(
            (6, 6, 2),
            layers.Conv2D(4, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ),
        (6, 6, 2),
    ),
    "LSTM": (lambda: sequential((6, 5), layers.LSTM(4)), (6, 5)),
    "GRU both ways": (lambda: sequential((6, 5), layers.Bidirectional(layers.GRU(3))), (6, 5)),
}


def trained(name: str, optimizer: str, target: str) -> tuple[Training, Any]:
    build, shape = MODELS[name]
    x = floats(4, *shape)
    source = Training(build, OPTIMIZERS[optimizer](), x.shape, LABELS.shape)
    calls = [("step", x, LABELS)] * 3
    return source, assert_advances(source, calls, target, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers_step_as_in_tensorflow(optimizer: str) -> None:
    trained("dense", optimizer, "reference")


@pytest.mark.parametrize("name", MODELS)
def test_models_train_as_in_tensorflow(name: str) -> None:
    trained(name, "momentum", "reference")


@pytest.mark.parametrize("name", ["batch normalisation", "LSTM"])
def test_models_train_on_the_cpu(name: str) -> None:
    trained(name, "Adam", "llvm-cpu")


@pytest.mark.parametrize("name", MODELS)
def test_models_of_unknown_batch_train(name: str) -> None:
    build, shape = MODELS[name]
    inner = (None, *shape[1:]) if len(shape) == 2 else shape  # sequences: time is unknown too
    source = Training(build, OPTIMIZERS["Adam"](), (None, *inner), (None,))
    calls = [("step", floats(n, *shape), LABELS[:n]) for n in (4, 3)]
    assert_advances(source, calls, "reference", rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_differences_of_unknown_batch_train(target: str) -> None:
    class Fit(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = tf.Variable(floats(5, 3))
            self.scale = tf.Variable(floats(1, 3))
            self.shift = tf.Variable(floats(3))

        @tf.function(input_signature=[Spec((None, 5)), Spec((None, 3))])
        def step(self, x, y):
            with tf.GradientTape() as tape:
                guess = tf.tanh(x @ self.weights) * self.scale + self.shift
                loss = tf.reduce_mean((y - guess) ** 2)
            for v, g in zip(self.variables, tape.gradient(loss, self.variables), strict=True):
                v.assign_sub(0.1 * g)
            return loss

    calls = [("step", floats(n, 5), floats(n, 3)) for n in (4, 1, 2)]
    assert_advances(Fit(), calls, target)


def test_embedding_trains_by_scattered_updates() -> None:
    def build() -> Any:
        given = tf.keras.Input((6,), dtype="int32")
        hidden = layers.Flatten()(layers.Embedding(7, 4)(given))
        return tf.keras.Model(given, layers.Dense(3)(hidden))

    ids = np.random.default_rng(0).integers(0, 7, (4, 6)).astype(np.int32)
    source = Training(build, optimizers.SGD(0.1), ids.shape, LABELS.shape)
    source.step = tf.function(
        source._step, input_signature=[Spec(ids.shape, tf.int32), Spec((4,), tf.int32)]
    )
    assert_advances(source, [("step", ids, LABELS)] * 3, "reference", rtol=1e-4, atol=1e-5)


def test_metrics_accumulate() -> None:
    class Metrics(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mean = tf.keras.metrics.Mean()
            self.accuracy = tf.keras.metrics.SparseCategoricalAccuracy()

        @tf.function(input_signature=[Spec((None,), tf.int32), Spec((None, 3))])
        def update(self, labels, scores):
            self.mean.update_state(scores)
            self.accuracy.update_state(labels, scores)
            return self.mean.result(), self.accuracy.result()

    calls = [("update", LABELS, floats(4, 3)), ("update", LABELS[:2], floats(2, 3))]
    assert_advances(Metrics(), calls, "reference")


def test_dropout_draws_what_tensorflow_draws() -> None:
    class Dropout(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.count = tf.Variable(0)

        @tf.function(input_signature=[Spec((4, 5))])
        def step(self, x):
            self.count.assign_add(1)
            seed = tf.stack([self.count, 7])
            return tf.nn.experimental.stateless_dropout(x, 0.5, seed=seed)

    assert_advances(Dropout(), [("step", floats(4, 5))] * 2, "reference")
