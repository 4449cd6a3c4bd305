# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random ops with the values that TensorFlow's CPU kernels return for the same seeds.

Stateless ops take a seed, or a key and a counter. Stateful ones begin with their state, int64 [3]
as generators keep it, and return the next one last: `random_state.py` made variables of them.
Streams and numbers are in `philox.py`, distributions that reject in `rejection.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.philox import Stream

PHILOX, THREEFRY, AUTOMATIC = 1, 2, 3
"""TensorFlow's numbers of the algorithms; on a CPU it takes Philox if asked to choose."""
RESERVED = 256
"""Blocks that a stateful op uses up for each number."""

Draw = Callable[[Stream, Any, Any], Any]

_DRAWS: dict[str, Draw] = {
    "Uniform": philox.uniform,
    "Normal": philox.normal,
    "TruncatedNormal": philox.truncated_normal,
}


def _size(tf: Any, shape: Any) -> Any:
    return tf.reduce_prod(tf.cast(shape, tf.int32))


def is_philox(tf: Any, algorithm: Any) -> bool:
    """Whether the op's constant number of the algorithm means Philox."""
    number = tf.get_static_value(algorithm)
    return number is not None and int(number) in (PHILOX, AUTOMATIC)


def _integers(tf: Any, source: Stream, shape: Any, low: Any, high: Any) -> Any:
    words = source.words(_size(tf, shape), philox.width(low.dtype))
    return tf.reshape(philox.integers(tf, words, low, high), shape)


def _full(tf: Any, source: Stream, shape: Any, dtype: Any) -> Any:
    words = source.words(_size(tf, shape), philox.width(dtype))
    return tf.reshape(tf.bitcast(words, dtype), shape)


def _floats(tf: Any, kind: str, source: Stream, shape: Any, dtype: Any) -> Any:
    return tf.reshape(_DRAWS[kind](source, _size(tf, shape), dtype), shape)


# Stateless
# --------------------------------------------------------------------------------------------


@composition("StatelessRandomGetKeyCounter", passed=(0,))
def get_key_counter(tf: Any, call: Call, seed: Any) -> Any:
    """Key [1] and counter [2] of a seed."""
    found = philox.of_seed(tf, seed)
    return tf.reshape(found.key, [1]), tf.stack([found.low, found.high])


@composition("StatelessRandomGetAlg")
def get_algorithm(tf: Any, call: Call) -> Any:
    """The number of Philox."""
    return tf.constant(PHILOX, tf.int32)


@composition("StatelessRandomGetKeyCounterAlg", passed=(0,))
def get_key_counter_algorithm(tf: Any, call: Call, seed: Any) -> Any:
    """Key, counter and the number of Philox."""
    return *get_key_counter(tf, call, seed), tf.constant(PHILOX, tf.int32)


def _kind(name: str) -> str:
    """Uniform, Normal or TruncatedNormal."""
    if "Truncated" in name:
        return "TruncatedNormal"
    return "Normal" if "Normal" in name else "Uniform"


@composition(
    "StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal", passed=(1,)
)
def stateless(tf: Any, call: Call, shape: Any, seed: Any) -> Any:
    """Floats of a seed."""
    return _floats(tf, _kind(call.name), philox.of_seed(tf, seed), shape, call.dtype(tf))


@composition(
    "StatelessRandomUniformV2",
    "StatelessRandomNormalV2",
    "StatelessTruncatedNormalV2",
    passed=(1, 2),
)
def stateless_v2(tf: Any, call: Call, shape: Any, key: Any, counter: Any, algorithm: Any) -> Any:
    """Floats of a key and a counter."""
    if not is_philox(tf, algorithm):
        return None
    return _floats(tf, _kind(call.name), philox.stream(tf, key, counter), shape, call.dtype(tf))


@composition("StatelessRandomUniformInt", passed=(1,))
def stateless_integers(tf: Any, call: Call, shape: Any, seed: Any, low: Any, high: Any) -> Any:
    """Integers of a seed, from `low` to below `high`."""
    return _integers(tf, philox.of_seed(tf, seed), shape, low, high)


@composition("StatelessRandomUniformIntV2", passed=(1, 2))
def stateless_integers_v2(
    tf: Any, call: Call, shape: Any, key: Any, counter: Any, algorithm: Any, low: Any, high: Any
) -> Any:
    """Integers of a key and a counter, from `low` to below `high`."""
    if not is_philox(tf, algorithm):
        return None
    return _integers(tf, philox.stream(tf, key, counter), shape, low, high)


@composition("StatelessRandomUniformFullInt", passed=(1,))
def stateless_full(tf: Any, call: Call, shape: Any, seed: Any) -> Any:
    """Any integers, of a seed."""
    return _full(tf, philox.of_seed(tf, seed), shape, call.dtype(tf))


@composition("StatelessRandomUniformFullIntV2", passed=(1, 2))
def stateless_full_v2(
    tf: Any, call: Call, shape: Any, key: Any, counter: Any, algorithm: Any
) -> Any:
    """Any integers, of a key and a counter."""
    if not is_philox(tf, algorithm):
        return None
    return _full(tf, philox.stream(tf, key, counter), shape, call.dtype(tf))


# Stateful
# --------------------------------------------------------------------------------------------


def after(tf: Any, state: Any, numbers: Any) -> Any:
    """The state after an op that made `numbers` numbers."""
    return philox.advanced(tf, state, tf.cast(numbers, tf.uint64) * RESERVED)


@composition("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
def stateful(tf: Any, call: Call, state: Any, shape: Any) -> Any:
    """Floats, and the next state."""
    source = philox.of_state(tf, state)
    found = _floats(tf, _kind(call.name), source, shape, call.dtype(tf))
    return found, after(tf, state, _size(tf, shape))


@composition("RandomUniformInt")
def stateful_integers(tf: Any, call: Call, state: Any, shape: Any, low: Any, high: Any) -> Any:
    """Integers from `low` to below `high`, and the next state."""
    found = _integers(tf, philox.of_state(tf, state), shape, low, high)
    return found, after(tf, state, _size(tf, shape))


@composition("StatefulUniform", "StatefulStandardNormalV2", "StatefulTruncatedNormal")
def generator(tf: Any, call: Call, state: Any, algorithm: Any, shape: Any) -> Any:
    """Floats of a generator, and its next state."""
    return stateful(tf, call, state, shape) if is_philox(tf, algorithm) else None


@composition("StatefulUniformInt")
def generator_integers(
    tf: Any, call: Call, state: Any, algorithm: Any, shape: Any, low: Any, high: Any
) -> Any:
    """Integers of a generator, and its next state."""
    if not is_philox(tf, algorithm):
        return None
    return stateful_integers(tf, call, state, shape, low, high)


@composition("StatefulUniformFullInt")
def generator_full(tf: Any, call: Call, state: Any, algorithm: Any, shape: Any) -> Any:
    """Any integers of a generator, and its next state."""
    if not is_philox(tf, algorithm):
        return None
    found = _full(tf, philox.of_state(tf, state), shape, call.dtype(tf))
    return found, after(tf, state, _size(tf, shape))


@composition("RngSkip", "RngReadAndSkip")
def skip(tf: Any, call: Call, state: Any, algorithm: Any, delta: Any) -> Any:
    """A generator's counter before (if asked for) and its state after `delta` numbers. Threefry's
    state is a counter and a key, and counts numbers as Philox does."""
    number = tf.get_static_value(algorithm)
    if number is None:
        return None
    if int(number) == THREEFRY:
        step = tf.cast(delta, tf.int64) * RESERVED
        new = tf.concat([[state[0] + step], state[1:]], 0)
    else:
        new = after(tf, state, delta)
    if len(call.op.results) == 1:
        return new
    return tf.concat([state, tf.zeros([3 - state.shape[0]], tf.int64)], 0)[:3], new
