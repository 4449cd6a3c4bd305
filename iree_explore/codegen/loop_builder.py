# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`LoopBuilder`: what the ops of `iree_linalg_ext` write their scalar loops with.

Indices are `Index` (Python ints as long as they are known). Buffers are addressed by operand and
logical indices; that an operand is a view of a binding, or i1 a byte in memory, is hidden here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import BoolAttr, IntegerType, MemRefType, i1
from xdsl.dialects.func import FuncOp
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.rewriter import InsertPoint, Rewriter

from iree_explore.codegen.bounds import static_bound
from iree_explore.codegen.buffer_ops import reduce_rank
from iree_explore.codegen.dialect import LocalMemoryOp
from iree_explore.codegen.emitter import ANNOTATIONS, Emitter, Index, Unroll
from iree_explore.codegen.structured import iterator_types, map_attributes
from iree_explore.codegen.views import View, resolve
from iree_explore.linalg.ext_interface import LinalgExtOp, shape_of

_TEMPORAL = {"nontemporal": BoolAttr.from_bool(False)}


class LoopBuilder:
    """Emits the loops of `op`, whose operands are buffers (or scalars), into `em`."""

    def __init__(self, op: LinalgExtOp, em: Emitter):
        self.op = op
        self.em = em
        self.ins: list[SSAValue] = list(op.ins)
        self.outs: list[SSAValue] = list(op.outs)
        loads = (x.memref for x in op.walk() if isinstance(x, memref.LoadOp))
        buffers = (v for v in (*op.operands, *loads) if isinstance(v.type, MemRefType))
        self._views: dict[SSAValue, View] = {v: resolve(v, em) for v in dict.fromkeys(buffers)}

    # Memory

    def view(self, buffer: SSAValue) -> View:
        """Where the elements of an operand, or of what a region reads, are."""
        return self._views[buffer]

    def local(self, shape: Sequence[int], element: Attribute) -> SSAValue:
        """A buffer in the workgroup's own memory, made where the function begins."""
        place: Operation = self.op
        while not isinstance(place, FuncOp):
            parent = place.parent_op()
            assert parent is not None
            place = parent
        op = LocalMemoryOp.create(result_types=[MemRefType(element, shape)])
        Rewriter.insert_op(op, InsertPoint.at_start(place.body.block))
        self._views[op.result] = resolve(op.result, self.em)
        return op.result

    def sizes(self, buffer: SSAValue) -> list[Index]:
        """Sizes of an operand; known ones are ints."""
        return list(self.view(buffer).sizes)

    @staticmethod
    def bound(size: Index) -> int | None:
        """A constant that a size never exceeds, or None."""
        return static_bound(size)

    def extents(self) -> list[Index]:
        """Trip counts of the parallel loops."""
        operands = self.ins + self.outs
        return [self.sizes(operands[v])[d] for v, d in self.op.loop_sources()]

    def load(self, buffer: SSAValue, indices: Sequence[Index]) -> SSAValue:
        """One element, as it lies in memory; a scalar operand is itself."""
        if not isinstance(buffer.type, MemRefType):
            return buffer
        view = self.view(buffer)
        place = view.place(self.em, indices)
        op = memref.LoadOp.create(
            operands=[view.base, *place],
            result_types=[buffer.type.element_type],
            properties=_TEMPORAL,
        )
        return self.em.add(op).results[0]

    def store(self, value: SSAValue, buffer: SSAValue, indices: Sequence[Index]) -> None:
        """Writes one element; i1 is widened to the byte it is in memory."""
        assert isinstance(buffer.type, MemRefType)
        view = self.view(buffer)
        place = view.place(self.em, indices)
        stored = self.as_type(value, buffer.type.element_type)
        self.em.add(
            memref.StoreOp.create(operands=[stored, view.base, *place], properties=_TEMPORAL)
        )

    def as_type(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """An integer in the width that memory or a region has for it (i1 and bytes)."""
        if value.type == type_:
            return value
        assert isinstance(value.type, IntegerType) and isinstance(type_, IntegerType)
        if value.type.width.data > type_.width.data:
            return self.em.pure(arith.TruncIOp, [value], type_, key=type_)
        return self.em.pure(arith.ExtUIOp, [value], type_, key=type_)

    # Rows

    def vector_region(self, region: int = 0) -> bool:
        """Whether a region may become the body of a `linalg.generic` on its operands' buffers."""
        block = self.op.regions[region].block
        buffers = (*self.outs, *self.ins[len(self.ins) - len(block.args) + len(self.outs) :])
        same = all(
            isinstance(buffer.type, MemRefType) and buffer.type.element_type == argument.type
            for buffer, argument in zip(buffers, block.args, strict=True)
        )
        return same and not any(o.regions or isinstance(o, memref.LoadOp) for o in block.ops)

    def row(
        self, buffer: SSAValue, indices: Sequence[Index], dim: int, length: Index
    ) -> memref.SubviewOp:
        """`length` elements of an operand along `dim`, from `indices` on."""
        sizes: list[Index] = [1] * len(indices)
        sizes[dim] = length
        return self._subview(buffer, indices, sizes, 1)

    def part(
        self, buffer: SSAValue, offsets: Sequence[Index], sizes: Sequence[Index], rank: int
    ) -> SSAValue:
        """A block of a buffer without its first unit dimensions beyond `rank`; the buffer itself,
        if that is all of it."""
        if not any(offsets) and list(sizes) == list(shape_of(buffer)) and len(sizes) == rank:
            return buffer
        return self._subview(buffer, offsets, sizes, rank).result

    def _subview(
        self, buffer: SSAValue, offsets: Sequence[Index], sizes: Sequence[Index], rank: int
    ) -> memref.SubviewOp:
        ones = [1] * len(sizes)
        type_ = memref.SubviewOp.infer_result_type(
            cast(MemRefType, buffer.type), offsets, sizes, ones
        )
        op = memref.SubviewOp.get(buffer, offsets, sizes, ones, reduce_rank(type_, rank))
        self.em.add(op)
        return op

    def elementwise(
        self, outs: Sequence[SSAValue], ins: Sequence[SSAValue], region: int = 0
    ) -> None:
        """A region, of elements of `outs` and then of `ins`, on whole rows; its results are stored
        in `outs`. It is a `linalg.generic`, for the passes that vectorise those."""
        source = self.op.regions[region].block
        rows = [*ins, *outs]
        elements = [cast(MemRefType, row.type).element_type for row in rows]
        block = Block(arg_types=elements)
        arguments = [*block.args[len(ins) :], *block.args[: len(ins)]]
        values: dict[SSAValue, SSAValue] = dict(zip(source.args, arguments, strict=True))
        for inner in source.ops:
            if inner is source.last_op:
                block.add_op(linalg.YieldOp(*(values.get(v, v) for v in inner.operands)))
            else:
                block.add_op(copy := inner.clone(values))
                values.update(zip(inner.results, copy.results, strict=True))
        self.rows_generic(ins, outs, Region(block))

    def rows_generic(self, ins: Sequence[SSAValue], outs: Sequence[SSAValue], body: Region) -> None:
        """A `linalg.generic` on rows of equal length, element by element."""
        self.generic(ins, outs, [AffineMap.identity(1)] * (len(ins) + len(outs)), [True], body)

    def generic(
        self,
        ins: Sequence[SSAValue],
        outs: Sequence[SSAValue],
        maps: Sequence[AffineMap],
        parallel: Sequence[bool],
        body: Region,
    ) -> None:
        """A `linalg.generic` on buffers, for the passes that vectorise those."""
        loops = iterator_types(list(parallel))
        self.em.add(linalg.GenericOp(ins, outs, body, map_attributes(list(maps)), loops, []))

    # Control flow

    @contextmanager
    def loop(
        self,
        lower: Index,
        upper: Index,
        carried: list[SSAValue] | None = None,
        step: int = 1,
        *,
        unroll: Unroll | None = None,
    ) -> Iterator[SSAValue]:
        """`scf.for`. In the body `carried` holds the current values, which it replaces by the next
        ones; afterwards it holds the results. `unroll`: as in `Emitter.loop`."""
        values = carried if carried is not None else []
        with self.em.loop(lower, upper, step, values, unroll=unroll) as (i, _):
            yield i

    @contextmanager
    def points(self) -> Iterator[list[SSAValue]]:
        """The nest of all parallel loops; gives their indices."""
        with self.nest(self.extents()) as indices:
            yield indices

    @contextmanager
    def nest(self, extents: Sequence[Index]) -> Iterator[list[SSAValue]]:
        """Loops from 0, one in another; gives their indices."""
        with ExitStack() as loops:
            yield [loops.enter_context(self.loop(0, n)) for n in extents]

    @contextmanager
    def while_loop(
        self,
        carried: list[SSAValue],
        condition: Callable[[list[SSAValue]], SSAValue],
        *,
        unroll: Unroll = "free",
    ) -> Iterator[None]:
        """`scf.while`: the body runs as long as `condition(values)`; `carried` and `unroll` as in
        `loop`."""
        types = [v.type for v in carried]
        initial = list(carried)
        before, after = Block(arg_types=types), Block(arg_types=types)
        with self.em.scope(before):
            go_on = condition(list(before.args))
            self.em.add(scf.ConditionOp(go_on, *before.args))
        with self.em.scope(after):
            carried[:] = after.args
            yield
            self.em.add(scf.YieldOp.create(operands=carried))
        op = scf.WhileOp(initial, types, Region(before), Region(after))
        op.attributes.update(ANNOTATIONS[unroll])
        carried[:] = self.em.add(op).results

    @contextmanager
    def when(self, condition: SSAValue) -> Iterator[None]:
        """`scf.if` without results."""
        block = Block()
        with self.em.scope(block):
            yield
            self.em.add(scf.YieldOp())
        self.em.add(scf.IfOp(condition, [], Region(block)))

    def choose(
        self,
        condition: SSAValue,
        yes: Callable[[], Sequence[SSAValue]],
        no: Callable[[], Sequence[SSAValue]],
    ) -> list[SSAValue]:
        """`scf.if` with results: only the branch taken is computed."""
        regions, types = [], []
        for branch in (yes, no):
            block = Block()
            with self.em.scope(block):
                values = branch()
                self.em.add(scf.YieldOp.create(operands=list(values)))
            types = [v.type for v in values]
            regions.append(Region(block))
        return list(self.em.add(scf.IfOp(condition, types, *regions)).results)

    def inline(self, args: Sequence[SSAValue], region: int = 0) -> list[SSAValue]:
        """A copy of a region's code on scalars; returns what it yields."""
        block = self.op.regions[region].block
        values: dict[SSAValue, SSAValue] = {}
        for argument, value in zip(block.args, args, strict=True):
            values[argument] = self.as_type(value, argument.type)
        last = block.last_op
        for inner in block.ops:
            if inner is last:
                return [values.get(v, v) for v in inner.operands]
            copy = inner.clone(values)
            for load in list(copy.walk()):
                if isinstance(load, memref.LoadOp):
                    self._address(load)
            self.em.add(copy)
            values.update(zip(inner.results, copy.results, strict=True))
        raise ValueError(f"a region of {self.op.name} without iree_linalg_ext.yield")

    def inline_value(self, value: SSAValue, args: Sequence[SSAValue], region: int = 0) -> SSAValue:
        """A copy of the code that a value in a region depends on, without loads; `args` as in
        `inline`."""
        block = self.op.regions[region].block
        wanted = {value}
        for inner in reversed(list(block.ops)):
            if any(result in wanted for result in inner.results):
                wanted.update(inner.operands)
        values: dict[SSAValue, SSAValue] = {}
        for argument, given in zip(block.args, args, strict=True):
            values[argument] = self.as_type(given, argument.type)
        for inner in block.ops:
            if any(result in wanted for result in inner.results):
                copy = self.em.add(inner.clone(values))
                values.update(zip(inner.results, copy.results, strict=True))
        return values.get(value, value)

    def _address(self, load: memref.LoadOp) -> None:
        """A load of the region's own, from the buffer that the view is of."""
        view = self.view(load.memref)
        nested = Emitter(self.em)
        place = view.place(nested, list(load.indices))
        if load.parent is None:
            for op in nested.take():
                self.em.add(op)
        else:
            Rewriter.insert_op(nested.take(), InsertPoint.before(load))
        load.operands = [view.base, *place]

    # Scalars

    def do(self, op: type[Operation], *operands: Any) -> SSAValue:
        """The result of a scalar op made by its class's own constructor."""
        return self.em.add(op(*operands)).results[0]

    def compare(self, predicate: str, a: Index, b: Index) -> SSAValue:
        """`arith.cmpi` of indices; "slt" is a < b."""
        return self.do(arith.CmpiOp, self.em.const(a), self.em.const(b), predicate)

    def both(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Conjunction of two i1."""
        return self.do(arith.AndIOp, a, b)

    def either(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Disjunction of two i1."""
        return self.do(arith.OrIOp, a, b)

    def true(self) -> SSAValue:
        """The constant true."""
        return self.em.scalar(1, i1)

    def false(self) -> SSAValue:
        """The constant false."""
        return self.em.scalar(0, i1)

    def negated(self, a: SSAValue) -> SSAValue:
        """Negation of an i1."""
        return self.do(arith.XOrIOp, a, self.true())

    def select(self, condition: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.em.select(condition, a, b)
