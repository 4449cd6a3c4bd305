// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_set_dimension_size_shrink() {
  %a = check.input dense<[1, 2, 3]> : tensor<3xi32>
  %b = check.input dense<2> : tensor<i32>
  %d = stablehlo.set_dimension_size %a, %b, dim = 0 : (tensor<3xi32>, tensor<i32>) -> tensor<?xi32>
  %0 = tensor.cast %d : tensor<?xi32> to tensor<2xi32>
  check.expect_eq_const(%0, dense<[1, 2]> : tensor<2xi32>) : tensor<2xi32>
  return
}
