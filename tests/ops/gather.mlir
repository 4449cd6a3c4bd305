// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_gather_rows() {
  %a = check.input dense<[[-1.5e+00, -1.25e+00, -1.75e+00], [1.75e+00, 1.25e+00, -2.5e-01], [1.25e+00, 1.5e+00, -2.5e-01], [1.25e+00, 7.5e-01, 1.0e+00], [1.25e+00, -1.0e+00, -5.0e-01]]> : tensor<5x3xf32>
  %b = check.input dense<[4, 0, 9, -1]> : tensor<4xi32>
  %0 = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 3>}> : (tensor<5x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  check.expect_eq_const(%0, dense<[[1.25e+00, -1.0e+00, -5.0e-01], [-1.5e+00, -1.25e+00, -1.75e+00], [1.25e+00, -1.0e+00, -5.0e-01], [-1.5e+00, -1.25e+00, -1.75e+00]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  return
}

func.func @test_gather_windows() {
  %a = check.input dense<[[0, 3, 2, 4, 4], [-8, -3, -7, 8, 4], [0, 3, -7, -6, 2], [5, 3, 5, -2, -4]]> : tensor<4x5xi32>
  %b = check.input dense<[[0, 1], [3, 4]]> : tensor<2x2xi64>
  %0 = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1, 2], start_index_map = [0, 1], index_vector_dim = 1>, slice_sizes = array<i64: 2, 3>}> : (tensor<4x5xi32>, tensor<2x2xi64>) -> tensor<2x2x3xi32>
  check.expect_eq_const(%0, dense<[[[3, 2, 4], [-3, -7, 8]], [[-7, -6, 2], [5, -2, -4]]]> : tensor<2x2x3xi32>) : tensor<2x2x3xi32>
  return
}

func.func @test_gather_elements() {
  %a = check.input dense<[[0, -3, -5, -8, 5], [-1, -2, -8, 8, 0], [1, 2, -7, 1, 2], [-8, 4, 2, 6, 4]]> : tensor<4x5xi32>
  %b = check.input dense<[[0, 3], [1, 4]]> : tensor<2x2xi32>
  %0 = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1]>, slice_sizes = array<i64: 1, 1>}> : (tensor<4x5xi32>, tensor<2x2xi32>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[-3, 4]> : tensor<2xi32>) : tensor<2xi32>
  return
}
