# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Emitter`: appends loops, index arithmetic and vector ops, folding and sharing as it goes.

Index values are `Index`: Python ints as long as they are known, SSA values otherwise. Pure ops with
equal operands are shared within the loop body they are in and everything nested in it, so callers
ask for what they need and never keep track. Constants go before the code (`prologue`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, cast

import numpy as np
from xdsl.dialects import arith, memref, scf, vector
from xdsl.dialects.arith import IntegerOverflowAttr
from xdsl.dialects.builtin import (
    AnyFloat,
    BoolAttr,
    BytesAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    VectorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
)

from iree_explore import elements
from iree_explore.codegen.dialect import LOOP_ANNOTATION, LoopAnnotationAttr
from iree_explore.dialect_op import make

Index = int | SSAValue

INDEX = IndexType()
_NO_OVERFLOW = {"overflowFlags": IntegerOverflowAttr("none")}
Unroll = Literal["disable", "full", "free"]
"""What LLVM may do with a loop: leave it, unroll all of it, or as it likes."""

ANNOTATIONS: dict[Unroll, dict[str, Attribute]] = {
    "disable": {LOOP_ANNOTATION: LoopAnnotationAttr(StringAttr("disable"))},
    "full": {LOOP_ANNOTATION: LoopAnnotationAttr(StringAttr("full"))},
    "free": {},
}
"""Attributes of a loop."""
_EQUAL, _AT_LEAST = IntegerAttr(0, i64), IntegerAttr(5, i64)
_TEMPORAL = {"nontemporal": BoolAttr.from_bool(False)}


@functools.lru_cache(1024)
def vector_type(element: Attribute, lanes: int) -> VectorType:
    """A 1-D vector type, made once: xDSL checks each that is made."""
    return VectorType(element, [lanes])


@functools.lru_cache(4096)
def _index_attr(value: int) -> IntegerAttr:
    return IntegerAttr(value, INDEX)


@functools.lru_cache(256)
def _position(lane: int) -> dict[str, Attribute]:
    return {"static_position": DenseArrayBase.from_list(i64, [lane])}


@functools.lru_cache(256)
def _zeros(type_: VectorType) -> DenseIntOrFPElementsAttr:
    size = type_.element_type.compile_time_size  # pyright: ignore[reportAttributeAccessIssue]
    return DenseIntOrFPElementsAttr(cast(Any, type_), BytesAttr(bytes(size)))


@functools.lru_cache(256)
def _splat(value: Attribute, type_: VectorType) -> Attribute:
    number = cast(Any, value).value.data
    dtype = elements.dtype_of(type_.element_type)
    return elements.of_type(type_, np.asarray(number).astype(dtype))


class Emitter:
    """Builds nested code in detached blocks; `take()` gives the finished top-level ops."""

    def __init__(self, outer: Emitter | None = None) -> None:
        self.prologue: list[Operation] = [] if outer is None else outer.prologue
        self._constants: dict[object, SSAValue] = {} if outer is None else outer._constants
        self._outer = outer
        self._scopes: list[tuple[Block, dict[object, SSAValue]]] = [(Block(), {})]

    def take(self) -> list[Operation]:
        """Everything emitted, constants first, detached for insertion; an emitter inside another
        one leaves its constants to that."""
        block = self._scopes[0][0]
        body = list(block.ops)
        for op in body:
            op.detach()
        return body if self._outer else [*self.prologue, *body]

    # Ops

    def add(self, op: Operation) -> Operation:
        """Appends an op that is not shared."""
        self._scopes[-1][0].add_op(op)
        return op

    def shared(self, key: object) -> SSAValue | None:
        """What an enclosing scope has already computed for `key`."""
        for _, known in reversed(self._scopes):
            value = known.get(key)
            if value is not None:
                return value
        return None

    def remember(self, key: object, value: SSAValue) -> SSAValue:
        """Shares `value` for `key` in this scope and those inside it."""
        self._scopes[-1][1][key] = value
        return value

    def pure(
        self,
        cls: type[Operation],
        operands: Sequence[SSAValue],
        type_: Attribute,
        properties: Mapping[str, Attribute] | None = None,
        key: object = None,
    ) -> SSAValue:
        """The result of a pure op, shared with equal ones; `key` tells apart ops of one class with
        other properties."""
        known = (cls, key, *operands, type_ if not operands else None)
        value = self.shared(known)
        if value is None:
            op = make(cls, operands, (type_,), properties)
            value = self.remember(known, self.add(op).results[0])
        return value

    def constant(self, attr: Attribute, type_: Attribute) -> SSAValue:
        """A constant of any kind, by its attribute."""
        return self._constant(attr, attr, type_)

    def _constant(self, key: object, attr: Attribute, type_: Attribute) -> SSAValue:
        value = self._constants.get(key)
        if value is None:
            op = make(arith.ConstantOp, (), (type_,), {"value": attr})
            self.prologue.append(op)
            value = self._constants[key] = op.results[0]
        return value

    def const(self, value: Index) -> SSAValue:
        """An index as an SSA value."""
        if not isinstance(value, int):
            return value
        return self._constants.get(value) or self._constant(value, _index_attr(value), INDEX)

    def scalar(self, value: int | float, type_: Attribute) -> SSAValue:
        """A scalar constant of an integer or float type."""
        if isinstance(type_, IntegerType | IndexType):
            attr: Attribute = IntegerAttr(int(value), type_, truncate_bits=True)
        else:
            attr = FloatAttr(float(value), cast(AnyFloat, type_))
        return self._constant((repr(value), type_), attr, type_)

    def splat(self, value: Attribute, type_: VectorType) -> SSAValue:
        """A vector constant with an `IntegerAttr` or `FloatAttr` in all lanes."""
        key = ("splat", value, type_)
        known = self._constants.get(key)
        return known if known is not None else self._constant(key, _splat(value, type_), type_)

    def zero_vector(self, type_: VectorType) -> SSAValue:
        """All lanes zero."""
        key = ("zero", type_)
        known = self._constants.get(key)
        return known if known is not None else self._constant(key, _zeros(type_), type_)

    def iota(self, lanes: int) -> SSAValue:
        """`dense<[0, 1, ...]> : vector<lanes x index>`."""
        type_ = vector_type(INDEX, lanes)
        attr = DenseIntOrFPElementsAttr.from_list(cast(Any, type_), list(range(lanes)))
        return self._constant(("iota", lanes), attr, type_)

    # Index arithmetic

    def _binary(self, cls: type[Operation], a: Index, b: Index) -> SSAValue:
        flags = _NO_OVERFLOW if cls in (arith.AddiOp, arith.MuliOp, arith.SubiOp) else None
        return self.pure(cls, (self.const(a), self.const(b)), INDEX, flags)

    def addi(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(a, int):
            a, b = b, a
        return a if isinstance(b, int) and b == 0 else self._binary(arith.AddiOp, a, b)

    def subi(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        if a is b:
            return 0
        if isinstance(b, int):
            return self.addi(a, -b)
        return self._binary(arith.SubiOp, a, b)

    def muli(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        if isinstance(a, int):
            a, b = b, a
        if isinstance(b, int) and b in (0, 1):
            return a if b else 0
        return self._binary(arith.MuliOp, a, b)

    def mini(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return a if a is b else self._binary(arith.MinSIOp, a, b)

    def maxi(self, a: Index, b: Index) -> Index:
        if isinstance(a, int) and isinstance(b, int):
            return max(a, b)
        return a if a is b else self._binary(arith.MaxSIOp, a, b)

    def equal(self, a: Index, b: Index) -> SSAValue:
        """Whether two indices are the same, as i1."""
        operands = (self.const(a), self.const(b))
        return self.pure(arith.CmpiOp, operands, i1, {"predicate": _EQUAL}, key="eq")

    def at_least(self, a: Index, b: Index) -> SSAValue:
        """Whether `a >= b`, as i1."""
        operands = (self.const(a), self.const(b))
        return self.pure(arith.CmpiOp, operands, i1, {"predicate": _AT_LEAST}, key="sge")

    def divi(self, a: Index, b: Index) -> Index:
        """Quotient of non-negative values."""
        if isinstance(a, int) and isinstance(b, int):
            return a // b
        return a if isinstance(b, int) and b == 1 else self._binary(arith.DivUIOp, a, b)

    def remi(self, a: Index, b: Index) -> Index:
        """Remainder of non-negative values."""
        if isinstance(a, int) and isinstance(b, int):
            return a % b
        return 0 if isinstance(b, int) and b == 1 else self._binary(arith.RemUIOp, a, b)

    def ceildiv(self, a: Index, b: int) -> Index:
        return -(-a // b) if isinstance(a, int) else self.divi(self.addi(a, b - 1), b)

    def sum(self, terms: Sequence[tuple[int, Index]], constant: int = 0) -> Index:
        """Sum of coefficient × index, constants last (so that neighbours share the rest)."""
        total: Index = 0
        for coefficient, value in terms:
            if isinstance(value, int):
                constant += coefficient * value
            else:
                total = self.addi(total, self.muli(value, coefficient))
        return self.addi(total, constant)

    def affine(self, expr: AffineExpr, dims: Sequence[Index]) -> Index:
        """Value of any affine expression."""
        if isinstance(expr, AffineDimExpr):
            return dims[expr.position]
        if isinstance(expr, AffineConstantExpr):
            return expr.value
        assert isinstance(expr, AffineBinaryOpExpr)
        a, b = self.affine(expr.lhs, dims), self.affine(expr.rhs, dims)
        match expr.kind:
            case AffineBinaryOpKind.Add:
                return self.addi(a, b)
            case AffineBinaryOpKind.Mul:
                return self.muli(a, b)
            case AffineBinaryOpKind.Mod:
                return self.remi(a, b)
            case AffineBinaryOpKind.FloorDiv:
                return self.divi(a, b)
            case AffineBinaryOpKind.CeilDiv:
                assert isinstance(b, int)
                return self.ceildiv(a, b)

    # Loops

    @contextmanager
    def scope(self, block: Block) -> Iterator[Block]:
        """Emits into `block` for a while."""
        self._scopes.append((block, {}))
        yield block
        self._scopes.pop()

    @contextmanager
    def loop(
        self,
        lower: Index,
        upper: Index,
        step: int,
        carried: list[SSAValue],
        *,
        unroll: Unroll | None = None,
    ) -> Iterator[tuple[SSAValue, list[SSAValue]]]:
        """`scf.for`; `carried` holds the initial values, in the body the current ones are yielded
        to the caller, which leaves the next ones in `carried`; afterwards it holds the results.
        `unroll` by LLVM: by default "disable" if there are loops inside, else "free"."""
        types = [value.type for value in carried]
        block = Block(arg_types=[INDEX, *types])
        initial = list(carried)
        bounds = [self.const(lower), self.const(upper), self.const(step)]
        with self.scope(block):
            carried[:] = block.args[1:]
            yield block.args[0], carried
            self.add(scf.YieldOp.create(operands=carried))
        if unroll is None:
            nested = any(isinstance(o, scf.ForOp | scf.WhileOp) for o in block.ops)
            unroll = "disable" if nested else "free"
        op = scf.ForOp.create(
            operands=[*bounds, *initial],
            result_types=types,
            regions=[Region(block)],
            attributes=ANNOTATIONS[unroll],
        )
        carried[:] = self.add(op).results

    def branch(self, condition: SSAValue, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """`scf.if` without results, around what `yes` and `no` emit."""
        regions: list[Region] = []
        for emit in (yes, no):
            block = Block()
            with self.scope(block):
                emit()
                self.add(scf.YieldOp.create())
            regions.append(Region(block))
        self.add(scf.IfOp.create(operands=[condition], regions=regions))

    # Memory

    def load(self, base: SSAValue, indices: Sequence[SSAValue]) -> SSAValue:
        """One element; shared until the scope ends, so never across a store to the same place."""
        element = base.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        key = ("load", base, *indices)
        value = self.shared(key)
        if value is None:
            op = make(memref.LoadOp, (base, *indices), (element,), _TEMPORAL)
            value = self.remember(key, self.add(op).results[0])
        return value

    def store(self, value: SSAValue, base: SSAValue, indices: Sequence[SSAValue]) -> None:
        self.add(make(memref.StoreOp, (value, base, *indices), (), _TEMPORAL))

    def vector_load(
        self, base: SSAValue, indices: Sequence[SSAValue], lanes: int, mask: SSAValue | None
    ) -> SSAValue:
        """Consecutive elements; lanes outside `mask` are zero and not read."""
        base_type = base.type
        assert isinstance(base_type, MemRefType)
        type_ = vector_type(base_type.element_type, lanes)
        key = ("vector.load", lanes, mask, base, *indices)
        value = self.shared(key)
        if value is not None:
            return value
        if mask is None:
            op: Operation = make(vector.LoadOp, (base, *indices), (type_,), _TEMPORAL)
        else:
            op = vector.MaskedLoadOp.create(
                operands=[base, *indices, mask, self.zero_vector(type_)], result_types=[type_]
            )
        return self.remember(key, self.add(op).results[0])

    def vector_store(
        self,
        value: SSAValue,
        base: SSAValue,
        indices: Sequence[SSAValue],
        mask: SSAValue | None,
    ) -> None:
        if mask is None:
            op: Operation = make(vector.StoreOp, (value, base, *indices), (), _TEMPORAL)
        else:
            op = vector.MaskedStoreOp.create(operands=[base, *indices, mask, value])
        self.add(op)

    def mask(self, count: Index, lanes: int) -> SSAValue:
        """The first `count` lanes on."""
        type_ = vector_type(i1, lanes)
        return self.pure(vector.CreateMaskOp, (self.const(count),), type_, key=lanes)

    def broadcast(self, value: SSAValue, lanes: int) -> SSAValue:
        """A vector of `value`; vectors pass."""
        if isinstance(value.type, VectorType):
            return value
        type_, owner = vector_type(value.type, lanes), value.owner
        if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, FloatAttr | IntegerAttr):
            return self.splat(owner.value, type_)
        return self.pure(vector.BroadcastOp, (value,), type_, key=lanes)

    def extract(self, value: SSAValue, lane: int) -> SSAValue:
        """One lane of a vector."""
        element = value.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        key = ("extract", value, lane)
        known = self.shared(key)
        if known is None:
            op = vector.ExtractOp.create(
                operands=[value], result_types=[element], properties=_position(lane)
            )
            known = self.remember(key, self.add(op).results[0])
        return known

    def from_lanes(self, values: Sequence[SSAValue]) -> SSAValue:
        """A vector of scalars, lane by lane."""
        type_ = vector_type(values[0].type, len(values))
        result = self.zero_vector(type_)
        for lane, value in enumerate(values):
            op = vector.InsertOp.create(
                operands=[value, result], result_types=[type_], properties=_position(lane)
            )
            result = self.add(op).results[0]
        return result

    def select(self, condition: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.pure(arith.SelectOp, (condition, a, b), a.type)
