# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Everything that is not a contraction, as loops of vector code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.codegen.vectorizer import vectorize_groups
from iree_explore.context import CompilerContext


@dataclass(frozen=True)
class VectorizeGeneric(ModulePass):
    """Turns linalg ops on buffers into loops whose cheapest dimension is a vector."""

    name = "executable-targets-vectorize-generic"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        vectorize_groups(cast(CompilerContext, ctx), op, "VectorizeGeneric", lambda group: True)
