# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Globals with one value everywhere become constants; globals that nobody reads disappear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Attribute
from xdsl.passes import ModulePass

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import (
    GlobalLoadOp,
    GlobalOp,
    GlobalStoreOp,
    ParameterNamedAttr,
)
from iree_explore.linalg.canonicalize import EraseDeadOp
from iree_explore.walk import walk


@dataclass(frozen=True)
class FoldGlobals(ModulePass):
    """Replaces loads of splat globals by constants and removes unused private globals.

    Before:

    ```mlir
    util.global private @zero = dense<0.0> : tensor<4xf32>
    util.global private @unused = #flow.parameter.named<"model"::"w"> : tensor<8xf32>
    func.func @f() -> tensor<4xf32> {
      %0 = util.global.load @zero : tensor<4xf32>
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f() -> tensor<4xf32> {
        %0 = arith.constant dense<0.000000e+00> : tensor<4xf32>
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """

    name = "global-optimization-fold-globals"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        provenance.apply_patterns(context, op, EraseDeadOp())
        globals_ = {g.sym_name.data: g for g in op.body.block.ops if isinstance(g, GlobalOp)}
        for load in [o for o in walk(op) if isinstance(o, GlobalLoadOp)]:
            target = globals_.get(load.global_.root_reference.data)
            if target is None or target.is_mutable is not None:
                continue
            if _is_value(target):
                with provenance.rewriting(context, "FoldGlobal", load, target) as rewriter:
                    rewriter.replace(load, arith.ConstantOp(_value(target)))  # pyright: ignore
        used = {
            o.global_.root_reference.data
            for o in walk(op)
            if isinstance(o, GlobalLoadOp | GlobalStoreOp)
        }
        for name, target in globals_.items():
            if name not in used and (
                target.sym_visibility is None or target.sym_visibility.data == "private"
            ):
                with provenance.rewriting(context, "FoldGlobal", target) as rewriter:
                    rewriter.erase(target)


def _value(target: GlobalOp) -> Attribute | None:
    initial = target.initial_value
    if isinstance(initial, DenseIntOrFPElementsAttr):
        return elements.compact(initial)
    return initial


def _is_value(target: GlobalOp) -> bool:
    initial = _value(target)
    if isinstance(initial, DenseIntOrFPElementsAttr):
        return elements.is_splat(initial)
    return initial is not None and not isinstance(initial, ParameterNamedAttr)
