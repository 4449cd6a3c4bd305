# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the initializers of constant globals at compile time, on NumPy; values become parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute
from xdsl.passes import ModulePass

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import (
    GlobalOp,
    GlobalStoreOp,
    InitializerOp,
    ParameterNamedAttr,
)
from iree_explore.linalg.constants import Constants
from iree_explore.linalg.evaluate import Evaluator

SCOPE = "hoisted"


@dataclass(frozen=True)
class JitGlobals(ModulePass):
    """Evaluates initializers of immutable globals; equal elements become a splat.

    Before:

    ```mlir
    util.global private @g : tensor<4xf32>
    util.initializer {
      %0 = arith.constant dense<2.0> : tensor<4xf32>
      %1 = tensor.empty() : tensor<4xf32>
      %2 = linalg.exp ins(%0 : tensor<4xf32>) outs(%1 : tensor<4xf32>) -> tensor<4xf32>
      util.global.store %2, @g : tensor<4xf32>
      util.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @g = dense<7.38905573> : tensor<4xf32>
    }
    ```
    """

    name = "global-optimization-jit-globals"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        globals_ = {g.sym_name.data: g for g in op.body.block.ops if isinstance(g, GlobalOp)}
        evaluator: Evaluator | None = None
        constants: Constants | None = None
        for initializer in [o for o in op.body.block.ops if isinstance(o, InitializerOp)]:
            stores = [o for o in initializer.body.walk() if isinstance(o, GlobalStoreOp)]
            targets = [globals_[s.global_.root_reference.data] for s in stores]
            if len(stores) != 1 or targets[0].is_mutable:
                continue
            constants = constants or Constants(op)
            if not _is_constant(constants, initializer):
                continue
            evaluator = evaluator or Evaluator(op, context.parameters, run_initializers=False)
            with np.errstate(all="ignore"):
                evaluator.run_region(initializer.body, [], {})
            value = np.asarray(evaluator.globals[targets[0].sym_name.data])
            set_value(context, targets[0], initializer, value)
            constants.immutable.add(targets[0].sym_name.data)
        for target in globals_.values():
            initial = target.initial_value
            if isinstance(initial, DenseIntOrFPElementsAttr) and not target.is_mutable:
                set_value(context, target, None, elements.to_numpy(initial))


def _is_constant(constants: Constants, initializer: InitializerOp) -> bool:
    return all(
        constants.is_constant_op(o)
        for o in initializer.body.block.ops
        if not isinstance(o, GlobalStoreOp) and o.results
    )


def set_value(
    ctx: CompilerContext, target: GlobalOp, initializer: InitializerOp | None, value: np.ndarray
) -> None:
    """Gives a global its value as a splat or a parameter, and removes its initializer."""
    name, type_ = target.sym_name.data, cast(TensorType, target.type)
    initial = initial_value(ctx, name, type_, value)
    if initial == target.initial_value:
        return
    matched = (target,) if initializer is None else (target, initializer)
    with provenance.rewriting(ctx, "JitGlobal", *matched) as rewriter:
        target.properties["initial_value"] = initial
        rewriter.notify_op_modified(target)
        if initializer is not None:
            rewriter.erase(initializer)


def initial_value(
    ctx: CompilerContext, name: str, type_: TensorType, value: np.ndarray
) -> Attribute:
    """What the immutable global `name` is initialized with: a splat, or a new parameter."""
    if value.size <= elements.MOST_COMPARED or not any(value.strides):
        attr = elements.of_type(type_, value)
        if elements.is_splat(attr):
            return attr
    ctx.parameters.add(SCOPE, name, np.ascontiguousarray(value))
    return ParameterNamedAttr(StringAttr(SCOPE), StringAttr(name), type_)
