# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of batch norms, FFT, linear algebra, random numbers, quantisation, custom calls."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import COMPLEX, FLOATS, QUANTIZED, Sample

_VECTORS = "%s: tensor<3?x$T>, %o: tensor<3?x$T>"
_FINITE = {"": "finite"}

_BATCH_NORM = (
    Sample(
        "stablehlo.batch_norm_inference", FLOATS,
        f"%a: tensor<4?x5?x3?x$T>, {_VECTORS}, %m: tensor<3?x$T>, %v: tensor<3?x$T> -> "
        "tensor<4?x5?x3?x$T>\n"
        '%r = "stablehlo.batch_norm_inference"(%a, %s, %o, %m, %v) <{epsilon = 1.000000e-03 : f32, '
        "feature_index = 2 : i64}> : (tensor<4?x5?x3?x$T>, tensor<3?x$T>, tensor<3?x$T>, "
        "tensor<3?x$T>, tensor<3?x$T>) -> tensor<4?x5?x3?x$T>",
        values={"": "finite", "v": "positive"}, sums=True,
    ),
    Sample(
        "stablehlo.batch_norm_training", FLOATS,
        f"%a: tensor<4?x5?x3?x$T>, {_VECTORS} -> tensor<4?x5?x3?x$T>, tensor<3?x$T>, "
        "tensor<3?x$T>\n"
        '%r:3 = "stablehlo.batch_norm_training"(%a, %s, %o) <{epsilon = 1.000000e-03 : f32, '
        "feature_index = 2 : i64}> : (tensor<4?x5?x3?x$T>, tensor<3?x$T>, tensor<3?x$T>) -> "
        "(tensor<4?x5?x3?x$T>, tensor<3?x$T>, tensor<3?x$T>)",
        values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.batch_norm_grad", FLOATS,
        "%a: tensor<4?x5?x3?x$T>, %s: tensor<3?x$T>, %m: tensor<3?x$T>, %v: tensor<3?x$T>, "
        "%g: tensor<4?x5?x3?x$T> -> tensor<4?x5?x3?x$T>, tensor<3?x$T>, tensor<3?x$T>\n"
        '%r:3 = "stablehlo.batch_norm_grad"(%a, %s, %m, %v, %g) <{epsilon = 1.000000e-03 : f32, '
        "feature_index = 2 : i64}> : (tensor<4?x5?x3?x$T>, tensor<3?x$T>, tensor<3?x$T>, "
        "tensor<3?x$T>, tensor<4?x5?x3?x$T>) -> "
        "(tensor<4?x5?x3?x$T>, tensor<3?x$T>, tensor<3?x$T>)",
        values={"": "finite", "v": "positive"}, sums=True,
    ),
)  # fmt: skip

_FFT = (
    *(
        Sample(
            "stablehlo.fft", COMPLEX,
            f"%a: tensor<{shape}x$T> -> tensor<{shape}x$T>\n"
            f"%r = stablehlo.fft %a, type = {kind}, length = {length} : "
            f"(tensor<{shape}x$T>) -> tensor<{shape}x$T>",
            case=case, values=_FINITE, sums=True,
        )
        for case, kind, length, shape in (
            ("FFT", "FFT", "[8]", "3?x8"),
            ("IFFT", "IFFT", "[8]", "3?x8"),
            ("odd length", "FFT", "[7]", "3?x7"),
            ("2-D", "FFT", "[4, 6]", "2?x4x6"),
            ("3-D", "IFFT", "[2, 3, 4]", "2?x3x4"),
        )
    ),
    Sample(
        "stablehlo.fft", ("f32", "f64"),
        "%a: tensor<3?x8x$T> -> tensor<3?x5x$C>\n"
        "%r = stablehlo.fft %a, type = RFFT, length = [8] : (tensor<3?x8x$T>) -> tensor<3?x5x$C>",
        case="RFFT", values=_FINITE, sums=True,
    ),
    Sample(
        "stablehlo.fft", ("f32", "f64"),
        "%a: tensor<3?x5x$C> -> tensor<3?x8x$T>\n"
        "%r = stablehlo.fft %a, type = IRFFT, length = [8] : (tensor<3?x5x$C>) -> tensor<3?x8x$T>",
        case="IRFFT", values=_FINITE, sums=True,
    ),
)  # fmt: skip

_LINEAR_ALGEBRA = (
    *(
        Sample(
            "stablehlo.cholesky", (*FLOATS[11:], *COMPLEX),
            "%a: tensor<2?x3?x3?x$T> -> tensor<2?x3?x3?x$T>\n"
            f"%r = stablehlo.cholesky %a, lower = {lower} : tensor<2?x3?x3?x$T>",
            case=case, sums=True,
            values={"a": [[[4, 2, 1], [2, 5, 3], [1, 3, 6]], [[9, 1, 2], [1, 8, 0], [2, 0, 7]]]},
        )
        for case, lower in (("", "true"), ("upper", "false"))
    ),
    *(
        Sample(
            "stablehlo.triangular_solve", (*FLOATS[11:], *COMPLEX),
            f"%a: tensor<2?x3?x3?x$T>, %b: tensor<2?x{shape}x$T> -> tensor<2?x{shape}x$T>\n"
            f'%r = "stablehlo.triangular_solve"(%a, %b) <{{left_side = {left}, lower = {lower}, '
            f"unit_diagonal = {unit}, transpose_a = #stablehlo<transpose {transpose}>}}> : "
            f"(tensor<2?x3?x3?x$T>, tensor<2?x{shape}x$T>) -> tensor<2?x{shape}x$T>",
            case=case, sums=True,
            values={"a": [[[4, 2, 1], [2, 5, 3], [1, 3, 6]], [[9, 1, 2], [1, 8, 0], [2, 0, 7]]],
                    "b": "finite"},
        )
        for case, left, lower, unit, transpose, shape in (
            ("", "true", "true", "false", "NO_TRANSPOSE", "3?x4?"),
            ("upper, transposed", "true", "false", "false", "TRANSPOSE", "3?x4?"),
            ("right, adjoint", "false", "true", "false", "ADJOINT", "4?x3?"),
            ("unit diagonal", "true", "true", "true", "NO_TRANSPOSE", "3?x4?"),
        )
    ),
)  # fmt: skip

_RANDOM = (
    Sample(
        "stablehlo.rng", ("i32", "i64", "ui32", "bf16", "f16", "f32", "f64"),
        "%a: tensor<$T>, %b: tensor<$T> -> tensor<3x4x$T>\n"
        "%s = stablehlo.constant dense<[3, 4]> : tensor<2xi64>\n"
        "%r = stablehlo.rng %a, %b, %s, distribution = UNIFORM : "
        "(tensor<$T>, tensor<$T>, tensor<2xi64>) -> tensor<3x4x$T>",
        values={"a": 0, "b": 7}, sums=True,
    ),
    Sample(
        "stablehlo.rng", ("bf16", "f16", "f32", "f64"),
        "%a: tensor<$T>, %b: tensor<$T> -> tensor<3x4x$T>\n"
        "%s = stablehlo.constant dense<[3, 4]> : tensor<2xi64>\n"
        "%r = stablehlo.rng %a, %b, %s, distribution = NORMAL : "
        "(tensor<$T>, tensor<$T>, tensor<2xi64>) -> tensor<3x4x$T>",
        case="normal", values={"a": 0, "b": 2}, sums=True,
    ),
    Sample(
        "stablehlo.rng", ("i32", "f32"),
        "%a: tensor<$T>, %b: tensor<$T>, %s: tensor<2xi64> -> tensor<3?x4?x$T>\n"
        "%r = stablehlo.rng %a, %b, %s, distribution = UNIFORM : "
        "(tensor<$T>, tensor<$T>, tensor<2xi64>) -> tensor<3?x4?x$T>",
        case="sizes are operands", values={"a": 0, "b": 7, "s": [3, 4]}, sums=True,
    ),
    *(
        Sample(
            "stablehlo.rng_bit_generator", ("ui8", "ui16", "ui32", "ui64", "i32", "f32"),
            f"%s: tensor<{state}xui64> -> tensor<{state}xui64>, tensor<5x7x$T>\n"
            f"%r:2 = stablehlo.rng_bit_generator %s, algorithm = {algorithm} : "
            f"(tensor<{state}xui64>) -> (tensor<{state}xui64>, tensor<5x7x$T>)",
            case=f"{algorithm}, {state} words", values={"s": [12345, 678, 9][:state]},
        )
        for algorithm, state in (("THREE_FRY", 2), ("PHILOX", 2), ("PHILOX", 3), ("DEFAULT", 2))
    ),
)  # fmt: skip

_PER_AXIS = "!quant.uniform<i8:f32:1, {0.5, 0.25, 2.0}>"

_QUANTISATION = (
    Sample(
        "stablehlo.uniform_quantize", ("f32",),
        f"%a: tensor<5?x7?xf32> -> tensor<5?x7?x{QUANTIZED[0]}>\n"
        "%r = stablehlo.uniform_quantize %a : "
        f"(tensor<5?x7?xf32>) -> tensor<5?x7?x{QUANTIZED[0]}>",
        values=_FINITE,
    ),
    Sample(
        "stablehlo.uniform_quantize", ("f32",),
        f"%a: tensor<5?x3xf32> -> tensor<5?x3x{_PER_AXIS}>\n"
        f"%r = stablehlo.uniform_quantize %a : (tensor<5?x3xf32>) -> tensor<5?x3x{_PER_AXIS}>",
        case="per axis", values=_FINITE,
    ),
    Sample(
        "stablehlo.uniform_quantize", QUANTIZED,
        "%a: tensor<5?x7?x$T> -> tensor<5?x7?x!quant.uniform<i8:f32, 0.25:-1>>\n"
        "%r = stablehlo.uniform_quantize %a : "
        "(tensor<5?x7?x$T>) -> tensor<5?x7?x!quant.uniform<i8:f32, 0.25:-1>>",
        case="again", values=_FINITE,
    ),
    Sample(
        "stablehlo.uniform_dequantize", QUANTIZED,
        "%a: tensor<5?x7?x$T> -> tensor<5?x7?xf32>\n"
        "%r = stablehlo.uniform_dequantize %a : (tensor<5?x7?x$T>) -> tensor<5?x7?xf32>",
    ),
    Sample(
        "stablehlo.uniform_dequantize", ("f32",),
        f"%a: tensor<5?x3x{_PER_AXIS}> -> tensor<5?x3xf32>\n"
        f"%r = stablehlo.uniform_dequantize %a : (tensor<5?x3x{_PER_AXIS}>) -> tensor<5?x3xf32>",
        case="per axis",
    ),
)  # fmt: skip

_CUSTOM_CALLS = (
    Sample(
        "stablehlo.custom_call", ("bf16", "f16", "f32", "f64"),
        "%a: tensor<5?x7?x$T> -> tensor<5?x7?x$T>\n"
        "%r = stablehlo.custom_call @mhlo.erf(%a) : (tensor<5?x7?x$T>) -> tensor<5?x7?x$T>",
        case="mhlo.erf",
    ),
    Sample(
        "stablehlo.custom_call", ("bf16", "f32", "i32"),
        "%a: tensor<3?x9?x$T> -> tensor<3?x4x$T>, tensor<3?x4xi32>\n"
        "%r:2 = stablehlo.custom_call @mhlo.topk(%a) {mhlo.attributes = "
        "{k = 4 : i64, largest = true}, mhlo.version = 1 : i64} : "
        "(tensor<3?x9?x$T>) -> (tensor<3?x4x$T>, tensor<3?x4xi32>)",
        case="mhlo.topk", values=_FINITE,
    ),
    Sample(
        "stablehlo.custom_call", ("i32", "f32"),
        "%a: tensor<5?x$T>, %p: tensor<i1> -> tensor<5?x$T>\n"
        "stablehlo.custom_call @shape_assertion(%p) "
        '{error_message = "a shape", has_side_effect = true} : (tensor<i1>) -> ()\n'
        "%r = stablehlo.add %a, %a : tensor<5?x$T>",
        case="shape_assertion", values={"p": True},
    ),
    Sample(
        "stablehlo.custom_call", ("f32", "f64"),
        "%a: tensor<4?x3?x$T> -> tensor<4?x3?x$T>, tensor<3?x$T>\n"
        "%r:2 = stablehlo.custom_call @Qr(%a) : (tensor<4?x3?x$T>) -> "
        "(tensor<4?x3?x$T>, tensor<3?x$T>)",
        case="Qr", values=_FINITE, sums=True,
    ),
)  # fmt: skip

SAMPLES = (
    *_BATCH_NORM, *_FFT, *_LINEAR_ALGEBRA, *_RANDOM, *_QUANTISATION, *_CUSTOM_CALLS,
)  # fmt: skip
