// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_next_after_f32() {
  %a = check.input dense<[[1.000000000e+00], [-2.000000000e+00]]> : tensor<2x1xf32>
  %b = check.input dense<[0.000000000e+00, 5.000000000e+00]> : tensor<2xf32>
  %0 = chlo.broadcast_next_after %a, %b : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[9.999999404e-01, 1.000000119e+00], [-1.999999881e+00, -1.999999881e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_broadcast_next_after_rank_0() {
  %a = check.input dense<1.000000000e+00> : tensor<f32>
  %b = check.input dense<[0.000000000e+00, 5.000000000e+00]> : tensor<2xf32>
  %0 = chlo.broadcast_next_after %a, %b : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[9.999999404e-01, 1.000000119e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
