// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_sort_pairs() {
  %a = check.input dense<[[3.0e+00, 1.0e+00, 2.0e+00], [9.0e+00, 8.0e+00, 7.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[[0, 1, 2], [0, 1, 2]]> : tensor<2x3xi32>
  %0:2 = "stablehlo.sort"(%a, %b) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>, %i: tensor<i32>, %j: tensor<i32>):
    %1 = stablehlo.compare LT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x3xf32>, tensor<2x3xi32>) -> (tensor<2x3xf32>, tensor<2x3xi32>)
  check.expect_eq_const(%0#0, dense<[[1.0e+00, 2.0e+00, 3.0e+00], [7.0e+00, 8.0e+00, 9.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  check.expect_eq_const(%0#1, dense<[[1, 2, 0], [2, 1, 0]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}
