# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-lower-shape`: the `shape` dialect as `tensor.dim`, `arith` and `tensor.from_elements`.

The pass follows shapes as lists of scalar sizes; `!shape.shape` values disappear. Most of the
scalars fold away when `input-lower-to-linalg` finds that sizes are the same value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import IndexType, IntegerAttr, ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.provenance import rewriting
from iree_explore.stablehlo import folding
from iree_explore.stablehlo import shape_dialect as shape
from iree_explore.stablehlo.ops.conversions import ConvertOp

INDEX = IndexType()
_WITNESSES = (
    shape.CstrBroadcastableOp,
    shape.CstrEqOp,
    shape.CstrRequireOp,
    shape.ConstWitnessOp,
    shape.AssumingAllOp,
)


@dataclass(frozen=True)
class LowerShape(ModulePass):
    """Lowers shape computations to scalar arithmetic on sizes; regions that assume a witness are
    inlined.

    Before:

    ```mlir
    func.func @main(%a: tensor<?x4xf32>) -> tensor<2xindex> {
      %0 = shape.shape_of %a : tensor<?x4xf32> -> tensor<2xindex>
      return %0 : tensor<2xindex>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%a: tensor<?x4xf32>) -> tensor<2xindex> {
        %0 = arith.constant 0 : index
        %1 = tensor.dim %a, %0 : tensor<?x4xf32>
        %2 = arith.constant 4 : index
        %3 = tensor.from_elements %1, %2 : tensor<2xindex>
        func.return %3 : tensor<2xindex>
      }
    }
    ```
    """

    name = "input-lower-shape"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        for function in op.body.block.ops:
            for region in function.regions:
                for block in region.blocks:
                    _Lowerer(ctx).block(block)


@dataclass
class _Lowerer:
    ctx: CompilerContext
    sizes: dict[SSAValue, Sequence[SSAValue]] = field(default_factory=dict)
    done: list[Operation] = field(default_factory=list)

    def block(self, block: Block) -> None:
        self._walk(block)
        for op in reversed(self.done):
            with rewriting(self.ctx, "RemoveShapeOp", op) as rewriter:
                rewriter.erase(op)
        self.done.clear()

    def _walk(self, block: Block) -> None:
        op = block.first_op
        while op is not None:
            if isinstance(op, shape.AssumingOp):
                op = self._inline(op)
                continue
            following = op.next_op
            if op.name.startswith("shape."):
                self._lower(op)
            elif isinstance(op, shape.TensorIndexCastOp):
                with rewriting(self.ctx, "LowerIndexCast", op) as rewriter:
                    made = ConvertOp.create(operands=[op.input], result_types=[op.result.type])
                    rewriter.replace(op, made)
            else:
                for region in op.regions:
                    for inner in region.blocks:
                        self._walk(inner)
            op = following

    def _inline(self, op: shape.AssumingOp) -> Operation | None:
        """Puts the region in place of the op; returns where to go on."""
        body = op.body.block
        last = body.last_op
        assert last is not None
        values = list(last.operands)
        first = body.first_op
        with rewriting(self.ctx, "InlineAssuming", op) as rewriter:
            rewriter.erase(last)
            following = op.next_op if first is last else first
            rewriter.inline_block(body, InsertPoint.before(op))
            rewriter.replace(op, [], values)
        return following

    def _lower(self, op: Operation) -> None:
        if isinstance(op, _WITNESSES):
            self.done.append(op)
            return
        with rewriting(self.ctx, "Lower" + type(op).__name__[:-2], op) as rewriter:
            found = _Builder(rewriter, op, self.sizes).lower()
            if found is None:
                raise GapError("IX203", f"{op.name}: the rank is not known before run time")
            for result, value in zip(op.results, found, strict=True):
                if isinstance(value, SSAValue):
                    rewriter.replace_all_uses_with(result, value)
                    continue
                self.sizes[result] = value
                if isinstance(result.type, TensorType):
                    made = tensor.FromElementsOp.create(
                        operands=list(value), result_types=[result.type]
                    )
                    rewriter.insert(made, InsertPoint.before(op))
                    self.sizes[made.results[0]] = value
                    rewriter.replace_all_uses_with(result, made.results[0])
        self.done.append(op)


class _Builder:
    """Makes the scalars of one shape op."""

    def __init__(
        self, rewriter: PatternRewriter, op: Operation, sizes: dict[SSAValue, Sequence[SSAValue]]
    ):
        self.rewriter, self.op, self.sizes = rewriter, op, sizes

    def emit(self, op: Operation) -> SSAValue:
        folded = folding.fold(op)
        if folded is not None:
            op.erase()
            if isinstance(folded, SSAValue):
                return folded
            if isinstance(folded, Attribute):
                return self.emit(arith.ConstantOp(folded))  # pyright: ignore[reportArgumentType]
            for value in folded.operands:
                if isinstance(value.owner, arith.ConstantOp) and value.owner.parent is None:
                    self.emit(value.owner)
            op = folded
        self.rewriter.insert(op, InsertPoint.before(self.op))
        return op.results[0]

    def constant(self, value: int) -> SSAValue:
        return self.emit(arith.ConstantOp(IntegerAttr(value, INDEX)))

    def of(self, value: SSAValue) -> Sequence[SSAValue] | None:
        """The sizes that a shape value stands for."""
        known = self.sizes.get(value)
        if known is None and isinstance(value.owner, tensor.FromElementsOp):
            known = tuple(value.owner.operands)
        if known is None and isinstance(value.type, TensorType):
            count = value.type.get_shape()[0]
            if count >= 0:
                known = [
                    self.emit(tensor.ExtractOp(value, [self.constant(i)], INDEX))
                    for i in range(count)
                ]
        return known

    def lower(self) -> list[SSAValue | Sequence[SSAValue]] | None:
        """One entry per result: a value, or the sizes of a shape. None if a rank is unknown."""
        op = self.op
        if isinstance(op, shape.ShapeOfOp):
            return [self._dims(op.arg)]
        if isinstance(op, shape.ConstShapeOp):
            return [[self.constant(n) for n in op.sizes()]]
        if isinstance(op, shape.FromExtentsOp):
            return [list(op.extents)]
        operands = [self.of(v) for v in op.operands if v.type != INDEX]
        if any(o is None for o in operands):
            return None
        shapes: list[Sequence[SSAValue]] = operands  # pyright: ignore[reportAssignmentType]
        if isinstance(op, shape.BroadcastOp):
            return [self._broadcast(shapes)]
        if isinstance(op, shape.ToExtentTensorOp):
            return [shapes[0]]
        if isinstance(op, shape.ConcatOp):
            return [[*shapes[0], *shapes[1]]]
        if isinstance(op, shape.NumElementsOp):
            total = self.constant(1)
            for size in shapes[0]:
                total = self.emit(arith.MuliOp(total, size))
            return [total]
        if isinstance(op, shape.RankOp):
            return [self.constant(len(shapes[0]))]
        if isinstance(op, shape.SplitAtOp | shape.GetExtentOp):
            index = folding.integer(op.operands[1])
            if index is None:
                return None
            if isinstance(op, shape.GetExtentOp):
                return [shapes[0][index]]
            cut = index if index >= 0 else len(shapes[0]) + index
            return [shapes[0][:cut], shapes[0][cut:]]
        return None

    def _dims(self, value: SSAValue) -> list[SSAValue]:
        assert isinstance(value.type, TensorType)
        found = []
        for i, n in enumerate(value.type.get_shape()):
            if n >= 0:
                found.append(self.constant(n))
            else:
                found.append(self.emit(tensor.DimOp(value, self.constant(i))))
        return found

    def _broadcast(self, shapes: Sequence[Sequence[SSAValue]]) -> list[SSAValue]:
        rank = max(map(len, shapes))
        result: list[SSAValue] = []
        for d in range(rank):
            sizes = [s[d - rank + len(s)] for s in shapes if d - rank + len(s) >= 0]
            total = sizes[0]
            for size in sizes[1:]:
                total = self._either(total, size)
            result.append(total)
        return result

    def _either(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The size that `a` and `b` broadcast to: one of them is 1, or they are equal."""
        known_a, known_b = folding.integer(a), folding.integer(b)
        if a is b or known_b == 1 or (known_a not in (None, 1)):
            return a
        if known_a == 1 or known_b is not None:
            return b
        one = self.constant(1)
        unit = self.emit(arith.CmpiOp(a, one, "eq"))
        return self.emit(arith.SelectOp(unit, b, a))
