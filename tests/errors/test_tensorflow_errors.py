# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow programs that cannot be imported: every reason at once, with op, layer and line."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iree_explore.context import make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import import_source
from iree_explore.frontend.tensorflow.refusals import ops_of_diagnostics

tf = pytest.importorskip("tensorflow")


def error(source: Any, **arguments: Any) -> ModelError:
    with pytest.raises(ModelError) as raised:
        import_source(source, make_context(), **arguments)
    return raised.value


def test_string_inputs_and_results_are_refused() -> None:
    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="text")])
    def shout(text):
        return text

    raised = error(shout)
    assert raised.code == "IX105"
    assert raised.because == "argument text is a string\nresult 0 is a string"


def test_everything_of_every_function_is_listed_at_once() -> None:
    values = tf.lookup.KeyValueTensorInitializer(tf.constant([1, 2]), tf.constant([3, 4]))

    class Wrong(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = tf.lookup.StaticHashTable(values, 0)

        @tf.function(input_signature=[tf.TensorSpec((2,), tf.int32)])
        def look(self, x):
            found = self.table.lookup(x)
            tf.strings.as_string(x)  # nobody needs it: it is dead
            with tf.name_scope("text"):
                return found + tf.strings.length(tf.strings.as_string(x))

        @tf.function(input_signature=[tf.TensorSpec((4,), name="y")])
        def call(self, y):
            y = tf.py_function(lambda v: v + 1, [y], tf.float32)
            y = tf.numpy_function(np.sin, [y], tf.float32)
            return y

        @tf.function(input_signature=[tf.TensorSpec((3, 3), tf.int32)])
        def fine_but_for_one(self, x):
            return tf.strings.unicode_script(x)

    raised = error(Wrong())
    assert raised.code == "IX104"
    assert raised.what == (
        "6 TensorFlow ops of 3 functions have no lowering: tf.AsString, tf.EagerPyFunc, "
        "tf.LookupTableFindV2, tf.PyFunc, tf.StringLength, tf.UnicodeScript"
    )
    source = Path(__file__).read_text().splitlines()

    def at(code: str) -> str:
        return f"({__file__}:{next(i for i, line in enumerate(source, 1) if code in line)})"

    assert (raised.because or "").splitlines() == [
        "function call:",
        f"  tf.EagerPyFunc in EagerPyFunc {at('tf.py_function(')}: "
        "calls back into Python (py_function, numpy_function)",
        f"  tf.PyFunc in PyFunc {at('tf.numpy_function(')}: "
        "calls back into Python (py_function, numpy_function)",
        "function look:",
        f"  tf.LookupTableFindV2 in None_Lookup/LookupTableFindV2 {at('table.lookup(')}: "
        "hash tables stay in TensorFlow",
        f"  tf.AsString in text/AsString {at('return found + tf')}: strings stay in TensorFlow",
        f"  tf.StringLength in text/StringLength {at('return found + tf')}: "
        "strings stay in TensorFlow",
        "function fine_but_for_one:",
        f"  tf.UnicodeScript in UnicodeScript {at('return tf.strings.unicode')}: (tensor<3x3xi32>)",
    ]


def test_a_graph_that_tensorflow_itself_cannot_print_is_refused() -> None:
    def quantise(x):
        low, high = [-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]
        return tf.quantization.fake_quant_with_min_max_vars_per_channel(x, low, high)

    raised = error(tf.function(quantise, input_signature=[tf.TensorSpec((None, None))]))
    assert raised.code == "IX107"
    assert "does not verify" in (raised.because or "")


def test_datasets_and_other_resources_are_refused() -> None:
    iterator = iter(tf.data.Dataset.range(3))

    @tf.function(input_signature=[])
    def following():
        return next(iterator)

    raised = error(following)
    assert raised.code == "IX104"
    assert "tf.IteratorGetNext" in raised.what
    assert "datasets and iterators stay in TensorFlow" in (raised.because or "")


def test_all_ops_without_lowering_are_listed_with_layer_and_line() -> None:
    def work(x):
        with tf.name_scope("first"):
            y = tf.strings.unicode_script(x)
        with tf.name_scope("second"):
            return tf.strings.unicode_script(y * 2)

    line = work.__code__.co_firstlineno
    raised = error(tf.function(work, input_signature=[tf.TensorSpec((3, 3), tf.int32)]))
    assert raised.code == "IX104"
    assert raised.what.startswith("2 TensorFlow ops of function main have no lowering: ")
    first, second = (raised.because or "").splitlines()
    assert first.startswith(f"tf.UnicodeScript in first/UnicodeScript ({__file__}:{line + 2})")
    assert "second/" in second and f"({__file__}:{line + 4})" in second


def test_what_a_failing_pass_says_becomes_op_layer_and_line() -> None:
    def work(x):
        items = tf.TensorArray(tf.float32, 0, dynamic_size=True)
        with tf.name_scope("loop"):
            return items.scatter([0], x).stack()

    line = work.__code__.co_firstlineno + 3
    types = "(tensor<i32>, tensor<i32>) -> tensor<!tf_type.variant>"
    text = "\n".join(
        [
            f'%0 = "tf.TensorListReserve"(%a, %b) : {types} loc(#loc2)',
            f'#loc = loc("{__file__}":{line}:1)',
            '#loc1 = loc("loop/TensorListReserve")',
            '#loc2 = loc(fused["TensorListReserve:", callsite(#loc1 at #loc)])',
        ]
    )
    said = [
        "/lib/python3/site-packages/x.py:1:1: error: 'tf.TensorListReserve' op unknown shape",
        "    some code",
        f"{__file__}:{line}:1: note: called from",
        "loc(fused): error: 'tf.Odd' op is odd",
    ]
    found = ops_of_diagnostics("main", said, text)
    assert [str(f) for f in found] == [
        f"tf.TensorListReserve in loop/TensorListReserve ({__file__}:{line}): unknown shape",
        "tf.Odd: is odd",
    ]


def test_inputs_are_checked_against_the_signature() -> None:
    @tf.function(input_signature=[tf.TensorSpec((None, 4), name="x")])
    def double(x):
        return x * 2

    assert error(double, inputs=[]).code == "IX301"
    assert error(double, inputs={"y": np.ones(4)}).code == "IX301"
    wrong = error(double, inputs=[np.ones((2, 5), np.float32)])
    assert (wrong.code, wrong.what) == ("IX302", "input x has shape 2x5, the function takes ?x4")
    assert error(double, dynamic={"z": {0: "n"}}).code == "IX302"
    assert error(double, dynamic={"x": {1: "n"}}).code == "IX302"


def test_sources_without_a_shape_say_what_to_pass() -> None:
    class Net(tf.keras.Model):
        def call(self, x):
            return x

    assert "inputs=" in (error(Net()).hint or "")
    assert "inputs=" in (error(tf.function(lambda x: x)).hint or "")
    assert error(tf.Module()).code == "IX102"


def test_folder_that_is_no_saved_model(tmp_path) -> None:
    assert error(str(tmp_path)).code == "IX102"
    (tmp_path / "saved_model.pb").write_bytes(b"nonsense")
    assert error(str(tmp_path)).code == "IX107"


def test_missing_tensorflow_names_the_extra(monkeypatch, tmp_path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"")
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "tensorflow":
            raise ModuleNotFoundError("No module named 'tensorflow'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    raised = error(str(tmp_path))
    assert raised.code == "IX103"
    assert 'pip install "iree_explore[tensorflow]"' in raised.render()
