# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of variables are updated in place, and nobody who holds an older value sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.agreement import assert_same

tf = pytest.importorskip("tensorflow")

ROW = tf.TensorSpec([1, 1, 4])
SHAPE = (1, 6, 4)


def rows(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, 1, 4)).astype(np.float32)


class Cache(tf.Module):
    """Keys and values of an attention layer, one more in each call."""

    def __init__(self) -> None:
        super().__init__()
        start = np.arange(24, dtype=np.float32).reshape(SHAPE)
        self.keys = tf.Variable(start, name="keys")
        self.values = tf.Variable(start * 2, name="values")
        self.length = tf.Variable(0, name="length")

    def attend(self, query):
        scores = tf.nn.softmax(tf.einsum("btd,bd->bt", self.keys, query))
        return tf.einsum("bt,btd->bd", scores, self.values)

    @tf.function(input_signature=[ROW])
    def step(self, row):
        n = self.length % 6
        self.keys[:, n : n + 1].assign(row)
        self.values[:, n].assign(row[:, 0] * 2.0)
        self.length.assign_add(1)
        return self.attend(row[:, 0])

    @tf.function(input_signature=[ROW])
    def old_and_new(self, row):
        n = self.length % 6
        before = tf.reduce_sum(self.keys, 1)
        old = self.keys.read_value()
        self.keys[:, n].assign(row[:, 0])
        return before, old, tf.reduce_sum(self.keys, 1), self.keys.read_value()

    @tf.function(input_signature=[ROW])
    def exchange(self, row):
        keys, values = self.keys.read_value(), self.values.read_value()
        self.keys.assign(values)
        self.values.assign(keys)
        self.keys[:, 1].assign(row[:, 0])
        self.values[:, 2].assign(row[:, 0])
        return self.keys + self.values

    @tf.function(input_signature=[ROW])
    def twice(self, row):
        self.keys[:, 0].assign(row[:, 0])
        middle = self.keys * 1.0
        self.keys[:, 1].assign(row[:, 0] + middle[:, 0])
        return middle, self.keys.read_value()

    @tf.function(input_signature=[ROW])
    def checked(self, row):
        self.keys[:, 0].assign(row[:, 0])
        tf.debugging.assert_less(row[0, 0, 0], 100.0)
        return tf.reduce_sum(self.keys)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("name", ["step", "old_and_new", "exchange", "twice", "checked"])
def test_updates_of_rows_agree_call_after_call(name: str, target: str) -> None:
    model: Any = Cache()
    module = ie.compile(model, target=target)
    kept = []
    for seed in range(8):
        ours, theirs = getattr(module, name)(rows(seed)), getattr(model, name)(rows(seed))
        assert_same(ours, theirs)
        kept.append((ours, theirs))
    for ours, theirs in kept:  # later calls left earlier results alone
        assert_same(ours, theirs)
    for variable in (model.keys, model.values):
        assert_same(module.variables[variable.name.removesuffix(":0")], variable)


def test_what_others_hold_of_a_cache_stays() -> None:
    model: Any = Cache()
    start = model.keys.numpy()
    first, second = ie.compile(model), ie.compile(model)
    before = first.variables["keys"]
    given = np.ones(SHAPE, np.float32)
    second.variables["keys"] = given
    for seed in range(3):
        first.step(rows(seed))
        second.step(rows(seed))
    np.testing.assert_array_equal(before, start)
    np.testing.assert_array_equal(model.keys, start)
    np.testing.assert_array_equal(given, 1)
    np.testing.assert_array_equal(second.variables["keys"][:, 3:], 1)
    np.testing.assert_array_equal(first.variables["keys"][:, 3:], start[:, 3:])
    np.testing.assert_array_equal(first.variables["keys"][:, :1], rows(0))


class OneCache(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.keys = tf.Variable(tf.zeros((1, 64, 16)), name="keys")

    @tf.function(input_signature=[tf.TensorSpec([1, 16]), tf.TensorSpec([], tf.int32)])
    def step(self, row, n):
        self.keys[:, n].assign(row)
        return tf.reduce_sum(self.keys, 1)


def test_a_cache_is_not_copied() -> None:
    stages = ie.explore(OneCache()).wait().stages
    assert "flow.tensor.update" in stages["flow"].text
    text = stages["stream"].text
    assert "stream.updated" in text
    assert text.count("stream.cmd.copy") == 1  # the row


class Scattered(tf.Module):
    """A cache large enough that a copy would cost more than asking for the place."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = tf.Variable(tf.ones((2, 64, 128)), name="keys")

    @tf.function(input_signature=[tf.TensorSpec([1, 128]), tf.TensorSpec([2], tf.int32)])
    def update(self, row, place):
        self.keys.scatter_nd_update(place[tf.newaxis], row)
        return tf.reduce_sum(self.keys, 1)

    @tf.function(input_signature=[tf.TensorSpec([1, 64, 128]), tf.TensorSpec([1], tf.int32)])
    def row(self, row, place):
        self.keys.scatter_update(tf.IndexedSlices(row, place))
        return tf.reduce_sum(self.keys, 1)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_single_places_of_a_large_variable(target: str) -> None:
    model: Any = Scattered()
    module = ie.compile(model, target=target)
    for seed, place in enumerate([(0, 0), (1, 63), (1, 5)]):
        row = np.random.default_rng(seed).normal(size=(1, 128)).astype(np.float32)
        given = [row, np.array(place, np.int32)]
        assert_same(module.update(*given), model.update(*given), atol=1e-4)
    rows = np.random.default_rng(9).normal(size=(1, 64, 128)).astype(np.float32)
    assert_same(module.row(rows, np.int32([1])), model.row(rows, np.int32([1])), atol=1e-4)
    kept = module.variables["keys"]
    for outside in ((0, 64), (0, -1), (2, 0)):  # as XLA does; TensorFlow's kernel raises
        module.update(np.zeros((1, 128), np.float32), np.array(outside, np.int32))
    np.testing.assert_array_equal(module.variables["keys"], kept)


def test_a_row_of_a_large_variable_is_set_in_place() -> None:
    text = ie.explore(Scattered()).wait().stages["stream"].text
    assert "stream.updated" in text
