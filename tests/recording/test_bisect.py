# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The first wrong rewrite: planted bugs are found where they were planted, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore import pipeline
from iree_explore.errors import GapError
from iree_explore.recording.bisect import Range, bisect
from iree_explore.recording.check import StageCheck
from iree_explore.recording.reproducer import compare_pass, cut_out
from iree_explore.session import Session
from tests.recording.planted import planted

RICH = """
func.func public @main(%x: tensor<1x6x6x2xf32>, %w: tensor<3x3x2x4xf32>, %m: tensor<4x5xf32>,
    %k: tensor<5xf32>) -> (tensor<4x5xf32>, tensor<9x5xf32>, tensor<5x4xf32>) {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
      window = {stride = [1, 1], pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64,
      feature_group_count = 1 : i64} : (tensor<1x6x6x2xf32>, tensor<3x3x2x4xf32>) ->
      tensor<1x6x6x4xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %min = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %z = stablehlo.broadcast_in_dim %zero, dims = [] : (tensor<f32>) -> tensor<1x6x6x4xf32>
  %1 = stablehlo.maximum %0, %z : tensor<1x6x6x4xf32>
  %2 = "stablehlo.reduce_window"(%1, %min) ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %r = stablehlo.maximum %a, %b : tensor<f32>
      stablehlo.return %r : tensor<f32>
  }) {window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>} :
      (tensor<1x6x6x4xf32>, tensor<f32>) -> tensor<1x3x3x4xf32>
  %3 = stablehlo.reshape %2 : (tensor<1x3x3x4xf32>) -> tensor<9x4xf32>
  %4 = stablehlo.dot_general %3, %m, contracting_dims = [1] x [0] : (tensor<9x4xf32>,
      tensor<4x5xf32>) -> tensor<9x5xf32>
  %kb = stablehlo.broadcast_in_dim %k, dims = [1] : (tensor<5xf32>) -> tensor<9x5xf32>
  %5 = stablehlo.subtract %4, %kb : tensor<9x5xf32>
  %max = stablehlo.reduce(%5 init: %min) applies stablehlo.maximum across dimensions = [1] :
      (tensor<9x5xf32>, tensor<f32>) -> tensor<9xf32>
  %mb = stablehlo.broadcast_in_dim %max, dims = [0] : (tensor<9xf32>) -> tensor<9x5xf32>
  %6 = stablehlo.subtract %5, %mb : tensor<9x5xf32>
  %7 = stablehlo.exponential %6 : tensor<9x5xf32>
  %sum = stablehlo.reduce(%7 init: %zero) applies stablehlo.add across dimensions = [1] :
      (tensor<9x5xf32>, tensor<f32>) -> tensor<9xf32>
  %sb = stablehlo.broadcast_in_dim %sum, dims = [0] : (tensor<9xf32>) -> tensor<9x5xf32>
  %8 = stablehlo.divide %7, %sb : tensor<9x5xf32>
  %9 = stablehlo.slice %8 [2:6, 0:5] : (tensor<9x5xf32>) -> tensor<4x5xf32>
  %10 = stablehlo.concatenate %9, %m, dim = 0 : (tensor<4x5xf32>, tensor<4x5xf32>) ->
      tensor<8x5xf32>
  %11 = stablehlo.pad %10, %zero, low = [1, 0], high = [0, 0], interior = [0, 0] :
      (tensor<8x5xf32>, tensor<f32>) -> tensor<9x5xf32>
  %i = stablehlo.iota dim = 0 : tensor<4x5xi32>
  %ib = stablehlo.convert %i : (tensor<4x5xi32>) -> tensor<4x5xf32>
  %12 = stablehlo.multiply %m, %ib : tensor<4x5xf32>
  %p = stablehlo.compare GT, %12, %9 : (tensor<4x5xf32>, tensor<4x5xf32>) -> tensor<4x5xi1>
  %13 = stablehlo.select %p, %12, %9 : tensor<4x5xi1>, tensor<4x5xf32>
  %t = stablehlo.transpose %13, dims = [1, 0] : (tensor<4x5xf32>) -> tensor<5x4xf32>
  %l = chlo.erf %t : tensor<5x4xf32> -> tensor<5x4xf32>
  %half = stablehlo.constant dense<0.5> : tensor<f32>
  %c = stablehlo.clamp %zero, %13, %half : (tensor<f32>, tensor<4x5xf32>, tensor<f32>) ->
      tensor<4x5xf32>
  %o = stablehlo.add %13, %c : tensor<4x5xf32>
  return %o, %11, %l : tensor<4x5xf32>, tensor<9x5xf32>, tensor<5x4xf32>
}
"""

PLANTED = [
    ("LowerConvolution", 1), ("LowerMaximum", 1), ("LowerReduceWindow", 1), ("LowerDotGeneral", 1),
    ("LowerSubtract", 1), ("LowerSubtract", 2), ("LowerReduce", 1), ("LowerReduce", 2),
    ("LowerExponential", 1), ("LowerDivide", 1), ("LowerSlice", 1), ("LowerConcatenate", 1),
    ("LowerPad", 1), ("LowerIota", 1), ("LowerMultiply", 1), ("LowerCompare", 1),
    ("LowerSelect", 1), ("LowerErf", 1), ("LowerClamp", 1), ("LowerAdd", 1),
    ("FoldDataMovementIntoGeneric", 1), ("FoldDataMovementIntoGeneric", 2),
    ("FoldDataMovementIntoGeneric", 3), ("HoistIntoGlobal", 1), ("FuseProducerIntoGeneric", 1),
    ("FuseProducerIntoGeneric", 2), ("FuseProducerIntoGeneric", 3), ("FormDispatchRegion", 1),
    ("FormDispatchRegion", 2), ("FormDispatchRegion", 3), ("OutlineDispatchRegion", 1),
    ("OutlineDispatchRegion", 3), ("OutlineDispatchRegion", 2),
]  # fmt: skip


KERNELS = [
    ("ConvertExecutable", 1), ("MaterializeVariants", 1), ("BufferizeLinalgOp", 2),
    ("VectorizeContractions", 1), ("VectorizeGeneric", 1), ("VectorizeGeneric", 2),
]  # fmt: skip
"""Those that only the code of executables shows; several rewrites may be needed to run it again."""


@pytest.mark.parametrize("part", range(3))
def test_planted_bugs_are_named(part: int) -> None:
    """The pass of each one, and the very rewrite."""
    missed = []
    for pattern, number in PLANTED[part::3]:
        with planted(pattern, number) as done:
            found = Session(RICH, stop="flow").wait().find_wrong()
        assert done and done[0][0], f"{pattern}: nothing was changed"
        named = found is not None and found.exact and found.rewrite.pattern == pattern
        if not named or found.pass_name != done[0][1]:
            missed.append((pattern, number, done[0], found))
    assert not missed


def test_planted_bugs_in_kernels_are_named() -> None:
    """The pass of each one; the rewrite in a pass that leaves kernels that run after each."""
    exact = 0
    for pattern, number in KERNELS:
        with planted(pattern, number) as done:
            found = Session(RICH).wait().find_wrong()
        assert done, f"{pattern}: nothing was changed"
        assert found is not None and found.pass_name == done[0][1], (pattern, done[0], found)
        exact += found.exact and found.rewrite.pattern == pattern
    assert exact >= 3


def test_a_right_compilation_raises_no_alarm() -> None:
    assert Session(RICH).wait().find_wrong() is None


def test_what_is_found_says_where_and_shows_it_in_a_cell() -> None:
    with planted("LowerDivide") as done:
        session = Session(RICH, stop="flow").wait()
        found = session.find_wrong()
        assert found is not None and done[0][0] == "arith.divf"
        assert found.pass_name == "input-lower-to-linalg" and found.phase == "input"
        assert found.before.ok and found.after.wrong
        assert any("stablehlo.divide" in str(op) for op in found.module.walk())
        assert "stablehlo.divide" in found.cell and "stablehlo.subtract" not in found.cell
        assert (
            found.sources
            and "LowerDivide" in repr(found)
            and found.cell.splitlines()[0] in repr(found)
        )
        names: dict[str, object] = {}
        lines = found.cell.splitlines()
        exec("\n".join(lines).replace("compare_pass(r", "shown = compare_pass(r"), names)
        assert names["shown"].wrong and "linalg" in names["shown"].after  # pyright: ignore
    assert not compare_pass(found.cell.split('"""')[1], found.pass_name).wrong, (
        "without the bug the same cell shows none"
    )


def test_only_what_runs_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(RICH).wait()
    right = session.compiled["main"]
    wrong = {"main": lambda *inputs: tuple(np.asarray(x) + 1 for x in right(*inputs))}
    monkeypatch.setattr(Session, "compiled", property(lambda _: wrong))
    with pytest.raises(GapError, match="all is right after executable-targets-plan-local-memory"):
        session.find_wrong()


def state(kind: str) -> StageCheck:
    return {
        "right": StageCheck("s", 0.0, 1e-4),
        "wrong": StageCheck("s", 1.0, 1e-4),
        "unknown": StageCheck("s", 0.0, 0.0, "not evaluated: no rule"),
        "fails": StageCheck("s", float("inf"), 0.0, "failed: ValueError: shapes"),
    }[kind]


@pytest.mark.parametrize(
    ("states", "first", "last"),
    [
        (["right", "right", "wrong", "wrong"], 3, 3),
        (["wrong"], 1, 1),
        (["right", "unknown", "wrong", "wrong"], 2, 3),
        (["unknown", "unknown", "unknown", "wrong"], 1, 4),
        (["right", "fails", "right", "wrong"], 4, 4),
        (["right", "fails", "fails"], 2, 2),
        (["right"] * 70 + ["unknown"] * 3 + ["wrong"] * 60, 71, 74),
    ],
)
def test_states_that_cannot_be_evaluated_widen_the_answer(
    states: list[str], first: int, last: int
) -> None:
    found = bisect(len(states), lambda number: state(states[number - 1]))
    assert found is not None and (found.first, found.last) == (first, last)


def test_nothing_wrong_at_the_end_is_nothing_found() -> None:
    assert bisect(0, lambda _: state("wrong")) is None
    assert bisect(3, lambda _: state("right")) is None
    assert Range(2, 5, state("wrong")).first == 3


def test_ops_of_two_blocks_make_no_cell() -> None:
    session = Session(RICH, stop="flow").wait()
    module = session.stages["flow"].module
    ids = [op.location.line.data for op in module.walk() if op.name == "arith.subf"]  # pyright: ignore
    assert len(ids) > 1 and cut_out(module, ids) is None
    assert cut_out(module, []) is None


def test_passes_below_are_named_when_unknown() -> None:
    with pytest.raises(Exception, match="unknown passes: nothing"):
        compare_pass("func.func @main(%a: f32) -> f32 { return %a : f32 }", "nothing")
    assert "input-lower-to-linalg" in [line.name for p in pipeline.PHASES for line in p.passes]
