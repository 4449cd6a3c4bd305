# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`tf.print` writes what TensorFlow writes, `tf.debugging.assert_*` raise what it raises."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.assertions import edges, listed
from iree_explore.errors import ModelError

tf = pytest.importorskip("tensorflow")

TARGETS = ("reference", "llvm-cpu")
X = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
ARRAYS: tuple[np.ndarray, ...] = (
    np.array(1 / 3, np.float32),
    np.array([1, 1.5, 1e-7, 1e20, np.inf, -np.inf, np.nan, 0.1, 123456789, -0.0], np.float32),
    np.array([1 / 3, 1e300, 0.1, 2]),
    np.array([True, False]),
    np.arange(100, dtype=np.uint8).reshape(10, 10),
    np.arange(60).reshape(3, 4, 5),
    np.array([1 / 3, 2], np.float16),
    np.zeros((0, 3)),
)


@pytest.mark.parametrize("summarize", [-1, 1, 3])
def test_tensors_are_written_as_tensorflow_writes_them(summarize: int) -> None:
    for array in ARRAYS:
        wanted = tf.strings.format("{}", tf.constant(array), summarize=summarize)
        assert edges(array, summarize) == wanted.numpy().decode()


@tf.function
def check(x, n):
    tf.debugging.Assert(tf.reduce_all(x < 0), [x, "text"], summarize=n)


def test_failed_assertions_list_tensors_as_tensorflow_does() -> None:
    for array in (np.array(1 / 3), np.arange(10.0), np.arange(60.0).reshape(3, 4, 5)):
        for n in (1, 4, 20, -1):
            with pytest.raises(tf.errors.InvalidArgumentError) as raised:
                check(tf.constant(array), n)
            said = raised.value.message.split("assertion failed: ")[1]
            assert said.startswith(f"[{listed(array, n)}] [text]")


def chatty(x: Any, n: Any) -> Any:
    tf.print("x is", x, "and {0}", {"a": x[0]}, summarize=1, output_stream=sys.stdout)
    tf.print('plain "é"', output_stream=sys.stdout, end="|\n")
    for i in tf.range(n):
        tf.print("i", i, x * 2, sep=";", output_stream=sys.stdout)
    if tf.reduce_sum(x) > 100:
        tf.print("large", output_stream=sys.stdout)
    tf.print("to stderr", tf.constant(4_000_000_000, tf.uint32))
    return x + 1


@pytest.mark.parametrize("target", TARGETS)
def test_prints_come_in_order_with_the_values_of_each_call(target: str, capfd) -> None:
    signature = [tf.TensorSpec((None, 3)), tf.TensorSpec((), tf.int32)]
    function = tf.function(chatty, input_signature=signature)
    module = ie.compile(function, target=target)
    for x, n in ((X, 2), (X[:1] * 100, 0)):
        capfd.readouterr()
        function(x, n)
        out, err = capfd.readouterr()
        result = module.main(x, np.int32(n))
        got_out, got_err = capfd.readouterr()
        np.testing.assert_array_equal(result, x + 1)
        assert (got_out, got_err) == (out, "to stderr 4000000000\n")
        assert "to stderr 4000000000" in err


@tf.function(input_signature=[tf.TensorSpec((None, 3), name="x")])
def guarded(x):
    tf.debugging.assert_positive(x, message="{0} must be positive")
    tf.debugging.assert_less(x, 100.0)
    return x * 2


@pytest.mark.parametrize("target", TARGETS)
def test_assertions_stop_the_call_with_message_values_and_line(target: str, tmp_path) -> None:
    module = ie.compile(guarded, target=target)
    np.testing.assert_array_equal(module.main(X), X * 2)
    with pytest.raises(ModelError) as raised:
        module.main(-X)
    assert raised.value.code == "IX307"
    assert raised.value.what == (
        "assertion failed: [{0} must be positive.  ] [Condition x > 0 did not hold element-wise:] "
        "[x (x:0) = ] [[-1 -2 -3]...]"
    )
    if target == "llvm-cpu":
        line = guarded.python_function.__code__.co_firstlineno + 2
        assert f"{__file__}:{line}" in (raised.value.model or "")
    with pytest.raises(ModelError, match=r"Condition x < y did not hold"):
        module.main(X * 50)
    if target == "llvm-cpu":
        module.save(tmp_path / "m.iexm")
        with pytest.raises(ModelError, match="must be positive"):
            ie.load_module(tmp_path / "m.iexm").main(-X)
