// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dot_general_batch() {
  %a = check.input dense<[[[1.0e+00, 1.75e+00, -1.0e+00, 1.5e+00], [1.0e+00, 1.0e+00, 0.0e+00, 1.5e+00], [-1.5e+00, -1.75e+00, 1.75e+00, -2.5e-01]], [[-5.0e-01, 7.5e-01, -1.0e+00, 5.0e-01], [1.25e+00, 1.0e+00, -1.75e+00, 1.75e+00], [7.5e-01, 7.5e-01, -1.25e+00, 1.5e+00]]]> : tensor<2x3x4xf32>
  %b = check.input dense<[[[-5.0e-01, 1.75e+00], [-1.25e+00, -1.75e+00], [1.25e+00, 2.5e-01], [-5.0e-01, 1.75e+00]], [[1.75e+00, -2.0e+00], [5.0e-01, 1.0e+00], [7.5e-01, 2.5e-01], [0.0e+00, 0.0e+00]]]> : tensor<2x4x2xf32>
  %0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x2xf32>) -> tensor<2x3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[-4.6875e+00, 1.0625e+00], [-2.5e+00, 2.625e+00], [5.25e+00, 4.375e-01]], [[-1.25e+00, 1.5e+00], [1.375e+00, -1.9375e+00], [7.5e-01, -1.0625e+00]]]> : tensor<2x3x2xf32>) : tensor<2x3x2xf32>
  return
}

func.func @test_dot_general_transposed() {
  %a = check.input dense<[[-1.0e+00, -1.5e+00, -5.0e-01], [7.5e-01, 1.75e+00, 1.75e+00], [-1.25e+00, -2.0e+00, 1.75e+00], [5.0e-01, 1.0e+00, 1.25e+00]]> : tensor<4x3xf32>
  %b = check.input dense<[[-7.5e-01, 1.25e+00, 5.0e-01, 5.0e-01], [-5.0e-01, -7.5e-01, -5.0e-01, 7.5e-01]]> : tensor<2x4xf32>
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [0] x [1], precision = [DEFAULT, DEFAULT] : (tensor<4x3xf32>, tensor<2x4xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[1.3125e+00, 9.375e-01], [2.8125e+00, 1.1875e+00], [4.0625e+00, -1.0e+00]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_dot_general_two_contractions() {
  %a = check.input dense<[[[0.0e+00, -2.0e+00, -2.0e+00, -1.25e+00], [-2.5e-01, 2.5e-01, 1.75e+00, 1.0e+00], [-1.0e+00, 0.0e+00, 7.5e-01, 1.5e+00]], [[-2.5e-01, 7.5e-01, -1.25e+00, -2.5e-01], [1.5e+00, -5.0e-01, -2.0e+00, 1.0e+00], [-1.0e+00, -2.5e-01, 1.75e+00, -5.0e-01]]]> : tensor<2x3x4xf32>
  %b = check.input dense<[[[-1.0e+00, -1.25e+00, 1.25e+00], [-1.25e+00, 2.5e-01, -1.25e+00]], [[1.0e+00, 7.5e-01, 5.0e-01], [-5.0e-01, -7.5e-01, 1.75e+00]], [[1.0e+00, -5.0e-01, -2.0e+00], [-1.5e+00, -2.5e-01, -2.5e-01]], [[-7.5e-01, 1.75e+00, -2.5e-01], [1.0e+00, -1.5e+00, -7.5e-01]]]> : tensor<4x2x3xf32>
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [0, 2] x [1, 0] : (tensor<2x3x4xf32>, tensor<4x2x3xf32>) -> tensor<3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[-1.5e+00, -2.625e+00, 5.4375e+00], [3.875e+00, 1.125e+00, -6.9375e+00], [-1.125e+00, 3.75e+00, -2.375e+00]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_dot_general_outer() {
  %a = check.input dense<[-1.25e+00, -1.5e+00]> : tensor<2xf32>
  %b = check.input dense<[0.0e+00, -1.5e+00, -5.0e-01]> : tensor<3xf32>
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : (tensor<2xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[-0.0e+00, 1.875e+00, 6.25e-01], [-0.0e+00, 2.25e+00, 7.5e-01]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_dot_general_i8_to_i32() {
  %a = check.input dense<[[42, 70, 14], [14, -56, 84]]> : tensor<2x3xi8>
  %b = check.input dense<[[-84, 56], [-112, 14], [-70, -56]]> : tensor<3x2xi8>
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<2x3xi8>, tensor<3x2xi8>) -> tensor<2x2xi32>
  check.expect_eq_const(%0, dense<[[-12348, 2548], [-784, -4704]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @test_dot_general_attention_layout() {
  %a = check.input dense<[[[[-7.5e-01, 1.0e+00, 1.0e+00, -1.0e+00], [0.0e+00, -1.75e+00, 1.5e+00, 1.75e+00]], [[-7.5e-01, 0.0e+00, 0.0e+00, 1.0e+00], [-1.75e+00, 0.0e+00, 1.25e+00, 2.5e-01]], [[0.0e+00, -2.0e+00, 1.5e+00, -1.5e+00], [-7.5e-01, 5.0e-01, -2.5e-01, 2.5e-01]]]]> : tensor<1x3x2x4xf32>
  %b = check.input dense<[[[[2.5e-01, -1.5e+00, -2.0e+00, 1.75e+00], [1.0e+00, -1.5e+00, 5.0e-01, 0.0e+00]], [[7.5e-01, -1.5e+00, 7.5e-01, 7.5e-01], [1.75e+00, -1.0e+00, -5.0e-01, -1.5e+00]], [[-2.0e+00, -2.0e+00, -2.5e-01, -1.5e+00], [7.5e-01, -1.25e+00, 5.0e-01, 0.0e+00]]]]> : tensor<1x3x2x4xf32>
  %0 = stablehlo.dot_general %a, %b, batching_dims = [0, 2] x [0, 2], contracting_dims = [3] x [3] : (tensor<1x3x2x4xf32>, tensor<1x3x2x4xf32>) -> tensor<1x2x3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-5.4375e+00, -2.0625e+00, 7.5e-01], [1.5625e+00, 1.875e-01, 0.0e+00], [-2.625e+00, 3.0e+00, 5.875e+00]], [[3.375e+00, -1.625e+00, 2.9375e+00], [-1.125e+00, -4.0625e+00, -6.875e-01], [-1.625e+00, -2.0625e+00, -1.3125e+00]]]]> : tensor<1x2x3x3xf32>) : tensor<1x2x3x3xf32>
  return
}
