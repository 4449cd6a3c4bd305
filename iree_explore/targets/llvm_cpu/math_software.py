# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions that stand in for the instructions that old CPUs lack.

Where a CPU has no instruction for `llvm.fma` or `llvm.floor`, LLVM calls the system's math library,
one lane after the other. Kernels call nothing outside of themselves: `without_instructions` gives
them functions on whole vectors instead. x86-64 has fused multiply-adds from level v3 on (FMA) and
roundings to integers from v2 on (SSE4.1); every AArch64 has both.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo
from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Type, Value

_INTRINSIC = re.compile(r"llvm\.(fma|floor|ceil|trunc|roundeven)\.(?:v(\d+))?f(32|64)")


def without_instructions(ir: str, declared: dict[str, str], cpu: CPUInfo) -> tuple[str, list[str]]:
    """`ir` with calls of own functions where it calls intrinsics that `cpu` has no instruction for;
    those functions and all declarations (`declared`, by symbol, and what the functions need)."""
    functions: list[str] = []
    for symbol in list(declared):
        match = _INTRINSIC.fullmatch(symbol)
        if match is None or _has(cpu, match[1]):
            continue
        element = "float" if match[3] == "32" else "double"
        lines, needed = _function(symbol, match[1], Type(element, int(match[2] or 1)))
        functions += lines
        del declared[symbol]
        declared |= needed
        ir = ir.replace(f"@{symbol}(", f"@{_stand_in(symbol)}(")
    return ir, functions + list(declared.values())


def _stand_in(symbol: str) -> str:
    return symbol.replace("llvm.", "software.", 1)


def _has(cpu: CPUInfo, name: str) -> bool:
    if cpu.arch not in ("x86_64", "i686"):
        return True
    return cpu.supports("fma" if name == "fma" else "sse4.1")


@functools.cache
def _function(symbol: str, name: str, type_: Type) -> tuple[list[str], dict[str, str]]:
    make = _FUNCTIONS[name]
    f = FunctionBuilder(type_.element, type_.lanes)
    arguments = [Value(f, f"%a{i}", type_) for i in range(3 if name == "fma" else 1)]
    result = make(f, *arguments)
    parameters = ", ".join(f"{type_.text} {a.text}" for a in arguments)
    head = f"define internal {type_.text} @{_stand_in(symbol)}({parameters}) #1 {{"
    body = [*f.lines, f"  ret {type_.text} {result.text}", "}", ""]
    return [head, "entry:", *body], f.declared


def _fma(f: FunctionBuilder, a: Value, b: Value, c: Value) -> Value:
    return _fma_f32(f, a, b, c) if f.width == 32 else _fma_f64(f, a, b, c)


def _fma_f32(f: FunctionBuilder, a: Value, b: Value, c: Value) -> Value:
    """Rounded once: the product is exact in f64, and a sum of f64 that is rounded to odd rounds to
    f32 as the exact one does (Boldo and Melquiond, Emulation of FMA and Correctly Rounded Sums,
    2008)."""
    wide = FunctionBuilder("double", f.lanes)
    wide.lines, wide.declared, wide._numbers = f.lines, f.declared, f._numbers
    a, b, c = (Value(wide, v.text, v.type) for v in (a, b, c))
    x, y, z = (wide.cast("fpext", v, wide.floats) for v in (a, b, c))
    return wide.cast("fptrunc", _sum_to_odd(wide, x * y, z), f.floats)


def _fma_f64(f: FunctionBuilder, a: Value, b: Value, c: Value) -> Value:
    """Rounded once, by the same paper, unless the result is subnormal or a number is so large
    (2^996) that its halves or the product may overflow: then twice."""
    plain = a * b + c
    large = (f.abs(a) > 2.0**996) | (f.abs(b) > 2.0**996) | (f.abs(c) > 2.0**1020)
    usable = ~(large | (f.abs(a * b) > 2.0**1020)) & plain.compare("ord", "ne", 0.0)
    # Where what rounding loses of the product would be subnormal, all is 2^512 times larger.
    small = (f.abs(a * b) < 2.0**-900) & (f.abs(c) < 2.0**-400)
    factor = f.select(small, f.constant(2.0**256), f.constant(1.0))
    back = f.select(small, f.constant(2.0**-512), f.constant(1.0))
    high, low = _exact_product(f, a * factor, b * factor)
    upper, rest = f.two_sum(c * factor * factor, low)
    total, error = f.two_sum(high, upper)
    exact = (total + _sum_to_odd(f, rest, error)) * back
    # A sum that is exactly zero has the sign that `plain` gives it.
    return f.select(usable & exact.differs(0.0), exact, plain)


def _exact_product(f: FunctionBuilder, a: Value, b: Value) -> tuple[Value, Value]:
    """a * b and what rounding lost (Dekker, A Floating-Point Technique for Extending the Available
    Precision, 1971)."""
    (a_high, a_low), (b_high, b_low) = (_halves(v) for v in (a, b))
    product = a * b
    low = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, low


def _halves(x: Value) -> tuple[Value, Value]:
    """Two f64 of 26 bits with the sum `x`."""
    scaled = x * (2.0**27 + 1)
    high = scaled - (scaled - x)
    return high, x - high


def _sum_to_odd(f: FunctionBuilder, a: Value, b: Value) -> Value:
    """a + b; where that is inexact, the one of the two neighbours whose last bit is set."""
    total, error = f.two_sum(a, b)
    bits = f.bits(total)
    inexact = error.compare("one", "ne", 0.0)
    even = (bits & 1).equals(0)
    # Away from zero if the error has the sum's sign, else towards it.
    away = (bits ^ f.bits(error)) >= 0
    step = f.select(away, f.integer(1), f.integer(-1))
    return f.select(inexact & even, f.from_bits(bits + step), total)


def _roundeven(f: FunctionBuilder, x: Value) -> Value:
    size = f.abs(x)
    limit = 2.0**f.mantissa
    return f.select(size < limit, f.copysign((size + limit) - limit, x), x)


def _trunc(f: FunctionBuilder, x: Value) -> Value:
    size = f.abs(x)
    nearest = (size + 2.0**f.mantissa) - 2.0**f.mantissa
    down = f.select(nearest > size, nearest - 1.0, nearest)
    return f.select(size < 2.0**f.mantissa, f.copysign(down, x), x)


def _floor(f: FunctionBuilder, x: Value) -> Value:
    nearest = _roundeven(f, x)
    return f.select(nearest > x, nearest - 1.0, nearest)


def _ceil(f: FunctionBuilder, x: Value) -> Value:
    """-0.0 for what lies above -1 and below 0."""
    nearest = _roundeven(f, x)
    return f.copysign(f.select(nearest < x, nearest + 1.0, nearest), x)


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "fma": _fma, "floor": _floor, "ceil": _ceil, "trunc": _trunc, "roundeven": _roundeven,
}  # fmt: skip
