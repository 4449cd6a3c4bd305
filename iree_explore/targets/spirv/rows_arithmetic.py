# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of arithmetic, conversions and bits (specification, sections 3.42.11, .13 and .14)."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Row, rows

_BINARY = "operand1:{0} operand2:{0}"

ROWS: list[Row] = [
    *rows(
        {"FAdd": 129, "FSub": 131, "FMul": 133, "FDiv": 136},
        _BINARY.format("floatm"), "=operand1", rules=("same",),
    ),
    *rows({"FRem": 140, "FMod": 141}, _BINARY.format("float"), "=operand1", rules=("same",)),
    *rows(
        {"IAdd": 128, "ISub": 130, "IMul": 132, "UDiv": 134, "SDiv": 135},
        _BINARY.format("intm"), "=operand1", rules=("same",),
    ),
    *rows(
        {"UMod": 137, "SRem": 138, "SMod": 139},
        _BINARY.format("int"), "=operand1", rules=("same",),
    ),
    Row("SNegate", 126, "operand:intm", "=operand"),
    Row("FNegate", 127, "operand:floatm", "=operand"),
    Row("VectorTimesScalar", 142, "vector:fvector scalar:fscalar", "=vector", rules=("element",)),
    Row("MatrixTimesScalar", 143, "matrix:matrix scalar:scalar", "=matrix", rules=("element",)),
    Row("Dot", 148, "vector1:fvector vector2:fvector", "element=vector1", rules=("operands",)),
    *rows(
        {"IAddCarry": 149, "ISubBorrow": 150, "UMulExtended": 151, "SMulExtended": 152},
        _BINARY.format("int"), "struct", rules=("operands", "pair"),
    ),
    # Conversions
    *rows({"ConvertFToU": 109, "ConvertFToS": 110}, "operand:floatm", "intm", rules=("count",)),
    *rows({"ConvertSToF": 111, "ConvertUToF": 112}, "operand:intm", "floatm", rules=("count",)),
    *rows({"UConvert": 113, "SConvert": 114}, "operand:intm", "intm", rules=("count", "resize")),
    Row("FConvert", 115, "operand:floatm", "floatm", rules=("count", "resize")),
    Row("QuantizeToF16", 116, "operand:float", "=operand", rules=("f32",)),
    Row("Bitcast", 124, "operand:bits", "bits", rules=("bitcast",)),
    Row("ConvertPtrToU", 117, "pointer:ptr", "iscalar", "PhysicalStorageBufferAddresses"),
    Row("ConvertUToPtr", 120, "operand:iscalar", "ptr", "PhysicalStorageBufferAddresses"),
    # Bits
    *rows(
        {"BitwiseOr": 197, "BitwiseXor": 198, "BitwiseAnd": 199},
        _BINARY.format("int"), "=operand1", rules=("same",),
    ),
    *rows(
        {"ShiftRightLogical": 194, "ShiftRightArithmetic": 195, "ShiftLeftLogical": 196},
        _BINARY.format("int"), "=operand1", rules=("operand_counts",),
    ),
    Row("Not", 200, "operand:int", "=operand"),
    Row("BitFieldInsert", 201, "base:int insert:int offset:iscalar count:iscalar", "=base",
        rules=("inserted", "bits32")),
    *rows(
        {"BitFieldSExtract": 202, "BitFieldUExtract": 203},
        "base:int offset:iscalar count:iscalar", "=base", rules=("bits32",),
    ),
    *rows({"BitReverse": 204, "BitCount": 205}, "operand:int", "=operand", rules=("bits32",)),
]  # fmt: skip
