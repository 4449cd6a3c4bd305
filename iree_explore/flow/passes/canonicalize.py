# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Canonicalisation of the host program after outlining, and of the outlined functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg.canonicalize import EraseDeadOp, FoldScalarOp
from iree_explore.linalg.equality import eliminate_common_subexpressions, functions


@dataclass(frozen=True)
class Canonicalize(ModulePass):
    """Removes what outlining left behind on the host: unused constants, fills and sizes.

    Before:

    ```mlir
    func.func @f(%n: index) -> index {
      %0 = tensor.empty(%n) : tensor<?xf32>
      %1 = arith.muli %n, %n : index
      %2 = arith.muli %n, %n : index
      %3 = arith.addi %1, %2 : index
      func.return %3 : index
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%n: index) -> index {
        %0 = arith.muli %n, %n : index
        %1 = arith.addi %0, %0 : index
        func.return %1 : index
      }
    }
    ```
    """

    name = "flow-canonicalize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for function in functions(op):
            host = function.parent_op()
            assert host is not None
            provenance.apply_patterns(context, host, EraseDeadOp(), FoldScalarOp())
            eliminate_common_subexpressions(
                context, function, lambda o: o.name.startswith("arith.") and bool(o.results)
            )
