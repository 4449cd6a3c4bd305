# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Globals whose shape changes hold buffer views, which know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import (
    GlobalLoadOp,
    GlobalOp,
    GlobalStoreOp,
    ParameterNamedAttr,
)
from iree_explore.hal.dialect import TensorExportOp
from iree_explore.hal.passes.wrap_entry_points import TYPE, import_view, sizes_of
from iree_explore.hal.types import BufferViewType
from iree_explore.walk import walk


@dataclass(frozen=True)
class WrapDynamicGlobals(ModulePass):
    """Turns globals of unknown shape into globals that hold `!hal.buffer_view`: loads import one,
    stores export one.

    Before:

    ```mlir
    util.global private mutable @v = #flow.parameter.named<"model"::"v"> : tensor<?xf32>
    func.func private @twice() {
      %0 = util.global.load @v : tensor<?xf32>
      util.global.store %0, @v : tensor<?xf32>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private mutable @v attributes {iree.abi.type = tensor<?xf32>} = #flow.parameter.named<"model"::"v"> : !hal.buffer_view
      func.func private @twice() {
        %0 = util.global.load @v : !hal.buffer_view
        %1 = hal.buffer_view.dim %0 dim(0 : i64) : index
        %2 = hal.tensor.import %0{%1} : !hal.buffer_view -> tensor<?xf32>
        %3 = arith.constant 0 : index
        %4 = tensor.dim %2, %3 : tensor<?xf32>
        %5 = hal.tensor.export %2{%4} : tensor<?xf32> -> !hal.buffer_view
        util.global.store %5, @v : !hal.buffer_view
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "abi-wrap-dynamic-globals"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for declared in list(op.body.block.ops):
            if isinstance(declared, GlobalOp) and _is_dynamic(declared.type):
                _wrap_global(context, declared)
        for inner in walk(op):
            if type(inner) is GlobalLoadOp and _is_dynamic(inner.result.type):
                _wrap_load(context, inner)
            elif type(inner) is GlobalStoreOp and _is_dynamic(inner.value.type):
                _wrap_store(context, inner)


def _is_dynamic(type_: object) -> bool:
    return isinstance(type_, TensorType) and not type_.has_static_shape()


def _wrap_global(ctx: CompilerContext, op: GlobalOp) -> None:
    initial = op.initial_value
    if isinstance(initial, ParameterNamedAttr):
        initial = ParameterNamedAttr(initial.scope, initial.key, BufferViewType())
    with provenance.rewriting(ctx, "WrapDynamicGlobal", op) as rewriter:
        new = GlobalOp(
            op.sym_name.data,
            BufferViewType(),
            initial,
            mutable=op.is_mutable is not None,
            visibility=op.sym_visibility.data if op.sym_visibility else None,
        )
        new.attributes.update(op.attributes)
        new.attributes.setdefault(TYPE, op.type)
        rewriter.replace(op, new, [])


def _wrap_load(ctx: CompilerContext, op: GlobalLoadOp) -> None:
    with provenance.rewriting(ctx, "WrapDynamicLoad", op) as rewriter:
        rewriter.insertion_point = InsertPoint.before(op)
        load = GlobalLoadOp(op.global_.string_value(), BufferViewType())
        rewriter.insert(load)
        imported = import_view(rewriter, load.result, cast(TensorType, op.result.type))
        rewriter.replace(op, [], [imported])


def _wrap_store(ctx: CompilerContext, op: GlobalStoreOp) -> None:
    with provenance.rewriting(ctx, "WrapDynamicStore", op) as rewriter:
        rewriter.insertion_point = InsertPoint.before(op)
        export = TensorExportOp.build(
            operands=[op.value, sizes_of(rewriter, op.value)], result_types=[BufferViewType()]
        )
        rewriter.insert(export)
        rewriter.replace(op, GlobalStoreOp(export.result, op.global_.string_value()), [])
