# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Threefry2x32 and Philox4x32, written once for NumPy words and for StableHLO values.

A block function takes a 64-bit key and 64-bit counters and gives 64 random bits a counter. `Words`
computes on StableHLO tensors with Python's operators; NumPy's unsigned arrays need no wrapper.
Sources: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011). Users: `random.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects.builtin import IntegerType, Signedness
from xdsl.ir import SSAValue

from iree_explore.stablehlo.base import element_type
from iree_explore.stablehlo.decomposition import Decomposer

ui32 = IntegerType(32, Signedness.UNSIGNED)
ui64 = IntegerType(64, Signedness.UNSIGNED)

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
PHILOX = ((0xD2511F53, 0x9E3779B9), (0xCD9E8D57, 0xBB67AE85))
"""Multiplier and key increment of either half."""
LOW = 0xFFFFFFFF


class Words:
    """An unsigned integer tensor in a decomposition; Python's operators build ops."""

    def __init__(self, d: Decomposer, value: SSAValue, known: dict[Any, Words] | None = None):
        self.d, self.value = d, value
        self.known: dict[Any, Words] = {} if known is None else known

    def _other(self, x: int | Words) -> SSAValue:
        if isinstance(x, Words):
            return x.value
        key = (x, self.value.type)
        if key not in self.known:
            self.known[key] = Words(self.d, self.d.number(self.value, x), self.known)
        return self.known[key].value

    def _make(self, name: str, x: int | Words) -> Words:
        made = self.d.make(name, self.value, self._other(x))
        return Words(self.d, made, self.known)

    def __add__(self, x: int | Words) -> Words:
        return self._make("add", x)

    def __mul__(self, x: int | Words) -> Words:
        return self._make("multiply", x)

    def __and__(self, x: int | Words) -> Words:
        return self._make("and", x)

    def __or__(self, x: int | Words) -> Words:
        return self._make("or", x)

    def __xor__(self, x: int | Words) -> Words:
        return self._make("xor", x)

    def __lshift__(self, x: int) -> Words:
        return self._make("shift_left", x)

    def __rshift__(self, x: int) -> Words:
        return self._make("shift_right_logical", x)


def words(x: Any, bits: int) -> Any:
    """The low 32 bits, or all of a word as 64."""
    if isinstance(x, Words):
        element = ui32 if bits == 32 else ui64
        if element_type(x.value) == element:
            return x
        return Words(x.d, x.d.convert(x.value, element), x.known)
    return x.astype(np.uint32 if bits == 32 else np.uint64)


def threefry_rounds(k0: Any, k1: Any, x0: Any, x1: Any) -> tuple[Any, Any]:
    """Threefry2x32 with 20 rounds on 32-bit words."""
    keys = (k0, k1, k0 ^ k1 ^ PARITY)
    x0, x1 = x0 + k0, x1 + k1
    for i in range(5):
        for r in ROTATIONS[i % 2]:
            x0 = x0 + x1
            x1 = ((x1 << r) | (x1 >> (32 - r))) ^ x0
        x0 = x0 + keys[(i + 1) % 3]
        x1 = x1 + keys[(i + 2) % 3] + (i + 1)
    return x0, x1


def threefry(key: Any, counter: Any) -> Any:
    """64 bits a counter: the two output words, the first one low."""
    x0, x1 = threefry_rounds(
        words(key, 32), words(key >> 32, 32), words(counter, 32), words(counter >> 32, 32)
    )
    return words(x0, 64) | (words(x1, 64) << 32)


def philox(key: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Philox4x32 with 10 rounds: a 128-bit counter's 128 bits, the low half first.

    Words are kept in 64 bits, where a product of two does not overflow.
    """
    x = [low & LOW, low >> 32, high & LOW, high >> 32]
    k0, k1 = key & LOW, key >> 32
    for i in range(10):
        p0, p1 = x[0] * PHILOX[0][0], x[2] * PHILOX[1][0]
        x = [(p1 >> 32) ^ x[1] ^ k0, p1 & LOW, (p0 >> 32) ^ x[3] ^ k1, p0 & LOW]
        if i < 9:
            k0, k1 = (k0 + PHILOX[0][1]) & LOW, (k1 + PHILOX[1][1]) & LOW
    return x[0] | (x[1] << 32), x[2] | (x[3] << 32)
