# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every bad input gives a typed error with a message for people, and the interpreter lives on."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import CODES

ROOT = Path(__file__).parents[2]
ADD = """
func.func public @main(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = stablehlo.add %x, %y : tensor<2x3xf32>
  func.return %0 : tensor<2x3xf32>
}
"""
X = np.ones((2, 3), np.float32)


@pytest.fixture(scope="module")
def module() -> ie.CompiledModule:
    return ie.compile(ADD)


def compiles(text: str) -> Callable[[ie.CompiledModule, Path], object]:
    return lambda module, folder: ie.compile(text)


def loads(name: str, content: bytes, load: str) -> Callable[[ie.CompiledModule, Path], object]:
    def call(module: ie.CompiledModule, folder: Path) -> object:
        (folder / name).write_bytes(content)
        return getattr(ie, load)(folder / name)

    return call


def truncated_module(module: ie.CompiledModule, folder: Path) -> object:
    path = folder / "m.iexm"
    module.save(path)
    path.write_bytes(path.read_bytes()[:-200])
    return ie.load_module(path)


def truncated_recording(module: ie.CompiledModule, folder: Path) -> object:
    path = folder / "m.iexplore"
    ie.explore(ADD).wait().save(path)
    path.write_bytes(path.read_bytes()[:-100])
    return ie.load_recording(path)


UNKNOWN_OPS = """
func.func public @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "stablehlo.frobnicate"(%x) : (tensor<2xf32>) -> tensor<2xf32> loc("encoder/layer_1")
  %1 = "mhlo.no_such_op"(%0) : (tensor<2xf32>) -> tensor<2xf32> loc("model.py":41:2)
  func.return %1 : tensor<2xf32>
}
"""

TABLE: dict[str, tuple[Callable, str, tuple[str, ...]]] = {
    "text that does not parse": (
        compiles(
            "func.func @f(%x: tensor<2xf32>) {\n  %0 = stablehlo.add %x %x : tensor<2xf32>\n}"
        ),
        "IX101",
        (":2:", "^", "stablehlo.add"),
    ),
    "an unclosed string": (compiles('func.func @f() { "oops'), "IX101", ("^",)),
    "ops outside the set, all of them": (
        compiles(UNKNOWN_OPS),
        "IX201",
        ("stablehlo.frobnicate", "mhlo.no_such_op", "encoder/layer_1", "model.py:41"),
    ),
    "types that do not fit": (
        compiles(ADD.replace("%y: tensor<2x3xf32>", "%y: tensor<5x3xf32>")),
        "IX1",
        (),
    ),
    "too few inputs": (lambda m, f: m.main(X), "IX301", ("2", "1", "main")),
    "too many inputs": (lambda m, f: m.main(X, X, X), "IX301", ("2", "3")),
    "a wrong shape": (lambda m, f: m.main(X, X.T), "IX302", ("[2, 3]", "[3, 2]", "arg1")),
    "a wrong rank": (lambda m, f: m.main(X, X[0]), "IX302", ("[2, 3]", "[3]")),
    "a wrong dtype": (lambda m, f: m.main(X, X.astype(np.int64)), "IX303", ("int64", "float32")),
    "strings as input": (lambda m, f: m.main(X, np.array([["a"] * 3] * 2)), "IX303", ("float32",)),
    "an unknown function": (lambda m, f: m["train"](X, X), "IX304", ("train", "main")),
    "an unknown target": (
        lambda m, f: ie.compile(ADD, target="quantum"),
        "IX401",
        ("quantum", "llvm-cpu"),
    ),
    "exploring for an unknown target": (
        lambda m, f: ie.explore(ADD, targets=["quantum"]),
        "IX401",
        ("quantum",),
    ),
    "an unknown device": (
        lambda m, f: ie.compile(ADD, device="toaster"),
        "IX402",
        ("toaster", "local-sync"),
    ),
    "a foreign module file": (loads("m.iexm", b"hello", "load_module"), "IX502", ("m.iexm",)),
    "an empty module file": (loads("m.iexm", b"", "load_module"), "IX502", ()),
    "a truncated module file": (truncated_module, "IX502", ()),
    "a foreign recording": (loads("r.iexplore", b"PK\x03\x04", "load_recording"), "IX501", ()),
    "a recording that is JSON of something else": (
        loads("r.iexplore", gzip.compress(b'{"schema": "other/1"}'), "load_recording"),
        "IX50",
        (),
    ),
    "a truncated recording": (truncated_recording, "IX501", ()),
    "a missing module file": (lambda m, f: ie.load_module(f / "none.iexm"), "IX504", ("none",)),
    "a source of no known kind": (lambda m, f: ie.compile(42), "IX102", ("int",)),
}


@pytest.mark.parametrize("case", TABLE)
def test_bad_input_is_a_typed_error(case: str, module: ie.CompiledModule, tmp_path: Path):
    call, code, parts = TABLE[case]
    with pytest.raises(ie.ModelError) as raised:
        call(module, tmp_path)
    message = str(raised.value)
    assert message.startswith(code), message
    for part in parts:
        assert part in message, f"{part!r} is not in:\n{message}"
    assert np.array_equal(module.main(X, X), X + X), "the module must still work afterwards"


def test_a_model_with_string_inputs_is_refused_by_name():
    import tensorflow as tf

    class Shout(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def main(self, text):
            return tf.strings.upper(text)

    with pytest.raises(ie.ModelError, match=r"IX105|IX104") as raised:
        ie.compile(Shout())
    assert "string" in str(raised.value).lower()


def test_every_code_is_raised_somewhere():
    source = "\n".join(
        path.read_text()
        for path in (ROOT / "iree_explore").rglob("*.py")
        if path.name != "errors.py"
    )
    dead = [code for code in CODES if not re.search(rf'"{code}"', source)]
    assert not dead, f"codes that nothing raises: {dead}"
