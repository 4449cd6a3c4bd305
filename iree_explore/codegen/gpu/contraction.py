# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The loops of a product by what they are: batch, rows, columns, reduction; and its tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr

from iree_explore.codegen.structured import Structured, combiners, is_contraction, linear

_EXTENSIONS = ("arith.extf", "arith.extsi", "arith.extui")


@dataclass(frozen=True)
class ContractionLoops:
    """Loops of a product, each kind outermost first. `left` is the operand that has the rows,
    `right` the one that has the columns, to which the result's innermost dimension belongs."""

    batch: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    reduction: tuple[int, ...]
    left: int
    right: int

    @staticmethod
    def of(view: Structured) -> ContractionLoops | None:
        """None for what is no product of two operands that each have loops of their own."""
        if not is_contraction(view) or not _multiplies_operands(view):
            return None
        if not view.output_maps[0].results:
            return None
        last = view.output_maps[0].results[-1]
        if not all(isinstance(e, AffineDimExpr) for e in view.output_maps[0].results):
            return None
        used = [_used(map_.results) for map_ in view.maps[:2]]
        assert isinstance(last, AffineDimExpr)
        if (last.position in used[0]) == (last.position in used[1]):
            return None
        right = 0 if last.position in used[0] else 1
        left = 1 - right
        if any(linear(e) is None for map_ in view.maps[:2] for e in map_.results):
            return None
        kinds: dict[tuple[bool, bool], list[int]] = {}
        for loop, parallel in enumerate(view.parallel):
            if parallel:
                kinds.setdefault((loop in used[left], loop in used[right]), []).append(loop)
        rows, columns = kinds.get((True, False), []), kinds.get((False, True), [])
        if not rows or (False, False) in kinds:
            return None
        return ContractionLoops(
            tuple(kinds.get((True, True), [])), tuple(rows), tuple(columns),
            tuple(view.reductions), left, right,
        )  # fmt: skip


def _used(exprs: Sequence[AffineExpr]) -> set[int]:
    return {e.position for expr in exprs for e in expr.dfs() if isinstance(e, AffineDimExpr)}


def _multiplies_operands(view: Structured) -> bool:
    """Whether a zero of both operands adds nothing: the body multiplies them, widened at most."""
    combined = combiners(view)
    assert combined is not None
    (term,) = (v for v in combined[0].operands if v is not view.body.args[-1])
    assert isinstance(term.owner, Operation)
    sources = [_widened(v) for v in term.owner.operands]
    return len(set(sources)) == 2 and set(sources) == set(view.body.args[:2])


def _widened(value: SSAValue) -> SSAValue:
    owner = value.owner
    if isinstance(owner, Operation) and owner.name in _EXTENSIONS:
        return _widened(owner.operands[0])
    return value


@dataclass(frozen=True)
class Tiles:
    """What a workgroup computes of a product at a time: `rows` x `columns` results in steps of
    `depth`; an invocation `row_block` x `column_block` of them."""

    rows: int
    columns: int
    depth: int
    row_block: int
    column_block: int

    @property
    def invocations(self) -> int:
        """Of a workgroup."""
        return (self.rows // self.row_block) * (self.columns // self.column_block)

    def levels(self, view: Structured, loops: ContractionLoops) -> list[list[int]]:
        """As `lowering_config`: workgroup, invocation, step. Loops of one kind count as one, which
        the innermost of them stands for."""
        levels = []
        for rows, columns, depth in (
            (self.rows, self.columns, 0),
            (self.row_block, self.column_block, 0),
            (0, 0, self.depth),
        ):
            level = [0] * view.num_loops
            level[loops.rows[-1]], level[loops.columns[-1]] = rows, columns
            level[loops.reduction[-1]] = depth
            levels.append(level)
        return levels

    @staticmethod
    def read(levels: Sequence[Sequence[int]], loops: ContractionLoops) -> Tiles:
        """The inverse of `levels`."""
        row, column = loops.rows[-1], loops.columns[-1]
        return Tiles(
            levels[0][row], levels[0][column], levels[2][loops.reduction[-1]],
            levels[1][row], levels[1][column],
        )  # fmt: skip
