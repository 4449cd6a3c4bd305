// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_acosh_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 3.5e+00]> : tensor<3xf32>
  %0 = chlo.acosh %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, 1.316957950592041e+00, 1.9248472452163696e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
