# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Many short lines sorted side by side, by the minima and maxima of a bitonic network.

`LANES` lines lie beside each other in local memory, so that one comparison is a vector operation on
two rows, and the same for all data. Integer keys are sorted instead of elements, which are then
made of the keys. Where several elements have one key (both zeros, all NaN), keys say too little:
lines with an element that its key does not give back are sorted in another way.
Source: Batcher, "Sorting Networks and their Applications" (1968), in the form whose first layer
compares mirrored elements, so that all comparisons have one direction. `linalg/ext/sort.py` is the
caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdsl.dialects import arith
from xdsl.dialects.builtin import FixedBitwidthType, IntegerAttr, IntegerType, i32
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from iree_explore.linalg.ext_interface import shape_of
from iree_explore.linalg.radix_sort import SortKey, sort_key

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder
    from iree_explore.linalg.ext.sort import SortLoops, SortOp

Layers = Sequence[Sequence[tuple[int, int]]]
"""Pairs of rows that are compared, layer by layer."""

LANES = 16
"""Lines that are sorted together."""
FEWEST = 8
"""Lines that are worth it."""
LONGEST = 4096
"""Elements of a line; all lines together should stay in the second cache."""
_GROUP = 8
"""Rows that are compared with each other in registers: three layers of the network."""


@dataclass(frozen=True)
class Keys:
    """How the keys of a network are made: `value`, a function of the left element in the
    comparator's block, whose outermost `steps` are their own inverses; `exact` if they are all of
    it. `signed` and `descending` say the order."""

    value: SSAValue
    steps: tuple[Operation, ...]
    exact: bool
    signed: bool
    descending: bool


def network_keys(op: SortOp) -> Keys | None:
    """The keys of a sort that a network can do; None for any other."""
    if len(op.ins) != 1 or len(shape_of(op.ins[0])) < 2:
        return None
    if not _GROUP < shape_of(op.ins[0])[op.axis] <= LONGEST:
        return None
    key = sort_key(op.regions[0].block)
    return None if key is None else _keys(key)


def _keys(key: SortKey) -> Keys | None:
    """Undoes the ops that made a key, from the last one on."""
    steps: list[Operation] = []
    value = key.value
    while not isinstance(value, BlockArgument):
        owner = value.owner
        if isinstance(owner, arith.BitcastOp):
            steps.append(owner)
            value = owner.input
            break
        turned = _sign_turned(owner)
        if turned is None or isinstance(owner, Block):
            break
        steps.append(owner)
        value = turned
    sign, width = 1 << (key.width - 1), key.width
    element = value.type
    if not isinstance(element, FixedBitwidthType) or element.bitwidth != width:
        return None
    signed = key.flipped & ((1 << width) - 1) in (sign, sign - 1)
    return Keys(
        key.value, tuple(steps), isinstance(value, BlockArgument), signed,
        bool(key.flipped & 1),
    )  # fmt: skip


def _sign_turned(op: Operation | Block) -> SSAValue | None:
    """x of `x < 0 ? x ^ max : x`, which is its own inverse."""
    if not isinstance(op, arith.SelectOp):
        return None
    test, turned, value = (op.cond.owner, op.lhs.owner, op.rhs)
    if not isinstance(test, arith.CmpiOp) or not isinstance(turned, arith.XOrIOp):
        return None
    if not isinstance(value.type, IntegerType) or test.predicate.value.data != 2:
        return None
    most = (1 << (value.type.width.data - 1)) - 1
    found = test.lhs is value and turned.lhs is value
    return value if found and _is(test.rhs, 0) and _is(turned.rhs, most) else None


def _is(value: SSAValue, number: int) -> bool:
    owner = value.owner
    return (
        isinstance(owner, arith.ConstantOp)
        and isinstance(owner.value, IntegerAttr)
        and owner.value.value.data == number
    )


class SortNetwork:
    """The loops of a sort whose lines are the innermost parallel loop; `otherwise` emits what sorts
    the line at hand where keys say too little."""

    def __init__(self, loops: SortLoops, keys: Keys, otherwise: Callable[[], None]):
        self.loops, self.keys, self.otherwise = loops, keys, otherwise
        self.b: LoopBuilder = loops.b
        self.em = loops.em
        self.n = shape_of(loops.op.ins[0])[loops.axis]
        self.rows = max(_GROUP, 1 << (self.n - 1).bit_length())
        self.block = loops.op.regions[0].block
        self.element = self.block.args[0].type
        self.type = keys.value.type
        self.lines = self.b.local([self.rows, LANES], self.type)
        self.doubts = None if keys.exact else self.b.local([LANES], i32)

    def emit(self) -> None:
        """All lines, `LANES` at a time; the last of them begin earlier."""
        b, em = self.b, self.em
        *outer, count = b.extents()
        with b.nest(outer) as point:
            if isinstance(count, int) and count <= LANES:
                self._lines(list(point), 0, count)
                return
            with b.loop(0, count, step=LANES, unroll="disable") as first:
                self._lines(list(point), em.mini(first, em.subi(count, LANES)), LANES)

    def _lines(self, point: list[SSAValue], first: Index, count: int) -> None:
        b, em = self.b, self.em
        source = self._part(self.loops.inputs[0], point, first, count)
        target = self._part(self.loops.results[0], point, first, count)
        if self.doubts is None:
            self._sort(source, target, count)
            return
        doubts = b.part(self.doubts, [0], [count], 1)
        self._doubt(source, doubts)
        total = b.load(self.doubts, [0])
        for line in range(1, count):
            total = em.pure(arith.OrIOp, (total, b.load(self.doubts, [line])), i32)
        safe = b.do(arith.CmpiOp, total, em.scalar(0, i32), "eq")

        def one_by_one() -> None:
            with b.loop(0, count, unroll="disable") as line:
                self.loops.point = [*point, em.const(em.addi(first, line))]
                self.otherwise()

        em.branch(safe, lambda: self._sort(source, target, count), one_by_one)

    def _part(
        self, buffer: SSAValue, point: Sequence[SSAValue], first: Index, count: int
    ) -> SSAValue:
        """The lines of an operand at hand, as they lie in memory."""
        rank, axis = len(point) + 2, self.loops.axis
        offsets: list[Index] = [*point, first]
        offsets.insert(axis, 0)
        sizes: list[Index] = [1] * (len(point) + 1)
        sizes.insert(axis, self.n)
        sizes[rank - 2 if axis == rank - 1 else rank - 1] = count
        return self.b.part(buffer, offsets, sizes, 2)

    # Passes over everything

    def _maps(self, other: AffineMap) -> list[AffineMap]:
        """Of an operand (element, line), and of something else; lines of the last dimension lie
        across in memory."""
        line, place = AffineDimExpr(1), AffineDimExpr(0)
        across = self.loops.axis == len(shape_of(self.loops.inputs[0])) - 1
        return [AffineMap(2, 0, (line, place) if across else (place, line)), other]

    def _sort(self, source: SSAValue, target: SSAValue, count: int) -> None:
        b = self.b
        inside = b.part(self.lines, [0, 0], [self.n, count], 2)
        body = Block(arg_types=[self.element, self.type])
        body.add_op(linalg.YieldOp(self._key(body, body.args[0])))
        same = AffineMap.identity(2)
        b.generic([source], [inside], self._maps(same), [True, True], Region(body))
        if self.n < self.rows:
            self._pad()
        self._network()
        body = Block(arg_types=[self.type, self.element])
        body.add_op(linalg.YieldOp(self._inverse(body, body.args[0])))
        maps = self._maps(same)[::-1]
        b.generic([inside], [target], maps, [True, True], Region(body))

    def _pad(self) -> None:
        """Rows that come after all others."""
        width = self.type.bitwidth  # pyright: ignore[reportAttributeAccessIssue]
        low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if self.keys.signed else (0, -1)
        rest = self.b.part(self.lines, [self.n, 0], [self.rows - self.n, LANES], 2)
        body = Block(arg_types=[self.type])
        value = arith.ConstantOp(IntegerAttr(low if self.keys.descending else high, width))
        body.add_ops([value, linalg.YieldOp(value.result)])
        self.b.generic([], [rest], [AffineMap.identity(2)], [True, True], Region(body))

    def _doubt(self, source: SSAValue, doubts: SSAValue) -> None:
        """Nonzero in `doubts` for lines with an element that its key does not give back."""
        b = self.b
        body = Block(arg_types=[i32])
        zero = arith.ConstantOp(IntegerAttr(0, 32))
        body.add_ops([zero, linalg.YieldOp(zero.result)])
        b.generic([], [doubts], [AffineMap.identity(1)], [True], Region(body))
        body = Block(arg_types=[self.element, i32])
        back = self._inverse(body, self._key(body, body.args[0]))
        bits = [self._do(body, arith.BitcastOp, x, self.type) for x in (body.args[0], back)]
        other = self._do(body, arith.CmpiOp, *bits, "ne")
        either = self._do(
            body, arith.OrIOp, body.args[1], self._do(body, arith.ExtUIOp, other, i32)
        )
        body.add_op(linalg.YieldOp(either))
        line = AffineMap(2, 0, (AffineDimExpr(1),))
        b.generic([source], [doubts], self._maps(line), [False, True], Region(body))

    def _do(self, block: Block, op: type[Operation], *operands: object) -> SSAValue:
        made = op(*operands)  # pyright: ignore[reportCallIssue]
        block.add_op(made)
        return made.results[0]

    def _key(self, block: Block, element: SSAValue) -> SSAValue:
        """The key of an element, in `block`."""
        wanted: set[Operation] = set()
        todo = [self.keys.value]
        while todo:
            owner = todo.pop().owner
            if isinstance(owner, Operation) and owner not in wanted:
                wanted.add(owner)
                todo += owner.operands
        values: dict[SSAValue, SSAValue] = {self.block.args[0]: element}
        for op in self.block.ops:
            if op in wanted:
                block.add_op(copy := op.clone(values))
                values.update(zip(op.results, copy.results, strict=True))
        return values.get(self.keys.value, self.keys.value)

    def _inverse(self, block: Block, key: SSAValue) -> SSAValue:
        """The element that a key was made of."""
        value = key
        for step in self.keys.steps:
            if isinstance(step, arith.BitcastOp):
                value = self._do(block, arith.BitcastOp, value, step.input.type)
            else:
                zero = self._number(block, 0)
                most = self._number(block, (1 << (self.type.bitwidth - 1)) - 1)  # pyright: ignore
                test = self._do(block, arith.CmpiOp, value, zero, "slt")
                turned = self._do(block, arith.XOrIOp, value, most)
                value = self._do(block, arith.SelectOp, test, turned, value)
        return value

    def _number(self, block: Block, number: int) -> SSAValue:
        return self._do(block, arith.ConstantOp, IntegerAttr(number, self.type))  # pyright: ignore

    # The network

    def _network(self) -> None:
        """Blocks of eight, then pairs of sorted blocks until there is one."""
        b, em, rows = self.b, self.em, self.rows
        with b.loop(0, rows, step=_GROUP, unroll="disable") as start:
            self._compare([em.addi(start, k) for k in range(_GROUP)], _eight())
        size = [em.const(2 * _GROUP)]
        if rows == _GROUP:
            return
        with b.while_loop(size, lambda v: b.compare("sle", v[0], rows), unroll="disable"):
            self._mirrored(size[0])
            half = [em.const(em.divi(size[0], 2 * _GROUP))]
            with b.while_loop(half, lambda v: b.compare("sge", v[0], 4), unroll="disable"):
                self._layers(half[0], 3)
                half[:] = [em.const(em.divi(half[0], 8))]
            with b.when(em.equal(half[0], 2)):
                self._layers(half[0], 2)
            with b.when(em.equal(half[0], 1)):
                self._layers(half[0], 1)
            size[:] = [em.const(em.muli(size[0], 2))]

    def _mirrored(self, size: Index) -> None:
        """Three layers of blocks of `size`, the first between mirrored rows."""
        b, em = self.b, self.em
        step = em.divi(size, _GROUP)
        with b.loop(0, em.divi(self.rows, size), unroll="disable") as number:
            start = em.muli(number, size)
            with b.loop(0, step, unroll="disable") as i:
                low = em.addi(start, i)
                high = em.addi(start, em.subi(em.subi(step, 1), i))
                half = _GROUP // 2
                rows = [em.addi(low, em.muli(step, k)) for k in range(half)]
                rows += [em.addi(high, em.muli(step, k)) for k in range(half, _GROUP)]
                self._compare(rows, [[(0, 7), (1, 6), (2, 5), (3, 4)], *_halves(8, 2)])

    def _layers(self, half: Index, count: int) -> None:
        """`count` layers, whose rows are `half`, a half of it, ... apart."""
        b, em, rows = self.b, self.em, 1 << count
        step = em.divi(half, rows // 2)
        with b.loop(0, em.divi(self.rows, em.muli(half, 2)), unroll="disable") as number:
            start = em.muli(number, em.muli(half, 2))
            with b.loop(0, step, unroll="disable") as i:
                low = em.addi(start, i)
                places = [em.addi(low, em.muli(step, k)) for k in range(rows)]
                self._compare(places, _halves(rows, rows // 2))

    def _compare(
        self, places: Sequence[Index], layers: Sequence[Sequence[tuple[int, int]]]
    ) -> None:
        """Puts the smaller one of each pair of rows first, layer by layer."""
        b = self.b
        signed: list[type[Operation]] = [arith.MinSIOp, arith.MaxSIOp]
        kinds = signed if self.keys.signed else [arith.MinUIOp, arith.MaxUIOp]
        if self.keys.descending:
            kinds = kinds[::-1]
        rows = [b.row(self.lines, [place, 0], 1, LANES).result for place in places]
        block = Block(arg_types=[self.type] * len(rows))
        values: list[SSAValue] = list(block.args)
        for layer in layers:
            for low, high in layer:
                pair = values[low], values[high]
                values[low], values[high] = (self._do(block, kind, *pair) for kind in kinds)
        block.add_op(linalg.YieldOp(*values))
        b.rows_generic([], rows, Region(block))


def _halves(rows: int, first: int) -> list[list[tuple[int, int]]]:
    """Layers of `rows` whose pairs are `first` apart, then a half of it, down to one."""
    found: list[list[tuple[int, int]]] = []
    while first:
        found.append([(i, i + first) for i in range(rows) if not i & first])
        first //= 2
    return found


def _eight() -> list[list[tuple[int, int]]]:
    """Layers that sort eight rows."""
    found: list[list[tuple[int, int]]] = []
    for size in (2, 4, 8):
        mirrored = [(s + i, s + size - 1 - i) for s in range(0, 8, size) for i in range(size // 2)]
        found += [mirrored, *_halves(8, size // 4)]
    return found
