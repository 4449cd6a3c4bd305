// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_reshape_split() {
  %a = check.input dense<[0.0e+00, 1.0e+00, 2.0e+00, 3.0e+00, 4.0e+00, 5.0e+00]> : tensor<6xf32>
  %b = check.input dense<[3, 2]> : tensor<2xi32>
  %0 = stablehlo.dynamic_reshape %a, %b : (tensor<6xf32>, tensor<2xi32>) -> tensor<3x2xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 1.0e+00], [2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_dynamic_reshape_dynamic() {
  %a = check.input dense<[[0.0e+00, 1.0e+00, 2.0e+00, 3.0e+00, 4.0e+00, 5.0e+00], [6.0e+00, 7.0e+00, 8.0e+00, 9.0e+00, 1.0e+01, 1.1e+01]]> : tensor<2x6xf32>
  %b = check.input dense<[4, 3]> : tensor<2xi64>
  %s = tensor.cast %a : tensor<2x6xf32> to tensor<?x?xf32>
  %d = stablehlo.dynamic_reshape %s, %b : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %0 = tensor.cast %d : tensor<?x?xf32> to tensor<4x3xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 1.0e+00, 2.0e+00], [3.0e+00, 4.0e+00, 5.0e+00], [6.0e+00, 7.0e+00, 8.0e+00], [9.0e+00, 1.0e+01, 1.1e+01]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  return
}
