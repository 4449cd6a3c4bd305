# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of the extended set GLSL.std.450: mathematics of GPUs (its specification, section 2)."""

from __future__ import annotations

from iree_explore.targets.spirv.row import GLSL, Row, rows

ROWS: list[Row] = [
    *rows(
        {
            "GL.Round": 1, "GL.RoundEven": 2, "GL.Trunc": 3, "GL.FAbs": 4, "GL.FSign": 6,
            "GL.Floor": 8, "GL.Ceil": 9, "GL.Fract": 10, "GL.Sqrt": 31, "GL.InverseSqrt": 32,
        },
        "operand:float", "=operand", extended=GLSL,
    ),
    *rows(
        {
            "GL.Sin": 13, "GL.Cos": 14, "GL.Tan": 15, "GL.Asin": 16, "GL.Acos": 17,
            "GL.Atan": 18, "GL.Sinh": 19, "GL.Cosh": 20, "GL.Tanh": 21, "GL.Asinh": 22,
            "GL.Acosh": 23, "GL.Atanh": 24, "GL.Exp": 27, "GL.Log": 28, "GL.Exp2": 29,
            "GL.Log2": 30,
        },
        "operand:float", "=operand", rules=("not_f64",), extended=GLSL,
    ),
    *rows(
        {"GL.Atan2": 25, "GL.Pow": 26},
        "lhs:float rhs:float", "=lhs", rules=("same", "not_f64"), extended=GLSL,
    ),
    *rows(
        {"GL.FMin": 37, "GL.FMax": 40, "GL.Step": 48, "GL.NMin": 79, "GL.NMax": 80},
        "lhs:float rhs:float", "=lhs", rules=("same",), extended=GLSL,
    ),
    *rows(
        {"GL.UMin": 38, "GL.SMin": 39, "GL.UMax": 41, "GL.SMax": 42},
        "lhs:int rhs:int", "=lhs", rules=("same",), extended=GLSL,
    ),
    *rows(
        {"GL.FClamp": 43, "GL.FMix": 46, "GL.SmoothStep": 49, "GL.Fma": 50, "GL.NClamp": 81},
        "x:float y:float z:float", "=x", rules=("same",), extended=GLSL,
    ),
    *rows(
        {"GL.UClamp": 44, "GL.SClamp": 45},
        "x:int y:int z:int", "=x", rules=("same",), extended=GLSL,
    ),
    *rows({"GL.SAbs": 5, "GL.SSign": 7}, "operand:int", "=operand", extended=GLSL),
    *rows(
        {"GL.FindILsb": 73, "GL.FindSMsb": 74, "GL.FindUMsb": 75},
        "operand:int", "=operand", rules=("bits32",), extended=GLSL,
    ),
    Row("GL.Ldexp", 53, "x:float exp:int", "=x", rules=("operand_counts",), extended=GLSL),
    Row("GL.FrexpStruct", 52, "operand:float", "struct", rules=("frexp",), extended=GLSL),
    *rows(
        {"GL.PackHalf2x16": 58},
        "operand:fvector", "iscalar", rules=("half",), extended=GLSL,
    ),
    *rows(
        {"GL.UnpackHalf2x16": 62},
        "operand:iscalar", "fvector", rules=("half",), extended=GLSL,
    ),
    Row("GL.Length", 66, "operand:float", "element=operand", extended=GLSL),
    Row("GL.Cross", 68, "lhs:fvector rhs:fvector", "=lhs", rules=("same",), extended=GLSL),
    Row("GL.Normalize", 69, "operand:float", "=operand", extended=GLSL),
]  # fmt: skip
