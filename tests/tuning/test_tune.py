# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ie.tune` beats a bad estimate, refuses what is wrong, and keeps what it found."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.cli import main
from iree_explore.codegen.passes import select_lowering_strategy
from iree_explore.codegen.user_configs import UserConfig
from iree_explore.targets.llvm_cpu.configure import Strategy
from iree_explore.tuning import tune as tuner
from iree_explore.tuning.report import Ratio

PRODUCT = """
func.func public @main(%a: tensor<128x96xf32>, %b: tensor<96x128xf32>) -> tensor<128x128xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<128x96xf32>, tensor<96x128xf32>) -> tensor<128x128xf32>
  return %0 : tensor<128x128xf32>
}
"""  # noqa: E501
NEGATED = PRODUCT.replace(
    "return %0", "%1 = stablehlo.negate %0 : tensor<128x128xf32>\n  return %1"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("IREE_EXPLORE_CACHE_DIR", str(tmp_path))
    return tmp_path / "tuned"


def bad(*_):
    """One row and one vector a workgroup, one accumulator: several times slower than need be."""
    return Strategy("CPUDoubleTilingExpert", [[1, 16, 0], [1, 16, 0]])


def offer(monkeypatch, *configs: UserConfig) -> None:
    monkeypatch.setattr(tuner, "candidates", lambda *_: list(configs))


GOOD = UserConfig(((64, 32, 0), (8, 32, 0)))


def test_a_bad_estimate_is_beaten_kept_and_used(folder, monkeypatch, capsys):
    monkeypatch.setattr(select_lowering_strategy, "strategy_of", bad)
    offer(monkeypatch, UserConfig(((1, 32, 0), (1, 16, 0))), GOOD)
    report = ie.tune(PRODUCT, device="local-sync")
    (row,) = report.dispatches
    assert row.best == GOOD and row.tried == 2
    assert row.ratio is not None and row.ratio.high < 1
    assert report.total is not None and "[[64, 32, 0], [8, 32, 0]]" in repr(report)
    assert "main_dispatch_0_matmul" in report._repr_html_()
    capsys.readouterr()
    session = ie.explore(PRODUCT, tuned=True).wait()
    assert "[[64, 32, 0], [8, 32, 0]]" in session.stages["executable-configurations"].text
    assert "1 of 1 dispatches" in session.recording.notes[-1]
    renamed = PRODUCT.replace("@main", "@other")
    ie.compile(renamed, device="local-sync", tuned=True)
    assert "tuned: 1 of 1 dispatches have a measured configuration" in capsys.readouterr().out
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"64", b"72"))
    ie.compile(PRODUCT, device="local-sync", tuned=True)
    said = capsys.readouterr().out
    assert "1 damaged entries of the cache were removed" in said and not list(folder.iterdir())


def test_what_is_wrong_or_does_not_compile_is_refused(folder, monkeypatch):
    wrong = UserConfig(((32, 32, 0), (4, 32, 0)))
    real = tuner._Tuner.build  # pyright: ignore[reportPrivateUsage]

    def build(self, configs):
        if wrong in configs.values():
            return ie.compile(NEGATED, device="local-sync")
        return real(self, configs)

    offer(monkeypatch, wrong, UserConfig(((1, 1, 1),)))
    monkeypatch.setattr(tuner._Tuner, "build", build)  # pyright: ignore[reportPrivateUsage]
    report = ie.tune(PRODUCT, device="local-sync")
    (row,) = report.dispatches
    assert row.best is None and row.tried == 0 and len(row.refused) == 2
    assert "other results than the default's" in row.refused[0]
    assert "IX211" in row.refused[1]
    assert not folder.exists(), "nothing was measured"


def test_kernels_are_chosen_by_name_and_time(folder, monkeypatch):
    offer(monkeypatch)
    assert len(ie.explore(PRODUCT).tune(dispatches="*matmul*").dispatches) == 1
    assert not ie.tune(PRODUCT, share=1.1).dispatches
    with pytest.raises(ie.ModelError, match=r"IX211.*'nothing'"):
        ie.tune(PRODUCT, dispatches="nothing")


def test_results_are_compared_as_their_type_asks():
    x = np.linspace(1, 2, 5, dtype=np.float32)
    assert tuner._equal([x], [x * np.float32(1 + 1e-6)])
    assert not tuner._equal([x], [x * np.float32(1.001)])
    assert not tuner._equal([np.arange(4)], [np.array([0, 1, 2, 4])])
    assert not tuner._equal([x], [np.where(x > 1.9, np.nan, x).astype(np.float32)])
    z = x + 1j * x
    assert tuner._equal([z], [z.copy()]) and not tuner._equal([z], [z.conj()])


def test_ratios_have_a_spread():
    assert str(Ratio.of([0.5, 0.6, 0.7, 0.8])) == "0.65 (0.57–0.72)"
    assert Ratio.of([0.5]).rounds == 1


def test_the_command_line_says_the_peaks(folder, capsys):
    assert main(["roofline"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == ["local-sync", "local-task"]
    assert all("GFLOP/s in f32" in line and "GB/s within" in line for line in said)


def test_the_command_line_tunes_and_compiles(folder, tmp_path, capsys):
    source, output = tmp_path / "m.mlir", tmp_path / "m.iexm"
    source.write_text(PRODUCT)
    assert main(["tune", str(source), "--device", "local-sync", "--candidates", "1"]) == 0
    assert "of 1 kernels are faster than estimated" in capsys.readouterr().out
    assert len(list(folder.iterdir())) == 1
    config = "*matmul*=#iree_codegen.lowering_config<tile_sizes = [[8, 16, 0], [8, 16, 0]]>"
    assert main(["compile", str(source), "-o", str(output), "--lowering-config", config]) == 0
    assert output.exists()
    arguments = ["compile", str(source), "-o", str(output), "--lowering-config", "no=[[1]]"]
    assert main(arguments) == 1
    assert "no: no dispatch has this name" in capsys.readouterr().err
