# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What elementwise ops mean, on NumPy arrays: functions of whole arrays, and how rows call them.

`on_numbers` gives a function arrays that NumPy computes with (float32 for narrower floats, bytes
for i2 and i4) and rounds or wraps its result once. Functions that ask how wide a number is are
`OfBits`. Integer semantics that the specification leaves open are XLA's: `x / 0` has all bits set,
`x % 0` is x, and shifts by the width or more shift everything out. The ops are in elementwise.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from iree_explore import elements
from iree_explore.errors import GapError
from iree_explore.stablehlo.base import Evaluate, Run, element_type, result_dtype

Arrays = list[np.ndarray]


class OfBits(NamedTuple):
    """A function of integers that takes their width first."""

    function: Callable[..., np.ndarray]


def on_numbers(function: Callable[..., Any] | OfBits) -> Evaluate:
    """The `evaluate` of an elementwise row."""
    if isinstance(function, OfBits):
        return _on_bits(function.function)

    def evaluate(op: Any, args: Arrays, run: Run) -> Arrays:
        with np.errstate(all="ignore"):
            value = np.asarray(function(*map(elements.widened, args)))
            dtype = result_dtype(op)
            if dtype == ml_dtypes.float8_e8m0fnu and value.dtype == np.float64:
                # it has no zero: what is zero in the type that its numbers are computed in is NaN
                value = np.where(value.astype(np.float32) == 0, 0.0, value)
        return [elements.cast(value, dtype)]

    return evaluate


def _on_bits(function: Callable[..., np.ndarray]) -> Evaluate:
    def evaluate(op: Any, args: Arrays, run: Run) -> Arrays:
        dtype = elements.dtype_of(element_type(op.operands[0]))
        value = function(elements.bits_of(dtype), *map(elements.widened, args))
        return [np.asarray(value).astype(result_dtype(op))]

    return evaluate


def as_unsigned(x: np.ndarray, bits: int) -> np.ndarray:
    """The `bits` lowest bits as an unsigned number."""
    unsigned = np.dtype(f"u{x.dtype.itemsize}")
    return x.astype(unsigned) & np.array((1 << bits) - 1, unsigned)


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Truncates; x / 0 has all bits set, the least number / -1 is itself."""
    if a.dtype.kind not in "iub":
        return a / b
    if a.dtype == np.bool_:
        return a | ~b
    safe = np.where(b == 0, np.ones_like(b), b)
    quotient = a // safe
    if a.dtype.kind == "i":
        quotient += ((a % safe) != 0) & ((a < 0) != (safe < 0))
        quotient = np.where((a == np.iinfo(a.dtype).min) & (b == -1), a, quotient)
    return np.where(b == 0, ~np.zeros_like(a), quotient)


NO_COMPLEX_REMAINDER = "nothing defines it for complex numbers"
"""The specification admits their types and leaves the meaning open."""


def remainder(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sign of the dividend; x % 0 is x. Raises `GapError` for complex numbers."""
    if a.dtype.kind == "c":
        raise GapError("IX203", f"stablehlo.remainder: {NO_COMPLEX_REMAINDER}")
    if a.dtype.kind not in "iub":
        return np.fmod(a, b)
    if a.dtype == np.bool_:
        return a & ~b
    safe = np.where((b == 0) | ((b == -1) if a.dtype.kind == "i" else False), np.ones_like(b), b)
    return np.where(b == 0, a, np.fmod(a, safe))


def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Integers wrap around; a negative exponent gives 0 but for 1 and -1."""
    if a.dtype.kind not in "iub":
        return np.power(a, b)
    if a.dtype == np.bool_:
        return a | ~b
    unsigned = np.dtype(f"u{a.dtype.itemsize}")
    value, square, rest = np.ones(a.shape, unsigned), a.astype(unsigned), b.astype(unsigned)
    for _ in range(a.dtype.itemsize * 8):
        value = np.where(rest & np.array(1, unsigned), value * square, value)
        square, rest = square * square, rest >> np.array(1, unsigned)
    value = value.astype(a.dtype)
    if a.dtype.kind == "u":
        return value
    return np.where((b < 0) & (a != 1) & (a != -1), np.zeros_like(a), value)


def shift(left: bool, logical: bool) -> OfBits:
    """Shifts; by the width or more gives 0, or the sign for arithmetic shifts right."""

    def apply(bits: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        amount = as_unsigned(b, bits)
        x = as_unsigned(a, bits) if logical else a.astype(f"i{a.dtype.itemsize}")
        if not logical and a.dtype.kind == "u":  # the upper bit is a sign all the same
            spare = np.array(a.dtype.itemsize * 8 - bits, x.dtype)
            x = (x << spare) >> spare
        safe = np.minimum(amount, np.array(bits - 1, amount.dtype)).astype(x.dtype)
        value = x << safe if left else x >> safe
        return np.where((amount >= bits) & logical, np.zeros_like(value), value)

    return OfBits(apply)


def count_leading_zeros(bits: int, a: np.ndarray) -> np.ndarray:
    x = as_unsigned(a, bits)
    for step in (1, 2, 4, 8, 16, 32):
        if step < bits:
            x = x | x >> np.array(step, x.dtype)
    return bits - np.bitwise_count(x).astype(np.int64)


def population_count(bits: int, a: np.ndarray) -> np.ndarray:
    return np.bitwise_count(as_unsigned(a, bits))


def _logical(bool_: Any, bits: Any) -> Callable[..., np.ndarray]:
    return lambda *a: bool_(*a) if a[0].dtype == np.bool_ else bits(*a)


def sign(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, x, np.sign(x)) if x.dtype.kind == "f" else np.sign(x)


def round_away(x: np.ndarray) -> np.ndarray:
    """To the nearest integer, halves away from zero."""
    whole = np.trunc(x)
    away = np.abs(x - whole) >= 0.5
    return np.copysign(np.where(away, whole + np.sign(x), whole), x)


add = _logical(np.logical_or, np.add)
multiply = _logical(np.logical_and, np.multiply)
subtract = _logical(np.logical_xor, np.subtract)


def convert(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """`x` in another dtype, by the rules of `stablehlo.convert`: float to integer truncates and
    saturates, NaN becomes 0; integers wrap around; anything that is not 0 is true."""
    x = elements.widened(x)
    if dtype == np.bool_:
        return x != 0
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real  # pyright: ignore[reportAttributeAccessIssue]
    if x.dtype.kind == "f" and elements.is_integer(dtype):
        return _saturated(x.astype(np.float64), dtype)
    if x.dtype.kind in "iub" and elements.is_float(dtype) and dtype.itemsize < 4:
        x = x.astype(np.float32)
    return elements.cast(x, dtype)


def _saturated(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    low, high = elements.limits_of(dtype)
    wide = np.dtype(np.uint64 if low == 0 else np.int64)
    inside = (x >= low) & (x < float(high + 1))
    whole = np.where(inside, x, 0).astype(wide)
    whole = np.where(x >= float(high + 1), np.array(high, wide), whole)
    return np.where(x < low, np.array(low, wide), whole).astype(dtype)


def total_order(x: np.ndarray) -> np.ndarray:
    """Integers that order as floats do in IEEE 754's total order."""
    bits = elements.bits_of(x.dtype)
    if x.dtype.name == "float8_e8m0fnu":  # without a sign
        return x.view(np.uint8)
    signed = x.view(f"i{x.dtype.itemsize}")
    if bits < 8:
        spare = np.array(8 - bits, np.int8)
        signed = (signed << spare) >> spare
    return np.where(signed < 0, signed ^ np.array((1 << (bits - 1)) - 1, signed.dtype), signed)


def bitcast(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The same bits, lowest first, as another type; the last dimension grows or goes away."""
    before, after = elements.bits_of(x.dtype), elements.bits_of(dtype)
    x = np.asarray(x, order="C")  # of rank 0, too
    if dtype == np.bool_ or x.dtype == np.bool_:
        return x
    stored = x.reshape(*x.shape, 1).view(np.uint8)
    flat = np.unpackbits(stored, axis=-1, bitorder="little")[..., :before]
    if before < after:
        flat = flat.reshape(*x.shape[:-1], after)
    elif before > after:
        flat = flat.reshape(*x.shape, before // after, after)
    packed = np.packbits(flat, axis=-1, bitorder="little")
    return np.ascontiguousarray(packed).view(dtype)[..., 0]


def reduce_precision(x: np.ndarray, exponent_bits: int, mantissa_bits: int) -> np.ndarray:
    """Rounded, on the bits, as a float of that format would be; NaN stays."""
    dtype = x.dtype
    if dtype.itemsize == 1:  # f16 holds all but powers of two, whose exponents are f32's
        wide = x.astype(np.float32 if dtype.name == "float8_e8m0fnu" else np.float16)
        return elements.cast(reduce_precision(wide, exponent_bits, mantissa_bits), dtype)
    width = dtype.itemsize * 8
    mantissa = 7 if dtype.kind == "V" else {16: 10, 32: 23, 64: 52}[width]
    exponent = width - 1 - mantissa
    unsigned = np.dtype(f"u{dtype.itemsize}")

    def u(value: int) -> np.ndarray:
        return np.array(value & ((1 << width) - 1), unsigned)

    bits = np.ascontiguousarray(x).view(unsigned)
    if mantissa_bits < mantissa:
        drop = mantissa - mantissa_bits
        bits = bits + ((bits >> u(drop) & u(1)) + u((1 << (drop - 1)) - 1)) & u(-1 << drop)
    if exponent_bits < exponent:
        field = ((1 << exponent) - 1) << mantissa
        bias, to_bias = (1 << (exponent - 1)) - 1, (1 << (exponent_bits - 1)) - 1
        own, sign_bit = bits & u(field), bits & u(1 << (width - 1))
        bits = np.where(own <= u((bias - to_bias) << mantissa), sign_bit, bits)
        bits = np.where(own > u((bias + to_bias) << mantissa), sign_bit | u(field), bits)
    nan = np.isnan(elements.widened(x))
    return np.where(nan, x, np.ascontiguousarray(bits).view(dtype))
