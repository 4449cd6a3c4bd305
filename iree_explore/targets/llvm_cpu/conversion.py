# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the lowering passes share: building replacement ops, and one walk that converts by op type.

`Builder` collects the ops that replace one op; `convert` finds each op's rule by its type, so that
a walk costs one dictionary lookup for each op. Ops are made by `create`, which
skips xDSL's argument matching (three times as fast).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    BFloat16Type,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    VectorType,
    i64,
)
from xdsl.dialects.llvm import ConstantOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import make
from iree_explore.errors import GapError
from iree_explore.targets.llvm_cpu.llvm_extras import PoisonOp
from iree_explore.walk import walk

FLOATS = (Float16Type, BFloat16Type, Float32Type, Float64Type)


class Builder:
    """Ops in the order of creation, to be inserted before the op that they replace.

    With `shared` (constants that `convert` puts at the head of the function) each constant is made
    once.
    """

    def __init__(self, shared: dict[object, Operation] | None = None) -> None:
        self.ops: list[Operation] = []
        self.shared = shared

    def __call__(
        self,
        cls: type[Operation],
        operands: Sequence[SSAValue],
        result_type: Attribute | None = None,
        properties: Mapping[str, Attribute] | None = None,
    ) -> SSAValue:
        """Adds an op; its first result (ops without one: do not use the value)."""
        op = make(cls, operands, () if result_type is None else (result_type,), properties)
        self.ops.append(op)
        return op.results[0] if result_type is not None else None  # type: ignore[return-value]

    def constant(self, value: int | float, type_: Attribute) -> SSAValue:
        """`llvm.mlir.constant`, a splat for vector types."""
        if self.shared is None:
            return self(ConstantOp, (), type_, {"value": constant_attr(value, type_)})
        key = (repr(value), type_)
        op = self.shared.get(key)
        if op is None:
            attr = constant_attr(value, type_)
            op = self.shared[key] = make(ConstantOp, (), (type_,), {"value": attr})
        return op.results[0]

    def poison(self, type_: Attribute) -> SSAValue:
        """`llvm.mlir.poison`"""
        if self.shared is None:
            return self(PoisonOp, (), type_)
        op = self.shared.get(type_)
        if op is None:
            op = self.shared[type_] = make(PoisonOp, (), (type_,))
        return op.results[0]


def constant_attr(value: int | float, type_: Attribute) -> Attribute:
    """A number as an attribute of `type_`; a splat (one element stored) for vectors."""
    if isinstance(value, int) and isinstance(type_, IntegerType | IndexType):
        return int_attr(value, type_)
    if isinstance(type_, VectorType):
        dtype = elements.dtype_of(type_.element_type)
        if dtype.kind == "i":  # accept bit patterns given as unsigned numbers
            bits = 8 * dtype.itemsize
            value = (int(value) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
        return elements.of_type(type_, np.asarray(value).astype(dtype))
    if isinstance(type_, FLOATS):
        return FloatAttr(float(value), type_)
    assert isinstance(type_, IntegerType | IndexType)
    return int_attr(int(value), type_)


@functools.lru_cache(4096)
def int_attr(value: int, type_: IntegerType | IndexType) -> IntegerAttr:
    """An integer attribute, made once: xDSL checks each that is made."""
    return IntegerAttr(value, type_, truncate_bits=True)


def index_to_i64(value: SSAValue) -> None:
    """Changes the type of an index value, or of a vector of them, in place."""
    type_ = value.type
    if type(type_) is IndexType:  # attributes have no subclasses, and `isinstance` is slow
        value._type = i64  # pyright: ignore[reportPrivateUsage]
    elif type(type_) is VectorType and type(type_.element_type) is IndexType:
        value._type = with_element(type_, i64)  # pyright: ignore[reportPrivateUsage]


def constant_as_i64(value: Attribute, type_: Attribute) -> Attribute:
    """The attribute of a constant whose result has become `type_`."""
    if isinstance(value, IntegerAttr) and isinstance(value.type, IndexType):
        return int_attr(value.value.data, i64)
    if isinstance(value, DenseIntOrFPElementsAttr) and value.type != type_:
        assert isinstance(type_, VectorType)
        return DenseIntOrFPElementsAttr(type_, value.data)
    return value


def element_of(type_: Attribute) -> Attribute:
    """The element type of a vector; any other type itself."""
    return type_.element_type if type(type_) is VectorType else type_


def with_element(type_: Attribute, element: Attribute) -> Attribute:
    """`type_` with another element type: a vector of the same shape, or `element` itself."""
    return VectorType(element, type_.shape) if isinstance(type_, VectorType) else element


def lanes(type_: Attribute) -> int:
    """Number of elements of a 1-D vector; 1 for scalars."""
    return type_.get_shape()[0] if isinstance(type_, VectorType) else 1


def constant_of(value: SSAValue) -> int | None:
    """The integer that `value` is, if `arith.constant` or `llvm.mlir.constant` made it."""
    owner = value.owner
    if type(owner) is arith.ConstantOp or type(owner) is ConstantOp:
        attr = owner.properties["value"]
        if isinstance(attr, IntegerAttr):
            return attr.value.data
    return None


Rule = Callable[[Operation, Builder], "Sequence[SSAValue] | None"]
"""Makes the replacement of an op: new result values, or None to leave the op alone."""


@dataclass(frozen=True)
class Becomes:
    """The rule of an op that is another op with the same operands and results: changed in place.
    `properties` are the new op's, worked out from the old one; None: it has none."""

    cls: type[Operation]
    properties: Callable[[Operation], dict[str, Attribute]] | None = None


def convert(
    ctx: CompilerContext,
    root: Operation,
    rules: Mapping[type[Operation], Any],
    name: str,
    head: Block | None = None,
) -> None:
    """Replaces every op below `root` once, by the rule for its type; ops made are not looked at.

    `name` is the rewrite's name in events; their source line is the rule's. Constants that rules
    make are shared and go to the start of `head`, if it is given.
    """
    shared: dict[object, Operation] | None = None if head is None else {}
    for op in [op for op in walk(root) if type(op) in rules]:
        rule = rules[type(op)]
        if isinstance(rule, Becomes):
            properties = {} if rule.properties is None else rule.properties(op)
            provenance.become(ctx, op, rule.cls, properties, name, _PLACE)
            continue
        builder = Builder(shared)
        known, number = len(shared or ()), provenance.op_id(op)
        results = rule(op, builder)
        if shared and len(shared) > known:
            provenance.created(ctx, number, list(shared.values())[known:], name, _PLACE)
        if results is not None:
            code = inspect.unwrap(rule).__code__
            place = code.co_filename, code.co_firstlineno
            provenance.replace(ctx, op, builder.ops, results, name, place)
    if shared and head is not None and head.first_op is not None:
        head.insert_ops_before(list(shared.values()), head.first_op)
    ctx.check_cancelled()


_PLACE = (__file__, convert.__code__.co_firstlineno)


def gap(op: Operation, because: str) -> GapError:
    """The error for an op that the CPU lowering does not take."""
    return GapError("IX203", f"{op.name}: no lowering to llvm", because=because)
