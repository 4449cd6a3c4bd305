# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the lowering passes share: building replacement ops, and one walk that converts by op type.

`Builder` collects the ops that replace one op; `convert` finds each op's rule by its type, so that
a walk costs one dictionary lookup for each op. Ops are made by `create`, which
skips xDSL's argument matching (three times as fast).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    VectorType,
)
from xdsl.dialects.llvm import ConstantOp
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.errors import GapError

FLOATS = (Float16Type, BFloat16Type, Float32Type, Float64Type)


class Builder:
    """Ops in the order of creation, to be inserted before the op that they replace."""

    def __init__(self) -> None:
        self.ops: list[Operation] = []

    def __call__(
        self,
        cls: type[Operation],
        operands: Sequence[SSAValue],
        result_type: Attribute | None = None,
        properties: Mapping[str, Attribute] | None = None,
    ) -> SSAValue:
        """Adds an op; its first result (ops without one: do not use the value)."""
        op = cls.create(
            operands=operands,
            result_types=() if result_type is None else (result_type,),
            properties={} if properties is None else dict(properties),
        )
        self.ops.append(op)
        return op.results[0] if result_type is not None else None  # type: ignore[return-value]

    def constant(self, value: int | float, type_: Attribute) -> SSAValue:
        """`llvm.mlir.constant`, a splat for vector types."""
        return self(ConstantOp, (), type_, {"value": constant_attr(value, type_)})


def constant_attr(value: int | float, type_: Attribute) -> Attribute:
    """A number as an attribute of `type_`; a splat (one element stored) for vectors."""
    if isinstance(type_, VectorType):
        dtype = elements.dtype_of(type_.element_type)
        if dtype.kind == "i":  # accept bit patterns given as unsigned numbers
            bits = 8 * dtype.itemsize
            value = (int(value) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
        return elements.of_type(type_, np.asarray(value).astype(dtype))
    if isinstance(type_, FLOATS):
        return FloatAttr(float(value), type_)
    assert isinstance(type_, IntegerType | IndexType)
    return IntegerAttr(int(value), type_, truncate_bits=True)


def element_of(type_: Attribute) -> Attribute:
    """The element type of a vector; any other type itself."""
    return type_.element_type if isinstance(type_, VectorType) else type_


def with_element(type_: Attribute, element: Attribute) -> Attribute:
    """`type_` with another element type: a vector of the same shape, or `element` itself."""
    return VectorType(element, type_.shape) if isinstance(type_, VectorType) else element


def lanes(type_: Attribute) -> int:
    """Number of elements of a 1-D vector; 1 for scalars."""
    return type_.get_shape()[0] if isinstance(type_, VectorType) else 1


def constant_of(value: SSAValue) -> int | None:
    """The integer that `value` is, if `arith.constant` or `llvm.mlir.constant` made it."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp | ConstantOp):
        attr = owner.properties["value"]
        if isinstance(attr, IntegerAttr):
            return attr.value.data
    return None


Rule = Callable[[Operation, Builder], "Sequence[SSAValue] | None"]
"""Makes the replacement of an op: new result values, or None to leave the op alone."""


def convert(
    ctx: CompilerContext, root: Operation, rules: Mapping[type[Operation], Any], name: str
) -> None:
    """Replaces every op below `root` once, by the rule for its type; ops made are not looked at.

    `name` is the rewrite's name in events; their source line is the rule's.
    """
    for op in [op for op in root.walk() if type(op) in rules]:
        rule = rules[type(op)]
        builder = Builder()
        results = rule(op, builder)
        if results is not None:
            code = inspect.unwrap(rule).__code__
            place = code.co_filename, code.co_firstlineno
            provenance.replace(ctx, op, builder.ops, results, name, place)
    ctx.check_cancelled()


def gap(op: Operation, because: str) -> GapError:
    """The error for an op that the CPU lowering does not take."""
    return GapError("IX203", f"{op.name}: no lowering to llvm", because=because)
