// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_update_slice_inside() {
  %a = check.input dense<[[-1, -3, 7, 5], [-2, 1, 1, 7], [-9, -1, 3, -1]]> : tensor<3x4xi32>
  %b = check.input dense<[[7, 8], [5, -1]]> : tensor<2x2xi32>
  %c = check.input dense<1> : tensor<i64>
  %d = check.input dense<2> : tensor<i64>
  %0 = stablehlo.dynamic_update_slice %a, %b, %c, %d : (tensor<3x4xi32>, tensor<2x2xi32>, tensor<i64>, tensor<i64>) -> tensor<3x4xi32>
  check.expect_eq_const(%0, dense<[[-1, -3, 7, 5], [-2, 1, 7, 8], [-9, -1, 5, -1]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @test_dynamic_update_slice_clamped() {
  %a = check.input dense<[[-8, 4, 5, -1], [-7, -7, -3, 4], [-4, -9, 3, 4]]> : tensor<3x4xi32>
  %b = check.input dense<[[-6, 1], [-2, 0]]> : tensor<2x2xi32>
  %c = check.input dense<9> : tensor<i64>
  %d = check.input dense<-3> : tensor<i64>
  %0 = stablehlo.dynamic_update_slice %a, %b, %c, %d : (tensor<3x4xi32>, tensor<2x2xi32>, tensor<i64>, tensor<i64>) -> tensor<3x4xi32>
  check.expect_eq_const(%0, dense<[[-8, 4, 5, -1], [-6, 1, -3, 4], [-2, 0, 3, 4]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}
