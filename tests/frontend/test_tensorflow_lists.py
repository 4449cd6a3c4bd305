# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorArrays and recurrent layers, of sizes that nobody knows before the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import iree_explore as ie  # noqa: E402
from tests.frontend.agreement import assert_agrees, assert_same, sample_calls  # noqa: E402

ROWS = tf.TensorSpec((None, 4), name="x")
COUNT = tf.TensorSpec((), tf.int32, name="n")
LINE = tf.TensorSpec((None,), name="v")


def grows(n):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(n):
        array = array.write(i, tf.cast(i * i, tf.float32))
    return array.stack(), array.size()


def grows_beyond_its_size(x, n):
    array = tf.TensorArray(tf.float32, size=n, dynamic_size=True)
    for i in tf.range(n + 2):
        array = array.write(i, x[0] * tf.cast(i, tf.float32))
    return array.stack(), array.size()


def size_of_a_tensor(x):
    n = tf.shape(x)[0]
    array = tf.TensorArray(tf.float32, size=n)
    for i in tf.range(n):
        array = array.write(i, x[i] * 2)
    return array.stack()


def one_beyond_its_size(x, n):
    array = tf.TensorArray(tf.float32, 3, True, element_shape=(4,)).write(n, x[0])
    return array.write(1, x[1]).stack(), array.size()


def unset_elements_are_zero(x):
    array = tf.TensorArray(tf.float32, size=5, element_shape=(4,)).write(2, x[0])
    return array.stack(), array.read(4)


def read_in_a_loop(x):
    array = tf.TensorArray(tf.float32, size=tf.shape(x)[0]).unstack(x)
    total = tf.zeros((4,))
    for i in tf.range(array.size()):
        total = total * 0.5 + array.read(i)
    return total


def elements_of_unknown_size(x):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(3):
        array = array.write(i, x * tf.cast(i, tf.float32))
    return array.stack()


def append_some(v):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    count = 0
    for i in tf.range(tf.shape(v)[0]):
        if v[i] > 0:
            array = array.write(count, v[i])
            count += 1
    return array.stack(), count


def two_arrays_in_one_loop(x):
    sums = tf.TensorArray(tf.float32, size=tf.shape(x)[0])
    signs = tf.TensorArray(tf.bool, size=tf.shape(x)[0])
    for i in tf.range(tf.shape(x)[0]):
        sums = sums.write(i, tf.reduce_sum(x[: i + 1], 0))
        signs = signs.write(i, x[i] > 0)
    return sums.stack(), signs.stack()


def concat_equal_elements(x):
    array = tf.TensorArray(tf.float32, size=tf.shape(x)[0], infer_shape=False)
    for i in tf.range(tf.shape(x)[0]):
        array = array.write(i, tf.reshape(x[i], (2, 2)))
    return array.concat()


def concat_unequal_elements(x):
    array = tf.TensorArray(tf.float32, 3, infer_shape=False, element_shape=(None,))
    array = array.write(0, x[0, :3]).write(1, x[0]).write(2, x[1, :2])
    return array.concat()


def concat_elements_growing_in_a_loop(x, n):
    array = tf.TensorArray(tf.float32, 0, True, infer_shape=False, element_shape=(None, 4))
    for i in tf.range(n):
        array = array.write(i, x[:i] + tf.cast(i, tf.float32))
    return array.concat()


def split_and_read(x):
    array = tf.TensorArray(tf.float32, 3, infer_shape=False, element_shape=(None, 4))
    array = array.split(x, [1, 0, tf.shape(x)[0] - 1])
    return array.read(0), array.read(1), array.read(2)


def gathered(x):
    array = tf.TensorArray(tf.float32, tf.shape(x)[0], clear_after_read=False).unstack(x)
    return array.gather([0, 2, 0])


def scattered(x):
    array = tf.TensorArray(tf.float32, 5, element_shape=(4,)).scatter([0, 3], x[:2])
    return array.stack()


def scattered_into_a_growing_array(x):
    array = tf.TensorArray(tf.float32, 0, True, element_shape=(4,)).scatter([1, 0, 2], x[:3])
    return array.stack(), array.size()


def fibonacci(n):
    array = tf.TensorArray(tf.int64, size=n + 2, clear_after_read=False)
    array = array.write(0, tf.constant(0, tf.int64)).write(1, tf.constant(1, tf.int64))
    for i in tf.range(2, n + 2):
        array = array.write(i, array.read(i - 1) + array.read(i - 2))
    return array.stack()


def pushed_and_popped(x):
    raw = tf.raw_ops
    items = raw.EmptyTensorList(element_shape=[4], max_num_elements=-1, element_dtype=tf.float32)
    for row in (x[0], x[1], x[2]):
        items = raw.TensorListPushBack(input_handle=items, tensor=row)
    items, last = raw.TensorListPopBack(
        input_handle=items, element_shape=[4], element_dtype=tf.float32
    )
    return last, raw.TensorListLength(input_handle=items)


def shrunk_and_grown_again(x, n):
    raw = tf.raw_ops
    items = raw.TensorListFromTensor(tensor=x, element_shape=[4])
    for size in (1, n):
        items = raw.TensorListResize(input_handle=items, size=size)
    return raw.TensorListStack(input_handle=items, element_shape=[4], element_dtype=tf.float32)


def element_shape(x):
    items = tf.raw_ops.TensorListFromTensor(tensor=x, element_shape=[4])
    return tf.raw_ops.TensorListElementShape(input_handle=items, shape_type=tf.int32)


PROGRAMS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "grows": (grows, [COUNT]),
    "grows beyond its size": (grows_beyond_its_size, [ROWS, COUNT]),
    "one beyond its size": (one_beyond_its_size, [ROWS, COUNT]),
    "size of a tensor": (size_of_a_tensor, [ROWS]),
    "unset elements are zero": (unset_elements_are_zero, [ROWS]),
    "read in a loop": (read_in_a_loop, [ROWS]),
    "elements of unknown size": (elements_of_unknown_size, [ROWS]),
    "append some": (append_some, [LINE]),
    "two arrays in one loop": (two_arrays_in_one_loop, [ROWS]),
    "concat equal elements": (concat_equal_elements, [ROWS]),
    "concat unequal elements": (concat_unequal_elements, [ROWS]),
    "concat elements growing in a loop": (concat_elements_growing_in_a_loop, [ROWS, COUNT]),
    "split and read": (split_and_read, [ROWS]),
    "gather": (gathered, [ROWS]),
    "scatter": (scattered, [ROWS]),
    "scatter into a growing array": (scattered_into_a_growing_array, [ROWS]),
    "fibonacci": (fibonacci, [COUNT]),
    "push and pop": (pushed_and_popped, [ROWS]),
    "resize": (shrunk_and_grown_again, [ROWS, COUNT]),
    "element shape": (element_shape, [ROWS]),
    "iterate over a tensor": (lambda v: tf.foldl(lambda a, e: a * 0.5 + e, v), [LINE]),
    "map_fn": (lambda x: tf.map_fn(lambda r: r * tf.reduce_sum(r), x), [ROWS]),
    "map_fn of two": (
        lambda x: tf.map_fn(
            lambda r: (r[0] * r[1], tf.reduce_max(r[0])),
            (x, x + 1),
            fn_output_signature=(tf.float32, tf.float32),
        ),
        [ROWS],
    ),
    "scan": (lambda x: tf.scan(lambda a, r: a + r, x), [ROWS]),
    "scan reverse": (
        lambda x: tf.scan(lambda a, r: a * 0.5 + tf.reduce_sum(r), x, 0.0, reverse=True),
        [ROWS],
    ),
    "foldr": (lambda x: tf.foldr(lambda a, r: a * 0.9 + r, x), [ROWS]),
    "vectorized_map": (lambda x: tf.vectorized_map(lambda r: r * tf.reduce_sum(r), x), [ROWS]),
}


SIZES = (5, 3, 11)


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_lists_of_unknown_size(name: str, target: str) -> None:
    function, signature = PROGRAMS[name]
    assert_agrees(function, signature, sample_calls(signature, SIZES), target)


@pytest.mark.parametrize("name", PROGRAMS)
def test_lists_of_known_size(name: str) -> None:
    function, signature = PROGRAMS[name]
    assert_agrees(function, signature, sample_calls(signature, SIZES)[:1], "reference", known=True)


LAYERS: dict[str, Callable[[], Any]] = {
    "LSTM": lambda: tf.keras.layers.LSTM(4),
    "GRU": lambda: tf.keras.layers.GRU(4, return_sequences=True),
    "SimpleRNN": lambda: tf.keras.layers.SimpleRNN(4),
    "backwards": lambda: tf.keras.layers.LSTM(4, go_backwards=True, return_sequences=True),
    "bidirectional": lambda: tf.keras.layers.Bidirectional(
        tf.keras.layers.GRU(3, return_sequences=True)
    ),
    "cell": lambda: tf.keras.layers.RNN(tf.keras.layers.LSTMCell(4), return_sequences=True),
}


def recurrent(name: str, steps: int | None, masked: bool) -> Any:
    given = result = tf.keras.Input((steps, 5), name="x")
    if masked:
        result = tf.keras.layers.Masking()(result)
    return tf.keras.Model(given, LAYERS[name]()(result))


def sequences(batch: int, steps: int) -> np.ndarray:
    x = np.random.default_rng(2).normal(size=(batch, steps, 5)).astype(np.float32)
    x[0, steps - 2 :] = 0
    x[1, 1] = 0
    return x


@pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])
@pytest.mark.parametrize("name", LAYERS)
def test_recurrent_layers_of_unknown_batch_and_time(name: str, masked: bool) -> None:
    model = recurrent(name, None, masked)
    module = ie.compile(model, target="reference")
    for x in (sequences(2, 6), sequences(3, 4)):
        assert_same(module.main(x), model(x))


@pytest.mark.parametrize("name", ["LSTM", "bidirectional"])
def test_recurrent_layers_run_on_the_cpu(name: str) -> None:
    model = recurrent(name, None, masked=True)
    module = ie.compile(model, target="llvm-cpu")
    for x in (sequences(2, 6), sequences(3, 4)):
        assert_same(module.main(x), model(x))


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_recurrent_layer_of_known_time(target: str) -> None:
    model = recurrent("GRU", 7, masked=False)
    module = ie.compile(model, target=target, inputs=[sequences(2, 7)])
    assert_same(module.main(sequences(2, 7)), model(sequences(2, 7)))


def test_embedding_hides_padding_from_a_recurrent_layer() -> None:
    layers = tf.keras.layers
    given = tf.keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(10, 5, mask_zero=True)(given)
    model = tf.keras.Model(given, layers.Bidirectional(layers.GRU(4))(hidden))
    ids = np.array([[1, 2, 3, 0, 0], [4, 0, 0, 0, 0], [5, 6, 7, 8, 9]], np.int32)
    assert_same(ie.compile(model, target="reference").main(ids), model(ids))


def test_a_list_of_unknown_rank_is_refused_with_its_lines() -> None:
    @tf.function(input_signature=[LINE, tf.TensorSpec((None,), tf.int32)])
    def reshaped(v, shape):
        array = tf.TensorArray(tf.float32, size=2)
        array = array.write(0, tf.reshape(v, shape))
        return tf.reduce_sum(array.read(1))

    with pytest.raises(ie.Error) as raised:
        ie.compile(reshaped, target="reference")
    assert raised.value.code == "IX104"
    first = reshaped.python_function.__code__.co_firstlineno
    for line in (2, 3, 4):
        assert f"test_tensorflow_lists.py:{first + line}" in str(raised.value)
    assert "elements of unknown rank" in str(raised.value)


def two_sizes(v):
    array = tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, v[1:]).write(1, v)
    return array.stack()


def sizes_differ_in_a_loop(v):
    array = tf.TensorArray(tf.float32, 0, True, infer_shape=False)
    for i in tf.range(3):
        array = array.write(i, v[:i] if i < 2 else v)
    return array.stack()


def other_size_than_declared(v):
    return tf.TensorArray(tf.float32, 2, element_shape=(3,)).write(0, v).stack()


def rows_of_another_size(v):
    array = tf.TensorArray(tf.float32, 2, element_shape=(3,))
    return array.scatter([0, 1], tf.stack([v, v])).stack()


def set_beyond_the_end(v):
    return tf.TensorArray(tf.float32, 2).write(tf.shape(v)[0], v).stack()


def popped_too_often(v):
    items = tf.raw_ops.TensorListFromTensor(tensor=v[:0], element_shape=tf.zeros([0], tf.int32))
    return tf.raw_ops.TensorListPopBack(
        input_handle=items, element_shape=tf.zeros([0], tf.int32), element_dtype=tf.float32
    )[1]


def read_of_a_tensor_beyond_its_end(v):
    return tf.TensorArray(tf.float32, tf.shape(v)[0]).unstack(v).read(tf.shape(v)[0])


def gathered_beyond_the_end(v):
    array = tf.TensorArray(tf.float32, tf.shape(v)[0]).unstack(v)
    return array.gather([0, tf.shape(v)[0] + 2])


def scattered_beyond_the_end(v):
    array = tf.TensorArray(tf.float32, 3, element_shape=())
    return array.scatter([0, tf.shape(v)[0] + 1], v[:2]).stack()


MISTAKES: dict[Callable[..., Any], str] = {
    two_sizes: r"shape \[4\] set in a list of elements of shape \[3\]",
    sizes_differ_in_a_loop: r"shape \[4\] set in a list of elements of shape \[1\]",
    other_size_than_declared: r"v has size 3 in dimension 0, got shape \[4\]",
    rows_of_another_size: r"6 == 2\*v_d0 does not hold",
    set_beyond_the_end: "element 4 of a list of 2",
    read_of_a_tensor_beyond_its_end: "element 4 of a list of 4",
    gathered_beyond_the_end: "elements 0 to 6 of a list of 4",
    scattered_beyond_the_end: "3 elements wanted of a list of 6",
    popped_too_often: "last element of a list of 0",
}


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
@pytest.mark.parametrize("function", MISTAKES, ids=lambda f: f.__name__)
def test_what_a_list_cannot_hold_is_an_error(function: Callable[..., Any], target: str) -> None:
    source = tf.function(function, input_signature=[LINE])
    with pytest.raises(ie.Error, match=MISTAKES[function]) as raised:
        ie.compile(source, target=target).main(np.ones(4, np.float32))
    # which shape inference finds out before anything runs
    sized = function in (other_size_than_declared, rows_of_another_size)
    assert raised.value.code == ("IX302" if sized else "IX307")


# Updates in place: the old values are still there where the program uses them


def the_old_rows_are_read_after_the_write(x):
    total = tf.zeros((4,))
    for i in tf.range(3):
        new = tf.tensor_scatter_nd_update(x, [[i]], [x[i] * 2.0 + 1.0])
        total += tf.reduce_sum(x, 0) - tf.reduce_sum(new, 0)
        x = new
    return x, total


def the_first_rows_are_needed_after_the_loop(x):
    y = tf.exp(x)
    z = y
    for i in tf.range(3):
        z = tf.tensor_scatter_nd_update(z, [[i]], [z[i] + 1.0])
    w = y
    for i in tf.range(2):
        w = tf.tensor_scatter_nd_update(w, [[i]], [w[i] - z[i]])
    return y, z, w


def two_begin_as_one(x):
    first = second = x * 2.0
    for i in tf.range(3):
        first = tf.tensor_scatter_nd_update(first, [[i]], [second[i] + 1.0])
        second = tf.tensor_scatter_nd_update(second, [[2 - i]], [first[i] * 3.0])
    return first, second


def two_change_places(x):
    first, second = x * 2.0, x + 1.0
    for i in tf.range(3):
        row = first[i]
        first, second = second, tf.tensor_scatter_nd_update(first, [[i]], [row + second[0]])
    return first, second


def every_round_begins_anew(x):
    start = tf.exp(x)
    total = tf.zeros_like(x)
    for i in tf.range(3):
        inner = start
        for j in tf.range(i + 1):
            inner = tf.tensor_scatter_nd_update(inner, [[j]], [inner[j] + 1.0])
        total += inner
    return total


def rows_set_in_an_inner_loop(x, n):
    array = tf.TensorArray(tf.float32, 9, element_shape=(4,), clear_after_read=False)
    for i in tf.range(3):
        for j in tf.range(3):
            array = array.write(i * 3 + j, x[j] * tf.cast(i, tf.float32))
        if i == n - 3:
            array = array.write(i, x[0])
    return array.stack()


def every_stage_is_kept(x):
    stages = tf.TensorArray(tf.float32, 3)
    for i in tf.range(3):
        x = tf.tensor_scatter_nd_update(x, [[i]], [x[i] * 2.0])
        stages = stages.write(i, x)
    return stages.stack(), x


UPDATES: dict[Callable[..., Any], list[Any]] = {
    the_old_rows_are_read_after_the_write: [ROWS],
    the_first_rows_are_needed_after_the_loop: [ROWS],
    two_begin_as_one: [ROWS],
    two_change_places: [ROWS],
    every_round_begins_anew: [ROWS],
    rows_set_in_an_inner_loop: [ROWS, COUNT],
    every_stage_is_kept: [ROWS],
}


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("function", UPDATES, ids=lambda f: f.__name__)
def test_updates_in_place_change_nothing_else(function: Callable[..., Any], known: bool) -> None:
    calls = sample_calls(UPDATES[function], SIZES)
    assert_agrees(function, UPDATES[function], calls[: 1 if known else 3], "llvm-cpu", known=known)
