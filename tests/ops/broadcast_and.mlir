// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_and_i32() {
  %a = check.input dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %b = check.input dense<[[2], [1]]> : tensor<2x1xi32>
  %0 = chlo.broadcast_and %a, %b : (tensor<2x3xi32>, tensor<2x1xi32>) -> tensor<2x3xi32>
  check.expect_eq_const(%0, dense<[[0, 2, 2], [0, 1, 0]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}
