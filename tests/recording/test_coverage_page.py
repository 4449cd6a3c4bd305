# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/op-coverage.md lists every op and type, and claims nothing that does not work."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from iree_explore.recording.coverage import Cell, Coverage
from iree_explore.recording.coverage_run import LIMIT_S, execute, of_table
from iree_explore.recording.coverage_text import read_signs, replaced, short_type, worse
from iree_explore.targets.llvm_cpu.cpu_info import available_cores

from .test_coverage import TARGETS, sample

PAGE = Path(__file__).parents[2] / "docs" / "op-coverage.md"
EVERY = 60
"""The sweep executes every 60th pair of op and type; `generate_docs.py --coverage --check` all."""


def test_the_page_lists_every_op_with_its_types() -> None:
    wanted = {(each.row.op, short_type(each.row.dtype)) for each in of_table()}
    signs = read_signs(PAGE.read_text())
    assert tuple(signs) == (*TARGETS, "vulkan-spirv", "webgpu-spirv")
    for target in signs:
        assert set(signs[target]) == wanted


def test_a_page_is_read_as_it_was_written() -> None:
    signs = read_signs(sample().to_markdown())
    assert signs["llvm-cpu"] == {
        ("stablehlo.abs", "f32"): "wrong",
        ("stablehlo.sort", "c64"): "gap",
    }


def test_one_target_is_executed_anew_and_the_others_stay() -> None:
    page = sample().to_markdown()
    assert replaced(page, sample()) == page
    cells = (Cell("vulkan-spirv", "failed", "ran", code="IX410", text="lost"),)
    rows = tuple(replace(row, cells=cells) for row in sample().rows)
    new = replace(sample(), targets=("vulkan-spirv",), rows=rows)
    both = replaced(page, new)
    assert tuple(read_signs(both)) == (*TARGETS, "vulkan-spirv")
    assert all(line in both for line in page.splitlines())
    assert all(line in both for line in new.to_markdown().splitlines())
    fixed = tuple(replace(row, cells=(Cell("vulkan-spirv", "ok", "correct"),)) for row in rows)
    again = replaced(both, replace(new, rows=fixed))
    assert "lost" not in again and "a reason" in again
    assert set(read_signs(again)["vulkan-spirv"].values()) == {"ok"}


def test_what_became_worse_is_named() -> None:
    before = sample()
    assert worse(before.to_markdown(), before) == []
    failed = Cell("llvm-cpu", "failed", "compiled")
    rows = tuple(replace(row, cells=(row.cells[0], failed)) for row in before.rows)
    assert worse(before.to_markdown(), replace(before, rows=rows)) == [
        "llvm-cpu: stablehlo.abs f32 is failed, the page says wrong",
        "llvm-cpu: stablehlo.sort c64 is failed, the page says gap",
    ]


@pytest.mark.slow
def test_the_page_claims_nothing_that_does_not_work() -> None:
    everything = list(of_table())
    pairs = list(dict.fromkeys((each.row.op, each.row.dtype) for each in everything))[::EVERY]
    chosen = [each for each in everything if (each.row.op, each.row.dtype) in set(pairs)]
    rows = execute(chosen, TARGETS, available_cores(), LIMIT_S, None, threading.Event())
    found = Coverage("", "", "", TARGETS, tuple(rows))
    assert worse(PAGE.read_text(), found) == []
