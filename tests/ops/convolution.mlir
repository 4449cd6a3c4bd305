// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_convolution_valid() {
  %a = check.input dense<[[[[-1.5e+00, -2.0e+00], [-7.5e-01, -1.75e+00], [-1.25e+00, -1.25e+00], [-5.0e-01, -5.0e-01]], [[-2.0e+00, -2.5e-01], [1.5e+00, 1.5e+00], [-1.5e+00, -7.5e-01], [5.0e-01, -2.0e+00]], [[2.5e-01, 1.25e+00], [1.0e+00, -2.0e+00], [-1.0e+00, -1.75e+00], [0.0e+00, 1.75e+00]], [[1.0e+00, 1.0e+00], [1.0e+00, -7.5e-01], [1.75e+00, -1.5e+00], [-1.5e+00, -5.0e-01]]]]> : tensor<1x4x4x2xf32>
  %b = check.input dense<[[[[-2.5e-01, -7.5e-01, -2.5e-01], [1.25e+00, -2.5e-01, -5.0e-01]], [[5.0e-01, -1.75e+00, 1.5e+00], [1.5e+00, -2.0e+00, 2.5e-01]], [[1.75e+00, -1.75e+00, -1.5e+00], [-1.75e+00, 1.5e+00, -2.5e-01]]], [[[1.75e+00, -1.75e+00, 5.0e-01], [5.0e-01, 0.0e+00, 2.5e-01]], [[-1.5e+00, -2.0e+00, 2.5e-01], [1.0e+00, 1.5e+00, 1.0e+00]], [[-2.5e-01, 1.5e+00, -2.0e+00], [5.0e-01, 0.0e+00, 7.5e-01]]], [[[1.25e+00, -1.5e+00, 1.0e+00], [-2.0e+00, -2.5e-01, -1.75e+00]], [[-1.25e+00, 1.75e+00, -5.0e-01], [5.0e-01, 1.75e+00, 1.75e+00]], [[-1.75e+00, -7.5e-01, 1.75e+00], [1.0e+00, -5.0e-01, -1.75e+00]]]]> : tensor<3x3x2x3xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x4x4x2xf32>, tensor<3x3x2x3xf32>) -> tensor<1x2x2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-1.39375e+01, 6.4375e+00, 6.25e-01], [6.625e+00, -8.75e-01, -3.875e+00]], [[-8.125e+00, -1.1375e+01, 8.1875e+00], [7.3125e+00, -3.125e+00, -7.4375e+00]]]]> : tensor<1x2x2x3xf32>) : tensor<1x2x2x3xf32>
  return
}

func.func @test_convolution_same_strided() {
  %a = check.input dense<[[[[5.0e-01], [-1.5e+00], [1.5e+00], [-1.0e+00], [-2.5e-01]], [[0.0e+00], [-2.5e-01], [0.0e+00], [1.0e+00], [-2.5e-01]], [[-7.5e-01], [-5.0e-01], [1.0e+00], [2.5e-01], [-2.5e-01]], [[1.75e+00], [-1.0e+00], [-2.5e-01], [1.75e+00], [1.25e+00]], [[2.5e-01], [-2.0e+00], [0.0e+00], [-5.0e-01], [1.75e+00]]], [[[0.0e+00], [2.5e-01], [2.5e-01], [-5.0e-01], [-1.0e+00]], [[0.0e+00], [-5.0e-01], [1.25e+00], [1.75e+00], [-2.5e-01]], [[5.0e-01], [-1.25e+00], [2.5e-01], [-1.5e+00], [-1.75e+00]], [[-1.25e+00], [-2.0e+00], [1.25e+00], [-1.25e+00], [1.5e+00]], [[-1.5e+00], [5.0e-01], [1.75e+00], [-1.75e+00], [-2.0e+00]]]]> : tensor<2x5x5x1xf32>
  %b = check.input dense<[[[[-1.0e+00, -7.5e-01]], [[-2.5e-01, -2.0e+00]], [[-1.75e+00, 5.0e-01]]], [[[-1.75e+00, -2.0e+00]], [[-5.0e-01, -1.75e+00]], [[-1.5e+00, -1.75e+00]]], [[[-2.5e-01, -1.0e+00]], [[1.25e+00, 2.5e-01]], [[-7.5e-01, 1.0e+00]]]]> : tensor<3x3x1x2xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x5x5x1xf32>, tensor<3x3x1x2xf32>) -> tensor<2x3x3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[[2.1875e+00, 1.5e+00], [2.6875e+00, 3.375e+00], [1.3125e+00, 1.375e+00]], [[4.5e+00, 1.5e+00], [-2.875e+00, 2.1875e+00], [-1.25e-01, -1.75e+00]], [[4.1875e+00, -9.375e-01], [2.25e+00, 7.0e+00], [-2.0625e+00, -5.875e+00]]], [[[0.0e+00, -9.375e-01], [5.625e-01, 2.5e+00], [6.25e-01, 9.375e-01]], [[2.4375e+00, -1.25e+00], [4.4375e+00, 4.5e+00], [4.0e+00, 6.875e+00]], [[3.8125e+00, 3.25e+00], [4.75e+00, -2.625e+00], [4.9375e+00, 4.9375e+00]]]]> : tensor<2x3x3x2xf32>) : tensor<2x3x3x2xf32>
  return
}

func.func @test_convolution_dilated() {
  %a = check.input dense<[[[[-1.25e+00], [-1.0e+00], [-1.5e+00], [-1.0e+00], [-5.0e-01], [1.25e+00]], [[-7.5e-01], [7.5e-01], [1.25e+00], [-1.5e+00], [7.5e-01], [1.0e+00]], [[-7.5e-01], [1.25e+00], [1.0e+00], [-1.5e+00], [-1.5e+00], [5.0e-01]], [[-5.0e-01], [-1.25e+00], [1.75e+00], [-1.25e+00], [-1.5e+00], [-2.5e-01]], [[-7.5e-01], [0.0e+00], [-7.5e-01], [-2.5e-01], [-2.5e-01], [0.0e+00]], [[1.5e+00], [-1.25e+00], [-5.0e-01], [1.0e+00], [1.5e+00], [-1.0e+00]]]]> : tensor<1x6x6x1xf32>
  %b = check.input dense<[[[[1.75e+00]], [[1.5e+00]]], [[[-1.0e+00]], [[0.0e+00]]]]> : tensor<2x2x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x6x1xf32>, tensor<2x2x1x1xf32>) -> tensor<1x4x4x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-3.6875e+00], [-4.5e+00], [-4.375e+00], [1.625e+00]], [[1.0625e+00], [3.125e-01], [1.5625e+00], [1.25e-01]], [[9.375e-01], [-6.25e-02], [2.5e-01], [-1.625e+00]], [[2.5e-01], [-2.8125e+00], [1.3125e+00], [-3.5625e+00]]]]> : tensor<1x4x4x1xf32>) : tensor<1x4x4x1xf32>
  return
}

func.func @test_convolution_input_dilated() {
  %a = check.input dense<[[[[7.5e-01], [-1.0e+00]], [[-1.25e+00], [-1.5e+00]]]]> : tensor<1x2x2x1xf32>
  %b = check.input dense<[[[[-2.5e-01]], [[-2.5e-01]], [[7.5e-01]]], [[[-5.0e-01]], [[-2.5e-01]], [[2.5e-01]]], [[[7.5e-01]], [[-2.5e-01]], [[-1.5e+00]]]]> : tensor<3x3x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {pad = [[1, 1], [1, 1]], lhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x2x2x1xf32>, tensor<3x3x1x1xf32>) -> tensor<1x3x3x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-1.875e-01], [-6.25e-01], [2.5e-01]], [[1.25e-01], [3.75e-01], [6.25e-01]], [[3.125e-01], [2.5e-01], [3.75e-01]]]]> : tensor<1x3x3x1xf32>) : tensor<1x3x3x1xf32>
  return
}

func.func @test_convolution_reversed() {
  %a = check.input dense<[[[[-2.0e+00], [0.0e+00], [1.25e+00]], [[2.5e-01], [-2.0e+00], [-1.75e+00]], [[1.25e+00], [-1.0e+00], [1.25e+00]]]]> : tensor<1x3x3x1xf32>
  %b = check.input dense<[[[[-1.5e+00]], [[1.5e+00]]], [[[-1.5e+00]], [[5.0e-01]]]]> : tensor<2x2x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {reverse = [true, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x3x3x1xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x2x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-3.75e-01], [1.0e+00]], [[-4.75e+00], [5.5e+00]]]]> : tensor<1x2x2x1xf32>) : tensor<1x2x2x1xf32>
  return
}

func.func @test_convolution_negative_padding() {
  %a = check.input dense<[[[[-2.5e-01], [-1.5e+00], [-7.5e-01], [-2.5e-01], [-1.25e+00]], [[-2.5e-01], [-1.75e+00], [5.0e-01], [1.75e+00], [-5.0e-01]], [[-2.5e-01], [5.0e-01], [1.5e+00], [-1.25e+00], [-1.5e+00]], [[-7.5e-01], [1.75e+00], [0.0e+00], [-1.75e+00], [-5.0e-01]], [[1.75e+00], [-1.75e+00], [-1.25e+00], [1.75e+00], [-2.0e+00]]]]> : tensor<1x5x5x1xf32>
  %b = check.input dense<[[[[7.5e-01]], [[0.0e+00]]], [[[1.25e+00]], [[1.5e+00]]]]> : tensor<2x2x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {pad = [[-1, -1], [0, -1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x5x5x1xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x3x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[2.5e-01], [1.5625e+00], [3.75e-01]], [[1.5e+00], [2.5625e+00], [-1.5e+00]]]]> : tensor<1x2x3x1xf32>) : tensor<1x2x3x1xf32>
  return
}

func.func @test_convolution_depthwise() {
  %a = check.input dense<[[[[-7.5e-01, -1.0e+00, 1.75e+00], [2.5e-01, 1.0e+00, -2.0e+00], [1.75e+00, -5.0e-01, -1.25e+00], [5.0e-01, -2.5e-01, 7.5e-01]], [[-5.0e-01, -1.0e+00, 2.5e-01], [1.5e+00, -1.0e+00, 5.0e-01], [-1.75e+00, -1.5e+00, -2.5e-01], [-2.0e+00, 5.0e-01, 2.5e-01]], [[-5.0e-01, 1.0e+00, 1.75e+00], [1.5e+00, -5.0e-01, 2.5e-01], [-1.0e+00, -1.75e+00, 1.25e+00], [-5.0e-01, -2.5e-01, -5.0e-01]], [[-1.0e+00, 7.5e-01, -1.0e+00], [-2.0e+00, 1.75e+00, 7.5e-01], [1.75e+00, 1.25e+00, 5.0e-01], [1.75e+00, -1.0e+00, -1.5e+00]]]]> : tensor<1x4x4x3xf32>
  %b = check.input dense<[[[[7.5e-01, 5.0e-01, -1.25e+00]], [[1.75e+00, -7.5e-01, 1.75e+00]], [[0.0e+00, -1.5e+00, -5.0e-01]]], [[[-1.5e+00, -7.5e-01, 0.0e+00]], [[1.75e+00, 1.75e+00, -1.5e+00]], [[5.0e-01, 2.5e-01, -5.0e-01]]], [[[-2.0e+00, 0.0e+00, -1.75e+00]], [[1.25e+00, -1.25e+00, 1.0e+00]], [[1.75e+00, -2.5e-01, 7.5e-01]]]]> : tensor<3x3x1x3xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 3 : i64} : (tensor<1x4x4x3xf32>, tensor<3x3x1x3xf32>) -> tensor<1x2x2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[[[3.5e+00, -8.125e-01, -7.5625e+00], [-8.1875e+00, 1.75e+00, 6.25e-01]], [[7.6875e+00, -2.0625e+00, 2.5625e+00], [3.0625e+00, -4.1875e+00, -4.75e+00]]]]> : tensor<1x2x2x3xf32>) : tensor<1x2x2x3xf32>
  return
}

func.func @test_convolution_depthwise_multiplier() {
  %a = check.input dense<[[[[-5.0e-01, 1.25e+00], [7.5e-01, -2.0e+00], [-5.0e-01, 5.0e-01], [-2.5e-01, -2.5e-01]], [[-2.5e-01, -5.0e-01], [0.0e+00, 7.5e-01], [-1.0e+00, -1.0e+00], [-2.5e-01, 0.0e+00]], [[-2.5e-01, -1.0e+00], [7.5e-01, -5.0e-01], [2.5e-01, 0.0e+00], [1.0e+00, -1.5e+00]], [[-1.5e+00, -1.0e+00], [1.75e+00, -5.0e-01], [-2.0e+00, -2.5e-01], [-1.0e+00, 1.0e+00]]]]> : tensor<1x4x4x2xf32>
  %b = check.input dense<[[[[-2.0e+00, 5.0e-01, -2.0e+00, 0.0e+00]], [[1.0e+00, 1.25e+00, -1.75e+00, -1.25e+00]], [[-1.5e+00, -1.75e+00, -2.0e+00, -5.0e-01]]], [[[-2.5e-01, -1.5e+00, 1.25e+00, 0.0e+00]], [[1.0e+00, 2.5e-01, 0.0e+00, -1.5e+00]], [[-5.0e-01, 7.5e-01, -1.25e+00, 0.0e+00]]], [[[5.0e-01, -5.0e-01, 1.75e+00, 1.5e+00]], [[2.5e-01, 1.25e+00, 1.0e+00, -1.25e+00]], [[-1.25e+00, -1.5e+00, -1.75e+00, 1.5e+00]]]]> : tensor<3x3x1x4xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 2 : i64} : (tensor<1x4x4x2xf32>, tensor<3x3x1x4xf32>) -> tensor<1x2x2x4xf32>
  check.expect_almost_eq_const(%0, dense<[[[[2.8125e+00, 1.875e+00, -1.625e+00, 2.5e-01], [-3.3125e+00, -1.8125e+00, 6.3125e+00, -2.0e+00]], [[4.875e+00, 8.3125e+00, -1.375e+00, -9.375e-01], [5.625e-01, -3.0e+00, -1.375e+00, 2.3125e+00]]]]> : tensor<1x2x2x4xf32>) : tensor<1x2x2x4xf32>
  return
}

func.func @test_convolution_grouped() {
  %a = check.input dense<[[[[-5.0e-01, -1.5e+00, -1.0e+00, 1.0e+00], [-7.5e-01, -7.5e-01, 2.5e-01, -7.5e-01], [-5.0e-01, 0.0e+00, -7.5e-01, 1.5e+00]], [[7.5e-01, -2.0e+00, 1.25e+00, -1.5e+00], [0.0e+00, 7.5e-01, -1.25e+00, -5.0e-01], [1.5e+00, -1.0e+00, -1.75e+00, 1.75e+00]], [[-5.0e-01, -1.0e+00, 1.5e+00, 7.5e-01], [7.5e-01, 1.75e+00, -1.75e+00, 1.0e+00], [2.5e-01, 7.5e-01, 2.5e-01, 7.5e-01]]]]> : tensor<1x3x3x4xf32>
  %b = check.input dense<[[[[7.5e-01, 1.0e+00, -7.5e-01, -1.0e+00, -2.5e-01, 5.0e-01], [-7.5e-01, 1.0e+00, 7.5e-01, 1.5e+00, 5.0e-01, 1.5e+00]], [[-5.0e-01, 1.5e+00, 5.0e-01, -1.75e+00, -1.0e+00, -5.0e-01], [7.5e-01, -2.5e-01, -7.5e-01, 1.5e+00, 1.75e+00, -5.0e-01]]], [[[-1.25e+00, -1.0e+00, -1.0e+00, -2.0e+00, 2.5e-01, -1.0e+00], [5.0e-01, 1.0e+00, -1.0e+00, -2.0e+00, 2.5e-01, -1.5e+00]], [[2.5e-01, -1.0e+00, 1.25e+00, 0.0e+00, 5.0e-01, -7.5e-01], [-5.0e-01, 1.5e+00, 2.5e-01, -1.25e+00, -1.75e+00, 0.0e+00]]]]> : tensor<2x2x2x6xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 2 : i64} : (tensor<1x3x3x4xf32>, tensor<2x2x2x6xf32>) -> tensor<1x2x2x6xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-1.75e+00, -4.5625e+00, 8.75e-01, 2.0625e+00, -6.25e-01, 3.1875e+00], [1.5e+00, -4.5e+00, 6.25e-01, 3.5e+00, -1.4375e+00, 1.9375e+00]], [[2.0625e+00, -6.25e-02, 2.5e-01, -7.8125e+00, -2.75e+00, -2.0625e+00], [-2.4375e+00, 5.125e+00, 6.25e-02, 6.75e+00, 3.5e+00, -1.3125e+00]]]]> : tensor<1x2x2x6xf32>) : tensor<1x2x2x6xf32>
  return
}

func.func @test_convolution_nchw() {
  %a = check.input dense<[[[[1.25e+00, 1.0e+00, -2.0e+00, 1.5e+00], [7.5e-01, 1.25e+00, 1.75e+00, -1.5e+00], [-2.0e+00, 1.0e+00, 1.75e+00, 5.0e-01], [1.25e+00, -5.0e-01, 1.5e+00, -2.0e+00]], [[-1.75e+00, -1.5e+00, -1.0e+00, 7.5e-01], [-1.0e+00, -1.75e+00, 1.5e+00, -7.5e-01], [1.5e+00, -1.0e+00, 7.5e-01, 7.5e-01], [2.5e-01, -7.5e-01, 5.0e-01, -1.75e+00]]]]> : tensor<1x2x4x4xf32>
  %b = check.input dense<[[[[-7.5e-01, -7.5e-01, 1.25e+00], [-7.5e-01, -1.5e+00, 7.5e-01], [-2.5e-01, -7.5e-01, 1.25e+00]], [[7.5e-01, -1.0e+00, 0.0e+00], [1.75e+00, 1.5e+00, 1.25e+00], [7.5e-01, 2.5e-01, -5.0e-01]]], [[[-1.5e+00, -2.5e-01, -5.0e-01], [-2.5e-01, -1.5e+00, 1.25e+00], [-1.5e+00, -1.5e+00, -7.5e-01]], [[-5.0e-01, -1.75e+00, 0.0e+00], [-1.25e+00, -5.0e-01, -1.5e+00], [2.5e-01, 5.0e-01, -2.5e-01]]], [[[-1.25e+00, -5.0e-01, 1.25e+00], [5.0e-01, -2.0e+00, -7.5e-01], [2.5e-01, 2.5e-01, -2.0e+00]], [[7.5e-01, -1.75e+00, -1.5e+00], [5.0e-01, -7.5e-01, 5.0e-01], [1.75e+00, -7.5e-01, 1.75e+00]]]]> : tensor<3x2x3x3xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<3x2x3x3xf32>) -> tensor<1x3x2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-5.1875e+00, -5.8125e+00], [6.75e+00, -1.26875e+01]], [[2.25e+00, -6.0625e+00], [-2.75e+00, -5.3125e+00]], [[-2.6875e+00, -4.3125e+00], [-2.6875e+00, -1.16875e+01]]]]> : tensor<1x3x2x2xf32>) : tensor<1x3x2x2xf32>
  return
}

func.func @test_convolution_one_dimension() {
  %a = check.input dense<[[[2.5e-01, 1.75e+00], [1.0e+00, -2.0e+00], [-7.5e-01, 1.25e+00], [1.0e+00, 1.5e+00], [1.25e+00, 1.5e+00]]]> : tensor<1x5x2xf32>
  %b = check.input dense<[[[-2.0e+00, 7.5e-01], [-1.25e+00, 5.0e-01]], [[1.0e+00, 7.5e-01], [1.5e+00, 2.5e-01]], [[-5.0e-01, 1.0e+00], [-1.25e+00, 0.0e+00]]]> : tensor<3x2x2xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x5x2xf32>, tensor<3x2x2xf32>) -> tensor<1x3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[-5.875e+00, 5.625e-01], [-7.5e-01, 5.0e-01], [6.875e-01, 2.4375e+00]]]> : tensor<1x3x2xf32>) : tensor<1x3x2xf32>
  return
}

func.func @test_convolution_three_dimensions() {
  %a = check.input dense<[[[[[1.75e+00], [-1.25e+00], [7.5e-01]], [[-1.75e+00], [1.75e+00], [1.5e+00]], [[2.5e-01], [1.0e+00], [2.5e-01]]], [[[-1.5e+00], [-5.0e-01], [1.25e+00]], [[-1.0e+00], [-1.0e+00], [7.5e-01]], [[5.0e-01], [-5.0e-01], [-7.5e-01]]], [[[1.0e+00], [-1.25e+00], [-7.5e-01]], [[-1.5e+00], [-1.0e+00], [-1.75e+00]], [[-1.0e+00], [-1.75e+00], [2.5e-01]]]]]> : tensor<1x3x3x3x1xf32>
  %b = check.input dense<[[[[[-1.75e+00]], [[-2.0e+00]]], [[[-1.75e+00]], [[-1.5e+00]]]], [[[[1.25e+00]], [[7.5e-01]]], [[[0.0e+00]], [[-7.5e-01]]]]]> : tensor<2x2x2x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, 2, f]x[0, 1, 2, i, o]->[b, 0, 1, 2, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x3x3x3x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<1x2x2x2x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[[-1.625e+00], [-4.875e+00]], [[-4.0e+00], [-8.3125e+00]]], [[[7.9375e+00], [-1.8125e+00]], [[2.3125e+00], [-5.0e-01]]]]]> : tensor<1x2x2x2x1xf32>) : tensor<1x2x2x2x1xf32>
  return
}

func.func @test_convolution_f16() {
  %a = check.input dense<[[[[-1.5e+00, 0.0e+00], [0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00]], [[-2.5e-01, -1.75e+00], [-1.25e+00, -1.75e+00], [-5.0e-01, 2.5e-01]], [[1.25e+00, -5.0e-01], [-5.0e-01, 1.75e+00], [0.0e+00, -5.0e-01]]]]> : tensor<1x3x3x2xf16>
  %b = check.input dense<[[[[1.5e+00, 5.0e-01], [-1.25e+00, 1.25e+00]], [[7.5e-01, -1.5e+00], [-2.5e-01, 0.0e+00]]], [[[1.0e+00, -5.0e-01], [-7.5e-01, 2.5e-01]], [[0.0e+00, 0.0e+00], [-7.5e-01, -1.25e+00]]]]> : tensor<2x2x2x2xf16>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x3x3x2xf16>, tensor<2x2x2x2xf16>) -> tensor<1x2x2x2xf16>
  check.expect_almost_eq_const(%0, dense<[[[[1.25e-01, 1.125e+00], [-1.25e-01, -1.25e-01]], [[1.625e+00, -3.375e+00], [-1.5625e+00, -7.5e-01]]]]> : tensor<1x2x2x2xf16>) : tensor<1x2x2x2xf16>
  return
}

func.func @test_convolution_i32() {
  %a = check.input dense<[[[[6], [6], [7]], [[-8], [2], [-4]], [[8], [2], [4]]]]> : tensor<1x3x3x1xi32>
  %b = check.input dense<[[[[2, 5]], [[-6, 7]]], [[[-3, -5]], [[-2, 8]]]]> : tensor<2x2x1x2xi32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x3x3x1xi32>, tensor<2x2x1x2xi32>) -> tensor<1x2x2x2xi32>
  check.expect_eq_const(%0, dense<[[[[-4, 128], [-28, 37]], [[-56, -50], [14, 4]]]]> : tensor<1x2x2x2xi32>) : tensor<1x2x2x2xi32>
  return
}

func.func @test_convolution_window_too_large() {
  %a = check.input dense<[[[[-1.5e+00], [-5.0e-01]], [[1.25e+00], [-2.5e-01]]]]> : tensor<1x2x2x1xf32>
  %b = check.input dense<[[[[-1.5e+00]], [[-1.5e+00]], [[1.75e+00]]], [[[1.25e+00]], [[7.5e-01]], [[-7.5e-01]]], [[[-2.0e+00]], [[7.5e-01]], [[1.25e+00]]]]> : tensor<3x3x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x2x2x1xf32>, tensor<3x3x1x1xf32>) -> tensor<1x0x0x1xf32>
  check.expect_almost_eq_const(%0, dense<> : tensor<1x0x0x1xf32>) : tensor<1x0x0x1xf32>
  return
}
func.func @test_convolution_batch_groups() {
  %a = check.input dense<[[[[4.000000e+00, 8.000000e+00], [6.000000e+00, 0.000000e+00]], [[7.000000e+00, 8.000000e+00], [8.000000e+00, -7.000000e+00]], [[-1.000000e+00, 2.000000e+00], [-4.000000e+00, -2.000000e+00]]], [[[2.000000e+00, 5.000000e+00], [1.000000e+00, -6.000000e+00]], [[3.000000e+00, 6.000000e+00], [-5.000000e+00, 1.000000e+00]], [[-3.000000e+00, 7.000000e+00], [-7.000000e+00, 0.000000e+00]]], [[[7.000000e+00, -1.000000e+00], [-6.000000e+00, 5.000000e+00]], [[8.000000e+00, 8.000000e+00], [7.000000e+00, -2.000000e+00]], [[4.000000e+00, 8.000000e+00], [1.000000e+00, 7.000000e+00]]], [[[2.000000e+00, -5.000000e+00], [-1.000000e+00, 2.000000e+00]], [[-3.000000e+00, 3.000000e+00], [-2.000000e+00, 8.000000e+00]], [[-5.000000e+00, 3.000000e+00], [-7.000000e+00, -6.000000e+00]]]]> : tensor<4x3x2x2xf32>
  %b = check.input dense<[[[[0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [6.000000e+00, 0.000000e+00, -2.000000e+00, 8.000000e+00]]], [[[7.000000e+00, -3.000000e+00, -5.000000e+00, -5.000000e+00], [-6.000000e+00, 0.000000e+00, 1.000000e+00, 2.000000e+00]]]]> : tensor<2x1x2x4xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1]} {batch_group_count = 2 : i64, feature_group_count = 1 : i64}  : (tensor<4x3x2x2xf32>, tensor<2x1x2x4xf32>) -> tensor<2x2x2x4xf32>
  check.expect_eq_const(%0, dense<[[[[4.900000e+01, -2.100000e+01, -3.000000e+01, -3.200000e+01], [9.800000e+01, -2.400000e+01, -4.700000e+01, 1.000000e+00]], [[2.900000e+01, 3.000000e+00, -2.800000e+01, 6.000000e+01], [-5.800000e+01, 1.200000e+01, 6.000000e+00, -7.000000e+00]]], [[[1.500000e+01, -9.000000e+00, 2.800000e+01, -1.900000e+01], [-7.700000e+01, 1.500000e+01, 1.400000e+01, 4.200000e+01]], [[-2.700000e+01, 9.000000e+00, 2.200000e+01, 5.500000e+01], [-4.300000e+01, 2.100000e+01, 1.300000e+01, 8.700000e+01]]]]> : tensor<2x2x2x4xf32>) : tensor<2x2x2x4xf32>
  return
}
func.func @test_convolution_batch_groups_of_one_feature() {
  %a = check.input dense<[[[[7.000000e+00], [7.000000e+00]], [[1.000000e+00], [1.000000e+00]], [[-7.000000e+00], [-4.000000e+00]]], [[[8.000000e+00], [7.000000e+00]], [[-8.000000e+00], [0.000000e+00]], [[0.000000e+00], [3.000000e+00]]]]> : tensor<2x3x2x1xf32>
  %b = check.input dense<[[[[-7.000000e+00, 0.000000e+00]], [[-2.000000e+00, -5.000000e+00]]], [[[5.000000e+00, 3.000000e+00]], [[-5.000000e+00, 5.000000e+00]]]]> : tensor<2x2x1x2xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1]} {batch_group_count = 2 : i64, feature_group_count = 1 : i64}  : (tensor<2x3x2x1xf32>, tensor<2x2x1x2xf32>) -> tensor<1x2x1x2xf32>
  check.expect_eq_const(%0, dense<[[[[-6.300000e+01, -5.900000e+01]], [[-2.400000e+01, 1.500000e+01]]]]> : tensor<1x2x1x2xf32>) : tensor<1x2x1x2xf32>
  return
}
func.func @test_convolution_reversed_and_cropped() {
  %a = check.input dense<[[[[1.000000e+00], [-5.000000e+00], [3.000000e+00], [-1.000000e+00]], [[0.000000e+00], [-2.000000e+00], [8.000000e+00], [-6.000000e+00]], [[8.000000e+00], [-5.000000e+00], [5.000000e+00], [8.000000e+00]], [[-6.000000e+00], [7.000000e+00], [-8.000000e+00], [-2.000000e+00]]]]> : tensor<1x4x4x1xf32>
  %b = check.input dense<[[[[1.000000e+00]], [[4.000000e+00]], [[-6.000000e+00]]], [[[-8.000000e+00]], [[-3.000000e+00]], [[7.000000e+00]]]]> : tensor<2x3x1x1xf32>
  %0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[-1, 0], [1, 0]], reverse = [true, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}  : (tensor<1x4x4x1xf32>, tensor<2x3x1x1xf32>) -> tensor<1x2x3x1xf32>
  check.expect_eq_const(%0, dense<[[[[4.800000e+01], [2.000000e+01], [-8.300000e+01]], [[-1.250000e+02], [5.600000e+01], [6.800000e+01]]]]> : tensor<1x2x3x1xf32>) : tensor<1x2x3x1xf32>
  return
}
