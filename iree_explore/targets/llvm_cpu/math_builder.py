# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`FunctionBuilder`: Python expressions that write one LLVM function, on scalars or vectors.

The math library (math_library.py) is written with it. A `Value` is a register; its operators append
instructions: `x * 2 + y`. Python numbers become constants of the other operand's type. Nothing is
contracted or reassociated: `fma` is asked for by name, so error terms are what they seem.
"""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

Number = int | float


class Type(NamedTuple):
    """`element` is LLVM's name of a number type; one lane is a scalar."""

    element: str
    lanes: int

    @property
    def text(self) -> str:
        return _type_text(self)

    @property
    def is_float(self) -> bool:
        return self.element[0] != "i"

    def of(self, element: str) -> Type:
        """The same lanes of another element."""
        return Type(element, self.lanes)


@functools.cache
def _type_text(type_: Type) -> str:
    return type_.element if type_.lanes == 1 else f"<{type_.lanes} x {type_.element}>"


def suffix(type_: Type) -> str:
    """How intrinsics and library functions spell a type: `v8f64`."""
    element = {"float": "f32", "double": "f64"}.get(type_.element, type_.element)
    return element if type_.lanes == 1 else f"v{type_.lanes}{element}"


@functools.cache
def literal(number: Number | bool, type_: Type) -> str:
    """A constant, in all lanes of a vector."""
    if type_.is_float:
        text = f"0x{struct.unpack('<Q', struct.pack('<d', _rounded(number, type_)))[0]:016X}"
    elif type_.element == "i1":
        text = "true" if number else "false"
    else:
        bits = int(type_.element[1:])
        text = str((int(number) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1)))
    return text if type_.lanes == 1 else f"splat ({type_.element} {text})"


def _rounded(number: Number, type_: Type) -> float:
    if type_.element != "float":
        return float(number)
    return struct.unpack("<f", struct.pack("<f", number))[0]


class Value:
    """A register (or constant) whose operators append instructions."""

    __slots__ = ("f", "text", "type")

    def __init__(self, f: FunctionBuilder, text: str, type_: Type) -> None:
        self.f, self.text, self.type = f, text, type_

    def _binary(self, other: Value | Number, of_floats: str, of_ints: str) -> Value:
        f, type_ = self.f, self.type
        rhs = other.text if isinstance(other, Value) else literal(other, type_)
        name = of_floats if type_.is_float else of_ints
        return f.emit(f"{name} {type_.text} {self.text}, {rhs}", type_)

    def _swapped(self, other: Number, of_floats: str, of_ints: str) -> Value:
        return Value(self.f, literal(other, self.type), self.type)._binary(self, of_floats, of_ints)

    def __add__(self, other: Value | Number) -> Value:
        return self._binary(other, "fadd", "add")

    def __radd__(self, other: Number) -> Value:
        return self._swapped(other, "fadd", "add")

    def __sub__(self, other: Value | Number) -> Value:
        return self._binary(other, "fsub", "sub")

    def __rsub__(self, other: Number) -> Value:
        return self._swapped(other, "fsub", "sub")

    def __mul__(self, other: Value | Number) -> Value:
        return self._binary(other, "fmul", "mul")

    def __rmul__(self, other: Number) -> Value:
        return self._swapped(other, "fmul", "mul")

    def __truediv__(self, other: Value | Number) -> Value:
        return self._binary(other, "fdiv", "sdiv")

    def __rtruediv__(self, other: Number) -> Value:
        return self._swapped(other, "fdiv", "sdiv")

    def __neg__(self) -> Value:
        if self.type.is_float:
            return self.f.emit(f"fneg {self.type.text} {self.text}", self.type)
        return 0 - self

    def __and__(self, other: Value | Number) -> Value:
        return self._binary(other, "and", "and")

    def __or__(self, other: Value | Number) -> Value:
        return self._binary(other, "or", "or")

    def __xor__(self, other: Value | Number) -> Value:
        return self._binary(other, "xor", "xor")

    def __lshift__(self, other: Value | Number) -> Value:
        return self._binary(other, "shl", "shl")

    def __rshift__(self, other: Value | Number) -> Value:
        """Arithmetic shift."""
        return self._binary(other, "ashr", "ashr")

    def shr_u(self, other: Value | Number) -> Value:
        """Logical shift."""
        return self._binary(other, "lshr", "lshr")

    def compare(self, of_floats: str, of_ints: str, other: Value | Number) -> Value:
        """A boolean value, false for NaN but for "une"."""
        rhs = other.text if isinstance(other, Value) else literal(other, self.type)
        name = f"fcmp {of_floats}" if self.type.is_float else f"icmp {of_ints}"
        return self.f.emit(f"{name} {self.type.text} {self.text}, {rhs}", self.type.of("i1"))

    def __lt__(self, other: Value | Number) -> Value:
        return self.compare("olt", "slt", other)

    def __le__(self, other: Value | Number) -> Value:
        return self.compare("ole", "sle", other)

    def __gt__(self, other: Value | Number) -> Value:
        return self.compare("ogt", "sgt", other)

    def __ge__(self, other: Value | Number) -> Value:
        return self.compare("oge", "sge", other)

    def equals(self, other: Value | Number) -> Value:
        return self.compare("oeq", "eq", other)

    def differs(self, other: Value | Number) -> Value:
        return self.compare("une", "ne", other)

    def __invert__(self) -> Value:
        """The other truth values, or all bits inverted."""
        return self._binary(1 if self.type.element == "i1" else -1, "xor", "xor")


class FunctionBuilder:
    """Instructions of one function whose floats are `floats` and integers of their width `ints`."""

    def __init__(self, element: str, lanes: int) -> None:
        self.floats = Type(element, lanes)
        self.width = 64 if element == "double" else 32
        self.ints = Type(f"i{self.width}", lanes)
        self.bools = Type("i1", lanes)
        self.mantissa = 52 if self.width == 64 else 23
        self.bias = 1023 if self.width == 64 else 127
        self.tiny = 2.0 ** (1 - self.bias)
        """The least normal number."""
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self.callees: list[tuple[str, Type]] = []
        self._numbers = itertools.count(1)
        self._labels = ["entry"]

    @property
    def lanes(self) -> int:
        return self.floats.lanes

    # Instructions

    def emit(self, text: str, type_: Type) -> Value:
        """Appends an instruction with a result."""
        name = f"%v{next(self._numbers)}"
        self.lines.append(f"  {name} = {text}")
        return Value(self, name, type_)

    def constant(self, number: Number, type_: Type | None = None) -> Value:
        type_ = type_ or self.floats
        return Value(self, literal(number, type_), type_)

    def integer(self, number: int) -> Value:
        return self.constant(number, self.ints)

    def like(self, number: Value | Number, other: Value) -> Value:
        return number if isinstance(number, Value) else self.constant(number, other.type)

    def select(self, condition: Value, yes: Value | Number, no: Value | Number) -> Value:
        pattern = next((v for v in (yes, no) if isinstance(v, Value)), None)
        type_ = pattern.type if pattern else self.floats
        a, b = (v if isinstance(v, Value) else self.constant(v, type_) for v in (yes, no))
        text = f"select {condition.type.text} {condition.text}, {type_.text} {a.text}, "
        return self.emit(f"{text}{type_.text} {b.text}", type_)

    def intrinsic(self, name: str, *args: Value) -> Value:
        """`llvm.name` whose operands and result have one type."""
        type_ = args[0].type
        symbol = f"llvm.{name}.{suffix(type_)}"
        types = ", ".join([type_.text] * len(args))
        self.declared[symbol] = f"declare {type_.text} @{symbol}({types})"
        operands = ", ".join(f"{type_.text} {v.text}" for v in args)
        return self.emit(f"call {type_.text} @{symbol}({operands})", type_)

    def is_nan(self, x: Value) -> Value:
        return x.compare("uno", "ne", x)

    def fma(self, a: Value, b: Value | Number, c: Value | Number) -> Value:
        return self.intrinsic("fma", a, self.like(b, a), self.like(c, a))

    def abs(self, x: Value) -> Value:
        return self.intrinsic("fabs", x)

    def sqrt(self, x: Value) -> Value:
        return self.intrinsic("sqrt", x)

    def floor(self, x: Value) -> Value:
        return self.intrinsic("floor", x)

    def trunc(self, x: Value) -> Value:
        return self.intrinsic("trunc", x)

    def nearest(self, x: Value) -> Value:
        return self.intrinsic("roundeven", x)

    def copysign(self, magnitude: Value | Number, sign: Value) -> Value:
        return self.intrinsic("copysign", self.like(magnitude, sign), sign)

    def clamp(self, x: Value, low: float, high: float) -> Value:
        """Into [low, high]; NaN stays NaN."""
        x = self.select(x > high, high, x)
        return self.select(x < low, low, x)

    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Horner; coefficients ascend. One number gives a constant."""
        result = self.constant(coefficients[-1], x.type)
        for c in reversed(coefficients[:-1]):
            result = self.fma(result, x, c)
        return result

    # Representation

    def cast(self, name: str, x: Value, type_: Type) -> Value:
        return self.emit(f"{name} {x.type.text} {x.text} to {type_.text}", type_)

    def bits(self, x: Value) -> Value:
        """The bit pattern of a float as an integer."""
        return self.cast("bitcast", x, self.ints)

    def from_bits(self, n: Value) -> Value:
        return self.cast("bitcast", n, self.floats)

    def to_float(self, n: Value) -> Value:
        """A signed integer as a float."""
        return self.cast("sitofp", n, self.floats)

    def rounded(self, x: Value, scale: float) -> tuple[Value, Value]:
        """x * scale rounded to the nearest integer, as a float and as an integer, for results below
        2^(mantissa - 2). By adding and taking away 1.5 * 2^mantissa: NaN gives no poison."""
        magic = self.constant(1.5 * 2.0**self.mantissa)
        shifted = self.fma(x, scale, magic)
        return shifted - magic, self.bits(shifted) - self.bits(magic)

    def power_of_two(self, n: Value) -> Value:
        """2^n for an integer n of the range of normal numbers."""
        return self.from_bits((n + self.bias) << self.mantissa)

    def scale(self, x: Value, n: Value) -> Value:
        """x * 2^n for n to twice the range of exponents, rounded once if it becomes subnormal."""
        half = n >> 1
        return x * self.power_of_two(half) * self.power_of_two(n - half)

    # Exact pairs

    def two_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a + b and what rounding lost."""
        total = a + b
        shadow = total - a
        return total, (a - (total - shadow)) + (b - shadow)

    def quick_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """`two_sum` for |a| >= |b|."""
        total = a + b
        return total, b - (total - a)

    def two_product(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a * b and what rounding lost."""
        product = a * b
        return product, self.fma(a, b, -product)

    # Lanes

    def any(self, condition: Value) -> Value:
        """Whether a lane is true, as a scalar i1."""
        if condition.type.lanes == 1:
            return condition
        type_ = Type(f"i{condition.type.lanes}", 1)
        return self.cast("bitcast", condition, type_).differs(0)

    def part(self, x: Value, begin: int, count: int) -> Value:
        """Lanes [begin, begin + count) of a vector."""
        type_ = Type(x.type.element, count)
        if count == x.type.lanes:
            return x
        if count == 1:
            return self.emit(f"extractelement {x.type.text} {x.text}, i64 {begin}", type_)
        mask = ", ".join(f"i32 {begin + i}" for i in range(count))
        head = f"shufflevector {x.type.text} {x.text}, {x.type.text} poison"
        return self.emit(f"{head}, <{count} x i32> <{mask}>", type_)

    def joined(self, parts: Sequence[Value]) -> Value:
        """Vectors one after the other."""
        result = parts[0]
        for part in parts[1:]:
            result = self._join(result, part)
        return result

    def _join(self, a: Value, b: Value) -> Value:
        n, m = a.type.lanes, b.type.lanes
        type_ = Type(a.type.element, n + m)
        if m == 1 or n == 1:
            a, b = (self._spread(v, n + m, 0 if v is a else n) if v.type.lanes == 1 else v
                    for v in (a, b))  # fmt: skip
        wide = []
        for v, count, at in ((a, n, 0), (b, m, n)):
            if v.type.lanes == n + m:
                wide.append(v)
                continue
            mask = ", ".join(
                f"i32 {i - at}" if at <= i < at + count else "i32 poison" for i in range(n + m)
            )
            head = f"shufflevector {v.type.text} {v.text}, {v.type.text} poison"
            wide.append(self.emit(f"{head}, <{n + m} x i32> <{mask}>", type_))
        mask = ", ".join(f"i32 {i if i < n else n + m + i}" for i in range(n + m))
        head = f"shufflevector {type_.text} {wide[0].text}, {type_.text} {wide[1].text}"
        return self.emit(f"{head}, <{n + m} x i32> <{mask}>", type_)

    def _spread(self, x: Value, lanes: int, at: int) -> Value:
        type_ = Type(x.type.element, lanes)
        text = f"insertelement {type_.text} poison, {x.type.text} {x.text}, i64 {at}"
        return self.emit(text, type_)

    # Control flow

    def if_any(
        self, condition: Value, then: Callable[[], Sequence[Value]], otherwise: Sequence[Value]
    ) -> list[Value]:
        """`then()` if a lane of `condition` is true, else `otherwise`: for all lanes alike."""
        number = next(self._numbers)
        inside, after = f"then{number}", f"after{number}"
        flag = self.any(condition)
        before = self._labels[-1]
        self.lines.append(f"  br i1 {flag.text}, label %{inside}, label %{after}")
        self._begin(inside)
        values = then()
        last = self._labels[-1]
        self.lines.append(f"  br label %{after}")
        self._begin(after)
        return [
            self.emit(
                f"phi {a.type.text} [ {a.text}, %{last} ], [ {b.text}, %{before} ]", a.type
            )
            for a, b in zip(values, otherwise, strict=True)
        ]  # fmt: skip

    def while_any(
        self,
        initial: Sequence[Value],
        condition: Callable[..., Value],
        body: Callable[..., Sequence[Value]],
    ) -> list[Value]:
        """Repeats `body(*values)` for all lanes while `condition(*values)` is true in one."""
        number = next(self._numbers)
        head, inside, after = (f"{name}{number}" for name in ("head", "body", "done"))
        before = self._labels[-1]
        self.lines.append(f"  br label %{head}")
        self._begin(head)
        slots: list[tuple[int, str, Value]] = []
        values: list[Value] = []
        for v in initial:
            value = self.emit("phi", v.type)
            slots.append((len(self.lines) - 1, value.text, v))
            values.append(value)
        flag = self.any(condition(*values))
        self.lines.append(f"  br i1 {flag.text}, label %{inside}, label %{after}")
        self._begin(inside)
        updated = body(*values)
        last = self._labels[-1]
        self.lines.append(f"  br label %{head}")
        self._begin(after)
        for (at, name, v), new in zip(slots, updated, strict=True):
            phi = f"phi {v.type.text} [ {v.text}, %{before} ], [ {new.text}, %{last} ]"
            self.lines[at] = f"  {name} = {phi}"
        return values

    def for_lanes(
        self,
        condition: Value,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        body: Callable[..., Sequence[Value]],
    ) -> list[Value]:
        """New `outputs` where `condition` holds: `body(e, *inputs)` on the scalars of one such lane
        after the other. For code that few calls come to: it is shorter than that of vectors."""
        if self.lanes == 1:
            made = body(self, *inputs)
            return [self.select(condition, a, b) for a, b in zip(made, outputs, strict=True)]
        scalar = FunctionBuilder(self.floats.element, 1)
        scalar.lines, scalar.declared, scalar.callees = self.lines, self.declared, self.callees
        scalar._numbers, scalar._labels = self._numbers, self._labels
        word = Type("i64", 1)

        def step(left: Value, *values: Value) -> list[Value]:
            symbol = "llvm.cttz.i64"
            self.declared[symbol] = f"declare i64 @{symbol}(i64, i1 immarg)"
            lane = self.emit(f"call i64 @{symbol}(i64 {left.text}, i1 true)", word)
            scalars = [
                self.emit(
                    f"extractelement {v.type.text} {v.text}, i64 {lane.text}",
                    Type(v.type.element, 1),
                )
                for v in inputs
            ]
            made = body(scalar, *(Value(scalar, v.text, v.type) for v in scalars))
            inserted = [
                self.emit(
                    f"insertelement {v.type.text} {v.text}, {new.type.text} {new.text},"
                    f" i64 {lane.text}",
                    v.type,
                )
                for v, new in zip(values, made, strict=True)
            ]
            return [left & (left - 1), *inserted]

        mask = self.cast("bitcast", condition, Type(f"i{self.lanes}", 1))
        mask = self.cast("zext", mask, word) if self.lanes < 64 else mask
        _, *found = self.while_any([mask, *outputs], lambda left, *_: left.differs(0), step)
        return found

    def wide_product(self, a: Value, b: Value) -> tuple[Value, Value]:
        """Low and high word of the product of two unsigned scalars of 64 bits."""
        word, wide = Type("i64", 1), Type("i128", 1)
        product = self.cast("zext", a, wide) * self.cast("zext", b, wide)
        return self.cast("trunc", product, word), self.cast("trunc", product.shr_u(64), word)

    def _begin(self, label: str) -> None:
        self._labels.append(label)
        self.lines.append(f"{label}:")

    # Other functions of the library

    def call(self, name: str, *args: Value) -> Value:
        """A function of the library on floats of one type."""
        type_ = args[0].type
        self.callees.append((name, type_))
        operands = ", ".join(f"{type_.text} {v.text}" for v in args)
        return self.emit(f"call {type_.text} @math.{name}.{suffix(type_)}({operands})", type_)

    def table(self, name: str, words: Sequence[int | float], index: Value) -> Value:
        """`words[index]` as the 64-bit integer that it is or whose bits it has."""
        symbol, word = f"math.{name}", Type("i64", 1)
        numbers = [
            n if isinstance(n, int) else struct.unpack("<q", struct.pack("<d", n))[0] for n in words
        ]
        values = ", ".join(f"i64 {literal(n, word)}" for n in numbers)
        self.declared[symbol] = (
            f"@{symbol} = internal unnamed_addr constant [{len(words)} x i64] [{values}]"
        )
        if self.lanes == 1:
            return self._entry(symbol, index)
        parts = [self._entry(symbol, self.part(index, i, 1)) for i in range(self.lanes)]
        result = Value(self, "poison", self.ints)
        for i, part in enumerate(parts):
            text = f"insertelement {self.ints.text} {result.text}, i64 {part.text}, i64 {i}"
            result = self.emit(text, self.ints)
        return result

    def _entry(self, symbol: str, index: Value) -> Value:
        word = Type("i64", 1)
        at = self.emit(f"getelementptr i64, ptr @{symbol}, i64 {index.text}", Type("ptr", 1))
        return self.emit(f"load i64, ptr {at.text}", word)
