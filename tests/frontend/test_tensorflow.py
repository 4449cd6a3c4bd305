# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow programs import with nothing left over and evaluate to what TensorFlow computes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, UnregisteredOp
from xdsl.dialects.func import FuncOp

from iree_explore import pipeline
from iree_explore.context import CompilerContext, make_context
from iree_explore.frontend import import_source
from iree_explore.stablehlo.reference import Reference, evaluate

tf = pytest.importorskip("tensorflow")


def imported(source: Any, **arguments: Any) -> tuple[ModuleOp, CompilerContext]:
    ctx = make_context()
    module = import_source(source, ctx, **arguments)
    pipeline.run(module, ctx, stop="import")
    return module, ctx


def functions(module: ModuleOp) -> dict[str, FuncOp]:
    return {f.sym_name.data: f for f in module.body.block.ops if isinstance(f, FuncOp)}


def signature(module: ModuleOp, name: str = "main") -> str:
    return str(functions(module)[name].function_type)


X = tf.TensorSpec((None, 8), name="x")
X3 = tf.TensorSpec((None, 6, 8), name="x")
IMAGE = tf.TensorSpec((None, 8, 8, 3), name="x")
IDS = tf.TensorSpec((None, 7), tf.int32, name="x")

PROGRAMS: dict[str, tuple[Callable[..., Any], Any]] = {
    "reshape to known": (lambda x: tf.reshape(x, [-1, 2, 4]), X),
    "reshape by product": (lambda x: tf.reshape(x, [tf.shape(x)[0] * 6, 8]), X3),
    "reshape two unknown": (lambda x: tf.reshape(x, [tf.shape(x)[0], -1]), X3),
    "take first": (lambda x: x[:, 0], X3),
    "slice middle": (lambda x: x[:, 1:3], X3),
    "take last with ellipsis": (lambda x: x[..., -1], X3),
    "reverse slice": (lambda x: x[:, ::-1], X3),
    "strided slice": (lambda x: x[:, ::2], X3),
    "drop first of unknown": (lambda x: x[1:], X),
    "drop last of unknown": (lambda x: x[:-1], X),
    "every other of unknown": (lambda x: x[::2], X),
    "last of unknown": (lambda x: x[-1], X),
    "reverse unknown": (lambda x: x[::-1], X),
    "new axis": (lambda x: x[:, tf.newaxis], X),
    "tf.slice": (lambda x: tf.slice(x, [0, 1], [-1, 3]), X),
    "one hot": (lambda x: tf.one_hot(x, 5), IDS),
    "one hot in front": (lambda x: tf.one_hot(x, 5, on_value=2.0, off_value=1.0, axis=0), IDS),
    "tile": (lambda x: tf.tile(x[:, None, :], [1, 4, 1]), X),
    "cumsum": (lambda x: tf.cumsum(x, axis=1), X),
    "cumsum exclusive reverse": (lambda x: tf.cumsum(x, 1, exclusive=True, reverse=True), X),
    "cumprod": (lambda x: tf.math.cumprod(x, axis=-1), X),
    "unstack": (lambda x: tf.unstack(x, axis=1), X3),
    "roll": (lambda x: tf.roll(x, 3, axis=1), X),
    "mirror pad": (lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], "REFLECT"), IMAGE),
    "symmetric pad": (lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], "SYMMETRIC"), IMAGE),
    "space to depth": (lambda x: tf.nn.space_to_depth(x, 2), IMAGE),
    "depth to space": (lambda x: tf.nn.depth_to_space(tf.concat([x] * 4, -1), 2), IMAGE),
    "average pool same": (lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME"), IMAGE),
    "resize nearest": (lambda x: tf.image.resize(x, (13, 16), method="nearest"), IMAGE),
    "resize bilinear": (lambda x: tf.image.resize(x, (13, 5)), IMAGE),
    "resize bilinear corners": (
        lambda x: tf.compat.v1.image.resize_bilinear(x, (13, 5), align_corners=True),
        IMAGE,
    ),
    "transposed convolution": (
        lambda x: tf.nn.conv2d_transpose(
            x, tf.reshape(tf.range(108.0), (3, 3, 4, 3)) / 100, [tf.shape(x)[0], 16, 16, 4], 2
        ),
        IMAGE,
    ),
    "argmax": (lambda x: tf.argmax(x, 1), X),
    "einsum": (lambda x: tf.einsum("bij,jk->bik", x, tf.ones((8, 5))), X3),
    "while": (lambda x: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 2), (0, x)), X),
    "gelu": (lambda x: tf.nn.gelu(x), X),
    "boolean mask constant": (lambda x: tf.where(tf.sequence_mask([1, 5, 8], 8), x[:3], 0.0), X),
}


@pytest.mark.parametrize("specialise", [False, True], ids=["unknown batch", "known shapes"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_program_matches_tensorflow(name: str, specialise: bool) -> None:
    function, spec = PROGRAMS[name]
    program = tf.function(function, input_signature=[spec], autograph=False)
    rng = np.random.default_rng(0)
    shape = [3 if n is None else n for n in spec.shape]
    x = rng.normal(size=shape).astype(np.float32)
    if spec.dtype.is_integer:
        x = rng.integers(-1, 7, shape).astype(np.int32)
    expected = [np.asarray(t) for t in tf.nest.flatten(program(x))]
    module, ctx = imported(program, inputs=[x] if specialise else None)
    assert ("?" in signature(module)) is not specialise
    results = evaluate(module, "main", [x], ctx.parameters)
    assert [(r.shape, r.dtype) for r in results] == [(e.shape, e.dtype) for e in expected]
    for result, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-6)


def cnn() -> Any:
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(8, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="digits"),
        ],
        name="small",
    )


def test_keras_model_keeps_names_weights_and_origins() -> None:
    model = cnn()
    module, ctx = imported(model)
    text = str(module)
    assert "func.func @main(%image: tensor<?x8x8x1xf32> " in text
    assert 'iree.abi.name = "image"' in text
    assert module.sym_name is not None and module.sym_name.data == "small"
    by_symbol = {key: ctx.parameters.get(*key) for key in ctx.parameters}
    kernel = by_symbol["model", "small.conv.kernel"]
    np.testing.assert_array_equal(kernel, model.get_layer("conv").kernel.numpy())
    convolution = next(op for op in module.walk() if op.name == "stablehlo.convolution")
    (source,) = ctx.provenance.sources_of(convolution)
    assert source.layer.endswith("/convolution") and "conv" in source.layer
    assert source.op == "Conv2D"
    x = np.random.default_rng(0).normal(size=(5, 8, 8, 1)).astype(np.float32)
    (result,) = evaluate(module, "main", [x], ctx.parameters)
    np.testing.assert_allclose(result, model(x).numpy(), rtol=1e-4, atol=1e-6)


def test_every_op_of_a_model_has_an_origin_or_a_reason() -> None:
    module, ctx = imported(cnn(), inputs=[np.zeros((1, 8, 8, 1), np.float32)])
    body = functions(module)["main"].body.block.ops
    lost = [op.name for op in body if not ctx.provenance.sources_of(op)]
    assert set(lost) <= {"stablehlo.constant", "func.return"}


def test_variables_are_not_copied_until_read() -> None:
    model = cnn()
    _, ctx = imported(model)
    kernel = model.get_layer("digits").kernel
    kernel.assign(tf.ones_like(kernel))
    assert ctx.parameters.get("model", "small.digits.kernel").min() == 1.0


def test_dynamic_names_stay_symbolic() -> None:
    x = np.zeros((2, 8, 8, 1), np.float32)
    module, _ = imported(cnn(), inputs=[x], dynamic={"image": {0: "batch"}})
    text = str(module)
    assert "tensor<?x8x8x1xf32>" in text
    assert 'iree.abi.dims = ["batch", "", "", ""]' in text


class Counter(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.total = tf.Variable(tf.zeros((2,)), name="total")
        self.scale = tf.Variable([2.0, 3.0], name="scale")

    @tf.function(input_signature=[tf.TensorSpec((2,), name="step")])
    def add(self, step):
        self.total.assign_add(step * self.scale)
        return {"total": self.total.read_value(), "twice": 2 * self.total}

    @tf.function(input_signature=[])
    def read(self):
        return self.total * self.scale


def test_module_exports_its_functions_and_shares_variables() -> None:
    module, ctx = imported(Counter())
    assert set(functions(module)) == {"add", "read"}
    text = str(module)
    assert text.count("ml_program.global private") == 2
    assert "mutable @total" in text and "mutable @scale" not in text
    instance = Reference(module, ctx.parameters)
    total, twice = instance.call("add", [np.array([1, 1], np.float32)])
    np.testing.assert_array_equal(total, [2, 3])
    np.testing.assert_array_equal(twice, [4, 6])
    np.testing.assert_array_equal(instance.call("read", [])[0], [4, 9])


def test_result_structure_is_recorded() -> None:
    module, _ = imported(Counter())
    add = functions(module)["add"]
    structure = json.loads(add.attributes["iree.abi.structure"].data)  # pyright: ignore
    assert structure["results"] == {"dict": [["total", 0], ["twice", 1]]}
    assert "iree.abi.structure" not in functions(module)["read"].attributes
    names = [row.data["iree.abi.name"].data for row in add.properties["res_attrs"]]  # pyright: ignore
    assert names == ["total", "twice"]


def test_saved_model_exports_its_signatures(tmp_path) -> None:
    module = Counter()
    tf.saved_model.save(module, str(tmp_path), signatures={"add": module.add, "read": module.read})
    loaded, ctx = imported(str(tmp_path))
    assert set(functions(loaded)) == {"add", "read"}
    result = evaluate(loaded, "add", [np.array([1, 1], np.float32)], ctx.parameters)
    np.testing.assert_array_equal(result[0], [2, 3])


def test_keras_export_and_keras_file(tmp_path) -> None:
    model = cnn()
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype(np.float32)
    model.save(tmp_path / "model.keras")
    model.export(str(tmp_path / "saved"), verbose=False)
    for source, name in ((tmp_path / "model.keras", "main"), (tmp_path / "saved", "serve")):
        module, ctx = imported(source)
        name = name if name in functions(module) else "serving_default"
        (result,) = evaluate(module, name, [x], ctx.parameters)
        np.testing.assert_allclose(result, model(x).numpy(), rtol=1e-4, atol=1e-6)


def test_functions_concrete_functions_and_captured_constants() -> None:
    large = tf.constant(np.arange(5000, dtype=np.float32))
    small = tf.constant([True, False, True])

    @tf.function
    def pick(x):
        return tf.where(small, x, large[:3])

    x = np.array([7, 8, 9], np.float32)
    for source, inputs in ((pick, [x]), (pick.get_concrete_function(x), None)):
        module, ctx = imported(source, inputs=inputs)
        assert signature(module) == "(tensor<3xf32>) -> tensor<3xf32>"
        assert [key for _, key in ctx.parameters] == ["constant"]
        np.testing.assert_array_equal(evaluate(module, "main", [x], ctx.parameters)[0], [7, 1, 9])


def test_models_with_several_inputs_take_names() -> None:
    layers = tf.keras.layers
    parts = {"a": tf.keras.Input((4,), name="a"), "b": tf.keras.Input((4,), name="b")}
    both = layers.Dense(3, name="dense")(parts["a"] - parts["b"])
    model = tf.keras.Model(parts, {"y": both, "x": both * 2})
    values = {"b": np.ones((2, 4), np.float32), "a": np.zeros((2, 4), np.float32)}
    module, ctx = imported(model, inputs=values)
    assert signature(module).startswith("(tensor<2x4xf32>, tensor<2x4xf32>) -> ")
    results = evaluate(module, "main", [values["a"], values["b"]], ctx.parameters)
    wanted = model(values)
    np.testing.assert_allclose(results[0], wanted["x"].numpy(), rtol=1e-5)
    np.testing.assert_allclose(results[1], wanted["y"].numpy(), rtol=1e-5)


def test_subclassed_model_points_at_its_call() -> None:
    class Net(tf.keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = tf.keras.layers.Dense(3, name="dense")

        def call(self, x):
            return tf.nn.relu(self.dense(x))

    module, ctx = imported(Net(), inputs=[np.zeros((2, 4), np.float32)])
    relu = next(op for op in module.walk() if op.name == "stablehlo.maximum")
    (source,) = ctx.provenance.sources_of(relu)
    assert source.file == __file__
    assert source.line == Net.call.__code__.co_firstlineno + 1


def test_decoder_with_unknown_batch() -> None:
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input((4, 4, 3), name="image"),
            layers.UpSampling2D(2),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.Conv2DTranspose(2, 2, padding="valid"),
        ]
    )
    module, ctx = imported(model)
    x = np.random.default_rng(0).normal(size=(3, 4, 4, 3)).astype(np.float32)
    (result,) = evaluate(module, "main", [x], ctx.parameters)
    np.testing.assert_allclose(result, model(x).numpy(), rtol=1e-4, atol=1e-5)


def test_nothing_unregistered_is_left() -> None:
    module, _ = imported(cnn())
    assert not [op for op in module.walk() if isinstance(op, UnregisteredOp)]
