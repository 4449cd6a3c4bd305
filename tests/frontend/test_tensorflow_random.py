# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random ops return what TensorFlow's own kernels return for the same seeds, call after call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import iree_explore as ie  # noqa: E402
from tests.frontend.agreement import assert_same  # noqa: E402

Spec = tf.TensorSpec
N, X = np.int32(7), np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
FLOATS = (tf.float32, tf.float16, tf.bfloat16, tf.float64)
ALPHAS = np.array([0.3, 1.0, 2.5, 20], np.float32)
RATES = np.array([0.3, 1.0, 9.5, 20, 300, 0, 11], np.float32)
PROBABILITIES = np.array([0.3, 0.0, 0.7, 1.0], np.float32)
EXACT = {"rtol": 0.0, "atol": 0.0}
NEAR = {"rtol": 2e-6, "atol": 1e-6}


def stateless(n: Any) -> list[Any]:
    seed = tf.stack([n, -5])
    full = (tf.int32, tf.uint32, tf.int64, tf.uint64)
    return [
        tf.random.stateless_uniform([n, 3], seed),
        tf.random.stateless_uniform([4], [1, 2]),
        tf.random.stateless_uniform([n], seed, -4, 10, tf.int32),
        tf.random.stateless_uniform([n], seed, -4, 10**12, tf.int64),
        *(tf.random.stateless_uniform([n], seed, None, None, d) for d in full),
        tf.random.split([1, 2]),
        tf.random.fold_in(tf.constant([1, 2], tf.int64), n),
        tf.raw_ops.StatelessRandomUniform(shape=[n], seed=[3, -4]),
        tf.raw_ops.StatelessRandomUniformInt(shape=[n, 2], seed=[3, -4], minval=3, maxval=9),
    ]


def numbers(n: Any) -> list[Any]:
    return [
        *(tf.random.uniform([n, 3], seed=4, dtype=d) for d in FLOATS),
        tf.random.uniform([5], -3, 100, tf.int32, seed=4),
        tf.random.uniform([n], -3, 10**12, tf.int64, seed=4),
        tf.random.uniform([0, n], seed=4),
    ]


def normals(n: Any) -> list[Any]:
    return [
        *(tf.random.normal([n, 3], seed=4, dtype=d) for d in FLOATS),
        tf.random.stateless_normal([3, 4], [1, 2]),
    ]


def truncated(n: Any) -> list[Any]:
    return [
        *(tf.random.truncated_normal([n, 3], seed=4, dtype=d) for d in FLOATS),
        tf.random.stateless_truncated_normal([33], [1, 2]),
    ]


def flow(n: Any) -> list[Any]:
    """Ops in loops and branches keep their states."""

    def body(i: Any, y: Any) -> Any:
        drawn = tf.random.uniform([n], seed=5)
        return i + 1, tf.cond(i > 0, lambda: y + drawn, lambda: y + tf.random.uniform([n], seed=8))

    summed = tf.while_loop(lambda i, y: i < 3, body, [0, tf.zeros([n])])[1]
    return [summed, tf.random.uniform([n], seed=6)]


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, float]]] = {
    "numbers": (numbers, (N,), EXACT),
    "stateless": (stateless, (N,), EXACT),
    "normals": (normals, (N,), NEAR),
    "truncated": (truncated, (N,), NEAR),
    "flow": (flow, (N,), EXACT),
    "categories": (
        lambda x, n: [
            tf.random.categorical(x, n, seed=3),
            tf.random.stateless_categorical(x, 6, [1, 2], dtype=tf.int32),
        ],
        (X, N),
        EXACT,
    ),
    "shuffles": (
        lambda x, n: [
            tf.random.shuffle(x, seed=3),
            tf.random.shuffle(tf.range(n * 50), seed=3),
            tf.random.shuffle(x[:1], seed=3),
            tf.random.experimental.stateless_shuffle(x, [1, 2]),
        ],
        (X, N),
        EXACT,
    ),
    "gamma": (
        lambda a: [tf.random.gamma([50], a, seed=3), tf.random.stateless_gamma([30, 4], [1, 2], a)],
        (ALPHAS,),
        {"rtol": 1e-5, "atol": 1e-6},
    ),
    "poisson": (
        lambda r: [
            tf.random.poisson([50], r, seed=3),
            tf.random.stateless_poisson([30, 7], [1, 2], r, tf.int32),
        ],
        (RATES,),
        EXACT,
    ),
    "binomial": (
        lambda p: [tf.random.stateless_binomial([30, 2, 4], [1, 2], [[100.0], [7.0]], p)],
        (PROBABILITIES,),
        EXACT,
    ),
}


def source_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """The function with every size unknown."""
    specs = [Spec([None] * np.ndim(a), np.asarray(a).dtype) for a in arguments]
    return tf.function(function, input_signature=specs)


COMPILED = ("flow", "shuffles")
"""Cases that run on llvm-cpu too."""


@pytest.mark.parametrize(
    ("name", "target"),
    [*((name, "reference") for name in CASES), *((name, "llvm-cpu") for name in COMPILED)],
)
def test_random_ops_draw_what_tensorflow_draws(name: str, target: str) -> None:
    function, arguments, near = CASES[name]
    module = ie.compile(source_of(function, arguments), target=target)
    source = source_of(function, arguments)
    for _ in range(3):
        assert_same(module.main(*arguments), source(*arguments), **near)


class Generated(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.generator = tf.random.Generator.from_seed(3)

    @tf.function(input_signature=[Spec((), tf.int32)])
    def draw(self, n):
        g = self.generator
        state = g.state.handle
        integers = tf.raw_ops.StatefulUniformInt(
            resource=state, algorithm=1, shape=[n], minval=-3, maxval=4
        )
        anything = tf.raw_ops.StatefulUniformFullInt(
            resource=state, algorithm=1, shape=[n], dtype=tf.uint64
        )
        return {
            "uniform": g.uniform([n, 2]),
            "split": g.make_seeds(2),
            "integers": integers,
            "anything": anything,
            "floats": tf.raw_ops.StatefulUniform(resource=state, algorithm=1, shape=[n]),
        }

    @tf.function(input_signature=[Spec((), tf.int32)])
    def normal(self, n):
        state = self.generator.state.handle
        old = tf.raw_ops.StatefulStandardNormalV2(resource=state, algorithm=1, shape=[n])
        cut = tf.raw_ops.StatefulTruncatedNormal(resource=state, algorithm=1, shape=[n])
        return self.generator.normal([n]), self.generator.truncated_normal([n, 2]), old, cut


def test_a_generator_draws_binomials() -> None:
    """The first ones: TensorFlow forgets to move the variable on if its buffer is shared."""
    counts, probabilities = np.float32([30, 4]), np.float32([0.6, 0.2])
    generator = tf.random.Generator.from_seed(3)
    draw = lambda n, p: [generator.binomial([20, 2], n, p), generator.uniform([2])]  # noqa: E731
    module = ie.compile(source_of(draw, (counts, probabilities)), target="reference")
    first, *_ = module.main(counts, probabilities)
    np.testing.assert_array_equal(first, draw(counts, probabilities)[0])
    assert not np.array_equal(first, module.main(counts, probabilities)[0])


def test_generators_keep_their_state_in_a_variable() -> None:
    source = Generated()
    module = ie.compile(source, target="reference")
    for n in (np.int32(5), np.int32(2)):
        assert_same(module.draw(n), source.draw(n), **EXACT)
        assert_same(module.normal(n), source.normal(n), **NEAR)


def test_seeded_states_are_variables_of_the_module() -> None:
    source = tf.function(lambda: tf.random.uniform([3], seed=9), input_signature=[])
    module = ie.compile(source, target="llvm-cpu")
    first = module.main()
    (name,) = module.variables
    state = module.variables[name]
    np.testing.assert_array_equal(state[:2], [3 * 256, 9])
    module.variables[name] = np.int64([0, 9, state[2]])
    np.testing.assert_array_equal(module.main(), first)


def unseeded() -> Any:
    tf.random.set_seed(None)  # other tests set one for the process
    body = lambda: (tf.random.uniform([4000]), tf.random.normal([4000]))  # noqa: E731
    return tf.function(body, input_signature=[])


def test_each_instance_draws_its_own_key(tmp_path: Path) -> None:
    module = ie.compile(unseeded(), target="llvm-cpu")
    uniform, normal = module.main()
    again, _ = module.main()
    module.save(tmp_path / "random.iexm")
    loaded = [ie.load_module(tmp_path / "random.iexm").main()[0] for _ in range(2)]
    other, _ = ie.compile(unseeded(), target="reference").main()
    drawn = [uniform, again, other, *loaded]
    for i, x in enumerate(drawn):
        assert x.min() >= 0 and x.max() < 1
        assert abs(x.mean() - 0.5) < 0.03 and abs(x.var() - 1 / 12) < 0.01
        assert all(not np.array_equal(x, y) for y in drawn[:i])
    assert abs(normal.mean()) < 0.1 and abs(normal.var() - 1) < 0.15


def test_keras_noise_moves_its_seeds_on() -> None:
    layers = tf.keras.layers

    class Noisy(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [
                layers.Dropout(0.5, seed=1), layers.SpatialDropout2D(0.5, seed=2),
                layers.GaussianNoise(1.0, seed=3), layers.GaussianDropout(0.3, seed=4),
                layers.AlphaDropout(0.3, seed=5), layers.RandomFlip(seed=6),
                layers.RandomBrightness(0.3, value_range=(0, 1), seed=7),
            ]  # fmt: skip

        @tf.function(input_signature=[Spec((None, 6, 6, 2), tf.float32)])
        def step(self, x):
            return [layer(x, training=True) for layer in self.layers]

    tf.keras.utils.set_random_seed(4)
    source = Noisy()
    image = np.random.default_rng(1).uniform(size=(3, 6, 6, 2)).astype(np.float32)
    source.step(image)
    module = ie.compile(source, target="reference")
    for _ in range(3):
        assert_same(module.step(image), source.step(image), rtol=1e-5, atol=1e-5)
