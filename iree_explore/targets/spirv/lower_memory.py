# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Buffers of kernels: how elements lie in bindings and in variables of an invocation.

In registers every integer below 32 bits is an `i32` with its sign extended, `i1` is a bool and
`index` an `i32`. In bindings each element has its own bytes (`i1` one, `index` eight): loaded and
stored as they are where the profile has such types, else as parts of 32-bit words, whose other
bytes neighbours may store at the same time: by atomics. An `i64` is two words there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects.builtin import IndexType, IntegerType, VectorType, f32, i1, i32
from xdsl.ir import Attribute, SSAValue

from iree_explore.targets.spirv.build import Index, Kernel
from iree_explore.targets.spirv.types import ArrayType

i8, i64 = IntegerType(8), IntegerType(64)
PAIR = VectorType(i32, [2])
"""An i64 of a profile that has none (`lower_wide.py`)."""


def register_type(type_: Attribute, words: bool = False) -> Attribute:
    """The type of a value in a kernel; where there are only `words`, an i64 is a pair of them."""
    if words and type_ == i64:
        return PAIR
    if isinstance(type_, IndexType):
        return i32
    if isinstance(type_, IntegerType) and 1 < type_.width.data < 32:
        return i32
    return IntegerType(type_.width.data) if isinstance(type_, IntegerType) else type_


def stored_bits(element: Attribute) -> int:
    """Bits of an element in a binding."""
    if isinstance(element, IndexType):
        return 64
    if isinstance(element, IntegerType):
        return max(8, element.width.data)
    return 32 if element == f32 else 64


@dataclass(frozen=True)
class Memory:
    """A memref: its base, sizes (row-major), element type; `words` if small elements are parts of
    32-bit words (and `index` two of them), `local` if it is a variable of the invocation or of the
    workgroup, `wide` if its elements are vectors of four."""

    base: SSAValue
    sizes: tuple[Index, ...]
    element: Attribute
    words: bool
    local: bool
    wide: bool = False

    def offset(self, k: Kernel, indices: Sequence[Index]) -> SSAValue:
        """The number of an element."""
        total: Index = 0
        for size, index in zip(self.sizes, indices, strict=True):
            total = _add(k, _multiply(k, total, size), index)
        return k.index(total)

    def lanes(self, k: Kernel, indices: Sequence[Index], count: int, whole: bool) -> list[SSAValue]:
        """`count` elements that follow one another; at once if they are a `whole` vector."""
        if self.wide and whole:
            vector = k.load(self.base, k.op("ShiftRightLogical", self.offset(k, indices), 2))
            type_ = register_type(self.element)
            return [k.op("CompositeExtract", vector, indices=[n], result=type_)
                    for n in range(count)]  # fmt: skip
        *outer, last = indices
        return [self.load(k, [*outer, _add(k, last, n)]) for n in range(count)]

    def store_lanes(
        self, k: Kernel, indices: Sequence[Index], values: Sequence[SSAValue], whole: bool
    ) -> None:
        """Sets elements that follow one another."""
        if self.wide and whole:
            type_ = VectorType(register_type(self.element), [len(values)])
            vector = k.op("CompositeConstruct", *values, result=type_)
            at = k.op("ShiftRightLogical", self.offset(k, indices), 2)
            return k.store(self.base, at, vector)
        *outer, last = indices
        for number, value in enumerate(values):
            self.store(k, [*outer, _add(k, last, number)], value)
        return None

    def load(self, k: Kernel, indices: Sequence[Index]) -> SSAValue:
        """An element, as it is in registers."""
        at, bits = self.offset(k, indices), stored_bits(self.element)
        if self.wide:
            return k.load(self.base, *_in_vector(k, at))
        if self.local:
            return k.load(self.base, at)
        if isinstance(self.element, IndexType):
            if self.words:
                return k.load(self.base, k.op("ShiftLeftLogical", at, 1))
            return k.op("UConvert", k.load(self.base, at), result=i32)
        if bits == 64 and self.words:
            low = k.op("ShiftLeftLogical", at, 1)
            high = k.load(self.base, k.op("IAdd", low, 1))
            return k.op("CompositeConstruct", k.load(self.base, low), high, result=PAIR)
        if bits >= 32:
            return k.load(self.base, at)
        if self.words:
            word, shift = _place(k, at, bits)
            value = k.op("BitFieldSExtract", k.load(self.base, word), shift, bits)
        else:
            value = k.op("SConvert", k.load(self.base, at), result=i32)
        if self.element == i1:
            return k.op("INotEqual", value, 0)
        # of the bytes of i2 and i4 only the low bits count
        if isinstance(self.element, IntegerType) and (width := self.element.width.data) < 8:
            return k.op("BitFieldSExtract", value, 0, width)
        return value

    def store(self, k: Kernel, indices: Sequence[Index], value: SSAValue) -> None:
        """Sets an element."""
        at, bits = self.offset(k, indices), stored_bits(self.element)
        if self.wide:
            return k.store(self.base, *_in_vector(k, at), value)
        if self.local:
            return k.store(self.base, at, value)
        if isinstance(self.element, IndexType):
            if not self.words:
                return k.store(self.base, at, k.op("SConvert", value, result=i64))
            at = k.op("ShiftLeftLogical", at, 1)
            k.store(self.base, at, value)
            high = k.op("ShiftRightArithmetic", value, 31)
            return k.store(self.base, k.op("IAdd", at, 1), high)
        if bits == 64 and self.words:
            low = k.op("ShiftLeftLogical", at, 1)
            for place, number in ((low, 0), (k.op("IAdd", low, 1), 1)):
                part = k.op("CompositeExtract", value, indices=[number], result=i32)
                k.store(self.base, place, part)
            return None
        if bits >= 32:
            return k.store(self.base, at, value)
        if self.element == i1:
            value = k.op("Select", value, k.index(1), k.index(0))
        if not self.words:
            return k.store(self.base, at, k.op("UConvert", value, result=IntegerType(bits)))
        word, shift = _place(k, at, bits)
        address = k.element(self.base, word)
        ones = k.op("ShiftLeftLogical", (1 << bits) - 1, shift)
        part = k.op("BitwiseAnd", k.op("ShiftLeftLogical", value, shift), ones)
        scope: dict[str, Any] = {"memory_scope": "Device", "semantics": "None"}
        k.op("AtomicAnd", address, k.op("Not", ones), **scope)
        k.op("AtomicOr", address, part, **scope)
        return None


def storage_type(element: Attribute, words: bool) -> Attribute:
    """What the runtime array of a binding is of."""
    bits = stored_bits(element)
    if isinstance(element, IndexType):
        return i32 if words else i64
    if isinstance(element, IntegerType):
        return i32 if words and bits != 32 else IntegerType(bits)
    return element


def local_memory(
    k: Kernel, sizes: Sequence[int], element: Attribute, words: bool = False
) -> Memory:
    """An array of the invocation; its elements are as in registers."""
    base = k.local(ArrayType(register_type(element, words), max(1, math.prod(sizes))))
    return Memory(base, tuple(sizes), element, words=False, local=True)


def shared_memory(
    k: Kernel, name: str, sizes: Sequence[int], element: Attribute, wide: bool, words: bool = False
) -> Memory:
    """An array of the workgroup; its elements are as in registers, or vectors of four of them."""
    type_: Attribute = register_type(element, words)
    count = max(1, math.prod(sizes))
    if wide:
        type_, count = VectorType(type_, [4]), count // 4
    base = k.shared(name, ArrayType(type_, count))
    return Memory(base, tuple(sizes), element, words=False, local=True, wide=wide)


def _in_vector(k: Kernel, at: SSAValue) -> tuple[SSAValue, SSAValue]:
    """Vector and lane of the element `at`."""
    return k.op("ShiftRightLogical", at, 2), k.op("BitwiseAnd", at, 3)


def _place(k: Kernel, at: SSAValue, bits: int) -> tuple[SSAValue, SSAValue]:
    """Word and bit of the element `at`."""
    per_word = {8: 2, 16: 1}[bits]
    word = k.op("ShiftRightLogical", at, per_word)
    inside = k.op("BitwiseAnd", at, (1 << per_word) - 1)
    return word, k.op("IMul", inside, bits)


def _multiply(k: Kernel, a: Index, b: Index) -> Index:
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if 0 in (a, b):
        return 0
    return b if a == 1 else a if b == 1 else k.op("IMul", a, b)


def _add(k: Kernel, a: Index, b: Index) -> Index:
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    return b if isinstance(a, int) and a == 0 else k.op("IAdd", a, b)
