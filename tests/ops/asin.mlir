// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_asin_f32() {
  %a = check.input dense<[5.0e-01, -2.5e-01, 0.0e+00]> : tensor<3xf32>
  %0 = chlo.asin %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[5.235987901687622e-01, -2.52680242061615e-01, 0.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
