# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`TABLE`: every op row by op name. To add an op, add a row to a family (docs/adding_an_op.md)."""

from __future__ import annotations

from iree_explore.stablehlo.base import OpRow
from iree_explore.stablehlo.ops import (
    batch_norm,
    chlo,
    chlo_math,
    chlo_ragged,
    collectives,
    contraction,
    control,
    conversions,
    convolution,
    custom_call,
    deprecated,
    elementwise,
    fft,
    indexing,
    linear_algebra,
    quantize,
    random,
    reductions,
    scan,
    scatter,
    shaping,
    slicing,
    sorting,
    tokens,
)

FAMILIES = (
    elementwise,
    conversions,
    quantize,
    shaping,
    slicing,
    indexing,
    contraction,
    convolution,
    fft,
    linear_algebra,
    reductions,
    scan,
    scatter,
    sorting,
    control,
    custom_call,
    random,
    batch_norm,
    deprecated,
    tokens,
    collectives,
    chlo,
    chlo_math,
    chlo_ragged,
)

TABLE: dict[str, OpRow] = {row.name: row for family in FAMILIES for row in family.ROWS}
