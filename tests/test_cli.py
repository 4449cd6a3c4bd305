# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line does what its help says and reports errors for people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from iree_explore.cli import main, parse_input
from iree_explore.errors import ModelError
from iree_explore.pipeline import PHASE_NAMES
from iree_explore.recording import save
from tests.recording.sample import sample

MLP = """
func.func public @main(%x: tensor<2x3xf32>) -> tensor<2x2xf32> {
  %w = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %b = stablehlo.constant dense<[0.5, -100.0]> : tensor<2xf32>
  %z = stablehlo.constant dense<0.0> : tensor<2x2xf32>
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
     : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<2xf32>) -> tensor<2x2xf32>
  %2 = stablehlo.add %0, %1 : tensor<2x2xf32>
  %3 = stablehlo.maximum %2, %z : tensor<2x2xf32>
  func.return %3 : tensor<2x2xf32>
}
"""
X = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
EXPECTED = np.maximum(X @ np.array([[1, 2], [3, 4], [5, 6]], np.float32) + [0.5, -100], 0)


@pytest.fixture
def mlp(tmp_path: Path) -> Path:
    path = tmp_path / "mlp.mlir"
    path.write_text(MLP)
    return path


def test_opt_prints_every_phase(mlp: Path, capsys: pytest.CaptureFixture[str]):
    for phase in PHASE_NAMES:
        assert main(["opt", str(mlp), "--to", phase, "--from", "import"]) == 0
        assert capsys.readouterr().out.strip()


def test_opt_resumes_from_the_text_of_a_phase(
    mlp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["opt", str(mlp), "--from", "import", "--to", "input"]) == 0
    halfway = tmp_path / "input.mlir"
    halfway.write_text(capsys.readouterr().out)
    assert main(["opt", str(halfway), "--from", "abi", "--to", "flow"]) == 0
    assert "flow.dispatch @" in capsys.readouterr().out


def test_opt_runs_passes_by_name(mlp: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["opt", str(mlp), "--pass-pipeline", "input-lower-to-linalg"]) == 0
    assert "linalg." in capsys.readouterr().out


def test_an_unknown_phase_lists_the_phases(mlp: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["opt", str(mlp), "--to", "lunch"]) == 1
    err = capsys.readouterr().err
    assert "IX204" in err and all(name in err for name in PHASE_NAMES)


def test_an_unknown_pass_is_named(mlp: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["opt", str(mlp), "--pass-pipeline", "input-make-tea"]) == 1
    assert "input-make-tea" in capsys.readouterr().err


def test_broken_text_shows_line_column_and_caret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "broken.mlir"
    path.write_text("func.func @f() {\n  %0 = arith.constant 1 i32\n}\n")
    assert main(["opt", str(path)]) == 1
    err = capsys.readouterr().err
    assert "IX101" in err and ":2:" in err and "^" in err


def test_a_missing_file_is_an_error_of_ours(capsys: pytest.CaptureFixture[str]):
    assert main(["opt", "no/such/file.mlir"]) == 1
    assert "IX504" in capsys.readouterr().err


def test_compile_then_run(mlp: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    output = str(tmp_path / "mlp.iexm")
    assert main(["compile", str(mlp), "-o", output]) == 0
    np.save(tmp_path / "x.npy", X)
    assert main(["run", output, "--input", f"@{tmp_path / 'x.npy'}"]) == 0
    assert str(EXPECTED) in capsys.readouterr().out
    assert main(["benchmark", output, "--input", "2x3xf32=1", "--repetitions", "3"]) == 0
    assert "end to end" in capsys.readouterr().out


def test_explore_writes_one_page(mlp: Path, tmp_path: Path):
    page = tmp_path / "mlp.html"
    assert main(["explore", str(mlp), "--html", str(page)]) == 0
    text = page.read_text()
    assert "<html" in text and 'src="http' not in text


def test_a_recording_is_opened_in_the_browser_without_jupyter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    save(sample(), tmp_path / "x.iexplore")
    page, trace = tmp_path / "x.html", tmp_path / "trace.json"
    command = ["explore", str(tmp_path / "x.iexplore"), "--html", str(page)]
    assert main([*command, "--trace", str(trace)]) == 0
    assert opened == [page.as_uri()] and "<html" in page.read_text()
    assert json.loads(trace.read_text())["traceEvents"]
    assert main([*command, "--no-open"]) == 0 and len(opened) == 1


def test_lists(capsys: pytest.CaptureFixture[str]):
    assert main(["passes"]) == 0 and main(["ops"]) == 0 and main(["devices"]) == 0
    out = capsys.readouterr().out
    assert "global-optimization" in out and "stablehlo.add" in out and "local-task" in out


def test_inputs_on_the_command_line():
    assert parse_input("2x2xf32=1 2 3 4").tolist() == [[1, 2], [3, 4]]
    assert parse_input("3xi32=7").tolist() == [7, 7, 7]
    assert parse_input("f64=1.5").shape == ()
    assert parse_input("2xi1=true false").tolist() == [True, False]
    with pytest.raises(ModelError, match="IX303"):
        parse_input("2xf32=1 2 3")
    with pytest.raises(ModelError, match="IX303"):
        parse_input("2xfoo=1")
