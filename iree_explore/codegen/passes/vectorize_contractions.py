# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products and convolutions as register-blocked micro-kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.codegen.structured import is_contraction
from iree_explore.codegen.vectorizer import vectorize_groups
from iree_explore.context import CompilerContext


@dataclass(frozen=True)
class VectorizeContractions(ModulePass):
    """Turns multiply-add reductions into loops around a block of accumulators in registers."""

    name = "executable-targets-vectorize-contractions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        vectorize_groups(
            cast(CompilerContext, ctx),
            op,
            "VectorizeContractions",
            lambda group: is_contraction(group.root),
        )
