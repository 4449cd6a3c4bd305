# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`dense<...>` literals as arrays: what is between the angle brackets, and the type after them.

Splats (numbers, bits, complex pairs), lists nested as the shape is, bytes in hex (i1 eight to a
byte) and resources. A splat is one element, whatever the shape. Bit patterns (`0x7FC00001`) keep
every bit. `read` gives None for what only xDSL's slow way words an error for.
"""

from __future__ import annotations

import json
import math
import re

import numpy as np
from xdsl.dialects.builtin import ComplexType, IndexType, IntegerType

from iree_explore import elements

_NUMBER = r"-?\d+(?:\.\d*(?:[eE][+-]?\d+)?)?"
HEX = re.compile(r'<\s*"0x([0-9A-Fa-f]*)"\s*>', re.ASCII)
SPLAT = re.compile(rf"<\s*(true|false|0x[0-9a-fA-F]+|{_NUMBER})\s*>", re.ASCII)
LIST = re.compile(r"<\s*(\[[\[\]0-9a-fA-F+\-., \ntrulsx]*\])\s*>", re.ASCII)
COMPLEX = re.compile(r"<\s*([\[(][\[\]()0-9a-fA-F+\-., \nx]*)\s*>", re.ASCII)
_BARE_DECIMAL = re.compile(r"(\d)\.(?=[,\]\seE])")
_VALUE = re.compile(rf"0x[0-9a-fA-F]+|{_NUMBER}", re.ASCII)
_RESOURCES = re.compile(r"\{-#.*?#-\}", re.DOTALL)
_RESOURCE = re.compile(r'([\w$.-]+|"(?:[^"\\\n]|\\.)*")\s*:\s*"0x([0-9A-Fa-f]*)"', re.ASCII)


def read(content: str, start: int) -> tuple[re.Match[str], str] | None:
    """The literal at `start` (an opening bracket) and its kind."""
    for kind, pattern in (("splat", SPLAT), ("hex", HEX), ("list", LIST), ("complex", COMPLEX)):
        match = pattern.match(content, start)
        if match is not None:
            return match, kind
    return None


def array_of(text: str, kind: str, type_) -> np.ndarray | None:
    """The elements of a literal, in the type's shape or () for a splat; None if they are irregular.

    Raises `ValueError` where hex does not fit the type.
    """
    element = type_.get_element_type()
    try:
        dtype = elements.dtype_of(element)
    except KeyError:
        return None
    shape = tuple(type_.get_shape())
    if kind == "hex":
        return _hex(text, dtype, shape)
    if isinstance(element, ComplexType):
        return _complex(text, dtype, shape) if kind == "complex" else None
    if kind == "splat":
        return _splat(text, element, dtype, shape)
    return _list(text, dtype, shape) if kind == "list" else None


def resources(text: str) -> tuple[str, dict[str, bytes]]:
    """The blobs that `{-# dialect_resources: ... #-}` holds, and the text without it.

    Each blob begins with its alignment, four bytes.
    """
    blobs: dict[str, bytes] = {}
    if "{-#" not in text:
        return text, blobs

    def take(match: re.Match[str]) -> str:
        for row in _RESOURCE.finditer(match[0]):
            if len(row[2]) % 2 == 0 and len(row[2]) >= 8:
                blobs[row[1].strip('"')] = bytes.fromhex(row[2])[4:]
        return re.sub(r"[^\n]", " ", match[0])

    return _RESOURCES.sub(take, text), blobs


def from_bytes(data: bytes, type_) -> np.ndarray:
    """The elements that `data` holds, every one of them; raises `ValueError` if it does not."""
    dtype = elements.dtype_of(type_.get_element_type())
    shape = tuple(type_.get_shape())
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{len(data)} bytes cannot hold {type_}")
    if dtype == np.bool_:
        return (np.frombuffer(data, np.uint8) != 0).reshape(shape)
    return np.frombuffer(data, dtype).reshape(shape)


def _splat(text: str, element, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray | None:
    """One element."""
    if math.prod(shape) == 0:
        return None
    if text.startswith("0x"):
        return _from_bits(int(text, 16), dtype)
    if isinstance(element, IntegerType | IndexType) != _integral(text, dtype):
        return None
    if dtype == np.bool_:
        return np.array(text == "true")
    if elements.is_float(dtype):
        return elements.cast(np.array(float(text)), dtype)
    value = _int(text)
    low, high = elements.limits_of(dtype)
    return np.asarray(value).astype(dtype) if low <= value <= high else None


def _hex(text: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray | None:
    count = math.prod(shape)
    if len(text) % 2:
        return None
    data = np.frombuffer(bytes.fromhex(text), np.uint8)
    if dtype == np.bool_:
        bits = _bits(data, count)
        if bits is None:
            raise ValueError(f"{data.size} bytes of hex cannot hold {count} bits")
        return bits if bits.ndim == 0 else bits.reshape(shape)
    if elements.bits_of(dtype) < 8:
        data = data & ((1 << elements.bits_of(dtype)) - 1)
    if data.size == dtype.itemsize:
        return data.view(dtype)[0] if count else None
    if data.size != count * dtype.itemsize:
        raise ValueError(
            f"{data.size} bytes of hex cannot hold {count} elements of {dtype.itemsize} bytes"
        )
    return data.view(dtype).reshape(shape)


def _list(text: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray | None:
    patterns: list[tuple[int, np.ndarray]] = []
    if "0x" in text:
        if not elements.is_float(dtype):
            return None
        found = _patterns(text, dtype)
        if found is None:
            return None
        text, patterns = found
    elif len(text) < 64 and dtype != np.bool_:  # xDSL words errors better; its i1 is 0 and 255
        return None
    try:
        array = np.array(json.loads(_BARE_DECIMAL.sub(r"\1.0", text)))
    except ValueError:  # irregular or not plain numbers
        return None
    integer = elements.is_integer(dtype)
    wanted = "b" if dtype == np.bool_ else "iu" if integer else "f"
    if array.shape != shape or array.dtype.kind not in wanted:
        return None
    if integer:
        low, high = elements.limits_of(dtype)
        return array.astype(dtype) if low <= array.min() and array.max() <= high else None
    array = elements.cast(array, dtype)
    for position, value in patterns:
        array.reshape(-1)[position] = value
    return array


def _complex(text: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray | None:
    part = np.dtype(np.float32 if dtype.itemsize == 8 else np.float64)
    found = _patterns(text, part)
    if found is None:
        return None
    text, patterns = found
    try:
        pairs = np.array(json.loads(
            _BARE_DECIMAL.sub(r"\1.0", text.translate(str.maketrans("()", "[]")))
        ))  # fmt: skip
    except ValueError:
        return None
    if pairs.shape not in ((2,), (*shape, 2)) or pairs.dtype.kind != "f" or not math.prod(shape):
        return None
    pairs = elements.cast(pairs, part)
    for position, value in patterns:
        pairs.reshape(-1)[position] = value
    return pairs.reshape(-1).view(dtype).reshape(pairs.shape[:-1])


def _patterns(text: str, dtype: np.dtype) -> tuple[str, list[tuple[int, np.ndarray]]] | None:
    """The text with 0.0 for bit patterns, and their places and values; None if one is too wide."""
    if "0x" not in text:
        return text, []
    found = []
    for position, match in enumerate(_VALUE.finditer(text)):
        if match[0].startswith("0x"):
            value = _from_bits(int(match[0], 16), dtype)
            if value is None:
                return None
            found.append((position, value))
    return _VALUE.sub(lambda m: "0.0" if m[0].startswith("0x") else m[0], text), found


def _from_bits(value: int, dtype: np.dtype) -> np.ndarray | None:
    """The element whose bit pattern (float) or value (integer) is `value`."""
    if dtype == np.bool_ or value >= 1 << elements.bits_of(dtype):
        return None
    return np.frombuffer(value.to_bytes(dtype.itemsize, "little"), dtype)[0]


def _integral(text: str, dtype: np.dtype) -> bool:
    """Whether `text` is the kind of literal that an integer (i1: boolean) type takes."""
    if dtype == np.bool_:
        return text in ("true", "false")
    return text.lstrip("-").isdigit()


def _int(text: str) -> int:
    """Integers of more digits than any type has fit no type."""
    return int(text) if len(text) < 64 else 1 << 200


def _bits(data: np.ndarray, count: int) -> np.ndarray | None:
    """i1 elements: eight to a byte, lowest bit first; one byte of 0x00 or 0xFF is a splat."""
    if data.size == 1 and count and data[0] in (0, 255):
        return np.array(bool(data[0]))
    if data.size == (count + 7) // 8:
        return np.unpackbits(data, bitorder="little")[:count].astype(np.bool_)
    if data.size == count and not data.max(initial=0) > 1:
        return data.astype(np.bool_)
    return None
