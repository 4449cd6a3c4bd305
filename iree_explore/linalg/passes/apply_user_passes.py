# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The user's own passes, at the place where IREE runs `--iree-preprocessing-pass-pipeline`.

A name in `CompileOptions.preprocessing` is a pass of the phase table, a pass of xDSL
(`common-subexpression-elimination`), or `module:Class` of the user's own code.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.errors import ModelError


@dataclass(frozen=True)
class ApplyUserPasses(ModulePass):
    """Runs `options.preprocessing` in order; does nothing by default.

    Before:

    ```mlir
    func.func @f(%a: index) -> index {
      func.return %a : index
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

    name = "preprocessing-apply-user-passes"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for name in context.options.preprocessing:
            find(name)().apply(ctx, op)
            context.provenance.settle(op, name)


def find(name: str) -> type[ModulePass]:
    """The pass class of a name; raises `ModelError` IX204 for unknown ones."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as raised:
            raise ModelError("IX204", f"the pass {name!r} cannot be loaded: {raised}") from raised
        if not (isinstance(found, type) and issubclass(found, ModulePass)):
            raise ModelError("IX204", f"{name!r} is no xDSL ModulePass")
        return found
    from iree_explore.pipeline import PHASES  # the table imports this module

    for phase in PHASES:
        for line in phase.passes:
            if name.startswith(phase.name) and line.name == name:
                return line.load()
    from xdsl.transforms import get_all_passes

    loaders = get_all_passes()
    if name not in loaders:
        raise ModelError("IX204", f"unknown pass {name!r}", hint="iree-explore passes lists ours")
    return loaders[name]()
