// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_reverse_both() {
  %a = check.input dense<[[6, 1, 0], [3, 0, 8]]> : tensor<2x3xi32>
  %0 = stablehlo.reverse %a, dims = [0, 1] : tensor<2x3xi32>
  check.expect_eq_const(%0, dense<[[8, 0, 3], [0, 1, 6]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @test_reverse_last() {
  %a = check.input dense<[[4.0e+00, -9.0e+00, -7.0e+00], [0.0e+00, 5.0e+00, -8.0e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.reverse %a, dims = [1] : tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[-7.0e+00, -9.0e+00, 4.0e+00], [-8.0e+00, 5.0e+00, 0.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
