# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small tensors that the host needs become scalars of the host program.

The one idea: an element that decides a size, a branch or a loop should cost a readback only where
a device has to compute it. How elements are followed back is in `linalg/host_scalars.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects import scf, tensor
from xdsl.dialects.builtin import IndexType, IntegerType, ModuleOp, TensorType
from xdsl.dialects.linalg.ops import GenericOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.linalg.equality import functions
from iree_explore.linalg.host_scalars import HostScalars, Index, block_of, from_caller, number
from iree_explore.linalg.passes.canonicalize import canonicalize
from iree_explore.linalg.structured import shape_of, structured
from iree_explore.provenance import rewriting


@dataclass(frozen=True)
class Detensorize(ModulePass):
    """Elements that the host needs are computed by the host, and loops carry numbers as numbers.

    Before:

    ```mlir
    func.func @f(%n: index) -> index {
      %c = arith.constant 2 : i32
      %0 = arith.index_cast %n : index to i32
      %1 = tensor.from_elements %0 : tensor<i32>
      %2 = tensor.empty() : tensor<i32>
      %3 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%1 : tensor<i32>) outs(%2 : tensor<i32>) {
      ^bb0(%x: i32, %o: i32):
        %4 = arith.muli %x, %c : i32
        linalg.yield %4 : i32
      } -> tensor<i32>
      %5 = tensor.extract %3[] : tensor<i32>
      %6 = arith.index_cast %5 : i32 to index
      func.return %6 : index
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%n: index) -> index {
        %c = arith.constant 2 : i32
        %0 = arith.index_cast %n : index to i32
        %1 = arith.muli %0, %c : i32
        %2 = arith.index_cast %1 : i32 to index
        func.return %2 : index
      }
    }
    ```
    """  # noqa: E501

    name = "global-optimization-detensorize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        changed = False
        for block in functions(op):
            walk = _Walk(context)
            walk.block(block)
            changed |= walk.changed
        if changed:
            canonicalize(context, op)


@dataclass
class _Walk:
    ctx: CompilerContext
    scalars: HostScalars = field(default_factory=HostScalars)
    changed: bool = False

    def block(self, block: Block) -> None:
        """Ops in order, and those of the control flow among them."""
        self.scalars.scopes.append({})
        for op in list(block.ops):
            if isinstance(op, tensor.ExtractOp):
                self.extract(op)
            elif isinstance(op, GenericOp):
                self.compute(op)
            elif isinstance(op, scf.WhileOp):
                self.carry(op)
            elif isinstance(op, scf.IfOp):
                self.choose(op)
            if op.name.startswith("scf."):
                for region in op.regions:
                    for inner in region.blocks:
                        self.block(inner)
        self.scalars.scopes.pop()

    def extract(self, op: tensor.ExtractOp) -> None:
        """An element that is read becomes one that is computed."""
        index = [number(i) for i in op.indices]
        with rewriting(self.ctx, "ReadElementOnHost", op) as rewriter:
            self.scalars.rewriter = rewriter
            value = self.scalars.computed(op.tensor, index)
            if value is None and op.parent is not block_of(op.tensor):
                value = self.scalars.read_at_once(op.tensor, index)
            if value is None:
                self.scalars.remember(op.tensor, index, op.result)
                return
            rewriter.replace(op, [], [value])
        self.changed = True

    def compute(self, op: GenericOp) -> None:
        """One number that the host knows all operands of is no dispatch."""
        if len(op.results) != 1 or any(n != 1 for n in shape_of(op.results[0])):
            return
        view = structured(op)
        index: list[Index] = [0] * len(shape_of(op.results[0]))
        if not view.all_parallel or not self.scalars.is_known(op.results[0], index, _nothing):
            return
        with rewriting(self.ctx, "ComputeNumberOnHost", op) as rewriter:
            value = self.at(rewriter, op.results[0], index)
            boxed = tensor.FromElementsOp.create(
                operands=[value], result_types=[op.results[0].type]
            )
            rewriter.replace(op, boxed)
        self.changed = True

    def at(self, rewriter: PatternRewriter, value: SSAValue, index: list[Index]) -> SSAValue:
        self.scalars.rewriter = rewriter
        return self.scalars.element(value, index)

    def carry(self, loop: scf.WhileOp) -> None:
        """Numbers that the host can follow through a loop are carried as scalars."""
        before, after = loop.before_region.block, loop.after_region.block
        condition, end = before.last_op, after.last_op
        assert condition is not None and end is not None
        slots = {
            i
            for i, value in enumerate(loop.operands)
            if _is_number(value.type)
            and condition.operands[1 + i] is before.args[i]
            and self.scalars.is_known(value, (), from_caller)
        }
        needed = _needed(loop, slots)
        slots = {i for i in slots if i in needed or not _is_float(loop.operands[i].type)}
        while slots:
            carried = {block.args[i] for i in slots for block in (before, after)}
            given = lambda v, c=carried: v in c or from_caller(v)  # noqa: E731
            kept = {i for i in slots if self.scalars.is_known(end.operands[i], (), given)}
            if kept == slots:
                break
            slots = kept
        for i in sorted(slots):
            self.carry_number(loop, i)

    def carry_number(self, loop: scf.WhileOp, i: int) -> None:
        """Makes slot `i` of a loop a scalar."""
        type_ = cast(TensorType, loop.operands[i].type)
        before, after = loop.before_region.block, loop.after_region.block
        end = after.last_op
        assert end is not None
        with rewriting(self.ctx, "CarryNumber", loop) as rewriter:
            loop.operands[i] = self.at(rewriter, loop.operands[i], [])
            for block in (before, after):
                _box(rewriter, block.args[i], type_, InsertPoint.at_start(block))
            condition = before.last_op
            assert condition is not None
            condition.operands[1 + i] = before.args[i]
            _box(rewriter, loop.results[i], type_, InsertPoint.after(loop))
        with rewriting(self.ctx, "YieldNumber", end) as rewriter:
            _unbox(rewriter, end, i)
        self.changed = True

    def choose(self, branch: scf.IfOp) -> None:
        """Numbers that the host knows in both branches are no tensors."""
        slots = [
            i
            for i, value in enumerate(branch.results)
            if _is_number(value.type) and self.scalars.is_known(value, (), from_caller)
        ]
        for i in slots:
            type_ = cast(TensorType, branch.results[i].type)
            for region in branch.regions:
                end = cast(Operation, region.block.last_op)
                with rewriting(self.ctx, "YieldNumber", end) as rewriter:
                    _unbox(rewriter, end, i)
            with rewriting(self.ctx, "ChooseNumber", branch) as rewriter:
                _box(rewriter, branch.results[i], type_, InsertPoint.after(branch))
            self.changed = True


def _box(rewriter: PatternRewriter, value: SSAValue, type_: TensorType, at: InsertPoint) -> None:
    """Makes a tensor of type `type_` a number, of which those who used it get a tensor."""
    number = rewriter.replace_value_with_new_type(value, type_.element_type)
    boxed = tensor.FromElementsOp.create(operands=[number], result_types=[type_])
    rewriter.insert(boxed, at)
    number.replace_uses_with_if(boxed.results[0], lambda use: use.operation is not boxed)


def _unbox(rewriter: PatternRewriter, end: Operation, i: int) -> None:
    """Yields a number; the walk comes to what reads it."""
    type_ = cast(TensorType, end.operands[i].type)
    made = tensor.ExtractOp(end.operands[i], [], type_.element_type)
    rewriter.insert(made)
    end.operands[i] = made.result
    rewriter.notify_op_modified(end)


def _nothing(value: SSAValue) -> bool:
    return False


def _is_number(type_: Attribute) -> bool:
    return isinstance(type_, TensorType) and not type_.get_shape()


def _is_float(type_: Attribute) -> bool:
    return not isinstance(cast(TensorType, type_).element_type, IntegerType | IndexType)


def _needed(loop: scf.WhileOp, slots: set[int]) -> set[int]:
    """The slots that the loop's condition depends on, from one round to the next."""
    before, after = loop.before_region.block, loop.after_region.block
    assert before.last_op is not None and after.last_op is not None
    found: set[int] = set()
    seen: set[SSAValue] = set()
    work = [before.last_op.operands[0]]
    while work:
        value = work.pop()
        if value in seen:
            continue
        seen.add(value)
        if isinstance(value, BlockArgument):
            if value.owner in (before, after) and value.index in slots:
                found.add(value.index)
                work.append(after.last_op.operands[value.index])
        else:
            work.extend(cast(OpResult, value).op.operands)
    return found
