# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sorting by an integer: `iree_linalg_ext.sort` where the comparator compares one function of both
elements.

The one idea: a comparator `key(x) < key(y)` with the same integer function on both sides needs no
comparisons. Elements are dealt out by eight bits of their keys at a time, from the lowest on; each
turn keeps the order of the last one among equal digits, so that the sort is stable and no branch
depends on the data. That is how JAX and TensorFlow sort floats, too: by their bits in total order.
`linalg/ext/sort.py` is the caller, and sorts by comparisons what this cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerType, i64
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder
    from iree_explore.linalg.ext.sort import SortLoops

_SLT, _SGT, _ULT, _UGT = 2, 4, 6, 8
_TURNED = {_SLT: _SGT, _SGT: _SLT, _ULT: _UGT, _UGT: _ULT}
_DIGIT, _BUCKETS = 8, 256
"""Bits of a digit, and how many values it has."""


@dataclass(frozen=True)
class SortKey:
    """`value` is the key of the left element in the comparator's block; `flipped` are the bits to
    invert so that keys in unsigned order are the elements' order."""

    value: SSAValue
    flipped: int
    width: int

    @property
    def turns(self) -> int:
        """Digits of the key."""
        return self.width // _DIGIT

    @property
    def least(self) -> int:
        """Elements from which dealing them out is less work than comparing them."""
        return 32 * self.turns


def sort_key(block: Block) -> SortKey | None:
    """The key that a comparator compares; None if it compares in any other way."""
    last = block.last_op
    result = last.operands[0].owner if last is not None and last.operands else None
    if not isinstance(result, arith.CmpiOp):
        return None
    left, right, predicate = result.lhs, result.rhs, result.predicate.value.data
    type_ = left.type
    if predicate not in _TURNED or not isinstance(type_, IntegerType):
        return None
    width = type_.width.data
    if width not in (8, 16, 32, 64):
        return None
    if not _same(left, right, block):
        if not _same(right, left, block):
            return None
        left, predicate = right, _TURNED[predicate]
    sign = 1 << (width - 1)
    everything = (1 << width) - 1
    flipped = {_ULT: 0, _UGT: everything, _SLT: sign, _SGT: everything ^ sign}[predicate]
    return SortKey(left, flipped, width)


def _same(left: SSAValue, right: SSAValue, block: Block) -> bool:
    """Whether `left` computes of left elements (even arguments) what `right` does of right ones."""
    if isinstance(left, BlockArgument):
        if not isinstance(right, BlockArgument) or left.owner is not block:
            return False
        return right.owner is block and left.index % 2 == 0 and right.index == left.index + 1
    one, other = left.owner, right.owner
    if not isinstance(one, Operation) or not isinstance(other, Operation):
        return False
    return (
        one.parent is block
        and one.name == other.name
        and one.name.startswith(("arith.", "math."))
        and not one.regions
        and one.properties == other.properties
        and left.type == right.type
        and len(one.operands) == len(other.operands)
        and all(_same(a, b, block) for a, b in zip(one.operands, other.operands, strict=True))
    )


class RadixSort:
    """The loops of one line: counts of all digits in one go over the inputs, then a turn a digit,
    between the scratch tensors and the results."""

    def __init__(self, loops: SortLoops, key: SortKey):
        self.loops, self.key = loops, key
        self.b: LoopBuilder = loops.b
        self.em = loops.em
        self.type_ = IntegerType(key.width)
        self.counts = self.b.local([key.turns * _BUCKETS], IndexType())

    def emit(self) -> None:
        b, em, n, turns = self.b, self.em, self.loops.size, self.key.turns
        with b.loop(0, turns * _BUCKETS) as i:
            b.store(em.const(0), self.counts, [i])
        with b.loop(0, n) as i:
            places = self.places(self.loops.read(self.loops.inputs, i))
            for place in places:
                count = b.load(self.counts, [place])
                b.store(em.const(em.addi(count, 1)), self.counts, [place])
        self.begin_buckets()
        source = self.loops.inputs
        for turn in range(turns):
            to_results = (turns - 1 - turn) % 2 == 0
            target = self.loops.results if to_results else self.loops.scratch
            with b.loop(0, n, unroll="disable") as i:
                values = self.loops.read(source, i)
                bucket = self.places(values, turn)[0]
                place = b.load(self.counts, [bucket])
                b.store(em.const(em.addi(place, 1)), self.counts, [bucket])
                self.loops.write(values, target, place)
            source = target

    def begin_buckets(self) -> None:
        """Counts become where each bucket begins."""
        b, em = self.b, self.em
        for turn in range(self.key.turns):
            total = [em.const(0)]
            with b.loop(0, _BUCKETS, total) as digit:
                at = [em.addi(digit, turn * _BUCKETS)]
                count = b.load(self.counts, at)
                b.store(total[0], self.counts, at)
                total[:] = [em.const(em.addi(total[0], count))]

    def places(self, values: Sequence[SSAValue], turn: int | None = None) -> list[Index]:
        """Where the counts of an element's digits are: of all turns, or of one."""
        b, em = self.b, self.em
        key = self.key_of(values)
        found: list[Index] = []
        for number in range(self.key.turns) if turn is None else (turn,):
            shift = em.scalar(_DIGIT * number, self.type_)
            mask = em.scalar(_BUCKETS - 1, self.type_)
            digit = b.do(arith.AndIOp, b.do(arith.ShRUIOp, key, shift), mask)
            wide = digit if self.key.width == 64 else b.do(arith.ExtUIOp, digit, i64)
            index = b.do(arith.IndexCastOp, wide, IndexType())
            found.append(em.addi(index, number * _BUCKETS))
        return found

    def key_of(self, values: Sequence[SSAValue]) -> SSAValue:
        """The key of an element, in unsigned order."""
        key = self.b.inline_value(self.key.value, [v for v in values for _ in range(2)])
        flipped = self.em.scalar(self.key.flipped, self.type_)
        return self.b.do(arith.XOrIOp, key, flipped) if self.key.flipped else key
