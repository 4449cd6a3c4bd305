# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The coverage widget: records travel compressed, sessions are executed behind the notebook."""

from __future__ import annotations

import base64
import gzip
import re
from pathlib import Path

import pytest

import iree_explore as ie
from iree_explore.cli import main
from iree_explore.errors import ModelError
from iree_explore.recording.coverage import Coverage
from iree_explore.widgets import CoverageView, Explorer, coverage_view
from iree_explore.widgets.html import to_html
from tests.recording.sample import sample as recording
from tests.recording.test_coverage import sample

ABS = """
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.abs %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""


def unpacked(data: bytes) -> Coverage:
    return Coverage.from_json(gzip.decompress(data))


def test_coverage_travels_in_the_trait(tmp_path: Path):
    widget = CoverageView(sample(), theme="dark")
    assert unpacked(widget.coverage) == sample()
    assert widget.view == "coverage" and widget.theme == "dark"
    sample().to_json(tmp_path / "c.json")
    assert CoverageView(tmp_path / "c.json").result == sample()
    assert CoverageView(str(tmp_path / "c.json")).wait() == sample()


def test_a_file_that_is_no_coverage_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="IX504"):
        CoverageView(tmp_path / "none.json")
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(ModelError, match="IX501"):
        CoverageView(tmp_path / "c.json")


def test_a_session_is_executed_behind_the_notebook():
    widget = CoverageView(ie.explore(ABS))
    sent: list[dict] = []
    widget.send = lambda content, buffers=None: sent.append(content)
    found = widget.wait(60)
    assert [(row.op, [cell.state for cell in row.cells]) for row in found.rows] == [
        ("stablehlo.abs", ["ok", "ok"])
    ]
    assert unpacked(widget.coverage) == found and found.rows[0].ops
    assert sent[-1] == {"push": "coverage", "done": 1, "total": 1}


def test_what_stops_a_session_is_raised():
    widget = CoverageView(ie.explore("this is no MLIR\n"))
    with pytest.raises(ModelError, match="IX101"):
        widget.wait(60)
    assert repr(widget) == "coverage: executing"


def test_the_copy_stands_alone():
    bundled = CoverageView(sample())._repr_mimebundle_()
    data = bundled[0] if isinstance(bundled, tuple) else bundled
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("coverage of all ops: 2 configurations")
    assert "<table" in data["text/html"] and "<script" not in data["text/html"]


def test_the_page_needs_nothing_else(tmp_path: Path):
    CoverageView(sample(), theme="dark").to_html(tmp_path / "c.html")
    page = (tmp_path / "c.html").read_text()
    assert not re.search(r'(?:src|href)="(?!data:)', page) and "<noscript>" in page
    data = re.search(r'id="iexplore-coverage">([^<]*)<', page)
    assert data is not None and unpacked(base64.b64decode(data[1])) == sample()


def test_an_explorer_executes_on_request():
    explorer = Explorer(ie.explore(ABS).wait())
    sent: list[dict] = []
    explorer.send = lambda content, buffers=None: sent.append(content)
    handler = explorer._cover({})
    assert handler[0] == {"rows": 1}
    assert unpacked(explorer.coverage).rows[0].op == "stablehlo.abs"
    assert {"push": "coverage", "done": 1, "total": 1} in sent
    with pytest.raises(ModelError, match="IX402"):
        Explorer(recording())._cover({})


def test_an_exported_explorer_keeps_the_coverage():
    packed = coverage_view.packed(sample())
    page = to_html(recording(), packed)
    assert base64.b64encode(packed).decode() in page
    assert 'id="iexplore-coverage"' not in to_html(recording())


def test_the_command_writes_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "abs.mlir").write_text(ABS)
    files = [str(tmp_path / name) for name in ("abs.mlir", "c.json", "c.md", "c.html")]
    status = main(["coverage", files[0], "--json", files[1], "--markdown", files[2],
                   "--html", files[3]])  # fmt: skip
    assert status == 0
    assert "1 configuration" in capsys.readouterr().out
    assert len(Coverage.from_json(Path(files[1]).read_text())) == 1
    assert "stablehlo.abs" in Path(files[2]).read_text() and Path(files[3]).stat().st_size > 1000


def test_the_command_fails_where_something_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("iree_explore.recording.coverage_run.coverage", lambda *a, **k: sample())
    assert main(["coverage", "--check"]) == 1
    assert "IX209" in capsys.readouterr().out
    good = sample().filter(state="gap")
    monkeypatch.setattr("iree_explore.recording.coverage_run.coverage", lambda *a, **k: good)
    assert main(["coverage", "--check"]) == 0
    assert capsys.readouterr().out == ""
