# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every elementwise op on every element type: the reference against XLA, llvm-cpu against the
reference. One program an element type, all pairs of special values and all values of small types.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from iree_explore import elements

from .oracle import run_xla
from .targets import run_llvm_cpu, run_reference

DTYPES = {str(elements.element_type_of(d)): d for d in elements.DTYPES if d.kind != "c"}
INTEGERS = [name for name, d in DTYPES.items() if elements.is_integer(d)]
FLOATS = [name for name, d in DTYPES.items() if elements.is_float(d)]
NOT_IN_XLA = frozenset({"f6E2M3FN", "f6E3M2FN"})
"""XLA's CPU compiler has no code for them."""

COMPARE = [f"compare {d}" for d in ("EQ", "NE", "GE", "GT", "LE", "LT")]
TOTAL = [f"{c} TOTALORDER" for c in COMPARE]
BITS = ["and", "or", "xor", "not"]
OPS = {
    "bool": [*BITS, "add", "multiply", "maximum", "minimum", *COMPARE],
    "integer": [*BITS, *COMPARE, *"""add subtract multiply divide remainder power maximum minimum
        shift_left shift_right_arithmetic shift_right_logical negate popcnt
        count_leading_zeros""".split()],
    "signed": ["abs", "sign"],
    "float": [*COMPARE, *TOTAL, *"""add subtract multiply divide remainder maximum minimum abs
        negate sign ceil floor round_nearest_afz round_nearest_even is_finite sqrt""".split()],
}  # fmt: skip
FEW = {
    "integer": "add multiply divide shift_right_logical popcnt negate maximum".split(),
    "float": ["add", "divide", "negate", "maximum", "sign", "is_finite", "compare LT TOTALORDER"],
}
"""What is compiled for types that differ from others only in their conversions."""
LIKE_OTHERS = frozenset(
    """i2 ui2 i16 ui16 f4E2M1FN f6E2M3FN f6E3M2FN f8E3M4 f8E4M3 f8E5M2 f8E4M3FNUZ
    f8E4M3B11FNUZ""".split()
)
UNARY = frozenset("""not abs sign negate popcnt count_leading_zeros ceil floor round_nearest_afz
    round_nearest_even is_finite sqrt""".split())  # fmt: skip


def ops_of(name: str) -> list[str]:
    dtype = DTYPES[name]
    if dtype == np.bool_:
        return OPS["bool"]
    if elements.is_float(dtype):
        return OPS["float"]
    return OPS["integer"] + ([] if elements.is_unsigned(dtype) else OPS["signed"])


def every_value(dtype: np.dtype) -> np.ndarray:
    """All values of a type of 8 bits or fewer."""
    codes = np.arange(1 << elements.bits_of(dtype)).astype(np.uint8)
    return codes.astype(np.bool_) if dtype == np.bool_ else codes.view(dtype)


def special_values(dtype: np.dtype) -> np.ndarray:
    rng = np.random.default_rng(5)
    if dtype == np.bool_ or elements.bits_of(dtype) < 5:
        return every_value(dtype)
    if elements.is_integer(dtype):
        low, high = elements.limits_of(dtype)
        near = [low, low + 1, high - 1, high, 0, 1, 2, 3, 5, 7, elements.bits_of(dtype)]
        signed = [] if low == 0 else [-1, -2, -3, -8]
        drawn = [int(x) for x in rng.integers(low, high, 8, dtype.name if low == 0 else np.int64)]
        return np.array([*near, *signed, *drawn], object).astype(dtype)
    if dtype.itemsize == 1:
        return every_value(dtype)[:: 5 if elements.bits_of(dtype) == 8 else 2]
    info = np.finfo(np.float32) if dtype.kind == "V" else np.finfo(dtype)
    numbers = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7,
               float(info.max), float(info.tiny), -float(info.tiny) / 4, 1e-3, 100.25,
               *rng.standard_normal(6) * 10]  # fmt: skip
    with np.errstate(all="ignore"):
        return np.array(numbers, np.float64).astype(dtype)


@cache
def pairs(name: str) -> tuple[np.ndarray, np.ndarray]:
    values = special_values(DTYPES[name])
    a, b = np.repeat(values, len(values)), np.tile(values, len(values))
    if DTYPES[name].itemsize == 1:
        every = every_value(DTYPES[name])
        a, b = np.concatenate([a, every]), np.concatenate([b, every[::-1]])
    return a, b


def program(name: str, count: int, ops: list[str]) -> str:
    """@main(%a, %b) with one result an op."""
    type_ = f"tensor<{count}x{name}>"
    lines, types = [], []
    for i, op in enumerate(ops):
        word, _, rest = op.partition(" ")
        result = type_
        if word == "compare":
            direction, _, kind = rest.partition(" ")
            result = f"tensor<{count}xi1>"
            kind = f", {kind}" if kind else ""
            line = f"compare {direction}, %a, %b{kind} : ({type_}, {type_}) -> {result}"
        elif word == "is_finite":
            result = f"tensor<{count}xi1>"
            line = f"is_finite %a : ({type_}) -> {result}"
        else:
            line = f"{word} {'%a' if word in UNARY else '%a, %b'} : {type_}"
        lines.append(f"  %r{i} = stablehlo.{line}")
        types.append(result)
    names = ", ".join(f"%r{i}" for i in range(len(types)))
    return (
        f"func.func @main(%a: {type_}, %b: {type_}) -> ({', '.join(types)}) {{\n"
        + "\n".join(lines) + f"\n  return {names} : {', '.join(types)}\n}}"
    )  # fmt: skip


def differences(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Where two arrays differ: in value or sign of zero, NaN equal to NaN."""
    assert got.dtype == want.dtype and got.shape == want.shape, (got.dtype, want.dtype)
    x, y = elements.widened(got), elements.widened(want)
    if x.dtype.kind != "f":
        return x != y
    nan = np.isnan(y)
    return (np.isnan(x) != nan) | (~nan & ((x != y) | (np.signbit(x) != np.signbit(y))))


def report(name: str, ops: list[str], got: list[np.ndarray], want: list[np.ndarray]) -> list[str]:
    """One line for each op that differs."""
    a, b = pairs(name)
    found = []
    for op, x, y in zip(ops, got, want, strict=True):
        bad = differences(x, y)
        if bad.any():
            cases = [f"({a[i]}, {b[i]}): {x[i]} for {y[i]}" for i in np.flatnonzero(bad)[:4]]
            found.append(f"{op} {name}: {bad.sum()} differ, {'; '.join(cases)}")
    return found


def judged_by_xla(op: str, name: str, result: np.ndarray) -> np.ndarray:
    """Which pairs XLA is an oracle for."""
    a, b = pairs(name)
    dtype = DTYPES[name]
    if op == "power":  # XLA looks at few bits of the exponent, and at unsigned ones as signed
        wide = b.astype(object)
        return (wide >= 0) & (wide < 1 << min(elements.bits_of(dtype) - 1, 6))
    if (op, name) == ("popcnt", "i4") or (op, name) == ("popcnt", "i2"):
        return a >= np.array(0).astype(dtype)  # XLA counts the signs of a byte
    if (op, name) == ("sqrt", "f8E3M4"):  # XLA rounds twice, by way of f16
        return np.zeros(len(a), bool)
    if name in ("f32", "f64", "bf16", "f8E8M0FNU"):  # XLA takes subnormal numbers for zero
        tiny = np.finfo(np.float64 if name == "f64" else np.float32).tiny
        numbers = [elements.widened(x) for x in (a, b, result)]
        small = [(x != 0) & (np.abs(x) < tiny) for x in numbers]
        return ~(small[0] | small[1] | small[2])
    return np.ones(len(a), bool)


@pytest.mark.parametrize("name", [n for n in DTYPES if n not in NOT_IN_XLA])
def test_reference_is_what_xla_computes(name: str) -> None:
    inputs = list(pairs(name))
    ops = ops_of(name)
    text = program(name, len(inputs[0]), ops)
    xla = run_xla(text, inputs)
    reference = run_reference(text, inputs)
    for op, want, got in zip(ops, xla, reference, strict=True):
        unjudged = ~judged_by_xla(op, name, got)
        want[unjudged] = got[unjudged]
    expect_none(report(name, ops, reference, xla))


@pytest.mark.parametrize("name", DTYPES)
def test_compiled_is_what_the_reference_computes(name: str) -> None:
    inputs = list(pairs(name))
    kind = "float" if name in FLOATS else "integer"
    ops = FEW[kind] if name in LIKE_OTHERS else ops_of(name)
    text = program(name, len(inputs[0]), ops)
    expect_none(report(name, ops, run_llvm_cpu(text, inputs), run_reference(text, inputs)))


def expect_none(lines: list[str]) -> None:
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
