# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op row with operands of unknown sizes: compiled code against what the known sizes define.

The programs are the dynamic forms of the coverage matrix's samples, one a code path.
"""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.recording import coverage_inputs
from iree_explore.recording.coverage_compare import compare
from iree_explore.stablehlo.samples import SAMPLES, Program, Sample
from iree_explore.stablehlo.table import TABLE

from .targets import run

CASES = {
    f"{op} {sample.case}".strip(): sample
    for op, samples in SAMPLES.items()
    for sample in samples
    if True in sample.variants
}
STATIC = frozenset({
    "stablehlo.constant", "chlo.constant", "stablehlo.iota", "stablehlo.replica_id",
    "stablehlo.partition_id", "stablehlo.rng_bit_generator",
})  # fmt: skip
"""Ops whose types have no unknown size: results are numbers of the program or of fixed shape."""
UNLOWERED = frozenset(f"stablehlo.{name}" for name in ("infeed", "outfeed", "send", "recv"))
"""Ops that end in an error whatever the sizes are."""


def test_every_row_has_a_program_of_unknown_sizes() -> None:
    covered = {sample.op for sample in CASES.values()}
    assert set(TABLE) - covered == STATIC | UNLOWERED


def inputs_of(program: Program) -> list[np.ndarray]:
    seed = zlib.crc32(program.text.encode())
    return [
        coverage_inputs.make(a.shape, a.element, a.values, seed + i)
        for i, a in enumerate(program.arguments)
    ]


@pytest.mark.parametrize("name", CASES)
def test_unknown_sizes_change_nothing(name: str) -> None:
    sample: Sample = CASES[name]
    element = "f32" if "f32" in sample.types else sample.types[0]
    known, unknown = (sample.program(element, dynamic) for dynamic in (False, True))
    inputs = inputs_of(known)
    wanted = run(known.text, *inputs, target="reference")
    found = run(unknown.text, *inputs, target="llvm-cpu")
    different = compare(wanted, found, sample.ulps, sample.sums)
    assert not different.problem, f"{different.problem}\n{unknown.text}"


def test_one_compilation_takes_sizes_that_its_samples_do_not_have() -> None:
    text = SAMPLES["stablehlo.dot_general"][0].program("f32", dynamic=True).text
    module = ie.compile(text, target="llvm-cpu")
    rng = np.random.default_rng(0)
    for b, m, k, n in ((1, 1, 1, 1), (0, 5, 7, 3), (2, 0, 7, 3), (2, 5, 0, 3), (3, 17, 40, 33)):
        x, y = (rng.standard_normal(s).astype(np.float32) for s in ((b, m, k), (b, k, n)))
        np.testing.assert_allclose(module.main(x, y), x @ y, rtol=1e-4, atol=1e-4)
