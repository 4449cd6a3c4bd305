# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`arith`, `math`, `math_ext` and `complex` ops on NumPy: each op is one function of whole arrays.

Operands are arrays of equal rank (or scalars) in the dtype of their MLIR type (`elements.dtype_of`:
i1 is bool, signless integers are signed); results are cast to the dtype of the result type by the
caller. Integer division by zero and overflow are what NumPy makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FloatAttr, IntegerAttr
from xdsl.ir import Attribute, Operation

from iree_explore import elements
from iree_explore.linalg.math_ext import FUNCTIONS

Array = Any
"""A NumPy array or scalar."""


def constant_value(attr: Attribute) -> Array:
    """The NumPy value of `arith.constant`'s attribute; raises `KeyError` for unknown kinds."""
    if isinstance(attr, DenseIntOrFPElementsAttr):
        return elements.to_numpy(attr)
    if isinstance(attr, IntegerAttr):
        dtype = elements.dtype_of(attr.type)
        value = attr.value.data
        if elements.is_integer(dtype):
            bits = elements.bits_of(dtype)
            value &= (1 << bits) - 1
            if not elements.is_unsigned(dtype) and value >> (bits - 1):
                value -= 1 << bits
        return np.asarray(value).astype(dtype)[()]
    if isinstance(attr, FloatAttr):
        return np.asarray(attr.value.data).astype(elements.dtype_of(attr.type))[()]
    raise KeyError(type(attr).__name__)


def unsigned(x: Array) -> Array:
    """The same bits as an unsigned integer, i2 and i4 in a byte (bool stays)."""
    x = np.asarray(x)
    if x.dtype.kind == "i":
        return x.view(np.dtype(f"u{x.dtype.itemsize}"))
    if x.dtype.kind == "V" and elements.is_integer(x.dtype):
        return x.view(np.uint8) & np.uint8((1 << elements.bits_of(x.dtype)) - 1)
    return x


def _signed_bool(x: Array) -> Array:
    x = elements.widened(np.asarray(x))
    return -x.astype(np.int8) if x.dtype == np.bool_ else x


def maximum(a: Array, b: Array) -> Array:
    """NaN if either is; 0.0 is above -0.0."""
    value = np.maximum(a, b)
    return np.where((a == 0) & (b == 0), a + b, value) if value.dtype.kind == "f" else value


def minimum(a: Array, b: Array) -> Array:
    """NaN if either is; -0.0 is below 0.0."""
    value = np.minimum(a, b)
    return np.where((a == 0) & (b == 0), -(-a - b), value) if value.dtype.kind == "f" else value


def _truncating_divide(a: Array, b: Array) -> Array:
    a, b = np.asarray(a), np.asarray(b)
    quotient = np.floor_divide(a, b)
    return quotient + ((np.remainder(a, b) != 0) & ((a < 0) != (b < 0)))


def _truncating_remainder(a: Array, b: Array) -> Array:
    return np.fmod(a, b)


def _shift(function: Callable, a: Array, b: Array, logical: bool = True) -> Array:
    """Amounts of the width and more shift everything out, or leave the sign."""
    bits, amount = elements.bits_of(np.asarray(a).dtype), unsigned(b)
    x = unsigned(a) if logical else _signed_bool(a)
    safe = np.minimum(amount, np.asarray(bits - 1, amount.dtype)).astype(x.dtype)
    result = function(x, safe)
    return np.where((amount >= bits) & logical, np.zeros_like(result), result)


_COMPARE_INT = (
    np.equal, np.not_equal,
    np.less, np.less_equal, np.greater, np.greater_equal,
    np.less, np.less_equal, np.greater, np.greater_equal,
)  # fmt: skip
_COMPARE_FLOAT: tuple[Callable, ...] = (
    lambda a, b: np.zeros(np.broadcast(a, b).shape, bool),
    np.equal,
    np.greater,
    np.greater_equal,
    np.less,
    np.less_equal,
    lambda a, b: (a < b) | (a > b),
    lambda a, b: ~(np.isnan(a) | np.isnan(b)),
    lambda a, b: ~((a < b) | (a > b)),
    lambda a, b: ~(a <= b),
    lambda a, b: ~(a < b),
    lambda a, b: ~(a >= b),
    lambda a, b: ~(a > b),
    np.not_equal,
    lambda a, b: np.isnan(a) | np.isnan(b),
    lambda a, b: np.ones(np.broadcast(a, b).shape, bool),
)


def _compare_int(op: Operation, a: Array, b: Array) -> Array:
    predicate = op.properties["predicate"].value.data  # pyright: ignore
    if predicate >= 6:
        a, b = unsigned(a), unsigned(b)
    elif predicate >= 2:
        a, b = _signed_bool(a), _signed_bool(b)
    return _COMPARE_INT[predicate](a, b)


def _compare_float(op: Operation, a: Array, b: Array) -> Array:
    return _COMPARE_FLOAT[op.properties["predicate"].value.data](a, b)  # pyright: ignore


def _bitcast(op: Operation, a: Array) -> Array:
    return np.ascontiguousarray(a).view(elements.dtype_of(op.results[0].type)).reshape(np.shape(a))


def _float_to_int(a: Array, dtype: np.dtype) -> Array:
    """What does not fit is any number: lowerings choose another in its place."""
    return np.trunc(elements.widened(np.asarray(a))).astype(dtype)


_erf = np.frompyfunc(math.erf, 1, 1)


def _bits_of(function: Callable[[int, int], int]) -> Callable[[Array], Array]:
    def apply(a: Array) -> Array:
        bits, a = elements.bits_of(np.asarray(a).dtype), unsigned(a)
        flat = [function(int(x), bits) for x in a.reshape(-1)]
        return np.asarray(flat, np.int64).reshape(a.shape)

    return apply


def _round(a: Array) -> Array:
    """Half away from zero."""
    return np.trunc(a + np.copysign(np.nextafter(np.asarray(0.5, np.asarray(a).dtype), 0), a))


_PLAIN: dict[str, Callable[..., Array]] = {
    "arith.addi": np.add, "arith.muli": np.multiply, "arith.divsi": _truncating_divide,
    "arith.subi": lambda a, b: a ^ b if np.asarray(a).dtype == np.bool_ else np.subtract(a, b),
    "arith.divui": lambda a, b: unsigned(a) // unsigned(b),
    "arith.floordivsi": np.floor_divide,
    "arith.ceildivsi": lambda a, b: -np.floor_divide(-a, b),
    "arith.ceildivui": lambda a, b: (
        unsigned(a) // unsigned(b) + (unsigned(a) % unsigned(b) != 0)
    ),
    "arith.remui": lambda a, b: unsigned(a) % unsigned(b),
    "arith.remsi": _truncating_remainder,
    "arith.minui": lambda a, b: np.minimum(unsigned(a), unsigned(b)),
    "arith.maxui": lambda a, b: np.maximum(unsigned(a), unsigned(b)),
    "arith.minsi": np.minimum, "arith.maxsi": np.maximum,
    "arith.andi": np.bitwise_and, "arith.ori": np.bitwise_or, "arith.xori": np.bitwise_xor,
    "arith.shli": lambda a, b: _shift(np.left_shift, a, b),
    "arith.shrui": lambda a, b: _shift(np.right_shift, a, b),
    "arith.shrsi": lambda a, b: _shift(np.right_shift, a, b, logical=False),
    "arith.select": np.where,
    "arith.addf": np.add, "arith.subf": np.subtract, "arith.mulf": np.multiply,
    "arith.divf": np.divide, "arith.negf": np.negative, "arith.remf": np.fmod,
    "arith.maximumf": maximum, "arith.minimumf": minimum,
    "arith.maxnumf": np.fmax, "arith.minnumf": np.fmin,
    "arith.extf": lambda a: a, "arith.truncf": lambda a: a, "arith.trunci": lambda a: a,
    "arith.extui": unsigned, "arith.uitofp": unsigned, "arith.index_castui": unsigned,
    "arith.extsi": _signed_bool, "arith.sitofp": _signed_bool, "arith.index_cast": _signed_bool,
    "math.absf": np.abs, "math.absi": np.abs, "math.acos": np.arccos, "math.acosh": np.arccosh,
    "math.asin": np.arcsin, "math.asinh": np.arcsinh, "math.atan": np.arctan,
    "math.atanh": np.arctanh, "math.atan2": np.arctan2, "math.cbrt": np.cbrt, "math.ceil": np.ceil,
    "math.copysign": np.copysign, "math.cos": np.cos, "math.cosh": np.cosh,
    "math.ctlz": _bits_of(lambda x, bits: bits - x.bit_length()),
    "math.cttz": _bits_of(lambda x, bits: (x & -x).bit_length() - 1 if x else bits),
    "math.ctpop": _bits_of(lambda x, bits: x.bit_count()),
    "math.erf": lambda a: np.asarray(_erf(a)).astype(np.float64),
    "math.exp": np.exp, "math.exp2": np.exp2, "math.expm1": np.expm1, "math.floor": np.floor,
    "math.fma": lambda a, b, c: a * b + c, "math.fpowi": np.power,
    "math.ipowi": lambda a, b: np.power(a, np.maximum(b, 0)),
    "math.log": np.log, "math.log10": np.log10, "math.log1p": np.log1p, "math.log2": np.log2,
    "math.powf": np.power, "math.roundeven": np.rint, "math.round": _round,
    "math.rsqrt": lambda a: 1 / np.sqrt(a), "math.sin": np.sin, "math.sinh": np.sinh,
    "math.sqrt": np.sqrt, "math.tan": np.tan, "math.tanh": np.tanh, "math.trunc": np.trunc,
    "math.isnan": np.isnan, "math.isinf": np.isinf, "math.isfinite": np.isfinite,
    "complex.create": lambda re, im: re + 1j * np.asarray(im),
    "complex.re": np.real, "complex.im": np.imag, "complex.abs": np.abs,
    "complex.add": np.add, "complex.sub": np.subtract, "complex.mul": np.multiply,
    "complex.div": np.divide, "complex.neg": np.negative, "complex.conj": np.conj,
    "complex.exp": np.exp, "complex.log": np.log, "complex.sqrt": np.sqrt,
    "complex.sin": np.sin, "complex.cos": np.cos, "complex.tan": np.tan, "complex.tanh": np.tanh,
    "complex.pow": np.power, "complex.angle": np.angle, "complex.expm1": np.expm1,
    "complex.log1p": np.log1p, "complex.rsqrt": lambda a: 1 / np.sqrt(a),
    "complex.eq": np.equal, "complex.neq": np.not_equal,
    **{f"math_ext.{name}": function for name, (_, function, _) in FUNCTIONS.items()},
}  # fmt: skip

_OF_BITS = frozenset(
    f"arith.{name}"
    for name in "divui ceildivui remui minui maxui shli shrui shrsi extui uitofp index_castui cmpi"
    " bitcast select".split()
) | {"math.ctlz", "math.cttz", "math.ctpop"}
"""Ops that see their operands as they are; all others in a width that NumPy computes with."""

_WITH_OP: dict[str, Callable[..., Array]] = {
    "arith.cmpi": _compare_int,
    "arith.cmpf": _compare_float,
    "arith.bitcast": _bitcast,
    "arith.fptosi": lambda op, a: _float_to_int(a, elements.dtype_of(op.results[0].type)),
    "arith.fptoui": lambda op, a: _float_to_int(
        a, np.dtype(f"u{max(1, elements.dtype_of(op.results[0].type).itemsize)}")
    ),
}


def knows(op: Operation) -> bool:
    """Whether `evaluate` has the op."""
    return op.name in _PLAIN or op.name in _WITH_OP or isinstance(op, ConstantOp)


def evaluate(op: Operation, operands: list[Array]) -> Array:
    """The value of a one-result scalar op on arrays, in the dtype of its result type.

    Raises `KeyError` for ops that are not in the table.
    """
    name = op.name
    if isinstance(op, ConstantOp):
        return constant_value(op.value)
    if name not in _OF_BITS:
        operands = [elements.widened(np.asarray(x)) for x in operands]
    plain = _PLAIN.get(name)
    value = plain(*operands) if plain is not None else _WITH_OP[name](op, *operands)
    type_ = op.results[0].type
    dtype = elements.dtype_of(getattr(type_, "element_type", type_) if _shaped(type_) else type_)
    value = np.asarray(value)
    if value.dtype == dtype:
        return value
    if dtype == np.bool_ and name == "arith.trunci":
        return (value & 1).astype(np.bool_)
    if dtype == np.bool_ and value.dtype.kind in "iu":
        return (value & 1).astype(np.bool_)
    return elements.cast(value, dtype)


def _shaped(type_: Attribute) -> bool:
    return type_.name in ("tensor", "vector")
