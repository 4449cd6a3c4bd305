# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Coverage: cells are outcomes of executions, failures are cells, records survive JSON."""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import ModelError
from iree_explore.recording import coverage_pool, coverage_run
from iree_explore.recording.coverage import Cell, Coverage, CoverageRow, ladder
from iree_explore.recording.coverage_compare import compare
from iree_explore.recording.coverage_configurations import of_model
from iree_explore.recording.coverage_inputs import KINDS, dtype_of, make
from iree_explore.recording.coverage_run import Configuration, execute, of_table
from iree_explore.recording.coverage_worker import Job
from iree_explore.stablehlo.samples import SAMPLES
from iree_explore.stablehlo.samples.base import ANY, QUANTIZED, Argument
from iree_explore.stablehlo.table import TABLE

TARGETS = ("reference", "llvm-cpu")


def configuration(program: str, *arguments: Argument) -> Configuration:
    row = CoverageRow("test.op", "", "f32", False, "", program, "")
    return Configuration(row, arguments, 16, False)


def run(*configurations: Configuration, limit_s: float = 30, workers: int = 1) -> list[CoverageRow]:
    return execute(list(configurations), TARGETS, workers, limit_s, None, threading.Event())


def program(body: str, type_: str = "tensor<4xf32>") -> str:
    return f"func.func @main(%a: {type_}) -> {type_} {{\n  {body}\n  return %r : {type_}\n}}\n"


A = Argument("a", (4,), "f32", "any")
ABS = configuration(program("%r = stablehlo.abs %a : tensor<4xf32>"), A)


def sample() -> Coverage:
    cells = (
        Cell("reference", "ok", "ran", (5, 6)),
        Cell("llvm-cpu", "wrong", "correct", (1, 2, 3, 4, 5), math.inf, 0.5, 3.0, "IX209",
             "differ"),
    )  # fmt: skip
    gap = Cell("llvm-cpu", "gap", "lowered", (1, 2), code="IX203", text="a reason", at="input-x")
    rows = (
        CoverageRow("stablehlo.abs", "", "f32", False, "4xf32", "text", "cmd", 2, (7, 9), cells),
        CoverageRow("stablehlo.sort", "pairs", "complex<f32>", True, "", "text", "cmd",
                    cells=(cells[0], gap)),
    )  # fmt: skip
    return Coverage("", "2026-11-23T00:00:00Z", "iree_explore", TARGETS, rows, 10**9)


# -- executing


def test_cells_are_what_executing_came_to():
    (row,) = run(ABS)
    reference, cpu = row.cells
    assert (reference.state, reference.step) == ("ok", "ran")
    assert (cpu.state, cpu.step, cpu.max_abs, cpu.max_ulps) == ("ok", "correct", 0.0, 0.0)
    assert len(cpu.elapsed_ns) == 5 and all(ns > 0 for ns in cpu.elapsed_ns)


def test_every_failure_is_a_cell_and_ends_nothing():
    rows = run(
        configuration("this is no MLIR"),
        configuration(program('%r = "stablehlo.nonsense"(%a) : (tensor<4xf32>) -> '
                              "tensor<4xf32>"), A),
        ABS,
    )  # fmt: skip
    assert [[c.state for c in row.cells] for row in rows] == [
        ["failed", "failed"], ["failed", "failed"], ["ok", "ok"],
    ]  # fmt: skip
    text, unknown = (row.cells[1] for row in rows[:2])
    assert (text.step, text.code) == ("imported", "IX101")
    assert (unknown.step, unknown.code) == ("imported", "IX201")
    assert "stablehlo.nonsense" in unknown.text


def test_a_declared_gap_is_no_failure():
    call = "%r = stablehlo.custom_call @nobody_knows(%a) : (tensor<4xf32>) -> tensor<4xf32>"
    (row,) = run(configuration(program(call), A))
    cell = row.cell("llvm-cpu")
    assert cell is not None and cell.state == "gap" and cell.good
    assert "nobody_knows" in cell.text and not cell.step_state("correct")


def test_a_hung_cell_costs_itself_alone():
    forever = """
  %w = stablehlo.while(%i = %a) : tensor<4xf32>
  cond {
    %p = stablehlo.constant dense<true> : tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    stablehlo.return %i : tensor<4xf32>
  }
  %r = stablehlo.abs %w : tensor<4xf32>"""
    begin = time.monotonic()
    rows = run(configuration(program(forever), A), ABS, limit_s=3)
    assert [row.cells[0].state for row in rows] == ["failed", "ok"]
    assert rows[0].cells[0].code == rows[0].cells[1].code == "IX208"
    assert rows[1].cells[1].state == "ok"
    assert time.monotonic() - begin < 60


def test_a_crashed_worker_costs_one_cell(monkeypatch: pytest.MonkeyPatch):
    sent = coverage_pool._Worker.send

    def send(worker: coverage_pool._Worker, job: Job) -> bool:
        if "stablehlo.negate" in job.program and "reference" in job.targets:
            worker.process.kill()
        return sent(worker, job)

    monkeypatch.setattr(coverage_pool._Worker, "send", send)
    negate = configuration(program("%r = stablehlo.negate %a : tensor<4xf32>"), A)
    rows = run(negate, ABS)
    crashed, other = rows[0].cells
    assert (crashed.state, crashed.code) == ("failed", "IX206")
    assert "signal 9" in crashed.text
    assert other.state == "unchecked"  # it runs, but without a reference
    assert [cell.state for cell in rows[1].cells] == ["ok", "ok"]


def test_cancelling_keeps_what_was_executed():
    cancel = threading.Event()
    done: list[str] = []

    def progress(count: int, total: int, row: CoverageRow) -> None:
        done.append(row.label)
        cancel.set()

    found = ie.coverage(ops="^stablehlo.(abs|negate)$", dtypes=["f32", "i8"], workers=1,
                        progress=progress, cancel=cancel)  # fmt: skip
    assert not found.complete and found.exit_code == 1
    assert done and len([row for row in found.rows if row.cells]) < len(found.rows)


def test_the_table_is_filtered_before_it_is_executed():
    found = ie.coverage(ops="^stablehlo.abs$", dtypes="f32", dynamic=False)
    assert [(row.op, row.dtype, row.dynamic) for row in found.rows] == [
        ("stablehlo.abs", "f32", False)
    ]
    assert found.ok and found.exit_code == 0
    assert found.summary()["llvm-cpu"] == {"ok": 1, "total": 1}
    with pytest.raises(ModelError, match="IX401"):
        ie.coverage(targets=("llvm-cpu", "abacus"))
    with pytest.raises(ModelError, match="IX210"):
        ie.coverage(ops="(")


def test_the_same_program_gets_the_same_inputs():
    values = [make((40,), "f32", "any", 7) for _ in range(2)]
    np.testing.assert_array_equal(*values)
    assert np.isnan(values[0]).any() and np.isinf(values[0]).any()


def test_every_row_is_in_the_table_of_configurations():
    ops = {each.row.op for each in of_table()}
    assert ops == set(SAMPLES) and set(TABLE) <= ops


def test_an_op_without_sample_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(coverage_run, "SAMPLES", {})
    found = ie.coverage(ops="^stablehlo.abs$")
    assert found.missing == ("stablehlo.abs",) and not found.ok and not found.rows


# -- a model's configurations

MODEL = """
func.func @main(%x: tensor<?x4xf32>, %n: tensor<i32>) -> tensor<?x4xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.tanh %x : tensor<?x4xf32>
  %1 = stablehlo.tanh %0 : tensor<?x4xf32>
  %d = stablehlo.get_dimension_size %1, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %r = stablehlo.reshape %d : (tensor<i32>) -> tensor<1xi32>
  %four = stablehlo.constant dense<4> : tensor<1xi32>
  %s = stablehlo.concatenate %r, %four, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %b = stablehlo.dynamic_broadcast_in_dim %zero, %s, dims = []
     : (tensor<f32>, tensor<2xi32>) -> tensor<?x4xf32>
  %m = stablehlo.maximum %1, %b : tensor<?x4xf32>
  %p = "stablehlo.if"(%c) ({
    %t = stablehlo.add %m, %1 : tensor<?x4xf32>
    stablehlo.return %t : tensor<?x4xf32>
  }, {
    stablehlo.return %m : tensor<?x4xf32>
  }) : (tensor<i1>) -> tensor<?x4xf32>
  return %p : tensor<?x4xf32>
}
""".replace("  %p =", "  %z = stablehlo.constant dense<0> : tensor<i32>\n"
            "  %c = stablehlo.compare GT, %n, %z : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
            "  %p =")  # fmt: skip


def test_a_model_has_its_distinct_configurations():
    session = ie.explore(MODEL).wait()
    name, configurations = of_model(session)
    rows = {each.row.op: each.row for each in configurations if "constant" not in each.row.op}
    assert set(rows) == {
        f"stablehlo.{op}" for op in (
            "tanh", "get_dimension_size", "reshape", "concatenate", "dynamic_broadcast_in_dim",
            "maximum", "compare", "if", "add",
        )
    }  # fmt: skip
    tanh = rows["stablehlo.tanh"]
    assert tanh.count == 2 and tanh.dynamic and tanh.signature == "?x4xf32 -> ?x4xf32"
    stage = session.stages["import"]
    assert {op.name for op in stage.ops if op.op in tanh.ops} == {"stablehlo.tanh"}
    assert "dense<[3, 4]>" in rows["stablehlo.dynamic_broadcast_in_dim"].program
    result = ie.coverage(session)
    assert result.ok, result
    assert result.name == name


def test_names_in_the_model_make_no_configurations():
    text = MODEL.replace("%0", "%first").replace("%1 =", "%second =").replace("%1", "%second")
    assert len(of_model(text)[1]) == len(of_model(MODEL)[1])


def test_what_values_are_makes_no_configurations():
    text = """
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %b = stablehlo.constant dense<[4.0, 3.0, 2.0, 1.0]> : tensor<4xf32>
  %0 = stablehlo.multiply %x, %x : tensor<4xf32>
  %1 = stablehlo.multiply %0, %a : tensor<4xf32>
  %2 = stablehlo.multiply %1, %b : tensor<4xf32>
  %t = stablehlo.tuple %2, %0 : tuple<tensor<4xf32>, tensor<4xf32>>
  %3 = stablehlo.get_tuple_element %t[1] : (tuple<tensor<4xf32>, tensor<4xf32>>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}
"""
    rows = [each.row for each in of_model(text)[1]]
    assert [(row.op, row.count) for row in rows][:2] == [
        ("stablehlo.constant", 2), ("stablehlo.multiply", 3),
    ]  # fmt: skip
    assert "dense<" not in rows[1].program
    assert ie.coverage(text).ok


def test_a_recording_has_no_program():
    session = ie.explore(MODEL).wait()
    with pytest.raises(ModelError, match="IX102"):
        ie.coverage(session.recording)


# -- inputs and comparison


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_of_every_type(kind: str):
    for element in (*ANY, *QUANTIZED):
        found = make((5, 7), element, kind, 1)
        assert found.shape == (5, 7) and found.dtype == dtype_of(element)
    assert make((), "f32", kind, 0).shape == ()
    assert make((0, 3), "i32", kind, 0).shape == (0, 3)


def test_values_of_a_sample_are_taken_as_they_are():
    np.testing.assert_array_equal(make((2,), "ui8", [1, 255], 0), np.array([1, 255], np.uint8))
    assert make((), "bf16", 2, 0).dtype == ml_dtypes.bfloat16


@pytest.mark.parametrize(
    "wanted, found, ulps, fine",
    [
        (np.float32([1.0, np.nan, np.inf, 0.0]), np.float32([1.0, np.nan, np.inf, -0.0]), 0, True),
        (np.float32([1.0]), np.float32([1.0 + 2**-22]), 2, True),
        (np.float32([1.0]), np.float32([1.0 + 2**-20]), 8, True),
        (np.float32([1.0]), np.float32([1.0 + 2**-18]), 32, False),
        (np.float32([np.inf]), np.float32([1e38]), np.inf, False),
        (np.float32([np.nan]), np.float32([0.0]), np.inf, False),
        (np.float16([1.0]), np.float16([1.0 + 2**-9]), 2, True),
        (np.float16([1.0]), np.float16([1.0 + 2**-7]), 8, False),
        (np.int8([127]), np.int8([-128]), 255, False),
        (np.array([True]), np.array([False]), 1, False),
        (np.complex64([1 + 1j]), np.complex64([1 + 1j]), 0, True),
        (np.complex64([complex(np.nan, 1)]), np.complex64([complex(2, np.nan)]), 0, True),
        (np.complex64([complex(np.inf, 1)]), np.complex64([complex(np.nan, 1)]), np.inf, False),
        (np.complex64([1e6 + 1j]), np.complex64([1e6 + 1.25j]), 4, True),
        (np.complex64([1 + 1j]), np.complex64([1 + 1.25j]), 2**21, False),
    ],
)
def test_errors_in_last_places(wanted: np.ndarray, found: np.ndarray, ulps: float, fine: bool):
    difference = compare([wanted], [found], 16, False)
    assert (difference.problem == "") == fine, difference
    assert difference.max_ulps == ulps


def test_sums_may_lose_what_their_order_does():
    wanted, found = np.float32([100.0, 1e-4]), np.float32([100.0, 2e-5])
    assert compare([wanted], [found], 16, False).problem
    assert not compare([wanted], [found], 16, True).problem
    assert compare([wanted], [np.float32([100.1, 1e-4])], 16, True).problem


def test_other_shapes_and_types_are_wrong():
    one = np.float32([1.0])
    assert "shape" in compare([one], [one.reshape(1, 1)], 16, False).problem
    assert "dtype" in compare([one], [one.astype(np.float64)], 16, False).problem
    assert "results" in compare([one], [], 16, False).problem
    assert compare([one[:0]], [one[:0]], 0, False).problem == ""


# -- records


def test_records_survive_json():
    before = sample()
    text = before.to_json()
    assert Coverage.from_json(text) == before
    assert json.loads(text)["rows"][0]["cells"][1]["maxAbs"] == "inf"


@pytest.mark.parametrize(
    "change, code",
    [
        (lambda d: d.update(schema="iexplore-coverage/99"), "IX503"),
        (lambda d: d.pop("schema"), "IX501"),
        (lambda d: d.update(rows=3), "IX501"),
        (lambda d: d["rows"][0].update(op=None), "IX501"),
        (lambda d: d["rows"][0].update(ops=["x"]), "IX501"),
        (lambda d: d["rows"][0]["cells"][0].update(state="great"), "IX501"),
        (lambda d: d["rows"][0]["cells"][0].update(maxAbs="much"), "IX501"),
        (lambda d: d["rows"][0]["cells"][0].update(elapsedNs=[0.5]), "IX501"),
        (lambda d: d["rows"].append([]), "IX501"),
    ],
)
def test_what_is_no_coverage_is_refused(change, code: str):
    data = json.loads(sample().to_json())
    change(data)
    with pytest.raises(ModelError) as raised:
        Coverage.from_json(json.dumps(data))
    assert raised.value.code == code


def test_truncated_json_is_refused():
    with pytest.raises(ModelError, match="IX501"):
        Coverage.from_json(sample().to_json()[:-20])


def test_rows_can_be_filtered():
    found = sample()
    assert [r.op for r in found.filter("sort pairs").rows] == ["stablehlo.sort"]
    assert [r.op for r in found.filter(dtype="f32").rows] == ["stablehlo.abs"]
    assert [r.op for r in found.filter(state="gap").rows] == ["stablehlo.sort"]
    assert [r.op for r in found.filter(dynamic=True).rows] == ["stablehlo.sort"]
    only = found.filter(target="reference")
    assert only.targets == ("reference",) and only.ok
    assert not found.ok and [c.state for _, c in found.failures] == ["wrong"]


def test_steps_of_a_cell():
    wrong, gap = sample().rows[0].cells[1], sample().rows[1].cells[1]
    assert [wrong.step_state(s) for s in ladder("llvm-cpu")] == ["ok", "ok", "ok", "ok", "wrong"]
    assert [gap.step_state(s) for s in ladder("llvm-cpu")] == ["ok", "gap", "", "", ""]
    assert [sample().rows[0].cells[0].step_state(s) for s in ("imported", "lowered", "ran")] == [
        "ok", "", "ok",
    ]  # fmt: skip


def test_texts_tell_failures_from_gaps():
    found = sample()
    text = repr(found)
    assert "stablehlo.abs, f32: llvm-cpu wrong: IX209 differ" in text
    assert "1 wrong, 1 gap of 2" in text
    page = found.to_markdown()
    assert "| `stablehlo.abs` | ≠ |  |" in page and "lowered (gap)" in page
    assert "results differ" in page
    html = replace(found, name="<script>")._repr_html_()
    assert "<script" not in html and "<table" in html and '<th scope="row"' in html
    assert "\n" not in html
