# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Places local buffers in the workgroup's memory and says how much of it there must be."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import IndexType, IntegerAttr, MemRefType, ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from iree_explore.codegen.dialect import LocalMemoryOp
from iree_explore.codegen.plan import bits
from iree_explore.codegen.target import export_of
from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.walk import walk

ALIGNMENT = 64


@dataclass(frozen=True)
class PlanLocalMemory(ModulePass):
    """Gives every local buffer its offset; buffers not needed at the same time share memory.

    Before:

    ```mlir
    func.func @entry() {
      %i = arith.constant 0 : index
      %0 = iree_codegen.local_memory : memref<20xf32>
      %1 = iree_codegen.local_memory : memref<4xf64>
      %2 = memref.load %0[%i] : memref<20xf32>
      %3 = memref.load %1[%i] : memref<4xf64>
      memref.store %2, %0[%i] : memref<20xf32>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %i = arith.constant 0 : index
        %0 = iree_codegen.local_memory offset(0 : index) : memref<20xf32>
        %1 = iree_codegen.local_memory offset(128 : index) : memref<4xf64>
        %2 = memref.load %0[%i] : memref<20xf32>
        %3 = memref.load %1[%i] : memref<4xf64>
        memref.store %2, %0[%i] : memref<20xf32>
        func.return
      }
    }
    ```
    """

    name = "executable-targets-plan-local-memory"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for func in op.body.block.ops:
            if isinstance(func, FuncOp):
                plan(context, op, func)


def plan(ctx: CompilerContext, module: ModuleOp, func: FuncOp) -> None:
    """Places the local buffers of one entry function."""
    total = 0
    locals_ = [o for o in walk(func) if isinstance(o, LocalMemoryOp)]
    for local, offset, nbytes in place_buffers(locals_):
        with rewriting(ctx, "PlaceLocalBuffer", local) as rewriter:
            local.properties["byte_offset"] = IntegerAttr(offset, IndexType())
            rewriter.notify_op_modified(local)
        total = max(total, offset + nbytes)
    export = export_of(module, func.sym_name.data)
    if export is not None and total:
        with rewriting(ctx, "SetLocalMemory", export) as rewriter:
            size = IntegerAttr(total, IndexType())
            export.properties["workgroup_local_memory"] = size
            rewriter.notify_op_modified(export)


def place_buffers(locals_: list[LocalMemoryOp]) -> list[tuple[LocalMemoryOp, int, int]]:
    """(buffer, offset, bytes): first fit among the buffers alive at the same time."""
    placed: list[tuple[int, int, int, int]] = []
    result = []
    order: dict[Operation, int] = {}
    if locals_ and locals_[0].parent is not None:
        order = {op: i for i, op in enumerate(locals_[0].parent.ops)}
    for local in locals_:
        type_ = local.result.type
        assert isinstance(type_, MemRefType)
        nbytes = prod(type_.get_shape()) * max(1, bits(type_.element_type) // 8)
        nbytes = -(-nbytes // ALIGNMENT) * ALIGNMENT
        begin, end = _lifetime(local, order)
        offset = 0
        for start, size, b, e in sorted(placed):
            if b <= end and begin <= e and offset < start + size and start < offset + nbytes:
                offset = start + size
        placed.append((offset, nbytes, begin, end))
        result.append((local, offset, nbytes))
    return result


def _lifetime(local: LocalMemoryOp, order: dict[Operation, int]) -> tuple[int, int]:
    """First and last op of the block that touches the buffer, itself or nested ops."""
    positions = []
    block = local.parent
    for use in local.result.uses:
        op: Operation | None = use.operation
        while op is not None and op.parent is not block:
            op = op.parent_op()
        if op is not None:
            positions.append(order.get(op, 0))
    return (min(positions), max(positions)) if positions else (0, 0)
