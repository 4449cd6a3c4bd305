# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads and stores of LLVM, and the difference between a value and what memory holds of it.

Memory holds whole bytes: i1 and narrower integers as i8, `index` as i64. Every access names its
alias scope (the binding or local buffer it touches) and whether nobody writes there.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType, StringAttr, UnitAttr, i64
from xdsl.dialects.llvm import LoadOp, StoreOp
from xdsl.ir import Attribute, SSAValue

from iree_explore.targets.llvm_cpu import buffers
from iree_explore.targets.llvm_cpu.conversion import Builder, element_of
from iree_explore.targets.llvm_cpu.llvm_extras import OURS, AliasScopeAttr

_UNIT = UnitAttr()
_NOT_ATOMIC = IntegerAttr(0, i64)


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
    value = build(
        LoadOp,
        [pointer],
        type_,
        {"ordering": _NOT_ATOMIC, "alignment": IntegerAttr(natural, i64)},
    )
    in_scope(build, scope, invariant)
    return value


def store(build: Builder, value: SSAValue, pointer: SSAValue, scope: str, alignment: int) -> None:
    """`llvm.store`."""
    build(
        StoreOp,
        [value, pointer],
        None,
        {"ordering": _NOT_ATOMIC, "alignment": IntegerAttr(alignment, i64)},
    )
    in_scope(build, scope, False)


def in_scope(build: Builder, scope: str, invariant: bool) -> None:
    """Marks the op built last: the memory it touches, and whether nobody writes that memory."""
    attributes = build.ops[-1].attributes
    if scope:
        attributes["alias_scopes"] = AliasScopeAttr(StringAttr(scope))
    if invariant:
        attributes["invariant"] = _UNIT


def from_storage(value: SSAValue, type_: Attribute, build: Builder) -> SSAValue:
    """What memory holds as the type that the program uses: i1 is any non-zero byte."""
    if value.type == type_:
        return value
    element = element_of(type_)
    if isinstance(element, IndexType):
        return build(arith.IndexCastOp, [value], type_)
    assert isinstance(element, IntegerType)
    if element.width.data == 1:
        zero = build.constant(0, value.type)
        return build(OURS["llvm.icmp"], [value, zero], type_, {"predicate": IntegerAttr(1, i64)})
    return build(OURS["llvm.trunc"], [value], type_)


def to_storage(value: SSAValue, build: Builder) -> SSAValue:
    type_ = buffers.in_storage(value.type)
    if value.type == type_:
        return value
    if isinstance(element_of(value.type), IndexType):
        return build(arith.IndexCastOp, [value], type_)
    return build(OURS["llvm.zext"], [value], type_)
