# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Evaluates the scalar body of a linalg op on vectors.

Values stay scalar until they meet a vector, so what does not depend on the vector loop is computed
once. A `Lane` is the index of the vector loop: it stays symbolic so that reading `table[i, lane]`
is a plain vector load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, memref, vector
from xdsl.dialects.builtin import FloatAttr, IndexType, IntegerAttr, VectorType, i1
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from iree_explore.codegen.dialect import DotOp
from iree_explore.codegen.emitter import INDEX, Emitter, Index, vector_type
from iree_explore.codegen.views import View, resolve
from iree_explore.linalg.selections import Selection


@dataclass(frozen=True)
class Lane:
    """`base` + the lane number; lanes at or beyond `count` are masked off (None: all are on)."""

    base: Index
    count: Index | None = None


Value = SSAValue | Lane


@dataclass
class Point:
    """Where a body is evaluated: the index of every loop of the op, and the mask of the lanes."""

    indices: Sequence[Index | Lane]
    mask: SSAValue | None


class BodyEvaluator:
    """Emits one linalg body; `views` caches resolved memrefs that the body loads from."""

    def __init__(self, em: Emitter, block: Block, lanes: int):
        self.em = em
        self.block = block
        self.lanes = lanes
        self.views: dict[SSAValue, View] = {}
        self.fused = _multiplies_to_fuse(block)
        self.known: Mapping[Operation, bool] = {}
        """Comparisons whose result is known before."""

    def evaluate(self, arguments: Sequence[Value], point: Point) -> list[Value]:
        """The yielded values for given block arguments."""
        env: dict[SSAValue, Value] = dict(zip(self.block.args, arguments, strict=True))
        for op in self.block.ops:
            if isinstance(op, linalg.YieldOp):
                return [env.get(v, v) for v in op.operands]
            if op in self.fused:
                continue
            if op in self.known:
                env[op.results[0]] = self.em.scalar(self.known[op], i1)
            elif op.regions:
                self._clone(op, env, point)
            else:
                env[op.results[0]] = self._op(op, env, point)
        raise AssertionError("a linalg body ends with linalg.yield")

    def choose(
        self, chosen: Selection, accumulators: Sequence[SSAValue], values: Sequence[SSAValue]
    ) -> list[SSAValue]:
        """What the body chooses between vectors of accumulators and of elements."""
        outputs = self.block.args[len(self.block.args) - len(accumulators) :]
        env: dict[SSAValue, Value] = dict(zip(outputs, accumulators, strict=True))
        env.update(zip(chosen.elements, values, strict=True))
        for op in chosen.ops:
            env[op.results[0]] = self._op(op, env, Point((), None))
        terminator = self.block.last_op
        assert terminator is not None
        return [self.vector(env[v]) for v in terminator.operands]

    def vector(self, value: Value) -> SSAValue:
        """`value` in all lanes."""
        if isinstance(value, Lane):
            base = self.em.broadcast(self.em.const(value.base), self.lanes)
            type_ = vector_type(INDEX, self.lanes)
            return self.em.pure(arith.AddiOp, (base, self.em.iota(self.lanes)), type_, _ADDI)
        return self.em.broadcast(value, self.lanes)

    def _op(self, op: Operation, env: dict[SSAValue, Value], point: Point) -> Value:
        em = self.em
        if isinstance(op, linalg.IndexOp):
            index = point.indices[op.dim.value.data]
            return index if isinstance(index, Lane) else em.const(index)
        if isinstance(op, arith.ConstantOp):
            value = op.value
            if isinstance(value, IntegerAttr):
                return em.scalar(value.value.data, value.type)
            assert isinstance(value, FloatAttr)
            return em.constant(value, value.type)
        multiply = self._fused_multiply(op)
        if multiply is not None:
            return self._multiply_add(op, multiply, env)
        operands = [env.get(v, v) for v in op.operands]
        if isinstance(op, memref.LoadOp):
            return self._load(op, operands[1:], point)
        if any(isinstance(v, Lane) for v in operands):
            folded = self._lane_arithmetic(op, operands)
            if folded is not None:
                return folded
        if not any(isinstance(v, Lane) or isinstance(v.type, VectorType) for v in operands):
            scalars: list[SSAValue] = operands  # pyright: ignore[reportAssignmentType]
            return em.pure(type(op), scalars, op.results[0].type, op.properties, op)
        if isinstance(op, arith.SelectOp) and not _is_vector(operands[0]):
            vectors = [operands[0], *(self.vector(v) for v in operands[1:])]
        else:
            vectors = [self.vector(v) for v in operands]
        type_ = vector_type(op.results[0].type, self.lanes)
        return em.pure(type(op), vectors, type_, op.properties, op)

    def _fused_multiply(self, op: Operation) -> Operation | None:
        if not isinstance(op, arith.AddfOp | arith.AddiOp):
            return None
        return next((v.owner for v in op.operands if v.owner in self.fused), None)  # pyright: ignore

    def _multiply_add(
        self, op: Operation, multiply: Operation, env: dict[SSAValue, Value]
    ) -> SSAValue:
        em = self.em
        a, b = (env.get(v, v) for v in multiply.operands)
        (c,) = (env.get(v, v) for v in op.operands if v is not multiply.results[0])
        type_ = op.results[0].type
        if isinstance(multiply, DotOp):
            return self._dot([a, b, c], multiply)
        if any(map(_is_vector, (a, b, c))):
            vectors = [self.vector(v) for v in (a, b, c)]
            return em.pure(vector.FMAOp, vectors, vector_type(type_, self.lanes))
        product = em.pure(arith.MulfOp, (a, b), type_, multiply.properties)  # pyright: ignore
        return em.pure(arith.AddfOp, (product, c), type_, op.properties)  # pyright: ignore

    def _dot(self, operands: list[Value], op: DotOp) -> SSAValue:
        type_ = op.result.type
        if any(map(_is_vector, operands)):
            operands = [self.vector(v) for v in operands]
            type_ = vector_type(type_, self.lanes)
        return self.em.pure(DotOp, operands, type_, op.properties, op)  # pyright: ignore

    def _lane_arithmetic(self, op: Operation, operands: list[Value]) -> Value | None:
        """Lane ± scalar is a Lane."""
        if not isinstance(op, arith.AddiOp | arith.SubiOp):
            return None
        a, b = operands
        if isinstance(a, Lane) and isinstance(b, SSAValue) and isinstance(b.type, IndexType):
            combine = self.em.addi if isinstance(op, arith.AddiOp) else self.em.subi
            return Lane(combine(a.base, b), a.count)
        if (
            isinstance(op, arith.AddiOp)
            and isinstance(b, Lane)
            and isinstance(a, SSAValue)
            and isinstance(a.type, IndexType)
        ):
            return Lane(self.em.addi(b.base, a), b.count)
        return None

    def _load(self, op: memref.LoadOp, indices: list[Value], point: Point) -> SSAValue:
        em = self.em
        view = self._view(op.memref)
        if not any(_is_vector(i) for i in indices):
            return em.load(view.base, view.place(em, indices))  # pyright: ignore
        *outer, last = indices
        if isinstance(last, Lane) and view.contiguous() and not any(map(_is_vector, outer)):
            place = view.place(em, [*outer, em.const(last.base)])  # pyright: ignore[reportArgumentType]
            return em.vector_load(view.base, place, self.lanes, point.mask)
        lanes = []
        for lane in range(self.lanes):
            scalars: list[Index] = [self._lane(i, lane, point) for i in indices]
            lanes.append(em.load(view.base, view.place(em, scalars)))
        return em.from_lanes(lanes)

    def _lane(self, value: Value, lane: int, point: Point) -> SSAValue:
        em = self.em
        if isinstance(value, Lane):
            number = lane if value.count is None else em.mini(lane, em.subi(value.count, 1))
            return em.const(em.addi(value.base, number))
        if not isinstance(value.type, VectorType):
            return value
        if point.mask is not None and lane:  # a lane that is off may hold any number
            on = em.extract(point.mask, lane)
            return em.select(on, em.extract(value, lane), em.extract(value, 0))
        return em.extract(value, lane)

    def _view(self, buffer: SSAValue) -> View:
        if buffer not in self.views:
            self.views[buffer] = resolve(buffer, self.em)
        return self.views[buffer]

    def _clone(self, op: Operation, env: dict[SSAValue, Value], point: Point) -> None:
        """An op with regions (scalar code only): cloned, its indices and loads made concrete."""
        mapper = {k: v for k, v in env.items() if isinstance(v, SSAValue)}
        clone = op.clone(mapper)
        for inner in list(clone.walk()):
            if isinstance(inner, linalg.IndexOp):
                index = point.indices[inner.dim.value.data]
                assert not isinstance(index, Lane)
                Rewriter.replace_op(inner, [], [self.em.const(index)])
            elif isinstance(inner, memref.LoadOp):
                view = self._view(inner.memref)
                nested = Emitter(self.em)
                place = view.place(nested, list(inner.indices))
                loaded = nested.load(view.base, place)
                Rewriter.insert_op(nested.take(), InsertPoint.before(inner))
                Rewriter.replace_op(inner, [], [loaded])
        self.em.add(clone)
        env.update(zip(op.results, clone.results, strict=True))


_ADDI = {"overflowFlags": arith.IntegerOverflowAttr("none")}


def _is_vector(value: Value) -> bool:
    return isinstance(value, Lane) or isinstance(value.type, VectorType)


def _multiplies_to_fuse(block: Block) -> set[Operation]:
    """`mulf`s whose only use is an `addf` of the body: they become `vector.fma`. Dot products of
    words take the sum that they are added to."""
    found: set[Operation] = set()
    for op in block.ops:
        if isinstance(op, arith.AddfOp | arith.AddiOp):
            for value in op.operands:
                owner = value.owner
                kinds = (DotOp, arith.MulfOp) if isinstance(op, arith.AddfOp) else (DotOp,)
                if isinstance(owner, kinds) and len(list(value.uses)) == 1:
                    found.add(owner)
                    break
    return found
