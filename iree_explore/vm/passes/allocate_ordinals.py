# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Symbols get numbers: the runtime calls and loads by index."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import integer
from iree_explore.vm import dialect as vm

_NUMBERED = (vm.ImportOp, vm.FuncOp, vm.GlobalOp)


@dataclass(frozen=True)
class AllocateOrdinals(ModulePass):
    """Numbers imports, functions and globals, each from 0 in module order.

    Before:

    ```mlir
    vm.module @module {
      vm.import @hal.devices.get
      vm.func @f () -> () {
        vm.return
      }
    }
    ```

    After:

    ```mlir
    builtin.module {
      vm.module @module {
        vm.import @hal.devices.get attributes {ordinal = 0 : i32}
        vm.func @f () -> () attributes {ordinal = 0 : i32} {
          vm.return
        }
      }
    }
    ```
    """

    name = "vm-allocate-ordinals"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for module in op.body.block.ops:
            if not isinstance(module, vm.ModuleOp):
                continue
            counts: Counter[str] = Counter()
            for inner in module.body.block.ops:
                if type(inner) in _NUMBERED:
                    with provenance.rewriting(context, "AllocateOrdinal", inner) as rewriter:
                        inner.properties["ordinal"] = integer(counts[inner.name], i32)
                        rewriter.notify_op_modified(inner)
                    counts[inner.name] += 1
