# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recordings of a program with unknown sizes, for tests of the recording and the front end.

`python -m tests.recording.shapes_sample OUT.iexplore [--conflict]` writes one.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import import_source
from iree_explore.recording import save
from iree_explore.recording.model import ModelSource, Recording
from iree_explore.recording.recorder import Recorder

SOURCE = """
func.func public @main(%x: tensor<?x?x16xf32> {iree.abi.name = "x", iree.abi.dims = ["batch", "length", ""]}, %w: tensor<16x8xf32> {iree.abi.name = "w"}, %b: tensor<?x?x8xf32> {iree.abi.name = "b"}) -> tensor<?x?x8xf32> {
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [2] x [0] : (tensor<?x?x16xf32>, tensor<16x8xf32>) -> tensor<?x?x8xf32> loc("dense"("model.py":12:0))
  %1 = stablehlo.add %0, %b : tensor<?x?x8xf32> loc("dense"("model.py":12:0))
  %2 = stablehlo.exponential %1 : tensor<?x?x8xf32> loc("softmax"("model.py":13:0))
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %3 = stablehlo.reduce(%2 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<?x?x8xf32>, tensor<f32>) -> tensor<?x8xf32> loc("softmax"("model.py":13:0))
  %shape = shape.shape_of %2 : tensor<?x?x8xf32> -> tensor<3xindex>
  %4 = stablehlo.dynamic_broadcast_in_dim %3, %shape, dims = [0, 2] : (tensor<?x8xf32>, tensor<3xindex>) -> tensor<?x?x8xf32> loc("softmax"("model.py":13:0))
  %5 = stablehlo.divide %2, %4 : tensor<?x?x8xf32> loc("softmax"("model.py":13:0))
  CONFLICT
  return %5 : tensor<?x?x8xf32>
}
"""  # noqa: E501

CONFLICT = """%6 = stablehlo.pad %5, %zero, low = [0, 1, 0], high = [0, 0, 0], interior = [0, 0, 0] : (tensor<?x?x8xf32>, tensor<f32>) -> tensor<?x?x8xf32> loc("shift"("model.py":20:0))
  %7 = stablehlo.add %6, %b : tensor<?x?x8xf32> loc("residual"("model.py":21:0))
"""  # noqa: E501


def compile_sample(
    conflict: bool = False, recorder: Recorder | None = None
) -> tuple[Recorder, object]:
    """A dense layer and a softmax over the second dimension, `batch` and `length` unknown, compiled
    to the end; with `conflict` two sizes can never be equal, which stops it."""
    source = SOURCE.replace("CONFLICT", CONFLICT if conflict else "")
    recorder = recorder or Recorder("dynamic", ModelSource("mlir", source), ("llvm-cpu",))
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)), recorder)
    module = None
    try:
        module = import_source(source, ctx)
        pipeline.run(module, ctx, "import", "vm")
        recorder.finished()
    except ModelError as error:
        recorder.stopped(error)
    return recorder, module


def sample(conflict: bool = False) -> Recording:
    """The recording of `compile_sample`, with fixed times and sizes of a call."""
    recorder, _ = compile_sample(conflict)
    recorder.sampled("main", [(4, 7, 16), (16, 8), (4, 7, 8)])
    recording = recorder.recording()
    steps = tuple(replace(s, elapsed_ns=1000 * (i + 1)) for i, s in enumerate(recording.steps))
    return replace(recording, steps=steps, created="2026-01-01T00:00:00+00:00")


if __name__ == "__main__":
    save(sample("--conflict" in sys.argv), sys.argv[1])
