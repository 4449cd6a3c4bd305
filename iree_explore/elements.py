# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dense constants and NumPy: xDSL's `DenseIntOrFPElementsAttr` without copies or expanded splats.

Everywhere in iree_explore a splat's attribute stores one element (xDSL's parser expands it:
`compact` shrinks it again), so "one element stored" is the constant-time test for a splat. Never
call the attribute's own `is_splat` or `get_values` on large constants: they build Python lists.
"""

from __future__ import annotations

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import (
    BFloat16Type,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    RankedStructure,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute

_FLOATS: dict[type[Attribute], np.dtype] = {
    Float16Type: np.dtype(np.float16),
    Float32Type: np.dtype(np.float32),
    Float64Type: np.dtype(np.float64),
    BFloat16Type: np.dtype(ml_dtypes.bfloat16),
}


def dtype_of(element_type: Attribute) -> np.dtype:
    """NumPy (or ml_dtypes) dtype of an MLIR element type; i1 is bool, index is int64.

    Raises `KeyError` for types without a NumPy dtype.
    """
    if isinstance(element_type, IntegerType):
        width = element_type.width.data
        if width == 1:
            return np.dtype(np.bool_)
        unsigned = element_type.signedness.data == Signedness.UNSIGNED
        if width in (2, 4):
            return np.dtype(getattr(ml_dtypes, f"{'u' if unsigned else ''}int{width}"))
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
    return _FLOATS[type(element_type)]


def from_name(name: str) -> np.dtype:
    """The dtype that a NumPy or ml_dtypes name means; raises `KeyError` for any other name."""
    if name not in _NAMES:
        raise KeyError(name)
    return np.dtype(getattr(ml_dtypes, name) if hasattr(ml_dtypes, name) else name)


_NAMES = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64"
    " complex128 bfloat16 int2 int4 uint2 uint4".split()
)


def element_type_of(dtype: np.dtype) -> Attribute:
    """MLIR element type of a NumPy dtype: bool is i1, uint8 is ui8, int8 is (signless) i8."""
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return IntegerType(1)
    if dtype.kind == "i":
        return IntegerType(dtype.itemsize * 8)
    if dtype.kind == "u":
        return IntegerType(dtype.itemsize * 8, Signedness.UNSIGNED)
    if dtype.kind == "c":
        return ComplexType(Float32Type() if dtype.itemsize == 8 else Float64Type())
    for cls, known in _FLOATS.items():
        if known == dtype:
            return cls()
    raise KeyError(str(dtype))


def from_numpy(
    array: np.ndarray, element_type: Attribute | None = None
) -> DenseIntOrFPElementsAttr:
    """`dense<...>` of a tensor type with `array`'s shape; `element_type` defaults to the dtype's.

    A 0-stride view, or up to 4,096 equal elements, is stored as a splat.
    """
    array = np.asarray(array)
    type_ = TensorType(element_type or element_type_of(array.dtype), list(array.shape))
    return of_type(type_, array)


def of_type(type_: RankedStructure, array: np.ndarray) -> DenseIntOrFPElementsAttr:
    """`dense<...> : type_`; `array` has its shape, or shape () for a splat."""
    array = np.asarray(array)
    if array.size > 1:
        zero_strides = not any(s for s, n in zip(array.strides, array.shape, strict=True) if n > 1)
        if zero_strides or (array.size <= 4096 and _all_bytes_equal(array)):
            array = array.reshape(-1)[:1] if not zero_strides else array[(0,) * array.ndim]
    return DenseIntOrFPElementsAttr(type_, BytesAttr(np.ascontiguousarray(array).tobytes()))  # pyright: ignore[reportArgumentType]


def is_splat(attr: DenseIntOrFPElementsAttr) -> bool:
    """True if one stored element stands for all (a one-element tensor is a splat too)."""
    return len(attr.data.data) == dtype_of(attr.get_element_type()).itemsize


def to_numpy(attr: DenseIntOrFPElementsAttr) -> np.ndarray:
    """Read-only array of the type's shape; a splat is a 0-stride view."""
    flat = np.frombuffer(attr.data.data, dtype_of(attr.get_element_type()))
    shape = attr.type.get_shape()
    return np.broadcast_to(flat[0], shape) if flat.size == 1 else flat.reshape(shape)


def compact(attr: DenseIntOrFPElementsAttr) -> DenseIntOrFPElementsAttr:
    """The same constant, stored as one element if it is a splat; call it on parsed constants."""
    return attr if is_splat(attr) else of_type(attr.type, to_numpy(attr))


def _all_bytes_equal(array: np.ndarray) -> bool:
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(array.size, -1)
    return bool((flat == flat[0]).all())
