# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of cooperative matrices and integer dot products (SPV_KHR_cooperative_matrix,
SPV_KHR_integer_dot_product)."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Row, rows

_LAYOUT = "matrix_layout:@khr_matrix_layout stride:iscalar? memory_operand:memory_access?"
_DOT = "vector1:int vector2:int"

ROWS: list[Row] = [
    Row("KHR.CooperativeMatrixLoad", 4457, f"pointer:ptr {_LAYOUT}", "matrix",
        "CooperativeMatrixKHR", pure=False, rules=("matrix_access",)),
    Row("KHR.CooperativeMatrixStore", 4458, f"pointer:ptr object:matrix {_LAYOUT}", "",
        "CooperativeMatrixKHR", pure=False, rules=("matrix_access",)),
    Row("KHR.CooperativeMatrixMulAdd", 4459,
        "a:matrix b:matrix c:matrix matrix_operands:khr_matrix_operands?", "=c",
        "CooperativeMatrixKHR", rules=("mul_add",)),
    *rows(
        {"SDot": 4450, "UDot": 4451, "SUDot": 4452},
        f"{_DOT} format:packed_vector_format?", "iscalar", "DotProduct", rules=("dot",),
    ),
    *rows(
        {"SDotAccSat": 4453, "UDotAccSat": 4454, "SUDotAccSat": 4455},
        f"{_DOT} accumulator:iscalar format:packed_vector_format?", "=accumulator", "DotProduct",
        rules=("dot",),
    ),
]  # fmt: skip
