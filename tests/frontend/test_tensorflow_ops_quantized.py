# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantised types and the ops that make, use and undo them: the same integers as TensorFlow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.tensorflow_ops import Case, Fixed, check, f32, i32

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(4)
X = np.concatenate([RNG.normal(size=(9, 3)) * 2, np.linspace(-4, 4, 147).reshape(49, 3)])
X = X.astype(np.float32)
LOWS, HIGHS = f32([-3, -1, -0.5]), f32([2.5, 1, 0.75])
TYPES = (tf.qint8, tf.quint8, tf.qint16, tf.quint16, tf.qint32)
raw = tf.raw_ops
quantization = tf.quantization


def stored(dtype: Any) -> np.dtype:
    """The integers that a quantised type is stored as."""
    return np.dtype(dtype.name.removeprefix("q"))


def integers(dtype: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Any values of a quantised type."""
    info = np.iinfo(stored(dtype))
    values = RNG.integers(info.min, info.max, size=shape, endpoint=True)
    values.ravel()[:2] = info.min, info.max
    return values.astype(stored(dtype))


def quantised(dtype: Any, mode: str, low: float = -3.0, high: float = 2.5, **options: Any) -> Case:
    """Integers of a range, the range, and what is made of them again."""

    def function(x: Any) -> Any:
        made = quantization.quantize(x, low, high, dtype, mode=mode, **options)
        return made.output, made.output_min, made.output_max

    return function, [X]


def dequantised(kind: Any, mode: str, **options: Any) -> Case:
    """Floats of a range for any integers."""
    axis = options.get("axis", -1)
    ends = (LOWS, HIGHS) if axis >= 0 else (f32(-3), f32(2.5))

    def function(x: Any, low: Any, high: Any) -> Any:
        return quantization.dequantize(tf.bitcast(x, kind), low, high, mode=mode, **options)

    return function, [integers(kind, (5, 3)), *ends]


QUANTIZE: dict[str, Case] = {
    **{
        f"{t.name} {mode}": quantised(t, mode)
        for t in TYPES
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
    },
    "above zero": quantised(tf.quint8, "MIN_COMBINED", 0.5, 3.0),
    "below zero": quantised(tf.qint8, "MIN_FIRST", -7.0, -0.5),
    "to even": quantised(tf.qint8, "SCALED", -1.0, 1.0, round_mode="HALF_TO_EVEN"),
    "narrow": quantised(tf.qint8, "SCALED", -1.0, 1.0, narrow_range=True),
    "ties": quantised(tf.qint8, "MIN_COMBINED", -1.0, 1.0),
    "least range": quantised(tf.qint16, "SCALED", 0.0, 0.0, ensure_minimum_range=0.5),
    **{
        f"by channel {mode}": (
            lambda x, low, high, mode=mode: tuple(
                quantization.quantize(x, low, high, tf.qint8, mode=mode, axis=1)
            ),
            [X, LOWS, HIGHS],
        )
        for mode in ("MIN_COMBINED", "SCALED")
    },
}

DEQUANTIZE: dict[str, Case] = {
    **{
        f"{t.name} {mode}": dequantised(t, mode)
        for t in TYPES
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
        if (t, mode) != (tf.qint32, "SCALED")  # TensorFlow with oneDNN has no kernel
    },
    "narrow": dequantised(tf.qint8, "SCALED", narrow_range=True),
    "bfloat16": dequantised(tf.qint8, "MIN_COMBINED", dtype=tf.bfloat16),
    "by channel": dequantised(tf.quint8, "MIN_COMBINED", axis=1),
    "scaled by channel": dequantised(tf.qint16, "SCALED", axis=1),
}


def there_and_back(version: int, axis: int = -1, x: np.ndarray = X, **options: Any) -> Case:
    """Quantised and dequantised in one op."""
    ends = (LOWS, HIGHS) if axis >= 0 else (f32(-3), f32(2.5))
    op = getattr(raw, f"QuantizeAndDequantizeV{version}")

    def function(x: Any, low: Any, high: Any) -> Any:
        bits = options.get("num_bits", 7)
        low, high = tf.cast(low, x.dtype), tf.cast(high, x.dtype)
        given = options | {"axis": axis, "num_bits": bits}
        return op(input=x, input_min=low, input_max=high, **given)

    return function, [x, *ends]


BOTH: dict[str, Case] = {
    "range": there_and_back(2, range_given=True),
    "half up": there_and_back(2, range_given=True, round_mode="HALF_UP", narrow_range=True),
    "own range": there_and_back(2, range_given=False, signed_input=False),
    "own range by channel": there_and_back(4, 1, range_given=False),
    "double": there_and_back(4, -1, X.astype(np.float64), range_given=True),
    "by channel": there_and_back(3, 1, range_given=True, signed_input=False),
    "bits": (
        lambda x, n: raw.QuantizeAndDequantizeV3(
            input=x, input_min=-3.0, input_max=2.5, num_bits=n, narrow_range=True
        ),
        [X, i32(5)],
    ),
    "gradient": (
        lambda g, x: raw.QuantizeAndDequantizeV4Grad(
            gradients=g, input=x, input_min=-3.0, input_max=2.5
        ),
        [X[::-1], X],
    ),
}


def fake(kind: str, low: Any, high: Any, **options: Any) -> Case:
    """Rounded to a range of operands, or of attributes, or of each channel."""
    op = getattr(quantization, f"fake_quant_with_min_max_{kind}")
    grad = getattr(quantization, f"fake_quant_with_min_max_{kind}_gradient")

    def function(x: Any, g: Any, *ends: Any) -> Any:
        ends = ends or (low, high)
        return op(x, *ends, **options), grad(g, x, *ends, **options)

    gradients = np.sign(X[::-1])  # sums of these are exact
    return function, [X, gradients, *([] if kind == "args" else [Fixed(low), Fixed(high)])]


FAKE: dict[str, Case] = {
    "constants": fake("args", -0.7, 0.9),
    "constants narrow": fake("args", -3.0, 2.5, num_bits=4, narrow_range=True),
    "operands": fake("vars", f32(-0.1), f32(6)),
    "operands of 16 bits": fake("vars", f32(0), f32(1), num_bits=16),
    "nothing": fake("vars", f32(0), f32(0)),
    "channels": fake("vars_per_channel", f32([-3, -1, 0]), f32([2.5, 1.5, 0])),
}


@pytest.mark.parametrize("unknown", ["none", "batch", "all"])
@pytest.mark.parametrize("family", ["QUANTIZE", "DEQUANTIZE", "BOTH", "FAKE"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    if (family, unknown) == ("FAKE", "all"):
        cases = {k: v for k, v in FAKE.items() if k != "channels"}  # TensorFlow wants their count
        check(cases, unknown, rtol=0, atol=0)
    else:
        check(globals()[family], unknown, rtol=0, atol=0)


def test_quantised_tensors_cross_the_boundary_as_integers() -> None:
    constant = tf.bitcast(tf.constant([[1, -2, 3]], tf.int8), tf.qint8)
    state = tf.Variable(tf.bitcast(tf.constant([4, 5, 6], tf.uint8), tf.quint8))

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.qint8)])
    def program(x: Any) -> Any:
        old = state.read_value()
        state.assign(tf.bitcast(tf.bitcast(old, tf.uint8) + 1, tf.quint8))
        both = tf.concat([x, constant, tf.reshape(x, [-1, 3])], 0)
        return {"both": both, "old": old, "turned": tf.transpose(tf.bitcast(both, tf.int8))}

    x = tf.bitcast(tf.constant([[7, 8, 9], [-128, 127, 0]], tf.int8), tf.qint8)
    module = ie.compile(program, device="local-sync")
    for _ in range(2):
        found, wanted = module.main(x), program(x)
        for name, value in wanted.items():
            np.testing.assert_array_equal(found[name], value.numpy())
            assert found[name].dtype == value.numpy().dtype, name
    assert module.main(x.numpy())["both"].dtype == np.int8
    np.testing.assert_array_equal(module.variables["Variable"], state.numpy() + 1)
