# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Equal constants of a function share one register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.vm import dialect as vm


@dataclass(frozen=True)
class DeduplicateConstants(ModulePass):
    """Keeps one constant of each value, at the start of its function.

    Before:

    ```mlir
    vm.module @module {
      vm.func @f () -> i64 {
        %0 = vm.const 3 : i64 -> i64
        %1 = vm.const 3 : i64 -> i64
        %2 = vm.add.i64 %0, %1
        vm.return %2 : i64
      }
    }
    ```

    After:

    ```mlir
    builtin.module {
      vm.module @module {
        vm.func @f () -> i64 {
          %0 = vm.const 3 : i64 -> i64
          %1 = vm.add.i64 %0, %0
          vm.return %1 : i64
        }
      }
    }
    ```
    """

    name = "vm-deduplicate-constants"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for module in op.body.block.ops:
            if isinstance(module, vm.ModuleOp):
                for function in module.body.block.ops:
                    if isinstance(function, vm.FuncOp):
                        deduplicate(cast(CompilerContext, ctx), function)


def deduplicate(ctx: CompilerContext, function: vm.FuncOp) -> None:
    """Merges the constants of one function."""
    groups: dict[tuple[Attribute, Attribute], list[Operation]] = {}
    for block in function.body.blocks:
        for op in block.ops:
            if type(op) is vm.ConstOp or type(op) is vm.RodataInlineOp:
                groups.setdefault((op.properties["value"], op.results[0].type), []).append(op)
    entry = function.body.blocks[0]
    for kept, *others in groups.values():
        if others:
            with provenance.rewriting(ctx, "DeduplicateConstant", kept, *others) as rewriter:
                kept.detach()
                rewriter.insert(kept, InsertPoint.at_start(entry))
                for other in others:
                    rewriter.replace(other, [], kept.results)
