# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls take and results come back as TensorFlow nests them, from compiled and saved modules."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import structures
from iree_explore.errors import ModelError

tf = pytest.importorskip("tensorflow")


class Point(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass
class Pair:
    first: Any
    count: int
    second: Any

    def __tf_flatten__(self):
        return (self.count,), (self.first, self.second)

    @classmethod
    def __tf_unflatten__(cls, metadata, parts):
        return cls(parts[0], metadata[0], parts[1])


class Nested(tf.Module):
    @tf.function(
        input_signature=[
            {"w": tf.TensorSpec((2,)), "a": tf.TensorSpec((3,))},
            Point(tf.TensorSpec(()), [tf.TensorSpec((1,)), tf.TensorSpec((1,), tf.int32)]),
        ]
    )
    def nest(self, parts, point):
        return {
            "z": Point(parts["a"] + point.x, None),
            "b": [parts["w"], (point.y[0], {"k": point.y[1]})],
        }

    @tf.function
    def options(self, x, scale=2.0, *, training=False, b, a):
        return (x * scale + b if training else x), a


def same(got: Any, wanted: Any) -> None:
    """Equal values, and the same classes all the way down."""
    if isinstance(wanted, dict):
        assert isinstance(got, dict) and list(got) == list(wanted)
        for key in wanted:
            same(got[key], wanted[key])
    elif isinstance(wanted, tuple | list):
        assert type(got) is type(wanted) and len(got) == len(wanted)
        for left, right in zip(got, wanted, strict=True):
            same(left, right)
    elif wanted is None:
        assert got is None
    else:
        np.testing.assert_allclose(got, np.asarray(wanted), rtol=1e-6)
        assert got.dtype == np.asarray(wanted).dtype


def values() -> tuple[dict[str, np.ndarray], Point]:
    parts = {"w": np.array([1, 2], np.float32), "a": np.array([3, 4, 5], np.float32)}
    return parts, Point(np.float32(7), [np.array([8], np.float32), np.array([9], np.int32)])


@pytest.fixture(scope="module")
def nested() -> tuple[Nested, Any]:
    source = Nested()
    one = tf.ones(2)
    source.options(one, training=True, b=one, a=tf.ones(3))
    source.options(one, training=False, b=one, a=tf.ones(3))
    return source, ie.compile(source, device="local-sync")


def test_arguments_and_results_nest_as_in_tensorflow(nested) -> None:
    source, module = nested
    parts, point = values()
    wanted = source.nest(*values())
    for found in (
        module.nest(parts, point),
        module.nest(point=point, parts=parts),
        module.nest(parts, (point.x, tuple(point.y))),
    ):
        same(found, wanted)
    assert isinstance(module.nest(parts, point)["z"], Point)


def test_saved_modules_nest_too(nested, tmp_path) -> None:
    source, module = nested
    module.save(tmp_path / "m.iexm")
    loaded = ie.load_module(tmp_path / "m.iexm", device="local-sync")
    same(loaded.nest(*values()), source.nest(*values()))
    with pytest.MonkeyPatch.context() as patch:  # as in a process that does not know the class
        patch.setattr(structures, "_CLASSES", {})
        found = loaded.nest(*values())["z"]
    assert type(found).__name__ == "Point" and found._fields == ("x", "y")


def test_the_trace_that_fits_is_called(nested) -> None:
    source, module = nested
    x, b, a = (np.full(n, n, np.float32) for n in (2, 2, 3))
    for training in (True, False):
        got = module.options(x, training=training, b=b, a=a)
        same(got, source.options(tf.constant(x), training=training, b=b, a=a))
    with pytest.raises(ModelError, match="none of the 2 traces of options") as raised:
        module.options(x, 3.0, training=True, b=b, a=a)
    assert raised.value.code == "IX301"


def test_calls_that_do_not_fit_say_everything(nested) -> None:
    _, module = nested
    parts, point = values()
    with pytest.raises(ModelError) as raised:
        module.nest({"w": parts["w"]}, (1, 2, 3))
    assert raised.value.code == "IX301"
    assert raised.value.because == (
        "parts: {'w', 'a'}, got a dict with keys 'w'\npoint: Point(x, y), got a tuple of 3"
    )
    with pytest.raises(ModelError, match="missing a required"):
        module.nest(parts)
    with pytest.raises(ModelError, match="has size 2 in dimension 0"):
        module.nest(parts | {"w": np.zeros(3, np.float32)}, point)


def test_constants_of_a_trace_are_checked() -> None:
    @tf.function
    def scaled(x, factor, *, flag=True):
        return x * factor if flag else x

    x = np.ones(2, np.float32)
    module = ie.compile(scaled, device="local-sync", inputs=[x, 3])
    same(module.main(x, 3), np.full(2, 3, np.float32))
    same(module.main(x), np.full(2, 3, np.float32))
    with pytest.raises(ModelError) as raised:
        module.main(x, 4, flag=False)
    assert raised.value.because == (
        "factor: was compiled as 3, got 4\nflag: was compiled as True, got False"
    )


def test_a_default_that_is_no_tensor_is_kept() -> None:
    def function(x, activation=tf.nn.relu, scale=2):
        return activation(x) * scale

    traced = tf.function(function, input_signature=[tf.TensorSpec((2,))], autograph=False)
    module = ie.compile(traced, target="reference")
    np.testing.assert_array_equal(module.main(np.array([-1, 3], np.float32)), [0, 6])


def test_dataclasses_and_ragged_and_sparse_tensors_are_their_parts() -> None:
    @tf.function
    def work(pair, ragged):
        double = ragged.with_values(ragged.values * 2)
        return Pair(pair.second, pair.count + 1, pair.first), double, ragged.row_lengths()

    ragged = tf.ragged.constant([[1.0, 2.0], [], [3.0]])
    pair = Pair(np.float32(1), 4, np.ones(2, np.float32))
    module = ie.compile(work, target="reference", inputs=[pair, ragged])
    swapped, double, lengths = module.main(pair, ragged)
    assert isinstance(swapped, Pair) and (swapped.count, swapped.second) == (5, 1)
    assert type(double).__name__ == "RaggedTensor"
    np.testing.assert_array_equal(double.flat_values, [2, 4, 6])
    np.testing.assert_array_equal(double.row_splits, [0, 2, 2, 3])
    np.testing.assert_array_equal(lengths, [2, 0, 1])
    other = (np.arange(3, dtype=np.float32), np.array([0, 1, 1, 3]))
    np.testing.assert_array_equal(module.main(pair, other)[2], [1, 0, 2])


def test_flat_arrays_and_tensor_names_are_taken(nested) -> None:
    source, module = nested
    parts, point = values()
    flat = [parts["a"], parts["w"], point.x, *point.y]
    same(module.nest(*flat), source.nest(parts, point))
    names = [argument.name for argument in module.nest.arguments]
    assert names == ["parts_a", "parts_w", "point_x", "point_y_0", "point_y_1"]
    same(module.nest(**dict(zip(names, flat, strict=True))), source.nest(parts, point))
