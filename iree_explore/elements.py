# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dense constants and NumPy: xDSL's `DenseIntOrFPElementsAttr` without copies or expanded splats.

Everywhere in iree_explore a splat's attribute stores one element (xDSL's parser expands it:
`compact` shrinks it again), so "one element stored" is the constant-time test for a splat. Never
call the attribute's own `is_splat` or `get_values` on large constants: they build Python lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import (
    BFloat16Type,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    Float4E2M1FNType,
    Float6E2M3FNType,
    Float6E3M2FNType,
    Float8E3M4Type,
    Float8E4M3B11FNUZType,
    Float8E4M3FNType,
    Float8E4M3FNUZType,
    Float8E4M3Type,
    Float8E5M2FNUZType,
    Float8E5M2Type,
    Float8E8M0FNUType,
    Float16Type,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    RankedStructure,
    ReducedPrecisionFloatType,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute

SMALL_FLOATS: dict[type[ReducedPrecisionFloatType], np.dtype] = {
    Float4E2M1FNType: np.dtype(ml_dtypes.float4_e2m1fn),
    Float6E2M3FNType: np.dtype(ml_dtypes.float6_e2m3fn),
    Float6E3M2FNType: np.dtype(ml_dtypes.float6_e3m2fn),
    Float8E3M4Type: np.dtype(ml_dtypes.float8_e3m4),
    Float8E4M3Type: np.dtype(ml_dtypes.float8_e4m3),
    Float8E4M3FNType: np.dtype(ml_dtypes.float8_e4m3fn),
    Float8E4M3FNUZType: np.dtype(ml_dtypes.float8_e4m3fnuz),
    Float8E4M3B11FNUZType: np.dtype(ml_dtypes.float8_e4m3b11fnuz),
    Float8E5M2Type: np.dtype(ml_dtypes.float8_e5m2),
    Float8E5M2FNUZType: np.dtype(ml_dtypes.float8_e5m2fnuz),
    Float8E8M0FNUType: np.dtype(ml_dtypes.float8_e8m0fnu),
}
"""Floats of 8 bits and fewer, one byte an element: MLIR type and ml_dtypes' dtype."""

_FLOATS: dict[type[Attribute], np.dtype] = {
    Float16Type: np.dtype(np.float16),
    Float32Type: np.dtype(np.float32),
    Float64Type: np.dtype(np.float64),
    BFloat16Type: np.dtype(ml_dtypes.bfloat16),
    **SMALL_FLOATS,
}
_FLOAT_TYPES: dict[np.dtype, Attribute] = {dtype: cls() for cls, dtype in _FLOATS.items()}
_SMALL_INTEGERS: dict[np.dtype, tuple[int, Signedness]] = {
    np.dtype(ml_dtypes.int2): (2, Signedness.SIGNLESS),
    np.dtype(ml_dtypes.int4): (4, Signedness.SIGNLESS),
    np.dtype(ml_dtypes.uint2): (2, Signedness.UNSIGNED),
    np.dtype(ml_dtypes.uint4): (4, Signedness.UNSIGNED),
}
_INTEGERS = {(n, u): dtype for dtype, (n, u) in _SMALL_INTEGERS.items()}


_FINITE = frozenset(SMALL_FLOATS[t] for t in (Float4E2M1FNType, Float6E2M3FNType, Float6E3M2FNType))


def is_float(dtype: np.dtype) -> bool:
    """True for real floats, ml_dtypes' (of NumPy kind "V") included."""
    return dtype.kind == "f" or (dtype.kind == "V" and dtype in _FLOAT_TYPES)


def is_narrow_float(type_: Attribute) -> bool:
    """True for the MLIR types of floats below 32 bits."""
    return type(type_) in _FLOATS and _FLOATS[type(type_)].itemsize < 4


def is_integer(dtype: np.dtype) -> bool:
    """True for integers of 2 bits and more, ml_dtypes' included; bool is none."""
    return dtype.kind in "iu" or dtype in _SMALL_INTEGERS


def is_unsigned(dtype: np.dtype) -> bool:
    """True for unsigned integers, ml_dtypes' included; bool is none."""
    if dtype.kind == "V" and dtype in _SMALL_INTEGERS:
        return _SMALL_INTEGERS[dtype][1] is Signedness.UNSIGNED
    return dtype.kind == "u"


def bits_of(dtype: np.dtype) -> int:
    """Bits of a number; one byte holds it if they are fewer than 8. bool has one."""
    if dtype == np.bool_:
        return 1
    if dtype in _SMALL_INTEGERS:
        return _SMALL_INTEGERS[dtype][0]
    type_ = _FLOAT_TYPES.get(dtype)
    if isinstance(type_, ReducedPrecisionFloatType):
        return type_.bitwidth
    return dtype.itemsize * 8


def limits_of(dtype: np.dtype) -> tuple[int, int]:
    """Least and greatest value of an integer dtype."""
    info = ml_dtypes.iinfo(dtype)
    return int(info.min), int(info.max)


def signless(array: np.ndarray) -> np.ndarray:
    """The same bits in the dtype of a signless integer: uint8 as int8; other arrays themselves."""
    dtype = array.dtype
    if not is_unsigned(dtype):
        return array
    if dtype.kind == "u":
        return array.view(f"i{dtype.itemsize}")
    return array.view(_INTEGERS[_SMALL_INTEGERS[dtype][0], Signedness.SIGNLESS])


def widened(array: np.ndarray) -> np.ndarray:
    """What NumPy can compute with: float32 for narrower floats, int8 or uint8 for narrower
    integers; any other array itself."""
    dtype = array.dtype
    if dtype.kind == "V":
        if dtype in _SMALL_INTEGERS:
            return array.astype(np.uint8 if is_unsigned(dtype) else np.int8)
        return array.astype(np.float32)
    if dtype.kind == "f" and dtype.itemsize < 4:
        return array.astype(np.float32)
    return array


def as_strided(array: np.ndarray, shape: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    """`numpy.lib.stride_tricks.as_strided`, read-only, for every dtype: NumPy cannot look up some
    of `ml_dtypes` (f8E5M2) by their letters, so those are viewed as integers meanwhile."""
    plain = array if array.dtype.isbuiltin == 1 else array.view(f"u{array.dtype.itemsize}")
    view = np.lib.stride_tricks.as_strided(plain, shape, strides, writeable=False)
    return view.view(array.dtype)


def cast(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """`array.astype(dtype)` with one rounding: ml_dtypes goes from float64 by way of float32."""
    by_float32 = dtype in _FLOAT_TYPES and (dtype.kind == "V" or dtype.itemsize == 1)
    if by_float32 and array.dtype == np.float64:
        array = _rounded_to_odd(array)
    if dtype.kind == "V" and dtype in _FINITE and array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)  # all of them -0
    with np.errstate(all="ignore"):
        return array.astype(dtype, copy=False)


def _rounded_to_odd(array: np.ndarray) -> np.ndarray:
    """float64 as float32, inexact values as the neighbour with an odd last bit: rounding that
    again gives what rounding the float64 would have given."""
    with np.errstate(all="ignore"):
        near = array.astype(np.float32)
        back = near.astype(np.float64)
    bits = near.view(np.int32)
    towards_zero = bits - (np.abs(back) > np.abs(array))
    inexact = (back != array) & ~np.isnan(array)
    return np.where(inexact, towards_zero | 1, bits).astype(np.int32).view(np.float32)


def dtype_of(element_type: Attribute) -> np.dtype:
    """NumPy (or ml_dtypes) dtype of an MLIR element type; i1 is bool, index is int64, a quantised
    type is its storage.

    Raises `KeyError` for types without a NumPy dtype.
    """
    known = _FLOATS.get(type(element_type))
    if known is not None:
        return known
    if isinstance(element_type, IntegerType):
        width = element_type.width.data
        if width == 1:
            return np.dtype(np.bool_)
        unsigned = element_type.signedness.data == Signedness.UNSIGNED
        if width in (2, 4):
            return _INTEGERS[width, Signedness.UNSIGNED if unsigned else Signedness.SIGNLESS]
        if width not in (8, 16, 32, 64):
            raise KeyError(str(element_type))
        return np.dtype(f"{'u' if unsigned else 'i'}{width // 8}")
    if isinstance(element_type, IndexType):
        return np.dtype(np.int64)
    if isinstance(element_type, ComplexType):
        return {
            np.dtype(np.float32): np.dtype(np.complex64),
            np.dtype(np.float64): np.dtype(np.complex128),
        }[dtype_of(element_type.element_type)]
    if element_type.name == "quant.uniform":
        return dtype_of(element_type.storage)  # pyright: ignore[reportAttributeAccessIssue]
    return _FLOATS[type(element_type)]


DTYPES: tuple[np.dtype, ...] = (
    *map(np.dtype, "? i1 i2 i4 i8 u1 u2 u4 u8 c8 c16".split()),
    *_FLOAT_TYPES,
    *_SMALL_INTEGERS,
)
"""Every dtype that elements of tensors have."""
_NAMES: dict[str, np.dtype] = {dtype.name: dtype for dtype in DTYPES}


def from_name(name: str) -> np.dtype:
    """The dtype that a NumPy or ml_dtypes name means; raises `KeyError` for any other name."""
    return _NAMES[name]


def element_type_of(dtype: np.dtype) -> Attribute:
    """MLIR element type of a NumPy dtype: bool is i1, uint8 is ui8, int8 is (signless) i8.

    Raises `KeyError` for dtypes that are no numbers.
    """
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return IntegerType(1)
    if dtype.kind == "i":
        return IntegerType(dtype.itemsize * 8)
    if dtype.kind == "u":
        return IntegerType(dtype.itemsize * 8, Signedness.UNSIGNED)
    if dtype.kind == "c":
        return ComplexType(Float32Type() if dtype.itemsize == 8 else Float64Type())
    if dtype in _SMALL_INTEGERS:
        return IntegerType(*_SMALL_INTEGERS[dtype])
    if dtype not in _FLOAT_TYPES:
        raise KeyError(str(dtype))
    return _FLOAT_TYPES[dtype]


MOST_COMPARED = 4096
"""Elements up to which an array is looked at for being a splat."""


def from_numpy(
    array: np.ndarray, element_type: Attribute | None = None
) -> DenseIntOrFPElementsAttr:
    """`dense<...>` of a tensor type with `array`'s shape; `element_type` defaults to the dtype's.

    A 0-stride view, or up to `MOST_COMPARED` equal elements, is stored as a splat.
    """
    array = np.asarray(array)
    type_ = TensorType(element_type or element_type_of(array.dtype), list(array.shape))
    return of_type(type_, array)


def of_type(type_: RankedStructure, array: np.ndarray) -> DenseIntOrFPElementsAttr:
    """`dense<...> : type_`; `array` has its shape, or shape () for a splat."""
    array = np.asarray(array)
    if array.dtype in _SMALL_INTEGERS:  # sign bits fill the byte, as xDSL stores and prints them
        array = widened(array)
    if array.size > 1:
        zero_strides = not any(s for s, n in zip(array.strides, array.shape, strict=True) if n > 1)
        if zero_strides or (array.size <= MOST_COMPARED and _all_bytes_equal(array)):
            array = array.reshape(-1)[:1] if not zero_strides else array[(0,) * array.ndim]
    return DenseIntOrFPElementsAttr(type_, BytesAttr(np.ascontiguousarray(array).tobytes()))  # pyright: ignore[reportArgumentType]


def is_splat(attr: DenseIntOrFPElementsAttr) -> bool:
    """True if one stored element stands for all (a one-element tensor is a splat too)."""
    return len(attr.data.data) == dtype_of(attr.get_element_type()).itemsize


def first(attr: DenseIntOrFPElementsAttr) -> Any:
    """The first stored element: what a splat has everywhere, zero if nothing is stored."""
    dtype = dtype_of(attr.get_element_type())
    data = attr.data.data
    return np.frombuffer(data, dtype, 1)[0] if data else np.zeros((), dtype)[()]


def to_numpy(attr: DenseIntOrFPElementsAttr) -> np.ndarray:
    """Read-only array of the type's shape; a splat is a 0-stride view."""
    flat = np.frombuffer(attr.data.data, dtype_of(attr.get_element_type()))
    shape = attr.type.get_shape()
    return np.broadcast_to(flat[0], shape) if flat.size == 1 else flat.reshape(shape)


def compact(attr: DenseIntOrFPElementsAttr) -> DenseIntOrFPElementsAttr:
    """The same constant, stored as one element if it is a splat; call it on parsed constants."""
    return attr if is_splat(attr) else of_type(attr.type, to_numpy(attr))


def packed(array: np.ndarray) -> np.ndarray:
    """A complex array as the real one with a last dimension of two; any other array itself."""
    if array.dtype.kind != "c":
        return array
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(f"f{array.itemsize // 2}").reshape(*array.shape, 2)


def unpacked(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """What `packed` made, as the complex `dtype`; an array that is no such thing itself."""
    if dtype.kind != "c" or array.dtype.kind != "f":
        return array
    return np.ascontiguousarray(array).reshape(-1).view(dtype).reshape(array.shape[:-1])


def _all_bytes_equal(array: np.ndarray) -> bool:
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(array.size, -1)
    return bool((flat == flat[0]).all())
