// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_gather_rows() {
  %a = check.input dense<[[0.0e+00, 1.0e+00], [2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00]]> : tensor<3x2xf32>
  %b = check.input dense<[2, 0]> : tensor<2xi32>
  %c = check.input dense<[1, 2]> : tensor<2xi32>
  %0 = "stablehlo.dynamic_gather"(%a, %b, %c) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>}> : (tensor<3x2xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[4.0e+00, 5.0e+00], [0.0e+00, 1.0e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
