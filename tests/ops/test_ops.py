# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every function of every `<op>.mlir` here, on every target of `TARGETS`.

`reference` is the definition; `input` evaluates the linalg that the op lowers to; `llvm-cpu`
compiles and runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.linalg.evaluate import evaluate_function
from iree_explore.stablehlo.reference import evaluate
from iree_explore.stablehlo.table import TABLE

from .check import Case, cases, expected_of

HERE = Path(__file__).parent


def run_reference(case: Case) -> list[np.ndarray]:
    return evaluate(case.module, "main", case.inputs)


def run_input(case: Case) -> list[np.ndarray]:
    pipeline.run(case.module, case.ctx, "import", "input")
    unsigned = [a.dtype for a in run_dtypes(case)]
    inputs = [as_signless(x) for x in case.inputs]
    results = evaluate_function(case.module, "main", inputs, case.ctx.parameters)
    return [as_declared(r, d) for r, d in zip(results, unsigned, strict=True)]


def as_declared(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return x.view(dtype) if x.dtype.kind == "i" and dtype.kind == "u" else x


def run_dtypes(case: Case) -> list[np.ndarray]:
    return [expected_of(e) for e in case.expected]


def as_signless(x: np.ndarray) -> np.ndarray:
    return x.view(f"i{x.dtype.itemsize}") if x.dtype.kind == "u" else x


def run_llvm_cpu(case: Case) -> list[np.ndarray]:
    module = ie.compile(str(case.module), target="llvm-cpu")
    results = module.main(*case.inputs)
    return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]


TARGETS: dict[str, Callable[[Case], list[np.ndarray]]] = {
    "reference": run_reference,
    "input": run_input,
    "llvm-cpu": run_llvm_cpu,
}
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
    case.check(TARGETS[target](case))


def test_every_op_has_a_file() -> None:
    covered = {path.stem for path in FILES}
    missing = [n for n in TABLE if n.partition(".")[2] not in covered and n not in NO_FILE]
    assert not missing


NO_FILE = frozenset({"stablehlo.return", "stablehlo.tuple", "chlo.erf"})
NO_FILE |= {f"stablehlo.{name}" for name in ("composite", "infeed", "outfeed", "send", "recv")}
"""Ops that only occur inside other ops' files, or in `test_control_flow.py`."""
