# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element type codes of the HAL, as IREE has them: numerical type in the high byte, bits below.

What a host program says about the arrays it makes; `f32` is 0x21000020.
"""

from __future__ import annotations

import numpy as np

from iree_explore import elements

_SIGNLESS, _UNSIGNED, _BOOL = 0x10, 0x12, 0x13
_COMPLEX = 0x23
_FLOATS = {
    "float16": 0x21, "float32": 0x21, "float64": 0x21, "bfloat16": 0x22,
    "float8_e5m2": 0x24, "float8_e4m3fn": 0x25, "float8_e5m2fnuz": 0x26, "float8_e4m3fnuz": 0x27,
    "float8_e8m0fnu": 0x28, "float6_e3m2fn": 0x29, "float6_e2m3fn": 0x2A, "float4_e2m1fn": 0x2B,
    "float8_e4m3": 0x2C, "float8_e3m4": 0x2D, "float8_e4m3b11fnuz": 0x2E,
}  # fmt: skip
"""Numerical types of floats; IREE has none for the last three, the numbers are ours."""


def code_of(element_type) -> int:
    """Code of an MLIR element type."""
    return _code(elements.dtype_of(element_type))


def _code(dtype: np.dtype) -> int:
    if dtype == np.bool_:
        return _BOOL << 24 | 8
    if elements.is_integer(dtype):
        kind = _UNSIGNED if elements.is_unsigned(dtype) else _SIGNLESS
    else:
        kind = _COMPLEX if dtype.kind == "c" else _FLOATS[dtype.name]
    return kind << 24 | elements.bits_of(dtype)


DTYPES: dict[int, np.dtype] = {_code(dtype): dtype for dtype in elements.DTYPES}
"""Code -> dtype."""
