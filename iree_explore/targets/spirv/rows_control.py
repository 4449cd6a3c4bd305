# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of control flow within a block (specification, section 3.42.17). Branches, merges and calls
refer to blocks and functions: their ops are in `ops.py`, their formats in `rows_structure.py`."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Row

ROWS: list[Row] = [
    Row("Return", 253, terminator=True, pure=False, rules=("returns",)),
    Row("ReturnValue", 254, "value:any", terminator=True, pure=False, rules=("returns",)),
    Row("Kill", 252, terminator=True, pure=False),
    Row("Unreachable", 255, terminator=True, pure=False),
]
