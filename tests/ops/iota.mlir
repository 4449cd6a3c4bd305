// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_iota_i32() {
  %0 = stablehlo.iota dim = 1 : tensor<2x3xi32>
  check.expect_eq_const(%0, dense<[[0, 1, 2], [0, 1, 2]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @test_iota_f32() {
  %0 = stablehlo.iota dim = 1 : tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 1.0e+00, 2.0e+00], [0.0e+00, 1.0e+00, 2.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_iota_bf16() {
  %0 = stablehlo.iota dim = 1 : tensor<2x3xbf16>
  check.expect_eq_const(%0, dense<[[0.0e+00, 1.0e+00, 2.0e+00], [0.0e+00, 1.0e+00, 2.0e+00]]> : tensor<2x3xbf16>) : tensor<2x3xbf16>
  return
}

func.func @test_iota_ui8() {
  %0 = stablehlo.iota dim = 1 : tensor<2x3xui8>
  check.expect_eq_const(%0, dense<[[0, 1, 2], [0, 1, 2]]> : tensor<2x3xui8>) : tensor<2x3xui8>
  return
}

func.func @test_iota_f64() {
  %0 = stablehlo.iota dim = 1 : tensor<2x3xf64>
  check.expect_eq_const(%0, dense<[[0.0e+00, 1.0e+00, 2.0e+00], [0.0e+00, 1.0e+00, 2.0e+00]]> : tensor<2x3xf64>) : tensor<2x3xf64>
  return
}

func.func @test_iota_zero_size() {
  %0 = stablehlo.iota dim = 0 : tensor<0x3xi32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xi32>) : tensor<0x3xi32>
  return
}
