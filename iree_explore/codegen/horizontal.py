# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How the lanes of a vectorised reduction begin, and how they become one element in the end.

Two kinds of bodies allow lanes: each output has a combiner of its own (a sum, a maximum), or all of
them are chosen together (`selections.py`: an argmax). Lanes of the former begin with the neutral
element; those of the latter with what was in the output, which may take part any number of times.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import ml_dtypes
from xdsl.dialects import arith, vector
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    ReducedPrecisionFloatType,
    VectorType,
    i1,
    i64,
)
from xdsl.dialects.vector import CombiningKindAttr, CombiningKindFlag
from xdsl.ir import Attribute, SSAValue

from iree_explore.codegen.body import BodyEvaluator
from iree_explore.codegen.emitter import Emitter, vector_type
from iree_explore.codegen.structured import COMBINERS, Structured, combiners
from iree_explore.elements import dtype_of
from iree_explore.linalg.selections import Selection, selection

Initial = Callable[[int], SSAValue]
"""What an output holds before the reduction, as a scalar."""


class Horizontal:
    """Accumulators of `op` whose vector loop is a reduction; each lane of `body` goes through its
    elements in order."""

    def __init__(self, em: Emitter, op: Structured, body: BodyEvaluator):
        self.em = em
        self.body = body
        self.outputs = range(len(op.outputs))
        self.combiners = combiners(op)
        chosen = (
            None if self.combiners is not None else selection(op.body, len(op.inputs), op.parallel)
        )
        assert self.combiners is not None or chosen is not None
        self.selection = chosen
        if chosen is not None:
            body.known = chosen.in_order

    def first(self, output: int, initial: Initial) -> SSAValue:
        """What the lanes of an output begin with."""
        if self.combiners is None:
            return self.em.broadcast(initial(output), self.body.lanes)
        op = self.combiners[output]
        value = neutral(self.em, op.name, op.results[0].type)
        return self.em.broadcast(value, self.body.lanes)

    def totals(self, parts: Sequence[Sequence[SSAValue]], initial: Initial) -> list[SSAValue]:
        """Per output the scalar of its partial accumulators `parts` and of what was there."""
        if self.selection is not None:
            return self._chosen(self.selection, parts)
        return [self._combined(o, list(parts[o]), initial(o)) for o in self.outputs]

    def _combined(self, output: int, parts: list[SSAValue], old: SSAValue) -> SSAValue:
        assert self.combiners is not None
        op, em = self.combiners[output], self.em
        while len(parts) > 1:
            pairs = list(itertools.zip_longest(parts[::2], parts[1::2]))
            parts = [
                a if b is None else em.pure(type(op), (a, b), a.type, op.properties)
                for a, b in pairs
            ]
        scalar = op.results[0].type
        kind = CombiningKindAttr(CombiningKindFlag(COMBINERS[op.name]))
        properties = {"kind": kind, **{k: v for k, v in op.properties.items() if k == "fastmath"}}
        total = em.pure(vector.ReductionOp, (parts[0],), scalar, properties)
        return em.pure(type(op), (old, total), scalar, op.properties)

    def _chosen(
        self, chosen: Selection, parts: Sequence[Sequence[SSAValue]]
    ) -> list[SSAValue]:  # fmt: skip
        """Copies choose among each other, then halves of the lanes until one is left."""
        copies = [list(copy) for copy in zip(*parts, strict=True)]
        while len(copies) > 1:
            pairs = list(itertools.zip_longest(copies[::2], copies[1::2]))
            copies = [a if b is None else self._choose(chosen, a, b) for a, b in pairs]
        values = copies[0]
        lanes = self.body.lanes
        distance = lanes // 2
        while distance:
            moved = [self._rotated(v, distance) for v in values]
            values = self._choose(chosen, values, moved)
            distance //= 2
        return [self.em.extract(v, 0) for v in values]

    def _choose(
        self, chosen: Selection, a: Sequence[SSAValue], b: Sequence[SSAValue]
    ) -> list[SSAValue]:
        """Lane by lane one of two choices, that of the smaller position first."""
        if chosen.position is not None:
            em = self.em
            smaller = IntegerAttr(2, i64)  # slt
            operands = (b[chosen.position], a[chosen.position])
            type_ = vector_type(i1, self.body.lanes)
            swap = em.pure(arith.CmpiOp, operands, type_, {"predicate": smaller}, key="slt")
            a, b = (
                [em.select(swap, y, x) for x, y in zip(a, b, strict=True)],
                [em.select(swap, x, y) for x, y in zip(a, b, strict=True)],
            )
        return self.body.choose(chosen, a, b)

    def _rotated(self, value: SSAValue, distance: int) -> SSAValue:
        type_ = value.type
        assert isinstance(type_, VectorType)
        lanes = self.body.lanes
        mask = [(lane + distance) % lanes for lane in range(lanes)]
        properties = {"mask": DenseArrayBase.from_list(i64, mask)}
        return self.em.pure(vector.ShuffleOp, (value, value), type_, properties, key=tuple(mask))


def neutral(em: Emitter, combiner: str, type_: Attribute) -> SSAValue:
    """The value that `combiner` leaves unchanged."""
    return em.scalar(neutral_number(combiner, type_), type_)


def neutral_number(combiner: str, type_: Attribute) -> int | float:
    """The number of that type that `combiner` leaves unchanged."""
    name = combiner.removeprefix("arith.")
    if isinstance(type_, IntegerType | IndexType):
        width = 64 if isinstance(type_, IndexType) else type_.width.data
        low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
        if type_ == i1:
            low, high = -1, 0
        return {"addi": 0, "muli": 1, "maxsi": low, "minsi": high, "maxui": 0, "minui": -1,
                "andi": -1, "ori": 0, "xori": 0}[name]  # fmt: skip
    low, high = float("-inf"), float("inf")
    if isinstance(type_, ReducedPrecisionFloatType):  # not all of them have infinities
        info = ml_dtypes.finfo(dtype_of(type_))
        low, high = float(info.min), float(info.max)
    return {"addf": 0.0, "mulf": 1.0, "maximumf": low, "maxnumf": low,
            "minimumf": high, "minnumf": high}[name]  # fmt: skip
