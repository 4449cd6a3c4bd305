# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Work of dispatches, the machine's peaks, and shares of the roofline in runs and files."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.recording import from_bytes, to_bytes
from iree_explore.recording.model import Roofline, RunDispatch
from iree_explore.recording.roofline import Work, copy_rate, share, work_of
from iree_explore.recording.schema import SchemaError, decode, encode
from iree_explore.targets.llvm_cpu.cpu_info import describe
from iree_explore.tuning import peaks as machine

PROGRAM = """
func.func public @main(%x: tensor<{rows}x32xf32>, %t: tensor<1000x32xf32>, %i: tensor<{rows}x1xi32>, %w: tensor<32x16xf32>) -> (tensor<{rows}x16xf32>, tensor<{rows}x32xf32>) {{
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<{rows}x32xf32>, tensor<32x16xf32>) -> tensor<{rows}x16xf32>
  %1 = stablehlo.tanh %0 : tensor<{rows}x16xf32>
  %2 = "stablehlo.gather"(%t, %i) {{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 32>}} : (tensor<1000x32xf32>, tensor<{rows}x1xi32>) -> tensor<{rows}x32xf32>
  return %1, %2 : tensor<{rows}x16xf32>, tensor<{rows}x32xf32>
}}
"""  # noqa: E501

ROOFLINE = Roofline(1, 100 * 10**9, 50 * 10**9, (1000, 80 * 10**9, 10**6, 20 * 10**9), "2026-01-01")


def arrays(rows: int) -> list[np.ndarray]:
    generator = np.random.default_rng(1)
    shapes = ((rows, 32), (1000, 32), (32, 16))
    x, t, w = (generator.random(shape, np.float32) for shape in shapes)
    return [x, t, np.zeros((rows, 1), np.int32), w]


@pytest.mark.parametrize("rows", ["24", "?"])
def test_a_run_has_the_work_of_every_dispatch(rows: str):
    session = ie.explore(PROGRAM.format(rows=rows)).wait()
    run = session.run("local-sync", repetitions=2, inputs=arrays(24))
    assert run.roofline is not None and run.roofline.threads == 1
    product = next(d for d in run.dispatches if "matmul" in d.name)
    assert (product.flops, product.element) == (24 * 16 * (32 * 2 + 1), "f32")
    assert product.nbytes == 4 * (24 * 32 + 32 * 16 + 24 * 16)
    part = share(run.roofline, product)
    assert part is not None and 0 < part < 2
    again = from_bytes(to_bytes(session.recording)).runs[0]
    assert again == run and "GFLOP/s" in repr(run)


def test_a_gather_reads_what_it_takes_and_not_the_table():
    session = ie.explore(PROGRAM.format(rows="24")).wait()
    works = work_of(session.stages["flow"].module)
    (gathered,) = [w for name, w in works.items() if "matmul" not in name]
    assert gathered == Work(0, 4 * (24 * 32 * 2 + 24), "i32")


def test_the_share_is_of_the_tighter_bound():
    def dispatch(flops: int, nbytes: int, element: str = "f32") -> RunDispatch:
        return RunDispatch("a", "b", (), (1, 1, 1), (20, 20), "host clock", flops, nbytes, element)

    assert share(ROOFLINE, dispatch(1000, 100)) == pytest.approx(0.5)
    assert share(ROOFLINE, dispatch(500, 100, "f64")) == pytest.approx(0.5)
    assert share(ROOFLINE, dispatch(10, 800)) == pytest.approx(0.5)
    assert share(ROOFLINE, dispatch(1000, -1, "i32")) is None, "of integers no peak is measured"
    assert share(None, dispatch(1000, 100)) is None
    assert [copy_rate(ROOFLINE, n) for n in (1000, 1001, 10**9)] == [80 * 10**9] + [20 * 10**9] * 2


def test_older_recordings_have_no_roofline_and_broken_ones_are_refused():
    recording = ie.explore(PROGRAM.format(rows="24")).wait().recording
    session = ie.explore(PROGRAM.format(rows="24")).wait()
    session.run("local-sync", repetitions=1, inputs=arrays(24))
    data = json.loads(json.dumps(encode(replace(recording, runs=session.recording.runs))))
    for key, value in (("flops32", 0), ("copies", [1]), ("copies", []), ("copies", [1, "x"])):
        broken = json.loads(json.dumps(data))
        broken["runs"][0]["roofline"][key] = value
        with pytest.raises(SchemaError):
            decode(broken)
    del data["runs"][0]["roofline"]
    for dispatch in data["runs"][0]["dispatches"]:
        del dispatch["flops"], dispatch["nbytes"], dispatch["element"]
    (run,) = decode(data).runs
    assert run.roofline is None and run.dispatches[0].flops == -1


def test_peaks_are_measured_once(tmp_path, monkeypatch):
    monkeypatch.setenv("IREE_EXPLORE_CACHE_DIR", str(tmp_path))
    first = machine.peaks(1)
    assert first.flops32 > first.flops64 > 10**8 and len(first.copies) >= 2
    monkeypatch.setattr(machine, "_measure", lambda threads: replace(first, measured="again"))
    assert machine.peaks(1) == first, "from the disk"
    assert machine.peaks(1, again=True).measured == "again"
    (path,) = (tmp_path / "peaks").iterdir()
    path.write_text(path.read_text()[:40])
    assert machine.peaks(1).measured == "again", "a damaged file is measured anew"


def test_the_kernels_are_written_for_any_cpu():
    text = machine.kernels(describe("cortex-a76", "+neon", "aarch64-unknown-linux-gnu"))
    assert "<4 x float>" in text and "<2 x double>" in text and 'target-cpu"="cortex-a76' in text
