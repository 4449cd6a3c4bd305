// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_compare_gt() {
  %a = check.input dense<[[1.0e+00, 2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[2.0e+00, 4.0e+00, 8.0e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_compare %a, %b {comparison_direction = #stablehlo<comparison_direction GT>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  check.expect_eq_const(%0, dense<[[false, false, false], [true, true, false]]> : tensor<2x3xi1>) : tensor<2x3xi1>
  return
}

func.func @test_broadcast_compare_with_attributes_of_chlo() {
  %a = check.input dense<[[-0.0, 1.0, 0x7FC00000]]> : tensor<1x3xf32>
  %b = check.input dense<[[0.0], [1.0]]> : tensor<2x1xf32>
  %0 = chlo.broadcast_compare %a, %b {comparison_direction = #chlo<comparison_direction LT>, compare_type = #chlo<comparison_type TOTALORDER>} : (tensor<1x3xf32>, tensor<2x1xf32>) -> tensor<2x3xi1>
  check.expect_eq_const(%0, dense<[[true, false, false], [true, false, false]]> : tensor<2x3xi1>) : tensor<2x3xi1>
  return
}
