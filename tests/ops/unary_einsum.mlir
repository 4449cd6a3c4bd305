// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_unary_einsum_sum() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.unary_einsum %a0, config = "ij->i" : (tensor<2x3xf32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[3.000000000e+00, 1.200000000e+01]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_unary_einsum_transpose() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.unary_einsum %a0, config = "ij->ji" : (tensor<2x3xf32>) -> tensor<3x2xf32>
  check.expect_eq_const(%0, dense<[[0.000000000e+00, 3.000000000e+00], [1.000000000e+00, 4.000000000e+00], [2.000000000e+00, 5.000000000e+00]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_unary_einsum_diagonal() {
  %a0 = check.input dense<[[-4.000000000e+00, 0x7F800000, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00, 4.000000000e+00]]> : tensor<3x3xf32>
  %0 = stablehlo.unary_einsum %a0, config = "ii->i" : (tensor<3x3xf32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[-4.000000000e+00, 0.000000000e+00, 4.000000000e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_unary_einsum_trace() {
  %a0 = check.input dense<[[-4, -3, -2], [-1, 0, 1], [2, 3, 4]]> : tensor<3x3xi32>
  %0 = stablehlo.unary_einsum %a0, config = "ii->" : (tensor<3x3xi32>) -> tensor<i32>
  check.expect_eq_const(%0, dense<0> : tensor<i32>) : tensor<i32>
  return
}

func.func @test_unary_einsum_ellipsis() {
  %a0 = check.input dense<[[[0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00], [4.000000000e+00, 5.000000000e+00]], [[6.000000000e+00, 7.000000000e+00], [8.000000000e+00, 9.000000000e+00], [1.000000000e+01, 1.100000000e+01]]]> : tensor<2x3x2xf64>
  %0 = stablehlo.unary_einsum %a0, config = "i...->..." : (tensor<2x3x2xf64>) -> tensor<3x2xf64>
  check.expect_eq_const(%0, dense<[[6.000000000e+00, 8.000000000e+00], [1.000000000e+01, 1.200000000e+01], [1.400000000e+01, 1.600000000e+01]]> : tensor<3x2xf64>) : tensor<3x2xf64>
  return
}

func.func @test_unary_einsum_diagonal_last() {
  %a0 = check.input dense<[[[0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00]], [[4.000000000e+00, 5.000000000e+00], [6.000000000e+00, 7.000000000e+00]]]> : tensor<2x2x2xf32>
  %0 = stablehlo.unary_einsum %a0, config = "ijj->ji" : (tensor<2x2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[0.000000000e+00, 4.000000000e+00], [3.000000000e+00, 7.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
