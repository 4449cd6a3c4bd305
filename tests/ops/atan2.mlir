// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_atan2_f32() {
  %a = check.input dense<[1.0e+00, -1.0e+00, 0.0e+00, -0.0e+00, 1.0e+00]> : tensor<5xf32>
  %b = check.input dense<[1.0e+00, -1.0e+00, -1.0e+00, -1.0e+00, 0.0e+00]> : tensor<5xf32>
  %0 = stablehlo.atan2 %a, %b : tensor<5xf32>
  check.expect_almost_eq_const(%0, dense<[7.853981852531433e-01, -2.356194496154785e+00, 3.1415927410125732e+00, -3.1415927410125732e+00, 1.5707963705062866e+00]> : tensor<5xf32>) : tensor<5xf32>
  return
}
