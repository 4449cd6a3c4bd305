# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Numbers of workgroups and invocations, and what they are as positions of loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from xdsl.dialects import arith, gpu
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, MemRefType, StringAttr, i1, i64
from xdsl.ir import Attribute, SSAValue

from iree_explore.codegen.dialect import InvocationGuardOp, LocalMemoryOp
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.hal.dialect import InterfaceWorkgroupCountOp, InterfaceWorkgroupIDOp

_BELOW = IntegerAttr(2, i64)


def thread(em: Emitter) -> SSAValue:
    """This invocation's number in its workgroup."""
    known = em.shared("thread")
    if known is not None:
        return known
    op = gpu.ThreadIdOp(gpu.DimensionAttr(gpu.DimensionEnum.X))
    return em.remember("thread", em.add(op).results[0])


def workgroup(em: Emitter) -> Index:
    """This workgroup's number in the grid."""
    x, y = (em.add(cast(Any, InterfaceWorkgroupIDOp)(d)).results[0] for d in (0, 1))
    width = em.add(cast(Any, InterfaceWorkgroupCountOp)(0)).results[0]
    return em.addi(em.muli(y, width), x)


def guard(em: Emitter, number: Index, count: Index) -> None:
    """What follows is only for numbers below `count`."""
    em.add(InvocationGuardOp.create(operands=[em.const(number), em.const(count)]))


def product(em: Emitter, extents: Sequence[Index]) -> Index:
    """Of all extents."""
    total: Index = 1
    for extent in extents:
        total = em.muli(total, extent)
    return total


def positions(em: Emitter, number: Index, extents: Sequence[Index]) -> list[Index]:
    """The indices, outermost first, of point `number` of loops with these extents."""
    found: list[Index] = []
    for place in reversed(range(len(extents))):
        if place == 0:
            found.append(number)
        elif isinstance(extents[place], int) and extents[place] == 1:
            found.append(0)
        else:
            found.append(em.remi(number, extents[place]))
            number = em.divi(number, extents[place])
    return list(reversed(found))


def below(em: Emitter, a: Index, b: Index) -> SSAValue:
    """Whether `a < b`, as i1."""
    operands = (em.const(a), em.const(b))
    return em.pure(arith.CmpiOp, operands, i1, {"predicate": _BELOW}, key="slt")


def both(em: Emitter, conditions: Sequence[SSAValue]) -> SSAValue | None:
    """Whether all conditions hold; None if there are none."""
    total: SSAValue | None = None
    for condition in conditions:
        total = condition if total is None else em.pure(arith.AndIOp, (total, condition), i1)
    return total


def scratch(em: Emitter, shape: Sequence[int], element: Attribute) -> SSAValue:
    """Memory of the workgroup."""
    return em.add(LocalMemoryOp(MemRefType(element, shape))).results[0]


def barrier(em: Emitter, buffers: bool = False) -> None:
    """All invocations of the workgroup arrive; what they wrote to its memory (and with `buffers`
    to bindings) is seen by all."""
    op = gpu.BarrierOp()
    if buffers:
        op.attributes["address_spaces"] = ArrayAttr([StringAttr("global"), StringAttr("workgroup")])
    em.add(op)
