# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`SAMPLES`: small programs for every op of the specification, by op name.

The coverage matrix executes them (`recording/coverage.py`). An op needs one sample a code path; an
op of the specification that has samples but no row shows as not imported. See docs/adding_an_op.md.
"""

from __future__ import annotations

from iree_explore.stablehlo.samples import (
    chlo,
    collectives,
    contraction,
    control,
    convolution,
    deprecated,
    elementwise,
    indexing,
    numeric,
    reductions,
    shaping,
    slicing,
)
from iree_explore.stablehlo.samples.base import Program, Sample

__all__ = ["FAMILIES", "SAMPLES", "Program", "Sample"]

FAMILIES = (
    elementwise,
    shaping,
    slicing,
    indexing,
    contraction,
    convolution,
    reductions,
    numeric,
    control,
    collectives,
    deprecated,
    chlo,
)

SAMPLES: dict[str, tuple[Sample, ...]] = {}
for _family in FAMILIES:
    for _sample in _family.SAMPLES:
        SAMPLES[_sample.op] = (*SAMPLES.get(_sample.op, ()), _sample)
