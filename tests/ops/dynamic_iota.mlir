// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_iota_i32() {
  %a = check.input dense<[2, 3]> : tensor<2xi64>
  %0 = stablehlo.dynamic_iota %a, dim = 1 : (tensor<2xi64>) -> tensor<2x3xi32>
  check.expect_eq_const(%0, dense<[[0, 1, 2], [0, 1, 2]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}
