// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_subtract_f32() {
  %a = check.input dense<[[1.0e+00, 2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[2.0e+00, 4.0e+00, 8.0e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_subtract %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[-1.0e+00, -2.0e+00, -5.0e+00], [2.0e+00, 1.0e+00, -2.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
