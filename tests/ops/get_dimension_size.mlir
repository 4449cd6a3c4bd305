// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_get_dimension_size_static() {
  %a = check.input dense<[[3.0e+00, 4.0e+00, 5.0e+00], [6.0e+00, -6.0e+00, 0.0e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.get_dimension_size %a, dim = 1 : (tensor<2x3xf32>) -> tensor<i32>
  check.expect_eq_const(%0, dense<3> : tensor<i32>) : tensor<i32>
  return
}
