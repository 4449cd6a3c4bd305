# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The math library: one LLVM function for each math function and type, made when asked for.

Kernels call no library of the system: what they use of this one is written into their own module
(`definitions`) and compiled with them, inlined where that pays. f32 takes a function of math_f32.py
if there is one, else it goes through f64; f16 and bf16 became f32 before (expand_narrow_floats.py).
Vectors wider than the machine's are computed part by part.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from iree_explore.targets.llvm_cpu import math_f32, math_f64, math_special, math_trigonometric
from iree_explore.targets.llvm_cpu.math_builder import FunctionBuilder, Type, Value, suffix

Function = Callable[..., Value]

F32: dict[str, Function] = {
    f.__name__: f
    for f in (
        math_f32.exp, math_f32.exp2, math_f32.expm1, math_f32.log, math_f32.log1p, math_f32.tanh,
        math_f32.logistic, math_f32.erf, math_f32.erfc, math_f32.rsqrt, math_f64.fmod,
    )
}  # fmt: skip
F64: dict[str, Function] = {
    f.__name__: f
    for f in (
        math_f64.exp, math_f64.exp2, math_f64.expm1, math_f64.log, math_f64.log2, math_f64.log10,
        math_f64.log1p, math_f64.tanh, math_f64.logistic, math_f64.sinh, math_f64.cosh,
        math_f64.asin, math_f64.acos, math_f64.atan, math_f64.atan2, math_f64.asinh,
        math_f64.acosh, math_f64.atanh, math_f64.cbrt, math_f64.rsqrt, math_f64.pow, math_f64.fmod,
        math_trigonometric.sin, math_trigonometric.cos, math_trigonometric.tan, math_special.erf,
        math_special.erfc, math_special.erf_inv, math_special.lgamma, math_special.digamma,
        math_special.zeta_positive, math_special.zeta, math_special.polygamma,
        math_special.bessel_i1e,
    )
}  # fmt: skip
_INLINED = 40
"""Instructions of a function that is inlined although several places call it."""

Key = tuple[str, Type]
"""A function's name and the type of its operands and result."""


@dataclass(frozen=True)
class LibraryFunction:
    """LLVM IR of one function: its head and body, the functions it calls, what it declares."""

    head: str
    body: str
    size: int
    callees: tuple[Key, ...]
    declared: dict[str, str]


def symbol(name: str, type_: Type) -> str:
    """`math.tanh.v16f32`"""
    return f"math.{name}.{suffix(type_)}"


@functools.cache
def function(name: str, type_: Type, vector_bytes: int) -> LibraryFunction:
    """One function for a machine with vectors of `vector_bytes`; made once."""
    wide = type_.element == "float" and name not in F32
    make = F64[name] if wide or type_.element == "double" else F32[name]
    count = len(inspect.signature(make).parameters) - 1
    native = vector_bytes // (4 if type_.element == "float" and not wide else 8)
    f = FunctionBuilder(type_.element, type_.lanes)
    arguments = [Value(f, f"%a{i}", type_) for i in range(count)]
    if wide or type_.lanes > native:
        result = _in_parts(f, name, arguments, native, wide)
    else:
        result = make(f, *arguments)
    parameters = ", ".join(f"{type_.text} {a.text}" for a in arguments)
    head = f"define internal {type_.text} @{symbol(name, type_)}({parameters}) #1"
    body = "\n".join([*f.lines, f"  ret {type_.text} {result.text}", "}", ""])
    return LibraryFunction(head, body, len(f.lines), tuple(f.callees), f.declared)


def _in_parts(
    f: FunctionBuilder, name: str, arguments: list[Value], native: int, wide: bool
) -> Value:
    """Calls of the function on parts of the vectors, as f64 if `wide`."""
    parts = []
    for begin in range(0, f.lanes, native):
        count = min(native, f.lanes - begin)
        pieces = [f.part(a, begin, count) for a in arguments]
        if wide:
            type_ = Type("double", count)
            pieces = [f.cast("fpext", v, type_) for v in pieces]
        part = f.call(name, *pieces)
        parts.append(f.cast("fptrunc", part, Type("float", count)) if wide else part)
    return f.joined(parts)


def definitions(calls: Iterable[Key], vector_bytes: int) -> tuple[list[str], dict[str, str]]:
    """The functions that `calls` need, as LLVM IR, and what they declare by symbol.

    `calls` has an entry for each call: a large function that several places call is not inlined.
    """
    uses: dict[Key, int] = {}
    waiting = list(calls)
    found: dict[Key, LibraryFunction] = {}
    while waiting:
        key = waiting.pop()
        uses[key] = uses.get(key, 0) + 1
        if key not in found:
            found[key] = function(*key, vector_bytes)
            waiting += found[key].callees
    lines: list[str] = []
    declared: dict[str, str] = {}
    for key, made in found.items():
        apart = uses[key] > 1 and made.size > _INLINED
        head = f"{made.head} {'noinline' if apart else 'alwaysinline'} {{"
        lines += [head, "entry:", *made.body.splitlines(), ""]
        declared |= made.declared
    return lines, declared
