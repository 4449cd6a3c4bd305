# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lowerings of the TensorFlow ops that TensorFlow's own passes leave, mostly for unknown shapes.

One module a family; each has `PATTERNS`. A pattern matches the unregistered op by its name and
builds StableHLO, `arith`, `tensor` and `shape` ops.
"""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext
from iree_explore.provenance import apply_patterns


def lower_leftovers(ctx: CompilerContext, module: ModuleOp) -> None:
    """Applies every family's patterns until none matches."""
    from iree_explore.frontend.tensorflow.ops import (
        arrays,
        host,
        images,
        lists,
        shapes,
        slices,
        variables,
    )

    families = (shapes, slices, arrays, images, host, lists, variables)
    apply_patterns(ctx, module, *(p(ctx) for family in families for p in family.PATTERNS))
