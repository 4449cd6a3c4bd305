# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantised types of TensorFlow's dialect are the integers that they are stored as.

TensorFlow's shape inference needs them; after it, `store_integers` writes `i8` for
`!tf_type.qint8` everywhere and gives the ops that tell them from integers (quantise, dequantise,
quantised arithmetic) another name, so that TensorFlow leaves them alone and `ops/quantized.py`
and `ops/uniform.py` lower them. NumPy sees the same integers, as in TensorFlow.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

STORAGE = {"qint8": "i8", "quint8": "ui8", "qint16": "i16", "quint16": "ui16", "qint32": "i32"}
"""The integer type of MLIR that each of TensorFlow's quantised types is stored as."""

_QUANTISED = re.compile(r"!tf_type\.(q?u?int(?:8|16|32))")
_OPS = re.compile(
    r'= "tf\.((?:FakeQuant|Quantize|Dequantize|Requanti[sz]|Uniform(?:Quant|Dequant|Requant))\w*)"'
    r"(?=\()"
)
_CONSTANT = re.compile(
    r'#tf_type<tensor_proto : "0x(?P<hex>[0-9A-F]*)"> : '
    r"(?P<type>tensor<(?:\d+x)*!tf_type\.(?P<kind>q?u?int(?:8|16|32))>)"
)
_MARK = b"tftensor$"
"""What TensorFlow puts before a tensor's protocol buffer in its text."""


def store_integers(text: str) -> str:
    """TensorFlow's dialect with integers for quantised types, quantised ops renamed."""
    text = _OPS.sub(r'= "tf.UnknownShape\1"', text)
    if "!tf_type.q" not in text:
        return text
    return stored(_CONSTANT.sub(_dense, text))


def stored(types: str) -> str:
    """Text with integer types for quantised ones."""
    return _QUANTISED.sub(lambda m: STORAGE[m[1]], types)


def is_quantised(name: str) -> bool:
    """Whether TensorFlow's dtype of this name is a quantised one."""
    return name in STORAGE


def constant_text(array: np.ndarray, name: str, type_: str) -> str:
    """A constant of a quantised type (which has no `dense` form) from the integers in it; those of
    `array` are repeated if it has one element."""
    from google.protobuf import text_format
    from tensorflow.core.framework import tensor_pb2, types_pb2

    proto = tensor_pb2.TensorProto(dtype=types_pb2.DataType.Value(f"DT_{name.upper()}"))  # pyright: ignore
    sizes = re.findall(r"(\d+)x", type_)
    for size in sizes:
        proto.tensor_shape.dim.add(size=int(size))
    if array.size == 1:
        proto.int_val.append(int(array.ravel()[0]))
    else:
        proto.tensor_content = array.tobytes()
    written = _MARK + text_format.MessageToString(proto, as_one_line=True).encode()
    return f'#tf_type<tensor_proto : "0x{written.hex().upper()}"> : {type_}'


def _dense(match: re.Match[str]) -> str:
    """A constant of a quantised type as one of integers."""
    from google.protobuf import text_format
    from tensorflow.core.framework import tensor_pb2

    data = bytes.fromhex(match["hex"]).removeprefix(_MARK)
    kind: Any = tensor_pb2.TensorProto  # pyright: ignore[reportAttributeAccessIssue]
    proto = text_format.Parse(data.decode(), kind())
    type_ = stored(match["type"])
    dtype = np.dtype(match["kind"].removeprefix("q"))
    count = int(np.prod([int(n) for n in re.findall(r"(\d+)x", type_)], dtype=np.int64))
    if count == 0:
        return f"dense<> : {type_}"
    if proto.tensor_content:
        array = np.frombuffer(proto.tensor_content, dtype)
    else:  # what is left out at the end repeats the last one
        values = [*proto.int_val] or [0]
        array = np.array(values, dtype)
    if array.size < count:
        array = np.concatenate([array, np.full(count - array.size, array[-1], dtype)])
    return f'dense<"0x{array.tobytes().hex().upper()}"> : {type_}'
