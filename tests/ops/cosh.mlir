// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_cosh_f32() {
  %a = check.input dense<[5.0e-01, -2.5e-01, 0.0e+00]> : tensor<3xf32>
  %0 = chlo.cosh %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[1.1276260614395142e+00, 1.031413197517395e+00, 1.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
