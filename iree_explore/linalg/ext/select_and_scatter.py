# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.select_and_scatter`: each source element goes where its window selects.

The gradient of pooling. Windows are searched in order, elements of the padding are never selected.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, i1, i64
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, prop_def

from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run, shape_of

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

Pick = Callable[[np.ndarray, np.ndarray], np.ndarray]


@irdl_op_definition
class SelectAndScatterOp(LinalgExtOp):
    """Combines every source element into the place that its window of the operand selects.

    `ins` are the operand and the source, `outs` the result, which holds initial values. Region 0
    gets (selected so far, next) and yields whether the former stays; region 1 gets (old value,
    source element) and yields the new value.
    """

    name = "iree_linalg_ext.select_and_scatter"
    window = prop_def(DenseArrayBase.constr(i64))
    strides = prop_def(DenseArrayBase.constr(i64))
    low = prop_def(DenseArrayBase.constr(i64))
    high = prop_def(DenseArrayBase.constr(i64))
    READS_OUTS: ClassVar[bool] = True

    def lists(self) -> list[tuple[int, int, int]]:
        """(window, stride, low padding) of each dimension."""
        lists = (self.window, self.strides, self.low)
        return list(zip(*(x.get_values() for x in lists), strict=True))

    def still(self) -> list[int]:
        """Dimensions in which each window is the source element's own place."""
        highs = self.high.get_values()
        return [d for d, row in enumerate(self.lists()) if (*row, highs[d]) == (1, 1, 0, 0)]

    def labels(self) -> list[Labels]:
        loop = {d: number for number, d in enumerate(self.still())}
        return [tuple(loop.get(d) for d in range(len(shape_of(v)))) for v in self.operands]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        keep, combine = self.regions
        return [
            select_and_scatter_arrays(
                ins[0], ins[1], outs[0], self.lists(),
                lambda x, y: run(keep, [x, y])[0], lambda x, y: run(combine, [x, y])[0],
            )
        ]  # fmt: skip

    def emit_loops(self, b: LoopBuilder) -> None:
        operand, source = b.ins
        with ExitStack() as nest:
            place: list[Index] = [nest.enter_context(b.loop(0, n)) for n in b.sizes(source)]
            found, target = self._search(b, operand, place)
            nest.enter_context(b.when(found))
            values = [b.load(b.outs[0], target), b.load(source, place)]
            b.store(b.inline(values, 1)[0], b.outs[0], target)

    def _search(
        self, b: LoopBuilder, operand: SSAValue, place: Sequence[Index]
    ) -> tuple[SSAValue, list[SSAValue]]:
        """Whether the window of a source element has elements, and the index of the selected
        one."""
        em, sizes, still = b.em, b.sizes(operand), self.still()
        element = operand.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        moving = [d for d in range(len(sizes)) if d not in still]
        carried = [b.false(), em.scalar(0, element), *(em.const(0) for _ in moving)]

        def visit(dims: list[int], at: list[Index]) -> None:
            if dims:
                d, (window, stride, low) = dims[0], self.lists()[dims[0]]
                first = em.subi(em.muli(place[d], stride), low)
                begin = em.maxi(em.subi(0, first), 0)
                end = em.mini(em.subi(sizes[d], first), window)
                with b.loop(begin, end, carried) as offset:
                    here = list(at)
                    here[d] = em.addi(first, offset)
                    visit(dims[1:], here)
                return
            found, best, *index = carried
            value = b.load(operand, at)
            stays = b.both(found, b.inline([best, value], 0)[0])
            new = [em.const(at[d]) for d in moving]
            carried[:] = [
                em.scalar(1, i1),
                b.select(stays, best, value),
                *(b.select(stays, x, y) for x, y in zip(index, new, strict=True)),
            ]

        visit(moving, list(place))
        target = [em.const(i) for i in place]
        for d, index in zip(moving, carried[2:], strict=True):
            target[d] = index
        return carried[0], target


def select_and_scatter_arrays(
    operand: np.ndarray,
    source: np.ndarray,
    result: np.ndarray,
    lists: Sequence[tuple[int, int, int]],
    keep: Pick,
    combine: Pick,
) -> np.ndarray:
    """`result` with the elements of `source` combined into it, all windows at once."""
    result = np.array(result)
    if 0 in source.shape or 0 in operand.shape:
        return result
    axes = np.indices(source.shape, sparse=True)
    chosen = np.full(source.shape, -1)
    best = np.zeros(source.shape, operand.dtype)
    offsets = list(itertools.product(*(range(window) for window, _, _ in lists)))
    for number, offset in enumerate(offsets):
        where, inside = _places(axes, offset, lists, operand.shape)
        value = operand[where]
        stays = (chosen >= 0) & np.asarray(keep(best, value), bool)
        taken = inside & ~stays
        chosen, best = np.where(taken, number, chosen), np.where(taken, value, best)
    # places of one offset are distinct; backwards, each place sees source elements in order
    for number in reversed(range(len(offsets))):
        where, _ = _places(axes, offsets[number], lists, operand.shape)
        on = chosen == number
        at = tuple(np.broadcast_to(w, source.shape)[on] for w in where)
        if on.any():
            result[at] = combine(result[at], source[on])
    return result


def _places(
    axes: Sequence[np.ndarray],
    offset: Sequence[int],
    lists: Sequence[tuple[int, int, int]],
    shape: Sequence[int],
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Operand indices of one offset in every window, clamped, and which of them are inside."""
    where, inside = [], np.asarray(True)
    for axis, o, (_, stride, low), n in zip(axes, offset, lists, shape, strict=True):
        index = axis * stride + (o - low)
        inside = inside & (index >= 0) & (index < n)
        where.append(np.clip(index, 0, n - 1))
    return tuple(where), inside


OPS = (SelectAndScatterOp,)
