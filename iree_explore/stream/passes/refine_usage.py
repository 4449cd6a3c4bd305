# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every resource gets a lifetime: who made it, who keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.util_dialect import GlobalLoadOp, GlobalOp, GlobalStoreOp
from iree_explore.stream import dialect as stream
from iree_explore.stream.dialect import ResourceType
from iree_explore.stream.host import host_functions
from iree_explore.walk import walk

_ASYNC_RESULTS = (
    stream.AsyncDispatchOp,
    stream.AsyncCloneOp,
    stream.AsyncCopyOp,
    stream.AsyncSplatOp,
    stream.AsyncAllocaOp,
)


@dataclass(frozen=True)
class RefineUsage(ModulePass):
    """Decides lifetimes: external (the caller's), constant, variable, or transient.

    Before:

    ```mlir
    func.func public @f(%v: !hal.buffer_view, %n: index) -> !hal.buffer_view {
      %x = stream.tensor.import %v : tensor<4xf32> -> !stream.resource<*>{%n}
      %y = stream.async.clone %x : !stream.resource<*> -> !stream.resource<*>{%n}
      %z = stream.async.clone %y : !stream.resource<*> -> !stream.resource<*>{%n}
      %r = stream.tensor.export %z : !stream.resource<*>{%n} -> tensor<4xf32>
      func.return %r : !hal.buffer_view
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func public @f(%v: !hal.buffer_view, %n: index) -> !hal.buffer_view {
        %x = stream.tensor.import %v : tensor<4xf32> -> !stream.resource<external>{%n}
        %y = stream.async.clone %x : !stream.resource<external> -> !stream.resource<transient>{%n}
        %z = stream.async.clone %y : !stream.resource<transient> -> !stream.resource<external>{%n}
        %r = stream.tensor.export %z : !stream.resource<external>{%n} -> tensor<4xf32>
        func.return %r : !hal.buffer_view
      }
    }
    ```
    """

    name = "stream-refine-usage"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        mutable = {
            o.sym_name.data
            for o in op.body.block.ops
            if isinstance(o, GlobalOp) and o.is_mutable is not None
        }
        for function in host_functions(op):
            for inner in walk(function):
                for result in list(inner.results):
                    if result.type == stream.resource("*"):
                        _refine(context, inner, result, lifetime_of(inner, result, mutable))
                for region in inner.regions:
                    for block in region.blocks:
                        for argument in list(block.args):
                            if argument.type == stream.resource("*"):
                                _refine(context, inner, argument, "transient")
            for inner in walk(function):
                if inner is not function and (inner.regions or _carries(inner)):
                    _transfer_operands(context, inner)


def lifetime_of(op: Operation, value: SSAValue, mutable: set[str]) -> str:
    """The lifetime of a resource that `op` makes."""
    if isinstance(op, GlobalLoadOp):
        return "variable" if op.global_.string_value() in mutable else "constant"
    if isinstance(op, stream.TensorImportOp):
        return "external"
    moves = isinstance(op, stream.AsyncTransferOp) and op.moves
    if isinstance(op, _ASYNC_RESULTS) or moves:
        return _escape(value) or "transient"
    return "transient"


def _escape(value: SSAValue) -> str | None:
    """external or variable if the value, or one that updates it in place, leaves the function."""
    for use in value.uses:
        user = use.operation
        if isinstance(user, stream.TensorExportOp):
            return "external"
        if isinstance(user, GlobalStoreOp):
            return "variable"
        if isinstance(user, stream.AsyncCopyOp) and user.target is value:
            found = _escape(user.result)
            if found is not None:
                return found
        if isinstance(user, stream.AsyncDispatchOp):
            first = len(user.workload) + len(user.scalars)
            for result, tie in zip(user.results, user.tied(), strict=True):
                if tie >= 0 and first + tie == use.index:
                    found = _escape(result)
                    if found is not None:
                        return found
    return None


def _refine(ctx: CompilerContext, op: Operation, value: SSAValue, lifetime: str) -> None:
    with provenance.rewriting(ctx, "RefineLifetime", op) as rewriter:
        rewriter.replace_value_with_new_type(value, stream.resource(lifetime))


def _carries(op: Operation) -> bool:
    """Whether the op passes its operands on to a region or block (yield, condition, branch)."""
    parent = op.parent_op()
    return bool(
        op.name in ("scf.yield", "scf.condition", "cf.br", "cf.cond_br")
        and parent is not None
        and any(isinstance(v.type, ResourceType) for v in op.operands)
    )


def _transfer_operands(ctx: CompilerContext, op: Operation) -> None:
    """Carried resources are transient on all ways in."""
    for i, value in enumerate(op.operands):
        if isinstance(value.type, ResourceType) and value.type.lifetime.data != "transient":
            with provenance.rewriting(ctx, "TransferCarriedResource", op) as rewriter:
                transfer = stream.AsyncTransferOp(value, "transient")
                rewriter.insert(transfer, InsertPoint.before(op))
                op.operands[i] = transfer.result
