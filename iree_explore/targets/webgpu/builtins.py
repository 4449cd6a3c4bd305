# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels for the fills and copies that WebGPU does not have: it clears and copies whole words.

Both write words of a target from word `first` on, `count` of them; of the first and the last one
only the bytes of a mask, the others stay.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.serialize import serialize

INVOCATIONS = 64
_WIDE = 1 << 15
"""Workgroups in x; more are in y."""


@dataclass(frozen=True)
class Words:
    """Bytes `start` to `end` of a binding as words: `mask_first` of the first one, `mask_last` of
    the last one."""

    first: int
    count: int
    mask_first: int
    mask_last: int

    @staticmethod
    def of(start: int, end: int) -> Words:
        first, last = start // 4, (end - 1) // 4
        after = end - 4 * last
        return Words(
            first, last - first + 1, 0xFFFFFFFF << 8 * (start % 4) & 0xFFFFFFFF,
            0xFFFFFFFF >> 8 * (4 - after),
        )  # fmt: skip

    def constants(self) -> list[int]:
        return [self.first, self.count, self.mask_first, self.mask_last]

    def workgroups(self) -> tuple[int, int, int]:
        groups = -(-self.count // INVOCATIONS)
        return min(groups, _WIDE), -(-groups // _WIDE), 1


def fill_constants(words: Words, start: int, pattern: bytes) -> list[int]:
    """What `fill` takes so that byte `start` is the first one of the pattern."""
    repeated = pattern * (16 // len(pattern))
    at = (start - 4 * words.first) % 16
    turned = repeated[-at:] + repeated[:-at] if at else repeated
    return words.constants() + [int.from_bytes(turned[i : i + 4], "little") for i in (0, 4, 8, 12)]


def copy_constants(words: Words, start: int, source: int, source_words: int) -> list[int]:
    """What `copy` takes so that byte `start` becomes byte `source` of a source of so many words."""
    byte = source - (start - 4 * words.first)
    word, inside = byte // 4, byte % 4
    return [*words.constants(), word & 0xFFFFFFFF, 8 * inside, source_words - 1]


def _number(k: Kernel) -> SSAValue:
    """The invocation's number in the whole grid."""
    group, groups = k.built_in("WorkgroupId"), k.built_in("NumWorkgroups")
    x, y = (k.op("CompositeExtract", group, indices=[d], result=i32) for d in (0, 1))
    wide = k.op("CompositeExtract", groups, indices=[0], result=i32)
    linear = k.op("IAdd", k.op("IMul", y, wide), x)
    return k.op("IAdd", k.op("IMul", linear, INVOCATIONS), k.built_in("LocalInvocationIndex"))


def _store(k: Kernel, target: SSAValue, number: SSAValue, value: SSAValue,
           constants: list[SSAValue]) -> None:  # fmt: skip
    first, count, mask_first, mask_last = constants
    ones = k.constant(-1, i32)
    mask = k.op("Select", k.op("IEqual", number, 0), mask_first, ones)
    at_end = k.op("IEqual", number, k.op("ISub", count, 1))
    mask = k.op("BitwiseAnd", mask, k.op("Select", at_end, mask_last, ones))
    place = k.op("IAdd", first, number)
    kept = k.op("BitwiseAnd", k.load(target, place), k.op("Not", mask))
    k.store(target, place, k.op("BitwiseOr", kept, k.op("BitwiseAnd", value, mask)))


@functools.cache
def fill() -> bytes:
    """Binding 0: the target. Constants: those of `fill_constants`."""
    k = Kernel("fill", (INVOCATIONS, 1, 1))
    target = k.buffer("target", i32, 0)
    *words, a, b, c, d = k.push_constants(*[i32] * 8)
    number = _number(k)
    with k.when(k.op("ULessThan", number, words[1])):
        odd = k.op("INotEqual", k.op("BitwiseAnd", number, 1), 0)
        high = k.op("INotEqual", k.op("BitwiseAnd", number, 2), 0)
        pair = k.op("Select", odd, b, a), k.op("Select", odd, d, c)
        _store(k, target, number, k.op("Select", high, pair[1], pair[0]), words)
    return serialize(k.finish())


@functools.cache
def copy() -> bytes:
    """Binding 0: the source, 1: the target. Constants: those of `copy_constants`."""
    k = Kernel("copy", (INVOCATIONS, 1, 1))
    source, target = k.buffer("source", i32, 0, read_only=True), k.buffer("target", i32, 1)
    *words, begin, shift, last = k.push_constants(*[i32] * 7)
    number = _number(k)
    with k.when(k.op("ULessThan", number, words[1])):
        at = k.op("IAdd", begin, number)
        # Bytes beyond the source's are masked: any word does for them.
        low = k.load(source, k.op("GL.UMin", at, last))
        high = k.load(source, k.op("GL.UMin", k.op("IAdd", at, 1), last))
        rest = k.op("ShiftLeftLogical", high, k.op("BitwiseAnd", k.op("ISub", 32, shift), 31))
        both = k.op("BitwiseOr", k.op("ShiftRightLogical", low, shift), rest)
        value = k.op("Select", k.op("IEqual", shift, 0), low, both)
        _store(k, target, number, value, words)
    return serialize(k.finish())
