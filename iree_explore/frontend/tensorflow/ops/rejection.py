# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Distributions that TensorFlow's CPU kernels draw by rejection: gamma, Poisson, binomial.

Every output has a stream of its own, 256 blocks (of a binomial by inversion 42) after the one
before; a loop makes one attempt for all outputs until each has a number. Outputs are numbered
parameter by parameter, so their stream is not their place. All is computed in f64.
Sources: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); Hormann,
"The transformed rejection method for generating Poisson random variables" (1993) and "The
generation of binomial random variates" (1993).
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops import philox
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.philox import Stream, normal_pairs, unit
from iree_explore.frontend.tensorflow.ops.random import RESERVED, after, is_philox

_TAILS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)  # fmt: skip
"""What Stirling's approximation of log k! lacks, for k up to 9."""


class _Outputs:
    """The outputs of a call, flat: the parameters and the number of each."""

    def __init__(self, tf: Any, shape: Any, *parameters: Any) -> None:
        count = tf.reduce_prod(tf.cast(shape, tf.int32))
        together = tf.shape(parameters[0])
        for other in parameters[1:]:
            together = tf.broadcast_dynamic_shape(together, tf.shape(other))
        groups = tf.reduce_prod(together)
        each = count // tf.maximum(groups, 1)
        self.parameters = []
        for value in parameters:
            flat = tf.reshape(tf.broadcast_to(value, together), [1, -1])
            self.parameters.append(tf.reshape(tf.tile(flat, tf.stack([each, 1])), [-1]))
        place = tf.range(count)
        group = place % tf.maximum(groups, 1)
        self.number = tf.cast(group * each + place // tf.maximum(groups, 1), tf.uint64)
        self.shape = shape
        self.count = count


def _doubles(tf: Any, source: Stream, offsets: Any) -> tuple[Any, Any]:
    """The uniform numbers of blocks in the order of their use: the second one first."""
    numbers = unit(tf, source.blocks(offsets), tf.float64)
    return numbers[:, 1], numbers[:, 0]


# Gamma
# --------------------------------------------------------------------------------------------


def _gamma(tf: Any, source: Stream, shape: Any, alpha: Any, dtype: Any) -> Any:
    """Numbers of the shapes `alpha`, scale 1."""
    outputs = _Outputs(tf, shape, tf.cast(alpha, tf.float64))
    (a,) = outputs.parameters
    start = outputs.number * RESERVED
    below = a < 1
    d = a + tf.where(below, tf.constant(2 / 3, a.dtype), tf.constant(-1 / 3, a.dtype))
    c = tf.constant(1 / 3, a.dtype) / tf.sqrt(d)
    first, _ = _doubles(tf, source, start)
    found = -tf.math.log1p(-first)  # of a == 1
    done = tf.equal(a, 1)
    no = tf.zeros_like(done)
    zero = tf.zeros_like(a)

    def attempt(done: Any, found: Any, used: Any, x: Any, has_x: Any, u: Any, has_u: Any) -> Any:
        pairs = normal_pairs(tf, source.blocks(start + used), tf.float64)
        x_now = tf.where(has_x, x, pairs[:, 1])
        x, used = pairs[:, 0], used + tf.cast(~has_x, tf.uint64)
        v = 1 + c * x_now
        inside = v > 0
        u_first, u_second = _doubles(tf, source, start + used)
        u_now = tf.where(has_u, u, u_first)
        drawn = inside & ~has_u
        u = tf.where(drawn, u_second, u)
        used = used + tf.cast(drawn, tf.uint64)
        has_u = tf.where(inside, ~has_u, has_u)
        v = v * v * v
        square = x_now * x_now
        sure = u_now < 1 - 0.0331 * square * square
        right = 0.5 * square + d * (1 - v + tf.math.log(tf.where(inside, v, 1)))
        taken = inside & ~done & (sure | (tf.math.log(u_now) < right))
        last, _ = _doubles(tf, source, start + used)
        power = tf.pow(tf.where(has_u, u, last), 1 / a)
        number = d * v * tf.where(below, power, tf.ones_like(a))
        return done | taken, tf.where(taken, number, found), used, x, ~has_x, u, has_u

    start_state = (done, found, tf.zeros_like(start), zero, no, zero, no)
    result = tf.while_loop(lambda done, *_: ~tf.reduce_all(done), attempt, start_state)[1]
    return tf.cast(tf.reshape(result, outputs.shape), dtype)


@composition("RandomGamma")
def random_gamma(tf: Any, call: Call, state: Any, shape: Any, alpha: Any) -> Any:
    """`shape` numbers for each alpha, and the next state."""
    whole = tf.concat([tf.cast(shape, tf.int32), tf.shape(alpha)], 0)
    found = _gamma(tf, philox.of_state(tf, state), whole, alpha, call.dtype(tf))
    return found, after(tf, state, tf.reduce_prod(whole))


@composition("StatelessRandomGammaV2", passed=(1,))
def stateless_gamma(tf: Any, call: Call, shape: Any, seed: Any, alpha: Any) -> Any:
    """Numbers of a seed."""
    return _gamma(tf, philox.of_seed(tf, seed), shape, alpha, call.dtype(tf))


@composition("StatelessRandomGammaV3", passed=(1, 2))
def stateless_gamma_v3(
    tf: Any, call: Call, shape: Any, key: Any, counter: Any, algorithm: Any, alpha: Any
) -> Any:
    """Numbers of a key and a counter."""
    if not is_philox(tf, algorithm):
        return None
    return _gamma(tf, philox.stream(tf, key, counter), shape, alpha, call.dtype(tf))


# Poisson
# --------------------------------------------------------------------------------------------


def _poisson(tf: Any, source: Stream, shape: Any, rate: Any, dtype: Any) -> Any:
    """Counts at the given rates: below 10 by products of uniform numbers, else by transformed
    rejection; NaN for rates that are negative or no number."""
    outputs = _Outputs(tf, shape, tf.cast(rate, tf.float64))
    (rate,) = outputs.parameters
    start = outputs.number * RESERVED
    valid = tf.math.is_finite(rate) & (rate >= 0)
    few = rate < 10
    large = tf.where(few, tf.constant(10, tf.float64), rate)
    limit = tf.exp(-rate)
    b = 0.931 + 2.53 * tf.sqrt(large)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    bound = 0.9277 - 3.6224 / (b - 2)

    def attempt(step: Any, done: Any, found: Any, product: Any) -> Any:
        u, v = _doubles(tf, source, start + step)
        for number in (u, v):
            product = product * number
            ends = few & ~done & (product <= limit)
            found = tf.where(few & ~done & ~ends, found + 1, found)
            done = done | ends
        u = u - 0.5
        shifted = 0.5 - tf.abs(u)
        k = tf.floor((2 * a / shifted + b) * u + large + 0.43)
        sure = (shifted >= 0.07) & (v <= bound)
        never = (k < 0) | ((shifted < 0.013) & (v > shifted))
        left = tf.math.log(v * inverse / (a / (shifted * shifted) + b))
        right = -large + k * tf.math.log(large) - tf.math.lgamma(k + 1)
        taken = ~few & ~done & (sure | (~never & (left <= right)))
        return step + 1, done | taken, tf.where(taken, k, found), product

    begin = (tf.constant(0, tf.uint64), ~valid, tf.zeros_like(rate), tf.ones_like(rate))
    result = tf.while_loop(lambda step, done, *_: ~tf.reduce_all(done), attempt, begin)[2]
    result = tf.where(valid, result, tf.constant(float("nan"), tf.float64))
    return tf.cast(tf.reshape(result, outputs.shape), dtype)


@composition("RandomPoisson", "RandomPoissonV2")
def random_poisson(tf: Any, call: Call, state: Any, shape: Any, rate: Any) -> Any:
    """`shape` counts for each rate, and the next state."""
    whole = tf.concat([tf.cast(shape, tf.int32), tf.shape(rate)], 0)
    found = _poisson(tf, philox.of_state(tf, state), whole, rate, call.dtype(tf))
    return found, after(tf, state, tf.reduce_prod(whole))


@composition("StatelessRandomPoisson", passed=(1,))
def stateless_poisson(tf: Any, call: Call, shape: Any, seed: Any, rate: Any) -> Any:
    """Counts of a seed."""
    return _poisson(tf, philox.of_seed(tf, seed), shape, rate, call.dtype(tf))


# Binomial
# --------------------------------------------------------------------------------------------


def _tail(tf: Any, k: Any) -> Any:
    place = tf.cast(tf.clip_by_value(k, 0.0, 9.0), tf.int32)
    square = (k + 1) * (k + 1)
    far = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
    return tf.where(k <= 9, tf.gather(tf.constant(_TAILS, tf.float64), place), far)


def _accepts(tf: Any, u: Any, v: Any, count: Any, p: Any) -> tuple[Any, Any]:
    """One transformed rejection: the number, and whether it is taken."""
    deviation = tf.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    ratio = p / (1 - p)
    m = tf.floor((count + 1) * p)
    u = u - 0.5
    shifted = 0.5 - tf.abs(u)
    k = tf.floor((2 * a / shifted + b) * u + count * p + 0.5)
    sure = (shifted >= 0.07) & (v <= 0.92 - 4.2 / b)
    possible = (k >= 0) & (k <= count)
    scaled = v * (2.83 + 5.1 / b) * deviation
    left = tf.math.log(scaled / (a / (shifted * shifted) + b))
    inside = tf.clip_by_value(k, tf.zeros_like(count), count)
    rest = count - inside + 1
    right = (
        (m + 0.5) * tf.math.log((m + 1) / (ratio * (count - m + 1)))
        + (count + 1) * tf.math.log((count - m + 1) / rest)
        + (inside + 0.5) * tf.math.log(ratio * rest / (inside + 1))
        + _tail(tf, m) + _tail(tf, count - m) - _tail(tf, inside) - _tail(tf, count - inside)
    )  # fmt: skip
    return k, sure | (possible & (left <= right))


def _binomial(tf: Any, source: Stream, shape: Any, counts: Any, probs: Any, dtype: Any) -> Any:
    """How many of `counts` happen: below a mean of 10 by inversion, else by rejection; NaN where a
    probability is no number."""
    outputs = _Outputs(tf, shape, counts, probs)
    count, given = outputs.parameters
    flipped = given > 0.5
    rarer = tf.where(flipped, 1 - given, given)
    few = tf.cast(count, given.dtype) * rarer < 10
    count, p = tf.cast(count, tf.float64), tf.cast(rarer, tf.float64)
    start = outputs.number * tf.where(few, tf.constant(42, tf.uint64), RESERVED)
    none, all_ = (count <= 0) | (given <= 0), given >= 1
    undefined = tf.math.is_nan(given)
    settled = none | all_ | undefined
    half = tf.constant(0.5, tf.float64)
    p = tf.where(settled, half, p)
    large, slope = tf.where(few | settled, tf.constant(100, tf.float64), count), tf.math.log1p(-p)
    zero = tf.zeros_like(count)

    def attempt(step: Any, done: Any, found: Any, total: Any) -> Any:
        u, v = _doubles(tf, source, start + step)
        for number in (u, v):
            total = total + tf.math.ceil(tf.math.log(number) / slope)
            ends = few & ~done & (total > count)
            found = tf.where(few & ~done & ~ends, found + 1, found)
            done = done | ends
        k, accepted = _accepts(tf, u, v, large, p)
        taken = ~few & ~done & accepted
        return step + 1, done | taken, tf.where(taken, k, found), total

    begin = (tf.constant(0, tf.uint64), settled, zero, zero)
    result = tf.while_loop(lambda step, done, *_: ~tf.reduce_all(done), attempt, begin)[2]
    result = tf.where(flipped, count - result, result)
    result = tf.where(none, zero, tf.where(all_, count, result))
    result = tf.where(undefined, tf.constant(float("nan"), tf.float64), result)
    return tf.cast(tf.reshape(result, outputs.shape), dtype)


@composition("StatelessRandomBinomial", passed=(1,))
def stateless_binomial(tf: Any, call: Call, shape: Any, seed: Any, counts: Any, probs: Any) -> Any:
    """Numbers of a seed."""
    return _binomial(tf, philox.of_seed(tf, seed), shape, counts, probs, call.dtype(tf))


@composition("StatefulRandomBinomial")
def generator_binomial(
    tf: Any, call: Call, state: Any, algorithm: Any, shape: Any, counts: Any, probs: Any
) -> Any:
    """Numbers of a generator, and its next state."""
    if not is_philox(tf, algorithm):
        return None
    source = philox.of_state(tf, state)
    found = _binomial(tf, source, shape, counts, probs, call.dtype(tf))
    both = tf.broadcast_dynamic_shape(tf.shape(counts), tf.shape(probs))
    groups = tf.reduce_prod(both)
    each = tf.reduce_prod(tf.cast(shape, tf.int32)) // tf.maximum(groups, 1)
    return found, after(tf, state, groups * 2 * 100 * (each + 3) // 4)
