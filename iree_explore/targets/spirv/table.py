# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of SPIR-V instructions: the rows of all families, and their look-ups (`row.py` says
what a row is). To add an instruction, add a row to its family."""

from __future__ import annotations

from iree_explore.targets.spirv import (
    rows_arithmetic,
    rows_control,
    rows_gl,
    rows_group,
    rows_logical,
    rows_matrix,
    rows_memory,
    rows_structure,
)
from iree_explore.targets.spirv.row import EXT_INST, Format, Row

FAMILIES: dict[str, list[Row]] = {
    "arithmetic": rows_arithmetic.ROWS,
    "logical": rows_logical.ROWS,
    "memory": rows_memory.ROWS,
    "control": rows_control.ROWS,
    "group": rows_group.ROWS,
    "matrix": rows_matrix.ROWS,
    "gl": rows_gl.ROWS,
}

TABLE: dict[str, Row] = {row.name: row for family in FAMILIES.values() for row in family}
"""Row by name without `spirv.`."""

BY_OPCODE: dict[int, Row] = {row.opcode: row for row in TABLE.values() if not row.extended}

BY_EXTENDED: dict[tuple[str, int], Row] = {
    (row.extended, row.opcode): row for row in TABLE.values() if row.extended
}
"""Row by extended set and number in it."""

FORMATS: dict[int, Format] = {
    EXT_INST.opcode: EXT_INST,
    **{format_.opcode: format_ for format_ in rows_structure.FORMATS},
    **{opcode: row.format for opcode, row in BY_OPCODE.items()},
}
"""How each instruction is written, by opcode."""
