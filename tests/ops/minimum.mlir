// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_minimum_f32() {
  %a = check.input dense<[1.0e+00, -1.0e+00, 0x7FC00000, 2.5e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, -3.0e+00, 1.0e+00, 0x7FC00000, 0xFF800000]> : tensor<5xf32>
  %0 = stablehlo.minimum %a, %b : tensor<5xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, -3.0e+00, 0x7FC00000, 0x7FC00000, 0xFF800000]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @test_minimum_rank_0() {
  %a = check.input dense<5.0e-01> : tensor<f32>
  %b = check.input dense<2.0e+00> : tensor<f32>
  %0 = stablehlo.minimum %a, %b : tensor<f32>
  check.expect_eq_const(%0, dense<5.0e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_minimum_zero_size() {
  %a = check.input dense<> : tensor<2x0xf32>
  %b = check.input dense<> : tensor<2x0xf32>
  %0 = stablehlo.minimum %a, %b : tensor<2x0xf32>
  check.expect_eq_const(%0, dense<> : tensor<2x0xf32>) : tensor<2x0xf32>
  return
}

func.func @test_minimum_f16() {
  %a = check.input dense<[1.5e+00, -2.25e+00, 1.0e+02]> : tensor<3xf16>
  %b = check.input dense<[2.0e+00, 1.25e-01, 3.0e+00]> : tensor<3xf16>
  %0 = stablehlo.minimum %a, %b : tensor<3xf16>
  check.expect_eq_const(%0, dense<[1.5e+00, -2.25e+00, 3.0e+00]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_minimum_bf16() {
  %a = check.input dense<[1.5e+00, -2.25e+00, 1.0e+02]> : tensor<3xbf16>
  %b = check.input dense<[2.0e+00, 1.25e-01, 3.0e+00]> : tensor<3xbf16>
  %0 = stablehlo.minimum %a, %b : tensor<3xbf16>
  check.expect_eq_const(%0, dense<[1.5e+00, -2.25e+00, 3.0e+00]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_minimum_f64() {
  %a = check.input dense<[1.5e+00, -2.25e+00, 1.0e+02]> : tensor<3xf64>
  %b = check.input dense<[2.0e+00, 1.25e-01, 3.0e+00]> : tensor<3xf64>
  %0 = stablehlo.minimum %a, %b : tensor<3xf64>
  check.expect_eq_const(%0, dense<[1.5e+00, -2.25e+00, 3.0e+00]> : tensor<3xf64>) : tensor<3xf64>
  return
}

func.func @test_minimum_i8() {
  %a = check.input dense<[-128, 127, 7, -7, 7, -7, -128, 5, 0]> : tensor<9xi8>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi8>
  %0 = stablehlo.minimum %a, %b : tensor<9xi8>
  check.expect_eq_const(%0, dense<[-128, 1, 2, -7, -2, -7, -128, 0, 0]> : tensor<9xi8>) : tensor<9xi8>
  return
}

func.func @test_minimum_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 7, -7, 7, -7, -2147483648, 5, 0]> : tensor<9xi32>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi32>
  %0 = stablehlo.minimum %a, %b : tensor<9xi32>
  check.expect_eq_const(%0, dense<[-2147483648, 1, 2, -7, -2, -7, -2147483648, 0, 0]> : tensor<9xi32>) : tensor<9xi32>
  return
}

func.func @test_minimum_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 7, -7, 7, -7, -9223372036854775808, 5, 0]> : tensor<9xi64>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi64>
  %0 = stablehlo.minimum %a, %b : tensor<9xi64>
  check.expect_eq_const(%0, dense<[-9223372036854775808, 1, 2, -7, -2, -7, -9223372036854775808, 0, 0]> : tensor<9xi64>) : tensor<9xi64>
  return
}

func.func @test_minimum_ui8() {
  %a = check.input dense<[0, 200, 255, 7, 255, 9]> : tensor<6xui8>
  %b = check.input dense<[1, 100, 255, 2, 0, 7]> : tensor<6xui8>
  %0 = stablehlo.minimum %a, %b : tensor<6xui8>
  check.expect_eq_const(%0, dense<[0, 100, 255, 2, 0, 7]> : tensor<6xui8>) : tensor<6xui8>
  return
}

func.func @test_minimum_i1() {
  %a = check.input dense<[true, true, false, false]> : tensor<4xi1>
  %b = check.input dense<[true, false, true, false]> : tensor<4xi1>
  %0 = stablehlo.minimum %a, %b : tensor<4xi1>
  check.expect_eq_const(%0, dense<[true, false, false, false]> : tensor<4xi1>) : tensor<4xi1>
  return
}
