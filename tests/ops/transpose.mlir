// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_transpose_matrix() {
  %a = check.input dense<[[7.0e+00, -2.0e+00, -9.0e+00], [3.0e+00, 0.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  check.expect_eq_const(%0, dense<[[7.0e+00, 3.0e+00], [-2.0e+00, 0.0e+00], [-9.0e+00, 6.0e+00]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_transpose_rank_3() {
  %a = check.input dense<[[[-1, -3], [-8, -1], [2, 4]], [[6, -6], [1, 5], [-5, -3]]]> : tensor<2x3x2xi8>
  %0 = stablehlo.transpose %a, dims = [2, 0, 1] : (tensor<2x3x2xi8>) -> tensor<2x2x3xi8>
  check.expect_eq_const(%0, dense<[[[-1, -8, 2], [6, 1, -5]], [[-3, -1, 4], [-6, 5, -3]]]> : tensor<2x2x3xi8>) : tensor<2x2x3xi8>
  return
}

func.func @test_transpose_rank_0() {
  %a = check.input dense<3> : tensor<i32>
  %0 = stablehlo.transpose %a, dims = [] : (tensor<i32>) -> tensor<i32>
  check.expect_eq_const(%0, dense<3> : tensor<i32>) : tensor<i32>
  return
}
