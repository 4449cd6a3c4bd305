// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_negate_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.negate %a : tensor<10xf32>
  check.expect_eq_const(%0, dense<[-0.0e+00, 0.0e+00, -1.0e+00, 1.5e+00, -2.5e+00, 2.5e+00, 0xFF800000, 0x7F800000, 0xFFC00000, -1.0000000474974513e-03]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_negate_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.negate %a : tensor<f32>
  check.expect_eq_const(%0, dense<-7.5e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_negate_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.negate %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_negate_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.negate %a : tensor<3xf16>
  check.expect_eq_const(%0, dense<[-5.0e-01, -1.5e+00, 2.5e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_negate_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.negate %a : tensor<3xbf16>
  check.expect_eq_const(%0, dense<[-5.0e-01, -1.5e+00, 2.5e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_negate_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.negate %a : tensor<3xf64>
  check.expect_eq_const(%0, dense<[-5.0e-01, -1.5e+00, 2.5e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}

func.func @test_negate_i8() {
  %a = check.input dense<[-128, 127, 0, -1, 1, 5]> : tensor<6xi8>
  %0 = stablehlo.negate %a : tensor<6xi8>
  check.expect_eq_const(%0, dense<[-128, -127, 0, 1, -1, -5]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @test_negate_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 0, -1, 1, 5]> : tensor<6xi32>
  %0 = stablehlo.negate %a : tensor<6xi32>
  check.expect_eq_const(%0, dense<[-2147483648, -2147483647, 0, 1, -1, -5]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @test_negate_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 0, -1, 1, 5]> : tensor<6xi64>
  %0 = stablehlo.negate %a : tensor<6xi64>
  check.expect_eq_const(%0, dense<[-9223372036854775808, -9223372036854775807, 0, 1, -1, -5]> : tensor<6xi64>) : tensor<6xi64>
  return
}

func.func @test_negate_ui8() {
  %a = check.input dense<[0, 1, 255, 128]> : tensor<4xui8>
  %0 = stablehlo.negate %a : tensor<4xui8>
  check.expect_eq_const(%0, dense<[0, 255, 1, 128]> : tensor<4xui8>) : tensor<4xui8>
  return
}
