# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Instructions whose result nothing reads are not run at every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.traits import Pure

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.vm import dialect as vm


@dataclass(frozen=True)
class EliminateDeadCode(ModulePass):
    """Removes pure instructions and loads of globals that have no uses.

    Before:

    ```mlir
    vm.module @module {
      vm.func @f () -> () {
        %0 = vm.const 3 : i64 -> i64
        %1 = vm.add.i64 %0, %0
        vm.return
      }
    }
    ```

    After:

    ```mlir
    builtin.module {
      vm.module @module {
        vm.func @f () -> () {
          vm.return
        }
      }
    }
    ```
    """

    name = "vm-eliminate-dead-code"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for module in op.body.block.ops:
            if isinstance(module, vm.ModuleOp):
                for function in module.body.block.ops:
                    if isinstance(function, vm.FuncOp):
                        _clean(cast(CompilerContext, ctx), function)


def _clean(ctx: CompilerContext, function: vm.FuncOp) -> None:
    dead: list[Operation] = []
    gone: set[Operation] = set()
    for block in reversed(list(function.body.blocks)):
        for op in reversed(list(block.ops)):
            removable = op.has_trait(Pure) or isinstance(op, vm.GlobalLoadOp)
            if removable and all(u.operation in gone for r in op.results for u in r.uses):
                gone.add(op)
                dead.append(op)
    if dead:
        with provenance.rewriting(ctx, "EliminateDeadCode", *dead) as rewriter:
            for op in dead:
                rewriter.erase(op)
