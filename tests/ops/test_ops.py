# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every function of every `<op>.mlir` here, on every target of `targets.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from iree_explore.stablehlo.table import TABLE

from .check import cases
from .targets import TARGETS

HERE = Path(__file__).parent
FILES = {path: cases(path) for path in sorted(HERE.glob("*.mlir"))}
UNLOWERED = {n for n, row in TABLE.items() if row.lower is None and row.decompose is None}


PARAMETERS = [
    pytest.param(path, name, target, id=f"{target}-{path.stem}-{name}")
    for target in TARGETS
    for path, names in FILES.items()
    for name in names
    if target == "reference" or f"stablehlo.{path.stem}" not in UNLOWERED
]
"""Ops without a lowering yet are evaluated only."""


@pytest.mark.parametrize(("path", "name", "target"), PARAMETERS)
def test_op(path: Path, name: str, target: str) -> None:
    case = FILES[path][name]()
    case.check(TARGETS[target](case.text, case.inputs))


def test_every_op_has_a_file() -> None:
    covered = {path.stem for path in FILES}
    missing = [n for n in TABLE if n.partition(".")[2] not in covered and n not in NO_FILE]
    assert not missing


NO_FILE = frozenset({"stablehlo.return", "stablehlo.tuple", "chlo.erf"})
NO_FILE |= {f"stablehlo.{name}" for name in ("composite", "infeed", "outfeed", "send", "recv")}
"""Ops that only occur inside other ops' files, or in `test_control_flow.py`."""
