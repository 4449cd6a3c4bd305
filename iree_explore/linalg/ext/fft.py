# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.fft`: transforms of many signals of one length, in registers' worth of them.

The signals are the vectors: `ROW` of them are transposed into local memory, where an element is one
row of real parts and one of imaginary parts. Every step is then elementwise on rows, whatever the
length. Steps are Stockham's: one with factor r makes r p signals of s elements of the p before it,
in order, from one buffer into another. Source: Van Loan, "Computational Frameworks for the Fast
Fourier Transform", 1.7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, FloatAttr, IntegerAttr, MemRefType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Region, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import irdl_op_definition, prop_def

from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run, shape_of

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

Complex = tuple[SSAValue, SSAValue]
"""Real and imaginary part of one element."""

FACTORS = (8, 4, 2, 3, 5, 7, 11, 13)
"""Of a step; 8 complex numbers and what becomes of them are 32 registers."""


def factors(n: int) -> list[int]:
    """The factors of the steps of a transform of length n, empty if it has others."""
    found: list[int] = []
    rest = n
    while rest % 16 == 0 and rest != 16:  # 16 is 4 * 4, not 8 * 2
        found.append(8)
        rest //= 8
    for factor in FACTORS[1 if rest % 16 == 0 else 0 :]:
        while rest % factor == 0:
            found.append(factor)
            rest //= factor
    return found if rest == 1 else []


def roots(n: int, exponents: np.ndarray, sign: int) -> np.ndarray:
    """exp(sign 2πi k / n) for integers k; exact where it is 1, i, -1 or -i."""
    k = np.asarray(exponents, np.int64) % n
    eighths, angle = 8 * k // n, 2 * np.pi * (k / n)
    value = np.cos(angle) + 1j * np.sin(angle)
    exact = np.array([1, 0, 1j, 0, -1, 0, -1j, 0])[eighths]
    value = np.where((8 * k == eighths * n) & (eighths % 2 == 0), exact, value)
    return value if sign > 0 else value.conj()


def twiddles(n: int, sign: int) -> np.ndarray:
    """What the results of the steps are multiplied with, [count, 2]: of each step but the last, and
    each p, factors 1 to r - 1."""
    tables: list[np.ndarray] = []
    rest = n
    for r in factors(n)[:-1]:
        p, k = np.arange(rest // r), np.arange(1, r)
        tables.append(roots(rest, np.outer(p, k), sign).ravel())
        rest //= r
    value = np.concatenate(tables) if tables else np.ones(1, np.complex128)
    return np.stack([np.real(value), np.imag(value)], -1)


@irdl_op_definition
class FftOp(LinalgExtOp):
    """`ins` [signals, 2 n], halves of each element side by side, and `twiddles`; `outs` [signals,
    2 n]. `sign` is that of the exponent; the inverse (+1) is divided by n."""

    name = "iree_linalg_ext.fft"
    ROW: ClassVar[int] = 16
    sign = prop_def(IntegerAttr)

    @property
    def length(self) -> int:
        """n"""
        return shape_of(self.outs[0])[1] // 2

    def labels(self) -> list[Labels]:
        return [(0, None), (None, None), (0, None)]

    def work(self) -> int:
        """Additions and multiplications of one signal."""
        return 5 * self.length * max(1, self.length.bit_length())

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        pairs = ins[0].astype(np.float64).reshape(len(ins[0]), self.length, 2)
        values = pairs[..., 0] + 1j * pairs[..., 1]
        found = np.fft.ifft(values) if self.sign.value.data > 0 else np.fft.fft(values)
        both = np.stack([np.real(found), np.imag(found)], -1)
        return [both.reshape(outs[0].shape).astype(outs[0].dtype)]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Transform(self, b).emit()


class _Transform:
    """The loops of one op."""

    def __init__(self, op: FftOp, b: LoopBuilder):
        self.b, self.em = b, b.em
        (self.source, self.table), (self.result,) = b.ins, b.outs
        self.n, self.sign = op.length, 1 if op.sign.value.data > 0 else -1
        self.type = cast(AnyFloat, cast(MemRefType, self.result.type).element_type)
        (self.signals,) = b.extents()

    def emit(self) -> None:
        """Blocks of `ROW` signals; the last one begins earlier, or has fewer if all are fewer."""
        b, em, row = self.b, self.em, FftOp.ROW
        buffers = [b.local([2 * self.n, row], self.type) for _ in range(2)]

        def block(first: Index, count: Index) -> None:
            source = b.part(self.source, [first, 0], [count, 2 * self.n], 2)
            inside = b.part(buffers[0], [0, 0], [2 * self.n, count], 2)
            self._transposed(source, inside, 1.0)
            last = self._steps(buffers)
            inside = b.part(last, [0, 0], [2 * self.n, count], 2)
            result = b.part(self.result, [first, 0], [count, 2 * self.n], 2)
            self._transposed(inside, result, 1 / self.n if self.sign > 0 else 1.0)

        def many() -> None:
            last = em.subi(self.signals, row)
            with b.loop(0, self.signals, step=row, unroll="disable") as first:
                block(em.mini(first, last), row)

        def one_by_one() -> None:
            with b.loop(0, self.signals, unroll="disable") as first:
                block(first, 1)

        if not isinstance(self.signals, int):
            em.branch(em.at_least(self.signals, row), many, one_by_one)
        elif self.signals >= row:
            many()
        else:
            block(0, self.signals)

    def _transposed(self, source: SSAValue, target: SSAValue, scale: float) -> None:
        """`target[j, i] = scale * source[i, j]`"""
        block = Block(arg_types=[self.type, self.type])
        value: SSAValue = block.args[0]
        if scale != 1:
            factor = arith.ConstantOp(FloatAttr(scale, self.type))
            product = arith.MulfOp(value, factor.result)
            block.add_ops([factor, product])
            value = product.result
        block.add_op(linalg.YieldOp(value))
        turned = AffineMap.from_callable(lambda i, j: (j, i))
        maps = [turned, AffineMap.identity(2)]
        self.b.generic([source], [target], maps, [True, True], Region(block))

    def _steps(self, buffers: Sequence[SSAValue]) -> SSAValue:
        """All steps, to and fro; the buffer that has the result."""
        b, em = self.b, self.em
        before, after = buffers
        done, rest, place = 1, self.n, 0
        for r in factors(self.n):
            count = rest // r
            with b.loop(0, count, unroll="disable") as p:
                first = em.addi(em.muli(p, r - 1), place)
                weights = [
                    tuple(b.load(self.table, [em.addi(first, k), half]) for half in (0, 1))
                    for k in range(r - 1 if count > 1 else 0)
                ]
                with b.loop(0, done, unroll="disable") as q:
                    read = em.addi(q, em.muli(p, done))
                    write = em.addi(q, em.muli(p, r * done))
                    ins = self._rows(before, read, r, done * count)
                    outs = self._rows(after, write, r, done)
                    self._butterfly(ins, outs, cast(list[Complex], weights))
            place += count * (r - 1)
            done, rest = done * r, count
            before, after = after, before
        return before

    def _rows(self, buffer: SSAValue, first: Index, count: int, step: int) -> list[SSAValue]:
        """Real and imaginary rows of elements `first + k * step`."""
        b, em = self.b, self.em
        base = em.muli(first, 2)
        return [
            b.row(buffer, [em.addi(base, 2 * k * step + half), 0], 1, FftOp.ROW).result
            for k in range(count)
            for half in (0, 1)
        ]

    def _butterfly(
        self, ins: list[SSAValue], outs: list[SSAValue], weights: Sequence[Complex]
    ) -> None:
        """A transform of as many elements as there are rows, times `weights` but for the first."""
        block = Block(arg_types=[self.type] * (len(ins) + len(outs)))
        arguments = block.args[: len(ins)]
        numbers = _Numbers(block, self.type, self.sign)
        found = numbers.transform(list(zip(arguments[::2], arguments[1::2], strict=True)))
        if weights:
            found[1:] = [
                numbers.times(x, w) for x, w in zip(found[1:], weights, strict=True)
            ]  # fmt: skip
        block.add_op(linalg.YieldOp(*(half for value in found for half in value)))
        self.b.rows_generic(ins, outs, Region(block))


class _Numbers:
    """Complex arithmetic in a block of scalars."""

    def __init__(self, block: Block, type_: AnyFloat, sign: int):
        self.block, self.type, self.sign = block, type_, sign

    def do(self, cls: type, *operands: SSAValue) -> SSAValue:
        op = cls(*operands)
        self.block.add_op(op)
        return op.results[0]

    def real(self, value: float) -> SSAValue:
        op = arith.ConstantOp(FloatAttr(value, self.type))
        self.block.add_op(op)
        return op.result

    def add(self, x: Complex, y: Complex) -> Complex:
        return self.do(arith.AddfOp, x[0], y[0]), self.do(arith.AddfOp, x[1], y[1])

    def subtract(self, x: Complex, y: Complex) -> Complex:
        return self.do(arith.SubfOp, x[0], y[0]), self.do(arith.SubfOp, x[1], y[1])

    def times(self, x: Complex, y: Complex) -> Complex:
        turned = self.do(arith.NegfOp, y[1])
        re = self.do(arith.AddfOp, self.do(arith.MulfOp, x[0], y[0]),
                     self.do(arith.MulfOp, x[1], turned))  # fmt: skip
        im = self.do(arith.AddfOp, self.do(arith.MulfOp, x[0], y[1]),
                     self.do(arith.MulfOp, x[1], y[0]))  # fmt: skip
        return re, im

    def scaled(self, x: Complex, factor: float) -> Complex:
        number = self.real(factor)
        return self.do(arith.MulfOp, x[0], number), self.do(arith.MulfOp, x[1], number)

    def quarter(self, x: Complex) -> Complex:
        """x times i or -i, as the sign is, by one negation."""
        if self.sign > 0:
            return self.do(arith.NegfOp, x[1]), x[0]
        return x[1], self.do(arith.NegfOp, x[0])

    def turn(self, x: Complex, k: int, n: int) -> Complex:
        """x times the root of number k of n, for k below n / 2."""
        if k == 0:
            return x
        if 4 * k == n:
            return self.quarter(x)
        if 8 * k == n:
            return self.scaled(self.add(x, self.quarter(x)), math.sqrt(0.5))
        if 8 * k == 3 * n:
            return self.scaled(self.subtract(self.quarter(x), x), math.sqrt(0.5))
        root = roots(n, np.array(k), self.sign)
        return self.times(x, (self.real(float(np.real(root))), self.real(float(np.imag(root)))))

    def transform(self, values: list[Complex]) -> list[Complex]:
        """Even lengths by halves, odd ones by pairs of opposite elements."""
        n = len(values)
        if n == 1:
            return values
        if n % 2 == 0:
            even, odd = self.transform(values[::2]), self.transform(values[1::2])
            odd = [self.turn(x, k, n) for k, x in enumerate(odd)]
            pairs = list(zip(even, odd, strict=True))
            return [self.add(x, y) for x, y in pairs] + [self.subtract(x, y) for x, y in pairs]
        half = range(1, n // 2 + 1)
        sums = [self.add(values[j], values[n - j]) for j in half]
        differences = [self.subtract(values[j], values[n - j]) for j in half]
        total = values[0]
        for term in sums:
            total = self.add(total, term)
        found: list[Complex] = [total] * n
        for k in half:
            angles = [2 * math.pi * (j * k % n) / n for j in half]
            along, across = values[0], None
            for angle, x, y in zip(angles, sums, differences, strict=True):
                along = self._plus(along, x, math.cos(angle))
                across = self._plus(across, y, math.sin(angle))
            assert across is not None
            across = self.quarter(across)
            found[k], found[n - k] = self.add(along, across), self.subtract(along, across)
        return found

    def _plus(self, x: Complex | None, y: Complex, factor: float) -> Complex:
        product = self.scaled(y, factor)
        return product if x is None else self.add(x, product)


OPS = (FftOp,)
