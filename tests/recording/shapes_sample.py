# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recordings of programs with unknown sizes, for tests of the recording and the front end.

`python -m tests.recording.shapes_sample OUT.iexplore [--conflict]` writes one.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

from xdsl.dialects import func, tensor
from xdsl.parser import Parser

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.errors import ModelError
from iree_explore.provenance import Source, op_id
from iree_explore.recording import save
from iree_explore.recording.model import ModelSource, Recording
from iree_explore.recording.recorder import Recorder
from iree_explore.shapes.facts import Facts, Place
from iree_explore.shapes.inference import SymbolicShapes

SOURCE = """
builtin.module {
  func.func public @main(%x: tensor<?x?x8xf32> {iree.abi.name = "x"}, %w: tensor<8x2xf32> {iree.abi.name = "w"}, %b: tensor<?x?x2xf32> {iree.abi.name = "b"}) -> tensor<?x?x2xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.0 : f32
    %batch = tensor.dim %x, %c0 : tensor<?x?x8xf32>
    %length = tensor.dim %x, %c1 : tensor<?x?x8xf32>
    %empty = tensor.empty(%batch, %length) : tensor<?x?x2xf32>
    %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
    %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x?x8xf32>, tensor<8x2xf32>) outs(%fill : tensor<?x?x2xf32>) {
    ^bb0(%l: f32, %r: f32, %acc: f32):
      %p = arith.mulf %l, %r : f32
      %s = arith.addf %acc, %p : f32
      linalg.yield %s : f32
    } -> tensor<?x?x2xf32>
    %1 = linalg.add ins(%0, %b : tensor<?x?x2xf32>, tensor<?x?x2xf32>) outs(%empty : tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
    %row = tensor.empty(%batch) : tensor<?x2xf32>
    %init = linalg.fill ins(%zero : f32) outs(%row : tensor<?x2xf32>) -> tensor<?x2xf32>
    %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>], iterator_types = ["parallel", "reduction", "parallel"]} ins(%1 : tensor<?x?x2xf32>) outs(%init : tensor<?x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %in, %out : f32
      linalg.yield %s : f32
    } -> tensor<?x2xf32>
    %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%1, %sum : tensor<?x?x2xf32>, tensor<?x2xf32>) outs(%empty : tensor<?x?x2xf32>) {
    ^bb0(%a: f32, %t: f32, %out: f32):
      %q = arith.divf %a, %t : f32
      linalg.yield %q : f32
    } -> tensor<?x?x2xf32>
    func.return %2 : tensor<?x?x2xf32>
  }
}
"""  # noqa: E501

NAMES = {("x", 0): "batch", ("x", 1): "length", ("b", 0): "batch_1", ("b", 1): "length_1"}


def sample(conflict: bool = False) -> Recording:
    """A matrix product, a sum and a division with `batch` and `length` unknown, compiled to the
    end; with `conflict` two of its sizes can never be equal and it is not."""
    recorder = Recorder("dynamic", ModelSource("mlir", SOURCE), ("llvm-cpu",))
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)), recorder)
    module = Parser(ctx, SOURCE).parse_module()
    for op in module.walk():
        layer = {"linalg.generic": "attention", "linalg.add": "bias"}.get(op.name)
        source = () if layer is None else (ctx.provenance.source(Source(layer, "model.py", 12)),)
        ctx.provenance.assign(op, (), source)
    recorder.compile_started(ctx, module)
    function = next(o for o in module.walk() if isinstance(o, func.FuncOp))
    infer(recorder, function, conflict)
    try:
        if conflict:
            raise ModelError("IX106", "sizes contradict", because="length is length + 1")
        pipeline.run(module, ctx, "input", "vm")
        recorder.finished()
    except ModelError as error:
        recorder.stopped(error)
    recording = recorder.recording()
    steps = tuple(replace(s, elapsed_ns=1000 * (i + 1)) for i, s in enumerate(recording.steps))
    return replace(recording, steps=steps, created="2026-01-01T00:00:00+00:00")


def infer(recorder: Recorder, function: func.FuncOp, conflict: bool) -> None:
    """Shape inference of the program above, told step by step."""
    facts = Facts()
    shapes = SymbolicShapes(facts, lambda op: Place(op.name, op_id(op)))
    entry = function.body.block
    for value, name in zip(entry.args, "xwb", strict=True):
        sizes = value.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        known = []
        for i, n in enumerate(sizes):
            place = Place(f"dimension {i} of argument {name}")
            known.append(facts.declare(NAMES[name, i], place) if n < 0 else n)
        shapes.set_dims(value, known)
    steps = []
    for op in entry.ops:
        if not op.results or op.name == "arith.constant":
            continue
        if isinstance(op, tensor.DimOp):
            index = 0 if op.index is entry.first_op.results[0] else 1  # pyright: ignore[reportOptionalMemberAccess]
            shapes.set_scalar(op.result, shapes.dims(op.source)[index])
        elif isinstance(op, tensor.EmptyOp):
            known = [shapes.scalar(v) for v in op.dynamic_sizes]
            shapes.set_dims(op.tensor, [*known, 2])
        shapes.visit(op)
        learnt = ""
        if op.name == "linalg.add":
            left, right = shapes.dims(op.operands[0]), shapes.dims(op.operands[1])
            for a, b in zip(left, right, strict=True):
                if facts.equate(a, b, shapes.place(op)):
                    learnt += f"{a} == {b} "
        if conflict and op.name == "linalg.add":
            facts.equate(shapes.dims(entry.args[2])[1] + 1, left[1], shapes.place(op))
        sizes = tuple(shapes.dims(r) for r in op.results if op.name != "tensor.dim")
        steps.append(
            SimpleNamespace(op=op, direction="forward", sizes=sizes, learnt=learnt.strip())
        )
    recorder.shapes_inferred("main", shapes, steps)


if __name__ == "__main__":
    save(sample("--conflict" in sys.argv), sys.argv[1])
