# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Canonicalisation and CSE of tensor programs; the patterns are in linalg/canonicalize.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg.canonicalize import CANONICALIZE, PURE
from iree_explore.linalg.equality import eliminate_common_subexpressions, functions


@dataclass(frozen=True)
class Canonicalize(ModulePass):
    """Folds sizes, scalars and reshapes, merges equal ops, removes dead ones.

    Before:

    ```mlir
    func.func @f(%a: tensor<4x8xf32>) -> index {
      %0 = arith.constant 1 : index
      %1 = tensor.dim %a, %0 : tensor<4x8xf32>
      %2 = arith.addi %1, %0 : index
      func.return %2 : index
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<4x8xf32>) -> index {
        %0 = arith.constant 9 : index
        func.return %0 : index
      }
    }
    ```
    """

    name = "global-optimization-canonicalize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        canonicalize(cast(CompilerContext, ctx), op)


def canonicalize(ctx: CompilerContext, module: ModuleOp) -> None:
    """Patterns, then CSE, then what CSE made possible."""
    provenance.apply_patterns(ctx, module, *CANONICALIZE())
    merged = 0
    for block in functions(module):
        merged += eliminate_common_subexpressions(ctx, block, mergeable)
    if merged:
        provenance.apply_patterns(ctx, module, *CANONICALIZE())


def mergeable(op: Operation) -> bool:
    """Pure ops of value semantics; loads of globals are merged by their own pass."""
    return op.name.partition(".")[0] in PURE and bool(op.results)
