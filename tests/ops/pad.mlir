// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_pad_edges() {
  %a = check.input dense<[[-5.0e+00, -3.0e+00, 8.0e+00], [0.0e+00, 6.0e+00, -6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<5.0e-01> : tensor<f32>
  %0 = stablehlo.pad %a, %b, low = [1, 0], high = [0, 2], interior = [0, 0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<3x5xf32>
  check.expect_eq_const(%0, dense<[[5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01], [-5.0e+00, -3.0e+00, 8.0e+00, 5.0e-01, 5.0e-01], [0.0e+00, 6.0e+00, -6.0e+00, 5.0e-01, 5.0e-01]]> : tensor<3x5xf32>) : tensor<3x5xf32>
  return
}

func.func @test_pad_interior() {
  %a = check.input dense<[[4.0e+00, 8.0e+00, -8.0e+00], [-5.0e+00, -7.0e+00, -5.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<5.0e-01> : tensor<f32>
  %0 = stablehlo.pad %a, %b, low = [0, 1], high = [1, 0], interior = [1, 2] : (tensor<2x3xf32>, tensor<f32>) -> tensor<4x8xf32>
  check.expect_eq_const(%0, dense<[[5.0e-01, 4.0e+00, 5.0e-01, 5.0e-01, 8.0e+00, 5.0e-01, 5.0e-01, -8.0e+00], [5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01], [5.0e-01, -5.0e+00, 5.0e-01, 5.0e-01, -7.0e+00, 5.0e-01, 5.0e-01, -5.0e+00], [5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01]]> : tensor<4x8xf32>) : tensor<4x8xf32>
  return
}

func.func @test_pad_negative() {
  %a = check.input dense<[[-4.0e+00, -8.0e+00, 7.0e+00], [-5.0e+00, 7.0e+00, 4.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<5.0e-01> : tensor<f32>
  %0 = stablehlo.pad %a, %b, low = [-1, 1], high = [0, -1], interior = [0, 0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<1x3xf32>
  check.expect_eq_const(%0, dense<[[5.0e-01, -5.0e+00, 7.0e+00]]> : tensor<1x3xf32>) : tensor<1x3xf32>
  return
}

func.func @test_pad_negative_interior() {
  %a = check.input dense<[[-6.0e+00, 3.0e+00, 4.0e+00], [-7.0e+00, -7.0e+00, -3.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<5.0e-01> : tensor<f32>
  %0 = stablehlo.pad %a, %b, low = [-1, -1], high = [-1, 1], interior = [1, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<1x5xf32>
  check.expect_eq_const(%0, dense<[[5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01, 5.0e-01]]> : tensor<1x5xf32>) : tensor<1x5xf32>
  return
}

func.func @test_pad_empty() {
  %a = check.input dense<> : tensor<0xi32>
  %b = check.input dense<7> : tensor<i32>
  %0 = stablehlo.pad %a, %b, low = [1], high = [1], interior = [0] : (tensor<0xi32>, tensor<i32>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[7, 7]> : tensor<2xi32>) : tensor<2xi32>
  return
}
