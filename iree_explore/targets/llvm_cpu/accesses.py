# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads and stores of LLVM, and the difference between a value and what memory holds of it.

Memory holds whole bytes: i1 and narrower integers as i8. Every access names its
alias scope (the binding or local buffer it touches) and whether nobody writes there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerAttr, IntegerType, StringAttr, UnitAttr, i64
from xdsl.dialects.llvm import LoadOp
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.targets.llvm_cpu import buffers
from iree_explore.targets.llvm_cpu.conversion import Builder, element_of, int_attr
from iree_explore.targets.llvm_cpu.llvm_extras import OURS, AliasScopeAttr

_UNIT = UnitAttr()
_NOT_ATOMIC = IntegerAttr(0, i64)


def aligned(alignment: int) -> dict[str, Attribute]:
    """Properties of `llvm.load` and `llvm.store`."""
    return {"ordering": _NOT_ATOMIC, "alignment": int_attr(alignment, i64)}


def becomes(
    op: Operation,
    cls: type[Operation],
    operands: Sequence[SSAValue],
    properties: dict[str, Attribute],
) -> None:
    """Makes `op` an op of `cls` with other operands; its results stay. Its id is the caller's."""
    op.__class__ = cls
    op.properties = properties
    op.operands = operands


def load(
    build: Builder,
    pointer: SSAValue,
    type_: Attribute,
    scope: str = "",
    invariant: bool = True,
    alignment: int = 0,
) -> SSAValue:
    """`llvm.load`, by default of what no kernel writes; `alignment` 0 is the type's own."""
    natural = alignment or buffers.natural_alignment(type_)
    value = build(LoadOp, [pointer], type_, aligned(natural))
    in_scope(build.ops[-1], scope, invariant)
    return value


def in_scope(op: Operation, scope: str, invariant: bool) -> None:
    """Marks an access: the memory it touches, and whether nobody writes that memory."""
    if scope:
        op.attributes["alias_scopes"] = _scope(scope)
    if invariant:
        op.attributes["invariant"] = _UNIT


@functools.cache
def _scope(name: str) -> AliasScopeAttr:
    return AliasScopeAttr(StringAttr(name))


def from_storage(value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
    """What memory holds as the type that the program uses: i1 is any non-zero byte."""
    if value.type == type_:
        return value
    element = element_of(type_)
    assert isinstance(element, IntegerType)
    if element.width.data == 1:
        zero = build.constant(0, value.type)
        return build(OURS["llvm.icmp"], [value, zero], type_, {"predicate": IntegerAttr(1, i64)})
    return build(OURS["llvm.trunc"], [value], type_)


def to_storage(value: SSAValue, build: Builder) -> SSAValue:
    type_ = buffers.in_storage(value.type)
    if value.type == type_:
        return value
    return build(OURS["llvm.zext"], [value], type_)
