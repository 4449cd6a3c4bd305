# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scalar instructions of the VM: one table gives their types and what they compute.

Registers hold Python numbers: integers signed (i32 and i64 alike wrap around), f32 rounded to
single precision; narrower floats are numbers of theirs in f32 registers. No operand makes an
instruction fail: x / 0 is -1 and x rem 0 is x, as in device code.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from iree_explore import elements


@dataclass(frozen=True)
class Instruction:
    """Types of operands and result ("i32", "i64", "f32", "f64") and the function."""

    operands: tuple[str, ...]
    result: str
    compute: Callable[..., Any]


def _wrap(width: int) -> Callable[[int], int]:
    half, full = 1 << (width - 1), 1 << width
    return lambda x: ((x + half) & (full - 1)) - half


def f32(value: float) -> float:
    """`value` rounded to single precision; too large is infinite."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def _quotient(a: int, b: int) -> int:
    if b == 0:
        return -1
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a: int, b: int) -> int:
    return a if b == 0 else a - b * _quotient(a, b)


def _integers(name: str, width: int) -> dict[str, Instruction]:
    wrap, mask = _wrap(width), (1 << width) - 1

    def unsigned(function: Callable[[int, int], int]) -> Callable[[int, int], int]:
        return lambda a, b: wrap(function(a & mask, b & mask))

    binary: dict[str, Callable[[int, int], int]] = {
        f"add.{name}": lambda a, b: wrap(a + b),
        f"sub.{name}": lambda a, b: wrap(a - b),
        f"mul.{name}": lambda a, b: wrap(a * b),
        f"div.{name}.s": lambda a, b: wrap(_quotient(a, b)),
        f"div.{name}.u": unsigned(lambda a, b: a // b if b else -1),
        f"rem.{name}.s": _remainder,
        f"rem.{name}.u": unsigned(lambda a, b: a % b if b else a),
        f"min.{name}.s": min,
        f"min.{name}.u": unsigned(min),
        f"max.{name}.s": max,
        f"max.{name}.u": unsigned(max),
        f"and.{name}": operator.and_,
        f"or.{name}": operator.or_,
        f"xor.{name}": operator.xor,
        f"shl.{name}": lambda a, b: wrap(a << b) if 0 <= b < width else 0,
        f"shr.{name}.s": lambda a, b: a >> min(b & mask, width - 1),
        f"shr.{name}.u": lambda a, b: wrap((a & mask) >> b) if 0 <= b < width else 0,
    }
    compares: dict[str, Callable[[int, int], bool]] = {
        f"cmp.eq.{name}": operator.eq,
        f"cmp.ne.{name}": operator.ne,
        f"cmp.lt.{name}.s": operator.lt,
        f"cmp.lte.{name}.s": operator.le,
        f"cmp.gt.{name}.s": operator.gt,
        f"cmp.gte.{name}.s": operator.ge,
        f"cmp.lt.{name}.u": lambda a, b: a & mask < b & mask,
        f"cmp.lte.{name}.u": lambda a, b: a & mask <= b & mask,
        f"cmp.gt.{name}.u": lambda a, b: a & mask > b & mask,
        f"cmp.gte.{name}.u": lambda a, b: a & mask >= b & mask,
    }
    table = {k: Instruction((name, name), name, f) for k, f in binary.items()}
    for key, compare in compares.items():
        table[key] = Instruction((name, name), "i32", _as_int(compare))
    return table


def _as_int(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], int]:
    return lambda a, b: 1 if compare(a, b) else 0


def _float_divide(a: float, b: float) -> float:
    if b:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _float_remainder(a: float, b: float) -> float:
    return math.fmod(a, b) if b and not math.isinf(a) else math.nan


def _propagating(choose: Callable[[float, float], float]) -> Callable[[float, float], float]:
    return lambda a, b: math.nan if a != a or b != b else choose(a, b)


def _as_numpy(function: Callable[..., Any]) -> Callable[..., float]:
    """In double precision, infinities and NaN as NumPy has them."""

    def compute(*operands: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(*map(np.float64, operands)))

    return compute


def _away_from_zero(value: float) -> float:
    if not math.isfinite(value):
        return value
    whole = math.floor(abs(value))
    return math.copysign(whole + (abs(value) - whole >= 0.5), value)


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": _as_numpy(np.ceil),
    "floor": _as_numpy(np.floor),
    "round": _away_from_zero,
    "round.even": _as_numpy(np.rint),
    "sqrt": _as_numpy(np.sqrt),
    "exp": _as_numpy(np.exp),
    "exp2": _as_numpy(np.exp2),
    "log": _as_numpy(np.log),
    "log2": _as_numpy(np.log2),
}
"""Functions of one float, IREE's names."""


def _floats(name: str) -> dict[str, Instruction]:
    rounded = f32 if name == "f32" else float
    binary: dict[str, Callable[[float, float], float]] = {
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "div": _float_divide,
        "rem": _float_remainder,
        "min": _propagating(min),
        "max": _propagating(max),
    }
    table = {
        f"{key}.{name}": Instruction((name, name), name, _rounding(rounded, function))
        for key, function in binary.items()
    }
    table[f"neg.{name}"] = Instruction((name,), name, operator.neg)
    for key, function in _FUNCTIONS.items():
        key, _, variant = key.partition(".")
        key = f"{key}.{name}.{variant}" if variant else f"{key}.{name}"
        table[key] = Instruction((name,), name, _rounding_one(rounded, function))
    power = _as_numpy(np.power)
    table[f"pow.{name}"] = Instruction((name, name), name, _rounding(rounded, power))
    compares: dict[str, Callable[[Any, Any], bool]] = {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "lte": operator.le,
        "gt": operator.gt,
        "gte": operator.ge,
    }
    for key, compare in compares.items():
        for suffix, if_nan in (("o", False), ("u", True)):
            table[f"cmp.{key}.{name}.{suffix}"] = Instruction(
                (name, name), "i32", _as_int(_with_nan(compare, if_nan))
            )
    return table


def _rounding(
    rounded: Callable[[float], float], function: Callable[[float, float], float]
) -> Callable[[float, float], float]:
    return lambda a, b: rounded(function(a, b))


def _rounding_one(
    rounded: Callable[[float], float], function: Callable[[float], float]
) -> Callable[[float], float]:
    return lambda a: rounded(function(a))


def _with_nan(compare: Callable[[Any, Any], bool], if_nan: bool) -> Callable[[Any, Any], bool]:
    return lambda a, b: if_nan if a != a or b != b else compare(a, b)


def _to_integer(width: int, signed: bool) -> Callable[[float], int]:
    """Float to integer, towards zero, the nearest value for what does not fit, NaN to 0."""
    wrap = _wrap(width)
    low = -(1 << (width - 1)) if signed else 0
    high = (1 << (width - 1 if signed else width)) - 1

    def convert(value: float) -> int:
        if value != value:
            return 0
        if math.isinf(value):
            return wrap(high if value > 0 else low)
        return wrap(min(max(int(value), low), high))

    return convert


def _casts() -> dict[str, Instruction]:
    table = {
        "trunc.i64.i32": Instruction(("i64",), "i32", _wrap(32)),
        "ext.i32.i64.s": Instruction(("i32",), "i64", lambda a: a),
        "ext.i32.i64.u": Instruction(("i32",), "i64", lambda a: a & 0xFFFFFFFF),
        "trunc.f64.f32": Instruction(("f64",), "f32", f32),
        "ext.f32.f64": Instruction(("f32",), "f64", lambda a: a),
        "select.i32": Instruction(("i32", "i32", "i32"), "i32", _select),
        "select.i64": Instruction(("i32", "i64", "i64"), "i64", _select),
        "select.f32": Instruction(("i32", "f32", "f32"), "f32", _select),
        "select.f64": Instruction(("i32", "f64", "f64"), "f64", _select),
        "bitcast.i32.f32": Instruction(("i32",), "f32", _bits("<i", "<f")),
        "bitcast.f32.i32": Instruction(("f32",), "i32", _bits("<f", "<i")),
        "bitcast.i64.f64": Instruction(("i64",), "f64", _bits("<q", "<d")),
        "bitcast.f64.i64": Instruction(("f64",), "i64", _bits("<d", "<q")),
    }
    for name, dtype in NARROW.items():
        table |= _narrow(name, dtype)
    for bits in (1, 2, 4, 6, 8, 16):
        table[f"ext.i{bits}.i32.s"] = Instruction(("i32",), "i32", _wrap(bits))
        table[f"ext.i{bits}.i32.u"] = Instruction(("i32",), "i32", _masked(bits))
    for width in (32, 64):
        mask = (1 << width) - 1
        for kind in ("f32", "f64"):
            rounded = f32 if kind == "f32" else float
            table[f"cast.si{width}.{kind}"] = Instruction((f"i{width}",), kind, rounded)
            table[f"cast.ui{width}.{kind}"] = Instruction(
                (f"i{width}",), kind, _unsigned_cast(rounded, mask)
            )
            for sign in ("s", "u"):
                table[f"cast.{kind}.{sign}i{width}"] = Instruction(
                    (kind,), f"i{width}", _to_integer(width, sign == "s")
                )
    return table


NARROW: dict[str, np.dtype] = {
    str(elements.element_type_of(d)): d
    for d in elements.DTYPES
    if elements.is_float(d) and d.itemsize < 4
}
"""Floats that live in f32 registers, by their MLIR names."""


def _narrow(name: str, dtype: np.dtype) -> dict[str, Instruction]:
    """Rounding to a narrow float, and its bits as registers hold an integer of its width."""
    unsigned = np.dtype(f"u{dtype.itemsize}")
    extended = _wrap(elements.bits_of(dtype))
    mask = (1 << elements.bits_of(dtype)) - 1

    def rounded(value: float) -> float:
        return float(elements.cast(np.array(value, np.float64), dtype))

    def bits(value: float) -> int:
        return extended(int(elements.cast(np.array(value, np.float64), dtype).view(unsigned)))

    def of_bits(value: int) -> float:
        return float(np.array(value & mask, unsigned).view(dtype))

    return {
        f"trunc.f32.{name}": Instruction(("f32",), "f32", rounded),
        f"trunc.f64.{name}": Instruction(("f64",), "f32", rounded),
        f"bitcast.{name}.i32": Instruction(("f32",), "i32", bits),
        f"bitcast.i32.{name}": Instruction(("i32",), "f32", of_bits),
    }


def _select(condition: int, a: Any, b: Any) -> Any:
    return a if condition else b


def _masked(bits: int) -> Callable[[int], int]:
    return lambda a: a & ((1 << bits) - 1)


def _unsigned_cast(rounded: Callable[[float], float], mask: int) -> Callable[[int], float]:
    return lambda a: rounded(a & mask)


def _bits(source: str, target: str) -> Callable[[Any], Any]:
    return lambda a: struct.unpack(target, struct.pack(source, a))[0]


INSTRUCTIONS: dict[str, Instruction] = {
    f"vm.{name}": instruction
    for table in (
        _integers("i32", 32),
        _integers("i64", 64),
        _floats("f32"),
        _floats("f64"),
        _casts(),
    )
    for name, instruction in table.items()
}
"""Op name -> instruction."""
