# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Symbols of TensorFlow's, Keras' and JAX' programs, by the names that they have there."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import iree_explore as ie
from iree_explore.errors import ModelError
from tests.shapes.test_functions import constraints, dims, imported


def test_keras_inputs_share_their_batch():
    first, second = keras.Input((None,), name="first"), keras.Input((None,), name="second")
    main = imported(keras.Model([first, second], first + second))
    assert dims(main, "arg_attrs") == [["batch", "first_d1"], ["batch", "second_d1"]]
    assert dims(main)[0][0] == "batch"


def test_a_fully_convolutional_network_halves_its_image():
    image = keras.Input((None, None, 3), name="image")
    x = image
    for _ in range(3):
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
        x = keras.layers.BatchNormalization()(x)
    main = imported(keras.Model(image, [x, keras.layers.GlobalAveragePooling2D()(x)]))
    assert dims(main) == [
        ["batch", "ceildiv(image_d1, 8)", "ceildiv(image_d2, 8)", ""],
        ["batch", ""],
    ]


@pytest.mark.parametrize("size", [(None, None), (224, 224)])
def test_mobilenet(size):
    model = keras.applications.MobileNetV2(weights=None, input_shape=(*size, 3), include_top=False)
    main = imported(model)
    batch, *image, channels = dims(main)[0]
    assert batch == "batch" and channels == ""
    if size[0] is None:
        name = dims(main, "arg_attrs")[0][1]
        assert image[0] == f"floordiv({name} + 1, 32)"
    assert constraints(main) == []


def transformer():
    """Embedding, masked attention and a feed-forward layer, of any length."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = keras.Input((None,), dtype="bool", name="mask")
    x = keras.layers.Embedding(50, 16)(ids)
    y = keras.layers.MultiHeadAttention(2, 8)(x, x, key_mask=mask, query_mask=mask)
    x = keras.layers.LayerNormalization()(x + y)
    x = keras.layers.Dense(16)(keras.layers.Dense(32, activation="gelu")(x))
    return keras.Model([ids, mask], x)


def test_a_transformer_of_any_length():
    main = imported(transformer())
    assert dims(main) == [["batch", "ids_d1", ""]]


@pytest.mark.parametrize("target", ["reference", "llvm-cpu"])
def test_a_call_with_a_mask_of_another_batch(target):
    module = ie.compile(transformer(), target=target)
    ids = np.zeros((2, 5), np.int32)
    wrong = "argument mask has size 3 in dimension 0, but batch is 2: argument ids, dimension 0"
    with pytest.raises(ModelError, match=wrong):
        module.main([ids, np.ones((3, 5), bool)])


@tf.function(
    input_signature=[
        tf.TensorSpec([None, None], tf.float32, name="x"),
        tf.TensorSpec([None], tf.float32, name="v"),
    ]
)
def arrays(x, v):
    return {
        "where": tf.where(x > 0),
        "unique": tf.unique(v)[0],
        "stacked": tf.stack([v, v]),
        "tiled": tf.tile(x, [2, tf.shape(v)[0]]),
        "without_the_last": x[:, :-1],
        "every_second": x[::2],
        "second_half": v[tf.shape(v)[0] // 2 :],
        "flat": tf.reshape(x, [-1]),
        "products": tf.matmul(x, x, transpose_b=True),
        "padded": tf.pad(v, [[1, 2]]),
    }


ARRAYS = {
    "where": ["where", ""],
    "unique": ["unique"],
    "stacked": ["", "v_d0"],
    "tiled": ["2*x_d0", "v_d0*x_d1"],
    "without_the_last": ["x_d0", "max(0, x_d1 - 1)"],
    "every_second": ["ceildiv(x_d0, 2)", "x_d1"],
    "second_half": ["v_d0 - floordiv(v_d0, 2)"],
    "flat": ["x_d0*x_d1"],
    "products": ["x_d0", "x_d0"],
    "padded": ["v_d0 + 3"],
}


def test_sizes_of_array_programs():
    main = imported(arrays)
    names = [row.data["iree.abi.name"].data for row in main.res_attrs]
    assert dict(zip(names, dims(main), strict=True)) == ARRAYS


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (3, 4), (4, 1)])
@pytest.mark.parametrize("length", [0, 1, 5])
def test_sizes_of_array_programs_are_those_of_the_results(shape, length):
    from iree_explore.shapes.expressions import parse

    x, v = np.ones(shape, np.float32), np.ones(length, np.float32)
    found = arrays(x, v)
    sizes = {"x_d0": shape[0], "x_d1": shape[1], "v_d0": length}
    for name, texts in ARRAYS.items():
        for text, n in zip(texts, found[name].shape, strict=True):
            if text and text not in ("where", "unique"):
                assert parse(text).value(sizes) == n, name


def test_symbols_of_jax():
    import jax
    import jax.numpy as jnp

    def function(x):
        return x[:, ::2], jnp.concatenate([x, x], 1), x.reshape(-1)

    shape = jax.export.symbolic_shape("b, 2*n + 1")
    exported = jax.export.export(jax.jit(function))(jax.ShapeDtypeStruct(shape, np.float32))
    main = imported(exported)
    assert dims(main) == [["b", "n + 1"], ["b", "4*n + 2"], ["2*b*n + b"]]


def test_limits_and_multiples_that_dynamic_states():
    x, y = np.ones((4, 6), np.float32), np.ones((6, 8), np.float32)
    sizes = {"x": {0: "1 <= batch <= 64"}, "y": {1: "8*k"}}
    module = ie.compile(lambda x, y: x @ y, inputs=[x, y], dynamic=sizes)
    assert module.main(x[:3], y).shape == (3, 8)
    assert "x: float32[batch, 6], y: float32[6, 8*k]" in str(module.main)
    with pytest.raises(ModelError, match=r"which is no 8\*k"):
        module.main(x, y[:, :7])
    with pytest.raises(ModelError, match="batch >= 1 does not hold"):
        module.main(x[:0], y)


def test_constraints_of_jax_symbols():
    jax = pytest.importorskip("jax")
    said = ["b <= 8", "mod(n, 16) == 0", "n <= 512", "2*b >= floordiv(n, 16)"]
    shape = jax.export.symbolic_shape("b, n", constraints=said)
    arguments = jax.ShapeDtypeStruct(shape, np.float32)
    exported = jax.export.export(jax.jit(jax.nn.softmax))(arguments)
    kept = ["b <= 8", "n <= 512", "mod(n, 16) == 0", "2*b >= floordiv(n, 16)"]
    assert constraints(imported(exported)) == kept
    module = ie.compile(exported)
    for sizes in ((1, 16), (8, 256), (5, 48)):
        x = np.random.default_rng(0).standard_normal(sizes).astype(np.float32)
        np.testing.assert_allclose(module.main(x), jax.nn.softmax(x), rtol=1e-5, atol=1e-6)
    for sizes in ((9, 16), (8, 24), (1, 48), (8, 528)):
        with pytest.raises(ModelError, match=r"IX302.*does not hold"):
            module.main(np.ones(sizes, np.float32))
