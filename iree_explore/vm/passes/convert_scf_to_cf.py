# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Structured control flow of the host program becomes blocks and branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import cf, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import BlockInsertPoint, InsertPoint
from xdsl.transforms.convert_scf_to_cf import ForLowering, IfLowering

from iree_explore.context import CompilerContext
from iree_explore.provenance import apply_patterns
from iree_explore.stream.host import host_functions
from iree_explore.walk import walk


@dataclass(frozen=True)
class ConvertScfToCf(ModulePass):
    """Lowers `scf.if`, `scf.for` and `scf.while` of host functions.

    Before:

    ```mlir
    func.func @f(%a: i32, %n: i32) -> i32 {
      %r = scf.while (%x = %a) : (i32) -> i32 {
        %c = arith.cmpi slt, %x, %n : i32
        scf.condition(%c) %x : i32
      } do {
      ^bb0(%y: i32):
        %z = arith.addi %y, %y : i32
        scf.yield %z : i32
      }
      func.return %r : i32
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: i32, %n: i32) -> i32 {
        cf.br ^bb1(%a : i32)
      ^bb1(%x: i32):
        %c = arith.cmpi slt, %x, %n : i32
        cf.cond_br %c, ^bb2(%x : i32), ^bb3(%x : i32)
      ^bb2(%y: i32):
        %z = arith.addi %y, %y : i32
        cf.br ^bb1(%z : i32)
      ^bb3(%r: i32):
        func.return %r : i32
      }
    }
    ```
    """

    name = "vm-convert-scf-to-cf"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in host_functions(op):
            if any(o.name.startswith("scf.") for o in walk(function)):
                context = cast(CompilerContext, ctx)
                apply_patterns(context, function, IfLowering(), ForLowering(), LowerWhile())


class LowerWhile(RewritePattern):
    """`scf.while`: the block before, the condition's block, the body's block, the rest."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: scf.WhileOp, rewriter: PatternRewriter, /) -> None:
        start = op.parent_block()
        assert start is not None
        rest = start.split_before(op)
        before, after = op.before_region.first_block, op.after_region.first_block
        before_end, after_end = op.before_region.last_block, op.after_region.last_block
        assert before is not None and after is not None
        assert before_end is not None and after_end is not None
        for result in op.results:
            argument = rewriter.insert_block_argument(rest, len(rest.args), result.type)
            result.replace_all_uses_with(argument)
        condition = cast(scf.ConditionOp, before_end.last_op)
        rewriter.replace(
            condition,
            cf.ConditionalBranchOp(
                condition.condition, after, condition.args, rest, condition.args
            ),
        )
        terminator = after_end.last_op
        assert terminator is not None
        rewriter.replace(terminator, cf.BranchOp(before, *terminator.operands))
        rewriter.insert(cf.BranchOp(before, *op.arguments), InsertPoint.at_end(start))
        rewriter.inline_region(op.before_region, BlockInsertPoint.before(rest))
        rewriter.inline_region(op.after_region, BlockInsertPoint.before(rest))
        rewriter.erase(op)
