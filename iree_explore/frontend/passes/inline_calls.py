# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`import-inline-calls`: private functions disappear into their callers and composites."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.ops.control import CompositeOp
from iree_explore.walk import walk


@dataclass(frozen=True)
class InlineCalls(ModulePass):
    """Replaces every `func.call` and `stablehlo.composite` by the body of its function.

    Before:

    ```mlir
    func.func private @twice(%x: i32) -> i32 {
      %y = arith.addi %x, %x : i32
      func.return %y : i32
    }
    func.func @main(%x: i32) -> i32 {
      %y = func.call @twice(%x) : (i32) -> i32
      func.return %y : i32
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func private @twice(%x: i32) -> i32 {
        %y = arith.addi %x, %x : i32
        func.return %y : i32
      }
      func.func @main(%x: i32) -> i32 {
        %y = arith.addi %x, %x : i32
        func.return %y : i32
      }
    }
    ```
    """

    name = "import-inline-calls"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        functions = {f.sym_name.data: f for f in op.body.block.ops if isinstance(f, func.FuncOp)}
        done: set[str] = set()
        for name in functions:
            _inline_into(ctx, functions, name, done, ())


def _inline_into(
    ctx: CompilerContext,
    functions: dict[str, func.FuncOp],
    name: str,
    done: set[str],
    path: tuple[str, ...],
) -> None:
    """Callees first, so that each body is inlined when it has no calls left."""
    if name in path:
        cycle = " -> ".join((*path[path.index(name) :], name))
        raise GapError("IX203", f"func.call: recursion cannot be compiled: {cycle}")
    if name in done:
        return
    calls = [op for op in walk(functions[name]) if isinstance(op, func.CallOp | CompositeOp)]
    for call in calls:
        symbol = call.callee if isinstance(call, func.CallOp) else call.decomposition
        callee = functions.get(symbol.root_reference.data)
        if callee is None or not callee.body.blocks:
            continue
        _inline_into(ctx, functions, callee.sym_name.data, done, (*path, name))
        if len(callee.body.blocks) == 1:
            _inline(ctx, call, callee)
    done.add(name)


def _inline(ctx: CompilerContext, call: Operation, callee: func.FuncOp) -> None:
    """Puts a clone of the body before the call; cloned ops keep ids, so they descend from it."""
    block = callee.body.clone().block
    with rewriting(ctx, "InlineCall", call) as rewriter:
        last = block.last_op
        assert isinstance(last, func.ReturnOp)
        replaced = dict(zip(block.args, call.operands, strict=True))
        results = [replaced.get(r, r) for r in last.operands]  # pyright: ignore[reportArgumentType, reportCallIssue]
        last.detach()
        last.erase()
        rewriter.inline_block(block, InsertPoint.before(call), call.operands)
        rewriter.replace(call, [], results)
