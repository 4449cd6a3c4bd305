// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_torch_index_select_rows() {
  %a = check.input dense<[[0.0e+00, 1.0e+00], [2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00]]> : tensor<3x2xf32>
  %b = check.input dense<[[2, 0], [7, -1]]> : tensor<2x2xi32>
  %0 = "stablehlo.torch_index_select"(%a, %b) <{batch_dims = 0 : i64, dim = 0 : i64}> : (tensor<3x2xf32>, tensor<2x2xi32>) -> tensor<2x2x2xf32>
  check.expect_eq_const(%0, dense<[[[4.0e+00, 5.0e+00], [0.0e+00, 1.0e+00]], [[4.0e+00, 5.0e+00], [0.0e+00, 1.0e+00]]]> : tensor<2x2x2xf32>) : tensor<2x2x2xf32>
  return
}

func.func @test_torch_index_select_batched() {
  %a = check.input dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %b = check.input dense<[[2], [0]]> : tensor<2x1xi64>
  %0 = "stablehlo.torch_index_select"(%a, %b) <{batch_dims = 1 : i64, dim = 1 : i64}> : (tensor<2x3xi32>, tensor<2x1xi64>) -> tensor<2x1xi32>
  check.expect_eq_const(%0, dense<[[2], [3]]> : tensor<2x1xi32>) : tensor<2x1xi32>
  return
}
