// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_is_finite_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.is_finite %a : (tensor<10xf32>) -> tensor<10xi1>
  check.expect_eq_const(%0, dense<[true, true, true, true, true, true, false, false, false, true]> : tensor<10xi1>) : tensor<10xi1>
  return
}

func.func @test_is_finite_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.is_finite %a : (tensor<f32>) -> tensor<i1>
  check.expect_eq_const(%0, dense<true> : tensor<i1>) : tensor<i1>
  return
}

func.func @test_is_finite_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.is_finite %a : (tensor<0x3xf32>) -> tensor<0x3xi1>
  check.expect_eq_const(%0, dense<> : tensor<0x3xi1>) : tensor<0x3xi1>
  return
}

func.func @test_is_finite_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.is_finite %a : (tensor<3xf16>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_is_finite_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.is_finite %a : (tensor<3xbf16>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_is_finite_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.is_finite %a : (tensor<3xf64>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}
