# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every kind of TensorFlow source, its state included, runs as in TensorFlow."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import GapError, ModelError

tf = pytest.importorskip("tensorflow")

X = np.array([[1, 2, 3], [-4, 5, -6]], np.float32)


def functional() -> Any:
    layers = tf.keras.layers
    left, right = layers.Input((3,), name="left"), layers.Input((3,), name="right")
    both = layers.Dense(4, name="both")(left - right)
    return tf.keras.Model({"l": left, "r": right}, [both, {"sum": left + right}])


class Net(tf.keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = tf.keras.layers.Dense(3, name="dense")
        self.drop = tf.keras.layers.Dropout(0.5)
        self.norm = tf.keras.layers.BatchNormalization(momentum=0.5)

    def call(self, x, context, training=None):
        return self.norm(self.dense(x) + context, training=training)


class Counter(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.total = tf.Variable(np.zeros(2, np.float32), name="total")
        self.count = tf.Variable(np.int64(0), name="count")
        self.scale = tf.Variable([2.0, 3.0], name="scale")

    @tf.function(input_signature=[tf.TensorSpec((2,), name="step")])
    def add(self, step):
        self.total.assign_add(step * self.scale)
        self.count.assign_add(1)
        return self.total.read_value()

    @tf.function(input_signature=[])
    def read(self):
        return self.total * self.scale, self.count

    @tf.function
    def helper(self, x):
        return x


def compiled(source: Any, **arguments: Any) -> Any:
    return ie.compile(source, device="local-sync", **arguments)


def test_functional_models_take_what_they_take() -> None:
    model = functional()
    module = compiled(model)
    values = {"l": X, "r": X[::-1].copy()}
    wanted = model(values)
    for found in (module.main(values), module.main(inputs=values)):
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5)
        np.testing.assert_allclose(found[1]["sum"], wanted[1]["sum"], rtol=1e-5)
    given = compiled(model, inputs=[values])
    np.testing.assert_allclose(given.main(values)[0], wanted[0], rtol=1e-5)
    assert given.main.arguments[0].shape == (2, 3)


def test_subclassed_models_in_inference_and_in_training() -> None:
    model = Net()
    context = np.array([1, -1, 2], np.float32)
    wanted = np.asarray(model(X, context))
    module = compiled(model, inputs=[X, context])
    np.testing.assert_allclose(module.main(X, context=context), wanted, rtol=1e-5)
    assert len(module.variables) == 0
    training = compiled(functools.partial(model, training=True), inputs=[X, context])
    mean = next(name for name in training.variables if name.endswith("moving_mean"))
    for _ in range(2):
        got = training.main(X, context)
        wanted = np.asarray(model(X, context, training=True))
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            training.variables[mean], model.norm.moving_mean.numpy(), rtol=1e-5
        )


def test_layers_partials_and_concrete_functions() -> None:
    dense = tf.keras.layers.Dense(2)
    wanted = np.asarray(dense(X))
    np.testing.assert_allclose(compiled(dense, inputs=[X]).main(X), wanted, rtol=1e-5)

    @tf.function
    def power(x, n):
        for _ in range(n):
            x = x * x
        return x

    np.testing.assert_allclose(
        compiled(functools.partial(power, n=2), inputs=[X]).main(X), X**4, rtol=1e-5
    )
    concrete = power.get_concrete_function(tf.TensorSpec((None, 3)), 1)
    np.testing.assert_allclose(compiled(concrete).main(X), X**2, rtol=1e-6)


def test_module_leaves_out_what_has_no_shapes_and_says_so(capsys) -> None:
    module = compiled(Counter())
    assert set(module.functions) == {"add", "read"}
    assert "left out: @tf.function helper has no input_signature" in capsys.readouterr().out
    with pytest.raises(ModelError) as raised:
        compiled(Counter(), inputs=[X])
    assert raised.value.code == "IX301" and 'inputs={"add": [...]' in (raised.value.hint or "")
    given = compiled(Counter(), inputs={"helper": [X]})
    np.testing.assert_array_equal(given.helper(X), X)


def test_saved_models_with_and_without_signatures(tmp_path) -> None:
    source = Counter()
    source.helper(X)
    source.helper(X[0])
    tf.saved_model.save(source, str(tmp_path / "plain"))
    module = compiled(str(tmp_path / "plain"))
    if "add" in module.functions:  # TensorFlow makes a signature only of a module with one function
        np.testing.assert_array_equal(module.helper(X[0]), X[0])
        np.testing.assert_array_equal(module.helper(X), X)
    signatures = {"a": source.add, "r": source.read}
    tf.saved_model.save(source, str(tmp_path / "signed"), signatures=signatures)
    module = compiled(tmp_path / "signed")
    step = np.ones(2, np.float32)
    (value,) = module.a(step=step).values()
    np.testing.assert_array_equal(value, [2, 3])
    assert sorted(module.r()) == ["output_0", "output_1"]
    np.testing.assert_array_equal(module.r()["output_0"], [4, 9])


def test_variables_are_read_written_and_checked() -> None:
    source = Counter()
    for target in ("llvm-cpu", "reference"):
        module = ie.compile(source, target=target)
        other = ie.compile(source, target=target)
        step = np.ones(2, np.float32)
        module.add(step)
        assert dict(module.variables).keys() == {"total", "count"}
        assert module.variables["count"] == 1 and other.variables["count"] == 0
        module.variables["total"] = [10, 20]
        np.testing.assert_array_equal(module.add(step), [12, 23])
        result = module.read()[1]
        result[...] = 100  # a copy of the caller's
        assert module.variables["count"] == 2
        np.testing.assert_array_equal(other.read()[0], [0, 0])
        np.testing.assert_array_equal(source.total.numpy(), [0, 0])
        for name, value, code in (
            ("total", np.zeros(3, np.float32), "IX302"),
            ("total", np.zeros(2), "IX303"),
            ("count", "many", "IX303"),
            ("scale", np.zeros(2, np.float32), "IX304"),
        ):
            with pytest.raises(ModelError) as raised:
                module.variables[name] = value
            assert raised.value.code == code
        with pytest.raises(ModelError, match="no variable 'scale'"):
            module.variables["scale"]


def test_saving_keeps_the_state_of_now(tmp_path) -> None:
    module = compiled(Counter())
    step = np.ones(2, np.float32)
    module.add(step)
    module.save(tmp_path / "m.iexm")
    module.add(step)
    first, second = (ie.load_module(tmp_path / "m.iexm", device="local-sync") for _ in range(2))
    assert first.variables["count"] == 1
    np.testing.assert_array_equal(first.add(step), [4, 6])
    assert (first.variables["count"], second.variables["count"]) == (2, 1)
    reference = ie.compile(Counter(), target="reference")
    with pytest.raises(GapError, match="makes nothing that can be saved"):
        reference.save(tmp_path / "r.iexm")


def test_variables_of_one_name_are_numbered() -> None:
    variables = [tf.Variable(float(i)) for i in range(3)]

    @tf.function(input_signature=[])
    def bump():
        return [v.assign_add(1.0) for v in variables]

    module = compiled(bump)
    module.main()
    assert sorted(module.variables) == ["Variable", "Variable_1", "Variable_2"]
    assert sorted(float(module.variables[n]) for n in module.variables) == [1, 2, 3]


class AnyRank(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = tf.Variable(0, name="calls")

    @tf.function(input_signature=[{"x": tf.TensorSpec(None), "y": tf.TensorSpec((None,))}])
    def normed(self, parts):
        self.calls.assign_add(1)
        return parts["x"] / tf.reduce_sum(parts["x"]) + parts["y"], self.calls.read_value()

    @tf.function(input_signature=[])
    def count(self):
        self.calls.assign_add(0)
        return self.calls.read_value()


def test_unknown_ranks_are_compiled_at_the_call_and_share_their_state(capsys, tmp_path) -> None:
    module = compiled(AnyRank())
    assert "normed: of unknown rank" in capsys.readouterr().out
    y = np.array([1, 2, 3], np.float32)
    shapes = [(3,), (2, 3), (4, 3), (1, 2, 3)]
    for number, shape in enumerate(shapes, 1):
        x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        found, calls = module.normed({"x": x, "y": y})
        np.testing.assert_allclose(found, x / x.sum() + y, rtol=1e-6)
        assert calls == number
    assert capsys.readouterr().out.count("normed: compiled for parts_x of rank") == 3
    assert module.count() == len(shapes) == module.variables["calls"]
    with pytest.raises(GapError, match="functions of unknown rank cannot be saved: normed"):
        module.save(tmp_path / "m.iexm")
    given = compiled(AnyRank(), inputs={"normed": [{"x": x, "y": y}]})
    assert given.normed.arguments[0].shape == shapes[-1]


def test_sessions_leave_out_functions_without_rank_and_say_so() -> None:
    session = ie.explore(AnyRank()).wait()
    (note,) = session.recording.notes
    assert note.startswith("left out: function normed: nothing says the rank of parts_x; ")
    assert 'inputs={"normed": [parts_x_array, parts_y_array]}' in note
    assert session.compiled.count() == 0
    x, y = np.ones((2, 3), np.float32), np.ones(3, np.float32)
    given = ie.explore(AnyRank(), inputs={"normed": [{"x": x, "y": y}]}).wait()
    assert not given.recording.notes
    np.testing.assert_allclose(given.compiled.normed({"x": x, "y": y})[0], x / 6 + y, rtol=1e-6)


def test_a_session_of_nothing_with_a_rank_says_what_to_pass() -> None:
    source = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec(None, name="x")])
    with pytest.raises(ModelError) as raised:
        ie.explore(source).wait()
    assert raised.value.code == "IX105" and raised.value.hint is not None
    assert raised.value.hint.startswith("inputs=[x_array] says it")
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(ie.explore(source, inputs=[x]).compiled.main(x), x + 1)
