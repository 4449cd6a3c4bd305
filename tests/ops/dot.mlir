// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dot_matrix() {
  %a = check.input dense<[[-1.75e+00, -5.0e-01, -2.5e-01], [5.0e-01, 2.5e-01, -2.5e-01]]> : tensor<2x3xf32>
  %b = check.input dense<[[-1.25e+00, 2.5e-01, -2.5e-01, 1.25e+00], [7.5e-01, 7.5e-01, 2.5e-01, -7.5e-01], [-1.0e+00, -2.5e-01, 2.5e-01, -7.5e-01]]> : tensor<3x4xf32>
  %0 = stablehlo.dot %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  check.expect_almost_eq_const(%0, dense<[[2.0625e+00, -7.5e-01, 2.5e-01, -1.625e+00], [-1.875e-01, 3.75e-01, -1.25e-01, 6.25e-01]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}

func.func @test_dot_vectors() {
  %a = check.input dense<[-1.5e+00, -1.75e+00, -2.0e+00]> : tensor<3xf32>
  %b = check.input dense<[-1.25e+00, -5.0e-01, -1.0e+00]> : tensor<3xf32>
  %0 = stablehlo.dot %a, %b, precision = [HIGHEST, DEFAULT] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  check.expect_almost_eq_const(%0, dense<4.75e+00> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_dot_integers() {
  %a = check.input dense<[[-6, -4, 3], [-4, 7, 1]]> : tensor<2x3xi32>
  %b = check.input dense<[-7, 8, 6]> : tensor<3xi32>
  %0 = stablehlo.dot %a, %b : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[28, 90]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_dot_nothing_to_sum() {
  %a = check.input dense<> : tensor<2x0xf32>
  %b = check.input dense<> : tensor<0x2xf32>
  %0 = stablehlo.dot %a, %b : (tensor<2x0xf32>, tensor<0x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_dot_f16() {
  %a = check.input dense<[[1.0e+00, -1.5e+00, 1.0e+00], [7.5e-01, 1.0e+00, 7.5e-01]]> : tensor<2x3xf16>
  %b = check.input dense<[[2.5e-01, -7.5e-01], [1.5e+00, 1.75e+00], [7.5e-01, -7.5e-01]]> : tensor<3x2xf16>
  %0 = stablehlo.dot %a, %b : (tensor<2x3xf16>, tensor<3x2xf16>) -> tensor<2x2xf16>
  check.expect_almost_eq_const(%0, dense<[[-1.25e+00, -4.125e+00], [2.25e+00, 6.25e-01]]> : tensor<2x2xf16>) : tensor<2x2xf16>
  return
}

func.func @test_dot_bf16_to_f32() {
  %a = check.input dense<[[0.0e+00, 0.0e+00, -1.75e+00], [-1.75e+00, -2.5e-01, 0.0e+00]]> : tensor<2x3xbf16>
  %b = check.input dense<[[-1.25e+00, -1.0e+00], [-1.5e+00, 1.5e+00], [0.0e+00, -1.0e+00]]> : tensor<3x2xbf16>
  %0 = stablehlo.dot %a, %b : (tensor<2x3xbf16>, tensor<3x2xbf16>) -> tensor<2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[0.0e+00, 1.75e+00], [2.5625e+00, 1.375e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
