# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Numbers`: arithmetic for loops over matrices, the same code for real and for complex ones.

A number is a tuple of scalars: one part if it is real, real and imaginary part if it is complex. A
matrix is as many buffers. The matrix ops of `linalg/ext/` are written with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects import math as mlir_math
from xdsl.ir import Attribute, SSAValue

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

Number = tuple[SSAValue, ...]


class Numbers:
    """Builds arithmetic on numbers of `parts` parts of the float type `type_` with `b`."""

    def __init__(self, b: LoopBuilder, parts: int, type_: Attribute):
        self.b, self.parts, self.type = b, parts, type_

    # Memory

    def load(self, buffers: Sequence[SSAValue], at: Sequence[Index]) -> Number:
        return tuple(self.b.load(v, at) for v in buffers)

    def store(self, x: Number, buffers: Sequence[SSAValue], at: Sequence[Index]) -> None:
        for value, buffer in zip(x, buffers, strict=True):
            self.b.store(value, buffer, at)

    # Real scalars

    def real(self, value: float) -> SSAValue:
        """A real constant."""
        return self.b.em.scalar(value, self.type)

    def plus(self, x: SSAValue, y: SSAValue) -> SSAValue:
        return self.b.do(arith.AddfOp, x, y)

    def minus(self, x: SSAValue, y: SSAValue) -> SSAValue:
        return self.b.do(arith.SubfOp, x, y)

    def times(self, x: SSAValue, y: SSAValue) -> SSAValue:
        return self.b.do(arith.MulfOp, x, y)

    def over(self, x: SSAValue, y: SSAValue) -> SSAValue:
        return self.b.do(arith.DivfOp, x, y)

    def sqrt(self, x: SSAValue) -> SSAValue:
        return self.b.do(mlir_math.SqrtOp, x)

    def magnitude(self, x: SSAValue) -> SSAValue:
        """Absolute value of a real scalar."""
        return self.b.do(mlir_math.AbsFOp, x)

    def larger(self, x: SSAValue, y: SSAValue) -> SSAValue:
        """The larger of two real scalars; NaN if one is."""
        return self.b.do(arith.MaximumfOp, x, y)

    def compare(self, predicate: str, x: SSAValue, y: SSAValue) -> SSAValue:
        """`arith.cmpf` of real scalars."""
        return self.b.do(arith.CmpfOp, x, y, predicate)

    # Numbers

    def number(self, value: float) -> Number:
        """A constant without imaginary part."""
        return (self.real(value), self.real(0.0))[: self.parts]

    def from_real(self, x: SSAValue) -> Number:
        return (x, self.real(0.0))[: self.parts]

    def add(self, x: Number, y: Number) -> Number:
        return tuple(self.plus(a, b) for a, b in zip(x, y, strict=True))

    def subtract(self, x: Number, y: Number) -> Number:
        return tuple(self.minus(a, b) for a, b in zip(x, y, strict=True))

    def conjugate(self, x: Number) -> Number:
        return x if len(x) == 1 else (x[0], self.b.do(arith.NegfOp, x[1]))

    def scale(self, x: Number, by: SSAValue) -> Number:
        """A number times a real scalar."""
        return tuple(self.times(a, by) for a in x)

    def multiply(self, x: Number, y: Number) -> Number:
        if len(x) == 1:
            return (self.times(x[0], y[0]),)
        real = self.minus(self.times(x[0], y[0]), self.times(x[1], y[1]))
        imag = self.plus(self.times(x[0], y[1]), self.times(x[1], y[0]))
        return (real, imag)

    def subtract_product(self, x: Number, y: Number, z: Number) -> Number:
        """x - y * z"""
        return self.subtract(x, self.multiply(y, z))

    def divide(self, x: Number, y: Number) -> Number:
        """x / y, without overflow of intermediate values."""
        if len(x) == 1:
            return (self.over(x[0], y[0]),)
        size = self.larger(self.magnitude(y[0]), self.magnitude(y[1]))
        unit = tuple(self.over(a, size) for a in y)
        product = self.multiply(x, self.conjugate(unit))
        by = self.times(self.square(unit), size)
        return tuple(self.over(a, by) for a in product)

    def square(self, x: Number) -> SSAValue:
        """|x|², a real scalar."""
        total = self.times(x[0], x[0])
        return total if len(x) == 1 else self.plus(total, self.times(x[1], x[1]))

    def polar(self, x: Number) -> tuple[SSAValue, Number]:
        """|x| and x / |x|, which is 1 for zero; the latter has length 1 however small x is: squares
        are of parts relative to the larger one."""
        one, largest = self.real(1.0), self.magnitude(x[0])
        if len(x) == 2:
            largest = self.larger(largest, self.magnitude(x[1]))
        some = self.compare("ogt", largest, self.real(0.0))
        divisor = self.b.select(some, largest, one)
        parts = tuple(self.over(part, divisor) for part in x)
        length = self.b.select(some, self.sqrt(self.square(parts)), one)
        unit = tuple(self.over(part, length) for part in parts)
        return self.times(largest, length), self.select(some, unit, self.number(1.0))

    def select(self, condition: SSAValue, x: Number, y: Number) -> Number:
        return tuple(self.b.select(condition, a, b) for a, b in zip(x, y, strict=True))

    # Rows and columns of matrices

    def turn(
        self, buffers: Sequence[SSAValue], first: Sequence[Index], second: Sequence[Index],
        phase: Number, c: SSAValue, s: SSAValue,
    ) -> None:  # fmt: skip
        """Two elements become phase c x - s y and phase s x + c y."""
        one, other = self.load(buffers, first), self.load(buffers, second)
        turned = self.multiply(phase, one)
        self.store(self.subtract(self.scale(turned, c), self.scale(other, s)), buffers, first)
        self.store(self.add(self.scale(turned, s), self.scale(other, c)), buffers, second)

    def sort_rows(
        self, before: str, values: SSAValue, count: Index,
        matrices: Sequence[tuple[Sequence[SSAValue], Index]], at: Callable[..., list[Index]],
    ) -> None:  # fmt: skip
        """Orders `count` real values, first those that compare `before` the others ("olt", "ogt"),
        and with them the rows of matrices, given with the lengths of their rows."""
        b = self.b
        with b.loop(0, count) as i:
            value = b.load(values, at(i))
            best = [b.em.const(i), value]
            with b.loop(b.em.addi(i, 1), count, best) as j:
                other = b.load(values, at(j))
                better = self.compare(before, other, best[1])
                best[:] = [b.select(better, j, best[0]), b.select(better, other, best[1])]
            with b.when(b.compare("ne", best[0], i)):
                b.store(value, values, at(best[0]))
                b.store(best[1], values, at(i))
                for buffers, length in matrices:
                    with b.loop(0, length) as k:
                        one = self.load(buffers, at(i, k))
                        self.store(self.load(buffers, at(best[0], k)), buffers, at(i, k))
                        self.store(one, buffers, at(best[0], k))


def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Parts of numbers as one array, complex if there are two."""
    if len(arrays) == 1:
        return arrays[0]
    kind = np.complex64 if arrays[0].dtype == np.float32 else np.complex128
    return (arrays[0] + 1j * arrays[1]).astype(kind)


def parted(array: np.ndarray, like: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The parts of an array of numbers, in the dtype of `like`."""
    parts = [array] if len(like) == 1 else [np.real(array), np.imag(array)]
    return [np.ascontiguousarray(p).astype(x.dtype) for p, x in zip(parts, like, strict=True)]
