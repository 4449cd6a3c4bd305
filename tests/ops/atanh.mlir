// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_atanh_f32() {
  %a = check.input dense<[5.0e-01, -2.5e-01, 0.0e+00]> : tensor<3xf32>
  %0 = chlo.atanh %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[5.493061542510986e-01, -2.554128170013428e-01, 0.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
