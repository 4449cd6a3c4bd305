# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`math` and `math_ext` on scalars: the same polynomials as on the CPU.

The math library of `llvm-cpu` is Python that writes LLVM instructions through a `FunctionBuilder`;
`KernelFunctions` is one whose instructions become ops of the `spirv` dialect, so that both targets
share coefficients and accuracy. GLSL.std.450 has what is exact (roots, rounding) and what only
exists in f64 otherwise, where the profile has no f64 (`PORTABLE_F32`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence

from xdsl.dialects.builtin import Float64Type, IntegerType, UnitAttr, f32, f64, i32
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.errors import GapError
from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Type, Value
from iree_explore.targets.llvm_cpu.math_expansion import NAMES
from iree_explore.targets.llvm_cpu.math_library import F32, F64
from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.lower_memory import i64
from iree_explore.targets.spirv.lower_scalars import (
    Rule,
    fitted,
    is_nan,
    multiply_extended,
    signed,
    unsigned,
    width,
    zero,
)
from iree_explore.targets.spirv.types import ArrayType

_TYPES: dict[str, Attribute] = {
    "float": f32, "double": f64, "i32": i32, "i64": i64, "i1": IntegerType(1),
}  # fmt: skip
_BINARY = {
    "fadd": "FAdd", "fsub": "FSub", "fmul": "FMul", "fdiv": "FDiv", "add": "IAdd", "sub": "ISub",
    "mul": "IMul", "sdiv": "SDiv", "udiv": "UDiv",
    "and": "BitwiseAnd", "or": "BitwiseOr", "xor": "BitwiseXor",
    "shl": "ShiftLeftLogical", "ashr": "ShiftRightArithmetic", "lshr": "ShiftRightLogical",
    "frem": "FRem",
}  # fmt: skip
_ROUNDED = frozenset({"fadd", "fsub", "fmul"})
_LOGICAL = {"and": "LogicalAnd", "or": "LogicalOr", "xor": "LogicalNotEqual"}
_COMPARED = {
    "oeq": "FOrdEqual", "olt": "FOrdLessThan", "ole": "FOrdLessThanEqual",
    "ogt": "FOrdGreaterThan", "oge": "FOrdGreaterThanEqual", "une": "FUnordNotEqual",
    "eq": "IEqual", "ne": "INotEqual", "slt": "SLessThan", "sle": "SLessThanEqual",
    "sgt": "SGreaterThan", "sge": "SGreaterThanEqual", "ult": "ULessThan", "ugt": "UGreaterThan",
}  # fmt: skip
_INTRINSICS = {
    "fma": "GL.Fma", "fabs": "GL.FAbs", "sqrt": "GL.Sqrt", "floor": "GL.Floor", "trunc": "GL.Trunc",
    "roundeven": "GL.RoundEven", "ceil": "GL.Ceil", "maxnum": "GL.NMax", "minnum": "GL.NMin",
}  # fmt: skip
_CASTS = {
    "bitcast": "Bitcast", "sitofp": "ConvertSToF", "uitofp": "ConvertUToF",
    "fptosi": "ConvertFToS", "fptoui": "ConvertFToU", "zext": "UConvert", "sext": "SConvert",
    "trunc": "UConvert", "fpext": "FConvert", "fptrunc": "FConvert",
}  # fmt: skip
_TYPE = r"(?:float|double|i\d+)"
_CALL = re.compile(rf"call {_TYPE} @llvm\.(\w+)\.\w+\((.*)\)")


class KernelFunctions(FunctionBuilder):
    """A `FunctionBuilder` whose instructions go to a kernel; `values` are its registers."""

    def __init__(self, k: Kernel, element: str) -> None:
        super().__init__(element, 1)
        self.k = k
        self.values: dict[str, SSAValue] = {}

    def argument(self, value: SSAValue) -> Value:
        """A value of the kernel."""
        name = f"%v{next(self._numbers)}"
        self.values[name] = value
        element = "double" if isinstance(value.type, Float64Type) else "float"
        return Value(self, name, Type(element, 1))

    def ssa(self, value: Value) -> SSAValue:
        """A value in the kernel."""
        return self._operand(value.text, value.type.element)

    def emit(self, text: str, type_: Type) -> Value:
        name = f"%v{next(self._numbers)}"
        self.values[name] = self._instruction(text, type_)
        return Value(self, name, type_)

    def _operand(self, text: str, element: str) -> SSAValue:
        if text in self.values:
            return self.values[text]
        type_ = _TYPES[element]
        if text in ("true", "false"):
            return self.k.constant(int(text == "true"), type_)
        if text.startswith("0x"):
            number = struct.unpack("<d", struct.pack("<Q", int(text, 16)))[0]
            return float_constant(self.k, number, type_)
        return self.k.constant(int(text), type_)

    def _typed(self, text: str) -> SSAValue:
        element, operand = text.split()
        return self._operand(operand, element)

    def _instruction(self, text: str, type_: Type) -> SSAValue:
        k, (name, rest) = self.k, text.split(" ", 1)
        if name in ("fcmp", "icmp"):
            predicate, element, a, b = rest.replace(",", "").split()
            x, y = self._operand(a, element), self._operand(b, element)
            if predicate == "uno":
                return k.op("LogicalOr", is_nan(k, x), is_nan(k, y))
            return k.op(_COMPARED[predicate], x, y)
        if name == "select":
            return k.op("Select", *(self._typed(part) for part in rest.split(", ")))
        if name == "fneg":
            return k.op("FNegate", self._typed(rest))
        if name in _CASTS and " to " in rest:
            source, target = rest.split(" to ")
            value = self._typed(source)
            if value.type == IntegerType(1):
                ones = k.constant(1, _TYPES[target])
                return k.op("Select", value, ones, k.constant(0, _TYPES[target]))
            return k.op(_CASTS[name], value, result=_TYPES[target])
        if found := _CALL.fullmatch(text):
            operands = [self._typed(part) for part in found[2].split(", ")]
            if found[1] == "copysign":
                return copysign(k, *operands)
            if found[1] in _INTRINSICS:
                return k.op(_INTRINSICS[found[1]], *operands)
        elif name in _BINARY:
            element, a, b = rest.replace(",", "").split()
            named = _LOGICAL if element == "i1" else _BINARY
            made = k.op(named[name], self._operand(a, element), self._operand(b, element))
            if name in _ROUNDED:  # error terms are what they seem
                made.owner.attributes["no_contraction"] = UnitAttr()
            return made
        raise GapError(
            "IX203", f"the instruction {text!r} of the math library has no lowering to spirv",
            because=f"its result is {type_.text}",
        )  # fmt: skip

    def if_any(
        self, condition: Value, then: Callable[[], Sequence[Value]], otherwise: Sequence[Value]
    ) -> list[Value]:
        others = [self.ssa(v) for v in otherwise]
        with self.k.select(self.ssa(condition), lambda: others) as values:
            values += [self.ssa(v) for v in then()]
        return [Value(self, self._named(s), v.type) for s, v in zip(values, otherwise, strict=True)]

    def while_any(
        self,
        initial: Sequence[Value],
        condition: Callable[..., Value],
        body: Callable[..., Sequence[Value]],
    ) -> list[Value]:
        types = [v.type for v in initial]

        def wrapped(values: Sequence[SSAValue]) -> list[Value]:
            return [Value(self, self._named(s), t) for s, t in zip(values, types, strict=True)]

        results = self.k.repeat(
            [self.ssa(v) for v in initial],
            lambda values: self.ssa(condition(*wrapped(values))),
            lambda values: [self.ssa(v) for v in body(*wrapped(values))],
        )
        return wrapped(results)

    def _named(self, value: SSAValue) -> str:
        name = f"%v{next(self._numbers)}"
        self.values[name] = value
        return name

    def call(self, name: str, *args: Value) -> Value:
        return self.argument(function(self.k, name, [self.ssa(v) for v in args]))

    def wide_product(self, a: Value, b: Value) -> tuple[Value, Value]:
        low, high = multiply_extended(self.k, self.ssa(a), self.ssa(b), False)
        return Value(self, self._named(low), a.type), Value(self, self._named(high), a.type)

    def table(self, name: str, words: Sequence[int | float], index: Value) -> Value:
        """A variable of the invocation, filled where it is used."""
        base = self.k.local(ArrayType(i64, len(words)))
        for place, word in enumerate(words):
            bits = (
                word if isinstance(word, int) else struct.unpack("<q", struct.pack("<d", word))[0]
            )
            number = (bits + (1 << 63)) % (1 << 64) - (1 << 63)
            self.k.store(base, place, self.k.constant(number, i64))
        found = self.k.load(base, self.k.op("UConvert", self.ssa(index), result=i32))
        return Value(self, self._named(found), Type("i64", 1))


def float_constant(k: Kernel, number: float, type_: Attribute) -> SSAValue:
    """A float; -0.0 is not the 0.0 that equals it."""
    if number == 0 and struct.pack("<d", number)[-1]:
        bits = i64 if isinstance(type_, Float64Type) else i32
        least = k.constant(-(1 << (width(bits) - 1)), bits)
        return k.op("Bitcast", least, result=type_)
    return k.constant(number, type_)


def copysign(k: Kernel, magnitude: SSAValue, sign: SSAValue) -> SSAValue:
    """The magnitude of one, the sign of the other."""
    bits = i64 if isinstance(magnitude.type, Float64Type) else i32
    most = (1 << (width(bits) - 1)) - 1
    a, b = (k.op("Bitcast", v, result=bits) for v in (magnitude, sign))
    kept = k.op("BitwiseAnd", a, k.constant(most, bits))
    taken = k.op("BitwiseAnd", b, k.constant(-most - 1, bits))
    return k.op("Bitcast", k.op("BitwiseOr", kept, taken), result=magnitude.type)


def sine(k: Kernel, x: SSAValue, quarter: int) -> SSAValue:
    """sin(x + quarter * pi / 2) in f32: x less its multiple of pi / 2 in three parts, then one of
    two polynomials. Right to 2 units in the last place to |x| of some 1e5, where the parts end."""
    e = KernelFunctions(k, "float")
    v = e.argument(x)
    n, n_bits = e.rounded(v, 0.6366197723675814)
    r = e.fma(n, -1.5703125, v)
    r = e.fma(n, -4.837512969970703e-4, r)
    r = e.fma(n, -7.549789948768648e-8, r)
    square = r * r
    odd = e.fma(r * square, e.polynomial(square, (
        -1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4)), r)  # fmt: skip
    even = e.fma(square * square, e.polynomial(square, (
        4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5)),
        e.fma(square, -0.5, 1.0))  # fmt: skip
    place = n_bits + quarter
    value = e.select((place & 1).equals(1), even, odd)
    return e.ssa(e.select((place & 2).equals(2), -value, value))


def remainder(k: Kernel, x: SSAValue, y: SSAValue) -> SSAValue:
    """x less its multiple of y, exactly, with the sign of x: long division of the mantissas, a bit
    a turn. On integers, because devices may flush subnormals and round multiply-adds twice."""
    e = KernelFunctions(k, "double" if isinstance(x.type, Float64Type) else "float")
    bits = [e.bits(e.argument(v)) for v in (x, y)]
    most, hidden = (1 << (e.width - 1)) - 1, 1 << e.mantissa
    a, b = (v & most for v in bits)

    def parts(v: Value) -> list[Value]:
        """Mantissa, with its highest bit at `mantissa`, and exponent; subnormals are moved up."""
        exponent = v.shr_u(e.mantissa)
        fraction = v & (hidden - 1)
        normal = exponent.differs(0)
        start = [e.select(normal, fraction | hidden, fraction), e.select(normal, exponent, 1)]
        return e.while_any(
            start,
            lambda m, _: (m & hidden).equals(0) & m.differs(0),
            lambda m, n: [m << 1, n - 1],
        )

    m, n = parts(a)
    divisor, least = parts(b)
    smaller = n < least

    def turn(m: Value, n: Value) -> list[Value]:
        less = m - divisor
        return [e.select(less < 0, m, less) << 1, n - 1]

    m, n = e.while_any([m, n], lambda m, n: n > least, turn)
    less = m - divisor
    m = e.select(less < 0, m, less)
    m, n = e.while_any(
        [m, n],
        lambda m, n: (m & hidden).equals(0) & m.differs(0) & (n > 1),
        lambda m, n: [m << 1, n - 1],
    )
    under = n < 1
    m, n = m.shr_u(e.select(under, 1 - n, 0)), e.select(under, 1, n)
    # an exponent of 1 without the highest bit is that of a subnormal number
    packed = e.select((m & hidden).equals(0), m, (m & (hidden - 1)) | (n << e.mantissa))
    below = a.compare("ult", "ult", b)
    packed = e.select(smaller | below, a, packed)
    packed = e.select(m.equals(0) & ~(smaller | below), 0, packed)
    infinite = e.integer(((1 << (e.width - 1 - e.mantissa)) - 1) << e.mantissa)
    undefined = (a >= infinite) | (b > infinite) | b.equals(0)
    nan = (infinite | (hidden >> 1)) + 0
    packed = e.select(undefined, nan, packed | (bits[0] & ~most))
    return e.ssa(e.from_bits(packed))


PORTABLE_F32 = {
    "log2": "GL.Log2", "atan": "GL.Atan",
    "atan2": "GL.Atan2", "asinh": "GL.Asinh", "acosh": "GL.Acosh", "atanh": "GL.Atanh",
    "sinh": "GL.Sinh", "cosh": "GL.Cosh",
}  # fmt: skip
"""Functions that the CPU computes in f64 and GLSL.std.450 has in f32."""

_SINES = {"sin": 0, "cos": 1}


def lacking_function(name: str, is_f64: bool, profile: str) -> str:
    """Why a profile has not the function; "" if it has."""
    if name in ("sin", "cos", "tan") and not is_f64:
        return ""
    if is_f64 or name in F32 or profile == "native":
        return ""
    if name in PORTABLE_F32 or name in ("asin", "acos", "log10", "cbrt", "pow"):
        return ""
    return f"{name} is computed in f64, which the profile {profile} has not"


def function(k: Kernel, name: str, operands: Sequence[SSAValue]) -> SSAValue:
    """A function of the math library."""
    type_ = operands[0].type
    is_f64 = isinstance(type_, Float64Type)
    if not is_f64 and name in _SINES:
        return sine(k, operands[0], _SINES[name])
    if not is_f64 and name == "tan":
        return k.op("FDiv", sine(k, operands[0], 0), sine(k, operands[0], 1))
    if name == "fmod":
        return remainder(k, *operands)
    if is_f64 or name in F32:
        e = KernelFunctions(k, "double" if is_f64 else "float")
        made = (F64 if is_f64 else F32)[name](e, *(e.argument(v) for v in operands))
        return e.ssa(made)
    if k.profile.name == "native":
        wide = [k.op("FConvert", v, result=f64) for v in operands]
        return k.op("FConvert", function(k, name, wide), result=f32)
    if name == "log10":
        return k.op("FMul", function(k, "log", operands), k.constant(0.4342944819032518, f32))
    if name == "cbrt":
        magnitude = k.op("GL.Pow", k.op("GL.FAbs", operands[0]), k.constant(1 / 3, f32))
        root = copysign(k, magnitude, operands[0])
        return k.op("Select", is_nan(k, operands[0]), operands[0], root)
    if name in ("asin", "acos"):
        return _arc(k, operands[0], name == "acos")
    if name == "pow":
        return _pow(k, *operands)
    if name == "atan2":
        return _atan2(k, *operands)
    return _in_domain(k, name, *operands)


def _arc(k: Kernel, x: SSAValue, cosine: bool) -> SSAValue:
    """asin and acos in f32 by the other leg of the triangle: GLSL.std.450's own are some 1e-4 off
    on devices at hand."""
    one = k.constant(1.0, f32)
    leg = k.op("GL.Sqrt", k.op("FMul", k.op("FSub", one, x), k.op("FAdd", one, x)))
    found = _atan2(k, leg, x) if cosine else _atan2(k, x, leg)
    outside = k.op("LogicalNot", k.op("FOrdLessThanEqual", k.op("GL.FAbs", x), one))
    return k.op("Select", outside, k.constant(float("nan"), f32), found)


def _atan2(k: Kernel, y: SSAValue, x: SSAValue) -> SSAValue:
    """atan2 in f32; GLSL.std.450 says nothing of zeros' signs: y = +-0 is the angle +-0 or +-pi."""
    made = k.op("GL.Atan2", y, x)
    behind = k.op("SLessThan", k.op("Bitcast", x, result=i32), k.constant(0, i32))
    half_turn = copysign(k, k.constant(3.1415927410125732, f32), y)
    flat = k.op("Select", behind, half_turn, y)
    level = k.op("FOrdEqual", y, k.constant(0.0, f32))
    level = k.op("LogicalAnd", level, k.op("LogicalNot", is_nan(k, x)))
    return k.op("Select", level, flat, made)


def _pow(k: Kernel, x: SSAValue, y: SSAValue) -> SSAValue:
    """x^y in f32: GLSL.std.450 has it for positive x only; a negative one has a power for whole
    exponents, whose parity is the sign."""
    one, zero_ = k.constant(1.0, f32), k.constant(0.0, f32)
    made = k.op("GL.Pow", k.op("GL.FAbs", x), y)
    whole = k.op("FOrdEqual", k.op("GL.Floor", y), y)
    half = k.op("FMul", y, k.constant(0.5, f32))
    odd = k.op("LogicalAnd", whole, k.op("FOrdNotEqual", k.op("GL.Floor", half), half))
    negative = k.op("FOrdLessThan", x, zero_)
    made = k.op("Select", k.op("LogicalAnd", negative, odd), k.op("FNegate", made), made)
    nan = k.op("LogicalAnd", negative, k.op("LogicalNot", whole))
    made = k.op("Select", nan, k.constant(float("nan"), f32), made)
    trivial = k.op("LogicalOr", k.op("FOrdEqual", y, zero_), k.op("FOrdEqual", x, one))
    unknown = k.op("LogicalOr", is_nan(k, x), is_nan(k, y))
    made = k.op("Select", unknown, k.op("FAdd", x, y), made)
    return k.op("Select", trivial, one, made)


def _in_domain(k: Kernel, name: str, x: SSAValue) -> SSAValue:
    """A function of GLSL.std.450, which says nothing of NaN nor of what has no result."""
    made = k.op(PORTABLE_F32[name], x)
    one, nan = k.constant(1.0, f32), k.constant(float("nan"), f32)
    if name == "acosh":
        made = k.op("Select", k.op("FOrdLessThan", x, one), nan, made)
    elif name == "atanh":
        made = k.op("Select", k.op("FOrdGreaterThan", k.op("GL.FAbs", x), one), nan, made)
    return k.op("Select", is_nan(k, x), x, made)


def _function(name: str) -> Rule:
    return lambda k, op, operands: function(k, name, operands)


def _plain(name: str) -> Rule:
    return lambda k, op, operands: k.op(name, *operands)


def _round(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    """Halves away from zero: truncation after adding the largest number below a half."""
    x = operands[0]
    below = 0.49999999999999994 if isinstance(x.type, Float64Type) else 0.49999997019767761230
    moved = copysign(k, k.constant(below, x.type), x)
    return k.op("GL.Trunc", k.op("FAdd", x, moved))


def _count(name: str) -> Rule:
    """Leading or trailing zeros, or ones, of integers to 32 bits; 64-bit ones by their halves."""

    def of_word(k: Kernel, x: SSAValue, bits: int) -> SSAValue:
        if name == "ones":
            return k.op("BitCount", x)
        empty = k.op("IEqual", x, 0)
        if name == "leading":
            found = k.op("ISub", bits - 1, k.op("GL.FindUMsb", x))
        else:
            found = k.op("GL.FindILsb", x)
        return k.op("Select", empty, k.index(bits), found)

    def rule(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
        type_ = op.results[0].type
        bits = width(type_)
        if bits <= 32:
            return fitted(k, of_word(k, unsigned(k, operands[0], type_), bits), bits)
        low = k.op("UConvert", operands[0], result=i32)
        shifted = k.op("ShiftRightLogical", operands[0], 32)
        high = k.op("UConvert", shifted, result=i32)
        a, b = of_word(k, low, 32), of_word(k, high, 32)
        if name == "ones":
            total = k.op("IAdd", a, b)
        else:
            first, then, word = (b, a, high) if name == "leading" else (a, b, low)
            more = k.op("IAdd", then, 32)
            total = k.op("Select", k.op("IEqual", word, 0), more, first)
        return k.op("UConvert", total, result=i64)

    return rule


def _absi(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    type_ = op.results[0].type
    value = signed(k, operands[0], type_)
    negative = k.op("SLessThan", value, zero(k, value))
    return fitted(k, k.op("Select", negative, k.op("SNegate", value), value), width(type_))


def _ipowi(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    """Squares and products; a negative exponent leaves 1 and -1, and 0 of any other base."""
    base, exponent = operands
    type_ = base.type
    one, minus, nothing = (k.constant(n, type_) for n in (1, -1, 0))

    def step(values: Sequence[SSAValue]) -> list[SSAValue]:
        result, square, rest = values
        odd = k.op("IEqual", k.op("BitwiseAnd", rest, one), one)
        result = k.op("Select", odd, k.op("IMul", result, square), result)
        return [result, k.op("IMul", square, square), k.op("ShiftRightLogical", rest, one)]

    negative = k.op("SLessThan", exponent, nothing)
    count = k.op("Select", negative, nothing, exponent)
    power = k.repeat([one, base, count], lambda v: k.op("INotEqual", v[2], nothing), step)[0]
    odd = k.op("IEqual", k.op("BitwiseAnd", exponent, one), one)
    of_minus = k.op("Select", odd, minus, one)
    inverse = k.op("Select", k.op("IEqual", base, minus), of_minus, nothing)
    inverse = k.op("Select", k.op("IEqual", base, one), one, inverse)
    return fitted(k, k.op("Select", negative, inverse, power), width(op.results[0].type))


def _fpowi(k: Kernel, op: Operation, operands: Sequence[SSAValue]) -> SSAValue:
    x = operands[0]
    return function(k, "pow", [x, k.op("ConvertSToF", operands[1], result=x.type)])


RULES: dict[str, Rule] = {
    **{cls.name: _function(name) for cls, name in NAMES.items()},
    "math.sqrt": _plain("GL.Sqrt"),
    "math.floor": _plain("GL.Floor"),
    "math.ceil": _plain("GL.Ceil"),
    "math.trunc": _plain("GL.Trunc"),
    "math.roundeven": _plain("GL.RoundEven"),
    "math.absf": _plain("GL.FAbs"),
    "math.fma": _plain("GL.Fma"),
    "math.copysign": lambda k, op, operands: copysign(k, *operands),
    "math.round": _round,
    "math.absi": _absi,
    "math.ctlz": _count("leading"),
    "math.cttz": _count("trailing"),
    "math.ctpop": _count("ones"),
    "math.ipowi": _ipowi,
    "math.fpowi": _fpowi,
}
FUNCTION_OF = {cls.name: name for cls, name in NAMES.items()}
"""The library function of each op."""
