// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_conv_padding() {
  %a = check.input dense<[[[[-1.25e+00], [-1.75e+00], [-7.5e-01]], [[-1.0e+00], [-5.0e-01], [-5.0e-01]], [[-1.25e+00], [1.75e+00], [-2.0e+00]]]]> : tensor<1x3x3x1xf32>
  %b = check.input dense<[[[[7.5e-01]], [[1.0e+00]]], [[[-5.0e-01]], [[1.75e+00]]]]> : tensor<2x2x1x1xf32>
  %c = check.input dense<[[0, 1], [0, 1]]> : tensor<2x2xi32>
  %0 = stablehlo.dynamic_conv(%a, %b, %c) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x3x3x1xf32>, tensor<2x2x1x1xf32>, tensor<2x2xi32>) -> tensor<1x3x3x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-3.0625e+00], [-2.6875e+00], [-3.125e-01]], [[2.4375e+00], [-5.25e+00], [6.25e-01]], [[8.125e-01], [-6.875e-01], [-1.5e+00]]]]> : tensor<1x3x3x1xf32>) : tensor<1x3x3x1xf32>
  return
}
