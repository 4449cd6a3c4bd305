# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`FlatNest`: one invocation a point (or four neighbours) of a nest, through the whole grid."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import tensor
from xdsl.dialects.builtin import IntegerType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.bounds import divisor
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.gpu import grid
from iree_explore.codegen.nest import Nest, Stage
from iree_explore.codegen.plan import Plan, bits, vectorizable
from iree_explore.codegen.structured import Structured, linear

LANES = 4
"""Elements of a vector: 16 bytes of f32."""


def point_loops(view: Structured, output: int = 0) -> list[int]:
    """Parallel loops in the order in which the elements of a result lie in memory."""
    loops = [e.position for e in view.output_maps[output].results if isinstance(e, AffineDimExpr)]
    return [d for d, p in enumerate(view.parallel) if p and d not in loops] + loops


def vector_loop(views: Sequence[Structured], extents: Sequence[Index | None]) -> int | None:
    """The loop along which an invocation takes four elements: the innermost of the result, if
    vectors divide it; None if there is none. `views` are the root and its followers."""
    root = views[0]
    loops = point_loops(root)
    if not loops:
        return None
    last = loops[-1]
    if not (vectorizable(root) or gathers_along(root, last)):
        return None
    if not all(vectorizable(view) for view in views[1:]):
        return None
    final = root.output_maps[0].results[-1] if root.output_maps[0].results else None
    extent = extents[last]
    if not isinstance(final, AffineDimExpr) or extent is None or divisor(extent) % LANES:
        return None
    if any(isinstance(a.type, IntegerType) and a.type.width.data < 32 for a in root.body.args):
        return None
    small = sum(_strided(root, i, last) for i in range(len(root.inputs)))
    return None if small and small == len(root.inputs) else last


def gathers_along(view: Structured, loop: int) -> bool:
    """Whether a body computes with, beside its operands, elements of 32 bits that it reads itself,
    neighbours along a loop from places that are neighbours."""
    fixed: set[SSAValue] = set()
    moving: set[SSAValue] = set()
    reads = False
    for op in view.body.ops:
        if isinstance(op, tensor.ExtractOp):
            *outer, last = op.operands
            if last not in moving or not fixed.issuperset(outer[1:]) or bits(op.result.type) != 32:
                return False
            reads = True
        elif isinstance(op, linalg.IndexOp):
            (moving if op.dim.value.data == loop else fixed).add(op.result)
        elif (
            op.regions
            or op.name.partition(".")[0] not in ("arith", "linalg")
            or not moving.isdisjoint(op.operands)
        ):
            return False
        elif fixed.issuperset(op.operands):
            fixed.update(op.results)
    return reads


def _strided(view: Structured, operand: int, loop: int) -> bool:
    """Whether neighbours along a loop are apart in an operand."""
    results = view.maps[operand].results
    for place, expr in enumerate(results):
        form = linear(expr)
        if form is None or (form.of(loop) and (form.of(loop) != 1 or place != len(results) - 1)):
            return True
    return False


def flat_plan(root: Structured, vector: int | None) -> Plan:
    """One point, or four along the loop `vector`."""
    return Plan(vector, 1 if vector is None else LANES, {}, point_loops(root), root.reductions)


class FlatNest(Nest):
    """Emits a nest of which an invocation has one block."""

    def __init__(
        self, em: Emitter, stages: list[Stage], extents: list[Index], vector: int | None
    ) -> None:
        super().__init__(em, stages, extents, flat_plan(stages[0].op, vector))

    def units(self) -> list[Index]:
        """What the parallel loops have of blocks, in the order of `plan.parallel`."""
        return [self.em.divi(self.extents[d], self.plan.block(d)) for d in self.plan.parallel]

    def emit_in_grid(self, size: int, blocks: int = 1) -> None:
        """The `blocks` of this invocation, of `size` in a workgroup; it may have none. Several are
        read before the first is computed, and every workgroup has as many."""
        em, counts = self.em, self.units()
        first = em.muli(grid.workgroup(em), size * blocks)
        numbers = [
            em.addi(em.addi(first, block * size), grid.thread(em)) for block in range(blocks)
        ]
        grid.guard(em, numbers[0], grid.product(em, counts))
        if blocks > 1:
            for number in numbers:
                self._stand(number, counts)
                self._inputs(0, {}, {})  # shared with what computes
        for number in numbers:
            self.at(number, counts)

    def at(self, number: Index, counts: Sequence[Index]) -> None:
        """The block `number` of the nest."""
        self._stand(number, counts)
        self._kernel()

    def _stand(self, number: Index, counts: Sequence[Index]) -> None:
        em = self.em
        for loop, index in zip(self.plan.parallel, grid.positions(em, number, counts), strict=True):
            self.position[loop] = em.muli(index, self.plan.block(loop))
