# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights are uploaded once, when the module is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import (
    UPDATED,
    GlobalOp,
    GlobalStoreOp,
    InitializerOp,
    ParameterNamedAttr,
    ReturnOp,
)
from iree_explore.hal import host_ops as hal
from iree_explore.hal.types import BufferType, BufferViewType
from iree_explore.stream.affinity import affinity_of


@dataclass(frozen=True)
class InitializeGlobals(ModulePass):
    """Gives globals with a named parameter an initializer that loads it.

    Before:

    ```mlir
    util.global private @w = #flow.parameter.named<"model"::"w"> : !hal.buffer
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @w : !hal.buffer
      util.initializer {
        %0 = hal.devices.get : !hal.device
        %1 = hal.parameter.load %0 parameter("model", "w") : !hal.buffer
        util.global.store %1, @w : !hal.buffer
        util.return
      }
    }
    ```
    """

    name = "hal-initialize-globals"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        last: GlobalOp | InitializerOp | None = None
        block = Block()
        for inner in list(op.body.block.ops):
            if isinstance(inner, GlobalOp) and isinstance(inner.initial_value, ParameterNamedAttr):
                with provenance.rewriting(context, "InitializeGlobal", inner) as rewriter:
                    last = initialize(rewriter, inner, block)
        if last is not None:
            with provenance.rewriting(context, "InitializeGlobals", last) as rewriter:
                rewriter.insert(ReturnOp(), InsertPoint.at_end(block))
                rewriter.insert(InitializerOp(Region(block)), InsertPoint.after(last))


def initialize(rewriter, op: GlobalOp, block: Block) -> GlobalOp:
    """Replaces the initial value by a load and a store at the end of the initializer's `block`."""
    initial = cast(ParameterNamedAttr, op.initial_value)
    visibility = op.sym_visibility.data if op.sym_visibility else None
    mutable = op.is_mutable is not None
    view = isinstance(op.type, BufferViewType)  # its shape is known at run time
    type_ = BufferViewType() if view else BufferType()
    new = GlobalOp(op.sym_name.data, type_, mutable=mutable, visibility=visibility)
    new.attributes.update(op.attributes)
    end = InsertPoint.at_end(block)
    affinity = affinity_of(op)
    gets = [o for o in block.ops if isinstance(o, hal.DevicesGetOp) and o.affinity == affinity]
    if not gets:
        gets = [hal.DevicesGetOp(affinity)]
        rewriter.insert(gets, end)
    device = gets[0].result
    own = UPDATED in op.attributes
    load = hal.ParameterLoadOp(device, initial.scope.data, initial.key.data, type_, own=own)
    rewriter.insert((load, GlobalStoreOp(load.result, op.sym_name.data)), end)
    rewriter.replace(op, new, [])
    return new
