// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_einsum_matmul() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %a1 = check.input dense<[[-5.000000000e+00, -4.000000000e+00, -3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00, 6.000000000e+00]]> : tensor<3x4xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "ij,jk->ik" : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  check.expect_eq_const(%0, dense<[[5.000000000e+00, 8.000000000e+00, 1.100000000e+01, 1.400000000e+01], [-4.000000000e+00, 8.000000000e+00, 2.000000000e+01, 3.200000000e+01]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}

func.func @test_einsum_batch() {
  %a0 = check.input dense<[[[0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00], [4.000000000e+00, 5.000000000e+00]], [[6.000000000e+00, 7.000000000e+00], [8.000000000e+00, 9.000000000e+00], [1.000000000e+01, 1.100000000e+01]]]> : tensor<2x3x2xf32>
  %a1 = check.input dense<[[[-3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00]], [[1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]]> : tensor<2x2x2xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "bij,bjk->bik" : (tensor<2x3x2xf32>, tensor<2x2x2xf32>) -> tensor<2x3x2xf32>
  check.expect_eq_const(%0, dense<[[[-1.000000000e+00, 0.000000000e+00], [-9.000000000e+00, -4.000000000e+00], [-1.700000000e+01, -8.000000000e+00]], [[2.700000000e+01, 4.000000000e+01], [3.500000000e+01, 5.200000000e+01], [4.300000000e+01, 6.400000000e+01]]]> : tensor<2x3x2xf32>) : tensor<2x3x2xf32>
  return
}

func.func @test_einsum_batch_last() {
  %a0 = check.input dense<[[[0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00], [4.000000000e+00, 5.000000000e+00]], [[6.000000000e+00, 7.000000000e+00], [8.000000000e+00, 9.000000000e+00], [1.000000000e+01, 1.100000000e+01]]]> : tensor<2x3x2xf32>
  %a1 = check.input dense<[[[-3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00]], [[1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]]> : tensor<2x2x2xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "bij,bjk->ikb" : (tensor<2x3x2xf32>, tensor<2x2x2xf32>) -> tensor<3x2x2xf32>
  check.expect_eq_const(%0, dense<[[[-1.000000000e+00, 2.700000000e+01], [0.000000000e+00, 4.000000000e+01]], [[-9.000000000e+00, 3.500000000e+01], [-4.000000000e+00, 5.200000000e+01]], [[-1.700000000e+01, 4.300000000e+01], [-8.000000000e+00, 6.400000000e+01]]]> : tensor<3x2x2xf32>) : tensor<3x2x2xf32>
  return
}

func.func @test_einsum_outer() {
  %a0 = check.input dense<[0.000000000e+00, 1.000000000e+00, 2.000000000e+00]> : tensor<3xf32>
  %a1 = check.input dense<[-5.000000000e+00, -4.000000000e+00, -3.000000000e+00, -2.000000000e+00]> : tensor<4xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "i,j->ji" : (tensor<3xf32>, tensor<4xf32>) -> tensor<4x3xf32>
  check.expect_eq_const(%0, dense<[[0.000000000e+00, -5.000000000e+00, -1.000000000e+01], [0.000000000e+00, -4.000000000e+00, -8.000000000e+00], [0.000000000e+00, -3.000000000e+00, -6.000000000e+00], [0.000000000e+00, -2.000000000e+00, -4.000000000e+00]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  return
}

func.func @test_einsum_summed_alone() {
  %a0 = check.input dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %a1 = check.input dense<[[-5, -4, -3, -2], [-1, 0, 1, 2], [3, 4, 5, 6]]> : tensor<3x4xi32>
  %0 = stablehlo.einsum %a0, %a1, config = "ij,jk->k" : (tensor<2x3xi32>, tensor<3x4xi32>) -> tensor<4xi32>
  check.expect_eq_const(%0, dense<[1, 16, 31, 46]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @test_einsum_elementwise() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %a1 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "ij,ij->ij" : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[0.000000000e+00, 1.000000000e+00, 4.000000000e+00], [9.000000000e+00, 1.600000000e+01, 2.500000000e+01]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_einsum_all() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf64>
  %a1 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf64>
  %0 = stablehlo.einsum %a0, %a1, config = "ij,ij->" : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<f64>
  check.expect_eq_const(%0, dense<5.500000000e+01> : tensor<f64>) : tensor<f64>
  return
}

func.func @test_einsum_diagonal() {
  %a0 = check.input dense<[[-4.000000000e+00, -3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00, 4.000000000e+00]]> : tensor<3x3xf32>
  %a1 = check.input dense<[[-5.000000000e+00, -4.000000000e+00, -3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00, 6.000000000e+00]]> : tensor<3x4xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "ii,ij->ij" : (tensor<3x3xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  check.expect_eq_const(%0, dense<[[2.000000000e+01, 1.600000000e+01, 1.200000000e+01, 8.000000000e+00], [0.000000000e+00, 0.000000000e+00, 0.000000000e+00, 0.000000000e+00], [1.200000000e+01, 1.600000000e+01, 2.000000000e+01, 2.400000000e+01]]> : tensor<3x4xf32>) : tensor<3x4xf32>
  return
}

func.func @test_einsum_ellipsis() {
  %a0 = check.input dense<[[[0.000000000e+00, 1.000000000e+00], [2.000000000e+00, 3.000000000e+00], [4.000000000e+00, 5.000000000e+00]], [[6.000000000e+00, 7.000000000e+00], [8.000000000e+00, 9.000000000e+00], [1.000000000e+01, 1.100000000e+01]]]> : tensor<2x3x2xf32>
  %a1 = check.input dense<[[[-3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00]], [[1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]]> : tensor<2x2x2xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "...ij,...jk->...ik" : (tensor<2x3x2xf32>, tensor<2x2x2xf32>) -> tensor<2x3x2xf32>
  check.expect_eq_const(%0, dense<[[[-1.000000000e+00, 0.000000000e+00], [-9.000000000e+00, -4.000000000e+00], [-1.700000000e+01, -8.000000000e+00]], [[2.700000000e+01, 4.000000000e+01], [3.500000000e+01, 5.200000000e+01], [4.300000000e+01, 6.400000000e+01]]]> : tensor<2x3x2xf32>) : tensor<2x3x2xf32>
  return
}

func.func @test_einsum_spaces() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %a1 = check.input dense<[[-5.000000000e+00, -4.000000000e+00, -3.000000000e+00, -2.000000000e+00], [-1.000000000e+00, 0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00, 6.000000000e+00]]> : tensor<3x4xf32>
  %0 = stablehlo.einsum %a0, %a1, config = "ij, jk -> ik" : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  check.expect_eq_const(%0, dense<[[5.000000000e+00, 8.000000000e+00, 1.100000000e+01, 1.400000000e+01], [-4.000000000e+00, 8.000000000e+00, 2.000000000e+01, 3.200000000e+01]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}
