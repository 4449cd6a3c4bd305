// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_broadcast_in_dim_rows() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 3.0e+00]> : tensor<3xf32>
  %b = check.input dense<[2, 3]> : tensor<2xi32>
  %0 = stablehlo.dynamic_broadcast_in_dim %a, %b, dims = [1] : (tensor<3xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[1.0e+00, 2.0e+00, 3.0e+00], [1.0e+00, 2.0e+00, 3.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_dynamic_broadcast_in_dim_unit_or_not() {
  %a = check.input dense<[[1.0e+00], [2.0e+00]]> : tensor<2x1xf32>
  %b = check.input dense<[2, 3]> : tensor<2xi64>
  %s = tensor.cast %a : tensor<2x1xf32> to tensor<?x?xf32>
  %d = stablehlo.dynamic_broadcast_in_dim %s, %b, dims = [0, 1] : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %0 = tensor.cast %d : tensor<?x?xf32> to tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[1.0e+00, 1.0e+00, 1.0e+00], [2.0e+00, 2.0e+00, 2.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
