# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of comparisons and logic (specification, section 3.42.15)."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Row, rows

_BINARY = "operand1:{0} operand2:{0}"

ROWS: list[Row] = [
    *rows(
        {
            "FOrdEqual": 180, "FUnordEqual": 181, "FOrdNotEqual": 182, "FUnordNotEqual": 183,
            "FOrdLessThan": 184, "FUnordLessThan": 185, "FOrdGreaterThan": 186,
            "FUnordGreaterThan": 187, "FOrdLessThanEqual": 188, "FUnordLessThanEqual": 189,
            "FOrdGreaterThanEqual": 190, "FUnordGreaterThanEqual": 191,
        },
        _BINARY.format("float"), "bool=operand1", rules=("operands",),
    ),
    *rows(
        {
            "IEqual": 170, "INotEqual": 171, "UGreaterThan": 172, "SGreaterThan": 173,
            "UGreaterThanEqual": 174, "SGreaterThanEqual": 175, "ULessThan": 176,
            "SLessThan": 177, "ULessThanEqual": 178, "SLessThanEqual": 179,
        },
        _BINARY.format("int"), "bool=operand1", rules=("operands",),
    ),
    *rows(
        {"LogicalEqual": 164, "LogicalNotEqual": 165, "LogicalOr": 166, "LogicalAnd": 167},
        _BINARY.format("bool"), "=operand1", rules=("same",),
    ),
    Row("LogicalNot", 168, "operand:bool", "=operand"),
    *rows({"Any": 154, "All": 155}, "vector:bvector", "element=vector"),
    *rows({"IsNan": 156, "IsInf": 157}, "operand:float", "bool=operand"),
    Row("Select", 169, "condition:bool true_value:any false_value:any", "=true_value",
        rules=("select",)),
]  # fmt: skip
