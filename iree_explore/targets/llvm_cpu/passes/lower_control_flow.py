# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Structured loops and branches become blocks and jumps: `scf` to `cf`.

Innermost ops go last: the body of an op is inlined before the ops inside it are looked at. A loop's
carried values are arguments of its body, which is tested at its end, where the loop goes on: what
runs at least once needs no other test. convert_to_llvm.py comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import arith, cf, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr, ModuleOp, i1, i32, i64
from xdsl.dialects.llvm import FuncOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass

from iree_explore.codegen.bounds import known_values
from iree_explore.codegen.dialect import LOOP_ANNOTATION
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import integers, make
from iree_explore.provenance import created, op_id
from iree_explore.targets.llvm_cpu.conversion import constant_of, gap


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
        ctx.check_cancelled()


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
    number = op_id(op)
    rewrite = _Rewrite(op)
    rule(op, rewrite)
    place = rule.__code__.co_filename, rule.__code__.co_firstlineno
    created(ctx, number, rewrite.made, f"Lower{words}", place, (number, *rewrite.gone))


class _Rewrite:
    """The blocks around an op that is being lowered, what was made and the ids that are gone."""

    def __init__(self, op: Operation) -> None:
        assert op.parent is not None and op.next_op is not None
        self.made: list[Operation] = []
        self.gone: list[int] = []
        self.before = op.parent
        self.after = op.parent.split_before(op.next_op)

    def inline(self, region: Region) -> tuple[Block, Block]:
        """Moves a region's blocks in front of `after`; its first and its last block."""
        first, last = region.blocks[0], region.blocks[-1]
        region.move_blocks_before(self.after)
        return first, last

    def append(self, block: Block, op: Operation) -> Operation:
        """Adds a new op at the end of a block."""
        block.add_op(op)
        self.made.append(op)
        return op

    def branch(self, block: Block, target: Block, values: Sequence[SSAValue] = ()) -> Operation:
        """Ends a block by a jump."""
        return self.append(block, cf.BranchOp.create(operands=values, successors=[target]))

    def cond_branch(
        self,
        block: Block,
        condition: SSAValue,
        then: tuple[Block, Sequence[SSAValue]],
        otherwise: tuple[Block, Sequence[SSAValue]],
    ) -> Operation:
        """Ends a block by a choice between two blocks, with what is passed to each."""
        sizes = integers((1, len(then[1]), len(otherwise[1])), i32)
        op = cf.ConditionalBranchOp.create(
            operands=[condition, *then[1], *otherwise[1]],
            successors=[then[0], otherwise[0]],
            properties={"operandSegmentSizes": sizes},
        )
        return self.append(block, op)

    def less(self, block: Block, a: SSAValue, b: SSAValue, predicate: IntegerAttr) -> SSAValue:
        """Adds a comparison of integers."""
        compare = make(arith.CmpiOp, (a, b), (i1,), {"predicate": predicate})
        return self.append(block, compare).results[0]

    def end_of(self, block: Block) -> list[SSAValue]:
        """Takes the terminator off a block; its operands."""
        last = block.last_op
        assert isinstance(last, scf.YieldOp | scf.ConditionOp)
        values = list(last.operands)
        self.gone.append(op_id(last))
        block.erase_op(last)
        return values

    def yield_to(self, block: Block, target: Block) -> Operation:
        """Replaces the yield at the end of `block` by a jump to `target`."""
        return self.branch(block, target, self.end_of(block))

    def results_in(self, block: Block, op: Operation) -> None:
        """Makes the results of `op` arguments of `block`."""
        arguments = [block.insert_arg(r.type, i) for i, r in enumerate(op.results)]
        self.finish(op, arguments)

    def finish(self, op: Operation, results: Sequence[SSAValue]) -> None:
        """Replaces the op's results and erases it."""
        for old, new in zip(op.results, results, strict=True):
            new.name_hint = new.name_hint or old.name_hint
            old.replace_all_uses_with(new)
        assert op.parent is not None
        op.parent.erase_op(op)


_SLT, _ULT, _EQ = IntegerAttr(2, i64), IntegerAttr(6, i64), IntegerAttr(0, i64)
_NO_OVERFLOW = {"overflowFlags": arith.IntegerOverflowAttr("none")}


def _lower_for(op: scf.ForOp, rewrite: _Rewrite) -> None:
    before, after = rewrite.before, rewrite.after
    lower, upper, step, *initial = op.operands
    predicate = _ULT if "unsignedCmp" in op.properties else _SLT
    body, tail = rewrite.inline(op.body)
    values = rewrite.end_of(tail)
    add = make(arith.AddiOp, (body.args[0], step), (lower.type,), _NO_OVERFLOW)
    following = rewrite.append(tail, add).results[0]
    again = rewrite.less(tail, following, upper, predicate)
    first, end = constant_of(lower), constant_of(upper)
    if end is None:
        end = min(known_values(upper), default=None)
    if first is not None and end is not None and 0 <= first < end:
        rewrite.branch(before, body, [lower, *initial])
        latch = rewrite.cond_branch(tail, again, (body, [following, *values]), (after, []))
        rewrite.finish(op, values)
    else:
        latch = rewrite.cond_branch(tail, again, (body, [following, *values]), (after, values))
        rewrite.results_in(after, op)
        runs = rewrite.less(before, lower, upper, predicate)
        rewrite.cond_branch(before, runs, (body, [lower, *initial]), (after, initial))
    _annotate(latch, op)


def _lower_if(op: scf.IfOp, rewrite: _Rewrite) -> None:
    after = rewrite.after
    targets: list[Block] = []
    for region in (op.true_region, op.false_region):
        if not region.blocks:
            targets.append(after)
            continue
        first, last = rewrite.inline(region)
        rewrite.yield_to(last, after)
        targets.append(first)
    rewrite.cond_branch(rewrite.before, op.cond, (targets[0], []), (targets[1], []))
    rewrite.results_in(after, op)


def _lower_while(op: scf.WhileOp, rewrite: _Rewrite) -> None:
    head, head_tail = rewrite.inline(op.before_region)
    body, body_tail = rewrite.inline(op.after_region)
    rewrite.branch(rewrite.before, head, list(op.arguments))
    condition, *values = rewrite.end_of(head_tail)
    rewrite.cond_branch(head_tail, condition, (body, values), (rewrite.after, values))
    latch = rewrite.yield_to(body_tail, head)
    _annotate(latch, op)
    rewrite.results_in(rewrite.after, op)


def _annotate(latch: Operation, op: Operation) -> None:
    """What a loop says to LLVM stands on the branch that goes back."""
    annotation = op.attributes.get(LOOP_ANNOTATION)
    if annotation is not None:
        latch.attributes[LOOP_ANNOTATION] = annotation


def _lower_index_switch(op: scf.IndexSwitchOp, rewrite: _Rewrite) -> None:
    before, after = rewrite.before, rewrite.after
    default, last = rewrite.inline(op.default_region)
    rewrite.yield_to(last, after)
    for case, region in zip(op.cases.get_values(), list(op.case_regions), strict=True):
        first, last = rewrite.inline(region)
        rewrite.yield_to(last, after)
        otherwise = Block()
        assert after.parent is not None
        after.parent.insert_block_before(otherwise, after)
        wanted = rewrite.append(before, arith.ConstantOp(IntegerAttr(case, IndexType())))
        equal = rewrite.less(before, op.arg, wanted.results[0], _EQ)
        rewrite.cond_branch(before, equal, (first, []), (otherwise, []))
        before = otherwise
    rewrite.branch(before, default)
    rewrite.results_in(after, op)


def _lower_execute_region(op: scf.ExecuteRegionOp, rewrite: _Rewrite) -> None:
    blocks = list(op.region.blocks)
    first, _ = rewrite.inline(op.region)
    for block in blocks:
        if isinstance(block.last_op, scf.YieldOp):
            rewrite.yield_to(block, rewrite.after)
    rewrite.branch(rewrite.before, first)
    rewrite.results_in(rewrite.after, op)


_RULES = {
    scf.ForOp: _lower_for,
    scf.IfOp: _lower_if,
    scf.WhileOp: _lower_while,
    scf.IndexSwitchOp: _lower_index_switch,
    scf.ExecuteRegionOp: _lower_execute_region,
}
