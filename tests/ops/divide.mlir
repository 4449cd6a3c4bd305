// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_divide_f32() {
  %a = check.input dense<[1.0e+00, -1.0e+00, 0.0e+00, -0.0e+00, 0x7F800000, 0x7F800000, 0x7FC00000, 2.5e+00, -7.5e+00, 1.0000000150474662e+30]> : tensor<10xf32>
  %b = check.input dense<[2.0e+00, 5.0e-01, -0.0e+00, -0.0e+00, 0xFF800000, 1.0e+00, 1.0e+00, 0x7FC00000, 2.0e+00, 1.0000000150474662e+30]> : tensor<10xf32>
  %0 = stablehlo.divide %a, %b : tensor<10xf32>
  check.expect_eq_const(%0, dense<[5.0e-01, -2.0e+00, 0xFFC00000, 0xFFC00000, 0xFFC00000, 0x7F800000, 0x7FC00000, 0x7FC00000, -3.75e+00, 1.0e+00]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_divide_rank_0() {
  %a = check.input dense<5.0e-01> : tensor<f32>
  %b = check.input dense<2.0e+00> : tensor<f32>
  %0 = stablehlo.divide %a, %b : tensor<f32>
  check.expect_eq_const(%0, dense<2.5e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_divide_zero_size() {
  %a = check.input dense<> : tensor<2x0xf32>
  %b = check.input dense<> : tensor<2x0xf32>
  %0 = stablehlo.divide %a, %b : tensor<2x0xf32>
  check.expect_eq_const(%0, dense<> : tensor<2x0xf32>) : tensor<2x0xf32>
  return
}

func.func @test_divide_f16() {
  %a = check.input dense<[1.5e+00, -2.25e+00, 1.0e+02]> : tensor<3xf16>
  %b = check.input dense<[2.0e+00, 1.25e-01, 3.0e+00]> : tensor<3xf16>
  %0 = stablehlo.divide %a, %b : tensor<3xf16>
  check.expect_eq_const(%0, dense<[7.5e-01, -1.8e+01, 3.334375e+01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_divide_bf16() {
  %a = check.input dense<[1.5e+00, -2.25e+00, 1.0e+02]> : tensor<3xbf16>
  %b = check.input dense<[2.0e+00, 1.25e-01, 3.0e+00]> : tensor<3xbf16>
  %0 = stablehlo.divide %a, %b : tensor<3xbf16>
  check.expect_eq_const(%0, dense<[7.5e-01, -1.8e+01, 3.325e+01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_divide_f64() {
  %a = check.input dense<[1.5e+00, -2.25e+00, 1.0e+02]> : tensor<3xf64>
  %b = check.input dense<[2.0e+00, 1.25e-01, 3.0e+00]> : tensor<3xf64>
  %0 = stablehlo.divide %a, %b : tensor<3xf64>
  check.expect_eq_const(%0, dense<[7.5e-01, -1.8e+01, 3.3333333333333336e+01]> : tensor<3xf64>) : tensor<3xf64>
  return
}

func.func @test_divide_i8() {
  %a = check.input dense<[-128, 127, 7, -7, 7, -7, -128, 5, 0]> : tensor<9xi8>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi8>
  %0 = stablehlo.divide %a, %b : tensor<9xi8>
  check.expect_eq_const(%0, dense<[-128, 127, 3, -3, -3, 3, -128, -1, 0]> : tensor<9xi8>) : tensor<9xi8>
  return
}

func.func @test_divide_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 7, -7, 7, -7, -2147483648, 5, 0]> : tensor<9xi32>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi32>
  %0 = stablehlo.divide %a, %b : tensor<9xi32>
  check.expect_eq_const(%0, dense<[-2147483648, 2147483647, 3, -3, -3, 3, -2147483648, -1, 0]> : tensor<9xi32>) : tensor<9xi32>
  return
}

func.func @test_divide_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 7, -7, 7, -7, -9223372036854775808, 5, 0]> : tensor<9xi64>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi64>
  %0 = stablehlo.divide %a, %b : tensor<9xi64>
  check.expect_eq_const(%0, dense<[-9223372036854775808, 9223372036854775807, 3, -3, -3, 3, -9223372036854775808, -1, 0]> : tensor<9xi64>) : tensor<9xi64>
  return
}

func.func @test_divide_ui8() {
  %a = check.input dense<[0, 200, 255, 7, 255, 9]> : tensor<6xui8>
  %b = check.input dense<[1, 100, 255, 2, 0, 7]> : tensor<6xui8>
  %0 = stablehlo.divide %a, %b : tensor<6xui8>
  check.expect_eq_const(%0, dense<[0, 2, 1, 3, 255, 1]> : tensor<6xui8>) : tensor<6xui8>
  return
}
