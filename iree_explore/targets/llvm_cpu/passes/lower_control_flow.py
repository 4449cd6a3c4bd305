# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Structured loops and branches become blocks and jumps: `scf` to `cf`.

Innermost ops go last: the body of an op is inlined before the ops inside it are looked at. A loop's
carried values are arguments of its header block. convert_to_llvm.py comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import arith, cf, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr, ModuleOp, i1, i64
from xdsl.dialects.llvm import FuncOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import BlockInsertPoint, InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.targets.llvm_cpu.conversion import gap


class LowerControlFlow(ModulePass):
    """Turns scf loops and conditionals into blocks with cf branches.

    Before:
    ```mlir
    llvm.func @entry(%c: i1) -> i32 {
      %r = scf.if %c -> (i32) {
        %a = arith.constant 1 : i32
        scf.yield %a : i32
      } else {
        %b = arith.constant 2 : i32
        scf.yield %b : i32
      }
      llvm.return %r : i32
    }
    ```

    After:
    ```mlir
    builtin.module {
      llvm.func @entry(%c: i1) -> i32 {
        cf.cond_br %c, ^bb1, ^bb2
      ^bb1:
        %a = arith.constant 1 : i32
        cf.br ^bb3(%a : i32)
      ^bb2:
        %b = arith.constant 2 : i32
        cf.br ^bb3(%b : i32)
      ^bb3(%r: i32):
        llvm.return %r : i32
      }
    }
    ```
    """

    name = "executable-targets-lower-control-flow"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for function in module.body.block.ops:
            if isinstance(function, FuncOp):
                pending = list(_structured(function.body))
                while pending:
                    op = pending.pop()
                    inner = [o for region in op.regions for o in _structured(region)]
                    _lower(ctx, op)
                    pending.extend(inner)


def _structured(region: Region) -> Iterator[Operation]:
    """Outermost scf ops of a region."""
    for block in region.blocks:
        for op in block.ops:
            if op.regions and op.name.startswith("scf."):
                yield op


def _lower(ctx: CompilerContext, op: Operation) -> None:
    rule = _RULES.get(type(op))
    if rule is None:
        raise gap(op, "only scf.for, scf.if, scf.while and scf.index_switch are known here")
    words = op.name.removeprefix("scf.").replace("_", " ").title().replace(" ", "")
    with rewriting(ctx, f"Lower{words}", op) as rewriter:
        rule(op, rewriter)


def _split(op: Operation, rewriter: PatternRewriter) -> tuple[Block, Block]:
    """The block before `op`, and a new one with everything after it."""
    before = op.parent
    assert before is not None
    following = op.next_op
    assert following is not None
    after = before.split_before(following)
    return before, after


def _inline(region: Region, before: Block, rewriter: PatternRewriter) -> tuple[Block, Block]:
    """Moves a region's blocks in front of `before`; its first and its last block."""
    first, last = region.blocks[0], region.blocks[-1]
    rewriter.inline_region(region, BlockInsertPoint.before(before))
    return first, last


def _new_block(types: list[SSAValue], before: Block, rewriter: PatternRewriter) -> Block:
    return rewriter.create_block(BlockInsertPoint.before(before), [v.type for v in types])


def _append(rewriter: PatternRewriter, block: Block, *ops: Operation) -> None:
    rewriter.insert(list(ops), InsertPoint.at_end(block))


def _lower_for(op: scf.ForOp, rewriter: PatternRewriter) -> None:
    before, after = _split(op, rewriter)
    header = _new_block([op.lb, *op.iter_args], after, rewriter)
    body, tail = _inline(op.body, after, rewriter)
    _append(rewriter, before, cf.BranchOp(header, op.lb, *op.iter_args))

    for old, new in zip(list(body.args), header.args, strict=True):
        new.name_hint = old.name_hint
        rewriter.replace_all_uses_with(old, new)
    for arg in reversed(list(body.args)):
        rewriter.erase_block_argument(arg)
    predicate = 2 if "unsignedCmp" not in op.properties else 6
    inside = arith.CmpiOp.create(
        operands=[header.args[0], op.ub],
        result_types=[i1],
        properties={"predicate": IntegerAttr(predicate, i64)},
    )
    _append(
        rewriter, header, inside, cf.ConditionalBranchOp(inside.results[0], body, [], after, [])
    )
    last = tail.last_op
    assert isinstance(last, scf.YieldOp)
    step = arith.AddiOp.create(
        operands=[header.args[0], op.step],
        result_types=[header.args[0].type],
        properties={"overflowFlags": arith.IntegerOverflowAttr("none")},
    )
    rewriter.insert(
        [step, cf.BranchOp(header, step.results[0], *last.operands)], InsertPoint.before(last)
    )
    rewriter.erase(last)
    _finish(op, list(header.args[1:]), rewriter)


def _lower_if(op: scf.IfOp, rewriter: PatternRewriter) -> None:
    before, after = _split(op, rewriter)
    arguments = [rewriter.insert_block_argument(after, i, r.type) for i, r in enumerate(op.results)]
    targets: list[Block] = []
    for region in (op.true_region, op.false_region):
        if not region.blocks:
            targets.append(after)
            continue
        first, last = _inline(region, after, rewriter)
        _yield_to(last, after, rewriter)
        targets.append(first)
    branch = cf.ConditionalBranchOp(op.cond, targets[0], [], targets[1], [])
    _append(rewriter, before, branch)
    _finish(op, arguments, rewriter)


def _lower_while(op: scf.WhileOp, rewriter: PatternRewriter) -> None:
    before, after = _split(op, rewriter)
    results = [rewriter.insert_block_argument(after, i, r.type) for i, r in enumerate(op.results)]
    head, head_tail = _inline(op.before_region, after, rewriter)
    body, body_tail = _inline(op.after_region, after, rewriter)
    _append(rewriter, before, cf.BranchOp(head, *op.arguments))
    condition = head_tail.last_op
    assert isinstance(condition, scf.ConditionOp)
    values = list(condition.args)
    rewriter.insert(
        cf.ConditionalBranchOp(condition.condition, body, values, after, values),
        InsertPoint.before(condition),
    )
    rewriter.erase(condition)
    _yield_to(body_tail, head, rewriter)
    _finish(op, results, rewriter)


def _lower_index_switch(op: scf.IndexSwitchOp, rewriter: PatternRewriter) -> None:
    before, after = _split(op, rewriter)
    arguments = [rewriter.insert_block_argument(after, i, r.type) for i, r in enumerate(op.results)]
    default, last = _inline(op.default_region, after, rewriter)
    _yield_to(last, after, rewriter)
    for case, region in zip(op.cases.get_values(), list(op.case_regions), strict=True):
        first, last = _inline(region, after, rewriter)
        _yield_to(last, after, rewriter)
        otherwise = rewriter.create_block(BlockInsertPoint.before(after), [])
        wanted = arith.ConstantOp(IntegerAttr(case, IndexType()))
        equal = arith.CmpiOp(op.arg, wanted.results[0], "eq")
        _append(
            rewriter, before, wanted, equal,
            cf.ConditionalBranchOp(equal.results[0], first, [], otherwise, []),
        )  # fmt: skip
        before = otherwise
    _append(rewriter, before, cf.BranchOp(default))
    _finish(op, arguments, rewriter)


def _lower_execute_region(op: scf.ExecuteRegionOp, rewriter: PatternRewriter) -> None:
    before, after = _split(op, rewriter)
    arguments = [rewriter.insert_block_argument(after, i, r.type) for i, r in enumerate(op.results)]
    blocks = list(op.region.blocks)
    first, _ = _inline(op.region, after, rewriter)
    for block in blocks:
        if isinstance(block.last_op, scf.YieldOp):
            _yield_to(block, after, rewriter)
    _append(rewriter, before, cf.BranchOp(first))
    _finish(op, arguments, rewriter)


def _yield_to(block: Block, target: Block, rewriter: PatternRewriter) -> None:
    """Replaces the yield at the end of `block` by a branch to `target`."""
    last = block.last_op
    assert isinstance(last, scf.YieldOp)
    rewriter.insert(cf.BranchOp(target, *last.operands), InsertPoint.before(last))
    rewriter.erase(last)


def _finish(op: Operation, results: Sequence[SSAValue], rewriter: PatternRewriter) -> None:
    for old, new in zip(op.results, results, strict=True):
        new.name_hint = new.name_hint or old.name_hint
        rewriter.replace_all_uses_with(old, new)
    rewriter.erase(op)


_RULES = {
    scf.ForOp: _lower_for,
    scf.IfOp: _lower_if,
    scf.WhileOp: _lower_while,
    scf.IndexSwitchOp: _lower_index_switch,
    scf.ExecuteRegionOp: _lower_execute_region,
}
