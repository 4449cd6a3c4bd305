# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recordings keep the user's own Python: files and notebook cells, with the lines of the ops."""

from __future__ import annotations

import linecache
from pathlib import Path

import numpy as np
import pytest

from iree_explore.frontend.tensorflow.keras_lines import layer_lines
from iree_explore.recording.files import from_bytes, to_bytes
from iree_explore.session import Session

tf = pytest.importorskip("tensorflow")


def work(x):
    return tf.nn.relu(x) * 2.0


def network():
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, name="hidden"),
            layers.Dense(2, activation="relu", name="out"),
        ]
    )


CELL = """
def cell(x):
    y = tf.tanh(x)
    return y + 1.0
"""


def test_recordings_keep_the_file_of_the_function() -> None:
    session = Session(tf.function(work), inputs=[np.ones(3, np.float32)], stop="import")
    recording = session.wait().recording
    (file,) = recording.files
    assert file.path == __file__
    assert file.text == Path(__file__).read_text()
    lines = {source.line for source in recording.sources if source.file == __file__}
    assert lines == {work.__code__.co_firstlineno + 1}
    assert from_bytes(to_bytes(recording)).files == recording.files


def test_notebook_cells_are_files_too(monkeypatch) -> None:
    path = "ipykernel_7/1234.py"
    monkeypatch.setitem(
        linecache.cache, path, (len(CELL), None, CELL.splitlines(keepends=True), path)
    )
    names = {"tf": tf}
    exec(compile(CELL, path, "exec"), names)
    function = tf.function(names["cell"], autograph=False)  # pyright: ignore
    session = Session(function, inputs=[np.ones(3, np.float32)], stop="import")
    recording = session.wait().recording
    assert [(file.path, file.text) for file in recording.files] == [(path, CELL)]
    assert {s.line for s in recording.sources if s.file == path} == {3, 4}


def test_layers_of_keras_models_have_the_lines_of_their_calls() -> None:
    session = Session(network(), inputs=[np.ones((1, 4), np.float32)], stop="import")
    recording = session.wait().recording
    (file,) = recording.files
    assert file.path == __file__
    lines = file.text.splitlines()
    found = {
        source.layer.split("/")[1].removesuffix("_1"): lines[source.line - 1].strip()
        for source in recording.sources
        if source.file and "/" in source.layer
    }
    assert found == {
        "hidden": 'layers.Dense(3, name="hidden"),',
        "out": 'layers.Dense(2, activation="relu", name="out"),',
    }


def test_layers_without_names_need_the_same_calls_in_order(tmp_path) -> None:
    path = tmp_path / "model.py"
    path.write_text("a = Conv2D(3)(x)\nb = layers.Dense(4)(a)\nc = Dense(4)(b)\n")
    model = [("conv2d", "Conv2D"), ("dense", "Dense"), ("dense_1", "Dense")]
    lines = layer_lines(model, [str(path)])
    assert lines == {name: (str(path), i) for i, (name, _) in enumerate(model, 1)}
    assert layer_lines(model[:2], [str(path)]) == {}
    path.write_text('Dense(4, name="dense")\nDense(4, name="dense_1")\nDense(5, name="dense_1")\n')
    assert layer_lines(model, [str(path)]) == {"dense": (str(path), 1)}


def test_functions_that_are_left_out_are_noted() -> None:
    class Two(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((3,))])
        def first(self, x):
            return x + 1.0

        @tf.function
        def second(self, x):
            return x

    recording = Session(Two(), stop="import").wait().recording
    (note,) = recording.notes
    assert note.startswith("left out: @tf.function second has no input_signature")
    assert from_bytes(to_bytes(recording)).notes == recording.notes
