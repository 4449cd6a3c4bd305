# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Executables on their way from `flow` to `stream`: dispatch tensors become bindings."""

from __future__ import annotations

from typing import cast

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import index_constant
from iree_explore.flow import dialect as flow
from iree_explore.stream import dialect as stream


def convert_executable(ctx: CompilerContext, op: flow.ExecutableOp) -> None:
    """`flow.executable` becomes `stream.executable` with the same inner module, whose entry points
    now take `!stream.binding`s."""
    exports = [o for o in op.body.block.ops if isinstance(o, flow.ExecutableExportOp)]
    inner = next(o for o in op.body.block.ops if isinstance(o, ModuleOp))
    entries = {e.function_ref.string_value() for e in exports}
    for function in inner.body.block.ops:
        if isinstance(function, func.FuncOp) and function.sym_name.data in entries:
            bind_arguments(ctx, function)
    with provenance.rewriting(ctx, "ConvertExecutable", op, *exports) as rewriter:
        body = Block()
        properties = {"sym_name": op.sym_name}
        if op.sym_visibility is not None:
            properties["sym_visibility"] = op.sym_visibility
        new = stream.ExecutableOp.build(properties=properties, regions=[stream.region_of([])])
        body = new.body.block
        for export in exports:
            body.add_op(
                stream.ExecutableExportOp.build(
                    properties={
                        "sym_name": export.sym_name,
                        "function_ref": export.function_ref,
                    }
                )
            )
        inner.detach()
        body.add_op(inner)
        rewriter.replace(op, new, [])


def bind_arguments(ctx: CompilerContext, function: func.FuncOp) -> None:
    """Dispatch tensor arguments become bindings, seen through `stream.binding.subspan`."""
    entry = function.body.blocks[0]
    with provenance.rewriting(ctx, "BindArguments", function) as rewriter:
        at_start = InsertPoint.at_start(entry)
        for argument in list(entry.args):
            type_ = argument.type
            if not isinstance(type_, flow.DispatchTensorType):
                continue
            dims = dims_of(argument)
            count = sum(1 for d in type_.bound_type.get_shape() if d < 0)
            where = at_start
            last = _last_definition(dims, entry)
            if last is not None:
                where = InsertPoint.after(last)
            elif len(dims) < count:  # never read: any size will do
                zero = index_constant(0)
                rewriter.insert(zero, where)
                dims = [zero.result] * count
            uses = list(argument.uses)
            binding = rewriter.replace_value_with_new_type(argument, stream.BindingType())
            subspan = stream.BindingSubspanOp(binding, dims, type_)
            rewriter.insert(subspan, where)
            subspan.result.name_hint = binding.name_hint
            for use in uses:
                use.operation.operands[use.index] = subspan.result
        function.update_function_type()
        rewriter.notify_op_modified(function)


def dims_of(argument: SSAValue) -> list[SSAValue]:
    """Dynamic sizes of a dispatch tensor, as its loads and stores name them."""
    for use in argument.uses:
        user = use.operation
        if isinstance(user, flow.DispatchTensorLoadOp | flow.DispatchTensorStoreOp):
            return list(user.dims)
    return []


def _last_definition(values: list[SSAValue], block: Block) -> Operation | None:
    ops = [cast(Operation, v.owner) for v in values if not isinstance(v, BlockArgument)]
    return max(ops, key=block.get_operation_index, default=None)
