# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.eig`: eigenvalues and eigenvectors of any square matrices.

All in complex numbers: rotations make the matrix upper Hessenberg, then shifted QR steps make it
triangular (t = q^H a q), and substitution finds the vectors of t. Source: Golub and Van Loan,
"Matrix Computations", 7.4 to 7.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import Float64Type, UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def

from iree_explore.linalg.ext.cholesky import batch_labels, cubic_work
from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run
from iree_explore.linalg.ext_numbers import Number, Numbers, joined, parted

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder

STEPS = 30
"""QR steps per eigenvalue after which what has been found is returned; two or three are usual."""


@irdl_op_definition
class EigOp(LinalgExtOp):
    """Eigenvalues and right eigenvectors (columns) of the matrices in the last two dimensions, with
    `left` the left ones too: length 1, the largest component real.

    `ins` is a, or its parts; `outs`, all in two parts, are the eigenvalues (n), the right vectors,
    with `left` the left vectors, and scratch: two matrices and a vector. With `square_root` the
    matrix whose square a is takes the place of values and vectors; of a real matrix with a negative
    eigenvalue it is NaN.
    """

    name = "iree_linalg_ext.eig"
    left = opt_prop_def(UnitAttr)
    square_root = opt_prop_def(UnitAttr)

    def labels(self) -> list[Labels]:
        matrices = 2 if self.left is not None else 1
        if self.square_root is not None:
            return batch_labels(list(self.operands), [*[2] * (len(self.ins) + 6), 1, 1])
        inner = [*[2] * len(self.ins), 1, 1, *[2] * (2 * matrices + 4), 1, 1]
        return batch_labels(list(self.operands), inner)

    def work(self) -> int:
        return 16 * cubic_work(self.ins[0])

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        if self.square_root is not None:
            return [*parted(square_root(joined(ins)), outs[:2]), *outs[2:]]
        values, right, left = eigen(joined(ins))
        found = [values, right, left] if self.left is not None else [values, right]
        parts = [p for i, x in enumerate(found) for p in parted(x, outs[2 * i : 2 * i + 2])]
        return [*parts, *outs[len(parts) :]]

    def emit_loops(self, b: LoopBuilder) -> None:
        _Emission(self, b).emit()


class _Emission:
    """The loops of one op."""

    def __init__(self, op: EigOp, b: LoopBuilder):
        self.op, self.b, self.em = op, b, b.em
        pairs = [b.outs[i : i + 2] for i in range(0, len(b.outs), 2)]
        *found, self.t, self.q, self.v = pairs
        self.values, self.vectors = found[0], found[1:]
        self.n = b.sizes(b.ins[0])[-1]
        type_ = self.v[0].type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        self.x = Numbers(b, 2, type_)
        wide = isinstance(type_, Float64Type)
        self.epsilon, self.large = (2.0**-52, 2.0**500) if wide else (2.0**-23, 2.0**60)
        self.point: list[SSAValue] = []

    def at(self, *indices: Index) -> list[Index]:
        return [*self.point, *indices]

    def get(self, i: Index, j: Index) -> Number:
        return self.x.load(self.t, self.at(i, j))

    def emit(self) -> None:
        b, x = self.b, self.x
        with b.points() as self.point:
            size = self.begin()
            finite = x.compare("oeq", x.minus(size, size), x.real(0.0))
            scale = b.select(x.compare("ogt", size, x.real(0.0)), size, x.real(1.0))
            self.scale(scale)
            one = b.select(finite, x.real(1.0), x.real(float("nan")))
            with b.when(finite):
                self.reduce()
                self.triangulate()
            if self.op.square_root is not None:
                self.take_root(scale, one)
                return
            with b.loop(0, self.n) as k:
                value = x.scale(self.eigenvalue(k), x.times(scale, one))
                x.store(value, self.values, self.at(k))
                self.right(k, one)
                if self.op.left is not None:
                    self.left(k, one)

    def begin(self) -> SSAValue:
        """Copies the matrix, no rotations yet; the size of the largest part."""
        b, x = self.b, self.x
        largest = [x.real(0.0)]
        with b.loop(0, self.n, largest) as i, b.loop(0, self.n, largest) as j:
            element = tuple(b.load(part, self.at(i, j)) for part in b.ins)
            for part in element:
                largest[:] = [x.larger(largest[0], x.magnitude(part))]
            x.store(element if len(element) == 2 else x.from_real(element[0]), self.t,
                    self.at(i, j))  # fmt: skip
            same = b.compare("eq", i, j)
            x.store(x.select(same, x.number(1.0), x.number(0.0)), self.q, self.at(i, j))
        return largest[0]

    def scale(self, divisor: SSAValue) -> None:
        with self.b.loop(0, self.n) as i, self.b.loop(0, self.n) as j:
            element = tuple(self.x.over(part, divisor) for part in self.get(i, j))
            self.x.store(element, self.t, self.at(i, j))

    # The triangle

    def reduce(self) -> None:
        """Makes everything below the first subdiagonal zero."""
        b, em = self.b, self.em
        with b.loop(0, self.n) as k:
            under = em.addi(k, 1)
            with b.loop(em.addi(k, 2), self.n) as i:
                self.rotate(under, i, self.get(under, k), self.get(i, k))
                self.x.store(self.x.number(0.0), self.t, self.at(i, k))

    def rotate(self, p: Index, q: Index, first: Number, second: Number) -> None:
        """The rotation of rows p and q, and back of the columns, that takes the column
        (first, second) to (r, 0)."""
        b, x = self.b, self.x
        own, phase = x.polar(first)
        other, direction = x.polar(second)
        with b.when(x.compare("ogt", other, x.real(0.0))):
            larger = x.larger(own, other)
            pair = (x.over(own, larger), x.over(other, larger))
            length = x.sqrt(x.square(pair))
            c = x.over(pair[0], length)
            s = x.scale(x.multiply(phase, x.conjugate(direction)), x.over(pair[1], length))
            bar = x.conjugate(s)
            with b.loop(0, self.n) as k:
                self.turn(self.t, self.at(p, k), self.at(q, k), c, s, bar)
            for matrix in (self.t, self.q):
                with b.loop(0, self.n) as k:
                    self.turn(matrix, self.at(k, p), self.at(k, q), c, bar, s)

    def turn(
        self, buffers: list[SSAValue], first: list[Index], second: list[Index],
        c: SSAValue, s: Number, bar: Number,
    ) -> None:  # fmt: skip
        """Two elements become c x + s y and c y - bar x."""
        x = self.x
        one, other = x.load(buffers, first), x.load(buffers, second)
        x.store(x.add(x.scale(one, c), x.multiply(s, other)), buffers, first)
        x.store(x.subtract(x.scale(other, c), x.multiply(bar, one)), buffers, second)

    def triangulate(self) -> None:
        """QR steps on the last block whose subdiagonal is not zero, until there is none."""
        b, em, x = self.b, self.em, self.x
        last = em.const(em.subi(self.n, 1))
        most = em.const(em.muli(self.n, STEPS))
        state = [last, most, em.const(0)]

        def goes_on(values: list[SSAValue]) -> SSAValue:
            return b.both(b.compare("sgt", values[0], 0), b.compare("sgt", values[1], 0))

        with b.while_loop(state, goes_on):
            high, left, since = state
            start = [em.const(0)]
            with b.loop(1, em.addi(high, 1), start) as k:
                above = em.subi(k, 1)
                beside = x.plus(self.size(self.get(above, above)), self.size(self.get(k, k)))
                floor = x.larger(beside, x.real(self.epsilon))
                under = self.size(self.get(k, above))
                small = x.compare("ole", under, x.times(floor, x.real(self.epsilon)))
                start[:] = [b.select(small, k, start[0])]
                with b.when(small):
                    x.store(x.number(0.0), self.t, self.at(k, above))
            found = b.compare("eq", start[0], high)
            with b.when(b.negated(found)):
                self.step(start[0], high, since)
            state[:] = [
                b.select(found, em.const(em.subi(high, 1)), high),
                em.const(em.subi(left, 1)),
                b.select(found, em.const(0), em.const(em.addi(since, 1))),
            ]

    def size(self, value: Number) -> SSAValue:
        """Sum of the magnitudes of the parts."""
        return self.x.plus(*(self.x.magnitude(part) for part in value))

    def step(self, low: SSAValue, high: SSAValue, since: SSAValue) -> None:
        """One implicit QR step on rows and columns low to high."""
        b, em, x = self.b, self.em, self.x
        shift = self.shift(high, since)
        with b.loop(low, high) as k:
            first = b.compare("eq", k, low)
            before = em.maxi(em.subi(k, 1), 0)
            column = b.select(first, k, em.const(before))
            under = em.addi(k, 1)
            own = self.get(k, column)
            own = x.select(first, x.subtract(own, shift), own)
            self.rotate(k, under, own, self.get(under, column))
            with b.when(b.negated(first)):
                x.store(x.number(0.0), self.t, self.at(under, column))

    def shift(self, high: SSAValue, since: SSAValue) -> Number:
        """The eigenvalue of the last two rows and columns that is nearer to the last element; every
        tenth time one from outside, against cycles."""
        b, em, x = self.b, self.em, self.x
        above = em.subi(high, 1)
        a, d = self.get(above, above), self.get(high, high)
        corner = self.get(high, above)
        product = x.multiply(self.get(above, high), corner)
        half = x.scale(x.subtract(a, d), x.real(0.5))
        root = self.root(x.add(x.multiply(half, half), product))
        plus, minus = x.add(half, root), x.subtract(half, root)
        larger = x.compare("oge", x.square(plus), x.square(minus))
        divisor = x.select(larger, plus, minus)
        none = x.compare("oeq", x.square(divisor), x.real(0.0))
        change = x.divide(product, x.select(none, x.number(1.0), divisor))
        usual = x.select(none, d, x.subtract(d, change))
        odd = x.add(d, x.from_real(x.times(self.size(corner), x.real(0.75))))
        tenth = b.compare("eq", em.remi(since, 10), 9)
        return x.select(tenth, odd, usual)

    def root(self, value: Number) -> Number:
        """Complex square root."""
        b, x = self.b, self.x
        re, im = value
        size = x.sqrt(x.square(value))
        large = x.sqrt(x.times(x.plus(size, x.magnitude(re)), x.real(0.5)))
        none = x.compare("oeq", large, x.real(0.0))
        twice = x.plus(large, large)
        small = x.over(im, b.select(none, x.real(1.0), twice))
        right = x.compare("oge", re, x.real(0.0))
        negative = x.compare("olt", im, x.real(0.0))
        signed = b.select(negative, x.minus(x.real(0.0), large), large)
        return (b.select(right, large, x.magnitude(small)), b.select(right, small, signed))

    # The square root

    def take_root(self, scale: SSAValue, one: SSAValue) -> None:
        """The root r of the triangle, column by column, in its place; then q r q^H."""
        b, em, x = self.b, self.em, self.x
        state = [one]
        with b.loop(0, self.n, state) as j:
            diagonal = self.eigenvalue(j)
            if len(self.op.ins) == 1:
                below = x.compare("olt", diagonal[0], x.real(-64 * self.epsilon))
                real = x.compare("oeq", diagonal[1], x.real(0.0))
                nothing = x.real(float("nan"))
                state[:] = [b.select(b.both(below, real), nothing, state[0])]
            own = self.root(diagonal)
            x.store(own, self.t, self.at(j, j))
            with b.loop(0, j) as done:
                i = em.subi(em.subi(j, 1), done)
                total = list(self.get(i, j))
                with b.loop(em.addi(i, 1), j, total) as k:
                    total[:] = x.subtract_product(tuple(total), self.get(i, k), self.get(k, j))
                divisor = x.add(self.get(i, i), own)
                none = x.compare("oeq", self.size(divisor), x.real(0.0))
                found = x.divide(tuple(total), x.select(none, x.number(1.0), divisor))
                x.store(found, self.t, self.at(i, j))
        factor = x.times(x.sqrt(scale), state[0])
        with b.loop(0, self.n) as i:
            with b.loop(0, self.n) as j:
                total = list(x.number(0.0))
                with b.loop(0, em.addi(j, 1), total) as k:
                    part = x.multiply(x.load(self.q, self.at(i, k)), self.get(k, j))
                    total[:] = x.add(tuple(total), part)
                x.store(tuple(total), self.v, self.at(j))
            with b.loop(0, self.n) as j:
                total = list(x.number(0.0))
                with b.loop(0, self.n, total) as k:
                    turned = x.conjugate(x.load(self.q, self.at(j, k)))
                    total[:] = x.add(tuple(total), x.multiply(x.load(self.v, self.at(k)), turned))
                x.store(x.scale(tuple(total), factor), self.values, self.at(i, j))

    # Values and vectors

    def eigenvalue(self, k: Index) -> Number:
        """Of the scaled matrix. What rounding left beside a real value of a real matrix is not
        kept."""
        b, x = self.b, self.x
        re, im = self.get(k, k)
        if len(self.op.ins) == 2:
            return (re, im)
        tiny = x.compare("ole", x.magnitude(im), x.real(16 * self.epsilon))
        return (re, b.select(tiny, x.real(0.0), im))

    def right(self, k: Index, one: SSAValue) -> None:
        """Column k of the right vectors: solves (t - value) v = 0 upwards from v[k] = 1."""
        b, em, x = self.b, self.em, self.x
        x.store(x.number(1.0), self.v, self.at(k))
        with b.loop(0, k) as done:
            i = em.subi(em.subi(k, 1), done)
            total = list(x.number(0.0))
            with b.loop(em.addi(i, 1), em.addi(k, 1), total) as j:
                part = x.multiply(self.get(i, j), x.load(self.v, self.at(j)))
                total[:] = x.add(tuple(total), part)
            divisor = self.apart(x.subtract(self.get(k, k), self.get(i, i)))
            self.put(i, x.divide(tuple(total), divisor), i, em.addi(k, 1))
        self.back(self.vectors[0], k, 0, em.addi(k, 1), one)

    def left(self, k: Index, one: SSAValue) -> None:
        """Column k of the left vectors: solves v^H (t - value) = 0 downwards from v[k] = 1."""
        b, em, x = self.b, self.em, self.x
        x.store(x.number(1.0), self.v, self.at(k))
        with b.loop(em.addi(k, 1), self.n) as i:
            total = list(x.number(0.0))
            with b.loop(k, i, total) as j:
                part = x.multiply(x.conjugate(self.get(j, i)), x.load(self.v, self.at(j)))
                total[:] = x.add(tuple(total), part)
            divisor = self.apart(x.subtract(self.get(k, k), self.get(i, i)))
            self.put(i, x.divide(tuple(total), x.conjugate(divisor)), k, em.addi(i, 1))
        self.back(self.vectors[1], k, k, self.n, one)

    def apart(self, difference: Number) -> Number:
        """A difference of eigenvalues, at least as large as what rounding makes of it."""
        x = self.x
        near = x.compare("olt", self.size(difference), x.real(self.epsilon))
        return x.select(near, x.number(self.epsilon), difference)

    def put(self, i: Index, value: Number, low: Index, high: Index) -> None:
        """Stores v[i]; where it gets large, v from low to high is made small again."""
        b, x = self.b, self.x
        x.store(value, self.v, self.at(i))
        size = self.size(value)
        with b.when(x.compare("ogt", size, x.real(self.large))), b.loop(low, high) as j:
            element = x.load(self.v, self.at(j))
            x.store(tuple(x.over(part, size) for part in element), self.v, self.at(j))

    def back(
        self, vectors: list[SSAValue], k: Index, low: Index, high: Index, one: SSAValue
    ) -> None:
        """Column k becomes q v, of length 1 and with its largest component real."""
        b, x = self.b, self.x
        largest = [x.real(0.0)]
        with b.loop(low, high, largest) as j:
            largest[:] = [x.larger(largest[0], self.size(x.load(self.v, self.at(j))))]
        state = [x.real(0.0), x.real(-1.0), *x.number(1.0)]
        with b.loop(0, self.n, state) as i:
            total = list(x.number(0.0))
            with b.loop(low, high, total) as j:
                v = tuple(x.over(p, largest[0]) for p in x.load(self.v, self.at(j)))
                part = x.multiply(x.load(self.q, self.at(i, j)), v)
                total[:] = x.add(tuple(total), part)
            element = tuple(total)
            x.store(element, vectors, self.at(i, k))
            square = x.square(element)
            more = x.compare("ogt", square, state[1])
            best = x.select(more, element, (state[2], state[3]))
            state[:] = [x.plus(state[0], square), b.select(more, square, state[1]), *best]
        phase = x.conjugate((state[2], state[3]))
        divisor = x.times(x.sqrt(state[0]), x.sqrt(state[1]))
        factor = tuple(x.times(x.over(p, divisor), one) for p in phase)
        with b.loop(0, self.n) as i:
            element = x.multiply(x.load(vectors, self.at(i, k)), factor)
            x.store(element, vectors, self.at(i, k))


def eigen(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(eigenvalues, right, left eigenvectors) of the last two dimensions, complex; NaN for matrices
    that are not finite."""
    from scipy.linalg import eig

    kind = np.complex128 if a.dtype in (np.float64, np.complex128) else np.complex64
    values, right = np.full(a.shape[:-1], np.nan, kind), np.full(a.shape, np.nan, kind)
    left = right.copy()
    for place in np.ndindex(*a.shape[:-2]):
        if a.shape[-1] and np.all(np.isfinite(a[place])):
            size = (
                float(np.abs(a[place]).max()) or 1.0
            )  # LAPACK loses huge values without balancing
            found = eig(a[place] / size, left=True, right=True)
            scaled, left[place], right[place] = found  # pyright: ignore[reportAssignmentType]
            values[place] = scaled * size
    return values, _turned(right), _turned(left)


def square_root(a: np.ndarray) -> np.ndarray:
    """The complex matrix whose square is `a` and whose eigenvalues are right of the imaginary axis;
    NaN for matrices that are not finite, and for real ones with a negative eigenvalue."""
    from scipy.linalg import schur

    wide = a.dtype in (np.float64, np.complex128)
    found = np.full(a.shape, np.nan, np.complex128 if wide else np.complex64)
    for place in np.ndindex(*a.shape[:-2]):
        size = float(np.abs(a[place]).max(initial=0.0)) or 1.0
        if not a.size or not np.all(np.isfinite(a[place])):
            continue
        t, q = (np.asarray(m) for m in schur(a[place] / size, output="complex"))
        values = np.diagonal(t)
        epsilon = float(np.finfo(a.dtype).eps)
        real = a.dtype.kind != "c" and np.abs(np.imag(values)) <= 16 * epsilon
        if np.any(real & (np.real(values) < -64 * epsilon)):
            continue
        root = np.diag(np.sqrt(np.where(real, np.real(values) + 0j, values)))
        for j in range(len(root)):
            for i in reversed(range(j)):
                rest = t[i, j] - root[i, i + 1 : j] @ root[i + 1 : j, j]
                root[i, j] = rest / (root[i, i] + root[j, j] or 1)
        found[place] = q @ root @ q.conj().T * size**0.5
    return found


def _turned(vectors: np.ndarray) -> np.ndarray:
    """Columns whose largest component is real."""
    if not vectors.size:
        return vectors
    place = np.argmax(np.abs(vectors), axis=-2, keepdims=True)
    best = np.take_along_axis(vectors, place, axis=-2)
    return (vectors * (np.conj(best) / np.abs(best))).astype(vectors.dtype)


OPS = (EigOp,)
