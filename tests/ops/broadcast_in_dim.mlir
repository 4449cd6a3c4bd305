// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_in_dim_rows() {
  %a = check.input dense<[1, 2, 3]> : tensor<3xi32>
  %0 = stablehlo.broadcast_in_dim %a, dims = [1] : (tensor<3xi32>) -> tensor<2x3xi32>
  check.expect_eq_const(%0, dense<[[1, 2, 3], [1, 2, 3]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @test_broadcast_in_dim_scalar() {
  %a = check.input dense<7.5e+00> : tensor<f32>
  %0 = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[7.5e+00, 7.5e+00, 7.5e+00], [7.5e+00, 7.5e+00, 7.5e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_broadcast_in_dim_unit_dimension() {
  %a = check.input dense<[[1.0e+00], [2.0e+00]]> : tensor<2x1xf32>
  %0 = stablehlo.broadcast_in_dim %a, dims = [0, 2] : (tensor<2x1xf32>) -> tensor<2x2x3xf32>
  check.expect_eq_const(%0, dense<[[[1.0e+00, 1.0e+00, 1.0e+00], [1.0e+00, 1.0e+00, 1.0e+00]], [[2.0e+00, 2.0e+00, 2.0e+00], [2.0e+00, 2.0e+00, 2.0e+00]]]> : tensor<2x2x3xf32>) : tensor<2x2x3xf32>
  return
}

func.func @test_broadcast_in_dim_permuted() {
  %a = check.input dense<[[-1.0e+00, 0.0e+00, 4.0e+00], [8.0e+00, -9.0e+00, -7.0e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.broadcast_in_dim %a, dims = [2, 0] : (tensor<2x3xf32>) -> tensor<3x2x2xf32>
  check.expect_eq_const(%0, dense<[[[-1.0e+00, 8.0e+00], [-1.0e+00, 8.0e+00]], [[0.0e+00, -9.0e+00], [0.0e+00, -9.0e+00]], [[4.0e+00, -7.0e+00], [4.0e+00, -7.0e+00]]]> : tensor<3x2x2xf32>) : tensor<3x2x2xf32>
  return
}

func.func @test_broadcast_in_dim_zero_size() {
  %a = check.input dense<> : tensor<0xf32>
  %0 = stablehlo.broadcast_in_dim %a, dims = [1] : (tensor<0xf32>) -> tensor<2x0xf32>
  check.expect_eq_const(%0, dense<> : tensor<2x0xf32>) : tensor<2x0xf32>
  return
}
