// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_acos_f32() {
  %a = check.input dense<[5.0e-01, -2.5e-01, 0.0e+00]> : tensor<3xf32>
  %0 = chlo.acos %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[1.0471975803375244e+00, 1.8234765529632568e+00, 1.5707963705062866e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
