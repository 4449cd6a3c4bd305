# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memrefs as LLVM sees them: a pointer plus sizes known here, and the address of an element.

MLIR lowers a memref to a struct of pointers, sizes and strides. Kernels never pass memrefs around,
so ours stay `Buffer`s on the Python side: only the pointer and dynamic sizes are SSA values. The
static inner dimensions of an address become an array type of `llvm.getelementptr`, so that an
access is one op.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    UnitAttr,
    VectorType,
    i8,
    i32,
    i64,
)
from xdsl.dialects.llvm import GEP_USE_SSA_VAL, GEPOp, LLVMArrayType, LLVMPointerType
from xdsl.ir import Attribute, Block, SSAValue

from iree_explore.elements import dtype_of
from iree_explore.targets.llvm_cpu.conversion import Builder, constant_of
from iree_explore.targets.llvm_cpu.llvm_extras import OURS, PTR

_ADD = OURS["llvm.add"]
_MUL = OURS["llvm.mul"]
_NO_WRAP = IntegerAttr(0, 32)
_INBOUNDS = UnitAttr()

Size = int | SSAValue
"""A static size, or an i64 value."""


@dataclass(frozen=True)
class Buffer:
    """A memref. `strides` None means row-major over `sizes`; `alignment` in bytes is the pointer's;
    `scope` names memory that other scopes do not touch; `invariant`: nobody writes it."""

    pointer: SSAValue
    element: Attribute
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...] | None = None
    alignment: int = 1
    scope: str = ""
    invariant: bool = False


def storage_type(element: Attribute) -> Attribute:
    """The type an element has in memory: whole bytes (i1 and narrower than a byte are i8)."""
    if isinstance(element, IntegerType) and element.width.data < 8:
        return i8
    if isinstance(element, IndexType):
        return i64
    return element


def storage_bytes(element: Attribute) -> int:
    """Bytes an element takes in memory."""
    return dtype_of(element).itemsize


def address(
    buffer: Buffer,
    indices: Sequence[SSAValue],
    divisor: Callable[[SSAValue], int],
    build: Builder,
) -> tuple[SSAValue, int]:
    """Pointer to an element and its known alignment in bytes; `divisor` of an index."""
    values = [_constant_or(v) for v in indices]
    nbytes = storage_bytes(buffer.element)
    storage = storage_type(buffer.element)
    if buffer.strides is not None:
        linear = total([product(v, s, build) for v, s in zip(values, buffer.strides, strict=True)],
                      build)  # fmt: skip
        alignment = buffer.alignment
        for index, stride in zip(indices, buffer.strides, strict=True):
            step = stride if isinstance(stride, int) else 1
            alignment = math.gcd(alignment, divisor(index) * step * nbytes)
        return element_pointer(buffer.pointer, [linear], storage, build), alignment
    if not values:
        return buffer.pointer, buffer.alignment

    # Trailing static sizes index an array type; everything before them is one linear index.
    first = len(values) - 1
    while first > 0 and isinstance(buffer.sizes[first], int):
        first -= 1
    linear: Size = values[0]
    for value, size in zip(values[1 : first + 1], buffer.sizes[1 : first + 1], strict=True):
        linear = total([product(linear, size, build), value], build)
    inner = buffer.sizes[first + 1 :]
    pointee = array_type(inner, storage)
    return (
        element_pointer(buffer.pointer, [linear, *values[first + 1 :]], pointee, build),
        _alignment(buffer, indices, nbytes, divisor),
    )


@functools.lru_cache(4096)
def array_type(sizes: tuple[int, ...], element: Attribute) -> Attribute:
    """Nested LLVM arrays, the outermost size first."""
    for size in reversed(sizes):
        element = LLVMArrayType(size, element)
    return element


@functools.lru_cache(4096)
def _static_indices(numbers: tuple[int, ...]) -> Attribute:
    return DenseArrayBase.from_list(i32, numbers)


def element_pointer(
    pointer: SSAValue, indices: Sequence[Size], pointee: Attribute, build: Builder
) -> SSAValue:
    """`llvm.getelementptr inbounds`; the pointer itself if all indices are 0."""
    if all(isinstance(i, int) and i == 0 for i in indices):
        return pointer
    static: list[int] = []
    dynamic: list[SSAValue] = []
    for index in indices:
        if isinstance(index, int) and 0 <= index < 2**31:
            static.append(index)
        else:
            static.append(GEP_USE_SSA_VAL)
            dynamic.append(build.constant(index, i64) if isinstance(index, int) else index)
    return build(
        GEPOp,
        [pointer, *dynamic],
        PTR,
        {
            "rawConstantIndices": _static_indices(tuple(static)),
            "elem_type": pointee,
            "noWrapFlags": _NO_WRAP,
            "inbounds": _INBOUNDS,
        },
    )


def row_major_strides(sizes: Sequence[Size], build: Builder) -> list[Size]:
    """Strides, in elements, of a row-major buffer."""
    strides: list[Size] = [1] * len(sizes)
    for d in range(len(sizes) - 2, -1, -1):
        strides[d] = product(strides[d + 1], sizes[d + 1], build)
    return strides


def divisor(value: SSAValue, known: dict[SSAValue, int]) -> int:
    """A number that divides the index `value` in every execution; 0 for the constant 0. `known` are
    the divisors of values asked for before, and of what they are made of."""
    found = known.get(value)
    if found is None:
        known[value] = 1  # of a value that is made of itself
        found = known[value] = _divisor(value, known)
    return found


def _divisor(value: SSAValue, known: dict[SSAValue, int]) -> int:
    constant = constant_of(value)
    if constant is not None:
        return abs(constant)
    owner = value.owner
    if isinstance(owner, Block):
        loop = owner.parent_op()
        if isinstance(loop, scf.ForOp) and owner.args[0] is value:
            lower, _, step, *_ = loop.operands
            return math.gcd(divisor(lower, known), divisor(step, known)) or 1
        return 1
    cls, operands = type(owner), owner.operands
    if cls is arith.AddiOp or cls is arith.SubiOp:
        return math.gcd(divisor(operands[0], known), divisor(operands[1], known))
    if cls is arith.MuliOp:
        return divisor(operands[0], known) * divisor(operands[1], known)
    if cls is arith.ExtUIOp or cls is arith.ExtSIOp:
        return divisor(operands[0], known)
    return 1


def in_storage(type_: Attribute) -> Attribute:
    """The type that memory holds for a scalar or vector type."""
    if isinstance(type_, VectorType):
        element = storage_type(type_.element_type)
        return type_ if element is type_.element_type else VectorType(element, type_.shape)
    return storage_type(type_)


def natural_alignment(type_: Attribute) -> int:
    """Bytes that a scalar or pointer is aligned to in a C struct."""
    return 8 if isinstance(type_, LLVMPointerType) else dtype_of(type_).itemsize


def _alignment(
    buffer: Buffer, indices: Sequence[SSAValue], nbytes: int, divisor: Callable[[SSAValue], int]
) -> int:
    alignment = buffer.alignment
    stride = nbytes  # what divides the stride of the dimension at hand, in bytes
    for index, size in zip(reversed(indices), reversed(buffer.sizes), strict=True):
        alignment = math.gcd(alignment, divisor(index) * stride)
        stride *= size if isinstance(size, int) else 1
    return alignment


def _constant_or(value: SSAValue) -> Size:
    constant = constant_of(value)
    return value if constant is None else constant


def product(a: Size, b: Size, build: Builder) -> Size:
    """a * b, folded where static."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    for x, y in ((a, b), (b, a)):
        if isinstance(x, int):
            if x == 0:
                return 0
            if x == 1:
                return y
    return build(_MUL, [_value(a, build), _value(b, build)], i64)


def total(terms: Sequence[Size], build: Builder) -> Size:
    """The sum, its static part folded."""
    static = sum(t for t in terms if isinstance(t, int))
    result: Size = static
    for term in terms:
        if isinstance(term, int):
            continue
        zero = isinstance(result, int) and result == 0
        result = term if zero else build(_ADD, [_value(result, build), term], i64)
    return result


def _value(size: Size, build: Builder) -> SSAValue:
    return build.constant(size, i64) if isinstance(size, int) else size
