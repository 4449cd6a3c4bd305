# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builtin attributes, locations and types: one reader by code.

The order of codes and fields is fixed by MLIR's BuiltinDialectBytecode; `AttributeCursor` has the
field readers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects import builtin
from xdsl.dialects.builtin import (
    ArrayAttr,
    BytesAttr,
    ComplexType,
    DenseArrayBase,
    DictionaryAttr,
    FloatAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    TupleType,
    UnitAttr,
    UnrankedTensorType,
)

from iree_explore import elements
from iree_explore.frontend.bytecode.attributes import AttributeCursor, Readers
from iree_explore.frontend.bytecode.cursor import Malformed
from iree_explore.frontend.legacy import too_large
from iree_explore.frontend.locations import NOWHERE, Place, called, frame, fused, named

SIGNEDNESS = (Signedness.SIGNLESS, Signedness.SIGNED, Signedness.UNSIGNED)
WIDEST_INTEGER = 4096
"""Bits: MLIR allows 2^24, which makes every constant megabytes; NumPy ends at 64."""


def string(cursor: AttributeCursor) -> str:
    """A reference to a string attribute."""
    found = cursor.attribute()
    if not isinstance(found, StringAttr):
        raise cursor.fail(f"a string is expected, not {found}")
    return found.data


def integer_of(cursor: AttributeCursor, type_: Any) -> IntegerAttr:
    """A value of integer type or index."""
    if isinstance(type_, IndexType):
        return IntegerAttr(cursor.integer(64), type_)
    if not isinstance(type_, IntegerType):
        raise cursor.fail(f"{type_} is no integer type")
    width = type_.width.data
    value = cursor.integer(width)
    if type_.signedness.data == Signedness.UNSIGNED:
        value &= (1 << width) - 1
    return IntegerAttr(value, type_)


def float_of(cursor: AttributeCursor, type_: Any) -> FloatAttr:
    """A value of a float type."""
    dtype = None
    if isinstance(type_, builtin.AnyFloat):
        try:
            dtype = elements.dtype_of(type_)
        except KeyError:
            dtype = None
    if dtype is None:
        raise cursor.fail(f"numbers of type {type_} are not supported")
    bits = elements.bits_of(dtype)
    raw = (cursor.integer(bits) & (1 << bits) - 1).to_bytes(dtype.itemsize, "little")
    return FloatAttr(float(np.frombuffer(raw, dtype)[0]), type_)


def _symbol(cursor: AttributeCursor) -> SymbolRefAttr:
    root = string(cursor)
    leaves = [x for x in cursor.attributes() if isinstance(x, SymbolRefAttr)]
    return SymbolRefAttr(root, [leaf.root_reference.data for leaf in leaves])


def _dense_array(cursor: AttributeCursor) -> DenseArrayBase:
    type_ = cursor.type()
    count = cursor.varint()
    data = cursor.blob()
    try:
        dtype = elements.dtype_of(type_)
    except KeyError:
        raise cursor.fail(f"arrays of type {type_} are not supported") from None
    if len(data) != count * dtype.itemsize:
        raise cursor.fail(f"{len(data)} bytes for {count} elements of {type_}")
    if dtype == np.bool_:
        values = (np.frombuffer(data, np.uint8) != 0).astype(np.int64).tolist()
        return DenseArrayBase.from_list(type_, values)
    return DenseArrayBase(type_, BytesAttr(data))


def _resource(cursor: AttributeCursor) -> Any:
    type_ = cursor.tensor_type()
    return cursor.elements_of(type_, cursor.decoder.resource(cursor.varint(), cursor))


def _refused(what: str) -> Any:
    def read(cursor: AttributeCursor) -> Any:
        raise cursor.fail(f"{what} are not supported")

    return read


def _file(cursor: AttributeCursor) -> Place:
    name = string(cursor)
    line, _column = cursor.varint(), cursor.varint()
    return frame(name, line)


def _file_range(cursor: AttributeCursor) -> Place:
    name = string(cursor)
    numbers = cursor.list(cursor.varint)
    return frame(name, numbers[0] if numbers else 0)


def _fused(cursor: AttributeCursor) -> Place:
    return fused(cursor.list(cursor.location))


def _fused_with_metadata(cursor: AttributeCursor) -> Place:
    place = _fused(cursor)
    cursor.attribute()
    return place


def tensor(cursor: AttributeCursor, encoding: Any = None) -> TensorType:
    """Shape and element type of a tensor, `None` sizes as MLIR stores them."""
    sizes = cursor.ints()
    type_ = cursor.type()
    if any(size < 0 and size != builtin.DYNAMIC_INDEX and size != UNKNOWN for size in sizes):
        raise cursor.fail(f"sizes {sizes}")
    if too_large(sizes):
        raise cursor.fail(f"sizes {sizes}: more elements than 64 bits count")
    shape = [builtin.DYNAMIC_INDEX if size < 0 else size for size in sizes]
    return TensorType(type_, shape, encoding or builtin.NoneAttr())


UNKNOWN = -(1 << 63)
"""An unknown size, as MLIR stores it."""


def _integer_type(cursor: AttributeCursor) -> IntegerType:
    value = cursor.varint()
    width, sign = value >> 2, value & 3
    if not 0 < width <= WIDEST_INTEGER or sign > 2:
        raise Malformed(cursor.at, f"an integer type of {width} bits")
    return IntegerType(width, SIGNEDNESS[sign])


def _complex(cursor: AttributeCursor) -> ComplexType:
    type_ = cursor.type()
    if not isinstance(type_, IntegerType | builtin.AnyFloat):
        raise cursor.fail(f"complex numbers of {type_}")
    return ComplexType(type_)


ATTRIBUTES: Readers = {
    0: lambda c: ArrayAttr(c.attributes()),
    1: lambda c: c.dictionary(lambda: string(c)),
    2: lambda c: StringAttr(c.text()),
    3: lambda c: (StringAttr(c.text()), c.type())[0],
    4: lambda c: SymbolRefAttr(string(c)),
    5: _symbol,
    6: lambda c: c.type(),
    7: lambda c: UnitAttr(),
    8: lambda c: integer_of(c, c.type()),
    9: lambda c: float_of(c, c.type()),
    10: lambda c: called(c.location(), c.location()),
    11: _file,
    12: _fused,
    13: _fused_with_metadata,
    14: lambda c: named(string(c), c.location()),
    15: lambda c: NOWHERE,
    16: _resource,
    17: _dense_array,
    18: lambda c: c.dense(),
    19: _refused("tensors of strings"),
    20: _refused("sparse constants"),
    21: _refused("distinct attributes"),
    22: _file_range,
}
TYPES: Readers = {
    0: _integer_type,
    1: lambda c: IndexType(),
    2: lambda c: FunctionType.from_lists(c.types(), c.types()),
    3: lambda c: builtin.BFloat16Type(),
    4: lambda c: builtin.Float16Type(),
    5: lambda c: builtin.Float32Type(),
    6: lambda c: builtin.Float64Type(),
    7: lambda c: builtin.Float80Type(),
    8: lambda c: builtin.Float128Type(),
    9: _complex,
    10: _refused("memrefs"),
    11: _refused("memrefs"),
    12: lambda c: builtin.NoneType(),
    13: tensor,
    14: lambda c: tensor(c, c.attribute()),
    15: lambda c: TupleType(tuple(c.types())),
    16: _refused("memrefs"),
    17: _refused("memrefs"),
    18: lambda c: UnrankedTensorType(c.type()),
    19: _refused("vectors"),
    20: _refused("vectors"),
    21: lambda c: builtin.FloatTF32Type(),
    22: lambda c: builtin.Float8E5M2Type(),
    23: lambda c: builtin.Float8E4M3Type(),
    24: lambda c: builtin.Float8E4M3FNType(),
    25: lambda c: builtin.Float8E5M2FNUZType(),
    26: lambda c: builtin.Float8E4M3FNUZType(),
    27: lambda c: builtin.Float8E4M3B11FNUZType(),
    28: lambda c: builtin.Float8E3M4Type(),
    29: lambda c: builtin.Float4E2M1FNType(),
    30: lambda c: builtin.Float6E2M3FNType(),
    31: lambda c: builtin.Float6E3M2FNType(),
    32: lambda c: builtin.Float8E8M0FNUType(),
}

__all__ = ["ATTRIBUTES", "TYPES", "DictionaryAttr", "float_of", "integer_of", "string", "tensor"]
