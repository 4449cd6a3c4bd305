# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A module compiled before is loaded, and nobody can tell but by the time."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import module_cache, pipeline
from iree_explore.context import CompileOptions

TEXT = """func.func @main(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> tensor<?x3xf32> {{
  %0 = stablehlo.concatenate %x, %x, dim = 0 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %1 = stablehlo.add %0, %y : tensor<?x3xf32> loc("{layer}")
  return %1 : tensor<?x3xf32>
}}"""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the pipeline was run for, from here on; every module is kept."""
    found: list[str] = []
    run = pipeline.run

    def counted(*args, **options):
        found.append("run")
        return run(*args, **options)

    monkeypatch.setenv("IREE_EXPLORE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(module_cache, "WORTH_S", 0)
    monkeypatch.setattr(pipeline, "run", counted)
    return found


def compiled(source, **options) -> ie.CompiledModule:
    module = ie.compile(source, device="local-sync", **options)
    for thread in threading.enumerate():
        if thread.name == "module-cache":
            thread.join()
    return module


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "modules").glob("*"))


def test_weights_that_were_folded_are_compared_others_are_read(runs, tmp_path):
    tf = pytest.importorskip("tensorflow")

    class Model(tf.Module):
        def __init__(self):
            self.folded = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3))
            self.plain = tf.Variable(np.ones(3, np.float32))
            self.count = tf.Variable(0.0)

        @tf.function(input_signature=[tf.TensorSpec((4, 2))])
        def main(self, x):
            self.count.assign_add(1.0)
            return x @ tf.exp(self.folded) + self.plain, self.count + 0.0

    model = Model()
    x = np.arange(8, dtype=np.float32).reshape(4, 2)

    def check(expected_runs: int) -> None:
        module = compiled(model)
        wanted = x @ np.exp(model.folded.numpy()) + model.plain.numpy()
        for call in (1, 2):
            result, count = module.main(x)
            np.testing.assert_allclose(result, wanted, rtol=1e-5)
            assert count == call  # of this instance, not of the one that was kept
        assert len(runs) == expected_runs

    check(1)
    check(1)
    model.plain.assign([4.0, 5.0, 6.0])
    check(1)
    model.folded.assign(np.full((2, 3), 0.5, np.float32))
    check(2)
    (entry,) = entries(tmp_path)
    for damage in (entry.read_bytes()[:-70], b"", entry.read_bytes()[:100] + b"\0" * 200):
        entry.write_bytes(damage)
        before = len(runs)
        check(before + 1)
        check(before + 1)


def test_a_session_records_what_was_compiled_before(runs):
    text = TEXT.format(layer="add")
    compiled(text)
    session = ie.explore(text).wait()
    assert session.recording.phases[-1].state == "done"
    assert len(session.recording.steps) > 50


def test_places_in_the_source_are_compared_where_a_program_names_them(runs):
    for times, layer in ((1, "first"), (2, "second"), (2, "second")):
        compiled(TEXT.format(layer=layer))
        assert len(runs) == times


def test_the_least_recently_used_go(runs, tmp_path):
    text = (
        "func.func @main(%x: tensor<{0}xf32>) -> tensor<{0}xf32> {{ return %x : tensor<{0}xf32> }}"
    )
    for size in (1, 2, 3):
        compiled(text.format(size))
    compiled(text.format(1))
    assert len(runs) == 3 and len(entries(tmp_path)) == 3
    module_cache.trim(max(entry.stat().st_size for entry in entries(tmp_path)))
    assert len(entries(tmp_path)) == 1
    compiled(text.format(1))
    assert len(runs) == 3


def test_programs_that_differ_in_anything_have_other_keys(runs):
    text = """func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {{
      %0 = stablehlo.{} : tensor<4xf32>
      return %0 : tensor<4xf32>
    }}"""
    constants = "constant dense<[1.,2.,3.,4.]>", "constant dense<[1.,2.,3.,5.]>"
    for op in ("abs %x", "sine %x", "add %x, %x", *constants):
        compiled(text.format(op))
    assert len(runs) == 5
    options = CompileOptions(cpu="x86-64", cpu_features="")
    compiled(text.format("abs %x"), options=options)
    assert len(runs) == 6
