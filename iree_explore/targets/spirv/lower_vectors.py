# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Vectors of kernels: their lanes are scalars, but what lies in memory is accessed at once.

GPUs compute on scalars, so a vector is a list of them. What matters is that four neighbours of 32
bits are loaded and stored as one `vector<4xf32>`: the variable of a binding (or of workgroup
memory) has vectors as elements then (`wide`), if all that stores to it stores whole vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    VectorType,
)
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.codegen.bounds import divisor
from iree_explore.targets.spirv.lower_memory import stored_bits

LANES = 4


@dataclass(frozen=True)
class _Typed:
    type: Attribute


@dataclass(frozen=True)
class LaneOp:
    """An op on vectors as the op that it is on one lane: what the rules of scalars look at."""

    name: str
    operands: tuple[_Typed, ...]
    results: tuple[_Typed, ...]
    properties: Any
    attributes: Any


def element_of(type_: Attribute) -> Attribute:
    """The type of a lane."""
    return type_.element_type if isinstance(type_, VectorType) else type_


def lane_op(op: Operation) -> Any:
    """The op on one lane."""
    operands = tuple(_Typed(element_of(v.type)) for v in op.operands)
    results = tuple(_Typed(element_of(v.type)) for v in op.results)
    return LaneOp(op.name, operands, results, op.properties, op.attributes)


def lane_count(type_: Attribute) -> int:
    """Lanes of a vector, 0 of a scalar."""
    return math.prod(type_.get_shape()) if isinstance(type_, VectorType) else 0


def dense_lanes(attribute: Attribute) -> list[Attribute]:
    """The elements of a constant vector, each as an attribute."""
    assert isinstance(attribute, DenseIntOrFPElementsAttr), attribute
    element = attribute.get_element_type()
    count = math.prod(attribute.get_shape())
    values = list(attribute.get_values())
    values = values * count if len(values) == 1 else values
    made: list[Attribute] = []
    for value in values:
        if isinstance(element, IntegerType | IndexType):
            made.append(IntegerAttr(int(value), element))  # pyright: ignore
        else:
            made.append(FloatAttr(float(value), element))  # pyright: ignore
    return made


def aligned(type_: MemRefType, sizes: Sequence[SSAValue], indices: Sequence[SSAValue]) -> bool:
    """Whether an element of a row-major buffer is at a multiple of four, and the buffer's own
    size is one."""
    shape = type_.get_shape()
    if not shape or stored_bits(type_.element_type) != 32:
        return False
    dynamic = iter(sizes)
    known = [divisor(next(dynamic)) if n < 0 else n for n in shape]
    if math.prod(known) % LANES:
        return False
    stride = 1
    for size, index in zip(reversed(known), reversed(list(indices)), strict=True):
        if divisor(index) * stride % LANES:
            return False
        stride *= size
    return True


def accesses(buffers: Sequence[SSAValue]) -> list[tuple[str, bool]]:
    """Per access to memory: "load" or "store", and whether it is of four aligned neighbours."""
    found: list[tuple[str, bool]] = []
    for buffer in buffers:
        type_ = buffer.type
        assert isinstance(type_, MemRefType)
        owner = buffer.owner
        sizes = owner.operands if isinstance(owner, Operation) else ()
        for use in buffer.uses:
            op = use.operation
            if op.name in ("memref.load", "memref.store"):
                found.append((op.name.rpartition(".")[2], False))
            elif op.name == "vector.load":
                wide = lane_count(op.results[0].type) == LANES
                found.append(("load", wide and aligned(type_, sizes, op.operands[1:])))
            elif op.name == "vector.store":
                wide = lane_count(op.operands[0].type) == LANES
                found.append(("store", wide and aligned(type_, sizes, op.operands[2:])))
    return found


def is_wide(buffers: Sequence[SSAValue], parts: bool) -> bool:
    """Whether a variable's elements are vectors; `parts`: also where single lanes are stored."""
    types = {buffer.type.element_type for buffer in buffers}  # pyright: ignore
    if len(types) != 1:
        return False
    found = accesses(buffers)
    whole = all(wide for kind, wide in found if kind == "store")
    return any(wide for _, wide in found) and (whole or parts)
