# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is known of sizes has served its purpose once loops are vector code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import AssumeIntOp
from iree_explore.provenance import rewriting
from iree_explore.walk import walk


@dataclass(frozen=True)
class DropCompilerHints(ModulePass):
    """Removes `util.assume.int`.

    Before:

    ```mlir
    func.func @f(%a: index) -> index {
      %0 = util.assume.int %a <umin = 0, umax = 31> : index
      func.return %0 : index
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: index) -> index {
        func.return %a : index
      }
    }
    ```
    """

    name = "executable-targets-drop-compiler-hints"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in list(walk(op)):
            if isinstance(inner, AssumeIntOp):
                with rewriting(cast(CompilerContext, ctx), "DropCompilerHint", inner) as rewriter:
                    rewriter.replace(inner, [], [inner.value])
