# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lowerings of the TensorFlow ops that TensorFlow's own passes leave, mostly for unknown shapes.

One module a family. Those with `PATTERNS` match the unregistered op by its name and build
StableHLO, `arith`, `tensor` and `shape` ops; the others register compositions of TensorFlow ops.
"""

from __future__ import annotations

import importlib

from xdsl.dialects.builtin import ModuleOp, UnregisteredOp

from iree_explore.context import CompilerContext
from iree_explore.provenance import apply_patterns
from iree_explore.walk import walk

COMPOSED = (
    "audio", "choices", "chosen", "computed_axes", "counted", "crops", "crosses", "ctc",
    "derivatives", "detection", "diagonals", "fractional", "fused", "glimpses", "images",
    "layers", "layout", "optimizers", "patches", "quantized", "quantized_math", "ragged",
    "random", "recurrences", "recurrent", "rejection", "samplers", "segments", "sets",
    "sparse", "sparse_sets", "uniform", "warps",
)  # fmt: skip
"""Families that are small TensorFlow programs (see `composed`)."""


def lower_leftovers(ctx: CompilerContext, module: ModuleOp) -> None:
    """Applies every family's patterns until none matches."""
    from iree_explore.frontend.tensorflow.ops import (
        arrays,
        composed,
        convolutions,
        decompositions,
        fourier,
        gradients,
        host,
        indexing,
        lists,
        matrices,
        philox,
        scans,
        shapes,
        slices,
        sorting,
        special,
        variables,
        windows,
        xla,
    )

    for name in COMPOSED:
        importlib.import_module(f"iree_explore.frontend.tensorflow.ops.{name}")
    families = (
        shapes, slices, arrays, scans, indexing, sorting, matrices, windows, convolutions, fourier,
        composed, host, lists, variables, gradients, decompositions, special, philox,
    )  # fmt: skip
    rows = tuple(p(ctx) for family in families for p in family.PATTERNS)
    apply_patterns(ctx, module, *rows)
    last = composed.ComposeLast(ctx)
    if any(isinstance(op, UnregisteredOp) and last.looks_at(op) for op in walk(module)):
        apply_patterns(ctx, module, *rows, last)
    apply_patterns(ctx, module, *(p(ctx) for p in xla.PATTERNS))  # only what has no row
