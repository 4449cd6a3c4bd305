# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Python expressions that build `arith` and `math` ops, on scalars or vectors.

`Emitter` adds ops to a `Builder`; a `Value` wraps an SSA value, and its operators build ops: `x * 2
+ y`. Python numbers become constants of the other operand's type. math_f32.py and math_f64.py are
written with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import Float32Type, Float64Type, IntegerAttr, IntegerType, f64, i64
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.targets.llvm_cpu.conversion import (
    Builder,
    constant_attr,
    element_of,
    with_element,
)
from iree_explore.targets.llvm_cpu.llvm_extras import bool_like

_NO_FLAGS: dict[str, Attribute] = {"fastmath": arith.FastMathFlagsAttr("none")}
_NO_OVERFLOW: dict[str, Attribute] = {"overflowFlags": arith.IntegerOverflowAttr("none")}
_NO_PROPERTIES: dict[str, Attribute] = {}

Number = int | float

_FLOAT_PREDICATES = {"eq": 1, "gt": 2, "ge": 3, "lt": 4, "le": 5, "ne": 13, "uno": 14}
_INT_PREDICATES = {"eq": 0, "ne": 1, "lt": 2, "le": 3, "gt": 4, "ge": 5}


class Value:
    """An SSA value whose operators build ops; see `Emitter`."""

    __slots__ = ("emit", "ssa")

    def __init__(self, emit: Emitter, ssa: SSAValue) -> None:
        self.emit = emit
        self.ssa = ssa

    @property
    def is_float(self) -> bool:
        return not isinstance(element_of(self.ssa.type), IntegerType)

    def _binary(
        self, other: Value | Number, of_floats: type[Operation], of_ints: type[Operation]
    ) -> Value:
        return self.emit.binary(self, other, of_floats, of_ints)

    def __add__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.AddfOp, arith.AddiOp)

    def __radd__(self, other: Number) -> Value:
        return self.emit.like(other, self) + self

    def __sub__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.SubfOp, arith.SubiOp)

    def __rsub__(self, other: Number) -> Value:
        return self.emit.like(other, self) - self

    def __mul__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.MulfOp, arith.MuliOp)

    def __rmul__(self, other: Number) -> Value:
        return self.emit.like(other, self) * self

    def __truediv__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.DivfOp, arith.DivSIOp)

    def __rtruediv__(self, other: Number) -> Value:
        return self.emit.like(other, self) / self

    def __neg__(self) -> Value:
        if self.is_float:
            return self.emit.op(arith.NegfOp, [self], self.ssa.type, _NO_FLAGS)
        return 0 - self

    def __and__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.AndIOp, arith.AndIOp)

    def __or__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.OrIOp, arith.OrIOp)

    def __xor__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.XOrIOp, arith.XOrIOp)

    def __lshift__(self, other: Value | Number) -> Value:
        return self._binary(other, arith.ShLIOp, arith.ShLIOp)

    def __rshift__(self, other: Value | Number) -> Value:
        """Arithmetic shift."""
        return self._binary(other, arith.ShRSIOp, arith.ShRSIOp)

    def shr_u(self, other: Value | Number) -> Value:
        """Logical shift."""
        return self._binary(other, arith.ShRUIOp, arith.ShRUIOp)

    def compare(self, predicate: str, other: Value | Number) -> Value:
        """Ordered comparison ("ne" is true for NaN): a boolean value."""
        return self.emit.compare(predicate, self, other)

    def __lt__(self, other: Value | Number) -> Value:
        return self.compare("lt", other)

    def __le__(self, other: Value | Number) -> Value:
        return self.compare("le", other)

    def __gt__(self, other: Value | Number) -> Value:
        return self.compare("gt", other)

    def __ge__(self, other: Value | Number) -> Value:
        return self.compare("ge", other)

    def equals(self, other: Value | Number) -> Value:
        return self.compare("eq", other)

    def differs(self, other: Value | Number) -> Value:
        return self.compare("ne", other)


class Emitter:
    """Builds ops on floats of `type_` (a float or a vector of floats) and integers of its width."""

    def __init__(self, build: Builder, type_: Attribute) -> None:
        self.build = build
        self.type = type_
        element = element_of(type_)
        self.width = 64 if isinstance(element, Float64Type) else 32
        self.ints = with_element(type_, IntegerType(self.width))
        self.mantissa = 52 if self.width == 64 else 23
        self.bias = 1023 if self.width == 64 else 127
        self._constants: dict[tuple[Number | str, Attribute], Value] = {}

    # Leaves

    def of(self, ssa: SSAValue) -> Value:
        return Value(self, ssa)

    def constant(self, number: Number, type_: Attribute | None = None) -> Value:
        """A constant of `type_`, by default of the float type; made once."""
        type_ = type_ or self.type
        key = (repr(number), type_)
        found = self._constants.get(key)
        if found is None:
            attr = constant_attr(number, type_)
            found = self.op(arith.ConstantOp, [], type_, {"value": attr})
            self._constants[key] = found
        return found

    def like(self, number: Value | Number, other: Value) -> Value:
        return number if isinstance(number, Value) else self.constant(number, other.ssa.type)

    def op(
        self,
        cls: type[Operation],
        operands: Sequence[Value],
        type_: Attribute,
        properties: dict[str, Attribute] = _NO_PROPERTIES,
    ) -> Value:
        return Value(self, self.build(cls, [o.ssa for o in operands], type_, properties))

    def binary(
        self,
        lhs: Value,
        rhs: Value | Number,
        of_floats: type[Operation],
        of_ints: type[Operation],
    ) -> Value:
        rhs = self.like(rhs, lhs)
        if lhs.is_float:
            return self.op(of_floats, [lhs, rhs], lhs.ssa.type, _NO_FLAGS)
        wraps = of_ints in (arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.ShLIOp)
        flags = _NO_OVERFLOW if wraps else _NO_PROPERTIES
        return self.op(of_ints, [lhs, rhs], lhs.ssa.type, flags)

    # Operations

    def compare(self, predicate: str, lhs: Value, rhs: Value | Number) -> Value:
        rhs = self.like(rhs, lhs)
        type_ = bool_like(lhs.ssa.type)
        if lhs.is_float:
            code = IntegerAttr(_FLOAT_PREDICATES[predicate], i64)
            return self.op(arith.CmpfOp, [lhs, rhs], type_, {"predicate": code, **_NO_FLAGS})
        code = IntegerAttr(_INT_PREDICATES[predicate], i64)
        return self.op(arith.CmpiOp, [lhs, rhs], type_, {"predicate": code})

    def select(self, condition: Value, yes: Value | Number, no: Value | Number) -> Value:
        pattern = yes if isinstance(yes, Value) else no
        if not isinstance(pattern, Value):
            pattern = self.constant(0.0)
        yes, no = self.like(yes, pattern), self.like(no, pattern)
        return self.op(arith.SelectOp, [condition, yes, no], yes.ssa.type)

    def is_nan(self, x: Value) -> Value:
        return self.compare("uno", x, x)

    def fma(self, a: Value, b: Value | Number, c: Value | Number) -> Value:
        operands = [a, self.like(b, a), self.like(c, a)]
        return self.op(math.FmaOp, operands, a.ssa.type, _NO_FLAGS)

    def unary(self, cls: type[Operation], x: Value) -> Value:
        return self.op(cls, [x], x.ssa.type, _NO_FLAGS)

    def abs(self, x: Value) -> Value:
        return self.unary(math.AbsFOp, x)

    def sqrt(self, x: Value) -> Value:
        return self.unary(math.SqrtOp, x)

    def floor(self, x: Value) -> Value:
        return self.unary(math.FloorOp, x)

    def trunc(self, x: Value) -> Value:
        return self.unary(math.TruncOp, x)

    def copysign(self, magnitude: Value | Number, sign: Value) -> Value:
        operands = [self.like(magnitude, sign), sign]
        return self.op(math.CopySignOp, operands, sign.ssa.type, _NO_FLAGS)

    def clamp(self, x: Value, low: float, high: float) -> Value:
        """Into [low, high]; NaN stays NaN."""
        x = self.select(x > high, high, x)
        return self.select(x < low, low, x)

    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Horner; coefficients in ascending order."""
        *rest, last = coefficients
        result: Value = self.constant(last, x.ssa.type)
        for c in reversed(rest):
            result = self.fma(result, x, c)
        return result

    def bits(self, x: Value) -> Value:
        """The bit pattern of a float as an integer."""
        return self.op(arith.BitcastOp, [x], self.ints)

    def from_bits(self, n: Value) -> Value:
        return self.op(arith.BitcastOp, [n], self.type)

    def to_float(self, n: Value) -> Value:
        """An integer of the same width as a float."""
        return self.op(arith.SIToFPOp, [n], self.type)

    def integer(self, number: int) -> Value:
        return self.constant(number, self.ints)

    def rounded(self, x: Value, scale: float) -> tuple[Value, Value]:
        """x * scale rounded to the nearest integer, as a float and as an integer, for results below
        2^(mantissa - 2). By adding and taking away 1.5 * 2^mantissa: NaN gives no poison."""
        magic = self.constant(1.5 * 2.0**self.mantissa)
        shifted = self.fma(x, scale, magic)
        whole = shifted - magic
        return whole, self.bits(shifted) - self.bits(magic)

    def power_of_two(self, n: Value) -> Value:
        """2^n for an integer n of the range of normal numbers."""
        return self.from_bits((n + self.bias) << self.mantissa)

    def scale(self, x: Value, n: Value) -> Value:
        """x * 2^n for n to twice the range of exponents, rounded once if it becomes subnormal."""
        half = n >> 1
        return x * self.power_of_two(half) * self.power_of_two(n - half)


def widened(emit: Emitter, x: SSAValue) -> tuple[Emitter, Value]:
    """An f32 value as f64, with an emitter for f64 that builds into the same place."""
    type_ = with_element(x.type, f64)
    wide = Emitter(emit.build, type_)
    return wide, wide.op(arith.ExtFOp, [wide.of(x)], type_)


def narrowed(emit: Emitter, x: Value) -> Value:
    """An f64 value as f32."""
    return emit.op(arith.TruncFOp, [x], emit.type)


def is_f32(type_: Attribute) -> bool:
    """True for f32 and vectors of it."""
    return isinstance(element_of(type_), Float32Type)
