# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element type codes of the HAL, as IREE has them: numerical type in the high byte, bits below.

What a host program says about the arrays it makes; `f32` is 0x21000020.
"""

from __future__ import annotations

import numpy as np

from iree_explore.elements import dtype_of, element_type_of

_SIGNLESS, _SIGNED, _UNSIGNED, _BOOL = 0x10, 0x11, 0x12, 0x13
_IEEE, _BFLOAT, _COMPLEX = 0x21, 0x22, 0x23


def code_of(element_type) -> int:
    """Code of an MLIR element type."""
    dtype = dtype_of(element_type)
    if dtype == np.bool_:
        return _BOOL << 24 | 8
    if dtype.kind == "u":
        kind = _UNSIGNED
    elif dtype.kind == "i":
        kind = _SIGNLESS
    elif dtype.kind == "c":
        kind = _COMPLEX
    else:
        kind = _BFLOAT if dtype.name == "bfloat16" else _IEEE
    return kind << 24 | dtype.itemsize * 8


def _table() -> dict[int, np.dtype]:
    names = "bool i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()
    table = {code_of(element_type_of(np.dtype(n))): np.dtype(n) for n in names}
    import ml_dtypes

    bfloat16 = np.dtype(ml_dtypes.bfloat16)
    table[code_of(element_type_of(bfloat16))] = bfloat16
    return table


DTYPES: dict[int, np.dtype] = _table()
"""Code -> dtype."""
